r"""Start now against not yet: treated follow-up beside reweighted person-time of those not treated yet.

With s(x) the hazard of a first start and S its integral, the controls of a start at x are all who are at risk then; at
a later moment u those still not treated stand in for them with weight s(x) exp(S(u) - S(x)): the chance of the treated
to start at x, and the inverse chance of the controls not to have started since. Over all starts that lie a to b months
back the weights of one person-month add up to

.. math:: W(u) = \int_{u-b}^{u-a} s(x)\, e^{S(u)-S(x)}\,dx = G(S(u)-S(u-b)) - G(S(u)-S(u-a)), \quad G(y) = e^y - 1,

so that one pass over the person-months replaces the stack of trials (Sianesi 2004; Van den Berg & Vikstrom 2022). The
inverse chance is cut at ``limit``: G(y) is then the integral of min(e^z, limit) from 0 to y. Within a month hazards
are constant and W is averaged over it exactly.

An exit falls in the middle of its piece: that piece counts for half an exposure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kompas.models.design import Exposure, Floats, Ints
from kompas.models.propensity import Bools

LIMIT = 20.0  # largest inverse chance of not having started: who would have started with 95% weighs no more
WHOLE = 1e-9  # a month this close to whole is whole


def _trimmed(y0: Floats, y1: Floats, limit: float) -> Floats:
    """Mean of G with the cut, in closed form."""
    knee = np.log(limit)

    def integral(y: Floats) -> Floats:
        low = np.minimum(y, knee)
        more = np.maximum(y - knee, 0.0)
        return np.asarray(np.expm1(low) - low + (limit - 1) * more + limit * more**2 / 2, dtype=np.float64)

    middle = (y0 + y1) / 2
    flat = np.expm1(np.minimum(middle, knee)) + limit * np.maximum(middle - knee, 0.0)
    step = y1 - y0
    wide = np.abs(step) > 1e-6
    return np.where(wide, (integral(y1) - integral(y0)) / np.where(wide, step, 1.0), flat)


def mean_growth(y0: Floats, y1: Floats, limit: float = np.inf) -> tuple[Floats, Floats]:
    """Mean of G along straight lines from y0 to y1 (both >= 0), with and without the cut at ``limit``.

    Examples
    --------
    >>> cut, free = mean_growth(np.array([0.0, 4.0]), np.array([0.5, 4.0]), 20.0)
    >>> free.round(6).tolist() == np.round([(np.exp(0.5) - 1.5) / 0.5, np.exp(4) - 1], 6).tolist()
    True
    >>> cut.round(6).tolist() == np.round([(np.exp(0.5) - 1.5) / 0.5, 19 + 20 * (4 - np.log(20))], 6).tolist()
    True
    """
    z = (np.minimum(y1, 50.0) - np.minimum(y0, 50.0)) ** 2 / 4
    middle = np.expm1(np.minimum((y0 + y1) / 2, 50.0))
    # sinh(z)/z - 1 by its series; steps within a month are small, and those beyond the cut are done over below.
    series = z / 6 * (1 + z / 20 * (1 + z / 42 * (1 + z / 72 * (1 + z / 110 * (1 + z / 156)))))
    free = middle + (1 + middle) * series
    over = np.flatnonzero(np.maximum(y0, y1) > np.log(limit))
    if over.size == 0:
        return free, free
    cut = free.copy()
    cut[over] = _trimmed(y0[over], y1[over], limit)
    return cut, free


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pieces:
    """Person-months and parts of months of a chunk of clients, in order of time.

    ``row`` is the row of the exposure, ``offset`` where in its duration month a piece begins, ``at_risk`` its exposure
    with an exit in the middle, ``run`` the number of the combination of client and groups that it counts for.
    """

    row: Ints
    spell: Ints
    profile: Ints
    month: Ints
    calendar: Ints
    length: Floats
    event: Ints
    offset: Floats
    at_risk: Floats
    run: Ints


def make_pieces(exposure: Exposure, spell: Ints, rows: slice, run_of_row: Ints) -> Pieces:
    """Write out a block of rows that holds whole clients; ``run_of_row`` has one number per row of the block."""
    names = ("profile", "month", "calendar", "months", "length", "event", "cluster")
    part = Exposure(**{n: getattr(exposure, n)[rows] for n in names})
    wide = part.expand()
    inside = np.repeat(np.arange(part.profile.size), part.months)
    month, length = wide["month"].astype(np.int64), wide["length"].astype(np.float64)
    event, own = wide["event"].astype(np.int64), spell[rows][inside]
    new_spell = np.r_[True, own[1:] != own[:-1]]
    head = np.flatnonzero(new_spell | np.r_[True, month[1:] != month[:-1]])
    cell = np.repeat(np.arange(head.size), np.diff(np.r_[head, month.size]))
    before = np.cumsum(length) - length
    filled = np.add.reduceat(length, head)
    # A spell that comes under observation within a month is seen at the end of that month, not at its beginning.
    late = new_spell[head] & np.r_[own[head][1:] == own[head][:-1], False] & (filled < 1 - WHOLE)
    shift = np.where(late, 1 - filled, 0.0)
    return Pieces(
        row=inside + rows.start,
        spell=own,
        profile=wide["profile"].astype(np.int64),
        month=month,
        calendar=wide["calendar"].astype(np.int64),
        length=length,
        event=event,
        offset=before - before[head][cell] + shift[cell],
        at_risk=length * np.where(event > 0, 0.5, 1.0),
        run=run_of_row[inside],
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Controls:
    """Months at risk of a start, one per spell and duration month.

    Parameters
    ----------
    piece, last : (m,) int
        First and last piece of each month.
    chance : (m,) array
        Hazard of a start integrated over the month as observed.
    event : (m,) int
        Exit in the month.
    at_risk : (m,) array
        Exposure, an exit in its middle.
    expected : (Q, m) array
        Expected exits by cause.
    cut, free : (b, m) arrays
        Mean weight since each boundary of lag, with and without the cut: the weight of lags a to b is the difference.
    """

    piece: Ints
    last: Ints
    chance: Floats
    event: Ints
    at_risk: Floats
    expected: Floats
    cut: Floats
    free: Floats


def control_months(
    pieces: Pieces, at_risk: Bools, chance: Floats, hazard: Floats, boundaries: Floats, limit: float = LIMIT
) -> Controls:
    """Weigh the months of those not treated yet.

    Parameters
    ----------
    pieces : Pieces
    at_risk : (n,) bool
        Pieces before a first start.
    chance : (n,) array
        Hazard of a start per month, in each piece.
    hazard : (Q, n) array
        Expected hazards of exit per month.
    boundaries : (b,) array
        Lags in whole months since the start, ascending; inf = ever since the beginning of observation.
    limit : float
        Largest inverse chance.

    Returns
    -------
    Controls
    """
    i = np.flatnonzero(at_risk)
    spell, month = pieces.spell[i], pieces.month[i]
    new = np.r_[True, spell[1:] != spell[:-1]] if i.size else np.zeros(0, dtype=bool)
    head = np.flatnonzero(new | np.r_[True, month[1:] != month[:-1]]) if i.size else np.zeros(0, dtype=np.int64)
    if head.size == 0:
        none = np.zeros((boundaries.size, 0))
        return Controls(
            piece=head,
            last=head,
            chance=np.zeros(0),
            event=head,
            at_risk=np.zeros(0),
            expected=np.zeros((hazard.shape[0], 0)),
            cut=none,
            free=none,
        )
    length = np.add.reduceat(pieces.length[i], head)
    grown = np.add.reduceat(chance[i] * pieces.length[i], head)
    first = np.flatnonzero(new[head])
    which = np.cumsum(new[head]) - 1
    position = np.arange(head.size) - first[which]
    total = np.cumsum(grown) - grown
    before = total - total[first][which]
    followed = np.r_[~new[head][1:], False]
    late = new[head] & followed & (length < 1 - WHOLE)
    span = np.where(late, 1.0, np.minimum(length, 1.0))
    slope = grown / span
    cut, free = np.zeros((boundaries.size, head.size)), np.zeros((boundaries.size, head.size))
    for k, lag in enumerate(boundaries):
        if lag == 0:
            continue
        back = int(min(lag, head.size))
        y0, step = before.copy(), slope.copy()
        inside = position[back:] >= lag
        y0[back:] -= np.where(inside, before[: head.size - back], 0.0)
        step[back:] -= np.where(inside, slope[: head.size - back], 0.0)
        y1 = y0 + step * span
        cut[k], free[k] = mean_growth(np.maximum(y0, 0.0), np.maximum(y1, 0.0), limit)
    return Controls(
        piece=i[head],
        last=i[np.r_[head[1:], i.size] - 1],
        chance=grown,
        event=np.maximum.reduceat(pieces.event[i], head),
        at_risk=np.add.reduceat(pieces.at_risk[i], head),
        expected=np.add.reduceat(hazard[:, i] * pieces.at_risk[i], head, axis=1),
        cut=cut,
        free=free,
    )
