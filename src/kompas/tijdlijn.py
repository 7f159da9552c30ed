"""Step functions of time per spell: phases of instruments, recipients, traits that change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.config import Instrument
from kompas.kenmerken import STARTBANDEN
from kompas.models.calendar import add_months, full_months
from kompas.models.design import Ints
from kompas.models.timedesign import band_of
from kompas.perioden import OPEN, Perioden


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tijdlijn:
    """Step functions of time per spell: value ``waarde`` from day ``vanaf`` on; ``leeg`` before the first."""

    sleutel: Ints
    waarde: Ints
    leeg: int

    def op(self, spell: Ints, dag: Ints) -> Ints:
        """Value at each (spell, day)."""
        if self.sleutel.size == 0:
            return np.full(spell.size, self.leeg, dtype=np.int64)
        plek = np.searchsorted(self.sleutel, spell * (2 * OPEN) + dag + OPEN, side="right") - 1
        raak = (plek >= 0) & (self.sleutel[plek] // (2 * OPEN) == spell)
        return np.where(raak, self.waarde[plek], self.leeg)

    @property
    def overgangen(self) -> tuple[Ints, Ints]:
        """(spell, day) of every step."""
        return self.sleutel // (2 * OPEN), self.sleutel % (2 * OPEN) - OPEN


def maak_tijdlijn(spell: Ints, vanaf: Ints, waarde: Ints, leeg: int = -1) -> Tijdlijn:
    """Sort steps; of several steps at one moment the last given holds."""
    sleutel = spell.astype(np.int64) * (2 * OPEN) + np.clip(vanaf, -OPEN + 1, OPEN - 1) + OPEN
    orde = np.argsort(sleutel, kind="stable")
    sleutel, waarde = sleutel[orde], waarde[orde]
    laatste = np.r_[sleutel[1:] != sleutel[:-1], True] if sleutel.size else np.zeros(0, dtype=bool)
    return Tijdlijn(sleutel=sleutel[laatste], waarde=waarde[laatste], leeg=leeg)


def deel_tijdlijn(perioden: Perioden) -> Tijdlijn:
    """Which part of a spell (row of ``perioden.delen``) holds at each day."""
    spell = perioden.delen["spell"].to_numpy(dtype=np.int64)
    vanaf = perioden.delen["vanaf"].to_numpy(dtype=np.int64)
    return maak_tijdlijn(spell, vanaf, np.arange(spell.size))


def fase_tijdlijn(inzetten: pd.DataFrame, instrument: Instrument, index: int) -> Tijdlijn:
    """Phase of one instrument over time per spell: -1 before a start, else an index into ``instrument.fasen``.

    A later deployment restarts the phases, which is a change of phase also when the same phase was running; ``na_...``
    counts from the planned end.
    """
    eigen = inzetten[inzetten["instrument"] == index].sort_values(["spell", "start", "gepland"], kind="stable")
    spell, start, gepland = (eigen[k].to_numpy(dtype=np.int64) for k in ("spell", "start", "gepland"))
    volgende = np.r_[start[1:], OPEN] if start.size else start
    volgende = np.where(np.r_[spell[1:] != spell[:-1], True], OPEN, volgende) if start.size else volgende
    stappen = [(start, np.zeros_like(start))] if instrument.duur_maanden > 0 else []
    eerste_na = len(stappen)
    for k, grens in enumerate((0, *instrument.fasen_na)):
        dag = np.maximum(add_months(gepland, grens), start)
        stappen.append((dag, np.full_like(start, eerste_na + k)))
    delen = [(spell[ok], dag[ok], w[ok]) for dag, w in stappen for ok in [dag < volgende]]
    return maak_tijdlijn(
        np.concatenate([d[0] for d in delen]),
        np.concatenate([d[1] for d in delen]),
        np.concatenate([d[2] for d in delen]),
    )


def inzet_tijdlijn(inzetten: pd.DataFrame, index: int) -> Tijdlijn:
    """Number of the deployment of one instrument that is in force, per spell."""
    eigen = inzetten[inzetten["instrument"] == index].sort_values(["spell", "start", "gepland"], kind="stable")
    spell, start, nummer = (eigen[k].to_numpy(dtype=np.int64) for k in ("spell", "start", "inzet"))
    return maak_tijdlijn(spell, start, nummer)


def startduur_tijdlijn(inzetten: pd.DataFrame, begin: Ints, index: int) -> Tijdlijn:
    """Band of elapsed duration at the start of the deployment that is in force; 0 before the first.

    ``begin`` is the first day of each spell; a deployment from before the spell counts as its first band.
    """
    eigen = inzetten[inzetten["instrument"] == index].sort_values(["spell", "start", "gepland"], kind="stable")
    spell, start = (eigen[k].to_numpy(dtype=np.int64) for k in ("spell", "start"))
    maand = full_months(begin[spell], np.maximum(start, begin[spell]))
    return maak_tijdlijn(spell, start, band_of(maand, STARTBANDEN), leeg=0)


def naar_maandgrens(lijn: Tijdlijn, begin: Ints) -> Tijdlijn:
    """Move every step to the first duration month that begins on or after it (``begin``: day per spell).

    Traits hold as they are at the start of a piece and shorten none: only phases do (contract 3).
    """
    spell, dag = lijn.overgangen
    vanaf = np.maximum(dag, begin[spell])
    grens = add_months(begin[spell], full_months(begin[spell], vanaf))
    volgende = add_months(begin[spell], full_months(begin[spell], vanaf) + 1)
    return maak_tijdlijn(spell, np.where(grens < vanaf, volgende, grens), lijn.waarde, lijn.leeg)
