"""The mark of a model: which figures belong together."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from kompas.herijking import Herijking


def modelmerk(h: Herijking) -> str:
    """Twelve hexadecimal characters that identify what the meters compute with.

    A hash over coefficients, covariance, types with their probabilities and entries, traits, verdicts, returns, support
    and prices: models with the same mark give the same figures.
    """
    som = hashlib.sha256()

    def getallen(x: npt.NDArray[np.generic]) -> None:
        vast = np.asarray(x, dtype="<f8") + 0.0
        som.update(repr(vast.shape).encode())
        som.update(np.where(np.isnan(vast), 1e300, vast).tobytes())

    getallen(h.meter_coef)
    getallen(h.meter_covariantie)
    if h.typen is not None and h.gesteund:
        t = h.typen
        for x in (t.punten, t.delta, t.aandelen, t.kans.midden, t.kans.schaal, *t.intrede_coef.values()):
            getallen(x)
        som.update(repr((t.kans.kolommen, t.intrede_banden, sorted(t.tot_maand.items()), t.bekend_vanaf)).encode())
    delen = [f"{k.naam}|{k.soort}|{'|'.join(k.niveaus)}|{k.referentie}" for k in h.kenmerken]
    delen += [f"{k.naam}|{[float(b) for b in (*k.banden, *(k.bereik or ()))]}" for k in h.kenmerken]
    som.update("\n".join([*h.termen, *delen]).encode())
    gebruikt = h.effecten[h.effecten["voorkeur"].astype(bool)]
    for frame, kolommen in (
        (gebruikt, ("instrument", "fase", "bestemming", "groep", "oordeel")),
        (h.terugval, ("soort", "bestemming", "maand")),
        (h.steun, ("instrument", "kenmerk", "niveau", "voldoende")),
        (h.kosten, ("instrument",)),
    ):
        som.update("\n".join("|".join(map(str, r)) for r in frame[list(kolommen)].itertuples(index=False)).encode())
    getallen(h.terugval["waarde"].to_numpy(dtype=np.float64))
    getallen(h.kosten["kosten"].to_numpy(dtype=np.float64))
    return som.hexdigest()[:12]
