r"""The own caseload as a scan describes it: who they are at three dates, and how soon those who come in leave again.

Estimand of the chances: :math:`P(T \le t)` for spells that begin in the period, T the calendar months from the begin
to the first day without benefit, whatever the reason (reaching the AOW age included). Kaplan-Meier: spells that began
before the window enter when it opens, spells still running are censored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.historie import bronwaarden_van
from kompas.models.aalen_johansen import aalen_johansen
from kompas.models.calendar import add_months, age_at, days_of, month_of, to_day
from kompas.models.design import Floats, Ints
from kompas.monitors.eigenreeks import leeftijdgroepen
from kompas.monitors.scanvergelijking import KLEINST
from kompas.panel import aow_van_delen
from kompas.perioden import OPEN, Perioden, maak_perioden, op_volgorde
from kompas.tabellen import Z95
from kompas.tijdlijn import deel_tijdlijn
from kompas.toonbaar import Toonbaar
from kompas.uitstroom import maanden_tussen

COHORTEN = 4  # calendar years of inflow behind the tables by age and fasering
LEK = 0.05  # difference in a chance from which the last value is said to give the outcome away
JAREN = 3  # years of inflow in the table by year
Tekst = npt.NDArray[np.object_]
KANSEN = ["tabel", "groep", "maanden", "instroom", "kans", "ondergrens", "bovengrens"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bestandsanalyse(Toonbaar, tabel="kansen"):
    """The own caseload: composition and chances of leaving. Safe to show: no number under 10 persons.

    Parameters
    ----------
    gemeente : str
    peildatum : date
    samenstelling : DataFrame
        Tabel 1: datum (jjjj-mm-dd), leefvorm, geslacht (``totaal``, man, vrouw), aantal, fractie (of all for
        ``totaal``, else of that leefvorm). Too small groups are left out on all dates, and then the other numbers are
        rounded to tens.
    kansen : DataFrame
        tabel (``jaar``: 2; ``leeftijd``: 3; ``fasering``: 4, by the last value; ``fasering_start``: by the value at the
        begin), groep, maanden (6 or 12), instroom (spells behind it), kans of having left by then, ondergrens and
        bovengrens (95%). nan where the inflow was not observed for so long, or where numbers are too small to show.
    periode : str
        Years of inflow of the tables 3 and 4.
    toelichting, waarschuwingen : tuple of str
    """

    gemeente: str
    peildatum: dt.date
    samenstelling: pd.DataFrame
    kansen: pd.DataFrame
    periode: str
    toelichting: tuple[str, ...]
    waarschuwingen: tuple[str, ...]

    def kans(self, tabel: str, groep: str, maanden: int = 12) -> float:
        """Return one chance; nan when it is not there."""
        k = self.kansen
        rij = k[(k["tabel"] == tabel) & (k["groep"] == groep) & (k["maanden"] == maanden)]
        return float(rij["kans"].iloc[0]) if len(rij) else float("nan")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verblijf:
    """Spells as observed: months since the begin at entry and at the end of the observation, and whether they left.

    ``begin``: first day of the spell. ``entry``, ``exit_``: months. ``left``: 1 when the spell ended.
    """

    begin: Ints
    entry: Floats
    exit_: Floats
    left: Ints

    def uit(self, wie: npt.NDArray[np.generic]) -> Verblijf:
        """Return some of the spells."""
        return Verblijf(begin=self.begin[wie], entry=self.entry[wie], exit_=self.exit_[wie], left=self.left[wie])


def vertrek(v: Verblijf, moments: Floats) -> tuple[Floats, Floats, Floats]:
    """Chance of having left by each moment, with a 95% interval (Greenwood on the log-minus-log scale).

    Parameters
    ----------
    v : Verblijf
    moments : (m,) float
        Months since the begin.

    Returns
    -------
    three (m,) arrays
        Estimate, lower and upper end; nan beyond the longest observation, unless all had left. The interval of 0 or 1
        is nan.
    """
    leeg = np.full(moments.size, np.nan)
    if v.entry.size == 0:
        return leeg, leeg, leeg
    aj = aalen_johansen(v.entry, v.exit_, v.left, 1)
    survival = np.r_[1.0, aj.survival]
    with np.errstate(divide="ignore", invalid="ignore"):
        gone = np.round(aj.at_risk * (1 - survival[1:] / survival[:-1]))
        greenwood = np.r_[0.0, np.cumsum(gone / (aj.at_risk * (aj.at_risk - gone)))]
        at = np.searchsorted(aj.time, moments, side="right")
        s = survival[at]
        se = np.sqrt(greenwood[at]) / np.abs(np.log(s))
        laag, hoog = 1 - s ** np.exp(-Z95 * se), 1 - s ** np.exp(Z95 * se)
    seen = (moments <= v.exit_.max()) | (s == 0)
    binnen = seen & (s > 0) & (s < 1)
    return np.where(seen, 1 - s, np.nan), np.where(binnen, laag, np.nan), np.where(binnen, hoog, np.nan)


def verblijven(perioden: Perioden, uitkeringen: pd.DataFrame, config: Config) -> Verblijf:
    """Lay out all spells as observed between ``venster_van`` and the end of the window; ``left`` -1 = never observed.

    A spell ends at its last day or, when that is earlier, on reaching the AOW age.
    """
    begin, eind = (perioden.spells[k].to_numpy(dtype=np.int64) for k in ("begin", "eind"))
    aow = np.full(begin.size, OPEN, dtype=np.int64)
    aow[perioden.delen["spell"].to_numpy(dtype=np.int64)] = aow_van_delen(perioden, uitkeringen)
    van = to_day(config.bron.venster_van)
    tot = add_months(np.array([to_day(_einde(config)) + 1], dtype=np.int64), -config.bron.rijping_maanden)[0]
    weg = np.minimum(eind, aow)
    start, stop = np.maximum(begin, van), np.minimum(weg, tot)
    entry, exit_ = maanden_tussen(begin, start), maanden_tussen(begin, np.maximum(stop, begin))
    left = np.where(stop > start, (weg <= tot).astype(np.int64), -1)
    return Verblijf(begin=begin, entry=entry, exit_=exit_, left=left)


def _einde(config: Config) -> dt.date:
    return config.bron.venster_tot or config.gemeente.peildatum


Rij = tuple[str, str, int, float, float, float, float]


def _kansrijen(tabel: str, groep: str, v: Verblijf, moments: Sequence[int], *, gezien: Sequence[bool]) -> list[Rij]:
    """Rows of one group; fewer than ten who left (also since the moment before) or stayed: not shown."""
    kans, laag, hoog = vertrek(v, np.array(moments, dtype=np.float64))
    n, leeg = int(v.begin.size), float("nan")
    rijen: list[Rij] = []
    weg = np.round(np.nan_to_num(kans) * n)
    for k, maand in enumerate(moments):
        cellen = [weg[k] - (weg[k - 1] if k else 0), weg[k], n - weg[k]]
        toon = gezien[k] and n >= KLEINST and not any(0 < c < KLEINST for c in cellen)
        cijfers = (float(kans[k]), float(laag[k]), float(hoog[k])) if toon else (leeg, leeg, leeg)
        rijen.append((tabel, groep, maand, float(n) if n >= KLEINST else leeg, *cijfers))
    return rijen


def _jaarrijen(v: Verblijf, config: Config) -> list[Rij]:
    """Tabel 2: the last three years of inflow that were observed for half a year to the last spell."""
    jaren = np.asarray(month_of(v.begin) // 12)
    rijen: list[Rij] = []
    for jaar in _hele_jaren(config, 6)[-JAREN:]:
        deel = v.uit((jaren == jaar) & (v.left >= 0))
        gezien = [jaar in _hele_jaren(config, m) for m in (6, 12)]
        rijen += _kansrijen("jaar", str(jaar), deel, (6, 12), gezien=gezien)
    return rijen


def _hele_jaren(config: Config, maanden: int) -> list[int]:
    """Calendar years of inflow within the window of which every spell was observed for so many months."""
    tot = np.array([to_day(_einde(config)) + 1], dtype=np.int64)
    grens = int(add_months(tot, -config.bron.rijping_maanden - maanden)[0])
    van = config.bron.venster_van
    eerste = van.year + (van > dt.date(van.year, 1, 1))
    return [j for j in range(eerste, _einde(config).year + 1) if to_day(dt.date(j + 1, 1, 1)) <= grens]


def _groeprijen(tabel: str, waarden: Tekst, v: Verblijf, volgorde: Sequence[str]) -> list[Rij]:
    rijen: list[Rij] = []
    for groep in volgorde:
        rijen += _kansrijen(tabel, groep, v.uit(waarden == groep), (12,), gezien=(True,))
    return rijen


def _leeftijdgroep(leeftijd: Ints, config: Config) -> Tekst:
    namen = np.array(leeftijdgroepen(config.monitor.leeftijden), dtype=object)
    return np.asarray(namen[np.searchsorted(np.array(config.monitor.leeftijden), leeftijd, side="right")], dtype=object)


def _data(config: Config) -> list[dt.date]:
    """Three dates for tabel 1: 1 January of the last complete year, two and four years before, within the window."""
    laatste = _einde(config) + dt.timedelta(days=1)
    jaar = laatste.year if (laatste.month, laatste.day) == (1, 1) else laatste.year - 1
    dagen = [dt.date(j, 1, 1) for j in (jaar - 4, jaar - 2, jaar)]
    return [d for d in dagen if d >= config.bron.venster_van]


def samenstellingtabel(perioden: Perioden, uitkeringen: pd.DataFrame, dagen: Sequence[dt.date]) -> pd.DataFrame:
    """Tabel 1: running spells by leefvorm and sex on some days; see `Bestandsanalyse`."""
    deel, rij = deel_tijdlijn(perioden), perioden.delen["rij"].to_numpy(dtype=np.int64)
    aow = aow_van_delen(perioden, uitkeringen)
    begin, eind = (perioden.spells[k].to_numpy(dtype=np.int64) for k in ("begin", "eind"))
    leefvorm, geslacht = (uitkeringen[k].astype(str).to_numpy(dtype=object) for k in ("leefvorm", "geslacht"))
    tellingen = []
    for datum in dagen:
        dag = to_day(datum)
        spell = np.flatnonzero((begin <= dag) & (eind > dag))
        hier = deel.op(spell, np.full(spell.size, dag, dtype=np.int64))
        hier = hier[aow[hier] > dag]
        f = pd.DataFrame({"leefvorm": leefvorm[rij[hier]], "geslacht": geslacht[rij[hier]], "datum": str(datum)})
        tellingen.append(f.value_counts(sort=False).rename("n").reset_index())
    kolommen = ["datum", "leefvorm", "geslacht", "n"]
    alles = pd.concat([t for t in tellingen if len(t)], ignore_index=True) if any(map(len, tellingen)) else None
    if alles is None:
        return pd.DataFrame(columns=["datum", "leefvorm", "geslacht", "aantal", "fractie"])
    som = alles.groupby(["datum", "leefvorm"], as_index=False)["n"].sum().assign(geslacht="totaal")
    uit = _beveilig(som, ["leefvorm"]).merge(som.groupby("datum")["n"].sum().rename("som").reset_index(), on="datum")
    uit["fractie"] = uit["aantal"] / uit["som"].where(~uit["afgerond"], 10 * np.floor(uit["som"] / 10 + 0.5))
    per = _beveilig(alles[kolommen], ["leefvorm", "geslacht"])
    per = per.merge(uit[["datum", "leefvorm", "aantal"]].rename(columns={"aantal": "som"}), on=["datum", "leefvorm"])
    per["fractie"] = per["aantal"] / per["som"]
    samen = pd.concat([uit, per], ignore_index=True).sort_values(["datum", "leefvorm", "geslacht"], kind="stable")
    return samen.dropna(subset=["fractie"])[["datum", "leefvorm", "geslacht", "aantal", "fractie"]].reset_index(
        drop=True
    )


def _beveilig(f: pd.DataFrame, sleutel: list[str]) -> pd.DataFrame:
    """Numbers that may be shown; a group too small on one date is shown on none, and then the rest is rounded."""
    laagste = f[f["n"] > 0].groupby(sleutel)["n"].min()
    klein = set(laagste.index[laagste < KLEINST])
    naam = f[sleutel[0]] if len(sleutel) == 1 else pd.MultiIndex.from_frame(f[sleutel])
    weg = np.asarray(naam.isin(klein)) if klein else np.zeros(len(f), dtype=bool)
    rond = 10 * np.floor(f["n"] / 10 + 0.5) if klein else f["n"].astype(np.float64)
    return f.assign(aantal=np.where(weg, np.nan, rond), afgerond=bool(klein))


def maak_bestandsanalyse(bestand: Bestand, config: Config) -> Bestandsanalyse | None:
    """Describe the own caseload: tabel 1 to 4 of the BijstandScan.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    config : Config

    Returns
    -------
    Bestandsanalyse or None
        None without spells.
    """
    if bestand.uitkeringen.empty:
        return None
    uitkeringen = op_volgorde(bestand.uitkeringen)
    perioden = maak_perioden(uitkeringen, bestand.inzet.iloc[:0], config)
    alle = verblijven(perioden, uitkeringen, config)
    jaren = _hele_jaren(config, 12)[-COHORTEN:]
    spell = np.flatnonzero((alle.left >= 0) & np.isin(month_of(alle.begin) // 12, jaren))
    v = alle.uit(spell)
    geboren = days_of(uitkeringen["geboortedatum"].to_numpy()[perioden.delen["rij"]], OPEN)
    eerste = np.searchsorted(perioden.delen["spell"].to_numpy(dtype=np.int64), spell)
    rijen = _jaarrijen(alle, config)
    leeftijd = _leeftijdgroep(age_at(geboren[eerste], v.begin), config)
    rijen += _groeprijen("leeftijd", leeftijd, v, leeftijdgroepen(config.monitor.leeftijden))
    fasen, waarschuwingen = _fasering(bestand, perioden, uitkeringen, spell, v)
    return Bestandsanalyse(
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        samenstelling=samenstellingtabel(perioden, uitkeringen, _data(config)),
        kansen=pd.DataFrame(rijen + fasen, columns=KANSEN),
        periode="" if not jaren else f"{jaren[0]}-{jaren[-1]}" if len(jaren) > 1 else str(jaren[0]),
        toelichting=TOELICHTING,
        waarschuwingen=waarschuwingen,
    )


TOELICHTING = (
    (
        "De kans is die van wie in de genoemde jaren instroomde, om binnen die tijd uit de bijstand te zijn, om welke "
        "reden ook (Kaplan-Meier). Wie de AOW-leeftijd bereikt, telt als vertrokken."
    ),
    "Leeg is: nog niet lang genoeg waargenomen, of minder dan tien vertrekkers, blijvers of instromers.",
    (
        "Is een groep kleiner dan tien, dan staat zij er niet en zijn de andere aantallen op tientallen afgerond, "
        "zodat zij niet is terug te rekenen."
    ),
)


def _fasering(
    bestand: Bestand, perioden: Perioden, uitkeringen: pd.DataFrame, spell: Ints, v: Verblijf
) -> tuple[list[Rij], tuple[str, ...]]:
    """Tabel 4 twice: by the last value of the export and by the value at the begin."""
    if "fasering" not in uitkeringen or uitkeringen["fasering"].isna().all():
        return [], ("Tabel 4 ontbreekt: er is geen kolom fasering in [bron.uitkeringen].",)
    rij = perioden.spells["rij"].to_numpy(dtype=np.int64)[spell]
    kolom = uitkeringen["fasering"].astype(object).where(uitkeringen["fasering"].notna(), "onbekend").astype(str)
    laatste = kolom.to_numpy(dtype=object)[rij]
    historie = bestand.kenmerken_historie
    volgorde = sorted({*laatste})
    rijen = _groeprijen("fasering", laatste, v, volgorde)
    if historie.empty or not (historie["kenmerk"] == "fasering").any():
        zin = (
            "Fasering is de laatste waarde van de export: wie snel vertrekt, wordt vaak pas bij het sluiten van het "
            "dossier in de lichtste fase gezet. Lees tabel 4 niet als voorspelling. Lever [bron.kenmerken_historie]."
        )
        return rijen, (zin,)
    bron, _ = bronwaarden_van(["fasering"], perioden, uitkeringen, historie)
    start = np.asarray(bron.waarde("fasering", spell, v.begin), dtype=object)
    begin = _groeprijen("fasering_start", start, v, sorted({*start}))
    return rijen + begin, _lek(rijen, begin)


def _lek(laatste: list[Rij], start: list[Rij]) -> tuple[str, ...]:
    """Say where the last value tells more than was known at the begin: the outcome is in the trait."""
    bij_start = {r[1]: r[4] for r in start}
    gevonden = [(abs(r[4] - bij_start.get(r[1], np.nan)), r[1], r[4]) for r in laatste]
    gevonden = [g for g in gevonden if not np.isnan(g[0])]
    if not gevonden or max(gevonden)[0] < LEK:
        return ()
    _, groep, kans = max(gevonden)
    zin = (
        f"Fasering verklapt de uitkomst: van {groep} is naar de laatste waarde van de export {100 * kans:.0f}% binnen "
        f"een jaar weg, naar het oordeel bij de start {100 * bij_start[groep]:.0f}%. De laatste waarde is na afloop "
        "bijgewerkt en is geen voorspelling; gebruik de waarde bij de start."
    )
    return (zin,)
