import datetime as dt

import numpy as np
import pandas as pd
import pytest

from kompas.weergave.getallen import aantal, datum, euro, getal, interval, klein_aantal, percent, rond

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("waarde", "decimalen", "tekst"),
    [
        (1234567.891, 2, "1.234.567,89"),
        (-1234.5, 1, "−1.234,5"),
        (0.125, 2, "0,13"),  # half away from zero, not to even
        (2.5, 0, "3"),
        (-0.0001, 2, "0,00"),
        (-0.0, 0, "0"),
        (np.int64(42), 0, "42"),
        (1e20, 0, "100.000.000.000.000.000.000"),
        (float("inf"), 2, "oneindig"),
        (float("-inf"), 2, "−oneindig"),
    ],
)
def test_getal(waarde, decimalen, tekst):
    assert getal(waarde, decimalen) == tekst


@pytest.mark.parametrize("niets", [None, float("nan"), pd.NA, pd.NaT, np.float32("nan")])
@pytest.mark.parametrize("functie", [getal, euro, percent, aantal, datum, klein_aantal])
def test_ontbrekend_is_onbekend_of_leeg_en_nooit_nul(functie, niets):
    assert functie(niets) == "onbekend"
    assert functie(niets, leeg="") == ""


def test_euro():
    assert euro(395272181) == f"€{NBSP}395.272.181"
    assert euro(-27307719) == f"€{NBSP}−27.307.719"
    assert euro(1345.455, 2) == f"€{NBSP}1.345,46"
    assert euro(0.4) == f"€{NBSP}0"


def test_percent():
    assert percent(-0.069, 1) == "−6,9%"
    assert percent(0.005) == "1%"
    assert percent(1) == "100%"


def test_datum():
    assert datum(dt.date(2007, 6, 3)) == "03-06-2007"
    assert datum(pd.Timestamp("1999-12-31 23:59")) == "31-12-1999"


def test_interval_en_kleine_aantallen():
    assert interval(0.6, 0.834) == "0,60 tot 0,83"
    assert interval(None, 1.0) == "onbekend"
    assert [klein_aantal(n) for n in (0, 1, 9, 10, 1234)] == ["0", "minder dan 10", "minder dan 10", "10", "1.234"]
    assert float(rond(0.995, 2)) == 1.0
