"""The sums behind the budgetmonitor, each a plain function of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtr, ndtri

from kompas.fouten import GebruiksFout
from kompas.monitors.prijs import Z80
from kompas.parameters.vangnet import Vangnet, vangnet

ONBEKEND = float("nan")


def budgetdeel(bedrag: float, budget: float) -> float:
    """Return an amount as a fraction of a budget; nan for a budget of nothing or less.

    Examples
    --------
    >>> budgetdeel(-6.0, 40.0), budgetdeel(-6.0, 0.0)
    (-0.15, nan)
    """
    return bedrag / budget if budget > 0 else ONBEKEND


def mutatie(macro_van: float, macro_naar: float, budget_van: float, budget_naar: float) -> tuple[float, float]:
    """Split a change of the budget into a macro effect and a share effect.

    A budget is macro x share, B = M a, with a = B / M. The change is split symmetrically, so that both add up to it::

        macro = (M1 - M0) (a0 + a1) / 2,    share = (a1 - a0) (M0 + M1) / 2

    Parameters
    ----------
    macro_van, macro_naar : float
        National budget of the two rounds, euro.
    budget_van, budget_naar : float
        Own budget in the two rounds, euro.

    Returns
    -------
    (float, float)
        Macro effect and share effect, euro; nan when a national budget is unknown.

    Examples
    --------
    >>> [round(x, 2) for x in mutatie(1000.0, 1100.0, 10.0, 12.1)]
    [1.05, 1.05]
    """
    if not all(math.isfinite(x) and x > 0 for x in (macro_van, macro_naar)):
        return ONBEKEND, ONBEKEND
    a0, a1 = budget_van / macro_van, budget_naar / macro_naar
    return (macro_naar - macro_van) * (a0 + a1) / 2, (a1 - a0) * (macro_van + macro_naar) / 2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Evenwicht:
    """How many clients fit within an amount, at the present price.

    ``prijs_jaar`` euro per client per year, holiday allowance included; ``jaargemiddelde`` the mean number over the
    whole year that spends the amount; ``rest_gemiddelde`` the mean over the months to come, given what was spent;
    ``eindstand`` the number at the end of the year when the way there is a straight line. ``haalbaar`` is False when
    even no clients at all would not do, or the line would end below zero: then eindstand is nan.
    """

    grens: float
    prijs_jaar: float
    jaargemiddelde: float
    rest_gemiddelde: float
    eindstand: float
    haalbaar: bool


def evenwicht(
    grens: float,
    *,
    tot_nu: float,
    maanden: int,
    prijs_maand: float,
    vakantiegeld_rest: float,
    prijs_jaar: float,
    nu: float,
) -> Evenwicht:
    """Find the number of clients at which spending equals an amount.

    With r = 12 - n months to come, price p per month, V holiday allowance still to be paid::

        rest = (grens - spent - V) / (p r),    end = now + (rest - now) 2 r / (r + 1)

    the second because months 1..r of a straight line from now to end have mean now + (end - now)(r + 1) / (2 r).

    Parameters
    ----------
    grens : float
        Amount for the year, euro.
    tot_nu : float
        Spent in ``maanden`` months; 0 for a year that has not begun.
    maanden : int
    prijs_maand : float
        Per client per month, without holiday allowance.
    vakantiegeld_rest : float
        Holiday allowance still to be paid this year.
    prijs_jaar : float
        Per client per year, all in.
    nu : float
        Clients now.

    Examples
    --------
    >>> e = evenwicht(47e6, tot_nu=0.0, maanden=0, prijs_maand=52e6 / 4200 / 12, vakantiegeld_rest=0.0,
    ...               prijs_jaar=52e6 / 4200, nu=4200.0)
    >>> int(e.jaargemiddelde), int(e.rest_gemiddelde), round(e.eindstand)
    (3796, 3796, 3454)
    """
    r = 12 - maanden
    gemiddeld = grens / prijs_jaar if prijs_jaar > 0 else ONBEKEND
    over = grens - tot_nu - vakantiegeld_rest
    rest = ONBEKEND if r == 0 or not prijs_maand > 0 or not math.isfinite(over) else over / (prijs_maand * r)
    eind = nu + (rest - nu) * 2 * r / (r + 1)
    haalbaar = math.isfinite(eind) and eind >= 0 and rest >= 0
    return Evenwicht(
        grens=grens,
        prijs_jaar=prijs_jaar,
        jaargemiddelde=gemiddeld,
        rest_gemiddelde=max(rest, 0.0) if math.isfinite(rest) else ONBEKEND,
        eindstand=eind if haalbaar else ONBEKEND,
        haalbaar=haalbaar,
    )


def standaardfout(verwacht: float, bovengrens: float) -> float:
    """Return the standard deviation behind the upper end of an 80% interval."""
    return (bovengrens - verwacht) / Z80


def kans_onder(grens: float, verwacht: float, sd: float) -> float:
    """Chance that spending stays below an amount, for a normal spread; 0 or 1 without spread, nan when unknown.

    Examples
    --------
    >>> round(kans_onder(110.0, 100.0, 10.0), 3), kans_onder(99.0, 100.0, 0.0)
    (0.841, 0.0)
    """
    if not all(math.isfinite(x) for x in (grens, verwacht, sd)):
        return ONBEKEND
    return float(verwacht <= grens) if sd <= 0 else float(ndtr((grens - verwacht) / sd))


def buffer(verwacht: float, sd: float, budget: float, dekking: float) -> tuple[float, float]:
    """Return the amount that covers a share of the outcomes: for the spread alone, and with the expected balance.

    Parameters
    ----------
    verwacht, sd : float
        Expected spending and its standard deviation.
    budget : float
    dekking : float
        Share of the outcomes (one-sided), 0.8 or 0.9.

    Returns
    -------
    (float, float)
        ``z sd``, and ``max(0, verwacht + z sd - budget)``; nan when unknown.

    Examples
    --------
    >>> [round(x, 1) for x in buffer(100.0, 10.0, 95.0, 0.9)]
    [12.8, 17.8]
    """
    if not all(math.isfinite(x) for x in (verwacht, sd, budget)):
        return ONBEKEND, ONBEKEND
    spreiding = float(ndtri(dekking)) * sd
    return spreiding, max(0.0, verwacht + spreiding - budget)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vangnetstand:
    """What the vangnet says about a deficit; ``recht`` is regulier, uitgebreid, geen or onbekend."""

    jaar: int
    tekort: float
    tekort_fractie: float
    drempel: float
    cumulatief: float
    drempel_cumulatief: float
    recht: str
    bron: str
    zin: str


def vangnetstand(
    jaar: int,
    tekorten: Sequence[float],
    budgetten: Sequence[float],
    *,
    onvolledig: Sequence[int] = (),
    voorlopig: Sequence[int] = (),
) -> Vangnetstand:
    """Compare the deficits of the last years with the rule of the year.

    Parameters
    ----------
    jaar : int
    tekorten, budgetten : sequence of float
        Euro per year, the oldest first, the last one of ``jaar``; years that follow each other.
    onvolledig : sequence of int
        Years whose spending was brought to a yearly basis: what the rule says is then conditional.
    voorlopig : sequence of int
        Years whose budget may still change: idem.

    Returns
    -------
    Vangnetstand
        ``cumulatief`` is the sum of the deficits over the years of the rule as a fraction of the budget of ``jaar``;
        ``recht`` is onbekend when years or a rule are missing, and ``zin`` says which.

    Examples
    --------
    >>> v = vangnetstand(2024, [0.0, 1.0, 8.0], [100.0, 100.0, 100.0])
    >>> v.recht, v.tekort_fractie, v.cumulatief, v.drempel
    ('regulier', 0.08, 0.09, 0.075)
    """
    tekort, budget = (float(tekorten[-1]), float(budgetten[-1])) if tekorten else (ONBEKEND, ONBEKEND)
    fractie = tekort / budget if budget > 0 else ONBEKEND
    try:
        regel = vangnet(jaar)
    except GebruiksFout:
        zin = f"Over {jaar} is geen regel van de vangnetuitkering bekend: de eerste geldt over 2017."
        return Vangnetstand(
            jaar=jaar,
            tekort=tekort,
            tekort_fractie=fractie,
            drempel=ONBEKEND,
            cumulatief=ONBEKEND,
            drempel_cumulatief=ONBEKEND,
            recht="onbekend",
            bron="",
            zin=zin,
        )
    nodig = max(regel.jaren, regel.uitgebreid_jaren + 1 if regel.uitgebreid_drempel is not None else 0)
    bekend = len(tekorten) >= nodig and all(math.isfinite(t) for t in tekorten[-nodig:]) and min(budgetten[-nodig:]) > 0
    cumulatief = sum(tekorten[-regel.jaren :]) / budget if len(tekorten) >= regel.jaren and budget > 0 else ONBEKEND
    recht = str(regel.recht(list(tekorten), list(budgetten))) if bekend else "onbekend"
    return Vangnetstand(
        jaar=jaar,
        tekort=tekort,
        tekort_fractie=fractie,
        drempel=regel.drempel,
        cumulatief=cumulatief,
        drempel_cumulatief=regel.drempel_cumulatief,
        recht=recht,
        bron=regel.bron,
        zin=_vangnetzin(regel, recht, nodig, _voorwaarden(jaar, nodig, onvolledig, voorlopig)),
    )


def _voorwaarden(jaar: int, nodig: int, onvolledig: Sequence[int], voorlopig: Sequence[int]) -> str:
    """What must hold for the rule to come out as it does now; empty when all is known."""
    eerder = [str(j) for j in onvolledig if jaar - nodig < j < jaar]
    budget = [str(j) for j in voorlopig if jaar - nodig < j <= jaar]
    delen = ["dit tempo aanhoudt"] if jaar in onvolledig else []
    delen += [f"de uitgaven op jaarbasis van {_en(eerder)} kloppen"] if eerder else []
    delen += [f"het budget van {_en(budget)} niet meer verandert"] if budget else []
    return _en(delen)


def _en(delen: Sequence[str]) -> str:
    return f"{', '.join(delen[:-1])} en {delen[-1]}" if len(delen) > 1 else "".join(delen)


def _vangnetzin(regel: Vangnet, recht: str, nodig: int, als: str) -> str:
    waar = regel.waarschuwing or ""
    if recht == "onbekend":
        zin = f"Voor het vangnet over {regel.jaar} zijn tekort en budget van {nodig} jaren achter elkaar nodig."
        return f"{zin} {waar}".strip()
    wel = {
        "regulier": "aan de financiële voorwaarden van de vangnetuitkering wordt voldaan",
        "uitgebreid": "aan de ruimere voorwaarden van de vangnetuitkering wordt voldaan",
        "geen": "aan de financiële voorwaarden van de vangnetuitkering wordt niet voldaan",
    }
    kop = f"Als {als}, geldt over {regel.jaar}" if als else f"Over {regel.jaar} geldt"
    return f"{kop}: {wel[recht]}. De eisen aan de procedure zijn niet getoetst. {waar}".strip()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Werkdeelstand:
    """Use of the work part after some months; euro, fractions of the budget.

    ``rechte_lijn`` is what an even use over the year would have spent by now, ``achter`` what is missing to it
    (negative = ahead); ``benutting`` what was used so far, ``benutting_jaar`` on a yearly basis; ``ondergrens``
    the fraction below which money goes back (nan = not given), ``terug`` what would go back at this pace.
    """

    budget: float
    maanden: int
    besteed: float
    rechte_lijn: float
    achter: float
    benutting: float
    jaarbasis: float
    benutting_jaar: float
    ondergrens: float
    terug: float


def werkdeelstand(budget: float, besteed: float, maanden: int, *, ondergrens: float = ONBEKEND) -> Werkdeelstand:
    """Compare the use of the work part with a straight line, and with the floor below which money goes back.

    ``terug = max(0, ondergrens * budget - jaarbasis)``: benutting and the floor are two figures.

    Parameters
    ----------
    budget : float
        For the year, euro.
    besteed : float
        In ``maanden`` months; nan = unknown.
    maanden : int
        1 to 12.
    ondergrens : float
        Fraction of the budget that must be used.

    Raises
    ------
    GebruiksFout
        ``KMP-Z403`` for a budget that is not positive or months outside 1-12.

    Examples
    --------
    >>> w = werkdeelstand(13.7e6, 4.4e6, 7)
    >>> round(w.rechte_lijn / 1e6, 1), round(w.achter / 1e6, 1), round(w.benutting, 2), round(w.benutting_jaar, 2)
    (8.0, 3.6, 0.32, 0.55)
    """
    if not budget > 0 or not 1 <= maanden <= 12:
        raise GebruiksFout(
            "KMP-Z403",
            "de benutting van het werkdeel vraagt een budget boven nul en 1 tot en met 12 maanden. Vul die in.",
        )
    lijn, jaarbasis = budget * maanden / 12, besteed * 12 / maanden
    return Werkdeelstand(
        budget=budget,
        maanden=maanden,
        besteed=besteed,
        rechte_lijn=lijn,
        achter=lijn - besteed,
        benutting=besteed / budget,
        jaarbasis=jaarbasis,
        benutting_jaar=jaarbasis / budget,
        ondergrens=ondergrens,
        terug=max(0.0, ondergrens * budget - jaarbasis) if math.isfinite(ondergrens * jaarbasis) else ONBEKEND,
    )
