"""A small municipality, simulated once per test run, and a model estimated on it."""

from __future__ import annotations

from pathlib import Path

import pytest

import kompas
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid

KORTER = {
    'kalender = "maand+trend"': 'kalender = "geen"',
    "duurbanden = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18, 24, 36, 60]": "duurbanden = [1, 3, 6, 12, 24, 60]",
}


@pytest.fixture(scope="session")
def gemeente(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a town of 1,500 clients without unobserved types and without selection."""
    doel = tmp_path_factory.mktemp("gemeente") / "dorp"
    waarheid = standaard_waarheid(selectie=0.0, heterogeniteit=0.0)
    schrijf_simulatie(simuleer_gemeente(waarheid, zaad=11, clienten=1_500), doel)
    config = doel / "kompas.toml"
    tekst = config.read_text(encoding="utf-8")
    for lang, kort in KORTER.items():  # fewer columns: the model is estimated many times over
        assert lang in tekst
        tekst = tekst.replace(lang, kort)
    config.write_text(tekst, encoding="utf-8")
    return doel


@pytest.fixture(scope="session")
def model(gemeente: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model folder of that town."""
    doel = tmp_path_factory.mktemp("model") / "model"
    kompas.herijk(gemeente / "kompas.toml", doel, zaad=3)
    return doel
