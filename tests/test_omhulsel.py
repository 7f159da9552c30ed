"""The interval of an effect that hangs on an assumption holds every other answer."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from kompas.meterbasis import andere_antwoorden, omhulsel, per_groep

FASEN = ("tijdens", "na_0")
NAMEN = ("duur=0-1", *(f"inzet:{i}={f}" for i in ("traject", "training") for f in FASEN))
GRAD = np.array([0.0, 1.0, 0.7, 0.3, -0.4])  # of some outcome to the coefficients of the first bestemming


def geval(grond: list[str]) -> tuple[SimpleNamespace, SimpleNamespace, np.ndarray]:
    """Two instruments of two phases, exit to work."""
    sleutels = pd.DataFrame(
        {"instrument": ["traject", "traject", "training", "training"], "fase": [*FASEN] * 2, "groep": "allen"}
    )
    config = SimpleNamespace(instrument=[SimpleNamespace(code=c) for c in ("traject", "training")])
    g = SimpleNamespace(basis=SimpleNamespace(names=NAMEN), config=config)
    rijen = SimpleNamespace(sleutels=sleutels, oorzaak=np.zeros(4, dtype=np.int64))
    return g, rijen, np.array(grond, dtype=object)


def breder(grond: list[str], beste: np.ndarray, anders: list[np.ndarray]) -> float:
    g, rijen, gronden = geval(grond)
    v = omhulsel(g, rijen, gronden, beste, anders)
    grad = np.concatenate([GRAD, np.zeros(2 * GRAD.size)])
    return float(np.sqrt(grad @ v @ grad))


@pytest.mark.parametrize("k", [0, 1])
def test_twee_antwoorden_aan_weerszijden_heffen_elkaar_niet_op(k: int):
    """One type fewer: (+.20, +.30); one type more: (-.21, -.15): shifts of +.41 and -.315 of the outcome."""
    anders = [np.array([0.20, 0.30, 0, 0]), np.array([-0.21, -0.15, 0, 0])]
    shift = [0.41, -0.315]
    assert anders[k][:2] @ GRAD[1:3] == pytest.approx(shift[k])
    beide = breder(["typen_wisselen"] * 4, np.zeros(4), anders)
    assert beide == pytest.approx(np.hypot(*shift))
    assert beide >= abs(shift[k])
    assert breder(["typen_wisselen"] * 4, np.zeros(4), anders[k : k + 1]) == pytest.approx(abs(shift[k]))


def test_alleen_wat_van_een_aanname_afhangt_wordt_breder():
    beste = np.array([0.5, 0.5, 0.1, 0.1])
    ander = [np.array([0.7, 0.9, 0.4, 0.0])]
    assert breder(["typen_eens", "typen_eens", "geen_verschil", "te_weinig"], beste, ander) == 0.0
    assert breder(["typen_wisselen", "typen_eens", "typen_eens", "typen_eens"], beste, ander) == pytest.approx(0.2)
    per_instrument = np.hypot(0.2 + 0.7 * 0.4, 0.3 * 0.3 + 0.4 * 0.1)  # instruments do not cancel either
    assert breder(["klein"] * 4, beste, ander) == pytest.approx(per_instrument)
    assert breder(["klein"] * 4, beste, [np.full(4, np.nan)]) == 0.0  # no answer, no shift


def selectie(*, gesteund: bool, instroom: np.ndarray | None) -> SimpleNamespace:
    """Fits with one, two and three types, of which the second (or the first) was chosen."""
    fits = pd.DataFrame(
        {
            "gekozen": [not gesteund, gesteund, False],
            "bruikbaar": True,
            "aic": [103.0, 100.0, 101.0],
            "typen": [1, 2, 3],
        }
    )
    pad = [np.full(4, 0.1), np.full(4, 0.2), np.full(4, 0.3)]
    return SimpleNamespace(gesteund=gesteund, fits=fits, pad=pad, instroom=instroom)


def test_zonder_typen_tellen_alle_methoden_mee_ook_bij_weinig_klanten():
    per_methode = {"waargenomen": (np.full(4, 0.0), None), "landmark": (np.full(4, 0.5), None)}
    wel = np.array([True, True, True, False])
    klein = np.array(["klein"] * 4, dtype=object)
    uit = andere_antwoorden(klein, per_methode, wel, None)
    np.testing.assert_array_equal(uit[0], 0.0)
    np.testing.assert_array_equal(uit[1], [0.5, 0.5, 0.5, np.nan])
    assert len(uit) == 2
    met = andere_antwoorden(klein, per_methode, wel, selectie(gesteund=False, instroom=None))
    assert [float(a[0]) for a in met] == [0.0, 0.5, 0.2]  # and two types, three AIC better than one


def test_met_typen_tellen_buren_en_instroom_en_niet_wat_verworpen_is():
    per_methode = {"waargenomen": (np.full(4, 0.0), None), "landmark": (np.full(4, 0.5), None)}
    grond = np.array(["typen_wisselen", "geen_intrede", "instroom_anders", "typen_eens"], dtype=object)
    s = selectie(gesteund=True, instroom=np.full(4, 0.4))
    uit = andere_antwoorden(grond, per_methode, np.ones(4, dtype=bool), s)
    np.testing.assert_array_equal(uit[0], [np.nan, 0.0, np.nan, np.nan])
    assert [float(a[0]) for a in uit[1:]] == [0.4, 0.3]  # one type is no neighbour of supported types


def test_per_groep_is_landmark_wat_de_meters_gebruiken():
    """The common effect moves from -.2 to +.1, and every group with it: .25 + .2 + .1; variances add what is more."""
    sleutels = pd.DataFrame(
        {
            "instrument": ["a"] * 3 + ["b"] * 2,
            "fase": "na_0",
            "bestemming": "werk",
            "groep": ["allen", "opleiding=vmbo", "opleiding=hoger", "opleiding=vmbo", "allen"],
        }
    )
    waargenomen = np.array([-0.2, 0.25, -0.4, 0.0, 0.3]), np.array([0.1, 0.2, 0.2, 0.3, 0.2])
    landmark = np.array([0.1, 9.0, 9.0, 9.0, 0.0]), np.array([0.15, 9.0, 9.0, 9.0, 1.0])
    zonder = np.array([False, True, False, False, True])
    (log, se), onvoldoende = per_groep(SimpleNamespace(sleutels=sleutels), waargenomen, landmark, zonder)
    np.testing.assert_allclose(log[:3], [0.1, 0.55, -0.1])
    np.testing.assert_allclose(se[:3], [0.15, np.sqrt(0.04 + 0.0125), np.sqrt(0.04 + 0.0125)])
    assert onvoldoende.tolist() == [False, False, False, True, True]
