"""What is known about each effect, for the verdict: checks per instrument, stability, agreement."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import chdtri, pdtr

from kompas.config import BESTEMMINGEN
from kompas.gegevens import Gegevens
from kompas.landmark import ALLE, Landmark
from kompas.models.design import Floats
from kompas.oordeel import (
    BUREN_AIC,
    METEEN,
    STABIEL,
    Z_DRIE,
    Bewijs,
    Vlag,
)
from kompas.overleving import spreiding
from kompas.panel import IEDEREEN, aandeel_meteen
from kompas.perioden import OPEN, venster
from kompas.selectie import Selectie
from kompas.tabellen import Z95, Effectrijen

GENOEG_KLANTEN = 6_000  # with fewer, selection that shifts an effect by .4 can stay unseen (see docs/methode.md)
VERWACHT_VERTREK = 5.0  # exits expected between announcement and begin, from which zero is no chance
HELFT, KLEINE_KANS = 0.5, 0.01  # fewer than half of the expected, beyond chance: what fell through is missing
DAGEN_PER_MAAND = 365.25 / 12  # only for a rough expectation
ZONDER_AANMELDING = (
    "Zonder aanmelddatum is er voor de start niets te toetsen: wie eerder vertrekt, start niet. Lever de aanmelddatum "
    "mee, ook van wie nooit begon."
)


def zijn_eens(landmark: Landmark, code: str, tabel: pd.DataFrame, los: Floats) -> dict[tuple[str, str], bool]:
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


def toets_instrumenten(g: Gegevens) -> tuple[pd.DataFrame, dict[str, dict[str, bool]]]:
    """Checks per instrument: was it given at the very start, and what happened between announcement and begin."""
    van, tot = venster(g.config)
    eind = g.perioden.spells["eind"].to_numpy(dtype=np.int64)
    begonnen = aandeel_meteen(g.panel, g.perioden, g.config)
    e = g.panel.exposure
    tempo = float((e.event > 0).sum() / max((e.length * e.months).sum(), 1e-9))
    rijen, uit = [], {}
    alle = g.perioden.inzetten
    for k, ins in enumerate(g.config.instrument):
        eigen = g.panel.inzetten[g.panel.inzetten["instrument"] == k]
        meteen = float((eigen["maand"] == 0).mean()) if len(eigen) else 0.0
        bij_begin = begonnen[ins.code]
        mijn = alle[(alle["instrument"] == k) & alle["binnen"] & (alle["start"] >= van) & (alle["start"] < tot)]
        s, start = mijn["spell"].to_numpy(dtype=np.int64), mijn["start"].to_numpy(dtype=np.int64)
        stop = np.minimum(mijn["begin"].to_numpy(dtype=np.int64), tot)
        verwacht = tempo * float(np.maximum(np.minimum(stop, eind[s]) - start, 0).sum()) / DAGEN_PER_MAAND
        vertrokken = int(((eind[s] > start) & (eind[s] < stop) & (eind[s] < OPEN)).sum())
        fout = _te_weinig_vertrek(verwacht, vertrokken)
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


def _te_weinig_vertrek(verwacht: float, vertrokken: int) -> bool:
    """Whether clearly fewer clients left between announcement and begin than half of what was to be expected.

    Half, because who is announced may be further from work than the average.

    Examples
    --------
    >>> _te_weinig_vertrek(5.0, 0), _te_weinig_vertrek(112.0, 4), _te_weinig_vertrek(112.0, 60)
    (True, True, False)
    """
    if verwacht < VERWACHT_VERTREK:
        return False
    return vertrokken == 0 or bool(pdtr(vertrokken, HELFT * verwacht) < KLEINE_KANS)


def _zin_placebo(verwacht: float, vertrokken: int) -> tuple[str, str]:
    if verwacht == 0:
        return "niet te toetsen", ZONDER_AANMELDING
    if verwacht < VERWACHT_VERTREK:
        return "niet te toetsen", (
            "Tussen aanmelding en begin ligt te weinig tijd: naar verwachting vertrekken dan minder dan "
            f"{VERWACHT_VERTREK:.0f} klanten."
        )
    aantal = f"{vertrokken}" if vertrokken >= 10 else "minder dan 10"
    if _te_weinig_vertrek(verwacht, vertrokken):
        wie = "niemand deed dat" if vertrokken == 0 else f"dat deden er {aantal}"
        return "mislukt", (
            f"Naar verwachting zouden {verwacht:.0f} klanten tussen aanmelding en begin vertrekken, en {wie}: vooral "
            "wie begon is geregistreerd. Lever ook de aanmeldingen die niet doorgingen."
        )
    return "in orde", f"Tussen aanmelding en begin vertrokken {aantal} klanten (gemiddeld verwacht: {verwacht:.0f})."


def verzamel_bewijs(
    rijen: Effectrijen,
    selectie: Selectie | None,
    per_instrument: Mapping[str, Mapping[str, bool]],
    eens: Mapping[tuple[str, str], bool],
    landmark: Vlag,
) -> Bewijs:
    """Lay what is known beside each row of the effects."""
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
    return bool(beter.any() or float(f["toets_typen"].iloc[0]) > chdtri(processen + 1, 0.05))


def buren(selectie: Selectie) -> list[int]:
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
    for i in buren(selectie):
        uit &= np.abs(selectie.pad[i] - selectie.effect) <= np.maximum(STABIEL, selectie.se)
    return uit
