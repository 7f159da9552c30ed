"""Fit the config to the files: which column is which, do the names in the config exist. All problems at once."""

from __future__ import annotations

import difflib
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
from kompas.bron.waarden import GOED, code_sleutel, lees_datum
from kompas.config import STANDAARD_KENMERKEN, Config, TabelBron
from kompas.fouten import GebruiksFout, naaste

Problemen = list[tuple[str, str]]


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


def koppel(ruw: Ruw, tabel: str, bron: TabelBron, problemen: Problemen) -> dict[str, Kolom]:
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
        column), ``KMP-C014`` (two columns claim one name).

    Returns
    -------
    dict of str to Kolom
        All columns of the file under our name, or their own when the config does not rename them.
    """
    uit: dict[str, Kolom] = {}
    hernoemd = set(bron.kolommen.values())
    for kop, kolom in zip(ruw.koppen, ruw.kolommen, strict=True):
        if not kop or kop in hernoemd:
            continue
        if kop in uit or bron.kolommen.get(kop) in ruw.koppen:
            problemen.append(_twee(ruw.bestand, kop, bron.kolommen.get(kop)))
        elif kop not in bron.kolommen:
            uit[kop] = kolom
    for ons, hun in bron.kolommen.items():
        if ruw.koppen.count(hun) > 1:
            problemen.append(_twee(ruw.bestand, hun, None))
        elif hun in ruw.koppen:
            uit[ons] = ruw.kolommen[ruw.koppen.index(hun)]
        else:
            tekst = f"kolom '{hun}' (kolommen.{ons} onder [bron.{tabel}]) staat niet in {ruw.bestand}."
            problemen.append(("KMP-C013", tekst + (naaste(hun, ruw.koppen) or _aanwezig(ruw.koppen))))
    for v in VELDEN[tabel]:
        if v.nodig and v.naam not in uit and v.naam not in bron.kolommen:
            problemen.append(ontbreekt(v.naam, tabel, ruw.bestand, uit))
    return uit


def _twee(bestand: str, naam: str, hernoemd: str | None) -> tuple[str, str]:
    tweede = f"de kolom zelf en '{hernoemd}' (via kolommen)" if hernoemd else "de kop noemt de naam twee keer"
    return "KMP-C014", f"twee kolommen van {bestand} heten '{naam}': {tweede}. Geef een van beide een andere naam."


def _aanwezig(koppen: Sequence[str]) -> str:
    gevuld = [k for k in koppen if k]
    meer = ", ..." if len(gevuld) > 12 else ""
    return f" Aanwezig: {', '.join(gevuld[:12])}{meer}." if gevuld else " Het bestand heeft geen kop."


def ontbreekt(naam: str, tabel: str, bestand: str, aanwezig: Collection[str]) -> tuple[str, str]:
    """Return the problem that a needed column is missing, with the nearest column that is there."""
    eigen = {v.naam for v in VELDEN[tabel]}
    vrij = [k for k in aanwezig if k not in eigen]
    hint = naaste(naam, vrij) or _aanwezig(list(aanwezig))
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
