"""Exposure with the traits coded as a model knows them: for what a model is asked about later data."""

from __future__ import annotations

from kompas.bron import Bestand
from kompas.config import Config
from kompas.herijking import Herijking
from kompas.historie import bronwaarden_van
from kompas.kenmerken import relevante_leeftijden
from kompas.panel import Panel, maak_panel
from kompas.perioden import Perioden


def panel_van_model(h: Herijking, perioden: Perioden, bestand: Bestand, config: Config) -> Panel:
    """Lay out exposure in the window of ``config``; a level that the model never saw has the code that it gives it."""
    namen = [k.naam for k in h.kenmerken]
    bron, stappen = bronwaarden_van(namen, perioden, bestand.uitkeringen, bestand.kenmerken_historie)
    return maak_panel(
        perioden,
        bestand.uitkeringen,
        config,
        kenmerken=lambda spell, dag: {k.naam: k.codeer(bron.waarde(k.naam, spell, dag)) for k in h.kenmerken},
        tijdlijnen=stappen,
        leeftijden=relevante_leeftijden(h.kenmerken),
    )
