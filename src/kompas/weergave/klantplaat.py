"""The picture of one client: the chance to be still on benefit, with nothing new and with each instrument."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout, naaste
from kompas.klantbeeld import Klantbeeld
from kompas.weergave.getallen import percent
from kompas.weergave.grafieken import _KLEUREN, _STREPEN, _VORMEN, _naar_svg
from kompas.weergave.htmltabel import Tabel, teksttabel
from kompas.weergave.platen import Grafiek

MAANDEN = (0, 6, 12, 24, 36, 60, 120, 240)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Curveplaat:
    """One picture: heading, SVG, the same figures as a table, and as sentences."""

    titel: str
    svg: str
    tabel: Tabel
    zinnen: tuple[str, ...]


def _lijnen(f: pd.DataFrame, groepen: list[str]) -> Any:
    """Lines with their own dash, shape and colour; a mark every half year."""
    n, eind = len(groepen), int(f["maand"].max())
    x = alt.X(
        "maand:Q",
        title="Maanden vanaf nu",
        scale=alt.Scale(domain=[0, eind], nice=False),
        axis=alt.Axis(values=list(range(0, eind + 1, 6 if eind <= 72 else 12)), grid=False),
    )
    y = alt.Y(
        "kans:Q",
        title="Nog in de bijstand",
        axis=alt.Axis(format=".0%", tickCount=5),
        scale=alt.Scale(domain=[0, 1], nice=False),
    )
    legenda = alt.Legend(columns=2, symbolSize=90)
    kleur = alt.Color("groep:N", title=None, legend=legenda, scale=alt.Scale(domain=groepen, range=list(_KLEUREN[:n])))
    streep = alt.StrokeDash(
        "groep:N", title=None, scale=alt.Scale(domain=groepen, range=[list(s) for s in _STREPEN[:n]])
    )
    vorm = alt.Shape("groep:N", title=None, scale=alt.Scale(domain=groepen, range=list(_VORMEN[:n])))
    basis = alt.Chart(f).encode(x=x, y=y, color=kleur)
    lijn = basis.mark_line(strokeWidth=2).encode(strokeDash=streep)
    punt = basis.transform_filter("datum.maand % 6 == 0").mark_point(size=42, filled=True, opacity=1).encode(shape=vorm)
    return alt.layer(lijn, punt).properties(width=600, height=260)


def _plaat(f: pd.DataFrame, groepen: list[str], nummer: int) -> Curveplaat:
    titel = "Kans om nog bijstand te hebben, per maand vanaf nu"
    maanden = [m for m in MAANDEN if m <= f["maand"].max()]
    breed = f.pivot_table(index="maand", columns="groep", values="kans")[groepen]
    zinnen = tuple(
        f"{_hoofdletter(g)}: na 12 maanden {percent(breed[g].get(12, np.nan))}, na 24 maanden "
        f"{percent(breed[g].get(24, np.nan))} nog in de bijstand."
        for g in groepen
    )
    rijen = [[str(m), *(percent(breed.loc[m, g]) for g in groepen)] for m in maanden]
    koppen = {"Na (maanden)": True} | {_hoofdletter(g): True for g in groepen}
    tabel = teksttabel(f"overleving-{nummer}", "Dezelfde kansen als tabel", koppen, rijen)
    return Curveplaat(
        titel=titel, svg=_naar_svg(_lijnen(f, groepen), titel, " ".join(zinnen)), tabel=tabel, zinnen=zinnen
    )


def _hoofdletter(tekst: str) -> str:
    return tekst[:1].upper() + tekst[1:]


def curveplaten(b: Klantbeeld) -> tuple[Curveplaat, ...]:
    """Pictures with at most as many lines as can be told apart; each has the line without anything new."""
    groepen = list(dict.fromkeys(b.curve["groep"]))
    niets, rest = groepen[:1], groepen[1:]
    per = len(_KLEUREN) - 1
    delen = [rest[i : i + per] for i in range(0, len(rest), per)] or [[]]
    return tuple(
        _plaat(b.curve[b.curve["groep"].isin(niets + deel)], niets + deel, n) for n, deel in enumerate(delen, start=1)
    )


def overleving(b: Klantbeeld, instrument: str | None = None) -> Grafiek:
    """Draw the curve of a client, with nothing new and with each instrument (or one)."""
    namen = dict(zip(b.opties["instrument"], b.opties["naam"], strict=True))
    groepen = list(dict.fromkeys(b.curve["groep"]))
    if instrument is not None:
        if namen.get(instrument) not in groepen:
            er_is = [c for c, n in namen.items() if n in groepen]
            raise GebruiksFout(
                "KMP-U011",
                f"instrument '{instrument}' komt in dit resultaat niet voor.{naaste(instrument, er_is)} "
                f"Er is: {', '.join(er_is)}.",
            )
        groepen = [groepen[0], namen[instrument]]
    groepen = groepen[: len(_KLEUREN)]
    plaat = _plaat(b.curve[b.curve["groep"].isin(groepen)], groepen, 1)
    return Grafiek(titel=plaat.titel, tekening=plaat.svg, zinnen=plaat.zinnen)
