"""``simuleer_gemeente``: a municipality with a known truth, by real stock sampling."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout
from kompas.simulatie.bevolking import Bevolking, beginstand, eerste_instroom, trek_bevolking
from kompas.simulatie.tabellen import (
    client_ids,
    coefficienten_waar,
    effecten_waar,
    maak_gronden,
    maak_inzet,
    maak_uitkeringen,
    registreer_inzet,
    typen_waar,
)
from kompas.simulatie.tijd import Ints, als_datums, dagnummer
from kompas.simulatie.verloop import Tabellen, Verloop, loop_af, maak_tabellen
from kompas.simulatie.verwacht import bereken_verwacht
from kompas.simulatie.waarheid import Waarheid
from kompas.toonbaar import Toonbaar

_MINSTE_PARTIJ = 200
_GROOTSTE_PARTIJ = 200_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Simulatie(Toonbaar, tabel="effecten"):
    """A simulated municipality: tables of the contract, and the truth behind them.

    Parameters
    ----------
    uitkeringen, inzet, gronden : DataFrame
        Tables as in the contract, section 1; dates are ``datetime64[ns]``.
    clienten : DataFrame
        client_id, type (from 1): the unobserved type of each client.
    effecten, coefficienten, typen : DataFrame
        The true parameters as tables.
    verwacht : DataFrame
        Per running client the true expectations, see ``bereken_verwacht``; empty when not asked for.
    waarheid : Waarheid
        The parameters.
    zaad : int
        The seed.
    venster_van, peildatum, volledig_vanaf : date
        Window, and the first day of simulated inflow and deployments.
    """

    uitkeringen: pd.DataFrame
    inzet: pd.DataFrame
    gronden: pd.DataFrame
    clienten: pd.DataFrame
    effecten: pd.DataFrame
    coefficienten: pd.DataFrame
    typen: pd.DataFrame
    verwacht: pd.DataFrame
    waarheid: Waarheid
    zaad: int
    venster_van: dt.date
    peildatum: dt.date
    volledig_vanaf: dt.date


def kies_rijen(v: Verloop, nieuw: Ints) -> Verloop:
    """Keep the clients with a new number (>= 0) and give it to them."""
    houd, houd_inzet = nieuw[v.client] >= 0, nieuw[v.inzet_client] >= 0
    return Verloop(
        client=nieuw[v.client[houd]],
        begin=v.begin[houd],
        einddag=v.einddag[houd],
        reden=[v.reden[i] for i in np.flatnonzero(houd)],
        inzet_client=nieuw[v.inzet_client[houd_inzet]],
        inzet_instrument=v.inzet_instrument[houd_inzet],
        inzet_begin=v.inzet_begin[houd_inzet],
        inzet_aanmeld=v.inzet_aanmeld[houd_inzet],
        inzet_spell=v.inzet_spell[houd_inzet],
    )


def _voeg_samen(delen: list[tuple[Bevolking, Verloop]]) -> tuple[Bevolking, Verloop]:
    aantallen = np.cumsum([0, *(len(b.begin) for b, _ in delen)])
    eerste = delen[0][0]
    bevolking = Bevolking(
        begin=np.concatenate([b.begin for b, _ in delen]),
        geboorte=np.concatenate([b.geboorte for b, _ in delen]),
        type=np.concatenate([b.type for b, _ in delen]),
        kenmerken={k: np.concatenate([b.kenmerken[k] for b, _ in delen]) for k in eerste.kenmerken},
    )
    verschoven = [
        replace(v, client=v.client + n, inzet_client=v.inzet_client + n)
        for (_, v), n in zip(delen, aantallen[:-1], strict=True)
    ]
    velden = [f.name for f in fields(Verloop) if f.name != "reden"]
    kolommen = {naam: np.concatenate([getattr(v, naam) for v in verschoven]) for naam in velden}
    return bevolking, Verloop(**kolommen, reden=[r for v in verschoven for r in v.reden])


def _partij(
    w: Waarheid, tab: Tabellen, *, n: int, hoogstens: int, van: int, venster: int, einde: int, rng: np.random.Generator
) -> tuple[Bevolking, Verloop]:
    """Simulate n clients from their first inflow; keep at most ``hoogstens`` of those seen in the window."""
    bevolking = trek_bevolking(w, van=van, tot=einde, n=n, rng=rng)
    verloop = loop_af(tab, beginstand(w, bevolking), einde=einde, rng=rng)
    gezien = np.zeros(n, dtype=bool)
    gezien[verloop.client[verloop.einddag >= venster]] = True
    wie = np.flatnonzero(gezien)[:hoogstens]
    nieuw = np.full(n, -1, dtype=np.int64)
    nieuw[wie] = np.arange(len(wie))
    return bevolking.deel(wie), kies_rijen(verloop, nieuw)


def _simuleer_clienten(
    w: Waarheid, *, clienten: int, van: int, venster: int, einde: int, rng: np.random.Generator
) -> tuple[Bevolking, Verloop]:
    """Simulate inflow in batches until exactly ``clienten`` of them were seen in the window."""
    tab = maak_tabellen(w)
    delen: list[tuple[Bevolking, Verloop]] = []
    gezien = gedaan = 0
    n = max(_MINSTE_PARTIJ, clienten // 2)
    while gezien < clienten:
        deel = _partij(w, tab, n=n, hoogstens=clienten - gezien, van=van, venster=venster, einde=einde, rng=rng)
        delen.append(deel)
        gezien += len(deel[0].begin)
        gedaan += n
        nodig = 1.03 * (clienten - gezien) * gedaan / max(gezien, 1)
        n = int(np.clip(nodig, _MINSTE_PARTIJ, _GROOTSTE_PARTIJ))
    return _voeg_samen(delen)


def _controleer_vraag(clienten: int, venster_van: dt.date, peildatum: dt.date) -> None:
    if clienten < 1:
        raise GebruiksFout("KMP-S003", f"het aantal clienten is {clienten}; kies er minstens 1.")
    if venster_van > peildatum:
        raise GebruiksFout(
            "KMP-S003", f"venster_van {venster_van} ligt na de peildatum {peildatum}; kies een eerdere dag."
        )
    if not 1950 <= venster_van.year <= peildatum.year <= 2100:
        raise GebruiksFout(
            "KMP-S003", "de simulatie kent de jaren 1950 tot en met 2100; kies venster en peildatum daarin."
        )


def simuleer_gemeente(
    waarheid: Waarheid,
    *,
    zaad: int,
    clienten: int,
    venster_van: dt.date = dt.date(2001, 1, 1),
    peildatum: dt.date = dt.date(2007, 6, 30),
    met_verwacht: bool = True,
) -> Simulatie:
    """Simulate a municipality with a known truth.

    Inflow starts ``waarheid.voorloop_jaren`` before the window; clients with a spell that touches the window are
    kept, with all their earlier spells and deployments. Clients are independent and identically distributed.

    Parameters
    ----------
    waarheid : Waarheid
        All parameters, see ``standaard_waarheid``.
    zaad : int
        Seed: the same seed gives the same tables.
    clienten : int
        Number of clients in ``uitkeringen`` (exact).
    venster_van, peildatum : date
        First and last observed day.
    met_verwacht : bool
        Also compute the true expectations per running client (skip it in simulation studies).

    Raises
    ------
    GebruiksFout
        ``KMP-S003`` for an impossible number of clients or window.

    Examples
    --------
    >>> from kompas.simulatie import simuleer_gemeente, standaard_waarheid
    >>> sim = simuleer_gemeente(standaard_waarheid(), zaad=1, clienten=40, met_verwacht=False)
    >>> sim.uitkeringen["client_id"].nunique()
    40
    """
    _controleer_vraag(clienten, venster_van, peildatum)
    rng = np.random.Generator(np.random.PCG64(zaad))
    van = eerste_instroom(waarheid, venster_van)
    venster, einde = dagnummer(venster_van), dagnummer(peildatum) + 1
    bevolking, verloop = _simuleer_clienten(waarheid, clienten=clienten, van=van, venster=venster, einde=einde, rng=rng)
    uitkeringen = maak_uitkeringen(waarheid, bevolking, verloop, peildatum=peildatum, rng=rng)
    inzet = maak_inzet(waarheid, verloop, peildatum=peildatum, rng=rng)
    tabel = pd.DataFrame({"client_id": client_ids(clienten), "type": bevolking.type + 1})
    verwacht = pd.DataFrame({"client_id": pd.Series(dtype=str)})
    if met_verwacht:
        verwacht = bereken_verwacht(waarheid, uitkeringen, inzet, tabel, peildatum=peildatum)
    inzet = registreer_inzet(waarheid, inzet, peildatum=peildatum)
    return Simulatie(
        uitkeringen=uitkeringen,
        inzet=inzet,
        gronden=maak_gronden(waarheid, uitkeringen, inzet, peildatum=peildatum, rng=rng),
        clienten=tabel,
        effecten=effecten_waar(waarheid),
        coefficienten=coefficienten_waar(waarheid),
        typen=typen_waar(waarheid),
        verwacht=verwacht,
        waarheid=waarheid,
        zaad=zaad,
        venster_van=venster_van,
        peildatum=peildatum,
        volledig_vanaf=als_datums(np.array([van])).astype("datetime64[D]").tolist()[0],
    )
