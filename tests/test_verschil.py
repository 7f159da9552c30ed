"""Two months' lists: who came and went, why figures changed, and parts that add up to the cent."""

import dataclasses
import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from tests.registerhulp import maak_lijst

import kompas
from kompas import cli, verschildelen
from kompas.bron import lees_bron
from kompas.fouten import GebruiksFout
from kompas.lijst import maak_lijst as scoor_lijst
from kompas.lijstbestand import lees_lijst
from kompas.models.calendar import to_day
from kompas.opdrachten_verschil import verschil
from kompas.perioden import OPEN
from kompas.verschildelen import OORZAKEN, sluitend, verplaats

EERST, DAARNA = dt.date(2007, 5, 31), dt.date(2007, 6, 30)


@dataclasses.dataclass(frozen=True)
class Stad:
    config: object
    bestand: object
    h: object

    def lijst(self, dag=DAARNA, *, h=None, inzet=None, config=None, **kolommen):
        b = self.bestand
        anders = {"inzet": inzet if inzet is not None else b.inzet, "uitkeringen": b.uitkeringen.assign(**kolommen)}
        basis = (config or self.config).met_peildatum(dag)
        return scoor_lijst(dataclasses.replace(b, **anders), basis, h or self.h)

    def waarde(self, client, kolom, waarde):
        """A column of uitkeringen with another value for one client."""
        kol = self.bestand.uitkeringen[kolom].copy()
        kol[self.bestand.uitkeringen["client_id"] == client] = waarde
        return {kolom: kol}

    def ander_model(self):
        coef = self.h.meter_coef.copy()
        coef[:, 0] += 0.2
        werk = [j for j, t in enumerate(self.h.termen) if t.startswith("geslacht=")]
        coef[0, werk] += 0.3
        return dataclasses.replace(self.h, meter_coef=coef)


@pytest.fixture(scope="module")
def stad(gemeente, model):
    config = kompas.lees_config(gemeente / "kompas.toml")
    h = kompas.laad_model(model)
    effecten = h.effecten.assign(oordeel="vastgesteld", grond="methoden_eens")
    return Stad(
        config=config,
        bestand=lees_bron(config),
        h=dataclasses.replace(h, effecten=effecten, steun=h.steun.assign(voldoende=True)),
    )


@pytest.fixture(scope="module")
def maand(stad):
    """The lists of two months with one model, and their difference in parts."""
    l1, l2 = stad.lijst(EERST), stad.lijst(DAARNA)
    return l1, l2, verschil(l1, l2, model1=stad.h, model2=stad.h)


def delen(tabel, naam):
    return tabel[[*(f"{naam}_door_{o}" for o in OORZAKEN), f"{naam}_onverklaard"]]


def sluit(tabel):
    """Every change that has a number equals the sum of its parts; returns how many there were."""
    aantal = 0
    for kolom in [k for k in tabel.columns if k.endswith("_verschil")]:
        naam = kolom.removesuffix("_verschil")
        bekend = tabel[kolom].notna()
        som = delen(tabel[bekend], naam).sum(axis=1)
        np.testing.assert_allclose(som, tabel.loc[bekend, kolom], rtol=0, atol=1e-9)
        assert (tabel.loc[bekend, f"{naam}_onverklaard"] == 0).all(), naam
        aantal += int(bekend.sum())
    return aantal


# -- parts


def test_de_delen_tellen_op_tot_op_de_cent(maand):
    l1, l2, v = maand
    beide = set(l1.tabel["client_id"]) & set(l2.tabel["client_id"])
    assert sluit(v.tabel) > 2 * len(beide), "months and the net return of several instruments"


def test_de_delen_tellen_ook_op_uit_bestanden(maand, stad, tmp_path):
    from_disk = []
    for i, lijst in enumerate(maand[:2]):
        pad = tmp_path / f"{i}.csv"
        lijst.tabel.round({k: 2 if "_netto" in k or "_opbrengst" in k else 6 for k in lijst.tabel}).to_csv(
            pad, index=False
        )
        from_disk.append(pad)
    v = verschil(*from_disk, model1=stad.h, model2=stad.h)
    sluit(v.tabel)
    np.testing.assert_allclose(
        v.tabel["verwachte_maanden_verschil"], maand[2].tabel["verwachte_maanden_verschil"], atol=2e-6
    )


def test_wie_niet_verandert_verandert_alleen_door_de_duur(maand):
    t = maand[2].tabel
    alleen = t[t["reden"] == "duur"]
    assert len(alleen) > 300
    for naam in ("verwachte_maanden", "reintegratie_netto"):
        d = delen(alleen, naam).dropna()
        assert (d[[f"{naam}_door_gegevens", f"{naam}_door_model"]] == 0).all().all()
        assert (d[f"{naam}_door_duur"] != 0).any()


def lopend(stad, dag=EERST):
    """A client who is on both lists, without any deployment."""
    u = stad.bestand.uitkeringen
    vrij = u["einddatum"].isna() & (u["begindatum"] < pd.Timestamp(2006, 1, 1))
    vrij &= ~u["client_id"].isin(stad.bestand.inzet["client_id"]) & (u["geboortedatum"] > pd.Timestamp(1955, 1, 1))
    vrij &= ~u["client_id"].duplicated(keep=False) & (u["begindatum"] < pd.Timestamp(dag))
    return u.loc[vrij, "client_id"].iloc[0]


def rij(v, client):
    return v.tabel.set_index("client_id").loc[client]


def test_een_ander_kenmerk_op_dezelfde_dag_is_gegevens(stad, maand):
    wie = lopend(stad)
    oud = stad.bestand.uitkeringen.set_index("client_id").loc[wie, "opleiding"]
    nieuw = "hoger" if oud != "hoger" else "geen"
    l2 = stad.lijst(**stad.waarde(wie, "opleiding", nieuw))
    v = verschil(maand[1], l2, model1=stad.h, model2=stad.h)
    r = rij(v, wie)
    assert (r["reden"], r["toelichting"]) == ("gegevens", f"opleiding van {oud} naar {nieuw}")
    assert r["verwachte_maanden_door_gegevens"] == r["verwachte_maanden_verschil"] != 0
    assert r["verwachte_maanden_door_duur"] == 0
    anderen = v.tabel[v.tabel["client_id"] != wie]
    assert set(anderen["verandering"]) == {"geen"}
    assert set(anderen["reden"]) == {""}


def test_een_ander_bedrag_verandert_euros_en_geen_maanden(stad, maand):
    wie = lopend(stad)
    v = verschil(maand[1], stad.lijst(**stad.waarde(wie, "bedrag_maand", 500.0)), model1=stad.h, model2=stad.h)
    r = rij(v, wie)
    assert (r["reden"], r["toelichting"]) == ("gegevens", "bedrag per maand")
    assert r["verwachte_maanden_verschil"] == 0
    assert r["reintegratie_netto_door_gegevens"] == r["reintegratie_netto_verschil"] != 0


def test_een_ander_model_op_dezelfde_dag_is_model(stad, maand):
    h2 = stad.ander_model()
    v = verschil(maand[1], stad.lijst(h=h2), model1=stad.h, model2=h2)
    assert sluit(v.tabel)
    t = v.tabel[v.tabel["verandering"] != "geen"]
    assert set(t["reden"]) == {"model"}
    assert (t["verwachte_maanden_door_model"] == t["verwachte_maanden_verschil"]).all()
    assert (t["verwachte_maanden_verschil"] < -0.1).mean() > 0.9


def test_alles_tegelijk_telt_op(stad, maand):
    wie, h2 = lopend(stad), stad.ander_model()
    l2 = stad.lijst(h=h2, **stad.waarde(wie, "leefvorm", "gehuwd"))
    v = verschil(maand[0], l2, model1=stad.h, model2=h2)
    assert sluit(v.tabel)
    assert rij(v, wie)["reden"] in {"gegevens, duur, model", "duur, model"}
    door_model = v.tabel["verwachte_maanden_door_model"].dropna()
    assert (door_model <= 0).all()
    assert (door_model < -0.1).mean() > 0.4, "the other model differs for one of both sexes"


def test_een_begonnen_traject_is_gegevens_en_geen_duur(stad, maand):
    """Against the same month without that start, where only time passed."""
    wie = lopend(stad)
    inzet = stad.bestand.inzet.copy()
    weg = inzet.index[~inzet["client_id"].isin(maand[1].tabel["client_id"])][0]  # of somebody who left
    velden = ["client_id", "instrument", "begindatum", "einddatum", "geplande_einddatum", "aanmelddatum"]
    dag = pd.Timestamp(2007, 6, 15)
    inzet.loc[weg, velden] = [wie, "reintegratie", dag, pd.NaT, pd.Timestamp(2007, 12, 14), pd.NaT]
    zonder = rij(maand[2], wie)
    met_inzet = stad.lijst(inzet=inzet)
    v = verschil(maand[0], met_inzet, model1=stad.h, model2=stad.h)
    r = rij(v, wie)
    assert r["reden"] == "gegevens, duur"
    assert r["toelichting"] == "reintegratie begonnen"
    assert r["reintegratie_indicatie_nu"] == "geen_uitspraak"
    effect = r["verwachte_maanden_nu"] - zonder["verwachte_maanden_nu"]
    assert abs(effect) > 0.1
    assert r["verwachte_maanden_door_gegevens"] == pytest.approx(effect, rel=0.1)
    assert r["verwachte_maanden_door_duur"] == pytest.approx(
        zonder["verwachte_maanden_verschil"], abs=0.1 * abs(effect)
    )


def test_prijs_is_model_en_wordt_genoemd(stad, maand):
    duur = stad.config.model_copy(
        update={
            "instrument": tuple(i.model_copy(update={"kosten": (i.kosten or 0) + 100}) for i in stad.config.instrument)
        }
    )
    v = verschil(maand[1], stad.lijst(config=duur), model1=stad.h, model2=stad.h)
    t = v.tabel[v.tabel["reintegratie_netto_verschil"].notna()]
    assert (t["reintegratie_netto_verschil"] == -100).all()
    assert (t["reintegratie_netto_door_model"] == -100).all()
    assert set(t["toelichting"]) == {"andere kosten van een instrument"}


def test_andere_instellingen_blijven_zichtbaar_als_onverklaard(stad, maand):
    korter = stad.config.model_copy(
        update={"rendement": stad.config.rendement.model_copy(update={"horizon_maanden": 24})}
    )
    v = verschil(maand[1], stad.lijst(config=korter), model1=stad.h, model2=stad.h)
    t = v.tabel[v.tabel["verwachte_maanden_verschil"] < -1]
    assert len(t) > 100
    assert set(t["reden"]) == {"instellingen"}
    assert (t["verwachte_maanden_onverklaard"] == t["verwachte_maanden_verschil"]).all()
    assert any("niet geheel" in z for z in v.zinnen)


def test_zonder_model_zijn_er_redenen_en_geen_delen(maand):
    v = verschil(*maand[:2])
    assert not [k for k in v.tabel.columns if "_door_" in k]
    assert v.tabel["reden"].tolist() == maand[2].tabel["reden"].tolist()


# -- the average over orders


def test_een_wisselwerking_wordt_gelijk_verdeeld(monkeypatch):
    """v = 1 data + 2 duration + 4 model + 6 data x duration: parts 1 + 3, 2 + 3 and 4, whatever the order."""

    def hoek(_oud, _nieuw, _geboorte, gewisseld, _spelers, _codes):
        d, t, m = (o in gewisseld for o in OORZAKEN)
        return {"x": np.array([1.0 * d + 2 * t + 4 * m + 6 * d * t])}

    monkeypatch.setattr(verschildelen, "_hoek", hoek)
    uit = verschildelen._shapley(None, None, None, OORZAKEN, ())["x"]
    assert {o: float(w[0]) for o, w in uit.items()} == pytest.approx({"gegevens": 4.0, "duur": 5.0, "model": 4.0})


@pytest.mark.parametrize("decimalen", [2, 6])
def test_afronden_houdt_de_som(decimalen):
    rng = np.random.default_rng(1)
    ruw = rng.normal(size=(3, 500)) * 100
    verschil_ = np.round(ruw.sum(axis=0), decimalen)
    vier = sluitend(ruw, verschil_, decimalen)
    np.testing.assert_allclose(vier.sum(axis=0), verschil_, rtol=0, atol=10.0 ** -(decimalen + 4))
    assert (vier[3] == 0).all()
    assert np.abs(vier[:3] - ruw).max() <= 2.01 * 10.0**-decimalen
    leeg = sluitend(np.full((3, 1), np.nan), np.array([np.nan]), 2)
    assert np.isnan(leeg).all()


def dagen(*datums):
    return np.array([OPEN if d is None else to_day(d) for d in datums], dtype=np.int64)


def test_een_inzet_door_de_tijd():
    start = dagen(dt.date(2007, 1, 1), dt.date(2007, 1, 1), dt.date(2006, 6, 1), None)
    gepland = dagen(dt.date(2007, 6, 15), dt.date(2007, 9, 1), dt.date(2007, 4, 1), None)
    loopt = np.array([True, True, True, False])
    s, g, nu = verplaats((start, gepland, loopt), EERST, DAARNA)
    assert nu.tolist() == [False, True, True, False], "ended as planned; runs; was overdue and runs on; never"
    assert s.tolist() == start.tolist()
    assert g.tolist() == gepland.tolist()


def test_een_inzet_van_na_de_eerste_dag_begint_op_die_dag():
    start, gepland = dagen(dt.date(2007, 6, 15), None), dagen(dt.date(2007, 12, 15), None)
    s, g, _ = verplaats((start, gepland, np.array([True, False])), DAARNA, EERST)
    assert s.tolist() == dagen(EERST, None).tolist()
    assert g[0] - s[0] == gepland[0] - start[0]
    assert g[1] == OPEN


# -- who and what


def lijsten(**anders):
    """Two small lists with readable profiles, a month apart."""
    profiel = "opleiding=vmbo;leeftijd=30j{};duur={};begin=2006-01-31;bedrag=800"
    oud = maak_lijst(["A", "B", "C"], profiel=profiel.format("1m", 16), peildatum=EERST)
    nieuw = maak_lijst(["B", "C", "D"], profiel=profiel.format("2m", 17), peildatum=DAARNA)
    return oud, nieuw.assign(**anders)


def test_nieuw_weg_en_veranderd(tmp_path):
    oud, nieuw = lijsten(
        r_indicatie=["nee", "ja", "ja"], doelgroep=["focusklant", "", ""], r_netto=[250.0, 260.0, 250.0]
    )
    v = verschil(oud, nieuw, uit=tmp_path / "v.csv")
    t = v.tabel.set_index("client_id")
    assert t["verandering"].to_dict() == {"A": "weg", "B": "indicatie, doelgroep", "C": "cijfers", "D": "nieuw"}
    assert t["reden"].to_dict() == {"A": "weg", "B": "duur", "C": "duur", "D": "nieuw"}
    assert t.loc["C", ["r_netto_vorig", "r_netto_nu", "r_netto_verschil"]].tolist() == [250.0, 260.0, 10.0]
    assert np.isnan(t.loc["D", "r_netto_vorig"])
    assert t.loc["A", "r_indicatie_vorig"] == "ja"
    telling = {(r.onderdeel, r.wat): r.aantal for r in v.samenvatting.itertuples()}
    assert telling["verandering", "nieuw"] == telling["verandering", "weg"] == 1
    assert telling["r", "niet meer ja"] == 1
    assert telling["r", "ja geworden"] == 0
    assert pd.read_csv(tmp_path / "v.csv")["client_id"].tolist() == list("ABCD")


def test_twee_keer_dezelfde_lijst_is_geen_verschil():
    oud, _ = lijsten()
    v = verschil(oud, oud)
    assert set(v.tabel["verandering"]) == {"geen"}
    assert set(v.tabel["reden"]) == {""}
    assert v.zinnen == ()


def test_onderscheid_tussen_leeg_en_getal():
    oud, nieuw = lijsten(r_netto=[np.nan, np.nan, np.nan])
    t = verschil(oud.assign(r_netto=[1.0, np.nan, np.nan][::-1]), nieuw).tabel.set_index("client_id")
    assert t.loc["C", "verandering"] == "cijfers"
    assert np.isnan(t.loc["C", "r_netto_verschil"])
    assert t.loc["B", "verandering"] == "geen"


def test_oude_lijst_zonder_herkomst_geeft_geen_reden():
    oud, nieuw = lijsten(verwachte_maanden=19.0)
    oud = oud.drop(columns=["profiel", "model", "peildatum"])
    v = verschil(oud, nieuw)
    t = v.tabel.set_index("client_id")
    assert t.loc[["B", "C"], "reden"].tolist() == ["onbekend", "onbekend"]
    assert any("'de eerste lijst' zegt niet" in z for z in v.zinnen)
    assert "onbekende datum" in v.tekst()


def test_een_instrument_erbij_wordt_genoemd():
    oud, nieuw = lijsten()
    extra = nieuw.rename(columns=lambda k: k.replace("r_", "nieuw_", 1) if k.startswith("r_") else k)
    nieuw = pd.concat([nieuw, extra.filter(like="nieuw_")], axis=1)
    v = verschil(oud, nieuw)
    assert any("Instrument nieuw is nieuw op de lijst" in z for z in v.zinnen)
    assert any(
        "Instrument nieuw is niet meer op de lijst" in z for z in verschil(nieuw.assign(peildatum=EERST), oud).zinnen
    )
    assert not [k for k in v.tabel.columns if k.startswith("nieuw_")]


def test_fouten_noemen_wat_te_doen(stad, maand, tmp_path):
    oud, nieuw = lijsten()
    with pytest.raises(GebruiksFout, match=r"KMP-D005.*oudste lijst eerst"):
        verschil(nieuw, oud)
    with pytest.raises(GebruiksFout, match="KMP-D006: het model bij --model2"):
        verschil(maand[0], maand[1], model1=stad.h, model2=stad.ander_model())
    with pytest.raises(GebruiksFout, match="KMP-D008"):
        verschil(maand[0], maand[1], model1=stad.h)
    with pytest.raises(GebruiksFout, match="KMP-D007"):
        verschil(oud.drop(columns="profiel"), nieuw, model1=stad.h, model2=stad.h)
    with pytest.raises(GebruiksFout, match="KMP-D001"):
        verschil(tmp_path / "weg.csv", nieuw)
    with pytest.raises(GebruiksFout, match="KMP-U004"):
        verschil(oud, nieuw, uit=tmp_path / "v.doc")


# -- reading lists back


@pytest.mark.parametrize(
    ("naam", "opties"),
    [
        ("lijst.csv", {}),
        ("lijst.csv", {"nl": True}),
        ("lijst.parquet", {}),
        ("lijst.xlsx", {}),
        ("lijst.xlsx", {"per": "team"}),
    ],
)
def test_elke_vorm_van_de_lijst_wordt_teruggelezen(gemeente, model, tmp_path, naam, opties):
    lijst = kompas.lijstwerk(gemeente / "kompas.toml", model, tmp_path / naam, **opties)
    terug = lees_lijst(tmp_path / naam)
    assert terug.instrumenten == tuple(i.code for i in lijst.instrumenten)
    assert (terug.peildatum, terug.model) == (lijst.peildatum, lijst.tabel["model"].iloc[0])
    assert terug.met_herkomst
    t = terug.tabel.sort_values("client_id").reset_index(drop=True)
    assert t["client_id"].tolist() == lijst.tabel["client_id"].tolist()
    assert t["profiel"].tolist() == lijst.tabel["profiel"].tolist()
    assert t["reintegratie_indicatie"].tolist() == lijst.tabel["reintegratie_indicatie"].tolist()
    np.testing.assert_allclose(t["verwachte_maanden"], lijst.tabel["verwachte_maanden"], atol=6e-7)
    np.testing.assert_allclose(t["reintegratie_netto"], lijst.tabel["reintegratie_netto"], atol=0.0051)


@pytest.mark.parametrize(
    ("tekst", "code"),
    [
        ("a,b\n1,2\n", "KMP-D002"),
        ("client_id,duur_maanden,verwachte_maanden\nK1,3,veel\n", "KMP-D004"),
        ("client_id,duur_maanden,verwachte_maanden\nK1,3,4\nK1,3,4\n", "KMP-D003"),
        ("client_id,duur_maanden,verwachte_maanden,peildatum\nK1,3,4,2007-06-30\nK2,3,4,2007-05-31\n", "KMP-D004"),
    ],
)
def test_wat_geen_lijst_is_wordt_geweigerd(tmp_path, tekst, code):
    (tmp_path / "l.csv").write_text(tekst, encoding="utf-8")
    with pytest.raises(GebruiksFout, match=code) as fout:
        lees_lijst(tmp_path / "l.csv")
    assert "K1" not in str(fout.value)


@pytest.mark.parametrize("naam", ["l.xlsx", "l.parquet"])
def test_een_kapot_bestand_wordt_geweigerd(tmp_path, naam):
    (tmp_path / naam).write_bytes(b"dit is geen werkmap")
    with pytest.raises(GebruiksFout, match="KMP-D002"):
        lees_lijst(tmp_path / naam)


def test_een_bewaakte_cel_wordt_weer_de_klant(tmp_path):
    (tmp_path / "l.csv").write_text("client_id,duur_maanden,verwachte_maanden\n'-12,3,4.5\n", encoding="utf-8")
    assert lees_lijst(tmp_path / "l.csv").tabel["client_id"].tolist() == ["-12"]


# -- command


def test_opdracht(maand, stad, tmp_path, capsys):
    paden = []
    for i, lijst in enumerate(maand[:2]):
        paden.append(str(tmp_path / f"{i}.parquet"))
        lijst.tabel.to_parquet(paden[-1])
    uit = tmp_path / "verschil.xlsx"
    assert cli.main(["verschil", *paden, "--uit", str(uit)]) == 0
    tekst = capsys.readouterr().out
    assert tekst.startswith("Van 31-05-2007 naar 30-06-2007")
    assert max(len(r) for r in tekst.splitlines() if "Geschreven" not in r) <= 80
    assert uit.is_file()
    assert cli.main(["verschil", *paden, "--json"]) == 0
    j = json.loads(capsys.readouterr().out)
    assert len(j["klanten"]) == len(maand[2].tabel)
    assert {r["onderdeel"] for r in j["samenvatting"]} >= {"verandering", "reden", "reintegratie"}
    assert cli.main(["verschil", paden[1], paden[0]]) == 2
    assert cli.main(["verschil", *paden, "--model1", str(tmp_path)]) == 2
    assert "door duur" in maand[2].tekst()
    del stad
