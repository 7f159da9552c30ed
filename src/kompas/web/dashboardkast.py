"""The dashboard, made at most once and kept in memory: pages by name, never a file by a name that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kompas.fouten import GebruiksFout
from kompas.monitors.stof import verzamel
from kompas.web.beveiliging import stijlen_van
from kompas.web.toestand import Toestand
from kompas.weergave.dashboardblad import dashboardpaginas

TERUG = '<nav aria-label="Kompas" class="paginas"><p><a href="/">Terug naar de startpagina van kompas</a></p></nav>\n'
ANKER = "<header>"


class Dashboardkast:
    """Pages of the dashboard, once they were asked for."""

    __slots__ = ("_bladen", "_toestand")

    def __init__(self, toestand: Toestand) -> None:
        self._toestand = toestand
        self._bladen: Mapping[str, tuple[bytes, str]] | None = None

    @property
    def kan(self) -> bool:
        """Whether there are data to make it of."""
        return self._toestand.bestand is not None

    @property
    def klaar(self) -> bool:
        """Whether it was made."""
        return self._bladen is not None

    def maak(self) -> None:
        """Make all pages; who asks meanwhile waits, and it is not made twice.

        Raises
        ------
        GebruiksFout
            ``KMP-H011`` when the pages were started without data.
        """
        t = self._toestand
        if t.bestand is None:
            raise GebruiksFout("KMP-H011", "er zijn geen gegevens. Start kompas serveer met --config.")
        with t.rekenslot:
            if self._bladen is None:
                ruw = dashboardpaginas(verzamel(t.bestand, t.config, t.h))
                self._bladen = MappingProxyType({naam: _met_terugweg(naam, inhoud) for naam, inhoud in ruw.items()})

    def blad(self, naam: str) -> tuple[bytes, str] | None:
        """Return a page and the style sheets that it may use; None when there is no such page."""
        return None if self._bladen is None else self._bladen.get(naam)


def _met_terugweg(naam: str, inhoud: bytes) -> tuple[bytes, str]:
    """A page with a way back to the start; anything else as it is."""
    if not naam.endswith(".html"):
        return inhoud, "'none'"
    tekst = inhoud.decode("utf-8")
    if tekst.count(ANKER) == 1:
        tekst = tekst.replace(ANKER, TERUG + ANKER)
    return tekst.encode("utf-8"), stijlen_van(tekst)
