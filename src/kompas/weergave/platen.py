"""The pictures of results: each is a chart with the sentences that say the same."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import vl_convert

from kompas.begrippen import lees_begrippen
from kompas.fouten import GebruiksFout, naaste
from kompas.weergave import zinnen
from kompas.weergave.bestanden import atomisch, schrijf_tekst
from kompas.weergave.getallen import aantal, datum, percent
from kompas.weergave.grafieken import effectenplot, kalibratieplot, uitstroomplot
from kompas.weergave.staven import puntenplot, stapelplot, verdelingplot
from kompas.weergave.tabellen import controleer_uitgang
from kompas.weergave.tekenaar import LETTERS, Tekening

PLAATSOORTEN = (".svg", ".png", ".html")
STIJL = (
    ".kompas{overflow-x:auto;margin:.4em 0;font-size:13px;line-height:1.35}"
    ".kompas table{border-collapse:collapse;font-size:13px;margin:0}.kompas p{margin:.5em 0}"
    ".kompas caption{text-align:left;font-weight:bold;padding:.3em 0;caption-side:top;white-space:nowrap}"
    ".kompas th,.kompas td{text-align:left;vertical-align:top;padding:.3em .9em .3em 0;white-space:normal;"
    "border-bottom:1px solid #c9ced3;min-width:3.6em;max-width:34em}"
    ".kompas thead th{border-bottom:2px solid #595959;vertical-align:bottom;max-width:11em}"
    ".kompas tbody th{font-weight:normal}.kompas .getal{text-align:right}.kompas tbody .getal{white-space:nowrap}"
    ".kompas figure{margin:.4em 0}.kompas figcaption{font-weight:bold;font-size:14px;margin-bottom:.4em}"
    ".kompas svg{max-width:100%;height:auto}.kompas summary{cursor:pointer}"
)
_INDICATIES = ("ja", "nee", "geen_uitspraak")
ERNST = ("blokkade", "fout", "waarschuwing")
_ZEKERHEID = ("zeker", "twijfel", "niet herkend", "weglaten")
_MAANDEN = (6, 12, 24)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Grafiek:
    """A picture with its words.

    Parameters
    ----------
    titel : str
    tekening : str or Tekening
        The picture, drawn or to be drawn.
    zinnen : tuple of str
        What the picture shows, in Dutch sentences.
    """

    titel: str
    tekening: str | Tekening
    zinnen: tuple[str, ...] = ()

    @property
    def svg(self) -> str:
        """The picture as SVG; self-contained."""
        return str(self.tekening)

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        lijst = "".join(f"<li>{html.escape(z)}</li>" for z in self.zinnen)
        woorden = f"<details><summary>In woorden</summary><ul>{lijst}</ul></details>" if lijst else ""
        kop = f"<figcaption>{html.escape(self.titel)}</figcaption>"
        return f'<div class="kompas"><style>{STIJL}</style><figure>{kop}{self.svg}</figure>{woorden}</div>'

    def bewaar(self, pad: str | Path) -> Path:
        """Write the picture; the name's end decides: ``.svg``, ``.png`` (twice the size on screen) or ``.html``.

        Raises
        ------
        GebruiksFout
            ``KMP-U004`` for another ending, ``KMP-U003`` when the place cannot be written.
        """
        doel, uitgang = Path(pad), controleer_uitgang(pad, PLAATSOORTEN)
        if uitgang == ".png":
            with atomisch(doel) as tijdelijk:
                tijdelijk.write_bytes(vl_convert.svg_to_png(self.svg, scale=2))
        elif uitgang == ".svg":
            schrijf_tekst(self.svg, doel)
        else:
            kop = f'<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>{html.escape(self.titel)}</title>'
            letter = f"<style>body{{font-family:{LETTERS}}}</style>"
            schrijf_tekst(f"{kop}{letter}</head><body>{self._repr_html_()}</body></html>\n", doel)
        return doel


def instrumentnamen(instrumenten: Iterable[Any]) -> dict[str, str]:
    """Return the name of each instrument by its code."""
    return {i.code: i.label for i in instrumenten}


def simulatienamen(s: Any) -> dict[str, str]:
    """Return the name of each simulated instrument by its code."""
    return instrumentnamen(i.instrument for i in s.waarheid.instrumenten)


def ware_effecten(s: Any) -> pd.DataFrame:
    """Return the true effects of a simulation as hazard ratios beside their logs."""
    alles: pd.DataFrame = s.to_frame()
    return alles.assign(effect=np.exp(alles["log_effect"]))


def _kies(frame: pd.DataFrame, kolom: str, waarde: str | None) -> pd.DataFrame:
    """Rows with one value of a column; all when none was asked for."""
    if waarde is None:
        return frame
    bekend = [str(w) for w in frame[kolom].unique()]
    if waarde not in bekend:
        raise GebruiksFout(
            "KMP-U011",
            f"{kolom} '{waarde}' komt in dit resultaat niet voor.{naaste(waarde, bekend)} Er is: {', '.join(bekend)}.",
        )
    return frame[frame[kolom] == waarde]


def effecten(h: Any, instrument: str | None = None, bestemming: str | None = None, groep: str | None = None) -> Grafiek:
    """Draw the forest plot of a herijking, for all clients or for one group."""
    namen, b = instrumentnamen(h.config.instrument), lees_begrippen()
    f = _kies(_kies(_kies(h.to_frame(), "instrument", instrument), "bestemming", bestemming), "groep", groep or "allen")
    wie = b.modelterm(groep) if groep not in {None, "allen"} else ""
    vertel = [
        f"{namen.get(r['instrument'], r['instrument'])}{f' ({wie})' if wie else ''}, "
        f"uitstroom {zinnen.naar(str(r['bestemming']))}. {zinnen.effectzin(r)}"
        for r in f[f["voorkeur"].astype(bool)].to_dict("records")
    ]
    titel = f"{h.config.gemeente.naam}: effect per instrument en fase" + (f", {wie}" if wie else "")
    svg = effectenplot(*_met_groep(f.assign(groep="allen"), namen, wie))
    return Grafiek(titel=titel, tekening=svg, zinnen=tuple(vertel))


def _met_groep(f: pd.DataFrame, namen: dict[str, str], wie: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Say in the picture itself which group it is about: above a single panel, else behind each instrument."""
    if not wie:
        return f, namen
    if len(set(f["bestemming"])) == 1:
        return f.assign(
            bestemming=[f"{lees_begrippen().waarde('bestemming', w)} ({wie})" for w in f["bestemming"]]
        ), namen
    return f, {c: f"{n} ({wie.rpartition(': ')[2]})" for c, n in namen.items()}


def kalibratie(h: Any, bestemming: str | None = None) -> Grafiek:
    """Draw expected against observed exits of a herijking."""
    f = _kies(h.kalibratie, "bestemming", bestemming)
    vertel = []
    for naam, deel in f.dropna(subset=["verwacht", "waargenomen"]).groupby("bestemming", sort=False):
        v, w = (float(np.average(deel[k], weights=deel["n"])) for k in ("verwacht", "waargenomen"))
        vertel.append(
            f"Uitstroom {zinnen.naar(str(naam))}: verwacht {percent(v, 2)} per maand, waargenomen {percent(w, 2)}."
        )
    titel = f"{h.config.gemeente.naam}: verwachte en waargenomen uitstroom per maand, in tien groepen"
    return Grafiek(titel=titel, tekening=kalibratieplot(f), zinnen=tuple(vertel))


def uitstroom(h: Any, bestemming: str | None = None) -> Grafiek:
    """Draw the cumulative outflow that a herijking observed."""
    f = _kies(h.uitstroom, "bestemming", bestemming)
    vertel = [
        f"Na {r.maand} maanden is {percent(r.kans)} uitgestroomd {zinnen.naar(str(r.bestemming))}."
        for r in f[f["maand"].isin(_MAANDEN)].itertuples()
    ]
    titel = f"{h.config.gemeente.naam}: uitstroom sinds het begin van de uitkering"
    return Grafiek(titel=titel, tekening=uitstroomplot(f), zinnen=tuple(vertel))


def _stapel(f: pd.DataFrame, soorten: Iterable[str], titel: str, eenheid: str) -> Grafiek:
    """Stacked bars and a sentence per bar."""
    namen = tuple(soorten)
    delen = {str(r): d for r, d in f.groupby("rij", sort=False)}
    vertel = tuple(
        f"{r}: {', '.join(f'{s} {aantal(n)}' for s, n in zip(d['soort'], d['aantal'], strict=True))}."
        for r, d in delen.items()
    )
    return Grafiek(titel=titel, tekening=stapelplot(f, namen, titel=titel, eenheid=eenheid), zinnen=vertel)


def _telling(rij: pd.Series[Any], soort: pd.Series[Any], n: pd.Series[Any], soorten: Iterable[str]) -> pd.DataFrame:
    """Counts per row and kind, zeros included, rows in the order in which they come."""
    alle = pd.MultiIndex.from_product([list(dict.fromkeys(rij)), list(soorten)], names=["rij", "soort"])
    som = n.groupby([rij.rename("rij"), soort.rename("soort")]).sum()
    return som.reindex(alle, fill_value=0).astype(np.int64).rename("aantal").reset_index()


def indicaties(lijst: Any, instrument: str | None = None) -> Grafiek:
    """Draw how many running spells have which indication, per instrument."""
    alles, namen, b = lijst.to_frame(), instrumentnamen(lijst.instrumenten), lees_begrippen()
    codes = _kies(pd.DataFrame({"instrument": list(namen)}), "instrument", instrument)["instrument"]
    woorden = [b.waarde("indicatie", i) for i in _INDICATIES]
    delen = []
    for code in codes:
        telling = alles[f"{code}_indicatie"].value_counts().reindex(list(_INDICATIES), fill_value=0)
        delen.append(pd.DataFrame({"rij": namen[code], "soort": woorden, "aantal": telling.to_numpy()}))
    f = pd.concat(delen, ignore_index=True) if delen else pd.DataFrame({"rij": [], "soort": [], "aantal": []})
    titel = f"Indicaties op peildatum {datum(lijst.peildatum)}"
    return _stapel(f, woorden, titel, "Lopende uitkeringen")


def kansen(lijst: Any) -> Grafiek:
    """Draw how the chances in a list are spread."""
    kolommen, b = ["kans_uitstroom_12m", "kans_werk_12m"], lees_begrippen()
    f = lijst.to_frame()[kolommen]
    titel = f"Kansen op peildatum {datum(lijst.peildatum)}"
    vertel = tuple(
        f"{b.label(k)}: de helft zit tussen {percent(f[k].quantile(0.25))} en {percent(f[k].quantile(0.75))}, "
        f"{aantal(int(f[k].isna().sum()))} uitkeringen zijn zonder cijfer."
        for k in kolommen
    )
    return Grafiek(titel=titel, tekening=verdelingplot(f, titel=titel), zinnen=vertel)


def bevindingen(c: Any) -> Grafiek:
    """Draw how many rows have findings, per file."""
    f = c.to_frame()
    titel = "Bevindingen bij de controle" if len(f) else "Controle: geen bevindingen"
    return _stapel(_telling(f["bestand"], f["ernst"], f["aantal"], ERNST), ERNST, titel, "Rijen")


def kolommen(v: Any) -> Grafiek:
    """Draw how many columns of each export were recognised."""
    f = v.to_frame()
    rij = f["bestand"].str.cat(f["tabel"].replace("", "geen tabel herkend"), sep=": ")
    telling = _telling(rij, f["zekerheid"], pd.Series(1, index=f.index), _ZEKERHEID)
    return _stapel(telling, _ZEKERHEID, "Wat van de kolommen herkend is", "Kolommen")


def waarheid(s: Any, instrument: str | None = None, bestemming: str | None = None) -> Grafiek:
    """Draw the true effects of a simulated municipality."""
    f, namen = _kies(_kies(ware_effecten(s), "instrument", instrument), "bestemming", bestemming), simulatienamen(s)
    titel = f"Ware effecten in de gesimuleerde gemeente, zaad {s.zaad}"
    return Grafiek(titel=titel, tekening=puntenplot(f, namen, titel=titel))
