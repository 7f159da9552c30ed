"""The public function ``register``: open the advice register, or begin one."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from kompas.adviesregister import Adviesregister
from kompas.artefact import versie
from kompas.fouten import GebruiksFout
from kompas.registerbestand import VERSIE, lezend, maak_bestand
from kompas.registerketen import NUL, Anker, als_tijdstip, lees_ankers, maak_schakel

BESTAND = "register.sqlite"


def register(
    pad: str | Path = BESTAND, *, gemeente: str | None = None, tijdstip: dt.datetime | None = None
) -> Adviesregister:
    """Open the advice register, or begin one when ``gemeente`` is given and the file is not there.

    Parameters
    ----------
    pad : path
        The SQLite file; default ``register.sqlite`` in the working folder.
    gemeente : str, optional
        Begin a register of this municipality.
    tijdstip : datetime with time zone, optional
        Moment of the first record; the clock when absent.

    Returns
    -------
    Adviesregister
        With ``noteer``, ``verifieer``, ``toon``, ``overzicht`` and ``wis``.

    Raises
    ------
    GebruiksFout
        ``KMP-R001`` when the file is missing, ``KMP-R002`` when it is something else, ``KMP-R003`` when it is there
        already and ``gemeente`` was given, ``KMP-R004`` when it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as tmp:
    ...     r = register(Path(tmp) / "register.sqlite", gemeente="Hollandstad")
    ...     v = r.verifieer()
    >>> v.heel, v.aantal, v.gemeente
    (True, 1, 'Hollandstad')
    """
    bestand = Path(pad)
    if gemeente is None:
        with lezend(bestand):
            return Adviesregister(pad=bestand)
    if not gemeente.strip():
        raise GebruiksFout("KMP-R018", "de naam van de gemeente is leeg. Vul haar in bij --gemeente.")
    moment = als_tijdstip(tijdstip if tijdstip is not None else dt.datetime.now(dt.UTC))
    velden = {"gemeente": gemeente.strip(), "kompas": versie(), "schema": VERSIE, "tijdstip": moment}
    maak_bestand(bestand, maak_schakel(0, NUL, "begin", velden))
    return Adviesregister(pad=bestand)


def ankers_uit(pad: str | Path) -> tuple[Anker, ...]:
    """Read a file with noted heads.

    Raises
    ------
    GebruiksFout
        ``KMP-R013`` when it is missing, empty or holds something else.
    """
    bestand = Path(pad)
    if not bestand.is_file():
        raise GebruiksFout("KMP-R013", f"ankerbestand '{bestand}' bestaat niet. Schrijf er per regel in: AANTAL HASH")
    ankers = lees_ankers(bestand.read_text(encoding="utf-8-sig", errors="replace"))
    if not ankers:
        raise GebruiksFout("KMP-R013", f"in '{bestand}' staat geen anker. Schrijf er per regel in: AANTAL HASH")
    return ankers
