"""The folder of a simulated municipality: same seed, same bytes; valid config; all or nothing."""

import datetime as dt
import filecmp
import json
from pathlib import Path

import pandas as pd
import pytest

from kompas.config import lees_config
from kompas.fouten import GebruiksFout
from kompas.simulatie import Simulatie, schrijf_simulatie, schrijven, simuleer_gemeente, standaard_waarheid


@pytest.fixture(scope="module")
def klein() -> Simulatie:
    return simuleer_gemeente(standaard_waarheid(), zaad=1, clienten=120)


def _bestanden(map_: Path) -> list[str]:
    return sorted(str(p.relative_to(map_)) for p in map_.rglob("*") if p.is_file())


def test_zelfde_zaad_zelfde_bytes(klein, tmp_path):
    schrijf_simulatie(klein, tmp_path / "a")
    schrijf_simulatie(simuleer_gemeente(standaard_waarheid(), zaad=1, clienten=120), tmp_path / "b")
    schrijf_simulatie(simuleer_gemeente(standaard_waarheid(), zaad=2, clienten=120), tmp_path / "c")
    namen = _bestanden(tmp_path / "a")
    assert len(namen) == 10
    assert filecmp.cmpfiles(tmp_path / "a", tmp_path / "b", namen, shallow=False)[0] == namen
    assert not filecmp.cmp(tmp_path / "a/bron/uitkeringen.csv", tmp_path / "c/bron/uitkeringen.csv", shallow=False)
    assert b"\r" not in (tmp_path / "a/bron/inzet.csv").read_bytes()


def test_config_is_geldig_en_past_bij_de_waarheid(klein, tmp_path):
    config = lees_config(schrijf_simulatie(klein, tmp_path / "stad") / "kompas.toml")
    assert config.gemeente.peildatum == dt.date(2007, 6, 30)
    assert config.bron.venster_van == dt.date(2001, 1, 1)
    assert config.bron.inzet.volledig_vanaf == dt.date(1986, 1, 1)
    fasen = [(i.code, f) for i in config.instrument for f in i.fasen]
    waar = pd.read_csv(config.map.parent / "waarheid/effecten.csv")
    assert list(dict.fromkeys(zip(waar["instrument"], waar["fase"], strict=True))) == fasen
    assert ("reintegratie", "na_6_18") in fasen
    assert ("huisbezoek", "na_0_6") in fasen
    assert ("huisbezoek", "tijdens") not in fasen
    u = pd.read_csv(config.map / config.bron.uitkeringen.bestand, dtype=str, keep_default_na=False)
    assert u["begindatum"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert u["reden_einde"].str.fullmatch(r"\d\d|").all()
    assert u["client_id"].str.fullmatch(r"H\d{6}").all()
    parameters = json.loads((config.map.parent / "waarheid/parameters.json").read_text(encoding="utf-8"))
    assert parameters["waarheid"]["basis"]["werk"][0] == klein.waarheid.basis["werk"][0]


def test_geen_instrumenten_geeft_lege_tabellen_met_kop(tmp_path):
    sim = simuleer_gemeente(standaard_waarheid(instrumenten=[]), zaad=1, clienten=30)
    map_ = schrijf_simulatie(sim, tmp_path / "leeg")
    assert (map_ / "bron/inzet.csv").read_text(encoding="utf-8").startswith("client_id,instrument,begindatum")
    assert lees_config(map_ / "kompas.toml").instrument == ()
    assert sim.verwacht["verwachte_maanden"].between(0, 60).all()


def test_een_volle_map_blijft_staan(klein, tmp_path):
    doel = tmp_path / "doel"
    doel.mkdir()
    (doel / "eigen.txt").write_text("van mij", encoding="utf-8")
    with pytest.raises(GebruiksFout, match="KMP-S004"):
        schrijf_simulatie(klein, doel)
    with pytest.raises(GebruiksFout, match="KMP-S005"):
        schrijf_simulatie(klein, doel, overschrijf=True)
    assert _bestanden(tmp_path) == ["doel/eigen.txt"]
    (doel / "eigen.txt").unlink()
    schrijf_simulatie(klein, doel)
    (doel / "oud.txt").write_text("weg", encoding="utf-8")
    schrijf_simulatie(klein, doel, overschrijf=True)
    assert "oud.txt" not in _bestanden(doel)
    assert [p.name for p in tmp_path.iterdir()] == ["doel"]


def test_mislukt_schrijven_laat_alles_zoals_het_was(klein, tmp_path, monkeypatch):
    doel = schrijf_simulatie(klein, tmp_path / "doel")
    ervoor = _bestanden(tmp_path)

    def vol(_, map_):
        (map_ / "half.txt").write_text("half", encoding="utf-8")
        raise OSError("schijf vol")

    monkeypatch.setattr(schrijven, "_vul", vol)
    with pytest.raises(OSError, match="schijf vol"):
        schrijf_simulatie(klein, doel, overschrijf=True)
    with pytest.raises(OSError, match="schijf vol"):
        schrijf_simulatie(klein, tmp_path / "nieuw")
    assert _bestanden(tmp_path) == ervoor
    assert [p.name for p in tmp_path.iterdir()] == ["doel"]
