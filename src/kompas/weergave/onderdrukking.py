"""Which cells to leave out so that nobody can work out a small count from the others.

Cells are counts of units in a tree (town, afdelingen, teams), in one or more columns. Who reads the page knows every
cell that is shown, which unit is part of which, and that a column may be another plus a rest. A cell of 1 to 9 is safe
when, for all he knows, it could be ten or more: the largest value that fits is found by linear programming. The system
is a flow through a tree, so that largest value is a whole number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kompas.catalogusreken import KLEINST

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Vlaggen = npt.NDArray[np.bool_]
_NUL = 1e-7


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cellen:
    """Counts of units in a tree.

    Parameters
    ----------
    ouder : (n,) int
        Index of the unit that a unit is part of; -1 for none.
    aantallen : (K, n) int
        One row per column of counts.
    laag : sequence of int
        Per column the layer of ``weg`` that tells whether it is shown; -1 for one that is never shown by itself.
    sommen : sequence of (int, int, int)
        Columns a, b and c with a = b + c in every unit.
    vast : sequence of int
        Layers in which nothing more may be hidden.
    """

    ouder: Ints
    aantallen: Ints
    laag: Sequence[int]
    sommen: Sequence[tuple[int, int, int]] = ()
    vast: Sequence[int] = ()


def klein(aantal: npt.ArrayLike) -> Vlaggen:
    """Tell which counts are 1 to 9.

    Examples
    --------
    >>> klein([0, 1, 9, 10]).tolist()
    [False, True, True, False]
    """
    n = np.asarray(aantal, dtype=np.float64)
    return np.asarray((n > 0) & (n < KLEINST))


def verberg(cellen: Cellen, weg: Vlaggen) -> Vlaggen:
    """Hide more, until no small count can be worked out.

    Parameters
    ----------
    cellen : Cellen
    weg : (L, n) bool
        What is hidden already, per layer; cells of 1 to 9 themselves have to be.

    Returns
    -------
    (L, n) bool

    Notes
    -----
    Households without a unit (a total less its parts) are a cell too; when there are none that is taken as known. What
    is hidden besides is the smallest cell that the reader needs, of a part rather than of the whole (later layers
    first), and the town last.

    Examples
    --------
    A town of 1,020 with afdelingen of 5, 12 and 1,003, of which the second has one team of 12: that team too.

    >>> c = Cellen(ouder=np.array([-1, 0, 0, 0, 2]), aantallen=np.array([[1020, 5, 12, 1003, 12]]), laag=[0])
    >>> verberg(c, np.array([[False, True, True, False, False]])).tolist()
    [[False, True, True, False, True]]
    """
    uit = weg.copy()
    stelsel = _Stelsel(cellen)
    te_doen = np.flatnonzero(klein(stelsel.waarde))
    if te_doen.size:
        te_doen = te_doen[~stelsel.samen(te_doen, uit)]
    for cel in te_doen:
        while True:
            meest, kandidaten = stelsel.hoogste(int(cel), uit)
            keus = None if meest >= KLEINST - _NUL else _keus(cellen, kandidaten, uit)
            if keus is None:
                break
            uit[keus] = True
    return uit


def _keus(cellen: Cellen, kandidaten: list[tuple[int, int]], weg: Vlaggen) -> tuple[int, int] | None:
    """Layer and unit to hide next, of (column, unit) that the reader needs; else of all that is shown."""
    lagen, n = weg.shape
    per_laag = {laag: k for k, laag in enumerate(cellen.laag) if laag >= 0}
    mag = [(k, u) for k, u in kandidaten if cellen.laag[k] not in cellen.vast]
    if not mag:
        mag = [(per_laag[i], u) for i in range(lagen) for u in range(n) if i in per_laag and not weg[i, u]]
        mag = [(k, u) for k, u in mag if cellen.laag[k] not in cellen.vast and cellen.aantallen[k, u] > 0]
    if not mag:
        return None
    k, u = min(mag, key=lambda c: (cellen.ouder[c[1]] < 0, -cellen.laag[c[0]], cellen.aantallen[c], c[1]))
    return cellen.laag[k], u


class _Stelsel:
    """The equations that a reader has: cells first, then per column the households without a unit."""

    def __init__(self, cellen: Cellen) -> None:
        n, k_n = cellen.ouder.size, cellen.aantallen.shape[0]
        ouders = np.unique(cellen.ouder[cellen.ouder >= 0])
        r = ouders.size
        self.cellen, self.n = cellen, n
        rijen = []
        buiten = np.zeros((k_n, r), dtype=np.int64)
        for k in range(k_n):
            for i, p in enumerate(ouders):
                rij = np.zeros(k_n * (n + r))
                kinderen = np.flatnonzero(cellen.ouder == p)
                rij[k * n + p], rij[k * n + kinderen], rij[k_n * n + k * r + i] = 1.0, -1.0, -1.0
                buiten[k, i] = cellen.aantallen[k, p] - cellen.aantallen[k, kinderen].sum()
                rijen.append(rij)
        for a, b, c in cellen.sommen:
            for u in range(n):
                rij = np.zeros(k_n * (n + r))
                rij[a * n + u], rij[b * n + u], rij[c * n + u] = 1.0, -1.0, -1.0
                rijen.append(rij)
        self.waarde = np.concatenate([cellen.aantallen.ravel(), buiten.ravel()])
        self.eis = np.array(rijen).reshape(-1, self.waarde.size)
        self.ruim = float(2 * np.abs(self.waarde).sum() + KLEINST)

    def _bekend(self, weg: Vlaggen) -> Vlaggen:
        """Which variables the reader knows."""
        per = [~weg[i] if i >= 0 else np.zeros(self.n, dtype=bool) for i in self.cellen.laag]
        cel = np.concatenate(per)
        return np.concatenate([cel, self.waarde[cel.size :] <= 0])

    def _los_op(self, doel: Floats, weg: Vlaggen, top: Floats | float) -> Any:
        from scipy.optimize import linprog  # noqa: PLC0415 - only where something is small

        bekend = self._bekend(weg)
        grens = np.column_stack([np.where(bekend, self.waarde, 0.0), np.where(bekend, self.waarde, top)])
        return linprog(doel, A_eq=self.eis, b_eq=self.eis @ self.waarde, bounds=grens, method="highs")

    def samen(self, cellen: Ints, weg: Vlaggen) -> Vlaggen:
        """Which of the cells are ten or more in one set of values that fits: those are safe, of the rest it is open."""
        if not len(self.eis):
            return np.asarray(~self._bekend(weg)[cellen])
        doel, top = np.zeros(self.waarde.size), np.full(self.waarde.size, self.ruim)
        doel[cellen], top[cellen] = -1.0, KLEINST
        som = self._los_op(doel, weg, top)
        return np.asarray(som.x[cellen] >= KLEINST - _NUL) if som.status == 0 else np.zeros(cellen.size, dtype=bool)

    def hoogste(self, cel: int, weg: Vlaggen) -> tuple[float, list[tuple[int, int]]]:
        """Largest value that fits, and the shown cells (column, unit) by which it is not larger."""
        bekend = self._bekend(weg)
        if not len(self.eis):
            return float(self.waarde[cel] if bekend[cel] else self.ruim), []
        doel = np.zeros(self.waarde.size)
        doel[cel] = -1.0
        som = self._los_op(doel, weg, self.ruim)
        if som.status != 0:  # the true values fit, so this is rounding: hide rather than guess
            return 0.0, []
        prijs = som.lower.marginals + som.upper.marginals
        helpt = bekend & ((prijs < -_NUL) | ((prijs > _NUL) & (self.waarde > 0)))
        n = self.cellen.aantallen.size
        return float(-som.fun), [divmod(int(j), self.n) for j in np.flatnonzero(helpt[:n])]
