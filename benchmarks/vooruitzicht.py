"""How well the caseload of simulated towns is forecast from past origins: ``python benchmarks/vooruitzicht.py``.

Every town is simulated once, forecast from the end of June 2005 and 2006 with what was known then, and compared with
what came. ``cohorten`` is survival of the cohorts plus forecast inflow, ``cohorten_reeks`` the same with the inflow
forecast as a series of its own, ``tijdreeks`` the series of the caseload alone, ``gekozen`` what past errors choose
(with its 80% interval), ``gelijk`` the last value. Writes ``vooruitzicht.csv``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from kompas import lees_config
from kompas.bron import lees_bron
from kompas.models.forecast import forecast_series
from kompas.monitors.instroomprognose import Cohorten, instroom_vooruit, maak_cohorten, maak_tafel, vervolg
from kompas.monitors.maanden import nummer
from kompas.monitors.voorspelfouten import kies, meet_fouten, toeval
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid

HERE = Path(__file__).resolve().parent
ORIGINS = ("2005-06", "2006-06")
LEADS = (3, 6, 12, 24)
H = 24


def cohorts_of(seed: int, clients: int) -> Cohorten:
    """Simulate a town and count it."""
    town = simuleer_gemeente(standaard_waarheid(), zaad=seed, clienten=clients, met_verwacht=False)
    with tempfile.TemporaryDirectory() as folder:
        schrijf_simulatie(town, Path(folder) / "dorp")
        config = lees_config(Path(folder) / "dorp" / "kompas.toml")
        c = maak_cohorten(lees_bron(config), config, van=nummer("2001-01"), tot=nummer("2007-06"))
    if c is None:
        raise RuntimeError("a simulated town has households")
    return c


def forecasts(c: Cohorten) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Paths by method, and the half width (log scale) of the chosen one."""
    table, inflow = maak_tafel(c), instroom_vooruit(c.nieuw, H, c.tot)
    stay, come = vervolg(c, table, inflow)
    series = np.asarray(forecast_series(c.stand, H).mean)
    as_series = sum(vervolg(c, table, np.asarray(forecast_series(c.nieuw, H).mean)))
    choice = kies(meet_fouten(c, horizon=H))
    w = choice.gewicht
    least = toeval(c.stand[-1], stay, come, kwam=float(c.nieuw[-12:].sum()), ging=float(c.uitstroom[-12:].sum()))
    paths = {
        "cohorten": stay + come,
        "cohorten_reeks": np.asarray(as_series),
        "tijdreeks": series,
        "gekozen": np.exp(w * np.log(stay + come) + (1 - w) * np.log(series)),
        "gelijk": np.full(H, c.stand[-1]),
    }
    return paths, np.fmax(choice.breedte, least)


def measure(seeds: int, clients: int) -> pd.DataFrame:
    """Errors of every town, origin, method and lead."""
    rows = []
    for seed in range(seeds):
        c = cohorts_of(seed, clients)
        for origin in ORIGINS:
            then = c.tot_maand(nummer(origin))
            paths, width = forecasts(then)
            came = c.stand[then.maanden :][:H]
            for lead in (k for k in LEADS if k <= came.size):
                for method, path in paths.items():
                    error = float(np.log(came[lead - 1] / path[lead - 1]))
                    inside = float(abs(error) <= width[lead - 1]) if method == "gekozen" else float("nan")
                    rows.append((seed, origin, lead, method, error, inside))
    return pd.DataFrame(rows, columns=["zaad", "vanaf", "maanden_vooruit", "methode", "fout", "binnen"])


def summary(errors: pd.DataFrame) -> pd.DataFrame:
    """Per method and lead: mean absolute and root mean squared error, bias, coverage with its error over towns."""
    rows = []
    for (lead, method), f in errors.groupby(["maanden_vooruit", "methode"], sort=False):
        e = f["fout"].to_numpy()
        towns = f.groupby("zaad")["binnen"].mean()
        rows.append(
            {
                "maanden_vooruit": lead,
                "methode": method,
                "n": e.size,
                "mape": float(np.abs(np.expm1(-e)).mean()),
                "rmse": float(np.sqrt((e**2).mean())),
                "scheef": float(e.mean()),
                "dekking": float(towns.mean()),
                "dekking_se": float(towns.std() / np.sqrt(len(towns))),
            }
        )
    return pd.DataFrame(rows).sort_values(["maanden_vooruit", "methode"], ignore_index=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--clients", type=int, default=4_000)
    options = parser.parse_args()
    table = summary(measure(options.seeds, options.clients))
    table.round(4).to_csv(HERE / "vooruitzicht.csv", index=False, lineterminator="\n")
    print(table.round(4).to_string(index=False))
