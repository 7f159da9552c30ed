"""The bridge between two years of spending: volume, price, mix; adds up exactly and does not depend on an order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.models.design import Floats, Ints
from kompas.monitors.maanden import naam

COMPONENTEN = ("volume", "prijs", "mix", "vakantiegeld")
BRUGKOLOMMEN = ("periode", "basis", "component", "bedrag")


def ontleed(V0: Floats, V1: Floats, S0: Floats, S1: Floats, P0: Floats, P1: Floats) -> tuple[float, float, float]:
    """Split a change of spending into volume, mix and price.

    Spending is ``sum_m V_m sum_l s_ml p_ml`` (volume, share of a group, price of a group). Each effect is the mean
    over all orders in which the three can change (Shapley), so that the three add up to the change exactly and swapping
    the years only turns the signs.

    Parameters
    ----------
    V0, V1 : (m,) float
        Clients per month, before and after.
    S0, S1, P0, P1 : (m, l) float
        Shares and prices of the groups.

    Returns
    -------
    tuple of float
        Effect of volume, mix and price.

    Examples
    --------
    >>> een = np.array([[1.0]])
    >>> ontleed(np.array([100.0]), np.array([90.0]), een, een, 10 * een, 12 * een)
    (-110.0, 0.0, 190.0)
    """
    dV, dS, dP = V1 - V0, S1 - S0, P1 - P0
    prijs = {(i, j): (s * p).sum(axis=1) for i, s in enumerate((S0, S1)) for j, p in enumerate((P0, P1))}
    volume = dV * ((prijs[0, 0] + prijs[1, 1]) / 3 + (prijs[0, 1] + prijs[1, 0]) / 6)
    w0, w1 = V0[:, None], V1[:, None]
    mix = dS * ((w0 * P0 + w1 * P1) / 3 + (w0 * P1 + w1 * P0) / 6)
    price = dP * ((w0 * S0 + w1 * S1) / 3 + (w0 * S1 + w1 * S0) / 6)
    return float(volume.sum()), float(mix.sum()), float(price.sum())


def _groepen(leefvorm: pd.DataFrame, nummers: Ints) -> tuple[Floats, Floats] | None:
    """Shares and prices (months, groups); None when a month has none, or a group without a price."""
    deel = leefvorm[leefvorm["nummer"].isin(nummers) & (leefvorm["uitkeringen"] > 0)]
    if deel.empty or deel["prijs"].isna().any() or set(deel["nummer"]) != set(nummers.tolist()):
        return None
    aantal = deel.pivot_table(index="nummer", columns="leefvorm", values="uitkeringen", observed=True)
    prijs = deel.pivot_table(index="nummer", columns="leefvorm", values="prijs", observed=True)
    aantal, prijs = aantal.reindex(nummers), prijs.reindex(nummers)
    n = aantal.fillna(0.0).to_numpy(dtype=np.float64)
    # A group that was empty in a month is given its mean price: it does not count, and makes no jump.
    p = prijs.fillna(prijs.mean()).to_numpy(dtype=np.float64)
    return n / n.sum(axis=1, keepdims=True), p


def _een(reeks: pd.DataFrame, leefvorm: pd.DataFrame, nu: Ints) -> pd.DataFrame:
    """One bridge: these months against the same months a year before."""
    frame = reeks.set_index("nummer")
    a, b = frame.reindex(nu - 12), frame.reindex(nu)
    vak0, vak1 = (x["vakantiegeld"].fillna(0.0).to_numpy(dtype=np.float64) for x in (a, b))
    U0, U1 = (x["uitgaven"].to_numpy(dtype=np.float64) for x in (a, b))
    V0, V1 = (x["uitkeringen"].to_numpy(dtype=np.float64) for x in (a, b))
    T0, T1 = (U0 - vak0) / V0, (U1 - vak1) / V1
    groepen = _groepen(leefvorm, np.concatenate([nu - 12, nu]))
    if groepen is not None:
        k = len(nu)
        S0, S1, P0, P1 = groepen[0][:k], groepen[0][k:], groepen[1][:k], groepen[1][k:]
        # Amounts per group give relative prices; their level is that of the booked spending.
        P0 = P0 * (T0 / (S0 * P0).sum(axis=1))[:, None]
        P1 = P1 * (T1 / (S1 * P1).sum(axis=1))[:, None]
    else:
        S0 = S1 = np.ones((len(nu), 1))
        P0, P1 = T0[:, None], T1[:, None]
    volume, mix, prijs = ontleed(V0, V1, S0, S1, P0, P1)
    bedragen = [volume, prijs, mix if groepen is not None else float("nan"), float(vak1.sum() - vak0.sum())]
    return pd.DataFrame({"component": ["vorig", *COMPONENTEN, "nu"], "bedrag": [U0.sum(), *bedragen, U1.sum()]})


def maak_brug(reeks: pd.DataFrame, leefvorm: pd.DataFrame) -> pd.DataFrame:
    """Explain the change of spending against a year before.

    Parameters
    ----------
    reeks : DataFrame
        Realised months: ``nummer``, ``uitkeringen``, ``uitgaven``, ``vakantiegeld``.
    leefvorm : DataFrame
        ``nummer``, ``leefvorm``, ``uitkeringen``, ``prijs``; may be empty: then there is no mix (nan) and it is part of
        the price.

    Returns
    -------
    DataFrame
        periode (dit_jaar, twaalf_maanden), basis (months, in words), component (vorig, volume, prijs, mix,
        vakantiegeld, nu), bedrag (euro). vorig + the four components = nu. Empty without the same months a year before.
    """
    vol = reeks.dropna(subset=["uitgaven", "uitkeringen"])
    vol = vol[vol["uitkeringen"] > 0]
    bekend = set(vol["nummer"].astype(int))
    if not bekend:
        return pd.DataFrame({k: pd.Series(dtype="float64" if k == "bedrag" else "object") for k in BRUGKOLOMMEN})
    laatste = max(bekend)
    delen = []
    perioden = {
        "dit_jaar": range(laatste - laatste % 12, laatste + 1),
        "twaalf_maanden": range(laatste - 11, laatste + 1),
    }
    for periode, loop in perioden.items():
        nu = np.array(list(loop), dtype=np.int64)
        if not {int(m) for m in nu} | {int(m) - 12 for m in nu} <= bekend:
            continue
        basis = f"{naam(int(nu[0]))} t/m {naam(int(nu[-1]))} tegen een jaar eerder"
        delen.append(_een(vol, leefvorm, nu).assign(periode=periode, basis=basis)[list(BRUGKOLOMMEN)])
    if not delen:
        return maak_brug(reeks.iloc[:0], leefvorm)
    return pd.concat(delen, ignore_index=True)
