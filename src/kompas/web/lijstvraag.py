"""The caseload on a page: search, filter, sort and fifty rows at a time. Nothing of it stands in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.lijst import Lijst
from kompas.lijstfilter import filter_lijst
from kompas.web.toestand import Toestand
from kompas.weergave.getallen import aantal, getal, percent

PER_BLAD = 50
FILTERS = ("afdeling", "team", "klantmanager", "doelgroep", "instrument")
KOLOMMEN = (
    "client_id",
    "team",
    "klantmanager",
    "duur_maanden",
    "kans_werk_12m",
    "verwachte_maanden",
    "doelgroep",
    "advies",
)
KORT = {
    "duur_maanden": "Maanden bijstand",
    "kans_werk_12m": "Kans op werk, 12 maanden",
    "verwachte_maanden": "Maanden nog te gaan",
    "advies": "Advies 'ja'",
}
GETALLEN = ("duur_maanden", "kans_werk_12m", "verwachte_maanden")
RICHTINGEN = ("oplopend", "aflopend")
LEEG = "–"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vraag:
    """What is asked of the list; all of it travels in the form."""

    zoek: str = ""
    keuze: Mapping[str, str]
    sorteer: str = "client_id"
    richting: str = "oplopend"
    pagina: int = 1

    def velden(self) -> dict[str, str]:
        """Return the question as fields of a form."""
        vast = {"zoek": self.zoek, "sorteer": self.sorteer, "richting": self.richting, "pagina": str(self.pagina)}
        return vast | dict(self.keuze)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kop:
    """Heading of a column: ``aria`` is none, ascending or descending; ``volgende`` is the order a press gives."""

    naam: str
    label: str
    getal: bool
    aria: str
    volgende: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lijstblad:
    """One page of the list: all text.

    Parameters
    ----------
    vraag : Vraag
        As it was understood: a page that does not exist became the nearest.
    koppen : tuple of Kop
    rijen : tuple of (client, cells)
    aantal, van, tot, paginas : int
        Rows found, first and last row on this page, number of pages.
    bijschrift : str
    """

    vraag: Vraag
    koppen: tuple[Kop, ...]
    rijen: tuple[tuple[str, tuple[str, ...]], ...]
    aantal: int
    van: int
    tot: int
    paginas: int
    bijschrift: str


def lees_vraag(getypt: Mapping[str, str], t: Toestand) -> Vraag:
    """Read the form of the list; what no form of ours can hold falls back to the plain list.

    A press on a heading sends ``kolom`` as ``name:order``, a press on a page ``blad``; a search begins at page one.
    """
    keuze = {f: w for f in FILTERS if (w := getypt.get(f, "")) in t.waarden.get(f, ())}
    sorteer, richting = getypt.get("sorteer", ""), getypt.get("richting", "")
    pagina = getypt.get("blad", "") or ("1" if "zoeken" in getypt else getypt.get("pagina", ""))
    if ":" in getypt.get("kolom", ""):
        sorteer, _, richting = getypt["kolom"].partition(":")
        pagina = "1"
    return Vraag(
        zoek=getypt.get("zoek", "").strip(),
        keuze=keuze,
        sorteer=sorteer if sorteer in KOLOMMEN else "client_id",
        richting=richting if richting in RICHTINGEN else "oplopend",
        pagina=int(pagina) if pagina.isascii() and pagina.isdigit() and len(pagina) < 8 else 1,
    )


def _gevonden(lijst: Lijst, v: Vraag, t: Toestand) -> pd.DataFrame:
    """Rows that pass search and filters, in order; equal ones by client number."""
    tabel = filter_lijst(lijst, {f: [w] for f, w in v.keuze.items()}, t.waarden).tabel
    if v.zoek:
        tabel = tabel[tabel["client_id"].str.contains(v.zoek, case=False, regex=False)]
    op = tabel[v.sorteer]
    op = op if v.sorteer in GETALLEN else op.fillna("").astype(str)
    rang = pd.DataFrame({"op": op, "client_id": tabel["client_id"]}, index=tabel.index)
    orde = rang.sort_values(["op", "client_id"], ascending=[v.richting == "oplopend", True], na_position="last")
    return tabel.loc[orde.index]


def maak_lijstblad(t: Toestand, v: Vraag) -> Lijstblad:
    """Return one page of the list.

    Parameters
    ----------
    t : Toestand
        With a list.
    v : Vraag

    Returns
    -------
    Lijstblad
    """
    if t.lijst is None:
        raise ValueError("there is no list")
    tabel = _gevonden(t.lijst, v, t)
    paginas = max(1, -(-len(tabel) // PER_BLAD))
    pagina = min(max(v.pagina, 1), paginas)
    v = Vraag(zoek=v.zoek, keuze=v.keuze, sorteer=v.sorteer, richting=v.richting, pagina=pagina)
    begin = (pagina - 1) * PER_BLAD
    deel = tabel.iloc[begin : begin + PER_BLAD]
    koppen = _koppen(v)
    tot = begin + len(deel)
    orde = next(k.label for k in koppen if k.naam == v.sorteer)
    stuk = f"{aantal(begin + 1)} tot en met {aantal(tot)} van {aantal(len(tabel))}" if len(deel) else "geen gevonden"
    return Lijstblad(
        vraag=v,
        koppen=koppen,
        rijen=_rijen(deel, t),
        aantal=len(tabel),
        van=begin + 1,
        tot=tot,
        paginas=paginas,
        bijschrift=f"Lopende uitkeringen: {stuk}. Volgorde: {orde.lower()}, {v.richting}.",
    )


def _koppen(v: Vraag) -> tuple[Kop, ...]:
    b = lees_begrippen()
    uit = []
    for naam in KOLOMMEN:
        nu = naam == v.sorteer
        aria = {"oplopend": "ascending", "aflopend": "descending"}[v.richting] if nu else "none"
        volgende = "aflopend" if nu and v.richting == "oplopend" else "oplopend"
        label = KORT.get(naam, b.label(naam))
        uit.append(Kop(naam=naam, label=label, getal=naam in GETALLEN, aria=aria, volgende=volgende))
    return tuple(uit)


def _rijen(deel: pd.DataFrame, t: Toestand) -> tuple[tuple[str, tuple[str, ...]], ...]:
    labels = {d.code: d.naam for d in t.config.doelgroepen}
    namen = {i.code: i.label for i in t.lijst.instrumenten} if t.lijst is not None else {}

    def tekst(kolom: str, waarde: object) -> str:
        if waarde is None or pd.isna(waarde) or waarde == "":
            return LEEG
        if kolom == "kans_werk_12m":
            return percent(waarde)
        if kolom == "verwachte_maanden":
            return getal(waarde, 1)
        if kolom == "duur_maanden":
            return aantal(waarde)
        if kolom == "advies":
            return ", ".join(namen.get(c, c) for c in str(waarde).split())
        return labels.get(str(waarde), str(waarde)) if kolom == "doelgroep" else str(waarde)

    return tuple(
        (str(r["client_id"]), tuple(tekst(k, r[k]) for k in KOLOMMEN[1:]))
        for r in deel[list(KOLOMMEN)].to_dict("records")
    )
