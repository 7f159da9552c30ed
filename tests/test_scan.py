"""BijstandScan: every figure of Hollandstad in the essay, and conclusions that follow from the figures."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas.bron import lees_bron
from kompas.bron.typen import Bestand
from kompas.config import lees_config
from kompas.fouten import GebruiksFout
from kompas.monitors.bestandsmonitor import maak_bestandsmonitor
from kompas.monitors.reeksen import maak_reeksen
from kompas.monitors.scan import KOLOMMEN, maak_scan
from kompas.monitors.scanconclusies import MOGELIJK
from kompas.monitors.scangeld import landelijk_resultaat, resultaattabel
from kompas.monitors.scanvergelijking import beschermd, prijstabel
from kompas.weergave.bestandplaat import SAMEN, groepen, kenmerken
from kompas.weergave.scanblad import scandelen, scanpagina, scantekst
from kompas.weergave.scanwoorden import meer_minder, verandering
from kompas.weergave.scanzinnen import conclusiezinnen, samenvatting, scenariozinnen

HOLLANDSTAD = Path(__file__).resolve().parents[1] / "data" / "sample" / "hollandstad" / "kompas.toml"


@pytest.fixture(scope="module")
def config():
    return lees_config(HOLLANDSTAD)


@pytest.fixture(scope="module")
def bestand(config):
    return lees_bron(config)


@pytest.fixture(scope="module")
def reeksen(bestand, config):
    return maak_reeksen(bestand, config)


@pytest.fixture(scope="module")
def scan(bestand, config, reeksen):
    return maak_scan(bestand, config, None, reeksen=reeksen)


@pytest.fixture(scope="module")
def delen(scan):
    return scandelen(scan)


@pytest.fixture(scope="module")
def pagina(scan):
    return scanpagina(scan)


def stand(s, maand, gebied="referentie"):
    return s.standen[(s.standen["maand"] == maand) & (s.standen["gebied"] == gebied)].iloc[0]


def stroom(s, naam, periode, gebied="referentie"):
    f = s.stromen
    return f[(f["stroom"] == naam) & (f["periode"] == periode) & (f["gebied"] == gebied)].iloc[0]


def oordeel(s, naam, groep=""):
    c = s.conclusies
    return c.loc[(c["conclusie"] == naam) & (c["groep"] == groep), "oordeel"].item()


# -- the essay: volume (grafiek 4)


def test_bestand_van_het_essay(scan):
    """3,030 in 2001 (first month end: 3,016), 2,700 mid-2007, 1,370 at the rate of the G27; margins of LEESMIJ.md."""
    assert stand(scan, "2001-01")["eigen"] == pytest.approx(3_030, abs=15)
    assert stand(scan, "2007-06")["eigen"] == pytest.approx(2_700, abs=15)
    assert stand(scan, "2007-06", "g27")["geschaald"] == pytest.approx(1_370, abs=15)


def test_verschil_met_de_referentiegemeenten_van_het_essay(scan):
    """+230 (+7.7%) at the end of 2005, beyond noise; +70 (+3%) mid-2007, which is not."""
    eind_2005, nu = stand(scan, "2005-12"), stand(scan, "2007-06")
    assert eind_2005["verschil"] == pytest.approx(230, abs=10)
    assert eind_2005["verschil_fractie"] == pytest.approx(0.077, abs=0.004)
    assert eind_2005["oordeel"] == "hoger"
    assert nu["verschil"] == pytest.approx(70, abs=10)
    assert nu["verschil_fractie"] == pytest.approx(0.03, abs=0.006)
    assert nu["oordeel"] == "niet_aangetoond"


# -- grafiek 5 and 6


@pytest.mark.parametrize(
    ("naam", "periode", "eigen", "marge", "verschil", "marge_verschil"),
    [
        ("instroom", "2001", 1_160, 15, 240, 20),
        ("instroom", "2005-K4", 1_110, 25, 190, 30),  # 920 + 190, on a yearly basis
        ("uitstroom", "2001-K1", 1_450, 75, 230, 75),
        ("uitstroom", "2005-K4", 1_050, 40, 70, 50),  # the text says +60 (+7%): 1,050 - 980 is 70
    ],
)
def test_stromen_van_het_essay(scan, naam, periode, eigen, marge, verschil, marge_verschil):
    r = stroom(scan, naam, periode)
    assert r["eigen"] == pytest.approx(eigen, abs=marge)
    assert r["verschil"] == pytest.approx(verschil, abs=marge_verschil)


def test_referentie_in_de_stromen(scan):
    """920 in; 980 out at the end of 2005; outflow of 2001-I is 19% above."""
    assert stroom(scan, "instroom", "2001")["geschaald"] == pytest.approx(920, abs=10)
    assert stroom(scan, "instroom", "2005-K4")["geschaald"] == pytest.approx(920, abs=15)
    assert stroom(scan, "uitstroom", "2005-K4")["geschaald"] == pytest.approx(980, abs=30)
    assert stroom(scan, "uitstroom", "2001-K1")["verschil_fractie"] == pytest.approx(0.19, abs=0.06)


# -- grafiek 7


def test_alleenstaanden_van_het_essay(scan):
    """1,900 in 2001 and 1,710 mid-2007, 200 above both times, scaled by all households as grafiek 7 does."""
    g = scan.groepen[scan.groepen["groep"] == "alleenstaande"].set_index("maand")
    assert g.loc["2001-01", "eigen"] == pytest.approx(1_900, abs=25)  # end of January
    assert g.loc["2007-06", "eigen"] == pytest.approx(1_710, abs=15)
    assert g["verschil"].to_numpy() == pytest.approx([200, 200], abs=20)
    # More single people live here: per single household the difference is less than half, and not beyond noise.
    assert g.loc["2007-06", "verschil_groep"] < 100
    assert g.loc["2007-06", "oordeel_groep"] == "niet_aangetoond"


# -- grafiek 1 to 3, 8 and 9


def test_ontwikkeling_over_2006(scan):
    """Essay: volume falls slightly more than 8%; expenditure by less than elsewhere; national result is nil."""
    o = scan.ontwikkeling[scan.ontwikkeling["periode"] == "2006"].set_index("gebied")
    assert -0.095 < o.loc["eigen", "volume"] < -0.08
    assert o.loc["eigen", "uitgaven_verandering"] == pytest.approx(-0.027, abs=0.001)
    assert o.loc["nederland", "uitgaven_verandering"] < o.loc["eigen", "uitgaven_verandering"]
    assert scan.landelijk == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("jaar", "saldo", "fractie"), [(2005, -1.4e6, -0.035), (2006, -6.0e6, -0.175)])
def test_resultaat_van_het_essay(scan, jaar, saldo, fractie):
    r = scan.resultaat.set_index("jaar").loc[jaar]
    assert r["saldo"] == pytest.approx(saldo, abs=10_000)
    assert r["saldo_fractie"] == pytest.approx(fractie, abs=0.0005)
    assert r["status"] == "definitief"


def test_aandelen_van_grafiek_8_en_9(scan):
    """.08 percentage point is about 3.0 million; spending from over 40 (2007) to 28 (2012), budget 33, 30 and 25."""
    a = scan.aandelen[scan.aandelen["scenario"] == "bestuursakkoord"].set_index("jaar")
    assert a["gat"].to_numpy() == pytest.approx(np.full(6, 0.0008), abs=1e-6)
    assert a["gat_euro"].mean() == pytest.approx(3.0e6, abs=0.2e6)
    assert (a.loc[[2007, 2012], "uitgaven"] / 1e6).round().tolist() == [40.0, 28.0]
    assert (a.loc[[2007, 2011, 2012], "budget"] / 1e6).round().tolist() == [33.0, 30.0, 25.0]
    assert a.loc[2012, "saldo"] == pytest.approx(-3.0e6, abs=0.1e6)
    zin = next(z for z in scenariozinnen(scan) if "bestuursakkoord" in z)
    assert "0,08 procentpunt hoger" in zin
    assert "2007, 2008, 2009, 2010 en 2012" in zin


def test_gemiddelde_uitkering_twee_procent_hoger(scan):
    """Essay: +2%, 'flattered' by the many singles: their norm is lower."""
    r = scan.prijs[scan.prijs["gebied"] == "referentie"].iloc[0]
    assert r["verschil_fractie"] == pytest.approx(0.02, abs=0.002)
    assert -0.03 < scan.mix < -0.01


def test_een_verschil_zonder_spreiding_is_geteld(scan):
    """The ratio of the prices hardly moves from month to month: that width says nothing, so there is no interval."""
    r = scan.prijs[scan.prijs["gebied"] == "referentie"].iloc[0]
    assert np.isnan([r["ondergrens"], r["bovengrens"]]).all()
    assert r["oordeel"] == "hoger"
    zin = next(z for z in conclusiezinnen(scan) if "uitkeringshoogte kan omlaag" in z)
    zin = zin.replace("\N{NO-BREAK SPACE}", " ")
    assert "€ 249 meer dan naar verhouding in de referentiegemeenten, een geteld verschil" in zin
    assert "95%-interval" not in zin
    assert "onbekend" not in zin


@pytest.mark.parametrize(
    ("duurder", "ruis", "oordeel", "interval"),
    [
        (1.02, 0.0, "hoger", False),
        (1.0, 0.0, "niet_aangetoond", False),
        (1.02, 0.02, "hoger", True),
        (1.0, 0.02, "niet_aangetoond", True),
    ],
)
def test_alleen_spreiding_geeft_een_interval(bestand, config, duurder, ruis, oordeel, interval):
    """Both sides at 1,000 a month; then 2% dearer, with and without 2% up and down from month to month."""
    ref = bestand.overig["referentie"].copy()
    maand = ref["maand"].astype(str).str[5:7].astype(int)
    prijs = 1000.0 * np.where(ref["soort"] == "eigen", duurder * (1 + ruis * (-1.0) ** maand), 1.0)
    ref["uitgaven"] = prijs * ref["uitkeringen"]
    b = replace(bestand, overig={**zonder(bestand, "uitgaven").overig, "referentie": ref})
    r = prijstabel(maak_reeksen(b, config)).query("gebied == 'referentie'").iloc[0]
    assert r["oordeel"] == oordeel
    assert np.isfinite(r["ondergrens"]) == interval


# -- conclusions


def test_conclusies_van_het_essay_voor_zover_aangetoond(scan):
    """The essay names four: three hold beyond noise; 'het zittend bestand kan kleiner' (+70) does not."""
    assert oordeel(scan, "instroom_omlaag") == "ja"
    assert oordeel(scan, "groep_omlaag", "alleenstaande") == "ja"
    assert oordeel(scan, "prijs_omlaag") == "ja"
    assert oordeel(scan, "bestand_omlaag") == "niet_aangetoond"
    assert oordeel(scan, "uitstroom_omhoog") == "nee"
    zinnen = " ".join(conclusiezinnen(scan))
    assert "De instroom kan omlaag" in zinnen
    assert "Het aantal alleenstaanden in de bijstand kan minder" in zinnen
    assert "De gemiddelde uitkeringshoogte kan omlaag" in zinnen
    assert "Zittend bestand: geen verschil aangetoond" in zinnen
    assert "Het zittend bestand kan kleiner" not in zinnen


def anders(bestand, **per_soort):
    """The same town with flows or stock of an area times a factor: ``referentie={"instroom": 1.5}``."""
    ref = bestand.overig["referentie"].copy()
    for soort, factoren in per_soort.items():
        for kolom, factor in factoren.items():
            ref.loc[ref["soort"] == soort, kolom] *= factor
    return replace(bestand, overig={**bestand.overig, "referentie": ref})


@pytest.mark.parametrize(
    ("kolom", "factor", "naam", "verwacht", "zin"),
    [
        ("instroom", 1.5, "instroom_omlaag", "nee", "De instroom is al lager"),
        ("instroom", 1.19, "instroom_omlaag", "niet_aangetoond", "Instroom: geen verschil aangetoond"),
        ("uitstroom", 1.6, "uitstroom_omhoog", "ja", "De uitstroom kan omhoog"),
        ("uitkeringen", 0.9, "bestand_omlaag", "ja", "Het zittend bestand kan kleiner"),
        ("uitkeringen", 1.2, "bestand_omlaag", "nee", "Het zittend bestand is al kleiner"),
        ("uitgaven", 1.2, "prijs_omlaag", "nee", "De gemiddelde uitkeringshoogte is al lager"),
    ],
)
def test_andere_cijfers_geven_een_andere_conclusie(bestand, config, scan, kolom, factor, naam, verwacht, zin):
    b = anders(bestand, referentie={kolom: factor})
    s = maak_scan(b, config, None, reeksen=maak_reeksen(b, config), vooruitzicht=scan.vooruitzicht)
    assert oordeel(s, naam) == verwacht
    assert any(z.startswith(zin) for z in conclusiezinnen(s))
    assert not any(z.startswith(zin) for z in conclusiezinnen(scan))


def test_hoofdzin_telt_de_punten(scan):
    """A counted difference has no interval, and is no point that was proven."""
    c = scan.conclusies[scan.conclusies["conclusie"].isin(MOGELIJK)]
    ja = ((c["oordeel"] == "ja") & c["ondergrens"].notna()).sum()
    zin = conclusiezinnen(scan)[0]
    assert f"op {ja} van de {len(c) - 1} punten" in zin
    assert zin.endswith("Daarnaast is er een geteld verschil, dat geen schatting is: gemiddelde uitkeringshoogte.")
    niets = scan.conclusies.assign(oordeel="niet_aangetoond")
    assert "geen reductiepotentieel aangetoond" in conclusiezinnen(replace(scan, conclusies=niets))[0]


def test_elk_cijfer_van_de_samenvatting_komt_uit_het_resultaat(scan):
    """Change the stock of now, and the first sentence says so."""
    s = scan.standen.copy()
    s.loc[s["maand"] == "2007-06", "eigen"] = 2_345.0
    assert "2.700" in samenvatting(scan)[0]
    assert "2.345" in samenvatting(replace(scan, standen=s))[0]
    delen = replace(scan.reductie, tabel=scan.reductie.tabel.assign(verschil=777.0))
    assert any("777" in z for z in samenvatting(replace(scan, reductie=delen)))


def test_reductie_telt_op_tot_het_verschil_in_bestand(scan):
    t = scan.reductie.tabel.set_index("onderdeel")["verschil"]
    assert t["totaal"] == pytest.approx(stand(scan, "2007-06")["verschil"])
    assert t[["samenstelling", "instroom", "uitstroom", "historie"]].sum() == pytest.approx(t["totaal"])
    assert t["instroom"] > 0 > t["uitstroom"]  # the essay: inflow is too high, outflow is better


# -- the frame


def test_tabel_heeft_elk_cijfer_een_keer(scan):
    f = scan.to_frame()
    assert list(f.columns) == KOLOMMEN
    assert set(f["onderdeel"]) == {
        *("ontwikkeling", "vergelijking", "reductiepotentieel", "bestand", "vooruitzicht", "geld")
    }
    assert not f.duplicated(["onderdeel", "kengetal", "gebied", "groep", "periode"]).any()
    r = f[(f["kengetal"] == "instroom") & (f["periode"] == "2001") & (f["gebied"] == "referentie")]
    assert r["verschil"].item() == stroom(scan, "instroom", "2001")["verschil"]


def test_zelfde_invoer_zelfde_bytes(bestand, config, reeksen, scan, pagina):
    nog_een = maak_scan(bestand, config, None, reeksen=reeksen, vooruitzicht=scan.vooruitzicht)
    pd.testing.assert_frame_equal(nog_een.to_frame(), scan.to_frame())
    assert scanpagina(nog_een) == pagina


# -- money: what is over and known on the peildatum, and a budget of nothing


def geldscan(bestand, scan, dag, **tabellen):
    """The scan on a day, with other rows in the tables of money."""
    op = lees_config(HOLLANDSTAD, peildatum=dag)
    b = replace(bestand, overig={**bestand.overig, **tabellen})
    return maak_scan(b, op, None, reeksen=maak_reeksen(b, op), vooruitzicht=scan.vooruitzicht)


def test_een_december_die_niet_om_is_geeft_geen_resultaat(bestand):
    halverwege, om = (lees_config(HOLLANDSTAD, peildatum=dt.date(2006, 12, d)) for d in (15, 31))
    assert resultaattabel(bestand, halverwege)["jaar"].max() == 2005
    assert resultaattabel(bestand, om)["jaar"].max() == 2006


def test_realisatie_van_na_de_peildatum_bestaat_niet(bestand, scan):
    s = geldscan(bestand, scan, dt.date(2004, 2, 29))
    echt = s.aandelen[s.aandelen["scenario"] == "realisatie"]
    assert echt["jaar"].max() == 2003
    assert not any("Scenario realisatie" in z for z in (*scenariozinnen(s), *conclusiezinnen(s)))
    assert landelijk_resultaat(bestand, 2005, 2006) == pytest.approx(landelijk_resultaat(bestand, 2005, 2007))
    assert np.isnan(landelijk_resultaat(bestand, 2005, 2005))


def test_realisatie_na_de_laatste_maand_van_de_reeks_is_geen_scenario(bestand, scan):
    """The series of the fixture ends in June 2007; a realised 2007 seen in 2008 is no scenario."""
    macro = bestand.overig["macro"]
    extra = macro[(macro["jaar"] == 2006) & (macro["scenario"] == "realisatie")].assign(jaar=2007)
    s = geldscan(bestand, scan, dt.date(2008, 2, 29), macro=pd.concat([macro, extra], ignore_index=True))
    assert 2007 in set(s.aandelen.loc[s.aandelen["scenario"] == "realisatie", "jaar"])
    assert not any("realisatie" in z for z in (*scenariozinnen(s), *conclusiezinnen(s)))


def test_budget_van_nul_is_een_vraag_en_geen_deel(bestand, scan):
    budget, macro = (bestand.overig[k].copy() for k in ("budget", "macro"))
    budget.loc[(budget["jaar"] == 2006) & (budget["deel"] == "inkomensdeel"), "bedrag"] = 0.0
    macro.loc[macro["jaar"] == 2008, "aandeel_budget"] = 0.0
    s = geldscan(bestand, scan, dt.date(2007, 6, 30), budget=budget, macro=macro)
    assert np.isnan(s.resultaat.set_index("jaar").loc[2006, "saldo_fractie"])
    assert s.aandelen.loc[s.aandelen["jaar"] == 2008, "saldo_fractie"].isna().all()
    tekst = scanpagina(s)
    assert "oneindig" not in tekst
    zin = next(z for z in samenvatting(s) if "resultaat over 2006" in z).replace("\N{NO-BREAK SPACE}", " ")
    assert zin == "Het resultaat over 2006 is een tekort van € 40,3 miljoen, bij een budget van 0 of minder."
    assert any("2006" in z and "onbekend" in z and "leeg" in z for z in s.waarschuwingen)
    assert any("2008" in z and "macro" in z for z in s.waarschuwingen)


# -- without tables


def zonder(bestand, *namen):
    leeg = bestand.uitkeringen.iloc[:0] if "uitkeringen" in namen else bestand.uitkeringen
    over = {k: v for k, v in bestand.overig.items() if k not in namen}
    return replace(bestand, uitkeringen=leeg, overig=over)


def test_zonder_referentie_staat_er_welke_tabel_mist(bestand, config):
    s = maak_scan(zonder(bestand, "referentie"), config, None)
    assert s.gebied == ""
    assert s.reductie is None
    assert any("[bron.referentie]" in z for z in s.ontbreekt)
    assert s.conclusies[s.conclusies["conclusie"].isin(MOGELIJK)].empty
    assert not any("kan omlaag" in z for z in conclusiezinnen(s))
    assert "2.700 huishoudens" in samenvatting(s)[0]
    assert "niets te zeggen" in conclusiezinnen(s)[0]
    assert any("juni 2009" in z for z in conclusiezinnen(s))
    assert "[bron.referentie]" in scanpagina(s)


def test_zonder_geld_en_zonder_microdata(bestand, config):
    s = maak_scan(zonder(bestand, "uitkeringen", "uitgaven", "budget", "macro"), config, None)
    assert s.analyse is None
    assert s.resultaat.empty
    assert s.aandelen.empty
    for tabel in ("[bron.uitkeringen]", "[bron.uitgaven]", "[bron.macro]"):
        assert any(tabel in z for z in s.ontbreekt), tabel
    assert stand(s, "2007-06")["eigen"] == 2_700  # own series from the table
    assert "tekort" not in scantekst(s)
    assert {d.id for d in scandelen(s)} >= {"scan-bestand", "scan-vooruitzicht", "scan-conclusies"}


def test_zonder_eigen_reeks_is_er_niets_te_zeggen(bestand, config):
    ref = bestand.overig["referentie"]
    b: Bestand = replace(zonder(bestand, "uitkeringen", "uitgaven"), overig={"referentie": ref[ref["soort"] == "g27"]})
    with pytest.raises(GebruiksFout, match=r"KMP-Z301.*\[bron.uitkeringen\]"):
        maak_scan(b, config, None)


# -- words


def test_woorden_bij_een_verschil():
    r = {"verschil": -415.0, "ondergrens": -546.0, "bovengrens": -284.0, "oordeel": "lager"}
    assert meer_minder(r) == "415 minder (95%-interval 284 tot 546)"
    assert verandering(0.02, "het bestand") == "steeg het bestand met 2,0%"
    assert verandering(0.0, "de uitgaven") == "bleven de uitgaven gelijk"


def test_wat_op_de_ene_pagina_samen_staat_staat_op_de_andere_niet_los():
    """Gehuwd and anders together are 357 on the bestand page: gehuwd (355) here, even rounded, would give anders."""
    assert beschermd({"a": 123.0, "b": 15.0}) == {"a": 123.0, "b": 15.0}
    uit = beschermd({"alleenstaande": 1709.0, "anders": 2.0, "gehuwd": 355.0, "ouder": 634.0})
    assert {g for g, n in uit.items() if np.isnan(n)} == {"anders", "gehuwd"}
    assert (uit["alleenstaande"], uit["ouder"]) == (1709.0, 634.0)
    eerder = beschermd({"a": 1709.0, "b": 12.0, "c": 355.0}, {"b", "c"})  # small in another month that is shown
    assert {g for g, n in eerder.items() if np.isnan(n)} == {"b", "c"}
    een = beschermd({"a": 1709.0, "b": 355.0, "c": 4.0}, {"c"})
    assert {g for g, n in een.items() if np.isnan(n)} == {"b", "c"}


def test_de_scan_verbergt_dezelfde_groepen_als_het_bestand(bestand, config, scan):
    m = maak_bestandsmonitor(bestand, config)
    for kenmerk in kenmerken(m):
        los = {str(g) for g in groepen(m, kenmerk).columns if " + " not in str(g) and g != SAMEN}
        f = scan.groepen[scan.groepen["kenmerk"] == kenmerk]
        assert set(f["groep"]) <= los
    nu = scan.groepen[scan.groepen["maand"] == "2007-06"].set_index("groep")["eigen"]
    assert nu["alleenstaande"] == groepen(m, "leefvorm")["alleenstaande"].iloc[-1]


def test_tekst_past_op_een_terminal_en_begint_met_het_belangrijkste(scan):
    tekst = scantekst(scan)
    assert max(map(len, tekst.splitlines())) <= 80
    assert tekst.startswith("Eind juni 2007 telt Hollandstad 2.700")


def test_blad_is_genummerd_en_elke_plaat_heeft_een_tabel(delen):
    assert [d.kop[:2] for d in delen[1:7]] == ["1.", "2.", "3.", "4.", "5.", "6."]
    assert delen[0].kop == "Samenvatting"
    stukken = [s for d in delen for s in d.stukken]
    assert all(s.tabel is not None for s in stukken if s.svg)
    assert sum(s.svg is not None for s in stukken) == 10


def test_blad_heeft_geen_dubbel_anker_en_haalt_niets_op(pagina):
    zonder_svg = re.sub(r"<svg.*?</svg>", "", pagina, flags=re.DOTALL)
    ankers = re.findall(r' id="([^"]+)"', zonder_svg)
    assert len(ankers) == len(set(ankers))
    assert set(re.findall(r'href="#([^"]+)"', zonder_svg)) <= set(ankers)
    assert "://" not in re.sub(r'xmlns(:xlink)?="[^"]+"', "", pagina)
    assert len(pagina) < 600_000


def test_geen_aantal_onder_tien_op_het_blad(scan, delen):
    """The two of leefvorm anders do not appear, nor does the group that would give them away."""
    assert not {"anders", "gehuwd"} & set(scan.groepen["groep"])
    tabellen = [s.tabel for d in delen for s in d.stukken if s.tabel is not None]
    tabel = next(t for t in tabellen if t.id == "scantabel-groepen")
    assert {r[0] for r in tabel.rijen} == {"Alleenstaanden", "Alleenstaande ouders"}


@pytest.mark.parametrize(
    "soort", ["bestand", "instroom", "groep", "reductie", "fasering", "vooruit", "aandelen", "geld"]
)
def test_platen(scan, soort):
    plaat = scan.plot(soort)
    assert plaat.svg.startswith("<svg")
    assert plaat.zinnen


def test_plaat_die_er_niet_is_noemt_waarom(bestand, config):
    s = maak_scan(zonder(bestand, "macro"), config, None)
    with pytest.raises(GebruiksFout, match="KMP-Z302"):
        s.plot("aandelen")


def test_notebook_toont_de_conclusies(scan):
    tekst = scan._repr_html_()
    assert "BijstandScan Hollandstad, peildatum 30-06-2007" in tekst
    assert "De instroom kan omlaag" in tekst
    assert "919" in tekst


def test_peildatum_eerder_geeft_de_cijfers_van_toen(config):
    """At the end of 2005 the difference was beyond noise, and the conclusion says so."""
    c = config.met_peildatum(dt.date(2005, 12, 31))
    s = maak_scan(lees_bron(c), c, None)
    assert oordeel(s, "bestand_omlaag") == "ja"
    assert any(z.startswith("Het zittend bestand kan kleiner") for z in conclusiezinnen(s))
    assert s.analyse.periode == "2001-2004"
