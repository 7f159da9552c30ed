"""The outlook: accounts that close, known answers of the life table and the choice, what-ifs that are linear."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.bron import lees_bron
from kompas.fouten import GebruiksFout
from kompas.gebruikelijk import NIETS_NIEUWS, beleid_van
from kompas.indicatie import oordeel_van, steun_van
from kompas.models.forecast import forecast_series
from kompas.monitors.blijvers import tel_blijvers
from kompas.monitors.instroomprognose import Cohorten, Tafel, instroom_vooruit, maak_cohorten, maak_tafel, vervolg
from kompas.monitors.maanden import namen, nummer
from kompas.monitors.reeksen import maak_reeksen
from kompas.monitors.voorspelfouten import Fouten, _gewichten_toen, kies, meet_fouten, toeval
from kompas.monitors.vooruitzicht import KOLOMMEN, maak_vooruitzicht
from kompas.monitors.watals import AANGENOMEN, meer_inzet
from kompas.rendement import maak_meter, overleving
from kompas.weergave.vooruitzichtblad import tabelrijen, vooruitzichtpagina, vooruitzichttekst

CSV = Path(__file__).resolve().parents[1] / "benchmarks" / "vooruitzicht.csv"
VAN, TOT = nummer("2001-01"), nummer("2007-06")


@pytest.fixture(scope="module")
def invoer(gemeente, model):
    config = kompas.lees_config(gemeente / "kompas.toml")
    bestand = lees_bron(config)
    return bestand, config, kompas.laad_model(model), maak_reeksen(bestand, config)


@pytest.fixture(scope="module")
def vooruit(invoer):
    bestand, config, h, reeksen = invoer
    return maak_vooruitzicht(bestand, config, h, reeksen=reeksen)


@pytest.fixture(scope="module")
def cohorten(invoer):
    return maak_cohorten(invoer[0], invoer[1], van=VAN, tot=TOT)


def gezaaid(hazard=0.05, instroom=100.0, begin=24, maanden=60):
    """Cohorts with a constant hazard from month 0 on, of which the first 24 months are not observed."""
    b = maanden
    over, weg = np.zeros(b), np.zeros((b, maanden))
    for m in range(maanden):
        over[m] = instroom
        weg[: m + 1, m] = over[: m + 1] * hazard
        over[: m + 1] -= weg[: m + 1, m]
    voor = instroom - weg[:, :begin].sum(axis=1)
    voor[begin:] = 0.0
    return Cohorten(eerste=0, van=begin, tot=maanden - 1, begin=voor, instroom=np.full(b, instroom), weg=weg[:, begin:])


# -- cohorts -----------------------------------------------------------------------------------------------------------


def test_cohorten_tellen_als_de_maandreeks(cohorten, invoer):
    eigen = invoer[3].reeks("eigen")
    assert (eigen["maand"].iloc[0], eigen["maand"].iloc[-1]) == ("2001-01", "2007-06")
    np.testing.assert_array_equal(cohorten.stand, eigen["uitkeringen"])
    np.testing.assert_array_equal(cohorten.nieuw, eigen["instroom"])
    np.testing.assert_array_equal(cohorten.uitstroom, eigen["uitstroom"])
    np.testing.assert_array_equal(np.diff(cohorten.stand), (cohorten.nieuw - cohorten.uitstroom)[1:])


def test_eerdere_maand_weet_niets_van_later(cohorten):
    toen = cohorten.tot_maand(nummer("2005-06"))
    np.testing.assert_array_equal(toen.stand, cohorten.stand[: toen.maanden])
    assert toen.instroom.size == nummer("2005-06") - cohorten.eerste + 1
    assert toen.over[-1, -1] == cohorten.over[toen.instroom.size - 1, toen.maanden]


def test_tafel_vindt_een_vaste_kans_terug_met_late_intrede():
    """The first two years of the cohorts were not observed: naive counting from inflow on would miss their leavers."""
    t = maak_tafel(gezaaid(hazard=0.05))
    np.testing.assert_allclose(t.hazard, 0.05, rtol=1e-9)
    np.testing.assert_allclose(t.seizoen, 1.0)


def test_seizoen_van_de_uitstroom_wordt_gevonden():
    c = gezaaid(instroom=4_000.0, maanden=84)
    factor = np.where((np.arange(c.van, c.tot + 1) % 12) == 8, 1.5, 1.0)
    s = maak_tafel(replace(c, weg=c.weg * factor)).seizoen
    assert s[8] == pytest.approx(1.5 / (1 + 0.5 / 12), rel=0.04)
    assert s.argmax() == 8


def test_evenwicht_blijft_evenwicht():
    """Inflow 100 a month and 5% leaving: 1,900 at the end of each month, forever."""
    c = gezaaid()
    blijvers, nieuwe = vervolg(c, Tafel(hazard=np.array([0.05]), seizoen=np.ones(12)), np.full(600, 100.0))
    np.testing.assert_allclose(blijvers, c.stand[-1] * 0.95 ** np.arange(1, 601), rtol=1e-12)
    assert (blijvers + nieuwe)[-1] == pytest.approx(100 * 0.95 / 0.05)


def test_instroom_heeft_het_seizoen_van_de_laatste_jaren():
    patroon = np.r_[np.full(11, 100.0), 160.0]
    verwacht = instroom_vooruit(np.tile(patroon, 4), 24, nummer("2006-12"))
    assert verwacht[11] == pytest.approx(160, rel=0.05)
    assert verwacht[:11] == pytest.approx(np.full(11, 100.0), rel=0.01)
    assert verwacht[23] == verwacht[11]
    rng = np.random.default_rng(0)
    los = instroom_vooruit(rng.poisson(50, 60).astype(float), 12, TOT)
    assert np.ptp(los) < 0.15 * los.mean(), "chance is not taken for a season"
    assert np.isnan(instroom_vooruit(np.array([1.0, 2.0]), 3, TOT)).all()


# -- the choice --------------------------------------------------------------------------------------------------------


def fouten(c, s, n=16, horizon=24):
    punten = np.arange(0, 3 * n, 3)
    lead = np.arange(1, horizon + 1)
    weet = punten[:, None] + lead <= punten[-1] + 3
    rng = np.random.default_rng(5)
    maak = [np.where(weet, sd * rng.standard_normal((n, 1)) * np.sqrt(lead) / 5, np.nan) for sd in (c, s)]
    return Fouten(oorsprong=punten, cohorten=maak[0], tijdreeks=maak[1])


def test_wie_er_altijd_naast_zat_telt_niet_mee():
    assert kies(fouten(0.01, 0.10)).methode == "cohorten"
    k = kies(fouten(0.10, 0.01))
    assert k.methode == "combinatie"
    assert 0.0 < k.gewicht < 0.4
    assert kies(fouten(0.05, 0.05)).gewicht == pytest.approx(0.5, abs=0.25)


def test_gewicht_van_toen_kent_geen_latere_fouten():
    f = fouten(0.05, 0.05)
    later = f.oorsprong[:, None] + np.arange(1, 25) > f.oorsprong[8]
    anders = replace(f, cohorten=np.where(later, f.cohorten * 50, f.cohorten))
    np.testing.assert_array_equal(_gewichten_toen(f)[:9], _gewichten_toen(anders)[:9])
    assert not np.array_equal(_gewichten_toen(f), _gewichten_toen(anders))
    assert _gewichten_toen(f)[0] == 0.5


def test_breedte_groeit_met_de_verte_en_met_de_fouten():
    smal, breed = kies(fouten(0.02, 0.2)).breedte, kies(fouten(0.04, 0.4)).breedte
    assert (np.diff(smal) >= 0).all()
    np.testing.assert_allclose(breed, 2 * smal)
    kort = kies(fouten(0.02, 0.2, n=5))
    ver = int(np.flatnonzero(kort.oorsprongen >= 4)[-1])
    assert kort.breedte[-1] == pytest.approx(kort.breedte[ver] * 24 / (ver + 1))
    assert np.isnan(kies(fouten(0.02, 0.2, n=2)).breedte).all()


def test_toeval_is_de_spreiding_van_een_loting():
    rng = np.random.default_rng(2)
    p, inflow, n = 0.6, 300.0, 1_000
    kwam, ging = rng.poisson(600, 20_000), rng.poisson(800, 20_000)
    trek = rng.binomial(n, p, 20_000) + rng.poisson(inflow, 20_000)
    fout = trek - (n * (1 - 0.4 * ging / 800) + inflow * kwam / 600)
    breedte = toeval(float(n), np.array([n * p]), np.array([inflow]), kwam=600.0, ging=800.0)[0]
    assert breedte == pytest.approx(np.quantile(np.abs(fout), 0.8) / (n * p + inflow), rel=0.03)


# -- the outlook -------------------------------------------------------------------------------------------------------


def test_de_boeken_sluiten_elke_maand(vooruit):
    t = vooruit.tabel
    assert list(t.columns) == list(KOLOMMEN)
    assert list(t["maand"]) == namen(range(TOT + 1, TOT + 25))
    vorige = np.append(vooruit.stand, t["uitkeringen"].to_numpy()[:-1])
    np.testing.assert_allclose(vorige + t["instroom"] - t["uitstroom"], t["uitkeringen"], atol=1e-9)
    np.testing.assert_allclose(t["blijvers"] + t["nieuwe"], t["uitkeringen"], atol=1e-9)
    assert (np.diff(t["blijvers"]) <= 0).all()
    assert t["blijvers"].iloc[0] <= vooruit.stand
    assert (t["uitstroom"] >= 0).all()
    assert (t["ondergrens"] < t["uitkeringen"]).all()
    assert (t["uitkeringen"] < t["bovengrens"]).all()
    assert (np.diff(np.log(t["bovengrens"] / t["ondergrens"])) >= -1e-9).all(), "wider the further ahead"


def test_zelfde_invoer_zelfde_getallen(vooruit, invoer):
    bestand, config, h, reeksen = invoer
    weer = maak_vooruitzicht(bestand, config, h, reeksen=reeksen)
    pd.testing.assert_frame_equal(vooruit.tabel, weer.tabel, check_exact=True)


def test_blijvers_tegen_de_tafel_van_de_cohorten(invoer, cohorten):
    """The model and the life table are estimated on the same exits: in total they must agree for a year."""
    bestand, config, h, _ = invoer
    lopend = tel_blijvers(bestand, config, h, cohorten, 24)
    tafel, _ = vervolg(cohorten, maak_tafel(cohorten), np.zeros(24))
    assert lopend.model == (beleid_van(h) != NIETS_NIEUWS)
    assert lopend.blijvers[11] == pytest.approx(tafel[11], rel=0.08)
    assert lopend.blijvers[0] == pytest.approx(tafel[0], rel=0.03)


def test_aow_is_uitstroom(invoer, cohorten):
    """Everybody reaches 65 on the first of October 2007: nobody is left from then on."""
    bestand, config, h, _ = invoer
    u = bestand.uitkeringen.assign(geboortedatum=pd.Timestamp("1942-10-01"))
    lopend = tel_blijvers(replace(bestand, uitkeringen=u), config, h, cohorten, 6)
    assert (lopend.blijvers[:2] > 0).all()
    np.testing.assert_array_equal(lopend.blijvers[2:], 0.0)


def test_zonder_model_de_tijdreeks_alleen(invoer):
    bestand, config, _, reeksen = invoer
    v = maak_vooruitzicht(bestand, config, None, reeksen=reeksen)
    f = forecast_series(reeksen.reeks("eigen")["uitkeringen"].to_numpy(), 24)
    np.testing.assert_allclose(v.tabel["uitkeringen"], f.mean)
    np.testing.assert_allclose(v.tabel["bovengrens"] / v.tabel["ondergrens"], f.upper / f.lower)
    assert set(v.tabel["methode"]) == {"tijdreeks"}
    assert v.tabel["blijvers"].isna().all()
    vorige = np.append(v.stand, v.tabel["uitkeringen"].to_numpy()[:-1])
    np.testing.assert_allclose(vorige + v.tabel["instroom"] - v.tabel["uitstroom"], v.tabel["uitkeringen"])


def test_korte_reeks_is_geen_uitspraak(invoer):
    bestand, config, _, reeksen = invoer
    kort = replace(reeksen, tabel=reeksen.tabel[reeksen.tabel["maand"] >= "2006-09"])
    v = maak_vooruitzicht(bestand, config, None, reeksen=kort)
    assert v.tabel["uitkeringen"].notna().sum() == 10
    assert v.tabel.loc[10:, ["uitkeringen", "ondergrens", "bovengrens", "instroom"]].isna().all(axis=None)
    assert (v.tabel.loc[10:, "methode"] == "geen_uitspraak").all()
    assert any("Verder dan 10 maanden vooruit: geen uitspraak" in z for z in v.waarschuwingen)
    niets = replace(reeksen, tabel=reeksen.tabel[reeksen.tabel["maand"] >= "2007-03"])
    v = maak_vooruitzicht(bestand, config, None, reeksen=niets)
    assert v.tabel["uitkeringen"].isna().all()
    assert "geen uitspraak" in vooruitzichttekst(v)


def test_zonder_eigen_reeks_leeg_met_een_zin(invoer):
    bestand, config, h, reeksen = invoer
    v = maak_vooruitzicht(bestand, config, h, reeksen=replace(reeksen, tabel=reeksen.tabel.iloc[:0]))
    assert v.tabel.empty
    assert list(v.tabel.columns) == list(KOLOMMEN)
    assert "[bron.uitkeringen]" in v.waarschuwingen[0]
    assert "geen uitspraak" in vooruitzichttekst(v)


# -- what if -----------------------------------------------------------------------------------------------------------


def test_minder_instroom(vooruit, invoer):
    bestand, config, h, reeksen = invoer
    w = maak_vooruitzicht(bestand, config, h, reeksen=reeksen, instroom=-0.1)
    np.testing.assert_allclose(w.tabel["uitkeringen"], vooruit.tabel["uitkeringen"] - 0.1 * vooruit.tabel["nieuwe"])
    np.testing.assert_allclose(w.tabel["instroom"], 0.9 * vooruit.tabel["instroom"])
    np.testing.assert_allclose(w.tabel["blijvers"], vooruit.tabel["blijvers"], atol=1e-9)
    vorige = np.append(w.stand, w.tabel["uitkeringen"].to_numpy()[:-1])
    np.testing.assert_allclose(vorige + w.tabel["instroom"] - w.tabel["uitstroom"], w.tabel["uitkeringen"])
    np.testing.assert_allclose(w.wat_als["basis"] + w.wat_als["verschil"], w.tabel["uitkeringen"])
    assert w.wat_als[["ondergrens", "bovengrens"]].isna().all(axis=None)  # assumed, not estimated: and it says so
    assert sum(AANGENOMEN in z for z in w.toelichting) == 1
    assert not any(AANGENOMEN in z for z in vooruit.toelichting)
    b = w.opbouw.set_index(["soort", "component"])["fractie"]
    assert b["prognose", "uitvoeringsbeleid"] == pytest.approx(w.wat_als["verschil"].iloc[11] / w.stand)
    assert "instroom −10%" in w.toelichting[0]
    with pytest.raises(GebruiksFout, match="KMP-Z201"):
        maak_vooruitzicht(bestand, config, h, reeksen=reeksen, instroom=-1.0)


def met_oordeel(h, oordeel):
    grond = {"vastgesteld": "typen_eens", "onvoldoende_gegevens": "te_weinig"}.get(oordeel, "geen_verschil")
    return replace(h, effecten=h.effecten.assign(oordeel=oordeel, grond=grond))


def test_meer_inzet_is_het_gemiddelde_over_wie_het_kan_krijgen(invoer, cohorten):
    """Without returns the difference is n times the mean difference of the meters' survival curves."""
    bestand, config, h, _ = invoer
    h = replace(met_oordeel(h, "vastgesteld"), terugval=h.terugval.assign(waarde=0.0))
    stand = tel_blijvers(bestand, config, h, cohorten, 24).stand
    ins, tafel = h.config.instrument[0], maak_tafel(cohorten)
    v = meer_inzet(h, ins, 20, stand, tafel, maanden=24)
    wie = np.flatnonzero(stand.scoort & ~stand.loopt[ins.code] & steun_van(h, ins, stand.klanten))
    jong = wie[stand.klanten.aow[wie] > stand.klanten.nu + 740]
    assert jong.size < wie.size or stand.klanten.aow[wie].min() > stand.klanten.nu + 740
    o = overleving(maak_meter(h, horizon=24, discontovoet=0.0, terugval=False), stand.klanten.deel(wie), [ins])
    dag = np.array([stand.klanten.nu + round(30.4375 * k) for k in range(1, 25)])
    recht = stand.klanten.aow[wie][:, None] > dag
    verwacht = 20 * ((o.met[ins.code] - o.geen)[:, 1:] * recht).mean(axis=0)
    np.testing.assert_allclose(v.verschil, verwacht, atol=0.01)
    np.testing.assert_allclose(meer_inzet(h, ins, 40, stand, tafel, maanden=24).verschil, 2 * v.verschil)
    assert (v.ondergrens <= v.verschil).all()
    assert (v.bovengrens - v.ondergrens).max() > 0


def test_wie_terugkomt_telt_weer(invoer, cohorten):
    bestand, config, h, _ = invoer
    h = met_oordeel(h, "vastgesteld")
    stand = tel_blijvers(bestand, config, h, cohorten, 24).stand
    ins, tafel = h.config.instrument[0], maak_tafel(cohorten)
    met = meer_inzet(h, ins, 20, stand, tafel, maanden=24).verschil
    zonder = meer_inzet(replace(h, terugval=h.terugval.assign(waarde=0.0)), ins, 20, stand, tafel, maanden=24).verschil
    assert abs(met[-1]) < abs(zonder[-1])


@pytest.mark.parametrize("oordeel", ["niet_vastgesteld", "onvoldoende_gegevens"])
def test_zwak_oordeel_is_geen_uitspraak(invoer, vooruit, oordeel):
    bestand, config, h, reeksen = invoer
    h = met_oordeel(h, oordeel)
    code = h.config.instrument[0].code
    assert oordeel_van(h, h.config.instrument[0]) == oordeel
    v = maak_vooruitzicht(bestand, config, h, reeksen=reeksen, extra={code: 10})
    np.testing.assert_array_equal(v.tabel["uitkeringen"], vooruit.tabel["uitkeringen"])
    assert v.wat_als["verschil"].isna().all()
    assert any("Geen uitspraak" in z for z in v.toelichting)


def test_onmogelijke_inzet_is_een_fout(invoer):
    bestand, config, h, reeksen = invoer
    code = h.config.instrument[0].code
    with pytest.raises(GebruiksFout, match=f"KMP-Z202.*Bedoelde u '{code}'"):
        maak_vooruitzicht(bestand, config, h, reeksen=reeksen, extra={code[:-1]: 10})
    with pytest.raises(GebruiksFout, match="KMP-Z203"):
        maak_vooruitzicht(bestand, config, None, reeksen=reeksen, extra={code: 10})
    with pytest.raises(GebruiksFout, match="KMP-Z204"):
        maak_vooruitzicht(bestand, config, h, reeksen=reeksen, extra={code: 0})
    with pytest.raises(GebruiksFout, match="KMP-Z205"):
        maak_vooruitzicht(bestand, config, met_oordeel(h, "vastgesteld"), reeksen=reeksen, extra={code: 10**6})


# -- how it looks ------------------------------------------------------------------------------------------------------


def test_zinnen_volgen_de_cijfers(vooruit):
    tekst = vooruitzichttekst(vooruit)
    r = vooruit.tabel.iloc[11]
    assert tekst.startswith("Eind juni 2008 zijn er naar verwachting")
    assert f"{round(r['uitkeringen']):,}".replace(",", ".") in tekst.splitlines()[0]
    assert max(len(x) for x in tekst.splitlines()) <= 80
    anders = replace(vooruit, tabel=vooruit.tabel.assign(uitkeringen=vooruit.tabel["uitkeringen"] + 300))
    assert vooruitzichttekst(anders).splitlines()[0] != tekst.splitlines()[0]
    pagina = vooruitzichtpagina(vooruit)
    assert pagina == vooruitzichtpagina(vooruit)
    assert not re.findall(r"(?:src|href)=.https?:", pagina)
    for soort in ("verloop", "blijvers"):
        assert vooruit.plot(soort).titel in vooruit.plot(soort).svg


def test_kleine_stromen_staan_er_niet(vooruit):
    t = vooruit.tabel.assign(instroom=4.0, nieuwe=3.0)
    rij = tabelrijen(replace(vooruit, tabel=t))[0]
    assert rij[3:] == ["niet getoond"] * 4


# -- against a known truth ---------------------------------------------------------------------------------------------


def test_fouten_van_eerdere_prognoses_zijn_na_te_rekenen(cohorten):
    f = meet_fouten(cohorten, horizon=12, tijdreeks=lambda v, h: np.full(h, v[-1]))
    assert namen(f.oorsprong)[-1] == "2007-03"
    assert f.oorsprong.size == 16
    maand = nummer("2006-06") - VAN
    o = list(f.oorsprong).index(nummer("2006-06"))
    assert f.tijdreeks[o, 11] == pytest.approx(np.log(cohorten.stand[maand + 12] / cohorten.stand[maand]))
    assert np.isnan(f.cohorten[-1, 3:]).all()
    assert np.isfinite(f.cohorten[-1, :3]).all()


def test_in_een_vlakke_gemeente_zitten_de_cohorten_er_niet_naast():
    f = meet_fouten(gezaaid(maanden=84), horizon=12)
    np.testing.assert_allclose(f.cohorten[np.isfinite(f.cohorten)], 0.0, atol=1e-9)


def test_de_vastgelegde_meting():
    """benchmarks/vooruitzicht.py: better than the floors, and an interval that covers what it says."""
    t = pd.read_csv(CSV).set_index(["maanden_vooruit", "methode"])
    for maanden in (3, 6, 12, 24):
        gekozen = t.loc[(maanden, "gekozen")]
        assert gekozen["rmse"] < t.loc[(maanden, "gelijk"), "rmse"]
        assert gekozen["rmse"] <= t.loc[(maanden, "tijdreeks"), "rmse"]
        assert t.loc[(maanden, "cohorten"), "rmse"] < t.loc[(maanden, "cohorten_reeks"), "rmse"]
        assert abs(gekozen["dekking"] - 0.8) < 0.05 + 2.5 * gekozen["dekking_se"]
