"""What happened with the advice: who started, and who left to work, by what was advised and decided. Counts only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config
from kompas.models.aalen_johansen import aalen_johansen
from kompas.models.calendar import add_months, days_of
from kompas.models.design import Floats, Ints
from kompas.perioden import OPEN, Perioden, maak_perioden, op_volgorde, venster
from kompas.registeroverzicht import SLEUTELS, geldende, verberg
from kompas.toonbaar import Toonbaar
from kompas.uitstroom import maanden_tussen

STARTTIJD = 3  # months within which a start counts as following
JAAR = 12
GESTART = ("ja", "nee", "nog_onbekend")
AOW = "03"
KOLOMMEN = [*SLEUTELS, "gestart_3m", "aantal", "naar_werk_12m", "verborgen"]
BESCHRIJVEND = (
    "Dit beschrijft wat er gebeurde. Het is niet het effect van het advies of van het instrument: wie een advies "
    "volgt, wie ervan afwijkt en wie start, verschillen ook op andere punten. Wie snel vertrekt, kan bovendien niet "
    "meer starten."
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Adviesgebruik(Toonbaar, tabel="tabel"):
    """How advice was used and what came of it; holds no row about a person.

    Parameters
    ----------
    tabel : DataFrame
        One row per instrument x advies x besluit x gestart_3m (``ja``: that instrument began within three months after
        the decision; ``nog_onbekend``: three months have not passed): aantal (clients), naar_werk_12m (chance to have
        left to work twelve months after the decision, 0-1, Aalen-Johansen: who is not yet followed for a year counts as
        far as he is followed), verborgen. Empty where hidden or where nobody was followed for a year.
    zinnen : tuple of str
        How many decisions there were, which do not count and why, and what these figures are not.
    """

    tabel: pd.DataFrame
    zinnen: tuple[str, ...]


def adviesgebruik(records: pd.DataFrame, bestand: Bestand, config: Config) -> Adviesgebruik:
    """Follow the clients of a register in the data of this herijking.

    Parameters
    ----------
    records : DataFrame
        As `kompas.adviesregister.Adviesregister.toon` gives them.
    bestand : Bestand
        Accepted rows; nothing of them is kept.
    config : Config

    Returns
    -------
    Adviesgebruik

    Notes
    -----
    One client and one advice count once, with the last decision. A client is followed from the day of the decision to
    the end of the window; reaching the AOW age ends the following, other exits compete with work.
    """
    a = geldende(records)
    gewist = int(a["client_id"].isna().sum())
    a = a[a["client_id"].notna()].reset_index(drop=True)
    _, tot = venster(config)
    dag = days_of(pd.to_datetime(a["besluitdatum"], format="%Y-%m-%d"), OPEN)
    op_tijd = dag < tot
    laat = int((~op_tijd).sum())
    a, dag = a[op_tijd].reset_index(drop=True), dag[op_tijd]
    uitkeringen = op_volgorde(bestand.uitkeringen)
    perioden = maak_perioden(uitkeringen, bestand.inzet, config)
    spell = _spell_op(perioden, uitkeringen, a["client_id"], dag)
    weg = int((spell < 0).sum())
    a, dag, spell = a[spell >= 0].reset_index(drop=True), dag[spell >= 0], spell[spell >= 0]
    tabel = _tel(a, _gestart(perioden, config, a["instrument"], spell, dag, tot), *_volg(perioden, spell, dag, tot))
    return Adviesgebruik(tabel=tabel, zinnen=_zinnen(a, gewist=gewist, laat=laat, weg=weg))


def _spell_op(perioden: Perioden, uitkeringen: pd.DataFrame, client: pd.Series[str], dag: Ints) -> Ints:
    """The spell of each client on a day; -1 when there is none."""
    s, delen = perioden.spells, perioden.delen
    eigenaar = uitkeringen["client_id"].to_numpy()[delen["rij"].to_numpy(dtype=np.int64)]
    paren = pd.DataFrame({"client_id": eigenaar, "spell": delen["spell"].to_numpy(dtype=np.int64)}).drop_duplicates()
    vraag = pd.DataFrame({"client_id": client.to_numpy(), "dag": dag, "plek": np.arange(dag.size)})
    raak = vraag.merge(paren, on="client_id")
    nummer = raak["spell"].to_numpy(dtype=np.int64)
    binnen = (s["begin"].to_numpy()[nummer] <= raak["dag"]) & (raak["dag"] < s["eind"].to_numpy()[nummer])
    uit = np.full(dag.size, -1, dtype=np.int64)
    uit[raak.loc[binnen, "plek"].to_numpy(dtype=np.int64)] = nummer[binnen.to_numpy()]
    return uit


def _gestart(
    perioden: Perioden, config: Config, instrument: pd.Series[str], spell: Ints, dag: Ints, tot: int
) -> Sequence[str]:
    """Whether that instrument began within three months after the decision."""
    code = {i.code: k for k, i in enumerate(config.instrument)}
    index = np.array([code.get(str(i), -1) for i in instrument], dtype=np.int64)
    grens = add_months(dag, STARTTIJD)
    inzet = perioden.inzetten[["spell", "instrument", "start"]]
    vraag = pd.DataFrame({"spell": spell, "instrument": index, "dag": dag, "grens": grens, "plek": np.arange(dag.size)})
    raak = vraag.merge(inzet, on=["spell", "instrument"])
    binnen = (raak["start"] >= raak["dag"]) & (raak["start"] < np.minimum(raak["grens"], tot))
    begonnen = np.zeros(dag.size, dtype=bool)
    begonnen[raak.loc[binnen, "plek"].to_numpy(dtype=np.int64)] = True
    nog = ~begonnen & (perioden.spells["eind"].to_numpy()[spell] >= tot) & (grens > tot)
    return list(np.select([begonnen, nog], [GESTART[0], GESTART[2]], default=GESTART[1]))


def _volg(perioden: Perioden, spell: Ints, dag: Ints, tot: int) -> tuple[Floats, Ints]:
    """Months followed after the decision, and by which bestemming it ended (0 = still on benefit, or AOW)."""
    s = perioden.spells
    eind = s["eind"].to_numpy(dtype=np.int64)[spell]
    bestemming = s["bestemming"].to_numpy(dtype=object)[spell]
    nummer = np.array([BESTEMMINGEN.index(b) + 1 if b in BESTEMMINGEN else 0 for b in bestemming], dtype=np.int64)
    aow = s["reden"].astype(str).to_numpy()[spell] == AOW
    event = np.where((eind < tot) & ~aow, nummer, 0)
    return np.maximum(maanden_tussen(dag, np.minimum(eind, tot)), 1e-6), event


def _kans(maanden: Floats, event: Ints) -> float:
    """Chance to have left to work after a year; nan when nobody was followed that long and some still could leave."""
    aj = aalen_johansen(np.zeros(maanden.size), maanden, event, len(BESTEMMINGEN))
    if maanden.max() < JAAR and not (aj.survival.size and aj.survival[-1] < 1e-12):
        return float("nan")
    return float(aj.at(np.array([float(JAAR)]))[BESTEMMINGEN.index("werk"), 0])


def _tel(a: pd.DataFrame, gestart: Sequence[str], maanden: Floats, event: Ints) -> pd.DataFrame:
    """Count per cell; small cells hidden, and so many others that no sum gives them away."""
    sleutels = [*SLEUTELS, "gestart_3m"]
    cellen = a[SLEUTELS].assign(gestart_3m=list(gestart), maanden=maanden, event=event, client_id=a["client_id"])
    rijen = [
        (
            *sleutel,
            int(deel["client_id"].nunique()),
            _kans(deel["maanden"].to_numpy(dtype=np.float64), deel["event"].to_numpy(dtype=np.int64)),
        )
        for sleutel, deel in cellen.groupby(sleutels, sort=True)
    ]
    tabel = pd.DataFrame(rijen, columns=[*sleutels, "aantal", "naar_werk_12m"])
    aantal = tabel["aantal"].to_numpy(dtype=np.int64)
    weg = verberg(aantal, list(zip(*(tabel[k] for k in SLEUTELS), strict=True)))
    weg |= verberg(np.where(weg, np.minimum(aantal, 9), aantal), list(tabel["instrument"]))
    return tabel.assign(
        aantal=tabel["aantal"].astype("Int64").mask(weg),
        naar_werk_12m=tabel["naar_werk_12m"].astype("float64").mask(weg),
        verborgen=weg,
    )[KOLOMMEN]


def _zinnen(a: pd.DataFrame, *, gewist: int, laat: int, weg: int) -> tuple[str, ...]:
    uit = [f"In het register staan {len(a)} besluiten over adviezen die in deze gegevens te volgen zijn."]
    telling = {
        "zijn van na het einde van het venster": laat,
        "gaan over klanten die op die dag niet in deze gegevens staan": weg,
        "zijn gewist": gewist,
    }
    uit += [f"{n} besluiten {wat} en tellen niet mee." for wat, n in telling.items() if n]
    return (*uit, BESCHRIJVEND)
