"""The instrument catalogue: per instrument what it is, what it does, what it costs and brings, and what is not known.

Everything from own data and computed: nothing about an instrument is written down here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from kompas.bron import Bestand, afgevallen_rijen
from kompas.catalogusrang import rangorde, winnaarszin
from kompas.catalogusreken import ALLEN, BUITEN_HORIZON, KLEINST, STEEKPROEF, maak_groepen, maak_opbrengsten
from kompas.config import Config, Instrument
from kompas.herijking import Herijking
from kompas.indicatie import HOOFDBESTEMMING, ZWAK, oordeel_van
from kompas.kenmerken import STARTBANDEN
from kompas.klantstand import maak_klantstand
from kompas.lijst import scoor
from kompas.models.power import EFFECT
from kompas.poorteffect import Poort
from kompas.toonbaar import Toonbaar

BELEIDSNIVEAU = "beleidsniveau, geen indicatie voor personen"
HERKOMST = {
    "config": "uit kompas.toml",
    "registratie": "gemiddelde van de kosten in inzet",
    "onbekend": "onbekend",
}
UIT_MODEL = ("se_maanden_bespaard", "se_netto", "se_netto_eigen")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Catalogus(Toonbaar):
    """All instruments side by side; aggregates only.

    Parameters
    ----------
    gemeente : str
    peildatum : date
    horizon : int
        Months that are looked ahead.
    klanten : int
        Running spells.
    instrumenten : tuple of Instrument
    kaarten : DataFrame
        One row per instrument: instrument, naam, meter, beperking, duur_maanden, fasen, kosten, herkomst_kosten,
        inzetten, oordeel, reden, notitie, capaciteit_per_maand, rang, and the figures over all running clients.
    opbrengsten : DataFrame
        One row per instrument x groep; see `kompas.catalogusreken.maak_opbrengsten`.
    rangorde : DataFrame
        See `kompas.catalogusrang.rangorde`.
    effecten : DataFrame
        The preferred rows of ``effecten``.
    kracht : DataFrame
        instrument, fase, bestemming, inzetten, aantoonbaar (smallest hazard ratio above 1 that would be found), nodig,
        nog_nodig.
    dun : DataFrame
        instrument, kenmerk, niveau: where fewer than ten deployments began.
    poort : Poort or None
        The gate, when there is a table aanvragen.
    waarschuwingen : tuple of str
    toelichting : tuple of str
        How to read it: ranking, groups, intervals.
    """

    gemeente: str
    peildatum: dt.date
    horizon: int
    klanten: int
    instrumenten: tuple[Instrument, ...]
    kaarten: pd.DataFrame
    opbrengsten: pd.DataFrame
    rangorde: pd.DataFrame
    effecten: pd.DataFrame
    kracht: pd.DataFrame
    dun: pd.DataFrame
    poort: Poort | None
    waarschuwingen: tuple[str, ...]
    toelichting: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per instrument."""
        return self.kaarten.copy()


def _kaarten(
    config: Config, h: Herijking, instrumenten: tuple[Instrument, ...], opbrengsten: pd.DataFrame
) -> pd.DataFrame:
    """What each instrument is, with its figures over all clients."""
    herkomst = h.kosten.set_index("instrument")["herkomst"]
    allen = opbrengsten[opbrengsten["groep"] == ALLEN].set_index("instrument")
    inzetten = h.effecten[h.effecten["groep"] == "allen"].groupby("instrument")["inzetten"].max()
    eigen = {i.code: i.kosten for i in config.instrument}
    rijen = []
    for ins in instrumenten:
        oordeel = oordeel_van(h, ins)
        bron = "config" if eigen.get(ins.code) is not None else str(herkomst.get(ins.code, "onbekend"))
        rijen.append(
            {
                "instrument": ins.code,
                "naam": ins.label,
                "meter": ins.meter,
                "beperking": BELEIDSNIVEAU if ins.meter == "handhaving" else "",
                "duur_maanden": ins.duur_maanden,
                "fasen": " ".join(ins.fasen),
                "herkomst_kosten": HERKOMST[bron],
                "inzetten": int(inzetten.get(ins.code, 0)),
                "oordeel": oordeel,
                "reden": _reden(h, ins, oordeel, allen.loc[ins.code]),
                "notitie": ins.notitie,
                "capaciteit_per_maand": ins.capaciteit_per_maand,
                **allen.drop(columns=["groep"]).loc[ins.code].to_dict(),
            }
        )
    kolommen = [*_KOP, *allen.columns.drop("groep")]
    return pd.DataFrame(rijen, columns=kolommen).astype({"capaciteit_per_maand": "float64", "klanten": "Int64"})


_KOP = (
    *(
        "instrument",
        "naam",
        "meter",
        "beperking",
        "duur_maanden",
        "fasen",
        "herkomst_kosten",
        "inzetten",
    ),
    *(
        "oordeel",
        "reden",
        "notitie",
        "capaciteit_per_maand",
    ),
)


def _reden(h: Herijking, ins: Instrument, oordeel: str, rij: pd.Series) -> str:
    """Why there are no euros; empty where there are."""
    if oordeel in ZWAK:
        eigen = h.effecten[
            (h.effecten["instrument"] == ins.code)
            & (h.effecten["bestemming"] == HOOFDBESTEMMING[ins.meter])
            & (h.effecten["groep"] == "allen")
            & h.effecten["voorkeur"]
            & h.effecten["oordeel"].isin(ZWAK)
        ]
        gronden = [str(t) for t in eigen["toelichting"].dropna().unique()] if "toelichting" in eigen.columns else []
        return f"het effect is {oordeel.replace('_', ' ')}. {' '.join(gronden)}".strip()
    if np.isnan(float(rij["kosten"])):
        return "de kosten zijn onbekend; zet kosten bij [[instrument]] in kompas.toml"
    if pd.isna(rij["klanten"]) or rij["klanten"] == 0:
        return f"minder dan {KLEINST} lopende klanten kunnen dit krijgen en lijken op wie het kreeg"
    return "" if not np.isnan(float(rij["netto"])) else "van geen enkele klant is het uitkeringsbedrag bekend"


def _kracht(h: Herijking) -> pd.DataFrame:
    """Smallest effect that would have been found, and how many more deployments the usual one needs."""
    k = h.kracht
    return pd.DataFrame(
        {
            **{c: k[c] for c in ("instrument", "fase", "bestemming", "inzetten")},
            "aantoonbaar": np.exp(k["aantoonbaar_effect"].astype(float)),
            "nodig": k["nodig"],
            "nog_nodig": np.maximum(k["nodig"] - k["inzetten"], 0),
        }
    ).reset_index(drop=True)


def _in_woorden(dun: pd.DataFrame) -> pd.DataFrame:
    """Write bands of elapsed duration as months: ``3-5``, ``60+``."""
    grenzen = (0, *STARTBANDEN)
    banden = {str(i): f"{van}-{tot - 1}" for i, (van, tot) in enumerate(pairwise(grenzen))}
    banden[str(len(STARTBANDEN))] = f"{grenzen[-1]}+"
    niveau = dun["niveau"].astype(str)
    return dun.assign(niveau=niveau.where(dun["kenmerk"] != "duur", niveau.map(banden))).reset_index(drop=True)


def maak_catalogus(
    bestand: Bestand,
    config: Config,
    h: Herijking,
    *,
    poort: Poort | None = None,
    voortgang: Callable[[str, float], None] | None = None,
) -> Catalogus:
    """Put all instruments of the model side by side, over this month's running clients.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config
        Prices, notes and capacity of today.
    h : Herijking
    poort : Poort, optional
        The gate, shown with the instruments of meter werkdirect.
    voortgang : function (step, share), optional

    Returns
    -------
    Catalogus

    Raises
    ------
    GebruiksFout
        ``KMP-L001`` to ``KMP-L006`` when config and model do not fit.
    """
    stand, _ = maak_klantstand(bestand, config, h, voortgang=voortgang)
    lijst = scoor(stand, config, h, voortgang=voortgang)
    groepen = maak_groepen(stand, h, lijst.tabel["doelgroep"].to_numpy(dtype=object))
    if voortgang is not None:
        voortgang("opbrengsten", 0.0)
    opbrengsten = maak_opbrengsten(config, h, stand, groepen, lijst.instrumenten)
    kaarten = _kaarten(config, h, lijst.instrumenten, opbrengsten)
    rang = rangorde(kaarten)
    plaats = rang.set_index("instrument")["rang"]
    kaarten.insert(0, "rang", kaarten["instrument"].map(plaats).astype("Int64"))
    dun = h.steun[~h.steun["voldoende"].astype(bool)]
    return Catalogus(
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        horizon=config.rendement.horizon_maanden,
        klanten=int(stand.client.size),
        instrumenten=lijst.instrumenten,
        kaarten=kaarten.drop(columns=list(UIT_MODEL)),
        opbrengsten=opbrengsten.drop(columns=list(UIT_MODEL)),
        rangorde=rang,
        effecten=h.effecten[h.effecten["voorkeur"].astype(bool)].reset_index(drop=True),
        kracht=_kracht(h),
        dun=_in_woorden(dun[["instrument", "kenmerk", "niveau"]]),
        poort=poort,
        waarschuwingen=(*h.waarschuwingen, *stand.bedragen.waarschuwingen, *afgevallen_rijen(bestand)),
        toelichting=_toelichting(rang, groepen.weggelaten, config),
    )


def _toelichting(rang: pd.DataFrame, weggelaten: int, config: Config) -> tuple[str, ...]:
    h = config.rendement.horizon_maanden
    uit = [
        winnaarszin(rang),
        "Elk instrument gaat over de klanten die het zouden kunnen krijgen; dat zijn niet bij elk instrument dezelfde.",
        (
            f"Maanden en euro's gaan over lopende klanten die nu kunnen starten en die lijken op wie het eerder kreeg, "
            f"{h} maanden vooruit. Wie het nu al heeft, telt niet mee."
        ),
        (
            "Het 95%-interval is dat van het gemiddelde en is ruim genomen: de fouten van klanten gaan gelijk op. De "
            "spreiding over klanten (10%, 50% en 90%) is iets anders: die zegt hoe verschillend klanten zijn."
        ),
        (
            f"Terugverdiend: de eerste maand waarin de verwachte besparing tot dan de kosten inhaalt; gemeten bij "
            f"hoogstens {STEEKPROEF} klanten. '{BUITEN_HORIZON.capitalize()}' betekent: niet in {h} maanden."
        ),
        (
            f"Aantoonbaar is wat bij deze aantallen opvalt; nodig is het aantal inzetten om een effect van "
            f"{100 * (np.exp(EFFECT) - 1):.0f}% te kunnen zien."
        ),
    ]
    if weggelaten:
        uit.append(f"{weggelaten} groepen zijn weggelaten: minder dan {KLEINST} klanten, of daaruit af te leiden.")
    return tuple(uit)
