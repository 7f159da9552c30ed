"""Traits looked up by (spell, day), also those that change: the history belongs to the recipient of that moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.kenmerken import Bronwaarden, maak_bronwaarden
from kompas.models.calendar import days_of
from kompas.models.design import Ints
from kompas.perioden import OPEN, Perioden
from kompas.tijdlijn import Tijdlijn, deel_tijdlijn, maak_tijdlijn


def historie_lijnen(
    historie: pd.DataFrame, perioden: Perioden, uitkeringen: pd.DataFrame
) -> tuple[dict[str, tuple[Tijdlijn, npt.NDArray[np.generic]]], list[Tijdlijn]]:
    """Step functions of traits that change (kenmerken_historie), per trait: by part of a spell, and its steps by spell.

    The history of a recipient holds for the parts of spells that are his own, also after a takeover.
    """
    if not len(historie):
        return {}, []
    client = uitkeringen["client_id"].to_numpy()[perioden.delen["rij"]]
    paren = pd.DataFrame({"client_id": client, "deel": np.arange(client.size), "spell": perioden.delen["spell"]})
    rijen = historie.merge(paren, on="client_id").sort_values(["kenmerk", "deel", "vanaf", "waarde"], kind="stable")
    uit: dict[str, tuple[Tijdlijn, npt.NDArray[np.generic]]] = {}
    stappen = []
    for naam, eigen in rijen.groupby("kenmerk", sort=True):
        deel, spell = eigen["deel"].to_numpy(dtype=np.int64), eigen["spell"].to_numpy(dtype=np.int64)
        vanaf, nummer = days_of(eigen["vanaf"], -OPEN), np.arange(len(eigen))
        uit[str(naam)] = (maak_tijdlijn(deel, vanaf, nummer), eigen["waarde"].astype(str).to_numpy(dtype=object))
        stappen.append(maak_tijdlijn(spell, vanaf, nummer))
    return uit, stappen


def bronwaarden_van(
    namen: Sequence[str], perioden: Perioden, uitkeringen: pd.DataFrame, historie: pd.DataFrame
) -> tuple[Bronwaarden, list[Tijdlijn]]:
    """Everything needed to look up traits by (spell, day)."""
    lijnen, stappen = historie_lijnen(historie[historie["kenmerk"].isin(list(namen))], perioden, uitkeringen)
    deel = deel_tijdlijn(perioden).op

    def van_ontvanger(lijn: Tijdlijn) -> Callable[[Ints, Ints], Ints]:
        return lambda spell, dag: lijn.op(deel(spell, dag), dag)

    zoek = {naam: (van_ontvanger(lijn), waarden) for naam, (lijn, waarden) in lijnen.items()}
    return maak_bronwaarden(namen, perioden, uitkeringen, deel, zoek), stappen
