"""The dashboard: readable offline, reproducible, nothing about fewer than ten, sentences that follow from figures."""

import html
import re
import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from tests.geldhulp import HOLLANDSTAD, hollandstad

import kompas
from kompas.config import maak_config
from kompas.fouten import GebruiksFout, GegevensFout
from kompas.monitors.stof import Stof, verzamel
from kompas.weergave.cockpit import cockpit, tegels
from kompas.weergave.dashboardblad import bestandsnaam, bladen, dashboardpaginas
from kompas.weergave.raadsbrief import raadsbriefdelen

MEEST_MB = 3.0  # of the whole folder
PAGINAS_BRIEF = 2


@cache
def stof() -> Stof:
    bestand, config = hollandstad()
    return verzamel(bestand, config, None)


@cache
def paginas() -> dict[str, bytes]:
    return dict(dashboardpaginas(stof()))


def teksten() -> dict[str, str]:
    return {naam: inhoud.decode("utf-8") for naam, inhoud in paginas().items() if naam.endswith(".html")}


def kaal(tekst: str) -> str:
    """Text of a page without its marks."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(style|svg).*?</\1>", " ", tekst))))


def test_elk_blad_van_elk_niveau_is_er():
    soorten = {b.niveau for b in bladen(stof())}
    assert soorten == {"management", "teamleider", "team"}
    assert {b.bestand for b in bladen(stof())} | {"raadsbrief.pdf"} == set(paginas())
    assert not stof().ontbreekt


@pytest.mark.parametrize("naam", sorted(teksten()))
def test_een_blad_vraagt_niets_buiten_de_map(naam):
    tekst = teksten()[naam]
    assert "<script" not in tekst
    assert not re.search(r"@import|url\((?!#)", tekst)
    assert not re.search(r"""\b(?:src|srcset|xlink:href|poster|data|action)=""", tekst)
    for doel in re.findall(r'\bhref="([^"]*)"', tekst):
        blad, _, anker = doel.partition("#")
        assert blad == "" or blad in paginas(), doel
        waar = tekst if blad == "" else paginas()[blad].decode("utf-8")
        assert not anker or f'id="{anker}"' in waar


@pytest.mark.parametrize("naam", sorted(teksten()))
def test_een_blad_is_te_lezen_zonder_ogen_en_zonder_kleur(naam):
    tekst = teksten()[naam]
    assert tekst.count("<h1") == 1
    assert '<html lang="nl">' in tekst
    ids = re.findall(r'\bid="([^"]+)"', re.sub(r"(?s)<svg.*?</svg>", "", tekst))
    assert len(ids) == len(set(ids))
    for kop in re.findall(r"<svg [^>]*>", tekst):
        assert re.search(r'role="img" aria-label="[^"]{5,}"', kop)
    if naam != "raadsbrief.html":  # the letter has its figures in sentences; the pages behind it have the tables
        for blok in tekst.split("<figure>")[1:]:
            assert "<table" in blok.split("<figure>")[0].split("</section>")[0], "een plaatje zonder tabel"
    assert "30-06-2007" in tekst
    assert "juni 2007" in kaal(tekst)


def test_de_hele_map_is_klein():
    assert sum(map(len, paginas().values())) < MEEST_MB * 1e6


def test_dezelfde_cijfers_geven_dezelfde_bytes():
    assert dict(dashboardpaginas(stof())) == paginas()


def test_de_cockpit_gaat_van_analyse_naar_sturing():
    stappen = cockpit(stof())
    assert [s.naam for s in stappen] == ["Analyse", "Potentieel", "Programma", "Organisatie", "Sturing"]
    assert "2.700" in stappen[0].zinnen[0]
    assert "Zonder model" in stappen[2].zinnen[0]
    assert "14,1% van het budget" in stappen[4].zinnen[0]
    cijfers = {t.naam: t.cijfer for t in tegels(stof())}
    assert cijfers["Huishoudens met bijstand"] == "2.700"
    assert cijfers["Saldo 2007 op jaarbasis"] == "€\xa0−4,7 miljoen"


def test_de_raadsbrief_past_op_twee_bladzijden():
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paginas()["raadsbrief.pdf"])) == PAGINAS_BRIEF


def brief(s: Stof) -> str:
    return " ".join(z for d in raadsbriefdelen(s) for k in d.stukken for z in (*k.zinnen, *k.punten))


def test_de_raadsbrief_volgt_de_cijfers():
    bestand, config = hollandstad()
    budget = bestand.overig["budget"]
    ruimer = budget.assign(bedrag=budget["bedrag"].where(budget["jaar"] != 2007, 40_000_000.0))
    anders = verzamel(_met(bestand, budget=ruimer), config, None)
    assert "een tekort van 14,1% van het budget" in brief(stof())
    assert "een overschot van 5,8% van het budget" in brief(anders)  # (40,000,000 - 37,660,195) / 40,000,000
    assert brief(anders) != brief(stof())


def _met(bestand, **tabellen):
    return replace(bestand, overig={**bestand.overig, **tabellen})


def test_een_oorzaak_komt_mee_in_de_brief_en_een_maatregel_alleen_met_oorzaak():
    bestand, config = hollandstad()
    regel = {"maand": "2007-06", "kengetal": "uitstroom_werk", "eenheid": "Hollandstad"}
    vol = maak_config(
        config.model_dump() | {"oorzaak": [regel | {"oorzaak": "Minder vacatures.", "maatregel": "Meer bezoeken."}]},
        pad=config.pad,
    )
    tekst = brief(verzamel(bestand, vol, None))
    assert "Minder vacatures. Maatregel: Meer bezoeken." in tekst
    assert "Minder vacatures" not in brief(stof())


def test_een_klein_team_is_nergens_te_zien_en_niet_af_te_leiden():
    bestand, config = hollandstad()
    u = bestand.uitkeringen.copy()
    lopend = u.index[u["einddatum"].isna() & (u["team"] == "Team 1")][:4]
    u.loc[lopend, "team"] = "Klein"
    s = verzamel(replace(bestand, uitkeringen=u), config, None)
    klein = dashboardpaginas(s)["team-klein.html"].decode("utf-8")
    rij = re.search(r"Aantal huishoudens in de bijstand</th>(.*?)</tr>", klein, re.DOTALL)
    assert rij is not None
    assert "niet getoond" in rij[1]
    assert not re.search(r">\s*4\s*<", rij[1])
    alle = dashboardpaginas(s)["uitvoering.html"].decode("utf-8")
    tabel = re.search(r'<table id="[^"]*volume[^"]*">.*?</table>', alle, re.DOTALL)
    assert tabel is not None
    verborgen = [r for r in re.findall(r"<tr>.*?</tr>", tabel[0], re.DOTALL) if "niet getoond" in r]
    assert len(verborgen) >= 2, "met één verborgen team is het aantal af te trekken van het totaal"


def test_namen_worden_getoond_en_niet_uitgevoerd():
    bestand, config = hollandstad()
    u = bestand.uitkeringen.assign(
        team=bestand.uitkeringen["team"].replace({"Team 1": "<script>alert(1)</script>", "Team 2": "../../Team 2"})
    )
    uit = dashboardpaginas(verzamel(replace(bestand, uitkeringen=u), config, None))
    assert all(re.fullmatch(r"[a-z0-9-]+\.(html|pdf)", naam) for naam in uit)
    for naam, inhoud in uit.items():
        if naam.endswith(".html"):
            assert b"<script>alert" not in inhoud


def test_gelijke_namen_krijgen_elk_hun_eigen_bestand():
    assert bestandsnaam("team", "É", ["team-e.html"]) == "team-e-2.html"
    assert bestandsnaam("team", "///") == "team-zonder-naam.html"


def test_wat_er_niet_is_staat_bovenaan_met_de_reden(gemeente: Path, tmp_path: Path):
    d = kompas.dashboard(gemeente / "kompas.toml", None, tmp_path / "bord")
    assert d.stof.budget is None
    tekst = kaal(d.voorblad.read_text(encoding="utf-8"))
    assert "Budget is niet gemaakt" in tekst
    assert "[bron.budget]" in tekst
    assert "budget.html" not in set(d.tabel["bestand"])


def test_met_model_zegt_het_programma_voor_hoeveel_klanten(gemeente: Path, model: Path, tmp_path: Path):
    d = kompas.dashboard(gemeente / "kompas.toml", model, tmp_path / "bord")
    p = d.stof.programma
    assert (p["ja"] + p["nee"] + p["geen_uitspraak"] == p["klanten"]).all()
    lijst = kompas.lijstwerk(gemeente / "kompas.toml", model, tmp_path / "lijst.csv").to_frame()
    assert set(p["klanten"]) == {len(lijst)}
    eigen = p.set_index("instrument")
    for code in eigen.index:
        assert eigen.loc[code, "ja"] == (lijst[f"{code}_indicatie"] == "ja").sum()
    assert "huisbezoek" not in set(p["instrument"]), "handhaving telt geen indicaties voor personen"


def test_de_map_wordt_in_een_keer_vervangen_en_niets_anders(tmp_path: Path):
    vreemd = tmp_path / "vreemd"
    vreemd.mkdir()
    (vreemd / "mijn.txt").write_text("bewaar dit", encoding="utf-8")
    with pytest.raises(GebruiksFout, match="KMP-O007"):
        kompas.dashboard(HOLLANDSTAD, None, vreemd)
    assert (vreemd / "mijn.txt").read_text(encoding="utf-8") == "bewaar dit"
    doel = tmp_path / "diep" / "bord"
    kompas.dashboard(HOLLANDSTAD, None, doel)
    (doel / "oud.html").write_text("van vorige maand", encoding="utf-8")
    d = kompas.dashboard(HOLLANDSTAD, None, doel)
    assert not (doel / "oud.html").exists()
    assert [p.name for p in doel.parent.iterdir()] == ["bord"], "er blijft niets half geschreven liggen"
    assert isinstance(d.to_frame(), pd.DataFrame)
    assert d.to_frame()["bytes"].tolist() == [(doel / b).stat().st_size for b in d.to_frame()["bestand"]]


def test_afgekeurde_gegevens_geven_geen_map(gemeente: Path, tmp_path: Path):
    kapot = tmp_path / "kapot"
    shutil.copytree(gemeente, kapot)
    bron = next((kapot).rglob("uitkeringen.csv"))
    tekst = bron.read_text(encoding="utf-8")
    bron.write_text(re.sub(r"\b20\d\d-\d\d-\d\d", "gisteren", tekst), encoding="utf-8")
    with pytest.raises(GegevensFout):
        kompas.dashboard(kapot / "kompas.toml", None, tmp_path / "bord")
    assert not (tmp_path / "bord").exists()
