"""The order of the rows that come in never changes a figure."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd

from kompas.bron import lees_bron
from kompas.config import lees_config
from kompas.lijst import maak_lijst
from kompas.schatters import schat_licht


def test_rijen_in_een_andere_volgorde_geven_dezelfde_herijking_en_lijst(gemeente: Path) -> None:
    config = lees_config(gemeente / "kompas.toml")
    bestand = lees_bron(config)
    door_elkaar = bestand.uitkeringen.sample(frac=1, random_state=1).reset_index(drop=True)
    ander = dataclasses.replace(bestand, uitkeringen=door_elkaar)
    h = schat_licht(bestand, config)
    np.testing.assert_array_equal(h.coef, schat_licht(ander, config).coef)
    pd.testing.assert_frame_equal(maak_lijst(bestand, config, h).tabel, maak_lijst(ander, config, h).tabel)
