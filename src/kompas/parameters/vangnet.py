"""The safety net for municipalities with a deficit on the benefit budget: thresholds per year, with their source."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from kompas.fouten import GebruiksFout
from kompas.parameters.reeks import Reeks, lees_rijen, maak_reeks

Recht = Literal["regulier", "uitgebreid", "geen"]
_DOE = "Zie de voorwaarden van de Toetsingscommissie vangnet Participatiewet."
_NAMEN = {
    "vangnet": "de regel van de vangnetuitkering",
    "iau": "de regel van de incidentele aanvullende uitkering",
    "mau": "de regel van de meerjarige aanvullende uitkering",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vangnet:
    """The financial conditions of the vangnetuitkering over one year; thresholds are fractions of a budget.

    ``uitgebreid_drempel`` (None before 2025): a lower threshold for who had such a deficit in at least
    ``uitgebreid_minstens`` of the ``uitgebreid_jaren`` years before.
    """

    jaar: int
    drempel: float
    drempel_cumulatief: float
    jaren: int
    uitgebreid_drempel: float | None
    uitgebreid_jaren: int
    uitgebreid_minstens: int
    bron: str
    waarschuwing: str | None

    def recht(self, tekorten: Sequence[float], budgetten: Sequence[float]) -> Recht:
        """Tell whether the financial conditions are met.

        Parameters
        ----------
        tekorten, budgetten : sequence of float
            Euro per year, the oldest first, the last one is ``jaar``; a surplus is a negative deficit. At least
            ``jaren`` years, and one more where the wider net exists.

        Returns
        -------
        str
            ``regulier``, ``uitgebreid`` or ``geen``.

        Raises
        ------
        GebruiksFout
            ``KMP-P004`` for too few years, lists of unequal length or a budget that is not positive.

        Examples
        --------
        >>> regel = vangnet(2024)
        >>> regel.recht([0.0, 1.0, 8.0], [100.0, 100.0, 100.0])
        'regulier'
        >>> regel.recht([-3.0, 0.0, 8.0], [100.0, 100.0, 100.0])
        'geen'
        """
        nodig = max(self.jaren, self.uitgebreid_jaren + 1 if self.uitgebreid_drempel is not None else 0)
        if len(tekorten) != len(budgetten) or len(tekorten) < nodig or min(budgetten) <= 0:
            raise GebruiksFout(
                "KMP-P004",
                f"voor de vangnetuitkering over {self.jaar} zijn tekort en budget nodig van {nodig} jaren achter "
                f"elkaar tot en met {self.jaar}, met budgetten boven nul; vul de ontbrekende jaren aan.",
            )
        tekort, budget = tekorten[-1], budgetten[-1]
        if tekort > self.drempel * budget and sum(tekorten[-self.jaren :]) > self.drempel_cumulatief * budget:
            return "regulier"
        grens = self.uitgebreid_drempel
        if grens is not None and tekort > grens * budget:
            vorige = slice(-1 - self.uitgebreid_jaren, -1)
            keer = sum(t >= grens * b for t, b in zip(tekorten[vorige], budgetten[vorige], strict=True))
            if keer >= self.uitgebreid_minstens:
                return "uitgebreid"
        return "geen"


@cache
def vangnetreeks(regeling: str = "vangnet") -> Reeks:
    """Return the rules of a scheme (``vangnet``, ``iau`` or ``mau``) as read from ``vangnet.toml``."""
    return maak_reeks(_NAMEN[regeling], _DOE, lees_rijen("vangnet.toml", regeling))


def vangnet(jaar: int) -> Vangnet:
    """Return the conditions of the vangnetuitkering over a year.

    Parameters
    ----------
    jaar : int
        The year of the deficit.

    Raises
    ------
    GebruiksFout
        ``KMP-P001`` for a year before the first known rule.

    Examples
    --------
    >>> regel = vangnet(2024)
    >>> regel.drempel, regel.drempel_cumulatief, regel.jaren, regel.waarschuwing
    (0.075, 0.075, 3, None)
    """
    gevonden = vangnetreeks().op(dt.date(jaar, 1, 1))
    inhoud: dict[str, Any] = dict(gevonden.waarde.inhoud or {})
    uitgebreid = inhoud.get("uitgebreid_drempel")
    return Vangnet(
        jaar=jaar,
        drempel=float(inhoud["drempel"]),
        drempel_cumulatief=float(inhoud["drempel_cumulatief"]),
        jaren=int(inhoud["jaren"]),
        uitgebreid_drempel=None if uitgebreid is None else float(uitgebreid),
        uitgebreid_jaren=int(inhoud.get("uitgebreid_jaren", 0)),
        uitgebreid_minstens=int(inhoud.get("uitgebreid_minstens", 0)),
        bron=gevonden.waarde.bron,
        waarschuwing=gevonden.waarschuwing,
    )
