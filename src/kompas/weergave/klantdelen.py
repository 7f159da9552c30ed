"""What is said about one client, in plain Dutch (B1): sections that terminal, page and PDF share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from kompas.klantbeeld import Klantbeeld
from kompas.klantinvoer import GETYPT
from kompas.weergave.getallen import aantal, datum, euro, getal, klein_aantal, percent, som_op
from kompas.weergave.htmltabel import Deel, Stuk, teksttabel
from kompas.weergave.klantplaat import curveplaten

LEEG = "–"
ADVIES: Mapping[str, str] = MappingProxyType({"ja": "ja", "nee": "nee", "geen_uitspraak": "geen uitspraak"})
REDENEN: Mapping[str, str] = MappingProxyType(
    {
        "loopt al": "Dit loopt al. Er is nu niets te kiezen.",
        "geen vastgelegde concrete grond voor deze klant": "Geen vastgelegde concrete grond.",
        "geen uitspraak over deze klant mogelijk": "Over deze klant kan het model niets zeggen.",
        "effect: niet vastgesteld": "Het is niet aangetoond dat dit verschil maakt.",
        "effect: onvoldoende gegevens": "Er zijn te weinig gegevens over dit instrument.",
        "te weinig vergelijkbare klanten kregen dit": "Te weinig klanten zoals deze kregen dit.",
        "uitkeringsbedrag onbekend": "Het bedrag van de uitkering is niet bekend.",
        "kosten van het instrument onbekend": "De kosten van het instrument zijn niet bekend.",
        "ondergrens van het saldo is niet positief": "Het kan meer opleveren dan het kost. Dat is niet zeker genoeg.",
        "levert naar verwachting meer op dan het kost": "Dit levert naar verwachting meer op dan het kost.",
    }
)
OORDELEN: Mapping[str, str] = MappingProxyType(
    {
        "vastgesteld": "het effect is vastgesteld",
        "afhankelijk_van_aanname": "het effect hangt af van een aanname",
        "niet_vastgesteld": "het effect is niet vastgesteld",
        "onvoldoende_gegevens": "er zijn te weinig gegevens",
    }
)
BESLISSEN = (
    "Dit is een advies van een rekenmodel. Het model beslist niets. U beslist, samen met de klant.",
    "Leg vast of u het advies volgt en waarom. Dat geldt ook als u iets anders doet.",
    (
        "De klant mag vragen hoe dit cijfer is gemaakt. Klopt er iets niet, dan kan de klant dat zeggen. U past de "
        "gegevens dan aan."
    ),
    "Neemt de gemeente een besluit? Dan kan de klant bezwaar maken. Hoe dat gaat, staat in de brief met het besluit.",
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Inhoud:
    """The whole text: title, line under it, sections."""

    titel: str
    onder: str
    delen: tuple[Deel, ...]


def reden_in_woorden(reden: str) -> str:
    """A reason of the list in a plain sentence.

    Examples
    --------
    >>> reden_in_woorden("loopt al")
    'Dit loopt al. Er is nu niets te kiezen.'
    >>> reden_in_woorden("kans op een positief saldo is kleiner dan 80%")
    'De kans dat het meer oplevert dan het kost, is kleiner dan 80%.'
    """
    kop = "kans op een positief saldo is kleiner dan "
    if reden.startswith(kop):
        return f"De kans dat het meer oplevert dan het kost, is kleiner dan {reden.removeprefix(kop)}."
    if reden.startswith("levert meer op dan het kost, mits"):
        return (
            "Dit levert meer op dan het kost. Dat geldt als klanten met dezelfde kenmerken ook verder op elkaar lijken."
        )
    return REDENEN.get(reden, f"{reden[:1].upper()}{reden[1:].rstrip('.')}." if reden else "")


def _maanden(x: float) -> str:
    return getal(x, 1, leeg=LEEG)


def _marge(midden: str, laag: Any, hoog: Any, vorm: Any) -> str:
    """A figure with its interval."""
    return midden if midden == LEEG or pd.isna(laag) else f"{midden} ({vorm(laag)} tot {vorm(hoog)})"


def _euro(x: Any) -> str:
    return euro(x, leeg=LEEG)


def _kans(x: Any) -> str:
    """A chance; never a round 0% or 100%, for nothing is certain.

    Examples
    --------
    >>> _kans(0.001), _kans(0.5), _kans(0.9999), _kans(None)
    ('minder dan 1%', '50%', 'meer dan 99%', '–')
    """
    if pd.isna(x):
        return LEEG
    return "minder dan 1%" if x < 0.01 else "meer dan 99%" if x > 0.99 else percent(x)


def _kort(b: Klantbeeld) -> Deel:
    """The answer first."""
    wie = "Naar verwachting krijgt deze klant"
    zinnen = [
        (
            f"{wie} in de komende {b.horizon} maanden nog {_maanden(b.verwacht)} maanden bijstand. Dat geldt als er "
            f"niets nieuws begint. Het model kan ernaast zitten: de marge is {_maanden(b.laag)} tot "
            f"{_maanden(b.hoog)} maanden."
        )
    ]
    if b.spreiding is not None:
        zinnen.append(
            f"Dit is een gemiddelde. Wij weten niet alles van deze klant. Bij 8 van de 10 klanten met dezelfde "
            f"ingevulde kenmerken ligt de verwachting tussen {_maanden(b.spreiding[0])} en {_maanden(b.spreiding[1])} "
            "maanden. Zo veel kan één klant verschillen."
        )
    jaar = b.kansen[b.kansen["maand"] == 12]
    if len(jaar):
        zinnen.append(
            f"De kans dat de uitkering binnen een jaar stopt, is {percent(jaar['kans_uitstroom'].iloc[0])}. "
            f"De kans op werk binnen een jaar is {percent(jaar['kans_werk'].iloc[0])}."
        )
    rijen = [
        [r["naam"], ADVIES[r["indicatie"]], reden_in_woorden(str(r["reden"]))] for r in b.opties.to_dict("records")
    ]
    tabel = teksttabel(
        "advies", "Advies per instrument", {"Instrument": False, "Advies": False, "Waarom": False}, rijen
    )
    stukken = [Stuk(zinnen=tuple(zinnen), tabel=tabel if rijen else None)]
    slot = ["De instrumenten staan op alfabet. Er is niets vooraf gekozen. U beslist, niet het model."]
    if (b.opties["indicatie"] == "geen_uitspraak").any():
        slot.append("'Geen uitspraak' betekent: wij weten het niet. Het betekent niet dat het niet werkt.")
    stukken.append(Stuk(zinnen=tuple(slot)))
    if b.waarschuwingen:
        stukken.append(Stuk(kop="Let op", punten=b.waarschuwingen))
    return Deel(id="kort", kop="In het kort", kort="In het kort", stukken=tuple(stukken))


def _bekend(b: Klantbeeld) -> Deel:
    tabel = teksttabel("bekend", "Wat wij van deze klant weten", {"Kenmerk": False, "Waarde": False}, b.kenmerken)
    zinnen: tuple[str, ...] = ()
    if b.gemiddeld:
        zinnen = (
            (
                f"Niet ingevuld: {som_op([g.lower() for g in b.gemiddeld])}. Daarvoor is gerekend met het "
                "gemiddelde van klanten met dezelfde ingevulde kenmerken. Vult u meer in, dan wordt het cijfer "
                "preciezer."
            ),
        )
    return Deel(id="klant", kop="Over deze klant", kort="Klant", stukken=(Stuk(tabel=tabel), Stuk(zinnen=zinnen)))


def _opties(b: Klantbeeld) -> Deel:
    """Options side by side; nothing is chosen, nothing is ranked."""
    koppen = {
        "Instrument": False,
        "Maanden korter bijstand (marge)": True,
        "Opbrengst": True,
        "Kosten": True,
        "Opbrengst min kosten (marge)": True,
        "Kans op voordeel": True,
    }
    rijen = [
        [
            r["naam"],
            _marge(_maanden(r["maanden_bespaard"]), r["maanden_laag"], r["maanden_hoog"], _maanden),
            _euro(r["opbrengst"]),
            _euro(r["kosten"]),
            _marge(_euro(r["netto"]), r["netto_laag"], r["netto_hoog"], _euro),
            _kans(r["kans_positief"]),
        ]
        for r in b.opties.to_dict("records")
    ]
    zinnen = [
        (
            "De tabel vergelijkt: het instrument begint nu, of er begint niets. Een min bij de maanden betekent: "
            "langer in de bijstand. De marge is een gebied waarin het echte cijfer met 95% zekerheid ligt, als het "
            "model klopt."
        ),
        f"Een 'ja' vraagt een kans op voordeel van minstens {percent(b.minimum)}.",
    ]
    vaag = b.opties[(b.opties["indicatie"] == "geen_uitspraak") & b.opties["maanden_bespaard"].notna()]
    if len(vaag):
        zinnen.append("Bij 'geen uitspraak' staan geen bedragen. Op de maanden kunt u dan niet bouwen.")
    tussen = [
        f"{r['naam']}: tussen {_euro(r['netto_p10'])} en {_euro(r['netto_p90'])} bij 8 van de 10 klanten met dezelfde "
        "ingevulde kenmerken."
        for r in b.opties.to_dict("records")
        if not pd.isna(r["netto_p10"])
    ]
    tabel = teksttabel("opties-tabel", "Wat elk instrument naar verwachting oplevert", koppen, rijen)
    stukken = [Stuk(zinnen=tuple(zinnen), tabel=tabel)]
    if tussen:
        stukken.append(Stuk(kop="Hoeveel het per klant verschilt", punten=tuple(tussen)))
    return Deel(id="opties", kop="De mogelijkheden naast elkaar", kort="Mogelijkheden", stukken=tuple(stukken))


def _kansen(b: Klantbeeld) -> Deel:
    koppen = {"Binnen": False, "Uitkering gestopt": True, "Aan het werk": True}
    rijen = [
        [f"{r.maand} maanden", percent(r.kans_uitstroom), percent(r.kans_werk, leeg="niet bekend")]
        for r in b.kansen.itertuples()
    ]
    tabel = teksttabel("kansen-tabel", "Kans als er niets nieuws begint", koppen, rijen)
    zin = (
        "Van tien klanten met een kans van 60% stopt de uitkering bij ongeveer zes. Wie dat zijn, zegt het cijfer niet."
    )
    platen = tuple(Stuk(svg=p.svg, bijschrift=p.titel, tabel=p.tabel, dicht=True) for p in curveplaten(b))
    return Deel(
        id="kansen",
        kop="Hoe groot is de kans dat de uitkering stopt?",
        kort="Kansen",
        stukken=(Stuk(tabel=tabel, zinnen=(zin,)), *platen),
    )


def _onbekend(b: Klantbeeld) -> Deel:
    punten = [
        f"{r['naam']}: {_klein(reden_in_woorden(str(r['reden'])))}"
        for r in b.opties.to_dict("records")
        if r["indicatie"] == "geen_uitspraak" and r["reden"] != "loopt al"
    ]
    aanname = [r["naam"] for r in b.opties.to_dict("records") if r["oordeel"] == "afhankelijk_van_aanname"]
    if aanname:
        punten.append(
            f"Het effect van {som_op(aanname)} hangt af van een aanname: klanten met dezelfde kenmerken lijken ook "
            "verder op elkaar. Of dat zo is, kan niemand in de gegevens zien."
        )
    if (b.opties["meter"] == "handhaving").any():
        namen = som_op([r["naam"] for r in b.opties.to_dict("records") if r["meter"] == "handhaving"])
        punten.append(
            f"{namen}: dat mag alleen als er voor deze klant een concrete grond is vastgelegd. Een cijfer is nooit een "
            "grond. Wat het voor alle klanten samen oplevert, staat in het herijkingsrapport."
        )
    punten.append(
        "Het model kent alleen wat in de gegevens staat. Motivatie, gezondheid, schulden en wat u in het gesprek "
        "hoort, kent het niet."
    )
    return Deel(id="onbekend", kop="Wat weten we niet?", kort="Onbekend", stukken=(Stuk(punten=tuple(punten)),))


def _rust(b: Klantbeeld) -> Deel:
    """How old the data are, and on whom the figures rest."""
    ouder = round((b.peildatum - b.modeldatum).days / 30.44)
    oud = (
        f" Dat is {ouder} {'maand' if ouder == 1 else 'maanden'} voor de dag van deze berekening." if ouder > 0 else ""
    )
    zinnen = [
        (
            f"Het model is gemaakt met gegevens van {b.gemeente} van {datum(b.venster_van)} tot en met "
            f"{datum(b.venster_tot)}.{oud} Wat daarna veranderde, kent het niet."
        ),
        (
            f"Samen zijn dat {aantal(b.persoonmaanden)} maanden bijstand, waarin {aantal(b.gebeurtenissen)} keer een "
            "uitkering stopte."
        ),
        _gelijken(b),
    ]
    koppen = {
        "Instrument": False,
        "Zo vaak ingezet": True,
        "Daarna of tijdens gestopt": True,
        "Bij klanten zoals deze": False,
    }
    rijen = [
        [
            r["naam"],
            klein_aantal(r["inzetten"]),
            klein_aantal(r["gebeurtenissen"]),
            f"{'genoeg' if r['steun'] >= 0.9 else 'te weinig'}; {OORDELEN[r['oordeel']]}",
        ]
        for r in b.opties.to_dict("records")
    ]
    tabel = teksttabel("rust-tabel", "Waar het effect van elk instrument op rust", koppen, rijen)
    stukken = [Stuk(zinnen=tuple(z for z in zinnen if z)), *_waarom(b), Stuk(tabel=tabel)]
    if b.modelwaarschuwingen:
        n = len(b.modelwaarschuwingen)
        stukken.append(
            Stuk(
                zinnen=(
                    (
                        f"Bij het model {'hoort een waarschuwing' if n == 1 else f'horen {n} waarschuwingen'}. Lees "
                        "het herijkingsrapport."
                    ),
                )
            )
        )
    return Deel(id="rust", kop="Waar rust dit cijfer op?", kort="Onderbouwing", stukken=tuple(stukken))


def _waarom(b: Klantbeeld) -> tuple[Stuk, ...]:
    """What makes this client differ from the average one."""
    if pd.isna(b.referentie):
        return (Stuk(kop="Waarom dit cijfer", zinnen=(_hoofdletter(str(b.rij["waarom"].iloc[0])),)),)
    zin = (
        f"De gemiddelde klant krijgt nog {_maanden(b.referentie)} maanden. Bij deze klant is dat "
        f"{_maanden(b.verwacht)}. De tabel laat zien waar het verschil vandaan komt. Een min betekent: korter in de "
        "bijstand dan gemiddeld. Dit zijn verbanden, geen oorzaken."
    )
    rijen = [[_hoofdletter(str(r.tekst)), _maanden(r.maanden)] for r in b.factoren.itertuples()]
    rijen.append(["Samen", _maanden(b.verwacht - b.referentie)])
    tabel = teksttabel("factoren", "Verschil met de gemiddelde klant", {"Door": False, "Maanden": True}, rijen)
    return (Stuk(kop="Waarom dit cijfer", zinnen=(zin,), tabel=tabel),)


def _klein(tekst: str) -> str:
    return tekst[:1].lower() + tekst[1:]


def _gelijken(b: Klantbeeld) -> str:
    if not b.gelijk_op:
        return ""
    op = som_op(list(b.gelijk_op))
    if round(b.gelijken) < 10:
        return (
            f"Minder dan 10 lopende klanten zijn gelijk in {op}. Het model rekent dan met wat het van ieder kenmerk "
            "apart weet. Wees voorzichtig met dit cijfer."
        )
    return f"Toen het model werd gemaakt, waren ongeveer {aantal(round(b.gelijken))} lopende klanten gelijk in {op}."


def _verandert(b: Klantbeeld) -> Deel:
    codes = [c for c in b.opties["instrument"] if c in b.verandert and b.verandert[c].notna().any()]
    namen = dict(zip(b.opties["instrument"], b.opties["naam"], strict=True))
    koppen = {"Situatie": False, "Verwachte maanden": True} | {f"{namen[c]}: maanden korter": True for c in codes}
    rijen = [
        [_hoofdletter(str(r["wat"])), _maanden(r["verwachte_maanden"]), *(_maanden(r[c]) for c in codes)]
        for r in b.verandert.to_dict("records")
    ]
    zin = (
        f"Steeds gaat het om de {b.horizon} maanden die dan volgen. Er zijn meer manieren om het effect te berekenen; "
        "de laagste en de hoogste laten zien hoeveel dat uitmaakt."
        if any("rekenwijzen" in str(w) for w in b.verandert["wat"])
        else f"Steeds gaat het om de {b.horizon} maanden die dan volgen."
    )
    tabel = teksttabel("verandert-tabel", "Hetzelfde cijfer in een andere situatie", koppen, rijen)
    return Deel(
        id="verandert", kop="Wat zou dit veranderen?", kort="Veranderen", stukken=(Stuk(zinnen=(zin,), tabel=tabel),)
    )


def _hoofdletter(tekst: str) -> str:
    return tekst[:1].upper() + tekst[1:]


def klantinhoud(b: Klantbeeld) -> Inhoud:
    """Return everything that is said about a client.

    Parameters
    ----------
    b : Klantbeeld

    Returns
    -------
    Inhoud
    """
    bron = "ingevulde kenmerken" if b.rij["client_id"].iloc[0] == GETYPT else "de gegevens"
    beslissen = Deel(id="beslissen", kop="Wie beslist?", kort="Beslissen", stukken=(Stuk(zinnen=BESLISSEN),))
    return Inhoud(
        titel="Wat kunt u verwachten voor deze klant?",
        onder=f"{b.gemeente}, peildatum {datum(b.peildatum)}, op grond van {bron}",
        delen=(_kort(b), _bekend(b), _opties(b), _kansen(b), _onbekend(b), _rust(b), _verandert(b), beslissen),
    )
