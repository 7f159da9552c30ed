r"""Would one more term improve a fitted model? The score test, by client, without fitting again.

At the maximum the scores of the terms in the model add up to zero; those of a term that was left out do so only when
its coefficient is zero. With s_i the score of client i for the new term and s-hat_i its projection on the scores of the
terms that were estimated,

.. math:: V = \sum_i (s_i - \hat s_i)^2, \quad z = \sum_i s_i / \sqrt V, \quad \hat\beta \approx \sum_i s_i / V.

References
----------
Rao (1948), Proc. Cambridge Phil. Soc. 44; Davidson & MacKinnon (2004), Econometric Theory and Methods, ch. 10.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kompas.models.design import Floats

TOLERANCE = 1e-10  # share of the largest eigenvalue below which a direction of the scores counts as none


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ScoreTest:
    """One-step estimates of terms that were left out, each tested alone; arrays of length K.

    Parameters
    ----------
    estimate, se : (K,) arrays
        First step towards the estimate, and its standard error; nan where nothing is known of the term.
    z : (K,) array
    """

    estimate: Floats
    se: Floats
    z: Floats


def added_terms(extra: Floats, nuisance: Iterable[tuple[slice, Floats]]) -> ScoreTest:
    """Test terms that were left out.

    Parameters
    ----------
    extra : (N, K) array
        Score of each client for each new term, its coefficient at zero.
    nuisance : iterable of (slice, (n, P) array)
        Scores of the clients of each block for the terms in the model.

    Returns
    -------
    ScoreTest

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [-1.0], [3.0]])
    >>> t = added_terms(x, [(slice(0, 4), np.zeros((4, 1)))])
    >>> round(float(t.z[0]), 3), round(float(t.estimate[0]), 3)  # 5 / sqrt(15), 5 / 15
    (1.291, 0.333)
    """
    cross, inner = None, None
    for part, s in nuisance:
        cross = s.T @ extra[part] + (0.0 if cross is None else cross)
        inner = s.T @ s + (0.0 if inner is None else inner)
    variance = (extra**2).sum(axis=0)
    if inner is not None and cross is not None:
        values, vectors = np.linalg.eigh(inner)
        keep = values > TOLERANCE * max(float(values[-1]), 1e-300)
        along = vectors[:, keep].T @ cross
        variance = variance - (along**2 / values[keep, None]).sum(axis=0)
    known = variance > 1e-8 * np.maximum((extra**2).sum(axis=0), 1e-300)
    safe = np.where(known, variance, np.nan)
    total = extra.sum(axis=0)
    return ScoreTest(estimate=total / safe, se=1 / np.sqrt(safe), z=total / np.sqrt(safe))
