"""The pictures of a backtest: scores per horizon, calibration by tenth, observed over expected per group."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.weergave.getallen import aantal, datum, getal, percent
from kompas.weergave.grafieken import (
    _GRIJS,
    _INKT,
    _KLEUREN,
    _LETTER,
    _STREPEN,
    _VORMEN,
    _assen,
    _naar_svg,
    kalibratieplot,
)
from kompas.weergave.platen import Grafiek, _kies

JAAR = 12
ALLES = "uitstroom"
_ALLE_WEGEN = "alle bestemmingen"
_NAMEN = {
    "model": "model",
    "vorig_jaar": "model van een jaar eerder",
    "vorige": "vorige herijking",
    "duur": "alleen duur",
    "boosting": "uitdager (boosting)",
}
_MATEN = {"brier": "Brierscore (lager is beter)", "auc": "AUC (hoger onderscheidt beter)"}


def mededinger(naam: str) -> str:
    """Name of a competitor as people read it.

    Examples
    --------
    >>> mededinger("duur"), mededinger("fasering"), mededinger("model_2006")
    ('alleen duur', 'Fasering', 'model_2006')
    """
    return _NAMEN.get(naam) or lees_begrippen().label(naam)


def hoofdmoment(t: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the latest day and of 12 months ahead, or the longest horizon below it, or else the shortest."""
    laatste = frame[frame["moment"] == pd.Timestamp(t.momenten[0])]
    er_zijn = sorted(set(laatste["horizon"]))
    tot_jaar = [h for h in er_zijn if h <= JAAR]
    return laatste[laatste["horizon"] == (tot_jaar[-1] if tot_jaar else min(er_zijn, default=0))]


def _naar(bestemming: str) -> str:
    return "uitstroom" if bestemming == ALLES else f"uitstroom naar {lees_begrippen().waarde('bestemming', bestemming)}"


def scores(t: Any, bestemming: str | None = None) -> Grafiek:
    """Draw Brier score and AUC per horizon and competitor, one row of panels per day."""
    welke = bestemming or ALLES
    f = _kies(t.scores, "bestemming", welke).assign(
        wie=lambda d: d["voorspeller"].map(mededinger), dag=lambda d: d["moment"].map(datum)
    )
    namen = [mededinger(v) for v in t.mededingers][: len(_KLEUREN)]
    f = f[f["wie"].isin(namen)]
    titel = f"{t.gemeente}: hoe goed elk de {_naar(welke)} voorspelde"
    rijen = [
        alt.hconcat(*(_maatpaneel(d, maat, f"Vanaf {dag}: {kop}", namen) for maat, kop in _MATEN.items()))
        for dag, d in f.groupby("dag", sort=False)
    ]
    vertel = tuple(_scorezin(r) for r in f.to_dict("records"))
    beschrijving = f"{aantal(len(namen))} voorspellers, {aantal(f['horizon'].nunique())} termijnen. {vertel[0]}"
    return Grafiek(titel=titel, tekening=_naar_svg(alt.vconcat(*rijen), titel, beschrijving), zinnen=vertel)


def _scorezin(r: dict[Any, Any]) -> str:
    waarschuwing = " Dat is verdacht goed." if r["verdacht"] else ""
    return (
        f"Vanaf {r['dag']}, {_naar(r['bestemming'])} binnen {r['horizon']} maanden, {r['wie']}: Brierscore "
        f"{getal(r['brier'], 3)}, AUC {getal(r['auc'], 2)}, verwacht {percent(r['verwacht'], 1)}, waargenomen "
        f"{percent(r['waargenomen'], 1)} van {aantal(r['n'])} cliënten.{waarschuwing}"
    )


def _maatpaneel(f: pd.DataFrame, maat: str, titel: str, namen: list[str]) -> Any:
    n = len(namen)
    kort = f[["horizon", "wie", maat]].dropna()
    x = alt.X("horizon:O", title="Maanden vooruit", axis=alt.Axis(labelAngle=0, grid=False))
    y = alt.Y(f"{maat}:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5, format=".2f"))
    kleur = alt.Color("wie:N", title=None, scale=alt.Scale(domain=namen, range=list(_KLEUREN[:n])))
    streep = alt.StrokeDash("wie:N", title=None, scale=alt.Scale(domain=namen, range=[list(s) for s in _STREPEN[:n]]))
    vorm = alt.Shape("wie:N", title=None, scale=alt.Scale(domain=namen, range=list(_VORMEN[:n])))
    basis = alt.Chart(kort).encode(x=x, y=y, color=kleur)
    return alt.layer(
        basis.mark_line(strokeWidth=2).encode(strokeDash=streep),
        basis.mark_point(size=50, filled=True, opacity=1).encode(shape=vorm),
    ).properties(width=290, height=190, title=alt.Title(titel, font=_LETTER, fontSize=12, color=_INKT))


def kalibratie(t: Any, bestemming: str | None = None) -> Grafiek:
    """Draw predicted chance against what happened, per tenth of the clients, for the first competitor."""
    f = _kies(hoofdmoment(t, t.kalibratie), "bestemming", bestemming)
    f = f[f["voorspeller"] == t.mededingers[0]]
    f = f.assign(bestemming=f["bestemming"].replace(ALLES, _ALLE_WEGEN))
    s = hoofdmoment(t, t.scores)
    s = s[(s["voorspeller"] == t.mededingers[0]) & ((s["bestemming"] == bestemming) | (bestemming is None))]
    vertel = tuple(
        f"{_naar(str(r.bestemming)).capitalize()} binnen {r.horizon} maanden: verwacht {percent(r.verwacht, 1)}, "
        f"waargenomen {percent(r.waargenomen, 1)}; waargenomen gedeeld door verwacht is {getal(r.oe, 2)} "
        f"({getal(r.oe_laag, 2)} tot {getal(r.oe_hoog, 2)})."
        for r in s.itertuples()
    )
    titel = f"{t.gemeente}: voorspelde en waargenomen kansen vanaf {datum(t.momenten[0])}, in tien groepen"
    return Grafiek(titel=titel, tekening=kalibratieplot(f), zinnen=vertel)


def groepen(t: Any, bestemming: str | None = None) -> Grafiek:
    """Draw observed over expected with its interval per level of every trait, for the first competitor."""
    welke = bestemming or ALLES
    f = _kies(hoofdmoment(t, t.groepen), "bestemming", welke)
    f = f[f["voorspeller"] == t.mededingers[0]].dropna(subset=["oe"])
    b = lees_begrippen()
    rijen = [f"{b.label(str(k))}: {b.waarde(str(k), str(v))}" for k, v in zip(f["kenmerk"], f["niveau"], strict=True)]
    f = f.assign(rij=rijen)
    titel = f"{t.gemeente}: waargenomen gedeeld door verwachte {_naar(welke)} per groep"
    vertel = tuple(
        f"{r.rij}: verwacht {percent(r.verwacht, 1)}, waargenomen {percent(r.waargenomen, 1)} van {aantal(r.n)} "
        f"cliënten; verhouding {getal(r.oe, 2)} ({getal(r.oe_laag, 2)} tot {getal(r.oe_hoog, 2)})."
        for r in f.itertuples()
    )
    buiten = int(((f["oe_laag"] > 1) | (f["oe_hoog"] < 1)).sum())
    tekst = f"{aantal(len(f))} groepen; bij {aantal(buiten)} ligt het 95%-interval geheel boven of onder 1."
    return Grafiek(titel=titel, tekening=_naar_svg(_groepsplot(f), titel, tekst), zinnen=vertel)


def _groepsplot(f: pd.DataFrame) -> Any:
    laag, hoog = (float(f["oe"].min()), float(f["oe"].max())) if len(f) else (1.0, 1.0)
    domein, tikken = _assen(max(min(laag, 0.5), 0.05), max(hoog, 2.0))
    kort = f[["rij"]].assign(oe=f["oe"].clip(*domein), van=f["oe_laag"].clip(*domein), tot=f["oe_hoog"].clip(*domein))
    y = alt.Y("rij:N", sort=list(f["rij"]), title=None, axis=alt.Axis(labelLimit=330, domain=False, ticks=False))
    schaal = alt.Scale(type="log", domain=domein, nice=False, zero=False)
    as_x = alt.Axis(values=tikken, format="~r", labelOverlap=False, title="Waargenomen / verwacht (log-schaal)")
    een = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(color=_GRIJS, strokeWidth=1.2).encode(x="x:Q")
    basis = alt.Chart(kort).encode(y=y)
    return alt.layer(
        een,
        basis.mark_rule(color=_KLEUREN[0], strokeWidth=1.8).encode(
            x=alt.X("van:Q", scale=schaal, axis=as_x), x2="tot:Q"
        ),
        basis.mark_point(size=55, filled=True, opacity=1, color=_KLEUREN[0]).encode(x=alt.X("oe:Q", scale=schaal)),
    ).properties(width=340, height=max(1, len(f)) * 20)
