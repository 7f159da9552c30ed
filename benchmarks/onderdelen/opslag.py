"""Rows of a study in a CSV that only grows: a town is there as a whole or not at all.

Only the standard library: the process that starts the measured ones stays small (see ``meting.py``).
"""

from __future__ import annotations

import csv
import io
import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

KEY = ("wereld", "variant", "clienten", "zaad")
Key = tuple[str, ...]
COUNT = "rijen"  # how many rows the town of this row has: the mark of a whole one


def key_of(row: Mapping[str, Any]) -> Key:
    """The town of a row, as text."""
    return tuple(str(row[name]) for name in KEY)


def text_of(value: Any) -> str:
    """Write a value short: floats with six figures, booleans as true and false, nothing for None and nan."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value + 0.0:.6g}" if isinstance(value, float) else str(value)


def _lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([text_of(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Rows of whole towns; what a broken-off run left half-written is not among them.

    Raises
    ------
    ValueError
        When the file has other columns.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        head, *body = csv.reader(file)
    if head != list(columns):
        raise ValueError(f"{path.name} has other columns: remove it or give another file")
    rows = [dict(zip(columns, line, strict=True)) for line in body if len(line) == len(columns)]
    seen = Counter(key_of(row) for row in rows)
    return [row for row in rows if str(seen[key_of(row)]) == row[COUNT]]


def rewrite(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write the whole file, through a temporary name."""
    fresh = path.with_suffix(".new")
    fresh.write_text(_lines([dict(zip(columns, columns, strict=True))], columns) + _lines(rows, columns), "utf-8")
    fresh.replace(path)


def append(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add one town in one write, and see to it that it is on the disk.

    Raises
    ------
    ValueError
        When the rows are of more than one town.
    """
    if len({key_of(row) for row in rows}) != 1:
        raise ValueError("one town at a time")
    if not path.exists():
        rewrite(path, columns, [])
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(_lines([{**row, COUNT: len(rows)} for row in rows], columns))
        file.flush()
        os.fsync(file.fileno())


def missing(wanted: Iterable[Key], path: Path, columns: Sequence[str], *, again: bool = False) -> list[Key]:
    """Towns that are still to be measured; drops half-written ones from the file (``again``: all wanted ones too)."""
    asked = list(dict.fromkeys(wanted))
    rows = read(path, columns)
    if again:
        rows = [row for row in rows if key_of(row) not in set(asked)]
    if path.exists():
        rewrite(path, columns, rows)
    there = {key_of(row) for row in rows}
    return [key for key in asked if key not in there]
