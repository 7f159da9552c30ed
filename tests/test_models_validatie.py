"""Scores of predictions: hand-computed examples, scikit-learn, lifelines, statsmodels, and censoring that is known."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from kompas.models.aalen_johansen import aalen_johansen
from kompas.models.elapsed import chained_incidence, elapsed_incidence, rates_of
from kompas.models.validation import (
    bootstrap_means,
    brier_terms,
    censoring_survival,
    censoring_weights,
    dynamic_auc,
    integrated_brier,
    observed_expected,
    tenths,
    wilson,
)

EXACT = 1e-12


@pytest.fixture
def rng():
    return np.random.default_rng(20070630)


def een(n):
    return np.ones(n)


# --- censoring


def test_zonder_verlies_weegt_iedereen_een_en_is_het_de_gewone_brierscore(rng):
    p, tijd = rng.random(500), rng.exponential(20, 500)
    weg = tijd <= 12
    w = censoring_weights(np.minimum(tijd, 12), weg, np.zeros(500, dtype=bool), np.full(500, 12.0))
    assert (w == 1).all()
    assert brier_terms(p, weg, w).mean() == pytest.approx(brier_score_loss(weg, p), abs=EXACT)


def test_met_de_hand_uitgerekend_voorbeeld_met_verlies():
    # Five people, horizon 6: exit at 1, lost at 2, exit at 3, lost at 5, still there at 6.
    tijd = np.array([1.0, 2.0, 3.0, 5.0, 6.0])
    weg = np.array([True, False, True, False, False])
    kwijt = np.array([False, True, False, True, False])
    w = censoring_weights(tijd, weg, kwijt, np.full(5, 6.0))
    # G: at 2 four are at risk (3/4), at 5 two (1/2): the exit at 3 counts for 4/3, the survivor for 8/3.
    assert w == pytest.approx([1, 0, 4 / 3, 0, 8 / 3], abs=EXACT)
    assert w.sum() == pytest.approx(5)  # those who were followed stand for all
    p = np.array([0.5, 0.9, 0.2, 0.1, 0.25])
    hand = (1 * 0.25 + 4 / 3 * 0.64 + 8 / 3 * 0.0625) / 5
    assert brier_terms(p, weg, w).mean() == pytest.approx(hand, abs=EXACT)
    # AUC: cases .5 (1) and .2 (4/3) against one control .25 (8/3): only the first is right.
    assert dynamic_auc(p, weg, w) == pytest.approx(1 / (1 + 4 / 3), abs=EXACT)


def test_op_hetzelfde_tijdstip_gaat_een_uitstroom_voor_een_verlies():
    g = censoring_survival(np.array([2.0, 2.0, 4.0]), np.array([False, True, False]))
    assert g.before(np.array([2.0, 2.0001])).tolist() == [1.0, 0.5]  # at risk of loss at 2: two, not three


def test_kans_op_verlies_is_die_van_lifelines(rng):
    tijd, kwijt = rng.exponential(10, 400), rng.random(400) < 0.4
    km = KaplanMeierFitter().fit(tijd, kwijt)
    momenten = np.linspace(0.1, 30, 50)
    g = censoring_survival(tijd, kwijt)
    assert g.before(momenten) == pytest.approx(km.predict(momenten).to_numpy(), abs=1e-10)


def test_wie_een_eigen_einde_heeft_is_volledig_gevolgd():
    tijd, nee = np.array([2.0, 6.0]), np.zeros(2, dtype=bool)
    # The first reached his own end (AOW) at 2: nothing more could happen, so that he counts and loses nobody.
    assert censoring_weights(tijd, nee, nee, np.array([2.0, 6.0])).tolist() == [1.0, 1.0]
    # Lost at 6 itself: followed to the very end, so that he counts as himself.
    assert censoring_weights(np.full(2, 6.0), nee, np.array([True, False]), np.full(2, 6.0)).tolist() == [1.0, 1.0]
    # Lost at 2 with his own end at 3: he does not count, and the other stands for both.
    w = censoring_weights(tijd, nee, np.array([True, False]), np.array([3.0, 6.0]))
    assert w.tolist() == [0.0, 2.0]


def test_gewichten_herstellen_de_score_zonder_verlies(rng):
    n = 40_000
    p = rng.uniform(0.05, 0.7, n)
    tijd = rng.exponential(-12 / np.log1p(-p))
    verlies = rng.exponential(25, n)
    heel = tijd <= 12
    gezien = np.minimum(np.minimum(tijd, verlies), 12.0)
    weg, kwijt = (tijd <= verlies) & heel, verlies < np.minimum(tijd, 12.0)
    w = censoring_weights(gezien, weg, kwijt, np.full(n, 12.0))
    waar = brier_terms(p, heel, een(n)).mean()
    assert brier_terms(p, weg, w).mean() == pytest.approx(waar, abs=0.003)
    assert abs(brier_terms(p, weg, (w > 0) * 1.0)[w > 0].mean() - waar) > 0.01  # leaving the lost out is wrong
    assert dynamic_auc(p, weg, w) == pytest.approx(dynamic_auc(p, heel, een(n)), abs=0.01)


# --- AUC


def test_auc_is_die_van_scikit_learn_ook_met_gelijke_kansen(rng):
    for p in (rng.random(300), rng.integers(0, 5, 300) / 5):
        y = rng.random(300) < p
        assert dynamic_auc(p, y, een(300)) == pytest.approx(roc_auc_score(y, p), abs=EXACT)
        w = rng.integers(1, 4, 300).astype(float)
        assert dynamic_auc(p, y, w) == pytest.approx(roc_auc_score(y, p, sample_weight=w), abs=EXACT)


def test_volmaakt_nutteloos_en_omgekeerd():
    y = np.array([True, False, True, False])
    assert dynamic_auc(y.astype(float), y, een(4)) == 1.0
    assert dynamic_auc(1 - y.astype(float), y, een(4)) == 0.0
    assert dynamic_auc(np.full(4, 0.3), y, een(4)) == 0.5
    assert brier_terms(y.astype(float), y, een(4)).mean() == 0.0
    assert brier_terms(np.full(4, 0.5), y, een(4)).mean() == 0.25
    assert np.isnan(dynamic_auc(np.full(4, 0.3), np.zeros(4, dtype=bool), een(4)))


# --- observed against expected


def test_waargenomen_gedeeld_door_verwacht_per_groep():
    kans = np.array([0.2, 0.4, 0.5, 0.5, 0.9])
    raak = np.array([True, False, True, True, True])
    r = observed_expected(kans, raak, een(5), np.array([0, 0, 1, 1, -1]), 3)
    assert r.expected[:2] == pytest.approx([0.3, 0.5])
    assert r.observed[:2].tolist() == [0.5, 1.0]
    assert r.ratio[:2] == pytest.approx([0.5 / 0.3, 2.0])
    assert r.number.tolist() == [2, 2, 0]
    assert np.isnan(r.ratio[2])


def test_interval_is_dat_van_wilson_en_kent_nul():
    laag, hoog = wilson(np.array([0.0, 3 / 40, 1.0]), np.full(3, 40.0))
    for k, aantal in enumerate((0, 3, 40)):
        verwacht = proportion_confint(aantal, 40, method="wilson")
        assert (laag[k], hoog[k]) == pytest.approx(verwacht, abs=1e-9)
    r = observed_expected(np.full(40, 0.1), np.zeros(40, dtype=bool), een(40), np.zeros(40, dtype=int), 1)
    assert (r.ratio[0], r.low[0]) == (0.0, 0.0)
    assert r.high[0] == pytest.approx(hoog[0] / 0.1)


def test_tienden_hangen_niet_van_de_volgorde_af(rng):
    p = rng.integers(0, 40, 997) / 40
    orde = rng.permutation(997)
    assert (tenths(p)[orde] == tenths(p[orde])).all()
    d = tenths(p)
    assert all(len(set(d[p == w])) == 1 for w in np.unique(p))
    assert (np.diff(d[np.argsort(p, kind="stable")]) >= 0).all()
    assert tenths(np.arange(20.0)).tolist() == np.repeat(np.arange(10), 2).tolist()
    assert set(tenths(np.full(7, 0.5))) == {5}
    ruis = 0.3 + np.array([0, 1, -1, 2]) * 5e-17  # rounding makes no order
    assert set(tenths(ruis)) == {5}
    assert dynamic_auc(ruis, np.array([True, False, True, False]), een(4)) == 0.5


# --- bootstrap and integration


def test_bootstrap_is_de_bekende_standaardfout_en_gepaard(rng):
    a = rng.normal(size=2_000)
    termen = np.column_stack([a, a + 1, a + rng.normal(scale=0.1, size=2_000)])
    trek = bootstrap_means(termen, 400, [1, 2])
    assert trek.std(axis=0, ddof=1)[0] == pytest.approx(a.std() / np.sqrt(2_000), rel=0.12)
    assert (trek[:, 1] - trek[:, 0]).std() < 1e-12  # a constant difference has no error
    verschil = (trek[:, 2] - trek[:, 0]).std(ddof=1)
    assert verschil == pytest.approx(0.1 / np.sqrt(2_000), rel=0.15)
    assert (trek == bootstrap_means(termen, 400, [1, 2])).all()
    assert (trek != bootstrap_means(termen, 400, [1, 3])).any()


def test_geintegreerde_brierscore_is_de_trapeziumregel():
    assert integrated_brier(np.array([0.1, 0.2, 0.2]), [3, 6, 12]) == pytest.approx(
        (0.05 * 3 + 0.15 * 3 + 0.2 * 6) / 12
    )
    assert integrated_brier(np.full((2, 3, 2), 0.3), [6, 12]).shape == (2, 3)


# --- duration only


def test_wie_er_nog_is_heeft_de_kans_van_de_herstarte_curve(rng):
    n = 4_000
    intrede = rng.uniform(0, 20, n)
    einde = intrede + rng.exponential(15, n) + 1e-3
    oorzaak = rng.integers(0, 3, n)
    e = elapsed_incidence(intrede, einde, oorzaak, 2)
    for t in (0.0, 4.0, 11.5):
        later = einde > t
        her = aalen_johansen(np.maximum(intrede, t)[later], einde[later], oorzaak[later], 2)
        if t > 0:  # at 0 the very first risk sets are thin in both
            assert e.ahead(np.array([t]), np.array([6.0]))[:, 0] == pytest.approx(her.at(np.array([t + 6.0]))[:, 0])


def test_de_dunne_staart_heeft_een_vaste_kans():
    n, tempo = 5_000, 0.1
    tijd = -np.log1p(-(np.arange(n) + 0.5) / n) / tempo
    e = elapsed_incidence(np.zeros(n), tijd, np.ones(n, dtype=np.int64), 1)
    assert e.last < tijd.max()
    assert e.rate[0] == pytest.approx(tempo, rel=0.15)
    ver = np.array([e.last + 5, 500.0])
    assert e.ahead(ver, np.full(2, 12.0))[0] == pytest.approx(1 - np.exp(-12 * e.rate[0]))
    over_de_rand = e.ahead(np.array([e.last - 2]), np.array([12.0]))[0, 0]
    assert over_de_rand == pytest.approx(1 - np.exp(-1.2), abs=0.05)
    assert e.ahead(np.array([3.0]), np.array([0.0]))[0, 0] == 0.0


def test_bijna_geen_uitstroom_geeft_een_vaste_kans():
    e = elapsed_incidence(np.zeros(10), np.full(10, 10.0), np.array([1, 2] + [0] * 8), 2)
    assert e.last == 0.0
    assert e.rate == pytest.approx([0.01, 0.01])
    geen = elapsed_incidence(np.zeros(3), np.ones(3), np.zeros(3, dtype=np.int64), 2)
    assert (geen.ahead(np.array([1.0]), np.array([12.0])) == 0).all()


# --- monthly chances in a chain


def test_een_vaste_maandkans_ketent_tot_de_bekende_kans():
    p = np.full((1, 3, 13), 0.05)
    uit = chained_incidence(p, np.array([0.0, 0.3, 0.9]), np.full(3, np.inf), [1, 12])
    assert uit[0] == pytest.approx(np.tile([0.05, 1 - 0.95**12], (3, 1)))


def test_de_kans_verschuift_met_de_verstreken_maand():
    p = np.zeros((1, 2, 4))
    p[0, :, 1] = 0.5  # only the next duration month
    uit = chained_incidence(p, np.array([0.0, 0.75]), np.full(2, np.inf), [1, 2, 3])
    # From the start of a month the second month ahead is hit; from three quarters on it begins after a quarter.
    assert uit[0, 0] == pytest.approx([0.0, 0.5, 0.5])
    assert uit[0, 1] == pytest.approx([1 - 0.5**0.75, 0.5, 0.5])


def test_na_het_einde_van_het_recht_gebeurt_er_niets():
    p = np.full((2, 2, 13), 0.1)
    uit = chained_incidence(p, np.zeros(2), np.array([4.0, 0.0]), [3, 12])
    assert uit[:, 0, 1].sum() == pytest.approx(1 - 0.8**4)
    assert (uit[:, 1] == 0).all()
    assert rates_of(np.zeros((2, 1))).tolist() == [[0.0], [0.0]]
    assert np.isfinite(rates_of(np.array([[0.7], [0.6]]))).all()  # fitted apart they can pass one
