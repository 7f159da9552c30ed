"""The public function ``serveer``: the pages on this computer."""

from __future__ import annotations

import datetime as dt
import os
import sys
import threading
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

from kompas.adviesregister import Adviesregister
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.invoer import Pad, Voortgang

if TYPE_CHECKING:
    from kompas.web.bediening import Bediening

EXTRA = ("flask", "waitress", "werkzeug")


def serveer(
    model: Pad | Herijking,
    config: Pad | Config | None = None,
    *,
    register: Pad | Adviesregister | None = None,
    poort_nummer: int = 0,
    geen_browser: bool = False,
    peildatum: dt.date | None = None,
    voortgang: Voortgang | None = None,
) -> None:
    """Show the client form, the list and the dashboard as pages on this computer only; returns when it is stopped.

    Parameters
    ----------
    model : path or Herijking
        Model folder, or a model in memory.
    config : path or Config, optional
        With it come the list of the caseload and the dashboard.
    register : path or Adviesregister, optional
        Where decisions are recorded; begin one with ``kompas.register(pad, gemeente=...)``.
    poort_nummer : int
        Port on this computer; 0 = any free one.
    geen_browser : bool
        Only print the address, open nothing.
    peildatum : date, optional
        Overrides the config, or the model.
    voortgang : function (step, share), optional

    Raises
    ------
    GebruiksFout
        ``KMP-H001`` when the extra ``web`` is not installed, ``KMP-H002`` when the port is taken, ``KMP-R001`` when the
        register is missing.
    ModelFout
        When the model folder was changed, or the register is not whole.
    GegevensFout
        When the data are rejected.
    """
    bediening = maak_bediening(
        model, config, register=register, poort_nummer=poort_nummer, peildatum=peildatum, voortgang=voortgang
    )
    draai(bediening, geen_browser=geen_browser, zeg=_zeg)


def maak_bediening(
    model: Pad | Herijking,
    config: Pad | Config | None = None,
    *,
    register: Pad | Adviesregister | None = None,
    poort_nummer: int = 0,
    peildatum: dt.date | None = None,
    vandaag: dt.date | None = None,
    voortgang: Voortgang | None = None,
) -> Bediening:
    """Load everything and listen; nothing is answered before ``draai``. Raises as `serveer`."""
    try:
        from kompas.web.bediening import Bediening  # noqa: PLC0415 - the extra web is optional
        from kompas.web.toestand import maak_toestand  # noqa: PLC0415 - idem
    except ModuleNotFoundError as fout:
        if (fout.name or "").split(".")[0] not in EXTRA:
            raise
        raise GebruiksFout(
            "KMP-H001", 'voor de bladen zijn flask en waitress nodig. Installeer ze met: pip install "kompas[web]"'
        ) from None
    toestand = maak_toestand(
        model, config, register=register, peildatum=peildatum, vandaag=vandaag, voortgang=voortgang
    )
    return Bediening(toestand, poort_nummer)


def draai(bediening: Bediening, *, geen_browser: bool, zeg: Callable[[str], None]) -> None:
    """Say where the pages are, open them, and serve until stopped."""
    if geen_browser or not _heeft_scherm():
        zeg(f"Open dit adres in uw browser. Het werkt één keer: {bediening.beginadres}")
    else:
        zeg(f"De bladen openen in uw browser. Gebeurt dat niet, open dan zelf: {bediening.beginadres}")
        threading.Thread(target=webbrowser.open, args=(bediening.beginadres,), daemon=True).start()
    zeg("Stoppen: kies op de startpagina 'Kompas stoppen', of druk hier op Ctrl+C.")
    bediening.draai()
    zeg("Kompas is gestopt.")


def _heeft_scherm() -> bool:
    """Whether there is a desktop to open a browser on; a browser in the terminal itself would be in the way."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _zeg(tekst: str) -> None:
    sys.stdout.write(f"{tekst}\n")
    sys.stdout.flush()
