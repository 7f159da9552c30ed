"""Monthly series for the benchmark of the forecast: real ones, the sample town, and simulated ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron.cbs import lees_cbs_maand

Floats = npt.NDArray[np.float64]
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
MONTHS = 132
BURN_IN = 60


def national() -> tuple[list[str], dict[str, Floats]]:
    """Months and series of CBS table 37789ksz, 1998-2018."""
    frame = lees_cbs_maand(SAMPLE / "cbs" / "37789ksz_maand_tot_2018.csv")
    names = ("bijstand_tot_aow", "bijstand", "bijstand_vanaf_aow", "ioaw", "ww")
    return frame["maand"].tolist(), {name: frame[name].to_numpy(dtype=np.float64) for name in names}


def hollandstad() -> Floats:
    """Running benefits of the sample town at the end of each month, 2001-2007."""
    frame = pd.read_csv(SAMPLE / "hollandstad" / "bron" / "referentie.csv")
    own = frame[(frame["soort"] == "eigen") & (frame["groep"] == "totaal")].sort_values("maand")
    return own["uitkeringen"].to_numpy(dtype=np.float64)


def caseload(size: int, *, season: float = 0.15, cycle: float = 0.12) -> Callable[[np.random.Generator], Floats]:
    """A stock with Poisson inflow that follows season and cycle, and a chance to leave that follows the cycle."""

    def draw(rng: np.random.Generator) -> Floats:
        stock, state, out, rate = size, 0.0, [], 0.035
        for t in range(MONTHS + BURN_IN):
            state = 0.97 * state + cycle * np.sqrt(1 - 0.97**2) * rng.normal()
            inflow = rng.poisson(size * rate * np.exp(state + season * np.cos(2 * np.pi * t / 12)))
            stock += inflow - rng.binomial(stock, min(rate * np.exp(-0.5 * state), 0.5))
            out.append(stock)
        return np.array(out[BURN_IN:], dtype=np.float64)

    return draw


def walk(rng: np.random.Generator) -> Floats:
    """Random walk with drift in logs: nothing but drift can be learnt."""
    return np.asarray(1000 * np.exp(np.cumsum(0.01 * rng.normal(size=MONTHS) + 0.003)))


def damped(rng: np.random.Generator) -> Floats:
    """Damped trend with a strong season."""
    level, trend, out = np.log(5000.0), 0.0, []
    for t in range(MONTHS):
        shock = 0.006 * rng.normal()
        trend = 0.93 * trend + 0.25 * shock
        level += trend + shock
        out.append(level + 0.03 * np.sin(2 * np.pi * t / 12) + 0.015 * np.cos(4 * np.pi * t / 12))
    return np.asarray(np.exp(np.array(out)))


def noise(rng: np.random.Generator) -> Floats:
    """A nearly flat level under noise that passes: the last change says nothing."""
    return np.asarray(300 * np.exp(np.cumsum(0.004 * rng.normal(size=MONTHS)) + 0.03 * rng.normal(size=MONTHS)))


WORLDS: Mapping[str, Callable[[np.random.Generator], Floats]] = {
    "walk with drift": walk,
    "damped trend, strong season": damped,
    "noise on a flat level": noise,
    "caseload of 150": caseload(150),
    "caseload of 3,000": caseload(3000),
    "caseload of 3,000, no season": caseload(3000, season=0.0),
    "caseload of 300,000": caseload(300_000),
}
