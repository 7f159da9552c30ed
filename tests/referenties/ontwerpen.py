"""Random exposure with its person-months written out by plain loops: the engine's own ``expand`` is not trusted here.

Nothing of this is read from disk; every design follows from its seed.
"""

import numpy as np
import pandas as pd

from kompas.models.design import Exposure, Factor, Profiles, TimeDesign, make_profiles
from kompas.models.timedesign import make_spec, make_time_design, natural_spline

KOLOMMEN = ("profile", "month", "calendar", "months", "length", "event", "cluster")
BANDEN = (1, 3, 6, 12)
EERSTE = 12 * 2003  # January 2003
MAANDEN = 36
NIVEAUS = (("opl", 3), ("fase", 2))


def naar_exposure(rijen: pd.DataFrame) -> Exposure:
    """Rows (columns of ``KOLOMMEN``, sorted by cluster) to an Exposure."""
    return Exposure(**{k: rijen[k].to_numpy(np.float64 if k == "length" else np.int64) for k in KOLOMMEN})


def naar_rijen(exposure: Exposure) -> pd.DataFrame:
    """Exposure to a frame of rows."""
    return pd.DataFrame({k: getattr(exposure, k) for k in KOLOMMEN})


def stukken(rijen: pd.DataFrame) -> pd.DataFrame:
    """Write out one line per month or part of a month."""
    uit = []
    for r in rijen.itertuples():
        for stap in range(r.months):
            event = r.event if stap == r.months - 1 else 0
            uit.append((r.profile, r.month + stap, r.calendar + stap, r.length, event, r.cluster))
    return pd.DataFrame(uit, columns=["profile", "month", "calendar", "length", "event", "cluster"])


def profielen(rng: np.random.Generator, *, numeriek: bool, n: int = 40, ridge: float = 0.0) -> Profiles:
    """Profiles with two factors and, if asked, two numeric columns (one with a large mean)."""
    factoren = [
        Factor(
            name=naam,
            levels=tuple(f"n{j}" for j in range(k)),
            codes=rng.integers(-1, k, n),
            ridge=(ridge,) * k,
        )
        for naam, k in NIVEAUS
    ]
    getallen = [("leeftijd", rng.uniform(18, 64, n)), ("x", rng.normal(size=n))] if numeriek else []
    return make_profiles(factoren, getallen, n)


def tijd(kalender: str = "geen", banden: tuple[int, ...] = BANDEN) -> TimeDesign:
    """Time design over the window of these tests."""
    return make_time_design(make_spec(banden, kalender, EERSTE, EERSTE + MAANDEN - 1))


def trek(
    seed: int, *, delen: bool = False, numeriek: bool = False, oorzaken: int = 1, clienten: int = 160
) -> tuple[pd.DataFrame, Profiles]:
    """Draw rows of exposure and profiles.

    Spells begin up to two years before the window (late entry) and change profile now and then; with ``delen`` some
    months are cut in parts and some are cut by the edge of the window.
    """
    rng = np.random.default_rng(seed)
    profiles = profielen(rng, numeriek=numeriek)
    beta = rng.normal(scale=0.4, size=len(profiles.names))
    x = profiles.matrix.toarray()
    eta = (x - x.mean(axis=0)) @ (beta / np.maximum(x.std(axis=0), 0.3)) - 1.9
    rijen = []
    for client in range(clienten):
        begin = int(rng.integers(-24, MAANDEN - 2))
        kalender = max(begin, 0)
        if delen and begin < 0 and rng.random() < 0.5:
            rijen.append([rng.integers(40), kalender - begin, kalender, 1, rng.uniform(0.05, 0.95), 0, client])
            kalender += 1
        weg = False
        while kalender < MAANDEN and not weg:
            profiel = int(rng.integers(40))
            lengtes = [1.0]
            maanden = int(min(rng.integers(1, 9), MAANDEN - kalender))
            if delen and rng.random() < 0.4:
                snede = rng.uniform(0.05, 0.95)
                lengtes, maanden = [snede, 1 - snede], 1
            for d in lengtes:
                duur = 0.3 if kalender - begin < 6 else 0.0
                kans = -np.expm1(-d * np.exp(eta[profiel] + duur))
                wacht = int(rng.geometric(kans))
                weg = wacht <= maanden
                event = int(rng.integers(1, oorzaken + 1)) if weg else 0
                rijen.append([profiel, kalender - begin, kalender, min(wacht, maanden), d, event, client])
                if weg:
                    break
                profiel = int(rng.integers(40))
            kalender += maanden
    frame = pd.DataFrame(rijen, columns=list(KOLOMMEN))
    gehele = [k for k in KOLOMMEN if k != "length"]
    frame[gehele] = frame[gehele].astype(np.int64)
    frame["calendar"] += EERSTE
    return frame, profiles


def matrix(
    pieces: pd.DataFrame, profiles: Profiles, *, kalender: str = "geen", banden: tuple[int, ...] = BANDEN
) -> np.ndarray:
    """Design of the pieces, column by column from the definitions in the contract."""
    maand = pieces["month"].to_numpy()
    kolommen = [(maand >= onder) & (maand < boven) for onder, boven in zip((0, *banden), (*banden, 10**6), strict=True)]
    if kalender != "geen":
        kolommen += [pieces["calendar"].to_numpy() % 12 == m - 1 for m in range(2, 13)]
    if kalender == "maand+trend":
        jaren = (pieces["calendar"].to_numpy() - EERSTE) / 12
        kolommen += list(natural_spline(jaren, make_spec(banden, kalender, EERSTE, EERSTE + MAANDEN - 1).knots).T)
    x = profiles.matrix.toarray()[pieces["profile"].to_numpy()]
    return np.column_stack([*kolommen, x]).astype(np.float64)
