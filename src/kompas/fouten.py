"""The error tree: one base class, stable codes, the exit code beside the cause.

A message says what is wrong, where, why and what to do. It never holds a personal datum.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class KompasError(Exception):
    """Base of every error that kompas raises on purpose.

    Parameters
    ----------
    code : str
        Stable code such as ``"KMP-C012"``; it does not change when the wording does.
    bericht : str
        Dutch text for the user: what, where, why, what to do.

    Examples
    --------
    >>> print(GebruiksFout("KMP-C001", "Bestand ontbreekt."))
    KMP-C001: Bestand ontbreekt.
    """

    exitcode = 1

    def __init__(self, code: str, bericht: str) -> None:
        super().__init__(f"{code}: {bericht}")
        self.code = code
        self.bericht = bericht


class RekenFout(KompasError):
    """The run failed (exit code 1): no convergence, nothing to estimate."""

    exitcode = 1


class GebruiksFout(KompasError):
    """Wrong use, wrong config or a missing file (exit code 2)."""

    exitcode = 2


class GegevensFout(KompasError):
    """The data were rejected (exit code 3)."""

    exitcode = 3


class ModelFout(KompasError):
    """A check on the model failed (exit code 4)."""

    exitcode = 4


class GeweigerdFout(KompasError):
    """Refused for privacy or law (exit code 5)."""

    exitcode = 5


def naaste(woord: str, bekend: Iterable[str]) -> str:
    """Return ``" Bedoelde u '...'?"`` for the nearest known word, else an empty text.

    Examples
    --------
    >>> naaste("einddatun", ["begindatum", "einddatum"])
    " Bedoelde u 'einddatum'?"
    >>> naaste("xyz", ["begindatum"])
    ''
    """
    gelijk = {b.lower(): b for b in bekend}
    vondst = difflib.get_close_matches(str(woord).lower(), list(gelijk), n=1, cutoff=0.6)
    return f" Bedoelde u '{gelijk[vondst[0]]}'?" if vondst else ""
