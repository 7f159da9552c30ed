"""The rules of the tables beside uitkeringen: one bad value each, the finding and what happens with the row."""

import datetime as dt

import pytest
from tests.bronhulp import ANDER, INZET, PEILDATUM, UITKERING, bevindingen, lees, telling

from kompas.bron import keur
from kompas.config import maak_config
from kompas.fouten import GegevensFout

VAN = dt.date(2001, 1, 1)

SLECHTE_INZET = [
    ("A01", {"client_id": ""}, "client_id", "", "fout"),
    ("A01", {"instrument": ""}, "instrument", "", "fout"),
    ("A02", {"begindatum": "2005-02-30"}, "begindatum", "2005-02-30", "fout"),
    ("A07", {"status": "bezig"}, "status", "bezig", "fout"),
    ("A07", {"toewijzing": "dobbelsteen"}, "toewijzing", "dobbelsteen", "fout"),
    ("A09", {"kosten": "-10"}, "kosten", "-10", "fout"),
    ("A16", {"client_id": "Z9"}, "client_id", "Z9", "weg"),
    ("A17", {"einddatum": "28-02-2005"}, "einddatum", "28-02-2005", "fout"),
    ("I01", {"instrument": "trajekt"}, "instrument", "trajekt", "fout"),
    ("I02", {"instrument": "KINDEROPVANG"}, "instrument", "KINDEROPVANG", "weg"),
    ("I03", {"begindatum": ""}, "begindatum", "", "weg"),
    ("I03", {"begindatum": "31-12-9999"}, "begindatum", "31-12-9999", "weg"),
    ("I04", {"status": "niet verschenen"}, "status", "niet_verschenen", "weg"),
    ("I05", {"geplande_einddatum": "01-01-2005"}, "geplande_einddatum", "01-01-2005", "fout"),
    ("I06", {"begindatum": "01-07-2007"}, "begindatum", "01-07-2007", "weg"),
    ("I07", {"einddatum": "01-07-2007"}, "einddatum", "01-07-2007", "blijft"),
    ("I08", {"begindatum": "31-01-2005"}, "begindatum", "31-01-2005", "blijft"),
    ("I08", {"begindatum": "01-04-2006"}, "begindatum", "01-04-2006", "blijft"),
    ("I10", {"aanmelddatum": "02-03-2005"}, "aanmelddatum", "02-03-2005", "blijft"),
]


@pytest.mark.parametrize(("regel", "fout", "kolom", "waarde", "gevolg"), SLECHTE_INZET)
def test_slechte_inzet(tmp_path, regel, fout, kolom, waarde, gevolg):
    goed = INZET | {"client_id": "B2"}
    bron = {"inzet": {"negeer": ["KINDEROPVANG"]}}
    bestand = lees(tmp_path, bron, uitkeringen=[ANDER, UITKERING], inzet=[goed, INZET | fout])
    assert bevindingen(bestand) == [("inzet.csv", 3, kolom, waarde, regel, 1)]
    verwacht = {"fout": (2, 1, 0, 1), "weg": (2, 0, 1, 1), "blijft": (2, 0, 0, 2)}[gevolg]
    assert telling(bestand, "inzet") == verwacht
    assert len(bestand.inzet) == verwacht[3]


def test_onbekend_instrument_noemt_de_naaste_en_telt_per_code(tmp_path):
    rijen = [
        INZET | {"instrument": c, "begindatum": d} for c in ("trajekt", "QQ") for d in ("01-03-2005", "01-04-2005")
    ]
    tabel = lees(tmp_path, uitkeringen=[UITKERING], inzet=rijen).bevindingen.to_frame()
    assert tabel["ernst"].tolist() == ["blokkade"] * 2
    assert tabel[["waarde", "aantal"]].to_numpy().tolist() == [["trajekt", 2], ["QQ", 2]]
    assert "Bedoelde u 'traject'?" in tabel["bericht"].iloc[0]
    assert "toegestaan zijn traject, huisbezoek" in tabel["bericht"].iloc[1]


def test_genegeerde_rij_wordt_niet_verder_bekeken(tmp_path):
    rij = INZET | {"instrument": "KO", "begindatum": "fout", "kosten": "x"}
    bestand = lees(tmp_path, {"inzet": {"negeer": ["KO"]}}, uitkeringen=[UITKERING], inzet=[rij])
    assert [b[4] for b in bevindingen(bestand)] == ["I02"]


def test_inzet_van_de_partner_hoort_bij_het_huishouden(tmp_path):
    hoofd = UITKERING | {"huishouden_id": "H1"}
    partner = UITKERING | {
        "client_id": "P",
        "begindatum": "01-01-2002",
        "einddatum": "01-02-2002",
        "huishouden_id": "H1",
    }
    inzet = [INZET | {"client_id": "P"}, INZET | {"client_id": "P", "begindatum": "01-06-2003"}]
    bestand = lees(tmp_path, uitkeringen=[hoofd, partner], inzet=inzet)
    assert [(b[1], b[4]) for b in bevindingen(bestand)] == [(2, "I09"), (3, "I08")]


def test_onbekende_clienten_staan_als_een_bevinding_in_de_lijst(tmp_path):
    rijen = [INZET | {"client_id": c} for c in ("Z9", "Y8", "A1", "Z9")]
    rijen[3]["begindatum"] = "01-04-2005"
    bestand = lees(tmp_path, uitkeringen=[UITKERING], inzet=rijen)
    assert bevindingen(bestand) == [("inzet.csv", 2, "client_id", "Y8", "A16", 3)]
    assert bestand.bevindingen.to_frame()["rij"].tolist() == [2]


GROND = {"client_id": "A1", "instrument": "huisbezoek", "grond": "post retour", "grond_datum": "01-05-2005"}


@pytest.mark.parametrize(
    ("regel", "fout", "kolom", "waarde"),
    [
        ("A01", {"grond": ""}, "grond", ""),
        ("A01", {"grond_datum": ""}, "grond_datum", ""),
        ("A07", {"instrument": "huisbezook"}, "instrument", "huisbezook"),
        ("A16", {"client_id": "Z9"}, "client_id", "Z9"),
        ("G01", {"geldig_tot": "01-04-2005"}, "geldig_tot", "01-04-2005"),
        ("G02", {"grond_datum": "01-07-2007"}, "grond_datum", "01-07-2007"),
    ],
)
def test_gronden(tmp_path, regel, fout, kolom, waarde):
    bestand = lees(tmp_path, uitkeringen=[UITKERING, ANDER], gronden=[GROND | {"client_id": "B2"}, GROND | fout])
    assert bevindingen(bestand) == [("gronden.csv", 3, kolom, waarde, regel, 1)]
    assert bestand.gronden["client_id"].tolist() == ["B2"]


HISTORIE = {"client_id": "A1", "kenmerk": "opleiding", "waarde": "Basis", "vanaf": "01-05-2005"}


@pytest.mark.parametrize(
    ("regel", "fout", "kolom", "waarde"),
    [
        ("A01", {"vanaf": ""}, "vanaf", ""),
        ("A07", {"waarde": "vwo"}, "waarde", "vwo"),
        ("A16", {"client_id": "Z9"}, "client_id", "Z9"),
        ("H01", {"kenmerk": "oplijding"}, "kenmerk", "oplijding"),
        ("H02", {"vanaf": "01-07-2007"}, "vanaf", "01-07-2007"),
    ],
)
def test_historie(tmp_path, regel, fout, kolom, waarde):
    goed = HISTORIE | {"client_id": "B2"}
    bestand = lees(tmp_path, uitkeringen=[UITKERING, ANDER], kenmerken_historie=[goed, HISTORIE | fout])
    assert bevindingen(bestand) == [("kenmerken_historie.csv", 3, kolom, waarde, regel, 1)]
    assert bestand.kenmerken_historie[["client_id", "waarde"]].to_numpy().tolist() == [["B2", "basis"]]


def test_historie_tegenstrijdig_op_een_dag_en_getallen(tmp_path):
    rijen = [HISTORIE, HISTORIE | {"waarde": "hoger"}]
    bestand = lees(tmp_path, uitkeringen=[UITKERING], kenmerken_historie=rijen)
    assert [(b[1], b[4]) for b in bevindingen(bestand)] == [(2, "A15"), (3, "A15")]
    delen = {"kenmerken": {"gebruik": ["kinderen"]}}
    rijen = [
        HISTORIE | {"kenmerk": "kinderen", "waarde": w, "vanaf": v}
        for w, v in (("2,5", "01-05-2005"), ("x", "01-06-2005"))
    ]
    bestand = lees(tmp_path, delen=delen, uitkeringen=[UITKERING | {"kinderen": "1"}], kenmerken_historie=rijen)
    assert [(b[1], b[3], b[4]) for b in bevindingen(bestand)] == [(3, "x", "A04")]
    assert bestand.kenmerken_historie["waarde"].tolist() == ["2.5"]


OVERIG = [
    ("A11", "budget", {"jaar": "2007.5", "status": "nader", "bedrag": "1", "deel": "werkdeel"}, "jaar", "2007.5"),
    ("A07", "budget", {"jaar": "2007", "status": "naader", "bedrag": "1", "deel": "werkdeel"}, "status", "naader"),
    ("A12", "uitgaven", {"maand": "2007-13", "bedrag": "5"}, "maand", "2007-13"),
    ("A01", "uitgaven", {"maand": "2007-01", "bedrag": ""}, "bedrag", ""),
    ("A07", "referentie", {"maand": "2007-01", "soort": "provincie"}, "soort", "provincie"),
    ("A09", "capaciteit", {"team": "A", "maand": "2007-01", "uren": "-1"}, "uren", "-1"),
    ("A01", "taakstellingen", {"jaar": "2007", "kengetal": "", "norm": "-1"}, "kengetal", ""),
    (
        "O01", "aanvragen",
        {"aanvraag_id": "1", "aanvraagdatum": "02-01-2007", "besluitdatum": "01-01-2007", "besluit": "toegekend"},
        "besluitdatum", "01-01-2007",
    ),
    ("O02", "contracten", {"contract_id": "1", "instrument": "x", "minimum": "5", "maximum": "4"}, "minimum", "5"),
]  # fmt: skip


@pytest.mark.parametrize(("regel", "tabel", "rij", "kolom", "waarde"), OVERIG)
def test_overige_tabellen(tmp_path, regel, tabel, rij, kolom, waarde):
    bestand = lees(tmp_path, **{tabel: [rij]})
    assert bevindingen(bestand) == [(f"{tabel}.csv", 2, kolom, waarde, regel, 1)]
    assert bestand.overig[tabel].empty
    assert bestand.uitkeringen.empty


def test_overige_tabellen_typen(tmp_path):
    bestand = lees(
        tmp_path,
        uitgaven=[{"maand": "200702", "bedrag": "2.000.000"}, {"maand": "01-01-2007", "bedrag": "-1"}],
        macro=[{"jaar": "2007", "macrobudget": "4,5"}],
    )
    assert bestand.overig["uitgaven"][["maand", "bedrag"]].to_numpy().tolist() == [["2007-01", -1], ["2007-02", 2e6]]
    assert bestand.overig["uitgaven"]["huishoudens"].isna().all()
    assert bestand.overig["macro"]["jaar"].dtype == "int64"
    assert bestand.overig["macro"]["macrobudget"].tolist() == [4.5]


def test_twee_rijen_voor_een_maand_spreken_elkaar_tegen(tmp_path):
    rijen = [{"maand": "2007-01", "bedrag": "1"}, {"maand": "2007-01", "bedrag": "2"}]
    bestand = lees(tmp_path, uitgaven=rijen)
    assert [(b[1], b[4]) for b in bevindingen(bestand)] == [(2, "A15"), (3, "A15")]


@pytest.mark.parametrize("begin", ["01-02-2005", "31-03-2006"])
def test_eerste_en_laatste_dag_van_de_periode_horen_erbij(tmp_path, begin):
    inzet = [INZET | {"begindatum": begin, "einddatum": begin, "geplande_einddatum": begin, "aanmelddatum": begin}]
    assert bevindingen(lees(tmp_path, uitkeringen=[UITKERING], inzet=inzet)) == []


def test_begin_en_einde_op_de_peildatum_mogen(tmp_path):
    inzet = [INZET | {"client_id": "B2", "begindatum": "30-06-2007", "einddatum": "30-06-2007"}]
    assert bevindingen(lees(tmp_path, uitkeringen=[ANDER], inzet=inzet)) == []


def _clienten(n: int) -> list[dict[str, str]]:
    return [UITKERING | {"client_id": f"H{i:05d}"} for i in range(1, n + 1)]


@pytest.mark.parametrize(
    ("voor", "vorm"),
    [("H", "h{:05d}"), ("H", "H{}"), ("H", "H{:05d}.0"), ("", "{}"), ("", "{:05d}.0"), ("", "{}.0")],
)
def test_inzet_in_een_andere_schrijfwijze_stopt_de_run(tmp_path, voor, vorm):
    """All 12 rows fall away; in the other notation all of them do join."""
    uitkeringen = [u | {"client_id": voor + u["client_id"][1:]} for u in _clienten(12)]
    rijen = [INZET | {"client_id": vorm.format(i)} for i in range(1, 13)]
    bestand = lees(tmp_path, uitkeringen=uitkeringen, inzet=rijen)
    tabel = bestand.bevindingen.to_frame()
    blokkade = tabel[tabel["regel"] == "A18"]
    assert blokkade["ernst"].tolist() == ["blokkade"]
    assert "12 van 12 rijen (100%)" in blokkade["bericht"].iloc[0]
    assert "sluiten er 12 wel aan" in blokkade["bericht"].iloc[0]
    with pytest.raises(GegevensFout, match=r"A18[\s\S]*sluiten er 12 wel aan"):
        keur(bestand, maak_config({"gemeente": {"naam": "X", "peildatum": PEILDATUM}, "bron": {"venster_van": VAN}}))


@pytest.mark.parametrize(("vreemd", "gestopt"), [(6, False), (7, True)])
def test_meer_dan_de_helft_vreemde_clienten_stopt_de_run(tmp_path, vreemd, gestopt):
    """Half of 12 rows may be of people out of benefit (a warning with the share); 7 of 12 may not."""
    namen = [f"Z{i}" for i in range(vreemd)] + [f"H{i:05d}" for i in range(1, 13 - vreemd)]
    rijen = [INZET | {"client_id": c, "begindatum": f"{i + 1:02d}-03-2005"} for i, c in enumerate(namen)]
    rijen += [INZET | {"client_id": f"Y{i}"} for i in range(3)] if gestopt else []
    bestand = lees(tmp_path, uitkeringen=_clienten(12), inzet=rijen)
    tabel = bestand.bevindingen.to_frame().set_index("regel")
    assert ("A18" in tabel.index) == gestopt
    verwacht = "10 van 15 rijen (67%)" if gestopt else "6 van 12 rijen (50%)"
    assert verwacht in tabel.loc["A16", "bericht"]


def test_clienten_van_een_andere_regeling_zijn_geen_andere_schrijfwijze(tmp_path):
    uitkeringen = [u | {"regeling": "ioaw" if i > 1 else "algemeen"} for i, u in enumerate(_clienten(12))]
    rijen = [INZET | {"client_id": f"H{i:05d}"} for i in range(1, 13)]
    regels = [b[4] for b in bevindingen(lees(tmp_path, uitkeringen=uitkeringen, inzet=rijen))]
    assert "A16" in regels
    assert "A18" not in regels


def test_gronden_en_historie_die_niet_aansluiten_stoppen_de_run(tmp_path):
    gronden = [GROND | {"client_id": f"h{i:05d}"} for i in range(1, 13)]
    historie = [
        {"client_id": f"h{i:05d}", "kenmerk": "leefvorm", "waarde": "gehuwd", "vanaf": "01-01-2006"} for i in (1, 2)
    ]
    bestand = lees(tmp_path, uitkeringen=_clienten(12), gronden=gronden, kenmerken_historie=historie)
    gevonden = [(b[0], b[4]) for b in bevindingen(bestand)]
    assert ("gronden.csv", "A18") in gevonden
    assert ("kenmerken_historie.csv", "A18") in gevonden  # 2 rows, but both join in the other notation


def test_inzet_zonder_kolom_einddatum_wordt_gemeld(tmp_path):
    rij = {k: v for k, v in INZET.items() if k != "einddatum"}
    bestand = lees(tmp_path, uitkeringen=[UITKERING], inzet=[rij])
    assert bevindingen(bestand) == [("inzet.csv", 1, "einddatum", "", "I11", 1)]
    assert bestand.inzet["zonder_einde"].tolist() == [True]
    assert lees(tmp_path, uitkeringen=[UITKERING], inzet=[INZET]).inzet["zonder_einde"].tolist() == [False]
    bezoek = [rij | {"instrument": "huisbezoek"}]
    assert bevindingen(lees(tmp_path, uitkeringen=[UITKERING], inzet=bezoek)) == []  # at one moment: it has no end


@pytest.mark.parametrize(("oud", "nieuw", "gemeld"), [(10, 29, True), (9, 20, False), (10, 30, False)])
def test_veel_lopende_inzet_die_lang_voorbij_is_wordt_gemeld(tmp_path, oud, nieuw, gemeld):
    """Six months from 2005-12-30 is 2006-06-30, a year before the peildatum; 10 of 39 is more than a quarter."""
    rijen = [INZET | {"client_id": f"H{i:05d}", "begindatum": "30-12-2005"} for i in range(1, oud + 1)]
    rijen += [INZET | {"client_id": f"H{oud + i:05d}", "begindatum": "01-01-2006"} for i in range(1, nieuw + 1)]
    uitkeringen = [u | {"einddatum": "", "reden_einde": ""} for u in _clienten(40)]
    bestand = lees(tmp_path, uitkeringen=uitkeringen, inzet=rijen)
    tabel = bestand.bevindingen.to_frame()
    assert (["I12"] if gemeld else []) == tabel["regel"].tolist()
    if gemeld:
        assert "10 van 39 lopende inzetten" in tabel["bericht"].iloc[0]
