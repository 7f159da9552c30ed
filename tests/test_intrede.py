"""Who is at risk of a start of an instrument: hand-made spells, month by month."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from kompas.config import maak_config
from kompas.intrede import blootstelling_intrede, maak_intrede
from kompas.models.calendar import to_day
from kompas.models.timedesign import make_spec
from kompas.panel import maak_panel
from kompas.perioden import maak_perioden
from kompas.rijen import bekend_vanaf, maak_rijen

D = dt.date
VANAF, VAN, TOT = D(2000, 1, 1), D(2004, 1, 1), D(2004, 12, 31)
TRAJECT = {"code": "traject", "duur_maanden": 3, "fasen_na": []}
BEZOEK = {"code": "bezoek", "duur_maanden": 0, "fasen_na": []}
LEEG = np.zeros(0, dtype=np.int64)


def geen_kenmerken(spell, _dag):
    return {"x": np.zeros(spell.size, dtype=np.int64)}


class Dorp:
    """Spells (client, first day, last day or None) and deployments (client, code, first day, last day or None)."""

    def __init__(self, spells, inzet, *, van=VAN, vanaf=VANAF, instrument=(TRAJECT, BEZOEK)):
        self.config = maak_config(
            {
                "gemeente": {"naam": "Dorp", "peildatum": TOT},
                "bron": {"venster_van": van, "inzet": {"bestand": "x.csv", "volledig_vanaf": vanaf}},
                "instrument": list(instrument),
            }
        )
        u = pd.DataFrame(spells, columns=["client_id", "begindatum", "einddatum"]).assign(
            reden_einde=[None if s[2] is None else "11" for s in spells],
            bestemming=[None if s[2] is None else "werk" for s in spells],
            geboortedatum=D(1975, 6, 15),
            huishouden_id=None,
            rij=np.arange(len(spells)) + 2,
        )
        i = pd.DataFrame(inzet, columns=["client_id", "instrument", "begindatum", "einddatum"]).assign(
            geplande_einddatum=None, aanmelddatum=None, kosten=np.nan, contract_id=None, rij=np.arange(len(inzet)) + 2
        )
        for t, kolommen in ((u, ("begindatum", "einddatum", "geboortedatum")), (i, ("begindatum", "einddatum"))):
            for k in kolommen:
                t[k] = pd.to_datetime(t[k]).astype("datetime64[ns]")
        for k in ("geplande_einddatum", "aanmelddatum"):
            i[k] = pd.Series(pd.NaT, index=i.index, dtype="datetime64[ns]")
        self.u = u.sort_values(["client_id", "begindatum"], ignore_index=True)
        self.perioden = maak_perioden(self.u, i, self.config)
        self.panel = maak_panel(self.perioden, self.u, self.config, kenmerken=geen_kenmerken)

    def rijen(self, **opties):
        return maak_rijen(
            self.panel,
            self.perioden,
            self.u,
            self.config,
            kenmerken=geen_kenmerken,
            tijdlijnen=[],
            leeftijden=LEEG,
            **opties,
        )

    def risico(self, code="traject", *, tot_maand=None):
        """Pieces at risk of a start: (client number, month, length, start, before the window, had it before)."""
        r = self.rijen()
        index = [i.code for i in self.config.instrument].index(code)
        gemaakt = blootstelling_intrede(r, self.perioden, self.config, index, tot_maand)
        if gemaakt is None:
            return []
        e, voor = gemaakt
        n = len(next(iter(r.profielen.values())))
        uit = e.expand()
        voor = np.repeat(voor, e.months)
        return sorted(
            (int(c), int(m), round(float(d), 9), int(s), bool(v), bool(p >= n))
            for c, m, d, s, v, p in zip(
                uit["cluster"], uit["month"], uit["length"], uit["event"], voor, uit["profile"], strict=True
            )
        )


def maanden(van, tot, *, eerder=False, voor=False, client=0):
    """Full months at risk without a start."""
    return [(client, m, 1.0, 0, voor, eerder) for m in range(van, tot)]


def start(maand, lengte=1.0, *, eerder=False, voor=False, client=0):
    return [(client, maand, round(lengte, 9), 1, voor, eerder)]


EEN = [("a", D(2004, 1, 1), None)]  # twelve months within the window


@pytest.mark.parametrize(
    ("inzet", "verwacht"),
    [
        # nobody started: at risk all the time
        ([("b", "traject", D(2004, 3, 1), None)], maanden(0, 12)),
        # in the middle of March: that month keeps its full length; it ends 16 June, half of June and no more is waited
        ([("a", "traject", D(2004, 3, 16), None)], maanden(0, 2) + start(2) + maanden(6, 12, eerder=True)),
        # it ends 20 June: less than half of June is left, so July is waited as well
        ([("a", "traject", D(2004, 3, 20), None)], maanden(0, 2) + start(2) + maanden(7, 12, eerder=True)),
        # on the first day of a duration month: it ends 1 June, June is waited
        ([("a", "traject", D(2004, 3, 1), None)], maanden(0, 2) + start(2) + maanden(6, 12, eerder=True)),
        # on the first day of the spell
        ([("a", "traject", D(2004, 1, 1), None)], start(0) + maanden(4, 12, eerder=True)),
        # in the first month, not on its first day
        ([("a", "traject", D(2004, 1, 11), None)], start(0) + maanden(4, 12, eerder=True)),
        # a second row within 30 days is the same deployment
        (
            [("a", "traject", D(2004, 3, 1), D(2004, 5, 31)), ("a", "traject", D(2004, 6, 20), None)],
            maanden(0, 2) + start(2) + maanden(6, 12, eerder=True),
        ),
        # a second deployment later: at risk of it in July, started in August, at risk again in December
        (
            [("a", "traject", D(2004, 3, 1), D(2004, 5, 31)), ("a", "traject", D(2004, 8, 16), None)],
            maanden(0, 2)
            + start(2)
            + maanden(6, 7, eerder=True)
            + start(7, eerder=True)
            + maanden(11, 12, eerder=True),
        ),
    ],
)
def test_risico_op_een_start(inzet, verwacht):
    assert Dorp(EEN, inzet).risico() == sorted(verwacht)


@pytest.mark.parametrize(
    ("dag", "daarna"),
    [
        (D(2004, 3, 16), 3),  # 16 days are left of March: those are waited
        (D(2004, 3, 25), 4),  # a week is left: April is waited too
        (D(2004, 3, 1), 3),
        (D(2004, 1, 1), 1),
    ],
)
def test_inzet_zonder_lengte_wacht_een_maand(dag, daarna):
    maand = dag.month - 1
    verwacht = maanden(0, maand) + start(maand) + maanden(daarna, 12, eerder=True)
    assert Dorp(EEN, [("a", "bezoek", dag, None)]).risico("bezoek") == sorted(verwacht)


def test_uitstroom_telt_half_en_start_daarvoor_telt_heel():
    spells = [("a", D(2004, 1, 1), D(2004, 3, 19)), ("b", D(2004, 1, 1), D(2004, 3, 19))]
    inzet = [("b", "traject", D(2004, 3, 10), None)]
    d = Dorp(spells, inzet)
    half = [(0, 2, 0.5, 0, False, False)]
    assert d.risico() == sorted(maanden(0, 2) + half + maanden(0, 2, client=1) + start(2, client=1))
    # and for the exits: the month keeps its full length, in two parts where a phase changed
    e = d.rijen().blootstelling(1).expand()
    for client, delen in ((0, [1.0]), (1, [9 / 31, 22 / 31])):
        deel = (e["cluster"] == client) & (e["month"] == 2)
        np.testing.assert_allclose(e["length"][deel], delen)
        assert e["event"][deel].tolist() == [0] * (len(delen) - 1) + [1]
    # an exit of another kind came first somewhere in that month
    ander = d.rijen().blootstelling(2).expand()
    np.testing.assert_allclose(ander["length"][ander["month"] == 2], [0.5, 9 / 31, 11 / 31])


def test_rand_van_het_venster_knipt_de_maand():
    """Window from 15 February: 14 of 29 days lie before it; a start on the 20th has the other 15."""
    a, b = 14 / 29, 15 / 29
    d = Dorp(EEN, [("a", "traject", D(2004, 2, 20), None)], van=D(2004, 2, 15))
    na = maanden(6, 12, eerder=True)  # it ends 20 May; 12 of 31 days are left, June is waited
    voor = [*maanden(0, 1, voor=True), (0, 1, round(a, 9), 0, True, False)]
    assert d.risico() == sorted(voor + start(1, b) + na)


def test_starts_voor_het_venster_tellen_als_voorgeschiedenis():
    d = Dorp(EEN, [("a", "traject", D(2004, 2, 10), None)], van=D(2004, 7, 1))
    verwacht = maanden(0, 1, voor=True) + start(1, voor=True) + maanden(6, 12, eerder=True)
    # it ends 10 May: 22 of 31 days are waited, June is at risk and lies before the window
    verwacht += maanden(5, 6, voor=True, eerder=True)
    assert d.risico() == sorted(verwacht)
    # a deployment before the spell is history, not a start
    eerder = Dorp([("a", D(2004, 1, 1), None)], [("a", "traject", D(2003, 3, 1), D(2003, 5, 31))])
    assert eerder.risico() == maanden(0, 12, eerder=True)


def test_na_de_laatste_band_met_een_start_is_er_geen_risico():
    spells = [("a", D(2004, 1, 1), None), ("b", D(2004, 1, 1), None)]
    inzet = [("a", "traject", D(2004, 3, 1), None)]
    d = Dorp(spells, inzet)
    verwacht = maanden(0, 2) + start(2) + maanden(0, 3, client=1)
    assert d.risico(tot_maand=3) == sorted(verwacht)
    r = d.rijen()
    spec = make_spec((1, 3, 6), "geen", int(r.kalender.min()), int(r.kalender.min()) + 11)
    i = maak_intrede(r, d.perioden, d.config, (), spec, 0)
    assert (i.tot_maand, i.starts) == (3, 1)
    assert i.probleem.exposure.person_months == len(verwacht)
    assert i.termen == (*(f"duur={b}" for b in spec.band_names), "eerder")  # a visit has no length: never runs
    assert i.kaart.shape == (len(i.termen), len(i.probleem.names))
    assert maak_intrede(r, d.perioden, d.config, (), spec, 1) is None  # nobody ever had it


def test_lopend_ander_instrument_staat_in_het_profiel():
    """While the trajectory runs, a visit can start: ``loopt`` says that it runs."""
    d = Dorp(EEN, [("a", "traject", D(2004, 3, 1), None), ("a", "bezoek", D(2004, 4, 1), None)])
    r = d.rijen()
    spec = make_spec((), "geen", int(r.kalender.min()), int(r.kalender.min()) + 11)
    i = maak_intrede(r, d.perioden, d.config, (), spec, 1)
    e = i.probleem.exposure.expand()
    x = pd.DataFrame(i.probleem.profiles.matrix.toarray()[e["profile"]], columns=i.probleem.profiles.names)
    loopt = x["loopt:traject"].to_numpy()
    assert sorted(e["month"][loopt == 1].tolist()) == [2, 3, 4]
    assert e["event"][(e["month"] == 3)].tolist() == [1]
    assert sorted(e["month"][x["eerder"].to_numpy() == 1].tolist()) == [4, 5, 6, 7, 8, 9, 10, 11]


# --- before the window --------------------------------------------------------------------------------------------


def dorp_met_historie(van, **opties):
    """Begins on the first of a month, so that a window that begins on a first cuts nothing."""
    rng = np.random.default_rng(5)
    spells, inzet = [], []
    for c in range(60):
        maand = int(rng.integers(0, 30))
        begin = D(2002 + maand // 12, maand % 12 + 1, 1)
        while begin < D(2004, 10, 1):
            lang = dt.timedelta(days=int(rng.integers(40, 500)))
            eind = begin + lang if begin + lang < TOT and rng.random() < 0.8 else None
            spells.append((f"c{c:02}", begin, eind))
            if rng.random() < 0.7:
                inzet.append((f"c{c:02}", "traject", begin + dt.timedelta(days=int(rng.integers(0, 200))), None))
            if rng.random() < 0.4:
                inzet.append((f"c{c:02}", "bezoek", begin + dt.timedelta(days=int(rng.integers(0, 100))), None))
            if eind is None or rng.random() < 0.5:
                break
            verder = 12 * eind.year + eind.month + 1  # two months later, on a first
            begin = D(verder // 12, verder % 12 + 1, 1)
    return Dorp(spells, inzet, van=van, **opties)


def test_rijen_voor_het_venster_zijn_die_van_een_eerder_venster():
    """The same rows as with a window that begins before everybody, for the clients seen in the later window."""
    later, vroeg = dorp_met_historie(D(2004, 1, 1)), dorp_met_historie(D(2002, 1, 1))
    a, b = later.rijen(), vroeg.rijen()
    assert not b.voor.any()
    gezien = np.isin(b.codes[b.client], a.codes)
    assert 10 < gezien.sum() < gezien.size

    def stukken(r, wie):
        e = r.blootstelling(1)
        per = pd.DataFrame({"client": r.codes[r.client], "spell": r.spell}).iloc[
            np.repeat(np.arange(r.spell.size), e.months)
        ]
        uit = {k: v for k, v in e.expand().items() if k in ("month", "calendar", "length", "event")}
        per = per.assign(**uit)[np.repeat(wie, e.months)]
        return per.sort_values(list(per.columns), ignore_index=True)

    pd.testing.assert_frame_equal(stukken(a, np.ones(a.spell.size, bool)), stukken(b, gezien))
    assert a.voor.any()
    np.testing.assert_array_equal(a.voor, a.kalender < 12 * 2004)
    klein = {int(c): i for i, c in enumerate(a.codes)}
    for code in ("traject", "bezoek"):
        uit_b = [(klein[int(b.codes[c])], *rest) for c, *rest in vroeg.risico(code) if int(b.codes[c]) in klein]
        uit_a = [(c, m, d, s, False, p) for c, m, d, s, _, p in later.risico(code)]
        assert sorted(uit_a) == sorted(uit_b)
        assert sum(s for *_, s, _, _ in uit_a) > 8


def test_perioden_van_voor_de_registratie_vallen_weg():
    d = dorp_met_historie(D(2004, 1, 1), vanaf=D(2003, 1, 1))
    r = d.rijen()
    begin = d.perioden.spells["begin"].to_numpy()
    assert (begin[r.spell] >= to_day(D(2003, 1, 1))).all()
    oud = np.unique(d.panel.spell[begin[d.panel.spell] < to_day(D(2003, 1, 1))])
    assert r.weggelaten == oud.size > 0
    smal = d.rijen(alleen_instroom=True)
    stock = d.panel.exposure.cluster[begin[d.panel.spell] < to_day(D(2004, 1, 1))]
    assert not np.isin(smal.codes, stock).any()
    assert smal.codes.size > 0
    assert not smal.voor.any()


def zonder_vanaf(config):
    inzet = config.bron.inzet.model_copy(update={"volledig_vanaf": None})
    return config.model_copy(update={"bron": config.bron.model_copy(update={"inzet": inzet})})


def test_vanaf_wanneer_de_inzet_bekend_is():
    d = dorp_met_historie(D(2004, 1, 1))
    assert bekend_vanaf(d.perioden, d.config) == to_day(D(2000, 1, 1))
    assert bekend_vanaf(d.perioden, zonder_vanaf(d.config)) < to_day(
        D(1900, 1, 1)
    )  # earlier deployments are there: all of them are
    geen = Dorp(EEN, [("a", "traject", D(2004, 3, 1), None)])
    assert bekend_vanaf(geen.perioden, zonder_vanaf(geen.config)) == to_day(D(2004, 1, 1))
