"""Profiles: counts that are right, cells of at least ten, and the averaging over them by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.bron import lees_bron
from kompas.herijking import Herijking
from kompas.klantgroep import MEESTE, aantal_gelijken, maak_groep, namen_van
from kompas.klantprofiel import LOS, MINIMUM, SAMEN, STER, VOOR, Dimensie, _los, _samen
from kompas.lijst import maak_lijst


@pytest.fixture(scope="module")
def h(model: Path) -> Herijking:
    return kompas.laad_model(model)


@pytest.fixture(scope="module")
def lopend(gemeente: Path, h: Herijking) -> pd.DataFrame:
    """Running clients before the AOW age, with their traits, from the files alone."""
    bestand = lees_bron(kompas.lees_config(gemeente / "kompas.toml"))
    u = bestand.uitkeringen
    lijst = maak_lijst(bestand, h.config, h).to_frame()
    wie = lijst.loc[lijst["verwachte_maanden"].notna(), ["client_id", "duur_maanden"]]
    rijen = u[u["einddatum"].isna()].drop_duplicates("client_id", keep="last")
    eerder = u[u["einddatum"].notna()].groupby("client_id").size().rename("eerdere_spells")
    return wie.merge(rijen, on="client_id").merge(eerder, on="client_id", how="left").fillna({"eerdere_spells": 0})


def dim(naam: str, codes: list[int], niveaus: str) -> Dimensie:
    return Dimensie(naam=naam, niveaus=tuple(niveaus), code=np.array(codes, dtype=np.int64))


def test_cellen_worden_samengevoegd_in_de_vaste_volgorde() -> None:
    """12 of (x, p) stand; 6 of (x, q) and 5 of (x, r) become (x, *); 4 of (y, p) and 3 of (z, q) are too few: gone."""
    een = [0] * 12 + [0] * 6 + [0] * 5 + [1] * 4 + [2] * 3
    twee = [0] * 12 + [1] * 6 + [2] * 5 + [0] * 4 + [1] * 3
    f = _samen([dim("opleiding", een, "xyz"), dim("team", twee, "pqr")])
    assert f.to_numpy().tolist() == [[0, 0, 12], [0, -1, 11]]


def test_te_klein_wordt_pas_ster_als_het_moet() -> None:
    """4 of (y, p) and 8 of (z, q): only both stars make a cell of 12."""
    f = _samen([dim("opleiding", [1] * 4 + [2] * 8, "xyz"), dim("team", [0] * 4 + [1] * 8, "pqr")])
    assert f.to_numpy().tolist() == [[-1, -1, 12]]


def test_los_laat_kleine_niveaus_weg() -> None:
    """30, 12, 9 and 10 over the levels: the 9 are not told."""
    f = _los([dim("team", [0] * 30 + [1] * 12 + [2] * 9 + [3] * 10, "pqrs")])
    assert f[[VOOR + "team", "aantal"]].to_numpy().tolist() == [[0, 30], [1, 12], [3, 10]]


def test_elke_cel_heeft_er_minstens_tien_en_geen_rij_gaat_over_een_mens(h: Herijking, lopend: pd.DataFrame) -> None:
    p = h.profielen
    assert (p["aantal"] >= MINIMUM).all()
    assert set(p.columns) == {"soort", "aantal", "vanaf", "waarde"} | {VOOR + n for n in namen_van(p)}
    assert not {"client_id", "geboortedatum", "begindatum"} & set(p.columns)
    samen = p[p["soort"] == SAMEN]
    assert 0 <= len(lopend) - samen["aantal"].sum() < MINIMUM, "only what cannot be merged is left out"
    assert not samen.duplicated([VOOR + n for n in namen_van(p)]).any()


def test_aantallen_zijn_die_van_de_lopende_klanten(h: Herijking, lopend: pd.DataFrame) -> None:
    """Cells without a star hold exactly those clients; single counts are those of the files."""
    p, kolommen = h.profielen, ["geslacht", "leefvorm", "opleiding"]
    for naam in kolommen:
        anders = [VOOR + n for n in namen_van(p) if n != naam]
        los = p[(p["soort"] == LOS) & (p[VOOR + naam] != STER) & (p[anders] == STER).all(axis=1)]
        echt = lopend[naam].value_counts()
        assert los.set_index(VOOR + naam)["aantal"].to_dict() == {k: v for k, v in echt.items() if v >= MINIMUM}, naam
    samen = p[p["soort"] == SAMEN]
    raak = [VOOR + "geslacht", VOOR + "opleiding"]
    weet = samen[(samen[raak] != STER).all(axis=1)].groupby(raak)["aantal"].sum()
    echt = lopend.groupby(["geslacht", "opleiding"]).size()
    assert len(weet) >= 6
    for paar, aantal in weet.items():
        assert MINIMUM <= aantal <= echt[paar]
    fase = samen[samen[VOOR + "fasering"] != STER].groupby(VOOR + "fasering")["aantal"].sum()
    assert (fase <= lopend["fasering"].value_counts().reindex(fase.index)).all()
    assert fase.sum() > 0.8 * len(lopend), "fasering is given up last"


def test_gemiddelde_duur_van_een_band(h: Herijking, lopend: pd.DataFrame) -> None:
    p = h.profielen
    anders = [VOOR + n for n in namen_van(p) if n != "duur"]
    los = p[(p["soort"] == LOS) & (p[VOOR + "duur"] == "36+") & (p[anders] == STER).all(axis=1)].iloc[0]
    lang = lopend.loc[lopend["duur_maanden"] >= 36, "duur_maanden"]
    assert (los["aantal"], los["vanaf"]) == (len(lang), 36)
    assert los["waarde"] == pytest.approx(lang.mean())


# -- averaging, by hand -----------------------------------------------------------------------------------------------


def profielen(rijen: list[tuple], los: list[tuple]) -> pd.DataFrame:
    """``rijen`` (geslacht, opleiding, team, aantal); ``los`` (geslacht, opleiding, team, aantal)."""
    kolommen = [VOOR + "geslacht", VOOR + "opleiding", VOOR + "team", "aantal"]
    f = pd.DataFrame([*rijen, *los], columns=kolommen)
    return f.assign(soort=[SAMEN] * len(rijen) + [LOS] * len(los), vanaf=np.nan, waarde=np.nan)


TABEL = profielen(
    [("man", "x", "p", 30), ("man", "x", "*", 20), ("vrouw", "y", "*", 40), ("*", "*", "*", 10)],
    [
        *[("man", "*", "*", 60), ("vrouw", "*", "*", 40), ("*", "x", "*", 50), ("*", "y", "*", 50)],
        *[("man", "x", "*", 45), ("man", "y", "*", 15), ("vrouw", "y", "*", 40)],
        *[("*", "*", "p", 75), ("*", "*", "q", 25)],
        *[("man", "*", "p", 40), ("man", "*", "q", 20), ("vrouw", "*", "p", 10), ("vrouw", "*", "q", 30)],
    ],
)


def test_ster_telt_voor_het_aandeel_van_wat_is_ingevuld() -> None:
    """man, x: 30 + 20 + 10 x P(man) .6 x P(x | man) .75 = 54.5; with team q: 0 + 20/3 + 10 x .6 x .75 / 3."""
    assert aantal_gelijken(TABEL, {"geslacht": "man", "opleiding": "x"}) == pytest.approx(54.5)
    assert aantal_gelijken(TABEL, {"geslacht": "man", "opleiding": "x", "team": "q"}) == pytest.approx(20 / 3 + 1.5)
    assert aantal_gelijken(TABEL, {}) == 100
    assert aantal_gelijken(TABEL, {"geslacht": "man", "onbekend_kenmerk": "a"}) == pytest.approx(56)


def test_wat_niet_is_ingevuld_wordt_verdeeld_gegeven_het_geslacht() -> None:
    g = maak_groep(TABEL, {"geslacht": "man", "opleiding": "x"})
    deel = dict(zip(g.waarden["team"], g.gewicht, strict=True))
    assert deel["p"] == pytest.approx((30 + 24.5 * 2 / 3) / 54.5)
    assert deel["q"] == pytest.approx(24.5 / 3 / 54.5)
    g = maak_groep(TABEL, {"opleiding": "y"})
    per = g.waarden.assign(w=g.gewicht).groupby("geslacht")["w"].sum()
    # vrouw 40 (all y) + 10 x .4 x P(y) ; man 10 x .6 x P(y): geslacht unknown in the last cell, so P(y) = .5
    assert per["vrouw"] == pytest.approx((40 + 5 * 0.4) / 45)
    vrouw = g.waarden.assign(w=g.gewicht)[g.waarden["geslacht"] == "vrouw"].set_index("team")["w"]
    assert vrouw["q"] / vrouw.sum() == pytest.approx(0.75)


def test_leeftijd_en_duur_worden_losgelaten_voor_er_geen_uitspraak_is(h: Herijking) -> None:
    p = h.profielen
    streng = {"geslacht": "vrouw", "opleiding": "hoger", "leeftijd": 24.0, "duur": 6.0}
    g = maak_groep(p, streng)
    assert g.aantal >= MINIMUM
    assert set(g.los) <= {"duur", "leeftijd"}
    assert set(g.op) | set(g.los) == set(streng)
    assert g.aantal == pytest.approx(aantal_gelijken(p, {n: streng[n] for n in g.op}))


def test_veel_profielen_worden_bemonsterd_zonder_toeval(h: Herijking) -> None:
    een, twee = maak_groep(h.profielen, {}), maak_groep(h.profielen, {})
    assert len(een.waarden) <= MEESTE
    assert een.gewicht.sum() == pytest.approx(1)
    pd.testing.assert_frame_equal(een.waarden, twee.waarden)
    vrouw = een.gewicht[een.waarden["geslacht"] == "vrouw"].sum()
    p = h.profielen
    echt = aantal_gelijken(p, {"geslacht": "vrouw"}) / p.loc[p["soort"] == SAMEN, "aantal"].sum()
    assert vrouw == pytest.approx(echt, abs=1.5 / MEESTE)
