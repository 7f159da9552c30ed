"""Match the columns of an unknown table with ours: by name, by likeness of names, by contents."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kompas.bron.verkennen_inhoud import zoek_op_inhoud
from kompas.bron.verkennen_kolom import Profiel
from kompas.bron.verkennen_woorden import BESTANDSNAMEN, DUBBELZINNIG, VELDEN, Veld, plat

_LIJKT = 0.84
_GELIJK = 0.04
_GENOEG = 0.5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Keus:
    """The column chosen for one of ours.

    Parameters
    ----------
    kolom : str
        Name in the export.
    zekerheid : {"zeker", "twijfel"}
        "zeker" when the name is known and the contents agree.
    reden : str
        Why there is doubt; "" when there is none.
    """

    kolom: str
    zekerheid: str
    reden: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Koppeling:
    """How an export could be one of our tables.

    Parameters
    ----------
    tabel : str
        Our table.
    keuzes : mapping of str to Keus
        Our column -> the column chosen.
    opties : mapping of str to tuple of str
        Our column -> columns between which kompas does not choose.
    conflicten : tuple of str
        Doubts on columns whose name fits and whose contents do not.
    score : float
        0-1, how well the table fits; 0.1 more when the file name says so.
    """

    tabel: str
    keuzes: Mapping[str, Keus]
    opties: Mapping[str, tuple[str, ...]]
    conflicten: tuple[str, ...]
    score: float


def naamscore(veld: Veld, kolom: str) -> float:
    """Return how well a column's name fits: 1 ours, .9 a known synonym, .6-.8 alike, else 0.

    Examples
    --------
    >>> leefvorm = next(v for v in VELDEN["uitkeringen"] if v.naam == "leefvorm")
    >>> naamscore(leefvorm, "leefvorm"), naamscore(leefvorm, "LEEFV"), naamscore(leefvorm, "postbus")
    (1.0, 0.9, 0.0)
    """
    kaal = plat(kolom)
    if kaal == plat(veld.naam):
        return 1.0 if kolom == veld.naam else 0.98
    if kaal in veld.woorden:
        return 0.9
    if len(kaal) < 5 or kaal in DUBBELZINNIG:
        return 0.0
    woorden = [w for w in (plat(veld.naam), *veld.woorden) if len(w) >= 5]
    lijkt = max(difflib.SequenceMatcher(None, kaal, w).ratio() for w in woorden) if woorden else 0.0
    return 0.6 + 0.2 * (lijkt - _LIJKT) / (1 - _LIJKT) if lijkt >= _LIJKT else 0.0


def past(veld: Veld, profiel: Profiel) -> bool:
    """Tell whether the contents allow this meaning; an empty column allows all."""
    if profiel.inhoud == "leeg":
        return True
    if veld.soort == "datum":
        return profiel.inhoud == "datum"
    if veld.soort == "getal":
        return profiel.decimaal is not None or profiel.inhoud in ("getal", "code")
    if profiel.inhoud == "datum":
        return veld.naam == "maand"
    return not (veld.soort == "id" and profiel.decimaal is not None)


def koppel(tabel: str, profielen: Sequence[Profiel], bestandsnaam: str = "") -> Koppeling:
    """Match the columns with those of one of our tables.

    Parameters
    ----------
    tabel : str
        Our table.
    profielen : sequence of Profiel
        The columns of the export.
    bestandsnaam : str
        File and sheet name, which may give a hint.
    """
    velden = VELDEN[tabel]
    bruikbaar = [p for p in profielen if p.bruikbaar]
    keuzes, opties, conflicten = _op_naam(velden, bruikbaar)
    gebruikt = {k.kolom for k in keuzes.values()} | {k for rij in opties.values() for k in rij}
    vrij = [p for p in bruikbaar if p.naam not in gebruikt and plat(p.naam) not in DUBBELZINNIG]
    gekozen = {ons: next(p for p in bruikbaar if p.naam == k.kolom) for ons, k in keuzes.items()}
    gevonden, meer = zoek_op_inhoud(tabel, vrij, gekozen, set(opties))
    for ons, (kolom, reden) in gevonden.items():
        keuzes[ons] = Keus(kolom=kolom, zekerheid="twijfel", reden=reden)
    opties |= meer
    score = _score(velden, keuzes, opties)
    kaal = plat(bestandsnaam)
    hint = next((t for woord, t in BESTANDSNAMEN.items() if woord in kaal), None)
    return Koppeling(
        tabel=tabel,
        keuzes=keuzes,
        opties=opties,
        conflicten=tuple(conflicten),
        score=score + 0.1 * (hint == tabel),
    )


def _op_naam(
    velden: Sequence[Veld], profielen: Sequence[Profiel]
) -> tuple[dict[str, Keus], dict[str, tuple[str, ...]], list[str]]:
    punten = {(v.naam, p.naam): naamscore(v, p.naam) for v in velden for p in profielen}
    per_naam = {p.naam: p for p in profielen}
    keuzes: dict[str, Keus] = {}
    opties: dict[str, tuple[str, ...]] = {}
    conflicten: list[str] = []
    for veld in velden:
        # A column stands for the meaning that its name fits best.
        namen = [
            p.naam
            for p in profielen
            if punten[veld.naam, p.naam] > 0
            and punten[veld.naam, p.naam] >= max(punten[v.naam, p.naam] for v in velden) - 1e-9
        ]
        goed = [n for n in namen if past(veld, per_naam[n])]
        conflicten += [
            f"kolom '{n}' heet als {veld.naam}, maar bevat iets anders ({per_naam[n].inhoud})"
            + (f": {per_naam[n].opmerking}" if per_naam[n].opmerking else "")
            for n in namen
            if n not in goed
        ]
        if not goed:
            continue
        top = max(punten[veld.naam, n] for n in goed)
        beste = _zonder_dubbele([per_naam[n] for n in goed if punten[veld.naam, n] >= top - _GELIJK])
        if len(beste) > 1:
            opties[veld.naam] = tuple(p.naam for p in beste)
            continue
        reden = "" if top >= 0.9 else "de naam lijkt erop, maar is niet bekend"
        keuzes[veld.naam] = Keus(kolom=beste[0].naam, zekerheid="twijfel" if reden else "zeker", reden=reden)
    return keuzes, opties, conflicten


def _zonder_dubbele(profielen: list[Profiel]) -> list[Profiel]:
    """Drop empty columns beside filled ones, and columns that repeat an earlier one."""
    gevuld = [p for p in profielen if p.inhoud != "leeg"] or profielen[:1]
    uit: list[Profiel] = []
    for p in gevuld:
        if not any(p.waarden.equals(q.waarden) for q in uit):
            uit.append(p)
    return uit


def _score(velden: Sequence[Veld], keuzes: Mapping[str, Keus], opties: Mapping[str, tuple[str, ...]]) -> float:
    def punt(veld: Veld) -> float:
        if veld.naam in keuzes:
            return 1.0 if keuzes[veld.naam].zekerheid == "zeker" else 0.6
        return 0.6 if veld.naam in opties else 0.0

    nodig = [punt(v) for v in velden if v.nodig]
    rest = [punt(v) for v in velden if not v.nodig]
    return 0.7 * sum(nodig) / len(nodig) + (0.3 * min(1.0, sum(rest) / 4) if rest else 0.3 * (sum(nodig) == len(nodig)))


def herken_tabel(profielen: Sequence[Profiel], bestandsnaam: str) -> tuple[Koppeling | None, tuple[str, ...]]:
    """Return the table that fits best (None when none does) and the doubts about that.

    Parameters
    ----------
    profielen : sequence of Profiel
        The columns of the export.
    bestandsnaam : str
        File and sheet name.
    """
    alle = sorted((koppel(t, profielen, bestandsnaam) for t in VELDEN), key=lambda k: -k.score)
    beste, tweede = alle[0], alle[1]
    if beste.score < _GENOEG:
        hint = f" Het meest lijkt hij op {beste.tabel}." if beste.score > 0.3 else ""
        return None, (f"niet herkend als een tabel van kompas.{hint}",)
    if beste.score - tweede.score < 0.1:
        return beste, (f"gelezen als {beste.tabel}, maar lijkt ook op {tweede.tabel}",)
    return beste, ()
