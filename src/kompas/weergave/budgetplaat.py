"""Pictures of the budgetmonitor: per month, shares and amounts through the years, the number of clients that fits."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from kompas.weergave.getallen import euro, getal, percent
from kompas.weergave.grafieken import _KLEUREN, _STREPEN, _VORMEN, _tekening
from kompas.weergave.lijnen import lijnplaat
from kompas.weergave.platen import Grafiek
from kompas.weergave.uitgavenplaat import bedrag

_MEESTE = 6
_BREEDTE, _HOOGTE = 560, 260
PADNAMEN = {
    "realisatie": "Uitkeringen",
    "prognose": "Uitkeringen",
    "budget": "Nodig om met het budget uit te komen",
    "doel": "Nodig om het doel te halen",
}


def _leeg(titel: str) -> Grafiek:
    """A picture that says there is nothing to show."""
    return Grafiek(
        titel=titel, tekening=_tekening(_werkbalken([]), titel, "Geen gegevens."), zinnen=("Geen gegevens.",)
    )


def maand(b: Any) -> Grafiek:
    """Draw spending per month against a twelfth of the budget and of the target (grafiek 11 of the essay)."""
    f = b.maanden
    titel = f"{b.gemeente}: uitgaven en budget per maand"
    if f.empty:
        return _leeg(titel)
    stukken = [
        pd.DataFrame(
            {
                "maand": f["maand"],
                "lijn": "Uitgaven zonder vakantiegeld",
                "waarde": f["uitgaven"],
                "soort": f["soort"],
                "ondergrens": f["ondergrens"],
                "bovengrens": f["bovengrens"],
            }
        )
    ]
    for kolom, lijn in (("budget", "Budget per maand"), ("doel", "Doel per maand")):
        if f[kolom].notna().any():
            stukken.append(
                pd.DataFrame({"maand": f["maand"], "lijn": lijn, "waarde": f[kolom], "soort": f["soort"]}).dropna(
                    subset=["waarde"]
                )
            )
    return lijnplaat(pd.concat(stukken, ignore_index=True), titel=titel, y_titel="Euro per maand", eenheid="euro")


def pad(b: Any) -> Grafiek:
    """Draw the number of clients so far, expected, and the line that ends the year within the budget."""
    f = b.pad
    titel = f"{b.gemeente}: aantal uitkeringen en het pad naar een sluitend {b.jaar}"
    if f.empty:
        return _leeg(titel)
    frame = pd.DataFrame({"maand": f["maand"], "lijn": f["lijn"].map(PADNAMEN), "waarde": f["uitkeringen"]})
    frame["soort"] = f["lijn"].where(f["lijn"] == "realisatie", "prognose")
    return lijnplaat(frame, titel=titel, y_titel="Uitkeringen aan het eind van de maand")


def macrolijnen(b: Any, uitgaven: str, budget: str) -> pd.DataFrame:
    """Two quantities of macro as lines: what was realised, continued by each scenario.

    Returns
    -------
    DataFrame
        jaar, lijn, waarde; at most six lines. Scenarios whose budget is the same share one line.
    """
    m = b.macro
    echt = m[m["scenario"] == "realisatie"]
    namen = [str(s) for s in m["scenario"].unique() if s not in {"realisatie", "voorlopig", "nader", "definitief"}]
    stukken: dict[str, pd.DataFrame] = {}
    for scenario in namen or ["realisatie"]:
        deel = m[m["scenario"] == scenario] if namen else echt.iloc[:0]
        lijn = pd.concat([echt, deel]) if len(deel) else echt
        eind = f" ({scenario})" if len(namen) > 1 else ""
        stukken[f"Uitgaven{eind}"] = lijn[["jaar", uitgaven]].set_axis(["jaar", "waarde"], axis=1)
        rest = lijn[["jaar", budget]].set_axis(["jaar", "waarde"], axis=1).reset_index(drop=True)
        if not any(k.startswith("Budget") and v.reset_index(drop=True).equals(rest) for k, v in stukken.items()):
            stukken[f"Budget{eind if any(k.startswith('Budget') for k in stukken) else ''}"] = rest
    gekozen = list(stukken.items())[:_MEESTE]
    return pd.concat([f.assign(lijn=k) for k, f in gekozen], ignore_index=True).dropna(subset=["waarde"])


def _jaarplot(f: pd.DataFrame, y_titel: str, formaat: str, jaar_nu: int) -> Any:
    lijnen = list(dict.fromkeys(f["lijn"]))
    n = len(lijnen)
    x = alt.X("jaar:O", title=None, axis=alt.Axis(labelAngle=0))
    y = alt.Y("waarde:Q", title=y_titel, axis=alt.Axis(format=formaat, tickCount=5), scale=alt.Scale(zero=False))
    kleur = alt.Color("lijn:N", title=None, scale=alt.Scale(domain=lijnen, range=list(_KLEUREN[:n])), sort=lijnen)
    streep = alt.StrokeDash("lijn:N", title=None, scale=alt.Scale(domain=lijnen, range=list(_STREPEN[:n])), sort=lijnen)
    vorm = alt.Shape("lijn:N", title=None, scale=alt.Scale(domain=lijnen, range=list(_VORMEN[:n])), sort=lijnen)
    basis = alt.Chart(f)
    lijn = basis.mark_line(strokeWidth=2).encode(x=x, y=y, color=kleur, strokeDash=streep)
    punt = basis.mark_point(size=46, filled=True, opacity=1).encode(x=x, y=y, color=kleur, shape=vorm)
    lagen: list[Any] = [lijn, punt]
    if (f["jaar"] < jaar_nu).any() and (f["jaar"] >= jaar_nu).any():
        merk = pd.DataFrame({"jaar": [jaar_nu], "woord": ["vanaf hier raming"]})
        regel = alt.Chart(merk).mark_rule(color="#595959", strokeDash=[2, 2]).encode(x="jaar:O")
        woord = (
            alt.Chart(merk)
            .mark_text(align="left", dx=4, dy=8, fontSize=11)
            .encode(x="jaar:O", y=alt.value(_HOOGTE - 16), text="woord:N")
        )
        lagen += [regel, woord]
    return alt.layer(*lagen).properties(width=_BREEDTE, height=_HOOGTE)


def _macroplaat(b: Any, f: pd.DataFrame, titel: str, y_titel: str, formaat: str, zinnen: tuple[str, ...]) -> Grafiek:
    if f.empty:
        zinnen = ("Er is geen tabel macro.",)
        f = pd.DataFrame(
            {"jaar": pd.Series(dtype=int), "lijn": pd.Series(dtype=object), "waarde": pd.Series(dtype=float)}
        )
    return Grafiek(
        titel=titel, tekening=_tekening(_jaarplot(f, y_titel, formaat, b.jaar), titel, " ".join(zinnen)), zinnen=zinnen
    )


def aandelen(b: Any) -> Grafiek:
    """Draw the shares in national spending and budget through the years (grafiek 8 of the essay)."""
    f = macrolijnen(b, "aandeel_uitgaven", "aandeel_budget")
    zinnen = tuple(
        f"{k}: {percent(d['waarde'].iloc[0], 2)} in {d['jaar'].iloc[0]}, {percent(d['waarde'].iloc[-1], 2)} in "
        f"{d['jaar'].iloc[-1]}."
        for k, d in f.groupby("lijn", sort=False)
    )
    titel = f"{b.gemeente}: aandeel in de uitgaven en in het budget van alle gemeenten"
    return _macroplaat(b, f, titel, "Aandeel in het landelijke totaal", ".2%", zinnen)


def bedragen(b: Any) -> Grafiek:
    """Draw macro x share through the years, in millions (grafiek 9 of the essay)."""
    f = macrolijnen(b, "uitgaven", "budget")
    f = f.assign(waarde=f["waarde"] / 1e6)
    zinnen = tuple(
        f"{k}: {bedrag(1e6 * d['waarde'].iloc[0])} in {d['jaar'].iloc[0]}, {bedrag(1e6 * d['waarde'].iloc[-1])} in "
        f"{d['jaar'].iloc[-1]}."
        for k, d in f.groupby("lijn", sort=False)
    )
    titel = f"{b.gemeente}: uitgaven en budget volgens macro maal aandeel"
    return _macroplaat(b, f, titel, "Miljoen euro", ",.0f", zinnen)


def werkdeel(b: Any) -> Grafiek:
    """Draw the use of the work part of this year against a straight line."""
    w = b.werkdeel[b.werkdeel["jaar"] == b.jaar]
    titel = f"{b.gemeente}: gebruik van het werkdeel in {b.jaar}"
    if w.empty:
        return _leeg(titel)
    r = w.iloc[0]
    zin = f"Besteed {bedrag(r['besteed'])}; bij een rechte lijn zou dat {bedrag(r['rechte_lijn'])} zijn."
    rijen = [
        (f"Besteed in {getal(r['maanden'], 0)} maanden", r["besteed"]),
        ("Rechte lijn", r["rechte_lijn"]),
        ("Budget voor het jaar", r["budget"]),
    ]
    return Grafiek(titel=titel, tekening=_tekening(_werkbalken(rijen), titel, zin), zinnen=(zin,))


def _werkbalken(rijen: list[tuple[str, float]]) -> Any:
    f = pd.DataFrame(rijen, columns=["naam", "bedrag"])
    f = f.assign(woorden=[euro(x) for x in f["bedrag"]])
    as_y = alt.Axis(labelLimit=330, labelPadding=6, domain=False, ticks=False, grid=False)
    y = alt.Y("naam:N", sort=list(f["naam"]), title=None, axis=as_y)
    x = alt.X("bedrag:Q", title="Euro", axis=alt.Axis(tickCount=5, format=",d"))
    balk = alt.Chart(f.dropna(subset=["bedrag"])).mark_bar(fill=_KLEUREN[0], size=18).encode(y=y, x=x)
    tekst = alt.Chart(f).mark_text(align="left", fontSize=12).encode(y=y, x=alt.value(390), text="woorden:N")
    return alt.layer(balk, tekst).properties(width=380, height=max(1, len(f)) * 36)


def saldotabel(b: Any) -> pd.DataFrame:
    """Balance of each round, this year first, for a notebook."""
    kolommen = ["jaar", "status", "deel", "scenario", "budget", "uitgaven_jaarbasis", "saldo", "saldo_fractie"]
    f: pd.DataFrame = b.tabel[b.tabel["jaar"] <= b.jaar]
    return f[kolommen].iloc[::-1].reset_index(drop=True)


PLATEN = {"maand": maand, "pad": pad, "aandelen": aandelen, "bedragen": bedragen, "werkdeel": werkdeel}
