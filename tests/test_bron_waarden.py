"""Numbers, dates and codes on their own: round trips and edges."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas.bron.typen import Kolom
from kompas.bron.waarden import (
    ANDER_TEKEN,
    BUITEN_BEREIK,
    DUBBELZINNIG,
    GOED,
    ONLEESBAAR,
    Decimaal,
    beslis_decimaal,
    getallen,
    getalsoort,
    lees_datum,
    lees_getal,
    lijkt_bsn,
)

NOTATIES = ["{d:02d}-{m:02d}-{j:04d}", "{d}-{m}-{j:04d}", "{j:04d}-{m:02d}-{d:02d}", "{j:04d}{m:02d}{d:02d}"]


def kolom(*waarden: str) -> Kolom:
    uniek = tuple(dict.fromkeys(waarden))
    return Kolom(codes=np.array([uniek.index(w) for w in waarden], dtype=np.int32), uniek=uniek)


@given(
    st.dates(dt.date(1900, 1, 2), dt.date(2199, 12, 31)), st.sampled_from(NOTATIES), st.sampled_from(["", " 00:00:00"])
)
def test_datum_heen_en_terug(datum, notatie, tijd):
    tekst = notatie.format(d=datum.day, m=datum.month, j=datum.year) + tijd
    assert lees_datum(tekst) == (datum, GOED)


@pytest.mark.parametrize(
    "tekst",
    [
        "",
        "0",
        "00000000",
        "99999999",
        "31-12-9999",
        "9999-12-31",
        "99991231",
        "1-1-1900",
        "1900-01-01 00:00:00",
        "0000-00-00",
    ],
)
def test_geen_datum(tekst):
    assert lees_datum(tekst) == (None, GOED)


@pytest.mark.parametrize(
    "tekst",
    ["31-02-2005", "29-02-2007", "2005-13-01", "05-2005", "1-2-05", "01/02/2005", "39263", "20050230", "1-1-2005 x"],
)
def test_onleesbare_datum(tekst):
    assert lees_datum(tekst) == (None, ONLEESBAAR)


@pytest.mark.parametrize("tekst", ["01-01-1849", "01-01-2200", "30-12-9999"])
def test_datum_buiten_bereik(tekst):
    assert lees_datum(tekst) == (None, BUITEN_BEREIK)


@given(st.integers(-(10**12), 10**12), st.integers(0, 4), st.booleans(), st.sampled_from(",."))
def test_getal_heen_en_terug(getal, decimalen, groepen, teken):
    waarde = getal / 10**decimalen
    tekst = f"{waarde:{',' if groepen else ''}.{decimalen}f}"
    if teken == ",":
        tekst = tekst.translate(str.maketrans(",.", ".,"))
    assert lees_getal(tekst, teken) == float(f"{waarde:.{decimalen}f}")
    # what the text says about the separator is never the wrong one
    assert getalsoort(tekst) in ("zeker", "dubbelzinnig", "komma" if teken == "," else "punt")


@given(st.text(alphabet="0123456789.,-+", max_size=12))
def test_een_tekst_past_hoogstens_op_een_manier_of_is_dubbelzinnig(tekst):
    komma, punt, soort = lees_getal(tekst, ","), lees_getal(tekst, "."), getalsoort(tekst)
    if komma is not None and punt is not None and komma != punt:
        assert soort == "dubbelzinnig"
    if soort == "komma":
        assert komma is not None
        assert punt is None
    if soort == "punt":
        assert punt is not None
        assert komma is None
    if soort == "fout":
        assert komma is None
        assert punt is None


def test_het_bestand_beslist_over_het_decimaalteken():
    assert beslis_decimaal([kolom("1.234", "812,5")]).teken == ","
    assert beslis_decimaal([kolom("1.234"), kolom("812.5")]).teken == "."
    assert beslis_decimaal([kolom("1.234", "7")]).teken == ""
    assert beslis_decimaal([kolom("1.234.567")]).teken == ","
    assert beslis_decimaal([kolom("0.500")]).teken == "."
    assert beslis_decimaal([kolom("1,5", "1,5", "1.5")]).tegenstrijdig
    assert beslis_decimaal([kolom("1,5", "1,5", "1.5")]).teken == ","
    assert beslis_decimaal([kolom("1,5")], ".").teken == "."


def test_getallen_met_status():
    waarden, status = getallen(kolom("1.234,5", "1.234", "", "x", "1234.5", "7"), Decimaal(teken=","))
    np.testing.assert_equal(waarden, [1234.5, 1234, np.nan, np.nan, np.nan, 7])
    assert status.tolist() == [GOED, GOED, GOED, ONLEESBAAR, ANDER_TEKEN, GOED]
    _, status = getallen(kolom("1.234", "7", "1e400"), Decimaal(teken=""))
    assert status.tolist() == [DUBBELZINNIG, GOED, ONLEESBAAR]
    assert getallen(kolom("1.5e-3"), Decimaal(teken="."))[0].tolist() == [0.0015]


def test_elfproef():
    assert lijkt_bsn("123456782")
    assert lijkt_bsn("1234.56.782")
    assert lijkt_bsn("10000008") == lijkt_bsn("010000008")
    assert not lijkt_bsn("000000000")
    assert not lijkt_bsn("12345678²")
    assert sum(lijkt_bsn(str(n)) for n in range(100_000_000, 100_001_100)) == pytest.approx(100, abs=12)
