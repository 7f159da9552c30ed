"""Recognise columns by what they hold, where their names say nothing. All that is found here is a doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from kompas.bron.verkennen_codes import is_bus, vertaal
from kompas.bron.verkennen_kolom import Profiel

Gevonden = dict[str, tuple[str, str]]
Opties = dict[str, tuple[str, ...]]
_ORDE = 0.98


def volgorde(eerder: Profiel, later: Profiel) -> float:
    """Return the share of rows with both dates in which the first is not after the second; 0 without such rows."""
    if eerder.datums is None or later.datums is None:
        return 0.0
    beide = eerder.datums.notna() & later.datums.notna()
    return float((eerder.datums[beide] <= later.datums[beide]).mean()) if beide.any() else 0.0


def zoek_op_inhoud(
    tabel: str, vrij: Sequence[Profiel], gekozen: Mapping[str, Profiel], bezet: set[str]
) -> tuple[Gevonden, Opties]:
    """Look for our columns among those whose names say nothing.

    Parameters
    ----------
    tabel : str
        Our table; only uitkeringen and inzet are searched.
    vrij : sequence of Profiel
        Columns without a meaning so far.
    gekozen : mapping of str to Profiel
        Our columns that were found by name.
    bezet : set of str
        Our columns with more than one candidate by name; they stay open.

    Returns
    -------
    gevonden : dict
        Our column -> (column, why).
    opties : dict
        Our column -> candidates between which the contents do not decide.
    """
    if tabel not in ("uitkeringen", "inzet"):
        return {}, {}
    al = set(gekozen) | bezet
    datums = [p for p in vrij if p.inhoud == "datum"]
    rest = [p for p in vrij if p.inhoud in ("code", "tekst", "getal")]
    gevonden, opties = _zoek_datums(tabel, datums, gekozen, al)
    velden = ("geslacht", "reden_einde", "leefvorm") if tabel == "uitkeringen" else ()
    for veld in velden:
        if veld not in al:
            _voeg_toe(veld, [p for p in rest if _lijkt_op(tabel, veld, p)], "op inhoud herkend", gevonden, opties)
    if "client_id" not in al:
        sleutels = [p for p in rest if _lijkt_sleutel(p)]
        _voeg_toe("client_id", sleutels, "op inhoud herkend: bijna elke rij een eigen waarde", gevonden, opties)
    if tabel == "inzet" and "instrument" not in al:
        gebruikt = {k for k, _ in gevonden.values()}
        soorten = [p for p in rest if p.inhoud == "code" and p.aantal_waarden > 1 and p.naam not in gebruikt]
        _voeg_toe("instrument", soorten, "op inhoud herkend: een beperkte lijst waarden", gevonden, opties)
    return gevonden, opties


def _voeg_toe(veld: str, kandidaten: Sequence[Profiel], reden: str, gevonden: Gevonden, opties: Opties) -> None:
    if len(kandidaten) == 1:
        gevonden[veld] = (kandidaten[0].naam, reden)
    elif kandidaten:
        opties[veld] = tuple(p.naam for p in kandidaten)


def _lijkt_op(tabel: str, veld: str, p: Profiel) -> bool:
    """Tell whether the values can only be this list; bare 1, 2, 3, 4 could be anything."""
    if p.inhoud != "code":
        return False
    waarden = [str(w) for w in p.waarden[p.waarden != ""].unique()]
    if veld == "reden_einde":
        return len(waarden) >= 3 and sum(is_bus(w) and len(w) == 2 for w in waarden) >= 0.8 * len(waarden)
    letters = [w for w in waarden if not w.isdigit()]
    bekend = sum(vertaal(tabel, veld, w) is not None for w in letters)
    return len(letters) >= 2 and bekend == len(letters) and len(waarden) <= 8


def _lijkt_sleutel(p: Profiel) -> bool:
    heel = p.decimaal is None
    return (
        p.inhoud in ("tekst", "getal")
        and heel
        and bool((p.waarden != "").all())
        and (p.aantal_waarden >= 0.3 * len(p.waarden))
    )


def _zoek_datums(
    tabel: str, datums: Sequence[Profiel], gekozen: Mapping[str, Profiel], al: set[str]
) -> tuple[Gevonden, Opties]:
    gevonden: Gevonden = {}
    opties: Opties = {}
    vrij = list(datums)
    if tabel == "uitkeringen" and "geboortedatum" not in al:
        oud = [p for p in vrij if _lijkt_geboorte(p, [*datums, *gekozen.values()])]
        _voeg_toe("geboortedatum", oud, "op inhoud herkend: datums van minstens 15 jaar eerder", gevonden, opties)
        vrij = [p for p in vrij if p not in oud]
    begin, einde = "begindatum" in al, "einddatum" in al
    if begin and einde:
        return gevonden, opties
    if not begin and not einde:
        paar, los = _zoek_paar(vrij)
        return gevonden | paar, opties | los
    if not begin:
        eind = gekozen.get("einddatum")
        eerder = [p for p in vrij if eind is not None and volgorde(p, eind) >= _ORDE]
        _voeg_toe("begindatum", eerder or vrij, "op inhoud herkend: ligt vóór de einddatum", gevonden, opties)
        if not eerder and "begindatum" in gevonden:
            opties["begindatum"] = (gevonden.pop("begindatum")[0],)
        return gevonden, opties
    start = gekozen.get("begindatum")
    later = tuple(p.naam for p in vrij if start is not None and volgorde(start, p) >= _ORDE)
    if later:
        opties["einddatum"] = later
    return gevonden, opties


def _zoek_paar(vrij: Sequence[Profiel]) -> tuple[Gevonden, Opties]:
    """Two dates of which one is never later than the other are a begin and an end; otherwise the user decides."""
    if len(vrij) == 2:
        for a, b in ((vrij[0], vrij[1]), (vrij[1], vrij[0])):
            if volgorde(a, b) >= _ORDE and volgorde(b, a) < 0.5:
                reden = f"op inhoud herkend: '{a.naam}' ligt vrijwel nooit na '{b.naam}'"
                return {"begindatum": (a.naam, reden), "einddatum": (b.naam, reden)}, {}
    namen = tuple(p.naam for p in vrij)
    return {}, ({"begindatum": namen, "einddatum": namen} if namen else {})


def _lijkt_geboorte(p: Profiel, anderen: Sequence[Profiel]) -> bool:
    laatste = [q.datums.median() for q in anderen if q.datums is not None and q.datums.notna().any()]
    if p.datums is None or not laatste or p.datums.notna().sum() == 0:
        return False
    jaren = (max(laatste) - p.datums.dropna()) / pd.Timedelta(days=365.25)
    return bool((jaren > 15).mean() >= 0.95 and (jaren < 105).mean() >= 0.95)
