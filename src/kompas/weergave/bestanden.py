"""Nothing half-written: output goes to a temporary name beside its place and is renamed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from kompas.fouten import GebruiksFout

# A spreadsheet program takes text that begins like this for a formula (OWASP: CSV injection).
FORMULETEKENS = r"^[=+\-@\t\r\n＝＋－＠]"


@contextlib.contextmanager
def atomisch(pad: str | Path) -> Iterator[Path]:
    """Give a temporary path in the folder of ``pad`` and rename it to ``pad`` when the block ends well.

    Raises
    ------
    GebruiksFout
        ``KMP-U003`` when the folder is missing or the file cannot be written (open in another program).
    """
    doel = Path(pad)
    if not doel.parent.is_dir():
        raise GebruiksFout("KMP-U003", f"map '{doel.parent}' bestaat niet. Maak de map of kies een andere plaats.")
    tijdelijk = doel.with_name(f".{doel.stem}.{os.getpid()}.tmp{doel.suffix}")
    try:
        yield tijdelijk
        tijdelijk.replace(doel)
    except PermissionError:
        raise GebruiksFout(
            "KMP-U003",
            f"'{doel}' is niet te schrijven. Sluit het bestand als het in Excel open staat, of kies een andere plaats.",
        ) from None
    except IsADirectoryError:
        raise GebruiksFout("KMP-U003", f"'{doel}' is een map. Geef een bestandsnaam.") from None
    finally:
        tijdelijk.unlink(missing_ok=True)


def schrijf_tekst(tekst: str, pad: str | Path) -> None:
    """Write text (HTML, SVG, Markdown) as UTF-8 with Unix line ends, atomically."""
    with atomisch(pad) as tijdelijk:
        tijdelijk.write_text(tekst, encoding="utf-8", newline="\n")
