"""The sheets beside the data: read me first, an overview per group, and what each column means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from kompas.begrippen import Begrippen, lees_begrippen
from kompas.weergave.excelstijl import Stijlen
from kompas.weergave.getallen import aantal, datum

LEES_MIJ, OVERZICHT, BEGRIPPEN = "Lees mij", "Overzicht", "Begrippen"
INDICATIES = ("ja", "nee", "geen_uitspraak")
VERBORGEN = ("profiel", "model")
VERBORGEN_UITLEG = "Op bladen per groep zijn profiel en model verborgen; kompas vergelijkt er twee lijsten mee."
LIJST_UITLEG = (
    "De kansen en maanden gaan ervan uit dat er niets nieuws wordt gestart. Wat loopt, eindigt zoals gepland.",
    "Het zijn verwachtingen voor cliënten met dezelfde kenmerken, geen zekerheid over één persoon.",
    "Een indicatie is een advies. De klantmanager beslist en legt vast waarom.",
    "Een lege cel bij een bedrag betekent dat het effect niet is vastgesteld; het betekent niet nul euro.",
    "Een huisbezoek of ander handhavingsinstrument vraagt een vastgelegde concrete grond. Een kans is geen grond.",
)


def regels(frame: pd.DataFrame, peildatum: dt.date | None, toelichting: Sequence[str]) -> list[str]:
    """Paragraphs for the sheet *Lees mij*: facts, what the caller says, how to read a list."""
    feiten = [f"Peildatum: {datum(peildatum)}."] if peildatum is not None else []
    feiten.append(f"Aantal rijen: {aantal(len(frame))}.")
    indicatie = any(str(k).endswith("_indicatie") for k in frame.columns)
    begrippen = lees_begrippen()
    uitleg = [f"{w.replace('_', ' ')}: {begrippen.begrip(w).definitie}" for w in INDICATIES] if indicatie else []
    verborgen = [VERBORGEN_UITLEG] if set(VERBORGEN) & set(frame.columns) else []
    return [*feiten, *toelichting, *(LIJST_UITLEG if indicatie else ()), *uitleg, *verborgen]


def lees_mij(blad: Any, titel: str, alineas: Sequence[str], stijlen: Stijlen) -> None:
    """Write the paragraphs, and a link to the sheet with the meaning of the columns."""
    blad.set_column(0, 0, 100)
    blad.write_string(0, 0, titel, stijlen["titel"])
    for r, regel in enumerate(alineas, start=2):
        blad.write_string(r, 0, regel, stijlen["alinea"])
    slot = "Wat elke kolom betekent, staat op het blad Begrippen."
    blad.write_url(len(alineas) + 2, 0, f"internal:'{BEGRIPPEN}'!A1", stijlen["link"], slot)
    blad.set_portrait()
    blad.set_paper(9)
    blad.fit_to_pages(1, 0)


def overzicht(
    blad: Any,
    frame: pd.DataFrame,
    groepen: list[tuple[str, list[int]]],
    bladen: list[str],
    kop: str,
    namen: Mapping[str, str],
    stijlen: Stijlen,
) -> None:
    """Write counts per group, each name a link to its sheet."""
    indicaties = [str(k) for k in frame.columns if str(k).endswith("_indicatie")]
    codes = [k.removesuffix("_indicatie") for k in indicaties]
    titels = [kop, "Aantal", *(f"{namen.get(code) or code}: aantal ja" for code in codes)]
    blad.set_column(0, 0, 40)
    blad.set_column(1, max(1, len(titels) - 1), 16)
    for c, titel in enumerate(titels):
        blad.write_string(0, c, titel, stijlen["kop"])
    is_ja = [frame[k].astype(object).eq("ja").to_numpy() for k in indicaties]
    for r, ((naam, rijen), doel) in enumerate(zip(groepen, bladen, strict=True), start=1):
        veilig = doel.replace("'", "''")
        blad.write_url(r, 0, f"internal:'{veilig}'!A1", stijlen["link"], naam)
        blad.write_number(r, 1, len(rijen), stijlen["aantal"])
        for c, ja in enumerate(is_ja, start=2):
            blad.write_number(r, c, int(ja[rijen].sum()), stijlen["aantal"])
    blad.freeze_panes(1, 1)


def begrippenblad(
    blad: Any, frame: pd.DataFrame, begrippen: Begrippen, namen: Mapping[str, str], stijlen: Stijlen
) -> None:
    """Write name, label, unit and meaning of each column."""
    for c, (kop, breedte) in enumerate((("kolom", 28), ("label", 40), ("eenheid", 14), ("betekenis", 90))):
        blad.set_column(c, c, breedte)
        blad.write_string(0, c, kop, stijlen["kop"])
    for r, kolom in enumerate((str(k) for k in frame.columns), start=1):
        b = begrippen.zoek(kolom, namen)
        cellen = (
            (kolom, kolom, "", "Eigen kolom van de gemeente.")
            if b is None
            else (b.term, b.label, b.eenheid, b.definitie)
        )
        for c, tekst in enumerate(cellen):
            blad.write_string(r, c, tekst, stijlen["alinea"])
    blad.freeze_panes(1, 1)
