"""The look-ahead against a slow evaluation in plain Python, client by client and month by month."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from kompas.afgeleiden import Afgeleiden
from kompas.bron import lees_bron
from kompas.config import BESTEMMINGEN, Instrument, lees_config, maak_config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking, schat
from kompas.kenmerken import STARTBANDEN, startduur
from kompas.lijst import lopende_klanten
from kompas.models.calendar import add_months, age_at, to_date, to_day
from kompas.models.returns import LEVELS
from kompas.models.timedesign import frozen_trend
from kompas.perioden import OPEN, maak_perioden
from kompas.rendement import bereken, kansen_op, maak_meter, overleving
from kompas.rooster import Klanten, leeftijden, maak_rooster
from kompas.vooruitblik import Blok, Meter

GELIJK = 1e-9
HORIZON = 26
AANTAL = 10  # clients that are done by hand


# --- by hand: a spell, a calendar, a recursion


def maanden_later(dag: dt.date, n: int) -> dt.date:
    jaar, maand = divmod(dag.year * 12 + dag.month - 1 + n, 12)
    laatste = (dt.date(jaar + maand // 11, (maand + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(jaar, maand + 1, min(dag.day, laatste))


def klok(begin: dt.date, dag: dt.date) -> float:
    """Months since the begin of the spell, with the part of the running month."""
    n = 0
    while maanden_later(begin, n + 1) <= dag:
        n += 1
    van, tot = maanden_later(begin, n), maanden_later(begin, n + 1)
    return n + (dag - van).days / (tot - van).days


class Hand:
    """One client of a meter."""

    def __init__(self, m: Meter, k: Klanten, i: int) -> None:
        self.m, self.h, self.k, self.i = m, m.herijking, k, i
        self.begin, self.nu = to_date(k.begin[i]), to_date(k.nu)
        self.t0 = klok(self.begin, self.nu)
        self.maand0 = int(self.t0)
        self.aow = klok(self.begin, max(to_date(k.aow[i]), self.begin)) - self.t0
        self.hazard, self.factor, self.kenmerken = cache(self.hazard), cache(self.factor), cache(self.kenmerken)
        self.termen = [dict(zip(self.h.termen, b, strict=True)) for b in np.nan_to_num(self.h.meter_coef)]

    def kenmerken(self, c: int, dag: int) -> float:
        """Traits at a day."""
        som = 0.0
        for kenmerk in self.h.kenmerken:
            waarde = age_at(self.k.geboren[[self.i]], np.array([dag]))[0]
            waarde = waarde if kenmerk.naam == "leeftijd" else self.k.codes[kenmerk.naam][self.i]
            if kenmerk.soort == "numeriek":
                som += self.termen[c][kenmerk.naam] * waarde
                continue
            code = kenmerk.codeer(np.array([float(waarde)]))[0] if kenmerk.naam == "leeftijd" else waarde
            som += self.termen[c].get(f"{kenmerk.naam}={kenmerk.niveaus[code]}", 0.0)
        return som

    def hazard(self, c: int, maand: int) -> float:
        """Hazard of a cause in a duration month, without instruments."""
        eerste = maanden_later(self.begin, maand)
        onder = max(b for b in (0, *self.h.tijd.bands) if b <= maand)
        band = next(t for t in self.h.termen if t.startswith((f"duur={onder}-", f"duur={onder}+")))
        log = self.termen[c][band] + self.kenmerken(c, to_day(eerste))
        log += self.termen[c].get(f"maand={eerste.month}", 0.0)
        namen = ["trend", *(f"trend_{j}" for j in range(2, 20))]
        log += sum(self.termen[c].get(n, 0.0) * x for n, x in zip(namen, frozen_trend(self.h.tijd), strict=False))
        return math.exp(log) if not np.isnan(self.h.meter_coef[c]).all() else 0.0

    def effect(self, c: int, ins: Instrument, fase: str, start: float) -> float:
        log = self.termen[c][f"inzet:{ins.code}={fase}"]
        for naam in self.h.config.model.effect_per:
            if naam == "duur":
                groep = startduur().niveaus[sum(start >= b for b in STARTBANDEN)]
            else:
                kenmerk = next(x for x in self.h.kenmerken if x.naam == naam)
                groep = kenmerk.niveaus[self.k.codes[naam][self.i]]
            log += self.termen[c][f"inzet:{ins.code}:{fase}:{naam}={groep}"]
        return math.exp(log)

    def factor(self, c: int, ins: Instrument, van: float, tot: float, nu: Instrument | None) -> float:
        """Mean multiplier of an instrument over a piece."""
        if nu is not None:
            start = self.t0
            einden = [float(ins.duur_maanden + g) for g in (0, *ins.fasen_na)]
            begin = 0.0
        else:
            dag, gepland = (to_date(x[self.i]) if x[self.i] < OPEN else None for x in self.k.inzet[ins.code])
            if dag is None or gepland is None:
                return 1.0
            start = klok(self.begin, dag) if dag >= self.begin else 0.0
            einden = [
                klok(self.begin, d) - self.t0 if (d := maanden_later(gepland, g)) >= self.begin else -math.inf
                for g in (0, *ins.fasen_na)
            ]
            begin = start - self.t0 if dag >= self.begin else -math.inf
        randen = [begin, *einden, math.inf] if ins.duur_maanden > 0 else [*einden, math.inf]
        som, over = 0.0, tot - van
        for fase, a, b in zip(ins.fasen, randen[:-1], randen[1:], strict=True):
            lap = max(min(tot, b) - max(van, a), 0.0)
            som, over = som + lap * self.effect(c, ins, fase, start), over - lap
        return (som + over) / (tot - van)

    def stukken(self) -> list[tuple[int, float, float]]:
        """(duration month, from, to) of every piece, cut where phases of a start now change."""
        deel = self.t0 - self.maand0
        knip = {float(i.duur_maanden + g) for i in self.h.config.instrument for g in (0, *i.fasen_na)}
        randen = sorted({0.0, *(j - deel for j in range(1, HORIZON + 1)), HORIZON} | {x for x in knip if x < HORIZON})
        return [(self.maand0 + int(a + deel + 1e-9), a, b) for a, b in pairwise(randen) if b - a > 1e-12]

    def terug(self, c: int, tabel: np.ndarray, over: float, punt: np.ndarray) -> float:
        """Worth of an exit with so many months left."""
        if tabel.ndim == 3:
            eerder = [self.termen[x].get("eerdere_spells", 0.0) for x in range(3)]
            eerste = to_day(maanden_later(self.begin, self.maand0))
            eigen = [self.kenmerken(x, eerste) + eerder[x] + punt[x] for x in range(3)]
            niveau = math.log(sum(math.exp(e) * v for e, v in zip(eigen, self.m.vervolg, strict=True)))
            laag = min(int(over), HORIZON - 1)
            een, twee = (np.interp(niveau, LEVELS, tabel[:, c, j]) for j in (laag, laag + 1))
            return float(een + (over - laag) * (twee - een))
        return float(np.interp(over, np.arange(HORIZON + 1), tabel[c]))

    def reken(self, nu: Instrument | None, *, waarde: bool) -> tuple[float, dict[int, float], dict[int, float]]:
        """Expected (discounted) months; survival and chance of work by whole months from now."""
        som, nog_, werk_ = 0.0, dict.fromkeys(range(HORIZON + 1), 0.0), dict.fromkeys(range(HORIZON + 1), 0.0)
        tabel = self.m.terug_waarde if waarde else self.m.terug
        for q, punt in enumerate(self.m.punten):
            nog, werk = 1.0, 0.0
            kans = float(self.k.types[self.i, q])
            for maand, van, tot in self.stukken():
                eind = max(min(tot, self.aow), van)
                h = [self.hazard(c, maand) * math.exp(punt[c]) for c in range(3)]
                for ins in self.h.config.instrument:
                    eigen = nu if nu is not None and nu.code == ins.code else None
                    h = [x * self.factor(c, ins, van, tot, eigen) for c, x in enumerate(h)]
                p = [1 - math.exp(-x) for x in h]
                tempo = [x / sum(p) * -math.log(1 - sum(p)) for x in p] if self.m.gemeten else h
                totaal = sum(tempo)
                for heel in range(HORIZON + 1):
                    if van <= heel < tot or (heel == HORIZON and tot >= HORIZON):
                        weg = 1 - math.exp(-totaal * max(min(heel, eind) - van, 0.0))
                        nog_[heel] += kans * nog * (1 - weg)
                        werk_[heel] += kans * (werk + nog * weg * tempo[0] / totaal)
                weg = 1 - math.exp(-totaal * (eind - van))
                midden = van + (eind - van) / 2
                prijs = self.m.disconto**midden if waarde else 1.0
                over = max(min(self.aow, HORIZON) - midden, 0.0)
                na = sum(t * self.terug(c, tabel, over, punt) for c, t in enumerate(tempo)) / totaal
                som += kans * prijs * nog * weg * (1 / totaal + na)
                werk += nog * weg * tempo[0] / totaal
                nog *= 1 - weg
        return som, nog_, werk_


# --- the cases


def met_duureffect(h: Herijking) -> Herijking:
    """The model with effects that differ by the duration at the start, of any size."""
    nieuw = [f"inzet:{i.code}:{f}:duur={v}" for i in h.config.instrument for f in i.fasen for v in startduur().niveaus]
    rng = np.random.default_rng(8)
    breed, erbij = len(h.termen), len(nieuw)
    groot = np.zeros((3 * (breed + erbij),) * 2)
    oud = np.concatenate([np.arange(breed) + c * (breed + erbij) for c in range(3)])
    groot[np.ix_(oud, oud)] = h.meter_covariantie
    config = h.config.model_copy(
        update={"model": h.config.model.model_copy(update={"effect_per": (*h.config.model.effect_per, "duur")})}
    )
    return dataclasses.replace(
        h,
        config=config,
        termen=(*h.termen, *nieuw),
        meter_coef=np.hstack([h.meter_coef, rng.normal(0, 0.4, (3, erbij))]),
        meter_covariantie=groot,
    )


def met_typen(h: Herijking, k: Klanten) -> tuple[Herijking, Klanten]:
    """Two unobserved types that differ much."""
    kans = np.random.default_rng(9).uniform(0.1, 0.9, k.aantal)
    punten = np.array([[0.0, 0.0, 0.0], [-1.4, 0.6, -0.7]])
    typen = SimpleNamespace(punten=punten)
    return dataclasses.replace(h, typen=typen, gesteund=True), dataclasses.replace(
        k, types=np.stack([kans, 1 - kans], axis=1)
    )


@pytest.fixture(scope="module")
def basis(gemeente: Path) -> tuple[Herijking, Klanten]:
    """A model with season, trend, age in bands and effects per group, and clients with all that can happen."""
    config = lees_config(gemeente / "kompas.toml")
    inhoud = config.model_dump()
    inhoud["model"] |= {"kalender": "maand+trend", "effect_per": ("opleiding",)}
    inhoud["kenmerken"] |= {"banden": {"leeftijd": (25, 45)}}
    config = maak_config(inhoud, pad=config.pad)
    bestand = lees_bron(config)
    h = schat(bestand, config, methoden=("waargenomen",))
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    nu = to_day(config.gemeente.peildatum) + 1
    s = perioden.spells
    spells = np.flatnonzero((s["eind"].to_numpy() > nu) & (s["begin"].to_numpy() < nu))
    k, _ = lopende_klanten(perioden, bestand, config, h, spells)
    aow = k.aow.copy()
    aow[:4] = nu + np.array([1, 20, 200, 700])
    begin = k.begin.copy()
    begin[4:8] = to_day(dt.date(2006, 8, 31)), to_day(dt.date(2004, 2, 29)), nu - 1, to_day(dt.date(2007, 6, 1))
    return h, dataclasses.replace(k, aow=aow, begin=begin)


def gevallen(basis: tuple[Herijking, Klanten], soort: str) -> tuple[Herijking, Klanten]:
    h, k = basis
    if soort != "gewoon":
        h = met_duureffect(h)
    return met_typen(h, k) if soort == "typen" else (h, k)


@pytest.mark.parametrize("soort", ["gewoon", "duur", "typen"])
def test_met_de_hand(basis: tuple[Herijking, Klanten], soort: str) -> None:
    h, k = gevallen(basis, soort)
    gehad = [np.flatnonzero(k.inzet[i.code][0] < OPEN)[:3] for i in h.config.instrument]
    wie = np.unique(np.concatenate([np.arange(8), *gehad]))[-AANTAL:] if soort == "duur" else np.arange(AANTAL)
    k = k.deel(wie)
    assert all((k.inzet[i.code][0] < OPEN).any() for i in h.config.instrument) or soort != "duur"
    m = maak_meter(h, horizon=HORIZON, discontovoet=0.04, terugval=True)
    v = bereken(m, k, h.config.instrument)
    curven = overleving(m, k, h.config.instrument)
    for i in range(k.aantal):
        hand = Hand(m, k, i)
        maanden, nog, werk = hand.reken(None, waarde=False)
        assert v.verwachte_maanden[i] == pytest.approx(maanden, abs=GELIJK)
        np.testing.assert_allclose(curven.geen[i], list(nog.values()), atol=GELIJK)
        for x in (3, 6, 12, 24):
            assert v.kans_uitstroom[x][i] == pytest.approx(1 - nog[x], abs=GELIJK)
            assert v.kans_werk[x][i] == pytest.approx(werk[x], abs=GELIJK)
        contant = hand.reken(None, waarde=True)[0]
        for ins in h.config.instrument:
            daar, nog, _ = hand.reken(ins, waarde=False)
            assert v.maanden_bespaard[ins.code][i] == pytest.approx(maanden - daar, abs=GELIJK)
            assert v.waarde[ins.code][i] == pytest.approx(contant - hand.reken(ins, waarde=True)[0], abs=GELIJK)
            np.testing.assert_allclose(curven.met[ins.code][i], list(nog.values()), atol=GELIJK)


@pytest.mark.parametrize("soort", ["duur", "typen"])
def test_afgeleiden_naar_alle_fasen(basis: tuple[Herijking, Klanten], soort: str) -> None:
    """Duration at the start, earlier deployments and types: derivatives against finite differences."""
    h, k = gevallen(basis, soort)
    gehad = np.unique(np.concatenate([np.flatnonzero(k.inzet[i.code][0] < OPEN)[:4] for i in h.config.instrument]))
    k = k.deel(gehad)
    ins = h.config.instrument[0]

    def winst(coef: np.ndarray) -> np.ndarray:
        m = maak_meter(dataclasses.replace(h, meter_coef=coef), horizon=HORIZON, discontovoet=0.04, terugval=False)
        blok = Blok(m, k)
        doel = [(blok.disconto, np.zeros_like(blok.hazard))]
        zonder, met = (blok.verwacht(x, doel)[0].value for x in (blok.hazard, blok.met_start(ins)))
        return zonder - met

    m = maak_meter(h, horizon=HORIZON, discontovoet=0.04, terugval=False)
    blok = Blok(m, k)
    doel = [(blok.disconto, np.zeros_like(blok.hazard))]
    terug, effect = Afgeleiden(blok), blok.effect_nu(ins)
    g = terug.zonder(blok.verwacht(blok.hazard, doel)[0].gradient)
    g -= terug.met(blok.verwacht(blok.met_start(ins, effect), doel)[0].gradient, ins, effect)
    kolommen = [j for j, t in enumerate(h.termen) if t.startswith("inzet:") and np.abs(g[:, j]).max() > 1e-3]
    assert sum(":duur=" in h.termen[j] for j in kolommen) >= 6
    assert {h.termen[j].split(":")[1].split("=")[0] for j in kolommen} == {i.code for i in h.config.instrument}
    stap = 1e-5
    for c in range(len(BESTEMMINGEN)):
        for j in kolommen[:: 9 if soort == "duur" else 13]:
            op, af = h.meter_coef.copy(), h.meter_coef.copy()
            op[c, j] += stap
            af[c, j] -= stap
            np.testing.assert_allclose(g[c, j], (winst(op) - winst(af)) / (2 * stap), atol=4e-5, rtol=1e-5)


def test_een_model_zonder_de_duurtermen_is_een_fout(basis: tuple[Herijking, Klanten]) -> None:
    h, k = basis
    config = h.config.model_copy(update={"model": h.config.model.model_copy(update={"effect_per": ("duur",)})})
    m = maak_meter(dataclasses.replace(h, config=config), horizon=12, discontovoet=0.0, terugval=False)
    with pytest.raises(GebruiksFout, match="KMP-V002"):
        bereken(m, k, h.config.instrument)


def test_kansen_hangen_niet_af_van_de_horizon(basis: tuple[Herijking, Klanten]) -> None:
    """With a horizon of six months the chance within a year is still that within a year."""
    h, k = basis
    kort, lang = (maak_meter(h, horizon=x, discontovoet=0.0, terugval=True) for x in (6, 40))
    een, twee = bereken(kort, k, ()), bereken(lang, k, ())
    los = kansen_op(kort, k, (12, 30))
    for x in (3, 6, 12, 24):
        np.testing.assert_allclose(een.kans_uitstroom[x], twee.kans_uitstroom[x], atol=1e-12)
        np.testing.assert_allclose(een.kans_werk[x], twee.kans_werk[x], atol=1e-12)
    np.testing.assert_array_equal(een.kans_uitstroom_12m, een.kans_uitstroom[12])
    np.testing.assert_allclose(los.werk[12], twee.kans_werk[12], atol=1e-12)
    assert (los.uitstroom[30] > twee.kans_uitstroom[24] - 1e-12).all()
    blijft = k.aow - k.nu > 366
    assert (twee.kans_uitstroom[12][blijft] > twee.kans_uitstroom[6][blijft]).all()


def test_overleving_en_kans_zijn_dezelfde_curve(basis: tuple[Herijking, Klanten]) -> None:
    h, k = basis
    m = maak_meter(h, horizon=36, discontovoet=0.0, terugval=False)
    curve, v = overleving(m, k), bereken(m, k, ())
    assert not curve.met
    assert (curve.geen[:, 0] == 1.0).all()
    assert (np.diff(curve.geen, axis=1) <= 1e-15).all()
    np.testing.assert_allclose(1 - curve.geen[:, 12], v.kans_uitstroom[12], atol=1e-15)
    # without returns the expected months are the area below the curve
    ver = k.aow - k.nu > 36 * 31
    trapezium = (curve.geen[:, 1:] + curve.geen[:, :-1]).sum(axis=1) / 2
    np.testing.assert_allclose(trapezium[ver], v.verwachte_maanden[ver], atol=0.05)


def test_zonder_klanten_en_zonder_instrumenten(basis: tuple[Herijking, Klanten]) -> None:
    h, k = basis
    m = maak_meter(h, horizon=12, discontovoet=0.0, terugval=True)
    niemand = k.deel(slice(0, 0))
    v = bereken(m, niemand, h.config.instrument)
    assert v.verwachte_maanden.shape == (0,)
    assert all(x.shape == (0,) for x in v.se_waarde.values())
    assert overleving(m, niemand).geen.shape == (0, 13)


def test_leeftijd_per_maand_is_die_van_de_kalender() -> None:
    """Leap days and ends of months included."""
    rng = np.random.default_rng(2)
    begin = to_day(dt.date(1996, 1, 1)) + rng.integers(0, 4_000, 500)
    geboren = to_day(dt.date(1950, 1, 1)) + rng.integers(0, 12_000, 500)
    geboren[:40] = [to_day(dt.date(1960 + 4 * (j % 10), 2, 29)) for j in range(40)]
    begin[:20] = to_day(dt.date(2004, 2, 29))
    begin[20:60] = [to_day(dt.date(2003, 1 + 2 * (j % 4), 31)) for j in range(40)]
    maand = np.arange(90)[:, None] + rng.integers(0, 200, 500)
    dagen = add_months(np.broadcast_to(begin, maand.shape).ravel(), maand.ravel())
    verwacht = age_at(np.broadcast_to(geboren, maand.shape).ravel(), dagen).reshape(maand.shape)
    np.testing.assert_array_equal(leeftijden(geboren, begin, maand), verwacht)


def test_stukken_sluiten_aan(basis: tuple[Herijking, Klanten]) -> None:
    _, k = basis
    r = maak_rooster(k, 24, {6, 12})
    assert r.stap.size == 25 + 2
    assert (np.diff(r.grens, axis=0) >= 0).all()
    assert (r.grens[0] == 0).all()
    assert (r.grens[-1] == 24).all()
    assert (r.grens[r.knip[12]] == 12).all()
    np.testing.assert_allclose(r.lengte.sum(axis=0)[k.aow - k.nu > 740], 24)
    assert (r.lengte.sum(axis=0)[:3] < 7).all()
    aan = np.arange(r.stap.size, dtype=np.float64)[None, :, None] * np.ones((1, 1, k.aantal))
    per = r.per_maand(aan)[0, :, 0]
    assert per[6] == 6 + 7  # the cut month is two pieces
    assert per.sum() == np.arange(r.stap.size).sum()
