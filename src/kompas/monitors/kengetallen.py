"""What every kengetal of the uitvoeringsmonitor counts: each carries its definition wherever it is shown.

The same programme succeeded for 64%, 75% or 82% of its clients, by what was called success (see `succes`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from kompas.monitors.kengetalvorm import (
    JONG,
    NA_HANDHAVING_MAANDEN,
    NA_TRAJECT_MAANDEN,
    START_DAGEN,
    TELWIJZEN,
    TERMIJN_DAGEN,
    UREN_PER_FTE,
    Kengetal,
)

__all__ = ["KENGETALLEN", "Kengetal", "definitietabel", "succes"]

_ALLEEN_MANAGEMENT = ("management",)
_MET_UREN = ("management", "teamleider", "team")


def _duurzaam(maanden: int) -> Kengetal:
    return Kengetal(
        code=f"duurzaam_{maanden}m",
        werkstroom="uitstroom",
        label=f"Duurzaam werk na {maanden} maanden",
        definitie=(
            f"Van de huishoudens die naar werk uitstroomden, het deel dat {maanden} maanden later niet terug was in de "
            f"bijstand. Telt over twaalf maanden uitstroom die nu alle {maanden} maanden gevolgd zijn."
        ),
        eenheid="fractie",
        richting="hoger",
        telwijze="12m",
        toeval="aandeel",
    )


def _traject(code: str, label: str, wat: str) -> Kengetal:
    return Kengetal(
        code=code,
        werkstroom="uitstroom",
        label=label,
        definitie=(
            f"Van de trajecten die volgens plan afliepen, het deel waarvan het huishouden binnen {NA_TRAJECT_MAANDEN} "
            f"maanden daarna {wat}. Telt over twaalf maanden die nu gevolgd zijn. Dit is geen effect: een deel was ook "
            "zonder traject vertrokken."
        ),
        eenheid="fractie",
        richting="hoger",
        telwijze="12m",
        toeval="aandeel",
        tabellen=("uitkeringen", "inzet"),
    )


_POORT = (
    Kengetal(
        code="instroom",
        werkstroom="poort",
        label="Instroom",
        definitie="Huishoudens van wie de uitkering begon. Een onderbreking korter dan gat_dagen is geen instroom.",
        eenheid="aantal",
        richting="lager",
        telwijze="jaar",
        toeval="aantal",
        normpad="seizoen",
    ),
    Kengetal(
        code="preventiequote",
        werkstroom="poort",
        label="Preventiequote",
        definitie=(
            "Van de aanvragen waarop is beslist, het deel dat niet tot een uitkering leidde: afgewezen, buiten "
            "behandeling of ingetrokken. Een hoge quote is op zich niet goed of slecht: ook wie recht had en afzag, "
            "telt mee."
        ),
        eenheid="fractie",
        richting="hoger",
        telwijze="jaar",
        toeval="aandeel",
        niveaus=_ALLEEN_MANAGEMENT,
        tabellen=("aanvragen",),
    ),
    Kengetal(
        code="doorlooptijd_dagen",
        werkstroom="poort",
        label="Doorlooptijd van een aanvraag",
        definitie="Gemiddeld aantal dagen van aanvraag tot besluit, over de aanvragen waarop is beslist.",
        eenheid="dagen",
        richting="lager",
        telwijze="jaar",
        toeval="gemiddelde",
        niveaus=_ALLEEN_MANAGEMENT,
        tabellen=("aanvragen",),
    ),
    Kengetal(
        code="besluit_in_termijn",
        werkstroom="poort",
        label="Besluit binnen de termijn",
        definitie=(
            f"Van de aanvragen waarop is beslist, het deel met een besluit binnen {TERMIJN_DAGEN} dagen (acht weken, "
            "Awb artikel 4:13). Een lopende aanvraag die ouder is, telt mee als te laat."
        ),
        eenheid="fractie",
        richting="hoger",
        telwijze="jaar",
        toeval="aandeel",
        niveaus=_ALLEEN_MANAGEMENT,
        tabellen=("aanvragen",),
    ),
    Kengetal(
        code="instroom_jongeren",
        werkstroom="poort",
        label=f"Instroom van jongeren onder de {JONG}",
        definitie=f"Huishoudens van wie de uitkering begon voordat de hoofdaanvrager {JONG} jaar was.",
        eenheid="aantal",
        richting="lager",
        telwijze="jaar",
        toeval="aantal",
        normpad="seizoen",
    ),
)

_UITSTROOM = (
    Kengetal(
        code="uitstroom",
        werkstroom="uitstroom",
        label="Uitstroom",
        definitie=(
            "Huishoudens van wie de uitkering eindigde, om welke reden ook. Een onderbreking korter dan gat_dagen is "
            "geen uitstroom; het bereiken van de AOW-leeftijd wel."
        ),
        eenheid="aantal",
        richting="hoger",
        telwijze="jaar",
        toeval="aantal",
        normpad="seizoen",
    ),
    Kengetal(
        code="uitstroom_werk",
        werkstroom="uitstroom",
        label="Uitstroom naar werk",
        definitie="Huishoudens van wie de uitkering eindigde met werk als reden: in dienst of als zelfstandige.",
        eenheid="aantal",
        richting="hoger",
        telwijze="jaar",
        toeval="aantal",
        normpad="seizoen",
    ),
    *(_duurzaam(m) for m in (3, 6, 12)),
    Kengetal(
        code="terugval_12m",
        werkstroom="uitstroom",
        label="Terugval binnen 12 maanden",
        definitie=(
            "Van de huishoudens die uitstroomden, het deel dat binnen 12 maanden terug was in de bijstand. Telt over "
            "twaalf maanden uitstroom die nu een jaar gevolgd zijn; zonder overlijden, verhuizing en AOW."
        ),
        eenheid="fractie",
        richting="lager",
        telwijze="12m",
        toeval="aandeel",
    ),
    Kengetal(
        code="plaatsingen",
        werkstroom="uitstroom",
        label="Plaatsingen op een traject",
        definitie=(
            "Begonnen inzetten van instrumenten die geen handhaving zijn, bij huishoudens met een uitkering. Wat "
            "besteld, geannuleerd of niet verschenen is, telt niet."
        ),
        eenheid="aantal",
        richting="hoger",
        telwijze="jaar",
        toeval="aantal",
        normpad="recht",
        tabellen=("uitkeringen", "inzet"),
    ),
    Kengetal(
        code="start_binnen_3_weken",
        werkstroom="uitstroom",
        label="Start binnen drie weken",
        definitie=f"Van de begonnen trajecten, het deel dat binnen {START_DAGEN} dagen na de aanmelding begon.",
        eenheid="fractie",
        richting="hoger",
        telwijze="jaar",
        toeval="aandeel",
        tabellen=("uitkeringen", "inzet"),
    ),
    _traject("traject_naar_werk_6m", "Na een traject naar werk", "een baan had en geen uitkering meer"),
    _traject("traject_uit_bijstand_6m", "Na een traject uit de bijstand", "geen uitkering meer had"),
    Kengetal(
        code="wdeel_benut",
        werkstroom="uitstroom",
        label="Benutting van het W-deel",
        definitie=(
            "Kosten van de inzetten die dit jaar begonnen, gedeeld door het werkdeel van dit jaar volgens de laatste "
            "vaststelling. Een norm voor het jaar loopt in een rechte lijn op. Betalingen zonder inzet (zoals een "
            "minimum in een contract) tellen niet."
        ),
        eenheid="fractie",
        richting="hoger",
        telwijze="jaar",
        toeval="geen",
        normpad="recht",
        niveaus=_ALLEEN_MANAGEMENT,
        tabellen=("inzet", "budget"),
    ),
)

_ZITTEND = (
    Kengetal(
        code="volume",
        werkstroom="zittend_bestand",
        label="Aantal huishoudens in de bijstand",
        definitie=(
            "Huishoudens onder de AOW-leeftijd met een uitkering die na de maand doorloopt. De norm is die voor het "
            "eind van het jaar; het pad erheen is een rechte lijn vanaf de stand aan het eind van vorig jaar."
        ),
        eenheid="aantal",
        richting="lager",
        telwijze="stand",
        toeval="stand",
        normpad="stand",
    ),
    Kengetal(
        code="uitkeringsdichtheid",
        werkstroom="zittend_bestand",
        label="Uitkeringsdichtheid",
        definitie="Huishoudens met bijstand, gedeeld door alle huishoudens in de gemeente.",
        eenheid="fractie",
        richting="lager",
        telwijze="stand",
        toeval="stand",
        niveaus=_ALLEEN_MANAGEMENT,
        tabellen=("uitkeringen", "referentie"),
    ),
    Kengetal(
        code="aandeel_in_traject",
        werkstroom="zittend_bestand",
        label="Aandeel in traject",
        definitie=(
            "Van de huishoudens met een uitkering, het deel met een lopende inzet van een instrument dat geen "
            "handhaving is."
        ),
        eenheid="fractie",
        richting="hoger",
        telwijze="stand",
        toeval="aandeel",
        tabellen=("uitkeringen", "inzet"),
    ),
    Kengetal(
        code="caseload",
        werkstroom="zittend_bestand",
        label="Huishoudens per fte",
        definitie=(
            f"Huishoudens met een uitkering per fte. Een fte is {UREN_PER_FTE:.0f} uur per maand; de uren zijn het "
            "gemiddelde per maand over het jaar tot nu."
        ),
        eenheid="aantal",
        richting="lager",
        telwijze="stand",
        toeval="geen",
        niveaus=_MET_UREN,
        tabellen=("uitkeringen", "capaciteit"),
    ),
    Kengetal(
        code="niet_gezien_6m",
        werkstroom="zittend_bestand",
        label="Zes maanden niet gezien",
        definitie="Van de huishoudens met een uitkering, het deel met wie zes maanden geen gesprek was.",
        eenheid="fractie",
        richting="lager",
        telwijze="stand",
        toeval="aandeel",
        tabellen=("contacten",),
    ),
    Kengetal(
        code="langer_dan_3_jaar",
        werkstroom="zittend_bestand",
        label="Langer dan drie jaar bijstand",
        definitie="Van de huishoudens met een uitkering, het deel waarvan die drie jaar of langer geleden begon.",
        eenheid="fractie",
        richting="lager",
        telwijze="stand",
        toeval="aandeel",
    ),
)

_HANDHAVING = (
    Kengetal(
        code="huisbezoek_met_grond",
        werkstroom="handhaving",
        label="Huisbezoeken met grond",
        definitie=(
            "Van de begonnen inzetten van een handhavingsinstrument, het deel waarvoor vooraf een concrete grond bij "
            "deze klant was vastgelegd die op die dag gold. Een risicoprofiel is geen grond."
        ),
        eenheid="fractie",
        richting="hoger",
        telwijze="jaar",
        toeval="aandeel",
        tabellen=("uitkeringen", "inzet", "gronden"),
    ),
    Kengetal(
        code="beeindigd_na_handhaving",
        werkstroom="handhaving",
        label="Beëindigd na handhaving",
        definitie=(
            f"Uitkeringen die binnen {NA_HANDHAVING_MAANDEN} maanden na een handhavingsinzet eindigden met een "
            "handhavingsreden. Dit is geen effect: een deel was ook zonder die inzet geëindigd."
        ),
        eenheid="aantal",
        richting="hoger",
        telwijze="jaar",
        toeval="aantal",
        normpad="recht",
        tabellen=("uitkeringen", "inzet"),
    ),
    Kengetal(
        code="handhaving_kosten_per_einde",
        werkstroom="handhaving",
        label="Handhavingskosten per beëindiging",
        definitie=(
            "Kosten van de handhavingsinzetten die dit jaar begonnen, gedeeld door de uitkeringen die daarna met een "
            "handhavingsreden eindigden. Wat een inzet werkelijk oplevert, staat in de instrumentencatalogus."
        ),
        eenheid="euro",
        richting="lager",
        telwijze="jaar",
        toeval="geen",
        niveaus=_ALLEEN_MANAGEMENT,
        tabellen=("uitkeringen", "inzet"),
    ),
    Kengetal(
        code="vorderingen_geind",
        werkstroom="handhaving",
        label="Geïnde vorderingen",
        definitie="Van het openstaande bedrag aan vorderingen, het deel dat dit jaar is terugbetaald.",
        eenheid="fractie",
        richting="hoger",
        telwijze="jaar",
        toeval="geen",
        niveaus=_ALLEEN_MANAGEMENT,
        tabellen=("vorderingen",),
    ),
)

KENGETALLEN: Mapping[str, Kengetal] = {k.code: k for k in (*_POORT, *_UITSTROOM, *_ZITTEND, *_HANDHAVING)}


def definitietabel() -> pd.DataFrame:
    """Return one row per kengetal: kengetal, werkstroom, label, definitie, eenheid, richting, telwijze, tabellen."""
    return pd.DataFrame(
        {
            "kengetal": [k.code for k in KENGETALLEN.values()],
            "werkstroom": [k.werkstroom for k in KENGETALLEN.values()],
            "label": [k.label for k in KENGETALLEN.values()],
            "definitie": [k.definitie for k in KENGETALLEN.values()],
            "eenheid": [k.eenheid for k in KENGETALLEN.values()],
            "richting": [k.richting for k in KENGETALLEN.values()],
            "telwijze": [TELWIJZEN[k.telwijze] for k in KENGETALLEN.values()],
            "tabellen": [", ".join(k.tabellen) for k in KENGETALLEN.values()],
        }
    )


def succes(uitkomsten: Mapping[str, float], telt: Collection[str]) -> float:
    """Share of the clients that succeeded, by what is called success.

    Parameters
    ----------
    uitkomsten : mapping of outcome to number of clients
        Outcomes exclude each other.
    telt : collection of str
        Outcomes that count as success.

    Returns
    -------
    float
        nan without clients.

    Examples
    --------
    One programme, three figures (essay: 64%, 75% or 82%):

    >>> n = {"werk": 64, "opleiding": 11, "geen uitkering": 7, "anders": 18}
    >>> succes(n, {"werk"}), succes(n, {"werk", "opleiding"}), succes(n, {"werk", "opleiding", "geen uitkering"})
    (0.64, 0.75, 0.82)
    """
    totaal = sum(uitkomsten.values())
    return sum(n for wat, n in uitkomsten.items() if wat in telt) / totaal if totaal > 0 else float("nan")
