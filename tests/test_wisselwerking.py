"""Instruments together: the score test against a fit with the term in it, and on towns with a known answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from tests.dorphulp import KOP, MAANDEN, NOOIT, begindagen, dorp, inzetten, verloop

from kompas.herijking import schat
from kompas.models.design import Exposure, Factor, TimeDesign, make_profiles
from kompas.models.hazard import fit_hazard, prepare
from kompas.models.scoretest import added_terms
from kompas.wisselwerking import KOLOMMEN, zinnen

KANS, SAMEN = 0.03, 0.8  # monthly chance of work; what both together add (log)


def _probleem(rng: np.random.Generator, n: int, beta: float, *, met_term: bool):
    """Monthly rows with a binary trait x and a rarer y; y is the term that may be left out."""
    x, y = rng.integers(0, 2, n), (rng.random(n) < 0.3).astype(np.int64)
    u = rng.exponential(size=n) / (0.05 * np.exp(0.4 * x + beta * y))
    maanden = np.minimum(np.floor(u).astype(np.int64) + 1, 40)
    event = (np.floor(u) < 40).astype(np.int64)
    profiel = x * 2 + y
    tijd = TimeDesign(
        duration=np.ones((1, 1)), calendar=np.zeros((50, 0)), first=0, names=("niveau",), ridge=np.zeros(1)
    )
    codes = np.arange(4)
    factoren = [Factor(name="x", levels=("1",), codes=codes // 2 - 1, ridge=(0.0,))]
    if met_term:
        factoren.append(Factor(name="y", levels=("1",), codes=codes % 2 - 1, ridge=(0.0,)))
    nul = np.zeros(n, dtype=np.int64)
    e = Exposure(
        profile=profiel, month=nul, calendar=nul, months=maanden, length=np.ones(n), event=event, cluster=np.arange(n)
    )
    return prepare(e, make_profiles(factoren, [], 4), tijd), x, y, maanden, event


@pytest.mark.parametrize("beta", [0.0, 0.25])
def test_de_scoretoets_geeft_wat_schatten_met_de_term_geeft(beta: float) -> None:
    zonder, x, y, maanden, event = _probleem(np.random.default_rng(3), 6_000, beta, met_term=False)
    met, *_ = _probleem(np.random.default_rng(3), 6_000, beta, met_term=True)
    klein, groot = fit_hazard(zonder, 1), fit_hazard(met, 1)
    haz = np.exp(klein.coef[0] + klein.coef[1] * x)
    rest = np.where(event > 0, haz / -np.expm1(-haz), 0.0) - haz * maanden  # score of the level, per client
    t = added_terms((rest * y)[:, None], [(slice(0, 6_000), np.column_stack([rest, rest * x]))])
    j = list(groot.names).index("y=1")
    assert t.z[0] == pytest.approx(groot.coef[j] / groot.se[j], abs=0.35)
    assert t.estimate[0] == pytest.approx(groot.coef[j], abs=0.06)
    assert t.se[0] == pytest.approx(groot.se[j], rel=0.1)


def test_een_term_die_er_al_in_zit_is_niet_te_toetsen() -> None:
    s = np.random.default_rng(1).normal(size=(50, 2))
    t = added_terms(s[:, :1] * 2, [(slice(0, 50), s)])
    assert np.isnan(t.estimate).all()
    assert np.isnan(t.se).all()


def _stad(map_, samen: float, *, zaad: int = 8, n: int = 3_000):
    """Two instruments given at random moments; each helps, together they add ``samen``."""
    rng = np.random.default_rng(zaad)
    begin = begindagen(rng, n, 900)
    start = np.where(rng.random((2, n)) < 0.6, rng.integers(1, 15, (2, n)), NOOIT)
    a, b = (np.arange(MAANDEN) >= s[:, None] for s in start)
    u, duur = verloop(rng, begin, KANS * np.exp(0.3 * a + 0.2 * b + samen * (a & b)))
    u = u.assign(geslacht=np.where(rng.random(n) < 0.5, "man", "vrouw"))
    inzet = pd.concat([inzetten(u, duur, code, s) for code, s in zip(("een", "twee"), start, strict=True)])
    instrumenten = "".join(f'[[instrument]]\ncode = "{c}"\nduur_maanden = 0\n' for c in ("een", "twee"))
    return schat(*dorp(map_, KOP + instrumenten, u, inzet), methoden=("waargenomen", "selectie"))


def test_meer_dan_de_som_wordt_gezien_en_gezegd(tmp_path) -> None:
    h = _stad(tmp_path / "a", SAMEN)
    rij = h.toetsen[h.toetsen["toets"] == "samen met twee"].iloc[0]
    assert rij["uitkomst"] == "wisselwerking"
    assert "meer uitstroom naar werk dan de som" in rij["zin"]
    assert any("meer uitstroom naar werk" in w for w in h.waarschuwingen)


def test_de_som_is_de_som(tmp_path) -> None:
    h = _stad(tmp_path / "b", 0.0, zaad=20)
    rij = h.toetsen[h.toetsen["toets"] == "samen met twee"].iloc[0]
    assert rij["uitkomst"] == "in orde"
    assert "som van hun effecten" in rij["zin"]


def test_wie_nooit_start_is_geen_ander_type(tmp_path) -> None:
    """Starts that end within a band of the config: without finer bands for entry the late look like another type."""
    h = _stad(tmp_path / "c", 0.0, zaad=21)
    assert not h.gesteund
    werk = h.effecten[(h.effecten["bestemming"] == "werk") & (h.effecten["methode"] == "selectie")]
    for code, waar in (("een", 0.3), ("twee", 0.2)):
        rij = werk[werk["instrument"] == code].iloc[0]
        assert rij["log_effect"] == pytest.approx(waar, abs=3 * rij["se"])


def test_zinnen_onder_de_grens_noemen_geen_aantal() -> None:
    t = pd.DataFrame([("a", "b", "werk", 7, np.nan, np.nan, np.nan, "te weinig")], columns=KOLOMMEN)
    assert zinnen(t)["zin"].tolist() == ["Te weinig klanten hadden beide tegelijk (minder dan 10)."]
