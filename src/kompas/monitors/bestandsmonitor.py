"""The bestandsmonitor: the caseload per month beside that of others, its development, flows, groups and outlook."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.bron.cbs_bestanden import lees_cbs_jaren
from kompas.config import Config
from kompas.monitors.bestandscijfers import (
    HORIZON,
    KOLOMMEN,
    jaarbasis,
    prognoses,
    realisaties,
    stand,
    stromen,
    verschillen,
)
from kompas.monitors.eigenreeks import TOTAAL
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.vergelijking import gemeentekenmerken, ontwikkeling_gemeenten, rangorde
from kompas.toonbaar import Toonbaar

Voortgang = Callable[[str, float], None]


class Vooruit(Protocol):
    """What this monitor takes from `kompas.monitors.vooruitzicht.Vooruitzicht`."""

    @property
    def tabel(self) -> pd.DataFrame:
        """One row per month ahead: maand, uitkeringen, ondergrens, bovengrens, instroom, uitstroom."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bestandsmonitor(Toonbaar, tabel="tabel"):
    """The caseload of the own municipality and of the areas it compares itself with.

    Parameters
    ----------
    gemeente : str
    peildatum : date
    laatste_maand : str
        Last complete month of the own series.
    tabel : DataFrame
        One row per maand x gebied x groep x soort (realisatie, prognose): maand, gebied, groep, soort, huishoudens
        (that live there), uitkeringen (true level at the end of the month), geschaald (uitkeringen / huishoudens times
        the own households), ontwikkeling_3m (fraction, against three months before), instroom, uitstroom, ondergrens,
        bovengrens (80%, of uitkeringen; only on prognose rows). nan = unknown.
    stand : DataFrame
        One row per gebied, last realised month: gebied, maand, uitkeringen, geschaald, ontwikkeling_3m, richting
        (dalend, stijgend, gelijk, onbekend), voorlopig.
    stromen : DataFrame
        One row per gebied x periode (calendar years and the last twelve months): stand_begin, instroom, uitstroom, and
        four fractions: instroom_cbs and uitstroom_cbs = flow / (stand_begin + instroom), instroom_divosa and
        uitstroom_divosa = flow / stand_begin.
    jaarbasis : DataFrame
        One row per gebied x maand: instroom and uitstroom of three months times four, and the same scaled to the own
        households (instroom_geschaald, uitstroom_geschaald).
    verschillen : DataFrame
        One row per maand x gebied x groep: eigen, geschaald, verschil, verschil_fractie (of geschaald).
    gemeenten, ranglijst : DataFrame
        From the yearly tables of CBS (persons): traits per municipality, and the ranking of developments. May be empty.
    voorlopig : DataFrame
        gebied, maand of figures that CBS may still change.
    bronnen, toelichting, waarschuwingen : tuple of str
    vooruitzicht : Vooruitzicht, optional
        The forecast of the own total with what it is made of, and the what-ifs.
    """

    gemeente: str
    peildatum: dt.date
    laatste_maand: str
    tabel: pd.DataFrame
    stand: pd.DataFrame
    stromen: pd.DataFrame
    jaarbasis: pd.DataFrame
    verschillen: pd.DataFrame
    gemeenten: pd.DataFrame
    ranglijst: pd.DataFrame
    voorlopig: pd.DataFrame
    regio: str | None
    bronnen: tuple[str, ...]
    toelichting: tuple[str, ...]
    waarschuwingen: tuple[str, ...]
    vooruitzicht: Vooruit | None = None

    def reeks(self, gebied: str, groep: str = TOTAAL) -> pd.DataFrame:
        """Rows of ``tabel`` of one area and group, in order of month."""
        f = self.tabel
        return f[(f["gebied"] == gebied) & (f["groep"] == groep)].reset_index(drop=True)


def maak_bestandsmonitor(
    bestand: Bestand,
    config: Config,
    *,
    vooruitzicht: Vooruit | None = None,
    reeksen: Reeksen | None = None,
    voortgang: Voortgang | None = None,
) -> Bestandsmonitor:
    r"""Compare, follow and forecast the caseload.

    Scaled level of area :math:`g`: :math:`U_g / H_g \cdot H_0`, with :math:`U` benefits and :math:`H` households, 0 the
    own municipality. For a group the households of the group where both have them, else all households of both.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    vooruitzicht : Vooruitzicht, optional
        Gives the forecast of the own total; without it the series alone does.
    reeksen : Reeksen, optional
        Made from ``bestand`` when absent.
    voortgang : function (step, share), optional

    Returns
    -------
    Bestandsmonitor

    Raises
    ------
    GebruiksFout
        ``KMP-Z101`` when there is no series at all.
    """
    zeg = voortgang or (lambda _naam, _deel: None)
    zeg("reeksen", 0.0)
    r = maak_reeksen(bestand, config) if reeksen is None else reeksen
    real, schaalzinnen = realisaties(r)
    zeg("prognose", 0.3)
    vooruit, prognosezinnen = prognoses(r, real, None if vooruitzicht is None else vooruitzicht.tabel)
    delen = [d for d in (real, vooruit) if len(d)]
    tabel = pd.concat(delen, ignore_index=True)
    tabel["soort"] = pd.Categorical(tabel["soort"], ["realisatie", "prognose"])
    tabel = tabel.sort_values(["gebied", "groep", "soort", "maand"], kind="stable", ignore_index=True)
    tabel["soort"] = tabel["soort"].astype(object)
    zeg("vergelijking", 0.9)
    gemeenten, ranglijst, gemeentezinnen = _gemeenten(config)
    los = r.tabel.loc[r.tabel["voorlopig"], ["gebied", "maand"]].drop_duplicates(ignore_index=True)
    if len(los):
        gemeentezinnen = (*gemeentezinnen, f"{len(los)} cijfers van het CBS zijn voorlopig en kunnen nog veranderen.")
    return Bestandsmonitor(
        gemeente=r.gemeente,
        peildatum=r.peildatum,
        laatste_maand=r.laatste_maand,
        tabel=tabel[list(KOLOMMEN)],
        stand=stand(real, los),
        stromen=stromen(real),
        jaarbasis=jaarbasis(real),
        verschillen=verschillen(real),
        gemeenten=gemeenten,
        ranglijst=ranglijst,
        voorlopig=los,
        regio=config.monitor.regio,
        bronnen=_bronnen(r),
        toelichting=tuple(dict.fromkeys((*r.toelichting, *schaalzinnen, *prognosezinnen, *gemeentezinnen))),
        waarschuwingen=r.waarschuwingen,
        vooruitzicht=vooruitzicht,
    )


def _bronnen(r: Reeksen) -> tuple[str, ...]:
    """What each area rests on, and until when."""
    uit = []
    for gebied in r.gebieden():
        f = r.tabel[(r.tabel["gebied"] == gebied) & r.tabel["uitkeringen"].notna()]
        if len(f):
            herkomst = ", ".join(sorted(set(f["bron"])))
            namen = sorted(set(f["naam"]))
            wie = namen[0] if len(namen) == 1 else f"{len(namen)} gemeenten"
            uit.append(f"{gebied} ({wie}): {herkomst}, tot en met {f['maand'].max()}")
    return tuple(uit)


def _gemeenten(config: Config) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """Yearly figures per municipality, and who fell most and least in the last year."""
    leeg = pd.DataFrame()
    jaren = lees_cbs_jaren(config.map, config.monitor.cbs)
    jaren = jaren[jaren["jaar"] <= config.gemeente.peildatum.year] if len(jaren) else jaren
    if jaren.empty:
        return leeg, leeg, ()
    kenmerken = gemeentekenmerken(jaren)
    groei, zinnen = ontwikkeling_gemeenten(jaren)
    if groei.empty:
        return kenmerken, leeg, zinnen
    laatste = int(groei["jaar"].max())
    lijst = rangorde(groei[groei["jaar"] == laatste], "ontwikkeling", eigen=config.monitor.regio)
    return kenmerken, lijst.assign(jaar=np.int64(laatste)), zinnen


__all__ = ["HORIZON", "KOLOMMEN", "Bestandsmonitor", "maak_bestandsmonitor"]
