r"""What earlier forecasts were worth: errors at past origins, the weights they support, the interval they ask for.

At each past origin the two cheap forecasts are made again with nothing but what was known then: the cohorts (Kaplan-
Meier of the last 24 months plus the forecast of the inflow) and the series alone. With e the log of what came over what
was forecast, the combination on the log scale has error w e_c + (1 - w) e_s, and the weight that past errors support is

.. math:: w^* = \frac{\sum (e_s^2 - e_c e_s) / v_h}{\sum (e_c - e_s)^2 / v_h},\qquad w = \frac{n w^* + 4 / 2}{n + 4},

with v_h the mean squared error at lead h and n the number of years that the origins span. At every origin the weight is
learnt from errors that were known by then; the combination is used only where that beats the cohorts alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from kompas.models.design import Floats, Ints, readonly
from kompas.models.forecast import forecast_series
from kompas.monitors.instroomprognose import JAAR, Cohorten, instroom_vooruit, maak_tafel, vervolg

AANLOOP = 24  # months that must lie behind an origin
STAP = 3  # months between origins
MEESTE = 16  # origins, the latest
MINSTENS = 4  # origins behind the width at a lead
GLAD = 5  # leads over which the error per root of the lead is averaged
HALF = 4.0  # years of origins by which the weight leans on one half
DEKKING = 0.8
TOETSPUNTEN = (3, 6, 12, 24)
COHORTEN, TIJDREEKS, COMBINATIE = "cohorten", "tijdreeks", "combinatie"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fouten:
    """Errors at past origins.

    Parameters
    ----------
    oorsprong : (O,) int
        Months at whose end was forecast.
    cohorten, tijdreeks : (O, H) float
        Log of the caseload that came over the one that was forecast; nan where it has not come yet.
    """

    oorsprong: Ints
    cohorten: Floats
    tijdreeks: Floats

    def __post_init__(self) -> None:
        for veld in ("cohorten", "tijdreeks"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    @property
    def horizon(self) -> int:
        """Leads."""
        return int(self.cohorten.shape[1])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Keuze:
    """What past errors say about the next forecast.

    Parameters
    ----------
    methode : str
        ``cohorten`` or ``combinatie``: never the series alone, for it has no in- and outflow.
    gewicht : float
        Of the cohorts, 0 to 1.
    breedte : (H,) float
        Half width of the 80% interval on the log scale; nan without any past origin.
    oorsprongen : (H,) int
        Past origins behind the width at each lead.
    rmse : mapping of method to float
        Root of the mean squared log error over origins and leads (leads weigh equally, whatever their size).
    """

    methode: str
    gewicht: float
    breedte: Floats
    oorsprongen: Ints
    rmse: dict[str, float]


def oorsprongen(c: Cohorten) -> Ints:
    """Past origins: every third month, the latest 16, with two years behind each and something after it."""
    alle = np.arange(c.tot - STAP, c.van + AANLOOP - 2, -STAP)[:MEESTE]
    return np.asarray(alle[::-1], dtype=np.int64)


def meet_fouten(
    c: Cohorten,
    *,
    horizon: int,
    instroom: Callable[[Floats, int, int], Floats] = instroom_vooruit,
    tijdreeks: Callable[[Floats, int], Floats] | None = None,
) -> Fouten:
    """Forecast again from past origins and compare with what came.

    Parameters
    ----------
    c : Cohorten
    horizon : int
    instroom : function (values, horizon, last month)
        Forecast of the inflow.
    tijdreeks : function (values, horizon), optional
        Forecast of the caseload; by default `kompas.models.forecast.forecast_series`.

    Returns
    -------
    Fouten
    """
    reeks = tijdreeks if tijdreeks is not None else _tijdreeks
    punten, stand = oorsprongen(c), c.stand
    fout = np.full((2, punten.size, horizon), np.nan)
    for o, maand in enumerate(punten):
        toen = c.tot_maand(int(maand))
        kwam = stand[maand - c.van + 1 :][:horizon]
        if toen.stand.min() <= 0 or kwam.min() <= 0:
            continue
        blijvers, nieuwe = vervolg(toen, maak_tafel(toen), instroom(toen.nieuw, horizon, toen.tot))
        verwacht = np.stack([blijvers + nieuwe, reeks(toen.stand, horizon)])
        fout[:, o, : kwam.size] = np.log(kwam / np.maximum(verwacht, 1e-9)[:, : kwam.size])
    return Fouten(oorsprong=punten, cohorten=fout[0], tijdreeks=fout[1])


def _tijdreeks(waarden: Floats, horizon: int) -> Floats:
    return np.asarray(forecast_series(waarden, horizon).mean)


def _gewicht(fc: Floats, fs: Floats, jaren: float) -> float:
    """Weight of the cohorts that these errors support, leaning on one half; leads count equally."""
    weet = np.isfinite(fc) & np.isfinite(fs)
    if not weet.any():
        return 0.5
    teller = noemer = 0.0
    for h in np.flatnonzero(weet.any(axis=0)):
        a, b = fc[weet[:, h], h], fs[weet[:, h], h]
        v = float((a**2).mean() + (b**2).mean())
        if v > 0:
            teller += float((b**2 - a * b).sum()) / v
            noemer += float(((a - b) ** 2).sum()) / v
    if noemer <= 0:
        return 0.5
    beste = float(np.clip(teller / noemer, 0.0, 1.0))
    return (jaren * beste + HALF / 2) / (jaren + HALF)


def _gewichten_toen(f: Fouten) -> Floats:
    """Weight at each past origin, from errors that were known by then, (O,)."""
    lead = np.arange(1, f.horizon + 1)
    uit = np.full(f.oorsprong.size, 0.5)
    for o, maand in enumerate(f.oorsprong):
        bekend = f.oorsprong[:, None] + lead <= maand
        jaren = float(bekend.any(axis=1).sum() * STAP / JAAR)
        uit[o] = _gewicht(np.where(bekend, f.cohorten, np.nan), np.where(bekend, f.tijdreeks, np.nan), jaren)
    return uit


def kies(f: Fouten) -> Keuze:
    """Choose between the cohorts and their combination with the series, and set the width of the interval.

    Parameters
    ----------
    f : Fouten

    Returns
    -------
    Keuze

    Notes
    -----
    The width at lead h is the normal quantile times the root mean squared error at that lead (not around its mean: bias
    counts), averaged over five leads per root of the lead, never smaller than at a shorter lead. Leads with fewer than
    four origins get the width of the last lead that has them, in proportion to the lead.
    """
    toen = _gewichten_toen(f)[:, None]
    samen = toen * f.cohorten + (1 - toen) * f.tijdreeks
    per = {COHORTEN: f.cohorten, TIJDREEKS: f.tijdreeks, COMBINATIE: samen}
    n = np.isfinite(samen).sum(axis=0)
    leads = np.flatnonzero(n >= MINSTENS)
    if leads.size == 0:
        leeg = {k: float("nan") for k in per}
        return Keuze(methode=COHORTEN, gewicht=1.0, breedte=np.full(f.horizon, np.nan), oorsprongen=n, rmse=leeg)
    kwadraat = {k: np.nanmean(e[:, leads] ** 2, axis=0) for k, e in per.items()}
    schaal = np.maximum(np.mean([*kwadraat.values()], axis=0), 1e-12)
    score = {k: float((q / schaal).mean()) for k, q in kwadraat.items()}
    methode = COMBINATIE if score[COMBINATIE] < score[COHORTEN] else COHORTEN
    jaren = f.oorsprong.size * STAP / JAAR
    gewicht = _gewicht(f.cohorten, f.tijdreeks, jaren) if methode == COMBINATIE else 1.0
    return Keuze(
        methode=methode,
        gewicht=gewicht,
        breedte=_breedte(per[methode], leads),
        oorsprongen=n,
        rmse={k: float(np.sqrt(q.mean())) for k, q in kwadraat.items()},
    )


def _breedte(fout: Floats, leads: npt.NDArray[np.int64]) -> Floats:
    lead = np.arange(1, fout.shape[1] + 1)
    tempo = np.sqrt(np.nanmean(fout[:, leads] ** 2, axis=0) / lead[leads])
    venster = np.ones(GLAD)
    glad = np.convolve(tempo, venster)[GLAD // 2 :][: leads.size]
    rms = glad / np.convolve(np.ones(leads.size), venster)[GLAD // 2 :][: leads.size] * np.sqrt(lead[leads])
    uit = np.full(lead.size, np.nan)
    uit[leads] = ndtri((1 + DEKKING) / 2) * rms
    laatste = leads[-1]
    uit[laatste + 1 :] = uit[laatste] * lead[laatste + 1 :] / lead[laatste]
    return np.maximum.accumulate(uit)


def toeval(stand: float, blijvers: Floats, nieuwe: Floats, *, kwam: float, ging: float) -> Floats:
    r"""Half width on the log scale that chance alone asks for: no interval is narrower.

    .. math:: sd = \frac{1}{N}\sqrt{b\,(1 - b/S) + n + \frac{n^2}{I} + \frac{(S - b)^2}{X}}

    for S households now, b of whom stay and n of whom come, N = b + n, and rates learnt from I that came and X that
    left in a year: who leaves and who comes is chance, and so was last year.

    Parameters
    ----------
    stand : float
    blijvers, nieuwe : (H,) float
    kwam, ging : float
        In- and outflow of the last twelve months.

    Returns
    -------
    (H,) array

    Examples
    --------
    >>> toeval(100.0, np.array([50.0]), np.array([50.0]), kwam=100.0, ging=100.0).round(3).tolist()
    [0.143]
    """
    variantie = blijvers * np.clip(1 - blijvers / stand, 0.0, 1.0) + nieuwe
    variantie = variantie + nieuwe**2 / max(kwam, 1.0) + (stand - blijvers) ** 2 / max(ging, 1.0)
    return np.asarray(ndtri((1 + DEKKING) / 2) * np.sqrt(variantie) / np.maximum(blijvers + nieuwe, 1e-9))


def over_keuze(keus: Keuze, gewicht: float, *, klantmodel: bool) -> tuple[str, ...]:
    """What past errors decided, in Dutch."""
    if not np.isfinite(list(keus.rmse.values())).all():
        zin = "Er zijn te weinig maanden om de prognose aan het verleden te toetsen; het interval is dat van de reeks."
        return (zin,)
    fout = {k: f"{100 * v:.1f}%".replace(".", ",") for k, v in keus.rmse.items()}
    wie = "het klantmodel" if klantmodel else "de cohorten"
    zat = (
        f"Eerdere prognoses zaten er gemiddeld {fout[COHORTEN]} naast (cohorten), {fout[TIJDREEKS]} (tijdreeks) en "
        f"{fout[COMBINATIE]} (samen)."
    )
    besluit = (
        f"Daarom telt {wie} voor {100 * gewicht:.0f}% en de tijdreeks voor {100 * (1 - gewicht):.0f}%."
        if gewicht < 1
        else f"Daarom telt alleen {wie}."
    )
    van = (
        f"Het 80%-interval volgt uit die fouten, vanaf {int(keus.oorsprongen[0])} eerdere maanden, en is minstens wat "
    )
    return (f"{zat} {besluit} {van}toeval vraagt.",)


def fouttabel(f: Fouten | None) -> pd.DataFrame:
    """Past errors at 3, 6, 12 and 24 months: maanden_vooruit, methode, fout (root mean square), oorsprongen."""
    rijen = []
    for k in TOETSPUNTEN if f is not None else ():
        for naam in (COHORTEN, TIJDREEKS):
            fout = getattr(f, naam)[:, k - 1 : k]
            e = fout[np.isfinite(fout)]
            if fout.shape[1]:
                rijen.append((k, naam, float(np.sqrt((e**2).mean())) if e.size else float("nan"), int(e.size)))
    return pd.DataFrame(rijen, columns=["maanden_vooruit", "methode", "fout", "oorsprongen"])
