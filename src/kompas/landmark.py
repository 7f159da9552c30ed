"""Method ``landmark``: month by month 'starts now' against 'not yet', with its overlap and weights in the open.

The assumption is that of ``waargenomen``: given traits, elapsed duration, calendar and the other instruments, who
starts this month is as good as random. The route is another: hazards of a start give weights, the hazards of exit only
steady them, so that one of the two may be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import BESTEMMINGEN, Config, Instrument
from kompas.kenmerken import Kenmerk
from kompas.models.design import Floats, Ints, readonly
from kompas.models.landmark import LIMIT
from kompas.models.power import deployments_needed, minimum_detectable
from kompas.models.problem import Problem
from kompas.models.propensity import Bools, Runs, start_rates
from kompas.models.rates import rates_of
from kompas.models.trials import Sums, Treatment, incidence, log_effects, sum_trials
from kompas.panel import Panel
from kompas.tabellen import MINIMUM, MINIMUM_UITSTROOM

METHODE = "landmark"
MAANDEN = (6, 12, 24)  # months since the start at which the effect on exit is shown
TREKKINGEN = 200
ALLE = "alle"  # any exit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Landmark:
    """Result of method ``landmark``; holds no row about a person.

    Parameters
    ----------
    effecten : DataFrame
        instrument, fase, bestemming, groep, methode, log_effect, se, inzetten, gebeurtenissen, onvoldoende (true = too
        little behind it: log_effect 0 and se 1 are the prior, no estimate), aantoonbaar (smallest log effect found
        with 80% power), inzetten_nodig (deployments that would show a log effect of 0.2).
    overleving : DataFrame
        instrument, bestemming (``alle`` = any exit), maand, met, zonder, verschil, se: chance to have left within so
        many months of the start, for those who started: as it went, and as it would have gone had they not started.
        Empty (nan) where fewer than ten of them are observed. One minus ``alle`` is the chance to be on benefit still.
    overlap : DataFrame
        instrument, klasse, kans_van, kans_tot, starters, nog_niet (person-months), nog_niet_personen: by class of the
        monthly chance of a start; cells under ten persons are empty (nan).
    gewichten : DataFrame
        instrument, fase, controle_personen (empty under ten), effectief (effective number of persons, Kish),
        grootste_aandeel (largest share of one person in the weight), afgekapt (share of the weight lost by the cut),
        grens (largest inverse chance of not having started), zonder_steun (share of the starts with a monthly chance
        above that of everybody who does not start, or above 95%).
    replicaten_effect : (rows of effecten, trekkingen) array
        Replicates of log_effect; nan where onvoldoende.
    replicaten_overleving : (rows of overleving, trekkingen) array
        Replicates of verschil.
    zaad, trekkingen : int
        Seed and number of draws of the client bootstrap.
    """

    effecten: pd.DataFrame
    overleving: pd.DataFrame
    overlap: pd.DataFrame
    gewichten: pd.DataFrame
    replicaten_effect: Floats
    replicaten_overleving: Floats
    zaad: int
    trekkingen: int

    def __post_init__(self) -> None:
        for veld in ("replicaten_effect", "replicaten_overleving"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    def to_frame(self) -> pd.DataFrame:
        """The effects: one row per instrument x fase x bestemming x groep."""
        return self.effecten.copy()


def fasevensters(instrument: Instrument) -> Floats:
    """Lags in months since the start of each phase, from and to, shape (F, 2).

    Examples
    --------
    >>> fasevensters(Instrument(code="r", duur_maanden=6, fasen_na=(6, 18))).tolist()
    [[0.0, 6.0], [6.0, 12.0], [12.0, 24.0], [24.0, inf]]
    >>> fasevensters(Instrument(code="h")).tolist()
    [[0.0, inf]]
    """
    na = [float(instrument.duur_maanden + grens) for grens in (0, *instrument.fasen_na)]
    van = [0.0, *na] if instrument.duur_maanden > 0 else na
    return np.column_stack([van, [*van[1:], np.inf]])


def eerste_inzetten(panel: Panel, code: str, index: int) -> Runs:
    """Rows of the first deployment of one instrument that starts within an observed spell.

    A later deployment in the same spell ends the follow-up; what started before the window or in an earlier spell is
    no start and no control.
    """
    e, spell = panel.exposure, panel.spell
    fase = np.asarray(panel.profielen[f"inzet:{code}"], dtype=np.int64)[e.profile]
    n = fase.size
    if n == 0:
        return Runs(phase=fase, start=np.zeros(0, dtype=np.int64), follow=np.zeros(0, dtype=bool))
    loopt = fase >= 0
    zelfde = np.r_[False, spell[1:] == spell[:-1]]
    na_wachten = loopt & zelfde & np.r_[False, ~loopt[:-1]]
    start = np.flatnonzero(na_wachten | (loopt & ~zelfde & _op_eerste_dag(panel, code, index, loopt)))
    vorige = np.full(n, -1, dtype=np.int64)
    vorige[start] = start
    vorige = np.maximum.accumulate(vorige)
    nummer = panel.inzet[code]
    volgt = (vorige >= 0) & loopt
    volgt &= (spell[vorige] == spell) & (nummer[vorige] == nummer)
    return Runs(phase=fase, start=start, follow=volgt)


def _op_eerste_dag(panel: Panel, code: str, index: int, loopt: Bools) -> Bools:
    """Rows that begin a spell, seen from its first day, with a deployment that starts on that day: the first ever."""
    e, spell, nummer = panel.exposure, panel.spell, panel.inzet[code]
    inzetten = panel.inzetten
    eigen = inzetten[(inzetten["instrument"] == index) & (inzetten["maand"] == 0)]
    grootste = int(nummer.max()) + 2
    begonnen = eigen["spell"].to_numpy(dtype=np.int64) * grootste + eigen["inzet"].to_numpy(dtype=np.int64)
    ok = (e.month == 0) & np.isin(spell * grootste + nummer, begonnen)
    eerste_maand = np.bincount(spell, e.length * (e.month == 0), int(spell.max()) + 1)
    ok &= eerste_maand[spell] > 1 - 1e-9
    kop = np.flatnonzero(np.diff(e.cluster, prepend=-1))
    eerder: Ints = np.cumsum(loopt) - loopt
    ok &= eerder == np.repeat(eerder[kop], np.diff(np.r_[kop, e.cluster.size]))
    return np.asarray(ok, dtype=np.bool_)


def _van_instrument(naam: str, code: str) -> bool:
    """Tell whether a column of the design is an effect of this instrument."""
    return naam.startswith((f"inzet:{code}=", f"inzet:{code}:"))


def _is_afwijking(naam: str) -> bool:
    """Tell whether a column of the design is a deviation of an effect by group."""
    return naam.startswith("inzet:") and naam.split("=", 1)[0].count(":") > 1


def _behandelingen(panel: Panel, config: Config, basis: Problem, coef: Floats) -> list[Treatment]:
    uit = []
    for k, ins in enumerate(config.instrument):
        runs = eerste_inzetten(panel, ins.code, k)
        houd = np.array([not (_van_instrument(n, ins.code) or _is_afwijking(n)) for n in basis.profiles.names], bool)
        uit.append(
            Treatment(
                runs=runs,
                windows=fasevensters(ins),
                rates=rates_of(basis, coef, without=partial(_van_instrument, code=ins.code)),
                starts=start_rates(basis, panel.spell, runs, houd),
            )
        )
    return uit


def _effecten(
    config: Config, groepen: Sequence[str], sommen: Sequence[Sums]
) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Effects with their standard errors, and the replicates in the same order of rows."""
    rijen, replicaten = [], []
    for ins, som in zip(config.instrument, sommen, strict=True):
        log = log_effects(som)
        for g, groep in enumerate(groepen):
            for f, fase in enumerate(ins.fasen):
                inzetten = int(som.starts[g, f])
                for c, bestemming in enumerate(BESTEMMINGEN):
                    exits = int(som.treated[g, f, c, 0])
                    schatting, trekking = float(log[g, f, c, 0]), log[g, f, c, 1:]
                    weinig = inzetten < MINIMUM or min(exits, som.exits[g, f, c]) < MINIMUM_UITSTROOM
                    se = float(np.nanstd(trekking, ddof=1)) if np.sum(~np.isnan(trekking)) > 1 else np.nan
                    weinig = bool(weinig or np.isnan(schatting) or np.isnan(se))
                    if weinig:
                        schatting, se, trekking = 0.0, 1.0, np.full(trekking.size, np.nan)
                    rijen.append((ins.code, fase, bestemming, groep, METHODE, schatting, se, inzetten, exits, weinig))
                    replicaten.append(trekking)
    kolommen = ["instrument", "fase", "bestemming", "groep", "methode", "log_effect", "se", "inzetten"]
    tabel = pd.DataFrame(rijen, columns=[*kolommen, "gebeurtenissen", "onvoldoende"])
    leeg = np.where(tabel["onvoldoende"], np.nan, tabel["se"].astype(np.float64))
    tabel["aantoonbaar"] = minimum_detectable(leeg)
    tabel["inzetten_nodig"] = deployments_needed(tabel["inzetten"], leeg)
    return tabel, np.array(replicaten, dtype=np.float64)


def _overleving(config: Config, sommen: Sequence[Sums]) -> tuple[pd.DataFrame, npt.NDArray[np.float64]]:
    """Chance to have left within 6, 12 and 24 months of the start, as treated and as not treated."""
    rijen, replicaten = [], []
    for ins, som in zip(config.instrument, sommen, strict=True):
        met, zonder = incidence(som.treated_lag), incidence(som.control_lag)
        gezien = np.logical_and.accumulate(som.treated_lag[:, -1, 0] >= MINIMUM)
        met[:, ~gezien] = np.nan
        for naam in (ALLE, *BESTEMMINGEN):
            kies = slice(None) if naam == ALLE else slice(BESTEMMINGEN.index(naam), BESTEMMINGEN.index(naam) + 1)
            for maand in MAANDEN:
                a, b = met[kies, maand - 1].sum(axis=0), zonder[kies, maand - 1].sum(axis=0)
                verschil = a - b
                trekking = verschil[1:][~np.isnan(verschil[1:])]
                se = float(np.std(trekking, ddof=1)) if trekking.size > 1 and not np.isnan(verschil[0]) else np.nan
                rijen.append((ins.code, naam, maand, a[0], b[0], verschil[0], se))
                replicaten.append(verschil[1:])
    kolommen = ["instrument", "bestemming", "maand", "met", "zonder", "verschil", "se"]
    return pd.DataFrame(rijen, columns=kolommen), np.array(replicaten, dtype=np.float64)


def _overlap(config: Config, sommen: Sequence[Sums]) -> pd.DataFrame:
    """Starters and those not yet started by class of the chance of a start; small cells are empty."""
    rijen = []
    for ins, som in zip(config.instrument, sommen, strict=True):
        if not som.overlap[:, 0].any():
            continue
        for k, (starters, maanden, personen) in enumerate(som.overlap):
            weinig = personen < MINIMUM
            rijen.append(
                (
                    ins.code,
                    k + 1,
                    som.edges[k],
                    som.edges[k + 1],
                    np.nan if starters < MINIMUM else starters,
                    np.nan if weinig else maanden,
                    np.nan if weinig else personen,
                )
            )
    kolommen = ["instrument", "klasse", "kans_van", "kans_tot", "starters", "nog_niet", "nog_niet_personen"]
    return pd.DataFrame(rijen, columns=kolommen)


def _gewichten(config: Config, sommen: Sequence[Sums]) -> pd.DataFrame:
    """What the weights look like, per instrument and phase."""
    rijen = []
    for ins, som in zip(config.instrument, sommen, strict=True):
        for fase, (personen, totaal, kwadraat, grootste, los) in zip(ins.fasen, som.weights, strict=True):
            leeg = totaal <= 0
            rijen.append(
                (
                    ins.code,
                    fase,
                    np.nan if personen < MINIMUM else personen,
                    0.0 if leeg else totaal**2 / kwadraat,
                    np.nan if leeg else grootste / totaal,
                    np.nan if leeg else 1 - totaal / los,
                    LIMIT,
                    som.unsupported,
                )
            )
    kolommen = ["instrument", "fase", "controle_personen", "effectief", "grootste_aandeel", "afgekapt", "grens"]
    return pd.DataFrame(rijen, columns=[*kolommen, "zonder_steun"])


def landmark_effecten(
    panel: Panel,
    config: Config,
    kenmerken: Sequence[Kenmerk],
    basis: Problem,
    coef: Floats,
    termen: Sequence[str],
    *,
    zaad: int,
    trekkingen: int = TREKKINGEN,
    voortgang: Callable[[float], None] | None = None,
) -> Landmark:
    """Estimate the effects of every instrument with method ``landmark``.

    Parameters
    ----------
    panel : Panel
        Rows of exposure.
    config : Config
        Instruments and ``effect_per`` (groups by ``duur`` at the start are left to the other methods).
    kenmerken : sequence of Kenmerk
        Traits as learnt; those of ``effect_per`` give the groups.
    basis : Problem
        Designs of method ``waargenomen`` on the exposure of the panel.
    coef : (3, P) array
        Its coefficients by bestemming, on the columns of ``basis``; nan where nothing could be estimated.
    termen : sequence of str
        Names of the P columns.
    zaad : int
        Seed of the client bootstrap.
    trekkingen : int
        Number of draws.
    voortgang : function, optional
        Called with the share that is done.

    Returns
    -------
    Landmark

    Raises
    ------
    ValueError
        When the coefficients do not belong to the columns of ``basis``, or ``basis`` to the panel.
    """
    if tuple(termen) != basis.names or coef.shape != (len(BESTEMMINGEN), len(basis.names)):
        raise ValueError("coefficients and terms must belong to the columns of the basis")
    if basis.exposure is not panel.exposure:
        raise ValueError("the basis must be prepared on the exposure of the panel")
    per_naam = {k.naam: k for k in kenmerken}
    e = panel.exposure
    groepen: list[tuple[Ints, int]] = []
    namen = ["allen"]
    for naam in (n for n in config.model.effect_per if n != "duur"):  # who waits has no duration at a start
        niveaus = per_naam[naam].niveaus
        groepen.append((np.asarray(panel.profielen[naam], dtype=np.int64)[e.profile], len(niveaus)))
        namen += [f"{naam}={v}" for v in niveaus]
    sommen = sum_trials(
        e,
        panel.spell,
        _behandelingen(panel, config, basis, coef),
        groepen,
        lags=max(MAANDEN),
        draws=trekkingen,
        seed=zaad,
        progress=voortgang,
    )
    effecten, replicaten = _effecten(config, namen, sommen)
    overleving, verschillen = _overleving(config, sommen)
    return Landmark(
        effecten=effecten,
        overleving=overleving,
        overlap=_overlap(config, sommen),
        gewichten=_gewichten(config, sommen),
        replicaten_effect=replicaten.reshape(len(effecten), trekkingen),
        replicaten_overleving=verschillen.reshape(len(overleving), trekkingen),
        zaad=zaad,
        trekkingen=trekkingen,
    )
