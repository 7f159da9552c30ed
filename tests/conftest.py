"""A small municipality, simulated once per test run, and a model estimated on it."""

from __future__ import annotations

from pathlib import Path

import pytest

import kompas
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid


@pytest.fixture(scope="session")
def gemeente(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a town of 1,500 clients without unobserved types and without selection."""
    doel = tmp_path_factory.mktemp("gemeente") / "dorp"
    waarheid = standaard_waarheid(selectie=0.0, heterogeniteit=0.0)
    schrijf_simulatie(simuleer_gemeente(waarheid, zaad=11, clienten=1_500), doel)
    return doel


@pytest.fixture(scope="session")
def model(gemeente: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Model folder of that town."""
    doel = tmp_path_factory.mktemp("model") / "model"
    kompas.herijk(gemeente / "kompas.toml", doel, zaad=3)
    return doel
