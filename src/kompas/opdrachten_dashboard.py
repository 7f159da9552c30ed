"""``kompas.dashboard``: read once, make every monitor, write one folder."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kompas.artefact import wissel
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.invoer import Pad, Voortgang, als_config, als_model, gekeurd
from kompas.monitors.stof import Stof, verzamel
from kompas.toonbaar import Toonbaar
from kompas.weergave.dashboardblad import VOORBLAD, bladen, dashboardpaginas, monitordelen
from kompas.weergave.htmltabel import Deel
from kompas.weergave.tekenaar import Tekenaar

MERK = ".kompas-dashboard"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dashboard(Toonbaar, tabel="tabel"):
    """What was written, and the monitors behind it.

    Parameters
    ----------
    tabel : DataFrame
        One row per page: bestand, titel, niveau, eenheid, bytes.
    map : Path
        The folder.
    stof : Stof
        The monitors.
    """

    tabel: pd.DataFrame
    map: Path
    stof: Stof

    @property
    def voorblad(self) -> Path:
        """The manager's page."""
        return self.map / VOORBLAD


def dashboard(
    config: Pad | Config,
    model: Pad | Herijking | None,
    uit: Pad,
    *,
    peildatum: dt.date | None = None,
    voortgang: Voortgang | None = None,
) -> Dashboard:
    """Write the monthly dashboard: a folder of pages that reads offline, by e-mail or on an intranet.

    Parameters
    ----------
    config : path or Config
    model : path or Herijking, or None
        With it the outlook follows the running clients and the case mix comes from the model.
    uit : path
        Folder to make; an earlier dashboard there is replaced as a whole, another folder that is not empty is refused.
    peildatum : date, optional
        Overrides the config.
    voortgang : function (step, share), optional

    Returns
    -------
    Dashboard

    Raises
    ------
    GebruiksFout
        ``KMP-O007`` when the folder holds something else; errors of the model when it does not fit the config.
    GegevensFout
        When the data are rejected; then nothing is written.
    """
    doel = Path(uit)
    if doel.exists() and (doel.is_file() or (any(doel.iterdir()) and not (doel / MERK).is_file())):
        raise GebruiksFout(
            "KMP-O007", f"'{doel}' bestaat al en is geen eerder dashboard. Kies een andere map met --uit."
        )
    h = None if model is None else als_model(model)
    c = als_config(config, peildatum)
    begonnen: dict[str, list[Deel]] = {}
    with Tekenaar() as tekenaar:

        def klaar(naam: str, monitor: object) -> None:
            begonnen.update(monitordelen(naam, monitor, tekenaar.begin))

        stof = verzamel(gekeurd(c, voortgang), c, h, voortgang=voortgang, klaar=klaar)
        bestanden = dashboardpaginas(stof, tekenaar.begin, begonnen)
    _schrijf(doel, bestanden)
    rijen = [
        {
            "bestand": b.bestand,
            "titel": b.kort,
            "niveau": b.niveau,
            "eenheid": b.eenheid,
            "bytes": len(bestanden[b.bestand]),
        }
        for b in bladen(stof)
    ]
    return Dashboard(tabel=pd.DataFrame(rijen), map=doel, stof=stof)


def _schrijf(doel: Path, bestanden: Mapping[str, bytes]) -> None:
    """Write all files to a folder beside the place and put it there at once."""
    werk = doel.with_name(f".{doel.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(werk, ignore_errors=True)
        werk.mkdir(parents=True)
        for naam, inhoud in bestanden.items():
            (werk / naam).write_bytes(inhoud)
        (werk / MERK).write_text("Deze map is gemaakt door kompas dashboard en wordt elke keer vervangen.\n", "utf-8")
        wissel(werk, doel)
    except OSError as fout:
        raise GebruiksFout(
            "KMP-U003", f"de map '{doel}' is niet te schrijven ({fout.strerror}). Sluit wat eruit open staat."
        ) from None
    finally:
        shutil.rmtree(werk, ignore_errors=True)
