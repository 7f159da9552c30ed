"""kompas: wat werkt in de bijstand.

Every command of the program is one function here, with the same name and options. Imports are lazy: ``import kompas``
costs nothing until a function is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kompas.artefact import laad as laad_model
    from kompas.config import Config, lees_config
    from kompas.fouten import KompasError
    from kompas.herijking import Herijking
    from kompas.lijst import Lijst
    from kompas.opdrachten import Controle, controleer, demo, herijk, init, lijstwerk, simuleer, verken
    from kompas.terugtoets import Terugtoets, toets_terug

_WAAR = {
    "Config": "config",
    "Controle": "opdrachten",
    "Herijking": "herijking",
    "KompasError": "fouten",
    "Lijst": "lijst",
    "Terugtoets": "terugtoets",
    "controleer": "opdrachten",
    "demo": "opdrachten",
    "herijk": "opdrachten",
    "init": "opdrachten",
    "laad_model": "artefact",
    "lees_config": "config",
    "lijstwerk": "opdrachten",
    "simuleer": "opdrachten",
    "toets_terug": "terugtoets",
    "verken": "opdrachten",
}
_ANDERS = {"laad_model": "laad"}

__all__ = [
    "Config",
    "Controle",
    "Herijking",
    "KompasError",
    "Lijst",
    "Terugtoets",
    "controleer",
    "demo",
    "herijk",
    "init",
    "laad_model",
    "lees_config",
    "lijstwerk",
    "simuleer",
    "toets_terug",
    "verken",
]


def __getattr__(naam: str) -> Any:
    if naam not in _WAAR:
        from kompas.fouten import naaste  # noqa: PLC0415 - only on a mistake

        raise AttributeError(f"kompas heeft geen '{naam}'.{naaste(naam, _WAAR)}")
    return getattr(import_module(f"kompas.{_WAAR[naam]}"), _ANDERS.get(naam, naam))


def __dir__() -> list[str]:
    return __all__
