"""The look-ahead: against the simulator's own day-by-day truth, against draws, against finite differences."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.afgeleiden import Afgeleiden
from kompas.bron import lees_bron
from kompas.config import BESTEMMINGEN, Config, lees_config, maak_config
from kompas.herijking import Herijking, schat
from kompas.lijst import lopende_klanten, maak_lijst
from kompas.models.calendar import to_day
from kompas.perioden import maak_perioden
from kompas.rendement import Vooruitzicht, bereken, maak_meter
from kompas.vooruitblik import Blok, Klanten

WAARHEID_KANS = 1e-3  # running deployments past their end: the simulator keeps the planned date, the list adds a month
WAARHEID_GEMIDDELD = 2e-5
WAARHEID_MAANDEN = 0.05  # the simulator counts the day of exit as paid: about half a day
TREKKINGEN = 120
MARGE_RAAKLIJN = 0.12  # draws at a fifth of the spread: the tangent; the sd of 120 draws is known to 6.5%
MARGE_VOL = 0.30  # draws at full spread on 1,500 clients with thin groups: curvature makes them wider
VERSCHIL = 2e-6  # finite differences


def anders(config: Config, **delen: dict) -> Config:
    inhoud = config.model_dump()
    for deel, waarden in delen.items():
        inhoud[deel] |= waarden
    return maak_config(inhoud, pad=config.pad)


LANG = {"kalender": "maand+trend", "duurbanden": (*range(1, 13), 18, 24, 36, 60)}
ALLEEN = ("waargenomen",)  # what the meters compute with is put in their place below


def ware_coef(h: Herijking, waarheid: Path) -> np.ndarray:
    """The simulator's parameters in the columns of the model."""
    w = pd.read_csv(waarheid / "coefficienten.csv")
    e = pd.read_csv(waarheid / "effecten.csv")
    ref = {k.naam: k.referentie for k in h.kenmerken}
    uit = np.zeros_like(h.coef)
    for c, bestemming in enumerate(BESTEMMINGEN):
        deel = w[w["bestemming"] == bestemming]
        ww = dict(zip(deel["term"], deel["log_effect"], strict=True))
        ee = e[e["bestemming"] == bestemming]
        effect = {f"inzet:{i}={f}": v for i, f, v in zip(ee["instrument"], ee["fase"], ee["log_effect"], strict=True)}
        basis = sum(ww.get(f"{k}={v}", 0.0) for k, v in ref.items()) - 40 * ww.get("leeftijd", 0.0)
        basis += ww.get("maand=1", 0.0) + (h.tijd.first - 12 * 2001) * ww.get("trend", 0.0)
        for j, term in enumerate(h.termen):
            kop = term.split("=")[0]
            if kop == "duur":
                uit[c, j] = ww[term] + basis
            elif kop == "inzet" or term.startswith("inzet:"):
                uit[c, j] = effect[term]
            elif kop == "maand":
                uit[c, j] = ww[term] - ww.get("maand=1", 0.0)
            elif kop == "trend":
                uit[c, j] = 12 * ww.get("trend", 0.0)
            elif kop in ref and ref[kop] is not None:
                uit[c, j] = ww.get(term, 0.0) - ww.get(f"{kop}={ref[kop]}", 0.0)
            else:
                uit[c, j] = ww.get(term, 0.0)
    return uit


def test_vooruitblik_is_die_van_de_simulator(gemeente: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the true parameters the list gives what the simulator computes day by day, in other code."""
    config = anders(lees_config(gemeente / "kompas.toml"), model=LANG, rendement={"terugval": False})
    bestand = lees_bron(config)
    h = schat(bestand, config, methoden=ALLEEN)
    h = dataclasses.replace(h, meter_coef=ware_coef(h, gemeente / "waarheid"))
    # The simulator's parameters are competing rates already.
    monkeypatch.setattr(
        "kompas.lijst.maak_meter", lambda h, **kw: dataclasses.replace(maak_meter(h, **kw), gemeten=False)
    )
    lijst = maak_lijst(bestand, config, h).to_frame()
    verwacht = pd.read_csv(gemeente / "waarheid" / "verwacht.csv")
    samen = lijst.merge(verwacht, on="client_id", suffixes=("", "_waar"), validate="1:1")
    assert len(samen) == len(verwacht) > 300
    for kolom in ("kans_uitstroom_12m", "kans_werk_12m"):
        fout = (samen[kolom] - samen[f"{kolom}_waar"]).abs()
        assert fout.max() < WAARHEID_KANS
        assert fout.mean() < WAARHEID_GEMIDDELD
    maanden = (samen["verwachte_maanden"] - samen["verwachte_maanden_zonder_terugval"]).abs()
    assert maanden.max() < WAARHEID_MAANDEN


@pytest.fixture(scope="module")
def geval(gemeente: Path) -> tuple[Herijking, Config, Klanten]:
    """A model with everything in it: banded age, effects per group, discounting, returns."""
    config = anders(
        lees_config(gemeente / "kompas.toml"),
        model=LANG | {"effect_per": ("opleiding", "leeftijd")},
        kenmerken={"banden": {"leeftijd": (25, 45)}},
        rendement={"discontovoet": 0.04},
    )
    bestand = lees_bron(config)
    h = schat(bestand, config, methoden=ALLEEN)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    nu = to_day(config.gemeente.peildatum) + 1
    s = perioden.spells
    spells = np.flatnonzero((s["eind"].to_numpy() > nu) & (s["begin"].to_numpy() < nu))
    klanten, _ = lopende_klanten(perioden, bestand, config, h, spells)
    # Somebody reaches AOW soon; everybody keeps his place otherwise.
    aow = klanten.aow.copy()
    aow[:5] = nu + np.array([1, 20, 200, 400, 900])
    return h, config, dataclasses.replace(klanten, aow=aow)


def meter_van(h: Herijking, config: Config):
    r = config.rendement
    return maak_meter(h, horizon=24, discontovoet=r.discontovoet, terugval=r.terugval)


def test_afgeleiden_tegen_eindige_verschillen(geval: tuple[Herijking, Config, Klanten]) -> None:
    h, config, klanten = geval
    klanten = klanten.deel(slice(0, 25))
    stap = 1e-5

    def waarden(coef: np.ndarray) -> dict[str, np.ndarray]:
        m = meter_van(dataclasses.replace(h, meter_coef=coef), config)
        return {c: v.copy() for c, v in bereken(m, klanten, config.instrument).waarde.items()}

    m = meter_van(h, config)
    blok = Blok(m, klanten)
    doelen = [(blok.disconto, blok.terug(m.terug_waarde) * blok.disconto)]
    terug = Afgeleiden(blok)
    geen = terug.zonder(blok.verwacht(blok.hazard, doelen)[0].gradient)
    exact = {}
    for ins in config.instrument:
        effect = blok.effect_nu(ins)
        met = blok.verwacht(blok.met_start(ins, effect), doelen)[0].gradient
        exact[ins.code] = geen - terug.met(met, ins, effect)
    kolommen = [0, 12, *[j for j, t in enumerate(h.termen) if not t.startswith("duur=")][::9]]
    kolommen += [j for j, t in enumerate(h.termen) if t.startswith("inzet:")][::7]
    for k in range(len(BESTEMMINGEN)):
        for j in sorted(set(kolommen)):
            op, neer = h.meter_coef.copy(), h.meter_coef.copy()
            op[k, j] += stap
            neer[k, j] -= stap
            hoog, laag = waarden(op), waarden(neer)
            for ins in config.instrument:
                gemeten = (hoog[ins.code] - laag[ins.code]) / (2 * stap)
                np.testing.assert_allclose(exact[ins.code][k, j], gemeten, atol=VERSCHIL * 20, rtol=1e-5)


@pytest.mark.parametrize(("schaal", "marge"), [(0.2, MARGE_RAAKLIJN), (1.0, MARGE_VOL)])
def test_standaardfout_tegen_trekkingen(geval: tuple[Herijking, Config, Klanten], schaal: float, marge: float) -> None:
    """Delta-method standard errors against draws from the same covariance."""
    h, config, klanten = geval
    klanten = klanten.deel(slice(40, 52))
    basis = bereken(meter_van(h, config), klanten, config.instrument)
    rng = np.random.default_rng(5)
    u, waarden, _ = np.linalg.svd(h.meter_covariantie)
    trek = schaal * (u * np.sqrt(waarden)) @ rng.standard_normal((h.meter_coef.size, TREKKINGEN))
    uit: dict[str, list[np.ndarray]] = {i.code: [] for i in config.instrument}
    for d in range(TREKKINGEN):
        m = meter_van(dataclasses.replace(h, meter_coef=h.meter_coef + trek[:, d].reshape(h.coef.shape)), config)
        for code, v in bereken(m, klanten, config.instrument).waarde.items():
            uit[code].append(v)
    for ins in config.instrument:
        spreiding = np.std(np.array(uit[ins.code]), axis=0) / schaal
        assert abs(np.median(basis.se_waarde[ins.code] / spreiding) - 1) < marge, ins.code


def test_zonder_disconto_zijn_maanden_en_waarde_gelijk(geval: tuple[Herijking, Config, Klanten]) -> None:
    h, config, klanten = geval
    m = maak_meter(h, horizon=36, discontovoet=0.0, terugval=True)
    v = bereken(m, klanten, config.instrument)
    m4 = maak_meter(h, horizon=36, discontovoet=0.04, terugval=True)
    w = bereken(m4, klanten, config.instrument)
    for ins in config.instrument:
        np.testing.assert_array_equal(v.maanden_bespaard[ins.code], v.waarde[ins.code])
        np.testing.assert_allclose(v.maanden_bespaard[ins.code], w.maanden_bespaard[ins.code], atol=1e-10)
        assert np.all(np.abs(w.waarde[ins.code]).sum() < np.abs(v.waarde[ins.code]).sum())


def test_alleen_werk_is_een_model_zonder_effect_op_de_rest(geval: tuple[Herijking, Config, Klanten]) -> None:
    """Of clients without an earlier deployment: the other effects as zero, known without error."""
    h, config, klanten = geval
    ins = config.instrument[0]
    eerder = np.isin(np.arange(klanten.aantal), Blok(meter_van(h, config), klanten).eerder[ins.code].wie)
    klanten = klanten.deel(np.flatnonzero(~eerder)[:60])
    nul = [j for j, t in enumerate(h.termen) if t.startswith(f"inzet:{ins.code}")]
    werk, breed = BESTEMMINGEN.index("werk"), len(h.termen)
    coef, covariantie = h.meter_coef.copy(), h.meter_covariantie.copy()
    for c in range(len(BESTEMMINGEN)):
        if c != werk:
            plek = [c * breed + j for j in nul]
            coef[c, nul] = 0.0
            covariantie[plek] = 0.0
            covariantie[:, plek] = 0.0
    zonder = dataclasses.replace(h, meter_coef=coef, meter_covariantie=covariantie)
    apart = bereken(meter_van(h, config), klanten, [ins], alleen="werk")
    goed = bereken(meter_van(zonder, config), klanten, [ins])
    alles = bereken(meter_van(h, config), klanten, [ins])
    for veld in ("maanden_bespaard", "se_maanden", "waarde", "se_waarde"):
        np.testing.assert_allclose(getattr(apart, veld)[ins.code], getattr(goed, veld)[ins.code], rtol=1e-10)
    assert np.abs(apart.waarde[ins.code] - alles.waarde[ins.code]).max() > 0.01


def test_alleen_werk_laat_een_eerdere_inzet_op_de_rest_doorlopen(geval: tuple[Herijking, Config, Klanten]) -> None:
    """Who had it before: the other hazards stay what they are, and so do their derivatives (finite differences)."""
    h, config, klanten = geval
    ins, werk = config.instrument[0], BESTEMMINGEN.index("werk")
    wie = Blok(meter_van(h, config), klanten).eerder[ins.code].wie
    klanten = klanten.deel(wie[:20])
    blok = Blok(meter_van(h, config), klanten)
    met = blok.met_start(ins, blok.effect_nu(ins).alleen("werk"))
    rest = [c for c in range(len(BESTEMMINGEN)) if c != werk]
    np.testing.assert_array_equal(met[rest], blok.hazard[rest])
    np.testing.assert_allclose(met[werk], blok.met_start(ins)[werk])
    assert np.abs(blok.met_start(ins)[rest] / blok.hazard[rest] - 1).max() > 0.01
    basis = bereken(meter_van(h, config), klanten, [ins], alleen="werk")
    grad = np.zeros((h.meter_coef.size, klanten.aantal))
    stap = 1e-5
    for j in np.flatnonzero(np.diag(h.meter_covariantie) > 0):
        kant = []
        for teken in (1, -1):
            coef = h.meter_coef.copy().ravel()
            coef[j] += teken * stap
            m = meter_van(dataclasses.replace(h, meter_coef=coef.reshape(h.meter_coef.shape)), config)
            kant.append(bereken(m, klanten, [ins], alleen="werk").waarde[ins.code])
        grad[j] = (kant[0] - kant[1]) / (2 * stap)
    se = np.sqrt(((h.meter_covariantie @ grad) * grad).sum(axis=0))
    np.testing.assert_allclose(basis.se_waarde[ins.code], se, rtol=1e-4)


def test_horizon_terugval_en_aow_begrenzen(geval: tuple[Herijking, Config, Klanten]) -> None:
    h, config, klanten = geval
    kort = bereken(maak_meter(h, horizon=12, discontovoet=0.0, terugval=False), klanten, config.instrument)
    lang = bereken(maak_meter(h, horizon=60, discontovoet=0.0, terugval=False), klanten, config.instrument)
    terug = bereken(maak_meter(h, horizon=60, discontovoet=0.0, terugval=True), klanten, config.instrument)
    assert np.all(kort.verwachte_maanden <= 12)
    assert np.all(kort.verwachte_maanden <= lang.verwachte_maanden + 1e-12)
    assert np.all(terug.verwachte_maanden[5:] > lang.verwachte_maanden[5:])
    assert np.all(terug.verwachte_maanden <= 60)
    # AOW after one day, twenty days, about 6.5, 13 and 29.5 months.
    assert lang.verwachte_maanden[0] < 0.05
    assert lang.verwachte_maanden[1] < 0.7
    assert lang.verwachte_maanden[2] < 6.7
    assert np.all(lang.kans_werk_12m <= lang.kans_uitstroom_12m)


def uitkomsten(v: Vooruitzicht) -> np.ndarray:
    """Everything that comes out, in rows."""
    rijen = [v.kans_uitstroom_12m, v.kans_werk_12m, v.verwachte_maanden, *v.kans_uitstroom.values()]
    for deel in (v.kans_werk, v.maanden_bespaard, v.se_maanden, v.waarde, v.se_waarde):
        rijen += list(deel.values())
    return np.stack(rijen)


def test_blokken_volgorde_en_draden_veranderen_geen_bit(
    geval: tuple[Herijking, Config, Klanten], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client alone, in another place, or scored on one core: the same bytes."""
    h, config, klanten = geval
    m = meter_van(h, config)
    monkeypatch.setattr("kompas.rendement.BLOK", 96)  # several blocks, the last one not full
    heel = uitkomsten(bereken(m, klanten, config.instrument))
    assert klanten.aantal > 200
    assert klanten.aantal % 96 != 0
    om = np.arange(klanten.aantal)[::-1]
    assert uitkomsten(bereken(m, klanten.deel(om), config.instrument)).tobytes() == heel[:, om].tobytes()
    for een in (0, 7, klanten.aantal - 1):
        alleen = uitkomsten(bereken(m, klanten.deel(slice(een, een + 1)), config.instrument))
        assert alleen.tobytes() == heel[:, [een]].tobytes()
    monkeypatch.setattr("kompas.rendement.on_cores", lambda werk, n: [werk(b) for b in reversed(range(n))])
    assert uitkomsten(bereken(m, klanten, config.instrument)).tobytes() == heel.tobytes()
    monkeypatch.setattr("kompas.rendement.BLOK", 7)
    np.testing.assert_allclose(uitkomsten(bereken(m, klanten, config.instrument)), heel, rtol=1e-9, atol=1e-12)


def test_functie_en_map_geven_dezelfde_lijst(gemeente: Path, model: Path) -> None:
    h = kompas.laad_model(model)
    een = kompas.lijstwerk(gemeente / "kompas.toml", h).to_frame()
    twee = kompas.lijstwerk(gemeente / "kompas.toml", model).to_frame()
    pd.testing.assert_frame_equal(een, twee, check_exact=True)
