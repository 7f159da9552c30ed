"""Small municipalities with money: tables on disk, read as a user's files are."""

import datetime as dt
from functools import cache
from pathlib import Path

import pandas as pd
from tests.bronhulp import schrijf

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, lees_config
from kompas.monitors.budgetmonitor import Budgetmonitor, maak_budget
from kompas.monitors.uitgavenmonitor import Uitgavenmonitor, maak_uitgaven

HOLLANDSTAD = Path(__file__).resolve().parents[1] / "data" / "sample" / "hollandstad" / "kompas.toml"
PEILDATUM = dt.date(2007, 6, 30)


def maanden(van: str, tot: str) -> list[str]:
    return [str(m) for m in pd.period_range(van, tot, freq="M")]


def uitgavenrijen(van: str, tot: str, bedrag, vakantiegeld=lambda _: 0.0, huishoudens=lambda _: 1000) -> list[dict]:
    return [
        {
            "maand": m,
            "bedrag": f"{bedrag(m) + vakantiegeld(m):.2f}",
            "vakantiegeld": f"{vakantiegeld(m):.2f}",
            "huishoudens": str(huishoudens(m)),
        }
        for m in maanden(van, tot)
    ]


def stad(
    map_: Path, *, peildatum: dt.date = PEILDATUM, delen: dict | None = None, **tabellen
) -> tuple[Bestand, Config]:
    extra = {"gemeente": {"naam": "Proefstad", "peildatum": peildatum}} | (delen or {})
    config = schrijf(map_, {}, extra, **tabellen)
    return lees_bron(config), config


def monitors(map_: Path, **tabellen) -> tuple[Uitgavenmonitor, Budgetmonitor]:
    bestand, config = stad(map_, **tabellen)
    u = maak_uitgaven(bestand, config)
    return u, maak_budget(bestand, config, uitgaven=u)


@cache
def hollandstad(peildatum: dt.date = PEILDATUM) -> tuple[Bestand, Config]:
    config = lees_config(HOLLANDSTAD, peildatum=peildatum)
    return lees_bron(config), config


@cache
def hollandstads(peildatum: dt.date = PEILDATUM) -> tuple[Uitgavenmonitor, Budgetmonitor]:
    bestand, config = hollandstad(peildatum)
    u = maak_uitgaven(bestand, config)
    return u, maak_budget(bestand, config, uitgaven=u)
