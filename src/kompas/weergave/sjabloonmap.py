"""The templates of all pages, in one environment: text is escaped, an unknown name is an error."""

from __future__ import annotations

import functools

import jinja2


@functools.cache
def _omgeving() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("kompas", "weergave/sjablonen"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def laad_sjabloon(naam: str) -> jinja2.Template:
    """Return a template by the name of its file.

    Examples
    --------
    >>> laad_sjabloon("blad.html.j2").name
    'blad.html.j2'
    """
    return _omgeving().get_template(naam)
