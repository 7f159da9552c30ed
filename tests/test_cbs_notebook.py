"""The notebook about two municipalities runs from top to bottom, and its figures are those of the tables."""

import json

import numpy as np
import pytest
from tests.test_notebooks import MAP, cellen, draai

from kompas.bron.cbs import lees_cbs_gemeenten

NAAM = "twee_gemeenten"


@pytest.fixture(scope="module")
def notebook():
    return draai(NAAM)


def test_notebook_is_zonder_uitvoer_en_opent_in_jupyter():
    tekst = (MAP / f"{NAAM}.ipynb").read_text(encoding="utf-8")
    assert tekst == json.dumps(json.loads(tekst), ensure_ascii=False, indent=1) + "\n"
    ids = [c["id"] for c in cellen(NAAM)]
    assert len(set(ids)) == len(ids)
    assert all(c["outputs"] == [] for c in cellen(NAAM) if c["cell_type"] == "code")


def test_de_cijfers_zijn_die_van_het_cbs(notebook):
    """Den Haag: 31,360 persons of 15 and over end 2015; the rows here are those below AOW age."""
    namen, _ = notebook
    naast = namen["naast"].set_index(["gemeente", "jaar"])
    bron = lees_cbs_gemeenten(MAP.parent / "data" / "sample" / "cbs" / "84066NED_gemeenten_2017.csv")
    for regio, gemeente in (("GM0518", "Den Haag"), ("GM0599", "Rotterdam")):
        goed = bron[(bron["regio"] == regio) & (bron["leeftijd"] == "15-aow")].iloc[0]
        assert naast.loc[(gemeente, 2017), "bijstandsontvangers"] == goed["bijstandsontvangers"]
    assert len(naast) == 9


def test_beide_definities_staan_naast_het_gepubliceerde_cijfer(notebook):
    d = notebook[0]["definities"]
    np.testing.assert_allclose(d["cbs"], d["gepubliceerd"], atol=0.75)
    assert (d["divosa"] > d["cbs"]).all()


def test_ranglijst_en_keuze_noemen_de_gemeenten(notebook):
    namen, uit = notebook
    assert "Nederland" in set(namen["ranglijst"]["gemeente"])
    assert "Den Haag" in set(namen["ranglijst"]["gemeente"])
    assert all(len(k.gekozen) == 10 for k in namen["keuzes"].values())
    assert any("lijkt het meest op" in tekst for _, tekst in uit)
    getoond = [w._repr_html_() for w, _ in uit if hasattr(w, "_repr_html_")]
    assert sum("<svg" in g for g in getoond) == 1


def test_andere_gemeenten_kan_ook():
    namen, _ = draai(NAAM, GEMEENTEN={"GM0344": "Utrecht", "GM0855": "Tilburg"})
    assert set(namen["naast"]["gemeente"]) == {"Utrecht", "Tilburg", "Nederland"}
