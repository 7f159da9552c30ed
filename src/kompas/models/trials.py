"""Sums over all trials of all treatments, per client and replicated by client: one pass over blocks of clients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kompas.models.bootstrap import weight_block
from kompas.models.design import Exposure, Floats, Ints
from kompas.models.landmark import LIMIT, Controls, Pieces, control_months, make_pieces
from kompas.models.propensity import Runs
from kompas.models.rates import Rates

CHUNK = 120_000  # pieces per block of clients
CLASSES = 10  # classes of the chance of a start, of equal numbers of starters


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Treatment:
    """One treatment, ready for the pass.

    Parameters
    ----------
    runs : Runs
    windows : (F, 2) array
        Lags in months of each phase for controls, from and to (inf = open).
    rates : Rates
        Expected hazards of exit by cause without the effect of this treatment.
    starts : Rates or None
        Hazard of a start; None = not estimable: no controls.
    """

    runs: Runs
    windows: Floats
    rates: Rates
    starts: Rates | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sums:
    """What one treatment adds up to; Q causes, F phases, L months since the start, G groups, B draws.

    The last axis of the first four holds the data themselves in place 0 and the draws after it; group 0 is everybody.

    Parameters
    ----------
    treated, control : (1 + G, F, 2Q + 1, 1 + B) arrays
        Weighted exits by cause, weighted expected exits by cause, weighted exposure.
    treated_lag, control_lag : (L, Q + 1, 1 + B) arrays
        Weighted exits by cause, weighted exposure.
    starts : (1 + G, F) array
        Deployments seen in each phase.
    exits : (1 + G, F, Q) array
        Exits of controls that carry a weight, unweighted.
    weights : (F, 5) array
        Control clients with a weight, sum of weights (exposure), sum of squares, largest, sum without the cut.
    overlap : (K, 3) array
        Starts, control months and control clients by class of the chance of a start.
    edges : (K + 1,) array
        Bounds of the classes: monthly chance of a start.
    unsupported : float
        Share of the starts with a chance above that of every control month, or beyond the cut.
    """

    treated: Floats
    control: Floats
    treated_lag: Floats
    control_lag: Floats
    starts: Floats
    exits: Floats
    weights: Floats
    overlap: Floats
    edges: Floats
    unsupported: float


def _spread(run: Ints, column: Ints, value: Floats, shape: tuple[int, int]) -> Floats:
    """Sum values by run and column."""
    flat = np.bincount(run * shape[1] + column, value, shape[0] * shape[1])
    return np.asarray(flat, dtype=np.float64).reshape(shape)


def _treated(pieces: Pieces, t: Treatment, n_runs: int, lags: int) -> tuple[Floats, Floats, Floats]:
    """Sums of the treated per run by phase and by month since the start, and spells present by phase."""
    q, n_phases = t.rates.duration.shape[0], t.windows.shape[0]
    by_phase, by_lag = np.zeros((n_runs, n_phases, 2 * q + 1)), np.zeros((n_runs, lags, q + 1))
    i = np.flatnonzero(t.runs.follow[pieces.row])
    if i.size == 0:
        return by_phase, by_lag, np.zeros((n_runs, n_phases))
    run, phase, event, length = pieces.run[i], t.runs.phase[pieces.row[i]], pieces.event[i], pieces.length[i]
    at_risk, spell = pieces.at_risk[i], pieces.spell[i]
    hazard = t.rates.at(pieces.month[i], pieces.calendar[i], pieces.profile[i])
    shape = (n_runs, n_phases)
    for c in range(q):
        by_phase[:, :, c] = _spread(run, phase, (event == c + 1).astype(np.float64), shape)
        by_phase[:, :, q + c] = _spread(run, phase, hazard[c] * at_risk, shape)
    by_phase[:, :, 2 * q] = _spread(run, phase, at_risk, shape)
    _, once = np.unique(spell * n_phases + phase, return_index=True)
    present = _spread(run[once], phase[once], np.ones(once.size), shape)
    moment = pieces.month[i] + pieces.offset[i]
    first = np.r_[True, spell[1:] != spell[:-1]]
    lag = np.maximum(moment - moment[np.flatnonzero(first)][np.cumsum(first) - 1], 0.0)
    floor = np.floor(lag + 1e-9).astype(np.int64)
    early = np.clip((floor + 1 - lag) / length, 0.0, 1.0)
    for place, share in ((floor, early), (floor + 1, 1 - early)):
        ok = np.flatnonzero((place < lags) & (share > 1e-9))
        for c in range(q):
            by_lag[:, :, c] += _spread(run[ok], place[ok], (event[ok] == c + 1) * share[ok], (n_runs, lags))
        by_lag[:, :, q] += _spread(run[ok], place[ok], at_risk[ok] * share[ok], (n_runs, lags))
    return by_phase, by_lag, present


def _boundaries(windows: Floats, lags: int) -> tuple[Floats, Ints]:
    """Boundaries of lag that phases and months need, and the places of each phase's two."""
    every = np.unique(np.concatenate([np.arange(lags + 1.0), windows.ravel()]))
    return every, np.searchsorted(every, windows)


def _by_run(run: Ints, values: Floats, n_runs: int) -> Floats:
    """Sum rows of values, sorted by run, per run."""
    out = np.zeros((n_runs, *values.shape[1:]))
    if run.size:
        head = np.flatnonzero(np.r_[True, run[1:] != run[:-1]])
        out[run[head]] = np.add.reduceat(values, head, axis=0)
    return out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _ControlBlock:
    """Sums of the controls per run: by phase, by month since the start; exits; weight per phase without the cut."""

    by_phase: Floats
    by_lag: Floats
    exits: Floats
    free: Floats


def _control(m: Controls, run: Ints, places: Ints, n_runs: int, q: int, lags: int) -> _ControlBlock:
    n_phases = places.shape[0]
    by_phase, by_lag = np.zeros((n_runs, n_phases, 2 * q + 1)), np.zeros((n_runs, lags, q + 1))
    exits, free = np.zeros((n_runs, n_phases, q)), np.zeros((n_runs, n_phases))
    gone = np.flatnonzero(m.event > 0)
    cause = m.event[gone] - 1
    for f, (low, high) in enumerate(places):
        weight, uncut = m.cut[high] - m.cut[low], m.free[high] - m.free[low]
        columns = np.column_stack([weight * m.at_risk, uncut * m.at_risk, *(weight * e for e in m.expected)])
        summed = _by_run(run, columns, n_runs)
        by_phase[:, f, 2 * q], free[:, f], by_phase[:, f, q : 2 * q] = summed[:, 0], summed[:, 1], summed[:, 2:]
        by_phase[:, f, :q] = _spread(run[gone], cause, weight[gone], (n_runs, q))
        exits[:, f] = _spread(run[gone], cause, (weight[gone] > 0).astype(np.float64), (n_runs, q))
    weight = np.ascontiguousarray(np.diff(m.cut[: lags + 1], axis=0).T)
    by_lag[:, :, q] = _by_run(run, weight * m.at_risk[:, None], n_runs)
    for c in range(q):
        mine = gone[cause == c]
        by_lag[:, :, c] = _by_run(run[mine], weight[mine], n_runs)
    return _ControlBlock(by_phase=by_phase, by_lag=by_lag, exits=exits, free=free)


class _Adder:
    """Adds the blocks of one treatment."""

    def __init__(self, t: Treatment, exposure: Exposure, groups: int, lags: int, draws: int) -> None:
        q, f = t.rates.duration.shape[0], t.windows.shape[0]
        self.t, self.lags, self.q = t, lags, q
        self.boundaries, self.places = _boundaries(t.windows, lags)
        self.phases = np.zeros((2, 1 + groups, f * (2 * q + 1), 1 + draws))
        self.months = np.zeros((2, lags * (q + 1), 1 + draws))
        self.starts, self.exits = np.zeros((1 + groups, f)), np.zeros((1 + groups, f, q))
        self.weights = np.zeros((f, 5))
        row = t.runs.start
        self.chance = np.zeros(0)
        if t.starts is not None:
            self.chance = t.starts.at(exposure.month[row], exposure.calendar[row], exposure.profile[row])[0]
        inner = np.quantile(self.chance, np.arange(1, CLASSES) / CLASSES) if self.chance.size else np.zeros(CLASSES - 1)
        self.edges = inner
        self.overlap = np.zeros((CLASSES, 3))
        if self.chance.size:
            self.overlap[:, 0] = np.bincount(np.searchsorted(inner, self.chance), minlength=CLASSES)
        self.highest, self.lowest = 0.0, np.inf

    def add(self, pieces: Pieces, client_of_run: Ints, members: Sequence[np.ndarray], draws: Floats) -> None:
        """Add a block; ``members`` flags the runs of each group, ``draws`` has one row per run."""
        n_runs = client_of_run.size
        treated, treated_lag, present = _treated(pieces, self.t, n_runs, self.lags)
        self._place(0, treated, treated_lag, draws, members)
        self.starts[0] += present.sum(axis=0)
        for g, member in enumerate(members):
            self.starts[1 + g] += present[member].sum(axis=0)
        if self.t.starts is None:
            return
        chance = self.t.starts.at(pieces.month, pieces.calendar, pieces.profile)[0]
        hazard = self.t.rates.at(pieces.month, pieces.calendar, pieces.profile)
        at_risk = self.t.runs.phase[pieces.row] < 0
        months = control_months(pieces, at_risk, chance, hazard, self.boundaries, LIMIT)
        block = _control(months, pieces.run[months.piece], self.places, n_runs, self.q, self.lags)
        self._place(1, block.by_phase, block.by_lag, draws, members)
        self.exits[0] += block.exits.sum(axis=0)
        for g, member in enumerate(members):
            self.exits[1 + g] += block.exits[member].sum(axis=0)
        self._weigh(block, client_of_run)
        self._show(pieces, months, chance, client_of_run)

    def _place(self, arm: int, phase: Floats, lag: Floats, draws: Floats, members: Sequence[np.ndarray]) -> None:
        flat = phase.reshape(phase.shape[0], -1)
        self.phases[arm, 0] += flat.T @ draws
        for g, member in enumerate(members):
            self.phases[arm, 1 + g] += flat[member].T @ draws[member]
        self.months[arm] += lag.reshape(lag.shape[0], -1).T @ draws

    def _weigh(self, block: _ControlBlock, client_of_run: Ints) -> None:
        mine = _by_run(client_of_run, block.by_phase[:, :, 2 * self.q], int(client_of_run[-1]) + 1)
        self.weights[:, 0] += (mine > 0).sum(axis=0)
        self.weights[:, 1] += mine.sum(axis=0)
        self.weights[:, 2] += (mine**2).sum(axis=0)
        self.weights[:, 3] = np.maximum(self.weights[:, 3], mine.max(axis=0))
        self.weights[:, 4] += block.free.sum(axis=0)

    def _show(self, pieces: Pieces, months: Controls, chance: Floats, client_of_run: Ints) -> None:
        """Count the months without a start by class of their chance."""
        nxt = np.minimum(months.last + 1, pieces.row.size - 1)
        begun = (pieces.spell[nxt] == pieces.spell[months.last]) & self.t.runs.follow[pieces.row[nxt]]
        begun &= pieces.month[nxt] == pieces.month[months.last]
        i = months.piece[~begun]
        own = chance[i]
        i, own = i[own > 0], own[own > 0]
        if i.size == 0:
            return
        place = np.searchsorted(self.edges, own)
        self.overlap[:, 1] += np.bincount(place, minlength=CLASSES)
        pair = np.unique(client_of_run[pieces.run[i]] * CLASSES + place)
        self.overlap[:, 2] += np.bincount(pair % CLASSES, minlength=CLASSES)
        self.highest, self.lowest = max(self.highest, float(own.max())), min(self.lowest, float(own.min()))

    def sums(self) -> Sums:
        """Everything added so far."""
        f, width = self.t.windows.shape[0], 2 * self.q + 1
        phases = self.phases.reshape(*self.phases.shape[:2], f, width, -1)
        months = self.months.reshape(2, self.lags, self.q + 1, -1)
        outside = (self.chance > self.highest) | (self.chance > np.log(LIMIT))
        ends = [min([self.lowest, *self.chance]), max([self.highest, *self.chance])] if self.chance.size else [0.0, 0.0]
        return Sums(
            treated=phases[0],
            control=phases[1],
            treated_lag=months[0],
            control_lag=months[1],
            starts=self.starts,
            exits=self.exits,
            weights=self.weights,
            overlap=self.overlap,
            edges=-np.expm1(-np.r_[ends[0], self.edges, ends[1]]),
            unsupported=float(outside.mean()) if self.chance.size else 1.0,
        )


def _blocks(exposure: Exposure) -> list[slice]:
    """Blocks of whole clients of about ``CHUNK`` pieces."""
    head = np.flatnonzero(np.diff(exposure.cluster, prepend=-1))
    if head.size == 0:
        return []
    before = (np.cumsum(exposure.months) - exposure.months)[head] // CHUNK
    first = head[np.r_[True, before[1:] != before[:-1]]]
    return [slice(int(a), int(b)) for a, b in zip(first, np.r_[first[1:], exposure.cluster.size], strict=True)]


def sum_trials(
    exposure: Exposure,
    spell: Ints,
    treatments: Sequence[Treatment],
    groups: Sequence[tuple[Ints, int]],
    *,
    lags: int,
    draws: int,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> list[Sums]:
    """Add up treated and reweighted control person-time of every treatment.

    Parameters
    ----------
    exposure : Exposure
    spell : (n,) int
        Spell of each row; rows of a spell follow each other in time.
    treatments : sequence of Treatment
    groups : sequence of ((n,) int, int)
        Level of each row and number of levels, per trait; -1 is no level.
    lags : int
        Months since the start to be followed one by one.
    draws, seed : int
        Client bootstrap, as in :func:`kompas.models.bootstrap.weight_block`.
    progress : function, optional
        Called with the share that is done.

    Returns
    -------
    list of Sums
        In the order of ``treatments``.
    """
    adders = [_Adder(t, exposure, sum(n for _, n in groups), lags, draws) for t in treatments]
    for rows in _blocks(exposure):
        cluster = exposure.cluster[rows]
        codes = [code[rows] for code, _ in groups]
        changes = np.r_[True, np.any([c[1:] != c[:-1] for c in (cluster, *codes)], axis=0)]
        run = np.cumsum(changes) - 1
        client = cluster[changes]
        members = [c[changes] == level for c, (_, n) in zip(codes, groups, strict=True) for level in range(n)]
        first = int(client[0])
        counts = weight_block(first, int(client[-1]) + 1, draws, seed)[client - first]
        weights = np.concatenate([np.ones((client.size, 1)), counts.astype(np.float64)], axis=1)
        pieces = make_pieces(exposure, spell, rows, run)
        local = np.cumsum(np.r_[True, client[1:] != client[:-1]]) - 1
        for adder in adders:
            adder.add(pieces, local, members, weights)
        if progress is not None:
            progress(rows.stop / exposure.cluster.size)
    return [adder.sums() for adder in adders]


def log_effects(sums: Sums) -> Floats:
    """Log hazard ratios, shape (1 + G, F, Q, 1 + B); nan without exits or expected exits in either arm.

    log(treated exits / expected) - log(weighted control exits / expected), where 'expected' comes from an outcome
    model without this treatment: right when the hazard of a start or the hazard of an exit is right.
    A draw without any exit counts as half an exit.
    """
    q = sums.exits.shape[2]
    out = np.zeros((*sums.treated.shape[:2], q, sums.treated.shape[3]))
    for sign, arm, count in ((1, sums.treated, sums.treated[:, :, :q, 0]), (-1, sums.control, sums.exits)):
        exits, expected = arm[:, :, :q], arm[:, :, q : 2 * q]
        half = 0.5 * exits[..., 0] / np.maximum(count, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            out += sign * (np.log(np.maximum(exits, half[..., None])) - np.log(expected))
    return np.where(np.isfinite(out), out, np.nan)


def incidence(by_lag: Floats) -> Floats:
    """Cumulative incidence by cause 1, 2, ..., L months after the start, shape (Q, L, 1 + B).

    Aalen-Johansen on months with constant hazards; nan from the first month without exposure on.
    """
    q = by_lag.shape[1] - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard = by_lag[:, :q] / by_lag[:, q:]
    total = hazard.sum(axis=1)
    before = np.exp(-(np.cumsum(total, axis=0) - total))
    share = np.divide(hazard, total[:, None], out=np.zeros_like(hazard), where=total[:, None] > 0)
    left = before[:, None] * share * -np.expm1(-total)[:, None]
    left = np.where(np.isnan(total)[:, None], np.nan, left)
    return np.asarray(np.moveaxis(np.cumsum(left, axis=0), 1, 0), dtype=np.float64)
