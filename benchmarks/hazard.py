"""One instrument, one way out: time, memory and bias of the hazard engine beside its peers.

Without a subcommand this prints how to use it. ``alles.py`` runs everything and writes the tables.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

from onderdelen.meting import HERE, measure_json, own

R_ENGINES = ("coxph", "coxph_plain", "coxph_calendar")


def make_data(folder: Path, clients: int, seed: int) -> None:
    """Draw and write a caseload, unless it is there."""
    from onderdelen.gegevens import make_rows, write_rows

    if not (folder / "known.json").exists():
        write_rows(make_rows(clients, seed), folder)


def run_engine(name: str, folder: Path, out: Path) -> None:
    """Run a Python engine in this process and write steps and estimates."""
    start = time.perf_counter(), time.process_time()
    from onderdelen.motoren import PYTHON, Clock, describe, read_rows

    clock = Clock()
    clock.wall["load"], clock.cpu["load"] = time.perf_counter() - start[0], time.process_time() - start[1]
    with clock.step("read"):
        rows = read_rows(folder)
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    estimates = describe(PYTHON[name](rows, clock))
    result = {"wall": clock.wall, "cpu": clock.cpu, "estimates": estimates, "floor_mb": floor}
    out.write_text(json.dumps(result), encoding="utf-8")


def measure_engine(name: str, folder: Path, threads: int = 1) -> dict[str, object]:
    """Measure one engine, in its own process."""
    if name in R_ENGINES:
        script = str(HERE / "onderdelen" / "coxph.R")
        command = ["Rscript", "--vanilla", script, str(folder), name]
    else:
        command = own("hazard.py", "engine", name, str(folder))
    return measure_json(command, threads=threads)


def coverage(clients: int, seeds: int, out: Path) -> None:
    """Fit fresh caseloads: how often the truth lies within two standard errors, and the mean deviation."""
    import numpy as np

    from onderdelen.gegevens import make_rows, truth
    from onderdelen.motoren import Clock, kompas, kompas_calendar

    terms = list(truth())
    true = np.array([truth()[term] for term in terms])
    found: dict[str, list[list[tuple[float, float]]]] = {}
    for seed in range(1001, 1001 + seeds):
        rows = make_rows(clients, seed)
        for engine in (kompas, kompas_calendar):
            estimates = engine(rows, Clock())
            found.setdefault(engine.__name__, []).append([estimates[term] for term in terms])
    result = {}
    for name, pairs in found.items():
        b, se = np.array(pairs).transpose(2, 0, 1)
        result[name] = {
            term: {
                "within": float((np.abs(b[:, k] - true[k]) < 2 * se[:, k]).mean()),
                "bias": float((b[:, k] - true[k]).mean()),
                "bias_se": float(b[:, k].std(ddof=1) / np.sqrt(seeds)),
                "sd": float(b[:, k].std(ddof=1)),
                "se": float(se[:, k].mean()),
            }
            for k, term in enumerate(terms)
        }
    out.write_text(json.dumps({"clients": clients, "seeds": seeds, "coverage": result}), encoding="utf-8")


def main() -> None:
    """Parse and do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command")
    data = commands.add_parser("data", help="draw a caseload and write it")
    data.add_argument("folder", type=Path)
    data.add_argument("--clients", type=int, default=56_000)
    data.add_argument("--seed", type=int, default=1)
    engine = commands.add_parser("engine", help="run a Python engine in this process")
    engine.add_argument("name")
    engine.add_argument("folder", type=Path)
    engine.add_argument("out", type=Path)
    one = commands.add_parser("measure", help="measure one engine in its own process")
    one.add_argument("name")
    one.add_argument("folder", type=Path)
    one.add_argument("--threads", type=int, default=1)
    cover = commands.add_parser("coverage", help="many caseloads: is the truth within two standard errors?")
    cover.add_argument("out", type=Path)
    cover.add_argument("--clients", type=int, default=56_000)
    cover.add_argument("--seeds", type=int, default=200)
    a = parser.parse_args()
    if a.command == "data":
        make_data(a.folder, a.clients, a.seed)
    elif a.command == "engine":
        run_engine(a.name, a.folder, a.out)
    elif a.command == "measure":
        print(json.dumps(measure_engine(a.name, a.folder, a.threads), indent=1))
    elif a.command == "coverage":
        coverage(a.clients, a.seeds, a.out)
    else:
        parser.print_help()


if __name__ == "__main__":
    main()
