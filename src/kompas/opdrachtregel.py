"""Click in Dutch: headings, help, errors with the nearest known word, and a date as an argument."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import click

from kompas.fouten import naaste


class Datum(click.ParamType[dt.date]):
    """A date as dd-mm-jjjj or jjjj-mm-dd."""

    name = "datum"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        """Read the date, or say how to write it."""
        if isinstance(value, dt.date):
            return value
        for vorm in ("%d-%m-%Y", "%Y-%m-%d"):
            try:
                return dt.datetime.strptime(value, vorm).replace(tzinfo=dt.UTC).date()
            except ValueError:
                continue
        raise click.BadParameter(f"'{value}' is geen datum; schrijf dd-mm-jjjj of jjjj-mm-dd", ctx, param)


DATUM = Datum()


class Opdracht(click.Command):
    """A command whose help is Dutch."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the line of use."""
        delen = [d.replace("[OPTIONS]", "[OPTIES]") for d in self.collect_usage_pieces(ctx)]
        formatter.write_usage(ctx.command_path, " ".join(delen), prefix="Gebruik: ")

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Describe --help in Dutch."""
        optie = super().get_help_option(ctx)
        if optie is not None:
            optie.help = "Toon deze uitleg."
        return optie

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under a Dutch heading."""
        rijen = [r for p in self.get_params(ctx) if (r := p.get_help_record(ctx)) is not None]
        woorden = {"[default: ": "[standaard: ", "required]": "verplicht]"}
        if rijen:
            with formatter.section("Opties"):
                formatter.write_dl([(a, _nl(b, woorden)) for a, b in rijen])


def _nl(tekst: str, woorden: dict[str, str]) -> str:
    for engels, nederlands in woorden.items():
        tekst = tekst.replace(engels, nederlands)
    return tekst


class Groep(Opdracht, click.Group):
    """The group of all commands, with help in Dutch."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Name the parts of the line of use."""
        del ctx
        return ["[OPTIES]", "OPDRACHT [...]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options and commands."""
        Opdracht.format_options(self, ctx, formatter)
        rijen = [(n, c.get_short_help_str(60)) for n, c in sorted(self.commands.items())]
        with formatter.section("Opdrachten"):
            formatter.write_dl(rijen)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Do nothing: the commands are written with the options."""


def _naam(param: click.Parameter | None) -> str:
    if param is None:
        return "een waarde"
    return param.opts[0] if isinstance(param, click.Option) else param.make_metavar(click.Context(click.Command("")))


def vertaal(fout: click.ClickException, opdrachten: Sequence[str]) -> str:
    """Say in Dutch what is wrong with the command line, and what to type.

    Examples
    --------
    >>> vertaal(click.NoSuchOption("--confg", possibilities=["--config"]), [])
    "KMP-U101: de optie '--confg' bestaat niet. Bedoelde u '--config'?"
    """
    if isinstance(fout, click.NoSuchOption):
        mogelijk = list(fout.possibilities or [])
        if fout.ctx is not None:
            mogelijk += [o for p in fout.ctx.command.params for o in p.opts]
        return f"KMP-U101: de optie '{fout.option_name}' bestaat niet.{naaste(fout.option_name, mogelijk)}"
    if isinstance(fout, click.MissingParameter):
        hulp = f" Zie: {fout.ctx.command_path} --help" if fout.ctx is not None else ""
        return f"KMP-U102: {_naam(fout.param)} ontbreekt.{hulp}"
    if isinstance(fout, click.BadParameter):
        return f"KMP-U103: {_naam(fout.param)}: {_waarde(fout.message)}"
    if isinstance(fout, click.UsageError):
        bericht = fout.message
        if bericht.startswith("No such command"):
            woord = bericht.split("'")[1] if "'" in bericht else ""
            pad = "kompas"
            if fout.ctx is not None and fout.ctx.parent is not None and isinstance(fout.ctx.command, click.Group):
                pad, opdrachten = fout.ctx.command_path, list(fout.ctx.command.commands)
            return f"KMP-U104: de opdracht '{woord}' bestaat niet.{naaste(woord, opdrachten)} Zie: {pad} --help"
        if bericht.startswith("Missing command"):
            return "KMP-U105: noem een opdracht. Zie: kompas --help"
        if bericht.startswith("Got unexpected extra argument"):
            rest = bericht.split("(", 1)[-1].rstrip(").")
            return f"KMP-U106: te veel op de opdrachtregel: {rest}. Zet een naam met spaties tussen aanhalingstekens."
        return f"KMP-U107: {_waarde(bericht)}"
    return f"KMP-U108: {fout.format_message()}"


def _waarde(bericht: str) -> str:
    """Translate click's most common remarks about a value."""
    woorden = {
        "is not a valid integer.": "is geen geheel getal.",
        "is not in the range": "ligt niet in het bereik",
        "requires an argument.": "heeft een waarde nodig.",
        "Option ": "de optie ",
    }
    return _nl(bericht, woorden)
