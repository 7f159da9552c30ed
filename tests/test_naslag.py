"""The command reference is complete and in step with the program."""

from __future__ import annotations

from pathlib import Path

from kompas.cli import hoofd
from kompas.naslag import naslag_markdown

PAGINA = Path(__file__).parents[1] / "docs" / "opdrachten.md"


def test_naslag_is_in_de_pas() -> None:
    """Renew with ``make naslag``."""
    assert PAGINA.read_text(encoding="utf-8") == naslag_markdown()


def test_naslag_noemt_elke_opdracht_en_elke_optie() -> None:
    tekst = PAGINA.read_text(encoding="utf-8")
    for naam, opdracht in hoofd.commands.items():
        assert f"## kompas {naam}\n" in tekst
        deel = tekst.split(f"## kompas {naam}\n", 1)[1].split("\n## ", 1)[0]
        for param in opdracht.params:
            assert all(o in deel for o in param.opts if o.startswith("-")), param.name
