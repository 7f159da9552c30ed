"""The sentences of the budgetmonitor: the balance, what fits in the budget, vangnet and the use of the work part."""

from __future__ import annotations

import numpy as np

from kompas.begrippen import lees_begrippen
from kompas.monitors.budgetmonitor import Budgetmonitor
from kompas.weergave.getallen import aantal, euro, percent, som_op
from kompas.weergave.uitgavenplaat import bedrag

VORMEN = {
    "totaal": "de uitgaven van het jaar onder {}",
    "per_maand": "gemiddeld per maand, zonder vakantiegeld, onder {}",
    "deel_van_budget": "de uitgaven onder {} van het budget",
}


def statuswoord(woord: str) -> str:
    """Return the status of a round in words."""
    return lees_begrippen().waarde("status", woord) if woord != "macro" else "macro maal aandeel"


def _kans(kans: float) -> str:
    """Return a chance; never certain on the ground of a forecast."""
    return "meer dan 99%" if kans > 0.99 else "minder dan 1%" if kans < 0.01 else percent(kans)


def _saldowoord(saldo: float) -> str:
    return "een tekort van" if saldo < 0 else "een overschot van"


def saldodeel(saldo: float, fractie: float) -> str:
    """Return what a balance is as a part of the budget; of a budget of nothing there is no part."""
    woord = "een tekort" if saldo < 0 else "een overschot"
    if np.isnan(fractie):
        return f"{woord}, bij een budget van 0 of minder"
    return f"{woord} van {percent(abs(fractie), 1)} van het budget"


def hoofdzinnen(b: Budgetmonitor) -> tuple[str, ...]:
    """The sentences that matter: the balance of this year, its expectation, what covers the spread."""
    r = b.stand()
    if r is None:
        return (f"Voor {b.jaar} is geen budget bekend: geen uitspraak over het saldo.",)
    ronde = statuswoord(str(r["status"]))
    kop = f"{b.gemeente} krijgt voor {b.jaar} {euro(r['budget'])} ({ronde}), {euro(r['budget_maand'])}"
    if np.isnan(r["saldo"]):
        return (f"{kop} per maand. {_geen_saldo(b, r['uitgaven_tot_nu'])}: geen uitspraak over het saldo.",)
    wijze = {"realisatie": "Het saldo is", "jaarbasis": "Het saldo op jaarbasis is", "prognose": "Verwacht saldo:"}
    zinnen = [
        (f"{wijze[str(r['scenario'])]} {euro(r['saldo'])}: {saldodeel(r['saldo'], r['saldo_fractie'])}."),
        (
            f"{kop} per maand, en geeft op jaarbasis {euro(r['uitgaven_jaarbasis'])} uit; zonder vakantiegeld "
            f"{euro(r['uitgaven_maand'])} per maand."
        ),
    ]
    return (*zinnen, *_verwachtzinnen(b))


def _geen_saldo(b: Budgetmonitor, tot_nu: float) -> str:
    """Why there is no spending on a yearly basis."""
    if np.isnan(tot_nu):
        return f"De uitgaven van {b.jaar} zijn nog niet bekend"
    return f"Tot nu toe is {bedrag(tot_nu)} uitgegeven, maar hoeveel vakantiegeld er in {b.jaar} nog komt, is onbekend"


def _verwachtzinnen(b: Budgetmonitor) -> tuple[str, ...]:
    v = b.verwachting[b.verwachting["jaar"] == b.jaar]
    if v.empty:
        return ()
    r = v.iloc[0]
    zinnen = [
        (
            f"Volgens de prognose eindigt {b.jaar} met {_saldowoord(r['saldo'])} {bedrag(abs(r['saldo']))} (uitgaven "
            f"80%: {bedrag(r['ondergrens'])} tot {bedrag(r['bovengrens'])})."
        )
    ]
    if np.isfinite(r["kans_tekort"]):
        zinnen.append(
            f"De kans op een tekort is {_kans(r['kans_tekort'])}. Een buffer van {bedrag(r['buffer_80'])} dekt 80% van "
            f"de uitkomsten, {bedrag(r['buffer_90'])} dekt 90%; daarvan is {bedrag(r['spreiding_80'])} en "
            f"{bedrag(r['spreiding_90'])} voor de onzekerheid alleen."
        )
    return tuple(zinnen)


def doelzinnen(b: Budgetmonitor) -> tuple[str, ...]:
    """What the own target asks; empty without a target."""
    if b.doel.empty:
        return ()
    r = b.doel.iloc[0]
    toon = percent if r["vorm"] == "deel_van_budget" else euro
    woord = "onder" if r["ruimte"] >= 0 else "boven"
    zin = f"Het doel is {VORMEN[str(r['vorm'])].format(toon(r['doel']))}. "
    if np.isnan(r["jaarbasis"]):
        return (f"{zin}De uitgaven van {b.jaar} zijn op jaarbasis niet bekend: geen uitspraak.",)
    zin += f"In dit tempo wordt het {toon(r['jaarbasis'])}: {toon(abs(r['ruimte']))} {woord} het doel."
    if np.isfinite(r["kans"]):
        zin += f" De kans dat het doel wordt gehaald, is {_kans(r['kans'])}."
    return (zin,)


def passend(klanten: float) -> str:
    """Return the whole number of clients that fits: always down, one more would be too many."""
    return aantal(np.floor(klanten + 1e-6), leeg="–")


def padzinnen(b: Budgetmonitor) -> tuple[str, ...]:
    """How many clients fit within the budget and the target: over the year, and at its end."""
    zinnen = [f"Met hoeveel uitkeringen het uitkomt: geen uitspraak. {b.padreden}"] if b.padreden else []
    for r in b.evenwicht.itertuples():
        wat = "het budget" if r.grens == "budget" else "het doel"
        kop = (
            f"Voor {wat} ({bedrag(r.bedrag)}) is bij {euro(r.prijs_jaar)} per uitkering per jaar plaats voor "
            f"{passend(r.jaargemiddelde)} uitkeringen gemiddeld over het jaar."
        )
        if r.haalbaar:
            rest = (
                f"Na wat al is uitgegeven zijn dat er gemiddeld {passend(r.rest_gemiddelde)} in de maanden "
                f"die komen: van {aantal(r.nu)} nu naar {passend(r.eindstand)} aan het eind van {b.jaar}."
            )
        elif np.isnan(r.rest_gemiddelde):
            rest = "Het jaar is om."
        else:
            rest = f"Dat is in {b.jaar} met een gelijkmatig pad niet meer te halen."
        zinnen.append(f"{kop} {rest}")
    return tuple(zinnen)


def macrozinnen(b: Budgetmonitor) -> tuple[str, ...]:
    """The last year of each scenario, in words."""
    uit = []
    for naam, f in b.macro[b.macro["jaar"] >= b.jaar].groupby("scenario", sort=True):
        r = f.sort_values("jaar").iloc[-1]
        if np.isfinite(r["saldo"]):
            uit.append(
                f"Scenario {naam}: in {r['jaar']} {bedrag(r['uitgaven'])} uitgaven bij {bedrag(r['budget'])} budget, "
                f"{_saldowoord(r['saldo'])} {bedrag(abs(r['saldo']))}."
            )
    return tuple(uit)


def vangnetzinnen(b: Budgetmonitor) -> tuple[str, ...]:
    """What the vangnet says about this year, with its source."""
    v = b.vangnet[b.vangnet["jaar"] == b.jaar]
    if v.empty:
        return (f"Over {b.jaar} zijn budget en uitgaven niet allebei bekend: geen uitspraak over het vangnet.",)
    r = v.iloc[0]
    if np.isnan(r["tekort"]):
        return (f"De uitgaven van {b.jaar} zijn op jaarbasis niet bekend: geen uitspraak over het vangnet.",)
    if np.isnan(r["drempel"]):
        return (str(r["zin"]),)
    if np.isnan(r["tekort_fractie"]):
        return (f"Het budget van {b.jaar} ligt niet boven nul: geen uitspraak over het vangnet.",)
    wat = f"{'tekort' if r['tekort'] > 0 else 'overschot'} over {b.jaar}"
    kop = f"Het {wat} is"
    if r["maanden"] < 12:
        kop = f"Op grond van {aantal(r['maanden'])} maanden is het {wat} op jaarbasis"
    zinnen = [
        (
            f"{kop} {percent(abs(r['tekort_fractie']), 1)} van het budget "
            f"({statuswoord(str(r['status']))}); de drempel is {percent(r['drempel'], 1)}."
        )
    ]
    if np.isfinite(r["cumulatief"]):
        zinnen.append(
            f"Over de jaren van de regel samen is het tekort {percent(r['cumulatief'], 1)} van het budget van "
            f"{b.jaar}; de drempel is {percent(r['drempel_cumulatief'], 1)}."
        )
    return (*zinnen, str(r["zin"]), f"Bron: {r['bron']}.")


def werkdeelzinnen(b: Budgetmonitor) -> tuple[str, ...]:
    """Use of the work part of this year against an even use, and against the floor."""
    w = b.werkdeel[b.werkdeel["jaar"] == b.jaar]
    if w.empty:
        return (_geen_werkdeel(b),)
    r = w.iloc[0]
    if np.isnan(r["besteed"]) and r["onbekend"] == 0:
        waar = f"Van {b.jaar} staat er geen inzet in [bron.inzet]"
        return (f"{waar}: de besteding van het werkdeel ({bedrag(r['budget'])}) is onbekend.",)
    if np.isnan(r["besteed"]):
        kop = (
            f"Van {aantal(r['onbekend'])} inzetten zijn de kosten onbekend: de besteding is onbekend. Van de andere is "
            f"zij {bedrag(r['bekend'])}."
        )
        return (kop,)
    richting = "achter op" if r["achter"] > 0 else "voor op"
    zinnen = [
        (
            f"Van het werkdeel ({bedrag(r['budget'])}) is na {aantal(r['maanden'])} maanden {bedrag(r['besteed'])} "
            f"besteed, {percent(r['benutting'])}. Dat is {bedrag(abs(r['achter']))} {richting} een rechte lijn "
            f"({bedrag(r['rechte_lijn'])})."
        ),
        f"In dit tempo wordt {percent(r['benutting_jaar'])} benut.",
    ]
    if np.isfinite(r["ondergrens"]):
        terug = (
            f"in dit tempo gaat {bedrag(r['terug'])} terug" if r["terug"] > 0 else "in dit tempo gaat er niets terug"
        )
        zinnen.append(f"Onder {percent(r['ondergrens'])} benutting gaat geld terug: {terug}.")
    return tuple(zinnen)


def _geen_werkdeel(b: Budgetmonitor) -> str:
    """Why there is no use of the work part of this year."""
    rondes = b.tabel[(b.tabel["deel"] == "werkdeel") & (b.tabel["status"] != "macro")]
    hier = rondes[rondes["jaar"] == b.jaar]
    if hier.empty:
        jaren = [str(j) for j in sorted(set(rondes["jaar"]))]
        wel = f", wel voor {som_op(jaren)}" if jaren else ""
        return f"Voor {b.jaar} is geen werkdeel bekend{wel}. Zet het in [bron.budget] met deel werkdeel."
    if not hier["budget"].iloc[-1] > 0:
        vraag = f"Het werkdeel van {b.jaar} is {aantal(hier['budget'].iloc[-1])}: is het onbekend?"
        return f"{vraag} Laat het bedrag dan leeg in [bron.budget]. Nu is er geen uitspraak over de benutting."
    return f"De inzet is over {b.jaar} niet volledig geregistreerd: geen uitspraak over de benutting van het werkdeel."
