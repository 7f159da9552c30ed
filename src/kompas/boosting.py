"""A boosted challenger on person-months: for prediction only, never for effects (it shrinks them)."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.fouten import GebruiksFout, RekenFout
from kompas.historie import bronwaarden_van
from kompas.kenmerken import Kenmerk, Waarden, gevraagd, leer_kenmerken, relevante_leeftijden
from kompas.models.calendar import add_months, age_at, month_of
from kompas.models.design import Exposure, Floats, Ints
from kompas.models.elapsed import chained_incidence
from kompas.panel import Panel, maak_panel
from kompas.perioden import maak_perioden, venster
from kompas.terugblik import Stand
from kompas.tijdlijn import fase_tijdlijn

HOOGSTENS = 120_000  # person-months that are learnt from; exits are kept, the others are a weighted sample
NIVEAUS = 200  # a trait with more levels enters as a number
ONTBREEKT = np.nan


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Opzet:
    """Which columns the challenger sees: traits, duration month, month of the year, phase per instrument."""

    kenmerken: tuple[Kenmerk, ...]
    config: Config

    @property
    def categorisch(self) -> list[bool]:
        """Which columns are categories."""
        traits = [k.soort == "categorie" and k.naam != "leeftijd" for k in self.kenmerken]
        ruim = [len(k.niveaus) <= NIVEAUS for k in self.kenmerken]
        return (
            [a and b for a, b in zip(traits, ruim, strict=True)] + [False, True] + [True] * len(self.config.instrument)
        )

    def kolommen(self, waarden: Mapping[str, Any], maand: Ints, kalender: Ints) -> Floats:
        """Lay out (rows, columns); ``waarden`` per trait and per ``inzet:CODE``, a level never seen is missing."""
        uit = [
            np.where(w < 0, ONTBREEKT, w) if k.soort != "numeriek" else w
            for k in self.kenmerken
            for w in [np.asarray(waarden[k.naam], dtype=np.float64)]
        ]
        uit += [np.asarray(maand, dtype=np.float64), np.asarray(kalender % 12, dtype=np.float64)]
        uit += [np.asarray(waarden[f"inzet:{i.code}"], dtype=np.float64) + 1 for i in self.config.instrument]
        return np.column_stack(uit)


def trek_stukken(e: Exposure, hoogstens: int, zaad: int) -> tuple[Ints, Ints, Floats]:
    """Choose pieces (person-months) to learn from: row, month within the row, weight.

    Every piece with an exit is kept as long as those fit in half of ``hoogstens``; of the others a sample without
    replacement, weighted by the inverse of its share and by the length of the piece. Weights add up to person-months.
    """
    rng = np.random.Generator(np.random.PCG64(zaad))
    begin = np.cumsum(e.months) - e.months
    raak = np.flatnonzero(e.event > 0)
    laatste = begin[raak] + e.months[raak] - 1
    n = int(e.months.sum())
    met = laatste if laatste.size <= hoogstens // 2 else np.sort(rng.choice(laatste, hoogstens // 2, replace=False))
    leeg = np.ones(n, dtype=bool)
    leeg[laatste] = False
    rest = np.flatnonzero(leeg)
    ruimte = hoogstens - met.size
    zonder = rest if rest.size <= ruimte else np.sort(rng.choice(rest, ruimte, replace=False))
    stuk = np.concatenate([met, zonder])
    gewicht = np.concatenate(
        [
            np.full(met.size, laatste.size / max(met.size, 1)),
            np.full(zonder.size, rest.size / max(zonder.size, 1)),
        ]
    )
    orde = np.argsort(stuk)
    rij = np.searchsorted(begin, stuk[orde], side="right") - 1
    return rij, stuk[orde] - begin[rij], gewicht[orde]


def _een_draad() -> AbstractContextManager[Any]:
    """Trees on one thread: with others at work on the same cores, threads that wait for each other take ten times."""
    draden: Any = importlib.import_module("threadpoolctl")  # comes with scikit-learn
    beperking: AbstractContextManager[Any] = draden.threadpool_limits(limits=1, user_api="openmp")
    return beperking


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Getraind:
    opzet: Opzet
    bomen: Any
    klassen: Ints

    def kansen(self, stand: Stand, horizonnen: Sequence[int]) -> Floats:
        """Monthly multinomial chances, chained; duration, age, season and phases advance."""
        maanden = max(horizonnen)
        eerste = stand.duurmaand
        bron, _ = bronwaarden_van(
            [k.naam for k in self.opzet.kenmerken],
            stand.perioden,
            stand.bestand.uitkeringen,
            stand.bestand.kenmerken_historie,
        )
        nu = np.full(stand.aantal, stand.nu - 1, dtype=np.int64)
        vast = {
            k.naam: k.codeer(bron.waarde(k.naam, stand.spells, nu))
            for k in self.opzet.kenmerken
            if k.naam != "leeftijd"
        }
        instrumenten = self.opzet.config.instrument
        fasen = {f"inzet:{i.code}": fase_tijdlijn(stand.perioden.inzetten, i, j) for j, i in enumerate(instrumenten)}
        leeftijd = [k for k in self.opzet.kenmerken if k.naam == "leeftijd"]
        kans = np.zeros((len(BESTEMMINGEN), stand.aantal, maanden + 1))
        for j in range(maanden + 1):
            dag = add_months(stand.begin, eerste + j)
            met_dag = np.maximum(dag, stand.nu - 1)
            nu_waarden: dict[str, Waarden] = {naam: lijn.op(stand.spells, met_dag) for naam, lijn in fasen.items()}
            nu_waarden |= {k.naam: k.codeer(age_at(stand.geboren, dag)) for k in leeftijd}
            x = self.opzet.kolommen({**vast, **nu_waarden}, eerste + j, month_of(stand.begin) + eerste + j)
            with _een_draad():
                p = np.asarray(self.bomen.predict_proba(x), dtype=np.float64)
            for kolom, klasse in enumerate(self.klassen):
                if klasse > 0:
                    kans[klasse - 1, :, j] = p[:, kolom]
        return chained_incidence(kans, stand.duur - eerste, stand.aow, horizonnen)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Boosting:
    """Gradient-boosted trees (scikit-learn) on person-months, chained month by month over the horizon.

    Parameters
    ----------
    zaad : int
        Seed of the sample of person-months.
    rondes : int
        Boosting iterations.
    hoogstens : int
        Person-months to learn from.
    naam : str
    """

    zaad: int = 0
    rondes: int = 60
    hoogstens: int = HOOGSTENS
    naam: str = "boosting"

    def leer(self, bestand: Bestand, config: Config) -> _Getraind:
        """Learn the exits in the window of the config.

        Raises
        ------
        GebruiksFout
            ``KMP-T006`` when scikit-learn is not installed.
        RekenFout
            ``KMP-T007`` without exits to learn from.
        """
        try:
            ensemble: Any = importlib.import_module("sklearn.ensemble")  # heavy: only when this competitor runs
        except ImportError:
            raise GebruiksFout(
                "KMP-T006", "scikit-learn ontbreekt. Installeer het met: pip install scikit-learn"
            ) from None
        opzet, panel = _voorbereid(bestand, config)
        e = panel.exposure
        if not (e.event > 0).any():
            raise RekenFout("KMP-T007", "in het venster stroomt niemand uit; er valt niets te leren.")
        rij, stap, gewicht = trek_stukken(e, self.hoogstens, self.zaad)
        waarden = {naam: w[e.profile[rij]] for naam, w in panel.profielen.items()}
        x = opzet.kolommen(waarden, e.month[rij] + stap, e.calendar[rij] + stap)
        y = np.where(stap == e.months[rij] - 1, e.event[rij], 0)
        bomen = ensemble.HistGradientBoostingClassifier(
            max_iter=self.rondes,
            learning_rate=0.1,
            max_leaf_nodes=15,
            min_samples_leaf=100,
            l2_regularization=1.0,
            categorical_features=opzet.categorisch,
            early_stopping=False,
            random_state=self.zaad,
        )
        # A part of a month weighs as its length while nothing happens in it: exits over exposure.
        with _een_draad():
            bomen.fit(x, y, sample_weight=gewicht * np.where(y > 0, 1.0, e.length[rij]))
        return _Getraind(opzet=opzet, bomen=bomen, klassen=np.asarray(bomen.classes_, dtype=np.int64))


def _voorbereid(bestand: Bestand, config: Config) -> tuple[Opzet, Panel]:
    """Traits as the model uses them, and the rows of exposure."""
    uitkeringen, historie = bestand.uitkeringen, bestand.kenmerken_historie
    perioden = maak_perioden(uitkeringen, bestand.inzet, config)
    namen = gevraagd(config, list(uitkeringen.columns), list(historie["kenmerk"].unique()))
    namen = tuple(n for n in namen if n not in config.kenmerken.alleen_voorspelling)
    bron, stappen = bronwaarden_van(namen, perioden, uitkeringen, historie)
    van, tot = venster(config)
    begin, eind = (perioden.spells[k].to_numpy(dtype=np.int64) for k in ("begin", "eind"))
    spell = np.flatnonzero((eind > van) & (begin < tot))
    kenmerken = leer_kenmerken(namen, bron, spell, np.maximum(begin[spell], van), config)
    panel = maak_panel(
        perioden,
        uitkeringen,
        config,
        kenmerken=lambda s, dag: {k.naam: k.codeer(bron.waarde(k.naam, s, dag)) for k in kenmerken},
        tijdlijnen=stappen,
        leeftijden=relevante_leeftijden(kenmerken),
    )
    return Opzet(kenmerken=kenmerken, config=config), panel
