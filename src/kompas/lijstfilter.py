"""Filters of a list: the rows of a unit, of a doelgroep, or with ja for an instrument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from kompas.config import Config
from kompas.fouten import GebruiksFout, naaste
from kompas.klantstand import EENHEDEN
from kompas.lijst import Lijst

FILTERS = (*EENHEDEN, "doelgroep", "instrument")


def bekende_waarden(lijst: Lijst, config: Config) -> dict[str, tuple[str, ...]]:
    """Values that each filter can take: the units in the list, the doelgroepen of the config, the instruments."""
    tabel = lijst.tabel
    eenheden = {
        k: tuple(sorted({w for w in tabel[k].dropna().astype(str).unique() if w})) for k in EENHEDEN if k in tabel
    }
    return {
        **eenheden,
        "doelgroep": tuple(dict.fromkeys(d.code for d in config.doelgroepen)),
        "instrument": tuple(i.code for i in lijst.instrumenten),
    }


def filter_lijst(lijst: Lijst, keuze: Mapping[str, Sequence[str]], bekend: Mapping[str, Sequence[str]]) -> Lijst:
    """Keep the rows that pass every filter; the figures of the rows do not change.

    Parameters
    ----------
    lijst : Lijst
    keuze : mapping of filter to values
        Names out of ``FILTERS``; several values of one filter: any of them.
    bekend : mapping of filter to values
        See `bekende_waarden`.

    Returns
    -------
    Lijst
        ``toelichting`` says which filters were applied.

    Raises
    ------
    GebruiksFout
        ``KMP-L011`` for an unknown value (the nearest is named), ``KMP-L014`` when this list has no such column.
    """
    keuze = {k: tuple(v) for k, v in keuze.items() if v}
    tabel, zinnen = lijst.tabel, []
    wie = np.ones(len(tabel), dtype=bool)
    for naam, waarden in keuze.items():
        for waarde in waarden:
            if waarde not in bekend.get(naam, ()):
                raise GebruiksFout("KMP-L011", _onbekend(naam, waarde, bekend.get(naam, ())))
        past = np.zeros(len(tabel), dtype=bool)
        for kolom, gezocht in _kolommen(naam, waarden):
            if kolom not in tabel.columns:
                raise GebruiksFout(
                    "KMP-L014", f"--{naam} kan niet bij de lijst '{lijst.soort}': die klanten hebben geen {naam}."
                )
            past |= tabel[kolom].astype(object).isin(gezocht).to_numpy()
        wie &= past
        zinnen.append(f"{naam} {' of '.join(waarden)}")
    if not keuze:
        return lijst
    zin = f"Gekozen: {'; '.join(zinnen)}. {int(wie.sum())} van {len(tabel)} rijen."
    gekozen: pd.DataFrame = tabel[wie].reset_index(drop=True)
    return replace(lijst, tabel=gekozen, toelichting=(*lijst.toelichting, zin))


def _kolommen(naam: str, waarden: Sequence[str]) -> list[tuple[str, list[str]]]:
    if naam == "instrument":
        return [(f"{code}_indicatie", ["ja"]) for code in waarden]
    return [(naam, list(waarden))]


def _onbekend(naam: str, waarde: str, bekend: Sequence[str]) -> str:
    if not bekend:
        return f"--{naam} '{waarde}': in de gegevens staat geen enkele {naam}."
    keus = "" if naaste(waarde, bekend) or len(bekend) > 12 else f" Er zijn: {', '.join(bekend)}."
    return f"{naam} '{waarde}' komt niet voor.{naaste(waarde, bekend)}{keus}"
