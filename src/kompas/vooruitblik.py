"""The look-ahead of one block of clients: hazards per piece, and the way back from hazards to coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from kompas.config import BESTEMMINGEN, Instrument
from kompas.herijking import Herijking
from kompas.kenmerken import Kenmerk
from kompas.models.calendar import add_months, age_at, full_months, month_of
from kompas.models.design import Floats, Ints
from kompas.models.outlook import Expected, competing_rates, cumulative_incidence, expected_reward
from kompas.models.returns import at_level
from kompas.models.timedesign import band_of, frozen_trend
from kompas.perioden import OPEN


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Klanten:
    """Running clients on the day after the peildatum, as arrays of length n.

    Parameters
    ----------
    nu : int
        Day number of the first day of the look-ahead (peildatum + 1).
    begin, geboren, aow : (n,) int
        Day numbers: begin of the spell, birth, end of entitlement by age.
    codes : mapping of str to (n,) array
        Level index (-1 = never seen) or value per trait of the model, except ``leeftijd``.
    inzet : mapping of str to (start, gepland) pair of (n,) int arrays
        Per instrument the last deployment that started before ``nu``: its start (``OPEN`` = none) and its planned end;
        overdue ones that still run have one month to go.
    types : (n, M) float
        Probability of each unobserved type; one column of ones without types.
    """

    nu: int
    begin: Ints
    geboren: Ints
    aow: Ints
    codes: Mapping[str, npt.NDArray[np.generic]]
    inzet: Mapping[str, tuple[Ints, Ints]]
    types: Floats

    @property
    def aantal(self) -> int:
        """Number of clients."""
        return int(self.begin.size)

    def deel(self, wie: slice) -> Klanten:
        """The clients of one block."""
        return Klanten(
            nu=self.nu,
            begin=self.begin[wie],
            geboren=self.geboren[wie],
            aow=self.aow[wie],
            codes={k: v[wie] for k, v in self.codes.items()},
            inzet={k: (a[wie], b[wie]) for k, (a, b) in self.inzet.items()},
            types=self.types[wie],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rooster:
    """The pieces of the look-ahead: two per horizon month, before and after the change of duration month.

    ``maand`` (n, H+1) duration months; ``van``/``tot`` (n, 2H) months from now; ``lengte`` (n, 2H) cut at AOW;
    ``rest`` (n, 2H) months left after the middle of each piece.
    """

    maand: Ints
    kalender: Ints
    leeftijd: Ints
    van: Floats
    tot: Floats
    lengte: Floats
    rest: Floats


def _positie(begin: Ints, nu: Floats, dag: Ints) -> Floats:
    """Months from now to a day, on the clock of the spell; ``nu`` is the elapsed duration."""
    heel = full_months(begin, dag)
    van, tot = add_months(begin, heel), add_months(begin, heel + 1)
    return np.asarray(heel + (dag - van) / (tot - van) - nu, dtype=np.float64)


def _duur(k: Klanten) -> tuple[Ints, Floats]:
    """Current duration month and the part of it that has passed."""
    nu = np.full(k.aantal, k.nu, dtype=np.int64)
    maand = full_months(k.begin, nu)
    van, tot = add_months(k.begin, maand), add_months(k.begin, maand + 1)
    return maand, np.asarray((nu - van) / (tot - van), dtype=np.float64)


def _rooster(k: Klanten, horizon: int) -> Rooster:
    maand0, deel = _duur(k)
    maand = maand0[:, None] + np.arange(horizon + 1)
    start = np.arange(horizon, dtype=np.float64)
    van = np.empty((k.aantal, 2 * horizon))
    tot = np.empty_like(van)
    van[:, 0::2], tot[:, 0::2] = start, start + 1 - deel[:, None]
    van[:, 1::2], tot[:, 1::2] = start + 1 - deel[:, None], start + 1
    aow = np.minimum(_positie(k.begin, maand0 + deel, np.maximum(k.aow, k.begin)), horizon)[:, None]
    lengte = np.clip(np.minimum(tot, aow) - van, 0.0, None)
    dag = add_months(np.repeat(k.begin, horizon + 1), maand.ravel())
    leeftijd = age_at(np.repeat(k.geboren, horizon + 1), dag).reshape(maand.shape)
    return Rooster(
        maand=maand,
        kalender=(month_of(k.begin)[:, None] + maand) % 12,
        leeftijd=leeftijd,
        van=van,
        tot=tot,
        lengte=lengte,
        rest=np.clip(aow - (van + lengte / 2), 0.0, None),
    )


def aandeel_tussen(k: Klanten, r: Rooster, wie: Ints, van: Ints, tot: Ints | None) -> Floats:
    """Share of each piece between two days, (wie, 2H); ``tot`` None = without end."""
    maand, deel = _duur(k)
    nu, begin = (maand + deel)[wie], k.begin[wie]
    a, b = (
        np.where(dag < begin, -np.inf, _positie(begin, nu, np.maximum(dag, begin)))
        if dag is not None
        else np.full(wie.size, np.inf)
        for dag in (van, tot)
    )
    eerst, laatst = r.van[wie], r.tot[wie]
    lang = np.where(laatst > eerst, laatst - eerst, 1.0)
    lap = np.clip(np.minimum(laatst, b[:, None]) - np.maximum(eerst, a[:, None]), 0.0, None)
    return np.asarray(np.where(laatst > eerst, lap / lang, 0.0))


def _fase_aandeel(k: Klanten, ins: Instrument, r: Rooster, wie: Ints) -> Floats:
    """Share of each piece in each phase for clients with a deployment: (fases, wie, 2H); rest of 1 = not yet."""
    start, gepland = (a[wie] for a in k.inzet[ins.code])
    grenzen: list[Ints | None] = [add_months(gepland, g) for g in (0, *ins.fasen_na)]
    grenzen = [start, *grenzen, None] if ins.duur_maanden > 0 else [*grenzen, None]
    return np.stack([aandeel_tussen(k, r, wie, a, b) for a, b in pairwise(grenzen) if a is not None])


def start_fasen(ins: Instrument, horizon: int) -> Ints:
    """Phase per horizon month when the instrument starts now, shape (horizon,).

    Examples
    --------
    >>> start_fasen(Instrument(code="r", duur_maanden=2, fasen_na=(3,)), 7).tolist()
    [0, 0, 1, 1, 1, 2, 2]
    """
    maand = np.arange(horizon)
    grenzen = [ins.duur_maanden + g for g in (0, *ins.fasen_na)]
    eerste = 1 if ins.duur_maanden > 0 else 0
    return np.searchsorted(np.array(grenzen), maand, side="right") + eerste - 1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Meter:
    """A recalibration laid out for scoring: coefficients by block of columns.

    Made by :func:`maak_meter`; holds no data of persons. ``punten`` (M, 3) shifts the log hazards per type; ``gemeten``
    tells whether the hazards were fitted cause by cause on whole months (else they are rates that compete). ``terug``
    is (3, H + 1), or (K, 3, H + 1) by the level of a client's own hazards, with ``vervolg`` (3,) the parts of the
    bestemmingen in that level.
    """

    herijking: Herijking
    horizon: int
    coef: Floats
    punten: Floats
    gemeten: bool
    plek: Mapping[str, int]
    tijd_band: slice
    terug: Floats
    terug_waarde: Floats
    vervolg: Floats
    beloning: Floats

    @property
    def breedte(self) -> int:
        """Number of columns per bestemming."""
        return len(self.herijking.termen)


class Blok:
    """One block of clients: hazards when nothing new starts, and the map from hazards to coefficients."""

    def __init__(self, m: Meter, k: Klanten) -> None:
        self.m, self.k = m, k
        self.r = _rooster(k, m.horizon)
        h = m.herijking
        self.band = band_of(self.r.maand, h.tijd.bands)
        self.trend = frozen_trend(h.tijd)
        self.vast = self._vaste_kolommen()
        self.effect = {ins.code: self._fase_effect(ins) for ins in h.config.instrument}
        self.aandeel = self._lopend()
        basis = self._basis()
        self.factor = {ins.code: self._vermenigvuldiger(ins) for ins in h.config.instrument}
        self.per_stuk = np.empty((len(BESTEMMINGEN), k.aantal, 2 * m.horizon))
        self.per_stuk[:, :, 0::2] = basis[:, :, :-1]
        self.per_stuk[:, :, 1::2] = basis[:, :, 1:]
        self.hazard = self.per_stuk.copy()
        for wie, keer in self.factor.values():
            self.hazard[:, wie] *= keer

    def _vaste_kolommen(self) -> list[tuple[Ints, Floats]]:
        """(column, value) per client for every trait that does not change ahead; column -1 = reference."""
        uit = []
        for kenmerk in self.m.herijking.kenmerken:
            if kenmerk.naam == "leeftijd":
                continue
            waarde = self.k.codes[kenmerk.naam]
            if kenmerk.soort == "numeriek":
                kolom = np.full(self.k.aantal, self.m.plek[kenmerk.naam], dtype=np.int64)
                uit.append((kolom, np.asarray(waarde, dtype=np.float64)))
            else:
                kaart = self._kolommen(kenmerk)
                code = np.asarray(waarde, dtype=np.int64)
                uit.append((np.where(code >= 0, kaart[np.maximum(code, 0)], -1), np.ones(self.k.aantal)))
        return uit

    def _kolommen(self, kenmerk: Kenmerk) -> Ints:
        return np.array([self.m.plek.get(f"{kenmerk.naam}={v}", -1) for v in kenmerk.niveaus], dtype=np.int64)

    def _leeftijd(self) -> Kenmerk | None:
        return next((x for x in self.m.herijking.kenmerken if x.naam == "leeftijd"), None)

    def _basis(self) -> Floats:
        """Hazards per duration month without instruments, (3, n, H + 1)."""
        uit = np.zeros((len(BESTEMMINGEN), *self.r.maand.shape))
        for c, beta in enumerate(self.m.coef):
            if not np.isnan(self.m.herijking.meter_coef[c]).all():
                uit[c] = np.exp(self.log_hazard(beta))
        return uit

    def log_hazard(self, beta: Floats) -> Floats:
        """Linear predictor of traits and time per duration month, (n, H + 1), for coefficients on the terms (P,)."""
        m, leeftijd = self.m, self._leeftijd()
        breed = np.append(beta, 0.0)
        eta = np.zeros(self.k.aantal)
        for kolom, waarde in self.vast:
            eta += breed[kolom] * waarde
        trend = [m.plek[t] for t in m.herijking.termen if t == "trend" or t.startswith("trend_")]
        eta += float(beta[trend] @ self.trend) if trend else 0.0
        log = eta[:, None] + beta[m.tijd_band][self.band] + self._seizoen(beta)[self.r.kalender]
        if leeftijd is not None and leeftijd.soort == "numeriek":
            log = log + beta[m.plek["leeftijd"]] * self.r.leeftijd
        elif leeftijd is not None:
            log = log + breed[self._kolommen(leeftijd)][self._leeftijdcode(leeftijd)]
        return np.asarray(log)

    def _leeftijdcode(self, kenmerk: Kenmerk) -> Ints:
        """Level of the age in each duration month; ages as a category beyond those seen take the nearest."""
        leeftijd = self.r.leeftijd
        if kenmerk.soort == "categorie":
            bekend = np.array([int(v) for v in kenmerk.niveaus], dtype=np.int64)
            orde = np.argsort(bekend)
            rang = np.searchsorted(bekend[orde], leeftijd, side="right") - 1
            return np.asarray(orde[np.clip(rang, 0, bekend.size - 1)], dtype=np.int64)
        return np.asarray(kenmerk.codeer(leeftijd.ravel()), dtype=np.int64).reshape(leeftijd.shape)

    def _seizoen(self, beta: Floats) -> Floats:
        return np.array(
            [beta[self.m.plek[f"maand={j + 1}"]] if f"maand={j + 1}" in self.m.plek else 0.0 for j in range(12)]
        )

    def _fase_effect(self, ins: Instrument) -> tuple[Floats, list[tuple[Floats, Ints]]]:
        """Log effect (3, n, fases) of each phase, and the columns behind it: [(weight (n,), column (n, fases))]."""
        m = self.m
        hoofd = np.array([m.plek[f"inzet:{ins.code}={f}"] for f in ins.fasen], dtype=np.int64)
        kolommen = [(np.ones(self.k.aantal), np.broadcast_to(hoofd, (self.k.aantal, hoofd.size)))]
        for kenmerk in m.herijking.config.model.effect_per:
            k = next(x for x in m.herijking.kenmerken if x.naam == kenmerk)
            kaart = np.array(
                [[m.plek[f"inzet:{ins.code}:{f}:{kenmerk}={v}"] for f in ins.fasen] for v in k.niveaus], dtype=np.int64
            )
            code = (
                self._leeftijdcode(k)[:, 0]
                if kenmerk == "leeftijd"
                else np.asarray(self.k.codes[kenmerk], dtype=np.int64)
            )
            kolommen.append(((code >= 0).astype(np.float64), kaart[np.maximum(code, 0)]))
        som = sum(m.coef[:, kolom] * gewicht[:, None] for gewicht, kolom in kolommen)
        return np.asarray(som), kolommen

    def _lopend(self) -> dict[str, tuple[Ints, Floats]]:
        """Clients with a deployment that started before now, and their shares of phases."""
        uit = {}
        for ins in self.m.herijking.config.instrument:
            wie = np.flatnonzero(self.k.inzet[ins.code][0] < OPEN)
            uit[ins.code] = (wie, _fase_aandeel(self.k, ins, self.r, wie))
        return uit

    def _vermenigvuldiger(self, ins: Instrument) -> tuple[Ints, Floats]:
        """Factor on the hazards by what was deployed before now: (clients, (3, clients, 2H))."""
        wie, aandeel = self.aandeel[ins.code]
        if wie.size == 0:
            return wie, np.ones((len(BESTEMMINGEN), 0, 2 * self.m.horizon))
        effect = np.exp(self.effect[ins.code][0][:, wie])
        buiten = 1.0 - aandeel.sum(axis=0)
        return wie, buiten + np.einsum("cif,fij->cij", effect, aandeel)

    def terug(self, tabel: Floats) -> Floats:
        """Expected reward after an exit in each piece, by linear interpolation in the months left.

        (3, n, 2H), or (M, 3, n, 2H) when it differs by type.
        """
        laag = np.minimum(self.r.rest.astype(np.int64), self.m.horizon - 1)
        deel = self.r.rest - laag
        if tabel.ndim == 2:  # the same for everybody
            return np.asarray(tabel[:, laag] * (1 - deel) + tabel[:, laag + 1] * deel)
        uit = np.empty((self.m.punten.shape[0], len(BESTEMMINGEN), *laag.shape))
        eigen = self._eigen_deel()
        for q, punt in enumerate(self.m.punten):
            niveau = np.log((np.exp(eigen + punt[:, None]) * self.m.vervolg[:, None]).sum(axis=0))
            for c, t in enumerate(at_level(tabel, niveau)):
                een = np.take_along_axis(t, laag, axis=1)
                uit[q, c] = een * (1 - deel) + np.take_along_axis(t, laag + 1, axis=1) * deel
        return uit

    def _eigen_deel(self) -> Floats:
        """Log hazards of a renewed spell against those of a reference client of the first type: traits, (3, n)."""
        m = self.m
        trend = [m.plek[t] for t in m.herijking.termen if t == "trend" or t.startswith("trend_")]
        uit = np.empty((len(BESTEMMINGEN), self.k.aantal))
        for c, beta in enumerate(m.coef):
            tijd = beta[m.tijd_band][self.band[:, 0]] + self._seizoen(beta)[self.r.kalender[:, 0]]
            uit[c] = self.log_hazard(beta)[:, 0] - tijd - float(beta[trend] @ self.trend)
            uit[c] += beta[m.plek["eerdere_spells"]] if "eerdere_spells" in m.plek else 0.0
        return uit

    def naar_vast(self, gradient: Floats) -> Floats:
        """Derivatives to traits and time of hazards in pieces (3, n, 2H): (n, 3P)."""
        m, n = self.m, self.k.aantal
        uit = np.zeros((n, len(BESTEMMINGEN), m.breedte + 1))
        rij = np.arange(n)
        leeftijd = self._leeftijd()
        trend = [m.plek[t] for t in m.herijking.termen if t == "trend" or t.startswith("trend_")]
        for c in range(len(BESTEMMINGEN)):
            per_maand = np.zeros((n, m.horizon + 1))
            per_maand[:, :-1] += gradient[c][:, 0::2]
            per_maand[:, 1:] += gradient[c][:, 1::2]
            totaal = per_maand.sum(axis=1)
            doel = uit[:, c]
            for kolom, waarde in self.vast:
                doel[rij, kolom] += totaal * waarde
            doel[:, trend] += totaal[:, None] * self.trend
            doel[:, m.tijd_band] += _per_code(per_maand, self.band, m.tijd_band.stop)
            seizoen = _per_code(per_maand, self.r.kalender, 12)
            for j in range(12):
                if f"maand={j + 1}" in m.plek:
                    doel[:, m.plek[f"maand={j + 1}"]] += seizoen[:, j]
            if leeftijd is not None and leeftijd.soort == "numeriek":
                doel[:, m.plek["leeftijd"]] += (per_maand * self.r.leeftijd).sum(axis=1)
            elif leeftijd is not None:
                som = _per_code(per_maand, self._leeftijdcode(leeftijd), len(leeftijd.niveaus))
                for v, kolom in enumerate(self._kolommen(leeftijd)):
                    doel[:, kolom] += som[:, v]
        return uit[:, :, :-1].reshape(n, -1)

    def naar_fasen(self, uit: Floats, gradient: Floats, ins: Instrument) -> None:
        """Add derivatives to the phases of deployments that started before now, in place."""
        wie, aandeel = self.aandeel[ins.code]
        if wie.size == 0:
            return
        log, kolommen = self.effect[ins.code]
        keer = self.factor[ins.code][1]
        per = uit.reshape(self.k.aantal, len(BESTEMMINGEN), -1)
        for c in range(len(BESTEMMINGEN)):
            deel = np.einsum("ij,fij->if", gradient[c][wie] / keer[c], aandeel) * np.exp(log[c, wie])
            for gewicht, kolom in kolommen:
                for f in range(deel.shape[1]):
                    per[wie, c, kolom[wie, f]] += gewicht[wie] * deel[:, f]

    def met_start(self, ins: Instrument) -> Floats:
        """Hazards when the instrument starts now: its own earlier deployment gives way to the new one."""
        effect = self.effect[ins.code][0]
        fase = np.repeat(start_fasen(ins, self.m.horizon), 2)
        hazard = self.per_stuk * np.exp(effect)[:, :, fase]
        for code, (wie, keer) in self.factor.items():
            if code != ins.code:
                hazard[:, wie] *= keer
        return hazard

    def naar_start(self, uit: Floats, gradient: Floats, ins: Instrument) -> None:
        """Subtract derivatives to the phases of an instrument that starts now, in place."""
        fase = np.repeat(start_fasen(ins, self.m.horizon), 2)
        per = uit.reshape(self.k.aantal, len(BESTEMMINGEN), -1)
        rij = np.arange(self.k.aantal)
        for c in range(len(BESTEMMINGEN)):
            for f in np.unique(fase):
                deel = gradient[c][:, fase == f].sum(axis=1)
                for gewicht, kolom in self.effect[ins.code][1]:
                    per[rij, c, kolom[:, f]] -= gewicht * deel

    def verwacht(self, hazard: Floats, beloning: Floats, back: Floats) -> Expected:
        """Expected reward over the unobserved types, with derivatives to the log hazards of the first type."""
        delen = []
        for m in range(self.m.punten.shape[0]):
            keer = np.exp(self.m.punten[m])[:, None, None]
            na = back if back.ndim == 3 else back[m]
            deel = expected_reward(hazard * keer, self.r.lengte, beloning, na, fitted=self.m.gemeten)
            delen.append((self.k.types[:, m], deel))
        if len(delen) == 1:
            return delen[0][1]
        waarde = np.sum([w * d.value for w, d in delen], axis=0)
        helling = delen[0][1].gradient * delen[0][0][:, None]
        for w, d in delen[1:]:
            helling += d.gradient * w[:, None]
        return Expected(value=np.asarray(waarde), gradient=helling)

    def kansen(self, hazard: Floats, stop: int) -> tuple[Floats, Floats]:
        """Cumulative incidence (3, n, stop) and survival (n, stop) over the types, for the first pieces."""
        cif, over = np.zeros((hazard.shape[0], hazard.shape[1], stop)), np.zeros((hazard.shape[1], stop))
        for m in range(self.m.punten.shape[0]):
            h = hazard[:, :, :stop] * np.exp(self.m.punten[m])[:, None, None]
            een, twee = cumulative_incidence(competing_rates(h) if self.m.gemeten else h, self.r.lengte[:, :stop])
            cif += een * self.k.types[:, m, None]
            over += twee * self.k.types[:, m, None]
        return cif, over

    def verschil(self, ins: Instrument, geen: Expected, beloning: Floats, back: Floats) -> tuple[Floats, Floats]:
        """Reward without minus with a start of the instrument, (n,), and its derivatives, (n, 3P)."""
        met = self.verwacht(self.met_start(ins), beloning, back)
        g = self.naar_vast(geen.gradient - met.gradient)
        self.naar_fasen(g, geen.gradient, ins)
        for ander in self.m.herijking.config.instrument:
            if ander.code != ins.code:
                self.naar_fasen(g, geen.gradient - met.gradient, ander)
        self.naar_start(g, met.gradient, ins)
        return geen.value - met.value, g


def _per_code(waarden: Floats, code: Ints, aantal: int) -> Floats:
    """Sum of each row's values by code: (n, aantal)."""
    n = waarden.shape[0]
    index = np.arange(n)[:, None] * aantal + code
    return np.asarray(np.bincount(index.ravel(), waarden.ravel(), n * aantal), dtype=np.float64).reshape(n, aantal)
