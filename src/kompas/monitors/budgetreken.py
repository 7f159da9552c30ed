"""Parts of the budgetmonitor: rounds, rows of the table, mutations, macro x share, expectation, target, path."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Budgetdoel
from kompas.monitors.budgetregels import (
    ONBEKEND,
    Evenwicht,
    budgetdeel,
    buffer,
    evenwicht,
    kans_onder,
    mutatie,
    standaardfout,
    vangnetstand,
)
from kompas.monitors.maanden import naam

STATUSSEN = ("voorlopig", "nader", "definitief")
DEKKING = (0.8, 0.9)
INKOMEN, WERK = "inkomensdeel", "werkdeel"
KOLOMMEN = (
    *("jaar", "status", "deel", "scenario", "budget", "budget_maand", "uitgaven_tot_nu", "maanden"),
    *("uitgaven_jaarbasis", "uitgaven_maand", "saldo", "saldo_fractie", "ondergrens", "bovengrens"),
)


def bekende_rondes(bestand: Bestand, peildatum: dt.date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rounds of the budget that are known on the peildatum, in the order in which they came.

    Returns
    -------
    DataFrame
        jaar, deel, status, datum (NaT unknown), bedrag; sorted by deel, jaar, status, date: the last of a year holds.
    tuple of str
    """
    b = bestand.overig.get("budget")
    kolommen = ["jaar", "deel", "status", "datum", "bedrag"]
    if b is None or b.empty:
        return pd.DataFrame(columns=kolommen), ()
    later = b["peildatum"] > pd.Timestamp(peildatum)
    b = b[~later & b["bedrag"].notna()].rename(columns={"peildatum": "datum"})
    rang = b["status"].map({s: i for i, s in enumerate(STATUSSEN)})
    uit = b.assign(rang=rang).sort_values(["deel", "jaar", "rang", "datum"], kind="stable", na_position="first")
    zinnen = []
    if later.any():
        zinnen.append(f"{int(later.sum())} rondes van het budget zijn van na de peildatum en bestaan nog niet.")
    if uit["datum"].isna().any():
        zinnen.append("Rondes van het budget zonder peildatum tellen als bekend; vul de kolom peildatum van budget in.")
    return uit[kolommen].reset_index(drop=True), tuple(zinnen)


def macrotabel(bestand: Bestand, jaar_nu: int) -> pd.DataFrame:
    """Macro x share per year and scenario (grafiek 8 and 9 of the essay).

    Realised rows of this year and later are left out: they are not known yet.

    Returns
    -------
    DataFrame
        jaar, scenario, macrobudget, macro_uitgaven, aandeel_budget, aandeel_uitgaven, gat (share of spending less share
        of budget), gat_euro (``gat * macro_uitgaven``), budget, uitgaven, saldo, saldo_fractie.
    """
    m = bestand.overig.get("macro")
    basis = ["jaar", "scenario", "macrobudget", "macro_uitgaven", "aandeel_budget", "aandeel_uitgaven"]
    extra = ["gat", "gat_euro", "budget", "uitgaven", "saldo", "saldo_fractie"]
    if m is None or m.empty:
        return pd.DataFrame(columns=[*basis, *extra])
    m = m.assign(scenario=m["scenario"].astype(object).where(m["scenario"].notna(), "basis"))
    m = m[~((m["scenario"] == "realisatie") & (m["jaar"] >= jaar_nu))]
    budget, uitgaven = m["macrobudget"] * m["aandeel_budget"], m["macro_uitgaven"] * m["aandeel_uitgaven"]
    gat = m["aandeel_uitgaven"] - m["aandeel_budget"]
    uit = m.assign(gat=gat, gat_euro=gat * m["macro_uitgaven"], budget=budget, uitgaven=uitgaven)
    uit = uit.assign(saldo=budget - uitgaven, saldo_fractie=(budget - uitgaven) / budget.where(budget > 0))
    return uit.sort_values(["scenario", "jaar"], kind="stable", ignore_index=True)[[*basis, *extra]]


def nulzinnen(budgetten: Mapping[int, float], macro: pd.DataFrame) -> tuple[str, ...]:
    """Ask what a budget of nothing means: nothing can be said as a part of it.

    Parameters
    ----------
    budgetten : mapping of int to float
        Income part per year.
    macro : DataFrame
        See `macrotabel`.
    """
    zinnen = [
        f"Het inkomensdeel van {jaar} is {bedrag:.0f}: is het onbekend? Laat het bedrag dan leeg in [bron.budget]. Van "
        "een budget dat niet boven nul ligt, is er geen deel, geen kans en geen buffer."
        for jaar, bedrag in budgetten.items()
        if bedrag <= 0
    ]
    jaren = sorted({int(j) for j in macro.loc[macro["budget"] <= 0, "jaar"]})
    if jaren:
        woorden = ", ".join(map(str, jaren))
        zinnen.append(
            f"In macro is macrobudget maal aandeel_budget 0 of minder in {woorden}: is het onbekend? Laat het dan leeg."
        )
    return tuple(zinnen)


def _rij(jaar: int, status: str, deel: str, scenario: str, budget: float) -> dict[str, object]:
    leeg: dict[str, object] = dict.fromkeys(KOLOMMEN, ONBEKEND)
    return leeg | {
        "jaar": jaar,
        "status": status,
        "deel": deel,
        "scenario": scenario,
        "budget": budget,
        "budget_maand": budget / 12.0,
        "maanden": 0,
    }


def _saldo(rij: dict[str, object], budget: float, uitgaven: float) -> dict[str, object]:
    saldo = budget - uitgaven
    return rij | {
        "uitgaven_jaarbasis": uitgaven,
        "saldo": saldo,
        "saldo_fractie": budgetdeel(saldo, budget),
    }


def inkomensrijen(rondes: pd.DataFrame, jaren: Mapping[int, Mapping[str, float]]) -> list[dict[str, object]]:
    """Rows of the income part: each known round against the spending of its year.

    The interval of the balance runs from the lower to the upper end of the expectation, and holds the balance at this
    year's pace: both are views of the months to come.
    """
    rijen = []
    for r in rondes[rondes["deel"] == INKOMEN].itertuples():
        j = jaren.get(int(r.jaar), {})
        maanden = int(j.get("maanden", 0))
        scenario = "realisatie" if maanden == 12 else "jaarbasis" if maanden else "prognose"
        budget = float(r.bedrag)
        uitgaven = float(j.get("uitgaven_jaarbasis" if maanden else "verwacht", ONBEKEND))
        rij = _saldo(_rij(int(r.jaar), str(r.status), INKOMEN, scenario, budget), budget, uitgaven)
        rij |= {"maanden": maanden, "uitgaven_tot_nu": j.get("uitgaven_tot_nu", ONBEKEND)}
        rij["uitgaven_maand"] = j.get("uitgaven_maand", ONBEKEND)
        if maanden < 12 and j and math.isfinite(float(j["bovengrens"])):
            saldo = budget - uitgaven
            rij["ondergrens"] = min(budget - float(j["bovengrens"]), saldo)
            rij["bovengrens"] = max(budget - float(j["ondergrens"]), saldo)
        rijen.append(rij)
    return rijen


def werkrijen(rondes: pd.DataFrame, stand: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of the work part: each known round against the cost of deployments."""
    per = {int(r["jaar"]): r for r in stand.to_dict("records")}
    rijen = []
    for r in rondes[rondes["deel"] == WERK].itertuples():
        w = per.get(int(r.jaar), {})
        maanden = int(w.get("maanden", 0))
        scenario = "realisatie" if maanden == 12 else "jaarbasis" if maanden else "prognose"
        budget = float(r.bedrag)
        rij = _rij(int(r.jaar), str(r.status), WERK, scenario, budget)
        rij = _saldo(rij, budget, float(w.get("jaarbasis", np.nan)))
        besteed = float(w.get("besteed", np.nan))
        per_maand = besteed / maanden if maanden else ONBEKEND
        rijen.append(rij | {"maanden": maanden, "uitgaven_tot_nu": besteed, "uitgaven_maand": per_maand})
    return rijen


def macrorijen(macro: pd.DataFrame) -> list[dict[str, object]]:
    """Rows of macro x share: status ``macro``, one per year and scenario; rounds in the table macro are no scenario."""
    los = macro[~macro["scenario"].isin(STATUSSEN)]
    rijen = []
    for r in los.itertuples():
        budget = float(r.budget)
        rij = _rij(int(r.jaar), "macro", INKOMEN, str(r.scenario), budget)
        rijen.append(_saldo(rij, budget, float(r.uitgaven)))
    return rijen


def als_tabel(rijen: list[dict[str, object]]) -> pd.DataFrame:
    """Rows in the order of the contract: by year, deel, round, scenario."""
    f = pd.DataFrame(rijen, columns=list(KOLOMMEN))
    rang = {s: i for i, s in enumerate((*STATUSSEN, "macro"))}
    f = f.assign(_rang=f["status"].map(rang)).sort_values(["jaar", "deel", "_rang", "scenario"], kind="stable")
    getal = {k: np.float64 for k in KOLOMMEN if k not in {"jaar", "status", "deel", "scenario", "maanden"}}
    return f.drop(columns="_rang").astype({**getal, "jaar": np.int64, "maanden": np.int64}).reset_index(drop=True)


def _macro_van(macro: pd.DataFrame, jaar: int, status: str, *, ronde: bool) -> float:
    """National budget at a round: the row named after it; between years also the realised or the only one."""
    hier = macro[macro["jaar"] == jaar]
    for scenario in (status, *(() if ronde else ("realisatie",))):
        rij = hier[hier["scenario"] == scenario]["macrobudget"].dropna()
        if len(rij):
            return float(rij.iloc[0])
    enig = hier["macrobudget"].dropna().unique()
    return float(enig[0]) if not ronde and len(enig) == 1 else ONBEKEND


MUTATIES = ("soort", "van", "naar", "bedrag_van", "bedrag_naar", "mutatie", "macro_effect", "aandeel_effect")


def mutaties(rondes: pd.DataFrame, macro: pd.DataFrame) -> pd.DataFrame:
    """Changes of the income part between rounds, and from the last round of a year to that of the next.

    Returns
    -------
    DataFrame
        soort (ronde, jaar), van, naar ('2007 nader'), bedrag_van, bedrag_naar, mutatie = macro_effect + aandeel_effect
        (nan when the national budget of a round is unknown).
    """
    r = rondes[rondes["deel"] == INKOMEN]
    laatste = r.groupby("jaar", sort=True).tail(1)
    rijen = []
    for soort, f in (("ronde", r), ("jaar", laatste)):
        lijst = f.to_dict("records")
        for a, b in itertools.pairwise(lijst):
            if (b["jaar"] - a["jaar"]) != (0 if soort == "ronde" else 1):
                continue
            m0, m1 = (_macro_van(macro, int(x["jaar"]), str(x["status"]), ronde=soort == "ronde") for x in (a, b))
            effect = mutatie(m0, m1, float(a["bedrag"]), float(b["bedrag"]))
            rijen.append(
                (
                    *(soort, f"{a['jaar']} {a['status']}", f"{b['jaar']} {b['status']}"),
                    *(a["bedrag"], b["bedrag"], b["bedrag"] - a["bedrag"], *effect),
                )
            )
    return pd.DataFrame(rijen, columns=list(MUTATIES))


def geldend(rondes: pd.DataFrame) -> dict[int, tuple[str, float]]:
    """Last known round of the income part per year: status and amount."""
    r = rondes[rondes["deel"] == INKOMEN].groupby("jaar", sort=True).tail(1)
    return {int(j): (str(s), float(b)) for j, s, b in zip(r["jaar"], r["status"], r["bedrag"], strict=True)}


def verwachting(budgetten: Mapping[int, tuple[str, float]], jaren: Mapping[int, Mapping[str, float]]) -> pd.DataFrame:
    """Expected balance of years that are not over, with the amounts that cover a share of the outcomes.

    Returns
    -------
    DataFrame
        jaar, status, budget, verwacht (spending), ondergrens, bovengrens (80%, of spending), saldo, saldo_fractie,
        kans_tekort, and per share spreiding_80, buffer_80, spreiding_90, buffer_90 (see `budgetregels.buffer`).
    """
    rijen = []
    for jaar, (status, bedrag) in budgetten.items():
        j = jaren.get(jaar)
        if j is None or j["maanden"] == 12 or not math.isfinite(j["verwacht"]):
            continue
        sd = standaardfout(j["verwacht"], j["bovengrens"])
        saldo = bedrag - j["verwacht"]
        rij = {"jaar": jaar, "status": status, "budget": bedrag}
        rij |= {k: j[k] for k in ("verwacht", "ondergrens", "bovengrens")}
        rij |= {"saldo": saldo, "saldo_fractie": budgetdeel(saldo, bedrag)}
        grens = bedrag if bedrag > 0 else ONBEKEND  # a budget of nothing is a question, and no ground for a buffer
        rij |= {"kans_tekort": 1.0 - kans_onder(grens, j["verwacht"], sd)}
        for d in DEKKING:
            s, nodig = buffer(j["verwacht"], sd, grens, d)
            rij |= {f"spreiding_{100 * d:.0f}": s, f"buffer_{100 * d:.0f}": nodig}
        rijen.append(rij)
    eind = [f"{k}_{100 * d:.0f}" for d in DEKKING for k in ("spreiding", "buffer")]
    basis = [
        "jaar",
        "status",
        "budget",
        "verwacht",
        "ondergrens",
        "bovengrens",
        "saldo",
        "saldo_fractie",
        "kans_tekort",
    ]
    return pd.DataFrame(rijen, columns=[*basis, *eind])


DOELKOLOMMEN = ("vorm", "doel", "jaarbasis", "verwacht", "ruimte", "kans", "jaarbedrag")


def doelstand(doel: Budgetdoel, budget: float, j: Mapping[str, float] | None) -> pd.DataFrame:
    """One row for the target of the config, in the unit of the target.

    Returns
    -------
    DataFrame
        vorm (totaal, per_maand, deel_van_budget), doel, jaarbasis (where this year's pace leads), verwacht (by the
        forecast), ruimte (doel - jaarbasis), kans (that the target is met), jaarbedrag (the target as euro per year,
        holiday allowance included). ``per_maand`` is without holiday allowance. Empty without a target.
    """
    vorm = next((v for v in ("totaal", "per_maand", "deel_van_budget") if getattr(doel, v) is not None), None)
    if vorm is None:
        return pd.DataFrame(columns=list(DOELKOLOMMEN))
    waarde = float(getattr(doel, vorm))
    j, heel = j or {}, budget if budget > 0 else ONBEKEND
    vak = float(j.get("vakantiegeld", ONBEKEND))
    schaal, af = {"totaal": (1.0, 0.0), "per_maand": (12.0, vak), "deel_van_budget": (heel, 0.0)}[vorm]
    jaarbasis, verwacht, hoog = (float(j.get(k, ONBEKEND)) for k in ("uitgaven_jaarbasis", "verwacht", "bovengrens"))
    jaarbedrag = waarde * schaal + af
    rij = {
        "vorm": vorm,
        "doel": waarde,
        "jaarbasis": (jaarbasis - af) / schaal,
        "verwacht": (verwacht - af) / schaal,
        "ruimte": waarde - (jaarbasis - af) / schaal,
        "kans": kans_onder(jaarbedrag, verwacht, standaardfout(verwacht, hoog)),
        "jaarbedrag": jaarbedrag,
    }
    return pd.DataFrame([rij], columns=list(DOELKOLOMMEN))


EVENWICHT = (
    *("jaar", "grens", "bedrag", "prijs_jaar", "nu", "jaargemiddelde", "rest_gemiddelde", "eindstand", "haalbaar"),
)


def evenwichten(jaar: int, grenzen: Mapping[str, float], j: Mapping[str, float], nu: float) -> pd.DataFrame:
    """Clients that fit within the budget and within the target; see `kompas.monitors.budgetregels.evenwicht`."""
    rijen = []
    for wat, bedrag in grenzen.items():
        e: Evenwicht = evenwicht(
            bedrag,
            tot_nu=j["uitgaven_tot_nu"],
            maanden=int(j["maanden"]),
            prijs_maand=j["uitgaven_maand"] / j["uitkeringen"],
            vakantiegeld_rest=j["vakantiegeld"] - j["vakantiegeld_tot_nu"],
            prijs_jaar=j["uitgaven_jaarbasis"] / j["uitkeringen"],
            nu=nu,
        )
        rij = {k: getattr(e, k) for k in EVENWICHT if k not in {"jaar", "grens", "bedrag", "nu"}}
        rijen.append({"jaar": jaar, "grens": wat, "bedrag": bedrag, "nu": nu, **rij})
    return pd.DataFrame(rijen, columns=list(EVENWICHT))


def klantenpad(jaar: int, even: pd.DataFrame, eigen: pd.DataFrame) -> pd.DataFrame:
    """Months of the year: clients so far, expected, and the straight line to each limit.

    Returns
    -------
    DataFrame
        maand, lijn (realisatie, prognose, budget, doel), uitkeringen.
    """
    deel = eigen[eigen["maand"].str[:4] == f"{jaar:04d}"]
    basis = deel.rename(columns={"soort": "lijn"})[["maand", "lijn", "uitkeringen"]]
    echt = basis[basis["lijn"] == "realisatie"].dropna(subset=["uitkeringen"])
    stukken = [basis.dropna(subset=["uitkeringen"])]
    n = int(echt["maand"].iloc[-1][5:]) if len(echt) else 0
    for r in even.dropna(subset=["eindstand"]).itertuples():
        k = np.arange(0, 12 - n + 1)
        lijn = r.nu + (r.eindstand - r.nu) * k / max(12 - n, 1)
        maanden = [naam(12 * jaar + n - 1 + int(i)) for i in k]
        stukken.append(pd.DataFrame({"maand": maanden, "lijn": str(r.grens), "uitkeringen": lijn}))
    stukken = [s for s in stukken if len(s)]
    return pd.concat(stukken, ignore_index=True) if stukken else basis


VANGNET = (
    *("jaar", "budget", "uitgaven", "tekort", "tekort_fractie", "drempel", "cumulatief", "drempel_cumulatief"),
    *("recht", "bron", "zin", "maanden", "status"),
)


def vangnetten(
    budgetten: Mapping[int, tuple[str, float]], jaren: Mapping[int, Mapping[str, float]], jaar_nu: int
) -> pd.DataFrame:
    """Deficit of each year up to this one against the rule of that year; this year on a yearly basis."""
    rijen = []
    for jaar in sorted(j for j in budgetten if j <= jaar_nu and j in jaren):
        keten: list[int] = []
        while jaar - len(keten) in budgetten and jaar - len(keten) in jaren:
            keten.append(jaar - len(keten))
        keten.reverse()
        tekorten = [jaren[j]["uitgaven_jaarbasis"] - budgetten[j][1] for j in keten]
        v = vangnetstand(
            jaar,
            tekorten,
            [budgetten[j][1] for j in keten],
            onvolledig=[j for j in keten if jaren[j]["maanden"] < 12],
            voorlopig=[j for j in keten if budgetten[j][0] != STATUSSEN[-1]],
        )
        rij = {k: getattr(v, k) for k in VANGNET if k not in {"budget", "uitgaven", "maanden", "status"}}
        rij |= {"budget": budgetten[jaar][1], "uitgaven": jaren[jaar]["uitgaven_jaarbasis"]}
        rijen.append(rij | {"maanden": int(jaren[jaar]["maanden"]), "status": budgetten[jaar][0]})
    return pd.DataFrame(rijen, columns=list(VANGNET))
