"""What every page has: menu, mark of the session, municipality and dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kompas.web.opmaak import toon
from kompas.web.toegang import Toegang
from kompas.web.toestand import Toestand


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bladmaker:
    """Makes pages from templates; holds nothing that was typed."""

    toestand: Toestand
    toegang: Toegang

    @property
    def menu(self) -> tuple[tuple[str, str], ...]:
        """Address and name of the pages that there are."""
        vast = [("/", "Start"), ("/klant", "Formulier")]
        if self.toestand.lijst is not None:
            vast += [("/lijst", "Lijst"), ("/dashboard", "Dashboard")]
        return tuple(vast)

    def blad(self, sjabloon: str, *, titel: str, huidig: str = "", fouten: tuple[Any, ...] = (), **waarden: Any) -> str:
        """Return a page.

        Parameters
        ----------
        sjabloon : str
        titel : str
            Heading, and name of the tab; with errors the name of the tab begins with ``Fout:``.
        huidig : str
            Address of the page in the menu.
        fouten : tuple of Veldfout
            Shown in a summary at the top, which gets the focus.
        **waarden
            For the template.

        Returns
        -------
        str
        """
        t = self.toestand
        return toon(
            sjabloon,
            titel=titel,
            gemeente=t.config.gemeente.naam,
            peildatum=t.peildatum,
            modeldatum=t.h.config.gemeente.peildatum,
            menu=self.menu,
            huidig=huidig,
            merk=self.toegang.merk(),
            fouten=fouten,
            **waarden,
        )

    def melding(self, titel: str, uitleg: str, code: str, *, met_menu: bool = True) -> str:
        """Return a page with one message; without access it shows nothing of the municipality."""
        menu = self.menu if met_menu else ()
        return toon("melding.html.j2", titel=titel, uitleg=uitleg, code=code, menu=menu, huidig="", fouten=())
