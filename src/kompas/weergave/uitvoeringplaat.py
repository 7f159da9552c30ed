"""Pictures of the uitvoeringsmonitor: signals beside each other, the funnel of the teams, a kengetal through time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from kompas.catalogusreken import KLEINST
from kompas.monitors.casemix import Z95, Z998, grenzen
from kompas.monitors.kengetallen import KENGETALLEN
from kompas.monitors.signaal import GEEN, GROEN, ORANJE, ROOD
from kompas.weergave.getallen import aantal, getal, maandnaam, percent
from kompas.weergave.grafieken import _GRIJS, _INKT, _KLEUREN, _LETTER, _tekening
from kompas.weergave.lijnen import Eenheid, lijnplaat
from kompas.weergave.platen import Grafiek, _kies
from kompas.weergave.tekenaar import Tekening
from kompas.weergave.uitvoeringcijfers import NIET_GETOOND, stand, trechterverborgen, waarde

_SIGNALEN = (GROEN, ORANJE, ROOD)
_TINTEN = ("#3F6B2A", "#B4510A", "#A61B45")
_VORM = ("circle", "triangle-up", "square")
_GRENS = 0.6  # further from the norm than this the mark stands at the edge
_BREEDTE = 430


def _met_norm(f: pd.DataFrame, niveau: str, eenheid: str | None) -> pd.DataFrame:
    f = f[(f["niveau"] == niveau) & (f["signaal"] != GEEN) & ~f["verborgen"]]
    return f if eenheid is None else f[f["eenheid"] == eenheid]


def _hoofdniveau(u: Any) -> str:
    return str(u.tabel["niveau"].iloc[0])


def signalen(u: Any, groep: str | None = None, *, cijfers: pd.DataFrame | None = None) -> Grafiek:
    """Draw how far each kengetal is from its norm, for the town or for one unit (``groep``).

    ``cijfers`` is `stand` of the monitor, when many pictures are made.
    """
    if groep is None:
        niveau, eenheid = _hoofdniveau(u), str(u.tabel["eenheid"].iloc[0])
    else:
        rij = _kies(u.tabel.rename(columns={"eenheid": "groep"}), "groep", groep).iloc[0]
        niveau, eenheid = str(rij["niveau"]), groep
    f = _met_norm(stand(u) if cijfers is None else cijfers, niveau, eenheid)
    titel = f"{eenheid}: kengetallen tegenover hun norm, {maandnaam(u.laatste_maand)}"
    namen = [KENGETALLEN[k].label for k in f["kengetal"]]
    slechter = np.array([-1.0 if KENGETALLEN[k].richting == "hoger" else 1.0 for k in f["kengetal"]])
    norm = f["norm_tot_nu"].to_numpy(dtype=np.float64)
    beter = -slechter * (f["realisatie"].to_numpy(dtype=np.float64) - norm) / np.where(norm != 0, np.abs(norm), np.nan)
    woorden = [
        f"{waarde(k, r)} (norm {waarde(k, n)}): {s}"
        for k, r, n, s in zip(f["kengetal"], f["realisatie"], f["norm_tot_nu"], f["signaal"], strict=True)
    ]
    zinnen = tuple(f"{n}: {w}." for n, w in zip(namen, woorden, strict=True))
    if not namen:
        return Grafiek(titel=titel, tekening=_leeg(titel), zinnen=("Er is geen kengetal met een norm.",))
    data = pd.DataFrame({"naam": namen, "x": np.clip(beter, -_GRENS, _GRENS), "signaal": f["signaal"].to_numpy()})
    return Grafiek(
        titel=titel, tekening=_tekening(_strook(data.assign(woorden=woorden)), titel, " ".join(zinnen)), zinnen=zinnen
    )


def _leeg(titel: str) -> Tekening:
    punt = pd.DataFrame({"t": ["Er is geen kengetal met een norm."]})
    return _tekening(alt.Chart(punt).mark_text(font=_LETTER, color=_INKT).encode(text="t:N"), titel, "Geen gegevens.")


def _strook(f: pd.DataFrame) -> Any:
    y = alt.Y(
        "naam:N", sort=list(f["naam"]), title=None, axis=alt.Axis(labelLimit=260, domain=False, ticks=False, grid=True)
    )
    as_x = alt.Axis(title="Slechter dan de norm  ←  0%  →  beter dan de norm", format=".0%", grid=False, tickCount=5)
    x = alt.X("x:Q", axis=as_x, scale=alt.Scale(domain=[-_GRENS - 0.03, _GRENS + 0.03], nice=False))
    soort: dict[str, Any] = {"title": "Signaal", "scale": alt.Scale(domain=list(_SIGNALEN), range=list(_TINTEN))}
    vorm = alt.Shape("signaal:N", title="Signaal", scale=alt.Scale(domain=list(_SIGNALEN), range=list(_VORM)))
    nul = alt.Chart(pd.DataFrame({"x": [0.0]})).mark_rule(color=_GRIJS, strokeWidth=1.2).encode(x="x:Q")
    basis = alt.Chart(f)
    lijn = basis.mark_rule(strokeWidth=2).encode(y=y, x=x, x2=alt.datum(0.0), color=alt.Color("signaal:N", **soort))
    punt = basis.mark_point(size=80, filled=True, opacity=1).encode(
        y=y, x=x, color=alt.Color("signaal:N", **soort), shape=vorm
    )
    tekst = basis.mark_text(align="left", fontSize=12, color=_INKT, font=_LETTER).encode(
        y=y, x=alt.value(_BREEDTE + 10), text="woorden:N"
    )
    return alt.layer(nul, lijn, punt, tekst).properties(width=_BREEDTE, height=max(1, len(f)) * 30)


def notitietabel(u: Any) -> pd.DataFrame:
    """The last month of the first unit as text: kengetal, realisatie, norm_tot_nu, prognose, signaal."""
    f = stand(u)
    f = f[(f["niveau"] == _hoofdniveau(u)) & (f["eenheid"] == u.tabel["eenheid"].iloc[0])]

    def tekst(kolom: str) -> list[str]:
        rijen = zip(f["kengetal"], f[kolom], f["verborgen"], strict=True)
        return [NIET_GETOOND if weg and kolom != "norm_tot_nu" else waarde(k, x) for k, x, weg in rijen]

    namen = [KENGETALLEN[k].label for k in f["kengetal"]]
    cijfers = {k: tekst(k) for k in ("realisatie", "norm_tot_nu", "prognose")}
    return pd.DataFrame({"kengetal": namen, **cijfers, "signaal": f["signaal"].to_numpy()})


# -- the funnel ----------------------------------------------------------------------------------------------------


def trechterrijen(
    u: Any, kengetal: str, niveau: str = "team", *, weg: Mapping[str, Collection[tuple[str, str]]] | None = None
) -> pd.DataFrame:
    """Rows of the funnel that may be shown to others; ``weg`` is `trechterverborgen`, when many are asked."""
    f = u.trechter
    if not len(f):
        return pd.DataFrame(columns=["kengetal", "niveau", "eenheid", "waargenomen", "verwacht", "verhouding"])
    dicht = (trechterverborgen(u) if weg is None else weg)[kengetal]
    f = f[(f["kengetal"] == kengetal) & (f["niveau"] == niveau)]
    return f[[(niveau, str(e)) not in dicht for e in f["eenheid"]]].reset_index(drop=True)


def trechterplaat(
    u: Any, groep: str | None = None, *, weg: Mapping[str, Collection[tuple[str, str]]] | None = None
) -> Grafiek:
    """Draw observed over expected exits of the teams with control limits; ``groep`` is a kengetal."""
    weg = trechterverborgen(u) if weg is None else weg
    code = _kies(pd.DataFrame({"groep": ["uitstroom_werk", "uitstroom"]}), "groep", groep or "uitstroom_werk")
    kengetal = str(code["groep"].iloc[0])
    niveau = "team" if len(trechterrijen(u, kengetal, weg=weg)) else "teamleider"
    f = trechterrijen(u, kengetal, niveau, weg=weg)
    naam = KENGETALLEN[kengetal].label
    titel = f"{naam}: waargenomen tegenover verwacht, per {'team' if niveau == 'team' else 'afdeling'}"
    zinnen = tuple(
        f"{r.eenheid}: {getal(r.verhouding, 2)} keer wat verwacht is ({aantal(r.waargenomen)} tegenover "
        f"{aantal(r.verwacht)}); {r.oordeel}."
        for r in f.itertuples()
    )
    if not zinnen:
        return Grafiek(
            titel=titel, tekening=_leeg(titel), zinnen=("Er zijn geen teams of afdelingen om te vergelijken.",)
        )
    return Grafiek(titel=titel, tekening=_tekening(_trechter(f), titel, " ".join(zinnen)), zinnen=zinnen)


def _labelplek(y: np.ndarray[Any, Any], laag: float, hoog: float) -> np.ndarray[Any, Any]:
    """Heights of the labels: in the order of the points, apart, and as near to them as that allows."""
    gat = (hoog - laag) / max(18, y.size + 1)
    orde = np.argsort(y, kind="stable")
    plek = y[orde].astype(np.float64).copy()
    for i in range(1, plek.size):
        plek[i] = max(plek[i], plek[i - 1] + gat)
    plek -= max(0.0, plek[-1] - (hoog - gat / 2))
    for i in range(plek.size - 2, -1, -1):
        plek[i] = min(plek[i], plek[i + 1] - gat)
    uit = np.empty_like(plek)
    uit[orde] = plek
    return uit


def _trechter(f: pd.DataFrame) -> Any:
    top = float(f["verwacht"].max()) * 1.15
    x = np.linspace(max(5.0, float(f["verwacht"].min()) * 0.4), top, 60)
    phi = float(f["spreiding"].iloc[0])
    hoog = grenzen(np.array([x[0]]), phi, Z998)[1]
    ver = max(float((f["verhouding"] - 1).abs().max()) * 1.1, min(float(hoog[0]) - 1, 0.6), 0.3)
    domein = [max(0.0, 1 - ver), 1 + ver]
    lijnen = []
    for naam, z in (("95%", Z95), ("99,8%", Z998)):
        for kant, grens in zip(("onder", "boven"), grenzen(x, phi, z), strict=True):
            lijnen.append(
                pd.DataFrame({"x": x, "y": np.clip(grens, domein[0], domein[1]), "grens": naam, "lijn": naam + kant})
            )
    curve = pd.concat(lijnen, ignore_index=True)
    as_x = alt.X("x:Q", title="Verwacht aantal in twaalf maanden", axis=alt.Axis(format=",d", tickCount=6))
    as_x = as_x.scale(domain=[float(x[0]), top], nice=False)
    as_y = alt.Y("y:Q", title="Waargenomen / verwacht", scale=alt.Scale(domain=domein, nice=False, zero=False))
    streep = alt.StrokeDash(
        "grens:N", title="Grens van het toeval", scale=alt.Scale(domain=["95%", "99,8%"], range=[[5, 4], [1, 0]])
    )
    rand = (
        alt.Chart(curve)
        .mark_line(color=_GRIJS, strokeWidth=1.4)
        .encode(x=as_x, y=as_y, strokeDash=streep, detail="lijn:N")
    )
    een = alt.Chart(pd.DataFrame({"y": [1.0]})).mark_rule(color=_GRIJS, strokeWidth=1).encode(y="y:Q")
    y = f["verhouding"].to_numpy(dtype=np.float64)
    punten = pd.DataFrame({"x": f["verwacht"], "y": y, "naam": f["eenheid"], "yl": _labelplek(y, *domein), "xl": top})
    punt = alt.Chart(punten).mark_point(size=80, filled=True, color=_KLEUREN[0], opacity=1).encode(x=as_x, y=as_y)
    lijn = alt.Chart(punten).mark_rule(color=_GRIJS, strokeWidth=0.7).encode(x=as_x, y=as_y, x2="xl:Q", y2="yl:Q")
    label = alt.Chart(punten).mark_text(align="left", dx=5, fontSize=12, color=_INKT, font=_LETTER, clip=False)
    label = label.encode(x="xl:Q", y="yl:Q", text="naam:N")
    return alt.layer(een, rand, lijn, punt, label).properties(width=_BREEDTE, height=300)


# -- through time --------------------------------------------------------------------------------------------------


def verloop(u: Any, groep: str | None = None) -> Grafiek:
    """Draw one kengetal (``groep``) of the town through time, with the norm of each month."""
    alles = u.tabel.merge(u.onderbouwing, on=["maand", "niveau", "eenheid", "kengetal"], how="left")
    alles = alles[(alles["niveau"] == _hoofdniveau(u)) & (alles["eenheid"] == u.tabel["eenheid"].iloc[0])]
    keuze = alles.rename(columns={"kengetal": "groep"})
    f = _kies(keuze, "groep", groep or str(keuze["groep"].iloc[0]))
    k = KENGETALLEN[str(f["groep"].iloc[0])]
    eenheid: Eenheid = {"fractie": "percent", "euro": "euro"}.get(k.eenheid, "aantal")  # type: ignore[assignment]
    klein = (f["teller"] > 0) & (f["teller"] < KLEINST) if k.toeval == "aantal" else pd.Series(False, index=f.index)
    if u.klantmanager:
        klein = pd.Series(False, index=f.index)
    delen = [pd.DataFrame({"maand": f["maand"], "lijn": "realisatie", "waarde": f["realisatie"].mask(klein)})]
    if f["norm_tot_nu"].notna().any():
        delen.append(pd.DataFrame({"maand": f["maand"], "lijn": "norm tot die maand", "waarde": f["norm_tot_nu"]}))
    titel = f"{u.tabel['eenheid'].iloc[0]}: {k.label[0].lower()}{k.label[1:]}"
    zin = f"{percent(klein.mean())} van de maanden is niet getoond: minder dan 10." if klein.any() else ""
    plaat = lijnplaat(pd.concat(delen, ignore_index=True), titel=titel, y_titel=k.label, eenheid=eenheid)
    return Grafiek(titel=titel, tekening=plaat.svg, zinnen=(*plaat.zinnen, zin) if zin else plaat.zinnen)
