"""One client as a page of its own, and as a part of a notebook; nothing is fetched from elsewhere."""

from __future__ import annotations

import functools

import jinja2

from kompas.artefact import versie
from kompas.klantbeeld import Klantbeeld
from kompas.weergave.klantdelen import klantinhoud
from kompas.weergave.platen import STIJL


@functools.cache
def _omgeving() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("kompas", "weergave/sjablonen"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def klantpagina(b: Klantbeeld) -> str:
    """Return one HTML page: it prints well, reads offline and with a screen reader; same client, same text.

    Parameters
    ----------
    b : Klantbeeld

    Returns
    -------
    str
    """
    return _omgeving().get_template("klant.html.j2").render(inhoud=klantinhoud(b), versie=versie())


def klantfragment(b: Klantbeeld) -> str:
    """Return the same as a part of a notebook."""
    return _omgeving().get_template("klantfragment.html.j2").render(inhoud=klantinhoud(b), stijl=STIJL)
