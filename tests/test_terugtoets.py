"""The backtest: what was known then, what happened since, and that nothing of the future leaks into a prediction."""

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.terughulp import hand, maak_stad

from kompas.boosting import Boosting
from kompas.bron import lees_bron
from kompas.config import BESTEMMINGEN, lees_config, maak_config
from kompas.fouten import GebruiksFout, GeweigerdFout, RekenFout
from kompas.mededingers import Duur, PerKenmerk, VorigJaar, zonder_nieuwe_start
from kompas.schatters import schat_licht as schat
from kompas.simulatie import bereken_verwacht, schrijf_simulatie, simuleer_gemeente, standaard_waarheid
from kompas.terugblik import (
    Groepering,
    config_op,
    groepen_op,
    stand_op,
    zoals_bekend,
)
from kompas.terugblik import _voldoende as voldoende
from kompas.terugtoets import slechter_dan, toets_terug, vaardigheid

T = dt.date(2006, 6, 30)
LICHT = ("model", "duur", "fasering")
HORIZON = (3, 6, 12, 24)


@pytest.fixture(scope="module")
def stad(tmp_path_factory):
    return maak_stad(tmp_path_factory.mktemp("terugtoets") / "stad")


@pytest.fixture(scope="module")
def t(stad):
    return toets_terug(*stad, mededingers=LICHT)


# --- groups


def test_kleine_groepen_gaan_samen_of_verdwijnen():
    def groepen(*aantallen):
        code = np.repeat(np.arange(len(aantallen)), aantallen)
        g = voldoende("k", [f"n{j}" for j in range(len(aantallen))], code)
        assert isinstance(g, Groepering)
        return {n: int((g.code == j).sum()) for j, n in enumerate(g.niveaus)}, int((g.code == -1).sum())

    assert groepen(60, 50) == ({"n0": 60, "n1": 50}, 0)
    assert groepen(60, 49) == ({"n0": 60}, 49)  # the rest is too large to tell who it is
    assert groepen(60, 30, 20) == ({"n0": 60, "overige niveaus samen": 50}, 0)
    assert groepen(80, 60, 3) == ({"n0": 80, "overige niveaus samen": 63}, 0)  # never 3 by subtraction
    assert groepen(60, 3) == ({"overige niveaus samen": 63}, 0)
    assert groepen(30, 3) == ({}, 33)


def test_groepen_van_de_stad(stad, t):
    bestand, config = stad
    stand = stand_op(zoals_bekend(bestand, T), config_op(config, T))
    per = {g.kenmerk: g for g in groepen_op(stand, np.ones(stand.aantal, dtype=bool))}
    assert list(per) == ["duur", "geslacht", "leeftijd", "leefvorm", "opleiding", "fasering"]
    u = stand.bestand.uitkeringen.set_index("client_id")
    u = u[u["einddatum"].isna()].loc[stand.client_id]
    for j, niveau in enumerate(per["geslacht"].niveaus):
        assert ((per["geslacht"].code == j) == (u["geslacht"] == niveau).to_numpy()).all()
    g = t.groepen
    assert (g["n"] >= 50).all()
    een = g[(g["moment"] == pd.Timestamp(T)) & (g["horizon"] == 12) & (g["bestemming"] == "uitstroom")]
    een = een[(een["voorspeller"] == "model") & (een["kenmerk"] == "geslacht")]
    s = score(t, "model", 12)
    assert een["n"].sum() == s["n"]
    assert np.average(een["waargenomen"], weights=een["n"]) == pytest.approx(s["waargenomen"])


# --- nothing of the future


def verdraaid(bestand):
    """Everything after T is changed: ends, reasons, new spells, new deployments, later traits."""
    dag = pd.Timestamp(T)
    u, i = bestand.uitkeringen.copy(), bestand.inzet.copy()
    later = (u["einddatum"] > dag) | u["einddatum"].isna() | (u["registratiedatum"] > dag)
    u.loc[later, "einddatum"] = dag + pd.Timedelta(days=1)
    u.loc[later, "registratiedatum"] = dag + pd.Timedelta(days=9)
    u.loc[later, ["reden_einde", "bestemming"]] = ["31", "handhaving"]
    nieuw = u["begindatum"] > dag
    u = u[~nieuw | (u["rij"] % 2 == 0)].reset_index(drop=True)
    u.loc[u["begindatum"] > dag, "opleiding"] = "geen"
    i.loc[i["einddatum"] > dag, "einddatum"] = dag + pd.Timedelta(days=2)
    i = i[(i["begindatum"] <= dag) | (i["rij"] % 2 == 0)].reset_index(drop=True)
    historie = pd.DataFrame(
        {"rij": 2, "client_id": u["client_id"].unique()[:50], "kenmerk": "opleiding", "waarde": "geen"}
    ).assign(vanaf=dag + pd.Timedelta(days=1))
    return dataclasses.replace(bestand, uitkeringen=u, inzet=i, kenmerken_historie=historie)


@pytest.mark.parametrize(
    "voorspeller", [Duur(), PerKenmerk(), Boosting(rondes=5), VorigJaar(schatter=schat)], ids=lambda v: v.naam
)
def test_wat_later_gebeurt_verandert_geen_enkele_voorspelling(stad, voorspeller):
    bestand, config = stad
    toen = config_op(config, T)
    uit = []
    for b in (bestand, verdraaid(bestand)):
        stand = stand_op(zoals_bekend(b, T), toen)
        uit.append(voorspeller.leer(stand.bestand, toen).kansen(stand, HORIZON))
    assert uit[0].shape == (3, stand.aantal, 4)
    assert np.array_equal(uit[0], uit[1])
    assert ((uit[0] >= 0) & (uit[0].sum(axis=0) <= 1)).all()
    assert (np.diff(uit[0], axis=2) >= 0).all()


def test_wat_later_gebeurt_verandert_het_model_niet(stad):
    bestand, config = stad
    toen = config_op(config, T)
    modellen = [schat(zoals_bekend(b, T), toen) for b in (bestand, verdraaid(bestand))]
    for veld in ("coef", "covariantie"):
        assert np.array_equal(getattr(modellen[0], veld), getattr(modellen[1], veld), equal_nan=True)
    nu = schat(bestand, config)
    assert not np.array_equal(nu.coef, modellen[0].coef)  # the future does matter to who may see it


# --- against the truth


@dataclasses.dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Waar:
    """The simulator's own chances within 12 months; the rest of the exits stand under overig."""

    sim: object
    naam: str = "waarheid"

    def leer(self, bestand, config):
        del bestand, config
        return self

    def kansen(self, stand, horizonnen):
        assert tuple(horizonnen) == (12,)
        tabellen = (stand.bestand.uitkeringen, stand.bestand.inzet, self.sim.clienten)
        v = bereken_verwacht(self.sim.waarheid, *tabellen, peildatum=stand.config.gemeente.peildatum)
        v = v.set_index("client_id").loc[stand.client_id]
        werk = v["kans_werk_12m"].to_numpy()
        rest = v["kans_uitstroom_12m"].to_numpy() - werk
        return np.stack([werk, np.zeros_like(werk), rest])[:, :, None]


def test_de_ware_kansen_zijn_gekalibreerd_en_niet_te_verslaan(tmp_path):
    sim = simuleer_gemeente(standaard_waarheid(instrumenten=[]), zaad=3, clienten=5_000, met_verwacht=False)
    schrijf_simulatie(sim, tmp_path / "stad")
    config = lees_config(tmp_path / "stad" / "kompas.toml")
    bestand = lees_bron(config)
    # Ends count at their date: the truth does not know of late entry.
    bestand = dataclasses.replace(bestand, uitkeringen=bestand.uitkeringen.assign(registratiedatum=pd.NaT))
    dagen = [dt.date(jaar, 6, 30) for jaar in (2003, 2004, 2005, 2006)]
    wie = (Waar(sim=sim), "model", "duur")
    t = toets_terug(bestand, config, momenten=dagen, horizonnen=[12], mededingers=wie)
    for doel, marge in (("uitstroom", 0.05), ("werk", 0.07)):  # three standard errors of four days together
        s = t.scores[t.scores["bestemming"] == doel].set_index("voorspeller")
        waar = s.loc["waarheid"]
        assert waar["waargenomen"].sum() / waar["verwacht"].sum() == pytest.approx(1.0, abs=marge)
        assert ((waar["oe_laag"] < 1) & (waar["oe_hoog"] > 1)).sum() >= 3
        k = t.kalibratie.query("voorspeller == 'waarheid' and bestemming == @doel")
        fout = np.sqrt(k["verwacht"] * (1 - k["verwacht"]) / k["n"])
        assert len(k) == 40
        assert ((k["waargenomen"] - k["verwacht"]).abs() < 3.5 * fout).all()
        assert (waar["brier"].to_numpy() < s.loc["model", "brier"].to_numpy()).all()
        assert s.loc["model", "brier"].mean() < s.loc["duur", "brier"].mean()
        assert waar["auc"].min() > s.loc["model", "auc"].max() > 0.7
    assert slechter_dan(t, "duur", "waarheid")[0]
    assert not slechter_dan(t, "waarheid", "duur")[0]
    assert (t.telling["zonder_voorspelling"] == 0).all()
    assert vaardigheid(t).query("bestemming == 'uitstroom'")["vaardigheid"].min() > 0


def score(t, naam, horizon, doel="uitstroom", moment=T):
    s = t.scores
    return s[
        (s["moment"] == pd.Timestamp(moment))
        & (s["horizon"] == horizon)
        & (s["bestemming"] == doel)
        & (s["voorspeller"] == naam)
    ].iloc[0]


def test_model_scoort_als_de_lijst(stad):
    """Scoring as if nothing new starts gives the list's own chances."""
    from kompas.lijst import maak_lijst  # noqa: PLC0415 - one test looks at the list

    bestand, config = stad
    stand = stand_op(bestand, config)
    h = schat(bestand, config)
    kans = zonder_nieuwe_start(h, stand, [12, 24])
    lijst = maak_lijst(bestand, config, h).to_frame().set_index("client_id").loc[stand.client_id]
    assert kans.sum(axis=0)[:, 0] == pytest.approx(lijst["kans_uitstroom_12m"].to_numpy(), abs=1e-12)
    assert kans[0, :, 0] == pytest.approx(lijst["kans_werk_12m"].to_numpy(), abs=1e-12)


def test_het_model_rekent_op_nieuwe_starts(t):
    assert set(t.beleid.query("voorspeller == 'model'")["beleid"]) == {"gebruikelijk_beleid"}
    assert not [z for z in t.opmerkingen if "geen instrument meer begint" in z]


def test_een_kenmerk_dat_de_uitkomst_verklapt_valt_op(stad, t):
    bestand, config = stad
    ruis = np.random.default_rng(3).random(len(bestand.uitkeringen)) < 0.15
    # The last value, as many exports have it: who left is put in phase 1, with some mistakes.
    fase = np.where(bestand.uitkeringen["einddatum"].notna() ^ ruis, "fase 1", "fase 4")
    lek = dataclasses.replace(bestand, uitkeringen=bestand.uitkeringen.assign(fasering=fase))
    zonder = maak_config(config.model_dump() | {"kenmerken": {"gebruik": ["geslacht", "leeftijd", "duur"]}})
    v = toets_terug(lek, config, momenten=[T], horizonnen=[12], mededingers=("model", "fasering", "duur"))
    schoon = toets_terug(lek, zonder, momenten=[T], horizonnen=[12], mededingers=("model",))
    assert score(v, "fasering", 12)["verdacht"]
    assert score(v, "fasering", 12)["auc"] > 0.8
    assert not score(v, "duur", 12)["verdacht"]
    assert not score(schoon, "model", 12)["verdacht"]
    assert any(z.startswith("'fasering' onderscheidt verdacht goed: AUC 0,") for z in v.opmerkingen)
    assert (t.scores["verdacht"] == (t.scores["auc"] > 0.8)).all()


def test_een_slechter_ingericht_model_wordt_herkend(tmp_path):
    bestand, config = hand(tmp_path)
    kaal = maak_config(config.model_dump() | {"kenmerken": {"gebruik": []}})
    goed = schat(zoals_bekend(bestand, T), config_op(config, T))
    t = toets_terug(bestand, kaal, mededingers=("model", goed), horizonnen=(6, 12))
    slechter, zin = slechter_dan(t)
    assert slechter
    assert "slechter dan 'vorige' (vanaf 30-06-2006: verschil in Brierscore 0," in zin
    andersom = slechter_dan(t, "vorige", "model")
    assert (andersom[0], "niet aantoonbaar slechter dan" in andersom[1]) == (False, True)
    assert slechter_dan(t, "model", "duur") == (
        False,
        "'model' en 'duur' zijn niet te vergelijken: geen moment met 12 maanden erna.",
    )
    v = t.verschillen.query("horizon == 12 and bestemming == 'uitstroom' and voorspeller == 'model'").iloc[0]
    s = t.scores.query("horizon == 12 and bestemming == 'uitstroom'").set_index(["moment", "voorspeller"])["brier"]
    assert v["verschil"] == pytest.approx(s[v["moment"], "model"] - s[v["moment"], "vorige"])
    assert v["verschil"] > 2 * v["se"] > 0


def test_slechter_is_meer_dan_twee_standaardfouten(t):
    def met(*verschillen):
        rijen = [(pd.Timestamp(d), 12, "uitstroom", "a", "b", v, 0.01) for d, v in verschillen]
        f = pd.DataFrame(rijen, columns=t.verschillen.columns)
        return slechter_dan(dataclasses.replace(t, verschillen=f), "a", "b")[0]

    assert met((T, 0.0201))
    assert not met((T, 0.0199))
    assert not met((T, -0.5))
    assert not met((T, 0.0))
    assert met((dt.date(2005, 6, 30), -0.5), (T, 0.03))  # the latest day decides
    assert not met((T, 0.0), (dt.date(2005, 6, 30), 0.5))


@dataclasses.dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Zwijger:
    """Gives no chance for one in ``deel`` clients."""

    deel: int
    naam: str = "zwijger"

    def leer(self, bestand, config):
        del bestand, config
        return self

    def kansen(self, stand, horizonnen):
        uit = np.full((3, stand.aantal, len(horizonnen)), 0.1)
        uit[:, :: self.deel] = np.nan
        return uit


def test_allen_worden_op_dezelfde_klanten_beoordeeld(stad):
    maten = {"momenten": [T], "horizonnen": [6], "trekkingen": 10}
    a = toets_terug(*stad, mededingers=("duur", Zwijger(deel=10)), **maten)
    heel = toets_terug(*stad, mededingers=("duur",), **maten)
    weg = a.telling.loc[0, "zonder_voorspelling"]
    assert 0 < weg < a.telling.loc[0, "lopend"] / 8
    assert set(a.scores["n"]) == {heel.telling.loc[0, "getoetst"] - weg}
    assert score(a, "zwijger", 6)["auc"] == 0.5
    b = toets_terug(*stad, mededingers=("duur", Zwijger(deel=1)), **maten)
    assert b.mededingers == ("duur",)
    assert b.opmerkingen == ("30-06-2006: 'zwijger' deed niet mee: voor meer dan de helft geeft het geen kans.",)
    assert b.scores.equals(heel.scores)


# --- the whole


def test_tabellen_hangen_samen(t):
    assert t.momenten == (T, dt.date(2005, 6, 30))
    assert t.horizonnen == HORIZON
    assert t.mededingers == LICHT
    assert t.to_frame().equals(t.scores)
    per_moment = t.scores.groupby("moment")["horizon"].unique().map(list).tolist()
    assert per_moment == [[3, 6, 12, 24], [3, 6, 12]]
    assert len(t.scores) == (4 + 3) * 4 * len(LICHT)
    assert not t.scores.duplicated(["moment", "horizon", "bestemming", "voorspeller"]).any()
    som = t.scores.pivot_table(index=["moment", "horizon", "voorspeller"], columns="bestemming", values="waargenomen")
    assert som[list(BESTEMMINGEN)].sum(axis=1).to_numpy() == pytest.approx(som["uitstroom"].to_numpy())
    k = t.kalibratie.groupby(["moment", "horizon", "bestemming", "voorspeller"])
    for sleutel, deel in k:
        s = score(t, sleutel[3], sleutel[1], sleutel[2], sleutel[0])
        assert deel["n"].sum() == s["n"]
        assert np.average(deel["verwacht"], weights=deel["n"]) == pytest.approx(s["verwacht"])
        assert (np.diff(deel["verwacht"]) > 0).all()
    g = t.geintegreerd.query("bestemming == 'uitstroom' and voorspeller == 'model' and tot == 12").iloc[0]
    drie, zes, jaar = (score(t, "model", h)["brier"] for h in (3, 6, 12))
    assert g["brier"] == pytest.approx((3 * drie / 2 + 3 * (drie + zes) / 2 + 6 * (zes + jaar) / 2) / 12)
    assert (t.telling["lopend"] == t.telling[["al_beeindigd", "zonder_voorspelling", "getoetst"]].sum(axis=1)).all()
    assert (t.telling["al_beeindigd"] > 0).all()


def test_waargenomen_telt_wie_er_weg_is(stad, t):
    """Counted straight from the rows: in this town there are no partners and no short gaps."""
    bestand, config = stad
    u = bestand.uitkeringen
    stand = stand_op(zoals_bekend(bestand, T), config_op(config, T))
    laatste = u[(u["begindatum"] <= pd.Timestamp(T)) & u["client_id"].isin(stand.client_id)]
    laatste = laatste.drop_duplicates("client_id", keep="last").set_index("client_id")["einddatum"]
    er_nog = laatste.isna() | (laatste > pd.Timestamp(T))
    assert er_nog.sum() == t.telling.loc[0, "getoetst"] + t.telling.loc[0, "zonder_voorspelling"]
    weg = (laatste[er_nog] <= pd.Timestamp(2006, 12, 31)).mean()
    assert score(t, "model", 6)["waargenomen"] == pytest.approx(weg, abs=0.02)  # AOW is no exit here


def test_dezelfde_invoer_geeft_dezelfde_cijfers(stad):
    bestand, config = stad
    maten = {"momenten": [T], "horizonnen": (6, 12), "mededingers": ("duur", "boosting"), "trekkingen": 50}
    a, b = (toets_terug(bestand, config, zaad=7, **maten) for _ in range(2))
    for naam in ("scores", "geintegreerd", "verschillen", "kalibratie", "groepen", "telling"):
        pd.testing.assert_frame_equal(getattr(a, naam), getattr(b, naam), check_exact=True)
    c = toets_terug(bestand, config, zaad=8, **maten)
    assert (a.scores["brier_se"] != c.scores["brier_se"]).any()
    duur = a.scores["voorspeller"] == "duur"
    assert a.scores.loc[duur, "brier"].equals(c.scores.loc[duur, "brier"])


def test_wie_niet_kan_meedoen_wordt_genoemd(tmp_path):
    bestand, config = hand(tmp_path)
    zonder = dataclasses.replace(bestand, uitkeringen=bestand.uitkeringen.drop(columns="fasering"))
    kaal = maak_config(config.model_dump() | {"kenmerken": {"gebruik": ["geslacht"]}})
    met = dataclasses.replace(schat(zoals_bekend(bestand, T), config_op(config, T)), bestanden=())
    t = toets_terug(zonder, kaal, mededingers=("duur", "fasering", met, PerKenmerk(kenmerk="geslacht")))
    assert t.mededingers == ("duur", "geslacht")
    assert any("'fasering' deed niet mee: kenmerk 'fasering' staat niet in de gegevens." in z for z in t.opmerkingen)
    assert any("'vorige' deed niet mee: het model gebruikt kenmerk 'fasering'" in z for z in t.opmerkingen)
    with pytest.raises(RekenFout, match="KMP-T009"):
        toets_terug(zonder, kaal, mededingers=("fasering",))


def test_voortgang_loopt_op(stad):
    stappen = []
    toets_terug(
        *stad, momenten=[T], horizonnen=[3], mededingers=["duur"], voortgang=lambda s, d: stappen.append((s, d))
    )
    assert stappen == [("terugtoets 30-06-2006: duur", 0.0), ("terugtoets: maatstaven", 1.0)]


@pytest.mark.parametrize(
    ("keuze", "fout", "noemt"),
    [
        ({"mededingers": ("modl",)}, GebruiksFout, r"KMP-T002.*Bedoelde u 'model'\?"),
        ({"mededingers": ()}, GebruiksFout, "KMP-T002"),
        ({"mededingers": ("duur", "duur")}, GebruiksFout, "KMP-T002"),
        ({"horizonnen": (12, 6)}, GebruiksFout, "KMP-T008"),
        ({"horizonnen": (0, 6)}, GebruiksFout, "KMP-T008"),
        ({"momenten": [dt.date(2007, 6, 30)]}, GebruiksFout, "KMP-T008"),
        ({"momenten": [dt.date(2000, 1, 1)]}, GebruiksFout, "KMP-T008"),
        ({"mededingers": (PerKenmerk(kenmerk="postcode"),)}, GeweigerdFout, "KMP-W001"),
    ],
)
def test_een_verkeerde_vraag_wordt_benoemd(stad, keuze, fout, noemt):
    with pytest.raises(fout, match=noemt):
        toets_terug(*stad, **{"horizonnen": (3,)} | keuze)


def test_een_te_kort_venster_is_een_fout(stad):
    bestand, config = stad
    kort = maak_config(config.model_dump() | {"bron": config.bron.model_dump() | {"venster_van": dt.date(2004, 7, 2)}})
    with pytest.raises(RekenFout, match="KMP-T001"):
        toets_terug(bestand, kort)


def test_een_onbekende_maatstaf_voor_vaardigheid(t):
    with pytest.raises(GebruiksFout, match=r"KMP-T002.*Er is: model, duur, fasering"):
        vaardigheid(t, "boosting")
    v = vaardigheid(t).set_index(["moment", "horizon", "bestemming", "voorspeller"])["vaardigheid"]
    brier = {n: score(t, n, 12)["brier"] for n in LICHT}
    assert v[pd.Timestamp(T), 12, "uitstroom", "model"] == pytest.approx(1 - brier["model"] / brier["duur"])


# --- how it looks


def test_platen_zeggen_wat_de_tabel_zegt(t, tmp_path: Path):
    g = t.plot()
    assert (g.svg, len(g.zinnen)) == (t.plot("brier").svg, 7 * len(LICHT))
    s = score(t, "model", 3)
    assert f"Brierscore {s['brier']:.3f}, AUC {s['auc']:.2f}".replace(".", ",") in g.zinnen[0]
    k = t.plot("kalibratie")
    assert [z.split(" binnen")[0] for z in k.zinnen] == [
        "Uitstroom",
        "Uitstroom naar werk",
        "Uitstroom naar handhaving",
        "Uitstroom naar overig",
    ]
    een = t.plot("groepen", bestemming="werk")
    assert "naar werk" in een.titel
    assert any(z.startswith("Geslacht: vrouw: verwacht ") for z in een.zinnen)
    assert een.svg != t.plot("groepen").svg
    assert t.plot("groepen").bewaar(tmp_path / "g.svg").stat().st_size > 1_000
    with pytest.raises(GebruiksFout, match=r"KMP-U010.*kalibratie"):
        t.plot("kalibrate")
    with pytest.raises(GebruiksFout, match="KMP-U011"):
        t.plot(bestemming="wrk")


def test_tabel_in_een_notebook(t):
    tekst = t._repr_html_()
    assert "Terugtoets Simulatiestad: voorspeld vanaf 30-06-2006, 12 maanden vooruit" in tekst
    assert tekst.count("<tr>") - 1 == 2 * len(LICHT)
    assert f"en nog {len(t.scores) - 2 * len(LICHT)} rijen" in tekst
