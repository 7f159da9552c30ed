"""Three methods side by side: effects with preference and verdict, and what the meters compute with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import chi2

from kompas.config import BESTEMMINGEN, Config
from kompas.intrede import maak_rijen
from kompas.kenmerken import Interactie, Kenmerk
from kompas.landmark import ALLE, Landmark, landmark_effecten
from kompas.models.design import Floats, Ints
from kompas.models.hazard import Problem
from kompas.models.power import deployments_needed, minimum_detectable
from kompas.models.timedesign import TimeSpec
from kompas.oordeel import (
    BUREN_AIC,
    IEDEREEN,
    METEEN,
    OORDEEL_VAN,
    STABIEL,
    TOELICHTING,
    Z_DRIE,
    Bewijs,
    Vlag,
    gronden,
)
from kompas.overleving import Model, overleving_van_model, replicaten_verschil, spreiding, tabel_van
from kompas.panel import KenmerkFunctie, Panel
from kompas.perioden import OPEN, Perioden, venster
from kompas.schatting import Oorzaak
from kompas.selectie import MINSTE_KLANTEN, Selectie, Typen, maak_opzet, schat_selectie
from kompas.tabellen import Z95, Effectrijen, coefficiententabel, effectrijen, waargenomen_effecten
from kompas.tijdlijn import Tijdlijn

METHODEN = ("waargenomen", "landmark", "selectie")
TREKKINGEN = 200
GENOEG_KLANTEN = 6_000  # with fewer, selection that shifts an effect by .4 can stay unseen (see docs/methode.md)
VERWACHT_VERTREK = 5.0  # exits expected between announcement and begin, from which zero is no chance
ZONDER_AANMELDING = (
    "Zonder aanmelddatum is er voor de start niets te toetsen: wie eerder vertrekt, start niet. Lever de aanmelddatum "
    "mee, ook van wie nooit begon."
)
Tekst = npt.NDArray[np.generic]
SLEUTEL = ["instrument", "fase", "bestemming", "groep"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gegevens:
    """What all methods start from."""

    panel: Panel
    perioden: Perioden
    uitkeringen: pd.DataFrame
    config: Config
    kenmerken: Sequence[Kenmerk]
    interacties: Sequence[Interactie]
    tijd: TimeSpec
    basis: Problem
    oorzaken: Sequence[Oorzaak]
    coef: Floats
    covariantie: Floats
    kenmerkfunctie: KenmerkFunctie
    tijdlijnen: list[Tijdlijn]
    leeftijden: Ints


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
    g: Gegevens, rijen: Effectrijen, zaad: int, trekkingen: int, voortgang: Callable[[str, float], None]
) -> tuple[Selectie | None, str]:
    """Method ``selectie``, or why it could not be used."""
    kw = {"kenmerken": g.kenmerkfunctie, "tijdlijnen": g.tijdlijnen, "leeftijden": g.leeftijden}
    r = maak_rijen(g.panel, g.perioden, g.uitkeringen, g.config, **kw)  # type: ignore[arg-type]
    if r.codes.size < MINSTE_KLANTEN:
        return None, f"methode selectie vraagt minstens {MINSTE_KLANTEN} klanten van wie de hele periode bekend is"
    opzet = maak_opzet(r, g.perioden, g.config, g.kenmerken, g.interacties, g.tijd, g.oorzaken)
    if not opzet.intreden:
        return None, "van geen enkel instrument zijn genoeg starts bekend voor methode selectie"
    smal, r_smal = None, None
    if opzet.joint.stock.size:
        r_smal = maak_rijen(g.panel, g.perioden, g.uitkeringen, g.config, alleen_instroom=True, **kw)  # type: ignore[arg-type]
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
        zaad=zaad,
        trekkingen=trekkingen,
        zeg=lambda wat: voortgang(f"selectie: {wat}", 0.0),
    )
    return s, ""


def vergelijk_methoden(
    g: Gegevens,
    *,
    methoden: Sequence[str] = METHODEN,
    zaad: int = 0,
    trekkingen: int = TREKKINGEN,
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
            selectie, waarom = _selectie(g, rijen, zaad, trekkingen, voortgang)
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
    toetsen, per_instrument = _toetsen(g)
    per_methode = {"waargenomen": waargenomen}
    if landmark is not None:
        sleutel = rijen.sleutels[SLEUTEL].merge(landmark.effecten, on=SLEUTEL, how="left")
        per_methode["landmark"] = (
            sleutel["log_effect"].to_numpy(dtype=np.float64),
            sleutel["se"].to_numpy(dtype=np.float64),
        )
        onvoldoende = sleutel["onvoldoende"].to_numpy(dtype=bool)
    else:
        onvoldoende = np.ones(len(rijen.sleutels), dtype=bool)
    if selectie is not None:
        per_methode["selectie"] = (selectie.effect, selectie.se)
    gesteund = selectie is not None and selectie.gesteund
    voorkeur = np.where(
        np.full(onvoldoende.size, gesteund), "selectie", np.where(onvoldoende, "waargenomen", "landmark")
    )
    bewijs = _bewijs(rijen, selectie, per_instrument, eens, ~onvoldoende)
    beste = np.stack([per_methode[m] for m in per_methode])[
        [list(per_methode).index(v) for v in voorkeur], :, np.arange(voorkeur.size)
    ].reshape(-1, 2)
    grond = gronden(bewijs, beste[:, 0], beste[:, 1])
    effecten = _effecten(rijen, per_methode, voorkeur, grond)
    coef, covariantie = _meterbasis(g, rijen, beste, waargenomen, voorkeur, selectie)
    covariantie = np.asarray(covariantie + _omhulsel(g, rijen, grond, beste[:, 0], per_methode, selectie))
    kracht = rijen.sleutels[[*SLEUTEL[:3], "inzetten"]].assign(
        aantoonbaar_effect=minimum_detectable(np.where(bewijs.weinig, np.nan, beste[:, 1])),
        nodig=deployments_needed(rijen.sleutels["inzetten"], np.where(bewijs.weinig, np.nan, beste[:, 1])),
    )[(rijen.sleutels["groep"] == "allen").to_numpy()]
    return Methoden(
        effecten=effecten,
        glance=_glance(selectie, g),
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
    een = Model(coef=g.coef, punten=np.zeros((1, 3)), gewicht=np.ones((n, 1)))
    modellen = [("waargenomen", een, log, selectie.replicaten_een if selectie is not None else None)]
    if selectie is not None and selectie.gesteund:
        w = np.tile(selectie.typen.aandelen, (n, 1))
        w[selectie.codes] = selectie.posterior
        model = Model(coef=selectie.typen.coef, punten=selectie.typen.punten[:, : len(BESTEMMINGEN)], gewicht=w)
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
                eens |= _eens(landmark, ins.code, tabel, los)
    return pd.concat(delen, ignore_index=True), eens


def _eens(landmark: Landmark, code: str, tabel: pd.DataFrame, los: Floats) -> dict[tuple[str, str], bool]:
    """Whether landmark and waargenomen agree on the treated, over all horizons, by the joint client bootstrap."""
    wie = (landmark.overleving["instrument"] == code).to_numpy()
    ander = landmark.overleving[wie].reset_index(drop=True)
    trek = landmark.replicaten_overleving[wie]
    verschil = ander["verschil"].to_numpy(dtype=np.float64) - tabel["verschil"].to_numpy(dtype=np.float64)
    se = spreiding(trek - trek.mean(axis=1, keepdims=True) - los)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.abs(verschil) / se
    uit = {}
    for b in (ALLE, *BESTEMMINGEN):
        deel = z[(tabel["bestemming"] == b).to_numpy()]
        bekend = deel[np.isfinite(deel)]
        uit[code, b] = bool(bekend.size and bekend.max() < Z_DRIE)
    return uit


def _toetsen(g: Gegevens) -> tuple[pd.DataFrame, dict[str, dict[str, bool]]]:
    """Checks per instrument: was it given at the very start, and what happened between announcement and begin."""
    van, tot = venster(g.config)
    spells = g.perioden.spells
    begin, eind = spells["begin"].to_numpy(dtype=np.int64), spells["eind"].to_numpy(dtype=np.int64)
    gezien = np.unique(g.panel.spell)
    nieuw = gezien[begin[gezien] >= van]
    e = g.panel.exposure
    tempo = float((e.event > 0).sum() / max((e.length * e.months).sum(), 1e-9))
    rijen, uit = [], {}
    alle = g.perioden.inzetten
    for k, ins in enumerate(g.config.instrument):
        eigen = g.panel.inzetten[g.panel.inzetten["instrument"] == k]
        spell, maand = eigen["spell"].to_numpy(dtype=np.int64), eigen["maand"].to_numpy(dtype=np.int64)
        meteen = float((maand == 0).mean()) if maand.size else 0.0
        bij_begin = float(np.isin(nieuw, spell[maand == 0]).mean()) if nieuw.size else 0.0
        mijn = alle[(alle["instrument"] == k) & alle["binnen"] & (alle["start"] >= van) & (alle["start"] < tot)]
        s, start = mijn["spell"].to_numpy(dtype=np.int64), mijn["start"].to_numpy(dtype=np.int64)
        stop = np.minimum(mijn["begin"].to_numpy(dtype=np.int64), tot)
        verwacht = tempo * float(np.maximum(np.minimum(stop, eind[s]) - start, 0).sum()) / 30.4
        vertrokken = int(((eind[s] > start) & (eind[s] < stop) & (eind[s] < OPEN)).sum())
        fout = verwacht >= VERWACHT_VERTREK and vertrokken == 0
        uit[ins.code] = {"iedereen": bij_begin >= IEDEREEN, "meteen": meteen >= METEEN, "aanmelding": fout}
        rijen.append((ins.code, "start aan het begin", *_zin_begin(bij_begin, meteen)))
        rijen.append((ins.code, "placebo: tussen aanmelding en begin", *_zin_placebo(verwacht, vertrokken)))
    return pd.DataFrame(rijen, columns=["instrument", "toets", "uitkomst", "zin"]), uit


def _zin_begin(bij_begin: float, meteen: float) -> tuple[str, str]:
    deel = f"{100 * bij_begin:.0f}% van de nieuwe perioden kreeg dit in de eerste maand"
    if bij_begin >= IEDEREEN:
        return "niet te bepalen", f"{deel}: er is bijna niemand zonder. Geen enkele methode kan het effect bepalen."
    if meteen >= METEEN:
        return "zwak", f"{deel}, en {100 * meteen:.0f}% van de inzetten begon toen: het moment zegt weinig."
    return "in orde", f"{deel}; starts liggen verspreid over de duur."


def _zin_placebo(verwacht: float, vertrokken: int) -> tuple[str, str]:
    if verwacht < VERWACHT_VERTREK:
        return (
            "niet te toetsen",
            ZONDER_AANMELDING,
        )
    if vertrokken == 0:
        return "mislukt", (
            f"Naar verwachting zouden {verwacht:.0f} klanten tussen aanmelding en begin vertrekken, en niemand deed "
            "dat: alleen wie begon is geregistreerd. Lever ook de aanmeldingen die niet doorgingen."
        )
    aantal = f"{vertrokken}" if vertrokken >= 10 else "minder dan 10"
    return "in orde", f"Tussen aanmelding en begin vertrokken {aantal} klanten (gemiddeld verwacht: {verwacht:.0f})."


def _bewijs(
    rijen: Effectrijen,
    selectie: Selectie | None,
    per_instrument: Mapping[str, Mapping[str, bool]],
    eens: Mapping[tuple[str, str], bool],
    landmark: Vlag,
) -> Bewijs:
    s = rijen.sleutels
    n = len(s)
    stabiel, instroom, intrede = np.ones(n, dtype=bool), np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    if selectie is not None:
        stabiel = _stabiel(selectie)
        intrede = s["instrument"].isin(list(selectie.typen.intrede_coef)).to_numpy()
        if selectie.instroom is not None and selectie.instroom_se_verschil is not None:
            verschil = np.abs(selectie.effect - selectie.instroom)
            instroom = ~(verschil > Z95 * selectie.instroom_se_verschil)

    def per(naam: str) -> Vlag:
        return np.array([per_instrument.get(c, {}).get(naam, False) for c in s["instrument"]], dtype=bool)

    return Bewijs(
        weinig=rijen.weinig,
        iedereen=per("iedereen"),
        meteen=per("meteen"),
        aanmelding=per("aanmelding"),
        gesteund=selectie is not None and selectie.gesteund,
        stabiel=stabiel,
        instroom=instroom,
        onderzocht=np.full(n, selectie is not None and selectie.clienten >= GENOEG_KLANTEN),
        onzeker=np.full(n, selectie is not None and _onzeker(selectie)),
        intrede=intrede,
        eens=np.array([eens.get((c, b), False) for c, b in zip(s["instrument"], s["bestemming"], strict=True)], bool),
        landmark=landmark,
    )


def _onzeker(selectie: Selectie) -> bool:
    """Whether AIC clearly wants types, or a likelihood-ratio test at 5% finds them (degrees: processes plus one)."""
    processen = len(BESTEMMINGEN) + len(selectie.typen.intrede_coef)
    f = selectie.fits
    beter = f["bruikbaar"] & (f["typen"] > 1) & (f["aic"] < f["aic"].iloc[0] - BUREN_AIC)
    return bool(beter.any() or float(f["toets_typen"].iloc[0]) > chi2.ppf(0.95, processen + 1))


def _buren(selectie: Selectie) -> list[int]:
    """Fits with one type more or less that are alternatives to the chosen one."""
    f = selectie.fits
    j = int(np.flatnonzero(f["gekozen"])[0])
    return [
        i
        for i in (j - 1, j + 1)
        if (1 if j else 0) <= i < len(f)
        and bool(f["bruikbaar"].iloc[i])
        and f["aic"].iloc[i] < f["aic"].iloc[j] + BUREN_AIC
    ]


def _stabiel(selectie: Selectie) -> Vlag:
    uit = np.ones(selectie.effect.size, dtype=bool)
    for i in _buren(selectie):
        uit &= np.abs(selectie.pad[i] - selectie.effect) <= np.maximum(STABIEL, selectie.se)
    return uit


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


def _meterbasis(
    g: Gegevens,
    rijen: Effectrijen,
    beste: Floats,
    waargenomen: tuple[Floats, Floats],
    voorkeur: Tekst,
    selectie: Selectie | None,
) -> tuple[Floats, Floats]:
    """Coefficients and covariance that the meters use: those of the preferred method."""
    if selectie is not None and selectie.gesteund:
        return selectie.typen.coef.copy(), selectie.typen.covariantie.copy()
    coef, covariantie = g.coef.copy(), g.covariantie.copy()
    breed, namen = len(g.basis.names), list(g.basis.names)
    s = rijen.sleutels
    for i in np.flatnonzero((voorkeur == "landmark") & (s["groep"] == "allen").to_numpy()):
        j = namen.index(f"inzet:{s['instrument'].iloc[i]}={s['fase'].iloc[i]}")
        k = int(rijen.oorzaak[i])
        if np.isnan(coef[k, j]):
            continue
        coef[k, j] += beste[i, 0] - waargenomen[0][i]  # deviations per group stay what they were
        plek = k * breed + j
        covariantie[plek, plek] += max(beste[i, 1] ** 2 - waargenomen[1][i] ** 2, 0.0)
    return coef, covariantie


def _omhulsel(
    g: Gegevens,
    rijen: Effectrijen,
    grond: Tekst,
    beste: Floats,
    per_methode: Mapping[str, tuple[Floats, Floats]],
    selectie: Selectie | None,
) -> Floats:
    """Covariance that makes an interval hold the other answers, where a verdict depends on an assumption."""
    breed, namen, s = len(g.basis.names), list(g.basis.names), rijen.sleutels
    uit = np.zeros((len(BESTEMMINGEN) * breed,) * 2)
    anders: dict[str, list[Floats]] = {
        "methoden_verschillen": [per_methode["waargenomen"][0]],
        "vooral_meteen": [per_methode["waargenomen"][0]] if selectie is not None and selectie.gesteund else [],
        "geen_intrede": [per_methode["waargenomen"][0]],
        "typen_onzeker": [selectie.pad[i] for i in _buren(selectie)] if selectie is not None else [],
        "klein": [selectie.pad[i] for i in _buren(selectie)] if selectie is not None else [],
        "typen_wisselen": [selectie.pad[i] for i in _buren(selectie)] if selectie is not None else [],
        "instroom_anders": [selectie.instroom] if selectie is not None and selectie.instroom is not None else [],
    }
    for ins in g.config.instrument:
        richting = np.zeros(uit.shape[0])
        wie = ((s["instrument"] == ins.code) & (s["groep"] == "allen")).to_numpy()
        for i in np.flatnonzero(wie):
            verschillen = [float(a[i] - beste[i]) for a in anders.get(str(grond[i]), [])]
            if verschillen:
                j = namen.index(f"inzet:{ins.code}={s['fase'].iloc[i]}")
                richting[int(rijen.oorzaak[i]) * breed + j] = max(verschillen, key=abs)
        uit += np.outer(richting, richting)
    return uit


def _glance(selectie: Selectie | None, g: Gegevens) -> pd.DataFrame:
    kolommen = ["bestemming", "methode", "persoonmaanden", "gebeurtenissen", "log_likelihood", "typen"]
    if selectie is None:
        return pd.DataFrame(columns=kolommen)
    e = g.panel.exposure
    maanden = float((e.length * e.months).sum())
    gekozen = selectie.fits[selectie.fits["gekozen"]].iloc[0]
    rij = [
        (b, "selectie", maanden, int((e.event == k + 1).sum()), float(gekozen["log_likelihood"]), int(gekozen["typen"]))
        for k, b in enumerate(BESTEMMINGEN)
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
            uit.append(
                f"{selectie.weggelaten} perioden begonnen voordat inzet volledig werd geregistreerd en tellen niet mee "
                "in methode selectie."
            )
    mislukt = toetsen[toetsen["uitkomst"].isin(["mislukt", "niet te bepalen"])] if len(toetsen) else toetsen
    uit += [f"{r.instrument}: {r.zin}" for r in mislukt.itertuples()]
    return tuple(uit)


def zonder_vergelijking(g: Gegevens) -> Methoden:
    """Only ``waargenomen``: quick, for backtests and updates."""
    return vergelijk_methoden(g, methoden=("waargenomen",), voortgang=lambda _s, _d: None)


__all__ = ["METHODEN", "Gegevens", "Methoden", "vergelijk_methoden", "zonder_vergelijking"]
