"""The public functions: each command of ``kompas`` as one call. Reading and writing happen here, and only here."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kompas import artefact, sjabloon
from kompas.adviesregister import records_van
from kompas.bron import Bestand, keur, lees_bron, samenvatting, schrijf_bevindingen
from kompas.bron.verkennen import Verkenning, verken_bestanden
from kompas.config import Config
from kompas.fouten import GebruiksFout, GegevensFout, ModelFout
from kompas.herijking import Herijking, controleer_kenmerken, schat
from kompas.invoer import Pad, Voortgang, als_config, gekeurd
from kompas.registergebruik import adviesgebruik
from kompas.simulatie import Simulatie, schrijf_simulatie, simuleer_gemeente, standaard_waarheid
from kompas.toonbaar import Toonbaar
from kompas.verslag import (
    controleer_volgorde,
    met_oordeel,
    rapportinhoud,
    toets_model,
    vergelijk_met_vorige,
    vergelijking,
)
from kompas.voorbeeld import kopieer_voorbeeld
from kompas.weergave.bestanden import atomisch
from kompas.weergave.rapport import herijkingsrapport

RAPPORT = "herijkingsrapport.html"
SLECHTER = "KMP-J003"  # the one error after which there is a result


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Controle(Toonbaar):
    """What ``controleer`` found.

    Parameters
    ----------
    bestand : Bestand
        The rows that were accepted, and the findings.
    goedgekeurd : bool
        Whether a herijking may use these data.
    reden : str
        Why not; empty when approved.
    bevindingen : Path
        The file with all findings.
    """

    bestand: Bestand
    goedgekeurd: bool
    reden: str
    bevindingen: Path

    def to_frame(self) -> pd.DataFrame:
        """All findings: bestand, rij, kolom, waarde, regel, ernst, bericht, wat_te_doen, aantal."""
        return self.bestand.bevindingen.to_frame()

    def tekst(self) -> str:
        """Summary for a terminal of 80 columns."""
        return samenvatting(self.bestand)


def init(map: Pad, *, voorbeeld: str | None = None) -> Path:  # noqa: A002 - the contract's name of the argument
    """Make a new working folder: a commented ``kompas.toml`` and an empty ``bron/``.

    Parameters
    ----------
    map : path
        Folder to make; must be absent or empty.
    voorbeeld : {"hollandstad", "hollandstad_rauw"}, optional
        Fill it with sample data; the raw exports come without ``kompas.toml``: ``kompas verken`` drafts it.

    Returns
    -------
    Path
        The configuration file (of ``hollandstad_rauw``: where it will be).

    Raises
    ------
    GebruiksFout
        ``KMP-O001`` when the folder is not empty, ``KMP-O002`` for an unknown sample.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as tmp:
    ...     init(Path(tmp) / "werk").name
    'kompas.toml'
    """
    doel = Path(map)
    if voorbeeld is not None:
        return kopieer_voorbeeld(voorbeeld, doel) / "kompas.toml"
    if doel.exists() and (doel.is_file() or any(doel.iterdir())):
        raise GebruiksFout("KMP-O001", f"'{doel}' bestaat al en is niet leeg. Kies een nieuwe map.")
    (doel / "bron").mkdir(parents=True)
    with atomisch(doel / "kompas.toml") as pad:
        pad.write_text(sjabloon.KOMPAS_TOML, encoding="utf-8", newline="\n")
    return doel / "kompas.toml"


def verken(*bestanden: Pad, uit: Pad | None = None) -> Verkenning:
    """Look at unknown exports and draft a configuration, its doubts marked.

    Parameters
    ----------
    *bestanden : path
        Exports: CSV, Excel or Parquet.
    uit : path, optional
        Where to write the draft; nothing is written when absent. An existing file is refused.

    Returns
    -------
    Verkenning
        ``toml`` (the draft), ``twijfels`` and ``tabellen``.

    Raises
    ------
    GebruiksFout
        For files that cannot be read; ``KMP-O003`` when ``uit`` exists.
    """
    if uit is not None and Path(uit).exists():
        raise GebruiksFout("KMP-O003", f"'{uit}' bestaat al. Kies een andere naam met --uit.")
    naar = Path(uit).parent if uit is not None else None
    verkenning = verken_bestanden([Path(b) for b in bestanden], naar=naar)
    if uit is not None:
        with atomisch(uit) as pad:
            pad.write_text(verkenning.toml, encoding="utf-8", newline="\n")
    return verkenning


def controleer(
    config: Pad | Config, *, peildatum: dt.date | None = None, voortgang: Voortgang | None = None
) -> Controle:
    """Check the input and write ``bevindingen.csv`` beside the config.

    Parameters
    ----------
    config : path or Config
    peildatum : date, optional
        Overrides the config.
    voortgang : function (step, share), optional

    Returns
    -------
    Controle
        ``goedgekeurd`` tells whether a herijking may use these data.

    Raises
    ------
    GebruiksFout
        Missing file or column, wrong config, traits that do not fit the data.
    GeweigerdFout
        BSN in the data, protected trait as predictor.
    """
    c = als_config(config, peildatum)
    bestand = lees_bron(c, voortgang=(lambda naam: voortgang(naam, 0.0)) if voortgang else None)
    doel = (c.pad.parent if c.pad is not None else Path()) / "bevindingen.csv"
    schrijf_bevindingen(bestand.bevindingen, doel)
    reden = ""
    try:
        keur(bestand, c)
    except GegevensFout as fout:
        reden = str(fout)
    else:
        controleer_kenmerken(bestand, c)
    return Controle(bestand=bestand, goedgekeurd=not reden, reden=reden, bevindingen=doel)


def herijk(
    config: Pad | Config,
    uit: Pad,
    *,
    vorige: Pad | None = None,
    zaad: int = 0,
    zonder_terugtoets: bool = False,
    register: Pad | None = None,
    peildatum: dt.date | None = None,
    voortgang: Voortgang | None = None,
) -> Herijking:
    """Estimate everything, compare with last time, and write a model folder with its report.

    Parameters
    ----------
    config : path or Config
    uit : path
        Model folder; an earlier model there is replaced in one step at the very end.
    vorige : path, optional
        Last time's model folder: data, effects and predictions are compared (``vergelijking.csv`` and the report), and
        it is recorded as parent. Without it the report has a backtest on earlier days.
    zaad : int
        Seed.
    zonder_terugtoets : bool
        Leave that backtest out; the comparison with ``vorige`` is always made.
    register : path, optional
        The advice register: the report says how advice was used and what came of it (``adviesgebruik.csv``).
    peildatum : date, optional
        Overrides the config.
    voortgang : function (step, share), optional

    Returns
    -------
    Herijking

    Raises
    ------
    GegevensFout
        When the data are rejected; ``uit`` is not made.
    ModelFout
        ``KMP-J003`` when the new model predicts worse than that of ``vorige``: the folder is written, and marked;
        ``KMP-R022`` when the register is not whole: nothing is estimated.
    GebruiksFout, GeweigerdFout, RekenFout
        See the contract's exit codes.
    """
    c = als_config(config, peildatum)
    artefact.controleer_doel(Path(uit))
    records = records_van(Path(register)) if register is not None else None
    oud = artefact.laad(vorige) if vorige is not None else None
    ouder = artefact.manifest_hash(vorige) if vorige is not None else None
    if oud is not None:
        controleer_volgorde(oud, c)
    bestand = gekeurd(c, voortgang)
    h = schat(bestand, c, zaad=zaad, vorige=oud, voortgang=voortgang or (lambda _stap, _deel: None))
    extra: dict[str, bytes] = {}
    zinnen: tuple[str, ...] = ()
    jaren, terugtoets = None, None
    if oud is not None:
        jaren = vergelijk_met_vorige(oud, h, bestand, voortgang=voortgang)
        extra["vergelijking.csv"] = artefact.csv_tekst(vergelijking(oud, h))
    elif not zonder_terugtoets:
        terugtoets, zinnen = toets_model(h, bestand, voortgang=voortgang)
    h, slechter = met_oordeel(h, jaren)
    if voortgang:
        voortgang("rapport", 0.0)
    adviezen = adviesgebruik(records, bestand, c) if records is not None else None
    if adviezen is not None:
        extra["adviesgebruik.csv"] = artefact.csv_tekst(adviezen.tabel)
    inhoud = rapportinhoud(h, jaren=jaren, terugtoets=terugtoets, terugtoets_zinnen=zinnen, adviezen=adviezen)
    extra[RAPPORT] = herijkingsrapport(inhoud).encode()
    artefact.bewaar(h, uit, extra=extra, ouder=ouder)
    if slechter:
        raise ModelFout(SLECHTER, f"{slechter} Model en rapport zijn geschreven en gemarkeerd: {Path(uit)}")
    return h


def simuleer(uit: Pad, zaad: int, *, clienten: int = 6_000, overschrijf: bool = False) -> Simulatie:
    """Make a municipality with a known truth, in the contract's tables.

    Parameters
    ----------
    uit : path
        Folder to make, with ``kompas.toml``, ``bron/`` and ``waarheid/``.
    zaad : int
        Seed: the same seed gives the same bytes.
    clienten : int
        Number of clients.
    overschrijf : bool
        Replace an earlier simulation in this folder.

    Returns
    -------
    Simulatie

    Raises
    ------
    GebruiksFout
        When the folder is not empty or the numbers are impossible.
    """
    simulatie = simuleer_gemeente(standaard_waarheid(), zaad=zaad, clienten=clienten)
    schrijf_simulatie(simulatie, uit, overschrijf=overschrijf)
    return simulatie
