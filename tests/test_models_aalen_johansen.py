"""Cumulative incidence with late entry, against R survival and lifelines; the engine with free bands against both."""

import json
import os
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

from kompas.models.aalen_johansen import aalen_johansen
from kompas.models.design import Exposure, Factor, make_profiles
from kompas.models.hazard import fit_hazard, prepare
from kompas.models.outlook import competing_rates, cumulative_incidence
from kompas.models.timedesign import TimeSpec, make_time_design

AFRONDING = 1e-12  # the same sums in another order; the JSON has 15 digits
ENGINE = 1e-8  # free bands and whole months give the Aalen-Johansen estimator itself
LIFELINES = 1e-10  # continuous times: no ties, so nothing for lifelines to jitter
COX_NAUW = (
    0.005  # grouped hazard against R's Efron, same risk sets: only the treatment of ties differs (.0011 measured)
)
VAL = 0.15  # the wrong risk set moves the estimate by more than this (.208 measured; methode.md: 0.224 for 0.303)
REFERENTIES = Path(__file__).parent / "referenties"


@pytest.fixture(scope="module")
def spells() -> pd.DataFrame:
    return pd.read_csv(REFERENTIES / "late_intrede.csv")


@pytest.fixture(scope="module")
def van_r() -> dict:
    return json.loads((REFERENTIES / "survival.json").read_text(encoding="utf-8"))


def incidentie(spells: pd.DataFrame, oorzaken: int = 2):
    return aalen_johansen(
        spells["entry"].to_numpy(np.float64),
        spells["exit"].to_numpy(np.float64),
        spells["event"].to_numpy(np.int64),
        oorzaken,
    )


def op_het_raster(spells: pd.DataFrame) -> Exposure:
    """Who enters at t is first at risk in the month from t to t + 1; an exit at t falls in the month that ends at t."""
    n = len(spells)
    entry = spells["entry"].to_numpy(np.int64)
    return Exposure(
        profile=spells["x"].to_numpy(np.int64),
        month=entry,
        calendar=entry,
        months=spells["exit"].to_numpy(np.int64) - entry,
        length=np.ones(n),
        event=spells["event"].to_numpy(np.int64),
        cluster=np.arange(n),
    )


# --- R ------------------------------------------------------------------------------------------------------------


def test_r_opnieuw_geeft_het_bewaarde_resultaat(van_r):
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("Rscript is hier niet; het bewaarde resultaat van R wordt hierna wel gebruikt")
    kaal = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "R_LIBS", "R_LIBS_USER"}}
    opdracht = [rscript, "--vanilla", str(REFERENTIES / "survival.R"), str(REFERENTIES / "late_intrede.csv")]
    gedaan = subprocess.run(opdracht, capture_output=True, text=True, timeout=120, check=False, env=kaal)  # noqa: S603
    if "there is no package called" in gedaan.stderr:
        pytest.skip("R heeft hier geen pakket survival; het bewaarde resultaat wordt hierna wel gebruikt")
    assert gedaan.returncode == 0, gedaan.stderr
    nieuw = json.loads(gedaan.stdout)
    assert nieuw.keys() == van_r.keys()
    for naam in nieuw.keys() - {"r", "survival"}:
        np.testing.assert_allclose(nieuw[naam], van_r[naam], rtol=0, atol=AFRONDING)


def test_gegevens_zijn_die_van_het_script(spells):
    from tests.referenties.maak_late_intrede import maak  # noqa: PLC0415

    pd.testing.assert_frame_equal(spells, maak(), check_dtype=False)


def test_zelfde_als_r_survfit(spells, van_r):
    onze = incidentie(spells)
    np.testing.assert_array_equal(onze.time, van_r["time"])
    np.testing.assert_array_equal(onze.at_risk, van_r["at_risk"])
    np.testing.assert_allclose(onze.incidence, [van_r["incidence_1"], van_r["incidence_2"]], rtol=0, atol=AFRONDING)
    np.testing.assert_allclose(onze.survival, van_r["survived"], rtol=0, atol=AFRONDING)


def test_gegevens_hebben_gelijke_tijden(spells):
    """Entries, exits of both kinds and censorings at the same moments: otherwise the comparison proves little."""
    for soort in (0, 1, 2):
        momenten = spells.loc[spells["event"] == soort, "exit"]
        assert len(set(momenten) & set(spells["entry"])) >= 4
        assert momenten.duplicated().any()


# --- lifelines ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("oorzaak", [1, 2, 3])
@pytest.mark.parametrize("seed", [1, 2])
def test_zelfde_als_lifelines(seed, oorzaak):
    rng = np.random.default_rng(seed)
    n = 400
    # the first hundred are there from the start, so that the early risk set does not run empty
    entry = np.where(np.arange(n) < 100, 0.0, rng.uniform(0, 20, n))
    wacht = rng.exponential(12, (n, 4))
    event = wacht.argmin(axis=1)  # 0 is the censoring
    exit_ = entry + wacht.min(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines' own deprecations are not ours to fix
        from lifelines import AalenJohansenFitter  # noqa: PLC0415

        fitter = AalenJohansenFitter(calculate_variance=False, jitter_level=0)
        fitter.fit(exit_, event, event_of_interest=oorzaak, entry=entry)
    hunne = fitter.cumulative_density_.iloc[:, 0]
    momenten = np.sort(exit_[event > 0])
    stap = hunne.to_numpy()[np.searchsorted(hunne.index.to_numpy(), momenten, side="right") - 1]
    onze = aalen_johansen(entry, exit_, event.astype(np.int64), 3)
    np.testing.assert_allclose(onze.at(momenten)[oorzaak - 1], stap, rtol=0, atol=LIFELINES)


# --- known answers ------------------------------------------------------------------------------------------------


def test_met_de_hand():
    """Three from 0, one from 2: exits at 1 (cause 1), 2 (cause 2), 4 (cause 1, 2 at risk), censored at 5."""
    r = aalen_johansen(np.array([0.0, 0, 0, 2]), np.array([1.0, 2, 4, 5]), np.array([1, 2, 1, 0]), 2)
    np.testing.assert_array_equal(r.at_risk, [3, 2, 2])
    np.testing.assert_allclose(r.incidence, [[1 / 3, 1 / 3, 1 / 2], [0, 1 / 3, 1 / 3]], atol=AFRONDING)
    np.testing.assert_allclose(r.at(np.array([0.0, 0.99, 1, 3.9, 4, 99]))[0], [0, 0, 1 / 3, 1 / 3, 1 / 2, 1 / 2])


def test_een_oorzaak_is_kaplan_meier(spells):
    samen = spells.assign(event=(spells["event"] > 0).astype(int))
    r = incidentie(samen, 1)
    np.testing.assert_allclose(r.incidence[0], 1 - r.survival, rtol=0, atol=AFRONDING)
    np.testing.assert_allclose(incidentie(spells).survival, r.survival, rtol=0, atol=AFRONDING)


def test_kansen_tellen_op_tot_een(spells):
    r = incidentie(spells)
    np.testing.assert_allclose(r.incidence.sum(axis=0) + r.survival, 1.0, rtol=0, atol=AFRONDING)


def test_volgorde_maakt_niet_uit(spells):
    anders = incidentie(spells.sample(frac=1.0, random_state=4))
    np.testing.assert_array_equal(anders.incidence, incidentie(spells).incidence)


def test_uit_moet_na_in_komen():
    with pytest.raises(ValueError, match="after its entry"):
        aalen_johansen(np.array([1.0]), np.array([1.0]), np.array([1]), 1)


# --- the engine ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("oorzaken", [2, 3])
def test_vrije_banden_geven_aalen_johansen(spells, oorzaken):
    """One band per month, whole months: fitted hazards -> competing rates -> the same cumulative incidence."""
    data = spells.assign(x=0)
    if oorzaken == 3:
        data.loc[data.index % 5 == 0, "event"] = data["event"].where(data["event"] == 0, 3)
    laatste = int(data["exit"].max())
    tijd = make_time_design(TimeSpec(bands=tuple(range(1, laatste)), season=False, knots=(), first=0, last=laatste - 1))
    probleem = prepare(op_het_raster(data), make_profiles([], [], 1), tijd)
    fits = [fit_hazard(probleem, c) for c in range(1, oorzaken + 1)]
    assert all(f.coef.size == laatste for f in fits)
    hazard = np.exp(np.array([f.coef for f in fits]))[:, None, :]
    per_maand, nog = cumulative_incidence(competing_rates(hazard), np.ones((1, laatste)))
    referentie = incidentie(data, oorzaken)
    einden = np.arange(1.0, laatste + 1)
    np.testing.assert_allclose(per_maand[:, 0], referentie.at(einden), rtol=0, atol=ENGINE)
    np.testing.assert_allclose(nog[0], 1 - referentie.at(einden).sum(axis=0), rtol=0, atol=ENGINE)


# --- who enters at t is not at risk at t --------------------------------------------------------------------------


def effect_van_x(spells: pd.DataFrame) -> float:
    """Log hazard ratio of x on exit 1, free monthly bands; empty bands join their neighbour."""
    met = np.unique(spells.loc[spells["event"] == 1, "exit"])
    tijd = make_time_design(
        TimeSpec(bands=tuple(int(v) for v in met[:-1]), season=False, knots=(), first=0, last=int(spells["exit"].max()))
    )
    x = Factor(name="x", levels=("1",), codes=np.array([-1, 0]), ridge=(0.0,))
    fit = fit_hazard(prepare(op_het_raster(spells), make_profiles([x], [], 2), tijd), 1)
    return float(fit.coef[fit.names.index("x=1")])


def phreg(spells: pd.DataFrame, entry: pd.Series) -> float:
    model = PHReg(spells["exit"], spells[["x"]], status=(spells["event"] == 1).astype(int), entry=entry, ties="efron")
    return float(model.fit().params[0])


def test_val_bestaat_in_statsmodels(spells, van_r):
    """PHReg counts ``entry == t`` as at risk; entering half a month later repairs it."""
    r = van_r["cox_efron"][0]
    assert abs(phreg(spells, spells["entry"]) - r) > VAL
    assert phreg(spells, spells["entry"] + 0.5) == pytest.approx(r, abs=1e-6)


def test_engine_loopt_niet_in_de_val(spells, van_r):
    onze = effect_van_x(spells)
    assert abs(onze - van_r["cox_efron"][0]) < COX_NAUW
    assert abs(onze - phreg(spells, spells["entry"])) > VAL


def test_wie_binnenkomt_op_t_telt_niet_mee_op_t(spells):
    """A spell that enters when the last exit 1 happens changes nothing; one that enters a month earlier does."""
    t = int(spells.loc[spells["event"] == 1, "exit"].max())
    tot_t = spells.loc[spells["entry"] < t].assign(
        event=spells["event"].where(spells["exit"] <= t, 0), exit=spells["exit"].clip(upper=t)
    )
    erbij = pd.DataFrame({"entry": [t], "exit": [t + 5], "event": [0], "x": [1]})
    met = pd.concat([tot_t, erbij], ignore_index=True)
    eerder = pd.concat([tot_t, erbij.assign(entry=t - 1)], ignore_index=True)
    zonder = incidentie(tot_t)
    np.testing.assert_array_equal(incidentie(met).at_risk, zonder.at_risk)
    np.testing.assert_array_equal(incidentie(met).incidence, zonder.incidence)
    assert incidentie(eerder).at_risk[-1] == zonder.at_risk[-1] + 1
    assert incidentie(eerder).incidence[0, -1] < zonder.incidence[0, -1]


def test_engine_wie_binnenkomt_op_t_telt_niet_mee_op_t(spells):
    """The same on the grid, with a band that ends at t: the entrant only touches the band after it."""
    t = 10
    assert ((spells["exit"] == t) & (spells["event"] == 1)).any()
    tijd = make_time_design(TimeSpec(bands=(t - 1, t), season=False, knots=(), first=0, last=40))
    geen = make_profiles([], [], 2)

    def banden(data: pd.DataFrame) -> np.ndarray:
        return fit_hazard(prepare(op_het_raster(data), geen, tijd), 1).coef

    zonder = banden(spells)
    for entry, verandert in ((t, [False, False, True]), (t - 1, [False, True, True])):
        erbij = pd.DataFrame({"entry": [entry], "exit": [t + 5], "event": [0], "x": [1]})
        anders = np.abs(banden(pd.concat([spells, erbij], ignore_index=True)) - zonder) > ENGINE
        assert anders.tolist() == verandert
