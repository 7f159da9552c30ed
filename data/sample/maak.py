# ruff: noqa: INP001 - a script, not a package
"""Make ``data/sample/hollandstad`` and ``data/sample/hollandstad_rauw`` again, byte for byte.

    python data/sample/maak.py [MAP]

MAP is where the two folders come (default: here). LEESMIJ.md is written by hand and stays.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kompas.simulatie.hollandstad_map import maak_hollandstad, schrijf_hollandstad
from kompas.simulatie.hollandstad_rauw import schrijf_rauw

if __name__ == "__main__":
    doel = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    stad = maak_hollandstad()
    schrijf_hollandstad(stad, doel / "hollandstad")
    schrijf_rauw(stad, doel / "hollandstad_rauw")
