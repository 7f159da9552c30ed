"""The additive build-up: Almere's own figures, exact sums, and what happens when a series is missing."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from kompas.fouten import GebruiksFout
from kompas.monitors.maanden import namen, nummer
from kompas.monitors.opbouw import COMPONENTEN, Paar, maak_opbouw, ontleed, opbouw_rond, opbouw_uit_reeksen, opbouwtabel
from kompas.monitors.reeksen import KOLOMMEN, Reeksen


def reeksen(**gebieden):
    """Series that go evenly from one (benefits, households) to another between 2005-12 and 2006-12."""
    maanden = namen(range(nummer("2005-12"), nummer("2006-12") + 1))
    delen = []
    for gebied, (u0, u1, h0, h1) in gebieden.items():
        deel = pd.DataFrame({"maand": maanden, "gebied": gebied, "naam": gebied, "groep": "totaal"})
        deel["uitkeringen"] = np.linspace(u0, u1, 13)
        deel["huishoudens"] = np.linspace(h0, h1, 13)
        delen.append(
            deel.assign(instroom=np.nan, uitstroom=np.nan, uitgaven=np.nan, voorlopig=False, bron="referentie")
        )
    tabel = pd.concat(delen, ignore_index=True)[list(KOLOMMEN)].sort_values(["gebied", "naam", "groep", "maand"])
    return Reeksen(tabel=tabel, gemeente="A", peildatum=dt.date(2006, 12, 31), laatste_maand="2006-12")


def fracties(o):
    return o.tabel.set_index("component")["fractie"]


def test_almere_2006():
    """Almere's volume forecast: 1.7 + 2.1 + 2.1 - 3.7 = +2.2%, 4,282 -> 4,377 (feiten).

    4,282 x 1.022 is 4,376: the source rounds its parts (4,377 / 4,282 = +2.22%).
    """
    o = maak_opbouw(4282, landelijk=1.7, huishoudens=2.1, omgeving=2.1, uitvoeringsbeleid=-3.7)
    assert fracties(o)["totaal"] == pytest.approx(0.022, abs=1e-12)
    assert o.eind == pytest.approx(4376.204)
    assert round(100 * (4377 / 4282 - 1), 1) == 2.2
    assert list(o.tabel["component"]) == [*COMPONENTEN, "totaal"]


def test_almere_2007():
    """-4.4 + 2.6 + 1.8 - 6.7 = -6.7% (feiten)."""
    o = maak_opbouw(4377, landelijk=-4.4, huishoudens=2.6, omgeving=1.8, realisatie=-6.7)
    assert fracties(o)["totaal"] == pytest.approx(-0.067, abs=1e-12)
    assert o.tabel["aantal"].iloc[:-1].sum() == pytest.approx(o.eind - o.start)


def test_delen_uit_reeksen_zijn_met_de_hand_na_te_rekenen():
    o = opbouw_uit_reeksen(
        reeksen(
            eigen=(1000, 1022, 50_000, 52_000),
            nederland=(300_000, 303_000, 7_000_000, 7_070_000),
            regio=(5000, 5200, 100_000, 102_000),
        ),
        2006,
        beleid=-0.037,
    )
    f = fracties(o)
    assert f["landelijk"] == pytest.approx(0.01)
    assert f["huishoudens"] == pytest.approx(0.04 - 0.01)
    assert f["omgeving"] == pytest.approx(1.04 / 1.02 - 1.01 / 1.01)
    assert f["uitvoeringsbeleid"] == -0.037
    assert f[list(COMPONENTEN)].sum() == pytest.approx(0.022, abs=1e-12)
    assert (o.van, o.tot, o.eind) == ("2005-12", "2006-12", pytest.approx(1022))


def test_wat_ontbreekt_zit_in_realisatie_en_wordt_gezegd():
    o = opbouw_uit_reeksen(reeksen(eigen=(1000, 930, np.nan, np.nan), nederland=(100, 95, np.nan, np.nan)), 2006)
    f = fracties(o)
    assert np.isnan(f[["huishoudens", "omgeving"]]).all()
    assert f["realisatie"] == pytest.approx(-0.02)
    assert f["totaal"] == pytest.approx(-0.07)
    assert any("huishoudens" in z for z in o.toelichting)
    assert any("soort regio" in z for z in o.toelichting)


def test_jaar_buiten_de_reeks_is_een_fout():
    with pytest.raises(GebruiksFout, match=r"KMP-Z207.*2006-12 en 2007-12.*2005-12 tot en met 2006-12"):
        opbouw_uit_reeksen(reeksen(eigen=(1000, 930, 1, 1)), 2007)


@pytest.mark.parametrize("start", [0, -5, float("nan")])
def test_zonder_start_geen_opbouw(start):
    with pytest.raises(GebruiksFout, match="KMP-Z206"):
        maak_opbouw(start, landelijk=1.0)


def test_ontleed_kent_geen_deling_door_nul():
    o = ontleed(Paar(begin=100, eind=110, huishoudens_begin=float("nan"), huishoudens_eind=0.0))
    assert fracties(o)["realisatie"] == pytest.approx(0.1)


def test_opbouw_rond_heeft_vorig_en_volgend_jaar():
    r = reeksen(eigen=(1000, 1022, 100, 102), nederland=(3000, 3030, 1000, 1010))
    t = opbouwtabel(opbouw_rond(r, "2006-12", 1100.0, beleid=-0.02))
    per = t.set_index(["soort", "component"])["fractie"]
    assert per["realisatie", "landelijk"] == pytest.approx(0.01)
    assert per["prognose", "totaal"] == pytest.approx(1100 / 1022 - 1)
    assert per["prognose", "uitvoeringsbeleid"] == -0.02
    assert per["prognose", "huishoudens"] == pytest.approx(0.02 - 0.01, abs=1e-12)
    delen = per["prognose"].drop("totaal")
    assert delen.sum() == pytest.approx(per["prognose", "totaal"], abs=1e-12)


def test_zonder_prognose_geen_volgend_jaar():
    r = reeksen(eigen=(1000, 1022, 100, 102))
    assert {s for s, _ in opbouw_rond(r, "2006-12", float("nan"))} == {"realisatie"}
    assert opbouwtabel(()).empty
