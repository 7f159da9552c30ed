"""Fitting the joint model with a given number of types: damped Newton, and steps that hold coefficients fixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats, Ints, readonly
from kompas.models.mixture import (
    Joint,
    Parameters,
    Pass,
    Points,
    Rows,
    client_log_likelihood,
    log_probabilities,
    on_cores,
    passes,
    penalty,
    rows_at,
    small_penalty,
)
from kompas.models.mixturepoints import Shifted
from kompas.models.mixturescore import full_derivatives, small_derivatives

SMALLEST_TYPE = 0.01  # types under this share are refused
STEP_POINTS, STEP_COEF = 1.5, 3.0  # caps on one Newton step
FLAT = 1e-5  # smallest eigenvalue of the scaled information below which the likelihood is called flat
TOLERANCE = 2e-4  # Newton decrement, in units of log likelihood: far below what moves an estimate
INNER_TOLERANCE = 0.1
REFRESH = 12  # steps after which the information is computed again, whatever they brought
DISAPPOINTING = 0.1  # share of the gain that was hoped for, below which the information is computed again


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MixtureFit:
    """A fitted joint model; holds no row of the data.

    Parameters
    ----------
    form : Points
    par : Parameters
    points : (M, Q) array
        v_mq; zero for the first type.
    shares : (M,) array
        Mean probability of each type at the begin.
    information : (P, P) array
        Observed information of all parameters, priors included; order: coefficients per process, points, logit.
    dropped : (d,) int
        Parameters left out because others explain them.
    log_likelihood : float
        Without the priors.
    parameters : int
        Number of parameters that count for AIC and BIC.
    clients, iterations : int
    converged : bool
    condition : float
        Smallest eigenvalue of the scaled information: near zero means that the likelihood is flat. nan when the
        information is not exact: BFGS keeps the bends of where it began.
    """

    form: Points
    par: Parameters
    points: Floats
    shares: Floats
    information: Floats
    dropped: Ints
    log_likelihood: float
    parameters: int
    clients: int
    iterations: int
    converged: bool
    condition: float

    def __post_init__(self) -> None:
        for field in ("points", "shares", "information"):
            object.__setattr__(self, field, readonly(getattr(self, field), np.float64))

    @property
    def types(self) -> int:
        """Number of types M."""
        return int(self.points.shape[0])

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self.log_likelihood + 2 * self.parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of clients."""
        return float(-2 * self.log_likelihood + np.log(max(self.clients, 2)) * self.parameters)

    @property
    def degenerate(self) -> bool:
        """Whether a type is smaller than one in a hundred."""
        return bool(self.shares.min() < SMALLEST_TYPE)

    @property
    def flat(self) -> bool:
        """Whether some direction of the parameters is not determined by the data."""
        return bool(self.condition < FLAT)

    @property
    def usable(self) -> bool:
        """Whether the fit may count: it came to an end, every type has some size, the data determine it."""
        return bool(self.converged and np.isfinite(self.log_likelihood)) and not (self.degenerate or self.flat)

    @property
    def bread(self) -> Floats:
        """Inverse information (P, P); zero in rows left out; the pseudo-inverse where the likelihood is flat."""
        keep = np.setdiff1d(np.arange(self.information.shape[0]), self.dropped)
        inner = self.information[np.ix_(keep, keep)]
        scale = np.sqrt(np.maximum(np.diag(inner), 1e-12))
        values, vectors = np.linalg.eigh(inner / np.outer(scale, scale))
        positive = np.maximum(values, 1e-8)
        out = np.zeros_like(self.information)
        out[np.ix_(keep, keep)] = (vectors / positive) @ vectors.T / np.outer(scale, scale)
        return out


def _descent(info: Floats, score: Floats) -> Floats:
    """Newton direction on absolute eigenvalues of the scaled information."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(info)), 1e-10))
    values, vectors = np.linalg.eigh(info / np.outer(scale, scale))
    positive = np.maximum(np.abs(values), 1e-5)
    out: Floats = (vectors @ ((vectors.T @ (score / scale)) / positive)) / scale
    return out


def _upright(info: Floats) -> Floats:
    """The same curvature without its sign: what BFGS can go on from where the likelihood is not concave."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(info)), 1e-10))
    values, vectors = np.linalg.eigh(info / np.outer(scale, scale))
    if values[0] > 0:
        return info
    out: Floats = (vectors * np.maximum(np.abs(values), 1e-5)) @ vectors.T * np.outer(scale, scale)
    return out


def all_rows(joint: Joint, coef: Sequence[Floats]) -> list[Rows]:
    """Every process at its coefficients."""
    return on_cores(lambda q: rows_at(joint, q, coef[q]), len(coef))


def value_at(joint: Joint, form: Points, par: Parameters, rows: Sequence[Rows]) -> tuple[float, float]:
    """Log likelihood, and the same less the penalty."""
    log = float(client_log_likelihood(joint, passes(joint, rows, form, par)).sum())
    return log, log - penalty(joint, form, par)[0]


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """One set of parameters with all that is cheap to know there; ``pull`` and ``prior`` are the penalty's."""

    par: Parameters
    rows: list[Rows]
    both: list[Pass]
    log: float
    objective: float
    pull: Floats
    prior: Floats


def _at(joint: Joint, form: Points, par: Parameters) -> _At:
    rows = all_rows(joint, par.coef)
    both = passes(joint, rows, form, par)
    log = float(client_log_likelihood(joint, both).sum())
    value, pull, prior = penalty(joint, form, par)
    return _At(par, rows, both, log, log - value, pull, prior)


def _line_search(joint: Joint, form: Points, here: _At, step: Floats) -> _At | None:
    """Halve the step until the objective does not fall; None when it always does."""
    for _ in range(12):
        ahead = _at(joint, form, here.par.moved(here.par.flat() + step))
        if np.isfinite(ahead.objective) and ahead.objective >= here.objective - 1e-9 * abs(here.objective):
            return ahead
        step = step / 2
    return None


def _bfgs(info: Floats, step: Floats, change: Floats) -> Floats:
    """Information after a step that changed the score by minus ``change`` (Broyden, Fletcher, Goldfarb, Shanno)."""
    along = info @ step
    curvature, expected = float(change @ step), float(step @ along)
    if curvature <= 1e-3 * expected or expected <= 0:
        return info
    return np.asarray(info + np.outer(change, change) / curvature - np.outer(along, along) / expected)


def newton(
    joint: Joint,
    form: Points,
    start: Parameters,
    *,
    dropped: Ints,
    tolerance: float = TOLERANCE,
    max_iterations: int = 60,
    exact: bool = True,
) -> MixtureFit:
    """Maximise the penalised likelihood over everything, from ``start``.

    The information is computed at the start and where a step disappoints, and updated by BFGS in between: a score costs
    a tenth of it or less. With ``exact`` it is computed once more at the end, and the end is checked with it; without,
    standard errors are rough and ``condition`` is nan, which is enough to compare candidates.
    """
    here, iteration, converged = _at(joint, form, start), 0, False
    n_coef = sum(joint.sizes)
    keep = np.setdiff1d(np.arange(start.flat().size), dropped)
    known: Floats | None = None
    last: tuple[Floats, Floats] | None = None  # step and score before it
    while True:
        score, info = full_derivatives(joint, form, here.par, here.rows, here.both, known)
        score -= here.pull
        fresh = known is None
        if fresh:
            info = info + here.prior
        elif last is not None:
            info = _bfgs(info, last[0], last[1] - score)
        known = _upright(info) if fresh else info
        inner = info[np.ix_(keep, keep)]
        step = np.zeros(score.size)
        step[keep] = _descent(inner, score[keep])
        decrement = 0.5 * float(step @ score)
        if decrement < tolerance or iteration >= max_iterations:
            converged = decrement < tolerance
            if fresh or not exact:
                break
            known = None
            continue
        reach = np.abs(step[n_coef:]).max(initial=0.0) / STEP_POINTS
        step = step / max(1.0, reach, np.abs(step[:n_coef]).max(initial=0.0) / STEP_COEF)
        hoped = float(score @ step - 0.5 * step @ known @ step)
        ahead = _line_search(joint, form, here, step)
        if ahead is None:
            if fresh:
                break
            known = None
            continue
        iteration += 1
        last = (ahead.par.flat() - here.par.flat(), score)
        if not fresh and (ahead.objective - here.objective < DISAPPOINTING * hoped or iteration % REFRESH == 0):
            known = None
        here = ahead
    scale = np.sqrt(np.maximum(np.abs(np.diag(inner)), 1e-12))
    return MixtureFit(
        form=form,
        par=here.par,
        points=form.points(here.par.phi),
        shares=np.exp(log_probabilities(joint, form.logit(here.par.psi, joint.traits.shape[1]))).mean(axis=0),
        information=info,
        dropped=dropped,
        log_likelihood=here.log,
        parameters=int(keep.size),
        clients=joint.clients,
        iterations=iteration,
        converged=converged,
        condition=float(np.linalg.eigvalsh(inner / np.outer(scale, scale))[0]) if fresh else np.nan,
    )


def _inner_penalty(form: Shifted, par: Parameters, columns: int) -> tuple[float, Floats, Floats]:
    """Priors of points and probabilities; the shifts have none."""
    q = form.processes
    value, slope, info = small_penalty(form.form, par.phi[q:], par.psi, columns)
    wide = np.zeros((q + slope.size,) * 2)
    wide[q:, q:] = info
    return value, np.concatenate([np.zeros(q), slope]), wide


def inner(
    joint: Joint,
    rows: Sequence[Rows],
    form: Points,
    phi: Floats,
    psi: Floats,
    *,
    fixed: Ints | None = None,
    max_iterations: int = 40,
) -> tuple[float, Floats, Floats, Floats]:
    """Maximise over points, probabilities and a level per process, the coefficients held fixed.

    Returns
    -------
    objective : float
        Penalised log likelihood.
    shift : (Q,) array
        Change of the level of each process.
    phi, psi : arrays
    """
    q, k = len(rows), joint.traits.shape[1]
    wide = Shifted(form=form, processes=q)
    par = Parameters(coef=(), phi=np.concatenate([np.zeros(q), phi]), psi=psi)

    def value(p: Parameters) -> tuple[float, list[Pass]]:
        both = passes(joint, rows, wide, p)
        return float(client_log_likelihood(joint, both).sum()) - _inner_penalty(wide, p, k)[0], both

    objective, both = value(par)
    n = par.phi.size + par.psi.size
    keep = np.setdiff1d(np.arange(n), par.phi.size + fixed) if fixed is not None else np.arange(n)
    for _ in range(max_iterations):
        score, info = small_derivatives(joint, wide, par, both)
        _, slope, prior = _inner_penalty(wide, par, k)
        score, info = score - slope, info + prior
        step = np.zeros(n)
        step[keep] = _descent(info[np.ix_(keep, keep)], score[keep])
        if 0.5 * float(step @ score) < INNER_TOLERANCE:
            break
        step = step / max(1.0, np.abs(step).max() / STEP_POINTS)
        for _ in range(25):
            trial = par.moved(par.flat() + step)
            trial_objective, trial_both = value(trial)
            if np.isfinite(trial_objective) and trial_objective >= objective:
                break
            step = step / 2
        else:
            break
        par, objective, both = trial, trial_objective, trial_both
    return objective, par.phi[:q], par.phi[q:], par.psi


def shifted(joint: Joint, coef: Sequence[Floats], shift: Floats) -> tuple[Floats, ...]:
    """Coefficients whose levels are moved: the columns of duration together make a constant."""
    out = []
    for p, c, s in zip(joint.processes, coef, shift, strict=True):
        duration = p.problem.time.duration
        level = np.linalg.lstsq(duration, np.ones(duration.shape[0]), rcond=None)[0]
        moved = c.copy()
        moved[: duration.shape[1]] += s * level
        out.append(moved)
    return tuple(out)
