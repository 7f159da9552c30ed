"""Who comes in: first inflow, traits and unobserved types, drawn client by client (independent and identical)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kompas.config import BESTEMMINGEN
from kompas.fouten import GebruiksFout
from kompas.simulatie.tijd import NOOIT, Floats, Ints, dagnummer, maandnummer, plus_maanden
from kompas.simulatie.verloop import Toestand, langs_knopen
from kompas.simulatie.waarheid import Waarheid


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bevolking:
    """n clients as they first come in; traits are positions in ``Waarheid.waarden``."""

    begin: Ints
    geboorte: Ints
    type: Ints  # from 0
    kenmerken: dict[str, Ints]

    def deel(self, wie: Ints) -> Bevolking:
        """Return the clients at the positions ``wie``."""
        kenmerken = {k: v[wie] for k, v in self.kenmerken.items()}
        return Bevolking(begin=self.begin[wie], geboorte=self.geboorte[wie], type=self.type[wie], kenmerken=kenmerken)


def eerste_instroom(w: Waarheid, venster_van: dt.date) -> int:
    """Return the first day of simulated inflow: ``voorloop_jaren`` before the window."""
    return int(plus_maanden(dagnummer(venster_van), -12 * w.voorloop_jaren))


def _kies(rng: np.random.Generator, kansen: list[float], n: int) -> Ints:
    cum = np.cumsum(kansen)
    plek = np.searchsorted(cum, rng.random(n) * cum[-1], side="right")
    gekozen: Ints = np.minimum(plek, len(kansen) - 1).astype(np.int64)
    return gekozen


def _begindagen(w: Waarheid, van: int, tot: int, n: int, rng: np.random.Generator) -> Ints:
    """Draw first days of inflow in [van, tot) by the weights of month and growth."""
    dagen = np.arange(van, tot)
    gewicht = np.asarray(w.instroom)[maandnummer(dagen) % 12] * np.exp(
        w.instroom_groei * (dagen - van) / 365.25 + langs_knopen(w.instroom_verloop, dagen)
    )
    if gewicht.sum() <= 0:
        raise GebruiksFout(
            "KMP-S003", "in dit venster is er volgens de waarheid geen instroom; kies een langer venster."
        )
    return van + _kies(rng, list(gewicht), n)


def _geboortedagen(w: Waarheid, begin: Ints, rng: np.random.Generator) -> Ints:
    """Draw dates of birth by age at inflow; 29 February becomes the 28th, so that birthdays exist every year."""
    banden = list(w.leeftijd)
    onder, boven = np.array(banden, dtype=np.int64).T
    band = _kies(rng, list(w.leeftijd.values()), len(begin))
    jongst = plus_maanden(begin, -12 * onder[band])
    oudst = plus_maanden(begin, -12 * boven[band]) + 2
    geboorte = oudst + (rng.random(len(begin)) * (jongst - oudst + 1)).astype(np.int64)
    datum = geboorte.astype("datetime64[D]")
    schrikkel = (datum.astype("datetime64[M]").astype(np.int64) % 12 == 1) & (
        datum - datum.astype("datetime64[M]") == np.timedelta64(28, "D")
    )
    verschoven: Ints = geboorte - schrikkel
    return verschoven


def trek_bevolking(w: Waarheid, *, van: int, tot: int, n: int, rng: np.random.Generator) -> Bevolking:
    """Draw n clients with their first inflow in the days [van, tot)."""
    waarden = w.waarden
    begin = _begindagen(w, van, tot, n, rng)
    geboorte = _geboortedagen(w, begin, rng)
    soort = _kies(rng, [t.kans for t in w.typen], n)
    kenmerken = {
        "geslacht": _kies(rng, list(w.geslacht.values()), n),
        "opleiding": _kies(rng, list(w.opleiding.values()), n),
    }
    voorwaarden: dict[str, tuple[Ints, list[Mapping[str, float]]]] = {
        "leefvorm": (kenmerken["geslacht"], [w.leefvorm[g] for g in w.geslacht]),
        "fasering": (soort, [t.fasering for t in w.typen]),
    }
    for kenmerk, (gegeven, verdelingen) in voorwaarden.items():
        uniform = rng.random(n)
        plek = np.zeros(n, dtype=np.int64)
        for g, verdeling in enumerate(verdelingen):
            cum = np.cumsum([verdeling.get(x, 0.0) for x in waarden[kenmerk]])
            deze = gegeven == g
            plek[deze] = np.minimum(np.searchsorted(cum, uniform[deze] * cum[-1], side="right"), len(cum) - 1)
        kenmerken[kenmerk] = plek
    return Bevolking(begin=begin, geboorte=geboorte, type=soort, kenmerken=kenmerken)


def _lineair(w: Waarheid, kenmerken: dict[str, Ints], termen: Mapping[str, float]) -> Floats:
    """Return the sum of the coefficients ``kenmerk=waarde`` per client."""
    n = len(next(iter(kenmerken.values())))
    som = np.zeros(n)
    for kenmerk, waarden in w.waarden.items():
        som += np.array([termen.get(f"{kenmerk}={x}", 0.0) for x in waarden])[kenmerken[kenmerk]]
    return som


def uitstroomscore(w: Waarheid, b: Bevolking) -> Floats:
    """Return the log hazard of traits and type per client and bestemming, shape (n, C)."""
    kolommen = [
        _lineair(w, b.kenmerken, w.kenmerken.get(c, {})) + np.array([t.uitstroom.get(c, 0.0) for t in w.typen])[b.type]
        for c in BESTEMMINGEN
    ]
    return np.stack(kolommen, axis=1)


def intredescore(w: Waarheid, b: Bevolking) -> Floats:
    """Return the log hazard of traits and type on the start of each instrument, shape (n, I)."""
    score = np.zeros((len(b.begin), len(w.instrumenten)))
    for j, i in enumerate(w.instrumenten):
        last = np.array(i.intrede_typen or (0.0,) * len(w.typen))
        score[:, j] = _lineair(w, b.kenmerken, i.intrede_kenmerken) + w.selectie * last[b.type]
    return score


def beginstand(w: Waarheid, b: Bevolking) -> Toestand:
    """Return the clients on the first day of their first spell, without any deployment."""
    n = len(b.begin)
    return Toestand(
        geboorte=b.geboorte.copy(),
        aow=plus_maanden(b.geboorte, 12 * w.aow_leeftijd),
        uitstroom=uitstroomscore(w, b),
        intrede=intredescore(w, b),
        begin=b.begin.copy(),
        dag=b.begin.copy(),
        maand=np.zeros(n, dtype=np.int64),
        randen=[np.full((n, len(i.instrument.fasen)), NOOIT, dtype=np.int64) for i in w.instrumenten],
        inzet_eind=np.full((n, len(w.instrumenten)), -NOOIT, dtype=np.int64),
    )
