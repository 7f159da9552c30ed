"""The standard truth: plain, round figures that look like a Dutch municipality around 2004."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kompas.config import Instrument
from kompas.fouten import GebruiksFout, naaste
from kompas.simulatie.waarheid import InstrumentWaarheid, TypeWaarheid, Waarheid

_VORM = (0.8, 0.9, 1.0, 1.1, 1.1, 1.2, 1.2, 1.2, 1.2, 1.1, 1.1, 1.1, 0.9, 0.8, 0.6, 0.5, 0.4)
_NIVEAU = {"werk": 0.0235, "handhaving": 0.007, "overig": 0.0195}

_KENMERKEN = {
    "werk": {
        "geslacht=vrouw": -0.15,
        "leeftijd": -0.02,
        "leefvorm=alleenstaande_ouder": -0.25,
        "leefvorm=gehuwd": 0.1,
        "leefvorm=anders": -0.1,
        "opleiding=geen": -0.35,
        "opleiding=basis": -0.2,
        "opleiding=hoger": 0.3,
        "opleiding=onbekend": -0.1,
        "fasering=fase 1": 0.5,
        "fasering=fase 2": 0.3,
        "fasering=fase 3": 0.15,
    },
    "handhaving": {
        "geslacht=vrouw": -0.3,
        "leeftijd": -0.015,
        "leefvorm=alleenstaande_ouder": -0.4,
        "leefvorm=gehuwd": -0.3,
        "opleiding=geen": 0.2,
        "opleiding=hoger": -0.2,
        "opleiding=onbekend": 0.3,
    },
    "overig": {
        "geslacht=vrouw": 0.1,
        "leeftijd": -0.005,
        "leefvorm=alleenstaande_ouder": -0.2,
        "leefvorm=gehuwd": -0.1,
        "opleiding=hoger": 0.1,
        "fasering=fase 1": 0.2,
    },
}

_SEIZOEN = {
    "werk": (-0.10, -0.05, 0.05, 0.10, 0.10, 0.05, -0.05, 0.05, 0.15, 0.05, -0.10, -0.25),
    "handhaving": (0.05, 0.05, 0.05, 0.0, 0.0, 0.0, -0.20, -0.15, 0.05, 0.10, 0.05, 0.0),
    "overig": (0.10, 0.0, 0.0, 0.0, 0.0, -0.05, -0.05, 0.10, 0.10, 0.0, -0.05, -0.10),
}

_TYPEN = (
    (0.45, {"werk": 0.8, "handhaving": 0.3, "overig": 0.5}, (0.25, 0.30, 0.20, 0.25)),
    (0.33, {"werk": 0.0, "handhaving": 0.0, "overig": 0.0}, (0.10, 0.25, 0.25, 0.40)),
    (0.22, {"werk": -1.8, "handhaving": -0.8, "overig": -1.2}, (0.02, 0.08, 0.20, 0.70)),
)

_REDENEN = {
    "werk": {"11": 0.92, "13": 0.08},
    "handhaving": {"31": 0.50, "34": 0.35, "35": 0.15},
    "overig": {
        "01": 0.08,
        "02": 0.18,
        "04": 0.03,
        "05": 0.04,
        "14": 0.06,
        "15": 0.08,
        "18": 0.05,
        "19": 0.10,
        "32": 0.20,
        "33": 0.04,
        "98": 0.14,
    },
}

_TERUGVAL_BANDEN = (1, 3, 6, 12, 24)
_TERUGVAL = {
    "werk": (0.0, 0.020, 0.028, 0.020, 0.010, 0.004),
    "handhaving": (0.0, 0.060, 0.040, 0.020, 0.010, 0.004),
    "overig": (0.0, 0.015, 0.015, 0.010, 0.006, 0.003),
}


def standaard_instrumenten() -> tuple[InstrumentWaarheid, ...]:
    """Return the three instruments and the placebo of the standard truth.

    Examples
    --------
    >>> [i.code for i in standaard_instrumenten()]
    ['reintegratie', 'werkdirect', 'huisbezoek', 'placebo']
    """
    reintegratie = InstrumentWaarheid(
        instrument=Instrument(
            code="reintegratie",
            naam="Re-integratietraject",
            meter="reintegratie",
            duur_maanden=6,
            fasen_na=(6, 18),
            kosten=4500.0,
        ),
        effecten={
            "tijdens": {"werk": -0.4, "overig": -0.1},
            "na_0_6": {"werk": 0.5},
            "na_6_18": {"werk": 0.3},
            "na_18": {"werk": 0.1},
        },
        intrede_banden=(2, 6, 12, 24),
        intrede=(0.005, 0.015, 0.015, 0.010, 0.005),
        intrede_kenmerken={
            "geslacht=vrouw": -0.1,
            "opleiding=hoger": -0.2,
            "fasering=fase 2": 0.3,
            "fasering=fase 3": 0.3,
        },
        intrede_typen=(-0.3, 0.2, 0.5),
    )
    werkdirect = InstrumentWaarheid(
        instrument=Instrument(
            code="werkdirect", naam="WerkDirect", meter="werkdirect", duur_maanden=1, fasen_na=(3,), kosten=900.0
        ),
        effecten={
            "tijdens": {"werk": 0.3, "handhaving": 0.2, "overig": 0.4},
            "na_0_3": {"werk": 0.1, "overig": 0.1},
        },
        intrede_banden=(1,),
        intrede=(0.45, 0.0),
        begin_dagen=10,
        intrede_kenmerken={"leefvorm=alleenstaande_ouder": -0.4, "fasering=fase 1": 0.3, "fasering=fase 4": -0.3},
        intrede_typen=(0.4, 0.0, -0.8),
    )
    huisbezoek = InstrumentWaarheid(
        instrument=Instrument(
            code="huisbezoek", naam="Huisbezoek", meter="handhaving", duur_maanden=0, fasen_na=(6,), kosten=250.0
        ),
        effecten={"na_0_6": {"handhaving": 0.9, "overig": 0.1}},
        intrede_banden=(6, 24),
        intrede=(0.003, 0.0025, 0.0015),
        intrede_kenmerken={"leefvorm=alleenstaande": 0.2, "opleiding=onbekend": 0.2},
        intrede_typen=(0.4, 0.0, -0.4),
        grond_kans=0.5,
        grond_open=0.02,
    )
    placebo = InstrumentWaarheid(
        instrument=Instrument(code="placebo", naam="Placebo", meter="reintegratie", duur_maanden=3, kosten=500.0),
        intrede_banden=(3, 12, 24),
        intrede=(0.014, 0.011, 0.008, 0.004),
        intrede_typen=(0.5, 0.0, -0.7),
    )
    return (reintegratie, werkdirect, huisbezoek, placebo)


def _kies_instrumenten(keuze: Sequence[str | InstrumentWaarheid] | None) -> tuple[InstrumentWaarheid, ...]:
    bekend = {i.code: i for i in standaard_instrumenten()}
    gekozen = []
    for deel in bekend.values() if keuze is None else keuze:
        if isinstance(deel, InstrumentWaarheid):
            gekozen.append(deel)
        elif deel in bekend:
            gekozen.append(bekend[deel])
        else:
            raise GebruiksFout(
                "KMP-S002",
                f"instrument '{deel}' zit niet in de standaardsimulatie.{naaste(deel, bekend)} "
                f"Toegestaan: {', '.join(bekend)}.",
            )
    return tuple(gekozen)


def _geschaald(instrument: InstrumentWaarheid, effect: float) -> InstrumentWaarheid:
    """Return the instrument with every effect times ``effect``."""
    effecten = {fase: {c: effect * e for c, e in per.items()} for fase, per in instrument.effecten.items()}
    velden = {naam: getattr(instrument, naam) for naam in instrument.__slots__}
    return InstrumentWaarheid(**(velden | {"effecten": effecten}))


def _typen(heterogeniteit: float) -> tuple[TypeWaarheid, ...]:
    namen = ("fase 1", "fase 2", "fase 3", "fase 4")
    return tuple(
        TypeWaarheid(
            kans=kans,
            uitstroom={c: heterogeniteit * v for c, v in last.items()},
            fasering=dict(zip(namen, fasering, strict=True)),
        )
        for kans, last, fasering in _TYPEN
    )


def standaard_waarheid(
    *,
    selectie: float = 1.0,
    effect: float = 1.0,
    heterogeniteit: float = 1.0,
    terugval: float = 1.0,
    voorloop_jaren: int = 15,
    instrumenten: Sequence[str | InstrumentWaarheid] | None = None,
) -> Waarheid:
    """Return the standard truth, with switches for simulation studies.

    Parameters
    ----------
    selectie : float
        Strength of the selection on unobserved types into instruments: 0 = none.
    effect : float
        Factor on every instrument effect: 0 = nothing works.
    heterogeniteit : float
        Factor on the loadings of the types on exit: 0 = the types do not differ.
    terugval : float
        Factor on the hazard of a return to benefit: 0 = nobody returns.
    voorloop_jaren : int
        Years of inflow before the window; 0 = inflow only.
    instrumenten : sequence, optional
        Codes of the standard set, or own ``InstrumentWaarheid``; default all four.

    Raises
    ------
    GebruiksFout
        ``KMP-S002`` for an unknown instrument code.

    Examples
    --------
    >>> w = standaard_waarheid(effect=0, instrumenten=["reintegratie"])
    >>> w.instrumenten[0].effect("na_0_6", "werk")
    0.0
    """
    keuze = _kies_instrumenten(instrumenten)
    per_bestemming: Mapping[str, tuple[float, ...]] = {
        c: tuple(terugval * h for h in waarden) for c, waarden in _TERUGVAL.items()
    }
    return Waarheid(
        basis={c: tuple(niveau * v for v in _VORM) for c, niveau in _NIVEAU.items()},
        kenmerken=_KENMERKEN,
        seizoen=_SEIZOEN,
        trend={"werk": 0.001, "handhaving": 0.002, "overig": 0.0},
        instrumenten=tuple(_geschaald(i, effect) for i in keuze),
        typen=_typen(heterogeniteit),
        selectie=selectie,
        terugval_banden=_TERUGVAL_BANDEN,
        terugval=per_bestemming,
        redenen=_REDENEN,
        geslacht={"man": 0.54, "vrouw": 0.46},
        leefvorm={
            "man": {"alleenstaande": 0.76, "alleenstaande_ouder": 0.05, "gehuwd": 0.17, "anders": 0.02},
            "vrouw": {"alleenstaande": 0.45, "alleenstaande_ouder": 0.38, "gehuwd": 0.15, "anders": 0.02},
        },
        opleiding={"geen": 0.12, "basis": 0.28, "vmbo": 0.34, "hoger": 0.16, "onbekend": 0.10},
        leeftijd={(18, 25): 0.22, (25, 35): 0.29, (35, 45): 0.25, (45, 55): 0.16, (55, 65): 0.08},
        instroom=(1.10, 1.00, 1.00, 0.95, 0.95, 0.95, 1.05, 1.00, 1.05, 1.00, 1.00, 0.95),
        voorloop_jaren=voorloop_jaren,
        bedragen={"alleenstaande": 1150.0, "alleenstaande_ouder": 1480.0, "gehuwd": 1650.0, "anders": 900.0},
    )
