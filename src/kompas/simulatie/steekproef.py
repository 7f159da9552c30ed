"""A balanced sample: the clients out of a larger simulated pool whose totals come near given figures.

The pool follows the known truth; the choice only takes away the noise of one draw, as balanced sampling does. All
arithmetic is in whole numbers, so that the same pool and seed give the same choice on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kompas.fouten import GebruiksFout
from kompas.simulatie.tijd import Ints

_VOORSTELLEN = 24
_STIL = 60
_HOOGSTENS = 60_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Marge:
    """One figure that the sample should have.

    Parameters
    ----------
    naam : str
        What it is.
    bijdrage : (n,) int
        What each client of the pool adds to it.
    doel : int
        The total wanted.
    gewicht : int
        Weight of a squared difference.
    """

    naam: str
    bijdrage: Ints
    doel: int
    gewicht: int = 1


def kies_steekproef(marges: list[Marge], *, n: int, trekking: int, zaad: int) -> Ints:
    """Choose clients of a pool so that every total comes near its figure.

    Starts from a random draw and takes, out of a few random exchanges at a time, the one that helps most.

    Parameters
    ----------
    marges : list of Marge
        The figures.
    n : int
        Size of the pool.
    trekking : int
        Size of the draw to start from.
    zaad : int
        Seed.

    Returns
    -------
    (m,) int
        The places of the chosen clients, ascending.

    Raises
    ------
    GebruiksFout
        ``KMP-S006`` when the draw does not fit the pool.

    Examples
    --------
    >>> een = Marge(naam="aantal", bijdrage=np.ones(10, dtype=np.int64), doel=4)
    >>> len(kies_steekproef([een], n=10, trekking=7, zaad=1))
    4
    """
    if not 0 < trekking <= n:
        raise GebruiksFout("KMP-S006", f"een trekking van {trekking} past niet in een voorraad van {n}.")
    rng = np.random.Generator(np.random.PCG64(zaad))
    bijdragen: Ints = np.stack([m.bijdrage for m in marges], axis=1).astype(np.int64)
    gewicht = np.array([m.gewicht for m in marges], dtype=np.int64)
    doel = np.array([m.doel for m in marges], dtype=np.int64)
    erin: npt.NDArray[np.bool_] = np.zeros(n, dtype=bool)
    erin[rng.permutation(n)[:trekking]] = True
    rest = bijdragen[erin].sum(axis=0) - doel
    stil = 0
    for _ in range(_HOOGSTENS):
        wie = rng.integers(0, n, _VOORSTELLEN)
        stap = bijdragen[wie] * np.where(erin[wie], -1, 1)[:, None]
        winst = (gewicht * stap * (2 * rest + stap)).sum(axis=1)
        beste = int(winst.argmin())
        if winst[beste] < 0:
            erin[wie[beste]] = ~erin[wie[beste]]
            rest = rest + stap[beste]
            stil = 0
            continue
        stil += 1
        if stil >= _STIL:
            break
    return np.flatnonzero(erin)
