"""Do the identifiers of a table meet those of uitkeringen: what does not, and what would in another notation."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kompas.bron.typen import GETYPT
from kompas.bron.werkblad import Masker, Werkblad

# Uitkeringen holds everybody who was on benefit in the window; a table of deployments may also hold people before or
# after it, and partners, but they are the smaller part. When most rows meet nobody, the tables do not share their
# identifiers, and every client who was helped would count as one who was not.
MEESTE: Final = 0.5
_GENUMMERD: Final = re.compile(r"(\D*)0*(\d+)(?:\.0+)?", re.ASCII)
GENOEG: Final = 10  # rows from which a share says something by itself


def sleutel(client: str) -> str:
    """Return what two notations of one pseudonym share: case, leading zeros and ``.0`` fall away.

    Examples
    --------
    >>> sleutel("H00001") == sleutel("h1"), sleutel("00001") == sleutel("1.0"), sleutel("A1B2")
    (True, True, 'a1b2')
    """
    kaal = client.strip().removeprefix(GETYPT)
    m = _GENUMMERD.fullmatch(kaal)
    return (m.group(1) + m.group(2) if m else kaal).casefold()


def meld_onbekende_clienten(
    blad: Werkblad,
    client: NDArray[np.object_],
    uitkeringen: pd.DataFrame,
    aangeleverd: Collection[str] = (),
    moet: Masker | None = None,
) -> None:
    """Leave out rows of clients without a spell: one finding, at the first such client; a blokkade when it is most.

    Parameters
    ----------
    blad : Werkblad
        The table.
    client : ndarray of str, shape (rows,)
        Its identifiers, None for empty.
    uitkeringen : DataFrame
        The spells in use.
    aangeleverd : collection of str
        All identifiers in the file with uitkeringen, also of rows that are not in use (another regeling): those do
        join, so they are no sign of another notation.
    moet : ndarray of bool, optional
        Rows that ought to join; the others (what was offered at the gate to people who never got benefit) say nothing
        about notation.
    """
    over = blad.over
    onbekend: Masker = ~pd.Series(client).isin(uitkeringen["client_id"]).to_numpy() & over
    if not onbekend.any():
        return
    waarde = np.where(pd.isna(client), "", client)
    plek = np.flatnonzero(onbekend)
    eerste = min(zip(waarde[plek], blad.rij[plek], plek, strict=True))[2]
    bekend = {*uitkeringen["client_id"], *aangeleverd}
    hoort = over if moet is None else over & moet
    vreemd = onbekend & hoort & ~pd.Series(client).isin(list(bekend)).to_numpy()
    aantal, gered = int(vreemd.sum()), _in_andere_schrijfwijze(client[vreemd], bekend)
    detail = _zin(aantal, gered, int(hoort.sum())) if aantal else ""
    if uitkeringen.shape[0] and aantal > MEESTE * hoort.sum() and (aantal >= GENOEG or gered > MEESTE * aantal):
        blad.meld_tabel("A18", "client_id", detail)
    blad.meld(
        "A16",
        onbekend,
        "client_id",
        waarde=np.full(len(waarde), waarde[eerste], dtype=object),
        detail=detail,
        groep=True,
    )


def _in_andere_schrijfwijze(client: NDArray[np.object_], bekend: Collection[str]) -> int:
    sleutels = {sleutel(b) for b in bekend}
    return sum(1 for c in client if c is not None and sleutel(c) in sleutels)


def _zin(aantal: int, gered: int, rijen: int) -> str:
    uit = f"{aantal} van {rijen} rijen ({100 * aantal / rijen:.0f}%)"
    if gered:
        uit += f"; zonder verschil in hoofdletters, voorloopnullen of '.0' sluiten er {gered} wel aan"
    return uit
