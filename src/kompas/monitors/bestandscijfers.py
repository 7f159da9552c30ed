"""The figures of the bestandsmonitor: scaled levels, development, forecasts, flows, differences. Pure functions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.bron.cbs import stroom_pct
from kompas.models.design import Floats, Ints
from kompas.models.forecast import forecast_series
from kompas.monitors.eigenreeks import TOTAAL
from kompas.monitors.maanden import namen, nummer, nummers
from kompas.monitors.reeksen import Reeksen

KOLOMMEN = (
    "maand",
    "gebied",
    "groep",
    "soort",
    "huishoudens",
    "uitkeringen",
    "geschaald",
    "ontwikkeling_3m",
    "instroom",
    "uitstroom",
    "ondergrens",
    "bovengrens",
)
HORIZON = 24
KORTSTE = 24  # months: a shorter series gives no forecast
OUD = 12  # months: a series that ended longer ago gives no forecast
KLEIN = 10.0  # a group that falls below this gives no forecast
GELIJK = 0.0005
STROMEN = ("instroom", "uitstroom")
BEWAARD = ("maand", "huishoudens", "uitkeringen", *STROMEN)


def ontwikkeling(maand: pd.Series, waarde: pd.Series, stap: int = 3) -> Floats:
    """Relative change against ``stap`` months before; nan where that month is missing or zero.

    Examples
    --------
    >>> f = pd.DataFrame({"maand": ["2007-01", "2007-04", "2007-05"], "u": [100.0, 97.0, 90.0]})
    >>> ontwikkeling(f["maand"], f["u"]).round(3).tolist()
    [nan, -0.03, nan]
    """
    nu = nummers(maand)
    toen = pd.Series(waarde.to_numpy(dtype=np.float64), index=nu).reindex(nu - stap).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(toen > 0, waarde.to_numpy(dtype=np.float64) / toen - 1.0, np.nan))


def _huishoudens(r: Reeksen, gebied: str, groep: str, maanden: Ints) -> Floats:
    """Households of an area per month number, the last known held beyond the end and the first before the begin."""
    f = r.alle(gebied, groep)
    f = f[f["huishoudens"] > 0]
    if f.empty:
        return np.full(maanden.size, np.nan)
    reeks = pd.Series(f["huishoudens"].to_numpy(), index=nummers(f["maand"]))
    alle = np.arange(min(reeks.index.min(), maanden.min()), max(reeks.index.max(), maanden.max()) + 1)
    return np.asarray(reeks.reindex(alle).ffill().bfill().reindex(maanden).to_numpy(dtype=np.float64))


def _factor(r: Reeksen, gebied: str, groep: str, maanden: Ints) -> tuple[Floats, bool]:
    """Own households / households of the area per month; whether all households stand in for those of a group."""
    if gebied == "eigen":
        return np.ones(maanden.size), False
    factor = _huishoudens(r, "eigen", groep, maanden) / _huishoudens(r, gebied, groep, maanden)
    if groep == TOTAAL or not np.isnan(factor).all():
        return factor, False
    factor = _huishoudens(r, "eigen", TOTAAL, maanden) / _huishoudens(r, gebied, TOTAAL, maanden)
    return factor, not np.isnan(factor).all()


def realisaties(r: Reeksen) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the realised rows of the monitor and sentences about scaling."""
    delen, vervangen, zonder = [], set(), set()
    for gebied in r.gebieden():
        for groep in r.groepen(gebied):
            f = r.alle(gebied, groep)
            if f.empty:
                continue
            factor, anders = _factor(r, gebied, groep, nummers(f["maand"]))
            if anders:
                vervangen.add(groep)
            if groep == TOTAAL and np.isnan(factor).all():
                zonder.add(gebied)
            delen.append(
                f[list(BEWAARD)].assign(
                    gebied=gebied,
                    groep=groep,
                    soort="realisatie",
                    geschaald=f["uitkeringen"].to_numpy() * factor,
                    ontwikkeling_3m=ontwikkeling(f["maand"], f["uitkeringen"]),
                    ondergrens=np.nan,
                    bovengrens=np.nan,
                )
            )
    zinnen = []
    if vervangen:
        zinnen.append(
            "Van deze groepen is het aantal huishoudens onbekend; zij zijn geschaald met alle huishoudens: "
            f"{', '.join(sorted(vervangen))}."
        )
    if zonder:
        zinnen.append(
            f"Niet geschaald: {', '.join(g for g in r.gebieden() if g in zonder)}. Zet het aantal huishoudens van dit "
            "gebied en van de eigen gemeente (soort eigen) in [bron.referentie]."
        )
    return pd.concat(delen, ignore_index=True)[list(KOLOMMEN)], tuple(zinnen)


def _vooruit(f: pd.DataFrame) -> pd.DataFrame | None:
    """Forecast of one series of realised rows; None when nothing can be said."""
    u = f["uitkeringen"].to_numpy(dtype=np.float64)
    if u.size < KORTSTE or (u < KLEIN).any():
        return None
    p = forecast_series(u, HORIZON)
    if not p.reliable:
        return None
    eerste = nummer(str(f["maand"].iloc[-1])) + 1
    return pd.DataFrame(
        {
            "maand": namen(range(eerste, eerste + HORIZON)),
            "uitkeringen": p.mean,
            "ondergrens": p.lower,
            "bovengrens": p.upper,
            "instroom": np.nan,
            "uitstroom": np.nan,
        }
    )


def prognoses(
    r: Reeksen, real: pd.DataFrame, vooruitzicht: pd.DataFrame | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the forecast rows and sentences about where nothing can be said.

    Parameters
    ----------
    r : Reeksen
    real : DataFrame
        As `realisaties` gives it.
    vooruitzicht : DataFrame or None
        Forecast of the own total that replaces that of the series: maand, uitkeringen, ondergrens, bovengrens,
        instroom, uitstroom.
    """
    delen, geen = [], []
    peil = 12 * r.peildatum.year + r.peildatum.month - 1
    for gebied in r.gebieden():
        for groep in r.groepen(gebied):
            f = r.reeks(gebied, groep)
            naam = gebied if groep == TOTAAL else f"{gebied} {groep}"
            p = None
            if gebied == "eigen" and groep == TOTAAL and vooruitzicht is not None and len(vooruitzicht):
                p = vooruitzicht
            elif len(f) and peil - nummer(str(f["maand"].iloc[-1])) <= OUD:
                p = _vooruit(f)
            if p is None or not p["uitkeringen"].notna().any():
                geen.append(naam)
                continue
            delen.append(_aangevuld(r, real, gebied, groep, p))
    zinnen = []
    if geen:
        zinnen.append(
            f"Geen uitspraak over de toekomst van {', '.join(geen)}: minder dan {KORTSTE} aaneengesloten maanden, een "
            f"reeks die langer dan {OUD} maanden geleden ophoudt, of aantallen onder de {KLEIN:.0f}."
        )
    leeg = pd.DataFrame(columns=list(KOLOMMEN))
    return (pd.concat(delen, ignore_index=True) if delen else leeg), tuple(zinnen)


def _aangevuld(r: Reeksen, real: pd.DataFrame, gebied: str, groep: str, p: pd.DataFrame) -> pd.DataFrame:
    """Forecast rows with all columns: households are held, development runs on from what was realised."""
    maanden = nummers(p["maand"])
    factor, _ = _factor(r, gebied, groep, maanden)
    eerder = real[(real["gebied"] == gebied) & (real["groep"] == groep)]
    eerder = eerder[~eerder["maand"].isin(p["maand"])]
    lang = pd.concat([eerder[["maand", "uitkeringen"]], p[["maand", "uitkeringen"]]], ignore_index=True)
    huis = _huishoudens(r, gebied, groep, maanden)
    return p.assign(
        gebied=gebied,
        groep=groep,
        soort="prognose",
        huishoudens=huis,
        geschaald=p["uitkeringen"].to_numpy(dtype=np.float64) * factor,
        ontwikkeling_3m=ontwikkeling(lang["maand"], lang["uitkeringen"])[len(eerder) :],
    )[list(KOLOMMEN)]


def richting(ontwikkeling_3m: float) -> str:
    """Return dalend, stijgend, gelijk (less than 0.05% either way) or onbekend.

    Examples
    --------
    >>> [richting(x) for x in (-0.033, 0.012, 0.0001, float("nan"))]
    ['dalend', 'stijgend', 'gelijk', 'onbekend']
    """
    if np.isnan(ontwikkeling_3m):
        return "onbekend"
    if abs(ontwikkeling_3m) < GELIJK:
        return "gelijk"
    return "dalend" if ontwikkeling_3m < 0 else "stijgend"


def stand(real: pd.DataFrame, voorlopig: pd.DataFrame) -> pd.DataFrame:
    """Return the last realised month per area."""
    f = real[(real["groep"] == TOTAAL) & real["uitkeringen"].notna()]
    laatste = f.sort_values("maand", kind="stable").groupby("gebied", sort=False).tail(1)
    laatste = laatste.set_index("gebied").reindex([g for g in real["gebied"].unique() if g in set(laatste["gebied"])])
    los = set(map(tuple, voorlopig.to_numpy().tolist()))
    uit = laatste.reset_index()[["gebied", "maand", "uitkeringen", "geschaald", "ontwikkeling_3m"]]
    return uit.assign(
        richting=[richting(float(x)) for x in uit["ontwikkeling_3m"]],
        voorlopig=[(g, m) in los for g, m in zip(uit["gebied"], uit["maand"], strict=True)],
    )


def _totalen(real: pd.DataFrame) -> pd.DataFrame:
    """Totals of areas of which in- and outflow are known, with month numbers."""
    f = real[(real["groep"] == TOTAAL) & real[list(STROMEN)].notna().all(axis=1)]
    return f.assign(nr=nummers(f["maand"]))


def stromen(real: pd.DataFrame) -> pd.DataFrame:
    """Return flows per calendar year and over the last twelve months, with both definitions of the percentages."""
    kolommen = ["gebied", "periode", "stand_begin", *STROMEN]
    delen: list[tuple[object, ...]] = []
    for gebied, f in _totalen(real).groupby("gebied", sort=False):
        eind = int(f["nr"].max())
        vensters = [(str(j), 12 * j) for j in range(int(f["nr"].min()) // 12, eind // 12 + 1)]
        if (eind + 1) % 12:
            vensters.append((f"{namen([eind - 11])[0]} t/m {namen([eind])[0]}", eind - 11))
        for periode, van in vensters:
            jaar = f[(f["nr"] >= van) & (f["nr"] < van + 12)]
            if len(jaar) == 12:
                eerste = jaar.loc[jaar["nr"].idxmin()]
                begin = eerste["uitkeringen"] - eerste["instroom"] + eerste["uitstroom"]
                delen.append((gebied, periode, begin, jaar["instroom"].sum(), jaar["uitstroom"].sum()))
    uit = pd.DataFrame(delen, columns=kolommen).astype(dict.fromkeys(kolommen[2:], np.float64))
    for stroom in STROMEN:
        for definitie in ("cbs", "divosa"):
            uit[f"{stroom}_{definitie}"] = (
                stroom_pct(uit[stroom], uit["stand_begin"], uit["instroom"], definitie=definitie) / 100.0
            )
    return uit


def jaarbasis(real: pd.DataFrame) -> pd.DataFrame:
    """Return flows of three months times four, also scaled to the own households."""
    delen = []
    for gebied, f in _totalen(real).groupby("gebied", sort=False):
        g = f.sort_values("nr").set_index("nr")
        alle = g.reindex(range(int(g.index.min()), int(g.index.max()) + 1))
        som = alle[list(STROMEN)].rolling(3, min_periods=3).sum() * 4
        factor = alle["geschaald"] / alle["uitkeringen"].where(alle["uitkeringen"] > 0)
        delen.append(
            pd.DataFrame(
                {
                    "gebied": gebied,
                    "maand": namen(alle.index),
                    **{k: som[k].to_numpy() for k in STROMEN},
                    **{f"{k}_geschaald": (som[k] * factor).to_numpy() for k in STROMEN},
                }
            ).dropna(subset=list(STROMEN))
        )
    leeg = pd.DataFrame(columns=["gebied", "maand", *STROMEN, *(f"{k}_geschaald" for k in STROMEN)])
    return pd.concat(delen, ignore_index=True) if delen else leeg


def verschillen(real: pd.DataFrame) -> pd.DataFrame:
    """Return own level less scaled level of each area, per month and group."""
    eigen = real.loc[real["gebied"] == "eigen", ["maand", "groep", "uitkeringen"]]
    ander = real.loc[(real["gebied"] != "eigen") & real["geschaald"].notna(), ["maand", "gebied", "groep", "geschaald"]]
    uit = ander.merge(eigen.rename(columns={"uitkeringen": "eigen"}).dropna(), on=["maand", "groep"])
    uit["verschil"] = uit["eigen"] - uit["geschaald"]
    uit["verschil_fractie"] = uit["verschil"] / uit["geschaald"].where(uit["geschaald"] > 0)
    volgorde = ["maand", "gebied", "groep", "eigen", "geschaald", "verschil", "verschil_fractie"]
    return uit[volgorde].sort_values(["gebied", "groep", "maand"], kind="stable", ignore_index=True)
