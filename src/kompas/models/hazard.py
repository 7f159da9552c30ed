r"""Cause-specific grouped-time hazards: complementary log-log, fitted on runs of months.

For a piece of length d with linear predictor eta the model is

.. math:: P(\text{exit by this cause in the piece}) = 1 - \exp(-d\,e^{\eta}),

the grouped-time proportional-hazards model of Prentice & Gloeckler (1978, Biometrics 34, 57-67). Exits by other
causes are no exits here; their piece keeps its full length. With u = d exp(eta) the log likelihood is

.. math:: \ell = -\sum_{\text{pieces}} u + \sum_{\text{exits}} \log(e^{u} - 1),

so that the first sum needs per run only a difference of cumulative sums over the Lexis diagram, and only the pieces
with an exit are looked at one by one. Score and observed information are analytic.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats, Ints, readonly
from kompas.models.problem import (
    Events,
    Problem,
    by_time,
    cell_hazard,
    contract,
    cumulative,
    event_pieces,
    event_terms,
    exits_by_time,
    integrate,
    prepare,
    spread_rows,
    time_table,
)

__all__ = [
    "HazardFit",
    "NotEstimableError",
    "Problem",
    "assemble",
    "cell_hazard",
    "cumulative",
    "event_pieces",
    "fit_hazard",
    "log_likelihood",
    "prepare",
    "score_of",
]

EDGE_ROWS = 200_000  # rows at a time: bounds the memory of the cross information
MAX_STEP = 3.0  # largest change of the linear predictor in one Newton step: the same in every unit of a column
ALIAS_TOLERANCE = 1e-9  # share of a column's information that others leave unexplained


class NotEstimableError(ValueError):
    """There is nothing to estimate, or Newton's method did not converge."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HazardFit:
    """A fitted hazard of one cause; holds no row of the data.

    Parameters
    ----------
    cause : int
        Number of the cause in ``Exposure.event``.
    names : tuple of str
        Names of the p columns (time first).
    coef : (p,) array
        Log hazard ratios; nan where a column could not be told from others.
    information : (p, p) array
        Observed information at ``coef``, ridge included; zero in rows of columns left out.
    log_likelihood : float
        Without the penalty.
    events, person_months : int
        Exits by this cause; pieces at risk.
    iterations : int
        Newton steps.
    aliased : tuple of str
        Columns left out because others explain them.
    """

    cause: int
    names: tuple[str, ...]
    coef: Floats
    information: Floats
    log_likelihood: float
    events: int
    person_months: int
    iterations: int
    aliased: tuple[str, ...]

    def __post_init__(self) -> None:
        for field in ("coef", "information"):
            object.__setattr__(self, field, readonly(getattr(self, field), np.float64))

    @property
    def bread(self) -> Floats:
        """Inverse of the information, shape (p, p); zero in rows of columns left out."""
        keep = ~np.isnan(self.coef)
        out = np.zeros_like(self.information)
        out[np.ix_(keep, keep)] = np.linalg.inv(self.information[np.ix_(keep, keep)])
        return out

    @property
    def se(self) -> Floats:
        """Model-based standard errors, shape (p,); inf where the information is too flat to invert."""
        keep = ~np.isnan(self.coef)
        variance = np.diag(self.bread)
        return np.where(keep, np.where(variance >= 0, np.sqrt(np.maximum(variance, 0.0)), np.inf), np.nan)


def log_likelihood(problem: Problem, coef: Floats, cause: int) -> float:
    """Log likelihood of the cause at ``coef`` (shape (p,)), without penalty.

    Examples
    --------
    A constant hazard: one client, three months, exit in the third.

    >>> from kompas.models.design import Exposure, TimeDesign, make_profiles
    >>> one = lambda *v: np.array(v, dtype=np.int64)
    >>> e = Exposure(profile=one(0), month=one(0), calendar=one(0), months=one(3), length=np.ones(1), event=one(1),
    ...              cluster=one(0))
    >>> t = TimeDesign(duration=np.ones((1, 1)), calendar=np.zeros((3, 0)), first=0, names=("duur=0+",),
    ...                ridge=np.zeros(1))
    >>> round(log_likelihood(prepare(e, make_profiles([], [], 1), t), np.log([0.1]), 1), 6)
    -2.552168
    >>> round(float(-0.2 + np.log(1 - np.exp(-0.1))), 6)
    -2.552168
    """
    events = event_pieces(problem, cause)
    return float(event_terms(problem, events, coef)[0].sum() - integrate(problem, coef)[2].sum())


def _information_x(problem: Problem, per_profile: Floats) -> Floats:
    x = problem.profiles.matrix
    out: Floats = (x.T @ x.multiply(per_profile[:, None]).tocsr()).toarray()
    return out


def _information_xz(problem: Problem, events: Events, weight: Floats, table: Floats, second: Floats) -> Floats:
    """Cross information of profiles and time, shape (p_x, p_z); ``table`` of :func:`time_table`."""
    transposed = problem.profiles.matrix.T.tocsr()
    exits = exits_by_time(problem, events, second, events.profile, transposed.shape[1])
    covered = _edges(problem, weight) @ table
    out: Floats = covered - np.concatenate([(transposed @ sums) @ design for sums, design in exits], axis=1)
    return out


def _edges(problem: Problem, weight: Floats) -> Floats:
    """Weighted sum of each column of the profiles over where rows stop, less where they start: (p_x, places)."""
    x, lexis, profile = problem.profiles.matrix, problem.lexis, problem.exposure.profile
    size = lexis.shape[0] * (lexis.shape[1] + 1)
    out = np.zeros(x.shape[1] * size)
    for a in range(0, profile.size, EDGE_ROWS):
        rows = slice(a, a + EDGE_ROWS)
        part = x[profile[rows]]
        times = np.diff(part.indptr)
        values = part.data * np.repeat(weight[rows], times)
        place = part.indices.astype(np.int64) * size
        out += np.bincount(place + np.repeat(lexis.stop[rows], times), values, out.size)
        out -= np.bincount(place + np.repeat(lexis.start[rows], times), values, out.size)
    return out.reshape(x.shape[1], size)


def _information_zz(problem: Problem, table: Floats) -> Floats:
    """Information of the time columns, shape (p_z, p_z)."""
    d, c = problem.time.duration, problem.time.calendar
    cross = d.T @ table @ c
    return np.block(
        [[d.T @ (table.sum(axis=1)[:, None] * d), cross], [cross.T, c.T @ (table.sum(axis=0)[:, None] * c)]]
    )


def score_of(
    problem: Problem, events: Events, weight: Floats, cell: Floats, integrated: Floats, first: Floats
) -> Floats:
    """Score (p,) from what rows and exits contribute; arguments as :func:`assemble`."""
    covered, per_profile = _net(problem, events, weight, cell, integrated, first)
    return -np.concatenate([contract(problem, covered), problem.profiles.matrix.T @ per_profile])


def _net(
    problem: Problem, events: Events, weight: Floats, cell: Floats, integrated: Floats, values: Floats
) -> tuple[Floats, Floats]:
    """What is expected less a value per exit: by duration and calendar month, and per profile."""
    lexis, time = problem.lexis, problem.time
    n_profiles, n_cal = problem.profiles.matrix.shape[0], lexis.shape[1]
    covered = by_time(problem, spread_rows(lexis, weight, lexis.stop, lexis.start) * cell.reshape(lexis.shape)).ravel()
    covered -= np.bincount(events.duration * n_cal + events.calendar, values, covered.size)
    per_profile = np.bincount(problem.exposure.profile, integrated, n_profiles).astype(np.float64)
    per_profile -= np.bincount(events.profile, values, n_profiles)
    return covered.reshape(time.duration.shape[0], n_cal), per_profile


def assemble(
    problem: Problem,
    events: Events,
    weight: Floats,
    cell: Floats,
    integrated: Floats,
    first: Floats,
    second: Floats,
    table: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Score (p,) and observed information (p, p) from what rows and exits contribute.

    Parameters
    ----------
    problem : Problem
    events : Events
    weight, integrated : (n,) arrays
        Relative hazard times length, and integrated hazard, per row; both may carry a multiplier per row.
    cell : (cells,) array
        Hazard of each cell of the diagram.
    first, second : (exits,) arrays
        First and second derivative of each exit's log probability to its linear predictor.
    table : (places, p_z) array, optional
        Of :func:`time_table` at these hazards, when it is there already.
    """
    covered, per_profile = _net(problem, events, weight, cell, integrated, second)
    xz = _information_xz(problem, events, weight, time_table(problem, cell) if table is None else table, second)
    information = np.block([[_information_zz(problem, covered), xz.T], [xz, _information_x(problem, per_profile)]])
    return score_of(problem, events, weight, cell, integrated, first), information


def _derivatives(problem: Problem, events: Events, coef: Floats) -> tuple[float, Floats, Floats]:
    """Log likelihood, score (p,) and observed information (p, p) at ``coef``."""
    weight, cell, integrated = integrate(problem, coef)
    value, first, second = event_terms(problem, events, coef)
    score, information = assemble(problem, events, weight, cell, integrated, first, second)
    return float(value.sum() - integrated.sum()), score, information


def _aliased(information: Floats) -> Ints:
    """Columns that earlier columns explain, by a sweep over the scaled information."""
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    safe = np.where(scale > 0, scale, 1.0)
    a = information / np.outer(safe, safe)
    out: list[int] = []
    for j in range(a.shape[0]):
        pivot = a[j, j]
        if scale[j] <= 0 or pivot < ALIAS_TOLERANCE:
            out.append(j)
            a[j, :] = 0.0
            a[:, j] = 0.0
            continue
        column = a[:, j] / pivot
        column[: j + 1] = 0.0
        a = a - np.outer(column, a[j, :])
    return np.array(out, dtype=np.int64)


def _start(problem: Problem, events: Events) -> Floats:
    """Start from a constant hazard at the overall rate."""
    exposure = problem.exposure
    at_risk = float((exposure.length * exposure.months).sum())
    if problem.time.offset is not None or problem.profiles.offset is not None:
        at_risk = float(integrate(problem, np.zeros(len(problem.names)))[2].sum())
    rate = np.log(events.row.size / at_risk)
    duration = problem.time.duration
    gamma = np.linalg.lstsq(duration, np.full(duration.shape[0], rate), rcond=None)[0]
    coef = np.zeros(len(problem.names))
    coef[: duration.shape[1]] = gamma
    return coef


def fit_hazard(
    problem: Problem,
    cause: int,
    *,
    start: Floats | None = None,
    max_iterations: int = 60,
    tolerance: float = 1e-9,
) -> HazardFit:
    """Fit the hazard of one cause by penalised maximum likelihood (no penalty where ridge is 0).

    The penalty is half the sum of ridge times the squared distance to the centre (zero unless a design has one).

    Parameters
    ----------
    problem : Problem
        From :func:`prepare`.
    cause : int
        Which cause of ``Exposure.event``.
    start : (p,) array, optional
        Coefficients to start from; a constant hazard when absent.
    max_iterations : int
        Newton steps allowed.
    tolerance : float
        Convergence: the Newton decrement (half the squared length of the score in the metric of the inverse
        information), in units of log likelihood.

    Returns
    -------
    HazardFit

    Raises
    ------
    NotEstimableError
        Without any exit by this cause, or without convergence.
    """
    events = event_pieces(problem, cause)
    if events.row.size == 0:
        raise NotEstimableError(f"no exits by cause {cause}")
    coef = _start(problem, events) if start is None else np.nan_to_num(start)
    ridge, centre = problem.ridge, problem.centre
    value, score, information = _derivatives(problem, events, coef)
    dropped = _aliased(information + np.diag(ridge))
    free = np.setdiff1d(np.arange(coef.size), dropped)
    objective = value - 0.5 * float(ridge @ (coef - centre) ** 2)
    for iteration in range(1, max_iterations + 1):
        slope = (score - ridge * (coef - centre))[free]
        penalised = (information + np.diag(ridge))[np.ix_(free, free)]
        step = np.asarray(np.linalg.solve(penalised, slope), dtype=np.float64)
        decrement = 0.5 * float(step @ slope)
        if abs(decrement) < tolerance:
            coef[free] += step  # the last step squares the error that is left
            value, _, information = _derivatives(problem, events, coef)
            return _result(problem, events, cause, coef, information, value, iteration, dropped)
        step = step * min(1.0, MAX_STEP / max(_reach(problem, free, step), 1e-300))
        coef, value, objective = _line_search(problem, events, coef, free, step, objective)
        value, score, information = _derivatives(problem, events, coef)
    raise NotEstimableError(f"no convergence for cause {cause} in {max_iterations} Newton steps")


def _reach(problem: Problem, free: Ints, step: Floats) -> float:
    """Bound on the change of the linear predictor along a step, over every time and profile."""
    p_d, p_z = problem.time.duration.shape[1], problem.time.size
    full = np.zeros(len(problem.names))
    full[free] = step
    x = problem.profiles.matrix @ full[p_z:]
    parts = (problem.time.duration @ full[:p_d], problem.time.calendar @ full[p_d:p_z], x)
    return max(sum(float(v.max()) for v in parts), -sum(float(v.min()) for v in parts))


def _line_search(
    problem: Problem, events: Events, coef: Floats, free: Ints, step: Floats, objective: float
) -> tuple[Floats, float, float]:
    """Halve the step until the penalised log likelihood does not fall."""
    ridge, centre = problem.ridge, problem.centre
    for _ in range(40):
        trial = coef.copy()
        trial[free] += step
        value = float(event_terms(problem, events, trial)[0].sum() - integrate(problem, trial)[2].sum())
        new = value - 0.5 * float(ridge @ (trial - centre) ** 2)
        if np.isfinite(new) and new >= objective - 1e-9 * abs(objective):
            return trial, value, new
        step = step / 2
    raise NotEstimableError("the likelihood does not rise along the Newton direction")


def _result(
    problem: Problem,
    events: Events,
    cause: int,
    coef: Floats,
    information: Floats,
    value: float,
    iterations: int,
    dropped: Ints,
) -> HazardFit:
    final = coef.copy()
    final[dropped] = np.nan
    information = information + np.diag(problem.ridge)
    information[dropped, :] = 0.0
    information[:, dropped] = 0.0
    return HazardFit(
        cause=cause,
        names=problem.names,
        coef=final,
        information=information,
        log_likelihood=value,
        events=int(events.row.size),
        person_months=problem.exposure.person_months,
        iterations=iterations,
        aliased=tuple(problem.names[j] for j in dropped),
    )
