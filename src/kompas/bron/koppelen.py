"""Fit the config to the files: which column is which, do the names in the config exist. All problems at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence

from kompas.bron.tabellen import (
    AFGELEID,
    BESTEMMINGEN,
    GEEN_KENMERK,
    GEEN_REDEN,
    REDEN_EINDE,
    VASTE_CATEGORIE,
    VELDEN,
    veld,
)
from kompas.bron.typen import Kolom, Ruw
from kompas.bron.waarden import GOED, code_sleutel, getalsoort, lees_datum
from kompas.config import STANDAARD_KENMERKEN, Config, TabelBron
from kompas.fouten import GebruiksFout, naaste

Problemen = list[tuple[str, str]]
_NUMMER = re.compile(r"\d[\d\W]{2,}\w?|\D{1,4}\d[\d\W]{3,}\w?")  # an identifier: mostly digits; no 'BUS034'


def meld_problemen(problemen: Problemen) -> None:
    """Raise one ``GebruiksFout`` for all problems; the code is that of the first."""
    if not problemen:
        return
    code, bericht = problemen[0]
    if len(problemen) > 1:
        regels = [bericht, *(f"{c}: {b}" for c, b in problemen[1:])]
        bericht = f"{len(problemen)} problemen:\n  - " + "\n  - ".join(regels)
    raise GebruiksFout(code, bericht)


def gebruikte_kenmerken(config: Config) -> tuple[str, ...]:
    """Return the traits that must reach the model, in order, without the derived ones."""
    namen = dict.fromkeys((*config.kenmerken.namen, *config.model.effect_per))
    return tuple(n for n in namen if n not in AFGELEID)


def genoemde_kolommen(config: Config, tabel: str) -> tuple[str, ...]:
    """Return the extra columns of a table that the config uses: traits, groups and the rules of doelgroepen."""
    if tabel not in ("uitkeringen", "aanvragen"):
        return ()
    k = config.kenmerken
    namen = [*gebruikte_kenmerken(config), *k.banden, *k.soort, *k.motivering, *k.alleen_voorspelling]
    namen += [*config.monitor.groepen, *(d.kenmerk for d in config.doelgroep if d.kenmerk is not None)]
    namen += ["geboortedatum", "aanbod_datum"] if tabel == "aanvragen" else []
    return tuple(n for n in dict.fromkeys(namen) if n not in AFGELEID)


def koppel(
    ruw: Ruw, tabel: str, bron: TabelBron, problemen: Problemen, *, ook: Collection[str] = ()
) -> dict[str, Kolom]:
    """Name the columns of a file our way.

    Parameters
    ----------
    ruw : Ruw
        The file.
    tabel : str
        Which table it is.
    bron : TabelBron
        Its config, with ``kolommen`` (ours = theirs).
    problemen : list
        Problems found are added here: ``KMP-C012`` (column missing), ``KMP-C013`` (``kolommen`` names an unknown
        column or a name that kompas does not use), ``KMP-C014`` (two columns claim one name).
    ook : collection of str
        Names beside those of the contract that ``kolommen`` may give: see `genoemde_kolommen`.

    Returns
    -------
    dict of str to Kolom
        All columns of the file under our name, or their own when the config does not rename them.
    """
    if zonder_kop(ruw.koppen, tabel, bron):
        problemen.append(_geen_kop(ruw.bestand))
        return {}
    problemen.extend(_onbekende_namen(tabel, bron, ook))
    uit = _eigen_namen(ruw, bron, problemen)
    _hernoem(ruw, tabel, bron, uit, problemen)
    for v in VELDEN[tabel]:
        if v.nodig and v.naam not in uit and v.naam not in bron.kolommen:
            problemen.append(ontbreekt(v.naam, tabel, ruw.bestand, uit))
    return uit


def _eigen_namen(ruw: Ruw, bron: TabelBron, problemen: Problemen) -> dict[str, Kolom]:
    """Columns under the name in the file, but those that the config renames."""
    uit: dict[str, Kolom] = {}
    hernoemd = set(bron.kolommen.values())
    for kop, kolom in zip(ruw.koppen, ruw.kolommen, strict=True):
        if not kop or kop in hernoemd:
            continue
        if kop in uit or bron.kolommen.get(kop) in ruw.koppen:
            problemen.append(_twee(ruw.bestand, kop, bron.kolommen.get(kop)))
        elif kop not in bron.kolommen:
            uit[kop] = kolom
    return uit


def _hernoem(ruw: Ruw, tabel: str, bron: TabelBron, uit: dict[str, Kolom], problemen: Problemen) -> None:
    """Add the columns that the config renames."""
    for ons, hun in bron.kolommen.items():
        if ruw.koppen.count(hun) > 1:
            problemen.append(_twee(ruw.bestand, hun, None))
        elif hun in ruw.koppen:
            uit[ons] = ruw.kolommen[ruw.koppen.index(hun)]
        else:
            tekst = f"kolom '{hun}' (kolommen.{ons} onder [bron.{tabel}]) staat niet in {ruw.bestand}."
            problemen.append(("KMP-C013", tekst + (naaste(hun, _toonbaar(ruw.koppen)) or _aanwezig(ruw.koppen))))


def _onbekende_namen(tabel: str, bron: TabelBron, ook: Collection[str]) -> Problemen:
    """Names in ``kolommen`` that nothing reads: a rename of which the figures would never show that it failed."""
    bekend = list(dict.fromkeys([*(v.naam for v in VELDEN[tabel]), *ook]))
    lijst = f" Bekend: {', '.join(bekend)}."
    slot = " Een eigen kenmerk noemt u ook onder [kenmerken]." if tabel == "uitkeringen" else ""
    slot += " Links staat onze naam, rechts de uwe."
    plek = f"onder [bron.{tabel}]"
    wat = f"is geen kolom die kompas in {tabel} gebruikt."
    return [
        ("KMP-C013", f"kolommen.{ons} {plek}: '{ons}' {wat}{naaste(ons, bekend) or lijst}{slot}")
        for ons in bron.kolommen
        if ons not in bekend
    ]


def lijkt_gegeven(cel: str) -> bool:
    """Tell whether a header cell looks like data: a date, a number or an identifier with digits.

    Examples
    --------
    >>> [lijkt_gegeven(c) for c in ("1973-12-29", "29/12/1973", "1.234,50", "H00001", "opleiding", "fase2", "BUS034")]
    [True, True, True, True, False, False, False]
    """
    cel = cel.strip()
    if not cel:
        return False
    return lees_datum(cel)[0] is not None or getalsoort(cel) != "fout" or _NUMMER.fullmatch(cel) is not None


def zonder_kop(koppen: Sequence[str], tabel: str, bron: TabelBron) -> bool:
    """Tell whether the first row is data: no cell is a known name, and a cell looks like data."""
    bekend = {v.naam for v in VELDEN[tabel]} | {n.casefold() for n in bron.kolommen.values()}
    gegeven = any(lijkt_gegeven(k) and k.strip()[0].isdigit() for k in koppen)
    return gegeven and not any(k.casefold() in bekend for k in koppen)


def _geen_kop(bestand: str) -> tuple[str, str]:
    tekst = "in rij 1 staan gegevens, geen kolomnamen. Exporteer opnieuw met de kolomnamen in rij 1"
    return "KMP-C012", f"{bestand} lijkt geen kopregel te hebben: {tekst}, of zet die er zelf boven."


def _toonbaar(koppen: Collection[str]) -> list[str]:
    """Header cells that may be shown: none that looks like data about a person."""
    return [k for k in koppen if k and not lijkt_gegeven(k)]


def _twee(bestand: str, naam: str, hernoemd: str | None) -> tuple[str, str]:
    if lijkt_gegeven(naam):
        return "KMP-C014", f"twee kolommen van {bestand} hebben dezelfde kop. Geef elke kolom een eigen naam."
    tweede = f"de kolom zelf en '{hernoemd}' (via kolommen)" if hernoemd else "de kop noemt de naam twee keer"
    return "KMP-C014", f"twee kolommen van {bestand} heten '{naam}': {tweede}. Geef een van beide een andere naam."


def _aanwezig(koppen: Collection[str]) -> str:
    if any(koppen) and not _toonbaar(koppen):
        return ""
    gevuld = _toonbaar(koppen)
    meer = ", ..." if len(gevuld) > 12 else ""
    return f" Aanwezig: {', '.join(gevuld[:12])}{meer}." if gevuld else " Het bestand heeft geen kop."


def ontbreekt(naam: str, tabel: str, bestand: str, aanwezig: Collection[str]) -> tuple[str, str]:
    """Return the problem that a needed column is missing, with the nearest column that is there."""
    eigen = {v.naam for v in VELDEN[tabel]}
    vrij = [k for k in aanwezig if k not in eigen]
    hint = naaste(naam, _toonbaar(vrij)) or _aanwezig(aanwezig)
    doe = f'Hernoem haar met kolommen = {{{naam} = "..."}} onder [bron.{tabel}]. Zie begrippen: {naam}.'
    return "KMP-C012", f"kolom '{naam}' ontbreekt in {bestand}.{hint} {doe}"


def lijkt_op(tabel: str, kolommen: Collection[str], gebruikt: Collection[str]) -> dict[str, str]:
    """Return unused columns that look like a contract column that is absent: theirs -> ours."""
    afwezig = [v.naam for v in VELDEN[tabel] if v.naam not in kolommen]
    eigen = {v.naam for v in VELDEN[tabel]} | set(gebruikt)
    uit = {}
    for kolom in kolommen:
        dichtbij = difflib.get_close_matches(kolom.lower(), afwezig, n=1, cutoff=0.85)
        if kolom not in eigen and dichtbij:
            uit[kolom] = dichtbij[0]
    return uit


def controleer_einde(kolommen: Mapping[str, Kolom], bestand: str, problemen: Problemen) -> None:
    """An end needs a reason, and a column that looks like ``einddatum`` is not silently 'all are running'."""
    if "einddatum" not in kolommen:
        lijkt = lijkt_op("uitkeringen", kolommen, ())
        reden = kolommen.get("reden_einde")
        gevuld = reden is not None and any(code_sleutel(u) not in GEEN_REDEN for u in reden.uniek)
        if gevuld or "einddatum" in lijkt.values():
            problemen.append(ontbreekt("einddatum", "uitkeringen", bestand, kolommen))
    elif "reden_einde" not in kolommen and any(lees_datum(u) != (None, GOED) for u in kolommen["einddatum"].uniek):
        problemen.append(ontbreekt("reden_einde", "uitkeringen", bestand, kolommen))


def controleer_codes(config: Config, kolommen: Mapping[str, Mapping[str, Kolom]], problemen: Problemen) -> None:
    """Check ``codes.KOLOM``: the column exists, ours is a known value, theirs occurs once (``KMP-C015``)."""
    for tabel, aanwezig in kolommen.items():
        bron = config.bron.tabel(tabel)
        for kolom, vertaling in bron.codes.items() if bron is not None else ():
            plek = f"codes.{kolom} onder [bron.{tabel}]"
            v = veld(tabel, kolom)
            if v is None and kolom not in aanwezig:
                bekend = [*aanwezig, *(w.naam for w in VELDEN[tabel])]
                problemen.append(("KMP-C015", f"{plek}: onbekende kolom '{kolom}'.{naaste(kolom, bekend)}"))
                continue
            toegestaan = v.lijst if v is not None else ()
            if v is not None and v.soort == "reden":
                toegestaan = (*BESTEMMINGEN, *REDEN_EINDE)
            problemen.extend(_onbekende_doelen(plek, vertaling, toegestaan))
            sleutels = [code_sleutel(h) for hunne in vertaling.values() for h in hunne]
            problemen.extend(
                ("KMP-C015", f"{plek}: '{dubbel}' staat er twee keer in.")
                for dubbel in sorted({s for s in sleutels if sleutels.count(s) > 1})
            )


def _onbekende_doelen(plek: str, vertaling: Mapping[str, object], toegestaan: Sequence[str]) -> Problemen:
    lijst = f"Toegestaan: {', '.join(toegestaan)}."
    return [
        ("KMP-C015", f"{plek}: onbekende waarde '{ons}'.{naaste(ons, toegestaan)} {lijst}")
        for ons in vertaling
        if toegestaan and ons not in toegestaan
    ]


def controleer_regelingen(config: Config, problemen: Problemen) -> None:
    """Check ``regelingen`` under ``[bron.uitkeringen]`` (``KMP-C015``)."""
    bron, v = config.bron.uitkeringen, veld("uitkeringen", "regeling")
    if bron is not None and v is not None:
        vertaling = dict.fromkeys(bron.regelingen)
        problemen.extend(_onbekende_doelen("regelingen onder [bron.uitkeringen]", vertaling, v.lijst))


def controleer_kenmerken(
    config: Config, kolommen: Collection[str], historie: Collection[str], bestand: str, problemen: Problemen
) -> None:
    """Check that every trait in the config exists (``KMP-C016``) and can be one (``KMP-C017``).

    Parameters
    ----------
    config : Config
        The whole config.
    kolommen : collection of str
        Our names of the columns of uitkeringen.
    historie : collection of str
        Traits in kenmerken_historie.
    bestand : str
        Name of the file with uitkeringen.
    problemen : list
        Problems are added here.
    """
    k = config.kenmerken
    standaard = STANDAARD_KENMERKEN if k.gebruik is None else ()
    plaatsen = {
        "[kenmerken] gebruik": [n for n in k.namen if n not in standaard],
        "[model] effect_per": list(config.model.effect_per),
        "[kenmerken] banden": list(k.banden),
        "[kenmerken] soort": list(k.soort),
        "[kenmerken] alleen_voorspelling": list(k.alleen_voorspelling),
    }
    bekend = [*AFGELEID, *(c for c in kolommen if c not in GEEN_KENMERK), *historie]
    for plaats, namen in plaatsen.items():
        for naam in namen:
            if naam in GEEN_KENMERK:
                problemen.append(("KMP-C017", f"'{naam}' in {plaats} kan geen kenmerk zijn.{_liever(naam)}"))
            elif naam not in bekend:
                tekst = f"kenmerk '{naam}' in {plaats} is geen kolom van {bestand} en wordt niet afgeleid."
                problemen.append(("KMP-C016", tekst + naaste(naam, bekend)))
    numeriek = [n for n, s in k.soort.items() if s == "numeriek"] + list(k.banden)
    problemen.extend(
        ("KMP-C017", f"kenmerk '{n}' is een categorie; soort 'numeriek' en banden kunnen hier niet.")
        for n in dict.fromkeys(numeriek)
        if n in VASTE_CATEGORIE
    )


def _liever(naam: str) -> str:
    liever = {"geboortedatum": "leeftijd", "begindatum": "duur"}.get(naam)
    return f" Gebruik '{liever}'." if liever else " Haal het weg."


def controleer_groepeer(config: Config, problemen: Problemen) -> None:
    """Check ``groepeer`` and ``negeer`` against the instruments (``KMP-C018``)."""
    bron = config.bron.inzet
    if bron is None:
        return
    codes = [i.code for i in config.instrument]
    for doel in bron.groepeer:
        if doel not in codes:
            tekst = f"groepeer.{doel} onder [bron.inzet]: '{doel}' is geen code van een [[instrument]]."
            problemen.append(("KMP-C018", tekst + naaste(doel, codes)))
    lokaal = [code_sleutel(c) for hunne in bron.groepeer.values() for c in hunne] + [
        code_sleutel(c) for c in bron.negeer
    ]
    problemen.extend(
        ("KMP-C018", f"[bron.inzet]: code '{dubbel}' staat meer dan eens in groepeer en negeer. Laat er één staan.")
        for dubbel in sorted({c for c in lokaal if lokaal.count(c) > 1})
    )
