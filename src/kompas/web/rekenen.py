"""The figures of the pages: the same engine as ``kompas klant``, one calculation at a time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kompas.fouten import GebruiksFout
from kompas.klantbeeld import Klantbeeld
from kompas.klantinvoer import Klantinvoer
from kompas.klantopbouw import maak_beeld
from kompas.klantvraag import vraag_uit_gegevens, vraag_uit_invoer, zonder_laatste
from kompas.web.toestand import Toestand
from kompas.weergave.klantdelen import Inhoud, klantinhoud


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Antwoord:
    """The figures of one client, and the same in words, tables and pictures."""

    beeld: Klantbeeld
    inhoud: Inhoud


def antwoord_getypt(t: Toestand, invoer: Klantinvoer, peildatum: dt.date) -> Antwoord:
    """Return what is said about typed traits.

    Raises
    ------
    GebruiksFout, GeweigerdFout
        As `kompas.klant` for typed traits.
    """
    with t.rekenslot:
        c = t.config.met_peildatum(peildatum)
        beeld = maak_beeld(vraag_uit_invoer(invoer, c, t.h), t.h, zonder_laatste=zonder_laatste(invoer, c, t.h))
        return Antwoord(beeld=beeld, inhoud=klantinhoud(beeld))


def antwoord_uit_lijst(t: Toestand, client: str) -> Antwoord:
    """Return what is said about one client of the data.

    Raises
    ------
    GebruiksFout
        As `kompas.klant` with ``client``; ``KMP-H011`` when the pages were started without data.
    """
    if t.bestand is None:
        raise GebruiksFout("KMP-H011", "er zijn geen gegevens. Start kompas serveer met --config.")
    with t.rekenslot:
        beeld = maak_beeld(vraag_uit_gegevens(t.bestand, t.config, client), t.h)
        return Antwoord(beeld=beeld, inhoud=klantinhoud(beeld))
