"""Parts of the uitgavenmonitor: realised spending per area, its forecast, its years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.models.design import Floats, Ints
from kompas.models.forecast import forecast_series
from kompas.monitors.jaarstand import jaarstand, piek_vakantiegeld, toeslag_op, verwacht_vakantiegeld
from kompas.monitors.maanden import laatste_dag, naam, nummers
from kompas.monitors.prijs import Z80, Prijspad, gemiddelde_prijs, prijspad
from kompas.monitors.reeksen import Reeksen

VOORUIT = 24  # months ahead of the last complete month
OUD = 12  # spending that is older than this many months says nothing about the months to come
KORTST = 6  # months that a forecast of a series needs at least
KOLOMMEN = (
    *("maand", "gebied", "soort", "uitkeringen", "prijs", "uitgaven", "vakantiegeld"),
    *("ondergrens", "bovengrens"),
)
_TABELKOLOMMEN = ["nummer", "uitgaven", "vakantiegeld", "huishoudens"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gebied:
    """Spending of one area.

    Parameters
    ----------
    real : DataFrame
        One row per realised month: nummer, uitkeringen, uitgaven, vakantiegeld, prijs.
    prognose : DataFrame
        The same with ondergrens and bovengrens (80%) for the months to come; empty where nothing can be said.
    pad : Prijspad or None
    zinnen, waarschuwingen : tuple of str
    """

    real: pd.DataFrame
    prognose: pd.DataFrame
    pad: Prijspad | None = None
    zinnen: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()


def laatste_hele_maand(peildatum: dt.date) -> int:
    """Return the number of the last month that is over on the peildatum.

    Examples
    --------
    >>> [naam(laatste_hele_maand(dt.date(2007, 6, d))) for d in (29, 30)]
    ['2007-05', '2007-06']
    """
    maand = 12 * peildatum.year + peildatum.month - 1
    return maand if laatste_dag(naam(maand)) == peildatum else maand - 1


def ontbrekende_maanden(reeks: pd.DataFrame, laatste: str) -> tuple[str, ...]:
    """Return the months without spending in the year of a month, up to that month.

    Parameters
    ----------
    reeks : DataFrame
        maand, soort, uitgaven of one area.
    laatste : str
        Last month of spending (jjjj-mm).
    """
    echt = set(reeks.loc[(reeks["soort"] == "realisatie") & reeks["uitgaven"].notna(), "maand"])
    alle = (f"{laatste[:4]}-{m:02d}" for m in range(1, int(laatste[5:]) + 1))
    return tuple(m for m in alle if m not in echt)


def uit_tabel(bestand: Bestand, tot: int) -> pd.DataFrame:
    """Booked spending per month up to a month; holiday allowance that is not shown apart is taken from its peak.

    A month of exactly 0 is a month that is not known: a municipality does not spend nothing (see `nulmaanden`).
    """
    u = bestand.overig.get("uitgaven")
    if u is None or u.empty:
        return pd.DataFrame({k: pd.Series(dtype=np.float64) for k in _TABELKOLOMMEN})
    f = pd.DataFrame({"nummer": nummers(u["maand"]), "uitgaven": u["bedrag"].to_numpy(dtype=np.float64)})
    f = f.assign(**{k: u[k].to_numpy(dtype=np.float64) for k in ("vakantiegeld", "huishoudens")})
    return f[(f["nummer"] <= tot) & (f["uitgaven"] != 0)].sort_values("nummer", ignore_index=True)[_TABELKOLOMMEN]


def nulmaanden(bestand: Bestand, tot: int) -> tuple[str, ...]:
    """Tell of months that stand as 0 in the table of spending and are counted as unknown."""
    u = bestand.overig.get("uitgaven")
    if u is None or u.empty:
        return ()
    leeg = sorted(str(m) for m in u.loc[(u["bedrag"] == 0) & (nummers(u["maand"]) <= tot), "maand"])
    if not leeg:
        return ()
    woorden = ", ".join(leeg[:6]) + (" ..." if len(leeg) > 6 else "")
    wat = "dat is gelezen als onbekend. Vul het bedrag in, of laat de maand weg."
    return (f"De uitgaven van {woorden} staan als 0 in de tabel: {wat}",)


def uit_reeks(reeks: pd.DataFrame, tot: int) -> pd.DataFrame:
    """Spending per month of an area of the series, as far as known."""
    f = pd.DataFrame({"nummer": nummers(reeks["maand"]), "uitgaven": reeks["uitgaven"].to_numpy(dtype=np.float64)})
    f = f.assign(vakantiegeld=np.nan, huishoudens=reeks["uitkeringen"].to_numpy(dtype=np.float64))
    return f[(f["nummer"] <= tot) & f["uitgaven"].notna()].reset_index(drop=True)


def uit_prijs(leefvorm: pd.DataFrame, volume: Mapping[int, float], tot: int) -> pd.DataFrame:
    """Estimate spending per month as volume x price, the price being an amount per client or a norm, all in.

    The share of the holiday allowance is kept apart each month and paid over twelve months in May.
    """
    p = gemiddelde_prijs(leefvorm)
    p = p[p["nummer"] <= tot].dropna(subset=["prijs"])
    aantal = p["nummer"].map(volume).astype(np.float64)
    dagen = [laatste_dag(naam(int(n))) for n in p["nummer"]]
    aandeel = np.array([toeslag_op(d).aandeel for d in dagen])
    alles = aantal.to_numpy() * p["prijs"].to_numpy(dtype=np.float64)
    opbouw = pd.Series(alles * aandeel).rolling(12, min_periods=1).mean().to_numpy(dtype=np.float64) * 12.0
    betaald = np.where(p["nummer"].to_numpy() % 12 + 1 == 5, opbouw, 0.0)
    f = pd.DataFrame({"nummer": p["nummer"].to_numpy(), "uitgaven": alles * (1.0 - aandeel) + betaald})
    return f.assign(vakantiegeld=betaald, huishoudens=np.nan).dropna(subset=["uitgaven"]).reset_index(drop=True)


def realisatie(spending: pd.DataFrame, volume: Mapping[int, float]) -> pd.DataFrame:
    """Join spending and volume; the price is spending without holiday allowance per benefit."""
    f = spending.assign(uitkeringen=spending["nummer"].map(volume).astype(np.float64))
    f["uitkeringen"] = f["uitkeringen"].fillna(f["huishoudens"])
    f["vakantiegeld"] = f["vakantiegeld"].fillna(pd.Series(piek_vakantiegeld(f["nummer"], f["uitgaven"])))
    zonder = f["uitgaven"] - f["vakantiegeld"].fillna(0.0)
    f["prijs"] = zonder / f["uitkeringen"].where(f["uitkeringen"] > 0)
    return f[["nummer", "uitkeringen", "uitgaven", "vakantiegeld", "prijs"]]


def leeg_prognose() -> pd.DataFrame:
    """Return a forecast without rows."""
    kolommen = ("uitkeringen", "uitgaven", "vakantiegeld", "prijs", "ondergrens", "bovengrens")
    return pd.DataFrame({"nummer": pd.Series(dtype=np.int64)} | {k: pd.Series(dtype=np.float64) for k in kolommen})


def _staart(real: pd.DataFrame, kolom: str) -> pd.DataFrame:
    """Return the last run of months in which a column is known without a gap."""
    bekend = real[real[kolom].notna() & (real[kolom] > 0)]
    if bekend.empty:
        return bekend
    stap = np.flatnonzero(np.diff(bekend["nummer"].to_numpy()) != 1)
    return bekend.iloc[int(stap[-1]) + 1 if stap.size else 0 :].reset_index(drop=True)


def volumepad(reeks: pd.DataFrame, vooruit: pd.DataFrame | None, tot: int) -> pd.DataFrame:
    """Volume per month, realised and expected: index nummer; columns uitkeringen, ondergrens, bovengrens.

    Parameters
    ----------
    reeks : DataFrame
        Series of the area.
    vooruit : DataFrame or None
        maand, uitkeringen, ondergrens, bovengrens of the months to come; None = by the series itself.
    tot : int
        Last complete month.
    """
    real = reeks[nummers(reeks["maand"]) <= tot]
    v = real["uitkeringen"].to_numpy(dtype=np.float64)
    delen = [pd.DataFrame({"uitkeringen": v, "ondergrens": v, "bovengrens": v}, index=nummers(real["maand"]))]
    if vooruit is not None:
        f = vooruit.set_index(nummers(vooruit["maand"]))[["uitkeringen", "ondergrens", "bovengrens"]]
        delen.append(f[~f.index.isin(delen[0].index)].astype(np.float64))
    elif len(v) >= KORTST and (v > 0).all():
        laatste = int(delen[0].index[-1])
        s = forecast_series(v, max(tot + VOORUIT - laatste, 1))
        rij = {"uitkeringen": s.mean, "ondergrens": s.lower, "bovengrens": s.upper}
        delen.append(pd.DataFrame(rij, index=np.arange(laatste + 1, laatste + 1 + len(s.mean))))
    uit: pd.DataFrame = pd.concat([d for d in delen if len(d)]) if any(len(d) for d in delen) else delen[0]
    return uit


def voorspel(
    real: pd.DataFrame, pad: pd.DataFrame, *, tot: int, aandelen: Mapping[str, float], peildatum: dt.date
) -> Gebied:
    """Expected spending: expected volume x expected price, plus holiday allowance when it is paid.

    The 80% interval takes volume and price as independent: half widths as a fraction, added in squares.
    """
    staart = _staart(real, "prijs")
    if real.empty or tot - int(real["nummer"].iloc[-1]) > OUD:
        zin = f"Geen prognose van de uitgaven: de laatste boeking is meer dan {OUD} maanden oud."
        return Gebied(real=real, prognose=leeg_prognose(), waarschuwingen=(zin,))
    laatste = int(real["nummer"].iloc[-1])
    straks = np.arange(laatste + 1, tot + VOORUIT + 1, dtype=np.int64)
    v = pad.reindex(straks)
    if staart.empty or int(staart["nummer"].iloc[-1]) != laatste or v["uitkeringen"].isna().all():
        return _zonder_volume(real, straks)
    price = prijspad(
        staart["nummer"].to_numpy(dtype=np.int64),
        staart["prijs"].to_numpy(dtype=np.float64),
        len(straks),
        aandelen=aandelen,
        peildatum=peildatum,
    )
    volume = v["uitkeringen"].to_numpy(dtype=np.float64)
    sd = np.nan_to_num(price.spreiding)
    laag, hoog = (
        np.sqrt(((v[k].to_numpy(dtype=np.float64) - volume) / volume) ** 2 + (Z80 * sd) ** 2)
        for k in ("ondergrens", "bovengrens")
    )
    prognose = _met_vakantiegeld(staart, straks, volume * price.prijs, laag, hoog)
    prognose = prognose.assign(uitkeringen=volume, prijs=price.prijs)
    let_op: tuple[str, ...] = ()
    if np.isnan(price.spreiding).any():
        let_op = (
            f"De marge van de prognose kent alleen het volume: er zijn minder dan {KORTST} maanden met een prijs.",
        )
    return Gebied(real=real, prognose=prognose, pad=price, zinnen=(price.zin,), waarschuwingen=let_op)


def _met_vakantiegeld(staart: pd.DataFrame, straks: Ints, zonder: Floats, laag: Floats, hoog: Floats) -> pd.DataFrame:
    oud = staart["uitgaven"] - staart["vakantiegeld"].fillna(0.0)
    vak = verwacht_vakantiegeld(
        np.r_[staart["nummer"].to_numpy(dtype=np.float64), straks],
        np.r_[oud.to_numpy(dtype=np.float64), zonder],
        np.r_[staart["vakantiegeld"].to_numpy(dtype=np.float64), np.full(len(straks), np.nan)],
        len(straks),
    )
    som = zonder + (np.nan_to_num(vak) if np.isnan(vak).all() else vak)
    return pd.DataFrame(
        {
            "nummer": straks,
            "uitkeringen": np.nan,
            "uitgaven": som,
            "vakantiegeld": np.where(np.isfinite(som), vak, np.nan),
            "prijs": np.nan,
            "ondergrens": np.maximum(som * (1.0 - laag), 0.0),
            "bovengrens": som * (1.0 + hoog),
        }
    )


def _zonder_volume(real: pd.DataFrame, straks: Ints) -> Gebied:
    """Forecast spending as a series of its own, when the volume is not known."""
    los = real.assign(zonder=real["uitgaven"] - real["vakantiegeld"].fillna(0.0))
    staart = _staart(los, "zonder")
    if len(staart) < KORTST or int(staart["nummer"].iloc[-1]) + 1 != int(straks[0]):
        zin = f"Geen prognose van de uitgaven: er zijn minder dan {KORTST} maanden achter elkaar."
        return Gebied(real=real, prognose=leeg_prognose(), waarschuwingen=(zin,))
    s = forecast_series(staart["zonder"].to_numpy(dtype=np.float64), len(straks))
    prognose = _met_vakantiegeld(staart, straks, s.mean, 1.0 - s.lower / s.mean, s.upper / s.mean - 1.0)
    zin = "Het aantal uitkeringen is niet bekend: de prognose van de uitgaven is die van de reeks zelf."
    kort = "Er zijn weinig maanden met uitgaven: de prognose en haar marge zijn niet betrouwbaar."
    return Gebied(real=real, prognose=prognose, zinnen=(zin,), waarschuwingen=() if s.reliable else (kort,))


def als_tabel(gebied: str, g: Gebied) -> pd.DataFrame:
    """Rows of an area in the columns of the contract."""
    a = g.real.assign(soort="realisatie", ondergrens=np.nan, bovengrens=np.nan)
    b = g.prognose.assign(soort="prognose")
    delen = [d for d in (a, b) if len(d)]
    if not delen:
        return pd.DataFrame(columns=list(KOLOMMEN))
    f = pd.concat(delen, ignore_index=True)
    f = f.assign(maand=[naam(int(n)) for n in f["nummer"]], gebied=gebied)
    return f[list(KOLOMMEN)]


JAARKOLOMMEN = (
    *("gebied", "jaar", "maanden", "uitgaven_tot_nu", "uitgaven_maand", "vakantiegeld_tot_nu"),
    *("vakantiegeld", "uitgaven_jaarbasis", "uitkeringen", "verwacht", "ondergrens", "bovengrens", "geschat"),
)


def jaren(gebied: str, g: Gebied) -> pd.DataFrame:
    """One row per year: to date, on a yearly basis, and expected (realised months and forecast together).

    The errors of the months of a year go together: the ends of their intervals are added up.
    """
    alle = sorted({int(n) // 12 for n in [*g.real["nummer"], *g.prognose["nummer"]]})
    rijen = []
    for jaar in alle:
        s = jaarstand(g.real, jaar)
        echt = g.real[g.real["nummer"] // 12 == jaar]
        straks = g.prognose[g.prognose["nummer"] // 12 == jaar]
        heel = len(echt) + len(straks) == 12
        kolommen = ("uitgaven", "ondergrens", "bovengrens") if heel and len(straks) else ()
        som = dict.fromkeys(("uitgaven", "ondergrens", "bovengrens"), float("nan"))
        som |= {k: float(echt["uitgaven"].sum() + straks[k].sum(skipna=False)) for k in kolommen}
        rijen.append(
            {
                "gebied": gebied,
                "jaar": jaar,
                "maanden": s.maanden,
                "uitgaven_tot_nu": s.tot_nu,
                "uitgaven_maand": s.per_maand,
                "vakantiegeld_tot_nu": s.vakantiegeld_tot_nu,
                "vakantiegeld": s.vakantiegeld,
                "uitgaven_jaarbasis": s.jaarbasis,
                "uitkeringen": float(echt["uitkeringen"].mean()) if len(echt) else float("nan"),
                "verwacht": float(echt["uitgaven"].sum()) if len(echt) == 12 else som["uitgaven"],
                "ondergrens": som["ondergrens"],
                "bovengrens": som["bovengrens"],
                "geschat": s.geschat,
            }
        )
    return pd.DataFrame(rijen, columns=list(JAARKOLOMMEN))


def vergelijk(real: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Price of each area over the last twelve months that all have, and how far the own price lies from it.

    Returns
    -------
    DataFrame
        gebied, van, tot (months), prijs (mean per benefit per month without holiday allowance), verschil (own price /
        this price - 1), groei (of the price against the twelve months before).
    """
    kolommen = ["gebied", "van", "tot", "prijs", "verschil", "groei"]
    prijs = {k: f.dropna(subset=["prijs"]).set_index("nummer") for k, f in real.items()}
    prijs = {k: f for k, f in prijs.items() if len(f)}
    if not prijs:
        return pd.DataFrame(columns=kolommen)
    tot = min(int(f.index[-1]) for f in prijs.values())
    rijen = []
    for gebied, f in prijs.items():
        nu, vorig = (_jaarprijs(f, tot - d) for d in (0, 12))
        maanden = {"van": naam(tot - 11), "tot": naam(tot)}
        rijen.append({"gebied": gebied, **maanden, "prijs": nu, "groei": nu / vorig - 1.0})
    uit = pd.DataFrame(rijen)
    eigen = uit.loc[uit["gebied"] == "eigen", "prijs"]
    uit["verschil"] = (float(eigen.iloc[0]) if len(eigen) else float("nan")) / uit["prijs"] - 1.0
    return uit[kolommen]


def _jaarprijs(f: pd.DataFrame, tot: int) -> float:
    """Spending without holiday allowance per benefit per month over twelve months; nan when one is missing."""
    deel = f.reindex(range(tot - 11, tot + 1))
    if deel["prijs"].isna().any():
        return float("nan")
    return float((deel["prijs"] * deel["uitkeringen"]).sum() / deel["uitkeringen"].sum())


def aandelen_leefvorm(reeksen: Reeksen, leefvorm: pd.DataFrame) -> dict[str, float]:
    """Shares of the leefvormen in the last month that has them: from the spells, else from the series."""
    if len(leefvorm):
        laatste = leefvorm[leefvorm["nummer"] == leefvorm["nummer"].max()]
        return {str(v): float(n) for v, n in zip(laatste["leefvorm"], laatste["uitkeringen"], strict=True)}
    uit = {}
    for vorm in ("alleenstaande", "alleenstaande_ouder", "gehuwd"):
        f = reeksen.reeks("eigen", vorm)
        if len(f):
            uit[vorm] = float(f["uitkeringen"].iloc[-1])
    return uit
