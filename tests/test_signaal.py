import numpy as np
import pytest
from scipy import stats

from kompas.monitors.kengetallen import KENGETALLEN
from kompas.monitors.signaal import beoordeel, deel_van_het_jaar, kans_op_slechter

WDEEL = KENGETALLEN["wdeel_benut"]


def test_wdeel_van_de_scorecard_is_niet_groen():
    """Almere (feiten.md): 4.4 of 13.7 after 7 months.

    The source calls a straight line 7.5; 13.7 * 7 / 12 is 7.99. It also says '60% used': that is 4.4 of 7.5, not of
    13.7. Behind it is either way.
    """
    lijn = 13.7 * 7 / 12
    assert lijn == pytest.approx(7.99, abs=0.01)
    benut = 4.4 / 7.5
    assert benut == pytest.approx(0.587, abs=0.001)
    for norm_nu in (7 / 12, 7.5 / 13.7, 0.9 * 7 / 12):
        assert beoordeel(WDEEL, 4.4 / 13.7, norm_nu) == "rood"


def test_wdeel_op_schema_is_groen_en_boven_het_budget_rood():
    assert beoordeel(WDEEL, 8.0 / 13.7, 7 / 12).item() == "groen"
    assert beoordeel(WDEEL, 1.02, 11 / 12).item() == "rood"


@pytest.mark.parametrize(
    ("kengetal", "realisatie", "norm", "noemer", "signaal"),
    [
        ("uitstroom_werk", 100, 100, np.nan, "groen"),
        ("uitstroom_werk", 96, 100, np.nan, "oranje"),  # within the margin
        ("uitstroom_werk", 85, 100, np.nan, "oranje"),  # P(X <= 85 | 100) = 0.07: may be chance
        ("uitstroom_werk", 80, 100, np.nan, "rood"),  # P = 0.023
        ("instroom", 85, 100, np.nan, "groen"),  # lower is better
        ("instroom", 121, 100, np.nan, "rood"),
        ("instroom", 118, 100, np.nan, "oranje"),  # P(X >= 118 | 100) = 0.043
        ("preventiequote", 0.74, 0.74, 500, "groen"),
        ("preventiequote", 0.60, 0.74, 20, "oranje"),
        ("preventiequote", 0.60, 0.74, 500, "rood"),
        ("langer_dan_3_jaar", 0.60, 0.40, 10, "oranje"),
        ("langer_dan_3_jaar", 0.60, 0.40, 1000, "rood"),
        ("huisbezoek_met_grond", 0.97, 1.0, 100, "oranje"),
        ("huisbezoek_met_grond", 0.90, 1.0, 10, "rood"),  # one without a ground cannot be chance against 100%
        ("caseload", 83, 80, np.nan, "oranje"),
        ("caseload", 90, 80, np.nan, "rood"),
        ("uitstroom", np.nan, 100, np.nan, "geen"),
        ("uitstroom", 10, np.nan, np.nan, "geen"),
    ],
)
def test_kleur(kengetal, realisatie, norm, noemer, signaal):
    assert beoordeel(KENGETALLEN[kengetal], realisatie, norm, noemer=noemer).item() == signaal


def test_zonder_noemer_of_spreiding_is_toeval_niet_uit_te_sluiten():
    assert beoordeel(KENGETALLEN["preventiequote"], 0.1, 0.9).item() == "oranje"
    assert beoordeel(KENGETALLEN["doorlooptijd_dagen"], 40.0, 25.0).item() == "oranje"
    assert beoordeel(KENGETALLEN["doorlooptijd_dagen"], 40.0, 25.0, spreiding=1.0).item() == "rood"


def test_marge_komt_uit_de_configuratie():
    k = KENGETALLEN["caseload"]
    assert beoordeel(k, 90.0, 80.0, marge=0.05).item() == "rood"
    assert beoordeel(k, 90.0, 80.0, marge=0.2).item() == "oranje"


def test_volume_kent_de_ruis_van_zijn_stromen():
    k = KENGETALLEN["volume"]
    assert beoordeel(k, 2_950.0, 2_800.0, spreiding=30.0).item() == "rood"
    assert beoordeel(k, 2_950.0, 2_800.0, spreiding=100.0).item() == "oranje"


def test_kans_is_die_van_de_poissonverdeling():
    een = np.array([np.nan])
    hoger = kans_op_slechter(KENGETALLEN["uitstroom"], np.array([3.0]), np.array([5.0]), een, een)
    lager = kans_op_slechter(KENGETALLEN["instroom"], np.array([3.0]), np.array([5.0]), een, een)
    onder = np.exp(-5.0) * (1 + 5 + 12.5)  # P(X <= 2)
    assert hoger[0] == pytest.approx(onder + np.exp(-5.0) * 125 / 6)
    assert lager[0] == pytest.approx(1 - onder)


def test_kleur_hangt_niet_af_van_wat_ernaast_staat():
    k = KENGETALLEN["uitstroom_werk"]
    samen = beoordeel(k, [80, 100, np.nan], [100, 100, 100])
    assert samen.tolist() == ["rood", "groen", "geen"]


# -- share of the year


def test_deel_van_het_jaar_kijkt_niet_vooruit():
    maanden = np.arange(12 * 2004, 12 * 2007)
    stroom = np.tile(np.r_[np.full(6, 30.0), np.full(6, 10.0)], 3)
    voor = deel_van_het_jaar(stroom, maanden)
    anders = stroom.copy()
    anders[24:] = 999.0
    assert voor[24 + 5] == pytest.approx(0.75)
    np.testing.assert_array_equal(deel_van_het_jaar(anders, maanden), voor)


def test_deel_van_het_jaar_zonder_eerdere_jaren_is_recht():
    maanden = np.arange(12 * 2006, 12 * 2007)
    np.testing.assert_allclose(deel_van_het_jaar(np.full(12, 50.0), maanden), np.arange(1, 13) / 12)


def test_deel_van_het_jaar_slaat_een_onvolledig_jaar_over():
    maanden = np.arange(12 * 2005 + 3, 12 * 2007)
    stroom = np.full(maanden.size, 100.0)
    stroom[:9] = np.arange(9) * 100.0
    assert deel_van_het_jaar(stroom, maanden)[-7] == pytest.approx(6 / 12)


def test_weinig_gevallen_geven_een_rechte_lijn():
    maanden = np.arange(12 * 2005, 12 * 2007)
    stroom = np.r_[np.full(6, 3.0), np.full(6, 1.0), np.zeros(12)]
    assert deel_van_het_jaar(stroom, maanden)[12 + 5] == pytest.approx(0.5)


@pytest.mark.parametrize("code", ["uitstroom_werk", "instroom", "preventiequote", "langer_dan_3_jaar"])
def test_kans_op_slechter_is_de_staart_van_scipy(code):
    """Also at the ends: nothing seen, all seen, a norm of 0, no cases."""
    k = KENGETALLEN[code]
    n = np.array([0.0, 1.0, 5.0, 5.0, 5.0, 40.0, 40.0, 40.0])
    x = np.array([0.0, 0.0, 0.0, 5.0, 2.0, 0.0, 40.0, 11.0])
    norm = np.array([0.2, 0.5, 0.0, 1.0, 0.4, 0.1, 0.9, 0.3])
    if k.toeval == "aantal":
        mu, realisatie = norm * n, x
        waar = stats.poisson.cdf(x, mu) if k.richting == "hoger" else stats.poisson.sf(x - 1, mu)
    else:
        mu, realisatie = norm, np.divide(x, n, out=np.zeros_like(x), where=n > 0)
        waar = stats.binom.cdf(x, n, norm) if k.richting == "hoger" else stats.binom.sf(x - 1, n, norm)
    assert kans_op_slechter(k, realisatie, mu, n, np.full(8, np.nan)) == pytest.approx(waar, abs=1e-13)
