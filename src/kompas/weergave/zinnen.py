"""Sentences that follow from the figures: never stronger than the interval, the method and the verdict allow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.weergave.getallen import aantal, datum, getal, klein_aantal, rond

TE_WEINIG = "onvoldoende_gegevens"
OORDELEN = ("vastgesteld", "afhankelijk_van_aanname", "niet_vastgesteld", "onvoldoende_gegevens")
_CEL = ["instrument", "fase", "bestemming", "groep"]
_NAAR = {"werk": "naar werk", "handhaving": "door handhaving", "overig": "om een andere reden"}
_ONDERZOCHT = ("methoden_eens", "geen_verschil", "methoden_verschillen")  # only where hidden types were looked for
_MEESTE = 5
_RUIM = 100


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hoofdeffect:
    """One instrument in the summary: its name, the exit that is told and one sentence per phase."""

    naam: str
    bestemming: str
    zinnen: tuple[str, ...]


def naar(bestemming: str) -> str:
    """Return a bestemming as part of a sentence.

    Examples
    --------
    >>> naar("werk"), naar("studie")
    ('naar werk', 'naar studie')
    """
    return _NAAR.get(bestemming, f"naar {bestemming}")


def _decimalen(laag: float, hoog: float) -> int:
    """Return so many decimals (2 to 4) that the printed ends lie on the same side of 1 as the real ones."""
    for n in (2, 3):
        if all((g > 1) == (rond(g, n) > 1) and (g < 1) == (rond(g, n) < 1) for g in (laag, hoog)):
            return n
    return 4


def _grens(waarde: float, n: int, meer: str, minder: str) -> str:
    """Return an end of an interval; beyond a factor 100 only that it lies there."""
    if waarde > _RUIM:
        return f"{meer}{aantal(_RUIM)}"
    return f"{minder}0,01" if waarde < 1 / _RUIM else getal(waarde, n)


def richting(effect: float, laag: float, hoog: float) -> str:
    """Return what an effect with its 95% interval shows.

    Returns
    -------
    {"sneller", "minder snel", "geen aantoonbaar verschil", "geen cijfer"}
        An interval that holds 1 (or touches it at four decimals) is never called a difference.

    Examples
    --------
    >>> richting(1.2, 1.1, 1.3), richting(0.8, 0.7, 0.9), richting(1.2, 0.99, 1.4), richting(float("nan"), 1.0, 2.0)
    ('sneller', 'minder snel', 'geen aantoonbaar verschil', 'geen cijfer')
    """
    if not np.isfinite([effect, laag, hoog]).all():
        return "geen cijfer"
    if rond(laag, 4) > 1:
        return "sneller"
    return "minder snel" if rond(hoog, 4) < 1 else "geen aantoonbaar verschil"


def in_woorden(rij: Mapping[str, Any]) -> str:
    """Return what a row of ``effecten`` shows; with too few data it shows nothing, whatever its number.

    Examples
    --------
    >>> r = {"effect": 1.0, "ondergrens": 0.14, "bovengrens": 7.1, "oordeel": "onvoldoende_gegevens"}
    >>> in_woorden(r), in_woorden({**r, "oordeel": "niet_vastgesteld"})
    ('geen uitspraak', 'geen aantoonbaar verschil')
    """
    if str(rij["oordeel"]) == TE_WEINIG:
        return "geen uitspraak"
    return richting(*(float(rij[k]) for k in ("effect", "ondergrens", "bovengrens")))


def cijfer(effect: float, laag: float, hoog: float) -> str:
    """Return an effect with its interval, never one without the other.

    Examples
    --------
    >>> cijfer(0.7, 0.6, 0.83), cijfer(1.1, 1.001, 1.2), cijfer(float("nan"), 0.5, 1.2)
    ('0,70 (0,60 tot 0,83)', '1,100 (1,001 tot 1,200)', 'onbekend')
    """
    if richting(effect, laag, hoog) == "geen cijfer":
        return "onbekend"
    n = _decimalen(laag, hoog)
    e, onder, boven = (_grens(x, n, ">", "<") for x in (effect, laag, hoog))
    return f"{e} ({onder} tot {boven})"


def effectzin(rij: Mapping[str, Any]) -> str:
    """Return one row of ``effecten`` as a sentence with interval and verdict.

    Parameters
    ----------
    rij : mapping
        fase, bestemming, effect, ondergrens, bovengrens, oordeel.

    Examples
    --------
    >>> r = {"fase": "tijdens", "bestemming": "werk", "effect": 0.7, "ondergrens": 0.6, "bovengrens": 0.83,
    ...      "oordeel": "niet_vastgesteld"}
    >>> effectzin(r)[:91]
    'Tijdens: geen uitspraak; het cijfer, 0,70 keer (95%-interval 0,60 tot 0,83), bewijst niets.'
    >>> effectzin({**r, "oordeel": "vastgesteld"})
    'Tijdens: minder snel naar werk, 0,70 keer (95%-interval 0,60 tot 0,83). Oordeel: vastgesteld.'
    >>> effectzin({**r, "bovengrens": 1.2})
    'Tijdens: geen aantoonbaar verschil, 0,70 keer (95%-interval 0,60 tot 1,20). Oordeel: niet vastgesteld.'
    """
    e, laag, hoog = (float(rij[k]) for k in ("effect", "ondergrens", "bovengrens"))
    wat, fase = richting(e, laag, hoog), fase_in_woorden(str(rij["fase"]))
    kop = f"{fase[:1].upper()}{fase[1:]}"
    slot = f"Oordeel: {lees_begrippen().waarde('oordeel', str(rij['oordeel']))}."
    if str(rij["oordeel"]) == TE_WEINIG:
        return f"{kop}: te weinig gegevens voor een uitspraak. {slot}"
    if wat == "geen cijfer":
        return f"{kop}: geen cijfer. {slot}"
    n = _decimalen(laag, hoog)
    keer, onder, boven = (_grens(x, n, "meer dan ", "minder dan ") for x in (e, laag, hoog))
    if str(rij["oordeel"]) == "niet_vastgesteld" and wat != "geen aantoonbaar verschil":  # no method is identified
        return (
            f"{kop}: geen uitspraak; het cijfer, {keer} keer (95%-interval {onder} tot {boven}), bewijst niets. {slot}"
        )
    verschil = "" if wat == "geen aantoonbaar verschil" else f" {naar(str(rij['bestemming']))}"
    return f"{kop}: {wat}{verschil}, {keer} keer (95%-interval {onder} tot {boven}). {slot}"


def hoofdrijen(effecten: pd.DataFrame) -> pd.DataFrame:
    """Return one row per instrument, fase and bestemming for all clients: the preferred, else the first."""
    allen = effecten.loc[effecten["groep"] == "allen"]
    if allen.empty:
        return allen
    plaats = allen.groupby(_CEL, sort=False, dropna=False).ngroup()
    eerst = allen.sort_values("voorkeur", ascending=False, kind="stable").drop_duplicates(_CEL)
    return eerst.loc[plaats.loc[eerst.index].sort_values(kind="stable").index]


def hoofdeffecten(
    effecten: pd.DataFrame, instrumentnamen: Mapping[str, str], meters: Mapping[str, str]
) -> tuple[Hoofdeffect, ...]:
    """Return the main effects: per instrument one bestemming (its own for an enforcement instrument, else work).

    At most five instruments, those with most deployments; the table has the rest.
    """
    rijen = hoofdrijen(effecten)
    grootte = rijen.groupby("instrument", sort=False)["inzetten"].max().astype(float).fillna(0.0)
    codes = grootte.sort_values(ascending=False, kind="stable").index[:_MEESTE]
    uit = []
    for code in codes:
        bestemming = "handhaving" if meters.get(code) == "handhaving" else "werk"
        deel = rijen.loc[(rijen["instrument"] == code) & (rijen["bestemming"] == bestemming)]
        zinnen = tuple(effectzin(r) for r in deel.to_dict("records"))
        if zinnen:
            uit.append(
                Hoofdeffect(naam=instrumentnamen.get(code) or str(code), bestemming=naar(bestemming), zinnen=zinnen)
            )
    return tuple(uit)


def wat_is_geschat(gemeente: str, van: dt.date, tot: dt.date, glance: pd.DataFrame) -> str:
    """Return what the estimates rest on: window, months, exits."""
    een = glance.drop_duplicates("bestemming")
    maanden = aantal(een["persoonmaanden"].max() if len(een) else None)
    delen = [f"{klein_aantal(r.gebeurtenissen)} {naar(str(r.bestemming))}" for r in een.itertuples()]
    eind = ", ".join(delen[:-1]) + " en " + delen[-1] if len(delen) > 1 else "".join(delen) or "onbekend"
    return (
        f"Voor {gemeente} zijn {maanden} maanden bijstand bekeken, van {datum(van)} tot en met {datum(tot)}. "
        f"In die tijd stroomden huishoudens uit: {eind}."
    )


def oordelenzin(rijen: pd.DataFrame) -> str:
    """Return how many of the main effects have which verdict; all four are named.

    Examples
    --------
    >>> oordelenzin(pd.DataFrame({"oordeel": ["niet_vastgesteld", "niet_vastgesteld", "vastgesteld"]}))
    'Van de 3 effecten in dit rapport: 1 vastgesteld, 0 afhankelijk van aanname, 2 niet vastgesteld,
     0 onvoldoende gegevens.'
    """
    telling, begrippen = rijen["oordeel"].value_counts(), lees_begrippen()
    delen = [f"{int(telling.get(o, 0))} {begrippen.waarde('oordeel', o)}" for o in OORDELEN]
    delen += [f"{int(n)} {o}" for o, n in sorted(telling.items()) if o not in OORDELEN]
    return f"Van de {aantal(len(rijen))} effecten in dit rapport: {', '.join(delen)}."


def selectiezin(rijen: pd.DataFrame) -> str:
    """Return what the preferred methods leave open about selection."""
    n, met_typen = len(rijen), int((rijen["methode"] == "selectie").sum())
    if met_typen == 0 and "grond" in rijen.columns and rijen["grond"].isin(_ONDERZOCHT).any():
        return (
            "Er is gezocht naar verschillen die niet zijn vastgelegd, zoals motivatie, en die samenhangen met wie een "
            "instrument krijgt. Ze zijn niet gevonden. De effecten zijn gecorrigeerd voor waargenomen kenmerken. Een "
            "klein verborgen verschil blijft mogelijk: zulke selectie kan de cijfers vertekenen, omhoog of omlaag."
        )
    if met_typen == 0:
        return (
            "De effecten zijn alleen gecorrigeerd voor waargenomen kenmerken. Wie een instrument krijgt, verschilt "
            "vaak ook in dingen die niet zijn vastgelegd, zoals motivatie. Die selectie kan de cijfers vertekenen, "
            "omhoog of omlaag."
        )
    zin = (
        f"Bij {met_typen} van de {n} effecten is ook gecorrigeerd voor verschillen die niet zijn vastgelegd. Dat mag "
        "als cliënten niet vooruitlopen op de start; klopt dat niet, dan kan selectie de cijfers nog vertekenen."
    )
    rest = (
        "De andere effecten zijn alleen gecorrigeerd voor waargenomen kenmerken: selectie kan die cijfers vertekenen."
    )
    return zin if met_typen == n else f"{zin} {rest}"


def onbekend(rijen: pd.DataFrame) -> tuple[str, ...]:
    """Return what the reader must not conclude, in order of weight."""
    zinnen = [selectiezin(rijen)] if len(rijen) else []
    los = int((~rijen["oordeel"].isin(["vastgesteld"])).sum())
    if los:
        zinnen.append(
            f"Voor {los} van de {len(rijen)} effecten is niet vastgesteld dat het instrument de oorzaak is. "
            "Een verschil is daar nog geen resultaat van het instrument."
        )
    getoond = int((rijen["effect"].notna() & (rijen["oordeel"] != TE_WEINIG)).sum())
    if getoond:
        extra = f" Bij {getoond} effecten zijn dat er al ongeveer {aantal(getoond / 20)}." if getoond >= 20 else ""
        zinnen.append(f"Ook als niets werkt, lijkt 1 op de 20 effecten door toeval toch te verschillen.{extra}")
    zinnen.append("Uitstroom door handhaving of om een andere reden is geen succes van re-integratie.")
    return tuple(zinnen)
