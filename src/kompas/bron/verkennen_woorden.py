"""What local systems call our columns and codes: the word lists behind ``kompas verken``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Soort = Literal["id", "datum", "code", "getal", "tekst"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Veld:
    """One column of the contract.

    Parameters
    ----------
    naam : str
        Our name.
    soort : {"id", "datum", "code", "getal", "tekst"}
        What the values must look like.
    nodig : bool
        Whether the table cannot do without it.
    woorden : tuple of str
        Names in local systems, already made plain with `plat`.
    """

    naam: str
    soort: Soort
    nodig: bool
    woorden: tuple[str, ...]


def plat(tekst: str) -> str:
    """Return the text in lower case without accents, spaces and signs.

    Examples
    --------
    >>> plat("Reden beëindiging"), plat("Dat_Aanvang")
    ('redenbeeindiging', 'dataanvang')
    """
    zonder = unicodedata.normalize("NFKD", tekst)
    return re.sub(r"[^a-z0-9]", "", zonder.lower())


def _veld(naam: str, soort: Soort, woorden: str = "", *, nodig: bool = False) -> Veld:
    return Veld(naam=naam, soort=soort, nodig=nodig, woorden=tuple(plat(w) for w in woorden.split()))


_CLIENT = _veld(
    "client_id",
    "id",
    "szclient clientnr cliëntnr clientnummer cliëntnummer clientid klantnr klantnummer klantid klantcode persoonsnr "
    "persoonsnummer persoonid pseudoniem pseudobsn versleuteldid registratienr registratienummer cltnr clnr nrclient "
    "nrklant client cliënt klant pseudoid rinpersoon subjectnr subjectnummer clientkey",
    nodig=True,
)
_BEGIN = "startdatum datumstart datstart dtstart begin start begdat begindat datbegin dtbegin datumbegin dbegin"
_EINDE = "eind einde eindat einddat dateinde dateind dteind dteinde datumeinde datumeind deinde stopdatum datumstop"
_INSTRUMENT = _veld(
    "instrument",
    "tekst",
    "trajectsoort soorttraject trajectcode trajecttype typetraject instrumentcode instrumentsoort soortinstrument "
    "voorziening voorzieningcode voorzieningsoort soortvoorziening typevoorziening srgtype product productcode "
    "productsoort activiteit activiteitcode dienst dienstcode module modulecode kodetraject kodetrajectsoort kodeinstr "
    "kodevoorziening traject trajectnaam maatregel",
    nodig=True,
)
_MAAND = _veld("maand", "tekst", "periode verslagmaand boekmaand maandnr jaarmaand statistiekmaand", nodig=True)
_JAAR = _veld("jaar", "getal", "boekjaar begrotingsjaar statistiekjaar", nodig=True)
_BEDRAG = _veld("bedrag", "getal", "totaal totaalbedrag euro uitgave bedrageuro", nodig=True)

VELDEN: dict[str, tuple[Veld, ...]] = {
    "uitkeringen": (
        _CLIENT,
        _veld(
            "begindatum",
            "datum",
            _BEGIN
            + " dataanvang datumaanvang aanvangsdatum aanvang dtaanvang datingang datumingang ingangsdatum ingang "
            "dtingang ingangsdatumuitkering datumingangrecht datumtoekenning toekenningsdatum begindatumuitkering "
            "aanvangsdatumuitkering aanvangsdatumuitkeringpersoon startdatumuitkering datingrecht begindatumrecht",
            nodig=True,
        ),
        _veld(
            "einddatum",
            "datum",
            _EINDE + " datumbeeindiging beeindigingsdatum datbeeindiging dtbeeindiging einddatumuitkering "
            "einddatumuitkeringpersoon datumeinderecht einddatumrecht dateinderecht datuitstroom uitstroomdatum "
            "datumuitstroom eindeuitkering",
        ),
        _veld(
            "reden_einde",
            "code",
            "koderedeeind koderedeneind koderedeneinde coderedeneinde redeneind redenbeeindiging redenbeeindigd "
            "redeneindeuitkering beeindigingsreden redenbeeindiginguitkeringpersoon redenbeeindiginguitkering "
            "beeindigingreden uitstroomreden redenuitstroom eindreden redeinde rdneinde cdredeneinde codebeeindiging "
            "codebeeindigingsreden koderedenbeeind kdredeneind redenbeeind redeeind",
        ),
        _veld(
            "geslacht",
            "code",
            "sekse sexe gesl geslachtscode kodegeslacht codegeslacht mv gender kdgeslacht",
            nodig=True,
        ),
        _veld(
            "geboortedatum",
            "datum",
            "gebdat gebdatum datgeb datgeboorte datumgeboorte geboren geboortedat dtgeboorte dtgeb geboorte",
            nodig=True,
        ),
        _veld(
            "leefvorm",
            "code",
            "leefv leefvormcode kodeleefvorm codeleefvorm kodeleefv leefsituatie huishoudtype huishoudsoort "
            "huishoudvorm "
            "gezinssituatie gezinsvorm soorthuishouden typehuishouden samenlevingsvorm kdleefvorm",
            nodig=True,
        ),
        _veld(
            "opleiding",
            "code",
            "opl opleidingsniveau oplniveau niveauopleiding opleidingscode kodeopl kodeopleiding "
            "opleidingniveau scholing "
            "hoogsteopleiding scholingsniveau vooropleiding",
        ),
        _veld(
            "fasering",
            "tekst",
            "fase faseindeling trede participatietrede ladder fasecode kodefase phase doelgroepfase",
        ),
        _veld(
            "regeling",
            "code",
            "regelingcode soortregeling uitkeringssoort soortuitkering uitkeringsoort wet soortwet statistiekcode "
            "koderegeling regelingsoort kodewet typeuitkering",
        ),
        _veld(
            "huishouden_id", "id", "huishoudenid huishoudennr huishoudennummer huishoudnr huishoudnummer gezinsnr hhid"
        ),
        _veld("afdeling", "tekst", "afd afdelingscode afdelingsnaam kodeafd sector unit"),
        _veld("team", "tekst", "teamcode teamnaam kodeteam teamnr wijkteam"),
        _veld(
            "klantmanager",
            "tekst",
            "consulent behandelaar casemanager klantman kodeconsulent werkconsulent inkomensconsulent contactpersoon "
            "bijstandsconsulent medewerker ambtenaar",
        ),
        _veld(
            "bedrag_maand",
            "getal",
            "maandbedrag bedragmnd bedragpermaand uitkeringsbedrag brutobedrag brutomaand brutopermaand bruto "
            "normbedrag "
            "bedragbruto betaalbaargesteldbedrag",
        ),
        _veld(
            "registratiedatum",
            "datum",
            "datumregistratie invoerdatum datuminvoer datuminvoering mutatiedatum datummutatie verwerkingsdatum "
            "datumverwerking datmutatie",
        ),
    ),
    "inzet": (
        _CLIENT,
        _INSTRUMENT,
        _veld(
            "begindatum",
            "datum",
            _BEGIN + " trajectstart startdatumtraject datumstarttraject dataanvang datumaanvang aanvangsdatum aanvang "
            "datingang datumingang ingangsdatum begindatumtraject begindatumvoorziening inzetdatum datuminzet "
            "dtstarttraj "
            "startdatuminzet",
            nodig=True,
        ),
        _veld(
            "einddatum",
            "datum",
            _EINDE
            + " trajecteinde trajecteind datumeindetraject einddatumtraject einddatumvoorziening datumafgesloten "
            "datumafsluiting beeindigingsdatum werkelijkeeinddatum einddatumwerkelijk",
        ),
        _veld(
            "geplande_einddatum",
            "datum",
            "geplandeinde geplandeinddatum planeinddatum verwachteeinddatum einddatumgepland einddatumplan "
            "plandatumeinde "
            "datumeindegepland dateindgepl beoogdeeinddatum datumeindeplan geplandeeinde",
        ),
        _veld(
            "aanmelddatum",
            "datum",
            "datumaanmelding aanmelding dataanmelding dtaanmelding aanmelddat datumaangemeld verwijsdatum",
        ),
        _veld(
            "kosten", "getal", "prijs bedrag kostentraject trajectkosten trajectprijs tarief factuurbedrag kostprijs"
        ),
        _veld("contract_id", "tekst", "contractnr contractnummer contract trajectnr trajectnummer trajectid inkoopnr"),
        _veld("uitvoerder", "tekst", "aanbieder leverancier reintegratiebedrijf uitvoerendepartij organisatie bureau"),
        _veld("resultaat", "tekst", "uitkomst resultaatcode eindresultaat resultaattraject koderesultaat afloop"),
        _veld("status", "code", "trajectstatus statustraject statuscode kodestatus"),
        _veld("toewijzing", "code", "toewijzingswijze wijzevantoewijzing toegewezendoor"),
    ),
    "gronden": (
        _CLIENT,
        _INSTRUMENT,
        _veld("grond", "tekst", "aanleiding signaal concretegrond redenonderzoek grondonderzoek", nodig=True),
        _veld("grond_datum", "datum", "datumgrond datumsignaal signaaldatum datumaanleiding", nodig=True),
        _veld("grond_door", "tekst", "vastgelegddoor ingevoerddoor geregistreerddoor gronddoor melder"),
        _veld("geldig_tot", "datum", "vervaldatum geldigtotenmet einddatumgrond datumgeldigtot"),
    ),
    "kenmerken_historie": (
        _CLIENT,
        _veld("kenmerk", "tekst", "kenmerknaam soortkenmerk eigenschap", nodig=True),
        _veld("waarde", "tekst", "kenmerkwaarde nieuwewaarde", nodig=True),
        _veld("vanaf", "datum", "geldigvanaf ingangsdatum datumvanaf datumingang startdatum begindatum", nodig=True),
    ),
    "aanvragen": (
        _veld(
            "aanvraag_id",
            "id",
            "aanvraagnr aanvraagnummer aanvraagid szaanvraag werkprocesnr zaaknr zaaknummer",
            nodig=True,
        ),
        _CLIENT,
        _veld(
            "aanvraagdatum",
            "datum",
            "datumaanvraag dataanvraag dtaanvraag meldingsdatum datummelding ontvangstdatum",
            nodig=True,
        ),
        _veld(
            "besluitdatum",
            "datum",
            "datumbesluit datbesluit dtbesluit beschikkingsdatum datumbeschikking datumafhandeling",
        ),
        _veld(
            "besluit",
            "code",
            "beslissing kodebesluit besluitcode soortbesluit uitkomst afhandeling kodeafh beschikking",
        ),
    ),
    "uitgaven": (
        _MAAND,
        _BEDRAG,
        _veld("vakantiegeld", "getal", "vakantietoeslag vt bedragvt"),
        _veld("huishoudens", "getal", "aantalhuishoudens aantalhh"),
    ),
    "budget": (
        _JAAR,
        _veld("peildatum", "datum", "datumbeschikking beschikkingsdatum datum"),
        _veld("status", "code", "soortbudget stand", nodig=True),
        _BEDRAG,
        _veld("deel", "code", "budgetdeel onderdeel", nodig=True),
    ),
    "macro": (
        _JAAR,
        _veld("scenario", "tekst", "variant"),
        _veld("macrobudget", "getal", "landelijkbudget budgetlandelijk", nodig=True),
        _veld("macro_uitgaven", "getal", "landelijkeuitgaven uitgavenlandelijk"),
        _veld("aandeel_budget", "getal", "budgetaandeel", nodig=True),
        _veld("aandeel_uitgaven", "getal", "uitgavenaandeel"),
    ),
    "referentie": (
        _MAAND,
        _veld("gebied", "tekst", "regio gemeente gebiedsnaam regionaam"),
        _veld("soort", "code", "soortgebied gebiedssoort", nodig=True),
        _veld("groep", "tekst", "groepsnaam doelgroep"),
        _veld("huishoudens", "getal", "aantalhuishoudens aantalhh"),
        _veld("uitkeringen", "getal", "aantaluitkeringen volume bestand stand", nodig=True),
        _veld("instroom", "getal", "aantalinstroom toegekend"),
        _veld("uitstroom", "getal", "aantaluitstroom beeindigd"),
        _veld("uitgaven", "getal", "bedraguitgaven"),
    ),
    "taakstellingen": (
        _JAAR,
        _veld("niveau", "tekst", "organisatieniveau"),
        _veld("eenheid", "tekst", "afdeling team"),
        _veld("kengetal", "tekst", "indicator kpi prestatieindicator", nodig=True),
        _veld("norm", "getal", "doel streefwaarde target doelstelling", nodig=True),
        _veld("versie", "tekst", "versienummer revisie"),
        _veld("vastgesteld_op", "datum", "vaststellingsdatum datumvaststelling"),
        _veld("vastgesteld_door", "tekst", "vaststeller akkoorddoor"),
    ),
    "contracten": (
        _veld("contract_id", "id", "contractnr contractnummer contract inkoopnr", nodig=True),
        _INSTRUMENT,
        _veld("uitvoerder", "tekst", "aanbieder leverancier reintegratiebedrijf"),
        _veld("begindatum", "datum", _BEGIN + " ingangsdatum"),
        _veld("einddatum", "datum", _EINDE),
        _veld("ingekocht", "getal", "aantalingekocht ingekochteplaatsen plaatsen", nodig=True),
        _veld("verbruikt", "getal", "aantalverbruikt bezet gebruikt"),
        _veld("minimum", "getal", "minimumafname minafname min"),
        _veld("maximum", "getal", "maximumafname maxafname max"),
        _veld("prijs", "getal", "stuksprijs prijspertraject tarief"),
    ),
    "capaciteit": (
        _veld("team", "tekst", "teamcode teamnaam afdeling", nodig=True),
        _MAAND,
        _veld("uren", "getal", "aantaluren beschikbareuren", nodig=True),
    ),
}

# Part of a file or sheet name -> the table it hints at. Longer words first where they overlap.
BESTANDSNAMEN: dict[str, str] = {
    "uitkering": "uitkeringen",
    "szuitk": "uitkeringen",
    "dossier": "uitkeringen",
    "inzet": "inzet",
    "traject": "inzet",
    "voorziening": "inzet",
    "srg": "inzet",
    "grond": "gronden",
    "historie": "kenmerken_historie",
    "aanvra": "aanvragen",
    "uitgaven": "uitgaven",
    "budget": "budget",
    "macro": "macro",
    "referentie": "referentie",
    "taakstelling": "taakstellingen",
    "contract": "contracten",
    "capaciteit": "capaciteit",
}

# Names that mean different things in different towns: shown as a doubt, never filled in.
DUBBELZINNIG: dict[str, tuple[str, str]] = {
    plat("szdos"): ("huishouden_id", "een dossiernummer kan bij een huishouden of bij één uitkering horen"),
    plat("dossiernr"): ("huishouden_id", "een dossiernummer kan bij een huishouden of bij één uitkering horen"),
    plat("dossiernummer"): ("huishouden_id", "een dossiernummer kan bij een huishouden of bij één uitkering horen"),
    plat("Kode_Afh"): ("klantmanager", "dit kan de afhandelaar zijn of de wijze van afhandeling"),
    plat("burgerlijke staat"): ("leefvorm", "burgerlijke staat is niet hetzelfde als leefvorm"),
    plat("burgstaat"): ("leefvorm", "burgerlijke staat is niet hetzelfde als leefvorm"),
}

# Direct identifiers: never needed, best not exported.
IDENTIFICEREND = re.compile(
    r"^(bsn.*|sofi(nr|nummer)?|burgerservice.*|a(nr|nummer)|(achter|voor|roep|familie|geslachts)naam(en)?|voorletters?"
    r"|naam(client|klant)?|(client|klant)naam|adres.*|straat.*|huisn(umme)?r.*|telefoon.*|tel(nr)?|mobiel.*|e?mail.*"
    r"|emailadres|iban.*|(bank)?rekening(nr|nummer)?)$"
)
