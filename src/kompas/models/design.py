"""Coded designs: what the rows of exposure are, without ever expanding them to person-months.

A row is a run of whole duration months in which everything but time is constant, or one part of a month.
Time (duration and calendar) is the same function for everybody, so that a run needs only its two ends on the
Lexis diagram: memory and time grow with the number of changes, not with the number of months.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def readonly(array: npt.ArrayLike, dtype: npt.DTypeLike) -> npt.NDArray[np.generic]:
    """Copy to a read-only array of the given type."""
    out = np.array(array, dtype=dtype)
    out.setflags(write=False)
    return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Factor:
    """One categorical column of the design, one-hot without its reference.

    Parameters
    ----------
    name : str
        Name of the trait or instrument.
    levels : tuple of str
        Labels of the levels that get a coefficient, in column order.
    codes : (n_profiles,) int array
        Index into ``levels``; -1 is the reference (no column).
    ridge : tuple of float
        Prior precision per level (0 = no penalty); one number per level.
    """

    name: str
    levels: tuple[str, ...]
    codes: Ints
    ridge: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Profiles:
    """The distinct combinations of everything but time.

    Parameters
    ----------
    matrix : (n_profiles, p_x) sparse CSR
        Design of the profiles: factors one-hot, numeric columns as they are.
    names : tuple of str
        Names of the p_x columns.
    ridge : (p_x,) array
        Prior precision per column, towards zero or towards ``centre``.
    offset : (n_profiles,) array, optional
        Known part of the linear predictor of each profile, without a coefficient.
    centre : (p_x,) array, optional
        Where the penalty pulls to; zero when absent.
    """

    matrix: sparse.csr_matrix
    names: tuple[str, ...]
    ridge: Floats
    offset: Floats | None = None
    centre: Floats | None = None


def make_profiles(factors: Sequence[Factor], numeric: Sequence[tuple[str, Floats]], n_profiles: int) -> Profiles:
    """Combine factors and numeric columns to one sparse design.

    Parameters
    ----------
    factors : sequence of Factor
        Categorical columns; ``codes`` have length n_profiles.
    numeric : sequence of (name, (n_profiles,) array)
        Columns that enter linearly, per unit.
    n_profiles : int
        Number of profiles.

    Returns
    -------
    Profiles

    Examples
    --------
    >>> f = Factor(name="sex", levels=("woman",), codes=np.array([-1, 0]), ridge=(0.0,))
    >>> make_profiles([f], [("age", np.array([30.0, 40.0]))], 2).matrix.toarray()
    array([[ 0., 30.],
           [ 1., 40.]])
    """
    rows: list[Ints] = []
    cols: list[Ints] = []
    vals: list[Floats] = []
    names: list[str] = []
    ridge: list[float] = []
    for f in factors:
        has = np.flatnonzero(f.codes >= 0)
        rows.append(has)
        cols.append(f.codes[has] + len(names))
        vals.append(np.ones(has.size))
        names += [f"{f.name}={level}" for level in f.levels]
        ridge += f.ridge
    for name, column in numeric:
        nonzero = np.flatnonzero(column)
        rows.append(nonzero)
        cols.append(np.full(nonzero.size, len(names)))
        vals.append(np.asarray(column, dtype=np.float64)[nonzero])
        names.append(name)
        ridge.append(0.0)
    empty = np.zeros(0, dtype=np.int64)
    matrix = sparse.csr_matrix(
        (
            np.concatenate([*vals, np.zeros(0)]),
            (np.concatenate([*rows, empty]), np.concatenate([*cols, empty])),
        ),
        shape=(n_profiles, len(names)),
    )
    matrix.sort_indices()
    return Profiles(matrix=matrix, names=tuple(names), ridge=np.array(ridge, dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimeDesign:
    """Columns that depend on duration and calendar month only.

    Parameters
    ----------
    duration : (n_durations, p_d) array
        Row k is the design of duration month k (0-based); the last row holds for all later months.
    calendar : (n_calendar, p_c) array
        Row m is the design of calendar month ``first + m``.
    first : int
        Calendar month (12 * year + month - 1) of the first row of ``calendar``.
    names : tuple of str
        Names of the p_d + p_c columns.
    ridge : (p_d + p_c,) array
        Prior precision per column, towards zero or towards ``centre`` (0 = no penalty).
    offset : ((n_durations,) array, (n_calendar,) array), optional
        Known part of the linear predictor by duration month and by calendar month, without a coefficient.
    centre : (p_d + p_c,) array, optional
        Where the penalty pulls to; zero when absent.
    """

    duration: Floats
    calendar: Floats
    first: int
    names: tuple[str, ...]
    ridge: Floats
    offset: tuple[Floats, Floats] | None = None
    centre: Floats | None = None

    @property
    def size(self) -> int:
        """Number of columns p_z."""
        return int(self.duration.shape[1] + self.calendar.shape[1])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Exposure:
    """Rows of exposure, sorted by client.

    Parameters
    ----------
    profile : (n,) int
        Index of the profile of each row.
    month : (n,) int
        First duration month, 0-based.
    calendar : (n,) int
        Calendar month (12 * year + month - 1) in which that duration month begins.
    months : (n,) int
        Number of duration months covered; 1 where ``length`` < 1.
    length : (n,) float
        Length d of each month of the row, in parts of that month (0 < d <= 1).
    event : (n,) int
        0 = no exit, c = exit by cause c in the last month of the row.
    cluster : (n,) int
        Client number, ascending.
    """

    profile: Ints
    month: Ints
    calendar: Ints
    months: Ints
    length: Floats
    event: Ints
    cluster: Ints

    def __post_init__(self) -> None:
        n = self.profile.size
        sizes = {a.size for a in (self.month, self.calendar, self.months, self.length, self.event, self.cluster)}
        if sizes != {n}:
            raise ValueError("all columns of an Exposure must have the same length")
        if n and (self.months.min() < 1 or self.length.min() <= 0 or self.length.max() > 1):
            raise ValueError("months must be >= 1 and 0 < length <= 1")
        if np.any((self.length < 1) & (self.months != 1)):
            raise ValueError("a row with length < 1 covers one month")
        if n and np.any(np.diff(self.cluster) < 0):
            raise ValueError("rows must be sorted by cluster")

    @property
    def person_months(self) -> int:
        """Number of pieces (person-months and parts of them) that the rows stand for."""
        return int(self.months.sum())

    def expand(self) -> dict[str, npt.NDArray[np.generic]]:
        """Write out one line per piece: for checks against other programs, on small data.

        Returns
        -------
        dict
            Arrays of length ``person_months``: profile, month, calendar, length, event, cluster.
        """
        row = np.repeat(np.arange(self.profile.size), self.months)
        first = np.cumsum(self.months) - self.months
        step = np.arange(row.size) - first[row]
        last = step == self.months[row] - 1
        return {
            "profile": self.profile[row],
            "month": self.month[row] + step,
            "calendar": self.calendar[row] + step,
            "length": self.length[row],
            "event": np.where(last, self.event[row], 0),
            "cluster": self.cluster[row],
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lexis:
    """The rows of an exposure placed on the diagram of begin month (diagonal) by calendar month.

    Parameters
    ----------
    shape : (int, int)
        Number of diagonals and of calendar months: the cells of the diagram.
    start, stop : (n,) int
        Places in a flattened (n_diagonals, n_calendar + 1) array, such that the sum over the months of a row is the
        difference of a cumulative sum along the calendar.
    month : (n_diagonals, n_calendar) int
        Row of the duration design of each cell; -1 for cells before a begin.
    """

    shape: tuple[int, int]
    start: Ints
    stop: Ints
    month: Ints


def place(exposure: Exposure, time: TimeDesign) -> Lexis:
    """Place rows on the Lexis diagram.

    Parameters
    ----------
    exposure : Exposure
    time : TimeDesign

    Returns
    -------
    Lexis

    Raises
    ------
    ValueError
        When a row lies outside the calendar months of the time design.
    """
    n_cal = time.calendar.shape[0]
    offset = exposure.calendar - time.first
    if offset.size and (offset.min() < 0 or (offset + exposure.months).max() > n_cal):
        raise ValueError("exposure lies outside the calendar of the time design")
    begin = exposure.calendar - exposure.month
    lowest = int(begin.min()) if begin.size else 0
    present = np.bincount(begin - lowest) > 0
    diagonals = np.flatnonzero(present) + lowest
    place_of = (np.cumsum(present) - 1)[begin - lowest]
    start = place_of * (n_cal + 1) + offset
    month = time.first + np.arange(n_cal)[None, :] - diagonals[:, None]
    return Lexis(
        shape=(diagonals.size, n_cal),
        start=start,
        stop=start + exposure.months,
        month=np.where(month >= 0, np.minimum(month, time.duration.shape[0] - 1), -1),
    )
