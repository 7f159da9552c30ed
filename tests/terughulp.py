"""The town of the tests of the backtest, and rows as deliveries have them."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
from tests.bronhulp import ANDER, schrijf

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, lees_config
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid


def rij(client="A1", begin="01-02-2005", einde="", reden="", **anders):
    """One row of uitkeringen."""
    return ANDER | {"client_id": client, "begindatum": begin, "einddatum": einde, "reden_einde": reden} | anders


def maak_stad(doel: Path) -> tuple[Bestand, Config]:
    """A town of 1,500 clients whose types differ, with registration dates."""
    sim = simuleer_gemeente(standaard_waarheid(), zaad=8, clienten=1_500, met_verwacht=False)
    schrijf_simulatie(sim, doel)
    config = lees_config(doel / "kompas.toml")
    return lees_bron(config), config


def gelijk(a, b):
    """The same accepted rows in every table of persons."""
    for naam in ("uitkeringen", "inzet", "gronden", "kenmerken_historie"):
        pd.testing.assert_frame_equal(getattr(a, naam), getattr(b, naam))


def hand(tmp_path, **anders):
    """Two groups with a known monthly chance: k1 leaves at 10%, k2 at 2% a month; four in five to work."""
    rng = np.random.default_rng(4)
    rijen = []
    for j in range(900):
        groep, p = (("k1", 0.10), ("k2", 0.02))[j % 2]
        reden = "11" if rng.random() < 0.8 else "32"
        begin = pd.Timestamp(2003, 1, 1) + pd.DateOffset(months=int(rng.integers(0, 40)))
        einde = begin + pd.DateOffset(months=int(rng.geometric(p))) - pd.Timedelta(days=1)
        open_ = einde > pd.Timestamp(2007, 6, 30)
        eind = "" if open_ else f"{einde:%d-%m-%Y}"
        rijen.append(rij(f"C{j:04d}", f"{begin:%d-%m-%Y}", eind, "" if open_ else reden, fasering=groep))
    delen = {"kenmerken": {"gebruik": ["fasering"]}, "instrument": [], "model": {"kalender": "geen"}} | anders
    config = schrijf(tmp_path, {"bron": {"venster_van": dt.date(2003, 1, 1)}}, delen, uitkeringen=rijen)
    return lees_bron(config), config
