"""A whole herijk and a lijstwerk of a simulated municipality with four instruments: time per stage, peak memory.

Without a subcommand this prints how to use it. ``alles.py`` runs everything and writes the tables.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from onderdelen.meting import measure_json, own

SEED = 1


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


def measure_herijk(folder: Path, model: Path, threads: int = 1) -> dict[str, object]:
    """Measure a herijk in its own process."""
    return measure_json(own("herijk.py", "herijk", str(folder), str(model)), threads=threads)


def measure_lijstwerk(folder: Path, model: Path, to: Path, threads: int = 1) -> dict[str, object]:
    """Measure a lijstwerk in its own process."""
    return measure_json(own("herijk.py", "lijstwerk", str(folder), str(model), str(to)), threads=threads)


def main() -> None:
    """Parse and do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command")
    data = commands.add_parser("simulate", help="write a municipality")
    data.add_argument("folder", type=Path)
    data.add_argument("--clients", type=int, default=30_000)
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
        simulate(a.folder, a.clients)
    elif a.command == "herijk":
        run_herijk(a.folder, a.model, a.out)
    elif a.command == "lijstwerk":
        run_lijstwerk(a.folder, a.model, a.to, a.out)
    else:
        parser.print_help()


if __name__ == "__main__":
    main()
