"""One client: the same figures by every way, averages that add up, what is refused, what is said."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.bron import Bestand, lees_bron
from kompas.cli import main
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.klantgroep import maak_groep
from kompas.klantopbouw import maak_beeld
from kompas.klantuitkomst import GENOEG, kwantielen, later, meter_van, per_rekenwijze, reken, se_verwacht
from kompas.klantvraag import vraag_uit_gegevens
from kompas.lijst import maak_lijst
from kompas.perioden import OPEN, maak_perioden
from kompas.rendement import bereken
from kompas.schatters import schat_licht
from kompas.typen import Kansmodel, Typen

HOLLANDSTAD = Path(__file__).resolve().parents[1] / "data" / "sample" / "hollandstad" / "kompas.toml"
GRAFIEK14 = {"geslacht": "vrouw", "geboortedatum": "8-11-1983", "begindatum": "8-5-2007", "opleiding": "hoger"}
PEILDATUM14 = "8-11-2007"


@dataclasses.dataclass(frozen=True)
class Geval:
    config: Config
    bestand: Bestand
    h: Herijking
    lijst: pd.DataFrame

    def rij(self, client: str) -> pd.Series:
        return self.lijst.set_index("client_id", drop=False).loc[client]


def maak_geval(config: Config, bestand: Bestand, h: Herijking) -> Geval:
    return Geval(config=config, bestand=bestand, h=h, lijst=maak_lijst(bestand, config, h).to_frame())


def met_typen(h: Herijking) -> Herijking:
    """The same model with two types whose chances hang on a trait: weights then differ by history."""
    coef = np.nan_to_num(h.coef)
    termen = [t for t in h.termen if not t.startswith("inzet:")]
    termen += [f"loopt:{i.code}" for i in h.config.instrument if i.code != "reintegratie" and i.duur_maanden] + [
        "eerder"
    ]
    intrede = np.zeros(len(termen))
    intrede[[t.startswith("duur=") for t in termen]] = np.log(0.03)
    typen = Typen(
        punten=np.array([[0.0, 0.0, 0.0, 0.0], [-1.5, -0.4, -0.6, 1.1]]),
        coef=coef,
        covariantie=1e-4 * np.eye(coef.size),
        intrede_termen={"reintegratie": tuple(termen)},
        intrede_coef={"reintegratie": intrede},
        intrede_banden=h.tijd.bands,
        tot_maand={"reintegratie": None},
        bekend_vanaf=-OPEN,
        kans=Kansmodel(kolommen=("",), midden=np.zeros(1), schaal=np.ones(1)),
        delta=np.array([[-0.4]]),
        aandelen=np.array([0.6, 0.4]),
    )
    return dataclasses.replace(h, typen=typen, gesteund=True)


@pytest.fixture(scope="module")
def dorp(gemeente: Path, model: Path) -> Geval:
    config = kompas.lees_config(gemeente / "kompas.toml")
    return maak_geval(config, lees_bron(config), kompas.laad_model(model))


@pytest.fixture(scope="module")
def getypeerd(dorp: Geval) -> Geval:
    return maak_geval(dorp.config, dorp.bestand, met_typen(dorp.h))


@pytest.fixture(scope="module")
def stad() -> Herijking:
    """Hollandstad, estimated as predictions need it."""
    config = kompas.lees_config(HOLLANDSTAD)
    return schat_licht(lees_bron(config), config)


def getypt(g: Geval, client: str) -> dict[str, object]:
    """Everything the tables say about a client, as somebody would type it."""
    u = g.bestand.uitkeringen
    rijen = u[u["client_id"] == client].sort_values("begindatum")
    laatste = rijen.iloc[-1]

    def dag(d: dt.date) -> str:
        return f"{d:%d-%m-%Y}"

    inzet = g.bestand.inzet[g.bestand.inzet["client_id"] == client]
    namen = [k.naam for k in g.h.kenmerken if k.naam not in ("leeftijd", "eerdere_spells")]
    eerder = [f"{dag(r.begindatum)}:{dag(r.einddatum)}:{r.bestemming}" for r in rijen.iloc[:-1].itertuples()]
    return {
        "geboortedatum": laatste["geboortedatum"].date(),
        "begindatum": dag(laatste["begindatum"]),
        "kenmerk": {n: laatste[n] for n in namen} | ({} if eerder else {"eerdere_spells": 0}),
        "eerder": eerder,
        "inzet": [
            f"{r.instrument}:{dag(r.begindatum)}:{'' if pd.isna(r.geplande_einddatum) else dag(r.geplande_einddatum)}:"
            f"{'loopt' if pd.isna(r.einddatum) else dag(r.einddatum)}"
            for r in inzet.itertuples()
        ],
        "bedrag": None if pd.isna(laatste["bedrag_maand"]) else float(laatste["bedrag_maand"]),
    }


def zonder_huis(g: Geval) -> pd.DataFrame:
    """Running clients about whom no row of a partner matters, who can be scored, and who have no recorded ground."""
    u = g.bestand.uitkeringen
    leden = u.groupby("huishouden_id")["client_id"].nunique()
    samen = set(u.loc[u["huishouden_id"].map(leden) > 1, "client_id"])
    lijst = g.lijst[~g.lijst["client_id"].isin(samen) & g.lijst["verwachte_maanden"].notna()]
    return lijst[~lijst["client_id"].isin(g.bestand.gronden["client_id"])]


def kies(g: Geval) -> list[str]:
    """Clients who differ: without and with deployments, with an earlier spell, with one that runs."""
    wie = zonder_huis(g)
    u, inzet = g.bestand.uitkeringen, g.bestand.inzet
    eerder = set(u.loc[u["einddatum"].notna(), "client_id"])
    had = set(inzet["client_id"])
    loopt = set(g.lijst.loc[(g.lijst.filter(like="_reden") == "loopt al").any(axis=1), "client_id"])
    groepen = [set(wie["client_id"]) - had - eerder, had - loopt - eerder, eerder & had, eerder - had, loopt]
    keus = [sorted(set(wie["client_id"]) & gr)[:1] for gr in groepen]
    assert all(keus), "the town has every kind"
    return [c for k in keus for c in k]


def zelfde(a: pd.Series, b: pd.Series, kolommen: list[str]) -> None:
    for k in kolommen:
        if isinstance(a[k], str | pd.Timestamp) or a[k] is None:
            assert a[k] == b[k], k
        else:
            assert (pd.isna(a[k]) and pd.isna(b[k])) or float(a[k]) == pytest.approx(float(b[k]), abs=1e-9), k


NIET = {"client_id", "afdeling", "team", "klantmanager", "waarom"}  # typed clients have no name and no team


@pytest.mark.parametrize("soort", ["dorp", "getypeerd"])
def test_lijst_functie_en_ingetypt_geven_dezelfde_cijfers(soort: str, request: pytest.FixtureRequest) -> None:
    """Also with types: the weights of a typed client are those of his row in the list."""
    g: Geval = request.getfixturevalue(soort)
    kolommen = [k for k in g.lijst.columns if k not in NIET]
    for client in kies(g):
        lijst = g.rij(client)
        functie = maak_beeld(vraag_uit_gegevens(g.bestand, g.config, client), g.h).to_frame().iloc[0]
        zelfde(lijst, functie, [*kolommen, "client_id", "team"])
        typen = kompas.klant(g.h, config=g.config, **getypt(g, client))
        assert typen.gemiddeld == ()
        zelfde(lijst, typen.to_frame().iloc[0], kolommen)


def test_opdracht_en_verslag_geven_de_cijfers_van_de_lijst(
    dorp: Geval, gemeente: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    client = kies(dorp)[0]
    opties = ["klant", "--model", str(model), "--config", str(gemeente / "kompas.toml"), "--client", client]
    assert main([*opties, "--json"]) == 0
    uit = json.loads(capsys.readouterr().out)
    lijst = dorp.rij(client)
    for k in [k for k in dorp.lijst.columns if dorp.lijst[k].dtype.kind == "f"]:
        assert (uit[k] is None and np.isnan(lijst[k])) or uit[k] == pytest.approx(lijst[k], abs=1e-9), k
    for k in [k for k in dorp.lijst.columns if k.endswith(("_indicatie", "_reden"))]:
        assert uit[k] == lijst[k]
    assert main([*opties, "--uit", str(tmp_path / "k.html")]) == 0
    html = (tmp_path / "k.html").read_text(encoding="utf-8")
    maanden = f"{lijst['verwachte_maanden']:.1f}".replace(".", ",")
    assert f"nog {maanden} maanden bijstand" in html
    for optie in uit["opties"]:
        assert optie["netto"] == uit[f"{optie['instrument']}_netto"]
    assert main([*opties, "--uit", str(tmp_path / "k.csv")]) == 0
    csv = pd.read_csv(tmp_path / "k.csv").iloc[0]
    for i in dorp.config.instrument:
        if not np.isnan(lijst[f"{i.code}_netto"]):
            assert csv[f"{i.code}_netto"] == pytest.approx(lijst[f"{i.code}_netto"], abs=0.005)


def test_partner_telt_mee_bij_client(dorp: Geval) -> None:
    """Rows of the household come along: the figures are those of the list, where the partner's deployment counts."""
    u = dorp.bestand.uitkeringen
    lopend = zonder_huis(dorp)["client_id"].iloc[:2].tolist()
    samen = u["huishouden_id"].where(~u["client_id"].isin(lopend), "huis")
    bestand = dataclasses.replace(dorp.bestand, uitkeringen=u.assign(huishouden_id=samen))
    rij = bestand.uitkeringen[bestand.uitkeringen["client_id"] == lopend[1]].iloc[-1]
    nieuw = dorp.bestand.inzet.iloc[[0]].assign(
        client_id=lopend[1],
        instrument="reintegratie",
        begindatum=max(rij["begindatum"], pd.Timestamp("2007-05-01")),
        einddatum=pd.NaT,
        geplande_einddatum=pd.NaT,
        aanmelddatum=pd.NaT,
        rij=10**6,
    )
    bestand = dataclasses.replace(bestand, inzet=pd.concat([dorp.bestand.inzet, nieuw], ignore_index=True))
    g = maak_geval(dorp.config, bestand, dorp.h)
    assert g.rij(lopend[0])["reintegratie_reden"] == "loopt al"
    beeld = maak_beeld(vraag_uit_gegevens(bestand, g.config, lopend[0]), g.h)
    zelfde(g.rij(lopend[0]), beeld.to_frame().iloc[0], [k for k in g.lijst.columns if k != "waarom"])


# -- averages ---------------------------------------------------------------------------------------------------------


def test_grafiek_14_geeft_een_antwoord_in_dezelfde_vorm(
    stad: Herijking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed traits alone, on the command line: one verdict per instrument, and no house visit without a ground."""
    kompas.artefact.bewaar(stad, tmp_path / "model")
    opties = [f"--{k}={w}" for k, w in GRAFIEK14.items()]
    assert main(["klant", "--model", str(tmp_path / "model"), *opties, "--peildatum", PEILDATUM14, "--json"]) == 0
    uit = json.loads(capsys.readouterr().out)
    assert [o["naam"] for o in uit["opties"]] == ["Huisbezoek", "Re-integratietraject", "WerkDirect"]
    assert {o["indicatie"] for o in uit["opties"]} <= {"ja", "nee", "geen_uitspraak"}
    assert uit["huisbezoek_indicatie"] == "nee"
    assert uit["huisbezoek_reden"] == "geen vastgelegde concrete grond voor deze klant"
    assert uit["duur_maanden"] == 6
    assert uit["peildatum"] == "2007-11-08"
    assert 5 < uit["verwachte_maanden_laag"] < uit["verwachte_maanden"] < uit["verwachte_maanden_hoog"] < 45
    assert uit["verwachte_maanden_p10"] < uit["verwachte_maanden"] < uit["verwachte_maanden_p90"]
    assert uit["gelijken"] >= 10
    assert set(uit["gemiddeld_over"]) == {"Fasering", "Leefvorm", "Eerdere uitkeringsperioden"}
    assert main(["klant", "--model", str(tmp_path / "model"), *opties, "--peildatum", PEILDATUM14]) == 0
    tekst = capsys.readouterr().out
    assert max(map(len, tekst.splitlines())) <= 80
    assert "Huisbezoek            nee" in tekst


def test_gemiddelde_is_het_gewogen_gemiddelde_van_volledig_ingevulde_klanten(dorp: Geval) -> None:
    """Leave one trait out: the months are the mix of the figures of each level, by its share."""
    namen = [k.naam for k in dorp.h.kenmerken if k.naam != "leeftijd"]
    vol = {
        "geslacht": "man",
        "leefvorm": "alleenstaande",
        "opleiding": "vmbo",
        "fasering": "fase 4",
        "eerdere_spells": 0,
    }
    assert set(namen) == set(vol)
    basis = {"geboortedatum": "5-5-1965", "begindatum": "1-1-2003"}
    beeld = kompas.klant(dorp.h, **basis, kenmerk={k: w for k, w in vol.items() if k != "opleiding"})
    assert beeld.gemiddeld == ("Opleiding",)
    bekend = {k: w for k, w in vol.items() if k != "opleiding"} | {
        "leeftijd": 42.0,
        "duur": 54.0,
        "eerdere_spells": 0.0,
    }
    groep = maak_groep(dorp.h.profielen, bekend)
    los = {n: kompas.klant(dorp.h, **basis, kenmerk=vol | {"opleiding": n}) for n in groep.waarden["opleiding"]}
    niveaus = list(groep.waarden["opleiding"])
    assert beeld.verwacht == pytest.approx(
        sum(w * los[n].verwacht for n, w in zip(niveaus, groep.gewicht, strict=True))
    )
    for kolom in ("kans_werk_12m", "kans_uitstroom_24m", "reintegratie_maanden_bespaard"):
        echt = sum(w * los[n].rij[kolom].iloc[0] for n, w in zip(niveaus, groep.gewicht, strict=True))
        assert beeld.rij[kolom].iloc[0] == pytest.approx(echt), kolom
    breed = sum(w * (los[n].hoog - los[n].laag) for n, w in zip(niveaus, groep.gewicht, strict=True))
    assert beeld.hoog - beeld.laag == pytest.approx(breed), "the interval by the mean of the standard errors"
    maanden = [los[n].verwacht for n in niveaus]
    assert beeld.spreiding == pytest.approx(kwantielen(np.array(maanden), groep.gewicht))


def test_eurobedragen_worden_gemiddeld_met_hun_eigen_bedrag(dorp: Geval) -> None:
    """Norms differ by household: net of the average is the average of net, not of the parts."""
    h = dorp.h
    vast = {"geslacht": "man", "opleiding": "vmbo", "fasering": "fase 4", "eerdere_spells": 0}
    basis = {"geboortedatum": "5-5-1965", "begindatum": "1-1-2003"}
    effecten = h.effecten.assign(oordeel="vastgesteld", grond="methoden_eens")
    h = dataclasses.replace(h, effecten=effecten, steun=h.steun.assign(voldoende=True))
    beeld = kompas.klant(h, **basis, kenmerk=vast)
    assert beeld.gemiddeld == ("Leefvorm",)
    groep = maak_groep(h.profielen, vast | {"leeftijd": 42.0, "duur": 54.0, "eerdere_spells": 0.0})
    netto, gewicht = [], []
    for n, w in zip(groep.waarden["leefvorm"], groep.gewicht, strict=True):
        los = kompas.klant(h, **basis, kenmerk=vast | {"leefvorm": n}).rij["reintegratie_netto"].iloc[0]
        if not np.isnan(los):  # 'anders' has no norm
            netto.append(los)
            gewicht.append(w)
    assert sum(gewicht) >= GENOEG
    assert beeld.rij["reintegratie_netto"].iloc[0] == pytest.approx(np.average(netto, weights=gewicht), abs=0.01)
    laag, hoog = beeld.rij["reintegratie_netto_laag"].iloc[0], beeld.rij["reintegratie_netto_hoog"].iloc[0]
    assert laag < beeld.rij["reintegratie_netto"].iloc[0] < hoog


def test_standaardfout_van_verwachte_maanden_klopt_met_kleine_stappen(dorp: Geval) -> None:
    client = kies(dorp)[2]
    vraag = vraag_uit_gegevens(dorp.bestand, dorp.config, client)
    u = reken(vraag.bestand, vraag.config, dorp.h, vraag.gewicht, client=client)
    m, klanten, stap = meter_van(dorp.config, dorp.h), u.stand.klanten, 1e-5
    helling = np.zeros(m.coef.size)
    for p in np.flatnonzero(np.diag(dorp.h.meter_covariantie)):
        ver = []
        for kant in (stap, -stap):
            coef = m.coef.copy()
            coef.flat[p] += kant
            ver.append(bereken(dataclasses.replace(m, coef=coef), klanten, ()).verwachte_maanden[0])
        helling[p] = (ver[0] - ver[1]) / (2 * stap)
    assert se_verwacht(u) == pytest.approx(np.sqrt(helling @ dorp.h.meter_covariantie @ helling), rel=1e-4)


def test_bijdragen_tellen_op_tot_het_verschil_met_gemiddeld(dorp: Geval) -> None:
    for beeld in (
        kompas.klant(dorp.h, geslacht="vrouw", opleiding="hoger", begindatum="1-1-2006"),
        maak_beeld(vraag_uit_gegevens(dorp.bestand, dorp.config, kies(dorp)[0]), dorp.h),
    ):
        assert beeld.factoren["maanden"].sum() == pytest.approx(beeld.verwacht - beeld.referentie, abs=1e-9)
        assert beeld.factoren["maanden"].abs().max() > 0.1
    assert beeld.curve.groupby("groep")["kans"].first().eq(1.0).all()


def test_elke_rekenwijze_rekent_met_haar_eigen_effecten(dorp: Geval) -> None:
    """The meter moved from 'waargenomen' to the effects of 'landmark' gives what those effects themselves give."""
    e = dorp.h.effecten[dorp.h.effecten["groep"] == "allen"].reset_index(drop=True)
    e = e.assign(oordeel="afhankelijk_van_aanname", grond="klein", voorkeur=e["methode"] == "waargenomen")
    e["log_effect"] = np.where(e["methode"] == "landmark", np.linspace(-0.4, 0.6, len(e)), 0.1)
    plek = {t: j for j, t in enumerate(dorp.h.termen)}

    def met(methode: str) -> Herijking:
        coef = dorp.h.meter_coef.copy()
        for r in e[e["methode"] == methode].itertuples():
            c = ("werk", "handhaving", "overig").index(r.bestemming)
            coef[c, plek[f"inzet:{r.instrument}={r.fase}"]] = r.log_effect
        return dataclasses.replace(dorp.h, meter_coef=coef, effecten=e)

    client = kies(dorp)[0]
    vraag = vraag_uit_gegevens(dorp.bestand, dorp.config, client)
    basis, anders = (
        reken(vraag.bestand, vraag.config, h, vraag.gewicht, client=client)
        for h in (met("waargenomen"), met("landmark"))
    )
    f = per_rekenwijze(basis, met("waargenomen")).set_index(["instrument", "methode"])["maanden_bespaard"]
    for i in dorp.config.instrument:
        for methode, u in (("waargenomen", basis), ("landmark", anders)):
            echt = float(u.per_profiel.maanden_bespaard[i.code][0])
            assert f[i.code, methode] == pytest.approx(echt, abs=1e-9), (i.code, methode)
        assert f[i.code, "landmark"] != pytest.approx(f[i.code, "waargenomen"], abs=0.01)


def test_half_jaar_later_is_de_klant_van_dan(dorp: Geval) -> None:
    client = kies(dorp)[0]
    beeld = maak_beeld(vraag_uit_gegevens(dorp.bestand, dorp.config, client), dorp.h)
    straks = dorp.config.met_peildatum(dt.date(2007, 12, 30))
    toen = maak_lijst(dorp.bestand, straks, dorp.h).to_frame().set_index("client_id").loc[client]
    rij = beeld.verandert[beeld.verandert["wat"].str.startswith("over een half jaar")].iloc[0]
    assert rij["verwachte_maanden"] == pytest.approx(toen["verwachte_maanden"])
    assert rij["verwachte_maanden"] != pytest.approx(beeld.verwacht, abs=0.01)


def test_wat_liep_is_een_half_jaar_later_op_de_geplande_dag_gestopt(dorp: Geval) -> None:
    """The engine's own planned end (first day after it) is where the deployment stops later, to the day."""
    b, c = dorp.bestand, dorp.config
    straks, config = later(b, c, dorp.h)
    eerst, dan = (maak_perioden(x.uitkeringen, x.inzet, y).inzetten for x, y in ((b, c), (straks, config)))
    eerst, dan = eerst.set_index("inzet"), dan.set_index("inzet")
    tot = (config.gemeente.peildatum - dt.date(1970, 1, 1)).days + 1
    liep = eerst[(eerst["stop"] == OPEN) & (eerst["gepland"] <= tot)]
    assert len(liep) >= 5
    stopt = dan.loc[liep.index, "stop"]
    assert (stopt == liep["gepland"]).all()


def test_zonder_het_laatste_kenmerk_staat_erbij(dorp: Geval) -> None:
    beeld = kompas.klant(dorp.h, geslacht="vrouw", opleiding="hoger", begindatum="1-1-2006")
    zonder = kompas.klant(dorp.h, geslacht="vrouw", begindatum="1-1-2006")
    rij = beeld.verandert.set_index("wat").loc["als opleiding niet was ingevuld"]
    assert rij["verwachte_maanden"] == pytest.approx(zonder.verwacht)


def test_eerdere_perioden_zonder_datum_zeggen_niets_over_het_type(getypeerd: Geval) -> None:
    """Two earlier spells of which only the number is known: the trait counts, the weights of the types do not move."""
    vast = {"geslacht": "man", "leefvorm": "gehuwd", "opleiding": "vmbo", "fasering": "fase 3"}
    basis = {"geboortedatum": "5-5-1965", "begindatum": "1-1-2003"}
    nul = kompas.klant(getypeerd.h, **basis, kenmerk=vast | {"eerdere_spells": 0})
    twee = kompas.klant(getypeerd.h, **basis, kenmerk=vast | {"eerdere_spells": 2})
    typen = [r["profiel"].iloc[0].split("typen=")[1] for r in (nul.rij, twee.rij)]
    gewicht = [np.array([float(x) for x in t.split(";")[0].replace(",", "/").split("/")]) for t in typen]
    assert gewicht[0] == pytest.approx(gewicht[1], abs=0.02)
    assert nul.verwacht != pytest.approx(twee.verwacht, abs=0.01)


def test_model_zonder_profielen_vraagt_alles(dorp: Geval) -> None:
    leeg = dataclasses.replace(dorp.h, profielen=dorp.h.profielen.iloc[:0])
    with pytest.raises(GebruiksFout, match="KMP-K009"):
        kompas.klant(leeg, geslacht="man")
    client = kies(dorp)[0]
    beeld = kompas.klant(leeg, config=dorp.config, **getypt(dorp, client))
    assert beeld.verwacht == pytest.approx(dorp.rij(client)["verwachte_maanden"])
    assert np.isnan(beeld.referentie)
