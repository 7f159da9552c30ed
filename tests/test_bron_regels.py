"""One bad value per rule: exactly the finding, the consequence for its row, and nothing else."""

from pathlib import Path

import pandas as pd
import pytest
from tests.bronhulp import ANDER, INZET, UITKERING, bevindingen, csv_tekst, lees, telling

from kompas.bron import REGELS, regels_markdown


def test_schone_invoer_geeft_geen_bevindingen(tmp_path):
    bestand = lees(tmp_path, uitkeringen=[ANDER, UITKERING], inzet=[INZET])
    assert bevindingen(bestand) == []
    assert telling(bestand, "uitkeringen") == (2, 0, 0, 2)
    rij = bestand.uitkeringen.iloc[0]
    assert (rij["rij"], rij["client_id"], rij["reden_einde"], rij["bestemming"]) == (3, "A1", "11", "werk")
    assert (rij["begindatum"], rij["einddatum"]) == (pd.Timestamp("2005-02-01"), pd.Timestamp("2006-03-31"))
    assert bestand.inzet["instrument"].tolist() == ["traject"]
    assert bestand.inzet["kosten"].isna().all()


# rule, changed row (row 3 of the file), column and value of the finding
SLECHTE_UITKERINGEN = [
    ("A01", {"client_id": ""}, "client_id", ""),
    ("A01", {"begindatum": ""}, "begindatum", ""),
    ("A01", {"geboortedatum": "00000000"}, "geboortedatum", "00000000"),
    ("A01", {"leefvorm": ""}, "leefvorm", ""),
    ("A02", {"begindatum": "31-02-2005"}, "begindatum", "31-02-2005"),
    ("A02", {"einddatum": "maart"}, "einddatum", "maart"),
    ("A02", {"geboortedatum": "05/06/1970"}, "geboortedatum", "05/06/1970"),
    ("A02", {"registratiedatum": "2005-13-01"}, "registratiedatum", "2005-13-01"),
    ("A03", {"einddatum": "01-01-2999"}, "einddatum", "01-01-2999"),
    ("A04", {"bedrag_maand": "duizend"}, "bedrag_maand", "duizend"),
    ("A05", {"bedrag_maand": "1.234"}, "bedrag_maand", "1.234"),
    ("A07", {"geslacht": "x"}, "geslacht", "x"),
    ("A07", {"leefvorm": "5"}, "leefvorm", "5"),
    ("A07", {"opleiding": "vwo"}, "opleiding", "vwo"),
    ("A07", {"regeling": "ww"}, "regeling", "ww"),
    ("A09", {"bedrag_maand": "-5"}, "bedrag_maand", "-5"),
    ("A17", {"einddatum": "31-01-2005"}, "einddatum", "31-01-2005"),
    ("U04", {"geboortedatum": "02-02-1990"}, "geboortedatum", "02-02-1990"),
    ("U04", {"geboortedatum": "01-02-1904"}, "geboortedatum", "01-02-1904"),
]


@pytest.mark.parametrize(("regel", "fout", "kolom", "waarde"), SLECHTE_UITKERINGEN)
def test_slechte_uitkering_wordt_afgekeurd(tmp_path, regel, fout, kolom, waarde):
    vul = {k: {"opleiding": "geen", "regeling": "algemeen"}.get(k, "") for k in fout if k not in UITKERING}
    bestand = lees(tmp_path, uitkeringen=[ANDER | vul, UITKERING | fout])
    assert bevindingen(bestand) == [("uitkeringen.csv", 3, kolom, waarde, regel, 1)]
    assert telling(bestand, "uitkeringen") == (2, 1, 0, 1)
    assert bestand.uitkeringen["client_id"].tolist() == ["B2"]
    assert bestand.bevindingen.aantal("fout") == 1


@pytest.mark.parametrize("geboren", ["01-02-1990", "02-02-1904"])
def test_leeftijd_15_en_100_mogen(tmp_path, geboren):
    assert bevindingen(lees(tmp_path, uitkeringen=[UITKERING | {"geboortedatum": geboren}])) == []


def test_einddatum_op_de_begindatum_mag(tmp_path):
    assert bevindingen(lees(tmp_path, uitkeringen=[UITKERING | {"einddatum": "01-02-2005"}])) == []


# rule, changed row, column, value, rows kept
WAARSCHUWINGEN = [
    ("A13", {"geslacht": ""}, "geslacht", "", 2),
    ("A13", {"opleiding": ""}, "opleiding", "", 2),
    ("U02", {"begindatum": "01-07-2007", "einddatum": "", "reden_einde": ""}, "begindatum", "01-07-2007", 1),
    ("U03", {"einddatum": "01-07-2007"}, "einddatum", "01-07-2007", 2),
    ("U08", {"reden_einde": ""}, "reden_einde", "", 2),
    ("U09", {"reden_einde": "77"}, "reden_einde", "77", 2),
    ("U10", {"einddatum": ""}, "reden_einde", "11", 2),
    ("U12", {"reden_einde": "2"}, "reden_einde", "2", 2),
    ("U15", {"regeling": "02"}, "regeling", "ioaw", 1),
]


@pytest.mark.parametrize(("regel", "anders", "kolom", "waarde", "over"), WAARSCHUWINGEN)
def test_waarschuwing(tmp_path, regel, anders, kolom, waarde, over):
    vul = {k: {"opleiding": "geen", "regeling": "algemeen"}.get(k, "") for k in anders if k not in UITKERING}
    bestand = lees(tmp_path, uitkeringen=[ANDER | vul, UITKERING | anders])
    assert bevindingen(bestand) == [("uitkeringen.csv", 3, kolom, waarde, regel, 1)]
    assert len(bestand.uitkeringen) == over
    assert telling(bestand, "uitkeringen") == (2, 0, 2 - over, over)


def test_lege_categorie_wordt_onbekend_en_lege_regeling_algemeen(tmp_path):
    rij = UITKERING | {"opleiding": "", "fasering": "", "geslacht": "", "regeling": ""}
    uit = lees(tmp_path, uitkeringen=[rij]).uitkeringen.iloc[0]
    assert (uit["opleiding"], uit["fasering"], uit["geslacht"], uit["regeling"]) == (*["onbekend"] * 3, "algemeen")


def test_einde_na_de_peildatum_telt_als_lopend(tmp_path):
    uit = lees(tmp_path, uitkeringen=[UITKERING | {"einddatum": "01-07-2007"}]).uitkeringen.iloc[0]
    assert pd.isna(uit["einddatum"])
    assert uit["bestemming"] is None
    assert uit["reden_einde"] is None
    uit = lees(tmp_path, uitkeringen=[UITKERING | {"einddatum": "30-06-2007"}]).uitkeringen.iloc[0]
    assert uit["einddatum"] == pd.Timestamp("2007-06-30")


def test_begin_op_de_peildatum_mag(tmp_path):
    assert bevindingen(lees(tmp_path, uitkeringen=[ANDER | {"begindatum": "30-06-2007"}])) == []


def test_gelijke_rijen_tellen_een_keer(tmp_path):
    bestand = lees(tmp_path, uitkeringen=[UITKERING, ANDER, UITKERING])
    assert bevindingen(bestand) == [("uitkeringen.csv", 4, "", "", "A10", 1)]
    assert telling(bestand, "uitkeringen") == (3, 0, 1, 2)


def test_zelfde_begindatum_houdt_het_laatste_einde(tmp_path):
    lang, loopt = UITKERING | {"einddatum": "01-05-2006"}, UITKERING | {"einddatum": "", "reden_einde": ""}
    for rijen, rij in (([lang, UITKERING], 3), ([UITKERING, lang], 2)):
        bestand = lees(tmp_path, uitkeringen=rijen)
        assert bevindingen(bestand) == [("uitkeringen.csv", rij, "begindatum", "01-02-2005", "U07", 1)]
        assert bestand.uitkeringen["einddatum"].tolist() == [pd.Timestamp("2006-05-01")]
    assert lees(tmp_path, uitkeringen=[lang, loopt]).uitkeringen["einddatum"].isna().all()


def test_overlap_blijft_staan_met_een_waarschuwing(tmp_path):
    binnen = UITKERING | {"begindatum": "01-03-2005", "einddatum": "01-04-2005"}
    laat = UITKERING | {"begindatum": "31-03-2006", "einddatum": "01-05-2006"}
    aansluitend = UITKERING | {"begindatum": "02-05-2006", "einddatum": "01-06-2006"}
    bestand = lees(tmp_path, uitkeringen=[UITKERING, binnen, laat, aansluitend])
    assert [(b[1], b[4]) for b in bevindingen(bestand)] == [(3, "U05"), (4, "U05")]
    assert len(bestand.uitkeringen) == 4


def test_twee_lopende_perioden(tmp_path):
    bestand = lees(tmp_path, uitkeringen=[ANDER, ANDER | {"begindatum": "01-01-2005"}])
    assert [(b[1], b[4]) for b in bevindingen(bestand)] == [(3, "U06")]
    assert len(bestand.uitkeringen) == 2


@pytest.mark.parametrize(("begin", "door"), [("01-04-2006", True), ("30-04-2006", True), ("01-05-2006", False)])
def test_overname_door_de_partner_binnen_het_gat(tmp_path, begin, door):
    eerste = UITKERING | {"reden_einde": "97", "huishouden_id": "H1"}
    partner = ANDER | {"begindatum": begin, "huishouden_id": "H1"}
    gevonden = bevindingen(lees(tmp_path, uitkeringen=[eerste, partner]))
    assert gevonden == ([("uitkeringen.csv", 2, "reden_einde", "97", "U13", 1)] if door else [])


def test_overname_in_een_ander_huishouden_is_geen_voortzetting(tmp_path):
    eerste = UITKERING | {"reden_einde": "02", "huishouden_id": "H1"}
    assert bevindingen(lees(tmp_path, uitkeringen=[eerste, ANDER | {"huishouden_id": "H2"}])) == []


def test_huishouden_van_meer_dan_tien_is_een_standaardwaarde(tmp_path):
    rijen = [UITKERING | {"client_id": f"C{i}", "huishouden_id": "0" if i < 11 else "H"} for i in range(12)]
    bestand = lees(tmp_path, uitkeringen=rijen)
    assert bevindingen(bestand) == [("uitkeringen.csv", 2, "huishouden_id", "0", "U16", 11)]
    assert bestand.uitkeringen["huishouden_id"].notna().sum() == 1
    assert bevindingen(lees(tmp_path, uitkeringen=rijen[1:])) == []


def test_decimaalteken_dat_niet_past(tmp_path):
    rijen = [UITKERING | {"client_id": f"C{i}", "bedrag_maand": "812,50"} for i in range(3)]
    rijen += [ANDER | {"bedrag_maand": "812.50"}, UITKERING | {"bedrag_maand": "1.234"}]
    bestand = lees(tmp_path, uitkeringen=rijen)
    # both notations in one file: the majority decides, and what can be read in two ways is not guessed
    assert [(b[1], b[3], b[4]) for b in bevindingen(bestand)] == [(5, "812.50", "A06"), (6, "1.234", "A05")]
    assert bestand.uitkeringen["bedrag_maand"].tolist() == [812.5] * 3


def test_gelijk_aantal_van_beide_tekens_keurt_alles_af(tmp_path):
    rijen = [UITKERING | {"bedrag_maand": "812,50"}, ANDER | {"bedrag_maand": "812.50"}]
    assert [b[4] for b in bevindingen(lees(tmp_path, uitkeringen=rijen))] == ["A06", "A06"]


@pytest.mark.parametrize(("plek", "teken", "bedrag"), [("tabel", ",", 1234.0), ("bron", ".", 1.234)])
def test_decimaal_in_de_config_maakt_het_eenduidig(tmp_path, plek, teken, bedrag):
    bron = {"uitkeringen": {"decimaal": teken}} if plek == "tabel" else {"bron": {"decimaal": teken}}
    bestand = lees(tmp_path, bron, uitkeringen=[UITKERING | {"bedrag_maand": "1.234"}])
    assert bestand.uitkeringen["bedrag_maand"].tolist() == [bedrag]


def test_verkeerd_aantal_velden(tmp_path):
    tekst = csv_tekst([ANDER, UITKERING]).rstrip("\n")
    bestand = lees(tmp_path, uitkeringen=tekst + ";x;y\n\nA1;01-01-2005\n")
    assert [(b[1], b[3], b[4]) for b in bevindingen(bestand)] == [(3, "9", "A08"), (5, "2", "A08")]
    assert telling(bestand, "uitkeringen") == (3, 2, 0, 1)


def test_lege_velden_aan_het_eind_zijn_geen_fout(tmp_path):
    assert bevindingen(lees(tmp_path, uitkeringen=csv_tekst([ANDER, UITKERING]).rstrip("\n") + ";;\n")) == []


def test_tabel_zonder_rijen_is_een_blokkade(tmp_path):
    bestand = lees(tmp_path, uitkeringen=";".join(UITKERING) + "\n")
    assert bevindingen(bestand) == [("uitkeringen.csv", 1, "", "", "U01", 1)]
    assert bestand.bevindingen.aantal("blokkade") == 1
    assert list(bestand.uitkeringen.columns[:2]) == ["rij", "client_id"]


def test_kolom_die_op_een_bekende_lijkt(tmp_path):
    bestand = lees(tmp_path, uitkeringen=[UITKERING | {"huishoudenid": "1"}])
    assert [(b[1], b[2], b[4]) for b in bevindingen(bestand)] == [(1, "huishoudenid", "A14")]


def test_getalkenmerk_mag_niet_leeg_zijn_en_een_typefout_valt_op(tmp_path):
    gebruik = {"kenmerken": {"gebruik": ["kinderen"], "motivering": {"kinderen": "x"}}}
    rijen = [UITKERING | {"kinderen": "2"}, ANDER | {"kinderen": ""}]
    bestand = lees(tmp_path, delen=dict(gebruik), uitkeringen=rijen)
    assert bevindingen(bestand) == [("uitkeringen.csv", 3, "kinderen", "", "U11", 1)]
    assert bestand.uitkeringen["kinderen"].tolist() == [2.0]
    rijen = [UITKERING | {"client_id": f"C{i}", "kinderen": str(i)} for i in range(40)] + [ANDER | {"kinderen": "geen"}]
    bestand = lees(tmp_path, delen=dict(gebruik), uitkeringen=rijen)
    assert bevindingen(bestand) == [("uitkeringen.csv", 42, "kinderen", "geen", "U17", 1)]
    assert set(bestand.uitkeringen["kinderen"]) == {*map(str, range(40)), "geen"}


def test_veel_gelijke_waarschuwingen_worden_samengevat(tmp_path):
    rijen = [UITKERING | {"client_id": f"C{i}", "einddatum": "01-08-2007", "reden_einde": "77"} for i in range(51)]
    assert [(b[1], b[4], b[5]) for b in bevindingen(lees(tmp_path, uitkeringen=rijen))] == [(2, "U03", 51)]
    assert len(bevindingen(lees(tmp_path, uitkeringen=rijen[:50]))) == 50


def test_u14_lege_regeling(tmp_path):
    bestand = lees(tmp_path, uitkeringen=[UITKERING | {"regeling": ""}, ANDER | {"regeling": "algemeen"}])
    assert bevindingen(bestand) == [("uitkeringen.csv", 2, "regeling", "", "U14", 1)]


@pytest.mark.parametrize(
    ("tekst", "codes", "reden", "bestemming"),
    [
        ("6", {}, "06", "handhaving"),
        ("6.0", {}, "06", "handhaving"),
        ("35", {}, "35", "handhaving"),
        ("03", {}, "03", "aow"),
        ("98", {}, "98", "overig"),
        ("77", {}, "77", "overig"),
        ("Werk", {}, "werk", "werk"),
        ("KD", {"werk": ["KD"]}, "werk", "werk"),
        ("11", {"werk": ["11", "13"]}, "11", "werk"),
        ("2", {"werk": ["02"]}, "werk", "werk"),  # a local 02 is not the BUS code of a takeover
        ("AOW", {"03": ["AOW"]}, "03", "aow"),
    ],
)
def test_bestemming(tmp_path, tekst, codes, reden, bestemming):
    bron = {"uitkeringen": {"codes": {"reden_einde": codes}}} if codes else {}
    uit = lees(tmp_path, bron, uitkeringen=[UITKERING | {"reden_einde": tekst}]).uitkeringen.iloc[0]
    assert (uit["reden_einde"], uit["bestemming"]) == (reden, bestemming)


@pytest.mark.parametrize("vulling", ["", "00", "99", "9"])
def test_vulling_van_niet_van_toepassing_is_geen_reden(tmp_path, vulling):
    assert bevindingen(lees(tmp_path, uitkeringen=[ANDER | {"reden_einde": vulling}])) == []


def test_elke_regel_heeft_een_test_en_staat_in_de_documentatie():
    dekking = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_bron_*.py"))
    assert [r for r in REGELS if f'"{r}"' not in dekking] == []
    docs = Path(__file__).parents[1] / "docs" / "regels.md"
    assert docs.read_text(encoding="utf-8") == regels_markdown()
