"""Last year's parameters as a prior (``[model] prior_vorige``): a penalty that pulls towards them where data are thin.

Only traits and effects of instruments get a prior, never the baseline or the calendar: those are what a new year is
about. The penalty of a parameter is w / se_old^2, so that it counts as w times last year's evidence. Data that both
years hold must not count twice: w is the share of last year's months that the new window no longer holds, and never
less than one tenth. A term that means something else this year (another reference group, another level) gets no prior.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kompas.config import BESTEMMINGEN, Config
from kompas.kenmerken import Kenmerk
from kompas.models.design import Floats, Profiles, readonly
from kompas.perioden import venster

MINSTE_GEWICHT = 0.1
KLEINSTE_SE = 0.01  # a parameter is never taken as known better than this


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prior:
    """Last year's parameters, by term.

    Parameters
    ----------
    termen : tuple of T str
        Columns of traits and of phases (``inzet:CODE=fase``).
    centrum : (3, T) array
        Log hazard ratios by bestemming; nan where there is none.
    precisie : (3, T) array
        Penalty; 0 where there is none.
    gewicht : float
        w: the share of last year's evidence that counts.
    """

    termen: tuple[str, ...]
    centrum: Floats
    precisie: Floats
    gewicht: float

    def __post_init__(self) -> None:
        for veld in ("centrum", "precisie"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    def zin(self) -> str:
        """What must be said in the report."""
        return (
            f"De cijfers van vorige keer tellen mee als voorkennis (prior_vorige), voor {100 * self.gewicht:.0f}% van "
            "hun gewicht. Verschillen met vorige keer vallen daardoor kleiner uit dan zonder die voorkennis."
        )


def gewicht_van(oud: Config, nieuw: Config) -> float:
    """Share of the old window that the new one no longer holds, at least one tenth.

    Examples
    --------
    >>> import datetime as dt
    >>> from kompas.config import maak_config
    >>> def c(van, tot):
    ...     return maak_config({"gemeente": {"naam": "X", "peildatum": dt.date(tot, 12, 31)},
    ...                         "bron": {"venster_van": dt.date(van, 1, 1)}})
    >>> [round(gewicht_van(c(2001, 2004), c(van, 2005)), 2) for van in (2001, 2003, 2005)]
    [0.1, 0.5, 1.0]
    """
    (van_oud, tot_oud), (van_nieuw, tot_nieuw) = venster(oud), venster(nieuw)
    samen = max(min(tot_oud, tot_nieuw) - max(van_oud, van_nieuw), 0)
    return float(np.clip(1.0 - samen / max(tot_oud - van_oud, 1), MINSTE_GEWICHT, 1.0))


def maak_prior(
    termen_oud: tuple[str, ...],
    coef: Floats,
    covariantie: Floats,
    kenmerken_oud: tuple[Kenmerk, ...],
    kenmerken_nieuw: tuple[Kenmerk, ...],
    *,
    gewicht: float,
) -> Prior:
    """Lay out last year's parameters as a prior for this year's columns.

    Parameters
    ----------
    termen_oud : tuple of P str
    coef : (3, P) array
    covariantie : (3P, 3P) array
        Of last year's ``Herijking``.
    kenmerken_oud, kenmerken_nieuw : tuple of Kenmerk
        A trait counts only when its reference and its bands are the same in both.
    gewicht : float
        From :func:`gewicht_van`.

    Returns
    -------
    Prior
    """
    gelijk = {
        k.naam
        for k in kenmerken_nieuw
        for o in kenmerken_oud
        if (k.naam, k.soort, k.referentie, k.banden) == (o.naam, o.soort, o.referentie, o.banden)
    }
    mee = [
        j
        for j, t in enumerate(termen_oud)
        if (t.partition("=")[0] in gelijk) or (t.startswith("inzet:") and t.partition("=")[0].count(":") == 1)
    ]
    se = np.sqrt(np.maximum(np.diag(covariantie), 0.0)).reshape(len(BESTEMMINGEN), -1)[:, mee]
    centrum = coef[:, mee]
    bekend = np.isfinite(centrum) & np.isfinite(se) & (se > 0)
    return Prior(
        termen=tuple(termen_oud[j] for j in mee),
        centrum=np.where(bekend, centrum, np.nan),
        precisie=np.where(bekend, gewicht / np.maximum(se, KLEINSTE_SE) ** 2, 0.0),
        gewicht=gewicht,
    )


def met_prior(profielen: Profiles, prior: Prior, oorzaak: int) -> Profiles:
    """Profiles of one bestemming with the prior on the columns that it knows; other penalties stay.

    Parameters
    ----------
    profielen : Profiles
    prior : Prior
    oorzaak : int
        1 to 3, as in ``Exposure.event``.

    Returns
    -------
    Profiles
        With ``centre`` and a larger ``ridge``. Where a column has a penalty already (towards zero), the two add up:
        precision is their sum, the centre their weighted mean.
    """
    plek = {t: j for j, t in enumerate(prior.termen)}
    kolom = np.array([plek.get(n, -1) for n in profielen.names], dtype=np.int64)
    heeft = kolom >= 0
    precisie = np.where(heeft, prior.precisie[oorzaak - 1][np.maximum(kolom, 0)] if plek else 0.0, 0.0)
    centrum = np.where(heeft, np.nan_to_num(prior.centrum[oorzaak - 1])[np.maximum(kolom, 0)] if plek else 0.0, 0.0)
    eigen = np.zeros(len(profielen.names)) if profielen.centre is None else profielen.centre
    ridge = profielen.ridge + precisie
    samen = (profielen.ridge * eigen + precisie * centrum) / np.where(ridge > 0, ridge, 1.0)
    return replace(profielen, ridge=ridge, centre=samen)
