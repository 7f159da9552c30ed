"""Fitting the joint model: damped Newton, and the search over the number of types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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
from kompas.models.mixturepoints import Free, OneFactor, Shifted
from kompas.models.mixturescore import full_derivatives, small_derivatives

SMALLEST_TYPE = 0.01  # types under this share are refused
MAX_TYPES = 4
STEP_POINTS, STEP_COEF = 1.5, 3.0  # caps on one Newton step
GRID_U = (-2.0, -1.0, -0.4, 0.3, 0.6, 1.4, 2.0, 3.0)  # places tried for a new type, on the scale of the factor
GRID_SHARE = (0.1, 0.3)
FLAT = 1e-5  # smallest eigenvalue of the scaled information below which the likelihood is called flat
KEEP = 3  # candidates that are optimised
TOLERANCE = 2e-4  # Newton decrement, in units of log likelihood: far below what moves an estimate
ROUGH = 0.01  # the same while numbers of types are compared
INNER_TOLERANCE = 0.1
REFRESH = 3  # steps after which the costly part of the information is computed again


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
        Smallest eigenvalue of the scaled information: near zero means that the likelihood is flat.
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


def _aliased(start: Sequence[Floats]) -> Ints:
    """Columns that the fits per process left out (nan in their coefficients)."""
    return np.flatnonzero(np.isnan(np.concatenate(start)))


def _all_rows(joint: Joint, coef: Sequence[Floats]) -> list[Rows]:
    return on_cores(lambda q: rows_at(joint, q, coef[q]), len(coef))


def _value(joint: Joint, form: Points, par: Parameters, rows: Sequence[Rows]) -> tuple[float, float]:
    """Log likelihood, and the same less the penalty."""
    log = float(client_log_likelihood(joint, passes(joint, rows, form, par)).sum())
    return log, log - penalty(joint, form, par)[0]


def newton(
    joint: Joint,
    form: Points,
    start: Parameters,
    *,
    dropped: Ints,
    tolerance: float = TOLERANCE,
    max_iterations: int = 40,
) -> MixtureFit:
    """Maximise the penalised likelihood over everything, from ``start``."""
    par, converged, iteration = start, False, 0
    rows = _all_rows(joint, par.coef)
    both = passes(joint, rows, form, par)
    log = float(client_log_likelihood(joint, both).sum())
    pen, pen_slope, pen_info = penalty(joint, form, par)
    objective = log - pen
    n_coef = sum(joint.sizes)
    keep = np.setdiff1d(np.arange(par.flat().size), dropped)
    missing: Floats | None = None
    while True:
        old = missing
        score, info, missing = full_derivatives(joint, form, par, rows, both, old)
        score, info = score - pen_slope, info + pen_info
        step = np.zeros(score.size)
        step[keep] = _descent(info[np.ix_(keep, keep)], score[keep])
        decrement = 0.5 * float(step @ score)
        if decrement < tolerance or iteration >= max_iterations:
            if old is None:
                converged = decrement < tolerance
                break
            missing = None  # the last information is exact
            continue
        iteration += 1
        before = objective
        reach = np.abs(step[n_coef:]).max(initial=0.0) / STEP_POINTS
        step = step / max(1.0, reach, np.abs(step[:n_coef]).max(initial=0.0) / STEP_COEF)
        trial, trial_rows, trial_log, trial_objective = par, rows, log, -np.inf
        for _ in range(12):
            trial = par.moved(par.flat() + step)
            trial_rows = _all_rows(joint, trial.coef)
            trial_log, trial_objective = _value(joint, form, trial, trial_rows)
            if np.isfinite(trial_objective) and trial_objective >= objective - 1e-9 * abs(objective):
                break
            step = step / 2
        else:
            if old is None:
                break
            missing = None
            continue
        par, rows, log, objective = trial, trial_rows, trial_log, trial_objective
        both = passes(joint, rows, form, par)
        pen, pen_slope, pen_info = penalty(joint, form, par)
        if objective - before < 0.5 * decrement or iteration % REFRESH == 0:
            missing = None
    inner = info[np.ix_(keep, keep)]
    scale = np.sqrt(np.maximum(np.abs(np.diag(inner)), 1e-12))
    return MixtureFit(
        form=form,
        par=par,
        points=form.points(par.phi),
        shares=np.exp(log_probabilities(joint, form.logit(par.psi, joint.traits.shape[1]))).mean(axis=0),
        information=info,
        dropped=dropped,
        log_likelihood=log,
        parameters=int(keep.size),
        clients=joint.clients,
        iterations=iteration,
        converged=converged,
        condition=float(np.linalg.eigvalsh(inner / np.outer(scale, scale))[0]),
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


def _starts_two(joint: Joint, exits: Sequence[bool]) -> list[tuple[Floats, Floats]]:
    """Starting points for two types: faster or slower exits, with a small or a large second type."""
    q, k = len(joint.processes), joint.traits.shape[1]
    out = []
    for size, share in ((1.0, 0.3), (-1.5, 0.3), (-1.0, 0.5)):
        phi = np.where(np.asarray(exits), size, 0.1 * size)
        psi = np.zeros(k)
        psi[0] = np.log(share / (1 - share))
        out.append((np.asarray(phi, dtype=np.float64)[:q], psi))
    return out


def _starts_more(fit: MixtureFit, processes: int) -> list[tuple[Floats, Floats]]:
    """Starting points with one type more, on a grid of places and of finite shares; its probability follows u."""
    phi, psi, rest = fit.par.phi, fit.par.psi, fit.types - 1
    total = 1.0 + np.exp(psi[:rest]).sum()
    out = []
    for u in GRID_U:
        taken = np.concatenate([[0.0, 1.0], phi[processes:]])
        if np.abs(taken - u).min() < 0.1:
            continue
        for share in GRID_SHARE:
            level = np.log(total * share / (1 - share))
            out.append((np.append(phi, u), np.concatenate([psi[:rest], [level], psi[rest:], [u]])))
    return out


def _best(
    joint: Joint,
    form: Points,
    coef: tuple[Floats, ...],
    starts: Sequence[tuple[Floats, Floats]],
    dropped: Ints,
) -> MixtureFit:
    """Try the starts with the coefficients held fixed, keep the best few, and let everything go from the best."""
    rows = _all_rows(joint, coef)
    values = []
    for phi, psi in starts:
        par = Parameters(coef=coef, phi=phi, psi=psi)
        values.append(_value(joint, form, par, rows)[1])
    order = np.argsort(values)[::-1][:KEEP]
    fixed = dropped[dropped >= sum(joint.sizes) + form.size] - sum(joint.sizes) - form.size
    found = [inner(joint, rows, form, *starts[j], fixed=fixed) for j in order]
    _, shift, phi, psi = max(found, key=lambda f: f[0])
    start = Parameters(coef=shifted(joint, coef, shift), phi=phi, psi=psi)
    return newton(joint, form, start, dropped=dropped, tolerance=ROUGH)


def one_type(joint: Joint, coef: Sequence[Floats]) -> MixtureFit:
    """The model without unobserved types, from coefficients fitted per process (nan = left out)."""
    form = OneFactor(types=1, processes=len(joint.processes))
    par = Parameters(coef=tuple(np.nan_to_num(c) for c in coef), phi=np.zeros(0), psi=np.zeros(0))
    return newton(joint, form, par, dropped=_aliased(coef))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Search:
    """Fits with 1, 2, ... types (the last may be worse than the one before), and two types of fixed probabilities.

    ``plain`` asks whether there is selection with as few parameters as can be: its BIC decides that.
    """

    fits: list[MixtureFit]
    plain: MixtureFit | None


def search(
    joint: Joint,
    coef: Sequence[Floats],
    exits: Sequence[bool],
    *,
    max_types: int = MAX_TYPES,
    progress: Callable[[str], None] | None = None,
) -> Search:
    """Fit one type, two types, and so on until AIC stops improving.

    Parameters
    ----------
    joint : Joint
    coef : sequence of (p_q,) arrays
        Coefficients fitted per process; nan where a column was left out.
    exits : sequence of bool
        Which processes are exits.
    max_types : int

    Returns
    -------
    Search
    """
    q = len(joint.processes)
    say = progress or (lambda _: None)
    say("1 type")
    fits = [one_type(joint, coef)]
    dropped = fits[0].dropped
    if max_types < 2:
        return Search(fits=fits, plain=None)
    say("2 typen")
    form = OneFactor(types=2, processes=q)
    first = sum(joint.sizes) + form.size + 1
    slopes = np.arange(first, first + joint.traits.shape[1] - 1)
    plain = _best(joint, form, fits[0].par.coef, _starts_two(joint, exits), np.union1d(dropped, slopes))
    fits.append(newton(joint, form, plain.par, dropped=dropped, tolerance=ROUGH))
    supported = plain.bic < fits[0].bic
    while supported and len(fits) < max_types and not (fits[-1].flat or fits[-1].degenerate):
        types = len(fits) + 1
        say(f"{types} typen")
        form = OneFactor(types=types, processes=q)
        last = fits[-1]
        fits.append(_best(joint, form, last.par.coef, _starts_more(last, q), dropped))
        if types > 2 and (fits[-1].aic >= last.aic or fits[-1].degenerate or fits[-1].flat or not fits[-1].converged):
            break
    return Search(fits=fits, plain=plain)


def polished(joint: Joint, fit: MixtureFit) -> MixtureFit:
    """Go on from a fit to the last digits that matter."""
    return newton(joint, fit.form, fit.par, dropped=fit.dropped)


def freed(joint: Joint, fit: MixtureFit) -> MixtureFit:
    """Let every point go free, from a one-factor solution."""
    form = Free(types=fit.types, processes=len(joint.processes))
    delta = fit.form.logit(fit.par.psi, joint.traits.shape[1])
    par = replace(fit.par, phi=np.asarray(fit.points)[1:].ravel().copy(), psi=delta.ravel().copy())
    return newton(joint, form, par, dropped=fit.dropped, tolerance=ROUGH, max_iterations=25)
