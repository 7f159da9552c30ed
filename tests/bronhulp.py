"""Small tables of the bron stage: write, read, and what was found."""

import datetime as dt
from pathlib import Path

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, maak_config

PEILDATUM = dt.date(2007, 6, 30)
UITKERING = {
    "client_id": "A1",
    "begindatum": "01-02-2005",
    "einddatum": "31-03-2006",
    "reden_einde": "11",
    "geslacht": "man",
    "geboortedatum": "05-06-1970",
    "leefvorm": "gehuwd",
}
ANDER = UITKERING | {"client_id": "B2", "begindatum": "01-01-2004", "einddatum": "", "reden_einde": ""}
INZET = {"client_id": "A1", "instrument": "traject", "begindatum": "01-03-2005", "einddatum": ""}
INSTRUMENTEN = [{"code": "traject", "duur_maanden": 6}, {"code": "huisbezoek", "meter": "handhaving"}]


def csv_tekst(rijen: list[dict[str, str]]) -> str:
    koppen = list(dict.fromkeys(k for r in rijen for k in r))
    return "\n".join([";".join(koppen), *(";".join(r.get(k, "") for k in koppen) for r in rijen)]) + "\n"


def schrijf(map_: Path, bron: dict, delen: dict, **tabellen) -> Config:
    """Write the tables and return their config; ``bron`` holds extra keys per table."""
    inhoud: dict = {"map": str(map_), "venster_van": dt.date(2001, 1, 1)} | bron.pop("bron", {})
    for naam, rijen in tabellen.items():
        tekst = rijen if isinstance(rijen, str) else csv_tekst(rijen)
        (map_ / f"{naam}.csv").write_text(tekst, encoding="utf-8")
        inhoud[naam] = {"bestand": f"{naam}.csv"} | bron.get(naam, {})
    instrument = delen.pop("instrument", INSTRUMENTEN)
    return maak_config(
        {"gemeente": {"naam": "X", "peildatum": PEILDATUM}, "bron": inhoud, "instrument": instrument} | delen
    )


def lees(map_: Path, bron: dict | None = None, delen: dict | None = None, **tabellen) -> Bestand:
    return lees_bron(schrijf(map_, bron or {}, delen or {}, **tabellen))


def bevindingen(bestand: Bestand) -> list[tuple]:
    kolommen = ["bestand", "rij", "kolom", "waarde", "regel", "aantal"]
    return list(bestand.bevindingen.to_frame()[kolommen].itertuples(index=False, name=None))


def telling(bestand: Bestand, tabel: str) -> tuple[int, ...]:
    rij = bestand.telling.set_index("tabel").loc[tabel]
    return tuple(int(rij[k]) for k in ("gelezen", "afgekeurd", "weggelaten", "gebruikt"))
