"""The parts of ``kompas.toml``: one frozen class per table, with its keys, their defaults and their limits."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

STANDAARD_KENMERKEN = ("geslacht", "leeftijd", "leefvorm", "opleiding", "fasering", "duur", "eerdere_spells")
STANDAARD_DUURBANDEN = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18, 24, 36, 60)


class Deel(BaseModel):
    """Base: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Gemeente(Deel):
    """``[gemeente]``: name and the last observed day."""

    naam: str
    peildatum: dt.date


class TabelBron(Deel):
    """``[bron.TABEL]``: where a table lies and how its columns and codes are named there."""

    bestand: str
    blad: str | None = None
    scheidingsteken: Literal[";", ",", "\t", "|"] | None = None
    decimaal: Literal[",", "."] | None = None
    kolommen: dict[str, str] = Field(default_factory=dict)
    codes: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)


class UitkeringenBron(TabelBron):
    """``[bron.uitkeringen]``: also which regelingen enter the models."""

    regelingen: tuple[str, ...] = ("algemeen",)


class InzetBron(TabelBron):
    """``[bron.inzet]``: also from when deployments are complete, and local codes."""

    volledig_vanaf: dt.date | None = None
    groepeer: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    negeer: tuple[str, ...] = ()


class Bron(Deel):
    """``[bron]``: the folder with tables and the observation window."""

    map: str = "bron"
    venster_van: dt.date
    venster_tot: dt.date | None = None
    rijping_maanden: Annotated[int, Field(ge=0, le=60)] = 0
    gat_dagen: Annotated[int, Field(ge=0, le=3660)] = 30
    max_afgekeurd: Annotated[float, Field(ge=0, le=1)] = 0.01
    decimaal: Literal[",", "."] | None = None
    uitkeringen: UitkeringenBron | None = None
    inzet: InzetBron | None = None
    gronden: TabelBron | None = None
    kenmerken_historie: TabelBron | None = None
    aanvragen: TabelBron | None = None
    uitgaven: TabelBron | None = None
    budget: TabelBron | None = None
    macro: TabelBron | None = None
    referentie: TabelBron | None = None
    taakstellingen: TabelBron | None = None
    contracten: TabelBron | None = None
    capaciteit: TabelBron | None = None

    def tabel(self, naam: str) -> TabelBron | None:
        """Return the source of table ``naam``, or None when the config does not name it."""
        bron: TabelBron | None = getattr(self, naam)
        return bron


def _stijgend(waarden: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(waarden)):
        raise ValueError("de grenzen moeten oplopen")
    return waarden


Oplopend = Annotated[tuple[float, ...], AfterValidator(_stijgend)]


class Kenmerken(Deel):
    """``[kenmerken]``: the traits that the model uses and how each is read."""

    gebruik: tuple[str, ...] | None = None
    banden: dict[str, Oplopend] = Field(default_factory=dict)
    soort: dict[str, Literal["categorie", "numeriek"]] = Field(default_factory=dict)
    motivering: dict[str, str] = Field(default_factory=dict)
    alleen_voorspelling: tuple[str, ...] = ()

    @property
    def namen(self) -> tuple[str, ...]:
        """The traits asked for; the default list when none was named."""
        return self.gebruik if self.gebruik is not None else STANDAARD_KENMERKEN


class Model(Deel):
    """``[model]``: calendar, groups with their own effects, bands of duration in months, last year as a prior."""

    kalender: Literal["maand+trend", "maand", "geen"] = "maand+trend"
    effect_per: tuple[str, ...] = ()
    duurbanden: Annotated[tuple[Annotated[int, Field(ge=1)], ...], AfterValidator(_stijgend)] = STANDAARD_DUURBANDEN
    prior_vorige: bool = False


class Instrument(Deel):
    """One ``[[instrument]]``: planned length, phases after it, cost, and what the municipality says of it."""

    code: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    naam: str = ""
    meter: Literal["reintegratie", "werkdirect", "handhaving"] = "reintegratie"
    duur_maanden: Annotated[int, Field(ge=0, le=240)] = 0
    fasen_na: Annotated[tuple[Annotated[int, Field(ge=1)], ...], AfterValidator(_stijgend)] = ()
    kosten: Annotated[float, Field(ge=0)] | None = None
    notitie: str = ""
    capaciteit_per_maand: Annotated[float, Field(ge=0)] | None = None

    @property
    def fasen(self) -> tuple[str, ...]:
        """Names of the phases in order: ``tijdens`` (if it lasts), then ``na_...``.

        Examples
        --------
        >>> Instrument(code="r", duur_maanden=6, fasen_na=(6, 18)).fasen
        ('tijdens', 'na_0_6', 'na_6_18', 'na_18')
        >>> Instrument(code="h").fasen
        ('na_0',)
        """
        grenzen = (0, *self.fasen_na)
        na = [f"na_{a}_{b}" for a, b in pairwise(grenzen)]
        tijdens = ["tijdens"] if self.duur_maanden > 0 else []
        return (*tijdens, *na, f"na_{grenzen[-1]}")

    @property
    def label(self) -> str:
        """The name people see; the code when no name was given."""
        return self.naam or self.code


class Rendement(Deel):
    """``[rendement]``: horizon in months, discount rate per year, returns, threshold for advice."""

    horizon_maanden: Annotated[int, Field(ge=1, le=240)] = 60
    discontovoet: Annotated[float, Field(ge=0, lt=1)] = 0.0
    terugval: bool = True
    minimale_kans_positief: Annotated[float, Field(gt=0.5, lt=1)] = 0.80
