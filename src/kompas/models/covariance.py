"""Covariance of fitted hazards: clustered by client over all causes together, or from the expected information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.linalg import block_diag

from kompas.models.design import Floats, Ints
from kompas.models.hazard import HazardFit
from kompas.models.problem import (
    Events,
    Problem,
    event_pieces,
    event_terms,
    exits_by_time,
    integrate,
    over_rows,
    time_table,
)

CHUNK = 25_000  # rows per block when scores are summed per client


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Part:
    """One cause, ready to sum scores per client."""

    problem: Problem
    weight: Floats  # relative hazard times length, per row
    integrated: Floats  # integrated hazard per row, less the derivative of an exit in it
    table: Floats  # cumulative derivatives of the hazard to the time columns, along the Lexis diagram
    events: Events
    event_score: Floats

    @classmethod
    def of(cls, problem: Problem, fit: HazardFit) -> _Part:
        coef = np.nan_to_num(fit.coef)
        events = event_pieces(problem, fit.cause)
        first = event_terms(problem, events, coef)[1]
        weight, cell, integrated = integrate(problem, coef)
        integrated[events.row] -= first
        return cls(
            problem=problem,
            weight=weight,
            integrated=integrated,
            table=time_table(problem, cell),
            events=events,
            event_score=first,
        )

    def scores(self, rows: slice, bounds: Ints) -> Floats:
        """Score of each client in a block, shape (clients, p); client g has rows ``bounds[g]`` to ``bounds[g + 1]``."""
        lexis, profiles = self.problem.lexis, self.problem.profiles.matrix
        p_z, n = self.table.shape[1], bounds.size - 1
        out = np.empty((n, p_z + profiles.shape[1]))
        out[:, :p_z] = -(over_rows(lexis, self.weight[rows], rows, bounds) @ self.table)
        traits = (-self.integrated[rows], self.problem.exposure.profile[rows], bounds)
        out[:, p_z:] = (sparse.csr_matrix(traits, shape=(n, profiles.shape[0])) @ profiles).toarray()
        inside = slice(*np.searchsorted(self.events.row, [rows.start, rows.stop]))
        mine = Events(**{f.name: getattr(self.events, f.name)[inside] for f in fields(Events)})
        client = np.searchsorted(bounds, mine.row - rows.start, side="right") - 1
        exits = exits_by_time(self.problem, mine, self.event_score[inside], client, n)
        out[:, :p_z] += np.concatenate([sums @ design for sums, design in exits], axis=1)
        return out


def _blocks(cluster: Ints, size: int) -> list[slice]:
    """Blocks of rows that keep every client whole."""
    n = cluster.size
    edges = [0]
    while edges[-1] < n:
        stop = min(edges[-1] + size, n)
        stop = int(np.searchsorted(cluster, cluster[stop - 1], side="right"))
        edges.append(stop)
    return [slice(a, b) for a, b in pairwise(edges)]


def clustered_covariance(parts: Sequence[tuple[Problem, HazardFit]]) -> Floats:
    r"""Sandwich covariance of the coefficients of all causes, clustered by client.

    .. math:: V = B \left(\frac{G}{G-1}\sum_g s_g s_g^\top + R\right) B

    with s_g the score of client g over all causes, B block-diagonal (inverse observed information per cause, ridge
    included) and R the prior precisions: a prior counts as an observation of its own.

    Parameters
    ----------
    parts : sequence of (Problem, HazardFit)
        One pair per cause, in the wanted order; all problems hold the same exposure.

    Returns
    -------
    (P, P) array
        P = sum of the numbers of columns; zero in rows of columns left out.

    Raises
    ------
    ValueError
        When the problems do not share one exposure.
    """
    exposure = parts[0][0].exposure
    if any(problem.exposure is not exposure for problem, _ in parts):
        raise ValueError("all causes must be fitted on the same exposure")
    n_clusters = np.count_nonzero(np.diff(exposure.cluster, prepend=-1))
    prepared = [_Part.of(problem, fit) for problem, fit in parts]
    total = sum(len(fit.names) for _, fit in parts)
    meat = np.zeros((total, total))
    for rows in _blocks(exposure.cluster, CHUNK):
        bounds = np.flatnonzero(np.diff(exposure.cluster[rows], prepend=-1, append=-1))
        summed = np.concatenate([part.scores(rows, bounds) for part in prepared], axis=1)
        meat += summed.T @ summed
    meat *= n_clusters / (n_clusters - 1) if n_clusters > 1 else 1.0
    meat += np.diag(np.concatenate([problem.ridge for problem, _ in parts]))
    bread = block_diag(*(fit.bread for _, fit in parts))
    out: Floats = bread @ meat @ bread
    return out


def expected_information(problem: Problem, fit: HazardFit) -> Floats:
    """Sum the expected (Fisher) information without penalty, shape (p, p), from the pieces written out.

    Programs that fit by iteratively reweighted least squares report standard errors from this matrix.
    Memory grows with the number of pieces: meant for checks on small data.
    """
    pieces = problem.exposure.expand()
    month = np.clip(pieces["month"], 0, problem.time.duration.shape[0] - 1)
    x = problem.profiles.matrix[pieces["profile"]].toarray()
    calendar = problem.time.calendar[pieces["calendar"] - problem.time.first]
    design = np.concatenate([problem.time.duration[month], calendar, x], axis=1)
    known = np.zeros(month.size)
    if problem.time.offset is not None:
        known += problem.time.offset[0][month] + problem.time.offset[1][pieces["calendar"] - problem.time.first]
    if problem.profiles.offset is not None:
        known += problem.profiles.offset[pieces["profile"]]
    u = np.exp(design @ np.nan_to_num(fit.coef) + known) * pieces["length"]
    weight = u * u / np.expm1(u)
    out: Floats = design.T @ (weight[:, None] * design)
    return out
