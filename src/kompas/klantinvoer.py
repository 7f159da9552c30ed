"""What is typed about one client: read, checked against the model, and laid out as rows of the contract's tables."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd

from kompas.bron.typen import Bestand, geen_bevindingen
from kompas.config import is_verboden
from kompas.fouten import GebruiksFout, GeweigerdFout, naaste
from kompas.herijking import Herijking
from kompas.kenmerken import Kenmerk
from kompas.models.calendar import add_months, age_at, to_date, to_day
from kompas.parameters.aow import aow_leeftijd

VAST: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "geslacht": ("man", "vrouw", "onbekend"),
        "leefvorm": ("alleenstaande", "alleenstaande_ouder", "gehuwd", "anders"),
        "opleiding": ("geen", "basis", "vmbo", "hoger", "onbekend"),
        "fasering": (),
    }
)
ANDERS = {"leeftijd": "--geboortedatum", "duur": "--begindatum", "bedrag_maand": "--bedrag"}
LOOPT = "loopt"
GETYPT = "getypt"  # in client_id, where there is no client
JONGST = 15  # years of age
ZONDER_GEVOLG = "03"  # the AOW age ends a right: no hazard, so a spell that ends so says nothing about chances
Waarde = str | float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Inzetregel:
    """A deployment as typed: code, first day, planned end and last day (None = not known, or still running)."""

    code: str
    begin: dt.date
    gepland: dt.date | None = None
    einde: dt.date | None = None
    loopt: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Klantinvoer:
    """All that was typed about one client, before it is checked.

    Parameters
    ----------
    kenmerken : mapping of str to str
        Trait to value, in the order in which they were typed.
    geboortedatum, begindatum : date, optional
    historie : tuple of (kenmerk, waarde, date)
        Values that hold from a day on.
    inzet : tuple of Inzetregel
    eerder : tuple of (begin, einde, reden)
        Earlier spells.
    bedrag : float, optional
        Euros per month.
    """

    kenmerken: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    geboortedatum: dt.date | None = None
    begindatum: dt.date | None = None
    historie: tuple[tuple[str, str, dt.date], ...] = ()
    inzet: tuple[Inzetregel, ...] = ()
    eerder: tuple[tuple[dt.date, dt.date, str], ...] = ()
    bedrag: float | None = None


def lees_datum(tekst: str | dt.date, wat: str) -> dt.date:
    """Read dd-mm-jjjj or jjjj-mm-dd.

    Raises
    ------
    GebruiksFout
        ``KMP-K004`` for another form.

    Examples
    --------
    >>> str(lees_datum("8-11-1983", "geboortedatum")), str(lees_datum("1983-11-08", "geboortedatum"))
    ('1983-11-08', '1983-11-08')
    """
    if isinstance(tekst, dt.date):
        return tekst
    for vorm in ("%d-%m-%Y", "%Y-%m-%d"):
        try:
            return dt.datetime.strptime(tekst.strip(), vorm).replace(tzinfo=dt.UTC).date()
        except ValueError:
            continue
    raise GebruiksFout("KMP-K004", f"{wat}: dit is geen datum. Schrijf dd-mm-jjjj of jjjj-mm-dd.")


HOOGSTE_BEDRAG = 100_000.0  # euro per month


def lees_bedrag(tekst: str | float) -> float:
    """Read euros: ``1.234,56``, ``1234,56`` or ``1234.56``.

    Raises
    ------
    GebruiksFout
        ``KMP-K005`` for another form, or an amount that is not above zero or cannot be one of a month.

    Examples
    --------
    >>> lees_bedrag("1.234,56"), lees_bedrag("865.80"), lees_bedrag(900)
    (1234.56, 865.8, 900.0)
    """
    kaal = tekst.strip().replace("€", "").strip() if isinstance(tekst, str) else tekst
    if isinstance(kaal, str) and re.fullmatch(r"\d{1,3}(\.\d{3})+", kaal):
        raise GebruiksFout("KMP-K005", f"bedrag: '{tekst}' kan twee dingen betekenen. Schrijf 1234 of 1,234.")
    if isinstance(kaal, str) and "," in kaal:
        kaal = kaal.replace(".", "").replace(",", ".")
    try:
        bedrag = float(kaal)
    except ValueError:
        bedrag = -1.0
    if not 0 < bedrag <= HOOGSTE_BEDRAG:
        raise GebruiksFout(
            "KMP-K005", "bedrag: schrijf een bedrag in euro per maand, bijvoorbeeld 1234,56; hoogstens 100.000."
        )
    return bedrag


def lees_inzet(tekst: str) -> Inzetregel:
    """Read ``code:begin[:gepland einde[:einde]]``; ``loopt`` as the last part says that it still runs.

    Examples
    --------
    >>> i = lees_inzet("reintegratie:1-3-2007:1-9-2007")
    >>> i.code, str(i.begin), str(i.gepland), i.einde
    ('reintegratie', '2007-03-01', '2007-09-01', None)
    """
    delen = [d.strip() for d in tekst.split(":")]
    if not 2 <= len(delen) <= 4 or not delen[0]:
        raise GebruiksFout("KMP-K005", "inzet: schrijf code:begin, code:begin:gepland einde of ...:einde (of loopt).")
    loopt = delen[-1].lower() == LOOPT
    if not delen[1] or (loopt and len(delen) == 2):
        raise GebruiksFout("KMP-K005", "inzet: de begindatum ontbreekt. Schrijf code:begin.")
    begin = lees_datum(delen[1], "inzet")
    rest = [lees_datum(d, "inzet") if d else None for d in delen[2 : len(delen) - loopt]]
    gepland, einde = [*rest, None, None][:2]
    if any(d is not None and d < begin for d in (gepland, einde)):
        raise GebruiksFout("KMP-K005", "inzet: het einde ligt voor het begin. Draai de datums om.")
    return Inzetregel(code=delen[0], begin=begin, gepland=gepland, einde=einde, loopt=loopt)


def lees_eerder(tekst: str) -> tuple[dt.date, dt.date, str]:
    """Read an earlier spell: ``begin:einde[:reden]``; the reason is a bestemming, ``overig`` when absent."""
    delen = [d.strip() for d in tekst.split(":")]
    if not 2 <= len(delen) <= 3:
        raise GebruiksFout("KMP-K005", "eerder: schrijf begin:einde of begin:einde:reden (werk, handhaving of overig).")
    begin, einde = lees_datum(delen[0], "eerder"), lees_datum(delen[1], "eerder")
    reden = delen[2] if len(delen) == 3 else "overig"
    soorten = ("werk", "handhaving", "overig", "aow")
    if reden not in soorten:
        raise GebruiksFout("KMP-K005", f"eerder: reden '{reden}' is niet bekend.{naaste(reden, soorten)}")
    if einde < begin:
        raise GebruiksFout("KMP-K005", "eerder: het einde ligt voor het begin. Draai de datums om.")
    return begin, einde, reden


def _niveau(k: Kenmerk, tekst: str) -> Waarde:
    """Value as the model knows it."""
    if k.soort == "categorie" and k.niveaus:
        plat = {n.casefold().replace("_", " "): n for n in k.niveaus}
        gevonden = plat.get(tekst.strip().casefold().replace("_", " "))
        if gevonden is None:
            raise _onbekende_waarde(k.naam, tekst, k.niveaus)
        return gevonden
    try:
        getal = float(tekst.strip().replace(",", "."))
    except ValueError:
        raise GebruiksFout("KMP-K002", f"kenmerk '{k.naam}' is een getal; schrijf bijvoorbeeld {k.naam}=2.") from None
    laag, hoog = k.bereik or (-np.inf, np.inf)
    if not laag <= getal <= hoog:
        raise GebruiksFout(
            "KMP-K002",
            f"kenmerk '{k.naam}': het model kent waarden van {laag:g} tot {hoog:g}. Daarbuiten is er geen uitspraak.",
        )
    return getal


def _onbekende_waarde(naam: str, tekst: str, niveaus: Sequence[str]) -> GebruiksFout:
    lijst = f" Kies uit: {', '.join(niveaus)}." if len(niveaus) <= 12 else ""
    return GebruiksFout("KMP-K002", f"'{tekst}' is geen bekende waarde van '{naam}'.{naaste(tekst, niveaus)}{lijst}")


def controleer_kenmerken(kenmerken: Mapping[str, str], h: Herijking) -> tuple[dict[str, Waarde], tuple[str, ...]]:
    """Traits as the model knows them, and what must be said about those that it does not use.

    Raises
    ------
    GeweigerdFout
        ``KMP-W020`` for a protected trait.
    GebruiksFout
        ``KMP-K001`` for an unknown trait, ``KMP-K002`` for an unknown value; the nearest known one is named.
    """
    per_naam = {k.naam: k for k in h.kenmerken}
    uit: dict[str, Waarde] = {}
    gezegd = []
    for naam, tekst in kenmerken.items():
        if is_verboden(naam):
            raise GeweigerdFout(
                "KMP-W020",
                f"'{naam}' mag geen kenmerk zijn: herkomst, nationaliteit, taal, religie, gezondheid, postcode en wijk "
                "worden geweigerd (AVG art. 9, AWGB). Laat het weg.",
            )
        if naam in per_naam and naam not in ANDERS:
            uit[naam] = _niveau(per_naam[naam], tekst)
            continue
        if naam in VAST:
            if VAST[naam] and tekst not in VAST[naam]:
                raise _onbekende_waarde(naam, tekst, VAST[naam])
            uit[naam] = tekst
            if naam != "leefvorm":  # the norm depends on it
                gezegd.append(f"Het model gebruikt '{naam}' niet: deze waarde verandert de cijfers niet.")
            continue
        if naam in ANDERS:
            raise GebruiksFout("KMP-K001", f"'{naam}' typt u niet als kenmerk. Gebruik {ANDERS[naam]}.")
        bekend = [n for n in per_naam if n not in ANDERS]
        raise GebruiksFout(
            "KMP-K001",
            f"het model kent geen kenmerk '{naam}'.{naaste(naam, [*bekend, *ANDERS])} Bekend: {', '.join(bekend)}.",
        )
    return uit, tuple(gezegd)


def controleer_invoer(invoer: Klantinvoer, h: Herijking, peildatum: dt.date) -> None:
    """Check dates and codes.

    Raises
    ------
    GebruiksFout
        ``KMP-K003`` for a code that is no instrument, ``KMP-K006`` for dates that do not fit together, ``KMP-K007``
        when the AOW age is reached on the peildatum.
    """
    begin, geboren = invoer.begindatum, invoer.geboortedatum
    if begin is not None and begin > peildatum:
        raise GebruiksFout(
            "KMP-K006",
            f"de begindatum ligt na de peildatum ({peildatum:%d-%m-%Y}). Geef met --peildatum de dag waarop u rekent.",
        )
    if geboren is not None:
        jaren = int(age_at(np.array([to_day(geboren)]), np.array([to_day(begin or peildatum)]))[0])
        if jaren < JONGST:
            raise GebruiksFout("KMP-K006", f"de klant is jonger dan {JONGST} jaar aan het begin. Controleer de datums.")
        if aow_leeftijd(geboren).datum <= peildatum + dt.timedelta(days=1):
            raise GebruiksFout(
                "KMP-K007", "de AOW-leeftijd is bereikt op de peildatum: over deze klant is geen uitspraak mogelijk."
            )
    codes = [i.code for i in h.config.instrument]
    for i in invoer.inzet:
        if i.code not in codes:
            raise GebruiksFout(
                "KMP-K003",
                f"inzet: het model kent geen instrument '{i.code}'.{naaste(i.code, codes)} Bekend: {', '.join(codes)}.",
            )
        if i.begin > peildatum:
            raise GebruiksFout("KMP-K006", f"inzet: '{i.code}' begint na de peildatum. Laat het weg.")
    if begin is not None and any(e >= begin for _, e, _ in invoer.eerder):
        raise GebruiksFout("KMP-K006", "eerder: een eerdere periode hoort te eindigen voor de begindatum.")


def _inzetten(invoer: Klantinvoer, h: Herijking, clienten: Sequence[str], peildatum: dt.date) -> pd.DataFrame:
    """Rows of inzet; a deployment past its planned end is taken as ended then, unless it is said to run."""
    duur = {i.code: i.duur_maanden for i in h.config.instrument}
    rijen = []
    for i in invoer.inzet:
        dag = np.array([to_day(i.begin)], dtype=np.int64)
        gepland = i.gepland or to_date(int(add_months(dag, duur[i.code])[0]) - 1)
        einde = i.einde if i.einde is not None or i.loopt else (gepland if gepland <= peildatum else None)
        rijen.append((i.code, i.begin, max(einde, i.begin) if einde is not None else None, i.gepland))
    n, m = len(clienten), len(rijen)
    tabel = pd.DataFrame(
        [r for _ in clienten for r in rijen], columns=["instrument", "begindatum", "einddatum", "geplande_einddatum"]
    )
    for kolom in ("begindatum", "einddatum", "geplande_einddatum"):
        tabel[kolom] = pd.to_datetime(tabel[kolom]).astype("datetime64[ns]")
    tabel.insert(0, "rij", np.arange(2, 2 + n * m, dtype=np.int64))
    tabel.insert(1, "client_id", np.repeat(np.array(clienten, dtype=object), m))
    leeg = pd.Series(pd.NaT, index=tabel.index, dtype="datetime64[ns]")
    tekst = dict.fromkeys(("contract_id", "uitvoerder", "resultaat", "status"))
    return tabel.assign(aanmelddatum=leeg, kosten=np.nan, **tekst, toewijzing="regulier")


def _perioden(
    invoer: Klantinvoer, begin: Sequence[dt.date], eerdere: Sequence[int], clienten: Sequence[str]
) -> pd.DataFrame:
    """Rows of uitkeringen without traits: the running spell, and the earlier ones.

    Earlier spells of which only the number is known are laid a year apart, one day each, with an end that says nothing
    about chances: they count as a trait and add nothing to what a client lived through.
    """
    rijen: list[tuple[object, ...]] = []
    for client, eerste, aantal in zip(clienten, begin, eerdere, strict=True):
        los = max(aantal - len(invoer.eerder), 0)
        vroegst = min([eerste, *(b for b, _, _ in invoer.eerder)])
        for j in range(los, 0, -1):
            dag = vroegst - dt.timedelta(days=366 * j)
            rijen.append((client, dag, dag, ZONDER_GEVOLG, "aow"))
        rijen += [(client, b, e, reden, reden) for b, e, reden in sorted(invoer.eerder)]
        rijen.append((client, eerste, None, None, None))
    tabel = pd.DataFrame(rijen, columns=["client_id", "begindatum", "einddatum", "reden_einde", "bestemming"])
    for kolom in ("begindatum", "einddatum"):
        tabel[kolom] = pd.to_datetime(tabel[kolom]).astype("datetime64[ns]")
    tabel.insert(0, "rij", np.arange(2, 2 + len(tabel), dtype=np.int64))
    return tabel


def maak_klantbestand(invoer: Klantinvoer, h: Herijking, waarden: pd.DataFrame, peildatum: dt.date) -> Bestand:
    """Lay out typed values as the contract's tables.

    Parameters
    ----------
    invoer : Klantinvoer
        Checked.
    h : Herijking
    waarden : DataFrame
        One row per profile over which is averaged (one row when everything was typed): a column per trait,
        ``geboortedatum`` and ``begindatum`` as dates; ``client_id`` names the profile.
    peildatum : date

    Returns
    -------
    Bestand
        As ``lees_bron`` would give it; each profile is a client.
    """
    clienten = [str(c) for c in waarden["client_id"]]
    eerdere = waarden.get("eerdere_spells", pd.Series(float(len(invoer.eerder)), index=waarden.index))
    tabel = _perioden(invoer, list(waarden["begindatum"]), [round(e) for e in eerdere], clienten)
    plek = pd.Index(clienten).get_indexer(tabel["client_id"])
    for naam in [c for c in waarden.columns if c not in ("client_id", "begindatum", "geboortedatum", "eerdere_spells")]:
        tabel[naam] = waarden[naam].to_numpy()[plek]
    tabel["geboortedatum"] = pd.to_datetime(waarden["geboortedatum"]).astype("datetime64[ns]").to_numpy()[plek]
    leeg = dict.fromkeys(("huishouden_id", "afdeling", "team", "klantmanager"))
    for naam, vulling in (leeg | {"regeling": "algemeen", "geslacht": "onbekend", "leefvorm": "anders"}).items():
        if naam not in tabel:
            tabel[naam] = pd.Series([vulling] * len(tabel), dtype=object)
    if "bedrag_maand" not in tabel:
        tabel["bedrag_maand"] = np.nan if invoer.bedrag is None else float(invoer.bedrag)
    tabel["registratiedatum"] = pd.Series(pd.NaT, index=tabel.index, dtype="datetime64[ns]")
    historie = pd.DataFrame(
        [(c, k, w, v) for c in clienten for k, w, v in invoer.historie],
        columns=["client_id", "kenmerk", "waarde", "vanaf"],
    )
    historie["vanaf"] = pd.to_datetime(historie["vanaf"]).astype("datetime64[ns]")
    historie.insert(0, "rij", np.arange(2, 2 + len(historie), dtype=np.int64))
    gronden = {k: pd.Series(dtype=object) for k in ("client_id", "instrument", "grond", "grond_door")}
    datums = {k: pd.Series(dtype="datetime64[ns]") for k in ("grond_datum", "geldig_tot")}
    return Bestand(
        uitkeringen=tabel,
        inzet=_inzetten(invoer, h, clienten, peildatum),
        gronden=pd.DataFrame(gronden | datums),  # a ground is recorded in the municipality's data, never typed here
        kenmerken_historie=historie,
        overig={},
        bevindingen=geen_bevindingen(),
        telling=pd.DataFrame(columns=["tabel", "gelezen", "afgekeurd", "weggelaten", "gebruikt"]),
        bestanden=(),
    )
