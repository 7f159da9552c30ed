"""Two recalibrations compared: known differences, towns whose truth stands still or turns, a model made worse."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.jaarhulp import VORIG, dubbel, stad

from kompas import herijking as herijkmodule
from kompas.config import maak_config
from kompas.drift import datastand
from kompas.fouten import GebruiksFout
from kompas.gebruikelijk import beleid_van
from kompas.herijking import schat as heel
from kompas.jaarvergelijk import (
    WEERLEGD,
    ZELFDE_LEVERING,
    ZONDER_START,
    beoordeel,
    uitkomst_van_vorige,
    vergelijk_jaren,
)
from kompas.jaarverschil import (
    basisverschillen,
    bevat,
    coefficientverschillen,
    effectverschillen,
    se_van_verschil,
)
from kompas.ladder import Ladder
from kompas.perioden import maak_perioden
from kompas.schatters import schat_licht as schat
from kompas.schatters import schatter_zoals
from kompas.terugblik import config_op, zoals_bekend
from kompas.terugtoets import toets_terug


def anders(config, **delen):
    """The same config with other keys in some parts."""
    inhoud = config.model_dump()
    for deel, sleutels in delen.items():
        inhoud[deel] |= sleutels
    return maak_config(inhoud, pad=config.pad)


@pytest.fixture(scope="module")
def zelfde():
    """A town whose truth stands still: data, config, the model of a year ago and the model of now."""
    b, c = stad("zelfde")
    toen, op = zoals_bekend(b, VORIG), config_op(c, VORIG)
    tellingen = datastand(toen, maak_perioden(toen.uitkeringen, toen.inzet, op), op)
    return b, c, schat(toen, op), schat(b, c), tellingen


def test_hetzelfde_model_verschilt_nergens_in(zelfde):
    *_, nieuw, _ = zelfde
    for tabel in (effectverschillen(nieuw, nieuw), coefficientverschillen(nieuw, nieuw)):
        assert tabel["verschil"].dropna().abs().max() == 0.0
        assert tabel["verschil"].notna().any()
        assert not tabel["signaal"].any()
        assert (tabel["z"].dropna() == 0.0).all()
        assert set(tabel["stand"]) <= {"beide", "te_weinig"}
    assert len(coefficientverschillen(nieuw, nieuw)) == len(nieuw.coefficienten)
    assert len(effectverschillen(nieuw, nieuw)) == len(nieuw.effecten)
    basis = basisverschillen(nieuw, nieuw)
    assert {"duur", "kalender"} == set(basis["onderdeel"])
    assert basis["verschil"].abs().max() < 1e-12


def test_de_fout_van_een_verschil_met_de_hand():
    se_oud, se_nieuw, deel = np.array([0.50, 0.50, 0.50]), np.array([0.40, 0.499, 0.60]), np.array([0.1, 0.1, 0.0])
    np.testing.assert_allclose(
        se_van_verschil(se_oud, se_nieuw, deel, genest=True),
        [0.3, 0.5 * np.sqrt(0.1), 0.05],  # Hausman; share of new exits; one percent of the old variance
    )
    np.testing.assert_allclose(se_van_verschil(se_oud, se_nieuw, deel, genest=False)[0], np.hypot(0.5, 0.4))


def test_een_bekend_verschil_en_rijen_van_een_kant(zelfde):
    _, _, oud, nieuw, _ = zelfde
    wie = (nieuw.effecten["fase"] == "tijdens") & (nieuw.effecten["bestemming"] == "werk")
    se = float(nieuw.effecten.loc[wie, "se"].iloc[0])
    verschoven = nieuw.effecten.assign(
        log_effect=nieuw.effecten["log_effect"] + np.where(wie, 3.0, 0.0),
    )
    weg = verschoven[verschoven["fase"] != "na_18"]
    v = effectverschillen(nieuw, replace(nieuw, effecten=weg)).set_index(["fase", "bestemming"])
    rij = v.loc[("tijdens", "werk")]
    assert rij["verschil"] == pytest.approx(3.0)
    assert rij["se_verschil"] == pytest.approx(0.1 * se)  # the same data: one percent of the variance
    assert (rij["ondergrens"] + rij["bovengrens"]) / 2 == pytest.approx(3.0)
    assert rij["signaal"]
    assert set(v.loc["na_18", "stand"]) == {"alleen_oud"}
    assert v.loc["na_18", "verschil"].isna().all()
    assert not v.loc["na_18", "signaal"].any()
    assert v["signaal"].sum() == 1
    weinig = nieuw.effecten.assign(oordeel=np.where(wie, "onvoldoende_gegevens", nieuw.effecten["oordeel"]))
    stil = effectverschillen(nieuw, replace(nieuw, effecten=weinig.assign(log_effect=verschoven["log_effect"])))
    assert not stil["signaal"].any()  # too few data is no change
    assert "te_weinig" in set(stil["stand"])
    assert set(effectverschillen(replace(oud, effecten=oud.effecten.iloc[:0]), nieuw)["stand"]) == {"alleen_nieuw"}


def test_een_andere_referentie_wordt_omgerekend(zelfde, monkeypatch):
    """The same data with another reference group is the same model: converted, nothing differs."""
    b, c, _, nieuw, _ = zelfde
    leer = herijkmodule.leer_kenmerken

    def ander(*args):
        return tuple(
            replace(k, referentie=next(n for n in k.niveaus if n != k.referentie)) if k.naam == "leefvorm" else k
            for k in leer(*args)
        )

    monkeypatch.setattr(herijkmodule, "leer_kenmerken", ander)
    draai = schat(b, c)
    ref = {h: next(k.referentie for k in m.kenmerken if k.naam == "leefvorm") for h, m in (("a", nieuw), ("b", draai))}
    assert ref["a"] != ref["b"]
    v = coefficientverschillen(nieuw, draai)
    leefvorm = v[v["term"].str.startswith("leefvorm=")].set_index(["bestemming", "term"]).sort_index()
    om = leefvorm[leefvorm["stand"] == "omgerekend"]
    assert len(om) == 3 * 3  # every bestemming, every level but the new reference
    # a level without exits has a weak prior, and that leans on the reference
    om = om[om.index.get_level_values("bestemming") != "handhaving"]
    np.testing.assert_allclose(om["verschil"], 0.0, atol=1e-5)
    np.testing.assert_allclose(om["se_oud"], om["se_nieuw"], rtol=1e-4)
    assert leefvorm.loc[("werk", f"leefvorm={ref['b']}"), "stand"] == "nu_referentie"
    assert leefvorm.loc[("werk", f"leefvorm={ref['a']}"), "oud"] != 0.0
    duur = v[v["term"].str.startswith("duur=")]
    assert set(duur["stand"]) == {"ander_nulpunt"}  # the same name, another person
    assert duur["verschil"].isna().all()
    basis = basisverschillen(nieuw, draai).query("bestemming != 'handhaving'")
    np.testing.assert_allclose(basis["verschil"], 0.0, atol=1e-5)  # for one and the same person nothing changed
    np.testing.assert_allclose(basis["se_oud"], basis["se_nieuw"], rtol=1e-3)


def test_een_ander_venster_vergelijkt_de_trend_niet_per_knoop(zelfde):
    _, _, oud, nieuw, _ = zelfde
    assert bevat(oud, nieuw)
    assert not bevat(nieuw, oud)
    v = coefficientverschillen(oud, nieuw)
    trend = v[v["term"].str.startswith("trend")]
    assert set(trend["stand"]) <= {"andere_knopen", "alleen_oud", "alleen_nieuw"}
    assert trend["verschil"].isna().all()
    assert v.loc[v["term"].str.startswith("duur="), "verschil"].notna().all()
    kalender = basisverschillen(oud, nieuw).query("onderdeel == 'kalender'")
    assert sorted(kalender["niveau"].unique()) == ["2001", "2002", "2003", "2004", "2005"]
    later = anders(nieuw.config, bron={"venster_van": dt.date(2003, 1, 1)})
    kort = schat(stad("zelfde")[0], later)
    assert not bevat(oud, kort)
    verschil = coefficientverschillen(oud, kort).dropna(subset="verschil")
    np.testing.assert_allclose(verschil["se_verschil"], np.hypot(verschil["se_oud"], verschil["se_nieuw"]))
    assert set(coefficientverschillen(oud, kort).query("term == 'duur=0-1'")["stand"]) == {"ander_nulpunt"}


def test_een_stilstaande_waarheid_geeft_weinig_vlaggen(zelfde):
    b, _, oud, nieuw, tellingen = zelfde
    j = vergelijk_jaren(oud, nieuw, b, datastand_oud=tellingen, trekkingen=40)
    assert (j.oud_peildatum, j.nieuw_peildatum, j.genest) == (VORIG, dt.date(2007, 6, 30), True)
    assert j.coefficienten["signaal"].mean() < 0.10
    assert j.effecten["signaal"].sum() <= 2
    z = j.coefficienten["z"].dropna()
    assert 0.5 < z.std() < 1.5  # the standard error of a difference is about right
    assert not j.uitkomst["signaal"].any()
    assert not j.weerlegd
    assert list(j.uitkomst["bestemming"]) == ["uitstroom", "werk", "handhaving", "overig"]
    assert (j.uitkomst["horizon"] == 12).all()
    assert j.drift["signaal"].sum() <= 1
    assert beoordeel(j) == (True, "Het nieuwe model voorspelt niet aantoonbaar slechter dan het vorige.")
    assert j.ladder.advies == "ongewijzigd"
    assert (ZONDER_START in j.opmerkingen) == (beleid_van(oud) == "niets_nieuws")
    assert len(j.decielen) == 40
    same = vergelijk_jaren(oud, nieuw, b, datastand_oud=tellingen, trekkingen=40, met_ladder=False)
    assert same.proef.equals(j.proef)
    assert same.uitkomst.equals(j.uitkomst)
    assert same.ladder is None


def test_een_verdubbelde_kans_op_werk_valt_op_en_vraagt_een_bijstelling():
    """Exits to work doubled on the day after the old peildatum: nothing before it could have told."""
    b, c = stad("verdubbeld", verloop=dubbel(VORIG))
    oud, nieuw = schat(zoals_bekend(b, VORIG), config_op(c, VORIG)), schat(b, c)
    j = vergelijk_jaren(oud, nieuw, b, trekkingen=40)
    werk = j.uitkomst.set_index("bestemming").loc["werk"]
    assert werk["signaal"]
    assert werk["verhouding"] > 1.3
    assert werk["ondergrens"] > 1
    assert "Dat is duidelijk meer dan voorspeld." in werk["zin"]
    assert f"verwacht was {werk['verwacht']:.0f}" in werk["zin"]
    assert not j.uitkomst.set_index("bestemming").loc["overig", "signaal"]
    assert j.weerlegd
    assert j.ladder.advies in {"niveau", "basis", "kalender", "volledig"}
    assert "niets doen is geen keus" in j.ladder.zin
    assert j.opmerkingen[0].startswith("De gegevens zelf zijn niet vergeleken")
    kalender = j.basis[(j.basis["onderdeel"] == "duur") & (j.basis["bestemming"] == "werk")]
    assert kalender["signaal"].any() or j.coefficienten["signaal"].any()
    assert beoordeel(j)[0]


def test_een_hergecodeerde_reden_staat_in_de_vergelijking(zelfde):
    """Since this year all exits to work are booked under 98."""
    b, c, oud, _, tellingen = zelfde
    u = b.uitkeringen
    om = (u["reden_einde"].isin(["11", "13"]) & (u["einddatum"] > pd.Timestamp(VORIG))).to_numpy()
    ander = replace(
        b,
        uitkeringen=u.assign(
            reden_einde=u["reden_einde"].mask(om, "98"), bestemming=u["bestemming"].mask(om, "overig")
        ),
    )
    nieuw = schat(ander, c)
    j = vergelijk_jaren(oud, nieuw, ander, datastand_oud=tellingen, trekkingen=40, met_ladder=False)
    geraakt = j.drift[j.drift["signaal"] & (j.drift["onderdeel"] == "reden")].set_index("niveau")
    assert {"11", "98"} <= set(geraakt.index)
    assert "codes.reden_einde" in geraakt.loc["98", "zin"]
    assert j.uitkomst.set_index("bestemming").loc["werk", "signaal"]  # and so it seems that nobody goes to work
    assert "minder dan voorspeld" in j.uitkomst.set_index("bestemming").loc["werk", "zin"]


def test_een_slechter_model_wordt_afgekeurd(zelfde):
    """Without duration and without any trait but one, the new model is worse, and it says so."""
    b, c, oud, _, _ = zelfde
    kaal = anders(c, kenmerken={"gebruik": ("geslacht",)}, model={"duurbanden": (60,), "kalender": "geen"})
    j = vergelijk_jaren(oud, schat(b, kaal), b, met_ladder=False)
    assert j.slechter
    ok, zin = beoordeel(j)
    assert not ok
    assert zin.startswith("Het nieuwe model voorspelt aantoonbaar slechter dan het vorige.")
    assert set(j.proef["voorspeller"]) == {"model", "vorige"}
    # the other way round the richer model is fine
    arm = schat(zoals_bekend(b, VORIG), config_op(kaal, VORIG))
    assert beoordeel(vergelijk_jaren(arm, schat(b, c), b, trekkingen=40, met_ladder=False))[0]


def test_het_oordeel_volgt_de_toets(zelfde):
    b, _, oud, nieuw, _ = zelfde
    j = vergelijk_jaren(oud, nieuw, b, trekkingen=20, met_ladder=False)
    assert beoordeel(replace(j, slechter=True, slechterzin="Cijfers."))[1].endswith("Cijfers.")
    geen = beoordeel(replace(j, proef=j.proef.iloc[:0]))
    assert geen == (True, "Het nieuwe en het vorige model konden niet op dezelfde dag worden getoetst.")


def test_dezelfde_peildatum_en_een_latere(zelfde):
    b, _, oud, nieuw, tellingen = zelfde
    j = vergelijk_jaren(nieuw, nieuw, b, datastand_oud=None, trekkingen=20, met_ladder=False)
    assert len(j.uitkomst) == 0
    assert any("nog niet te toetsen" in o for o in j.opmerkingen)
    assert not j.effecten["signaal"].any()
    with pytest.raises(GebruiksFout, match="KMP-J002"):
        vergelijk_jaren(nieuw, oud, b, datastand_oud=tellingen)


def test_de_grenzen_van_een_weerlegde_voorspelling(zelfde):
    """A signal needs a ratio beyond 15%, more than chance, and at least thirty people."""
    b, c, oud, _, _ = zelfde
    toets = toets_terug(b, c, momenten=[VORIG], horizonnen=(12,), mededingers=(oud,), trekkingen=5)
    maten = pd.DataFrame(
        {
            "oe": [1.10, 1.40, 1.40, 0.60],
            "oe_laag": [1.05, 1.25, 0.90, 0.40],
            "oe_hoog": [1.15, 1.57, 2.18, 0.90],
            "n": [1000, 1000, 100, 40],
            "verwacht": 0.2,
            "waargenomen": 0.25,
        }
    )
    s = toets.scores.assign(**{k: maten[k].to_numpy() for k in maten})
    uit = uitkomst_van_vorige(replace(toets, scores=s), VORIG)
    assert uit["signaal"].tolist() == [False, True, False, False]
    assert uit["verwacht"].tolist() == [200.0, 200.0, 20.0, 8.0]
    assert "verwacht was minder dan 10" in uit["zin"].iloc[3]
    assert pytest.approx(0.15) == WEERLEGD


def test_de_ladder_is_een_waarde():
    ladder = Ladder(treden=pd.DataFrame({"trede": ["niveau"]}), moment=VORIG, clienten=3, advies="niveau", zin="")
    ladder.to_frame()["trede"] = "anders"
    assert ladder.treden["trede"].tolist() == ["niveau"]


@pytest.mark.parametrize("zelfde", [True, False])
def test_hetzelfde_model_op_dezelfde_dag_is_niet_slechter(zelfde):
    """Same settings, same day: whichever way the old one came about, the difference is nought.

    From the same delivery the old model knew ends that were registered later. From that of then it predicts with all
    methods, ``landmark`` among them, and so must the new one.
    """
    b, c = stad("zelfde")
    toen = config_op(c, VORIG)
    oud = heel(b, toen) if zelfde else replace(heel(zoals_bekend(b, VORIG), toen), bestanden=())
    assert (oud.effecten["voorkeur"] & (oud.effecten["methode"] == "landmark")).any()
    j = vergelijk_jaren(oud, heel(b, c), b, trekkingen=20, met_ladder=False)
    f = j.proef.set_index("voorspeller")["brier"]
    assert len(f) == 2 * len(f["model"]) > 0
    np.testing.assert_allclose(f["model"], f["vorige"], rtol=1e-6)
    assert not j.slechter
    assert (ZELFDE_LEVERING in j.opmerkingen) == zelfde


def test_welke_methoden_op_een_eerdere_dag():
    """What either model uses is estimated, unless the old one was made without it."""
    b, c = stad("zelfde")
    alles = heel(b, c)
    voorkeur = alles.effecten["methode"] == "selectie"
    typen = replace(alles, gesteund=True, effecten=alles.effecten.assign(voorkeur=voorkeur))
    kaal = schat(b, c)
    drie, licht = ("waargenomen", "landmark", "selectie"), ("waargenomen", "selectie")
    gevraagd = [
        (alles, None, drie),
        (typen, None, licht),  # its meters do not use landmark
        (kaal, None, ("waargenomen",)),
        (alles, typen, drie),  # the new one predicts by landmark, also beside types
        (typen, alles, drie),
        (typen, typen, licht),
        (alles, kaal, ("waargenomen",)),
        (typen, kaal, licht),
    ]
    for nieuw, oud, methoden in gevraagd:
        assert schatter_zoals(nieuw, naast=oud).keywords["methoden"] == methoden
