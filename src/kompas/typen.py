"""Unobserved types: the model of their probabilities, and what a model folder keeps of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kompas.config import Config
from kompas.kenmerken import Kenmerk
from kompas.models.design import Floats, Ints, readonly
from kompas.models.mixturesearch import MAX_TYPES
from kompas.perioden import Perioden
from kompas.rijen import Rijen

MINSTE_HISTORIE = 50  # clients with an earlier deployment before a column for it is made


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kansmodel:
    """Logit of the probabilities of types on traits at the begin.

    ``kolommen`` names the columns: empty text (constant), ``kenmerk=niveau``, ``kenmerk`` (standardised with
    ``midden`` and ``schaal``), ``eerder:CODE`` (had that instrument before the first recorded begin).
    """

    kolommen: tuple[str, ...]
    midden: Floats
    schaal: Floats


def leer_kansmodel(r: Rijen, eerste: Ints, kenmerken: Sequence[Kenmerk], eerder: Mapping[str, Floats]) -> Kansmodel:
    """Learn which columns the logit has, and how numbers are standardised, from the clients of one town."""
    kolommen, midden, schaal = [""], [0.0], [1.0]
    for k in kenmerken:
        waarde = r.profielen[k.naam][r.profiel[eerste]]
        if k.soort == "numeriek":
            getal = np.asarray(waarde, dtype=np.float64)
            if getal.size and getal.std() > 0:
                kolommen.append(k.naam)
                midden.append(float(getal.mean()))
                schaal.append(float(getal.std()))
            continue
        aantal = np.bincount(np.asarray(waarde, dtype=np.int64), minlength=len(k.niveaus))
        nieuw = [f"{k.naam}={v}" for v, n in zip(k.niveaus, aantal, strict=True) if v != k.referentie and n > 0]
        kolommen += nieuw
        midden += [0.0] * len(nieuw)
        schaal += [1.0] * len(nieuw)
    for code, had in eerder.items():
        if had.sum() >= MINSTE_HISTORIE:
            kolommen.append(f"eerder:{code}")
            midden.append(0.0)
            schaal.append(1.0)
    return Kansmodel(
        kolommen=tuple(kolommen), midden=np.array(midden, dtype=np.float64), schaal=np.array(schaal, dtype=np.float64)
    )


def kansontwerp(
    model: Kansmodel, r: Rijen, eerste: Ints, kenmerken: Sequence[Kenmerk], eerder: Mapping[str, Floats]
) -> Floats:
    """Columns of the logit for each client, (N, K)."""
    per_naam = {k.naam: k for k in kenmerken}
    uit = np.ones((eerste.size, len(model.kolommen)))
    for j, kolom in enumerate(model.kolommen):
        if not kolom:
            continue
        if kolom.startswith("eerder:"):
            uit[:, j] = eerder[kolom.removeprefix("eerder:")]
        elif kolom in per_naam:
            waarde = np.asarray(r.profielen[kolom][r.profiel[eerste]], dtype=np.float64)
            uit[:, j] = (waarde - model.midden[j]) / model.schaal[j]
        else:
            naam, niveau = kolom.split("=", 1)
            code = np.asarray(r.profielen[naam][r.profiel[eerste]], dtype=np.int64)
            uit[:, j] = code == per_naam[naam].niveaus.index(niveau)
    return uit


def eerste_rijen(r: Rijen) -> Ints:
    """First row of each client."""
    return np.flatnonzero(np.r_[True, r.client[1:] != r.client[:-1]]) if r.client.size else np.zeros(0, dtype=np.int64)


def eerdere_inzet(r: Rijen, eerste: Ints, perioden: Perioden, config: Config) -> dict[str, Floats]:
    """Whether each client had each instrument before his first recorded begin."""
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    uit = {}
    for k, ins in enumerate(config.instrument):
        eigen = perioden.inzetten[perioden.inzetten["instrument"] == k]
        spell, start = eigen["spell"].to_numpy(dtype=np.int64), eigen["start"].to_numpy(dtype=np.int64)
        uit[ins.code] = np.isin(r.spell[eerste], spell[start < begin[spell]]).astype(np.float64)
    return uit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Typen:
    """The unobserved types as a model folder keeps them; nothing about a person.

    Parameters
    ----------
    punten : (M, 3 + I) array
        Shift of the log hazard of each type: exits in the order of ``BESTEMMINGEN``, then the instruments.
    coef : (3, P) array
        Log hazards of exit at the first type, on the terms of the herijking; nan where nothing was estimated.
    covariantie : (3P, 3P) array
        Clustered by client, the choice of the number of types included.
    intrede_termen : mapping of instrument to names
    intrede_coef : mapping of instrument to array
        Log hazard of a start at the first type.
    intrede_banden : tuple of int
        Upper ends of the bands of duration of the hazards of entry, in months.
    tot_maand : mapping of instrument to int or None
        Duration month from which nobody starts.
    bekend_vanaf : int
        First day from which all starts are known, as a day number; very low = always.
    kans : Kansmodel
    delta : (M - 1, K) array
        Logit coefficients of the types after the first.
    aandelen : (M,) array
        Mean share at the begin.
    """

    punten: Floats
    coef: Floats
    covariantie: Floats
    intrede_termen: Mapping[str, tuple[str, ...]]
    intrede_coef: Mapping[str, Floats]
    intrede_banden: tuple[int, ...]
    tot_maand: Mapping[str, int | None]
    bekend_vanaf: int
    kans: Kansmodel
    delta: Floats
    aandelen: Floats

    def __post_init__(self) -> None:
        for veld in ("punten", "coef", "covariantie", "delta", "aandelen"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    @property
    def aantal(self) -> int:
        """Number of types M."""
        return int(self.punten.shape[0])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Typenkeuze:
    """How the number of types is found.

    Parameters
    ----------
    hoogstens : int
        Most types that are tried; 1 = hazards of entry only.
    zoals : Typen or None
        As many types as there, and started from them: no search, ``hoogstens`` does not count.
    bewijs : bool
        Also estimate on inflow alone and test what instruments do together. Verdicts need it, predictions do not.
    """

    hoogstens: int = MAX_TYPES
    zoals: Typen | None = None
    bewijs: bool = True


ZOEK = Typenkeuze()
VOORSPEL = Typenkeuze(bewijs=False)
EEN_TYPE = Typenkeuze(hoogstens=1, bewijs=False)
