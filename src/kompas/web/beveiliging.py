"""What a request must satisfy before a page is made, and the headers of every answer."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Request

from kompas.web.toegang import Toegang

GROOTSTE_INVOER = 64 * 1024  # bytes of a form
LANGSTE_VELD = 4_000  # characters
OPEN_ROUTES = frozenset({"stijl", "begin", "pictogram"})  # hold nothing that is worth a session
FORMULIER = "application/x-www-form-urlencoded"
BELEID = (
    "default-src 'none'; style-src {stijl}; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
KOPPEN: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Weigering:
    """Why a request is refused: stable code, status, and what the reader can do."""

    code: str
    status: int
    uitleg: str


ANDER_ADRES = Weigering(
    code="KMP-H003",
    status=403,
    uitleg="Deze bladen zijn alleen te openen met het adres dat in het venster van kompas staat.",
)
GEEN_SESSIE = Weigering(
    code="KMP-H004",
    status=403,
    uitleg=(
        "U heeft geen toegang tot deze bladen, of uw toegang is verlopen. Start kompas serveer opnieuw en gebruik het "
        "adres dat dan opent. Dat adres werkt één keer."
    ),
)
ANDERE_HERKOMST = Weigering(
    code="KMP-H005",
    status=403,
    uitleg="Dit verzoek kwam van een andere pagina. Open het blad opnieuw vanaf de startpagina.",
)
VERVALST = Weigering(
    code="KMP-H006",
    status=403,
    uitleg="Dit formulier hoort niet bij uw sessie. Open het blad opnieuw vanaf de startpagina en vul het in.",
)
TE_GROOT = Weigering(
    code="KMP-H007", status=413, uitleg="Er is te veel ingevuld. Een veld mag hoogstens 4.000 tekens hebben."
)
GEEN_BLAD = Weigering(
    code="KMP-H008", status=404, uitleg="Dit blad bestaat niet. Begin op de startpagina en kies daar een blad."
)
VERKEERD_GEBRUIK = Weigering(
    code="KMP-H009", status=400, uitleg="Dit verzoek is niet te lezen. Begin op de startpagina en kies daar een blad."
)


def toets_adres(verzoek: Request, poort: int) -> Weigering | None:
    """Refuse any name but this computer's: another name can be made to point here (DNS rebinding)."""
    toegestaan = (f"127.0.0.1:{poort}", f"localhost:{poort}")
    return None if verzoek.headers.get("Host", "") in toegestaan else ANDER_ADRES


def toets_omvang(verzoek: Request) -> Weigering | None:
    """Refuse a body that is larger than any form of ours, or of another kind."""
    if (verzoek.content_length or 0) > GROOTSTE_INVOER:
        return TE_GROOT
    return VERKEERD_GEBRUIK if verzoek.method == "POST" and verzoek.mimetype != FORMULIER else None


def toets_herkomst(verzoek: Request) -> Weigering | None:
    """Refuse a request that another site started.

    Every browser of today says so in ``Sec-Fetch-Site``. ``Origin`` is ``null`` under our own referrer policy, so it
    counts only where a browser does not send the other.
    """
    vanwaar = verzoek.headers.get("Sec-Fetch-Site")
    eigen = f"http://{verzoek.headers.get('Host', '')}"
    herkomst = verzoek.headers.get("Origin")
    if herkomst not in (None, "null", eigen):
        return ANDERE_HERKOMST
    if verzoek.method == "POST":
        goed = vanwaar == "same-origin" or (vanwaar is None and herkomst == eigen)
    else:
        goed = vanwaar in (None, "none", "same-origin")
    return None if goed else ANDERE_HERKOMST


def toets_invoer(verzoek: Request) -> Weigering | None:
    """Refuse fields that no form of ours can hold: very long text, control characters."""
    for waarde in verzoek.form.values():
        if len(waarde) > LANGSTE_VELD:
            return TE_GROOT
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", waarde):
            return VERKEERD_GEBRUIK
    return None


def toets(verzoek: Request, poort: int, toegang: Toegang, koekje: str) -> Weigering | None:
    """Run all checks in order; None when the request may go on.

    Parameters
    ----------
    verzoek : Request
    poort : int
        Port on which is listened.
    toegang : Toegang
    koekje : str
        Name of the cookie.

    Returns
    -------
    Weigering or None
    """
    weigering = toets_adres(verzoek, poort) or toets_omvang(verzoek)
    if weigering is not None or verzoek.endpoint in OPEN_ROUTES:
        return weigering
    if not toegang.geldig(verzoek.cookies.get(koekje)):
        return GEEN_SESSIE
    weigering = toets_herkomst(verzoek)
    if weigering is None and verzoek.method == "POST":
        weigering = toets_invoer(verzoek)
        if weigering is None and not toegang.merk_klopt(verzoek.form.get("merk")):
            return VERVALST
    return weigering


def beleid(stijl: str = "'self'") -> str:
    """Return the content security policy; ``stijl`` says which style sheets count.

    Examples
    --------
    >>> beleid().split("; ")[:2]
    ["default-src 'none'", "style-src 'self'"]
    """
    return BELEID.format(stijl=stijl)


def stijlen_van(pagina: str) -> str:
    """Return the style sources of a page that carries its own style: a hash of each, and nothing else.

    Examples
    --------
    >>> stijlen_van("<style>p{}</style>")[:8]
    "'sha256-"
    >>> stijlen_van("<p></p>")
    "'none'"
    """
    stijlen = re.findall(r"<style>(.*?)</style>", pagina, flags=re.DOTALL)
    som = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode("ascii") for s in stijlen]
    return " ".join(f"'sha256-{s}'" for s in dict.fromkeys(som)) or "'none'"
