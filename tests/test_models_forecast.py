"""The forecast of a monthly series: honest in time, exact where the answer is known, better than its floors."""

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kompas.bron.cbs import lees_cbs_maand
from kompas.models.forecast import FLOORS, SeriesForecast, floors, forecast_series
from kompas.models.forecastmembers import GROUPS, members
from kompas.models.forecastseason import season_by_origin
from kompas.models.forecastweights import combine, interval_multiple

WORTEL = Path(__file__).resolve().parents[1]
CBS = WORTEL / "data" / "sample" / "cbs" / "37789ksz_maand_tot_2018.csv"


@pytest.fixture(scope="module")
def landelijk():
    frame = lees_cbs_maand(CBS)
    return frame["maand"].tolist(), frame["bijstand_tot_aow"].to_numpy()


def wandeling(zaad, maanden=96, stap=0.01, drift=0.003):
    rng = np.random.default_rng(zaad)
    return 1000 * np.exp(np.cumsum(stap * rng.normal(size=maanden) + drift))


# -- floors


def test_bodems_van_de_landelijke_reeks_zijn_die_van_het_plan(landelijk):
    """feiten.md: naive 1.29/2.45/4.48, drift .75/1.55/3.91, half .85/1.65/3.27 - windows by target month."""
    maanden, reeks = landelijk
    doel = np.arange(maanden.index("2001-01"), maanden.index("2007-12") + 1)
    fout = {naam: [] for naam in FLOORS}
    for stap in (3, 6, 12):
        for naam in FLOORS:
            paden = [floors(reeks[: d - stap + 1], stap)[naam][-1] for d in doel]
            fout[naam].append(100 * np.mean(np.abs(np.array(paden) / reeks[doel] - 1)))
    assert [round(v, 2) for v in fout["naive"]] == [1.29, 2.45, 4.48]
    assert [round(v, 2) for v in fout["drift_12"]] == [0.75, 1.55, 3.91]
    assert [round(v, 2) for v in fout["half_drift_12"]] == [0.85, 1.65, 3.27]


def test_drift_van_een_korte_reeks_gaat_over_alle_maanden():
    laag = floors([10, 12, 14, 16, 18, 20], 2)
    assert laag["drift_12"].tolist() == [22, 24]
    assert laag["half_drift_12"].tolist() == [21, 22]
    assert laag["naive"].tolist() == [20, 20]


def test_bodem_gaat_niet_onder_nul():
    assert floors([60, 50, 40, 30, 20, 10], 3)["drift_12"].tolist() == [0, 0, 0]


# -- honest in time


def test_maanden_na_de_oorsprong_doen_niets(landelijk):
    """Everything at an origin (season, weights, path, scale) is the same whatever comes after it."""
    reeks = np.log(landelijk[1][:120])
    anders = reeks.copy()
    anders[90:] += np.random.default_rng(3).normal(size=30) * 0.2 + 0.5

    def alles(x):
        return combine(x, members(x, season_by_origin(x, 12), 24), 1.28, 0.8)

    a, b = alles(reeks), alles(anders)
    np.testing.assert_array_equal(a.path[:90], b.path[:90])
    np.testing.assert_array_equal(a.scale[:90], b.scale[:90])
    assert np.abs(a.path[90:] - b.path[90:]).max() > 0.1


@pytest.mark.parametrize("oorsprong", [30, 61, 118])
def test_een_pas_geeft_per_oorsprong_wat_een_losse_aanroep_geeft(landelijk, oorsprong):
    """The errors that set weights and width are those of forecasts as they would have been made then."""
    reeks = landelijk[1][:132]
    x = np.log(reeks)
    pas = combine(x, members(x, season_by_origin(x, 12), 24), 1.28, 0.8)
    los = forecast_series(reeks[: oorsprong + 1], 12)
    np.testing.assert_allclose(np.exp(pas.path[oorsprong, :12]), los.mean, rtol=1e-12)


def test_breedte_hangt_af_van_de_fouten_tot_nu_toe():
    rustig, druk = wandeling(1, stap=0.005), wandeling(1, stap=0.02)
    a, b = (forecast_series(r, 6) for r in (rustig, druk))
    verhouding = np.log(b.upper / b.mean) / np.log(a.upper / a.mean)
    assert (verhouding > 2.5).all()


# -- known answers


def test_vaste_groei_gaat_door():
    vooruit = forecast_series(2000 * 1.004 ** np.arange(60), 24)
    np.testing.assert_allclose(vooruit.mean[:12], 2000 * 1.004 ** np.arange(60, 72), rtol=2e-3)
    assert vooruit.season == 0


def test_constante_reeks_blijft():
    vooruit = forecast_series(np.full(48, 250.0), 12)
    np.testing.assert_allclose(vooruit.mean, 250.0)
    assert (vooruit.upper / vooruit.lower < 1.01).all()


def test_zuiver_seizoen_wordt_voorspeld():
    maand = np.arange(84)
    reeks = 1000 * np.exp(0.05 * np.cos(2 * np.pi * maand / 12))
    vooruit = forecast_series(reeks[:72], 12)
    assert vooruit.season > 0.99
    np.testing.assert_allclose(vooruit.mean, reeks[72:], rtol=2e-3)


def test_seizoen_van_een_andere_lengte_en_zonder_seizoen():
    maand = np.arange(60)
    reeks = 1000 * np.exp(0.05 * np.array([1.0, -1.0, 0.0, 0.0])[maand % 4])
    assert forecast_series(reeks, 4, season=4).season > 0.99
    zonder = forecast_series(reeks, 4, season=1)
    assert zonder.season == 0
    met = forecast_series(reeks, 4, season=4).mean
    assert np.ptp(met) > 5 * np.ptp(zonder.mean)


def test_ruis_krijgt_bijna_nooit_een_seizoen():
    sterkte = np.array([season_by_origin(np.log(wandeling(z)), 12).strength[-1] for z in range(40)])
    assert np.mean(sterkte > 0) < 0.25
    assert sterkte.mean() < 0.08


def test_seizoen_vraagt_drie_jaar():
    maand = np.arange(48)
    sterkte = season_by_origin(0.05 * np.cos(2 * np.pi * maand / 12) + 0.001 * maand, 12).strength
    assert (sterkte[:35] == 0).all()
    assert sterkte[-1] > 0.9


def test_trend_die_uitdooft_wint_van_de_bodems():
    """Growth that comes and goes: the last months count, and the combination must find that out."""
    rng = np.random.default_rng(5)
    groei = np.zeros(180)
    for t in range(1, 180):
        groei[t] = 0.95 * groei[t - 1] + 0.001 * rng.normal()
    reeks = 5000 * np.exp(np.cumsum(groei))
    vooruit = forecast_series(reeks, 6)
    laagste = min(vooruit.errors[b][2] for b in FLOORS)
    assert vooruit.errors["combination"][2] < 0.6 * laagste
    assert vooruit.weights["trend_fast"] > 0.5


def test_ruis_op_een_vlak_niveau_maakt_de_trend_klein():
    rng = np.random.default_rng(2)
    vooruit = forecast_series(300 * np.exp(0.03 * rng.normal(size=120)), 12)
    assert vooruit.weights["trend_fast"] < 0.02
    assert np.abs(vooruit.mean / 300 - 1).max() < 0.06


# -- the interval


def test_interval_dekt_op_wandelingen_ongeveer_80_procent():
    binnen = []
    for zaad in range(60):
        reeks = wandeling(zaad, maanden=84)
        vooruit = forecast_series(reeks[:72], 12)
        binnen.append((vooruit.lower <= reeks[72:]) & (reeks[72:] <= vooruit.upper))
    dekking = np.array(binnen).mean(axis=0)
    assert 0.72 < dekking[[0, 2, 5, 11]].mean() < 0.92


def test_interval_wordt_niet_smaller_en_een_hoger_niveau_is_breder():
    reeks = wandeling(4)
    vooruit = forecast_series(reeks, 24)
    breedte = np.log(vooruit.upper / vooruit.mean)
    assert (np.diff(breedte) >= -1e-12).all()
    assert (forecast_series(reeks, 24, level=0.95).upper > vooruit.upper).all()


def test_veelvoud_zonder_fouten_is_voorzichtig_en_met_fouten_het_kwantiel():
    leeg = interval_multiple(np.full((30, 3), np.nan), 1.28, 0.8)
    np.testing.assert_allclose(leeg, 1.28 * 1.5)
    # 3,000 origins with ratios 0..1: the 80% quantile is .8, what theory says hardly counts any more.
    verhouding = np.tile(np.random.default_rng(0).uniform(size=(3000, 1)), (1, 2))
    np.testing.assert_allclose(interval_multiple(verhouding, 1.28, 0.8), 0.8, atol=0.12)


# -- short series, zeros, refusals


def test_korte_reeks_is_gemerkt_en_ligt_tussen_niveau_en_halve_drift():
    reeks = [100.0, 101, 103, 104, 106, 107, 109, 110]
    vooruit = forecast_series(reeks, 4)
    assert not vooruit.reliable
    assert vooruit.n_origins == 0
    assert np.isnan(vooruit.errors["combination"]).all()
    assert (vooruit.mean > 110).all()
    assert (vooruit.mean < floors(reeks, 4)["half_drift_12"] + 0.05).all()
    assert (np.diff(vooruit.upper - vooruit.lower) > 0).all()


def test_24_maanden_is_genoeg_en_23_niet():
    assert not forecast_series(wandeling(1, 23), 3).reliable
    genoeg = forecast_series(wandeling(1, 24), 24)
    assert genoeg.reliable
    assert genoeg.n_origins == 11
    assert np.isfinite(genoeg.errors["combination"][:11]).all()
    assert np.isnan(genoeg.errors["combination"][11:]).all()


def test_nullen_mogen_en_geven_niets_onder_nul():
    rng = np.random.default_rng(8)
    vooruit = forecast_series(rng.poisson(1.5, size=60), 12)
    assert (vooruit.lower >= 0).all()
    assert (vooruit.lower <= vooruit.mean).all()
    assert (vooruit.mean < 6).all()
    assert (forecast_series(np.zeros(30), 3).mean == 0).all()


@pytest.mark.parametrize(
    ("reeks", "vooruit", "opties", "tekst"),
    [
        ([1, 2, 3, 4, 5], 3, {}, "at least 6 months"),
        (np.ones((4, 6)), 3, {}, "one dimension"),
        ([1, 2, np.nan, 4, 5, 6], 3, {}, "without gaps"),
        ([1, 2, -3, 4, 5, 6], 3, {}, "not below zero"),
        ([1, 2, 3, 4, 5, 6], 0, {}, "horizon"),
        ([1, 2, 3, 4, 5, 6], 3, {"level": 80}, "between 0 and 1"),
        ([1, 2, 3, 4, 5, 6], 3, {"season": 0}, "season"),
    ],
)
def test_wat_niet_kan_wordt_geweigerd(reeks, vooruit, opties, tekst):
    with pytest.raises(ValueError, match=tekst):
        forecast_series(reeks, vooruit, **opties)


# -- the result


def test_uitkomst_is_bevroren_volledig_en_herhaalbaar():
    reeks = wandeling(9)
    eerst, weer = forecast_series(reeks, 12), forecast_series(list(reeks), 12)
    for veld in dataclasses.fields(SeriesForecast):
        a, b = getattr(eerst, veld.name), getattr(weer, veld.name)
        np.testing.assert_equal(dict(a) if hasattr(a, "keys") else a, dict(b) if hasattr(b, "keys") else b)
    assert set(eerst.weights) == set(GROUPS)
    assert set(eerst.errors) == {*GROUPS, *FLOORS, "combination"}
    assert sum(eerst.weights.values()) == pytest.approx(1)
    with pytest.raises(ValueError, match="read-only"):
        eerst.mean[0] = 1
    with pytest.raises(TypeError):
        eerst.weights["level"] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        eerst.level = 0.9


def test_fouten_van_de_bodems_zijn_die_van_eerdere_prognoses():
    reeks = wandeling(6, maanden=40)
    verwacht = np.mean([abs(floors(reeks[: t + 1], 3)["half_drift_12"][2] / reeks[t + 3] - 1) for t in range(12, 37)])
    assert forecast_series(reeks, 3).errors["half_drift_12"][2] == pytest.approx(verwacht)


@pytest.mark.parametrize("ver", [1, 24, 40])
def test_hoe_ver_gevraagd_wordt_doet_er_niet_toe(ver):
    reeks = wandeling(10)
    kort, lang = forecast_series(reeks, 6), forecast_series(reeks, ver)
    stap = min(ver, 6)
    for veld in ("mean", "lower", "upper"):
        np.testing.assert_allclose(getattr(lang, veld)[:stap], getattr(kort, veld)[:stap], rtol=1e-9)
    np.testing.assert_allclose(lang.errors["combination"][:stap], kort.errors["combination"][:stap])


def test_schaal_doet_er_niet_toe():
    reeks = wandeling(7)
    np.testing.assert_allclose(forecast_series(reeks * 1000, 6).upper, forecast_series(reeks, 6).upper * 1000)


# -- the committed table


def test_tabel_van_de_benchmark_wint_van_elke_bodem_en_klopt_met_een_nieuwe_prognose(landelijk):
    """Both windows on average, at 3, 6 and 12 months; and the table belongs to this code (one lead)."""
    with (WORTEL / "benchmarks" / "prognose.csv").open(encoding="utf-8", newline="") as bestand:
        rijen = [r for r in csv.DictReader(bestand) if r["series"] == "bijstand_tot_aow"]
    mape = {(r["window"], r["method"], int(r["lead"])): float(r["mape"]) for r in rijen}
    for stap in (3, 6, 12):
        laagste = min(mape["average of targets", b, stap] for b in FLOORS)
        assert mape["average of targets", "kompas", stap] < laagste
    maanden, reeks = landelijk
    doel = np.arange(maanden.index("2001-01"), maanden.index("2007-12") + 1)
    nu = np.array([forecast_series(reeks[: d - 5], 6).mean[5] for d in doel])
    assert 100 * np.mean(np.abs(nu / reeks[doel] - 1)) == pytest.approx(
        mape["targets 2001-2007", "kompas", 6], abs=1e-3
    )
