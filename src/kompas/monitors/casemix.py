r"""Expected outflow of a unit, given its clients; and the funnel that says which gaps may be chance.

Indirect standardisation: with :math:`\lambda_c(z_i, t)` the monthly rate of exit to cause c of a client with traits
z_i and duration t, a unit u is expected to have

.. math:: E_{uc} = f_c \sum_{i \in u} \sum_m d_{im} \lambda_c(z_i, t_{im})

with d the part of month m in which i was on benefit and f_c the factor that makes the town as a whole right over the
months of the monitor. Instruments are left out of the rates on purpose: what a unit starts is its work, not its mix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import BESTEMMINGEN
from kompas.herijking import Herijking
from kompas.historie import bronwaarden_van
from kompas.kenmerken import Bronwaarden
from kompas.models.calendar import full_months
from kompas.models.design import Floats, Ints
from kompas.models.timedesign import band_of, frozen_trend, natural_spline
from kompas.monitors.kengetalbron import Kern

Z95, Z998 = 1.959963984540054, 3.090232306167813
WERK = BESTEMMINGEN.index("werk")
LEEFTIJDEN = (25, 35, 45, 55)
DUREN = (3, 6, 12, 24, 36, 60)
STEUN = 60.0  # person-months by which a thin stratum leans on its band of duration
MINSTE_VERWACHT = 5.0  # with fewer expected exits a ratio says nothing
MINSTE_EENHEDEN = 5  # with fewer units no spread beyond chance is estimated
ZONDER_MODEL = "leefvorm, leeftijd en duur (zonder model)"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verwacht:
    """Expected and observed exits per month.

    Parameters
    ----------
    verwacht, waargenomen : (C, U, t) float
        By cause (order of ``BESTEMMINGEN``), unit and reported month.
    aow : (U, t) float
        Exits at the AOW age: known beforehand, counted on both sides.
    hoe : str
        By what is adjusted, in Dutch.
    onbekend : float
        Share of the exposure of clients with a trait that the model never saw: they count with the mean rate.
    """

    verwacht: Floats
    waargenomen: Floats
    aow: Floats
    hoe: str
    onbekend: float


def _maand_stand(k: Kern, t: int) -> tuple[Ints, Ints, Floats]:
    """Who is on benefit during a month: spells, the middle day of their part of it, and that part in months."""
    van, tot = int(k.eerste_dag[t]), int(k.laatste_dag[t]) + 1
    wie = np.flatnonzero((k.begin < tot) & (k.eind > van))
    a, b = np.maximum(k.begin[wie], van), np.minimum(k.eind[wie], tot)
    return wie, (a + b - 1) // 2, np.asarray((b - a) / (tot - van), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Model:
    """Coefficients of a herijking laid out for one month at a time; instruments left out."""

    h: Herijking
    bron: Bronwaarden
    plek: dict[str, int]

    def tempo(self, k: Kern, wie: Ints, dag: Ints, maand: int) -> Floats:
        """Rates of exit per month, (C, n); nan where a trait was never seen."""
        h = self.h
        coef = np.nan_to_num(h.coef)
        duur = full_months(k.begin[wie], np.maximum(dag, k.begin[wie]))
        banden = np.array([self.plek[f"duur={b}"] for b in h.tijd.band_names], dtype=np.int64)
        log = coef[:, banden[band_of(duur, h.tijd.bands)]]
        seizoen = self.plek.get(f"maand={maand % 12 + 1}")
        log = log + (coef[:, seizoen, None] if seizoen is not None else 0.0)
        trend = [j for term, j in self.plek.items() if term == "trend" or term.startswith("trend_")]
        if trend:
            log = log + (coef[:, trend] @ self._trend(maand))[:, None]
        vreemd = np.zeros(wie.size, dtype=bool)
        for kenmerk in h.kenmerken:
            gevonden = kenmerk.codeer(self.bron.waarde(kenmerk.naam, k.spell[wie], dag))
            if kenmerk.soort == "numeriek":
                getal = np.asarray(gevonden, dtype=np.float64)
                vreemd |= np.isnan(getal)
                log = log + coef[:, self.plek[kenmerk.naam], None] * np.nan_to_num(getal)
                continue
            kolom = np.array([self.plek.get(f"{kenmerk.naam}={v}", -1) for v in kenmerk.niveaus], dtype=np.int64)
            code = np.asarray(gevonden, dtype=np.int64)
            vreemd |= code < 0
            hier = kolom[np.maximum(code, 0)]
            log = log + np.where(hier >= 0, coef[:, np.maximum(hier, 0)], 0.0)
        tempo = np.exp(np.minimum(log, 5.0))
        tempo[np.isnan(h.coef).all(axis=1)] = 0.0
        return np.asarray(np.where(vreemd, np.nan, tempo), dtype=np.float64)

    def _trend(self, maand: int) -> Floats:
        spec = self.h.tijd
        if maand > spec.last:
            return frozen_trend(spec)
        return np.asarray(natural_spline(np.array([(maand - spec.first) / 12]), spec.knots)[0], dtype=np.float64)


def _met_model(k: Kern, h: Herijking) -> tuple[Floats, float]:
    """Expected exits by the model before the factor, (C, L, t), and the share of exposure with an unknown trait."""
    namen = [x.naam for x in h.kenmerken]
    u = k.bestand.uitkeringen
    bron, _ = bronwaarden_van(namen, k.perioden, u, k.bestand.kenmerken_historie)
    model = _Model(h=h, bron=bron, plek={t: j for j, t in enumerate(h.termen)})
    t0, n = k.eerste, k.lid.shape[1]
    uit = np.zeros((len(BESTEMMINGEN), n, k.aantal_maanden - t0))
    weg = totaal = 0.0
    for t in range(t0, k.aantal_maanden):
        wie, dag, deel = _maand_stand(k, t)
        tempo = model.tempo(k, wie, dag, int(k.maanden[t]))
        vreemd = np.isnan(tempo[0])
        weg, totaal = weg + deel[vreemd].sum(), totaal + deel.sum()
        bekend = deel[~vreemd].sum()
        for c in range(len(BESTEMMINGEN)):
            midden = (tempo[c, ~vreemd] * deel[~vreemd]).sum() / bekend if bekend > 0 else 0.0
            uit[c, :, t - t0] = np.bincount(k.blad[wie], np.where(vreemd, midden, tempo[c]) * deel, n)
    return uit, weg / totaal if totaal > 0 else 0.0


def _strata(k: Kern, wie: Ints, dag: Ints, leefvorm: Ints, geboren: Ints) -> tuple[Ints, Ints]:
    """Stratum and band of duration of clients on a day."""
    duur = band_of(full_months(k.begin[wie], np.maximum(dag, k.begin[wie])), DUREN)
    leeftijd = np.searchsorted(np.array(LEEFTIJDEN) * 365.25, (dag - geboren[wie]).astype(np.float64), side="right")
    return (leefvorm[wie] * (len(LEEFTIJDEN) + 1) + leeftijd) * (len(DUREN) + 1) + duur, duur


def _met_strata(k: Kern) -> Floats:
    """Expected exits by rates of the own town per leefvorm, age and duration, (C, L, t)."""
    u = k.bestand.uitkeringen
    leefvorm = pd.factorize(u["leefvorm"].astype(str), sort=True)[0].astype(np.int64)[k.rij]
    geboren = u["geboortedatum"].to_numpy(dtype="datetime64[D]").astype(np.int64)[k.rij]
    groot = (int(leefvorm.max(initial=0)) + 1) * (len(LEEFTIJDEN) + 1) * (len(DUREN) + 1)
    t0, n, c_n = k.eerste, k.lid.shape[1], len(BESTEMMINGEN)
    bloot = np.zeros((k.aantal_maanden - t0, n, groot))
    weg = np.zeros((c_n, groot))
    for t in range(t0, k.aantal_maanden):
        wie, dag, deel = _maand_stand(k, t)
        code, _ = _strata(k, wie, dag, leefvorm, geboren)
        bloot[t - t0] = np.bincount(k.blad[wie] * groot + code, deel, n * groot).reshape(n, groot)
        uit = k.eind[wie] - 1 <= k.laatste_dag[t]
        for c, naam in enumerate(BESTEMMINGEN):
            weg[c] += np.bincount(code[uit & (k.oorzaak[wie] == naam)], minlength=groot)
    band = np.arange(groot) % (len(DUREN) + 1)
    maanden = bloot.sum(axis=(0, 1))
    per_band = np.bincount(band, maanden, len(DUREN) + 1)
    tempo = np.zeros((c_n, groot))
    for c in range(c_n):
        gemiddeld = np.bincount(band, weg[c], len(DUREN) + 1) / np.maximum(per_band, 1e-9)
        tempo[c] = (weg[c] + STEUN * gemiddeld[band]) / (maanden + STEUN)
    return np.asarray(np.einsum("tls,cs->clt", bloot, tempo), dtype=np.float64)


def verwachte_uitstroom(k: Kern, h: Herijking | None) -> Verwacht:
    """Compute what the town as a whole would reach with the clients of each unit, month by month.

    Parameters
    ----------
    k : Kern
    h : Herijking, optional
        Rates by all traits of the model; without it by leefvorm, age and duration.

    Returns
    -------
    Verwacht

    Notes
    -----
    The factor per cause makes the town right over all reported months together, so units are compared with the town,
    not with the years in which the model was estimated. Clients of a unit are those that the delivery puts there now.
    """
    per_blad, onbekend = (_met_strata(k), 0.0) if h is None else _met_model(k, h)
    aan = slice(k.eerste, None)
    echt = np.stack(
        [k.bladeren(k.blad[w := k.oorzaak == naam], k.eind[w] - 1)[:, aan] for naam in BESTEMMINGEN], axis=0
    )
    som = per_blad.sum(axis=(1, 2))
    factor = np.where(som > 0, echt.sum(axis=(1, 2)) / np.where(som > 0, som, 1.0), 0.0)
    lid = k.lid.astype(np.float64)
    aow = k.oorzaak == "aow"
    return Verwacht(
        verwacht=np.einsum("ul,clt->cut", lid, per_blad * factor[:, None, None]),
        waargenomen=np.einsum("ul,clt->cut", lid, echt),
        aow=lid @ k.bladeren(k.blad[aow], k.eind[aow] - 1)[:, aan],
        hoe=ZONDER_MODEL if h is None else "de kenmerken van het model, duur en seizoen",
        onbekend=onbekend,
    )


def overdispersie(waargenomen: Floats, verwacht: Floats) -> float:
    r"""Spread of units beyond chance: mean squared z after winsorising ten percent at each side; at least 1.

    :math:`z = 2 (\sqrt{O} - \sqrt{E})` has variance 1 when only chance works (Spiegelhalter 2005, Stat. Med. 24).

    Examples
    --------
    >>> overdispersie(np.array([100.0, 100.0, 100.0, 100.0, 100.0]), np.full(5, 100.0))
    1.0
    >>> round(overdispersie(np.array([60.0, 140.0, 70.0, 130.0, 100.0]), np.full(5, 100.0)), 1)
    9.1
    """
    telt = verwacht >= MINSTE_VERWACHT
    if telt.sum() < MINSTE_EENHEDEN:
        return 1.0
    z = 2.0 * (np.sqrt(waargenomen[telt]) - np.sqrt(verwacht[telt]))
    laag, hoog = np.quantile(z, [0.1, 0.9])
    phi = float((np.clip(z, laag, hoog) ** 2).mean())
    return phi if phi > 1.0 + 2.0 * np.sqrt(2.0 / telt.sum()) else 1.0


def grenzen(verwacht: Floats, phi: float, z: float) -> tuple[Floats, Floats]:
    """Limits of observed over expected within which a unit is like the others.

    Examples
    --------
    >>> [x.round(2).tolist() for x in grenzen(np.array([25.0, 100.0]), 1.0, Z95)]
    [[0.65, 0.81], [1.43, 1.21]]
    """
    wortel, breed = np.sqrt(np.maximum(verwacht, 1e-9)), z * np.sqrt(phi) / 2.0
    laag = np.maximum(wortel - breed, 0.0) ** 2 / wortel**2
    return np.asarray(laag, dtype=np.float64), np.asarray((wortel + breed) ** 2 / wortel**2, dtype=np.float64)


BINNEN = "binnen de grenzen"
_LAGER = ("duidelijk lager dan verwacht", "lager dan verwacht")
_OORDEEL = (*_LAGER, BINNEN, "hoger dan verwacht", "duidelijk hoger dan verwacht")
TE_WEINIG = "te weinig om iets te zeggen"


def trechter(eenheden: pd.DataFrame, v: Verwacht, maanden: int = 12) -> pd.DataFrame:
    """Observed against expected exits of teams over the last months, with control limits.

    Parameters
    ----------
    eenheden : DataFrame
        niveau, eenheid.
    v : Verwacht
    maanden : int

    Returns
    -------
    DataFrame
        kengetal, niveau, eenheid, waargenomen, verwacht, verhouding, laag_95, hoog_95, laag_998, hoog_998, spreiding
        (overdispersion of that level), oordeel; only teamleider and team, by name: never persons, never a ranking.
        Expected exits are brought to the total of the town over these months.
    """
    n = min(maanden, v.verwacht.shape[2])
    rijen = []
    for code, (o, e) in {
        "uitstroom": (v.waargenomen.sum(axis=0) + v.aow, v.verwacht.sum(axis=0) + v.aow),
        "uitstroom_werk": (v.waargenomen[WERK], v.verwacht[WERK]),
    }.items():
        stad = float(e[0, -n:].sum())
        naar = float(o[0, -n:].sum()) / stad if stad > 0 else 1.0
        for niveau in ("teamleider", "team"):
            wie = np.flatnonzero((eenheden["niveau"] == niveau).to_numpy())
            if wie.size < 2:
                continue
            namen = eenheden["eenheid"].to_numpy(dtype=object)[wie]
            rijen.append(_trechterrijen(code, niveau, namen, o[wie, -n:], naar * e[wie, -n:]))
    kolommen = ["kengetal", "niveau", "eenheid", "waargenomen", "verwacht", "verhouding", "laag_95", "hoog_95"]
    kolommen += ["laag_998", "hoog_998", "spreiding", "oordeel"]
    return pd.concat(rijen, ignore_index=True)[kolommen] if rijen else pd.DataFrame(columns=kolommen)


def _trechterrijen(code: str, niveau: str, namen: npt.NDArray[np.object_], o: Floats, e: Floats) -> pd.DataFrame:
    waargenomen, verwacht = o.sum(axis=1), e.sum(axis=1)
    phi = overdispersie(waargenomen, verwacht)
    (l95, h95), (l998, h998) = (grenzen(verwacht, phi, z) for z in (Z95, Z998))
    verhouding = np.where(verwacht > 0, waargenomen / np.where(verwacht > 0, verwacht, 1.0), np.nan)
    trap = (verhouding >= l998).astype(int) + (verhouding >= l95) + (verhouding > h95) + (verhouding > h998)
    oordeel = np.where(verwacht < MINSTE_VERWACHT, TE_WEINIG, np.array(_OORDEEL, dtype=object)[trap])
    return pd.DataFrame(
        {
            "kengetal": code,
            "niveau": niveau,
            "eenheid": namen,
            "waargenomen": waargenomen,
            "verwacht": verwacht,
            "verhouding": verhouding,
            "laag_95": l95,
            "hoog_95": h95,
            "laag_998": l998,
            "hoog_998": h998,
            "spreiding": phi,
            "oordeel": oordeel,
        }
    )
