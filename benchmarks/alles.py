"""Measure the hazard engine beside its peers and write their tables in README.md: ``python benchmarks/alles.py``.

Each measurement is kept in ``build/benchmarks`` as soon as it is made; when the work is broken off, the next call goes
on where it stopped. ``--again`` starts afresh, ``--tables`` only writes the tables, ``--quick`` shows on a small
caseload that everything works and leaves README.md alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hazard import measure_engine
from onderdelen.deelnemers import ENGINES
from onderdelen.meting import HERE, available, machine, measure, measure_json, own, read_store, write_store

THREADS = 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Plan:
    """What is measured, and how often."""

    small: int = 56_000
    large: int = 560_000
    runs_small: int = 5
    runs_large: int = 3
    seeds: int = 200
    work: Path = HERE.parent / "build" / "benchmarks"


def _keys(plan: Plan) -> Iterator[dict[str, Any]]:
    """All measurements in the order in which they are made: programs take turns."""
    here = {name for name, engine in ENGINES.items() if available(engine.needs)}
    for name in ENGINES.keys() - here:
        print(f"left out, not installed here: {ENGINES[name].label}")
    for clients, runs in ((plan.small, plan.runs_small), (plan.large, plan.runs_large)):
        for run in range(1, runs + 1):
            for name, engine in ENGINES.items():
                if name in here and run <= engine.runs and clients <= max(engine.largest, plan.small):
                    yield {"kind": "hazard", "clients": clients, "engine": name, "run": run}
    yield {"kind": "coverage", "clients": plan.small, "run": 1}


def _measure(key: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Make one measurement, its data first."""
    clients = str(key["clients"])
    if key["kind"] == "coverage":
        command = own("hazard.py", "coverage", "--clients", clients, "--seeds", str(plan.seeds))
        return measure_json(command, threads=THREADS)
    folder = plan.work / f"rows-{clients}"
    measure(own("hazard.py", "data", str(folder), "--clients", clients))
    known = json.loads((folder / "known.json").read_text(encoding="utf-8"))
    return {**measure_engine(key["engine"], folder, THREADS), "known": known}


def _show(run: dict[str, Any]) -> None:
    what = f"{run.get('engine', run['kind'])}, {run['clients']:,} clients, run {run['run']}"
    spent = sum(run["wall"][s] for s in ("build", "fit", "robust") if s in run["wall"]) if "wall" in run else 0.0
    call = f"call {spent:.2f} s, " if spent else ""
    print(f"{what}: {call}process {run['process_wall']:.1f} s, peak {run['peak_mb']:.0f} MB", flush=True)


def _write(runs: list[dict[str, Any]], plan: Plan, readme: Path) -> None:
    """Fill the tables and write every run."""
    from onderdelen import tabel
    from onderdelen.gegevens import truth

    tables = {
        "machine": tabel.machine_line(machine(), THREADS),
        "verdict": tabel.verdict_table(runs, plan.small, plan.large, truth()),
        "small": f"{tabel.known_line(runs, plan.small)}\n\n{tabel.hazard_table(runs, plan.small)}",
        "large": f"{tabel.known_line(runs, plan.large)}\n\n{tabel.hazard_table(runs, plan.large)}",
        "scaling": tabel.scaling_table(runs, plan.small, plan.large),
        "estimates-small": tabel.estimate_table(runs, plan.small, truth()),
        "estimates-large": tabel.estimate_table(runs, plan.large, truth()),
        "coverage": tabel.coverage_table(next(r for r in runs if r["kind"] == "coverage"), truth()),
    }
    tabel.fill(readme, tables)
    readme.with_name("runs.csv").write_text(tabel.runs_csv(runs), encoding="utf-8", newline="\n")


def main() -> None:
    """Parse, measure what is missing, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="forget earlier measurements")
    parser.add_argument("--tables", action="store_true", help="only write the tables")
    parser.add_argument("--quick", action="store_true", help="small and once: does everything work?")
    a = parser.parse_args()
    plan = Plan()
    if a.quick:
        quick = plan.work / "quick"
        plan = Plan(small=2_000, large=4_000, runs_small=1, runs_large=1, seeds=3, work=quick)
    if a.again or a.quick:
        shutil.rmtree(plan.work, ignore_errors=True)
    plan.work.mkdir(parents=True, exist_ok=True)
    readme = HERE / "README.md"
    if a.quick:
        readme = Path(shutil.copy(readme, plan.work / "README.md"))
    store = plan.work / "runs.json"
    runs = read_store(store)
    earlier = len(runs)
    for key in [] if a.tables else _keys(plan):
        if any(key.items() <= run.items() for run in runs):
            continue
        run = {**key, "load_average": os.getloadavg()[0], **_measure(key, plan)}
        runs.append(run)
        write_store(store, runs)
        _show(run)
    if len(runs) == earlier:
        print("nothing was measured now: these are earlier measurements (--again measures afresh)")
    _write(runs, plan, readme)
    print(f"tables: {readme.name} and runs.csv in {'build/benchmarks/quick' if a.quick else 'benchmarks'}")


if __name__ == "__main__":
    main()
