"""Pictures of the catalogue and the gate: net return with its interval, and what became of applications."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.catalogusreken import te_verbergen
from kompas.weergave.getallen import euro, percent
from kompas.weergave.grafieken import _GRIJS, _INKT, _KLEUREN, _LETTER, _naar_svg
from kompas.weergave.platen import Grafiek, _kies
from kompas.weergave.staven import stapelplot

_BREEDTE = 420
BESLUITEN = ("toegekend", "afgewezen", "buiten_behandeling", "ingetrokken")
GEEN_BEDRAG = "geen bedrag"


def nettoplot(frame: pd.DataFrame, *, titel: str) -> str:
    """Return net returns as points with their 95% intervals, the figures in words beside each.

    Parameters
    ----------
    frame : DataFrame
        naam, netto, netto_laag, netto_hoog (euro per client); one row per line, in the order to show. A line without
        an amount says so.
    titel : str
        Name of the picture.
    """
    f = frame.assign(
        woorden=[
            GEEN_BEDRAG if np.isnan(n) else f"{euro(n)} ({euro(a)} tot {euro(z)})"
            for n, a, z in frame[["netto", "netto_laag", "netto_hoog"]].to_numpy(dtype=np.float64)
        ]
    )
    beschrijving = " ".join(f"{n}: {w}." for n, w in zip(f["naam"], f["woorden"], strict=True)) or "Geen gegevens."
    return _naar_svg(_netto(f), titel, beschrijving)


def _netto(f: pd.DataFrame) -> Any:
    as_y = alt.Axis(labelLimit=330, labelPadding=6, domain=False, ticks=False, grid=True)
    y = alt.Y("naam:N", sort=list(f["naam"]), title=None, axis=as_y)
    as_x = alt.Axis(title="Netto opbrengst per klant (euro)", tickCount=5, format=",d")
    gevuld = f.dropna(subset=["netto"])
    nul = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=_GRIJS, strokeWidth=1.2).encode(x="x:Q")
    lijn = (
        alt.Chart(gevuld)
        .mark_rule(color=_KLEUREN[0], strokeWidth=2)
        .encode(y=y, x=alt.X("netto_laag:Q", axis=as_x), x2="netto_hoog:Q")
    )
    punt = alt.Chart(gevuld).mark_point(size=70, filled=True, color=_KLEUREN[0], opacity=1).encode(y=y, x="netto:Q")
    tekst = (
        alt.Chart(f)
        .mark_text(align="left", fontSize=12, color=_INKT, font=_LETTER)
        .encode(y=y, x=alt.value(_BREEDTE + 10), text="woorden:N")
    )
    return alt.layer(nul, lijn, punt, tekst).properties(width=_BREEDTE, height=max(1, len(f)) * 40)


def groepnaam(groep: str) -> str:
    """Return a group in words.

    Examples
    --------
    >>> groepnaam("allen"), groepnaam("duur=12-35"), groepnaam("doelgroep=klantgroep_1")
    ('alle klanten', '12-35 maanden bijstand', 'Doelgroep: klantgroep 1')
    """
    kenmerk, _, waarde = groep.partition("=")
    if kenmerk == "allen":
        return "alle klanten"
    if kenmerk == "duur":
        return f"{waarde} maanden bijstand"
    tekst = lees_begrippen().modelterm(groep)
    return tekst.replace("_", " ") if kenmerk == "doelgroep" else tekst


def _rijen(k: Any, instrument: str | None) -> pd.DataFrame:
    """One line per instrument in the order of the ranking, or one per group of one instrument."""
    if instrument is not None:
        f = _kies(k.opbrengsten, "instrument", instrument)
        return f.assign(naam=[groepnaam(str(g)) for g in f["groep"]])
    kaarten = k.kaarten.set_index("instrument").loc[list(k.rangorde["instrument"])].reset_index()
    beleid = np.where(kaarten["meter"] == "handhaving", " (beleid)", "")
    uit: pd.DataFrame = kaarten.assign(naam=kaarten["naam"] + beleid)
    return uit


def netto(k: Any, instrument: str | None = None) -> Grafiek:
    """Draw the net return per client: of all instruments, or of the groups of one."""
    f = _rijen(k, instrument)
    titel = "Netto opbrengst per klant, met 95%-interval"
    if instrument is not None:
        naam = next(i.label for i in k.instrumenten if i.code == instrument)
        titel = f"{naam}: {titel[0].lower()}{titel[1:]}"
    vertel = tuple(
        f"{r.naam}: {GEEN_BEDRAG}."
        if np.isnan(r.netto)
        else f"{r.naam}: {euro(r.netto)} per klant (95%-interval {euro(r.netto_laag)} tot {euro(r.netto_hoog)})."
        for r in f.itertuples()
    )
    return Grafiek(titel=titel, tekening=nettoplot(f, titel=titel), zinnen=vertel)


def verborgen_besluiten(r: Mapping[Hashable, Any]) -> frozenset[str]:
    """Kinds of decision of one year that are not shown apart: under ten, or to be found by subtraction.

    Examples
    --------
    >>> j = {"besloten": 100, "toegekend": 60, "afgewezen": 20, "buiten_behandeling": 3, "ingetrokken": 17}
    >>> sorted(verborgen_besluiten(j))
    ['buiten_behandeling', 'ingetrokken']
    """
    return te_verbergen({k: int(r[k]) for k in BESLUITEN}, int(r["besloten"]))


def besluiten(p: Any) -> Grafiek:
    """Draw what became of the applications, per year of decision."""
    t = p.preventie
    kolommen: tuple[str, ...] = BESLUITEN
    if any(verborgen_besluiten(r) for r in t.to_dict("records")):  # small counts: only with and without benefit
        t = t.assign(zonder_uitkering=t["besloten"] - t["toegekend"])
        kolommen = ("toegekend", "zonder_uitkering")
    soorten = [k.replace("_", " ") for k in kolommen]
    f = pd.concat(
        [
            pd.DataFrame({"rij": t["jaar"].astype(str), "soort": s, "aantal": t[k]})
            for k, s in zip(kolommen, soorten, strict=True)
        ]
    ).sort_values("rij", kind="stable")
    titel = f"{p.gemeente}: besluiten op aanvragen per jaar"
    vertel = tuple(
        f"{r.jaar}: preventiequote {percent(r.preventiequote, 1)} van {r.besloten} besluiten." for r in t.itertuples()
    )
    return Grafiek(titel=titel, tekening=stapelplot(f, soorten, titel=titel, eenheid="Besluiten"), zinnen=vertel)
