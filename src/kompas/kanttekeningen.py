"""What must be said with every result: remarks on traits, exits, durations and registration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kompas.config import BESTEMMINGEN, Config
from kompas.kenmerken import Kenmerk
from kompas.methoden import Methoden
from kompas.panel import Panel
from kompas.schatting import Oorzaak

SELECTIE = (
    "Alle effecten zijn alleen gecorrigeerd voor waargenomen kenmerken. Wie een instrument krijgt is gekozen: "
    "verschillen die niet in de gegevens staan, kunnen de cijfers vertekenen."
)
GEZOCHT = (
    "Er is gezocht naar verborgen verschillen tussen klanten die samenhangen met wie een instrument krijgt; die zijn "
    "niet aangetoond. De effecten zijn gecorrigeerd voor waargenomen kenmerken."
)


def kanttekeningen(
    config: Config, kenmerken: Sequence[Kenmerk], oorzaken: Sequence[Oorzaak], panel: Panel, m: Methoden
) -> tuple[str, ...]:
    """Dutch sentences on what a reader must know of the data and the model, whatever the figures are."""
    uit = [] if m.gesteund or not config.instrument else [SELECTIE if m.typen is None else GEZOCHT]
    standaard = {"geslacht", "leeftijd", "leefvorm", "opleiding", "fasering", "duur", "eerdere_spells"}
    for k in kenmerken:
        if k.naam in standaard:
            continue
        motief = config.kenmerken.motivering.get(k.naam)
        uit.append(
            f"Kenmerk '{k.naam}' staat niet in de standaardlijst. Motivering: {motief}"
            if motief
            else f"Kenmerk '{k.naam}' staat niet in de standaardlijst en heeft geen motivering. Schrijf er een bij "
            f"[kenmerken] motivering.{k.naam}, of haal het weg."
        )
    for naam, o in zip(BESTEMMINGEN, oorzaken, strict=True):
        if o.fit is None:
            uit.append(f"Bestemming '{naam}' komt in het venster niet voor; er is gerekend alsof die kans nul is.")
        elif o.fit.aliased:
            uit.append(f"Bestemming '{naam}': niet te bepalen waren {', '.join(o.fit.aliased)}.")
        elif o.fit.events < 10 * int(np.sum(~np.isnan(o.fit.coef))):
            uit.append(f"Bestemming '{naam}' heeft {o.fit.events} uitstromers: weinig voor zo veel termen.")
    uit += [
        f"Kenmerk '{naam}' is gemarkeerd als alleen_voorspelling en doet in dit model niet mee."
        for naam in config.kenmerken.alleen_voorspelling
    ]
    e = panel.exposure
    langste = int((e.month + e.months).max())
    laatste = config.model.duurbanden[-1] if config.model.duurbanden else 0
    if langste <= laatste:
        uit.append(
            f"Niemand is langer dan {langste} maanden in de bijstand waargenomen; voor langere duur is de laatst "
            "bekende kans aangehouden."
        )
    if config.instrument and config.bron.inzet is not None and config.bron.inzet.volledig_vanaf is None:
        uit.append("volledig_vanaf ontbreekt bij [bron.inzet]: aangenomen is dat alle inzet geregistreerd is.")
    if not panel.inzetten.size and config.instrument:
        uit.append("In het venster is geen enkele inzet: over instrumenten is geen uitspraak mogelijk.")
    return tuple(uit)
