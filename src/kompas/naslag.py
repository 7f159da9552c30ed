"""The reference of commands, made from their own ``--help``; the Python function stands beside each."""

from __future__ import annotations

import inspect

import click

import kompas
from kompas.cli import hoofd

KOP = """# Opdrachten

Deze pagina is gemaakt uit de uitleg van het programma zelf (`kompas OPDRACHT --help`).
Elke opdracht is ook een functie van `import kompas`, met dezelfde naam en dezelfde opties.

| code | betekenis |
|---|---|
| 0 | goed |
| 1 | de run is mislukt |
| 2 | verkeerd gebruik, verkeerde configuratie of een ontbrekend bestand |
| 3 | de gegevens zijn afgekeurd |
| 4 | een controle op het model is mislukt |
| 5 | geweigerd om privacy of wet |
"""


def naslag_markdown() -> str:
    """Reference of all commands as Markdown: help text, Python signature, first lines of its docstring.

    Examples
    --------
    >>> "## kompas herijk" in naslag_markdown()
    True
    """
    delen = [KOP]
    for naam, opdracht in sorted(hoofd.commands.items()):
        context = _context(opdracht, naam)
        functie = getattr(kompas, naam)
        zin = inspect.cleandoc(functie.__doc__ or "").split("\n", maxsplit=1)[0]
        delen.append(
            f"## kompas {naam}\n\n```text\n{opdracht.get_help(context)}\n```\n\n"
            f"In Python: `kompas.{naam}{_handtekening(functie)}`\n\n{zin}\n"
        )
        if isinstance(opdracht, click.Group):
            delen += [_onder(naam, deel, o) for deel, o in sorted(opdracht.commands.items())]
    return "\n".join(delen)


def _context(opdracht: click.Command, naam: str) -> click.Context:
    """A context of 80 columns with the names of help that the program itself has."""
    namen = hoofd.context_settings["help_option_names"]
    return click.Context(
        opdracht, info_name=f"kompas {naam}", terminal_width=80, max_content_width=80, help_option_names=namen
    )


def _onder(groep: str, naam: str, opdracht: click.Command) -> str:
    """One command within a group."""
    context = _context(opdracht, f"{groep} {naam}")
    return f"### kompas {groep} {naam}\n\n```text\n{opdracht.get_help(context)}\n```\n"


def _handtekening(functie: object) -> str:
    """Signature without annotations."""
    s = inspect.signature(functie)  # type: ignore[arg-type]  # a public function of this package
    kaal = [p.replace(annotation=inspect.Parameter.empty) for p in s.parameters.values()]
    return str(s.replace(parameters=kaal, return_annotation=inspect.Signature.empty))
