"""Sections of the report on how far the effects can be believed: methods, types, overlap, survival, tests, power."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.tabellen import Z95
from kompas.weergave import zinnen
from kompas.weergave.getallen import aantal, getal, klein_aantal, percent
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.padplot import padplot

METHODEN = ("waargenomen", "landmark", "selectie")
_RIJ = ["instrument", "fase", "bestemming", "groep"]
_ALLEEN = {"alle": "elke uitstroom", "allen": "alle cliënten"}


def _naam(code: Any, namen: Mapping[str, str]) -> str:
    return namen.get(str(code)) or str(code)


def _bestemming(b: Any) -> str:
    return _ALLEEN.get(str(b)) or lees_begrippen().waarde("bestemming", str(b))


def _groep(g: Any) -> str:
    return _ALLEEN.get(str(g)) or lees_begrippen().modelterm(str(g))


def _methode(m: Any) -> str:
    return lees_begrippen().waarde("methode", str(m))


def keer(log_effect: Any, se: Any) -> str:
    """A log hazard ratio with its standard error as a ratio with its 95% interval.

    Examples
    --------
    >>> keer(0.0, 0.1), keer(float("nan"), 0.1)
    ('1,00 (0,82 tot 1,22)', 'onbekend')
    """
    midden, marge = float(log_effect), Z95 * float(se)
    drie = np.exp(np.clip([midden, midden - marge, midden + marge], -700, 700))
    return zinnen.cijfer(*map(float, drie))


# -- methods side by side --------------------------------------------------------------------------------------------


def _zijdelings(
    f: pd.DataFrame, namen: Mapping[str, str], naam: str, bijschrift: str, *, groepen: bool
) -> tuple[Tabel, list[str]]:
    """One row per effect, one column per method; notes are numbered."""
    soorten = [m for m in METHODEN if m in set(f["methode"])]
    soorten += [m for m in dict.fromkeys(f["methode"]) if m not in soorten]
    noten = [str(t) for t in f["toelichting"].dropna().unique() if str(t).strip()]
    koppen = {"Instrument": False, "Fase": False, "Bestemming": False} | ({"Groep": False} if groepen else {})
    koppen |= {_methode(m).capitalize(): True for m in soorten} | {"Gebruikt": False, "Oordeel": False, "Noot": True}
    rijen = []
    for sleutel, deel in f.groupby(_RIJ, sort=False):
        instrument, fase, bestemming, groep = sleutel
        per = deel.drop_duplicates("methode").set_index("methode")
        cellen = [keer(per.loc[m, "log_effect"], per.loc[m, "se"]) if m in per.index else "–" for m in soorten]
        keus = deel[deel["voorkeur"].astype(bool)]
        eerst = keus.iloc[0] if len(keus) else deel.iloc[0]
        toelichting = str(eerst["toelichting"])
        rijen.append(
            [
                _naam(instrument, namen),
                fase_in_woorden(str(fase)),
                _bestemming(bestemming),
                *([_groep(groep)] if groepen else []),
                *cellen,
                _methode(eerst["methode"]) if len(keus) else "–",
                lees_begrippen().waarde("oordeel", str(eerst["oordeel"])),
                str(noten.index(toelichting) + 1) if toelichting in noten else "–",
            ]
        )
    return teksttabel(naam, bijschrift, koppen, rijen), noten


def _eensgezind(f: pd.DataFrame) -> str:
    """How often the methods point the same way, among effects for everybody."""
    breed = f[f["groep"] == "allen"].pivot_table(
        index=_RIJ[:3], columns="methode", values="log_effect", aggfunc="first", sort=False
    )
    if breed.shape[1] < 2 or not len(breed):
        return "Er is één methode gebruikt; er valt niets naast elkaar te leggen."
    ver = breed.max(axis=1) - breed.min(axis=1)
    veel = int((ver > np.log(1.2)).sum())
    return (
        f"Van {aantal(len(breed))} effecten lopen de methoden bij {aantal(veel)} meer dan 20% uiteen. Elke methode "
        "neemt iets anders aan; het oordeel zegt welke aanname houdt. De verhoudingen van de methoden zijn niet "
        "precies hetzelfde begrip: vergelijk de uitstroom na 6, 12 en 24 maanden voor een eerlijke vergelijking."
    )


def methodendeel(methoden: pd.DataFrame, namen: Mapping[str, str]) -> Deel:
    """Section with the methods side by side, the preferred one, the verdict and why."""
    stukken = [Stuk(zinnen=(_eensgezind(methoden),))]
    for groep, kop, dicht in (("allen", "", False), ("", "Per groep", True)):
        f = methoden[(methoden["groep"] == "allen") == (groep == "allen")]
        if not len(f):
            continue
        naam = "methoden-allen" if not dicht else "methoden-groepen"
        tabel, noten = _zijdelings(f, namen, naam, kop or "Elk effect volgens elke methode", groepen=dicht)
        stukken.append(Stuk(tabel=tabel, dicht=dicht))
        punten = tuple(f"Noot {j}: {n}" for j, n in enumerate(noten, start=1))
        if not dicht and punten:
            stukken.append(Stuk(punten=punten))
    return Deel(id="methoden", kop="De methoden naast elkaar", kort="Methoden", stukken=tuple(stukken))


# -- types, overlap, survival --------------------------------------------------------------------------------------


def _typenzinnen(fits: pd.DataFrame | None) -> tuple[str, ...]:
    """Whether there are types, and how many: what the criteria said."""
    if fits is None or not len(fits):
        return ()
    winst, gekozen = float(fits["winst_bic"].iloc[0]), fits[fits["gekozen"]]
    slecht = fits[~fits["bruikbaar"].astype(bool)]["typen"]
    if not np.isfinite(winst):
        zin = "Er is geen model met meer typen te schatten; er is met één type gerekend."
    elif winst <= 0:
        zin = (
            f"Twee typen passen volgens BIC slechter dan één ({getal(-winst, 0)} punten): er zijn geen verborgen typen "
            "gevonden. BIC beslist of er typen zijn; AIC, dat sneller voor meer typen kiest, telt dan niet."
        )
    elif len(gekozen) and int(gekozen["typen"].iloc[0]) > 1:
        zin = (
            f"Twee typen passen volgens BIC beter dan één ({getal(winst, 0)} punten): er zijn verborgen typen. AIC "
            f"kiest er {aantal(gekozen['typen'].iloc[0])}."
        )
    else:
        zin = "Twee typen passen volgens BIC beter dan één, maar geen model met meer typen is bruikbaar."
    if not len(slecht):
        return (zin,)
    return zin, f"Niet bruikbaar: het model met {' of '.join(aantal(n) for n in slecht)} typen."


def typendeel(
    typenpad: pd.DataFrame, namen: Mapping[str, str], meters: Mapping[str, str], fits: pd.DataFrame | None = None
) -> Deel:
    """Section with the path of each effect over the number of types, and the information criteria.

    Parameters
    ----------
    typenpad : DataFrame
    namen, meters : mapping of instrument code to name / to meter
    fits : DataFrame, optional
        typen, gekozen, bruikbaar, winst_bic: says whether there are types at all.
    """
    doel = ["handhaving" if meters.get(str(c)) == "handhaving" else "werk" for c in typenpad["instrument"]]
    eigen = typenpad[typenpad["bestemming"].to_numpy() == np.array(doel, dtype=object)]
    zin = (
        "Klanten kunnen verschillen in dingen die niet zijn vastgelegd. De methode selectie deelt hen daarom in typen "
        "in. Blijft een effect gelijk als er een type bij komt, dan hangt het niet aan die keuze."
    )
    stukken = [Stuk(zinnen=(zin, *_typenzinnen(fits)))]
    for bestemming in [b for b in ("werk", "handhaving") if b in set(eigen["bestemming"])]:
        svg = padplot(eigen[eigen["bruikbaar"].astype(bool)] if "bruikbaar" in eigen else eigen, namen, bestemming)
        kop = f"Effect op uitstroom naar {_bestemming(bestemming)} per aantal typen, met 95%-interval. Gevuld: gekozen."
        stukken.append(Stuk(svg=svg, bijschrift=kop))
    per = typenpad.drop_duplicates("typen").sort_values("typen")
    heeft = "bruikbaar" in per
    rijen = [
        [
            *(aantal(r.typen), getal(r.aic, 1), getal(r.bic, 1), "ja" if r.gekozen else "nee"),
            *(["ja" if r.bruikbaar else "nee"] if heeft else []),
        ]
        for r in per.itertuples()
    ]
    koppen = {"Typen": True, "AIC": True, "BIC": True, "Gekozen": False} | ({"Bruikbaar": False} if heeft else {})
    stukken.append(
        Stuk(tabel=teksttabel("typen-maten", "Hoe goed elk aantal typen past (lager is beter)", koppen, rijen))
    )
    koppen = {"Instrument": False, "Fase": False, "Bestemming": False, "Typen": True, "Effect (95%-interval)": True}
    koppen |= {"Gekozen": False, "Stabiel": False}
    rijen = [
        [
            _naam(r.instrument, namen),
            fase_in_woorden(str(r.fase)),
            _bestemming(r.bestemming),
            aantal(r.typen),
            keer(r.log_effect, r.se),
            "ja" if r.gekozen else "nee",
            lees_begrippen().waarde("oordeel_typen", str(r.oordeel_typen)).replace("_", " "),
        ]
        for r in typenpad.itertuples()
    ]
    stukken.append(Stuk(tabel=teksttabel("typen-pad", "Alle effecten per aantal typen", koppen, rijen), dicht=True))
    return Deel(id="typen", kop="Effecten bij een ander aantal typen", kort="Typen", stukken=tuple(stukken))


def overlapdeel(overlap: pd.DataFrame, namen: Mapping[str, str]) -> Deel:
    """Section on who could have started as well as not: starters and not-yet by class of the chance of a start."""
    koppen = {"Instrument": False, "Kans op een start per maand": False, "Gestart": True}
    koppen |= {"Nog niet gestart (maanden)": True}
    rijen = [
        [
            _naam(r.instrument, namen),
            f"{percent(r.kans_van, 1)} tot {percent(r.kans_tot, 1)}",
            klein_aantal(r.starters, leeg="minder dan 10"),
            klein_aantal(r.nog_niet, leeg="minder dan 10"),
        ]
        for r in overlap.itertuples()
    ]
    zin = (
        "Een eerlijke vergelijking vraagt dat bij elke kans op een start zowel mensen voorkomen die startten als "
        "mensen die nog niet startten. Waar een van beide ontbreekt, zegt het cijfer niets over die mensen."
    )
    tabel = teksttabel("overlap-tabel", "Gestart en nog niet gestart, naar de kans op een start", koppen, rijen)
    stuk = Stuk(zinnen=(zin,), tabel=tabel)
    return Deel(id="overlap", kop="Zijn er vergelijkbare mensen zonder instrument?", kort="Overlap", stukken=(stuk,))


def _overlevingtabel(f: pd.DataFrame, namen: Mapping[str, str], naam: str, bijschrift: str) -> Tabel:
    koppen = {"Instrument": False, "Uitstroom": False, "Na (maanden)": True, "Methode": False, "Met": True}
    koppen |= {"Zonder": True, "Verschil in procentpunt (95%-interval)": True}
    rijen = []
    for r in f.itertuples():
        marge = Z95 * float(r.se)
        midden = f"{_punt(r.verschil)} ({_punt(r.verschil - marge)} tot {_punt(r.verschil + marge)})"
        rijen.append(
            [
                _naam(r.instrument, namen),
                _bestemming(r.bestemming),
                aantal(r.maand),
                _methode(r.methode),
                percent(r.met, 1),
                percent(r.zonder, 1),
                midden if np.isfinite(marge + float(r.verschil)) else "onbekend",
            ]
        )
    return teksttabel(naam, bijschrift, koppen, rijen)


def overlevingdeel(overleving: pd.DataFrame, namen: Mapping[str, str], meters: Mapping[str, str] | None = None) -> Deel:
    """Section on the effect on the treated: left within 6, 12 and 24 months, with and without.

    In sight: any exit and the one the instrument is meant for; the others are folded away.
    """
    code, weg = list(dict.fromkeys(overleving["instrument"])), list(dict.fromkeys(overleving["bestemming"]))
    f = overleving.assign(
        _instrument=overleving["instrument"].map(code.index),
        _bestemming=overleving["bestemming"].map(weg.index),
        _methode=[METHODEN.index(m) if m in METHODEN else len(METHODEN) for m in overleving["methode"]],
    ).sort_values(["_instrument", "_bestemming", "maand", "_methode"], kind="stable")
    doel = f["instrument"].map(lambda c: "handhaving" if (meters or {}).get(str(c)) == "handhaving" else "werk")
    voor = (f["bestemming"] == "alle") | (f["bestemming"] == doel)
    zin = (
        "Deel van de gestarte mensen dat binnen zo veel maanden na de start was uitgestroomd, en hoe dat zonder start "
        "geweest zou zijn. Hier betekenen de cijfers van alle methoden hetzelfde."
    )
    kop = "Uitgestroomd met en zonder het instrument"
    stukken = [Stuk(zinnen=(zin,), tabel=_overlevingtabel(f[voor], namen, "overleving-tabel", kop))]
    if not voor.all():
        rest = _overlevingtabel(f[~voor], namen, "overleving-rest", f"{kop}: andere bestemmingen")
        stukken.append(Stuk(tabel=rest, dicht=True))
    return Deel(
        id="overleving",
        kop="Wat een start uitmaakt na 6, 12 en 24 maanden",
        kort="Met en zonder",
        stukken=tuple(stukken),
    )


def _punt(x: Any) -> str:
    return getal(100 * float(x), 1)


# -- tests and power -------------------------------------------------------------------------------------------------


def toetsendeel(toetsen: pd.DataFrame, namen: Mapping[str, str]) -> Deel:
    """Section with the checks behind the verdicts: given at once, who left before the begin, instruments together."""
    koppen = {"Instrument": False, "Toets": False, "Uitkomst": False, "Wat het zegt": False}
    rijen = [
        [_naam(r.instrument, namen), str(r.toets).replace("_", " "), str(r.uitkomst).replace("_", " "), str(r.zin)]
        for r in toetsen.itertuples()
    ]
    zin = (
        "Kreeg bijna iedereen het instrument meteen aan het begin, dan is er niemand om mee te vergelijken. En wie is "
        "aangemeld, kan vertrekken voor hij begint. Vertrekt dan niemand, dan is alleen geregistreerd wie begon, en "
        "lijkt het instrument mensen vast te houden. Had een klant twee instrumenten, dan rekent het model met de som "
        "van hun effecten; waar dat niet klopt, staat het hier."
    )
    tabel = teksttabel("toetsen-tabel", "Toetsen per instrument", koppen, rijen)
    return Deel(id="toetsen", kop="Toetsen op de aannames", kort="Toetsen", stukken=(Stuk(zinnen=(zin,), tabel=tabel),))


def krachtdeel(kracht: pd.DataFrame, namen: Mapping[str, str]) -> Deel:
    """Section on the smallest effect that these numbers could have shown, and how many deployments more it takes.

    ``aantoonbaar_effect`` is a log hazard ratio (without sign); ``nodig`` counts deployments in all.
    """
    koppen = {"Instrument": False, "Fase": False, "Bestemming": False, "Aantoonbaar vanaf": True}
    koppen |= {"Inzetten": True, "Inzetten nodig": True}
    rijen = []
    for r in kracht.itertuples():
        grens = abs(float(r.aantoonbaar_effect))
        vanaf = f"{getal(np.exp(-grens))} of {getal(np.exp(grens))} keer" if np.isfinite(grens) else "onbekend"
        rijen.append(
            [
                _naam(r.instrument, namen),
                fase_in_woorden(str(r.fase)),
                _bestemming(r.bestemming),
                vanaf,
                klein_aantal(r.inzetten),
                aantal(r.nodig) if np.isfinite(float(r.nodig)) else "onbekend",
            ]
        )
    zin = (
        "Een kleiner effect dan hier staat, valt met deze aantallen niet op (kans van 80% om het te zien). Geen "
        "aantoonbaar verschil betekent dus niet dat er geen effect is. De laatste kolom zegt hoeveel inzetten in "
        "totaal nodig zijn om een effect van 1,22 keer te zien. Waar te weinig inzetten of uitstromers zijn voor een "
        "cijfer, is dit een ruwe schatting uit het aantal uitstromers."
    )
    tabel = teksttabel("kracht-tabel", "Kleinste effect dat te zien zou zijn", koppen, rijen)
    return Deel(
        id="kracht",
        kop="Wat deze aantallen kunnen laten zien",
        kort="Aantoonbaar",
        stukken=(Stuk(zinnen=(zin,), tabel=tabel),),
    )
