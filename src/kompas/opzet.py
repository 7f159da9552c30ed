"""The joint likelihood of one town: all hazards laid out, each fitted apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kompas.config import BESTEMMINGEN, Config
from kompas.intrede import Intrede, maak_intrede, tijd_intrede
from kompas.kenmerken import Interactie, Kenmerk
from kompas.models.design import Floats
from kompas.models.hazard import NotEstimableError, fit_hazard, prepare
from kompas.models.mixture import (
    Joint,
    Process,
    join,
)
from kompas.models.timedesign import TimeSpec
from kompas.perioden import Perioden
from kompas.rijen import Rijen, langere_kalender
from kompas.schatting import Oorzaak, ontwerp
from kompas.typen import Kansmodel, eerdere_inzet, eerste_rijen, kansontwerp, leer_kansmodel

MINSTE_STARTS = 30  # fewer starts: no hazard of entry, the instrument enters as given


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opzet:
    """A joint likelihood with what is needed to read its coefficients.

    ``kaarten`` (one per process) take the columns of its problem to the common ones; ``uitstroom`` are the numbers of
    the causes (1-based) of the first processes.
    """

    joint: Joint
    coef: tuple[Floats, ...]
    uitstroom: tuple[int, ...]
    intreden: tuple[Intrede, ...]
    kaarten: tuple[Floats, ...]
    kans: Kansmodel

    @property
    def is_uitstroom(self) -> list[bool]:
        """Which processes are exits."""
        return [j < len(self.uitstroom) for j in range(len(self.kaarten))]


def maak_opzet(
    r: Rijen,
    perioden: Perioden,
    config: Config,
    kenmerken: Sequence[Kenmerk],
    interacties: Sequence[Interactie],
    tijd: TimeSpec,
    oorzaken: Sequence[Oorzaak],
) -> Opzet:
    """Lay out all hazards and fit each apart."""
    profielen = ontwerp(config, kenmerken, interacties, r.profielen)
    eerste_maand = int(r.kalender.min())
    processen, coef, kaarten, uitstroom = [], [], [], []
    for k, o in enumerate(oorzaken):
        if o.fit is None:
            continue
        time = langere_kalender(o.probleem.time, tijd, eerste_maand)
        ridge, centre = o.probleem.profiles.ridge, o.probleem.profiles.centre
        probleem = prepare(r.blootstelling(k + 1), replace(profielen, ridge=ridge, centre=centre), time)
        processen.append(Process(name=BESTEMMINGEN[k], problem=probleem, cause=k + 1, before=r.voor))
        coef.append(np.asarray(o.fit.coef))
        kaarten.append(o.kaart)
        uitstroom.append(k + 1)
    intreden = []
    for j, ins in enumerate(config.instrument):
        i = maak_intrede(r, perioden, config, kenmerken, tijd_intrede(tijd), j)
        if i is None or i.starts < MINSTE_STARTS:
            continue
        try:
            fit = fit_hazard(i.probleem, 1)
        except (NotEstimableError, np.linalg.LinAlgError):
            continue
        processen.append(Process(name=f"inzet:{ins.code}", problem=i.probleem, cause=1, before=i.voor))
        coef.append(np.asarray(fit.coef))
        kaarten.append(i.kaart)
        intreden.append(i)
    eerste = eerste_rijen(r)
    eerder = eerdere_inzet(r, eerste, perioden, config)
    kans = leer_kansmodel(r, eerste, kenmerken, eerder)
    return Opzet(
        joint=join(processen, kansontwerp(kans, r, eerste, kenmerken, eerder)),
        coef=tuple(coef),
        uitstroom=tuple(uitstroom),
        intreden=tuple(intreden),
        kaarten=tuple(kaarten),
        kans=kans,
    )
