"""Write the draft ``kompas.toml``: what was recognised, and every doubt as a ``# TWIJFEL:`` line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron.tabellen import GEEN_REDEN
from kompas.bron.verkennen_bestand import RuweTabel
from kompas.bron.verkennen_codes import is_bus, vertaal, waarden_van
from kompas.bron.verkennen_inhoud import volgorde
from kompas.bron.verkennen_kolom import Profiel
from kompas.bron.verkennen_koppelen import Koppeling
from kompas.bron.verkennen_woorden import DUBBELZINNIG, VELDEN, Veld, plat
from kompas.bron.waarden import code_sleutel

_MERK = "# TWIJFEL: "
_CODE = re.compile(r"[A-Za-z0-9]{1,6}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Herkend:
    """One table of an export with what was recognised in it.

    Parameters
    ----------
    ruw : RuweTabel
        The cells.
    profielen : mapping of str to Profiel
        Column -> what it holds.
    koppeling : Koppeling or None
        Our table and columns; None when the table was not recognised.
    twijfels : tuple of str
        Doubts about the file and about which table it is.
    """

    ruw: RuweTabel
    profielen: Mapping[str, Profiel]
    koppeling: Koppeling | None
    twijfels: tuple[str, ...]

    def gekozen(self, ons: str) -> Profiel | None:
        """Return the column chosen for one of ours, or None."""
        keus = self.koppeling.keuzes.get(ons) if self.koppeling is not None else None
        return None if keus is None else self.profielen[keus.kolom]


def aanhaal(tekst: str) -> str:
    r"""Return a TOML string.

    Examples
    --------
    >>> print(aanhaal('reden "einde"'))
    "reden \"einde\""
    """
    return json.dumps(tekst, ensure_ascii=False).replace("\x7f", "\\u007f")


def twijfel(tekst: str) -> str:
    """Return a comment line that marks a doubt; always one line."""
    return _MERK + re.sub(r"[\x00-\x1f\x7f\s]+", " ", tekst).strip()


def twijfels_in(regels: Iterable[str]) -> list[str]:
    """Return the doubts in lines of a draft, in order."""
    return [r.split(_MERK, 1)[1] for r in regels if _MERK in r]


def sectie(herkend: Herkend, bestand: str) -> list[str]:
    """Return the lines of ``[bron.TABEL]``.

    Parameters
    ----------
    herkend : Herkend
        A recognised table.
    bestand : str
        Path of the file as the draft must name it.
    """
    koppeling = herkend.koppeling
    if koppeling is None:
        return []
    regels = [f"[bron.{koppeling.tabel}]", f"bestand = {aanhaal(bestand)}"]
    if herkend.ruw.blad is not None:
        regels.append(f"blad = {aanhaal(herkend.ruw.blad)}")
    if herkend.ruw.scheidingsteken is not None:
        regels.append(f"scheidingsteken = {aanhaal(herkend.ruw.scheidingsteken)}")
    regels += _decimaal(herkend)
    regels += [twijfel(t) for t in (*herkend.twijfels, *koppeling.conflicten)]
    regels += _weglaten(herkend)
    if koppeling.tabel == "inzet":
        regels += volledig_vanaf(herkend)
    velden = VELDEN[koppeling.tabel]
    regels += ["", f"[bron.{koppeling.tabel}.kolommen]            # onze naam = naam in de export"]
    for veld in velden:
        regels += _kolom(veld, herkend)
    regels += _los(herkend)
    regels += _samenhang(herkend)
    codes = [r for veld in velden if veld.soort == "code" for r in _codes(veld, herkend)]
    if codes:
        regels += ["", f"[bron.{koppeling.tabel}.codes]               # onze waarde = waarden in de export", *codes]
    return [*regels, ""]


def _decimaal(herkend: Herkend) -> list[str]:
    if herkend.ruw.codering is None or herkend.koppeling is None:
        return []
    tekens = {
        p.decimaal
        for veld in VELDEN[herkend.koppeling.tabel]
        if veld.soort == "getal" and (p := herkend.gekozen(veld.naam)) is not None and p.decimaal is not None
    }
    zeker = sorted(t for t in tekens if t != "?")
    if len(zeker) == 1:
        return [f"decimaal = {aanhaal(zeker[0])}"]
    if tekens:
        reden = "punten en komma's door elkaar" if zeker else "1.234 kan duizend of één zijn"
        return [twijfel(f"het decimaalteken is niet eenduidig ({reden})"), '# decimaal = ","']
    return []


def _weglaten(herkend: Herkend) -> list[str]:
    regels = []
    for p in herkend.profielen.values():
        if p.bsn:
            tekst = (
                f"kolom '{p.naam}' lijkt het BSN te bevatten (elfproef). Exporteer het nooit: laat uw leverancier er "
                "een vast pseudoniem van maken. Kompas weigert een BSN als client_id"
            )
        elif p.identificerend:
            tekst = (
                f"kolom '{p.naam}' wijst een persoon rechtstreeks aan. Kompas gebruikt hem niet: laat hem uit de export"
            )
        elif p.verboden:
            tekst = (
                f"kolom '{p.naam}' lijkt een beschermd kenmerk (herkomst, taal, religie, gezondheid of wijk). Kompas "
                "gebruikt hem niet en weigert hem als voorspeller: laat hem uit de export"
            )
        else:
            continue
        regels.append(twijfel(tekst))
    return regels


def _kolom(veld: Veld, herkend: Herkend) -> list[str]:
    koppeling = herkend.koppeling
    if koppeling is None:
        return []
    if veld.naam in koppeling.opties:
        namen = koppeling.opties[veld.naam]
        lijst = ", ".join(f"'{n}'" for n in namen)
        vraag = "welke kolom is" if len(namen) > 1 else "is dit"
        voorstellen = [f"# {veld.naam} = {aanhaal(n)}" for n in namen]
        return [twijfel(f"{vraag} {veld.naam}: {lijst}? Haal het # weg voor de goede"), *voorstellen]
    keus = koppeling.keuzes.get(veld.naam)
    if keus is None:
        return [twijfel(f"geen kolom gevonden voor '{veld.naam}' ({_belang(veld)})")] if _belang(veld) else []
    profiel = herkend.profielen[keus.kolom]
    regels = [] if not keus.reden else [twijfel(f"{veld.naam} = '{keus.kolom}': {keus.reden}; controleer")]
    if profiel.inhoud == "leeg":
        regels.append(twijfel(f"kolom '{keus.kolom}' ({veld.naam}) is leeg"))
    if profiel.opmerking:
        regels.append(twijfel(f"kolom '{keus.kolom}' ({veld.naam}): {profiel.opmerking}"))
    if keus.kolom != veld.naam:
        regels.append(f"{veld.naam} = {aanhaal(keus.kolom)}")
    return regels


def _belang(veld: Veld) -> str:
    if veld.nodig:
        return "nodig"
    # Without these the figures are wrong rather than poorer.
    uitleg = {"einddatum": "zonder einddatum loopt alles nog", "reden_einde": "nodig bij een einddatum"}
    return uitleg.get(veld.naam, "")


def _los(herkend: Herkend) -> list[str]:
    """Columns without a meaning: ambiguous names as a doubt, the rest in one line of comment."""
    koppeling = herkend.koppeling
    if koppeling is None:
        return []
    gebruikt = {k.kolom for k in koppeling.keuzes.values()} | {n for o in koppeling.opties.values() for n in o}
    los = [p for p in herkend.profielen.values() if p.naam not in gebruikt and p.bruikbaar]
    regels, rest = [], []
    namen = {v.naam for v in VELDEN[koppeling.tabel]}
    for p in los:
        ons, reden = DUBBELZINNIG.get(plat(p.naam), ("", ""))
        if ons in namen and ons not in koppeling.keuzes:
            regels += [twijfel(f"is '{p.naam}' {ons}? {reden}"), f"# {ons} = {aanhaal(p.naam)}"]
        else:
            rest.append(p.naam)
    if rest:
        regels.append("# Niet gebruikt: " + re.sub(r"\s+", " ", ", ".join(rest)))
    return regels


def _samenhang(herkend: Herkend) -> list[str]:
    """Check what was chosen against each other: begin before end, age plausible."""
    regels = []
    begin, einde, geboren = (herkend.gekozen(n) for n in ("begindatum", "einddatum", "geboortedatum"))
    if begin is not None and einde is not None and begin.datums is not None and einde.datums is not None:
        beide = int((begin.datums.notna() & einde.datums.notna()).sum())
        fout = 1 - volgorde(begin, einde) if beide else 0.0
        if fout > 0.01:
            regels.append(
                twijfel(f"in {fout:.0%} van de rijen ligt begindatum na einddatum; zijn de kolommen verwisseld?")
            )
    if begin is not None and geboren is not None and begin.datums is not None and geboren.datums is not None:
        jaren = ((begin.datums - geboren.datums) / pd.Timedelta(days=365.25)).dropna()
        vreemd = float((~jaren.between(15, 100)).mean()) if len(jaren) else 0.0
        if vreemd > 0.01:
            regels.append(
                twijfel(f"in {vreemd:.0%} van de rijen is de leeftijd bij de start onder 15 of boven 100 jaar")
            )
    return regels


def telling(profiel: Profiel) -> pd.Series:
    """Return the different values of a column with their counts, most frequent first, ties by name."""
    aantal = profiel.waarden[profiel.waarden != ""].value_counts()
    return aantal.sort_index().sort_values(ascending=False, kind="stable")


def toonbaar(waarde: str, aantal: int) -> bool:
    """Tell whether a value may stand in the draft: a code or a repeated short text, never a rare free text."""
    return len(waarde) <= 40 and (aantal >= 3 or _CODE.fullmatch(waarde) is not None)


def _codes(veld: Veld, herkend: Herkend) -> list[str]:
    """Return the recoding of one fixed-list column; values that no list knows become a doubt."""
    profiel = herkend.gekozen(veld.naam)
    tabel = herkend.koppeling.tabel if herkend.koppeling is not None else ""
    if profiel is None or profiel.inhoud == "leeg":
        return []
    if profiel.inhoud != "code" and profiel.aantal_waarden > 60:
        return [
            twijfel(
                f"'{profiel.naam}' ({veld.naam}) heeft {profiel.aantal_waarden} verschillende waarden: een vaste lijst?"
            )
        ]
    aantallen = telling(profiel)
    lijst = _verdeel(tabel, veld.naam, {str(w): int(n) for w, n in aantallen.items()})
    regels = _onbekende_waarden(tabel, veld.naam, aantallen, lijst)
    bekend = {ons: rij for ons, rij in lijst.items() if ons}
    if veld.naam == "reden_einde" and bekend:
        regels.append(twijfel("de redenen in woorden zijn op hun tekst ingedeeld; controleer elke bestemming"))
    if any(rij != [ons] for ons, rij in bekend.items()):
        inhoud = ", ".join(f"{ons} = [{', '.join(map(aanhaal, sorted(rij)))}]" for ons, rij in sorted(bekend.items()))
        regels.append(f"{veld.naam} = {{{inhoud}}}")
    return regels


def _verdeel(tabel: str, veld: str, waarden: Mapping[str, int]) -> dict[str, list[str]]:
    """Return ours -> local values; "" holds what is not known. Regulation codes of reden_einde need no recoding."""
    uit: dict[str, list[str]] = {}
    gezien: set[str] = set()
    cijfers = {w for w in waarden if w.isdigit()}
    # A digit list with a digit that the regulation does not have is a local list: none of its digits is sure.
    eigen = veld in ("leefvorm", "geslacht", "regeling") and any(vertaal(tabel, veld, w) is None for w in cijfers)
    for waarde, aantal in waarden.items():
        sleutel = code_sleutel(waarde)
        if sleutel in gezien or (veld == "reden_einde" and (is_bus(waarde) or sleutel in GEEN_REDEN)):
            continue
        gezien.add(sleutel)
        onzeker = (eigen and waarde in cijfers) or (veld == "reden_einde" and not toonbaar(waarde, aantal))
        ons = None if onzeker else vertaal(tabel, veld, waarde)
        uit.setdefault(ons or "", []).append(waarde)
    return uit


def _onbekende_waarden(tabel: str, veld: str, aantallen: pd.Series, lijst: Mapping[str, Sequence[str]]) -> list[str]:
    onbekend = lijst.get("", [])
    if not onbekend:
        return []
    zichtbaar = [f"'{w}' ({int(aantallen[w])})" for w in onbekend if toonbaar(w, int(aantallen[w]))]
    verborgen = len(onbekend) - len(zichtbaar)
    extra = [f"en {verborgen} zeldzame of lange waarden, hier niet getoond"] if verborgen else []
    keus = (
        "werk, handhaving, overig"
        if veld == "reden_einde"
        else ", ".join(dict.fromkeys(waarden_van(tabel, veld).values()))
    )
    regels = [twijfel(f"{veld}: onbekende waarden {', '.join([*zichtbaar, *extra])}; deel ze in bij {keus}")]
    if set(lijst) == {""}:
        regels.append(f'# {veld} = {{{keus.split(", ", maxsplit=1)[0]} = ["..."]}}')
    return regels


def volledig_vanaf(herkend: Herkend) -> list[str]:
    """Return the guess from when deployments were recorded: the first month with a regular number of starts."""
    begin = herkend.gekozen("begindatum")
    maand = eerste_gewone_maand(begin.datums if begin is not None else None)
    if maand is None:
        return [twijfel("vanaf wanneer is de inzet volledig geregistreerd?"), "# volledig_vanaf = jjjj-mm-dd"]
    return [
        twijfel("vanaf wanneer is de inzet volledig geregistreerd? In deze maand neemt het aantal het meest toe"),
        f"volledig_vanaf = {maand:%Y-%m-%d}",
    ]


def gewone_maanden(datums: pd.Series | None) -> pd.PeriodIndex:
    """Return the months with at least a quarter of the usual number of dates, in order."""
    if datums is None or datums.notna().sum() == 0:
        return pd.PeriodIndex([], freq="M")
    aantal = datums.dropna().dt.to_period("M").value_counts().sort_index()
    gewoon = float(aantal.sort_values().iloc[-max(1, len(aantal) // 2) :].median())
    return pd.PeriodIndex(aantal.index[aantal >= 0.25 * gewoon])


def eerste_gewone_maand(datums: pd.Series | None) -> pd.Timestamp | None:
    """Return the first day of the month in which the number of dates rises most; None without dates.

    Exports often hold the whole past of the clients of recent years: older dates are then there, but not complete. The
    year after a month is compared with the year before it, in standard deviations of a count; before the first date
    there are none.

    Examples
    --------
    >>> rij = ["1998-05-03"] + ["2001-01-10"] * 9 + ["2001-02-11"] * 8 + ["2001-03-12"] * 10
    >>> eerste_gewone_maand(pd.Series(pd.to_datetime(rij))).date().isoformat()
    '2001-01-01'
    """
    if datums is None or datums.notna().sum() == 0:
        return None
    maanden = datums.dropna().dt.to_period("M")
    reeks = pd.period_range(maanden.min(), maanden.max(), freq="M")
    aantal = maanden.value_counts().reindex(reeks, fill_value=0).to_numpy(dtype=float)
    som = np.concatenate([np.zeros(13), np.cumsum(aantal), np.full(12, aantal.sum())])
    plek = np.arange(len(aantal)) + 12
    voor, na = som[plek] - som[plek - 12], som[plek + 12] - som[plek]
    sprong = np.where(aantal > 0, (na - voor) / np.sqrt(na + voor + 1), -np.inf)
    eerste: pd.Period = reeks[int(np.argmax(sprong))]
    return eerste.start_time
