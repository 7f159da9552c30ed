"""What a new spell costs, and what people see of the gate."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest
from tests.poorthulp import Wereld, schrijf_poort, simuleer_poort

import kompas
from kompas.bron import lees_bron
from kompas.cli import main
from kompas.config import lees_config
from kompas.models.calendar import to_day
from kompas.poorteffect import Nieuwkomers, maak_poort
from kompas.poortwaarde import maak_nieuwkomers
from kompas.weergave.poortblad import poortpagina, poorttekst

TEMPO, BEDRAG, HORIZON = 0.05, 1_000.0, 24


@pytest.fixture(scope="module")
def constant(gemeente, model):
    """A model in which everybody leaves for work at one rate, for people far from the AOW age, at one amount."""
    h = kompas.laad_model(model)
    coef = np.full_like(h.meter_coef, np.nan)
    coef[0] = 0.0
    coef[0, : len(h.tijd.band_names)] = np.log(TEMPO)
    config = lees_config(gemeente / "kompas.toml")
    r = config.rendement.model_copy(update={"terugval": False, "horizon_maanden": HORIZON})
    bestand = lees_bron(config)
    rijen = bestand.uitkeringen.assign(geboortedatum=pd.Timestamp("1980-01-01"), bedrag_maand=BEDRAG)
    return (
        dataclasses.replace(bestand, uitkeringen=rijen),
        config.model_copy(update={"rendement": r}),
        dataclasses.replace(h, meter_coef=coef),
    )


def test_maanden_en_euros_van_een_nieuwe_uitkering_bij_een_vast_tempo(constant):
    bestand, config, h = constant
    n = maak_nieuwkomers(bestand, config, h)
    maanden = (1 - np.exp(-TEMPO * HORIZON)) / TEMPO
    assert n.maanden == pytest.approx(maanden, rel=1e-6)
    assert n.opbrengst == pytest.approx(maanden * BEDRAG, rel=1e-6)
    peil = to_day(config.gemeente.peildatum)
    begin = bestand.uitkeringen["begindatum"].to_numpy().astype("datetime64[D]").astype(int)
    assert n.aantal == pytest.approx(((begin > peil - 365) & (begin <= peil)).sum(), rel=0.05)


def test_een_euro_later_is_minder_waard(constant):
    bestand, config, h = constant
    r = config.rendement.model_copy(update={"discontovoet": 0.10})
    n = maak_nieuwkomers(bestand, config.model_copy(update={"rendement": r}), h)
    m = np.arange(HORIZON)
    per_maand = (np.exp(-TEMPO * m) - np.exp(-TEMPO * (m + 1))) / TEMPO
    assert n.opbrengst == pytest.approx(BEDRAG * (per_maand * 1.1 ** (-(m + 0.5) / 12)).sum(), rel=1e-6)
    assert n.maanden == pytest.approx(per_maand.sum(), rel=1e-6)


def test_zonder_instroom_geen_waarde(constant):
    bestand, config, h = constant
    oud = bestand.uitkeringen[bestand.uitkeringen["begindatum"] < "2006-01-01"]
    assert maak_nieuwkomers(dataclasses.replace(bestand, uitkeringen=oud), config, h) is None


@pytest.fixture(scope="module")
def poort(tmp_path_factory):
    config, bestand = schrijf_poort(tmp_path_factory.mktemp("poort"), simuleer_poort(Wereld(n=4_000), 12))
    nieuw = Nieuwkomers(maanden=30.0, opbrengst=30_000.0, aantal=50, horizon=60)
    return maak_poort(bestand, config, nieuw=nieuw)


def test_de_pagina_noemt_definitie_interval_aannamen_en_oordeel(poort):
    pagina = poortpagina(poort)
    assert '<html lang="nl">' in pagina
    assert not re.findall(r'(?:src|href)="(?!#)', pagina)
    r = poort.effecten.iloc[0]
    laag, hoog = (f"{100 * r[k]:.1f}".replace(".", ",").replace("-", "−") for k in ("ondergrens", "bovengrens"))
    assert f"95%-interval {laag} tot {hoog}" in pagina
    for zin in (poort.definitie, *poort.aannamen):
        assert zin in pagina
    assert "afhankelijk van aanname" in pagina
    assert "uitkeringen minder" in pagina
    assert poorttekst(poort).count("preventiequote") == 1


def test_zonder_cijfer_staat_er_alleen_waarom(tmp_path):
    config, bestand = schrijf_poort(tmp_path, simuleer_poort(Wereld(n=100), 1))
    tekst = poorttekst(maak_poort(bestand, config))
    assert "onvoldoende gegevens" in tekst
    assert "procentpunt" not in tekst
    assert not re.search(r"\bnan\b", tekst)


def test_meer_toekenningen_heten_geen_voorkomen(poort):
    om = poort.effecten.assign(voorkomen_per_100=-4.0)
    assert "4,0 uitkeringen meer" in poorttekst(dataclasses.replace(poort, effecten=om))


def test_kleine_aantallen_besluiten_zijn_niet_af_te_leiden(poort):
    t = poort.preventie.iloc[:1].assign(
        besloten=1003, toegekend=600, afgewezen=300, buiten_behandeling=3, ingetrokken=100
    )
    klein = dataclasses.replace(poort, preventie=t)
    pagina, plaat = poortpagina(klein), klein.plot()
    assert pagina.count("niet getoond") == 2
    assert "ingetrokken 100" not in plaat.svg
    assert "zonder uitkering 403" in plaat.svg


def test_plaat_en_tabel(poort):
    plaat = poort.plot()
    assert len(plaat.zinnen) == len(poort.preventie)
    assert "preventiequote" in plaat.zinnen[0]
    assert "Aan de poort" in poort._repr_html_()


def test_opdracht_schrijft_en_drukt_json(tmp_path, capsys):
    schrijf_poort(tmp_path, simuleer_poort(Wereld(n=3_000), 12))
    (tmp_path / "kompas.toml").write_text(
        """
[gemeente]
naam = "Poortstad"
peildatum = 2007-06-30
[bron]
venster_van = 2004-01-01
[bron.uitkeringen]
bestand = "uitkeringen.csv"
[bron.inzet]
bestand = "inzet.csv"
volledig_vanaf = 2004-01-01
[bron.aanvragen]
bestand = "aanvragen.csv"
[kenmerken]
gebruik = ["geslacht", "leefvorm"]
[[instrument]]
code = "wd"
meter = "werkdirect"
""",
        encoding="utf-8",
    )
    vast = ["poort", "--config", str(tmp_path / "kompas.toml"), "--stil"]
    assert main([*vast, "--uit", str(tmp_path / "p.csv"), "--json"]) == 0
    uit = json.loads(capsys.readouterr().out)
    assert uit["effecten"][0]["oordeel"] == "afhankelijk_van_aanname"
    assert uit["effecten"][0]["netto"] is None  # no model: no euros
    assert [r["jaar"] for r in uit["preventie"]] == [2004, 2005, 2006, 2007]
    t = pd.read_csv(tmp_path / "p.csv")
    assert t["kans_met"].item() < t["kans_zonder"].item()
    assert main([*vast, "--uit", str(tmp_path / "p.html")]) == 0
    assert "zonder model" in capsys.readouterr().out.lower()
    assert (tmp_path / "p.html").is_file()
