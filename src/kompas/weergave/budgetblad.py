"""The budgetmonitor as a page and as text: what there is, what is spent, what is left, and what would make it fit."""

from __future__ import annotations

from typing import Any

import pandas as pd

from kompas.catalogusreken import KLEINST, te_verbergen
from kompas.monitors.budgetmonitor import Budgetmonitor
from kompas.weergave import budgetplaat
from kompas.weergave.budgetzinnen import (
    doelzinnen,
    hoofdzinnen,
    macrozinnen,
    padzinnen,
    passend,
    statuswoord,
    vangnetzinnen,
    werkdeelzinnen,
)
from kompas.weergave.getallen import aantal, datum, euro, percent
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.poortblad import maak_blad
from kompas.weergave.uitgavenblad import vouw


def _tussen(laag: Any, hoog: Any) -> str:
    return "–" if pd.isna(laag) or pd.isna(hoog) else f"{euro(laag)} tot {euro(hoog)}"


def _saldotabel(b: Budgetmonitor) -> Tabel:
    koppen = {"Jaar": False, "Ronde": False, "Budget": True, "Maanden": True, "Uitgaven op jaarbasis": True}
    koppen |= {"Saldo": True, "Deel van het budget": True, "80%-marge van het saldo": True}
    f = b.tabel[(b.tabel["deel"] == "inkomensdeel") & (b.tabel["status"] != "macro")]
    rijen = [
        [
            *(str(r.jaar), statuswoord(str(r.status)), euro(r.budget), aantal(r.maanden), euro(r.uitgaven_jaarbasis)),
            *(euro(r.saldo), percent(r.saldo_fractie, 1, leeg="–"), _tussen(r.ondergrens, r.bovengrens)),
        ]
        for r in f.itertuples()
    ]
    return teksttabel("budget-saldo", "Inkomensdeel: saldo per ronde van het budget", koppen, rijen)


def _mutatietabel(b: Budgetmonitor) -> Tabel:
    koppen = {"Van": False, "Naar": False, "Mutatie": True, "Door het macrobudget": True, "Door het aandeel": True}
    rijen = [
        [str(r.van), str(r.naar), euro(r.mutatie), euro(r.macro_effect), euro(r.aandeel_effect)]
        for r in b.mutaties.itertuples()
    ]
    return teksttabel("budget-mutaties", "Mutaties van het inkomensdeel", koppen, rijen)


def _maandtabel(b: Budgetmonitor) -> Tabel:
    koppen = {"Maand": False, "Soort": False, "Uitgaven zonder vakantiegeld": True, "80%-marge": True}
    koppen |= {"Budget per maand": True, "Doel per maand": True}
    rijen = [
        [
            *(str(r.maand), str(r.soort), euro(r.uitgaven), _tussen(r.ondergrens, r.bovengrens)),
            *(euro(r.budget, leeg="–"), euro(r.doel, leeg="–")),
        ]
        for r in b.maanden.itertuples()
    ]
    return teksttabel("budget-maand", "Uitgaven en budget per maand", koppen, rijen)


def _padtabel(b: Budgetmonitor) -> Tabel:
    breed = b.pad.pivot_table(index="maand", columns="lijn", values="uitkeringen", aggfunc="first", observed=True)
    lijnen = [k for k in ("realisatie", "prognose", "budget", "doel") if k in breed.columns]
    namen = {"realisatie": "Realisatie", "prognose": "Prognose", "budget": "Pad naar budget", "doel": "Pad naar doel"}
    koppen = {"Maand": False} | {namen[k]: True for k in lijnen}
    toon = {k: passend if k in {"budget", "doel"} else _tel for k in lijnen}
    rijen = [[str(m), *(toon[k](float(breed.loc[m, k])) for k in lijnen)] for m in breed.index]
    return teksttabel("budget-pad", f"Uitkeringen aan het eind van de maand, {b.jaar}", koppen, rijen)


def _tel(waarde: float) -> str:
    return aantal(waarde, leeg="–")


def _aandelentabel(b: Budgetmonitor) -> Tabel:
    koppen = {
        "Jaar": False,
        "Scenario": False,
        "Aandeel uitgaven": True,
        "Aandeel budget": True,
        "Verschil in euro": True,
    }
    rijen = [
        [
            *(str(r.jaar), str(r.scenario), percent(r.aandeel_uitgaven, 3), percent(r.aandeel_budget, 3)),
            euro(r.gat_euro),
        ]
        for r in b.macro.itertuples()
    ]
    return teksttabel("budget-aandelen", "Aandeel in het landelijke totaal, per scenario", koppen, rijen)


def _macrotabel(b: Budgetmonitor) -> Tabel:
    koppen = {"Jaar": False, "Scenario": False, "Uitgaven": True, "Budget": True, "Saldo": True}
    rijen = [
        [str(r.jaar), str(r.scenario), euro(r.uitgaven), euro(r.budget), euro(r.saldo)] for r in b.macro.itertuples()
    ]
    return teksttabel("budget-macro", "Macro maal aandeel, per scenario", koppen, rijen)


def _besteding(b: Budgetmonitor) -> Tabel | None:
    """Cost per instrument; deployments under ten are not shown, nor what would give them away."""
    f = b.besteding[b.besteding["jaar"] == b.jaar]
    if f.empty:
        return None
    telling = {str(i): int(n) for i, n in zip(f["instrument"], f["inzetten"].fillna(0), strict=True)}
    weg = te_verbergen(telling, sum(telling.values()))
    koppen = {"Instrument": False, "Inzetten": True, "Kosten": True, "Ingekocht": True, "Verbruikt": True}
    koppen |= {"Bedrag ingekocht": True, "Bedrag verbruikt": True}
    rijen = []
    for r in f.itertuples():
        dicht = r.instrument in weg or 0 < r.verbruikt < KLEINST
        geheim = ["niet getoond"] * 2
        inzet = geheim if dicht else [aantal(r.inzetten, leeg="–"), euro(r.kosten, leeg="–")]
        plek = [aantal(r.ingekocht, leeg="–"), "niet getoond" if dicht else aantal(r.verbruikt, leeg="–")]
        geld = [euro(r.bedrag_ingekocht, leeg="–"), "niet getoond" if dicht else euro(r.bedrag_verbruikt, leeg="–")]
        rijen.append([str(r.instrument), *inzet, *plek, *geld])
    return teksttabel("budget-werkdeel", f"Besteding per instrument in {b.jaar}", koppen, rijen)


def _werkdeel(b: Budgetmonitor) -> Deel:
    plaat = budgetplaat.werkdeel(b)
    heeft = b.jaar in set(b.werkdeel["jaar"])
    stuk = Stuk(
        zinnen=werkdeelzinnen(b),
        svg=plaat.tekening if heeft else None,
        bijschrift=plaat.titel if heeft else "",
        tabel=_standtabel(b) if heeft else None,
    )
    stukken = [stuk]
    besteding = _besteding(b)
    if besteding is not None:
        stukken.append(Stuk(kop="Per instrument", tabel=besteding))
    return Deel(id="budget-werkdeel-deel", kop="Het werkdeel", kort="Werkdeel", stukken=tuple(stukken))


def _standtabel(b: Budgetmonitor) -> Tabel:
    """Use of the work part per year."""
    koppen = {"Jaar": False, "Budget": True, "Maanden": True, "Besteed": True, "Rechte lijn": True, "Benutting": True}
    koppen |= {"Benutting op jaarbasis": True, "Gaat terug onder": True}
    rijen = [
        [
            *(str(r.jaar), euro(r.budget), aantal(r.maanden), euro(r.besteed), euro(r.rechte_lijn)),
            *(percent(r.benutting), percent(r.benutting_jaar), percent(r.ondergrens)),
        ]
        for r in b.werkdeel.itertuples()
    ]
    return teksttabel("budget-benutting", "Gebruik van het werkdeel", koppen, rijen)


def _saldodeel(b: Budgetmonitor) -> Deel:
    plaat, heeft = budgetplaat.maand(b), len(b.maanden) > 0
    stukken = [
        Stuk(
            zinnen=(*hoofdzinnen(b), *doelzinnen(b)),
            svg=plaat.tekening if heeft else None,
            bijschrift=plaat.titel if heeft else "",
            tabel=_maandtabel(b) if heeft else None,
            dicht=True,
        ),
        Stuk(kop="Per ronde van het budget", tabel=_saldotabel(b)),
    ]
    if len(b.mutaties):
        zin = "Een budget is macrobudget maal aandeel. De mutatie is gelijk over beide verdeeld en telt precies op."
        stukken.append(Stuk(kop="Wat de mutaties veroorzaakt", zinnen=(zin,), tabel=_mutatietabel(b)))
    return Deel(id="budget", kop="Budget en saldo", kort="Saldo", stukken=tuple(stukken))


def budgetdelen(b: Budgetmonitor) -> list[Deel]:
    """Sections: balance, path, scenarios, vangnet, work part, what it rests on."""
    delen, stuk = [_saldodeel(b)], None
    if len(b.evenwicht):
        plaat = budgetplaat.pad(b)
        stuk = Stuk(zinnen=padzinnen(b), svg=plaat.tekening, bijschrift=plaat.titel, tabel=_padtabel(b))
    elif b.padreden:
        stuk = Stuk(zinnen=padzinnen(b))
    if stuk is not None:
        delen.append(Deel(id="budget-klanten", kop="Met hoeveel uitkeringen het uitkomt", kort="Pad", stukken=(stuk,)))
    if len(b.macro):
        a, g = budgetplaat.aandelen(b), budgetplaat.bedragen(b)
        stukken = (
            Stuk(
                zinnen=(*macrozinnen(b), *a.zinnen),
                svg=a.tekening,
                bijschrift=a.titel,
                tabel=_aandelentabel(b),
                dicht=True,
            ),
            Stuk(zinnen=g.zinnen, svg=g.tekening, bijschrift=g.titel, tabel=_macrotabel(b), dicht=True),
        )
        delen.append(Deel(id="budget-scenario", kop="Macro maal aandeel", kort="Scenario's", stukken=stukken))
    delen.append(Deel(id="budget-vangnet", kop="Het vangnet", kort="Vangnet", stukken=(Stuk(zinnen=vangnetzinnen(b)),)))
    rust = Stuk(zinnen=b.bronnen, punten=b.toelichting)
    grond = Deel(id="budget-grond", kop="Waar dit op rust", kort="Bronnen", stukken=(rust,))
    return [*delen, _werkdeel(b), grond]


def budgetpagina(b: Budgetmonitor) -> str:
    """Return one HTML page; the same result gives the same text."""
    onder = f"Peildatum {datum(b.peildatum)}. {' '.join(b.bronnen)}"
    return maak_blad(f"Budgetmonitor {b.gemeente}", onder, budgetdelen(b), b.waarschuwingen)


def budgettekst(b: Budgetmonitor) -> str:
    """Return the same for a terminal, at most 80 columns."""
    stukken = (hoofdzinnen(b), doelzinnen(b), padzinnen(b), macrozinnen(b), vangnetzinnen(b), werkdeelzinnen(b))
    regels: list[str] = []
    for zinnen in stukken:
        if zinnen:
            regels += [*([""] if regels else []), *(vouw(z) for z in zinnen)]
    regels += ["", f"{'jaar':<6}{'ronde':<18}{'budget':>16}{'op jaarbasis':>16}{'saldo':>15}{'%':>8}"]
    f = b.tabel[(b.tabel["deel"] == "inkomensdeel") & (b.tabel["status"] != "macro")].tail(6)
    regels += [
        f"{r.jaar:<6}{statuswoord(str(r.status)):<18}{euro(r.budget):>16}{euro(r.uitgaven_jaarbasis, leeg='–'):>16}"
        f"{euro(r.saldo, leeg='–'):>15}{percent(r.saldo_fractie, 1, leeg='–'):>8}"
        for r in f.itertuples()
    ]
    return "\n".join([*regels, "", *(vouw(z) for z in b.bronnen)])
