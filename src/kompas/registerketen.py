"""The chain of the advice register: what a record holds and how each one vouches for all before it. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kompas.fouten import GebruiksFout, naaste

ADVIEZEN = ("ja", "nee", "geen_uitspraak")
BESLUITEN = ("gevolgd", "afgeweken", "aangehouden")
SOORTEN = ("begin", "advies", "gewist")
CIJFERS = ("maanden_bespaard", "netto", "netto_laag", "netto_hoog", "kans_positief")
NUL = "0" * 64  # what the first record follows
MINSTE_WOORDEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Schakel:
    """One record as stored.

    Parameters
    ----------
    volgnummer : int
        0, 1, 2, ... without gaps.
    inhoud : str
        Canonical JSON; holds volgnummer and soort as well.
    vorige, hash : str
        sha256 of the record before, and of this one.
    """

    volgnummer: int
    inhoud: str
    vorige: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Persoonsdeel:
    """The part of a record that points to a person: it can be erased without breaking the chain."""

    volgnummer: int
    zout: str
    client_id: str
    reden: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anker:
    """A head of the chain that was noted before: after ``aantal`` records (None = anywhere) the hash was ``hash``."""

    aantal: int | None
    hash: str


def canoniek(inhoud: Mapping[str, Any]) -> str:
    """Write a record as text in one way only: sorted keys, no spaces, no NaN.

    Examples
    --------
    >>> canoniek({"b": 1.0, "a": "é"})
    '{"a":"é","b":1.0}'
    """
    return json.dumps(inhoud, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def hash_na(vorige: str, inhoud: str) -> str:
    """sha256 of a record and of the hash before it, as hexadecimal text.

    Examples
    --------
    >>> hash_na("0" * 64, "{}") == hash_na("1" * 64, "{}")
    False
    """
    return hashlib.sha256(f"{vorige}\n{inhoud}".encode()).hexdigest()


def hash_persoon(zout: str, client_id: str, reden: str) -> str:
    """Salted sha256 of the part that points to a person; without the salt nobody can guess back what it was."""
    return hashlib.sha256(f"{zout}\n{canoniek({'client_id': client_id, 'reden': reden})}".encode()).hexdigest()


def maak_schakel(volgnummer: int, vorige: str, soort: str, velden: Mapping[str, Any]) -> Schakel:
    """Make the record that follows ``vorige``."""
    inhoud = canoniek({**velden, "volgnummer": volgnummer, "soort": soort})
    return Schakel(volgnummer=volgnummer, inhoud=inhoud, vorige=vorige, hash=hash_na(vorige, inhoud))


def als_tijdstip(moment: dt.datetime) -> str:
    """Return a moment as UTC in whole seconds.

    Raises
    ------
    GebruiksFout
        ``KMP-R010`` when the moment has no time zone.

    Examples
    --------
    >>> als_tijdstip(dt.datetime(2007, 7, 2, 11, 30, tzinfo=dt.timezone(dt.timedelta(hours=2))))
    '2007-07-02T09:30:00Z'
    """
    if moment.tzinfo is None:
        raise GebruiksFout("KMP-R010", "tijdstip heeft geen tijdzone. Geef bijvoorbeeld tzinfo=datetime.UTC mee.")
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def gekeurde_reden(reden: str, *, waarbij: str) -> str:
    """Return the reason with single spaces.

    Raises
    ------
    GebruiksFout
        ``KMP-R011`` when it is empty or under three words.

    Examples
    --------
    >>> gekeurde_reden("  start volgende  maand ", waarbij="gevolgd")
    'start volgende maand'
    """
    kaal = " ".join(reden.split())
    if len(re.findall(r"\w{2,}", kaal)) < MINSTE_WOORDEN:
        raise GebruiksFout(
            "KMP-R011",
            f"bij '{waarbij}' hoort een reden van minstens {MINSTE_WOORDEN} woorden, ook als het advies is gevolgd. "
            "Schrijf op waarom, in uw eigen woorden; noem geen namen of nummers.",
        )
    return kaal


def gekeurde_keuze(woord: str, toegestaan: tuple[str, ...], wat: str) -> str:
    """Return ``woord``.

    Raises
    ------
    GebruiksFout
        ``KMP-R012`` when it is not one of ``toegestaan``; the nearest is named.
    """
    if woord not in toegestaan:
        keus = ", ".join(toegestaan)
        raise GebruiksFout("KMP-R012", f"{wat} '{woord}' bestaat niet.{naaste(woord, toegestaan)} Toegestaan: {keus}.")
    return woord


def cijfer(waarde: Any) -> float | None:
    """Return a figure as it is stored: None when it was not shown."""
    getal = None if waarde is None else float(waarde)
    return None if getal is None or math.isnan(getal) else getal + 0.0


def lees_ankers(tekst: str) -> tuple[Anker, ...]:
    """Read noted heads: one ``aantal hash`` (or only a hash) per line; ``#`` starts a remark.

    Raises
    ------
    GebruiksFout
        ``KMP-R013`` for a line that is something else.

    Examples
    --------
    >>> [a.aantal for a in lees_ankers("# accountant" + chr(10) + "12 " + "ab" * 32)]
    [12]
    """
    uit = []
    for nummer, regel in enumerate(tekst.splitlines(), start=1):
        delen = regel.split("#", 1)[0].split()
        if not delen:
            continue
        aantal = int(delen[0]) if len(delen) == 2 and delen[0].isdecimal() else None
        if len(delen) > 2 or (len(delen) == 2 and aantal is None):
            raise GebruiksFout("KMP-R013", f"regel {nummer} is geen anker. Schrijf per regel: AANTAL HASH")
        uit.append(Anker(aantal=aantal, hash=gekeurde_hash(delen[-1], f"regel {nummer}")))
    return tuple(uit)


def gekeurde_hash(tekst: str, waar: str) -> str:
    """Return a hash in lower case.

    Raises
    ------
    GebruiksFout
        ``KMP-R013`` when it is not 64 hexadecimal characters.
    """
    klein = tekst.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{64}", klein):
        raise GebruiksFout("KMP-R013", f"{waar}: een hash heeft 64 tekens, 0-9 en a-f. Neem hem over van 'verifieer'.")
    return klein


@dataclass(frozen=True, slots=True, kw_only=True)
class Oordeel:
    """Verdict on a chain: ``fout`` = number of the first record that does not hold (None = all hold), and why."""

    aantal: int
    hoofd: str
    gewist: int
    fout: int | None
    reden: str


def toets_keten(schakels: Iterable[Schakel], personen: Mapping[int, Persoonsdeel]) -> Oordeel:
    """Check every record: number, link to the one before, hash, and the part that points to a person.

    Parameters
    ----------
    schakels : iterable of Schakel
        In the order of their numbers.
    personen : mapping of volgnummer to Persoonsdeel
        What was not erased.

    Returns
    -------
    Oordeel
    """
    vorige, aantal, fout, reden = NUL, 0, None, ""
    personen_van: dict[int, str] = {}
    gewist: set[int] = set()
    for s in schakels:
        if fout is None:
            reden = _toets_schakel(s, aantal, vorige, personen_van, gewist)
            fout = aantal if reden else None
        vorige, aantal = s.hash, aantal + 1
    fouten = _toets_personen(personen_van, gewist, personen)
    if fouten and (fout is None or min(fouten) < fout):
        fout = min(fouten)
        reden = fouten[fout]
    if aantal == 0:
        fout, reden = 0, "het eerste record ontbreekt"
    return Oordeel(aantal=aantal, hoofd=vorige, gewist=len(gewist), fout=fout, reden=reden)


def _toets_schakel(s: Schakel, plek: int, vorige: str, personen: dict[int, str], gewist: set[int]) -> str:
    """Return why one record does not hold, an empty text when it does; remembers persons and erasures."""
    if s.volgnummer != plek:
        return f"record {plek} ontbreekt"
    if s.vorige != vorige:
        return "sluit niet aan op het record ervoor"
    if hash_na(s.vorige, s.inhoud) != s.hash:
        return "de inhoud is veranderd"
    try:
        inhoud = json.loads(s.inhoud)
        soort = inhoud["soort"]
        goed = inhoud["volgnummer"] == plek and soort in SOORTEN and (soort == "begin") == (plek == 0)
        if goed and soort == "advies":
            personen[plek] = str(inhoud["persoon"])
        elif goed and soort == "gewist":
            gewist.update(int(n) for n in inhoud["wist"])
    except (ValueError, KeyError, TypeError):
        goed = False
    return "" if goed else "de inhoud is niet die van een record"


def _toets_personen(
    verwacht: Mapping[int, str], gewist: set[int], personen: Mapping[int, Persoonsdeel]
) -> dict[int, str]:
    """Records whose part on a person is missing, changed, or still there after erasure."""
    uit = {}
    for nummer, sha in verwacht.items():
        p = personen.get(nummer)
        if nummer in gewist:
            if p is not None:
                uit[nummer] = "is gewist, maar de gegevens van de persoon staan er nog"
        elif p is None:
            uit[nummer] = "de gegevens van de persoon ontbreken, en er is geen record van het wissen"
        elif hash_persoon(p.zout, p.client_id, p.reden) != sha:
            uit[nummer] = "klant of reden is veranderd"
    return uit | {n: "hoort bij geen advies" for n in personen if n not in verwacht}
