"""What one benefit costs per month: by leefvorm from own amounts or dated norms, and where the price goes from here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.fouten import GebruiksFout
from kompas.models.calendar import days_of, month_of
from kompas.models.design import Floats, Ints
from kompas.monitors.maanden import laatste_dag, naam
from kompas.parameters.aow import aow_datum
from kompas.parameters.normen import LEEFVORMEN, norm_met_bron
from kompas.perioden import OPEN

MAG_ONBEKEND = 0.05  # share of benefits without an amount up to which the others may speak for them
VOORAF = 31  # days before its start from which a new norm is known
NIVEAU, JAAR = 3, 12
Z80 = 1.2815515655446004  # half an 80% interval, in standard deviations
_KLEINSTE_FOUTEN = 6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Leefvormprijs:
    """Price per leefvorm and month from the spells.

    Parameters
    ----------
    tabel : DataFrame
        One row per month x leefvorm that occurs: nummer, maand, leefvorm, uitkeringen (running at the end of the
        month), prijs (mean amount per benefit, nan unknown), uit_norm and onbekend (fractions of the benefits).
    waarschuwingen : tuple of str
    """

    tabel: pd.DataFrame
    waarschuwingen: tuple[str, ...]


def _lege_prijs() -> pd.DataFrame:
    tekst = {k: pd.Series(dtype=object) for k in ("maand", "leefvorm")}
    getal = {k: pd.Series(dtype=np.float64) for k in ("uitkeringen", "prijs", "uit_norm", "onbekend")}
    return pd.DataFrame({"nummer": pd.Series(dtype=np.int64), **tekst, **getal})


def normtabel(nummers: Ints) -> tuple[Floats, tuple[str, ...]]:
    """Norm per month and leefvorm, and what must be said about them.

    Returns
    -------
    (m, 4) float, tuple of str
        Columns as ``LEEFVORMEN``; nan before the first known norm and for ``anders``.

    Examples
    --------
    >>> normtabel(np.array([12 * 2007 + 5]))[0].tolist()
    [[865.8, 1113.17, 1236.86, nan]]
    """
    uit = np.full((len(nummers), len(LEEFVORMEN)), np.nan)
    oud, verlopen = 0, []
    for i, n in enumerate(nummers):
        dag = laatste_dag(naam(int(n)))
        try:
            gevonden = [norm_met_bron(v, dag) for v in LEEFVORMEN]
        except GebruiksFout:
            oud += 1
            continue
        uit[i] = [np.nan if g.bedrag is None else g.bedrag for g in gevonden]
        if gevonden[0].waarschuwing:
            verlopen.append(naam(int(n)))
    zinnen = []
    if oud:
        zinnen.append(
            f"Voor {oud} maanden is geen bijstandsnorm bekend: daar is de prijs zonder eigen bedrag onbekend."
        )
    if verlopen:
        zinnen.append(
            f"In {len(verlopen)} maanden ({verlopen[0]} tot en met {verlopen[-1]}, niet allemaal aaneen) is de norm "
            "van die maand niet bekend en is de laatst bekende gebruikt."
        )
    return uit, tuple(zinnen)


def prijs_per_leefvorm(bestand: Bestand, maanden: tuple[int, int]) -> Leefvormprijs:
    """Mean monthly amount per benefit, by leefvorm.

    For the n benefits of leefvorm l that run at the end of month m::

        p_ml = (1 / n) sum_i b_i,    b_i = bedrag_maand of i, else the norm of that month and leefvorm

    Benefits whose amount is unknown (no own amount, no norm) are left out of the mean and counted.

    Parameters
    ----------
    bestand : Bestand
    maanden : (int, int)
        First and last month, as numbers.

    Returns
    -------
    Leefvormprijs
    """
    u = bestand.uitkeringen
    if u.empty or maanden[1] < maanden[0]:
        return Leefvormprijs(tabel=_lege_prijs(), waarschuwingen=())
    u = u[u["regeling"].isna() | (u["regeling"] == "algemeen")]
    nummers = np.arange(maanden[0], maanden[1] + 1, dtype=np.int64)
    eind = np.minimum(days_of(u["einddatum"], OPEN - 1) + 1, aow_datum(days_of(u["geboortedatum"], OPEN)))
    van, tot = (month_of(x) - maanden[0] for x in (days_of(u["begindatum"], OPEN), eind - 1))
    soort = np.asarray(pd.Index(LEEFVORMEN).get_indexer(u["leefvorm"]), dtype=np.int64)
    bedrag = u["bedrag_maand"].to_numpy(dtype=np.float64)
    eigen = np.isfinite(bedrag)
    m, k = len(nummers), len(LEEFVORMEN)

    def tel(wie: np.ndarray, gewicht: Floats) -> Floats:
        plek = [soort[wie] * (m + 1) + np.clip(x[wie], 0, m) for x in (van, tot)]
        som = np.bincount(plek[0], weights=gewicht[wie], minlength=k * (m + 1))
        som = som - np.bincount(plek[1], weights=gewicht[wie], minlength=k * (m + 1))
        return np.asarray(np.cumsum(som.reshape(k, m + 1), axis=1)[:, :m].T)

    geldig = (tot > van) & (soort >= 0)
    een = np.ones(len(u))
    alle, met = tel(geldig, een), tel(geldig & eigen, een)
    som = tel(geldig & eigen, np.nan_to_num(bedrag))
    norm, zinnen = normtabel(nummers) if bool((geldig & ~eigen).any()) else (np.full((m, k), np.nan), ())
    return Leefvormprijs(tabel=_prijstabel(nummers, alle, met, som, norm), waarschuwingen=zinnen)


def _prijstabel(nummers: Ints, alle: Floats, met: Floats, som: Floats, norm: Floats) -> pd.DataFrame:
    zonder = np.rint(alle - met)
    uit_norm = np.where(np.isfinite(norm), zonder, 0.0)
    telt = met + uit_norm
    with np.errstate(invalid="ignore", divide="ignore"):
        prijs = np.where(telt > 0, (som + uit_norm * np.nan_to_num(norm)) / telt, np.nan)
        delen = {"uit_norm": uit_norm / alle, "onbekend": (alle - telt) / alle}
    m, k = alle.shape
    f = pd.DataFrame(
        {
            "nummer": np.repeat(nummers, k),
            "maand": np.repeat(np.array([naam(int(n)) for n in nummers], dtype=object), k),
            "leefvorm": np.tile(np.array(LEEFVORMEN, dtype=object), m),
            "uitkeringen": np.rint(alle).ravel(),
            "prijs": prijs.ravel(),
            **{n: d.ravel() for n, d in delen.items()},
        }
    )
    return f[f["uitkeringen"] > 0].reset_index(drop=True)


def gemiddelde_prijs(tabel: pd.DataFrame) -> pd.DataFrame:
    """Mean price over all leefvormen per month.

    Returns
    -------
    DataFrame
        nummer, prijs, uit_norm, onbekend; prijs nan where the amount of more than 5% of the benefits is unknown.
    """
    t = tabel.assign(
        bekend=tabel["uitkeringen"] * (1.0 - tabel["onbekend"]) * tabel["prijs"].notna(),
        bedrag=(tabel["uitkeringen"] * (1.0 - tabel["onbekend"]) * tabel["prijs"]).fillna(0.0),
        norm=tabel["uitkeringen"] * tabel["uit_norm"],
    )
    som = t.groupby("nummer")[["uitkeringen", "bekend", "bedrag", "norm"]].sum()
    onbekend = 1.0 - som["bekend"] / som["uitkeringen"]
    prijs = (som["bedrag"] / som["bekend"].where(som["bekend"] > 0)).where(onbekend <= MAG_ONBEKEND + 1e-9)
    uit = pd.DataFrame({"prijs": prijs, "uit_norm": som["norm"] / som["uitkeringen"], "onbekend": onbekend})
    return uit.reset_index()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prijspad:
    """Expected price of the months to come.

    Parameters
    ----------
    prijs : (h,) float
        Euro per benefit per month, without holiday allowance.
    spreiding : (h,) float
        Standard deviation as a fraction of the price; nan when the past is too short to know it.
    groei : float
        Growth per year that is used where no norm is known; nan when the past is too short: then no growth.
    norm_tot : str
        Last month whose norm was known on the peildatum; empty when there is none.
    zin : str
        The same in Dutch.
    """

    prijs: Floats
    spreiding: Floats
    groei: float
    norm_tot: str
    zin: str


def normindex(nummers: Ints, aandelen: Mapping[str, float], peildatum: dt.date) -> Floats:
    """Norm of a mix of leefvormen per month, as far as known on the peildatum.

    A norm counts as known from 31 days before it starts. Months without a known norm are nan.
    """
    grens = peildatum + dt.timedelta(days=VOORAF)
    mix = {v: a for v, a in aandelen.items() if v in LEEFVORMEN[:3] and a > 0}
    uit = np.full(len(nummers), np.nan)
    for i, n in enumerate(nummers):
        dag = laatste_dag(naam(int(n)))
        try:
            gevonden = {v: norm_met_bron(v, dag) for v in mix}
        except GebruiksFout:
            continue
        if gevonden and all(g.waarschuwing is None and g.vanaf <= grens for g in gevonden.values()):
            uit[i] = sum(mix[v] * float(g.bedrag or np.nan) for v, g in gevonden.items()) / sum(mix.values())
    return uit


def _groei(prijs: Floats) -> float:
    """Growth of the mean of the last twelve months against the twelve before; nan with fewer than 24 months."""
    if prijs.size < 2 * JAAR or not np.isfinite(prijs[-2 * JAAR :]).all():
        return float("nan")
    return float(prijs[-JAAR:].mean() / prijs[-2 * JAAR : -JAAR].mean() - 1.0)


def _spreiding(prijs: Floats, horizon: int) -> Floats:
    """Relative error of the rule without norms per lead, from rolling origins; beyond those it grows as a root."""
    n = prijs.size
    leads = np.arange(1, horizon + 1)
    sd = np.full(horizon, np.nan)
    if n >= 2 * JAAR:
        o = np.arange(2 * JAAR - 1, n)
        som = np.r_[0.0, np.cumsum(prijs)]
        niveau = (som[o + 1] - som[o + 1 - NIVEAU]) / NIVEAU
        g = (som[o + 1] - som[o + 1 - JAAR]) / (som[o + 1 - JAAR] - som[o + 1 - 2 * JAAR])
        for h in leads:
            plek = o + h < n
            if plek.sum() >= _KLEINSTE_FOUTEN:
                fout = niveau[plek] * g[plek] ** ((h + 1) / JAAR) / prijs[o[plek] + h] - 1.0
                sd[h - 1] = np.quantile(np.abs(fout), 0.8) / Z80
    if np.isnan(sd).all() and n >= _KLEINSTE_FOUTEN:
        sd[0] = float(np.std(np.diff(np.log(prijs)), ddof=1))
    bekend = np.flatnonzero(np.isfinite(sd))
    if bekend.size:
        laatste = int(bekend[-1])
        sd[laatste + 1 :] = sd[laatste] * np.sqrt(leads[laatste + 1 :] / leads[laatste])
        sd = np.maximum.accumulate(sd)
    return sd


def prijspad(
    nummers: Ints, prijs: Floats, horizon: int, *, aandelen: Mapping[str, float], peildatum: dt.date
) -> Prijspad:
    """Price of the months to come: by the norms as far as known, then by the growth of the last year.

    With t0 the month before the last one, p the mean price of the last three months and I the norm of the mix::

        price(t) = p I(t) / I(t0)                     while the norm of t is known on the peildatum
        price(t) = price(last known) (1 + g)^(k / 12)    k months after it; g = growth of the last twelve months

    Parameters
    ----------
    nummers : (n,) int
        Realised months without a gap.
    prijs : (n,) float
        Their price, all known.
    horizon : int
        Months ahead.
    aandelen : mapping of leefvorm to share
        The mix for the norm; empty = no norms.
    peildatum : date

    Returns
    -------
    Prijspad

    Examples
    --------
    >>> p = prijspad(24000 + np.arange(24), np.full(24, 900.0), 3, aandelen={}, peildatum=dt.date(2001, 12, 31))
    >>> [round(float(x), 6) for x in p.prijs], p.groei
    ([900.0, 900.0, 900.0], 0.0)
    """
    n = min(NIVEAU, prijs.size)
    niveau, groei = float(prijs[-n:].mean()), _groei(prijs)
    jaargroei = 0.0 if np.isnan(groei) else groei
    laatste = int(nummers[-1])
    midden = laatste - (n - 1) // 2
    toekomst = np.arange(laatste + 1, laatste + horizon + 1)
    index = normindex(np.r_[midden, toekomst], aandelen, peildatum) if aandelen else np.full(horizon + 1, np.nan)
    los = np.isnan(index)
    k = int(np.argmax(los[1:])) if los[1:].any() else horizon
    k = 0 if los[0] else k  # months ahead whose norm is known
    pad = np.empty(horizon)
    pad[:k] = niveau * index[1 : k + 1] / index[0] if k else 0.0
    begin, vanaf = (pad[k - 1], laatste + k) if k else (niveau, midden)
    pad[k:] = begin * (1.0 + jaargroei) ** ((toekomst[k:] - vanaf) / JAAR)
    norm_tot = naam(laatste + k) if k else ""
    return Prijspad(
        prijs=pad,
        spreiding=_spreiding(prijs, horizon),
        groei=groei,
        norm_tot=norm_tot,
        zin=_prijszin(norm_tot, groei),
    )


def _prijszin(norm_tot: str, groei: float) -> str:
    norm = f"volgt tot en met {norm_tot} de bijstandsnorm zoals die op de peildatum bekend was" if norm_tot else ""
    if np.isnan(groei):
        daarna = "blijft gelijk: er zijn minder dan 24 maanden om een groei uit af te leiden"
    else:
        procent = f"{100 * groei:.1f}".replace(".", ",").replace("-", "\N{MINUS SIGN}")
        daarna = f"groeit met {procent}% per jaar, de groei van de laatste twaalf maanden tegen de twaalf ervoor"
    return f"De prijs per uitkering {f'{norm} en {daarna}' if norm else daarna}."
