"""The verdict: every rule on its own, the order in which they decide, and what it means for an instrument."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from kompas.bewijs import _zin_placebo
from kompas.oordeel import BLOKKEERT, OORDEEL_VAN, OORDELEN, TOELICHTING, Bewijs, gronden, oordeel_over_instrument

GOED = {
    "weinig": False,
    "iedereen": False,
    "meteen": False,
    "aanmelding": False,
    "stabiel": True,
    "instroom": True,
    "onderzocht": True,
    "onzeker": False,
    "intrede": True,
    "eens": True,
    "landmark": True,
}
EFFECT, SE = np.array([0.5]), np.array([0.1])


def bewijs(n: int = 1, *, gesteund: bool, **anders) -> Bewijs:
    vlaggen = {k: np.full(n, v) for k, v in (GOED | anders).items()}
    bekend = {f.name: vlaggen.get(f.name) for f in fields(Bewijs) if f.name != "gesteund"}
    assert not [k for k, v in bekend.items() if v is None]
    return Bewijs(**bekend, gesteund=gesteund)


def grond(*, gesteund: bool, effect: float = 0.5, se: float = 0.1, **anders) -> str:
    return str(gronden(bewijs(gesteund=gesteund, **anders), np.array([effect]), np.array([se]))[0])


@pytest.mark.parametrize(
    ("gesteund", "anders", "verwacht", "oordeel"),
    [
        (False, {}, "methoden_eens", "vastgesteld"),
        (True, {}, "typen_eens", "vastgesteld"),
        (True, {"eens": False}, "typen_eens", "vastgesteld"),  # landmark need not agree: its assumption was rejected
        (True, {"landmark": False}, "typen_eens", "vastgesteld"),
        (True, {"stabiel": False}, "typen_wisselen", "afhankelijk_van_aanname"),
        (True, {"instroom": False}, "instroom_anders", "afhankelijk_van_aanname"),
        (True, {"intrede": False}, "geen_intrede", "afhankelijk_van_aanname"),
        (True, {"meteen": True}, "vooral_meteen", "niet_vastgesteld"),  # timing identifies nothing
        (False, {"meteen": True}, "vooral_meteen", "niet_vastgesteld"),
        (True, {"meteen": True, "intrede": False}, "vooral_meteen", "niet_vastgesteld"),
        (False, {"eens": False}, "methoden_verschillen", "afhankelijk_van_aanname"),
        (False, {"onderzocht": False}, "klein", "afhankelijk_van_aanname"),
        (False, {"onzeker": True}, "typen_onzeker", "afhankelijk_van_aanname"),
        (False, {"landmark": False}, "een_methode", "afhankelijk_van_aanname"),
        (True, {"onderzocht": False}, "typen_eens", "vastgesteld"),  # types were found: there were clients enough
        (False, {"intrede": False}, "methoden_eens", "vastgesteld"),
        (False, {"instroom": False}, "methoden_eens", "vastgesteld"),
        *((g, {"weinig": True}, "te_weinig", "onvoldoende_gegevens") for g in (True, False)),
        *((g, {"iedereen": True}, "iedereen_meteen", "niet_vastgesteld") for g in (True, False)),
        *((g, {"aanmelding": True}, "aanmelding", "niet_vastgesteld") for g in (True, False)),
    ],
)
def test_elke_regel(gesteund, anders, verwacht, oordeel):
    assert grond(gesteund=gesteund, **anders) == verwacht
    assert OORDEEL_VAN[verwacht] == oordeel


@pytest.mark.parametrize("gesteund", [True, False])
def test_interval_met_de_nul_is_geen_verschil(gesteund):
    assert grond(gesteund=gesteund, effect=0.195, se=0.1) == "geen_verschil"
    assert grond(gesteund=gesteund, effect=-0.195, se=0.1) == "geen_verschil"
    assert grond(gesteund=gesteund, effect=0.197, se=0.1) != "geen_verschil"
    assert OORDEEL_VAN["geen_verschil"] == "niet_vastgesteld"
    # what depends on an assumption is said first: without a difference or with
    assert grond(gesteund=True, effect=0.0, stabiel=False) == "typen_wisselen"


def test_volgorde_waarin_regels_beslissen():
    """Everything is wrong: take the reasons away one by one, and the next decides."""
    met = ["weinig", "iedereen", "aanmelding", "meteen", "intrede", "stabiel", "instroom"]
    zonder = ["weinig", "iedereen", "aanmelding", "meteen", "landmark", "onderzocht", "onzeker", "eens"]
    verwacht = {
        True: "te_weinig iedereen_meteen aanmelding vooral_meteen geen_intrede typen_wisselen instroom_anders",
        False: "te_weinig iedereen_meteen aanmelding vooral_meteen een_methode klein typen_onzeker "
        "methoden_verschillen",
    }
    for gesteund, orde in ((True, met), (False, zonder)):
        fout = {k: not v for k, v in GOED.items()}
        gezien = [grond(gesteund=gesteund, effect=0.0, **fout)]
        for naam in orde:
            fout[naam] = GOED[naam]
            gezien.append(grond(gesteund=gesteund, effect=0.0, **fout))
        assert gezien == [*verwacht[gesteund].split(), "geen_verschil"]


@pytest.mark.parametrize(
    ("verwacht", "vertrokken", "uitkomst"),
    [
        (0.0, 0, "niet te toetsen"),
        (4.9, 0, "niet te toetsen"),
        (5.0, 0, "mislukt"),
        (112.0, 4, "mislukt"),  # a handful of cancelled starts was registered: the rest is missing all the same
        (112.0, 41, "in orde"),  # P(41 or fewer | 56) = .02: may be chance
        (112.0, 38, "mislukt"),  # P(38 or fewer | 56) = .007
        (112.0, 112, "in orde"),
    ],
)
def test_placebo_voor_het_begin(verwacht, vertrokken, uitkomst):
    gezien, zin = _zin_placebo(verwacht, vertrokken)
    assert gezien == uitkomst
    assert ("minder dan 10" in zin) == (0 < vertrokken < 10)  # nobody can be recognised


def test_elke_rij_apart():
    b = bewijs(3, gesteund=False, eens=np.array([True, False, True]), weinig=np.array([False, False, True]))
    uit = gronden(b, np.array([0.5, 0.5, 0.5]), np.full(3, 0.1))
    assert uit.tolist() == ["methoden_eens", "methoden_verschillen", "te_weinig"]


def test_elke_grond_heeft_een_oordeel_en_een_zin():
    assert set(OORDEEL_VAN) == set(TOELICHTING)
    assert set(OORDEEL_VAN.values()) == set(OORDELEN)
    assert set(BLOKKEERT) <= set(OORDEEL_VAN)
    assert all(z.endswith(".") and len(z) > 40 for z in TOELICHTING.values())


@pytest.mark.parametrize(
    ("gegeven", "verwacht"),
    [
        ([], "onvoldoende_gegevens"),
        (["typen_eens"], "vastgesteld"),
        (["methoden_eens", "geen_verschil", "geen_verschil"], "vastgesteld"),
        (["geen_verschil", "geen_verschil"], "niet_vastgesteld"),
        (["typen_eens", "typen_wisselen"], "afhankelijk_van_aanname"),
        (["geen_verschil", "klein"], "afhankelijk_van_aanname"),
        (["klein", "klein"], "afhankelijk_van_aanname"),
        (["typen_eens", "te_weinig"], "onvoldoende_gegevens"),
        (["iedereen_meteen", "te_weinig"], "onvoldoende_gegevens"),
        (["iedereen_meteen", "iedereen_meteen"], "niet_vastgesteld"),
        (["typen_eens", "aanmelding"], "niet_vastgesteld"),
        (["klein", "iedereen_meteen"], "niet_vastgesteld"),
        (["vooral_meteen", "vooral_meteen"], "niet_vastgesteld"),
    ],
)
def test_oordeel_over_een_instrument(gegeven, verwacht):
    rijen = pd.DataFrame({"grond": gegeven, "oordeel": [OORDEEL_VAN[g] for g in gegeven]}, dtype=object)
    assert oordeel_over_instrument(rijen) == verwacht
    assert oordeel_over_instrument(rijen.iloc[::-1]) == verwacht
