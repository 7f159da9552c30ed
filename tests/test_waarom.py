"""The sentence of a row: known answers, order, signs, thresholds."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import kompas
from kompas.bron import lees_bron
from kompas.config import lees_config
from kompas.herijking import Herijking
from kompas.klantstand import Klantstand, maak_klantstand
from kompas.models.calendar import add_months
from kompas.perioden import OPEN
from kompas.rendement import maak_meter
from kompas.toerekening import bijdragen, maak_referentie
from kompas.waarom import factoren_in_woorden, factortekst, waarom

Geval = tuple[Klantstand, Herijking]


@pytest.fixture(scope="module")
def drie(gemeente: Path, model: Path) -> Geval:
    """Three clients of whom everything that is said is known."""
    config, h = lees_config(gemeente / "kompas.toml"), kompas.laad_model(model)
    stand, _ = maak_klantstand(lees_bron(config), config, h)
    s = stand.deel(np.arange(3))
    k = s.klanten
    niveau = {x.naam: x.niveaus for x in h.kenmerken}
    codes = dict(k.codes)
    codes["opleiding"] = np.array([niveau["opleiding"].index(w) for w in ("vmbo", "hoger", "onbekend")])
    codes["geslacht"] = np.array([niveau["geslacht"].index(w) for w in ("vrouw", "man", "man")])
    codes["leefvorm"] = np.array([niveau["leefvorm"].index(w) for w in ("alleenstaande_ouder", "gehuwd", "gehuwd")])
    codes["eerdere_spells"] = np.array([0.0, 1.0, 2.0])
    begin = add_months(np.full(3, k.nu), -np.array([26, 1, 0]))
    geen, nu = np.full(3, OPEN), k.nu
    inzet = dict.fromkeys(k.inzet, (geen, geen))
    inzet["reintegratie"] = (np.array([nu - 100, OPEN, nu - 10]), np.array([nu - 10, OPEN, nu + 100]))
    inzet["werkdirect"] = (np.array([nu - 300, OPEN, OPEN]), np.array([nu - 270, OPEN, OPEN]))
    loopt = {c: np.zeros(3, dtype=bool) for c in s.loopt} | {"reintegratie": np.array([False, False, True])}
    klanten = dataclasses.replace(
        k, begin=begin, codes=codes, inzet=inzet, geboren=add_months(begin, -(34 * 12 + np.array([0, 11, 5])))
    )
    waar = np.ones(3, dtype=bool)
    bedragen = dataclasses.replace(s.bedragen, geschat=np.array([False, True, False]))
    stand = dataclasses.replace(
        s, klanten=klanten, duur=np.array([26, 1, 0]), loopt=loopt, scoort=waar, aow=~waar, bedragen=bedragen
    )
    return stand, h


@pytest.mark.parametrize(
    ("factor", "teksten"),
    [
        ("opleiding", ["opleiding vmbo", "opleiding hoger dan vmbo", "opleiding onbekend"]),
        ("geslacht", ["vrouw", "man", "man"]),
        ("leefvorm", ["alleenstaande ouder", "gehuwd of samenwonend", "gehuwd of samenwonend"]),
        ("eerdere_spells", ["geen eerdere uitkering", "1 eerdere uitkering", "2 eerdere uitkeringen"]),
        ("duur", ["26 maanden bijstand", "1 maand bijstand", "0 maanden bijstand"]),
        ("leeftijd", ["36 jaar", "35 jaar", "34 jaar"]),
        ("inzet", ["inzet (Re-integratietraject, WerkDirect)", "nog geen inzet", "inzet (Re-integratietraject loopt)"]),
        ("typen", ["het verloop tot nu toe"] * 3),
        ("seizoen", ["de tijd van het jaar"] * 3),
    ],
)
def test_een_factor_in_woorden(drie: Geval, factor: str, teksten: list[str]) -> None:
    assert factortekst(factor, *drie).tolist() == teksten


def test_de_grootste_twee_of_drie_met_hun_teken(drie: Geval) -> None:
    factoren = ("geslacht", "opleiding", "duur", "leeftijd")
    waarde = np.array(
        [
            [0.1, 3.0, 2.0, -0.6],  # three: the last one above half a month, on the other side
            [-0.04, 0.0, -4.0, 0.03],  # the second is too small
            [0.04, 0.0, -0.049, 0.03],  # nothing worth a word
        ]
    )
    assert factoren_in_woorden(factoren, waarde, *drie).tolist() == [
        "langer dan gemiddeld door opleiding vmbo en 26 maanden bijstand, korter door 36 jaar",
        "korter dan gemiddeld door 1 maand bijstand",
        "",
    ]
    alleen = np.array([[-3.0, -2.0, -1.0, 0.0], [0.0, 0.0, 1.0, 0.0], [9.0, 8.0, 0.5, 0.0]])
    assert factoren_in_woorden(factoren, alleen, *drie).tolist() == [
        "korter dan gemiddeld door vrouw, opleiding vmbo en 26 maanden bijstand",
        "langer dan gemiddeld door 1 maand bijstand",
        "langer dan gemiddeld door man, opleiding onbekend en 0 maanden bijstand",
    ]


def test_minder_factoren_dan_drie(drie: Geval) -> None:
    een = factoren_in_woorden(("duur",), np.array([[1.0], [-1.0], [0.0]]), *drie)
    assert een.tolist() == [
        "langer dan gemiddeld door 26 maanden bijstand",
        "korter dan gemiddeld door 1 maand bijstand",
        "",
    ]
    assert factoren_in_woorden((), np.zeros((3, 0)), *drie).tolist() == ["", "", ""]


def test_de_hele_zin(drie: Geval) -> None:
    stand, _ = drie
    stand = dataclasses.replace(stand, scoort=np.array([True, True, False]), aow=np.array([False, False, True]))
    zin = waarom(
        stand,
        np.array([31.25, 7.04, np.nan]),
        np.array([0.242, 1.0, np.nan]),
        np.array(["reintegratie werkdirect", "", ""], dtype=object),
        60,
        np.array(["korter dan gemiddeld door vrouw", "", "niet te zien"], dtype=object),
    )
    assert zin.tolist() == [
        (
            "26 maanden bijstand; naar verwachting nog 31,2 van 60 maanden, kans op uitstroom binnen een jaar 24%; "
            "korter dan gemiddeld door vrouw; advies: reintegratie werkdirect."
        ),
        (
            "1 maand bijstand; naar verwachting nog 7,0 van 60 maanden, kans op uitstroom binnen een jaar 100%; "
            "geen advies; bedrag volgens norm."
        ),
        "0 maanden bijstand; AOW-leeftijd bereikt op de peildatum: geen uitspraak.",
    ]


def test_de_genoemde_factoren_zijn_de_grootste_en_tellen_op(gemeente: Path, model: Path) -> None:
    """The contributions behind the sentences add up to the expected months in the list."""
    config, h = lees_config(gemeente / "kompas.toml"), kompas.laad_model(model)
    tabel = kompas.lijstwerk(config, h).to_frame()
    stand, _ = maak_klantstand(lees_bron(config), config, h)
    meter = maak_meter(h, horizon=60, discontovoet=0.0, terugval=True)
    b = bijdragen(meter, stand.klanten, maak_referentie(meter, stand.klanten))
    assert stand.scoort.all()
    np.testing.assert_allclose(b.referentie + b.waarde.sum(axis=1), tabel["verwachte_maanden"], atol=1e-9)
    eerste = np.abs(b.waarde).argmax(axis=1)
    for j, factor in enumerate(b.factoren):
        wie = np.flatnonzero((eerste == j) & (np.abs(b.waarde[:, j]) >= 0.05))
        tekst = factortekst(factor, stand, h)
        for i in wie[:20]:
            zin = tabel["waarom"].iloc[i]
            kant = "langer" if b.waarde[i, j] > 0 else "korter"
            deel = zin[zin.index(kant) :].split(", korter")[0] if kant == "langer" else zin[zin.index("korter") :]
            assert tekst[i] in deel
