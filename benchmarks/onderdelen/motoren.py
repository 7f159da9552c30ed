"""The programs under comparison, each as one function from rows to estimates, with the time of each step.

Every function runs in a process of its own (see :mod:`onderdelen.meting`); imports are a step by themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from onderdelen.gegevens import BANDS, FIRST, PHASES, TRAITS, WINDOW, Ints, Rows, read_rows

Estimates = Mapping[str, tuple[float, float]]  # term -> log hazard ratio, standard error

__all__ = ["PYTHON", "Clock", "describe", "read_rows"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Clock:
    """Wall and processor seconds per step."""

    wall: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure what happens inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall[name] = time.perf_counter() - wall
        self.cpu[name] = time.process_time() - cpu


def _terms() -> dict[str, tuple[str, int]]:
    """Name of each coefficient -> column and code, references left out."""
    out = {f"fase={name}": ("fase", k + 1) for k, name in enumerate(PHASES)}
    return out | {f"{t}={k}": (t, k) for t, values in TRAITS.items() for k in range(1, len(values))}


def _kompas(rows: Rows, clock: Clock, calendar: str) -> Estimates:
    with clock.step("import"):
        from kompas.models.covariance import clustered_covariance
        from kompas.models.design import Exposure, Factor, make_profiles
        from kompas.models.hazard import fit_hazard, prepare
        from kompas.models.timedesign import make_spec, make_time_design

    c = rows.columns
    with clock.step("build"):
        levels = {"fase": PHASES} | {t: tuple(str(k) for k in range(1, len(v))) for t, v in TRAITS.items()}
        key = np.zeros(c["client"].size, dtype=np.int64)
        for name, labels in levels.items():
            key = key * (len(labels) + 1) + c[name]
        _, example, profile = np.unique(key, return_index=True, return_inverse=True)
        factors = [
            Factor(name=name, levels=labels, codes=c[name][example].astype(np.int64) - 1, ridge=(0.0,) * len(labels))
            for name, labels in levels.items()
        ]
        wide = {name: c[name].astype(np.int64) for name in ("client", "start", "stop", "kalender", "uit")}
        exposure = Exposure(
            profile=profile,
            month=wide["start"],
            calendar=wide["kalender"],
            months=wide["stop"] - wide["start"],
            length=np.ones(profile.size),
            event=wide["uit"],
            cluster=wide["client"],
        )
        time_design = make_time_design(make_spec(BANDS, calendar, FIRST, FIRST + WINDOW - 1))
        problem = prepare(exposure, make_profiles(factors, [], example.size), time_design)
    with clock.step("fit"):
        fit = fit_hazard(problem, 1)
    with clock.step("robust"):
        se = np.sqrt(np.diag(clustered_covariance([(problem, fit)])))
    found = dict(zip(fit.names, zip(fit.coef.tolist(), se.tolist(), strict=True), strict=True))
    return {term: found[term] for term in _terms()}


def kompas(rows: Rows, clock: Clock) -> Estimates:
    """Fit bands of duration, traits and phases: the model that a Cox regression can match."""
    return _kompas(rows, clock, "geen")


def kompas_calendar(rows: Rows, clock: Clock) -> Estimates:
    """Fit the same with month of the year and a smooth trend, as a herijking does."""
    return _kompas(rows, clock, "maand+trend")


def lifelines(rows: Rows, clock: Clock) -> Estimates:
    """Cox regression with time-varying covariates on the same rows; model-based standard errors."""
    with clock.step("import"):
        import pandas as pd
        from lifelines import CoxTimeVaryingFitter

    c = rows.columns
    with clock.step("build"):
        frame = pd.DataFrame({name: c[name] for name in ("client", "start", "stop", "uit")})
        for term, (column, code) in _terms().items():
            frame[term] = (c[column] == code).astype(np.float64)
    with clock.step("fit"):
        fitter = CoxTimeVaryingFitter().fit(frame, id_col="client", event_col="uit", start_col="start", stop_col="stop")
    return {t: (float(fitter.params_[t]), float(fitter.standard_errors_[t])) for t in _terms()}


def _months(rows: Rows) -> tuple[dict[str, Ints], Ints]:
    """One line per person-month: columns with their codes, and the exits."""
    c = rows.columns
    row = np.repeat(np.arange(c["client"].size), c["stop"] - c["start"])
    ends = np.cumsum(c["stop"] - c["start"])
    step = np.arange(row.size) - np.repeat(ends - (c["stop"] - c["start"]), c["stop"] - c["start"])
    wide = {name: c[name][row] for name in ("client", "fase", *TRAITS)}
    wide["duur"] = np.searchsorted(np.array(BANDS), c["start"][row] + step, side="right").astype(np.int32)
    exits = np.zeros(row.size, dtype=np.int32)
    exits[ends - 1] = c["uit"]
    return wide, exits


def glum(rows: Rows, clock: Clock) -> Estimates:
    """Binomial GLM with complementary log-log link on person-months, clustered by client."""
    with clock.step("import"):
        import pandas as pd
        from glum import GeneralizedLinearRegressor

    with clock.step("build"):
        wide, exits = _months(rows)
        client = wide.pop("client")
        frame = pd.DataFrame({name: pd.Categorical(code) for name, code in wide.items()})
        y = exits.astype(np.float64)
    with clock.step("fit"):
        model = GeneralizedLinearRegressor(family="binomial", link="cloglog", alpha=0, drop_first=True)
        model.fit(frame, y)
    with clock.step("robust"):
        se = np.sqrt(np.diag(model.covariance_matrix(frame, y, clusters=client, robust=True)))[1:]
    names = [f"{name}={k}" for name in wide for k in range(1, len(frame[name].cat.categories))]
    found = dict(zip(names, zip(model.coef_.tolist(), se.tolist(), strict=True), strict=True))
    return {term: found[f"{column}={code}"] for term, (column, code) in _terms().items()}


def statsmodels(rows: Rows, clock: Clock) -> Estimates:
    """Run the same GLM in statsmodels, on a dense design."""
    with clock.step("import"):
        from statsmodels.genmod.families import Binomial
        from statsmodels.genmod.families.links import CLogLog
        from statsmodels.genmod.generalized_linear_model import GLM

    with clock.step("build"):
        wide, exits = _months(rows)
        columns = [(wide["duur"] == k) for k in range(len(BANDS) + 1)]
        columns += [wide[column] == code for column, code in _terms().values()]
        design = np.column_stack([column.astype(np.float64) for column in columns])
    with clock.step("fit"):
        result = GLM(exits, design, family=Binomial(link=CLogLog())).fit(
            cov_type="cluster", cov_kwds={"groups": wide["client"]}
        )
    found = zip(result.params[len(BANDS) + 1 :].tolist(), result.bse[len(BANDS) + 1 :].tolist(), strict=True)
    return dict(zip(_terms(), found, strict=True))


PYTHON: Mapping[str, Callable[[Rows, Clock], Estimates]] = {
    "kompas": kompas,
    "kompas_calendar": kompas_calendar,
    "lifelines": lifelines,
    "glum": glum,
    "statsmodels": statsmodels,
}


def describe(estimates: Estimates) -> dict[str, Any]:
    """Make estimates ready for JSON."""
    return {term: [b, se] for term, (b, se) in estimates.items()}
