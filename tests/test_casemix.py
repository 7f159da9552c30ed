import numpy as np
import pandas as pd
import pytest
from tests.uitvoeringhulp import groot, lees, spel

import kompas
from kompas.bron import lees_bron
from kompas.monitors.casemix import (
    BINNEN,
    TE_WEINIG,
    WERK,
    Z95,
    Verwacht,
    grenzen,
    overdispersie,
    trechter,
    verwachte_uitstroom,
)
from kompas.monitors.kengetalbron import maak_kern

TEAMS = pd.DataFrame({"niveau": ["management", "team", "team"], "eenheid": ["Dorp", "T1", "T2"]})


def verwacht_van(o, e):
    """Observed and expected exits to work of the town and its teams in one month each of a year."""
    nul = np.zeros((3, len(o), 12))
    waargenomen, verwacht = nul.copy(), nul.copy()
    waargenomen[WERK] = np.array(o)[:, None] / 12
    verwacht[WERK] = np.array(e)[:, None] / 12
    return Verwacht(verwacht=verwacht, waargenomen=waargenomen, aow=nul[0], hoe="", onbekend=0.0)


# -- expected exits


def test_de_gemeente_klopt_over_de_hele_periode(tmp_path):
    bestand, config = lees(tmp_path, {"uitkeringen": groot()})
    v = verwachte_uitstroom(maak_kern(bestand, config), None)
    assert v.waargenomen[WERK, 0].sum() > 50
    np.testing.assert_allclose(v.verwacht[:, 0].sum(axis=1), v.waargenomen[:, 0].sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(v.verwacht[:, 3] + v.verwacht[:, 4], v.verwacht[:, 0], rtol=1e-12)


def test_gelijke_klanten_gelijke_verwachting(tmp_path):
    """Teams of equal size and mix: T2 realises three times as much, the expectation does not know that."""
    bestand, config = lees(tmp_path, {"uitkeringen": groot()})
    k = maak_kern(bestand, config)
    v = verwachte_uitstroom(k, None)
    een, twee = (int(np.flatnonzero(k.eenheden["eenheid"] == t)[0]) for t in ("T1", "T2"))
    assert v.waargenomen[WERK, twee].sum() == pytest.approx(3 * v.waargenomen[WERK, een].sum(), rel=0.1)
    assert v.verwacht[WERK, twee].sum() == pytest.approx(v.verwacht[WERK, een].sum(), rel=0.1)


def test_een_team_met_langdurig_bestand_krijgt_een_lagere_verwachting(tmp_path):
    """Exits come in the first months only; team L has old clients: few exits, and few expected."""
    rijen = []
    for i in range(300):
        begin = pd.Timestamp("2006-01-01") + pd.Timedelta(days=i)
        einde = begin + pd.Timedelta(days=60)
        weg = i % 2 == 0
        rijen.append(
            spel(f"N{i}", str(begin.date()), str(einde.date()) if weg else "", "11" if weg else "", team="Nieuw")
        )
        rijen.append(spel(f"L{i}", "2003-03-01", team="Lang"))
    bestand, config = lees(tmp_path, {"uitkeringen": rijen})
    k = maak_kern(bestand, config)
    v = verwachte_uitstroom(k, None)
    nieuw, lang = (int(np.flatnonzero(k.eenheden["eenheid"] == t)[0]) for t in ("Nieuw", "Lang"))
    assert v.verwacht[WERK, lang].sum() < 0.02 * v.verwacht[WERK, nieuw].sum()
    assert v.verwacht[WERK, nieuw].sum() == pytest.approx(150, rel=0.05)


def test_met_model_is_de_verwachting_die_van_zijn_kansen(gemeente, model):
    """Without instruments in the rates, and by traits of each client: bands of duration alone do not give it."""
    config = kompas.lees_config(gemeente / "kompas.toml")
    bestand, h = lees_bron(config), kompas.laad_model(model)
    k = maak_kern(bestand, config)
    v = verwachte_uitstroom(k, h)
    np.testing.assert_allclose(v.verwacht[:, 0].sum(axis=1), v.waargenomen[:, 0].sum(axis=1), rtol=1e-9)
    assert v.onbekend == 0.0
    zonder = verwachte_uitstroom(k, None)
    assert not np.allclose(v.verwacht[WERK], zonder.verwacht[WERK], rtol=1e-3)


def test_een_kenmerk_dat_het_model_niet_kent_krijgt_de_gemiddelde_kans(gemeente, model):
    config = kompas.lees_config(gemeente / "kompas.toml")
    bestand, h = lees_bron(config), kompas.laad_model(model)
    vreemd = bestand.uitkeringen.assign(geslacht=np.where(bestand.uitkeringen.index % 2, "anders", "man"))
    k = maak_kern(
        type(bestand)(**{n: getattr(bestand, n) for n in bestand.__slots__} | {"uitkeringen": vreemd}), config
    )
    v = verwachte_uitstroom(k, h)
    assert 0.3 < v.onbekend < 0.7
    assert np.isfinite(v.verwacht).all()


def test_aow_telt_aan_beide_kanten(tmp_path):
    rijen = [*groot(), *(spel(f"O{i}", "2000-01-01", geboortedatum="1942-02-10", team="T1") for i in range(20))]
    bestand, config = lees(tmp_path, {"uitkeringen": rijen})
    k = maak_kern(bestand, config)
    v = verwachte_uitstroom(k, None)
    assert v.aow[0].sum() == 20
    assert v.waargenomen.sum(axis=0)[0].sum() + 20 == pytest.approx(
        k.tel(k.blad, k.eind - 1)[0, k.eerste :].sum(), abs=1e-9
    )


# -- the funnel


@pytest.mark.parametrize(
    ("waargenomen", "verwacht", "oordeel"),
    [
        (100.0, 100.0, BINNEN),
        (120.0, 100.0, BINNEN),
        (121.0, 100.0, "hoger dan verwacht"),
        (140.0, 100.0, "duidelijk hoger dan verwacht"),
        (81.0, 100.0, "lager dan verwacht"),
        (70.0, 100.0, "duidelijk lager dan verwacht"),
        (8.0, 4.0, TE_WEINIG),
    ],
)
def test_oordeel_van_de_trechter(waargenomen, verwacht, oordeel):
    v = verwacht_van([1000.0, waargenomen, 50.0], [1000.0, verwacht, 50.0])
    f = trechter(TEAMS, v).query("kengetal == 'uitstroom_werk' and eenheid == 'T1'")
    assert f["oordeel"].item() == oordeel


def test_grenzen_zijn_die_van_de_poissonverdeling():
    """Square-root limits against the exact 95% interval of a Poisson count: within two hundredths from 25 on."""
    from scipy import stats  # noqa: PLC0415

    e = np.array([25.0, 50.0, 100.0, 400.0])
    laag, hoog = grenzen(e, 1.0, Z95)
    np.testing.assert_allclose(laag, (stats.poisson.ppf(0.025, e) / e), atol=0.035)
    np.testing.assert_allclose(hoog, (stats.poisson.ppf(0.975, e) / e), atol=0.035)


def test_meer_spreiding_dan_toeval_maakt_de_grenzen_wijder():
    rng = np.random.default_rng(3)
    e = np.full(200, 100.0)
    assert overdispersie(rng.poisson(e).astype(float), e) == 1.0
    ruw = overdispersie(rng.poisson(e * rng.gamma(25, 1 / 25, 200)).astype(float), e)
    assert ruw == pytest.approx(1 + 100 / 25, rel=0.4)  # var = mu + mu^2 / 25, a little less after winsorising
    smal, wijd = grenzen(e[:1], 1.0, Z95)[1], grenzen(e[:1], ruw, Z95)[1]
    assert wijd[0] - 1 > 1.8 * (smal[0] - 1)


def test_te_weinig_teams_geven_geen_spreiding():
    assert overdispersie(np.array([10.0, 300.0]), np.array([100.0, 100.0])) == 1.0


def test_trechter_staat_op_naam_en_kent_geen_personen(tmp_path):
    bestand, config = lees(tmp_path, {"uitkeringen": groot()})
    k = maak_kern(bestand, config)
    f = trechter(k.eenheden, verwachte_uitstroom(k, None))
    assert set(f["niveau"]) == {"teamleider", "team"}
    assert f.groupby(["kengetal", "niveau"])["eenheid"].apply(lambda x: x.is_monotonic_increasing).all()
    oordeel = f.query("kengetal == 'uitstroom_werk' and niveau == 'team'").set_index("eenheid")["oordeel"]
    assert oordeel["T1"].endswith("lager dan verwacht")
    assert oordeel["T2"].endswith("hoger dan verwacht")


def test_de_trechter_vergelijkt_met_de_gemeente_over_dezelfde_maanden():
    """A town that does twice as well as its model in every team has no deviating team."""
    f = trechter(TEAMS, verwacht_van([400.0, 200.0, 200.0], [200.0, 100.0, 100.0]))
    assert (f["oordeel"] == BINNEN).all()
    np.testing.assert_allclose(f["verhouding"], 1.0)
