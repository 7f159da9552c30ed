"""A caseload with a known truth, as rows that every program under comparison reads in the same way.

One line per client and phase of the instrument: duration (start, stop], calendar month, exit or not, traits. Made by
inversion: a client leaves in the month in which the integrated hazard passes an exponential draw.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

WINDOW = 78  # months of observation: six and a half years
RUN_UP = 180  # months of inflow before the window: the stock
FIRST = 12 * 2001  # calendar month in which the window opens
BANDS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18, 24, 36, 60)
CHUNK = 200_000

SHAPE = (0.75, 0.85, 0.95, 1.05, 1.1, 1.15, 1.2, 1.2, 1.2, 1.1, 1.05, 1.05, 0.95, 0.85, 0.7, 0.6, 0.5)
LEVEL = 0.040
SEASON = (-0.10, -0.05, 0.05, 0.10, 0.10, 0.05, -0.05, 0.05, 0.15, 0.05, -0.10, -0.25)
TRAITS: Mapping[str, tuple[float, ...]] = {
    "geslacht": (0.0, -0.20),
    "opleiding": (0.0, 0.15, 0.30, 0.55),
    "leeftijd": (0.0, -0.10, -0.25, -0.45, -0.80),
    "team": (0.0, 0.05, -0.05, 0.0, 0.10, 0.0, -0.10, 0.0),
}
SHARES: Mapping[str, tuple[float, ...]] = {
    "geslacht": (0.45, 0.55),
    "opleiding": (0.20, 0.30, 0.30, 0.20),
    "leeftijd": (0.15, 0.25, 0.25, 0.20, 0.15),
    "team": (0.125,) * 8,
}
PHASES = ("tijdens", "na_0_6", "na_6_18", "na_18")
EDGES = (0, 6, 12, 24)  # months since the start at which a phase begins
EFFECTS = (-0.50, 0.30, 0.20, 0.10)
START = 0.015  # monthly chance of a start, for the reference level of opleiding
START_PER_LEVEL = 0.25  # log odds per level: the better educated start sooner, so that adjustment matters
COLUMNS = ("client", "start", "stop", "kalender", "uit", "fase", *TRAITS)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rows:
    """What every program gets.

    Parameters
    ----------
    columns : mapping of str to (n,) int32 array
        ``client`` ascending; ``start``, ``stop`` in whole months of duration; ``kalender`` the calendar month
        (12 * year + month - 1) of the first of them; ``uit`` 1 for an exit at ``stop``; ``fase`` 0 before a start of
        the instrument, then 1 to 4; traits from 0, their reference.
    clients, person_months, exits, starts : int
    """

    columns: Mapping[str, Ints]
    clients: int
    person_months: int
    exits: int
    starts: int


def truth() -> dict[str, float]:
    """Log hazard ratios behind the data, by name of the term."""
    out = {f"fase={name}": value for name, value in zip(PHASES, EFFECTS, strict=True)}
    for trait, values in TRAITS.items():
        out |= {f"{trait}={k}": value for k, value in enumerate(values) if k}
    return out


def _exit_months(begin: Ints, relative: Floats, start: Ints, rng: np.random.Generator) -> Ints:
    """Duration month (0-based) of each exit; a large number where the window closes first."""
    bands = np.searchsorted(np.array(BANDS), np.arange(RUN_UP + WINDOW), side="right")
    base = LEVEL * np.array(SHAPE)[bands]
    season = np.exp(np.array(SEASON))
    since = np.arange(-RUN_UP - WINDOW, RUN_UP + WINDOW)
    phase = np.exp(np.array((0.0, *EFFECTS)))[np.searchsorted(np.array(EDGES), since, side="right")]
    out = np.full(begin.size, np.iinfo(np.int32).max, dtype=np.int32)
    who = np.arange(begin.size)
    left = rng.exponential(size=begin.size)
    for month in range(RUN_UP + WINDOW):
        when = begin[who] + month
        inside = when < WINDOW
        who, left, when = who[inside], left[inside], when[inside]
        passed = np.clip(month - start[who], -RUN_UP - WINDOW, None) + RUN_UP + WINDOW
        left = left - base[month] * season[when % 12] * relative[who] * phase[passed]
        gone = left <= 0
        out[who[gone]] = month
        who, left = who[~gone], left[~gone]
    return out


def _chunk(rng: np.random.Generator) -> dict[str, Ints]:
    """Draw clients and keep those who are seen in the window: one value per client."""
    begin = rng.integers(-RUN_UP, WINDOW, CHUNK, dtype=np.int32)
    traits = {
        name: np.searchsorted(np.cumsum(share)[:-1], rng.random(CHUNK), side="right").astype(np.int32)
        for name, share in SHARES.items()
    }
    relative = np.exp(sum(np.array(TRAITS[name])[code] for name, code in traits.items()))
    odds = START / (1 - START) * np.exp(START_PER_LEVEL * traits["opleiding"])
    start = np.floor(np.log(rng.random(CHUNK)) / -np.log1p(odds)).astype(np.int32)  # 1 - chance = 1 / (1 + odds)
    exit_month = _exit_months(begin, relative, start, rng)
    first = np.maximum(0, -begin)
    last = np.minimum(exit_month, WINDOW - 1 - begin)
    seen = last >= first
    values = {"begin": begin, "first": first, "stop": last + 1, "gone": exit_month == last, "start": start, **traits}
    return {name: np.asarray(value)[seen].astype(np.int32) for name, value in values.items()}


def _rows(c: dict[str, Ints]) -> dict[str, Ints]:
    """Cut each client at the changes of phase."""
    edges = np.column_stack([c["first"], *(c["start"] + e for e in EDGES), c["stop"]])
    edges = np.clip(edges, c["first"][:, None], c["stop"][:, None])
    client, phase = np.nonzero(np.diff(edges, axis=1) > 0)
    start, stop = edges[client, phase], edges[client, phase + 1]
    out = {
        "client": client,
        "start": start,
        "stop": stop,
        "kalender": FIRST + c["begin"][client] + start,
        "uit": c["gone"][client] * (stop == c["stop"][client]),
        "fase": phase,
    }
    out |= {name: c[name][client] for name in TRAITS}
    return {name: np.asarray(value).astype(np.int32) for name, value in out.items()}


def make_rows(clients: int, seed: int) -> Rows:
    """Draw a caseload; the same seed gives the same rows."""
    rng = np.random.default_rng(seed)
    parts: list[dict[str, Ints]] = []
    found = 0
    while found < clients:
        part = _chunk(rng)
        parts.append({name: value[: clients - found] for name, value in part.items()})
        found += parts[-1]["begin"].size
    per_client = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns = _rows(per_client)
    return Rows(
        columns=columns,
        clients=clients,
        person_months=int((columns["stop"] - columns["start"]).sum()),
        exits=int(columns["uit"].sum()),
        starts=int((per_client["start"] < per_client["stop"]).sum()),
    )


def write_rows(rows: Rows, folder: Path) -> None:
    """Write one flat file of int32 per column, and what is known about them: no format has an advantage."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in COLUMNS:
        rows.columns[name].astype("<i4").tofile(folder / f"{name}.i4")
    known = {
        "rows": int(rows.columns["client"].size),
        "clients": rows.clients,
        "person_months": rows.person_months,
        "exits": rows.exits,
        "starts": rows.starts,
    }
    (folder / "known.json").write_text(json.dumps(known), encoding="utf-8")


def read_rows(folder: Path) -> Rows:
    """Read what :func:`write_rows` wrote."""
    known = json.loads((folder / "known.json").read_text(encoding="utf-8"))
    del known["rows"]
    return Rows(columns={name: np.fromfile(folder / f"{name}.i4", dtype="<i4") for name in COLUMNS}, **known)
