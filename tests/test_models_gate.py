"""Hazards of decision at the gate, against statsmodels on the same person-days and against differences."""

import dataclasses

import numpy as np
import pytest
import statsmodels.api as sm

from kompas.models.gate import NEVER, GateData, _grant, fit_gate, gate_effect, make_cuts

TOL_COEF, TOL_SE = 1e-6, 1e-5


def wereld(n=600, zaad=1, effect=(-0.5, 0.4)):
    r = np.random.default_rng(zaad)
    z = r.integers(0, 2, n)
    days, event, offer = np.zeros(n, dtype=int), np.zeros(n, dtype=int), np.full(n, NEVER)
    for s in range(60):
        met = offer < s
        a, b = 0.05 * np.exp(effect[0] * met - 0.3 * z), 0.03 * np.exp(effect[1] * met)
        u, open_ = r.random(n), event == 0
        nu = open_ & (u < a + b)
        event[nu], days[nu] = np.where(u < a, 1, 2)[nu], s
        offer[(event == 0) & (offer == NEVER) & (r.random(n) < 0.08)] = s
    days[event == 0] = 59
    return GateData(days=days, event=event, offer=offer, background=np.zeros((n, 0)), cluster=r.integers(0, n // 2, n))


def personendagen(d, cuts, phases):
    """One row per application and day at risk, from the first day on which anybody was decided."""
    rijen = []
    for i in range(d.days.size):
        for s in range(int(cuts[0]), d.days[i] + 1):
            sinds = s - d.offer[i]
            fase = int(np.searchsorted(phases, sinds, side="right")) if sinds > 0 else 0
            band = int(np.searchsorted(cuts, s, side="right")) - 1
            rijen.append((i, band, fase, d.event[i] if s == d.days[i] else 0))
    return np.array(rijen)


@pytest.mark.parametrize("phases", [[1], [1, 15]])
def test_gelijk_aan_statsmodels_op_dezelfde_dagen(phases):
    d = wereld()
    cuts, phases = np.array([0, 5, 12, 25]), np.array(phases)
    fit = fit_gate(d, cuts=cuts, phases=phases)
    t = personendagen(d, cuts, phases)
    x = np.zeros((len(t), cuts.size + phases.size))
    x[np.arange(len(t)), t[:, 1]] = 1.0
    met = t[:, 2] > 0
    x[met, cuts.size + t[met, 2] - 1] = 1.0
    groep = np.unique(d.cluster[t[:, 0]], return_inverse=True)[1]
    for oorzaak in (1, 2):
        y = (t[:, 3] == oorzaak).astype(float)
        glm = sm.GLM(y, x, family=sm.families.Binomial(sm.families.links.CLogLog()))
        uit = glm.fit(tol=1e-12, maxiter=200, cov_type="cluster", cov_kwds={"groups": groep, "use_correction": False})
        np.testing.assert_allclose(fit.coef[oorzaak - 1], uit.params, atol=TOL_COEF)
        k = x.shape[1]
        deel = fit.covariance[(oorzaak - 1) * k : oorzaak * k, (oorzaak - 1) * k : oorzaak * k]
        g = len(np.unique(d.cluster))
        # the observed information stands in the middle here, the expected one in statsmodels' default
        waargenomen = np.linalg.inv(-glm.hessian(uit.params))
        score = glm.score_obs(uit.params)
        som = np.zeros((g, k))
        np.add.at(som, groep, score)
        sandwich = waargenomen @ (som.T @ som) @ waargenomen * g / (g - 1)
        np.testing.assert_allclose(np.sqrt(np.diag(deel)), np.sqrt(np.diag(sandwich)), rtol=TOL_SE)
        np.testing.assert_allclose(np.sqrt(np.diag(deel)), uit.bse * np.sqrt(g / (g - 1)), rtol=0.02)


def test_zonder_aanbod_is_de_kans_die_van_de_kaplan_meier_per_dag():
    """With a band per day and no offers the chance of a grant is the Aalen-Johansen estimate, by hand."""
    d = GateData(
        days=np.array([1, 1, 2, 2, 3, 3, 4, 4, 4, 5]),
        event=np.array([1, 2, 1, 0, 2, 1, 1, 1, 2, 1]),
        offer=np.full(10, NEVER),
        background=np.zeros((10, 0)),
        cluster=np.arange(10),
    )
    fit = fit_gate(d, cuts=np.array([1, 2, 3, 4, 5]))
    kans, over = 0.0, 1.0
    for toe, anders, risico in ((1, 1, 10), (1, 0, 8), (1, 1, 6), (2, 1, 4), (1, 0, 1)):
        kans, over = kans + over * toe / risico, over * (1 - (toe + anders) / risico)
    assert over == 0
    assert gate_effect(d, fit, day=1).without == pytest.approx(kans, abs=1e-6)


def test_de_afgeleide_klopt_met_differenties():
    d = dataclasses.replace(wereld(), background=np.random.default_rng(2).integers(0, 2, (600, 2)).astype(float))
    fit = fit_gate(d, phases=np.array([1, 15]))
    profielen, welk = np.unique(d.background, axis=0, return_inverse=True)
    gewicht = np.bincount(welk.ravel()) / 600
    for dag in (NEVER, 6):
        _, helling, _ = _grant(fit, profielen, gewicht, 70, dag)
        for i in np.flatnonzero(np.isfinite(fit.coef.ravel())):
            uit = []
            for stap in (1e-5, -1e-5):
                coef = fit.coef.ravel().copy()
                coef[i] += stap
                anders = dataclasses.replace(fit, coef=coef.reshape(fit.coef.shape))
                uit.append(_grant(anders, profielen, gewicht, 70, dag)[0])
            assert helling[i] == pytest.approx((uit[0] - uit[1]) / 2e-5, abs=1e-8)


def test_dagen_voor_het_aanbod_zijn_dagen_zonder():
    """Offered on day 3, decided on day 5: days 0 to 3 without, 4 and 5 with; offered on the day itself: none with."""
    d = GateData(
        days=np.array([5, 5, 9, 6]),
        event=np.array([1, 1, 2, 2]),
        offer=np.array([3, 5, NEVER, 3]),
        background=np.zeros((4, 0)),
        cluster=np.arange(4),
    )
    fit = fit_gate(d, cuts=np.array([0]))
    zonder, met = -np.log1p(-1 / 24), -np.log1p(-1 / 5)  # 1 grant in 4 + 6 + 10 + 4 days, 1 in 2 + 3 days
    assert np.exp(fit.coef[0, 0]) == pytest.approx(zonder)
    assert np.exp(fit.coef[0].sum()) == pytest.approx(met)


def test_een_band_zonder_besluit_van_die_soort_heeft_kans_nul():
    d = GateData(
        days=np.array([2, 3, 8, 9]),
        event=np.array([1, 1, 2, 2]),
        offer=np.full(4, NEVER),
        background=np.zeros((4, 0)),
        cluster=np.arange(4),
    )
    fit = fit_gate(d, cuts=np.array([0, 5]))
    assert fit.coef[0, 1] == -np.inf
    assert fit.coef[1, 0] == -np.inf
    assert np.isfinite(fit.covariance).all()
    een = 2 / 17  # grants per day in days 0 to 4; after it everybody is decided otherwise
    assert gate_effect(d, fit, day=0).without == pytest.approx(1 - (1 - een) ** 5, abs=1e-6)


def test_banden_volgen_de_dagen_van_besluit():
    dagen = np.repeat([10, 20, 30, 40], 5)
    assert make_cuts(dagen, np.ones(20, dtype=int), bands=4).tolist() == [10, 20, 30]
    assert make_cuts(np.array([30, 30]), np.array([1, 2])).tolist() == [30]
    with pytest.raises(ValueError, match="decided"):
        make_cuts(dagen, np.zeros(20, dtype=int))
