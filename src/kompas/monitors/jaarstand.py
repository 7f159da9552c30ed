"""Spending of a year from the months so far: to date, per month without holiday allowance, on a yearly basis."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout
from kompas.models.design import Floats
from kompas.parameters.vakantietoeslag import Vakantietoeslag, vakantietoeslag, vakantietoeslagreeks

PIEK = 1.25  # a month this far above its neighbours holds a payment of holiday allowance
BETAALMAANDEN = (5, 6)
GESPREID = 7  # holiday allowance in this many of twelve months: booked as it is built up


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Jaarstand:
    """One year of spending; euro.

    ``tot_nu`` is all that was booked in ``maanden`` months, holiday allowance included; ``per_maand`` the mean month
    without it; ``vakantiegeld`` that of the whole year (``vakantiegeld_tot_nu`` is
    paid, the rest still expected); ``jaarbasis`` the year at this pace:
    ``12 * per_maand + vakantiegeld``. ``geschat``: part of the holiday allowance is an estimate; ``grond`` is what the
    part to come rests on when it is not shown apart this year: vorig_jaar, wet, onbekend (then ``vakantiegeld`` and
    ``jaarbasis`` are nan), or empty.
    """

    jaar: int
    maanden: int
    tot_nu: float
    per_maand: float
    vakantiegeld_tot_nu: float
    vakantiegeld: float
    jaarbasis: float
    geschat: bool
    grond: str = ""


def toeslag_op(dag: dt.date) -> Vakantietoeslag:
    """Return the holiday allowance on a day; before the first known share, that share with a warning."""
    try:
        return vakantietoeslag(dag)
    except GebruiksFout:
        eerste = vakantietoeslagreeks().waarden[0].vanaf
        t = vakantietoeslag(eerste)
        zin = f"voor {eerste:%d-%m-%Y} is geen aandeel vakantietoeslag bekend: dat van die dag is gebruikt."
        return Vakantietoeslag(
            aandeel=t.aandeel, betaalmaand=t.betaalmaand, vanaf=t.vanaf, bron=t.bron, waarschuwing=zin
        )


def piek_vakantiegeld(maand: pd.Series[int], bedrag: pd.Series[float]) -> Floats:
    """Estimate the holiday allowance within amounts that do not show it apart.

    Parameters
    ----------
    maand : Series of int
        Month numbers, ascending.
    bedrag : Series of float
        Amount per month, all in.

    Returns
    -------
    (n,) float
        In May or June: what the month has above the mean of the month before and after, when it stands out by a
        quarter; nan elsewhere.

    Examples
    --------
    >>> m = pd.Series([24075, 24076, 24077])  # April to June
    >>> piek_vakantiegeld(m, pd.Series([100.0, 160.0, 100.0]))
    array([nan, 60., nan])
    """
    nummer, waarde = maand.to_numpy(dtype=np.int64), bedrag.to_numpy(dtype=np.float64)
    reeks = pd.Series(waarde, index=nummer)
    buren = pd.DataFrame(
        {"voor": reeks.reindex(nummer - 1).to_numpy(), "na": reeks.reindex(nummer + 1).to_numpy()}
    ).mean(axis=1)
    basis = buren.to_numpy(dtype=np.float64)
    raak = np.isin(nummer % 12 + 1, BETAALMAANDEN) & (basis > 0) & (waarde > PIEK * basis)
    return np.where(raak, waarde - basis, np.nan)


def _verwacht_vakantiegeld(dit: pd.DataFrame, vorig: pd.DataFrame, jaar: int) -> tuple[float, bool, str]:
    """Holiday allowance of the months to come, whether it is an estimate, and what that rests on."""
    rest = [m for m in range(1, 13) if m not in set(dit["deel"])]
    if not rest or dit.empty:
        return 0.0, False, ""
    if not dit["vakantiegeld"].notna().any():
        return _niet_apart(dit, vorig, jaar, rest)
    toen = vorig[vorig["deel"].isin(rest)]
    if len(toen) == len(rest):
        som = float(toen["vakantiegeld"].fillna(0.0).sum()) * _verhouding(dit, vorig)
        return som, som != 0.0, ""
    if float(dit["vakantiegeld"].fillna(0.0).sum()) > 0:
        if int((dit["vakantiegeld"].fillna(0.0) > 0).sum()) > 1:  # built up month by month
            return float(dit["vakantiegeld"].mean()) * len(rest), True, ""
        return 0.0, False, ""
    toeslag = toeslag_op(dt.date(jaar, max(rest), 1))
    if (toeslag.betaalmaand or BETAALMAANDEN[0]) not in rest:
        return 0.0, False, ""
    return 12.0 * _zonder(dit) * toeslag.opslag, True, ""


def _zonder(maanden: pd.DataFrame) -> float:
    """Mean month without holiday allowance."""
    return float((maanden["uitgaven"] - maanden["vakantiegeld"].fillna(0.0)).mean())


def _verhouding(dit: pd.DataFrame, vorig: pd.DataFrame) -> float:
    """Spending per month against the same months of last year."""
    basis = vorig[vorig["deel"].isin(dit["deel"])]
    was = _zonder(basis if len(basis) else vorig)
    return _zonder(dit) / was if was > 0 else 1.0


def _niet_apart(dit: pd.DataFrame, vorig: pd.DataFrame, jaar: int, rest: list[int]) -> tuple[float, bool, str]:
    """Holiday allowance to come in a year that shows none apart.

    What last year paid in those months (given, or found as a peak); without last year the share by law. Nothing when
    the months of payment have passed, this year or last, without one that stands out: then it is within the amounts.
    """
    som = float(vorig.loc[vorig["deel"].isin(rest), "vakantiegeld"].fillna(0.0).sum())
    if som > 0:
        return som * _verhouding(dit, vorig), True, "vorig_jaar"
    if set(BETAALMAANDEN) <= set(dit["deel"]) or {BETAALMAANDEN[0] - 1, *BETAALMAANDEN} <= set(vorig["deel"]):
        return 0.0, False, ""
    try:
        toeslag = vakantietoeslag(dt.date(jaar, max(rest), 1))
    except GebruiksFout:
        return float("nan"), True, "onbekend"
    if (toeslag.betaalmaand or BETAALMAANDEN[0]) not in rest:
        return 0.0, False, ""
    return 12.0 * _zonder(dit) * toeslag.opslag, True, "wet"


def jaarstand(maanden: pd.DataFrame, jaar: int) -> Jaarstand:
    """Bring the months of a year to a yearly basis.

    With n months, amounts U_m of which V_m holiday allowance::

        per_maand = sum(U_m - V_m) / n,    jaarbasis = 12 per_maand + (V paid + V still to come)

    What is still to come is last year's, scaled by the spending per month; without last year the dated share by law.
    Where this year does not show it apart and neither is known, the yearly basis is unknown.

    Parameters
    ----------
    maanden : DataFrame
        ``nummer`` (month number), ``uitgaven``, ``vakantiegeld`` (nan = not shown apart); realised months only.
    jaar : int

    Returns
    -------
    Jaarstand
        Amounts nan when no month of the year is known.

    Examples
    --------
    >>> m = pd.DataFrame({"nummer": 24084 + np.arange(6), "uitgaven": 211_289_950 / 6, "vakantiegeld": 0.0})
    >>> s = jaarstand(m, 2007)
    >>> round(s.jaarbasis), round(s.per_maand)
    (422579900, 35214992)
    """
    bekend = maanden.dropna(subset=["uitgaven"])
    bekend = bekend.assign(deel=bekend["nummer"] % 12 + 1, jaar=bekend["nummer"] // 12)
    dit, vorig = bekend[bekend["jaar"] == jaar], bekend[bekend["jaar"] == jaar - 1]
    n = len(dit)
    if n == 0:
        leeg = float("nan")
        return Jaarstand(
            jaar=jaar,
            maanden=0,
            tot_nu=leeg,
            per_maand=leeg,
            vakantiegeld_tot_nu=leeg,
            vakantiegeld=leeg,
            jaarbasis=leeg,
            geschat=False,
        )
    betaald = float(dit["vakantiegeld"].fillna(0.0).sum())
    komt, geschat, grond = _verwacht_vakantiegeld(dit, vorig, jaar)
    tot_nu = float(dit["uitgaven"].sum())
    per_maand = (tot_nu - betaald) / n
    return Jaarstand(
        jaar=jaar,
        maanden=n,
        tot_nu=tot_nu,
        per_maand=per_maand,
        vakantiegeld_tot_nu=betaald,
        vakantiegeld=betaald + komt,
        jaarbasis=12.0 * per_maand + betaald + komt,
        geschat=geschat,
        grond=grond,
    )


def verwacht_vakantiegeld(nummer: Floats, zonder: Floats, vakantiegeld: Floats, aantal: int) -> Floats:
    """Expected holiday allowance over all months, the last ``aantal`` of which are a forecast.

    The ratio of the last payment to the spending without it over the twelve months up to it is kept; without any
    payment in the past the dated share by law, unless a May or June has passed without one.

    Parameters
    ----------
    nummer, zonder, vakantiegeld : (n,) float
        Month numbers without a gap, spending without holiday allowance (forecast at the end), holiday allowance (nan
        where not known).
    aantal : int
        Months of forecast.

    Returns
    -------
    (aantal,) float
        Euro; nan in every month when it is not shown apart anywhere though a May or June has passed (it is within the
        amounts), and in the months of payment when the share by law is unknown.
    """
    n = len(nummer) - aantal
    oud = np.nan_to_num(vakantiegeld[:n])
    if not np.isfinite(vakantiegeld[:n]).any():
        if np.isin(nummer[:n].astype(np.int64) % 12 + 1, BETAALMAANDEN).any():
            return np.full(aantal, np.nan)
        return _volgens_wet(nummer, _twaalf(zonder), aantal)
    if n and int((oud[-12:] > 0).sum()) >= GESPREID:
        deel = float(oud[-12:].sum() / np.nansum(zonder[max(n - 12, 0) : n]))
        return zonder[n:] * deel
    maand, som = nummer.astype(np.int64) % 12 + 1, _twaalf(zonder)
    betaald = np.flatnonzero(oud > 0)
    if betaald.size:
        laatste = int(betaald[-1])
        betaalmaand, deel = int(maand[laatste]), float(oud[laatste] / som[laatste])
    elif np.isin(maand[:n][np.isfinite(vakantiegeld[:n])], BETAALMAANDEN).any():
        return np.zeros(aantal)  # it was due, and not paid
    else:
        dag = dt.date(int(nummer[max(n - 1, 0)]) // 12, int(maand[max(n - 1, 0)]), 1)
        toeslag = toeslag_op(dag)
        betaalmaand, deel = toeslag.betaalmaand or BETAALMAANDEN[0], toeslag.opslag
    return np.where(maand[n:] == betaalmaand, deel * som[n:], 0.0)


def _volgens_wet(nummer: Floats, som: Floats, aantal: int) -> Floats:
    """Holiday allowance by the dated share by law; nan in the month of payment where no share is known."""
    maand = nummer.astype(np.int64) % 12 + 1
    laatste = int(nummer[max(len(nummer) - aantal - 1, 0)])
    try:
        toeslag = vakantietoeslag(dt.date(laatste // 12, laatste % 12 + 1, 1))
        betaalmaand, deel = toeslag.betaalmaand or BETAALMAANDEN[0], toeslag.opslag
    except GebruiksFout:
        betaalmaand, deel = BETAALMAANDEN[0], float("nan")
    return np.where(maand[-aantal:] == betaalmaand, deel * som[-aantal:], 0.0)


def _twaalf(zonder: Floats) -> Floats:
    """Sum over the twelve months up to each month; where fewer are known, twelve times their mean."""
    gemiddeld = pd.Series(zonder).rolling(12, min_periods=1).mean()
    return np.asarray(12.0 * gemiddeld.to_numpy(dtype=np.float64), dtype=np.float64)
