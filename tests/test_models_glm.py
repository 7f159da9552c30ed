"""The engine against statsmodels GLM (binomial, complementary log-log) on the same person-months.

The person-months and the columns are written out by other code (``referenties/ontwerpen.py``) than the engine's.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import statsmodels.api as sm
from tests.referenties.ontwerpen import (
    BANDEN,
    EERSTE,
    MAANDEN,
    matrix,
    naar_exposure,
    profielen,
    stukken,
    tijd,
    trek,
)

from kompas.models.covariance import clustered_covariance, expected_information
from kompas.models.design import Exposure, TimeDesign, make_profiles
from kompas.models.hazard import fit_hazard, log_likelihood, prepare
from kompas.models.timedesign import make_spec, make_time_design

COEF = 1e-6  # methode.md 4: same coefficients
SE = 1e-5  # methode.md 4: same standard errors
LOG_LIKELIHOOD = 1e-7  # two maxima found apart differ by the square of the difference in coefficients
HESSIAAN = 1e-9  # relative to the largest element: both formulas at one and the same point
BREDE_SE = 5.0  # a design with a standard error above this is (nearly) separated: no fair comparison

GEVALLEN = {
    "kaal": {"seed": 1},
    "kaal-delen": {"seed": 2, "delen": True},
    "getallen": {"seed": 3, "numeriek": True},
    "getallen-delen": {"seed": 4, "numeriek": True, "delen": True},
    "oorzaken": {"seed": 5, "oorzaken": 3, "clienten": 320},
    "oorzaken-delen": {"seed": 6, "oorzaken": 2, "delen": True, "numeriek": True, "clienten": 240},
    "maand": {"seed": 7, "kalender": "maand"},
    "maand-delen": {"seed": 8, "kalender": "maand", "delen": True, "numeriek": True},
    "trend": {"seed": 9, "kalender": "maand+trend"},
    "trend-delen": {"seed": 10, "kalender": "maand+trend", "delen": True, "numeriek": True},
    "trend-oorzaken": {
        "seed": 11,
        "kalender": "maand+trend",
        "oorzaken": 2,
        "delen": True,
        "numeriek": True,
        "clienten": 320,
    },
    "een-band": {"seed": 12, "banden": (), "numeriek": True, "delen": True},
    "een-band-maand": {"seed": 13, "banden": (), "kalender": "maand"},
}


def glm(pieces, x, oorzaak):
    """Fit the binomial GLM with cloglog link and offset log d, far past its default precision."""
    model = sm.GLM(
        (pieces["event"].to_numpy() == oorzaak).astype(float),
        x,
        family=sm.families.Binomial(link=sm.families.links.CLogLog()),
        offset=np.log(pieces["length"].to_numpy()),
    )
    return model, model.fit(tol=1e-13, tol_criterion="params", maxiter=300)


@pytest.fixture(scope="module", params=GEVALLEN.values(), ids=GEVALLEN.keys())
def geval(request):
    opties = dict(request.param)
    banden = opties.pop("banden", BANDEN)
    kalender = opties.pop("kalender", "geen")
    rijen, profiles = trek(**opties)
    problem = prepare(naar_exposure(rijen), profiles, tijd(kalender, banden))
    pieces = stukken(rijen)
    x = matrix(pieces, profiles, kalender=kalender, banden=banden)
    oorzaken = range(1, opties.get("oorzaken", 1) + 1)
    fits = [fit_hazard(problem, c) for c in oorzaken]
    glms = [glm(pieces, x, c) for c in oorzaken]
    return SimpleNamespace(problem=problem, pieces=pieces, x=x, fits=fits, glms=glms, delen=opties.get("delen", False))


def test_dezelfde_persoonmaanden(geval):
    assert geval.problem.exposure.person_months == len(geval.pieces)
    assert bool((geval.pieces["length"] < 1).any()) is geval.delen
    for oorzaak, fit in enumerate(geval.fits, start=1):
        assert fit.events == int((geval.pieces["event"] == oorzaak).sum()) > 0
        assert fit.aliased == ()


def test_coefficienten(geval):
    for fit, (_, anders) in zip(geval.fits, geval.glms, strict=True):
        assert anders.bse.max() < BREDE_SE
        np.testing.assert_allclose(fit.coef, anders.params, rtol=0, atol=COEF)
        assert fit.log_likelihood == pytest.approx(anders.llf, abs=LOG_LIKELIHOOD)


def test_standaardfouten_van_de_verwachte_informatie(geval):
    """IRLS reports these."""
    for fit, (_, anders) in zip(geval.fits, geval.glms, strict=True):
        se = np.sqrt(np.diag(np.linalg.inv(expected_information(geval.problem, fit))))
        np.testing.assert_allclose(se, anders.bse, rtol=0, atol=SE)


def test_standaardfouten_van_de_waargenomen_informatie(geval):
    for fit, (model, anders) in zip(geval.fits, geval.glms, strict=True):
        waargenomen = -model.hessian(anders.params, observed=True)
        np.testing.assert_allclose(fit.se, np.sqrt(np.diag(np.linalg.inv(waargenomen))), rtol=0, atol=SE)
        hier = -model.hessian(fit.coef, observed=True)
        np.testing.assert_allclose(fit.information, hier, rtol=0, atol=HESSIAAN * np.abs(hier).max())


def test_log_likelihood_ook_buiten_het_optimum(geval):
    for oorzaak, (fit, (model, _)) in enumerate(zip(geval.fits, geval.glms, strict=True), start=1):
        punt = fit.coef + fit.se * np.cos(np.arange(fit.coef.size))
        assert log_likelihood(geval.problem, punt, oorzaak) == pytest.approx(model.loglike(punt, scale=1.0), rel=1e-11)


def test_geclusterd_zoals_statsmodels(geval):
    """Statsmodels multiplies by G/(G-1) and by (n-1)/(n-k); we by the first only."""
    n, k = geval.x.shape
    groepen = geval.pieces["cluster"].to_numpy()
    for fit, (model, los) in zip(geval.fits, geval.glms, strict=True):
        anders = model.fit(
            tol=1e-13,
            tol_criterion="params",
            start_params=los.params,
            maxiter=300,
            cov_type="cluster",
            cov_kwds={"groups": groepen, "use_correction": True},
        )
        onze = np.sqrt(np.diag(clustered_covariance([(geval.problem, fit)])))
        np.testing.assert_allclose(onze * np.sqrt((n - 1) / (n - k)), anders.bse, rtol=0, atol=SE)


def test_geclusterd_over_alle_oorzaken_samen(geval):
    """From the scores of statsmodels, summed per client: also the covariance between causes."""
    groepen, plek = np.unique(geval.pieces["cluster"].to_numpy(), return_inverse=True)
    scores = np.hstack([m.score_obs(f.coef) for f, (m, _) in zip(geval.fits, geval.glms, strict=True)])
    som = np.zeros((groepen.size, scores.shape[1]))
    np.add.at(som, plek, scores)
    brood = np.zeros((scores.shape[1],) * 2)
    k = geval.x.shape[1]
    for j, (fit, (model, _)) in enumerate(zip(geval.fits, geval.glms, strict=True)):
        deel = slice(j * k, (j + 1) * k)
        brood[deel, deel] = np.linalg.inv(-model.hessian(fit.coef, observed=True))
    verwacht = brood @ (som.T @ som) @ brood * groepen.size / (groepen.size - 1)
    onze = clustered_covariance([(geval.problem, f) for f in geval.fits])
    np.testing.assert_allclose(onze, verwacht, rtol=0, atol=1e-8 * np.abs(verwacht).max())
    if len(geval.fits) > 1:
        assert np.abs(verwacht[:k, k:]).max() > 1e-4  # there is something to be wrong about


@pytest.mark.parametrize("seed", [40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51])
def test_nauwkeurig_op_kleine_bestanden(seed):
    """Newton must not stop a step early: a decrement of 1e-9 alone still leaves 4e-5 standard error."""
    rijen, profiles = trek(seed, delen=seed % 2 == 0, clienten=60)
    fit = fit_hazard(prepare(naar_exposure(rijen), profiles, tijd()), 1)
    pieces = stukken(rijen)
    model, anders = glm(pieces, matrix(pieces, profiles), 1)
    assert anders.bse.max() < BREDE_SE
    np.testing.assert_allclose(fit.coef, anders.params, rtol=0, atol=COEF)
    se = np.sqrt(np.diag(np.linalg.inv(-model.hessian(anders.params, observed=True))))
    np.testing.assert_allclose(fit.se, se, rtol=0, atol=SE)


def test_start_maakt_niet_uit():
    rijen, profiles = trek(3, delen=True, numeriek=True)
    problem = prepare(naar_exposure(rijen), profiles, tijd("maand+trend"))
    fit = fit_hazard(problem, 1)
    ver = fit.coef + np.where(np.arange(fit.coef.size) % 2, 0.5, -0.5) / np.maximum(1, np.abs(fit.coef))
    ver[fit.names.index("leeftijd")] = 0.05
    start = ver.copy()
    np.testing.assert_allclose(fit_hazard(problem, 1, start=ver).coef, fit.coef, rtol=0, atol=COEF)
    np.testing.assert_array_equal(ver, start)  # the caller's array stays as it was


def test_ridge_nul_is_geen_ridge():
    rijen, profiles = trek(5, numeriek=True)
    vrij = fit_hazard(prepare(naar_exposure(rijen), profiles, tijd()), 1)
    pieces = stukken(rijen)
    _, anders = glm(pieces, matrix(pieces, profiles), 1)
    assert not profiles.ridge.any()
    np.testing.assert_allclose(vrij.coef, anders.params, rtol=0, atol=COEF)


def test_ridge_is_een_normale_prior():
    """A penalised score is the score of statsmodels minus ridge times the coefficient; the information gets ridge."""
    rijen, _ = trek(5)
    profiles = _met_ridge(5, 3.0)
    fit = fit_hazard(prepare(naar_exposure(rijen), profiles, tijd()), 1)
    pieces = stukken(rijen)
    x = matrix(pieces, profiles)
    model, los = glm(pieces, x, 1)
    ridge = np.concatenate([np.zeros(len(BANDEN) + 1), profiles.ridge])
    assert ridge.max() == 3.0
    np.testing.assert_allclose(model.score(fit.coef), ridge * fit.coef, rtol=0, atol=1e-6)
    hier = -model.hessian(fit.coef, observed=True) + np.diag(ridge)
    np.testing.assert_allclose(fit.information, hier, rtol=0, atol=HESSIAAN * np.abs(hier).max())
    deel = slice(len(BANDEN) + 1, None)
    assert np.sum(fit.coef[deel] ** 2) < np.sum(np.asarray(los.params)[deel] ** 2)
    assert fit.log_likelihood == pytest.approx(model.loglike(fit.coef, scale=1.0), abs=LOG_LIKELIHOOD)
    assert fit.log_likelihood < los.llf


def _met_ridge(seed, ridge):
    return profielen(np.random.default_rng(seed), numeriek=False, ridge=ridge)


def test_een_constante_kans_heeft_een_gesloten_vorm():
    """Whole months, one band, nothing else: 1 - exp(-e^c) = exits / person-months; the offset shifts by log d."""
    een = np.ones(200, dtype=np.int64)
    tijdontwerp = TimeDesign(
        duration=np.ones((1, 1)), calendar=np.zeros((1, 0)), first=0, names=("duur=0+",), ridge=np.zeros(1)
    )
    for d in (1.0, 0.25):
        exposure = Exposure(
            profile=een * 0,
            month=een * 0,
            calendar=een * 0,
            months=een,
            length=np.full(200, d),
            event=(np.arange(200) < 30).astype(np.int64),
            cluster=np.arange(200),
        )
        fit = fit_hazard(prepare(exposure, make_profiles([], [], 1), tijdontwerp), 1)
        assert np.exp(fit.coef[0]) == pytest.approx(-np.log(0.85) / d, rel=1e-9)
        p = 30 / 200
        u = -np.log1p(-p)
        assert fit.se[0] == pytest.approx(np.sqrt(p / (200 * (1 - p))) / u, rel=1e-6)  # delta method of log(-log(1-p))
        assert fit.log_likelihood == pytest.approx(30 * np.log(p) + 170 * np.log1p(-p), rel=1e-12)


def test_expand_schrijft_dezelfde_stukken_uit():
    rijen, _ = trek(6, delen=True, oorzaken=2)
    onze = naar_exposure(rijen).expand()
    hunne = stukken(rijen)
    for kolom in hunne.columns:
        np.testing.assert_array_equal(onze[kolom], hunne[kolom].to_numpy())


def test_tijdontwerp_heeft_de_kolommen_van_het_contract():
    ontwerp = make_time_design(make_spec(BANDEN, "maand+trend", EERSTE, EERSTE + MAANDEN - 1))
    assert ontwerp.names[:5] == ("duur=0-1", "duur=1-3", "duur=3-6", "duur=6-12", "duur=12+")
    assert ontwerp.names[5:16] == tuple(f"maand={m}" for m in range(2, 13))
    assert ontwerp.names[16] == "trend"
    np.testing.assert_array_equal(ontwerp.duration.sum(axis=1), 1.0)
    januari = ontwerp.calendar[::12, :11]
    assert not januari.any()
    np.testing.assert_array_equal(ontwerp.calendar[1::12, 0], 1.0)  # February
    np.testing.assert_allclose(ontwerp.calendar[:, 11], np.arange(MAANDEN) / 12)
