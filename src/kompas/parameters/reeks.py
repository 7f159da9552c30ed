"""Law as dated values: one loader for the TOML files beside it, each value with its own source.

A file holds a list of tables with ``vanaf`` (first day), ``bron`` (where the value stands) and the value's own keys.
``geldig_tot`` (first day on which it is no longer known to hold) may be given; otherwise a value is known to hold until
the next one, or, in a series that is revised every half year, until the next 1 January or 1 July. ``vervallen = true``
ends a right: from that day there is no value.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from kompas.fouten import GebruiksFout

_EIGEN = ("vanaf", "geldig_tot", "vervallen", "bron")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Waarde:
    """One dated value.

    ``inhoud`` holds its keys, or None where the right ended on ``vanaf``; ``geldig_tot`` is the first day on which the
    value is no longer known to hold (None = no end is known).
    """

    vanaf: dt.date
    geldig_tot: dt.date | None
    bron: str
    inhoud: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gevonden:
    """The value for a day, with a Dutch ``waarschuwing`` where it had expired by then (else None)."""

    waarde: Waarde
    waarschuwing: str | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reeks:
    """The values of one parameter in order of ``vanaf``; ``naam`` and ``doe`` go into messages."""

    naam: str
    doe: str
    waarden: tuple[Waarde, ...]

    def op(self, datum: dt.date) -> Gevonden:
        """Return the value on a day: the last one that started.

        Parameters
        ----------
        datum : date

        Returns
        -------
        Gevonden
            With a warning where the value is no longer known to hold on ``datum``.

        Raises
        ------
        GebruiksFout
            ``KMP-P001`` for a day before the first value; ``KMP-P003`` where the right has ended.

        Examples
        --------
        >>> reeks = maak_reeks("de proef", "Vraag na.", [
        ...     {"vanaf": dt.date(2020, 1, 1), "geldig_tot": dt.date(2021, 1, 1), "bron": "wet", "deel": 0.05}])
        >>> reeks.op(dt.date(2020, 6, 1)).waarschuwing is None
        True
        >>> print(reeks.op(dt.date(2022, 6, 1)).waarschuwing)
        de proef van 01-01-2020 is gebruikt voor 01-06-2022: een waarde vanaf 01-01-2021 is niet bekend. Vraag na.
        """
        eerdere = [w for w in self.waarden if w.vanaf <= datum]
        if not eerdere:
            eerste = self.waarden[0].vanaf
            raise GebruiksFout(
                "KMP-P001",
                f"{self.naam} is voor {datum:%d-%m-%Y} niet bekend: de eerste waarde geldt vanaf {eerste:%d-%m-%Y}. "
                f"{self.doe}",
            )
        waarde = eerdere[-1]
        if waarde.inhoud is None:
            raise GebruiksFout(
                "KMP-P003",
                f"{self.naam} bestaat niet meer op {datum:%d-%m-%Y}: vervallen per {waarde.vanaf:%d-%m-%Y} "
                f"({waarde.bron}). {self.doe}",
            )
        if waarde.geldig_tot is None or datum < waarde.geldig_tot:
            return Gevonden(waarde=waarde, waarschuwing=None)
        waarschuwing = (
            f"{self.naam} van {waarde.vanaf:%d-%m-%Y} is gebruikt voor {datum:%d-%m-%Y}: een waarde vanaf "
            f"{waarde.geldig_tot:%d-%m-%Y} is niet bekend. {self.doe}"
        )
        return Gevonden(waarde=waarde, waarschuwing=waarschuwing)


def _half_jaar_later(datum: dt.date) -> dt.date:
    return dt.date(datum.year, 7, 1) if datum.month < 7 else dt.date(datum.year + 1, 1, 1)


def maak_reeks(naam: str, doe: str, rijen: Iterable[Mapping[str, Any]], *, halfjaarlijks: bool = False) -> Reeks:
    """Build a ``Reeks`` from the tables of a parameter file.

    Parameters
    ----------
    naam : str
        What it is, in the words of a message.
    doe : str
        What the reader of a message can do.
    rijen : iterable of mapping
        Each with ``vanaf`` and ``bron``, in order of ``vanaf``.
    halfjaarlijks : bool
        The values are revised each 1 January and 1 July: without ``geldig_tot`` a value is known to hold until then.

    Raises
    ------
    ValueError
        For a file of ours that is not in order: that is a mistake in the program, not of a user.
    """
    rijen = list(rijen)
    if not rijen or any(b["vanaf"] <= a["vanaf"] for a, b in pairwise(rijen)):
        raise ValueError(f"{naam}: geen rijen, of niet oplopend op vanaf")
    waarden = []
    for rij, volgende in zip(rijen, [*rijen[1:], None], strict=True):
        tot = rij.get("geldig_tot")
        if tot is None and halfjaarlijks:
            tot = _half_jaar_later(rij["vanaf"])
        if volgende is not None:
            tot = volgende["vanaf"] if tot is None else min(tot, volgende["vanaf"])
        inhoud = {k: v for k, v in rij.items() if k not in _EIGEN}
        einde = bool(rij.get("vervallen", False))
        if einde == bool(inhoud) or not rij["bron"]:
            raise ValueError(f"{naam}: de rij van {rij['vanaf']} heeft geen bron, geen waarde, of een waarde te veel")
        waarden.append(
            Waarde(
                vanaf=rij["vanaf"],
                geldig_tot=None if einde else tot,
                bron=rij["bron"],
                inhoud=None if einde else MappingProxyType(inhoud),
            )
        )
    return Reeks(naam=naam, doe=doe, waarden=tuple(waarden))


@cache
def _toml(bestand: str) -> Mapping[str, Any]:
    tekst = resources.files("kompas.parameters").joinpath(bestand).read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(tekst))


def lees_rijen(bestand: str, sleutel: str) -> list[dict[str, Any]]:
    """Return the tables ``[[sleutel]]`` of a parameter file beside this module."""
    return [dict(r) for r in _toml(bestand)[sleutel]]
