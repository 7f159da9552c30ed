"""The figures of the essay that the sample Hollandstad must show, as totals over clients.

Levels and flows per quarter are the path of grafiek 4 to 7 between the points that the text names. What the source
leaves open (the years in between) was filled in so that stock(t+1) = stock(t) + inflow - outflow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kompas.simulatie.bevolking import Bevolking
from kompas.simulatie.steekproef import Marge
from kompas.simulatie.tijd import NOOIT, Ints, dagnummer, leeftijd, plus_maanden
from kompas.simulatie.verloop import Verloop
from kompas.simulatie.waarheid import Waarheid

Masker = npt.NDArray[np.bool_]

# Households on benefit at the start of each quarter, 2001-I to 2007-III.
STAND = (
    (3030, 2959, 2897, 2850), (2812, 2800, 2793, 2793), (2802, 2834, 2870, 2920), (2975, 3025, 3070, 3110),
    (3148, 3176, 3194, 3202), (3217, 3225, 3115, 3010), (2948, 2825, 2700),
)  # fmt: skip
# New benefits per quarter, 2001-I to 2007-II.
INSTROOM = (
    (292, 290, 288, 290), (294, 296, 298, 302), (312, 324, 328, 326), (326, 324, 322, 314),
    (300, 290, 284, 278), (274, 258, 250, 240), (222, 208),
)  # fmt: skip
ALLEENSTAAND = ((dt.date(2001, 1, 1), 1900), (dt.date(2007, 7, 1), 1710))
"""Grafiek 7 counts eenpersoonshuishoudens (CBS); tabel 1 counts the town's own leefvorm."""

LEEFVORM = (
    (dt.date(2002, 1, 1), {"alleenstaande": 60, "alleenstaande_ouder": 25, "gehuwd": 15}, 55),
    (dt.date(2004, 1, 1), {"alleenstaande": 61, "alleenstaande_ouder": 24, "gehuwd": 15}, 56),
    (dt.date(2006, 1, 1), {"alleenstaande": 61, "alleenstaande_ouder": 24, "gehuwd": 15}, 57),
)
"""Day, percentage per leefvorm, percentage of men among alleenstaanden (tabel 1)."""

UITSTROOM = ((2004, 6, 36), (2005, 6, 36), (2006, 6, 37), (2004, 12, 58), (2005, 12, 59))
"""Year of inflow, months, percentage gone within them (tabel 2)."""

LEEFTIJD = ((15, 25, 61), (25, 35, 55), (35, 45, 57), (45, 55, 54), (55, 65, 50))
"""Ages at inflow and percentage gone within a year (tabel 3)."""

COHORT = (dt.date(2002, 1, 1), dt.date(2006, 1, 1))
"""Inflow behind tabel 3 and 4: the source names no year. Its mean over the ages is 56%, where tabel 2 says 58% and 59%
for 2004 and 2005: over those two years alone both cannot hold, over 2002-2005 they can."""

_DEELTAL = 100


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pool:
    """A pool of clients with their spells: everything the totals are made of."""

    waarheid: Waarheid
    bevolking: Bevolking
    verloop: Verloop

    @property
    def begin(self) -> Ints:
        """First day of each spell."""
        return self.verloop.begin

    @property
    def weg(self) -> Ints:
        """First day without benefit of each spell; NOOIT when running."""
        return np.where(self.verloop.einddag == NOOIT, NOOIT, self.verloop.einddag + 1)

    def loopt(self, dag: dt.date) -> Masker:
        """Tell which spells run on a day."""
        return np.asarray((self.begin <= dagnummer(dag)) & (self.weg > dagnummer(dag)))

    def begint(self, van: dt.date, tot: dt.date) -> Masker:
        """Tell which spells begin in [van, tot)."""
        return np.asarray((self.begin >= dagnummer(van)) & (self.begin < dagnummer(tot)))

    def vertrekt(self, maanden: int) -> Masker:
        """Tell which spells end within so many months."""
        return np.asarray(self.weg <= plus_maanden(self.begin, maanden))

    def kenmerk(self, naam: str, waarde: str) -> Masker:
        """Tell which spells are of clients with this value."""
        return np.asarray(
            self.bevolking.kenmerken[naam][self.verloop.client] == self.waarheid.waarden[naam].index(waarde)
        )

    def per_client(self, per_spell: npt.NDArray[np.int64] | Masker) -> Ints:
        """Add up over the spells of each client."""
        som = np.zeros(len(self.bevolking.begin), dtype=np.int64)
        np.add.at(som, self.verloop.client, per_spell.astype(np.int64))
        return som


def kwartalen(aantal: int) -> list[dt.date]:
    """Return the first days of quarters from 2001 on.

    Examples
    --------
    >>> kwartalen(6)[-1].isoformat()
    '2002-04-01'
    """
    return [dt.date(2001 + k // 4, 1 + 3 * (k % 4), 1) for k in range(aantal)]


def _plat(per_jaar: Sequence[Sequence[int]]) -> list[int]:
    return [x for jaar in per_jaar for x in jaar]


def doelstand() -> dict[dt.date, int]:
    """Return the level at the start of each quarter."""
    stand = _plat(STAND)
    return dict(zip(kwartalen(len(stand)), stand, strict=True))


def _deel(naam: str, p: Pool, teller: Masker, noemer: Masker, procent: int, gewicht: int) -> Marge:
    """A share as a total: 100 for each in the numerator, less the percentage for each in the denominator."""
    som = _DEELTAL * (teller & noemer).astype(np.int64) - procent * noemer.astype(np.int64)
    return Marge(naam=naam, bijdrage=p.per_client(som), doel=0, gewicht=gewicht)


def maak_marges(p: Pool) -> list[Marge]:
    """Return every figure of the essay as a total over the clients of a pool."""
    veel = _DEELTAL**2
    marges = [
        Marge(naam=f"stand {dag}", bijdrage=p.per_client(p.loopt(dag)), doel=doel, gewicht=2 * veel)
        for dag, doel in doelstand().items()
    ]
    dagen = kwartalen(len(_plat(INSTROOM)) + 1)
    for van, tot, doel in zip(dagen, dagen[1:], _plat(INSTROOM), strict=False):
        marges.append(Marge(naam=f"instroom {van}", bijdrage=p.per_client(p.begint(van, tot)), doel=doel, gewicht=veel))
    alleen, man = p.kenmerk("leefvorm", "alleenstaande"), p.kenmerk("geslacht", "man")
    for dag, doel in ALLEENSTAAND:
        som = p.per_client(p.loopt(dag) & alleen)
        marges.append(Marge(naam=f"alleenstaanden {dag}", bijdrage=som, doel=doel, gewicht=veel))
    for dag, delen, mannen in LEEFVORM:
        loopt = p.loopt(dag)
        for waarde, procent in delen.items():
            marges.append(_deel(f"{waarde} {dag}", p, p.kenmerk("leefvorm", waarde), loopt, procent, 1))
        marges.append(_deel(f"mannen {dag}", p, man, loopt & alleen, mannen, 1))
    for jaar, maanden, procent in UITSTROOM:
        wie = p.begint(dt.date(jaar, 1, 1), dt.date(jaar + 1, 1, 1))
        marges.append(_deel(f"{maanden} maanden {jaar}", p, p.vertrekt(maanden), wie, procent, 2))
    instroom = p.begint(*COHORT)
    oud = leeftijd(p.bevolking.geboorte[p.verloop.client], p.begin)
    for van_, tot_, procent in LEEFTIJD:
        wie = instroom & (oud >= van_) & (oud < tot_)
        marges.append(_deel(f"leeftijd {van_}", p, p.vertrekt(12), wie, procent, 2))
    return marges
