"""Score and observed information of the joint model: of everything, and client by client."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from scipy import sparse

from kompas.models.design import Floats
from kompas.models.hazard import assemble, score_of
from kompas.models.mixture import (
    Joint,
    Parameters,
    Pass,
    Points,
    Rows,
    grouped_terms,
    log_probabilities,
    on_cores,
)
from kompas.models.problem import (
    Events,
    exits_by_time,
    over_rows,
    time_table,
)

CHUNK = 8_000  # clients per block


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
    terms = [grouped_terms(r.u * f) for f in factor]
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
    old: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Score (P,) and observed information (P, P) of everything, without priors.

    The score is exact. So is the information with two types; with more, the derivative of an event is taken linear in
    e^v over the types of its client in the part that not knowing the types takes away: an error of order u^2/12.
    The information is nearly all of the work; an ``old`` one is given back as it is.
    """
    v, blocks = form.points(par.phi), _blocks_of(par)
    k = blocks[-1].stop
    small_score, small_info = small_derivatives(joint, form, par, both)
    score = np.concatenate([np.zeros(k), small_score])
    info = np.zeros((score.size,) * 2)
    info[k:, k:] = small_info

    def one(q: int) -> Sums | None:
        problem, r, events, block = joint.processes[q].problem, rows[q], joint.events[q], blocks[q]
        per_row, first, second = multipliers(joint, q, r, v, both)
        weight, integrated = r.weight * per_row, r.integrated * per_row
        if old is not None:
            score[block] = score_of(problem, events, weight, r.cell, integrated, first)
            return None
        table = time_table(problem, r.cell)
        score[block], info[block, block] = assemble(problem, events, weight, r.cell, integrated, first, second, table)
        return Sums(q=q, table=table)

    sums = [s for s in on_cores(one, len(rows)) if s is not None]
    if old is not None:
        return score, old
    return score, info + (_hidden(joint, form, par, rows, both, sums) if v.shape[0] > 1 else 0.0)


def _hidden(
    joint: Joint,
    form: Points,
    par: Parameters,
    rows: Sequence[Rows],
    both: Sequence[Pass],
    sums: Sequence[Sums],
) -> Floats:
    """What not knowing the types takes from the information (P, P)."""
    blocks = _blocks_of(par)
    k = blocks[-1].stop
    out = np.zeros((k + par.phi.size + par.psi.size,) * 2)
    p_all = np.exp(log_probabilities(joint, form.logit(par.psi, joint.traits.shape[1])))
    prepared = [_prepare_missing(joint, form, par, rows, s, out) for s in both]
    parts = list(client_parts(joint))

    def taken(part: slice) -> Floats:
        mine = np.zeros_like(out)
        for x in prepared:
            _subtract_missing(joint, form, par, x, sums, part, p_all, mine)
        return mine

    for mine in on_cores(lambda i: taken(parts[i]), len(parts)):
        out += mine
    for a, left in enumerate(blocks):
        for right in blocks[a + 1 :]:
            out[right, left] = out[left, right].T
    out[k:, :k] = out[:k, k:].T
    return out


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
    terms = [grouped_terms(r.u * factor) for factor in e]
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
