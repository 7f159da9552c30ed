"""The tables of the contract: columns, types, lists, keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

Soort = Literal["tekst", "datum", "getal", "heel", "maand", "lijst", "reden"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Veld:
    """One column of a table.

    Parameters
    ----------
    naam : str
        Our name.
    soort : str
        How it is read.
    nodig : bool
        True when the column must be there and filled.
    lijst : tuple of str
        The values of a ``lijst``.
    synoniemen : mapping
        Other notations of those values (BUS codes).
    """

    naam: str
    soort: Soort = "tekst"
    nodig: bool = False
    lijst: tuple[str, ...] = ()
    synoniemen: Mapping[str, str] = field(default_factory=dict)


def _lijst(naam: str, waarden: str, *, nodig: bool = False, ook: Mapping[str, str] | None = None) -> Veld:
    return Veld(naam=naam, soort="lijst", nodig=nodig, lijst=tuple(waarden.split()), synoniemen=ook or {})


def _velden(soort: Soort, namen: str, *, nodig: bool = False) -> tuple[Veld, ...]:
    return tuple(Veld(naam=n, soort=soort, nodig=nodig) for n in namen.split())


VELDEN: Final[Mapping[str, tuple[Veld, ...]]] = MappingProxyType(
    {
        "uitkeringen": (
            Veld(naam="client_id", nodig=True),
            Veld(naam="begindatum", soort="datum", nodig=True),
            Veld(naam="einddatum", soort="datum"),
            Veld(naam="reden_einde", soort="reden"),
            _lijst(
                "geslacht", "man vrouw onbekend", nodig=True, ook={"1": "man", "2": "vrouw", "m": "man", "v": "vrouw"}
            ),
            Veld(naam="geboortedatum", soort="datum", nodig=True),
            _lijst(
                "leefvorm",
                "alleenstaande alleenstaande_ouder gehuwd anders",
                nodig=True,
                ook={"1": "alleenstaande", "2": "alleenstaande_ouder", "3": "gehuwd", "4": "anders"},
            ),
            _lijst("opleiding", "geen basis vmbo hoger onbekend"),
            Veld(naam="fasering"),
            _lijst(
                "regeling",
                "algemeen ioaw ioaz bbz bijzonder",
                ook={"1": "algemeen", "2": "ioaw", "3": "ioaz", "11": "bijzonder", "12": "bijzonder", "14": "bbz"},
            ),
            *_velden("tekst", "huishouden_id afdeling team klantmanager"),
            Veld(naam="bedrag_maand", soort="getal"),
            Veld(naam="registratiedatum", soort="datum"),
        ),
        "inzet": (
            *_velden("tekst", "client_id instrument", nodig=True),
            Veld(naam="begindatum", soort="datum", nodig=True),
            *_velden("datum", "einddatum geplande_einddatum aanmelddatum"),
            Veld(naam="kosten", soort="getal"),
            *_velden("tekst", "contract_id uitvoerder resultaat"),
            _lijst("status", "gestart besteld niet_verschenen geannuleerd"),
            _lijst("toewijzing", "regulier loot"),
        ),
        "gronden": (
            *_velden("tekst", "client_id instrument grond", nodig=True),
            Veld(naam="grond_datum", soort="datum", nodig=True),
            Veld(naam="grond_door"),
            Veld(naam="geldig_tot", soort="datum"),
        ),
        "kenmerken_historie": (
            *_velden("tekst", "client_id kenmerk", nodig=True),
            Veld(naam="waarde"),
            Veld(naam="vanaf", soort="datum", nodig=True),
        ),
        "aanvragen": (
            Veld(naam="aanvraag_id", nodig=True),
            Veld(naam="client_id"),
            Veld(naam="aanvraagdatum", soort="datum", nodig=True),
            Veld(naam="besluitdatum", soort="datum"),
            _lijst("besluit", "toegekend afgewezen buiten_behandeling ingetrokken"),
        ),
        "uitgaven": (
            Veld(naam="maand", soort="maand", nodig=True),
            Veld(naam="bedrag", soort="getal", nodig=True),
            *_velden("getal", "vakantiegeld huishoudens"),
        ),
        "budget": (
            Veld(naam="jaar", soort="heel", nodig=True),
            Veld(naam="peildatum", soort="datum"),
            _lijst("status", "voorlopig nader definitief", nodig=True),
            Veld(naam="bedrag", soort="getal", nodig=True),
            _lijst("deel", "inkomensdeel werkdeel", nodig=True),
        ),
        "macro": (
            Veld(naam="jaar", soort="heel", nodig=True),
            Veld(naam="scenario"),
            *_velden("getal", "macrobudget macro_uitgaven aandeel_budget aandeel_uitgaven"),
        ),
        "referentie": (
            Veld(naam="maand", soort="maand", nodig=True),
            Veld(naam="gebied"),
            _lijst("soort", "eigen referentie regio g27 nederland", nodig=True),
            Veld(naam="groep"),
            *_velden("getal", "huishoudens uitkeringen instroom uitstroom uitgaven"),
        ),
        "taakstellingen": (
            Veld(naam="jaar", soort="heel", nodig=True),
            *_velden("tekst", "niveau eenheid"),
            Veld(naam="kengetal", nodig=True),
            Veld(naam="norm", soort="getal", nodig=True),
            Veld(naam="versie"),
            Veld(naam="vastgesteld_op", soort="datum"),
            Veld(naam="vastgesteld_door"),
        ),
        "contracten": (
            *_velden("tekst", "contract_id instrument", nodig=True),
            Veld(naam="uitvoerder"),
            *_velden("datum", "begindatum einddatum"),
            *_velden("getal", "ingekocht verbruikt minimum maximum prijs"),
        ),
        "capaciteit": (
            Veld(naam="team", nodig=True),
            Veld(naam="maand", soort="maand", nodig=True),
            Veld(naam="uren", soort="getal", nodig=True),
        ),
    }
)

# Rows with the same key that differ contradict each other (rule A15).
SLEUTELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "kenmerken_historie": ("client_id", "kenmerk", "vanaf"),
        "aanvragen": ("aanvraag_id",),
        "uitgaven": ("maand",),
        "budget": ("jaar", "peildatum", "status", "deel"),
        "macro": ("jaar", "scenario"),
        "referentie": ("maand", "gebied", "soort", "groep"),
        "taakstellingen": ("jaar", "niveau", "eenheid", "kengetal", "versie", "vastgesteld_op"),
        "contracten": ("contract_id", "instrument"),
        "capaciteit": ("team", "maand"),
    }
)

# A norm may be any number, and a correction makes an outlay negative; the rest counts persons, hours or euros.
MAG_NEGATIEF: Final = frozenset({("taakstellingen", "norm"), ("uitgaven", "bedrag"), ("uitgaven", "vakantiegeld")})

AFGELEID: Final = ("leeftijd", "duur", "eerdere_spells")
GEEN_KENMERK: Final = (
    "client_id",
    "begindatum",
    "einddatum",
    "reden_einde",
    "geboortedatum",
    "huishouden_id",
    "registratiedatum",
    "bestemming",
    "rij",
)
VASTE_CATEGORIE: Final = ("geslacht", "leefvorm", "opleiding", "regeling")

# Codelijsten: BUS field 34 to bestemming.
REDEN_EINDE: Final[Mapping[str, str]] = MappingProxyType(
    dict.fromkeys(("11", "13"), "werk")
    | dict.fromkeys(("06", "07", "31", "34", "35"), "handhaving")
    | dict.fromkeys(("01", "02", "04", "05", "14", "15", "17", "18", "19", "32", "33", "97", "98"), "overig")
    | {"03": "aow"}
)
BESTEMMINGEN: Final = ("werk", "handhaving", "overig", "aow")
OVERNAME: Final = ("02", "97")
# Fillers of 'not applicable' in the BUS layouts: no reason, so no finding when there is no einddatum.
GEEN_REDEN: Final = frozenset({"", "0", "9", "99"})


def veld(tabel: str, naam: str) -> Veld | None:
    """Return the column ``naam`` of ``tabel``, or None."""
    return next((v for v in VELDEN[tabel] if v.naam == naam), None)
