"""Small municipalities for the tests of the caseload: tables as text, read the ordinary way."""

import datetime as dt
from pathlib import Path

from kompas.bron import keur, lees_bron
from kompas.config import lees_config, maak_config
from kompas.monitors.maanden import namen, nummer

WORTEL = Path(__file__).resolve().parents[1]
HOLLANDSTAD = WORTEL / "data" / "sample" / "hollandstad" / "kompas.toml"
CBS = WORTEL / "data" / "sample" / "cbs"
KOP = "client_id,begindatum,einddatum,reden_einde,geslacht,geboortedatum,leefvorm,huishouden_id"
REFKOP = "maand,gebied,soort,groep,huishoudens,uitkeringen,instroom,uitstroom,uitgaven"


def lees(map_, tabellen, *, peildatum=dt.date(2007, 6, 30), venster_van=dt.date(2006, 1, 1), bron=None, **overig):
    """Write tables (name -> lines) and read them back; returns config and accepted rows."""
    (map_ / "bron").mkdir(exist_ok=True)
    delen = {"venster_van": venster_van, **(bron or {})}
    for naam, regels in tabellen.items():
        (map_ / "bron" / f"{naam}.csv").write_text("\n".join(regels) + "\n", encoding="utf-8")
        delen[naam] = {"bestand": f"{naam}.csv"}
    gemeente = {"naam": "Dorp", "peildatum": peildatum}
    config = maak_config({"gemeente": gemeente, "bron": delen, **overig}, pad=map_ / "kompas.toml")
    bestand = lees_bron(config)
    keur(bestand, config)
    return config, bestand


def hollandstad():
    """Config and accepted rows of the sample."""
    config = lees_config(HOLLANDSTAD)
    return config, lees_bron(config)


def refrijen(soort, standen, *, eerste="2006-01", huishoudens="", gebied=None, groep="totaal"):
    """Rows of the table referentie for months in a row."""
    maanden = namen(range(nummer(eerste), nummer(eerste) + len(standen)))
    return [
        f"{m},{gebied or soort},{soort},{groep},{huishoudens},{u},,," for m, u in zip(maanden, standen, strict=True)
    ]
