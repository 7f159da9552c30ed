"""The rules of the input, in one table: findings, ``samenvatting`` and ``docs/regels.md`` all come from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kompas.bron.typen import BLOKKADE, FOUT, WAARSCHUWING

AFGEKEURD: Final = "rij afgekeurd"
WEGGELATEN: Final = "rij weggelaten"
BLIJFT: Final = "rij blijft"
GESTOPT: Final = "run gestopt"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Regel:
    """One rule of the input.

    Parameters
    ----------
    code : str
        Stable code, such as ``"U01"``.
    tabel : str
        Table it belongs to; ``"alle"`` for every table.
    ernst : str
        ``fout``, ``waarschuwing`` or ``blokkade``.
    gevolg : str
        What happens with the row.
    omschrijving : str
        What is wrong, for the user.
    wat_te_doen : str
        What the user can do.
    """

    code: str
    tabel: str
    ernst: str
    gevolg: str
    omschrijving: str
    wat_te_doen: str


_TABEL: Final[tuple[tuple[str, str, str, str, str, str], ...]] = (
    # -- every table
    ("A01", "alle", FOUT, AFGEKEURD, "verplichte waarde ontbreekt", "Vul de waarde in het bronsysteem aan."),
    (
        "A02", "alle", FOUT, AFGEKEURD, "geen bestaande datum",
        "Verbeter de datum; toegestaan: dd-mm-jjjj, jjjj-mm-dd en jjjjmmdd.",
    ),
    (
        "A03", "alle", FOUT, AFGEKEURD, "datum buiten 1850-2199",
        "Verbeter het jaartal; schrijf 'geen datum' als leeg, 00000000, 99999999, 31-12-9999 of 1-1-1900.",
    ),
    ("A04", "alle", FOUT, AFGEKEURD, "geen getal", "Verbeter het getal; toegestaan: 1234, 1.234,56 en 1234.56."),
    (
        "A05", "alle", FOUT, AFGEKEURD, "getal is dubbelzinnig: de punt of komma kan duizendtal of decimaal zijn",
        'Zet decimaal = "," of decimaal = "." onder deze tabel in kompas.toml.',
    ),
    (
        "A06", "alle", FOUT, AFGEKEURD, "getal past niet bij het decimaalteken van de rest van het bestand",
        "Exporteer het bestand met één decimaalteken, of zet decimaal onder deze tabel in kompas.toml.",
    ),
    (
        "A07", "alle", FOUT, AFGEKEURD, "waarde staat niet in de lijst",
        "Verbeter de waarde, of vertaal haar met codes.KOLOM in kompas.toml.",
    ),
    (
        "A08", "alle", FOUT, AFGEKEURD, "de rij heeft een ander aantal velden dan de kop",
        "Zet velden met een scheidingsteken erin tussen aanhalingstekens, of exporteer opnieuw.",
    ),
    (
        "A09", "alle", FOUT, AFGEKEURD, "bedrag of aantal is negatief",
        "Verbeter de waarde, of laat haar leeg als zij onbekend is.",
    ),
    (
        "A10", "alle", WAARSCHUWING, WEGGELATEN, "rij is in alle kolommen gelijk aan een eerdere rij",
        "Niets: één van beide telt mee. Controleer of de export rijen verdubbelt.",
    ),
    ("A11", "alle", FOUT, AFGEKEURD, "geen heel getal", "Schrijf een heel getal, bijvoorbeeld 2007."),
    ("A12", "alle", FOUT, AFGEKEURD, "geen maand", "Schrijf de maand als jjjj-mm."),
    (
        "A13", "alle", WAARSCHUWING, BLIJFT, "lege waarde geteld als 'onbekend'",
        "Vul de waarde aan als zij bekend is; anders niets.",
    ),
    (
        "A14", "alle", WAARSCHUWING, BLIJFT, "kolom lijkt op een bekende kolom, maar wordt niet gebruikt",
        "Noem de kolom onder kolommen in kompas.toml als het die kolom is; anders niets.",
    ),
    (
        "A15", "alle", FOUT, AFGEKEURD, "rijen met dezelfde sleutel spreken elkaar tegen",
        "Laat in de export één rij per sleutel staan; kompas kiest niet.",
    ),
    (
        "A16", "alle", WAARSCHUWING, WEGGELATEN, "client_id komt niet voor in de gebruikte uitkeringen",
        "Controleer of beide exports hetzelfde pseudoniem gebruiken; een partner zonder eigen rij is niet te koppelen.",
    ),
    ("A17", "alle", FOUT, AFGEKEURD, "einddatum ligt voor de begindatum", "Verbeter een van beide datums."),
    (
        "A18", "alle", BLOKKADE, GESTOPT, "de meeste rijen horen bij geen enkele cliënt van uitkeringen",
        "Schrijf het pseudoniem in beide tabellen gelijk (hoofdletters, voorloopnullen); anders telt hulp niet mee.",
    ),
    # -- uitkeringen
    (
        "U01", "uitkeringen", BLOKKADE, GESTOPT, "de tabel heeft geen rijen",
        "Lever minstens één uitkeringsperiode aan.",
    ),
    (
        "U02", "uitkeringen", WAARSCHUWING, WEGGELATEN, "begindatum ligt na de peildatum",
        "Niets als de export later is gemaakt; controleer anders de peildatum.",
    ),
    (
        "U03", "uitkeringen", WAARSCHUWING, BLIJFT, "einddatum ligt na de peildatum; de uitkering telt als lopend",
        "Niets als de export later is gemaakt; controleer anders de peildatum.",
    ),
    (
        "U04", "uitkeringen", FOUT, AFGEKEURD, "leeftijd op de begindatum ligt buiten 15-100 jaar",
        "Verbeter de geboortedatum of de begindatum.",
    ),
    (
        "U05", "uitkeringen", WAARSCHUWING, BLIJFT, "periode overlapt een eerdere periode van dezelfde cliënt",
        "Controleer de datums; kompas voegt overlappende perioden samen.",
    ),
    (
        "U06", "uitkeringen", WAARSCHUWING, BLIJFT, "cliënt heeft al een lopende uitkeringsperiode",
        "Sluit de dubbele periode af; kompas voegt beide samen tot één lopende periode vanaf de eerste begindatum.",
    ),
    (
        "U07", "uitkeringen", WAARSCHUWING, WEGGELATEN, "cliënt heeft een andere rij met dezelfde begindatum",
        "Verwijder een van beide; kompas gebruikt de rij met de laatste einddatum (leeg = lopend = laatst).",
    ),
    (
        "U08", "uitkeringen", WAARSCHUWING, BLIJFT,
        "reden_einde ontbreekt bij een einddatum; telt als overig, onbekend",
        "Vul de reden van beëindiging aan.",
    ),
    (
        "U09", "uitkeringen", WAARSCHUWING, BLIJFT, "onbekende reden_einde; telt als overig, onbekend",
        "Vertaal de code met codes.reden_einde in kompas.toml.",
    ),
    (
        "U10", "uitkeringen", WAARSCHUWING, BLIJFT, "reden_einde zonder einddatum; de reden wordt niet gebruikt",
        "Vul de einddatum aan als de uitkering is beëindigd; kompas telt haar nu als lopend.",
    ),
    (
        "U11", "uitkeringen", FOUT, AFGEKEURD, "getal ontbreekt in een kenmerk",
        'Vul het getal aan, of maak er een categorie van met soort.KENMERK = "categorie" onder [kenmerken].',
    ),
    (
        "U12", "uitkeringen", WAARSCHUWING, BLIJFT,
        "einde door relatie of partner (02, 97) zonder huishouden_id; voortzetting door de partner is niet te zien",
        "Lever huishouden_id mee; nu telt dit einde als uitstroom naar overig.",
    ),
    (
        "U13", "uitkeringen", WAARSCHUWING, BLIJFT,
        "na einde door relatie of partner (02, 97) loopt de uitkering in hetzelfde huishouden door; geen uitstroom",
        "Niets als dit klopt; de termijn is gat_dagen onder [bron].",
    ),
    (
        "U14", "uitkeringen", WAARSCHUWING, BLIJFT, "regeling is leeg; telt als algemeen",
        "Vul de regeling aan als het geen algemene bijstand is.",
    ),
    (
        "U15", "uitkeringen", WAARSCHUWING, WEGGELATEN, "regeling hoort niet bij de gebruikte regelingen",
        "Niets als dit de bedoeling is; zet anders regelingen onder [bron.uitkeringen].",
    ),
    (
        "U16", "uitkeringen", WAARSCHUWING, BLIJFT,
        "huishouden_id hoort bij meer dan tien cliënten en wordt niet gebruikt (standaardwaarde?)",
        "Laat huishouden_id leeg als het huishouden onbekend is.",
    ),
    (
        "U17", "uitkeringen", WAARSCHUWING, BLIJFT,
        "kolom is bijna overal een getal, maar deze waarde niet; de kolom wordt een categorie",
        'Verbeter de waarde, of zet soort.KENMERK = "numeriek" onder [kenmerken].',
    ),
    (
        "U18", "uitkeringen", BLOKKADE, GESTOPT, "de gegevens houden op voor het einde van het venster",
        "Zet peildatum, of venster_tot onder [bron], op de genoemde datum, of lever een nieuwe export.",
    ),
    (
        "U19", "uitkeringen", WAARSCHUWING, BLIJFT, "de gegevens houden misschien op voor de peildatum",
        "Controleer tot welke datum de export loopt; zet peildatum, of venster_tot onder [bron], op die datum.",
    ),
    # -- inzet
    (
        "I01", "inzet", BLOKKADE, GESTOPT, "onbekende instrumentcode",
        "Noem de code bij een [[instrument]], in groepeer of in negeer onder [bron.inzet].",
    ),
    ("I02", "inzet", WAARSCHUWING, WEGGELATEN, "instrumentcode staat in negeer", "Niets als dit de bedoeling is."),
    (
        "I03", "inzet", WAARSCHUWING, WEGGELATEN, "begindatum ontbreekt: de inzet is niet begonnen",
        "Vul de begindatum aan als de inzet wel begonnen is.",
    ),
    (
        "I04", "inzet", WAARSCHUWING, WEGGELATEN, "inzet is besteld, niet verschenen of geannuleerd: niet begonnen",
        "Verbeter de status als de inzet wel begonnen is.",
    ),
    ("I05", "inzet", FOUT, AFGEKEURD, "geplande einddatum ligt voor de begindatum", "Verbeter een van beide datums."),
    (
        "I06", "inzet", WAARSCHUWING, WEGGELATEN, "begindatum ligt na de peildatum",
        "Niets als de export later is gemaakt; controleer anders de peildatum.",
    ),
    (
        "I07", "inzet", WAARSCHUWING, BLIJFT, "einddatum ligt na de peildatum",
        "Niets als dit een gepland einde is; dat hoort in geplande_einddatum.",
    ),
    (
        "I08", "inzet", WAARSCHUWING, BLIJFT,
        "inzet begint buiten elke uitkeringsperiode van de cliënt en het huishouden",
        "Controleer de datums, of lever de ontbrekende uitkeringsperioden aan.",
    ),
    (
        "I09", "inzet", WAARSCHUWING, BLIJFT, "inzet hoort bij de uitkering van de partner (huishouden_id)",
        "Niets als dit klopt; de inzet telt mee voor het huishouden.",
    ),
    (
        "I10", "inzet", WAARSCHUWING, BLIJFT, "aanmelddatum ligt na de begindatum",
        "Controleer de aanmelddatum: zij hoort op of voor de begindatum te liggen.",
    ),
    (
        "I11", "inzet", WAARSCHUWING, BLIJFT,
        "kolom einddatum ontbreekt: elke inzet telt als lopend tot het geplande einde",
        "Lever einddatum mee (leeg = loopt nog): alleen dan is te zien wat uitliep of eerder stopte.",
    ),
    (
        "I12", "inzet", WAARSCHUWING, BLIJFT,
        "veel lopende inzet had al meer dan een jaar geleden moeten eindigen",
        "Sluit in het bronsysteem af wat voorbij is: zolang het loopt, krijgt de klant geen uitspraak ('loopt al').",
    ),
    # -- gronden, kenmerken_historie
    ("G01", "gronden", FOUT, AFGEKEURD, "geldig_tot ligt voor grond_datum", "Verbeter een van beide datums."),
    (
        "G02", "gronden", WAARSCHUWING, WEGGELATEN, "grond_datum ligt na de peildatum",
        "Niets als de export later is gemaakt; op de peildatum was deze grond er niet.",
    ),
    (
        "H01", "kenmerken_historie", WAARSCHUWING, WEGGELATEN,
        "kenmerk is geen kolom van uitkeringen en wordt niet gebruikt",
        "Verbeter de naam, of noem het kenmerk onder [kenmerken] gebruik.",
    ),
    (
        "H02", "kenmerken_historie", WAARSCHUWING, WEGGELATEN, "vanaf ligt na de peildatum",
        "Niets als de export later is gemaakt; op de peildatum gold deze waarde niet.",
    ),
    # -- further tables
    ("O01", "aanvragen", FOUT, AFGEKEURD, "besluitdatum ligt voor de aanvraagdatum", "Verbeter een van beide datums."),
    ("O02", "contracten", FOUT, AFGEKEURD, "minimum is groter dan maximum", "Verbeter een van beide aantallen."),
)  # fmt: skip

REGELS: Final[Mapping[str, Regel]] = MappingProxyType(
    {
        code: Regel(code=code, tabel=tabel, ernst=ernst, gevolg=gevolg, omschrijving=wat, wat_te_doen=doe)
        for code, tabel, ernst, gevolg, wat, doe in _TABEL
    }
)

_INLEIDING: Final = """\
# Regels voor de invoer

Dit bestand wordt gemaakt uit `kompas.bron.REGELS`; wijzig het daar.

Elke waarde die niet past, wordt een bevinding met bestand, rij, kolom, waarde, regel en wat u kunt doen. Alle
bevindingen worden eerst verzameld; `kompas controleer` schrijft ze in `bevindingen.csv`. Rij 1 is de kop, de eerste rij
met gegevens is rij 2, zoals in Excel.

| ernst | betekenis |
|---|---|
| fout | de rij wordt afgekeurd en geteld; boven `max_afgekeurd` (standaard 1%) per tabel stopt de run (exitcode 3) |
| waarschuwing | de run gaat door; bij 'rij weggelaten' telt de rij niet mee, en dat wordt geteld |
| blokkade | de run stopt (exitcode 3) |

Waarschuwingen die vaak voorkomen staan als één regel per waarde in de lijst, met het aantal rijen in `aantal`. Een
client_id dat een BSN lijkt, is geen bevinding maar een weigering (exitcode 5). Waarden die op een BSN lijken staan niet
in de lijst. Begint een waarde met = + - of @, dan staat er een ' voor, zodat Excel haar niet als formule leest.

| regel | tabel | ernst | gevolg | wat er mis is | wat u kunt doen |
|---|---|---|---|---|---|
"""


def regels_markdown() -> str:
    """Return the text of ``docs/regels.md``: every rule, what it does and what to do about it.

    Examples
    --------
    >>> regels_markdown().splitlines()[0]
    '# Regels voor de invoer'
    """
    rijen = [
        f"| {r.code} | {r.tabel} | {r.ernst} | {r.gevolg} | {r.omschrijving} | {r.wat_te_doen} |"
        for r in REGELS.values()
    ]
    return _INLEIDING + "\n".join(rijen) + "\n"
