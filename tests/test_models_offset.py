"""Known parts of the linear predictor (offsets) and a penalty towards last year's values, against other programs."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from tests.referenties.ontwerpen import BANDEN, MAANDEN, matrix, naar_exposure, stukken, tijd, trek

from kompas.models.covariance import expected_information
from kompas.models.hazard import fit_hazard, log_likelihood, prepare

COEF = 1e-6
SE = 1e-5


@pytest.fixture(scope="module", params=["geen", "maand+trend"])
def geval(request):
    """A problem with a known part by profile, duration month and calendar month, and the same as person-months."""
    rijen, profiles = trek(21, delen=True, numeriek=True, clienten=320)
    rng = np.random.default_rng(4)
    time = tijd(request.param)
    per_profiel = rng.normal(scale=0.5, size=profiles.matrix.shape[0])
    per_duur = rng.normal(scale=0.3, size=time.duration.shape[0])
    per_maand = rng.normal(scale=0.3, size=MAANDEN)
    profiles = replace(profiles, offset=per_profiel)
    time = replace(time, offset=(per_duur, per_maand))
    pieces = stukken(rijen)
    duur = np.minimum(pieces["month"].to_numpy(), per_duur.size - 1)
    bekend = per_profiel[pieces["profile"]] + per_duur[duur] + per_maand[pieces["calendar"] - time.first]
    x = matrix(pieces, profiles, kalender=request.param, banden=BANDEN)
    return prepare(naar_exposure(rijen), profiles, time), pieces, x, bekend


def glm(pieces, x, bekend):
    return sm.GLM(
        (pieces["event"].to_numpy() == 1).astype(float),
        x,
        family=sm.families.Binomial(link=sm.families.links.CLogLog()),
        offset=np.log(pieces["length"].to_numpy()) + bekend,
    ).fit(tol=1e-13, tol_criterion="params", maxiter=300)


def test_een_offset_geeft_de_glm_met_die_offset(geval):
    problem, pieces, x, bekend = geval
    fit, anders = fit_hazard(problem, 1), glm(pieces, x, bekend)
    np.testing.assert_allclose(fit.coef, anders.params, rtol=0, atol=COEF)
    assert fit.log_likelihood == pytest.approx(anders.llf, abs=1e-7)
    se = np.sqrt(np.diag(np.linalg.inv(expected_information(problem, fit))))
    np.testing.assert_allclose(se, anders.bse, rtol=0, atol=SE)
    zonder = prepare(problem.exposure, replace(problem.profiles, offset=None), replace(problem.time, offset=None))
    assert np.abs(fit_hazard(zonder, 1).coef - fit.coef).max() > 0.05  # the offset is no decoration


def test_de_eigen_uitkomst_als_offset_laat_niets_over(geval):
    """Refitting with the fitted predictor as offset gives zero for every column."""
    problem = geval[0]
    fit = fit_hazard(problem, 1)
    p_d, p_z = problem.time.duration.shape[1], problem.time.size
    time = replace(
        problem.time,
        offset=(
            problem.time.offset[0] + problem.time.duration @ fit.coef[:p_d],
            problem.time.offset[1] + problem.time.calendar @ fit.coef[p_d:p_z],
        ),
    )
    profiles = replace(problem.profiles, offset=problem.profiles.offset + problem.profiles.matrix @ fit.coef[p_z:])
    opnieuw = fit_hazard(prepare(problem.exposure, profiles, time), 1)
    np.testing.assert_allclose(opnieuw.coef, 0.0, atol=1e-7)
    assert opnieuw.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-8)


def met_centrum(problem, centrum, ridge):
    p_z = problem.time.size
    return prepare(
        problem.exposure,
        replace(problem.profiles, centre=centrum[p_z:], ridge=ridge[p_z:]),
        replace(problem.time, centre=centrum[:p_z], ridge=ridge[:p_z]),
    )


def test_een_prior_naar_een_centrum(geval):
    """Against a general optimiser on the same penalised likelihood; none and all of it as limits."""
    problem = geval[0]
    vrij = fit_hazard(problem, 1)
    rng = np.random.default_rng(8)
    centrum = vrij.coef + rng.normal(size=vrij.coef.size) * vrij.se
    ridge = rng.uniform(0.2, 2.0, vrij.coef.size) / vrij.se**2
    gestraft = met_centrum(problem, centrum, ridge)
    fit = fit_hazard(gestraft, 1)

    def verlies(z):
        b = vrij.coef + z * vrij.se
        return -log_likelihood(problem, b, 1) + 0.5 * float(ridge @ (b - centrum) ** 2)

    top = (fit.coef - vrij.coef) / vrij.se
    stap = 1e-4 * np.eye(top.size)
    helling = [(verlies(top + s) - verlies(top - s)) / 2e-4 for s in stap]
    np.testing.assert_allclose(helling, 0.0, atol=1e-4)
    buur = [(verlies(0 * top + s) - verlies(0 * top - s)) / 2e-4 for s in stap]
    assert np.abs(buur).max() > 0.1  # the free optimum is not the penalised one
    assert minimize(verlies, top + 0.1, method="BFGS").fun >= verlies(top) - 1e-7
    np.testing.assert_allclose(fit_hazard(met_centrum(problem, centrum, 0 * ridge), 1).coef, vrij.coef, atol=1e-6)
    vast = fit_hazard(met_centrum(problem, centrum, 1e9 * ridge), 1)
    np.testing.assert_allclose(vast.coef, centrum, atol=1e-5)


def test_een_onderdeel_dat_niet_past_wordt_geweigerd(geval):
    problem = geval[0]
    kort = np.zeros(2)
    for profiles, time in (
        (replace(problem.profiles, offset=kort), problem.time),
        (replace(problem.profiles, centre=kort), problem.time),
        (problem.profiles, replace(problem.time, centre=kort)),
        (problem.profiles, replace(problem.time, offset=(kort, kort))),
        (replace(problem.profiles, offset=np.full(problem.profiles.matrix.shape[0], np.nan)), problem.time),
    ):
        with pytest.raises(ValueError, match="offset or centre"):
            prepare(problem.exposure, profiles, time)
