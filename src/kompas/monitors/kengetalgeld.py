"""Kengetallen of money and hours: use of the W-deel, cost of enforcement, caseload per fte."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.models.calendar import days_of, month_of
from kompas.models.design import Floats
from kompas.monitors.kengetalbron import Kern, jaar_tot_nu
from kompas.monitors.kengetaltelling import Telling
from kompas.monitors.kengetalvorm import UREN_PER_FTE
from kompas.monitors.maanden import nummers
from kompas.monitors.werkdeel import contractkosten
from kompas.perioden import OPEN, _inzetrijen, _samengevoegd

_STATUS = {"voorlopig": 0, "nader": 1, "definitief": 2}


def _kosten(k: Kern, instrumenten: list[int]) -> tuple[Floats, float]:
    """Cost of deployments by month of their begin, (1, T), and the share of them of which no cost is known."""
    i = _samengevoegd(_inzetrijen(k.bestand.inzet, k.config), k.config)
    i = i[i["instrument"].isin(instrumenten)]
    prijs = np.array([np.nan if x.kosten is None else x.kosten for x in k.config.instrument], dtype=np.float64)
    kosten = i["kosten"].to_numpy(dtype=np.float64)
    kosten = np.where(np.isnan(kosten), prijs[i["instrument"].to_numpy(dtype=np.int64)], kosten)
    plek = month_of(i["begin"].to_numpy(dtype=np.int64)) - k.maanden[0]
    raak = (plek >= k.eerste) & (plek < k.aantal_maanden)
    onbekend = float(np.isnan(kosten[raak]).mean()) if raak.any() else 0.0
    raak = (plek >= 0) & (plek < k.aantal_maanden)
    per_maand = np.bincount(plek[raak], kosten[raak], k.aantal_maanden)[None, :]
    return np.asarray(per_maand, dtype=np.float64), onbekend


def wdeel(k: Kern) -> tuple[Telling | None, str]:
    """Cost of the deployments begun this year over the W-deel as last decided, (1, T), or why there is no figure.

    Without deployments the places used of the contracts count, in the last month only. Cost that is not registered
    takes the price of the instrument; where that is unknown too, the year has no figure from that month on: unknown
    is not zero.
    """
    budget = k.bestand.overig.get("budget", pd.DataFrame(columns=["deel"]))
    budget = budget[budget["deel"] == "werkdeel"]
    if budget.empty:
        return None, "Het werkdeel is niet bekend: lever het in tabel budget (deel werkdeel) onder [bron.budget]."
    if k.bestand.inzet.empty or not k.config.instrument:
        som = _contracten(k)
        zin = "Er is geen inzet met kosten en er zijn geen contracten: lever [bron.inzet] of [bron.contracten]."
    else:
        kosten, onbekend = _kosten(k, list(range(len(k.config.instrument))))
        som = jaar_tot_nu(kosten, k.maanden)
        zin = (
            f"Van {100 * onbekend:.0f}% van de inzetten zijn de kosten onbekend: vul kosten in inzet, of bij "
            "[[instrument]] in kompas.toml."
        )
    if np.isnan(som[:, k.eerste :]).all():
        return None, zin
    bedrag = np.full(k.aantal_maanden, np.nan)
    bekend_op = days_of(budget["peildatum"], -OPEN)
    orde = np.lexsort((budget["status"].map(_STATUS).to_numpy(dtype=np.int64), bekend_op))
    for t, (jaar, dag) in enumerate(zip(k.jaren, k.laatste_dag, strict=True)):
        wie = orde[(budget["jaar"].to_numpy()[orde] == jaar) & (bekend_op[orde] <= dag)]
        if wie.size:
            bedrag[t] = float(budget["bedrag"].to_numpy()[wie[-1]])
    return Telling(teller=som, noemer=bedrag[None, :]), ""


def _contracten(k: Kern) -> Floats:
    """Places used times price of the contracts of the last year, known in the last month only, (1, T)."""
    c = contractkosten(k.bestand)
    uit = np.full((1, k.aantal_maanden), np.nan)
    deel = c.loc[c["jaar"] == k.jaren[-1], "bedrag_verbruikt"].to_numpy(dtype=np.float64)
    if deel.size:
        uit[0, -1] = deel.sum()
    return uit


def kosten_per_einde(k: Kern, einden: Floats) -> tuple[Telling | None, str]:
    """Cost of the enforcement of this year per benefit that ended after it, (1, T), or why there is no figure."""
    if k.bestand.inzet.empty:
        return None, "Tabel inzet is leeg, dus er zijn geen kosten."
    kosten, onbekend = _kosten(k, [n for n, i in enumerate(k.config.instrument) if i.meter == "handhaving"])
    som = jaar_tot_nu(kosten, k.maanden)
    if np.isnan(som[:, k.eerste :]).all():
        return None, (
            f"Van {100 * onbekend:.0f}% van de handhavingsinzetten zijn de kosten onbekend: vul kosten in inzet, of "
            "bij [[instrument]] in kompas.toml."
        )
    return Telling(teller=som, noemer=einden[:1]), ""


def caseload(k: Kern, volume: Telling) -> tuple[Telling | None, str]:
    """Households per fte by unit, (U, T), or why there is no figure.

    Hours of a team count for its afdeling and for the town. A unit of which one team has households but no hours in
    the year so far has no figure.
    """
    uren = k.bestand.overig.get("capaciteit")
    if uren is None or uren.empty:
        return None, "Tabel capaciteit ontbreekt: voeg [bron.capaciteit] toe aan kompas.toml."
    if k.eenheden["niveau"].iloc[0] != "management":
        return None, "Uren zijn per team bekend, niet per klantmanager."
    teams = sorted(set(k.eenheden.loc[k.eenheden["niveau"] == "team", "eenheid"]) | set(uren["team"]))
    per_team = np.full((len(teams), k.aantal_maanden), np.nan)
    plek = nummers(uren["maand"]) - k.maanden[0]
    raak = (plek >= 0) & (plek < k.aantal_maanden)
    per_team[pd.Index(teams).get_indexer(uren["team"])[raak], plek[raak]] = uren["uren"].to_numpy()[raak]
    fte = _gemiddeld_dit_jaar(per_team, k) / UREN_PER_FTE
    afdeling = pd.Series(teams, index=teams).map(k.afdeling_van).to_numpy(dtype=object)
    noemer = np.full((len(k.eenheden), k.aantal_maanden), np.nan)
    stand = {n: volume.teller[u] for u, n in enumerate(k.eenheden["eenheid"]) if k.eenheden["niveau"].iloc[u] == "team"}
    bezet = np.array([stand.get(t, np.zeros(k.aantal_maanden)) for t in teams]) > 0
    for u, (niveau, naam) in enumerate(k.eenheden.itertuples(index=False)):
        wie = {"management": np.ones(len(teams), bool), "teamleider": afdeling == naam}.get(
            str(niveau), np.array(teams, dtype=object) == naam
        )
        som = np.nansum(fte[wie], axis=0)
        mist = (np.isnan(fte[wie]) & bezet[wie]).any(axis=0)
        noemer[u] = np.where(mist | (som <= 0), np.nan, som)
    if np.isnan(noemer[:, k.eerste :]).all():
        return None, "In tabel capaciteit staan geen uren voor de teams en maanden van deze monitor."
    return Telling(teller=volume.teller, noemer=noemer), ""


def _gemiddeld_dit_jaar(per_team: Floats, k: Kern) -> Floats:
    """Mean hours per month over the months of the year so far that are known, (teams, T)."""
    bekend = ~np.isnan(per_team)
    som, n = np.zeros_like(per_team), np.zeros_like(per_team)
    for j in np.unique(k.jaren):
        hier = k.jaren == j
        som[:, hier] = np.cumsum(np.where(bekend, per_team, 0.0)[:, hier], axis=1)
        n[:, hier] = np.cumsum(bekend[:, hier], axis=1)
    return np.where(n > 0, som / np.maximum(n, 1.0), np.nan)
