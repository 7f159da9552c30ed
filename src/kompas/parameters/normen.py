"""Dated norms of social assistance: the fallback where the amount of a client is unknown."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

from kompas.fouten import GebruiksFout, naaste
from kompas.parameters.reeks import Reeks, lees_rijen, maak_reeks

LEEFVORMEN = ("alleenstaande", "alleenstaande_ouder", "gehuwd", "anders")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Norm:
    """A norm with its source.

    ``bedrag`` is net euro per month including holiday allowance and the largest municipal supplement (until 2015); None
    for ``anders``, for which there is no one norm. ``waarschuwing`` says in Dutch that a later norm is not known here.
    """

    bedrag: float | None
    vanaf: dt.date
    bron: str
    waarschuwing: str | None


@cache
def normreeks() -> Reeks:
    """Return the norms as read from ``normen.toml``, per day on which they started."""
    doe = "Lever bedrag_maand mee in de uitkeringen."
    return maak_reeks("de bijstandsnorm", doe, lees_rijen("normen.toml", "norm"), halfjaarlijks=True)


def norm_met_bron(leefvorm: str, datum: dt.date) -> Norm:
    """Net norm per month for a household of this kind on this day, with its source.

    Parameters
    ----------
    leefvorm : str
        ``alleenstaande``, ``alleenstaande_ouder``, ``gehuwd`` or ``anders``.
    datum : date

    Returns
    -------
    Norm
        Norms change every half year; on a day between two known ones the last known one is used and
        ``waarschuwing`` says so.

    Raises
    ------
    GebruiksFout
        ``KMP-P001`` for a day before the first known norm, ``KMP-P002`` for an unknown ``leefvorm``.

    Examples
    --------
    >>> n = norm_met_bron("alleenstaande", dt.date(2007, 6, 30))
    >>> n.bedrag, str(n.vanaf), n.waarschuwing
    (865.8, '2007-01-01', None)
    >>> print(norm_met_bron("gehuwd", dt.date(2010, 3, 1)).waarschuwing)
    de bijstandsnorm van 01-01-2008 is gebruikt voor 01-03-2010: een waarde vanaf 01-07-2008 is niet bekend. Lever
    bedrag_maand mee in de uitkeringen.
    """
    if leefvorm not in LEEFVORMEN:
        raise GebruiksFout(
            "KMP-P002",
            f"er is geen bijstandsnorm voor leefvorm '{leefvorm}'.{naaste(leefvorm, LEEFVORMEN)} "
            f"Kies uit: {', '.join(LEEFVORMEN)}.",
        )
    gevonden = normreeks().op(datum)
    waarde = gevonden.waarde
    inhoud = waarde.inhoud or {}
    bedrag = None
    if leefvorm in inhoud:
        toeslag = 0.0 if leefvorm == "gehuwd" else float(inhoud["toeslag_max"])
        bedrag = round(float(inhoud[leefvorm]) + toeslag, 2)
    return Norm(bedrag=bedrag, vanaf=waarde.vanaf, bron=waarde.bron, waarschuwing=gevonden.waarschuwing)


def norm(leefvorm: str, datum: dt.date) -> float | None:
    """Net norm per month, supplement included, for a household of this kind on this day.

    Parameters
    ----------
    leefvorm : str
        ``alleenstaande``, ``alleenstaande_ouder``, ``gehuwd`` or ``anders``.
    datum : date

    Returns
    -------
    float or None
        Euro per month; None for ``anders`` and for any other word: there is no one norm, so that it is unknown. The
        source, and a warning where a later norm is unknown, are in ``norm_met_bron``.

    Raises
    ------
    GebruiksFout
        ``KMP-P001`` for a day before the first known norm.

    Examples
    --------
    >>> norm("alleenstaande", dt.date(2007, 6, 30))
    865.8
    >>> norm("gehuwd", dt.date(2012, 1, 1))
    1336.42
    """
    return norm_met_bron(leefvorm if leefvorm in LEEFVORMEN else "anders", datum).bedrag
