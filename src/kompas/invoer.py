"""What every command begins with: a config from a path, accepted rows from a config, a model from a folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from kompas import artefact
from kompas.bron import Bestand, keur, lees_bron, schrijf_bevindingen
from kompas.config import Config, lees_config
from kompas.fouten import GegevensFout
from kompas.herijking import Herijking

Pad = str | Path
Voortgang = Callable[[str, float], None]


def als_config(config: Pad | Config, peildatum: dt.date | None) -> Config:
    """Read a config, or take the one in memory; at another peildatum when one is given."""
    return config.met_peildatum(peildatum) if isinstance(config, Config) else lees_config(config, peildatum=peildatum)


def als_model(model: Pad | Herijking) -> Herijking:
    """Load a model folder, or take the model in memory."""
    return model if isinstance(model, Herijking) else artefact.laad(model)


def gekeurd(config: Config, voortgang: Voortgang | None = None) -> Bestand:
    """Read and judge the input; on rejection the findings are written beside the config.

    Raises
    ------
    GegevensFout
        When the data are rejected.
    """
    stap = (lambda naam: voortgang(naam, 0.0)) if voortgang else None
    bestand = lees_bron(config, voortgang=stap)
    try:
        keur(bestand, config)
    except GegevensFout:
        if config.pad is not None:
            schrijf_bevindingen(bestand.bevindingen, config.pad.parent / "bevindingen.csv")
        raise
    return bestand
