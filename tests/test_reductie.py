"""The split of a difference in caseload: towns with known rates, exact sums, intervals that cover."""

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from kompas.models.decomposition import delta_variance, dispersion, ratio_error, shapley
from kompas.monitors.maanden import namen, nummer
from kompas.monitors.reductie import GEBIEDEN, MINSTE, kies_gebied, maak_reductie
from kompas.monitors.reeksen import KOLOMMEN, Reeksen

EERSTE = nummer("2004-01")
ONDERDELEN = ["samenstelling", "instroom", "uitstroom", "historie"]


def rijen(gebied, groep, huishoudens, stand, instroom, uitstroom):
    n = len(stand)
    return pd.DataFrame(
        {
            "maand": namen(range(EERSTE, EERSTE + n)),
            "gebied": gebied,
            "naam": gebied.capitalize(),
            "groep": groep,
            "huishoudens": float(huishoudens),
            "uitkeringen": np.asarray(stand, dtype=float),
            "instroom": np.asarray(instroom, dtype=float),
            "uitstroom": np.asarray(uitstroom, dtype=float),
            "uitgaven": np.nan,
            "voorlopig": False,
            "bron": "referentie",
        }
    )


def reeksen(*delen):
    tabel = pd.concat(delen, ignore_index=True)[list(KOLOMMEN)]
    return Reeksen(tabel=tabel, gemeente="Proefstad", peildatum=dt.date(2006, 12, 31), laatste_maand="2006-12")


def vast(gebied, groep, huishoudens, i, u, n=36):
    """A group in its steady state: the same flows every month."""
    stand = huishoudens * i / u
    return rijen(
        gebied, groep, huishoudens, np.full(n, stand), np.full(n, huishoudens * i), np.full(n, huishoudens * i)
    )


def stad(gebied, groepen):
    """Groups and their total; ``groepen``: name -> (households, inflow per household, exit rate), per month."""
    delen = [vast(gebied, g, *waarden) for g, waarden in groepen.items()]
    cijfers = ["huishoudens", "uitkeringen", "instroom", "uitstroom"]
    som = sum(d[cijfers] for d in delen)
    return [*delen, delen[0].assign(groep="totaal", **{k: som[k] for k in cijfers})]


EIGEN = {
    "alleenstaande": (4_000, 0.006, 0.04),
    "alleenstaande_ouder": (1_000, 0.012, 0.03),
    "gehuwd": (5_000, 0.001, 0.05),
}
ANDER = {
    "alleenstaande": (35_000, 0.005, 0.05),
    "alleenstaande_ouder": (8_000, 0.011, 0.03),
    "gehuwd": (57_000, 0.001, 0.04),
}


def met_hand(eigen, ander):
    """Shapley by hand: the mean over the six orders in which shares, inflow and exit are replaced."""
    w = [np.array([g[0] for g in stad_.values()]) / sum(g[0] for g in stad_.values()) for stad_ in (eigen, ander)]
    i, u = ([np.array([g[k] for g in stad_.values()]) for stad_ in (eigen, ander)] for k in (1, 2))
    h = sum(g[0] for g in eigen.values())
    delen = np.zeros(3)
    for orde in itertools.permutations(range(3)):
        nu = [w[1], i[1], u[1]]
        for j in orde:
            voor = (nu[0] * nu[1] / nu[2]).sum()
            nu[j] = (w, i, u)[j][0]
            delen[j] += h * ((nu[0] * nu[1] / nu[2]).sum() - voor) / 6
    return delen


# -- the split


def test_bekende_gemeenten_geven_de_bekende_splitsing():
    d = maak_reductie(reeksen(*stad("eigen", EIGEN), *stad("referentie", ANDER)))
    assert d.methode == "groepsstromen"
    assert d.stand == pytest.approx(1_000 / 1_000 * (600 + 400 + 100))
    gemeten = d.tabel.set_index("onderdeel")["verschil"]
    assert gemeten[ONDERDELEN[:3]].to_numpy() == pytest.approx(met_hand(EIGEN, ANDER), abs=1e-6)
    assert gemeten["historie"] == pytest.approx(0.0, abs=1e-6)  # both towns are in their steady state
    assert gemeten[ONDERDELEN].sum() == pytest.approx(gemeten["totaal"], abs=1e-9)
    assert gemeten["gelijke_samenstelling"] == pytest.approx(gemeten["totaal"] - gemeten["samenstelling"])
    assert gemeten["samenstelling"] > 0
    assert gemeten["instroom"] > 0


@pytest.mark.parametrize(("wat", "factor"), [(1, 1.5), (2, 0.6)])
def test_een_enkel_verschil_komt_geheel_bij_zijn_eigen_onderdeel(wat, factor):
    anders = {g: tuple(x * factor if k == wat else x for k, x in enumerate(r)) for g, r in EIGEN.items()}
    groot = {g: (10 * r[0], r[1], r[2]) for g, r in EIGEN.items()}
    t = maak_reductie(reeksen(*stad("eigen", anders), *stad("referentie", groot))).tabel.set_index("onderdeel")
    naam = ONDERDELEN[wat]
    assert t.loc[naam, "verschil"] == pytest.approx(t.loc["totaal", "verschil"])
    assert t.loc[naam, "verschil"] == pytest.approx(1_100 * (factor - 1) if wat == 1 else 1_100 * (1 / factor - 1))
    rest = t.loc[[o for o in ONDERDELEN if o != naam], "verschil"]
    assert np.abs(rest).max() < 1e-6


def test_gelijke_gemeenten_geven_nul_en_geen_oordeel():
    groot = {g: (8 * r[0], r[1], r[2]) for g, r in EIGEN.items()}
    d = maak_reductie(reeksen(*stad("eigen", EIGEN), *stad("g27", groot)))
    assert d.gebied == "g27"
    assert np.abs(d.tabel["verschil"]).max() < 1e-6
    assert set(d.tabel["oordeel"]) == {"niet_aangetoond"}
    assert (d.tabel["ondergrens"] < 0).sum() >= 4


def test_wat_nog_niet_in_evenwicht_is_heet_historie():
    """Own flows keep up 1,100 but 1,500 are there: the 400 are history."""
    eigen = [d.assign(uitkeringen=d["uitkeringen"]) for d in stad("eigen", EIGEN)]
    for d in eigen:
        d["uitstroom"] *= 1_500 / 1_100  # same rate on a larger stock
        d["uitkeringen"] *= 1_500 / 1_100
    groot = {g: (8 * r[0], r[1], r[2]) for g, r in EIGEN.items()}
    t = maak_reductie(reeksen(*eigen, *stad("referentie", groot))).tabel.set_index("onderdeel")["verschil"]
    assert t["historie"] == pytest.approx(400, abs=1e-6)
    assert t[["samenstelling", "instroom", "uitstroom"]].abs().max() < 1e-6


def test_zonder_groepsstromen_gaat_samenstelling_van_de_instroom_af():
    """Own and other differ in composition alone; the split from stocks gives it all to composition."""
    ander = {g: (w, EIGEN[g][1], EIGEN[g][2]) for g, w in zip(EIGEN, (35_000, 8_000, 57_000), strict=True)}
    delen = stad("referentie", ander)
    for d in delen[:-1]:
        d[["instroom", "uitstroom"]] = np.nan
    d = maak_reductie(reeksen(*stad("eigen", EIGEN), *delen))
    assert d.methode == "groepsstanden"
    t = d.tabel.set_index("onderdeel")["verschil"]
    dichtheid = {g: r[1] / r[2] for g, r in EIGEN.items()}
    waar = 10_000 * sum((EIGEN[g][0] / 1e4 - ander[g][0] / 1e5) * dichtheid[g] for g in EIGEN)
    assert t["samenstelling"] == pytest.approx(waar)
    assert t[ONDERDELEN].sum() == pytest.approx(t["totaal"])
    assert t["gelijke_samenstelling"] == pytest.approx(0.0, abs=1e-6)
    assert d.groepen["samenstelling"].sum() + d.groepen["kansen"].sum() == pytest.approx(t["totaal"])
    assert any("aanname" in z for z in d.toelichting)


def test_zonder_groepen_is_er_geen_samenstelling_en_staat_dat_erbij():
    delen = [stad(g, s)[-1] for g, s in (("eigen", EIGEN), ("referentie", ANDER))]
    d = maak_reductie(reeksen(*delen))
    assert d.methode == "totalen"
    t = d.tabel.set_index("onderdeel")
    assert t.loc["samenstelling", "oordeel"] == "geen_uitspraak"
    assert np.isnan(t.loc["samenstelling", "verschil"])
    assert t.loc[ONDERDELEN, "verschil"].sum() == pytest.approx(t.loc["totaal", "verschil"])
    assert any("[bron.referentie]" in z and "leefvorm" in z for z in d.toelichting)


def test_groepen_die_het_totaal_niet_dekken_tellen_niet():
    delen = stad("referentie", ANDER)
    d = maak_reductie(reeksen(*stad("eigen", EIGEN), delen[0], delen[1], delen[-1]))
    assert d.methode == "totalen"
    assert d.groepen.empty


def test_zonder_stromen_geen_instroom_en_uitstroom():
    delen = stad("referentie", ANDER)
    for d in delen:
        d["uitstroom"] = np.nan
    d = maak_reductie(reeksen(*stad("eigen", EIGEN), *delen))
    t = d.tabel.set_index("onderdeel")
    assert d.methode == "alleen_stand"
    assert (d.van, d.tot) == ("", "")
    assert (t.loc[["instroom", "uitstroom", "historie"], "oordeel"] == "geen_uitspraak").all()
    assert t.loc["totaal", "verschil"] == pytest.approx(1_100 - d.vergelijk)
    assert t.loc["samenstelling", "verschil"] > 0


def test_te_weinig_stromen_geven_geen_kans():
    klein = {g: (r[0] / 50, r[1], r[2]) for g, r in EIGEN.items()}  # under ten entries a year
    assert 12 * sum(r[0] * r[1] for r in klein.values()) < MINSTE
    assert maak_reductie(reeksen(*stad("eigen", klein), *stad("referentie", ANDER))).methode == "alleen_stand"


def test_stromen_die_eerder_ophouden_worden_genoemd():
    delen = stad("referentie", ANDER)
    for d in delen:
        d.loc[d["maand"] > "2006-06", ["instroom", "uitstroom"]] = np.nan
    d = maak_reductie(reeksen(*stad("eigen", EIGEN), *delen))
    assert (d.van, d.tot, d.maand) == ("2005-07", "2006-06", "2006-12")
    assert any("2006-06" in z and "2006-12" in z for z in d.toelichting)


def test_gebied_in_volgorde_en_geen_gebied():
    alleen_eigen = reeksen(*stad("eigen", EIGEN))
    assert kies_gebied(alleen_eigen) is None
    assert maak_reductie(alleen_eigen) is None
    assert GEBIEDEN[0] == "referentie"
    zonder_huishoudens = stad("referentie", ANDER)
    for d in zonder_huishoudens:
        d["huishoudens"] = np.nan
    r = reeksen(*stad("eigen", EIGEN), *zonder_huishoudens, *stad("nederland", ANDER))
    assert kies_gebied(r) == "nederland"


# -- the intervals


def trek(zaad, groepen, *, gamma=0.0, n=72):
    """Simulate a town month by month: (over)dispersed entries, binomial exits."""
    rng = np.random.default_rng(zaad)
    stand = {g: round(h * i / u) for g, (h, i, u) in groepen.items()}
    reeks = {g: [] for g in groepen}
    for _ in range(n):
        for g, (h, i, u) in groepen.items():
            ruis = rng.gamma(1 / gamma, gamma) if gamma else 1.0
            weg, erbij = rng.binomial(stand[g], u), rng.poisson(h * i * ruis)
            stand[g] += erbij - weg
            reeks[g].append((stand[g], erbij, weg))
    return {g: np.array(r).T for g, r in reeks.items()}


def getrokken(gebied, groepen, zaad, **hoe):
    los = trek(zaad, groepen, **hoe)
    delen = [rijen(gebied, g, groepen[g][0], *los[g]) for g in groepen]
    return [*delen, rijen(gebied, "totaal", sum(g[0] for g in groepen.values()), *sum(los.values()))]


@pytest.mark.parametrize("gamma", [0.0, 0.02])
def test_intervallen_dekken_de_waarheid(gamma):
    """Coverage of 95% intervals, 40 pairs of towns, also when months vary more than chance (100: .93 to 1.00)."""
    eigen = {g: (3 * r[0], r[1], r[2]) for g, r in EIGEN.items()}
    waar = np.append(met_hand(eigen, ANDER), 0.0)
    raak = np.zeros(4)
    for zaad in range(40):
        r = reeksen(
            *getrokken("eigen", eigen, 2 * zaad, gamma=gamma),
            *getrokken("referentie", ANDER, 2 * zaad + 1, gamma=gamma),
        )
        t = maak_reductie(r).tabel.set_index("onderdeel").loc[ONDERDELEN]
        raak += (t["ondergrens"].to_numpy() <= waar) & (t["bovengrens"].to_numpy() >= waar)
    dekking = raak / 40
    assert (dekking[1:] >= 0.85).all(), dekking
    assert dekking[1:].mean() >= 0.90
    # Composition rests on the households, which are counted, and hardly on chance.
    assert dekking[0] >= 0.90


# -- the numerics


def test_shapley_is_symmetrisch_en_telt_op():
    rng = np.random.default_rng(5)
    a, b = (list(rng.uniform(0.5, 2.0, size=(3, 4))) for _ in range(2))

    def f(x):
        return float((x[0] * x[1] ** 2 / x[2]).sum())

    delen = shapley(f, a, b)
    assert delen.sum() == pytest.approx(f(a) - f(b))
    assert shapley(f, b, a) == pytest.approx(-delen)


def test_deltamethode_tegen_trekkingen():
    def f(x):
        return np.array([np.exp(x[0]) / np.exp(x[1]), x[0]])

    bij, var = np.array([1.0, 0.5]), np.array([4e-4, 9e-4])
    trekking = np.random.default_rng(1).normal(bij, np.sqrt(var), size=(200_000, 2))
    assert delta_variance(f, bij, var) == pytest.approx([np.exp(trekking[:, 0] - trekking[:, 1]).var(), 4e-4], rel=0.02)


def test_spreiding_meet_overdispersie_rond_trend_en_seizoen():
    rng = np.random.default_rng(3)
    m = np.arange(36)
    gemiddelde = 80 + 0.5 * m + 15 * np.sin(2 * np.pi * m / 12)
    poisson = np.mean([dispersion(rng.poisson(gemiddelde).astype(float)) for _ in range(300)])
    drie = np.mean([dispersion(rng.negative_binomial(gemiddelde / 2, 1 / 3).astype(float)) for _ in range(300)])
    assert 1.0 <= poisson < 1.25  # held up at 1 from below
    assert drie == pytest.approx(3.0, rel=0.15)


def test_fout_van_een_reeks_die_op_haar_buren_lijkt_is_groter():
    los = np.tile([1.0, -1.0], 6)
    buren = np.repeat([1.0, -1.0], 6)
    assert ratio_error(buren) > 2 * ratio_error(los)
    assert np.isnan(ratio_error(np.ones(5)))
