"""What was typed in the client form: read by the engine's own readers, with each error beside its field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from kompas.config import Config
from kompas.fouten import KompasError
from kompas.herijking import Herijking
from kompas.klantinvoer import (
    Inzetregel,
    Klantinvoer,
    controleer_invoer,
    controleer_kenmerken,
    lees_bedrag,
    lees_datum,
)
from kompas.web.velden import Groep, kenmerken_van, veldgroepen, veldnaam
from kompas.weergave.getallen import datum

T = TypeVar("T")
EERSTE, LAATSTE = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
GEEN_DATUM = "Schrijf een datum als dd-mm-jjjj, bijvoorbeeld 8-11-1983."
HOOGSTE_BEDRAG = 100_000.0  # euros per month; more is a slip of the pen
NIETS = "Vul minstens één gegeven van de klant in."


@dataclass(frozen=True, slots=True, kw_only=True)
class Veldfout:
    """One error: the field it belongs to, and what to do."""

    veld: str
    tekst: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ingevuld:
    """The form as it came in.

    Parameters
    ----------
    groepen : tuple of Groep
    waarden : mapping of field to text
        As typed, to show it again; nothing of it is kept.
    invoer : Klantinvoer or None
        None when something is wrong.
    peildatum : date
    fouten : tuple of Veldfout
    """

    groepen: tuple[Groep, ...]
    waarden: Mapping[str, str]
    invoer: Klantinvoer | None
    peildatum: dt.date
    fouten: tuple[Veldfout, ...]

    @property
    def fout_bij(self) -> dict[str, str]:
        """Error of each field."""
        return {f.veld: f.tekst for f in self.fouten}

    def raakt(self, groep: Groep) -> bool:
        """Tell whether something in this group was filled in, or is wrong."""
        return any(self.waarden.get(v.naam) or v.naam in self.fout_bij for v in groep.velden)


def zin(fout: KompasError) -> str:
    """Return the message of an error as a sentence."""
    return f"{fout.bericht[:1].upper()}{fout.bericht[1:]}"


class _Lezer:
    """Reads field after field and collects what is wrong."""

    def __init__(self, waarden: Mapping[str, str]) -> None:
        self.waarden = waarden
        self.fouten: dict[str, str] = {}

    def probeer(self, veld: str, hoe: Callable[[], T], anders: Mapping[str, str] | None = None) -> T | None:
        """Return what ``hoe`` gives; on an error of kompas note it at the field, in the words of ``anders``."""
        try:
            return hoe()
        except KompasError as fout:
            self.fouten.setdefault(veld, (anders or {}).get(fout.code, zin(fout)))
            return None

    def datum(self, veld: str) -> dt.date | None:
        tekst = self.waarden.get(veld, "")
        if not tekst:
            return None
        gelezen = self.probeer(veld, lambda: lees_datum(tekst, veld), {"KMP-K004": GEEN_DATUM})
        if gelezen is not None and not EERSTE <= gelezen <= LAATSTE:
            self.fouten[veld] = f"Het jaar klopt niet. Kies een datum van {datum(EERSTE)} tot en met {datum(LAATSTE)}."
            return None
        return gelezen

    def bedrag(self) -> float | None:
        tekst = self.waarden.get("bedrag", "")
        vorm = {"KMP-K005": "Schrijf een bedrag in euro per maand, bijvoorbeeld 912,50 of 1234,56."}
        bedrag = self.probeer("bedrag", lambda: lees_bedrag(tekst), vorm) if tekst else None
        if bedrag is not None and bedrag > HOOGSTE_BEDRAG:
            self.fouten["bedrag"] = vorm["KMP-K005"]
        return bedrag

    def kenmerken(self, h: Herijking) -> dict[str, str]:
        uit = {}
        for naam in kenmerken_van(h):
            veld = veldnaam(naam)
            tekst = self.waarden.get(veld, "")
            if tekst:
                uit[naam] = tekst
                self.probeer(veld, partial(controleer_kenmerken, {naam: tekst}, h), _kenmerkwoorden(h, naam))
        return uit

    def inzet(self, h: Herijking, peildatum: dt.date) -> tuple[Inzetregel, ...]:
        uit = []
        for ins in h.config.instrument:
            begin, gepland = self.datum(f"inzet_{ins.code}_begin"), self.datum(f"inzet_{ins.code}_gepland")
            loopt = bool(self.waarden.get(f"inzet_{ins.code}_loopt"))
            veld = f"inzet_{ins.code}_begin"
            if begin is None:
                if (gepland is not None or loopt) and veld not in self.fouten:
                    self.fouten[veld] = f"Vul in wanneer {ins.label} begon, of laat alles erbij leeg."
                continue
            if gepland is not None and gepland < begin:
                self.fouten[f"inzet_{ins.code}_gepland"] = "Het geplande einde ligt voor het begin. Verbeter een datum."
                continue
            regel = Inzetregel(code=ins.code, begin=begin, gepland=gepland, loopt=loopt)
            later = {"KMP-K006": f"{ins.label} begint na de dag waarop u rekent. Laat het leeg of verbeter de datum."}
            self.probeer(veld, partial(controleer_invoer, Klantinvoer(inzet=(regel,)), h, peildatum), later)
            uit.append(regel)
        return tuple(uit)


def _kenmerkwoorden(h: Herijking, naam: str) -> dict[str, str]:
    """How to say that a value of this trait is not known."""
    k = next((k for k in h.kenmerken if k.naam == naam), None)
    if k is None or k.niveaus:
        return {"KMP-K002": "Kies een waarde uit de lijst."}
    if k.bereik is None:
        return {"KMP-K002": "Schrijf een getal."}
    return {"KMP-K002": f"Schrijf een getal van {k.bereik[0]:g} tot en met {k.bereik[1]:g}. Meer kent het model niet."}


def leeg_formulier(h: Herijking, peildatum: dt.date) -> Ingevuld:
    """Return the form before anything was typed; nothing is filled in but the day."""
    groepen = veldgroepen(h)
    return Ingevuld(
        groepen=groepen, waarden={"peildatum": datum(peildatum)}, invoer=None, peildatum=peildatum, fouten=()
    )


def lees_klantformulier(getypt: Mapping[str, str], h: Herijking, config: Config) -> Ingevuld:
    """Read the form.

    Parameters
    ----------
    getypt : mapping of field to text
        Unknown names are left out.
    h : Herijking
    config : Config
        Its peildatum holds when none was typed; nothing can be computed before its window.

    Returns
    -------
    Ingevuld
        With all errors at once, in the order of the fields.
    """
    groepen = veldgroepen(h)
    namen = [v.naam for g in groepen for v in g.velden]
    waarden = {n: getypt.get(n, "").strip() for n in namen}
    lezer = _Lezer(waarden)
    dag = lezer.datum("peildatum") or config.gemeente.peildatum
    if dag < config.bron.venster_van:
        lezer.fouten["peildatum"] = f"Kies een dag vanaf {datum(config.bron.venster_van)}: daar beginnen de gegevens."
    geboren, begin = lezer.datum("geboortedatum"), lezer.datum("begindatum")
    if begin is not None:
        na = f"Deze datum ligt na de dag waarop u rekent ({datum(dag)}). Verbeter een van de twee."
        lezer.probeer("begindatum", lambda: controleer_invoer(Klantinvoer(begindatum=begin), h, dag), {"KMP-K006": na})
    if geboren is not None:
        jong = "De klant is dan jonger dan 15 jaar aan het begin. Verbeter de geboortedatum of de begindatum."
        eerste = begin if "begindatum" not in lezer.fouten else None
        lezer.probeer(
            "geboortedatum",
            lambda: controleer_invoer(Klantinvoer(geboortedatum=geboren, begindatum=eerste), h, dag),
            {"KMP-K006": jong},
        )
    kenmerken = lezer.kenmerken(h)
    bedrag = lezer.bedrag()
    inzet = lezer.inzet(h, dag)
    if not any((kenmerken, geboren, begin, inzet, lezer.fouten)):
        lezer.fouten[namen[0]] = NIETS
    invoer = Klantinvoer(kenmerken=kenmerken, geboortedatum=geboren, begindatum=begin, inzet=inzet, bedrag=bedrag)
    return Ingevuld(
        groepen=groepen,
        waarden=waarden,
        invoer=None if lezer.fouten else invoer,
        peildatum=dag,
        fouten=tuple(Veldfout(veld=n, tekst=lezer.fouten[n]) for n in namen if n in lezer.fouten),
    )
