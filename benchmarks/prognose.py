"""The forecast of a monthly series against its floors and its peers, on rolling origins.

``python benchmarks/prognose.py`` writes ``prognose.csv`` and the tables of README.md (about a minute). ``--peers``
also fits ETS and theta of statsmodels again at every origin (some minutes); without it their rows are kept as they are.

Every forecast is made by ``forecast_series`` from the months up to its origin and nothing else.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from kompas.models.forecast import floors, forecast_series
from onderdelen.reeksen import WORLDS, hollandstad, national
from onderdelen.tabel import fill, markdown

HERE = Path(__file__).resolve().parent
TABLE = HERE / "prognose.csv"
HORIZON = 24
LEADS = (3, 6, 12)
BAND_LEADS = (1, 3, 6, 12, 24)
FIRST = 24  # months of history before the first forecast
FLOORS = ("naive", "drift_12", "half_drift_12")
PEERS = ("ets", "theta")
WINDOWS = (("2001-01", "2007-12"), ("2008-01", "2018-12"))
BLOCK = 24
DRAWS = 2000
TOWNS = 20
MAIN = "bijstand_tot_aow"
EXTRA = ("bijstand", "bijstand_vanaf_aow", "ioaw", "ww")
COLUMNS = (
    "series",
    "window",
    "method",
    "lead",
    "targets",
    "mape",
    "mape_se",
    "gain",
    "gain_se",
    "coverage",
    "coverage_se",
    "width",
)
Paths = dict[str, np.ndarray]


def own_paths(values: np.ndarray, first: int = FIRST) -> Paths:
    """Forecasts (n, H) of kompas and of the floors at every origin from ``first`` on; nan before it."""
    names = ("kompas", "lower", "upper", *FLOORS)
    out = {name: np.full((values.size, HORIZON), np.nan) for name in names}
    for t in range(first, values.size):
        past = values[: t + 1]
        forecast = forecast_series(past, HORIZON)
        out["kompas"][t], out["lower"][t], out["upper"][t] = forecast.mean, forecast.lower, forecast.upper
        for name, path in floors(past, HORIZON).items():
            out[name][t] = path
    return out


def peer_paths(values: np.ndarray) -> Paths:
    """ETS(A,Ad,A) on logs (no season below three years) and theta, fitted again at every origin."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel
    from statsmodels.tsa.forecasting.theta import ThetaModel

    out = {name: np.full((values.size, HORIZON), np.nan) for name in PEERS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for t in range(FIRST, values.size):
            past = values[: t + 1]
            seasonal = "add" if t >= 36 else None
            model = ETSModel(
                np.log(past), error="add", trend="add", damped_trend=True, seasonal=seasonal, seasonal_periods=12
            )
            out["ets"][t] = np.exp(model.fit(disp=False).forecast(HORIZON))
            out["theta"][t] = np.asarray(ThetaModel(past, period=12).fit().forecast(HORIZON))
    return out


def bootstrap(values: np.ndarray, block: int = BLOCK) -> float:
    """Standard error of the mean of a series of overlapping errors: circular blocks."""
    rng = np.random.default_rng(1)
    size = min(block, values.size)
    starts = rng.integers(0, values.size, size=(DRAWS, -(-values.size // size)))
    place = (starts[:, :, None] + np.arange(size)) % values.size
    return float(values[place.reshape(DRAWS, -1)[:, : values.size]].mean(axis=1).std())


def windows(months: list[str]) -> Iterator[tuple[str, Callable[[int], np.ndarray]]]:
    """Name of each window and the origins in it per lead: by target, and by origin."""
    at = {month: i for i, month in enumerate(months)}
    for start, end in WINDOWS:
        low, high = at[start], at[end]
        name = f"{start[:4]}-{end[:4]}"
        yield f"targets {name}", lambda lead, low=low, high=high: np.arange(low, high + 1) - lead
        yield (
            f"origins {name}",
            lambda lead, low=low, high=high: np.arange(low, min(high, len(months) - 1 - lead) + 1),
        )


def rows_of(series: str, window: str, values: np.ndarray, paths: Paths, origins: Callable[[int], np.ndarray]) -> list:
    """Rows of one series and window: every method and lead, with the gain on the best floor of that lead."""
    out = []
    for lead in BAND_LEADS:
        origin = origins(lead)
        origin = origin[(origin >= FIRST) & (origin + lead < values.size)]
        real = values[origin + lead]
        error = {
            name: 100 * np.abs(path[origin, lead - 1] / real - 1)
            for name, path in paths.items()
            if name not in {"lower", "upper"}
        }
        best = min((error[name] for name in FLOORS), key=lambda e: e.mean())
        for name, miss in error.items():
            inside = width = None
            if name == "kompas":
                low, high = (paths[side][origin, lead - 1] for side in ("lower", "upper"))
                inside = ((low <= real) & (real <= high)).astype(float)
                width = 100 * float(np.mean((high - low) / real))
            gain = best - miss
            band = (np.nan, np.nan, np.nan) if inside is None else (inside.mean(), bootstrap(inside), width)
            shown = (series, window, name, lead, real.size, miss.mean(), bootstrap(miss), gain.mean(), bootstrap(gain))
            out.append((*shown, *band))
    return out


def averaged(table: pd.DataFrame) -> pd.DataFrame:
    """The mean of both windows by target: error and band; the windows are taken as independent."""
    part = table[table["window"].isin([f"targets {a[:4]}-{b[:4]}" for a, b in WINDOWS])]
    by = part.groupby(["series", "method", "lead"], sort=False)
    out = by[["mape", "coverage", "width"]].mean()
    out["targets"] = by["targets"].sum()
    for column in ("mape_se", "coverage_se"):
        out[column] = by[column].agg(lambda s: float(np.sqrt((s**2).sum()) / s.size) if s.notna().all() else np.nan)
    out = out.reset_index()
    best = out[out["method"].isin(FLOORS)].groupby(["series", "lead"])["mape"].min()
    out["gain"] = best.loc[pd.MultiIndex.from_frame(out[["series", "lead"]])].to_numpy() - out["mape"]
    return out.assign(window="average of targets", gain_se=np.nan)[list(COLUMNS)]


def simulated() -> list:
    """Coverage and error on series with a known course, every half year from the third year on."""
    out = []
    for name, world in WORLDS.items():
        real, paths = [], {k: [] for k in ("kompas", "lower", "upper", *FLOORS)}
        for seed in range(TOWNS):
            values = world(np.random.default_rng(seed))
            for t in range(36, values.size - HORIZON, 6):
                forecast = forecast_series(values[: t + 1], HORIZON)
                real.append(values[t + 1 : t + 1 + HORIZON])
                for k, path in zip(
                    ("kompas", "lower", "upper"), (forecast.mean, forecast.lower, forecast.upper), strict=True
                ):
                    paths[k].append(path)
                for k, path in floors(values[: t + 1], HORIZON).items():
                    paths[k].append(path)
        truth = np.array(real)
        each = truth.shape[0] // TOWNS
        made = {k: np.array(v) for k, v in paths.items()}
        for lead in BAND_LEADS:
            hit = truth[:, lead - 1]
            miss = {k: 100 * np.abs(made[k][:, lead - 1] / hit - 1) for k in ("kompas", *FLOORS)}
            best = min((miss[k] for k in FLOORS), key=lambda e: e.mean())
            low, high = made["lower"][:, lead - 1], made["upper"][:, lead - 1]
            inside = ((low <= hit) & (hit <= high)).astype(float)
            for k, e in miss.items():
                band = (np.nan,) * 3
                if k == "kompas":
                    band = (inside.mean(), towns_se(inside, each), 100 * float(np.mean((high - low) / hit)))
                gain = best - e
                shown = (f"sim:{name}", "simulated", k, lead, hit.size, e.mean(), towns_se(e, each), gain.mean())
                out.append((*shown, towns_se(gain, each), *band))
    return out


def towns_se(values: np.ndarray, each: int) -> float:
    """Standard error of a mean over independent towns of ``each`` overlapping values."""
    means = values.reshape(-1, each).mean(axis=1)
    return float(means.std(ddof=1) / np.sqrt(means.size))


def measure(peers: bool) -> pd.DataFrame:
    """All rows."""
    months, series = national()
    out = []
    for name in (MAIN, *EXTRA):
        paths = own_paths(series[name])
        if name == MAIN and peers:
            paths |= peer_paths(series[name])
        for window, origins in windows(months):
            out += rows_of(name, window, series[name], paths, origins)
    town = hollandstad()
    out += rows_of("hollandstad", "all", town, own_paths(town), lambda lead: np.arange(FIRST, town.size - lead))
    table = pd.DataFrame([*out, *simulated()], columns=list(COLUMNS))
    if not peers and TABLE.exists():
        old = pd.read_csv(TABLE)
        kept = old[old["method"].isin(PEERS) & (old["window"] != "average of targets")]
        table = pd.concat([table, kept], ignore_index=True)
    return pd.concat([table, averaged(table)], ignore_index=True).round(4)


def cell(row: pd.Series, value: str) -> str:
    """A figure with its standard error."""
    error = row[f"{value}_se"]
    return f"{row[value]:.2f}" + (f" ({error:.2f})" if np.isfinite(error) else "")


def error_table(table: pd.DataFrame) -> str:
    """MAPE by method on the main series: both windows and their average."""
    part = table[(table["series"] == MAIN) & table["window"].str.contains("targets") & table["lead"].isin(LEADS)]
    names = list(dict.fromkeys(part["window"]))
    head = [f"{w.removeprefix('targets ')}, {h} m" for w in names for h in LEADS]
    body = []
    for method in ("kompas", *FLOORS, *PEERS):
        at = part[part["method"] == method].set_index(["window", "lead"])
        body.append(
            [method, *(cell(at.loc[(w, h)], "mape") if (w, h) in at.index else "—" for w in names for h in LEADS)]
        )
    return markdown(["method", *head], body)


def band_table(table: pd.DataFrame) -> str:
    """Coverage and width of the 80% interval, with the error beside the best floor."""
    part = table[(table["method"] == "kompas") & ~table["window"].str.startswith("origins")]
    part = part[(part["series"] == MAIN) | (part["window"] != "average of targets")]
    body = []
    for (series, window), rows in part.groupby(["series", "window"], sort=False):
        at = rows.set_index("lead")
        bands = [f"{cell(at.loc[h], 'coverage')}, {at.loc[h, 'width']:.1f}%" for h in BAND_LEADS]
        body.append([f"{series}, {window}", *bands, ", ".join(f"{at.loc[h, 'gain']:+.2f}" for h in LEADS)])
    return markdown(["series, window", *(f"{h} m" for h in BAND_LEADS), "gain on the best floor at 3, 6, 12 m"], body)


def main() -> None:
    """Measure, write the table, and write it into README.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", action="store_true", help="fit ETS and theta again")
    table = measure(parser.parse_args().peers)
    table.to_csv(TABLE, index=False)
    fill(HERE / "README.md", {"prognose-fout": error_table(table), "prognose-band": band_table(table)})
    print(error_table(table))


if __name__ == "__main__":
    main()
