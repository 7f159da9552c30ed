"""Reading and checking the input tables: from files to one frozen ``Bestand`` with its findings."""

from kompas.bron.afgevallen import afgevallen_rijen
from kompas.bron.keuring import keur, samenvatting, schrijf_bevindingen
from kompas.bron.regels import REGELS, Regel, regels_markdown
from kompas.bron.stroom import lees_bron
from kompas.bron.typen import Bestand, Bevindingen

__all__ = [
    "REGELS",
    "Bestand",
    "Bevindingen",
    "Regel",
    "afgevallen_rijen",
    "keur",
    "lees_bron",
    "regels_markdown",
    "samenvatting",
    "schrijf_bevindingen",
]
