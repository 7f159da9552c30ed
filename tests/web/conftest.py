"""The pages of the sample municipality, served once per file, with one visitor who has a session."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from tests.webhulp import VANDAAG, Bezoeker, gegevens, kort, nieuw_register, server

from kompas.adviesregister import Adviesregister
from kompas.web.bediening import Bediening
from kompas.web.toestand import Toestand, maak_toestand


@pytest.fixture(scope="module")
def boek(tmp_path_factory: pytest.TempPathFactory) -> Adviesregister:
    return nieuw_register(tmp_path_factory.mktemp("boek"))


@pytest.fixture(scope="module")
def bediening(boek: Adviesregister) -> Iterator[Bediening]:
    with server(boek) as b:
        yield b


@pytest.fixture(scope="module")
def baas(bediening: Bediening) -> Bezoeker:
    return Bezoeker(bediening)


@pytest.fixture(scope="module")
def toestand() -> Toestand:
    config, h = gegevens()
    return maak_toestand(h, kort(config), vandaag=VANDAAG)


@pytest.fixture(scope="module")
def lijst(toestand: Toestand) -> pd.DataFrame:
    assert toestand.lijst is not None
    return toestand.lijst.tabel
