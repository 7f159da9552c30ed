"""The verdict on every effect, by written rules (docs/methode.md): what is established, and what it hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.models.design import Floats
from kompas.tabellen import MINIMUM, MINIMUM_UITSTROOM, Z95

Vlag = npt.NDArray[np.bool_]
OORDELEN = ("vastgesteld", "afhankelijk_van_aanname", "niet_vastgesteld", "onvoldoende_gegevens")
METEEN = 0.80  # share of the deployments in the first month of a spell: timing tells little
STABIEL = 0.10  # change of a log effect between numbers of types that is no change
BUREN_AIC = 10.0  # a neighbouring number of types that is this much worse is no alternative
Z_DRIE = 2.394  # two-sided 5% over three horizons (Bonferroni)

TOELICHTING: Mapping[str, str] = {
    "te_weinig": f"Minder dan {MINIMUM} inzetten of {MINIMUM_UITSTROOM} uitstromers achter dit cijfer: te weinig voor "
    "een uitspraak.",
    "iedereen_meteen": "Bijna iedereen kreeg dit meteen aan het begin: er is niemand om mee te vergelijken, en het "
    "moment van de start zegt niets.",
    "aanmelding": "Tussen aanmelding en begin vertrokken veel minder klanten dan te verwachten was: vooral wie begon, "
    "is geregistreerd. Daardoor lijkt het instrument mensen vast te houden.",
    "typen_wisselen": "Er zijn verborgen verschillen tussen klanten, en dit cijfer verandert met het aantal typen "
    "waarin klanten worden verdeeld.",
    "instroom_anders": "Klanten die al in de bijstand zaten en klanten die instroomden geven verschillende cijfers.",
    "vooral_meteen": "De meeste inzetten begonnen in de eerste maand: het moment van de start zegt dan niets over "
    "selectie, en geen methode kan zien of wie het kreeg al kansrijker was.",
    "geen_intrede": "Van dit instrument zijn te weinig starts bekend om na te gaan wie het krijgt.",
    "methoden_verschillen": "De twee methoden zonder verborgen typen geven verschillende antwoorden.",
    "klein": "Met zo weinig klanten is niet uit te sluiten dat verborgen verschillen tussen klanten dit cijfer "
    "vertekenen: methode selectie zou ze niet kunnen zien.",
    "typen_onzeker": "Er zijn aanwijzingen voor verborgen verschillen tussen klanten, maar de gegevens zijn te beperkt "
    "om ervoor te corrigeren.",
    "een_methode": "Alleen gecorrigeerd voor waargenomen kenmerken: verschillen tussen klanten die niet in de gegevens "
    "staan, kunnen dit cijfer vertekenen.",
    "geen_verschil": "Er is geen verschil aangetoond: het 95%-interval bevat de waarde 1.",
    "typen_eens": "Gecorrigeerd voor verborgen verschillen tussen klanten; het cijfer is stabiel bij een ander aantal "
    "typen en gelijk bij klanten die instroomden. Het geldt als klanten niet op de start vooruitlopen.",
    "methoden_eens": "Geen verborgen verschillen gevonden, en twee methoden geven hetzelfde antwoord.",
}
# Grounds on which an instrument gets no euros at all.
BLOKKEERT = ("te_weinig", "iedereen_meteen", "aanmelding", "vooral_meteen")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bewijs:
    """What is known about each row of the effects; all arrays of length rows.

    Parameters
    ----------
    weinig : bool
        Too few deployments or exits.
    iedereen, meteen : bool
        Nearly all spells had it from the start; most deployments in the first month.
    aanmelding : bool
        Far fewer left between announcement and begin than was to be expected.
    gesteund : bool
        More than one type is supported (one answer for the whole model).
    stabiel, instroom : bool
        The effect does not move with the number of types; the fit on inflow agrees.
    onderzocht : bool
        ``selectie`` was fitted on enough clients to find types if there were any.
    onzeker : bool
        Types are not supported by BIC, but AIC wants them by 10 or a test at 5% finds them.
    intrede : bool
        The hazard of entry into this instrument is in the model.
    eens : bool
        landmark and waargenomen agree on the effect on the treated.
    landmark : bool
        landmark has an estimate.
    """

    weinig: Vlag
    iedereen: Vlag
    meteen: Vlag
    aanmelding: Vlag
    gesteund: bool
    stabiel: Vlag
    instroom: Vlag
    onderzocht: Vlag
    onzeker: Vlag
    intrede: Vlag
    eens: Vlag
    landmark: Vlag


def gronden(b: Bewijs, log_effect: Floats, se: Floats) -> npt.NDArray[np.object_]:
    """The ground for the verdict of each row: a key of ``TOELICHTING``; the first that holds decides."""
    n = b.weinig.size
    geen = np.abs(log_effect) <= Z95 * se
    waar, niet = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
    met, zonder = (waar, niet) if b.gesteund else (niet, waar)
    regels = [
        (b.weinig, "te_weinig"),
        (b.iedereen, "iedereen_meteen"),
        (b.aanmelding, "aanmelding"),
        (b.meteen, "vooral_meteen"),
        (met & ~b.intrede, "geen_intrede"),
        (met & ~b.stabiel, "typen_wisselen"),
        (met & ~b.instroom, "instroom_anders"),
        (zonder & ~b.landmark, "een_methode"),
        (zonder & ~b.onderzocht, "klein"),
        (zonder & b.onzeker, "typen_onzeker"),
        (zonder & ~b.eens, "methoden_verschillen"),
        (geen, "geen_verschil"),
        (met, "typen_eens"),
        (zonder, "methoden_eens"),
    ]
    return np.asarray(np.select([r[0] for r in regels], [r[1] for r in regels], default=""), dtype=object)


OORDEEL_VAN: Mapping[str, str] = {
    "te_weinig": "onvoldoende_gegevens",
    "iedereen_meteen": "niet_vastgesteld",
    "aanmelding": "niet_vastgesteld",
    "vooral_meteen": "niet_vastgesteld",
    "geen_intrede": "afhankelijk_van_aanname",
    "typen_wisselen": "afhankelijk_van_aanname",
    "instroom_anders": "afhankelijk_van_aanname",
    "een_methode": "afhankelijk_van_aanname",
    "klein": "afhankelijk_van_aanname",
    "typen_onzeker": "afhankelijk_van_aanname",
    "methoden_verschillen": "afhankelijk_van_aanname",
    "geen_verschil": "niet_vastgesteld",
    "typen_eens": "vastgesteld",
    "methoden_eens": "vastgesteld",
}


def helpt(rijen: pd.DataFrame) -> bool:
    """Whether some phase raises the exit that the instrument is meant for, by a figure that counts.

    Parameters
    ----------
    rijen : DataFrame
        Preferred rows of the main bestemming: oordeel, log_effect.

    Examples
    --------
    Lock-in alone is established: what comes after it may be chance, and no advice rests on chance.

    >>> f = pd.DataFrame({"oordeel": ["vastgesteld", "niet_vastgesteld"], "log_effect": [-1.4, 0.1]})
    >>> helpt(f), helpt(f.assign(log_effect=[0.4, -0.1]))
    (False, True)
    """
    telt = rijen["oordeel"].isin(["vastgesteld", "afhankelijk_van_aanname"])
    return bool((telt & (rijen["log_effect"] > 0)).any())


def oordeel_over_instrument(rijen: pd.DataFrame) -> str:
    """Verdict on an instrument as a whole, from the preferred rows of its main bestemming.

    No euros when any phase has too few data or no method is identified; else at least one phase must differ from
    nothing: the others count with their own uncertainty. One phase that depends on an assumption makes the whole
    depend on it.

    Examples
    --------
    >>> f = pd.DataFrame({"oordeel": ["vastgesteld", "niet_vastgesteld"], "grond": ["typen_eens", "geen_verschil"]})
    >>> oordeel_over_instrument(f)
    'vastgesteld'
    >>> oordeel_over_instrument(f.assign(grond=["typen_eens", "aanmelding"]))
    'niet_vastgesteld'
    """
    if len(rijen) == 0 or (rijen["grond"] == "te_weinig").any():
        return "onvoldoende_gegevens"
    if rijen["grond"].isin(BLOKKEERT).any() or rijen["oordeel"].isin(["niet_vastgesteld"]).all():
        return "niet_vastgesteld"
    return "afhankelijk_van_aanname" if (rijen["oordeel"] == "afhankelijk_van_aanname").any() else "vastgesteld"
