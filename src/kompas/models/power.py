"""What a design could have seen: minimum detectable effects, and how many deployments are needed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from kompas.models.design import Floats

POWER = 0.8
LEVEL = 0.05
EFFECT = 0.2  # log hazard ratio that a municipality would want to see


def _factor(power: float, level: float) -> float:
    if not (0 < power < 1 and 0 < level < 1):
        raise ValueError("power and level lie between 0 and 1")
    return float(ndtri(1 - level / 2) + ndtri(power))


def minimum_detectable(se: npt.ArrayLike, *, power: float = POWER, level: float = LEVEL) -> Floats:
    """Smallest true log effect that a two-sided test finds with the given power: (z_{1-level/2} + z_power) se.

    Parameters
    ----------
    se : array of float
        Standard errors of log effects.
    power, level : float
        Chance of finding the effect; size of the test.

    Returns
    -------
    array of float
        Of the shape of ``se``.

    Raises
    ------
    ValueError
        When ``power`` or ``level`` is no probability strictly between 0 and 1.

    Examples
    --------
    >>> minimum_detectable(np.array([0.1])).round(3).tolist()
    [0.28]
    """
    return np.asarray(_factor(power, level) * np.asarray(se, dtype=np.float64), dtype=np.float64)


def deployments_needed(
    deployments: npt.ArrayLike,
    se: npt.ArrayLike,
    *,
    effect: float = EFFECT,
    power: float = POWER,
    level: float = LEVEL,
) -> Floats:
    """How many deployments in all would make ``effect`` detectable: n (MDE / effect)^2, rounded up.

    A standard error falls with the square root of the number of deployments, all else (mix, exits, controls) the same.

    Parameters
    ----------
    deployments : array
        Number behind each standard error.
    se : array
        Standard errors of log effects; broadcasts with ``deployments``.
    effect : float
        Log effect to be found.

    Returns
    -------
    array of float
        Whole numbers; inf where ``se`` is infinite, nan where there is no deployment or no standard error.

    Raises
    ------
    ValueError
        When ``effect`` is zero.

    Examples
    --------
    >>> deployments_needed(np.array([100]), np.array([0.2])).tolist()
    [785.0]
    """
    if effect == 0:
        raise ValueError("an effect of zero is never detectable")
    n = np.asarray(deployments, dtype=np.float64)
    ratio = minimum_detectable(se, power=power, level=level) / abs(effect)
    with np.errstate(invalid="ignore"):
        needed = np.ceil(np.round(n * ratio**2, 6))
    return np.asarray(np.where(n > 0, needed, np.nan), dtype=np.float64)
