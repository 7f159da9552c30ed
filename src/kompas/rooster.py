"""The pieces of the look-ahead: running clients, duration months, and where phases of instruments fall in them.

A piece is the part of one duration month of the spell that lies within the horizon: with a share d of the current
duration month behind him, a client has a first piece of 1 - d months, then whole ones, then a last one of d. They are
cut once more where phases of an instrument that starts now change (whole months from now, the same for everybody).
Hazards change from piece to piece. What changes within a piece (a phase of what was deployed before now, which ends on
a day of its own) counts by its share of the piece: the hazard is multiplied by the mean of exp(effect).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from kompas.config import Instrument
from kompas.models.calendar import add_months, first_day, full_months, month_of
from kompas.models.design import Floats, Ints
from kompas.perioden import OPEN

JAAR = 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Klanten:
    """Running clients on the day after the peildatum, as arrays of length n.

    Parameters
    ----------
    nu : int
        Day number of the first day of the look-ahead (peildatum + 1).
    begin, geboren, aow : (n,) int
        Day numbers: begin of the spell, birth, end of entitlement by age.
    codes : mapping of str to (n,) array
        Level index (-1 = never seen) or value per trait of the model, except ``leeftijd``.
    inzet : mapping of str to (start, gepland) pair of (n,) int arrays
        Per instrument the last deployment that started before ``nu``: its start (``OPEN`` = none) and its planned end;
        overdue ones that still run have one month to go.
    types : (n, M) float
        Probability of each unobserved type; one column of ones without types.
    """

    nu: int
    begin: Ints
    geboren: Ints
    aow: Ints
    codes: Mapping[str, npt.NDArray[np.generic]]
    inzet: Mapping[str, tuple[Ints, Ints]]
    types: Floats

    @property
    def aantal(self) -> int:
        """Number of clients."""
        return int(self.begin.size)

    def deel(self, wie: slice | Ints) -> Klanten:
        """Some of the clients."""
        return Klanten(
            nu=self.nu,
            begin=self.begin[wie],
            geboren=self.geboren[wie],
            aow=self.aow[wie],
            codes={k: v[wie] for k, v in self.codes.items()},
            inzet={k: (a[wie], b[wie]) for k, (a, b) in self.inzet.items()},
            types=self.types[wie],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rooster:
    """The pieces of n clients; pieces and months come before clients in every array.

    ``maand0`` (n,) and ``deel`` (n,): current duration month (0-based) and the share of it that has passed. ``maand``,
    ``kalender``, ``leeftijd`` (H + 1, n): duration month, month of the year and age in each of them. ``stap`` (J,):
    the row of those for each piece; ``eerste`` (H + 2,): the first piece of each row, and J. ``knip``: the piece that
    begins so many whole months from now. ``grens`` (J + 1, n): edges in months from now; ``lengte`` (J, n) what is left
    of each piece before AOW and ``rest`` (J, n) the months left after the middle of that.
    """

    horizon: int
    maand0: Ints
    deel: Floats
    maand: Ints
    kalender: Ints
    leeftijd: Ints
    stap: Ints
    eerste: Ints
    knip: Mapping[int, int]
    grens: Floats
    lengte: Floats
    rest: Floats

    @property
    def midden(self) -> Floats:
        """Middle of what counts of each piece, in months from now, (J, n)."""
        return self.grens[:-1] + self.lengte / 2

    def tot_maand(self, maanden: int) -> tuple[int, Floats]:
        """Piece in which so many whole months from now fall, and the months of it before that moment, (n,)."""
        if maanden >= self.horizon:
            return self.stap.size - 1, self.lengte[-1]
        if maanden in self.knip:
            return self.knip[maanden], np.zeros_like(self.deel)
        stuk = int(self.eerste[maanden])
        return stuk, np.minimum(self.deel, self.lengte[stuk])

    def per_maand(self, waarden: Floats) -> Floats:
        """Sum the pieces (C, J, n) of each duration month, (C, H + 1, n)."""
        uit = waarden[:, self.eerste[:-1]]
        for stuk in self.knip.values():
            if stuk:
                uit[:, self.stap[stuk]] += waarden[:, stuk]
        return uit


def positie(begin: Ints, nu: Floats, dag: Ints) -> Floats:
    """Months from now to a day, on the clock of the spell; ``nu`` is the elapsed duration. Before the begin: -inf."""
    na = np.maximum(dag, begin)
    heel = full_months(begin, na)
    van, tot = add_months(begin, heel), add_months(begin, heel + 1)
    return np.asarray(np.where(dag < begin, -np.inf, heel + (na - van) / (tot - van) - nu), dtype=np.float64)


def leeftijden(geboren: Ints, begin: Ints, maand: Ints) -> Ints:
    """Completed years on the first day of each duration month, as :func:`kompas.models.calendar.age_at`, (H + 1, n)."""
    maand_begin, maand_geboren = month_of(begin), month_of(geboren)
    dag_begin, dag_geboren = begin - first_day(maand_begin), geboren - first_day(maand_geboren)
    kalender = maand_begin + maand
    sinds = kalender - maand_geboren
    jaren = sinds // JAAR
    dag = np.broadcast_to(dag_begin, maand.shape)
    if kalender.size and dag_begin.max() > 27:
        reeks = np.arange(kalender.min(), kalender.max() + 2)
        laatste = np.diff(first_day(reeks)) - 1
        dag = np.minimum(dag, laatste[kalender - reeks[0]])
    return np.asarray(jaren - ((sinds % JAAR == 0) & (dag_geboren > dag)), dtype=np.int64)


def maak_rooster(k: Klanten, horizon: int, knippen: Collection[int] = ()) -> Rooster:
    """Lay the pieces out.

    Parameters
    ----------
    k : Klanten
    horizon : int
        Months H.
    knippen : collection of int
        Whole months from now at which duration months are cut as well.
    """
    nu = np.full(k.aantal, k.nu, dtype=np.int64)
    maand0 = full_months(k.begin, nu)
    van, tot = add_months(k.begin, maand0), add_months(k.begin, maand0 + 1)
    deel = np.asarray((nu - van) / (tot - van), dtype=np.float64)
    maand = np.arange(horizon + 1)[:, None] + maand0
    extra = np.array([0, *(int(j in knippen) for j in range(1, horizon)), 0], dtype=np.int64)[: horizon + 1]
    stap = np.repeat(np.arange(horizon + 1), extra + 1)
    eerste = np.append(np.searchsorted(stap, np.arange(horizon + 1)), stap.size)
    knip = {0: 0} | {int(j): int(eerste[j]) + 1 for j in np.flatnonzero(extra)}
    grens = np.empty((stap.size + 1, k.aantal))
    grens[:-1] = stap[:, None] - deel
    for maanden, stuk in knip.items():
        grens[stuk] = maanden
    grens[-1] = horizon
    aow = np.minimum(positie(k.begin, maand0 + deel, k.aow), horizon)
    lengte = np.clip(np.minimum(grens[1:], aow) - grens[:-1], 0.0, None)
    kalender0 = (month_of(k.begin) + maand0) % JAAR
    return Rooster(
        horizon=horizon,
        maand0=maand0,
        deel=deel,
        maand=maand,
        kalender=(np.arange(horizon + 1)[:, None] + kalender0) % JAAR,
        leeftijd=leeftijden(k.geboren, k.begin, maand),
        stap=stap,
        eerste=eerste,
        knip=knip,
        grens=grens,
        lengte=lengte,
        rest=np.clip(aow - (grens[:-1] + lengte / 2), 0.0, None),
    )


def aandeel_tussen(r: Rooster, wie: Ints, van: Floats, tot: Floats) -> Floats:
    """Share of each piece of some clients between two moments (months from now), (J, wie)."""
    onder, boven = r.grens[:-1, wie], r.grens[1:, wie]
    lang = boven - onder
    lap = np.minimum(boven, tot) - np.maximum(onder, van)
    np.clip(lap, 0.0, None, out=lap)
    uit: Floats = np.divide(lap, lang, out=np.zeros_like(lap), where=lang > 0)
    return uit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fasen:
    """Where the phases of deployments that started before now fall.

    ``wie`` (w,): the clients that have one. ``aandeel`` (F, J, w): share of each piece in each phase; the rest of 1 is
    time before the first phase. The same once more as a range of whole pieces per phase, ``vol`` (2, F, w): first and
    last + 1, and two pieces that may be partly in it, ``rand`` (2, F, w), with their shares ``deel`` (2, F, w).
    """

    wie: Ints
    aandeel: Floats
    vol: Ints
    rand: Ints
    deel: Floats


def leg_fasen(k: Klanten, ins: Instrument, r: Rooster) -> Fasen:
    """Phases of the deployments of one instrument that started before now."""
    wie = np.flatnonzero(k.inzet[ins.code][0] < OPEN)
    start, gepland = (a[wie] for a in k.inzet[ins.code])
    dagen = add_months(gepland, np.array([0, *ins.fasen_na])[:, None])
    dagen = np.concatenate([start[None], dagen]) if ins.duur_maanden > 0 else dagen
    van = positie(k.begin[wie], (r.maand0 + r.deel)[wie], dagen)
    tot = np.concatenate([van[1:], np.full((1, wie.size), np.inf)])
    aandeel = np.stack([aandeel_tussen(r, wie, a, b) for a, b in zip(van, tot, strict=True)])
    boven, laatste = r.grens[1:, wie], r.stap.size - 1
    rand = np.stack([np.minimum((boven[None] <= x[:, None]).sum(axis=1), laatste) for x in (van, tot)])
    deel = np.take_along_axis(aandeel, rand.transpose(1, 0, 2), axis=1).transpose(1, 0, 2).copy()
    deel[1, rand[0] == rand[1]] = 0.0
    vol = np.stack([rand[0] + 1, np.maximum(rand[1], rand[0] + 1)])
    return Fasen(wie=wie, aandeel=aandeel, vol=vol, rand=rand, deel=deel)


def faseneinden(ins: Instrument, horizon: int) -> tuple[int, ...]:
    """Whole months from now at which the phases of an instrument that starts now change, within the horizon.

    Examples
    --------
    >>> faseneinden(Instrument(code="r", duur_maanden=2, fasen_na=(3, 9)), 7)
    (2, 5)
    """
    return tuple(x for g in (0, *ins.fasen_na) if 0 < (x := ins.duur_maanden + g) < horizon)


def start_fasen(ins: Instrument, r: Rooster) -> tuple[tuple[int, int], ...]:
    """First piece and last piece + 1 of each phase when the instrument starts now."""
    randen = [0, *(r.knip[x] for x in faseneinden(ins, r.horizon)), r.stap.size]
    return tuple(pairwise(randen))
