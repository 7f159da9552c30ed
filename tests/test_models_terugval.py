"""Returns to benefit: the renewal equations against drawing lives one by one."""

import numpy as np
import pytest

from kompas.models.returns import OUT_BANDS, monthly_returns, return_hazard, value_of_returns

STAPPEN = 4.0  # standard errors of the Monte Carlo mean
RASTER = 0.01  # months per 24: events in the middle of their month instead of when they fall
N = 60_000


def leef(rng, terug, uit, horizon, oorzaak, *, precies_midden: bool, rho: float = 1.0, n: int = N):
    """Discounted months back on benefit within the horizon, for n people who left by ``oorzaak``.

    ``terug`` and ``uit`` are probabilities per month since the last change; an event falls in the middle of its month,
    or anywhere in it.
    """
    kans_uit = np.append(uit.ravel(order="F"), max(0.0, 1 - uit.sum()))  # month by month, causes within it
    kans_uit /= kans_uit.sum()
    klok = np.zeros(n)
    welke = np.full(n, oorzaak)
    waarde = np.zeros(n)
    nog = np.ones(n, dtype=bool)

    def moment(maand):
        return maand + (0.5 if precies_midden else rng.random(maand.size))

    def contant(t):
        return t if rho == 1.0 else (rho**t - 1) / np.log(rho)

    while nog.any():
        wie = np.flatnonzero(nog)
        u = rng.random(wie.size)
        opgeteld = np.cumsum(terug, axis=1)[welke[wie]]
        maand = (u[:, None] >= opgeteld).sum(axis=1)
        klok[wie] += np.where(maand < horizon, moment(maand), np.inf)
        wie = wie[klok[wie] < horizon]
        nog[:] = False
        if not wie.size:
            break
        keus = rng.choice(kans_uit.size, wie.size, p=kans_uit)
        blijft = keus == kans_uit.size - 1
        eind = klok[wie] + np.where(blijft, np.inf, moment(keus // uit.shape[0]))
        waarde[wie] += contant(np.minimum(eind, horizon)) - contant(klok[wie])
        klok[wie] = eind
        welke[wie] = np.where(blijft, 0, keus % uit.shape[0])
        nog[wie] = eind < horizon
    return waarde


def voorbeeld(horizon: int):
    terug = np.array(
        [
            monthly_returns(np.array([0.03, 0.025, 0.015, 0.008, 0.004]), horizon),
            monthly_returns(np.array([0.09, 0.05, 0.03, 0.01, 0.01]), horizon),
        ]
    )
    maand = np.arange(horizon)
    overleven = np.exp(-0.09 * maand * np.exp(-maand / 60))
    uit = np.diff(-np.append(overleven, overleven[-1] * 0.97)).clip(0)
    return terug, np.array([0.7, 0.3])[:, None] * uit


@pytest.mark.parametrize("midden", [True, False], ids=["midden van de maand", "ergens in de maand"])
@pytest.mark.parametrize("rho", [1.0, 0.99])
@pytest.mark.parametrize("oorzaak", [0, 1])
def test_waarde_tegen_trekken(oorzaak, rho, midden):
    horizon = 24
    terug, uit = voorbeeld(horizon)
    b = value_of_returns(terug, uit, horizon, rho)
    for h in (6, 24):
        rng = np.random.default_rng([h, oorzaak, int(rho * 100), midden])
        trekking = leef(rng, terug[:, :h], uit[:, :h], h, oorzaak, precies_midden=midden, rho=rho)
        se = trekking.std() / np.sqrt(N)
        assert b[oorzaak, h] > 10 * se  # there is something to find
        assert abs(b[oorzaak, h] - trekking.mean()) < STAPPEN * se + RASTER * h / 24


def test_zonder_tweede_uitstroom_een_gesloten_som():
    """Nobody leaves again: B(h) = sum of f(u) times what is left after the middle of month u."""
    horizon = 30
    terug = voorbeeld(horizon)[0]
    b = value_of_returns(terug, np.zeros((2, horizon)), horizon)
    for h in (1, 7, 30):
        over = h - (np.arange(1, h + 1) - 0.5)
        np.testing.assert_allclose(b[:, h], terug[:, :h] @ over, rtol=1e-12)


def test_niemand_terug_is_niets():
    b = value_of_returns(np.zeros((3, 12)), np.full((3, 12), 0.01), 12)
    assert b.shape == (3, 13)
    assert not b.any()


def test_waarde_groeit_met_de_horizon_en_met_de_terugkeer():
    terug, uit = voorbeeld(36)
    b = value_of_returns(terug, uit, 36)
    assert (b[:, 0] == 0).all()
    assert (np.diff(b, axis=1) > 0).all()
    assert (b[1, 1:] > b[0, 1:]).all()  # cause 2 comes back more
    assert (b < np.arange(37)).all() or (b[:, 1:] < np.arange(1, 37)).all()
    korter = value_of_returns(terug[:, :12], uit[:, :12], 12)
    np.testing.assert_allclose(b[:, :13], korter, rtol=1e-12)  # the future beyond h has no say
    assert (value_of_returns(terug, uit, 36, 0.995)[:, 1:] < b[:, 1:]).all()


def test_stappen_zijn_uitgewerkt():
    """The fixed point is reached: the equations hold with their own solution put in."""
    horizon, rho = 24, 0.99
    terug, uit = voorbeeld(horizon)
    b = value_of_returns(terug, uit, horizon, rho)
    weeg = rho ** (np.arange(1, horizon + 1) - 0.5)
    nog = 1 - np.concatenate([[0.0], np.cumsum(uit.sum(axis=0))])
    w = np.zeros(horizon + 1)
    for h in range(1, horizon + 1):
        w[h] = (weeg[:h] * (nog[:h] + nog[1 : h + 1]) / 2).sum()
        for v in range(1, h + 1):
            w[h] += (uit[:, v - 1] * weeg[v - 1] * (b[:, h - v] + b[:, h - v + 1]) / 2).sum()
    for h in range(1, horizon + 1):
        som = sum(terug[:, u - 1] * weeg[u - 1] * (w[h - u] + w[h - u + 1]) / 2 for u in range(1, h + 1))
        np.testing.assert_allclose(b[:, h], som, rtol=1e-6)


# --- the hazard of a return ---------------------------------------------------------------------------------------


def test_banden_van_terugkeer_met_de_hand():
    """At 3 months the first band is over: a return at exactly 3 belongs to it."""
    uit = np.array([3.0, 3.5, 6.0, 30.0, 30.0])
    terug = np.array([1, 1, 0, 1, 0])
    kans, aantal, tijd = return_hazard(uit, terug)
    assert aantal.tolist() == [1, 1, 0, 0, 1]
    np.testing.assert_allclose(tijd, [15, 0.5 + 3 + 3 + 3, 12, 24, 12])
    np.testing.assert_allclose(kans, [1 / 15, 1 / 9.5, 0, 0, 1 / 12])


def test_zonder_blootstelling_is_het_nul():
    kans, aantal, tijd = return_hazard(np.array([1.0]), np.array([0]))
    assert not kans.any()
    assert not aantal.any()
    assert tijd.tolist() == [1, 0, 0, 0, 0]


def test_hazard_van_terugkeer_vindt_de_waarheid():
    rng = np.random.default_rng(3)
    waar = np.array([0.06, 0.04, 0.03, 0.02, 0.01])
    grenzen = np.array([0.0, *OUT_BANDS])
    n = 40_000
    nodig = rng.exponential(1.0, n)
    opgeteld = np.concatenate([[0.0], np.cumsum(waar[:-1] * np.diff(grenzen))])
    band = np.searchsorted(opgeteld, nodig, side="right") - 1
    tijd = grenzen[band] + (nodig - opgeteld[band]) / waar[band]
    einde = rng.uniform(1, 60, n)
    kans, aantal, _ = return_hazard(np.minimum(tijd, einde), (tijd <= einde).astype(np.int64))
    np.testing.assert_allclose(kans, waar, rtol=0, atol=STAPPEN * (waar / np.sqrt(aantal)).max())
    assert (np.abs(kans - waar) < STAPPEN * waar / np.sqrt(aantal)).all()


def test_maandkansen_van_terugkeer():
    kans = np.array([0.05, 0.04, 0.03, 0.02, 0.01])
    f = monthly_returns(kans, 40)
    nog = 1 - np.cumsum(f)
    per_maand = -np.diff(np.log(np.concatenate([[1.0], nog])))
    verwacht = [0.05] * 3 + [0.04] * 3 + [0.03] * 6 + [0.02] * 12 + [0.01] * 16
    np.testing.assert_allclose(per_maand, verwacht, rtol=1e-10)
    assert monthly_returns(kans, 0).shape == (0,)
