"""Dated norms of social assistance: the fallback where the amount of a client is unknown."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from importlib import resources
from typing import Any

from kompas.fouten import GebruiksFout


@cache
def _tabel() -> tuple[dict[str, Any], ...]:
    tekst = resources.files("kompas.parameters").joinpath("normen.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(tekst)["norm"])


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
        Euro per month; None for ``anders``: there is no one norm, so that it is unknown.

    Raises
    ------
    GebruiksFout
        ``KMP-P001`` for a day before the first known norm.

    Examples
    --------
    >>> norm("alleenstaande", dt.date(2007, 6, 30))
    865.8
    >>> norm("gehuwd", dt.date(2013, 1, 1))
    1336.42
    """
    rijen = [r for r in _tabel() if r["vanaf"] <= datum]
    if not rijen:
        eerste = _tabel()[0]["vanaf"]
        raise GebruiksFout(
            "KMP-P001",
            f"voor {datum:%d-%m-%Y} is geen bijstandsnorm bekend (de eerste geldt vanaf {eerste:%d-%m-%Y}). "
            "Lever bedrag_maand mee in de uitkeringen.",
        )
    rij = rijen[-1]
    if leefvorm not in rij:
        return None
    toeslag = 0.0 if leefvorm == "gehuwd" else rij["toeslag_max"]
    return round(float(rij[leefvorm]) + float(toeslag), 2)
