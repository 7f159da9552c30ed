"""Estimating no more than predictions need: for backtests, updates and comparisons of years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kompas.bron import Bestand
from kompas.config import Config
from kompas.herijking import Herijking, schat
from kompas.typen import EEN_TYPE, VOORSPEL, Typenkeuze

MET_TYPEN = ("waargenomen", "selectie")


def schat_licht(
    bestand: Bestand,
    config: Config,
    *,
    zaad: int = 0,
    methoden: Sequence[str] = ("waargenomen",),
    keuze: Typenkeuze = VOORSPEL,
) -> Herijking:
    """Estimate only what predictions need, without a prior: for backtests and updates.

    ``waargenomen`` alone takes seconds; add ``selectie`` where the model predicts with unobserved types, and
    ``keuze=EEN_TYPE`` where it only has to know how often instruments are started.
    """
    kaal = config.model_copy(update={"model": config.model.model_copy(update={"prior_vorige": False})})
    return schat(bestand, kaal, zaad=zaad, methoden=methoden, keuze=keuze)


def schat_met_starts(bestand: Bestand, config: Config, *, zaad: int = 0) -> Herijking:
    """Estimate lightly, with how often instruments are started: enough to predict under usual policy.

    One type: unobserved differences are in the effects and in the baseline, as in ``waargenomen``.
    """
    return schat_licht(bestand, config, zaad=zaad, methoden=MET_TYPEN, keuze=EEN_TYPE)


def schatter_zoals(h: Herijking, *, naast: Herijking | None = None) -> Callable[..., Herijking]:
    """Estimate on an earlier day what ``h`` predicts with: the same methods, and its types, started from them.

    Parameters
    ----------
    h : Herijking
    naast : Herijking, optional
        A model to be compared with, estimated anew in the same way where it must be. What its meters use is estimated
        too; ``landmark`` is left out where it was not run for it, and so are hazards of entry that only ``h`` knows.
    """
    beide = [h] if naast is None else [h, naast]
    landmark = any(_met(x, "voorkeur") for x in beide) and all(_met(x) for x in beide)
    typen = h.typen is not None and (naast is None or naast.typen is not None or h.gesteund)
    methoden = ("waargenomen", *(("landmark",) if landmark else ()), *(("selectie",) if typen else ()))
    return partial(schat_licht, methoden=methoden, keuze=Typenkeuze(zoals=h.typen, bewijs=False))


def _met(h: Herijking, kolom: str | None = None) -> bool:
    """Whether ``landmark`` was run, or is preferred for some effect."""
    rij = h.effecten["methode"] == "landmark"
    return bool((rij & h.effecten[kolom].astype(bool) if kolom is not None else rij).any())
