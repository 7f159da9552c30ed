"""One client as PDF."""

from __future__ import annotations

from kompas.artefact import versie
from kompas.klantbeeld import Klantbeeld
from kompas.weergave.klantdelen import klantinhoud
from kompas.weergave.pdf import delen_pdf


def klantpdf(b: Klantbeeld) -> bytes:
    """Return one client as PDF.

    Parameters
    ----------
    b : Klantbeeld

    Returns
    -------
    bytes
        PDF/UA-1; the date in it is the peildatum, so that the same client gives the same bytes.
    """
    inhoud = klantinhoud(b)
    voet = f"Gemaakt met kompas {versie()}. Advies is advies: een mens beslist."
    return delen_pdf(inhoud.delen, titel=inhoud.titel, onder=inhoud.onder, voet=voet, peildatum=b.peildatum)
