"""Effects that differ by the elapsed duration at the start of a deployment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kompas.bron import lees_bron
from kompas.config import lees_config
from kompas.herijking import schat
from kompas.kenmerken import startduur
from kompas.panel import maak_panel
from kompas.perioden import maak_perioden

CONFIG = """
[gemeente]
naam = "Toetsdorp"
peildatum = 2008-12-31
[bron]
venster_van = 2003-01-01
[bron.uitkeringen]
bestand = "uitkeringen.csv"
[bron.inzet]
bestand = "inzet.csv"
[kenmerken]
gebruik = ["geslacht"]
[model]
kalender = "geen"
effect_per = ["duur"]
duurbanden = [3, 6, 12, 24]
[[instrument]]
code = "bezoek"
duur_maanden = 0
"""
KANS, VROEG, LAAT = 0.04, 0.9, 0.0  # monthly chance of work; log effects of an early and of a late start


def _schrijf(map_, uitkeringen, inzet):
    (map_ / "bron").mkdir(parents=True)
    uitkeringen = uitkeringen.assign(geslacht="man", geboortedatum="1975-05-05", leefvorm="alleenstaande")
    uitkeringen.to_csv(map_ / "bron" / "uitkeringen.csv", index=False)
    inzet.assign(instrument="bezoek").to_csv(map_ / "bron" / "inzet.csv", index=False)
    (map_ / "kompas.toml").write_text(CONFIG, encoding="utf-8")
    config = lees_config(map_ / "kompas.toml")
    return lees_bron(config), config


def _stad(rng, n=6_000):
    """Everybody starts within three months or after a year; only the early start works."""
    begin = pd.Timestamp("2003-01-01") + pd.to_timedelta(rng.integers(0, 1_200, n), "D")
    start = np.where(rng.random(n) < 0.5, rng.integers(0, 3, n), rng.integers(12, 24, n))
    maand = np.arange(72)
    effect = np.where(maand >= start[:, None], np.where(start < 3, VROEG, LAAT)[:, None], 0.0)
    raak = rng.random((n, 72)) < 1 - np.exp(-KANS * np.exp(effect))
    duur = np.where(raak.any(axis=1), raak.argmax(axis=1), 999)
    eind = [b + pd.DateOffset(months=int(d)) + pd.Timedelta(days=15) for b, d in zip(begin, duur % 999, strict=True)]
    lopend = (duur == 999) | (np.array(eind, dtype="datetime64[ns]") > np.datetime64("2008-12-31"))
    namen = np.array([f"K{i:05d}" for i in range(n)])
    u = pd.DataFrame({"client_id": namen, "begindatum": begin, "einddatum": eind, "reden_einde": "11"})
    u.loc[lopend, ["einddatum", "reden_einde"]] = None
    mee = duur >= start
    dag = [b + pd.DateOffset(months=int(s)) for b, s in zip(begin, start, strict=True)]
    i = pd.DataFrame({"client_id": namen, "begindatum": dag})[mee]
    return u, i[i["begindatum"] <= pd.Timestamp("2008-12-31")]


@pytest.fixture(scope="module")
def h(tmp_path_factory):
    bestand, config = _schrijf(tmp_path_factory.mktemp("duur") / "a", *_stad(np.random.default_rng(5)))
    return schat(bestand, config, methoden=("waargenomen", "landmark"))


def test_de_band_is_die_van_het_begin_van_de_inzet_die_loopt(tmp_path):
    u = pd.DataFrame({"client_id": ["A", "B"], "begindatum": ["2003-01-10", "2003-02-01"]})
    u = u.assign(einddatum=None, reden_einde=None)
    i = pd.DataFrame({"client_id": ["A", "A", "B"], "begindatum": ["2003-03-09", "2005-01-10", "2003-05-01"]})
    bestand, config = _schrijf(tmp_path / "b", u, i)
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    panel = maak_panel(perioden, bestand.uitkeringen, config, kenmerken=lambda spell, _dag: {"geslacht": spell * 0})
    e, p = panel.exposure, panel.profielen
    met = p["inzet:bezoek"][e.profile] >= 0
    gezien = pd.DataFrame({"spell": panel.spell, "maand": e.month, "band": p["startduur:bezoek"][e.profile]})[met]
    # A: in the second month (band 0), later in month 24 (band 24-60); B: on the day that month 3 begins (band 3-6)
    assert gezien[gezien["spell"] == 0].groupby("band")["maand"].min().to_dict() == {0: 1, 4: 24}
    assert gezien[gezien["spell"] == 1].groupby("band")["maand"].min().to_dict() == {1: 3}


def test_alleen_de_vroege_start_werkt(h):
    e = h.effecten[(h.effecten["bestemming"] == "werk") & (h.effecten["methode"] == "waargenomen")]
    e = e.set_index("groep")
    assert set(e.index) == {"allen", *(f"duur={v}" for v in startduur().niveaus)}
    for groep, waar in (("duur=0-3", VROEG), ("duur=12-24", LAAT)):
        assert e.loc[groep, "log_effect"] == pytest.approx(waar, abs=3 * e.loc[groep, "se"])
        assert e.loc[groep, "se"] < 0.12
        assert e.loc[groep, "inzetten"] > 500
    assert (e.loc[["duur=3-6", "duur=60+"], "oordeel"] == "onvoldoende_gegevens").all()
    assert LAAT + 0.1 < e.loc["allen", "log_effect"] < VROEG - 0.1


def test_landmark_zegt_niets_over_duur_bij_de_start(h):
    e = h.effecten[h.effecten["methode"] == "landmark"].set_index(["groep", "bestemming"])
    assert (e.loc[["duur=0-3", "duur=12-24"], "se"] == 1.0).all()
    v = h.effecten[h.effecten["voorkeur"] & h.effecten["groep"].isin(["duur=0-3", "duur=12-24"])]
    werk = v[v["bestemming"] == "werk"]
    assert (werk["methode"] == "waargenomen").all()
    assert (werk["oordeel"] == "afhankelijk_van_aanname").all()
    assert np.isfinite(h.effecten["log_effect"]).all()
