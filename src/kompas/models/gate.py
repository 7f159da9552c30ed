"""Decisions on applications as competing daily hazards, with an offer that comes at its own day.

One cause-specific hazard per kind of decision (granted, other) on the grid of days since the application:
P(decided as c on day s | open until s) = 1 - exp(-exp(eta_c)). The offer is a time-varying covariate: the days before
it count as days without it, so that no immortal time is given to it. Within a band of days and a profile the hazard is
constant, so days and decisions may be summed per cell: the likelihood is exact.

Notation: B bands, P background columns, T phases of the offer, K = B + P + T columns per cause; 2 causes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kompas.models.design import Floats, Ints

Flags = npt.NDArray[np.bool_]

NEVER = 1 << 30
CAUSES = 2  # granted, other
RIDGE = 0.04  # prior variance 25 on the log hazard ratios of the background
_BANDS = 16
_TOLERANCE = 1e-9
_STEPS = 60


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GateData:
    """Applications as arrays of length n.

    Parameters
    ----------
    days : (n,) int
        Last day under observation since the application (0 = the day itself): of the decision, else of censoring.
    event : (n,) int
        0 still open, 1 granted, 2 decided otherwise.
    offer : (n,) int
        Day of the offer since the application; ``NEVER`` without one. It counts from the day after.
    background : (n, P) float
        What was known at the application, without intercept.
    cluster : (n,) int
        Client, for standard errors.
    """

    days: Ints
    event: Ints
    offer: Ints
    background: Floats
    cluster: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GateFit:
    """Fitted hazards of decision.

    Parameters
    ----------
    cuts : (B,) int
        First day of each band; before ``cuts[0]`` nobody was ever decided, the last band is open.
    phases : (T,) int
        First day since the offer of each phase of the offer (1 = the day after).
    coef : (2, K) float
        Per cause: bands, background, phases; -inf for a band without a decision of that kind.
    covariance : (2K, 2K) float
        Sandwich, clustered by client; zero for bands without decisions.
    """

    cuts: Ints
    phases: Ints
    coef: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class GateEffect:
    """Chance of a grant under two policies, averaged over the applicants.

    Parameters
    ----------
    without, with_offer : float
        Chance that an application ends in a grant when nobody gets the offer, and when everybody who is still waiting
        on day ``day`` gets it.
    waiting : float
        Share that is still waiting then, so gets it.
    difference, se : float
        ``with_offer - without`` and its standard error (delta method).
    day : int
    """

    without: float
    with_offer: float
    waiting: float
    difference: float
    se: float
    day: int


def make_cuts(days: Ints, event: Ints, *, bands: int = _BANDS) -> Ints:
    """First day of each band: quantiles of the days of decision.

    Examples
    --------
    >>> make_cuts(np.array([8, 9, 30, 40]), np.array([1, 1, 2, 0]), bands=2).tolist()
    [8, 9]
    """
    decided = days[event > 0]
    if decided.size == 0:
        raise ValueError("no application was decided")
    return np.unique(np.quantile(decided, np.arange(bands) / bands, method="lower").astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Cells:
    """Days and decisions summed per cell, and which cells each application passed through."""

    band: Ints
    profile: Ints
    phase: Ints  # 0 = no offer yet, 1..T
    days: Floats
    events: Floats  # (2, cells)
    piece_cell: Ints
    piece_row: Ints
    piece_days: Floats
    piece_event: Ints


def _pieces(d: GateData, cuts: Ints, phases: Ints) -> tuple[Ints, Ints, Ints, Floats, Ints]:
    """Split each application by band and phase: row, band, phase, days, decision (0 when none in that piece)."""
    row, band, phase, days, event = [], [], [], [], []
    start = np.minimum(d.offer[:, None] + phases, NEVER)  # (n, T): first day of each phase
    edges = np.column_stack([np.zeros(d.days.size, dtype=np.int64), start, np.full(d.days.size, NEVER)])
    for b, low in enumerate(cuts):
        high = cuts[b + 1] if b + 1 < cuts.size else NEVER
        for t in range(phases.size + 1):
            a = np.maximum(low, edges[:, t])
            z = np.minimum(np.minimum(high, edges[:, t + 1]), d.days + 1)
            who = np.flatnonzero(z > a)
            row.append(who)
            band.append(np.full(who.size, b))
            phase.append(np.full(who.size, t))
            days.append((z - a)[who].astype(np.float64))
            event.append(np.where(z[who] == d.days[who] + 1, d.event[who], 0))
    return np.concatenate(row), np.concatenate(band), np.concatenate(phase), np.concatenate(days), np.concatenate(event)


def _cells(d: GateData, profile: Ints, cuts: Ints, phases: Ints) -> _Cells:
    row, band, phase, days, event = _pieces(d, cuts, phases)
    key = (profile[row] * cuts.size + band) * (phases.size + 1) + phase
    unique, cell = np.unique(key, return_inverse=True)
    return _Cells(
        band=unique // (phases.size + 1) % cuts.size,
        profile=unique // (phases.size + 1) // cuts.size,
        phase=unique % (phases.size + 1),
        days=np.bincount(cell, weights=days, minlength=unique.size).astype(np.float64),
        events=np.stack([np.bincount(cell[event == c], minlength=unique.size) for c in (1, 2)]).astype(np.float64),
        piece_cell=cell,
        piece_row=row,
        piece_days=days,
        piece_event=event,
    )


def _design(c: _Cells, profiles: Floats, bands: int, phases: int) -> Floats:
    """Columns per cell: bands, background, phases of the offer."""
    x = np.zeros((c.band.size, bands + profiles.shape[1] + phases))
    x[np.arange(c.band.size), c.band] = 1.0
    x[:, bands : bands + profiles.shape[1]] = profiles[c.profile]
    treated = np.flatnonzero(c.phase > 0)
    x[treated, bands + profiles.shape[1] + c.phase[treated] - 1] = 1.0
    return x


def _slope(rate: Floats) -> Floats:
    """Derivative to eta of log(1 - exp(-rate)): rate / (exp(rate) - 1)."""
    safe = np.maximum(rate, 1e-300)
    return np.asarray(np.where(rate < 1e-8, 1.0 - rate / 2, safe / np.expm1(np.minimum(safe, 700.0))))


def _newton(x: Floats, days: Floats, events: Floats, penalty: Floats, beta: Floats) -> tuple[Floats, Floats]:
    """Maximise the cloglog likelihood of one cause from a start; returns coefficients and inverse information."""
    free = days - events

    def objective(b: Floats) -> float:
        rate = np.exp(np.minimum(x @ b, 30.0))
        gain = events * np.log(-np.expm1(-np.maximum(rate, 1e-300)))
        return float((gain - free * rate).sum() - 0.5 * (penalty * b**2).sum())

    value = objective(beta)
    for _ in range(_STEPS):
        rate = np.exp(np.minimum(x @ beta, 30.0))
        q = _slope(rate)
        score = x.T @ (events * q - free * rate) - penalty * beta
        weight = np.maximum(free * rate - events * q * (1 - rate - q), 1e-12)
        information = (x * weight[:, None]).T @ x + np.diag(penalty)
        step = np.clip(np.linalg.lstsq(information, score, rcond=None)[0], -2.0, 2.0)
        scale = 1.0
        while (new := objective(beta + scale * step)) < value - 1e-12 and scale > 1e-6:
            scale /= 2
        beta, gain, value = beta + scale * step, new - value, new
        # A hazard of zero or one has no finite maximum: then the gain vanishes while the steps do not.
        if gain < _TOLERANCE * 1e-3 or (gain < _TOLERANCE and np.abs(step).max() < 1e-6):
            return beta, np.asarray(np.linalg.pinv(information), dtype=np.float64)
    raise ValueError("the hazard of decision does not converge")


def fit_gate(d: GateData, *, cuts: Ints | None = None, phases: Ints | None = None) -> GateFit:
    """Fit both hazards of decision.

    Parameters
    ----------
    d : GateData
    cuts : (B,) int, optional
        First day of each band; `make_cuts` when absent.
    phases : (T,) int, optional
        First day since the offer of each phase; ``[1]`` = one effect, from the day after.

    Returns
    -------
    GateFit

    Raises
    ------
    ValueError
        Without decisions, or without convergence.

    Examples
    --------
    >>> d = GateData(days=np.array([1, 1, 3, 3]), event=np.array([1, 2, 1, 0]), offer=np.full(4, NEVER),
    ...              background=np.zeros((4, 0)), cluster=np.arange(4))
    >>> fit = fit_gate(d, cuts=np.array([0]))  # 2 grants in 2 + 2 + 4 + 4 days
    >>> (1 - np.exp(-np.exp(fit.coef[0, 0]))).round(6).item() == round(2 / 12, 6)
    True
    """
    cuts = make_cuts(d.days, d.event) if cuts is None else cuts
    phases = np.array([1], dtype=np.int64) if phases is None else phases
    profiles, profile = _profiles(d.background)
    c = _cells(d, profile, cuts, phases)
    x = _design(c, profiles, cuts.size, phases.size)
    penalty = np.zeros(x.shape[1])
    penalty[cuts.size : cuts.size + profiles.shape[1]] = RIDGE
    k = x.shape[1]
    coef, influence = np.full((CAUSES, k), -np.inf), []
    _, client = np.unique(d.cluster, return_inverse=True)
    for cause in range(CAUSES):
        events = c.events[cause]
        seen = np.bincount(c.band, weights=events, minlength=cuts.size) > 0
        use = seen[c.band]  # a band without a decision of this kind has hazard zero
        keep = np.concatenate([seen, np.ones(k - cuts.size, dtype=bool)])
        if not use.any():
            coef[cause, cuts.size :] = 0.0
            influence.append(np.zeros((client.max() + 1, k)))
            continue
        moving = keep & (np.abs(x[use]).sum(axis=0) > 0)
        start = np.where(np.arange(k) < cuts.size, np.log(events[use].sum() / c.days[use].sum()), 0.0)
        beta, inverse = _newton(x[use][:, moving], c.days[use], events[use], penalty[moving], start[moving])
        coef[cause, keep] = 0.0
        coef[cause, moving] = beta
        influence.append(_influence(c, x, coef[cause], cause, use, moving, inverse, client))
    stacked = np.hstack(influence)
    clusters = stacked.shape[0]
    factor = clusters / max(clusters - 1, 1)
    return GateFit(cuts=cuts, phases=phases, coef=coef, covariance=factor * stacked.T @ stacked)


def _profiles(background: Floats) -> tuple[Floats, Ints]:
    """Unique rows and the row of each application."""
    if background.shape[1] == 0:
        return np.zeros((1, 0)), np.zeros(background.shape[0], dtype=np.int64)
    unique, inverse = np.unique(background, axis=0, return_inverse=True)
    return unique, inverse.ravel().astype(np.int64)


def _influence(
    c: _Cells,
    x: Floats,
    beta: Floats,
    cause: int,
    use: Flags,
    moving: Flags,
    inverse: Floats,
    client: Ints,
) -> Floats:
    """Influence of each client on the coefficients of one cause, (clients, K)."""
    eta = np.full(c.band.size, -np.inf)
    eta[use] = x[use][:, moving] @ beta[moving]
    rate = np.exp(np.minimum(eta, 30.0))
    event = (c.piece_event == cause + 1).astype(np.float64)
    residual = event * _slope(rate)[c.piece_cell] - (c.piece_days - event) * rate[c.piece_cell]
    residual[~use[c.piece_cell]] = 0.0
    score = np.zeros((client.max() + 1, int(moving.sum())))
    design = x[:, moving]
    who = client[c.piece_row]
    for j in range(design.shape[1]):
        score[:, j] = np.bincount(who, weights=residual * design[c.piece_cell, j], minlength=score.shape[0])
    out = np.zeros((score.shape[0], x.shape[1]))
    out[:, moving] = score @ inverse
    return out


def gate_effect(d: GateData, fit: GateFit, *, day: int) -> GateEffect:
    """Average the two policies over the applicants (g-computation), with the standard error of the difference.

    Parameters
    ----------
    d : GateData
    fit : GateFit
    day : int
        Day on which the offer is made to whoever is still waiting.

    Returns
    -------
    GateEffect

    Notes
    -----
    Applications that would still be open after the last day seen are divided by the hazards of that day.
    """
    profiles, profile = _profiles(d.background)
    weight = np.bincount(profile, minlength=len(profiles)) / profile.size
    last = max(int(d.days[d.event > 0].max()), int(fit.cuts[-1]), day + int(fit.phases[-1])) + 1
    never, slope0, _ = _grant(fit, profiles, weight, last, NEVER)
    offered, slope1, waiting = _grant(fit, profiles, weight, last, day)
    g = slope1 - slope0
    return GateEffect(
        without=never,
        with_offer=offered,
        waiting=waiting,
        difference=offered - never,
        se=float(np.sqrt(max(float(g @ fit.covariance @ g), 0.0))),
        day=day,
    )


def _daily(fit: GateFit, profiles: Floats, last: int, day: int) -> tuple[Floats, Ints, Ints]:
    """Rates per cause, profile and day, (2, profiles, last); band (-1 = before the first) and phase per day."""
    s = np.arange(last)
    band = np.searchsorted(fit.cuts, s, side="right") - 1
    phase = np.searchsorted(fit.phases, s - day, side="right") if day < NEVER else np.zeros(last, dtype=np.int64)
    nb, nx = fit.cuts.size, profiles.shape[1]
    rate = np.zeros((CAUSES, len(profiles), last))
    for c in range(CAUSES):
        base = np.where(band >= 0, fit.coef[c, np.maximum(band, 0)], -np.inf)
        offer = np.append(0.0, fit.coef[c, nb + nx :])[phase]
        rate[c] = np.exp(np.minimum((base + offer) + (profiles @ fit.coef[c, nb : nb + nx])[:, None], 30.0))
    return rate, band, phase


def _grant(fit: GateFit, profiles: Floats, weight: Floats, last: int, day: int) -> tuple[float, Floats, float]:
    """Chance of a grant when the offer comes on ``day``, its gradient (2K,), and the share waiting after that day."""
    rate, band, phase = _daily(fit, profiles, last, day)
    h = -np.expm1(-rate)
    total = np.maximum(h.sum(axis=0), 1e-300)
    h = np.where(total > 1, h / total, h)  # two certain decisions on one day share it
    stay = 1.0 - h.sum(axis=0)
    before = np.ones_like(stay)
    np.cumprod(stay[:, :-1], axis=1, out=before[:, 1:])
    flow = before * h[0]
    end = h[:, :, -1]
    both = np.maximum(end.sum(axis=0), 1e-300)
    rest = before[:, -1] * stay[:, -1]
    value = flow.sum(axis=1) + rest * end[0] / both
    tail = value[:, None] - np.cumsum(flow, axis=1)  # granted after day s
    loss = np.where(stay > 0, tail / np.where(stay > 0, stay, 1.0), 0.0)
    to_h = np.stack([before - loss, -loss])  # derivative of the chance to each daily hazard
    to_h[0, :, -1] += rest * end[1] / both**2
    to_h[1, :, -1] -= rest * end[0] / both**2
    to_eta = to_h * (1.0 - h) * rate * weight[:, None]
    nb, nx = fit.cuts.size, profiles.shape[1]
    gradient = np.zeros((CAUSES, fit.coef.shape[1]))
    for c in range(CAUSES):
        per_day = to_eta[c].sum(axis=0)
        gradient[c, :nb] = np.bincount(band[band >= 0], weights=per_day[band >= 0], minlength=nb)
        gradient[c, nb : nb + nx] = to_eta[c].sum(axis=1) @ profiles
        gradient[c, nb + nx :] = np.bincount(phase, weights=per_day, minlength=fit.phases.size + 1)[1:]
    open_after = before[:, day] * stay[:, day] if day < last else np.zeros(len(profiles))
    return float(weight @ value), gradient.ravel(), float(weight @ open_after)
