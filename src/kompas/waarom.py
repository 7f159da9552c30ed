"""The sentence of a row: what is expected, which factors make it longer or shorter, and what follows from it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kompas.begrippen import lees_begrippen
from kompas.herijking import Herijking
from kompas.kenmerken import Kenmerk
from kompas.klantstand import Klantstand
from kompas.models.design import Floats, Ints
from kompas.perioden import OPEN
from kompas.profiel import leeftijd_in_maanden, niveaus_van

Tekst = npt.NDArray[np.object_]
Vlag = npt.NDArray[np.bool_]
MEESTE = 3  # factors in a sentence
TELT = 0.05  # months: less than this is not worth a word
DERDE = 0.5  # months: the third factor is named from here


def _getal(x: Floats, cijfers: int) -> Tekst:
    """Numbers in Dutch, rounded; each distinct text is made once. Unknown is a dash."""
    heel = np.rint(np.nan_to_num(x, nan=-1.0) * 10**cijfers).astype(np.int64)
    uniek, plek = np.unique(heel, return_inverse=True)
    tekst = [f"{u / 10**cijfers:.{cijfers}f}".replace(".", ",") if u >= 0 else "–" for u in uniek]
    return np.array(tekst, dtype=object)[plek]


def _heel(x: Ints, een: str, meer: str) -> Tekst:
    """``1 maand``, ``2 maanden``."""
    uniek, plek = np.unique(x, return_inverse=True)
    return np.array([f"{u} {een if u == 1 else meer}" for u in uniek], dtype=object)[plek]


def _eigen(k: Kenmerk, code: npt.NDArray[np.generic]) -> Tekst:
    """A trait in words, with its name where the value alone says too little."""
    b = lees_begrippen()
    if k.naam == "eerdere_spells" and k.soort == "numeriek":
        aantal = np.asarray(code, dtype=np.float64).astype(np.int64)
        tekst = _heel(aantal, "eerdere uitkering", "eerdere uitkeringen")
        return np.where(aantal == 0, "geen eerdere uitkering", tekst)
    uniek, plek = np.unique(niveaus_van(k, code).astype(str), return_inverse=True)
    zonder_naam = k.naam in {"geslacht", "leefvorm"}
    naam = b.label(k.naam).lower()
    teksten = []
    for u in uniek:
        woord = b.waarde(k.naam, u)
        zelf = (zonder_naam and u != "onbekend") or woord.lower().startswith(naam[:3])
        teksten.append(woord if zelf else f"{naam} {woord}")
    return np.array(teksten, dtype=object)[plek]


def _inzet(stand: Klantstand, h: Herijking) -> Tekst:
    """What was deployed: ``inzet (Training, Re-integratietraject loopt)``."""
    uit = np.full(stand.client.size, "", dtype=object)
    for ins in h.config.instrument:
        ooit = stand.klanten.inzet[ins.code][0] < OPEN
        tekst = np.where(stand.loopt[ins.code], f"{ins.label} loopt", ins.label)
        uit = np.where(ooit, np.where(uit == "", tekst, uit + ", " + tekst), uit)
    return np.where(uit == "", "nog geen inzet", "inzet (" + uit + ")")


def factortekst(factor: str, stand: Klantstand, h: Herijking) -> Tekst:
    """How one factor reads for each client, (n,): ``34 jaar``, ``opleiding vmbo``, ``26 maanden bijstand``."""
    kenmerk = next((k for k in h.kenmerken if k.naam == factor), None)
    if factor == "leeftijd":
        return _heel(leeftijd_in_maanden(stand.klanten) // 12, "jaar", "jaar")
    if kenmerk is not None:
        return _eigen(kenmerk, stand.klanten.codes[factor])
    if factor == "duur":
        return _duur(stand)
    if factor == "inzet":
        return _inzet(stand, h)
    vast = {"typen": "het verloop tot nu toe", "seizoen": "de tijd van het jaar"}
    return np.full(stand.client.size, vast.get(factor, lees_begrippen().label(factor).lower()), dtype=object)


def _duur(stand: Klantstand) -> Tekst:
    return _heel(stand.duur, "maand bijstand", "maanden bijstand")


def factoren_in_woorden(factoren: Sequence[str], waarde: Floats, stand: Klantstand, h: Herijking) -> Tekst:
    """The factors that matter most, (n,): ``langer dan gemiddeld door A en B, korter door C``.

    Parameters
    ----------
    factoren : sequence of str
        Names of F factors: traits of the model, ``duur``, ``inzet``, ``typen``, ``seizoen``.
    waarde : (n, F) float
        Expected months of the client minus those of the reference, as a sum over factors.
    stand : Klantstand
    h : Herijking

    Returns
    -------
    (n,) object
        The two largest in months, and a third from half a month; empty where none reaches 0.05 month.
    """
    n, f = waarde.shape
    if n == 0 or f == 0:
        return np.full(n, "", dtype=object)
    grootte = np.abs(waarde)
    top = np.argsort(-grootte, axis=1, kind="stable")[:, :MEESTE]
    rij = np.arange(n)
    teksten = [factortekst(naam, stand, h) for naam in factoren]
    woord, teken = [], []
    for r in range(top.shape[1]):
        keus = top[:, r]
        groot = grootte[rij, keus]
        tekst = np.full(n, "", dtype=object)
        for j in range(f):
            wie = keus == j
            tekst[wie] = teksten[j][wie]
        telt = groot >= (DERDE if r == MEESTE - 1 else TELT)
        woord.append(tekst)
        teken.append(np.where(telt, np.sign(waarde[rij, keus]), 0).astype(np.int64))
    return _verbind(woord, np.column_stack(teken))


def _verbind(woord: list[Tekst], teken: Ints) -> Tekst:
    """Join the words by sign: one pass per pattern of signs."""
    uit = np.full(teken.shape[0], "", dtype=object)
    for patroon in itertools.product((-1, 0, 1), repeat=teken.shape[1]):
        wie = np.flatnonzero((teken == np.array(patroon)).all(axis=1))
        if wie.size == 0:
            continue
        delen: list[Tekst] = []
        for kant, kop in ((1, "langer"), (-1, "korter")):
            leden = [woord[r][wie] for r, t in enumerate(patroon) if t == kant]
            if leden:
                dan = "" if delen else " dan gemiddeld"
                delen.append(f"{kop}{dan} door " + _opsomming(leden))
        if delen:
            uit[wie] = delen[0] if len(delen) == 1 else delen[0] + ", " + delen[1]
    return uit


def _opsomming(leden: list[Tekst]) -> Tekst:
    uit = leden[-1]
    if len(leden) > 1:
        uit = leden[-2] + " en " + uit
    return uit if len(leden) <= 2 else leden[0] + ", " + uit


def waarom(stand: Klantstand, verwacht: Floats, kans: Floats, advies: Tekst, horizon: int, factoren: Tekst) -> Tekst:
    """One Dutch sentence per client, (n,).

    Parameters
    ----------
    stand : Klantstand
    verwacht : (n,) float
        Expected months on benefit within the horizon.
    kans : (n,) float
        Chance of exit within 12 months.
    advies : (n,) str
        Codes with ja, or empty.
    horizon : int
        Months.
    factoren : (n,) str
        See `factoren_in_woorden`.
    """
    kop = _duur(stand)
    staart = np.where(advies != "", "advies: " + advies, "geen advies")
    staart = staart + np.where(stand.bedragen.geschat, "; bedrag volgens norm.", ".")
    midden = "; naar verwachting nog " + _getal(verwacht, 1) + f" van {horizon} maanden"
    midden = midden + ", kans op uitstroom binnen een jaar " + _getal(100 * kans, 0) + "%; "
    midden = midden + np.where(factoren != "", factoren + "; ", "")
    onbekend = "; een kenmerk heeft een waarde die het model niet kent: geen uitspraak."
    niet = np.where(stand.aow, "; AOW-leeftijd bereikt op de peildatum: geen uitspraak.", onbekend)
    return np.asarray(kop + np.where(stand.scoort, midden + staart, niet), dtype=object)
