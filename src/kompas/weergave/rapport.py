"""The report of a herijking: one HTML file that reads offline, on paper and with a screen reader."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import Begrip, fase_in_woorden, lees_begrippen
from kompas.fouten import GebruiksFout
from kompas.jaarvergelijk import Jaarvergelijking
from kompas.weergave import zinnen
from kompas.weergave.getallen import aantal, datum, getal, klein_aantal, percent
from kompas.weergave.grafieken import effectenplot, kalibratieplot, uitstroomplot
from kompas.weergave.htmltabel import Tabel, cel, maak_tabel
from kompas.weergave.rapportdelen import OPTIONEEL, delen_van, managerblad
from kompas.weergave.registerdelen import adviesdeel
from kompas.weergave.sjabloonmap import laad_sjabloon

_KOLOMMEN: dict[str, tuple[str, ...]] = {
    "telling": ("tabel", "gelezen", "afgekeurd", "weggelaten", "gebruikt"),
    "weglatingen": ("wat", "aantal", "waarom"),
    "bevindingen": ("regel", "ernst", "aantal", "bericht", "wat_te_doen"),
    "glance": ("bestemming", "methode", "persoonmaanden", "gebeurtenissen", "log_likelihood", "typen"),
    "effecten": (
        *("instrument", "fase", "bestemming", "groep", "methode", "log_effect", "se", "effect", "ondergrens"),
        *("bovengrens", "inzetten", "gebeurtenissen", "voorkeur", "oordeel"),
    ),
    "coefficienten": ("bestemming", "term", "methode", "log_effect", "se"),
    "kalibratie": ("bestemming", "deciel", "verwacht", "waargenomen", "n"),
    "cif": ("maand", "bestemming", "kans"),
}
_LEESWIJZER = (
    "hazard",
    "effect",
    "interval",
    "persoonmaanden",
    "herijking",
    "kalibratie",
    "referentie",
    "selectie_vertekening",
)
_LEESWAARDEN = (*zinnen.OORDELEN, "waargenomen", "landmark", "selectie", "werk", "handhaving", "overig")
_CIF_MAANDEN = (6, 12, 24, 36, 48, 60)
_GEEN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RapportInhoud:
    """All that the report of a herijking says; aggregates only, no row about a person. Frames are not changed.

    Parameters
    ----------
    gemeente : str
        Name of the municipality.
    peildatum, venster_van, venster_tot : date
        Last observed day and the window of observation.
    kompas_versie : str
    zaad : int
        Seed of the run.
    telling : DataFrame
        tabel, gelezen, afgekeurd, weggelaten, gebruikt: rows per input table.
    weglatingen : DataFrame
        wat, aantal, waarom: what was left out of the model.
    bevindingen : DataFrame
        regel, ernst, aantal, bericht, wat_te_doen: findings, summed per rule.
    glance, effecten, coefficienten : DataFrame
        As in the contract; ``effecten`` may also have ``toelichting``. A row without a number stays, with its oordeel.
    kalibratie : DataFrame
        bestemming, deciel, verwacht, waargenomen (fractions 0-1), n. May be empty.
    cif : DataFrame
        maand, bestemming, kans: cumulative incidence since the start of a spell. May be empty.
    referenties : mapping of kenmerk to reference level
    waarschuwingen : tuple of str
        Things to say loudly.
    instrumentnamen, meters : mapping of instrument code to name / to meter
    motiveringen : mapping of kenmerk to its written justification
    kalibratie_toelichting : str
        On which data the calibration was measured (the estimation data, or later ones).
    terugval : DataFrame, optional
        Any small table, for example of `terugval_samenvatting`.
    methoden, typenpad, fits, overlap, overleving, toetsen, kracht : DataFrame, optional
        How far the effects can be believed; see `kompas.weergave.methodedelen`. Absent = the section is absent.
    terugtoets : DataFrame, optional
        Scores of the backtest.
    terugtoets_zinnen : tuple of str
        What must be said with the backtest, or why there is none.
    adviesgebruik : DataFrame, optional
        What was done with the advice, by cell; see `kompas.registergebruik`.
    adviesgebruik_zinnen : tuple of str
        What must be said with it.
    jaren : Jaarvergelijking, optional
        The comparison with last time: a page for the manager in front, sections for the analyst behind.

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` when a frame lacks a column.
    """

    gemeente: str
    peildatum: dt.date
    venster_van: dt.date
    venster_tot: dt.date
    kompas_versie: str
    zaad: int
    telling: pd.DataFrame
    weglatingen: pd.DataFrame
    bevindingen: pd.DataFrame
    glance: pd.DataFrame
    effecten: pd.DataFrame
    coefficienten: pd.DataFrame
    kalibratie: pd.DataFrame
    cif: pd.DataFrame
    referenties: Mapping[str, str] = field(default_factory=lambda: _GEEN)
    waarschuwingen: tuple[str, ...] = ()
    instrumentnamen: Mapping[str, str] = field(default_factory=lambda: _GEEN)
    meters: Mapping[str, str] = field(default_factory=lambda: _GEEN)
    kalibratie_toelichting: str = ""
    motiveringen: Mapping[str, str] = field(default_factory=lambda: _GEEN)
    terugval: pd.DataFrame | None = None
    methoden: pd.DataFrame | None = None
    typenpad: pd.DataFrame | None = None
    fits: pd.DataFrame | None = None
    overlap: pd.DataFrame | None = None
    overleving: pd.DataFrame | None = None
    toetsen: pd.DataFrame | None = None
    kracht: pd.DataFrame | None = None
    terugtoets: pd.DataFrame | None = None
    terugtoets_zinnen: tuple[str, ...] = ()
    adviesgebruik: pd.DataFrame | None = None
    adviesgebruik_zinnen: tuple[str, ...] = ()
    jaren: Jaarvergelijking | None = None

    def __post_init__(self) -> None:
        for naam, nodig in {**_KOLOMMEN, **OPTIONEEL}.items():
            tabel = getattr(self, naam)
            ontbreekt = [] if tabel is None else [k for k in nodig if k not in tabel.columns]
            if ontbreekt:
                raise GebruiksFout("KMP-U007", f"rapport: tabel '{naam}' mist {', '.join(ontbreekt)}.")


def terugval_samenvatting(terugval: pd.DataFrame) -> pd.DataFrame:
    """Return the chance of a return within 6, 12 and 24 months after an exit, per bestemming.

    Parameters
    ----------
    terugval : DataFrame
        soort, bestemming, maand, waarde: ``soort = "terugkeer"`` holds the probability of a return in that month among
        those still out, ``soort = "aantal"`` the returns behind it. Other kinds are not used.

    Examples
    --------
    >>> t = pd.DataFrame({"soort": "terugkeer", "bestemming": "werk", "maand": range(1, 25), "waarde": 0.01})
    >>> terugval_samenvatting(t)["kans_terug_12m"].round(4).tolist()  # 1 - 0.99 ** 12
    [0.1136]
    """
    terug = terugval.loc[terugval["soort"] == "terugkeer"]
    aantallen = terugval.loc[terugval["soort"] == "aantal"].groupby("bestemming")["waarde"].sum()
    namen = list(dict.fromkeys(terug["bestemming"]))
    uit = pd.DataFrame({"bestemming": namen, "teruggekeerd": aantallen.reindex(namen).round().astype("Int64").array})
    for grens in (6, 12, 24):
        blijft = (1 - terug.loc[terug["maand"] <= grens].set_index("bestemming")["waarde"]).groupby(level=0).prod()
        uit[f"kans_terug_{grens}m"] = 1 - blijft.reindex(namen).to_numpy()
    return uit


def _noten(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return the different notes of a table in order; rows refer to them by number."""
    if "toelichting" not in frame.columns:
        return ()
    return tuple(str(t) for t in frame["toelichting"].dropna().unique() if str(t).strip())


def _effecttabel(naam: str, bijschrift: str, frame: pd.DataFrame, inhoud: RapportInhoud, *, alles: bool) -> Tabel:
    """Effects with interval, words and verdict in every row; small counts are not shown."""
    b = lees_begrippen()
    koppen = [("Instrument", False), ("Fase", False), ("Bestemming", False)]
    koppen += [("Groep", False), ("Voorkeur", False)] if alles else []
    koppen += [("Methode", False), ("Effect (95%-interval)", True), ("In woorden", False)]
    koppen += [("Inzetten", True), ("Uitgestroomd", True), ("Oordeel", False)]
    noten = () if alles else _noten(frame)
    koppen += [("Noot", True)] if len(noten) > 1 else []
    rijen = []
    for r in frame.to_dict("records"):
        drie = (float(r["effect"]), float(r["ondergrens"]), float(r["bovengrens"]))
        begin = [inhoud.instrumentnamen.get(r["instrument"]) or str(r["instrument"]), fase_in_woorden(str(r["fase"]))]
        begin.append(b.waarde("bestemming", str(r["bestemming"])))
        if alles:
            begin += [b.modelterm(str(r["groep"])) if "=" in str(r["groep"]) else str(r["groep"])]
            begin += [cel(r["voorkeur"], "voorkeur", None)]
        midden = [cel(r["methode"], "methode", None), zinnen.cijfer(*drie), zinnen.in_woorden(r)]
        eind = [klein_aantal(r["inzetten"]), klein_aantal(r["gebeurtenissen"]), cel(r["oordeel"], "oordeel", None)]
        noot = [str(noten.index(r["toelichting"]) + 1) if r["toelichting"] in noten else "–"] if len(noten) > 1 else []
        rijen.append((*begin, *midden, *eind, *noot))
    return Tabel(id=naam, bijschrift=bijschrift, koppen=tuple(koppen), rijen=tuple(rijen))


def _coefficienten(inhoud: RapportInhoud) -> list[Tabel]:
    """One table per bestemming and methode."""
    b, uit = lees_begrippen(), []
    groepen = inhoud.coefficienten.groupby(["bestemming", "methode"], sort=False)
    koppen = (("Term", False), ("Effect (95%-interval)", True), ("Log effect", True), ("Standaardfout", True))
    for nummer, ((bestemming, methode), deel) in enumerate(groepen):
        marge = 1.959963984540054 * deel["se"]
        drie = np.exp(np.column_stack([deel["log_effect"], deel["log_effect"] - marge, deel["log_effect"] + marge]))
        rijen = tuple(
            (
                b.modelterm(str(t)),
                zinnen.cijfer(*map(float, d)),
                cel(le, "", "log verhouding"),
                cel(se, "", "log verhouding"),
            )
            for t, d, le, se in zip(deel["term"], drie, deel["log_effect"], deel["se"], strict=True)
        )
        kop = (
            f"Coëfficiënten voor uitstroom {zinnen.naar(str(bestemming))}, methode {b.waarde('methode', str(methode))}"
        )
        uit.append(Tabel(id=f"coefficienten-{nummer}", bijschrift=kop, koppen=koppen, rijen=rijen))
    return uit


def _glance(inhoud: RapportInhoud) -> Tabel:
    f = inhoud.glance
    kort = f.assign(
        persoonmaanden=f["persoonmaanden"].map(aantal),
        gebeurtenissen=f["gebeurtenissen"].map(klein_aantal),
        log_likelihood=f["log_likelihood"].map(lambda x: getal(x, 1)),
        typen=f["typen"].map(aantal),
    )
    tabel = maak_tabel("glance", "De modellen in het kort", kort, _KOLOMMEN["glance"])
    koppen = tuple((k, i >= 2) for i, (k, _) in enumerate(tabel.koppen))
    return Tabel(id=tabel.id, bijschrift=tabel.bijschrift, koppen=koppen, rijen=tabel.rijen)


def _ciftabel(cif: pd.DataFrame) -> Tabel:
    """The curve in words: rows are months, columns destinations."""
    b = lees_begrippen()
    volgorde = list(dict.fromkeys(cif["bestemming"]))
    breed = cif.pivot_table(index="maand", columns="bestemming", values="kans")[volgorde]
    breed = breed.loc[breed.index.isin([*_CIF_MAANDEN, breed.index.max()])]
    koppen = (
        ("Na (maanden)", True),
        *((b.waarde("bestemming", str(k)), True) for k in volgorde),
        ("nog in de bijstand", True),
    )
    rijen = tuple(
        (aantal(m), *(percent(k) for k in kansen), percent(max(0.0, 1 - float(np.sum(kansen)))))
        for m, kansen in zip(breed.index, breed.to_numpy(), strict=True)
    )
    return Tabel(id="cif", bijschrift="Uitgestroomd na een aantal maanden", koppen=koppen, rijen=rijen)


def _kalibratietabel(kalibratie: pd.DataFrame) -> Tabel:
    kort = kalibratie.assign(
        verwacht=kalibratie["verwacht"].map(lambda x: percent(x, 2)),
        waargenomen=kalibratie["waargenomen"].map(lambda x: percent(x, 2)),
        n=kalibratie["n"].map(klein_aantal),
    )
    tabel = maak_tabel("kalibratie-cijfers", "Verwacht en waargenomen per tiende deel", kort, _KOLOMMEN["kalibratie"])
    koppen = tuple((k[:1].upper() + k[1:], i >= 1) for i, (k, _) in enumerate(tabel.koppen))
    return Tabel(id=tabel.id, bijschrift=tabel.bijschrift, koppen=koppen, rijen=tabel.rijen)


def _tabellen(inhoud: RapportInhoud, hoofd: pd.DataFrame) -> dict[str, Any]:
    paren = pd.DataFrame(list(inhoud.referenties.items()), columns=["kenmerk", "referentie"])
    b = lees_begrippen()
    referenties = pd.DataFrame(
        {"kenmerk": [b.label(k) for k in paren["kenmerk"]]}
        | {"referentie": [b.waarde(k, str(w)) for k, w in inhoud.referenties.items()]}
    )
    cif, kalibratie = inhoud.cif, inhoud.kalibratie
    return {
        "telling": maak_tabel("telling", "Rijen per tabel", inhoud.telling, _KOLOMMEN["telling"]),
        "weglatingen": maak_tabel("weglatingen", "Wat niet meetelt", inhoud.weglatingen, _KOLOMMEN["weglatingen"]),
        "bevindingen": maak_tabel("bevindingen", "Bevindingen per regel", inhoud.bevindingen, _KOLOMMEN["bevindingen"]),
        "glance": _glance(inhoud),
        "hoofd": _effecttabel("effecten-hoofd", "Effecten voor alle cliënten samen", hoofd, inhoud, alles=False),
        "alles": _effecttabel("effecten-alles", "Alle groepen en methoden", inhoud.effecten, inhoud, alles=True),
        "cif": _ciftabel(cif) if len(cif) else None,
        "kalibratie": _kalibratietabel(kalibratie) if len(kalibratie) else None,
        "coefficienten": _coefficienten(inhoud),
        "referenties": maak_tabel("referenties", "Referentiegroep per kenmerk", referenties) if len(paren) else None,
        "terugval": None
        if inhoud.terugval is None
        else maak_tabel("terugval", "Terugkeer in de bijstand", inhoud.terugval),
    }


def _leeswijzer() -> dict[str, list[Begrip]]:
    b = lees_begrippen()
    return {"begrippen": [b.begrip(t) for t in _LEESWIJZER], "waarden": [b.begrip(t) for t in _LEESWAARDEN]}


def herijkingsrapport(inhoud: RapportInhoud) -> str:
    """Return the report as one HTML page: nothing is fetched from elsewhere, the same content gives the same text.

    Parameters
    ----------
    inhoud : RapportInhoud

    Returns
    -------
    str
        HTML; write it with `kompas.weergave.bestanden.schrijf_tekst`.
    """
    hoofd = zinnen.hoofdrijen(inhoud.effecten)
    grafieken = {
        "effecten": effectenplot(inhoud.effecten, inhoud.instrumentnamen) if len(hoofd) else None,
        "uitstroom": uitstroomplot(inhoud.cif) if len(inhoud.cif) else None,
        "kalibratie": kalibratieplot(inhoud.kalibratie) if len(inhoud.kalibratie) else None,
    }
    return laad_sjabloon("herijkingsrapport.html.j2").render(
        inhoud=inhoud,
        peildatum=datum(inhoud.peildatum),
        venster=f"{datum(inhoud.venster_van)} tot en met {datum(inhoud.venster_tot)}",
        geschat=zinnen.wat_is_geschat(inhoud.gemeente, inhoud.venster_van, inhoud.venster_tot, inhoud.glance),
        hoofdeffecten=zinnen.hoofdeffecten(inhoud.effecten, inhoud.instrumentnamen, inhoud.meters),
        instrumenten=hoofd["instrument"].nunique(),
        oordelen=zinnen.oordelenzin(hoofd) if len(hoofd) else "",
        onbekend=zinnen.onbekend(hoofd),
        noten=_noten(hoofd),
        tabellen=_tabellen(inhoud, hoofd),
        grafieken=grafieken,
        leeswijzer=_leeswijzer(),
        delen=delen_van(
            {naam: getattr(inhoud, naam) for naam in OPTIONEEL},
            inhoud.jaren,
            inhoud.instrumentnamen,
            inhoud.meters,
            terugtoets_zinnen=inhoud.terugtoets_zinnen,
            adviezen=None
            if inhoud.adviesgebruik is None or (inhoud.adviesgebruik.empty and not inhoud.adviesgebruik_zinnen)
            else adviesdeel(inhoud.adviesgebruik, inhoud.adviesgebruik_zinnen, inhoud.instrumentnamen),
        ),
        managerblad=None if inhoud.jaren is None else managerblad(inhoud.jaren, inhoud.instrumentnamen),
        motiveringen=[(lees_begrippen().label(k), w) for k, w in inhoud.motiveringen.items()],
    )
