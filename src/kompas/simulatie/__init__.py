"""A municipality with a known truth: simulate it, write it, and know what every meter should say."""

from kompas.simulatie.gemeente import Simulatie, simuleer_gemeente
from kompas.simulatie.hollandstad import hollandstad_waarheid
from kompas.simulatie.schrijven import schrijf_simulatie
from kompas.simulatie.standaard import standaard_instrumenten, standaard_waarheid
from kompas.simulatie.verwacht import bereken_verwacht
from kompas.simulatie.waarheid import InstrumentWaarheid, TypeWaarheid, Waarheid

__all__ = [
    "InstrumentWaarheid",
    "Simulatie",
    "TypeWaarheid",
    "Waarheid",
    "bereken_verwacht",
    "hollandstad_waarheid",
    "schrijf_simulatie",
    "simuleer_gemeente",
    "standaard_instrumenten",
    "standaard_waarheid",
]
