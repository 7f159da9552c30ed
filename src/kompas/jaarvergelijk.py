"""Herijking against last year's: what changed, did the predictions come true, which update was enough."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.drift import datastand, vergelijk_datastand
from kompas.driftstand import MINIMUM
from kompas.fouten import GebruiksFout, KompasError
from kompas.gebruikelijk import NIETS_NIEUWS, aangenomen_beleid, naar_model
from kompas.herijking import Herijking
from kompas.jaarverschil import basisverschillen, bevat, coefficientverschillen, effectverschillen
from kompas.ladder import AFSTAND, HORIZONNEN, Ladder, maak_ladder
from kompas.mededingers import Geschat, Scoor, zelfde_levering
from kompas.perioden import maak_perioden
from kompas.schatters import schatter_zoals
from kompas.terugblik import dag_eerder, genoeg_venster, laatste_dag
from kompas.terugtoets import Terugtoets, onthoud, slechter_dan, toets_terug

OUD, NIEUW = "vorige", "model"
WEERLEGD = 0.15  # observed over expected must lie further than this from 1 ...
WEERLEGD_Z = 2.58  # ... and further than chance: four destinations are looked at
GENOEG = 30  # clients expected or seen to leave, without which a prediction is not called wrong
ZONDER_START = (
    "De voorspelling van vorige keer rekent zonder inzetten die daarna begonnen. Wat die aan uitstroom opleverden, "
    "telt hier als meer dan verwacht."
)
ZELFDE_LEVERING = (
    "Het vorige model komt uit dezelfde levering als dit model. Het kende dus ook wat op zijn peildatum nog niet was "
    "geregistreerd. Voor de toetsen is het opnieuw geschat met wat toen bekend was."
)
_UITKOMST = ["bestemming", "horizon", "n", "verwacht", "waargenomen", "verhouding", "ondergrens", "bovengrens"]
_NAAR = {
    "uitstroom": "vertrokken",
    "werk": "gingen naar werk",
    "handhaving": "stopten door handhaving",
    "overig": "gingen om een andere reden",
}

Voortgang = Callable[[str, float], None]
Toets = Callable[[dt.date, tuple[str | Herijking, ...]], Terugtoets]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Jaarvergelijking:
    """Two recalibrations compared; holds no row about a person.

    Parameters
    ----------
    oud_peildatum, nieuw_peildatum : date
    genest : bool
        The new window holds the old one: differences have the (smaller) standard error of overlapping data.
    effecten, coefficienten, basis : DataFrame
        Of :func:`kompas.jaarverschil.effectverschillen`, ``coefficientverschillen`` and ``basisverschillen``.
    drift : DataFrame
        Of :func:`kompas.drift.vergelijk_datastand`; empty when the old model folder holds no counts.
    uitkomst : DataFrame
        Last time's predictions from its own peildatum: bestemming (``uitstroom`` = any), horizon (months), n, verwacht
        and waargenomen (clients), verhouding (observed over expected) with 95% interval, signaal, zin.
    decielen : DataFrame
        bestemming, horizon, deciel, verwacht, waargenomen (shares), n: the same by tenth of the predicted chance.
    proef : DataFrame
        Both models on one day: voorspeller, moment, horizon, bestemming, n, brier, brier_se, auc, oe.
    slechter : bool
        The new model predicts clearly worse than the old one.
    slechterzin : str
        The comparison in words.
    ladder : Ladder or None
    prior : float
        Weight of last year's parameters in this estimation (0 = not used).
    opmerkingen : tuple of str
        What could not be compared, and why.
    """

    oud_peildatum: dt.date
    nieuw_peildatum: dt.date
    genest: bool
    effecten: pd.DataFrame
    coefficienten: pd.DataFrame
    basis: pd.DataFrame
    drift: pd.DataFrame
    uitkomst: pd.DataFrame
    decielen: pd.DataFrame
    proef: pd.DataFrame
    slechter: bool
    slechterzin: str
    ladder: Ladder | None
    prior: float
    opmerkingen: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """The effects of both recalibrations: one row per instrument x fase x bestemming x groep x methode."""
        return self.effecten.copy()

    @property
    def weerlegd(self) -> bool:
        """Whether last time's predictions did not come true."""
        return bool(self.uitkomst["signaal"].any())


def _uitkomstzin(r: pd.Series) -> str:
    maanden, doen = int(r["horizon"]), _NAAR[str(r["bestemming"])]
    verwacht, echt = round(r["verwacht"]), round(r["waargenomen"])
    kern = f"Van de {_n(r['n'])} klanten van toen {doen} er binnen {maanden} maanden {_n(echt)}"
    kern += f"; verwacht was {_n(verwacht)}"
    keer = f"{r['verhouding']:.2f}".replace(".", ",")
    grens = f"{r['ondergrens']:.2f} tot {r['bovengrens']:.2f}".replace(".", ",")
    slot = f"{kern} ({keer} keer, 95%-interval {grens})."
    if not r["signaal"]:
        return slot
    richting = "meer" if r["verhouding"] > 1 else "minder"
    return (
        f"{slot} Dat is duidelijk {richting} dan voorspeld. Het model van vorige keer klopt hier niet meer: gebruik "
        "het niet langer en zoek de oorzaak (arbeidsmarkt, beleid of registratie)."
    )


def _n(x: float) -> str:
    """Count for a sentence; 1 to 9 persons are not told."""
    if 0 < x < MINIMUM:
        return f"minder dan {MINIMUM}"
    return f"{x:,.0f}".replace(",", ".")


def uitkomst_van_vorige(toets: Terugtoets, moment: dt.date) -> pd.DataFrame:
    """What last time's model expected on its own peildatum and what happened, for the last horizon that can be judged.

    Parameters
    ----------
    toets : Terugtoets
        With the competitor ``vorige`` on ``moment``.
    moment : date
        The old peildatum.
    """
    s = toets.scores
    s = s[(s["voorspeller"] == OUD) & (s["moment"] == pd.Timestamp(moment))]
    s = s[s["horizon"] == s["horizon"].max()]
    f = pd.DataFrame(
        {
            "bestemming": s["bestemming"],
            "horizon": s["horizon"],
            "n": s["n"],
            "verwacht": s["verwacht"] * s["n"],
            "waargenomen": s["waargenomen"] * s["n"],
            "verhouding": s["oe"],
            "ondergrens": s["oe_laag"],
            "bovengrens": s["oe_hoog"],
        }
    ).reset_index(drop=True)
    ruis = np.sqrt(np.maximum(s["verwacht"] * (1 - s["verwacht"]) / s["n"], 1e-300)).to_numpy()
    buiten = np.abs(s["waargenomen"] - s["verwacht"]).to_numpy() > WEERLEGD_Z * ruis
    ver = (f["verhouding"] - 1).abs() > WEERLEGD
    f["signaal"] = (buiten & ver & (f[["verwacht", "waargenomen"]].max(axis=1) >= GENOEG)).astype(bool)
    f["zin"] = [_uitkomstzin(r) for _, r in f.iterrows()]
    return f


def _decielen(toets: Terugtoets, moment: dt.date) -> pd.DataFrame:
    k = toets.kalibratie
    k = k[(k["voorspeller"] == OUD) & (k["moment"] == pd.Timestamp(moment))]
    k = k[k["horizon"] == k["horizon"].max()]
    return k[["bestemming", "horizon", "deciel", "verwacht", "waargenomen", "n"]].reset_index(drop=True)


def _drift(
    oud: Herijking, nieuw: Herijking, bestand: Bestand, stand_oud: pd.DataFrame | None, stand_nieuw: pd.DataFrame | None
) -> tuple[pd.DataFrame, list[str]]:
    if stand_oud is None or not len(stand_oud):
        leeg = ["onderdeel", "kenmerk", "niveau", "jaar_oud", "jaar_nieuw", "maat", "oud", "nieuw", "verschil"]
        gezegd = "De gegevens zelf zijn niet vergeleken: de vorige modelmap bevat nog geen tellingen."
        return pd.DataFrame(columns=[*leeg, "signaal", "zin"]).astype({"signaal": bool}), [gezegd]
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, nieuw.config)
    vers = datastand(bestand, perioden, nieuw.config) if stand_nieuw is None else stand_nieuw
    eind = min(laatste_dag(oud.config), laatste_dag(nieuw.config))
    gelijk = datastand(bestand, perioden, nieuw.config, tot=eind)
    return vergelijk_datastand(stand_oud, vers, gelijk=gelijk), []


def _proef(oud: Herijking, config: Config, toets: Toets) -> tuple[Terugtoets | None, list[str]]:
    """Both models on the same day, a year before the end of the data."""
    moment = dag_eerder(laatste_dag(config), AFSTAND)
    if not genoeg_venster(config, moment, 2 * AFSTAND):
        return None, ["Het venster is te kort om het nieuwe en het oude model op dezelfde dag te toetsen."]
    try:
        uit = toets(moment, (NIEUW, oud))
    except KompasError as fout:
        return None, [f"Het nieuwe en het oude model zijn niet op dezelfde dag te toetsen. {fout.bericht}"]
    return uit, list(uit.opmerkingen)


def _terugblik(oud: Herijking, config: Config, toets: Toets) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Last time's predictions from its own peildatum."""
    leeg = pd.DataFrame(columns=[*_UITKOMST, "signaal", "zin"]).astype({"signaal": bool})
    geen = pd.DataFrame(columns=["bestemming", "horizon", "deciel", "verwacht", "waargenomen", "n"])
    moment = oud.config.gemeente.peildatum
    if moment >= laatste_dag(config):
        return leeg, geen, ["De voorspelling van vorige keer is nog niet te toetsen: de peildatum ligt niet later."]
    try:
        uit = toets(moment, (oud,))
    except KompasError as fout:
        return leeg, geen, [f"De voorspelling van vorige keer is niet te toetsen. {fout.bericht}"]
    if OUD not in uit.mededingers:
        return leeg, geen, list(uit.opmerkingen)
    return uitkomst_van_vorige(uit, moment), _decielen(uit, moment), list(uit.opmerkingen)


def vergelijk_jaren(
    oud: Herijking,
    nieuw: Herijking,
    bestand: Bestand,
    *,
    datastand_oud: pd.DataFrame | None = None,
    datastand_nieuw: pd.DataFrame | None = None,
    prior: float = 0.0,
    schatter: Callable[..., Herijking] | None = None,
    scoor: Scoor = naar_model,
    met_ladder: bool = True,
    trekkingen: int = 200,
    voortgang: Voortgang | None = None,
) -> Jaarvergelijking:
    """Compare this year's herijking with last year's.

    Parameters
    ----------
    oud, nieuw : Herijking
    bestand : Bestand
        The data of the new one.
    datastand_oud, datastand_nieuw : DataFrame, optional
        Counts of both deliveries (:func:`kompas.drift.datastand`); without the old ones the data are not compared.
    prior : float
        Weight that last year's parameters had in the new estimation.
    schatter : function (bestand, config, *, zaad) -> Herijking, optional
        How models are estimated on an earlier day; by :func:`kompas.schatters.schatter_zoals` when absent.
    scoor : function (herijking, stand, horizonnen) -> (3, n, H) array
    met_ladder : bool
        Also take the ladder of updates (the dearest part).
    trekkingen : int
        Bootstrap samples.
    voortgang : function (step, share), optional

    Returns
    -------
    Jaarvergelijking

    Raises
    ------
    GebruiksFout
        ``KMP-J002`` when the old herijking has a later peildatum than the new one.
    """
    config = nieuw.config
    if oud.config.gemeente.peildatum > config.gemeente.peildatum:
        raise GebruiksFout(
            "KMP-J002",
            f"het model van --vorige heeft een latere peildatum ({oud.config.gemeente.peildatum:%d-%m-%Y}) dan deze "
            f"herijking ({config.gemeente.peildatum:%d-%m-%Y}). Wissel ze om of kies een eerdere modelmap.",
        )
    stap = voortgang if voortgang is not None else (lambda _s, _d: None)
    eens = onthoud(schatter or schatter_zoals(nieuw, naast=oud), nieuw.zaad)

    def toets(moment: dt.date, mededingers: tuple[str | Herijking, ...]) -> Terugtoets:
        return toets_terug(
            bestand,
            config,
            momenten=[moment],
            horizonnen=HORIZONNEN,
            mededingers=mededingers,
            zaad=nieuw.zaad,
            schatter=lambda b, c, **_: eens(b, c),
            scoor=scoor,
            trekkingen=trekkingen,
        )

    stap("vergelijken: gegevens", 0.0)
    drift, o1 = _drift(oud, nieuw, bestand, datastand_oud, datastand_nieuw)
    stap("vergelijken: voorspelling van vorige keer", 0.2)
    uitkomst, decielen, o2 = _terugblik(oud, config, toets)
    stap("vergelijken: oud en nieuw model", 0.4)
    proef, o3 = _proef(oud, config, toets)
    if zelfde_levering(oud, bestand):
        o2.append(ZELFDE_LEVERING)
    ladder = None
    if met_ladder:
        stap("vergelijken: ladder", 0.7)
        weerlegd = bool(uitkomst["signaal"].any())
        gelijk = None if scoor is naar_model else scoor
        ladder = maak_ladder(oud, bestand, config, weerlegd=weerlegd, schatter=eens, scoor=gelijk)
    if (
        aangenomen_beleid(Geschat(herijking=oud, scoor=scoor)) == NIETS_NIEUWS
        and oud.config.instrument
        and len(uitkomst)
    ):
        o2.append(ZONDER_START)
    slechter, zin = (False, "") if proef is None else slechter_dan(proef, NIEUW, OUD)
    kolommen = ["voorspeller", "moment", "horizon", "bestemming", "n", "brier", "brier_se", "auc", "oe"]
    return Jaarvergelijking(
        oud_peildatum=oud.config.gemeente.peildatum,
        nieuw_peildatum=config.gemeente.peildatum,
        genest=bevat(oud, nieuw),
        effecten=effectverschillen(oud, nieuw),
        coefficienten=coefficientverschillen(oud, nieuw),
        basis=basisverschillen(oud, nieuw),
        drift=drift,
        uitkomst=uitkomst,
        decielen=decielen,
        proef=pd.DataFrame(columns=kolommen) if proef is None else proef.scores[kolommen].reset_index(drop=True),
        slechter=slechter,
        slechterzin=zin,
        ladder=ladder,
        prior=prior,
        opmerkingen=tuple(dict.fromkeys([*o1, *o2, *o3])),
    )


def beoordeel(jaren: Jaarvergelijking) -> tuple[bool, str]:
    """Tell whether the new model may be used: false ends ``kompas herijk`` with exit code 4, after writing.

    Returns
    -------
    (bool, str)
        False when the new model predicts clearly worse than the old one on the same day; and a Dutch sentence.
    """
    if jaren.slechter:
        return False, (
            "Het nieuwe model voorspelt aantoonbaar slechter dan het vorige. Gebruik het niet voor lijsten: kijk wat "
            f"er in de gegevens of de instellingen veranderde en herijk opnieuw. {jaren.slechterzin}"
        )
    if not len(jaren.proef):
        return True, "Het nieuwe en het vorige model konden niet op dezelfde dag worden getoetst."
    return True, "Het nieuwe model voorspelt niet aantoonbaar slechter dan het vorige."
