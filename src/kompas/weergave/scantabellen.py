"""The tables of the BijstandScan as text, for its page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kompas.monitors.scan import NAMEN, Scan
from kompas.weergave.getallen import aantal, euro, getal, interval, maandnaam, percent
from kompas.weergave.htmltabel import Tabel, teksttabel
from kompas.weergave.scanwoorden import groepnaam, miljoen, periodenaam
from kompas.weergave.scanzinnen import ONDERDELEN

LEEG = "–"
OORDELEN = {
    "hoger": "hoger",
    "lager": "lager",
    "niet_aangetoond": "geen verschil aangetoond",
    "geen_uitspraak": "geen uitspraak",
}


def ontwikkelingtabel(s: Scan) -> Tabel:
    """What changed over a year, per area."""
    rijen = [
        [
            hoofdletter(periodenaam(str(r["periode"]))),
            gebiednaam(s, str(r["gebied"])),
            tel(r["eind"]),
            percent(r["volume"], 1, leeg=LEEG),
            percent(r["uitgaven_verandering"], 1, leeg=LEEG),
            percent(r["prijs_verandering"], 1, leeg=LEEG),
        ]
        for r in s.ontwikkeling.to_dict("records")
    ]
    koppen = {"Periode": False, "Gebied": False, "Huishoudens aan het eind": True, "Bestand": True}
    koppen |= {"Uitgaven": True, "Uitkering per huishouden": True}
    return teksttabel("scantabel-ontwikkeling", "Verandering over een jaar", koppen, rijen)


def reductietabel(s: Scan) -> Tabel:
    """The parts of the difference."""
    t = pd.DataFrame() if s.reductie is None else s.reductie.tabel
    rijen = [
        [ONDERDELEN[str(r["onderdeel"])], tel(r["verschil"]), band(r), OORDELEN[str(r["oordeel"])]]
        for r in t.to_dict("records")
    ]
    koppen = {"Onderdeel": False, "Verschil": True, "95%-interval": True, "Oordeel": False}
    return teksttabel("scantabel-reductie", "Waar het verschil vandaan komt", koppen, rijen)


def hoofdletter(tekst: str) -> str:
    """Return a text with a capital."""
    return tekst[:1].upper() + tekst[1:]


def tel(waarde: Any) -> str:
    """Return a count; a dash when unknown."""
    return aantal(waarde, leeg=LEEG)


def band(r: Any, laag: str = "ondergrens", hoog: str = "bovengrens") -> str:
    """Return the interval of a row."""
    return interval(r[laag], r[hoog], 0, leeg=LEEG)


def gebiednaam(s: Scan, gebied: str) -> str:
    """Return an area as a heading has it."""
    return s.gemeente if gebied == "eigen" else hoofdletter(NAMEN[gebied].removeprefix("de "))


def standtabel(s: Scan) -> Tabel:
    """Stock at the first month, every December and the last month."""
    f = s.standen[s.standen["gebied"] == s.gebied]
    kies = f[f["maand"].str.endswith("-12") | (f.index == f.index[0]) | (f.index == f.index[-1])]
    rijen = [
        [
            hoofdletter(maandnaam(str(r["maand"]))),
            tel(r["eigen"]),
            tel(r["geschaald"]),
            tel(r["verschil"]),
            percent(r["verschil_fractie"], 1, leeg=LEEG),
            band(r),
            OORDELEN[str(r["oordeel"])],
        ]
        for r in kies.to_dict("records")
    ]
    return teksttabel(
        "scantabel-stand",
        f"Bestand aan het eind van de maand, tegenover {s.vergelijk} naar het eigen aantal huishoudens",
        _verschilkoppen(s, "Maand"),
        rijen,
    )


def _verschilkoppen(s: Scan, eerste: str) -> dict[str, bool]:
    koppen = {eerste: False, s.gemeente: True, "Naar verhouding": True, "Verschil": True}
    return koppen | {"In procenten": True, "95%-interval": True, "Oordeel": False}


def stroomtabel(s: Scan, stroom: str, soorten: tuple[str, ...], bijschrift: str) -> Tabel:
    """One flow by period."""
    f = s.stromen[(s.stromen["gebied"] == s.gebied) & (s.stromen["stroom"] == stroom)]
    rijen = [
        [
            hoofdletter(periodenaam(str(r["periode"])).removeprefix("de ").removeprefix("het ")),
            tel(r["eigen"]),
            tel(r["geschaald"]),
            tel(r["verschil"]),
            percent(r["verschil_fractie"], 1, leeg=LEEG),
            band(r),
            OORDELEN[str(r["oordeel"])],
        ]
        for r in f[f["soort"].isin(soorten)].to_dict("records")
    ]
    return teksttabel(f"scantabel-{stroom}-{soorten[0]}", bijschrift, _verschilkoppen(s, "Periode"), rijen)


def groeptabel(s: Scan) -> Tabel:
    """Stock by group, at the first and the last month."""
    rijen = [
        [
            hoofdletter(groepnaam(str(r["groep"]))),
            hoofdletter(maandnaam(str(r["maand"]))),
            tel(r["eigen"]),
            tel(r["geschaald"]),
            tel(r["verschil"]),
            band(r),
            tel(r["verschil_groep"]),
            band(r, "ondergrens_groep", "bovengrens_groep"),
        ]
        for r in s.groepen.sort_values(["kenmerk", "groep", "maand"], kind="stable").to_dict("records")
    ]
    koppen = {"Groep": False, "Maand": False, s.gemeente: True, "Naar verhouding": True, "Verschil": True}
    koppen |= {"95%-interval": True, "Verschil per soort": True, "95%-interval per soort": True}
    return teksttabel(
        "scantabel-groepen",
        f"Bestand per groep tegenover {s.vergelijk}; per soort: naar de huishoudens van die soort",
        koppen,
        rijen,
    )


def prijstabel(s: Scan) -> Tabel:
    """Average benefit against each area."""
    rijen = [
        [
            gebiednaam(s, str(r["gebied"])),
            euro(r["eigen"]),
            euro(r["geschaald"]),
            euro(r["verschil"]),
            percent(r["verschil_fractie"], 1),
        ]
        for r in s.prijs.to_dict("records")
    ]
    koppen = {"Gebied": False, s.gemeente: True, "Gebied, per jaar": True, "Verschil": True, "In procenten": True}
    periode = periodenaam(str(s.prijs["periode"].iloc[0]))
    return teksttabel("scantabel-prijs", f"Uitgaven per uitkering, {periode}", koppen, rijen)


def samenstellingtabel(s: Scan) -> Tabel:
    """The difference by kind of household."""
    if s.reductie is None:
        return teksttabel("scantabel-samenstelling", "Samenstelling", {}, [])
    rijen = [
        [
            hoofdletter(groepnaam(str(r["groep"]))),
            percent(r["aandeel"], 1),
            percent(r["aandeel_vergelijk"], 1),
            percent(r["dichtheid"], 1),
            percent(r["dichtheid_vergelijk"], 1),
            tel(r["samenstelling"]),
            tel(r["kansen"]),
        ]
        for r in s.reductie.groepen.to_dict("records")
    ]
    koppen = {"Huishoudens": False, "Aandeel hier": True, "Aandeel daar": True, "Met bijstand hier": True}
    koppen |= {"Met bijstand daar": True, "Door samenstelling": True, "Door dichtheid": True}
    return teksttabel("scantabel-samenstelling", "Verschil in bestand per soort huishouden", koppen, rijen)


def tabel1(s: Scan) -> Tabel:
    """Tabel 1: leefvorm, and sex among singles."""
    f = pd.DataFrame() if s.analyse is None else s.analyse.samenstelling
    if f.empty:
        return teksttabel("scantabel-tabel1", "Tabel 1. Verdeling naar leefvorm", {}, [])
    f = f[(f["geslacht"] == "totaal") | (f["leefvorm"] == "alleenstaande")]
    breed = f.pivot_table(index=["leefvorm", "geslacht"], columns="datum", values="fractie", aggfunc="first")
    volgorde = sorted(breed.index, key=lambda i: (i[0], i[1] != "totaal", i[1]))
    rijen = [
        [
            hoofdletter(groepnaam(str(v))) if g == "totaal" else f"waarvan {g}",
            *(percent(breed.loc[(v, g), d], leeg=LEEG) for d in breed.columns),
        ]
        for v, g in volgorde
    ]
    koppen = {"Leefvorm": False} | {f"1-1-{str(d)[:4]}": True for d in breed.columns}
    bijschrift = "Tabel 1. Verdeling van bijstandshuishoudens naar leefvorm; geslacht binnen alleenstaanden"
    return teksttabel("scantabel-tabel1", bijschrift, koppen, rijen)


def tabel2(s: Scan) -> Tabel:
    """Tabel 2: chance of leaving by year of inflow."""
    k = pd.DataFrame() if s.analyse is None else s.analyse.kansen
    k = k[k["tabel"] == "jaar"]
    breed = k.pivot_table(index="maanden", columns="groep", values="kans", aggfunc="first", dropna=False)
    jaren = [str(j) for j in breed.columns]
    half, heel = (breed.loc[m] for m in (6, 12))
    rijen = [
        ["Binnen een half jaar", *(percent(half[j], leeg=LEEG) for j in jaren)],
        ["Tussen een half en een jaar", *(percent(heel[j] - half[j], leeg=LEEG) for j in jaren)],
        ["Binnen een jaar", *(percent(heel[j], leeg=LEEG) for j in jaren)],
        ["95%-interval, binnen een jaar", *(_kansband(k, j, 12) for j in jaren)],
        ["Aantal instromers", *(_instromers(k, j) for j in jaren)],
    ]
    koppen = {"Kans op uitstroom": False} | dict.fromkeys(jaren, True)
    return teksttabel("scantabel-tabel2", "Tabel 2. Kans op uitstroom naar jaar van instroom", koppen, rijen)


def _kansband(k: pd.DataFrame, groep: str, maanden: int) -> str:
    r = k[(k["groep"] == groep) & (k["maanden"] == maanden)].iloc[0]
    return LEEG if np.isnan(r["ondergrens"]) else f"{percent(r['ondergrens'])} tot {percent(r['bovengrens'])}"


def _instromers(k: pd.DataFrame, groep: str) -> str:
    return _klein(k.loc[k["groep"] == groep, "instroom"].iloc[0])


def _klein(n: float) -> str:
    return aantal(n, leeg="minder dan 10")


def kanstabel(s: Scan, nummer: int, tabellen: tuple[str, ...]) -> Tabel:
    """Tabel 3 or 4: chance of leaving within a year by group."""
    k = pd.DataFrame() if s.analyse is None else s.analyse.kansen
    periode = "" if s.analyse is None else s.analyse.periode
    woord = {"fasering": "laatste waarde", "fasering_start": "bij de start", "leeftijd": ""}
    met = tuple(t for t in tabellen if (k["tabel"] == t).any())
    rijen = []
    for t in met:
        for r in k[k["tabel"] == t].to_dict("records"):
            naam = groepnaam(f"leeftijd={r['groep']}") if t == "leeftijd" else str(r["groep"])
            band = LEEG if np.isnan(r["ondergrens"]) else f"{percent(r['ondergrens'])} tot {percent(r['bovengrens'])}"
            soort = [woord[t]] if len(tabellen) > 1 else []
            rijen.append([naam, *soort, _klein(r["instroom"]), percent(r["kans"], leeg=LEEG), band])
    wat = "Leeftijd" if tabellen == ("leeftijd",) else "Fasering"
    koppen = {wat: False} | ({"Beoordeeld": False} if len(tabellen) > 1 else {})
    koppen |= {"Instromers": True, "Binnen een jaar weg": True, "95%-interval": True}
    bijschrift = f"Tabel {nummer}. Kans op uitstroom binnen een jaar naar {wat.lower()}, instroom {periode}"
    return teksttabel(f"scantabel-tabel{nummer}", bijschrift, koppen, rijen)


def vooruittabel(f: pd.DataFrame) -> Tabel:
    """The forecast per quarter."""
    rijen = [
        [hoofdletter(maandnaam(str(r["maand"]))), tel(r["uitkeringen"]), band(r)]
        for r in f[f["maand"].str[5:].isin(["03", "06", "09", "12"])].to_dict("records")
    ]
    koppen = {"Maand": False, "Huishoudens met bijstand": True, "80%-interval": True}
    return teksttabel("scantabel-vooruit", "Verwacht bestand", koppen, rijen)


def aandelentabel(s: Scan) -> Tabel:
    """Shares of the national totals per year and scenario."""
    rijen = [
        [
            str(r["jaar"]),
            str(r["scenario"]),
            percent(r["aandeel_uitgaven"], 3, leeg=LEEG),
            percent(r["aandeel_budget"], 3, leeg=LEEG),
            getal(100 * r["gat"], 3, leeg=LEEG),
            miljoen(r["gat_euro"]),
        ]
        for r in s.aandelen.sort_values(["jaar", "scenario"], kind="stable").to_dict("records")
    ]
    koppen = {"Jaar": False, "Scenario": False, "Uitgavenaandeel": True, "Budgetaandeel": True}
    koppen |= {"Verschil in procentpunten": True, "Dat is per jaar": True}
    return teksttabel("scantabel-aandelen", "Aandelen in de macrototalen", koppen, rijen)


def geldtabel(s: Scan) -> Tabel:
    """Spending, budget and balance per year."""
    ver = s.aandelen[s.aandelen["jaar"] > s.jaar].rename(columns={"scenario": "soort"})
    echt = s.resultaat.rename(columns={"status": "soort"}).assign(soort=lambda f: "budget " + f["soort"].astype(str))
    kolommen = ["jaar", "soort", "uitgaven", "budget", "saldo", "saldo_fractie"]
    samen = pd.concat([d[kolommen] for d in (echt, ver) if len(d)], ignore_index=True)
    rijen = [
        [
            str(int(r["jaar"])),
            str(r["soort"]),
            *(miljoen(r[k]) for k in ("uitgaven", "budget", "saldo")),
            percent(r["saldo_fractie"], 1, leeg=LEEG),
        ]
        for r in samen.to_dict("records")
    ]
    koppen = {"Jaar": False, "Soort": False, "Uitgaven": True, "Budget": True, "Saldo": True, "Van het budget": True}
    return teksttabel("scantabel-geld", "Uitgaven, budget en saldo per jaar", koppen, rijen)
