"""Words for a scan: months, periods, groups, amounts and differences in Dutch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kompas.begrippen import lees_begrippen
from kompas.weergave.getallen import aantal, euro, getal, maandnaam, percent

GEEN_VERSCHIL = "geen verschil aangetoond"


def periodenaam(periode: str) -> str:
    """Return a period as the frames of a scan have it, in words.

    Examples
    --------
    >>> periodenaam("12 maanden tot en met 2007-06"), periodenaam("2005-K4"), periodenaam("2005")
    ('de 12 maanden tot en met juni 2007', 'het 4e kwartaal van 2005', '2005')
    """
    if periode.startswith("12 maanden"):
        return f"de 12 maanden tot en met {maandnaam(periode[-7:])}"
    if "-K" in periode:
        return f"het {periode[-1]}e kwartaal van {periode[:4]}"
    return maandnaam(periode) if "-" in periode else periode


def miljoen(bedrag: float) -> str:
    """Return an amount in millions; below one million in euros.

    Examples
    --------
    >>> miljoen(-6.0e6).replace(chr(160), " "), miljoen(240_000).replace(chr(160), " ")
    ('€ −6,0 miljoen', '€ 240.000')
    """
    if abs(bedrag) < 1e6 or np.isnan(bedrag):
        return euro(bedrag)
    return f"€\N{NO-BREAK SPACE}{getal(bedrag / 1e6, 1)} miljoen"


def groepnaam(groep: str) -> str:
    """Return the people of a group in words.

    Examples
    --------
    >>> groepnaam("alleenstaande"), groepnaam("leeftijd=55-aow")
    ('alleenstaanden', '55 jaar tot de AOW-leeftijd')
    """
    kenmerk, _, waarde = groep.rpartition("=")
    if not kenmerk:
        meer = {"alleenstaande": "alleenstaanden", "alleenstaande_ouder": "alleenstaande ouders", "gehuwd": "paren"}
        return meer.get(groep, "overige leefvormen" if groep == "anders" else groep)
    if kenmerk == "leeftijd":
        return f"{waarde.removesuffix('-aow')} jaar tot de AOW-leeftijd" if "aow" in waarde else f"{waarde} jaar"
    return f"{lees_begrippen().label(kenmerk).lower()} {waarde}"


def band_in_woorden(laag: float, hoog: float, plus: str = "meer", minder: str = "minder", *, geld: bool = False) -> str:
    """Return the interval of a difference without signs: its direction is said before it.

    Examples
    --------
    >>> band_in_woorden(83.0, 211.0), band_in_woorden(-546.0, -284.0), band_in_woorden(-12.0, 167.0)
    ('83 tot 211', '284 tot 546', '12 minder tot 167 meer')
    """
    woord = euro if geld else aantal
    if laag < 0 < hoog:
        return f"{woord(-laag)} {minder} tot {woord(hoog)} {plus}"
    klein, groot = sorted((abs(laag), abs(hoog)))
    return f"{woord(klein)} tot {woord(groot)}"


def omvang(r: Mapping[Any, Any], plus: str, minder: str) -> str:
    """Return how much larger or smaller, with the 95% interval.

    Examples
    --------
    >>> omvang({"verschil": 186.0, "ondergrens": 29.0, "bovengrens": 344.0, "oordeel": "hoger"}, "kleiner", "groter")
    '186 kleiner (95%-interval 29 tot 344)'
    """
    n = float(r["verschil"])
    band = band_in_woorden(float(r["ondergrens"]), float(r["bovengrens"]), plus, minder)
    tekst = f"{aantal(abs(n))} {plus if n >= 0 else minder}"
    slot = f": {GEEN_VERSCHIL}" if str(r["oordeel"]) == "niet_aangetoond" else ""
    return f"{tekst} (95%-interval {band}){slot}"


def meer_minder(r: Mapping[Any, Any], dan: str = "", *, geld: bool = False) -> str:
    """Return a difference in words with its interval; ``geen verschil aangetoond`` when that holds zero.

    Examples
    --------
    >>> r = {"verschil": 70.0, "ondergrens": -55.0, "bovengrens": 195.0, "oordeel": "niet_aangetoond"}
    >>> meer_minder(r, "dan elders")
    '70 meer dan elders (95%-interval 55 minder tot 195 meer): geen verschil aangetoond'
    """
    woord = euro if geld else aantal
    n, fractie = float(r["verschil"]), float(r.get("verschil_fractie", float("nan")))
    deel = "" if np.isnan(fractie) else f"{percent(abs(fractie), 1)}; "
    band = f"95%-interval {band_in_woorden(float(r['ondergrens']), float(r['bovengrens']), geld=geld)}"
    tekst = f"{woord(abs(n))} {'meer' if n >= 0 else 'minder'}{f' {dan}' if dan else ''} ({deel}{band})"
    return f"{tekst}: {GEEN_VERSCHIL}" if str(r["oordeel"]) == "niet_aangetoond" else tekst


def verandering(fractie: float, wat: str) -> str:
    """Return a change of a year in words.

    Examples
    --------
    >>> verandering(-0.083, "het bestand"), verandering(float("nan"), "de uitgaven")
    ('daalde het bestand met 8,3%', '')
    """
    if np.isnan(fractie):
        return ""
    enkel = wat.startswith("het")
    if abs(fractie) < 0.0005:
        return f"{'bleef' if enkel else 'bleven'} {wat} gelijk"
    hoe = ("steeg" if enkel else "stegen") if fractie > 0 else ("daalde" if enkel else "daalden")
    return f"{hoe} {wat} met {percent(abs(fractie), 1)}"
