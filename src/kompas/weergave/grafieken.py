"""One chart language: altair to SVG, offline. Every chart has a name and a description and reads without colour.

Meaning is in position, shape, dash and words; colour only helps. The same frame gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.fouten import GebruiksFout
from kompas.weergave.getallen import aantal, percent
from kompas.weergave.tekenaar import LETTER, Tekening

_LETTER = LETTER
_INKT, _GRIJS, _LIJN = "#1B1B1B", "#595959", "#D5D9DD"
# Dark to light in grey as well; each series also has its own dash and shape.
_KLEUREN = ("#0B4F8A", "#B4510A", "#5F7F2E", "#7A3E9D", "#3A3A3A", "#A61B45")
_STREPEN = ([1, 0], [7, 3], [2, 3], [9, 3, 2, 3], [1, 0], [4, 4])
_VORMEN = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
_METHODEN = ("waargenomen", "landmark", "selectie")
_BESTEMMINGEN = ("werk", "handhaving", "overig")
_LADDER = [m * 10.0**e for e in range(-6, 7) for m in (1, 2, 5)]
_RUIMSTE = (1 / 20, 20.0)


def _config() -> dict[str, Any]:
    tekst = {"labelFont": _LETTER, "titleFont": _LETTER, "labelColor": _INKT, "titleColor": _INKT}
    return {
        "aria": False,
        "background": "white",
        "font": _LETTER,
        "axis": {**tekst, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "gridColor": _LIJN},
        "axisX": {"domainColor": _GRIJS, "tickColor": _GRIJS},
        "axisY": {"domainColor": _GRIJS, "tickColor": _GRIJS},
        "header": {**tekst, "labelFontSize": 13, "labelFontWeight": "bold", "title": None},
        "legend": {
            **tekst,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "orient": "bottom",
            "symbolStrokeWidth": 2,
            "titleLimit": 0,
            "labelLimit": 0,
        },
        "view": {"stroke": _LIJN},
    }


def _tekening(grafiek: Any, naam: str, beschrijving: str) -> Tekening:
    """Return the picture of a chart (or of a specification), not drawn yet."""
    spec = {**grafiek.to_dict(validate=False), "config": _config()}
    return Tekening(spec=spec, naam=naam, beschrijving=beschrijving)


def _naar_svg(grafiek: Any, naam: str, beschrijving: str) -> str:
    """Draw a chart."""
    return _tekening(grafiek, naam, beschrijving).svg


def _vereis(frame: pd.DataFrame, kolommen: tuple[str, ...], wat: str) -> None:
    ontbreekt = [k for k in kolommen if k not in frame.columns]
    if ontbreekt:
        raise GebruiksFout("KMP-U007", f"{wat}: de tabel mist {', '.join(ontbreekt)}. Nodig: {', '.join(kolommen)}.")


def _vereis_kans(reeks: pd.Series[Any], wat: str) -> None:
    gevuld = reeks.dropna()
    if ((gevuld < 0) | (gevuld > 1 + 1e-9)).any():
        raise GebruiksFout("KMP-U008", f"{wat}: kolom '{reeks.name}' hoort tussen 0 en 1 te liggen. Geef een kans.")


def _volgorde(waarden: pd.Series[Any], vast: tuple[str, ...]) -> list[str]:
    """Return the values that occur: the known ones in their own order, then the others as they come."""
    aanwezig = [str(w) for w in waarden.dropna().unique()]
    return [v for v in vast if v in aanwezig] + [w for w in aanwezig if w not in vast]


def _assen(laag: float, hoog: float) -> tuple[list[float], list[float]]:
    """Return domain and ticks of a log axis: 1-2-5 steps around the data and 1, never wider than a factor 20.

    Examples
    --------
    >>> _assen(0.6, 1.3)
    ([0.5, 2.0], [0.5, 1.0, 2.0])
    >>> _assen(1e-9, 1e9)[0]
    [0.05, 20.0]
    """
    onder, boven = max(min(laag, 0.8), _RUIMSTE[0]), min(max(hoog, 1.25), _RUIMSTE[1])
    begin = max(t for t in _LADDER if t <= onder * (1 + 1e-9))
    eind = min(t for t in _LADDER if t >= boven * (1 - 1e-9))
    return [begin, eind], [t for t in _LADDER if begin <= t <= eind]


def _bereik(f: pd.DataFrame) -> tuple[float, float]:
    """Return the range to show: all within a factor 5; beyond it the estimates and nine of ten interval ends.

    Arrows tell of the rest.
    """
    cijfers = f[["effect", "ondergrens", "bovengrens"]].astype(float).replace([np.inf, -np.inf, 0.0], np.nan)
    onder, boven = cijfers["ondergrens"], cijfers["bovengrens"]
    laag = [cijfers["effect"].min(), max(onder.min(), min(1 / 5, onder.quantile(0.1))), 1.0]
    hoog = [cijfers["effect"].max(), min(boven.max(), max(5.0, boven.quantile(0.9))), 1.0]
    return float(np.nanmin(laag)), float(np.nanmax(hoog))


def _effectrijen(effecten: pd.DataFrame, instrumentnamen: Mapping[str, str]) -> pd.DataFrame:
    """One row per estimate with its words; rows without a number stay, to be shown as such."""
    begrippen = lees_begrippen()
    f = effecten.loc[effecten["groep"] == "allen"].reset_index(drop=True)
    if "oordeel" in f.columns:  # a number without data behind it is no estimate
        f = f.mask(
            f["oordeel"] == "onvoldoende_gegevens", f.assign(effect=np.nan, ondergrens=np.nan, bovengrens=np.nan)
        )
    rij = f["instrument"].map(lambda c: instrumentnamen.get(c) or c).astype(str) + ": "
    return f.assign(
        rij=rij + f["fase"].map(fase_in_woorden).astype(str),
        paneel=f["bestemming"].map(lambda b: f"Uitstroom: {begrippen.waarde('bestemming', b)}"),
        soort=f["methode"].map(lambda m: begrippen.waarde("methode", m)).astype(object).fillna("geen cijfer"),
        keus=np.where(f["voorkeur"].astype("boolean").fillna(value=False), "ja", "nee"),
    )


def _knip(f: pd.DataFrame, domein: list[float]) -> pd.DataFrame:
    """Cut intervals at the edge of the axis; the flags say where an arrow must tell so."""
    laag, hoog = domein
    return f.assign(
        x=f["effect"].clip(laag, hoog),
        x1=f["ondergrens"].clip(laag, hoog),
        x2=f["bovengrens"].clip(laag, hoog),
        links=f["ondergrens"] < laag,
        rechts=f["bovengrens"] > hoog,
        buiten=(f["effect"] < laag) | (f["effect"] > hoog),
    )


def effectenplot(effecten: pd.DataFrame, instrumentnamen: Mapping[str, str] | None = None) -> str:
    """Return a forest plot: hazard ratio and 95% interval per instrument and phase, one panel per bestemming.

    Parameters
    ----------
    effecten : DataFrame
        Columns of ``effecten.csv``; only ``groep == "allen"`` is drawn. Every methode has its own shape; the
        preferred row is filled. Rows without a number, and rows with ``oordeel`` onvoldoende_gegevens, say so.
        Intervals off the axis end in an arrow.
    instrumentnamen : mapping of code to name, optional

    Returns
    -------
    str
        SVG.

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` when a column is missing.
    """
    nodig = ("instrument", "fase", "bestemming", "groep", "methode", "effect", "ondergrens", "bovengrens", "voorkeur")
    _vereis(effecten, nodig, "effectenplot")
    f = _effectrijen(effecten, instrumentnamen or {})
    domein, tikken = _assen(*_bereik(f))
    f = _knip(f, domein)
    begrippen = lees_begrippen()
    soorten = [s for s in (begrippen.waarde("methode", m) for m in _METHODEN) if s in set(f["soort"])]
    panelen = [f"Uitstroom: {begrippen.waarde('bestemming', b)}" for b in _volgorde(f["bestemming"], _BESTEMMINGEN)]
    naam = "Effect per instrument en fase"
    met = f["effect"].notna()
    boven, onder = int((met & (f["ondergrens"] > 1)).sum()), int((met & (f["bovengrens"] < 1)).sum())
    tekst = (
        f"{aantal(int(met.sum()))} effecten met een 95%-interval, {len(panelen)} bestemmingen. "
        f"Het interval ligt {boven} keer geheel boven 1 en {onder} keer geheel onder 1. De cijfers staan in de tabel."
    )
    return _naar_svg(_bosplot(f, domein, tikken, soorten, panelen), naam, tekst)


def _bosplot(f: pd.DataFrame, domein: list[float], tikken: list[float], soorten: list[str], panelen: list[str]) -> Any:
    rijen, meer = list(dict.fromkeys(f["rij"])), len(soorten) > 1
    y = alt.Y("rij:N", sort=rijen, title=None, axis=alt.Axis(labelLimit=330, grid=True, domain=False, ticks=False))
    as_x = alt.Axis(
        values=tikken,
        format="~r",
        labelFlush=False,
        labelOverlap=False,
        title="Effect op de uitstroomkans (log-schaal)",
    )
    x = alt.X("x:Q", scale=alt.Scale(type="log", domain=domein, nice=False, zero=False), axis=as_x)
    schaal = alt.Scale(domain=soorten, range=list(_VORMEN[: len(soorten)]))
    legenda = alt.Legend(title="Methode (gevuld: gebruikt in de meters)") if meer else None
    vorm = alt.Shape("soort:N", scale=schaal, legend=legenda)
    vulling = alt.condition(alt.datum.keus == "ja", alt.value(_KLEUREN[0]), alt.value("white"))
    basis = alt.Chart(f).encode(y=y)
    if meer:
        basis = basis.encode(yOffset=alt.YOffset("soort:N", sort=soorten))
    cijfer = basis.transform_filter("isValid(datum.effect)")
    punt = cijfer.transform_filter("!datum.buiten").mark_point(
        size=58, stroke=_KLEUREN[0], strokeWidth=1.5, opacity=1, fillOpacity=1
    )
    leeg = basis.transform_filter("!isValid(datum.effect)").mark_text(
        text="geen cijfer", fontSize=11, fontStyle="italic", color=_GRIJS, align="left", dx=6
    )
    pijlen = [
        cijfer.transform_filter(f"datum.{kant}")
        .mark_text(text=teken, fontSize=11, color=_KLEUREN[0])
        .encode(x=f"{veld}:Q")
        for kant, teken, veld in (("links", "◀", "x1"), ("rechts", "▶", "x2"))
    ]
    plaat = alt.layer(
        alt.Chart(f).mark_rule(color=_INKT, strokeWidth=1.2).encode(x=alt.datum(1)),
        cijfer.mark_rule(color=_KLEUREN[0], strokeWidth=1.8).encode(x="x1:Q", x2="x2:Q"),
        punt.encode(x=x, shape=vorm, fill=vulling),
        *pijlen,
        leeg.encode(x=alt.datum(1)),
    ).properties(width=250, height=max(1, len(rijen)) * (14 * max(1, len(soorten)) + 8))
    return plaat.facet(column=alt.Column("paneel:N", sort=panelen, title=None)).resolve_scale(x="shared")


def kalibratieplot(kalibratie: pd.DataFrame) -> str:
    """Return expected against observed per tenth, one panel per bestemming, with the diagonal of a perfect model.

    Parameters
    ----------
    kalibratie : DataFrame
        Columns bestemming, deciel (1-10), verwacht and waargenomen (fractions 0-1 of the same thing), n.

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` when a column is missing, ``KMP-U008`` when a fraction lies outside 0-1 (counts, for example).
    """
    _vereis(kalibratie, ("bestemming", "deciel", "verwacht", "waargenomen", "n"), "kalibratieplot")
    for kolom in ("verwacht", "waargenomen"):
        _vereis_kans(kalibratie[kolom], "kalibratieplot")
    begrippen = lees_begrippen()
    panelen = []
    for bestemming in _volgorde(kalibratie["bestemming"], _BESTEMMINGEN):
        deel = kalibratie.loc[kalibratie["bestemming"] == bestemming].dropna(subset=["verwacht", "waargenomen"])
        top = float(deel[["verwacht", "waargenomen"]].max().max()) if len(deel) else 1.0
        panelen.append(
            _kalibratiepaneel(deel, top * 1.05 or 1.0, f"Uitstroom: {begrippen.waarde('bestemming', bestemming)}")
        )
    fout = (kalibratie["verwacht"] - kalibratie["waargenomen"]).abs().max()
    tekst = (
        "Verwachte en waargenomen uitstroom per tiende deel van de gegevens. Op de schuine lijn klopt de verwachting. "
        f"De grootste afwijking is {percent(fout, 1)} (procentpunt). De cijfers staan in de tabel."
    )
    grafiek = alt.hconcat(*panelen) if panelen else _kalibratiepaneel(kalibratie, 1.0, "geen gegevens")
    return _naar_svg(grafiek, "Kalibratie: verwacht en waargenomen", tekst)


def _kalibratiepaneel(deel: pd.DataFrame, top: float, titel: str) -> Any:
    schaal, vorm = alt.Scale(domain=[0, top], nice=False), "." + ("1" if top < 0.1 else "0") + "%"
    lijn = alt.Chart(pd.DataFrame({"a": [0.0, top]})).mark_line(color=_GRIJS, strokeDash=[5, 4], strokeWidth=1.2)
    punt = alt.Chart(deel).mark_point(size=55, filled=True, opacity=1, color=_KLEUREN[0])

    def as_(titel_as: str) -> alt.Axis:
        return alt.Axis(format=vorm, tickCount=5, title=titel_as)

    return alt.layer(
        lijn.encode(x=alt.X("a:Q", scale=schaal), y=alt.Y("a:Q", scale=schaal)),
        punt.encode(
            x=alt.X("verwacht:Q", scale=schaal, axis=as_("Verwacht")),
            y=alt.Y("waargenomen:Q", scale=schaal, axis=as_("Waargenomen")),
        ),
    ).properties(width=250, height=250, title=alt.Title(titel, font=_LETTER, fontSize=13, color=_INKT))


def overlevingscurve(frame: pd.DataFrame) -> str:
    """Return the share still on benefit by month, one line per group.

    Parameters
    ----------
    frame : DataFrame
        Columns maand (0, 1, ...), kans (0-1), groep. At most six groups.

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` missing column, ``KMP-U008`` kans outside 0-1, ``KMP-U009`` more groups than can be told apart.
    """
    _vereis(frame, ("maand", "kans", "groep"), "overlevingscurve")
    groepen = _volgorde(frame["groep"], ("allen",))
    tekst = f"Deel dat nog bijstand heeft per maand, voor: {', '.join(groepen)}."
    return _naar_svg(_lijnen(frame, "groep", groepen, "Nog in de bijstand"), "Hoe lang mensen bijstand hebben", tekst)


def uitstroomplot(frame: pd.DataFrame) -> str:
    """Return cumulative incidence by bestemming over the months since the start.

    Parameters
    ----------
    frame : DataFrame
        Columns maand (0, 1, ...), bestemming, kans (0-1: left for this bestemming by that month).

    Raises
    ------
    GebruiksFout
        As `overlevingscurve`.

    Examples
    --------
    >>> svg = uitstroomplot(pd.DataFrame({"maand": [0, 1], "bestemming": "werk", "kans": [0.0, 0.04]}))
    >>> 'aria-label="Uitstroom naar bestemming"' in svg and "na 1 maanden: werk 4%" in svg
    True
    """
    _vereis(frame, ("maand", "bestemming", "kans"), "uitstroomplot")
    codes, begrippen = _volgorde(frame["bestemming"], _BESTEMMINGEN), lees_begrippen()
    woorden = {c: begrippen.waarde("bestemming", c) for c in codes}
    laatste = frame.loc[frame["maand"] == frame["maand"].max()].set_index("bestemming")["kans"]
    eind = ", ".join(f"{woorden[c]} {percent(laatste.get(c))}" for c in codes)
    tekst = f"Deel dat is uitgestroomd, na {aantal(frame['maand'].max())} maanden: {eind}."
    f = frame.assign(bestemming=frame["bestemming"].map(woorden))
    grafiek = _lijnen(f, "bestemming", list(woorden.values()), "Uitgestroomd")
    return _naar_svg(grafiek, "Uitstroom naar bestemming", tekst)


def _lijnen(frame: pd.DataFrame, kolom: str, groepen: list[str], titel_y: str) -> Any:
    """Lines over months; each group has its own dash, shape and colour."""
    _vereis_kans(frame["kans"], "grafiek")
    if len(groepen) > len(_KLEUREN):
        raise GebruiksFout(
            "KMP-U009", f"{len(groepen)} groepen zijn niet uit elkaar te houden; kies er hoogstens {len(_KLEUREN)}."
        )
    n = len(groepen)
    f = frame.dropna(subset=["kans"]).assign(groep_=lambda d: d[kolom].astype(str))
    stap = max(1, math.ceil((float(f["maand"].max()) if len(f) else 1.0) / 10))
    x = alt.X("maand:Q", title="Maanden sinds het begin", axis=alt.Axis(tickMinStep=1, grid=False))
    y = alt.Y("kans:Q", title=titel_y, axis=alt.Axis(format=".0%", tickCount=5), scale=alt.Scale(domainMin=0))
    basis = alt.Chart(f).encode(
        x=x, y=y, color=alt.Color("groep_:N", title=None, scale=alt.Scale(domain=groepen, range=list(_KLEUREN[:n])))
    )
    lijn = basis.mark_line(strokeWidth=2).encode(
        strokeDash=alt.StrokeDash(
            "groep_:N", title=None, scale=alt.Scale(domain=groepen, range=[list(s) for s in _STREPEN[:n]])
        )
    )
    punt = (
        basis.transform_filter(f"datum.maand % {stap} == 0")
        .mark_point(size=45, filled=True, opacity=1)
        .encode(shape=alt.Shape("groep_:N", title=None, scale=alt.Scale(domain=groepen, range=list(_VORMEN[:n]))))
    )
    return alt.layer(lijn, punt).properties(width=620, height=280)
