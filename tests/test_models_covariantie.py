"""Standard errors clustered by client: they cover when spells of one client resemble each other."""

import numpy as np
import pytest
from scipy import stats
from tests.referenties.ontwerpen import naar_exposure, tijd, trek

from kompas.models import covariance
from kompas.models.covariance import clustered_covariance
from kompas.models.design import Exposure, Factor, Profiles, make_profiles
from kompas.models.hazard import fit_hazard, prepare
from kompas.models.timedesign import TimeSpec, make_time_design

GELIJK = 1e-10  # relative: the same sums in other blocks
STEDEN = 200
CLIENTEN = 150
PERIODEN = 5
MAANDEN = 12
SPREIDING = 1.0  # standard deviation of the log hazard between clients
KANS = 0.001  # chance that a right interval falls outside the bounds on its coverage


def test_blokken_van_rijen_veranderen_niets(monkeypatch):
    """Clients stay whole at the edge of a block, also when one client is larger than a block."""
    rijen, profiles = trek(1, delen=True, numeriek=True, oorzaken=2)
    problem = prepare(naar_exposure(rijen), profiles, tijd("maand"))
    delen = [(problem, fit_hazard(problem, c)) for c in (1, 2)]
    heel = clustered_covariance(delen)
    assert rijen["cluster"].value_counts().max() > 3
    for blok in (1, 3, 7, 100):
        monkeypatch.setattr(covariance, "CHUNK", blok)
        np.testing.assert_allclose(clustered_covariance(delen), heel, rtol=0, atol=GELIJK * np.abs(heel).max())


def test_ieder_zijn_eigen_cluster_is_ruimer_dan_een_maand_per_cluster():
    """Two copies of every client: counted as one cluster the variance stays, counted apart it halves."""
    rijen, profiles = trek(2, numeriek=True)
    dubbel = rijen.loc[rijen.index.repeat(2)].reset_index(drop=True)
    tweede = np.arange(len(dubbel)) % 2
    apart = dubbel.assign(cluster=dubbel["cluster"] * 2 + tweede).sort_values("cluster", kind="stable")
    varianties = {}
    for naam, frame in {"enkel": rijen, "samen": dubbel, "apart": apart}.items():
        problem = prepare(naar_exposure(frame), profiles, tijd())
        fit = fit_hazard(problem, 1)
        v = np.diag(clustered_covariance([(problem, fit)]))
        groepen = frame["cluster"].nunique()
        varianties[naam] = v * (groepen - 1) / groepen, fit.se**2
    np.testing.assert_allclose(varianties["samen"][0], varianties["enkel"][0], rtol=1e-7)
    np.testing.assert_allclose(varianties["apart"][0], varianties["enkel"][0] / 2, rtol=1e-7)
    np.testing.assert_allclose(varianties["samen"][1], varianties["enkel"][1] / 2, rtol=1e-7)


def test_prior_telt_als_een_waarneming():
    """Only the prior, hardly any data on the level: the standard error is that of the prior, 1 / sqrt(ridge)."""
    rijen, _ = trek(3)
    codes = np.where(np.arange(41) == 40, 0, -1)
    ver = rijen.copy()
    leeg = Factor(name="f", levels=("nooit gezien",), codes=codes, ridge=(4.0,))
    problem = prepare(naar_exposure(ver), make_profiles([leeg], [], 41), tijd())
    fit = fit_hazard(problem, 1)
    assert fit.coef[-1] == pytest.approx(0.0, abs=1e-12)
    assert fit.se[-1] == pytest.approx(0.5, rel=1e-12)
    v = clustered_covariance([(problem, fit)])
    assert v[-1, -1] == pytest.approx(0.25, rel=1e-12)
    np.testing.assert_allclose(v[-1, :-1], 0.0, atol=1e-15)


def test_weggelaten_kolommen_zijn_nul():
    rijen, profiles = trek(4)
    dicht = profiles.matrix.toarray()
    extra = make_profiles([], [*((n, dicht[:, j]) for j, n in enumerate(profiles.names)), ("leeg", np.zeros(40))], 40)
    problem = prepare(naar_exposure(rijen), extra, tijd())
    v = clustered_covariance([(problem, fit_hazard(problem, 1))])
    assert not v[-1].any()
    assert not v[:, -1].any()
    assert (np.diag(v)[:-1] > 0).all()


def test_oorzaken_moeten_op_dezelfde_rijen_zijn_geschat():
    rijen, profiles = trek(5, oorzaken=2)
    een, twee = (prepare(naar_exposure(rijen), profiles, tijd()) for _ in range(2))
    with pytest.raises(ValueError, match="same exposure"):
        clustered_covariance([(een, fit_hazard(een, 1)), (twee, fit_hazard(twee, 2))])


# --- coverage -----------------------------------------------------------------------------------------------------


def stad(rng: np.random.Generator) -> tuple[Exposure, Profiles]:
    """Clients with several spells, a frailty of their own, and a trait that does nothing.

    With a true effect of zero the marginal hazard ratio is one, whatever the frailty.
    """
    client = np.repeat(np.arange(CLIENTEN), PERIODEN)
    trait = np.repeat(rng.integers(0, 2, CLIENTEN), PERIODEN)
    frailty = np.repeat(rng.normal(0, SPREIDING, CLIENTEN), PERIODEN)
    duur = rng.geometric(-np.expm1(-np.exp(-2.5 + frailty)))
    nul = np.zeros(client.size, dtype=np.int64)
    exposure = Exposure(
        profile=trait,
        month=nul,
        calendar=nul,
        months=np.minimum(duur, MAANDEN),
        length=np.ones(client.size),
        event=(duur <= MAANDEN).astype(np.int64),
        cluster=client,
    )
    return exposure, make_profiles([Factor(name="t", levels=("1",), codes=np.array([-1, 0]), ridge=(0.0,))], [], 2)


@pytest.fixture(scope="module")
def steden() -> np.ndarray:
    """Estimate, clustered and model-based standard error per simulated town."""
    tijdontwerp = make_time_design(TimeSpec(bands=(1, 3, 6), season=False, knots=(), first=0, last=MAANDEN - 1))
    uit = np.zeros((STEDEN, 3))
    for nummer in range(STEDEN):
        exposure, profiles = stad(np.random.default_rng([2007, nummer]))
        problem = prepare(exposure, profiles, tijdontwerp)
        fit = fit_hazard(problem, 1)
        uit[nummer] = fit.coef[-1], np.sqrt(clustered_covariance([(problem, fit)])[-1, -1]), fit.se[-1]
    return uit


def test_geclusterd_interval_dekt(steden):
    schatting, se, _ = steden.T
    gedekt = int((np.abs(schatting) < 1.96 * se).sum())
    laag, hoog = stats.binom.ppf([KANS / 2, 1 - KANS / 2], STEDEN, 0.95)
    assert laag <= gedekt <= hoog
    assert se.mean() == pytest.approx(schatting.std(ddof=1), rel=4 / np.sqrt(2 * STEDEN))
    assert abs(schatting.mean()) < 4 * schatting.std() / np.sqrt(STEDEN)


def test_interval_van_het_model_dekt_te_weinig(steden):
    """The same towns: who forgets that spells belong to clients is far too sure."""
    schatting, geclusterd, los = steden.T
    gedekt = int((np.abs(schatting) < 1.96 * los).sum())
    assert gedekt < stats.binom.ppf(KANS / 2, STEDEN, 0.95)
    assert geclusterd.mean() > 1.2 * los.mean()
