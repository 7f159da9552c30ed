"""Landmark in towns drawn in continuous time with a known truth, and in thin ones."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from tests.test_models_landmark_gewichten import rijen

from kompas.models import trials
from kompas.models.bootstrap import weight_block
from kompas.models.design import Exposure, Factor, TimeDesign, make_profiles
from kompas.models.hazard import fit_hazard, prepare
from kompas.models.propensity import Runs, start_rates
from kompas.models.rates import Rates, rates_of
from kompas.models.trials import Treatment, incidence, log_effects, sum_trials

DUUR = 3  # months of the first phase in the towns below
VENSTERS = np.array([[0.0, DUUR], [DUUR, np.inf]])
HORIZON = 18


@dataclass(frozen=True, kw_only=True)
class Stad:
    """Exposure in rows per piece; profile = 3 x + phase + 1."""

    exposure: Exposure
    runs: Runs


def trek(zaad, n, *, start=(0.04, 0.04), uit=(0.05, 0.05), effect=(-0.4, 0.6), horizon=HORIZON):
    """Draw lives in continuous time; ``start`` and ``uit`` are hazards for x = 0 and 1; 60% of the exits is cause 1."""
    rng = np.random.default_rng(zaad)
    x = rng.integers(0, 2, n)
    h = np.asarray(uit)[x]
    begin = rng.exponential(1 / np.maximum(np.asarray(start)[x], 1e-12))
    zonder = rng.exponential(1 / h)
    inzet = begin < np.minimum(zonder, horizon)
    last = rng.exponential(1.0, n)
    grens = h * math.exp(effect[0]) * DUUR
    na = np.where(last < grens, last / (h * math.exp(effect[0])), DUUR + (last - grens) / (h * math.exp(effect[1])))
    eind = np.where(inzet, begin + na, zonder)
    oorzaak = np.where(rng.random(n) < 0.6, 1, 2)
    weg = eind < horizon
    wissel = [np.where(inzet, begin, np.inf), np.where(inzet, begin + DUUR, np.inf)]
    delen = []
    for m in range(horizon):
        snede = [np.clip(w, m, m + 1) for w in wissel]
        for a, b in zip([np.full(n, float(m)), *snede], [*snede, np.full(n, m + 1.0)], strict=True):
            i = np.flatnonzero((b > a) & (eind > a))
            raak = weg[i] & (eind[i] < b[i])
            fase = (a[i] >= wissel[0][i]).astype(np.int64) + (a[i] >= wissel[1][i]) - 1
            delen.append((i, np.full(i.size, m), b[i] - a[i], np.where(raak, oorzaak[i], 0), fase, a[i]))
    i, m, lengte, event, fase, moment = (np.concatenate([d[k] for d in delen]) for k in range(6))
    orde = np.lexsort((moment, i))
    i, fase = i[orde], fase[orde]
    e = rijen(i, m[orde], lengte[orde], event[orde], 3 * x[i] + fase + 1)
    eerste = np.flatnonzero((fase >= 0) & ~np.r_[False, (fase[:-1] >= 0) & (i[1:] == i[:-1])])
    return Stad(exposure=e, runs=Runs(phase=fase, start=eerste, follow=fase >= 0))


def ontwerp(*, met_x=True, horizon=HORIZON):
    fase, x = np.tile(np.arange(3), 2) - 1, np.repeat([0, 1], 3)
    factoren = [Factor(name="k", levels=("0", "1"), codes=fase, ridge=(0.0, 0.0))]
    if met_x:
        factoren.append(Factor(name="x", levels=("1",), codes=np.where(x == 1, 0, -1), ridge=(0.0,)))
    tijd = TimeDesign(
        duration=np.ones((1, 1)), calendar=np.zeros((horizon, 0)), first=0, names=("c",), ridge=np.zeros(1)
    )
    return make_profiles(factoren, [], 6), tijd


def schat(stad, *, uit_x=True, start_x=True, trekkingen=0, zaad=1):
    """Landmark sums, with x in the outcome model or not, and in the hazard of a start or not."""
    horizon = int(stad.exposure.month.max()) + 1
    basis = prepare(stad.exposure, *ontwerp(met_x=uit_x, horizon=horizon))
    coef = np.array([fit_hazard(basis, c).coef for c in (1, 2)])
    rates = rates_of(basis, coef, without=lambda naam: naam.startswith("k="))
    breed = prepare(stad.exposure, *ontwerp(horizon=horizon))
    houd = np.array([n == "x=1" and start_x for n in breed.profiles.names])
    starts = start_rates(breed, stad.exposure.cluster, stad.runs, houd)
    t = Treatment(runs=stad.runs, windows=VENSTERS, rates=rates, starts=starts)
    return sum_trials(stad.exposure, stad.exposure.cluster, [t], [], lags=12, draws=trekkingen, seed=zaad)[0]


def naief(stad):
    """Log ratio of raw exit rates, second phase against everybody at risk."""
    e, fase = stad.exposure, stad.runs.phase
    tempo = [((e.event == 1) & (fase == f)).sum() / e.length[fase == f].sum() for f in (1, -1)]
    return math.log(tempo[0] / tempo[1])


def test_gerandomiseerd_geeft_de_waarheid():
    waar = np.array([[-0.4], [0.6]])
    for zaad in range(4):
        log = log_effects(schat(trek(zaad, 2500), trekkingen=100))[0]
        assert (np.abs(log[:, :, 0] - waar) < 3 * log[:, :, 1:].std(axis=2, ddof=1)).all()
    fout = np.array([log_effects(schat(trek(zaad, 2500)))[0, :, :, 0] - waar for zaad in range(40)])
    sd = fout.std(axis=0, ddof=1) / math.sqrt(len(fout))
    assert (np.abs(fout.mean(axis=0)) < 3 * sd).all()
    assert sd.max() < 0.035


@pytest.mark.parametrize(("uit_x", "start_x"), [(True, True), (False, True), (True, False)])
def test_selectie_op_een_waargenomen_kenmerk(uit_x, start_x):
    """Right when either of the two models knows x; the raw comparison is wrong, and so is neither."""
    log, ruw = [], []
    for zaad in range(6):
        stad = trek(zaad, 4000, start=(0.02, 0.08), uit=(0.03, 0.09), effect=(0.0, 0.0))
        log.append(log_effects(schat(stad, uit_x=uit_x, start_x=start_x))[0, :, :, 0])
        ruw.append(naief(stad))
    assert np.mean(ruw) > 0.2
    assert np.abs(np.mean(log, axis=0)).max() < 0.06


def test_zonder_x_in_beide_is_het_mis():
    """The check above can fail: without x in either model the estimate is off."""
    stad = trek(3, 8000, start=(0.02, 0.08), uit=(0.03, 0.09), effect=(0.0, 0.0))
    assert log_effects(schat(stad, uit_x=False, start_x=False))[0, 0, 0, 0] > 0.15


def test_overleving_met_bekende_waarheid():
    """Those who start: hazards .03 and .09 by x, twelve months on, with and without the treatment.

    Most start early, so that nearly all are followed for twelve months: follow-up that ends sooner for some is a
    change of mix.
    """
    verschil = []
    for zaad in range(6):
        stad = trek(zaad, 3000, start=(0.1, 0.25), uit=(0.03, 0.09), effect=(-0.4, 0.6), horizon=30)
        s = schat(stad, uit_x=False)
        kern = stad.exposure.profile[stad.runs.start] // 3
        a, b = incidence(s.treated_lag)[:, :, 0].sum(axis=0), incidence(s.control_lag)[:, :, 0].sum(axis=0)
        h = np.array([0.03, 0.09])[kern]
        met = 1 - np.exp(-h * (DUUR * math.exp(-0.4) + 9 * math.exp(0.6)))
        verschil.append([a[11] - met.mean(), b[11] - (1 - np.exp(-12 * h)).mean()])
    assert np.abs(np.mean(verschil, axis=0)).max() < 0.015


def test_zonder_effect_zelden_significant():
    raak, totaal = 0, 0
    for zaad in range(50):
        s = schat(trek(1000 + zaad, 1500, effect=(0.0, 0.0), uit=(0.04, 0.08)), trekkingen=80)
        log = log_effects(s)[0]
        z = log[:, :, 0] / log[:, :, 1:].std(axis=2, ddof=1)
        raak, totaal = raak + int((np.abs(z) > 1.96).sum()), totaal + z.size
    assert 0.01 <= raak / totaal <= 0.1


def test_bootstrap_se_is_de_spreiding_over_steden():
    schattingen, fouten = [], []
    for zaad in range(50):
        s = schat(trek(500 + zaad, 900, start=(0.03, 0.06), uit=(0.04, 0.08)), trekkingen=100)
        log = log_effects(s)[0].reshape(4, -1)
        ci = [incidence(x).sum(axis=0) for x in (s.treated_lag, s.control_lag)]
        alles = np.concatenate([log, (ci[0] - ci[1])[[5, 11]]])
        schattingen.append(alles[:, 0])
        fouten.append(alles[:, 1:].std(axis=1, ddof=1))
    ratio = np.mean(fouten, axis=0) / np.std(schattingen, axis=0, ddof=1)
    assert 0.85 < ratio.mean() < 1.15
    assert ((ratio > 0.7) & (ratio < 1.4)).all()


def test_blokken_veranderen_niets(monkeypatch):
    stad = trek(1, 700)
    heel = schat(stad, trekkingen=20)
    monkeypatch.setattr(trials, "CHUNK", 500)
    deel = schat(stad, trekkingen=20)
    for naam in ("treated", "control", "treated_lag", "control_lag", "weights", "overlap", "edges", "exits"):
        np.testing.assert_allclose(getattr(deel, naam), getattr(heel, naam), rtol=1e-9, atol=1e-12)
    assert heel.control.std(axis=3).max() > 0


def test_trekkingen_zijn_gewogen_klanten():
    """A draw is the estimate on a town in which each client counts as often as the draw says."""
    stad = trek(4, 300)
    s = schat(stad, trekkingen=7, zaad=5)
    telling = weight_block(0, 300, 7, 5)
    e = stad.exposure
    exits = (e.event == 1) & (stad.runs.phase == 1)
    np.testing.assert_allclose(s.treated[0, 1, 0, 1:], telling[e.cluster[exits]].sum(axis=0))


# --- the hazard of a start ----------------------------------------------------------------------------------------


def test_starthazard_is_de_gesloten_vorm():
    """Constant hazard: -log(1 - starts / months), the month of a start counting as one month at risk."""
    stad = trek(2, 3000)
    basis = prepare(stad.exposure, *ontwerp())
    runs, e = stad.runs, stad.exposure
    rates = start_rates(basis, e.cluster, runs, np.array([False, False, True]))
    x = e.profile // 3
    sleutel = e.cluster * 100 + e.month
    wacht = (runs.phase < 0) & ~np.isin(sleutel, sleutel[runs.start])
    for band, (a, b) in enumerate(((0, 1), (1, 2), (2, 3), (3, 6), (6, 12), (12, 18))):
        begint = runs.start[(e.month[runs.start] >= a) & (e.month[runs.start] < b)]
        blijft = np.flatnonzero(wacht & (e.month >= a) & (e.month < b))
        model = rates.at(np.full(2, a), np.zeros(2, dtype=np.int64), np.array([0, 3]))[0]
        gewogen = 1 - np.exp(-model[x[np.r_[begint, blijft]]])
        maanden = begint.size + blijft.size
        assert np.mean(gewogen) == pytest.approx(begint.size / maanden, rel=0.01), band


def test_maanden_zonder_start_hebben_kans_nul():
    stad = trek(2, 500)
    vroeg = stad.exposure.month[stad.runs.start] < 2
    laat = np.isin(stad.exposure.cluster, stad.exposure.cluster[stad.runs.start[~vroeg]])
    runs = Runs(
        phase=np.where(laat, -1, stad.runs.phase), start=stad.runs.start[vroeg], follow=stad.runs.follow & ~laat
    )
    basis = prepare(stad.exposure, *ontwerp())
    rates = start_rates(basis, stad.exposure.cluster, runs, np.array([False, False, True]))
    kans = rates.at(np.arange(18), np.zeros(18, dtype=np.int64), np.zeros(18, dtype=np.int64))[0]
    assert (kans[:2] > 0.01).all()
    assert (kans[2:] == 0).all()


# --- thin and extreme ---------------------------------------------------------------------------------------------


def test_niemand_begint():
    stad = trek(1, 200, start=(1e-12, 1e-12))
    assert stad.runs.start.size == 0
    s = sum_trials(
        stad.exposure,
        stad.exposure.cluster,
        [
            Treatment(
                runs=stad.runs,
                windows=VENSTERS,
                rates=Rates(duration=np.ones((2, 1)), calendar=np.ones((2, HORIZON)), profile=np.ones((2, 6)), first=0),
                starts=start_rates(
                    prepare(stad.exposure, *ontwerp()), stad.exposure.cluster, stad.runs, np.zeros(3, dtype=bool)
                ),
            )
        ],
        [],
        lags=3,
        draws=5,
        seed=1,
    )[0]
    assert np.isnan(log_effects(s)).all()
    assert s.unsupported == 1.0
    assert not s.treated.any()
    assert not s.control.any()


def test_iedereen_begint_meteen():
    stad = trek(1, 400, start=(50.0, 50.0))
    s = schat(stad, trekkingen=5)
    assert np.isnan(log_effects(s)[0, 1, :, 0]).all()  # nobody is left to compare with
    assert s.unsupported > 0.9
    assert np.isfinite(s.control).all()
