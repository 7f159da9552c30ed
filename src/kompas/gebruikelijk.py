"""Usual policy: what is expected when instruments go on being started as they were.

The meters of a client say what happens when nothing new starts. A forecast or a backtest needs what will happen: here
the estimated hazards of entry into the instruments (method ``selectie``) are integrated over, per client and type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from kompas.config import BESTEMMINGEN, Instrument
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.intrede import tijd_intrede
from kompas.mededingers import Geleerd, Geschat, buiten_bereik, klanten_van, zonder_nieuwe_start
from kompas.models.calendar import add_months
from kompas.models.design import Floats
from kompas.models.outlook import competing_rates, cumulative_incidence, expected_reward
from kompas.models.policy import Entry, Stage, usual_hazard
from kompas.models.timedesign import band_of
from kompas.perioden import OPEN
from kompas.rendement import maak_meter
from kompas.rooster import aandeel_tussen, positie
from kompas.terugblik import Stand
from kompas.typen import Typen
from kompas.vooruitblik import Blok, Klanten, Meter

BLOK = 1_000  # clients per block: about 50 MB with four instruments and 60 months
HOOGSTE = 25.0  # log hazard per month of a start beyond which it is at once
GEBRUIKELIJK = "gebruikelijk_beleid"
NIETS_NIEUWS = "niets_nieuws"
UIT_VERLOOP = "waargenomen"


def beleid_van(h: Herijking) -> str:
    """Which policy a prediction with this model assumes: ``gebruikelijk_beleid`` or ``niets_nieuws``.

    Usual policy needs hazards of entry: method ``selectie`` (also when it found one type), with at least 30 starts of
    some instrument; types that the meters do not use cannot be used here either. Without instruments the two are the
    same thing: ``gebruikelijk_beleid``.
    """
    t = h.typen
    bekend = t is not None and len(t.intrede_coef) > 0 and (h.gesteund or t.aantal == 1)
    return GEBRUIKELIJK if bekend or not h.config.instrument else NIETS_NIEUWS


def zonder_intrede(h: Herijking) -> tuple[str, ...]:
    """Codes of the instruments without an estimated hazard of entry: under usual policy nobody starts them."""
    bekend = h.typen.intrede_coef if h.typen is not None else {}
    return tuple(i.code for i in h.config.instrument if i.code not in bekend)


def _typen(h: Herijking) -> Typen | None:
    """The hazards of entry; None without instruments.

    Raises
    ------
    GebruiksFout
        ``KMP-V001`` when there are instruments but no hazard of entry was estimated.
    """
    if not h.config.instrument:
        return None
    if beleid_van(h) != GEBRUIKELIJK:
        raise GebruiksFout(
            "KMP-V001",
            "dit model kent geen kansen op de start van een instrument, dus gebruikelijk beleid is niet door te "
            "rekenen: methode selectie is niet gedraaid, of van geen instrument zijn 30 starts bekend. Herijk met "
            "methode selectie, of voorspel alsof niets nieuws begint.",
        )
    return h.typen


def _standen(ins: Instrument) -> tuple[Stage, ...]:
    """Stages after a start: no second start while it runs, nor in the month after (that would be one deployment).

    Examples
    --------
    >>> [(s.phase, s.months, s.free) for s in _standen(Instrument(code="r", duur_maanden=6, fasen_na=(6, 18)))]
    [(0, 6, False), (1, 1, False), (1, 5, True), (2, 12, True), (3, None, True)]
    >>> [(s.phase, s.months, s.free) for s in _standen(Instrument(code="h"))]
    [(0, 1, False), (0, None, True)]
    """
    tijdens = [Stage(phase=0, months=ins.duur_maanden, free=False)] if ins.duur_maanden > 0 else []
    eerste = len(tijdens)
    uit = [*tijdens, Stage(phase=eerste, months=1, free=False)]
    grenzen = [1, *ins.fasen_na]
    uit += [Stage(phase=eerste + f, months=b - a, free=True) for f, (a, b) in enumerate(pairwise(grenzen)) if b > a]
    return (*uit, Stage(phase=eerste + len(ins.fasen_na), months=None, free=True))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Intrede:
    """An instrument that can start, with its place among the points of the types."""

    kolom: int
    entry: Entry


def _klant_eerst(waarden: Floats) -> Floats:
    """Pieces (or phases) and clients change places: (..., J, n) to (..., n, J)."""
    return np.swapaxes(waarden, -1, -2)


def _intrede(blok: Blok, typen: Typen, ins: Instrument) -> Entry:
    """Lay out the starts of one instrument for a block of clients, at the first type."""
    m, k = blok.m, blok.k
    n, stukken = k.aantal, blok.r.stap.size
    waarden = dict(zip(typen.intrede_termen[ins.code], np.nan_to_num(typen.intrede_coef[ins.code]), strict=True))
    rest = [0.0 if t.startswith("duur=") else waarden.get(t, 0.0) for t in m.herijking.termen]
    eigen = tijd_intrede(m.herijking.tijd, typen.intrede_banden)
    duur = np.array([waarden[f"duur={b}"] for b in eigen.band_names])
    log = blok.log_hazard(np.array(rest)) + duur[band_of(blok.r.maand, eigen.bands)]
    hazard = np.exp(np.minimum(log, HOOGSTE))
    tot_maand = typen.tot_maand[ins.code]
    if tot_maand is not None:
        hazard[blok.r.maand >= tot_maand] = 0.0
    fasen = blok.eerder[ins.code]
    wie, r = fasen.wie, blok.r
    start, gepland = (dagen[wie] for dagen in k.inzet[ins.code])
    vrij, loopt, eerder = np.ones((stukken, n)), np.zeros((stukken, n)), np.ones((len(BESTEMMINGEN), stukken, n))
    if ins.duur_maanden > 0:
        loopt[:, wie] = fasen.aandeel[0]
    begin, nu = k.begin[wie], (r.maand0 + r.deel)[wie]
    weer = add_months(np.maximum(gepland, start), 1)
    vrij[:, wie] -= aandeel_tussen(r, wie, positie(begin, nu, start), positie(begin, nu, weer))
    eerder[:, :, wie] = blok.factor[ins.code]
    nogmaals = float(np.exp(waarden["eerder"]))
    met_intrede = [i for i in m.herijking.config.instrument if i.code in typen.intrede_coef]
    return Entry(
        hazard=_klant_eerst(hazard[r.stap]),
        had=np.where(k.inzet[ins.code][0] < OPEN, nogmaals, 1.0),
        again=nogmaals,
        free=_klant_eerst(vrij),
        running=_klant_eerst(loopt),
        before=_klant_eerst(eerder),
        effect=_klant_eerst(np.exp(blok.effect_nu(ins).log)),
        stages=_standen(ins),
        runs=ins.duur_maanden > 0,
        others=np.exp([waarden.get(f"loopt:{i.code}", 0.0) for i in met_intrede]),
    )


def hazards_gebruikelijk(blok: Blok) -> Iterator[Floats]:
    """Mean hazards of exit per type while instruments go on being started, each (3, 2H, n).

    Parameters
    ----------
    blok : Blok
        Clients and hazards when nothing new starts, with ``fijn``.

    Notes
    -----
    An instrument without a hazard of entry (fewer than 30 starts) is not started; what runs of it ends as planned, and
    what it does to the starts of others is left out. Where effects differ by the duration at the start (``effect_per``
    with duur), later starts get the effect of a start now.

    Raises
    ------
    GebruiksFout
        ``KMP-V001`` when no hazard of entry was estimated.
    """
    m = blok.m
    typen = _typen(m.herijking)
    codes = list(typen.intrede_coef) if typen is not None else []
    basis = blok.per_stuk.copy()
    for code, fasen in blok.eerder.items():
        if code not in codes and fasen.wie.size:
            basis[:, :, fasen.wie] *= blok.factor[code]
    intreden = (
        [
            _Intrede(kolom=len(BESTEMMINGEN) + codes.index(i.code), entry=_intrede(blok, typen, i))
            for i in m.herijking.config.instrument
            if i.code in codes
        ]
        if typen is not None
        else []
    )
    for q, punt in enumerate(m.punten):
        entries = [
            replace(i.entry, hazard=i.entry.hazard * np.exp(typen.punten[q, i.kolom]))
            for i in intreden
            if typen is not None
        ]
        gemiddeld = usual_hazard(
            _klant_eerst(basis * np.exp(punt)[:, None, None]), _klant_eerst(blok.r.lengte), entries
        )
        yield _klant_eerst(gemiddeld)


def _blokken(m: Meter, klanten: Klanten) -> Iterator[tuple[slice, Blok]]:
    for a in range(0, klanten.aantal, BLOK):
        wie = slice(a, min(a + BLOK, klanten.aantal))
        yield wie, Blok(m, klanten.deel(wie), fijn=True)


def kansen_gebruikelijk(h: Herijking, klanten: Klanten, horizonnen: Sequence[int]) -> Floats:
    """Cumulative incidence under usual policy.

    Parameters
    ----------
    h : Herijking
    klanten : Klanten
    horizonnen : sequence of H int
        Months.

    Returns
    -------
    (3, n, H) array

    Raises
    ------
    GebruiksFout
        ``KMP-V001`` when no hazard of entry was estimated.
    """
    m = maak_meter(h, horizon=max(horizonnen), discontovoet=0.0, terugval=False)
    uit = np.zeros((len(BESTEMMINGEN), klanten.aantal, len(horizonnen)))
    plek = [2 * maanden - 1 for maanden in horizonnen]
    for wie, blok in _blokken(m, klanten):
        for q, hazard in enumerate(hazards_gebruikelijk(blok)):
            tempo = competing_rates(hazard) if m.gemeten else hazard
            cif, _ = cumulative_incidence(_klant_eerst(tempo), _klant_eerst(blok.r.lengte))
            uit[:, wie] += cif[:, :, plek] * blok.k.types[:, q, None]
    return uit


def verwacht_gebruikelijk(h: Herijking, klanten: Klanten, *, horizon: int, terugval: bool = True) -> Floats:
    """Expected months on benefit within the horizon under usual policy.

    Parameters
    ----------
    h : Herijking
    klanten : Klanten
        As :func:`kompas.lijst.lopende_klanten` gives them.
    horizon : int
        Months.
    terugval : bool
        Count months after a return to benefit.

    Returns
    -------
    (n,) array

    Raises
    ------
    GebruiksFout
        ``KMP-V001`` when no hazard of entry was estimated.

    Notes
    -----
    The same clock as the meters: duration, age and season advance, the trend (also of the entries) is frozen at the
    mean of its last 12 months, what runs ends as planned. Per type the exits follow the mean over the phases a client
    may be in, given that he is still on benefit; instruments count as independent given the type (mean field).
    """
    m = maak_meter(h, horizon=horizon, discontovoet=0.0, terugval=terugval)
    uit = np.zeros(klanten.aantal)
    for wie, blok in _blokken(m, klanten):
        back = blok.terug(m.terug)
        for q, hazard in enumerate(hazards_gebruikelijk(blok)):
            na = back if back.ndim == 3 else back[q]
            deel = expected_reward(hazard, blok.r.lengte, 1.0, na, fitted=m.gemeten)
            uit[wie] += deel.value * blok.k.types[:, q]
    return uit


def gebruikelijk_beleid(h: Herijking, stand: Stand, horizonnen: Sequence[int]) -> Floats:
    """Cumulative incidence when instruments go on being started as they were: what will happen.

    Parameters
    ----------
    h : Herijking
    stand : Stand
    horizonnen : sequence of H int

    Returns
    -------
    (3, n, H) array
        nan for clients with a trait outside what the model saw.

    Raises
    ------
    GebruiksFout
        ``KMP-V001`` when the model has instruments but no hazard of entry.
    """
    _typen(h)
    klanten = klanten_van(h, stand)
    uit = kansen_gebruikelijk(h, klanten, horizonnen)
    uit[:, buiten_bereik(h, klanten)] = np.nan
    return uit


def naar_model(h: Herijking, stand: Stand, horizonnen: Sequence[int]) -> Floats:
    """Usual policy where the model knows the hazards of entry, else nothing new: the default of the backtest.

    :func:`beleid_van` tells which of the two it was; parameters and result as :func:`gebruikelijk_beleid`.
    """
    scoor = gebruikelijk_beleid if beleid_van(h) == GEBRUIKELIJK else zonder_nieuwe_start
    return scoor(h, stand, horizonnen)


def aangenomen_beleid(geleerd: Geleerd) -> str:
    """What a competitor assumes about instruments that start after the day of the test.

    ``gebruikelijk_beleid``, ``niets_nieuws``, ``waargenomen`` (learnt from what happened, starts included) or
    ``eigen`` (a scorer of the caller).
    """
    if not isinstance(geleerd, Geschat):
        return UIT_VERLOOP
    if geleerd.scoor is naar_model:
        return beleid_van(geleerd.herijking)
    if geleerd.scoor is gebruikelijk_beleid:
        return GEBRUIKELIJK
    return NIETS_NIEUWS if geleerd.scoor is zonder_nieuwe_start else "eigen"


def over_beleid(naam: str, geleerd: Geleerd) -> list[str]:
    """What must be said about that assumption."""
    if not isinstance(geleerd, Geschat) or not geleerd.herijking.config.instrument:
        return []
    beleid, buiten = aangenomen_beleid(geleerd), zonder_intrede(geleerd.herijking)
    if beleid == NIETS_NIEUWS:
        zin = (
            f"'{naam}' rekent alsof na die dag geen instrument meer begint. Wat nieuwe inzet aan uitstroom opleverde, "
            "telt als afwijking van de voorspelling."
        )
        return [zin]
    if beleid == GEBRUIKELIJK and buiten:
        return [f"'{naam}' rekent zonder nieuwe inzet van {', '.join(buiten)}: daarvan zijn te weinig starts bekend."]
    return []
