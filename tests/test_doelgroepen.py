"""Doelgroepen: first match wins, boundaries, what is refused, and what happens where nothing can be said."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.bron import Bestand, lees_bron
from kompas.config import STANDAARD_DOELGROEPEN, Config, Doelgroep, lees_config, maak_config
from kompas.doelgroepen import Vooruit, deel_in
from kompas.fouten import GebruiksFout, GeweigerdFout
from kompas.herijking import Herijking
from kompas.klantstand import Klantstand, maak_klantstand
from kompas.lijst import maak_lijst

BASIS = {
    "gemeente": {"naam": "X", "peildatum": dt.date(2007, 6, 30)},
    "bron": {"venster_van": dt.date(2001, 1, 1)},
}


def configuratie(*doelgroepen: dict[str, object], **anders: object) -> Config:
    return maak_config(BASIS | {"doelgroep": list(doelgroepen)} | anders)


@pytest.fixture(scope="module")
def geval(gemeente: Path, model: Path) -> tuple[Config, Bestand, Herijking]:
    config = lees_config(gemeente / "kompas.toml")
    return config, lees_bron(config), kompas.laad_model(model)


@pytest.fixture(scope="module")
def zes(geval: tuple[Config, Bestand, Herijking]) -> tuple[Klantstand, Herijking]:
    config, bestand, h = geval
    stand, _ = maak_klantstand(bestand, config, h)
    stand = stand.deel(np.arange(6))
    return dataclasses.replace(stand, scoort=np.array([True] * 5 + [False]), duur=np.array([0, 5, 11, 12, 36, 3])), h


def vooruit(kans: list[float], **anders: object) -> Vooruit:
    p = np.array(kans)
    basis = {
        "kans_werk": {m: p * f for m, f in ((3, 0.5), (6, 1.0), (12, 1.0), (24, 1.0))},
        "kans_uitstroom": dict.fromkeys((3, 6, 12, 24), np.minimum(p + 0.1, 1.0)),
        "verwachte_maanden": np.array([10.0, 20.0, 30.0, 40.0, 50.0, 60.0]),
        "advies": np.zeros(6, dtype=bool),
    }
    return Vooruit(**(basis | anders))


def groep(**delen: object) -> Doelgroep:
    return Doelgroep(**({"code": "g"} | delen))


def test_standaard_zoals_beschreven(zes: tuple[Klantstand, Herijking]) -> None:
    """Work within 6 months from .5; then .25 within two years or an advice; then the rest."""
    v = vooruit([0.5, 0.4999999, 0.25, 0.2499999, 0.0, 0.9], advies=np.array([False, False, False, True, False, True]))
    uit = deel_in(STANDAARD_DOELGROEPEN, *zes, v)
    assert uit.tolist() == ["klantgroep_1", "focusklant", "focusklant", "focusklant", "zorgklant", ""]


@pytest.mark.parametrize(
    ("regel", "verwacht"),
    [
        ({"minimum": 0.2, "maximum": 0.4}, [0, 1, 1, 0, 0]),  # from .2 up to but not .4
        ({"minimum": 0.4}, [0, 0, 0, 1, 1]),  # 1.0 included
        ({"maximum": 0.2}, [1, 0, 0, 0, 0]),
        ({"minimum": 0.2, "binnen_maanden": 3}, [0, 0, 0, 1, 1]),  # half of it: .4 and 1.0 only
        ({"minimum": 0.4, "uitkomst": "uitstroom"}, [0, 0, 1, 1, 1]),
        ({"duur_vanaf": 5, "duur_tot": 12}, [0, 1, 1, 0, 0]),
        ({"duur_vanaf": 36}, [0, 0, 0, 0, 1]),
        ({"verwachte_maanden_vanaf": 20.0, "verwachte_maanden_tot": 40.0}, [0, 1, 1, 0, 0]),
        ({"met_advies": True}, [0, 0, 0, 0, 1]),
        ({}, [1, 1, 1, 1, 1]),
    ],
)
def test_grenzen(zes: tuple[Klantstand, Herijking], regel: dict[str, object], verwacht: list[int]) -> None:
    v = vooruit([0.1, 0.2, 0.399999, 0.4, 1.0, 1.0], advies=np.array([0, 0, 0, 0, 1, 1], dtype=bool))
    uit = deel_in((groep(**({"binnen_maanden": 12} | regel)),), *zes, v)
    assert (uit == "g").astype(int).tolist() == [*verwacht, 0], "and never a client of whom nothing can be said"


def test_wie_bij_een_groep_met_onbekende_kans_kan_horen_krijgt_geen_groep(
    zes: tuple[Klantstand, Herijking],
) -> None:
    """A later group would be a guess; where the other rules of the first one fail, nothing is open."""
    v = vooruit([np.nan] * 6)
    groepen = (groep(maximum=0.9, duur_vanaf=12), groep(code="rest"))
    assert deel_in(groepen, *zes, v).tolist() == ["rest", "rest", "rest", "", "", ""]
    assert deel_in(STANDAARD_DOELGROEPEN, *zes, v).tolist() == [""] * 6


def test_kenmerken_van_het_model(geval: tuple[Config, Bestand, Herijking]) -> None:
    config, bestand, h = geval
    regels = [
        {"code": "jong", "kenmerk": "leeftijd", "tot": 27},
        {"code": "terug", "kenmerk": "eerdere_spells", "vanaf": 1},
        {"code": "hoog", "kenmerk": "opleiding", "waarden": ["vmbo", "hoger"]},
    ]
    c = maak_config(config.model_dump() | {"doelgroep": regels}, pad=config.pad)
    t = maak_lijst(bestand, c, h).to_frame()
    jaren = t["profiel"].str.extract(r"leeftijd=(\d+)j")[0].astype(int)
    eerdere = t["profiel"].str.extract(r"eerdere_spells=(\d+)")[0].astype(int)
    opleiding = t["profiel"].str.extract(r"opleiding=(\w+)")[0]
    verwacht = np.select([jaren < 27, eerdere >= 1, opleiding.isin(["vmbo", "hoger"])], ["jong", "terug", "hoog"], "")
    assert t["doelgroep"].tolist() == verwacht.tolist()
    assert set(t["doelgroep"]) == {"jong", "terug", "hoog", ""}


def test_de_lijst_volgt_de_kansen_in_de_rij(geval: tuple[Config, Bestand, Herijking]) -> None:
    config, bestand, h = geval
    t = maak_lijst(bestand, config, h).to_frame()
    eerst = np.where(t["kans_werk_6m"] >= 0.5, "klantgroep_1", "zorgklant")
    kans = (t["kans_werk_24m"] >= 0.25) | (t["advies"] != "")
    verwacht = np.where((eerst == "zorgklant") & kans, "focusklant", eerst)
    assert t["doelgroep"].tolist() == verwacht.tolist()
    assert {"focusklant", "zorgklant"} <= set(t["doelgroep"])


def test_termijn_voorbij_de_horizon(geval: tuple[Config, Bestand, Herijking]) -> None:
    """The chances do not depend on how far the euros look."""
    config, bestand, h = geval
    kort = maak_config(config.model_dump() | {"rendement": {"horizon_maanden": 6}}, pad=config.pad)
    a, b = (maak_lijst(bestand, c, h).to_frame() for c in (config, kort))
    np.testing.assert_allclose(a["kans_werk_24m"], b["kans_werk_24m"], rtol=1e-12)
    assert (b["verwachte_maanden"] <= 6).all()


def test_aow_en_onbekende_waarde_krijgen_geen_doelgroep(geval: tuple[Config, Bestand, Herijking]) -> None:
    config, bestand, h = geval
    u = bestand.uitkeringen
    lopend = u.index[u["einddatum"].isna()][:2]
    geboren, fasering = u["geboortedatum"].copy(), u["fasering"].astype(object).copy()
    geboren[lopend[0]], fasering[lopend[1]] = pd.Timestamp("1940-01-01"), "fase 99"
    t = maak_lijst(
        dataclasses.replace(bestand, uitkeringen=u.assign(geboortedatum=geboren, fasering=fasering)), config, h
    ).to_frame()
    leeg = set(t.loc[t["doelgroep"] == "", "client_id"])
    assert leeg == set(u.loc[lopend, "client_id"])


@pytest.mark.parametrize("naam", ["nationaliteit", "herkomst", "postcode", "wijk", "gezondheid", "geboorteland"])
def test_beschermd_kenmerk_wordt_geweigerd(naam: str) -> None:
    with pytest.raises(GeweigerdFout, match="KMP-W001") as fout:
        configuratie({"code": "g", "kenmerk": naam, "waarden": ["x"]})
    assert fout.value.exitcode == 5


def test_beschermd_kenmerk_achter_een_andere_naam() -> None:
    bron = BASIS["bron"] | {"uitkeringen": {"bestand": "u.csv", "kolommen": {"groep": "NATIONALITEIT"}}}
    with pytest.raises(GeweigerdFout, match=r"KMP-W001.*groep"):
        configuratie({"code": "g", "kenmerk": "groep", "waarden": ["x"]}, bron=bron)


@pytest.mark.parametrize(
    ("blok", "melding"),
    [
        ({"code": "g", "minimum": 0.5, "maximum": 0.5}, "minimum moet kleiner zijn dan maximum"),
        ({"code": "g", "duur_vanaf": 12, "duur_tot": 6}, "duur_vanaf moet kleiner zijn dan duur_tot"),
        ({"code": "g", "waarden": ["x"]}, "vragen om een kenmerk"),
        ({"code": "g", "kenmerk": "fasering"}, "noem bij kenmerk ook waarden"),
        ({"code": "g", "minimun": 0.5}, "Bedoelde u 'minimum'"),
        ({"code": "g", "binnen_maanden": 5}, "toegestaan: 3, 6, 12 of 24"),
        ({"code": "g", "minimum": 1.5}, "moet hoogstens 1"),
        ({"code": "1 g"}, "begint met een letter"),
    ],
)
def test_fout_in_een_doelgroep(blok: dict[str, object], melding: str) -> None:
    with pytest.raises(GebruiksFout, match=melding):
        configuratie(blok)


def test_twee_labels_voor_een_code() -> None:
    with pytest.raises(GebruiksFout, match="twee labels"):
        configuratie({"code": "g", "label": "a"}, {"code": "g", "label": "b"})
    assert len(configuratie({"code": "g", "label": "a"}, {"code": "g", "label": "a"}).doelgroepen) == 2
    assert configuratie().doelgroepen == STANDAARD_DOELGROEPEN


@pytest.mark.parametrize(
    ("blok", "melding"),
    [
        ({"kenmerk": "opleidng", "waarden": ["vmbo"]}, "KMP-L004.*Bedoelde u 'opleiding'"),
        ({"kenmerk": "opleiding", "waarden": ["vbmo"]}, "KMP-L005.*Bedoelde u 'vmbo'"),
        ({"kenmerk": "leeftijd", "waarden": ["25"]}, "KMP-L006.*getal"),
        ({"kenmerk": "opleiding", "vanaf": 2}, "KMP-L006.*geen getal"),
        ({"kenmerk": "duur", "vanaf": 2}, "KMP-L006.*duur_vanaf"),
    ],
)
def test_past_niet_bij_het_model(
    geval: tuple[Config, Bestand, Herijking], blok: dict[str, object], melding: str
) -> None:
    config, bestand, h = geval
    c = maak_config(config.model_dump() | {"doelgroep": [{"code": "g"} | blok]}, pad=config.pad)
    with pytest.raises(GebruiksFout, match=melding):
        maak_lijst(bestand, c, h)
