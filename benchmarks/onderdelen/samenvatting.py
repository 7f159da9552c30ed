"""Summary of the study: bias, coverage and verdicts, with the uncertainty of the study itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta

from onderdelen.stad import CELL, FAILED
from onderdelen.tabel import markdown, memory, number, seconds

GROUP = ["wereld", "variant", "clienten"]
Z95 = 1.959963984540054
LARGE, MANY = 0.4, 1_500  # a large true log effect, and the deployments from which it should be seen
MINIMUM, MINIMUM_EXITS = 10, 5  # fewer deployments or exits than this are no estimate
PREFERRED = "voorkeur"  # the row that the meters use, whatever its method


def exact_interval(hits: int, of: int) -> tuple[float, float]:
    """Exact binomial 95% interval (Clopper and Pearson 1934); (0, 1) without observations."""
    low = float(beta.ppf(0.025, hits, of - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def typed(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the text of the CSV its types."""
    numbers = ["clienten", "zaad", "waar", "log_effect", "se", "inzetten", "gebeurtenissen", "typen", "ja", "seconden"]
    out = rows.assign(**{c: pd.to_numeric(rows[c]) for c in [*numbers, "piek_mb"]})
    return out.assign(voorkeur=rows["voorkeur"].eq("true"))


def _verdicts(rows: pd.DataFrame, name: str) -> dict[str, Any]:
    """How many of these rows are called established, and how many of those as something other than no effect."""
    fixed = rows["oordeel"].eq("vastgesteld")
    sure = fixed & (rows["log_effect"].abs() > Z95 * rows["se"])
    high = exact_interval(int(sure.sum()), len(rows))[1]
    return {f"{name}_n": len(rows), f"{name}_vast": int(fixed.sum()), f"{name}_zeker": int(sure.sum())} | {
        f"{name}_zeker_hoog": high
    }


def _figures(rows: pd.DataFrame, usable: pd.DataFrame) -> dict[str, Any]:
    """All figures of one method in one world."""
    error = usable["log_effect"] - usable["waar"]
    per_cell = error.groupby([usable[c] for c in CELL]).agg(["mean", "std", "size"])
    bias = per_cell["mean"].abs()
    covered = int((error.abs() <= Z95 * usable["se"]).sum())
    low, high = exact_interval(covered, len(usable))
    worst = " ".join(map(str, bias.idxmax())) if len(bias) else ""
    towns = rows.drop_duplicates("zaad")
    nothing = rows.groupby("instrument")["waar"].transform(lambda w: bool((w == 0).all()))
    large = rows[(rows["waar"].abs() > LARGE) & (rows["inzetten"] >= MANY)]
    return {
        "steden": len(towns),
        "cellen": len(bias),
        "schattingen": len(usable),
        "bias": float(bias.mean()),
        "bias_se": float((per_cell["std"] / np.sqrt(per_cell["size"])).mean()),
        "slechtste": float(bias.max()),
        "slechtste_cel": worst,
        "rmse": float(np.sqrt((error**2).mean())),
        "spreiding": float((error / usable["se"]).std()) if len(usable) > 1 else np.nan,
        "dekking": covered / len(usable) if len(usable) else np.nan,
        "dekking_laag": low,
        "dekking_hoog": high,
        **_verdicts(rows[nothing.astype(bool)], "placebo"),
        **_verdicts(large, "groot"),
        "typen": float(rows["typen"].mean()),
        "ja": float(towns["ja"].mean()),
        "seconden": float(towns["seconden"].mean()),
        "piek_mb": float(towns["piek_mb"].max()),
    }


def _methods(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Rows per method in the order of the file, and the preferred ones when there is a choice."""
    methods = [m for m in rows["methode"].unique() if m != FAILED]
    for method in methods:
        yield str(method), rows[rows["methode"] == method]
    if len(methods) > 1:
        yield PREFERRED, rows[rows["voorkeur"]]


def summarize(rows: pd.DataFrame, destinations: Sequence[str] = ("werk",)) -> pd.DataFrame:
    """One row per world x variant x size x method.

    Parameters
    ----------
    rows : DataFrame
        The study with types (see ``typed``).
    destinations : sequence of str
        Which exits count.

    Returns
    -------
    DataFrame
        Over the cells (instrument x fase x bestemming): ``bias`` is the mean over cells of the absolute mean error
        over towns (``bias_se``: mean Monte Carlo standard error of a cell), ``slechtste`` the largest; ``rmse``,
        ``spreiding`` (standard deviation of error over standard error) and ``dekking`` (95% interval holds the truth,
        with its exact interval) are over all estimates. ``placebo_*`` counts
        cells of instruments without any effect, ``groot_*`` cells with a true |log effect| over .4 and at least 1,500
        deployments: ``_vast`` called established, ``_zeker`` that with an interval without 0. ``mislukt`` counts towns
        in which the herijking ended with an error.
    """
    out = []
    for key, group in rows.groupby(GROUP, sort=False):
        failed = group.loc[group["methode"] == FAILED, "zaad"].nunique()
        own = group[group["bestemming"].isin(list(destinations))]
        for method, part in _methods(own):
            enough = (part["inzetten"] >= MINIMUM) & (part["gebeurtenissen"] >= MINIMUM_EXITS)
            usable = part[enough & part["log_effect"].notna() & part["se"].notna()]
            base = dict(zip(GROUP, key, strict=True)) | {"methode": method}
            out.append(base | _figures(part, usable) | {"mislukt": int(failed)})
        if own["methode"].eq(FAILED).all():
            out.append(dict(zip(GROUP, key, strict=True)) | {"methode": FAILED, "mislukt": int(failed)})
    return pd.DataFrame(out)


def _share(hits: Any, of: Any) -> str:
    return f"{hits:.0f}/{of:.0f}" if of else "—"


def _of(value: float, text: str) -> str:
    return "—" if np.isnan(value) else text.format(value)


def study_table(summary: pd.DataFrame) -> str:
    """The summary as Markdown."""
    head = ["world, variant, clients", "method", "towns", "bias", "worst cell", "RMSE", "sd of error / se"]
    head += ["95% interval holds the truth"]
    head += ["placebo: established", "… as an effect (at most)", "large effect: established", "any ja", "types", "s"]
    body = []
    for r in summary.to_dict("records"):
        name = f"{r['wereld']}, {r['variant']}, {number(int(r['clienten']))}"
        if r["methode"] == FAILED:
            body.append([name, "(ended with an error)", f"0 ({r['mislukt']} failed)", *["—"] * 11])
            continue
        towns = f"{r['steden']:.0f}" + (f" ({r['mislukt']} failed)" if r["mislukt"] else "")
        body.append(
            [
                name,
                r["methode"],
                towns,
                f"{r['bias']:.3f} ({r['bias_se']:.3f})",
                f"{r['slechtste']:.2f} {r['slechtste_cel']}",
                f"{r['rmse']:.3f}",
                _of(r["spreiding"], "{:.2f}"),
                f"{r['dekking']:.0%} ({r['dekking_laag']:.0%} to {r['dekking_hoog']:.0%})",
                _share(r["placebo_vast"], r["placebo_n"]),
                f"{_share(r['placebo_zeker'], r['placebo_n'])} ({r['placebo_zeker_hoog']:.1%})"
                if r["placebo_n"]
                else "—",
                _share(r["groot_vast"], r["groot_n"]),
                _of(r["ja"], "{:.0%}"),
                _of(r["typen"], "{:.1f}"),
                seconds(r["seconden"]),
            ]
        )
    return markdown(head, [*body, *_together(summary)])


def _together(summary: pd.DataFrame) -> list[list[str]]:
    """One line over all worlds: what the preferred method's intervals and verdicts were worth."""
    own = summary[summary["methode"] == PREFERRED]
    if len(own) < 2:
        return []
    n, hits = int(own["schattingen"].sum()), round(float((own["dekking"] * own["schattingen"]).sum()))
    low, high = exact_interval(hits, n)
    placebo = [int(own[f"placebo_{k}"].sum()) for k in ("zeker", "n")]
    bounds = exact_interval(*placebo)
    return [
        [
            *("**all together**", PREFERRED, f"{own['steden'].sum():.0f}", *["—"] * 4),
            f"{hits / n:.1%} ({low:.1%} to {high:.1%})",
            _share(own["placebo_vast"].sum(), placebo[1]),
            f"{_share(*placebo)} ({bounds[0]:.1%} to {bounds[1]:.1%})",
            _share(own["groot_vast"].sum(), own["groot_n"].sum()),
            *("—", "—", "—"),
        ]
    ]


def forecast_table(rows: pd.DataFrame) -> str:
    """Expected months against the truth: slope, deciles, months saved per instrument; over towns and in the worst."""
    values = rows.assign(**{c: pd.to_numeric(rows[c]) for c in ("clienten", "geschat", "waar", "n")})
    head = ["world, variant, clients", "towns", "slope (lowest to highest)", "expected / true months"]
    head += ["deciles: mean, worst (in one town)", "work within a year"]
    head += ["months saved: estimated − true over towns (furthest town)"]
    body = []
    for (label, variant, clients), group in values.groupby(GROUP, sort=False):
        if group["wat"].eq(FAILED).all():
            continue
        mean = group.groupby("wat", sort=False)[["geschat", "waar"]].mean()
        decile = mean[mean.index.str.startswith("deciel_")]
        off = (decile["geschat"] / decile["waar"] - 1).abs()
        tenths = group[group["wat"].str.startswith("deciel_")]
        town = float((tenths["geschat"] / tenths["waar"] - 1).abs().max())
        slope = group.loc[group["wat"] == "helling", "geschat"]
        saved = group[group["wat"].str.endswith("_maanden_bespaard")]
        error = (saved["geschat"] - saved["waar"]).groupby(saved["wat"], sort=False)
        codes = [
            f"{name.removesuffix('_maanden_bespaard')} {e.mean():+.2f} ({e.loc[e.abs().idxmax()]:+.2f})"
            for name, e in error
        ]
        months, work = mean.loc["verwachte_maanden"], mean.loc["kans_werk_12m"]
        body.append(
            [
                f"{label}, {variant}, {number(int(clients))}",
                str(group["zaad"].nunique()),
                f"{slope.mean():.2f} ({slope.min():.2f} to {slope.max():.2f})",
                f"{months['geschat']:.1f} / {months['waar']:.1f}",
                f"{off.mean():.1%}, {off.max():.1%} ({town:.1%})",
                f"{work['geschat']:.1%} / {work['waar']:.1%}",
                "; ".join(codes),
            ]
        )
    return markdown(head, body)


def time_table(rows: pd.DataFrame) -> str:
    """Seconds and peak memory of an estimation by size and number of instruments."""
    names = ["instrumenten", "clienten", "draden", "seconden", "proces_seconden", "piek_mb"]
    values = rows.assign(**{c: pd.to_numeric(rows[c]) for c in names})
    head = ["instruments", "clients", "estimation, s (fastest)", "whole process, s", "peak memory", "runs"]
    body = []
    for (instruments, clients), group in values.groupby(["instrumenten", "clienten"]):
        fastest = [seconds(group["seconden"].min()), seconds(group["proces_seconden"].min())]
        body.append([str(instruments), number(int(clients)), *fastest, memory(group["piek_mb"].max()), str(len(group))])
    return markdown(head, body)
