"""Aggregates of a delivery against counts by hand, and what two deliveries are said to differ in."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.bronhulp import UITKERING, lees, schrijf

from kompas.bron import lees_bron
from kompas.config import lees_config
from kompas.drift import vergelijk_datastand
from kompas.driftstand import RUIM, SAMEN, datastand
from kompas.fouten import GebruiksFout
from kompas.perioden import maak_perioden

KENMERKEN = {"gebruik": ["geslacht", "leeftijd", "leefvorm", "schuld", "eerdere_spells"]}


def rij(nummer, begin, eind="", reden="", **anders):
    velden = {"client_id": f"K{nummer}", "begindatum": begin, "einddatum": eind, "reden_einde": reden, "schuld": "3"}
    return UITKERING | velden | anders


def maak(map_, rijen, *, peildatum=dt.date(2007, 6, 30), van=dt.date(2005, 1, 1), inzet=(), **delen):
    """A delivery in a folder, and what it counts."""
    map_.mkdir(exist_ok=True)
    inhoud = {"gemeente": {"naam": "X", "peildatum": peildatum}, "kenmerken": KENMERKEN} | delen
    tabellen = {"uitkeringen": rijen} | ({"inzet": list(inzet)} if inzet else {})
    config = schrijf(map_, {"bron": {"venster_van": van, "max_afgekeurd": 1.0}}, inhoud, **tabellen)
    bestand = lees_bron(config)
    return bestand, maak_perioden(bestand.uitkeringen, bestand.inzet, config), config


def stand(map_, rijen, *, tot=None, **anders):
    bestand, perioden, config = maak(map_, rijen, **anders)
    return datastand(bestand, perioden, config, tot=tot)


def cel(tabel, onderdeel, kenmerk, jaar, niveau="totaal", kolom="aantal"):
    rij_ = tabel[
        (tabel["onderdeel"] == onderdeel)
        & (tabel["kenmerk"] == kenmerk)
        & (tabel["jaar"] == jaar)
        & (tabel["niveau"] == niveau)
    ]
    assert len(rij_) == 1
    return float(rij_[kolom].iloc[0])


def dorp(*, n=60, reden_2006="11", later=0):
    """Inflow of n women and n men in 2005; of both, n - 1 leave in 2006 for work and one is registered late."""
    rijen = []
    for i in range(n):
        rijen.append(rij(2 * i, "01-03-2005", "31-01-2006", reden_2006, geslacht="man", registratiedatum="10-02-2006"))
        rijen.append(rij(2 * i + 1, "01-03-2005", "31-05-2006", "32", geslacht="vrouw", registratiedatum="30-06-2006"))
    rijen += [rij(10_000 + i, "01-02-2006", "31-12-2006", "11", geboortedatum="05-06-1990") for i in range(20 + later)]
    rijen += [rij(20_000 + i, "01-02-2006", schuld="700") for i in range(12)]
    return rijen


def test_tellingen_met_de_hand(tmp_path):
    inzet = [{"client_id": f"K{2 * i}", "instrument": "traject", "begindatum": "01-04-2005"} for i in range(30)]
    t = stand(tmp_path / "a", dorp(), inzet=inzet)
    assert [cel(t, "venster", "maanden", j, kolom="waarde") for j in (2005, 2006, 2007)] == pytest.approx(
        [12.0, 12.0, 12 * 181 / 365], abs=0.01
    )
    assert [cel(t, "volume", "instroom", j) for j in (2005, 2006, 2007)] == [120, 32, 0]
    assert [cel(t, "volume", "uitstroom", j) for j in (2005, 2006, 2007)] == [0, 140, 0]
    assert [cel(t, "volume", "stand", j) for j in (2005, 2006, 2007)] == [120, 32, 12]
    assert cel(t, "reden", "reden_einde", 2006, "11") == 80
    assert cel(t, "reden", "reden_einde", 2006, "32", "aandeel") == pytest.approx(60 / 140)
    assert cel(t, "bestemming", "bestemming", 2006, "werk") == 80
    assert cel(t, "mix", "geslacht", 2005, "vrouw") == 60
    assert cel(t, "mix", "leeftijd", 2005, "25-34") == 120  # born in 1970
    assert cel(t, "mix", "leeftijd", 2006, "<25") == 20  # born in 1990
    assert cel(t, "mix", "schuld", 2006, "2-<5") == 20
    assert cel(t, "mix", "schuld", 2006, "500-<1000") == 12
    assert cel(t, "mix", "eerdere_spells", 2005, "0", "aandeel") == 1.0
    assert cel(t, "inzet", "traject", 2005) == 30
    assert cel(t, "inzet", "traject", 2006) == 0
    assert cel(t, "registratie", "vertraging", 2006, "mediaan", "waarde") == pytest.approx(20.0)  # 60 at 10, 60 at 30
    assert cel(t, "registratie", "vertraging", 2006, "p90", "waarde") == 30.0
    assert cel(t, "afgekeurd", "uitkeringen", 2007, kolom="aandeel") == 0.0


def test_tellen_tot_een_eerdere_dag(tmp_path):
    t = stand(tmp_path / "a", dorp(), tot=dt.date(2006, 3, 31))
    assert t["jaar"].max() == 2006
    assert cel(t, "venster", "maanden", 2006, kolom="waarde") == pytest.approx(12 * 90 / 365, abs=0.01)
    assert cel(t, "volume", "uitstroom", 2006) == 60
    assert cel(t, "volume", "stand", 2006) == 60 + 32


def test_geen_cel_over_een_tot_negen_personen(tmp_path):
    rijen = dorp()
    rijen += [rij(500 + i, "01-04-2005", "01-05-2006", "33", geslacht="onbekend") for i in range(4)]
    rijen += [rij(600 + i, "01-04-2005", "01-05-2006", "05", leefvorm="anders") for i in range(3)]
    rijen += [rij(700 + i, "01-02-2007", "01-03-2007", "11") for i in range(5)]
    inzet = [{"client_id": f"K{2 * i}", "instrument": "traject", "begindatum": "01-04-2005"} for i in range(9)]
    t = stand(tmp_path / "a", rijen, inzet=inzet)
    personen = t[~t["onderdeel"].isin(["venster", "afgekeurd"])]
    assert not personen["aantal"].between(1, 9).any()
    assert np.isnan(cel(t, "inzet", "traject", 2005))
    assert np.isnan(cel(t, "volume", "uitstroom", 2007))
    assert np.isnan(cel(t, "reden", "reden_einde", 2007, SAMEN))
    # 33 (4) and 05 (3) hold seven together: the smallest other reason joins them, so that nothing can be subtracted
    reden = personen[(personen["onderdeel"] == "reden") & (personen["jaar"] == 2006)].set_index("niveau")["aantal"]
    assert reden.to_dict() == {"11": 80, RUIM: 67}
    geslacht = personen[(personen["kenmerk"] == "geslacht") & (personen["jaar"] == 2005)].set_index("niveau")["aantal"]
    assert geslacht.to_dict() == {"man": 63, RUIM: 64}
    assert "K" not in "".join(t["niveau"])


def test_historie_van_een_kenmerk_telt_zoals_bij_de_instroom(tmp_path):
    rijen = [rij(i, "01-03-2005", fasering="fase 9") for i in range(30)]
    historie = [
        {"client_id": f"K{i}", "kenmerk": "fasering", "waarde": w, "vanaf": v}
        for i in range(30)
        for w, v in (("fase 1", "01-02-2005"), ("fase 2", "01-06-2005"))
        if i < 18
    ]
    (tmp_path / "a").mkdir()
    delen = {"kenmerken": {"gebruik": ["fasering"]}, "instrument": []}
    bron = {"bron": {"venster_van": dt.date(2005, 1, 1)}}
    config = schrijf(tmp_path / "a", bron, delen, uitkeringen=rijen, kenmerken_historie=historie)
    bestand = lees_bron(config)
    t = datastand(bestand, maak_perioden(bestand.uitkeringen, bestand.inzet, config), config)
    assert cel(t, "mix", "fasering", 2005, "fase 1") == 18
    assert cel(t, "mix", "fasering", 2005, "fase 9") == 12


def signalen(tabel, onderdeel=None):
    t = tabel[tabel["signaal"]]
    return t if onderdeel is None else t[t["onderdeel"] == onderdeel]


def test_dezelfde_levering_verschilt_nergens_in(gemeente):
    config = lees_config(gemeente / "kompas.toml")
    bestand = lees_bron(config)
    t = datastand(bestand, maak_perioden(bestand.uitkeringen, bestand.inzet, config), config)
    v = vergelijk_datastand(t, t)
    assert len(v) > 50
    assert not v["signaal"].any()
    assert (v["zin"] == "").all()
    assert v["verschil"].abs().max() == 0.0
    assert {"historie", "reden", "bestemming", "mix", "registratie", "afgekeurd"} <= set(v["onderdeel"])


def test_een_jaar_verder_zonder_verandering_geeft_geen_signaal(gemeente):
    """The same town a year earlier: what has grown is the window, not the world."""
    config = lees_config(gemeente / "kompas.toml")
    bestand = lees_bron(config)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    oud = datastand(bestand, perioden, config, tot=dt.date(2006, 6, 30))
    nieuw = datastand(bestand, perioden, config)
    v = vergelijk_datastand(oud, nieuw, gelijk=oud)
    assert len(signalen(v)) <= 1
    assert v.loc[v["onderdeel"] == "historie", "verschil"].abs().max() == 0.0
    assert {2006} <= set(v.loc[v["onderdeel"] == "historie", "jaar_oud"])  # also the half year


def test_een_hergecodeerde_reden_valt_op(tmp_path):
    """Exits that were 11 last year are 98 now: both codes are named, and so is the destination."""
    oud = stand(tmp_path / "a", dorp(), peildatum=dt.date(2006, 12, 31))
    later = [rij(30_000 + i, "01-01-2007", "31-03-2007", "98" if i < 50 else "32") for i in range(100)]
    nieuw = stand(tmp_path / "b", dorp() + later)
    v = vergelijk_datastand(oud, nieuw)
    reden = signalen(v, "reden").set_index("niveau")
    assert reden.loc["11", "oud"] == pytest.approx(80 / 140)
    assert reden.loc["11", "nieuw"] == 0.0
    assert "was 57% van de uitstroom en komt nu niet of nauwelijks voor" in reden.loc["11", "zin"]
    assert "kwam eerst niet of nauwelijks voor en is nu 50%" in reden.loc["98", "zin"]
    assert "codes.reden_einde" in reden.loc["98", "zin"]
    assert "32" not in reden.index  # 43% against 50%: more than five points, but chance explains it
    assert {"werk"} <= set(signalen(v, "bestemming")["niveau"])


def test_achteraf_hercoderen_valt_op_in_de_gedeelde_jaren(tmp_path):
    oud = stand(tmp_path / "a", dorp(), peildatum=dt.date(2006, 12, 31))
    nieuw = stand(tmp_path / "b", dorp(reden_2006="98"))
    v = signalen(vergelijk_datastand(oud, nieuw), "historie")
    reden = v[(v["kenmerk"] == "reden")].set_index("niveau")
    assert reden.loc["11", "oud"] == pytest.approx(80 / 140)
    assert reden.loc["11", "nieuw"] == pytest.approx(20 / 140)
    assert "achteraf anders gecodeerd" in reden.loc["98", "zin"]


def test_late_registratie_valt_op_ook_in_het_halve_jaar(tmp_path):
    """300 exits in last year's delivery, 340 now."""

    def leveringen(n):
        return [rij(i, "01-03-2005", "31-05-2006", "11") for i in range(n)] + [rij(9_999, "01-03-2005")]

    oud = stand(tmp_path / "a", leveringen(300), peildatum=dt.date(2006, 6, 30))
    nieuw = stand(tmp_path / "b", leveringen(340))
    gelijk = stand(tmp_path / "b", leveringen(340), tot=dt.date(2006, 6, 30))
    zonder = signalen(vergelijk_datastand(oud, nieuw), "historie")
    assert "uitstroom" not in set(zonder["kenmerk"])  # a half year is not held against a whole one
    v = signalen(vergelijk_datastand(oud, nieuw, gelijk=gelijk), "historie").set_index("kenmerk")
    assert v.loc["uitstroom", "jaar_oud"] == 2006
    assert v.loc["uitstroom", "verschil"] == 40
    assert "telde 300 uitstromers over 6 maanden van 2006, deze 340." in v.loc["uitstroom", "zin"]
    assert "rijping_maanden" in v.loc["uitstroom", "zin"]
    terug = signalen(vergelijk_datastand(gelijk, oud), "historie").set_index("kenmerk")
    assert "iets verdwenen" in terug.loc["uitstroom", "zin"]


def test_een_andere_instroom_valt_op_met_afstand_en_niveau(tmp_path):
    def levering(jaar, mannen, n=400):
        return [rij(1_000 * jaar + i, f"01-03-{jaar}", geslacht="man" if i < mannen * n else "vrouw") for i in range(n)]

    oud = stand(tmp_path / "a", levering(2005, 0.5) + levering(2006, 0.5), peildatum=dt.date(2006, 12, 31))
    nieuw = stand(
        tmp_path / "b", levering(2005, 0.5) + levering(2006, 0.5) + levering(2007, 0.8), peildatum=dt.date(2007, 12, 31)
    )
    v = vergelijk_datastand(oud, nieuw)
    mix = v[(v["onderdeel"] == "mix") & (v["kenmerk"] == "geslacht")]
    tv = mix[mix["maat"] == "totale variatie"].iloc[0]
    assert tv["nieuw"] == pytest.approx(0.3)
    assert tv["signaal"]
    assert "30% van de mensen zou van groep moeten wisselen" in tv["zin"]
    psi = mix[mix["maat"] == "psi"].iloc[0]["nieuw"]
    assert psi == pytest.approx(0.3 * np.log(0.8 / 0.5) - 0.3 * np.log(0.2 / 0.5))
    man = mix[mix["niveau"] == "man"].iloc[0]
    assert (man["oud"], man["nieuw"], man["signaal"]) == (0.5, 0.8, True)
    assert not signalen(v, "volume").size  # as many people as before


def test_volume_en_inzet_per_maand(tmp_path):
    def levering(jaar, n):
        return [rij(1_000 * jaar + i, f"01-03-{jaar}") for i in range(n)]

    def inzetten(jaar, n):
        return [
            {"client_id": f"K{1_000 * jaar + i}", "instrument": "traject", "begindatum": f"01-05-{jaar}"}
            for i in range(n)
        ]

    oud = stand(tmp_path / "a", levering(2006, 240), inzet=inzetten(2006, 120), peildatum=dt.date(2006, 12, 31))
    nieuw = stand(
        tmp_path / "b",
        levering(2006, 240) + levering(2007, 360),
        inzet=inzetten(2006, 120) + inzetten(2007, 24),
        peildatum=dt.date(2007, 12, 31),
    )
    v = signalen(vergelijk_datastand(oud, nieuw)).set_index("kenmerk")
    assert (v.loc["instroom", "oud"], v.loc["instroom", "nieuw"]) == (20.0, 30.0)
    assert "ging van 20 naar 30 per maand (2006 tegen 2007)" in v.loc["instroom", "zin"]
    assert (v.loc["traject", "oud"], v.loc["traject", "nieuw"]) == (10.0, 2.0)
    half = stand(tmp_path / "c", levering(2006, 240) + levering(2007, 360), peildatum=dt.date(2007, 6, 30))
    assert not (vergelijk_datastand(oud, half)["onderdeel"] == "volume").any()  # half a year is not held to a whole


def test_registratie_en_afkeur(tmp_path):
    def levering(dagen, fout):
        rijen = []
        for i in range(50):
            dag = (dt.date(2005, 5, 31) + dt.timedelta(days=dagen)).strftime("%d-%m-%Y")
            rijen.append(rij(i, "01-03-2005", "31-05-2005", "11", registratiedatum=dag))
        return rijen + [rij(100 + i, "01-03-2005", leefvorm="??" if i < fout else "gehuwd") for i in range(50)]

    oud, nieuw = stand(tmp_path / "a", levering(5, 0)), stand(tmp_path / "b", levering(60, 10))
    v = signalen(vergelijk_datastand(oud, nieuw))
    vertraging = v[v["onderdeel"] == "registratie"].set_index("niveau")
    assert vertraging.loc["mediaan", "verschil"] == 55
    assert "binnen 60 dagen ingevoerd; in de vorige levering was dat 5 dagen" in vertraging.loc["p90", "zin"]
    assert "rijping_maanden hoger" in vertraging.loc["p90", "zin"]
    afkeur = v[v["onderdeel"] == "afgekeurd"].iloc[0]
    assert afkeur["nieuw"] == pytest.approx(0.1)
    assert "nu 10,0% van de rijen afgekeurd; vorige keer 0,0%" in afkeur["zin"]


def test_een_verborgen_cel_wordt_geen_sprong(tmp_path):
    """A level that was put together last year and is visible now is only flagged if it cannot have been there."""

    def levering(jaar, n33, n):
        rijen = [rij(1_000 * jaar + i, f"01-01-{jaar}", f"01-05-{jaar}", "11") for i in range(n)]
        return rijen + [rij(1_000 * jaar + 900 + i, f"01-01-{jaar}", f"01-05-{jaar}", "33") for i in range(n33)]

    oud = stand(tmp_path / "a", levering(2005, 8, 60), peildatum=dt.date(2005, 12, 31))
    nieuw = stand(tmp_path / "b", levering(2005, 8, 60) + levering(2006, 12, 60), peildatum=dt.date(2006, 12, 31))
    v = vergelijk_datastand(oud, nieuw)
    assert not len(signalen(v, "reden"))
    assert np.isnan(v[(v["onderdeel"] == "reden") & (v["niveau"] == "33")]["oud"].iloc[0])


def test_een_cel_onder_tien_kan_geen_grote_sprong_verbergen(tmp_path):
    """Six reasons of eight people each, put together: none of them can have been half of all."""
    redenen = ["01", "02", "05", "14", "15", "18"]

    def levering(jaar, groot):
        rijen = [rij(1_000 * jaar + i, f"01-01-{jaar}", f"01-05-{jaar}", "11") for i in range(60)]
        for k, r in enumerate(redenen):
            n = 90 if groot and r == "18" else 8
            rijen += [rij(1_000 * jaar + 100 * (k + 1) + i, f"01-01-{jaar}", f"01-05-{jaar}", r) for i in range(n)]
        return rijen

    oud = stand(tmp_path / "a", levering(2005, groot=False), peildatum=dt.date(2005, 12, 31))
    beide = levering(2005, groot=False) + levering(2006, groot=True)
    nieuw = stand(tmp_path / "b", beide, peildatum=dt.date(2006, 12, 31))
    assert cel(oud, "reden", "reden_einde", 2005, SAMEN) == 48
    v = signalen(vergelijk_datastand(oud, nieuw), "reden")
    assert "kwam eerst niet of nauwelijks voor" in v.set_index("niveau").loc["18", "zin"]


def test_geen_tellingentabel(tmp_path):
    t = stand(tmp_path / "a", dorp())
    with pytest.raises(GebruiksFout, match="KMP-J001"):
        vergelijk_datastand(t.iloc[:0], t)
    with pytest.raises(GebruiksFout, match="KMP-J001"):
        vergelijk_datastand(t, pd.DataFrame({"jaar": [2006]}))


def test_zelfde_bytes_ongeacht_de_volgorde_van_rijen(tmp_path):
    rijen = dorp()
    een, twee = stand(tmp_path / "a", rijen), stand(tmp_path / "b", rijen[::-1])
    assert een.to_csv() == twee.to_csv()
    assert lees(tmp_path / "b", uitkeringen=rijen).telling["gelezen"].sum() == len(rijen)
