"""Rows of a joint model: what clients lived through before and within the window, from begin to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import Config
from kompas.models.calendar import to_date, to_day
from kompas.models.design import Exposure, Floats, Ints, TimeDesign
from kompas.models.timedesign import SEASON_REFERENCE, TimeSpec
from kompas.panel import KenmerkFunctie, Panel, maak_panel
from kompas.perioden import OPEN, Perioden, venster
from kompas.tijdlijn import Tijdlijn

Vlag = npt.NDArray[np.bool_]


def bekend_vanaf(perioden: Perioden, config: Config) -> int:
    """First day from which all deployments are known.

    ``volledig_vanaf`` of the config; without it the first begin when deployments before the window are recorded, else
    the first day of the window.
    """
    van = venster(config)[0]
    if not config.instrument or config.bron.inzet is None:
        return -OPEN
    if config.bron.inzet.volledig_vanaf is not None:
        return to_day(config.bron.inzet.volledig_vanaf)
    eerder = len(perioden.inzetten) > 0 and bool((perioden.inzetten["start"] < van).any())
    return -OPEN if eerder else van


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rijen:
    """Rows of exposure of the spells whose history is known, from their begin; sorted by client, spell and time.

    ``voor`` marks the rows before the window. ``client`` numbers the clients 0..N-1, ``codes`` are the clusters of the
    panel that they have there. ``profiel`` points into ``profielen``, per trait and per instrument.
    """

    client: Ints
    codes: Ints
    spell: Ints
    profiel: Ints
    maand: Ints
    kalender: Ints
    maanden: Ints
    lengte: Floats
    event: Ints
    voor: Vlag
    inzet: Mapping[str, Ints]
    profielen: Mapping[str, npt.NDArray[np.generic]]
    weggelaten: int

    def blootstelling(self, oorzaak: int) -> Exposure:
        """Rows at risk of exit by one cause; pieces in which another cause came first count for half."""
        anders = (self.event > 0) & (self.event != oorzaak)
        return Exposure(
            profile=self.profiel,
            month=self.maand,
            calendar=self.kalender,
            months=self.maanden,
            length=np.where(anders, 0.5 * self.lengte, self.lengte),
            event=self.event,
            cluster=self.client,
        )


def _voor_het_venster(
    perioden: Perioden,
    uitkeringen: pd.DataFrame,
    config: Config,
    vanaf: int,
    kenmerken: KenmerkFunctie,
    tijdlijnen: list[Tijdlijn],
    leeftijden: Ints,
    clienten: Ints,
) -> Panel | None:
    """Rows before the window of spells that began after ``vanaf``, for the clients seen within it."""
    van, _ = venster(config)
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    cluster = pd.factorize(perioden.spells["client_id"], sort=True)[0]
    mee = (begin >= vanaf) & (begin < van) & np.isin(cluster, clienten)
    if not mee.any():
        return None
    bron = config.bron.model_copy(
        update={
            "venster_van": to_date(int(begin[mee].min())),
            "venster_tot": to_date(van - 1),
            "rijping_maanden": 0,
            "inzet": None,
        }
    )
    panel = maak_panel(
        perioden,
        uitkeringen,
        config.model_copy(update={"bron": bron}),
        kenmerken=kenmerken,
        tijdlijnen=tijdlijnen,
        leeftijden=leeftijden,
    )
    houd = mee[panel.spell]
    e = panel.exposure
    return replace(
        panel,
        spell=panel.spell[houd],
        exposure=Exposure(
            profile=e.profile[houd],
            month=e.month[houd],
            calendar=e.calendar[houd],
            months=e.months[houd],
            length=e.length[houd],
            event=e.event[houd],
            cluster=e.cluster[houd],
        ),
        inzet={k: v[houd] for k, v in panel.inzet.items()},
    )


def maak_rijen(
    panel: Panel,
    perioden: Perioden,
    uitkeringen: pd.DataFrame,
    config: Config,
    *,
    kenmerken: KenmerkFunctie,
    tijdlijnen: list[Tijdlijn],
    leeftijden: Ints,
    alleen_instroom: bool = False,
) -> Rijen:
    """Join the panel with what came before the window.

    Parameters
    ----------
    panel : Panel
        Rows within the window.
    perioden, uitkeringen, config, kenmerken, tijdlijnen, leeftijden
        As given to ``maak_panel``.
    alleen_instroom : bool
        Leave out every client with a spell that began before the window.
    """
    van, _ = venster(config)
    vanaf = bekend_vanaf(perioden, config)
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)
    delen = [(panel, False)]
    if not alleen_instroom:
        voor = _voor_het_venster(
            perioden, uitkeringen, config, vanaf, kenmerken, tijdlijnen, leeftijden, np.unique(panel.exposure.cluster)
        )
        delen = [(voor, True), *delen] if voor is not None else delen
    geteld, kolommen = 0, []
    for p, is_voor in delen:
        e, n = p.exposure, len(next(iter(p.profielen.values()))) if p.profielen else 1
        kolommen.append((p, is_voor, e.profile + geteld))
        geteld += n
    spell = np.concatenate([p.spell for p, _, _ in kolommen])
    cluster = np.concatenate([p.exposure.cluster for p, _, _ in kolommen])
    goed = begin[spell] >= vanaf
    if alleen_instroom:
        alle = pd.factorize(perioden.spells["client_id"], sort=True)[0]
        goed = ~np.isin(cluster, np.unique(alle[begin < van]))
    deel = np.concatenate([np.full(p.spell.size, k) for k, (p, _, _) in enumerate(kolommen)])
    orde = np.lexsort((np.arange(spell.size), deel, spell, cluster))
    orde = orde[goed[orde]]
    codes, client = np.unique(cluster[orde], return_inverse=True)

    def samen(veld: str) -> npt.NDArray[np.generic]:
        return np.asarray(np.concatenate([getattr(p.exposure, veld) for p, _, _ in kolommen])[orde])

    return los_bij_uitstroom(
        Rijen(
            client=client.astype(np.int64),
            codes=codes,
            spell=spell[orde],
            profiel=np.concatenate([profiel for _, _, profiel in kolommen])[orde],
            maand=samen("month").astype(np.int64),
            kalender=samen("calendar").astype(np.int64),
            maanden=samen("months").astype(np.int64),
            lengte=samen("length").astype(np.float64),
            event=samen("event").astype(np.int64),
            voor=np.concatenate([np.full(p.spell.size, v) for p, v, _ in kolommen])[orde],
            inzet={k: np.concatenate([p.inzet[k] for p, _, _ in kolommen])[orde] for k in panel.inzet},
            profielen={k: np.concatenate([p.profielen[k] for p, _, _ in kolommen]) for k in panel.profielen},
            weggelaten=int(np.setdiff1d(panel.spell, spell[orde]).size),
        )
    )


def los_bij_uitstroom(r: Rijen) -> Rijen:
    """Make the month of an exit a row of its own."""
    lang = np.flatnonzero((r.event > 0) & (r.maanden > 1))
    dubbel = np.sort(np.concatenate([np.arange(r.spell.size), lang]))
    eerste = np.r_[True, dubbel[1:] != dubbel[:-1]] & np.isin(dubbel, lang)
    tweede = np.r_[False, dubbel[1:] == dubbel[:-1]]
    maanden = r.maanden[dubbel]
    maand, kalender = r.maand[dubbel], r.kalender[dubbel]
    extra = np.where(tweede, maanden - 1, 0)
    velden = {
        "client": r.client[dubbel],
        "codes": r.codes,
        "spell": r.spell[dubbel],
        "profiel": r.profiel[dubbel],
        "maand": maand + extra,
        "kalender": kalender + extra,
        "maanden": np.where(eerste, maanden - 1, np.where(tweede, 1, maanden)),
        "lengte": r.lengte[dubbel],
        "event": np.where(eerste, 0, r.event[dubbel]),
        "voor": r.voor[dubbel],
        "inzet": {k: v[dubbel] for k, v in r.inzet.items()},
        "profielen": r.profielen,
        "weggelaten": r.weggelaten,
    }
    return Rijen(**velden)


def langere_kalender(time: TimeDesign, spec: TimeSpec, eerste: int) -> TimeDesign:
    """Let a time design begin in an earlier month: season goes on, the trend stands still before the window."""
    extra = np.arange(min(eerste, time.first), time.first)
    breed = time.calendar.shape[1]
    voor = np.zeros((extra.size, breed))
    if spec.season:
        nummers = [m for m in range(1, 13) if m != SEASON_REFERENCE]
        voor[:, : len(nummers)] = extra[:, None] % 12 + 1 == np.array(nummers)[None, :]
    if spec.n_trend:
        voor[:, breed - spec.n_trend :] = time.calendar[0, breed - spec.n_trend :]
    return replace(time, calendar=np.concatenate([voor, time.calendar]), first=time.first - extra.size)


def kalender_tot(time: TimeDesign, spec: TimeSpec, r: Rijen) -> TimeDesign:
    """Let a time design hold all calendar months of these rows: season goes on, the trend stands still outside."""
    lang = langere_kalender(time, spec, int(r.kalender.min()))
    laatste = lang.first + lang.calendar.shape[0]
    extra = np.arange(laatste, max(laatste, int((r.kalender + r.maanden).max())))
    breed = time.calendar.shape[1]
    na = np.zeros((extra.size, breed))
    if spec.season:
        nummers = [m for m in range(1, 13) if m != SEASON_REFERENCE]
        na[:, : len(nummers)] = extra[:, None] % 12 + 1 == np.array(nummers)[None, :]
    if spec.n_trend:
        na[:, breed - spec.n_trend :] = time.calendar[-1, breed - spec.n_trend :]
    return replace(lang, calendar=np.concatenate([lang.calendar, na]))
