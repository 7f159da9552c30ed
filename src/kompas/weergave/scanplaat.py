"""The pictures of a scan: lines over months and years, parts of a difference, chances with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout
from kompas.monitors.scan import NAMEN, Scan
from kompas.weergave.getallen import aantal, maandnaam, percent
from kompas.weergave.grafieken import _GRIJS, _INKT, _KLEUREN, _LETTER, _STREPEN, _VORMEN, _tekening
from kompas.weergave.lijnen import BREEDTE, HOOGTE, lijnplaat
from kompas.weergave.platen import Grafiek
from kompas.weergave.scanwoorden import groepnaam, miljoen, periodenaam
from kompas.weergave.scanzinnen import ONDERDELEN
from kompas.weergave.tekenaar import Tekening

_PUNTEN = 400
ONTBREEKT = "KMP-Z302"  # this scan does not have that picture


def _naam(s: Scan, gebied: str) -> str:
    """Label of an area in a legend."""
    return s.gemeente if gebied == "eigen" else NAMEN[gebied].removeprefix("de ").capitalize()


def _ontbreekt(wat: str) -> GebruiksFout:
    return GebruiksFout(
        ONTBREEKT, f"deze scan heeft geen {wat}. Wat er wel is en welke tabel mist, staat in ontbreekt."
    )


def _lijnen(s: Scan, kengetal: str, titel: str, y_titel: str, groep: str = "totaal") -> Grafiek:
    f = s.lijnen[(s.lijnen["kengetal"] == kengetal) & (s.lijnen["groep"] == groep)]
    if f.empty:
        raise _ontbreekt(f"reeks voor {kengetal}")
    return lijnplaat(f.assign(lijn=[_naam(s, str(g)) for g in f["gebied"]]), titel=titel, y_titel=y_titel)


def bestand(s: Scan) -> Grafiek:
    """Draw the stock of all areas, at the own number of households."""
    titel = f"{s.gemeente}: huishoudens met bijstand, de andere gebieden naar het eigen aantal huishoudens"
    return _lijnen(s, "uitkeringen", titel, "Huishoudens met bijstand")


def instroom(s: Scan) -> Grafiek:
    """Draw the inflow per year."""
    return _lijnen(s, "instroom", f"{s.gemeente}: instroom, som van de laatste 12 maanden", "Instroom per jaar")


def uitstroom(s: Scan) -> Grafiek:
    """Draw the outflow per year."""
    return _lijnen(s, "uitstroom", f"{s.gemeente}: uitstroom, som van de laatste 12 maanden", "Uitstroom per jaar")


def meest_afwijkend(s: Scan) -> str:
    """The group whose number lies furthest above that of the area and that can be drawn; empty when there is none."""
    if s.groepen.empty:
        return ""
    nu = s.groepen[(s.groepen["maand"] == s.groepen["maand"].max()) & s.groepen["groep"].isin(set(s.lijnen["groep"]))]
    return str(nu.sort_values("verschil", kind="stable")["groep"].iloc[-1]) if len(nu) else ""


def groep(s: Scan) -> Grafiek:
    """Draw the stock of the group that deviates most."""
    wie = meest_afwijkend(s)
    titel = f"{s.gemeente}: {groepnaam(wie)} met bijstand, naar het eigen aantal huishoudens"
    return _lijnen(s, "uitkeringen", titel, "Huishoudens met bijstand", wie)


def _puntplaat(f: pd.DataFrame, *, titel: str, x_titel: str, opmaak: str, beschrijving: str, nul: bool) -> Tekening:
    """Points with intervals; the figure in words beside each. Columns: naam, x, laag, hoog, woorden."""
    namen = list(f["naam"])
    as_y = alt.Axis(labelLimit=330, labelPadding=6, domain=False, ticks=False, grid=True)
    y = alt.Y("naam:N", sort=namen, title=None, axis=as_y)
    as_x = alt.Axis(title=x_titel, tickCount=5, format=opmaak)
    gevuld = f.dropna(subset=["x"])
    lagen: list[Any] = []
    if nul:
        lagen.append(alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=_GRIJS, strokeWidth=1.2).encode(x="x:Q"))
    band = gevuld.dropna(subset=["laag", "hoog"])
    streep = alt.Chart(band).mark_rule(color=_KLEUREN[0], strokeWidth=2)
    lagen.append(streep.encode(y=y, x=alt.X("laag:Q", axis=as_x, scale=alt.Scale(zero=nul)), x2="hoog:Q"))
    lagen.append(alt.Chart(gevuld).mark_point(size=70, filled=True, color=_KLEUREN[0], opacity=1).encode(y=y, x="x:Q"))
    tekst = alt.Chart(f).mark_text(align="left", fontSize=12, color=_INKT, font=_LETTER)
    lagen.append(tekst.encode(y=y, x=alt.value(_PUNTEN + 10), text="woorden:N"))
    plaat = alt.layer(*lagen).properties(width=_PUNTEN, height=max(1, len(f)) * 30)
    return _tekening(plaat, titel, beschrijving)


def reductie(s: Scan) -> Grafiek:
    """Draw the parts of the difference in caseload, each with its 95% interval."""
    if s.reductie is None:
        raise _ontbreekt("vergelijking met een ander gebied")
    t = s.reductie.tabel
    f = pd.DataFrame(
        {
            "naam": [ONDERDELEN[str(o)] for o in t["onderdeel"]],
            "x": t["verschil"],
            "laag": t["ondergrens"],
            "hoog": t["bovengrens"],
            "woorden": [
                "geen uitspraak" if np.isnan(n) else f"{aantal(n)} ({aantal(a)} tot {aantal(z)})"
                for n, a, z in t[["verschil", "ondergrens", "bovengrens"]].to_numpy(dtype=np.float64)
            ],
        }
    )
    titel = f"{s.gemeente}: waardoor het bestand verschilt van dat naar verhouding in {s.vergelijk}"
    zinnen = tuple(f"{n}: {w}." for n, w in zip(f["naam"], f["woorden"], strict=True))
    x_titel = "Verschil in huishoudens met bijstand (95%-interval)"
    svg = _puntplaat(f, titel=titel, x_titel=x_titel, opmaak=",d", beschrijving=" ".join(zinnen), nul=True)
    return Grafiek(titel=titel, tekening=svg, zinnen=zinnen)


def kansrijen(s: Scan, tabellen: Mapping[str, str]) -> pd.DataFrame:
    """Chances within a year of some tables, with words; ``tabellen`` gives what stands behind each group."""
    if s.analyse is None:
        return pd.DataFrame(columns=["naam", "x", "laag", "hoog", "woorden"])
    k = s.analyse.kansen[s.analyse.kansen["maanden"] == 12]
    k = k[k["tabel"].isin(list(tabellen))]
    k = k.assign(orde=[list(tabellen).index(t) for t in k["tabel"]])
    k = k.sort_values(["groep", "orde"], kind="stable") if len(tabellen) > 1 else k
    woorden = [
        "te weinig gegevens" if np.isnan(p) else f"{percent(p)} ({percent(a)} tot {percent(z)})"
        for p, a, z in k[["kans", "ondergrens", "bovengrens"]].to_numpy(dtype=np.float64)
    ]
    namen = [f"{_groep(t, g)}{tabellen[t]}" for t, g in zip(k["tabel"], k["groep"], strict=True)]
    cijfers = {"x": k["kans"], "laag": k["ondergrens"], "hoog": k["bovengrens"]}
    return pd.DataFrame({"naam": namen, **cijfers, "woorden": woorden})


def _groep(tabel: str, naam: str) -> str:
    return groepnaam(f"leeftijd={naam}") if tabel == "leeftijd" else naam


def _kansplaat(s: Scan, tabellen: Mapping[str, str], wat: str) -> Grafiek:
    f = kansrijen(s, tabellen)
    if f.empty:
        raise _ontbreekt(f"tabel naar {wat}")
    titel = f"{s.gemeente}: kans om binnen een jaar uit de bijstand te zijn, naar {wat}"
    zinnen = tuple(f"{n}: {w}." for n, w in zip(f["naam"], f["woorden"], strict=True))
    x_titel = "Kans op uitstroom binnen een jaar (95%-interval)"
    svg = _puntplaat(f, titel=titel, x_titel=x_titel, opmaak=".0%", beschrijving=" ".join(zinnen), nul=False)
    return Grafiek(titel=titel, tekening=svg, zinnen=zinnen)


def leeftijd(s: Scan) -> Grafiek:
    """Draw the chance of leaving within a year by age (tabel 3)."""
    return _kansplaat(s, {"leeftijd": ""}, "leeftijd")


def fasering(s: Scan) -> Grafiek:
    """Draw the chance of leaving within a year by fasering (tabel 4): at the begin beside the last value."""
    heeft = set(s.analyse.kansen["tabel"]) if s.analyse is not None else set()
    alle = {"fasering_start": ", bij de start", "fasering": ", laatste waarde"}
    return _kansplaat(s, {k: w for k, w in alle.items() if k in heeft}, "fasering")


def vooruit(s: Scan) -> Grafiek:
    """Draw the own stock and its forecast with the 80% band."""
    if s.vooruitzicht is None or s.vooruitzicht.tabel.empty:
        raise _ontbreekt("vooruitzicht")
    echt = s.lijnen[(s.lijnen["kengetal"] == "uitkeringen") & (s.lijnen["groep"] == "totaal")]
    echt = echt.loc[echt["gebied"] == "eigen", ["maand", "waarde"]].tail(60).assign(soort="realisatie")
    ver = s.vooruitzicht.tabel.rename(columns={"uitkeringen": "waarde"}).assign(soort="prognose")
    f = pd.concat([echt, ver[["maand", "waarde", "soort", "ondergrens", "bovengrens"]]], ignore_index=True)
    titel = f"{s.gemeente}: huishoudens met bijstand, en de verwachting"
    return lijnplaat(f.assign(lijn=s.gemeente), titel=titel, y_titel="Huishoudens met bijstand")


def _jaarplaat(f: pd.DataFrame, *, titel: str, y_titel: str, opmaak: str, zinnen: Sequence[str]) -> Grafiek:
    """Lines over years. Columns: jaar, lijn, waarde."""
    lijnen = list(dict.fromkeys(f["lijn"]))[: len(_KLEUREN)]
    n = len(lijnen)
    x = alt.X("jaar:O", title=None, axis=alt.Axis(labelAngle=0, grid=False))
    as_y = alt.Axis(format=opmaak, tickCount=5)
    y = alt.Y("waarde:Q", title=y_titel, axis=as_y, scale=alt.Scale(zero=False, nice=True))
    basis: Any = alt.Chart(f).encode(x=x, y=y)
    kleur = alt.Color("lijn:N", title=None, scale=alt.Scale(domain=lijnen, range=list(_KLEUREN[:n])))
    dash = alt.StrokeDash("lijn:N", legend=None, scale=alt.Scale(domain=lijnen, range=list(_STREPEN[:n])))
    vorm = alt.Shape("lijn:N", title=None, scale=alt.Scale(domain=lijnen, range=list(_VORMEN[:n])))
    lijn = basis.mark_line(strokeWidth=2).encode(color=kleur, strokeDash=dash, detail="lijn:N")
    punt = basis.mark_point(size=50, filled=True, opacity=1).encode(color=kleur, shape=vorm)
    plaat = alt.layer(lijn, punt).properties(width=BREEDTE, height=HOOGTE)
    return Grafiek(titel=titel, tekening=_tekening(plaat, titel, " ".join(zinnen)), zinnen=tuple(zinnen))


def _per_jaar(s: Scan, kolommen: Mapping[str, str]) -> pd.DataFrame:
    """Realised years and scenarios as lines; equal lines of two scenarios are one."""
    is_echt = s.aandelen["scenario"] == "realisatie"
    echt, ver = s.aandelen[is_echt], s.aandelen[~is_echt]
    stukken = []
    for kolom, naam in kolommen.items():
        per = {str(n): d for n, d in ver.groupby("scenario", sort=True)} or {"": ver}
        gelijk = len({tuple(d[kolom]) for d in per.values()}) == 1
        for scenario, deel in list(per.items())[: 1 if gelijk else None]:
            eerder = echt[echt["jaar"] < deel["jaar"].min()] if len(deel) else echt
            f = pd.concat([d for d in (eerder, deel) if len(d)])[["jaar", kolom]]
            label = naam if gelijk else f"{naam} ({scenario})"
            stukken.append(f.rename(columns={kolom: "waarde"}).assign(lijn=label))
    return pd.concat(stukken, ignore_index=True).dropna(subset=["waarde"]).astype({"jaar": np.int64})


def aandelen(s: Scan) -> Grafiek:
    """Draw the shares of the national totals (grafiek 8)."""
    if s.aandelen.empty:
        raise _ontbreekt("aandelen in de macrototalen")
    f = _per_jaar(s, {"aandeel_uitgaven": "Uitgavenaandeel", "aandeel_budget": "Budgetaandeel"})
    zinnen = [
        f"{r.lijn}: {percent(r.waarde, 3)} in {r.jaar}." for r in f.groupby("lijn", sort=False).tail(1).itertuples()
    ]
    titel = f"{s.gemeente}: aandeel in de macro-uitgaven en in het macrobudget"
    return _jaarplaat(f, titel=titel, y_titel="Aandeel", opmaak=".2%", zinnen=zinnen)


def geld(s: Scan) -> Grafiek:
    """Draw spending and budget per year, in millions (grafiek 9)."""
    if s.aandelen.empty:
        raise _ontbreekt("uitgaven en budget per jaar")
    f = _per_jaar(s, {"uitgaven": "Uitgaven", "budget": "Budget"})
    zinnen = [f"{r.lijn}: {miljoen(r.waarde)} in {r.jaar}." for r in f.groupby("lijn", sort=False).tail(1).itertuples()]
    f["waarde"] /= 1e6
    titel = f"{s.gemeente}: uitgaven en budget per jaar"
    return _jaarplaat(f, titel=titel, y_titel="Miljoen euro", opmaak=",.0f", zinnen=zinnen)


def onderschrift(s: Scan) -> str:
    """Until when the series run."""
    return f"Reeksen tot en met {maandnaam(s.maand)}."


def conclusietabel(s: Scan) -> tuple[pd.DataFrame, dict[str, str], tuple[str, ...]]:
    """The conclusions as text for a notebook: the frame, its headings, which columns are numbers."""
    woord = {"ja": "ja", "nee": "nee", "niet_aangetoond": "niet aangetoond", "geen_uitspraak": "geen uitspraak"}
    c = s.conclusies
    geld = c["conclusie"].isin(["prijs_omlaag", "geld_tekort"])
    frame = pd.DataFrame(
        {
            "wat": [CONCLUSIES[str(n)] for n in c["conclusie"]],
            "groep": [groepnaam(str(g)) if g else "" for g in c["groep"]],
            "periode": [periodenaam(str(p)) for p in c["periode"]],
            **{
                k: [miljoen(w) if e else aantal(w) for w, e in zip(c[k], geld, strict=True)]
                for k in ("eigen", "vergelijk", "verschil")
            },
            "oordeel": [woord[str(o)] for o in c["oordeel"]],
        }
    )
    koppen = {"wat": "Conclusie", "groep": "Groep", "periode": "Periode", "eigen": s.gemeente}
    koppen |= {"vergelijk": "Vergeleken met", "verschil": "Verschil", "oordeel": "Oordeel"}
    return frame, koppen, ("eigen", "vergelijk", "verschil")


CONCLUSIES = {
    "instroom_omlaag": "De instroom kan omlaag",
    "uitstroom_omhoog": "De uitstroom kan omhoog",
    "bestand_omlaag": "Het zittend bestand kan kleiner",
    "groep_omlaag": "Deze groep kan kleiner",
    "prijs_omlaag": "De gemiddelde uitkering kan omlaag",
    "bestand_vooruit": "Het bestand daalt",
    "geld_tekort": "Er is een tekort",
}
PLATEN: Mapping[str, Callable[[Scan], Grafiek]] = MappingProxyType(
    {
        "bestand": bestand,
        "instroom": instroom,
        "uitstroom": uitstroom,
        "groep": groep,
        "reductie": reductie,
        "leeftijd": leeftijd,
        "fasering": fasering,
        "vooruit": vooruit,
        "aandelen": aandelen,
        "geld": geld,
    }
)
