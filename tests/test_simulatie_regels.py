"""The simulator: stock sampling, rules of entitlement and deployments, calendar arithmetic, switches."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from kompas.config import Instrument
from kompas.fouten import GebruiksFout
from kompas.simulatie import InstrumentWaarheid, Simulatie, Waarheid, simuleer_gemeente, standaard_waarheid
from kompas.simulatie.tijd import als_dagen, plus_maanden, volle_maanden
from kompas.simulatie.verloop import faseranden
from kompas.simulatie.waarheid import GEEN_TERUGKEER

REDEN = {"11": "werk", "13": "werk", "31": "handhaving", "34": "handhaving", "35": "handhaving"}


@pytest.fixture(scope="module")
def stad() -> Simulatie:
    return simuleer_gemeente(standaard_waarheid(), zaad=11, clienten=2500, met_verwacht=False)


# --- stock sampling ----------------------------------------------------------------------------------------------


def _vlak(totaal: float, **velden) -> Waarheid:
    """Return a truth with constant hazards: no traits, types, season, trend, instruments or returns."""
    s = standaard_waarheid(instrumenten=[])
    kaal = {
        "basis": {"werk": (0.5 * totaal,), "handhaving": (0.2 * totaal,), "overig": (0.3 * totaal,)},
        "duurbanden": (),
        "leeftijd": {(18, 40): 1.0},
    }
    zelfde = {n: getattr(s, n) for n in ("redenen", "geslacht", "leefvorm", "opleiding", "bedragen")}
    return Waarheid(**(zelfde | kaal | velden))


def test_zittend_bestand_is_een_evenwicht():
    hazard, n = 0.05, 6000
    sim = simuleer_gemeente(_vlak(hazard), zaad=5, clienten=n, met_verwacht=False)
    u = sim.uitkeringen
    venster = pd.Timestamp(sim.venster_van)
    zittend = u[(u["begindatum"] < venster) & ~(u["einddatum"] < venster)]
    maanden = (venster - zittend["begindatum"]).dt.days / 30.4369
    assert stats.kstest(maanden, "expon", args=(0, 1 / hazard)).pvalue > 1e-3
    resterend = ((zittend["einddatum"] - venster).dt.days / 30.4369).clip(upper=24).fillna(24)
    assert resterend.mean() == pytest.approx((1 - np.exp(-24 * hazard)) / hazard, rel=0.03)
    nieuw = n - len(zittend)
    assert len(zittend) / (nieuw / 78) == pytest.approx(1 / hazard, rel=0.06)  # stock = inflow x mean duration
    assert u["client_id"].nunique() == n


def test_alleen_instroom():
    sim = simuleer_gemeente(standaard_waarheid(voorloop_jaren=0), zaad=2, clienten=300, met_verwacht=False)
    assert sim.uitkeringen["begindatum"].min() >= pd.Timestamp(2001, 1, 1)
    assert sim.volledig_vanaf == dt.date(2001, 1, 1)


def test_ziet_eruit_als_een_nederlandse_gemeente(stad):
    u = stad.uitkeringen
    instroom = u[(u["begindatum"] >= "2001-01-01") & (u["begindatum"] < "2006-06-30")]
    duur = (instroom["einddatum"] - instroom["begindatum"]).dt.days + 1
    assert (duur <= 183).mean() == pytest.approx(0.36, abs=0.04)
    assert (duur <= 365).mean() == pytest.approx(0.58, abs=0.04)
    naar = u["reden_einde"].dropna().map(lambda r: REDEN.get(r, "overig"))
    assert (naar == "werk").mean() == pytest.approx(0.5, abs=0.06)
    assert (naar == "handhaving").mean() == pytest.approx(0.1, abs=0.03)
    ooit = stad.inzet.groupby("instrument")["client_id"].nunique() / len(stad.clienten)
    assert 0.25 < ooit["reintegratie"] < 0.36
    assert 0.15 < ooit["placebo"] < 0.28
    assert 0.05 < ooit["huisbezoek"] < 0.11
    vroeg = stad.inzet[stad.inzet["instrument"] == "werkdirect"].shape[0] / len(u)
    assert vroeg == pytest.approx(0.29, abs=0.05)


def _delen(datums):
    maand = datums.astype("datetime64[M]")
    return maand.astype(int), (datums - maand).astype(int) + 1


def _dag_in_maand(maand, dag):
    """Return the date of day ``dag`` (clipped) in month ``maand`` since 1970."""
    eerste = maand.astype("datetime64[M]").astype("datetime64[D]")
    laatste = (maand + 1).astype("datetime64[M]").astype("datetime64[D]") - 1
    return np.minimum(eerste + (dag - 1), laatste)


def _plus(datums, maanden):
    maand, dag = _delen(datums)
    return _dag_in_maand(maand + maanden, dag)


# --- rules -------------------------------------------------------------------------------------------------------


def _verjaardag(geboortedatum, jaren):
    return geboortedatum.map(lambda d: d.replace(year=d.year + jaren))


def test_aow_beeindigt_het_recht(stad):
    u = stad.uitkeringen
    aow = _verjaardag(u["geboortedatum"], 65)
    assert not ((u["geboortedatum"].dt.month == 2) & (u["geboortedatum"].dt.day == 29)).any()
    assert (u["einddatum"].fillna(pd.Timestamp(stad.peildatum)) < aow).all()
    oud = u["reden_einde"] == "03"
    assert oud.sum() > 20
    assert (u.loc[oud, "einddatum"] + pd.Timedelta(days=1) == aow[oud]).all()


def test_terugkeer_na_meer_dan_30_dagen_en_niet_na_een_definitief_einde(stad):
    u = stad.uitkeringen
    volgende = u.groupby("client_id")["begindatum"].shift(-1)
    gat = (volgende - u["einddatum"]).dt.days - 1
    assert gat.min() > 30
    assert not volgende[u["reden_einde"].isin(GEEN_TERUGKEER)].notna().any()
    assert u["einddatum"].isna().groupby(u["client_id"]).sum().max() == 1


def test_terugkeer_volgt_de_ware_kans():
    sim = simuleer_gemeente(_vlak(0.1, terugval={"werk": (0.03,)}), zaad=9, clienten=4000, met_verwacht=False)
    u = sim.uitkeringen
    volgende = u.groupby("client_id")["begindatum"].shift(-1)
    vroeg = u["einddatum"].between("2001-01-01", "2006-06-30")
    binnen = (volgende - u["einddatum"]).dt.days <= 365
    werk = vroeg & u["reden_einde"].isin(["11", "13"])
    kans, n = 1 - np.exp(-0.03 * 11), werk.sum()  # month 1 is free of risk
    assert binnen[werk].mean() == pytest.approx(kans, abs=4 * np.sqrt(kans * (1 - kans) / n))
    assert not binnen[vroeg & ~werk].any()
    eerste = (volgende - u["einddatum"]).dt.days[werk]
    assert eerste[eerste <= 62].count() > 50  # returns in the second month do occur


def test_inzet_valt_binnen_de_uitkering(stad):
    i = stad.inzet.merge(stad.uitkeringen, on="client_id", suffixes=("", "_u"))
    i = i[(i["begindatum"] >= i["begindatum_u"]) & ~(i["begindatum"] > i["einddatum_u"])]
    assert len(i) == len(stad.inzet)
    assert not (i["einddatum"] > i["einddatum_u"]).any()
    assert not (i["einddatum"] > pd.Timestamp(stad.peildatum)).any()
    assert (i.loc[i["instrument"] == "werkdirect", "begindatum"] - i["begindatum_u"]).dt.days.max() <= 9
    duur = {w.code: w.instrument.duur_maanden for w in stad.waarheid.instrumenten}
    gepland = i["begindatum"].to_numpy().astype("datetime64[D]")
    gepland = np.maximum(_plus(gepland, i["instrument"].map(duur).to_numpy()) - 1, gepland)
    weg = i["einddatum_u"].to_numpy().astype("datetime64[D]")
    eind = np.where(np.isnat(weg), gepland, np.minimum(gepland, weg))
    loopt = i["einddatum"].isna().to_numpy()
    assert loopt.any()
    assert (loopt == (eind > np.datetime64(stad.peildatum))).all()
    assert (i["einddatum"].to_numpy().astype("datetime64[D]")[~loopt] == eind[~loopt]).all()
    gaten = i.sort_values(["client_id", "instrument", "begindatum"]).groupby(["client_id", "instrument"])
    gat = (gaten["begindatum"].shift(-1) - gaten["einddatum"].shift(0)).dt.days - 1
    assert gat.count() > 20
    assert gat.min() >= 30
    assert stad.inzet["contract_id"].is_unique


def test_gronden_bij_de_helft_van_de_huisbezoeken(stad):
    g = stad.gronden
    assert set(g["instrument"]) == {"huisbezoek"}
    bezoek = stad.inzet[stad.inzet["instrument"] == "huisbezoek"].merge(g, on="client_id", how="left")
    ervoor = (bezoek["grond_datum"] < bezoek["begindatum"]) & (bezoek["geldig_tot"] >= bezoek["begindatum"])
    deel = ervoor.groupby([bezoek["client_id"], bezoek["begindatum"]]).any().mean()
    assert deel == pytest.approx(0.5, abs=0.12)


def test_tweede_inzet_begint_de_fasen_opnieuw():
    inst = Instrument(code="x", duur_maanden=2, fasen_na=(1,))
    w = InstrumentWaarheid(instrument=inst, intrede=(0.1,))
    randen = faseranden(w, als_dagen(np.array(["2004-12-31"], dtype="datetime64[D]")))
    assert randen.astype("datetime64[D]").astype(str).tolist() == [["2004-12-31", "2005-02-28", "2005-03-28"]]


def test_maandrekening_is_die_van_pandas():
    rng = np.random.default_rng(1)
    dag, k = rng.integers(-10_000, 30_000, 500), rng.integers(0, 300, 500)
    basis = pd.to_datetime(dag, unit="D")
    verwacht = [d + pd.DateOffset(months=int(m)) for d, m in zip(basis, k, strict=True)]
    assert (plus_maanden(dag, k) == als_dagen(np.array(verwacht, dtype="datetime64[ns]"))).all()
    assert (volle_maanden(dag, plus_maanden(dag, k)) == k).all()
    assert (volle_maanden(dag, plus_maanden(dag, k + 1) - 1) == k).all()


def test_foute_waarheid_wordt_geweigerd():
    with pytest.raises(GebruiksFout, match="Bedoelde u 'reintegratie'"):
        standaard_waarheid(instrumenten=["reintegratei"])
    with pytest.raises(GebruiksFout, match="onbekende term 'opleiding=mavo'"):
        _vlak(0.1, kenmerken={"werk": {"opleiding=mavo": 1.0}})
    with pytest.raises(GebruiksFout, match="waarde per duurband"):
        _vlak(0.1, duurbanden=(1, 2))
    with pytest.raises(GebruiksFout, match="onbekende fase 'tijdens'"):
        InstrumentWaarheid(instrument=Instrument(code="x"), intrede=(0.1,), effecten={"tijdens": {"werk": 1.0}})
    with pytest.raises(GebruiksFout, match="KMP-S003"):
        simuleer_gemeente(_vlak(0.1), zaad=1, clienten=0)


def test_schakelaars():
    geen = standaard_waarheid(selectie=0, effect=2)
    sim = simuleer_gemeente(geen, zaad=1, clienten=20, met_verwacht=False)
    assert not sim.typen.filter(like="intrede_").to_numpy().any()
    assert sim.typen["uitstroom_werk"].tolist() == [0.8, 0.0, -1.8]
    lock_in = sim.effecten.query("instrument == 'reintegratie' and fase == 'tijdens' and bestemming == 'werk'")
    assert lock_in["log_effect"].tolist() == [-0.8]
    assert sim.verwacht.empty
