"""What the pages say: the figures of the engine, what is recorded, the dashboard, the start page."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from tests.webhulp import (
    BESLUIT,
    GRAFIEK14,
    PEILDATUM14,
    VANDAAG,
    Bezoeker,
    gegevens,
    kort,
    nieuw_register,
    server,
    tabellen,
)

import kompas
from kompas.adviesregister import Adviesregister
from kompas.fouten import ModelFout
from kompas.web import bladen as webbladen
from kompas.web import dashboardkast
from kompas.web.besluiten import lees_besluit
from kompas.web.beveiliging import stijlen_van
from kompas.web.dashboardkast import Dashboardkast
from kompas.web.opmaak import verklaring
from kompas.web.tekstblad import als_html
from kompas.web.toestand import Toestand, maak_toestand
from kompas.weergave.klanthtml import klantpagina

# -- one engine: the same figures as the report


def test_een_ingetypte_klant_heeft_de_cijfers_van_het_overzicht(baas: Bezoeker) -> None:
    config, h = gegevens()
    eigen = kompas.klant(h, config=kort(config), **GRAFIEK14, peildatum=PEILDATUM14)
    status, tekst = baas.stuur("/klant", {**GRAFIEK14, "peildatum": PEILDATUM14})
    assert status == 200
    assert len(tabellen(tekst)) == 8
    assert tabellen(tekst) == tabellen(klantpagina(eigen))
    assert re.findall("<svg.*?</svg>", tekst, re.DOTALL) == re.findall("<svg.*?</svg>", klantpagina(eigen), re.DOTALL)


def test_alles_ingevuld_geeft_dezelfde_cijfers_als_de_opdracht(baas: Bezoeker) -> None:
    """Each kind of field: category, number, amount, deployment with planned end, still running."""
    config, h = gegevens()
    velden = {
        **GRAFIEK14,
        "begindatum": "3-2-2006",
        "leefvorm": "alleenstaande",
        "fasering": "fase 2",
        "kenmerk_eerdere_spells": "1",
        "bedrag": "1.012,50",
        "inzet_reintegratie_begin": "1-3-2007",
        "inzet_reintegratie_gepland": "1-8-2007",
        "inzet_werkdirect_begin": "5-2-2006",
    }
    eigen = kompas.klant(
        h,
        config=kort(config),
        **{**GRAFIEK14, "begindatum": "3-2-2006"},
        leefvorm="alleenstaande",
        fasering="fase 2",
        kenmerk={"eerdere_spells": "1"},
        bedrag="1.012,50",
        inzet=["reintegratie:1-3-2007:1-8-2007", "werkdirect:5-2-2006"],
    )
    tekst = baas.stuur("/klant", velden)[1]
    assert "Dit loopt al." in tekst
    assert tabellen(tekst) == tabellen(klantpagina(eigen))
    velden["inzet_werkdirect_loopt"] = "ja"
    assert tabellen(baas.stuur("/klant", velden)[1]) != tabellen(klantpagina(eigen))


def test_een_klant_uit_de_lijst_heeft_de_cijfers_van_zijn_rij(baas: Bezoeker, lijst: pd.DataFrame) -> None:
    config, h = gegevens()
    client = str(lijst.loc[lijst["reintegratie_netto"].notna(), "client_id"].iloc[0])
    eigen = kompas.klant(h, config=kort(config), client=client)
    rij = lijst.set_index("client_id").loc[client]
    assert eigen.verwacht == rij["verwachte_maanden"]
    status, tekst = baas.stuur("/klant/uit-lijst", {"client_id": client})
    assert status == 200
    assert tabellen(tekst) == tabellen(klantpagina(eigen))


def test_er_is_niets_vooraf_gekozen(baas: Bezoeker, lijst: pd.DataFrame) -> None:
    for tekst in (
        baas.stuur("/klant", {"geslacht": "man", "leefvorm": "gehuwd"})[1],
        baas.stuur("/klant/uit-lijst", {"client_id": str(lijst["client_id"].iloc[0])})[1],
    ):
        assert tekst.count('type="radio"') == 6, "three instruments and three decisions"
        assert "checked" not in tekst
    leeg = baas.open("/klant")
    assert "checked" not in leeg
    assert "selected" not in leeg


# -- the decision


def _vastgelegd(baas: Bezoeker, velden: dict[str, str]) -> int:
    status, koppen, tekst = baas.vraag("POST", "/besluit", {"merk": baas._merk, **velden})
    assert status == 303, tekst
    return int(koppen["Location"].removeprefix("/besluit/"))


def test_wie_weg_is_krijgt_geen_knop_naar_een_blad_dat_er_niet_is(baas: Bezoeker, toestand: Toestand) -> None:
    """Known in the data, but no longer on benefit: there is no page of the list for him."""
    assert toestand.bestand is not None
    assert toestand.lijst is not None
    weg = min(set(toestand.bestand.uitkeringen["client_id"]) - set(toestand.lijst.tabel["client_id"]))
    loopt = str(toestand.lijst.tabel["client_id"].iloc[0])
    knop = "Nog een besluit over deze klant"
    for client, er in ((weg, False), (loopt, True)):
        velden = {**GRAFIEK14, "herkomst": "getypt", "client_id": client, **BESLUIT, "formulier": f"weg-{client}"}
        assert (knop in baas.open(f"/besluit/{_vastgelegd(baas, velden)}")) is er


def test_een_besluit_bij_een_ingetypte_klant_heeft_de_getoonde_cijfers(baas: Bezoeker, boek: Adviesregister) -> None:
    config, h = gegevens()
    rij = kompas.klant(h, config=kort(config), **GRAFIEK14).to_frame().iloc[0]
    nummer = _vastgelegd(baas, {**GRAFIEK14, "herkomst": "getypt", "client_id": "T9", **BESLUIT, "formulier": "t9"})
    r = boek.toon(client="T9").iloc[0]
    assert r["volgnummer"] == nummer
    assert (r["instrument"], r["besluit"], r["door"]) == ("reintegratie", "afgeweken", "KM05")
    assert r["advies"] == rij["reintegratie_indicatie"]
    assert r["maanden_bespaard"] == rij["reintegratie_maanden_bespaard"]
    assert (pd.isna(r["netto"]) and pd.isna(rij["reintegratie_netto"])) or r["netto"] == rij["reintegratie_netto"]
    tekst = baas.open(f"/besluit/{nummer}")
    assert boek.verifieer().heel
    assert r["hash"] in tekst
    assert boek.verifieer().hoofd == r["hash"]
    assert "klant begint zelf in juli" in tekst


def test_een_besluit_uit_de_lijst_heeft_de_cijfers_van_de_rij(
    baas: Bezoeker, boek: Adviesregister, lijst: pd.DataFrame
) -> None:
    rij = lijst[lijst["reintegratie_netto"].notna()].iloc[-1]
    velden = {**BESLUIT, "herkomst": "lijst", "client_id": rij["client_id"], "instrument": "reintegratie"}
    nummer = _vastgelegd(baas, velden)
    r = boek.toon(client=rij["client_id"]).iloc[0]
    assert (r["volgnummer"], r["advies"]) == (nummer, rij["reintegratie_indicatie"])
    for kolom in ("maanden_bespaard", "netto", "netto_laag", "netto_hoog", "kans_positief"):
        assert r[kolom] == rij[f"reintegratie_{kolom}"]
    assert "Nog een besluit over deze klant" in baas.open(f"/besluit/{nummer}")


def test_hetzelfde_formulier_twee_keer_is_een_record(baas: Bezoeker, boek: Adviesregister) -> None:
    velden = {"geslacht": "vrouw", "client_id": "D1", **BESLUIT, "formulier": "dubbel"}
    assert _vastgelegd(baas, velden) == _vastgelegd(baas, velden)
    assert len(boek.toon(client="D1")) == 1
    assert _vastgelegd(baas, {**velden, "formulier": "ander"}) > 0
    assert len(boek.toon(client="D1")) == 2


@pytest.mark.parametrize(
    ("anders", "veld"),
    [
        ({"client_id": ""}, "client_id"),
        ({"client_id": "111222333"}, "client_id"),
        ({"client_id": "x" * 65}, "client_id"),
        ({"instrument": ""}, "instrument"),
        ({"instrument": "scootmobiel"}, "instrument"),
        ({"besluit": ""}, "besluit"),
        ({"besluit": "misschien"}, "besluit"),
        ({"reden": ""}, "reden"),
        ({"reden": "geen zin"}, "reden"),
        ({"besluit": "gevolgd", "reden": "ok"}, "reden"),
        ({"door": ""}, "door"),
        ({"door": "T5"}, "door"),
        ({"door": "x" * 65}, "door"),
    ],
)
def test_een_besluit_vraagt_alles(toestand: Toestand, anders: dict[str, str], veld: str) -> None:
    codes = [i.code for i in toestand.h.config.instrument]
    goed = {"client_id": "T5", **BESLUIT}
    assert lees_besluit(goed, toestand, codes, client=None).fouten == ()
    uit = lees_besluit({**goed, **anders}, toestand, codes, client=None)
    assert [f.veld for f in uit.fouten] == [veld]


def test_een_fout_besluit_legt_niets_vast_en_houdt_wat_er_stond(baas: Bezoeker, boek: Adviesregister) -> None:
    eerder = boek.verifieer().aantal
    status, tekst = baas.stuur("/besluit", {**GRAFIEK14, "client_id": "F1", **BESLUIT, "reden": "nee"})
    assert status == 200
    assert "<title>Fout: " in tekst
    assert 'id="v-reden"' in tekst
    assert re.search(r'value="afgeweken" checked', tekst), "his own choice stays"
    assert len(tabellen(tekst)) == 8, "the figures stay beside it"
    assert boek.verifieer().aantal == eerder


def test_een_peildatum_na_vandaag_legt_niets_vast(baas: Bezoeker, boek: Adviesregister) -> None:
    """The register refuses a decision before the day of the figures; the page says so."""
    velden = {"geslacht": "vrouw", "peildatum": "1-1-2099", "client_id": "P1", **BESLUIT}
    status, tekst = baas.stuur("/besluit", velden)
    assert status == 200
    assert "besluitdatum" in tekst.lower()
    assert not len(boek.toon(client="P1"))


def test_een_record_dat_geen_besluit_is_bestaat_niet(baas: Bezoeker) -> None:
    assert baas.vraag("GET", "/besluit/0")[0] == 404


def test_zonder_register_is_er_geen_besluit_en_zonder_config_geen_lijst() -> None:
    with server(met_lijst=False) as b:
        baas = Bezoeker(b)
        tekst = baas.stuur("/klant", {"geslacht": "man"})[1]
        assert "--register" in tekst
        assert "<textarea" not in tekst
        assert baas.stuur("/besluit", BESLUIT)[0] == 404
        assert baas.vraag("GET", "/lijst")[0] == baas.vraag("GET", "/dashboard")[0] == 404
        assert baas.stuur("/klant/uit-lijst", {"client_id": "H00007"})[0] == 404
        start = baas.open("/")
        assert "--config" in start
        assert "Lijst" not in start


def test_een_gebroken_register_wordt_niet_gebruikt(tmp_path: Path) -> None:
    boek = nieuw_register(tmp_path)
    inhoud = boek.pad.read_bytes()
    assert b"Hollandstad" in inhoud
    boek.pad.write_bytes(inhoud.replace(b"Hollandstad", b"Hollandstat"))
    with pytest.raises(ModelFout, match="KMP-R022"):
        maak_toestand(gegevens()[1], register=boek.pad)


# -- dashboard, statement, start


def test_het_dashboard_wordt_een_keer_gemaakt(toestand: Toestand, monkeypatch: pytest.MonkeyPatch) -> None:
    gemaakt = []

    def paginas(stof: object) -> dict[str, bytes]:
        gemaakt.append(stof)
        return {
            "index.html": b"<style>p{}</style><body><header></header><p>Voorblad</p>",
            "team-1.html": b"<style>a{}</style><header></header>",
            "raadsbrief.pdf": b"%PDF-1.7",
        }

    monkeypatch.setattr(dashboardkast, "verzamel", lambda *_: "stof")
    monkeypatch.setattr(dashboardkast, "dashboardpaginas", paginas)
    kast = Dashboardkast(toestand)
    assert (kast.kan, kast.klaar, kast.blad("index.html")) == (True, False, None)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: kast.maak(), range(4)))
    assert gemaakt == ["stof"]
    monkeypatch.setattr(webbladen, "Dashboardkast", lambda _: kast)
    with server() as b:
        baas = Bezoeker(b)
        assert baas.stuur("/dashboard")[0] == 303
        status, koppen, tekst = baas.vraag("GET", "/dashboard/index.html")
        assert status == 200
        assert "Terug naar de startpagina" in tekst
        assert stijlen_van("<style>p{}</style>") in koppen["Content-Security-Policy"]
        assert "'unsafe-inline'" not in koppen["Content-Security-Policy"]
        status, koppen, tekst = baas.vraag("GET", "/dashboard/raadsbrief.pdf")
        assert (koppen["Content-Type"], tekst) == ("application/pdf", "%PDF-1.7")
        assert koppen["Content-Disposition"] == 'attachment; filename="raadsbrief.pdf"'
        assert baas.vraag("GET", "/dashboard/team-2.html")[0] == 404


def test_het_dashboard_zegt_eerst_dat_het_even_duurt(baas: Bezoeker) -> None:
    tekst = baas.open("/dashboard")
    assert "nog niet gemaakt" in tekst
    assert "http-equiv" not in tekst, "no page that reloads by itself"


def test_de_start_zegt_hoe_oud_de_cijfers_zijn(baas: Bezoeker) -> None:
    tekst = baas.open("/")
    assert "30-06-2007. Dat is minder dan een maand geleden." in tekst
    assert "Let op:" not in tekst
    with server(met_lijst=False) as b:
        b._server.application.view_functions["start"]
    _, h = gegevens()
    oud = maak_toestand(h, vandaag=VANDAAG.replace(year=2009))
    assert oud.ouderdom == 24


def test_de_verklaring_is_die_van_de_documentatie(baas: Bezoeker) -> None:
    bron = Path(kompas.__file__).parent / "web" / "toegankelijkheid.md"
    docs = Path(__file__).resolve().parents[2] / "docs" / "toegankelijkheid.md"
    assert docs.read_bytes() == bron.read_bytes(), "copy the one in src/kompas/web over the one in docs"
    tekst = baas.open("/toegankelijkheid")
    assert verklaring() in tekst
    assert "Voldoet gedeeltelijk" in tekst
    assert "<h1>Toegankelijkheid</h1>" in tekst
    assert tekst.count("<h1>") == 1


def test_een_tekstblad_is_veilig_en_heel() -> None:
    tabel = als_html("## Kop & zo\n\n| a | b |\n|---|---|\n| `x` | <i> |")
    assert "<caption>Kop &amp; zo</caption>" in tabel
    assert '<th scope="row"><code>x</code></th><td>&lt;i&gt;</td>' in tabel
    assert tabel.count("<tr>") == 2


def test_elk_blad_heeft_een_kop_taal_en_titel(baas: Bezoeker, lijst: pd.DataFrame) -> None:
    bladen = [baas.open(p) for p in ("/", "/klant", "/lijst", "/dashboard", "/toegankelijkheid")]
    bladen += [baas.stuur("/klant/uit-lijst", {"client_id": str(lijst["client_id"].iloc[0])})[1]]
    titels = [re.search("<title>(.*?)</title>", b)[1] for b in bladen]  # type: ignore[index]
    assert len(set(titels)) == len(titels)
    for b in bladen:
        assert b.startswith('<!DOCTYPE html>\n<html lang="nl">')
        assert b.count("<h1>") == 1
        assert b.index('class="sla-over"') < b.index("<nav")
        assert "<script" not in b
        assert " style=" not in b
        assert len(re.findall('id="([^"]+)"', b)) == len(set(re.findall('id="([^"]+)"', b)))
