"""Pictures of the outlook: the caseload with its interval, who stays and who comes, what a change would do."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kompas.weergave.getallen import aantal, klein_aantal, maandnaam, percent
from kompas.weergave.lijnen import lijnplaat
from kompas.weergave.platen import Grafiek

JAAR = 12
KLEIN = 10


def meer_of_minder(verschil: float, van: float, wat: str = "") -> str:
    """Return a difference in words, with its share.

    Examples
    --------
    >>> meer_of_minder(-70.0, 1000.0), meer_of_minder(0.2, 1000.0), meer_of_minder(2.0, 0.0, "huishoudens")
    ('70 minder (−7,0%)', 'evenveel', '2 huishoudens meer')
    """
    if abs(verschil) < 0.5:
        return "evenveel"
    deel = f" ({percent(verschil / van, 1)})" if van > 0 else ""
    if wat and round(abs(verschil)) == 1:
        wat = wat.removesuffix("s")
    return f"{aantal(abs(verschil))} {wat + ' ' if wat else ''}{'meer' if verschil > 0 else 'minder'}{deel}"


def ver_weg(v: Any) -> list[Mapping[Hashable, Any]]:
    """Rows of the table to tell about: a year ahead and the last one, as far as there is a figure."""
    t = v.tabel[v.tabel["uitkeringen"].notna()]
    plek = sorted({min(JAAR, len(t)) - 1, len(t) - 1}) if len(t) else []
    return [t.iloc[k].to_dict() for k in plek]


def hoofdzinnen(v: Any) -> tuple[str, ...]:
    """What the outlook says, the sentence that matters first."""
    zinnen = []
    for r in ver_weg(v):
        nu = f"eind {maandnaam(v.laatste_maand)} ({klein_aantal(v.stand)})"
        band = f"80%-interval {aantal(r['ondergrens'])} tot {aantal(r['bovengrens'])}"
        zinnen.append(
            f"Eind {maandnaam(str(r['maand']))} zijn er naar verwachting {klein_aantal(round(r['uitkeringen']))} "
            f"huishoudens met bijstand in {v.gemeente}: {meer_of_minder(r['uitkeringen'] - v.stand, v.stand)} dan "
            f"{nu}; {band}."
        )
    return tuple(zinnen) or (f"{v.gemeente}: over het bestand in de komende maanden is geen uitspraak mogelijk.",)


def verloop(v: Any) -> Grafiek:
    """Draw the expected caseload with its interval, beside the series forecast alone and the path without a change."""
    was = v.realisatie.rename(columns={"uitkeringen": "waarde"})
    delen = [
        was[(was["waarde"] == 0) | (was["waarde"] >= KLEIN)].assign(lijn="Bestand", soort="realisatie"),
        v.tabel.assign(lijn="Bestand", soort="prognose").rename(columns={"uitkeringen": "waarde"}),
    ]
    if v.tabel["methode"].isin(["klantmodel", "cohorten", "combinatie"]).any():
        delen.append(v.tabel.assign(lijn="Alleen tijdreeks", soort="prognose", waarde=v.tabel["tijdreeks"]))
    if v.wat_als is not None:
        eerste = v.wat_als["onderdeel"].iloc[0]
        basis = v.wat_als[v.wat_als["onderdeel"] == eerste]
        anders = basis.assign(lijn="Zonder de verandering", soort="prognose", waarde=basis["basis"])
        delen.append(anders[["maand", "lijn", "soort", "waarde"]])
    kolommen = ["maand", "lijn", "soort", "waarde", "ondergrens", "bovengrens"]
    f = pd.concat([d.reindex(columns=kolommen) for d in delen if len(d)], ignore_index=True)
    f.loc[f["lijn"] != "Bestand", ["ondergrens", "bovengrens"]] = np.nan
    return lijnplaat(
        f, titel=f"{v.gemeente}: vooruitzicht van het bestand", y_titel="Huishoudens", zinnen=hoofdzinnen(v)
    )


def opbouw(v: Any) -> Grafiek:
    """Draw who is still there of the running clients, and with those who came since."""
    t = v.tabel
    f = pd.concat(
        [
            t.assign(lijn="Alle huishoudens", waarde=t["uitkeringen"]),
            t.assign(lijn="Wie er nu al is", waarde=t["blijvers"]),
        ],
        ignore_index=True,
    ).assign(soort="prognose")[["maand", "lijn", "soort", "waarde"]]
    return lijnplaat(
        f,
        titel=f"{v.gemeente}: wie blijft en wie erbij komt",
        y_titel="Huishoudens",
        zinnen=opbouwzinnen(v),
        vanaf_nul=True,
    )


def opbouwzinnen(v: Any) -> tuple[str, ...]:
    """How many of the running clients stay; nothing where that is unknown or would show a small number."""
    zinnen = []
    for r in ver_weg(v):
        if np.isnan(r["blijvers"]) or min(r["blijvers"], r["nieuwe"]) < KLEIN:
            continue
        zinnen.append(
            f"Van wie er eind {maandnaam(v.laatste_maand)} is, heeft {percent(r['blijvers'] / v.stand)} eind "
            f"{maandnaam(str(r['maand']))} nog bijstand ({aantal(r['blijvers'])}); dan zijn er {aantal(r['nieuwe'])} "
            "bijgekomen die er nog zijn."
        )
    return tuple(zinnen)


def notitietabel(v: Any) -> pd.DataFrame:
    """The table of a notebook: months with their interval and flows."""
    t: pd.DataFrame = v.tabel
    return t[["maand", "uitkeringen", "ondergrens", "bovengrens", "instroom", "uitstroom", "methode"]]


PLATEN: Mapping[str, Callable[[Any], Grafiek]] = {"verloop": verloop, "blijvers": opbouw}
