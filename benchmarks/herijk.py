"""A whole herijk and a lijstwerk of a simulated municipality with four instruments: time per stage, peak memory.

    python benchmarks/herijk.py                            # 30,000 clients twice, 100,000 once
    python benchmarks/herijk.py --clients 30000 --runs 1

A herijk is the command as it comes: every method, backtest and report. Every run is a process of its own. Writes
herijk.csv and the tables of README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from onderdelen.meting import HERE, measure, measure_json, own

SEED = 1
THREADS = 1
LARGE = 100_000


def _stages() -> tuple[Callable[[str, float], None], Callable[[], dict[str, float]]]:
    """Progress callback that notes when each stage begins, and the function that gives seconds per stage."""
    seen: list[tuple[str, float]] = []

    def progress(stage: str, share: float) -> None:
        del share
        if not seen or seen[-1][0] != stage:
            seen.append((stage, time.perf_counter()))

    def seconds() -> dict[str, float]:
        out: dict[str, float] = {}
        ends = [moment for _, moment in seen[1:]] + [time.perf_counter()]
        for (stage, begin), end in zip(seen, ends, strict=True):
            out[stage] = out.get(stage, 0.0) + end - begin
        return out

    return progress, seconds


def simulate(folder: Path, clients: int) -> None:
    """Write a municipality, unless it is there."""
    from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid

    if not (folder / "kompas.toml").exists():
        simulation = simuleer_gemeente(standaard_waarheid(), zaad=SEED, clienten=clients, met_verwacht=False)
        schrijf_simulatie(simulation, folder)


def run_herijk(folder: Path, model: Path, out: Path) -> None:
    """Recalibrate in this process."""
    start = time.perf_counter()
    import kompas

    progress, seconds = _stages()
    progress("import", 0.0)
    herijk, lees_config = kompas.herijk, kompas.lees_config
    progress("config", 0.0)
    h = herijk(lees_config(folder / "kompas.toml"), model, zaad=SEED, voortgang=progress)
    stages = seconds()
    rows = {str(r["wat"]): int(r["aantal"]) for r in h.weglatingen.to_dict("records")}
    glance = h.glance.to_dict("records")
    known = {
        "spells": rows.get("perioden in de schatting"),
        "person_months": int(glance[0]["persoonmaanden"]),
        "exits": {str(r["bestemming"]): int(r["gebeurtenissen"]) for r in glance},
        "instruments": len(h.config.instrument),
        "terms": len(h.termen),
    }
    result = {"stages": stages, "total": time.perf_counter() - start, "known": known}
    out.write_text(json.dumps(result), encoding="utf-8")


def run_lijstwerk(folder: Path, model: Path, to: Path, out: Path) -> None:
    """Score the running clients in this process."""
    start = time.perf_counter()
    import kompas

    progress, seconds = _stages()
    progress("import", 0.0)
    lijstwerk = kompas.lijstwerk
    progress("config, model", 0.0)
    made = lijstwerk(folder / "kompas.toml", model, to, voortgang=progress)
    result = {"stages": seconds(), "total": time.perf_counter() - start, "known": {"running": len(made.tabel)}}
    out.write_text(json.dumps(result), encoding="utf-8")


def measure_all(sizes: Sequence[int], runs: int) -> list[dict[str, Any]]:
    """Measure both commands for every size, the largest once."""
    out = []
    with tempfile.TemporaryDirectory() as temporary:
        for clients in sizes:
            folder, model = Path(temporary) / f"town-{clients}", Path(temporary) / f"model-{clients}"
            measure(own("herijk.py", "simulate", str(folder), "--clients", str(clients)))
            for run in range(1, 1 + (runs if clients < LARGE else 1)):
                key = {"clients": clients, "run": run}
                for kind, extra in (("herijk", ()), ("lijstwerk", (str(Path(temporary) / "list.csv"),))):
                    load = os.getloadavg()[0]
                    found = measure_json(own("herijk.py", kind, str(folder), str(model), *extra), threads=THREADS)
                    out.append({"kind": kind, **key, "load_average": load, **found})
                    print(f"{kind}, {clients:,} clients, run {run}: {found['process_wall']:.1f} s", flush=True)
    return out


def write(runs: list[dict[str, Any]], sizes: Sequence[int]) -> None:
    """Write every run, and the tables."""
    from onderdelen import tabel

    tables = {kind: tabel.stage_table(runs, kind, sizes) for kind in ("herijk", "lijstwerk")}
    tabel.fill(HERE / "README.md", tables)
    (HERE / "herijk.csv").write_text(tabel.runs_csv(runs), encoding="utf-8", newline="\n")


def main() -> None:
    """Parse and do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", nargs="+", type=int, default=[30_000, 100_000])
    parser.add_argument("--runs", type=int, default=2, help=f"runs per size; from {LARGE:,} clients on one")
    commands = parser.add_subparsers(dest="command")
    data = commands.add_parser("simulate", help="write a municipality")
    data.add_argument("folder", type=Path)
    data.add_argument("--clients", type=int, default=30_000, dest="size")
    one = commands.add_parser("herijk", help="recalibrate in this process")
    one.add_argument("folder", type=Path)
    one.add_argument("model", type=Path)
    one.add_argument("out", type=Path)
    score = commands.add_parser("lijstwerk", help="score the running clients in this process")
    score.add_argument("folder", type=Path)
    score.add_argument("model", type=Path)
    score.add_argument("to", type=Path)
    score.add_argument("out", type=Path)
    a = parser.parse_args()
    if a.command == "simulate":
        simulate(a.folder, a.size)
    elif a.command == "herijk":
        run_herijk(a.folder, a.model, a.out)
    elif a.command == "lijstwerk":
        run_lijstwerk(a.folder, a.model, a.to, a.out)
    else:
        write(measure_all(a.clients, a.runs), a.clients)


if __name__ == "__main__":
    main()
