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

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from kompas.models.design import Floats, Ints
from kompas.models.problem import (
    Events,
    Problem,
    event_pieces,
    integrate,
)

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


def grouped_terms(u: Floats) -> tuple[Floats, Floats, Floats]:
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
            value, first, second = grouped_terms(u * factor)
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


def on_cores(work: Callable[[int], Result], n: int) -> list[Result]:
    """Results of ``work(0)`` to ``work(n - 1)``, in order, computed on two cores."""
    with ThreadPoolExecutor(max_workers=CORES) as pool:
        return list(pool.map(work, range(n)))
