"""Tables of the measurements, as Markdown between markers, and every single run as CSV."""

from __future__ import annotations

import csv
import io
import re
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from onderdelen.deelnemers import ENGINES

Run = Mapping[str, Any]
Runs = Sequence[Run]
STEPS = ("build", "fit", "robust")
PHASES = ("tijdens", "na_0_6", "na_6_18", "na_18")


def number(value: int) -> str:
    """56000 -> 56,000."""
    return f"{value:,}"


def seconds(value: float) -> str:
    """Three figures at most."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def memory(megabytes: float) -> str:
    """Megabytes (10^6) or gigabytes."""
    return f"{megabytes:.0f} MB" if megabytes < 1000 else f"{megabytes / 1000:.2f} GB"


def markdown(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table; columns but the first are to the right."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" + "---:|" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def call_seconds(run: Run, kind: str = "wall") -> float:
    """Seconds of the call itself: from arrays to estimates with standard errors; no imports, no reading."""
    return sum(run[kind].get(step, 0.0) for step in STEPS)


def _of(runs: Runs, clients: int, engine: str) -> list[Run]:
    return [r for r in runs if r["kind"] == "hazard" and r["clients"] == clients and r["engine"] == engine]


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def hazard_table(runs: Runs, clients: int) -> str:
    """Time and memory per engine, and how often coxph's time it takes, turn by turn."""
    coxph = _of(runs, clients, "coxph")
    against = {r["run"]: call_seconds(r) for r in coxph}
    body = []
    for name, engine in ENGINES.items():
        own = _of(runs, clients, name)
        if not own:
            continue
        wall = [call_seconds(r) for r in own]
        cpu = min(call_seconds(r, "cpu") for r in own)
        ratio = [call_seconds(r) / against[r["run"]] for r in own if r["run"] in against]
        body.append(
            [
                engine.label,
                engine.rows,
                seconds(_median(wall)),
                seconds(min(wall)),
                f"{_median(ratio):.2f}" if len(ratio) == len(coxph) else "—",
                seconds(cpu),
                f"{cpu / min(call_seconds(r, 'cpu') for r in coxph):.2f}" if coxph else "—",
                seconds(min(r["cpu"]["robust"] for r in own)) if "robust" in own[0]["cpu"] else "—",
                memory(max(r["peak_mb"] for r in own)),
                str(len(own)),
            ]
        )
    head = [
        "program",
        "rows it reads",
        "median s",
        "fastest s",
        "times coxph",
        "cpu s, fastest",
        "times coxph, cpu",
        "of which robust se, cpu s",
        "peak memory",
        "runs",
    ]
    return markdown(head, body)


def estimate_table(runs: Runs, clients: int, truth: Mapping[str, float]) -> str:
    """What each engine says about the four phases: estimate (se), distance to the truth in se."""
    body = [["**truth**", *(f"{truth[f'fase={phase}']:.2f}" for phase in PHASES), ""]]
    for name, engine in ENGINES.items():
        own = _of(runs, clients, name)
        if not own:
            continue
        found = own[0]["estimates"]
        cells, distances = [], []
        for phase in PHASES:
            b, se = found[f"fase={phase}"]
            distances.append((b - truth[f"fase={phase}"]) / se)
            cells.append(f"{b:.3f} ({se:.3f}) {distances[-1]:+.1f}")
        body.append([engine.label, *cells, "yes" if max(map(abs, distances)) < 2 else "no"])
    return markdown(["program", *PHASES, "all within 2 se"], body)


def coverage_table(found: Run, truth: Mapping[str, float]) -> str:
    """Bias and coverage over many caseloads."""
    body = []
    for name, terms in found["coverage"].items():
        for phase in PHASES:
            t = terms[f"fase={phase}"]
            body.append(
                [
                    f"{ENGINES[name].label}, {phase}",
                    f"{truth[f'fase={phase}']:.2f}",
                    f"{t['bias']:+.4f} ({t['bias_se']:.4f})",
                    f"{t['sd']:.4f}",
                    f"{t['se']:.4f}",
                    f"{t['within']:.0%}",
                ]
            )
        within = statistics.mean(t["within"] for t in terms.values())
        body.append([f"{ENGINES[name].label}, all {len(terms)} terms", "", "", "", "", f"{within:.0%}"])
    head = ["model, term", "truth", "bias (its se)", "spread of estimates", "mean se", "truth within 2 se"]
    return markdown(head, body)


def scaling_table(runs: Runs, small: int, large: int) -> str:
    """How time and memory grow from the small to the large caseload."""
    body = []
    for name, engine in ENGINES.items():
        a, b = _of(runs, small, name), _of(runs, large, name)
        if not a or not b:
            continue
        grown = b[0]["known"]["person_months"] / a[0]["known"]["person_months"]
        times = [min(call_seconds(r, kind) for r in x) for kind in ("wall", "cpu") for x in (a, b)]
        peaks = [max(r["peak_mb"] for r in x) for x in (a, b)]
        body.append(
            [
                engine.label,
                f"{grown:.1f}",
                f"{times[1] / times[0]:.1f}",
                f"{times[3] / times[2]:.1f}",
                f"{memory(peaks[0])} → {memory(peaks[1])}",
            ]
        )
    return markdown(["program", "times as many rows", "times the time", "times the cpu time", "peak memory"], body)


def verdict_table(runs: Runs, small: int, large: int, truth: Mapping[str, float]) -> str:
    """What was asked, what was measured, and whether it is met."""
    own = {n: _of(runs, n, "kompas") for n in (small, large)}
    found = own[small][0]["estimates"]
    furthest = max(abs(found[f"fase={p}"][0] - truth[f"fase={p}"]) / found[f"fase={p}"][1] for p in PHASES)
    peak = {n: max(r["peak_mb"] for r in own[n]) for n in own}
    cpu = [min(call_seconds(r, "cpu") for r in own[n]) for n in (small, large)]
    rows = own[large][0]["known"]["person_months"] / own[small][0]["known"]["person_months"]
    grown = cpu[1] / cpu[0]
    body = [
        [
            f"{number(small)} clients: true effect within 2 se",
            f"furthest of the four phases: {furthest:.1f} se",
            furthest < 2,
        ],
        [f"{number(small)} clients: peak memory under 1 GB", memory(peak[small]), peak[small] < 1000],
    ]
    for n in (small, large):
        for peer, label in (("coxph", "clustered"), ("coxph_plain", "model-based, against kompas with clustered se")):
            against = {r["run"]: call_seconds(r) for r in _of(runs, n, peer)}
            ratio = _median(
                [call_seconds(r) / against[r["run"]] for r in own[n] if r["run"] in against] or [float("nan")]
            )
            body.append(
                [f"{number(n)} clients: not slower than R coxph, {label}", f"{ratio:.2f} times its time", ratio <= 1]
            )
    body += [
        [f"{number(large)} clients: peak memory under 4 GB", memory(peak[large]), peak[large] < 4000],
        [
            "time about linear in size",
            f"{rows:.1f} times the person-months, {grown:.1f} times the cpu time",
            grown < 1.5 * rows,
        ],
    ]
    return markdown(["asked", "measured", "met"], [[a, b, "yes" if ok else "no"] for a, b, ok in body])


def _whole(runs: Runs, command: str, clients: int) -> list[Run]:
    return [r for r in runs if r["kind"] == command and r["clients"] == clients]


def stage_table(runs: Runs, command: str, sizes: Sequence[int]) -> str:
    """Seconds per stage of a whole command, median over the runs, per size."""
    per_size = {n: _whole(runs, command, n) for n in sizes}
    per_size = {n: own for n, own in per_size.items() if own}
    stages = list(dict.fromkeys(stage for own in per_size.values() for r in own for stage in r["stages"]))
    body = [
        [stage, *(seconds(_median([r["stages"].get(stage, 0.0) for r in own])) for own in per_size.values())]
        for stage in stages
    ]
    lines = {
        "**whole process, median**": lambda own: f"**{seconds(_median([r['process_wall'] for r in own]))}**",
        "whole process, fastest": lambda own: seconds(min(r["process_wall"] for r in own)),
        "cpu seconds, fastest": lambda own: seconds(min(r["process_cpu"] for r in own)),
        "peak memory": lambda own: memory(max(r["peak_mb"] for r in own)),
        "runs": lambda own: str(len(own)),
    }
    body += [[label, *(show(own) for own in per_size.values())] for label, show in lines.items()]
    return markdown(["stage", *(f"{number(n)} clients, s" for n in per_size)], body)


def known_line(runs: Runs, clients: int) -> str:
    """What the caseload holds, in one sentence."""
    known = next(r["known"] for r in runs if r["kind"] == "hazard" and r["clients"] == clients)
    return (
        f"{number(known['clients'])} clients, {number(known['person_months'])} person-months, "
        f"{number(known['rows'])} intervals, {number(known['exits'])} exits, "
        f"{number(known['starts'])} starts of the instrument."
    )


def machine_line(machine: Mapping[str, str], threads: int) -> str:
    """Describe machine and versions in one sentence each."""
    versions = ", ".join(f"{k} {v}" for k, v in machine.items() if k not in {"cores", "memory", "system"})
    return (
        f"{machine['system']}, {machine['cores']} cores, {machine['memory']} of memory. Linear algebra (BLAS, OpenMP): "
        f"{threads} thread in every process. {versions}."
    )


def fill(path: Path, tables: Mapping[str, str]) -> None:
    """Replace what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""
    text = path.read_text(encoding="utf-8")
    for name, table in tables.items():
        pattern = re.compile(rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ValueError(f"{path.name} has no place for '{name}'")
        text = pattern.sub(lambda m, t=table: f"{m[1]}\n{t}\n\n{m[2]}", text)
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8", newline="\n")
    fresh.replace(path)


def runs_csv(runs: Runs) -> str:
    """Every run on one line."""
    out = io.StringIO(newline="")
    head = ["what", "clients", "run", "process_wall", "process_cpu", "peak_mb", "load_average", "step", "wall", "cpu"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    for r in runs:
        if r["kind"] == "coverage":
            continue
        first = [
            r.get("engine", r["kind"]),
            r["clients"],
            r["run"],
            *(f"{r[k]:.3f}" for k in ("process_wall", "process_cpu")),
            f"{r['peak_mb']:.1f}",
            f"{r['load_average']:.2f}",
        ]
        for step, wall in r.get("stages", r.get("wall")).items():
            cpu = r.get("cpu", {}).get(step)
            writer.writerow([*first, step, f"{wall:.4f}", "" if cpu is None else f"{cpu:.4f}"])
    return out.getvalue()
