"""The form of a kengetal: what a definition has to say, and the constants that definitions name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Werkstroom = Literal["poort", "uitstroom", "zittend_bestand", "handhaving"]
Eenheid = Literal["aantal", "fractie", "dagen", "euro"]
Richting = Literal["hoger", "lager"]
Telwijze = Literal["jaar", "12m", "stand"]
Toeval = Literal["aantal", "aandeel", "gemiddelde", "stand", "geen"]
Normpad = Literal["vast", "seizoen", "recht", "stand"]

WERKSTROMEN: tuple[Werkstroom, ...] = ("poort", "uitstroom", "zittend_bestand", "handhaving")
TELWIJZEN: Mapping[Telwijze, str] = {
    "jaar": "het jaar tot en met deze maand",
    "12m": "de laatste twaalf maanden",
    "stand": "de stand aan het eind van de maand",
}
TERMIJN_DAGEN = 56  # Awb art. 4:13: eight weeks when no law says otherwise
UREN_PER_FTE = 156.0  # 36 hours a week, 52 weeks, 12 months
START_DAGEN = 21
JONG = 27
LANG_MAANDEN = 36
NA_HANDHAVING_MAANDEN = 3
NA_TRAJECT_MAANDEN = 6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kengetal:
    """One key figure.

    Parameters
    ----------
    code : str
        Name in ``taakstellingen`` and in the table.
    werkstroom : str
        poort, uitstroom, zittend_bestand or handhaving.
    label : str
        Heading.
    definitie : str
        What is counted, in Dutch sentences.
    eenheid : {"aantal", "fractie", "dagen", "euro"}
    richting : {"hoger", "lager"}
        Which side of the norm is the good one.
    telwijze : {"jaar", "12m", "stand"}
        Over which time it runs.
    toeval : {"aantal", "aandeel", "gemiddelde", "stand", "geen"}
        Which chance model the signal uses: Poisson, binomial, normal mean, flows behind a stock, or none.
    normpad : {"vast", "seizoen", "recht", "stand"}
        How a norm for the year becomes the norm of a month: as it is; by the share of the year that earlier years had
        by then; by twelfths; along a straight line from the last stock of the year before.
    niveaus : tuple of str
        Levels on which it can be counted.
    tabellen : tuple of str
        Input tables that it needs.
    """

    code: str
    werkstroom: Werkstroom
    label: str
    definitie: str
    eenheid: Eenheid
    richting: Richting
    telwijze: Telwijze
    toeval: Toeval
    normpad: Normpad = "vast"
    niveaus: tuple[str, ...] = ("management", "teamleider", "team", "klantmanager")
    tabellen: tuple[str, ...] = ("uitkeringen",)
