"""Sections as PDF: tagged, with the fonts that typst brings, and the same bytes for the same sections.

Text goes to typst as data (JSON in ``sys.inputs``), never as markup: what was typed cannot become an instruction.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import json
from collections.abc import Sequence
from typing import Any, Final

import typst

from kompas.weergave.htmltabel import Deel, Stuk, Tabel
from kompas.weergave.tekenaar import LETTERS

LETTER = "Libertinus Serif"
STANDAARD: Final = "ua-1"  # PDF/UA: tagged, for who reads with a screen reader


def _breed(t: Tabel, k: int) -> int:
    """Share of the width: the longest cell, or the longest word of the heading; long text is wrapped."""
    kop = max(map(len, t.koppen[k][0].split()))
    return min(max(kop, *(len(r[k]) for r in t.rijen)) + 2, 48)


def _tabel(t: Tabel | None) -> dict[str, Any] | None:
    if t is None or not t.rijen:
        return None
    return {
        "bijschrift": t.bijschrift,
        "koppen": [k for k, _ in t.koppen],
        "getal": [g for _, g in t.koppen],
        "breed": [_breed(t, k) for k in range(len(t.koppen))],
        "rijen": [list(r) for r in t.rijen],
    }


def _stuk(s: Stuk) -> dict[str, Any]:
    svg = None if s.svg is None else str(s.svg).replace(LETTERS, LETTER)
    return {
        "kop": s.kop,
        "zinnen": list(s.zinnen),
        "punten": list(s.punten),
        "svg": svg,
        "bijschrift": s.bijschrift,
        "alt": _beschrijving(svg) if svg is not None else "",
        "tabel": _tabel(s.tabel),
    }


def _beschrijving(svg: str) -> str:
    """The words that every picture carries."""
    begin, eind = svg.find("<desc>"), svg.find("</desc>")
    return svg[begin + 6 : eind] if 0 <= begin < eind else ""


def delen_pdf(delen: Sequence[Deel], *, titel: str, onder: str, voet: str, peildatum: dt.date) -> bytes:
    """Return sections as PDF.

    Parameters
    ----------
    delen : sequence of Deel
    titel, onder, voet : str
        Heading, the line below it, and the foot of every page.
    peildatum : date
        The date in the PDF, so that the same sections give the same bytes.

    Returns
    -------
    bytes
        PDF/UA-1.
    """
    gegevens = {
        "titel": titel,
        "onder": onder,
        "letter": LETTER,
        "voet": voet,
        "delen": [{"kop": d.kop, "stukken": [_stuk(s) for s in d.stukken]} for d in delen],
    }
    bron = importlib.resources.files("kompas").joinpath("weergave/sjablonen/blad.typ").read_bytes()
    moment = dt.datetime(peildatum.year, peildatum.month, peildatum.day, 12, tzinfo=dt.UTC)
    return typst.compile(
        bron,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"inhoud": json.dumps(gegevens, ensure_ascii=False)},
        pdf_standards=[STANDAARD],
        timestamp=moment,
    )
