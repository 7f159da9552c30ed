"""Numerator, denominator and spread of a kengetal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kompas.models.design import Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Telling:
    """A kengetal by unit and month.

    Parameters
    ----------
    teller : (U, T) float
        Count, or the numerator of a share or a mean; nan where unknown.
    noemer : (U, T) float or None
        Denominator; None for a count.
    spreiding : (U, T) float or None
        Standard error of a mean or a stock.
    """

    teller: Floats
    noemer: Floats | None = None
    spreiding: Floats | None = None

    @property
    def realisatie(self) -> Floats:
        """The figure itself; nan where there is nothing to divide by."""
        if self.noemer is None:
            return self.teller
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(self.noemer > 0, self.teller / self.noemer, np.nan), dtype=np.float64)


def aantal(teller: Floats) -> Telling:
    """A count."""
    return Telling(teller=teller)


def aandeel(teller: Floats, noemer: Floats) -> Telling:
    """A share of cases."""
    return Telling(teller=teller, noemer=noemer)


def leeg_voor(t: Telling, leeg: npt.NDArray[np.generic]) -> Telling:
    """The same without the months ``leeg``, (T,) bool."""
    weg = np.asarray(leeg, dtype=bool)

    def zonder(x: Floats | None) -> Floats | None:
        return None if x is None else np.where(weg, np.nan, x)

    return Telling(teller=np.where(weg, np.nan, t.teller), noemer=zonder(t.noemer), spreiding=zonder(t.spreiding))
