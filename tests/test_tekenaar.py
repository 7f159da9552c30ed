"""Drawing in a second process: the same bytes, whatever happens to that process."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pandas as pd
import pytest

from kompas.weergave import tekenaar as t
from kompas.weergave.lijnen import lijnplaat
from kompas.weergave.tekenaar import LETTER, LETTERS, Tekenaar, Tekening


def plaat(naam: str) -> Tekening:
    f = pd.DataFrame({"maand": ["2007-05", "2007-06"], "lijn": "Zuid & Oost é", "waarde": [2710.5, 2700.0]})
    tekening = lijnplaat(f, titel=naam, y_titel="Huishoudens").tekening
    assert isinstance(tekening, Tekening)
    return tekening


def test_twee_processen_geven_dezelfde_bytes():
    platen = [plaat(f"Bestand {k}") for k in range(4)]
    with Tekenaar() as tekenaar:
        onderweg = [tekenaar.begin(p) for p in platen]
        assert [str(p) for p in onderweg] == [str(p) for p in platen]
        assert all(p.werk.result() == str(p) for p in onderweg)  # the other process drew them


def test_dezelfde_plaat_wordt_een_keer_getekend():
    with Tekenaar() as tekenaar:
        een, twee, ander = (tekenaar.begin(plaat(n)) for n in ("Bestand", "Bestand", "Uitgaven"))
        assert een.werk is twee.werk
        assert een.werk is not ander.werk
        assert str(een) == str(twee) != str(ander)


def test_een_proces_dat_uitvalt_kost_geen_plaat():
    with Tekenaar() as tekenaar:
        eerste = tekenaar.begin(plaat("Voor"))
        assert "Voor" in str(eerste)
        tekenaar._proces.kill()
        tekenaar._proces.wait()
        na = tekenaar.begin(plaat("Na"))
        assert str(na) == str(plaat("Na"))
    buiten = plaat("Te laat")
    with Tekenaar() as tekenaar:
        laat = [tekenaar.begin(plaat(f"Plaat {k}")) for k in range(20)]
        laat.append(tekenaar.begin(buiten))
    assert str(laat[-1]) == str(buiten)  # the context ended before it was drawn


@pytest.mark.parametrize("hoe", ["verboden", "ingepakt"])
def test_zonder_tweede_proces_wordt_hier_getekend(monkeypatch: pytest.MonkeyPatch, hoe: str):
    def niet(*_: object, **__: object) -> None:
        raise PermissionError

    if hoe == "verboden":
        monkeypatch.setattr(subprocess, "Popen", niet)
    else:
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    p = plaat("Bestand")
    with Tekenaar() as tekenaar:
        assert tekenaar.begin(p) is p
    assert "Zuid &amp; Oost é" in str(p)


def test_een_bestand_in_de_werkmap_wordt_niet_geladen(tmp_path, monkeypatch):
    """A folder with clients' files may hold a json.py; the second process starts in it."""
    (tmp_path / "json.py").write_text("raise SystemExit(1)\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Tekenaar() as tekenaar:
        assert "Bestand" in tekenaar.begin(plaat("Bestand")).werk.result(timeout=60)


def test_het_tweede_proces_leest_en_schrijft_alleen_regels():
    p = plaat("Bestand")
    vraag = json.dumps([p.spec, p.naam, p.beschrijving]).encode() + b"\n"
    uit = io.BytesIO()
    t.bedien(io.BytesIO(vraag * 2), uit)
    assert [json.loads(r) for r in uit.getvalue().splitlines()] == [str(p)] * 2


def test_breedte_volgt_uit_de_meegeleverde_letter_en_de_lezer_krijgt_een_rij_letters():
    svg = str(plaat("Bestand"))
    assert f'font-family="{LETTERS}"' in svg
    assert f'font-family="{LETTER}"' not in svg
