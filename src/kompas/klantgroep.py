"""The clients who share what was typed: profiles with weights, over which everything not typed is averaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.klantprofiel import LOS, MINIMUM, SAMEN, STER, VOOR
from kompas.models.design import Floats

MEESTE = 250  # profiles that are scored; of more a systematic sample is taken
RUIM = ("duur", "leeftijd")  # given up in the match when too few share them: they are computed with exactly anyhow
Waarde = str | float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Groep:
    """Clients like the one typed.

    Parameters
    ----------
    aantal : float
        How many running clients share the traits of ``op`` (a sum of counts, where ``*`` stands for its share).
    op : tuple of str
        Traits on which was matched.
    los : tuple of str
        Traits that were typed but given up in the match because too few shared them.
    waarden : DataFrame
        One row per profile and a column per trait that was not typed (numbers: the mean of the band).
    gewicht : (n,) float
        Sums to one.
    """

    aantal: float
    op: tuple[str, ...]
    los: tuple[str, ...]
    waarden: pd.DataFrame
    gewicht: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Marginaal:
    """Distribution of one trait: share and mean number per level, for everybody (``*``) and per geslacht."""

    aandeel: Mapping[str, Mapping[str, float]]
    getal: Mapping[str, Mapping[str, float]]
    vanaf: tuple[tuple[float, str], ...]

    def bij(self, geslacht: str) -> Mapping[str, float]:
        return self.aandeel.get(geslacht) or self.aandeel.get(STER, {})

    def waarde(self, geslacht: str, niveau: str) -> float:
        eigen = self.getal.get(geslacht, {}).get(niveau)
        return eigen if eigen is not None else self.getal[STER][niveau]

    def niveau(self, waarde: Waarde) -> str:
        """Level of a typed value: the band of a number, the text itself otherwise."""
        if not self.vanaf or isinstance(waarde, str):
            return str(waarde)
        passend = [naam for grens, naam in self.vanaf if grens <= waarde]
        return passend[-1] if passend else self.vanaf[0][1]


def _marginaal(profielen: pd.DataFrame, naam: str) -> _Marginaal:
    sekse = VOOR + "geslacht"
    f = profielen[(profielen["soort"] == LOS) & (profielen[VOOR + naam] != STER)]
    if naam == "geslacht":  # the other rows that name it are about another trait
        anders = [k for k in f.columns if k.startswith(VOOR) and k != sekse]
        f = f[(f[anders] == STER).all(axis=1)]
    groep = f[sekse].to_numpy(dtype=object) if naam != "geslacht" and sekse in f else np.full(len(f), STER, object)
    aandeel: dict[str, dict[str, float]] = {}
    getal: dict[str, dict[str, float]] = {}
    for g, n, aantal, waarde in zip(groep, f[VOOR + naam], f["aantal"], f["waarde"], strict=True):
        aandeel.setdefault(str(g), {})[str(n)] = float(aantal)
        getal.setdefault(str(g), {})[str(n)] = float(waarde)
    som = {g: sum(v.values()) for g, v in aandeel.items()}
    banden = f.dropna(subset=["vanaf"])
    vanaf = sorted({(float(v), str(n)) for v, n in zip(banden["vanaf"], banden[VOOR + naam], strict=True)})
    return _Marginaal(
        aandeel={g: {n: a / som[g] for n, a in v.items()} for g, v in aandeel.items()},
        getal=getal,
        vanaf=tuple(vanaf),
    )


def namen_van(profielen: pd.DataFrame) -> tuple[str, ...]:
    """Traits that the profiles know.

    Examples
    --------
    >>> namen_van(pd.DataFrame(columns=["soort", "aantal", "kenmerk:geslacht", "kenmerk:duur"]))
    ('geslacht', 'duur')
    """
    return tuple(k.removeprefix(VOOR) for k in profielen.columns if k.startswith(VOOR))


def _gewichten(
    cellen: pd.DataFrame, getypt: Mapping[str, Waarde], op: Sequence[str], m: Mapping[str, _Marginaal]
) -> Floats:
    """How many clients of each cell have the typed values; ``*`` counts for the share of the typed level."""
    uit = cellen["aantal"].to_numpy(dtype=np.float64)
    sekse = VOOR + "geslacht"
    eigen = str(getypt["geslacht"]) if "geslacht" in getypt and "geslacht" in op else None
    groep = cellen[sekse].to_numpy(dtype=object) if sekse in cellen else np.full(len(cellen), STER, dtype=object)
    groep = np.where(groep == STER, eigen or STER, groep)
    for naam in op:
        niveau = m[naam].niveau(getypt[naam])
        kolom = cellen[VOOR + naam].to_numpy(dtype=object)
        ster = np.array([m[naam].bij(str(g)).get(niveau, 0.0) for g in groep])
        uit = uit * np.where(kolom == niveau, 1.0, np.where(kolom == STER, ster, 0.0))
    return np.asarray(uit, dtype=np.float64)


def aantal_gelijken(profielen: pd.DataFrame, getypt: Mapping[str, Waarde]) -> float:
    """How many running clients share these values; traits that the profiles do not know are passed over.

    Parameters
    ----------
    profielen : DataFrame
        Of a model.
    getypt : mapping of str to str or float
        Trait to level, or to the number itself (bands are looked up).
    """
    op = [n for n in getypt if n in namen_van(profielen)]
    cellen = profielen[profielen["soort"] == SAMEN]
    m = {n: _marginaal(profielen, n) for n in op}
    return float(_gewichten(cellen, getypt, op, m).sum())


def _uitgespreid(cellen: pd.DataFrame, vrij: Sequence[str], m: Mapping[str, _Marginaal], sekse: str) -> pd.DataFrame:
    """Replace ``*`` in the free traits by the levels of their distribution, given geslacht where that is known."""
    uit = cellen[["gewicht", *(VOOR + n for n in vrij)]]
    for naam in vrij:
        kolom = VOOR + naam
        ster = uit[kolom] == STER
        if ster.any():
            groepen = uit[VOOR + "geslacht"] if "geslacht" in vrij and naam != "geslacht" else sekse
            rijen = [
                (g, niveau, deel)
                for g in sorted({sekse, *(m[naam].aandeel)} | (set(groepen) if not isinstance(groepen, str) else set()))
                for niveau, deel in m[naam].bij(g).items()
            ]
            keus = pd.DataFrame(rijen, columns=["_groep", "_niveau", "_deel"])
            los = uit[ster].assign(_groep=groepen).merge(keus, on="_groep", how="left")
            los[kolom] = los["_niveau"]
            los["gewicht"] *= los["_deel"]
            uit = pd.concat([uit[~ster], los[uit.columns]], ignore_index=True)
        uit = uit.groupby([VOOR + n for n in vrij], sort=True, as_index=False)["gewicht"].sum()
    return uit


def _steekproef(f: pd.DataFrame) -> pd.DataFrame:
    """At most ``MEESTE`` rows: points at equal steps along the cumulative weight, so that no chance is involved."""
    if len(f) <= MEESTE:
        return f
    op = np.cumsum(f["gewicht"].to_numpy())
    punten = (np.arange(MEESTE) + 0.5) / MEESTE * op[-1]
    plek, keer = np.unique(np.searchsorted(op, punten), return_counts=True)
    return f.iloc[plek].assign(gewicht=keer.astype(np.float64)).reset_index(drop=True)


def maak_groep(profielen: pd.DataFrame, getypt: Mapping[str, Waarde]) -> Groep:
    """Find who shares the typed values, and how what was not typed is spread among them.

    Parameters
    ----------
    profielen : DataFrame
        Of a model.
    getypt : mapping of str to str or float
        Typed traits, with ``leeftijd`` in years and ``duur`` in months where the dates were typed.

    Returns
    -------
    Groep
        ``aantal`` may be under ten: nothing must be said then. When too few share the band of the duration or of the
        age, these are given up in the match: the figures are computed at the typed dates all the same.
    """
    bekend = namen_van(profielen)
    m = {n: _marginaal(profielen, n) for n in bekend}
    cellen = profielen[profielen["soort"] == SAMEN].reset_index(drop=True)
    op = [n for n in getypt if n in bekend]
    los: list[str] = []
    gewicht = _gewichten(cellen, getypt, op, m)
    for naam in RUIM:
        if gewicht.sum() < MINIMUM and naam in op and len(op) > 1:
            op, los = [n for n in op if n != naam], [*los, naam]
            gewicht = _gewichten(cellen, getypt, op, m)
    aantal = float(gewicht.sum())
    vrij = [n for n in bekend if n not in getypt]
    vrij.sort(key=lambda n: n != "geslacht")
    if not vrij or aantal <= 0:
        return Groep(aantal=aantal, op=tuple(op), los=tuple(los), waarden=pd.DataFrame(index=[0]), gewicht=np.ones(1))
    raak = cellen.assign(gewicht=gewicht)[gewicht > 0]
    f = _steekproef(_uitgespreid(raak, vrij, m, str(getypt.get("geslacht", STER))))
    sekse = f[VOOR + "geslacht"] if "geslacht" in vrij else pd.Series(str(getypt.get("geslacht", STER)), index=f.index)
    waarden = {}
    for n in vrij:
        niveaus = f[VOOR + n]
        if m[n].vanaf:
            waarden[n] = [m[n].waarde(str(g), str(v)) for g, v in zip(sekse, niveaus, strict=True)]
        else:
            waarden[n] = list(niveaus)
    totaal = f["gewicht"].to_numpy(dtype=np.float64)
    return Groep(
        aantal=aantal, op=tuple(op), los=tuple(los), waarden=pd.DataFrame(waarden), gewicht=totaal / totaal.sum()
    )
