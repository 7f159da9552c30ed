r"""Cohorts of inflow by calendar month: how long they stay, how many will come, and so how large the caseload gets.

Everything here counts in whole calendar months. With N_b(m) the households that came in month b and are still there at
the end of month m, and X_b(m) those that left in month m, the hazard at age a (months since the month of inflow) is

.. math:: q_a = \frac{\sum_m X_{m-a}(m)}{\sum_m N_{m-a}(m-1)},

over the last 24 months: the Kaplan-Meier estimate with late entry on a monthly grid (age 0: leavers in the month of
inflow over that inflow); its level is that of the last 12 months, its season that of the last years. An exit is every
end of the household's spell below the AOW age, and the AOW age itself; who comes back is inflow. So inflow less outflow
is the change of the stock, exactly, and nobody counts twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.models.calendar import month_of
from kompas.models.design import Floats, Ints, readonly
from kompas.panel import aow_van_delen
from kompas.perioden import OPEN, maak_perioden, op_volgorde

VENSTER = 24  # months of exposure behind the hazards
NIVEAU = 12  # months that set their level, as the trend of the model is frozen at the mean of its last 12 months
SEIZOEN = 60  # months behind the season of the exits
BANDEN = (1, 3, 6, 12, 24, 36, 60, 120)  # lower ends of the bands of age on which a thin month leans
LEUNT = 50.0  # household-months by which it leans
LAATSTE = 24  # ages from here on have the hazard of their band
MINSTE_INSTROOM = 6  # months of inflow before it can be forecast
JAAR = 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cohorten:
    """Counts of households by month of inflow and calendar month; no row about a person.

    Parameters
    ----------
    eerste : int
        Month of the first cohort.
    van, tot : int
        First and last observed month (numbers as in `kompas.monitors.maanden`).
    begin : (B,) float
        Households per cohort that were there at the end of month ``van - 1``.
    instroom : (B,) float
        Inflow of each cohort's own month; only that of observed months means anything.
    weg : (B, M) float
        Leavers per cohort and observed month.
    """

    eerste: int
    van: int
    tot: int
    begin: Floats
    instroom: Floats
    weg: Floats

    def __post_init__(self) -> None:
        for veld in ("begin", "instroom", "weg"):
            object.__setattr__(self, veld, readonly(getattr(self, veld), np.float64))

    @property
    def maanden(self) -> int:
        """Number of observed months."""
        return self.tot - self.van + 1

    @property
    def over(self) -> Floats:
        """Households still there per cohort at the end of each observed month, after ``van - 1`` itself, (B, M + 1)."""
        komt = np.zeros_like(self.weg)
        plek = np.arange(self.van, self.tot + 1) - self.eerste
        komt[plek, np.arange(self.maanden)] = self.instroom[plek]
        stand: Floats = np.cumsum(np.column_stack([self.begin, komt - self.weg]), axis=1)
        return stand

    @property
    def stand(self) -> Floats:
        """Caseload at the end of each observed month, (M,)."""
        return np.asarray(self.over.sum(axis=0)[1:])

    @property
    def nieuw(self) -> Floats:
        """Inflow of each observed month, (M,)."""
        return np.asarray(self.instroom[self.van - self.eerste : self.tot - self.eerste + 1])

    @property
    def uitstroom(self) -> Floats:
        """Outflow of each observed month, (M,)."""
        return np.asarray(self.weg.sum(axis=0))

    def tot_maand(self, maand: int) -> Cohorten:
        """The same as seen at the end of an earlier month: nothing that happened later is left."""
        b, m = maand - self.eerste + 1, maand - self.van + 1
        return replace(self, tot=maand, begin=self.begin[:b], instroom=self.instroom[:b], weg=self.weg[:b, :m])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tafel:
    """How long households stay.

    Parameters
    ----------
    hazard : (A,) float
        Chance to leave in a calendar month, by age 0 .. A - 1 in months since the month of inflow; later ages as the
        last one.
    seizoen : (12,) float
        Factor per month of the year, 1 on average.
    """

    hazard: Floats
    seizoen: Floats

    def kans(self, leeftijd: Ints, maand: int) -> Floats:
        """Chance to leave in a month at these ages."""
        q = self.hazard[np.minimum(leeftijd, self.hazard.size - 1)] * self.seizoen[maand % JAAR]
        return np.asarray(np.clip(q, 0.0, 0.99), dtype=np.float64)


def maak_cohorten(bestand: Bestand, config: Config, *, van: int, tot: int) -> Cohorten | None:
    """Count households by month of inflow and month of exit.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows, of the regeling that counts.
    config : Config
        For ``gat_dagen``: a shorter gap is no exit.
    van, tot : int
        First and last month of observation.

    Returns
    -------
    Cohorten or None
        None without any household in those months.
    """
    begin, eind = _spells(bestand, config)
    komt, gaat = month_of(begin), month_of(np.minimum(eind, OPEN - 1) - 1)
    houd = (komt <= tot) & (gaat >= van)
    komt, gaat = komt[houd], gaat[houd]
    if tot < van or komt.size == 0:
        return None
    eerste = int(min(komt.min(), van))
    b, m = tot - eerste + 1, tot - van + 1
    rij, kolom = komt - eerste, gaat - van
    binnen = kolom < m
    weg = np.bincount(rij[binnen] * m + kolom[binnen], minlength=b * m).reshape(b, m)
    return Cohorten(
        eerste=eerste,
        van=van,
        tot=tot,
        begin=np.bincount(rij[komt < van], minlength=b).astype(np.float64),
        instroom=np.bincount(rij, minlength=b).astype(np.float64),
        weg=weg.astype(np.float64),
    )


def _spells(bestand: Bestand, config: Config) -> tuple[Ints, Ints]:
    """First day and first day after, of every household's spell below the AOW age."""
    tabel = op_volgorde(bestand.uitkeringen)
    perioden = maak_perioden(tabel, pd.DataFrame(columns=["client_id", "instrument"]), config)
    deel = perioden.delen["spell"].to_numpy(dtype=np.int64)
    staart = np.r_[deel[1:] != deel[:-1], True] if deel.size else np.zeros(0, dtype=bool)
    aow = aow_van_delen(perioden, tabel)[staart]
    begin, eind = (perioden.spells[k].to_numpy(dtype=np.int64) for k in ("begin", "eind"))
    eind = np.minimum(eind, aow)
    houd = begin < eind
    return begin[houd], eind[houd]


def maak_tafel(c: Cohorten, *, venster: int = VENSTER) -> Tafel:
    """Estimate how long households stay from the last months of observation.

    Parameters
    ----------
    c : Cohorten
    venster : int
        Months of exposure (all when there are fewer).

    Returns
    -------
    Tafel

    Notes
    -----
    Ages up to 23 months have their own hazard, leaning by 50 household-months on their band; older ages that of their
    band. All are multiplied by leavers over expected leavers of the last 12 months. The season is shrunk to one by
    empirical Bayes: with E expected and O observed leavers in a month of the year and tau^2 the variance of the true
    factors, (O + 1 / tau^2) / (E + 1 / tau^2).
    """
    over, weg = c.over, c.weg
    lang = min(venster, c.maanden)
    bij, af = _naar_leeftijd(c, over, weg, c.maanden - lang)
    band = np.searchsorted(np.array(BANDEN), np.arange(bij.size), side="right")
    bij_band, af_band = (np.bincount(band, weights=w) for w in (bij, af))
    gemiddeld = af.sum() / max(bij.sum(), 1.0)
    q_band = (af_band + LEUNT * gemiddeld) / (bij_band + LEUNT)
    q = (af + LEUNT * q_band[band]) / (bij + LEUNT)
    hazard = np.where(np.arange(bij.size) < LAATSTE, q, q_band[band])
    jaar = min(NIVEAU, c.maanden)
    bij, af = _naar_leeftijd(c, over, weg, c.maanden - jaar)
    wacht = float(bij @ hazard[: bij.size])
    niveau = (af.sum() + LEUNT) / (wacht + LEUNT)
    kaal = Tafel(hazard=hazard * niveau, seizoen=np.ones(JAAR))
    return replace(kaal, seizoen=_seizoen(c, kaal, over))


def _naar_leeftijd(c: Cohorten, over: Floats, weg: Floats, vanaf: int) -> tuple[Floats, Floats]:
    """Households at risk and leavers by age, over the observed months from ``vanaf`` on."""
    b = np.arange(over.shape[0])[:, None] + c.eerste
    m = np.arange(vanaf, c.maanden)[None] + c.van
    leeftijd = m - b
    bij = np.where(leeftijd == 0, c.instroom[:, None], over[:, vanaf:-1])
    geldig = leeftijd >= 0
    n = int(max(leeftijd.max(), LAATSTE, BANDEN[-1])) + 1
    return (
        np.bincount(leeftijd[geldig], weights=bij[geldig], minlength=n).astype(np.float64),
        np.bincount(leeftijd[geldig], weights=weg[:, vanaf:][geldig], minlength=n).astype(np.float64),
    )


def _seizoen(c: Cohorten, kaal: Tafel, over: Floats) -> Floats:
    """Factor per month of the year, from whole years, shrunk to one."""
    jaren = min(SEIZOEN, c.maanden) // JAAR
    if jaren < 2:
        return np.ones(JAAR)
    b = np.arange(over.shape[0]) + c.eerste
    wacht, zag = np.zeros((jaren, JAAR)), np.zeros((jaren, JAAR))
    for k in range(jaren * JAAR):
        m = c.tot - k
        leeftijd = m - b
        bij = np.where(leeftijd == 0, c.instroom, over[:, m - c.van])[leeftijd >= 0]
        wacht[k // JAAR, m % JAAR] += bij @ kaal.kans(leeftijd[leeftijd >= 0], m)
        zag[k // JAAR, m % JAAR] += c.weg[:, m - c.van].sum()
    wacht *= (zag.sum(axis=1) / np.maximum(wacht.sum(axis=1), 1e-9))[:, None]  # years differ in level
    e, o = wacht.sum(axis=0), zag.sum(axis=0)
    if e.min() <= 0:
        return np.ones(JAAR)
    tau2 = float(np.mean((o / e - 1) ** 2 - 1 / e))
    if tau2 <= 0:
        return np.ones(JAAR)
    factor = (o + 1 / tau2) / (e + 1 / tau2)
    return np.asarray(factor / (factor @ e / e.sum()))


def vervolg(c: Cohorten, tafel: Tafel, instroom: Floats) -> tuple[Floats, Floats]:
    """Let the cohorts age, and those to come with them.

    Parameters
    ----------
    c : Cohorten
        What is there at the end of month ``tot``.
    tafel : Tafel
    instroom : (H,) float
        Inflow of the months to come.

    Returns
    -------
    blijvers, nieuwe : (H,) float
        At the end of each month: who was there already, and who came since.

    Examples
    --------
    One cohort of 100, a tenth leaves each month, 10 come and a tenth of them leaves at once:

    >>> c = Cohorten(eerste=0, van=0, tot=0, begin=np.zeros(1), instroom=np.array([100.0]), weg=np.zeros((1, 1)))
    >>> t = Tafel(hazard=np.array([0.1]), seizoen=np.ones(12))
    >>> [x.tolist() for x in vervolg(c, t, np.array([10.0, 10.0]))]
    [[90.0, 81.0], [9.0, 17.1]]
    """
    h = instroom.size
    oud = c.over[:, -1].copy()
    leeftijd = c.tot - (np.arange(oud.size) + c.eerste)
    jong, blijvers, nieuwe = np.zeros(h), np.zeros(h), np.zeros(h)
    for k in range(h):
        maand = c.tot + 1 + k
        oud = oud * (1 - tafel.kans(leeftijd + 1 + k, maand))
        jong[k] = instroom[k]
        jong[: k + 1] *= 1 - tafel.kans(np.arange(k, -1, -1), maand)
        blijvers[k], nieuwe[k] = oud.sum(), jong.sum()
    return blijvers, nieuwe


def blijft_van_nieuw(tafel: Tafel, instroom: Floats, tot: int) -> Floats:
    """Of the inflow of the months after ``tot`` who is still there at the end of each month, (H,)."""
    leeg = Cohorten(eerste=tot, van=tot, tot=tot, begin=np.zeros(1), instroom=np.zeros(1), weg=np.zeros((1, 1)))
    return vervolg(leeg, tafel, instroom)[1]


def instroom_vooruit(waarden: Floats, horizon: int, laatste: int) -> Floats:
    r"""Forecast inflow: the level of the last year times the season of the last five.

    .. math:: \hat I_{T+j} = \bar I_{12}\, s_{m(T+j)}, \qquad s_m = \frac{O_m + 1/\tau^2}{E_m + 1/\tau^2}

    with O_m the inflow in month m of the year, E_m what it would be without season, and tau^2 the variance of the true
    factors (empirical Bayes: a season that cannot be told from chance is left out). Inflow is noisy and a caseload adds
    all its errors up: a forecast that follows the last months' movement tripled the error of the caseload after two
    years in simulated towns (``benchmarks/vooruitzicht.csv``).

    Parameters
    ----------
    waarden : (n,) float
        Inflow per month, the last one in month ``laatste``.
    horizon, laatste : int

    Returns
    -------
    (horizon,) array
        nan with fewer than 6 months or a gap.

    Examples
    --------
    >>> instroom_vooruit(np.array([10.0, 20, 30, 10, 20, 30]), 2, 5).tolist()
    [20.0, 20.0]
    """
    if waarden.size < MINSTE_INSTROOM or not np.isfinite(waarden).all():
        return np.full(horizon, np.nan)
    jaar = waarden[-JAAR:]
    jaren = min(waarden.size // JAAR, SEIZOEN // JAAR)
    factor = np.ones(JAAR)
    if jaren >= 2 and jaar.sum() > 0:
        blok = waarden[-jaren * JAAR :].reshape(jaren, JAAR)
        o, e = blok.sum(axis=0), np.full(JAAR, blok.sum() / JAAR)
        tau2 = float(np.mean((o / e - 1) ** 2 - 1 / e))
        if tau2 > 0:
            kolom = (o + 1 / tau2) / (e + 1 / tau2)
            factor[(laatste + 1 + np.arange(JAAR)) % JAAR] = kolom / kolom.mean()
    return np.asarray(jaar.mean() * factor[(laatste + 1 + np.arange(horizon)) % JAAR])
