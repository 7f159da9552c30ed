"""The catalogue: figures that agree with the list, a ranking that is computed, and silence where there is nothing."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

import kompas
from kompas.bron import Bestand, lees_bron
from kompas.catalogusdelen import BELEIDSNIVEAU, maak_catalogus
from kompas.catalogusrang import krimp, rangorde, winnaarszin
from kompas.catalogusreken import KLEINST, te_verbergen, terugverdiend
from kompas.cli import main
from kompas.config import Config, lees_config, maak_config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.lijst import maak_lijst
from kompas.weergave.catalogusblad import cataloguspagina, catalogustekst

CODES = ("reintegratie", "werkdirect", "placebo")


@dataclasses.dataclass(frozen=True)
class Geval:
    config: Config
    bestand: Bestand
    h: Herijking

    def catalogus(self):
        return maak_catalogus(self.bestand, self.config, self.h)

    def lijst(self) -> pd.DataFrame:
        return maak_lijst(self.bestand, self.config, self.h).to_frame()

    def met_config(self, **delen: object) -> Geval:
        return dataclasses.replace(self, config=maak_config(self.config.model_dump() | delen, pad=self.config.pad))

    def met_instrument(self, code: str, **velden: object) -> Geval:
        nieuw = tuple(i.model_dump() | (velden if i.code == code else {}) for i in self.config.instrument)
        return self.met_config(instrument=nieuw)

    def met_effect(self, code: str, log_effect: float, *, oordeel: str = "vastgesteld", se: float = 0.05) -> Geval:
        """The same model with one known effect on every bestemming and phase, supported everywhere."""
        h = self.h
        coef, v = h.meter_coef.copy(), h.meter_covariantie.copy()
        for j, term in enumerate(h.termen):
            if term.startswith(f"inzet:{code}="):
                coef[:, j] = log_effect
                for k in range(3):
                    p = k * len(h.termen) + j
                    v[p, :] = v[:, p] = 0.0
                    v[p, p] = se**2
        eigen = h.effecten["instrument"] == code
        grond = {"vastgesteld": "typen_eens", "niet_vastgesteld": "geen_verschil", "onvoldoende_gegevens": "te_weinig"}
        effecten = h.effecten.assign(
            oordeel=h.effecten["oordeel"].where(~eigen, oordeel),
            grond=h.effecten["grond"].where(~eigen, grond[oordeel]),
        )
        steun = h.steun.assign(voldoende=h.steun["voldoende"] | (h.steun["instrument"] == code))
        nieuw = dataclasses.replace(h, meter_coef=coef, meter_covariantie=v, effecten=effecten, steun=steun)
        return dataclasses.replace(self, h=nieuw)


@pytest.fixture(scope="module")
def geval(gemeente: Path, model: Path) -> Geval:
    config = lees_config(gemeente / "kompas.toml")
    kaal = Geval(config=config, bestand=lees_bron(config), h=kompas.laad_model(model))
    for code, effect in zip((*CODES, "huisbezoek"), (0.3, 0.6, 0.02, 0.4), strict=True):
        kaal = kaal.met_effect(code, effect)
    return kaal


@pytest.fixture(scope="module")
def k(geval: Geval):
    return geval.catalogus()


def allen(k, code: str) -> pd.Series:
    f = k.opbrengsten
    return f[(f["instrument"] == code) & (f["groep"] == "allen")].iloc[0]


# -- the figures


@pytest.mark.parametrize("code", CODES)
def test_het_gemiddelde_is_dat_van_de_lijst(geval: Geval, k, code: str) -> None:
    lijst = geval.lijst()
    telt = lijst[f"{code}_netto"].notna()
    rij = allen(k, code)
    assert rij["klanten"] == telt.sum() > 50
    for ons, hun in (("netto", "netto"), ("maanden_bespaard", "maanden_bespaard"), ("opbrengst", "opbrengst")):
        assert rij[ons] == pytest.approx(lijst.loc[telt, f"{code}_{hun}"].mean(), abs=1e-6)
    for q in (10, 50, 90):
        assert rij[f"netto_p{q}"] == pytest.approx(lijst.loc[telt, f"{code}_netto"].quantile(q / 100), abs=1e-6)
    breed = (lijst[f"{code}_netto_hoog"] - lijst[f"{code}_netto_laag"])[telt].mean()
    assert rij["netto_hoog"] - rij["netto_laag"] == pytest.approx(breed, abs=1e-6)


def test_groepen_naar_duur_en_doelgroep_zijn_die_van_de_lijst(geval: Geval, k) -> None:
    lijst = geval.lijst()
    f = k.opbrengsten[k.opbrengsten["instrument"] == "reintegratie"].set_index("groep")
    telt = lijst["reintegratie_netto"].notna()
    getoond = 0
    for groep, rij in f.iterrows():
        naam, _, waarde = str(groep).partition("=")
        if naam == "allen" or pd.isna(rij["klanten"]):
            continue
        van, tot = {"0-11": (0, 12), "12-35": (12, 36), "36+": (36, 999)}.get(waarde, (0, 0))
        duur = lijst["duur_maanden"]
        wie = telt & ((duur >= van) & (duur < tot) if naam == "duur" else lijst["doelgroep"] == waarde)
        assert rij["klanten"] == wie.sum() >= KLEINST
        assert rij["netto"] == pytest.approx(lijst.loc[wie, "reintegratie_netto"].mean(), abs=1e-6)
        getoond += 1
    assert getoond >= 4


def test_terugverdiend_is_de_eerste_horizon_waarop_het_saldo_niet_negatief_is(geval: Geval) -> None:
    """Another way to the same month: look ahead just that far, and one month less."""
    geval = geval.met_instrument("werkdirect", kosten=600.0)
    maand = int(allen(geval.catalogus(), "werkdirect")["terugverdiend_na"])
    assert 2 < maand < 50
    r = geval.config.rendement.model_dump()
    saldo = [
        allen(geval.met_config(rendement=r | {"horizon_maanden": m}).catalogus(), "werkdirect")["netto"]
        for m in (maand - 1, maand)
    ]
    assert saldo[0] < 0 <= saldo[1]


def test_terugverdientijd_in_woorden(geval: Geval) -> None:
    duur = geval.met_instrument("reintegratie", kosten=1e6).met_instrument("placebo", kosten=0.0)
    k = duur.met_effect("werkdirect", 0.5, oordeel="niet_vastgesteld").catalogus()
    assert allen(k, "reintegratie")["terugverdientijd"] == "niet binnen de horizon"
    assert np.isnan(allen(k, "reintegratie")["terugverdiend_na"])
    assert allen(k, "placebo")["terugverdientijd"] == "1 maand"
    assert allen(k, "werkdirect")["terugverdientijd"] == "geen uitspraak"


def test_terugverdiend_met_een_dal() -> None:
    """Lock-in first; a month in which the saving falls back again does not matter."""
    assert terugverdiend(np.array([-200.0, -100.0, 50.0, 120.0, 80.0]), 100.0) == 4
    assert np.isnan(terugverdiend(np.array([-200.0, 99.9]), 100.0))


def test_onbekende_kosten_zijn_niet_nul(geval: Geval) -> None:
    leeg = geval.met_instrument("reintegratie", kosten=None)
    kosten = leeg.h.kosten.assign(kosten=leeg.h.kosten["kosten"].where(leeg.h.kosten["instrument"] != "reintegratie"))
    k = dataclasses.replace(leeg, h=dataclasses.replace(leeg.h, kosten=kosten)).catalogus()
    rij = allen(k, "reintegratie")
    assert rij["opbrengst"] > 0
    assert rij[["kosten", "netto", "netto_laag", "netto_p50", "terugverdiend_na"]].isna().all()
    assert rij["terugverdientijd"] == "kosten onbekend"
    laatste = k.rangorde.set_index("instrument").loc["reintegratie"]
    assert pd.isna(laatste["rang"])
    assert "kosten zijn onbekend" in laatste["reden"]


@pytest.mark.parametrize("oordeel", ["niet_vastgesteld", "onvoldoende_gegevens"])
def test_zonder_oordeel_geen_bedragen(geval: Geval, oordeel: str) -> None:
    k = geval.met_effect("reintegratie", 0.6, oordeel=oordeel).catalogus()
    f = k.opbrengsten[k.opbrengsten["instrument"] == "reintegratie"]
    assert f.filter(regex="^(netto|opbrengst|terugverdiend_na)").isna().all().all()
    assert allen(k, "reintegratie")["maanden_bespaard"] > 0  # months always, as in the list
    kaart = k.kaarten.set_index("instrument").loc["reintegratie"]
    assert kaart["oordeel"] == oordeel
    assert oordeel.replace("_", " ") in kaart["reden"]
    assert pd.isna(kaart["rang"])


def test_waar_niemand_op_lijkt_geen_cijfer(geval: Geval) -> None:
    steun = geval.h.steun
    zonder = steun.assign(voldoende=steun["voldoende"] & (steun["instrument"] != "werkdirect"))
    k = dataclasses.replace(geval, h=dataclasses.replace(geval.h, steun=zonder)).catalogus()
    rij = allen(k, "werkdirect")
    assert rij.filter(regex="^(maanden|netto|opbrengst)").isna().all()
    assert rij["terugverdientijd"] == "geen uitspraak"
    assert "lijken op wie het kreeg" in k.kaarten.set_index("instrument").loc["werkdirect", "reden"]
    assert set(k.dun.loc[k.dun["instrument"] == "werkdirect", "kenmerk"]) >= {"geslacht", "duur"}


def test_rijen_in_een_andere_volgorde_geven_hetzelfde(geval: Geval, k) -> None:
    b = geval.bestand
    om = dataclasses.replace(b, uitkeringen=b.uitkeringen.iloc[::-1], inzet=b.inzet.iloc[::-1])
    anders = dataclasses.replace(geval, bestand=om).catalogus()
    pd.testing.assert_frame_equal(anders.opbrengsten, k.opbrengsten, rtol=1e-9)


# -- the law


def test_huisbezoek_staat_er_op_beleidsniveau_zonder_grond_en_zonder_personen(geval: Geval) -> None:
    zonder_grond = dataclasses.replace(geval.bestand, gronden=geval.bestand.gronden.iloc[:0])
    k = dataclasses.replace(geval, bestand=zonder_grond).catalogus()
    kaart = k.kaarten.set_index("instrument").loc["huisbezoek"]
    assert kaart["beperking"] == BELEIDSNIVEAU
    assert kaart["klanten"] > 50
    assert kaart["netto"] == pytest.approx(kaart["opbrengst"] - kaart["kosten"])
    assert pd.isna(kaart["rang"])
    clienten = set(geval.bestand.uitkeringen["client_id"])
    for f in (k.kaarten, k.opbrengsten, k.rangorde, k.effecten, k.kracht, k.dun):
        assert not {"client_id", "klantmanager", "indicatie"} & set(f.columns)
        tekst = f.select_dtypes(object)
        assert not tekst.isin(clienten).any().any()
    pagina = cataloguspagina(k)
    assert BELEIDSNIVEAU in pagina
    assert not [c for c in clienten if c in pagina]


def test_kleine_groepen_zijn_ook_niet_af_te_trekken(k) -> None:
    for code in (*CODES, "huisbezoek"):
        f = k.opbrengsten[k.opbrengsten["instrument"] == code].set_index("groep")["klanten"]
        for soort in ("duur", "doelgroep"):
            getoond = f[[g for g in f.index if g.startswith(f"{soort}=")]].dropna()
            assert not ((getoond > 0) & (getoond < KLEINST)).any()
            rest = f["allen"] - getoond.sum()
            assert rest == 0 or rest >= KLEINST


@pytest.mark.parametrize(
    ("aantallen", "totaal", "weg"),
    [
        ({"a": 100, "b": 50}, 150, set()),
        ({"a": 100, "b": 9}, 109, {"a", "b"}),
        ({"a": 100, "b": 9, "c": 30}, 139, {"b", "c"}),
        ({"a": 100, "b": 9, "c": 9}, 118, {"b", "c"}),
        ({"a": 100, "b": 0}, 100, set()),
        ({"a": 100, "b": 40}, 143, {"b"}),  # three clients in no group at all
    ],
)
def test_wat_verborgen_wordt(aantallen, totaal, weg) -> None:
    assert te_verbergen(aantallen, totaal) == weg


# -- the ranking


def kaarten(netto, se, meter="reintegratie", eigen=None) -> pd.DataFrame:
    n = len(netto)
    return pd.DataFrame(
        {
            "instrument": [f"i{j}" for j in range(n)],
            "meter": meter,
            "netto": netto,
            "se_netto": se,
            "netto_eigen": netto if eigen is None else eigen,
            "se_netto_eigen": se,
            "reden": ["waarom niet" if np.isnan(x) else "" for x in netto],
        }
    )


def test_krimp_bij_gelijke_fouten_is_james_stein() -> None:
    x = np.array([0.0, 0.0, 6.0, 6.0])
    k = krimp(x, np.full(4, 2.0))  # variance of x is 12 = 4 + tau2
    assert k.midden == pytest.approx(3.0)
    assert k.spreiding == pytest.approx(np.sqrt(8.0))
    np.testing.assert_allclose(k.gewicht, 8 / 12)
    np.testing.assert_allclose(k.waarde, 3 + (x - 3) * 8 / 12)


def test_een_onzeker_cijfer_wordt_meer_naar_het_midden_getrokken() -> None:
    k = krimp(np.array([0.0, 10.0, 10.0, 0.0]), np.array([1.0, 1.0, 8.0, 8.0]))
    assert k.gewicht[0] == k.gewicht[1] > k.gewicht[2] == k.gewicht[3]
    assert abs(k.waarde[2] - k.midden) < abs(k.waarde[1] - k.midden)


def test_de_winnaar_valt_tegen_en_de_krimp_herstelt_dat() -> None:
    """True values spread 1, noise 1.5: the best of eight claims far too much; the shrunk figure does not."""
    r = np.random.default_rng(4)
    ruw, bijgesteld = [], []
    for _ in range(400):
        waar = r.normal(0, 1, 8)
        x = waar + r.normal(0, 1.5, 8)
        k = krimp(x, np.full(8, 1.5))
        ruw.append(x.max() - waar[x.argmax()])
        bijgesteld.append(k.waarde.max() - waar[k.waarde.argmax()])
    assert np.mean(ruw) > 1.4
    assert abs(np.mean(bijgesteld)) < 0.3


def test_rangorde_gaat_op_de_ondergrens() -> None:
    """The highest estimate is the least certain: it does not win."""
    t = rangorde(kaarten([5000.0, 3000.0, 2950.0], [3000.0, 100.0, 50.0]))
    assert t["instrument"].tolist() == ["i2", "i1", "i0"]
    assert t["rang"].tolist() == [1, 2, 3]
    assert (t["gekrompen_laag"].diff().dropna() <= 0).all()
    assert t.loc[2, "netto"] == 5000.0
    assert t.loc[2, "netto_gekrompen"] < 5000.0


def test_wat_op_andere_uitstroom_drijft_wint_niet() -> None:
    """The first by all exits brings nothing by its own: the second, which loses nothing, is the better one."""
    t = rangorde(kaarten([5000.0, 3000.0], [100.0, 100.0], eigen=[-200.0, 3500.0]))
    assert t["instrument"].tolist() == ["i1", "i0"]
    assert t["telt"].tolist() == ["alle uitstroom", "eigen uitstroom"]
    assert t["netto_gekrompen"].tolist() == [3000.0, -200.0]
    assert t["netto"].tolist() == [3000.0, 5000.0]  # the estimates themselves stay
    assert t["netto_eigen_laag"].tolist() == pytest.approx([3500 - 196.0, -200 - 196.0], abs=0.1)


@pytest.mark.parametrize("code", CODES)
def test_eigen_uitstroom_is_die_waar_de_lijst_op_beslist(geval: Geval, k, code: str) -> None:
    """Effects on the other exits set to nought give nearly the same figure on all exits.

    Nearly: what an earlier deployment of the same instrument does to the other exits goes on, 1% of the yield.
    """
    h = geval.h
    plek = [j for j, t in enumerate(h.termen) if t.startswith(f"inzet:{code}=")]
    coef, v = h.meter_coef.copy(), h.meter_covariantie.copy()
    for b in (1, 2):
        coef[b, plek] = 0.0
        weg = [b * len(h.termen) + j for j in plek]
        v[weg, :] = v[:, weg] = 0.0
    kaal = dataclasses.replace(geval, h=dataclasses.replace(h, meter_coef=coef, meter_covariantie=v))
    rij, zonder = allen(k, code), allen(kaal.catalogus(), code)
    assert abs(rij["netto_eigen"] - rij["netto"]) > 0.1 * rij["opbrengst"]
    for deel in ("", "_laag", "_hoog"):
        assert rij[f"netto_eigen{deel}"] == pytest.approx(zonder[f"netto{deel}"], abs=0.01 * rij["opbrengst"])


def test_zonder_bedrag_of_bij_handhaving_geen_plaats() -> None:
    t = rangorde(
        pd.concat(
            [kaarten([100.0, np.nan, 50.0], [1.0, np.nan, 1.0]), kaarten([9e9], [1.0], "handhaving")], ignore_index=True
        )
    )
    assert t["rang"].tolist() == [1, 2, pd.NA, pd.NA]
    assert t["reden"].tolist()[2] == "waarom niet"
    assert "beleidsniveau" in t["reden"].tolist()[3]
    assert "niet bijgesteld" in winnaarszin(t)
    assert t["gewicht"].isna().all()


def test_niet_te_onderscheiden_instrumenten_worden_zo_genoemd() -> None:
    t = rangorde(kaarten([100.0, 120.0, 90.0], [80.0, 90.0, 70.0]))
    assert t["gewicht"].max() == 0
    assert "niet meer van elkaar te onderscheiden" in winnaarszin(t)
    assert "Er is geen rangorde" in winnaarszin(rangorde(kaarten([np.nan], [np.nan])))


def test_de_rangorde_van_de_catalogus_volgt_de_cijfers(k) -> None:
    f = k.rangorde.dropna(subset=["rang"])
    assert set(f["instrument"]) == set(CODES)
    assert f["gekrompen_laag"].is_monotonic_decreasing
    assert k.kaarten.set_index("instrument").loc[f["instrument"], "rang"].tolist() == [1, 2, 3]


# -- what people see


def test_pagina_is_nederlands_offline_en_ontsmet(geval: Geval) -> None:
    g = geval.met_instrument("reintegratie", notitie="Alleen <b>in het Werkplein</b>.", capaciteit_per_maand=25)
    k = g.catalogus()
    pagina = cataloguspagina(k)
    assert '<html lang="nl">' in pagina
    assert not re.findall(r'(?:src|href)="(?!#)', pagina)
    assert "&lt;b&gt;in het Werkplein" in pagina
    assert "<b>in het" not in pagina
    assert "25 starts per maand" in pagina
    for i in k.instrumenten:
        assert f'id="instrument-{i.code}"' in pagina
    assert pagina == cataloguspagina(g.catalogus())
    assert "Wie uit meer onzekere cijfers het hoogste kiest" in catalogustekst(k)


def test_de_plaat_zegt_hetzelfde_in_woorden(k) -> None:
    plaat = k.plot()
    assert len(plaat.zinnen) == 4
    assert "Huisbezoek (beleid)" in plaat.zinnen[-1]
    een = k.plot(instrument="reintegratie")
    assert een.zinnen[0].startswith("alle klanten: €")
    with pytest.raises(GebruiksFout, match="KMP-U011"):
        k.plot(instrument="reintegrati")
    assert "Instrumentencatalogus" in k._repr_html_()


def test_opdracht_schrijft_elke_soort_en_json(gemeente: Path, model: Path, tmp_path: Path, capsys) -> None:
    vast = ["catalogus", "--config", str(gemeente / "kompas.toml"), "--model", str(model), "--stil"]
    assert main([*vast, "--uit", str(tmp_path / "c.csv"), "--json"]) == 0
    uit = json.loads(capsys.readouterr().out)
    assert {r["instrument"] for r in uit["instrumenten"]} == {*CODES, "huisbezoek"}
    t = pd.read_csv(tmp_path / "c.csv")
    assert len(t) == len(uit["opbrengsten"])
    assert {"rang", "instrument", "groep", "netto", "terugverdientijd", "notitie"} <= set(t.columns)
    assert main([*vast, "--uit", str(tmp_path / "c.xlsx")]) == 0
    blad = openpyxl.load_workbook(tmp_path / "c.xlsx").worksheets[0]
    assert blad.max_row == len(t) + 1
    assert main([*vast, "--uit", str(tmp_path / "c.html")]) == 0
    assert "<h1>Instrumentencatalogus" in (tmp_path / "c.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main([*vast, "--uit", str(tmp_path / "c.txt")]) == 2
    assert "KMP-U004" in capsys.readouterr().err


def test_poort_zonder_aanvragen_zegt_wat_er_ontbreekt(gemeente: Path, capsys) -> None:
    assert main(["poort", "--config", str(gemeente / "kompas.toml"), "--stil"]) == 2
    assert "KMP-Q001" in capsys.readouterr().err
