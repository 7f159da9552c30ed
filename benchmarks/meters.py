"""The meters: a whole list, and the scoring engine in it, for large caseloads with eight instruments of four phases.

A simulated town of 8,000 clients (seed 1) is estimated once per run (method ``waargenomen``); its first instrument is
copied to eight codes, and its clients are copied until enough spells are running. With three types the model gets
unobserved types by hand: what they are does not matter for speed.

    python benchmarks/meters.py                          # 20,000 and 100,000 clients, one and three types
    python benchmarks/meters.py --running 400000         # the Netherlands
    python benchmarks/meters.py --town 1000 --running 500

Writes meters.csv and prints the table of README.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from onderdelen.meting import HERE, machine, measure_json, own, write_rows

if TYPE_CHECKING:
    from kompas.bron import Bestand
    from kompas.config import Config
    from kompas.herijking import Herijking

SEED = 1
TOWN = 8_000
CODES = tuple(f"instrument_{j}" for j in range(1, 9))
POINTS = ((0.0, 0.0, 0.0), (-1.2, -0.4, -0.6), (0.5, 0.1, -0.3))
FIELDS = ("running", "types", "list_s", "stand_s", "engine_s", "contributions_s", "cpu_s", "before_mb", "peak_mb")


def town(clients: int) -> tuple[Bestand, Config, Herijking]:
    """Simulate, read and estimate."""
    from kompas.bron import lees_bron
    from kompas.config import lees_config
    from kompas.herijking import schat_licht
    from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid

    with tempfile.TemporaryDirectory() as folder:
        simulation = simuleer_gemeente(standaard_waarheid(), zaad=SEED, clienten=clients, met_verwacht=False)
        schrijf_simulatie(simulation, Path(folder) / "town")
        config = lees_config(Path(folder) / "town" / "kompas.toml")
        data = lees_bron(config)
    return data, config, schat_licht(data, config)


def eight(h: Herijking) -> Herijking:
    """The same model with its first instrument under eight codes."""
    import numpy as np
    import pandas as pd

    first = h.config.instrument[0]
    own_terms = [t for t in h.termen if t.startswith(f"inzet:{first.code}=")]
    keep = [t for t in h.termen if not t.startswith("inzet:")]
    source = [h.termen.index(t) for t in (*keep, *(own_terms * len(CODES)))]
    terms = (*keep, *(t.replace(first.code, c) for c in CODES for t in own_terms))
    wide = np.concatenate([np.array(source) + k * len(h.termen) for k in range(3)])
    config = h.config.model_copy(
        update={"instrument": tuple(first.model_copy(update={"code": c, "naam": c}) for c in CODES)}
    )

    def copied(table: pd.DataFrame) -> pd.DataFrame:
        mine = table[table["instrument"] == first.code]
        return pd.concat([mine.assign(instrument=c) for c in CODES], ignore_index=True)

    return dataclasses.replace(
        h,
        config=config,
        termen=terms,
        coef=h.coef[:, source],
        covariantie=h.covariantie[np.ix_(wide, wide)],
        meter_coef=h.meter_coef[:, source],
        meter_covariantie=h.meter_covariantie[np.ix_(wide, wide)],
        effecten=copied(h.effecten),
        steun=copied(h.steun),
        kosten=copied(h.kosten),
    )


def with_types(h: Herijking) -> Herijking:
    """The same model with three unobserved types, which also differ in how soon they start an instrument."""
    import numpy as np

    from kompas.typen import Kansmodel, Typen

    shared = [t for t in h.termen if not t.startswith("inzet:")]
    start = np.array([-5.0 if t.startswith("duur=") else 0.0 for t in shared])
    terms = {c: (*shared, *(f"loopt:{o}" for o in CODES if o != c), "eerder") for c in CODES}
    types = Typen(
        punten=np.hstack([np.array(POINTS), np.outer([0.0, 1.0, 0.4], np.ones(len(CODES)))]),
        coef=h.meter_coef,
        covariantie=h.meter_covariantie,
        intrede_termen=terms,
        intrede_coef={c: np.concatenate([start, np.zeros(len(CODES))]) for c in CODES},
        intrede_banden=h.tijd.bands,
        tot_maand=dict.fromkeys(CODES),
        bekend_vanaf=-(2**31),
        kans=Kansmodel(kolommen=("",), midden=np.zeros(1), schaal=np.ones(1)),
        delta=np.zeros((2, 1)),
        aandelen=np.full(3, 1 / 3),
    )
    return dataclasses.replace(h, typen=types, gesteund=True)


def grow(data: Bestand, running: int) -> Bestand:
    """Copy the clients until so many spells are running; the deployments are dealt out over the eight codes."""
    import numpy as np
    import pandas as pd

    now = int(data.uitkeringen["einddatum"].isna().sum())
    times = -(-running // now)

    def copies(table: pd.DataFrame) -> pd.DataFrame:
        parts = [table.assign(client_id=table["client_id"] + f"-{k}") for k in range(times)]
        return pd.concat(parts, ignore_index=True) if len(table) else table

    households = [c for c in ("huishouden_id",) if c in data.uitkeringen]
    spells = copies(data.uitkeringen).assign(**dict.fromkeys(households, pd.NA))
    deployments = copies(data.inzet)
    deployments = deployments.assign(instrument=np.array(CODES)[np.arange(len(deployments)) % len(CODES)])
    return dataclasses.replace(data, uitkeringen=spells, inzet=deployments, gronden=data.gronden.iloc[:0])


def run(clients: int, running: int, types: int, out: Path) -> None:
    """Measure in this process."""
    import resource

    from kompas.klantstand import maak_klantstand
    from kompas.lijst import maak_lijst
    from kompas.rendement import bereken, maak_meter
    from kompas.toerekening import bijdragen

    data, config, h = town(clients)
    h = eight(h)
    h = with_types(h) if types > 1 else h
    config = config.model_copy(update={"instrument": h.config.instrument})
    data = grow(data, running)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    seconds: dict[str, float] = {}
    cpu = time.process_time()

    def timed(name: str, work: Any, *args: Any) -> Any:
        start = time.perf_counter()
        result = work(*args)
        seconds[name] = round(time.perf_counter() - start, 2)
        return result

    made = timed("list_s", maak_lijst, data, config, h)
    cpu = time.process_time() - cpu
    rows = len(made.to_frame())
    del made
    stand, _ = timed("stand_s", maak_klantstand, data, config, h)
    meter = maak_meter(h, horizon=60, discontovoet=0.0, terugval=True)
    timed("engine_s", bereken, meter, stand.klanten, h.config.instrument)
    timed("contributions_s", bijdragen, meter, stand.klanten)
    out.write_text(json.dumps({"running": rows, "cpu_s": cpu, "before_mb": before} | seconds), encoding="utf-8")


def table(rows: list[dict[str, Any]]) -> str:
    """Markdown for README.md."""
    head = "| running clients | types | whole list, s | state, s | engine, s | contributions, s | cpu s | memory |"
    lines = [head, "|---:" * 8 + "|"]
    for r in rows:
        memory = f"{r['before_mb'] / 1e3:.2f} → {r['peak_mb'] / 1e3:.2f} GB"
        cells = [f"{r['running']:,}", r["types"], *(f"{r[f]:.1f}" for f in FIELDS[2:7]), memory]
        lines.append("| " + " | ".join(str(c) for c in cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Parse and do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--running", type=int, nargs="+", default=[20_000, 100_000])
    parser.add_argument("--types", type=int, nargs="+", default=[1, 3], choices=[1, 3])
    parser.add_argument("--town", type=int, default=TOWN, help="clients of the town that is copied")
    parser.add_argument("--csv", type=Path, default=HERE / "meters.csv")
    parser.add_argument("--here", type=Path, help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.here is not None:
        run(a.town, a.running[0], a.types[0], a.here)
        return
    rows = []
    for running in a.running:
        for types in a.types:
            what = ("--town", str(a.town), "--running", str(running), "--types", str(types), "--here")
            rows.append({"types": types} | measure_json(own("meters.py", *what)))
    write_rows(a.csv, FIELDS, rows)
    print(", ".join(f"{k} {v}" for k, v in machine().items()))
    print(table(rows))


if __name__ == "__main__":
    main()
