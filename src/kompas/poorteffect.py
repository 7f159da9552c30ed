"""WerkDirect at the gate: the preventiequote, and what an offer does to the chance that an application is granted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config, Instrument
from kompas.fouten import RekenFout
from kompas.models.design import Floats
from kompas.models.gate import NEVER, GateData, GateEffect, fit_gate, gate_effect
from kompas.poortgegevens import (
    NIET_TOEGEKEND,
    Aanvragen,
    Poortgegevens,
    aanvragen_van,
    maak_poortgegevens,
    volg_aanvragen,
)
from kompas.tabellen import Z95
from kompas.toonbaar import Toonbaar

MINSTE_AANBOD = 100
MINSTE_BESLUIT = 50  # decisions after an offer, and decisions of either kind without one
ZONDER_CLIENT = 0.05
ONTBREEKT = 0.20  # offers to applicants without benefit, against what the others got
IEDEREEN = 0.05  # days without an offer after the usual day of the offer, against all days then
_FASEN = np.array([1, 15], dtype=np.int64)  # the first fortnight after the offer, and later
_FASE = np.array([1], dtype=np.int64)

PREVENTIEQUOTE = (
    "Preventiequote: van de aanvragen waarop in dat jaar is beslist, het deel dat niet tot een uitkering leidde "
    "(afgewezen, buiten behandeling of ingetrokken). Lopende aanvragen tellen niet mee."
)
AANNAMEN = (
    (
        "Bij wat bekend is van de aanvragers die op een dag nog wachten, is het toeval wie die dag het aanbod krijgt. "
        "Bekend is: het kwartaal, hoe lang iemand wacht, eerdere aanvragen en uitkeringen, en kenmerken die van alle "
        "aanvragers zijn geleverd."
    ),
    (
        "Het aanbod verandert de kans op een besluit vanaf de dag erna; wie werd beslist voor het aanbod kon komen, "
        "telt als zonder aanbod (anders lijkt een aanbod vanzelf te werken)."
    ),
    "Aanvragers beïnvloeden elkaar niet, en liepen niet op het aanbod vooruit.",
    (
        "Een voorkomen uitkering telt als de gemiddelde nieuwe uitkering van het laatste jaar: even lang en even hoog. "
        "Of iemand werk vond of afzag van waar hij recht op had, is aan deze cijfers niet te zien."
    ),
)
TOELICHTING: Mapping[str, str] = {
    "client_onbekend": "Van meer dan 5% van de aanvragen ontbreekt client_id: een aanbod is daaraan niet te koppelen.",
    "aanbod_onvolledig": "Aan aanvragers die geen uitkering kregen, is bijna geen aanbod geregistreerd. Het aanbod "
    "staat dus alleen van wie klant werd in de gegevens; de uitkomst bepaalt dan wie een aanbod heeft. Lever ook de "
    "andere, in inzet of als kolom aanbod_datum in aanvragen.",
    "te_weinig": f"Minder dan {MINSTE_AANBOD} aanbiedingen, of minder dan {MINSTE_BESLUIT} besluiten na of zonder "
    "aanbod.",
    "iedereen": "Na de gebruikelijke dag van het aanbod wacht bijna niemand zonder aanbod: er is niemand om mee te "
    "vergelijken.",
    "rekenen": "De kans op een besluit is met deze gegevens niet te schatten.",
    "geen_verschil": "Er is geen verschil aangetoond: het 95%-interval bevat 0.",
    "loting": "Het aanbod is door loting verdeeld.",
    "toeval": "Alleen gecorrigeerd voor wat van alle aanvragers bekend is: verschillen die niet in de gegevens staan, "
    "kunnen dit cijfer vertekenen.",
}
OORDEEL_VAN: Mapping[str, str] = {
    "client_onbekend": "niet_vastgesteld",
    "aanbod_onvolledig": "niet_vastgesteld",
    "te_weinig": "onvoldoende_gegevens",
    "iedereen": "niet_vastgesteld",
    "rekenen": "onvoldoende_gegevens",
    "geen_verschil": "niet_vastgesteld",
    "loting": "vastgesteld",
    "toeval": "afhankelijk_van_aanname",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Nieuwkomers:
    """What a new spell costs, from the spells of the last year; scalars.

    Parameters
    ----------
    maanden : float
        Expected months on benefit within the horizon.
    opbrengst : float
        Euros: those months times the monthly amount of the same client, discounted; nan unknown.
    aantal : int
        Spells behind it.
    horizon : int
        Months.
    """

    maanden: float
    opbrengst: float
    aantal: int
    horizon: int


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Poort(Toonbaar, tabel="effecten"):
    """The gate: how many applications end without benefit, and what an offer does to that.

    Parameters
    ----------
    gemeente : str
    peildatum : date
    instrumenten : tuple of Instrument
        Those of meter werkdirect.
    effecten : DataFrame
        One row per instrument: instrument, aanvragen, aanbiedingen, aanbod_dag, wachtend, kans_zonder, kans_met,
        verschil, ondergrens, bovengrens, voorkomen_per_100, verwachte_maanden, opbrengst, kosten, netto, netto_laag,
        netto_hoog, verklaarbaar_vanaf, oordeel, grond, toelichting. Empty where there is no answer. Euros per offer.
    preventie : DataFrame
        One row per year of decision: jaar, besloten, toegekend, afgewezen, buiten_behandeling, ingetrokken,
        preventiequote.
    weglatingen : DataFrame
        wat, aantal, waarom.
    waarschuwingen : tuple of str
    """

    gemeente: str
    peildatum: dt.date
    instrumenten: tuple[Instrument, ...]
    effecten: pd.DataFrame
    preventie: pd.DataFrame
    weglatingen: pd.DataFrame
    waarschuwingen: tuple[str, ...]

    @property
    def definitie(self) -> str:
        """What the preventiequote counts."""
        return PREVENTIEQUOTE

    @property
    def aannamen(self) -> tuple[str, ...]:
        """What the effect rests on."""
        return AANNAMEN


def preventietabel(aanvragen: pd.DataFrame, peildatum: dt.date) -> pd.DataFrame:
    """Return the preventiequote per year of decision; see `PREVENTIEQUOTE`.

    Examples
    --------
    >>> a = pd.DataFrame({"besluitdatum": pd.to_datetime(["2006-01-05", "2006-02-01", None, "2007-09-01"]),
    ...                   "besluit": ["toegekend", "ingetrokken", None, "afgewezen"]})
    >>> preventietabel(a, dt.date(2007, 6, 30))[["jaar", "besloten", "preventiequote"]].to_dict("list")
    {'jaar': [2006], 'besloten': [2], 'preventiequote': [0.5]}
    """
    b = aanvragen[aanvragen["besluit"].notna() & (aanvragen["besluitdatum"] <= pd.Timestamp(peildatum))]
    telling = pd.crosstab(b["besluitdatum"].dt.year, b["besluit"])
    telling = telling.reindex(columns=["toegekend", *NIET_TOEGEKEND], fill_value=0).astype(np.int64)
    besloten = telling.sum(axis=1)
    return pd.DataFrame(
        {
            "jaar": telling.index.astype(np.int64),
            "besloten": besloten.to_numpy(dtype=np.int64),
            **{k: telling[k].to_numpy() for k in telling.columns},
            "preventiequote": (telling[list(NIET_TOEGEKEND)].sum(axis=1) / besloten).to_numpy(dtype=np.float64),
        }
    )


def _vooraf(g: Poortgegevens, dag: int, zonder_client: float) -> str | None:
    """Ground on which there is no figure at all, in the order of the rules; None when it can be estimated."""
    d = g.data
    krijgt, af = d.offer < NEVER, d.event > 0
    if zonder_client > ZONDER_CLIENT:
        return "client_onbekend"
    nooit = g.zonder_uitkering & (d.event == 2)
    klant = ~g.zonder_uitkering
    verwacht = float(krijgt[klant].mean()) if klant.any() else 0.0
    if nooit.sum() * verwacht >= 10 and krijgt[nooit].mean() < ONTBREEKT * verwacht:
        return "aanbod_onvolledig"
    na, zonder = af & krijgt, af & ~krijgt
    soorten = [int((d.event[wie] == k).sum()) for wie in (na, zonder) for k in (1, 2)]
    if krijgt.sum() < MINSTE_AANBOD or na.sum() < MINSTE_BESLUIT or zonder.sum() < MINSTE_BESLUIT or min(soorten) < 10:
        return "te_weinig"
    wacht = np.maximum(d.days - dag, 0)
    met = np.maximum(d.days - np.maximum(d.offer, dag), 0)
    return "iedereen" if (wacht - met).sum() < IEDEREEN * wacht.sum() else None


def _fasen(d: GateData) -> npt.NDArray[np.int64]:
    """Two phases of the offer where each has enough decisions of both kinds, else one."""
    sinds = d.days - d.offer
    laat = sinds >= _FASEN[1]
    genoeg = all(((d.event == k) & (sinds >= 1) & (laat == deel)).sum() >= 20 for k in (1, 2) for deel in (False, True))
    return _FASEN if genoeg else _FASE


def schat_poort(g: Poortgegevens, *, zonder_client: float = 0.0) -> tuple[GateEffect | None, str]:
    """Estimate the effect of the offer on the chance of a grant, and the ground of its verdict.

    Returns
    -------
    GateEffect or None, str
        None where there is no figure. The offer comes on the median day on which it came.
    """
    krijgt = g.data.offer < NEVER
    dag = int(np.median(g.data.offer[krijgt])) if krijgt.any() else 0
    grond = _vooraf(g, dag, zonder_client)
    if grond is not None:
        return None, grond
    try:
        effect = gate_effect(g.data, fit_gate(g.data, phases=_fasen(g.data)), day=dag)
    except ValueError:
        return None, "rekenen"
    if abs(effect.difference) <= Z95 * effect.se:
        return effect, "geen_verschil"
    return effect, "loting" if g.loting == 1.0 else "toeval"


def verklaarbaar_vanaf(zonder: float, met: float) -> float:
    """Strength that a hidden cause would need to explain the difference away (E-value of the risk ratio).

    Examples
    --------
    >>> round(verklaarbaar_vanaf(0.6, 0.4), 2), verklaarbaar_vanaf(0.5, 0.5)
    (2.37, 1.0)
    """
    if min(zonder, met) <= 0:
        return float("nan")
    ratio = max(zonder / met, met / zonder)
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def _rij(
    g: Poortgegevens, ins: Instrument, effect: GateEffect | None, grond: str, nieuw: Nieuwkomers | None
) -> dict[str, object]:
    krijgt = g.data.offer < NEVER
    leeg = float("nan")
    rij: dict[str, object] = {
        "instrument": ins.code,
        "aanvragen": int(g.data.days.size),
        "aanbiedingen": int(krijgt.sum()),
        "aanbod_dag": float(np.median(g.data.offer[krijgt])) if krijgt.any() else leeg,
    }
    kosten = ins.kosten if ins.kosten is not None else _gemiddeld(g.kosten)
    uit = dict.fromkeys(
        ("wachtend", "kans_zonder", "kans_met", "verschil", "ondergrens", "bovengrens", "voorkomen_per_100"), leeg
    )
    euro = dict.fromkeys(("verwachte_maanden", "opbrengst", "kosten", "netto", "netto_laag", "netto_hoog"), leeg)
    euro["kosten"] = kosten
    vanaf = leeg
    if effect is not None:
        marge = Z95 * effect.se
        per = -effect.difference / effect.waiting
        uit = {
            "wachtend": effect.waiting,
            "kans_zonder": effect.without,
            "kans_met": effect.with_offer,
            "verschil": effect.difference,
            "ondergrens": effect.difference - marge,
            "bovengrens": effect.difference + marge,
            "voorkomen_per_100": 100 * per,
        }
        vanaf = verklaarbaar_vanaf(effect.without, effect.with_offer)
        if nieuw is not None:
            euro["verwachte_maanden"] = nieuw.maanden
            if OORDEEL_VAN[grond] in {"vastgesteld", "afhankelijk_van_aanname"}:
                opbrengst, breed = per * nieuw.opbrengst, marge / effect.waiting * nieuw.opbrengst
                euro |= {
                    "opbrengst": opbrengst,
                    "netto": opbrengst - kosten,
                    "netto_laag": opbrengst - kosten - breed,
                    "netto_hoog": opbrengst - kosten + breed,
                }
    slot = {"oordeel": OORDEEL_VAN[grond], "grond": grond, "toelichting": TOELICHTING[grond]}
    return rij | uit | euro | {"verklaarbaar_vanaf": vanaf} | slot


def _gemiddeld(kosten: Floats) -> float:
    """Mean of the recorded cost, from ten on; else unknown."""
    bekend = kosten[~np.isnan(kosten)]
    return float(bekend.mean()) if bekend.size >= 10 else float("nan")


def maak_poort(bestand: Bestand, config: Config, *, nieuw: Nieuwkomers | None = None) -> Poort:
    """Compute the preventiequote, and the effect of every instrument of meter werkdirect at the gate.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows, with table aanvragen.
    config : Config
    nieuw : Nieuwkomers, optional
        What a new spell costs; without it there are no euros.

    Returns
    -------
    Poort

    Raises
    ------
    GebruiksFout
        ``KMP-Q001`` without the table aanvragen.
    RekenFout
        ``KMP-Q002`` when no application was decided.
    GeweigerdFout
        ``KMP-W001`` for a protected trait.
    """
    alles = aanvragen_van(bestand)
    preventie = preventietabel(alles, config.gemeente.peildatum)
    if preventie.empty:
        raise RekenFout(
            "KMP-Q002",
            "op geen enkele aanvraag is op de peildatum beslist. Controleer besluitdatum en besluit in aanvragen, en "
            "de peildatum.",
        )
    volg = volg_aanvragen(bestand, config)
    instrumenten = tuple(i for i in config.instrument if i.meter == "werkdirect")
    rijen, weg = [], volg.weglatingen
    zinnen: list[str] = []
    for ins in instrumenten:
        g = maak_poortgegevens(bestand, config, ins, volg)
        rijen.append(_rij(g, ins, *schat_poort(g, zonder_client=volg.zonder_client), nieuw))
        zinnen += g.zinnen
        weg = g.weglatingen
    return Poort(
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        instrumenten=instrumenten,
        effecten=pd.DataFrame(rijen, columns=KOLOMMEN),
        preventie=preventie,
        weglatingen=weg[weg["aantal"] > 0].reset_index(drop=True),
        waarschuwingen=_waarschuwingen(config, volg, instrumenten, zinnen, nieuw),
    )


KOLOMMEN = (
    *(
        "instrument",
        "aanvragen",
        "aanbiedingen",
        "aanbod_dag",
        "wachtend",
        "kans_zonder",
        "kans_met",
    ),
    *(
        "verschil",
        "ondergrens",
        "bovengrens",
        "voorkomen_per_100",
        "verwachte_maanden",
        "opbrengst",
    ),
    *(
        "kosten",
        "netto",
        "netto_laag",
        "netto_hoog",
        "verklaarbaar_vanaf",
        "oordeel",
        "grond",
        "toelichting",
    ),
)


def _waarschuwingen(
    config: Config, volg: Aanvragen, instrumenten: tuple[Instrument, ...], zinnen: list[str], nieuw: Nieuwkomers | None
) -> tuple[str, ...]:
    uit = list(dict.fromkeys(zinnen))
    if not instrumenten:
        uit.append("Geen enkel instrument heeft meter werkdirect: er is wel een preventiequote, maar geen effect.")
    elif config.bron.inzet is None or config.bron.inzet.volledig_vanaf is None:
        uit.append("volledig_vanaf ontbreekt bij [bron.inzet]: aangenomen is dat elk aanbod is geregistreerd.")
    if instrumenten and nieuw is None:
        uit.append("Zonder model (--model) is niet bekend hoe lang een nieuwe uitkering duurt: er zijn geen bedragen.")
    open_ = int((volg.tabel["soort"] == 0).sum())
    if open_:
        uit.append(f"{open_} aanvragen liepen nog op de peildatum; zij tellen mee tot die dag.")
    return tuple(uit)
