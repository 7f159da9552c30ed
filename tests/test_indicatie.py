"""The indication: by no road a ja for handhaving without a recorded ground, and known answers for the figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from kompas.config import Instrument
from kompas.fouten import GebruiksFout
from kompas.indicatie import (
    ACHTERVOEGSELS,
    GEEN_GUNSTIGE_FASE,
    JA,
    NIET_DOOR_EIGEN,
    Situatie,
    kolommen,
    met_eigen,
)
from kompas.rendement import Vooruitzicht

OORDELEN = ("vastgesteld", "afhankelijk_van_aanname", "niet_vastgesteld", "onvoldoende_gegevens")
BEZOEK = Instrument(code="huisbezoek", meter="handhaving", kosten=250.0)
TRAJECT = Instrument(code="traject", duur_maanden=6, kosten=100.0)


def vooruitzicht(code: str, maanden: np.ndarray, se: np.ndarray) -> Vooruitzicht:
    leeg = np.full(maanden.size, 0.5)
    kansen = dict.fromkeys((3, 6, 12, 24), leeg)
    return Vooruitzicht(
        kans_uitstroom_12m=leeg,
        kans_werk_12m=leeg,
        kans_uitstroom=kansen,
        kans_werk=kansen,
        verwachte_maanden=leeg,
        maanden_bespaard={code: maanden},
        se_maanden={code: se},
        waarde={code: maanden},
        se_waarde={code: se},
    )


@st.composite
def situaties(draw: st.DrawFn) -> tuple[Vooruitzicht, Situatie, float]:
    n = draw(st.integers(0, 6))

    def vlag() -> np.ndarray:
        return np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)

    def getal(laag: float, hoog: float) -> np.ndarray:
        waarde = st.one_of(st.floats(laag, hoog), st.just(float("nan")))
        return np.array(draw(st.lists(waarde, min_size=n, max_size=n)), dtype=np.float64)

    s = Situatie(
        loopt=vlag(),
        scoort=vlag(),
        steun=vlag(),
        grond=draw(st.one_of(st.none(), st.just(vlag()))),
        bedrag=getal(0, 5000),
        prijs=draw(st.one_of(st.floats(0, 1e5), st.just(float("nan")))),
        oordeel=draw(st.sampled_from(OORDELEN)),
        helpt=draw(st.booleans()),
        eigen=draw(st.one_of(st.none(), st.just((getal(-60, 60), np.abs(getal(0, 10)))))),
    )
    v = vooruitzicht(BEZOEK.code, getal(-60, 60), np.abs(getal(0, 10)))
    return v, s, draw(st.floats(0.501, 0.999))


@settings(max_examples=300, deadline=None)
@given(situaties())
def test_handhaving_zonder_grond_is_nooit_ja(geval: tuple[Vooruitzicht, Situatie, float]) -> None:
    v, s, minimum = geval
    uit = kolommen(BEZOEK, v, s, minimum)
    grond = np.zeros(s.loopt.size, dtype=bool) if s.grond is None else s.grond
    ja = uit["huisbezoek_indicatie"] == "ja"
    assert not (ja & ~grond).any()
    zonder = ~grond & ~s.loopt
    assert (uit["huisbezoek_indicatie"][zonder] == ("nee" if s.oordeel in OORDELEN[:2] else "geen_uitspraak")).all()
    for k in ACHTERVOEGSELS[:6]:  # no figure about a person either
        assert np.isnan(uit[f"huisbezoek_{k}"][~grond].astype(float)).all()
    assert (ja <= (s.scoort & s.steun & ~s.loopt)).all()
    assert not ja.any() or s.oordeel in OORDELEN[:2]


@settings(max_examples=200, deadline=None)
@given(situaties())
def test_een_ja_heeft_altijd_euros_en_een_kans_boven_de_grens(geval: tuple[Vooruitzicht, Situatie, float]) -> None:
    v, s, minimum = geval
    ins = BEZOEK.model_copy(update={"meter": "reintegratie"})
    uit = kolommen(ins, v, s, minimum)
    ja = uit["huisbezoek_indicatie"] == "ja"
    assert (uit["huisbezoek_kans_positief"][ja] >= minimum).all()
    for k in ("netto", "netto_laag", "netto_hoog"):
        assert not np.isnan(uit[f"huisbezoek_{k}"][ja]).any()
    if s.oordeel == "afhankelijk_van_aanname":
        assert (uit["huisbezoek_netto_laag"][ja] > 0).all()
    assert s.helpt or not ja.any()
    assert (uit["huisbezoek_reden"][ja] == JA[s.oordeel]).all()
    assert set(uit["huisbezoek_indicatie"]) <= {"ja", "nee", "geen_uitspraak"}
    assert all(uit["huisbezoek_reden"] != "")


def situatie(n: int, **anders: object) -> Situatie:
    waar = np.ones(n, dtype=bool)
    basis = {
        "loopt": ~waar,
        "scoort": waar,
        "steun": waar,
        "grond": None,
        "bedrag": np.full(n, 1000.0),
        "prijs": 100.0,
        "oordeel": "vastgesteld",
    }
    return Situatie(**(basis | anders))


def test_de_cijfers_op_papier_nagerekend() -> None:
    """Two months saved of 1,000 euros, standard error half a month, cost 100: netto 1,900 plus or minus 980."""
    uit = kolommen(TRAJECT, vooruitzicht("traject", np.array([2.0]), np.array([0.5])), situatie(1), 0.8)
    assert uit["traject_opbrengst"][0] == 2000.0
    assert uit["traject_netto"][0] == 1900.0
    assert uit["traject_netto_laag"][0] == pytest.approx(1900 - norm.ppf(0.975) * 500)
    assert uit["traject_netto_hoog"][0] == pytest.approx(1900 + norm.ppf(0.975) * 500)
    assert uit["traject_kans_positief"][0] == pytest.approx(norm.cdf(3.8))
    assert uit["traject_indicatie"][0] == "ja"


def test_geen_ja_als_alleen_de_insluiting_vaststaat() -> None:
    """The gain comes from phases that may be chance: nothing can be said; a clear loss stays a nee."""
    v = vooruitzicht("traject", np.array([2.0, -2.0]), np.array([0.5, 0.5]))
    uit = kolommen(TRAJECT, v, situatie(2, helpt=False), 0.8)
    assert uit["traject_indicatie"].tolist() == ["geen_uitspraak", "nee"]
    assert uit["traject_reden"][0] == GEEN_GUNSTIGE_FASE


def test_geen_ja_door_uitstroom_naar_iets_anders_dan_werk() -> None:
    """Of 2.0 months saved .2 come from work: 200 euros against a price of 100 with a standard error of 150 are too few.

    Chance of a positive balance: Phi((200 - 100) / 150) = .75, below .80; with a standard error of 100 it is .84.
    """
    v = vooruitzicht("traject", np.full(3, 2.0), np.full(3, 0.5))
    gevraagd: list[list[int]] = []

    def apart(wie: np.ndarray) -> Vooruitzicht:
        gevraagd.append(wie.tolist())
        return vooruitzicht("traject", np.full(wie.size, 0.2), np.array([0.15, 0.10])[: wie.size])

    loopt = np.array([False, True, False])
    uit = met_eigen(TRAJECT, v, situatie(3, loopt=loopt), 0.8, apart)
    assert gevraagd == [[0, 2]]  # only who would get a ja
    assert uit["traject_indicatie"].tolist() == ["nee", "geen_uitspraak", "ja"]
    assert uit["traject_reden"].tolist() == [NIET_DOOR_EIGEN["werk"], "loopt al", JA["vastgesteld"]]
    assert uit["traject_netto"][0] == 1900.0  # the figures are those of all exits together
    hangt = met_eigen(TRAJECT, v, situatie(3, loopt=loopt, oordeel="afhankelijk_van_aanname"), 0.8, apart)
    assert hangt["traject_indicatie"].tolist() == ["nee", "geen_uitspraak", "nee"]  # 100 - 1.96 x 100 < 0


def test_een_zwak_effect_geeft_geen_uitspraak_ook_zonder_grond() -> None:
    v = vooruitzicht("huisbezoek", np.array([50.0]), np.array([0.01]))
    uit = kolommen(BEZOEK, v, situatie(1, oordeel="onvoldoende_gegevens"), 0.8)
    assert uit["huisbezoek_indicatie"].tolist() == ["geen_uitspraak"]
    assert uit["huisbezoek_reden"].tolist() == ["effect: onvoldoende gegevens"]


def test_alle_gronden_van_een_ander_aantal_klanten_zijn_een_fout() -> None:
    s = situatie(2, grond=np.array([True]))
    with pytest.raises(GebruiksFout, match="KMP-L003"):
        kolommen(BEZOEK, vooruitzicht("huisbezoek", np.ones(2), np.ones(2)), s, 0.8)


def test_zonder_tabel_met_gronden_heeft_niemand_een_grond() -> None:
    v = vooruitzicht("huisbezoek", np.array([50.0]), np.array([0.01]))
    uit = kolommen(BEZOEK, v, situatie(1, grond=None), 0.8)
    assert uit["huisbezoek_indicatie"].tolist() == ["nee"]
    assert uit["huisbezoek_reden"].tolist() == ["geen vastgelegde concrete grond voor deze klant"]
    met = kolommen(BEZOEK, v, situatie(1, grond=np.array([True])), 0.8)
    assert met["huisbezoek_indicatie"].tolist() == ["ja"]
