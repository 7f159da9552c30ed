"""The known truth of a simulated municipality: one frozen object that holds every parameter.

A log hazard of exit to a bestemming in a piece of time is the sum of: log baseline of the duration band, traits,
age, month of the year, linear trend, the loading of the unobserved type, and one effect per instrument phase.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any

from kompas.config import BESTEMMINGEN, STANDAARD_DUURBANDEN, Instrument
from kompas.fouten import GebruiksFout

Verdeling = Mapping[str, float]
Knopen = tuple[tuple[dt.date, float], ...]
"""Dates and log factors: linear in between, constant before the first and after the last; empty = 0."""
PerBestemming = Mapping[str, tuple[float, ...]]

GEEN_TERUGKEER = ("03", "04", "32", "33")
"""Reasons after which nobody returns: AOW, death, moved away, abroad."""

REGISTRATIES = ("volledig", "begonnen", "geen")
"""What the table ``inzet`` shows of announcements."""

_MARGE_KANS = 1e-9
_ALLEEN_ALS_GEBRUIKT: Mapping[str, bool] = {"alleen_als_gebruikt": True}  # not written while at its default


def _eis(goed: bool, uitleg: str) -> None:
    if not goed:
        raise GebruiksFout("KMP-S001", f"de waarheid van de simulatie klopt niet: {uitleg}.")


def _is_verdeling(kansen: Iterable[float]) -> bool:
    lijst = list(kansen)
    return all(k >= 0 for k in lijst) and abs(sum(lijst) - 1) < _MARGE_KANS


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class InstrumentWaarheid:
    """What an instrument truly does, and who truly gets it.

    Parameters
    ----------
    instrument : Instrument
        Code, name, meter, planned length, phases and mean cost, as in ``kompas.toml``.
    effecten : mapping fase -> bestemming -> float
        Log hazard ratios; what is not named is 0.
    intrede : tuple of float
        Hazard of a start per month on benefit, per band of ``intrede_banden`` (months, then the open band).
    intrede_kenmerken : mapping term -> float
        Log hazard ratios of the start (``kenmerk=waarde``).
    intrede_typen : tuple of float
        Loading of each unobserved type on the start, at ``selectie`` = 1. Empty = none.
    begin_dagen : int, optional
        Starts only in the first so many days of a spell; ``intrede[0]`` is then the hazard over those days together.
    herhaling : float
        Shift of the log hazard for a client who has had the instrument before.
    grond_kans, grond_open : float
        Share of the deployments with a recorded ground, and share of running clients with a ground but no visit.
    aanmeld_dagen : tuple of int, optional
        Anticipation: the client knows of his deployment so many days before it begins (least, most; evenly spread) and
        reacts from that day on. ``intrede`` is then the hazard of the announcement, the first phase runs from the
        announcement and the planned end counts from the begin, as in the contract. None = no announcement.
    aanmeld_registratie : str
        What the table ``inzet`` shows of it: ``volledig`` (every announcement with its date and planned begin, also of
        who left before), ``begonnen`` (only who began, with the date) or ``geen`` (only who began, without it).
    """

    instrument: Instrument
    intrede: tuple[float, ...]
    intrede_banden: tuple[int, ...] = ()
    effecten: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    intrede_kenmerken: Mapping[str, float] = field(default_factory=dict)
    intrede_typen: tuple[float, ...] = ()
    begin_dagen: int | None = None
    herhaling: float = math.log(0.3)
    grond_kans: float = 0.0
    grond_open: float = 0.0
    aanmeld_dagen: tuple[int, int] | None = field(default=None, metadata=_ALLEEN_ALS_GEBRUIKT)
    aanmeld_registratie: str = field(default="volledig", metadata=_ALLEEN_ALS_GEBRUIKT)

    def __post_init__(self) -> None:
        """Check the phases, the destinations and the bands."""
        code = self.instrument.code
        _eis(
            len(self.intrede) == len(self.intrede_banden) + 1, f"{code}: een intrede per band en een voor de open band"
        )
        _eis(all(h >= 0 for h in self.intrede), f"{code}: een intrede mag niet negatief zijn")
        _eis(self.begin_dagen is None or self.begin_dagen > 0, f"{code}: begin_dagen moet minstens 1 zijn")
        if self.aanmeld_dagen is not None:
            minst, meest = self.aanmeld_dagen
            _eis(0 <= minst <= meest, f"{code}: aanmeld_dagen lopen van 0 of meer op")
        _eis(self.aanmeld_registratie in REGISTRATIES, f"{code}: onbekende aanmeld_registratie")
        for fase, effect in self.effecten.items():
            _eis(fase in self.instrument.fasen, f"{code}: onbekende fase '{fase}'")
            _eis(set(effect) <= set(BESTEMMINGEN), f"{code}: onbekende bestemming bij fase '{fase}'")

    @property
    def code(self) -> str:
        """The code of the instrument."""
        return self.instrument.code

    def effect(self, fase: str, bestemming: str) -> float:
        """Return the true log hazard ratio (0 when not named)."""
        return float(self.effecten.get(fase, {}).get(bestemming, 0.0))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TypeWaarheid:
    """An unobserved type: its share of the inflow and its loadings on exit.

    ``fasering`` is the distribution of the caseworker's classification at the start: correlated with the type.
    """

    kans: float
    uitstroom: Mapping[str, float] = field(default_factory=dict)
    fasering: Verdeling = field(default_factory=lambda: {"fase 4": 1.0})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Waarheid:
    """All parameters of a simulated municipality.

    Parameters
    ----------
    basis : mapping bestemming -> tuple of float
        Hazard per month in each duration band, for the reference traits, age ``leeftijd_nul``, an average month of
        the year, ``trend_nul`` and a type with loading 0. Bands: ``duurbanden`` (upper ends), then the open band.
    kenmerken : mapping bestemming -> term -> float
        Log hazard ratios: ``kenmerk=waarde``, or ``leeftijd`` per year.
    seizoen : mapping bestemming -> tuple of 12 float
        Log hazard ratios of the calendar month in which a duration month begins.
    trend : mapping bestemming -> float
        Change of the log hazard per calendar month since ``trend_nul``.
    verloop : mapping bestemming -> Knopen
        A course of the log hazard over calendar time, besides the trend: dates and values, linear in between.
    verloop_lang : mapping bestemming -> Knopen
        The same, only in duration months from ``lang_vanaf`` on (in months): what happens to the long-term caseload.
    instrumenten, typen : tuples
        The instruments and the unobserved types.
    selectie : float
        Strength of the selection on types into instruments: 0 = none.
    terugval : mapping bestemming -> tuple of float
        Hazard per month of a return to benefit, per band of months since exit (``terugval_banden``, then the open
        band). Month 1 counts for nothing: nobody returns within 31 days.
    redenen : mapping bestemming -> code -> probability
        Recorded reasons. Nobody returns after 03, 04, 32 and 33.
    geslacht, opleiding, leefvorm, leeftijd : mappings
        Distributions at the first inflow; leefvorm given geslacht; leeftijd per ``(van, tot)`` in years.
    instroom : tuple of 12 float
        Relative inflow per calendar month; ``instroom_groei`` is the log growth per year.
    instroom_verloop : Knopen
        A course of the log inflow over calendar time, besides the growth.
    voorloop_jaren : int
        Years of inflow before the window (stock sampling); 0 = inflow only.
    bedragen : mapping leefvorm -> float
        Gross cost to the municipality, EUR per month.
    aow_leeftijd : int
        Entitlement ends on this birthday.
    """

    basis: PerBestemming
    duurbanden: tuple[int, ...] = STANDAARD_DUURBANDEN
    kenmerken: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    leeftijd_nul: float = 40.0
    seizoen: PerBestemming = field(default_factory=dict)
    trend: Mapping[str, float] = field(default_factory=dict)
    trend_nul: dt.date = dt.date(2001, 1, 1)
    verloop: Mapping[str, Knopen] = field(default_factory=dict)
    verloop_lang: Mapping[str, Knopen] = field(default_factory=dict)
    lang_vanaf: int = 12
    instrumenten: tuple[InstrumentWaarheid, ...] = ()
    typen: tuple[TypeWaarheid, ...] = (TypeWaarheid(kans=1.0),)
    selectie: float = 1.0
    terugval_banden: tuple[int, ...] = ()
    terugval: PerBestemming = field(default_factory=dict)
    redenen: Mapping[str, Verdeling]
    geslacht: Verdeling
    leefvorm: Mapping[str, Verdeling]
    opleiding: Verdeling
    leeftijd: Mapping[tuple[int, int], float]
    instroom: tuple[float, ...] = (1.0,) * 12
    instroom_groei: float = 0.0
    instroom_verloop: Knopen = ()
    voorloop_jaren: int = 15
    bedragen: Mapping[str, float]
    aow_leeftijd: int = 65
    gemeente: str = "Simulatiestad"

    def __post_init__(self) -> None:
        """Check that everything adds up, so that no parameter is silently ignored."""
        _eis(set(self.basis) == set(BESTEMMINGEN), "basis noemt werk, handhaving en overig")
        for c in BESTEMMINGEN:
            _eis(len(self.basis[c]) == len(self.duurbanden) + 1, f"basis[{c}] heeft een waarde per duurband")
            _eis(all(h > 0 for h in self.basis[c]), f"basis[{c}] moet positief zijn")
            _eis(len(self.seizoen.get(c, (0,) * 12)) == 12, f"seizoen[{c}] heeft twaalf maanden")
            _eis(_is_verdeling(self.redenen.get(c, {}).values()), f"redenen[{c}] tellen op tot 1")
            if c in self.terugval:
                _eis(len(self.terugval[c]) == len(self.terugval_banden) + 1, f"terugval[{c}] heeft een waarde per band")
        self._controleer_verdelingen()
        self._controleer_termen()
        self._controleer_verloop()
        codes = [i.code for i in self.instrumenten]
        _eis(len(set(codes)) == len(codes), "elk instrument heeft een eigen code")
        for i in self.instrumenten:
            _eis(len(i.intrede_typen) in {0, len(self.typen)}, f"{i.code}: intrede_typen heeft een waarde per type")

    def _controleer_verdelingen(self) -> None:
        verdelingen = {"geslacht": self.geslacht, "opleiding": self.opleiding}
        verdelingen |= {f"leefvorm[{g}]": self.leefvorm.get(g, {}) for g in self.geslacht}
        verdelingen |= {f"fasering van type {q + 1}": t.fasering for q, t in enumerate(self.typen)}
        for naam, verdeling in verdelingen.items():
            _eis(_is_verdeling(verdeling.values()), f"de verdeling van {naam} telt niet op tot 1")
        _eis(_is_verdeling(t.kans for t in self.typen), "de kansen van de typen tellen niet op tot 1")
        _eis(_is_verdeling(self.leeftijd.values()), "de verdeling van leeftijd telt niet op tot 1")
        _eis(all(15 <= a < b <= self.aow_leeftijd for a, b in self.leeftijd), "leeftijden liggen tussen 15 en AOW")
        _eis(len(self.instroom) == 12 and min(self.instroom) >= 0 < max(self.instroom), "instroom heeft twaalf maanden")
        _eis(self.voorloop_jaren >= 0, "voorloop_jaren mag niet negatief zijn")
        _eis(set(self.waarden["leefvorm"]) <= set(self.bedragen), "bedragen noemt elke leefvorm")

    def _controleer_verloop(self) -> None:
        _eis(set(self.verloop) | set(self.verloop_lang) <= set(BESTEMMINGEN), "verloop noemt een onbekende bestemming")
        _eis(self.lang_vanaf >= 1, "lang_vanaf moet minstens 1 zijn")
        for knopen in (self.instroom_verloop, *self.verloop.values(), *self.verloop_lang.values()):
            _eis(all(b[0] > a[0] for a, b in pairwise(knopen)), "de datums van een verloop moeten oplopen")

    def _controleer_termen(self) -> None:
        bekend = {f"{k}={w}" for k, waarden in self.waarden.items() for w in waarden}
        for c, termen in self.kenmerken.items():
            _eis(c in BESTEMMINGEN, f"onbekende bestemming '{c}' in kenmerken")
            for term in set(termen) - bekend - {"leeftijd"}:
                _eis(goed=False, uitleg=f"onbekende term '{term}' in kenmerken")
        for i in self.instrumenten:
            for term in set(i.intrede_kenmerken) - bekend:
                _eis(goed=False, uitleg=f"{i.code}: onbekende term '{term}' in intrede_kenmerken")

    @property
    def waarden(self) -> dict[str, list[str]]:
        """The values that each trait can take, in a fixed order."""
        leefvormen = [w for verdeling in self.leefvorm.values() for w in verdeling]
        faseringen = sorted({w for t in self.typen for w in t.fasering})
        return {
            "geslacht": list(self.geslacht),
            "leefvorm": list(dict.fromkeys(leefvormen)),
            "opleiding": list(self.opleiding),
            "fasering": faseringen,
        }

    @property
    def duurnamen(self) -> list[str]:
        """Names of the duration bands: ``0-1`` ... and ``60+`` for the open band."""
        grenzen = (0, *self.duurbanden)
        return [f"{a}-{b}" for a, b in pairwise(grenzen)] + [f"{grenzen[-1]}+"]


def als_dict(waarde: Any) -> Any:
    """Return a truth (or a part of it) as plain values for JSON."""
    if isinstance(waarde, Instrument):
        return waarde.model_dump(mode="json")
    if isinstance(waarde, (Waarheid, InstrumentWaarheid, TypeWaarheid)):
        velden = [
            f
            for f in fields(waarde)
            if not (f.metadata.get("alleen_als_gebruikt") and getattr(waarde, f.name) == f.default)
        ]
        return {f.name: als_dict(getattr(waarde, f.name)) for f in velden}
    if isinstance(waarde, Mapping):
        return {"-".join(map(str, k)) if isinstance(k, tuple) else str(k): als_dict(v) for k, v in waarde.items()}
    if isinstance(waarde, (tuple, list)):
        return [als_dict(v) for v in waarde]
    return waarde.isoformat() if isinstance(waarde, dt.date) else waarde
