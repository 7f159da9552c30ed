"""What was known on a day, and what happened since: the two halves of a backtest."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.bronhulp import lees, schrijf
from tests.terughulp import maak_stad, rij

from kompas.bron import lees_bron
from kompas.config import BESTEMMINGEN
from kompas.maatstaven import getroffen
from kompas.perioden import maak_perioden
from kompas.terugblik import (
    Uitkomst,
    config_op,
    genoeg_venster,
    laatste_dag,
    stand_op,
    uitkomst_van,
    zoals_bekend,
)

T = dt.date(2006, 6, 30)
HORIZON = (3, 6, 12, 24)


@pytest.fixture(scope="module")
def stad(tmp_path_factory):
    return maak_stad(tmp_path_factory.mktemp("terugtoets") / "stad")


def gelijk(a, b):
    """The same accepted rows in every table of persons."""
    for naam in ("uitkeringen", "inzet", "gronden", "kenmerken_historie"):
        pd.testing.assert_frame_equal(getattr(a, naam), getattr(b, naam))


# --- the data as known then


def test_uitkeringen_zoals_toen_bekend(tmp_path):
    b = lees(
        tmp_path,
        uitkeringen=[
            rij("A1", einde="30-06-2006", reden="11", registratiedatum="30-06-2006"),  # ended and entered on the day
            rij("B1", einde="01-07-2006", reden="11", registratiedatum="01-06-2006"),  # a day later
            rij("C1", einde="01-05-2006", reden="31", registratiedatum="01-07-2006"),  # ended before, entered after
            rij("D1", einde="01-05-2006", reden="98"),  # entry unknown: known at its date
            rij("E1", begin="30-06-2006", einde="01-01-2007", reden="11"),  # begun on the day
            rij("F1", begin="01-07-2006"),  # begun after it
            rij("G1"),
        ],
    )
    u = zoals_bekend(b, T).uitkeringen.set_index("client_id")
    assert list(u.index) == ["A1", "B1", "C1", "D1", "E1", "G1"]
    dicht = u["einddatum"].notna()
    assert u.index[dicht].tolist() == ["A1", "D1"]
    assert u.loc["A1", ["reden_einde", "bestemming"]].tolist() == ["11", "werk"]
    assert u.loc["D1", "bestemming"] == "overig"
    assert u.loc[~dicht, ["reden_einde", "bestemming"]].isna().all(axis=None)
    assert u.loc[~dicht, "registratiedatum"].isna().all()
    zonder = zoals_bekend(b, T, registratie=False).uitkeringen.set_index("client_id")
    assert zonder.loc["C1", "bestemming"] == "handhaving"
    assert pd.isna(zonder.loc["C1", "registratiedatum"])  # even then nobody knew when it would be entered
    assert pd.isna(zonder.loc["B1", "einddatum"])


def test_inzet_gronden_en_historie_zoals_toen_bekend(tmp_path):
    kort = {"client_id": "A1", "instrument": "traject", "geplande_einddatum": "01-12-2006"}
    grond = {"client_id": "A1", "instrument": "huisbezoek", "grond": "tip", "grond_door": "X"}
    b = lees(
        tmp_path,
        uitkeringen=[rij("A1", fasering="fase 1")],
        inzet=[
            kort | {"begindatum": "01-03-2005", "einddatum": "30-06-2006", "resultaat": "klaar"},
            kort | {"begindatum": "30-06-2006", "einddatum": "01-07-2006", "resultaat": "uitval"},
            kort | {"begindatum": "01-07-2006", "aanmelddatum": "01-05-2006"},
            kort | {"begindatum": "01-06-2006", "instrument": "huisbezoek", "aanmelddatum": "01-08-2006"},
        ],
        gronden=[grond | {"grond_datum": "30-06-2006"}, grond | {"grond_datum": "01-07-2006"}],
        kenmerken_historie=[
            {"client_id": "A1", "kenmerk": "fasering", "waarde": f"fase {k}", "vanaf": d}
            for k, d in ((2, "30-06-2006"), (3, "01-07-2006"))
        ],
        bron={},
    )
    toen = zoals_bekend(b, T)
    i = toen.inzet.sort_values("begindatum")
    assert i["begindatum"].dt.strftime("%d-%m-%Y").tolist() == ["01-03-2005", "01-06-2006", "30-06-2006"]
    assert i["einddatum"].notna().tolist() == [True, False, False]
    assert i["resultaat"].tolist() == ["klaar", None, None]
    assert i["aanmelddatum"].isna().all()
    assert i["geplande_einddatum"].notna().all()  # what was planned was known
    assert len(toen.gronden) == 1
    assert toen.kenmerken_historie["waarde"].tolist() == ["fase 2"]
    assert toen.overig is b.overig
    assert len(b.inzet) == 4  # the delivery itself is untouched
    assert b.inzet["einddatum"].notna().sum() == 2


def test_twee_keer_terug_is_een_keer_terug(stad):
    bestand, _ = stad
    eerst = zoals_bekend(bestand, T)
    gelijk(zoals_bekend(eerst, dt.date(2005, 6, 30)), zoals_bekend(bestand, dt.date(2005, 6, 30)))
    gelijk(zoals_bekend(eerst, T), eerst)
    assert zoals_bekend(bestand, T).uitkeringen["einddatum"].max() <= pd.Timestamp(T)


def test_config_op_een_moment_opent_het_venster(stad):
    config = stad[1].model_copy(update={"bron": stad[1].bron.model_copy(update={"venster_tot": dt.date(2006, 12, 31)})})
    assert laatste_dag(config) == dt.date(2006, 12, 31)
    toen = config_op(config, T)
    assert (toen.gemeente.peildatum, toen.bron.venster_tot) == (T, None)
    assert laatste_dag(toen) == T
    assert genoeg_venster(config, dt.date(2002, 12, 31), 24)
    assert not genoeg_venster(config, dt.date(2002, 12, 30), 24)
    assert not genoeg_venster(config, dt.date(2000, 12, 31), 1)


# --- what happened since


def uitkomsten(tmp_path, rijen, **bron):
    config = schrijf(tmp_path, {"bron": bron}, {}, uitkeringen=rijen)
    bestand = lees_bron(config)
    stand = stand_op(zoals_bekend(bestand, T), config_op(config, T))
    vol = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    u = uitkomst_van(stand, vol, bestand, config)
    namen = np.array(["geen", *BESTEMMINGEN])
    assert stand.client_id.tolist() == sorted(stand.client_id)
    kolommen = (u.tijd.round(2).tolist(), namen[u.oorzaak], u.kwijt.tolist(), u.bekend.tolist())
    return {c: tuple(r) for c, *r in zip(stand.client_id, *kolommen, strict=True)}


def test_uitkomsten_als_in_het_model(tmp_path):
    u = uitkomsten(
        tmp_path,
        [
            rij("A1", einde="30-06-2006", reden="11"),  # last day on the day itself: not running
            rij("B1", einde="01-07-2006", reden="11"),  # one day later
            rij("C1", einde="31-12-2006", reden="31"),  # half a year: the first day without is 1 January
            rij("D1", einde="31-08-2006", reden="11"),
            rij("D1", begin="20-09-2006"),  # gap of 19 days: no exit
            rij("E1", einde="31-08-2006", reden="32"),
            rij("E1", begin="01-10-2006"),  # gap of 30 days: an exit, and a new spell that is no business of T
            rij("F1", einde="30-06-2007", reden="98"),
            rij("G1"),
        ],
    )
    assert u == {
        "B1": (0.03, "werk", False, True),
        "C1": (6.0, "handhaving", False, True),
        "D1": (12.0, "geen", False, True),
        "E1": (2.0, "overig", False, True),
        "F1": (12.0, "overig", False, True),
        "G1": (12.0, "geen", False, True),
    }


def test_aow_einde_is_het_einde_van_de_waarneming(tmp_path):
    op_31_oktober = {"geboortedatum": "31-10-1941"}  # 65 on 31 October 2006
    u = uitkomsten(
        tmp_path,
        [
            rij("A1", einde="30-10-2006", reden="03", **op_31_oktober),
            rij("B1", einde="30-09-2006", reden="03", **op_31_oktober),  # too early: lost
            rij("C1", einde="30-11-2006", reden="11", **op_31_oktober),  # after it: no exit any more
            rij("D1", einde="31-07-2006", reden="11", **op_31_oktober),
            rij("E1", geboortedatum="30-06-1941"),  # 65 before the look-ahead begins: not tested
        ],
    )
    assert u == {
        "A1": (3.97, "geen", False, True),
        "B1": (3.0, "geen", True, True),
        "C1": (3.97, "geen", False, True),
        "D1": (1.0, "werk", False, True),
    }


def test_overname_door_een_partner_is_geen_uitstroom(tmp_path):
    u = uitkomsten(
        tmp_path,
        [
            rij("A1", einde="31-08-2006", reden="97", huishouden_id="H1"),
            rij("B1", begin="01-09-2006", einde="31-12-2006", reden="11", huishouden_id="H1"),
            rij("C1", einde="31-03-2006", reden="02", huishouden_id="H2"),  # taken over before T: D1 runs on T
            rij("D1", begin="01-04-2006", einde="31-07-2006", reden="32", huishouden_id="H2"),
        ],
    )
    assert u == {"A1": (6.0, "werk", False, True), "D1": (1.0, "overig", False, True)}


def test_wie_al_weg_was_maar_nog_niet_uitgeschreven_telt_niet_mee(tmp_path):
    u = uitkomsten(
        tmp_path,
        [
            rij("A1", einde="31-05-2006", reden="11", registratiedatum="15-07-2006"),
            rij("B1", einde="31-07-2006", reden="11", registratiedatum="15-08-2006"),
            # Not yet entered, and back on benefit before T: still there, in a spell that began later than it seemed.
            rij("C1", einde="28-02-2006", reden="11", registratiedatum="15-07-2006"),
            rij("C1", begin="01-05-2006", einde="31-08-2006", reden="32"),
        ],
    )
    assert u["A1"][3] is False
    assert u["B1"] == (1.0, "werk", False, True)
    assert u["C1"] == (2.0, "overig", False, True)


def test_de_waarneming_houdt_op_waar_het_venster_ophoudt(tmp_path):
    rijen = [rij("A1", einde="31-05-2007", reden="11"), rij("B1", einde="31-01-2007", reden="11"), rij("C1")]
    u = uitkomsten(tmp_path, rijen, rijping_maanden=3)
    assert u == {"A1": (9.0, "geen", False, True), "B1": (7.0, "werk", False, True), "C1": (9.0, "geen", False, True)}


def test_binnen_de_termijn_en_voor_de_aow():
    nee = np.zeros(6, dtype=bool)
    u = Uitkomst(
        tijd=np.array([6.0, 6.01, 5.0, 4.0, 12.0, 2.0]),
        oorzaak=np.array([1, 2, 3, 0, 0, 0]),
        kwijt=np.array([False, False, False, False, False, True]),
        bekend=~nee,
    )
    aow = np.array([99.0, 99.0, 4.0, 4.0, 99.0, 99.0])
    raak, gewicht = getroffen(u, aow, [6, 12], ~nee)
    assert raak.shape == (4, 6, 2)
    assert raak[:, 0].tolist() == [[True, True], [True, True], [False, False], [False, False]]  # on the last day
    assert raak[0, 1].tolist() == [False, True]
    assert not raak[:, 2].any()  # an exit after the AOW age is none
    assert not raak[:, 3:].any()
    assert gewicht[5].tolist() == [0.0, 0.0]
    assert gewicht[:5] == pytest.approx(1.2)  # all of the others stand for six
