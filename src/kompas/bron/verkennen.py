"""``kompas verken``: look at unknown exports and draft a ``kompas.toml``, doubts marked, nothing guessed silently."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from kompas.bron.verkennen_bestand import RuweTabel, lees_ruw
from kompas.bron.verkennen_kolom import Profiel, profiel
from kompas.bron.verkennen_koppelen import herken_tabel
from kompas.bron.verkennen_ontwerp import (
    Herkend,
    aanhaal,
    eerste_gewone_maand,
    gewone_maanden,
    sectie,
    telling,
    toonbaar,
    twijfel,
    twijfels_in,
)
from kompas.bron.verkennen_woorden import DUBBELZINNIG, VELDEN, plat
from kompas.bron.waarden import code_sleutel
from kompas.config import TABELLEN
from kompas.fouten import GebruiksFout
from kompas.toonbaar import Toonbaar

_MAX_INSTRUMENTEN = 40
_METERS = (
    ("handhaving", re.compile(r"huisbezoek|controle|fraude|handhav|heronderzoek|waarneming", re.IGNORECASE)),
    ("werkdirect", re.compile(r"work.?first|werk.?direct|werkstage|direct.?werk|wf\b", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verkenning(Toonbaar, tabel="tabellen"):
    """What `verken_bestanden` found.

    Parameters
    ----------
    toml : str
        A commented draft of ``kompas.toml``. It must be saved in `map`: paths in it are relative to that folder.
    twijfels : tuple of str
        Every doubt in the draft, in its order, with the table it is about.
    tabellen : DataFrame
        One row per column of the exports: bestand, tabel, kolom, herkend_als, zekerheid (zeker, twijfel, weglaten,
        niet herkend), voorbeeld (way of writing and number of different values; never a value).
    map : Path
        The folder in which the draft must be saved: `naar`, else the one that holds the exports.
    """

    toml: str
    twijfels: tuple[str, ...]
    tabellen: pd.DataFrame
    map: Path


def verken_bestanden(paden: Sequence[str | Path], *, naar: str | Path | None = None) -> Verkenning:
    """Look at exports that kompas has never seen, and draft the config that reads them.

    Parameters
    ----------
    paden : sequence of path
        CSV, text, workbooks or Parquet, in any order.
    naar : path, optional
        Folder in which the draft will be saved; by default the one that holds the exports.

    Returns
    -------
    Verkenning
        The draft, its doubts, and what each column was taken for.

    Raises
    ------
    GebruiksFout
        ``KMP-B904`` without files; ``KMP-B901``, ``KMP-B902``, ``KMP-B903`` for a file that cannot be read.
    """
    bestanden = [Path(p) for p in paden]
    if not bestanden:
        raise GebruiksFout("KMP-B904", "noem minstens één bestand: kompas verken BESTAND...")
    basis = Path(os.path.commonpath([p.resolve().parent for p in bestanden]))
    doel = basis if naar is None else Path(naar).resolve()
    gelezen = [_herken(ruw) for p in bestanden for ruw in lees_ruw(p)]
    per_tabel, over = _een_per_tabel(gelezen)

    blokken: list[tuple[str, list[str]]] = [
        ("gemeente", _gemeente(per_tabel)),
        ("bron", _bron(per_tabel, _vanaf(doel, basis))),
    ]
    for tabel in TABELLEN:
        if tabel in per_tabel:
            herkend = per_tabel[tabel]
            relatief = herkend.ruw.pad.resolve().relative_to(basis).as_posix()
            blokken.append((tabel, sectie(herkend, relatief)))
    instrumenten, groepeer = _instrumenten(per_tabel.get("inzet"))
    blokken.append(("inzet", groepeer))
    blokken += [("bestanden", _over(over)), ("kenmerken", _kenmerken(per_tabel.get("uitkeringen")))]
    blokken.append(("instrument", instrumenten))
    regels = [*_KOP, *(r for _, rij in blokken for r in rij)]
    return Verkenning(
        toml="\n".join(regels).rstrip() + "\n",
        twijfels=tuple(f"[{naam}] {t}" for naam, rij in blokken for t in twijfels_in(rij)),
        tabellen=_tabellen(gelezen),
        map=doel,
    )


_KOP = (
    "# Ontwerp van kompas verken. Bewaar dit als kompas.toml.",
    "# Loop elke regel met TWIJFEL na, verbeter hem en haal de regel weg. Doe daarna:",
    "#   kompas controleer --config kompas.toml",
    "",
)


def _herken(ruw: RuweTabel) -> Herkend:
    profielen: dict[str, Profiel] = {str(n): profiel(str(n), ruw.rijen[n]) for n in ruw.rijen.columns}
    if ruw.rijen.empty:
        return Herkend(
            ruw=ruw, profielen=profielen, koppeling=None, twijfels=(*ruw.twijfels, "de tabel heeft geen rijen")
        )
    koppeling, twijfels = herken_tabel(list(profielen.values()), f"{ruw.pad.stem} {ruw.blad or ''}")
    return Herkend(ruw=ruw, profielen=profielen, koppeling=koppeling, twijfels=(*ruw.twijfels, *twijfels))


def _een_per_tabel(gelezen: Sequence[Herkend]) -> tuple[dict[str, Herkend], list[tuple[Herkend, str]]]:
    """Keep the best export per table; say what was left over and why."""
    beste: dict[str, Herkend] = {}
    for h in sorted(gelezen, key=lambda h: -(h.koppeling.score if h.koppeling else 0.0)):
        if h.koppeling is not None:
            beste.setdefault(h.koppeling.tabel, h)
    over = []
    for h in gelezen:
        if h.koppeling is None:
            over.append((h, "; ".join(h.twijfels)))
        elif beste[h.koppeling.tabel] is not h:
            ander = beste[h.koppeling.tabel].ruw.naam
            over.append((h, f"lijkt net als {ander} op {h.koppeling.tabel}; kies één van beide, of voeg ze samen"))
    return beste, over


def _over(over: Sequence[tuple[Herkend, str]]) -> list[str]:
    regels = [twijfel(f"{h.ruw.naam} is niet gebruikt: {waarom}") for h, waarom in over]
    return [*regels, ""] if regels else []


def _laatste(datums: pd.Series | None) -> pd.Timestamp | None:
    """Return the last date without the stray ones far beyond all others."""
    if datums is None or datums.notna().sum() == 0:
        return None
    echt = datums.dropna().sort_values()
    grens = echt.iloc[int(0.99 * (len(echt) - 1))] + pd.Timedelta(days=366)
    laatste: pd.Timestamp = echt[echt <= grens].iloc[-1]
    return laatste


def _datums(per_tabel: dict[str, Herkend], tabel: str, *namen: str) -> list[pd.Series]:
    if tabel not in per_tabel:
        return []
    gevonden = (per_tabel[tabel].gekozen(n) for n in namen)
    return [p.datums for p in gevonden if p is not None and p.datums is not None]


def _gemeente(per_tabel: dict[str, Herkend]) -> list[str]:
    regels = ["[gemeente]", twijfel("vul de naam van uw gemeente in"), 'naam = "Onze gemeente"']
    reeksen = _datums(per_tabel, "uitkeringen", "begindatum", "registratiedatum")
    reeksen = reeksen or _datums(per_tabel, "inzet", "begindatum") or _datums(per_tabel, "aanvragen", "aanvraagdatum")
    laatste = [d for d in map(_laatste, reeksen) if d is not None]
    # Ends may lie in the future, when they are planned: only the months in which many ended count.
    for einde in _datums(per_tabel, "uitkeringen", "einddatum"):
        maanden = gewone_maanden(einde)
        laatste += [maanden[-1].start_time] if len(maanden) else []
    if not laatste:
        return [*regels, twijfel("op welke dag is de export gemaakt?"), "# peildatum = jjjj-mm-dd", ""]
    peil = max(laatste).to_period("M").end_time
    tekst = (
        f"op welke dag is de export gemaakt? De laatste datums liggen in {peil:%m-%Y}; dit is het einde van die maand"
    )
    return [*regels, twijfel(tekst), f"peildatum = {peil:%Y-%m-%d}", ""]


def _vanaf(doel: Path, basis: Path) -> str:
    """Return the folder of the exports as seen from the draft; on another Windows drive the whole path."""
    try:
        return Path(os.path.relpath(basis, doel)).as_posix()
    except ValueError:
        return basis.as_posix()


def _bron(per_tabel: dict[str, Herkend], map_: str) -> list[str]:
    regels = [
        "[bron]",
        f"map = {aanhaal(map_)}                         # de map met de exports, gezien vanaf dit bestand",
    ]
    reeksen = _datums(per_tabel, "uitkeringen", "einddatum") or _datums(per_tabel, "uitkeringen", "begindatum")
    reeksen = reeksen or _datums(per_tabel, "inzet", "begindatum") or _datums(per_tabel, "aanvragen", "aanvraagdatum")
    van = eerste_gewone_maand(reeksen[0]) if reeksen else None
    if van is None:
        regels += [twijfel("vanaf wanneer is het bestand volledig?"), "# venster_van = jjjj-mm-dd"]
    else:
        tekst = "vanaf wanneer staat elke beëindigde uitkering in de export? Hier neemt hun aantal het meest toe"
        regels += [twijfel(tekst), f"venster_van = {van:%Y-%m-%d}"]
    if "uitkeringen" not in per_tabel:
        regels.append(twijfel("geen bestand herkend als uitkeringen; zonder die tabel kan kompas niet herijken"))
    return [*regels, *_zelfde_clienten(per_tabel), ""]


def _zelfde_clienten(per_tabel: dict[str, Herkend]) -> list[str]:
    """Ask about tables that name other clients than uitkeringen does."""
    basis = per_tabel["uitkeringen"].gekozen("client_id") if "uitkeringen" in per_tabel else None
    if basis is None:
        return []
    bekend = set(basis.waarden) - {""}
    regels = []
    for tabel, herkend in sorted(per_tabel.items()):
        ander = herkend.gekozen("client_id")
        if tabel == "uitkeringen" or ander is None or tabel == "aanvragen":
            continue
        ids = set(ander.waarden) - {""}
        deel = len(ids & bekend) / len(ids) if ids else 1.0
        if deel < 0.8:
            regels.append(
                twijfel(
                    f"{deel:.0%} van de client_id's in {tabel} ('{ander.naam}') staat in uitkeringen ('{basis.naam}'): "
                    "is dit hetzelfde nummer, en gaan beide exports over dezelfde periode?"
                )
            )
    return regels


def _kenmerken(uitkeringen: Herkend | None) -> list[str]:
    namen = ["geslacht", "leeftijd", "leefvorm"]
    if uitkeringen is None:
        return []
    namen += [n for n in ("opleiding", "fasering") if uitkeringen.gekozen(n) is not None]
    lijst = ", ".join(map(aanhaal, namen))
    regels = ["[kenmerken]"]
    if "fasering" in namen:
        regels.append(
            twijfel(
                "is fasering zoals beoordeeld bij de start? Staat er de laatste stand, dan verklapt zij de uitkomst: "
                'lever kenmerken_historie, of zet alleen_voorspelling = ["fasering"]'
            )
        )
    return [*regels, f"gebruik = [{lijst}]", ""]


def _instrumenten(inzet: Herkend | None) -> tuple[list[str], list[str]]:
    """Return the ``[[instrument]]`` blocks and the ``groepeer`` table for codes that cannot be a name."""
    soort = inzet.gekozen("instrument") if inzet is not None else None
    if inzet is None or soort is None:
        return [], []
    aantallen = _samen(telling(soort))
    toon = [str(w) for w, n in aantallen.items() if toonbaar(str(w), int(n))][:_MAX_INSTRUMENTEN]
    blokken: list[str] = []
    groepeer: list[str] = []
    gebruikt: set[str] = set()
    for lokaal in toon:
        code = _code(lokaal, gebruikt)
        gebruikt.add(code)
        if code != lokaal:
            groepeer.append(f"{code} = [{aanhaal(lokaal)}]")
        blokken += _instrument(inzet, soort, lokaal, code, int(aantallen[lokaal]))
    if groepeer:
        groepeer = ["[bron.inzet.groepeer]               # code van kompas = codes in de export", *groepeer, ""]
    verborgen = len(aantallen) - len(toon)
    if verborgen:
        tekst = (
            f"nog {verborgen} zeldzame of lange instrumentcodes zijn hier niet getoond; noem ze in groepeer of negeer"
        )
        blokken = [twijfel(tekst), "", *blokken]
    return blokken, groepeer


def _samen(aantallen: pd.Series) -> pd.Series:
    """Count notations of one code (6, 06) together, as the reader does; the commonest notation stays."""
    per: dict[str, tuple[str, int]] = {}
    for waarde, aantal in aantallen.items():
        sleutel = code_sleutel(str(waarde))
        eerste, som = per.get(sleutel, (str(waarde), 0))
        per[sleutel] = (eerste, som + int(aantal))
    return pd.Series(dict(per.values()), dtype="int64")


def _code(lokaal: str, gebruikt: set[str]) -> str:
    """Return a valid instrument code that is not yet used: the local code itself where it can be."""
    code = (
        lokaal
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", lokaal)
        else re.sub(r"[^A-Za-z0-9]+", "_", lokaal).strip("_").lower()
    )
    code = code if code[:1].isalpha() else f"i_{code}".rstrip("_")
    uniek, n = code, 2
    while uniek in gebruikt:
        uniek, n = f"{code}_{n}", n + 1
    return uniek


def _instrument(inzet: Herkend, soort: Profiel, lokaal: str, code: str, aantal: int) -> list[str]:
    rijen = soort.waarden.map(code_sleutel) == code_sleutel(lokaal)
    meter = next((m for m, patroon in _METERS if patroon.search(lokaal)), "reintegratie")
    duur, waarvan = _duur(inzet, rijen)
    kosten = inzet.gekozen("kosten")
    bron = "zonder bedrag zijn de kosten onbekend"
    if kosten is not None:
        bron = "de kosten komen per rij uit de export: " + " ".join(kosten.naam.split())
    regels = [
        "[[instrument]]",
        f"code = {aanhaal(code)}",
        f"naam = {aanhaal(lokaal)}                # {aantal} rijen",
        twijfel(f"instrument {code}: controleer meter, duur_maanden, fasen_na en kosten"),
        f'meter = "{meter}"            # reintegratie | werkdirect | handhaving',
        f"duur_maanden = {duur}             # {waarvan}",
        "fasen_na = [6, 18]" if duur else "fasen_na = []",
    ]
    return [*regels, f"# kosten = 0.0                 # {bron}", ""]


def _duur(inzet: Herkend, rijen: pd.Series) -> tuple[int, str]:
    """Return the planned length in months: median of the planned, else of the actual ends."""
    begin = inzet.gekozen("begindatum")
    for veld, naam in (("geplande_einddatum", "geplande"), ("einddatum", "werkelijke")):
        einde = inzet.gekozen(veld)
        if begin is None or einde is None or begin.datums is None or einde.datums is None:
            continue
        dagen = (einde.datums[rijen] - begin.datums[rijen]).dt.days.dropna()
        if len(dagen):
            return max(0, round(float(dagen.median()) / 30.4375)), f"mediaan van de {naam} einddatum"
    return 0, "duur onbekend: geen einddatum"


def _tabellen(gelezen: Sequence[Herkend]) -> pd.DataFrame:
    rijen = [
        (h.ruw.naam, h.koppeling.tabel if h.koppeling else "", p.naam, *_rol(h, p), p.patroon)
        for h in gelezen
        for p in h.profielen.values()
    ]
    return pd.DataFrame(
        rijen, columns=["bestand", "tabel", "kolom", "herkend_als", "zekerheid", "voorbeeld"], dtype=object
    )


def _rol(h: Herkend, p: Profiel) -> tuple[str, str]:
    if not p.bruikbaar:
        soort = "bsn" if p.bsn else "identificerend gegeven" if p.identificerend else "beschermd kenmerk"
        return soort, "weglaten"
    if h.koppeling is None:
        return "", "niet herkend"
    for ons, keus in h.koppeling.keuzes.items():
        if keus.kolom == p.naam:
            return ons, keus.zekerheid
    mogelijk = [ons for ons, namen in h.koppeling.opties.items() if p.naam in namen]
    dubbel = DUBBELZINNIG.get(plat(p.naam), ("", ""))[0]
    if dubbel and dubbel not in h.koppeling.keuzes and any(v.naam == dubbel for v in VELDEN[h.koppeling.tabel]):
        mogelijk.append(dubbel)
    return (" of ".join(mogelijk) + "?", "twijfel") if mogelijk else ("", "niet herkend")
