"""Back to an earlier day: the data as known then, who was running, and what happened to them afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config, maak_config
from kompas.historie import bronwaarden_van
from kompas.kenmerken import Waarden, als_niveau, bandnamen, gevraagd
from kompas.models.calendar import add_months, full_months, to_date, to_day
from kompas.models.design import Floats, Ints
from kompas.parameters.aow import aow_datum
from kompas.perioden import OPEN, Perioden, maak_perioden, venster
from kompas.uitstroom import maanden_tussen

Vlag = npt.NDArray[np.bool_]
KLEINSTE_GROEP = 50
ONHERLEIDBAAR = 10  # a rest smaller than this could be found by subtraction
LEEFTIJDEN = (25, 35, 45, 55)
DUREN = (3, 6, 12, 24, 60)
OVERIGE = "overige niveaus samen"


def zoals_bekend(bestand: Bestand, moment: dt.date, *, registratie: bool = True) -> Bestand:
    """Return the data as they were known on a day: nothing that happened later is left.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows of a later delivery.
    moment : date
        The last day that counts.
    registratie : bool
        Also take an end that was entered after ``moment`` for not yet known (``registratiedatum``).

    Returns
    -------
    Bestand
        Spells, deployments, grounds and changes of traits that begin after ``moment`` are gone; ends after it, and
        with ``registratie`` ends entered after it, are open again. The tables of the monitors, findings and counts
        stay as they are.

    Notes
    -----
    A column that the export overwrites (the last ``fasering``) cannot be turned back: only ``kenmerken_historie`` can.
    """
    dag = pd.Timestamp(moment)
    u = bestand.uitkeringen
    u = u[u["begindatum"] <= dag].reset_index(drop=True)
    later_ingevoerd = (u["registratiedatum"] > dag).to_numpy()
    open_ = (u["einddatum"] > dag).to_numpy() | (later_ingevoerd if registratie else False)
    u = u.assign(
        einddatum=u["einddatum"].mask(open_),
        registratiedatum=u["registratiedatum"].mask(open_ | later_ingevoerd),
        reden_einde=_zonder(u["reden_einde"], open_),
        bestemming=_zonder(u["bestemming"], open_),
    )
    i = bestand.inzet
    i = i[i["begindatum"] <= dag].reset_index(drop=True)
    loopt = (i["einddatum"] > dag).to_numpy()
    i = i.assign(
        einddatum=i["einddatum"].mask(loopt),
        aanmelddatum=i["aanmelddatum"].mask(i["aanmelddatum"] > dag),
        resultaat=_zonder(i["resultaat"], loopt),
    )
    g, h = bestand.gronden, bestand.kenmerken_historie
    return replace(
        bestand,
        uitkeringen=u,
        inzet=i,
        gronden=g[g["grond_datum"] <= dag].reset_index(drop=True),
        kenmerken_historie=h[h["vanaf"] <= dag].reset_index(drop=True),
    )


def _zonder(kolom: pd.Series, leeg: Vlag) -> npt.NDArray[np.object_]:
    uit: npt.NDArray[np.object_] = kolom.to_numpy(dtype=object, copy=True)
    uit[leeg] = None
    return uit


def config_op(config: Config, moment: dt.date) -> Config:
    """The same config with another peildatum and the window open to it."""
    inhoud = config.model_dump()
    inhoud["gemeente"]["peildatum"] = moment
    inhoud["bron"]["venster_tot"] = None
    return maak_config(inhoud, pad=config.pad)


def dag_eerder(dag: dt.date, maanden: int) -> dt.date:
    """The day whose next day lies whole months before the next day of ``dag``: ends of months stay ends of months.

    Examples
    --------
    >>> dag_eerder(dt.date(2007, 6, 30), 12), dag_eerder(dt.date(2004, 2, 29), 12)
    (datetime.date(2006, 6, 30), datetime.date(2003, 2, 28))
    """
    return to_date(int(add_months(np.array([to_day(dag) + 1], dtype=np.int64), -maanden)[0]) - 1)


def laatste_dag(config: Config) -> dt.date:
    """The last observed day of the window (``venster_tot``, less ``rijping_maanden``)."""
    return to_date(venster(config)[1] - 1)


def genoeg_venster(config: Config, moment: dt.date, maanden: int) -> bool:
    """Whether the window that ends on ``moment`` holds at least so many months."""
    if moment < config.bron.venster_van:
        return False
    van, tot = venster(config_op(config, moment))
    return int(add_months(np.array([van], dtype=np.int64), maanden)[0]) <= tot


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stand:
    """The running clients of a day, with the data as known then; in order of client_id and begin.

    Parameters
    ----------
    bestand : Bestand
        As known on the peildatum of ``config``.
    config : Config
    perioden : Perioden
    spells : (n,) int
        Rows of ``perioden.spells``.
    client_id : (n,) object
    nu : int
        Day number of the first day of the look-ahead.
    begin, geboren : (n,) int
        Day numbers.
    aow : (n,) float
        Months from ``nu`` to the end of entitlement by age.
    """

    bestand: Bestand
    config: Config
    perioden: Perioden
    spells: Ints
    client_id: npt.NDArray[np.object_]
    nu: int
    begin: Ints
    geboren: Ints
    aow: Floats

    @property
    def aantal(self) -> int:
        """Number of running clients."""
        return int(self.spells.size)

    @property
    def duurmaand(self) -> Ints:
        """The current 0-based duration month."""
        return full_months(self.begin, np.full(self.aantal, self.nu, dtype=np.int64))

    @property
    def duur(self) -> Floats:
        """Elapsed duration in months."""
        return maanden_tussen(self.begin, np.full(self.aantal, self.nu, dtype=np.int64))


def stand_op(bestand: Bestand, config: Config) -> Stand:
    """Find who is running on the day after the peildatum and still entitled by age.

    Parameters
    ----------
    bestand : Bestand
        As known on the peildatum (:func:`zoals_bekend`).
    config : Config
    """
    nu = to_day(config.gemeente.peildatum) + 1
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, config)
    s = perioden.spells
    spells = np.flatnonzero((s["eind"].to_numpy() > nu) & (s["begin"].to_numpy() < nu))
    bron, _ = bronwaarden_van((), perioden, bestand.uitkeringen, bestand.kenmerken_historie)
    geboren = bron.geboren[bron.deel(spells, np.full(spells.size, nu - 1, dtype=np.int64))]
    aow = aow_datum(geboren)
    houd = aow > nu
    spells, geboren, aow = spells[houd], geboren[houd], aow[houd]
    return Stand(
        bestand=bestand,
        config=config,
        perioden=perioden,
        spells=spells,
        client_id=s["client_id"].to_numpy(dtype=object)[spells],
        nu=nu,
        begin=s["begin"].to_numpy(dtype=np.int64)[spells],
        geboren=geboren,
        aow=maanden_tussen(np.full(spells.size, nu, dtype=np.int64), aow),
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uitkomst:
    """What happened to the clients of a ``Stand``; arrays of length n.

    Parameters
    ----------
    tijd : (n,) float
        Months from ``nu`` to the exit, to the loss, or to the end of the observation (window, AOW).
    oorzaak : (n,) int
        0 = no exit, else 1 + the index in ``BESTEMMINGEN``.
    kwijt : (n,) bool
        Lost: the spell ended by age (code 03) before the dated AOW age.
    bekend : (n,) bool
        Really on benefit at ``nu``; false when the end had not been entered yet.
    """

    tijd: Floats
    oorzaak: Ints
    kwijt: Vlag
    bekend: Vlag


def uitkomst_van(stand: Stand, perioden: Perioden, bestand: Bestand, config: Config) -> Uitkomst:
    """Look up in the full data how the running spells went on.

    Parameters
    ----------
    stand : Stand
        Who was running.
    perioden : Perioden
        Spells of the full data: a gap shorter than ``gat_dagen`` and a takeover by a partner are no exit.
    bestand, config
        The full data and their config (its window ends the observation).
    """
    tot = venster(config)[1]
    s, delen = perioden.spells, perioden.delen
    toen = delen[delen["vanaf"].to_numpy() < stand.nu].drop_duplicates("spell", keep="last")
    wie = bestand.uitkeringen["client_id"].to_numpy(dtype=object)[toen["rij"].to_numpy()]
    spell = toen["spell"].to_numpy(dtype=np.int64)
    lopend = s["eind"].to_numpy()[spell] > stand.nu
    paar = pd.Series(spell[lopend], index=pd.Index(wie[lopend], dtype=object))
    plek = paar[~paar.index.duplicated(keep="last")].reindex(stand.client_id)
    bekend = plek.notna().to_numpy()
    plek_ = plek.fillna(0).to_numpy(dtype=np.int64)
    eind = np.where(bekend, s["eind"].to_numpy(dtype=np.int64)[plek_] if len(s) else OPEN, OPEN)
    bestemming = s["bestemming"].to_numpy(dtype=object)[plek_] if len(s) else np.full(plek_.size, None)
    nu = np.full(stand.aantal, stand.nu, dtype=np.int64)
    grens = np.minimum(aow_datum(stand.geboren), tot)
    oorzaak = np.zeros(stand.aantal, dtype=np.int64)
    for k, naam in enumerate(BESTEMMINGEN):
        oorzaak[(bestemming == naam) & (eind <= grens)] = k + 1
    return Uitkomst(
        tijd=maanden_tussen(nu, np.minimum(eind, grens)),
        oorzaak=np.where(bekend, oorzaak, 0),
        kwijt=bekend & (oorzaak == 0) & (eind < grens),
        bekend=bekend,
    )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Groepering:
    """Levels of one trait on a day; ``code`` is -1 for clients in no group that is large enough to be shown."""

    kenmerk: str
    niveaus: tuple[str, ...]
    code: Ints


def groepen_op(stand: Stand, wie: Vlag) -> list[Groepering]:
    """Levels of every categorical trait, of age and of elapsed duration, for the clients ``wie``.

    Levels with fewer than 50 clients are joined; what is still smaller is left out, and with it the smallest level
    when the rest could otherwise be found by subtraction.
    """
    bestand = stand.bestand
    historie = bestand.kenmerken_historie
    namen = gevraagd(stand.config, list(bestand.uitkeringen.columns), list(historie["kenmerk"].unique()))
    bron, _ = bronwaarden_van(namen, stand.perioden, bestand.uitkeringen, historie)
    dag = np.full(stand.aantal, stand.nu - 1, dtype=np.int64)
    uit = [_in_banden("duur", stand.duur[wie], DUREN)]
    for naam in dict.fromkeys((*namen, "leeftijd")):
        waarden = bron.waarde(naam, stand.spells, dag)[wie]
        banden = stand.config.kenmerken.banden.get(naam) or (LEEFTIJDEN if naam == "leeftijd" else ())
        if banden:
            uit.append(_in_banden(naam, _als_getal(waarden), banden))
        elif waarden.dtype.kind not in "iuf" or stand.config.kenmerken.soort.get(naam) == "categorie":
            tekst = als_niveau(waarden)
            niveaus = tuple(sorted(tekst.unique()))
            code = pd.Index(niveaus, dtype=object).get_indexer(tekst)
            uit.append(_voldoende(naam, niveaus, np.asarray(code, dtype=np.int64)))
    return uit


def _als_getal(waarden: Waarden) -> Floats:
    return np.asarray(waarden, dtype=np.float64)


def _in_banden(naam: str, waarden: Floats, banden: Sequence[float]) -> Groepering:
    geheel = all(float(b).is_integer() for b in banden)
    code = np.searchsorted(np.asarray(banden, dtype=np.float64), waarden, side="right")
    return _voldoende(naam, bandnamen(banden, geheel=geheel), code.astype(np.int64))


def _voldoende(naam: str, niveaus: Sequence[str], code: Ints) -> Groepering:
    """Join small levels; leave out what stays small, without making it known by subtraction."""
    aantal = np.bincount(code, minlength=len(niveaus))
    klein = aantal < KLEINSTE_GROEP
    rest = int(aantal[klein].sum())
    if 0 < rest < ONHERLEIDBAAR and not klein.all():
        klein[int(np.argmin(np.where(klein, aantal.max() + 1, aantal)))] = True
        rest = int(aantal[klein].sum())
    groot = [n for n, k in zip(niveaus, klein, strict=True) if not k]
    kaart = np.where(klein, len(groot) if rest >= KLEINSTE_GROEP else -1, np.cumsum(~klein) - 1)
    return Groepering(kenmerk=naam, niveaus=(*groot, *([OVERIGE] if rest >= KLEINSTE_GROEP else [])), code=kaart[code])
