"""Write a simulated municipality as a folder: tables, ``kompas.toml`` and the truth; all at once or not at all."""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path

import pandas as pd

from kompas.config import Instrument
from kompas.fouten import GebruiksFout
from kompas.simulatie.gemeente import Simulatie
from kompas.simulatie.waarheid import als_dict

_KENMERK = "waarheid/parameters.json"


def _toml_tekst(tekst: str) -> str:
    return json.dumps(tekst, ensure_ascii=False)


def _toml_instrument(i: Instrument) -> str:
    regels = [
        "[[instrument]]",
        f"code = {_toml_tekst(i.code)}",
        f"naam = {_toml_tekst(i.label)}",
        f'meter = "{i.meter}"',
        f"duur_maanden = {i.duur_maanden}",
        f"fasen_na = {list(i.fasen_na)}",
    ]
    if i.kosten is not None:
        regels.append(f"kosten = {i.kosten}")
    return "\n".join(regels) + "\n"


def maak_toml(sim: Simulatie) -> str:
    """Return the commented ``kompas.toml`` of a simulation."""
    w = sim.waarheid
    kop = f"""\
# Gesimuleerde gemeente (zaad {sim.zaad}): alle gegevens zijn verzonnen. De map 'waarheid' bevat de ware parameters.

[gemeente]
naam = {_toml_tekst(w.gemeente)}
peildatum = {sim.peildatum}             # laatste waargenomen dag

[bron]
map = "bron"                       # ten opzichte van dit bestand
venster_van = {sim.venster_van}           # waarnemingsvenster: vanaf deze dag tot en met de peildatum
rijping_maanden = 0                # beeindigingen staan er allemaal in
gat_dagen = 30                     # een kortere onderbreking is geen uitstroom

[bron.uitkeringen]
bestand = "uitkeringen.csv"

[bron.inzet]
bestand = "inzet.csv"
volledig_vanaf = {sim.volledig_vanaf}        # vanaf deze dag is alle inzet geregistreerd

[bron.gronden]
bestand = "gronden.csv"

[kenmerken]
gebruik = ["geslacht", "leeftijd", "leefvorm", "opleiding", "fasering", "duur", "eerdere_spells"]

[model]
kalender = "maand+trend"
effect_per = []                    # bijvoorbeeld ["opleiding"]; in de simulatie is elk effect voor iedereen gelijk
duurbanden = {list(w.duurbanden)}

[rendement]
horizon_maanden = 60
discontovoet = 0.0
terugval = true
minimale_kans_positief = 0.80
"""
    return "\n".join([kop, *(_toml_instrument(i.instrument) for i in w.instrumenten)])


def _schrijf_csv(tabel: pd.DataFrame, pad: Path) -> None:
    tabel.to_csv(pad, index=False, encoding="utf-8", date_format="%Y-%m-%d", lineterminator="\n")


def schrijf_waarheid(sim: Simulatie, map_: Path) -> None:
    """Write the truth of a simulation in ``map_/waarheid``."""
    (map_ / "waarheid").mkdir()
    for naam in ("effecten", "coefficienten", "typen", "clienten", "verwacht"):
        _schrijf_csv(getattr(sim, naam), map_ / "waarheid" / f"{naam}.csv")
    aanroep = {
        "zaad": sim.zaad,
        "clienten": len(sim.clienten),
        "venster_van": sim.venster_van.isoformat(),
        "peildatum": sim.peildatum.isoformat(),
        "volledig_vanaf": sim.volledig_vanaf.isoformat(),
        "waarheid": als_dict(sim.waarheid),
    }
    tekst = json.dumps(aanroep, ensure_ascii=False, indent=2) + "\n"
    (map_ / _KENMERK).write_text(tekst, encoding="utf-8", newline="\n")


def _vul(sim: Simulatie, map_: Path) -> None:
    (map_ / "bron").mkdir()
    for naam in ("uitkeringen", "inzet", "gronden"):
        _schrijf_csv(getattr(sim, naam), map_ / "bron" / f"{naam}.csv")
    schrijf_waarheid(sim, map_)
    (map_ / "kompas.toml").write_text(maak_toml(sim), encoding="utf-8", newline="\n")


def _controleer_doel(doel: Path, *, overschrijf: bool) -> None:
    if doel.is_symlink() or (doel.exists() and not doel.is_dir()):
        raise GebruiksFout("KMP-S004", f"'{doel}' is geen gewone map. Kies een andere map.")
    if not doel.is_dir() or not any(doel.iterdir()):
        return
    if not overschrijf:
        raise GebruiksFout(
            "KMP-S004", f"map '{doel}' bestaat al en is niet leeg. Kies een andere map of overschrijf uitdrukkelijk."
        )
    if not (doel / _KENMERK).is_file():
        raise GebruiksFout(
            "KMP-S005",
            f"map '{doel}' is geen gesimuleerde gemeente ({_KENMERK} ontbreekt) en wordt niet overschreven. "
            "Kies een andere map, of maak deze zelf leeg.",
        )


def schrijf_simulatie(sim: Simulatie, map: str | Path, *, overschrijf: bool = False) -> Path:  # noqa: A002
    """Write the simulation as a folder that ``kompas`` can read, with the truth beside it.

    Parameters
    ----------
    sim : Simulatie
        What ``simuleer_gemeente`` returned.
    map : path
        The folder to make: ``bron/``, ``kompas.toml`` and ``waarheid/``.
    overschrijf : bool
        Replace a folder that holds an earlier simulation.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    GebruiksFout
        ``KMP-S004`` when the target exists and is not empty (or is no folder); ``KMP-S005`` when it should be
        overwritten but holds no simulation.
    """
    doel = Path(map).absolute()
    _controleer_doel(doel, overschrijf=overschrijf)
    doel.parent.mkdir(parents=True, exist_ok=True)
    kladnaam = f".{doel.name}-{secrets.token_hex(4)}"
    klad, oud = doel.parent / f"{kladnaam}-nieuw", doel.parent / f"{kladnaam}-oud"
    klad.mkdir()
    try:
        _vul(sim, klad)
        if doel.exists():
            doel.rename(oud)
        klad.rename(doel)
    except BaseException:
        if oud.exists() and not doel.exists():
            oud.rename(doel)
        raise
    finally:
        shutil.rmtree(klad, ignore_errors=True)
        shutil.rmtree(oud, ignore_errors=True)
    return doel
