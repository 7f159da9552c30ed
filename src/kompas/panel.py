"""Spells and deployments to rows of exposure (contract 3), in chunks of spells: pure, vectorised.

A row is a run of whole duration months, or one part of a month, in which traits, age and phases of instruments do not
change. Memory grows with the number of changes, not with the number of months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import BESTEMMINGEN, Config
from kompas.models.calendar import add_months, age_at, birthday, days_of, full_months, month_of
from kompas.models.design import Exposure, Floats, Ints
from kompas.parameters.aow import aow_datum
from kompas.perioden import OPEN, Perioden, venster
from kompas.tijdlijn import (
    Tijdlijn,
    deel_tijdlijn,
    fase_tijdlijn,
    inzet_tijdlijn,
    naar_maandgrens,
    startduur_tijdlijn,
)

CHUNK = 40_000  # spells per chunk
IEDEREEN = 0.95  # share of the spells that had an instrument from the start: nobody is left to compare with


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Panel:
    """Exposure with the columns behind its profiles.

    Parameters
    ----------
    exposure : Exposure
        Rows of exposure; ``event`` counts from 1 in the order of ``BESTEMMINGEN``.
    spell : (n,) int
        Number of the spell of each row.
    profielen : mapping of str to (n_profiles,) array
        Per trait and per instrument (``inzet:CODE``) an int code; per numeric trait its value (``leeftijd``: years).
        Where effects may differ by ``duur``: ``startduur:CODE``, the band of duration at the start in force.
    inzet : mapping of str to (n,) int
        Per instrument the number of the deployment that is in force in each row; -1 before a start.
    inzetten : DataFrame
        Deployments that started within an observed spell: as in ``Perioden``, with maand (0-based duration month).
    weglatingen : DataFrame
        wat, aantal, waarom.
    """

    exposure: Exposure
    spell: Ints
    profielen: Mapping[str, npt.NDArray[np.generic]]
    inzet: Mapping[str, Ints]
    inzetten: pd.DataFrame
    weglatingen: pd.DataFrame


def aow_van_delen(perioden: Perioden, uitkeringen: pd.DataFrame) -> Ints:
    """Day from which entitlement ends by age, per part of a spell."""
    geboren = days_of(uitkeringen["geboortedatum"].to_numpy()[perioden.delen["rij"]], OPEN)
    return aow_datum(geboren)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Risico:
    """The at-risk part of each spell, as arrays.

    ``nummer`` is the row of ``Perioden.spells``; days: ``begin`` of the spell, ``van`` and ``tot`` of the observation
    (an exit keeps its whole month), ``eind`` the first day without entitlement; ``event`` 0 or the cause.
    """

    nummer: Ints
    begin: Ints
    van: Ints
    tot: Ints
    eind: Ints
    event: Ints


def _risico(perioden: Perioden, aow: Ints, van: int, tot: int) -> tuple[Risico, list[tuple[str, int, str]]]:
    """When each spell is observed and how it ends there."""
    spells, delen = perioden.spells, perioden.delen
    begin, eind = spells["begin"].to_numpy(dtype=np.int64), spells["eind"].to_numpy(dtype=np.int64)
    grens = np.full(begin.size, OPEN, dtype=np.int64)
    staart = (
        np.r_[delen["spell"].to_numpy()[1:] != delen["spell"].to_numpy()[:-1], True]
        if len(delen)
        else np.zeros(0, bool)
    )
    grens[delen["spell"].to_numpy()[staart]] = aow[staart]
    bestemming = spells["bestemming"].to_numpy()
    oorzaak = np.zeros(begin.size, dtype=np.int64)
    for k, naam in enumerate(BESTEMMINGEN):
        oorzaak[bestemming == naam] = k + 1
    gebeurt = (oorzaak > 0) & (eind <= tot) & (eind <= grens)
    laatste_maand = full_months(begin, np.where(gebeurt, eind - 1, begin))
    vol = np.where(gebeurt, add_months(begin, laatste_maand + 1), eind)
    stop = np.minimum(np.minimum(vol, tot), grens)
    start = np.maximum(begin, van)
    risico = (start < stop) & (eind > van)
    notities = [
        ("perioden geëindigd voor het venster", int((eind <= van).sum()), "alleen geschiedenis (eerdere_spells)"),
        ("perioden na het venster begonnen", int(((begin >= tot) & (eind > van)).sum()), "nog niet waar te nemen"),
        (
            "perioden geheel na de AOW-leeftijd",
            int(((grens <= start) & (eind > van)).sum()),
            "geen recht meer: niet in de schatting",
        ),
        (
            "uitstroom op of na de AOW-leeftijd",
            int(((oorzaak > 0) & (eind <= tot) & (eind > grens) & (eind > van)).sum()),
            "telt als einde van de waarneming",
        ),
        ("perioden in de schatting", int(risico.sum()), ""),
    ]
    nr = np.flatnonzero(risico)
    velden = {
        "nummer": nr,
        "begin": begin,
        "van": start,
        "tot": stop,
        "eind": eind,
        "event": np.where(gebeurt, oorzaak, 0),
    }
    return Risico(**{k: v if k == "nummer" else v[nr] for k, v in velden.items()}), notities


def risicoperioden(perioden: Perioden, uitkeringen: pd.DataFrame, config: Config) -> Risico:
    """Spells as observed in the window of the config."""
    return _risico(perioden, aow_van_delen(perioden, uitkeringen), *venster(config))[0]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stukken:
    """Rows before profiles are numbered; ``spell`` is the number of the spell, ``dag`` the first day."""

    spell: Ints
    dag: Ints
    maand: Ints
    maanden: Ints
    lengte: Floats
    event: Ints


def _stappen(s: Risico, lijnen: list[Tijdlijn]) -> tuple[Ints, Ints]:
    """Every step of the lines in these spells: index in ``s``, day."""
    plek = np.full(int(s.nummer.max()) + 1 if s.nummer.size else 0, -1, dtype=np.int64)
    plek[s.nummer] = np.arange(s.nummer.size)
    index, dag = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for lijn in lijnen:
        spell, moment = lijn.overgangen
        binnen = spell < plek.size
        i, moment = plek[spell[binnen]], moment[binnen]
        index.append(i[i >= 0])
        dag.append(moment[i >= 0])
    return np.concatenate(index), np.concatenate(dag)


def _segmenten(s: Risico, lijnen: list[Tijdlijn]) -> tuple[Ints, Ints, Ints, Ints]:
    """Cut the at-risk part of each spell at every step: index in ``s``, start, stop, event."""
    i, dag = _stappen(s, lijnen)
    ok = (dag > s.van[i]) & (dag < np.minimum(s.tot[i], s.eind[i]))
    begin = np.column_stack([np.arange(s.nummer.size), s.van])
    paar = np.unique(np.concatenate([begin, np.column_stack([i[ok], dag[ok]])]), axis=0)
    i, van = paar[:, 0], paar[:, 1]
    laatste = np.r_[i[1:] != i[:-1], True] if i.size else np.zeros(0, dtype=bool)
    tot = np.where(laatste, s.tot[i], np.r_[van[1:], 0] if i.size else van)
    return i, van, tot, np.where(laatste, s.event[i], 0)


def _knip_na_uitstroom(s: Risico, lijnen: list[Tijdlijn]) -> Risico:
    """Shorten the piece of an exit to the first step that was already due later in that month."""
    i, dag = _stappen(s, lijnen)
    later = (dag >= s.eind[i]) & (dag < s.tot[i])
    tot = s.tot.copy()
    np.minimum.at(tot, i[later], dag[later])
    return replace(s, tot=tot)


def _stukken(
    s: Risico, fasen: list[Tijdlijn], overig: list[Tijdlijn], geboren: Callable[[Ints, Ints], Ints], leeftijden: Ints
) -> _Stukken:
    """Lay the segments on the month grid and cut them at birthdays that matter; ``overig`` steps on that grid."""
    s = _knip_na_uitstroom(s, fasen)
    i, van, tot, event = _segmenten(s, [*fasen, *overig])
    begin = s.begin[i]
    eerste = full_months(begin, van)
    grens = add_months(begin, eerste)
    grens_na = add_months(begin, eerste + 1)
    midden = van > grens
    kop_tot = np.minimum(tot, grens_na)
    heel_van = eerste + midden
    heel_tot = full_months(begin, tot)
    staart_dag = add_months(begin, heel_tot)
    heeft_staart = (tot > staart_dag) & (heel_tot >= heel_van)
    heeft_heel = heel_tot > heel_van
    lengte_kop = (kop_tot - van) / (grens_na - grens)
    lengte_staart = (tot - staart_dag) / (add_months(begin, heel_tot + 1) - staart_dag)
    kop = np.flatnonzero(midden)
    heel = np.flatnonzero(heeft_heel)
    staart = np.flatnonzero(heeft_staart)
    event_staart = np.where(heeft_staart, event, 0)
    event_heel = np.where(heeft_heel & ~heeft_staart, event, 0)
    event_kop = np.where(~heeft_heel & ~heeft_staart, event, 0)
    h_i, h_maand, h_aantal, h_event = _op_verjaardag(
        heel, begin, heel_van, heel_tot, event_heel, geboren(s.nummer[i], van), leeftijden
    )
    rij = np.concatenate([kop, h_i, staart])
    maand = np.concatenate([eerste[kop], h_maand, heel_tot[staart]])
    stukken = (
        s.nummer[i[rij]],
        np.concatenate([van[kop], add_months(begin[h_i], h_maand), staart_dag[staart]]),
        maand,
        np.concatenate([np.ones_like(kop), h_aantal, np.ones_like(staart)]),
        np.concatenate([lengte_kop[kop], np.ones(h_i.size), lengte_staart[staart]]),
        np.concatenate([event_kop[kop], h_event, event_staart[staart]]),
    )
    orde = np.lexsort((stukken[1], stukken[0]))
    namen = ("spell", "dag", "maand", "maanden", "lengte", "event")
    return _Stukken(**{n: v[orde] for n, v in zip(namen, stukken, strict=True)})


def _op_verjaardag(
    heel: Ints, begin: Ints, van: Ints, tot: Ints, event: Ints, geboren: Ints, leeftijden: Ints
) -> tuple[Ints, Ints, Ints, Ints]:
    """Cut runs of whole months where the age at the start of a month passes one of ``leeftijden``."""
    start, einde, geb = van[heel], tot[heel], geboren[heel]
    if leeftijden.size == 0 or heel.size == 0:
        return heel, start, einde - start, event[heel]
    b = begin[heel]
    laag = np.searchsorted(leeftijden, age_at(geb, add_months(b, start)), side="right")
    hoog = np.searchsorted(leeftijden, age_at(geb, add_months(b, einde - 1)), side="right")
    aantal = hoog - laag + 1
    rij = np.repeat(np.arange(heel.size), aantal)
    stap = np.arange(rij.size) - np.repeat(np.cumsum(aantal) - aantal, aantal)
    jarig = birthday(geb[rij], leeftijden[np.clip(laag[rij] + stap - 1, 0, leeftijden.size - 1)])
    dag = np.maximum(jarig, b[rij])
    maand = full_months(b[rij], dag)
    maand = maand + (add_months(b[rij], maand) < dag)
    deel_van = np.where(stap == 0, start[rij], maand)
    laatste = stap == aantal[rij] - 1
    deel_tot = np.where(laatste, einde[rij], np.r_[deel_van[1:], 0])
    return heel[rij], deel_van, deel_tot - deel_van, np.where(laatste, event[heel][rij], 0)


def _profielnummers(kolommen: Mapping[str, npt.NDArray[np.generic]]) -> tuple[Ints, Ints]:
    """Number the distinct combinations; returns (row of an example per profile, profile per row)."""
    sleutel: Ints = np.zeros(len(next(iter(kolommen.values()))), dtype=np.int64)
    grootte = 1
    for kolom in kolommen.values():
        _, code = np.unique(kolom, return_inverse=True)
        n = int(code.max()) + 1 if code.size else 1
        if grootte * n > 2**62:
            _, sleutel = np.unique(sleutel, return_inverse=True)
            grootte = int(sleutel.max()) + 1
        sleutel = sleutel * n + code
        grootte *= n
    _, voorbeeld, nummer = np.unique(sleutel, return_index=True, return_inverse=True)
    return voorbeeld, nummer


KenmerkFunctie = Callable[[Ints, Ints], Mapping[str, npt.NDArray[np.generic]]]


def maak_panel(
    perioden: Perioden,
    uitkeringen: pd.DataFrame,
    config: Config,
    *,
    kenmerken: KenmerkFunctie,
    tijdlijnen: list[Tijdlijn] | None = None,
    leeftijden: Ints | None = None,
    voortgang: Callable[[float], None] | None = None,
) -> Panel:
    """Make the rows of exposure inside the window of the config.

    Parameters
    ----------
    perioden : Perioden
        Spells and deployments.
    uitkeringen : DataFrame
        The rows that ``perioden`` refers to.
    config : Config
        Window and instruments.
    kenmerken : function (spell, day) -> mapping of arrays
        Traits (codes or values) of each row at its first day.
    tijdlijnen : list of Tijdlijn, optional
        Step functions of traits that change: rows are cut at the first month that begins on or after a step.
    leeftijden : int array, optional
        Ages at which the age of a row matters; empty or None when age is no trait.
    voortgang : function, optional
        Called with the share that is done.

    Returns
    -------
    Panel

    Notes
    -----
    A piece in which an exit happens keeps its full length; only the edges of the window, changes of phase and the AOW
    date shorten a piece (contract 3). Exits with code 03 and exits after the AOW date are censoring.
    """
    van, tot = venster(config)
    aow = aow_van_delen(perioden, uitkeringen)
    risico, notities = _risico(perioden, aow, van, tot)
    fasen = [fase_tijdlijn(perioden.inzetten, ins, k) for k, ins in enumerate(config.instrument)]
    deel_lijn = deel_tijdlijn(perioden)
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    overig = [naar_maandgrens(lijn, begin) for lijn in (deel_lijn, *(tijdlijnen or []))]
    geboren = days_of(uitkeringen["geboortedatum"].to_numpy()[perioden.delen["rij"]], OPEN)
    welke = [inzet_tijdlijn(perioden.inzetten, k) for k in range(len(config.instrument))]
    codes = [i.code for i in config.instrument]
    sinds = (
        {f"startduur:{c}": startduur_tijdlijn(perioden.inzetten, begin, k) for k, c in enumerate(codes)}
        if "duur" in config.model.effect_per
        else {}
    )
    grenzen = np.zeros(0, dtype=np.int64) if leeftijden is None else leeftijden
    delen: list[_Stukken] = []
    inzet: list[list[Ints]] = []
    kolommen: list[Mapping[str, npt.NDArray[np.generic]]] = []
    for a in range(0, risico.nummer.size, CHUNK):
        blok = slice(a, a + CHUNK)
        s = Risico(**{k: getattr(risico, k)[blok] for k in ("nummer", "begin", "van", "tot", "eind", "event")})
        stuk = _stukken(s, fasen, overig, lambda spell, dag: geboren[deel_lijn.op(spell, dag)], grenzen)
        eigen = dict(kenmerken(stuk.spell, stuk.dag))
        eigen |= {f"inzet:{c}": f.op(stuk.spell, stuk.dag) for c, f in zip(codes, fasen, strict=True)}
        eigen |= {naam: lijn.op(stuk.spell, stuk.dag) for naam, lijn in sinds.items()}
        kolommen.append(eigen | {"": np.zeros(stuk.spell.size, dtype=np.int64)})
        inzet.append([w.op(stuk.spell, stuk.dag) for w in welke])
        delen.append(stuk)
        if voortgang is not None:
            voortgang(min(1.0, (a + CHUNK) / risico.nummer.size))
    per_code = {c: np.concatenate([d[k] for d in inzet]) for k, c in enumerate(codes) if inzet}
    return _samenstellen(delen, kolommen, per_code, perioden, risico, notities, tot)


def _samenstellen(
    delen: list[_Stukken],
    kolommen: list[Mapping[str, npt.NDArray[np.generic]]],
    inzet: Mapping[str, Ints],
    perioden: Perioden,
    risico: Risico,
    notities: list[tuple[str, int, str]],
    tot: int,
) -> Panel:
    heel = {
        n: np.concatenate([getattr(d, n) for d in delen]) if delen else np.zeros(0, dtype=np.int64)
        for n in ("spell", "maand", "maanden", "lengte", "event")
    }
    namen = list(kolommen[0]) if kolommen else [""]
    alles = {n: np.concatenate([k[n] for k in kolommen]) if kolommen else np.zeros(0, dtype=np.int64) for n in namen}
    voorbeeld, profiel = _profielnummers(alles)
    spell = heel["spell"]
    client = pd.factorize(perioden.spells["client_id"], sort=True)[0]
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    exposure = Exposure(
        profile=profiel,
        month=heel["maand"],
        calendar=month_of(begin[spell]) + heel["maand"],
        months=heel["maanden"],
        length=heel["lengte"].astype(np.float64),
        event=heel["event"],
        cluster=client[spell],
    )
    in_risico = np.zeros(len(perioden.spells), dtype=bool)
    in_risico[risico.nummer] = True
    inzetten = perioden.inzetten
    start = inzetten["start"].to_numpy()
    mee = in_risico[inzetten["spell"].to_numpy()] & (start < tot) & inzetten["binnen"].to_numpy(dtype=bool)
    inzetten = inzetten[mee].drop_duplicates("inzet").reset_index(drop=True)
    inzetten["maand"] = full_months(begin[inzetten["spell"].to_numpy()], inzetten["start"].to_numpy())
    tabel = pd.DataFrame(notities, columns=["wat", "aantal", "waarom"])
    return Panel(
        exposure=exposure,
        spell=spell,
        profielen={n: v[voorbeeld] for n, v in alles.items() if n},
        inzet=inzet,
        inzetten=inzetten,
        weglatingen=pd.concat([perioden.weglatingen, tabel], ignore_index=True),
    )


def aandeel_meteen(panel: Panel, perioden: Perioden, config: Config) -> dict[str, float]:
    """Share of the spells that began within the window that got each instrument in their first month."""
    van, _ = venster(config)
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    gezien = np.unique(panel.spell)
    nieuw = gezien[begin[gezien] >= van]
    uit = {}
    for k, ins in enumerate(config.instrument):
        eigen = panel.inzetten[(panel.inzetten["instrument"] == k) & (panel.inzetten["maand"] == 0)]
        uit[ins.code] = float(np.isin(nieuw, eigen["spell"].to_numpy(dtype=np.int64)).mean()) if nieuw.size else 0.0
    return uit


def overal_meteen(panel: Panel, perioden: Perioden, config: Config) -> tuple[str, ...]:
    """Instruments that nearly every new spell gets in its first month: without others there is nothing to compare."""
    return tuple(code for code, deel in aandeel_meteen(panel, perioden, config).items() if deel >= IEDEREEN)
