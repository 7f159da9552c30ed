"""Tables and sections of a report as values: all text, headings and formats from the glossary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.weergave.getallen import datum, euro, getal, klein_aantal, percent
from kompas.weergave.tekenaar import Tekening


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tabel:
    """A table for HTML, all text: ``koppen`` is (heading, is it a number); the first cell of a row heads it."""

    id: str
    bijschrift: str
    koppen: tuple[tuple[str, bool], ...]
    rijen: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stuk:
    """A part of a section: sentences, then a picture, then a table; ``dicht`` folds the table away."""

    kop: str = ""
    zinnen: tuple[str, ...] = ()
    punten: tuple[str, ...] = ()
    svg: str | Tekening | None = None
    bijschrift: str = ""
    tabel: Tabel | None = None
    dicht: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Deel:
    """A section of a report: its anchor, its heading, its short name in the contents, its parts."""

    id: str
    kop: str
    kort: str
    stukken: tuple[Stuk, ...]


def cel(waarde: Any, kolom: str, eenheid: str | None) -> str:
    """One value as Dutch text, by the unit of its column.

    Examples
    --------
    >>> cel(0.125, "kans_werk_12m", "kans"), cel(True, "voorkeur", None), cel(None, "x", None)
    ('12,5%', 'ja', '–')
    """
    if waarde is None or bool(pd.isna(waarde)):
        return "–"
    if kolom == "teruggekeerd":
        return klein_aantal(waarde)
    if isinstance(waarde, bool | np.bool_):
        return "ja" if waarde else "nee"
    if isinstance(waarde, dt.date):
        return datum(waarde)
    if isinstance(waarde, int | float | np.number):
        return _getalcel(waarde, eenheid)
    return lees_begrippen().waarde(kolom, str(waarde))


def _getalcel(waarde: Any, eenheid: str | None) -> str:
    if eenheid == "jaar":
        return f"{waarde:.0f}"
    if eenheid == "euro":
        return euro(waarde)
    if eenheid in {"kans", "fractie"}:
        return percent(waarde, 1)
    geheel = isinstance(waarde, int | np.integer)
    decimalen = {"maanden": 1, "verhouding": 2, "log verhouding": 3, "aantal": 0}.get(eenheid or "", 0 if geheel else 2)
    return getal(waarde, decimalen)


def maak_tabel(naam: str, bijschrift: str, frame: pd.DataFrame, kolommen: tuple[str, ...] | None = None) -> Tabel:
    """Any frame as a table: headings and formats from the glossary."""
    begrippen = lees_begrippen()
    namen = kolommen or tuple(str(k) for k in frame.columns)
    eenheden = [begrippen.eenheid(k) for k in namen]
    getallen = [pd.api.types.is_numeric_dtype(frame[k]) and not pd.api.types.is_bool_dtype(frame[k]) for k in namen]
    rijen = tuple(
        tuple(cel(w, k, e) for w, k, e in zip(rij, namen, eenheden, strict=True))
        for rij in frame[list(namen)].itertuples(index=False)
    )
    koppen = tuple((begrippen.label(k), g) for k, g in zip(namen, getallen, strict=True))
    return Tabel(id=naam, bijschrift=bijschrift, koppen=koppen, rijen=rijen)


def teksttabel(naam: str, bijschrift: str, koppen: Mapping[str, bool], rijen: Sequence[Sequence[str]]) -> Tabel:
    """A table of cells that are text already; ``koppen`` says of each heading whether its cells are numbers."""
    return Tabel(id=naam, bijschrift=bijschrift, koppen=tuple(koppen.items()), rijen=tuple(tuple(r) for r in rijen))
