"""Relations between rows: overlap, continuation within a household, deployments inside a spell. Pure, vectorised."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Masker = NDArray[np.bool_]
MAX_HUISHOUDEN: Final = 10
_OPEN: Final = np.int64(200_000)  # a day number after every date: an open end
_BREED: Final = np.int64(400_000)  # room for one group's day numbers in a combined key


def dagnummer(datums: pd.Series) -> NDArray[np.int64]:
    """Return days since 1970 (int64); none becomes ``_OPEN``."""
    dagen = datums.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(dagen), _OPEN, dagen.astype(np.int64))


def overlapt(tabel: pd.DataFrame) -> tuple[Masker, Masker]:
    """Find spells that begin before an earlier spell of the client has ended.

    Parameters
    ----------
    tabel : DataFrame
        Columns client_id, begindatum, einddatum; sorted by client_id and begindatum.

    Returns
    -------
    tuple of ndarray of bool, shape (rows,)
        Overlap with an earlier spell; and whether both are running.
    """
    if tabel.empty:
        leeg = np.zeros(0, dtype=bool)
        return leeg, leeg
    client = pd.factorize(tabel["client_id"])[0]
    begin, eind = dagnummer(tabel["begindatum"]), dagnummer(tabel["einddatum"])
    tot_nu = pd.Series(eind).groupby(client).cummax().to_numpy()
    eerder = np.r_[np.int64(-_OPEN), tot_nu[:-1]]
    zelfde = np.r_[False, client[1:] == client[:-1]]
    raakt = zelfde & (begin <= eerder)
    return raakt, raakt & (eerder == _OPEN) & (eind == _OPEN)


def groepen_te_groot(groep: NDArray[np.object_], lid: NDArray[np.object_]) -> Masker:
    """Tell per row whether its group has more than ``MAX_HUISHOUDEN`` different members."""
    paren = pd.DataFrame({"groep": groep, "lid": lid})
    leden = paren.drop_duplicates().groupby("groep")["lid"].size()
    groot = leden.index[leden > MAX_HUISHOUDEN]
    return paren["groep"].isin(groot).to_numpy() if len(groot) else np.zeros(len(paren), dtype=bool)


def loopt_door(tabel: pd.DataFrame, einde: Masker, gat_dagen: int) -> Masker:
    """Tell which ended spells go on in the same household within the gap.

    Parameters
    ----------
    tabel : DataFrame
        Columns rij, huishouden_id, begindatum, einddatum.
    einde : ndarray of bool, shape (rows,)
        The ends to follow.
    gat_dagen : int
        Days between end and new begin must be fewer than this (a new begin on the next day is 0 days).
    """
    uit = np.zeros(len(tabel), dtype=bool)
    kolommen = ["_i", "huishouden_id", "begindatum", "einddatum"]
    alles = tabel.assign(_i=np.arange(len(tabel)))[kolommen].dropna(subset="huishouden_id")
    van = alles[einde[alles["_i"].to_numpy()]]
    if van.empty:
        return uit
    paren = van.merge(alles, on="huishouden_id", suffixes=("", "_na"))
    gat = (paren["begindatum_na"] - paren["einddatum"]).dt.days - 1
    later = paren["begindatum_na"] > paren["begindatum"]
    blijft = paren["einddatum_na"].isna() | (paren["einddatum_na"] > paren["einddatum"])
    uit[paren.loc[later & blijft & (gat < gat_dagen), "_i"].unique()] = True
    return uit


def binnen_periode(
    groep: NDArray[np.int64], dag: NDArray[np.int64], perioden: pd.DataFrame, groep_periode: NDArray[np.int64]
) -> Masker:
    """Tell whether a day falls inside a spell of its group.

    Parameters
    ----------
    groep, dag : ndarray of int64, shape (questions,)
        Group number (client or household, -1 for none) and day number.
    perioden : DataFrame
        Columns begindatum, einddatum.
    groep_periode : ndarray of int64, shape (spells,)
        Group number of each spell (-1 for none).
    """
    if not len(perioden):
        return np.zeros(len(groep), dtype=bool)
    begin, eind = dagnummer(perioden["begindatum"]), dagnummer(perioden["einddatum"])
    volgorde = np.lexsort((begin, groep_periode))
    g, b, e = groep_periode[volgorde], begin[volgorde], eind[volgorde]
    laatste = pd.Series(e).groupby(g).cummax().to_numpy()
    sleutel = g.astype(np.int64) * _BREED + b
    plek = np.searchsorted(sleutel, groep.astype(np.int64) * _BREED + dag, side="right") - 1
    veilig = np.maximum(plek, 0)
    raak: Masker = (plek >= 0) & (groep >= 0) & (g[veilig] == groep) & (laatste[veilig] >= dag)
    return raak
