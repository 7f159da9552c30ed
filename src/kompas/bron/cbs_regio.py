"""Monthly CBS series per region: benefits by leefvorm (82015NED) and persons with a benefit (80794ned).

82015NED, *Bijstandsuitkeringen; uitkeringsgrondslag, regio's*: households, per month since January 2011, without people
in institutions and the homeless; a couple is one benefit. 80794ned, *Personen met een uitkering;
uitkeringsontvangers per regio*: persons, so that a couple counts twice. Both readers were written from the published
names of dimensions and topics and are tested on constructed files, not on a download.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from kompas.bron.cbs_ruw import eis_kolommen, getallen, kaal, lees_ruw, maand, naast, voorlopig, zonder_jaren
from kompas.fouten import GegevensFout

KOLOMMEN: Final = ("regio", "maand", "groep", "uitkeringen", "voorlopig")
TOTAAL: Final = "totaal"
_REGIO: Final = re.compile(r"(?:NL|LD|PV|CR|AM|GM)[0-9A-Z]{2,4}")
_AOW: Final = "UitkeringenInRelatieMetDeAOW"
_ROLLEN: Final = {
    "uitkeringentotaal": "totaal",
    "totaaluitkeringen": "totaal",
    "totaal": "totaal",
    "aanpersonentotdeaowleeftijd": "tot",
    "totdeaowleeftijd": "tot",
    "aanpersonenvanafdeaowleeftijd": "vanaf",
    "aanpersonenmetdeaowleeftijd": "vanaf",
    "vanafdeaowleeftijd": "vanaf",
}
_LEEFVORM: Final = {
    "alleenstaande": "alleenstaande",
    "alleenstaandeouder": "alleenstaande_ouder",
    "echtpaar": "gehuwd",
    "paar": "gehuwd",
}
_PERSONEN: Final = ("BijstandTotDeAOWLeeftijd", "BijstandTotAOWLeeftijd")
AFRONDING: Final = 30.0  # three figures, each rounded to tens


def _regio(pad: Path, kolom: pd.Series) -> pd.Series:
    """Codes of regions without padding; names are refused, except Nederland."""
    uit = kolom.replace("Nederland", "NL01")
    fout = ~uit.str.fullmatch(_REGIO)
    if fout.any():
        raise GegevensFout(
            "KMP-B915",
            f"{pad.name}: '{uit[fout].iloc[0]}' in de kolom met regio's is geen code van CBS. Verwacht: NL01, PV28, "
            "GM0518. Haal de tabel op als open data, niet als StatLine-tabel met namen.",
        )
    return uit.astype(object)


def _basis(pad: Path, ruw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Months only; region, month and mark of each row beside the rest."""
    ruw = ruw.rename(columns={k: "RegioS" for k in ruw.columns if kaal(k) in {"RegioS", "Regiokenmerken"}})
    eis_kolommen(pad, ruw, ["RegioS", "Perioden"])
    ruw = zonder_jaren(ruw)
    if ruw.empty:
        raise GegevensFout("KMP-B913", f"{pad.name} heeft geen rij over een maand. Haal de maandcijfers op.")
    kop = pd.DataFrame(
        {
            "regio": _regio(pad, ruw["RegioS"]),
            "maand": [maand(pad, p) for p in ruw["Perioden"]],
            "voorlopig": voorlopig(pad, ruw, ruw["Perioden"]),
        }
    )
    return ruw, kop


def _klaar(pad: Path, f: pd.DataFrame) -> pd.DataFrame:
    dubbel = f.duplicated(["regio", "maand", "groep"])
    if dubbel.any():
        eerste = f.loc[dubbel].iloc[0]
        raise GegevensFout(
            "KMP-B915",
            f"{pad.name}: regio {eerste['regio']}, maand {eerste['maand']}, groep {eerste['groep']} staat er twee keer "
            "in; verwacht is één cijfer per regio, maand en groep. Zijn er nog andere uitsplitsingen meegekomen?",
        )
    return f.sort_values(["regio", "groep", "maand"], kind="stable", ignore_index=True)[list(KOLOMMEN)]


def lees_cbs_personen(pad: str | Path) -> pd.DataFrame:
    """Read 80794ned: persons with social assistance below AOW age, per region and month.

    Parameters
    ----------
    pad : path
        CSV of version 3 or 4 with ``RegioS``, ``Perioden`` and ``BijstandTotDeAOWLeeftijd``.

    Returns
    -------
    DataFrame
        regio, maand, groep (``totaal``), uitkeringen (persons, float, nan = missing), voorlopig.

    Raises
    ------
    GebruiksFout
        ``KMP-B910`` when the file is missing.
    GegevensFout
        ``KMP-B911`` another layout, ``KMP-B912`` no number, ``KMP-B913`` no month, ``KMP-B915`` unknown or double
        region, ``KMP-B918`` version 4 without its names.
    """
    pad = Path(pad)
    ruw, kop = _basis(pad, lees_ruw(pad))
    kolom = next((k for k in ruw.columns if kaal(k) in _PERSONEN), _PERSONEN[0])
    eis_kolommen(pad, ruw, ["RegioS", "Perioden", kolom])
    return _klaar(pad, kop.assign(groep=TOTAAL, uitkeringen=getallen(pad, ruw[kolom], kolom)))


def lees_cbs_leefvorm(pad: str | Path) -> pd.DataFrame:
    """Read 82015NED: benefits of households below AOW age, per region, month and leefvorm.

    Parameters
    ----------
    pad : path
        CSV of version 3 or 4 with ``RegioS``, ``Perioden``, ``UitkeringenInRelatieMetDeAOW`` and the three
        leefvormen. What the codes of the second dimension mean is read from the labels, from
        ``UitkeringenInRelatieMetDeAOWCodes.csv`` beside the file, or proved by adding up (totaal = tot + vanaf).

    Returns
    -------
    DataFrame
        regio, maand, groep (``totaal``, alleenstaande, alleenstaande_ouder, gehuwd), uitkeringen, voorlopig. The total
        is the sum of the three.

    Raises
    ------
    GebruiksFout, GegevensFout
        As `lees_cbs_personen`.
    """
    pad = Path(pad)
    ruw = lees_ruw(pad)
    ruw = ruw.rename(columns={k: _AOW for k in ruw.columns if kaal(k).lower() == _AOW.lower()})
    kolommen = _leefvormkolommen(ruw)
    missen = [n for n in ("alleenstaande", "alleenstaande_ouder", "gehuwd") if n not in kolommen]
    if missen:
        raise GegevensFout(
            "KMP-B911",
            f"{pad.name} heeft niet de opzet van 82015NED: geen kolom voor {', '.join(missen)}. Verwacht: RegioS, "
            f"Perioden, {_AOW} en de leefvormen alleenstaande, alleenstaande ouder en (echt)paar; gevonden: "
            f"{', '.join(ruw.columns[:20])}.",
        )
    eis_kolommen(pad, ruw, ["RegioS", "Perioden", _AOW])
    ruw, kop = _basis(pad, ruw)
    cijfers = pd.DataFrame({g: getallen(pad, ruw[k], k) for g, k in kolommen.items()})
    cijfers.insert(0, TOTAAL, cijfers.sum(axis=1, min_count=3))
    tot = _code_tot_aow(pad, ruw[_AOW], kop, cijfers[TOTAAL])
    wie = (ruw[_AOW] == tot).to_numpy()
    delen = [kop[wie].assign(groep=g, uitkeringen=cijfers.loc[wie, g]) for g in cijfers.columns]
    return _klaar(pad, pd.concat(delen, ignore_index=True))


def _leefvormkolommen(ruw: pd.DataFrame) -> dict[str, str]:
    uit: dict[str, str] = {}
    for kolom in ruw.columns:
        naam = kaal(kolom).lower().removeprefix("leefvorm")
        if naam in _LEEFVORM:
            uit.setdefault(_LEEFVORM[naam], kolom)
    return uit


def _code_tot_aow(pad: Path, codes: pd.Series, kop: pd.DataFrame, som: pd.Series) -> str:
    """Code of the rows about people below AOW age."""
    uniek = sorted(set(codes))
    titels = {c: c for c in uniek}
    bij = naast(pad, f"{_AOW}Codes")
    if bij is not None:
        lijst = lees_ruw(bij)
        eis_kolommen(bij, lijst, ["Identifier", "Title"])
        titels |= dict(zip(lijst["Identifier"], lijst["Title"], strict=True))
    rol = {c: _ROLLEN.get(re.sub(r"[^a-z]", "", titels[c].lower())) for c in uniek}
    bekend = [c for c in uniek if rol[c] == "tot"]
    if len(bekend) == 1:
        return str(bekend[0])
    bewezen = _bewezen(codes, kop, som)
    if bewezen is None:
        raise GegevensFout(
            "KMP-B915",
            f"{pad.name}: uit de codes {', '.join(uniek[:5])} in {_AOW} blijkt niet welke over mensen tot de "
            f"AOW-leeftijd gaat. Zet {_AOW}Codes.csv uit dezelfde download ernaast.",
        )
    return bewezen


def _bewezen(codes: pd.Series, kop: pd.DataFrame, som: pd.Series) -> str | None:
    """The larger part of three codes of which one is the sum of the other two; None when that does not hold."""
    if codes.nunique() != 3:
        return None
    f = kop.assign(code=codes.to_numpy(), som=som.to_numpy())
    breed = f.pivot_table(index=["regio", "maand"], columns="code", values="som").dropna()
    if breed.empty:
        return None
    volgorde = breed.sum().sort_values(ascending=False).index
    fout = breed[volgorde[0]] - breed[volgorde[1]] - breed[volgorde[2]]
    klopt = bool((np.abs(fout) <= AFRONDING).all()) and bool((breed[volgorde[1]] > 2 * breed[volgorde[2]]).all())
    return str(volgorde[1]) if klopt else None
