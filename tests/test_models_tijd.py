"""The clock (calendar months against dateutil) and the smooth trend."""

import calendar as kalender
import datetime as dt
from itertools import pairwise

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st
from patsy import cr

from kompas.models.calendar import (
    add_months,
    age_at,
    birthday,
    days_of,
    first_day,
    full_months,
    month_of,
    to_date,
    to_day,
)
from kompas.models.timedesign import TimeSpec, band_of, frozen_trend, make_spec, make_time_design, natural_spline

LINEAIR = 1e-9  # second difference of a straight line
RUIMTE = 1e-8  # two bases of one space give the same fitted curve
INSTELLING = settings(derandomize=True, deadline=None, max_examples=200)
LASTIG = [
    dt.date(2000, 2, 29),
    dt.date(2004, 2, 29),
    dt.date(1900, 2, 28),
    dt.date(1999, 12, 31),
    dt.date(2007, 1, 31),
    dt.date(2008, 1, 31),
    dt.date(2007, 8, 31),
    dt.date(2007, 3, 30),
    dt.date(1969, 12, 31),
    dt.date(1970, 1, 1),
    dt.date(2100, 2, 28),
]
datums = st.one_of(st.sampled_from(LASTIG), st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
lijsten = st.lists(datums, min_size=1, max_size=30)


def dagen(*lijst: dt.date) -> np.ndarray:
    return np.array([to_day(d) for d in lijst], dtype=np.int64)


def alle_datums(n: int = 4000) -> list[dt.date]:
    rng = np.random.default_rng(29)
    van, tot = to_day(dt.date(1910, 1, 1)), to_day(dt.date(2090, 1, 1))
    uit = [to_date(d) for d in rng.integers(van, tot, n)]
    eind = [d.replace(day=kalender.monthrange(d.year, d.month)[1]) for d in uit[: n // 4]]
    schrikkel = [dt.date(j, 2, 29) for j in range(1912, 2090, 4)]
    return uit + eind + schrikkel + LASTIG


# --- calendar months ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("maanden", [0, 1, 2, 6, 11, 12, 13, 48, 60, 201, -1, -12, -13])
def test_maanden_optellen_zoals_dateutil(maanden):
    alle = alle_datums()
    onze = add_months(dagen(*alle), maanden)
    assert [to_date(d) for d in onze] == [d + relativedelta(months=maanden) for d in alle]


@given(lijsten, st.lists(st.integers(-600, 600), min_size=30, max_size=30))
@INSTELLING
def test_maanden_optellen_per_rij(lijst, maanden):
    onze = add_months(dagen(*lijst), np.array(maanden[: len(lijst)]))
    assert [to_date(d) for d in onze] == [d + relativedelta(months=m) for d, m in zip(lijst, maanden, strict=False)]


@given(lijsten)
@INSTELLING
def test_maand_en_eerste_dag(lijst):
    maand = month_of(dagen(*lijst))
    assert maand.tolist() == [12 * d.year + d.month - 1 for d in lijst]
    assert [to_date(d) for d in first_day(maand)] == [d.replace(day=1) for d in lijst]


@given(datums, st.integers(0, 20_000))
@INSTELLING
def test_hele_maanden_zijn_de_laatste_die_past(begin, later):
    """Month k runs from begin + k to begin + k + 1: found by counting up with dateutil."""
    dag = begin + dt.timedelta(days=later)
    k = int(full_months(dagen(begin), dagen(dag))[0])
    assert begin + relativedelta(months=k) <= dag < begin + relativedelta(months=k + 1)


def test_hele_maanden_bij_het_einde_van_de_maand():
    """From 31 January: month 1 begins on 28 February (29 in a leap year), month 2 on 31 March."""
    begin = dt.date(2007, 1, 31)
    verwacht = {
        dt.date(2007, 1, 31): 0,
        dt.date(2007, 2, 27): 0,
        dt.date(2007, 2, 28): 1,
        dt.date(2007, 3, 30): 1,
        dt.date(2007, 3, 31): 2,
        dt.date(2008, 2, 28): 12,
        dt.date(2008, 2, 29): 13,
    }
    onze = full_months(dagen(*[begin] * len(verwacht)), dagen(*verwacht))
    assert onze.tolist() == list(verwacht.values())


def test_formulier_van_2007():
    """On benefit since 8-5-2007, calculated on 8-11-2007: six whole months, 24 years old (born 8-11-1983)."""
    assert full_months(dagen(dt.date(2007, 5, 8)), dagen(dt.date(2007, 11, 8))).tolist() == [6]
    assert age_at(dagen(dt.date(1983, 11, 8)), dagen(dt.date(2007, 11, 8))).tolist() == [24]
    assert age_at(dagen(dt.date(1983, 11, 8)), dagen(dt.date(2007, 11, 7))).tolist() == [23]


@given(lijsten, st.integers(0, 40_000))
@INSTELLING
def test_leeftijd_zoals_dateutil(lijst, later):
    """But for 29 February, when dateutil celebrates on 28 February and the law on 1 March."""
    lijst = [d for d in lijst if (d.month, d.day) != (2, 29)]
    dag = [d + dt.timedelta(days=later) for d in lijst]
    verwacht = [relativedelta(b, a).years for a, b in zip(lijst, dag, strict=True)]
    assert age_at(dagen(*lijst), dagen(*dag)).tolist() == verwacht


@given(lijsten, st.integers(0, 100))
@INSTELLING
def test_verjaardag(lijst, jaren):
    onze = [to_date(d) for d in birthday(dagen(*lijst), jaren)]
    for geboren, dag in zip(lijst, onze, strict=True):
        try:
            verwacht = geboren.replace(year=geboren.year + jaren)
        except ValueError:
            verwacht = dt.date(geboren.year + jaren, 3, 1)
        assert dag == verwacht
        assert age_at(dagen(geboren), dagen(dag))[0] == jaren
        if jaren:
            assert age_at(dagen(geboren), dagen(dag))[0] == age_at(dagen(geboren), dagen(dag) - 1)[0] + 1


def test_dagen_van_datums():
    waarden = np.array(["1970-01-01", "NaT", "2007-06-30", "1969-12-31"], dtype="datetime64[ns]")
    assert days_of(waarden, missing=-99).tolist() == [0, -99, to_day(dt.date(2007, 6, 30)), -1]
    assert all(to_date(to_day(d)) == d for d in LASTIG)


# --- trend --------------------------------------------------------------------------------------------------------

KNOPEN = (0.0, 1.5, 3.5, 4.0, 6.5)


def test_spline_is_lineair_buiten_de_buitenste_knopen():
    for x in (np.linspace(-4, 0, 21), np.linspace(6.5, 14, 21)):
        np.testing.assert_allclose(np.diff(natural_spline(x, KNOPEN), 2, axis=0), 0.0, atol=LINEAIR)


def test_spline_is_kubisch_en_glad_ertussen():
    """Between knots the fourth difference is zero; value, slope and curvature do not jump at a knot."""
    for a, b in pairwise(KNOPEN):
        x = np.linspace(a, b, 12)
        np.testing.assert_allclose(np.diff(natural_spline(x, KNOPEN), 4, axis=0), 0.0, atol=LINEAIR)
    stap = 1e-3
    for t in KNOPEN:
        links = natural_spline(t + stap * np.array([-3.0, -2, -1]), KNOPEN)
        rechts = natural_spline(t + stap * np.array([1.0, 2, 3]), KNOPEN)
        krom_links, krom_rechts = (np.diff(v, 2, axis=0)[0] / stap**2 for v in (links, rechts))
        np.testing.assert_allclose(krom_links, krom_rechts, atol=30 * stap)
    assert np.abs(np.diff(natural_spline(np.linspace(1.5, 3.5, 9), KNOPEN), 2, axis=0)).max() > 1e-3  # it does bend


def test_spline_spant_dezelfde_ruimte_als_patsy():
    """The projections of a wiggly curve on both bases (with a constant) are the same curve."""
    x = np.linspace(0.0, 6.5, 300)
    y = np.sin(2 * x) + 0.3 * x**2
    hunne = np.asarray(cr(x, knots=KNOPEN[1:-1], lower_bound=KNOPEN[0], upper_bound=KNOPEN[-1]))
    onze = np.column_stack([np.ones(x.size), natural_spline(x, KNOPEN)])
    assert hunne.shape == onze.shape == (300, len(KNOPEN))
    curves = [basis @ np.linalg.lstsq(basis, y, rcond=None)[0] for basis in (onze, hunne)]
    np.testing.assert_allclose(curves[0], curves[1], atol=RUIMTE)
    assert np.linalg.matrix_rank(onze) == len(KNOPEN)


def test_spline_met_weinig_knopen():
    x = np.array([-1.0, 0.5, 3.0])
    assert natural_spline(x, ()).shape == (3, 0)
    np.testing.assert_array_equal(natural_spline(x, (0.0, 2.0)), x[:, None])


@pytest.mark.parametrize("maanden", [12, 18, 36, 60, 78, 120, 240])
def test_knopen_van_het_venster(maanden):
    spec = make_spec((1,), "maand+trend", 12 * 2001, 12 * 2001 + maanden - 1)
    assert spec.knots[0] == 0.0
    assert spec.knots[-1] == pytest.approx(maanden / 12)
    assert np.diff(spec.knots).min() >= 1.0
    assert spec.n_trend == make_time_design(spec).calendar.shape[1] - 11


def test_kort_venster_heeft_geen_trend():
    assert make_spec((1,), "maand+trend", 0, 10).knots == ()
    assert make_spec((1,), "maand", 0, 100).knots == ()
    geen = make_spec((1,), "geen", 0, 100)
    assert (geen.season, make_time_design(geen).calendar.shape[1]) == (False, 0)


def test_trend_stilgezet_op_de_laatste_twaalf_maanden():
    spec = make_spec((1, 12), "maand+trend", 12 * 2001, 12 * 2007 + 5)
    kolommen = make_time_design(spec).calendar[-12:, 11:]
    np.testing.assert_allclose(frozen_trend(spec), kolommen.mean(axis=0), rtol=1e-12)
    assert frozen_trend(spec).shape == (spec.n_trend,)


@pytest.mark.parametrize("banden", [(), (1,), (3, 6), (1, 2, 12, 60)])
def test_banden_van_duur(banden):
    spec = TimeSpec(bands=banden, season=False, knots=(), first=0, last=0)
    maanden = np.arange(80)
    band = band_of(maanden, banden)
    for maand, b in zip(maanden, band, strict=True):
        onder, boven = (0, *banden)[b], (*banden, 10**6)[b]
        assert onder <= maand < boven  # month k (0-based) lies in the band (k, k + 1]
    ontwerp = make_time_design(spec).duration
    rij = np.minimum(maanden, ontwerp.shape[0] - 1)
    np.testing.assert_array_equal(ontwerp[rij].argmax(axis=1), band)
    assert len(spec.band_names) == len(banden) + 1
