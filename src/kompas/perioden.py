"""Rows of the tables to spells and deployments: what is one period on benefit, what is one deployment.

Spells: two rows of a client with a gap shorter than ``gat_dagen`` are one spell; a spell that ends by takeover (codes
02 and 97) goes on when a partner of the same household follows within that gap. Deployments: rows of one client and
instrument that overlap or lie within 30 days are one. Its phases go on in later spells of the client, and a partner's
deployment counts for the spells of the household.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import Config
from kompas.models.calendar import add_months, days_of, to_day
from kompas.models.design import Ints

OPEN = 2**31 - 1  # day number of an end that has not come
OVERNAME = ("02", "97")
INZET_GAT = 30  # days within which two rows of one instrument are one deployment


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Perioden:
    """Spells and deployments.

    Parameters
    ----------
    spells : DataFrame
        One row per spell, sorted by client and begin: client_id, begin, eind (first day without entitlement, ``OPEN``
        when running), bestemming and reden (None when running), eerdere_spells, rij (position in ``uitkeringen`` of
        the last row, for units and amounts).
    delen : DataFrame
        One row per recipient within a spell: spell, vanaf (day), rij (position in ``uitkeringen``), whose traits hold.
    inzetten : DataFrame
        One row per deployment and spell it matters for: inzet (number of the deployment), spell, instrument (index in
        the config), start (from when the client knew), begin (first day),
        gepland (planned end), stop (actual end, ``OPEN`` when running; the planned end where the table has no
        ends), kosten (nan unknown),
        binnen (whether it started within this spell).
    weglatingen : DataFrame
        What was joined or left out: wat, aantal, waarom.
    """

    spells: pd.DataFrame
    delen: pd.DataFrame
    inzetten: pd.DataFrame
    weglatingen: pd.DataFrame


def _nieuw(groep: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """True on the first row of each group of a sorted column."""
    return np.r_[True, groep[1:] != groep[:-1]] if groep.size else np.zeros(0, dtype=bool)


def _cummax_vorige(groep: Ints, waarde: Ints) -> Ints:
    """Largest value among earlier rows of the same group (-OPEN on the first)."""
    hoogste = pd.Series(waarde).groupby(groep).cummax().to_numpy()
    vorige = np.r_[-OPEN, hoogste[:-1]] if hoogste.size else hoogste
    return np.where(_nieuw(groep), -OPEN, vorige)


def _per_client(uitkeringen: pd.DataFrame, gat: int) -> pd.DataFrame:
    """Join the rows of each client that overlap or follow within the gap."""
    client = uitkeringen["client_id"].to_numpy()
    code = np.cumsum(_nieuw(client)) - 1
    begin = days_of(uitkeringen["begindatum"], OPEN)
    eind = days_of(uitkeringen["einddatum"], OPEN - 1) + 1
    nieuw = begin - _cummax_vorige(code, eind) >= max(gat, 1)
    periode = np.cumsum(nieuw) - 1
    positie = np.arange(len(uitkeringen))
    # The row with the latest end decides how the spell ended; with equal ends the later row.
    volgorde = np.lexsort((positie, eind, periode))
    laatste = (
        volgorde[np.flatnonzero(np.r_[periode[volgorde][1:] != periode[volgorde][:-1], True])]
        if len(code)
        else volgorde
    )
    eerste = np.flatnonzero(nieuw)
    return pd.DataFrame(
        {
            "client": code[eerste],
            "client_id": client[eerste],
            "begin": begin[eerste],
            "eind": eind[laatste],
            "eerste": eerste,
            "laatste": laatste,
            "huishouden": uitkeringen["huishouden_id"].to_numpy()[laatste],
            "reden": uitkeringen["reden_einde"].to_numpy()[laatste],
            "bestemming": uitkeringen["bestemming"].to_numpy()[laatste],
        }
    )


def _ketens(delen: pd.DataFrame, gat: int) -> Ints:
    """Number the chains of periods that a takeover within a household joins: the place of the first period.

    A period that ends by takeover goes on in the first later period of another member that outlasts it.
    """
    keten: Ints = np.arange(len(delen), dtype=np.int64)
    alles = delen.assign(plek=keten)[["plek", "huishouden", "client", "begin", "eind", "reden"]]
    alles = alles.dropna(subset="huishouden")
    paren = alles[alles["reden"].isin(OVERNAME)].merge(alles, on="huishouden", suffixes=("", "_na"))
    paren = paren[
        (paren["client_na"] != paren["client"])
        & (paren["begin_na"] > paren["begin"])
        & (paren["eind_na"] > paren["eind"])
        & (paren["begin_na"] - paren["eind"] < max(gat, 1))
    ].sort_values(["begin", "plek", "begin_na", "plek_na"], kind="stable")
    paren = paren.drop_duplicates("plek").drop_duplicates("plek_na")
    keten[paren["plek_na"]] = paren["plek"]
    while not np.array_equal(keten, keten[keten]):
        keten = keten[keten]
    return keten


def _spells(uitkeringen: pd.DataFrame, gat: int) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    delen = _per_client(uitkeringen, gat)
    delen["eerdere"] = delen.groupby("client").cumcount()
    keten = _ketens(delen, gat)
    orde = np.lexsort((delen["begin"].to_numpy(), keten))
    delen, keten = delen.iloc[orde].reset_index(drop=True), keten[orde]
    kop = _nieuw(keten)
    staart = np.r_[kop[1:], True] if kop.size else kop
    spell = np.cumsum(kop) - 1
    eerste, laatste = delen[kop].reset_index(drop=True), delen[staart].reset_index(drop=True)
    spells = pd.DataFrame(
        {
            "client_id": laatste["client_id"],
            "begin": eerste["begin"],
            "eind": laatste["eind"],
            "bestemming": laatste["bestemming"],
            "reden": laatste["reden"],
            "eerdere_spells": eerste["eerdere"],
            "rij": laatste["laatste"],
        }
    )
    tabel = pd.DataFrame({"spell": spell, "vanaf": delen["begin"], "rij": delen["eerste"]})
    volgorde = np.lexsort((spells["begin"].to_numpy(), pd.factorize(spells["client_id"], sort=True)[0]))
    rang = np.empty(volgorde.size, dtype=np.int64)
    rang[volgorde] = np.arange(volgorde.size)
    tabel["spell"] = rang[tabel["spell"].to_numpy()]
    tabel = tabel.sort_values(["spell", "vanaf"], kind="stable").reset_index(drop=True)
    return spells.iloc[volgorde].reset_index(drop=True), tabel, int((~kop).sum())


def _inzetrijen(inzet: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Join rows to deployments per client and instrument."""
    codes = {i.code: k for k, i in enumerate(config.instrument)}
    duur = np.array([i.duur_maanden for i in config.instrument], dtype=np.int64)
    instrument = inzet["instrument"].map(codes).to_numpy(dtype=np.int64)
    begin = days_of(inzet["begindatum"], OPEN)
    aanmeld = days_of(inzet["aanmelddatum"], OPEN)
    stop = _einde(inzet, begin, add_months(begin, duur[instrument]))
    moment = duur[instrument] == 0
    tabel = pd.DataFrame(
        {
            "client_id": inzet["client_id"].to_numpy(),
            "instrument": instrument,
            "start": np.minimum(begin, aanmeld),
            "begin": begin,
            "stop": np.where(moment, begin + 1, np.maximum(stop, begin + 1)),
            "gepland": np.where(moment, -OPEN, days_of(inzet["geplande_einddatum"], -OPEN - 1) + 1),
            "kosten": inzet["kosten"].to_numpy(dtype=np.float64),
            "contract_id": inzet["contract_id"].to_numpy(),
            "rij": inzet["rij"].to_numpy(),
        }
    )
    tabel["client"] = pd.factorize(tabel["client_id"], sort=True)[0]
    tabel = tabel.sort_values(["client", "instrument", "start", "begin", "stop", "rij"], kind="stable")
    groep = (tabel["client"].to_numpy() * max(len(codes), 1) + tabel["instrument"].to_numpy()).astype(np.int64)
    nieuw = tabel["start"].to_numpy() - _cummax_vorige(groep, tabel["stop"].to_numpy()) >= INZET_GAT
    tabel["keten"] = np.cumsum(nieuw | _nieuw(groep)) - 1
    return tabel.reset_index(drop=True)


def _einde(inzet: pd.DataFrame, begin: Ints, standaard: Ints) -> Ints:
    """First day after each row.

    An empty end is running (``OPEN``); where the table has no ends at all (``zonder_einde``) nobody knows, and a row
    lasts until its planned end: else every later deployment would be part of the first.
    """
    stop = np.asarray(days_of(inzet["einddatum"], OPEN - 1) + 1, dtype=np.int64)
    if "zonder_einde" not in inzet:
        return stop
    gepland = days_of(inzet["geplande_einddatum"], -OPEN - 1) + 1
    onbekend = inzet["zonder_einde"].to_numpy(dtype=bool) & (stop == OPEN)
    return np.asarray(np.where(onbekend, np.where(gepland > begin, gepland, standaard), stop), dtype=np.int64)


def _samengevoegd(tabel: pd.DataFrame, config: Config) -> pd.DataFrame:
    """One row per deployment; costs once per contract (the largest when rows differ), unknown when any is unknown."""
    duur = np.array([i.duur_maanden for i in config.instrument], dtype=np.int64)
    groep = tabel.groupby("keten", sort=True)
    uit = groep.agg(
        client_id=("client_id", "first"),
        instrument=("instrument", "first"),
        start=("start", "min"),
        begin=("begin", "min"),
        stop=("stop", "max"),
        gepland=("gepland", "max"),
    ).reset_index(drop=True)
    los = tabel["contract_id"].isna()
    sleutel = tabel["contract_id"].astype(object).where(~los, "rij " + tabel["rij"].astype(str))
    eens = (
        tabel.assign(sleutel=sleutel)
        .sort_values(["keten", "sleutel", "kosten"], na_position="first")
        .drop_duplicates(["keten", "sleutel"], keep="last")
    )
    bekend = eens["kosten"].notna().groupby(eens["keten"]).all().to_numpy()
    uit["kosten"] = np.where(bekend, eens.groupby("keten")["kosten"].sum().to_numpy(), np.nan)
    instrument = uit["instrument"].to_numpy()
    begin = uit["begin"].to_numpy()
    standaard = add_months(begin, duur[instrument])
    gepland = uit["gepland"].to_numpy()
    uit["gepland"] = np.where(duur[instrument] == 0, uit["start"], np.where(gepland > begin, gepland, standaard))
    return uit


def _koppel(
    inzetten: pd.DataFrame, spells: pd.DataFrame, delen: pd.DataFrame, uitkeringen: pd.DataFrame
) -> pd.DataFrame:
    """Pair each deployment with the spells it matters for: those of the client and of the household, until they end."""
    rij = delen["rij"].to_numpy()
    eigen = pd.DataFrame({"client_id": uitkeringen["client_id"].to_numpy()[rij], "spell": delen["spell"]})
    koppels = [eigen]
    huis = uitkeringen.loc[uitkeringen["huishouden_id"].notna(), ["client_id", "huishouden_id"]].drop_duplicates()
    if len(huis):
        huishouden = uitkeringen["huishouden_id"].to_numpy()[rij]
        per_spell = pd.DataFrame({"huishouden_id": huishouden, "spell": delen["spell"]}).dropna()
        koppels.append(huis.merge(per_spell, on="huishouden_id")[["client_id", "spell"]])
    koppel = pd.concat(koppels, ignore_index=True).drop_duplicates()
    paren = inzetten.reset_index(names="inzet").merge(koppel, on="client_id")
    begin = spells["begin"].to_numpy()[paren["spell"]]
    eind = spells["eind"].to_numpy()[paren["spell"]]
    start = paren["start"].to_numpy()
    paren["binnen"] = (start >= begin) & (start < eind)
    return paren[start < eind].sort_values(["spell", "instrument", "start", "stop", "inzet"], kind="stable")


def op_volgorde(uitkeringen: pd.DataFrame) -> pd.DataFrame:
    """Rows by client and begin: the order in which ``Perioden`` points to them."""
    return uitkeringen.sort_values(["client_id", "begindatum", "rij"], kind="stable").reset_index(drop=True)


def maak_perioden(uitkeringen: pd.DataFrame, inzet: pd.DataFrame, config: Config) -> Perioden:
    """Turn accepted rows into spells and deployments.

    Parameters
    ----------
    uitkeringen, inzet : DataFrame
        As ``lees_bron`` gives them.
    config : Config
        For ``gat_dagen`` and the instruments.

    Returns
    -------
    Perioden
    """
    uitkeringen = op_volgorde(uitkeringen)
    spells, delen, overgenomen = _spells(uitkeringen, config.bron.gat_dagen)
    notities = [
        (
            "uitkeringsrijen samengevoegd",
            len(uitkeringen) - len(spells) - overgenomen,
            f"gat korter dan {config.bron.gat_dagen} dagen of overlap: één periode",
        ),
        ("perioden voortgezet na overname", overgenomen, "einde met code 02 of 97 en een partner die aansluit"),
    ]
    kolommen = ["inzet", "spell", "instrument", "start", "begin", "gepland", "stop", "kosten", "binnen"]
    if len(inzet) and config.instrument:
        rijen = _inzetrijen(inzet, config)
        los = _samengevoegd(rijen, config)
        inzetten = _koppel(los, spells, delen, uitkeringen)
        binnen = inzetten.loc[inzetten["binnen"], "inzet"].nunique()
        notities += [
            ("inzetrijen samengevoegd", len(rijen) - len(los), "overlap of binnen 30 dagen: één inzet"),
            (
                "inzetten begonnen buiten een uitkeringsperiode",
                len(los) - binnen,
                "tellen alleen als voorgeschiedenis van latere perioden",
            ),
        ]
    else:
        inzetten = pd.DataFrame({k: pd.Series(dtype=np.int64) for k in kolommen})
        inzetten = inzetten.astype({"kosten": np.float64, "binnen": bool})
    return Perioden(
        spells=spells,
        delen=delen,
        inzetten=inzetten[kolommen].reset_index(drop=True),
        weglatingen=pd.DataFrame(notities, columns=["wat", "aantal", "waarom"]),
    )


def venster(config: Config) -> tuple[int, int]:
    """First day of the estimation window and the first day after it, as day numbers.

    Exposure starts where deployments are registered completely (``volledig_vanaf``): before it nobody knows who was
    treated. ``rijping_maanden`` trims the end.
    """
    van = config.bron.venster_van
    if config.instrument and config.bron.inzet is not None and config.bron.inzet.volledig_vanaf is not None:
        van = max(van, config.bron.inzet.volledig_vanaf)
    tot = np.array([to_day(config.bron.venster_tot or config.gemeente.peildatum) + 1], dtype=np.int64)
    return to_day(van), int(add_months(tot, -config.bron.rijping_maanden)[0])
