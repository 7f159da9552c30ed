"""What the meters compute with: the preferred method, and intervals that hold the other answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from kompas.bewijs import buren
from kompas.config import BESTEMMINGEN
from kompas.gegevens import Gegevens
from kompas.models.design import Floats
from kompas.oordeel import OORDEEL_VAN, Vlag
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


def per_groep(
    rijen: Effectrijen, waargenomen: tuple[Floats, Floats], landmark: tuple[Floats, Floats], onvoldoende: Vlag
) -> tuple[tuple[Floats, Floats], Vlag]:
    """Return `landmark` per group as the meters use it: its common effect and the deviations of ``waargenomen``.

    Those deviations are shrunk; landmark by itself is too thin per group. A group follows all clients together: where
    landmark has no figure for them, it has none for a group.

    Parameters
    ----------
    rijen : Effectrijen
    waargenomen, landmark : (log effect, standard error), (rows,) each
    onvoldoende : (rows,) bool
        landmark has no figure.

    Returns
    -------
    (log effect, standard error), onvoldoende
        With a for all clients and g for a group: b_a(landmark) + b_g - b_a, and the variance of b_g plus what the
        variance of landmark is more than that of ``waargenomen`` (as in `meterbasis`).
    """
    s = rijen.sleutels.assign(_rij=np.arange(len(rijen.sleutels)))
    op = ["instrument", "fase", "bestemming"]
    allen = s[op].merge(s.loc[s["groep"] == "allen", [*op, "_rij"]], on=op, how="left")["_rij"].to_numpy(dtype=np.int64)
    groep = (s["groep"] != "allen").to_numpy()
    (log, se), (b, fout) = waargenomen, landmark
    meer = np.maximum(fout[allen] ** 2 - se[allen] ** 2, 0.0)
    return (
        np.where(groep, b[allen] + log - log[allen], b),
        np.where(groep, np.sqrt(se**2 + meer), fout),
    ), np.asarray(onvoldoende[allen])


def andere_antwoorden(
    grond: Tekst, per_methode: Mapping[str, tuple[Floats, Floats]], landmark: Vlag, selectie: Selectie | None
) -> list[Floats]:
    """Every other answer that the data allow, (rows,) each; nan where that answer does not exist.

    With types: the neighbouring numbers of types and the fit on inflow, and ``waargenomen`` for an instrument whose
    entry is not in the model. Without: ``waargenomen``, ``landmark`` and the fits with types that are not far behind.
    """
    zonder_typen = per_methode["waargenomen"][0]
    if selectie is not None and selectie.gesteund:
        uit = [np.where(grond == "geen_intrede", zonder_typen, np.nan)]
        if selectie.instroom is not None:
            uit.append(selectie.instroom)
    else:
        uit = [zonder_typen]
        if "landmark" in per_methode:
            uit.append(np.where(landmark, per_methode["landmark"][0], np.nan))
    if selectie is not None:
        uit += [selectie.pad[i] for i in buren(selectie)]
    return uit


def omhulsel(g: Gegevens, rijen: Effectrijen, grond: Tekst, beste: Floats, anders: Sequence[Floats]) -> Floats:
    """Covariance that makes an interval hold the other answers, where a verdict depends on an assumption.

    Each answer is a direction of its own, over all phases of an instrument at once: two answers on either side of the
    preferred one cannot cancel.

    Parameters
    ----------
    g, rijen : Gegevens, Effectrijen
    grond : (rows,) text
    beste : (rows,) float
        Preferred log effects.
    anders : sequence of (rows,) float
        `andere_antwoorden`.

    Returns
    -------
    (3 P, 3 P) float
        Sum over instruments and answers of d d', with d the difference of that answer from the preferred one.
    """
    breed, namen, s = len(g.basis.names), list(g.basis.names), rijen.sleutels
    uit = np.zeros((len(BESTEMMINGEN) * breed,) * 2)
    hangt = np.array([OORDEEL_VAN.get(str(k)) == "afhankelijk_van_aanname" for k in grond], dtype=bool)
    for ins in g.config.instrument:
        wie = np.flatnonzero(((s["instrument"] == ins.code) & (s["groep"] == "allen")).to_numpy() & hangt)
        plek = np.array(
            [int(rijen.oorzaak[i]) * breed + namen.index(f"inzet:{ins.code}={s['fase'].iloc[i]}") for i in wie],
            dtype=np.int64,
        )
        for antwoord in anders:
            richting = np.zeros(uit.shape[0])
            richting[plek] = np.nan_to_num(antwoord[wie] - beste[wie])
            uit += np.outer(richting, richting)
    return uit
