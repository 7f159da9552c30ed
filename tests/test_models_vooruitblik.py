"""Looking ahead: competing rates, cumulative incidence, expected reward and its gradients."""

from itertools import pairwise

import numpy as np
import pytest

from kompas.models.outlook import (
    FULL,
    SMALL,
    Expected,
    competing_rates,
    cumulative_incidence,
    expected_reward,
    reward_along,
    to_length_and_back,
    walk,
)

OPTELLEN = 1e-12  # probabilities sum to one
KANSEN = 1e-12  # relative: rates give back the fitted probabilities
GRADIENT = 2e-7  # central differences with step 1e-5: truncation 1e-10, rounding 1e-11 of values up to 60 months
INTEGRAAL = 1e-9  # relative: Gauss-Legendre with 20 points per piece integrates exp(-rate t) exactly enough
SERIE = 1e-11  # relative: the step to a series for small arguments may not be seen


def verwacht(hazard, length, reward, back):
    """The engine has pieces before clients; everything here has clients first."""
    reward = np.asarray(reward)
    e = expected_reward(
        np.swapaxes(hazard, 1, 2), length.T, reward[:, None] if reward.ndim == 1 else reward.T, np.swapaxes(back, 1, 2)
    )
    return Expected(value=e.value, gradient=np.swapaxes(e.gradient, 1, 2))


def willekeurig(seed: int, *, oorzaken: int = 3, n: int = 5, stukken: int = 24, niveau: float = -3.5, spreiding=1.0):
    rng = np.random.default_rng(seed)
    hazard = np.exp(rng.normal(niveau, spreiding, (oorzaken, n, stukken)))
    length = np.where(rng.random((n, stukken)) < 0.3, rng.uniform(0.01, 1, (n, stukken)), 1.0)
    aow = rng.integers(stukken // 2, stukken + 1, n)
    length[np.arange(stukken) >= aow[:, None]] = 0.0
    reward = rng.uniform(0.5, 1.5, (n, stukken))
    back = rng.uniform(0, 0.5, (oorzaken, n, stukken)) * np.linspace(20, 0, stukken)
    return hazard, length, reward, back


# --- rates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("niveau", [-12.0, -5.0, -3.0, -2.3])
def test_tempos_geven_de_gepaste_kansen_terug(niveau):
    hazard = willekeurig(1, niveau=niveau, spreiding=0.5)[0]
    kans = -np.expm1(-hazard)
    assert kans.sum(axis=0).max() < FULL
    cif, _ = cumulative_incidence(competing_rates(hazard)[:, :, :1], np.ones((hazard.shape[1], 1)))
    np.testing.assert_allclose(cif[:, :, 0], kans[:, :, 0], rtol=KANSEN)


def test_een_oorzaak_is_zijn_eigen_tempo():
    hazard = np.linspace(1e-9, -np.log(1.001 - FULL), 400)[None]
    np.testing.assert_allclose(competing_rates(hazard), hazard, rtol=1e-9)


def per_maand(totaal: float) -> float:
    """Exit probability in a month, of three causes whose separate probabilities sum to ``totaal``."""
    hazard = -np.log1p(-np.array([0.5, 0.3, 0.2]) * totaal)[:, None, None]
    return float(1 - cumulative_incidence(competing_rates(hazard), np.ones((1, 1)))[1][0, 0])


def test_boven_de_grens_blijven_het_kansen():
    """Causes fitted apart can sum to more than one; what is made of them cannot."""
    for totaal in (0.96, 1.0, 1.2, 1.9):
        assert 0.5 < per_maand(totaal) < 1.0


def test_meer_hazard_is_nooit_minder_uitstroom():
    assert np.diff([per_maand(t) for t in np.linspace(0.5, 1.5, 201)]).min() >= -1e-12


def test_nul_blijft_nul_en_een_nul_stoort_de_ander_niet():
    hazard = np.array([[0.0, 0.0], [0.0, 0.3]])
    np.testing.assert_allclose(competing_rates(hazard), hazard, atol=1e-15)


@pytest.mark.parametrize("grens", [SMALL, 1e-3])
def test_geen_sprong_bij_de_serie(grens):
    """Value and gradient are the same just below and just above the switch to a series."""
    rond = grens * np.array([1 - 1e-9, 1 + 1e-9])
    hazard = np.broadcast_to(rond / 2, (2, 1, 2)).copy()
    tempo = competing_rates(hazard)
    assert tempo[0, 0, 0] == pytest.approx(tempo[0, 0, 1], rel=1e-8)
    per = [verwacht(hazard[:, :, [j]], np.ones((1, 1)), np.ones(1), np.array([[[0.2]], [[0.7]]])) for j in (0, 1)]
    np.testing.assert_allclose(per[0].gradient, per[1].gradient, rtol=1e-5)


def test_constante_uitstroom_uit_feiten():
    """65% exit in 24 months = 4.28% per month; cause rates .03365 (50%) and .01009 (15%)."""
    tempo = np.array([0.50, 0.15]) / 0.65 * -np.log(0.35) / 24
    assert tempo.round(5).tolist() == [0.03365, 0.01009]
    assert round(float(-np.expm1(-tempo.sum())), 4) == 0.0428
    rates = np.broadcast_to(tempo[:, None, None], (2, 1, 24)).copy()
    cif, nog = cumulative_incidence(rates, np.ones((1, 24)))
    np.testing.assert_allclose(cif[:, 0, -1], [0.50, 0.15], rtol=1e-12)
    assert nog[0, -1] == pytest.approx(0.35, rel=1e-12)
    # the hazards that a cloglog fit would find give the rates back
    per_maand = tempo / tempo.sum() * -np.expm1(-tempo.sum())
    np.testing.assert_allclose(competing_rates(-np.log1p(-per_maand)), tempo, rtol=1e-12)


def test_niet_naar_werk_is_niet_naar_bijstand():
    """A third way out: 37% to work does not leave 63% (feiten.md)."""
    rates = np.broadcast_to(np.array([0.05, 0.03])[:, None, None], (2, 1, 12)).copy()
    cif, nog = cumulative_incidence(rates, np.ones((1, 12)))
    assert nog[0, -1] < 1 - cif[0, 0, -1] - 0.2
    assert cif[0, 0, -1] < 1 - np.exp(-0.05 * 12)  # competing exits leave fewer for work


# --- cumulative incidence -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("niveau", [-15.0, -4.0, -1.0, 1.5])
@pytest.mark.parametrize("seed", [1, 2])
def test_incidenties_en_overleving_tellen_op_tot_een(seed, niveau):
    hazard, length, _, _ = willekeurig(seed, niveau=niveau)
    cif, nog = cumulative_incidence(competing_rates(hazard), length)
    np.testing.assert_allclose(cif.sum(axis=0) + nog, 1.0, rtol=0, atol=OPTELLEN)
    assert (np.diff(cif, axis=2) >= 0).all()
    assert (np.diff(nog, axis=1) <= 0).all()


def test_een_maand_in_delen_is_een_maand():
    hazard = willekeurig(3, stukken=1)[0]
    rates = competing_rates(hazard)
    heel = cumulative_incidence(rates, np.ones((5, 1)))
    delen = cumulative_incidence(np.repeat(rates, 3, axis=2), np.tile([0.2, 0.5, 0.3], (5, 1)))
    for a, b in zip(heel, delen, strict=True):
        np.testing.assert_allclose(a[..., -1], b[..., -1], rtol=1e-13)


def test_incidentie_tegen_trekken():
    """Exits drawn by inversion of the total rate, causes by their share."""
    rng = np.random.default_rng(5)
    tempo = np.array([[0.03, 0.10, 0.02, 0.2], [0.02, 0.01, 0.08, 0.1]])
    duur = np.array([1.0, 0.4, 0.6, 1.0])
    n = 200_000
    oorzaak = np.zeros((2, 4))
    nog = np.ones(n, dtype=bool)
    for j in range(4):
        gaat = nog & (rng.exponential(1 / tempo[:, j].sum(), n) < duur[j])
        eerste = rng.random(n) < tempo[0, j] / tempo[:, j].sum()
        oorzaak[:, j] = (gaat & eerste).mean(), (gaat & ~eerste).mean()
        nog &= ~gaat
    cif, over = cumulative_incidence(tempo[:, None, :], duur[None])
    se = np.sqrt(0.25 / n)
    np.testing.assert_allclose(cif[:, 0], oorzaak.cumsum(axis=1), atol=4 * se)
    assert over[0, -1] == pytest.approx(nog.mean(), abs=4 * se)


# --- expected reward ----------------------------------------------------------------------------------------------


def integreer(rates, length, reward):
    """Integral of reward times survival, piece by piece, by Gauss-Legendre."""
    punt, gewicht = np.polynomial.legendre.leggauss(20)
    totaal = rates.sum(axis=0)
    uit = np.zeros(length.shape[0])
    for i in range(length.shape[0]):
        weg = 0.0
        for j in range(length.shape[1]):
            t = length[i, j] * (punt + 1) / 2
            nog = np.exp(-weg - totaal[i, j] * t)
            uit[i] += reward[i, j] * length[i, j] / 2 * (gewicht * nog).sum()
            weg += totaal[i, j] * length[i, j]
    return uit


@pytest.mark.parametrize("niveau", [-25.0, -13.0, -6.0, -3.0, -0.5])
def test_zonder_terugkeer_is_het_de_integraal_van_overleving(niveau):
    hazard, length, reward, back = willekeurig(7, niveau=niveau)
    waarde = verwacht(hazard, length, reward, back * 0).value
    np.testing.assert_allclose(waarde, integreer(competing_rates(hazard), length, reward), rtol=INTEGRAAL)


def test_bekende_antwoorden():
    een = np.ones((1, 1, 60))
    lengte = np.ones((1, 60))
    constant = verwacht(een * 0.04, lengte, np.ones(60), een * 0).value[0]
    assert constant == pytest.approx((1 - np.exp(-2.4)) / 0.04, rel=1e-12)
    nooit = verwacht(een * 0.0, lengte, np.ones(60), een * 0)
    assert nooit.value[0] == 60.0
    assert not nooit.gradient.any()
    na_aow = verwacht(een * 0.04, lengte * 0, np.ones(60), een * 9)
    assert na_aow.value[0] == 0.0
    assert not na_aow.gradient.any()
    # leaving and coming straight back for all that was left: nothing is saved, up to the month itself
    terug = np.arange(60, 0, -1.0)[None, None, :] - 0.5
    rond = verwacht(een * 0.04, lengte, np.ones(60), terug).value[0]
    assert rond == pytest.approx(60.0, abs=0.04**2 * 60)


def test_stukken_waarin_niets_verandert_mogen_worden_geknipt():
    hazard, length, reward, _ = willekeurig(8, stukken=6)
    rates = competing_rates(hazard)  # one cause at a time: then hazards are rates and splitting keeps them
    enkel = rates.sum(axis=0, keepdims=True)
    knip = np.array([0.3, 0.7])
    heel = verwacht(enkel, length, reward, enkel * 0 + 2.0)
    dubbel = (length[:, :, None] * knip).reshape(5, 12)
    delen = verwacht(np.repeat(enkel, 2, axis=2), dubbel, np.repeat(reward, 2, axis=1), np.full((1, 5, 12), 2.0))
    np.testing.assert_allclose(delen.value, heel.value, rtol=1e-12)
    np.testing.assert_allclose(delen.gradient.reshape(1, 5, 6, 2).sum(axis=3), heel.gradient, rtol=1e-9, atol=1e-12)


def verschillen(hazard, length, reward, back, stap=1e-5):
    """Central differences of the value to each log hazard."""
    uit = np.zeros(hazard.shape)
    for c in range(hazard.shape[0]):
        for j in range(hazard.shape[2]):
            op, af = hazard.copy(), hazard.copy()
            op[c, :, j] *= np.exp(stap)
            af[c, :, j] *= np.exp(-stap)
            hoog = verwacht(op, length, reward, back).value
            laag = verwacht(af, length, reward, back).value
            uit[c, :, j] = (hoog - laag) / (2 * stap)
    return uit


@pytest.mark.parametrize("terug", [0.0, 1.0], ids=["zonder terugkeer", "met terugkeer"])
@pytest.mark.parametrize("niveau", [-25.0, -14.5, -12.0, -9.0, -7.5, -5.0, -3.0, -1.0, 0.5, 2.0])
def test_gradient_tegen_eindige_verschillen(niveau, terug):
    """From hazards of 1e-11 to far over FULL, with pieces of length 0 after the AOW age."""
    hazard, length, reward, back = willekeurig(9, niveau=niveau, n=4, stukken=12)
    assert (length == 0).any()
    uit = verwacht(hazard, length, reward, back * terug)
    cijfers = verschillen(hazard, length, reward, back * terug)
    np.testing.assert_allclose(uit.gradient, cijfers, rtol=1e-6, atol=GRADIENT)
    assert not uit.gradient[:, length == 0].any()


@pytest.mark.parametrize("totaal", [0.90, 0.945, 0.9499, 0.9501, 0.99])
def test_gradient_rond_volle_kans(totaal):
    """On both sides of FULL, where the rates change formula."""
    hazard = -np.log1p(-np.array([0.5, 0.3, 0.2]) * totaal)[:, None, None] * np.ones((3, 1, 4))
    hazard[:, :, 2] = 0.02
    length = np.array([[1.0, 0.5, 1.0, 1.0]])
    back = np.arange(12.0).reshape(3, 1, 4)
    uit = verwacht(hazard, length, np.ones(4), back)
    cijfers = verschillen(hazard, length, np.ones(4), back, stap=1e-6)
    np.testing.assert_allclose(uit.gradient, cijfers, rtol=1e-5, atol=1e-6)


def test_tiny_naast_groot_in_een_stuk():
    """One cause almost absent: its gradient is small, not noise."""
    hazard = np.array([1e-12, 0.05])[:, None, None] * np.ones((2, 1, 10))
    back = np.zeros((2, 1, 10))
    back[0] = 5.0
    uit = verwacht(hazard, np.ones((1, 10)), np.ones(10), back)
    assert np.abs(uit.gradient[0]).max() < 1e-11
    # to first order a cause of rate r adds r * (worth after it - worth of staying) per month
    alleen = verwacht(hazard[1:], np.ones((1, 10)), np.ones(10), back[1:])
    np.testing.assert_allclose(uit.gradient[1], alleen.gradient[0], rtol=1e-9)


def test_meer_uitstroom_is_minder_maanden():
    hazard, length, reward, back = willekeurig(10, niveau=-3)
    waarden = [verwacht(hazard * f, length, reward, back * 0).value for f in (0.5, 1.0, 2.0, 4.0)]
    assert all((b < a).all() for a, b in pairwise(waarden))


def test_reward_per_stuk_mag_voor_iedereen_gelijk_zijn():
    hazard, length, _, back = willekeurig(11)
    prijs = 0.99 ** np.arange(24)
    samen = verwacht(hazard, length, prijs, back)
    los = verwacht(hazard, length, np.tile(prijs, (5, 1)), back)
    np.testing.assert_array_equal(samen.value, los.value)
    np.testing.assert_array_equal(samen.gradient, los.gradient)


@pytest.mark.parametrize("fitted", [True, False])
@pytest.mark.parametrize("niveau", [-13.0, -6.0, -3.0])
def test_afgeleiden_naar_lengte_en_terugkeer(niveau, fitted):
    hazard, length, reward, back = (np.swapaxes(x, -1, -2) for x in willekeurig(12, niveau=niveau, n=3, stukken=9))
    length = np.maximum(length, 0.2)  # a length of 0 has a derivative from one side only
    naar_lengte, naar_terug = to_length_and_back(walk(hazard, length, fitted=fitted), reward, back)
    stap = 1e-5
    for j in range(length.shape[0]):
        bij = np.zeros_like(length)
        bij[j] = stap
        hoog = expected_reward(hazard, length + bij, reward, back, fitted=fitted).value
        laag = expected_reward(hazard, length - bij, reward, back, fitted=fitted).value
        np.testing.assert_allclose(naar_lengte[j], (hoog - laag) / (2 * stap), rtol=1e-6, atol=GRADIENT)
        for c in range(hazard.shape[0]):
            erbij = np.zeros_like(back)
            erbij[c, j] = 1.0  # linear: any step is exact
            meer = expected_reward(hazard, length, reward, back + erbij, fitted=fitted).value
            gewoon = expected_reward(hazard, length, reward, back, fitted=fitted).value
            np.testing.assert_allclose(naar_terug[c, j], meer - gewoon, rtol=1e-6, atol=1e-9)


def test_een_gewicht_aan_het_begin_is_een_gewicht_op_de_uitkomst():
    hazard, length, reward, back = (np.swapaxes(x, -1, -2) for x in willekeurig(13))
    hazard[:, 3] = 0.0  # a piece in which nobody can leave
    gewicht = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    heel = reward_along(walk(hazard, length), reward, back)
    deel = reward_along(walk(hazard, length, start=gewicht), reward, back)
    np.testing.assert_allclose(deel.value, heel.value * gewicht, rtol=1e-12)
    np.testing.assert_allclose(deel.gradient, heel.gradient * gewicht, rtol=1e-9, atol=1e-12)
