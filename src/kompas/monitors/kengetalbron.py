"""Spells, units and months laid out for counting: events to (units, months) arrays without a loop over persons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.models.calendar import add_months, first_day, month_of, to_day
from kompas.models.design import Floats, Ints
from kompas.monitors.maanden import namen
from kompas.monitors.taakstelling import MANAGEMENT
from kompas.panel import aow_van_delen
from kompas.perioden import OPEN, Perioden, maak_perioden, op_volgorde, venster

TERUG_MAANDEN = 60  # months before the first reported one that are counted as well, for shares of a year
_EENHEDEN = ("afdeling", "team", "klantmanager")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kern:
    """What every kengetal counts from; S spells, U units, L leaves, T months.

    Parameters
    ----------
    bestand : Bestand
        ``uitkeringen`` in the order to which ``rij`` points.
    config : Config
    perioden : Perioden
    spell : (S,) int
        Rows of ``perioden.spells``: those that begin below the AOW age.
    begin, eind : (S,) int
        First day, and first day without entitlement (at the AOW age at the latest; ``OPEN`` when running).
    oorzaak : (S,) str
        werk, handhaving, overig, aow; empty when running.
    volgende : (S,) int
        Begin of the next spell of the client; ``OPEN`` = none.
    rij : (S,) int
        Last row in ``uitkeringen``.
    blad : (S,) int
        Leaf: combination of afdeling, team and whether it is the chosen klantmanager.
    eenheden : DataFrame
        niveau, eenheid: U rows, management first.
    lid : (U, L) bool
        Which leaf belongs to which unit.
    afdeling_van : Series
        afdeling per team name, the one with most spells.
    maanden : (T,) int
        Months, from ``TERUG_MAANDEN`` before the first reported one as far as the window reaches.
    eerste : int
        Place of the first reported month.
    """

    bestand: Bestand
    config: Config
    perioden: Perioden
    spell: Ints
    begin: Ints
    eind: Ints
    oorzaak: npt.NDArray[np.object_]
    volgende: Ints
    rij: Ints
    blad: Ints
    eenheden: pd.DataFrame
    lid: npt.NDArray[np.bool_]
    afdeling_van: pd.Series
    maanden: Ints
    eerste: int

    @property
    def aantal_maanden(self) -> int:
        """T."""
        return int(self.maanden.size)

    @property
    def eerste_dag(self) -> Ints:
        """First day of each month, (T,)."""
        return first_day(self.maanden)

    @property
    def laatste_dag(self) -> Ints:
        """Last day of each month, (T,)."""
        return first_day(self.maanden + 1) - 1

    @property
    def jaren(self) -> Ints:
        """Year of each month, (T,)."""
        return self.maanden // 12

    @property
    def getoond(self) -> list[str]:
        """The reported months."""
        return namen(self.maanden[self.eerste :])

    def bladeren(self, blad: Ints, dag: Ints, gewicht: Floats | None = None) -> Floats:
        """Sum events by leaf and month of their day, (L, T); events outside the months fall away."""
        plek = month_of(dag) - self.maanden[0]
        raak = (plek >= 0) & (plek < self.aantal_maanden)
        n = self.lid.shape[1]
        w = None if gewicht is None else gewicht[raak]
        telling = np.bincount(blad[raak] * self.aantal_maanden + plek[raak], w, n * self.aantal_maanden)
        return np.asarray(telling.reshape(n, self.aantal_maanden), dtype=np.float64)

    def tel(self, blad: Ints, dag: Ints, gewicht: Floats | None = None) -> Floats:
        """Sum events by unit and month, (U, T)."""
        return np.asarray(self.lid.astype(np.float64) @ self.bladeren(blad, dag, gewicht), dtype=np.float64)

    def stand(self, blad: Ints, van: Ints, tot: Ints) -> Floats:
        """Count what runs on the last day of each month and the day after, by unit: [van, tot), (U, T)."""
        n, t = self.lid.shape[1], self.aantal_maanden
        verschil = np.zeros(n * (t + 1))
        for dag, teken in ((van, 1.0), (tot - 1, -1.0)):
            plek = np.clip(month_of(np.minimum(dag, self.laatste_dag[-1] + 1)) - self.maanden[0], 0, t)
            verschil += teken * np.bincount(blad * (t + 1) + plek, minlength=n * (t + 1))
        per_blad = np.cumsum(verschil.reshape(n, t + 1), axis=1)[:, :t]
        return np.asarray(self.lid.astype(np.float64) @ per_blad, dtype=np.float64)


def jaar_tot_nu(stroom: Floats, maanden: Ints) -> Floats:
    """Sum within the calendar year up to each month, (..., T); nan in a year of which January is not there.

    Examples
    --------
    >>> jaar_tot_nu(np.ones((1, 14)), np.arange(23999, 24013))[0, [0, 1, 12, 13]]
    array([nan,  1., 12.,  1.])
    """
    uit = np.full(stroom.shape, np.nan)
    jaar = maanden // 12
    for j in np.unique(jaar):
        hier = np.flatnonzero(jaar == j)
        if maanden[hier[0]] % 12 == 0:
            uit[..., hier] = np.cumsum(stroom[..., hier], axis=-1)
    return uit


def laatste_twaalf(stroom: Floats) -> Floats:
    """Sum of twelve months up to each month, (..., T); nan for the first eleven.

    Examples
    --------
    >>> laatste_twaalf(np.ones((1, 13)))[0, [10, 11, 12]]
    array([nan, 12., 12.])
    """
    uit = np.full(stroom.shape, np.nan)
    if stroom.shape[-1] >= 12:
        som = np.cumsum(stroom, axis=-1)
        uit[..., 11:] = som[..., 11:]
        uit[..., 12:] -= som[..., :-12]
    return uit


def schuif(stroom: Floats, maanden: int) -> Floats:
    """Move months ahead, (..., T): what happened in a month is shown so many months later; nan before."""
    uit = np.full(stroom.shape, np.nan)
    if maanden == 0:
        return stroom
    uit[..., maanden:] = stroom[..., :-maanden]
    return uit


def maandreeks(config: Config, *, tot: int | None = None) -> tuple[Ints, int]:
    """Months that are counted, and the place of the first that is reported.

    Reported are the months of the year of the peildatum, up to the last complete one, and the twelve months before
    that year; none before ``venster_van``.

    Parameters
    ----------
    config : Config
    tot : int, optional
        First day that is not observed; by default the end of the window.

    Raises
    ------
    GebruiksFout
        ``KMP-Z502`` when not one month is complete.
    """
    einde = venster(config)[1] if tot is None else tot
    dag = np.array([einde, to_day(config.bron.venster_van)], dtype=np.int64)
    laatste, begin = (int(m) for m in month_of(dag))
    laatste -= 1
    begin += int(first_day(np.array([begin], dtype=np.int64))[0] < dag[1])
    if begin > laatste:
        raise GebruiksFout(
            "KMP-Z502",
            "tussen venster_van en de peildatum ligt geen hele maand, dus er is geen kengetal te tellen. Zet "
            "venster_van onder [bron] eerder of kies een latere peildatum.",
        )
    eerste = max(begin, 12 * (config.gemeente.peildatum.year - 1))
    eerste = min(eerste, laatste)
    start = max(begin, eerste - TERUG_MAANDEN)
    return np.arange(start, laatste + 1, dtype=np.int64), eerste - start


def _bladen(
    tabel: pd.DataFrame, gemeente: str, klantmanager: str | None
) -> tuple[Ints, pd.DataFrame, npt.NDArray[np.bool_]]:
    """Leaf per row, units, and which leaf belongs to which unit."""
    tekst = {k: tabel[k].astype(object).where(tabel[k].notna(), "").astype(str) for k in _EENHEDEN}
    eigen = (tekst["klantmanager"] == klantmanager) if klantmanager is not None else pd.Series(False, index=tabel.index)
    sleutel = pd.DataFrame({"afdeling": tekst["afdeling"], "team": tekst["team"], "eigen": eigen})
    namen_ = list(sleutel.columns)
    code = sleutel.groupby(namen_, sort=True).ngroup().to_numpy(dtype=np.int64)
    delen = sleutel.drop_duplicates().sort_values(namen_, kind="stable", ignore_index=True)
    if klantmanager is not None:
        eenheden = pd.DataFrame({"niveau": ["klantmanager"], "eenheid": [klantmanager]})
        lid = delen["eigen"].to_numpy(dtype=bool)[None, :]
        return code, eenheden, lid
    rijen, leden = [(MANAGEMENT, gemeente)], [np.ones(len(delen), dtype=bool)]
    for niveau, kolom in (("teamleider", "afdeling"), ("team", "team")):
        for naam in sorted(set(delen[kolom]) - {""}):
            rijen.append((niveau, naam))
            leden.append((delen[kolom] == naam).to_numpy())
    return code, pd.DataFrame(rijen, columns=["niveau", "eenheid"]), np.array(leden)


def maak_kern(bestand: Bestand, config: Config, *, klantmanager: str | None = None) -> Kern:
    """Lay out spells, units and months.

    Parameters
    ----------
    bestand : Bestand
    config : Config
    klantmanager : str, optional
        Count for this one klantmanager only; by default nobody is counted apart.

    Raises
    ------
    GebruiksFout
        ``KMP-Z501`` when the klantmanager has no row, ``KMP-Z502`` without a complete month.
    """
    maanden, eerste = maandreeks(config)
    uitkeringen = op_volgorde(bestand.uitkeringen)
    if klantmanager is not None and not (uitkeringen["klantmanager"].astype(str) == klantmanager).any():
        raise GebruiksFout(
            "KMP-Z501",
            "deze klantmanager staat bij geen enkele uitkering. Schrijf de naam of code precies zoals in de kolom "
            "klantmanager van uitkeringen.",
        )
    perioden = maak_perioden(uitkeringen, bestand.inzet, config)
    s, delen = perioden.spells, perioden.delen["spell"].to_numpy(dtype=np.int64)
    staart = np.r_[delen[1:] != delen[:-1], True] if delen.size else np.zeros(0, dtype=bool)
    aow = aow_van_delen(perioden, uitkeringen)[staart]
    begin, eind = (s[k].to_numpy(dtype=np.int64) for k in ("begin", "eind"))
    client = pd.factorize(s["client_id"], sort=True)[0]
    volgende = np.r_[np.where(client[1:] == client[:-1], begin[1:], OPEN), OPEN][: begin.size]
    mee = np.flatnonzero(begin < aow)
    rij = s["rij"].to_numpy(dtype=np.int64)[mee]
    oorzaak = s["bestemming"].to_numpy(dtype=object)[mee]
    oorzaak = np.where(aow[mee] < eind[mee], "aow", np.where(pd.isna(oorzaak), "", oorzaak))
    code, eenheden, lid = _bladen(uitkeringen, config.gemeente.naam, klantmanager)
    paar = uitkeringen.loc[uitkeringen["team"].notna() & uitkeringen["afdeling"].notna(), ["team", "afdeling"]]
    telling = paar.value_counts(sort=False).rename("n").reset_index().sort_values(["team", "n"], kind="stable")
    return Kern(
        bestand=replace(bestand, uitkeringen=uitkeringen),
        config=config,
        perioden=perioden,
        spell=mee,
        begin=begin[mee],
        eind=np.minimum(eind, np.where(aow < eind, aow, OPEN))[mee],
        oorzaak=oorzaak,
        volgende=volgende[mee],
        rij=rij,
        blad=code[rij],
        eenheden=eenheden,
        lid=lid,
        afdeling_van=telling.drop_duplicates("team", keep="last").set_index("team")["afdeling"],
        maanden=maanden,
        eerste=eerste,
    )


def op_spell(kern: Kern, nummer: npt.ArrayLike) -> Ints:
    """Place among the S spells of rows of ``perioden.spells``; -1 for spells that do not count."""
    kaart = np.full(len(kern.perioden.spells), -1, dtype=np.int64)
    kaart[kern.spell] = np.arange(kern.spell.size)
    return kaart[np.asarray(nummer, dtype=np.int64)]


def met_meter(config: Config, *, handhaving: bool) -> list[int]:
    """Places of the instruments of meter handhaving, or of all others."""
    return [k for k, i in enumerate(config.instrument) if (i.meter == "handhaving") == handhaving]


def maanden_later(dag: Ints, maanden: int) -> Ints:
    """Day plus months; ``OPEN`` stays open."""
    veilig = np.where(dag < OPEN, dag, 0)
    return np.where(dag < OPEN, add_months(veilig, maanden), OPEN)
