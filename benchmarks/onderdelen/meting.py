"""Run one thing in a process of its own: wall time, processor time and peak memory as the kernel counted them.

Only the standard library is imported here. Linux hands the peak memory of a parent on to the child that it starts, so
that a parent with a large footprint would spoil every measurement.
"""

from __future__ import annotations

import csv
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "BLIS_NUM_THREADS")
HERE = Path(__file__).resolve().parent.parent


class MeasureError(RuntimeError):
    """A process under measurement failed; holds the end of what it said."""


def environment(threads: int) -> dict[str, str]:
    """Environment with a fixed number of threads for linear algebra."""
    return os.environ | dict.fromkeys(THREADS, str(threads))


def measure(command: Sequence[str], *, threads: int = 1) -> dict[str, float]:
    """Run a command to its end.

    Returns
    -------
    dict
        process_wall, process_cpu (s), peak_mb (10^6 bytes: the largest resident set of this process).

    Raises
    ------
    MeasureError
        When the command fails.
    """
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment(threads), stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            tail = said.read().decode(errors="replace")[-2000:]
            raise MeasureError(f"{Path(command[0]).name} ended with {process.returncode}:\n{tail}")
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "process_wall": wall,
        "process_cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss * unit / 1e6,
    }


def measure_json(command: Sequence[str], *, threads: int = 1) -> dict[str, Any]:
    """Run a command that writes JSON to the file named by its last argument, and add what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        measured = measure([*command, str(out)], threads=threads)
        return json.loads(out.read_text(encoding="utf-8")) | measured


def own(script: str, *arguments: str) -> list[str]:
    """Command line of one of our scripts."""
    return [sys.executable, str(HERE / script), *arguments]


def available(needs: str) -> bool:
    """Tell whether a module, or R with survival, can be used here."""
    if needs != "R":
        return importlib.util.find_spec(needs) is not None
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", "-e", "library(survival)"], capture_output=True, check=False).returncode == 0


def _r_versions() -> dict[str, str]:
    if not available("R"):
        return {}
    ask = 'cat(paste(R.version$major, R.version$minor, sep = "."), as.character(packageVersion("survival")))'
    said = subprocess.run(["Rscript", "-e", ask], capture_output=True, check=True, text=True).stdout.split()
    return {"R": said[0], "survival": said[1]}


def machine() -> dict[str, str]:
    """Describe the machine in general terms, and the versions that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    out = {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
    }
    for name in ("kompas", "numpy", "scipy", "pandas", "lifelines", "glum", "statsmodels"):
        if importlib.util.find_spec(name) is not None:
            out[name] = importlib.metadata.version(name)
    return out | _r_versions()


def write_rows(path: Path, fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write measurements as CSV: these fields, numbers to two decimals."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: round(v, 2) if isinstance(v, float) else v for k, v in r.items()} for r in rows)


def read_store(path: Path) -> list[dict[str, Any]]:
    """Measurements made so far."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def write_store(path: Path, runs: Sequence[Mapping[str, Any]]) -> None:
    """Write all measurements, through a temporary name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(list(runs), indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)
