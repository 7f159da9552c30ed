"""The bestandsmonitor: the figures of the sources, both percentages, forecasts, what is missing, what is hidden."""

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from tests.bestandhulp import CBS, KOP, REFKOP, hollandstad, lees, refrijen

from kompas.fouten import GebruiksFout
from kompas.monitors.bestandsmonitor import KOLOMMEN, maak_bestandsmonitor
from kompas.monitors.maanden import namen, nummer
from kompas.monitors.scanvergelijking import verborgen_groepen
from kompas.weergave.bestandblad import bestanddelen, bestandpagina, bestandtekst, kernzin, verschilzinnen
from kompas.weergave.bestandplaat import groepen, standzinnen

LANG = [round(1000 + 40 * np.sin(i / 9) - 2 * i) for i in range(60)]


@dataclass
class Prognose:
    tabel: pd.DataFrame


@pytest.fixture(scope="module")
def stad():
    config, bestand = hollandstad()
    return maak_bestandsmonitor(bestand, config)


def maak(map_, tabellen, *, vooruitzicht=None, **keuzes):
    config, bestand = lees(map_, tabellen, **keuzes)
    return maak_bestandsmonitor(bestand, config, vooruitzicht=vooruitzicht)


def rij(m, gebied, maand, groep="totaal"):
    f = m.tabel
    gevonden = f[(f["gebied"] == gebied) & (f["maand"] == maand) & (f["groep"] == groep)]
    assert len(gevonden) == 1
    return gevonden.iloc[0]


# -- figures of the sources


def grafiek12(map_, den_haag=17_150):
    """Three months apart; households such that the published levels are scaled as published."""
    eigen = 240_000
    delen = {"eigen": (den_haag / (1 - 0.033), den_haag, eigen)}
    for soort, echt, geschaald, daling in (("referentie", 70_720, 9_960, 0.022), ("nederland", 286_970, 19_360, 0.027)):
        delen[soort] = (echt / (1 - daling), echt, round(eigen * echt / geschaald))
    regels = [REFKOP]
    for soort, (toen, nu, huis) in delen.items():
        regels += refrijen(soort, [round(toen), round((toen + nu) / 2), round(nu), nu], huishoudens=huis)
    return maak(map_, {"referentie": regels}, peildatum=dt.date(2006, 4, 30))


def test_grafiek_12_den_haag(tmp_path):
    """Essay, grafiek 12: 17,150 (-3.3%); referentie 9,960 (-2.2%) of 70,720; Nederland 19,360 (-2.7%) of 286,970."""
    m = grafiek12(tmp_path)
    s = m.stand.set_index("gebied")
    assert s["uitkeringen"].to_dict() == {"eigen": 17_150, "referentie": 70_720, "nederland": 286_970}
    assert s["geschaald"].round().to_dict() == {"eigen": 17_150, "referentie": 9_960, "nederland": 19_360}
    np.testing.assert_allclose(s["ontwikkeling_3m"], [-0.033, -0.022, -0.027], atol=1e-4)
    assert set(s["richting"]) == {"dalend"}
    zinnen = standzinnen(m)
    assert zinnen[0] == "Dorp, april 2006: 17.150 uitkeringen. Dalend (−3,3%) over drie maanden."
    assert "geschaald 9.960, werkelijk niveau 70.720. Dalend (−2,2%)" in zinnen[1]
    assert "geschaald 19.360, werkelijk niveau 286.970. Dalend (−2,7%)" in zinnen[2]
    assert "Bij de dichtheid van de referentie waren het er 9.960: Dorp heeft er 7.190 (72,2%) meer" in kernzin(m)


def test_de_zin_verandert_met_het_cijfer(tmp_path):
    m = grafiek12(tmp_path, den_haag=9_960)
    assert "Dat is evenveel als bij de dichtheid van de referentie" in kernzin(m)
    (tmp_path / "laag").mkdir()
    laag = grafiek12(tmp_path / "laag", den_haag=9_000)
    assert "960 (9,6%) minder" in kernzin(laag)


def test_hollandstad_tegen_de_referentie(stad):
    """Essay: +230 (+7.7%) end 2005, +70 (+3%) mid-2007; 1,370 at the G27 rate."""
    f = stad.verschillen[stad.verschillen["groep"] == "totaal"].set_index(["gebied", "maand"])
    eind, medio = f.loc[("referentie", "2005-12")], f.loc[("referentie", "2007-06")]
    assert eind["verschil"] == pytest.approx(230, abs=10)
    assert eind["verschil_fractie"] == pytest.approx(0.077, abs=0.002)
    assert medio["verschil"] == pytest.approx(70, abs=10)
    assert medio["verschil_fractie"] == pytest.approx(0.03, abs=0.005)
    assert f.loc[("g27", "2007-06"), "geschaald"] == pytest.approx(1_370, abs=15)


def test_hollandstad_stromen_op_jaarbasis(stad):
    """Essay: instroom +240 (2001) and +190 (end 2005); uitstroom 1,450, +230 (2001); 1,050 against 980.

    The text says +60 (7%) for the last pair; 1,050 - 980 = 70, and 7% of 980 is 69.
    """
    j = stad.jaarbasis.set_index(["gebied", "maand"])
    eigen, ref = j.loc["eigen"], j.loc["referentie"]
    verschil = eigen - ref
    jaar = [f"2001-{m:02d}" for m in (3, 6, 9, 12)]
    assert verschil.loc[jaar, "instroom_geschaald"].mean() == pytest.approx(240, abs=15)
    assert verschil.loc["2005-12", "instroom_geschaald"] == pytest.approx(190, abs=15)
    assert ref.loc["2005-12", "instroom_geschaald"] == pytest.approx(920, abs=15)
    assert eigen.loc["2001-03", "uitstroom"] == pytest.approx(1_450, abs=75)
    assert verschil.loc["2001-03", "uitstroom_geschaald"] == pytest.approx(230, abs=30)
    assert eigen.loc["2005-12", "uitstroom"] == pytest.approx(1_050, abs=40)
    assert ref.loc["2005-12", "uitstroom_geschaald"] == pytest.approx(980, abs=30)
    assert verschil.loc["2005-12", "uitstroom_geschaald"] == pytest.approx(70, abs=20)


def test_hollandstad_per_jaar(stad):
    s = stad.stromen.set_index(["gebied", "periode"])
    een = s.loc[("eigen", "2001")]
    assert een["stand_begin"] == pytest.approx(3_030, abs=15)
    assert een["instroom"] == pytest.approx(1_160, abs=15)
    daling = s.loc[("eigen", "2006")]
    assert (daling["instroom"] - daling["uitstroom"]) / daling["stand_begin"] == pytest.approx(-0.085, abs=0.005)
    assert ("eigen", "2006-07 t/m 2007-06") in s.index


def test_groepen_tegen_de_referentie(stad):
    """Singles: scaled with the households of singles; 1,710 mid-2007."""
    r = rij(stad, "eigen", "2007-06", "alleenstaande")
    assert r["uitkeringen"] == r["geschaald"] == pytest.approx(1_710, abs=15)
    ref = rij(stad, "referentie", "2007-06", "alleenstaande")
    assert ref["geschaald"] == pytest.approx(7_476 / 44_881 * 9_800)


# -- the table


def test_tabel_volgt_het_contract(stad):
    f = stad.to_frame()
    assert list(f.columns) == list(KOLOMMEN)
    assert not f.duplicated(["maand", "gebied", "groep", "soort"]).any()
    assert set(f["soort"]) == {"realisatie", "prognose"}
    echt, vooruit = f[f["soort"] == "realisatie"], f[f["soort"] == "prognose"]
    assert echt[["ondergrens", "bovengrens"]].isna().all().all()
    assert (vooruit["ondergrens"] < vooruit["uitkeringen"]).all()
    assert (vooruit["uitkeringen"] < vooruit["bovengrens"]).all()
    eigen = stad.reeks("eigen").query("soort == 'prognose'")["maand"].tolist()
    assert eigen == namen(range(nummer("2007-07"), nummer("2007-07") + 24))


def test_ontwikkeling_loopt_door_in_de_prognose(stad):
    f = stad.reeks("eigen").set_index("maand")
    assert f.loc["2007-08", "ontwikkeling_3m"] == pytest.approx(
        f.loc["2007-08", "uitkeringen"] / f.loc["2007-05", "uitkeringen"] - 1
    )
    assert np.isnan(f.loc["2001-03", "ontwikkeling_3m"])


def test_cbs_en_divosa_percentages(tmp_path):
    """80 at the start, 20 in, 20 out: 20% by CBS, 25% by Divosa."""
    regels = [REFKOP]
    for m in namen(range(nummer("2006-01"), nummer("2007-01"))):
        erin = 20 if m == "2006-03" else 0
        stand = 100 if "2006-03" <= m < "2006-09" else 80
        regels.append(f"{m},Dorp,eigen,totaal,,{stand},{erin},{20 if m == '2006-09' else 0},")
    s = maak(tmp_path, {"referentie": regels}).stromen
    assert s["periode"].tolist() == ["2006"]
    r = s.iloc[0]
    assert (r["stand_begin"], r["instroom"], r["uitstroom"]) == (80, 20, 20)
    assert (r["uitstroom_cbs"], r["uitstroom_divosa"]) == pytest.approx((0.20, 0.25))
    assert (r["instroom_cbs"], r["instroom_divosa"]) == pytest.approx((0.20, 0.25))


def test_groep_zonder_huishoudens_wordt_met_alle_geschaald(tmp_path):
    regels = [REFKOP]
    for soort, huis, totaal, jong in (("eigen", 1000, 100, 30), ("g27", 5000, 400, 50)):
        regels += refrijen(soort, [totaal] * 4, huishoudens=huis)
        regels += refrijen(soort, [jong] * 4, groep="leeftijd=15-24")
    m = maak(tmp_path, {"referentie": regels}, peildatum=dt.date(2006, 4, 30))
    assert rij(m, "g27", "2006-04", "leeftijd=15-24")["geschaald"] == 10
    assert any("leeftijd=15-24" in z and "alle huishoudens" in z for z in m.toelichting)


def test_zonder_huishoudens_is_er_geen_geschaald_cijfer(tmp_path):
    regels = [REFKOP, *refrijen("eigen", [100] * 4), *refrijen("nederland", [900] * 4)]
    m = maak(tmp_path, {"referentie": regels})
    assert np.isnan(rij(m, "nederland", "2006-04")["geschaald"])
    assert rij(m, "eigen", "2006-04")["geschaald"] == 100
    assert m.verschillen.empty
    assert any("Niet geschaald: nederland" in z and "[bron.referentie]" in z for z in m.toelichting)
    assert "niet te schalen" in " ".join(standzinnen(m))
    assert bestandpagina(m)


# -- forecasts


def test_een_korte_reeks_geeft_geen_uitspraak(tmp_path):
    regels = [REFKOP, *refrijen("eigen", LANG[:23], gebied="Dorp"), *refrijen("nederland", LANG[:24])]
    m = maak(tmp_path, {"referentie": regels}, peildatum=dt.date(2007, 12, 31))
    f = m.tabel[m.tabel["soort"] == "prognose"]
    assert set(f["gebied"]) == {"nederland"}
    assert any(z.startswith("Geen uitspraak over de toekomst van eigen:") for z in m.toelichting)


def test_een_oude_reeks_wordt_niet_doorgetrokken(tmp_path):
    regels = [REFKOP, *refrijen("nederland", LANG, eerste="1998-01")]
    m = maak(tmp_path, {"referentie": regels})
    assert (m.tabel["soort"] == "realisatie").all()


def test_het_vooruitzicht_gaat_voor_de_reeks(tmp_path):
    maanden = namen(range(nummer("2011-01"), nummer("2011-01") + 24))
    tabel = pd.DataFrame({"maand": maanden, "uitkeringen": 500.0, "ondergrens": 400.0, "bovengrens": 600.0})
    p = Prognose(tabel.assign(instroom=10.0, uitstroom=11.0))
    regels = [REFKOP, *refrijen("eigen", LANG, gebied="Dorp", huishoudens=9000)]
    regels += refrijen("nederland", LANG, huishoudens=18000)
    m = maak(tmp_path, {"referentie": regels}, peildatum=dt.date(2010, 12, 31), vooruitzicht=p)
    f = m.reeks("eigen").query("soort == 'prognose'")
    assert f["uitkeringen"].tolist() == [500.0] * 24
    assert f["instroom"].tolist() == [10.0] * 24
    ander = m.reeks("nederland").query("soort == 'prognose'")
    assert not (ander["uitkeringen"] == 500.0).any()
    np.testing.assert_allclose(ander["geschaald"], ander["uitkeringen"] / 2)
    assert "Verwacht in december 2012: 500 uitkeringen (80%-interval 400 tot 600)" in " ".join(bestandtekst(m).split())


def test_zelfde_invoer_zelfde_uitkomst(stad):
    config, bestand = hollandstad()
    pd.testing.assert_frame_equal(maak_bestandsmonitor(bestand, config).tabel, stad.tabel)


# -- pages


def test_kleine_groepen_staan_nergens(stad):
    """'Anders' has 2 to 9 households: not in a picture, a table or the text, and not to be found by subtraction."""
    klein = stad.reeks("eigen", "anders")["uitkeringen"]
    assert 0 < klein.min() <= klein.max() < 10
    g = groepen(stad, "leefvorm")
    assert "anders" not in g.columns
    assert "gehuwd" not in g.columns
    assert g["gehuwd + anders"].iloc[-1] == 355 + klein.iloc[-1]
    pagina = bestandpagina(stad)
    assert "gehuwd of samenwonend en anders (samen)" in pagina
    assert ">355<" not in pagina


@pytest.mark.parametrize(
    ("groep", "weg"),
    [
        ({"a": [50, 60], "b": [40, 41]}, set()),
        ({"a": [50, 60], "b": [9, 41]}, {"a", "b"}),
        ({"a": [50, 60], "b": [0, 0], "c": [20, 20]}, set()),
        ({"a": [50, 60], "b": [4, 12], "c": [20, 20], "d": [8, 30]}, {"b", "d"}),
    ],
)
def test_wat_verborgen_wordt_geldt_in_alle_maanden(groep, weg):
    verborg = verborgen_groepen(pd.DataFrame(groep))
    assert weg <= verborg
    rest = pd.DataFrame(groep)[sorted(verborg)].sum(axis=1) if verborg else pd.Series([10])
    assert (rest >= 10).all()


def test_pagina_heeft_elk_deel_en_elke_tabel(stad):
    delen = bestanddelen(stad)
    assert [d.id for d in delen] == ["bestand", "bestand-stromen-deel", "bestand-groepen", "bestand-basis"]
    stukken = [s for d in delen for s in d.stukken]
    assert all(s.tabel is not None and s.bijschrift for s in stukken if s.svg)
    tabellen = [s.tabel.id for s in stukken if s.tabel is not None]
    assert len(set(tabellen)) == len(tabellen)
    for t in (s.tabel for s in stukken if s.tabel is not None):
        assert all(len(r) == len(t.koppen) for r in t.rijen)
    assert bestandpagina(stad) == bestandpagina(stad)


def test_tekst_past_op_een_scherm_en_begint_met_de_kern(stad):
    tekst = bestandtekst(stad)
    assert max(map(len, tekst.splitlines())) <= 80
    assert tekst.startswith("Hollandstad telt eind juni 2007 2.700 bijstandsuitkeringen.")
    assert len(verschilzinnen(stad)) == 4


def test_platen_hebben_zinnen_en_keuzes(stad):
    assert "Hollandstad: 832 op jaarbasis in juni 2007." in stad.plot("instroom").zinnen
    assert "15 tot en met 24 jaar" in " ".join(stad.plot("groepen", groep="leeftijd").zinnen)
    assert stad.plot().titel.startswith("Hollandstad: bijstandsuitkeringen")


def test_een_klein_dorp_zonder_vergelijking_heeft_een_pagina(tmp_path):
    regels = [KOP, *(f"C{i},2005-01-01,,,man,1970-01-01,gehuwd," for i in range(5))]
    m = maak(tmp_path, {"uitkeringen": regels})
    pagina = bestandpagina(m)
    assert "[bron.referentie]" in pagina
    assert "Alle groepen zijn kleiner dan 10" in pagina
    assert "minder dan 10 bijstandsuitkeringen. Aantallen onder de 10 worden niet getoond." in pagina
    assert not re.search(r">\s*5\s*<", pagina)
    assert "<10" in bestandtekst(m)
    with pytest.raises(GebruiksFout, match="KMP-Z103"):
        m.plot("stand")


# -- flows of a small town


def dorp(map_, *, elke=1, tot=24):
    """Begin 2005 with 40 households; every ``elke`` months one comes, in May and November 2006 one leaves."""
    regels = [KOP, *(f"V{i},2004-06-01,,,man,1970-01-01,gehuwd," for i in range(40))]
    regels[1:3] = [f"V{i},2004-06-01,2006-{m:02d}-15,11,man,1970-01-01,gehuwd," for i, m in enumerate((5, 11))]
    maanden = namen(range(nummer("2005-01"), nummer("2005-01") + tot))[::elke]
    regels += [f"N{m},{m}-10,,,man,1970-01-01,gehuwd," for m in maanden]
    return maak(map_, {"uitkeringen": regels}, peildatum=dt.date(2007, 6, 30))


def stroomrijen(m):
    deel = next(d for d in bestanddelen(m) if d.id == "bestand-stromen-deel")
    return deel, {r[1]: r for s in deel.stukken if s.tabel and s.tabel.id == "bestand-stromen" for r in s.tabel.rijen}


def test_een_jaarbasis_van_enkele_huishoudens_staat_er_niet(tmp_path):
    """Three households a quarter are '12' on a yearly basis: no table, no picture, no sentence; and it says why."""
    m = dorp(tmp_path)
    assert set(m.jaarbasis.loc[m.jaarbasis["maand"].between("2005-06", "2006-10"), "instroom"]) == {12.0}
    deel, _ = stroomrijen(m)
    assert not any(s.svg for s in deel.stukken)
    assert [s.tabel.id for s in deel.stukken if s.tabel] == ["bestand-stromen"]
    assert "op jaarbasis niet getoond" in deel.stukken[0].zinnen[0]
    with pytest.raises(GebruiksFout, match="KMP-Z103"):
        m.plot("instroom")


def test_de_ene_stroom_verraadt_de_andere_niet(tmp_path):
    """2006: begin 52, 12 came, end 62, so two left. With begin and end shown, both flows are left out."""
    m = dorp(tmp_path)
    r = m.stromen.set_index("periode").loc["2006"]
    assert (r["stand_begin"], r["instroom"], r["uitstroom"]) == (52.0, 12.0, 2.0)
    _, rijen = stroomrijen(m)
    assert list(rijen["2006"][2:]) == ["52", "niet getoond", "niet getoond", "–", "–", "–", "–"]
    regel = next(z for z in bestandtekst(m).splitlines() if z.startswith("2006 "))
    assert regel.split() == ["2006", "52", "verborgen", "verborgen", "–", "–"]
    assert max(map(len, bestandtekst(m).splitlines())) <= 80


def test_een_grote_gemeente_houdt_haar_stromen(stad):
    """Every quarter of Hollandstad has ten or more: nothing is left out."""
    deel, rijen = stroomrijen(stad)
    assert sum(bool(s.svg) for s in deel.stukken) == 2
    assert not any("niet getoond" in cel for r in rijen.values() for cel in r)


def test_cbs_gemeenten_en_voorlopige_cijfers(tmp_path):
    """Rankings from the real yearly tables; a provisional month is marked in table and text."""
    cbs = [str(p) for p in sorted(CBS.glob("8*.csv"))]
    los = tmp_path / "37789ksz_los.csv"
    kop = "Perioden,bijst_tot,bijst_tot_aow,bijst_vanaf_aow,ww_nsa,ioaw,ioaz"
    maanden = [f"2017MM{m:02d}{'*' if m == 12 else ''},1,{400 + m},1,1,1,1" for m in range(1, 13)]
    los.write_text("\n".join([kop, *maanden]) + "\n", encoding="utf-8")
    keuzes = {"cbs": [*cbs, str(los)], "regio": "GM0518"}
    m = maak(tmp_path, {}, peildatum=dt.date(2017, 12, 31), monitor=keuzes)
    assert m.voorlopig.to_numpy().tolist() == [["nederland", "2017-12"]]
    assert "412.000*" in bestandtekst(m)
    assert m.stand["voorlopig"].tolist() == [True]
    r = m.ranglijst.set_index("regio")
    assert r.loc["GM0518", "deel"] == "eigen"
    assert (r["jaar"] == 2017).all()
    assert len(m.ranglijst) == 22
    assert "19 van 47" in bestandpagina(m)
    oud = maak(
        tmp_path,
        {},
        peildatum=dt.date(2016, 12, 31),
        monitor={**keuzes, "cbs": [*cbs, str(CBS / "37789ksz_maand_tot_2018.csv")]},
    )
    assert (oud.ranglijst["jaar"] == 2016).all()
