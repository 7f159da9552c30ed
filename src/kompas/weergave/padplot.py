"""The path of an effect over the number of unobserved types: does it stay when a type is added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.tabellen import Z95
from kompas.weergave.getallen import aantal, getal
from kompas.weergave.grafieken import (
    _GRIJS,
    _KLEUREN,
    _STREPEN,
    _VORMEN,
    _assen,
    _naar_svg,
    _vereis,
)

_NODIG = ("instrument", "fase", "bestemming", "typen", "log_effect", "se", "gekozen")
_LEGENDA = alt.Legend(symbolFillColor="white", symbolSize=70)
_SPREIDING = 0.16  # between the phases at one number of types, so that intervals do not lie on each other


def padplot(typenpad: pd.DataFrame, namen: Mapping[str, str], bestemming: str) -> str:
    """Return the path of the effects on one exit: a panel per instrument, a line per phase, intervals of 95%.

    Parameters
    ----------
    typenpad : DataFrame
        instrument, fase, bestemming, typen (1, 2, ...), log_effect, se, gekozen (the number of types that was chosen).
    namen : mapping of instrument code to name
    bestemming : str
        The exit that is drawn.

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` when a column is missing.
    """
    _vereis(typenpad, _NODIG, "padplot")
    f = typenpad[(typenpad["bestemming"] == bestemming) & typenpad["log_effect"].notna()].reset_index(drop=True)
    woord = lees_begrippen().waarde("bestemming", bestemming)
    titel = f"Effect op uitstroom naar {woord} bij een ander aantal typen"
    marge = Z95 * f["se"].fillna(0.0)
    domein, tikken = _assen(
        float(np.exp((f["log_effect"] - marge).min())) if len(f) else 1.0,
        float(np.exp((f["log_effect"] + marge).max())) if len(f) else 1.0,
    )
    plek, midden = _naast_elkaar(f)
    f = f.assign(
        x=f["typen"].astype(float) + _SPREIDING * (plek - midden),
        y=np.exp(f["log_effect"]).clip(*domein),
        laag=np.exp(f["log_effect"] - marge).clip(*domein),
        hoog=np.exp(f["log_effect"] + marge).clip(*domein),
        paneel=f["instrument"].map(lambda c: namen.get(c) or c),
        soort=f["fase"].map(fase_in_woorden),
        keus=np.where(f["gekozen"].astype(bool), "ja", "nee"),
    )
    spreiding = f.groupby(["instrument", "fase"])["log_effect"].agg(lambda v: float(v.max() - v.min()))
    grootste = float(np.exp(spreiding.max())) if len(spreiding) else 1.0
    tekst = (
        f"{aantal(f['instrument'].nunique())} instrumenten, {aantal(f['typen'].max() if len(f) else 0)} typen. "
        f"De grootste verandering van een effect over de aantallen typen is {getal(grootste)} keer."
    )
    return _naar_svg(_panelen(f, domein, tikken), titel, tekst)


def _naast_elkaar(f: pd.DataFrame) -> tuple[Any, Any]:
    """Place of each phase among those of its instrument, and the middle of them."""
    fasen = {i: list(dict.fromkeys(d["fase"])) for i, d in f.groupby("instrument", sort=False)}
    paren = list(zip(f["instrument"], f["fase"], strict=True))
    plek = np.array([fasen[i].index(x) for i, x in paren], dtype=np.float64)
    return plek, np.array([(len(fasen[i]) - 1) / 2 for i, _ in paren], dtype=np.float64)


def _panelen(f: pd.DataFrame, domein: list[float], tikken: list[float]) -> Any:
    fasen = [fase_in_woorden(x) for x in dict.fromkeys(f["fase"])]
    n = len(fasen)
    hoogst = int(f["typen"].max()) if len(f) else 1
    as_x = alt.Axis(values=list(range(1, hoogst + 1)), format="d", grid=False, title="Aantal typen")
    x = alt.X("x:Q", scale=alt.Scale(domain=[0.5, hoogst + 0.5], nice=False), axis=as_x)
    schaal = alt.Scale(type="log", domain=domein, nice=False, zero=False)
    as_y = alt.Axis(values=tikken, format="~r", labelOverlap=False, title="Effect (log-schaal)")
    kleuren = [_KLEUREN[j % len(_KLEUREN)] for j in range(n)]
    strepen = [list(_STREPEN[j % len(_STREPEN)]) for j in range(n)]
    vormen = [_VORMEN[j % len(_VORMEN)] for j in range(n)]
    kleur = alt.Color("soort:N", title=None, scale=alt.Scale(domain=fasen, range=kleuren), legend=_LEGENDA)
    basis = alt.Chart(f).encode(x=x, color=kleur)
    vulling = alt.condition(alt.datum.keus == "ja", kleur, alt.value("white"))
    plaat = alt.layer(
        alt.Chart(f).mark_rule(color=_GRIJS, strokeWidth=1).encode(y=alt.datum(1, scale=schaal)),
        basis.mark_rule(strokeWidth=1).encode(y=alt.Y("laag:Q", scale=schaal, axis=as_y), y2="hoog:Q"),
        basis.mark_line(strokeWidth=1.8).encode(
            y=alt.Y("y:Q", scale=schaal, axis=as_y),
            strokeDash=alt.StrokeDash(
                "soort:N", title=None, scale=alt.Scale(domain=fasen, range=strepen), legend=_LEGENDA
            ),
        ),
        basis.mark_point(size=45, opacity=1, fillOpacity=1, strokeWidth=1.5).encode(
            y=alt.Y("y:Q", scale=schaal, axis=as_y),
            shape=alt.Shape("soort:N", title=None, scale=alt.Scale(domain=fasen, range=vormen), legend=_LEGENDA),
            fill=vulling,
        ),
    ).properties(width=270, height=190)
    return plaat.facet(facet=alt.Facet("paneel:N", sort=list(dict.fromkeys(f["paneel"])), title=None), columns=2)
