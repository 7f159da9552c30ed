"""Joint problems for the tests of hazards that share types: random ones, and one process from arrays."""

import math

import numpy as np

from kompas.models.design import Exposure, Factor, TimeDesign, make_profiles
from kompas.models.hazard import prepare
from kompas.models.mixture import Joint, Parameters, Process, join
from kompas.models.mixturepoints import FreePoints, OneFactor

MAANDEN = 30
PROFIELEN = 6
EFFECT, UIT, IN = 0.5, math.log(0.06), math.log(0.05)
TYPE = np.array([[0.0, 0.0], [-1.5, 0.9]])  # exit, entry: who stays long is also who gets the instrument


def kaal(n_kalender: int = 60) -> TimeDesign:
    """One constant hazard, no calendar."""
    return TimeDesign(
        duration=np.ones((1, 1)), calendar=np.zeros((n_kalender, 0)), first=0, names=("niveau",), ridge=np.zeros(1)
    )


def proces(kolommen: dict, *, naam: str, oorzaak: int, voor, profielen=None, time: TimeDesign | None = None) -> Process:
    """One process from columns of exposure, sorted by client here."""
    orde = np.argsort(kolommen["cluster"], kind="stable")
    e = Exposure(
        **{k: np.asarray(v, dtype=np.float64 if k == "length" else np.int64)[orde] for k, v in kolommen.items()}
    )
    profielen = make_profiles([], [], int(e.profile.max()) + 1) if profielen is None else profielen
    return Process(
        name=naam,
        problem=prepare(e, profielen, kaal() if time is None else time),
        cause=oorzaak,
        before=np.asarray(voor, dtype=bool)[orde],
    )


def _rijen(rng: np.random.Generator, clienten: int, met_voor: bool) -> tuple[dict, np.ndarray]:
    """Rows of one process: whole runs and parts of months; the first rows of some clients lie before the window."""
    uit, voor = [], []
    for client in range(clienten):
        maand, kalender = 0, int(rng.integers(0, 8))
        aantal = int(rng.integers(0, 5))  # some clients are not at risk at all
        grens = int(rng.integers(0, aantal + 1)) if met_voor and client % 2 else 0
        for k in range(aantal):
            los = rng.random() < 0.3
            maanden = 1 if los else int(rng.integers(1, 5))
            lengte = float(rng.uniform(0.2, 0.9)) if los else 1.0
            event = int(rng.choice([0, 1, 2], p=[0.5, 0.35, 0.15]))
            uit.append((int(rng.integers(PROFIELEN)), maand, kalender, maanden, lengte, event, client))
            voor.append(k < grens)
            maand, kalender = maand + maanden, kalender + maanden
    namen = ("profile", "month", "calendar", "months", "length", "event", "cluster")
    return dict(zip(namen, zip(*uit, strict=True), strict=True)), np.array(voor)


def willekeurig(seed: int, *, clienten: int = 30, met_voor: bool = True, niveau: float = -1.5, kolommen: int = 2):
    """Three processes with traits, two bands of duration and a trend: (joint, coefficients per process)."""
    rng = np.random.default_rng(seed)
    duur = np.zeros((7, 2))
    duur[:3, 0] = duur[3:, 1] = 1.0
    time = TimeDesign(
        duration=duur,
        calendar=(np.arange(MAANDEN) / MAANDEN)[:, None],
        first=0,
        names=("kort", "lang", "trend"),
        ridge=np.zeros(3),
    )
    processen, coef = [], []
    for q in range(3):
        factor = Factor(
            name="f", levels=("a", "b"), codes=rng.permutation([-1, 0, 1, -1, 0, 1]), ridge=(0.3 * q, 0.3 * q)
        )
        profielen = make_profiles([factor], [("x", rng.normal(size=PROFIELEN))], PROFIELEN)
        rijen, voor = _rijen(rng, clienten, met_voor)
        processen.append(proces(rijen, naam=f"p{q}", oorzaak=1, voor=voor, profielen=profielen, time=time))
        coef.append(np.concatenate([niveau + rng.normal(0, 0.2, 2), rng.normal(0, 0.3, 4)]))
    z = np.column_stack([np.ones(clienten), rng.normal(size=(clienten, kolommen))])
    return join(processen, z), tuple(coef)


def parameters(joint: Joint, coef, vorm: str, seed: int = 0) -> tuple:
    """Form and parameters away from any special point."""
    rng = np.random.default_rng(seed + 100)
    q, k = len(joint.processes), joint.traits.shape[1]
    if vorm == "een_factor":
        form = OneFactor(types=3, processes=q)
        phi = np.array([0.7, -0.9, 0.5, -0.6])  # b of three processes, u of the third type
        psi = np.concatenate([[0.3, -0.4], rng.normal(0, 0.4, k - 1), [0.7]])
    else:
        form = FreePoints(types=3, processes=q)
        phi = rng.normal(0, 0.7, 2 * q)
        psi = np.concatenate([[0.3, -0.4], rng.normal(0, 0.4, k - 1), [0.7]])
    return form, Parameters(coef=coef, phi=phi, psi=psi)


def voorraad(seed: int, n: int = 30_000, lang: int = 30, venster: int = 18):
    """Simulate month by month, entry before exit within a month; keep who is seen in the last ``venster`` months.

    Returns the joint problem with the months before the window marked, and the same with those months left out.
    """
    rng = np.random.default_rng(seed)
    soort = (rng.random(n) < 0.5).astype(int)
    begin = rng.integers(0, lang, n)  # months between the begin and the window
    kans = -np.expm1(-np.exp(IN + TYPE[soort, 1]))
    start = rng.geometric(kans) - 1  # months without a start
    einde = np.full(n, lang + venster)
    leeft = np.ones(n, dtype=bool)
    for t in range(lang + venster):
        h = np.exp(UIT + TYPE[soort, 0] + EFFECT * (start <= t))
        weg = leeft & (rng.random(n) < -np.expm1(-h))
        einde[weg], leeft[weg] = t, False
    gezien = einde >= begin
    begin, start, einde = begin[gezien], start[gezien], einde[gezien]
    slot = begin + venster  # first month after the window
    n = begin.size

    def rijen(van, tot, profiel, raak):
        """Runs of months [van, tot) cut at the edge of the window; ``raak``: an event in the last month."""
        delen = []
        for voor in (True, False):
            a, b = (van, np.minimum(tot, begin)) if voor else (np.maximum(van, begin), np.minimum(tot, slot))
            houd = np.flatnonzero(b > a)
            event = raak[houd] & (b[houd] == tot[houd])
            delen.append((houd, a[houd], b[houd] - a[houd], profiel[houd], event, np.full(houd.size, voor)))
        return [np.concatenate(x) for x in zip(*delen, strict=True)]

    def maak(stukken, *, met_effect):
        client, maand, maanden, profiel, event, voor = (np.concatenate(x) for x in zip(*stukken, strict=True))
        kolommen = {"profile": profiel, "month": maand, "calendar": maand, "months": maanden}
        kolommen |= {"length": np.ones(client.size), "event": event.astype(int), "cluster": client}
        return kolommen, voor, make_profiles([], [("start", np.array([0.0, 1.0]))] if met_effect else [], 2)

    nul, een = np.zeros(n, dtype=int), np.ones(n, dtype=int)
    stop = np.minimum(einde + 1, slot)
    weg = einde < slot
    # a start in the month of the exit comes before it, so that month is treated
    onbehandeld = rijen(nul, np.minimum(start, stop), nul, weg & (start > einde))
    behandeld = rijen(np.minimum(start, stop), stop, een, weg & (start <= einde))
    uit = maak([onbehandeld, behandeld], met_effect=True)
    tot = np.minimum(start + 1, stop)
    intrede = maak([rijen(nul, tot, nul, start < stop)], met_effect=False)

    def gezamenlijk(*, met: bool, houd_voor: bool):
        processen = []
        for naam, (kolommen, voor, profielen) in (("uit", uit), ("in", intrede)):
            blijft = np.ones(voor.size, dtype=bool) if houd_voor else ~voor
            processen.append(
                proces(
                    {k: v[blijft] for k, v in kolommen.items()},
                    naam=naam,
                    oorzaak=1,
                    voor=voor[blijft] & met,
                    profielen=profielen,
                    time=kaal(lang + venster + 1),
                )
            )
        return join(processen, np.ones((n, 1)))

    return gezamenlijk
