"""How one client looks: text of 80 columns, a page that needs nothing from elsewhere, a tagged PDF, a notebook."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import io
import itertools
import json
import re
from pathlib import Path

import pandas as pd
import pytest

import kompas
from kompas.herijking import Herijking
from kompas.klantbeeld import Klantbeeld
from kompas.weergave.klantdelen import REDENEN, klantinhoud, reden_in_woorden
from kompas.weergave.klanthtml import klantfragment, klantpagina
from kompas.weergave.klantpdf import klantpdf
from kompas.weergave.klantplaat import curveplaten
from kompas.weergave.klanttekst import klanttekst

NOTEBOOK = Path(__file__).resolve().parents[1] / "notebooks" / "klant.ipynb"


@pytest.fixture(scope="module")
def h(model: Path) -> Herijking:
    return kompas.laad_model(model)


@pytest.fixture(scope="module")
def beeld(h: Herijking) -> Klantbeeld:
    return kompas.klant(h, geslacht="vrouw", opleiding="hoger", begindatum="8-5-2006")


def alle_tekst(b: Klantbeeld) -> str:
    stukken = [s for d in klantinhoud(b).delen for s in d.stukken]
    return " ".join(z for s in stukken for z in (*s.zinnen, *s.punten))


@pytest.mark.parametrize("breedte", [60, 80, 100])
def test_tekst_past_op_het_scherm(beeld: Klantbeeld, breedte: int) -> None:
    regels = klanttekst(beeld, breedte).splitlines()
    assert max(map(len, regels)) <= breedte
    assert beeld.tekst(breedte) == klanttekst(beeld, breedte)
    assert not any(a == b == "" for a, b in itertools.pairwise(regels))


def test_instrumenten_staan_op_alfabet_en_er_is_niets_gekozen(beeld: Klantbeeld) -> None:
    namen = list(beeld.opties["naam"])
    assert namen == sorted(namen, key=str.casefold)
    html = klantpagina(beeld)
    assert not re.search(r"\b(checked|selected|autofocus)\b", html)
    assert "Er is niets vooraf gekozen" in html


def test_zinnen_zijn_kort_en_zonder_vakwoorden(beeld: Klantbeeld) -> None:
    tekst = alle_tekst(beeld)
    zinnen = [z for z in re.split(r"(?<=[.?!])\s+", tekst) if z]
    assert max(len(z.split()) for z in zinnen) <= 25
    assert not re.search(
        r"hazard|coefficient|significant|regressie|standaardfout|interval|percentiel", tekst, re.IGNORECASE
    )


def test_wat_gezegd_moet_worden_staat_er(beeld: Klantbeeld) -> None:
    tekst = alle_tekst(beeld)
    for deel in (
        "Dit is een advies van een rekenmodel",
        "bezwaar maken",
        "Leg vast of u het advies volgt en waarom",
        "Het model kent alleen wat in de gegevens staat",
        "30-06-2007",
        "Niet ingevuld: ",
        "lopende klanten gelijk in",
    ):
        assert deel in tekst, deel
    vaag = beeld.opties["indicatie"] == "geen_uitspraak"
    assert ("'Geen uitspraak' betekent: wij weten het niet" in tekst) == vaag.any()


def test_elke_reden_van_de_lijst_is_een_zin() -> None:
    for reden in [*REDENEN, "kans op een positief saldo is kleiner dan 80%", "een nieuwe reden"]:
        zin = reden_in_woorden(reden)
        assert zin[0].isupper()
        assert zin.endswith(".")


def test_pagina_haalt_niets_van_elders_en_is_toegankelijk(beeld: Klantbeeld) -> None:
    html = klantpagina(beeld)
    assert '<html lang="nl">' in html
    assert "default-src 'none'" in html
    assert not re.search(r"""(?:src|href)=["'](?!#)|url\((?!#)|@import""", html)
    assert len(re.findall("<h1", html)) == 1
    tabellen = re.findall(r"<table.*?</table>", html, flags=re.DOTALL)
    assert len(tabellen) >= 6
    for t in tabellen:
        assert "<caption" in t
        assert 'scope="col"' in t
        assert 'scope="row"' in t
    for svg in re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL):
        assert 'role="img"' in svg
        assert "<title>" in svg
        assert "<desc>" in svg
    assert klantpagina(beeld) == html


def test_grafiek_heeft_dezelfde_cijfers_als_tabel(beeld: Klantbeeld) -> None:
    (plaat,) = curveplaten(beeld)
    twaalf = next(r for r in plaat.tabel.rijen if r[0] == "12")
    geen = beeld.curve[(beeld.curve["groep"] == "niets nieuws") & (beeld.curve["maand"] == 12)]["kans"].iloc[0]
    assert twaalf[1] == f"{100 * geen:.0f}%"
    assert geen == pytest.approx(1 - beeld.rij["kans_uitstroom_12m"].iloc[0])
    assert beeld.plot().svg == plaat.svg
    with pytest.raises(kompas.KompasError, match="KMP-U011"):
        beeld.plot(instrument="bestaat_niet")


def test_pdf_is_getagd_en_elke_keer_gelijk(beeld: Klantbeeld) -> None:
    pdf = klantpdf(beeld)
    assert pdf[:5] == b"%PDF-"
    assert b"/MarkInfo" in pdf
    assert b"/StructTreeRoot" in pdf
    assert b"pdfuaid" in pdf
    assert b"/Lang" in pdf
    assert klantpdf(beeld) == pdf


def test_ingetypte_tekst_wordt_geen_opmaak(beeld: Klantbeeld) -> None:
    """Names with markup of typst, HTML and Altair end up as text, in page and PDF."""
    naam = '#panic("x") <b>$ y $</b> *a* "q" \\ & [z](u) @k'
    opties = beeld.opties.assign(naam=naam)
    curve = beeld.curve.assign(groep=beeld.curve["groep"].where(beeld.curve["groep"] == "niets nieuws", naam))
    eng = dataclasses.replace(
        beeld, opties=opties.head(1), curve=curve.drop_duplicates(["maand", "groep"]), kenmerken=((naam, naam),)
    )
    html = klantpagina(eng)
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert klantpdf(eng)[:5] == b"%PDF-"
    assert klantpdf(eng) != klantpdf(beeld)


def test_meer_instrumenten_dan_lijnen_geeft_meer_platen(beeld: Klantbeeld) -> None:
    basis = beeld.curve[beeld.curve["groep"] == "niets nieuws"]
    curve = pd.concat([basis, *(basis.assign(groep=f"instrument {n}") for n in range(8))], ignore_index=True)
    platen = curveplaten(dataclasses.replace(beeld, curve=curve))
    assert [len(p.tabel.koppen) for p in platen] == [7, 5]
    assert all(p.tabel.koppen[1][0] == "Niets nieuws" for p in platen)


def test_fragment_in_een_notebook(beeld: Klantbeeld) -> None:
    html = beeld._repr_html_()
    assert html == klantfragment(beeld)
    assert html.startswith('<div class="kompas"')
    assert "<html" not in html


# -- the notebook -----------------------------------------------------------------------------------------------------


def test_notebook_loopt_van_boven_naar_beneden(tmp_path: Path, gemeente: Path, model: Path) -> None:
    tekst = NOTEBOOK.read_text(encoding="utf-8")
    nb = json.loads(tekst)
    assert tekst == json.dumps(nb, ensure_ascii=False, indent=1) + "\n"
    namen: dict[str, object] = {"__name__": "__main__"}
    getoond, gedrukt = [], io.StringIO()
    with contextlib.chdir(tmp_path), contextlib.redirect_stdout(gedrukt):
        for cel in nb["cells"]:
            if cel["cell_type"] != "code":
                assert set(cel) == {"cell_type", "id", "metadata", "source"}
                continue
            assert (cel["execution_count"], cel["outputs"]) == (None, [])
            boom = ast.parse("".join(cel["source"]))
            laatste = boom.body.pop() if isinstance(boom.body[-1], ast.Expr) else None
            exec(compile(boom, cel["id"], "exec"), namen)  # noqa: S102 - our own notebook
            if laatste is not None:
                getoond.append(eval(compile(ast.Expression(laatste.value), cel["id"], "eval"), namen))  # noqa: S307 - our own notebook
            if "parameters" in cel["metadata"].get("tags", []):
                namen |= {"MODEL": model, "CONFIG": gemeente / "kompas.toml"}
    assert sum(isinstance(w, Klantbeeld) for w in getoond) == 2
    uit = gedrukt.getvalue()
    assert "KMP-W020" in uit
    een, twee = re.search(r"overzicht ([\d.]+), lijst ([\d.]+)", uit).groups()
    assert een == twee
    samen, verschil = re.search(r"samen: (-?[\d.]+), verschil: (-?[\d.]+)", uit).groups()
    assert samen == verschil
