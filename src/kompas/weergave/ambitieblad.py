"""The ambition as a page and as text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.monitors.ambitie import Ambitiemonitor
from kompas.weergave.ambitieplaat import hoofdzinnen, kansplaat, pad
from kompas.weergave.getallen import datum, getal, klein_aantal, percent
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.poortblad import maak_blad
from kompas.weergave.vooruitzichtblad import LEEG, op_regels


def _rond(waarde: float) -> str:
    return getal(waarde, 0, leeg=LEEG)


def tabelrijen(a: Ambitiemonitor) -> list[list[str]]:
    """The months as text; a caseload under ten is not shown, nor the gaps that would give it away."""
    rijen = []
    for r in a.tabel.to_dict("records"):
        klein = np.isfinite(r["realisatie"]) and 0 < r["realisatie"] < 10
        gaten = [
            r["gat_trend"],
            r["gat_eigen"],
            r["gat_trend"] + r["gat_eigen"] if not np.isnan(r["gat_trend"]) else r["gat_eigen"],
        ]
        rijen.append(
            [
                str(r["maand"]),
                klein_aantal(r["realisatie"], leeg=LEEG),
                _rond(r["prognose"]),
                _rond(r["trendpad"]),
                _rond(r["doelpad"]),
                *(["niet getoond"] * 3 if klein else [_rond(g) for g in gaten]),
                percent(r["kans"], leeg=LEEG),
            ]
        )
    return rijen


KOPPEN = ("Maand", "Realisatie", "Prognose", "Trendpad", "Doelpad", "Gat: trend", "Gat: eigen", "Gat", "Kans")


def _tabel(a: Ambitiemonitor) -> Tabel:
    return teksttabel(
        "ambitie-tabel", "Bestand tegen trendpad en doelpad", {k: k != "Maand" for k in KOPPEN}, tabelrijen(a)
    )


def _kanstabel(a: Ambitiemonitor) -> Tabel:
    t = a.tabel[a.tabel["prognose"].notna()]
    rijen = [[r.maand, percent(r.kans, leeg=LEEG)] for r in t.itertuples()]
    return teksttabel("kanstabel", "Kans per maand", {"Maand": False, "Kans": True}, rijen)


def ambitiedelen(a: Ambitiemonitor) -> list[Deel]:
    """Sections of the page."""
    p = pad(a)
    eerste = Stuk(zinnen=hoofdzinnen(a), svg=p.tekening, bijschrift=p.titel, tabel=_tabel(a), dicht=len(a.tabel) > 12)
    delen = [Deel(id="ambitie", kop="Bestand en ambitie", kort="Ambitie", stukken=(eerste,))]
    if a.tabel.loc[a.tabel["prognose"].notna(), "kans"].notna().any():
        k = kansplaat(a)
        delen.append(
            Deel(
                id="ambitie-kans",
                kop="Kans op het halen van de ambitie",
                kort="Kans",
                stukken=(Stuk(svg=k.tekening, bijschrift=k.titel, tabel=_kanstabel(a), dicht=True),),
            )
        )
    rust = Stuk(punten=(*a.toelichting, *a.bronnen))
    delen.append(Deel(id="ambitie-rust", kop="Waar dit op rust", kort="Onderbouwing", stukken=(rust,)))
    return delen


def ambitiepagina(a: Ambitiemonitor) -> str:
    """Return one HTML page; the same result gives the same text."""
    return maak_blad(
        f"Ambitiemonitor: {a.gemeente}", f"Peildatum {datum(a.peildatum)}.", ambitiedelen(a), a.waarschuwingen
    )


def _kies(a: Ambitiemonitor) -> pd.Index:
    """Rows for a terminal: the departure, every half year, the last realised month and the last one."""
    n = len(a.tabel)
    echt = int(a.tabel["realisatie"].notna().sum()) - 1
    return a.tabel.index[sorted({0, *range(echt, -1, -6), *range(echt, n, 6), n - 1})]


def ambitietekst(a: Ambitiemonitor) -> str:
    """Return the same for a terminal of 80 columns."""
    kop = f"{'maand':<8}{'realisatie':>13}{'prognose':>10}{'trendpad':>10}{'doelpad':>10}{'gat':>14}{'kans':>8}"
    alle = tabelrijen(a)
    rijen = []
    for k in _kies(a):
        r = alle[k]
        rijen.append(f"{r[0]:<8}{r[1]:>13}{r[2]:>10}{r[3]:>10}{r[4]:>10}{r[7]:>14}{r[8]:>8}")
    return "\n".join([op_regels(list(hoofdzinnen(a))), "", kop, *rijen, "", op_regels([*a.toelichting, *a.bronnen])])
