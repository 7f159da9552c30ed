"""``[[doelgroep]]`` and ``[lijst]``: groups of clients by rule, and when a client comes on which list."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from kompas.configdelen import Deel

Maanden = Annotated[int, Field(ge=0, le=600)]
Grens = Annotated[float, Field(ge=0)]
Kans = Annotated[float, Field(ge=0, le=1)]


class Doelgroep(Deel):
    """One ``[[doelgroep]]``: a client belongs to the first one of which every rule holds.

    The chance (of exit to work, or of any exit, within so many months) lies from ``minimum`` up to but not including
    ``maximum``; with a maximum of 1 it may be 1. ``duur_vanaf`` .. ``duur_tot``, ``verwachte_maanden_vanaf`` ..
    ``verwachte_maanden_tot`` and, for a trait that is a number, ``vanaf`` .. ``tot`` work the same way. The same code
    may stand in several blocks: one of them is enough.
    """

    code: Annotated[str, Field(min_length=1, pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    label: str = ""
    uitkomst: Literal["werk", "uitstroom"] = "werk"
    binnen_maanden: Literal[3, 6, 12, 24] = 12
    minimum: Kans = 0.0
    maximum: Kans = 1.0
    kenmerk: str | None = None
    waarden: tuple[str, ...] = ()
    vanaf: float | None = None
    tot: float | None = None
    duur_vanaf: Maanden | None = None
    duur_tot: Maanden | None = None
    verwachte_maanden_vanaf: Grens | None = None
    verwachte_maanden_tot: Grens | None = None
    met_advies: bool = False

    @model_validator(mode="after")
    def _samenhang(self) -> Doelgroep:
        if self.minimum >= self.maximum:
            raise ValueError(f"doelgroep '{self.code}': minimum moet kleiner zijn dan maximum")
        for laag, hoog in (
            ("vanaf", "tot"),
            ("duur_vanaf", "duur_tot"),
            ("verwachte_maanden_vanaf", "verwachte_maanden_tot"),
        ):
            a, b = getattr(self, laag), getattr(self, hoog)
            if a is not None and b is not None and a >= b:
                raise ValueError(f"doelgroep '{self.code}': {laag} moet kleiner zijn dan {hoog}")
        keuze = bool(self.waarden) or self.vanaf is not None or self.tot is not None
        if keuze and self.kenmerk is None:
            raise ValueError(f"doelgroep '{self.code}': waarden, vanaf en tot vragen om een kenmerk")
        if self.kenmerk is not None and not keuze:
            raise ValueError(f"doelgroep '{self.code}': noem bij kenmerk ook waarden, of vanaf of tot")
        return self

    @property
    def naam(self) -> str:
        """The name people see; the code in words when no label was given."""
        return self.label or self.code.replace("_", " ")


STANDAARD_DOELGROEPEN = (
    Doelgroep(code="klantgroep_1", label="klantgroep 1", binnen_maanden=6, minimum=0.5),
    Doelgroep(code="focusklant", label="focusklant", binnen_maanden=24, minimum=0.25),
    Doelgroep(code="focusklant", label="focusklant", met_advies=True),
    Doelgroep(code="zorgklant", label="zorgklant"),
)
"""Almere's klantgroep 1 (exit to work expected within six months); then a real chance or an advice; then the rest."""


class Lijstinstelling(Deel):
    """``[lijst]``: when somebody is out of sight, when a trajectory ends soon, when aftercare is due."""

    uit_beeld_maanden: Annotated[int, Field(ge=1, le=240)] = 12
    uit_beeld_duur: Maanden = 12
    loopt_af_maanden: Annotated[int, Field(ge=0, le=60)] = 2
    nazorg_maanden: tuple[Annotated[int, Field(ge=0, le=120)], ...] = (3, 6)
    fasering_volgorde: tuple[str, ...] = ()
