"""What the meters compute with: the preferred method, and intervals that hold the other answers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from kompas.bewijs import buren
from kompas.config import BESTEMMINGEN
from kompas.gegevens import Gegevens
from kompas.models.design import Floats
from kompas.selectie import Selectie
from kompas.tabellen import Effectrijen

Tekst = npt.NDArray[np.generic]


def meterbasis(
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


def omhulsel(
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
        "typen_onzeker": [selectie.pad[i] for i in buren(selectie)] if selectie is not None else [],
        "klein": [selectie.pad[i] for i in buren(selectie)] if selectie is not None else [],
        "typen_wisselen": [selectie.pad[i] for i in buren(selectie)] if selectie is not None else [],
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
