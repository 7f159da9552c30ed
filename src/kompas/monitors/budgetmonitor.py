"""The budgetmonitor: what there is, what is spent, what is left; rounds, scenarios, target, path, vangnet."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.monitors.budgetreken import (
    INKOMEN,
    WERK,
    als_tabel,
    bekende_rondes,
    doelstand,
    evenwichten,
    geldend,
    inkomensrijen,
    klantenpad,
    macrorijen,
    macrotabel,
    mutaties,
    nulzinnen,
    vangnetten,
    verwachting,
    werkrijen,
)
from kompas.monitors.maanden import nummer
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.uitgavenmonitor import Uitgavenmonitor, geen_uitgaven, maak_uitgaven
from kompas.monitors.uitgavenreken import laatste_hele_maand, ontbrekende_maanden
from kompas.monitors.vooruitzicht import Vooruitzicht
from kompas.monitors.werkdeel import werkdeelstanden
from kompas.toonbaar import Toonbaar


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Budgetmonitor(Toonbaar, tabel="tabel"):
    """Budget against spending, through the rounds of the budget.

    With n months of spending U_m of which V_m holiday allowance::

        uitgaven_maand = sum(U_m - V_m) / n
        uitgaven_jaarbasis = 12 uitgaven_maand + holiday allowance of the year
        saldo = budget - uitgaven_jaarbasis,    saldo_fractie = saldo / budget

    Parameters
    ----------
    tabel : DataFrame
        One row per jaar x deel x status x scenario: the columns of the contract. status: voorlopig, nader, definitief
        (rounds known on the peildatum) or macro (macro x share). scenario: realisatie (twelve months known), jaarbasis
        (part of the year), prognose (not begun), or the scenario of the table macro. ondergrens, bovengrens: 80%, of
        saldo.
    gemeente : str
    peildatum : date
    jaar : int
        Year of the last complete month.
    macro, mutaties, verwachting, doel, evenwicht, pad, vangnet, werkdeel, besteding : DataFrame
        See the functions of `kompas.monitors.budgetreken` and `kompas.monitors.werkdeel`; each may be empty.
    maanden : DataFrame
        This year and the next: maand, uitgaven (without holiday allowance), ondergrens, bovengrens, soort, budget and
        doel per month.
    bronnen, toelichting, waarschuwingen : tuple of str
    padreden : str
        Why there is no ``evenwicht`` though the year has months of spending; empty when there is one.
    """

    tabel: pd.DataFrame
    gemeente: str
    peildatum: dt.date
    jaar: int
    macro: pd.DataFrame
    mutaties: pd.DataFrame
    verwachting: pd.DataFrame
    doel: pd.DataFrame
    evenwicht: pd.DataFrame
    pad: pd.DataFrame
    vangnet: pd.DataFrame
    werkdeel: pd.DataFrame
    besteding: pd.DataFrame
    maanden: pd.DataFrame
    bronnen: tuple[str, ...] = ()
    toelichting: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()
    padreden: str = ""

    def stand(self, jaar: int | None = None, deel: str = INKOMEN) -> pd.Series | None:
        """Row of the last known round of a year (this year by default); None when there is no round."""
        f = self.tabel
        f = f[(f["jaar"] == (self.jaar if jaar is None else jaar)) & (f["deel"] == deel) & (f["status"] != "macro")]
        return None if f.empty else f.iloc[-1]


TOELICHTING = (
    (
        "Saldo is budget min uitgaven op jaarbasis; negatief is een tekort. Op jaarbasis is twaalf keer het gemiddelde "
        "per maand zonder vakantiegeld, plus het vakantiegeld van het jaar."
    ),
    (
        "De marge van het saldo (80%) omvat de prognose van de uitgaven en het saldo op jaarbasis; de fouten van de "
        "maanden gaan daarin samen op."
    ),
)


def _uitgaven(
    bestand: Bestand, config: Config, reeksen: Reeksen | None, vooruitzicht: Vooruitzicht | None
) -> Uitgavenmonitor:
    """Own spending; an empty one, with the reason, where it cannot be derived."""
    try:
        reeksen = maak_reeksen(bestand, config) if reeksen is None else reeksen
        return maak_uitgaven(bestand, config, reeksen=reeksen, vooruitzicht=vooruitzicht)
    except GebruiksFout as fout:
        if not fout.code.startswith("KMP-Z"):
            raise
        return geen_uitgaven(config, f"Er is geen saldo: {fout.bericht}")


def _per_jaar(uitgaven: Uitgavenmonitor) -> dict[int, dict[str, float]]:
    eigen = uitgaven.jaren[uitgaven.jaren["gebied"] == "eigen"].drop(columns=["gebied"])
    return {int(r["jaar"]): {str(k): float(w) for k, w in r.items()} for r in eigen.to_dict("records")}


def _maanden(
    uitgaven: Uitgavenmonitor, budgetten: dict[int, tuple[str, float]], doel: float, jaar: int
) -> pd.DataFrame:
    """Spending per month of this year and the next, beside a twelfth of the budget and of the target of this year."""
    f = uitgaven.reeks("eigen")
    f = f[(f["maand"] >= f"{jaar:04d}-01") & (f["maand"] <= f"{jaar + 1:04d}-12")]
    vak = f["vakantiegeld"].fillna(0.0)
    jaren = f["maand"].str[:4].astype(int)
    deel = 1.0 - vak / f["uitgaven"]
    return pd.DataFrame(
        {
            "maand": f["maand"],
            "soort": f["soort"],
            "uitgaven": f["uitgaven"] - vak,
            "ondergrens": f["ondergrens"] * deel,
            "bovengrens": f["bovengrens"] * deel,
            "budget": jaren.map({j: b / 12.0 for j, (_, b) in budgetten.items()}).astype(float),
            "doel": (jaren == jaar).map({True: doel / 12.0, False: float("nan")}),
        }
    ).reset_index(drop=True)


def _bronnen(uitgaven: Uitgavenmonitor, rondes: pd.DataFrame, peildatum: dt.date) -> tuple[str, ...]:
    zinnen = list(uitgaven.bronnen)
    for deel in (INKOMEN, WERK):
        f = rondes[rondes["deel"] == deel]
        if f.empty:
            continue
        r = f.iloc[-1]
        dag = "datum onbekend"
        if pd.notna(r["datum"]):
            dag = f"van {r['datum']:%d-%m-%Y}, {(pd.Timestamp(peildatum) - r['datum']).days} dagen oud"
        zinnen.append(f"Budget {deel}: {r['status']} {r['jaar']} ({dag}).")
    return tuple(zinnen)


def _meldingen(
    bestand: Bestand,
    jaar: int,
    budgetten: dict[int, tuple[str, float]],
    mutatie: pd.DataFrame,
    jaren: dict[int, dict[str, float]],
) -> list[str]:
    zinnen = []
    if jaar not in budgetten:
        zinnen.append(f"Voor {jaar} is op de peildatum geen inkomensdeel bekend: vul [bron.budget] aan.")
    if "macro" not in bestand.overig:
        zinnen.append("Macro maal aandeel en scenario's ontbreken: daarvoor is [bron.macro] nodig.")
    if mutatie["macro_effect"].isna().any():
        zinnen.append(
            "Niet elke mutatie is te splitsen in een macro-effect en een aandeeleffect: zet in macro per ronde een "
            "regel met als scenario voorlopig, nader of definitief en het macrobudget van die ronde."
        )
    kort = [j for j, r in jaren.items() if 0 < r["maanden"] < 12 and j < jaar and j in budgetten]
    zinnen.extend(
        f"Van {j} zijn {jaren[j]['maanden']:.0f} maanden uitgaven bekend: het saldo is op jaarbasis gebracht."
        for j in kort
    )
    return zinnen


def maak_budget(
    bestand: Bestand,
    config: Config,
    *,
    uitgaven: Uitgavenmonitor | None = None,
    reeksen: Reeksen | None = None,
    vooruitzicht: Vooruitzicht | None = None,
    voortgang: Callable[[str, float], None] | None = None,
) -> Budgetmonitor:
    """Make the budgetmonitor.

    Only rounds of the budget with a date up to the peildatum exist; the last one of a year holds.

    Parameters
    ----------
    bestand : Bestand
    config : Config
    uitgaven : Uitgavenmonitor, optional
        Made when absent; where own spending cannot be derived, there is a budget without a balance.
    reeksen : Reeksen, optional
    vooruitzicht : Vooruitzicht, optional
    voortgang : function (step, share), optional

    Returns
    -------
    Budgetmonitor

    Raises
    ------
    GebruiksFout
        ``KMP-Z402`` when neither a budget nor macro x share is known on the peildatum.
    """
    if voortgang is not None:
        voortgang("budget", 0.0)
    if uitgaven is None:
        uitgaven = _uitgaven(bestand, config, reeksen, vooruitzicht)
    peildatum = config.gemeente.peildatum
    tot = laatste_hele_maand(peildatum)
    jaar = tot // 12
    rondes, zinnen = bekende_rondes(bestand, peildatum)
    macro = macrotabel(bestand, jaar)
    if rondes.empty and macro.empty:
        raise GebruiksFout(
            "KMP-Z402",
            f"op de peildatum ({peildatum:%d-%m-%Y}) is geen budget bekend: de tabel budget ontbreekt of heeft alleen "
            "rondes van later, en macro maal aandeel is er niet. Voeg [bron.budget] of [bron.macro] toe.",
        )
    jaren, budgetten = _per_jaar(uitgaven), geldend(rondes)
    stand, besteed, werkzinnen = werkdeelstanden(bestand, config, rondes[rondes["deel"] == WERK], tot)
    nu, budget = jaren.get(jaar), budgetten.get(jaar, ("", float("nan")))[1]
    doel = doelstand(config.budgetdoel, budget, nu)
    grens = {"budget": budget} | ({"doel": float(doel["jaarbedrag"].iloc[0])} if len(doel) else {})
    even, pad, padreden = _pad(uitgaven, {k: b for k, b in grens.items() if b > 0}, nu, jaar)
    mutatie = mutaties(rondes, macro)
    return Budgetmonitor(
        tabel=als_tabel([*inkomensrijen(rondes, jaren), *werkrijen(rondes, stand), *macrorijen(macro)]),
        gemeente=config.gemeente.naam,
        peildatum=peildatum,
        jaar=jaar,
        macro=macro,
        mutaties=mutatie,
        verwachting=verwachting(budgetten, jaren),
        doel=doel,
        evenwicht=even,
        pad=pad,
        padreden=padreden,
        vangnet=vangnetten(budgetten, jaren, jaar),
        werkdeel=stand,
        besteding=besteed,
        maanden=_maanden(uitgaven, budgetten, grens.get("doel", float("nan")), jaar),
        bronnen=_bronnen(uitgaven, rondes, peildatum),
        toelichting=(*TOELICHTING, *uitgaven.toelichting[:1], *werkzinnen, *zinnen),
        waarschuwingen=(
            *uitgaven.waarschuwingen,
            *_meldingen(bestand, jaar, budgetten, mutatie, jaren),
            *nulzinnen({j: bedrag for j, (_, bedrag) in budgetten.items()}, macro),
        ),
    )


def _pad(
    uitgaven: Uitgavenmonitor, grenzen: dict[str, float], nu: dict[str, float] | None, jaar: int
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Clients that fit within each limit, and the way there; empty while the year has no month of spending.

    Neither is there, for the reason returned, when part of what was spent or the number of clients now is unknown.
    """
    eigen = uitgaven.reeks("eigen")
    echt = eigen[(eigen["soort"] == "realisatie") & (eigen["maand"] <= uitgaven.laatste_maand)]
    leeg = evenwichten(jaar, {}, {}, 0.0)
    if nu is None or not nu["maanden"] or not nu["uitkeringen"] > 0 or nummer(uitgaven.laatste_maand) // 12 != jaar:
        return leeg, klantenpad(jaar, leeg, eigen), ""
    klanten = float(echt["uitkeringen"].iloc[-1])
    reden = _padreden(ontbrekende_maanden(eigen, uitgaven.laatste_maand), klanten, nu, uitgaven.laatste_maand)
    if reden and grenzen:
        return leeg, klantenpad(jaar, leeg, eigen), reden
    even = evenwichten(jaar, grenzen, nu, klanten)
    return even, klantenpad(jaar, even, eigen), ""


def _padreden(mist: tuple[str, ...], klanten: float, nu: dict[str, float], laatste: str) -> str:
    """Say what is unknown that the path needs; empty when nothing is."""
    if mist:
        woorden = f"{', '.join(mist[:-1])}{' en ' if len(mist) > 1 else ''}{mist[-1]}"
        return (
            f"Van {laatste[:4]} ontbreken de uitgaven van {woorden}, en wat toen is uitgegeven, gaat van het budget af."
        )
    if not klanten > 0:
        return f"Het aantal uitkeringen van {laatste} is niet bekend."
    if math.isnan(nu["uitgaven_jaarbasis"]):
        return f"Hoeveel vakantiegeld er in {laatste[:4]} nog komt, is niet bekend."
    return ""
