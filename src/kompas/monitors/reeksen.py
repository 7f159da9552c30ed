"""Monthly series of the caseload: own, reference municipalities, region, G27, the Netherlands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kompas.bron import Bestand, afgevallen_rijen
from kompas.config import Config
from kompas.fouten import GebruiksFout, naaste
from kompas.monitors.eigenreeks import TOTAAL
from kompas.monitors.maanden import nummers, van_datum
from kompas.monitors.reeksbron import (
    CIJFERS,
    GEBIEDEN,
    Deelreeks,
    eigen_uit_tabellen,
    eigen_uit_uitkeringen,
    uit_cbs,
    uit_referentie,
)
from kompas.toonbaar import Toonbaar

__all__ = ["GEBIEDEN", "KOLOMMEN", "Reeksen", "maak_reeksen"]

KOLOMMEN = ("maand", "gebied", "naam", "groep", *CIJFERS, "voorlopig", "bron")
BEKEND = ("uitkeringen", "instroom", "uitstroom")
AANHOUDEN, TERUGLEGGEN = 24, 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reeksen(Toonbaar, tabel="tabel"):
    """Monthly series of all areas.

    Parameters
    ----------
    tabel : DataFrame
        One row per gebied x naam x groep x maand, sorted so: maand (jjjj-mm), gebied (eigen, referentie, regio, g27,
        nederland), naam (of the area), groep (totaal, a leefvorm, ``leeftijd=15-24``, ``KENMERK=waarde``),
        huishoudens (that live there), uitkeringen (running at the end of the month), instroom, uitstroom, uitgaven
        (euro); float, nan = unknown; voorlopig (bool), bron (microdata, referentie, cbs, uitgaven).
    gemeente : str
    peildatum : date
    laatste_maand : str
        Last complete month of the own series; of all series when there is no own one.
    toelichting, waarschuwingen : tuple of str
    """

    tabel: pd.DataFrame
    gemeente: str
    peildatum: dt.date
    laatste_maand: str
    toelichting: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()
    _gezien: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, init=False, repr=False)

    def gebieden(self) -> tuple[str, ...]:
        """Areas that have a row, in the order of ``GEBIEDEN``."""
        er = set(self.tabel["gebied"])
        return tuple(g for g in GEBIEDEN if g in er)

    def groepen(self, gebied: str = "eigen") -> tuple[str, ...]:
        """Groups of an area, ``totaal`` first."""
        er = [str(g) for g in self.tabel.loc[self.tabel["gebied"] == gebied, "groep"].unique()]
        return tuple(sorted(er, key=lambda g: (g != TOTAAL, er.index(g))))

    def reeks(self, gebied: str, groep: str = TOTAAL) -> pd.DataFrame:
        """Series of one area and group: the last run of months without a gap.

        Areas of several names (ten reference municipalities) are added up, over the months in which every name has a
        number of benefits; `alle` has the other months too.

        Parameters
        ----------
        gebied : str
        groep : str

        Returns
        -------
        DataFrame
            The columns of ``tabel``, one row per month in order, ``uitkeringen`` never missing; may be empty.

        Raises
        ------
        GebruiksFout
            ``KMP-Z102`` for an unknown area.
        """
        som = self.alle(gebied, groep)
        som = som[som["uitkeringen"].notna()]
        stap = np.diff(nummers(som["maand"])) != 1
        vanaf = int(np.flatnonzero(stap)[-1]) + 1 if stap.any() else 0
        return som.iloc[vanaf:].reset_index(drop=True)

    def alle(self, gebied: str, groep: str = TOTAAL) -> pd.DataFrame:
        """Series as `reeks` gives it, with every month of which something is known; there may be gaps."""
        if gebied not in GEBIEDEN:
            raise GebruiksFout(
                "KMP-Z102",
                f"onbekend gebied '{gebied}'.{naaste(gebied, GEBIEDEN)} Er is: {', '.join(GEBIEDEN)}.",
            )
        if (gebied, groep) not in self._gezien:  # monitors ask for the same series over and over
            eigen = self.tabel[(self.tabel["gebied"] == gebied) & (self.tabel["groep"] == groep)]
            eigen = eigen[eigen[list(BEKEND)].notna().any(axis=1)]
            self._gezien[gebied, groep] = _opgeteld(eigen) if len(eigen) else eigen.reset_index(drop=True)
        return self._gezien[gebied, groep].copy()


def _opgeteld(f: pd.DataFrame) -> pd.DataFrame:
    """Add up the names of one area and group, over the months in which all of them are there."""
    aantal = f["naam"].nunique()
    if aantal == 1:
        return f.sort_values("maand", kind="stable").reset_index(drop=True)
    per = f.groupby("maand", sort=True)
    som = per[list(CIJFERS)].sum(min_count=aantal)
    som["voorlopig"] = per["voorlopig"].any()
    som["bron"] = per["bron"].agg(lambda b: ", ".join(sorted(set(b))))
    som = som[per["naam"].nunique() == aantal].reset_index()
    return som.assign(gebied=f["gebied"].iloc[0], naam=f"{aantal} gemeenten", groep=f["groep"].iloc[0])[list(KOLOMMEN)]


def _vul_huishoudens(f: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Hold the last known number of households where a month has none: it is often known once a year."""
    groep = f.groupby(["gebied", "naam", "groep"], sort=False)["huishoudens"]
    vol = groep.ffill(limit=AANHOUDEN)
    f = f.assign(huishoudens=vol)
    terug = f.groupby(["gebied", "naam", "groep"], sort=False)["huishoudens"].bfill(limit=TERUGLEGGEN)
    return f.assign(huishoudens=terug), bool((terug.notna() & groep.transform(lambda x: x).isna()).any())


def _met_eigen_huishoudens(eigen: pd.DataFrame, tabel: pd.DataFrame) -> pd.DataFrame:
    """Own households and spending of the table referentie, beside own counts from another source."""
    extra = tabel.loc[tabel["gebied"] == "eigen", ["maand", "groep", "huishoudens", "uitgaven"]]
    extra = extra.groupby(["maand", "groep"], as_index=False).first()
    basis = eigen.drop(columns=["huishoudens"]).rename(columns={"uitgaven": "_u"})
    uit = basis.merge(extra, on=["maand", "groep"], how="left")
    uit["uitgaven"] = uit.pop("_u").fillna(uit["uitgaven"])
    return uit


def _eigen(bestand: Bestand, config: Config, tabel: pd.DataFrame, tot: str) -> Deelreeks:
    """Own series: from microdata when there are spells, else from the tables."""
    if len(bestand.uitkeringen):
        d = eigen_uit_uitkeringen(bestand, config)
        return Deelreeks(
            tabel=_met_eigen_huishoudens(d.tabel, tabel),
            toelichting=d.toelichting,
            waarschuwingen=(*d.waarschuwingen, *afgevallen_rijen(bestand, ("uitkeringen",))),
        )
    d = eigen_uit_tabellen(bestand, config, tabel)
    return Deelreeks(tabel=d.tabel[d.tabel["maand"] <= tot], toelichting=d.toelichting, waarschuwingen=d.waarschuwingen)


def maak_reeksen(bestand: Bestand, config: Config) -> Reeksen:
    """Collect the monthly series from microdata, the table referentie and files of CBS.

    Months after the peildatum are left out. From microdata: households of regeling ``algemeen`` below the AOW age, one
    per uitkering; a gap of at most ``gat_dagen`` and a takeover within the household are neither out- nor inflow; who
    reaches the AOW age flows out.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config

    Returns
    -------
    Reeksen

    Raises
    ------
    GebruiksFout
        ``KMP-Z101`` when there is no series at all.
    """
    tot = van_datum(config.gemeente.peildatum)
    ref = uit_referentie(bestand, config)
    eigen = _eigen(bestand, config, ref.tabel, tot)
    ander = ref.tabel[(ref.tabel["gebied"] != "eigen") & (ref.tabel["maand"] <= tot)]
    cbs = uit_cbs(config, bezet=frozenset(ander["gebied"]) | frozenset(eigen.tabel["gebied"]), tot=tot)
    delen = [d for d in (eigen.tabel, ander, cbs.tabel) if len(d)]
    if not delen:
        raise GebruiksFout(
            "KMP-Z101",
            "er is geen enkele reeks om te tonen tot en met de peildatum. Voeg [bron.uitkeringen] toe, of "
            "[bron.referentie], of noem een bestand van CBS onder [monitor] cbs.",
        )
    alles = pd.concat([d[list(KOLOMMEN)] for d in delen], ignore_index=True)
    alles = alles.sort_values(["gebied", "naam", "groep", "maand"], kind="stable", ignore_index=True)
    alles, gevuld = _vul_huishoudens(alles)
    toelichting = [*eigen.toelichting, *ref.toelichting, *cbs.toelichting]
    if gevuld:
        toelichting.append(
            f"Waar een maand geen aantal huishoudens heeft, is het laatst bekende aangehouden (hoogstens {AANHOUDEN} "
            "maanden)."
        )
    return Reeksen(
        tabel=alles,
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        laatste_maand=_laatste(alles),
        toelichting=tuple(dict.fromkeys(toelichting)),
        waarschuwingen=(*eigen.waarschuwingen, *ref.waarschuwingen, *cbs.waarschuwingen),
    )


def _laatste(f: pd.DataFrame) -> str:
    bekend = f[f["uitkeringen"].notna() & (f["groep"] == TOTAAL)]
    eigen = bekend[bekend["gebied"] == "eigen"]
    reeks = eigen if len(eigen) else bekend if len(bekend) else f
    return str(reeks["maand"].max())
