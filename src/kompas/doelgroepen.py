"""Doelgroepen: each client in the first group of the config of which every rule holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import Doelgroep
from kompas.fouten import GebruiksFout, naaste
from kompas.herijking import Herijking
from kompas.kenmerken import Kenmerk
from kompas.klantstand import Klantstand
from kompas.models.design import Floats
from kompas.profiel import leeftijd_in_maanden, niveaus_van

Tekst = npt.NDArray[np.object_]
Vlag = npt.NDArray[np.bool_]
DUUR = "duur"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Vooruit:
    """What a doelgroep looks at, per client (arrays of length n, nan where unknown).

    Parameters
    ----------
    kans_werk, kans_uitstroom : mapping of months to (n,) float
        From the one survival curve, 0-1.
    verwachte_maanden : (n,) float
    advies : (n,) bool
        At least one instrument with ja.
    """

    kans_werk: Mapping[int, Floats]
    kans_uitstroom: Mapping[int, Floats]
    verwachte_maanden: Floats
    advies: Vlag


def controleer_doelgroepen(groepen: Sequence[Doelgroep], h: Herijking) -> None:
    """Check that the traits and values of the doelgroepen are those of the model.

    Raises
    ------
    GebruiksFout
        ``KMP-L004`` for an unknown trait, ``KMP-L005`` for an unknown value (the nearest is named), ``KMP-L006`` for a
        rule that does not fit the kind of trait.
    """
    bekend = {k.naam: k for k in h.kenmerken}
    for d in groepen:
        if d.kenmerk is None:
            continue
        if d.kenmerk == DUUR:
            raise GebruiksFout(
                "KMP-L006", f"doelgroep '{d.code}': gebruik voor de duur de sleutels duur_vanaf en duur_tot."
            )
        if d.kenmerk not in bekend:
            raise GebruiksFout(
                "KMP-L004",
                f"doelgroep '{d.code}' noemt kenmerk '{d.kenmerk}', maar dat zit niet in het model."
                f"{naaste(d.kenmerk, bekend)} Het model kent: {', '.join(bekend)}.",
            )
        _controleer_waarden(d, bekend[d.kenmerk])


def _controleer_waarden(d: Doelgroep, k: Kenmerk) -> None:
    getal = _is_getal(k)
    if getal and d.waarden:
        raise GebruiksFout(
            "KMP-L006", f"doelgroep '{d.code}': '{k.naam}' is een getal. Gebruik vanaf en tot in plaats van waarden."
        )
    if not getal and (d.vanaf is not None or d.tot is not None):
        raise GebruiksFout(
            "KMP-L006", f"doelgroep '{d.code}': '{k.naam}' is geen getal. Gebruik waarden in plaats van vanaf en tot."
        )
    for waarde in d.waarden:
        if waarde not in k.niveaus:
            raise GebruiksFout(
                "KMP-L005",
                f"doelgroep '{d.code}': '{k.naam}' heeft geen waarde '{waarde}'.{naaste(waarde, k.niveaus)} "
                f"Het model kent: {', '.join(k.niveaus)}.",
            )


def _is_getal(k: Kenmerk) -> bool:
    return k.naam == "leeftijd" or k.soort == "numeriek"


def deel_in(groepen: Sequence[Doelgroep], stand: Klantstand, h: Herijking, v: Vooruit) -> Tekst:
    """Code of the doelgroep of each client, (n,); empty where nothing can be said or no rule holds.

    Who may belong to a group whose chance is unknown gets none: a later group would be a guess.

    Parameters
    ----------
    groepen : sequence of Doelgroep
        In order: the first one that fits counts.
    stand : Klantstand
    h : Herijking
    v : Vooruit

    Raises
    ------
    GebruiksFout
        See `controleer_doelgroepen`.
    """
    controleer_doelgroepen(groepen, h)
    uit = np.full(stand.client.size, "", dtype=object)
    vrij = stand.scoort.copy()
    for d in groepen:
        mag = vrij & _past(d, stand, h, v)
        kans = _kans(d, v)
        onbekend = np.isnan(kans) if kans is not None else np.zeros(mag.size, dtype=bool)
        past = _binnen(kans, d.minimum, d.maximum if d.maximum < 1 else None) if kans is not None else mag
        uit[mag & past] = d.code
        vrij &= ~(mag & (past | onbekend))
    return uit


def _binnen(waarde: npt.NDArray[np.generic], laag: float | None, hoog: float | None) -> Vlag:
    getal = np.asarray(waarde, dtype=np.float64)
    uit = ~np.isnan(getal)
    if laag is not None:
        uit &= getal >= laag
    if hoog is not None:
        uit &= getal < hoog
    return uit


def _kans(d: Doelgroep, v: Vooruit) -> Floats | None:
    """The chance that a doelgroep asks about, (n,); None when it asks about none."""
    if d.minimum <= 0 and d.maximum >= 1:
        return None
    return (v.kans_werk if d.uitkomst == "werk" else v.kans_uitstroom)[d.binnen_maanden]


def _past(d: Doelgroep, stand: Klantstand, h: Herijking, v: Vooruit) -> Vlag:
    """Who meets every rule of one doelgroep but that about the chance."""
    uit = _binnen(stand.duur, d.duur_vanaf, d.duur_tot)
    uit &= _binnen(v.verwachte_maanden, d.verwachte_maanden_vanaf, d.verwachte_maanden_tot)
    if d.met_advies:
        uit &= v.advies
    if d.kenmerk is None:
        return uit
    k = next(x for x in h.kenmerken if x.naam == d.kenmerk)
    if d.kenmerk == "leeftijd":
        return np.asarray(uit & _binnen(leeftijd_in_maanden(stand.klanten) // 12, d.vanaf, d.tot))
    if _is_getal(k):
        return np.asarray(uit & _binnen(stand.klanten.codes[k.naam], d.vanaf, d.tot))
    waarden = pd.Series(niveaus_van(k, stand.klanten.codes[k.naam]), dtype=object)
    return np.asarray(uit & waarden.isin(list(d.waarden)).to_numpy())
