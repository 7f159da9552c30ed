"""Minimum detectable effects against the power function itself."""

import numpy as np
import pytest
from scipy.stats import norm

from kompas.models.power import deployments_needed, minimum_detectable


@pytest.mark.parametrize(("macht", "niveau"), [(0.8, 0.05), (0.9, 0.1), (0.6, 0.01)])
def test_bij_het_aantoonbare_effect_is_de_macht_de_gevraagde(macht, niveau):
    se = np.array([0.05, 0.4])
    effect = minimum_detectable(se, power=macht, level=niveau)
    grens = norm.ppf(1 - niveau / 2)
    bovenkant = norm.sf(grens - effect / se)
    np.testing.assert_allclose(bovenkant, macht, rtol=1e-9)  # the other tail adds less than a thousandth


def test_standaard_is_twee_komma_acht_keer_de_fout():
    assert minimum_detectable(0.1) == pytest.approx(0.28016, abs=1e-5)


def test_zoveel_inzetten_maken_het_effect_aantoonbaar():
    nodig = deployments_needed(np.array([40.0, 500.0]), np.array([0.3, 0.1]))
    np.testing.assert_allclose(nodig, np.ceil([40 * (2.801585 * 0.3 / 0.2) ** 2, 500 * (2.801585 * 0.1 / 0.2) ** 2]))
    se_daar = 0.3 * np.sqrt(40 / nodig[0])
    assert minimum_detectable(se_daar) == pytest.approx(0.2, rel=1e-3)
    assert deployments_needed(100, 0.2 / 2.801585218) == 100


def test_dubbel_effect_vraagt_een_kwart():
    een, twee = (deployments_needed(1e6, 0.1, effect=e) for e in (0.2, -0.4))
    assert een / twee == pytest.approx(4, rel=1e-4)


def test_niets_bekend():
    assert np.isnan(deployments_needed(0, 0.1))
    assert np.isnan(deployments_needed(10, np.nan))
    assert np.isinf(deployments_needed(10, np.inf))
    with pytest.raises(ValueError, match="never detectable"):
        deployments_needed(10, 0.1, effect=0.0)
    with pytest.raises(ValueError, match="between 0 and 1"):
        minimum_detectable(0.1, power=1.0)
