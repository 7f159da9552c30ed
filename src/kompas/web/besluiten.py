"""Recording a decision: what was filled in, and one addition to the register."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from kompas.bron.waarden import lijkt_bsn
from kompas.fouten import GebruiksFout, KompasError
from kompas.klantbeeld import Klantbeeld
from kompas.registerketen import BESLUITEN, gekeurde_reden
from kompas.web.klantformulier import Veldfout, zin
from kompas.web.toestand import Toestand

UITLEG: Mapping[str, str] = {
    "gevolgd": "Gevolgd: ik doe wat het advies zegt. Bij 'nee' en 'geen uitspraak' dus: ik begin er niet aan.",
    "afgeweken": "Afgeweken: ik doe iets anders dan het advies.",
    "aangehouden": "Aangehouden: ik besluit later.",
}
VELDEN = ("client_id", "instrument", "besluit", "reden", "door")
LANGSTE_NUMMER = 64


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Besluit:
    """A decision as filled in, and what is wrong with it; ``client_id`` is given when the client is of the data."""

    waarden: Mapping[str, str]
    fouten: tuple[Veldfout, ...] = ()

    @property
    def fout_bij(self) -> dict[str, str]:
        """Error of each field."""
        return {f.veld: f.tekst for f in self.fouten}


class Boekhouding:
    """Which forms were recorded already, so that a form that is sent twice is recorded once."""

    __slots__ = ("_per_formulier", "slot")

    def __init__(self, slot: threading.Lock) -> None:
        self.slot = slot
        self._per_formulier: dict[str, int] = {}

    def noteer(self, t: Toestand, beeld: Klantbeeld, besluit: Besluit, formulier: str) -> int:
        """Record a decision, once per form.

        Parameters
        ----------
        t : Toestand
        beeld : Klantbeeld
            What was shown; its figures are recorded.
        besluit : Besluit
            Without errors.
        formulier : str
            Mark of the form that was sent.

        Returns
        -------
        int
            Number of the record.

        Raises
        ------
        GebruiksFout, ModelFout
            As `kompas.adviesregister.Adviesregister.noteer`; ``KMP-H011`` without a register.
        """
        if t.register is None:
            raise GebruiksFout("KMP-H011", "er is geen register. Start kompas serveer met --register.")
        with self.slot:
            if formulier and formulier in self._per_formulier:
                return self._per_formulier[formulier]
            w = besluit.waarden
            nummer = t.register.noteer(
                _rij(beeld, w["client_id"]),
                client=w["client_id"],
                instrument=w["instrument"],
                besluit=w["besluit"],
                reden=w["reden"],
                door=w["door"],
            )
            self._per_formulier[formulier] = nummer
            return nummer


def _rij(beeld: Klantbeeld, client: str) -> pd.DataFrame:
    """The row of the list that was shown, under the number of the client."""
    return beeld.to_frame().assign(client_id=client)


def lees_besluit(getypt: Mapping[str, str], t: Toestand, codes: Sequence[str], *, client: str | None) -> Besluit:
    """Read the form of a decision.

    Parameters
    ----------
    getypt : mapping of field to text
    t : Toestand
    codes : sequence of str
        Instruments that were shown.
    client : str or None
        Number of the client when he is of the data; else it was typed.

    Returns
    -------
    Besluit
        With all errors at once, in the order of the fields.
    """
    waarden = {n: getypt.get(n, "").strip() for n in VELDEN}
    if client is not None:
        waarden["client_id"] = client
    fouten: dict[str, str] = {}
    if client is None:
        fout = _nummerfout(waarden["client_id"], t)
        if fout:
            fouten["client_id"] = fout
    if waarden["instrument"] not in codes:
        fouten["instrument"] = "Kies over welk instrument u besluit."
    if waarden["besluit"] not in BESLUITEN:
        fouten["besluit"] = "Kies wat u besluit."
    try:
        gekeurde_reden(waarden["reden"], waarbij="dit besluit")
    except KompasError:
        fouten["reden"] = "Schrijf op waarom, in minstens drie woorden. Dat geldt ook als u het advies volgt."
    if not waarden["door"]:
        fouten["door"] = "Vul uw code in."
    elif waarden["door"] == waarden["client_id"]:
        fouten["door"] = "Dit is het nummer van de klant. Vul uw eigen code in."
    elif len(waarden["door"]) > LANGSTE_NUMMER:
        fouten["door"] = f"Gebruik hoogstens {LANGSTE_NUMMER} tekens."
    return Besluit(waarden=waarden, fouten=tuple(Veldfout(veld=n, tekst=fouten[n]) for n in VELDEN if n in fouten))


def _nummerfout(nummer: str, t: Toestand) -> str:
    """What is wrong with a typed number; empty when nothing is."""
    if not nummer:
        return "Vul het cliëntnummer in."
    if len(nummer) > LANGSTE_NUMMER:
        return f"Gebruik hoogstens {LANGSTE_NUMMER} tekens."
    bekend = t.bestand is not None and bool((t.bestand.uitkeringen["client_id"] == nummer).any())
    if not bekend and lijkt_bsn(nummer):
        return "Dit lijkt op een BSN. Vul het cliëntnummer uit uw gegevens in, nooit een BSN."
    return ""


def als_veldfout(fout: KompasError) -> Veldfout:
    """Return an error of the register as an error of the field that it is about."""
    veld = {"KMP-R011": "reden", "KMP-R018": "door", "KMP-R016": "client_id"}.get(fout.code, "instrument")
    return Veldfout(veld=veld, tekst=zin(fout))
