r"""The outlook of the caseload: the running clients by their own survival, and those to come.

.. math:: N(t_0 + k) = \underbrace{\sum_i S_i(k)}_{blijvers}
          + \underbrace{\sum_{j=1}^{k} I_j\, G(k - j)}_{nieuwe},

with S_i the survival of running client i under usual policy and before the AOW age, I_j the forecast inflow of month j
and G the survival of a new spell (Kaplan-Meier with late entry, last 24 months). Everybody who comes is inflow, also
who returns; who leaves is gone. Beside it stands the forecast of the series alone; past errors of both decide whether
they are combined, and how wide the 80% interval is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.herijking import Herijking
from kompas.klantstand import Klantstand
from kompas.models.design import Floats
from kompas.models.forecast import forecast_series
from kompas.monitors.blijvers import Lopend, tel_blijvers
from kompas.monitors.instroomprognose import Cohorten, blijft_van_nieuw, instroom_vooruit, maak_cohorten, maak_tafel
from kompas.monitors.maanden import laatste_dag, namen, nummer
from kompas.monitors.opbouw import opbouw_rond, opbouwtabel
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.voorspelfouten import (
    COHORTEN,
    COMBINATIE,
    TIJDREEKS,
    fouttabel,
    kies,
    meet_fouten,
    over_keuze,
    toeval,
)
from kompas.monitors.watals import Verschil, alle_inzet, als_tabel, controleer_extra, minder_instroom
from kompas.toonbaar import Toonbaar

__all__ = ["KOLOMMEN", "Vooruitzicht", "maak_vooruitzicht"]

KOLOMMEN = (
    "maand",
    "uitkeringen",
    "ondergrens",
    "bovengrens",
    "instroom",
    "uitstroom",
    "blijvers",
    "nieuwe",
    "tijdreeks",
    "methode",
)
KLANTMODEL = "klantmodel"
GEEN = "geen_uitspraak"
MAANDEN = 24
MINSTE_REEKS = 6
REGELING = "algemeen"
JAAR = 12
TERUG = 36
INSTROOM_IS_ALLES = (
    "Instroom is iedereen die een uitkering krijgt, ook wie terugkomt na een onderbreking die langer duurt dan "
    "gat_dagen. Uitstroom is iedereen die weggaat, ook door de AOW-leeftijd. Niemand telt dubbel: de stand is de "
    "vorige stand plus instroom min uitstroom."
)

Voortgang = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vooruitzicht(Toonbaar, tabel="tabel"):
    """How many households are expected on benefit in the months to come.

    Parameters
    ----------
    tabel : DataFrame
        One row per future month: maand (jjjj-mm), uitkeringen (at its end), ondergrens, bovengrens (80%), instroom,
        uitstroom, blijvers (of those who run now), nieuwe (of later inflow), tijdreeks (the series forecast alone),
        methode (klantmodel, cohorten, combinatie, tijdreeks or geen_uitspraak). nan = no statement. With a what-if it
        is the path with the change; ``wat_als`` has the path without it.
    gemeente : str
    peildatum : date
    laatste_maand : str
        Last realised month; empty without an own series.
    stand : float
        Caseload at its end; nan without an own series.
    gewichten : mapping of str to float
        Weight of ``klantmodel`` (or cohorten) and ``tijdreeks`` in the forecast.
    realisatie : DataFrame
        The last 36 realised months: maand, uitkeringen.
    opbouw : DataFrame
        Additive build-up: van, tot, soort (realisatie, prognose), component, fractie, aantal; see
        `kompas.monitors.opbouw`.
    wat_als : DataFrame or None
        maand, onderdeel, wat, basis (caseload without any change), verschil, ondergrens, bovengrens, oordeel.
    terugtoets : DataFrame
        Past errors: maanden_vooruit, methode, fout (root of the mean squared relative error), oorsprongen.
    bronnen, toelichting, waarschuwingen : tuple of str
    """

    tabel: pd.DataFrame
    gemeente: str
    peildatum: dt.date
    laatste_maand: str
    stand: float
    gewichten: Mapping[str, float]
    realisatie: pd.DataFrame
    opbouw: pd.DataFrame
    wat_als: pd.DataFrame | None
    terugtoets: pd.DataFrame
    bronnen: tuple[str, ...] = ()
    toelichting: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Pad:
    """A forecast under way; arrays of H months, nan = no statement."""

    stand: float
    uitkeringen: Floats
    breedte: Floats
    instroom: Floats
    blijvers: Floats
    nieuwe: Floats
    tijdreeks: Floats
    methode: str
    gewichten: Mapping[str, float]
    toelichting: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()
    terugtoets: pd.DataFrame = field(default_factory=lambda: fouttabel(None))


def maak_vooruitzicht(
    bestand: Bestand,
    config: Config,
    h: Herijking | None,
    *,
    reeksen: Reeksen | None = None,
    instroom: float = 0.0,
    extra: Mapping[str, int] | None = None,
    maanden: int = MAANDEN,
    voortgang: Voortgang | None = None,
) -> Vooruitzicht:
    """Forecast the caseload.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
    h : Herijking or None
        With it (and with spells) the running clients go by their own survival; without it the series alone.
    reeksen : Reeksen, optional
        Made here when absent.
    instroom : float
        What if: relative change of all future inflow; -0.1 is ten percent less.
    extra : mapping of instrument code to int, optional
        What if: so many more clients get the instrument now.
    maanden : int
        How far ahead.
    voortgang : function (step, share), optional

    Returns
    -------
    Vooruitzicht
        Empty, with a warning, without an own series.

    Raises
    ------
    GebruiksFout
        ``KMP-Z201`` to ``KMP-Z205`` for a what-if that cannot be; ``KMP-Z101`` without any series.

    Notes
    -----
    Nothing is said further ahead than there are months behind. The forecast starts at the end of the last complete
    month of the own series.
    """
    meer = dict(extra or {})
    controleer_extra(meer, h)
    if voortgang is not None:
        voortgang("vooruitzicht", 0.0)
    reeksen = reeksen if reeksen is not None else maak_reeksen(bestand, config)
    eigen = reeksen.reeks("eigen")
    if eigen.empty:
        return _leeg(
            config, "Er is geen eigen reeks: voeg [bron.uitkeringen] toe, of [bron.referentie] met soort eigen."
        )
    pad, c = _reekspad(eigen, maanden), _cohorten(bestand, config, eigen)
    stand: Klantstand | None = None
    if h is not None and c is not None:
        lopend = tel_blijvers(bestand, config, h, c, maanden)
        pad, stand = _klantpad(pad, c, lopend), lopend.stand
    pad = _zo_ver(pad, len(eigen))
    verschillen = _wat_als(pad, c, h, stand, instroom, meer)
    return _uitkomst(config, reeksen, eigen, pad, verschillen, instroom)


def _leeg(config: Config, zin: str) -> Vooruitzicht:
    return Vooruitzicht(
        tabel=pd.DataFrame({k: pd.Series(dtype=object if k in {"maand", "methode"} else np.float64) for k in KOLOMMEN}),
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        laatste_maand="",
        stand=float("nan"),
        gewichten={},
        realisatie=pd.DataFrame({"maand": pd.Series(dtype=object), "uitkeringen": pd.Series(dtype=np.float64)}),
        opbouw=opbouwtabel(()),
        wat_als=None,
        terugtoets=fouttabel(None),
        waarschuwingen=(zin,),
    )


def _cohorten(bestand: Bestand, config: Config, eigen: pd.DataFrame) -> Cohorten | None:
    """Counts by month of inflow, where the own series comes from microdata."""
    if eigen["bron"].iloc[-1] != "microdata":
        return None
    u = bestand.uitkeringen
    mee = replace(bestand, uitkeringen=u[u["regeling"] == REGELING].reset_index(drop=True))
    van, tot = (nummer(str(eigen["maand"].iloc[k])) for k in (0, -1))
    return maak_cohorten(mee, config, van=van, tot=tot)


# -- the path ----------------------------------------------------------------------------------------------------------


def _reekspad(eigen: pd.DataFrame, maanden: int) -> _Pad:
    """The forecast of the series alone; in- and outflow where inflow is known."""
    waarden = eigen["uitkeringen"].to_numpy(dtype=np.float64)
    leeg, laatste = np.full(maanden, np.nan), nummer(str(eigen["maand"].iloc[-1]))
    basis = _Pad(
        stand=float(waarden[-1]),
        uitkeringen=leeg,
        breedte=leeg,
        instroom=leeg,
        blijvers=leeg,
        nieuwe=leeg,
        tijdreeks=leeg,
        methode=TIJDREEKS,
        gewichten={TIJDREEKS: 1.0},
    )
    if waarden.size < MINSTE_REEKS or waarden.min() <= 0:
        zin = (
            f"Geen uitspraak: de eigen reeks telt {waarden.size} maanden; nodig zijn er {MINSTE_REEKS}, alle boven nul."
        )
        return replace(basis, waarschuwingen=(zin,))
    f = forecast_series(waarden, maanden)
    zinnen = () if f.reliable else ("De eigen reeks is korter dan 24 maanden: het interval is ruw geschat.",)
    komt = eigen["instroom"].to_numpy(dtype=np.float64)
    bekend = np.flatnonzero(np.isnan(komt))
    komt = komt[bekend[-1] + 1 :] if bekend.size else komt
    return replace(
        basis,
        uitkeringen=np.asarray(f.mean),
        breedte=np.log(f.upper / f.lower) / 2,
        tijdreeks=np.asarray(f.mean),
        instroom=instroom_vooruit(komt, maanden, laatste),
        waarschuwingen=zinnen,
    )


def _klantpad(basis: _Pad, c: Cohorten, lopend: Lopend) -> _Pad:
    """Running clients and later inflow, combined with the series as far as past errors say."""
    maanden = basis.tijdreeks.size
    tafel, komt = maak_tafel(c), instroom_vooruit(c.nieuw, maanden, c.tot)
    nieuwe = blijft_van_nieuw(tafel, komt, c.tot)
    kaal = lopend.blijvers + nieuwe
    fouten = meet_fouten(c, horizon=maanden)
    keus = kies(fouten)
    w = keus.gewicht if np.isfinite(basis.tijdreeks).all() else 1.0
    samen = np.exp(w * np.log(kaal) + (1 - w) * np.log(basis.tijdreeks)) if w < 1 else kaal
    blijvers = np.minimum.accumulate(np.minimum(lopend.blijvers * samen / kaal, np.minimum(basis.stand, samen)))
    naam = KLANTMODEL if lopend.model else COHORTEN
    jaar = {"kwam": float(c.nieuw[-JAAR:].sum()), "ging": float(c.uitstroom[-JAAR:].sum())}
    minstens = toeval(basis.stand, lopend.blijvers, nieuwe, **jaar)
    return replace(
        basis,
        uitkeringen=samen,
        breedte=np.maximum(np.where(np.isfinite(keus.breedte), keus.breedte, basis.breedte), minstens),
        instroom=komt,
        blijvers=blijvers,
        nieuwe=samen - blijvers,
        methode=COMBINATIE if w < 1 else naam,
        gewichten={naam: w, TIJDREEKS: 1 - w},
        toelichting=(*lopend.toelichting, INSTROOM_IS_ALLES, *over_keuze(keus, w, klantmodel=lopend.model)),
        waarschuwingen=(*basis.waarschuwingen, *lopend.waarschuwingen),
        terugtoets=fouttabel(fouten),
    )


def _zo_ver(pad: _Pad, achter: int) -> _Pad:
    """Nothing is said further ahead than there are months behind."""
    n = pad.uitkeringen.size
    if achter >= n:
        return pad
    ver = np.arange(n) >= achter
    zin = f"Verder dan {achter} maanden vooruit: geen uitspraak. De eigen reeks telt maar {achter} maanden."
    return replace(
        pad,
        uitkeringen=np.where(ver, np.nan, pad.uitkeringen),
        breedte=np.where(ver, np.nan, pad.breedte),
        instroom=np.where(ver, np.nan, pad.instroom),
        blijvers=np.where(ver, np.nan, pad.blijvers),
        nieuwe=np.where(ver, np.nan, pad.nieuwe),
        tijdreeks=np.where(ver, np.nan, pad.tijdreeks),
        waarschuwingen=(*pad.waarschuwingen, zin),
    )


def _wat_als(
    pad: _Pad,
    c: Cohorten | None,
    h: Herijking | None,
    stand: Klantstand | None,
    instroom: float,
    meer: Mapping[str, int],
) -> list[Verschil]:
    """Every change that was asked for."""
    uit, nieuwe, tafel = [], pad.nieuwe, None if c is None else maak_tafel(c)
    if instroom != 0.0:
        if np.isnan(nieuwe).all() and c is not None and tafel is not None:  # without a model: the cohorts know
            nieuwe = blijft_van_nieuw(tafel, pad.instroom, c.tot)
        uit.append(minder_instroom(nieuwe, instroom))
    return [*uit, *alle_inzet(h, meer, stand, tafel, maanden=nieuwe.size)]


# -- the result --------------------------------------------------------------------------------------------------------


def _uitkomst(
    config: Config, reeksen: Reeksen, eigen: pd.DataFrame, pad: _Pad, verschillen: list[Verschil], instroom: float
) -> Vooruitzicht:
    laatste = str(eigen["maand"].iloc[-1])
    maanden = namen(range(nummer(laatste) + 1, nummer(laatste) + 1 + pad.uitkeringen.size))
    tabel, som = _tabel(maanden, pad, verschillen, instroom)
    beleid = float(som[JAAR - 1]) / pad.stand if som.size >= JAAR and pad.stand > 0 else 0.0
    straks = float(tabel["uitkeringen"].iloc[JAAR - 1]) if len(tabel) >= JAAR else float("nan")
    zinnen = [*pad.toelichting, *(v.zin for v in verschillen)]
    if any(v.bekend for v in verschillen):
        wat = "; ".join(v.wat for v in verschillen if v.bekend)
        zinnen.insert(0, f"Dit is het vooruitzicht als er iets verandert: {wat}. Zie 'wat als' voor het verschil.")
    return Vooruitzicht(
        tabel=tabel,
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        laatste_maand=laatste,
        stand=pad.stand,
        gewichten=pad.gewichten,
        realisatie=eigen[["maand", "uitkeringen"]].tail(TERUG).reset_index(drop=True),
        opbouw=opbouwtabel(opbouw_rond(reeksen, laatste, straks, beleid=beleid)),
        wat_als=als_tabel(verschillen, maanden, pad.uitkeringen),
        terugtoets=pad.terugtoets,
        bronnen=(_bron(config, eigen, laatste),),
        toelichting=tuple(dict.fromkeys(zinnen)),
        waarschuwingen=tuple(dict.fromkeys(pad.waarschuwingen)),
    )


def _bron(config: Config, eigen: pd.DataFrame, laatste: str) -> str:
    dagen = (config.gemeente.peildatum - laatste_dag(laatste)).days
    oud = f", {dagen} dagen voor de peildatum" if dagen > 0 else ""
    soort = "uitkeringsperioden" if eigen["bron"].iloc[-1] == "microdata" else "maandcijfers"
    return f"Eigen {soort} tot en met {laatste}{oud}."


def _tabel(maanden: list[str], pad: _Pad, verschillen: list[Verschil], instroom: float) -> tuple[pd.DataFrame, Floats]:
    """The table with the changes in it, and their sum per month."""
    n = len(maanden)
    per = {v.onderdeel: v.verschil for v in verschillen if v.bekend}
    som = np.sum([np.zeros(n), *per.values()], axis=0)
    komt = pad.instroom * (1 + instroom) if "instroom" in per else pad.instroom
    stand = np.maximum(pad.uitkeringen + som, 0.0)
    nieuwe = pad.nieuwe + per.get("instroom", np.zeros(n))
    weg = np.append(pad.stand, stand[:-1]) + komt - stand
    komt = np.where(weg < 0, komt - weg, komt)  # nobody leaves in a negative number: then more came
    tabel = pd.DataFrame(
        {
            "maand": maanden,
            "uitkeringen": stand,
            "ondergrens": stand * np.exp(-pad.breedte),
            "bovengrens": stand * np.exp(pad.breedte),
            "instroom": komt,
            "uitstroom": np.maximum(weg, 0.0),
            "blijvers": stand - nieuwe,
            "nieuwe": nieuwe,
            "tijdreeks": pad.tijdreeks,
            "methode": np.where(np.isnan(stand), GEEN, pad.methode),
        },
        columns=list(KOLOMMEN),
    )
    return tabel, np.nan_to_num(som)
