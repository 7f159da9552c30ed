"""The engine: lives of clients on benefit, one piece of time per step, vectorised over clients.

In every piece the hazards are constant. A day has the chance 1 - exp(-hazard / days of its duration month); an
instrument that starts on a day acts on that same day. Waiting times are memoryless, so that drawing again after a
start or a change of phase is exact, and nobody is kept on benefit in order to be treated (no immortal time).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kompas.config import BESTEMMINGEN
from kompas.simulatie.tijd import (
    AANTAL_MAANDEN,
    NOOIT,
    NUL_MAAND,
    Floats,
    Ints,
    dagnummer,
    leeftijd,
    maandnummer,
    plus_maanden,
)
from kompas.simulatie.waarheid import GEEN_TERUGKEER, InstrumentWaarheid, Knopen, Waarheid

GAT_DAGEN = 31
"""Least number of days between two spells, and between two deployments of one instrument."""

AOW_REDEN = "03"
_TERUGVAL_MAANDEN = 480


def _trap(banden: tuple[int, ...], waarden: tuple[float, ...]) -> Floats:
    """Return the value per month (0, 1, ...) up to and including the first month of the open band."""
    randen = (0, *banden, (banden[-1] if banden else 0) + 1)
    return np.repeat(np.asarray(waarden, dtype=np.float64), np.diff(randen))


def langs_knopen(knopen: Knopen, dagen: Ints) -> Floats:
    """Return a course at each day: linear between its dates, constant outside them.

    Examples
    --------
    >>> import datetime as dt
    >>> dagen = np.array([-5, 5, 10], dtype=np.int64)
    >>> langs_knopen(((dt.date(1970, 1, 1), 0.0), (dt.date(1970, 1, 11), 1.0)), dagen).tolist()
    [0.0, 0.5, 1.0]
    """
    if not knopen:
        return np.zeros(len(dagen))
    x = [dagnummer(datum) for datum, _ in knopen]
    uit: Floats = np.interp(dagen.astype(np.float64), x, [waarde for _, waarde in knopen])
    return uit


def _per_maand(verloop: Mapping[str, Knopen], bevroren_op: int | None) -> Floats:
    """Return courses on the first of each calendar month, shape (months, C); frozen as the trend is."""
    eersten = plus_maanden(dagnummer(NUL_MAAND), np.arange(AANTAL_MAANDEN))
    uit = np.stack([langs_knopen(verloop.get(c, ()), eersten) for c in BESTEMMINGEN], axis=1)
    return uit if bevroren_op is None else np.broadcast_to(uit[bevroren_op - 11 : bevroren_op + 1].mean(0), uit.shape)


def lange_kalender(w: Waarheid, *, bevroren_op: int | None = None) -> Floats:
    """Return what the calendar adds to the log hazard from duration month ``lang_vanaf`` on, shape (months, C)."""
    return _per_maand(w.verloop_lang, bevroren_op)


def seizoen_en_trend(w: Waarheid, *, bevroren_op: int | None = None) -> Floats:
    """Return the calendar part of the log hazard, shape (calendar months since January 1880, bestemmingen).

    With ``bevroren_op`` (a calendar month) the trend is the mean of the twelve months that end there.
    """
    maanden = np.arange(AANTAL_MAANDEN)
    verloop = maanden - float(maandnummer(dagnummer(w.trend_nul)))
    if bevroren_op is not None:
        verloop = np.full(AANTAL_MAANDEN, verloop[bevroren_op - 11 : bevroren_op + 1].mean())
    delen = [
        np.asarray(w.seizoen.get(c, (0.0,) * 12))[maanden % 12] + w.trend.get(c, 0.0) * verloop for c in BESTEMMINGEN
    ]
    return np.stack(delen, axis=1) + _per_maand(w.verloop, bevroren_op)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tabellen:
    """The truth as arrays; C bestemmingen, I instruments, K months of duration, F phases of an instrument."""

    basis: Floats  # (K, C) log hazard
    kalender: Floats  # (months, C) log hazard
    kalender_lang: Floats  # (months, C) added from duration month lang_vanaf on
    lang_vanaf: int
    leeftijd: Floats  # (C,) per year
    leeftijd_nul: float
    effecten: tuple[Floats, ...]  # I x (F + 1, C); row 0 = no deployment yet
    intrede: Floats  # (K', I) hazard per month
    begin_dagen: Ints  # (I,) 0 = at any time
    herhaling: Floats  # (I,)
    aanmeld_dagen: Ints  # (I, 2) least and most days from announcement to begin; 0 = none
    instrumenten: tuple[InstrumentWaarheid, ...]
    terugval_cum: Floats  # (C, J + 1) cumulative hazard of return after j months
    redenen: tuple[tuple[tuple[str, ...], Floats], ...]  # C x (codes, cumulative probabilities)


def maak_tabellen(w: Waarheid, *, kalender: Floats | None = None) -> Tabellen:
    """Turn a truth into arrays; ``kalender`` replaces season, trend and course (look-ahead)."""
    instrumenten = w.instrumenten
    lengte = max([1, *(b for i in instrumenten for b in i.intrede_banden)]) + 1
    intrede = np.zeros((lengte, len(instrumenten)))
    for j, i in enumerate(instrumenten):
        trap = _trap(i.intrede_banden, i.intrede)
        intrede[:, j] = trap[np.minimum(np.arange(lengte), len(trap) - 1)]
    terugval = np.zeros((len(BESTEMMINGEN), _TERUGVAL_MAANDEN + 1))
    for c, naam in enumerate(BESTEMMINGEN):
        trap = _trap(w.terugval_banden, w.terugval.get(naam, (0.0,) * (len(w.terugval_banden) + 1)))
        per_maand = trap[np.minimum(np.arange(_TERUGVAL_MAANDEN), len(trap) - 1)]
        per_maand[0] = 0.0
        terugval[c, 1:] = np.cumsum(per_maand)
    effecten = []
    for i in instrumenten:
        rijen = [[i.effect(fase, c) for c in BESTEMMINGEN] for fase in i.instrument.fasen]
        effecten.append(np.array([[0.0] * len(BESTEMMINGEN), *rijen]))
    return Tabellen(
        basis=np.log(np.stack([_trap(w.duurbanden, w.basis[c]) for c in BESTEMMINGEN], axis=1)),
        kalender=seizoen_en_trend(w) if kalender is None else kalender,
        kalender_lang=lange_kalender(w),
        lang_vanaf=w.lang_vanaf,
        leeftijd=np.array([w.kenmerken.get(c, {}).get("leeftijd", 0.0) for c in BESTEMMINGEN]),
        leeftijd_nul=w.leeftijd_nul,
        effecten=tuple(effecten),
        intrede=intrede,
        begin_dagen=np.array([i.begin_dagen or 0 for i in instrumenten], dtype=np.int64),
        herhaling=np.array([i.herhaling for i in instrumenten], dtype=np.float64),
        aanmeld_dagen=np.array([i.aanmeld_dagen or (0, 0) for i in instrumenten], dtype=np.int64).reshape(-1, 2),
        instrumenten=instrumenten,
        terugval_cum=terugval,
        redenen=tuple((tuple(w.redenen[c]), np.cumsum(list(w.redenen[c].values()))) for c in BESTEMMINGEN),
    )


def faseranden(instrument: InstrumentWaarheid, begin: Ints, aanmeld: Ints | None = None) -> Ints:
    """Return the first day of each phase of deployments that begin on ``begin``: shape (n, F).

    The first phase runs from ``aanmeld`` where given; the planned end counts from the begin (what happens at one
    moment, without a length, happens at the announcement).
    """
    i = instrument.instrument
    vanaf = begin if aanmeld is None else aanmeld
    eind = plus_maanden(begin, i.duur_maanden) if i.duur_maanden > 0 else vanaf
    na = [plus_maanden(eind, m) for m in i.fasen_na]
    return np.stack([*([vanaf] if i.duur_maanden > 0 else []), eind, *na], axis=1)


@dataclass(slots=True, kw_only=True, eq=False)
class Toestand:
    """Where n clients stand; the engine moves it forward in place."""

    geboorte: Ints  # (n,) day
    aow: Ints  # (n,) day on which entitlement ends
    uitstroom: Floats  # (n, C) traits + type on exit, log
    intrede: Floats  # (n, I) traits + type on the start of an instrument, log
    begin: Ints  # (n,) first day of the spell
    dag: Ints  # (n,) today
    maand: Ints  # (n,) completed duration months of the spell
    randen: list[Ints]  # I x (n, F) first day of each phase of the last deployment
    inzet_eind: Ints  # (n, I) planned end of the last deployment
    maand_van: Ints = field(init=False)
    maand_tot: Ints = field(init=False)

    def __post_init__(self) -> None:
        """Place every client in his duration month."""
        self.maand_van = plus_maanden(self.begin, self.maand)
        self.maand_tot = plus_maanden(self.begin, self.maand + 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verloop:
    """What happened: spells (running: ``einddag`` = NOOIT, ``reden`` empty) and deployments."""

    client: Ints
    begin: Ints
    einddag: Ints
    reden: list[str]
    inzet_client: Ints
    inzet_instrument: Ints
    inzet_begin: Ints
    inzet_aanmeld: Ints  # the day on which the client knew; the begin itself without announcement
    inzet_spell: Ints  # first day of the spell in which the deployment was announced


class _Logboek:
    """Collects rows during the run."""

    def __init__(self) -> None:
        self.spells: list[tuple[Ints, Ints, Ints]] = []
        self.redenen: list[str] = []
        self.inzet: list[tuple[Ints, Ints, Ints, Ints, Ints]] = []

    def spell(self, client: Ints, begin: Ints, einddag: Ints, reden: list[str]) -> None:
        self.spells.append((client, begin, einddag))
        self.redenen.extend(reden)

    def klaar(self) -> Verloop:
        leeg = np.zeros(0, dtype=np.int64)
        spells = [np.concatenate(d) for d in zip(*self.spells, strict=True)] if self.spells else [leeg] * 3
        inzet = [np.concatenate(d) for d in zip(*self.inzet, strict=True)] if self.inzet else [leeg] * 5
        return Verloop(
            client=spells[0],
            begin=spells[1],
            einddag=spells[2],
            reden=self.redenen,
            inzet_client=inzet[0],
            inzet_instrument=inzet[1],
            inzet_begin=inzet[2],
            inzet_aanmeld=inzet[3],
            inzet_spell=inzet[4],
        )


def _uitstroomhazard(tab: Tabellen, s: Toestand, a: Ints) -> tuple[Floats, Ints]:
    """Return the hazards (len(a), C) from today on, and the next day on which a phase changes."""
    dag = s.dag[a]
    eta = s.uitstroom[a] + tab.basis[np.minimum(s.maand[a], len(tab.basis) - 1)]
    maand = maandnummer(s.maand_van[a])
    eta += tab.kalender[maand] + np.where((s.maand[a] >= tab.lang_vanaf)[:, None], tab.kalender_lang[maand], 0.0)
    eta += (leeftijd(s.geboorte[a], dag) - tab.leeftijd_nul)[:, None] * tab.leeftijd
    grens = np.full(len(a), NOOIT, dtype=np.int64)
    for randen, effect in zip(s.randen, tab.effecten, strict=True):
        eigen = randen[a]
        fase = np.zeros(len(a), dtype=np.int64)
        for kolom in eigen.T:
            fase += kolom <= dag
            grens = np.where(kolom > dag, np.minimum(grens, kolom), grens)
        eta += effect[fase]
    return np.exp(eta), grens


def _intredehazard(tab: Tabellen, s: Toestand, a: Ints) -> Floats:
    """Return the hazard per day of a start of each instrument, shape (len(a), I)."""
    eerder = s.inzet_eind[a]
    eta = s.intrede[a] + np.where(eerder > -NOOIT, tab.herhaling, 0.0)
    per_maand = tab.intrede[np.minimum(s.maand[a], len(tab.intrede) - 1)] * np.exp(eta)
    lengte = np.where(tab.begin_dagen > 0, tab.begin_dagen, (s.maand_tot[a] - s.maand_van[a])[:, None])
    mag: Floats = np.where(s.dag[a, None] >= eerder + GAT_DAGEN, per_maand / lengte, 0.0)
    return mag


def _wacht(rng: np.random.Generator, per_dag: Floats) -> Ints:
    """Draw the number of whole days to an event with this hazard per day."""
    dagen = rng.standard_exponential(per_dag.shape) / np.maximum(per_dag, 1e-12)
    return np.minimum(dagen, 1e9).astype(np.int64)


def _trek_intrede(tab: Tabellen, s: Toestand, a: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return the instrument that would start first, and the day (NOOIT when none)."""
    if not tab.instrumenten:
        return np.zeros(len(a), dtype=np.int64), np.full(len(a), NOOIT, dtype=np.int64)
    dagen = s.dag[a, None] + _wacht(rng, _intredehazard(tab, s, a))
    te_laat = (tab.begin_dagen > 0) & (dagen >= s.begin[a, None] + tab.begin_dagen)
    dagen = np.where(te_laat, NOOIT, dagen)
    eerste = dagen.argmin(axis=1)
    return eerste, dagen[np.arange(len(a)), eerste]


def _uitstel(tab: Tabellen, wat: Ints, rng: np.random.Generator) -> Ints:
    """Draw the days from announcement to begin; draws nothing where no instrument is announced."""
    if not tab.aanmeld_dagen.any():
        return np.zeros(len(wat), dtype=np.int64)
    minst, meest = tab.aanmeld_dagen[wat].T
    dagen: Ints = rng.integers(minst, meest + 1)
    return dagen


def _start(
    tab: Tabellen, s: Toestand, wie: Ints, wat: Ints, dag: Ints, rng: np.random.Generator, boek: _Logboek
) -> None:
    """Let deployments be announced on ``dag`` and begin then or later: their phases replace those of an earlier one."""
    begin = dag + _uitstel(tab, wat, rng)
    boek.inzet.append((wie, wat, begin, dag, s.begin[wie]))
    s.dag[wie] = dag
    for j, instrument in enumerate(tab.instrumenten):
        deze = wat == j
        if deze.any():
            s.randen[j][wie[deze]] = faseranden(instrument, begin[deze], dag[deze])
            s.inzet_eind[wie[deze], j] = plus_maanden(begin[deze], instrument.instrument.duur_maanden)


def _keer_terug(tab: Tabellen, s: Toestand, wie: Ints, oorzaak: Ints, dag: Ints, rng: np.random.Generator) -> Ints:
    """Draw the first day of a next spell after an exit on ``dag``; NOOIT when there is none before AOW."""
    eerste_dag = dag + 1
    drempel = rng.standard_exponential(len(wie))
    terug = np.full(len(wie), NOOIT, dtype=np.int64)
    for c in range(len(BESTEMMINGEN)):
        deze = np.flatnonzero((oorzaak == c) & (drempel < tab.terugval_cum[c, -1]))
        cum = tab.terugval_cum[c]
        j = np.searchsorted(cum, drempel[deze], side="right") - 1
        deel = (drempel[deze] - cum[j]) / (cum[j + 1] - cum[j])
        van, tot = plus_maanden(eerste_dag[deze], j), plus_maanden(eerste_dag[deze], j + 1)
        terug[deze] = np.maximum(van + (deel * (tot - van)).astype(np.int64), eerste_dag[deze] + GAT_DAGEN)
    return np.where(terug < s.aow[wie], terug, NOOIT)


def _stroom_uit(
    tab: Tabellen, s: Toestand, wie: Ints, lam: Floats, dag: Ints, rng: np.random.Generator, boek: _Logboek
) -> None:
    """Let clients leave on ``dag``: cause in proportion to the hazards, then the reason, then perhaps a return."""
    u = rng.random(len(wie)) * lam.sum(axis=1)
    oorzaak = np.minimum((u[:, None] >= np.cumsum(lam, axis=1)).sum(axis=1), len(BESTEMMINGEN) - 1)
    v = rng.random(len(wie))
    reden = np.empty(len(wie), dtype="U2")
    for c, (codes, cum) in enumerate(tab.redenen):
        deze = oorzaak == c
        reden[deze] = np.array(codes)[np.minimum(np.searchsorted(cum, v[deze], side="right"), len(codes) - 1)]
    boek.spell(wie, s.begin[wie], dag, reden.tolist())
    terug = _keer_terug(tab, s, wie, oorzaak, dag, rng)
    terug[np.isin(reden, GEEN_TERUGKEER)] = NOOIT
    s.dag[wie] = terug
    nieuw, vanaf = wie[terug < NOOIT], terug[terug < NOOIT]
    s.begin[nieuw], s.maand_van[nieuw], s.maand[nieuw] = vanaf, vanaf, 0
    s.maand_tot[nieuw] = plus_maanden(vanaf, 1)


def _stap(
    tab: Tabellen, s: Toestand, a: Ints, einde: int, rng: np.random.Generator, boek: _Logboek, *, start: bool
) -> None:
    """Move the clients ``a`` to the end of their piece, or to what happens before it."""
    lam, grens = _uitstroomhazard(tab, s, a)
    per_dag = lam.sum(axis=1) / (s.maand_tot[a] - s.maand_van[a])
    weg = s.dag[a] + _wacht(rng, per_dag)
    grens = np.minimum(np.minimum(grens, s.maand_tot[a]), np.minimum(s.aow[a], einde))
    if start:
        wat, begin = _trek_intrede(tab, s, a, rng)
        begint = (begin <= weg) & (begin < grens)
        _start(tab, s, a[begint], wat[begint], begin[begint], rng, boek)
    else:
        begint = np.zeros(len(a), dtype=bool)
    vertrekt = ~begint & (weg < grens)
    verder = a[~begint & ~vertrekt]
    s.dag[verder] = grens[~begint & ~vertrekt]
    _stroom_uit(tab, s, a[vertrekt], lam[vertrekt], weg[vertrekt], rng, boek)
    nieuw = verder[s.dag[verder] == s.maand_tot[verder]]
    s.maand[nieuw] += 1
    s.maand_van[nieuw] = s.maand_tot[nieuw]
    s.maand_tot[nieuw] = plus_maanden(s.begin[nieuw], s.maand[nieuw] + 1)
    oud = verder[s.dag[verder] >= s.aow[verder]]
    boek.spell(oud, s.begin[oud], s.aow[oud] - 1, [AOW_REDEN] * len(oud))
    s.dag[oud] = NOOIT
    blijft = verder[(s.dag[verder] >= einde) & (s.dag[verder] < NOOIT)]
    boek.spell(blijft, s.begin[blijft], np.full(len(blijft), NOOIT, dtype=np.int64), [""] * len(blijft))
    s.dag[blijft] = NOOIT


def loop_af(tab: Tabellen, s: Toestand, *, einde: int, rng: np.random.Generator, start: bool = True) -> Verloop:
    """Follow every client from ``s.dag`` until the day ``einde`` (not included); ``s`` is used up.

    Parameters
    ----------
    tab : Tabellen
        The truth as arrays.
    s : Toestand
        Start of n clients.
    einde : int
        First day that is no longer simulated; spells that still run then have no end.
    rng : numpy Generator
        Source of chance.
    start : bool
        False = no instrument starts any more (look-ahead).
    """
    boek = _Logboek()
    while (actief := np.flatnonzero(s.dag < einde)).size:
        _stap(tab, s, actief, einde, rng, boek, start=start)
    return boek.klaar()
