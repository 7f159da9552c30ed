"""kompas: wat werkt in de bijstand.

Every command of the program is one function here, with the same name and options. Imports are lazy: ``import kompas``
costs nothing until a function is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kompas.artefact import laad as laad_model
    from kompas.catalogusdelen import Catalogus
    from kompas.config import Config, lees_config
    from kompas.fouten import KompasError
    from kompas.herijking import Herijking
    from kompas.klantbeeld import Klantbeeld
    from kompas.lijst import Lijst
    from kompas.monitors.ambitie import Ambitiemonitor
    from kompas.monitors.bestandsmonitor import Bestandsmonitor
    from kompas.monitors.budgetmonitor import Budgetmonitor
    from kompas.monitors.scan import Scan
    from kompas.monitors.uitgavenmonitor import Uitgavenmonitor
    from kompas.monitors.uitvoeringsmonitor import Uitvoeringsmonitor
    from kompas.opdrachten import Controle, controleer, herijk, init, simuleer, verken
    from kompas.opdrachten_catalogus import catalogus, poort
    from kompas.opdrachten_dashboard import Dashboard, dashboard
    from kompas.opdrachten_demo import demo
    from kompas.opdrachten_klant import klant
    from kompas.opdrachten_lijst import lijstwerk
    from kompas.opdrachten_monitor import monitor, scan
    from kompas.opdrachten_register import register
    from kompas.opdrachten_serveer import serveer
    from kompas.opdrachten_verschil import verschil
    from kompas.poorteffect import Poort
    from kompas.terugtoets import Terugtoets, toets_terug

_WAAR = {
    "Ambitiemonitor": "monitors.ambitie",
    "Bestandsmonitor": "monitors.bestandsmonitor",
    "Budgetmonitor": "monitors.budgetmonitor",
    "Catalogus": "catalogusdelen",
    "Config": "config",
    "Controle": "opdrachten",
    "Dashboard": "opdrachten_dashboard",
    "Herijking": "herijking",
    "Klantbeeld": "klantbeeld",
    "KompasError": "fouten",
    "Lijst": "lijst",
    "Poort": "poorteffect",
    "Scan": "monitors.scan",
    "Terugtoets": "terugtoets",
    "Uitgavenmonitor": "monitors.uitgavenmonitor",
    "Uitvoeringsmonitor": "monitors.uitvoeringsmonitor",
    "catalogus": "opdrachten_catalogus",
    "controleer": "opdrachten",
    "dashboard": "opdrachten_dashboard",
    "demo": "opdrachten_demo",
    "herijk": "opdrachten",
    "init": "opdrachten",
    "klant": "opdrachten_klant",
    "laad_model": "artefact",
    "lees_config": "config",
    "lijstwerk": "opdrachten_lijst",
    "monitor": "opdrachten_monitor",
    "poort": "opdrachten_catalogus",
    "register": "opdrachten_register",
    "scan": "opdrachten_monitor",
    "serveer": "opdrachten_serveer",
    "simuleer": "opdrachten",
    "toets_terug": "terugtoets",
    "verken": "opdrachten",
    "verschil": "opdrachten_verschil",
}
_ANDERS = {"laad_model": "laad"}

__all__ = [
    "Ambitiemonitor",
    "Bestandsmonitor",
    "Budgetmonitor",
    "Catalogus",
    "Config",
    "Controle",
    "Dashboard",
    "Herijking",
    "Klantbeeld",
    "KompasError",
    "Lijst",
    "Poort",
    "Scan",
    "Terugtoets",
    "Uitgavenmonitor",
    "Uitvoeringsmonitor",
    "catalogus",
    "controleer",
    "dashboard",
    "demo",
    "herijk",
    "init",
    "klant",
    "laad_model",
    "lees_config",
    "lijstwerk",
    "monitor",
    "poort",
    "register",
    "scan",
    "serveer",
    "simuleer",
    "toets_terug",
    "verken",
    "verschil",
]


def __getattr__(naam: str) -> Any:
    if naam not in _WAAR:
        from kompas.fouten import naaste  # noqa: PLC0415 - only on a mistake

        raise AttributeError(f"kompas heeft geen '{naam}'.{naaste(naam, _WAAR)}")
    return getattr(import_module(f"kompas.{_WAAR[naam]}"), _ANDERS.get(naam, naam))


def __dir__() -> list[str]:
    return __all__
