"""The bridge from a simulated town to what a herijking reads: the same files and checks as a municipality's own."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import Any

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, maak_config
from kompas.simulatie import Simulatie, schrijf_simulatie


def bestand_van(sim: Simulatie, **config_opties: Any) -> tuple[Bestand, Config]:
    """Write a town to a temporary folder, read it back and forget the folder.

    Parameters
    ----------
    sim : Simulatie
        The town.
    **config_opties
        Tables of ``kompas.toml`` to change: ``model={"kalender": "geen"}`` changes one key of ``[model]``.

    Returns
    -------
    (Bestand, Config)
        What ``kompas.herijking.schat`` needs. The folder that the config names is gone.
    """
    with tempfile.TemporaryDirectory() as folder:
        toml = schrijf_simulatie(sim, Path(folder) / "stad") / "kompas.toml"
        inhoud = tomllib.loads(toml.read_text(encoding="utf-8"))
        for naam, waarde in config_opties.items():
            inhoud[naam] = {**inhoud.get(naam, {}), **waarde} if isinstance(waarde, dict) else waarde
        config = maak_config(inhoud, pad=toml)
        return lees_bron(config), config
