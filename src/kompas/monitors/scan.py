"""BijstandScan: comparison, reductiepotentieel, own caseload, outlook and conclusions for one municipality."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout, KompasError
from kompas.herijking import Herijking
from kompas.monitors.bestandsanalyse import Bestandsanalyse, maak_bestandsanalyse
from kompas.monitors.budgetreken import nulzinnen
from kompas.monitors.maanden import laatste_dag, nummer, van_datum
from kompas.monitors.reductie import Reductie, kies_gebied, maak_reductie
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.scanconclusies import maak_conclusies
from kompas.monitors.scangeld import aandelentabel, landelijk_resultaat, resultaattabel
from kompas.monitors.scanlijnen import lijntabel, mixverschil
from kompas.monitors.scanvergelijking import (
    groepentabel,
    ontwikkeling,
    prijstabel,
    standtabel,
    stroomtabel,
)
from kompas.monitors.uitgavenreken import laatste_hele_maand
from kompas.monitors.vooruitzicht import Vooruitzicht, maak_vooruitzicht
from kompas.toonbaar import Toonbaar

KOLOMMEN = [
    *("onderdeel", "kengetal", "gebied", "groep", "periode", "maat", "eigen", "vergelijk", "verschil"),
    *("verschil_fractie", "ondergrens", "bovengrens", "oordeel"),
]
NAMEN = {"referentie": "de referentiegemeenten", "regio": "de regio", "g27": "de G27", "nederland": "Nederland"}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scan(Toonbaar, tabel="tabel"):
    """The BijstandScan of one municipality.

    Parameters
    ----------
    gemeente : str
    peildatum : date
    gebied : str
        Area of the main comparison (referentie, regio, g27, nederland); empty when there is none.
    maand : str
        Last month of the own series (jjjj-mm).
    tabel : DataFrame
        Every figure of the report, one row each: onderdeel (ontwikkeling, vergelijking, reductiepotentieel, bestand,
        vooruitzicht, geld), kengetal, gebied, groep, periode, maat (aantal, euro, fractie), eigen, vergelijk,
        verschil, verschil_fractie, ondergrens, bovengrens, oordeel. The interval is that of ``verschil`` where there is
        one (95%), else that of ``eigen`` (95%; of a forecast 80%).
    ontwikkeling, standen, stromen, groepen, prijs, lijnen, resultaat, aandelen : DataFrame
        See `kompas.monitors.scanvergelijking`, `scanlijnen` and `scangeld`; ``groepen`` against ``gebied``.
    mix : float
        How much dearer the own mix of leefvormen is at equal norms, as a fraction; nan unknown.
    landelijk : float
        National result of the last whole year, as a fraction of the budget; nan unknown.
    reductie : Reductie or None
    analyse : Bestandsanalyse or None
    vooruitzicht : Vooruitzicht or None
    conclusies : DataFrame
        See `kompas.monitors.scanconclusies.maak_conclusies`.
    ontbreekt : tuple of str
        Which part is not there, and which table would give it.
    bronnen, toelichting, waarschuwingen : tuple of str
    """

    gemeente: str
    peildatum: dt.date
    gebied: str
    maand: str
    tabel: pd.DataFrame
    ontwikkeling: pd.DataFrame
    standen: pd.DataFrame
    stromen: pd.DataFrame
    groepen: pd.DataFrame
    prijs: pd.DataFrame
    lijnen: pd.DataFrame
    mix: float
    resultaat: pd.DataFrame
    aandelen: pd.DataFrame
    landelijk: float
    reductie: Reductie | None
    analyse: Bestandsanalyse | None
    vooruitzicht: Vooruitzicht | None
    conclusies: pd.DataFrame
    ontbreekt: tuple[str, ...]
    bronnen: tuple[str, ...]
    toelichting: tuple[str, ...]
    waarschuwingen: tuple[str, ...]

    @property
    def vergelijk(self) -> str:
        """The area of the main comparison in words."""
        return NAMEN.get(self.gebied, "")

    @property
    def jaar(self) -> int:
        """Last whole calendar year of the own series."""
        n = nummer(self.maand)
        return n // 12 if n % 12 == 11 else n // 12 - 1


def _tegen(f: pd.DataFrame, gebied: str) -> pd.DataFrame:
    return f[f["gebied"] == gebied].reset_index(drop=True)


def _bronnen(bestand: Bestand, config: Config, reeksen: Reeksen) -> tuple[str, ...]:
    """What the scan rests on, with the age of each series at the peildatum."""
    peil = nummer(van_datum(config.gemeente.peildatum))
    uit = []
    for gebied in reeksen.gebieden():
        r = reeksen.reeks(gebied)
        if r.empty:
            continue
        oud = peil - nummer(str(r["maand"].iloc[-1]))
        leeftijd = "" if oud == 0 else f", {oud} {'maand' if oud == 1 else 'maanden'} voor de peildatum"
        naam = "Eigen gemeente" if gebied == "eigen" else str(r["naam"].iloc[-1])
        soort = str(r["bron"].iloc[-1])
        voorlopig = ", deels voorlopig" if bool(r["voorlopig"].any()) else ""
        uit.append(f"{naam}: {soort}, {r['maand'].iloc[0]} tot en met {r['maand'].iloc[-1]}{leeftijd}{voorlopig}.")
    tabellen = sorted(set(bestand.overig) & {"uitgaven", "budget", "macro"})
    return (*uit, *((f"Geld: tabellen {', '.join(tabellen)}.",) if tabellen else ()))


def _ontbreekt(scan: dict[str, pd.DataFrame], gebied: str | None, analyse: Bestandsanalyse | None) -> list[str]:
    uit = []
    if gebied is None:
        uit.append(
            "Vergelijking en reductiepotentieel ontbreken: er is geen maand met uitkeringen en huishoudens van de "
            "eigen gemeente en van een ander gebied. Voeg [bron.referentie] toe, met rijen van soort 'eigen'."
        )
    else:
        if _tegen(scan["stromen"], gebied).empty:
            uit.append("Vergelijking van in- en uitstroom ontbreekt: vul instroom en uitstroom in [bron.referentie].")
        if scan["groepen"].empty:
            uit.append("Vergelijking per groep ontbreekt: lever groepen in [bron.referentie] (kolom groep).")
        if _tegen(scan["prijs"], gebied).empty:
            uit.append("Vergelijking van de uitkeringshoogte ontbreekt: vul uitgaven in [bron.referentie].")
    if analyse is None:
        uit.append("De analyse van het eigen bestand ontbreekt: voeg [bron.uitkeringen] toe.")
    if scan["resultaat"].empty:
        uit.append("Het resultaat per jaar ontbreekt: voeg [bron.uitgaven] en [bron.budget] toe.")
    if scan["aandelen"].empty:
        uit.append("De aandelen in de macrototalen ontbreken: voeg [bron.macro] toe.")
    return uit


def _vooruitzicht(
    bestand: Bestand,
    config: Config,
    h: Herijking | None,
    reeksen: Reeksen,
    voortgang: Callable[[str, float], None] | None,
) -> tuple[Vooruitzicht | None, tuple[str, ...]]:
    """Make the outlook; when nothing can be said about the future, say why."""
    try:
        return maak_vooruitzicht(bestand, config, h, reeksen=reeksen, voortgang=voortgang), ()
    except KompasError as fout:
        return None, (f"Het vooruitzicht ontbreekt: {fout.bericht}",)


def maak_scan(
    bestand: Bestand,
    config: Config,
    h: Herijking | None,
    *,
    reeksen: Reeksen | None = None,
    vooruitzicht: Vooruitzicht | None = None,
    voortgang: Callable[[str, float], None] | None = None,
) -> Scan:
    """Make the BijstandScan: each part that the tables allow, with a sentence for each that they do not.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    h : Herijking or None
        For the outlook; without it only the series is continued.
    reeksen : Reeksen, optional
        Made from the input when absent.
    vooruitzicht : Vooruitzicht, optional
        Idem.
    voortgang : function (step, share), optional

    Returns
    -------
    Scan

    Raises
    ------
    GebruiksFout
        ``KMP-Z101`` when there is no series at all, ``KMP-Z301`` when there is none of the own municipality.
    """
    stap = voortgang if voortgang is not None else _stil
    stap("scan: reeksen", 0.0)
    r = reeksen if reeksen is not None else maak_reeksen(bestand, config)
    if r.reeks("eigen").empty:
        raise GebruiksFout(
            "KMP-Z301",
            "een scan gaat over de eigen gemeente, en daarvan is er geen reeks. Voeg [bron.uitkeringen] toe, of "
            "[bron.referentie] met rijen van soort 'eigen'. De gemeentebestanden van het CBS zijn jaarcijfers, geen "
            "maandreeks.",
        )
    extra: tuple[str, ...] = ()
    if vooruitzicht is None:
        vooruitzicht, extra = _vooruitzicht(bestand, config, h, r, voortgang)
    stap("scan: vergelijking", 0.3)
    gebied = kies_gebied(r)
    frames = {"ontwikkeling": ontwikkeling(r), "standen": standtabel(r), "stromen": stroomtabel(r)}
    frames |= {"prijs": prijstabel(r), "resultaat": resultaattabel(bestand, config)}
    frames["aandelen"] = aandelentabel(bestand, _jaar_nu(config))
    reductie = None if gebied is None else maak_reductie(r, gebied=gebied)
    frames["lijnen"] = lijntabel(r, gebied or "")
    frames["groepen"] = _groepen(r, gebied, frames["standen"])
    stap("scan: eigen bestand", 0.6)
    analyse = maak_bestandsanalyse(bestand, config)
    return _samen(bestand, config, r, frames, gebied, reductie, analyse, vooruitzicht, extra)


def _jaar_nu(config: Config) -> int:
    """Year of the last whole month on the peildatum."""
    return laatste_hele_maand(config.gemeente.peildatum) // 12


def _stil(_naam: str, _deel: float) -> None:
    """Report to nobody."""


def _groepen(r: Reeksen, gebied: str | None, standen: pd.DataFrame) -> pd.DataFrame:
    """Groups at the first and the last month of the comparison."""
    if gebied is None:
        return pd.DataFrame(columns=["maand", "groep"])
    maanden = standen.loc[standen["gebied"] == gebied, "maand"]
    delen = [groepentabel(r, gebied, m) for m in dict.fromkeys((str(maanden.iloc[0]), str(maanden.iloc[-1])))]
    gevuld = [d for d in delen if len(d)]
    return pd.concat(gevuld, ignore_index=True) if gevuld else delen[-1]


def _samen(
    bestand: Bestand,
    config: Config,
    r: Reeksen,
    frames: dict[str, pd.DataFrame],
    gebied: str | None,
    reductie: Reductie | None,
    analyse: Bestandsanalyse | None,
    vooruitzicht: Vooruitzicht | None,
    extra: tuple[str, ...],
) -> Scan:
    keus = gebied or ""
    n = nummer(r.laatste_maand)
    jaar = n // 12 if n % 12 == 11 else n // 12 - 1
    groepen, resultaat = frames["groepen"], frames["resultaat"]
    conclusies = maak_conclusies(
        standen=_tegen(frames["standen"], keus),
        stromen=_tegen(frames["stromen"], keus),
        groepen=groepen[groepen["maand"] == groepen["maand"].max()] if len(groepen) else groepen,
        prijs=_tegen(frames["prijs"], keus),
        vooruit=None if vooruitzicht is None else vooruitzicht.tabel,
        aandelen=frames["aandelen"][frames["aandelen"]["scenario"] != "realisatie"],
        laatste_jaar=jaar,
        nu=float(r.reeks("eigen")["uitkeringen"].iloc[-1]),
    )
    return Scan(
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        gebied=keus,
        maand=r.laatste_maand,
        tabel=_tabel(frames, reductie, analyse, vooruitzicht, keus),
        **frames,
        mix=float("nan") if reductie is None else mixverschil(reductie.groepen, laatste_dag(reductie.maand)),
        landelijk=landelijk_resultaat(bestand, jaar, _jaar_nu(config)),
        reductie=reductie,
        analyse=analyse,
        vooruitzicht=vooruitzicht,
        conclusies=conclusies,
        ontbreekt=(*_ontbreekt(frames, gebied, analyse), *extra),
        bronnen=_bronnen(bestand, config, r),
        toelichting=tuple(dict.fromkeys((*r.toelichting, *(reductie.toelichting if reductie else ())))),
        waarschuwingen=tuple(
            dict.fromkeys(
                (
                    *r.waarschuwingen,
                    *nulzinnen(dict(zip(resultaat["jaar"], resultaat["budget"], strict=True)), frames["aandelen"]),
                    *(vooruitzicht.waarschuwingen if vooruitzicht else ()),
                    *(analyse.waarschuwingen if analyse else ()),
                )
            )
        ),
    )


def _tabel(
    frames: dict[str, pd.DataFrame],
    reductie: Reductie | None,
    analyse: Bestandsanalyse | None,
    vooruitzicht: Vooruitzicht | None,
    gebied: str,
) -> pd.DataFrame:
    """All figures under each other."""
    o = frames["ontwikkeling"].melt(
        id_vars=["periode", "gebied"],
        value_vars=["volume", "uitgaven_verandering", "prijs_verandering"],
        var_name="kengetal",
        value_name="eigen",
    )
    delen = [o.assign(onderdeel="ontwikkeling", maat="fractie")]
    hoe = {"geschaald": "vergelijk"}
    s = frames["standen"].rename(columns={**hoe, "maand": "periode"})
    delen.append(s.assign(onderdeel="vergelijking", kengetal="uitkeringen", maat="aantal"))
    f = frames["stromen"].rename(columns={**hoe, "stroom": "kengetal"})
    delen.append(f.assign(onderdeel="vergelijking", maat="aantal"))
    g = frames["groepen"].rename(columns={**hoe, "maand": "periode"})
    delen.append(g.assign(onderdeel="vergelijking", kengetal="uitkeringen", gebied=gebied, maat="aantal"))
    delen.append(frames["prijs"].rename(columns=hoe).assign(onderdeel="vergelijking", kengetal="prijs", maat="euro"))
    if reductie is not None:
        t = reductie.tabel.rename(columns={"onderdeel": "kengetal"})
        extra = {"onderdeel": "reductiepotentieel", "gebied": reductie.gebied, "periode": reductie.maand}
        delen.append(t.assign(**extra, maat="aantal"))
    if analyse is not None:
        k = analyse.kansen.rename(columns={"kans": "eigen"})
        woord = "weg_binnen_" + k["maanden"].astype(str) + "m_" + k["tabel"].astype(str)
        delen.append(k.assign(onderdeel="bestand", kengetal=woord, gebied="eigen", maat="fractie"))
    if vooruitzicht is not None:
        v = vooruitzicht.tabel.rename(columns={"uitkeringen": "eigen", "maand": "periode"})
        delen.append(v.assign(onderdeel="vooruitzicht", kengetal="uitkeringen", gebied="eigen", maat="aantal"))
    delen += _geldrijen(frames)
    gevuld = [d.reindex(columns=KOLOMMEN) for d in delen if len(d)]
    uit = pd.concat([d.dropna(axis=1, how="all") for d in gevuld], ignore_index=True).reindex(columns=KOLOMMEN)
    uit["groep"] = uit["groep"].where(uit["groep"].notna(), "totaal")
    return uit


def _geldrijen(frames: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """Result per year against the budget, realised and per scenario."""
    hoe = {"uitgaven": "eigen", "budget": "vergelijk", "saldo": "verschil", "saldo_fractie": "verschil_fractie"}
    uit = []
    for naam, groep in (("resultaat", "status"), ("aandelen", "scenario")):
        f = frames[naam].rename(columns={**hoe, groep: "groep"})
        if len(f):
            f = f.assign(periode=f["jaar"].astype(np.int64).astype(str), kengetal=naam)
            uit.append(f.assign(onderdeel="geld", gebied="eigen", maat="euro"))
    return uit
