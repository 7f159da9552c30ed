"""The true look-ahead per running client, computed from the true hazards (no simulation).

The spell that runs now is followed exactly, piece by piece and day by day as in the engine. Returns to benefit are
computed on a monthly grid that starts at the look-ahead date: exits and returns are spread evenly within a month.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import BESTEMMINGEN
from kompas.simulatie.bevolking import Bevolking, uitstroomscore
from kompas.simulatie.tijd import (
    NOOIT,
    Floats,
    Ints,
    als_dagen,
    dagnummer,
    leeftijd,
    maandnummer,
    plus_maanden,
    volle_maanden,
)
from kompas.simulatie.verloop import Tabellen, faseranden, lange_kalender, maak_tabellen, seizoen_en_trend
from kompas.simulatie.waarheid import GEEN_TERUGKEER, Waarheid

_PER_KEER = 2000
_DECIMALEN = 6
_MAANDEN_KANS = 12


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Clienten:
    """n running clients at the look-ahead date."""

    begin: Ints  # (n,)
    geboorte: Ints  # (n,)
    aow: Ints  # (n,)
    uitstroom: Floats  # (n, C)
    randen: tuple[Ints, ...]  # I x (n, F)
    loopt: npt.NDArray[np.bool_]  # (n, I) a deployment without an end

    def deel(self, s: slice) -> _Clienten:
        return _Clienten(
            begin=self.begin[s],
            geboorte=self.geboorte[s],
            aow=self.aow[s],
            uitstroom=self.uitstroom[s],
            randen=tuple(r[s] for r in self.randen),
            loopt=self.loopt[s],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Vooruit:
    """The truth for the look-ahead: tables with a frozen trend and H calendar months from day ``nu``."""

    tab: Tabellen
    nu: int
    cellen: Ints  # (H + 1,) first days
    keert_terug: Floats  # (C,) share at risk of a return
    terug: Floats  # (C, H) chance of a return 1, 2, ... months later

    @property
    def horizon(self) -> int:
        return len(self.cellen) - 1


def _maak_vooruit(w: Waarheid, peildatum: dt.date, horizon: int) -> _Vooruit:
    nu = dagnummer(peildatum) + 1
    tab = maak_tabellen(w, kalender=vooruit_kalender(w, peildatum))
    # What is frozen no longer depends on the calendar: the course of long durations becomes part of the baseline.
    lang = lange_kalender(w, bevroren_op=int(maandnummer(dagnummer(peildatum))))[0]
    duur = np.arange(max(len(tab.basis), w.lang_vanaf + 1))
    basis = tab.basis[np.minimum(duur, len(tab.basis) - 1)] + np.where((duur >= w.lang_vanaf)[:, None], lang, 0.0)
    tab = replace(tab, basis=basis, kalender_lang=np.zeros_like(tab.kalender_lang))
    blijft_weg = [sum(k for code, k in w.redenen[c].items() if code in GEEN_TERUGKEER) for c in BESTEMMINGEN]
    sterf = np.exp(-tab.terugval_cum)
    maand = sterf[:, :-1] - sterf[:, 1:]  # (C, J): chance of a return in month j + 1 after the exit
    return _Vooruit(
        tab=tab,
        nu=nu,
        cellen=plus_maanden(nu, np.arange(horizon + 1)),
        keert_terug=1.0 - np.array(blijft_weg),
        terug=0.5 * (maand[:, :horizon] + maand[:, 1 : horizon + 1]),
    )


def vooruit_kalender(w: Waarheid, peildatum: dt.date) -> Floats:
    """Return the calendar of the look-ahead: season as usual, trend frozen at the mean of the last 12 months."""
    return seizoen_en_trend(w, bevroren_op=int(maandnummer(dagnummer(peildatum))))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stukken:
    """Pieces of the running spell, shape (n, P); an empty piece has ``dagen`` 0."""

    dagen: Ints
    maanddagen: Ints  # days in the duration month
    cel: Ints  # month of the look-ahead
    eta: Floats  # (n, P, C) log hazard without instruments
    effect: tuple[Floats, ...]  # I x (n, P, C)


def _maak_stukken(v: _Vooruit, c: _Clienten) -> _Stukken:
    n, h = len(c.begin), v.horizon
    eerste = volle_maanden(c.begin, np.full(n, v.nu))
    maandgrenzen = plus_maanden(c.begin[:, None], eerste[:, None] + np.arange(1, h + 2))
    randen = np.concatenate([np.zeros((n, 0), dtype=np.int64), *c.randen], axis=1)
    tot = np.minimum(c.aow, v.cellen[-1])[:, None]
    grenzen = np.concatenate([maandgrenzen, randen, np.broadcast_to(v.cellen, (n, h + 1)), tot], axis=1)
    grenzen = np.sort(np.clip(grenzen, v.nu, np.maximum(tot, v.nu)), axis=1)
    van = grenzen[:, :-1]
    maand = volle_maanden(c.begin[:, None], van)
    maand_van = plus_maanden(c.begin[:, None], maand)
    stuk_van = np.maximum(maand_van, v.nu)
    for rand in randen.T:
        stuk_van = np.where(rand[:, None] <= van, np.maximum(stuk_van, rand[:, None]), stuk_van)
    eta = c.uitstroom[:, None, :] + v.tab.basis[np.minimum(maand, len(v.tab.basis) - 1)]
    eta += v.tab.kalender[maandnummer(maand_van)]
    eta += (leeftijd(c.geboorte[:, None], stuk_van) - v.tab.leeftijd_nul)[..., None] * v.tab.leeftijd
    return _Stukken(
        dagen=np.diff(grenzen, axis=1),
        maanddagen=plus_maanden(c.begin[:, None], maand + 1) - maand_van,
        cel=np.minimum(np.searchsorted(v.cellen, van, side="right") - 1, h - 1),
        eta=eta,
        effect=tuple(e[_fase(r, van)] for e, r in zip(v.tab.effecten, c.randen, strict=True)),
    )


def _fase(randen: Ints, dagen: Ints) -> Ints:
    """Return the phase (0 = none) on days (n, P) given first days of the phases (n, F)."""
    fase = np.zeros(dagen.shape, dtype=np.int64)
    for rand in randen.T:
        fase += rand[:, None] <= dagen
    return fase


def _volg_spell(s: _Stukken, eta: Floats, horizon: int) -> tuple[Floats, Floats]:
    """Return the expected months in the running spell (n,) and the exits per month of look-ahead (n, H, C)."""
    n = len(eta)
    lam = np.exp(eta)
    totaal = lam.sum(axis=2)
    per_dag = totaal / s.maanddagen
    cum = np.cumsum(per_dag * s.dagen, axis=1)
    nog_er = np.exp(-(cum - per_dag * s.dagen))
    weg = -np.expm1(-per_dag * s.dagen)
    maanden = (nog_er * weg / -np.expm1(-per_dag) / s.maanddagen).sum(axis=1)
    plek = (np.arange(n)[:, None] * horizon + s.cel).ravel()
    deel = (nog_er * weg / totaal)[..., None] * lam
    exits = [
        np.bincount(plek, weights=deel[..., c].ravel(), minlength=n * horizon).reshape(n, horizon)
        for c in range(len(BESTEMMINGEN))
    ]
    return maanden, np.stack(exits, axis=2)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Later:
    """A spell after a return, on the monthly grid: shape (n, H, C) and (n, H)."""

    eta: Floats  # log hazard without duration and instruments
    effect: tuple[Floats, ...]
    deel: Floats  # part of the month before AOW


def _maak_later(v: _Vooruit, c: _Clienten) -> _Later:
    van, lengte = v.cellen[:-1], np.diff(v.cellen)
    n = len(c.begin)
    oud = leeftijd(c.geboorte[:, None], van) - v.tab.leeftijd_nul
    midden = np.broadcast_to(van + lengte // 2, (n, v.horizon))
    return _Later(
        eta=c.uitstroom[:, None, :] + v.tab.kalender[maandnummer(van)] + oud[..., None] * v.tab.leeftijd,
        effect=tuple(e[_fase(r, midden)] for e, r in zip(v.tab.effecten, c.randen, strict=True)),
        deel=np.clip((c.aow[:, None] - van) / lengte, 0.0, 1.0),
    )


def _waarde_na_uitstroom(v: _Vooruit, eta: Floats, deel: Floats) -> Floats:
    """Return the expected months back on benefit within the horizon after an exit in each month: (n, H, C)."""
    n, h = deel.shape
    basis = np.exp(v.tab.basis[np.minimum(np.arange(h), len(v.tab.basis) - 1)])
    lam = np.exp(eta) * deel[..., None]
    waarde = np.zeros((n, h + 1))  # months from a spell that begins at the start of month g
    midden = np.zeros((n, h))  # the same for a begin somewhere in month g
    na = np.zeros((n, h, len(BESTEMMINGEN)))
    lam_na = np.zeros_like(na)
    for g in range(h - 1, -1, -1):
        verder = h - g - 1
        if verder:
            na[:, g] = (midden[:, g + 1 :] @ v.terug[:, :verder].T) * v.keert_terug
        lam_na[:, g] = lam[:, g] * na[:, g]
        totaal = np.einsum("nhc,hc->nh", lam[:, g:], basis[: h - g])
        terug = np.einsum("nhc,hc->nh", lam_na[:, g:], basis[: h - g])
        cum = np.cumsum(totaal, axis=1)
        per_hazard = np.exp(totaal - cum) * -np.expm1(-totaal) / np.maximum(totaal, 1e-300)
        waarde[:, g] = (per_hazard * (deel[:, g:] + terug)).sum(axis=1)
        midden[:, g] = 0.5 * (waarde[:, g] + waarde[:, g + 1])
    return na


def _reken(v: _Vooruit, c: _Clienten) -> tuple[pd.DataFrame, list[Floats]]:
    """Return the columns without a new start, and per instrument the months when it starts now."""
    stukken, later = _maak_stukken(v, c), _maak_later(v, c)
    eta = stukken.eta + sum(stukken.effect)
    eta_later = later.eta + sum(later.effect)
    maanden, exits = _volg_spell(stukken, eta, v.horizon)
    terug = (exits * _waarde_na_uitstroom(v, eta_later, later.deel)).sum(axis=(1, 2))
    basis = pd.DataFrame(
        {
            "verwachte_maanden": maanden + terug,
            "verwachte_maanden_zonder_terugval": maanden,
            "kans_uitstroom_12m": exits[:, :_MAANDEN_KANS].sum(axis=(1, 2)),
            "kans_werk_12m": exits[:, :_MAANDEN_KANS, 0].sum(axis=1),
        }
    )
    met = []
    for j, instrument in enumerate(v.tab.instrumenten):
        nieuw = faseranden(instrument, np.array([v.nu]))
        effect = v.tab.effecten[j][_fase(nieuw, v.cellen[None, :-1])[0]]  # (H, C)
        anders = eta - stukken.effect[j] + effect[stukken.cel]
        anders_later = eta_later - later.effect[j] + effect
        m, e = _volg_spell(stukken, anders, v.horizon)
        met.append(m + (e * _waarde_na_uitstroom(v, anders_later, later.deel)).sum(axis=(1, 2)))
    return basis, met


def _lopende(
    w: Waarheid, uitkeringen: pd.DataFrame, inzet: pd.DataFrame, clienten: pd.DataFrame, peildatum: dt.date
) -> tuple[pd.Series, _Clienten]:
    """Return the running clients, in order of client_id, as arrays."""
    peil = pd.Timestamp(peildatum)
    loopt = uitkeringen[uitkeringen["einddatum"].isna() & (uitkeringen["begindatum"] <= peil)]
    loopt = loopt.merge(clienten, on="client_id", how="left", validate="one_to_one").sort_values("client_id")
    kenmerken = {k: pd.Index(x).get_indexer(loopt[k]).astype(np.int64) for k, x in w.waarden.items()}
    begin, geboorte = als_dagen(loopt["begindatum"]), als_dagen(loopt["geboortedatum"])
    bevolking = Bevolking(
        begin=begin, geboorte=geboorte, type=loopt["type"].to_numpy(dtype=np.int64) - 1, kenmerken=kenmerken
    )
    aanmeld = inzet.get("aanmelddatum", inzet["begindatum"]).fillna(inzet["begindatum"])
    gestart = inzet.assign(aanmelddatum=aanmeld)[aanmeld <= peil]
    randen, lopend = [], []
    for i in w.instrumenten:
        eigen = gestart[gestart["instrument"] == i.code]
        laatste = eigen.groupby("client_id")[["begindatum", "aanmelddatum"]].max().reindex(loopt["client_id"])
        dagen, vooraf = als_dagen(laatste["begindatum"]), als_dagen(laatste["aanmelddatum"])
        geen = dagen == NOOIT
        rand = faseranden(i, np.where(geen, 0, dagen), np.where(geen, 0, vooraf))
        randen.append(np.where(geen[:, None], NOOIT, rand))
        lopend.append(loopt["client_id"].isin(eigen.loc[eigen["einddatum"].isna(), "client_id"]).to_numpy())
    aow = plus_maanden(geboorte, 12 * w.aow_leeftijd)
    score = uitstroomscore(w, bevolking)
    stand = _Clienten(
        begin=begin,
        geboorte=geboorte,
        aow=aow,
        uitstroom=score,
        randen=tuple(randen),
        loopt=np.array(lopend, dtype=np.bool_).reshape(len(w.instrumenten), len(begin)).T,
    )
    return loopt["client_id"].reset_index(drop=True), stand


def bereken_verwacht(
    waarheid: Waarheid,
    uitkeringen: pd.DataFrame,
    inzet: pd.DataFrame,
    clienten: pd.DataFrame,
    *,
    peildatum: dt.date,
    horizon_maanden: int = 60,
) -> pd.DataFrame:
    """Compute the true look-ahead of every client running on ``peildatum``.

    Nothing new is started, what runs ends as planned, duration, age and season advance, the trend is frozen at the
    mean of its last 12 months, entitlement ends at the AOW age (which is no exit in the probabilities), and every
    client has his own true type.

    Parameters
    ----------
    waarheid : Waarheid
        The parameters.
    uitkeringen, inzet : DataFrame
        Tables of the simulation.
    clienten : DataFrame
        client_id, type (from 1).
    peildatum : date
        The look-ahead starts on the next day.
    horizon_maanden : int
        Months to look ahead, at least 12.

    Returns
    -------
    DataFrame
        client_id, verwachte_maanden, verwachte_maanden_zonder_terugval, kans_uitstroom_12m, kans_werk_12m, and per
        instrument ``CODE_maanden_bespaard`` when it starts now (empty when it already runs); sorted by client_id.
        Months are parts of duration months; a day with entitlement counts in full.
    """
    v = _maak_vooruit(waarheid, peildatum, horizon_maanden)
    ids, stand = _lopende(waarheid, uitkeringen, inzet, clienten, peildatum)
    delen = []
    for start in range(0, max(len(ids), 1), _PER_KEER):
        deel = stand.deel(slice(start, start + _PER_KEER))
        tabel, met = _reken(v, deel)
        for i, maanden, loopt in zip(waarheid.instrumenten, met, deel.loopt.T, strict=True):
            tabel[f"{i.code}_maanden_bespaard"] = np.where(loopt, np.nan, tabel["verwachte_maanden"] - maanden)
        delen.append(tabel)
    uit = pd.concat(delen, ignore_index=True).round(_DECIMALEN) + 0.0  # no negative zero
    uit.insert(0, "client_id", ids)
    return uit
