"""Named worlds: each is what its name says, and announcements act from the day on which the client knew."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kompas.config import BESTEMMINGEN
from kompas.fouten import GebruiksFout
from kompas.simulatie import Simulatie, simuleer_gemeente, standaard_waarheid
from kompas.simulatie.tijd import als_dagen, dagnummer
from kompas.simulatie.verloop import faseranden
from kompas.simulatie.waarheid import als_dict
from kompas.simulatie.werelden import WERELDEN, wereld

PEILDATUM = dt.date(2007, 6, 30)


def stad(naam: str, n: int = 1_500, *, verwacht: bool = False, **opties) -> Simulatie:
    return simuleer_gemeente(wereld(naam, **opties), zaad=3, clienten=n, met_verwacht=verwacht)


def effecten(naam: str, **opties) -> dict[tuple[str, str, str], float]:
    return {
        (i.code, f, c): i.effect(f, c)
        for i in wereld(naam, **opties).instrumenten
        for f in i.instrument.fasen
        for c in BESTEMMINGEN
    }


def last(naam: str, **opties) -> np.ndarray:
    """Loadings on entry, instruments x types."""
    w = wereld(naam, **opties)
    return w.selectie * np.array([i.intrede_typen or (0.0,) * len(w.typen) for i in w.instrumenten])


# -- what each world is


@pytest.mark.parametrize("naam", WERELDEN)
def test_elke_wereld_heeft_een_voorraad_en_alleen_instroom(naam):
    assert wereld(naam).voorloop_jaren == 15
    instroom = stad(naam, 250, voorloop_jaren=0)
    assert (instroom.uitkeringen["begindatum"] >= "2001-01-01").all()
    assert (stad(naam, 250).uitkeringen["begindatum"] < "2001-01-01").any()
    assert len(instroom.inzet) > 0


def test_selectie_heeft_de_gevraagde_spreiding_en_effecten_van_beide_tekens():
    w = wereld("selectie")
    assert [t.uitstroom["werk"] for t in w.typen] == [0.8, 0.0, -1.6]
    richting = np.sign(last("selectie")[:, 0])
    assert sorted(richting) == [-1, -1, 1, 1]
    assert np.abs(last("selectie")[:3]).max() == pytest.approx(0.8)
    waar = effecten("selectie")
    assert waar["reintegratie", "tijdens", "werk"] < 0 < waar["reintegratie", "na_0_6", "werk"]
    assert [i.code for i in w.instrumenten] == ["reintegratie", "werkdirect", "training", "placebo"]
    assert w.instrumenten[0].instrument.fasen == ("tijdens", "na_0_6", "na_6_18", "na_18")
    assert w.instrumenten[2].instrument.duur_maanden == 3
    assert not any(v for (code, *_), v in waar.items() if code == "placebo")


def test_zonder_selectie_zonder_typen_zonder_effect():
    assert not last("geen_selectie").any()
    assert len(wereld("geen_selectie").typen) == 3
    een = wereld("geen_typen")
    assert len(een.typen) == 1
    assert een.typen[0].uitstroom == {}
    gemengd = sum(t.kans * t.fasering["fase 4"] for t in wereld("selectie").typen)
    assert een.typen[0].fasering["fase 4"] == pytest.approx(gemengd)
    assert effecten("geen_typen") == effecten("selectie")
    assert not any(effecten("geen_effect").values())
    assert np.array_equal(last("geen_effect"), last("selectie"))
    assert not any(effecten("placebo_zwaar").values())
    assert np.abs(last("placebo_zwaar")).max() > np.abs(last("selectie")).max()


def test_constant_is_overal_gelijk_en_insluiting_slaat_om():
    assert {v for (_, _, c), v in effecten("constant", effect=0.7).items() if c == "werk"} == {0.7}
    assert {v for (_, _, c), v in effecten("constant").items() if c != "werk"} == {0.0}
    fasen = [effecten("insluiting")["reintegratie", f, "werk"] for f in ("tijdens", "na_0_6", "na_6_18", "na_18")]
    assert fasen[0] < 0 < min(fasen[1:])


def test_twee_factoren_zijn_onafhankelijk_en_de_tweede_doet_niets_met_uitstroom():
    w = wereld("twee_factoren")
    assert [t.kans for t in w.typen] == pytest.approx([0.3, 0.3, 0.2, 0.2])
    werk = [t.uitstroom["werk"] for t in w.typen]
    assert werk[0] == werk[1] > werk[2] == werk[3]
    assert np.linalg.matrix_rank(last("twee_factoren") - last("twee_factoren")[:, :1]) == 2
    assert np.linalg.matrix_rank(last("constant") - last("constant")[:, :1]) == 1


def test_een_instrument_en_grote_effecten():
    assert [i.code for i in wereld("een_instrument").instrumenten] == ["reintegratie"]
    groot = [v for v in effecten("groot_effect").values() if abs(v) > 0.4]
    assert len(groot) >= 5
    assert min(groot) < 0 < max(groot)


def test_effecten_schalen_en_vervangen():
    half = effecten("selectie", effect=0.5)
    assert half == {k: pytest.approx(0.5 * v) for k, v in effecten("selectie").items()}
    eigen = effecten("selectie", effecten={"training": {"na_6": {"overig": 1.0}}})
    assert eigen["training", "na_6", "overig"] == 1.0
    assert eigen["training", "na_6", "werk"] == 0.0
    assert eigen["reintegratie", "na_0_6", "werk"] == effecten("selectie")["reintegratie", "na_0_6", "werk"]
    assert np.allclose(last("selectie", sterkte=2.0), 2 * last("selectie"))


def test_werkdirect_krijgt_bijna_elke_periode_op_de_eerste_dag():
    s = stad("werkdirect_iedereen")
    direct = s.inzet[s.inzet["instrument"] == "werkdirect"]
    raak = s.uitkeringen.merge(direct, on=["client_id", "begindatum"], how="left")["instrument"].notna()
    assert len(direct) == raak.sum()  # never on another day
    assert raak.mean() > 0.998  # only who returns before the planned end of the last one is passed over
    deel = stad("werkdirect_iedereen", aandeel=0.3)
    n = len(deel.uitkeringen)
    aantal = (deel.inzet["instrument"] == "werkdirect").sum()
    assert abs(aantal - 0.3 * n) < 4 * math.sqrt(n * 0.3 * 0.7)


# -- mistakes


def test_onbekende_wereld_of_optie_noemt_de_naaste():
    with pytest.raises(GebruiksFout, match=r"KMP-S007.*'selektie'.*Bedoelde u 'selectie'\?"):
        wereld("selektie")
    with pytest.raises(GebruiksFout, match=r"KMP-S007.*'sterkt'.*Bedoelde u 'sterkte'\?"):
        wereld("selectie", sterkt=2)
    with pytest.raises(GebruiksFout, match=r"KMP-S007.*'trainng'.*Bedoelde u 'training'"):
        wereld("selectie", effecten={"trainng": {}})
    with pytest.raises(GebruiksFout, match=r"KMP-S001.*aanmeld_registratie"):
        wereld("anticipatie", registratie="soms")
    with pytest.raises(GebruiksFout, match=r"KMP-S001.*aanmeld_dagen"):
        wereld("anticipatie", dagen=(20, 10))


# -- announcements


def test_fasen_lopen_vanaf_de_aanmelding_en_het_einde_telt_vanaf_het_begin():
    i = wereld("anticipatie").instrumenten[0]
    begin, aanmeld = (np.array([dagnummer(d)]) for d in (dt.date(2005, 3, 1), dt.date(2005, 1, 10)))
    randen = [dt.date(1970, 1, 1) + dt.timedelta(days=int(d)) for d in faseranden(i, begin, aanmeld)[0]]
    assert randen == [dt.date(2005, 1, 10), dt.date(2005, 9, 1), dt.date(2006, 3, 1), dt.date(2007, 3, 1)]
    moment = replace(i, instrument=i.instrument.model_copy(update={"duur_maanden": 0}), effecten={})
    assert faseranden(moment, begin, aanmeld)[0, 0] == aanmeld[0]


@pytest.fixture(scope="module")
def anticipatie() -> dict[str, Simulatie]:
    namen = ("volledig", "begonnen", "geen")
    return {r: stad("anticipatie", 2_500, verwacht=True, registratie=r) for r in namen}


def test_de_registratie_verandert_alleen_wat_de_tabel_laat_zien(anticipatie):
    vol, begonnen, geen = (anticipatie[r] for r in ("volledig", "begonnen", "geen"))
    for s in (begonnen, geen):
        pd.testing.assert_frame_equal(s.uitkeringen, vol.uitkeringen)
        pd.testing.assert_frame_equal(s.verwacht, vol.verwacht)
    niet = vol.inzet[(vol.inzet["resultaat"] == "niet_begonnen") | (vol.inzet["begindatum"] > pd.Timestamp(PEILDATUM))]
    assert 30 < len(niet) < len(vol.inzet) / 5
    assert set(niet["instrument"]) == {"reintegratie"}
    pd.testing.assert_frame_equal(begonnen.inzet, vol.inzet.drop(niet.index).reset_index(drop=True))
    pd.testing.assert_frame_equal(geen.inzet, begonnen.inzet.drop(columns="aanmelddatum"))


def test_aanmelding_ligt_een_tot_drie_maanden_voor_het_begin_en_binnen_de_periode(anticipatie):
    s = anticipatie["volledig"]
    rijen = s.inzet[s.inzet["instrument"] == "reintegratie"]
    dagen = (rijen["begindatum"] - rijen["aanmelddatum"]).dt.days
    assert (dagen.min(), dagen.max()) == (30, 91)
    assert dagen.mean() == pytest.approx(60.5, abs=4 * dagen.std() / math.sqrt(len(dagen)))
    assert s.inzet.loc[s.inzet["instrument"] == "placebo", "aanmelddatum"].isna().all()
    paren = rijen.merge(s.uitkeringen, on="client_id", suffixes=("", "_u"))
    eind = paren["einddatum_u"].fillna(pd.Timestamp(PEILDATUM))
    binnen = (paren["aanmelddatum"] >= paren["begindatum_u"]) & (paren["aanmelddatum"] <= eind)
    assert binnen.groupby([paren["contract_id"]]).any().all()
    weg = paren[binnen & (paren["einddatum_u"] < paren["begindatum"])]
    assert (weg["resultaat"] == "niet_begonnen").all()
    assert len(weg) == (rijen["resultaat"] == "niet_begonnen").sum()
    assert (rijen["einddatum"].isna() | (rijen["einddatum"] >= rijen["begindatum"])).all()


@pytest.mark.parametrize("effect", [-25.0, 0.0])
def test_de_client_reageert_vanaf_de_aanmelding(effect):
    """With an exit that is all but impossible in the first phase, nobody leaves from the announcement to its end."""
    w = wereld("anticipatie")
    overal = {"tijdens": dict.fromkeys(BESTEMMINGEN, effect)}
    i = replace(w.instrumenten[0], effecten=overal, intrede=(0.2,) * 5, herhaling=-30.0)
    s = simuleer_gemeente(replace(w, instrumenten=(i,)), zaad=4, clienten=800, met_verwacht=False)
    paren = s.inzet.merge(s.uitkeringen, on="client_id", suffixes=("", "_u"))
    aanmeld, begin, weg = (als_dagen(paren[k]) for k in ("aanmelddatum", "begindatum", "einddatum_u"))
    gepland = als_dagen(paren["begindatum"] + pd.DateOffset(months=6))
    stil, daarna = (weg >= aanmeld) & (weg < begin), (weg >= begin) & (weg < gepland)
    later = (weg >= gepland) & (weg < gepland + 180)
    geen = paren["reden_einde"].ne("03")
    aantal = [int((m & geen).sum()) for m in (stil, daarna, later)]
    assert aantal[2] > 50
    if effect:
        assert aantal[:2] == [0, 0]
    else:
        assert min(aantal) > 50


def test_het_ware_vooruitzicht_kent_de_aanmelding():
    """Announced and not yet begun on the peildatum, a year that nobody leaves: no chance of an exit in 12 months."""
    w = wereld("anticipatie", registratie="geen")
    overal = {"tijdens": dict.fromkeys(BESTEMMINGEN, -25.0)}
    jaar = w.instrumenten[0].instrument.model_copy(update={"duur_maanden": 12})
    i = replace(w.instrumenten[0], instrument=jaar, effecten=overal, intrede=(0.1,) * 5)
    jong = replace(w, instrumenten=(i,), leeftijd={(18, 40): 1.0})
    toon = replace(jong, instrumenten=(replace(i, aanmeld_registratie="volledig"),))
    s = simuleer_gemeente(toon, zaad=6, clienten=1_200)
    wachtend = s.verwacht["client_id"].isin(s.inzet.loc[s.inzet["begindatum"] > pd.Timestamp(PEILDATUM), "client_id"])
    assert wachtend.sum() > 10
    assert (s.verwacht.loc[wachtend, "kans_uitstroom_12m"] < 1e-6).all()
    assert (s.verwacht.loc[~wachtend, "kans_uitstroom_12m"] > 0.05).sum() > 10
    verborgen = simuleer_gemeente(jong, zaad=6, clienten=1_200)
    pd.testing.assert_frame_equal(verborgen.verwacht, s.verwacht)


def test_wat_niet_gebruikt_wordt_wordt_niet_geschreven():
    gewoon = als_dict(standaard_waarheid())["instrumenten"][0]
    assert not {"aanmeld_dagen", "aanmeld_registratie"} & set(gewoon)
    assert gewoon["begin_dagen"] is None
    met = als_dict(wereld("anticipatie", registratie="geen"))["instrumenten"][0]
    assert (met["aanmeld_dagen"], met["aanmeld_registratie"]) == ([30, 91], "geen")
