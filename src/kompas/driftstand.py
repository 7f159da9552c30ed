"""What a delivery looks like, as counts per year: small enough to travel in a model folder, nothing about a person.

Cells of 1 to 9 persons never leave this module: small levels of a table are put together, and when that is still
under ten the smallest other level joins them (another name says so); a total of 1 to 9 is not given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.kenmerken import als_niveau, bandnamen, tekstkolom
from kompas.models.calendar import age_at, days_of, month_of, to_day
from kompas.models.design import Floats, Ints
from kompas.perioden import OPEN, Perioden, venster

KOLOMMEN = ("onderdeel", "kenmerk", "niveau", "jaar", "aantal", "aandeel", "waarde")
MINIMUM = 10  # fewer persons than this in a cell are not shown
SAMEN = "(samengevoegd)"  # levels of 1 to 9 persons each, together at least ten
RUIM = "(samengevoegd met een grotere)"  # the same, and the smallest larger level with them
EIGEN = "(eigen indeling)"  # an exit whose code the config sends elsewhere: only its bestemming is known
LEEFTIJDEN = (25.0, 35.0, 45.0, 55.0, 65.0)
MEESTE_SPELLS = 3
STAP = (1.0, 2.0, 5.0)  # edges of the bands of other numbers: 1, 2, 5 times a power of ten, whatever the data hold


def _jaar(dag: Ints) -> Ints:
    return np.asarray(month_of(dag) // 12, dtype=np.int64)


def _jaren(van: int, tot: int) -> pd.DataFrame:
    """Years of the window with the months of each that lie inside: jaar, maanden."""
    jaren = np.arange(_jaar(np.array([van]))[0], _jaar(np.array([max(tot - 1, van)]))[0] + 1)
    begin = np.array([to_day(dt.date(int(j), 1, 1)) for j in jaren])
    eind = np.array([to_day(dt.date(int(j) + 1, 1, 1)) for j in jaren])
    deel = (np.minimum(eind, tot) - np.maximum(begin, van)) / (eind - begin)
    return pd.DataFrame({"jaar": jaren, "maanden": np.round(12 * np.clip(deel, 0.0, None), 2)})


def _getalbanden(waarden: Floats) -> pd.Index:
    """Numbers to fixed bands that do not depend on the data.

    Examples
    --------
    >>> _getalbanden(np.array([-3.0, 0.4, 12.0, np.nan])).tolist()
    ['<0', '0-<1', '10-<20', 'onbekend']
    """
    randen = [s * 10.0**e for e in range(7) for s in STAP]
    namen = ["<0", "0-<1", *(f"{a:g}-<{b:g}" for a, b in pairwise(randen)), f"{randen[-1]:g}+"]
    plek = np.searchsorted(np.array([0.0, *randen]), np.nan_to_num(waarden), side="right")
    uit = np.array(namen, dtype=object)[plek]
    uit[np.isnan(waarden)] = "onbekend"
    return pd.Index(uit, dtype=object)


def _historisch(historie: pd.DataFrame, naam: str, client: pd.Series, begin: Ints, basis: pd.Index) -> pd.Index:
    """Value of a trait with a history on the first day of each spell; ``basis`` before its first entry."""
    eigen = historie.loc[historie["kenmerk"] == naam, ["client_id", "vanaf", "waarde"]]
    if not len(eigen):
        return basis
    eigen = eigen.assign(dag=days_of(eigen["vanaf"], -OPEN)).sort_values(["dag", "waarde"], kind="stable")
    vraag = pd.DataFrame({"client_id": client.to_numpy(), "dag": begin, "plek": np.arange(begin.size)})
    raak = pd.merge_asof(
        vraag.sort_values("dag", kind="stable"), eigen[["client_id", "dag", "waarde"]], on="dag", by="client_id"
    ).sort_values("plek")
    waarde = raak["waarde"].to_numpy(dtype=object)
    return pd.Index(np.where(pd.isna(waarde), basis.to_numpy(dtype=object), waarde).astype(str), dtype=object)


def _kenmerken(bestand: Bestand, perioden: Perioden, config: Config, wie: Ints) -> dict[str, pd.Index]:
    """Level of every trait of the model on the first day of the spells ``wie``."""
    u, historie = bestand.uitkeringen, bestand.kenmerken_historie
    eerste = perioden.delen.drop_duplicates("spell").set_index("spell")["rij"].reindex(wie).to_numpy(dtype=np.int64)
    begin = perioden.spells["begin"].to_numpy(dtype=np.int64)[wie]
    eigen = set(historie["kenmerk"].unique())
    uit: dict[str, pd.Index] = {}
    for naam in config.kenmerken.namen:
        if naam == "duur" or naam in config.kenmerken.alleen_voorspelling:
            continue
        if naam == "leeftijd":
            jaren = age_at(days_of(u["geboortedatum"].to_numpy()[eerste], OPEN), begin)
            namen = np.array(bandnamen(LEEFTIJDEN, geheel=True), dtype=object)
            uit[naam] = pd.Index(namen[np.searchsorted(np.array(LEEFTIJDEN), jaren, side="right")], dtype=object)
        elif naam == "eerdere_spells":
            aantal = np.minimum(perioden.spells["eerdere_spells"].to_numpy(dtype=np.int64)[wie], MEESTE_SPELLS)
            uit[naam] = pd.Index([f"{MEESTE_SPELLS}+" if a == MEESTE_SPELLS else str(a) for a in aantal], dtype=object)
        elif naam in u.columns or naam in eigen:
            ruw = tekstkolom(u[naam])[eerste] if naam in u.columns else np.full(begin.size, "onbekend", dtype=object)
            getal = ruw.dtype.kind == "f" and config.kenmerken.soort.get(naam) != "categorie"
            basis = _getalbanden(np.asarray(ruw, dtype=np.float64)) if getal else als_niveau(ruw)
            uit[naam] = _historisch(historie, naam, u["client_id"].iloc[eerste], begin, basis)
    return uit


def _veilig(niveau: pd.Series) -> pd.Series:
    """Counts per level without a cell of 1 to 9 and without one that can be found by subtraction.

    Examples
    --------
    >>> _veilig(pd.Series({"a": 40, "b": 6, "c": 5})).to_dict()
    {'a': 40, '(samengevoegd)': 11}
    >>> _veilig(pd.Series({"a": 40, "b": 12, "c": 3})).to_dict()
    {'a': 40, '(samengevoegd met een grotere)': 15}
    >>> _veilig(pd.Series({"a": 4, "b": 3})).to_dict()
    {'(samengevoegd)': 0}
    """
    orde = niveau[niveau > 0].sort_values(kind="stable")
    if 0 < orde.sum() < MINIMUM:
        return pd.Series({SAMEN: 0})
    klein = int((orde < MINIMUM).sum())
    if not klein:
        return orde
    ruim = bool(orde.iloc[:klein].sum() < MINIMUM)
    op = pd.Series({RUIM if ruim else SAMEN: int(orde.iloc[: klein + ruim].sum())})
    return pd.concat([orde.iloc[klein + ruim :], op])


def _verdeling(onderdeel: str, kenmerk: str, niveaus: Sequence[object], jaar: Ints) -> list[tuple[object, ...]]:
    """Rows of one table of levels per year: counts and shares, safe to show."""
    rijen: list[tuple[object, ...]] = []
    tabel = pd.DataFrame({"niveau": np.asarray(niveaus, dtype=object), "jaar": jaar})
    for j, deel in tabel.groupby("jaar", sort=True):
        telling = _veilig(deel["niveau"].astype(str).value_counts().sort_index())
        n = float(telling.sum())
        for niveau in sorted(telling.index):
            aantal = float(telling[niveau]) if n else np.nan
            rijen.append((onderdeel, kenmerk, niveau, int(j), aantal, aantal / n if n else np.nan, np.nan))
    return rijen


def _aantal(onderdeel: str, kenmerk: str, jaren: Ints, aantallen: Ints) -> list[tuple[object, ...]]:
    """One total per year; 1 to 9 is not given."""
    return [
        (onderdeel, kenmerk, "totaal", int(j), np.nan if 0 < n < MINIMUM else float(n), np.nan, np.nan)
        for j, n in zip(jaren, aantallen, strict=True)
    ]


def _volumes(begin: Ints, eind: Ints, van: int, tot: int, jaren: pd.DataFrame) -> list[tuple[object, ...]]:
    lijst = jaren["jaar"].to_numpy()
    eerste = int(lijst[0])

    def per_jaar(dag: Ints) -> Ints:
        return np.bincount(_jaar(dag[(dag >= van) & (dag < tot)]) - eerste, minlength=lijst.size)

    laatste = np.array([min(to_day(dt.date(int(j), 12, 31)), tot - 1) for j in lijst])
    stand = np.array([int(((begin <= d) & (eind > d)).sum()) for d in laatste])
    return [
        *_aantal("volume", "instroom", lijst, per_jaar(begin)),
        *_aantal("volume", "uitstroom", lijst, per_jaar(eind - 1)),
        *_aantal("volume", "stand", lijst, stand),
    ]


def _registratie(uitkeringen: pd.DataFrame, van: int, tot: int) -> list[tuple[object, ...]]:
    """Days between an end and its registration, by the year of the end: median and the 90% point."""
    eind, vast = days_of(uitkeringen["einddatum"], OPEN), days_of(uitkeringen["registratiedatum"], OPEN)
    wie = (eind >= van) & (eind < tot) & (vast < OPEN)
    rijen: list[tuple[object, ...]] = []
    tabel = pd.DataFrame({"jaar": _jaar(eind[wie]), "dagen": vast[wie] - eind[wie]})
    for j, deel in tabel.groupby("jaar", sort=True):
        if len(deel) < MINIMUM:
            continue
        punten = {"mediaan": float(deel["dagen"].quantile(0.5)), "p90": float(deel["dagen"].quantile(0.9))}
        rijen += [
            ("registratie", "vertraging", naam, int(j), float(len(deel)), np.nan, w) for naam, w in punten.items()
        ]
    return rijen


def _afgekeurd(telling: pd.DataFrame, jaar: int) -> list[tuple[object, ...]]:
    """Rejected rows of each table: rows of a file, not persons."""
    return [
        ("afgekeurd", str(r.tabel), "totaal", jaar, float(r.afgekeurd), r.afgekeurd / max(r.gelezen, 1), np.nan)
        for r in telling.itertuples()
    ]


def datastand(bestand: Bestand, perioden: Perioden, config: Config, *, tot: dt.date | None = None) -> pd.DataFrame:
    """Count what a delivery holds, per calendar year of the window.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows.
    perioden : Perioden
        Made of the same rows.
    config : Config
        Window, traits and instruments.
    tot : date, optional
        Count only what happened up to and including this day (with what is known now); for comparison with an
        earlier delivery.

    Returns
    -------
    DataFrame
        onderdeel, kenmerk, niveau, jaar, aantal, aandeel, waarde. Parts: ``venster`` (months observed of each year),
        ``volume`` (instroom, uitstroom, stand at the end), ``reden`` (exits by reason), ``bestemming``, ``mix`` (level
        of each trait at inflow, in fixed bands for numbers), ``inzet`` (deployments started per instrument),
        ``registratie`` (days from an end to its registration: mediaan and p90), ``afgekeurd`` (rejected rows).
        ``aantal`` is never 1 to 9 persons: nan, or put together in the levels ``SAMEN`` or ``RUIM``.
    """
    van, grens = venster(config)
    grens = min(grens, to_day(tot) + 1) if tot is not None else grens
    jaren = _jaren(van, grens)
    spells = perioden.spells
    begin, eind = spells["begin"].to_numpy(dtype=np.int64), spells["eind"].to_numpy(dtype=np.int64)
    weg = np.flatnonzero((eind - 1 >= van) & (eind - 1 < grens))
    nieuw = np.flatnonzero((begin >= van) & (begin < grens))
    rijen: list[tuple[object, ...]] = [
        ("venster", "maanden", "totaal", int(j), np.nan, np.nan, float(m))
        for j, m in zip(jaren["jaar"], jaren["maanden"], strict=True)
    ]
    rijen += _volumes(begin, eind, van, grens, jaren)
    reden = spells["reden"].astype(object).where(spells["reden"].notna(), EIGEN).to_numpy()[weg]
    doel = spells["bestemming"].astype(object).where(spells["bestemming"].notna(), "aow").to_numpy()[weg]
    rijen += _verdeling("reden", "reden_einde", reden, _jaar(eind[weg] - 1))
    rijen += _verdeling("bestemming", "bestemming", doel, _jaar(eind[weg] - 1))
    for naam, niveaus in _kenmerken(bestand, perioden, config, nieuw).items():
        rijen += _verdeling("mix", naam, niveaus.to_numpy(), _jaar(begin[nieuw]))
    inzetten = perioden.inzetten.drop_duplicates("inzet")
    for k, ins in enumerate(config.instrument):
        start = inzetten.loc[inzetten["instrument"] == k, "start"].to_numpy(dtype=np.int64)
        start = start[(start >= van) & (start < grens)]
        per = np.bincount(_jaar(start) - int(jaren["jaar"].iloc[0]), minlength=len(jaren))
        rijen += _aantal("inzet", ins.code, jaren["jaar"].to_numpy(), per)
    rijen += _registratie(bestand.uitkeringen, van, grens)
    rijen += _afgekeurd(bestand.telling, int(jaren["jaar"].iloc[-1]))
    tabel = pd.DataFrame(rijen, columns=list(KOLOMMEN))
    getallen = dict.fromkeys(("aantal", "aandeel", "waarde"), np.float64)
    return tabel.astype({"jaar": np.int64} | getallen)
