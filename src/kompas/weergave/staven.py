"""Counts and chances as bars, in the chart language of `kompas.weergave.grafieken`; readable without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.fouten import GebruiksFout
from kompas.weergave.getallen import aantal
from kompas.weergave.grafieken import (
    _BESTEMMINGEN,
    _GRIJS,
    _INKT,
    _KLEUREN,
    _LETTER,
    _VORMEN,
    _assen,
    _naar_svg,
    _vereis,
    _vereis_kans,
    _volgorde,
)

# Dark, middle, hatched, light: apart in grey, and the figures stand beside each bar.
_ARCERING = "#f7f8f8"
_VULLING = ("#0B4F8A", "#9DB4C7", _ARCERING, "#DCE3E9")
_PATROON = (
    '<defs><pattern id="kompas-arcering" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="6" height="6" fill="white"/>'
    '<line x1="0" y1="0" x2="0" y2="6" stroke="#6B757D" stroke-width="1.6"/></pattern></defs>'
)
_BREEDTE = 380
_KLASSEN = 10  # bars in a distribution of chances


def _arceer(svg: str) -> str:
    """Replace the marked fill by hatching; the pattern is the same in every picture, so its id may be too."""
    if _ARCERING not in svg:
        return svg
    begin = svg.index("</desc>") + len("</desc>")
    return svg[:begin] + _PATROON + svg[begin:].replace(_ARCERING, "url(#kompas-arcering)")


def stapelplot(frame: pd.DataFrame, soorten: Sequence[str], *, titel: str, eenheid: str) -> str:
    """Return stacked bars: one bar per ``rij``, one part per ``soort``, the figures in words beside each bar.

    Parameters
    ----------
    frame : DataFrame
        Columns rij, soort, aantal (at least 0); one row per rij and soort, in the order to show.
    soorten : sequence of str
        The parts in order, at most four.
    titel : str
        Name of the picture.
    eenheid : str
        What is counted: title of the axis.

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` when a column is missing, ``KMP-U009`` with more parts than can be told apart.

    Examples
    --------
    >>> f = pd.DataFrame({"rij": "Traject", "soort": ["ja", "nee"], "aantal": [3, 1234]})
    >>> "ja 3 · nee 1.234" in stapelplot(f, ["ja", "nee"], titel="Indicaties", eenheid="Uitkeringen")
    True
    """
    _vereis(frame, ("rij", "soort", "aantal"), "stapelplot")
    if len(soorten) > len(_VULLING):
        raise GebruiksFout("KMP-U009", f"{len(soorten)} soorten in één balk zijn niet uit elkaar te houden.")
    f = frame[frame["soort"].isin(list(soorten))].assign(orde=frame["soort"].map(list(soorten).index))
    rijen = list(dict.fromkeys(f["rij"]))
    tekst = pd.DataFrame(
        {
            "rij": rijen,
            "cijfers": [_cijfers(f[f["rij"] == r]) for r in rijen],
        }
    )
    if not rijen:
        return _naar_svg(_leeg(), titel, "Geen gegevens.")
    beschrijving = " ".join(f"{r}: {c}." for r, c in zip(tekst["rij"], tekst["cijfers"], strict=True))
    return _arceer(_naar_svg(_stapel(f, tekst, list(soorten), rijen, eenheid), titel, beschrijving))


def _leeg() -> Any:
    tekst = alt.Chart(pd.DataFrame({"t": ["geen gegevens"]})).mark_text(color=_GRIJS, fontSize=12, font=_LETTER)
    return tekst.encode(text="t:N").properties(width=_BREEDTE, height=40)


def _cijfers(deel: pd.DataFrame) -> str:
    return " · ".join(f"{s} {aantal(n)}" for s, n in zip(deel["soort"], deel["aantal"], strict=True) if n > 0)


def _stapel(f: pd.DataFrame, tekst: pd.DataFrame, soorten: list[str], rijen: list[str], eenheid: str) -> Any:
    as_y = alt.Axis(labelLimit=330, labelPadding=6, domain=False, ticks=False, grid=False)
    y = alt.Y("rij:N", sort=rijen, title=None, axis=as_y, scale=alt.Scale(paddingInner=0.45, paddingOuter=0.25))
    x = alt.X("aantal:Q", stack="zero", title=eenheid, axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d"))
    kleur = alt.Scale(domain=soorten, range=list(_VULLING[: len(soorten)]))
    balk = (
        alt.Chart(f)
        .mark_bar(stroke=_INKT, strokeWidth=0.8)
        .encode(y=y, x=x, fill=alt.Fill("soort:N", scale=kleur, title=None, sort=soorten), order=alt.Order("orde:O"))
    )
    cijfers = (
        alt.Chart(tekst)
        .mark_text(align="left", fontSize=12, color=_INKT, font=_LETTER)
        .encode(y=y, x=alt.value(_BREEDTE + 10), text="cijfers:N")
    )
    return alt.layer(balk, cijfers).properties(width=_BREEDTE, height=max(1, len(rijen)) * 40)


def verdelingplot(frame: pd.DataFrame, *, titel: str) -> str:
    """Return how chances are spread: the number of rows per tenth, one panel per column.

    Parameters
    ----------
    frame : DataFrame
        Every column holds chances (0-1); missing values are left out and counted in the description.
    titel : str
        Name of the picture.

    Raises
    ------
    GebruiksFout
        ``KMP-U008`` when a value lies outside 0-1.
    """
    begrippen, stukken, beschrijving = lees_begrippen(), [], []
    for kolom in frame.columns:
        _vereis_kans(frame[kolom], titel)
        gevuld = frame[kolom].dropna().to_numpy(dtype=np.float64)
        klasse = np.minimum((gevuld * _KLASSEN).astype(np.int64), _KLASSEN - 1)
        n = np.bincount(klasse, minlength=_KLASSEN)
        van = np.arange(_KLASSEN) / _KLASSEN
        naam = begrippen.label(kolom)
        stukken.append(pd.DataFrame({"paneel": naam, "van": van, "tot": van + 1 / _KLASSEN, "aantal": n}))
        midden = f"mediaan {100 * np.median(gevuld):.0f}%" if gevuld.size else "geen cijfers"
        beschrijving.append(
            f"{naam}: {aantal(gevuld.size)} uitkeringen, {midden}, {aantal(frame[kolom].isna().sum())} zonder cijfer."
        )
    f = pd.concat(stukken, ignore_index=True)
    plaat = (
        alt.Chart(f)
        .mark_bar(fill=_KLEUREN[0], stroke="white", strokeWidth=1)
        .encode(
            x=alt.X(
                "van:Q",
                bin="binned",
                title="Kans",
                axis=alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1], grid=False),
            ),
            x2="tot:Q",
            y=alt.Y("aantal:Q", title="Uitkeringen", axis=alt.Axis(tickCount=5, tickMinStep=1, format=",d")),
        )
        .properties(width=290, height=200)
        .facet(column=alt.Column("paneel:N", sort=list(dict.fromkeys(f["paneel"])), title=None))
    )
    return _naar_svg(plaat, titel, " ".join(beschrijving))


def puntenplot(effecten: pd.DataFrame, namen: dict[str, str], *, titel: str) -> str:
    """Return effects without intervals (a known truth): a point per instrument and phase, a shape per destination.

    Parameters
    ----------
    effecten : DataFrame
        Columns instrument, fase, bestemming, effect (hazard ratio).
    namen : mapping of instrument code to name
    titel : str
        Name of the picture.

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` when a column is missing.
    """
    _vereis(effecten, ("instrument", "fase", "bestemming", "effect"), "puntenplot")
    begrippen = lees_begrippen()
    rij = effecten["instrument"].map(lambda c: namen.get(c) or c).astype(str) + ": "
    f = effecten.assign(
        rij=rij + effecten["fase"].map(fase_in_woorden),
        soort=effecten["bestemming"].map(lambda b: begrippen.waarde("bestemming", b)),
    )
    rijen = list(dict.fromkeys(f["rij"]))
    soorten = [begrippen.waarde("bestemming", b) for b in _volgorde(f["bestemming"], _BESTEMMINGEN)]
    domein, tikken = _assen(float(f["effect"].min()) if len(f) else 1.0, float(f["effect"].max()) if len(f) else 1.0)
    f = f.assign(effect=f["effect"].clip(*domein))
    as_x = alt.Axis(values=tikken, format="~r", labelOverlap=False, title="Effect op de uitstroomkans (log-schaal)")
    x = alt.X("effect:Q", scale=alt.Scale(type="log", domain=domein, nice=False, zero=False), axis=as_x)
    as_y = alt.Axis(labelLimit=330, grid=True, domain=False, ticks=False)
    schaal = alt.Scale(domain=soorten, range=list(_VORMEN[: len(soorten)]))
    kleur = alt.Scale(domain=soorten, range=list(_KLEUREN[: len(soorten)]))
    punt = (
        alt.Chart(f)
        .mark_point(size=60, strokeWidth=1.8, opacity=1)
        .encode(
            y=alt.Y("rij:N", sort=rijen, title=None, axis=as_y),
            yOffset=alt.YOffset("soort:N", sort=soorten),
            x=x,
            shape=alt.Shape("soort:N", scale=schaal, title="Uitstroom naar"),
            stroke=alt.Stroke("soort:N", scale=kleur, title="Uitstroom naar"),
        )
    )
    een = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(color=_GRIJS, strokeWidth=1.2).encode(x="x:Q")
    plaat = alt.layer(een, punt).properties(width=420, height=max(1, len(rijen)) * 36)
    return _naar_svg(plaat, titel, f"{aantal(len(f))} effecten van {aantal(f['instrument'].nunique())} instrumenten.")
