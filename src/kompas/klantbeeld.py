"""One client: what is expected, the options side by side, what is unknown, what it rests on, what would change it."""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from kompas.toonbaar import Toonbaar

_TEKST = "kompas.weergave.klanttekst"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Klantbeeld(Toonbaar):
    """All that is said about one client; figures are those of the list.

    Parameters
    ----------
    rij : DataFrame
        One row with the columns of the list. ``client_id`` is ``getypt`` when the traits were typed.
    opties : DataFrame
        One row per instrument, by name and not by worth: instrument, naam, meter, indicatie, reden, maanden_bespaard,
        maanden_laag, maanden_hoog, opbrengst, kosten, netto, netto_laag, netto_hoog, kans_positief, oordeel, inzetten,
        gebeurtenissen, steun, netto_p10, netto_p90 (how far it differs between the profiles averaged over).
    kansen : DataFrame
        maand, kans_uitstroom, kans_werk.
    curve : DataFrame
        maand, kans (still on benefit, without a return), groep (``niets nieuws`` or the name of an instrument).
    factoren : DataFrame
        factor, tekst, maanden: what makes the expected months differ from ``referentie``; they add up.
    verandert : DataFrame
        wat, verwachte_maanden, and per instrument its code with the months saved: what another situation would give.
    kenmerken : tuple of (str, str)
        What is known: label and value in words.
    gemiddeld : tuple of str
        Traits over which is averaged; empty when everything is known.
    gelijken : float
        Running clients, at the herijking, who share what is known; ``gelijk_op`` names the traits of that match.
    gelijk_op : tuple of str
    verwacht, laag, hoog : float
        Expected months on benefit within the horizon, and its 95% interval.
    spreiding : tuple of (float, float) or None
        10% and 90% of the expected months over the profiles averaged over.
    referentie : float
        Expected months of the average running client who got no instrument yet; nan when the model has no profiles.
    horizon : int
        Months.
    gemeente : str
    peildatum, modeldatum, venster_van, venster_tot : date
        Day of this calculation; last day the model knows; window of its data.
    persoonmaanden, gebeurtenissen : float
        Months and exits on which the model was estimated.
    minimum : float
        Chance of a gain that a ja needs.
    waarschuwingen : tuple of str
        What must be said about this client.
    modelwaarschuwingen : tuple of str
        What must be said about the model.
    """

    rij: pd.DataFrame
    opties: pd.DataFrame
    kansen: pd.DataFrame
    curve: pd.DataFrame
    factoren: pd.DataFrame
    verandert: pd.DataFrame
    kenmerken: tuple[tuple[str, str], ...]
    gemiddeld: tuple[str, ...]
    gelijken: float
    gelijk_op: tuple[str, ...]
    verwacht: float
    laag: float
    hoog: float
    spreiding: tuple[float, float] | None
    referentie: float
    horizon: int
    gemeente: str
    peildatum: dt.date
    modeldatum: dt.date
    venster_van: dt.date
    venster_tot: dt.date
    persoonmaanden: float
    gebeurtenissen: float
    minimum: float
    waarschuwingen: tuple[str, ...]
    modelwaarschuwingen: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row with the columns of the list."""
        return self.rij.copy()

    def tekst(self, breedte: int = 80) -> str:
        """Everything in plain Dutch, for a terminal of ``breedte`` columns."""
        toon: Any = importlib.import_module(_TEKST)
        uit: str = toon.klanttekst(self, breedte)
        return uit

    def _repr_html_(self) -> str:
        toon: Any = importlib.import_module("kompas.weergave.klanthtml")
        uit: str = toon.klantfragment(self)
        return uit

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values: the row of the list, and the tables beside it as records; empty is None."""
        rij = {k: _kaal(v) for k, v in self.rij.iloc[0].to_dict().items()}
        return rij | {
            "horizon_maanden": self.horizon,
            "verwachte_maanden_laag": _kaal(self.laag),
            "verwachte_maanden_hoog": _kaal(self.hoog),
            "verwachte_maanden_p10": None if self.spreiding is None else self.spreiding[0],
            "verwachte_maanden_p90": None if self.spreiding is None else self.spreiding[1],
            "peildatum": self.peildatum.isoformat(),
            "modeldatum": self.modeldatum.isoformat(),
            "venster_van": self.venster_van.isoformat(),
            "venster_tot": self.venster_tot.isoformat(),
            "kenmerken": dict(self.kenmerken),
            "gemiddeld_over": list(self.gemiddeld),
            "gelijken": round(self.gelijken) if self.gelijken >= 10 else None,
            "gelijk_op": list(self.gelijk_op),
            **{k: _records(getattr(self, k)) for k in ("opties", "kansen", "factoren", "verandert")},
            "waarschuwingen": list(self.waarschuwingen),
            "modelwaarschuwingen": list(self.modelwaarschuwingen),
        }


def _kaal(waarde: Any) -> Any:
    """A plain value; missing is None."""
    if isinstance(waarde, (list, tuple)):
        return list(waarde)
    if waarde is None or pd.isna(waarde):
        return None
    if isinstance(waarde, pd.Timestamp):
        return waarde.date().isoformat()
    return waarde.item() if hasattr(waarde, "item") else waarde


def _records(frame: pd.DataFrame) -> list[Mapping[str, Any]]:
    return [{str(k): _kaal(v) for k, v in rij.items()} for rij in frame.to_dict("records")]
