"""Profiles of the caseload: anonymous counts that travel with a model, so that traits nobody typed can be averaged.

A profile is a combination of trait values with the number of running clients who have it, never a row about a person.
Every cell holds at least ``MINIMUM`` clients. Combinations with fewer are merged: the value of one trait after the
other becomes ``*`` in a fixed order (`STERVOLGORDE`, the least informative first) until a cell is large enough; what is
still too small in the end is left out. Numbers are banded; a band is represented by the mean of its clients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import Config
from kompas.kenmerken import Bronwaarden, Kenmerk, als_niveau, bandnamen
from kompas.models.calendar import age_at, full_months, to_day
from kompas.models.design import Floats, Ints
from kompas.parameters.aow import aow_datum
from kompas.perioden import Perioden

MINIMUM = 10
STER = "*"
VOOR = "kenmerk:"
SAMEN, LOS = "samen", "los"
# Kept longest first; a trait of the municipality's own stands behind these and is given up before any of them.
BEWAARVOLGORDE = ("fasering", "opleiding", "geslacht", "leeftijd", "leefvorm", "duur", "eerdere_spells")
BANDEN: Mapping[str, tuple[float, ...]] = {"leeftijd": (27, 35, 45, 55), "duur": (12, 36), "eerdere_spells": (1, 2)}
KWANTIELEN = (0.2, 0.4, 0.6, 0.8)
VAST = ("soort", "aantal", "vanaf", "waarde")
Waarden = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dimensie:
    """One trait of the running caseload: the band or level of each client, (n,), and for a number the number itself."""

    naam: str
    niveaus: tuple[str, ...]
    code: Ints
    getal: Floats | None = None
    vanaf: tuple[float, ...] = ()


def dimensies_van(namen: Sequence[str]) -> tuple[str, ...]:
    """Traits in the order in which they are kept; the last is the first to become ``*``.

    Examples
    --------
    >>> dimensies_van(["team", "geslacht", "duur", "opleiding"])
    ('opleiding', 'geslacht', 'duur', 'team')
    """
    bekend = [n for n in BEWAARVOLGORDE if n in namen]
    return (*bekend, *(n for n in dict.fromkeys(namen) if n not in BEWAARVOLGORDE))


def _gebande(naam: str, getal: Floats, banden: Sequence[float]) -> Dimensie:
    """A number in bands; without bounds of its own by fifths of the caseload."""
    grenzen = tuple(banden) or tuple(sorted({float(q) for q in np.quantile(getal, KWANTIELEN)} - {float(getal.min())}))
    niveaus = bandnamen(grenzen, geheel=False) if grenzen else ("alle",)
    code = np.searchsorted(np.array(grenzen), getal, side="right").astype(np.int64)
    return Dimensie(naam=naam, niveaus=niveaus, code=code, getal=getal, vanaf=(-np.inf, *grenzen))


def _dimensies(
    perioden: Perioden, uitkeringen: pd.DataFrame, kenmerken: Sequence[Kenmerk], bron: Bronwaarden, spell: Ints, nu: int
) -> list[Dimensie]:
    """Every trait of the model, the duration, and the household (the norm depends on it)."""
    dag = np.full(spell.size, nu - 1, dtype=np.int64)
    per_naam = {k.naam: k for k in kenmerken}
    rij = perioden.spells["rij"].to_numpy(dtype=np.int64)[spell]
    uit = []
    for naam in dimensies_van([*per_naam, "leeftijd", "duur", "leefvorm"]):
        k = per_naam.get(naam)
        banden = k.banden if k is not None and k.soort == "band" else BANDEN.get(naam, ())
        if naam == "duur":
            begin = perioden.spells["begin"].to_numpy(dtype=np.int64)[spell]
            duur = full_months(begin, np.full(spell.size, nu, dtype=np.int64))
            uit.append(_gebande(naam, duur.astype(np.float64), banden))
        elif naam == "leeftijd":
            leeftijd = age_at(bron.geboren[bron.deel(spell, dag)], dag + 1)
            uit.append(_gebande(naam, leeftijd.astype(np.float64), banden))
        elif k is not None and (k.soort != "categorie" or naam == "eerdere_spells"):
            uit.append(_gebande(naam, np.asarray(bron.waarde(naam, spell, dag), dtype=np.float64), banden))
        else:
            waarden = bron.waarde(naam, spell, dag) if k is not None else uitkeringen[naam].to_numpy(dtype=object)[rij]
            code, niveaus = pd.factorize(als_niveau(waarden), sort=True)
            uit.append(Dimensie(naam=naam, niveaus=tuple(map(str, niveaus)), code=code.astype(np.int64)))
    return uit


def _samen(dimensies: Sequence[Dimensie]) -> pd.DataFrame:
    """Joint counts, every cell at least ``MINIMUM``; -1 stands for ``*``."""
    namen = [VOOR + d.naam for d in dimensies]
    rest = pd.DataFrame({n: d.code for n, d in zip(namen, dimensies, strict=True)}).value_counts(sort=False)
    cellen = rest.rename("aantal").reset_index()
    klaar = []
    for naam in [None, *reversed(namen)]:
        if naam is not None:
            cellen[naam] = -1
            cellen = cellen.groupby(namen, sort=True, as_index=False)["aantal"].sum()
        groot = cellen["aantal"] >= MINIMUM
        klaar.append(cellen[groot])
        cellen = cellen[~groot].copy()
    return pd.concat(klaar, ignore_index=True)


def _los(dimensies: Sequence[Dimensie]) -> pd.DataFrame:
    """Counts of one trait at a time, for everybody and per geslacht; a level under ``MINIMUM`` is left out.

    No second level is hidden beside a single small one: that would leave whole groups out of every average. A model
    folder stays within the municipality; tables for others have their own suppression.
    """
    geslacht = next((d for d in dimensies if d.naam == "geslacht"), None)
    rijen = []
    for d in dimensies:
        groepen = [(-1, np.ones(d.code.size, dtype=bool))]
        if geslacht is not None and d.naam != "geslacht":
            groepen += [(g, geslacht.code == g) for g in range(len(geslacht.niveaus))]
        for g, wie in groepen:
            aantal = np.bincount(d.code[wie], minlength=len(d.niveaus))
            over = aantal >= MINIMUM
            som = None if d.getal is None else np.bincount(d.code[wie], d.getal[wie], len(d.niveaus))
            rijen += [
                {
                    VOOR + "geslacht": g,
                    VOOR + d.naam: n,
                    "aantal": int(aantal[n]),
                    "vanaf": d.vanaf[n] if d.vanaf else np.nan,
                    "waarde": np.nan if som is None else float(som[n] / aantal[n]),
                }
                for n in np.flatnonzero(over)
            ]
    uit = pd.DataFrame(rijen)
    if geslacht is None:
        return uit.drop(columns=VOOR + "geslacht", errors="ignore")
    return uit


def leeg_profiel(namen: Sequence[str] = ()) -> pd.DataFrame:
    """A table of profiles without a row."""
    soorten = {"soort": object, "aantal": np.int64, "vanaf": np.float64, "waarde": np.float64}
    kolommen = {k: pd.Series(dtype=s) for k, s in soorten.items()}
    return pd.DataFrame(kolommen | {VOOR + n: pd.Series(dtype=object) for n in namen})


def profieltabel(
    perioden: Perioden, uitkeringen: pd.DataFrame, config: Config, kenmerken: Sequence[Kenmerk], bron: Bronwaarden
) -> pd.DataFrame:
    """Count the running caseload on the peildatum by combinations of traits.

    Parameters
    ----------
    perioden, uitkeringen, config, kenmerken, bron
        As in the herijking.

    Returns
    -------
    DataFrame
        soort (``samen``: joint cells, disjoint; ``los``: one trait at a time, also per geslacht), aantal (at least 10),
        vanaf (lower end of a band of numbers), waarde (mean of the numbers in it), and a column ``kenmerk:NAAM`` per
        trait with its level, its band or ``*``. Clients who reached the AOW age are not counted.
    """
    nu = to_day(config.gemeente.peildatum) + 1
    s = perioden.spells
    loopt = np.flatnonzero((s["eind"].to_numpy() > nu) & (s["begin"].to_numpy() < nu))
    dag = np.full(loopt.size, nu - 1, dtype=np.int64)
    loopt = loopt[aow_datum(bron.geboren[bron.deel(loopt, dag)]) > nu] if loopt.size else loopt
    namen = dimensies_van([*(k.naam for k in kenmerken), "leeftijd", "duur", "leefvorm"])
    if loopt.size < MINIMUM:
        return leeg_profiel(namen)
    dimensies = _dimensies(perioden, uitkeringen, kenmerken, bron, loopt, nu)
    samen, los = _samen(dimensies).assign(soort=SAMEN), _los(dimensies).assign(soort=LOS)
    uit = pd.concat([samen, los], ignore_index=True)
    for d in dimensies:
        code = uit[VOOR + d.naam].fillna(-1).to_numpy(dtype=np.int64)
        uit[VOOR + d.naam] = np.array([*d.niveaus, STER], dtype=object)[code]
    uit = uit.reindex(columns=[*VAST, *(VOOR + d.naam for d in dimensies)])
    soorten = {"aantal": np.int64, "vanaf": np.float64, "waarde": np.float64}
    sleutel = ["soort", *uit.columns[len(VAST) :]]
    return uit.astype(soorten).sort_values(sleutel, kind="stable", ascending=True, ignore_index=True)
