"""End to end against the oracle: ``kompas.herijk`` and statsmodels on the person-months of the oracle."""

import csv
import datetime as dt
import hashlib
import itertools
import json
import random
import shutil

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.interpolate import CubicSpline
from tests.orakel import Instelling, maak_stukken, perioden_van_client
from tests.test_panel import REDENEN, aow

import kompas
from kompas import panel as panelmodule
from kompas.bron import lees_bron
from kompas.config import BESTEMMINGEN, lees_config, maak_config
from kompas.fouten import GebruiksFout, KompasError, RekenFout
from kompas.herijking import schat
from kompas.methoden import METHODEN
from kompas.oordeel import OORDEEL_VAN, TOELICHTING
from kompas.simulatie import simuleer_gemeente, standaard_waarheid

ALLEEN = ("waargenomen",)  # where the other methods are not the subject
TOL_COEF = 1e-5
TOL_SE = 1e-4
REDEN = REDENEN | {"13": "werk", "34": "handhaving", "35": "handhaving", "06": "handhaving", "07": "handhaving"}

KOP = """
[gemeente]
naam = "Toetsdorp"
peildatum = {peildatum}
[bron]
venster_van = {van}
gat_dagen = {gat}
[bron.uitkeringen]
bestand = "uitkeringen.csv"
[bron.inzet]
bestand = "inzet.csv"
{inzet}
[kenmerken]
gebruik = {gebruik}
{banden}
[model]
kalender = "{kalender}"
effect_per = {effect_per}
duurbanden = {duurbanden}
"""
TRAJECT = '[[instrument]]\ncode = "reintegratie"\nduur_maanden = 6\nfasen_na = [12]\n'
BEZOEK = '[[instrument]]\ncode = "huisbezoek"\nmeter = "handhaving"\nduur_maanden = 0\n'
STANDAARD = {
    "peildatum": "2007-06-30",
    "van": "2003-02-14",
    "gat": 30,
    "inzet": "",
    "gebruik": '["geslacht", "leeftijd", "opleiding", "duur"]',
    "banden": "",
    "kalender": "geen",
    "effect_per": "[]",
    "duurbanden": "[3, 6, 12, 24]",
    "instrumenten": TRAJECT + BEZOEK,
}


def schrijf(map_, sim, **anders):
    """Write tables and a config; couples share a household, so that deployments of partners count."""
    keus = STANDAARD | anders
    (map_ / "bron").mkdir(parents=True)
    u = sim.uitkeringen.copy()
    nummer = u["client_id"].str[1:].astype(int)
    u["huishouden_id"] = "H" + np.where(nummer % 5 < 2, nummer - nummer % 5, nummer).astype(str)
    kort = [k for k in u.columns if k not in {"bedrag_maand", "registratiedatum", "team", "klantmanager"}]
    for naam, tabel in (("uitkeringen", u[kort]), ("inzet", sim.inzet)):
        tabel.to_csv(map_ / "bron" / f"{naam}.csv", index=False, date_format="%d-%m-%Y", sep=";", decimal=",")
    (map_ / "kompas.toml").write_text(KOP.format(**keus) + keus["instrumenten"], encoding="utf-8")
    return map_ / "kompas.toml"


def _datum(tekst):
    return dt.datetime.strptime(tekst, "%d-%m-%Y").date() if tekst else None  # noqa: DTZ007 - a date, no moment


def lees_rijen(map_):
    """Read the tables with nothing of kompas."""
    with (map_ / "bron" / "uitkeringen.csv").open(encoding="utf-8", newline="") as f:
        uitkeringen = list(csv.DictReader(f, delimiter=";"))
    with (map_ / "bron" / "inzet.csv").open(encoding="utf-8", newline="") as f:
        inzet = list(csv.DictReader(f, delimiter=";"))
    for r in uitkeringen:
        r |= {k: _datum(r[k]) for k in ("begindatum", "einddatum", "geboortedatum")}
        r["reden_einde"] = r["reden_einde"].zfill(2) if r["einddatum"] else None
        r["bestemming"] = REDEN.get(r["reden_einde"], "overig") if r["einddatum"] else None
    for r in inzet:
        r |= {k: _datum(r.get(k)) for k in ("begindatum", "einddatum", "geplande_einddatum", "aanmelddatum")}
    return uitkeringen, inzet


def persoonmaanden(pad):
    """The oracle's pieces as a table, with the raw traits of the recipient."""
    config = lees_config(pad)
    i = Instelling(
        venster_van=config.bron.venster_van,
        peildatum=config.gemeente.peildatum,
        gat_dagen=config.bron.gat_dagen,
        rijping_maanden=config.bron.rijping_maanden,
        volledig_vanaf=config.bron.inzet.volledig_vanaf,
        instrumenten={x.code: (x.duur_maanden, x.fasen_na) for x in config.instrument},
    )
    stukken = maak_stukken(*lees_rijen(pad.parent), i, aow, per_dag=False)
    tabel = pd.DataFrame(
        {
            "client": [s.client for s in stukken],
            "k": [s.k for s in stukken],
            "jaar": [s.maand[0] for s in stukken],
            "maand": [s.maand[1] for s in stukken],
            "d": [s.d for s in stukken],
            "event": [s.event for s in stukken],
            "leeftijd": [s.leeftijd for s in stukken],
            "eerdere_spells": [s.eerdere_spells for s in stukken],
            **{n: [s.rij[n] for s in stukken] for n in ("geslacht", "leefvorm", "opleiding", "fasering")},
        }
    )
    for j, code in enumerate(i.instrumenten):
        tabel[f"fase:{code}"] = [s.fasen[j] for s in stukken]
        tabel[f"inzet:{code}"] = [s.inzetten[j] for s in stukken]
    return tabel


def kolommen_van(m, termen, banden):
    """Lay out the named terms on the oracle's pieces."""
    randen = [0, *banden, 10**6]
    X = pd.DataFrame(index=m.index)
    for term in termen:
        if term.startswith("duur="):
            a = int(term[5:].rstrip("+").split("-")[0])
            b = randen[randen.index(a) + 1]
            X[term] = (m["k"] > a) & (m["k"] <= b)
        elif term.startswith("maand="):
            X[term] = m["maand"] == int(term[6:])
        elif term.startswith(("leeftijd=", "eerdere_spells=")):
            naam, band = term.split("=")
            a, b = _grenzen(band)
            X[term] = (m[naam] >= a) & (m[naam] <= b)
        elif "=" in term:
            naam, waarde = term.split("=", 1)
            X[term] = m[naam] == waarde
        else:
            X[term] = m[term]
    return X.astype(float)


def _grenzen(naam):
    if naam.startswith("<"):
        return 0, int(naam[1:]) - 1
    if naam.endswith("+"):
        return int(naam[:-1]), 200
    a, b = naam.split("-")
    return int(a), int(b)


def glm(X, y, d):
    familie = sm.families.Binomial(link=sm.families.links.CLogLog())
    return sm.GLM(y.astype(float), X, family=familie, offset=np.log(d)).fit(tol=1e-13, maxiter=200)


def sandwich(X, y, d, beta, groep):
    """Client-clustered sandwich on the observed information, G / (G - 1)."""
    u = np.exp(X @ beta) * d
    e = np.expm1(u)
    score = np.where(y, u / e, -u)
    krom = np.where(y, u / e - u**2 * np.exp(u) / e**2, -u)
    brood = np.linalg.inv(-(X * krom[:, None]).T @ X)
    per_client = pd.DataFrame(X * score[:, None]).groupby(groep).sum().to_numpy()
    G = len(per_client)
    return brood @ (per_client.T @ per_client) @ brood * G / (G - 1)


@pytest.fixture(scope="module")
def sim():
    waarheid = standaard_waarheid(selectie=0.5, heterogeniteit=0.5, instrumenten=["reintegratie", "huisbezoek"])
    return simuleer_gemeente(waarheid, zaad=5, clienten=900, venster_van=dt.date(2003, 1, 1), met_verwacht=False)


VARIANTEN = {
    "geen, leeftijd lineair": {},
    "maand, leeftijd in banden": {
        "kalender": "maand",
        "gebruik": '["geslacht", "leeftijd", "leefvorm", "eerdere_spells"]',
        "banden": "banden.leeftijd = [25, 35, 45]",
        "duurbanden": "[2, 6, 12, 36]",
        "gat": 45,
    },
    "maand+trend, volledig_vanaf": {
        "kalender": "maand+trend",
        "gebruik": '["fasering", "eerdere_spells"]',
        "banden": "banden.eerdere_spells = [1]",
        "inzet": 'volledig_vanaf = 2004-05-20\nnegeer = ["huisbezoek"]',
        "instrumenten": TRAJECT,
    },
}


@pytest.fixture(scope="module", params=VARIANTEN)
def paar(request, sim, tmp_path_factory):
    """A model folder and the oracle's person-months of the same town."""
    map_ = tmp_path_factory.mktemp("toets") / "dorp"
    pad = schrijf(map_, sim, **VARIANTEN[request.param])
    h = kompas.herijk(pad, map_ / "model", zaad=1)
    return pad, map_ / "model", h, persoonmaanden(pad)


def test_elke_coefficient_effect_en_fout_als_statsmodels_op_het_orakel(paar):
    pad, model, h, m = paar
    config = lees_config(pad)
    coef, effecten, glance = (
        pd.read_csv(model / f"{n}.csv").query("methode == 'waargenomen'")
        for n in ("coefficienten", "effecten", "glance")
    )
    glance = glance.set_index("bestemming")
    assert len(m) > 10_000
    for bestemming in BESTEMMINGEN:
        c = coef[coef["bestemming"] == bestemming]
        e = effecten[(effecten["bestemming"] == bestemming) & (effecten["groep"] == "allen")]
        trend = [t for t in c["term"] if t.startswith("trend")]
        X = kolommen_van(m, [t for t in c["term"] if t not in trend], config.model.duurbanden)
        for _, r in e.iterrows():
            X[f"{r.instrument}:{r.fase}"] = (m[f"fase:{r.instrument}"] == r.fase).astype(float)
        if trend:
            X = pd.concat([X, _natuurlijke_spline(m, h.tijd.knots)], axis=1)
        y = (m["event"] == bestemming).to_numpy()
        assert all(y[X[k] > 0].any() for k in X if not k.startswith("s")), "the design avoids levels without exits"
        fit = glm(X.to_numpy(), y, m["d"].to_numpy())
        V = sandwich(X.to_numpy(), y, m["d"].to_numpy(), fit.params, m["client"].to_numpy())
        ons = pd.concat([c[~c["term"].isin(trend)], e])
        n = len(ons)
        np.testing.assert_allclose(ons["log_effect"], fit.params[:n], atol=TOL_COEF)
        np.testing.assert_allclose(ons["se"], np.sqrt(np.diag(V))[:n], rtol=TOL_SE)
        assert glance.loc[bestemming, "log_likelihood"] == pytest.approx(fit.llf, rel=1e-6)
        assert glance.loc[bestemming, "gebeurtenissen"] == y.sum()
        assert glance.loc[bestemming, "persoonmaanden"] == pytest.approx(m["d"].sum(), rel=1e-12)


def _natuurlijke_spline(m, knots):
    """Another basis of the same space: cardinal natural splines on the knots (their sum, a constant, left out)."""
    x = (m["jaar"] * 12 + m["maand"] - 1 - (m["jaar"] * 12 + m["maand"] - 1).min()) / 12
    eenheid = np.eye(len(knots))
    return pd.DataFrame(
        {f"s{j}": CubicSpline(knots, eenheid[j], bc_type="natural")(x) for j in range(1, len(knots))}, index=m.index
    )


def test_effecten_tellen_inzetten_en_uitstroom_van_het_orakel(paar):
    _, model, _, m = paar
    effecten = pd.read_csv(model / "effecten.csv")
    assert len(effecten)
    for _, r in effecten.iterrows():
        in_fase = m[f"fase:{r.instrument}"] == r.fase
        assert r.inzetten == m.loc[in_fase, f"inzet:{r.instrument}"].nunique()
        assert r.gebeurtenissen == (m.loc[in_fase, "event"] == r.bestemming).sum()


def test_referentie_is_het_meest_voorkomende_niveau_en_staat_in_het_model(paar):
    pad, model, h, m = paar
    eerste = m.groupby(["client"], as_index=False).first()
    for k in h.kenmerken:
        if k.soort != "categorie":
            continue
        termen = set(pd.read_csv(model / "coefficienten.csv")["term"])
        ontbreekt = [v for v in k.niveaus if f"{k.naam}={v}" not in termen]
        assert ontbreekt == [k.referentie] == [eerste[k.naam].mode()[0]]
    assert json.loads((model / "model.json").read_text(encoding="utf-8"))["kenmerken"][0]["naam"] == h.kenmerken[0].naam
    assert "intercept" not in set(pd.read_csv(model / "coefficienten.csv")["term"])
    del pad


# --- sparse levels -----------------------------------------------------------------------------------------------


def _bestand(sim_, map_, **anders):
    pad = schrijf(map_, sim_, **anders)
    config = lees_config(pad)
    return lees_bron(config), config, pad


def test_band_zonder_uitstroom_wordt_met_de_vorige_samengevoegd(sim, tmp_path):
    m = persoonmaanden(schrijf(tmp_path / "eerst", sim))
    raak = sorted(set(m.loc[m["event"] == "handhaving", "k"]))
    leeg = next(k for k in range(14, 100) if k not in raak and k + 1 not in raak)
    grenzen = (3, leeg - 1, leeg, leeg + 1)
    bestand, config, _ = _bestand(sim, tmp_path / "d", duurbanden=str(list(grenzen)), gebruik='["geslacht"]')
    h = schat(bestand, config, methoden=ALLEEN)
    c = h.coefficienten[h.coefficienten["bestemming"] == "handhaving"].set_index("term")
    vorige, *samen = (f"duur={a}-{b}" for a, b in itertools.pairwise(grenzen))
    for term in samen:
        assert c.loc[term, "log_effect"] == c.loc[vorige, "log_effect"]
        assert c.loc[term, "se"] == c.loc[vorige, "se"] > 0
    X = kolommen_van(m, [t for t in c.index if t not in samen], grenzen)
    X[vorige] = ((m["k"] > 3) & (m["k"] <= leeg + 1)).astype(float)
    for ins in config.instrument:
        for fase in ins.fasen:
            X[f"{ins.code}:{fase}"] = (m[f"fase:{ins.code}"] == fase).astype(float)
    fit = glm(X.to_numpy(), (m["event"] == "handhaving").to_numpy(), m["d"].to_numpy())
    np.testing.assert_allclose(c["log_effect"].drop(samen), fit.params[: len(c) - 2], atol=TOL_COEF)


def test_niveau_zonder_uitstroom_blijft_eindig_en_is_onvoldoende(sim, tmp_path):
    u = sim.uitkeringen.copy()
    zeldzaam = u["client_id"].isin(u["client_id"].unique()[:40])
    u.loc[zeldzaam & (u["reden_einde"].isin(["31", "34", "35"])), "reden_einde"] = "98"
    u.loc[zeldzaam, "opleiding"] = "basis"
    u.loc[~zeldzaam & (u["opleiding"] == "basis"), "opleiding"] = "vmbo"
    inzet = sim.inzet[(sim.inzet["instrument"] != "huisbezoek") | sim.inzet["client_id"].isin(u["client_id"][zeldzaam])]
    kopie = type(sim)(**{k: getattr(sim, k) for k in sim.__slots__} | {"uitkeringen": u, "inzet": inzet})
    bestand, config, _ = _bestand(kopie, tmp_path / "d")
    h = schat(bestand, config, methoden=ALLEEN)
    r = h.coefficienten[
        (h.coefficienten["bestemming"] == "handhaving") & (h.coefficienten["term"] == "opleiding=basis")
    ]
    assert float(r["log_effect"].iloc[0]) < 0  # pulled down by the data, held by the prior
    assert float(r["log_effect"].iloc[0]) > -5
    assert 0 < float(r["se"].iloc[0]) <= 1.0
    e = h.effecten[(h.effecten["instrument"] == "huisbezoek") & (h.effecten["bestemming"] == "handhaving")]
    assert (e["gebeurtenissen"] == 0).all()
    assert (e["oordeel"] == "onvoldoende_gegevens").all()
    assert np.isfinite(h.effecten[["log_effect", "se", "effect", "ondergrens", "bovengrens"]]).to_numpy().all()
    assert h.glance["log_likelihood"].notna().all()


# --- properties --------------------------------------------------------------------------------------------------


def test_volgorde_van_de_rijen_verandert_geen_byte(sim, tmp_path):
    pad = schrijf(tmp_path / "a", sim, gebruik='["geslacht", "leeftijd", "opleiding"]', effect_per='["opleiding"]')
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for naam in ("uitkeringen", "inzet"):
        bestand = tmp_path / "b" / "bron" / f"{naam}.csv"
        kop, *rijen = bestand.read_text(encoding="utf-8").splitlines()
        random.Random(8).shuffle(rijen)  # noqa: S311 - a test, no secret
        bestand.write_text("\n".join([kop, *rijen]) + "\n", encoding="utf-8")
    modellen = []
    for map_ in (tmp_path / "a", tmp_path / "b"):
        kompas.herijk(map_ / pad.name, map_ / "model", zaad=4)
        modellen.append({p.name: p.read_bytes() for p in (map_ / "model").iterdir()})
    a, b = modellen
    assert a.keys() == b.keys()
    anders = {n for n in a if hashlib.sha256(a[n]).digest() != hashlib.sha256(b[n]).digest()}
    assert anders <= {"manifest.json", "model.json"}  # these two list the hashes of the input files
    inhoud = [json.loads(x["model.json"]) for x in modellen]
    invoer = [i.pop("invoer") for i in inhoud]
    assert invoer[0] != invoer[1]
    assert inhoud[0] == inhoud[1]


def test_zelfde_uitkomst_in_kleine_stukken(sim, tmp_path, monkeypatch):
    bestand, config, _ = _bestand(sim, tmp_path / "d", kalender="maand", effect_per='["geslacht"]')
    heel = schat(bestand, config, methoden=ALLEEN)
    monkeypatch.setattr(panelmodule, "CHUNK", 97)
    klein = schat(bestand, config, methoden=ALLEEN)
    for naam in ("effecten", "coefficienten", "glance", "kalibratie", "steun", "weglatingen"):
        pd.testing.assert_frame_equal(getattr(heel, naam), getattr(klein, naam), check_exact=True)
    np.testing.assert_array_equal(heel.covariantie, klein.covariantie)


PLACEBOZADEN = range(12)


@pytest.fixture(scope="module")
def placebos(tmp_path_factory):
    """Towns with one instrument that does nothing and is given without selection."""
    uit = []
    waarheid = standaard_waarheid(
        selectie=0.0, heterogeniteit=0.0, effect=0.0, instrumenten=["placebo"], voorloop_jaren=5
    )
    for zaad in PLACEBOZADEN:
        map_ = tmp_path_factory.mktemp("placebo") / "dorp"
        dorp = simuleer_gemeente(
            waarheid, zaad=zaad, clienten=1500, venster_van=dt.date(2004, 1, 1), met_verwacht=False
        )
        bestand, config, pad = _bestand(
            dorp,
            map_,
            van="2004-01-01",
            gebruik='["geslacht", "leeftijd", "leefvorm", "opleiding", "fasering"]',
            kalender="maand",
            duurbanden="[1, 2, 3, 4, 5, 6, 9, 12, 18, 24, 36, 60]",
            instrumenten='[[instrument]]\ncode = "placebo"\nduur_maanden = 3\n',
        )
        uit.append((schat(bestand, config, methoden=ALLEEN).effecten, pad))
    return uit


def test_placebo_zonder_selectie_doet_niets(placebos):
    e = pd.concat([x for x, _ in placebos])
    e = e[e["gebeurtenissen"] >= 5]
    z = (e["log_effect"] / e["se"]).to_numpy()
    assert z.size >= 60
    assert abs(z.mean()) < 4 / np.sqrt(z.size)
    assert 0.7 < z.std() < 1.35
    assert (np.abs(z) > 1.96).sum() <= stats.binom.ppf(0.9999, z.size, 0.05)


def test_de_placebotoets_kan_falen_met_onsterfelijke_tijd(placebos):
    z = []
    for _, pad in placebos[:2]:
        m = persoonmaanden(pad)
        spell = m["client"] + (m["k"] < m["k"].shift(fill_value=0)).cumsum().astype(str)
        ooit = m["fase:placebo"].notna().groupby(spell).transform("any")  # wrong: treated from the first month on
        X = kolommen_van(m, ["duur=0-3", "duur=3-12", "duur=12+"], (3, 12)).assign(ooit=ooit.astype(float))
        fit = glm(X.to_numpy(), m["event"].notna().to_numpy(), m["d"].to_numpy())
        goed = X.assign(ooit=m["fase:placebo"].notna().astype(float))
        recht = glm(goed.to_numpy(), m["event"].notna().to_numpy(), m["d"].to_numpy())
        z.append((fit.params[-1] / fit.bse[-1], recht.params[-1] / recht.bse[-1]))
    assert all(fout < -3 for fout, _ in z)
    assert all(abs(recht) < 3 for _, recht in z)


def test_allen_is_het_gemiddelde_van_de_groepen_over_behandelde_blootstelling(sim, tmp_path):
    bestand, config, pad = _bestand(sim, tmp_path / "d", effect_per='["opleiding"]')
    h = schat(bestand, config, methoden=ALLEEN)
    m = persoonmaanden(pad)
    e = h.effecten.set_index(["instrument", "fase", "bestemming", "groep"])["log_effect"].sort_index()
    gezien = 0
    for (ins, fase, b, groep), allen in e.items():
        if groep != "allen":
            continue
        d = m[m[f"fase:{ins}"] == fase].groupby("opleiding")["d"].sum()
        per = pd.Series({v: e[ins, fase, b, f"opleiding={v}"] for v in d.index})
        assert allen == pytest.approx((per * d).sum() / d.sum(), abs=1e-9)
        gezien += per.max() > per.min()
    assert gezien > 3  # the groups do differ
    tellingen = h.effecten[h.effecten["groep"] != "allen"].groupby(["instrument", "fase", "bestemming"])[
        "gebeurtenissen"
    ]
    totaal = h.effecten[h.effecten["groep"] == "allen"].set_index(["instrument", "fase", "bestemming"])[
        "gebeurtenissen"
    ]
    assert (tellingen.sum() == totaal.reindex(tellingen.sum().index)).all()


def test_effecten_voldoen_aan_het_contract(paar):
    _, model, h, _ = paar
    for e in (pd.read_csv(model / "effecten.csv"), pd.read_parquet(model / "effecten.parquet")):
        sleutel = ["instrument", "fase", "bestemming", "groep"]
        assert (e.groupby(sleutel)["voorkeur"].sum() == 1).all()
        assert not e.duplicated([*sleutel, "methode"]).any()
        assert set(e["methode"]) == set(METHODEN)
        assert len(e) == len(METHODEN) * len(e[sleutel].drop_duplicates())
        assert set(e["oordeel"]) <= {
            "vastgesteld",
            "afhankelijk_van_aanname",
            "niet_vastgesteld",
            "onvoldoende_gegevens",
        }
        assert (e["oordeel"] == e["grond"].map(OORDEEL_VAN)).all()
        assert (e["toelichting"] == e["grond"].map(TOELICHTING)).all()
        assert len(e[[*sleutel, "grond"]].drop_duplicates()) == len(e[sleutel].drop_duplicates())
        assert np.isfinite(e.loc[e["voorkeur"], ["log_effect", "se"]]).all().all()
        np.testing.assert_allclose(e["effect"], np.exp(e["log_effect"]))
        np.testing.assert_allclose(e["bovengrens"], np.exp(e["log_effect"] + 1.959964 * e["se"]), rtol=1e-6)
        np.testing.assert_allclose(e["ondergrens"] * e["bovengrens"], e["effect"] ** 2)
    assert '"voorkeur"' not in (model / "effecten.csv").read_text(encoding="utf-8")
    assert ",true," in (model / "effecten.csv").read_text(encoding="utf-8")
    assert any("waargenomen kenmerken" in w for w in h.waarschuwingen) != h.gesteund


def test_zonder_instrumenten_en_met_lege_inzet(sim, tmp_path):
    leeg = type(sim)(**{k: getattr(sim, k) for k in sim.__slots__} | {"inzet": sim.inzet.iloc[:0]})
    for map_, instrumenten in (("a", TRAJECT), ("b", "")):
        pad = schrijf(tmp_path / map_, leeg, instrumenten=instrumenten, effect_per='["geslacht"]')
        h = kompas.herijk(pad, tmp_path / map_ / "model")
        assert h.glance["persoonmaanden"].to_numpy() == pytest.approx(persoonmaanden(pad)["d"].sum())
        e = pd.read_csv(tmp_path / map_ / "model" / "effecten.csv")
        assert len(e) == (3 * 3 * 3 if instrumenten else 0)  # phases x bestemmingen x (allen, man, vrouw)
        assert list(e.columns[:5]) == ["instrument", "fase", "bestemming", "groep", "methode"]
        assert (e["oordeel"] == "onvoldoende_gegevens").all()
        assert (e["inzetten"] == 0).all()
        assert (e["log_effect"] == 0).all()
        assert (e["se"] > 0).all()


def test_volledig_vanaf_verschuift_het_begin_van_de_blootstelling(sim, tmp_path):
    pad = schrijf(tmp_path / "a", sim, inzet="volledig_vanaf = 2005-03-10")
    later = schrijf(tmp_path / "b", sim, van="2005-03-10")
    vroeger = schrijf(tmp_path / "c", sim, inzet="volledig_vanaf = 1999-01-01")
    gewoon = schrijf(tmp_path / "d", sim)
    h = {
        p.parent.name: schat(lees_bron(lees_config(p)), lees_config(p), methoden=ALLEEN)
        for p in (pad, later, vroeger, gewoon)
    }
    pd.testing.assert_frame_equal(h["a"].coefficienten, h["b"].coefficienten)
    pd.testing.assert_frame_equal(h["c"].coefficienten, h["d"].coefficienten)
    m = persoonmaanden(pad)
    assert (m["jaar"] * 12 + m["maand"]).min() >= 2005 * 12 + 2
    assert h["a"].glance["persoonmaanden"].iloc[0] == pytest.approx(m["d"].sum())
    assert m["d"].sum() < h["d"].glance["persoonmaanden"].iloc[0]


@pytest.mark.parametrize(
    ("anders", "code", "woord"),
    [
        ({"gebruik": '["geslacht", "opleidng"]'}, "KMP-C016", "opleiding"),
        ({"effect_per": '["leeftijd"]'}, "KMP-C023", "banden.leeftijd"),
        ({"effect_per": '["leefvorm"]'}, "KMP-C022", "leefvorm"),
        ({"effect_per": '["niets"]'}, "KMP-C016", "niets"),
    ],
)
def test_verkeerd_kenmerk_geeft_een_duidelijke_fout(sim, tmp_path, anders, code, woord):
    pad = schrijf(tmp_path / "d", sim, **anders)
    with pytest.raises(GebruiksFout) as fout:
        kompas.herijk(pad, tmp_path / "model")
    assert fout.value.code == code
    assert woord in fout.value.bericht
    assert not (tmp_path / "model").exists()
    with pytest.raises(GebruiksFout, match=code):  # what a herijking refuses, the check refuses
        kompas.controleer(pad)


def test_leeg_venster_is_een_fout(sim, tmp_path):
    bestand, config, _ = _bestand(sim, tmp_path / "d")
    later = maak_config(
        config.model_dump()
        | {"gemeente": {"naam": "x", "peildatum": dt.date(1970, 2, 1)}}
        | {"bron": config.bron.model_dump() | {"venster_van": dt.date(1970, 1, 1)}}
    )
    with pytest.raises(KompasError, match="KMP-M002"):
        schat(bestand, later)
    assert perioden_van_client([], 30) == []


@pytest.mark.parametrize(("rijen", "code"), [(5, "KMP-M001"), (30, "KMP-M001")])
def test_te_weinig_gegevens_is_een_duidelijke_fout(sim, tmp_path, rijen, code):
    pad = schrijf(tmp_path / "klein", sim)
    bron = pad.parent / "bron" / "uitkeringen.csv"
    regels = bron.read_text(encoding="utf-8").splitlines()
    bron.write_text("\n".join(regels[: rijen + 1]) + "\n", encoding="utf-8")
    (pad.parent / "bron" / "inzet.csv").write_text(
        (pad.parent / "bron" / "inzet.csv").read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8"
    )
    with pytest.raises(RekenFout, match=code):
        kompas.herijk(pad, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def test_zonder_uitstroom_geen_model_en_zonder_werk_geen_kans_op_werk(sim, tmp_path):
    pad = schrijf(tmp_path / "stad", sim)
    bron = pad.parent / "bron" / "uitkeringen.csv"
    tabel = pd.read_csv(bron, dtype=str, sep=";")
    tabel.assign(reden_einde=tabel["reden_einde"].replace({"11": "19", "13": "19"})).to_csv(bron, index=False, sep=";")
    h = kompas.herijk(pad, tmp_path / "model")
    assert any("'werk' komt in het venster niet voor" in w for w in h.waarschuwingen)
    assert (h.effecten.loc[h.effecten["bestemming"] == "werk", "oordeel"] == "onvoldoende_gegevens").all()
    lijst = kompas.lijstwerk(pad, h).to_frame()
    assert lijst["kans_werk_12m"].isna().all()
    assert lijst["kans_uitstroom_12m"].notna().any()
    tabel.assign(einddatum="", reden_einde="").to_csv(bron, index=False, sep=";")
    with pytest.raises(RekenFout, match="KMP-M003"):
        kompas.herijk(pad, tmp_path / "leeg")
