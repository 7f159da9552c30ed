"""Why a client's figures changed: what his data say, the time that passed, another model; exactly, by re-scoring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import factorial

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.herijking import Herijking
from kompas.kenmerken import Kenmerk
from kompas.models.calendar import to_day
from kompas.models.design import Floats, Ints
from kompas.perioden import OPEN
from kompas.profiel import Profielen, stand_uit_profiel
from kompas.rendement import bereken, maak_meter

OORZAKEN = ("gegevens", "duur", "model")
MAANDEN = "verwachte_maanden"
DECIMALEN = {MAANDEN: 6}
CENT = 2
Vlag = npt.NDArray[np.bool_]
Tekst = npt.NDArray[np.object_]
Inzet = tuple[Ints, Ints, Vlag]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Wijziging:
    """What changed in the data of each client.

    Parameters
    ----------
    gegevens : (n,) bool
    geboorte : (n,) bool
        The date of birth was corrected.
    tekst : (n,) str
        What, in Dutch; empty when nothing changed.
    verloop : (n,) str
        What happened because time passed: a deployment that ended as planned.
    """

    gegevens: Vlag
    geboorte: Vlag
    tekst: Tekst
    verloop: Tekst


def deel_van(p: Profielen, wie: Ints) -> Profielen:
    """The profiles of some clients."""
    return replace(
        p,
        waarden=p.waarden.iloc[wie].reset_index(drop=True),
        kenmerken=p.kenmerken.iloc[wie].reset_index(drop=True),
        begin=p.begin[wie],
        geboren=p.geboren[wie],
        aow=p.aow[wie],
        inzet={c: (a[wie], b[wie], x[wie]) for c, (a, b, x) in p.inzet.items()},
        gronden={c: g[wie] for c, g in p.gronden.items()},
        bedrag=p.bedrag[wie],
        norm=p.norm[wie],
        typen=p.typen[wie],
    )


def _nooit(n: int) -> Inzet:
    leeg = np.full(n, OPEN, dtype=np.int64)
    return leeg, leeg, np.zeros(n, dtype=bool)


def verplaats(inzet: Inzet, van: dt.date, naar: dt.date) -> Inzet:
    """A deployment as it would stand on another day, if nothing but time passes.

    Later: what runs ends as planned (what was overdue runs on). Earlier: what had not begun counts as begun that day,
    as long as it was planned, so that it is a difference of data and not of time.
    """
    start, gepland, loopt = inzet
    oud, nieuw = to_day(van) + 1, to_day(naar) + 1
    if nieuw >= oud:
        return start, gepland, loopt & ((gepland > nieuw) | (gepland <= oud))
    later = (start < OPEN) & (start >= nieuw)
    schuif = np.where(later, start - (nieuw - 1), 0)
    return np.where(later, nieuw - 1, start), np.where(later, gepland - schuif, gepland), loopt


def _wissel(naam: str, oud: pd.Series, nieuw: pd.Series) -> tuple[Vlag, Tekst]:
    """Where a value changed, and in words."""
    a, b = oud.fillna("onbekend").to_numpy(dtype=object), nieuw.fillna("onbekend").to_numpy(dtype=object)
    anders = a != b
    tekst = np.full(a.size, "", dtype=object)
    tekst[anders] = [f"{naam} van {x} naar {y}" for x, y in zip(a[anders], b[anders], strict=True)]
    return anders, tekst


def _inzet_gewijzigd(code: str, oud: Inzet, nieuw: Inzet, van: dt.date, naar: dt.date) -> tuple[Vlag, Tekst, Tekst]:
    """Where a deployment is other than time alone would make it; in words; and what time alone did."""
    start, gepland, loopt = verplaats(oud, van, naar)
    ander_begin, ander_eind = start != nieuw[0], gepland != nieuw[1]
    toen, nu = start < OPEN, nieuw[0] < OPEN
    tekst = np.select(
        [
            ander_begin & nu & (~toen | (nieuw[0] > start)),
            ander_begin & nu,
            toen & ~nu,
            nu & ander_eind,
            nu & nieuw[2] & ~loopt,
            nu & ~nieuw[2] & loopt,
        ],
        [
            f"{code} begonnen",
            f"{code}: andere begindatum",
            f"{code} niet meer geregistreerd",
            f"{code}: andere planning",
            f"{code} loopt uit",
            f"{code} eerder gestopt",
        ],
        default="",
    ).astype(object)
    afgelopen = (tekst == "") & oud[2] & ~nieuw[2]
    return tekst != "", tekst, np.where(afgelopen, f"{code} afgelopen zoals gepland", "").astype(object)


def samen(delen: Sequence[Tekst], n: int) -> Tekst:
    """Texts of each row behind each other, empty ones left out, (n,)."""
    uit = np.full(n, "", dtype=object)
    for deel in delen:
        uit = np.where(deel == "", uit, np.where(uit == "", deel, uit + "; " + deel))
    return np.asarray(uit, dtype=object)


def wijzigingen(oud: Profielen, nieuw: Profielen) -> Wijziging:
    """Compare the data of the same clients in two months, row by row.

    A trait that only one of both lists has (another model) is no change of data.
    """
    n = oud.begin.size
    vlaggen: list[Vlag] = []
    teksten: list[Tekst] = []
    for naam in oud.kenmerken.columns.intersection(nieuw.kenmerken.columns):
        anders, tekst = _wissel(str(naam), oud.kenmerken[naam], nieuw.kenmerken[naam])
        vlaggen.append(anders)
        teksten.append(tekst)
    begin = oud.begin != nieuw.begin
    leeftijd = _leeftijd(nieuw) - _leeftijd(oud) - (_duur(nieuw) - _duur(oud))
    geboorte = ~begin & (np.abs(leeftijd) > 1)
    bedrag = ~((oud.bedrag == nieuw.bedrag) | (np.isnan(oud.bedrag) & np.isnan(nieuw.bedrag)))
    for vlag, tekst_ in ((begin, "begindatum"), (geboorte, "geboortedatum"), (bedrag, "bedrag per maand")):
        vlaggen.append(vlag)
        teksten.append(np.where(vlag, tekst_, "").astype(object))
    verloop = []
    for code in dict.fromkeys([*oud.inzet, *nieuw.inzet]):
        twee = (oud.inzet.get(code, _nooit(n)), nieuw.inzet.get(code, _nooit(n)))
        vlag, tekst, afloop = _inzet_gewijzigd(code, *twee, oud.peildatum, nieuw.peildatum)
        vlaggen.append(vlag)
        teksten.append(tekst)
        verloop.append(afloop)
    geen = np.zeros(n, dtype=bool)
    for code in dict.fromkeys([*oud.gronden, *nieuw.gronden]):
        a, b = oud.gronden.get(code, geen), nieuw.gronden.get(code, geen)
        vlaggen.append(a != b)
        teksten.append(
            np.select([b & ~a, a & ~b], [f"grond voor {code} vastgelegd", f"grond voor {code} vervallen"], "").astype(
                object
            )
        )
    return Wijziging(
        gegevens=np.logical_or.reduce(vlaggen),
        geboorte=geboorte | begin,
        tekst=samen(teksten, n),
        verloop=samen(verloop, n),
    )


def _duur(p: Profielen) -> Ints:
    return np.asarray(p.waarden["duur"].to_numpy(dtype=object).astype(np.int64))


def _leeftijd(p: Profielen) -> Ints:
    jm = p.waarden["leeftijd"].str.extract(r"^(\d+)j(\d+)m$").to_numpy(dtype=object).astype(np.int64)
    return np.asarray(12 * jm[:, 0] + jm[:, 1])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kant:
    """One month: the profiles of the clients that are compared, the model, and the prices on that list."""

    profielen: Profielen
    h: Herijking
    prijzen: Mapping[str, float]


def ontleed_verschil(
    oud: Kant, nieuw: Kant, w: Wijziging, codes: Sequence[str], *, ander_model: bool
) -> dict[str, Floats]:
    """Split each change into data, duration and model.

    Parameters
    ----------
    oud, nieuw : Kant
    w : Wijziging
    codes : sequence of str
        Instruments that both months have.
    ander_model : bool
        Whether model or prices differ.

    Returns
    -------
    dict of str to (3, n) array
        ``verwachte_maanden`` and ``CODE_netto``: the parts in the order of ``OORZAKEN``; their sum is the change as
        the engine gives it. nan where one of the months has no figure.

    Notes
    -----
    The figures are computed for every combination of (data, day, model) of both months. A part is the average of what
    its cause changes, over all orders in which the causes can be brought in (Shapley): no order is preferred, nothing
    is counted twice. What does not differ is no cause. Weights of unobserved types belong to a model on a day.
    """
    n = oud.profielen.begin.size
    namen = [MAANDEN, *(f"{c}_netto" for c in codes)]
    uit = {naam: np.zeros((len(OORZAKEN), n)) for naam in namen}
    ander_moment = oud.profielen.peildatum != nieuw.profielen.peildatum
    for vlag in (True, False):
        wie = np.flatnonzero(w.gegevens == vlag)
        spelers = [o for o, doet in zip(OORZAKEN, (vlag, ander_moment, ander_model), strict=True) if doet]
        if not wie.size or not spelers:
            continue
        a, b = (replace(k, profielen=deel_van(k.profielen, wie)) for k in (oud, nieuw))
        deel = _shapley(a, b, w.geboorte[wie], spelers, codes)
        for naam in namen:
            for o, waarde in deel[naam].items():
                uit[naam][OORZAKEN.index(o), wie] = waarde
    return uit


def _shapley(
    oud: Kant, nieuw: Kant, geboorte: Vlag, spelers: Sequence[str], codes: Sequence[str]
) -> dict[str, dict[str, Floats]]:
    """Average over the orders of bringing the causes in: per figure and cause, (n,)."""
    k = len(spelers)
    waarde = {
        frozenset(s): _hoek(oud, nieuw, geboorte, frozenset(s), spelers, codes)
        for r in range(k + 1)
        for s in combinations(spelers, r)
    }
    uit: dict[str, dict[str, Floats]] = {naam: {} for naam in waarde[frozenset()]}
    for o in spelers:
        anderen = [x for x in spelers if x != o]
        groepen = [frozenset(s) for r in range(k) for s in combinations(anderen, r)]
        for naam, per in uit.items():
            per[o] = np.sum(
                [
                    factorial(len(s))
                    * factorial(k - len(s) - 1)
                    / factorial(k)
                    * (waarde[s | {o}][naam] - waarde[s][naam])
                    for s in groepen
                ],
                axis=0,
            )
    return uit


def _hoek(
    oud: Kant, nieuw: Kant, geboorte: Vlag, gewisseld: frozenset[str], spelers: Sequence[str], codes: Sequence[str]
) -> dict[str, Floats]:
    """Figures with the new data, the new day or the new model where ``gewisseld`` says so, else the old."""
    op = nieuw if "duur" in gewisseld else oud
    # What is no cause is the same in both months: then the profile of that day holds it exactly.
    model = (nieuw if "model" in gewisseld else oud) if "model" in spelers else op
    data = (nieuw if "gegevens" in gewisseld else oud) if "gegevens" in spelers else op
    d, t, m = data.profielen, op.profielen, model.profielen
    p = replace(
        d,
        peildatum=t.peildatum,
        kenmerken=d.kenmerken if data.h is model.h else _voor_model(d.kenmerken, m.kenmerken, model.h.kenmerken),
        geboren=np.where(geboorte, d.geboren, t.geboren),
        aow=np.where(geboorte, d.aow, t.aow),
        inzet={c: verplaats(i, d.peildatum, t.peildatum) for c, i in d.inzet.items()},
        typen=(m if "model" in spelers else t).typen,
    )
    return _figuren(p, model, codes)


def _voor_model(eigen: pd.DataFrame, ander: pd.DataFrame, kenmerken: Sequence[Kenmerk]) -> pd.DataFrame:
    """Traits in the words of a model; what it does not know is taken from the list that this model made."""
    uit = {}
    for k in kenmerken:
        if k.naam not in ander:
            continue
        if k.naam not in eigen:
            uit[k.naam] = ander[k.naam]
        elif k.soort == "numeriek":
            uit[k.naam] = eigen[k.naam].where(pd.to_numeric(eigen[k.naam], errors="coerce").notna(), ander[k.naam])
        else:
            uit[k.naam] = eigen[k.naam].where(eigen[k.naam].isin(k.niveaus), ander[k.naam])
    return pd.DataFrame(uit, index=eigen.index)


def _figuren(p: Profielen, kant: Kant, codes: Sequence[str]) -> dict[str, Floats]:
    """Expected months, and net return per instrument, as the engine gives them."""
    h = kant.h
    stand = stand_uit_profiel(p, h)
    r = h.config.rendement
    meter = maak_meter(h, horizon=r.horizon_maanden, discontovoet=r.discontovoet, terugval=r.terugval)
    v = bereken(meter, stand.klanten, [i for i in h.config.instrument if i.code in codes])
    uit = {MAANDEN: np.where(stand.scoort, v.verwachte_maanden, np.nan)}
    for c in codes:
        netto = v.waarde[c] * p.bedrag - kant.prijzen.get(c, np.nan)
        uit[f"{c}_netto"] = np.where(stand.scoort, netto, np.nan)
    return uit


def sluitend(delen: Floats, verschil: Floats, decimalen: int) -> Floats:
    """Round parts so that they add up: (3, n) to (4, n), the last row what is not explained.

    What rounding alone leaves goes to the largest part; more than that stays visible.

    Examples
    --------
    >>> sluitend(np.array([[1.004], [0.004], [0.0]]), np.array([1.01]), 2).round(2).ravel().tolist()
    [1.01, 0.0, 0.0, 0.0]
    >>> sluitend(np.array([[1.0], [0.0], [0.0]]), np.array([5.0]), 2).round(2).ravel().tolist()
    [1.0, 0.0, 0.0, 4.0]
    """
    stap = 10.0**-decimalen
    rond = np.round(delen, decimalen)
    over = np.round(verschil - rond.sum(axis=0), decimalen)
    klein = np.abs(verschil - delen.sum(axis=0)) <= 1.5 * stap
    grootste = np.argmax(np.abs(np.nan_to_num(delen)), axis=0)
    rond[grootste, np.arange(rond.shape[1])] += np.where(klein, np.nan_to_num(over), 0.0)
    rest = np.where(klein & ~np.isnan(over), 0.0, over)
    leeg = np.isnan(verschil) | np.isnan(delen).any(axis=0)
    uit = np.vstack([np.round(rond, decimalen), rest]) + 0.0
    uit[:, leeg] = np.nan
    uit[-1, leeg] = np.round(verschil[leeg], decimalen)
    return np.asarray(uit)
