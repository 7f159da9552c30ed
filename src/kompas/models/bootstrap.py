"""Client bootstrap without resampled tables: every client gets a Poisson(1) count per draw.

The counts of a client follow from the seed, the number of draws and the number of the client alone, so that estimates
made in different places, in blocks of any size, can be replicated jointly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

BLOCK = 1024  # clients that share one key of the generator
Counts = npt.NDArray[np.uint8]


def _table() -> Counts:
    """Poisson(1) counts of 65,536 equally likely outcomes (mean and variance 1 to four digits)."""
    cumulative = np.cumsum([math.exp(-1.0) / math.factorial(k) for k in range(9)])
    place = (np.arange(65536) + 0.5) / 65536
    return np.searchsorted(cumulative, place, side="right").astype(np.uint8)


_COUNTS = _table()


def weight_block(first: int, last: int, draws: int, seed: int) -> Counts:
    """Counts of clients ``first`` to ``last - 1``, shape (last - first, draws).

    Parameters
    ----------
    first, last : int
        Range of client numbers (the ``cluster`` of an exposure).
    draws : int
        Number of replicates; another number gives other counts.
    seed : int

    Returns
    -------
    (last - first, draws) uint8

    Examples
    --------
    >>> whole = weight_block(0, 3000, 4, seed=7)
    >>> bool((whole[1500:1510] == weight_block(1500, 1510, 4, seed=7)).all())
    True
    """
    out = np.empty((max(last - first, 0), draws), dtype=np.uint8)
    for block in range(first // BLOCK, -(-last // BLOCK) if last > first else 0):
        key = np.array([seed % 2**64, block], dtype=np.uint64)
        raw = np.random.Philox(key=key).random_raw(-(-BLOCK * draws // 4)).astype("<u8")
        counts = _COUNTS[raw.view("<u2")[: BLOCK * draws]].reshape(BLOCK, draws)
        start, stop = max(first, block * BLOCK), min(last, (block + 1) * BLOCK)
        out[start - first : stop - first] = counts[start - block * BLOCK : stop - block * BLOCK]
    return out


def client_weights(n_clients: int, draws: int, seed: int, *, size: int = 8 * BLOCK) -> Iterator[Counts]:
    """Stream the counts of all clients in order, in blocks of ``size`` clients by ``draws``.

    Examples
    --------
    >>> [block.shape for block in client_weights(2500, 3, seed=1, size=1000)]
    [(1000, 3), (1000, 3), (500, 3)]
    """
    for first in range(0, n_clients, size):
        yield weight_block(first, min(first + size, n_clients), draws, seed)
