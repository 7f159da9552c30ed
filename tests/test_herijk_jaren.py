"""``kompas herijk`` beyond one year: the backtest, the comparison with last time, exit code 4 with a result."""

import datetime as dt
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas import artefact, bijstelling, opdrachten, verslag
from kompas.cli import main
from kompas.fouten import GebruiksFout, ModelFout, RekenFout
from kompas.jaarvergelijk import Jaarvergelijking
from kompas.perioden import OPEN
from kompas.schatters import MET_TYPEN, schat_licht
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente
from kompas.simulatie.werelden import wereld
from kompas.typen import Kansmodel, Typen

RAPPORT = opdrachten.RAPPORT


@pytest.fixture(scope="module")
def vorig(gemeente, tmp_path_factory):
    """Model folder of a year before the peildatum of the town."""
    config = kompas.lees_config(gemeente / "kompas.toml")
    toen = config.gemeente.peildatum.replace(year=config.gemeente.peildatum.year - 1)
    doel = tmp_path_factory.mktemp("vorig") / "model"
    kompas.herijk(config, doel, zaad=3, peildatum=toen, zonder_terugtoets=True)
    return doel


@pytest.fixture(scope="module")
def daarna(gemeente, vorig, tmp_path_factory):
    """Model folder of the town, compared with the year before; and the steps that were reported."""
    doel, stappen = tmp_path_factory.mktemp("daarna") / "model", []
    kompas.herijk(
        gemeente / "kompas.toml", doel, vorige=vorig, zaad=3, voortgang=lambda stap, _deel: stappen.append(stap)
    )
    return doel, stappen


def test_vergelijking_is_nieuw_min_oud_en_staat_in_het_rapport(vorig, daarna):
    doel, stappen = daarna
    oud, nieuw = artefact.laad(vorig), artefact.laad(doel)
    v = pd.read_csv(doel / "vergelijking.csv")
    assert len(v) == len(nieuw.effecten)
    sleutel = ["instrument", "fase", "bestemming", "groep", "methode"]
    samen = v.merge(oud.effecten, on=sleutel).merge(nieuw.effecten, on=sleutel, suffixes=("_o", "_n"))
    bekend = samen["verschil"].notna()
    assert bekend.sum() > 10
    np.testing.assert_allclose(
        samen["verschil"][bekend], (samen["log_effect_n"] - samen["log_effect_o"])[bekend], atol=1e-12
    )
    html = (doel / RAPPORT).read_text(encoding="utf-8")
    for anker in ("managerblad", "uitgekomen", "vorige", "gegevens", "ladder", "methoden", "overleving", "kracht"):
        assert f'id="{anker}"' in html, anker
    assert "vergelijken: gegevens" in stappen
    assert json.loads((doel / "manifest.json").read_text())["ouder"] == artefact.manifest_hash(vorig)


def test_zonder_vorige_staat_de_terugtoets_in_het_rapport(model):
    html = (model / RAPPORT).read_text(encoding="utf-8")
    assert 'id="terugtoets"' in html
    assert 'id="managerblad"' not in html


def test_zonder_terugtoets_is_er_geen(vorig):
    assert 'id="terugtoets"' not in (vorig / RAPPORT).read_text(encoding="utf-8")


@pytest.fixture
def snel(monkeypatch, model):
    """No estimation: the model of the town, whatever the data."""
    klaar = artefact.laad(model)
    monkeypatch.setattr(opdrachten, "schat", lambda _b, c, **_: replace(klaar, config=c))
    return klaar


def test_een_slechter_model_is_code_4_en_wordt_toch_geschreven(gemeente, vorig, snel, tmp_path, monkeypatch, capsys):
    del snel
    echt, eens = verslag.vergelijk_jaren, []

    def slechter(*a, **kw):
        if not eens:
            eens.append(echt(*a, **kw | {"trekkingen": 2}))
        f = eens[0].proef
        proef = f.assign(brier=f["brier"] * np.where(f["voorspeller"] == "model", 1.1, 1.0))
        return replace(eens[0], proef=proef, slechter=True, slechterzin="Duidelijk slechter.")

    monkeypatch.setattr(verslag, "vergelijk_jaren", slechter)
    doel = tmp_path / "model"
    argumenten = ["herijk", "--config", str(gemeente / "kompas.toml"), "--uit", str(doel), "--vorige", str(vorig)]
    assert main([*argumenten, "--json"]) == 4
    uit = capsys.readouterr()
    gedrukt = json.loads(uit.out)
    assert gedrukt["goedgekeurd"] is False
    assert "KMP-J003" in gedrukt["reden"]
    assert "KMP-J003" in uit.err
    assert str(doel) in uit.err
    h = artefact.laad(doel)
    assert h.waarschuwingen[0].startswith("Het nieuwe model voorspelt aantoonbaar slechter")
    html = (doel / RAPPORT).read_text(encoding="utf-8")
    assert "Gebruik dit model niet voor lijsten en adviezen." in html
    with pytest.raises(ModelFout, match="KMP-J003"):
        kompas.herijk(gemeente / "kompas.toml", doel, vorige=vorig)


@pytest.mark.parametrize(("keer", "slechter"), [(1.004, False), (1.006, True), (0.9, False)])
def test_een_verschil_onder_een_half_procent_telt_niet(keer, slechter):
    f = pd.DataFrame({"voorspeller": ["model", "vorige"], "horizon": 12, "bestemming": "uitstroom"})
    f = f.assign(moment=pd.Timestamp("2006-06-30"), brier=[0.2 * keer, 0.2])
    eerder = f.assign(moment=pd.Timestamp("2005-06-30"), brier=[0.9, 0.2])  # the latest day decides
    leeg = pd.DataFrame()
    j = Jaarvergelijking(
        oud_peildatum=dt.date(2006, 6, 30),
        nieuw_peildatum=dt.date(2007, 6, 30),
        genest=True,
        **dict.fromkeys(("effecten", "coefficienten", "basis", "drift", "uitkomst", "decielen"), leeg),
        proef=pd.concat([eerder, f], ignore_index=True),
        slechter=True,
        slechterzin="",
        ladder=None,
        prior=0.0,
        opmerkingen=(),
    )
    assert verslag.zonder_kleinigheid(j).slechter is slechter
    assert verslag.zonder_kleinigheid(replace(j, slechter=False)).slechter is False


def test_een_later_model_bij_vorige_wordt_geweigerd_voor_er_geschat_wordt(gemeente, model, tmp_path, monkeypatch):
    def nooit(*_a, **_kw):
        raise AssertionError

    monkeypatch.setattr(opdrachten, "schat", nooit)
    with pytest.raises(GebruiksFout, match="KMP-J002"):
        kompas.herijk(
            gemeente / "kompas.toml",
            tmp_path / "m",
            vorige=model,
            peildatum=dt.date(2006, 6, 30),
            zonder_terugtoets=True,
        )
    assert not (tmp_path / "m").exists()


def test_een_te_kort_venster_wordt_gezegd(gemeente, model, monkeypatch):
    h = artefact.laad(model)

    def kort(*_a, **_kw):
        raise RekenFout("KMP-T001", "het venster is te kort voor een terugtoets.")

    monkeypatch.setattr(verslag, "toets_terug", kort)
    bestand = opdrachten.lees_bron(kompas.lees_config(gemeente / "kompas.toml"))
    toets, zinnen = verslag.toets_model(h, bestand)
    assert toets is None
    assert zinnen == ("Er is geen terugtoets: het venster is te kort voor een terugtoets.",)
    assert verslag.rapportinhoud(h, terugtoets=toets, terugtoets_zinnen=zinnen).terugtoets is None


def test_de_lichte_schatter_laat_de_voorkennis_weg(gemeente):
    c = kompas.lees_config(gemeente / "kompas.toml")
    met = c.model_copy(update={"model": c.model.model_copy(update={"prior_vorige": True})})
    h = schat_licht(opdrachten.lees_bron(c), met, zaad=3)
    assert set(h.effecten["methode"]) == {"waargenomen"}
    assert not h.config.model.prior_vorige


def test_zonder_typen_rekent_met_waargenomen(model):
    """One type keeps its hazards of entry; those of several types go with the types."""
    h = artefact.laad(model)
    assert h.typen.aantal == 1
    kaal = bijstelling.zonder_typen(h)
    assert kaal.typen is h.typen
    np.testing.assert_array_equal(kaal.meter_coef, h.coef)
    twee = replace(h, typen=replace(h.typen, punten=np.zeros((2, h.typen.punten.shape[1]))), gesteund=True)
    assert bijstelling.zonder_typen(twee).typen is None
    assert not bijstelling.zonder_typen(twee).gesteund


def test_de_volgorde_van_instrumenten_overleeft_de_modelmap():
    """Columns of ``punten`` follow the config, keys on disk the alphabet: they must not be mixed up."""
    codes = ("zelf", "anders")
    t = Typen(
        punten=np.array([[0.0, 0, 0, 0, 0], [1.0, 2, 3, 4, 5]]),
        coef=np.zeros((3, 1)),
        covariantie=np.zeros((3, 3)),
        intrede_termen=dict.fromkeys(codes, ("x",)),
        intrede_coef={c: np.array([float(j)]) for j, c in enumerate(codes)},
        intrede_banden=(3, 12),
        tot_maand={"zelf": None, "anders": 12},
        bekend_vanaf=-OPEN,
        kans=Kansmodel(kolommen=("",), midden=np.zeros(1), schaal=np.ones(1)),
        delta=np.array([[0.5]]),
        aandelen=np.array([0.4, 0.6]),
    )
    op_schijf = json.loads(json.dumps(artefact._typen_json(t), sort_keys=True))
    terug = artefact._typen(op_schijf, t.coef, t.covariantie)
    assert list(terug.intrede_coef) == list(terug.intrede_termen) == list(terug.tot_maand) == list(codes)
    assert terug.intrede_coef["anders"].tolist() == [1.0]
    assert terug.tot_maand == {"zelf": None, "anders": 12}


def test_de_terugtoets_verwacht_dat_instrumenten_gestart_blijven_worden(tmp_path):
    """A steady town where starts raise exits to work: who expects no new starts, expects too few of them.

    Learnt on the day itself, types and entries included, the usual policy expects what happened.
    """
    fors = {fase: {"werk": 1.4} for fase in ("tijdens", "na_0_6", "na_6")}
    waarheid = replace(wereld("geen_typen", effecten={"training": fors}), verloop={}, verloop_lang={})
    vaker = [
        replace(i, intrede=tuple(2 * h for h in i.intrede)) if i.code == "training" else i
        for i in waarheid.instrumenten
    ]
    sim = simuleer_gemeente(replace(waarheid, instrumenten=tuple(vaker)), zaad=5, clienten=5_000, met_verwacht=False)
    schrijf_simulatie(sim, tmp_path)
    config = kompas.lees_config(tmp_path / "kompas.toml")
    kort = config.bron.model_copy(update={"venster_van": dt.date(2003, 8, 1)})  # one day of test
    config = config.model_copy(update={"bron": kort})
    bestand = opdrachten.lees_bron(config)
    kaal = schat_licht(bestand, config, zaad=5)
    met = schat_licht(bestand, config, zaad=5, methoden=MET_TYPEN)
    uit = {}
    for naam, h in (("niets_nieuws", kaal), ("gebruikelijk_beleid", met)):
        toets, zinnen = verslag.toets_model(h, bestand)
        assert toets.beleid.set_index("voorspeller")["beleid"].to_dict() == {
            "model": naam,
            "duur": "waargenomen",
            "boosting": "waargenomen",
            "fasering": "waargenomen",
        }
        assert any("geen instrument meer begint" in z for z in zinnen) == (naam == "niets_nieuws")
        assert any("zo vaak worden ingezet" in z for z in zinnen) == (naam == "gebruikelijk_beleid")
        s = toets.scores.query("bestemming == 'werk' and horizon == 12").set_index("voorspeller")
        uit[naam] = s.loc["model", ["oe", "oe_laag", "oe_hoog"]].astype(float)
    assert uit["niets_nieuws"]["oe_laag"] > 1
    assert uit["gebruikelijk_beleid"]["oe_laag"] < 1 < uit["gebruikelijk_beleid"]["oe_hoog"]
    assert uit["niets_nieuws"]["oe"] > uit["gebruikelijk_beleid"]["oe"] + 0.1
