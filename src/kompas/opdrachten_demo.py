"""The demonstration: everything kompas makes, for a sample municipality."""

from __future__ import annotations

import shutil
from pathlib import Path

from kompas.fouten import GebruiksFout
from kompas.invoer import Pad, Voortgang
from kompas.opdrachten import RAPPORT, controleer, herijk, init
from kompas.opdrachten_catalogus import catalogus
from kompas.opdrachten_dashboard import dashboard
from kompas.opdrachten_klant import klant
from kompas.opdrachten_lijst import lijstwerk
from kompas.opdrachten_monitor import scan

DEMO_ZAAD = 2007


def demo(uit: Pad = "kompas-demo", *, voortgang: Voortgang | None = None) -> dict[str, Path]:
    """Sample data to model, report, lists, catalogue, the report on one client, scan and dashboard, in one go.

    Parameters
    ----------
    uit : path
        Folder to make; an earlier demo there is replaced, any other folder that is not empty is refused.
    voortgang : function (step, share), optional

    Returns
    -------
    dict of str to Path
        What was made: gemeente, config, bevindingen, model, rapport, lijst (csv), excel, catalogus, klant,
        klant_pdf, scan, dashboard.

    Raises
    ------
    GebruiksFout
        ``KMP-O005`` when the folder holds something else.
    """
    doel = Path(uit)
    merk = doel / ".kompas-demo"
    if doel.exists() and (doel.is_file() or (any(doel.iterdir()) and not merk.is_file())):
        raise GebruiksFout("KMP-O005", f"'{doel}' bestaat al en is geen eerdere demo. Kies een andere map met --uit.")
    shutil.rmtree(doel, ignore_errors=True)
    doel.mkdir(parents=True)
    merk.write_text("Deze map is gemaakt door kompas demo en mag weg.\n", encoding="utf-8")
    if voortgang:
        voortgang("voorbeeldgemeente", 0.0)
    config = init(doel / "gemeente", voorbeeld="hollandstad")
    controle = controleer(config, voortgang=voortgang)
    h = herijk(config, doel / "model", zaad=DEMO_ZAAD, voortgang=voortgang)
    lijstwerk(config, h, doel / "lijst.csv", voortgang=voortgang)
    lijstwerk(config, h, doel / "lijst.xlsx", per="team", voortgang=voortgang)
    catalogus(config, h, doel / "catalogus.html", voortgang=voortgang)
    for naam in ("klant.html", "klant.pdf"):  # the client of the essay's picture of the individual meter
        klant(
            h,
            geslacht="vrouw",
            geboortedatum="08-11-1983",
            begindatum="08-05-2007",
            opleiding="hoger",
            uit=doel / naam,
            voortgang=voortgang,
        )
    scan(config, doel / "scan.html", model=h, voortgang=voortgang)
    bord = dashboard(config, h, doel / "dashboard", voortgang=voortgang)
    return {
        "gemeente": doel / "gemeente",
        "config": config,
        "bevindingen": controle.bevindingen,
        "model": doel / "model",
        "rapport": doel / "model" / RAPPORT,
        "lijst": doel / "lijst.csv",
        "excel": doel / "lijst.xlsx",
        "catalogus": doel / "catalogus.html",
        "klant": doel / "klant.html",
        "klant_pdf": doel / "klant.pdf",
        "scan": doel / "scan.html",
        "dashboard": bord.voorblad,
    }
