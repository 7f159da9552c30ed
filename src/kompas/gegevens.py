"""What all methods start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from kompas.config import Config
from kompas.kenmerken import Interactie, Kenmerk
from kompas.models.design import Floats, Ints
from kompas.models.hazard import Problem
from kompas.models.timedesign import TimeSpec
from kompas.panel import KenmerkFunctie, Panel
from kompas.perioden import Perioden
from kompas.schatting import Oorzaak
from kompas.tijdlijn import Tijdlijn


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gegevens:
    """What all methods start from."""

    panel: Panel
    perioden: Perioden
    uitkeringen: pd.DataFrame
    config: Config
    kenmerken: Sequence[Kenmerk]
    interacties: Sequence[Interactie]
    tijd: TimeSpec
    basis: Problem
    oorzaken: Sequence[Oorzaak]
    coef: Floats
    covariantie: Floats
    kenmerkfunctie: KenmerkFunctie
    tijdlijnen: list[Tijdlijn]
    leeftijden: Ints
