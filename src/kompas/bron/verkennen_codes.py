"""Local codes of the fixed lists, and what they most likely mean to us."""

from __future__ import annotations

import re

from kompas.bron.tabellen import REDEN_EINDE
from kompas.bron.verkennen_woorden import plat
from kompas.bron.waarden import code_sleutel


def _lijst(**woorden: str) -> dict[str, str]:
    """Turn ``ours="word word"`` into ``{plain word: ours}``."""
    return {plat(w): ons for ons, rij in woorden.items() for w in [ons, *rij.split()]}


WAARDEN: dict[str, dict[str, str]] = {
    "geslacht": _lijst(man="1 m mannelijk mannen", vrouw="2 v vrouwelijk vrouwen", onbekend="0 9 o x onb"),
    "leefvorm": _lijst(
        alleenstaande="1 a al als alleenst alleenstaand",
        alleenstaande_ouder="2 ao eenouder eenoudergezin alleenst.ouder 1oudergezin alo alleenstaandeoudergezin",
        gehuwd="3 g gh geh sam samenwonend gehuwd/samenwonend gehuwd_of_samenwonend paar echtpaar gehuwden paren",
        anders="4 overig ov",
    ),
    "opleiding": _lijst(
        geen="geenopleiding geenonderwijs",
        basis="basisonderwijs bo lo lageronderwijs basisschool bas",
        vmbo="mavo lbo vbo mulo vmbo/mavo lbo/mavo mavo/vmbo",
        hoger="havo vwo mbo hbo wo universitair universiteit havo/vwo hbo/wo hogerdanvmbo bovenvmbo",
        onbekend="onb",
    ),
    "regeling": _lijst(
        algemeen="01 1 wwb pw abw participatiewet algemenebijstand bijstand algemene_bijstand",
        ioaw="02 2",
        ioaz="03 3",
        bijzonder="11 12 bijzonderebijstand bb",
        bbz="14",
    ),
    "status": _lijst(
        gestart="lopend actief begonnen afgerond",
        besteld="aangevraagd gepland aangemeld",
        niet_verschenen="nietverschenen noshow niet_gestart",
        geannuleerd="vervallen ingetrokken",
    ),
    "toewijzing": _lijst(regulier="normaal", loot="loting geloot"),
    "besluit": _lijst(
        toegekend="t toekenning toek",
        afgewezen="a afwijzing afgew",
        buiten_behandeling="b buitenbehandeling buitenbehandelinggesteld",
        ingetrokken="i intrekking",
    ),
    "soort": _lijst(eigen="", referentie="", regio="", g27="", nederland="landelijk nl"),
    "deel": _lijst(inkomensdeel="i-deel", werkdeel="w-deel"),
}
# `status` of a budget has another list than `status` of a deployment.
BUDGETSTATUS: dict[str, str] = _lijst(voorlopig="", nader="", definitief="")

# Words in a written-out reason -> bestemming, or the regulation's code where kompas does something with it (02 and 97:
# a partner may continue the benefit; 03: AOW is no exit). The first that fits counts.
_REDEN_WOORDEN: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "handhaving",
        re.compile(
            r"inlichting|verschen|fraude|schending|verblijfsduur|onderwijsvolgen|onrechtmatig|handhaving|medewerk|meewerk"
            r"|weiger|verplicht"
        ),
    ),
    ("03", re.compile(r"aow|pensioengerechtigd|pensioenleeftijd|65jaar|^pensioen$")),
    ("97", re.compile(r"partner")),
    ("02", re.compile(r"relatie|samenwo|huwelijk|gehuwd")),
    (
        "overig",
        re.compile(
            r"verhui|vertrek|overl|detentie|studie|alimentatie|vermogen|buitenland|arbeidsongeschikt|werkloosheid|werkloos"
            r"|^ww$|^wia$|^wao$|anderinkomen|anders|overig|eigenverzoek"
        ),
    ),
    ("werk", re.compile(r"dienstbetrekking|zelfstandig|arbeid|werk|baan|loondienst|ondernem")),
)


def bestemming(waarde: str) -> str | None:
    """Return the bestemming or code that a written-out reason suggests, else None.

    Examples
    --------
    >>> bestemming("Arbeid in dienstbetrekking"), bestemming("Geen inlichtingen"), bestemming("K7")
    ('werk', 'handhaving', None)
    """
    kaal = plat(waarde)
    return next((ons for ons, patroon in _REDEN_WOORDEN if patroon.search(kaal)), None)


def is_bus(waarde: str) -> bool:
    """Tell whether the value is a code of the regulation's list of reasons, with or without its zero.

    Examples
    --------
    >>> is_bus("6"), is_bus("06"), is_bus("12")
    (True, True, False)
    """
    return waarde.strip().zfill(2) in REDEN_EINDE


def waarden_van(tabel: str, veld: str) -> dict[str, str]:
    """Return ``{plain local value: ours}`` for a fixed-list column of a table; empty when there is no such list."""
    if (tabel, veld) == ("budget", "status"):
        return BUDGETSTATUS
    return WAARDEN.get(veld, {})


def vertaal(tabel: str, veld: str, waarde: str) -> str | None:
    """Return our value for a local one, or None when the lists do not know it.

    Examples
    --------
    >>> vertaal("uitkeringen", "geslacht", "V"), vertaal("uitkeringen", "leefvorm", "LAT-relatie")
    ('vrouw', None)
    >>> vertaal("uitkeringen", "reden_einde", "Verhuizing")
    'overig'
    """
    if veld == "reden_einde":
        return bestemming(waarde) if not is_bus(waarde) else waarde.strip().zfill(2)
    lijst = waarden_van(tabel, veld)
    return lijst.get(plat(waarde), lijst.get(code_sleutel(plat(waarde))))
