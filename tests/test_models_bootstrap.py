"""Client weights: the same in blocks of any size, Poisson(1), independent over clients and draws."""

import math

import numpy as np
import pytest

from kompas.models.bootstrap import BLOCK, client_weights, weight_block


def test_klantgewichten_hangen_niet_van_de_blokken_af():
    heel = weight_block(0, 3 * BLOCK, 40, 9)
    np.testing.assert_array_equal(heel[1000:2100], weight_block(1000, 2100, 40, 9))
    np.testing.assert_array_equal(heel[:2500], np.concatenate(list(client_weights(2500, 40, 9, size=333))))
    assert not np.array_equal(heel, weight_block(0, 3 * BLOCK, 40, 10))
    assert weight_block(5, 5, 40, 9).shape == (0, 40)


def test_klantgewichten_zijn_poisson():
    w = weight_block(0, 20_000, 50, 3).astype(np.int64)
    aandeel = np.bincount(w.ravel(), minlength=9)[:5] / w.size
    np.testing.assert_allclose(aandeel, [math.exp(-1) / math.factorial(k) for k in range(5)], atol=0.002)
    assert w.mean() == pytest.approx(1.0, abs=0.003)
    assert w.var() == pytest.approx(1.0, abs=0.01)
    assert abs(np.corrcoef(w[:, 0], w[:, 1])[0, 1]) < 0.03
    assert abs(np.corrcoef(w[:-1, 0], w[1:, 0])[0, 1]) < 0.03
