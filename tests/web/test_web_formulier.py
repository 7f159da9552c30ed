"""The client form: every error beside its field, all at once, and nothing that was typed is ever run."""

from __future__ import annotations

import html
import re

import pytest
from tests.webhulp import (
    BESLUIT,
    SCRIPT,
    Bezoeker,
)

from kompas.adviesregister import Adviesregister
from kompas.klantinvoer import Klantinvoer
from kompas.web.klantformulier import leeg_formulier, lees_klantformulier
from kompas.web.toestand import Toestand
from kompas.web.velden import veldgroepen

# -- the form: every error beside its field, all at once


@pytest.mark.parametrize(
    ("veld", "waarde", "woord"),
    [
        ("geboortedatum", "31-2-1980", "dd-mm-jjjj"),
        ("geboortedatum", "8-11-83", "dd-mm-jjjj"),
        ("geboortedatum", "gisteren", "dd-mm-jjjj"),
        ("geboortedatum", "1-1-1200", "Het jaar klopt niet"),
        ("geboortedatum", "1-1-2005", "jonger dan 15"),
        ("geboortedatum", "1-1-1930", "AOW-leeftijd"),
        ("begindatum", "1-7-2007", "na de dag waarop u rekent (30-06-2007)"),
        ("begindatum", "2-1-1-2007", "dd-mm-jjjj"),
        ("peildatum", "x", "dd-mm-jjjj"),
        ("geslacht", "vrouwen", "Kies een waarde"),
        ("opleiding", "universiteit", "Kies een waarde"),
        ("fasering", "fase 9", "Kies een waarde"),
        ("kenmerk_eerdere_spells", "99", "Schrijf een getal van 0 tot en met"),
        ("kenmerk_eerdere_spells", "een", "Schrijf een getal van 0 tot en met"),
        ("kenmerk_eerdere_spells", "1@1-1-2007", "Schrijf een getal van 0 tot en met"),
        ("bedrag", "veel", "bedrag in euro"),
        ("bedrag", "-5", "bedrag in euro"),
        ("bedrag", "1e300", "bedrag in euro"),
        ("peildatum", "31-12-2000", "Kies een dag vanaf 01-01-2001"),
        ("bedrag", "1.234", "bedrag in euro"),
        ("inzet_reintegratie_begin", "1-7-2007", "begint na de dag"),
        ("inzet_reintegratie_begin", "x", "dd-mm-jjjj"),
    ],
)
def test_een_fout_staat_bij_zijn_veld(toestand: Toestand, veld: str, waarde: str, woord: str) -> None:
    goed = {"geslacht": "vrouw"} if veld != "geslacht" else {"leefvorm": "gehuwd"}
    uit = lees_klantformulier({**goed, veld: waarde}, toestand.h, toestand.config)
    assert uit.invoer is None
    assert [f.veld for f in uit.fouten] == [veld]
    assert woord in uit.fouten[0].tekst
    assert uit.waarden[veld] == waarde, "what was typed stays in the box"
    assert "--" not in uit.fouten[0].tekst, "no option of the command line"


def test_inzet_zonder_begin_en_omgekeerd_is_een_fout(toestand: Toestand) -> None:
    def fouten(**velden: str) -> dict[str, str]:
        gezet = {f"inzet_reintegratie_{k}": w for k, w in velden.items()}
        return lees_klantformulier({"geslacht": "man", **gezet}, toestand.h, toestand.config).fout_bij

    assert list(fouten(loopt="ja")) == ["inzet_reintegratie_begin"]
    assert list(fouten(gepland="1-3-2007")) == ["inzet_reintegratie_begin"]
    assert list(fouten(begin="1-3-2007", gepland="1-2-2007")) == ["inzet_reintegratie_gepland"]
    assert fouten(begin="1-3-2007", gepland="1-4-2007", loopt="ja") == {}


def test_alle_fouten_in_een_keer_in_de_volgorde_van_het_formulier(toestand: Toestand, baas: Bezoeker) -> None:
    velden = {"bedrag": "veel", "peildatum": "x", "geboortedatum": "y", "geslacht": "z"}
    uit = lees_klantformulier(velden, toestand.h, toestand.config)
    assert [f.veld for f in uit.fouten] == ["geslacht", "geboortedatum", "bedrag", "peildatum"]
    status, tekst = baas.stuur("/klant", velden)
    assert status == 200
    assert "<title>Fout: " in tekst
    assert "Er kloppen 4 dingen niet" in tekst
    samenvatting = re.search(r'<div id="fouten".*?</div>', tekst, re.DOTALL)
    assert samenvatting is not None
    assert "autofocus" in samenvatting.group()
    for f in uit.fouten:
        assert f'<a href="#v-{f.veld}">' in samenvatting.group()
        box = re.search(rf'<(?:input|select)[^>]*id="v-{f.veld}"[^>]*>', tekst)
        assert box is not None
        assert 'aria-invalid="true"' in box.group()
        assert re.search(rf'aria-describedby="f-{f.veld}[ "]', box.group())
        assert f'id="f-{f.veld}"' in tekst


def test_niets_ingevuld_is_een_fout_en_alleen_de_dag_is_niets(toestand: Toestand) -> None:
    for velden in ({}, {"peildatum": "30-6-2007"}, {"bedrag": "900"}, {"onbekend": "x"}):
        uit = lees_klantformulier(velden, toestand.h, toestand.config)
        assert [f.tekst for f in uit.fouten] == ["Vul minstens één gegeven van de klant in."]
    assert leeg_formulier(toestand.h, toestand.peildatum).waarden == {"peildatum": "30-06-2007"}


def test_wat_de_berekening_weigert_staat_bij_het_formulier(baas: Bezoeker) -> None:
    """Fewer than ten clients share this: the engine says what to leave out."""
    velden = {"geslacht": "man", "leefvorm": "alleenstaande_ouder", "opleiding": "geen", "fasering": "fase 1"}
    status, tekst = baas.stuur("/klant", velden)
    assert status == 200
    assert "<title>Fout: " in tekst
    assert "KMP-K008" in tekst
    assert '<option value="alleenstaande_ouder" selected>' in tekst


def test_de_velden_zijn_die_van_het_model(toestand: Toestand) -> None:
    namen = [v.naam for g in veldgroepen(toestand.h) for v in g.velden]
    assert namen[:4] == ["geslacht", "geboortedatum", "begindatum", "opleiding"], "the form of 2007"
    assert namen[4:8] == ["leefvorm", "fasering", "kenmerk_eerdere_spells", "bedrag"]
    assert len(namen) == 4 + 4 + 3 * len(toestand.h.config.instrument) + 1
    opleiding = next(v for g in veldgroepen(toestand.h) for v in g.velden if v.naam == "opleiding")
    assert [w for w, _ in opleiding.opties] == ["geen", "basis", "vmbo", "hoger", "onbekend"]


def test_de_volgorde_van_lezen_is_die_van_de_opdracht(toestand: Toestand) -> None:
    """The trait that was typed last decides one row of the report."""
    velden = {"kenmerk_eerdere_spells": "1", "fasering": "fase 2", "opleiding": "vmbo", "geslacht": "man"}
    invoer = lees_klantformulier(velden, toestand.h, toestand.config).invoer
    assert isinstance(invoer, Klantinvoer)
    assert list(invoer.kenmerken) == ["geslacht", "opleiding", "fasering", "eerdere_spells"]


def test_wijzigen_geeft_het_formulier_terug_en_een_leeg_blad_is_leeg(baas: Bezoeker) -> None:
    velden = {"geboortedatum": "8-11-1983", "inzet_reintegratie_begin": "1-3-2007"}
    antwoord = baas.stuur("/klant", velden)[1]
    assert '<input type="hidden" name="geboortedatum" value="8-11-1983">' in antwoord
    terug = baas.stuur("/klant", {**velden, "wijzig": "ja"})[1]
    assert 'id="v-geboortedatum" name="geboortedatum" value="8-11-1983"' in terug
    assert "<details open>" in terug
    assert "Fout:" not in terug
    leeg = baas.open("/klant")
    assert "1983" not in leeg.replace("bijvoorbeeld 8-11-1983", "")
    assert "<details>" in leeg


# -- text that is code


def test_script_in_elk_veld_is_tekst(baas: Bezoeker, toestand: Toestand) -> None:
    namen = [v.naam for g in veldgroepen(toestand.h) for v in g.velden]
    besluit = ["client_id", "instrument", "besluit", "reden", "door", "formulier", "herkomst"]
    zoek = ["zoek", "team", "klantmanager", "doelgroep", "sorteer", "richting", "pagina", "blad", "kolom"]
    for pad, velden in (("/klant", namen), ("/besluit", [*namen, *besluit]), ("/lijst", zoek)):
        for dicht in (f"x{SCRIPT}", f'"><img src=x onerror=alert(1)>{SCRIPT}'):
            tekst = baas.stuur(pad, dict.fromkeys(velden, dicht))[1]
            assert "<script" not in tekst
            assert "<img" not in tekst
    tekst = baas.stuur("/klant", {"geslacht": "man", "bedrag": SCRIPT})[1]
    assert f'value="{html.escape(SCRIPT).replace("&#x27;", "&#39;")}"' in tekst
    tekst = baas.stuur("/lijst", {"zoek": SCRIPT})[1]
    assert "Geen klanten gevonden" in tekst
    assert "&lt;script&gt;" in tekst


def test_de_reden_met_script_staat_als_tekst_in_het_register(baas: Bezoeker, boek: Adviesregister) -> None:
    velden = {"geslacht": "man", "client_id": "S1", **BESLUIT, "reden": f"om deze reden {SCRIPT}"}
    status, koppen, _ = baas.vraag("POST", "/besluit", {"merk": baas._merk, **velden})
    assert status == 303
    tekst = baas.open(koppen["Location"])
    assert "<script" not in tekst
    assert "&lt;script&gt;" in tekst
    assert boek.toon(client="S1")["reden"].tolist() == [f"om deze reden {SCRIPT}"]
