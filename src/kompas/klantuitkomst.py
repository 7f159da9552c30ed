"""What the meters say about one client, or about the profiles over which is averaged: one row of the list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd

from kompas.afgeleiden import Afgeleiden
from kompas.bron.typen import Bestand
from kompas.config import BESTEMMINGEN, Config, Instrument
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.indicatie import HOOFDBESTEMMING, Situatie, helpt_van, met_eigen, oordeel_van, prijs_van, steun_van
from kompas.klantinvoer import GETYPT
from kompas.klantstand import Klantstand, maak_klantstand
from kompas.lijst import scoor
from kompas.models.calendar import add_months, days_of, to_date, to_day
from kompas.models.design import Floats, Ints
from kompas.rendement import BLOK, Vooruitzicht, bereken, maak_meter, met_lege_kolom, per_blok, standaardfout
from kompas.rooster import Klanten
from kompas.tabellen import Z95
from kompas.toerekening import Referentie, bijdragen
from kompas.vooruitblik import Blok, Meter
from kompas.waarom import factortekst

NIETS_WAARD = 0.005  # months; less is not shown, and is added to the rest
GENOEG = 0.9  # share of the profiles that must have support, and a known amount, before euros are averaged
HALF_JAAR = 6


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uitkomst:
    """Figures of one client (or of the weighted profiles).

    Parameters
    ----------
    rij : DataFrame
        One row with the columns of the list.
    instrumenten : tuple of Instrument
    stand : Klantstand
        Of the n profiles.
    meter : Meter
    per_profiel, gemiddeld : Vooruitzicht
        Per profile (n,), and their weighted mean (1,).
    gewicht : (n,) float
    """

    rij: pd.DataFrame
    instrumenten: tuple[Instrument, ...]
    stand: Klantstand
    meter: Meter
    per_profiel: Vooruitzicht
    gemiddeld: Vooruitzicht
    gewicht: Floats

    def bespaard(self, code: str) -> tuple[float, float]:
        """Months saved and their standard error; nan when nothing can be said."""
        waarde = float(self.rij[f"{code}_maanden_bespaard"].iloc[0])
        se = float(self.gemiddeld.se_maanden[code][0])
        return waarde, se if not np.isnan(waarde) else float("nan")


def gewogen(v: Vooruitzicht, w: Floats) -> Vooruitzicht:
    """Weighted mean of every field; of standard errors too, which is on the safe side.

    The same uncertainty of the model lies behind every profile, so that errors do not average out.
    """

    def een(x: Any) -> Any:
        if isinstance(x, Mapping):
            return {k: een(y) for k, y in x.items()}
        return np.asarray(w @ x)[None] if isinstance(x, np.ndarray) else x

    return replace(v, **{f.name: een(getattr(v, f.name)) for f in fields(v)})


def kwantielen(x: Floats, w: Floats, bij: tuple[float, ...] = (0.1, 0.9)) -> tuple[float, ...]:
    """Weighted quantiles: the smallest value with at least that share of the weight at or under it.

    Examples
    --------
    >>> kwantielen(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.3, 0.5]), (0.3, 0.31, 0.9))
    (1.0, 2.0, 3.0)
    """
    orde = np.argsort(x, kind="stable")
    op = np.cumsum(w[orde]) / w.sum()
    plek = np.minimum(np.searchsorted(op, np.array(bij) - 1e-12), x.size - 1)
    return tuple(float(v) for v in x[orde][plek])


def _gemiddelde_kolommen(
    ins: Instrument, u: Vooruitzicht, stand: Klantstand, w: Floats, h: Herijking, config: Config
) -> dict[str, Any]:
    """The contract's columns of the weighted mean; the indication is made where every indication is made."""
    b = stand.bedragen.bedrag
    bekend = ~np.isnan(b)
    deel = w * bekend
    bedrag = float(deel @ np.nan_to_num(b) / deel.sum()) if deel.sum() >= GENOEG else float("nan")
    keer = deel / deel.sum() * np.nan_to_num(b) / bedrag if bedrag > 0 else None  # euros are the mean of euros

    def gemiddeld(van: Vooruitzicht) -> Vooruitzicht:
        v = gewogen(van, w)
        if keer is None:
            return v
        return replace(
            v,
            waarde=dict(v.waarde) | {ins.code: np.asarray(keer @ van.waarde[ins.code])[None]},
            se_waarde=dict(v.se_waarde) | {ins.code: np.asarray(keer @ van.se_waarde[ins.code])[None]},
        )

    def apart(wie: Ints) -> Vooruitzicht:
        del wie  # the one mean
        return gemiddeld(bereken(meter_van(config, h), stand.klanten, [ins], alleen=HOOFDBESTEMMING[ins.meter]))

    situatie = Situatie(
        loopt=np.array([bool(stand.loopt[ins.code].all())]),
        scoort=np.array([bool(stand.scoort.all())]),
        steun=np.array([float(w @ steun_van(h, ins, stand.klanten)) >= GENOEG]),
        grond=None,  # nobody is in front of us: no recorded ground
        bedrag=np.array([bedrag]),
        prijs=prijs_van(ins, h),
        oordeel=oordeel_van(h, ins),
        helpt=helpt_van(h, ins),
    )
    uit = met_eigen(ins, gemiddeld(u), situatie, config.rendement.minimale_kans_positief, apart)
    return {k: x[0] for k, x in uit.items()}


def _gemiddelde_rij(
    tabel: pd.DataFrame,
    instrumenten: tuple[Instrument, ...],
    config: Config,
    h: Herijking,
    stand: Klantstand,
    u: Vooruitzicht,
    w: Floats,
) -> pd.DataFrame:
    """One row of the list for the mean of the profiles."""
    rij = tabel.iloc[[0]].reset_index(drop=True).copy()
    rij["duur_maanden"] = round(float(w @ stand.duur))
    for kolom in [k for k in tabel.columns if k == "verwachte_maanden" or k.startswith("kans_")]:
        rij[kolom] = float(w @ tabel[kolom].to_numpy(dtype=np.float64))
    if "profiel" in rij:
        rij["profiel"] = ""
    if len(set(tabel["doelgroep"])) > 1:
        rij["doelgroep"] = ""
    ja = []
    for ins in instrumenten:
        eigen = _gemiddelde_kolommen(ins, u, stand, w, h, config)
        for kolom, waarde in eigen.items():
            rij[kolom] = waarde
        if eigen[f"{ins.code}_indicatie"] == "ja":
            ja.append(ins.code)
    rij["advies"] = " ".join(ja)
    rij["client_id"] = GETYPT
    maanden = f"{rij['verwachte_maanden'].iloc[0]:.1f}".replace(".", ",")
    duur = (
        f"{stand.duur[0]} {'maand' if stand.duur[0] == 1 else 'maanden'} bijstand; " if np.ptp(stand.duur) == 0 else ""
    )
    rij["waarom"] = (
        f"{duur}naar verwachting nog {maanden} van {config.rendement.horizon_maanden} maanden, gemiddeld over klanten "
        f"met dezelfde ingevulde kenmerken; {'advies: ' + ' '.join(ja) if ja else 'geen advies'}."
    )
    return rij


def meter_van(config: Config, h: Herijking) -> Meter:
    """The meter of this config, as the list uses it."""
    r = config.rendement
    return maak_meter(h, horizon=r.horizon_maanden, discontovoet=r.discontovoet, terugval=r.terugval)


def reken(
    bestand: Bestand,
    config: Config,
    h: Herijking,
    gewicht: Floats,
    *,
    client: str | None = None,
    referentie: Referentie | None = None,
) -> Uitkomst:
    """Score the profiles of a client.

    Parameters
    ----------
    bestand : Bestand
        Running spells; with one profile the row is that of the list.
    config : Config
    h : Herijking
    gewicht : (n,) float
        Weight of each profile, in the order of the names of the profiles; one weight for one client.
    client : str, optional
        Only this client of the table.
    referentie : Referentie, optional
        Average client to whom ``waarom`` compares.

    Returns
    -------
    Uitkomst
    """
    stand, _ = maak_klantstand(bestand, config, h)
    if client is not None:
        stand = alleen(stand, client)
    lijst = scoor(stand, config, h, referentie=referentie)
    tabel = lijst.tabel
    meter = meter_van(config, h)
    v = bereken(meter, stand.klanten, lijst.instrumenten)
    w = gewicht
    rij = tabel if w.size == 1 else _gemiddelde_rij(tabel, lijst.instrumenten, config, h, stand, v, w)
    return Uitkomst(
        rij=rij,
        instrumenten=lijst.instrumenten,
        stand=stand,
        meter=meter,
        per_profiel=v,
        gemiddeld=gewogen(v, w),
        gewicht=w,
    )


def alleen(stand: Klantstand, client: str) -> Klantstand:
    """The state of one client: the first of his running spells, as the list shows it.

    Raises
    ------
    GebruiksFout
        ``KMP-K011`` when no benefit runs on the peildatum.
    """
    plek: Ints = np.flatnonzero(stand.client == client)
    if plek.size == 0:
        raise GebruiksFout(
            "KMP-K011",
            "deze klant heeft op de peildatum geen lopende uitkering. Controleer de peildatum en het nummer.",
        )
    return stand.deel(plek[:1])


def bijdragen_van(
    u: Uitkomst, h: Herijking, referentie: Referentie, bekend: Collection[str] | None
) -> tuple[float, pd.DataFrame]:
    """What makes the expected months differ from those of the average client.

    Parameters
    ----------
    u : Uitkomst
    h : Herijking
    referentie : Referentie
    bekend : collection of str or None
        Traits that are known; the contributions of the others are one row. None = all.

    Returns
    -------
    (float, DataFrame)
        Months of the average client, and factor, tekst, maanden: largest first, ``overig`` last; the months add up to
        the difference.
    """
    b = bijdragen(u.meter, u.stand.klanten, referentie)
    waarde = u.gewicht @ b.waarde
    altijd = ("inzet", "typen")  # no trait: what happened to the client
    weet = [bekend is None or f in bekend or f in altijd for f in b.factoren]
    rijen = [
        (f, str(factortekst(f, u.stand, h)[0]), float(w))
        for f, w, ja in zip(b.factoren, waarde, weet, strict=True)
        if ja and abs(w) >= NIETS_WAARD
    ]
    rijen.sort(key=lambda r: (-abs(r[2]), r[0]))
    rest = float(u.gewicht @ b.totaal) - b.referentie - sum(r[2] for r in rijen)
    if abs(rest) >= NIETS_WAARD:
        rijen.append(("overig", "wat niet is ingevuld" if not all(weet) else "overig", rest))
    return b.referentie, pd.DataFrame(rijen, columns=["factor", "tekst", "maanden"])


def se_verwacht(u: Uitkomst) -> float:
    """Standard error of the expected months (delta method on exact gradients), weighted over the profiles.

    The value of months after a return and the weights of the types count as known, as they do in the meters.
    """
    m, klanten = u.meter, u.stand.klanten
    se, covariantie = np.zeros(klanten.aantal), met_lege_kolom(m)

    def een(wie: slice, deel: Klanten) -> None:
        blok = Blok(m, deel)
        geen = blok.verwacht(blok.hazard, [(1.0, blok.terug(m.terug))])[0]
        g = Afgeleiden(blok).zonder(geen.gradient)
        se[wie] = standaardfout(g.reshape(-1, BLOK), covariantie)[: wie.stop - wie.start]

    per_blok(klanten, een)
    return float(u.gewicht @ se)


def later(bestand: Bestand, config: Config, h: Herijking, maanden: int = HALF_JAAR) -> tuple[Bestand, Config]:
    """The same rows some months later when nothing new happens: what runs has ended as planned by then."""
    dag = np.array([to_day(config.gemeente.peildatum)], dtype=np.int64)
    peildatum: dt.date = to_date(int(add_months(dag, maanden)[0]))
    inzet = bestand.inzet
    if len(inzet):
        duur = inzet["instrument"].map({i.code: i.duur_maanden for i in h.config.instrument})
        begin = days_of(inzet["begindatum"], 0)
        laatste = np.maximum(add_months(begin, duur.to_numpy(dtype=np.int64)) - 1, begin)  # einddatum is the last day
        gepland = inzet["geplande_einddatum"].fillna(pd.Series(laatste.astype("datetime64[D]"), index=inzet.index))
        af = inzet["einddatum"].isna() & (gepland <= pd.Timestamp(peildatum))
        inzet = inzet.assign(einddatum=inzet["einddatum"].where(~af, gepland))
    venster_tot = config.bron.venster_tot
    nieuw = config.met_peildatum(peildatum)
    if venster_tot is not None:
        nieuw = nieuw.model_copy(update={"bron": nieuw.bron.model_copy(update={"venster_tot": venster_tot})})
    return replace(bestand, inzet=inzet), nieuw


def per_rekenwijze(u: Uitkomst, h: Herijking) -> pd.DataFrame:
    """Months saved by each method, for instruments whose verdict depends on an assumption.

    Returns
    -------
    DataFrame
        instrument, methode, maanden_bespaard. Effects of every phase are moved to those of that method for everybody
        (group ``allen``); a method without a figure keeps that of the preferred one.
    """
    codes = [i.code for i in u.instrumenten if oordeel_van(h, i) == "afhankelijk_van_aanname"]
    plek = {t: j for j, t in enumerate(h.termen)}
    e = h.effecten[(h.effecten["groep"] == "allen") & h.effecten["instrument"].isin(codes)]
    rijen = []
    for methode in sorted(set(e["methode"])):
        coef = h.meter_coef.copy()
        for sleutel, f in e.groupby(["instrument", "fase", "bestemming"], sort=True):
            code, fase, bestemming = map(str, sleutel)
            keus, eigen = f.loc[f["voorkeur"], "log_effect"], f.loc[f["methode"] == methode, "log_effect"]
            if len(keus) and len(eigen) and not np.isnan(eigen.iloc[0]):
                verschil = float(eigen.iloc[0]) - float(keus.iloc[0])
                coef[BESTEMMINGEN.index(bestemming), plek[f"inzet:{code}={fase}"]] += verschil
        v = bereken(_met_coef(u.meter, h, coef), u.stand.klanten, u.instrumenten)
        rijen += [(c, methode, float(u.gewicht @ v.maanden_bespaard[c])) for c in codes]
    return pd.DataFrame(rijen, columns=["instrument", "methode", "maanden_bespaard"])


def _met_coef(m: Meter, h: Herijking, coef: Floats) -> Meter:
    return replace(m, herijking=replace(h, meter_coef=coef), coef=np.nan_to_num(coef))


def grenzen(waarde: float, se: float) -> tuple[float, float]:
    """The 95% interval."""
    return waarde - Z95 * se, waarde + Z95 * se
