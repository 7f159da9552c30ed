"""What all pages share: the model, the data, the list, the register; loaded once and then only read."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kompas.adviesregister import Adviesregister, records_van
from kompas.bron import Bestand
from kompas.config import Config
from kompas.herijking import Herijking
from kompas.invoer import Pad, Voortgang, als_config, als_model, gekeurd
from kompas.lijst import Lijst, maak_lijst
from kompas.lijstfilter import bekende_waarden
from kompas.opdrachten_register import register as open_register


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Toestand:
    """All that the pages read.

    Parameters
    ----------
    h : Herijking
    config : Config
        Of this month when it was given, else that of the model: prices, thresholds, peildatum.
    bestand : Bestand or None
        Accepted rows; None without a config: then there is only the form.
    lijst : Lijst or None
        All running spells.
    waarden : mapping of filter to values
        What each filter of the list can take.
    register : Adviesregister or None
        Where decisions are recorded.
    vandaag : date
        Day on which the pages were started.
    rekenslot : Lock
        One calculation at a time: it uses all cores by itself, and answers come in the order of the questions.
    registerslot : Lock
        One addition to the register at a time.
    """

    h: Herijking
    config: Config
    bestand: Bestand | None
    lijst: Lijst | None
    waarden: Mapping[str, tuple[str, ...]]
    register: Adviesregister | None
    vandaag: dt.date
    rekenslot: threading.Lock = field(default_factory=threading.Lock)
    registerslot: threading.Lock = field(default_factory=threading.Lock)

    @property
    def peildatum(self) -> dt.date:
        """Day on which the figures stand."""
        return self.config.gemeente.peildatum

    @property
    def bij_gegevens(self) -> tuple[str, ...]:
        """What must be said about the data of this month, rejected rows among it; the model has its own warnings."""
        return tuple(w for w in self.lijst.waarschuwingen if w not in self.h.waarschuwingen) if self.lijst else ()

    @property
    def ouderdom(self) -> int:
        """Whole months between the peildatum and today; below zero when the peildatum is still to come."""
        return round((self.vandaag - self.peildatum).days / 30.44)


def maak_toestand(
    model: Pad | Herijking,
    config: Pad | Config | None = None,
    *,
    register: Pad | Adviesregister | None = None,
    peildatum: dt.date | None = None,
    vandaag: dt.date | None = None,
    voortgang: Voortgang | None = None,
) -> Toestand:
    """Load everything once.

    Parameters
    ----------
    model : path or Herijking
    config : path or Config, optional
        With it come the caseload and the dashboard.
    register : path or Adviesregister, optional
    peildatum : date, optional
        Overrides the config, or the model.
    vandaag : date, optional
        The clock when absent.
    voortgang : function (step, share), optional

    Raises
    ------
    GebruiksFout
        ``KMP-R001`` when the register is missing; what `kompas.config.lees_config` and `kompas.lijst.maak_lijst` say.
    ModelFout
        When the model folder was changed, or ``KMP-R022`` when the register is not whole.
    GegevensFout
        When the data are rejected.
    """
    h = als_model(model)
    c = als_config(config if config is not None else h.config, peildatum)
    boek = register if register is None or isinstance(register, Adviesregister) else open_register(register)
    if boek is not None:
        records_van(boek.pad)
    bestand = gekeurd(c, voortgang) if config is not None else None
    lijst = maak_lijst(bestand, c, h, voortgang=voortgang) if bestand is not None else None
    return Toestand(
        h=h,
        config=c,
        bestand=bestand,
        lijst=lijst,
        waarden=MappingProxyType(bekende_waarden(lijst, c) if lijst is not None else {}),
        register=boek,
        vandaag=vandaag or dt.datetime.now().astimezone().date(),
    )
