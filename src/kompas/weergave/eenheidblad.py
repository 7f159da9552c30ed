"""The page of one afdeling or team: its own key figures, its red signals, its caseload over the months."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.monitors.kengetallen import KENGETALLEN
from kompas.monitors.kengetalvorm import WERKSTROMEN
from kompas.monitors.signaal import GEEN
from kompas.weergave.getallen import aantal, maandnaam
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.lijnen import lijnplaat
from kompas.weergave.uitvoeringblad import KOPPEN, cijferrij, naam_van, rooddeel
from kompas.weergave.uitvoeringcijfers import NIET_GETOOND, VERBERGZIN, stand, verborgen
from kompas.weergave.uitvoeringplaat import signalen

STAND = "volume"


def eenheden(u: Any) -> list[tuple[str, str]]:
    """Return (niveau, eenheid) of the afdelingen and teams that have figures, afdelingen first, by name."""
    f = u.tabel[u.tabel["niveau"].isin(["teamleider", "team"])]
    paren = f[["niveau", "eenheid"]].drop_duplicates().itertuples(index=False)
    return sorted(((str(n), str(e)) for n, e in paren), key=lambda p: (p[0] != "teamleider", p[1]))


def standen(u: Any) -> pd.DataFrame:
    """Caseload of every unit by month: maand, niveau, eenheid, waarde (nan where it is not shown to others)."""
    f = u.tabel[u.tabel["kengetal"] == STAND].merge(
        u.onderbouwing, on=["maand", "niveau", "eenheid", "kengetal"], how="left", sort=False
    )
    weg = np.zeros(len(f), dtype=bool)
    for plek in f.groupby("maand", sort=False).indices.values():
        weg[plek] = verborgen(f.iloc[plek].reset_index(drop=True), u.teams)
    return f[["maand", "niveau", "eenheid"]].assign(waarde=f["realisatie"].mask(weg))


def _standdeel(alle: pd.DataFrame, niveau: str, eenheid: str) -> Deel | None:
    """Caseload of one unit by month; months that are not shown are gaps."""
    f = alle[(alle["niveau"] == niveau) & (alle["eenheid"] == eenheid)]
    if f.empty:
        return None
    rijen = [
        [maandnaam(str(m)), NIET_GETOOND if np.isnan(w) else aantal(w)]
        for m, w in zip(f["maand"], f["waarde"], strict=True)
    ]
    tabel = teksttabel("eenheid-stand", "Huishoudens per maand", {"Maand": False, "Huishoudens": True}, rijen)
    if f["waarde"].notna().sum() < 2:
        stuk = Stuk(tabel=tabel)
    else:
        p = lijnplaat(f.assign(lijn=eenheid), titel=f"Huishoudens met bijstand: {eenheid}", y_titel="Huishoudens")
        stuk = Stuk(zinnen=p.zinnen, svg=p.tekening, bijschrift=p.titel, tabel=tabel, dicht=True)
    return Deel(id="eenheid-bestand", kop="Bestand", kort="Bestand", stukken=(stuk,))


def _cijfertabel(f: pd.DataFrame, werkstroom: str) -> Tabel | None:
    deel = f[f["werkstroom"] == werkstroom]
    if deel.empty:
        return None
    naam = lees_begrippen().waarde("werkstroom", werkstroom)
    rijen = [cijferrij(r, naam_van(str(r.kengetal))) for r in deel.itertuples()]
    return teksttabel(f"eenheid-{werkstroom}", naam[0].upper() + naam[1:], KOPPEN, rijen)


def eenheiddelen(
    u: Any, niveau: str, eenheid: str, *, bestand: pd.DataFrame | None = None, cijfers: pd.DataFrame | None = None
) -> list[Deel]:
    """Sections of one unit: signals, figures per stream, causes, caseload.

    Parameters
    ----------
    u : Uitvoeringsmonitor
    niveau : {"teamleider", "team"}
    eenheid : str
    bestand, cijfers : DataFrame, optional
        `standen` and `stand` of the monitor, when many pages are made.
    """
    alles = stand(u) if cijfers is None else cijfers
    f = alles[(alles["niveau"] == niveau) & (alles["eenheid"] == eenheid)]
    met = f[(f["signaal"] != GEEN) & ~f["verborgen"]]
    zinnen: tuple[str, ...] = (VERBERGZIN,) if f["verborgen"].any() else ()
    tabellen = [t for w in WERKSTROMEN if (t := _cijfertabel(f, w)) is not None]
    eerste: tuple[Stuk, ...]
    if len(met):
        p = signalen(u, eenheid, cijfers=alles)
        eerste = (Stuk(zinnen=(*p.zinnen, *zinnen), svg=p.tekening, bijschrift=p.titel),)
    else:
        eerste = (Stuk(zinnen=("Voor deze eenheid is geen norm vastgesteld: er zijn geen signalen.", *zinnen)),)
    kern = Deel(
        id="eenheid-cijfers",
        kop="Kengetallen",
        kort="Kengetallen",
        stukken=(*eerste, *(Stuk(tabel=t) for t in tabellen)),
    )
    wat = [
        f"{naam_van(c)}: {KENGETALLEN[c].definitie}"
        for c in dict.fromkeys(f["kengetal"].astype(str))
        if c in KENGETALLEN
    ]
    uitleg = Deel(
        id="eenheid-uitleg",
        kop="Definities",
        kort="Definities",
        stukken=(Stuk(punten=tuple(wat)), Stuk(punten=u.bronnen)),
    )
    los = [rooddeel(u, niveau, eenheid), _standdeel(standen(u) if bestand is None else bestand, niveau, eenheid)]
    return [kern, *(d for d in los if d is not None), uitleg]
