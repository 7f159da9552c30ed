r"""Hazards that share discrete unobserved types: the likelihood, its score and its information.

Client i has type m with probability p_m(z_i). Given the type, process q (exit by a cause, or entry into an instrument)
has log hazard eta_q(x, t) + v_mq. With the integrated hazard Lambda_iq at v = 0 and u_e the hazard times length of the
piece of event e,

.. math:: A_{im} = \sum_q \Bigl[-e^{v_{mq}} \Lambda_{iq} + \sum_{e} \log(e^{u_e e^{v_{mq}}} - 1)\Bigr], \qquad
          \ell_i = \log \sum_m p_m e^{A_{im}} - \log \sum_m p_m e^{A^{before}_{im}}.

The second term is there for spells that began before the window: they are in the data because they survived, and the
types among them have shifted since their begin. ``before`` marks the rows of exposure (and the entries in them) that
were passed on the way to the window (Abbring & Van den Berg 2003, Econometrica 71, 1491-1517; Heckman & Singer 1984,
Econometrica 52, 271-320). Types enter only through sums per client, so that a pass over the rows does not grow with
their number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.special import logsumexp

from kompas.models.design import Floats, Ints
from kompas.models.hazard import assemble
from kompas.models.problem import (
    Events,
    Problem,
    event_pieces,
    exits_by_time,
    integrate,
    over_rows,
    time_table,
)

CHUNK = 8_000  # clients per block
CORES = 2
Result = TypeVar("Result")
POINT_PRECISION = 0.04  # prior precision of every v_mq (standard deviation 5): holds points that run off
PROBABILITY_PRECISION = 0.1  # prior precision of the logit coefficients on (standardised) traits
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Process:
    """One hazard of the joint model.

    Parameters
    ----------
    name : str
    problem : Problem
        Its exposure numbers the clients 0..N-1 in ``cluster``.
    cause : int
        Number of the event in ``Exposure.event``.
    before : (n,) bool
        Rows before the window, which are conditioned on.
    """

    name: str
    problem: Problem
    cause: int
    before: Bools


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Joint:
    """All processes with what is the same at every step; made by :func:`join`."""

    processes: tuple[Process, ...]
    events: tuple[Events, ...]
    client: tuple[Ints, ...]  # client of each event
    event_before: tuple[Bools, ...]
    bounds: tuple[Ints, ...]  # rows of client i are bounds[i] to bounds[i + 1]
    traits: Floats  # (N, K); the first column is one
    stock: Ints  # clients with rows before the window

    @property
    def clients(self) -> int:
        """Number of clients N."""
        return int(self.traits.shape[0])

    @property
    def sizes(self) -> list[int]:
        """Number of columns of each process."""
        return [len(p.problem.names) for p in self.processes]


def join(processes: Sequence[Process], traits: Floats) -> Joint:
    """Prepare the joint likelihood.

    Parameters
    ----------
    processes : sequence of Process
    traits : (N, K) array
        Columns of the logit of the probabilities of types; the first is one.

    Raises
    ------
    ValueError
        When a process numbers clients outside 0..N-1.
    """
    n = traits.shape[0]
    events, client, event_before, bounds = [], [], [], []
    stock = np.zeros(n, dtype=bool)
    for p in processes:
        cluster = p.problem.exposure.cluster
        if cluster.size and (cluster[0] < 0 or cluster[-1] >= n):
            raise ValueError(f"process {p.name} numbers clients outside 0..{n - 1}")
        found = event_pieces(p.problem, p.cause)
        events.append(found)
        client.append(cluster[found.row])
        event_before.append(p.before[found.row])
        bounds.append(np.searchsorted(cluster, np.arange(n + 1)))
        stock[cluster[p.before]] = True
    return Joint(
        processes=tuple(processes),
        events=tuple(events),
        client=tuple(client),
        event_before=tuple(event_before),
        bounds=tuple(bounds),
        traits=traits,
        stock=np.flatnonzero(stock),
    )


class Points(Protocol):
    """How the points v (M, Q) follow from free parameters."""

    @property
    def types(self) -> int:
        """Number of types M."""

    @property
    def size(self) -> int:
        """Number of free parameters."""

    def points(self, phi: Floats) -> Floats:
        """Points, (M, Q)."""

    def jacobian(self, phi: Floats) -> Floats:
        """Derivatives of the points, (M, Q, size)."""

    def curvature(self, phi: Floats, weight: Floats) -> Floats:
        """Sum over (m, q) of weight times second derivative, (size, size)."""

    def logit(self, psi: Floats, columns: int) -> Floats:
        """Logit coefficients of the types after the first, (M - 1, columns)."""

    def logit_jacobian(self, psi: Floats, columns: int) -> Floats:
        """Their derivatives, ((M - 1) * columns, psi)."""

    def logit_curvature(self, psi: Floats, weight: Floats) -> Floats:
        """Sum of weight (M - 1, columns) times second derivative, (psi, psi)."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """One process at given coefficients: per row, per event and per client."""

    weight: Floats
    cell: Floats
    integrated: Floats
    u: Floats
    total: Floats  # (N,)
    before: Floats  # (N,)


def rows_at(joint: Joint, q: int, coef: Floats) -> Rows:
    """Integrate one process at coefficients (p_q,)."""
    p, e = joint.processes[q], joint.events[q]
    problem, p_d, p_z = p.problem, p.problem.time.duration.shape[1], p.problem.time.size
    weight, cell, integrated = integrate(problem, coef)
    eta = (problem.time.duration @ coef[:p_d])[e.duration] + (problem.time.calendar @ coef[p_d:p_z])[e.calendar]
    eta += (problem.profiles.matrix @ coef[p_z:])[e.profile]
    cluster, n = problem.exposure.cluster, joint.clients
    return Rows(
        weight=weight,
        cell=cell,
        integrated=integrated,
        u=np.exp(np.clip(eta, -700, 700)) * e.length,
        total=np.bincount(cluster, integrated, n).astype(np.float64),
        before=np.bincount(cluster[p.before], integrated[p.before], n).astype(np.float64),
    )


def _event_terms(u: Floats) -> tuple[Floats, Floats, Floats]:
    """log(e^u - 1) with first and second derivative to log u."""
    u = np.clip(u, 1e-300, 500.0)
    minus = -np.expm1(-u)
    first = u / minus
    return u + np.log(minus), first, first - u * u * np.exp(-u) / (minus * minus)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pass:
    """One of the two sums of the likelihood, over the clients ``who``: sign +1 (all) or -1 (before the window).

    ``log`` (n,) the log of the sum over types, ``w`` (n, M) its weights, ``d1`` and ``d2`` (Q, n, M) the derivatives
    of A to the points.
    """

    sign: float
    who: Ints
    log: Floats
    w: Floats
    d1: Floats
    d2: Floats


def log_probabilities(joint: Joint, delta: Floats) -> Floats:
    """Log probabilities of the types at the begin, (N, M); ``delta`` is (M - 1, K), the first type the reference."""
    score = np.zeros((joint.clients, delta.shape[0] + 1))
    score[:, 1:] = joint.traits @ delta.T
    out: Floats = score - logsumexp(score, axis=1, keepdims=True)
    return out


def make_pass(joint: Joint, rows: Sequence[Rows], v: Floats, log_p: Floats, *, before: bool) -> Pass:
    """Sum over the types, for everything or for what lies before the window."""
    n, (types, n_q) = joint.clients, v.shape
    who = joint.stock if before else np.arange(n)
    d1, d2 = np.empty((n_q, who.size, types)), np.empty((n_q, who.size, types))
    a = log_p[who].copy()
    for q, r in enumerate(rows):
        total = (r.before if before else r.total)[who]
        keep = joint.event_before[q] if before else slice(None)
        client, u = joint.client[q][keep], r.u[keep]
        for m in range(types):
            factor = np.exp(v[m, q])
            value, first, second = _event_terms(u * factor)
            a[:, m] += np.bincount(client, value, n)[who] - factor * total
            d1[q, :, m] = np.bincount(client, first, n)[who] - factor * total
            d2[q, :, m] = np.bincount(client, second, n)[who] - factor * total
    log = logsumexp(a, axis=1)
    return Pass(sign=-1.0 if before else 1.0, who=who, log=log, w=np.exp(a - log[:, None]), d1=d1, d2=d2)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parameters:
    """Coefficients per process, free parameters of the points, free parameters of the logit of the probabilities."""

    coef: tuple[Floats, ...]
    phi: Floats
    psi: Floats

    def flat(self) -> Floats:
        """All parameters in one array."""
        return np.concatenate([*self.coef, self.phi, self.psi])

    def moved(self, flat: Floats) -> Parameters:
        """The same shapes with other values."""
        edges = np.cumsum([0, *(c.size for c in self.coef), self.phi.size, self.psi.size])
        parts = [flat[a:b] for a, b in pairwise(edges)]
        return Parameters(coef=tuple(parts[:-2]), phi=parts[-2], psi=parts[-1])


def small_penalty(form: Points, phi: Floats, psi: Floats, columns: int) -> tuple[float, Floats, Floats]:
    """Priors of points and probabilities: half squared length, gradient (s,), precision (s, s)."""
    v, jac = form.points(phi), form.jacobian(phi)
    delta, slope = form.logit(psi, columns), form.logit_jacobian(psi, columns)
    d = np.full(delta.shape, PROBABILITY_PRECISION)
    d[:, :1] = 0.01
    value = 0.5 * float(POINT_PRECISION * (v**2).sum() + (d * delta**2).sum())
    gradient = np.concatenate([POINT_PRECISION * np.einsum("mq,mqj->j", v, jac), (d * delta).ravel() @ slope])
    out = np.zeros((phi.size + psi.size,) * 2)
    n = phi.size
    out[:n, :n] = POINT_PRECISION * (np.einsum("mqj,mqk->jk", jac, jac) + form.curvature(phi, v))
    out[n:, n:] = slope.T @ (d.ravel()[:, None] * slope) + form.logit_curvature(psi, d * delta)
    return value, gradient, out


def penalty(joint: Joint, form: Points, par: Parameters) -> tuple[float, Floats, Floats]:
    """Half squared length under the priors, with gradient (P,) and precision (P, P)."""
    ridge = np.concatenate([p.problem.ridge for p in joint.processes])
    coef = np.concatenate(par.coef) - np.concatenate([p.problem.centre for p in joint.processes])
    value, gradient, precision = small_penalty(form, par.phi, par.psi, joint.traits.shape[1])
    k = coef.size
    out = np.diag(np.concatenate([ridge, np.zeros(gradient.size)]))
    out[k:, k:] = precision
    return value + 0.5 * float(ridge @ coef**2), np.concatenate([ridge * coef, gradient]), out


def passes(joint: Joint, rows: Sequence[Rows], form: Points, par: Parameters) -> list[Pass]:
    """Both sums of the likelihood."""
    v, log_p = form.points(par.phi), log_probabilities(joint, form.logit(par.psi, joint.traits.shape[1]))
    out = [make_pass(joint, rows, v, log_p, before=False)]
    if joint.stock.size:
        out.append(make_pass(joint, rows, v, log_p, before=True))
    return out


def passes_at(joint: Joint, rows: Sequence[Rows], v: Floats, log_p: Floats) -> Pass:
    """Weights of the types given all that is in the rows, at known points (M, Q) and probabilities (N, M)."""
    return make_pass(joint, rows, v, log_p, before=False)


def client_log_likelihood(joint: Joint, both: Sequence[Pass]) -> Floats:
    """Log likelihood per client, (N,)."""
    out = np.zeros(joint.clients)
    for s in both:
        out[s.who] += s.sign * s.log
    return out


def _small_scores(form: Points, par: Parameters, s: Pass, traits: Floats, p: Floats, part: slice) -> list[Floats]:
    """Derivatives of log p + A to points and probabilities, given each type: M arrays (n, small)."""
    jac, slope = form.jacobian(par.phi), form.logit_jacobian(par.psi, traits.shape[1])
    per = slope.reshape(p.shape[1] - 1, traits.shape[1], par.psi.size)
    towards = [traits @ per[k] for k in range(p.shape[1] - 1)]  # derivative of the score of each type to psi
    mean = np.zeros((p.shape[0], par.psi.size))
    for k, t in enumerate(towards):
        mean += p[:, k + 1, None] * t
    out = []
    for m in range(s.w.shape[1]):
        points = s.d1[:, part, m].T @ jac[m]
        out.append(np.concatenate([points, (towards[m - 1] if m > 0 else 0.0) - mean], axis=1))
    return out


def small_derivatives(joint: Joint, form: Points, par: Parameters, both: Sequence[Pass]) -> tuple[Floats, Floats]:
    """Score (s,) and information (s, s) of points and probabilities, coefficients held fixed; without priors."""
    size = par.phi.size + par.psi.size
    score, info = np.zeros(size), np.zeros((size, size))
    p_all = np.exp(log_probabilities(joint, form.logit(par.psi, joint.traits.shape[1])))
    for s in both:
        for a in range(0, s.who.size, CHUNK):
            part = slice(a, min(a + CHUNK, s.who.size))
            traits, p, w = joint.traits[s.who[part]], p_all[s.who[part]], s.w[part]
            t = _small_scores(form, par, s, traits, p, part)
            mean = np.einsum("nm,mnj->nj", w, np.stack(t))
            score += s.sign * mean.sum(axis=0)
            missing = -mean.T @ mean
            for m in range(w.shape[1]):
                missing += (w[:, m, None] * t[m]).T @ t[m]
            info += s.sign * (_complete_small(form, par, s, traits, p, part) - missing)
    return score, info


def _complete_small(form: Points, par: Parameters, s: Pass, traits: Floats, p: Floats, part: slice) -> Floats:
    """Information of points and probabilities if the types were known."""
    n_phi, (rest, k) = par.phi.size, (p.shape[1] - 1, traits.shape[1])
    jac, w = form.jacobian(par.phi), s.w[part]
    out = np.zeros((n_phi + par.psi.size,) * 2)
    d2 = np.einsum("nm,qnm->mq", w, s.d2[:, part])
    d1 = np.einsum("nm,qnm->mq", w, s.d1[:, part])
    out[:n_phi, :n_phi] = -np.einsum("mq,mqj,mqk->jk", d2, jac, jac) - form.curvature(par.phi, d1)
    full = np.zeros((rest * k,) * 2)
    for a in range(rest):
        for b in range(rest):
            share = p[:, a + 1] * (float(a == b) - p[:, b + 1])
            full[a * k : (a + 1) * k, b * k : (b + 1) * k] = traits.T @ (share[:, None] * traits)
    slope = form.logit_jacobian(par.psi, k)
    towards = (w[:, 1:] - p[:, 1:]).T @ traits
    out[n_phi:, n_phi:] = slope.T @ full @ slope - form.logit_curvature(par.psi, towards)
    return out


def multipliers(joint: Joint, q: int, r: Rows, v: Floats, both: Sequence[Pass]) -> tuple[Floats, Floats, Floats]:
    """What the posterior over types makes of process q: factor per row, first and second derivative per event."""
    n, process = joint.clients, joint.processes[q]
    factor = np.exp(v[:, q])
    cluster, client = process.problem.exposure.cluster, joint.client[q]
    per_row = np.zeros(cluster.size)
    first, second = np.zeros(r.u.size), np.zeros(r.u.size)
    terms = [_event_terms(r.u * f) for f in factor]
    for s in both:
        mean = np.zeros(n)
        mean[s.who] = s.w @ factor
        w = np.zeros((n, factor.size))
        w[s.who] = s.w
        mask = process.before if s.sign < 0 else np.ones(1, dtype=bool)
        mask_e = joint.event_before[q] if s.sign < 0 else np.ones(1, dtype=bool)
        per_row += s.sign * mask * mean[cluster]
        for m, (_, one, two) in enumerate(terms):
            first += s.sign * mask_e * w[client, m] * one
            second += s.sign * mask_e * w[client, m] * two
    return per_row, first, second


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sums:
    """Cumulative time columns of one process, to sum derivatives of the integrated hazard per client."""

    q: int
    table: Floats

    def per_client(self, joint: Joint, part: slice, weight: Floats, integrated: Floats, event_values: Floats) -> Floats:
        """Sum of x times the integrated hazard of rows, less x times a value per event: (clients of the part, p_q)."""
        process, events, bounds = joint.processes[self.q], joint.events[self.q], joint.bounds[self.q]
        problem = process.problem
        rows = slice(int(bounds[part.start]), int(bounds[part.stop]))
        edges = bounds[part.start : part.stop + 1] - rows.start
        n, p_z, x = edges.size - 1, self.table.shape[1], problem.profiles.matrix
        out = np.empty((n, p_z + x.shape[1]))
        out[:, :p_z] = over_rows(problem.lexis, weight[rows], rows, edges) @ self.table
        inside = slice(*np.searchsorted(events.row, [rows.start, rows.stop]))
        mine = Events(**{f.name: getattr(events, f.name)[inside] for f in fields(Events)})
        who, value = joint.client[self.q][inside] - part.start, event_values[inside]
        per_profile = sparse.csr_matrix(
            (
                np.concatenate([integrated[rows], -value]),
                (
                    np.concatenate([np.repeat(np.arange(n), np.diff(edges)), who]),
                    np.concatenate([problem.exposure.profile[rows], mine.profile]),
                ),
            ),
            shape=(n, x.shape[0]),
        )
        out[:, p_z:] = (per_profile @ x).toarray()
        exits = exits_by_time(problem, mine, value, who, n)
        out[:, :p_z] -= np.concatenate([sums @ design for sums, design in exits], axis=1)
        return out


def on_cores(work: Callable[[int], Result], n: int) -> list[Result]:
    """Results of ``work(0)`` to ``work(n - 1)``, in order, computed on two cores."""
    with ThreadPoolExecutor(max_workers=CORES) as pool:
        return list(pool.map(work, range(n)))


def client_parts(joint: Joint, size: int = CHUNK) -> Iterator[slice]:
    """Blocks of clients."""
    for a in range(0, joint.clients, size):
        yield slice(a, min(a + size, joint.clients))


def _blocks_of(par: Parameters) -> list[slice]:
    edges = np.cumsum([0, *(c.size for c in par.coef)])
    return [slice(int(a), int(b)) for a, b in pairwise(edges)]


def full_derivatives(
    joint: Joint,
    form: Points,
    par: Parameters,
    rows: Sequence[Rows],
    both: Sequence[Pass],
    missing: Floats | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Score (P,), observed information (P, P) of everything without priors, and the part of it that types take away.

    Exact with two types. With more, the derivative of an event is taken linear in e^v over the types of its client, in
    that last part only; the error is of order u^2/12 and touches the information, never the score. That part is most
    of the work: ``missing`` reuses an earlier one.
    """
    v, blocks = form.points(par.phi), _blocks_of(par)
    k = blocks[-1].stop
    small_score, small_info = small_derivatives(joint, form, par, both)
    score = np.concatenate([np.zeros(k), small_score])
    info = np.zeros((score.size,) * 2)
    info[k:, k:] = small_info

    def one(q: int) -> Sums:
        process, r, block = joint.processes[q], rows[q], blocks[q]
        per_row, first, second = multipliers(joint, q, r, v, both)
        table = time_table(process.problem, r.cell)
        score[block], info[block, block] = assemble(
            process.problem, joint.events[q], r.weight * per_row, r.cell, r.integrated * per_row, first, second, table
        )
        return Sums(q=q, table=table)

    sums = on_cores(one, len(rows))
    if missing is None:
        missing = np.zeros_like(info)
        p_all = np.exp(log_probabilities(joint, form.logit(par.psi, joint.traits.shape[1])))
        prepared = [_prepare_missing(joint, form, par, rows, s, missing) for s in both] if v.shape[0] > 1 else []
        for part in client_parts(joint) if prepared else ():
            for x in prepared:
                _subtract_missing(joint, form, par, x, sums, part, p_all, missing)
        for a, left in enumerate(blocks):
            for right in blocks[a + 1 :]:
                missing[right, left] = missing[left, right].T
        missing[k:, :k] = missing[:k, k:].T
    return score, info + missing, missing


def _slopes(joint: Joint, q: int, r: Rows, e: Floats, s: Pass) -> tuple[Floats, Floats]:
    """Slope of each event's derivative over the types of its client, and what is left of its second derivative.

    Returns (events,) slopes of g_m on e_m = e^{v_m} under the client's weights, and (M, events) weights times
    (slope e_m - second derivative); both zero for events that the pass does not hold.
    """
    place = np.full(joint.clients, -1, dtype=np.int64)
    place[s.who] = np.arange(s.who.size)
    at = place[joint.client[q]]
    mine = at >= 0 if s.sign > 0 else (at >= 0) & joint.event_before[q]
    w = np.where(mine[:, None], s.w[at], 0.0)
    terms = [_event_terms(r.u * factor) for factor in e]
    first, second = np.stack([t[1] for t in terms], axis=1), np.stack([t[2] for t in terms], axis=1)
    mean_e, mean_g = w @ e, (w * first).sum(axis=1)
    spread = w @ (e * e) - mean_e**2
    joint_spread = (w * first) @ e - mean_e * mean_g
    usable = spread > 1e-12 * np.maximum(mean_e**2, 1e-300)
    slope = np.where(usable, joint_spread / np.where(usable, spread, 1.0), 0.5 * r.u) * mine
    return slope, (w * (slope[:, None] * e - second)).T


def _event_sum(joint: Joint, q: int, values: Floats) -> Floats:
    """Sum of x times a value over the events of a process, (p_q,)."""
    problem, events = joint.processes[q].problem, joint.events[q]
    duration = np.bincount(events.duration, values, problem.time.duration.shape[0]) @ problem.time.duration
    calendar = np.bincount(events.calendar, values, problem.time.calendar.shape[0]) @ problem.time.calendar
    profile = problem.profiles.matrix.T @ np.bincount(events.profile, values, problem.profiles.matrix.shape[0])
    return np.concatenate([duration, calendar, profile])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Missing:
    """What :func:`_subtract_missing` needs of one pass, the same for every block of clients."""

    s: Pass
    weight: tuple[Floats, ...]
    integrated: tuple[Floats, ...]
    slope: tuple[Floats, ...]


def _prepare_missing(
    joint: Joint, form: Points, par: Parameters, rows: Sequence[Rows], s: Pass, info: Floats
) -> _Missing:
    """Lay out one pass; what events add to the cross information with the points goes into ``info``."""
    e, jac = np.exp(form.points(par.phi)), form.jacobian(par.phi)
    blocks, k = _blocks_of(par), sum(c.size for c in par.coef)
    weight, integrated, slope = [], [], []
    for q, (r, process) in enumerate(zip(rows, joint.processes, strict=True)):
        keep = process.before if s.sign < 0 else np.ones(r.weight.size, dtype=bool)
        weight.append(r.weight * keep)
        integrated.append(r.integrated * keep)
        one, left = _slopes(joint, q, r, e[:, q], s)
        slope.append(one)
        for m in range(e.shape[0]):
            info[blocks[q], k : k + par.phi.size] += s.sign * np.outer(_event_sum(joint, q, left[m]), jac[m, q])
    return _Missing(s=s, weight=tuple(weight), integrated=tuple(integrated), slope=tuple(slope))


def _subtract_missing(
    joint: Joint,
    form: Points,
    par: Parameters,
    x: _Missing,
    sums: Sequence[Sums],
    part: slice,
    p_all: Floats,
    info: Floats,
) -> None:
    """Take from the information what not knowing the types costs, for one block of clients, in place."""
    s = x.s
    inside = slice(*np.searchsorted(s.who, [part.start, part.stop]))
    if inside.start == inside.stop:
        return
    who = s.who[inside]
    local = who - part.start
    w, e = s.w[inside], np.exp(form.points(par.phi))
    mean = w @ e
    t = _small_scores(form, par, s, joint.traits[who], p_all[who], inside)
    t_mean = np.einsum("nm,mnj->nj", w, np.stack(t))
    jac, n_phi = form.jacobian(par.phi), par.phi.size
    blocks, k = _blocks_of(par), sum(c.size for c in par.coef)
    derivative = []
    for q, total in enumerate(sums):
        derivative.append(total.per_client(joint, part, x.weight[q], x.integrated[q], x.slope[q])[local])
        cross = np.einsum("nm,mnj->nj", w * e[:, q], np.stack(t)) - mean[:, [q]] * t_mean
        cross[:, :n_phi] += (w * e[:, q]) @ jac[:, q]  # as if the types were known
        info[blocks[q], k:] += s.sign * (derivative[q].T @ cross)
    for q in range(len(derivative)):
        for other in range(q, len(derivative)):
            covariance = w @ (e[:, q] * e[:, other]) - mean[:, q] * mean[:, other]
            info[blocks[q], blocks[other]] -= s.sign * (derivative[q].T @ (covariance[:, None] * derivative[other]))


def client_scores(
    joint: Joint, form: Points, par: Parameters, rows: Sequence[Rows], both: Sequence[Pass]
) -> Iterator[tuple[slice, Floats]]:
    """Score of each client, in blocks of clients: (block, (n, P) array); exact, without priors."""
    v, blocks = form.points(par.phi), _blocks_of(par)
    k = blocks[-1].stop
    p_all = np.exp(log_probabilities(joint, form.logit(par.psi, joint.traits.shape[1])))
    parts = [multipliers(joint, q, r, v, both) for q, r in enumerate(rows)]
    sums = on_cores(lambda q: Sums(q=q, table=time_table(joint.processes[q].problem, rows[q].cell)), len(rows))
    scaled = [(r.weight * m[0], r.integrated * m[0]) for r, m in zip(rows, parts, strict=True)]
    for part in client_parts(joint):
        out = np.zeros((part.stop - part.start, k + par.phi.size + par.psi.size))
        for q, block in enumerate(blocks):
            out[:, block] = -sums[q].per_client(joint, part, *scaled[q], parts[q][1])
        for s in both:
            inside = slice(*np.searchsorted(s.who, [part.start, part.stop]))
            who = s.who[inside]
            if who.size:
                t = _small_scores(form, par, s, joint.traits[who], p_all[who], inside)
                out[who - part.start, k:] += s.sign * np.einsum("nm,mnj->nj", s.w[inside], np.stack(t))
        yield part, out
