"""One page for a manager: what changed since last time, can it be trusted, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from kompas.begrippen import fase_in_woorden
from kompas.jaarvergelijk import Jaarvergelijking, beoordeel
from kompas.weergave.getallen import aantal, datum
from kompas.weergave.methodedelen import keer
from kompas.weergave.zinnen import naar

_MEESTE = 3
_TELT = ("historie", "reden", "bestemming")


def eerste_zin(tekst: str) -> str:
    """Return the first sentence of a text: what is the matter, without what to do about it.

    Examples
    --------
    >>> eerste_zin("Code 11 ging van 5% naar 20% (2006 tegen 2007). Vraag het na.")
    'Code 11 ging van 5% naar 20% (2006 tegen 2007).'
    """
    kop, punt, _ = tekst.partition(". ")
    return f"{kop}." if punt else tekst


def _opvallend(j: Jaarvergelijking) -> pd.DataFrame:
    """Changed effects for everybody by the method in use, the clearest first."""
    f = j.effecten
    f = f[f["signaal"] & (f["groep"] == "allen") & f["voorkeur_nieuw"].fillna(value=False).astype(bool)]
    return f.assign(sterkte=f["z"].abs()).sort_values("sterkte", ascending=False, kind="stable")


def _effectzin(r: Mapping[str, Any], namen: Mapping[str, str]) -> str:
    wie = namen.get(str(r["instrument"])) or str(r["instrument"])
    return (
        f"{wie}, {fase_in_woorden(str(r['fase']))}, uitstroom {naar(str(r['bestemming']))}: het effect was "
        f"{keer(r['oud'], r['se_oud'])} keer en is nu {keer(r['nieuw'], r['se_nieuw'])} keer."
    )


def wat_veranderde(j: Jaarvergelijking, namen: Mapping[str, str]) -> tuple[str, ...]:
    """Return what changed in the data, the effects and the verdicts."""
    uit: list[str] = []
    signalen = j.drift[j.drift["signaal"]]
    if len(signalen):
        dingen = "valt 1 ding op" if len(signalen) == 1 else f"vallen {aantal(len(signalen))} dingen op"
        voor = signalen.assign(rang=~signalen["onderdeel"].isin(_TELT)).sort_values("rang", kind="stable")
        uit.append(f"In de gegevens {dingen}. " + " ".join(eerste_zin(z) for z in voor["zin"][:_MEESTE]))
    elif len(j.drift):
        uit.append("In de gegevens valt niets op: codes, aantallen en samenstelling zijn ongeveer als vorige keer.")
    allen = j.effecten[(j.effecten["groep"] == "allen") & (j.effecten["stand"] == "beide")]
    telt = int(allen["voorkeur_nieuw"].fillna(value=False).astype(bool).sum())
    f = _opvallend(j)
    if telt and not len(f):
        uit.append(f"Van de {aantal(telt)} effecten die beide keren te meten waren, is er geen duidelijk veranderd.")
    elif len(f):
        er = "is er 1" if len(f) == 1 else f"zijn er {aantal(len(f))}"
        uit.append(
            f"Van de {aantal(telt)} effecten die beide keren te meten waren, {er} duidelijk veranderd. Door toeval "
            f"alleen verwacht u er ongeveer {aantal(max(round(telt / 20), 1))}. "
            + " ".join(_effectzin(r, namen) for r in f.head(_MEESTE).to_dict("records"))
        )
    anders = allen[allen["voorkeur_nieuw"].fillna(value=False).astype(bool)]
    wissel = int((anders["oordeel_oud"] != anders["oordeel_nieuw"]).sum())
    if wissel:
        kop = "Bij 1 effect is het oordeel" if wissel == 1 else f"Bij {aantal(wissel)} effecten is het oordeel"
        uit.append(f"{kop} anders dan vorige keer.")
    if not uit:
        uit.append("Er is niets te vergelijken: geen effecten en geen tellingen van vorige keer.")
    return tuple(uit)


def _kwam_uit(j: Jaarvergelijking) -> list[str]:
    fout = j.uitkomst[j.uitkomst["signaal"]]
    if len(fout):
        return [
            "De voorspelling van vorige keer kwam niet uit. " + " ".join(eerste_zin(str(z)) for z in fout["zin"][:2])
        ]
    if len(j.uitkomst):
        alles = j.uitkomst[j.uitkomst["bestemming"] == "uitstroom"]["zin"]
        return [f"De voorspelling van vorige keer kwam uit. {eerste_zin(str(alles.iloc[0]))}"] if len(alles) else []
    return ["Of de voorspelling van vorige keer uitkwam, is nog niet te zien."]


def vertrouwen(j: Jaarvergelijking) -> tuple[str, ...]:
    """Return whether predictions came true, and how the new model does against the old."""
    ok, zin = beoordeel(j)
    uit = [*_kwam_uit(j), zin if ok else eerste_zin(zin)]
    if j.prior > 0:
        uit.append(
            f"De cijfers van vorige keer tellen als voorkennis mee ({aantal(100 * j.prior)}% van hun gewicht). "
            "Veranderingen lijken daardoor kleiner dan zonder die voorkennis."
        )
    return tuple(uit)


def wat_te_doen(j: Jaarvergelijking) -> tuple[str, ...]:
    """Return what follows: use the model or not, which update is enough, what to have looked into."""
    ok, _ = beoordeel(j)
    uit = []
    if not ok:
        uit.append(
            "Gebruik dit model niet voor lijsten en adviezen. Houd het vorige aan en laat uitzoeken waardoor het "
            "nieuwe slechter voorspelt."
        )
    elif j.weerlegd:
        uit.append(
            "Gebruik het nieuwe model en niet meer dat van vorige keer. Laat uitzoeken wat er veranderde: de "
            "arbeidsmarkt, het beleid of de manier van vastleggen."
        )
    else:
        uit.append("U kunt het nieuwe model gebruiken voor lijsten en adviezen.")
    signalen = j.drift[j.drift["signaal"]]
    if (
        signalen["onderdeel"].isin(["reden", "bestemming"]).any()
        or ((signalen["onderdeel"] == "historie") & signalen["maat"].eq("aandeel")).any()
    ):
        uit.append("Laat de administratie nakijken of redenen van beëindiging anders worden vastgelegd.")
    laat = signalen[(signalen["onderdeel"] == "historie") & (signalen["kenmerk"] == "uitstroom")]
    if len(laat) and (laat["verschil"] > 0).any():
        uit.append("Einden worden laat ingevoerd: laat de laatste maanden weg (rijping_maanden) of voer eerder in.")
    if j.ladder is not None and j.ladder.advies:
        uit.append(j.ladder.zin)
    return tuple(uit)


def onderkop(j: Jaarvergelijking) -> str:
    """Return which two herijkingen are compared."""
    return (
        f"Deze herijking (peildatum {datum(j.nieuw_peildatum)}) naast die van vorige keer (peildatum "
        f"{datum(j.oud_peildatum)})."
    )
