"""``kompas.catalogus`` and ``kompas.poort``: read, compute, write."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from kompas.catalogusdelen import Catalogus, maak_catalogus
from kompas.config import Config
from kompas.herijking import Herijking
from kompas.invoer import Pad, Voortgang, als_config, als_model, gekeurd
from kompas.poorteffect import AANNAMEN, PREVENTIEQUOTE, Poort, maak_poort
from kompas.poortwaarde import maak_nieuwkomers
from kompas.weergave.bestanden import schrijf_tekst
from kompas.weergave.catalogusblad import cataloguspagina
from kompas.weergave.poortblad import poortpagina
from kompas.weergave.tabellen import UITGANGEN, controleer_uitgang, schrijf_uitkomst

_UITGANGEN = (".html", *UITGANGEN)


def catalogus(
    config: Pad | Config,
    model: Pad | Herijking,
    uit: Pad | None = None,
    *,
    peildatum: dt.date | None = None,
    nl: bool = False,
    voortgang: Voortgang | None = None,
) -> Catalogus:
    """Put all instruments side by side: effect, cost, net return, payback, and what is not known.

    Parameters
    ----------
    config : path or Config
    model : path or Herijking
        Model folder, or a model in memory.
    uit : path, optional
        ``.html`` for the page; ``.xlsx``, ``.csv`` or ``.parquet`` for the table per instrument and group.
    peildatum : date, optional
        Overrides the config.
    nl : bool
        CSV in Dutch notation.
    voortgang : function (step, share), optional

    Returns
    -------
    Catalogus
        ``to_frame()`` has one row per instrument, ``opbrengsten`` one per instrument and group.

    Raises
    ------
    GebruiksFout
        Unknown file type; ``KMP-L001`` to ``KMP-L006`` when config and model do not fit.
    GegevensFout
        When the data are rejected.
    """
    uitgang = None if uit is None else controleer_uitgang(uit, _UITGANGEN)
    h, c = als_model(model), als_config(config, peildatum)
    bestand = gekeurd(c, voortgang)
    gate = None
    if "aanvragen" in bestand.overig and bestand.overig["aanvragen"]["besluit"].notna().any():
        gate = maak_poort(bestand, c, nieuw=maak_nieuwkomers(bestand, c, h))
    k = maak_catalogus(bestand, c, h, poort=gate, voortgang=voortgang)
    if uit is not None and uitgang == ".html":
        schrijf_tekst(cataloguspagina(k), uit)
    elif uit is not None:
        schrijf_uitkomst(
            _tabel(k),
            uit,
            titel="Instrumentencatalogus",
            peildatum=c.gemeente.peildatum,
            toelichting=(*k.toelichting, *k.waarschuwingen),
            nl=nl,
        )
    return k


def _tabel(k: Catalogus) -> pd.DataFrame:
    """One row per instrument and group, with what the card says about the instrument."""
    kop = ["rang", "instrument", "naam", "meter", "beperking", "herkomst_kosten", "inzetten", "oordeel", "reden"]
    kaart = k.kaarten[[*kop, "notitie", "capaciteit_per_maand"]]
    tabel = kaart.merge(k.opbrengsten, on="instrument", how="left")
    cijfers = [c for c in k.opbrengsten.columns if c != "instrument"]
    return tabel[[*kop[:4], *cijfers, *kop[4:], "notitie", "capaciteit_per_maand"]]


def poort(
    config: Pad | Config,
    model: Pad | Herijking | None = None,
    uit: Pad | None = None,
    *,
    peildatum: dt.date | None = None,
    nl: bool = False,
    voortgang: Voortgang | None = None,
) -> Poort:
    """Compute the preventiequote, and what an offer at the gate does to the chance of a grant.

    Parameters
    ----------
    config : path or Config
        With ``[bron.aanvragen]``.
    model : path or Herijking, optional
        Without it there are no months and no euros.
    uit : path, optional
        ``.html`` for the page; ``.xlsx``, ``.csv`` or ``.parquet`` for the effects.
    peildatum : date, optional
        Overrides the config.
    nl : bool
        CSV in Dutch notation.
    voortgang : function (step, share), optional

    Returns
    -------
    Poort
        ``to_frame()`` has one row per instrument of meter werkdirect, ``preventie`` one per year.

    Raises
    ------
    GebruiksFout
        ``KMP-Q001`` without the table aanvragen; unknown file type.
    RekenFout
        ``KMP-Q002`` when no application was decided.
    GeweigerdFout
        ``KMP-W001`` for a protected trait.
    GegevensFout
        When the data are rejected.
    """
    uitgang = None if uit is None else controleer_uitgang(uit, _UITGANGEN)
    h = None if model is None else als_model(model)
    c = als_config(config, peildatum)
    bestand = gekeurd(c, voortgang)
    if voortgang is not None:
        voortgang("poort", 0.0)
    p = maak_poort(bestand, c, nieuw=None if h is None else maak_nieuwkomers(bestand, c, h))
    if uit is not None and uitgang == ".html":
        schrijf_tekst(poortpagina(p), uit)
    elif uit is not None:
        zinnen = (PREVENTIEQUOTE, *AANNAMEN, *p.waarschuwingen)
        schrijf_uitkomst(
            p.effecten, uit, titel="Aan de poort", peildatum=c.gemeente.peildatum, toelichting=zinnen, nl=nl
        )
    return p
