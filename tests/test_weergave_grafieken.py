import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from kompas.fouten import GebruiksFout
from kompas.weergave.grafieken import effectenplot, kalibratieplot, overlevingscurve, uitstroomplot

NS = "{http://www.w3.org/2000/svg}"


def effecten(**kolommen):
    basis = pd.DataFrame(
        {
            "instrument": ["r", "r", "h"],
            "fase": ["tijdens", "na_0_6", "na_0"],
            "bestemming": ["werk", "werk", "handhaving"],
            "groep": "allen",
            "methode": "waargenomen",
            "effect": [0.7, 1.4, np.nan],
            "ondergrens": [0.6, 0.9, np.nan],
            "bovengrens": [0.8, 2.1, np.nan],
            "voorkeur": [True, True, False],
        }
    )
    return basis.assign(**kolommen)


def kalibratie():
    return pd.DataFrame(
        {
            "bestemming": ["werk"] * 2 + ["overig"] * 2,
            "deciel": [1, 2, 1, 2],
            "verwacht": [0.01, 0.035, 0.2, 0.5],
            "waargenomen": [0.012, 0.031, 0.2, 0.45],
            "n": [100, 100, 100, 100],
        }
    )


def verloop(kolom="groep"):
    maand = np.arange(0, 13)
    delen = [pd.DataFrame({"maand": maand, kolom: g, "kans": maand / 100 * k}) for g, k in (("werk", 3), ("overig", 1))]
    return pd.concat(delen, ignore_index=True)


PLATEN = {
    "effecten": lambda: effectenplot(effecten(), {"r": "Traject"}),
    "kalibratie": lambda: kalibratieplot(kalibratie()),
    "overleving": lambda: overlevingscurve(verloop()),
    "uitstroom": lambda: uitstroomplot(verloop("bestemming")),
}


def woorden(svg):
    return [t.text for t in ET.fromstring(svg).iter(f"{NS}text") if t.text]  # noqa: S314


@pytest.mark.parametrize("plaat", PLATEN)
def test_naam_beschrijving_en_geen_verwijzing_naar_buiten(plaat):
    svg = PLATEN[plaat]()
    boom = ET.fromstring(svg)  # noqa: S314
    assert boom.get("role") == "img"
    assert boom.get("aria-label") == boom.find(f"{NS}title").text
    assert len(boom.find(f"{NS}desc").text) > 30
    buiten = re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)
    assert "http" not in buiten
    assert "href" not in buiten
    assert "@import" not in buiten
    assert boom.get("viewBox")


@pytest.mark.parametrize("plaat", PLATEN)
def test_zelfde_bytes(plaat):
    assert PLATEN[plaat]() == PLATEN[plaat]()


def test_effectenplot_toont_elke_rij_ook_zonder_cijfer():
    w = woorden(PLATEN["effecten"]())
    assert {"Traject: tijdens", "Traject: 0 tot 6 maanden erna", "h: erna", "geen cijfer"} <= set(w)
    assert {"Uitstroom: werk", "Uitstroom: handhaving"} <= set(w)
    assert "0,5" in w
    assert not any(re.fullmatch(r"\d+\.\d+", t) for t in w)
    assert "2 effecten" in PLATEN["effecten"]()
    assert "0 keer geheel boven 1 en 1 keer geheel onder 1" in PLATEN["effecten"]()


def test_effectenplot_zegt_met_pijlen_dat_een_interval_verder_loopt():
    gewoon = woorden(PLATEN["effecten"]())
    assert "▶" not in gewoon
    f = pd.concat([effecten()] * 6, ignore_index=True)
    f["instrument"] = [f"i{i}" for i in range(len(f))]
    f.loc[0, ["effect", "ondergrens", "bovengrens"]] = [1.5, 1e-9, 1e9]
    w = woorden(effectenplot(f))
    assert w.count("◀") == 1
    assert w.count("▶") == 1


def test_effectenplot_verandert_met_de_cijfers_en_de_methode_heeft_een_vorm():
    een = PLATEN["effecten"]()
    assert effectenplot(effecten(effect=[0.71, 1.4, np.nan]), {"r": "Traject"}) != een
    twee = pd.concat([effecten(voorkeur=False), effecten(methode="landmark")], ignore_index=True)
    w = woorden(effectenplot(twee))
    assert {"waargenomen", "landmark", "Methode (gevuld: gebruikt in de meters)"} <= set(w)
    assert "waargenomen" not in woorden(een)  # one method needs no legend


def test_effectenplot_laat_groepen_weg():
    f = pd.concat([effecten(), effecten(groep="opleiding=vmbo", instrument="x")], ignore_index=True)
    assert effectenplot(f, {"r": "Traject"}) == PLATEN["effecten"]()


def test_namen_worden_ontsnapt():
    svg = effectenplot(effecten(), {"r": '<script>alert("x")</script>'})
    assert "<script" not in svg
    ET.fromstring(svg)  # noqa: S314


def test_zonder_een_enkel_cijfer():
    leeg = effecten(effect=np.nan, ondergrens=np.nan, bovengrens=np.nan)
    assert woorden(effectenplot(leeg)).count("geen cijfer") == 3


def test_kalibratie_in_procenten_met_komma():
    w = woorden(PLATEN["kalibratie"]())
    assert {"Verwacht", "Waargenomen", "Uitstroom: werk", "Uitstroom: overig"} <= set(w)
    assert "1,0%" in w
    assert "20%" in w
    assert "De grootste afwijking is 5,0%" in PLATEN["kalibratie"]()


def test_kalibratie_weigert_aantallen():
    with pytest.raises(GebruiksFout, match="KMP-U008"):
        kalibratieplot(kalibratie().assign(verwacht=[10.0, 35.0, 20.0, 50.0]))


def test_lijnen_hebben_streep_en_legenda():
    svg = PLATEN["overleving"]()
    assert "stroke-dasharray" in svg
    assert {"werk", "overig", "Nog in de bijstand"} <= set(woorden(svg))


def test_uitstroom_noemt_het_einde():
    assert "na 12 maanden: werk 36%, overig 12%" in PLATEN["uitstroom"]()


def test_te_veel_groepen_en_ontbrekende_kolom():
    veel = pd.DataFrame({"maand": 0, "kans": 0.5, "groep": [f"g{i}" for i in range(7)]})
    with pytest.raises(GebruiksFout, match="KMP-U009"):
        overlevingscurve(veel)
    with pytest.raises(GebruiksFout, match=r"KMP-U007.*bestemming"):
        uitstroomplot(veel)
