"""The glossary: every public column and term once, read from ``begrippen.toml`` beside this file."""

from __future__ import annotations

import functools
import importlib.resources
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from kompas.fouten import GebruiksFout, naaste

_PATROON = "CODE_"
_FASE = re.compile(r"na_(\d+)(?:_(\d+))?")
_MAANDNAMEN = "januari februari maart april mei juni juli augustus september oktober november december"
_MAANDEN = {str(m): naam for m, naam in enumerate(_MAANDNAMEN.split(), start=1)}
_VELDEN = {"waar", "label", "english", "eenheid", "definitie"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Begrip:
    """One term of the glossary.

    ``term`` is the name in files, ``label`` the Dutch heading, ``eenheid`` the unit and ``waar`` the tables and lists
    in which it occurs (the first is its home in ``docs/begrippen.md``).
    """

    term: str
    label: str
    english: str
    definitie: str
    eenheid: str
    waar: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Begrippen:
    """The whole glossary; immutable.

    Examples
    --------
    >>> b = lees_begrippen()
    >>> b.label("kans_werk_12m")
    'Kans op werk binnen 12 maanden'
    >>> b.label("reint_netto_laag", {"reint": "Re-integratietraject"})
    'Re-integratietraject: netto opbrengst, ondergrens'
    >>> b.label("eigen_kolom")
    'eigen_kolom'
    """

    per_term: Mapping[str, Begrip]

    def zoek(self, term: str, instrumentnamen: Mapping[str, str] | None = None) -> Begrip | None:
        """Return the entry for ``term``, or None.

        Parameters
        ----------
        term : str
            A column or term. ``<code>_netto`` and the like find the entry ``CODE_netto``, filled with the name.
        instrumentnamen : mapping of code to name, optional
            When given and not empty only these codes count as instruments; otherwise any prefix does.
        """
        if term in self.per_term:
            return self.per_term[term]
        return self._instrumentkolom(term, instrumentnamen or {})

    def begrip(self, term: str, instrumentnamen: Mapping[str, str] | None = None) -> Begrip:
        """Return the entry for ``term``.

        Raises
        ------
        GebruiksFout
            ``KMP-U001`` when the glossary does not hold it; the nearest term is named.

        Examples
        --------
        >>> lees_begrippen().begrip("persoonmaanden").english
        'person-months'
        """
        gevonden = self.zoek(term, instrumentnamen)
        if gevonden is None:
            raise GebruiksFout(
                "KMP-U001",
                f"'{term}' staat niet in de begrippenlijst.{naaste(term, self.per_term)} "
                "Alle begrippen staan in docs/begrippen.md.",
            )
        return gevonden

    def label(self, term: str, instrumentnamen: Mapping[str, str] | None = None) -> str:
        """Return the heading for a column; a column that is not ours keeps its own name."""
        gevonden = self.zoek(term, instrumentnamen)
        return term if gevonden is None else gevonden.label

    def eenheid(self, term: str, instrumentnamen: Mapping[str, str] | None = None) -> str | None:
        """Return the unit of a column, or None for a column that is not ours."""
        gevonden = self.zoek(term, instrumentnamen)
        return None if gevonden is None else gevonden.eenheid

    def waarde(self, kolom: str, waarde: str) -> str:
        """Return how people write ``waarde`` of a coded column; an unknown value stays as it is.

        Examples
        --------
        >>> b = lees_begrippen()
        >>> b.waarde("oordeel", "niet_vastgesteld"), b.waarde("opleiding", "hoger"), b.waarde("team", "Noord")
        ('niet vastgesteld', 'hoger dan vmbo', 'Noord')
        """
        gevonden = self.per_term.get(f"{kolom}={waarde}") or self.per_term.get(waarde)
        if gevonden is None or kolom not in gevonden.waar:
            return waarde
        return gevonden.label

    def modelterm(self, term: str) -> str:
        """Return a term of the model (``kenmerk=waarde`` or ``kenmerk``) in words.

        Examples
        --------
        >>> b = lees_begrippen()
        >>> b.modelterm("leefvorm=gehuwd"), b.modelterm("duur=0-1"), b.modelterm("eerdere_spells")
        ('Leefvorm: gehuwd of samenwonend', 'Duur van de uitkering: 0-1', 'Eerdere uitkeringsperioden')
        >>> b.modelterm("maand=5"), b.modelterm("trend_2")
        ('Maand van het jaar: mei', 'Trend, deel 2')
        """
        kolom, teken, waarde = term.partition("=")
        if not teken:
            kop, _, nummer = kolom.partition("_")
            return f"{self.label(kop)}, deel {nummer}" if kop == "trend" and nummer.isdigit() else self.label(kolom)
        if kolom == "maand" and waarde in _MAANDEN:
            return f"Maand van het jaar: {_MAANDEN[waarde]}"
        return f"{self.label(kolom)}: {self.waarde(kolom, waarde)}"

    def _instrumentkolom(self, term: str, namen: Mapping[str, str]) -> Begrip | None:
        achtervoegsels = (t.removeprefix(_PATROON) for t in self.per_term if t.startswith(_PATROON))
        for achter in sorted(achtervoegsels, key=len, reverse=True):
            code = term.removesuffix(f"_{achter}")
            if code in {term, ""} or (namen and code not in namen):
                continue
            patroon = self.per_term[_PATROON + achter]
            naam = namen.get(code) or code
            return replace(patroon, term=term, label=patroon.label.replace("{instrument}", naam))
        return None


def fase_in_woorden(fase: str) -> str:
    """Return a phase of a deployment in words; an unknown one stays as it is.

    Examples
    --------
    >>> [fase_in_woorden(f) for f in ("tijdens", "na_0_6", "na_18", "na_0")]
    ['tijdens', '0 tot 6 maanden erna', 'vanaf 18 maanden erna', 'erna']
    """
    gevonden = _FASE.fullmatch(fase)
    if gevonden is None:
        return fase
    van, tot = gevonden.groups()
    if tot is not None:
        return f"{van} tot {tot} maanden erna"
    return "erna" if van == "0" else f"vanaf {van} maanden erna"


def _maak_begrip(term: str, velden: Mapping[str, object]) -> Begrip:
    if set(velden) != _VELDEN:
        nodig = ", ".join(sorted(_VELDEN))
        raise GebruiksFout("KMP-U002", f"begrip '{term}' moet precies deze velden hebben: {nodig}.")
    waar = velden["waar"]
    tekst = {naam: str(velden[naam]).strip() for naam in ("label", "english", "eenheid", "definitie")}
    leeg = [naam for naam, inhoud in tekst.items() if not inhoud]
    if leeg or not isinstance(waar, list) or not waar:
        raise GebruiksFout("KMP-U002", f"begrip '{term}' heeft een leeg veld: {', '.join(leeg) or 'waar'}.")
    return Begrip(term=term, waar=tuple(str(w) for w in waar), **tekst)


def maak_begrippen(toml: str) -> Begrippen:
    """Parse the text of a glossary.

    Raises
    ------
    GebruiksFout
        ``KMP-U002`` when a term lacks a field or has an unknown one.
    """
    ruw = tomllib.loads(toml)["begrippen"]
    return Begrippen(per_term=MappingProxyType({term: _maak_begrip(term, velden) for term, velden in ruw.items()}))


@functools.cache
def lees_begrippen() -> Begrippen:
    """Return the glossary that travels with kompas (read once)."""
    bron = importlib.resources.files("kompas").joinpath("begrippen.toml")
    return maak_begrippen(bron.read_text(encoding="utf-8"))


def _cel(tekst: str) -> str:
    return tekst.replace("|", "\\|").replace("<", "&lt;")


def begrippen_markdown() -> str:
    """Return ``docs/begrippen.md``: the glossary as one table per home, terms in the order of the file.

    Examples
    --------
    >>> begrippen_markdown().splitlines()[0]
    '# Begrippen'
    """
    per_huis: dict[str, list[Begrip]] = {}
    for begrip in lees_begrippen().per_term.values():
        per_huis.setdefault(begrip.waar[0], []).append(begrip)
    regels = [
        "# Begrippen",
        "",
        "Elke kolom en elk woord van kompas, één keer. Wijzig `src/kompas/begrippen.toml`, niet deze pagina, en maak",
        "haar opnieuw met:",
        "",
        "```sh",
        "python -c 'from kompas.begrippen import begrippen_markdown as m; print(m(), end=\"\")' > docs/begrippen.md",
        "```",
    ]
    for huis, leden in per_huis.items():
        regels += ["", f"## {huis}", "", "| term | label | english | eenheid | definitie | ook in |"]
        regels.append("|---|---|---|---|---|---|")
        for b in leden:
            cellen = (f"`{b.term}`", b.label, b.english, b.eenheid, b.definitie, ", ".join(b.waar[1:]))
            regels.append("| " + " | ".join(_cel(c) for c in cellen) + " |")
    return "\n".join(regels) + "\n"
