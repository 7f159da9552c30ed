r"""The ambition: follow a trend, and so many fewer on top of it in so many years (Arnhem).

With S_0 the own caseload at the end of the month of departure, I(m) the index of the trend since then and f(m) the part
of the term that has passed (at most 1),

.. math:: trendpad(m) = S_0\, I(m), \qquad doelpad(m) = trendpad(m) - minder \cdot f(m).

The gap of the caseload Y to the target path is split into what is lost on the trend and what is asked on top of it:

.. math:: \underbrace{Y - doelpad}_{gat} = \underbrace{Y - trendpad}_{gat\_trend}
          + \underbrace{minder \cdot f}_{gat\_eigen}.

A caseload that follows the trend exactly has gat_trend 0; it reaches the target when gat_trend is as far below zero as
gat_eigen is above it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.models.design import Floats
from kompas.models.forecast import forecast_series
from kompas.monitors.maanden import laatste_dag, namen, nummer
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.vooruitzicht import Vooruitzicht, maak_vooruitzicht
from kompas.toonbaar import Toonbaar

__all__ = ["KOLOMMEN", "Ambitiemonitor", "maak_ambitie"]

KOLOMMEN = ("maand", "trendpad", "doelpad", "realisatie", "prognose", "gat_trend", "gat_eigen", "kans")
VOORUIT = 24
MINSTE_REEKS = 6
JAAR = 12
Z80 = float(ndtri(0.9))
GELIJK = 1e-9  # log difference below which caseload and target are the same
KNOPEN = 41  # of the quadrature over the trend
SAMENHANG = 4.0  # years of changes by which the estimated correlation leans on none
NAMEN = {"nederland": "Nederland", "g27": "de G27", "regio": "de regio", "referentie": "de referentiegemeenten"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ambitiemonitor(Toonbaar, tabel="tabel"):
    """How the caseload stands against the ambition.

    Parameters
    ----------
    tabel : DataFrame
        One row per month from the month of departure: maand, trendpad (S0 times the index of the trend, realised and
        then forecast), doelpad (less the phased ``minder``), realisatie, prognose, gat_trend (caseload less trendpad),
        gat_eigen (trendpad less doelpad; together the gap to doelpad), kans (that the caseload is at or below doelpad
        in that month; 1 or 0 where it is realised). Without a trend: trendpad and gat_trend are nan, and doelpad is S0
        less the phased ``minder``. nan = unknown.
    gemeente : str
    peildatum : date
    volgt : str
        Area of the trend; empty when there is none.
    vanaf, einde : str
        Months of departure and of the end of the term.
    start : float
        S0.
    minder, jaren : int
    samenhang : float
        Correlation of the errors of trend and own caseload that ``kans`` uses; nan without a trend.
    bronnen, toelichting, waarschuwingen : tuple of str
    """

    tabel: pd.DataFrame
    gemeente: str
    peildatum: dt.date
    volgt: str
    vanaf: str
    einde: str
    start: float
    minder: int
    jaren: int
    samenhang: float
    bronnen: tuple[str, ...] = ()
    toelichting: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Paden:
    """Levels from the month of departure on, realised and then forecast; sd is 0 where realised."""

    waarde: Floats
    sd: Floats


def doelpad(trend: Floats, maanden: Floats, *, minder: float, jaren: float) -> Floats:
    """Target path: the trend less ``minder``, phased evenly over ``jaren``.

    Parameters
    ----------
    trend : (n,) float
        S0 times the index of the trend.
    maanden : (n,) float
        Months since the departure.
    minder, jaren : float

    Examples
    --------
    Arnhem: 10,000 at an index of .95 after four years, and 500 fewer.

    >>> doelpad(np.array([10_000.0, 9_500.0]), np.array([0.0, 48.0]), minder=500, jaren=4).tolist()
    [10000.0, 9000.0]
    """
    return np.asarray(trend - minder * np.clip(maanden / (JAAR * jaren), 0.0, 1.0))


def kans_gehaald(
    eigen: Floats, sd: Floats, trend: Floats, sd_trend: Floats, korting: Floats, samenhang: float
) -> Floats:
    r"""Chance that the caseload is at or below the target, lognormal around both forecasts.

    .. math:: P(Y \le T - minder \cdot f), \qquad (\log Y, \log T) \sim N\bigl((\log y, \log t), \Sigma\bigr)

    Parameters
    ----------
    eigen, sd, trend, sd_trend : (n,) float
        Medians and standard deviations on the log scale.
    korting : (n,) float
        Phased reduction.
    samenhang : float
        Correlation of the two errors.

    Returns
    -------
    (n,) array
        0 where the target is not above zero; nan where something is unknown.

    Examples
    --------
    >>> half = np.array([100.0])
    >>> kans_gehaald(half, np.array([0.1]), half, np.array([0.0]), np.zeros(1), 0.0).round(3).tolist()
    [0.5]
    """
    z, gewicht = np.polynomial.hermite_e.hermegauss(KNOPEN)
    gewicht = gewicht / gewicht.sum()
    doel = trend[:, None] * np.exp(sd_trend[:, None] * z) - korting[:, None]
    los = sd * np.sqrt(1 - samenhang**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        afstand = np.log(np.maximum(doel, 0.0)) - np.log(eigen)[:, None] - samenhang * sd[:, None] * z
        per = np.where(los[:, None] > 0, ndtr(afstand / los[:, None]), (afstand >= -GELIJK).astype(np.float64))
    uit = np.asarray((per * gewicht).sum(axis=1))
    return np.where(np.isnan(eigen + sd + trend + sd_trend), np.nan, np.clip(uit, 0.0, 1.0))


def maak_ambitie(
    bestand: Bestand,
    config: Config,
    *,
    vooruitzicht: Vooruitzicht | None = None,
    reeksen: Reeksen | None = None,
    voortgang: Callable[[str, float], None] | None = None,
) -> Ambitiemonitor:
    """Lay the caseload beside the path of the ambition.

    Parameters
    ----------
    bestand : Bestand
    config : Config
        ``[ambitie]``: minder, jaren, vanaf, volgt.
    vooruitzicht : Vooruitzicht, optional
        Own forecast; made from the series when absent.
    reeksen : Reeksen, optional
    voortgang : function (step, share), optional

    Returns
    -------
    Ambitiemonitor

    Raises
    ------
    GebruiksFout
        ``KMP-Z210`` without an own series, ``KMP-Z211`` when it does not hold the month of departure.
    """
    if voortgang is not None:
        voortgang("ambitie", 0.0)
    reeksen = reeksen if reeksen is not None else maak_reeksen(bestand, config)
    eigen = reeksen.reeks("eigen")
    vanaf = _vanaf(config, eigen)
    v = vooruitzicht if vooruitzicht is not None else maak_vooruitzicht(bestand, config, None, reeksen=reeksen)
    laatste = nummer(str(eigen["maand"].iloc[-1]))
    a, tot = config.ambitie, laatste + VOORUIT
    start = float(eigen.loc[eigen["maand"] == vanaf, "uitkeringen"].iloc[0])
    y = _eigen_pad(eigen, v, nummer(vanaf), tot)
    trend, zinnen = _trendpad(reeksen, a.volgt, vanaf, tot, start)
    samen = _samenhang(reeksen, a.volgt) if trend is not None else float("nan")
    tabel = _tabel(nummer(vanaf), laatste, start, y, trend, samen, minder=a.minder, jaren=a.jaren)
    einde = namen([nummer(vanaf) + JAAR * a.jaren])[0]
    if nummer(einde) > tot:
        zinnen.append(
            f"De afspraak loopt tot en met {einde}. Dat is verder dan {VOORUIT} maanden vooruit: over het einde geen "
            "uitspraak."
        )
    return Ambitiemonitor(
        tabel=tabel,
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        volgt=a.volgt if trend is not None else "",
        vanaf=vanaf,
        einde=einde,
        start=start,
        minder=a.minder,
        jaren=a.jaren,
        samenhang=samen,
        bronnen=(*v.bronnen, *_bron(reeksen, a.volgt, config)),
        toelichting=_toelichting(a.volgt if trend is not None else "", samen),
        waarschuwingen=tuple(dict.fromkeys((*zinnen, *v.waarschuwingen))),
    )


def _vanaf(config: Config, eigen: pd.DataFrame) -> str:
    """Month of departure."""
    if eigen.empty:
        raise GebruiksFout(
            "KMP-Z210",
            "zonder eigen reeks is er geen ambitie te volgen. Voeg [bron.uitkeringen] toe, of [bron.referentie] met "
            "soort eigen.",
        )
    vanaf = config.ambitie.vanaf or str(eigen["maand"].iloc[-1])
    if not (eigen["maand"] == vanaf).any():
        raise GebruiksFout(
            "KMP-Z211",
            f"[ambitie] vanaf is {vanaf}, maar de eigen reeks loopt van {eigen['maand'].iloc[0]} tot en met "
            f"{eigen['maand'].iloc[-1]}. Kies een maand daarin.",
        )
    return vanaf


def _eigen_pad(eigen: pd.DataFrame, v: Vooruitzicht, van: int, tot: int) -> Paden:
    """Own caseload from the departure on: realised, then the outlook with its standard deviation."""
    r = eigen[eigen["maand"] >= namen([van])[0]]
    t = v.tabel.set_index("maand").reindex(namen(range(van + len(r), tot + 1)))
    mee = t[["uitkeringen", "ondergrens", "bovengrens"]].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        sd = np.log(mee[:, 2] / mee[:, 1]) / (2 * Z80)
    return Paden(
        waarde=np.append(r["uitkeringen"].to_numpy(dtype=np.float64), mee[:, 0]),
        sd=np.append(np.zeros(len(r)), sd),
    )


def _trendpad(reeksen: Reeksen, volgt: str, vanaf: str, tot: int, start: float) -> tuple[Paden | None, list[str]]:
    """S0 times the index of the trend; None with a sentence when there is no such series."""
    r, van = reeksen.reeks(volgt), nummer(vanaf)
    wie = NAMEN[volgt]
    if r.empty:
        zin = (
            f"De reeks van {wie} ontbreekt: het doelpad volgt geen trend en is alleen de afgesproken daling. Voeg "
            f"[bron.referentie] met soort {volgt} toe."
        )
        return None, [zin]
    if not (r["maand"] == vanaf).any() or not float(r.loc[r["maand"] == vanaf, "uitkeringen"].iloc[0]) > 0:
        zin = (
            f"De reeks van {wie} loopt van {r['maand'].iloc[0]} tot en met {r['maand'].iloc[-1]} en bevat {vanaf} "
            "niet: het doelpad volgt geen trend."
        )
        return None, [zin]
    alles = r["uitkeringen"].to_numpy(dtype=np.float64)
    basis = float(r.loc[r["maand"] == vanaf, "uitkeringen"].iloc[0])
    echt = alles[(r["maand"] >= vanaf).to_numpy()][: tot - van + 1]
    ver = tot - van + 1 - echt.size
    waarde, sd, zinnen = echt, np.zeros(echt.size), []
    if ver > 0:
        mee, mee_sd = np.full(ver, np.nan), np.full(ver, np.nan)
        if alles.size >= MINSTE_REEKS and alles.min() > 0:
            f = forecast_series(alles, ver)
            n = min(ver, alles.size)
            mee[:n], mee_sd[:n] = f.mean[:n], (np.log(f.upper / f.lower) / (2 * Z80))[:n]
        if np.isnan(mee).any():
            zinnen.append(f"De reeks van {wie} is te kort om {ver} maanden vooruit te kijken: verderop geen uitspraak.")
        waarde, sd = np.append(echt, mee), np.append(sd, mee_sd)
    return Paden(waarde=start * waarde / basis, sd=sd), zinnen


def _samenhang(reeksen: Reeksen, volgt: str) -> float:
    """Correlation of past errors: of forecasts that last year's change goes on, leaning on none."""
    r = reeksen.reeks(volgt).set_index("maand")["uitkeringen"]
    paar = pd.concat([reeksen.reeks("eigen").set_index("maand")["uitkeringen"], r], axis=1, join="inner").sort_index()
    w = paar.to_numpy(dtype=np.float64)
    if len(w) <= 3 * JAAR or w.min() <= 0:
        return 0.0
    jaar = np.log(w[JAAR:] / w[:-JAAR])
    fout = jaar[JAAR:] - jaar[:-JAAR]
    if fout.std(axis=0).min() == 0.0:
        return 0.0
    jaren = fout.shape[0] / JAAR
    return float(np.corrcoef(fout.T)[0, 1] * jaren / (jaren + SAMENHANG))


def _tabel(
    van: int, laatste: int, start: float, y: Paden, trend: Paden | None, samen: float, *, minder: int, jaren: int
) -> pd.DataFrame:
    n = y.waarde.size
    maand = np.arange(van, van + n)
    vast = Paden(waarde=np.full(n, start), sd=np.zeros(n))
    basis = trend if trend is not None else vast
    doel = doelpad(basis.waarde, (maand - van).astype(np.float64), minder=minder, jaren=jaren)
    echt = maand <= laatste
    geen = np.full(n, np.nan)
    kans = kans_gehaald(y.waarde, y.sd, basis.waarde, basis.sd, basis.waarde - doel, 0.0 if np.isnan(samen) else samen)
    return pd.DataFrame(
        {
            "maand": namen(maand),
            "trendpad": basis.waarde if trend is not None else geen,
            "doelpad": doel,
            "realisatie": np.where(echt, y.waarde, np.nan),
            "prognose": np.where(echt, np.nan, y.waarde),
            "gat_trend": y.waarde - basis.waarde if trend is not None else geen,
            "gat_eigen": basis.waarde - doel if trend is not None else y.waarde - doel,
            "kans": kans,
        },
        columns=list(KOLOMMEN),
    )


def _bron(reeksen: Reeksen, volgt: str, config: Config) -> tuple[str, ...]:
    r = reeksen.reeks(volgt)
    if r.empty:
        return ()
    tot = str(r["maand"].iloc[-1])
    dagen = (config.gemeente.peildatum - laatste_dag(tot)).days
    oud = f", {dagen} dagen voor de peildatum" if dagen > 0 else ""
    return (f"Reeks van {NAMEN[volgt]} ({r['bron'].iloc[-1]}) tot en met {tot}{oud}.",)


def _toelichting(volgt: str, samen: float) -> tuple[str, ...]:
    kans = (
        "De kans is die dat het bestand in die maand op of onder het doelpad ligt, volgens de prognose en haar "
        "80%-interval; in een maand die geweest is, is zij 0% of 100%."
    )
    if not volgt:
        return ("Het gat is het bestand min het doelpad; zonder trend is het helemaal eigen.", kans)
    gat = (
        "Het gat is het bestand min het doelpad. Het trenddeel is het bestand min het trendpad (nul voor wie de trend "
        "precies volgt); het eigen deel is de daling die bovenop de trend is afgesproken en al bereikt had moeten zijn."
    )
    c = f"{samen:.2f}".replace(".", ",").replace("-", "−")
    return (gat, f"{kans} De fouten in trend en eigen prognose hangen samen ({c}, geschat uit eerdere jaren).")
