"""Model folders: whole or not at all, checked at load, no person inside."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas import artefact
from kompas.fouten import GebruiksFout, ModelFout


def inhoud(map_: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(map_.iterdir())}


@pytest.fixture
def kopie(model: Path, tmp_path: Path) -> Path:
    doel = tmp_path / "model"
    shutil.copytree(model, doel)
    return doel


def test_heen_en_terug(model: Path, tmp_path: Path) -> None:
    h = kompas.laad_model(model)
    artefact.bewaar(h, tmp_path / "twee")
    twee = kompas.laad_model(tmp_path / "twee")
    np.testing.assert_array_equal(h.coef, twee.coef)
    np.testing.assert_array_equal(h.covariantie, twee.covariantie)
    assert h.kenmerken == twee.kenmerken
    assert h.tijd.knots == twee.tijd.knots
    assert h.config.model_dump() == twee.config.model_dump()
    for naam in (*artefact.CONTRACTTABELLEN, *artefact.TABELLEN):
        pd.testing.assert_frame_equal(getattr(h, naam), getattr(twee, naam))


def test_zelfde_invoer_en_zaad_geven_dezelfde_bytes(gemeente: Path, model: Path, tmp_path: Path) -> None:
    kompas.herijk(gemeente / "kompas.toml", tmp_path / "weer", zaad=3)
    assert inhoud(model) == inhoud(tmp_path / "weer")


def test_manifest_noemt_elk_bestand(model: Path) -> None:
    manifest = json.loads((model / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["bestanden"]) == {p.name for p in model.iterdir()} - {"manifest.json"}
    assert manifest["peildatum"] == "2007-06-30"
    assert manifest["zaad"] == 3
    assert set(manifest["invoer"]) == {"uitkeringen.csv", "inzet.csv", "gronden.csv"}
    assert {"effecten.csv", "coefficienten.parquet", "glance.csv", "herijkingsrapport.html"} <= set(
        manifest["bestanden"]
    )
    assert not [n for n in manifest["bestanden"] if n.endswith((".pkl", ".pickle", ".joblib"))]


def test_geen_persoon_in_het_model(gemeente: Path, model: Path) -> None:
    """No client, household or caseworker of the input stands in any file of the model."""
    rijen = pd.read_csv(gemeente / "bron" / "uitkeringen.csv", dtype=str)
    woorden = {*rijen["client_id"], *rijen["huishouden_id"].dropna(), *rijen["klantmanager"].dropna()}
    for pad in model.iterdir():
        if pad.suffix == ".parquet":
            frame = pd.read_parquet(pad)
            tekst = {str(v) for k in frame.columns for v in frame[k].unique()}
            assert not woorden & tekst, pad.name
        else:
            inhoud_ = pad.read_text(encoding="utf-8")
            assert not [w for w in woorden if w in inhoud_], pad.name


def test_profielen_zijn_aantallen_van_minstens_tien(model: Path) -> None:
    """The one table about the caseload: counts, and of each number only the mean of a band."""
    frame = pd.read_parquet(model / "profielen.parquet")
    assert len(frame) > 20
    assert frame["aantal"].min() >= 10
    vast = ["soort", "aantal", "vanaf", "waarde"]
    assert list(frame.columns[:4]) == vast
    assert all(k.startswith("kenmerk:") for k in frame.columns[4:])


@pytest.mark.parametrize("naam", ["effecten.csv", "parameters.parquet", "model.json", "herijkingsrapport.html"])
def test_veranderd_bestand_wordt_geweigerd(kopie: Path, naam: str) -> None:
    with (kopie / naam).open("ab") as bestand:
        bestand.write(b" ")
    with pytest.raises(ModelFout, match=f"KMP-A006.*{naam}"):
        kompas.laad_model(kopie)


def test_ontbrekend_bestand_wordt_geweigerd_en_extra_genegeerd(kopie: Path) -> None:
    (kopie / "aantekening.txt").write_text("van een collega", encoding="utf-8")
    kompas.laad_model(kopie)
    (kopie / "covariantie.parquet").unlink()
    with pytest.raises(ModelFout, match="KMP-A006"):
        kompas.laad_model(kopie)


@pytest.mark.parametrize("schema", [2, 99])
def test_geen_model_of_een_andere_versie(kopie: Path, tmp_path: Path, schema: int) -> None:
    with pytest.raises(GebruiksFout, match=r"KMP-A003.*Bedoelde u 'model'"):
        kompas.laad_model(tmp_path / "modle")
    manifest = json.loads((kopie / "manifest.json").read_text(encoding="utf-8"))
    (kopie / "manifest.json").write_text(json.dumps(manifest | {"schema": schema}), encoding="utf-8")
    with pytest.raises(GebruiksFout, match="KMP-A005"):
        kompas.laad_model(kopie)
    (kopie / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelFout, match="KMP-A004"):
        kompas.laad_model(kopie)


def test_een_map_met_iets_anders_wordt_niet_overschreven(gemeente: Path, tmp_path: Path) -> None:
    doel = tmp_path / "documenten"
    doel.mkdir()
    (doel / "brief.txt").write_text("bewaren", encoding="utf-8")
    with pytest.raises(GebruiksFout, match="KMP-A001"):
        kompas.herijk(gemeente / "kompas.toml", doel)
    assert inhoud(doel) == {"brief.txt": b"bewaren"}


@pytest.mark.parametrize(
    "waar", ["kompas.artefact.wissel", "kompas.artefact.inhoud", "kompas.opdrachten.herijkingsrapport"]
)
def test_onderbroken_run_laat_het_vorige_model_ongemoeid(
    gemeente: Path, kopie: Path, monkeypatch: pytest.MonkeyPatch, waar: str
) -> None:
    voor = inhoud(kopie)

    def breek(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(waar, breek)
    with pytest.raises(KeyboardInterrupt):
        kompas.herijk(gemeente / "kompas.toml", kopie)
    assert inhoud(kopie) == voor
    assert [p.name for p in kopie.parent.iterdir()] == ["model"]


def test_vorige_wordt_vergeleken_en_vastgelegd(gemeente: Path, model: Path, tmp_path: Path) -> None:
    kompas.herijk(gemeente / "kompas.toml", tmp_path / "nieuw", vorige=model)
    manifest = json.loads((tmp_path / "nieuw" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["ouder"] == artefact.manifest_hash(model)
    tabel = pd.read_csv(tmp_path / "nieuw" / "vergelijking.csv")
    assert len(tabel) == len(kompas.laad_model(model).effecten)
    assert (tabel["verschil"].abs() < 1e-12).all()
