"""The dashboard of the sample town: seconds, memory and size of the whole command, with and without a second process.

    python benchmarks/dashboard.py            # makes the sample and its model first (about a minute)
    python benchmarks/dashboard.py --runs 9

Every run is a process of its own; the two ways take turns. Writes dashboard.csv and prints the table of README.md.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from onderdelen.meting import HERE, machine, measure, own, write_rows

FIELDS = ("way", "run", "process_wall", "process_cpu", "peak_mb", "pages", "size_mb")
WAYS = ("two processes", "one process")


def alone(config: str, model: str, out: str) -> None:
    """Write the dashboard while every picture is drawn in this process."""
    from kompas import dashboard

    sys.frozen = True  # type: ignore[attr-defined]  # as in a packed program: no second process can be started
    dashboard(config, model, out)


def material(folder: Path) -> tuple[str, str]:
    """Make the sample town and its model; returns config and model."""
    measure([sys.executable, "-m", "kompas", "demo", "--uit", str(folder)])
    return str(folder / "gemeente" / "kompas.toml"), str(folder / "model")


def command(way: str, config: str, model: str, out: str) -> list[str]:
    """Command line of one run."""
    if way == WAYS[0]:
        return [sys.executable, "-m", "kompas", "dashboard", "--config", config, "--model", model, "--uit", out]
    return own("dashboard.py", "--alone", config, model, out)


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown for README.md: the median, and the slowest run."""
    lines = ["| way | s | slowest, s | cpu s | memory | pages | folder |", "|---|---:|---:|---:|---:|---:|---:|"]
    for way in WAYS:
        mine = [r for r in rows if r["way"] == way]
        middle = {f: statistics.median(r[f] for r in mine) for f in ("process_wall", "process_cpu", "peak_mb")}
        cells = (
            way,
            f"{middle['process_wall']:.1f}",
            f"{max(r['process_wall'] for r in mine):.1f}",
            f"{middle['process_cpu']:.1f}",
            f"{middle['peak_mb']:.0f} MB",
            f"{mine[0]['pages']}",
            f"{mine[0]['size_mb']:.1f} MB",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Parse and do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--csv", type=Path, default=HERE / "dashboard.csv")
    parser.add_argument("--alone", nargs=3, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.alone is not None:
        alone(*a.alone)
        return
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        config, model = material(Path(temporary) / "demo")
        for run in range(1, a.runs + 1):
            for way in WAYS:
                out = Path(temporary) / "dashboard"
                measured = measure(command(way, config, model, str(out)))
                files = [f for f in out.iterdir() if f.suffix in (".html", ".pdf")]
                size = sum(f.stat().st_size for f in files) / 1e6
                rows.append({"way": way, "run": run} | measured | {"pages": len(files), "size_mb": size})
    write_rows(a.csv, FIELDS, rows)
    print(", ".join(f"{k} {v}" for k, v in machine().items()))
    print(table(rows))


if __name__ == "__main__":
    main()
