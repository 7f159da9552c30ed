"""Sections of the report that compare with last time, and the backtest: for an analyst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.jaarvergelijk import Jaarvergelijking
from kompas.weergave.getallen import aantal, datum, getal, klein_aantal, percent, som_op
from kompas.weergave.grafieken import kalibratieplot
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.methodedelen import _bestemming, _groep, _methode, _naam, keer
from kompas.weergave.terugtoetsplaat import mededinger

_STAND = {
    "beide": "",
    "te_weinig": "te weinig gegevens",
    "alleen_oud": "alleen vorige keer",
    "alleen_nieuw": "alleen nu",
    "omgerekend": "omgerekend naar de referentie van nu",
    "nu_referentie": "is nu de referentie",
    "andere_referentie": "andere referentie: niet te vergelijken",
    "andere_knopen": "ander venster: niet te vergelijken",
    "ander_nulpunt": "ander nulpunt: zie de basiskans",
}
_VERSCHIL = {"Vorige keer": True, "Nu": True, "Nu / vorige keer (95%-interval)": True, "Opvallend": False}
_MATEN = {"aantal": 1, "dagen": 0, "totale variatie": 3, "psi": 3}
_MEESTE = 40


def _cijfers(r: Mapping[str, Any]) -> list[str]:
    """Old, new, ratio with interval."""
    oud = keer(r["oud"], r["se_oud"])
    nieuw = keer(r["nieuw"], r["se_nieuw"])
    return [
        "–" if oud == "onbekend" else oud,
        "–" if nieuw == "onbekend" else nieuw,
        "–" if pd.isna(r["verschil"]) else keer(r["verschil"], r["se_verschil"]),
    ]


def _oordelen(r: Mapping[str, Any]) -> str:
    """One verdict, or the change of it."""
    b = lees_begrippen()
    twee = [b.waarde("oordeel", str(r[k])) for k in ("oordeel_oud", "oordeel_nieuw") if not pd.isna(r[k])]
    return twee[0] if len(set(twee)) == 1 else " → ".join(twee)


def _opvallend(r: Mapping[str, Any]) -> str:
    return _STAND[str(r["stand"])] or ("ja" if r["signaal"] else "nee")


def _effecten(f: pd.DataFrame, namen: Mapping[str, str], naam: str, bijschrift: str, *, groepen: bool) -> Tabel:
    koppen = {"Instrument": False, "Fase": False, "Bestemming": False}
    koppen |= ({"Groep": False} if groepen else {}) | {"Methode": False} | _VERSCHIL | {"Oordeel": False}
    rijen = [
        [
            _naam(r["instrument"], namen),
            fase_in_woorden(str(r["fase"])),
            _bestemming(r["bestemming"]),
            *([_groep(r["groep"])] if groepen else []),
            _methode(r["methode"]),
            *_cijfers(r),
            _opvallend(r),
            _oordelen(r),
        ]
        for r in f.to_dict("records")
    ]
    return teksttabel(naam, bijschrift, koppen, rijen)


def _coefficienten(f: pd.DataFrame, naam: str, bijschrift: str) -> Tabel:
    b = lees_begrippen()
    koppen = {"Term": False, "Bestemming": False, "Methode": False} | _VERSCHIL
    rijen = [
        [
            b.modelterm(str(r["term"])),
            _bestemming(r["bestemming"]),
            _methode(r["methode"]),
            *_cijfers(r),
            _opvallend(r),
        ]
        for r in f.to_dict("records")
    ]
    return teksttabel(naam, bijschrift, koppen, rijen)


def _basis(f: pd.DataFrame) -> Tabel:
    """Baselines as chances per month in percent, years as ratios."""
    koppen = {"Wat": False, "Bestemming": False} | _VERSCHIL
    rijen = []
    for r in f.to_dict("records"):
        cijfers = _cijfers(r)
        if r["onderdeel"] == "duur":
            for j, kolom in enumerate(("oud", "nieuw")):
                cijfers[j] = percent(-np.expm1(-np.exp(r[kolom])), 2) if np.isfinite(r[kolom]) else "–"
            wat = f"kans per maand bij duur {r['niveau']} maanden"
        else:
            wat = f"jaar {r['niveau']} tegen de laatste 12 maanden van vorige keer"
        rijen.append([wat, _bestemming(r["bestemming"]), *cijfers, "ja" if r["signaal"] else "nee"])
    kop = "Basiskans en kalender voor een en dezelfde klant: gewone kenmerken, 40 jaar"
    return teksttabel("vorige-basis", kop, koppen, rijen)


def _vlaggen(j: Jaarvergelijking) -> str:
    telt = j.effecten["verschil"].notna() & (j.effecten["stand"] == "beide")
    coef = j.coefficienten["verschil"].notna()
    soort = (
        "Het nieuwe venster bevat het oude. De onzekerheid van een verschil is dan kleiner dan die van de cijfers zelf "
        "(Hausman): het grootste deel van de gegevens is gelijk."
        if j.genest
        else "De vensters overlappen niet geheel. De onzekerheid van een verschil is daarom ruim genomen, alsof de "
        "gegevens geheel verschillen."
    )
    return (
        f"Opvallend anders zijn {aantal(int(j.effecten['signaal'].sum()))} van {aantal(int(telt.sum()))} effecten en "
        f"{aantal(int(j.coefficienten['signaal'].sum()))} van {aantal(int(coef.sum()))} coëfficiënten. Door toeval "
        f"alleen is dat ongeveer 1 op de 20. {soort}"
    )


def vorigedeel(j: Jaarvergelijking, namen: Mapping[str, str]) -> Deel:
    """Section with every effect, coefficient and baseline: old, new, difference."""
    allen = j.effecten["groep"] == "allen"
    veel = j.coefficienten["signaal"]
    stukken = [Stuk(zinnen=(_vlaggen(j),), punten=j.opmerkingen)]
    gebruikt = j.effecten["voorkeur_nieuw"].fillna(j.effecten["voorkeur_oud"]).fillna(value=True).astype(bool)
    if len(j.effecten):
        kop = "Effecten voor alle cliënten, vorige keer en nu"
        f = j.effecten[allen & gebruikt]
        stukken.append(Stuk(tabel=_effecten(f, namen, "vorige-effecten", kop, groepen=False)))
    if (allen & ~gebruikt).any():
        kop = "Dezelfde effecten volgens de andere methoden"
        f = j.effecten[allen & ~gebruikt]
        stukken.append(Stuk(tabel=_effecten(f, namen, "vorige-methoden", kop, groepen=False), dicht=True))
    if (~allen).any():
        kop = "Effecten per groep, vorige keer en nu"
        stukken.append(
            Stuk(tabel=_effecten(j.effecten[~allen], namen, "vorige-groepen", kop, groepen=True), dicht=True)
        )
    if veel.any():
        kop = "Coëfficiënten die opvallend veranderden"
        stukken.append(Stuk(tabel=_coefficienten(j.coefficienten[veel], "vorige-opvallend", kop)))
    stukken.append(Stuk(tabel=_basis(j.basis), dicht=True))
    kop = "Alle coëfficiënten, vorige keer en nu"
    stukken.append(Stuk(tabel=_coefficienten(j.coefficienten, "vorige-coefficienten", kop), dicht=True))
    return Deel(id="vorige", kop="Vergeleken met de vorige herijking", kort="Vorige keer", stukken=tuple(stukken))


def _driftcel(waarde: Any, maat: str) -> str:
    if pd.isna(waarde):
        return "minder dan 10"
    if maat == "aandeel":
        return percent(waarde, 1)
    return klein_aantal(waarde) if maat == "aantal" and float(waarde).is_integer() else getal(waarde, _MATEN[maat])


def driftdeel(j: Jaarvergelijking) -> Deel:
    """Section on what changed in the data: sentences for the signals, the counts folded away."""
    b = lees_begrippen()
    signalen = j.drift[j.drift["signaal"]]
    kop = "Niets in de gegevens wijkt meer af dan toeval en de grenzen toelaten." if not len(signalen) else ""
    koppen = {"Onderdeel": False, "Kenmerk": False, "Niveau": False, "Jaar toen": True, "Jaar nu": True, "Maat": False}
    koppen |= {"Toen": True, "Nu": True, "Verschil": True, "Opvallend": False}
    rijen = []
    for r in j.drift.to_dict("records"):
        maat = str(r["maat"])
        verschil = "–" if pd.isna(r["verschil"]) else _verschil(float(r["verschil"]), maat)
        rijen.append(
            [
                str(r["onderdeel"]),
                b.label(str(r["kenmerk"])),
                b.waarde(str(r["kenmerk"]), str(r["niveau"])),
                str(r["jaar_oud"]),
                str(r["jaar_nieuw"]),
                maat,
                _driftcel(r["oud"], maat),
                _driftcel(r["nieuw"], maat),
                verschil,
                "ja" if r["signaal"] else "nee",
            ]
        )
    tabel = teksttabel("drift-alles", "Alle tellingen naast elkaar", koppen, rijen)
    stukken = [Stuk(zinnen=(kop,) if kop else (), punten=tuple(signalen["zin"][:_MEESTE]))]
    stukken.append(Stuk(tabel=tabel, dicht=True))
    return Deel(id="gegevens", kop="Wat er in de gegevens veranderde", kort="Gegevens", stukken=tuple(stukken))


def _verschil(x: float, maat: str) -> str:
    if maat == "aandeel":
        return getal(100 * x, 1) + " punt"
    if maat == "aantal" and 0 < abs(x) < 10 and x.is_integer():
        return "minder dan 10"
    return getal(x, 0 if maat == "aantal" and x.is_integer() else _MATEN[maat])


def uitkomstdeel(j: Jaarvergelijking) -> Deel:
    """Section on last time's predictions against what happened."""
    koppen = {"Uitstroom": False, "Binnen (maanden)": True, "Klanten": True, "Verwacht": True, "Waargenomen": True}
    koppen |= {"Waargenomen / verwacht (95%-interval)": True, "Opvallend": False}
    rijen = [
        [
            "elke uitstroom" if r.bestemming == "uitstroom" else _bestemming(r.bestemming),
            aantal(r.horizon),
            aantal(r.n),
            klein_aantal(round(r.verwacht)),
            klein_aantal(round(r.waargenomen)),
            f"{getal(r.verhouding)} ({getal(r.ondergrens)} tot {getal(r.bovengrens)})",
            "ja" if r.signaal else "nee",
        ]
        for r in j.uitkomst.itertuples()
    ]
    kop = f"Voorspeld op {datum(j.oud_peildatum)} en wat er daarna gebeurde"
    stukken = [Stuk(punten=tuple(j.uitkomst["zin"]))]
    if rijen:
        stukken.append(Stuk(tabel=teksttabel("uitkomst-tabel", kop, koppen, rijen)))
    if len(j.decielen):
        f = j.decielen.assign(bestemming=j.decielen["bestemming"].replace("uitstroom", "elke uitstroom"))
        stukken.append(Stuk(svg=kalibratieplot(f), bijschrift=f"{kop}, per tiende deel van de voorspelde kans."))
    else:
        stukken.append(Stuk(zinnen=("De voorspelling van vorige keer is niet te toetsen.",)))
    return Deel(id="uitgekomen", kop="Kwam de vorige voorspelling uit?", kort="Uitgekomen", stukken=tuple(stukken))


def ladderdeel(j: Jaarvergelijking) -> Deel | None:
    """Section with the ladder of updates and what it advises; None when it was not taken."""
    if j.ladder is None:
        return None
    koppen = {"Bijstelling": False, "Wat het inhoudt": False, "Brierscore": True, "Verschil met de beste": True}
    koppen |= {"Standaardfout": True, "Advies": False}
    rijen = [
        [str(r.trede), str(r.wat), getal(r.brier, 4), getal(r.verschil, 4), getal(r.se, 4), "ja" if r.advies else "nee"]
        for r in j.ladder.treden.itertuples()
    ]
    uitleg = (
        "Van licht naar zwaar. Elke bijstelling is gedaan met wat toen bekend was; daarna is gekeken wat er gebeurde. "
        "De Brierscore is de gemiddelde gekwadrateerde fout na 3, 6 en 12 maanden: lager is beter. Geadviseerd wordt "
        "de lichtste die niet meer dan één standaardfout slechter is dan de beste."
    )
    if j.ladder.beleid == "niets_nieuws":
        uitleg += " Alle bijstellingen rekenen alsof daarna geen instrument meer begint."
    stukken = [Stuk(zinnen=(j.ladder.zin, uitleg) if rijen else (j.ladder.zin,))]
    if rijen:
        kop = f"Bijstellingen op {datum(j.ladder.moment)}, {aantal(j.ladder.clienten)} klanten"
        stukken.append(Stuk(tabel=teksttabel("ladder-tabel", kop, koppen, rijen)))
    return Deel(id="ladder", kop="Hoeveel bijstellen is nodig?", kort="Bijstellen", stukken=tuple(stukken))


def _scoretabel(f: pd.DataFrame, naam: str, bijschrift: str) -> Tabel:
    koppen = {"Voorspeller": False, "Vanaf": False, "Binnen (maanden)": True, "Uitstroom": False, "Klanten": True}
    koppen |= {"Brierscore": True, "AUC": True, "Verwacht": True, "Waargenomen": True, "Waargenomen / verwacht": True}
    rijen = [
        [
            mededinger(str(r.voorspeller)).capitalize(),
            datum(r.moment),
            aantal(r.horizon),
            "elke uitstroom" if r.bestemming == "uitstroom" else _bestemming(r.bestemming),
            aantal(r.n),
            getal(r.brier, 4),
            getal(r.auc, 2),
            percent(r.verwacht, 1),
            percent(r.waargenomen, 1),
            f"{getal(r.oe)} ({getal(r.oe_laag)} tot {getal(r.oe_hoog)})",
        ]
        for r in f.itertuples()
    ]
    return teksttabel(naam, bijschrift, koppen, rijen)


def _raakzin(kort: pd.DataFrame) -> tuple[str, ...]:
    """How far the model was off: any exit, the first competitor."""
    f = kort[kort["bestemming"] == "uitstroom"]
    if not len(f):
        return ()
    r = f.iloc[0]
    zin = (
        f"Vanaf {datum(r['moment'])} verwachtte het model dat {percent(r['verwacht'], 1)} van {aantal(r['n'])} klanten "
        f"binnen {aantal(r['horizon'])} maanden zou uitstromen; het werd {percent(r['waargenomen'], 1)}."
    )
    if float(r["oe_laag"]) <= 1 <= float(r["oe_hoog"]):
        return (f"{zin} Dat verschil kan toeval zijn.",)
    zin = f"{zin} Dat verschil is groter dan toeval: voorspelde kansen kunnen er zo veel naast zitten."
    hoog, laag = (f["oe_laag"] > 1).all(), (f["oe_hoog"] < 1).all()
    if len(f) > 1 and (hoog or laag):
        kant = "weinig" if hoog else "veel"
        zin += (
            f" Ook de andere voorspellers verwachtten te {kant} uitstroom. Dat wijst op een verandering die toen nog "
            "niet te zien was."
        )
    return (zin,)


def vergelijkzin(verschillen: pd.DataFrame, wie: str = "model") -> tuple[str, ...]:
    """Whom the model beats, whom not: paired Brier scores of any exit, latest day, a year ahead or the nearest below.

    Parameters
    ----------
    verschillen : DataFrame
        As in ``kompas.terugtoets.Terugtoets.verschillen``; two standard errors are a difference.
    wie : str
        The competitor that is judged.

    Examples
    --------
    >>> f = pd.DataFrame({"tegen": ["duur", "fasering", "boosting"], "verschil": [-0.004, 0.003, 0.001], "se": 0.001})
    >>> vergelijkzin(f.assign(voorspeller="model", bestemming="uitstroom", moment=0, horizon=12))[0]
    'Het model voorspelde aantoonbaar beter dan alleen duur en aantoonbaar slechter dan fasering; met de uitdager ...
    """
    f = verschillen[(verschillen["voorspeller"] == wie) & (verschillen["bestemming"] == "uitstroom")]
    f = f[f["moment"] == f["moment"].max()]
    f = f[f["horizon"] == max([h for h in set(f["horizon"]) if h <= 12], default=-1)]
    ver = f["verschil"].abs() > 2 * f["se"]
    namen = {
        soort: [mededinger(str(v)).replace("uitdager", "de uitdager") for v in f.loc[rij, "tegen"]]
        for soort, rij in (
            ("beter", ver & (f["verschil"] < 0)),
            ("slechter", ver & (f["verschil"] > 0)),
            ("gelijk", ~ver),
        )
    }
    delen = [f"aantoonbaar {s} dan {som_op(namen[s]).lower()}" for s in ("beter", "slechter") if namen[s]]
    gelijk = f"met {som_op(namen['gelijk']).lower()} is geen verschil aangetoond"
    if delen:
        slot = f"; {gelijk}" if namen["gelijk"] else ""
        return (f"Het model voorspelde {' en '.join(delen)}{slot}.",)
    return (f"{gelijk[0].upper()}{gelijk[1:]}.",) if namen["gelijk"] else ()


def terugtoetsdeel(scores: pd.DataFrame | None, opmerkingen: Sequence[str] = ()) -> Deel | None:
    """Section with the backtest: every competitor on the same clients; None without scores and without remarks.

    Parameters
    ----------
    scores : DataFrame or None
        As in ``kompas.terugtoets.Terugtoets.scores``.
    opmerkingen : sequence of str
        Who took no part and why, what is suspect, or why there is no backtest.
    """
    kop, kort_ = "Terugtoets: klopte het eerder?", "Terugtoets"
    if scores is None:
        stukken = [Stuk(zinnen=tuple(opmerkingen))]
        return Deel(id="terugtoets", kop=kop, kort=kort_, stukken=tuple(stukken)) if opmerkingen else None
    laatste = scores[scores["moment"] == scores["moment"].max()]
    jaar = laatste[laatste["horizon"] == max([h for h in set(laatste["horizon"]) if h <= 12], default=12)]
    kort = jaar[jaar["bestemming"].isin(["uitstroom", "werk"])]
    uitleg = (
        "Het model is geschat met wat op een eerdere dag bekend was, en daarna vergeleken met wat er gebeurde. Een "
        "lagere Brierscore is beter; een AUC van 0,50 is gokken."
    )
    zinnen = [*_raakzin(kort), uitleg]
    verdacht = laatste[laatste["auc"] > 0.80]["voorspeller"].map(lambda v: mededinger(str(v))).unique()
    if len(verdacht) and not opmerkingen:  # the remarks say it, per day
        zinnen.append(
            f"Let op: {', '.join(verdacht)} onderscheidt verdacht goed (AUC boven 0,80). Kijk na of een kenmerk de "
            "uitkomst verklapt."
        )
    stukken = [Stuk(zinnen=tuple(zinnen), punten=tuple(opmerkingen))]
    if len(kort):
        stukken.append(Stuk(tabel=_scoretabel(kort, "terugtoets-kort", "Wie voorspelde het best, op de laatste dag")))
    stukken.append(
        Stuk(tabel=_scoretabel(scores, "terugtoets-alles", "Alle dagen, termijnen en bestemmingen"), dicht=True)
    )
    return Deel(id="terugtoets", kop=kop, kort=kort_, stukken=tuple(stukken))
