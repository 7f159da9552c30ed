"""Landmark from panel to tables: which deployments count, known truth, tables, order and seeds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kompas.bron import lees_bron
from kompas.config import BESTEMMINGEN, lees_config, maak_config
from kompas.historie import bronwaarden_van
from kompas.kenmerken import gevraagd, leer_kenmerken, relevante_leeftijden
from kompas.landmark import eerste_inzetten, landmark_effecten
from kompas.models.hazard import prepare
from kompas.models.timedesign import make_spec, make_time_design
from kompas.panel import maak_panel
from kompas.perioden import maak_perioden, venster
from kompas.schatting import gezamenlijk, ontwerp, schat_oorzaak
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid


def opzet(bestand, config):
    """Everything that the method takes, as a recalibration makes it."""
    u = bestand.uitkeringen
    perioden = maak_perioden(u, bestand.inzet, config)
    namen = gevraagd(config, list(u.columns), [])
    bron, stappen = bronwaarden_van(namen, perioden, u, bestand.kenmerken_historie)
    van, tot = venster(config)
    begin, eind = perioden.spells["begin"].to_numpy(), perioden.spells["eind"].to_numpy()
    spell = np.flatnonzero((eind > van) & (begin < tot))
    kenmerken = leer_kenmerken(namen, bron, spell, np.maximum(begin[spell], van), config)
    panel = maak_panel(
        perioden,
        u,
        config,
        kenmerken=lambda s, dag: {k.naam: k.codeer(bron.waarde(k.naam, s, dag)) for k in kenmerken},
        tijdlijnen=stappen,
        leeftijden=relevante_leeftijden(kenmerken),
    )
    e = panel.exposure
    laatste = int((e.calendar + e.months).max()) - 1
    tijd = make_spec(config.model.duurbanden, config.model.kalender, int(e.calendar.min()), laatste)
    basis = prepare(e, ontwerp(config, kenmerken, (), panel.profielen), make_time_design(tijd))
    coef, _ = gezamenlijk([schat_oorzaak(panel, basis, tijd, c + 1) for c in range(3)])
    return panel, config, kenmerken, basis, coef, basis.names


def met_groepen(config, *namen):
    return config.model_copy(update={"model": config.model.model_copy(update={"effect_per": namen})})


@pytest.fixture(scope="module")
def stad(tmp_path_factory):
    """A town of 3,000 clients in which traits that are recorded decide who starts: files and truth."""
    doel = tmp_path_factory.mktemp("landmark") / "stad"
    waarheid = standaard_waarheid(selectie=0.0, heterogeniteit=0.0, instrumenten=["reintegratie", "huisbezoek"])
    sim = simuleer_gemeente(waarheid, zaad=21, clienten=3_000, met_verwacht=False)
    schrijf_simulatie(sim, doel)
    config = lees_config(doel / "kompas.toml")
    return lees_bron(config), met_groepen(config, "opleiding"), sim


@pytest.fixture(scope="module")
def invoer(stad):
    return opzet(stad[0], stad[1])


@pytest.fixture(scope="module")
def uitkomst(invoer):
    return landmark_effecten(*invoer, zaad=4, trekkingen=120)


# --- tables -------------------------------------------------------------------------------------------------------


def test_een_rij_per_effect_zonder_gaten(uitkomst, stad):
    config = stad[1]
    niveaus = ["geen", "basis", "vmbo", "hoger", "onbekend"]
    groepen = {"allen", *(f"opleiding={v}" for v in niveaus)}
    verwacht = {(i.code, f, b, g) for i in config.instrument for f in i.fasen for b in BESTEMMINGEN for g in groepen}
    e = uitkomst.effecten
    sleutels = list(zip(e["instrument"], e["fase"], e["bestemming"], e["groep"], strict=True))
    assert set(sleutels) == verwacht
    assert len(sleutels) == len(verwacht)
    assert np.isfinite(e[["log_effect", "se"]].to_numpy()).all()
    assert (e["se"] > 0).all()
    assert (e["methode"] == "landmark").all()
    assert uitkomst.replicaten_effect.shape == (len(e), 120)
    assert uitkomst.replicaten_overleving.shape == (len(uitkomst.overleving), 120)


def test_weinig_gegevens_geven_de_prior(uitkomst):
    e = uitkomst.effecten
    weinig = e["onvoldoende"].to_numpy()
    assert weinig.any()
    assert not weinig.all()
    assert (e.loc[weinig, "log_effect"] == 0).all()
    assert (e.loc[weinig, "se"] == 1).all()
    assert e.loc[weinig, "aantoonbaar"].isna().all()
    assert np.isnan(uitkomst.replicaten_effect[weinig]).all()
    assert ((e["inzetten"] >= 10) & (e["gebeurtenissen"] >= 5))[~weinig].all()
    np.testing.assert_allclose(e.loc[~weinig, "aantoonbaar"], 2.8015852 * e.loc[~weinig, "se"], rtol=1e-6)
    np.testing.assert_allclose(
        uitkomst.replicaten_effect[~weinig].std(axis=1, ddof=1), e.loc[~weinig, "se"], rtol=1e-12
    )


def test_de_waarheid_ligt_binnen_de_fout(uitkomst, stad):
    waar = stad[2].effecten.set_index(["instrument", "fase", "bestemming"])["log_effect"]
    e = uitkomst.effecten
    e = e[(e["groep"] == "allen") & ~e["onvoldoende"]]
    sleutels = list(zip(e["instrument"], e["fase"], e["bestemming"], strict=True))
    z = (e["log_effect"].to_numpy() - waar.reindex(sleutels).fillna(0.0).to_numpy()) / e["se"].to_numpy()
    assert len(z) > 12
    assert np.abs(z).max() < 3.3
    assert 0.5 < np.sqrt(np.mean(z**2)) < 1.5


def test_groepen_tellen_op_tot_allen(uitkomst):
    e, sleutel = uitkomst.effecten, ["instrument", "fase", "bestemming"]
    allen = e["groep"] == "allen"
    heel, delen = (e[w].groupby(sleutel)[["inzetten", "gebeurtenissen"]].sum() for w in (allen, ~allen))
    pd.testing.assert_frame_equal(heel, delen)
    assert heel["inzetten"].min() > 10


def test_overlap_telt_elke_start_een_keer(uitkomst, invoer):
    panel, config = invoer[:2]
    for k, ins in enumerate(config.instrument):
        eigen = uitkomst.overlap[uitkomst.overlap["instrument"] == ins.code]
        starts = eerste_inzetten(panel, ins.code, k).start.size
        assert eigen["klasse"].tolist() == list(range(1, 11))
        assert (eigen["kans_van"] <= eigen["kans_tot"]).all()
        np.testing.assert_array_equal(eigen["kans_van"].to_numpy()[1:], eigen["kans_tot"].to_numpy()[:-1])
        if eigen["starters"].notna().all():
            assert eigen["starters"].sum() == starts
        assert (eigen["starters"].dropna() >= 10).all()
        assert (eigen["nog_niet_personen"].dropna() >= 10).all()
    assert uitkomst.overlap["starters"].notna().any()


def test_gewichten_zeggen_wat_ze_zijn(uitkomst):
    g = uitkomst.gewichten
    assert (g["effectief"] <= g["controle_personen"] + 1e-9).all()
    assert (g["effectief"] > 0.1 * g["controle_personen"]).all()
    assert g["afgekapt"].between(0, 0.01).all()
    assert (g["grens"] == 20).all()
    assert (g["zonder_steun"] < 0.02).all()


def test_overleving_is_een_kans_en_telt_op(uitkomst):
    o = uitkomst.overleving
    assert set(o["maand"]) == {6, 12, 24}
    for (_, _), deel in o.groupby(["instrument", "maand"]):
        per = deel.set_index("bestemming")
        for arm in ("met", "zonder", "verschil"):
            assert per.loc[list(BESTEMMINGEN), arm].sum() == pytest.approx(per.loc["alle", arm])
    assert ((o[["met", "zonder"]] >= 0) & (o[["met", "zonder"]] <= 1)).all(axis=None)
    np.testing.assert_allclose(o["verschil"], o["met"] - o["zonder"], atol=1e-15)
    np.testing.assert_allclose(uitkomst.replicaten_overleving.std(axis=1, ddof=1), o["se"], rtol=1e-9)
    werk = o[(o["instrument"] == "reintegratie") & (o["bestemming"] == "werk")].set_index("maand")["verschil"]
    assert werk[6] < 0 < werk[12]  # the truth: locked in for six months (log -.4), then .5


# --- invariances --------------------------------------------------------------------------------------------------


def test_zelfde_zaad_zelfde_getallen(uitkomst, invoer):
    weer = landmark_effecten(*invoer, zaad=4, trekkingen=120)
    for naam in ("effecten", "overleving", "overlap", "gewichten"):
        pd.testing.assert_frame_equal(getattr(weer, naam), getattr(uitkomst, naam), check_exact=True)
    np.testing.assert_array_equal(weer.replicaten_effect, uitkomst.replicaten_effect)
    ander = landmark_effecten(*invoer, zaad=5, trekkingen=120).effecten
    np.testing.assert_array_equal(ander["log_effect"], uitkomst.effecten["log_effect"])
    goed = ~ander["onvoldoende"]
    assert (ander.loc[goed, "se"] != uitkomst.effecten.loc[goed, "se"]).all()


def test_volgorde_van_rijen_en_instrumenten_doet_niet_ter_zake(uitkomst, stad, tmp_path):
    config = stad[1]
    for bron in config.map.iterdir():
        kop, *regels = bron.read_text(encoding="utf-8").splitlines()
        (tmp_path / bron.name).write_text("\n".join([kop, *regels[::-1]]), encoding="utf-8")
    bron = config.bron.model_copy(update={"map": str(tmp_path)})
    omgekeerd = config.model_copy(update={"instrument": config.instrument[::-1], "bron": bron})
    weer = landmark_effecten(*opzet(lees_bron(omgekeerd), omgekeerd), zaad=4, trekkingen=120)
    sleutel = ["instrument", "fase", "bestemming", "groep"]
    a, b = (t.effecten.sort_values(sleutel).reset_index(drop=True) for t in (uitkomst, weer))
    pd.testing.assert_frame_equal(a, b, rtol=1e-6, atol=1e-9)
    sleutel = ["instrument", "bestemming", "maand"]
    a, b = (t.overleving.sort_values(sleutel).reset_index(drop=True) for t in (uitkomst, weer))
    pd.testing.assert_frame_equal(a, b, rtol=1e-6, atol=1e-9)


def test_voortgang_loopt_tot_een(invoer):
    stappen = []
    landmark_effecten(*invoer, zaad=1, trekkingen=2, voortgang=stappen.append)
    assert stappen == sorted(stappen)
    assert stappen[-1] == 1.0


def test_vreemde_coefficienten_worden_geweigerd(invoer):
    panel, config, kenmerken, basis, coef, termen = invoer
    with pytest.raises(ValueError, match="columns of the basis"):
        landmark_effecten(panel, config, kenmerken, basis, coef[:, :-1], termen[:-1], zaad=1)
    kopie = replace(panel, exposure=replace(panel.exposure))
    with pytest.raises(ValueError, match="exposure of the panel"):
        landmark_effecten(kopie, config, kenmerken, basis, coef, termen, zaad=1)


# --- which deployments count --------------------------------------------------------------------------------------

KOP = """
[gemeente]
naam = "Dorp"
peildatum = 2006-12-31
[bron]
venster_van = 2004-01-01
[bron.uitkeringen]
bestand = "uitkeringen.csv"
[bron.inzet]
bestand = "inzet.csv"
[kenmerken]
gebruik = ["geslacht"]
[[instrument]]
code = "traject"
duur_maanden = 3
fasen_na = [6]
"""


def klein_panel(map_, uitkeringen, inzet):
    (map_ / "bron").mkdir()
    u = pd.DataFrame(uitkeringen, columns=["client_id", "begindatum", "einddatum"])
    u = u.assign(reden_einde=np.where(u["einddatum"] == "", "", "11"), geslacht="man", geboortedatum="1975-01-01")
    u.assign(leefvorm="alleenstaande").to_csv(map_ / "bron" / "uitkeringen.csv", index=False)
    i = pd.DataFrame(inzet, columns=["client_id", "begindatum", "einddatum"]).assign(instrument="traject")
    i.to_csv(map_ / "bron" / "inzet.csv", index=False)
    (map_ / "kompas.toml").write_text(KOP, encoding="utf-8")
    config = lees_config(map_ / "kompas.toml")
    bestand = lees_bron(config)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    return maak_panel(
        perioden, bestand.uitkeringen, config, kenmerken=lambda s, _: {"geslacht": np.zeros(s.size, dtype=np.int64)}
    )


@pytest.mark.parametrize(
    ("geval", "uitkeringen", "inzet", "starts", "maanden"),
    [
        ("in een maand", [("a", "2005-01-01", "")], [("a", "2005-03-16", "")], 1, 21.5161),
        ("op de eerste dag", [("a", "2005-01-01", "")], [("a", "2005-01-01", "")], 1, 24.0),
        ("voor het venster", [("a", "2003-06-01", "")], [("a", "2003-08-01", "")], 0, 0.0),
        ("al bekend op de eerste dag van het venster", [("a", "2003-12-20", "")], [("a", "2003-12-20", "")], 0, 0.0),
        ("in een eerdere periode", [("a", "2004-02-01", "2004-06-30"), ("a", "2005-01-01", "")],
         [("a", "2004-03-01", "")], 1, 4.0),
        ("opnieuw op de eerste dag van een latere periode",
         [("a", "2004-02-01", "2004-06-30"), ("a", "2005-01-01", "")],
         [("a", "2004-03-01", "2004-05-01"), ("a", "2005-01-01", "")], 1, 4.0),
        ("een tweede inzet eindigt de eerste", [("a", "2005-01-01", "")],
         [("a", "2005-02-01", "2005-04-30"), ("a", "2006-02-01", "2006-03-01")], 1, 12.0),
        ("nooit", [("a", "2005-01-01", "")], [], 0, 0.0),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_welke_inzet_een_start_is(tmp_path, geval, uitkeringen, inzet, starts, maanden):
    panel = klein_panel(tmp_path, uitkeringen, inzet)
    runs = eerste_inzetten(panel, "traject", 0)
    e = panel.exposure
    gevolgd = float((e.length * e.months)[runs.follow].sum())
    assert (runs.start.size, round(gevolgd, 4)) == (starts, maanden), geval
    assert (runs.phase[runs.follow] >= 0).all()
    assert runs.follow[runs.start].all()


# --- thin and extreme ---------------------------------------------------------------------------------------------


def met_inzet(stad, inzet):
    bestand, config, _ = stad
    return opzet(replace(bestand, inzet=inzet), met_groepen(config))


def test_niemand_krijgt_iets(stad):
    r = landmark_effecten(*met_inzet(stad, stad[0].inzet.iloc[:0]), zaad=1, trekkingen=10)
    assert r.effecten["onvoldoende"].all()
    assert (r.effecten["inzetten"] == 0).all()
    assert (r.effecten["log_effect"] == 0).all()
    assert (r.effecten["se"] == 1).all()
    assert r.overleving[["met", "zonder", "verschil", "se"]].isna().all(axis=None)
    assert r.overlap.empty
    assert (r.gewichten["effectief"] == 0).all()


def test_iedereen_begint_op_de_eerste_dag(stad):
    bestand = stad[0]
    u = bestand.uitkeringen
    eerste = bestand.inzet.iloc[[0] * len(u)].reset_index(drop=True)
    inzet = eerste.assign(
        client_id=u["client_id"].to_numpy(),
        instrument="reintegratie",
        begindatum=u["begindatum"].to_numpy(),
        einddatum=pd.NaT,
        rij=np.arange(len(u)),
    )
    r = landmark_effecten(*met_inzet(stad, inzet), zaad=1, trekkingen=10)
    eigen = r.effecten[r.effecten["instrument"] == "reintegratie"]
    assert eigen["onvoldoende"].all()
    assert eigen["inzetten"].max() > 500
    gewichten = r.gewichten[r.gewichten["instrument"] == "reintegratie"]
    assert (gewichten["zonder_steun"] > 0.9).all()


def test_zonder_instrumenten(stad):
    bestand, config, _ = stad
    kaal = maak_config(config.model_dump() | {"instrument": []}, pad=config.pad)
    r = landmark_effecten(*opzet(replace(bestand, inzet=bestand.inzet.iloc[:0]), kaal), zaad=1, trekkingen=10)
    assert r.effecten.empty
    assert list(r.effecten.columns[:7]) == ["instrument", "fase", "bestemming", "groep", "methode", "log_effect", "se"]
    assert r.replicaten_effect.shape == (0, 10)
