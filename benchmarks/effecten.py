"""The simulation study of the effects: towns with a known truth, many seeds, every method.

``python benchmarks/effecten.py --wereld selectie --clienten 20000 --zaden 20 --kernen 2`` measures what is missing in
``effecten.csv`` and can be broken off at any moment: a town is there as a whole or not at all. A world may carry
options: ``anticipatie:registratie=geen,sterkte=0``. ``--ja`` also counts clients with an advice, ``--prognose`` also
lays expected months beside the truth (``effecten_prognose.csv``). A town that is there is measured again only with
``--opnieuw``: do that when kompas has learnt a new method. ``--tijd`` measures seconds and memory by size
(``effecten_tijd.csv``); ``--tabel`` writes the tables of README.md.

Every town is a process of its own with one thread for linear algebra.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onderdelen.meting import HERE, MeasureError, measure, measure_json, own
from onderdelen.opslag import KEY, Key, append, missing, read

STUDY = (
    *KEY,
    "instrument",
    "fase",
    "bestemming",
    "methode",
    "waar",
    "log_effect",
    "se",
    "voorkeur",
    "oordeel",
    "inzetten",
    "gebeurtenissen",
    "typen",
    "ja",
    "seconden",
    "piek_mb",
    "rijen",
)
FORECAST = (*KEY, "wat", "geschat", "waar", "n", "rijen")
TIME = (*KEY, "instrumenten", "draden", "seconden", "proces_seconden", "piek_mb", "rijen")
TIMED = {1: "een_instrument", 4: "selectie"}  # instruments -> world
THREADS = 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Files:
    """Where the rows are kept."""

    folder: Path = HERE

    @property
    def study(self) -> Path:
        """Estimates beside the truth."""
        return self.folder / "effecten.csv"

    @property
    def forecast(self) -> Path:
        """Expected months beside the truth."""
        return self.folder / "effecten_prognose.csv"

    @property
    def time(self) -> Path:
        """Seconds and memory."""
        return self.folder / "effecten_tijd.csv"


def town_here(order: str, out: Path) -> None:
    """Measure one town in this process (the child's work)."""
    from onderdelen.stad import measure_town

    asked = json.loads(order)
    out.write_text(json.dumps(measure_town(**asked)), encoding="utf-8")


def estimate_here(folder: Path, out: Path) -> None:
    """Read a town from disk and estimate it in this process (the child's work of ``--tijd``)."""
    from kompas.bron import lees_bron
    from kompas.config import lees_config
    from kompas.herijking import schat

    config = lees_config(folder / "kompas.toml")
    bestand = lees_bron(config)
    start = time.perf_counter()
    schat(bestand, config)
    out.write_text(json.dumps({"seconden": time.perf_counter() - start}), encoding="utf-8")


def simulate_here(order: str, folder: Path) -> None:
    """Write a town to disk, unless it is there (the child's work of ``--tijd``)."""
    from kompas.simulatie import schrijf_simulatie, simuleer_gemeente
    from onderdelen.stad import world_of

    a = json.loads(order)
    if not (folder / "kompas.toml").exists():
        world = world_of(a["label"], a["variant"])
        sim = simuleer_gemeente(world, zaad=a["seed"], clienten=a["clients"], met_verwacht=False)
        schrijf_simulatie(sim, folder)


def _order(key: Key) -> dict[str, Any]:
    return {"label": key[0], "variant": key[1], "clients": int(key[2]), "seed": int(key[3])}


def _measured(key: Key, *, ja: bool, prognose: bool) -> dict[str, Any]:
    order = json.dumps(_order(key) | {"ja": ja, "prognose": prognose})
    return measure_json(own("effecten.py", "--een", order), threads=THREADS)


def study(keys: Sequence[Key], files: Files, *, cores: int, ja: bool, prognose: bool, again: bool) -> int:
    """Measure the towns that are missing; returns how many failed."""
    todo = missing(keys, files.study, STUDY, again=again)
    if prognose:
        behind = [k for k in missing(keys, files.forecast, FORECAST) if k not in todo]
        todo += missing(behind, files.study, STUDY, again=True)
        missing(todo, files.forecast, FORECAST, again=True)  # a town is measured as a whole
    print(f"{len(keys) - len(todo)} towns are there, {len(todo)} to do", flush=True)
    failed = 0
    with ThreadPoolExecutor(cores) as pool:
        work = {pool.submit(_measured, key, ja=ja, prognose=prognose): key for key in todo}
        for done in as_completed(work):
            key = work[done]
            try:
                found = done.result()
            except MeasureError as error:
                failed += 1
                print(f"{', '.join(key)}: {error}", file=sys.stderr, flush=True)
                continue
            if found["prognose"]:
                append(files.forecast, FORECAST, found["prognose"])
            append(files.study, STUDY, [{**row, "piek_mb": found["peak_mb"]} for row in found["rijen"]])
            print(f"{', '.join(key)}: {found['process_wall']:.1f} s, {found['peak_mb']:.0f} MB", flush=True)
    return failed


def timing(sizes: Sequence[int], runs: int, files: Files, *, again: bool) -> None:
    """Measure seconds and peak memory of an estimation, one process at a time."""
    keys = [(world, "stock", str(n), str(run)) for run in range(1, runs + 1) for n in sizes for world in TIMED.values()]
    instruments = {world: n for n, world in TIMED.items()}
    for key in missing(keys, files.time, TIME, again=again):
        order = _order(key) | {"seed": 1}  # a run repeats the same town
        folder = HERE.parent / "build" / "benchmarks" / f"effecten-{key[0]}-{key[2]}"
        folder.parent.mkdir(parents=True, exist_ok=True)
        measure(own("effecten.py", "--maak", json.dumps(order), str(folder)))
        found = measure_json(own("effecten.py", "--schat", str(folder)), threads=THREADS)
        row = dict(zip(KEY, key, strict=True)) | {
            "instrumenten": instruments[key[0]],
            "draden": THREADS,
            "seconden": found["seconden"],
            "proces_seconden": found["process_wall"],
            "piek_mb": found["peak_mb"],
        }
        append(files.time, TIME, [row])
        print(f"{', '.join(key)}: {found['seconden']:.1f} s, {found['peak_mb']:.0f} MB", flush=True)


def tables(files: Files, readme: Path) -> None:
    """Write the tables of the README from what was measured."""
    import pandas as pd

    from onderdelen import samenvatting as s
    from onderdelen.tabel import fill

    none = "Not measured yet."
    rows = s.typed(pd.DataFrame(read(files.study, STUDY), columns=list(STUDY)))
    forecast = pd.DataFrame(read(files.forecast, FORECAST), columns=list(FORECAST))
    timed = pd.DataFrame(read(files.time, TIME), columns=list(TIME))
    every = ("werk", "handhaving", "overig")
    fill(
        readme,
        {
            "effecten-werk": s.study_table(s.summarize(rows)) if len(rows) else none,
            "effecten-alle": s.study_table(s.summarize(rows, every)) if len(rows) else none,
            "effecten-prognose": s.forecast_table(forecast) if len(forecast) else none,
            "effecten-tijd": s.time_table(timed) if len(timed) else none,
        },
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wereld", nargs="+", default=[], help="worlds, with or without options")
    parser.add_argument("--variant", nargs="+", choices=["stock", "instroom"], default=["stock"])
    parser.add_argument("--clienten", nargs="+", type=int, default=[20_000])
    parser.add_argument("--zaden", type=int, default=20, help="seeds 1 to this")
    parser.add_argument("--kernen", type=int, default=1, help="towns at a time")
    parser.add_argument("--ja", action="store_true", help="also: share of clients with any advice")
    parser.add_argument("--prognose", action="store_true", help="also: expected months against the truth")
    parser.add_argument("--opnieuw", action="store_true", help="measure again what is there")
    parser.add_argument("--tijd", action="store_true", help="seconds and memory by size")
    parser.add_argument("--maten", nargs="+", type=int, default=[5_000, 20_000, 50_000, 100_000], help="for --tijd")
    parser.add_argument("--keer", type=int, default=1, help="runs per size, for --tijd")
    parser.add_argument("--tabel", action="store_true", help="write the tables of README.md")
    parser.add_argument("--map", type=Path, default=HERE, help="folder with the rows and README.md")
    for name, n in (("--een", 2), ("--schat", 2), ("--maak", 2)):
        parser.add_argument(name, nargs=n, help=argparse.SUPPRESS)
    return parser


def main() -> int:
    """Parse and do."""
    a = _parser().parse_args()
    files = Files(folder=a.map)
    if a.een:
        town_here(a.een[0], Path(a.een[1]))
    if a.schat:
        estimate_here(Path(a.schat[0]), Path(a.schat[1]))
    if a.maak:
        simulate_here(a.maak[0], Path(a.maak[1]))
    failed = 0
    if a.wereld:
        keys = [
            (world, variant, str(n), str(seed))
            for seed in range(1, a.zaden + 1)
            for world in a.wereld
            for variant in a.variant
            for n in a.clienten
        ]
        failed = study(keys, files, cores=a.kernen, ja=a.ja, prognose=a.prognose, again=a.opnieuw)
    if a.tijd:
        timing(a.maten, a.keer, files, again=a.opnieuw)
    if a.tabel:
        tables(files, a.map / "README.md")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
