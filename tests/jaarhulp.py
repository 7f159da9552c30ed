"""Towns in memory for the comparison of two years: one delivery, seen on two days."""

import datetime as dt
import functools
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, lees_config
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid

VORIG = dt.date(2006, 6, 30)
CLIENTEN = 1_500


def dubbel(sinds: dt.date) -> dict:
    """Exits to work twice as likely since a day."""
    return {"werk": ((sinds, 0.0), (sinds + dt.timedelta(days=1), float(np.log(2))))}


@functools.cache
def _stad(naam: str, zaad: int, verloop: tuple, fors: float) -> tuple[Bestand, Config]:
    basis = standaard_waarheid(selectie=0.0, heterogeniteit=0.0, instrumenten=["reintegratie"])
    if fors:
        i = basis.instrumenten[0]
        alles = {f: {"werk": fors} for f in i.effecten}
        basis = replace(basis, instrumenten=(replace(i, effecten=alles, intrede=tuple(2 * h for h in i.intrede)),))
    waarheid = replace(basis, verloop=dict(verloop))
    sim = simuleer_gemeente(waarheid, zaad=zaad, clienten=CLIENTEN, met_verwacht=False)
    with tempfile.TemporaryDirectory() as tmp:
        doel = Path(tmp) / naam
        schrijf_simulatie(sim, doel)
        config = lees_config(doel / "kompas.toml")
        return lees_bron(config), config


def stad(naam: str, *, zaad: int = 26, verloop: dict | None = None, fors: float = 0.0) -> tuple[Bestand, Config]:
    """A town of 1,500 clients without unobserved types; the same call gives the same object.

    With ``fors`` twice as many start the instrument and it raises the log hazard of work by that much.
    """
    return _stad(naam, zaad, tuple((verloop or {}).items()), fors)
