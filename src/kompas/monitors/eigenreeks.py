"""The own monthly series from microdata: stock, inflow and outflow of households, in total and per group.

A spell runs on the days [begin, einde + 1). Stock of a month: spells that run on its last day and on the day after.
Inflow: spells that begin in the month. Outflow: spells whose last day lies in it. So stock = previous stock + instroom
- uitstroom, exactly. Within a group people also change group (a birthday), so there the sum need not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron.bereik import bereik, venstereinde
from kompas.config import Config
from kompas.kenmerken import tekstkolom
from kompas.models.calendar import birthday, days_of, month_of
from kompas.models.design import Floats, Ints
from kompas.monitors.maanden import namen
from kompas.panel import aow_van_delen
from kompas.perioden import OPEN, Perioden, maak_perioden, op_volgorde
from kompas.tijdlijn import Tijdlijn, maak_tijdlijn

LEEFTIJD, LEEFVORM, TOTAAL = "leeftijd", "leefvorm", "totaal"
TELLINGEN = ("uitkeringen", "instroom", "uitstroom")
MEESTE_GROEPEN = 40
JONGSTE = 15


def leeftijdgroepen(grenzen: Sequence[int]) -> tuple[str, ...]:
    """Names of the age groups, the last one up to the AOW age.

    Examples
    --------
    >>> leeftijdgroepen((25, 55))
    ('15-24', '25-54', '55-aow')
    >>> leeftijdgroepen(())
    ('15-aow',)
    """
    onder = (JONGSTE, *grenzen)
    boven = [str(g - 1) for g in grenzen]
    return tuple(f"{a}-{b}" for a, b in zip(onder, [*boven, "aow"], strict=True))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Basis:
    """Spells below AOW age, and which row of the input holds when.

    ``begin`` and ``eind`` per spell (``eind`` the first day without entitlement, ``OPEN`` when running); ``rijen``
    gives the row of ``tabel`` in force at (spell, day).
    """

    tabel: pd.DataFrame
    begin: Ints
    eind: Ints
    rijspell: Ints
    rijvanaf: Ints
    rijen: Tijdlijn


def _spell_van_rij(perioden: Perioden, n: int) -> tuple[Ints, Ints]:
    """Spell of each row of the sorted input, and the first day on which that part of the spell counts."""
    plek = perioden.delen["rij"].to_numpy(dtype=np.int64)
    orde = np.argsort(plek, kind="stable")
    deel = orde[np.searchsorted(plek[orde], np.arange(n), side="right") - 1]
    spell, vanaf = (perioden.delen[k].to_numpy(dtype=np.int64)[deel] for k in ("spell", "vanaf"))
    return spell, vanaf


def _basis(uitkeringen: pd.DataFrame, config: Config) -> _Basis:
    tabel = op_volgorde(uitkeringen)
    leeg = pd.DataFrame(columns=["client_id", "instrument"])
    perioden = maak_perioden(tabel, leeg, config)
    delen = perioden.delen["spell"].to_numpy(dtype=np.int64)
    staart = np.r_[delen[1:] != delen[:-1], True] if delen.size else np.zeros(0, dtype=bool)
    aow = aow_van_delen(perioden, tabel)[staart]
    begin, eind = (perioden.spells[k].to_numpy(dtype=np.int64) for k in ("begin", "eind"))
    spell, deelvanaf = _spell_van_rij(perioden, len(tabel))
    vanaf = np.maximum(days_of(tabel["begindatum"], OPEN), deelvanaf)
    return _Basis(
        tabel=tabel,
        begin=begin,
        eind=np.minimum(eind, aow),
        rijspell=spell,
        rijvanaf=vanaf,
        rijen=maak_tijdlijn(spell, vanaf, np.arange(len(tabel))),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stukken:
    """Parts of spells within which a group does not change: days [van, tot), code of the group, first or last part."""

    van: Ints
    tot: Ints
    code: Ints
    eerste: Ints
    laatste: Ints


def _stukken(b: _Basis, spell: Ints, dag: Ints) -> tuple[Ints, Ints, Ints]:
    """Cut every spell at its begin and at the given days; returns spell, first day, first day after."""
    binnen = (dag > b.begin[spell]) & (dag < b.eind[spell])
    geldig = np.flatnonzero(b.begin < b.eind)
    alle_spell = np.concatenate([geldig, spell[binnen]])
    alle_dag = np.concatenate([b.begin[geldig], dag[binnen]])
    orde = np.lexsort((alle_dag, alle_spell))
    s, d = alle_spell[orde], alle_dag[orde]
    uniek = np.r_[True, (s[1:] != s[:-1]) | (d[1:] != d[:-1])] if s.size else np.zeros(0, dtype=bool)
    s, d = s[uniek], d[uniek]
    volgende = np.r_[s[1:] != s[:-1], True] if s.size else np.zeros(0, dtype=bool)
    tot = np.where(volgende, b.eind[s], np.r_[d[1:], 0] if s.size else d)
    return s, d, tot


def _tel(van: Ints, tot: Ints, begint: Ints, eindigt: Ints, code: Ints, n: int, maanden: tuple[int, int]) -> Floats:
    """Counts (3, groups, months): stock, inflow, outflow."""
    eerste, laatste = maanden
    m = laatste - eerste + 1
    uit = np.zeros((3, n, m))
    in_maand, uit_maand = month_of(van) - eerste, month_of(np.where(eindigt, tot - 1, tot)) - eerste
    for soort, wie, maand in ((1, begint, in_maand), (2, eindigt, uit_maand)):
        raak = wie.astype(bool) & (maand >= 0) & (maand < m)
        plek = code[raak] * m + maand[raak]
        uit[soort] = np.bincount(plek, minlength=n * m)[: n * m].reshape(n, m)
    erbij, eraf = np.clip(in_maand, 0, m), np.clip(uit_maand, 0, m)
    verschil = np.bincount(code * (m + 1) + erbij, minlength=n * (m + 1)).astype(np.float64)
    verschil -= np.bincount(code * (m + 1) + eraf, minlength=n * (m + 1))
    uit[0] = np.cumsum(verschil.reshape(n, m + 1), axis=1)[:, :m]
    return uit


def _waarden(b: _Basis, naam: str, historie: pd.DataFrame, spell: Ints, dag: Ints) -> np.ndarray:
    """Value of a trait at each (spell, day): from its history where there is one, else from the row in force."""
    rij = np.maximum(b.rijen.op(spell, dag), 0)
    uit = tekstkolom(b.tabel[naam])[rij] if naam in b.tabel else np.full(spell.size, "onbekend", dtype=object)
    eigen = historie[historie["kenmerk"] == naam]
    if eigen.empty:
        return uit
    alle = pd.Index(pd.unique(b.tabel["client_id"]))
    code = alle.get_indexer(eigen["client_id"])
    eigen, code = eigen[code >= 0], code[code >= 0]
    lijn = maak_tijdlijn(np.asarray(code, dtype=np.int64), days_of(eigen["vanaf"], -OPEN), np.arange(len(eigen)))
    plek = lijn.op(np.asarray(alle.get_indexer(b.tabel["client_id"]), dtype=np.int64)[rij], dag)
    waarde = np.append(eigen["waarde"].to_numpy(dtype=object), "onbekend")  # the last one: before the first step
    return np.where(plek >= 0, waarde[plek], uit)


def _wissels(b: _Basis, naam: str, historie: pd.DataFrame, grenzen: Sequence[int]) -> tuple[Ints, Ints]:
    """(spell, day) at which the trait may change."""
    spells, dagen = [b.rijspell], [b.rijvanaf]
    if naam == LEEFTIJD:
        geboren = days_of(b.tabel["geboortedatum"], OPEN)
        for g in grenzen:
            spells.append(b.rijspell)
            dagen.append(birthday(geboren, g))
    else:
        eigen = historie.loc[historie["kenmerk"] == naam, ["client_id", "vanaf"]]
        paar = pd.DataFrame({"client_id": b.tabel["client_id"], "spell": b.rijspell}).drop_duplicates()
        paar = paar.merge(eigen, on="client_id")
        spells.append(paar["spell"].to_numpy(dtype=np.int64))
        dagen.append(days_of(paar["vanaf"], -OPEN))
    return np.concatenate(spells), np.concatenate(dagen)


def _groepcodes(
    b: _Basis, naam: str, historie: pd.DataFrame, config: Config, spell: Ints, dag: Ints
) -> tuple[Ints, list[str]]:
    if naam == LEEFTIJD:
        grenzen = config.monitor.leeftijden
        geboren = days_of(b.tabel["geboortedatum"], OPEN)[np.maximum(b.rijen.op(spell, dag), 0)]
        code = np.zeros(spell.size, dtype=np.int64)
        for g in grenzen:
            code += birthday(geboren, g) <= dag
        return code, [f"{LEEFTIJD}={n}" for n in leeftijdgroepen(grenzen)]
    waarden = _waarden(b, naam, historie, spell, dag)
    if waarden.dtype.kind in "if":
        waarden = np.array([f"{w:g}" for w in waarden], dtype=object)
    code, uniek = pd.factorize(waarden, sort=True)
    voor = "" if naam == LEEFVORM else f"{naam}="
    return np.asarray(code, dtype=np.int64), [f"{voor}{u}" for u in uniek]


def _frame(telling: Floats, groepen: Sequence[str], eerste: int) -> pd.DataFrame:
    m = telling.shape[2]
    return pd.DataFrame(
        {
            "maand": namen(range(eerste, eerste + m)) * len(groepen),
            "groep": np.repeat(np.array(groepen, dtype=object), m),
            **{k: telling[i].ravel() for i, k in enumerate(TELLINGEN)},
        }
    )


def eigen_reeks(
    uitkeringen: pd.DataFrame, historie: pd.DataFrame, config: Config, *, maanden: tuple[int, int]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Count households per month and group; months after the data seem to end (see `bereik`) are left out.

    Parameters
    ----------
    uitkeringen, historie : DataFrame
        As ``lees_bron`` gives them; only the regeling that is to be counted.
    config : Config
        For ``gat_dagen`` and ``[monitor]`` groepen and leeftijden.
    maanden : (int, int)
        First and last month, as numbers.

    Returns
    -------
    DataFrame, tuple of str
        maand, groep, uitkeringen, instroom, uitstroom; every group has every month. Sentences about months and groups
        that are not shown.
    """
    maanden, zinnen = _binnen_bereik(uitkeringen, config, maanden)
    b = _basis(uitkeringen, config)
    geldig = b.begin < b.eind
    begin, eind = b.begin[geldig], b.eind[geldig]
    een = np.ones(begin.size, dtype=np.int64)
    totaal = _tel(begin, eind, een, een, np.zeros(begin.size, dtype=np.int64), 1, maanden)
    delen = [_frame(totaal, [TOTAAL], maanden[0])]
    for naam in dict.fromkeys(config.monitor.groepen):
        bezwaar = _bezwaar(naam, b.tabel, historie)
        if bezwaar:
            zinnen.append(bezwaar)
            continue
        spell, van, tot = _stukken(b, *_wissels(b, naam, historie, config.monitor.leeftijden))
        code, groepen = _groepcodes(b, naam, historie, config, spell, van)
        if len(groepen) > MEESTE_GROEPEN:
            zinnen.append(
                f"Naar '{naam}' is niet uitgesplitst: er zijn {len(groepen)} waarden, meer dan {MEESTE_GROEPEN}."
            )
            continue
        begint, eindigt = (van == b.begin[spell]).astype(np.int64), (tot == b.eind[spell]).astype(np.int64)
        delen.append(_frame(_tel(van, tot, begint, eindigt, code, len(groepen), maanden), groepen, maanden[0]))
    return pd.concat(delen, ignore_index=True), tuple(zinnen)


def _binnen_bereik(
    uitkeringen: pd.DataFrame, config: Config, maanden: tuple[int, int]
) -> tuple[tuple[int, int], list[str]]:
    """Cut the months off in which nothing begins or ends because the export stopped: they are unknown, not quiet."""
    eerste, laatste = maanden
    b = bereik(uitkeringen, config.bron.venster_van, venstereinde(config))
    if b is None or b.heel_tot >= laatste:
        return maanden, []
    tot = f"{b.laatste:%d-%m-%Y}"
    zin = f"De uitkeringen lijken te lopen tot en met {tot}: latere maanden zijn onbekend en tellen niet mee."
    return (eerste, max(b.heel_tot, eerste - 1)), [zin]


def _bezwaar(naam: str, tabel: pd.DataFrame, historie: pd.DataFrame) -> str:
    """Why a trait gives no groups; empty when it does."""
    if naam == "klantmanager":
        return "Naar klantmanager wordt niet uitgesplitst: een monitor rangschikt geen personen."
    if naam != LEEFTIJD and naam not in tabel and not (historie["kenmerk"] == naam).any():
        return (
            f"Naar '{naam}' is niet uitgesplitst: het staat niet in de uitkeringen. Neem het op in [kenmerken] gebruik "
            "of haal het uit [monitor] groepen."
        )
    return ""
