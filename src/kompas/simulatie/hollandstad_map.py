"""The sample folder ``data/sample/hollandstad``: simulate, balance, add the other tables, write."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from kompas.simulatie.bevolking import beginstand, eerste_instroom, trek_bevolking
from kompas.simulatie.gemeente import Simulatie, kies_rijen
from kompas.simulatie.hollandstad import PEILDATUM, VENSTER_VAN, ZAAD, hollandstad_waarheid
from kompas.simulatie.hollandstad_doelen import INSTROOM, Pool, maak_marges
from kompas.simulatie.hollandstad_fasering import zet_fasering
from kompas.simulatie.hollandstad_geld import maak_budget, maak_macro, maak_referentie, maak_uitgaven, stand_en_stroom
from kompas.simulatie.hollandstad_tekst import KOMPAS_TOML
from kompas.simulatie.hollandstad_uitvoering import (
    maak_aanvragen,
    maak_capaciteit,
    maak_contracten,
    maak_taakstellingen,
    werk_inzet_bij,
)
from kompas.simulatie.schrijven import schrijf_waarheid
from kompas.simulatie.steekproef import kies_steekproef
from kompas.simulatie.tabellen import (
    client_ids,
    coefficienten_waar,
    effecten_waar,
    maak_gronden,
    maak_inzet,
    maak_uitkeringen,
    typen_waar,
)
from kompas.simulatie.tijd import dagnummer
from kompas.simulatie.verloop import loop_af, maak_tabellen
from kompas.simulatie.verwacht import bereken_verwacht

POOL = 26_000
REGISTRATIE_VAN = dt.date(2000, 1, 1)
AANVRAGEN_VAN = dt.date(2004, 1, 1)
_FACTOREN = ((1.0, 0.70), (0.92, 0.20), (0.60, 0.10))  # part of the norm: full, other income, kostendelers; share


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hollandstad:
    """The sample: the simulation, and all tables of the contract by name.

    Parameters
    ----------
    simulatie : Simulatie
        Spells and deployments as simulated, with the truth.
    tabellen : dict of str to DataFrame
        The twelve tables as they are written.
    """

    simulatie: Simulatie
    tabellen: dict[str, pd.DataFrame]


def _pool(rng: np.random.Generator) -> Pool:
    """Simulate more clients than Hollandstad has, and keep those seen in the window."""
    w = hollandstad_waarheid()
    einde = dagnummer(PEILDATUM) + 1
    bevolking = trek_bevolking(w, van=eerste_instroom(w, VENSTER_VAN), tot=einde, n=POOL, rng=rng)
    verloop = loop_af(maak_tabellen(w), beginstand(w, bevolking), einde=einde, rng=rng)
    alles = Pool(waarheid=w, bevolking=bevolking, verloop=verloop)
    gezien = np.unique(verloop.client[alles.weg > dagnummer(VENSTER_VAN)])
    return _deel(alles, gezien)


def _deel(p: Pool, wie: np.ndarray) -> Pool:
    nieuw = np.full(len(p.bevolking.begin), -1, dtype=np.int64)
    nieuw[wie] = np.arange(len(wie))
    return Pool(waarheid=p.waarheid, bevolking=p.bevolking.deel(wie), verloop=kies_rijen(p.verloop, nieuw))


def _steekproef(p: Pool) -> Pool:
    """Choose the clients of Hollandstad: their totals are those of the essay."""
    n = len(p.bevolking.begin)
    instroom = sum(map(sum, INSTROOM))
    trekking = round(n * instroom / int((p.begin >= dagnummer(VENSTER_VAN)).sum()))
    return _deel(p, kies_steekproef(maak_marges(p), n=n, trekking=trekking, zaad=ZAAD))


def _korte_ids(tabel: pd.DataFrame) -> pd.DataFrame:
    """Return the table with five digits in every pseudonym."""
    kolommen = [k for k in ("client_id", "huishouden_id") if k in tabel]
    return tabel.assign(**{k: tabel[k].str.replace("H0", "H", n=1) for k in kolommen})


def _exporteer(sim: Simulatie) -> Simulatie:
    """Keep what an export since 2000 holds: periods that still ran then, and deployments begun since then."""
    van = pd.Timestamp(REGISTRATIE_VAN)
    u = sim.uitkeringen[~(sim.uitkeringen["einddatum"] < van)]
    inzet, gronden = sim.inzet[sim.inzet["begindatum"] >= van], sim.gronden[sim.gronden["grond_datum"] >= van]
    tabellen = {"uitkeringen": u, "inzet": inzet, "gronden": gronden, "clienten": sim.clienten}
    tabellen |= {"verwacht": sim.verwacht}
    kort = {naam: _korte_ids(t.reset_index(drop=True)) for naam, t in tabellen.items()}
    return replace(sim, volledig_vanaf=REGISTRATIE_VAN, **kort)


def simuleer_hollandstad() -> Simulatie:
    """Simulate Hollandstad: fixed seed, committed calibration.

    Examples
    --------
    >>> sim = simuleer_hollandstad()
    >>> int(sim.uitkeringen["einddatum"].isna().sum())
    2700
    """
    rng = np.random.Generator(np.random.PCG64(ZAAD))
    p = _steekproef(_pool(rng))
    w, b, v = p.waarheid, p.bevolking, p.verloop
    uitkeringen = maak_uitkeringen(w, b, v, peildatum=PEILDATUM, rng=rng)
    inzet = maak_inzet(w, v, peildatum=PEILDATUM, rng=rng)
    clienten = pd.DataFrame({"client_id": client_ids(len(b.begin)), "type": b.type + 1})
    sim = Simulatie(
        uitkeringen=uitkeringen,
        inzet=inzet,
        gronden=maak_gronden(w, uitkeringen, inzet, peildatum=PEILDATUM, rng=rng),
        clienten=clienten,
        effecten=effecten_waar(w),
        coefficienten=coefficienten_waar(w),
        typen=typen_waar(w),
        verwacht=bereken_verwacht(w, uitkeringen, inzet, clienten, peildatum=PEILDATUM),
        waarheid=w,
        zaad=ZAAD,
        venster_van=VENSTER_VAN,
        peildatum=PEILDATUM,
        volledig_vanaf=VENSTER_VAN,
    )
    return _exporteer(sim)


def _uitkeringen(sim: Simulatie, rng: np.random.Generator) -> pd.DataFrame:
    """Give every spell its own amount; drop what is the same for all."""
    factor, kans = np.array(_FACTOREN).T
    plek = np.searchsorted(np.cumsum(kans), rng.random(len(sim.uitkeringen)), side="right")
    bedrag = sim.uitkeringen["bedrag_maand"].to_numpy() * factor[np.minimum(plek, len(factor) - 1)]
    return sim.uitkeringen.drop(columns=["regeling"]).assign(bedrag_maand=np.round(bedrag, 2))


def maak_hollandstad() -> Hollandstad:
    """Make the sample Hollandstad in memory: the same tables every time."""
    sim = simuleer_hollandstad()
    rng = np.random.Generator(np.random.PCG64(ZAAD + 1))
    peildag = dagnummer(PEILDATUM)
    uitkeringen, historie = zet_fasering(_uitkeringen(sim, rng), peildatum=pd.Timestamp(PEILDATUM), rng=rng)
    inzet = werk_inzet_bij(sim.inzet, peildag=peildag, rng=rng)
    uitgaven = maak_uitgaven(stand_en_stroom(uitkeringen))
    tabellen = {
        "uitkeringen": uitkeringen,
        "inzet": inzet,
        "gronden": sim.gronden,
        "kenmerken_historie": historie,
        "aanvragen": maak_aanvragen(uitkeringen, inzet, vanaf=dagnummer(AANVRAGEN_VAN), peildag=peildag, rng=rng),
        "uitgaven": uitgaven,
        "budget": maak_budget(),
        "macro": maak_macro(uitgaven),
        "referentie": maak_referentie(uitkeringen, uitgaven),
        "taakstellingen": maak_taakstellingen(),
        "contracten": maak_contracten(inzet),
        "capaciteit": maak_capaciteit(),
    }
    return Hollandstad(simulatie=sim, tabellen=tabellen)


def schrijf_csv(tabel: pd.DataFrame, pad: Path) -> None:
    """Write a table: comma, UTF-8, ISO dates, lines end in a newline."""
    tabel.to_csv(pad, index=False, encoding="utf-8", date_format="%Y-%m-%d", lineterminator="\n")


def schrijf_hollandstad(stad: Hollandstad, doel: Path) -> Path:
    """Write the sample folder; what is there is replaced, but for ``LEESMIJ.md``.

    Parameters
    ----------
    stad : Hollandstad
        What ``maak_hollandstad`` returned.
    doel : path
        ``bron/``, ``waarheid/`` and ``kompas.toml`` come in it.
    """
    for deel in ("bron", "waarheid"):
        shutil.rmtree(doel / deel, ignore_errors=True)
    (doel / "bron").mkdir(parents=True)
    for naam, tabel in stad.tabellen.items():
        schrijf_csv(tabel, doel / "bron" / f"{naam}.csv")
    sim = stad.simulatie
    compact = sim.verwacht.round(3)
    schrijf_waarheid(replace(sim, verwacht=compact), doel)
    (doel / "kompas.toml").write_text(KOMPAS_TOML, encoding="utf-8", newline="\n")
    return doel
