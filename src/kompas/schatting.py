"""The estimation of method ``waargenomen``: designs, one hazard per cause, one covariance."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kompas.config import BESTEMMINGEN, Config
from kompas.fouten import RekenFout
from kompas.kenmerken import Interactie, Kenmerk, effectgroepen, numeriek
from kompas.models.covariance import clustered_covariance
from kompas.models.design import Factor, Floats, Ints, Profiles, make_profiles
from kompas.models.hazard import HazardFit, NotEstimableError, Problem, fit_hazard, prepare
from kompas.models.timedesign import TimeSpec, band_of, make_time_design
from kompas.panel import Panel
from kompas.prior import Prior, met_prior

PRIOR_ZONDER_EXIT = 1.0  # precision (standard deviation 1) for a level without any exit by a cause
PRIOR_START = 4.0  # first precision of the deviations per group, before it is learnt
SCHEIDING = 100.0  # a standard error of a log hazard ratio beyond this is no estimate
EB_RONDEN = 3  # rounds in which the spread of the deviations is learnt


def ontwerp(
    config: Config,
    kenmerken: Sequence[Kenmerk],
    interacties: Sequence[Interactie],
    codes: Mapping[str, npt.NDArray[np.generic]],
    *,
    zwak: Collection[str] = (),
) -> Profiles:
    """Lay out the design of profiles: traits, phases, deviations per group; ``zwak``: instruments with a weak prior."""
    n = len(next(iter(codes.values()))) if codes else 1
    factoren = []
    for k in kenmerken:
        if k.soort == "numeriek":
            continue
        zonder = [v for v in k.niveaus if v != k.referentie]
        kaart = np.array([zonder.index(v) if v != k.referentie else -1 for v in k.niveaus], dtype=np.int64)
        code = np.asarray(codes[k.naam], dtype=np.int64)
        veilig = np.where(code >= 0, kaart[np.maximum(code, 0)], -1)
        factoren.append(Factor(name=k.naam, levels=tuple(zonder), codes=veilig, ridge=(0.0,) * len(zonder)))
    for ins in config.instrument:
        fase = np.asarray(codes[f"inzet:{ins.code}"], dtype=np.int64)
        ridge = (PRIOR_ZONDER_EXIT if ins.code in zwak else 0.0,) * len(ins.fasen)
        factoren.append(Factor(name=f"inzet:{ins.code}", levels=ins.fasen, codes=fase, ridge=ridge))
    per_naam = effectgroepen(kenmerken)
    for i in interacties:
        k = per_naam[i.kenmerk]
        ins = next(x for x in config.instrument if x.code == i.instrument)
        fase = np.asarray(codes[f"inzet:{i.instrument}"], dtype=np.int64)
        niveau = np.asarray(codes[i.kolom], dtype=np.int64)
        code = np.where(fase == ins.fasen.index(i.fase), niveau, -1)
        factoren.append(Factor(name=i.naam, levels=k.niveaus, codes=code, ridge=(PRIOR_START,) * len(k.niveaus)))
    return make_profiles(factoren, numeriek(kenmerken, codes), n)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Oorzaak:
    """The fit of one cause and the map from its columns to the common ones."""

    probleem: Problem
    fit: HazardFit | None
    kaart: Floats  # (P, p)


def _banden_samen(panel: Panel, tijd: TimeSpec, oorzaak: int) -> Ints:
    """Group of each band: a band without exits by this cause joins the band before it (the first: the next)."""
    e = panel.exposure
    raak = e.event == oorzaak
    aantal = np.bincount(band_of((e.month + e.months - 1)[raak], tijd.bands), minlength=len(tijd.bands) + 1)
    groep = np.maximum(np.cumsum(aantal > 0) - 1, 0)
    return np.asarray(groep, dtype=np.int64)


def _probleem(panel: Panel, basis: Problem, tijd: TimeSpec, oorzaak: int) -> tuple[Problem, Floats]:
    """Problem of one cause: bands without exits joined, a weak prior on other levels without exits."""
    time = make_time_design(tijd)
    n_banden = time.duration.shape[1]
    groep = _banden_samen(panel, tijd, oorzaak)
    samen = np.zeros((n_banden, int(groep.max()) + 1))
    samen[np.arange(n_banden), groep] = 1.0
    e = panel.exposure
    raak = np.flatnonzero(e.event == oorzaak)
    maand = (e.calendar + e.months - 1)[raak] - time.first
    n_trend = tijd.n_trend
    per_kalender = time.calendar[maand].sum(axis=0)
    seizoen = np.arange(time.calendar.shape[1]) < time.calendar.shape[1] - n_trend
    ridge_tijd = np.concatenate(
        [np.zeros(samen.shape[1]), np.where(seizoen & (per_kalender == 0), PRIOR_ZONDER_EXIT, 0.0)]
    )
    per_kolom = np.asarray(basis.profiles.matrix[e.profile[raak]].getnnz(axis=0)).ravel()
    ridge = np.where((per_kolom == 0) & (basis.profiles.ridge == 0), PRIOR_ZONDER_EXIT, basis.profiles.ridge)
    namen = tuple(f"band {g}" for g in range(samen.shape[1])) + time.names[n_banden:]
    klein = replace(time, duration=time.duration @ samen, names=namen, ridge=ridge_tijd)
    rest = len(time.names) - n_banden + len(basis.profiles.names)
    kaart = np.zeros((n_banden + rest, samen.shape[1] + rest))
    kaart[:n_banden, : samen.shape[1]] = samen
    kaart[n_banden:, samen.shape[1] :] = np.eye(rest)
    return prepare(panel.exposure, replace(basis.profiles, ridge=ridge), klein), kaart


def _controleer_scheiding(fit: HazardFit) -> None:
    """Refuse a fit in which some level predicts exits perfectly: its coefficient has run off to infinity."""
    niveau = np.array(["=" in n or n.startswith("band ") for n in fit.names])
    weg = niveau & (np.nan_to_num(fit.se) > SCHEIDING)
    if weg.any():
        namen = [n for n, w in zip(fit.names, weg, strict=True) if w]
        raise NotEstimableError("separation", namen)


def schat_oorzaak(panel: Panel, basis: Problem, tijd: TimeSpec, oorzaak: int, *, prior: Prior | None = None) -> Oorzaak:
    """Fit one cause; learn the spread of deviations per group by empirical Bayes (EM on their variance)."""
    probleem, kaart = _probleem(panel, basis, tijd, oorzaak)
    if prior is not None:
        probleem = replace(probleem, profiles=met_prior(probleem.profiles, prior, oorzaak))
    if not (panel.exposure.event == oorzaak).any():
        return Oorzaak(probleem=probleem, fit=None, kaart=kaart)
    try:
        fit = fit_hazard(probleem, oorzaak)
        koppen = [n.split("=", 1)[0].split(":") for n in probleem.names]
        afwijking = np.array([k[0] == "inzet" and len(k) == 4 for k in koppen])
        for _ in range(EB_RONDEN if afwijking.any() else 0):
            variantie = fit.coef**2 + np.diag(fit.bread)
            ridge = probleem.profiles.ridge.copy()
            soort = np.array([":".join([k[1], k[3]]) if len(k) == 4 else "" for k in koppen])[probleem.time.size :]
            los = afwijking[probleem.time.size :]
            for s in np.unique(soort[los]):
                wie = los & (soort == s)
                ridge[wie] = 1.0 / max(float(np.mean(variantie[probleem.time.size :][wie])), 1e-4)
            probleem = replace(probleem, profiles=replace(probleem.profiles, ridge=ridge))
            fit = fit_hazard(probleem, oorzaak, start=fit.coef)
        _controleer_scheiding(fit)
    except (NotEstimableError, np.linalg.LinAlgError) as fout:
        aantal = int((panel.exposure.event == oorzaak).sum())
        waar = f" Niet te onderscheiden: {', '.join(fout.args[1])}." if len(fout.args) > 1 else ""
        raise RekenFout(
            "KMP-M001",
            f"de schatting voor bestemming '{BESTEMMINGEN[oorzaak - 1]}' lukt niet: {aantal} uitstromers zijn te "
            f"weinig voor {len(probleem.names)} termen, of een kenmerk valt samen met de uitstroom.{waar} Probeer "
            'minder kenmerken, bredere banden, of kalender = "maand".',
        ) from None
    return Oorzaak(probleem=probleem, fit=fit, kaart=kaart)


def gezamenlijk(oorzaken: Sequence[Oorzaak]) -> tuple[Floats, Floats]:
    """Coefficients (3, P) and covariance (3P, 3P) on the common columns."""
    breed = oorzaken[0].kaart.shape[0]
    coef = np.full((len(oorzaken), breed), np.nan)
    geschat = [(o.probleem, o.fit) for o in oorzaken if o.fit is not None]
    covariantie = np.zeros((len(oorzaken) * breed, len(oorzaken) * breed))
    if not geschat:
        return coef, covariantie
    klein = clustered_covariance(geschat)
    kaarten, plekken = [], []
    for k, o in enumerate(oorzaken):
        if o.fit is None:
            continue
        ontbreekt = (o.kaart @ np.isnan(o.fit.coef).astype(np.float64)) > 0
        coef[k] = np.where(ontbreekt, np.nan, o.kaart @ np.nan_to_num(o.fit.coef))
        kaarten.append(o.kaart)
        plekken.append(np.arange(breed) + k * breed)
    groot = np.zeros((sum(k.shape[0] for k in kaarten), klein.shape[0]))
    rij = kolom = 0
    for kaart in kaarten:
        groot[rij : rij + kaart.shape[0], kolom : kolom + kaart.shape[1]] = kaart
        rij, kolom = rij + kaart.shape[0], kolom + kaart.shape[1]
    plek = np.concatenate(plekken)
    covariantie[np.ix_(plek, plek)] = groot @ klein @ groot.T
    return coef, covariantie
