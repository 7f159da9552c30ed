"""The CBS reader on the real files: figures looked up by hand, the definition of the percentages, bad layouts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas.bron.cbs import GEMEENTEKOLOMMEN, MAANDKOLOMMEN, lees_cbs_gemeenten, lees_cbs_maand, stroom_pct
from kompas.fouten import GebruiksFout, GegevensFout

MAP = Path(__file__).resolve().parents[1] / "data" / "sample" / "cbs"
MAAND = MAP / "37789ksz_maand_tot_2018.csv"
BESTANDEN = {
    2015: MAP / "83450NED_gemeenten_2015.csv",
    2016: MAP / "83747NED_gemeenten_2016.csv",
    2017: MAP / "84066NED_gemeenten_2017.csv",
}
# CBS rounds percentages to halves and persons to tens; a stock of a year earlier is revised afterwards.
HALVE = 0.25


@pytest.fixture(scope="module")
def tabellen():
    return {jaar: lees_cbs_gemeenten(pad) for jaar, pad in BESTANDEN.items()}


def rij(tabel, regio, leeftijd="15+"):
    gevonden = tabel[(tabel["regio"] == regio) & (tabel["leeftijd"] == leeftijd)]
    assert len(gevonden) == 1
    return gevonden.iloc[0]


def schrijf(map_, naam, *regels):
    pad = map_ / naam
    pad.write_text("\n".join(regels) + "\n", encoding="utf-8")
    return pad


# -- monthly series


def test_maandreeks_geeft_de_cijfers_in_eenheden():
    reeks = lees_cbs_maand(MAAND)
    assert list(reeks.columns) == list(MAANDKOLOMMEN)
    assert len(reeks) == 21 * 12
    assert (reeks["maand"].iloc[0], reeks["maand"].iloc[-1]) == ("1998-01", "2018-12")
    juni = reeks.set_index("maand").loc["2007-06"]
    assert juni[["bijstand", "bijstand_tot_aow", "bijstand_vanaf_aow", "ww", "ioaw", "ioaz"]].tolist() == [
        318_800.0,
        289_400.0,
        29_500.0,
        211_400.0,
        5_900.0,
        1_700.0,
    ]
    assert not reeks["voorlopig"].any()


def test_maandreeks_telt_op_tot_het_totaal():
    reeks = lees_cbs_maand(MAAND)
    verschil = reeks["bijstand"] - reeks["bijstand_tot_aow"] - reeks["bijstand_vanaf_aow"]
    # Three figures rounded to hundreds; one month is 200 off in the published figures themselves.
    assert reeks["maand"][verschil.abs() > 150.0].tolist() == ["2015-11"]
    assert verschil.abs().max() <= 200.0


KOP = "Perioden,bijst_tot,bijst_tot_aow,bijst_vanaf_aow,ww_nsa,ioaw,ioaz"


def test_maandreeks_met_voorlopige_cijfers_jaren_en_ontbrekende_waarden(tmp_path):
    pad = schrijf(
        tmp_path,
        "m.csv",
        KOP,
        "2020 februari*,2.5,.,0.5,1,1,1",
        "2020MM01,2.0,1.5,0.5,1,1,1",
        "2020KW01,9,9,9,9,9,9",
        "2020JJ00,9,9,9,9,9,9",
    )
    reeks = lees_cbs_maand(pad)
    assert reeks["maand"].tolist() == ["2020-01", "2020-02"]
    assert reeks["bijstand"].tolist() == [2_000.0, 2_500.0]
    assert reeks["voorlopig"].tolist() == [False, True]
    assert np.isnan(reeks["bijstand_tot_aow"].iloc[1])


@pytest.mark.parametrize(
    ("regels", "code", "noemt"),
    [
        (["Perioden,bijst_tot", "2020MM01,1"], "KMP-B911", "ww_nsa"),
        ([KOP], "KMP-B911", "geen rijen"),
        ([KOP, "2020MM13,1,1,1,1,1,1"], "KMP-B913", "2020MM13"),
        ([KOP, "2020MM01,1,1,1,1,1,1", "2020MM03,1,1,1,1,1,1"], "KMP-B913", "2020-03"),
        ([KOP, "2020MM01,1,1,1,1,1,1", "2020MM01,1,1,1,1,1,1"], "KMP-B913", "2020-01"),
        ([KOP, "2020MM01,veel,1,1,1,1,1"], "KMP-B912", "'veel' in kolom bijst_tot, rij 2"),
    ],
)
def test_maandreeks_weigert_een_andere_opzet(tmp_path, regels, code, noemt):
    with pytest.raises(GegevensFout, match=noemt) as fout:
        lees_cbs_maand(schrijf(tmp_path, "m.csv", *regels))
    assert fout.value.code == code


def test_ontbrekend_bestand_is_verkeerd_gebruik(tmp_path):
    with pytest.raises(GebruiksFout) as fout:
        lees_cbs_maand(tmp_path / "weg.csv")
    assert fout.value.code == "KMP-B910"


# -- yearly tables


@pytest.mark.parametrize(
    ("jaar", "rijen", "gemeenten", "verwacht"),
    [
        (2015, 1455, 393, (14_188_300, 496_600, 35.0, 155_440, 24.5, 140_070, 22.0, 59_780, 10.5, 165_440, 96_370)),
        (2016, 1470, 390, (14_303_940, 513_980, 36.0, 148_130, 23.0, 130_750, 20.5, 60_120, 10.0, 173_940, 91_450)),
        (2017, 1464, 388, (14_422_560, 508_480, 35.5, 123_060, 19.5, 128_560, 20.0, 60_890, 10.5, 190_360, 86_980)),
    ],
)
def test_landelijke_cijfers_en_omvang(tabellen, jaar, rijen, gemeenten, verwacht):
    tabel = tabellen[jaar]
    assert list(tabel.columns) == list(GEMEENTEKOLOMMEN)
    assert len(tabel) == rijen
    assert set(tabel["jaar"]) == {jaar}
    assert (tabel["soort_regio"] == "gemeente").sum() == 3 * gemeenten
    kolommen = ["inwoners", "bijstandsontvangers", "dichtheid", "instroom", "instroom_pct", "uitstroom"]
    kolommen += ["uitstroom_pct", "uitstroom_werk", "uitstroom_werk_pct", "met_voorziening", "wsw"]
    assert tuple(rij(tabel, "NL01")[kolommen]) == verwacht
    assert not tabel["voorlopig"].any()


@pytest.mark.parametrize(("jaar", "ontvangers", "instroom"), [(2015, 31_360, 9_180), (2016, 31_800, 7_580)])
def test_een_gemeente_per_leeftijd(tabellen, jaar, ontvangers, instroom):
    den_haag = rij(tabellen[jaar], "GM0518")
    assert (den_haag["bijstandsontvangers"], den_haag["instroom"]) == (ontvangers, instroom)
    delen = [rij(tabellen[jaar], "GM0518", leeftijd)["bijstandsontvangers"] for leeftijd in ("15-aow", "aow+")]
    assert sum(delen) == pytest.approx(ontvangers, abs=20)


def test_ontbrekend_is_nan_en_nooit_nul(tabellen):
    assert tabellen[2017]["werk_na_voorziening"].isna().all()
    assert tabellen[2015].loc[tabellen[2015]["leeftijd"] == "aow+", "uitstroom_werk"].isna().all()
    assert tabellen[2015]["dichtheid"].isna().sum() == 31
    assert tabellen[2016]["instroom"].notna().all()


def test_regio_is_ontdaan_van_spaties_en_ingedeeld(tabellen):
    groot = tabellen[2016].loc[tabellen[2016]["soort_regio"] == "grootteklasse", "regio"]
    assert groot.str.match(r"A007(39|40)\d$").all()
    assert len(groot) == 24
    assert (tabellen[2015]["regio"].str.strip() == tabellen[2015]["regio"]).all()


def test_voorraad_einde_is_begin_plus_instroom_min_uitstroom(tabellen):
    for jaar in (2016, 2017):
        vorig, nu = rij(tabellen[jaar - 1], "NL01"), rij(tabellen[jaar], "NL01")
        eind = vorig["bijstandsontvangers"] + nu["instroom"] - nu["uitstroom"]
        assert eind == nu["bijstandsontvangers"]


@pytest.mark.parametrize("jaar", [2016, 2017])
@pytest.mark.parametrize("leeftijd", ["15+", "15-aow", "aow+"])
def test_percentages_zijn_stroom_op_begin_plus_instroom(tabellen, jaar, leeftijd):
    """Of four definitions only flow / (start + inflow) gives the published national percentages."""
    begin = rij(tabellen[jaar - 1], "NL01", leeftijd)["bijstandsontvangers"]
    nu = rij(tabellen[jaar], "NL01", leeftijd)
    for stroom in ("instroom", "uitstroom"):
        gepubliceerd = nu[f"{stroom}_pct"]
        assert float(stroom_pct(nu[stroom], begin, nu["instroom"])) == pytest.approx(gepubliceerd, abs=HALVE + 0.15)
        eind = nu["bijstandsontvangers"]
        for ander in (begin, eind, (begin + eind) / 2):
            assert abs(100 * nu[stroom] / ander - gepubliceerd) > 3 * HALVE


@pytest.mark.parametrize("jaar", [2016, 2017])
def test_uitstroom_naar_werk_is_op_de_mensen_onder_de_aow_leeftijd(tabellen, jaar):
    for leeftijd in ("15+", "15-aow"):
        nu = rij(tabellen[jaar], "NL01", leeftijd)
        jong_begin = rij(tabellen[jaar - 1], "NL01", "15-aow")["bijstandsontvangers"]
        jong_instroom = rij(tabellen[jaar], "NL01", "15-aow")["instroom"]
        pct = float(stroom_pct(nu["uitstroom_werk"], jong_begin, jong_instroom))
        assert pct == pytest.approx(nu["uitstroom_werk_pct"], abs=HALVE)
    alle = rij(tabellen[2016], "NL01")
    begin = rij(tabellen[2015], "NL01")["bijstandsontvangers"]
    assert abs(float(stroom_pct(alle["uitstroom_werk"], begin, alle["instroom"])) - alle["uitstroom_werk_pct"]) > HALVE


def test_definitie_houdt_ook_per_provincie(tabellen):
    for jaar in (2016, 2017):
        vorig = tabellen[jaar - 1].set_index(["regio", "leeftijd"])["bijstandsontvangers"]
        nu = tabellen[jaar][tabellen[jaar]["soort_regio"] == "provincie"].set_index(["regio", "leeftijd"])
        for stroom in ("instroom", "uitstroom"):
            fout = stroom_pct(nu[stroom], vorig.reindex(nu.index), nu["instroom"]) - nu[f"{stroom}_pct"]
            assert len(fout) == 36
            assert fout.abs().max() < 0.75
            assert abs(fout.mean()) < 0.1


def test_divosa_is_hoger_en_een_lege_basis_geeft_nan():
    assert float(stroom_pct(20, 80, 20)) == 20.0
    assert float(stroom_pct(20, 80, 20, definitie="divosa")) == 25.0
    assert np.isnan(stroom_pct([1.0], [0.0], [0.0])).all()
    with pytest.raises(GebruiksFout, match="KMP-B917"):
        stroom_pct(1, 2, 3, definitie="anders")


# -- layouts


def kop(pad):
    return pad.read_text(encoding="utf-8-sig").splitlines()[0].replace('"', "")


def test_andere_nummers_achter_de_namen_en_puntkomma_maken_niet_uit(tmp_path, tabellen):
    regels = BESTANDEN[2016].read_text(encoding="utf-8-sig").splitlines()[:4]
    anders = [r.replace(",", ";") for r in regels]
    anders[0] = anders[0].replace("_4", "_104").replace("_5", "_105")
    tabel = lees_cbs_gemeenten(schrijf(tmp_path, "83747NED.csv", *anders))
    pd.testing.assert_frame_equal(tabel, tabellen[2016].head(3))


@pytest.mark.parametrize(
    ("van", "naar", "noemt"),
    [
        ("Instroom_4", "Binnenkomst_4", "Instroom; onbekend: Binnenkomst"),
        ("WSWDichtheid_17", "Extra_17", "WSWDichtheid; onbekend: Extra"),
        ("Regiokenmerken", "Regio", "Regiokenmerken"),
        ("Instroom_5", "Inwoners_5", "Inwoners, Instroom"),
    ],
)
def test_onbekende_opzet_noemt_wat_verwacht_werd(tmp_path, van, naar, noemt):
    regels = BESTANDEN[2016].read_text(encoding="utf-8-sig").splitlines()[:2]
    with pytest.raises(GegevensFout) as fout:
        lees_cbs_gemeenten(schrijf(tmp_path, "83747NED.csv", regels[0].replace(van, naar), regels[1]))
    assert fout.value.code == "KMP-B911"
    assert noemt in fout.value.bericht
    assert "Verwacht: " in fout.value.bericht


@pytest.mark.parametrize(
    ("van", "naar", "code"),
    [
        ('"NL01   "', '"XX01   "', "KMP-B915"),
        ('"20150"', '"99999"', "KMP-B915"),
        ('"    23.0"', '"   230.0"', "KMP-B916"),
        ('"  148130"', '" 148.130"', "KMP-B916"),
        ('"  148130"', '"       -"', "KMP-B912"),
    ],
)
def test_vreemde_waarden_worden_geweigerd(tmp_path, van, naar, code):
    regels = BESTANDEN[2016].read_text(encoding="utf-8-sig").splitlines()[:2]
    assert van in regels[1]
    with pytest.raises(GegevensFout) as fout:
        lees_cbs_gemeenten(schrijf(tmp_path, "83747NED.csv", regels[0], regels[1].replace(van, naar)))
    assert fout.value.code == code


def test_dubbele_regio_wordt_geweigerd(tmp_path):
    regels = BESTANDEN[2016].read_text(encoding="utf-8-sig").splitlines()[:2]
    with pytest.raises(GegevensFout, match=r"KMP-B915.*NL01"):
        lees_cbs_gemeenten(schrijf(tmp_path, "83747NED.csv", *regels, regels[1]))


def test_het_jaar_komt_uit_de_naam_of_de_vraag_en_wordt_gecontroleerd(tmp_path):
    regels = BESTANDEN[2016].read_text(encoding="utf-8-sig").splitlines()[:2]
    assert lees_cbs_gemeenten(schrijf(tmp_path, "gemeenten_2016.csv", *regels))["jaar"].tolist() == [2016]
    assert lees_cbs_gemeenten(schrijf(tmp_path, "g.csv", *regels), jaar=2016)["jaar"].tolist() == [2016]
    for naam, jaar in (("g.csv", None), ("gemeenten_2017.csv", None), ("84066NED.csv", None), ("83747NED.csv", 2015)):
        with pytest.raises(GebruiksFout) as fout:
            lees_cbs_gemeenten(schrijf(tmp_path, naam, *regels), jaar=jaar)
        assert fout.value.code == "KMP-B914"


def test_status_voorlopig_wordt_gemerkt(tmp_path):
    regels = BESTANDEN[2016].read_text(encoding="utf-8-sig").splitlines()[:4]
    status = ["Status", "Definitief", "NaderVoorlopig", "Voorlopig"]
    pad = schrijf(tmp_path, "83747NED.csv", *(f'{r},"{s}"' for r, s in zip(regels, status, strict=True)))
    assert lees_cbs_gemeenten(pad)["voorlopig"].tolist() == [False, True, True]


def test_bron_noemt_tabellen_en_licentie():
    tekst = (MAP / "BRON.md").read_text(encoding="utf-8")
    assert "CC BY 4.0" in tekst
    for pad in (MAAND, *BESTANDEN.values()):
        assert pad.name in tekst
