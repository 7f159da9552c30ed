"""The look-ahead of one block of clients: hazards per piece, and the way back from hazards to coefficients.

Arrays have causes first, then pieces or months, then clients: C = 3 bestemmingen, J pieces, n clients, F phases of an
instrument, P columns, M unobserved types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kompas.config import BESTEMMINGEN, Instrument
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.kenmerken import STARTBANDEN, Kenmerk, effectgroepen
from kompas.models.calendar import full_months
from kompas.models.design import Floats, Ints
from kompas.models.outlook import Expected, competing_rates, reward_along, walk
from kompas.models.returns import at_left, at_level_and_left
from kompas.models.timedesign import band_of, frozen_trend
from kompas.rooster import JAAR, Fasen, Klanten, faseneinden, leg_fasen, maak_rooster, start_fasen

__all__ = ["Blok", "Effect", "Klanten", "Meter"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Meter:
    """A recalibration laid out for scoring: coefficients by block of columns.

    Made by :func:`kompas.rendement.maak_meter`; holds no data of persons. ``punten`` (M, 3) shifts the log hazards per
    type; ``gemeten`` tells whether the hazards were fitted cause by cause on whole months (else they are rates that
    compete). ``terug`` is (3, H + 1), or (K, 3, H + 1) by the level of a client's own hazards, with ``vervolg`` (3,)
    the parts of the bestemmingen in that level. ``disconto`` is the factor per month.
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
    disconto: float

    @property
    def breedte(self) -> int:
        """Number of columns per bestemming."""
        return len(self.herijking.termen)

    @property
    def instrumenten(self) -> tuple[Instrument, ...]:
        """All instruments of the model."""
        return self.herijking.config.instrument

    def niveau(self, eigen: Floats, punt: Floats) -> Floats:
        """Log of the hazards of a renewed spell of one type against the reference level, (n,), from those (C, n)."""
        return np.asarray(np.log((np.exp(eigen + punt[:, None]) * self.vervolg[:, None]).sum(axis=0)))

    @property
    def knippen(self) -> frozenset[int]:
        """Whole months from now at which a phase changes of some instrument that starts now."""
        return frozenset(x for i in self.instrumenten for x in faseneinden(i, self.horizon))

    def trendkolommen(self) -> list[int]:
        """Columns of the calendar trend."""
        return [self.plek[t] for t in self.herijking.termen if t == "trend" or t.startswith("trend_")]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Effect:
    """Log effect of each phase for some clients, and the columns behind it.

    ``log`` (C, F, w); ``kolommen``: pairs of a column (F, w) and whether the client has it (w,); ``telt`` (C, 1):
    1 for each bestemming on which the effect counts, 0 where it is left out.
    """

    log: Floats
    kolommen: tuple[tuple[Ints, Floats], ...]
    telt: Floats

    def alleen(self, bestemming: str) -> Effect:
        """The effect on the hazard of one bestemming, none on the others."""
        telt = np.array([[float(b == bestemming)] for b in BESTEMMINGEN])
        return Effect(log=self.log * telt[:, :, None], kolommen=self.kolommen, telt=telt)


class Blok:
    """One block of clients: hazards when nothing new starts, and the map from hazards to coefficients.

    With ``fijn`` duration months are cut at every whole month from now (2H pieces), as usual policy needs.
    """

    def __init__(self, m: Meter, k: Klanten, *, fijn: bool = False) -> None:
        self.m, self.k = m, k
        self.r = maak_rooster(k, m.horizon, range(m.horizon) if fijn else m.knippen)
        h = m.herijking
        self.band = band_of(self.r.maand, h.tijd.bands)
        self.trend = frozen_trend(h.tijd)
        self.vast = self._vaste_kolommen()
        self.leeftijd = next((x for x in h.kenmerken if x.naam == "leeftijd"), None)
        self.eerder: dict[str, Fasen] = {}
        self.effect_eerder: dict[str, Effect] = {}
        self.factor: dict[str, Floats] = {}
        basis = np.zeros((len(BESTEMMINGEN), *self.r.maand.shape))
        for c, beta in enumerate(m.coef):
            if not np.isnan(h.meter_coef[c]).all():
                np.exp(self.log_hazard(beta), out=basis[c])
        self.per_stuk = basis[:, self.r.stap]
        self.hazard = self.per_stuk.copy()
        for ins in m.instrumenten:
            self._eerdere_inzet(ins)

    # -- hazards

    def _vaste_kolommen(self) -> list[tuple[Ints, Floats]]:
        """(column, value) per client for every trait that does not change ahead; column P = reference."""
        uit = []
        for kenmerk in self.m.herijking.kenmerken:
            if kenmerk.naam == "leeftijd":
                continue
            waarde = self.k.codes[kenmerk.naam]
            if kenmerk.soort == "numeriek":
                kolom = np.full(self.k.aantal, self.m.plek[kenmerk.naam], dtype=np.int64)
                uit.append((kolom, np.asarray(waarde, dtype=np.float64)))
            else:
                kaart = np.append(self.kolommen(kenmerk), self.m.breedte)  # code -1 = never seen: no column either
                uit.append((kaart[np.asarray(waarde, dtype=np.int64)], np.ones(self.k.aantal)))
        return uit

    def kolommen(self, kenmerk: Kenmerk) -> Ints:
        """Column of each level of a trait; P where there is none (the reference)."""
        niets = self.m.breedte
        return np.array([self.m.plek.get(f"{kenmerk.naam}={v}", niets) for v in kenmerk.niveaus], dtype=np.int64)

    def log_hazard(self, beta: Floats) -> Floats:
        """Linear predictor of traits and time per duration month, (H + 1, n), for coefficients on the terms (P,)."""
        log = beta[self.m.tijd_band][self.band]
        log += self.seizoen(beta)[self.r.kalender]
        log += sum(self.kenmerkdelen(beta), self.trenddeel(beta))
        if self.leeftijd is not None:
            log += self.leeftijddeel(beta)
        return np.asarray(log)

    def kenmerkdelen(self, beta: Floats) -> list[Floats]:
        """What each trait that does not change ahead adds to the linear predictor, (n,) each, in the model's order."""
        breed = np.append(beta, 0.0)
        return [breed[kolom] * waarde for kolom, waarde in self.vast]

    def trenddeel(self, beta: Floats) -> float:
        """What the frozen trend adds."""
        kolommen = self.m.trendkolommen()
        return float(beta[kolommen] @ self.trend) if kolommen else 0.0

    def leeftijddeel(self, beta: Floats) -> Floats:
        """What age adds in each duration month, (H + 1, n)."""
        if self.leeftijd is None:
            return np.zeros(self.r.maand.shape)
        if self.leeftijd.soort == "numeriek":
            return np.asarray(beta[self.m.plek["leeftijd"]] * self.r.leeftijd, dtype=np.float64)
        return np.asarray(np.append(beta, 0.0)[self.kolommen(self.leeftijd)][self.leeftijdcode(self.r.leeftijd)])

    def leeftijdcode(self, leeftijd: Ints) -> Ints:
        """Level of ages; ages as a category beyond those seen take the nearest."""
        kenmerk = self.leeftijd
        if kenmerk is None:
            return leeftijd
        if kenmerk.soort == "categorie":
            bekend = np.array([int(v) for v in kenmerk.niveaus], dtype=np.int64)
            orde = np.argsort(bekend)
            rang = np.searchsorted(bekend[orde], leeftijd, side="right") - 1
            return np.asarray(orde[np.clip(rang, 0, bekend.size - 1)], dtype=np.int64)
        return np.asarray(kenmerk.codeer(leeftijd.ravel()), dtype=np.int64).reshape(leeftijd.shape)

    def seizoen(self, beta: Floats) -> Floats:
        """Coefficient per month of the year, (12,)."""
        return np.array(
            [beta[self.m.plek[f"maand={j + 1}"]] if f"maand={j + 1}" in self.m.plek else 0.0 for j in range(JAAR)]
        )

    def effect(self, ins: Instrument, wie: Ints, maand: Ints) -> Effect:
        """Log effects of the phases for some clients, who had ``maand`` full months behind them at the start."""
        m = self.m
        hoofd = np.array([self._plek(f"inzet:{ins.code}={f}") for f in ins.fasen], dtype=np.int64)
        kolommen = [(np.broadcast_to(hoofd[:, None], (hoofd.size, wie.size)), np.ones(wie.size))]
        groepen = effectgroepen(m.herijking.kenmerken)
        for naam in m.herijking.config.model.effect_per:
            niveaus = groepen[naam].niveaus
            kaart = np.array(
                [[self._plek(f"inzet:{ins.code}:{f}:{naam}={v}") for v in niveaus] for f in ins.fasen], dtype=np.int64
            )
            if naam == "duur":
                code = band_of(maand, STARTBANDEN)
            elif naam == "leeftijd":
                code = self.leeftijdcode(self.r.leeftijd[0, wie])
            else:
                code = np.asarray(self.k.codes[naam], dtype=np.int64)[wie]
            kolommen.append((kaart[:, np.maximum(code, 0)], (code >= 0).astype(np.float64)))
        log = sum(m.coef[:, kolom] * heeft for kolom, heeft in kolommen)
        return Effect(log=np.asarray(log), kolommen=tuple(kolommen), telt=np.ones((len(BESTEMMINGEN), 1)))

    def _plek(self, term: str) -> int:
        if term not in self.m.plek:
            raise GebruiksFout(
                "KMP-V002",
                f"het model kent geen term '{term}', terwijl de instellingen van het model daarnaar verwijzen. "
                "De modelmap is niet compleet: draai kompas herijk opnieuw.",
            )
        return self.m.plek[term]

    def _eerdere_inzet(self, ins: Instrument) -> None:
        """Multiply the hazards by what was deployed before now."""
        fasen = leg_fasen(self.k, ins, self.r)
        self.eerder[ins.code] = fasen
        start, begin = self.k.inzet[ins.code][0][fasen.wie], self.k.begin[fasen.wie]
        maand = np.where(start < begin, 0, full_months(begin, np.maximum(start, begin)))
        effect = self.effect(ins, fasen.wie, maand)
        self.effect_eerder[ins.code] = effect
        keer = np.broadcast_to(1.0 - fasen.aandeel.sum(axis=0), (len(BESTEMMINGEN), *fasen.aandeel.shape[1:])).copy()
        for f, deel in enumerate(fasen.aandeel):
            keer += np.exp(effect.log[:, f])[:, None] * deel
        self.factor[ins.code] = keer
        if fasen.wie.size:
            self.hazard[:, :, fasen.wie] *= keer

    def effect_nu(self, ins: Instrument) -> Effect:
        """Log effects of the phases when the instrument starts now."""
        return self.effect(ins, np.arange(self.k.aantal), self.r.maand0)

    def met_start(self, ins: Instrument, effect: Effect | None = None) -> Floats:
        """Hazards when the instrument starts now, (C, J, n): its own earlier deployment gives way to the new one.

        On a bestemming on which the effect does not count nothing changes: there the earlier deployment goes on.
        """
        effect = self.effect_nu(ins) if effect is None else effect
        zonder = self.hazard
        wie = self.eerder[ins.code].wie
        if wie.size:
            zonder = self.hazard.copy()
            zonder[:, :, wie] /= np.where(effect.telt[:, :, None] > 0, self.factor[ins.code], 1.0)
        keer = np.exp(effect.log)
        uit = np.empty_like(zonder)
        for fase, (van, tot) in enumerate(start_fasen(ins, self.r)):
            np.multiply(zonder[:, van:tot], keer[:, fase, None], out=uit[:, van:tot])
        return uit

    # -- outcomes

    @property
    def disconto(self) -> Floats | float:
        """Worth of a month in each piece: discounted at its middle, (J, n); 1 without discounting."""
        return 1.0 if self.m.disconto == 1.0 else self.m.disconto**self.r.midden

    def terug(self, tabel: Floats) -> Floats:
        """Expected reward after an exit in each piece, by linear interpolation in the months left.

        (C, J, n), or (M, C, J, n) when it differs by type.
        """
        if tabel.ndim == 2:  # the same for everybody
            return at_left(tabel, self.r.rest)
        eigen = self.eigen_deel()
        niveaus = [self.m.niveau(eigen, punt) for punt in self.m.punten]
        return np.stack([at_level_and_left(tabel, niveau, self.r.rest).value for niveau in niveaus])

    def eigen_deel(self) -> Floats:
        """Log hazards of a renewed spell against those of a reference client of the first type: traits, (C, n)."""
        uit = np.empty((len(BESTEMMINGEN), self.k.aantal))
        for c, beta in enumerate(self.m.coef):
            uit[c] = sum(self.kenmerkdelen(beta)) + self.leeftijddeel(beta)[0]
            uit[c] += beta[self.m.plek["eerdere_spells"]] if "eerdere_spells" in self.m.plek else 0.0
        return uit

    def verwacht(self, hazard: Floats, doelen: Sequence[tuple[Floats | float, Floats]]) -> list[Expected]:
        """Expected rewards over the unobserved types, with derivatives to the log hazards of the first type.

        Each of ``doelen`` is a reward per month and what an exit is worth (see :meth:`terug`).
        """
        uit: list[Expected] = []
        een = self.m.punten.shape[0] == 1
        for q, punt in enumerate(self.m.punten):
            tempo = hazard if een and not punt.any() else hazard * np.exp(punt)[:, None, None]
            langs = walk(tempo, self.r.lengte, fitted=self.m.gemeten, start=None if een else self.k.types[:, q])
            delen = [reward_along(langs, b, back if back.ndim == 3 else back[q]) for b, back in doelen]
            if q == 0:
                uit = delen
                continue
            for samen, deel in zip(uit, delen, strict=True):
                np.add(samen.value, deel.value, out=samen.value)
                np.add(samen.gradient, deel.gradient, out=samen.gradient)
        return uit

    def kansen(self, hazard: Floats, maanden: Sequence[int]) -> tuple[Floats, Floats]:
        """Cumulative incidence (C, n, K) and survival (n, K) over the types, so many whole months from now."""
        cif = np.zeros((hazard.shape[0], self.k.aantal, len(maanden)))
        over = np.zeros((self.k.aantal, len(maanden)))
        plekken = [self.r.tot_maand(x) for x in maanden]
        stop = max((p for p, _ in plekken), default=-1) + 1
        for q, punt in enumerate(self.m.punten):
            tempo = hazard[:, :stop] * np.exp(punt)[:, None, None]
            langs = walk(
                competing_rates(tempo) if self.m.gemeten else tempo,
                self.r.lengte[:stop],
                fitted=False,
                start=self.k.types[:, q],
            )
            weg = np.cumsum(langs.rates * langs.spent, axis=1)
            for x, (stuk, lang) in enumerate(plekken):
                voor = langs.after[stuk - 1] if stuk else self.k.types[:, q]
                nog = voor * np.exp(-langs.total[stuk] * lang)
                kort = np.where(langs.total[stuk] > 0, (voor - nog) / langs.divisor[stuk], voor * lang)
                eerst = weg[:, stuk - 1] if stuk else 0.0
                cif[:, :, x] += eerst + langs.rates[:, stuk] * kort
                over[:, x] += nog
        return cif, over
