"""Pictures of the uitgavenmonitor: spending per month, price against others, the bridge with last year."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.weergave.getallen import euro, getal, percent
from kompas.weergave.grafieken import _GRIJS, _INKT, _KLEUREN, _LETTER, _tekening
from kompas.weergave.lijnen import lijnplaat
from kompas.weergave.platen import Grafiek

JAREN = 4  # years of realised months in a picture
GEBIEDNAMEN = {
    "eigen": "Eigen gemeente",
    "referentie": "Referentiegemeenten",
    "regio": "Regio",
    "g27": "G27",
    "nederland": "Nederland",
}
BRUGNAMEN = {
    "vorig": "Een jaar eerder",
    "volume": "Volume: aantal uitkeringen",
    "prijs": "Prijs per uitkering",
    "mix": "Mix naar leefvorm",
    "vakantiegeld": "Vakantiegeld",
    "nu": "Nu",
}
_GROOT = 1e6
_BREEDTE = 380


def bedrag(waarde: Any) -> str:
    """Return an amount in words: in millions from a million, else in euro.

    Examples
    --------
    >>> [bedrag(x).replace(chr(160), " ") for x in (19_826_019.0, -4_660_195.0, 13421.3, None)]
    ['€ 19,8 miljoen', '€ −4,7 miljoen', '€ 13.421', 'onbekend']
    """
    if pd.isna(waarde):
        return euro(waarde)
    return f"€\N{NO-BREAK SPACE}{getal(waarde / _GROOT, 1)} miljoen" if abs(waarde) >= _GROOT else euro(waarde)


def _recent(f: pd.DataFrame) -> pd.DataFrame:
    """Keep the last years of realised months, and the forecast."""
    echt = f[f["soort"] == "realisatie"]
    if echt.empty:
        return f
    jaar = int(str(echt["maand"].max())[:4]) - JAREN
    return f[f["maand"] > f"{jaar:04d}-12"]


def uitgaven(u: Any) -> Grafiek:
    """Draw own spending per month without holiday allowance, with its forecast."""
    f = _recent(u.reeks("eigen"))
    deel = 1.0 - f["vakantiegeld"].fillna(0.0) / f["uitgaven"].where(f["uitgaven"] != 0)
    frame = pd.DataFrame({"maand": f["maand"], "soort": f["soort"], "lijn": u.gemeente, "waarde": f["uitgaven"] * deel})
    frame = frame.assign(**{k: f[k] * deel for k in ("ondergrens", "bovengrens")})
    return lijnplaat(
        frame,
        titel=f"{u.gemeente}: uitgaven per maand zonder vakantiegeld",
        y_titel="Euro per maand",
        eenheid="euro",
    )


def prijs(u: Any) -> Grafiek:
    """Draw the price per benefit of each area."""
    f = _recent(u.to_frame())
    f = f[(f["soort"] == "realisatie") | (f["gebied"] == "eigen")]
    frame = f.assign(lijn=f["gebied"].map({**GEBIEDNAMEN, "eigen": u.gemeente}), waarde=f["prijs"])
    zinnen = tuple(
        f"{GEBIEDNAMEN.get(str(r.gebied), str(r.gebied)) if r.gebied != 'eigen' else u.gemeente}: {euro(r.prijs)} per "
        f"uitkering per maand, {r.van} tot en met {r.tot}."
        for r in u.vergelijking.itertuples()
    )
    return lijnplaat(
        frame[["maand", "lijn", "waarde", "soort"]],
        titel="Prijs per uitkering per maand, zonder vakantiegeld",
        y_titel="Euro per uitkering",
        eenheid="euro",
        zinnen=zinnen,
    )


def brugzin(rij: pd.DataFrame) -> tuple[str, ...]:
    """What a bridge says, in sentences; ``rij`` holds one period."""
    per = rij.set_index("component")["bedrag"]
    verschil = float(per["nu"] - per["vorig"])
    deel = verschil / float(per["vorig"]) if per["vorig"] else float("nan")
    kop = (
        f"Over {rij['basis'].iloc[0]} zijn de uitgaven {bedrag(abs(verschil))} "
        f"{'hoger' if verschil > 0 else 'lager'} ({percent(deel, 1)})."
    )
    stukken = [
        f"{BRUGNAMEN[c].partition(':')[0].lower()} {euro(per[c])}"
        for c in ("volume", "prijs", "mix", "vakantiegeld")
        if not np.isnan(per[c])
    ]
    return kop, f"Daarvan komt door: {', '.join(stukken)}."


def _balken(f: pd.DataFrame) -> Any:
    as_y = alt.Axis(labelLimit=330, labelPadding=6, domain=False, ticks=False, grid=False)
    y = alt.Y("naam:N", sort=list(f["naam"]), title=None, axis=as_y)
    as_x = alt.Axis(title="Verschil in euro", tickCount=5, format=",d")
    nul = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=_GRIJS, strokeWidth=1.2).encode(x="x:Q")
    balk = (
        alt.Chart(f)
        .mark_bar(fill=_KLEUREN[0], stroke=_INKT, strokeWidth=0.8, size=18)
        .encode(y=y, x=alt.X("bedrag:Q", axis=as_x), x2="nul:Q")
    )
    tekst = (
        alt.Chart(f)
        .mark_text(align="left", fontSize=12, color=_INKT, font=_LETTER)
        .encode(y=y, x=alt.value(_BREEDTE + 10), text="woorden:N")
    )
    return alt.layer(nul, balk, tekst).properties(width=_BREEDTE, height=max(1, len(f)) * 36)


def brugtabel(u: Any) -> pd.DataFrame:
    """Return the bridge that is shown: of this year so far, else of the last twelve months; may be empty."""
    for periode in ("dit_jaar", "twaalf_maanden"):
        f = u.brug[u.brug["periode"] == periode]
        if len(f):
            return f.reset_index(drop=True)
    leeg: pd.DataFrame = u.brug
    return leeg


def brug(u: Any) -> Grafiek:
    """Draw what made spending differ from a year before."""
    alles = brugtabel(u)
    titel = f"{u.gemeente}: uitgaven tegen een jaar eerder"
    f = alles[~alles["component"].isin(["vorig", "nu"])].dropna(subset=["bedrag"])
    f = f.assign(naam=f["component"].map(BRUGNAMEN), nul=0.0, woorden=[euro(b) for b in f["bedrag"]])
    zinnen = (
        brugzin(alles) if len(alles) else (f"{lees_begrippen().label('uitgaven')}: geen vergelijking met vorig jaar.",)
    )
    return Grafiek(titel=titel, tekening=_tekening(_balken(f), titel, " ".join(zinnen)), zinnen=zinnen)


def jarentabel(u: Any) -> pd.DataFrame:
    """Own spending per year, for a notebook."""
    kolommen = ["jaar", "maanden", "uitgaven_tot_nu", "uitgaven_maand", "uitgaven_jaarbasis", "verwacht"]
    f: pd.DataFrame = u.jaren.loc[u.jaren["gebied"] == "eigen", kolommen].iloc[::-1]
    f = f.dropna(subset=["uitgaven_jaarbasis", "verwacht"], how="all")
    return f.rename(columns={"verwacht": "uitgaven_verwacht"}).reset_index(drop=True)


PLATEN = {"uitgaven": uitgaven, "prijs": prijs, "brug": brug}
