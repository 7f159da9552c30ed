"""The known truth of Hollandstad: the calibration behind ``data/sample/hollandstad``.

Every figure here is invented. They were set so that an analysis of the simulated tables gives the Hollandstad of the
essay 'Koers zetten en houden' (APE, 2007): levels, in- and outflow, leefvorm, exit within 6 and 12 months.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from kompas.config import BESTEMMINGEN, STANDAARD_DUURBANDEN
from kompas.simulatie.standaard import standaard_instrumenten, standaard_waarheid
from kompas.simulatie.waarheid import InstrumentWaarheid, Knopen, TypeWaarheid, Waarheid

ZAAD = 2007
VENSTER_VAN = dt.date(2001, 1, 1)
PEILDATUM = dt.date(2007, 6, 30)
FASERINGEN = ("fase 1", "fase 2", "fase 3", "fase 4", "nog niet ingedeeld")
BEDRAGEN = {"alleenstaande": 1060.0, "alleenstaande_ouder": 1235.0, "gehuwd": 1395.0, "anders": 895.0}

_VORM = {
    "werk": (0.95, 1.00, 1.05, 1.10, 1.10, 1.10, 1.15, 1.20, 1.25, 1.25, 1.30, 1.30, 0.35, 0.32, 0.30, 0.26, 0.22),
    "handhaving": (1.2, 1.2, 1.2, 1.2, 1.2, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 1.1, 0.30, 0.26, 0.24, 0.24, 0.22),
    "overig": (1.0, 1.0, 1.1, 1.1, 1.1, 1.1, 1.2, 1.2, 1.2, 1.2, 1.3, 1.3, 0.33, 0.30, 0.27, 0.27, 0.25),
}
_NIVEAU = {"werk": 0.0290, "handhaving": 0.0064, "overig": 0.0208}

# Loadings on exit and the judgement at the start of the three types: quick, average, far from work.
_TYPEN = (
    (0.50, {"werk": 0.65, "handhaving": 0.3, "overig": 0.45}, (0.16, 0.27, 0.12, 0.20, 0.25)),
    (0.30, {"werk": 0.0, "handhaving": 0.0, "overig": 0.0}, (0.06, 0.25, 0.17, 0.27, 0.25)),
    (0.20, {"werk": -1.6, "handhaving": -0.7, "overig": -1.0}, (0.02, 0.12, 0.20, 0.43, 0.23)),
)

_KENMERKEN = {
    "werk": {
        "geslacht=vrouw": -0.12,
        "leeftijd": -0.013,
        "leefvorm=alleenstaande_ouder": -0.30,
        "leefvorm=gehuwd": 0.05,
        "opleiding=geen": -0.35,
        "opleiding=basis": -0.20,
        "opleiding=hoger": 0.30,
        "opleiding=onbekend": -0.10,
        "fasering=fase 1": 0.40,
        "fasering=fase 2": 0.15,
        "fasering=fase 3": 0.05,
    },
    "handhaving": {
        "geslacht=vrouw": -0.30,
        "leeftijd": -0.012,
        "leefvorm=alleenstaande_ouder": -0.40,
        "leefvorm=gehuwd": -0.30,
        "opleiding=geen": 0.20,
        "opleiding=hoger": -0.20,
        "opleiding=onbekend": 0.30,
    },
    "overig": {
        "geslacht=vrouw": 0.05,
        "leeftijd": -0.004,
        "leefvorm=alleenstaande_ouder": -0.20,
        "leefvorm=gehuwd": -0.10,
        "opleiding=hoger": 0.10,
    },
}


def _knopen(**punten: float) -> Knopen:
    """Return a course from ``j2003_07=0.1`` (year and month)."""
    return tuple((dt.date(int(k[1:5]), int(k[6:]), 1), v) for k, v in punten.items())


def _instrumenten() -> tuple[InstrumentWaarheid, ...]:
    """The three instruments of the essay; the placebo of the standard truth stays at home."""
    uit = []
    for i in standaard_instrumenten():
        if i.code == "reintegratie":
            uit.append(
                replace(
                    i,
                    intrede_kenmerken={"geslacht=vrouw": -0.1, "opleiding=hoger": -0.2, "fasering=fase 3": 0.4},
                    intrede=(0.010, 0.022, 0.020, 0.012, 0.006),
                )
            )
        elif i.code == "werkdirect":
            uit.append(replace(i, intrede_kenmerken={"leefvorm=alleenstaande_ouder": -0.4, "fasering=fase 4": -0.3}))
        elif i.code == "huisbezoek":
            uit.append(i)
    return tuple(uit)


def hollandstad_waarheid() -> Waarheid:
    """Return the truth behind the sample Hollandstad.

    Examples
    --------
    >>> w = hollandstad_waarheid()
    >>> w.gemeente, [i.code for i in w.instrumenten]
    ('Hollandstad', ['reintegratie', 'werkdirect', 'huisbezoek'])
    """
    basis = {c: tuple(round(_NIVEAU[c] * v, 6) for v in vorm) for c, vorm in _VORM.items()}
    typen = tuple(
        TypeWaarheid(kans=kans, uitstroom=last, fasering=dict(zip(FASERINGEN, fasering, strict=True)))
        for kans, last, fasering in _TYPEN
    )
    return replace(
        standaard_waarheid(instrumenten=_instrumenten()),
        gemeente="Hollandstad",
        basis=basis,
        duurbanden=STANDAARD_DUURBANDEN,
        kenmerken=_KENMERKEN,
        typen=typen,
        trend={},
        verloop=dict.fromkeys(BESTEMMINGEN, _VERLOOP),
        verloop_lang=_LANG,
        lang_vanaf=12,
        geslacht={"man": 0.485, "vrouw": 0.515},
        leefvorm={
            "man": {"alleenstaande": 0.76, "alleenstaande_ouder": 0.03, "gehuwd": 0.207, "anders": 0.003},
            "vrouw": {"alleenstaande": 0.525, "alleenstaande_ouder": 0.37, "gehuwd": 0.102, "anders": 0.003},
        },
        leeftijd={(18, 25): 0.21, (25, 35): 0.29, (35, 45): 0.25, (45, 55): 0.17, (55, 60): 0.07, (60, 65): 0.01},
        instroom_verloop=_INSTROOM,
        bedragen=BEDRAGEN,
    )


_VERLOOP = _knopen(j2001_07=0.0, j2002_01=-0.12, j2003_10=-0.12, j2004_01=0.0)
_LANG = {
    c: _knopen(j2000_01=0.0, j2001_01=a, j2002_01=b, j2003_01=d, j2004_01=0.15, j2005_06=0.05, j2006_06=e, j2007_01=f)
    for c, (a, b, d, e, f) in {
        "werk": (0.95, 0.68, 0.45, 0.60, 0.85),
        "handhaving": (1.40, 1.00, 0.70, 1.00, 1.45),
        "overig": (1.40, 1.10, 0.80, 0.88, 1.33),
    }.items()
}
_INSTROOM = _knopen(
    j1986_01=0.27,
    j1996_01=0.27,
    j2000_01=0.0,
    j2002_01=0.02,
    j2003_03=0.23,
    j2004_10=0.20,
    j2005_11=-0.08,
    j2006_07=-0.24,
    j2007_03=-0.66,
)
