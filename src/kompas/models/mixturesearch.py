"""The search over the number of types and the form of their points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kompas.models.design import Floats, Ints
from kompas.models.mixture import Joint, Parameters, Points
from kompas.models.mixturefit import MixtureFit, all_rows, inner, newton, shifted, value_at
from kompas.models.mixturepoints import FreePoints, OneFactor

MAX_TYPES = 4
GRID_U = (-2.0, -1.0, -0.4, 0.3, 0.6, 1.4, 2.0, 3.0)  # places tried for a new type, on the scale of the factor
GRID_SHARE = (0.1, 0.3)
SPLIT_STEP = (-1.2, 1.2)  # how far the part of a type moves that becomes a type of its own
SPLIT_SHARE = (0.2, 0.4)
KEEP = 3  # candidates that are optimised
ONE_LINE = 1e-6  # second singular value of points, relative to the first, below which they lie on one line
TINY = 1e-12
ROUGH = 0.01  # Newton decrement, in units of log likelihood, while numbers of types are compared


def _starts_two(joint: Joint, exits: Sequence[bool]) -> list[tuple[Floats, Floats]]:
    """Starting points for two types: faster or slower exits, with a small or a large second type."""
    q, k = len(joint.processes), joint.traits.shape[1]
    out = []
    for size, share in ((1.0, 0.3), (-1.5, 0.3), (-1.0, 0.5)):
        phi = np.where(np.asarray(exits), size, 0.1 * size)
        psi = np.zeros(k)
        psi[0] = np.log(share / (1 - share))
        out.append((np.asarray(phi, dtype=np.float64)[:q], psi))
    return out


def _starts_more(fit: MixtureFit, processes: int) -> list[tuple[Floats, Floats]]:
    """Starting points with one type more, on a grid of places and of finite shares; its probability follows u."""
    phi, psi, rest = fit.par.phi, fit.par.psi, fit.types - 1
    total = 1.0 + np.exp(psi[:rest]).sum()
    out = []
    for u in GRID_U:
        taken = np.concatenate([[0.0, 1.0], phi[processes:]])
        if np.abs(taken - u).min() < 0.1:
            continue
        for share in GRID_SHARE:
            level = np.log(total * share / (1 - share))
            out.append((np.append(phi, u), np.concatenate([psi[:rest], [level], psi[rest:], [u]])))
    return out


def _starts_split(fit: MixtureFit, exits: Sequence[bool]) -> list[tuple[Floats, Floats]]:
    """Starting points for free points with one type more: a part of one type moves, in one direction.

    The directions: each process alone, all exits, all entries. What moves keeps its own dependence on the traits.
    """
    types, q = fit.points.shape
    rest, psi, out = types - 1, fit.par.psi, fit.points
    k = psi.size - rest - max(rest - 1, 0)
    level, slopes = np.append(0.0, psi[:rest]), psi[rest : rest + k]
    height = np.concatenate([[0.0, 1.0], psi[rest + k :]])[:types]
    uit = np.asarray(exits, dtype=np.float64)
    directions = [*np.eye(q), uit, 1.0 - uit]
    starts = []
    for m in range(types):
        for step in SPLIT_STEP:
            for direction in directions:
                for share in SPLIT_SHARE:
                    points = np.concatenate([out, [out[m] + step * direction]])
                    levels = np.append(level, level[m] + np.log(share))
                    levels[m] += np.log(1 - share)
                    levels -= levels[0]
                    heights = np.append(height, height[m])
                    starts.append((points[1:].ravel(), np.concatenate([levels[1:], slopes, heights[2:]])))
    return starts


def _best(
    joint: Joint,
    form: Points,
    coef: tuple[Floats, ...],
    starts: Sequence[tuple[Floats, Floats]],
    dropped: Ints,
) -> MixtureFit:
    """Try the starts with the coefficients held fixed, keep the best few, and let everything go from the best."""
    rows = all_rows(joint, coef)
    values = []
    for phi, psi in starts:
        par = Parameters(coef=coef, phi=phi, psi=psi)
        values.append(value_at(joint, form, par, rows)[1])
    order = np.argsort(values)[::-1][:KEEP]
    fixed = dropped[dropped >= sum(joint.sizes) + form.size] - sum(joint.sizes) - form.size
    found = [inner(joint, rows, form, *starts[j], fixed=fixed) for j in order]
    _, shift, phi, psi = max(found, key=lambda f: f[0])
    start = Parameters(coef=shifted(joint, coef, shift), phi=phi, psi=psi)
    return newton(joint, form, start, dropped=dropped, tolerance=ROUGH, exact=False)


def one_type(joint: Joint, coef: Sequence[Floats]) -> MixtureFit:
    """The model without unobserved types, from coefficients fitted per process (nan = left out)."""
    form = OneFactor(types=1, processes=len(joint.processes))
    par = Parameters(coef=tuple(np.nan_to_num(c) for c in coef), phi=np.zeros(0), psi=np.zeros(0))
    return newton(joint, form, par, dropped=np.flatnonzero(np.isnan(np.concatenate(coef))))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Search:
    """Fits with 1, 2, ... types (the last may be worse than the one before), and two types of fixed probabilities.

    ``plain`` asks whether there is selection with as few parameters as can be: its BIC decides that.
    """

    fits: list[MixtureFit]
    plain: MixtureFit | None


def _first_usable(joint: Joint, found: Sequence[MixtureFit], dropped: Ints) -> tuple[MixtureFit, MixtureFit]:
    """The first candidate that is usable with exact information, as found and as checked; else the first."""
    checked = []
    for f in found:
        end = newton(joint, f.form, f.par, dropped=dropped, tolerance=ROUGH)
        checked.append(replace(end, iterations=f.iterations + end.iterations))
        if end.usable:
            return f, checked[-1]
    return found[0], checked[0]


def search(
    joint: Joint,
    coef: Sequence[Floats],
    exits: Sequence[bool],
    *,
    max_types: int = MAX_TYPES,
    progress: Callable[[str], None] | None = None,
) -> Search:
    """Fit one type, two types, and so on until AIC stops improving.

    With three types and more both forms are tried: points on one factor, and free points that start from every way to
    split a type of the best fit so far; the better one by AIC counts.

    Parameters
    ----------
    joint : Joint
    coef : sequence of (p_q,) arrays
        Coefficients fitted per process; nan where a column was left out.
    exits : sequence of bool
        Which processes are exits.
    max_types : int

    Returns
    -------
    Search
    """
    q = len(joint.processes)
    say = progress or (lambda _: None)
    say("1 type")
    fits = [one_type(joint, coef)]
    dropped = fits[0].dropped
    if max_types < 2:
        return Search(fits=fits, plain=None)
    say("2 typen")
    form = OneFactor(types=2, processes=q)
    first = sum(joint.sizes) + form.size + 1
    slopes = np.arange(first, first + joint.traits.shape[1] - 1)
    plain = _best(joint, form, fits[0].par.coef, _starts_two(joint, exits), np.union1d(dropped, slopes))
    fits.append(newton(joint, form, plain.par, dropped=dropped, tolerance=ROUGH))
    supported = plain.bic < fits[0].bic
    factor: MixtureFit | None = fits[-1]  # the path with one factor goes on as long as it gains
    while supported and len(fits) < max_types and fits[-1].usable:
        types, last = len(fits) + 1, fits[-1]
        say(f"{types} typen")
        free = FreePoints(types=types, processes=q)
        found = [_best(joint, free, last.par.coef, _starts_split(last, exits), dropped)]
        if factor is not None:
            one = OneFactor(types=types, processes=q)
            more = _best(joint, one, factor.par.coef, _starts_more(factor, q), dropped)
            found.append(more)
            factor = more if more.usable and more.aic < factor.aic else None
        best, checked = _first_usable(joint, sorted(found, key=lambda f: (not f.usable, f.aic)), dropped)
        factor = factor if best is factor else None  # where free points win, one factor does not come back
        fits.append(checked)
        if not fits[-1].usable or fits[-1].aic >= last.aic:
            break
    return Search(fits=fits, plain=plain)


def resumed(joint: Joint, coef: Sequence[Floats], points: Floats, delta: Floats) -> list[MixtureFit]:
    """One type, and as many types as an earlier fit had, started from it: the number of types is not chosen.

    Parameters
    ----------
    joint : Joint
    coef : sequence of (p_q,) arrays
        Coefficients fitted per process; nan where a column was left out.
    points : (M, Q) array
        Points of the earlier fit, the first at zero; points on one line stay on one.
    delta : (M - 1, K) array
        Logit coefficients of the earlier fit on the columns of ``joint.traits``.

    Returns
    -------
    list of MixtureFit
    """
    fits = [one_type(joint, coef)]
    types, q = points.shape
    if types < 2:
        return fits
    first = points[1]
    size = np.linalg.svd(points, compute_uv=False)
    form: Points = FreePoints(types=types, processes=q)
    phi = points[1:].ravel()
    if types == 2 or size[1] < ONE_LINE * size[0]:
        form = OneFactor(types=types, processes=q)
        phi = np.append(first, points[2:] @ first / max(float(first @ first), TINY))
    slopes = delta[0, 1:]
    psi = np.concatenate([delta[:, 0], slopes, delta[1:, 1:] @ slopes / max(float(slopes @ slopes), TINY)])
    rows = all_rows(joint, fits[0].par.coef)
    _, shift, phi, psi = inner(joint, rows, form, phi, psi)
    start = Parameters(coef=shifted(joint, fits[0].par.coef, shift), phi=phi, psi=psi)
    return [*fits, newton(joint, form, start, dropped=fits[0].dropped, tolerance=ROUGH)]


def polished(joint: Joint, fit: MixtureFit) -> MixtureFit:
    """Go on from a fit to the last digits that matter."""
    return newton(joint, fit.form, fit.par, dropped=fit.dropped)
