"""The templates of the pages: every text is escaped, an unknown name is an error."""

from __future__ import annotations

import functools
import importlib.resources
from typing import Any

import jinja2

from kompas.artefact import versie
from kompas.web.tekstblad import als_html
from kompas.weergave.getallen import datum

VERKLARING = "toegankelijkheid.md"


@functools.cache
def _omgeving() -> jinja2.Environment:
    omgeving = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader("kompas", "web/sjablonen"),
                jinja2.PackageLoader("kompas", "weergave/sjablonen"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    omgeving.filters["datum"] = datum
    return omgeving


def toon(naam: str, **waarden: Any) -> str:
    """Fill in a template.

    Parameters
    ----------
    naam : str
        File name.
    **waarden
        What the template names.

    Returns
    -------
    str
    """
    return _omgeving().get_template(naam).render(versie=versie(), **waarden)


@functools.cache
def stijl() -> str:
    """Return the style sheet: that of the reports, and what forms need on top."""
    bron = importlib.resources.files("kompas")
    return "".join(
        (bron / map_ / naam).read_text(encoding="utf-8")
        for map_, naam in (("weergave/sjablonen", "stijl.css"), ("web/sjablonen", "web.css"))
    )


@functools.cache
def verklaring() -> str:
    """Return the statement on accessibility as HTML; its text is docs/toegankelijkheid.md."""
    return als_html((importlib.resources.files("kompas") / "web" / VERKLARING).read_text(encoding="utf-8"))
