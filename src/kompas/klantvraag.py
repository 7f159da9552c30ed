"""A question about one client: traits typed, or one client of the data, laid out for the meters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.bron.typen import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.klantgroep import Groep, aantal_gelijken, maak_groep, namen_van
from kompas.klantinvoer import (
    ANDERS,
    GETYPT,
    Klantinvoer,
    Waarde,
    controleer_invoer,
    controleer_kenmerken,
    maak_klantbestand,
)
from kompas.klantprofiel import MINIMUM, STER, VOOR
from kompas.klantstand import maak_klantstand
from kompas.models.calendar import age_at, full_months, to_day
from kompas.models.design import Floats
from kompas.toerekening import Referentie, maak_referentie
from kompas.vooruitblik import Meter

EEN = np.ones(1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vraag:
    """A client laid out for the meters: rows, config, weights of the profiles, and what is known in words."""

    bestand: Bestand
    config: Config
    gewicht: Floats
    client: str | None
    bekend: Mapping[str, Waarde]
    woorden: tuple[tuple[str, str], ...]
    gemiddeld: tuple[str, ...]
    gelijken: float
    gelijk_op: tuple[str, ...]
    waarschuwingen: tuple[str, ...]


# -- traits typed ---------------------------------------------------------------------------------------------------


def _datum_terug(peildatum: dt.date, dagen: Sequence[float]) -> list[dt.date]:
    return [peildatum + dt.timedelta(days=1) - dt.timedelta(days=round(d)) for d in dagen]


def _bekend(invoer: Klantinvoer, getypt: Mapping[str, Waarde], peildatum: dt.date) -> dict[str, Waarde]:
    """Typed traits, with age and duration where the dates were typed."""
    nu = np.array([to_day(peildatum) + 1], dtype=np.int64)
    uit = dict(getypt)
    if invoer.eerder and "eerdere_spells" not in uit:
        uit["eerdere_spells"] = float(len(invoer.eerder))
    if invoer.geboortedatum is not None:
        uit["leeftijd"] = float(age_at(np.array([to_day(invoer.geboortedatum)]), nu)[0])
    if invoer.begindatum is not None:
        uit["duur"] = float(full_months(np.array([to_day(invoer.begindatum)]), nu)[0])
    return uit


def _zonder_leefvorm(profielen: pd.DataFrame, h: Herijking, invoer: Klantinvoer) -> pd.DataFrame:
    """Drop the household when nothing depends on it: the model does not use it and the amount is known."""
    kolom = VOOR + "leefvorm"
    if invoer.bedrag is None or kolom not in profielen or any(k.naam == "leefvorm" for k in h.kenmerken):
        return profielen
    weg = (profielen["soort"] == "los") & (profielen[kolom] != STER)
    return profielen[~weg].drop(columns=kolom)


def _groep(h: Herijking, profielen: pd.DataFrame, bekend: Mapping[str, Waarde]) -> Groep:
    """Who shares what was typed; nothing is said over fewer than ten.

    Raises
    ------
    GebruiksFout
        ``KMP-K008`` when fewer than ten running clients share it, ``KMP-K009`` when the model has no profiles.
    """
    nodig = {k.naam for k in h.kenmerken} | {"leeftijd", "duur"}
    if not len(profielen):
        if nodig <= set(bekend):
            alleen = pd.DataFrame(index=[0])
            return Groep(aantal=0.0, op=(), los=(), waarden=alleen, gewicht=EEN)
        raise GebruiksFout(
            "KMP-K009",
            "het model heeft geen profielen: er waren minder dan 10 lopende klanten. Vul alle kenmerken in: "
            f"{', '.join(sorted(nodig - set(bekend)))}.",
        )
    groep = maak_groep(profielen, bekend)
    vrij = [n for n in namen_van(profielen) if n not in bekend]
    if vrij and round(groep.aantal) < MINIMUM:
        raise GebruiksFout("KMP-K008", _te_weinig(profielen, bekend, groep))
    return groep


def _te_weinig(profielen: pd.DataFrame, bekend: Mapping[str, Waarde], groep: Groep) -> str:
    """Which typed trait to leave out, so that at least ten clients share the rest."""
    b = lees_begrippen()
    over = {
        n: aantal_gelijken(profielen, {m: w for m, w in bekend.items() if m in groep.op and m != n}) for n in groep.op
    }
    beste = max(over, key=lambda n: over[n], default=None)
    kop = "geen uitspraak: minder dan 10 lopende klanten delen wat is ingevuld. "
    if beste is not None and over[beste] >= MINIMUM:
        return (
            f"{kop}Laat {b.label(beste).lower()} weg, dan zijn het er ongeveer {round(over[beste])}; of "
            "vul ook de andere kenmerken in, dan hoeft kompas niets te middelen."
        )
    return f"{kop}Laat meer kenmerken weg, of vul ze allemaal in."


def vraag_uit_invoer(invoer: Klantinvoer, config: Config, h: Herijking) -> Vraag:
    """Traits typed; what was not typed is averaged over the caseload that shares what was.

    Parameters
    ----------
    invoer : Klantinvoer
    config : Config
        Peildatum, prices, thresholds.
    h : Herijking

    Raises
    ------
    GebruiksFout, GeweigerdFout
        See `kompas.klantinvoer`; ``KMP-K008``, ``KMP-K009`` when too few clients share what was typed.
    """
    peildatum = config.gemeente.peildatum
    getypt, gezegd = controleer_kenmerken(invoer.kenmerken, h)
    for naam, waarde, _ in invoer.historie:
        controleer_kenmerken({naam: waarde}, h)
    controleer_invoer(invoer, h, peildatum)
    bekend = _bekend(invoer, getypt, peildatum)
    profielen = _zonder_leefvorm(h.profielen, h, invoer)
    groep = _groep(h, profielen, bekend)
    bestand = maak_klantbestand(invoer, h, waarden_van(invoer, getypt, groep, peildatum), peildatum)
    b = lees_begrippen()
    gemiddeld = tuple(b.label(n) for n in groep.waarden.columns)
    los = [b.label(n).lower() for n in groep.los]
    if gemiddeld and los:
        gezegd = (
            *gezegd,
            (
                f"Te weinig klanten zijn ook gelijk in {' en '.join(los)}. Bij het middelen is daar niet op gelet. In "
                "de berekening telt het wel precies mee."
            ),
        )
    return Vraag(
        bestand=bestand,
        config=config,
        gewicht=groep.gewicht,
        client=None,
        bekend=bekend,
        woorden=_in_woorden(invoer, getypt, h),
        gemiddeld=gemiddeld,
        gelijken=groep.aantal,
        gelijk_op=tuple(b.label(n).lower() for n in groep.op),
        waarschuwingen=gezegd,
    )


def waarden_van(invoer: Klantinvoer, getypt: Mapping[str, Waarde], groep: Groep, peildatum: dt.date) -> pd.DataFrame:
    """One row per profile with all values, dates included."""
    n = len(groep.waarden)
    uit = groep.waarden.drop(columns=["leeftijd", "duur"], errors="ignore").reset_index(drop=True)
    eerst = {naam: waarde for naam, waarde, _ in sorted(invoer.historie, key=lambda r: r[2], reverse=True)}
    for naam, waarde in {**getypt, **eerst}.items():
        uit[naam] = pd.Series([waarde] * n, dtype=object if isinstance(waarde, str) else np.float64)
    if "eerdere_spells" not in uit and invoer.eerder:
        uit["eerdere_spells"] = float(len(invoer.eerder))
    geboren = invoer.geboortedatum
    uit["geboortedatum"] = (
        [geboren] * n if geboren is not None else _datum_terug(peildatum, (groep.waarden["leeftijd"] + 0.5) * 365.25)
    )
    begin = invoer.begindatum
    uit["begindatum"] = (
        [begin] * n if begin is not None else _datum_terug(peildatum, (groep.waarden["duur"] + 0.5) * 365.25 / 12)
    )
    uit.insert(0, "client_id", [GETYPT] if n == 1 else [f"profiel {i:05d}" for i in range(n)])
    return uit


def _in_woorden(invoer: Klantinvoer, getypt: Mapping[str, Waarde], h: Herijking) -> tuple[tuple[str, str], ...]:
    b = lees_begrippen()
    namen = {i.code: i.label for i in h.config.instrument}
    uit = [(b.label(n), b.waarde(n, w) if isinstance(w, str) else f"{w:g}") for n, w in getypt.items()]
    datums = (("Geboortedatum", invoer.geboortedatum), ("Bijstand sinds", invoer.begindatum))
    uit += [(naam, f"{d:%d-%m-%Y}") for naam, d in datums if d is not None]
    uit += [("Kreeg al", f"{namen[i.code]} vanaf {i.begin:%d-%m-%Y}") for i in invoer.inzet]
    if invoer.bedrag is not None:
        uit.append(("Uitkering per maand", f"€ {invoer.bedrag:.2f}".replace(".", ",")))
    return tuple(uit)


# -- one client of the data -------------------------------------------------------------------------------------------


def _huishouden(bestand: Bestand, client: str) -> Bestand:
    """The rows of one client and of the households that he is or was part of."""
    u = bestand.uitkeringen
    wie, aantal = {client}, 0
    while aantal < len(wie):
        aantal = len(wie)
        huis = set(u.loc[u["client_id"].isin(wie), "huishouden_id"].dropna())
        wie |= set(u.loc[u["huishouden_id"].isin(huis), "client_id"])
    tabellen = ("uitkeringen", "inzet", "gronden", "kenmerken_historie")
    delen = {t: f[f["client_id"].isin(wie)].reset_index(drop=True) for t in tabellen if len(f := getattr(bestand, t))}
    return replace(bestand, **delen)


def vraag_uit_gegevens(bestand: Bestand, config: Config, client: str) -> Vraag:
    """One client of the accepted rows.

    Raises
    ------
    GebruiksFout
        ``KMP-K010`` when the client is not in the data.
    """
    u = bestand.uitkeringen
    if not (u["client_id"] == client).any():
        raise GebruiksFout(
            "KMP-K010", "deze klant staat niet in de gegevens. Controleer het nummer bij --client, met voorloopnullen."
        )
    return Vraag(
        bestand=_huishouden(bestand, client),
        config=config,
        gewicht=EEN,
        client=client,
        bekend={},
        woorden=(),
        gemiddeld=(),
        gelijken=0.0,
        gelijk_op=(),
        waarschuwingen=(),
    )


def zonder_laatste(invoer: Klantinvoer, config: Config, h: Herijking) -> Vraag | None:
    """The same question without the trait that was typed last; None when that leaves too little to say."""
    namen = list(invoer.kenmerken)
    if not namen or not any(k.naam == namen[-1] for k in h.kenmerken) or namen[-1] in ANDERS:
        return None
    over = {n: w for n, w in invoer.kenmerken.items() if n != namen[-1]}
    historie = tuple(r for r in invoer.historie if r[0] != namen[-1])
    try:
        return vraag_uit_invoer(replace(invoer, kenmerken=over, historie=historie), config, h)
    except GebruiksFout:
        return None


def referentie_van(meter: Meter, config: Config, h: Herijking) -> Referentie | None:
    """The average running client at the herijking, from the profiles: no instrument yet; None without profiles."""
    if not len(h.profielen):
        return None
    groep = maak_groep(h.profielen, {})
    peildatum = config.gemeente.peildatum
    bestand = maak_klantbestand(Klantinvoer(), h, waarden_van(Klantinvoer(), {}, groep, peildatum), peildatum)
    stand, _ = maak_klantstand(bestand, config, h)
    wie = np.flatnonzero(stand.scoort)
    return maak_referentie(meter, stand.deel(wie).klanten, groep.gewicht[wie]) if wie.size else None
