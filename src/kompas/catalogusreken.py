"""What each instrument brings over the running caseload: per group months, euros and the month that pays it back.

At policy level: nothing here is about one person, groups under ten clients are left out, and an instrument of meter
handhaving is computed for everybody on benefit, because no indication follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.config import Config, Instrument
from kompas.herijking import Herijking
from kompas.indicatie import HOOFDBESTEMMING, ZWAK, oordeel_van, prijs_van, steun_van
from kompas.klantstand import Klantstand
from kompas.models.design import Floats, Ints
from kompas.profiel import niveaus_van
from kompas.rendement import Vooruitzicht, bereken, maak_meter
from kompas.rooster import Klanten
from kompas.tabellen import Z95
from kompas.vooruitblik import Meter

Vlag = npt.NDArray[np.bool_]
ALLEN = "allen"
KLEINST = 10  # clients; smaller groups are not shown (methode 7)
STEEKPROEF = 500  # clients whose saving is followed month by month
MINSTE_STEEKPROEF = 20
DUREN = (("0-11", 0, 12), ("12-35", 12, 36), ("36+", 36, 1 << 30))
KWANTIELEN = (0.1, 0.5, 0.9)
BUITEN_HORIZON = "niet binnen de horizon"
ONBEKEND = "kosten onbekend"
GEEN_UITSPRAAK = "geen uitspraak"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Groepen:
    """Groups of running clients.

    Parameters
    ----------
    leden : mapping of str to (n,) bool
        ``allen`` first.
    families : tuple of tuples of str
        The groups of one kind: by duration, by doelgroep, by a trait.
    weggelaten : int
        Groups that are too small to show.
    """

    leden: Mapping[str, Vlag]
    families: tuple[tuple[str, ...], ...]
    weggelaten: int


def te_verbergen(aantallen: Mapping[str, int], totaal: int) -> frozenset[str]:
    """Groups of one kind that may not be shown beside their total.

    Parameters
    ----------
    aantallen : mapping of group to clients
    totaal : int
        Clients in all, which is shown.

    Returns
    -------
    frozenset of str
        Groups of 1 to 9 clients, and the smallest others as long as what is left over is 1 to 9 clients: that would be
        found by subtraction.

    Examples
    --------
    >>> sorted(te_verbergen({"a": 162, "b": 3}, 165)), sorted(te_verbergen({"a": 162, "b": 0}, 162))
    (['a', 'b'], [])
    >>> sorted(te_verbergen({"a": 50, "b": 4, "c": 8, "d": 20}, 82))
    ['b', 'c']
    """
    weg = {naam for naam, n in aantallen.items() if 0 < n < KLEINST}
    over = sorted((n, naam) for naam, n in aantallen.items() if n >= KLEINST)
    rest = totaal - sum(n for n, _ in over)
    while over and 0 < rest < KLEINST:
        n, naam = over.pop(0)
        rest += n
        weg.add(naam)
    return frozenset(weg)


def maak_groepen(stand: Klantstand, h: Herijking, doelgroep: npt.NDArray[np.object_]) -> Groepen:
    """Everybody; by elapsed duration; by doelgroep; by the traits after which effects may differ."""
    families = [{f"duur={naam}": (stand.duur >= van) & (stand.duur < tot) for naam, van, tot in DUREN}]
    codes = [str(c) for c in dict.fromkeys(sorted(c for c in doelgroep if c))]
    families.append({f"doelgroep={c}": np.asarray(doelgroep == c) for c in codes})
    for kenmerk in h.config.model.effect_per:
        if kenmerk in ("leeftijd", "duur"):
            continue  # advances with time: a client is in more than one group within the horizon
        k = next(x for x in h.kenmerken if x.naam == kenmerk)
        waarde = niveaus_van(k, stand.klanten.codes[kenmerk])
        families.append({f"{kenmerk}={v}": np.asarray(waarde == v) for v in k.niveaus})
    leden, zichtbaar, weg = {ALLEN: np.ones(stand.client.size, dtype=bool)}, [], 0
    for familie in families:
        aantallen = {naam: int(wie.sum()) for naam, wie in familie.items()}
        verborgen = te_verbergen(aantallen, stand.client.size)
        weg += len(verborgen)
        zichtbaar.append(tuple(naam for naam, n in aantallen.items() if n and naam not in verborgen))
        leden |= {naam: familie[naam] for naam in zichtbaar[-1]}
    return Groepen(leden=leden, families=tuple(zichtbaar), weggelaten=weg)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Instrument:
    """One instrument for all clients: who counts, euros per client (n,), price, verdict.

    ``netto_eigen`` leaves out what comes of exits that the instrument is not meant for.
    """

    kan: Vlag
    telt: Vlag
    maanden: Floats
    se_maanden: Floats
    netto: Floats
    opbrengst: Floats
    se_netto: Floats
    netto_eigen: Floats
    se_netto_eigen: Floats
    prijs: float
    zwak: bool


def _instrument(ins: Instrument, h: Herijking, stand: Klantstand, v: Vooruitzicht, meter: Meter) -> _Instrument:
    kan = stand.scoort & ~stand.loopt[ins.code]
    bedrag = stand.bedragen.bedrag
    opbrengst = v.waarde[ins.code] * bedrag
    prijs, zwak = prijs_van(ins, h), oordeel_van(h, ins) in ZWAK
    eigen = v if zwak else bereken(meter, stand.klanten, [ins], alleen=HOOFDBESTEMMING[ins.meter])
    return _Instrument(
        kan=kan,
        telt=kan & steun_van(h, ins, stand.klanten),
        maanden=v.maanden_bespaard[ins.code],
        se_maanden=v.se_maanden[ins.code],
        opbrengst=opbrengst,
        netto=opbrengst - prijs,
        se_netto=v.se_waarde[ins.code] * bedrag,
        netto_eigen=eigen.waarde[ins.code] * bedrag - prijs,
        se_netto_eigen=eigen.se_waarde[ins.code] * bedrag,
        prijs=prijs,
        zwak=zwak,
    )


def _verdeling(x: Floats, naam: str) -> dict[str, float]:
    """Quantiles over clients; empty without clients."""
    leeg = x.size == 0
    return {f"{naam}_p{round(100 * q)}": float("nan") if leeg else float(np.quantile(x, q)) for q in KWANTIELEN}


def _gemiddeld(x: Floats, se: Floats, naam: str) -> dict[str, float]:
    """Mean over clients with its 95% interval; the errors of clients move together, so they do not average out."""
    if x.size == 0:
        return dict.fromkeys((naam, f"se_{naam}", f"{naam}_laag", f"{naam}_hoog"), float("nan"))
    midden, breed = float(x.mean()), float(se.mean())
    return {
        naam: midden,
        f"se_{naam}": breed,
        f"{naam}_laag": midden - Z95 * breed,
        f"{naam}_hoog": midden + Z95 * breed,
    }


def _verborgen(groepen: Groepen, e: _Instrument) -> frozenset[str]:
    """Groups of which so few clients count for this instrument that they may not be shown."""
    totaal = int(e.telt.sum())
    if totaal < KLEINST:
        return frozenset(groepen.leden)
    weg = [te_verbergen({g: int((groepen.leden[g] & e.telt).sum()) for g in f}, totaal) for f in groepen.families]
    return frozenset().union(*weg)


def _rij(ins: Instrument, groep: str, wie: Vlag, e: _Instrument, *, verborgen: bool) -> dict[str, Any]:
    """One instrument for one group."""
    telt = wie & e.telt & (not verborgen)
    kan = 0 if verborgen else int((wie & e.kan).sum())
    euro = telt & ~np.isnan(e.opbrengst) & (not e.zwak)
    netto = euro & ~np.isnan(e.netto)
    return {
        "instrument": ins.code,
        "groep": groep,
        "klanten": pd.NA if verborgen else int(telt.sum()),
        "aandeel_zonder_steun": float((wie & e.kan & ~e.telt).sum() / kan) if kan >= KLEINST else float("nan"),
        **_gemiddeld(e.maanden[telt], e.se_maanden[telt], "maanden_bespaard"),
        **_verdeling(e.maanden[telt], "maanden_bespaard"),
        "opbrengst": float(e.opbrengst[euro].mean()) if euro.any() else float("nan"),
        "kosten": e.prijs,
        **_gemiddeld(e.netto[netto], e.se_netto[netto], "netto"),
        **_verdeling(e.netto[netto], "netto"),
        **_gemiddeld(e.netto_eigen[netto], e.se_netto_eigen[netto], "netto_eigen"),
    }


def _besparing(
    h: Herijking, config: Config, klanten: Klanten, bedrag: Floats, instrumenten: tuple[Instrument, ...]
) -> dict[str, Floats]:
    """Expected saving in euros up to and including each month, (n, horizon), by looking ahead to every month in turn.

    The increase from one horizon to the next is the difference in the chance of being on benefit in that month.
    """
    r = config.rendement
    cumulatief = {i.code: np.zeros((klanten.aantal, r.horizon_maanden + 1)) for i in instrumenten}
    for maand in range(1, r.horizon_maanden + 1):
        meter = maak_meter(h, horizon=maand, discontovoet=0.0, terugval=r.terugval)
        v = bereken(meter, klanten, instrumenten)
        for i in instrumenten:
            cumulatief[i.code][:, maand] = v.maanden_bespaard[i.code]
    factor = (1 + r.discontovoet) ** (-(np.arange(r.horizon_maanden) + 0.5) / 12)
    return {code: np.cumsum(np.diff(x, axis=1) * factor, axis=1) * bedrag[:, None] for code, x in cumulatief.items()}


def terugverdiend(besparing: Floats, kosten: float) -> float:
    """First month in which the cumulative saving passes the cost; nan when it does not within the horizon.

    Parameters
    ----------
    besparing : (H,) float
        Euros saved up to and including month 1, 2, ... H.
    kosten : float
        Euros.

    Examples
    --------
    >>> terugverdiend(np.array([-50.0, 20.0, 120.0, 90.0]), 100.0), terugverdiend(np.array([10.0]), 100.0)
    (3.0, nan)
    """
    voorbij = np.flatnonzero(besparing >= kosten)
    return float(voorbij[0] + 1) if voorbij.size else float("nan")


def _steekproef(n: int) -> Ints:
    """Evenly spread clients: the same caseload gives the same sample."""
    return np.unique(np.linspace(0, n - 1, min(n, STEEKPROEF)).round().astype(np.int64))


def _terugverdientijd(
    netto: float, kosten: float, besparing: Floats, telt: Vlag, *, zwak: bool, horizon: int
) -> tuple[float, str]:
    """Month, and the same in words; what the whole caseload says about the horizon wins from the sample."""
    if zwak:
        return float("nan"), GEEN_UITSPRAAK
    if np.isnan(kosten):
        return float("nan"), ONBEKEND
    if np.isnan(netto) or telt.sum() < MINSTE_STEEKPROEF:
        return float("nan"), GEEN_UITSPRAAK
    maand = terugverdiend(besparing[telt].mean(axis=0), kosten)
    if np.isnan(maand):
        maand = float(horizon) if netto >= 0 else maand
    if np.isnan(maand):
        return maand, BUITEN_HORIZON
    return maand, f"{maand:.0f} {'maand' if maand == 1 else 'maanden'}"


def maak_opbrengsten(
    config: Config, h: Herijking, stand: Klantstand, groepen: Groepen, instrumenten: tuple[Instrument, ...]
) -> pd.DataFrame:
    """Months and euros per instrument and group, over the running clients who could start and are supported.

    Returns
    -------
    DataFrame
        One row per instrument x groep: klanten, aandeel_zonder_steun (share of who could start), maanden_bespaard with
        se_, _laag, _hoog (95% of the mean) and _p10, _p50, _p90 (over clients), opbrengst, kosten, netto (idem),
        netto_eigen (se_, _laag, _hoog: the same on exits to the bestemming of the meter alone), terugverdiend_na
        (months) and terugverdientijd (words). Empty where there is nothing to say.
    """
    r = config.rendement
    meter = maak_meter(h, horizon=r.horizon_maanden, discontovoet=r.discontovoet, terugval=r.terugval)
    v = bereken(meter, stand.klanten, instrumenten)
    alles = {i.code: _instrument(i, h, stand, v, meter) for i in instrumenten}
    loop = np.flatnonzero(stand.scoort)
    wie = loop[_steekproef(loop.size)] if loop.size else loop
    bedrag = np.nan_to_num(stand.bedragen.bedrag[wie])
    met_prijs = tuple(i for i in instrumenten if not np.isnan(alles[i.code].prijs) and not alles[i.code].zwak)
    sparen = _besparing(h, config, stand.klanten.deel(wie), bedrag, met_prijs) if wie.size and met_prijs else {}
    bekend = ~np.isnan(stand.bedragen.bedrag[wie])
    rijen = []
    for ins in instrumenten:
        e = alles[ins.code]
        verborgen = _verborgen(groepen, e)
        for groep, leden in groepen.leden.items():
            rij = _rij(ins, groep, leden, e, verborgen=groep in verborgen)
            telt = (leden & e.telt)[wie] & bekend
            leeg = np.zeros((wie.size, r.horizon_maanden))
            maand, woorden = _terugverdientijd(
                rij["netto"], e.prijs, sparen.get(ins.code, leeg), telt, zwak=e.zwak, horizon=r.horizon_maanden
            )
            rijen.append(rij | {"terugverdiend_na": maand, "terugverdientijd": woorden})
    tabel = pd.DataFrame(rijen, columns=KOLOMMEN)
    return tabel.astype({"klanten": "Int64"})


KOLOMMEN = (
    *(
        "instrument",
        "groep",
        "klanten",
        "aandeel_zonder_steun",
        "maanden_bespaard",
        "se_maanden_bespaard",
    ),
    *(
        "maanden_bespaard_laag",
        "maanden_bespaard_hoog",
        "maanden_bespaard_p10",
        "maanden_bespaard_p50",
    ),
    *(
        "maanden_bespaard_p90",
        "opbrengst",
        "kosten",
        "netto",
        "se_netto",
        "netto_laag",
        "netto_hoog",
    ),
    *(
        "netto_p10",
        "netto_p50",
        "netto_p90",
        "netto_eigen",
        "se_netto_eigen",
        "netto_eigen_laag",
        "netto_eigen_hoog",
        "terugverdiend_na",
        "terugverdientijd",
    ),
)
