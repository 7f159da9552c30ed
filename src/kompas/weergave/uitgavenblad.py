"""The uitgavenmonitor as a page and as text: what is spent, at which price, and why it differs from last year."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from kompas.catalogusreken import te_verbergen
from kompas.monitors.uitgavenmonitor import HERKOMST, Uitgavenmonitor
from kompas.monitors.uitgavenreken import ontbrekende_maanden
from kompas.weergave import uitgavenplaat
from kompas.weergave.getallen import aantal, datum, euro, maandnaam, percent, som_op
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.poortblad import maak_blad
from kompas.weergave.uitgavenplaat import BRUGNAMEN, GEBIEDNAMEN, bedrag, brugtabel, brugzin

BREED = 78
_MAANDEN_TERUG = 12
LEEFVORMNAMEN = {
    "alleenstaande": "Alleenstaande",
    "alleenstaande_ouder": "Alleenstaande ouder",
    "gehuwd": "Gehuwd of samenwonend",
    "anders": "Anders",
}


def _tussen(laag: Any, hoog: Any) -> str:
    return "–" if pd.isna(laag) or pd.isna(hoog) else f"{euro(laag)} tot {euro(hoog)}"


def jaarrij(u: Uitgavenmonitor, jaar: int | None = None) -> pd.Series | None:
    """Own year: that of the last month of spending when none is named; None when there is no such year."""
    eigen = u.jaren[u.jaren["gebied"] == "eigen"]
    rij = eigen[eigen["jaar"] == (int(u.laatste_maand[:4]) if jaar is None else jaar)]
    return None if rij.empty else rij.iloc[0]


def hoofdzinnen(u: Uitgavenmonitor) -> tuple[str, ...]:
    """The sentences that matter, from the figures: this year, its expectation, the price against others."""
    r = jaarrij(u)
    if r is None:
        return ()
    schatting = " naar schatting" if u.herkomst in {"bedragen", "normen"} else ""
    heel = int(r["maanden"]) == 12
    tot = maandnaam(u.laatste_maand)
    kop = f"In {r['jaar']} gaf {u.gemeente}{schatting} tot en met {tot} {bedrag(r['uitgaven_tot_nu'])} uit"
    if np.isnan(r["uitgaven_jaarbasis"]):
        jaar = "; hoeveel vakantiegeld er nog komt, is niet bekend: geen uitspraak over de uitgaven op jaarbasis."
    else:
        jaar = "." if heel else f"; op jaarbasis is dat {bedrag(r['uitgaven_jaarbasis'])}."
    zinnen = [f"{kop} aan bijstand{_zonder_maanden(u, int(r['jaar']))}{jaar}"]
    if not heel and np.isfinite(r["verwacht"]):
        zinnen.append(
            f"Over heel {r['jaar']} wordt {bedrag(r['verwacht'])} verwacht (80%: {bedrag(r['ondergrens'])} tot "
            f"{bedrag(r['bovengrens'])})."
        )
    elif not heel:
        zinnen.append(f"Over heel {r['jaar']} is er geen verwachting: geen uitspraak.")
    return (*zinnen, *_prijszinnen(u))


def _zonder_maanden(u: Uitgavenmonitor, jaar: int) -> str:
    """Name the months of the year that the spending to date leaves out."""
    if jaar != int(u.laatste_maand[:4]):
        return ""
    mist = [maandnaam(m).split()[0] for m in ontbrekende_maanden(u.reeks("eigen"), u.laatste_maand)]
    if not mist:
        return ""
    return f", zonder {som_op(mist)}: die {'ontbreekt' if len(mist) == 1 else 'ontbreken'}"


def _gebied(gebied: str) -> str:
    """Name of an area within a sentence."""
    naam = GEBIEDNAMEN.get(gebied, gebied)
    return f"de {naam.lower()}" if gebied in {"referentie", "regio"} else f"de {naam}" if gebied == "g27" else naam


def _prijszinnen(u: Uitgavenmonitor) -> tuple[str, ...]:
    v = u.vergelijking.dropna(subset=["prijs"])
    if v.empty:
        return ()
    zinnen = []
    eigen = v[v["gebied"] == "eigen"]
    if len(eigen):
        r = eigen.iloc[0]
        groei = "" if np.isnan(r["groei"]) else f", {percent(r['groei'], 1)} tegen een jaar eerder"
        zinnen.append(
            f"Een uitkering kostte van {maandnaam(r['van'])} tot en met {maandnaam(r['tot'])} {euro(r['prijs'])} per "
            f"maand{groei}."
        )
    anderen = [
        f"{percent(abs(r.verschil), 1)} {'hoger' if r.verschil > 0 else 'lager'} dan in {_gebied(str(r.gebied))} "
        f"({euro(r.prijs)})"
        for r in v[v["gebied"] != "eigen"].dropna(subset=["verschil"]).itertuples()
    ]
    if anderen:
        zinnen.append(f"Dat is {', '.join(anderen)}.")
    return tuple(zinnen)


def _maandtabel(u: Uitgavenmonitor) -> Tabel:
    f = u.reeks("eigen")
    echt, straks = f[f["soort"] == "realisatie"].tail(_MAANDEN_TERUG), f[f["soort"] == "prognose"]
    koppen = {"Maand": False, "Soort": False, "Uitkeringen": True, "Prijs": True, "Uitgaven": True}
    koppen |= {"Vakantiegeld": True, "80%-marge van de uitgaven": True}
    rijen = [
        [
            *(str(r.maand), str(r.soort), aantal(r.uitkeringen), euro(r.prijs), euro(r.uitgaven)),
            *(euro(r.vakantiegeld), _tussen(r.ondergrens, r.bovengrens)),
        ]
        for r in pd.concat([d for d in (echt, straks) if len(d)]).itertuples()
    ]
    return teksttabel("uitgaven-maand", "Uitgaven per maand; de prijs is zonder vakantiegeld", koppen, rijen)


def _jarentabel(u: Uitgavenmonitor) -> Tabel:
    koppen = {"Jaar": False, "Maanden": True, "Tot nu toe": True, "Per maand zonder vakantiegeld": True}
    koppen |= {"Op jaarbasis": True, "Verwacht": True, "80%-marge": True}
    eigen = u.jaren[u.jaren["gebied"] == "eigen"].dropna(subset=["uitgaven_jaarbasis", "verwacht"], how="all")
    rijen = [
        [
            *(str(r.jaar), aantal(r.maanden), euro(r.uitgaven_tot_nu, leeg="–"), euro(r.uitgaven_maand, leeg="–")),
            *(euro(r.uitgaven_jaarbasis, leeg="–"), euro(r.verwacht, leeg="–"), _tussen(r.ondergrens, r.bovengrens)),
        ]
        for r in eigen.itertuples()
    ]
    return teksttabel("uitgaven-jaar", "Uitgaven per jaar, met vakantiegeld", koppen, rijen)


def _brugdeel(u: Uitgavenmonitor) -> Deel:
    f, plaat = brugtabel(u), uitgavenplaat.brug(u)
    if f.empty:
        stuk = Stuk(zinnen=("Van dezelfde maanden een jaar eerder zijn niet alle cijfers er: geen uitspraak.",))
    else:
        rijen = [[BRUGNAMEN[str(r.component)], euro(r.bedrag)] for r in f.itertuples()]
        koppen = {"Onderdeel": False, "Bedrag": True}
        tabel = teksttabel("uitgaven-brug", f"Van een jaar eerder naar nu, {f['basis'].iloc[0]}", koppen, rijen)
        stuk = Stuk(
            zinnen=(
                *brugzin(f),
                (
                    "Elk deel is het gemiddelde over alle volgorden waarin volume, prijs en mix kunnen veranderen; "
                    "samen tellen zij precies op."
                ),
            ),
            svg=plaat.tekening,
            bijschrift=plaat.titel,
            tabel=tabel,
        )
    return Deel(
        id="uitgaven-verschil", kop="Wat er anders is dan vorig jaar", kort="Brug met vorig jaar", stukken=(stuk,)
    )


def _leefvormtabel(u: Uitgavenmonitor) -> Tabel | None:
    """Price by leefvorm in the last month; groups under ten are not shown, nor what would give them away."""
    f = u.leefvorm
    if f.empty:
        return None
    f = f[f["maand"] == f["maand"].max()]
    telling = {str(v): int(n) for v, n in zip(f["leefvorm"], f["uitkeringen"], strict=True)}
    weg = te_verbergen(telling, sum(telling.values()))
    koppen = {"Leefvorm": False, "Uitkeringen": True, "Bedrag per maand": True, "Deel uit de norm": True}
    rijen = [
        [LEEFVORMNAMEN.get(str(r.leefvorm), str(r.leefvorm)), *["niet getoond"] * 3]
        if r.leefvorm in weg
        else [
            *(LEEFVORMNAMEN.get(str(r.leefvorm), str(r.leefvorm)), aantal(r.uitkeringen), euro(r.prijs)),
            percent(r.uit_norm),
        ]
        for r in f.itertuples()
    ]
    return teksttabel("uitgaven-leefvorm", f"Bedrag per uitkering naar leefvorm, {f['maand'].iloc[0]}", koppen, rijen)


def _prijsdeel(u: Uitgavenmonitor) -> Deel:
    plaat = uitgavenplaat.prijs(u)
    koppen = {"Gebied": False, "Van": False, "Tot en met": False, "Prijs": True, "Eigen prijs hoger (+) of lager": True}
    koppen |= {"Groei in een jaar": True}
    rijen = [
        [
            *(GEBIEDNAMEN.get(str(r.gebied), str(r.gebied)), str(r.van), str(r.tot), euro(r.prijs)),
            *("–" if r.gebied == "eigen" else percent(r.verschil, 1), percent(r.groei, 1)),
        ]
        for r in u.vergelijking.itertuples()
    ]
    tabel = teksttabel("uitgaven-prijs", "Prijs per uitkering per maand over twaalf maanden", koppen, rijen)
    stukken = [Stuk(zinnen=_prijszinnen(u), svg=plaat.tekening, bijschrift=plaat.titel, tabel=tabel)]
    leefvorm = _leefvormtabel(u)
    if leefvorm is not None:
        zin = "Bedragen uit de uitkeringen zelf; waar die ontbreken de bijstandsnorm van die maand."
        stukken.append(Stuk(kop="Naar leefvorm", zinnen=(zin,), tabel=leefvorm))
    return Deel(id="uitgaven-prijzen", kop="De prijs per uitkering", kort="Prijs", stukken=tuple(stukken))


def uitgavendelen(u: Uitgavenmonitor) -> list[Deel]:
    """Sections: spending, the bridge, the price, what it rests on."""
    plaat = uitgavenplaat.uitgaven(u)
    eerste = Deel(
        id="uitgaven",
        kop="Uitgaven",
        kort="Uitgaven",
        stukken=(
            Stuk(zinnen=hoofdzinnen(u), svg=plaat.tekening, bijschrift=plaat.titel, tabel=_maandtabel(u), dicht=True),
            Stuk(kop="Per jaar", tabel=_jarentabel(u)),
        ),
    )
    rust = Deel(
        id="uitgaven-grond",
        kop="Waar dit op rust",
        kort="Bronnen",
        stukken=(Stuk(zinnen=u.bronnen, punten=u.toelichting),),
    )
    return [eerste, _brugdeel(u), _prijsdeel(u), rust]


def uitgavenpagina(u: Uitgavenmonitor) -> str:
    """Return one HTML page; the same result gives the same text."""
    onder = (
        f"Peildatum {datum(u.peildatum)}. Uitgaven tot en met {maandnaam(u.laatste_maand)}, uit {HERKOMST[u.herkomst]}."
    )
    return maak_blad(f"Uitgavenmonitor {u.gemeente}", onder, uitgavendelen(u), u.waarschuwingen)


def vouw(tekst: str) -> str:
    """Fold a sentence for a terminal of 80 columns.

    Examples
    --------
    >>> max(map(len, vouw("woord " * 40).splitlines())) <= 78
    True
    """
    return "\n".join(textwrap.wrap(tekst, BREED, break_long_words=False, break_on_hyphens=False))


def uitgaventekst(u: Uitgavenmonitor) -> str:
    """Return the same for a terminal, at most 80 columns."""
    regels = [vouw(z) for z in hoofdzinnen(u)]
    brug = brugtabel(u)
    if len(brug):
        regels += ["", *(vouw(z) for z in brugzin(brug))]
    regels += ["", f"{'jaar':<6}{'maanden':>8}{'tot nu toe':>16}{'op jaarbasis':>16}{'verwacht':>16}"]
    eigen = u.jaren[u.jaren["gebied"] == "eigen"].dropna(subset=["uitgaven_jaarbasis", "verwacht"], how="all")
    regels += [
        f"{r.jaar:<6}{r.maanden:>8}{euro(r.uitgaven_tot_nu, leeg='–'):>16}{euro(r.uitgaven_jaarbasis, leeg='–'):>16}"
        f"{euro(r.verwacht, leeg='–'):>16}"
        for r in eigen.tail(5).itertuples()
    ]
    regels += ["", *(vouw(z) for z in (*u.bronnen, *u.toelichting[:1]))]
    return "\n".join(regels)
