"""What may not change an estimate, what cannot be estimated, and what Newton's method promises."""

import numpy as np
import pandas as pd
import pytest
from tests.referenties.ontwerpen import BANDEN, naar_exposure, naar_rijen, stukken, tijd, trek

from kompas.models import hazard
from kompas.models.covariance import clustered_covariance
from kompas.models.design import Exposure, Factor, Profiles, make_profiles
from kompas.models.hazard import HazardFit, NotEstimableError, fit_hazard, log_likelihood, prepare
from kompas.models.timedesign import TimeSpec, make_time_design

GELIJK = 1e-10  # the same sums in another order (relative to the largest element)
KLIM = 1e-9  # the line search allows a fall of this share of the log likelihood: rounding, not descent
HELLING = 1e-6  # score at the maximum by central differences of the log likelihood


def probleem(rijen: pd.DataFrame, profiles: Profiles, kalender: str = "maand+trend"):
    return prepare(naar_exposure(rijen), profiles, tijd(kalender))


def afgeleiden(problem, coef: np.ndarray, oorzaak: int = 1):
    return hazard._derivatives(problem, hazard.event_pieces(problem, oorzaak), coef)


def ongeveer_gelijk(a, b):
    np.testing.assert_allclose(a, b, rtol=0, atol=GELIJK * max(1.0, float(np.abs(b).max())))


# --- splitting and order ------------------------------------------------------------------------------------------


def splits(rijen: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Cut runs of months in two where nothing changes; the exit goes to the last piece."""
    rng = np.random.default_rng(seed)
    uit = []
    for rij in rijen.to_dict("records"):
        if rij["months"] == 1 or rng.random() < 0.2:
            uit.append(rij)
            continue
        eerst = int(rng.integers(1, rij["months"]))
        later = {"month": rij["month"] + eerst, "calendar": rij["calendar"] + eerst, "months": rij["months"] - eerst}
        uit += [{**rij, "months": eerst, "event": 0}, {**rij, **later}]
    return pd.DataFrame(uit, columns=rijen.columns)


@pytest.mark.parametrize("seed", range(4))
def test_een_run_in_tweeen_verandert_niets(seed):
    rijen, profiles = trek(seed, delen=True, numeriek=True, oorzaken=2)
    gesplitst = splits(rijen, seed)
    assert len(gesplitst) > len(rijen) + 100
    heel, half = probleem(rijen, profiles), probleem(gesplitst, profiles)
    rng = np.random.default_rng(seed)
    x = profiles.matrix.toarray()
    coef = np.concatenate([rng.normal(-2.5, 0.3, 5), rng.normal(0, 0.2, heel.time.size - 5)])
    coef = np.concatenate([coef, rng.normal(0, 0.3, x.shape[1]) / np.maximum(np.abs(x).max(axis=0), 1)])
    assert half.exposure.person_months == heel.exposure.person_months
    for deel_half, deel_heel in zip(afgeleiden(half, coef), afgeleiden(heel, coef), strict=True):
        ongeveer_gelijk(deel_half, deel_heel)
    a, b = fit_hazard(half, 1), fit_hazard(heel, 1)
    ongeveer_gelijk(a.coef, b.coef)
    ongeveer_gelijk(clustered_covariance([(half, a)]), clustered_covariance([(heel, b)]))


def test_geheel_uitgeschreven_is_hetzelfde():
    """One row per month instead of runs: the expansion that other programs need."""
    rijen, profiles = trek(9, delen=True, numeriek=True)
    uit = stukken(rijen).assign(months=1)
    a, b = (fit_hazard(probleem(r, profiles), 1) for r in (uit, rijen))
    ongeveer_gelijk(a.coef, b.coef)
    ongeveer_gelijk(a.information, b.information)
    assert a.log_likelihood == pytest.approx(b.log_likelihood, rel=GELIJK)


@pytest.mark.parametrize("seed", range(3))
def test_volgorde_van_rijen_maakt_niet_uit(seed):
    """Shuffle within clients, renumber the clients, shuffle the profiles: the same coefficients and covariance."""
    rijen, profiles = trek(seed + 20, delen=True, numeriek=True, oorzaken=2)
    rng = np.random.default_rng(seed)
    nieuw_nummer = rng.permutation(rijen["cluster"].max() + 1)
    volgorde = rng.permutation(profiles.matrix.shape[0])
    gehusseld = rijen.assign(
        cluster=nieuw_nummer[rijen["cluster"]] * 7 + 3, profile=np.argsort(volgorde)[rijen["profile"]]
    )
    gehusseld = gehusseld.sample(frac=1.0, random_state=seed).sort_values("cluster", kind="stable")
    andere = Profiles(matrix=profiles.matrix[volgorde], names=profiles.names, ridge=profiles.ridge)
    een, twee = probleem(rijen, profiles), probleem(gehusseld, andere)
    fits_een, fits_twee = ([fit_hazard(p, c) for c in (1, 2)] for p in (een, twee))
    for a, b in zip(fits_een, fits_twee, strict=True):
        ongeveer_gelijk(a.coef, b.coef)
        ongeveer_gelijk(a.information, b.information)
    ongeveer_gelijk(
        clustered_covariance([(een, f) for f in fits_een]), clustered_covariance([(twee, f) for f in fits_twee])
    )


def test_niet_gesorteerd_op_client_is_een_fout():
    rijen, _ = trek(1)
    with pytest.raises(ValueError, match="sorted by cluster"):
        naar_exposure(rijen.iloc[::-1])


def test_referentie_kiezen_verandert_de_fit_niet():
    """Another reference level: the same likelihood, and the same contrasts."""
    rijen, _ = trek(2)
    codes = np.random.default_rng(2).integers(0, 3, 40)
    fits = []
    for referentie in range(3):
        niveaus = [j for j in range(3) if j != referentie]
        plek = np.array([niveaus.index(c) if c != referentie else -1 for c in codes])
        factor = Factor(name="f", levels=tuple(f"n{j}" for j in niveaus), codes=plek, ridge=(0.0, 0.0))
        fits.append(fit_hazard(probleem(rijen, make_profiles([factor], [], 40), "maand"), 1))
    n1 = fits[0].coef[-2] - fits[0].coef[-1]  # n1 - n2, reference n0
    assert fits[1].coef[-1] == pytest.approx(-n1, abs=1e-8)
    assert fits[2].coef[-1] == pytest.approx(n1, abs=1e-8)
    assert {round(f.log_likelihood, 8) for f in fits} == {round(fits[0].log_likelihood, 8)}


def test_eenheid_van_een_getal_schaalt_mee():
    rijen, profiles = trek(3, numeriek=True)
    j = profiles.names.index("leeftijd")
    dicht = profiles.matrix.toarray()
    dicht[:, j] *= 365.25
    dagen = make_profiles([], [(n, dicht[:, i]) for i, n in enumerate(profiles.names)], 40)
    a, b = fit_hazard(probleem(rijen, profiles), 1), fit_hazard(probleem(rijen, dagen), 1)
    assert b.coef[-2] * 365.25 == pytest.approx(a.coef[-2], rel=1e-7)
    assert b.se[-2] * 365.25 == pytest.approx(a.se[-2], rel=1e-7)
    assert b.aliased == ()


@pytest.mark.parametrize(
    ("schaal", "verschuiving"),
    [
        (1e-2, 0.0),
        (1e6, 0.0),
        (1.0, 1900.0),
        (1e-5, 0.0),
    ],
)
def test_eenheid_en_nulpunt_maken_niet_uit(schaal, verschuiving):
    """Euros or millions, age or year of birth: the same effect per standard deviation."""
    rijen, profiles = trek(3, numeriek=True)
    dicht = profiles.matrix.toarray()
    dicht[:, 5] = dicht[:, 5] * schaal + verschuiving
    anders = make_profiles([], [(n, dicht[:, i]) for i, n in enumerate(profiles.names)], 40)
    a, b = fit_hazard(probleem(rijen, profiles, "maand"), 1), fit_hazard(probleem(rijen, anders, "maand"), 1)
    j = a.names.index("leeftijd")
    assert b.coef[j] * schaal == pytest.approx(a.coef[j], rel=1e-6)
    assert b.log_likelihood == pytest.approx(a.log_likelihood, abs=1e-8)


# --- Newton -------------------------------------------------------------------------------------------------------


def test_score_en_informatie_zijn_de_afgeleiden():
    rijen, profiles = trek(4, delen=True, numeriek=True, oorzaken=2)
    problem = probleem(rijen, profiles)
    coef = fit_hazard(problem, 2).coef + 0.01
    _, score, informatie = afgeleiden(problem, coef, 2)
    for j in range(coef.size):
        stap = np.zeros(coef.size)
        stap[j] = 1e-5
        verschil = (log_likelihood(problem, coef + stap, 2) - log_likelihood(problem, coef - stap, 2)) / 2e-5
        assert score[j] == pytest.approx(verschil, rel=1e-6, abs=1e-4)
        scores = (afgeleiden(problem, coef + stap, 2)[1] - afgeleiden(problem, coef - stap, 2)[1]) / 2e-5
        np.testing.assert_allclose(-informatie[j], scores, rtol=1e-6, atol=1e-6 * np.abs(informatie).max())


@pytest.mark.parametrize("start", ["vast", "hoog", "laag"])
@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_log_likelihood_daalt_nooit(monkeypatch, start, ridge):
    rijen, profiles = trek(5, delen=True, numeriek=True)
    profiles = Profiles(matrix=profiles.matrix, names=profiles.names, ridge=np.full(len(profiles.names), ridge))
    problem = probleem(rijen, profiles, "geen")
    pad: list[float] = []
    zoek = hazard._line_search

    def afgeluisterd(*args):
        uit = zoek(*args)
        pad.extend([args[5], uit[2]])
        return uit

    monkeypatch.setattr(hazard, "_line_search", afgeluisterd)
    begin = np.zeros(len(problem.names))
    begin[: len(BANDEN) + 1] = {"vast": 0.0, "hoog": 2.0, "laag": -9.0}[start]
    fit = fit_hazard(problem, 1, start=None if start == "vast" else begin)
    assert len(pad) >= 6
    stappen = np.diff(pad)
    assert stappen.min() >= -KLIM * np.abs(pad).max()
    assert pad[-1] > pad[0] + 1
    eind = fit.log_likelihood - 0.5 * ridge * np.sum(fit.coef[len(BANDEN) + 1 :] ** 2)
    assert eind >= pad[-1] - KLIM * abs(eind)


def test_het_is_een_maximum():
    rijen, profiles = trek(6, numeriek=True, delen=True)
    problem = probleem(rijen, profiles, "maand")
    fit = fit_hazard(problem, 1)
    assert np.abs(afgeleiden(problem, fit.coef)[1] * fit.se).max() < HELLING
    rng = np.random.default_rng(6)
    for schaal in (0.01, 0.3):
        for _ in range(10):
            anders = fit.coef + schaal * fit.se * rng.normal(size=fit.coef.size)
            assert log_likelihood(problem, anders, 1) < fit.log_likelihood
    assert np.linalg.eigvalsh(fit.information).min() > 0


def test_te_weinig_stappen_is_een_fout():
    rijen, profiles = trek(6)
    with pytest.raises(NotEstimableError, match="no convergence for cause 1 in 2"):
        fit_hazard(probleem(rijen, profiles), 1, max_iterations=2)


# --- what cannot be estimated -------------------------------------------------------------------------------------


def met_kolommen(profiles: Profiles, erbij: dict[str, np.ndarray]) -> Profiles:
    dicht = profiles.matrix.toarray()
    getallen = [(n, dicht[:, j]) for j, n in enumerate(profiles.names)]
    return make_profiles([], getallen + list(erbij.items()), dicht.shape[0])


def zonder_namen(fit: HazardFit, namen: set[str]) -> np.ndarray:
    return fit.coef[[n not in namen for n in fit.names]]


def test_samenvallende_en_lege_kolommen_worden_genoemd():
    rijen, profiles = trek(7, numeriek=True)
    x = profiles.matrix.toarray()
    erbij = {
        "som": 2 * x[:, 0] - 3 * x[:, 5] + 0.5,  # the constant is in the bands
        "leeg": np.zeros(40),
        "constant": np.full(40, 7.0),
        "dubbel": x[:, 6].copy(),
    }
    volledig = probleem(rijen, met_kolommen(profiles, erbij), "maand")
    fit = fit_hazard(volledig, 1)
    assert fit.aliased == ("som", "leeg", "constant", "dubbel")
    weg = np.isin(fit.names, list(erbij))
    assert np.isnan(fit.coef[weg]).all()
    assert np.isnan(fit.se[weg]).all()
    assert not np.isnan(fit.coef[~weg]).any()
    assert not fit.information[weg].any()
    assert not fit.bread[:, weg].any()
    kaal = fit_hazard(probleem(rijen, profiles, "maand"), 1)
    np.testing.assert_allclose(fit.coef[~weg], kaal.coef, rtol=0, atol=1e-7)
    np.testing.assert_allclose(fit.se[~weg], kaal.se, rtol=0, atol=1e-7)
    assert fit.log_likelihood == pytest.approx(kaal.log_likelihood, abs=1e-8)
    v = clustered_covariance([(volledig, fit)])
    assert not v[weg].any()
    np.testing.assert_allclose(
        v[np.ix_(~weg, ~weg)], clustered_covariance([(probleem(rijen, profiles, "maand"), kaal)]), atol=1e-8
    )


def test_bijna_samenvallend_is_niet_samenvallend():
    """A column that differs from another for some clients is estimated, however wide its interval."""
    rijen, profiles = trek(7, numeriek=True)
    x = profiles.matrix.toarray()[:, 6]
    rng = np.random.default_rng(7)
    fit = fit_hazard(probleem(rijen, met_kolommen(profiles, {"bijna": x + 1e-3 * rng.normal(size=40)}), "geen"), 1)
    assert fit.aliased == ()
    assert fit.se[-1] > 50


def test_band_zonder_iemand_wordt_genoemd():
    rijen, profiles = trek(8)
    kort = rijen.loc[rijen["month"] + rijen["months"] <= 12]
    fit = fit_hazard(probleem(kort, profiles, "geen"), 1)
    assert fit.aliased == ("duur=12+",)
    assert np.isnan(fit.coef[4])


def test_prior_redt_een_samenvallende_kolom():
    """With ridge nothing is aliased: two equal columns share the effect."""
    rijen, profiles = trek(7)
    x = profiles.matrix.toarray()[:, 0]
    namen = (*profiles.names, "nogmaals")
    dubbel = Profiles(
        matrix=met_kolommen(profiles, {"nogmaals": x}).matrix, names=namen, ridge=np.array([1.0, 0, 0, 0, 0, 1.0])
    )
    fit = fit_hazard(probleem(rijen, dubbel, "geen"), 1)
    assert fit.aliased == ()
    assert fit.coef[-1] == pytest.approx(fit.coef[len(BANDEN) + 1], abs=1e-9)


def test_geen_uitstroom_is_niet_te_schatten():
    rijen, profiles = trek(1)
    with pytest.raises(NotEstimableError, match="no exits by cause 2"):
        fit_hazard(probleem(rijen, profiles), 2)
    with pytest.raises(NotEstimableError, match="no exits by cause 1"):
        fit_hazard(probleem(rijen.assign(event=0), profiles), 1)


def gescheiden(ridge: float) -> tuple[HazardFit, HazardFit]:
    """A level whose clients never leave, with and without the other clients' level."""
    rijen, _ = trek(11, clienten=200)
    codes = np.where(np.arange(40) < 8, 0, -1)
    factor = Factor(name="f", levels=("nooit",), codes=codes, ridge=(ridge,))
    nooit = rijen["profile"] < 8
    rijen.loc[nooit, "event"] = 0
    met = fit_hazard(probleem(rijen, make_profiles([factor], [], 40), "geen"), 1)
    zonder = fit_hazard(probleem(rijen.loc[~nooit], make_profiles([], [], 40), "geen"), 1)
    return met, zonder


def test_niveau_zonder_uitstroom_blijft_eindig_met_prior():
    met, _ = gescheiden(1.0)
    assert np.isfinite(met.coef).all()
    assert np.isfinite(met.se).all()
    assert -6 < met.coef[-1] < -1
    assert met.se[-1] < 1  # never wider than its prior
    # at the maximum the expected exits of the level equal the pull of the prior
    assert met.aliased == ()


def test_niveau_zonder_uitstroom_zonder_prior_raakt_de_rest_niet():
    """Without a prior the coefficient runs off, but stays finite, and the others are those of the rest alone."""
    met, zonder = gescheiden(0.0)
    assert np.isfinite(met.coef).all()
    assert met.coef[-1] < -12
    assert met.se[-1] > 1000
    np.testing.assert_allclose(met.coef[:-1], zonder.coef, rtol=0, atol=1e-6)
    assert met.log_likelihood == pytest.approx(zonder.log_likelihood, abs=1e-6)


def test_iedereen_weg_in_de_eerste_maand():
    """Every piece an exit: the probability is one, the maximum does not exist, and the run must not hang or lie."""
    n = 50
    een = np.ones(n, dtype=np.int64)
    alles = Exposure(
        profile=een * 0,
        month=een * 0,
        calendar=een * 0,
        months=een,
        length=np.ones(n),
        event=een,
        cluster=np.arange(n),
    )
    tijdontwerp = make_time_design(TimeSpec(bands=(), season=False, knots=(), first=0, last=0))
    fit = fit_hazard(prepare(alles, make_profiles([], [], 1), tijdontwerp), 1)
    assert -np.expm1(-np.exp(fit.coef[0])) > 1 - 1e-8
    assert fit.log_likelihood == pytest.approx(0.0, abs=1e-7)


# --- what the design refuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kolom", "waarde", "bericht"),
    [
        ("months", 0, "months must be"),
        ("length", 0.0, "months must be"),
        ("length", 1.5, "months must be"),
        ("length", 0.5, "length < 1 covers one month"),
    ],
)
def test_onmogelijke_rijen(kolom, waarde, bericht):
    rijen, _ = trek(1)
    lang = rijen.index[rijen["months"] > 1][0]
    rijen.loc[lang, kolom] = waarde
    with pytest.raises(ValueError, match=bericht):
        naar_exposure(rijen)


def test_buiten_de_kalender_is_een_fout():
    rijen, profiles = trek(1)
    with pytest.raises(ValueError, match="outside the calendar"):
        probleem(rijen.assign(calendar=rijen["calendar"] + 12), profiles)
    with pytest.raises(ValueError, match="outside the calendar"):
        probleem(rijen.assign(calendar=rijen["calendar"] - 1), profiles)


def test_onbekend_profiel_is_een_fout():
    rijen, profiles = trek(1)
    rijen.loc[0, "profile"] = 40
    with pytest.raises(ValueError, match="profile that does not exist"):
        probleem(rijen, profiles)


def test_resultaat_is_bevroren():
    rijen, profiles = trek(1)
    fit = fit_hazard(probleem(rijen, profiles, "geen"), 1)
    with pytest.raises(ValueError, match="read-only"):
        fit.coef[0] = 0.0
    assert not naar_rijen(naar_exposure(rijen)).empty
