"""Spells, deployments, the AOW table and what happens after an exit: known answers and independent programs."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter
from tests.orakel import Instelling, maak_inzetten, maak_spells, maanden_erbij
from tests.test_panel import D, aow, inzetrij, spell, tabellen, toets_config

from kompas.bron import lees_bron
from kompas.config import BESTEMMINGEN, lees_config
from kompas.models.calendar import to_date, to_day
from kompas.parameters.aow import aow_datum
from kompas.perioden import OPEN, maak_perioden, venster
from kompas.simulatie import schrijf_simulatie, simuleer_gemeente, standaard_waarheid
from kompas.uitstroom import incidentietabel, maanden_tussen, terugvaltabel

TRAJECT = {"code": "traject", "duur_maanden": 3}
BEZOEK = {"code": "bezoek", "duur_maanden": 0}


def perioden(u, i=(), *instrumenten, **bron):
    """Spells of kompas and of the oracle, checked against each other; deployments by number."""
    config = toets_config(*instrumenten, **bron)
    ut, it = tabellen(list(u), list(i))
    for kolom in ("kosten", "contract_id"):
        it[kolom] = [r.get(kolom) for r in i]
    p = maak_perioden(ut, it.astype({"kosten": float}), config)
    hun = sorted((s.client, s.begin, min(s.eind, 10**9)) for s in maak_spells(list(u), config.bron.gat_dagen))
    nul = D(1970, 1, 1).toordinal()
    ons = [
        (r.client_id, r.begin + nul, 10**9 if r.eind == OPEN else r.eind + nul)
        for r in p.spells.itertuples(index=False)
    ]
    assert ons == hun
    return p


def datums(reeks):
    return [None if d == OPEN else to_date(d) for d in reeks]


# --- spells ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gat", "dagen", "aantal"), [(30, 29, 1), (30, 30, 2), (1, 0, 1), (1, 1, 2), (0, 0, 1), (0, 1, 2)]
)
def test_alleen_een_gat_korter_dan_gat_dagen_is_geen_uitstroom(gat, dagen, aantal):
    einde = D(2005, 1, 31)
    u = [spell(D(2004, 5, 1), einde, "11"), spell(einde + dt.timedelta(days=1 + dagen))]
    p = perioden(u, gat_dagen=gat)
    assert len(p.spells) == aantal
    assert p.spells["eerdere_spells"].tolist() == list(range(aantal))
    assert p.spells["bestemming"].tolist() == ([None] if aantal == 1 else ["werk", None])


def test_de_rij_met_het_laatste_einde_bepaalt_hoe_een_samengevoegde_periode_eindigt():
    u = [
        spell(D(2004, 1, 1), D(2005, 6, 30), "31"),
        spell(D(2004, 3, 1), D(2004, 5, 1), "11"),
        spell(D(2005, 7, 15), D(2005, 8, 31), "98"),
    ]
    p = perioden(u)
    assert p.spells[["bestemming", "reden"]].to_numpy().tolist() == [["overig", "98"]]
    assert datums(p.spells["eind"]) == [D(2005, 9, 1)]
    p = perioden(u[:2])
    assert p.spells["bestemming"].tolist() == ["handhaving"]


@pytest.mark.parametrize("reden", ["02", "97"])
@pytest.mark.parametrize(("dagen", "door"), [(0, True), (29, True), (30, False)])
def test_overname_binnen_het_gat_zet_de_periode_voort(reden, dagen, door):
    einde = D(2005, 1, 31)
    u = [
        spell(D(2004, 5, 1), einde, reden, huishouden_id="h"),
        spell(einde + dt.timedelta(days=1 + dagen), client="c1", huishouden_id="h"),
    ]
    p = perioden(u)
    assert len(p.spells) == (1 if door else 2)
    assert len(perioden([u[0] | {"huishouden_id": None}, u[1]]).spells) == 2
    assert len(perioden([u[0] | {"reden_einde": "11", "bestemming": "werk"}, u[1]]).spells) == 2
    if door:
        assert p.spells["client_id"].tolist() == ["c1"]
        assert datums(p.spells["begin"]) == [D(2004, 5, 1)]
        assert p.weglatingen.set_index("wat").loc["perioden voortgezet na overname", "aantal"] == 1


def test_een_keten_van_overnames_is_een_periode():
    u = [
        spell(D(2004, 1, 1), D(2004, 6, 30), "02", huishouden_id="h"),
        spell(D(2004, 7, 1), D(2004, 12, 31), "97", "c1", huishouden_id="h"),
        spell(D(2005, 1, 10), D(2005, 3, 31), "11", huishouden_id="h"),
    ]
    p = perioden(u)
    assert len(p.spells) == 1
    assert p.spells["bestemming"].tolist() == ["werk"]
    assert len(p.delen) == 3


# --- deployments -------------------------------------------------------------------------------------------------


def inzetten(i, *instrumenten, u=None):
    p = perioden(u or [spell(D(2003, 1, 1))], i, *instrumenten)
    config = Instelling(
        venster_van=D(2004, 1, 1),
        peildatum=D(2006, 12, 31),
        instrumenten={x["code"]: (x["duur_maanden"], ()) for x in instrumenten},
    )
    eigen = p.inzetten.drop_duplicates("inzet")
    hun = sorted((dt.date.fromordinal(s), dt.date.fromordinal(g)) for _, _, s, g in maak_inzetten(i, config))
    ons = sorted(zip(datums(eigen["start"]), datums(eigen["gepland"]), strict=True))
    assert ons == hun
    return eigen.reset_index(drop=True)


@pytest.mark.parametrize(("dagen", "aantal"), [(1, 1), (30, 1), (31, 2), (-5, 1)])
def test_rijen_binnen_dertig_dagen_zijn_een_inzet(dagen, aantal):
    eind = D(2005, 2, 28)
    i = [inzetrij(D(2005, 1, 10), einddatum=eind), inzetrij(eind + dt.timedelta(days=dagen), einddatum=D(2005, 9, 1))]
    e = inzetten(i, TRAJECT)
    assert len(e) == aantal
    assert datums(e["gepland"])[0] == D(2005, 4, 10)  # three months after the first begin


def test_een_lopende_rij_overlapt_alles_daarna_en_een_moment_niets():
    i = [inzetrij(D(2004, 1, 10)), inzetrij(D(2006, 1, 10))]
    assert len(inzetten(i, TRAJECT)) == 1
    i = [r | {"instrument": "bezoek"} for r in i]
    assert len(inzetten(i, BEZOEK)) == 2


def test_geplande_einddatum_en_aanmelddatum():
    e = inzetten([inzetrij(D(2005, 1, 10), geplande_einddatum=D(2005, 8, 31), aanmelddatum=D(2004, 12, 20))], TRAJECT)
    assert datums(e["start"]) == [D(2004, 12, 20)]
    assert datums(e["gepland"]) == [D(2005, 9, 1)]
    e = inzetten([inzetrij(D(2005, 1, 10), aanmelddatum=D(2004, 12, 20))], TRAJECT)
    assert datums(e["gepland"]) == [D(2005, 4, 10)]  # the planned length counts from the begin
    e = inzetten([inzetrij(D(2005, 1, 10), "bezoek", aanmelddatum=D(2004, 12, 20))], BEZOEK)
    assert datums(e["gepland"]) == [D(2004, 12, 20)]


def test_kosten_tellen_een_keer_per_contract_en_onbekend_blijft_onbekend():
    def kosten(*rijen):
        i = [inzetrij(D(2005, 1, 10 + n), kosten=k, contract_id=c) for n, (k, c) in enumerate(rijen)]
        return inzetten(i, TRAJECT)["kosten"].tolist()

    assert kosten((100.0, "a"), (100.0, "a"), (50.0, "b")) == [150.0]
    assert kosten((100.0, None), (100.0, None)) == [200.0]
    assert np.isnan(kosten((100.0, "a"), (np.nan, "b"))[0])
    assert kosten((100.0, "a"), (np.nan, "a")) == [100.0]


def test_inzet_na_de_periode_hoort_er_niet_bij_en_telt_als_buiten():
    u = [spell(D(2004, 1, 1), D(2004, 6, 30), "11")]
    p = perioden(u, [inzetrij(D(2004, 7, 1))], TRAJECT)
    assert len(p.inzetten) == 0
    assert p.weglatingen.set_index("wat").loc["inzetten begonnen buiten een uitkeringsperiode", "aantal"] == 1
    p = perioden(u, [inzetrij(D(2004, 6, 30))], TRAJECT)
    assert p.inzetten["binnen"].tolist() == [True]


def test_volgorde_van_rijen_maakt_niet_uit():
    u = [spell(D(2004 + n, 1, 1), D(2004 + n, 3, 31), "11", f"c{n % 2}", huishouden_id="h") for n in range(3)]
    i = [inzetrij(D(2004, 1, 5 + 40 * (n % 2) // 2), client=f"c{n % 2}", einddatum=D(2004, 2, 20)) for n in range(4)]
    a, b = perioden(u, i, TRAJECT), perioden(u, i[::-1], TRAJECT)
    pd.testing.assert_frame_equal(a.inzetten, b.inzetten)


def test_venster():
    tot = D(2007, 5, 30)
    assert [to_date(d) for d in venster(toets_config(tot=tot))] == [D(2004, 1, 1), D(2007, 5, 31)]
    assert to_date(venster(toets_config(tot=tot, rijping_maanden=3))[1]) == D(2007, 2, 28)
    inzet = {"bestand": "x", "volledig_vanaf": D(2005, 2, 2)}
    assert to_date(venster(toets_config(tot=tot, inzet=inzet))[0]) == D(2004, 1, 1)  # no instruments: no matter
    assert to_date(venster(toets_config(TRAJECT, tot=tot, inzet=inzet))[0]) == D(2005, 2, 2)
    assert to_date(venster(toets_config(tot=tot, venster_tot=D(2006, 12, 31)))[1]) == D(2007, 1, 1)


# --- AOW ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("geboren", "aow_dag"),
    [
        (D(1900, 2, 28), D(1965, 2, 28)),
        (D(1940, 2, 29), D(2005, 2, 28)),
        (D(1947, 12, 31), D(2012, 12, 31)),
        (D(1948, 1, 1), D(2013, 2, 1)),
        (D(1948, 11, 30), D(2013, 12, 30)),
        (D(1948, 12, 1), D(2014, 2, 1)),
        (D(1949, 10, 31), D(2014, 12, 31)),
        (D(1949, 11, 1), D(2015, 2, 1)),
        (D(1950, 9, 30), D(2015, 12, 30)),
        (D(1950, 10, 1), D(2016, 4, 1)),
        (D(1951, 6, 30), D(2016, 12, 30)),
        (D(1951, 7, 1), D(2017, 4, 1)),
        (D(1952, 3, 31), D(2017, 12, 31)),
        (D(1952, 4, 1), D(2018, 4, 1)),
        (D(1952, 12, 31), D(2018, 12, 31)),
        (D(1953, 1, 1), D(2019, 5, 1)),
        (D(1955, 8, 31), D(2021, 12, 31)),
        (D(1955, 9, 1), D(2022, 4, 1)),
        (D(1956, 5, 31), D(2022, 12, 31)),
        (D(1956, 6, 1), D(2023, 4, 1)),
        (D(1957, 2, 28), D(2023, 12, 28)),
        (D(1957, 3, 1), D(2024, 3, 1)),
        (D(1960, 12, 31), D(2027, 12, 31)),
        (D(1961, 1, 1), D(2028, 4, 1)),
    ],
)
def test_aow_datum_per_cohort(geboren, aow_dag):
    assert aow(geboren) == aow_dag


def test_aow_datum_loopt_nooit_terug_en_valt_in_het_jaar_van_zijn_regel():
    geboren = np.arange(to_day(D(1930, 1, 1)), to_day(D(1965, 1, 1)))
    datum = aow_datum(geboren)
    assert (np.diff(datum) >= 0).all()  # nobody reaches it before somebody older
    assert (
        datum >= [to_day(dt.date.fromordinal(maanden_erbij(D(1970, 1, 1).toordinal() + g, 780))) for g in geboren]
    ).all()


# --- outflow and returns -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stad(tmp_path_factory):
    waarheid = standaard_waarheid(selectie=0.0, instrumenten=[], terugval=2.0)
    sim = simuleer_gemeente(waarheid, zaad=21, clienten=3000, venster_van=D(2002, 1, 1), met_verwacht=False)
    map_ = schrijf_simulatie(sim, tmp_path_factory.mktemp("stad") / "d")
    config = lees_config(map_ / "kompas.toml")
    bestand = lees_bron(config)
    return sim, config, bestand.uitkeringen, maak_perioden(bestand.uitkeringen, bestand.inzet, config)


def _maanden(begin, dag):
    """Calendar months between two ordinals, the last in parts of its days."""
    n = 0
    while maanden_erbij(begin, n + 1) <= dag:
        n += 1
    return n + (dag - maanden_erbij(begin, n)) / (maanden_erbij(begin, n + 1) - maanden_erbij(begin, n))


def test_maanden_tussen():
    paren = [(D(2004, 1, 31), D(2004, 2, 29)), (D(2004, 1, 31), D(2004, 3, 1)), (D(2004, 2, 29), D(2009, 2, 28))]
    dagen = np.array([[to_day(a), to_day(b)] for a, b in paren])
    hun = [_maanden(a.toordinal(), b.toordinal()) for a, b in paren]
    np.testing.assert_allclose(maanden_tussen(dagen[:, 0], dagen[:, 1]), hun, atol=1e-12)
    assert hun == pytest.approx([1, 1 + 1 / 31, 60])


def _eigen_spells(sim, van, tot):
    """Entry, exit in months, cause: from the simulated rows, without any joining (nobody is back within 31 days)."""
    uit = []
    for r in sim.uitkeringen.itertuples(index=False):
        begin = r.begindatum.date().toordinal()
        eind = tot if pd.isna(r.einddatum) else r.einddatum.date().toordinal() + 1
        grens = min(tot, aow(r.geboortedatum.date()).toordinal())
        intrede, stop = max(begin, van), min(eind, grens)
        if stop <= intrede:
            continue
        raak = not pd.isna(r.einddatum) and eind <= grens and r.reden_einde != "03"
        werk = {"11": 1, "13": 1, "31": 2, "34": 2, "35": 2}.get(r.reden_einde, 3) if raak else 0
        uit.append((_maanden(begin, intrede), _maanden(begin, stop), werk))
    return pd.DataFrame(uit, columns=["intrede", "stop", "oorzaak"])


def test_uitstroomtabel_gelijk_aan_lifelines(stad):
    sim, config, uitkeringen, p = stad
    d = _eigen_spells(sim, D(2002, 1, 1).toordinal(), D(2007, 7, 1).toordinal())
    d = d.assign(stop=d["stop"] + 1e-7 * np.random.default_rng(1).random(len(d)))  # lifelines wants no ties
    tabel = incidentietabel(p, uitkeringen, config)
    for k, naam in enumerate(BESTEMMINGEN):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            aj = AalenJohansenFitter(calculate_variance=False).fit(
                d["stop"], d["oorzaak"], event_of_interest=k + 1, entry=d["intrede"]
            )
        curve = aj.cumulative_density_.iloc[:, 0]
        onze = tabel[tabel["bestemming"] == naam]
        assert onze["maand"].tolist() == list(range(61))
        plek = np.searchsorted(curve.index.to_numpy(), onze["maand"].to_numpy() + 1e-6, side="right") - 1
        np.testing.assert_allclose(onze["kans"], curve.to_numpy()[plek], atol=2e-4)
        assert onze["kans"].iloc[-1] > 0.05


def test_terugval_vindt_de_waarheid_van_de_simulator(stad):
    sim, config, uitkeringen, p = stad
    tabel = terugvaltabel(p, uitkeringen, config)
    van, tot = D(2002, 1, 1).toordinal(), D(2007, 7, 1).toordinal()
    banden = [0, 3, 6, 12, 24, np.inf]
    blootstelling, keren = np.zeros((3, 5)), np.zeros((3, 5))
    verwacht = np.zeros((3, 5))
    voorgoed, anders = np.zeros(3), np.zeros(3)
    w = sim.waarheid
    rijen = list(sim.uitkeringen.itertuples(index=False))
    for r, s in zip(rijen, [*rijen[1:], None], strict=True):
        if pd.isna(r.einddatum) or r.reden_einde == "03":
            continue
        eind = r.einddatum.date().toordinal() + 1
        grens = min(tot, aow(r.geboortedatum.date()).toordinal())
        if not van < eind < grens:
            continue
        if r.reden_einde in {"04", "32", "33"}:  # died, moved away
            voorgoed[2] += 1
            continue
        terug = s.begindatum.date().toordinal() if s is not None and s.client_id == r.client_id else 10**7
        u = _maanden(eind, min(terug, grens))
        c = {"11": 0, "13": 0, "31": 1, "34": 1, "35": 1}.get(r.reden_einde, 2)
        anders[c] += 1
        for b in range(5):
            blootstelling[c, b] += max(min(u, banden[b + 1]) - banden[b], 0)
        for a, b_, h in zip(
            (0, *w.terugval_banden), (*w.terugval_banden, np.inf), w.terugval[BESTEMMINGEN[c]], strict=True
        ):
            band = int(np.searchsorted(banden, a, side="right")) - 1
            verwacht[c, band] += h * max(min(u, b_) - a, 0)
        if terug < grens:
            keren[c, next(b for b in range(5) if u <= banden[b + 1])] += 1
    for c, naam in enumerate(BESTEMMINGEN):
        deel = tabel[tabel["bestemming"] == naam].set_index(["soort", "maand"])["waarde"]
        assert deel["aantal", 0] == keren[c].sum()
        kans = deel["terugkeer"].to_numpy() * (anders[c] + voorgoed[c]) / anders[c]  # of those who can come back
        over = np.r_[1.0, 1.0 - np.cumsum(kans)[:-1]]
        hazard = -np.log1p(-kans / over)
        eigen = np.repeat(keren[c] / blootstelling[c], [3, 3, 6, 12, len(kans) - 24])
        np.testing.assert_allclose(hazard, eigen, atol=1e-10)
    z = (keren - verwacht) / np.sqrt(verwacht)
    assert keren.sum() > 250
    assert 0.1 < voorgoed[2] / (voorgoed[2] + anders[2]) < 0.6
    assert np.abs(z).max() < 3.8
    assert (z**2).sum() < 40  # 15 cells


def test_hernieuwde_perioden_lopen_af_als_waargenomen(stad):
    _, config, uitkeringen, p = stad
    tabel = terugvaltabel(p, uitkeringen, config)
    uit = tabel[tabel["soort"] == "uitstroom"].groupby("bestemming")["waarde"].agg(["sum", "min", "size"])
    assert (uit["min"] >= 0).all()
    assert uit["sum"].sum() <= 1 + 1e-12
    assert uit["sum"].sum() > 0.5
    eerste = tabel[(tabel["soort"] == "uitstroom") & (tabel["maand"] <= 12)].groupby("bestemming")["waarde"].sum()
    terug = p.spells[(p.spells["eerdere_spells"] > 0) & (p.spells["begin"] >= to_day(D(2002, 1, 1)))]
    terug = terug[terug["begin"] < to_day(D(2006, 7, 1))]  # followed for a year: a simple share is nearly right
    for naam in BESTEMMINGEN:
        weg = (terug["bestemming"] == naam) & (terug["eind"] - terug["begin"] <= 366)
        assert eerste[naam] == pytest.approx(weg.mean(), abs=4 * np.sqrt(0.25 / len(terug)))


# --- deployments without ends --------------------------------------------------------------------------------------


def zonder_eindes(inzet, zonder):
    """Deployments (begin, stop) of one client on benefit from 2004 on, of a table without einddatum or with it."""
    config = toets_config(TRAJECT, tot=D(2006, 12, 31))
    u, i = tabellen([spell(D(2004, 1, 1))], inzet)
    i["kosten"], i["contract_id"] = np.nan, None
    i["zonder_einde"] = zonder
    p = maak_perioden(u, i, config)
    return [(to_date(b), datums([s])[0]) for b, s in p.inzetten[["begin", "stop"]].itertuples(index=False)]


def test_inzet_zonder_einddatum_duurt_tot_het_geplande_einde():
    """Three months planned: 2004-02-01 to 05-01; 05-20 is within 30 days of that, 2005-01-10 is not."""
    rijen = [
        inzetrij(D(2004, 2, 1)),
        inzetrij(D(2004, 5, 20)),
        inzetrij(D(2005, 1, 10), geplande_einddatum=D(2005, 7, 31)),
        inzetrij(D(2006, 11, 15)),
    ]
    verwacht = [
        (D(2004, 2, 1), D(2004, 8, 20)),
        (D(2005, 1, 10), D(2005, 8, 1)),
        (D(2006, 11, 15), D(2007, 2, 15)),
    ]
    assert zonder_eindes(rijen, zonder=True) == verwacht
    # with the column an empty end is running: all is one deployment that has not ended
    assert zonder_eindes(rijen, zonder=False) == [(D(2004, 2, 1), None)]


def test_zonder_einddatum_loopt_alleen_wat_zijn_geplande_einde_nog_niet_heeft_bereikt():
    """Peildatum 2006-12-31: three months from 2006-10-01 ends on 2007-01-01, the day after; from 10-02 it runs."""
    for begin, loopt in ((D(2006, 10, 1), False), (D(2006, 10, 2), True), (D(2004, 2, 1), False)):
        (een,) = zonder_eindes([inzetrij(begin)], zonder=True)
        assert (een[1] > D(2007, 1, 1)) == loopt
        assert zonder_eindes([inzetrij(begin)], zonder=False)[0][1] is None
