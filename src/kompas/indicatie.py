"""The indication: outlook and situation of a client to ja, nee or geen_uitspraak. The only place where one is made.

Law (methode 7): for an instrument of ``meter = "handhaving"`` a ``ja`` needs a recorded concrete ground for that
client. It cannot be given otherwise: where no grounds come along, `kolommen` treats everybody as having none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from kompas.config import Instrument
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.kenmerken import STARTBANDEN
from kompas.models.calendar import full_months
from kompas.models.design import Floats, Ints
from kompas.models.timedesign import band_of
from kompas.oordeel import helpt, oordeel_over_instrument
from kompas.rendement import Vooruitzicht
from kompas.rooster import Klanten
from kompas.tabellen import Z95

Vlag = npt.NDArray[np.bool_]

HOOFDBESTEMMING = {"reintegratie": "werk", "werkdirect": "werk", "handhaving": "handhaving"}
HANDHAVING = "handhaving"
ZWAK = ("onvoldoende_gegevens", "niet_vastgesteld")
JA = {
    "vastgesteld": "levert naar verwachting meer op dan het kost",
    "afhankelijk_van_aanname": "levert ook bij de andere mogelijke antwoorden meer op dan het kost; het effect hangt "
    "af van een aanname",
    "niet_vastgesteld": "",
    "onvoldoende_gegevens": "",
}
GEEN_GUNSTIGE_FASE = "geen fase vergroot aantoonbaar de uitstroom waarvoor dit bedoeld is"
NIET_DOOR_EIGEN = {
    "werk": "de uitstroom naar werk alleen dekt de kosten niet zeker genoeg",
    "handhaving": "de uitstroom door handhaving alleen dekt de kosten niet zeker genoeg",
}
ACHTERVOEGSELS = (
    "maanden_bespaard",
    "opbrengst",
    "netto",
    "netto_laag",
    "netto_hoog",
    "kans_positief",
    "indicatie",
    "reden",
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Situatie:
    """What decides the indication of one instrument, per client (arrays of length n).

    Parameters
    ----------
    loopt : (n,) bool
        The instrument is running now.
    scoort : (n,) bool
        The model can say something about this client.
    steun : (n,) bool
        The data hold enough starts by clients like this one.
    grond : (n,) bool or None
        A valid recorded ground; needed for handhaving, None (= nobody has one) elsewhere.
    bedrag : (n,) float
        Euros per month; nan unknown.
    prijs : float
        Euros per start; nan unknown.
    oordeel : str
        Verdict on the effect.
    helpt : bool
        Some phase raises the exit that the instrument is meant for (`kompas.oordeel.helpt`).
    eigen : pair of (n,) float, optional
        Worth per euro of monthly cost of the exits that the instrument is meant for alone, and its standard error; nan
        where it was not asked for. Not given: not asked.
    """

    loopt: Vlag
    scoort: Vlag
    steun: Vlag
    grond: Vlag | None
    bedrag: Floats
    prijs: float
    oordeel: str
    helpt: bool = True
    eigen: tuple[Floats, Floats] | None = None


def prijs_van(ins: Instrument, h: Herijking) -> float:
    """Cost of a start: today's config, else the model's; nan = unknown."""
    if ins.kosten is not None:
        return ins.kosten
    rij = h.kosten.loc[h.kosten["instrument"] == ins.code, "kosten"]
    return float(rij.iloc[0]) if len(rij) else float("nan")


def _hoofdrijen(h: Herijking, ins: Instrument) -> pd.DataFrame:
    """Preferred effects of all clients together on the bestemming that the meter is about."""
    return h.effecten[
        (h.effecten["instrument"] == ins.code)
        & (h.effecten["bestemming"] == HOOFDBESTEMMING[ins.meter])
        & (h.effecten["groep"] == "allen")
        & h.effecten["voorkeur"]
    ]


def oordeel_van(h: Herijking, ins: Instrument) -> str:
    """Verdict on the instrument as a whole, for the bestemming that the meter is about."""
    return oordeel_over_instrument(_hoofdrijen(h, ins))


def helpt_van(h: Herijking, ins: Instrument) -> bool:
    """Whether a phase of the instrument raises the exit that the meter is about."""
    return helpt(_hoofdrijen(h, ins))


def saldo(waarde: Floats, se: Floats, s: Situatie) -> tuple[Floats, Floats, Floats]:
    """Return worth minus price, its standard error, and the chance that it is positive; nan when unknown."""
    fout, netto = se * s.bedrag, waarde * s.bedrag - s.prijs
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        kans = np.where(fout > 0, ndtr(netto / fout), np.where(netto > 0, 1.0, 0.0))
    return netto, fout, np.where(np.isnan(netto) | np.isnan(fout), np.nan, kans)


def _eigen_genoeg(s: Situatie, minimum: float) -> Vlag:
    """Whether the exits that the instrument is meant for are worth its price by themselves (methode 1)."""
    if s.eigen is None:
        return np.ones(s.loopt.size, dtype=bool)
    netto, se, kans = saldo(*s.eigen, s)
    genoeg = kans >= minimum
    return np.asarray(genoeg & (netto - Z95 * se > 0) if s.oordeel == "afhankelijk_van_aanname" else genoeg)


def met_eigen(
    ins: Instrument, v: Vooruitzicht, s: Situatie, minimum: float, eigen: Callable[[Ints], Vooruitzicht]
) -> dict[str, npt.NDArray[np.generic]]:
    """The contract's columns; a ``ja`` must also hold on the exits alone that the instrument is meant for.

    Parameters
    ----------
    ins, v, s, minimum
        See `kolommen`.
    eigen : function (places) -> Vooruitzicht
        Scores the clients at these places with the effect on the main bestemming alone; asked only for who would get
        a ``ja``.
    """
    uit = kolommen(ins, v, s, minimum)
    wie: Ints = np.flatnonzero(uit[f"{ins.code}_indicatie"] == "ja")
    if wie.size == 0:
        return uit
    apart = eigen(wie)
    waarde, se = np.full(s.loopt.size, np.nan), np.full(s.loopt.size, np.nan)
    waarde[wie], se[wie] = apart.waarde[ins.code], apart.se_waarde[ins.code]
    return kolommen(ins, v, replace(s, eigen=(waarde, se)), minimum)


def steun_van(h: Herijking, ins: Instrument, klanten: Klanten) -> Vlag:
    """Whether the data hold enough starts by clients of each level and of this elapsed duration, (n,)."""
    tabel = h.steun[h.steun["instrument"] == ins.code]
    kaart = {
        (k, str(n)): bool(v) for k, n, v in zip(tabel["kenmerk"], tabel["niveau"], tabel["voldoende"], strict=True)
    }
    maand = full_months(klanten.begin, np.full(klanten.aantal, klanten.nu, dtype=np.int64))
    per_band = np.array([kaart.get(("duur", str(b)), False) for b in range(len(STARTBANDEN) + 1)])
    uit = per_band[band_of(maand, STARTBANDEN)]
    for k in h.kenmerken:
        if k.soort == "numeriek" or k.naam == "leeftijd":
            continue
        per = np.array([kaart.get((k.naam, n), False) for n in k.niveaus])
        code: Ints = np.asarray(klanten.codes[k.naam], dtype=np.int64)
        uit = uit & np.where(code >= 0, per[np.maximum(code, 0)], False)
    return np.asarray(uit)


def _grond(ins: Instrument, s: Situatie) -> Vlag:
    """Who may get a ja by law: everybody, or for handhaving only who has a recorded ground."""
    n = s.loopt.size
    if ins.meter != HANDHAVING:
        return np.ones(n, dtype=bool)
    if s.grond is None:
        return np.zeros(n, dtype=bool)
    if s.grond.shape != (n,):
        raise GebruiksFout(
            "KMP-L003",
            f"voor '{ins.code}' zijn er {s.grond.size} gronden bij {n} klanten. Geef er een per klant (true of false).",
        )
    return np.asarray(s.grond, dtype=bool)


def _kies(gevallen: Sequence[tuple[Vlag, str]], anders: str) -> npt.NDArray[np.object_]:
    """Text of the first case that holds; every row points to one of a few texts."""
    teksten = np.array([*(tekst for _, tekst in gevallen), anders], dtype=object)
    plek = np.select([wie for wie, _ in gevallen], list(range(len(gevallen))), default=len(gevallen))
    return np.asarray(teksten[plek], dtype=object)


def kolommen(ins: Instrument, v: Vooruitzicht, s: Situatie, minimum: float) -> dict[str, npt.NDArray[np.generic]]:
    """The contract's columns of one instrument.

    Parameters
    ----------
    ins : Instrument
    v : Vooruitzicht
        Months saved, and worth per euro of monthly cost with its standard error, (n,) each.
    s : Situatie
    minimum : float
        ``minimale_kans_positief``.

    Returns
    -------
    dict of str to (n,) array
        ``CODE_maanden_bespaard`` ... ``CODE_reden``, in the order of the contract; euros, months, chances 0-1.
    """
    n = s.loopt.size
    bespaard, opbrengst = v.maanden_bespaard[ins.code], v.waarde[ins.code] * s.bedrag
    netto, se, kans = saldo(v.waarde[ins.code], v.se_waarde[ins.code], s)
    onbekend = np.isnan(kans)  # without a margin nothing is certain enough
    laag, hoog = netto - Z95 * se, netto + Z95 * se
    zwak = s.oordeel in ZWAK
    grond = _grond(ins, s)
    leeg = s.loopt | ~s.scoort | ~grond
    euro_leeg = leeg | zwak | ~s.steun  # no euros where the data hold nobody like this client
    beide = laag > 0 if s.oordeel == "afhankelijk_van_aanname" else np.ones(n, dtype=bool)
    loont = ~euro_leeg & ~onbekend & beide & (kans >= minimum)
    eigen = _eigen_genoeg(s, minimum)
    ja = loont & eigen & s.helpt
    geen = s.loopt | ~s.scoort | zwak | ~s.steun | onbekend | (loont & (not s.helpt))
    zonder_grond = ~grond & ~s.loopt & (not zwak)  # of a weak effect nothing is said, with a ground or without
    indicatie = _kies([(zonder_grond, "nee"), (geen, "geen_uitspraak"), (ja, "ja")], "nee")
    redenen = [
        (s.loopt, "loopt al"),
        (zonder_grond, "geen vastgelegde concrete grond voor deze klant"),
        (~s.scoort, "geen uitspraak over deze klant mogelijk"),
        (np.full(n, zwak), f"effect: {s.oordeel.replace('_', ' ')}"),
        (~s.steun, "te weinig vergelijkbare klanten kregen dit"),
        (np.isnan(s.bedrag), "uitkeringsbedrag onbekend"),
        (np.full(n, np.isnan(s.prijs)), "kosten van het instrument onbekend"),
        (onbekend, "geen uitspraak over deze klant mogelijk"),
        (ja, JA[s.oordeel]),
        (loont & (not s.helpt), GEEN_GUNSTIGE_FASE),
        (loont & ~eigen, NIET_DOOR_EIGEN[HOOFDBESTEMMING[ins.meter]]),
        (kans < minimum, f"kans op een positief saldo is kleiner dan {minimum:.0%}"),
        (~beide, "ondergrens van het saldo is niet positief"),
    ]
    reden = _kies(redenen, "")
    euros = {"opbrengst": opbrengst, "netto": netto, "netto_laag": laag, "netto_hoog": hoog, "kans_positief": kans}
    return {
        f"{ins.code}_maanden_bespaard": np.where(leeg, np.nan, bespaard),
        **{f"{ins.code}_{k}": np.where(euro_leeg, np.nan, w) for k, w in euros.items()},
        f"{ins.code}_indicatie": indicatie,
        f"{ins.code}_reden": reden,
    }
