"""Which fits with unobserved types are tried, and which one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kompas.config import BESTEMMINGEN
from kompas.models.design import Floats
from kompas.models.mixture import client_log_likelihood, passes, rows_at
from kompas.models.mixturefit import MixtureFit
from kompas.models.mixturesearch import polished, resumed, search
from kompas.opzet import Opzet
from kompas.typen import Typen, Typenkeuze


def kies(aic: Floats, winst: float, bruikbaar: Sequence[bool]) -> int:
    """BIC (two types of fixed probabilities against one) decides whether there are types at all, AIC how many."""
    meer = [j for j in range(1, aic.size) if bruikbaar[j]]
    if not meer or winst <= 0:
        return 0
    return min(meer, key=lambda j: float(aic[j]))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Gevonden:
    """Fits with one type and more.

    Parameters
    ----------
    fits : list of MixtureFit
    plat : MixtureFit or None
        Two types of fixed probabilities; None when they were not tried.
    vast : bool
        The number of types was given: it is not judged.
    """

    fits: list[MixtureFit]
    plat: MixtureFit | None
    vast: bool = False

    @property
    def winst(self) -> float:
        """What BIC gains by types."""
        if self.vast:
            return np.inf
        return self.fits[0].bic - self.plat.bic if self.plat is not None else -np.inf

    @property
    def toets(self) -> float:
        """Twice the gain in log likelihood of two types of fixed probabilities."""
        return 2 * (self.plat.log_likelihood - self.fits[0].log_likelihood) if self.plat is not None else 0.0


def _zoals(opzet: Opzet, typen: Typen) -> Gevonden:
    """As many types as an earlier model has, started from it; what that model did not have starts at zero."""
    codes = list(typen.intrede_coef)
    kolom = [c - 1 for c in opzet.uitstroom]
    kolom += [len(BESTEMMINGEN) + codes.index(i.code) if i.code in codes else -1 for i in opzet.intreden]
    kans = [typen.kans.kolommen.index(k) if k in typen.kans.kolommen else -1 for k in opzet.kans.kolommen]
    punten, delta = (np.pad(x, ((0, 0), (0, 1))) for x in (typen.punten, typen.delta))  # -1 = zero
    return Gevonden(fits=resumed(opzet.joint, opzet.coef, punten[:, kolom], delta[:, kans]), plat=None, vast=True)


def kandidaten(opzet: Opzet, keuze: Typenkeuze, zeg: Callable[[str], None]) -> Gevonden:
    """One type, two types, ...; the one that will be chosen to the last digits."""
    if keuze.zoals is not None:
        zeg("typen van het hele model")
        return _zoals(opzet, keuze.zoals)
    gezocht = search(opzet.joint, opzet.coef, opzet.is_uitstroom, max_types=keuze.hoogstens, progress=zeg)
    fits = gezocht.fits
    gevonden = Gevonden(fits=fits, plat=gezocht.plain)
    beste = kies(np.array([f.aic for f in fits]), gevonden.winst, [f.usable for f in fits])
    if beste > 0:
        zeg("afronden")
        fits[beste] = polished(opzet.joint, fits[beste])
    return gevonden


def winst_per_klant(opzet: Opzet, gevonden: Gevonden) -> Floats:
    """What each client adds to twice the gain in log likelihood by which types are judged, (N,)."""
    if gevonden.plat is None:
        return np.zeros(opzet.joint.clients)

    def log(fit: MixtureFit) -> Floats:
        rows = [rows_at(opzet.joint, q, b) for q, b in enumerate(fit.par.coef)]
        return client_log_likelihood(opzet.joint, passes(opzet.joint, rows, fit.form, fit.par))

    return 2 * (log(gevonden.plat) - log(gevonden.fits[0]))
