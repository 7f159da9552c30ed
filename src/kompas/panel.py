"""Spells and deployments to rows of exposure (contract 3), in chunks of spells: pure, vectorised.

A row is a run of whole duration months, or one part of a month, in which traits, age and phases of instruments do not
change. Memory grows with the number of changes, not with the number of months.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import BESTEMMINGEN, Config, Instrument
from kompas.models.calendar import add_months, age_at, birthday, days_of, full_months, month_of
from kompas.models.design import Exposure, Floats, Ints
from kompas.parameters.aow import aow_datum
from kompas.perioden import OPEN, Perioden, venster

CHUNK = 40_000  # spells per chunk


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


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tijdlijn:
    """Step functions of time per spell: value ``waarde`` from day ``vanaf`` on; ``leeg`` before the first."""

    sleutel: Ints
    waarde: Ints
    leeg: int

    def op(self, spell: Ints, dag: Ints) -> Ints:
        """Value at each (spell, day)."""
        if self.sleutel.size == 0:
            return np.full(spell.size, self.leeg, dtype=np.int64)
        plek = np.searchsorted(self.sleutel, spell * (2 * OPEN) + dag + OPEN, side="right") - 1
        raak = (plek >= 0) & (self.sleutel[plek] // (2 * OPEN) == spell)
        return np.where(raak, self.waarde[plek], self.leeg)

    @property
    def overgangen(self) -> tuple[Ints, Ints]:
        """(spell, day) of every step."""
        return self.sleutel // (2 * OPEN), self.sleutel % (2 * OPEN) - OPEN


def maak_tijdlijn(spell: Ints, vanaf: Ints, waarde: Ints, leeg: int = -1) -> Tijdlijn:
    """Sort steps; of several steps at one moment the last given holds."""
    sleutel = spell.astype(np.int64) * (2 * OPEN) + np.clip(vanaf, -OPEN + 1, OPEN - 1) + OPEN
    orde = np.argsort(sleutel, kind="stable")
    sleutel, waarde = sleutel[orde], waarde[orde]
    laatste = np.r_[sleutel[1:] != sleutel[:-1], True] if sleutel.size else np.zeros(0, dtype=bool)
    return Tijdlijn(sleutel=sleutel[laatste], waarde=waarde[laatste], leeg=leeg)


def deel_tijdlijn(perioden: Perioden) -> Tijdlijn:
    """Which part of a spell (row of ``perioden.delen``) holds at each day."""
    spell = perioden.delen["spell"].to_numpy(dtype=np.int64)
    vanaf = perioden.delen["vanaf"].to_numpy(dtype=np.int64)
    return maak_tijdlijn(spell, vanaf, np.arange(spell.size))


def fase_tijdlijn(inzetten: pd.DataFrame, instrument: Instrument, index: int) -> Tijdlijn:
    """Phase of one instrument over time per spell: -1 before a start, else an index into ``instrument.fasen``.

    A later deployment restarts the phases; ``na_...`` counts from the planned end.
    """
    eigen = inzetten[inzetten["instrument"] == index].sort_values(["spell", "start", "gepland"], kind="stable")
    spell, start, gepland = (eigen[k].to_numpy(dtype=np.int64) for k in ("spell", "start", "gepland"))
    volgende = np.r_[start[1:], OPEN] if start.size else start
    volgende = np.where(np.r_[spell[1:] != spell[:-1], True], OPEN, volgende) if start.size else volgende
    stappen = [(start, np.zeros_like(start))] if instrument.duur_maanden > 0 else []
    eerste_na = len(stappen)
    for k, grens in enumerate((0, *instrument.fasen_na)):
        dag = np.maximum(add_months(gepland, grens), start)
        stappen.append((dag, np.full_like(start, eerste_na + k)))
    delen = [(spell[ok], dag[ok], w[ok]) for dag, w in stappen for ok in [dag < volgende]]
    return maak_tijdlijn(
        np.concatenate([d[0] for d in delen]),
        np.concatenate([d[1] for d in delen]),
        np.concatenate([d[2] for d in delen]),
    )


def inzet_tijdlijn(inzetten: pd.DataFrame, index: int) -> Tijdlijn:
    """Number of the deployment of one instrument that is in force, per spell."""
    eigen = inzetten[inzetten["instrument"] == index].sort_values(["spell", "start", "gepland"], kind="stable")
    spell, start, nummer = (eigen[k].to_numpy(dtype=np.int64) for k in ("spell", "start", "inzet"))
    return maak_tijdlijn(spell, start, nummer)


def naar_maandgrens(lijn: Tijdlijn, begin: Ints) -> Tijdlijn:
    """Move every step to the first duration month that begins on or after it (``begin``: day per spell).

    Traits hold as they are at the start of a piece and shorten none: only phases do (contract 3).
    """
    spell, dag = lijn.overgangen
    vanaf = np.maximum(dag, begin[spell])
    grens = add_months(begin[spell], full_months(begin[spell], vanaf))
    volgende = add_months(begin[spell], full_months(begin[spell], vanaf) + 1)
    return maak_tijdlijn(spell, np.where(grens < vanaf, volgende, grens), lijn.waarde, lijn.leeg)


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


def _segmenten(s: Risico, lijnen: list[Tijdlijn]) -> tuple[Ints, Ints, Ints, Ints]:
    """Cut the at-risk part of each spell at every step: index in ``s``, start, stop, event."""
    plek = np.full(int(s.nummer.max()) + 1 if s.nummer.size else 0, -1, dtype=np.int64)
    plek[s.nummer] = np.arange(s.nummer.size)
    index, dag = [np.arange(s.nummer.size)], [s.van]
    for lijn in lijnen:
        spell, moment = lijn.overgangen
        binnen = spell < plek.size
        i, moment = plek[spell[binnen]], moment[binnen]
        ok = i >= 0
        i, moment = i[ok], moment[ok]
        ok = (moment > s.van[i]) & (moment < np.minimum(s.tot[i], s.eind[i]))
        index.append(i[ok])
        dag.append(moment[ok])
    paar = np.unique(np.column_stack([np.concatenate(index), np.concatenate(dag)]), axis=0)
    i, van = paar[:, 0], paar[:, 1]
    laatste = np.r_[i[1:] != i[:-1], True] if i.size else np.zeros(0, dtype=bool)
    tot = np.where(laatste, s.tot[i], np.r_[van[1:], 0] if i.size else van)
    return i, van, tot, np.where(laatste, s.event[i], 0)


def _knip_na_uitstroom(s: Risico, lijnen: list[Tijdlijn]) -> Risico:
    """Shorten the piece of an exit to the first step that was already due later in that month."""
    tot = s.tot.copy()
    plek = np.full(int(s.nummer.max()) + 1 if s.nummer.size else 0, -1, dtype=np.int64)
    plek[s.nummer] = np.arange(s.nummer.size)
    for lijn in lijnen:
        spell, moment = lijn.overgangen
        binnen = spell < plek.size
        i, moment = plek[spell[binnen]], moment[binnen]
        ok = i >= 0
        i, moment = i[ok], moment[ok]
        later = (moment >= s.eind[i]) & (moment < tot[i])
        np.minimum.at(tot, i[later], moment[later])
    return Risico(nummer=s.nummer, begin=s.begin, van=s.van, tot=tot, eind=s.eind, event=s.event)


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
