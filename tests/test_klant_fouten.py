"""One client: what the law refuses, what cannot be typed, and what must be said."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kompas
from kompas.cli import main
from kompas.config import maak_config
from kompas.fouten import GebruiksFout, GeweigerdFout
from kompas.herijking import Herijking
from kompas.klantbeeld import Klantbeeld


@pytest.fixture(scope="module")
def h(model: Path) -> Herijking:
    return kompas.laad_model(model)


def test_huisbezoek_zonder_grond_is_nooit_ja(h: Herijking) -> None:
    """However large the effect: typed traits carry no ground, and a client of the data needs a recorded one."""
    handhaving = [i.code for i in h.config.instrument if i.meter == "handhaving"]
    if not handhaving:
        instrument = [i.model_dump() | {"meter": "handhaving"} for i in h.config.instrument]
        h = dataclasses.replace(h, config=maak_config(h.config.model_dump() | {"instrument": instrument}))
        handhaving = [i.code for i in h.config.instrument]
    coef = h.meter_coef.copy()
    for j, term in enumerate(h.termen):
        if term.startswith("inzet:"):
            coef[:, j] = 3.0
    effecten = h.effecten.assign(oordeel="vastgesteld", grond="methoden_eens")
    h = dataclasses.replace(h, meter_coef=coef, effecten=effecten, steun=h.steun.assign(voldoende=True))
    for typ in ({"geslacht": "man"}, {"geslacht": "man", "geboortedatum": "1-1-1970", "begindatum": "1-1-2005"}):
        beeld = kompas.klant(h, **typ)
        for code in handhaving:
            assert beeld.rij[f"{code}_indicatie"].iloc[0] == "nee"
            assert np.isnan(beeld.rij[f"{code}_netto"].iloc[0])
            assert code not in beeld.rij["advies"].iloc[0].split()
            naam = next(i.label for i in h.config.instrument if i.code == code)
            assert naam not in set(beeld.curve["groep"])
            assert code not in beeld.verandert or beeld.verandert[code].isna().all()


FOUTEN = [
    ({"kenmerk": ["nationaliteit=x"]}, "KMP-W020", GeweigerdFout),
    ({"kenmerk": ["geboorteland=x"]}, "KMP-W020", GeweigerdFout),
    ({"kenmerk": ["leefvrm=gehuwd"]}, r"KMP-K001.*'leefvorm'", GebruiksFout),
    ({"kenmerk": ["leeftijd=30"]}, r"KMP-K001.*--geboortedatum", GebruiksFout),
    ({"opleiding": "hoge"}, r"KMP-K002.*'hoger'", GebruiksFout),
    ({"kenmerk": ["eerdere_spells=99"]}, "KMP-K002", GebruiksFout),
    ({"kenmerk": ["eerdere_spells=een"]}, "KMP-K002", GebruiksFout),
    ({"inzet": ["reintegrati:1-1-2007"]}, r"KMP-K003.*'reintegratie'", GebruiksFout),
    ({"begindatum": "2007/01/01"}, "KMP-K004", GebruiksFout),
    ({"inzet": ["reintegratie"]}, "KMP-K005", GebruiksFout),
    ({"inzet": ["reintegratie:1-2-2007:1-1-2007"]}, "KMP-K005", GebruiksFout),
    ({"bedrag": "1.234"}, "KMP-K005", GebruiksFout),
    ({"bedrag": "-3"}, "KMP-K005", GebruiksFout),
    ({"kenmerk": ["opleiding=vmbo"], "opleiding": "vmbo"}, "KMP-K005", GebruiksFout),
    ({"begindatum": "1-7-2007"}, r"KMP-K006.*30-06-2007", GebruiksFout),
    ({"geboortedatum": "1-1-2000"}, "KMP-K006", GebruiksFout),
    ({"begindatum": "1-1-2006", "eerder": ["1-1-2005:1-2-2006"]}, "KMP-K006", GebruiksFout),
    ({"geboortedatum": "1-1-1941", "begindatum": "1-1-2006"}, "KMP-K007", GebruiksFout),
    ({"client": "H000001"}, "KMP-K014", GebruiksFout),
    ({"geslacht": None}, "KMP-K014", GebruiksFout),
]


@pytest.mark.parametrize(("typ", "melding", "soort"), FOUTEN)
def test_wat_niet_kan_wordt_gezegd(h: Herijking, typ: dict, melding: str, soort: type) -> None:
    vulling = {} if {"client", "geslacht"} & set(typ) else {"geslacht": "man"}
    with pytest.raises(soort, match=melding):
        kompas.klant(h, **(vulling | typ))


def test_afsluitcodes(model: Path, gemeente: Path, capsys: pytest.CaptureFixture[str]) -> None:
    begin = ["klant", "--model", str(model)]
    assert main([*begin, "--kenmerk", "nationaliteit=x"]) == 5
    assert main([*begin, "--opleiding", "hoge"]) == 2
    config = ["--config", str(gemeente / "kompas.toml")]
    assert main([*begin, *config, "--client", "NIEMAND-1"]) == 2
    u = pd.read_csv(gemeente / "bron" / "uitkeringen.csv", dtype=str)
    weg = min(set(u["client_id"]) - set(u.loc[u["einddatum"].isna(), "client_id"]))
    assert main([*begin, *config, "--client", weg]) == 2
    fout = capsys.readouterr().err
    assert "KMP-K010" in fout
    assert "KMP-K011" in fout
    assert "NIEMAND-1" not in fout, "no message names a client"
    assert weg not in fout


def test_te_weinig_gelijken_is_geen_uitspraak_en_zegt_wat_weg_kan(h: Herijking) -> None:
    with pytest.raises(GebruiksFout, match=r"KMP-K008.*Laat leefvorm weg, dan zijn het er ongeveer \d\d"):
        kompas.klant(h, geslacht="vrouw", leefvorm="anders")


def test_een_oud_model_wordt_genoemd(h: Herijking) -> None:
    oud = kompas.klant(h, geslacht="man", begindatum="1-1-2006", peildatum="1-7-2008")
    assert any("model is oud" in w for w in oud.waarschuwingen)
    vers = kompas.klant(h, geslacht="man", begindatum="1-1-2006", peildatum="1-6-2008")
    assert not any("model is oud" in w for w in vers.waarschuwingen)


def test_beide_schrijfwijzen_van_een_datum_en_de_woorden_van_een_waarde(h: Herijking) -> None:
    een = kompas.klant(h, begindatum="8-5-2006", fasering="Fase 2")
    twee = kompas.klant(h, begindatum="2006-05-08", fasering="fase_2")
    assert een.verwacht == twee.verwacht
    assert isinstance(een, Klantbeeld)
