"""One problem: exposure on the Lexis diagram, its exits, and the sums over both that fitting needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kompas.models.design import Exposure, Floats, Ints, Lexis, Profiles, TimeDesign, place


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Problem:
    """Exposure, profiles and time design, made ready for fitting.

    Made by :func:`prepare`; one problem serves all causes. ``order`` lists the rows by profile; those of profile u are
    ``order[bounds[u] : bounds[u + 1]]``.
    """

    exposure: Exposure
    profiles: Profiles
    time: TimeDesign
    lexis: Lexis
    order: Ints
    bounds: Ints

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns: time first, then the profiles."""
        return (*self.time.names, *self.profiles.names)

    @property
    def ridge(self) -> Floats:
        """Prior precision of all columns."""
        return np.concatenate([self.time.ridge, self.profiles.ridge])

    @property
    def centre(self) -> Floats:
        """Where the penalty pulls each column to: zero unless the designs say otherwise."""
        parts = [
            np.zeros(d.ridge.size) if d.centre is None else np.asarray(d.centre, dtype=np.float64)
            for d in (self.time, self.profiles)
        ]
        return np.concatenate(parts)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Events:
    """The pieces with an exit by one cause: row of exposure, rows of the designs, length."""

    row: Ints
    profile: Ints
    duration: Ints
    calendar: Ints
    length: Floats


def duration_eta(time: TimeDesign, gamma: Floats) -> Floats:
    """Linear predictor by duration month, known part included, shape (n_durations,); ``gamma`` is (p_d,)."""
    eta: Floats = time.duration @ gamma
    return eta if time.offset is None else eta + time.offset[0]


def calendar_eta(time: TimeDesign, gamma: Floats) -> Floats:
    """Linear predictor by calendar month, known part included, shape (n_calendar,); ``gamma`` is (p_c,)."""
    eta: Floats = time.calendar @ gamma
    return eta if time.offset is None else eta + time.offset[1]


def profile_eta(profiles: Profiles, beta: Floats) -> Floats:
    """Linear predictor by profile, known part included, shape (n_profiles,); ``beta`` is (p_x,)."""
    eta: Floats = profiles.matrix @ beta
    return eta if profiles.offset is None else eta + profiles.offset


def _check_known_parts(profiles: Profiles, time: TimeDesign) -> None:
    known = [(profiles.offset, profiles.matrix.shape[0]), (profiles.centre, len(profiles.names))]
    known.append((time.centre, len(time.names)))
    if time.offset is not None:
        known += [(time.offset[0], time.duration.shape[0]), (time.offset[1], time.calendar.shape[0])]
    for array, size in known:
        if array is not None and (array.shape != (size,) or not np.isfinite(array).all()):
            raise ValueError("an offset or centre must be finite and have one value per row or column of its design")


def prepare(exposure: Exposure, profiles: Profiles, time: TimeDesign) -> Problem:
    """Place the exposure on the Lexis diagram; do this once for all causes.

    Raises
    ------
    ValueError
        When a profile index or a calendar month lies outside the designs, or an offset or centre does not fit them.
    """
    _check_known_parts(profiles, time)
    if exposure.profile.size and exposure.profile.max() >= profiles.matrix.shape[0]:
        raise ValueError("a row of exposure names a profile that does not exist")
    n = exposure.profile.size
    which = (np.ones(n, dtype=np.int8), exposure.profile, np.arange(n + 1))
    by_profile = sparse.csr_matrix(which, shape=(n, profiles.matrix.shape[0])).tocsc()  # a stable counting sort
    return Problem(
        exposure=exposure,
        profiles=profiles,
        time=time,
        lexis=place(exposure, time),
        order=by_profile.indices.astype(np.int64),
        bounds=by_profile.indptr.astype(np.int64),
    )


def event_pieces(problem: Problem, cause: int) -> Events:
    """Look up the pieces with an exit by one cause."""
    exposure, time = problem.exposure, problem.time
    rows = np.flatnonzero(exposure.event == cause)
    last = exposure.months[rows] - 1
    return Events(
        row=rows,
        profile=exposure.profile[rows],
        duration=np.minimum(exposure.month[rows] + last, time.duration.shape[0] - 1),
        calendar=exposure.calendar[rows] + last - time.first,
        length=exposure.length[rows],
    )


def cell_design(problem: Problem, cells: Ints) -> Floats:
    """Time columns of flattened cells of the diagram, shape (cells, p_z)."""
    month = np.maximum(problem.lexis.month.ravel()[cells], 0)
    return np.concatenate([problem.time.duration[month], problem.time.calendar[cells % problem.lexis.shape[1]]], axis=1)


def cell_hazard(problem: Problem, gamma: Floats) -> Floats:
    """Hazard of each cell for the reference profile, shape (cells,); zero in cells that cannot be."""
    p_d = problem.time.duration.shape[1]
    duration, calendar = duration_eta(problem.time, gamma[:p_d]), calendar_eta(problem.time, gamma[p_d:])
    month = problem.lexis.month
    eta = np.clip(duration[np.maximum(month, 0)] + calendar, -700, 700)
    return np.where(month >= 0, np.exp(eta), 0.0).ravel()


def cumulative(lexis: Lexis, values: Floats) -> Floats:
    """Cumulative sum along the calendar with a leading zero; ``values`` is (cells,) or (cells, q)."""
    grid = values.reshape(*lexis.shape, *values.shape[1:])
    pad = np.zeros((lexis.shape[0], 1, *values.shape[1:]))
    return np.concatenate([pad, np.cumsum(grid, axis=1)], axis=1).reshape(-1, *values.shape[1:])


def spread_rows(lexis: Lexis, weights: Floats, stop: Ints, start: Ints) -> Floats:
    """Sum of row weights over the cells that each row covers, shape (n_diagonals, n_calendar)."""
    size = lexis.shape[0] * (lexis.shape[1] + 1)
    edge = np.bincount(start, weights, size) - np.bincount(stop, weights, size)
    return np.asarray(np.cumsum(edge.reshape(lexis.shape[0], -1), axis=1)[:, :-1])


def by_time(problem: Problem, values: Floats) -> Floats:
    """Sum a diagram over diagonals, keeping duration month by calendar month: (n_durations, n_calendar)."""
    n_cal = problem.lexis.shape[1]
    index = np.maximum(problem.lexis.month, 0) * n_cal + np.arange(n_cal)
    size = problem.time.duration.shape[0] * n_cal
    return np.asarray(np.bincount(index.ravel(), values.ravel(), size), dtype=np.float64).reshape(-1, n_cal)


def contract(problem: Problem, table: Floats) -> Floats:
    """Sum over cells of value times time columns, shape (p_z,)."""
    return np.concatenate([table.sum(axis=1) @ problem.time.duration, table.sum(axis=0) @ problem.time.calendar])


def integrate(problem: Problem, coef: Floats) -> tuple[Floats, Floats, Floats]:
    """Return relative hazard times length per row, cell hazard, integrated hazard per row."""
    p_z = problem.time.size
    relative = np.exp(np.clip(profile_eta(problem.profiles, coef[p_z:]), -700, 700))
    weight = relative[problem.exposure.profile] * problem.exposure.length
    cell = cell_hazard(problem, coef[:p_z])
    total = cumulative(problem.lexis, cell)
    return weight, cell, weight * (total[problem.lexis.stop] - total[problem.lexis.start])


def event_terms(problem: Problem, events: Events, coef: Floats) -> tuple[Floats, Floats, Floats]:
    """Return log(e^u - 1) and its first and second derivative to eta, per exit."""
    time, p_d, p_z = problem.time, problem.time.duration.shape[1], problem.time.size
    eta = duration_eta(time, coef[:p_d])[events.duration] + calendar_eta(time, coef[p_d:p_z])[events.calendar]
    eta += profile_eta(problem.profiles, coef[p_z:])[events.profile]
    u = np.exp(np.clip(eta, -700, 700)) * events.length
    minus = -np.expm1(-u)
    with np.errstate(over="ignore"):
        value = u + np.log(minus)
        first = u / minus
        second = first - u * u * np.exp(-u) / (minus * minus)
    return value, first, second


def over_rows(lexis: Lexis, weight: Floats, rows: Ints | slice, bounds: Ints) -> sparse.csr_matrix:
    """Lay weights of rows on the diagram: times a cumulative table it gives the weighted sums over groups of rows.

    Group g holds ``rows[bounds[g] : bounds[g + 1]]``; the result has one row per group.
    """
    start = lexis.start[rows]
    place_of = np.column_stack([lexis.stop[rows], start]).ravel()
    data = np.column_stack([weight, -weight]).ravel()
    size = lexis.shape[0] * (lexis.shape[1] + 1)
    return sparse.csr_matrix((data, place_of, 2 * bounds), shape=(bounds.size - 1, size))


def time_table(problem: Problem, cell: Floats) -> Floats:
    """Cumulative derivatives of the hazard to the time columns, along the diagram: (places, p_z)."""
    lexis, time = problem.lexis, problem.time
    (diagonals, months), p_d = lexis.shape, time.duration.shape[1]
    grid, month = cell.reshape(lexis.shape), np.maximum(lexis.month, 0)
    out = np.zeros((diagonals, months + 1, time.size))
    for j in range(months):  # one calendar month after the other: no table of all cells beside the result
        hazard = grid[:, j, None]
        np.add(out[:, j, :p_d], hazard * time.duration[month[:, j]], out=out[:, j + 1, :p_d])
        np.add(out[:, j, p_d:], hazard * time.calendar[j], out=out[:, j + 1, p_d:])
    return out.reshape(-1, time.size)


def exits_by_time(
    problem: Problem, events: Events, values: Floats, group: Ints, groups: int
) -> list[tuple[sparse.csr_matrix, Floats]]:
    """Sum values of the exits per group and row of each time design: (groups, rows) matrices and their designs."""
    parts = ((events.duration, problem.time.duration), (events.calendar, problem.time.calendar))
    return [
        (sparse.csr_matrix((values, (group, column)), shape=(groups, design.shape[0])), design)
        for column, design in parts
    ]
