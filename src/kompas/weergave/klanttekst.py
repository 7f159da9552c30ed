"""One client on the terminal: the same sections as page and PDF, in plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from kompas.klantbeeld import Klantbeeld
from kompas.weergave.htmltabel import Stuk, Tabel
from kompas.weergave.klantdelen import klantinhoud

TUSSEN = "  "
SMALST = 18  # a column of text is not squeezed further than this


def klanttekst(b: Klantbeeld, breedte: int = 80) -> str:
    """Return everything about a client as text of at most ``breedte`` columns (words longer than that excepted)."""
    inhoud = klantinhoud(b)
    regels = [*textwrap.wrap(inhoud.titel, breedte), *textwrap.wrap(inhoud.onder, breedte)]
    for deel in inhoud.delen:
        regels += ["", deel.kop.upper(), "-" * len(deel.kop)]
        for stuk in deel.stukken:
            regels += _stuk(stuk, breedte)
    return "\n".join(r.rstrip() for r in _zonder_dubbel(regels)) + "\n"


def _zonder_dubbel(regels: Sequence[str]) -> list[str]:
    """No two empty lines in a row."""
    return [r for i, r in enumerate(regels) if r or (i > 0 and regels[i - 1])]


def _stuk(s: Stuk, breedte: int) -> list[str]:
    uit: list[str] = ["", s.kop] if s.kop else []
    for zin in s.zinnen:
        uit += textwrap.wrap(zin, breedte)
    for punt in s.punten:
        uit += textwrap.wrap(punt, breedte, initial_indent="- ", subsequent_indent="  ")
    if s.tabel is not None and s.svg is None and s.tabel.rijen:
        uit += ["", *_tabel(s.tabel, breedte), ""]
    return uit


def _tabel(t: Tabel, breedte: int) -> list[str]:
    """Columns side by side when they fit, one block per row when they do not."""
    kolommen = list(zip(*[[k for k, _ in t.koppen], *t.rijen], strict=True))
    vol = [max(map(len, k)) for k in kolommen]
    over = breedte - sum(vol[:-1]) - len(TUSSEN) * (len(vol) - 1)
    laatste_is_tekst = not t.koppen[-1][1]
    if over >= vol[-1] or (laatste_is_tekst and over >= SMALST):
        return _naast_elkaar(t, [*vol[:-1], min(vol[-1], over)])
    return _blokken(t, breedte)


def _naast_elkaar(t: Tabel, breed: Sequence[int]) -> list[str]:
    getal = [g for _, g in t.koppen]
    regels = []
    for rij in ([k for k, _ in t.koppen], *t.rijen):
        delen = [textwrap.wrap(c, w) or [""] for c, w in zip(rij, breed, strict=True)]
        for n in range(max(map(len, delen))):
            cellen = [d[n] if n < len(d) else "" for d in delen]
            regels.append(
                TUSSEN.join(c.rjust(w) if g else c.ljust(w) for c, w, g in zip(cellen, breed, getal, strict=True))
            )
        if regels and rij[0] == t.koppen[0][0]:
            regels.append(TUSSEN.join("-" * w for w in breed))
    return regels


def _blokken(t: Tabel, breedte: int) -> list[str]:
    """Each row as a heading with its cells below it."""
    breed = max(len(k) for k, _ in t.koppen[1:])
    regels = []
    for rij in t.rijen:
        regels.append(rij[0])
        for (kop, _), cel in zip(t.koppen[1:], rij[1:], strict=True):
            begin = f"  {kop.ljust(breed)}  "
            regels += textwrap.wrap(cel, breedte, initial_indent=begin, subsequent_indent=" " * len(begin)) or [begin]
    return regels
