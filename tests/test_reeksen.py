"""Monthly series: stock and flows by hand, groups that people grow into, areas that are added up, what is missing."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.bestandhulp import CBS, KOP, REFKOP, hollandstad, lees, refrijen

from kompas.fouten import GebruiksFout
from kompas.monitors.reeksen import KOLOMMEN, maak_reeksen


def cijfer(r, maand, kolom="uitkeringen", groep="totaal", gebied="eigen"):
    f = r.tabel
    rij = f[(f["maand"] == maand) & (f["groep"] == groep) & (f["gebied"] == gebied)]
    assert len(rij) == 1
    return float(rij[kolom].iloc[0])


def eigen(map_, *regels, **keuzes):
    return maak_reeksen(*reversed(lees(map_, {"uitkeringen": [KOP, *regels]}, **keuzes)))


@pytest.fixture(scope="module")
def stad():
    config, bestand = hollandstad()
    return maak_reeksen(bestand, config), bestand


# -- Hollandstad


def test_eigen_reeks_is_die_van_de_referentietabel(stad):
    """The rows of soort eigen were counted from the same spells by other code: every number is equal."""
    r, bestand = stad
    tabel = bestand.overig["referentie"].query("soort == 'eigen'")
    samen = tabel.merge(r.tabel[r.tabel["gebied"] == "eigen"], on=["maand", "groep"], suffixes=("_tabel", ""))
    assert len(samen) == len(tabel) == 4 * 78
    for kolom in ("uitkeringen", "instroom", "uitstroom"):
        np.testing.assert_array_equal(samen[kolom], samen[f"{kolom}_tabel"])
    assert set(r.tabel.loc[r.tabel["gebied"] == "eigen", "bron"]) == {"microdata"}
    totaal = samen[samen["groep"] == "totaal"]
    np.testing.assert_array_equal(totaal["uitgaven"], totaal["uitgaven_tabel"])
    assert (totaal["huishoudens"] == 24_500).all()


def test_tabel_heeft_de_kolommen_en_de_volgorde(stad):
    r, _ = stad
    assert list(r.to_frame().columns) == list(KOLOMMEN)
    sleutel = ["gebied", "naam", "groep", "maand"]
    assert not r.tabel.duplicated(sleutel).any()
    pd.testing.assert_frame_equal(r.tabel, r.tabel.sort_values(sleutel, kind="stable", ignore_index=True))
    assert r.gebieden() == ("eigen", "referentie", "regio", "g27", "nederland")
    assert r.groepen()[0] == "totaal"
    assert r.laatste_maand == "2007-06"


def test_stand_is_vorige_stand_plus_in_min_uit(stad):
    f = stad[0].reeks("eigen")
    np.testing.assert_array_equal(np.diff(f["uitkeringen"]), (f["instroom"] - f["uitstroom"]).to_numpy()[1:])


def test_groepen_tellen_op_tot_het_totaal(stad):
    r = stad[0]
    f = r.tabel[r.tabel["gebied"] == "eigen"]
    totaal = f[f["groep"] == "totaal"].set_index("maand")[["uitkeringen", "instroom", "uitstroom"]]
    leeftijd = f["groep"].str.startswith("leeftijd=")
    for deel in (leeftijd, ~leeftijd & (f["groep"] != "totaal")):
        som = f[deel].groupby("maand")[["uitkeringen", "instroom", "uitstroom"]].sum()
        pd.testing.assert_frame_equal(som, totaal)


def test_feiten_van_hollandstad(stad):
    """Essay: 3,030 households in 2001, 2,700 mid-2007; singles 1,900 and 1,710; the sample's margin is 15."""
    f, s = stad[0].reeks("eigen"), stad[0].reeks("eigen", "alleenstaande")
    begin = f.iloc[0]["uitkeringen"] - f.iloc[0]["instroom"] + f.iloc[0]["uitstroom"]
    assert begin == pytest.approx(3_030, abs=15)
    assert f.iloc[-1]["uitkeringen"] == pytest.approx(2_700, abs=15)
    assert s.iloc[-1]["uitkeringen"] == pytest.approx(1_710, abs=15)
    assert f.iloc[:12]["instroom"].sum() == pytest.approx(1_160, abs=15)


# -- by hand


def test_een_laatste_dag_op_het_einde_van_de_maand(tmp_path):
    """Who is entitled up to and including 31 March is no longer there at the end of March."""
    r = eigen(
        tmp_path, "A,2006-02-10,2006-03-31,11,man,1970-01-01,alleenstaande,", "B,2005-01-01,,,man,1970-01-01,gehuwd,"
    )
    assert [cijfer(r, m) for m in ("2006-01", "2006-02", "2006-03")] == [1, 2, 1]
    assert [cijfer(r, m, "instroom") for m in ("2006-01", "2006-02", "2006-03")] == [0, 1, 0]
    assert [cijfer(r, m, "uitstroom") for m in ("2006-02", "2006-03", "2006-04")] == [0, 1, 0]


def test_een_korte_onderbreking_is_geen_stroom_een_lange_wel(tmp_path):
    r = eigen(
        tmp_path,
        "A,2005-01-01,2006-03-15,11,man,1970-01-01,gehuwd,",
        "A,2006-04-05,,,man,1970-01-01,gehuwd,",
        "B,2005-01-01,2006-03-15,11,man,1970-01-01,gehuwd,",
        "B,2006-05-05,,,man,1970-01-01,gehuwd,",
    )
    assert [cijfer(r, m) for m in ("2006-03", "2006-04", "2006-05")] == [1, 1, 2]
    assert [cijfer(r, m, "uitstroom") for m in ("2006-03", "2006-04", "2006-05")] == [1, 0, 0]
    assert [cijfer(r, m, "instroom") for m in ("2006-03", "2006-04", "2006-05")] == [0, 0, 1]


def test_overname_door_de_partner_is_geen_stroom(tmp_path):
    r = eigen(
        tmp_path,
        "A,2005-01-01,2006-03-15,97,man,1970-01-01,gehuwd,H1",
        "B,2006-03-16,,,vrouw,1972-01-01,alleenstaande,H1",
        "C,2005-01-01,,,man,1970-01-01,gehuwd,H2",
    )
    f = r.reeks("eigen")
    assert (f["uitkeringen"] == 2).all()
    assert f["instroom"].sum() == f["uitstroom"].sum() == 0
    assert [cijfer(r, m, groep="alleenstaande") for m in ("2006-02", "2006-03")] == [0, 1]
    assert r.reeks("eigen", "alleenstaande")["instroom"].sum() == 0


def test_wie_de_aow_leeftijd_haalt_stroomt_uit(tmp_path):
    r = eigen(
        tmp_path,
        "A,2005-01-01,,,man,1941-05-15,gehuwd,",
        "B,2005-01-01,,,man,1930-01-01,gehuwd,",
        "C,2006-12-01,,,man,1980-01-01,gehuwd,",
    )
    assert [cijfer(r, m) for m in ("2006-04", "2006-05", "2006-11", "2006-12")] == [1, 0, 0, 1]
    assert cijfer(r, "2006-05", "uitstroom") == 1
    assert r.reeks("eigen")["uitstroom"].sum() == 1


def test_een_verjaardag_verplaatst_zonder_stroom(tmp_path):
    r = eigen(tmp_path, "A,2005-01-01,2006-11-10,11,man,1981-06-15,gehuwd,")
    jong, ouder = "leeftijd=15-24", "leeftijd=25-34"
    assert [cijfer(r, m, groep=jong) for m in ("2006-05", "2006-06")] == [1, 0]
    assert [cijfer(r, m, groep=ouder) for m in ("2006-05", "2006-06", "2006-11")] == [0, 1, 0]
    assert r.reeks("eigen", jong)["uitstroom"].sum() == r.reeks("eigen", ouder)["instroom"].sum() == 0
    assert cijfer(r, "2006-11", "uitstroom", groep=ouder) == 1


def test_een_kenmerk_dat_verandert_volgt_zijn_historie(tmp_path):
    tabellen = {
        "uitkeringen": [f"{KOP},fasering", "A,2005-01-01,,,man,1970-01-01,gehuwd,,fase 1"],
        "kenmerken_historie": ["client_id,kenmerk,waarde,vanaf", "A,fasering,fase 4,2006-03-10"],
    }
    config, bestand = lees(tmp_path, tabellen, monitor={"groepen": ["fasering"]})
    r = maak_reeksen(bestand, config)
    assert r.groepen() == ("totaal", "fasering=fase 1", "fasering=fase 4")
    assert [cijfer(r, m, groep="fasering=fase 1") for m in ("2006-02", "2006-03")] == [1, 0]
    assert [cijfer(r, m, groep="fasering=fase 4") for m in ("2006-02", "2006-03")] == [0, 1]


def test_de_volgorde_van_de_rijen_maakt_niet_uit(tmp_path):
    regels = [f"C{i},2005-0{1 + i % 9}-01,2006-1{i % 3}-10,11,man,197{i % 10}-03-01,gehuwd," for i in range(40)]
    een = eigen(tmp_path, *regels)
    ander = eigen(tmp_path, *reversed(regels))
    pd.testing.assert_frame_equal(een.tabel, ander.tabel)


def test_alleen_hele_maanden_tellen(tmp_path):
    r = eigen(
        tmp_path,
        "A,2005-01-01,,,man,1970-01-01,gehuwd,",
        peildatum=dt.date(2007, 6, 15),
        venster_van=dt.date(2006, 1, 10),
        bron={"rijping_maanden": 1},
    )
    f = r.reeks("eigen")
    assert (f["maand"].iloc[0], f["maand"].iloc[-1], r.laatste_maand) == ("2006-02", "2007-04", "2007-04")


def test_een_groep_die_niet_kan_wordt_genoemd(tmp_path):
    r = eigen(
        tmp_path,
        "A,2005-01-01,,,man,1970-01-01,gehuwd,",
        monitor={"groepen": ["klantmanager", "schoenmaat", "leefvorm"]},
    )
    assert r.groepen() == ("totaal", "gehuwd")
    assert any("klantmanager" in z for z in r.toelichting)
    assert any("'schoenmaat'" in z for z in r.toelichting)


# -- other sources


def test_zonder_uitkeringen_komt_eigen_uit_de_tabel(tmp_path):
    regels = [REFKOP, *refrijen("eigen", [100, 101, 102], gebied="Dorp")]
    r = maak_reeksen(*reversed(lees(tmp_path, {"referentie": regels})))
    assert r.reeks("eigen")["uitkeringen"].tolist() == [100, 101, 102]
    assert (r.laatste_maand, r.gebieden()) == ("2006-03", ("eigen",))
    assert any("soort eigen" in z for z in r.toelichting)


def test_na_de_peildatum_is_er_niets(tmp_path):
    regels = [REFKOP, *refrijen("eigen", range(100, 130)), *refrijen("nederland", range(900, 930))]
    r = maak_reeksen(*reversed(lees(tmp_path, {"referentie": regels}, peildatum=dt.date(2006, 12, 31))))
    assert r.tabel["maand"].max() == "2006-12"
    assert len(r.reeks("nederland")) == 12


def test_zonder_referentie_staat_er_welke_tabel_ontbreekt(tmp_path):
    r = eigen(tmp_path, "A,2005-01-01,,,man,1970-01-01,gehuwd,")
    assert r.gebieden() == ("eigen",)
    assert any("[bron.referentie]" in z for z in r.toelichting)


def test_uitgaven_alleen_geeft_een_stand_zonder_stromen(tmp_path):
    regels = ["maand,bedrag,vakantiegeld,huishoudens", "2006-01,1000,0,10", "2006-02,1100,0,11"]
    r = maak_reeksen(*reversed(lees(tmp_path, {"uitgaven": regels})))
    f = r.reeks("eigen")
    assert f["uitkeringen"].tolist() == [10, 11]
    assert f["uitgaven"].tolist() == [1000, 1100]
    assert f["instroom"].isna().all()


def test_niets_is_een_fout_met_de_weg_eruit(tmp_path):
    with pytest.raises(GebruiksFout, match=r"KMP-Z101.*\[bron.uitkeringen\]"):
        maak_reeksen(*reversed(lees(tmp_path, {})))


def test_gemeenten_worden_opgeteld_over_de_maanden_die_alle_hebben(tmp_path):
    regels = [
        REFKOP,
        *refrijen("referentie", [10, 11, 12], gebied="A", huishoudens=100),
        *refrijen("referentie", [20, 21], gebied="B", huishoudens=300, eerste="2006-02"),
    ]
    f = maak_reeksen(*reversed(lees(tmp_path, {"referentie": regels}))).reeks("referentie")
    assert f["maand"].tolist() == ["2006-02", "2006-03"]
    assert f["uitkeringen"].tolist() == [31, 33]
    assert f["huishoudens"].tolist() == [400, 400]
    assert set(f["naam"]) == {"2 gemeenten"}


def test_een_gat_breekt_de_reeks_en_een_onbekende_stroom_blijft_onbekend(tmp_path):
    regels = [REFKOP, *refrijen("g27", [10, 11]), *refrijen("g27", [14, 15, 16], eerste="2006-04")]
    r = maak_reeksen(*reversed(lees(tmp_path, {"referentie": regels})))
    assert r.reeks("g27")["maand"].tolist() == ["2006-04", "2006-05", "2006-06"]
    assert len(r.alle("g27")) == 5
    assert r.reeks("g27")["instroom"].isna().all()
    assert r.reeks("regio").empty


def test_rijen_die_elkaar_tegenspreken_tellen_niet_en_worden_genoemd(tmp_path):
    regels = [REFKOP, *refrijen("eigen", [10, 11], gebied="X"), *refrijen("eigen", [99], gebied="Y")]
    r = maak_reeksen(*reversed(lees(tmp_path, {"referentie": regels})))
    assert r.reeks("eigen")["uitkeringen"].tolist() == [11]
    assert any("tegenspreken" in z for z in r.waarschuwingen)


def test_huishoudens_een_keer_per_jaar_worden_aangehouden(tmp_path):
    regels = [REFKOP, *refrijen("eigen", range(100, 118), gebied="Dorp")]
    regels[4] = regels[4].replace("totaal,,", "totaal,1000,")  # 2006-04
    r = maak_reeksen(*reversed(lees(tmp_path, {"referentie": regels})))
    assert (r.reeks("eigen")["huishoudens"] == 1000).all()
    assert any("aangehouden" in z for z in r.toelichting)


def test_onbekend_gebied_noemt_het_naaste(stad):
    with pytest.raises(GebruiksFout, match=r"KMP-Z102.*Bedoelde u 'nederland'"):
        stad[0].reeks("nederlant")


# -- CBS


def test_cbs_geeft_nederland_tot_de_peildatum(tmp_path):
    config, bestand = lees(
        tmp_path,
        {"uitkeringen": [KOP, "A,2005-01-01,,,man,1970-01-01,gehuwd,"]},
        monitor={"cbs": [str(CBS / "37789ksz_maand_tot_2018.csv")]},
    )
    r = maak_reeksen(bestand, config)
    f = r.reeks("nederland")
    assert (f["maand"].iloc[0], f["maand"].iloc[-1]) == ("1998-01", "2007-06")
    assert f["uitkeringen"].iloc[-1] == 289_400
    assert set(f["bron"]) == {"cbs"}


def test_een_eigen_tabel_gaat_voor_cbs(tmp_path):
    regels = [REFKOP, *refrijen("nederland", [300, 299])]
    config, bestand = lees(
        tmp_path, {"referentie": regels}, monitor={"cbs": [str(CBS / "37789ksz_maand_tot_2018.csv")]}
    )
    r = maak_reeksen(bestand, config)
    assert r.reeks("nederland")["uitkeringen"].tolist() == [300, 299]
    assert any("niet gebruikt voor nederland" in z for z in r.toelichting)
