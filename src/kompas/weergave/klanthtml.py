"""One client as a page of its own, and as a part of a notebook; nothing is fetched from elsewhere."""

from __future__ import annotations

from kompas.artefact import versie
from kompas.klantbeeld import Klantbeeld
from kompas.weergave.klantdelen import klantinhoud
from kompas.weergave.platen import STIJL
from kompas.weergave.sjabloonmap import laad_sjabloon


def klantpagina(b: Klantbeeld) -> str:
    """Return one HTML page: it prints well, reads offline and with a screen reader; same client, same text.

    Parameters
    ----------
    b : Klantbeeld

    Returns
    -------
    str
    """
    return laad_sjabloon("klant.html.j2").render(inhoud=klantinhoud(b), versie=versie())


def klantfragment(b: Klantbeeld) -> str:
    """Return the same as a part of a notebook."""
    return laad_sjabloon("klantfragment.html.j2").render(inhoud=klantinhoud(b), stijl=STIJL)
