"""Landmark weights: one pass against trials stacked and integrated, sums written out by hand."""

import itertools
import math

import numpy as np
import pytest

from kompas.models.design import Exposure
from kompas.models.landmark import control_months, make_pieces, mean_growth
from kompas.models.propensity import Runs
from kompas.models.rates import Rates
from kompas.models.trials import Treatment, incidence, sum_trials

GELIJK = 1e-10


# --- weights: one pass against the stack of trials written out ------------------------------------------------------


def rijen(spell, maand, lengte, event, profiel=None):
    """Exposure of one row per piece; every spell is a client."""
    n = len(spell)
    a = lambda v: np.array(v, dtype=np.int64)  # noqa: E731 - five times the same cast
    return Exposure(
        profile=a(range(n)) if profiel is None else a(profiel),
        month=a(maand),
        calendar=a(maand),
        months=np.ones(n, dtype=np.int64),
        length=np.array(lengte, dtype=np.float64),
        event=a(event),
        cluster=a(spell),
    )


def gauss(f, van, tot, n=24):
    x, w = np.polynomial.legendre.leggauss(n)
    return (tot - van) / 2 * float(np.sum(w * f((tot - van) / 2 * x + (tot + van) / 2)))


def gestapeld(kans, stap, breedte, maand, a, b, limiet=np.inf):
    """Mean weight over month ``maand`` by stacking every trial that began a to b months back.

    ``kans`` is the hazard of a start per month since entry; ``breedte`` the part of the month that is observed. The
    kink of the cut is followed by a fine grid (``stap`` points per month) when there is a limit.
    """
    h = np.asarray(kans, dtype=np.float64)
    s_tot = np.r_[0.0, np.cumsum(h)]

    def big_s(t):
        return np.interp(t, np.arange(s_tot.size), s_tot)

    def op(u):
        van, tot = max(u - b, 0.0), max(u - a, 0.0)
        randen = np.unique(np.clip(np.r_[van, np.arange(math.ceil(van), math.floor(tot) + 1), tot], van, tot))
        som = 0.0
        for p, q in itertools.pairwise(randen):
            s = h[int((p + q) / 2)]
            if np.isinf(limiet):
                som += gauss(lambda x, s=s: s * np.exp(big_s(u) - big_s(x)), p, q)
            else:
                x = np.linspace(p, q, stap + 1)
                x = (x[1:] + x[:-1]) / 2
                som += s * (q - p) * float(np.mean(np.minimum(np.exp(big_s(u) - big_s(x)), limiet)))
        return som

    return gauss(lambda v: np.array([op(maand + w) for w in v]), 0.0, breedte) / breedte


KANSEN = [0.02, 0.3, 0.0, 0.11, 0.07, 0.5]


def een_spell(kansen, lengte=None):
    n = len(kansen)
    e = rijen([0] * n, range(n), lengte or [1.0] * n, [0] * n)
    p = make_pieces(e, np.zeros(n, dtype=np.int64), slice(0, n), np.zeros(n, dtype=np.int64))
    return p, np.array(kansen)


def test_gewicht_is_de_stapel_van_alle_proeven():
    lengte = [1.0] * 5 + [0.4]
    p, kans = een_spell(KANSEN, lengte)
    grenzen = np.array([0.0, 1.0, 2.0, 4.0, np.inf])
    m = control_months(p, np.ones(6, dtype=bool), kans, np.zeros((1, 6)), grenzen, np.inf)
    for maand in range(6):
        for i, (a, b) in enumerate(itertools.pairwise(grenzen)):
            verwacht = gestapeld(KANSEN, 0, lengte[maand], maand, a, b)
            assert m.cut[i + 1, maand] - m.cut[i, maand] == pytest.approx(verwacht, abs=GELIJK), (maand, a, b)
    assert m.cut[1, 2] - m.cut[0, 2] == pytest.approx(gestapeld(KANSEN, 0, 1.0, 2, 0, 1), abs=GELIJK)
    # By hand: in the first month the trials of this month only, mean of exp(h v) - 1 over v.
    assert m.cut[1, 0] == pytest.approx((math.exp(0.02) - 1.02) / 0.02, abs=1e-12)
    # By hand: a month at the same hazard as the month before, started within one month: exp(h) - 1.
    vlak = control_months(*een_spell([0.1] * 3)[:1], np.ones(3, bool), np.full(3, 0.1), np.zeros((1, 3)), grenzen)
    np.testing.assert_allclose(vlak.cut[1, 1:], math.exp(0.1) - 1, rtol=1e-12)


def test_afgekapt_gewicht_is_de_stapel_met_grens():
    kansen = [0.4, 0.6, 0.9, 0.1, 0.8, 0.7]
    p, kans = een_spell(kansen)
    m = control_months(p, np.ones(6, dtype=bool), kans, np.zeros((1, 6)), np.array([0.0, 2.0, np.inf]), 3.0)
    for maand in (1, 3, 5):
        for i, (a, b) in enumerate(((0, 2), (2, np.inf))):
            verwacht = gestapeld(kansen, 4000, 1.0, maand, a, b, 3.0)
            assert m.cut[i + 1, maand] - m.cut[i, maand] == pytest.approx(verwacht, rel=2e-6)
    assert (m.cut[2] <= m.free[2]).all()
    assert m.cut[2, 5] < 0.6 * m.free[2, 5]


def test_gedeelde_maanden_en_late_intrede():
    """A month in two pieces weighs as one; a spell seen from mid-month on has no trials before it."""
    e = rijen([0, 0, 0, 1, 1, 1], [0, 1, 1, 4, 5, 6], [1, 0.3, 0.7, 0.25, 1, 1], [0, 0, 2, 0, 0, 1])
    p = make_pieces(e, e.cluster, slice(0, 6), e.cluster)
    np.testing.assert_allclose(p.offset, [0, 0, 0.3, 0.75, 0, 0])
    kans = np.array([0.2, 0.1, 0.3, 0.4, 0.1, 0.2])
    hazard = np.array([[0.1, 0.2, 0.4, 0.1, 0.1, 0.5]])
    m = control_months(p, np.ones(6, dtype=bool), kans, hazard, np.array([0.0, 1.0, np.inf]))
    assert m.piece.tolist() == [0, 1, 3, 4, 5]
    assert m.last.tolist() == [0, 2, 3, 4, 5]
    np.testing.assert_allclose(m.chance, [0.2, 0.24, 0.1, 0.1, 0.2])
    np.testing.assert_allclose(m.at_risk, [1, 0.65, 0.25, 1, 0.5])
    np.testing.assert_allclose(m.expected[0], [0.1, 0.2 * 0.3 + 0.4 * 0.35, 0.025, 0.1, 0.25])
    assert m.event.tolist() == [0, 2, 0, 0, 1]
    assert m.cut[1, 1] == pytest.approx(gestapeld([0.2, 0.24], 0, 1.0, 1, 0, 1), abs=GELIJK)
    assert m.cut[2, 4] == pytest.approx(gestapeld([0.1, 0.1, 0.2], 0, 1.0, 2, 0, np.inf), abs=GELIJK)


def test_gemiddelde_groei_zonder_en_met_grens():
    y = np.array([0.0, 0.1, 2.0, 3.5])
    for stap in (0.0, 1e-8, 1e-4, 0.7, 1.6):
        los = mean_growth(y, y + stap)[1]
        x = [gauss(lambda v, a=a, stap=stap: np.exp(a + stap * v) - 1, 0, 1) for a in y]
        np.testing.assert_allclose(los, x, rtol=1e-9, atol=1e-13)
    laag, vrij = mean_growth(np.array([0.2]), np.array([0.4]), 20.0)
    assert laag[0] == vrij[0]


def test_sommen_met_de_hand():
    """Four clients, two of whom start: every sum written out."""
    # Client 0 starts at 1.5 and leaves (cause 1) in month 3; client 1 starts on day one and stays; 2 leaves; 3 stays.
    spell = [0, 0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 3]
    maand = [0, 1, 1, 2, 3, 0, 1, 0, 1, 0, 1, 2]
    lengte = [1, 0.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    event = [0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]
    fase = np.array([-1, -1, 0, 0, 1, 0, 0, -1, -1, -1, -1, -1])
    e = rijen(spell, maand, lengte, event, fase + 1)
    runs = Runs(phase=fase, start=np.array([2, 5]), follow=fase >= 0)
    vlak = np.ones((1, 4))
    uit = Rates(duration=np.array([[0.1] * 4, [0.2] * 4]), calendar=np.ones((2, 4)), profile=np.ones((2, 3)), first=0)
    start = Rates(duration=np.array([[0.3, 0.1, 0.2, 0.0]]), calendar=vlak, profile=np.ones((1, 3)), first=0)
    t = Treatment(runs=runs, windows=np.array([[0.0, 2.0], [2.0, np.inf]]), rates=uit, starts=start)
    groep = np.array([0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1])
    s = sum_trials(e, e.cluster, [t], [(groep, 2)], lags=4, draws=0, seed=0)[0]
    # treated: phase 0 holds 0.5 + 1 + 1 + 1 months, phase 1 half of client 0's month with the exit
    np.testing.assert_allclose(s.treated[0, 0, :, 0], [0, 0, 0.35, 0.7, 3.5])
    np.testing.assert_allclose(s.treated[0, 1, :, 0], [1, 0, 0.05, 0.1, 0.5])
    np.testing.assert_allclose(s.treated[2, 0, :, 0], [0, 0, 0.2, 0.4, 2.0])
    assert s.starts.tolist() == [[2, 1], [1, 1], [1, 0]]
    # by month since the start: client 0 has lags .0-.5, .5-1.5, 1.5-2.5 (the exit in half 1, half 2); client 1 0-1, 1-2
    np.testing.assert_allclose(s.treated_lag[:, 2, 0], [0.5 + 0.5 + 1, 0.5 + 0.25 + 1, 0.25, 0])
    np.testing.assert_allclose(s.treated_lag[:, 0, 0], [0, 0.5, 0.5, 0])
    # controls: pieces of clients 0, 2 and 3 at risk; the exit of client 2 in month 1
    kans = [0.3, 0.1, 0.2]
    w = {(m, b): gestapeld(kans, 0, b, m, 0, 2) for m in range(3) for b in (0.5, 1.0)}
    maanden = w[0, 1.0] * 3 + w[1, 0.5] * 0.5 + w[1, 1.0] * (0.5 + 1) + w[2, 1.0]
    verwacht = [0, w[1, 1.0], 0.1 * maanden, 0.2 * maanden, maanden]
    np.testing.assert_allclose(s.control[0, 0, :, 0], verwacht, atol=GELIJK)
    later = gestapeld(kans, 0, 1.0, 2, 2, np.inf)
    np.testing.assert_allclose(s.control[0, 1, :, 0], [0, 0, 0.1 * later, 0.2 * later, later], atol=GELIJK)
    assert s.exits[0].tolist() == [[0, 1], [0, 0]]
    per_maand = [gestapeld(kans, 0, 1.0, 1, k, k + 1) for k in range(2)]
    np.testing.assert_allclose(s.control_lag[:2, 1, 0], per_maand, atol=GELIJK)
    # weights per client: Kish from sums of weights
    w2, w3 = w[0, 1.0] + 0.5 * w[1, 1.0], w[0, 1.0] + w[1, 1.0] + w[2, 1.0]
    w0 = w[0, 1.0] + 0.5 * w[1, 0.5]
    np.testing.assert_allclose(s.weights[0], [3, w0 + w2 + w3, w0**2 + w2**2 + w3**2, w3, w0 + w2 + w3], atol=GELIJK)
    assert s.overlap[:, 0].sum() == 2
    assert s.overlap[:, 1].sum() == 6  # client 0 month 0, client 2 two months, client 3 three; not the month of a start


def test_incidentie_is_aalen_johansen_op_maanden():
    som = np.array([[[3.0], [1.0], [10.0]], [[0.0], [2.0], [5.0]], [[0.0], [0.0], [0.0]]])
    uit = incidence(som)[:, :, 0]
    weg = 1 - math.exp(-0.4)
    np.testing.assert_allclose(uit[:, 0], [0.75 * weg, 0.25 * weg])
    np.testing.assert_allclose(uit[:, 1], [0.75 * weg, 0.25 * weg + math.exp(-0.4) * (1 - math.exp(-0.4))])
    assert np.isnan(uit[:, 2]).all()
