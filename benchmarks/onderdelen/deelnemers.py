"""The programs under comparison: how they are shown, what they need, how far they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Engine:
    """How an engine is shown and what it needs."""

    label: str
    rows: str  # intervals or person-months
    needs: str  # module, or "R"
    largest: int  # clients; more is not tried
    runs: int  # at most


ENGINES: Mapping[str, Engine] = {
    "kompas": Engine(label="kompas", rows="intervals", needs="kompas", largest=10**9, runs=5),
    "coxph": Engine(label="R coxph, clustered", rows="intervals", needs="R", largest=10**9, runs=5),
    "coxph_plain": Engine(label="R coxph, model-based", rows="intervals", needs="R", largest=10**9, runs=5),
    "kompas_calendar": Engine(
        label="kompas, + season and trend", rows="intervals", needs="kompas", largest=10**9, runs=5
    ),
    "coxph_calendar": Engine(
        label="R coxph, clustered, + season and trend", rows="person-months", needs="R", largest=100_000, runs=1
    ),
    "lifelines": Engine(
        label="lifelines CoxTimeVaryingFitter, model-based", rows="intervals", needs="lifelines", largest=10**9, runs=1
    ),
    "glum": Engine(label="glum GLM cloglog, clustered", rows="person-months", needs="glum", largest=100_000, runs=3),
    "statsmodels": Engine(
        label="statsmodels GLM cloglog, clustered", rows="person-months", needs="statsmodels", largest=100_000, runs=1
    ),
}
