"""Usual policy against what must be equal to it, and against lives drawn one by one with the same hazards."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas.bron import Bestand, lees_bron
from kompas.config import BESTEMMINGEN, Config, lees_config, maak_config
from kompas.fouten import GebruiksFout
from kompas.gebruikelijk import (
    aangenomen_beleid,
    beleid_van,
    gebruikelijk_beleid,
    kansen_gebruikelijk,
    naar_model,
    over_beleid,
    verwacht_gebruikelijk,
    zonder_intrede,
)
from kompas.herijking import Herijking, schat
from kompas.lijst import lopende_klanten
from kompas.mededingers import Duur, Geschat, zonder_nieuwe_start
from kompas.models.policy import Entry, Stage, usual_hazard
from kompas.models.returns import at_level_and_left, value_by_level, value_of_returns
from kompas.perioden import OPEN
from kompas.rendement import bereken, maak_meter
from kompas.simulatie import Simulatie, bereken_verwacht, schrijf_simulatie, simuleer_gemeente
from kompas.simulatie.bevolking import Bevolking, intredescore
from kompas.simulatie.tijd import NOOIT, als_dagen, plus_maanden, volle_maanden
from kompas.simulatie.verloop import Toestand, loop_af, maak_tabellen
from kompas.simulatie.verwacht import _lopende, vooruit_kalender
from kompas.simulatie.waarheid import Waarheid
from kompas.simulatie.werelden import wereld
from kompas.terugblik import Stand, stand_op
from kompas.terugtoets import toets_terug
from kompas.typen import Kansmodel, Typen
from kompas.vooruitblik import Blok, Klanten

GELIJK = 1e-12
HORIZON = (3, 6, 12, 24)
KEER = 120  # lives per client
SIGMA = 3.5
BENADERING = 0.003  # mean field, and months instead of days, in probability
ALLES_TEGELIJK = 1e-7
ANDERE_STUKKEN = 0.02  # months: the meters have half as many pieces, with returns from the middle of each


@dataclasses.dataclass(frozen=True)
class Geval:
    sim: Simulatie
    bestand: Bestand
    config: Config
    h: Herijking
    stand: Stand
    klanten: Klanten

    def met(self, **velden: object) -> Herijking:
        return dataclasses.replace(self.h, **velden)

    def met_typen(self, **velden: object) -> Herijking:
        return self.met(typen=dataclasses.replace(self.h.typen, **velden))


def ware_coef(h: Herijking, termen: Mapping[str, float], banden: tuple[int, ...], per_band: np.ndarray) -> np.ndarray:
    """A true linear predictor on terms of the model; ``per_band``: log hazards at its own bands."""
    ref = {k.naam: k.referentie for k in h.kenmerken if k.soort != "numeriek"}
    niveau = sum(termen.get(f"{k}={v}", 0.0) for k, v in ref.items()) + termen.get("nul", 0.0)
    uit = np.zeros(len(h.termen))
    randen = (0, *h.tijd.bands)
    for j, term in enumerate(h.termen):
        kop, _, _ = term.partition("=")
        if kop == "duur":
            uit[j] = per_band[np.searchsorted(banden, randen[j], side="right")] + niveau
        elif kop in ref:
            uit[j] = termen.get(term, 0.0) - termen.get(f"{kop}={ref[kop]}", 0.0)
        elif kop in {"maand", "trend", "leeftijd"}:
            uit[j] = termen.get(term, 0.0)
    return uit


def waar_model(h: Herijking, w: Waarheid) -> Herijking:
    """The herijking with everything as it truly is."""
    coef = np.zeros_like(h.coef)
    for c, naam in enumerate(BESTEMMINGEN):
        termen = dict(w.kenmerken.get(naam, {}))
        seizoen = w.seizoen[naam]
        termen |= {f"maand={m + 1}": s - seizoen[0] for m, s in enumerate(seizoen)}
        termen["trend"] = 12 * w.trend[naam]
        eerste = (w.trend_nul.year * 12 + w.trend_nul.month - 1) - h.tijd.first
        termen["nul"] = seizoen[0] - w.trend[naam] * eerste - termen.get("leeftijd", 0.0) * w.leeftijd_nul
        coef[c] = ware_coef(h, termen, w.duurbanden, np.log(np.array(w.basis[naam])))
        for i in w.instrumenten:
            for fase in i.instrument.fasen:
                coef[c, h.termen.index(f"inzet:{i.code}={fase}")] = i.effect(fase, naam)
    termen_i, coef_i, tot = {}, {}, {}
    with np.errstate(divide="ignore"):
        for i in w.instrumenten:
            gewoon = [t for t in h.termen if not t.startswith("inzet:")]
            plek = [h.termen.index(t) for t in gewoon]
            loopt = [f"loopt:{x.code}" for x in w.instrumenten if x.code != i.code and x.instrument.duur_maanden > 0]
            lijn = ware_coef(h, dict(i.intrede_kenmerken), i.intrede_banden, np.log(np.array(i.intrede)))[plek]
            termen_i[i.code] = (*gewoon, *loopt, "eerder")
            coef_i[i.code] = np.concatenate([lijn, np.zeros(len(loopt)), [i.herhaling]])
            tot[i.code] = None
    punten = np.array(
        [
            [t.uitstroom.get(c, 0.0) for c in BESTEMMINGEN]
            + [w.selectie * (i.intrede_typen[q] if i.intrede_typen else 0.0) for i in w.instrumenten]
            for q, t in enumerate(w.typen)
        ]
    )
    typen = Typen(
        punten=punten,
        coef=coef,
        covariantie=np.zeros_like(h.covariantie),
        intrede_termen=termen_i,
        intrede_coef=coef_i,
        intrede_banden=h.tijd.bands,
        tot_maand=tot,
        bekend_vanaf=-OPEN,
        kans=Kansmodel(kolommen=("",), midden=np.zeros(1), schaal=np.ones(1)),
        delta=np.zeros((len(w.typen) - 1, 1)),
        aandelen=np.array([t.kans for t in w.typen]),
    )
    return dataclasses.replace(h, typen=typen, gesteund=True, meter_coef=coef, coef=coef)


def met_types(k: Klanten, stand: Stand, sim: Simulatie) -> Klanten:
    """The clients, each with his true type."""
    soort = sim.clienten.set_index("client_id")["type"].loc[stand.client_id].to_numpy() - 1
    return dataclasses.replace(k, types=np.eye(len(sim.waarheid.typen))[soort])


def maak_geval(w: Waarheid, *, zaad: int, clienten: int) -> Geval:
    sim = simuleer_gemeente(w, zaad=zaad, clienten=clienten, met_verwacht=False)
    with tempfile.TemporaryDirectory() as tmp:
        schrijf_simulatie(sim, Path(tmp) / "stad")
        config = lees_config(Path(tmp) / "stad" / "kompas.toml")
        inhoud = config.model_dump()
        inhoud["kenmerken"]["gebruik"] = ("geslacht", "leeftijd", "leefvorm", "opleiding", "fasering")
        config = maak_config(inhoud, pad=config.pad)
        bestand = lees_bron(config)
    h = schat(bestand, config, methoden=("waargenomen",))
    h = waar_model(h, w)
    stand = stand_op(bestand, config)
    klanten, _ = lopende_klanten(stand.perioden, stand.bestand, stand.config, h, stand.spells)
    return Geval(sim, bestand, config, h, stand, met_types(klanten, stand, sim))


@pytest.fixture(scope="module")
def geval() -> Geval:
    return maak_geval(wereld("selectie", effect=2.5), zaad=4, clienten=1_200)


def start_meteen(h: Herijking, code: str) -> Herijking:
    """The model in which everybody enters one instrument on the first day, once, and no other ever."""
    coef = {}
    for c, termen in h.typen.intrede_termen.items():
        coef[c] = np.array([(40.0 if c == code else -60.0) * t.startswith("duur=") for t in termen])
        coef[c][termen.index("eerder")] = -200.0
    punten = h.typen.punten.copy()
    punten[:, len(BESTEMMINGEN) :] = 0.0
    return dataclasses.replace(h, typen=dataclasses.replace(h.typen, intrede_coef=coef, punten=punten))


def zonder_start(h: Herijking, klanten: Klanten) -> np.ndarray:
    m = maak_meter(h, horizon=max(HORIZON), discontovoet=0.0, terugval=False)
    blok = Blok(m, klanten, fijn=True)
    return blok.kansen(blok.hazard, HORIZON)[0]


# --- what must be equal


def test_zonder_instrumenten_is_er_geen_ander_beleid(geval: Geval) -> None:
    kaal = geval.config.model_copy(update={"instrument": ()})
    bestand = dataclasses.replace(geval.bestand, inzet=geval.bestand.inzet.iloc[:0])
    h = schat(bestand, kaal, methoden=("waargenomen",))
    assert h.typen is None
    assert beleid_van(h) == "gebruikelijk_beleid"
    stand = stand_op(bestand, kaal)
    np.testing.assert_allclose(
        gebruikelijk_beleid(h, stand, HORIZON), zonder_nieuwe_start(h, stand, HORIZON), atol=GELIJK
    )


def test_wie_niets_start_verandert_niets(geval: Geval) -> None:
    """Entry hazards of zero, for clients with deployments that run, ran or never were."""
    nul = {c: np.where([t.startswith("duur=") for t in k], -80.0, 0.0) for c, k in geval.h.typen.intrede_termen.items()}
    h = geval.met_typen(intrede_coef=nul)
    lopend = [(geval.klanten.inzet[i.code][0] < OPEN).mean() for i in geval.config.instrument]
    assert min(lopend) > 0.1
    np.testing.assert_allclose(
        kansen_gebruikelijk(h, geval.klanten, HORIZON), zonder_start(h, geval.klanten), atol=GELIJK
    )
    verwacht = bereken(maak_meter(h, horizon=36, discontovoet=0.0, terugval=True), geval.klanten, ())
    np.testing.assert_allclose(
        verwacht_gebruikelijk(h, geval.klanten, horizon=36), verwacht.verwachte_maanden, atol=ANDERE_STUKKEN
    )


def test_na_de_laatste_startmaand_begint_niemand(geval: Geval) -> None:
    h = geval.met_typen(tot_maand=dict.fromkeys(geval.h.typen.tot_maand, 12))
    lang = geval.klanten.nu - geval.klanten.begin > 366
    verschil = np.abs(kansen_gebruikelijk(h, geval.klanten, HORIZON) - zonder_start(h, geval.klanten)).max(axis=(0, 2))
    assert verschil[lang].max() < GELIJK
    assert np.median(verschil[~lang]) > 1e-4


def test_een_instrument_dat_niets_doet_verandert_niets(geval: Geval) -> None:
    coef = geval.h.meter_coef.copy()
    coef[:, [t.startswith("inzet:") for t in geval.h.termen]] = 0.0
    h = geval.met(meter_coef=coef)
    np.testing.assert_allclose(
        kansen_gebruikelijk(h, geval.klanten, HORIZON), zonder_start(h, geval.klanten), atol=GELIJK
    )


@pytest.mark.parametrize("code", ["reintegratie", "werkdirect", "training"])
def test_wat_iedereen_meteen_begint_is_een_start_nu(geval: Geval, code: str) -> None:
    """The phases follow one another as those of the meters, to the piece."""
    h = start_meteen(geval.h, code)
    nooit = geval.klanten.inzet[code][0] == OPEN
    assert nooit.sum() > 50
    m = maak_meter(h, horizon=max(HORIZON), discontovoet=0.0, terugval=False)
    blok = Blok(m, geval.klanten, fijn=True)
    ins = next(i for i in geval.config.instrument if i.code == code)
    met = blok.kansen(blok.met_start(ins), HORIZON)[0]
    uit = kansen_gebruikelijk(h, geval.klanten, HORIZON)
    np.testing.assert_allclose(uit[:, nooit], met[:, nooit], atol=ALLES_TEGELIJK)
    assert np.abs(uit - zonder_start(h, geval.klanten))[:, nooit].max() > 0.01
    maanden = bereken(maak_meter(h, horizon=36, discontovoet=0.0, terugval=True), geval.klanten, [ins])
    met_start = maanden.verwachte_maanden - maanden.maanden_bespaard[code]
    np.testing.assert_allclose(
        verwacht_gebruikelijk(h, geval.klanten, horizon=36)[nooit], met_start[nooit], atol=ANDERE_STUKKEN
    )


def test_wie_het_had_begint_alleen_opnieuw_zoals_geschat(geval: Geval) -> None:
    """With the shift for who had it before at minus infinity, only they are as if nothing starts."""
    coef = {c: v.copy() for c, v in geval.h.typen.intrede_coef.items()}
    for c, termen in geval.h.typen.intrede_termen.items():
        bij = -200.0 if c == "reintegratie" else -60.0
        coef[c] = coef[c] + np.array(
            [bij * (t == "eerder" if c == "reintegratie" else t.startswith("duur=")) for t in termen]
        )
    h = geval.met_typen(intrede_coef=coef)
    had = geval.klanten.inzet["reintegratie"][0] < OPEN
    verschil = np.abs(kansen_gebruikelijk(h, geval.klanten, HORIZON) - zonder_start(h, geval.klanten)).max(axis=(0, 2))
    assert verschil[had].max() < GELIJK
    assert np.median(verschil[~had]) > 1e-4


# --- against the recursion by hand and against lives


def test_twee_toestanden_met_de_hand() -> None:
    """Hazard of a start .1 per month, exits doubled by it for good: the mean hazard of who is still there."""
    uit, start, stukken = 0.2, 0.1, 600
    lengte = np.full((1, stukken), 12.0 / stukken)
    een = np.ones((1, stukken))
    e = Entry(
        hazard=start * een,
        had=np.ones(1),
        again=0.0,
        free=een,
        running=0 * een,
        before=een[None],
        effect=np.full((1, 1, 1), 2.0),
        stages=(Stage(phase=0, months=None, free=True),),
        runs=False,
        others=np.ones(1),
    )
    gemiddeld = usual_hazard(uit * een[None], lengte, [e])[0, 0]
    t = np.cumsum(lengte[0])
    zonder = np.exp(-(uit + start) * t)
    met = start / (uit - start) * (np.exp(-(uit + start) * t) - np.exp(-2 * uit * t))
    np.testing.assert_allclose(np.exp(-np.cumsum(gemiddeld * lengte[0])), zonder + met, rtol=2e-4)


def toestand(g: Geval, keer: int) -> tuple[int, Toestand]:
    """Where the running clients truly stand, each ``keer`` times."""
    w = g.sim.waarheid
    ids, c = _lopende(w, g.sim.uitkeringen, g.sim.inzet, g.sim.clienten, g.sim.peildatum)
    assert list(ids) == list(g.stand.client_id)
    u = g.sim.uitkeringen
    u = u[u["einddatum"].isna()].set_index("client_id").loc[ids]
    bevolking = Bevolking(
        begin=c.begin,
        geboorte=c.geboorte,
        type=g.klanten.types.argmax(axis=1),
        kenmerken={k: pd.Index(x).get_indexer(u[k]) for k, x in w.waarden.items()},
    )
    nu = int(als_dagen(pd.Series([pd.Timestamp(g.sim.peildatum)]))[0]) + 1
    eind = [
        np.where(r[:, 0] == NOOIT, -NOOIT, r[:, int(i.instrument.duur_maanden > 0)])
        for r, i in zip(c.randen, w.instrumenten, strict=True)
    ]

    def vaak(x: np.ndarray) -> np.ndarray:
        return np.repeat(x, keer, axis=0)

    return nu, Toestand(
        geboorte=vaak(c.geboorte),
        aow=vaak(c.aow),
        uitstroom=vaak(c.uitstroom),
        intrede=vaak(intredescore(w, bevolking)),
        begin=vaak(c.begin),
        dag=np.full(len(ids) * keer, nu),
        maand=vaak(volle_maanden(c.begin, np.full(len(ids), nu))),
        randen=[vaak(r) for r in c.randen],
        inzet_eind=vaak(np.stack(eind, axis=1)),
    )


def levens(g: Geval, keer: int) -> np.ndarray:
    """Share of the lives of each client that left by each cause within each horizon, (3, n, H)."""
    nu, s = toestand(g, keer)
    w, begin, n = g.sim.waarheid, s.begin.copy(), len(s.begin) // keer
    tab = maak_tabellen(w, kalender=vooruit_kalender(w, g.sim.peildatum))
    v = loop_af(tab, s, einde=int(plus_maanden(nu, max(HORIZON))), rng=np.random.default_rng(1))
    oorzaak = {code: c for c, naam in enumerate(BESTEMMINGEN) for code in w.redenen[naam]}
    c = np.array([oorzaak.get(r, -1) for r in v.reden])
    uit = np.zeros((len(BESTEMMINGEN), n, len(HORIZON)))
    for j, maanden in enumerate(HORIZON):
        weg = (v.begin == begin[v.client]) & (v.einddag < plus_maanden(nu, maanden)) & (c >= 0)
        np.add.at(uit, (c[weg], v.client[weg] // keer, j), 1 / keer)
    return uit


@pytest.mark.langzaam
def test_tegen_levens_een_voor_een_getrokken(geval: Geval) -> None:
    """With the true hazards of exit and entry: overall, by cause, by type, by duration and by what was given before."""
    p, waar = kansen_gebruikelijk(geval.h, geval.klanten, HORIZON), levens(geval, KEER)
    zonder = zonder_start(geval.h, geval.klanten)
    duur = geval.klanten.nu - geval.klanten.begin
    groepen = {"allen": duur > 0, "kort": duur < 180, "lang": duur > 730}
    groepen |= {f"type {q}": geval.klanten.types[:, q] == 1 for q in range(geval.klanten.types.shape[1])}
    groepen |= {f"had {i.code}": geval.klanten.inzet[i.code][0] < OPEN for i in geval.config.instrument}
    for naam, wie in groepen.items():
        lives = wie.sum() * KEER
        for j, (kans, echt) in enumerate([(p.sum(axis=0), waar.sum(axis=0)), *zip(p, waar, strict=True)]):
            een, twee = kans[wie].mean(axis=0), echt[wie].mean(axis=0)
            se = np.sqrt(twee * (1 - twee) / lives)
            assert (np.abs(een - twee) < BENADERING + SIGMA * se).all(), (naam, j, een, twee)
    verschil = np.abs(p - zonder).sum(axis=0).mean(axis=0)
    assert verschil[-1] > 3 * BENADERING  # usual policy is something else than nothing new


# --- returns by the client's own hazards


def test_wie_snel_weg_is_is_ook_na_terugkeer_snel_weg(geval: Geval) -> None:
    """Months after a return per type, against the truth; one average for everybody misses by far."""
    g = geval.sim
    waar = bereken_verwacht(g.waarheid, g.uitkeringen, g.inzet, g.clienten, peildatum=g.peildatum)
    waar = waar.set_index("client_id").loc[geval.stand.client_id]
    terug_waar = (waar["verwachte_maanden"] - waar["verwachte_maanden_zonder_terugval"]).to_numpy()

    def maanden(h: Herijking, *, terugval: bool = True) -> np.ndarray:
        m = maak_meter(h, horizon=60, discontovoet=0.0, terugval=terugval)
        return bereken(m, geval.klanten, ()).verwachte_maanden

    zonder = maanden(geval.h, terugval=False)
    assert np.abs(zonder - waar["verwachte_maanden_zonder_terugval"]).max() < 0.1
    eigen = maanden(geval.h) - zonder
    gemiddeld = maak_meter(geval.met(gesteund=False), horizon=60, discontovoet=0.0, terugval=True).terug
    m = dataclasses.replace(maak_meter(geval.h, horizon=60, discontovoet=0.0, terugval=True), terug=gemiddeld)
    allen = bereken(m, geval.klanten, ()).verwachte_maanden - zonder
    for q in range(geval.klanten.types.shape[1]):
        wie = geval.klanten.types[:, q] == 1
        assert abs(eigen[wie].mean() - terug_waar[wie].mean()) < 0.25
        assert abs(allen[wie].mean() - terug_waar[wie].mean()) > 0.4


def test_tabellen_per_niveau() -> None:
    """At the reference level the same as one table with those exits; faster exits are fewer months."""
    terug = np.full((2, 12), 0.03)
    tempo = np.stack([np.linspace(0.1, 0.05, 12), np.full(12, 0.02)])
    totaal = tempo.sum(axis=0)
    er = np.exp(-np.concatenate([[0.0], np.cumsum(totaal)]))
    een = value_of_returns(terug, tempo / totaal * (er[:-1] - er[1:]), 12, 0.99)
    tabel = value_by_level(terug, tempo, 12, 0.99)
    over = np.arange(13.0)[:, None]
    np.testing.assert_allclose(at_level_and_left(tabel, np.array([0.0]), over).value[:, :, 0], een, rtol=1e-12)
    laatste = tabel[:, :, -1]
    assert (np.diff(laatste, axis=0) < 0).all()
    nooit = value_of_returns(terug, np.zeros((2, 12)), 12, 0.99)
    np.testing.assert_allclose(tabel[0, :, -1], nooit[:, -1], rtol=0.01)


# --- what is assumed, and said


def test_zonder_kansen_op_een_start_is_er_geen_gebruikelijk_beleid(geval: Geval) -> None:
    h = geval.met(typen=None, gesteund=False)
    k = dataclasses.replace(geval.klanten, types=np.ones((geval.klanten.aantal, 1)))
    assert beleid_van(h) == "niets_nieuws"
    with pytest.raises(GebruiksFout, match="KMP-V001"):
        gebruikelijk_beleid(h, geval.stand, HORIZON)
    with pytest.raises(GebruiksFout, match="KMP-V001"):
        verwacht_gebruikelijk(h, k, horizon=12)
    assert beleid_van(geval.met(gesteund=False)) == "niets_nieuws"  # entry hazards of one of three types are no policy
    np.testing.assert_array_equal(naar_model(h, geval.stand, HORIZON), zonder_nieuwe_start(h, geval.stand, HORIZON))


def test_een_instrument_zonder_starts_begint_niemand(geval: Geval) -> None:
    """Its columns go; what runs of it still ends as planned, and the order of the points stays right."""
    t, weg = geval.h.typen, "werkdirect"
    bekend = [i.code for i in geval.config.instrument if i.code != weg]
    kolom = [0, 1, 2, *[3 + j for j, i in enumerate(geval.config.instrument) if i.code != weg]]
    minder = geval.met_typen(
        punten=t.punten[:, kolom],
        intrede_termen={c: t.intrede_termen[c] for c in bekend},
        intrede_coef={c: t.intrede_coef[c] for c in bekend},
        tot_maand=dict.fromkeys(bekend),
    )
    assert zonder_intrede(minder) == (weg,)
    nul = dict(t.intrede_coef)
    nul[weg] = np.where([x.startswith("duur=") for x in t.intrede_termen[weg]], -80.0, 0.0)
    np.testing.assert_allclose(
        kansen_gebruikelijk(minder, geval.klanten, HORIZON),
        kansen_gebruikelijk(geval.met_typen(intrede_coef=nul), geval.klanten, HORIZON),
        atol=GELIJK,
    )
    zin = over_beleid("model", Geschat(herijking=minder, scoor=naar_model))
    assert len(zin) == 1
    assert weg in zin[0]


def test_de_terugtoets_noemt_het_beleid(geval: Geval) -> None:
    moment = geval.config.gemeente.peildatum.replace(year=geval.config.gemeente.peildatum.year - 1)

    def met_typen(bestand: Bestand, config: Config, **_: object) -> Herijking:
        return waar_model(schat(bestand, config, methoden=("waargenomen",)), geval.sim.waarheid)

    def zonder_typen(bestand: Bestand, config: Config, **_: object) -> Herijking:
        return schat(bestand, config, methoden=("waargenomen",))

    kw = {"momenten": [moment], "horizonnen": (6, 12), "mededingers": ("model", "duur"), "trekkingen": 5}
    uit = {}
    for naam, schatter in (("typen", met_typen), ("kaal", zonder_typen)):
        t = toets_terug(geval.bestand, geval.config, schatter=schatter, **kw)
        uit[naam] = t.beleid.set_index("voorspeller")["beleid"].to_dict()
        assert any("geen instrument meer begint" in z for z in t.opmerkingen) == (naam == "kaal")
    assert uit["typen"] == {"model": "gebruikelijk_beleid", "duur": "waargenomen"}
    assert uit["kaal"] == {"model": "niets_nieuws", "duur": "waargenomen"}
    assert aangenomen_beleid(Geschat(herijking=geval.h, scoor=zonder_nieuwe_start)) == "niets_nieuws"
    assert aangenomen_beleid(Duur()) == "waargenomen"
