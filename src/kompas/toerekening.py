r"""Why a client is expected to stay longer or shorter than the average client: contributions that add up.

The expected months V are a function of everything that differs between clients: log hazards of exit, months until AOW,
the weights of the types. Walk in a straight line from the average client to this one, and give every factor what V
changes by its own part of each step (Aumann & Shapley 1974; 'integrated gradients'):

.. math:: \phi_f = \int_0^1 \sum_k \frac{\partial V}{\partial x_k}\bigl(\bar x + s (x - \bar x)\bigr)
          (x_{kf} - \bar x_{kf})\, ds,

where x_k = sum over factors of x_kf. No order of factors is chosen, factors without a difference get zero, and the sum
is V(x) - V(mean) exactly. The integral is taken at a few Gauss points; what they miss (thousandths of a month on
average) is shared out in proportion, so that the sum holds to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from kompas.config import BESTEMMINGEN
from kompas.fouten import GebruiksFout
from kompas.models.design import Floats, Ints, readonly
from kompas.models.outlook import reward_along, to_length_and_back, walk
from kompas.models.returns import AtLevel, at_left, at_level_and_left
from kompas.models.timedesign import frozen_trend
from kompas.rendement import per_blok
from kompas.rooster import Klanten
from kompas.vooruitblik import Blok, Meter

PUNTEN = 3  # Gauss points along the path
GROEPEN = {"seizoen": "duur"}  # factors that are told as one
OORZAKEN = len(BESTEMMINGEN)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bijdragen:
    """Expected months of clients as those of the average client plus a part per factor.

    Parameters
    ----------
    referentie : float
        Expected months on benefit of the reference: the average client.
    factoren : tuple of F str
        Names of the traits, and ``leeftijd`` (also the months until AOW), ``duur``, ``inzet`` (what was deployed
        before), ``typen`` (what his own history tells beyond the traits).
    waarde : (n, F) float
        Months; positive = longer on benefit than the average client. Rows sum to ``totaal - referentie``.
    totaal : (n,) float
        Expected months on benefit of each client when nothing new starts.
    rest : (n,) float
        Months that the quadrature missed, already shared out over ``waarde``.
    """

    referentie: float
    factoren: tuple[str, ...]
    waarde: Floats
    totaal: Floats
    rest: Floats

    def __post_init__(self) -> None:
        for veld in ("waarde", "totaal", "rest"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    def to_frame(self) -> pd.DataFrame:
        """One row per client, a column per factor."""
        return pd.DataFrame(self.waarde, columns=list(self.factoren))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Delen:
    """What enters the expected months of n clients, split by factor.

    Additive parts of the log hazards per duration month: ``kenmerk`` (K, C, n), ``leeftijd``, ``duur``, ``seizoen``,
    and per piece ``inzet`` (C, J, n). Lengths of the pieces and months left after them, without (``vol``) and with AOW
    (J, n). ``types`` (M, n). The mean over a caseload has n = 1.
    """

    kenmerk: Floats
    leeftijd: Floats
    duur: Floats
    seizoen: Floats
    inzet: Floats
    lengte_vol: Floats
    lengte: Floats
    rest_vol: Floats
    rest: Floats
    types: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Referentie:
    """The average client: means of everything that enters, and the expected months that they give.

    Holds no row about a person. Made by :func:`maak_referentie` for one meter; only good for that meter.
    """

    delen: Delen
    maanden: float


def _delen(b: Blok) -> Delen:
    m, r = b.m, b.r
    inzet = np.zeros_like(b.hazard)
    for code, fasen in b.eerder.items():
        if fasen.wie.size:
            inzet[:, :, fasen.wie] += np.log(b.factor[code])
    lengte_vol = np.diff(r.grens, axis=0)
    return Delen(
        kenmerk=np.stack([np.stack(b.kenmerkdelen(beta)) for beta in m.coef], axis=1)
        if b.vast
        else np.zeros((0, OORZAKEN, b.k.aantal)),
        leeftijd=np.stack([b.leeftijddeel(beta) for beta in m.coef]),
        duur=m.coef[:, m.tijd_band][:, b.band],
        seizoen=np.stack([b.seizoen(beta)[r.kalender] for beta in m.coef]),
        inzet=inzet,
        lengte_vol=lengte_vol,
        lengte=r.lengte,
        rest_vol=r.horizon - (r.grens[:-1] + lengte_vol / 2),
        rest=r.rest,
        types=b.k.types.T,
    )


def maak_referentie(m: Meter, klanten: Klanten, gewicht: Floats | None = None) -> Referentie:
    """The average of a caseload, to compare clients with.

    Parameters
    ----------
    m : Meter
    klanten : Klanten
        The running caseload.
    gewicht : (n,) float, optional
        How often each row counts.

    Returns
    -------
    Referentie

    Raises
    ------
    GebruiksFout
        ``KMP-V003`` without clients.
    """
    g = np.ones(klanten.aantal) if gewicht is None else np.asarray(gewicht, dtype=np.float64)
    if not g.sum() > 0:
        raise GebruiksFout(
            "KMP-V003", "er zijn geen klanten om een gemiddelde van te nemen. Geef een bestand met lopende klanten."
        )
    namen = [f.name for f in fields(Delen)]
    sommen: dict[int, list[Floats]] = {}

    def een(wie: slice, deel: Klanten) -> None:
        d = _delen(Blok(m, deel))
        eigen = wie.stop - wie.start
        sommen[wie.start] = [getattr(d, n)[..., :eigen] @ g[wie, None] for n in namen]

    per_blok(klanten, een)
    totaal = [np.sum([sommen[p][j] for p in sorted(sommen)], axis=0) / g.sum() for j in range(len(namen))]
    delen = Delen(**dict(zip(namen, totaal, strict=True)))
    stap = Blok(m, klanten.deel(slice(0, 1))).r.stap
    return Referentie(delen=delen, maanden=float(_Pad(m, delen, delen, stap).maanden(0.0)[0]))


class _Pad:
    """The straight line from the average client (s = 0) to some clients (s = 1)."""

    def __init__(self, m: Meter, van: Delen, naar: Delen, stap: Ints) -> None:
        self.m, self.van = m, van
        self.verschil = d = Delen(**{f.name: getattr(naar, f.name) - getattr(van, f.name) for f in fields(Delen)})
        geschat = np.asarray(~np.isnan(m.herijking.meter_coef).all(axis=1))
        self.actief = geschat[:, None, None]
        kolommen = m.trendkolommen()
        trend = m.coef[:, kolommen] @ frozen_trend(m.herijking.tijd)[: len(kolommen)]
        eerdere = m.coef[:, m.plek["eerdere_spells"]] if "eerdere_spells" in m.plek else np.zeros(OORZAKEN)
        log0 = van.kenmerk.sum(axis=0)[:, None] + van.leeftijd + van.duur + van.seizoen + trend[:, None, None]
        self.log0 = log0[:, stap] + van.inzet
        self.log = (d.kenmerk.sum(axis=0)[:, None] + d.leeftijd + d.duur + d.seizoen)[:, stap] + d.inzet
        self.eigen0 = van.kenmerk.sum(axis=0) + van.leeftijd[:, 0] + eerdere[:, None]
        self.eigen = d.kenmerk.sum(axis=0) + d.leeftijd[:, 0]

    def _op(self, s: float) -> tuple[Floats, Floats, Floats, Floats, Floats]:
        """Hazards, lengths, months left, weights of the types and own level at a point of the line."""
        v, d = self.van, self.verschil
        hazard = np.exp(self.log0 + s * self.log) * self.actief
        rest = np.clip(v.rest + s * d.rest, 0.0, self.m.horizon)
        return hazard, v.lengte + s * d.lengte, rest, v.types + s * d.types, self.eigen0 + s * self.eigen

    def maanden(self, s: float) -> Floats:
        """Expected months at a point of the line, (n,)."""
        hazard, lengte, rest, types, eigen = self._op(s)
        uit = np.zeros(hazard.shape[2])
        for q, punt in enumerate(self.m.punten):
            langs = walk(hazard * np.exp(punt)[:, None, None], lengte, fitted=self.m.gemeten)
            back = self._terug(eigen, punt, rest, helling=False).value
            uit += reward_along(langs, 1.0, back).value * types[q]
        return uit

    def _terug(self, eigen: Floats, punt: Floats, rest: Floats, *, helling: bool) -> AtLevel:
        """Worth of an exit, with its derivatives to the own level and to the months left."""
        tabel = self.m.terug
        if tabel.ndim == 3:
            return at_level_and_left(tabel, self.m.niveau(eigen, punt), rest, slopes=helling)
        return AtLevel(at_left(tabel, rest), None, at_left(_stappen(tabel), np.floor(rest)) if helling else None)

    def hellingen(self, s: float) -> _Hellingen:
        """Derivatives of the expected months at a point of the line."""
        hazard, lengte, rest, types, eigen = self._op(s)
        uit = _Hellingen.nul(hazard.shape)
        for q, punt in enumerate(self.m.punten):
            langs = walk(hazard * np.exp(punt)[:, None, None], lengte, fitted=self.m.gemeten)
            back = self._terug(eigen, punt, rest, helling=True)
            deel = reward_along(langs, 1.0, back.value)
            naar_lengte, naar_back = to_length_and_back(langs, 1.0, back.value)
            uit.log += deel.gradient * types[q]
            uit.lengte += naar_lengte * types[q]
            if back.to_left is not None:
                uit.rest += (naar_back * back.to_left).sum(axis=0) * types[q]
            if back.to_level is not None:
                zwaar = np.exp(eigen + punt[:, None]) * self.m.vervolg[:, None]
                naar_niveau = np.einsum("cjn,cjn->n", naar_back, back.to_level)
                uit.eigen += naar_niveau * types[q] * zwaar / zwaar.sum(axis=0)
            uit.types += deel.value * self.verschil.types[q]
        return uit


@dataclass(slots=True, eq=False, kw_only=True)
class _Hellingen:
    """Derivatives to log hazards (C, J, n), own level (C, n), lengths and months left (J, n); gain by types (n,)."""

    log: Floats
    eigen: Floats
    lengte: Floats
    rest: Floats
    types: Floats

    @classmethod
    def nul(cls, vorm: tuple[int, ...]) -> _Hellingen:
        c, j, n = vorm
        return cls(
            log=np.zeros((c, j, n)),
            eigen=np.zeros((c, n)),
            lengte=np.zeros((j, n)),
            rest=np.zeros((j, n)),
            types=np.zeros(n),
        )

    def bij(self, ander: _Hellingen, gewicht: float) -> None:
        """Add another point of the quadrature."""
        for f in fields(self):
            eigen = getattr(self, f.name)
            eigen += gewicht * getattr(ander, f.name)


def _stappen(tabel: Floats) -> Floats:
    """Slope of a table between whole months, the last one repeated."""
    stap = np.diff(tabel, axis=-1)
    return np.concatenate([stap, stap[..., -1:]], axis=-1)


def _per_factor(b: Blok, d: Delen, g: _Hellingen) -> dict[str, Floats]:
    """What each factor's part of the line brings, given the mean derivatives along it, (n,) each."""
    m, maanden = b.m, b.r.per_maand(g.log)
    namen = [k.naam for k in m.herijking.kenmerken if k.naam != "leeftijd"]
    som = g.log.sum(axis=1) + g.eigen
    uit = {naam: (deel * som).sum(axis=0) for naam, deel in zip(namen, d.kenmerk, strict=True)}
    leeftijd = (d.leeftijd * maanden).sum(axis=(0, 1)) + (d.leeftijd[:, 0] * g.eigen).sum(axis=0)
    aow = (d.lengte - d.lengte_vol) * g.lengte + (d.rest - d.rest_vol) * g.rest
    uit["leeftijd"] = leeftijd + aow.sum(axis=0)
    grens = d.lengte_vol * g.lengte + d.rest_vol * g.rest
    uit["duur"] = (d.duur * maanden).sum(axis=(0, 1)) + grens.sum(axis=0)
    uit["seizoen"] = (d.seizoen * maanden).sum(axis=(0, 1))
    if m.instrumenten:
        uit["inzet"] = (d.inzet * g.log).sum(axis=(0, 1))
    if m.punten.shape[0] > 1:
        uit["typen"] = g.types
    return uit


def _factoren(m: Meter, groepen: Mapping[str, str]) -> tuple[str, ...]:
    namen = [k.naam for k in m.herijking.kenmerken if k.naam != "leeftijd"]
    namen += ["leeftijd", "duur", "seizoen", *(["inzet"] if m.instrumenten else [])]
    namen += ["typen"] if m.punten.shape[0] > 1 else []
    return tuple(dict.fromkeys(groepen.get(n, n) for n in namen))


def bijdragen(
    m: Meter,
    klanten: Klanten,
    referentie: Referentie | None = None,
    *,
    groepen: Mapping[str, str] = GROEPEN,
) -> Bijdragen:
    """Split expected months into those of the average client and a contribution per factor.

    Parameters
    ----------
    m : Meter
    klanten : Klanten
    referentie : Referentie, optional
        The average to compare with (:func:`maak_referentie`); by default that of ``klanten`` themselves, which is what
        a whole caseload wants. For one client give that of the caseload.
    groepen : mapping of factor to factor
        Factors to take together; by default ``seizoen`` is told with ``duur``.

    Returns
    -------
    Bijdragen

    Raises
    ------
    GebruiksFout
        ``KMP-V003`` without clients and without reference.
    """
    ref = maak_referentie(m, klanten) if referentie is None else referentie
    namen = _factoren(m, groepen)
    waarde, totaal, rest = (
        np.zeros((klanten.aantal, len(namen))),
        np.zeros(klanten.aantal),
        np.zeros(klanten.aantal),
    )
    punten, gewichten = np.polynomial.legendre.leggauss(PUNTEN)

    def een(wie: slice, deel: Klanten) -> None:
        eigen = wie.stop - wie.start
        blok = Blok(m, deel)
        delen = _delen(blok)
        pad = _Pad(m, ref.delen, delen, blok.r.stap)
        samen = _Hellingen.nul(blok.hazard.shape)
        for p, w in zip(punten, gewichten, strict=True):
            samen.bij(pad.hellingen(float(p + 1) / 2), float(w) / 2)
        per = np.zeros((blok.k.aantal, len(namen)))
        for naam, bij in _per_factor(blok, pad.verschil, samen).items():
            per[:, namen.index(groepen.get(naam, naam))] += bij
        daar = blok.verwacht(blok.hazard, [(1.0, blok.terug(m.terug))])[0].value
        mist = daar - ref.maanden - per.sum(axis=1)
        grootte = np.abs(per)
        som = grootte.sum(axis=1, keepdims=True)
        per += mist[:, None] * np.divide(grootte, som, out=np.zeros_like(per), where=som > 0)
        waarde[wie], totaal[wie], rest[wie] = per[:eigen], daar[:eigen], mist[:eigen]

    per_blok(klanten, een)
    return Bijdragen(referentie=ref.maanden, factoren=namen, waarde=waarde, totaal=totaal, rest=rest)
