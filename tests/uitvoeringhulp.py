"""A small service by hand: two teams, seven spells, with the tables of the uitvoeringsmonitor."""

import datetime as dt
from pathlib import Path

import pandas as pd

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, maak_config

PEILDATUM = dt.date(2007, 6, 30)
INSTRUMENTEN = [
    {"code": "traject", "duur_maanden": 6, "kosten": 1000.0},
    {"code": "huisbezoek", "meter": "handhaving", "kosten": 200.0},
]
VAST = {"geslacht": "vrouw", "geboortedatum": "1970-06-05", "leefvorm": "alleenstaande", "afdeling": "Noord"}


def spel(client: str, begin: str, einde: str = "", reden: str = "", team: str = "T1", **meer: str) -> dict[str, str]:
    """One row of uitkeringen."""
    rij = {"client_id": client, "begindatum": begin, "einddatum": einde, "reden_einde": reden, "team": team}
    return VAST | rij | meer


SPELLS = [
    spel("A", "2006-02-01", "2006-08-15", "11"),  # to work, back within five months
    spel("A", "2007-01-10"),
    spel("B", "2003-01-01", "2007-03-31", "11", team="T2"),
    spel("C", "2003-05-01"),
    spel("D", "2007-02-10", geboortedatum="1985-01-01", team="T2"),
    spel("E", "2006-10-01", "2007-06-20", "31", team="T2"),
    spel("F", "2006-01-01", "2006-03-31", "11"),  # to work, never back
]


def schrijf(map_: Path, tabellen: dict[str, list[dict[str, str]] | pd.DataFrame], **delen: object) -> Config:
    """Write tables and return their config."""
    map_.mkdir(parents=True, exist_ok=True)
    bron: dict[str, object] = {"map": str(map_), "venster_van": dt.date(2003, 1, 1)}
    bron |= delen.pop("bron", {})  # type: ignore[arg-type]
    for naam, rijen in tabellen.items():
        pd.DataFrame(rijen).to_csv(map_ / f"{naam}.csv", index=False)
        bron[naam] = {"bestand": f"{naam}.csv"}
    gemeente = {"naam": "Dorp", "peildatum": delen.pop("peildatum", PEILDATUM)}
    return maak_config({"gemeente": gemeente, "bron": bron, "instrument": INSTRUMENTEN} | delen)


def lees(
    map_: Path, tabellen: dict[str, list[dict[str, str]] | pd.DataFrame], **delen: object
) -> tuple[Bestand, Config]:
    """Write tables and read them back."""
    config = schrijf(map_, tabellen, **delen)
    return lees_bron(config), config


def groot(n: int = 400) -> list[dict[str, str]]:
    """Spells of two teams in two afdelingen; team T2 has exits to work three times as often."""
    uit = []
    for i in range(n):
        team = "T1" if i % 2 else "T2"
        begin = dt.date(2003, 1, 1) + dt.timedelta(days=3 * i)
        weg = i % 6 == 0 if team == "T2" else i % 18 == 1
        einde = dt.date(2006, 7, 1) + dt.timedelta(days=i % 350) if weg else None
        uit.append(
            spel(
                f"K{i:04d}",
                begin.isoformat(),
                einde.isoformat() if einde else "",
                "11" if einde else "",
                team=team,
                afdeling="Noord" if team == "T1" else "Zuid",
                klantmanager=f"KM{i % 7}",
            )
        )
    return uit
