"""The state of running spells on the peildatum: who is scored, with which history and at what monthly cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config, Instrument
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.historie import bronwaarden_van
from kompas.models.calendar import add_months, full_months, to_day
from kompas.models.design import Floats, Ints
from kompas.parameters.aow import aow_datum
from kompas.parameters.normen import norm_met_bron
from kompas.perioden import OPEN, Perioden, maak_perioden, op_volgorde
from kompas.rooster import Klanten
from kompas.typering import typekansen

Tekst = npt.NDArray[np.object_]
Vlag = npt.NDArray[np.bool_]

EENHEDEN = ("afdeling", "team", "klantmanager")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Bedragen:
    """Monthly cost per client (nan = unknown), where it is a norm, and what must be said about those norms."""

    bedrag: Floats
    geschat: Vlag
    waarschuwingen: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Achtergrond:
    """The data behind a `Klantstand`: needed for lists that look back.

    Parameters
    ----------
    bestand : Bestand
        The accepted rows, ``uitkeringen`` in the order to which ``rij`` points.
    perioden : Perioden
        All spells and deployments, also those that have ended.
    spells : (n,) int
        The running spells: rows of ``perioden.spells``.
    rij : (n,) int
        Their last row in ``bestand.uitkeringen``.
    """

    bestand: Bestand
    perioden: Perioden
    spells: Ints
    rij: Ints


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Klantstand:
    """Running spells on the day after the peildatum, sorted by client_id; arrays of length n.

    All that decides the figures of a client is here: `kompas.lijst.scoor` needs nothing else but config and model.

    Parameters
    ----------
    client : (n,) str
    eenheden : DataFrame
        Columns afdeling, team, klantmanager.
    klanten : Klanten
        What the engine computes with.
    duur : (n,) int
        Whole months on benefit.
    gepland : mapping of instrument to (n,) int
        Day number of the planned end of the last deployment as registered (``OPEN`` = none); in ``klanten.inzet`` what
        is overdue ends after one month.
    loopt : mapping of instrument to (n,) bool
        Whether that instrument is running now.
    gronden : mapping of instrument to (n,) bool
        For instruments of meter handhaving: who has a valid recorded ground.
    bedragen : Bedragen
    scoort : (n,) bool
        Whether the model can say anything: before the AOW age, and no trait with a value never seen.
    aow : (n,) bool
        The AOW age is reached.
    """

    client: Tekst
    eenheden: pd.DataFrame
    klanten: Klanten
    duur: Ints
    gepland: Mapping[str, Ints]
    loopt: Mapping[str, Vlag]
    gronden: Mapping[str, Vlag]
    bedragen: Bedragen
    scoort: Vlag
    aow: Vlag

    def deel(self, wie: Ints) -> Klantstand:
        """The clients at these places."""
        b = self.bedragen
        return Klantstand(
            client=self.client[wie],
            eenheden=self.eenheden.iloc[wie].reset_index(drop=True),
            klanten=self.klanten.deel(wie),
            duur=self.duur[wie],
            gepland={c: x[wie] for c, x in self.gepland.items()},
            loopt={c: x[wie] for c, x in self.loopt.items()},
            gronden={c: x[wie] for c, x in self.gronden.items()},
            bedragen=Bedragen(bedrag=b.bedrag[wie], geschat=b.geschat[wie], waarschuwingen=b.waarschuwingen),
            scoort=self.scoort[wie],
            aow=self.aow[wie],
        )


def maak_klantstand(
    bestand: Bestand, config: Config, h: Herijking, *, voortgang: Callable[[str, float], None] | None = None
) -> tuple[Klantstand, Achtergrond]:
    """Bring the accepted rows to the state of the running spells.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows of this month.
    config : Config
        This month's config.
    h : Herijking
        The model; deployments are placed with its instruments.
    voortgang : function (step, share), optional

    Returns
    -------
    Klantstand, Achtergrond
        Clients are independent: the state of one does not depend on who else is in ``bestand``.
    """
    if voortgang is not None:
        voortgang("perioden", 0.0)
    # Deployments are placed with the instruments of the model: codes in the data refer to the same names.
    met_model = config.model_copy(update={"instrument": h.config.instrument})
    bestand = replace(bestand, uitkeringen=op_volgorde(bestand.uitkeringen))
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, met_model)
    s = perioden.spells
    nu = to_day(config.gemeente.peildatum) + 1
    spells = np.flatnonzero((s["eind"].to_numpy() > nu) & (s["begin"].to_numpy() < nu))
    klanten, gepland, loopt = _klanten(perioden, bestand, config, h, spells)
    rij = s["rij"].to_numpy(dtype=np.int64)[spells]
    client = s["client_id"].to_numpy(dtype=object)[spells]
    eenheden = {k: bestand.uitkeringen[k].to_numpy(dtype=object)[rij] for k in EENHEDEN}
    met_grond = [i for i in h.config.instrument if i.meter == "handhaving"]
    stand = Klantstand(
        client=client,
        eenheden=pd.DataFrame(eenheden),
        klanten=klanten,
        duur=duur_van(klanten),
        gepland=gepland,
        loopt=loopt,
        gronden={i.code: heeft_grond(bestand.gronden, i, client, config.gemeente.peildatum) for i in met_grond},
        bedragen=maak_bedragen(bestand.uitkeringen, rij, config.gemeente.peildatum),
        scoort=scoort(h, klanten),
        aow=klanten.aow <= nu,
    )
    return stand, Achtergrond(bestand=bestand, perioden=perioden, spells=spells, rij=rij)


def duur_van(klanten: Klanten) -> Ints:
    """Whole months on benefit, (n,)."""
    return full_months(klanten.begin, np.full(klanten.aantal, klanten.nu, dtype=np.int64))


def scoort(h: Herijking, klanten: Klanten) -> Vlag:
    """Clients before the AOW age of whom every trait has a value that the model knows, (n,)."""
    return np.asarray(_bekend(h, klanten) & (klanten.aow > klanten.nu))


def heeft_grond(gronden: pd.DataFrame, ins: Instrument, client: Tekst, peildatum: dt.date) -> Vlag:
    """Clients with a recorded, still valid, concrete ground for this instrument, (n,)."""
    if not len(gronden):
        return np.zeros(client.size, dtype=bool)
    dag = pd.Timestamp(peildatum)
    g = gronden
    geldig = (
        (g["instrument"] == ins.code) & (g["grond_datum"] <= dag) & (g["geldig_tot"].isna() | (g["geldig_tot"] >= dag))
    )
    geldig &= g["grond"].notna() & g["grond"].astype(str).str.strip().ne("")
    return np.asarray(pd.Series(client, dtype=object).isin(set(g.loc[geldig, "client_id"])), dtype=bool)


def _bekend(h: Herijking, klanten: Klanten) -> Vlag:
    """Clients of whom every trait has a value that the model knows."""
    bekend = np.ones(klanten.aantal, dtype=bool)
    for k in h.kenmerken:
        if k.naam not in klanten.codes:
            continue
        waarde = np.asarray(klanten.codes[k.naam], dtype=np.float64)
        laag, hoog = k.bereik if k.bereik is not None else (0.0, np.inf)
        bekend &= (waarde >= laag) & (waarde <= hoog)
    return bekend


def lopende_klanten(
    perioden: Perioden, bestand: Bestand, config: Config, h: Herijking, spells: Ints
) -> tuple[Klanten, dict[str, Vlag]]:
    """State of running spells on the day after the peildatum; also per instrument who has it running now."""
    klanten, _, loopt = _klanten(perioden, bestand, config, h, spells)
    return klanten, loopt


def _klanten(
    perioden: Perioden, bestand: Bestand, config: Config, h: Herijking, spells: Ints
) -> tuple[Klanten, dict[str, Ints], dict[str, Vlag]]:
    nu = to_day(config.gemeente.peildatum) + 1
    uitkeringen = bestand.uitkeringen
    namen = [k.naam for k in h.kenmerken]
    bron, _ = bronwaarden_van(namen, perioden, uitkeringen, bestand.kenmerken_historie)
    dag = np.full(spells.size, nu - 1, dtype=np.int64)
    codes = {k.naam: k.codeer(bron.waarde(k.naam, spells, dag)) for k in h.kenmerken if k.naam != "leeftijd"}
    deel = bron.deel(spells, dag)
    geboren = bron.geboren[deel]
    inzet, plan, loopt = {}, {}, {}
    for index, ins in enumerate(h.config.instrument):
        start, plan[ins.code], loopt[ins.code] = _laatste_inzet(perioden.inzetten, index, ins, spells, nu)
        inzet[ins.code] = (start, eind_van(plan[ins.code], loopt[ins.code], nu))
    klanten = Klanten(
        nu=nu,
        begin=perioden.spells["begin"].to_numpy(dtype=np.int64)[spells],
        geboren=geboren,
        aow=aow_datum(geboren),
        codes=codes,
        inzet=inzet,
        types=typekansen(h, perioden, bestand, config, spells),
    )
    return klanten, plan, loopt


def _laatste_inzet(
    inzetten: pd.DataFrame, index: int, ins: Instrument, spells: Ints, nu: int
) -> tuple[Ints, Ints, Vlag]:
    """Start and planned end of the last deployment before now, and whether it runs."""
    eigen = inzetten[(inzetten["instrument"] == index) & (inzetten["start"] < nu)]
    laatste = eigen.sort_values(["spell", "start", "gepland"], kind="stable").drop_duplicates("spell", keep="last")
    laatste = laatste.set_index("spell").reindex(spells)
    start = laatste["start"].fillna(OPEN).to_numpy(dtype=np.int64)
    gepland = laatste["gepland"].fillna(OPEN).to_numpy(dtype=np.int64)
    loopt = (start < OPEN) & (laatste["stop"].fillna(0).to_numpy(dtype=np.int64) > nu) & (ins.duur_maanden > 0)
    return start, gepland, loopt


def eind_van(gepland: Ints, loopt: Vlag, nu: int) -> Ints:
    """Day on which a deployment is taken to end, (n,): as planned; what runs and is overdue ends after one month."""
    over_een_maand = add_months(np.full(gepland.size, nu, dtype=np.int64), 1)
    return np.asarray(np.where(loopt & (gepland <= nu), over_een_maand, gepland), dtype=np.int64)


def maak_bedragen(uitkeringen: pd.DataFrame, rij: Ints, peildatum: dt.date) -> Bedragen:
    """Amounts of the clients; the norm of that date and leefvorm where none was delivered.

    Parameters
    ----------
    uitkeringen : DataFrame
    rij : (n,) int
        Row of each client.
    peildatum : date

    Returns
    -------
    Bedragen
        Euros per month.
    """
    bedrag = uitkeringen["bedrag_maand"].to_numpy(dtype=np.float64)[rij]
    leefvorm = uitkeringen["leefvorm"].to_numpy()[rij]
    uit, ontbreekt = bedrag.copy(), np.isnan(bedrag)
    gezegd: list[str] = []
    for soort in np.unique(leefvorm[ontbreekt].astype(str)):
        try:
            norm = norm_met_bron(soort, peildatum)
        except GebruiksFout as fout:
            gezegd.append(f"Bij klanten zonder bedrag_maand blijven de euro's leeg: {fout.bericht}")
            continue
        uit[ontbreekt & (leefvorm == soort)] = np.nan if norm.bedrag is None else norm.bedrag
        if norm.waarschuwing is not None:
            gezegd.append(f"Bij klanten zonder bedrag_maand geldt: {norm.waarschuwing}")
    return Bedragen(bedrag=uit, geschat=ontbreekt & ~np.isnan(uit), waarschuwingen=tuple(dict.fromkeys(gezegd)))
