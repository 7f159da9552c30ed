"""Covariance of fitted hazards: clustered by client over all causes together, or from the expected information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.linalg import block_diag

from kompas.models.design import Floats, Ints
from kompas.models.hazard import HazardFit, Problem, cell_design, cell_hazard, cumulative, event_pieces, event_terms

CHUNK = 100_000  # rows per block when scores are laid out


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Part:
    """One cause, ready to lay out scores per row."""

    problem: Problem
    coef: Floats
    table: Floats  # cumulative hazard and its derivatives to the time columns, along the Lexis diagram
    event_row: Ints
    event_score: sparse.csr_matrix

    @classmethod
    def of(cls, problem: Problem, fit: HazardFit) -> _Part:
        coef = np.nan_to_num(fit.coef)
        cell = cell_hazard(problem, coef[: problem.time.size])
        events = event_pieces(problem, fit.cause)
        first = event_terms(events, coef)[1]
        return cls(
            problem=problem,
            coef=coef,
            table=cumulative(
                problem.lexis, np.column_stack([cell, cell[:, None] * cell_design(problem, np.arange(cell.size))])
            ),
            event_row=events.row,
            event_score=events.design.multiply(first[:, None]).tocsr(),
        )

    def scores(self, rows: slice) -> Floats:
        """Score contribution of each row, shape (rows, p)."""
        exposure, lexis, p_z = self.problem.exposure, self.problem.lexis, self.problem.time.size
        x = self.problem.profiles.matrix[exposure.profile[rows]]
        weight = np.exp(x @ self.coef[p_z:]) * exposure.length[rows]
        over = self.table[lexis.stop[rows]] - self.table[lexis.start[rows]]
        out = np.empty((weight.size, self.coef.size))
        out[:, :p_z] = -weight[:, None] * over[:, 1:]
        out[:, p_z:] = x.multiply(-(weight * over[:, 0])[:, None]).toarray()
        lo, hi = np.searchsorted(self.event_row, [rows.start, rows.stop])
        out[self.event_row[lo:hi] - rows.start] += self.event_score[lo:hi].toarray()
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
    n_clusters = np.unique(exposure.cluster).size
    prepared = [_Part.of(problem, fit) for problem, fit in parts]
    total = sum(len(fit.names) for _, fit in parts)
    meat = np.zeros((total, total))
    for rows in _blocks(exposure.cluster, CHUNK):
        block = np.concatenate([part.scores(rows) for part in prepared], axis=1)
        edge = np.flatnonzero(np.diff(exposure.cluster[rows], prepend=-1))
        summed = np.add.reduceat(block, edge, axis=0)
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
    u = np.exp(design @ np.nan_to_num(fit.coef)) * pieces["length"]
    weight = u * u / np.expm1(u)
    out: Floats = design.T @ (weight[:, None] * design)
    return out
