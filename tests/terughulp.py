"""The town of the tests of the backtest, and rows as deliveries have them."""

from pathlib import Path

from tests.bronhulp import ANDER

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
