"""Three methods side by side: effects with preference and verdict, and what the meters compute with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bewijs import toets_instrumenten, verzamel_bewijs, zijn_eens
from kompas.config import BESTEMMINGEN
from kompas.gegevens import Gegevens
from kompas.landmark import Landmark, landmark_effecten
from kompas.meterbasis import andere_antwoorden, meterbasis, omhulsel, per_groep
from kompas.models.design import Floats
from kompas.models.power import deployments_needed, minimum_detectable
from kompas.oordeel import (
    OORDEEL_VAN,
    TOELICHTING,
    Bewijs,
    gronden,
)
from kompas.opzet import maak_opzet
from kompas.overleving import Model, overleving_van_model, replicaten_verschil, tabel_van
from kompas.rijen import bekend_vanaf, maak_rijen
from kompas.selectie import MINSTE_KLANTEN, Selectie, schat_selectie
from kompas.tabellen import Z95, Effectrijen, coefficiententabel, effectrijen, waargenomen_effecten
from kompas.typen import ZOEK, Typen, Typenkeuze
from kompas.wisselwerking import zinnen

METHODEN = ("waargenomen", "landmark", "selectie")
TREKKINGEN = 200
Tekst = npt.NDArray[np.generic]
SLEUTEL = ["instrument", "fase", "bestemming", "groep"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Methoden:
    """All methods and what follows from them.

    Parameters
    ----------
    effecten : DataFrame
        As in the contract, with ``grond`` (why the verdict) and ``toelichting``.
    glance, coefficienten : DataFrame
        Further rows, of ``selectie``.
    typenpad, overlap, overleving, gewichten, toetsen, kracht, fits : DataFrame
    typen : Typen or None
        The chosen model of ``selectie``; None when it was not or could not be fitted.
    coef, covariantie : arrays
        What the meters compute with: (3, P) and (3P, 3P).
    gesteund : bool
        Whether the meters use types.
    waarschuwingen : tuple of str
    """

    effecten: pd.DataFrame
    glance: pd.DataFrame
    coefficienten: pd.DataFrame
    typenpad: pd.DataFrame
    overlap: pd.DataFrame
    overleving: pd.DataFrame
    gewichten: pd.DataFrame
    toetsen: pd.DataFrame
    kracht: pd.DataFrame
    fits: pd.DataFrame
    typen: Typen | None
    coef: Floats
    covariantie: Floats
    gesteund: bool
    waarschuwingen: tuple[str, ...]


def _selectie(
    g: Gegevens,
    rijen: Effectrijen,
    zaad: int,
    trekkingen: int,
    keuze: Typenkeuze,
    voortgang: Callable[[str, float], None],
) -> tuple[Selectie | None, str]:
    """Method ``selectie``, or why it could not be used."""
    rijen_van = partial(
        maak_rijen,
        g.panel,
        g.perioden,
        g.uitkeringen,
        g.config,
        kenmerken=g.kenmerkfunctie,
        tijdlijnen=g.tijdlijnen,
        leeftijden=g.leeftijden,
    )
    r = rijen_van()
    if r.codes.size < MINSTE_KLANTEN:
        return None, f"methode selectie vraagt minstens {MINSTE_KLANTEN} klanten van wie de hele periode bekend is"
    opzet = maak_opzet(r, g.perioden, g.config, g.kenmerken, g.interacties, g.tijd, g.oorzaken)
    if not opzet.intreden:
        return None, "van geen enkel instrument zijn genoeg starts bekend voor methode selectie"
    smal, r_smal = None, None
    if keuze.bewijs and opzet.joint.stock.size:
        r_smal = rijen_van(alleen_instroom=True)
        if r_smal.codes.size >= MINSTE_KLANTEN:
            smal = maak_opzet(r_smal, g.perioden, g.config, g.kenmerken, g.interacties, g.tijd, g.oorzaken)
            smal = smal if len(smal.kaarten) == len(opzet.kaarten) else None
    s = schat_selectie(
        opzet,
        smal,
        r,
        r_smal if smal is not None else None,
        rijen,
        len(g.basis.names),
        codes=[i.code for i in g.config.instrument],
        vanaf=bekend_vanaf(g.perioden, g.config),
        zaad=zaad,
        trekkingen=trekkingen,
        keuze=keuze,
        zeg=lambda wat: voortgang(f"selectie: {wat}", 0.0),
    )
    return s, ""


def vergelijk_methoden(
    g: Gegevens,
    *,
    methoden: Sequence[str] = METHODEN,
    zaad: int = 0,
    trekkingen: int = TREKKINGEN,
    keuze: Typenkeuze = ZOEK,
    voortgang: Callable[[str, float], None],
) -> Methoden:
    """Estimate with every method asked for and judge each effect.

    Parameters
    ----------
    g : Gegevens
    methoden : sequence of str
        ``waargenomen`` always; further ``landmark`` and ``selectie``.
    zaad, trekkingen : int
        Of the client bootstrap that the methods share.
    keuze : Typenkeuze
        How ``selectie`` finds the number of types.
    voortgang : function (step, share)
    """
    rijen = effectrijen(g.panel, g.config, g.kenmerken, g.interacties, g.basis.names)
    log, se = waargenomen_effecten(rijen, g.coef, g.covariantie)
    landmark: Landmark | None = None
    selectie: Selectie | None = None
    waarom = ""
    if g.config.instrument and len(g.panel.inzetten):
        if "landmark" in methoden:
            landmark = landmark_effecten(
                g.panel,
                g.config,
                g.kenmerken,
                g.basis,
                g.coef,
                g.basis.names,
                zaad=zaad,
                trekkingen=trekkingen,
                voortgang=lambda d: voortgang("landmark", d),
            )
        if "selectie" in methoden:
            selectie, waarom = _selectie(g, rijen, zaad, trekkingen, keuze, voortgang)
    return _samen(g, rijen, (log, se), landmark, selectie, waarom)


def _samen(
    g: Gegevens,
    rijen: Effectrijen,
    waargenomen: tuple[Floats, Floats],
    landmark: Landmark | None,
    selectie: Selectie | None,
    waarom: str,
) -> Methoden:
    overleving, eens = _overlevingen(g, rijen, waargenomen[0], landmark, selectie)
    toetsen, per_instrument = toets_instrumenten(g)
    if selectie is not None and len(selectie.wisselwerking):
        toetsen = pd.concat([toetsen, zinnen(selectie.wisselwerking)], ignore_index=True)
    per_methode = {"waargenomen": waargenomen}
    if landmark is not None:
        sleutel = rijen.sleutels[SLEUTEL].merge(landmark.effecten, on=SLEUTEL, how="left")
        per_methode["landmark"] = (
            sleutel["log_effect"].fillna(0.0).to_numpy(dtype=np.float64),
            sleutel["se"].fillna(1.0).to_numpy(dtype=np.float64),
        )
        onvoldoende = sleutel["onvoldoende"].ne(other=False).to_numpy(dtype=bool)  # also of rows without an estimate
        per_methode["landmark"], onvoldoende = per_groep(rijen, waargenomen, per_methode["landmark"], onvoldoende)
    else:
        onvoldoende = np.ones(len(rijen.sleutels), dtype=bool)
    if selectie is not None:
        per_methode["selectie"] = (selectie.effect, selectie.se)
    gesteund = selectie is not None and selectie.gesteund
    voorkeur = np.where(
        np.full(onvoldoende.size, gesteund), "selectie", np.where(onvoldoende, "waargenomen", "landmark")
    )
    bewijs = verzamel_bewijs(rijen, selectie, per_instrument, eens, ~onvoldoende)
    beste = np.stack([per_methode[m] for m in per_methode])[
        [list(per_methode).index(v) for v in voorkeur], :, np.arange(voorkeur.size)
    ].reshape(-1, 2)
    grond = gronden(bewijs, beste[:, 0], beste[:, 1])
    effecten = _effecten(rijen, per_methode, voorkeur, grond)
    coef, covariantie = meterbasis(g, rijen, beste, waargenomen, voorkeur, selectie)
    anders = andere_antwoorden(grond, per_methode, ~onvoldoende, selectie)
    covariantie = np.asarray(covariantie + omhulsel(g, rijen, grond, beste[:, 0], anders))
    ruw = 1 / np.sqrt(np.maximum(rijen.sleutels["gebeurtenissen"], 1))  # a rate from so many exits, for want of better
    se_kracht = np.where(bewijs.weinig, ruw, beste[:, 1])
    kracht = rijen.sleutels[[*SLEUTEL[:3], "inzetten"]].assign(
        aantoonbaar_effect=minimum_detectable(se_kracht),
        nodig=deployments_needed(rijen.sleutels["inzetten"], se_kracht),
    )[(rijen.sleutels["groep"] == "allen").to_numpy()]
    return Methoden(
        effecten=effecten,
        glance=_glance(selectie),
        coefficienten=_coefficienten(g, selectie),
        typenpad=_typenpad(rijen, selectie, bewijs),
        overlap=landmark.overlap if landmark is not None else pd.DataFrame(),
        overleving=overleving,
        gewichten=landmark.gewichten if landmark is not None else pd.DataFrame(),
        toetsen=toetsen,
        kracht=kracht.reset_index(drop=True),
        fits=selectie.fits if selectie is not None else pd.DataFrame(),
        typen=selectie.typen if selectie is not None else None,
        coef=coef,
        covariantie=covariantie,
        gesteund=bool(gesteund),
        waarschuwingen=_waarschuwingen(selectie, waarom, toetsen),
    )


def _overlevingen(
    g: Gegevens, rijen: Effectrijen, log: Floats, landmark: Landmark | None, selectie: Selectie | None
) -> tuple[pd.DataFrame, dict[tuple[str, str], bool]]:
    """Effects on the treated on one scale, and per instrument and bestemming whether two methods agree."""
    delen: list[pd.DataFrame] = []
    eens: dict[tuple[str, str], bool] = {}
    if landmark is None:
        return pd.DataFrame(columns=["methode", "instrument", "bestemming", "maand", "met", "zonder", "verschil"]), eens
    delen.append(landmark.overleving.assign(methode="landmark"))
    n = int(g.panel.exposure.cluster.max()) + 1
    een = Model(coef=g.coef, punten=np.zeros((1, 3)), gewicht=np.ones((n, 1)), gemeten=True)
    modellen = [("waargenomen", een, log, selectie.replicaten_een if selectie is not None else None)]
    if selectie is not None and selectie.gesteund:
        w = np.tile(selectie.typen.aandelen, (n, 1))
        w[selectie.codes] = selectie.posterior
        model = Model(
            coef=selectie.typen.coef, punten=selectie.typen.punten[:, : len(BESTEMMINGEN)], gewicht=w, gemeten=False
        )
        modellen.append(("selectie", model, selectie.effect, selectie.replicaten))
    s = rijen.sleutels
    for k, ins in enumerate(g.config.instrument):
        plek = np.flatnonzero(((s["instrument"] == ins.code) & (s["groep"] == "allen")).to_numpy())
        for naam, model, effect, replicaten in modellen:
            e = effect[plek].reshape(len(ins.fasen), len(BESTEMMINGEN))
            tabel, helling = overleving_van_model(g.panel, g.basis, ins, k, model, e)
            midden = selectie.pad[0] if selectie is not None and naam == "waargenomen" else effect
            los = (
                replicaten_verschil(helling, plek.tolist(), midden, replicaten)
                if replicaten is not None
                else np.full((len(tabel), 1), np.nan)
            )
            delen.append(tabel_van(naam, ins.code, tabel, los))
            if naam == "waargenomen" and replicaten is not None:
                eens |= zijn_eens(landmark, ins.code, tabel, los)
    return pd.concat(delen, ignore_index=True), eens


def _effecten(
    rijen: Effectrijen, per_methode: Mapping[str, tuple[Floats, Floats]], voorkeur: Tekst, grond: Tekst
) -> pd.DataFrame:
    delen = []
    for j, (methode, (log, se)) in enumerate(per_methode.items()):
        deel = rijen.sleutels.assign(methode=methode, log_effect=log, se=se, voorkeur=voorkeur == methode, grond=grond)
        delen.append(deel.assign(_rij=np.arange(len(deel)), _methode=j))
    t = pd.concat(delen, ignore_index=True).sort_values(["_rij", "_methode"], kind="stable").reset_index(drop=True)
    log, se = t["log_effect"].to_numpy(dtype=np.float64), t["se"].to_numpy(dtype=np.float64)
    t = t.assign(
        effect=np.exp(np.clip(log, -700, 700)),
        ondergrens=np.exp(np.clip(log - Z95 * se, -700, 700)),
        bovengrens=np.exp(np.clip(log + Z95 * se, -700, 700)),
        oordeel=t["grond"].map(OORDEEL_VAN),
        toelichting=t["grond"].map(TOELICHTING),
    )
    kolommen = [*SLEUTEL, "methode", "log_effect", "se", "effect", "ondergrens", "bovengrens", "inzetten"]
    t = t[[*kolommen, "gebeurtenissen", "voorkeur", "oordeel", "grond", "toelichting"]]
    return t.astype({"voorkeur": bool, "inzetten": np.int64, "gebeurtenissen": np.int64})


def _glance(selectie: Selectie | None) -> pd.DataFrame:
    """One row per bestemming; the log likelihood is the joint one of all exits and entries."""
    kolommen = ["bestemming", "methode", "persoonmaanden", "gebeurtenissen", "log_likelihood", "typen"]
    if selectie is None:
        return pd.DataFrame(columns=kolommen)
    gekozen = selectie.fits[selectie.fits["gekozen"]].iloc[0]
    rij = [
        (b, "selectie", selectie.persoonmaanden, n, float(gekozen["log_likelihood"]), int(gekozen["typen"]))
        for b, n in zip(BESTEMMINGEN, selectie.uitstromers, strict=True)
    ]
    return pd.DataFrame(rij, columns=kolommen)


def _coefficienten(g: Gegevens, selectie: Selectie | None) -> pd.DataFrame:
    if selectie is None:
        return pd.DataFrame(columns=["bestemming", "term", "methode", "log_effect", "se"])
    t = coefficiententabel(g.basis.names, selectie.typen.coef, selectie.typen.covariantie)
    return t.assign(methode="selectie")


def _typenpad(rijen: Effectrijen, selectie: Selectie | None, bewijs: Bewijs) -> pd.DataFrame:
    """Each effect by number of types: log_effect, se, aic, bic, gekozen, oordeel_typen."""
    kolommen = [*SLEUTEL[:3], "typen", "log_effect", "se", "aic", "bic", "gekozen", "bruikbaar", "oordeel_typen"]
    if selectie is None:
        return pd.DataFrame(columns=kolommen)
    allen = (rijen.sleutels["groep"] == "allen").to_numpy()
    delen = []
    for j, f in enumerate(selectie.fits.itertuples()):
        deel = rijen.sleutels.loc[allen, SLEUTEL[:3]].assign(
            typen=f.typen,
            log_effect=selectie.pad[j][allen],
            se=selectie.pad_se[j][allen],
            aic=f.aic,
            bic=f.bic,
            gekozen=f.gekozen,
            bruikbaar=f.bruikbaar,
            oordeel_typen=np.where(bewijs.stabiel[allen], "stabiel", "wisselt"),
        )
        delen.append(deel)
    return pd.concat(delen, ignore_index=True)[kolommen]


def _waarschuwingen(selectie: Selectie | None, waarom: str, toetsen: pd.DataFrame) -> tuple[str, ...]:
    uit = []
    if waarom:
        uit.append(f"{waarom[0].upper()}{waarom[1:]}; selectie op verborgen verschillen is niet onderzocht.")
    if selectie is not None:
        gekozen = selectie.fits[selectie.fits["gekozen"]].iloc[0]
        if selectie.gesteund:
            uit.append(
                f"Klanten verschillen in dingen die niet zijn vastgelegd en die samenhangen met wie een instrument "
                f"krijgt: {int(gekozen['typen'])} verborgen typen. De effecten zijn daarvoor gecorrigeerd."
            )
        slecht = selectie.fits[~selectie.fits["bruikbaar"]]
        uit += [
            f"Het model met {int(r.typen)} typen is niet gebruikt: "
            + (
                "een type is kleiner dan 1%."
                if r.kleinste_aandeel < 0.01
                else (
                    "het rekenen kwam niet tot een einde." if not r.geconvergeerd else "de gegevens bepalen het niet."
                )
            )
            for r in slecht.itertuples()
        ]
        if selectie.weggelaten:
            weg = f"{selectie.weggelaten:,}".replace(",", ".")
            uit.append(
                f"{weg} perioden begonnen voordat inzet volledig werd geregistreerd en tellen niet mee "
                "in methode selectie."
            )
    ernstig = ["mislukt", "niet te bepalen", "wisselwerking"]
    mislukt = toetsen[toetsen["uitkomst"].isin(ernstig)] if len(toetsen) else toetsen
    uit += [f"{r.instrument}: {r.zin}" for r in mislukt.itertuples()]
    return tuple(uit)
