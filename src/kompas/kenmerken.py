"""Traits: what was asked (config), what was learnt (levels, reference), and the value of each row.

A text column becomes categories with the most frequent as reference; a number is linear per unit unless ``banden`` or
``soort`` says otherwise (contract 2). ``leeftijd`` and ``eerdere_spells`` are derived; ``duur`` is the baseline itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import Config
from kompas.fouten import GebruiksFout, naaste
from kompas.models.calendar import age_at, days_of
from kompas.models.design import Floats, Ints
from kompas.perioden import OPEN, Perioden, venster

AFGELEID = ("leeftijd", "duur", "eerdere_spells")
GEHEEL = ("leeftijd", "eerdere_spells")
HOOGSTE_LEEFTIJD = 67  # the last year of age before AOW
STARTBANDEN = (3, 6, 12, 24, 60)  # elapsed months at the start of a deployment
Waarden = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kenmerk:
    """One trait as learnt from the data.

    Parameters
    ----------
    naam : str
    soort : {"categorie", "band", "numeriek"}
    niveaus : tuple of str
        All levels, in order; empty for a numeric trait.
    referentie : str or None
        Level without a coefficient: the most frequent.
    banden : tuple of float
        Lower ends of the second and later bands.
    bereik : tuple of float
        Smallest and largest value seen (numeric traits): outside it there is no support.
    """

    naam: str
    soort: Literal["categorie", "band", "numeriek"]
    niveaus: tuple[str, ...] = ()
    referentie: str | None = None
    banden: tuple[float, ...] = ()
    bereik: tuple[float, float] | None = None

    def codeer(self, waarden: Waarden) -> Waarden:
        """Level index per value (-1 = a level never seen), or the number itself."""
        if self.soort == "numeriek":
            return np.asarray(waarden, dtype=np.float64)
        if self.soort == "band":
            getal = np.asarray(waarden, dtype=np.float64)
            return np.where(np.isnan(getal), -1, np.searchsorted(np.array(self.banden), getal, side="right"))
        return np.asarray(pd.Index(self.niveaus, dtype=object).get_indexer(als_niveau(waarden)), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interactie:
    """Deviations of one phase of an instrument by the levels of a trait: name of the factor and its parts."""

    instrument: str
    fase: str
    kenmerk: str

    @property
    def naam(self) -> str:
        """Name of the factor in the design."""
        return f"inzet:{self.instrument}:{self.fase}:{self.kenmerk}"

    @property
    def kolom(self) -> str:
        """Column of the profiles with the level: for ``duur`` the duration at the start of the deployment in force."""
        return f"startduur:{self.instrument}" if self.kenmerk == "duur" else self.kenmerk


def startduur() -> Kenmerk:
    """Elapsed duration at the start of a deployment, as a trait by which effects may differ.

    Examples
    --------
    >>> startduur().niveaus
    ('0-3', '3-6', '6-12', '12-24', '24-60', '60+')
    """
    namen = (*(f"{a}-{b}" for a, b in pairwise((0, *STARTBANDEN))), f"{STARTBANDEN[-1]}+")
    return Kenmerk(naam="duur", soort="band", niveaus=namen, banden=STARTBANDEN)


def effectgroepen(kenmerken: Sequence[Kenmerk]) -> dict[str, Kenmerk]:
    """Everything by which an effect may differ: the traits, and the duration at the start."""
    return {k.naam: k for k in kenmerken} | {"duur": startduur()}


def als_niveau(waarden: Waarden) -> pd.Index:
    """Values as the names of levels; a whole number has no decimals, whatever its type.

    Examples
    --------
    >>> als_niveau(np.array([2.0, 10.0])).tolist(), als_niveau(np.array(["a", "2"], dtype=object)).tolist()
    (['2', '10'], ['a', '2'])
    """
    if waarden.dtype.kind not in "iuf":
        return pd.Index(np.asarray(waarden, dtype=object).astype(str), dtype=object)
    uniek, plek = np.unique(waarden, return_inverse=True)
    return pd.Index(np.array([f"{w:g}" for w in uniek], dtype=object)[plek], dtype=object)


def bandnamen(banden: Sequence[float], *, geheel: bool) -> tuple[str, ...]:
    """Names of bands by their lower ends.

    Examples
    --------
    >>> bandnamen((25, 35), geheel=True)
    ('<25', '25-34', '35+')
    >>> bandnamen((100.5, 200), geheel=False)
    ('<100.5', '100.5-<200', '200+')
    """
    midden = [f"{a:g}-{b - 1:g}" if geheel else f"{a:g}-<{b:g}" for a, b in pairwise(banden)]
    return (f"<{banden[0]:g}", *midden, f"{banden[-1]:g}+")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bronwaarden:
    """Values of traits, to be looked up per (spell, day).

    ``rijen`` holds one array per trait column of ``uitkeringen``; ``deel`` and ``historie`` say which row holds when.
    """

    rijen: Mapping[str, Waarden]
    geboren: Ints
    eerdere: Ints
    deel: Callable[[Ints, Ints], Ints]
    historie: Mapping[str, tuple[Callable[[Ints, Ints], Ints], Waarden]]

    def waarde(self, naam: str, spell: Ints, dag: Ints) -> Waarden:
        """Raw value of a trait for each (spell, day)."""
        if naam == "eerdere_spells":
            return self.eerdere[spell]
        rij = self.deel(spell, dag)
        if naam == "leeftijd":
            return age_at(self.geboren[rij], dag)
        basis = self.rijen[naam][rij] if naam in self.rijen else np.full(spell.size, "onbekend", dtype=object)
        if naam not in self.historie:
            return basis
        zoek, waarden = self.historie[naam]
        plek = zoek(spell, dag)
        return np.where(plek >= 0, waarden[np.maximum(plek, 0)], basis) if waarden.size else basis


def gevraagd(config: Config, kolommen: Sequence[str], historie: Sequence[str]) -> tuple[str, ...]:
    """Traits that enter the model: those asked for; of the default list only the columns that are there."""
    beschikbaar = [*kolommen, *historie, *AFGELEID]
    namen = []
    for naam in config.kenmerken.namen:
        if naam == "duur":
            continue
        if naam in beschikbaar:
            namen.append(naam)
        elif config.kenmerken.gebruik is not None:
            raise GebruiksFout(
                "KMP-C020",
                f"kenmerk '{naam}' uit [kenmerken] gebruik staat in geen tabel.{naaste(naam, beschikbaar)} "
                "Neem de kolom op in de export, hernoem haar met [bron.uitkeringen] kolommen, of haal het kenmerk weg.",
            )
    return tuple(dict.fromkeys(namen))


def _soort(naam: str, waarden: Waarden, config: Config) -> Literal["categorie", "band", "numeriek"]:
    if config.kenmerken.banden.get(naam):
        return "band"
    keus = config.kenmerken.soort.get(naam)
    if keus is not None:
        return keus
    return "numeriek" if waarden.dtype.kind in "if" else "categorie"


def _niveaus(naam: str, waarden: pd.Index, bron: Bronwaarden, spell: Ints, config: Config) -> tuple[str, ...]:
    """All levels that rows of exposure can have: also of who takes a spell over, and every age up to the end."""
    laatste = np.full(spell.size, venster(config)[1] - 1, dtype=np.int64)
    slot = bron.waarde(naam, spell, laatste)
    if naam == "leeftijd":
        jaren = [int(w) for w in waarden]
        hoogste = min(int(slot.max()), HOOGSTE_LEEFTIJD) if slot.size else 0
        return tuple(str(j) for j in range(min(jaren, default=0), max(hoogste, max(jaren, default=0)) + 1))
    return tuple(sorted({*waarden, *als_niveau(slot)}))


def leer_kenmerken(
    namen: Sequence[str], bron: Bronwaarden, spell: Ints, dag: Ints, config: Config
) -> tuple[Kenmerk, ...]:
    """Learn levels, references and ranges from the spells in the window.

    Parameters
    ----------
    namen : sequence of str
    bron : Bronwaarden
    spell, dag : (n,) int
        The spells that enter, each at the first day it is observed.
    config : Config

    Raises
    ------
    GebruiksFout
        ``KMP-C021`` when a text column was declared numeric or banded.
    """
    uit = []
    for naam in namen:
        waarden = bron.waarde(naam, spell, dag)
        if naam in bron.historie:
            waarden = np.concatenate([waarden, bron.historie[naam][1]])
        soort = _soort(naam, waarden, config)
        if soort != "categorie" and waarden.dtype.kind not in "if":
            try:
                waarden = waarden.astype(np.float64)
            except ValueError:
                raise GebruiksFout(
                    "KMP-C021",
                    f"kenmerk '{naam}' bevat tekst en kan niet in banden of als getal. Haal het uit banden en soort.",
                ) from None
        if soort == "numeriek":
            bereik = (float(np.min(waarden)), float(np.max(waarden))) if waarden.size else (0.0, 0.0)
            uit.append(Kenmerk(naam=naam, soort=soort, bereik=bereik))
            continue
        banden = tuple(config.kenmerken.banden.get(naam, ()))
        if soort == "band":
            niveaus = bandnamen(banden, geheel=naam in GEHEEL and all(float(b).is_integer() for b in banden))
            index = np.searchsorted(np.array(banden), np.asarray(waarden, dtype=np.float64), side="right")
        else:
            namen_ = als_niveau(waarden)
            niveaus = _niveaus(naam, namen_, bron, spell, config)
            index = pd.Index(niveaus, dtype=object).get_indexer(namen_)
        aantal = np.bincount(index, minlength=len(niveaus)) if index.size else np.zeros(max(len(niveaus), 1))
        uit.append(
            Kenmerk(
                naam=naam,
                soort=soort,
                niveaus=niveaus,
                banden=banden,
                referentie=niveaus[int(np.argmax(aantal))] if niveaus else None,
            )
        )
    return tuple(uit)


def relevante_leeftijden(kenmerken: Sequence[Kenmerk]) -> Ints:
    """Ages at which a row must be cut: every year when age is linear, the bands when it is banded."""
    for k in kenmerken:
        if k.naam == "leeftijd":
            grenzen = np.arange(1, 121) if k.soort != "band" else np.ceil(np.array(k.banden))
            return np.asarray(grenzen, dtype=np.int64)
    return np.zeros(0, dtype=np.int64)


def tekstkolom(reeks: pd.Series) -> Waarden:
    """Column as float array (numbers) or object array of text."""
    if pd.api.types.is_numeric_dtype(reeks):
        return np.asarray(reeks, dtype=np.float64)
    return np.asarray(reeks.astype(object).where(reeks.notna(), "onbekend").astype(str), dtype=object)


def maak_bronwaarden(
    namen: Sequence[str],
    perioden: Perioden,
    uitkeringen: pd.DataFrame,
    deel: Callable[[Ints, Ints], Ints],
    historie: Mapping[str, tuple[Callable[[Ints, Ints], Ints], Waarden]],
) -> Bronwaarden:
    """Collect the values behind the traits; ``deel`` gives the part of a spell at a (spell, day)."""
    rij = perioden.delen["rij"].to_numpy(dtype=np.int64)
    kolommen = {n: tekstkolom(uitkeringen[n])[rij] for n in namen if n in uitkeringen.columns}
    return Bronwaarden(
        rijen=kolommen,
        geboren=days_of(uitkeringen["geboortedatum"].to_numpy()[rij], OPEN),
        eerdere=perioden.spells["eerdere_spells"].to_numpy(dtype=np.int64),
        deel=deel,
        historie=historie,
    )


def numeriek(kenmerken: Sequence[Kenmerk], codes: Mapping[str, Waarden]) -> list[tuple[str, Floats]]:
    """Numeric columns of a design."""
    return [(k.naam, np.asarray(codes[k.naam], dtype=np.float64)) for k in kenmerken if k.soort == "numeriek"]
