"""``[monitor]``, ``[ambitie]``, ``[budgetdoel]`` and ``[[oorzaak]]``: what the monitors compare with and steer on."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from kompas.configdelen import Deel


def _maand(tekst: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", tekst):
        raise ValueError(f"'{tekst}' is geen maand; schrijf jjjj-mm, bijvoorbeeld 2007-06")
    return tekst


def _regio(tekst: str) -> str:
    if not re.fullmatch(r"(NL|LD|PV|CR|AM|GM)[0-9A-Z]{2,4}", tekst):
        raise ValueError(f"'{tekst}' is geen regiocode van CBS; een gemeente is GM met vier cijfers, zoals GM0518")
    return tekst


Maand = Annotated[str, AfterValidator(_maand)]
Regio = Annotated[str, AfterValidator(_regio)]
Bedrag = Annotated[float, Field(gt=0)]
Leeftijd = Annotated[int, Field(ge=16, le=66)]


class Monitorinstelling(Deel):
    """``[monitor]``: groups, CBS files, own region and reference municipalities, and the margin of the signals.

    ``groepen`` are the traits by which the caseload is split; ``leeftijden`` the lower bounds of the age groups above
    the youngest. ``cbs`` are files of CBS open data, relative to ``bron.map``. ``marge``: a kengetal that is worse than
    its norm by more than this fraction may be red.
    """

    groepen: tuple[str, ...] = ("leefvorm", "leeftijd")
    leeftijden: tuple[Leeftijd, ...] = (25, 35, 45, 55)
    cbs: tuple[str, ...] = ()
    regio: Regio | None = None
    referentiegemeenten: tuple[Regio, ...] = ()
    marge: Annotated[float, Field(ge=0, le=1)] = 0.05

    @model_validator(mode="after")
    def _samenhang(self) -> Monitorinstelling:
        if list(self.leeftijden) != sorted(set(self.leeftijden)):
            raise ValueError("leeftijden moeten oplopen, elk één keer")
        return self


class Ambitie(Deel):
    """``[ambitie]``: follow a trend, and so many fewer on top of it in so many years."""

    minder: Annotated[int, Field(ge=0)] = 0
    jaren: Annotated[int, Field(ge=1, le=10)] = 4
    vanaf: Maand | None = None
    volgt: Literal["nederland", "g27", "regio", "referentie"] = "nederland"


class Budgetdoel(Deel):
    """``[budgetdoel]``: spending below a total, below an amount per month, or below a fraction of the budget."""

    totaal: Bedrag | None = None
    per_maand: Bedrag | None = None
    deel_van_budget: Annotated[float, Field(gt=0, le=2)] | None = None

    @model_validator(mode="after")
    def _hoogstens_een(self) -> Budgetdoel:
        if sum(w is not None for w in (self.totaal, self.per_maand, self.deel_van_budget)) > 1:
            raise ValueError("kies één vorm van het doel: totaal, per_maand of deel_van_budget")
        return self


class Oorzaak(Deel):
    """One ``[[oorzaak]]``: why a kengetal was red in a month, and only then what is done about it."""

    maand: Maand
    kengetal: Annotated[str, Field(min_length=1)]
    eenheid: Annotated[str, Field(min_length=1)]
    oorzaak: Annotated[str, Field(min_length=1)]
    maatregel: str = ""
    door: str = ""
