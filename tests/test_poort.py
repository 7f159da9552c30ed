"""The gate: truth found back where the offer is as good as random, and silence where the data cannot tell."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.poorthulp import NIEUW, PRIJS, TOT, Wereld, schrijf_poort, simuleer_poort, waarheid

from kompas.fouten import GebruiksFout, GeweigerdFout, RekenFout
from kompas.poorteffect import OORDEEL_VAN, TOELICHTING, Nieuwkomers, maak_poort, preventietabel
from kompas.poortgegevens import maak_poortgegevens, volg_aanvragen

CIJFERS = ["wachtend", "kans_zonder", "kans_met", "verschil", "ondergrens", "bovengrens", "voorkomen_per_100"]
EURO = ["opbrengst", "netto", "netto_laag", "netto_hoog"]
NIEUWKOMERS = Nieuwkomers(maanden=40.0, opbrengst=NIEUW, aantal=100, horizon=60)


def rij(config, bestand, nieuw=None):
    poort = maak_poort(bestand, config, nieuw=nieuw)
    assert len(poort.effecten) == 1
    return poort.effecten.iloc[0]


def ruw(a):
    """What everybody would compute first: granted with an offer against granted without."""
    af = a[a["besluit"] != ""]
    deel = (af["besluit"] == "toegekend").groupby(af["aanbod"].notna()).mean()
    return deel[True] - deel[False]


VERSTOORD = Wereld(kans=0.03, later=0.3, trend=-0.25, vrouw=0.7, n=8_000)


@pytest.fixture(scope="module")
def verstoord(tmp_path_factory):
    a = simuleer_poort(VERSTOORD, 3)
    return (a, *schrijf_poort(tmp_path_factory.mktemp("verstoord"), a))


@pytest.fixture(scope="module")
def zonder_effect(tmp_path_factory):
    w = Wereld(effect=0.0, effect_anders=0.0, n=8_000)
    a = simuleer_poort(w, 5)
    return (a, *schrijf_poort(tmp_path_factory.mktemp("zonder"), a))


# -- the truth


def test_het_ware_verschil_ligt_in_het_interval_ook_als_tijd_en_geslacht_meelopen(verstoord):
    a, config, bestand = verstoord
    r = rij(config, bestand)
    zonder, met = waarheid(VERSTOORD, a["jaar"].to_numpy(), (a["geslacht"] == "vrouw").to_numpy(), int(r["aanbod_dag"]))
    assert r["oordeel"] == "afhankelijk_van_aanname"
    assert r["ondergrens"] < met - zonder < r["bovengrens"]
    assert abs(r["kans_zonder"] - zonder) < 0.05
    assert abs(r["kans_met"] - met) < 0.02
    assert r["bovengrens"] - r["ondergrens"] < 0.08
    assert not r["ondergrens"] < ruw(a) < r["bovengrens"]  # the gross figure is another one


def test_gemiddeld_over_steden_is_de_schatting_zuiver_en_het_interval_zo_breed_als_het_moet(tmp_path):
    w = Wereld(later=0.5, trend=-0.2, n=2_500)
    fout, breed = [], []
    for zaad in range(12):
        a = simuleer_poort(w, zaad)
        r = rij(*schrijf_poort(tmp_path / str(zaad), a))
        zonder, met = waarheid(w, a["jaar"].to_numpy(), (a["geslacht"] == "vrouw").to_numpy(), int(r["aanbod_dag"]))
        fout.append(r["verschil"] - (met - zonder))
        breed.append((r["bovengrens"] - r["ondergrens"]) / 2 / 1.96)
    z = np.array(fout) / np.array(breed)
    assert abs(np.mean(fout)) < 3 * np.mean(breed) / np.sqrt(12)
    assert 0.5 < z.std() < 1.6
    assert (np.abs(z) < 1.96).sum() >= 9


def test_onsterfelijke_tijd_geeft_geen_effect(zonder_effect):
    """Nobody can be offered anything after his decision: who waits long gets more offers. Nothing works here.

    Grants come at the same pace as other decisions here, so the gross difference in chances is small; what the trap
    moves is the time that people wait.
    """
    a, config, bestand = zonder_effect
    r = rij(config, bestand)
    assert r["oordeel"] == "niet_vastgesteld"
    assert r["grond"] == "geen_verschil"
    assert r["ondergrens"] < 0 < r["bovengrens"]
    assert r[EURO].isna().all()
    dagen = (a["besluitdatum"] - a["aanvraagdatum"]).dt.days
    assert dagen[a["aanbod"].notna()].mean() > 1.5 * dagen[a["aanbod"].isna()].mean()


def test_onsterfelijke_tijd_als_weigeringen_vroeg_vallen(tmp_path):
    """Refusals on day 5, grants from day 6 on, and an offer that does nothing: the gross figure says it grants."""
    r = np.random.default_rng(1)
    n = 4_000
    vroeg = r.random(n) < 0.4
    dag = np.where(vroeg, r.integers(5, 30, n), r.integers(30, 60, n))
    aanbod = r.integers(0, 60, n)
    begin = pd.Timestamp("2004-01-01") + pd.to_timedelta(r.integers(0, 1100, n), unit="D")
    kans = np.where(vroeg, 0.2, 0.8)
    a = pd.DataFrame(
        {
            "aanvraag_id": [f"A{i}" for i in range(n)],
            "client_id": [f"C{i}" for i in range(n)],
            "aanvraagdatum": begin,
            "besluitdatum": begin + pd.to_timedelta(dag, unit="D"),
            "besluit": np.where(r.random(n) < kans, "toegekend", "afgewezen"),
            "geslacht": "man",
            "aanbod": (begin + pd.to_timedelta(aanbod, unit="D")).where(aanbod < dag),
        }
    )
    assert ruw(a) > 0.15
    uit = rij(*schrijf_poort(tmp_path, a))
    assert abs(uit["verschil"]) < 0.05
    assert uit["grond"] == "geen_verschil"


def test_een_aanbod_op_of_na_de_dag_van_het_besluit_telt_niet(verstoord, tmp_path):
    a, config, bestand = verstoord
    nu = rij(config, bestand)
    zonder = a["aanbod"].isna() & a["besluitdatum"].notna() & (a["besluitdatum"] < pd.Timestamp("2007-06-01"))
    laat = pd.DataFrame(
        {
            "client_id": a.loc[zonder, "client_id"],
            "instrument": "wd",
            "begindatum": a.loc[zonder, "besluitdatum"] + pd.Timedelta(days=1),
        }
    )
    met = a[a["aanbod"].notna()]
    inzet = pd.DataFrame({"client_id": met["client_id"], "instrument": "wd", "begindatum": met["aanbod"]})
    straks = rij(*schrijf_poort(tmp_path, a, inzet=pd.concat([inzet, laat])))
    assert straks["aanbiedingen"] == nu["aanbiedingen"]
    assert straks["verschil"] == nu["verschil"]


def test_een_aanbod_voor_de_aanvraag_telt_niet(tmp_path):
    a = simuleer_poort(Wereld(n=600), 2)
    inzet = pd.DataFrame(
        {"client_id": a["client_id"], "instrument": "wd", "begindatum": a["aanvraagdatum"] - pd.Timedelta(days=1)}
    )
    assert rij(*schrijf_poort(tmp_path, a, inzet=inzet))["aanbiedingen"] == 0


def test_wie_niet_kwam_opdagen_kreeg_het_aanbod(tmp_path):
    a = simuleer_poort(Wereld(n=600), 2)
    met = a[a["aanbod"].notna()]
    inzet = pd.DataFrame({"client_id": met["client_id"], "instrument": "wd", "begindatum": met["aanbod"]})
    status = np.where(np.arange(len(met)) % 2 == 0, "niet_verschenen", "geannuleerd")
    r = rij(*schrijf_poort(tmp_path, a, inzet=inzet.assign(status=status)))
    assert r["aanbiedingen"] == (len(met) + 1) // 2


# -- where nothing can be said


def leeg(r):
    return r[CIJFERS + EURO].isna().all()


def test_aanbod_alleen_bij_wie_klant_werd_is_niet_te_bepalen(verstoord, tmp_path):
    a = verstoord[0]
    klant = a["besluit"] == "toegekend"
    r = rij(*schrijf_poort(tmp_path, a.assign(aanbod=a["aanbod"].where(klant))), nieuw=NIEUWKOMERS)
    assert (r["oordeel"], r["grond"]) == ("niet_vastgesteld", "aanbod_onvolledig")
    assert leeg(r)


def test_krijgt_iedereen_het_dan_is_er_niemand_om_mee_te_vergelijken(tmp_path):
    a = simuleer_poort(Wereld(kans=1e-9, n=3_000), 4)
    dag = a["aanvraagdatum"] + pd.Timedelta(days=6)
    nog = a["besluitdatum"].isna() | (a["besluitdatum"] > dag)
    r = rij(*schrijf_poort(tmp_path, a.assign(aanbod=dag.where(nog & (dag <= pd.Timestamp(TOT))))))
    assert (r["oordeel"], r["grond"]) == ("niet_vastgesteld", "iedereen")
    assert leeg(r)


def test_te_weinig_aanbod(tmp_path):
    a = simuleer_poort(Wereld(n=1_500), 4)
    met = a.index[a["aanbod"].notna()]
    r = rij(*schrijf_poort(tmp_path, a.assign(aanbod=a["aanbod"].where(a.index.isin(met[:99])))))
    assert (r["oordeel"], r["grond"]) == ("onvoldoende_gegevens", "te_weinig")
    assert leeg(r)


def test_zonder_client_id_is_een_aanbod_niet_te_koppelen(verstoord, tmp_path):
    a = verstoord[0]
    weg = (np.arange(len(a)) % 15 == 0) & (a["besluit"] != "toegekend")
    c, b = schrijf_poort(tmp_path, a)
    tabel = b.overig["aanvragen"]
    zonder = tabel.assign(client_id=tabel["client_id"].where(~tabel["aanvraag_id"].isin(a["aanvraag_id"][weg]), None))
    r = rij(c, dataclasses.replace(b, overig={**b.overig, "aanvragen": zonder}))
    assert 0.03 < weg.mean() < 0.05
    assert r["grond"] != "client_onbekend"
    alles = tabel.assign(client_id=tabel["client_id"].where(np.arange(len(tabel)) % 10 > 0, None))
    r = rij(c, dataclasses.replace(b, overig={**b.overig, "aanvragen": alles}))
    assert (r["oordeel"], r["grond"]) == ("niet_vastgesteld", "client_onbekend")
    assert leeg(r)


def test_door_loting_is_vastgesteld_en_een_enkele_gewone_niet(tmp_path):
    a = simuleer_poort(Wereld(n=4_000), 6)
    met = a[a["aanbod"].notna()]
    inzet = pd.DataFrame({"client_id": met["client_id"], "instrument": "wd", "begindatum": met["aanbod"]})
    loot = rij(*schrijf_poort(tmp_path / "a", a, inzet=inzet.assign(toewijzing="loot")))
    een = rij(
        *schrijf_poort(tmp_path / "b", a, inzet=inzet.assign(toewijzing=["regulier"] + ["loot"] * (len(met) - 1)))
    )
    assert (loot["oordeel"], een["oordeel"]) == ("vastgesteld", "afhankelijk_van_aanname")


def test_voor_volledig_vanaf_doet_niet_mee(verstoord, tmp_path):
    a = verstoord[0]
    vanaf = dt.date(2005, 7, 1)
    bron = {"volledig_vanaf": vanaf, "bestand": "inzet.csv"}
    c, b = schrijf_poort(tmp_path, a)
    c = c.model_copy(update={"bron": c.bron.model_copy(update={"inzet": c.bron.inzet.model_copy(update=bron)})})
    poort = maak_poort(b, c)
    eerder = int((a["aanvraagdatum"] < pd.Timestamp(vanaf)).sum())
    w = poort.weglatingen.set_index("wat")["aantal"]
    assert w["aanvraag voor volledig_vanaf"] == eerder > 1_000
    assert poort.effecten["aanvragen"].item() == len(a) - eerder
    assert poort.preventie["jaar"].min() == 2004  # the quote needs no offers


def test_kwartalen_voor_de_invoering_doen_niet_mee(tmp_path):
    """Before the offer existed nobody got it: those quarters have no one to compare with."""
    a = simuleer_poort(Wereld(n=5_000), 8)
    oud = a["aanvraagdatum"] < pd.Timestamp("2005-01-01")
    poort = maak_poort(*reversed(schrijf_poort(tmp_path, a.assign(aanbod=a["aanbod"].where(~oud)))))
    w = poort.weglatingen.set_index("wat")["aantal"]
    assert w["aanvraag in een kwartaal zonder vergelijking"] == oud.sum()
    assert poort.effecten["oordeel"].item() == "afhankelijk_van_aanname"


# -- what may count as known


def test_een_kenmerk_dat_alleen_van_klanten_bekend_is_telt_niet_mee(verstoord, tmp_path):
    a = verstoord[0]
    c, b = schrijf_poort(tmp_path, a.assign(geslacht=a["geslacht"].where(a["besluit"] == "toegekend", "")))
    g = maak_poortgegevens(b, c, c.instrument[0], volg_aanvragen(b, c))
    assert not [k for k in g.kolommen if k.startswith("geslacht")]
    assert any("'geslacht'" in z and "niet van alle aanvragers" in z for z in g.zinnen)
    vol = maak_poortgegevens(verstoord[2], verstoord[1], c.instrument[0], volg_aanvragen(*reversed(verstoord[1:])))
    assert [k for k in vol.kolommen if k.startswith("geslacht")]


def test_een_verleden_dat_alleen_klanten_hebben_telt_niet_mee(tmp_path):
    """Half of those granted applied before under the same number; who was refused always gets a new one."""
    a = simuleer_poort(Wereld(n=3_000), 9)
    eerder = a[(a["besluit"] == "toegekend") & (a["aanvraagdatum"] > pd.Timestamp("2005-01-01"))].iloc[::2]
    oud = eerder.assign(
        aanvraag_id="B" + eerder["aanvraag_id"],
        aanvraagdatum=eerder["aanvraagdatum"] - pd.Timedelta(days=300),
        besluitdatum=eerder["aanvraagdatum"] - pd.Timedelta(days=280),
        besluit="afgewezen",
        aanbod=pd.NaT,
    )
    c, b = schrijf_poort(tmp_path, pd.concat([a, oud]))
    g = maak_poortgegevens(b, c, c.instrument[0], volg_aanvragen(b, c))
    assert not [k for k in g.kolommen if k.startswith("eerdere")]
    assert any("eerdere_aanvragen" in z for z in g.zinnen)


def test_eerdere_aanvragen_en_uitkeringen_tellen_als_ze_van_allen_bekend_zijn(tmp_path):
    a = simuleer_poort(Wereld(n=3_000), 9)
    laat = a["aanvraagdatum"] > pd.Timestamp("2005-06-01")
    oud = a[laat].iloc[::3]
    oud = oud.assign(
        aanvraag_id="B" + oud["aanvraag_id"],
        aanvraagdatum=oud["aanvraagdatum"] - pd.Timedelta(days=300),
        besluitdatum=oud["aanvraagdatum"] - pd.Timedelta(days=280),
        besluit=np.where(np.arange(len(oud)) % 2 == 0, "toegekend", "afgewezen"),
        aanbod=pd.NaT,
    )
    c, b = schrijf_poort(tmp_path, pd.concat([a, oud]))
    eind = b.uitkeringen["begindatum"] + pd.Timedelta(days=60)
    b = dataclasses.replace(b, uitkeringen=b.uitkeringen.assign(einddatum=eind))
    g = maak_poortgegevens(b, c, c.instrument[0], volg_aanvragen(b, c))
    assert {"eerdere_aanvragen=een", "eerdere_uitkering=jaar"} <= set(g.kolommen)
    een = g.data.background[:, g.kolommen.index("eerdere_aanvragen=een")]
    assert een.sum() == len(oud)
    jaar = g.data.background[:, g.kolommen.index("eerdere_uitkering=jaar")]
    assert jaar.sum() == (oud["besluit"] == "toegekend").sum()  # the spell applied for itself never counts


@pytest.mark.parametrize("kenmerk", ["leefvorm"])
def test_een_beschermd_gegeven_achter_een_hernoeming_wordt_geweigerd(tmp_path, kenmerk):
    a = simuleer_poort(Wereld(n=300), 1).assign(nationaliteit="x")
    c, b = schrijf_poort(tmp_path, a)
    bron = c.bron.model_copy(
        update={"aanvragen": c.bron.aanvragen.model_copy(update={"kolommen": {kenmerk: "nationaliteit"}})}
    )
    with pytest.raises(GeweigerdFout) as fout:
        maak_poort(b, c.model_copy(update={"bron": bron}))
    assert (fout.value.code, fout.value.exitcode) == ("KMP-W001", 5)


def test_aanbod_als_kolom_van_aanvragen_geeft_hetzelfde(verstoord, tmp_path):
    a, config, bestand = verstoord
    zonder = pd.DataFrame({"client_id": [], "instrument": [], "begindatum": []})
    met = rij(*schrijf_poort(tmp_path, a.assign(aanbod_datum=a["aanbod"]), inzet=zonder))
    gewoon = rij(config, bestand)
    assert met[[*CIJFERS, "aanbiedingen", "grond"]].equals(gewoon[[*CIJFERS, "aanbiedingen", "grond"]])


def test_de_volgorde_van_de_rijen_doet_er_niet_toe(verstoord, tmp_path):
    a, config, bestand = verstoord
    anders = schrijf_poort(tmp_path, a.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(maak_poort(bestand, config).effecten, maak_poort(*reversed(anders)).effecten)


# -- euros and the quote


def test_euros_zijn_voorkomen_uitkeringen_keer_hun_waarde_min_kosten(verstoord):
    _, config, bestand = verstoord
    r = rij(config, bestand, NIEUWKOMERS)
    per_aanbod = -r["verschil"] / r["wachtend"]
    assert r["voorkomen_per_100"] == pytest.approx(100 * per_aanbod)
    assert r["opbrengst"] == pytest.approx(per_aanbod * NIEUW)
    assert r["netto"] == pytest.approx(per_aanbod * NIEUW - PRIJS)
    assert r["netto_laag"] == pytest.approx(-r["bovengrens"] / r["wachtend"] * NIEUW - PRIJS)
    assert r["netto_hoog"] == pytest.approx(-r["ondergrens"] / r["wachtend"] * NIEUW - PRIJS)
    zonder_prijs = config.model_copy(update={"instrument": (config.instrument[0].model_copy(update={"kosten": None}),)})
    r = rij(zonder_prijs, bestand, NIEUWKOMERS)
    assert r[["kosten", "netto", "netto_laag", "netto_hoog"]].isna().all()
    assert r["opbrengst"] > 0


def test_preventiequote_van_weert():
    """74% of the applications ended without benefit; what still runs does not count."""
    besluit = ["toegekend"] * 26 + ["afgewezen"] * 30 + ["buiten_behandeling"] * 14 + ["ingetrokken"] * 30 + [None] * 5
    datum = pd.Series(pd.to_datetime(["2006-05-01"] * 100 + [None] * 5))
    t = preventietabel(pd.DataFrame({"besluit": besluit, "besluitdatum": datum}), dt.date(2007, 1, 1))
    assert t["preventiequote"].tolist() == [0.74]
    assert t[["besloten", "toegekend", "ingetrokken"]].to_numpy().tolist() == [[100, 26, 30]]


def test_zonder_aanvragen_of_besluiten_geen_poort(tmp_path):
    a = simuleer_poort(Wereld(n=200), 1)
    c, b = schrijf_poort(tmp_path, a)
    with pytest.raises(GebruiksFout, match="KMP-Q001"):
        maak_poort(dataclasses.replace(b, overig={}), c)
    niets = b.overig["aanvragen"].assign(besluitdatum=pd.NaT, besluit=None)
    with pytest.raises(RekenFout, match="KMP-Q002"):
        maak_poort(dataclasses.replace(b, overig={"aanvragen": niets}), c)


def test_zonder_instrument_aan_de_poort_blijft_de_quote(tmp_path):
    a = simuleer_poort(Wereld(n=300), 1)
    c, b = schrijf_poort(tmp_path, a)
    anders = c.model_copy(update={"instrument": ()})
    p = maak_poort(b, anders)
    assert p.effecten.empty
    assert len(p.preventie) == 4
    assert "meter werkdirect" in p.waarschuwingen[0]


def test_elke_grond_heeft_een_oordeel_en_een_uitleg():
    assert set(OORDEEL_VAN) == set(TOELICHTING)
    vier = {"vastgesteld", "afhankelijk_van_aanname", "niet_vastgesteld", "onvoldoende_gegevens"}
    assert set(OORDEEL_VAN.values()) == vier
