"""Parameters of two recalibrations side by side: old, new, difference and what chance allows that difference to be.

Old and new share data. When the new window holds the old one, the old estimate is the less efficient one and the
variance of the difference is the difference of the variances (Hausman 1978). An estimated variance can be too small or
negative; it is never taken below the share of exits that is new, times the old variance. Otherwise the estimates are
taken as independent, which is too wide when they are not.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kompas.config import BESTEMMINGEN
from kompas.herijking import Herijking
from kompas.models.design import Floats
from kompas.models.timedesign import TimeSpec, natural_spline
from kompas.perioden import venster
from kompas.tabellen import METHODE, Z95

GRENS_Z = 2.0
KLEINSTE_DEEL = 0.01  # of the old variance: rounding and late registration alone make this much
LEEFTIJD = 40.0  # age at which baselines are compared when age is linear
SLEUTEL_EFFECT = ["instrument", "fase", "bestemming", "groep", "methode"]
SLEUTEL_TERM = ["bestemming", "term", "methode"]
_CIJFERS = ["oud", "se_oud", "nieuw", "se_nieuw"]
_VERSCHIL = ["verschil", "se_verschil", "ondergrens", "bovengrens", "z", "signaal"]


def _volgorde(f: pd.DataFrame, sleutel: list[str], nieuw: pd.DataFrame, oud: pd.DataFrame) -> pd.DataFrame:
    """Put rows in the order of the new table, then those that only the old one has."""
    alles = pd.concat([nieuw[sleutel], oud[sleutel]], ignore_index=True).drop_duplicates(ignore_index=True)
    return alles.merge(f, on=sleutel, how="left", validate="one_to_one")


def bevat(oud: Herijking, nieuw: Herijking) -> bool:
    """Whether the window of the new herijking holds that of the old one."""
    (van_oud, tot_oud), (van_nieuw, tot_nieuw) = venster(oud.config), venster(nieuw.config)
    return van_nieuw <= van_oud and tot_nieuw >= tot_oud


def se_van_verschil(se_oud: Floats, se_nieuw: Floats, nieuw_deel: Floats, *, genest: bool) -> Floats:
    """Standard error of new minus old.

    Parameters
    ----------
    se_oud, se_nieuw : (n,) arrays
    nieuw_deel : (n,) array
        Share of the new exits that the old estimate had not seen (0-1).
    genest : bool
        The new data hold the old.

    Examples
    --------
    >>> d = np.array([0.2])
    >>> [se_van_verschil(np.array([a]), np.array([b]), d, genest=True).round(3).item() for a, b in ((.5, .3), (.5, .5))]
    [0.4, 0.224]
    >>> float(se_van_verschil(np.array([0.3]), np.array([0.4]), d, genest=False)[0])
    0.5
    """
    if not genest:
        return np.asarray(np.sqrt(se_oud**2 + se_nieuw**2), dtype=np.float64)
    bodem = np.maximum(np.clip(nieuw_deel, 0.0, 1.0), KLEINSTE_DEEL) * se_oud**2
    return np.asarray(np.sqrt(np.maximum(se_oud**2 - se_nieuw**2, bodem)), dtype=np.float64)


def _met_verschil(f: pd.DataFrame, nieuw_deel: Floats, *, genest: bool) -> pd.DataFrame:
    """Add difference, its interval and flag; no difference where either figure is missing."""
    oud, se_oud, nieuw, se_nieuw = (f[k].to_numpy(dtype=np.float64) for k in _CIJFERS)
    se = se_van_verschil(se_oud, se_nieuw, nieuw_deel, genest=genest)
    verschil = nieuw - oud
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(se > 0, verschil / se, np.where(verschil == 0, 0.0, np.copysign(np.inf, verschil)))
    z = np.where(np.isnan(verschil) | np.isnan(se), np.nan, z)
    return f.assign(
        verschil=verschil,
        se_verschil=np.where(np.isnan(verschil), np.nan, se),
        ondergrens=verschil - Z95 * se,
        bovengrens=verschil + Z95 * se,
        z=z,
        signaal=np.nan_to_num(np.abs(z)) > GRENS_Z,
    )


def _deel_nieuw(oud: Floats, nieuw: Floats) -> Floats:
    """Share of the exits behind the new figure that the old one had not seen; all of them when unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        deel = 1.0 - oud / nieuw
    return np.where(np.isfinite(deel), np.clip(deel, 0.0, 1.0), 1.0)


def effectverschillen(oud: Herijking, nieuw: Herijking) -> pd.DataFrame:
    """Every effect of both recalibrations.

    Returns
    -------
    DataFrame
        instrument, fase, bestemming, groep, methode, oud, se_oud, nieuw, se_nieuw (log hazard ratios), verschil,
        se_verschil, ondergrens, bovengrens, z, signaal (|z| over 2), stand (beide, alleen_oud, alleen_nieuw,
        te_weinig), oordeel_oud, oordeel_nieuw, voorkeur_oud, voorkeur_nieuw.
    """
    kolommen = [*SLEUTEL_EFFECT, "log_effect", "se", "gebeurtenissen", "oordeel", "voorkeur"]
    samen = oud.effecten[kolommen].merge(
        nieuw.effecten[kolommen], on=SLEUTEL_EFFECT, how="outer", suffixes=("_oud", "_nieuw")
    )
    samen = _volgorde(samen, SLEUTEL_EFFECT, nieuw.effecten, oud.effecten)
    stand = np.select(
        [samen["oordeel_nieuw"].isna(), samen["oordeel_oud"].isna()], ["alleen_oud", "alleen_nieuw"], default="beide"
    )
    weinig = (samen[["oordeel_oud", "oordeel_nieuw"]] == "onvoldoende_gegevens").any(axis=1).to_numpy()
    f = samen.rename(columns={"log_effect_oud": "oud", "log_effect_nieuw": "nieuw"})
    deel = _deel_nieuw(*(f[f"gebeurtenissen_{k}"].to_numpy(dtype=np.float64) for k in ("oud", "nieuw")))
    uit = _met_verschil(f, deel, genest=bevat(oud, nieuw))
    telt = (stand == "beide") & ~weinig
    stand = np.where((stand == "beide") & weinig, "te_weinig", stand)
    extra = ["stand", "oordeel_oud", "oordeel_nieuw", "voorkeur_oud", "voorkeur_nieuw"]
    uit = uit.assign(stand=stand, signaal=uit["signaal"].to_numpy() & telt)
    return uit[[*SLEUTEL_EFFECT, *_CIJFERS, *_VERSCHIL, *extra]].reset_index(drop=True)


# -- coefficients --------------------------------------------------------------------------------------------------


def _cijfer(h: Herijking, oorzaak: int, gewichten: dict[str, float]) -> tuple[float, float]:
    """Value and standard error of a combination of the parameters of one bestemming; nan when a part is unknown."""
    plek = {t: j for j, t in enumerate(h.termen)}
    if any(t not in plek for t in gewichten):
        return np.nan, np.nan
    breed = len(h.termen)
    vector = np.zeros(breed)
    for t, w in gewichten.items():
        vector[plek[t]] = w
    coef = h.coef[oorzaak]
    if np.isnan(coef[vector != 0]).any() or np.isnan(coef).all():
        return np.nan, np.nan
    blok = h.covariantie[oorzaak * breed : (oorzaak + 1) * breed, oorzaak * breed : (oorzaak + 1) * breed]
    return float(vector @ np.nan_to_num(coef)), float(np.sqrt(max(float(vector @ blok @ vector), 0.0)))


def _referenties(h: Herijking) -> dict[str, str]:
    return {k.naam: k.referentie for k in h.kenmerken if k.referentie is not None}


def _niveaus(h: Herijking) -> dict[str, tuple[str, ...]]:
    return {k.naam: k.niveaus for k in h.kenmerken if k.soort != "numeriek"}


def _om_te_rekenen(oud: Herijking, nieuw: Herijking, term: str) -> tuple[dict[str, float] | None, str]:
    """Weights that give a term of the new model from the old parameters, and why not when there are none."""
    kenmerk, teken, niveau = term.partition("=")
    ref_oud, ref_nieuw = _referenties(oud), _referenties(nieuw)
    if teken and kenmerk in ref_nieuw:
        if kenmerk not in ref_oud:
            return None, "alleen_nieuw"
        if niveau not in _niveaus(oud)[kenmerk] or ref_nieuw[kenmerk] not in _niveaus(oud)[kenmerk]:
            return None, "alleen_nieuw" if niveau not in _niveaus(oud)[kenmerk] else "andere_referentie"
        gewichten = {} if niveau == ref_oud[kenmerk] else {term: 1.0}
        if ref_nieuw[kenmerk] != ref_oud[kenmerk]:
            gewichten[f"{kenmerk}={ref_nieuw[kenmerk]}"] = -1.0
        return gewichten, "beide" if ref_nieuw[kenmerk] == ref_oud[kenmerk] else "omgerekend"
    if term not in oud.termen:
        return None, "alleen_nieuw"
    if term == "trend" or term.startswith("trend_"):
        zelfde = (oud.tijd.knots, oud.tijd.first) == (nieuw.tijd.knots, nieuw.tijd.first)
        return ({term: 1.0}, "beide") if zelfde else (None, "andere_knopen")
    if kenmerk == "duur":
        zonder_trend = not oud.tijd.knots and not nieuw.tijd.knots
        zelfde = ref_oud == ref_nieuw and (zonder_trend or oud.tijd.first == nieuw.tijd.first)
        return ({term: 1.0}, "beide") if zelfde else (None, "ander_nulpunt")
    return {term: 1.0}, "beide"


def coefficientverschillen(oud: Herijking, nieuw: Herijking) -> pd.DataFrame:
    """Every coefficient of both recalibrations, the old ones relative to the reference groups of the new.

    Returns
    -------
    DataFrame
        bestemming, term, methode, oud, se_oud, nieuw, se_nieuw, verschil, se_verschil, ondergrens, bovengrens, z,
        signaal, stand: ``beide``; ``omgerekend`` (another reference group: the old figure was converted);
        ``alleen_oud``, ``alleen_nieuw``; ``nu_referentie``; ``andere_referentie``, ``andere_knopen``,
        ``ander_nulpunt`` (the same name means something else: no difference; see :func:`basisverschillen`).
    """
    kolommen = [*SLEUTEL_TERM, "log_effect", "se"]
    a, b = oud.coefficienten[kolommen], nieuw.coefficienten[kolommen]
    samen = a.merge(b, on=SLEUTEL_TERM, how="outer", suffixes=("_oud", "_nieuw"), indicator=True)
    samen = _volgorde(samen, SLEUTEL_TERM, b, a)
    f = samen.rename(columns={"log_effect_oud": "oud", "log_effect_nieuw": "nieuw"})
    ref_nieuw = _referenties(nieuw)
    stand, eigen = [], f[["oud", "se_oud"]].to_numpy(dtype=np.float64, copy=True)
    for j, r in enumerate(f[[*SLEUTEL_TERM, "_merge"]].itertuples(index=False, name=None)):
        bestemming, term, methode, kant = r
        kenmerk, _, niveau = term.partition("=")
        if kant == "left_only":
            stand.append("nu_referentie" if ref_nieuw.get(kenmerk) == niveau else "alleen_oud")
            continue
        gewichten, waarom = _om_te_rekenen(oud, nieuw, term)
        if gewichten is not None and methode == METHODE:
            eigen[j] = _cijfer(oud, BESTEMMINGEN.index(bestemming), gewichten)
        elif waarom != "beide":
            eigen[j] = np.nan
        nieuw_erbij = kant == "right_only" and (methode != METHODE or waarom != "omgerekend")
        stand.append("alleen_nieuw" if nieuw_erbij else waarom)
    f = f.assign(oud=eigen[:, 0], se_oud=eigen[:, 1])
    uit = _met_verschil(f, _deel_per_bestemming(oud, nieuw, f), genest=bevat(oud, nieuw))
    return uit.assign(stand=stand)[[*SLEUTEL_TERM, *_CIJFERS, *_VERSCHIL, "stand"]].reset_index(drop=True)


def _deel_per_bestemming(oud: Herijking, nieuw: Herijking, f: pd.DataFrame) -> Floats:
    per = [h.glance.drop_duplicates("bestemming").set_index("bestemming")["gebeurtenissen"] for h in (oud, nieuw)]
    return _deel_nieuw(*(f["bestemming"].map(p).to_numpy(dtype=np.float64) for p in per))


# -- baseline and calendar on one scale ----------------------------------------------------------------------------


def _trend(h: Herijking, maanden: Sequence[int]) -> dict[str, float]:
    """Weights of the trend columns at the mean of some calendar months."""
    t: TimeSpec = h.tijd
    if not t.knots:
        return {}
    kolommen = natural_spline((np.asarray(maanden, dtype=np.float64) - t.first) / 12, t.knots).mean(axis=0)
    return {("trend" if j == 0 else f"trend_{j + 1}"): float(w) for j, w in enumerate(kolommen)}


def _persoon(h: Herijking, referenties: dict[str, str], bereik: dict[str, float]) -> dict[str, float] | None:
    """Weights of the traits of the person for whom baselines are compared; None when the model does not know him."""
    uit: dict[str, float] = {}
    for k in h.kenmerken:
        if k.soort == "numeriek":
            uit[k.naam] = bereik.get(k.naam, LEEFTIJD)
        elif k.naam in referenties and referenties[k.naam] not in k.niveaus:
            return None
        elif k.naam in referenties and referenties[k.naam] != k.referentie:
            uit[f"{k.naam}={referenties[k.naam]}"] = 1.0
    return uit


def basisverschillen(oud: Herijking, nieuw: Herijking) -> pd.DataFrame:
    """Baseline and calendar of both recalibrations for one and the same person and moment.

    The person has the reference values of the new model, is 40 years old where age is linear (the middle of the range
    for other numbers), in an average month of the year; the moment is the last twelve months of the old window.

    Returns
    -------
    DataFrame
        bestemming, onderdeel (``duur``: log hazard per month in that band; ``kalender``: log hazard of a year against
        the last twelve months of the old window), niveau, and the figures of :func:`coefficientverschillen`. A band
        that only one model has is not in it.
    """
    referenties = _referenties(nieuw)
    bereik = {k.naam: sum(k.bereik) / 2 for k in nieuw.kenmerken if k.bereik is not None} | {"leeftijd": LEEFTIJD}
    laatste = range(oud.tijd.last - 11, oud.tijd.last + 1)
    mensen = [_persoon(h, referenties, bereik) for h in (oud, nieuw)]
    rijen: list[tuple[object, ...]] = []
    for k, bestemming in enumerate(BESTEMMINGEN):
        for band in [b for b in oud.tijd.band_names if b in nieuw.tijd.band_names]:
            cijfers: list[float] = []
            for h, mens in zip((oud, nieuw), mensen, strict=True):
                seizoen = {t: 1 / 12 for t in h.termen if t.startswith("maand=")}
                gewichten = {f"duur={band}": 1.0, **seizoen, **_trend(h, laatste), **(mens or {})}
                cijfers += _cijfer(h, k, gewichten) if mens is not None else (np.nan, np.nan)
            rijen.append((bestemming, "duur", band, *cijfers))
        if oud.tijd.knots and nieuw.tijd.knots:
            van = max(oud.tijd.first, nieuw.tijd.first)
            for jaar in range(-(-van // 12), (oud.tijd.last + 1) // 12):
                cijfers = []
                for h in (oud, nieuw):
                    nul, jaar_ = _trend(h, laatste), _trend(h, range(12 * jaar, 12 * jaar + 12))
                    cijfers += _cijfer(h, k, {t: w - nul[t] for t, w in jaar_.items()})
                rijen.append((bestemming, "kalender", str(jaar), *cijfers))
    f = pd.DataFrame(rijen, columns=["bestemming", "onderdeel", "niveau", *_CIJFERS]).astype(
        dict.fromkeys(_CIJFERS, np.float64)
    )
    uit = _met_verschil(f, _deel_per_bestemming(oud, nieuw, f), genest=bevat(oud, nieuw))
    return uit[["bestemming", "onderdeel", "niveau", *_CIJFERS, *_VERSCHIL]]
