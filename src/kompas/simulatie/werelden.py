"""Named worlds for simulation studies: each one truth that asks one question of an estimator."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from kompas.config import Instrument
from kompas.fouten import GebruiksFout, naaste
from kompas.simulatie.standaard import standaard_waarheid
from kompas.simulatie.waarheid import InstrumentWaarheid, TypeWaarheid, Waarheid

Effecten = Mapping[str, Mapping[str, Mapping[str, float]]]
"""instrument -> fase -> bestemming -> log hazard ratio; what is not named is 0."""

_ALLEN = 50.0  # a hazard on the first day after which nobody is left
_FASERING = ((0.20, 0.30, 0.25, 0.25), (0.15, 0.25, 0.25, 0.35), (0.10, 0.20, 0.25, 0.45))
_UITSTROOM = (
    {"werk": 0.8, "handhaving": 0.2, "overig": 0.3},
    {"werk": 0.0, "handhaving": 0.0, "overig": 0.0},
    {"werk": -1.6, "handhaving": -0.4, "overig": -0.6},
)
_KANSEN = (0.40, 0.35, 0.25)

_EFFECTEN: Effecten = {
    "reintegratie": {
        "tijdens": {"werk": -0.5, "overig": -0.1},
        "na_0_6": {"werk": 0.4},
        "na_6_18": {"werk": 0.25},
        "na_18": {"werk": 0.1},
    },
    "werkdirect": {
        "tijdens": {"werk": 0.4, "handhaving": 0.2, "overig": 0.3},
        "na_0_3": {"werk": 0.2},
        "na_3": {"werk": -0.15},
    },
    "training": {"tijdens": {"werk": -0.3}, "na_0_6": {"werk": 0.3}, "na_6": {"werk": 0.3}},
    "placebo": {},
}
_GROOT: Effecten = {
    "reintegratie": {
        "tijdens": {"werk": -0.6},
        "na_0_6": {"werk": 0.8},
        "na_6_18": {"werk": 0.6},
        "na_18": {"werk": 0.5},
    },
    "werkdirect": {"tijdens": {"werk": 0.6}, "na_0_3": {"werk": 0.5}, "na_3": {"werk": -0.5}},
    "training": {"tijdens": {"werk": -0.5}, "na_0_6": {"werk": 0.7}, "na_6": {"werk": 0.5}},
    "placebo": {},
}
_LAST = {
    "reintegratie": (-0.8, 0.1, 0.8),
    "werkdirect": (0.8, 0.2, -0.8),
    "training": (0.7, 0.2, -0.8),
    "placebo": (-1.0, 0.0, 1.0),
}


def _type(kans: float, uitstroom: Mapping[str, float], fasering: Sequence[float]) -> TypeWaarheid:
    namen = ("fase 1", "fase 2", "fase 3", "fase 4")
    return TypeWaarheid(kans=kans, uitstroom=uitstroom, fasering=dict(zip(namen, fasering, strict=True)))


def _drie_typen() -> tuple[TypeWaarheid, ...]:
    """Three types that differ in their chance of work; the fasering gives away little of it."""
    return tuple(_type(k, u, f) for k, u, f in zip(_KANSEN, _UITSTROOM, _FASERING, strict=True))


def _instrumenten(*, factor: float = 1.0) -> tuple[InstrumentWaarheid, ...]:
    """Four instruments without effects or selection; ``factor`` on every hazard of a start."""
    reintegratie = InstrumentWaarheid(
        instrument=Instrument(
            code="reintegratie", naam="Re-integratietraject", duur_maanden=6, fasen_na=(6, 18), kosten=4500.0
        ),
        intrede_banden=(2, 6, 12, 24),
        intrede=tuple(factor * h for h in (0.010, 0.022, 0.022, 0.014, 0.008)),
        intrede_kenmerken={"geslacht=vrouw": -0.1, "opleiding=hoger": -0.2, "fasering=fase 2": 0.2},
    )
    werkdirect = InstrumentWaarheid(
        instrument=Instrument(
            code="werkdirect", naam="WerkDirect", meter="werkdirect", duur_maanden=1, fasen_na=(3,), kosten=900.0
        ),
        intrede_banden=(1, 3, 6, 12),
        intrede=tuple(factor * h for h in (0.10, 0.07, 0.03, 0.012, 0.004)),
        intrede_kenmerken={"leefvorm=alleenstaande_ouder": -0.4, "fasering=fase 1": 0.2},
    )
    training = InstrumentWaarheid(
        instrument=Instrument(code="training", naam="Training", duur_maanden=3, fasen_na=(6,), kosten=1500.0),
        intrede_banden=(3, 12, 24),
        intrede=tuple(factor * h for h in (0.022, 0.022, 0.014, 0.008)),
        intrede_kenmerken={"opleiding=geen": 0.2, "leefvorm=alleenstaande_ouder": 0.1},
    )
    placebo = InstrumentWaarheid(
        instrument=Instrument(code="placebo", naam="Placebo", duur_maanden=3, fasen_na=(), kosten=500.0),
        intrede_banden=(3, 12, 24),
        intrede=tuple(factor * h for h in (0.022, 0.018, 0.012, 0.006)),
    )
    return (reintegratie, werkdirect, training, placebo)


def _geschaald(effecten: Effecten, effect: float) -> Effecten:
    return {
        code: {fase: {c: effect * e + 0.0 for c, e in per.items()} for fase, per in fasen.items()}
        for code, fasen in effecten.items()
    }


def _bouw(
    instrumenten: Sequence[InstrumentWaarheid],
    *,
    voorloop_jaren: int,
    effect: float,
    sterkte: float,
    effecten: Effecten | None,
    eigen: Effecten,
    last: Mapping[str, Sequence[float]],
    typen: tuple[TypeWaarheid, ...],
) -> Waarheid:
    """Put effects and loadings on the instruments; ``effecten`` replaces those of the world per instrument."""
    waar = _geschaald({**eigen, **(effecten or {})}, effect)
    codes = [i.code for i in instrumenten]
    for code in waar:
        if code not in codes and code in (effecten or {}):
            raise GebruiksFout("KMP-S007", f"effecten noemt '{code}', dat deze wereld niet heeft.{naaste(code, codes)}")
    klaar = tuple(
        replace(i, effecten=waar.get(i.code, {}), intrede_typen=tuple(last.get(i.code, ()))) for i in instrumenten
    )
    basis = standaard_waarheid(voorloop_jaren=voorloop_jaren, instrumenten=[])
    return replace(basis, instrumenten=klaar, typen=typen, selectie=sterkte)


def _selectie(
    *, voorloop_jaren: int = 15, effect: float = 1.0, sterkte: float = 1.0, effecten: Effecten | None = None
) -> Waarheid:
    """Correlated selection into four instruments, in both directions; effects of both signs, one placebo."""
    return _bouw(
        _instrumenten(),
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=effecten,
        eigen=_EFFECTEN,
        last=_LAST,
        typen=_drie_typen(),
    )


def _geen_selectie(*, voorloop_jaren: int = 15, effect: float = 1.0, effecten: Effecten | None = None) -> Waarheid:
    """The types exist but do not select: who gets an instrument has nothing to do with them."""
    return _selectie(voorloop_jaren=voorloop_jaren, effect=effect, sterkte=0.0, effecten=effecten)


def _geen_typen(*, voorloop_jaren: int = 15, effect: float = 1.0, effecten: Effecten | None = None) -> Waarheid:
    """Nobody differs in what was not recorded."""
    w = _selectie(voorloop_jaren=voorloop_jaren, effect=effect, effecten=effecten)
    namen = list(w.typen[0].fasering)
    fasering = tuple(sum(t.kans * t.fasering[f] for t in w.typen) for f in namen)
    som = math.fsum(fasering)
    een = (_type(1.0, {}, [f / som for f in fasering]),)
    return replace(w, typen=een, instrumenten=tuple(replace(i, intrede_typen=()) for i in w.instrumenten))


def _geen_effect(*, voorloop_jaren: int = 15, sterkte: float = 1.0) -> Waarheid:
    """Heavy selection, and nothing works."""
    return _selectie(voorloop_jaren=voorloop_jaren, effect=0.0, sterkte=sterkte)


def _constant(*, voorloop_jaren: int = 15, effect: float = 0.4, sterkte: float = 1.0) -> Waarheid:
    """One instrument with one constant effect on exit to work, from its start on: ``effect`` in every phase."""
    een = _instrumenten(factor=1.5)[:1]
    return _bouw(
        een,
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=None,
        eigen={"reintegratie": {fase: {"werk": 1.0} for fase in een[0].instrument.fasen}},
        last=_LAST,
        typen=_drie_typen(),
    )


def _insluiting(*, voorloop_jaren: int = 15, effect: float = 1.0, sterkte: float = 1.0) -> Waarheid:
    """Lock-in while it lasts, a gain after it; the promising are selected, which hides the lock-in."""
    fasen = {
        "tijdens": {"werk": -0.7, "overig": -0.2},
        "na_0_6": {"werk": 0.6},
        "na_6_18": {"werk": 0.4},
        "na_18": {"werk": 0.3},
    }
    return _bouw(
        [i for i in _instrumenten(factor=1.5) if i.code in ("reintegratie", "placebo")],
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=None,
        eigen={"reintegratie": fasen},
        last={"reintegratie": (0.8, 0.0, -0.8), "placebo": (-0.8, 0.0, 0.8)},
        typen=_drie_typen(),
    )


def _placebo_zwaar(*, voorloop_jaren: int = 15, sterkte: float = 1.0) -> Waarheid:
    """Two instruments that do nothing, with the heaviest selection of all, one in each direction."""
    p = next(i for i in _instrumenten(factor=1.5) if i.code == "placebo")
    goed, zwaar = (
        replace(p, instrument=Instrument(code=code, naam=naam, duur_maanden=3, fasen_na=(6,), kosten=500.0))
        for code, naam in (("placebo_goed", "Placebo voor kansrijken"), ("placebo_zwaar", "Placebo voor kansarmen"))
    )
    return _bouw(
        (goed, zwaar),
        voorloop_jaren=voorloop_jaren,
        effect=1.0,
        sterkte=sterkte,
        effecten=None,
        eigen={},
        last={"placebo_goed": (1.2, 0.0, -1.4), "placebo_zwaar": (-1.4, 0.0, 1.2)},
        typen=_drie_typen(),
    )


def _twee_factoren(
    *, voorloop_jaren: int = 15, effect: float = 1.0, sterkte: float = 1.0, effecten: Effecten | None = None
) -> Waarheid:
    """Four types from two independent factors: one drives exit, both drive entry, differently per instrument."""
    paren = [(a, b) for a in (0, 1) for b in (0, 1)]
    kansen = {0: 0.6, 1: 0.4}
    fasering = {0: (0.18, 0.28, 0.25, 0.29), 1: (0.12, 0.22, 0.25, 0.41)}
    uitstroom = {0: {"werk": 0.6, "overig": 0.2}, 1: {"werk": -1.2, "handhaving": -0.3, "overig": -0.5}}
    typen = tuple(_type(kansen[a] * 0.5, uitstroom[a], fasering[a]) for a, _ in paren)
    gewicht = {
        "reintegratie": (0.9, 0.8),
        "werkdirect": (-0.9, 0.6),
        "training": (-0.5, -1.0),
        "placebo": (0.9, -0.8),
    }
    last = {c: tuple(f * (a - 0.5) + g * (b - 0.5) for a, b in paren) for c, (f, g) in gewicht.items()}
    return _bouw(
        _instrumenten(),
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=effecten,
        eigen=_EFFECTEN,
        last=last,
        typen=typen,
    )


def _anticipatie(
    *,
    voorloop_jaren: int = 15,
    effect: float = 1.0,
    sterkte: float = 1.0,
    registratie: str = "volledig",
    dagen: tuple[int, int] = (30, 91),
) -> Waarheid:
    """Clients know of it one to three months before, and react from that day on (``registratie``: what is shown)."""
    gekozen = [i for i in _instrumenten(factor=1.3) if i.code in ("reintegratie", "placebo")]
    return _bouw(
        [
            replace(i, aanmeld_dagen=dagen, aanmeld_registratie=registratie) if i.code == "reintegratie" else i
            for i in gekozen
        ],
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=None,
        eigen={"reintegratie": _EFFECTEN["reintegratie"]},
        last=_LAST,
        typen=_drie_typen(),
    )


def _werkdirect_iedereen(
    *, voorloop_jaren: int = 15, effect: float = 1.0, sterkte: float = 1.0, aandeel: float = 1.0
) -> Waarheid:
    """WerkDirect on the first day of every spell (or of a share ``aandeel``): its timing identifies nothing.

    The re-integration trajectory beside it is selected as elsewhere and can be estimated.
    """
    gekozen = [i for i in _instrumenten() if i.code in ("reintegratie", "werkdirect")]
    dag_een = _ALLEN if aandeel >= 1 else -math.log1p(-aandeel)
    vast = [
        replace(i, intrede_banden=(1,), intrede=(dag_een, 0.0), begin_dagen=1, herhaling=0.0, intrede_kenmerken={})
        if i.code == "werkdirect"
        else i
        for i in gekozen
    ]
    return _bouw(
        vast,
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=None,
        eigen={c: _EFFECTEN[c] for c in ("reintegratie", "werkdirect")},
        last={"reintegratie": _LAST["reintegratie"]},
        typen=_drie_typen(),
    )


def _groot_effect(
    *, voorloop_jaren: int = 15, effect: float = 1.0, sterkte: float = 1.0, effecten: Effecten | None = None
) -> Waarheid:
    """The selection of ``selectie`` with large effects: an estimator should dare to call these established."""
    return _bouw(
        _instrumenten(factor=1.3),
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=effecten,
        eigen=_GROOT,
        last=_LAST,
        typen=_drie_typen(),
    )


def _een_instrument(
    *, voorloop_jaren: int = 15, effect: float = 1.0, sterkte: float = 1.0, effecten: Effecten | None = None
) -> Waarheid:
    """Only the re-integration trajectory: one entry process is all there is to learn the types from."""
    return _bouw(
        _instrumenten(factor=1.5)[:1],
        voorloop_jaren=voorloop_jaren,
        effect=effect,
        sterkte=sterkte,
        effecten=effecten,
        eigen={"reintegratie": _EFFECTEN["reintegratie"]},
        last=_LAST,
        typen=_drie_typen(),
    )


WERELDEN: Mapping[str, Callable[..., Waarheid]] = MappingProxyType(
    {
        "selectie": _selectie,
        "geen_selectie": _geen_selectie,
        "geen_typen": _geen_typen,
        "geen_effect": _geen_effect,
        "constant": _constant,
        "insluiting": _insluiting,
        "placebo_zwaar": _placebo_zwaar,
        "twee_factoren": _twee_factoren,
        "anticipatie": _anticipatie,
        "werkdirect_iedereen": _werkdirect_iedereen,
        "groot_effect": _groot_effect,
        "een_instrument": _een_instrument,
    }
)
"""The worlds by name; each takes ``voorloop_jaren`` (15 = stock and inflow, 0 = inflow only) and its own options."""


def wereld(naam: str, **opties: object) -> Waarheid:
    """Return a named world for a simulation study.

    Parameters
    ----------
    naam : str
        One of ``WERELDEN``.
    **opties
        ``voorloop_jaren`` (int: 15 = stock and inflow, 0 = inflow only); in most worlds also ``effect`` (factor on
        every true effect; in ``constant`` the effect itself), ``sterkte`` (factor on the selection on types) and
        ``effecten`` (instrument -> fase -> bestemming -> log hazard ratio, instead of those of the world);
        ``anticipatie`` has ``registratie`` and ``dagen``, ``werkdirect_iedereen`` has ``aandeel``.

    Raises
    ------
    GebruiksFout
        ``KMP-S007`` for an unknown world or option, ``KMP-S001`` for values that make no sense.

    Examples
    --------
    >>> w = wereld("selectie", voorloop_jaren=0, effect=0.5)
    >>> w.instrumenten[0].effect("tijdens", "werk"), w.voorloop_jaren
    (-0.25, 0)
    """
    if naam not in WERELDEN:
        raise GebruiksFout(
            "KMP-S007", f"wereld '{naam}' bestaat niet.{naaste(naam, WERELDEN)} Er zijn: {', '.join(WERELDEN)}."
        )
    bekend = list(inspect.signature(WERELDEN[naam]).parameters)
    for optie in opties:
        if optie not in bekend:
            raise GebruiksFout(
                "KMP-S007",
                f"wereld '{naam}' kent de optie '{optie}' niet.{naaste(optie, bekend)} Er zijn: {', '.join(bekend)}.",
            )
    return WERELDEN[naam](**opties)
