"""A village by hand: monthly draws to the contract's tables, with deployments at chosen months."""

from pathlib import Path

import numpy as np
import pandas as pd

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, lees_config

EINDE = "2008-12-31"
MAANDEN = 72
NOOIT = 999  # a month that is never reached
KOP = f"""
[gemeente]
naam = "Toetsdorp"
peildatum = {EINDE}
[bron]
venster_van = 2003-01-01
[bron.uitkeringen]
bestand = "uitkeringen.csv"
[bron.inzet]
bestand = "inzet.csv"
[kenmerken]
gebruik = ["geslacht"]
[model]
kalender = "geen"
duurbanden = [3, 6, 12, 24]
"""


def begindagen(rng: np.random.Generator, n: int, dagen: int) -> pd.DatetimeIndex:
    """First days of spells, spread over the first ``dagen`` days of the window."""
    return pd.Timestamp("2003-01-01") + pd.to_timedelta(rng.integers(0, dagen, n), "D")


def verloop(rng: np.random.Generator, begin: pd.DatetimeIndex, hazard: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw exits to work from hazards (n, MAANDEN): rows of uitkeringen, and the month of exit (``NOOIT`` = none)."""
    raak = rng.random(hazard.shape) < -np.expm1(-hazard)
    duur = np.where(raak.any(axis=1), raak.argmax(axis=1), NOOIT)
    eind = [b + pd.DateOffset(months=int(d)) + pd.Timedelta(days=14) for b, d in zip(begin, duur % NOOIT, strict=True)]
    namen = np.array([f"K{i:05d}" for i in range(len(begin))])
    u = pd.DataFrame({"client_id": namen, "begindatum": begin, "einddatum": eind, "reden_einde": "11"})
    u.loc[(duur == NOOIT) | (u["einddatum"] > EINDE), ["einddatum", "reden_einde"]] = None
    return u, duur


def inzetten(u: pd.DataFrame, duur: np.ndarray, code: str, start: np.ndarray) -> pd.DataFrame:
    """Deployments that begin with month ``start`` of a spell, of those who are still there."""
    mee = (start < NOOIT) & (duur >= start)
    dag = [b + pd.DateOffset(months=int(s)) for b, s in zip(u["begindatum"][mee], start[mee], strict=True)]
    uit = pd.DataFrame({"client_id": u["client_id"][mee], "instrument": code, "begindatum": dag})
    return uit[uit["begindatum"] <= EINDE]


def dorp(map_: Path, config: str, u: pd.DataFrame, inzet: pd.DataFrame) -> tuple[Bestand, Config]:
    """Write the tables and read them back."""
    (map_ / "bron").mkdir(parents=True)
    vast = {"geslacht": "man", "geboortedatum": "1975-05-05", "leefvorm": "alleenstaande"}
    u.assign(**{k: v for k, v in vast.items() if k not in u}).to_csv(map_ / "bron" / "uitkeringen.csv", index=False)
    inzet.to_csv(map_ / "bron" / "inzet.csv", index=False)
    (map_ / "kompas.toml").write_text(config, encoding="utf-8")
    gelezen = lees_config(map_ / "kompas.toml")
    return lees_bron(gelezen), gelezen
