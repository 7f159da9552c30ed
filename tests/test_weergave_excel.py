import datetime as dt
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from kompas.fouten import GebruiksFout
from kompas.weergave import excel
from kompas.weergave.excel import maak_bladnaam, schrijf_excel

DAG = dt.date(2007, 6, 30)
GEVAAR = ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "{=1}"]


def lijst():
    return pd.DataFrame(
        {
            "client_id": ["C1", "C2", "C3", "C4", "C5", "C6"],
            "team": ["Noord", "noord", None, "A [B]: C*?/\\", "  ", "een naam die veel langer is dan 31 tekens"],
            "klantmanager": GEVAAR,
            "kans_werk_12m": [0.25, np.nan, 0.5, 0.1, 0.2, 0.3],
            "begindatum": pd.to_datetime(["2007-01-31", None, "2001-01-01", "2001-01-01", "2001-01-01", "2001-01-01"]),
            "reint_netto": [-1234.5, np.nan, 10.0, 0.0, np.inf, 5.0],
            "reint_indicatie": ["ja", "nee", "geen_uitspraak", "ja", "ja", "nee"],
            "actief": [True, False, True, True, True, True],
            "dossier": [10**15 + 1, 1, 2, 3, 4, 5],
        }
    )


@pytest.fixture(scope="module")
def boek(tmp_path_factory):
    pad = tmp_path_factory.mktemp("excel") / "lijst.xlsx"
    namen = {"reint": "Re-integratietraject"}
    schrijf_excel(
        lijst(), pad, titel="Lijstwerk", peildatum=DAG, instrumentnamen=namen, toelichting=["Model van 2007."]
    )
    return openpyxl.load_workbook(pad)


def kolom(blad, kop):
    koppen = [c.value for c in blad[1]]
    return [r[koppen.index(kop)] for r in blad.iter_rows(min_row=2)]


def test_bladen_koppen_vaste_rij_en_filter(boek):
    assert boek.sheetnames == ["Lijstwerk", "Lees mij", "Begrippen"]
    blad = boek["Lijstwerk"]
    assert [c.value for c in blad[1]][:4] == ["Cliëntnummer", "Team", "Klantmanager", "Kans op werk binnen 12 maanden"]
    assert blad["F1"].value == "Re-integratietraject: netto opbrengst"
    assert blad.freeze_panes == "B2"
    assert blad.auto_filter.ref == "A1:I7"
    assert blad.print_title_rows == "$1:$1"


def test_geen_cel_is_een_formule(boek):
    for blad in boek:
        for rij in blad.iter_rows():
            assert all(c.data_type != "f" for c in rij)
    cellen = kolom(boek["Lijstwerk"], "Klantmanager")
    assert [c.value for c in cellen] == GEVAAR
    assert all(c.data_type == "s" for c in cellen)
    assert [c.quotePrefix for c in cellen] == [True, True, True, True, True, False]  # stays text when edited


def test_getallen_zijn_getallen_met_nederlandse_opmaak(boek):
    blad = boek["Lijstwerk"]
    kans, netto = kolom(blad, "Kans op werk binnen 12 maanden"), kolom(blad, "Re-integratietraject: netto opbrengst")
    assert kans[0].value == 0.25
    assert kans[0].number_format == "0.0%"
    assert netto[0].value == -1234.5
    assert netto[0].number_format.startswith("[$€-413] #,##0")
    assert netto[4].value == "oneindig"
    dag = kolom(blad, "Begindatum")[0]
    assert dag.value == dt.datetime(2007, 1, 31)  # noqa: DTZ001
    assert dag.number_format == "dd-mm-yyyy"
    assert kolom(blad, "actief")[0].value is True
    assert kolom(blad, "dossier")[0].value == "1000000000000001"  # Excel would round the last digit away


def test_ontbrekend_is_een_lege_cel(boek):
    blad = boek["Lijstwerk"]
    for kop in ("Team", "Kans op werk binnen 12 maanden", "Begindatum", "Re-integratietraject: netto opbrengst"):
        rij = 2 if kop == "Team" else 1
        assert kolom(blad, kop)[rij].value is None


def test_kleur_naast_tekst(boek):
    regels = [r for lijst_ in boek["Lijstwerk"].conditional_formatting for r in lijst_.rules]
    assert {r.formula[0] for r in regels} == {'"ja"', '"nee"', '"geen_uitspraak"', '"geen uitspraak"'}
    stijl = {r.formula[0]: r.dxf for r in regels}
    assert stijl['"ja"'].font.b
    assert stijl['"geen_uitspraak"'].font.i
    assert stijl['"geen uitspraak"'].font.i
    assert not stijl['"nee"'].font.b
    assert not stijl['"nee"'].font.i
    assert [c.value for c in kolom(boek["Lijstwerk"], "Re-integratietraject: indicatie")][:2] == ["ja", "nee"]


def test_toelichting_en_begrippen(boek):
    regels = [r[0].value for r in boek["Lees mij"].iter_rows() if r[0].value]
    assert regels[:4] == ["Lijstwerk", "Peildatum: 30-06-2007.", "Aantal rijen: 6.", "Model van 2007."]
    assert any("De klantmanager beslist" in r for r in regels)
    rijen = {r[0].value: r[1].value for r in boek["Begrippen"].iter_rows(min_row=2)}
    assert rijen["reint_netto"] == "Re-integratietraject: netto opbrengst"
    assert rijen["actief"] == "actief"


def test_per_team_een_blad(tmp_path):
    schrijf_excel(lijst(), tmp_path / "t.xlsx", titel="L", per="team", instrumentnamen={"reint": "Traject"})
    boek = openpyxl.load_workbook(tmp_path / "t.xlsx")
    bladen = ["A B C", "een naam die veel langer is dan", "Noord", "noord (2)", "zonder team"]
    assert boek.sheetnames == ["Lees mij", "Overzicht", *bladen, "Begrippen"]
    assert [c.value for c in kolom(boek["zonder team"], "Cliëntnummer")] == ["C3", "C5"]
    assert [c.value for c in kolom(boek["noord (2)"], "Cliëntnummer")] == ["C2"]
    overzicht = [[c.value for c in r] for r in boek["Overzicht"].iter_rows()]
    assert overzicht[0] == ["Team", "Aantal", "Traject: aantal ja"]
    assert overzicht[1] == ["A [B]: C*?/\\", 1, 1]
    assert overzicht[5] == ["zonder team", 2, 1]
    assert sum(r[1] for r in overzicht[1:]) == 6
    assert boek["Overzicht"]["A2"].hyperlink.location == "'A B C'!A1"


@pytest.mark.parametrize(
    ("naam", "gebruikt", "verwacht"),
    [
        ("x" * 40, set(), "x" * 31),
        ("x" * 40, {"X" * 31}, "x" * 27 + " (2)"),
        ("'quote'", set(), "quote"),
        ("[]:*?/\\", set(), "blad"),
        ("History", set(), "History (2)"),
        ("a", {"A", "a (2)"}, "a (3)"),
        ("x" * 30 + "'y", set(), "x" * 30),
    ],
)
def test_bladnaam(naam, gebruikt, verwacht):
    assert maak_bladnaam(naam, gebruikt) == verwacht


def test_zelfde_bytes_en_vaste_datum(tmp_path):
    for naam in ("a.xlsx", "b.xlsx"):
        schrijf_excel(lijst(), tmp_path / naam, titel="L", peildatum=DAG, per="team")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    kern = zipfile.ZipFile(tmp_path / "a.xlsx").read("docProps/core.xml").decode()
    assert kern.count("2007-06-30T00:00:00Z") == 2  # created and modified
    schrijf_excel(lijst(), tmp_path / "c.xlsx", titel="L", peildatum=dt.date(2007, 7, 31), per="team")
    assert (tmp_path / "c.xlsx").read_bytes() != (tmp_path / "a.xlsx").read_bytes()


def test_koppen_als_kolomnamen(tmp_path):
    schrijf_excel(lijst(), tmp_path / "k.xlsx", titel="L", koppen="kolom")
    assert list(pd.read_excel(tmp_path / "k.xlsx").columns) == list(lijst().columns)


def test_onbekende_kolom_om_te_verdelen(tmp_path):
    with pytest.raises(GebruiksFout, match=r"KMP-U006.*'team'"):
        schrijf_excel(lijst(), tmp_path / "x.xlsx", titel="L", per="teams")


def test_te_veel_rijen_wordt_niet_afgekapt(tmp_path, monkeypatch):
    monkeypatch.setattr(excel, "MAX_RIJEN", 5)
    with pytest.raises(GebruiksFout, match="KMP-U005"):
        schrijf_excel(lijst(), tmp_path / "x.xlsx", titel="L")


def test_oude_datum_en_gemengde_kolom(tmp_path):
    f = pd.DataFrame({"d": [dt.date(1850, 1, 2), dt.date(2007, 6, 30), None], "g": ["=1", 2.5, 10**16]}, dtype=object)
    schrijf_excel(f, tmp_path / "x.xlsx", titel="L")
    blad = openpyxl.load_workbook(tmp_path / "x.xlsx")["L"]
    assert [blad.cell(r, 1).value for r in (2, 3, 4)] == ["02-01-1850", dt.datetime(2007, 6, 30), None]  # noqa: DTZ001
    assert [blad.cell(r, 2).value for r in (2, 3, 4)] == ["=1", 2.5, str(10**16)]
    assert blad["B2"].data_type == "s"
