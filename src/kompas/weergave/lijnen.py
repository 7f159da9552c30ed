"""Lines over calendar months: what was, then dashed and with its band what is expected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout
from kompas.weergave.getallen import aantal, euro, percent
from kompas.weergave.grafieken import _GRIJS, _INKT, _KLEUREN, _VORMEN, _tekening, _vereis
from kompas.weergave.platen import Grafiek

Eenheid = Literal["aantal", "euro", "percent"]
_AS = {"aantal": ",d", "euro": ",d", "percent": ".0%"}


def _procent(waarde: Any) -> str:
    return percent(waarde, 1)


_WOORD: dict[str, Callable[[Any], str]] = {"aantal": aantal, "euro": euro, "percent": _procent}
BREEDTE, HOOGTE = 620, 280


def lijnplaat(
    frame: pd.DataFrame,
    *,
    titel: str,
    y_titel: str,
    eenheid: Eenheid = "aantal",
    zinnen: tuple[str, ...] = (),
    vanaf_nul: bool = False,
) -> Grafiek:
    """Draw up to six lines over months.

    Parameters
    ----------
    frame : DataFrame
        ``maand`` (jjjj-mm), ``lijn`` (its label), ``waarde``; optional ``ondergrens`` and ``bovengrens`` (drawn as a
        band) and ``soort`` (realisatie, prognose: dashed, after a vertical rule). Rows without a value are gaps.
    titel, y_titel : str
        Name of the picture and of the vertical axis.
    eenheid : {"aantal", "euro", "percent"}
        percent expects fractions.
    zinnen : tuple of str
        What the picture shows; by default the last value of each line.
    vanaf_nul : bool
        Let the vertical axis begin at zero.

    Returns
    -------
    Grafiek

    Raises
    ------
    GebruiksFout
        ``KMP-U007`` when a column is missing, ``KMP-U009`` for more lines than can be told apart.

    Examples
    --------
    >>> f = pd.DataFrame({"maand": ["2007-05", "2007-06"], "lijn": "Hollandstad", "waarde": [2710.0, 2700.0]})
    >>> lijnplaat(f, titel="Bestand", y_titel="Huishoudens").zinnen
    ('Hollandstad: 2.700 in 2007-06.',)
    """
    _vereis(frame, ("maand", "lijn", "waarde"), "lijnplaat")
    lijnen = [str(naam) for naam in frame["lijn"].unique()]
    if len(lijnen) > len(_KLEUREN):
        raise GebruiksFout(
            "KMP-U009", f"{len(lijnen)} lijnen zijn niet uit elkaar te houden; kies er hoogstens {len(_KLEUREN)}."
        )
    f = _voorbereid(frame)
    tekst = zinnen or tuple(_laatste(f, naam, eenheid) for naam in lijnen)
    svg = _tekening(
        _plaat(f, lijnen, y_titel, eenheid, vanaf_nul=vanaf_nul), titel, " ".join(tekst) or "Geen gegevens."
    )
    return Grafiek(titel=titel, tekening=svg, zinnen=tekst)


def _voorbereid(frame: pd.DataFrame) -> pd.DataFrame:
    """Months as dates; a forecast starts at the last realised point, so that the line does not break."""
    f = frame.assign(dag=pd.to_datetime(frame["maand"] + "-01"), lijn=frame["lijn"].astype(str))
    for naam in ("ondergrens", "bovengrens"):
        f[naam] = f[naam].astype(np.float64) if naam in f else np.nan
    f["soort"] = f["soort"].astype(str) if "soort" in f else "realisatie"
    f = f.sort_values(["lijn", "dag"], kind="stable")
    stuk = f[f["soort"] == "realisatie"].dropna(subset=["waarde"]).groupby("lijn", sort=False).tail(1)
    stuk = stuk[stuk["lijn"].isin(f.loc[f["soort"] == "prognose", "lijn"])]
    met_band = f.loc[f["soort"] == "prognose"].dropna(subset=["ondergrens"])["lijn"].unique()
    stuk = stuk.assign(
        soort="prognose",
        ondergrens=stuk["waarde"].where(stuk["lijn"].isin(met_band)),
        bovengrens=stuk["waarde"].where(stuk["lijn"].isin(met_band)),
    )
    delen = [d for d in (f, stuk) if len(d)]
    return pd.concat(delen, ignore_index=True).sort_values(["lijn", "dag", "soort"], kind="stable", ignore_index=True)


def _laatste(f: pd.DataFrame, lijn: str, eenheid: Eenheid) -> str:
    deel = f[f["lijn"] == lijn].dropna(subset=["waarde"])
    if deel.empty:
        return f"{lijn}: geen cijfers."
    woord = _WOORD[eenheid]
    echt = deel[deel["soort"] == "realisatie"].tail(1)
    ver = deel[deel["soort"] == "prognose"].tail(1)
    zin = "".join(f"{woord(w)} in {m}" for m, w in zip(echt["maand"], echt["waarde"], strict=True))
    for r in ver.to_dict("records"):
        band = "" if np.isnan(r["ondergrens"]) else f" (80%: {woord(r['ondergrens'])} tot {woord(r['bovengrens'])})"
        zin += f"{', ' if zin else ''}verwacht {woord(r['waarde'])}{band} in {r['maand']}"
    return f"{lijn}: {zin}."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Spec:
    """A Vega-Lite specification that is written out: one set of rows for all layers, and no time spent on checks."""

    inhoud: dict[str, Any]

    def to_dict(self, *, validate: bool = True) -> dict[str, Any]:
        """Return the specification, as an altair chart does."""
        del validate
        return self.inhoud


def _rijen(f: pd.DataFrame, stap: int) -> list[dict[str, Any]]:
    """Rows as plain values; ``merk`` is whether the point carries the shape of its line."""
    cijfers = ["waarde", "ondergrens", "bovengrens"]
    g = pd.DataFrame({"dag": f["dag"].dt.strftime("%Y-%m-%dT00:00:00"), "lijn": f["lijn"], "soort": f["soort"]})
    g["merk"] = (f.groupby("lijn").cumcount() % stap == 0).to_numpy()
    for k in cijfers:
        g[k] = f[k].astype(object).where(f[k].notna(), None)
    rijen: list[dict[str, Any]] = g.to_dict("records")
    return rijen


def _plaat(f: pd.DataFrame, lijnen: list[str], y_titel: str, eenheid: Eenheid, *, vanaf_nul: bool) -> _Spec:
    maanden = int(f["dag"].dt.to_period("M").nunique()) if len(f) else 1
    lang = maanden > 54
    tikken: Any = "year" if lang else {"interval": "month", "step": 3 if maanden <= 24 else 6}
    x = {
        "field": "dag",
        "type": "temporal",
        "title": None,
        "axis": {"format": "%Y" if lang else "%m-%Y", "tickCount": tikken, "grid": False},
    }
    y = {
        "field": "waarde",
        "type": "quantitative",
        "title": y_titel,
        "axis": {"format": _AS[eenheid], "tickCount": 5},
        "scale": {"zero": vanaf_nul, "nice": True},
    }
    legenda = {"symbolOpacity": 1}
    kleur = _reeks(lijnen, _KLEUREN, legenda)
    vorm = _reeks(lijnen, _VORMEN, legenda)
    basis = {"x": x, "y": y, "color": kleur}
    bekend = {"filter": "isValid(datum.waarde)"}
    ver, echt = {"filter": "datum.soort == 'prognose'"}, {"filter": "datum.soort == 'realisatie'"}
    band = {
        "mark": {"type": "area", "opacity": 0.15, "line": False},
        "transform": [ver, {"filter": "isValid(datum.ondergrens) && isValid(datum.bovengrens)"}],
        "encoding": {**basis, "y": {**y, "field": "ondergrens"}, "y2": {"field": "bovengrens"}},
    }
    lijn = {"type": "line", "strokeWidth": 2}
    lagen: list[dict[str, Any]] = [
        band,
        {"mark": lijn, "transform": [bekend, echt], "encoding": basis},
        {"mark": {**lijn, "strokeDash": [5, 4]}, "transform": [bekend, ver], "encoding": basis},
        {
            "mark": {"type": "point", "size": 42, "filled": True, "opacity": 1},
            "transform": [bekend, {"filter": "datum.merk"}],
            "encoding": {**basis, "shape": vorm},
        },
        *_grens(f, x),
    ]
    data = {"values": _rijen(f, max(1, maanden // 8))}
    return _Spec(inhoud={"data": data, "layer": lagen, "width": BREEDTE, "height": HOOGTE})


def _reeks(lijnen: list[str], waarden: tuple[str, ...], legenda: dict[str, Any]) -> dict[str, Any]:
    """One colour or shape per line."""
    schaal = {"domain": lijnen, "range": list(waarden[: len(lijnen)])}
    return {"field": "lijn", "type": "nominal", "title": None, "legend": legenda, "scale": schaal}


def _grens(f: pd.DataFrame, x: dict[str, Any]) -> list[dict[str, Any]]:
    """The vertical rule at which the forecast begins, and its word."""
    einde = f.loc[f["soort"] == "realisatie", "dag"].max()
    if not (f["soort"] == "prognose").any() or pd.isna(einde):
        return []
    data = {"values": [{"dag": einde.strftime("%Y-%m-%dT00:00:00"), "woord": "prognose →"}]}
    woord = {"type": "text", "align": "left", "dx": 4, "dy": 8, "fontSize": 11, "color": _INKT}
    tekst = {"x": x, "y": {"value": 0}, "text": {"field": "woord", "type": "nominal"}}
    return [
        {"data": data, "mark": {"type": "rule", "color": _GRIJS, "strokeDash": [2, 2]}, "encoding": {"x": x}},
        {"data": data, "mark": woord, "encoding": tekst},
    ]
