"""The additive build-up of a year's change in the caseload: the country, households, the surroundings, policy, rest.

As Almere made its volume forecast: percentages of the caseload at the start that are simply added up. What interacts
(households times the country) is small and falls to ``realisatie``, so that the parts sum exactly to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout
from kompas.models.design import Floats
from kompas.models.forecast import forecast_series
from kompas.monitors.maanden import naam, nummers
from kompas.monitors.reeksen import Reeksen
from kompas.toonbaar import Toonbaar

COMPONENTEN = ("landelijk", "huishoudens", "omgeving", "uitvoeringsbeleid", "realisatie")
JAAR = 12
FEWEST = 6  # months of a series before it can be forecast
TEKORT: Mapping[str, str] = {
    "landelijk": "De landelijke reeks ontbreekt; voeg [bron.referentie] met soort nederland toe, of een CBS-bestand.",
    "huishoudens": "Het aantal huishoudens is niet voor gemeente en land bekend; vul huishoudens in [bron.referentie].",
    "omgeving": "De reeks van de regio met huishoudens ontbreekt; voeg [bron.referentie] met soort regio toe.",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opbouw(Toonbaar, tabel="tabel"):
    """A change of the caseload as a sum of components.

    Parameters
    ----------
    tabel : DataFrame
        One row per component, then ``totaal``: component (landelijk, huishoudens, omgeving, uitvoeringsbeleid,
        realisatie), fractie (of the start; nan = unknown, and then part of realisatie), aantal (households).
    start, eind : float
        Caseload at the begin and the end.
    van, tot : str
        Months, at whose ends these are counted; empty when typed in.
    toelichting : tuple of str
    """

    tabel: pd.DataFrame
    start: float
    eind: float
    van: str = ""
    tot: str = ""
    toelichting: tuple[str, ...] = ()

    @property
    def fractie(self) -> float:
        """The whole change as a fraction of the start."""
        return self.eind / self.start - 1.0


def _opbouw(
    start: float, delen: Mapping[str, float], *, van: str = "", tot: str = "", toelichting: tuple[str, ...] = ()
) -> Opbouw:
    fractie = np.array([*delen.values(), np.nansum(list(delen.values()))], dtype=np.float64)
    tabel = pd.DataFrame({"component": [*delen, "totaal"], "fractie": fractie, "aantal": fractie * start})
    eind = float(start * (1 + fractie[-1]))
    return Opbouw(tabel=tabel, start=start, eind=eind, van=van, tot=tot, toelichting=toelichting)


def maak_opbouw(
    start: float,
    *,
    landelijk: float = 0.0,
    huishoudens: float = 0.0,
    omgeving: float = 0.0,
    uitvoeringsbeleid: float = 0.0,
    realisatie: float = 0.0,
) -> Opbouw:
    """Add typed-in percentages up to a forecast of the caseload.

    Parameters
    ----------
    start : float
        Caseload now.
    landelijk, huishoudens, omgeving, uitvoeringsbeleid, realisatie : float
        Percent of the start: the national development; growth of the own number of households beyond that; how the
        surroundings differ from the country; own policy; the part of last year that none of these explained.

    Returns
    -------
    Opbouw

    Raises
    ------
    GebruiksFout
        ``KMP-Z206`` for a start that is not above zero.

    Examples
    --------
    Almere, 2006:

    >>> o = maak_opbouw(4282, landelijk=1.7, huishoudens=2.1, omgeving=2.1, uitvoeringsbeleid=-3.7)
    >>> round(100 * o.fractie, 1), round(o.eind)
    (2.2, 4376)
    """
    if not start > 0:
        raise GebruiksFout("KMP-Z206", f"de opbouw begint bij {start:g} uitkeringen; kies een aantal boven nul.")
    waarden = (landelijk, huishoudens, omgeving, uitvoeringsbeleid, realisatie)
    return _opbouw(float(start), {k: w / 100 for k, w in zip(COMPONENTEN, waarden, strict=True)})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Paar:
    """Benefits and households of an area at the begin and the end; nan unknown."""

    begin: float
    eind: float
    huishoudens_begin: float = float("nan")
    huishoudens_eind: float = float("nan")

    @property
    def groei(self) -> float:
        """Relative change of the benefits."""
        return self.eind / self.begin - 1

    @property
    def huishoudgroei(self) -> float:
        """Relative change of the households."""
        return self.huishoudens_eind / self.huishoudens_begin - 1

    @property
    def dichtheidsgroei(self) -> float:
        """Relative change of benefits per household."""
        return (1 + self.groei) / (1 + self.huishoudgroei) - 1


ONBEKEND = Paar(begin=float("nan"), eind=float("nan"))


def ontleed(
    eigen: Paar,
    nederland: Paar = ONBEKEND,
    regio: Paar = ONBEKEND,
    *,
    beleid: float = 0.0,
    van: str = "",
    tot: str = "",
) -> Opbouw:
    r"""Split the change of the own caseload.

    With s, n the relative change of the own and the national caseload, h and H those of the own and the national number
    of households, r' and n' those of benefits per household in the region and the country:

    .. math:: s = \underbrace{n}_{landelijk} + \underbrace{h - H}_{huishoudens} + \underbrace{r' - n'}_{omgeving}
              + \underbrace{b}_{uitvoeringsbeleid} + \underbrace{rest}_{realisatie}

    Parameters
    ----------
    eigen, nederland, regio : Paar
    beleid : float
        Fraction that planned policy adds (less: negative); 0 when no plan was given.
    van, tot : str
        Months.

    Returns
    -------
    Opbouw
        The parts sum to the change of ``eigen`` exactly; what is unknown is in ``realisatie``.

    Examples
    --------
    >>> o = ontleed(Paar(begin=1000, eind=930), Paar(begin=100.0, eind=95.0))
    >>> o.tabel.dropna().round(3)[["component", "fractie"]].to_numpy().tolist()
    [['landelijk', -0.05], ['uitvoeringsbeleid', 0.0], ['realisatie', -0.02], ['totaal', -0.07]]
    """
    delen = {
        "landelijk": nederland.groei,
        "huishoudens": eigen.huishoudgroei - nederland.huishoudgroei,
        "omgeving": regio.dichtheidsgroei - nederland.dichtheidsgroei,
        "uitvoeringsbeleid": beleid,
    }
    zinnen = [zin for k, zin in TEKORT.items() if np.isnan(delen[k])]
    delen["realisatie"] = eigen.groei - float(np.nansum(list(delen.values())))
    slot = "Wat niet uit de andere delen volgt, staat in realisatie: eigen beleid van toen en toeval."
    return _opbouw(eigen.begin, delen, van=van, tot=tot, toelichting=(*zinnen, slot))


def opbouw_uit_reeksen(reeksen: Reeksen, jaar: int, *, beleid: float = 0.0) -> Opbouw:
    """Split the change of the own caseload in one calendar year, from the monthly series.

    Parameters
    ----------
    reeksen : Reeksen
    jaar : int
        From the end of December before to the end of December.
    beleid : float
        Fraction that planned policy added.

    Returns
    -------
    Opbouw

    Raises
    ------
    GebruiksFout
        ``KMP-Z207`` when one of the two Decembers is not in the own series.
    """
    van, tot = f"{jaar - 1:04d}-12", f"{jaar:04d}-12"
    eigen = paar_uit(reeksen, "eigen", van, tot)
    if not np.isfinite(eigen.groei):
        m = reeksen.reeks("eigen")["maand"]
        er_is = f"De eigen reeks loopt van {m.iloc[0]} tot en met {m.iloc[-1]}." if len(m) else "Die reeks is er niet."
        raise GebruiksFout("KMP-Z207", f"voor de opbouw van {jaar} zijn {van} en {tot} nodig. {er_is}")
    gebieden = (paar_uit(reeksen, g, van, tot) for g in ("nederland", "regio"))
    return ontleed(eigen, *gebieden, beleid=beleid, van=van, tot=tot)


def paar_uit(reeksen: Reeksen, gebied: str, van: str, tot: str) -> Paar:
    """Benefits and households of an area at the ends of two months; nan where the series does not reach."""
    r = reeksen.reeks(gebied).set_index("maand")[["uitkeringen", "huishoudens"]].reindex([van, tot])
    u, h = (r[k].to_numpy(dtype=np.float64) for k in ("uitkeringen", "huishoudens"))
    return Paar(begin=_heel(u[0]), eind=u[1], huishoudens_begin=_heel(h[0]), huishoudens_eind=h[1])


def _heel(waarde: float) -> float:
    """A number to divide by: zero is unknown."""
    return float(waarde) if waarde > 0 else float("nan")


def opbouw_vooruit(reeksen: Reeksen, eind: float, *, beleid: float = 0.0) -> Opbouw | None:
    """Split the forecast of the next twelve months.

    Parameters
    ----------
    reeksen : Reeksen
    eind : float
        Own caseload forecast twelve months after the last month of the own series.
    beleid : float
        Fraction that planned policy adds.

    Returns
    -------
    Opbouw or None
        Country and region by their own series forecast; households grow as in the last twelve months. None without an
        own series or a forecast.
    """
    eigen = reeksen.reeks("eigen")
    if eigen.empty or not np.isfinite(eind) or not eigen["uitkeringen"].iloc[-1] > 0:
        return None
    laatste = int(nummers(eigen["maand"].iloc[-1:])[0])
    basis = _paar_vooruit(reeksen, "eigen", laatste)
    eigen_paar = Paar(
        begin=float(eigen["uitkeringen"].iloc[-1]),
        eind=eind,
        huishoudens_begin=basis.huishoudens_begin,
        huishoudens_eind=basis.huishoudens_eind,
    )
    gebieden = (_paar_vooruit(reeksen, g, laatste) for g in ("nederland", "regio"))
    return ontleed(eigen_paar, *gebieden, beleid=beleid, van=naam(laatste), tot=naam(laatste + JAAR))


def pad_van(reeksen: Reeksen, gebied: str, tot: int) -> tuple[int, Floats]:
    """Level of an area per month, realised and then forecast to month ``tot``: its first month and the values.

    Empty where there is no series; nan where it cannot be forecast (fewer than 6 months, a zero, or further ahead than
    the series is long).
    """
    r = reeksen.reeks(gebied)
    if r.empty:
        return 0, np.zeros(0)
    waarden = r["uitkeringen"].to_numpy(dtype=np.float64)
    eerste, ver = int(nummers(r["maand"].iloc[:1])[0]), 0
    ver = tot - (eerste + waarden.size - 1)
    if ver <= 0:
        return eerste, waarden
    if waarden.size < FEWEST or waarden.min() <= 0:
        return eerste, np.append(waarden, np.full(ver, np.nan))
    mee = forecast_series(waarden, ver).mean.copy()
    mee[waarden.size :] = np.nan
    return eerste, np.append(waarden, mee)


def _paar_vooruit(reeksen: Reeksen, gebied: str, maand: int) -> Paar:
    """Benefits and households at the end of a month and a year later."""
    eerste, pad = pad_van(reeksen, gebied, maand + JAAR)
    plek = maand - eerste
    if pad.size == 0 or plek < 0:
        return ONBEKEND
    r = reeksen.reeks(gebied)
    huis = r["huishoudens"].to_numpy(dtype=np.float64)
    nu, toen = (float(huis[-1 - k]) if huis.size > k else float("nan") for k in (0, JAAR))
    groei = nu / _heel(toen)
    return Paar(begin=_heel(pad[plek]), eind=float(pad[plek + JAAR]), huishoudens_begin=nu, huishoudens_eind=nu * groei)


def opbouw_rond(reeksen: Reeksen, laatste: str, straks: float, *, beleid: float = 0.0) -> list[tuple[str, Opbouw]]:
    """Build-up of the last twelve months and of the next, each with its kind (realisatie, prognose).

    Parameters
    ----------
    reeksen : Reeksen
    laatste : str
        Last realised month.
    straks : float
        Caseload forecast a year later; nan unknown.
    beleid : float
        Fraction that planned policy adds to the next year.

    Returns
    -------
    list of (str, Opbouw)
        A part is left out where it cannot be made.
    """
    uit = []
    van = naam(int(nummers([laatste])[0]) - JAAR)
    eigen = paar_uit(reeksen, "eigen", van, laatste)
    if np.isfinite(eigen.groei):
        gebieden = (paar_uit(reeksen, g, van, laatste) for g in ("nederland", "regio"))
        uit.append(("realisatie", ontleed(eigen, *gebieden, van=van, tot=laatste)))
    vooruit = opbouw_vooruit(reeksen, straks, beleid=beleid)
    return uit if vooruit is None else [*uit, ("prognose", vooruit)]


def opbouwtabel(delen: Sequence[tuple[str, Opbouw]]) -> pd.DataFrame:
    """Some build-ups as one long table: van, tot, soort, component, fractie, aantal."""
    kolommen = ["van", "tot", "soort", "component", "fractie", "aantal"]
    if not delen:
        return pd.DataFrame({k: pd.Series(dtype=np.float64 if k in kolommen[4:] else object) for k in kolommen})
    stukken = [o.tabel.assign(van=o.van, tot=o.tot, soort=soort)[kolommen] for soort, o in delen]
    return pd.concat(stukken, ignore_index=True)
