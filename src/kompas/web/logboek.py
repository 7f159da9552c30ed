"""What is written down about a refused request: code, kind and route. Never what was typed, never a client."""

from __future__ import annotations

import logging

LOGBOEK = logging.getLogger("kompas.serveer")
SOORTEN = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH")


def noteer_weigering(code: str, soort: str, route: str | None) -> None:
    """Log a refusal; ``route`` is the pattern of the route and not the address that was asked for.

    Parameters
    ----------
    code : str
        Stable code, such as ``KMP-H004``.
    soort : str
        Method of the request; anything unusual becomes ``ander``.
    route : str or None
        Pattern such as ``/dashboard/<naam>``; None when no page has that address.
    """
    LOGBOEK.warning("%s geweigerd: %s %s", code, soort if soort in SOORTEN else "ander", route or "onbekend adres")


def noteer_fout(fout: BaseException, route: str | None) -> None:
    """Log an unexpected error by its kind and place; its message may hold data and is left out."""
    plek, spoor = "onbekend", fout.__traceback__
    while spoor is not None:
        code = spoor.tb_frame.f_code
        plek = f"{code.co_filename.replace(chr(92), '/').rsplit('/', 1)[-1]}:{spoor.tb_lineno} {code.co_name}"
        spoor = spoor.tb_next
    LOGBOEK.error("KMP-H012 mislukt: %s %s in %s", type(fout).__name__, plek, route or "onbekend adres")
