"""Open data of CBS StatLine: the monthly national series (37789ksz) and the yearly tables per gemeente.

The yearly tables are 83450NED (2015), 83747NED (2016) and 84066NED (2017). They come in the layout of the open data
API, version 3 or 4: padded codes and numbers, ``.`` for missing, column names with a number behind them that differ by
year. Here they get one set of names. Both readers are strict: an unknown layout is an error that names what was
expected.

CBS percentages of flows are flow / (persons at the start of the year + inflow in the year), rounded to halves; Divosa
divides by the persons at the start. ``stroom_pct`` gives either. For outflow to work the base is everybody below AOW
age, also in the rows of all ages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron.cbs_ruw import eis_kolommen, getallen, kaal, lees_ruw, maand, vertaal, voorlopig, zonder_jaren
from kompas.fouten import GebruiksFout, GegevensFout

MAANDKOLOMMEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "maand": "jjjj-mm; de stand is die aan het einde van de maand",
        "bijstand": "uitkeringen algemene bijstand aan huishoudens (een paar is één uitkering), alle leeftijden",
        "bijstand_tot_aow": "idem, tot de AOW-leeftijd",
        "bijstand_vanaf_aow": "idem, vanaf de AOW-leeftijd (AIO)",
        "ww": "werkloosheidsuitkeringen aan personen, niet gecorrigeerd voor het seizoen",
        "ioaw": "IOAW-uitkeringen aan huishoudens",
        "ioaz": "IOAZ-uitkeringen aan huishoudens",
        "voorlopig": "true waar CBS het cijfer als voorlopig merkt (*)",
    }
)
GEMEENTEKOLOMMEN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "jaar": "verslagjaar; standen zijn die aan het einde ervan",
        "regio": "code van CBS: NL01, LD.., PV.., CR.., AM.., GM.... of A007...",
        "soort_regio": "nederland, landsdeel, provincie, corop, arbeidsmarktregio, gemeente of grootteklasse",
        "leeftijd": "15+ (15 jaar of ouder), 15-aow (tot AOW-leeftijd) of aow+ (vanaf AOW-leeftijd)",
        "inwoners": "personen",
        "bijstandsontvangers": "personen met algemene bijstand",
        "dichtheid": "bijstandsontvangers per 1 000 inwoners",
        "instroom": "personen die in het jaar bijstand kregen",
        "instroom_pct": "in procenten van de personen bij het begin van het jaar plus de instroom",
        "uitstroom": "personen van wie de bijstand in het jaar stopte",
        "uitstroom_pct": "in procenten van de personen bij het begin van het jaar plus de instroom",
        "uitstroom_werk": "personen onder de AOW-leeftijd die uitstroomden naar werk",
        "uitstroom_werk_pct": "in procenten van de personen onder de AOW-leeftijd bij het begin plus hun instroom",
        "met_voorziening": "personen met een re-integratievoorziening",
        "werk_na_voorziening": "personen met werk na een voorziening (2017: ontbreekt)",
        "werk_na_voorziening_pct": "percentage zoals CBS het geeft (2017: ontbreekt)",
        "bijstand_met_voorziening": "personen met bijstand en een voorziening",
        "bijstand_met_voorziening_pct": "in procenten van de bijstandsontvangers onder de AOW-leeftijd",
        "voorziening_met_bijstand_pct": "in procenten van de personen met een voorziening",
        "wsw": "werknemers in de sociale werkvoorziening, personen",
        "wsw_dichtheid": "per 1 000 inwoners",
        "voorlopig": "true waar CBS het cijfer als voorlopig merkt (*)",
    }
)
_MAAND: Final = {
    "bijst_tot": "bijstand",
    "bijst_tot_aow": "bijstand_tot_aow",
    "bijst_vanaf_aow": "bijstand_vanaf_aow",
    "ww_nsa": "ww",
    "ioaw": "ioaw",
    "ioaz": "ioaz",
}
# The same in the whole table, in the order of the short names.
_MAAND_VOLUIT: Final = (
    "TotaalBijstandsuitkeringen",
    "BijstandsuitkeringenTotDeAOWLeeftijd",
    "BijstandsuitkeringenVanafAOWLeeftijd",
    "NietSeizoengecorrigeerd",
    "IOAWUitkeringen",
    "IOAZUitkeringen",
)
# Name in the open data without its number -> ours. A name that comes twice is first the count, then the percentage.
_GEMEENTE: Final[Mapping[str, tuple[str, ...]]] = {
    "Inwoners": ("inwoners",),
    "Bijstandsontvangers": ("bijstandsontvangers",),
    "Bijstandsdichtheid": ("dichtheid",),
    "Instroom": ("instroom", "instroom_pct"),
    "Uitstroom": ("uitstroom", "uitstroom_pct"),
    "UitstroomNaarWerk": ("uitstroom_werk", "uitstroom_werk_pct"),
    "PersonenMetReIntegratievoorziening": ("met_voorziening",),
    "WerkNaReIntegratie": ("werk_na_voorziening", "werk_na_voorziening_pct"),
    "PersonenMetBijstandEnReIntegratie": ("bijstand_met_voorziening",),
    "BijstandsontvangersMetReIntegratie": ("bijstand_met_voorziening_pct",),
    "ReIntegratieontvangersMetBijstand": ("voorziening_met_bijstand_pct",),
    "WSWWerknemers": ("wsw",),
    "WSWDichtheid": ("wsw_dichtheid",),
}
_ANDERS_GESPELD: Final = {
    "Instromers": "Instroom",
    "Uitstromers": "Uitstroom",
    "UitstromersNaarWerk": "UitstroomNaarWerk",
    "WerkendenNaReIntegratie": "WerkNaReIntegratie",
    "BijstandontvangersMetReIntegratie": "BijstandsontvangersMetReIntegratie",
}
_TABELLEN: Final = {"83450NED": 2015, "83747NED": 2016, "84066NED": 2017}
# The spelling gives the year away: a table under the name of another year is noticed.
_SPELLING: Final = {
    ("Instromers", "BijstandontvangersMetReIntegratie"): 2015,
    ("Instroom", "BijstandontvangersMetReIntegratie"): 2016,
    ("Instroom", "BijstandsontvangersMetReIntegratie"): 2017,
}
_LEEFTIJD: Final = {"20150": "15+", "90100": "15-aow", "90200": "aow+"}
_REGIO: Final = {
    "NL": "nederland",
    "LD": "landsdeel",
    "PV": "provincie",
    "CR": "corop",
    "AM": "arbeidsmarktregio",
    "GM": "gemeente",
    "A0": "grootteklasse",
}
Definitie = Literal["cbs", "divosa"]


def lees_cbs_maand(pad: str | Path) -> pd.DataFrame:
    """Read the monthly national series of table 37789ksz.

    Parameters
    ----------
    pad : path
        CSV with ``Perioden`` (``1998MM01``, or ``1998 januari`` with ``*`` for provisional figures) and the columns
        ``bijst_tot``, ``bijst_tot_aow``, ``bijst_vanaf_aow``, ``ww_nsa``, ``ioaw`` and ``ioaz`` in thousands, or the
        whole table with its names at CBS, in version 3 or 4. Rows of years (``JJ``) and quarters (``KW``) are left
        out: they are means of months.

    Returns
    -------
    DataFrame
        One row per month in order, columns as in ``MAANDKOLOMMEN``: ``maand`` text, ``voorlopig`` bool, the others
        float in units (not thousands), nan = missing.

    Raises
    ------
    GebruiksFout
        ``KMP-B910`` when the file is missing.
    GegevensFout
        ``KMP-B911`` for another layout, ``KMP-B912`` for a value that is no number, ``KMP-B913`` for a month that is
        not readable, occurs twice or is missing in between.
    """
    pad = Path(pad)
    ruw = lees_ruw(pad)
    ruw = ruw.rename(columns={k: n for k in ruw.columns if (n := _voluit().get(kaal(k))) is not None})
    eis_kolommen(pad, ruw, ["Perioden", *_MAAND])
    ruw = zonder_jaren(ruw)
    if ruw.empty:
        raise GegevensFout("KMP-B913", f"{pad.name} heeft geen rij over een maand. Haal de maandcijfers op.")
    uit = pd.DataFrame({"maand": [maand(pad, p) for p in ruw["Perioden"]]}, dtype=object)
    for van, naar in _MAAND.items():
        uit[naar] = np.round(getallen(pad, ruw[van], van) * 1000.0, 6)
    uit["voorlopig"] = voorlopig(pad, ruw, ruw["Perioden"])
    uit = uit.sort_values("maand", kind="stable", ignore_index=True)
    teller = uit["maand"].str.slice(0, 4).astype(int) * 12 + uit["maand"].str.slice(5).astype(int)
    sprong = np.flatnonzero(np.diff(teller.to_numpy()) != 1)
    if sprong.size:
        a, b = uit["maand"].iloc[int(sprong[0])], uit["maand"].iloc[int(sprong[0]) + 1]
        raise GegevensFout(
            "KMP-B913",
            f"{pad.name}: na maand {a} volgt {b}; verwacht is elke maand één keer. Haal de tabel opnieuw op.",
        )
    return uit[list(MAANDKOLOMMEN)]


def lees_cbs_gemeenten(pad: str | Path, *, jaar: int | None = None) -> pd.DataFrame:
    """Read a yearly table per gemeente: 83450NED, 83747NED or 84066NED.

    Parameters
    ----------
    pad : path
        CSV in the layout of the open data (version 3), separated by ``,`` or ``;``, with or without BOM.
    jaar : int, optional
        The reporting year, which is not in the file. Default: from the table number, or else a year, in the file name.

    Returns
    -------
    DataFrame
        One row per region and age group in the order of the file, columns as in ``GEMEENTEKOLOMMEN``: text for
        ``regio``, ``soort_regio`` and ``leeftijd``, int for ``jaar``, bool for ``voorlopig``, the others float, nan =
        missing. Counts are persons, rounded by CBS to tens; percentages 0-100, rounded to halves.

    Raises
    ------
    GebruiksFout
        ``KMP-B910`` when the file is missing, ``KMP-B914`` when the year is unknown or contradicts the layout.
    GegevensFout
        ``KMP-B911`` for another layout, ``KMP-B912`` for a value that is no number, ``KMP-B915`` for an unknown or
        double code, ``KMP-B916`` for percentages outside 0-100 or counts that are not whole.
    """
    pad = Path(pad)
    ruw = lees_ruw(pad)
    namen = _gemeentenamen(pad, ruw)
    uit = pd.DataFrame({"regio": ruw["Regiokenmerken"].astype(object)})
    uit["jaar"] = _jaar(pad, jaar, {kaal(k) for k in ruw.columns})
    uit["soort_regio"] = vertaal(pad, uit["regio"].str.slice(0, 2), _REGIO, "Regiokenmerken")
    uit["leeftijd"] = vertaal(pad, ruw["Leeftijd"].str.rstrip("*"), _LEEFTIJD, "Leeftijd")
    for van, naar in namen.items():
        uit[naar] = getallen(pad, ruw[van], van)
        bekend = uit[naar].dropna()
        if naar.endswith("_pct"):
            goed = bekend.between(0, 100).all()
        else:
            goed = "dichtheid" in naar or ((bekend >= 0).all() and (bekend % 1 == 0).all())
        if not goed:
            soort = "een percentage (0-100)" if naar.endswith("_pct") else "een aantal zonder decimalen of punten"
            raise GegevensFout(
                "KMP-B916",
                f"{pad.name}: kolom {van} hoort {soort} te zijn en is dat niet. Verwacht is bij een naam die twee keer "
                "voorkomt eerst het aantal, dan het percentage.",
            )
    uit["voorlopig"] = voorlopig(pad, ruw, ruw["Leeftijd"])
    dubbel = uit.duplicated(["regio", "leeftijd"])
    if dubbel.any():
        eerste = uit.loc[dubbel].iloc[0]
        raise GegevensFout(
            "KMP-B915",
            f"{pad.name}: regio {eerste['regio']} met leeftijd {eerste['leeftijd']} staat er twee keer in; verwacht is "
            "één rij per regio en leeftijd.",
        )
    return uit[list(GEMEENTEKOLOMMEN)]


def stroom_pct(
    stroom: npt.ArrayLike, begin: npt.ArrayLike, instroom: npt.ArrayLike, *, definitie: Definitie = "cbs"
) -> npt.NDArray[np.float64]:
    """Flow in a year as a percentage, by the definition of CBS or of Divosa.

    Parameters
    ----------
    stroom, begin, instroom : array_like
        Persons who flowed, persons at the start of the year, and inflow in the year.
    definitie : {"cbs", "divosa"}
        ``cbs``: flow / (start + inflow); ``divosa``: flow / start, which is higher.

    Returns
    -------
    ndarray of float
        Percentages, nan where the base is zero or missing.

    Raises
    ------
    GebruiksFout
        ``KMP-B917`` for another definition.

    Examples
    --------
    >>> stroom_pct([130_750], [496_600], [148_130]).round(1)
    array([20.3])
    >>> stroom_pct([130_750], [496_600], [148_130], definitie="divosa").round(1)
    array([26.3])
    """
    if definitie not in {"cbs", "divosa"}:
        raise GebruiksFout(
            "KMP-B917", f"onbekende definitie '{definitie}' van een stroompercentage; kies cbs of divosa."
        )
    basis = np.asarray(begin, dtype=np.float64)
    if definitie == "cbs":
        basis = basis + np.asarray(instroom, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(basis > 0, 100.0 * np.asarray(stroom, dtype=np.float64) / basis, np.nan))


def _voluit() -> dict[str, str]:
    """Name at CBS -> short name."""
    return dict(zip(_MAAND_VOLUIT, _MAAND, strict=True))


def _gemeentenamen(pad: Path, ruw: pd.DataFrame) -> dict[str, str]:
    """Column of the file -> ours; a name that comes twice by its order."""
    eis_kolommen(pad, ruw, ["Leeftijd", "Regiokenmerken"])
    per_naam: dict[str, list[str]] = {}
    for kolom in ruw.columns:
        naam = kaal(kolom)
        if naam not in {"ID", "Leeftijd", "Regiokenmerken", "Status"}:
            per_naam.setdefault(_ANDERS_GESPELD.get(naam, naam), []).append(kolom)
    mis = [n for n, ons in _GEMEENTE.items() if len(per_naam.get(n, [])) != len(ons)]
    vreemd = [n for n in per_naam if n not in _GEMEENTE]
    if mis or vreemd:
        verwacht = ", ".join(f"{n} (aantal en %)" if len(ons) == 2 else n for n, ons in _GEMEENTE.items())
        raise GegevensFout(
            "KMP-B911",
            f"{pad.name} heeft niet de opzet van 83450NED, 83747NED of 84066NED. Niet gevonden of niet het goede "
            f"aantal keren: {', '.join(mis) or 'geen'}; onbekend: {', '.join(vreemd) or 'geen'}. Verwacht: {verwacht}.",
        )
    return {kolom: ons for n, onze in _GEMEENTE.items() for kolom, ons in zip(per_naam[n], onze, strict=True)}


def _jaar(pad: Path, jaar: int | None, namen: set[str]) -> int:
    """Reporting year: asked for, by the table number or by a year in the name; checked against the spelling."""
    naam = pad.parent.name if pad.stem == "Observations" else pad.name
    tabel = next((j for t, j in _TABELLEN.items() if t in naam), None)
    los = re.findall(r"(?<!\d)(20\d\d)(?!\d)", pad.stem)
    gevonden = jaar if jaar is not None else tabel if tabel is not None else int(los[0]) if len(los) == 1 else None
    spelling = next((j for woorden, j in _SPELLING.items() if namen.issuperset(woorden)), None)
    if gevonden is None:
        raise GebruiksFout(
            "KMP-B914",
            f"{pad.name}: het verslagjaar staat niet in de tabel en niet in de naam van het bestand. Geef jaar=... mee "
            "of houd het tabelnummer van CBS in de naam.",
        )
    tegenspraak = [
        j for j in (tabel, spelling if gevonden in _TABELLEN.values() else None) if j not in {None, gevonden}
    ]
    if tegenspraak:
        raise GebruiksFout(
            "KMP-B914",
            f"{pad.name}: gelezen als jaar {gevonden}, maar de tabel is die van {tegenspraak[0]}. Controleer de naam "
            "van het bestand of het gevraagde jaar.",
        )
    return gevonden
