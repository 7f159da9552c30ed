"""The profile: everything the meter used comes back, exactly, and no date of birth."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.bron import lees_bron
from kompas.config import lees_config, maak_config
from kompas.fouten import GebruiksFout
from kompas.klantstand import maak_klantstand
from kompas.lijst import scoor
from kompas.modelmerk import modelmerk
from kompas.profiel import MET_DE_TIJD, lees_profiel, ontleed, schrijf_profiel, stand_uit_profiel


def test_terug_uit_het_profiel_dezelfde_lijst(gemeente: Path, model: Path) -> None:
    """Profiles alone give every figure of the list again, to the last digit."""
    config, h = lees_config(gemeente / "kompas.toml"), kompas.laad_model(model)
    bestand = lees_bron(config)
    u = bestand.uitkeringen
    lopend = u.index[u["einddatum"].isna()]
    begin, geboren, bedrag = u["begindatum"].copy(), u["geboortedatum"].copy(), u["bedrag_maand"].copy()
    begin[lopend[:4]] = pd.to_datetime(["2006-10-31", "2004-01-30", "2007-03-31", "2006-12-29"])
    geboren[lopend[:4]] = pd.to_datetime(["1967-10-31", "1968-02-29", "1970-03-30", "1968-12-31"])
    geboren[lopend[4:6]] = pd.to_datetime(["1943-08-31", "1942-01-15"])  # AOW within the horizon, AOW reached
    bedrag[lopend[6]] = np.nan
    u = u.assign(begindatum=begin, geboortedatum=geboren, bedrag_maand=bedrag)
    stand, _ = maak_klantstand(dataclasses.replace(bestand, uitkeringen=u), config, h)
    eerst = scoor(stand, config, h).to_frame()
    profielen = lees_profiel(eerst["profiel"], config.gemeente.peildatum)
    terug = stand_uit_profiel(profielen, h, client=eerst["client_id"].tolist())
    weer = scoor(terug, config, h).to_frame()
    los = ["afdeling", "team", "klantmanager"]
    pd.testing.assert_frame_equal(eerst.drop(columns=los), weer.drop(columns=los), check_exact=True)


def test_zo_ziet_een_profiel_eruit(gemeente: Path, model: Path) -> None:
    config, h = lees_config(gemeente / "kompas.toml"), kompas.laad_model(model)
    bestand = lees_bron(config)
    u = bestand.uitkeringen
    wie = u.index[u["einddatum"].isna() & (u["begindatum"] > "2005-01-01")][0]
    client = u.loc[wie, "client_id"]
    alleen = u.loc[[wie]].assign(
        begindatum=pd.Timestamp("2005-04-30"),
        geboortedatum=pd.Timestamp("1973-01-12"),
        geslacht="vrouw",
        leefvorm="gehuwd",
        opleiding="vmbo",
        fasering="fase 2",
        bedrag_maand=1036.5,
    )
    inzet = bestand.inzet.iloc[:1].assign(
        client_id=client,
        instrument="reintegratie",
        begindatum=pd.Timestamp("2006-11-14"),
        einddatum=pd.NaT,
        geplande_einddatum=pd.NaT,
        aanmelddatum=pd.NaT,
    )
    klein = dataclasses.replace(bestand, uitkeringen=alleen, inzet=inzet, gronden=bestand.gronden.iloc[:0])
    stand, _ = maak_klantstand(klein, config, h)
    profiel = schrijf_profiel(stand, h, 60)[0]
    w = ontleed([profiel]).iloc[0].to_dict()
    assert w == {
        "geslacht": "vrouw",
        "leefvorm": "gehuwd",
        "opleiding": "vmbo",
        "fasering": "fase 2",
        "eerdere_spells": "0",
        "leeftijd": "34j5m",
        "duur": "26",
        "begin": "2005-04-30",
        "inzet:reintegratie": "2006-11-14..2007-05-13",  # overdue on 30-6-2007, and still running
        "loopt:reintegratie": "ja",
        "bedrag": "1036.5",
    }
    assert "1973" not in profiel
    assert set(MET_DE_TIJD) >= {"leeftijd", "duur"}


def test_tekens_met_een_eigen_betekenis() -> None:
    assert ontleed(["a%25=x%3By%3Dz;b=1"]).to_dict("records") == [{"a%": "x;y=z", "b": "1"}]
    assert len(ontleed([])) == 0


@pytest.mark.parametrize("tekst", ["", "zomaar tekst", "duur=3;los"])
def test_geen_profiel_is_een_fout(tekst: str) -> None:
    with pytest.raises(GebruiksFout, match="KMP-L020"):
        ontleed([tekst])
    with pytest.raises(GebruiksFout, match="KMP-L020"):
        lees_profiel(["duur=3;begin=2007-01-01"], dt.date(2007, 6, 30))


def test_een_ander_model_kent_de_waarde_niet(gemeente: Path, model: Path) -> None:
    config, h = lees_config(gemeente / "kompas.toml"), kompas.laad_model(model)
    tabel = kompas.lijstwerk(config, h).to_frame().head(3)
    anders = tabel["profiel"].str.replace("geslacht=(man|vrouw)", "geslacht=iets", regex=True)
    stand = stand_uit_profiel(lees_profiel(anders, config.gemeente.peildatum), h)
    assert not stand.scoort.any()
    assert stand.client.tolist() == ["0", "1", "2"]


def test_merk_van_het_model(model: Path) -> None:
    """Saved and loaded models have one mark; another coefficient, verdict or support has another mark."""
    h = kompas.laad_model(model)
    merk = modelmerk(h)
    assert len(merk) == 12
    assert int(merk, 16) >= 0
    assert modelmerk(kompas.laad_model(model)) == merk
    coef = h.meter_coef.copy()
    coef[0, 0] += 1e-12
    oordeel = h.effecten["oordeel"].where(~h.effecten["voorkeur"], "niet_vastgesteld")
    anders = {
        "meter_coef": coef,
        "effecten": h.effecten.assign(oordeel=oordeel),
        "steun": h.steun.assign(voldoende=~h.steun["voldoende"]),
        "kosten": h.kosten.assign(kosten=h.kosten["kosten"] + 1),
        "terugval": h.terugval.assign(waarde=h.terugval["waarde"] * 0.5),
    }
    merken = {modelmerk(dataclasses.replace(h, **{k: w})) for k, w in anders.items()}
    assert len(merken) == len(anders)
    assert merk not in merken


def test_merk_hangt_niet_van_prijzen_in_de_config_af(gemeente: Path, model: Path) -> None:
    config, h = lees_config(gemeente / "kompas.toml"), kompas.laad_model(model)
    duur = tuple(i.model_dump() | {"kosten": 9999.0} for i in config.instrument)
    ander = maak_config(config.model_dump() | {"instrument": duur}, pad=config.pad)
    assert set(kompas.lijstwerk(ander, h).tabel["model"]) == {modelmerk(h)}
