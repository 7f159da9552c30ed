"""Timing of events from rows to verdicts: simulated towns with heavy selection, without types, and at the edges."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas import methoden as methodenmodule
from kompas.bron import Bestand, lees_bron
from kompas.config import BESTEMMINGEN, Config, lees_config
from kompas.herijking import Herijking, schat
from kompas.schatters import schat_licht
from kompas.selectie import Selectie
from kompas.simulatie import Simulatie, schrijf_simulatie, simuleer_gemeente
from kompas.simulatie.werelden import wereld
from kompas.typen import Typenkeuze

SLEUTEL = ["instrument", "fase", "bestemming", "groep"]
VRIJWEL = 0.9  # share of the draws with one choice, from which that choice dominates


@dataclasses.dataclass(frozen=True)
class Stad:
    config: Config
    bestand: Bestand
    sim: Simulatie


@dataclasses.dataclass(frozen=True)
class Uitkomst:
    stad: Stad
    h: Herijking
    s: Selectie | None

    def tabel(self, methode: str, bestemming: str = "werk") -> pd.DataFrame:
        e = self.h.effecten
        return e[(e["methode"] == methode) & (e["bestemming"] == bestemming)].reset_index(drop=True)


def schud(map_: Path) -> None:
    """Put the rows of the input files in another order."""
    for pad in sorted((map_ / "bron").glob("*.csv")):
        kop, *rijen = pad.read_text(encoding="utf-8").splitlines()
        orde = np.random.default_rng(4).permutation(len(rijen))
        pad.write_text("\n".join([kop, *(rijen[i] for i in orde)]) + "\n", encoding="utf-8")


def bouw(
    naam: str, *, clienten: int, zaad: int = 11, bron: dict | None = None, geschud: bool = False, **opties
) -> Stad:
    """A simulated town with few traits and few bands, so that it is estimated in seconds."""
    sim = simuleer_gemeente(wereld(naam, **opties), zaad=zaad, clienten=clienten, met_verwacht=False)
    with tempfile.TemporaryDirectory() as tmp:
        schrijf_simulatie(sim, Path(tmp) / "stad")
        if geschud:
            schud(Path(tmp) / "stad")
        config = lees_config(Path(tmp) / "stad" / "kompas.toml")
        bestand = lees_bron(config)
    inzet = config.bron.inzet.model_copy(update=bron or {})
    config = config.model_copy(
        update={
            "bron": config.bron.model_copy(update={"inzet": inzet}),
            "model": config.model.model_copy(update={"kalender": "geen", "duurbanden": (1, 3, 6, 12, 24)}),
            "kenmerken": config.kenmerken.model_copy(update={"gebruik": ("geslacht", "leeftijd", "opleiding")}),
        }
    )
    return Stad(config=config, bestand=bestand, sim=sim)


def draai(stad: Stad, methoden: Sequence[str] = ("waargenomen", "selectie"), zaad: int = 3) -> Uitkomst:
    """Estimate, and catch what the method itself gave."""
    gevangen: list[Selectie] = []
    echt = methodenmodule.schat_selectie

    def vang(*args, **kw):
        gevangen.append(echt(*args, **kw))
        return gevangen[0]

    with pytest.MonkeyPatch.context() as m:
        m.setattr(methodenmodule, "schat_selectie", vang)
        h = schat(stad.bestand, stad.config, methoden=methoden, zaad=zaad)
    return Uitkomst(stad=stad, h=h, s=gevangen[0] if gevangen else None)


@pytest.fixture(scope="module")
def zwaar() -> Uitkomst:
    """Two instruments that do nothing, given to the promising and to the others: 2,500 clients, inflow only."""
    return draai(bouw("placebo_zwaar", clienten=2_500, voorloop_jaren=0))


@pytest.fixture(scope="module")
def zonder() -> Uitkomst:
    """Nobody differs in what was not recorded."""
    return draai(bouw("geen_typen", clienten=2_000, voorloop_jaren=0))


# --- the answer ---------------------------------------------------------------------------------------------------


def test_zware_selectie_wordt_gezien_en_weggenomen(zwaar: Uitkomst) -> None:
    """The truth is zero in every cell; without types the answers are far off, in opposite directions."""
    een, twee = zwaar.tabel("waargenomen"), zwaar.tabel("selectie")
    assert zwaar.h.gesteund
    assert zwaar.s.fits["winst_bic"].iloc[0] > 50
    assert np.abs(een["log_effect"]).mean() > 0.5
    assert np.abs(twee["log_effect"]).mean() < 0.15
    assert (np.abs(twee["log_effect"]) < 3 * twee["se"]).all()
    goed = een["instrument"] == "placebo_goed"
    assert (een.loc[goed, "log_effect"] > 0).all()
    assert (een.loc[~goed, "log_effect"] < 0).all()
    assert (twee["se"] > een["se"]).all()  # what is not known is not claimed
    assert not (twee["oordeel"] == "vastgesteld").any()


def test_wat_gezocht_is_wordt_gezegd(zwaar: Uitkomst, zonder: Uitkomst) -> None:
    """Types found, looked for in vain, or not looked for: three different sentences."""
    niet = schat(zonder.stad.bestand, zonder.stad.config, methoden=("waargenomen",))
    zinnen = [" ".join(h.waarschuwingen) for h in (zwaar.h, zonder.h, niet)]
    for woorden, waar in (("verborgen typen", 0), ("Er is gezocht naar verborgen", 1), ("alleen gecorrigeerd", 2)):
        assert [woorden in z for z in zinnen] == [j == waar for j in range(3)]


def test_typen_zijn_die_van_de_stad(zwaar: Uitkomst) -> None:
    """Who leaves fast gets the one instrument and not the other; the weights know the true type of a client."""
    t = zwaar.h.typen
    assert t.aantal >= 2
    assert t.aandelen.sum() == pytest.approx(1.0)
    assert t.aandelen.min() > 0.01
    assert list(t.intrede_coef) == ["placebo_goed", "placebo_zwaar"]
    werk, goed, slecht = (t.punten[:, j] for j in (0, 3, 4))
    assert np.ptp(werk) > 0.8
    v = np.cov(np.stack([werk, goed, slecht]), aweights=t.aandelen)  # points are free: no strict order is imposed
    r = v / np.sqrt(np.outer(np.diag(v), np.diag(v)))
    assert r[0, 1] > 0.8
    assert r[0, 2] < -0.8
    s = zwaar.s
    np.testing.assert_allclose(s.posterior.sum(axis=1), 1.0, atol=1e-12)
    namen = np.array(sorted(zwaar.stad.bestand.uitkeringen["client_id"].unique()), dtype=object)[s.codes]
    waar = zwaar.stad.sim.clienten.set_index("client_id")["type"].reindex(namen).to_numpy()
    verwacht = [float((s.posterior[waar == m] @ werk).mean()) for m in (1, 2, 3)]
    assert verwacht[0] > verwacht[1] > verwacht[2]
    assert verwacht[0] - verwacht[2] > 0.3


def test_opnieuw_met_de_typen_van_een_eerder_model(zwaar: Uitkomst, zonder: Uitkomst) -> None:
    """On the same data the same model comes out, without a search; what only verdicts need is left out."""
    for u in (zwaar, zonder):
        keuze = Typenkeuze(zoals=u.h.typen, bewijs=False)
        licht = schat_licht(u.stad.bestand, u.stad.config, zaad=3, methoden=("waargenomen", "selectie"), keuze=keuze)
        assert licht.typen.aantal == u.h.typen.aantal
        assert licht.gesteund == u.h.gesteund
        assert licht.fits["typen"].tolist() == sorted({1, u.h.typen.aantal})
        gekozen = [h.fits.loc[h.fits["gekozen"], "log_likelihood"].item() for h in (licht, u.h)]
        assert gekozen[0] == pytest.approx(gekozen[1], abs=0.05)
        np.testing.assert_allclose(licht.meter_coef, u.h.meter_coef, atol=0.02)
        np.testing.assert_allclose(licht.typen.aandelen, u.h.typen.aandelen, atol=0.01)


def test_zonder_typen_is_selectie_gelijk_aan_waargenomen(zonder: Uitkomst) -> None:
    """No types: BIC says so, and the figures are those of the observed traits, up to months in which events compete."""
    assert not zonder.h.gesteund
    assert zonder.s.fits["winst_bic"].iloc[0] < 0
    assert zonder.h.typen.aantal == 1
    a, b = zonder.tabel("waargenomen"), zonder.tabel("selectie")
    np.testing.assert_allclose(a["log_effect"], b["log_effect"], atol=0.03)
    np.testing.assert_allclose(a["se"], b["se"], rtol=0.2)
    waar = zonder.stad.sim.effecten.set_index(SLEUTEL[:3])["log_effect"]
    echt = waar.reindex(pd.MultiIndex.from_frame(b[SLEUTEL[:3]])).fillna(0.0).to_numpy()
    assert (np.abs(b["log_effect"].to_numpy() - echt) < 3.3 * b["se"].to_numpy()).all()
    np.testing.assert_array_equal(zonder.h.meter_coef, zonder.h.coef)  # the meters do not use it


# --- path, replicates, tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize("welke", ["zwaar", "zonder"])
def test_pad_keuze_en_replicaten_horen_bij_elkaar(welke: str, request: pytest.FixtureRequest) -> None:
    u: Uitkomst = request.getfixturevalue(welke)
    s, f = u.s, u.s.fits
    gekozen = int(np.flatnonzero(f["gekozen"])[0])
    assert f["gekozen"].sum() == 1
    assert f["typen"].tolist() == list(range(1, len(f) + 1))
    assert bool(f["bruikbaar"].iloc[gekozen])
    np.testing.assert_array_equal(s.effect, s.pad[gekozen])
    if gekozen:
        meer = f[(f["typen"] > 1) & f["bruikbaar"]]
        assert f["aic"].iloc[gekozen] == meer["aic"].min()
    n = zip(f["aic"], f["bic"], f["log_likelihood"], f["parameters"], strict=True)
    for aic, bic, log, k in n:
        assert aic == pytest.approx(-2 * log + 2 * k)
        assert bic == pytest.approx(-2 * log + np.log(s.clienten) * k)
    assert sum(s.keuzes.values()) == pytest.approx(1.0)
    np.testing.assert_allclose(s.se**2, ((s.replicaten - s.effect[:, None]) ** 2).mean(axis=1), rtol=1e-12)
    # around one fit, replicates are centred on it and spread as its scores say
    los = s.replicaten_een - s.pad[0][:, None]
    assert (np.abs(los.mean(axis=1)) < 4 * s.pad_se[0] / np.sqrt(los.shape[1])).all()
    np.testing.assert_allclose(los.std(axis=1), s.pad_se[0], rtol=0.25)
    if s.keuzes.get(gekozen + 1, 0.0) > VRIJWEL:
        assert (np.abs(s.replicaten.mean(axis=1) - s.effect) < 0.35 * s.se).all()
    else:
        assert welke == "zwaar"  # without types nearly every draw says so


def test_tabellen_van_de_herijking(zwaar: Uitkomst) -> None:
    h = zwaar.h
    e = h.effecten
    assert (e.groupby(SLEUTEL)["voorkeur"].sum() == 1).all()
    assert (e.loc[e["voorkeur"], "methode"] == "selectie").all()
    assert np.isfinite(e.loc[e["voorkeur"], ["log_effect", "se", "effect", "ondergrens", "bovengrens"]]).all().all()
    aantal = h.typen.aantal
    assert h.glance.loc[h.glance["methode"] == "selectie", "typen"].tolist() == [aantal] * 3
    np.testing.assert_array_equal(h.meter_coef, h.typen.coef)
    pad = h.typenpad
    assert set(pad["typen"]) == set(zwaar.s.fits["typen"])
    gekozen = pad[pad["gekozen"]].merge(zwaar.h.effecten.query("methode == 'selectie'"), on=SLEUTEL[:3])
    np.testing.assert_allclose(gekozen["log_effect_x"], gekozen["log_effect_y"])
    tekst = " ".join(h.waarschuwingen)
    assert f"{aantal} verborgen typen" in tekst
    # an effect in the table is the effect in the coefficients of the types
    for r in zwaar.tabel("selectie").itertuples():
        j = h.termen.index(f"inzet:{r.instrument}={r.fase}")
        assert h.typen.coef[BESTEMMINGEN.index("werk"), j] == pytest.approx(r.log_effect, abs=1e-12)


def test_volgorde_van_de_rijen_en_een_tweede_keer_geven_dezelfde_getallen(zwaar: Uitkomst) -> None:
    weer = draai(bouw("placebo_zwaar", clienten=2_500, voorloop_jaren=0, geschud=True)).h
    assert weer.bestanden != zwaar.h.bestanden
    for naam in ("effecten", "fits", "typenpad", "glance", "coefficienten", "overleving"):
        pd.testing.assert_frame_equal(getattr(weer, naam), getattr(zwaar.h, naam), check_exact=True)
    for veld in ("punten", "coef", "covariantie", "delta", "aandelen"):
        np.testing.assert_array_equal(getattr(weer.typen, veld), getattr(zwaar.h.typen, veld))


# --- the edges ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def klein() -> Stad:
    return bouw("een_instrument", clienten=150, voorloop_jaren=0)


def test_te_weinig_klanten_wordt_gezegd(klein: Stad) -> None:
    u = draai(klein)
    assert u.s is None
    assert u.h.typen is None
    assert not u.h.gesteund
    assert any("minstens 200 klanten" in w for w in u.h.waarschuwingen)
    assert set(u.h.effecten["methode"]) == {"waargenomen"}
    assert not (u.h.effecten["oordeel"] == "vastgesteld").any()


def test_zonder_starts_of_instrumenten_geen_selectie(klein: Stad) -> None:
    leeg = dataclasses.replace(klein.bestand, inzet=klein.bestand.inzet.iloc[:0])
    u = draai(dataclasses.replace(klein, bestand=leeg), ("waargenomen", "landmark", "selectie"))
    assert u.s is None
    assert any("geen enkele inzet" in w for w in u.h.waarschuwingen)
    assert (u.h.effecten.loc[u.h.effecten["voorkeur"], "oordeel"] == "onvoldoende_gegevens").all()
    kaal = klein.config.model_copy(update={"instrument": ()})
    u = draai(dataclasses.replace(klein, bestand=leeg, config=kaal), ("waargenomen", "landmark", "selectie"))
    assert u.s is None
    assert len(u.h.effecten) == 0
    assert not u.h.gesteund


def test_te_weinig_starts_van_het_enige_instrument() -> None:
    stad = bouw("een_instrument", clienten=400, voorloop_jaren=0, zaad=12)
    b = stad.bestand
    weinig = dataclasses.replace(b, inzet=b.inzet.iloc[:20].reset_index(drop=True))
    u = draai(dataclasses.replace(stad, bestand=weinig))
    assert u.s is None
    assert any("van geen enkel instrument zijn genoeg starts" in w.lower() for w in u.h.waarschuwingen)


@pytest.fixture(scope="module")
def iedereen() -> Uitkomst:
    """WerkDirect on the first day of every spell."""
    stad = bouw("werkdirect_iedereen", clienten=1_200, voorloop_jaren=0)
    return draai(stad, ("waargenomen", "landmark", "selectie"))


def test_iedereen_aan_het_begin_is_niet_vast_te_stellen(iedereen: Uitkomst) -> None:
    e = iedereen.h.effecten
    direct = e[(e["instrument"] == "werkdirect") & e["voorkeur"]]
    genoeg = direct[direct["grond"] != "te_weinig"]
    assert len(genoeg) >= 6
    assert (genoeg["grond"] == "iedereen_meteen").all()
    assert (genoeg["oordeel"] == "niet_vastgesteld").all()
    assert not (e.loc[e["instrument"] == "reintegratie", "grond"] == "iedereen_meteen").any()
    assert any("werkdirect" in w and "niemand zonder" in w for w in iedereen.h.waarschuwingen)


def test_wat_niet_te_bepalen_is_krijgt_ook_bij_selectie_geen_kleine_fout(iedereen: Uitkomst) -> None:
    a, b = (iedereen.tabel(m).query("instrument == 'werkdirect'") for m in ("waargenomen", "selectie"))
    assert (b["se"].to_numpy() > 0.5 * a["se"].to_numpy()).all()


def test_voorraad_zonder_bekende_inzet_valt_weg_en_dat_wordt_gezegd() -> None:
    """Deployments registered from the first day of the window: spells begun before it have no known history."""
    vanaf = {"volledig_vanaf": dt.date(2001, 1, 1)}
    stad = bouw("een_instrument", clienten=700, voorloop_jaren=5, bron=vanaf)
    u = draai(stad)
    voorraad = stad.bestand.uitkeringen
    van = pd.Timestamp("2001-01-01")
    verwacht = ((voorraad["begindatum"] < van) & ~(voorraad["einddatum"] < van)).sum()
    assert u.s.weggelaten == pytest.approx(verwacht, rel=0.03)  # joined spells and those past AOW age aside
    assert u.s.weggelaten > 50
    assert u.s.instroom is None  # who is left flowed in within the window
    assert any(f"{u.s.weggelaten:,} perioden begonnen voordat".replace(",", ".") in w for w in u.h.waarschuwingen)
    alles, in_fit = (
        u.h.glance[u.h.glance["methode"] == m].set_index("bestemming") for m in ("waargenomen", "selectie")
    )
    nieuw = voorraad[(voorraad["begindatum"] >= van) & (voorraad["reden_einde"] != "03")]
    assert (in_fit["persoonmaanden"] < alles["persoonmaanden"]).all()
    for naam in ("werk", "handhaving"):  # the table says what stands behind this method, not behind the other
        assert (
            in_fit.loc[naam, "gebeurtenissen"]
            == (nieuw["bestemming"] == naam).sum()
            < alles.loc[naam, "gebeurtenissen"]
        )


def test_voorraad_met_bekende_inzet_telt_mee() -> None:
    """History known: nobody is left out, and the fit on inflow stands beside it."""
    stad = bouw("een_instrument", clienten=700, voorloop_jaren=5)
    u = draai(stad)
    assert u.s.weggelaten == 0
    assert u.s.instroom is not None
    verschil = np.abs(u.s.instroom - u.s.effect)
    assert (verschil < 4 * u.s.instroom_se_verschil + 1e-9).all()
    assert verschil.max() > 0.01
