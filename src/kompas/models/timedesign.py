"""Time designs: bands of duration, month of year, a smooth calendar trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kompas.models.design import Floats, Ints, TimeDesign

SEASON_REFERENCE = 1  # January
KNOT_YEARS = 2.0  # one interior knot of the trend per two years of window


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimeSpec:
    """How time enters: what is needed to lay out the design again when scoring.

    Parameters
    ----------
    bands : tuple of int
        Upper ends of the bands of duration, in months; an open band follows.
    season : bool
        One column per month of the year but January.
    knots : tuple of float
        Knots of the natural cubic spline of the trend, in years since ``first``; empty = no trend, two = linear.
    first, last : int
        First and last calendar month (12 * year + month - 1) of the window.
    """

    bands: tuple[int, ...]
    season: bool
    knots: tuple[float, ...]
    first: int
    last: int

    @property
    def band_names(self) -> tuple[str, ...]:
        """Names such as ``0-1``, ``12-18``, ``60+``.

        Examples
        --------
        >>> TimeSpec(bands=(1, 3), season=False, knots=(), first=0, last=1).band_names
        ('0-1', '1-3', '3+')
        """
        return (*(f"{a}-{b}" for a, b in pairwise((0, *self.bands))), f"{self.bands[-1]}+" if self.bands else "0+")

    @property
    def n_trend(self) -> int:
        """Number of trend columns."""
        return max(len(self.knots) - 1, 0)


def band_of(month: Ints, bands: Sequence[int]) -> Ints:
    """Band of each 0-based duration month.

    Examples
    --------
    >>> band_of(np.array([0, 1, 11, 12, 99]), (1, 12, 60))
    array([0, 1, 1, 2, 3])
    """
    return np.searchsorted(np.asarray(bands, dtype=np.int64), month, side="right")


def natural_spline(x: Floats, knots: Sequence[float]) -> Floats:
    """Natural cubic spline basis without intercept: linear beyond the outer knots.

    Parameters
    ----------
    x : (n,) float
    knots : sequence of k floats
        With k = 0 there are no columns, with k = 2 the basis is x itself.

    Returns
    -------
    (n, max(k - 1, 0)) array
        x, then k - 2 truncated cubics (Hastie, Tibshirani & Friedman 2009, 5.2.1), scaled by the squared range.

    Examples
    --------
    >>> natural_spline(np.array([0.0, 1.0]), (0.0, 1.0)).ravel().tolist()
    [0.0, 1.0]
    """
    k = len(knots)
    if k == 0:
        return np.zeros((x.size, 0))
    t = np.asarray(knots, dtype=np.float64)
    scale = (t[-1] - t[0]) ** 2

    def d(j: int) -> Floats:
        cubes = np.maximum(x - t[j], 0) ** 3 - np.maximum(x - t[-1], 0) ** 3
        out: Floats = cubes / ((t[-1] - t[j]) * scale)
        return out

    columns = [x, *(d(j) - d(k - 2) for j in range(k - 2))]
    return np.column_stack(columns)


def make_spec(bands: Sequence[int], calendar: str, first: int, last: int) -> TimeSpec:
    """Choose season and knots for a window of calendar months ``first`` to ``last``.

    Parameters
    ----------
    bands : sequence of int
        Upper ends of the bands of duration.
    calendar : {"maand+trend", "maand", "geen"}
    first, last : int
        Calendar months.
    """
    years = (last - first + 1) / 12
    knots: tuple[float, ...] = ()
    if calendar == "maand+trend" and years >= 1:
        interior = max(round(years / KNOT_YEARS) - 1, 0)
        knots = tuple(float(v) for v in np.linspace(0.0, years, interior + 2))
    return TimeSpec(bands=tuple(bands), season=calendar != "geen", knots=knots, first=first, last=last)


def make_time_design(spec: TimeSpec) -> TimeDesign:
    """Lay out the columns of a time specification."""
    n_bands = len(spec.bands) + 1
    rows = (spec.bands[-1] if spec.bands else 0) + 1
    duration = np.zeros((rows, n_bands))
    duration[np.arange(rows), band_of(np.arange(rows), spec.bands)] = 1.0
    months = np.arange(spec.first, spec.last + 1)
    season = np.zeros((months.size, 0))
    names = [f"duur={b}" for b in spec.band_names]
    if spec.season:
        numbers = [m for m in range(1, 13) if m != SEASON_REFERENCE]
        season = (months[:, None] % 12 + 1 == np.array(numbers)[None, :]).astype(np.float64)
        names += [f"maand={m}" for m in numbers]
    trend = natural_spline((months - spec.first) / 12, spec.knots)
    names += ["trend" if j == 0 else f"trend_{j + 1}" for j in range(trend.shape[1])]
    calendar = np.concatenate([season, trend], axis=1)
    return TimeDesign(
        duration=duration,
        calendar=calendar,
        first=spec.first,
        names=tuple(names),
        ridge=np.zeros(len(names)),
    )


def frozen_trend(spec: TimeSpec) -> Floats:
    """Trend columns at the mean of the last 12 months of the window, shape (n_trend,)."""
    months = np.arange(max(spec.last - 11, spec.first), spec.last + 1)
    out: Floats = natural_spline((months - spec.first) / 12, spec.knots).mean(axis=0)
    return out
