"""Lists people ask for: out of sight, under- or overestimated, a trajectory that ends soon, aftercare that is due."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.config import BESTEMMINGEN, Config, Instrument
from kompas.fouten import GebruiksFout, naaste
from kompas.herijking import Herijking
from kompas.historie import bronwaarden_van
from kompas.klantstand import EENHEDEN, Achtergrond, Klantstand
from kompas.lijst import Lijst
from kompas.modelmerk import modelmerk
from kompas.models.calendar import add_months, full_months, to_day
from kompas.models.design import Floats, Ints
from kompas.perioden import OPEN

Tekst = npt.NDArray[np.object_]
Vlag = npt.NDArray[np.bool_]
JAAR = 12
MINIMUM = 10  # clients in a level of the fasering before it is compared with
KWART = 0.25
GEEN_OORDEEL = r"^(?:onbekend|nan|none|geen|n\.?v\.?t\.?|nog niet.*|niet (?:ingedeeld|gefaseerd|bekend).*|)$"
SOORTEN = ("alle", "uit_beeld", "onderschat", "overschat", "traject_loopt_af", "nazorg")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Basis:
    """What a list is chosen from: the scored clients, row by row the same as ``stand``, and the data behind them."""

    lijst: Lijst
    stand: Klantstand
    achtergrond: Achtergrond
    config: Config
    h: Herijking

    @property
    def nu(self) -> int:
        """First day after the peildatum."""
        return to_day(self.config.gemeente.peildatum) + 1


def kies_soort(soort: str, b: Basis) -> Lijst:
    """Return the list of one kind.

    Parameters
    ----------
    soort : str
        One of ``SOORTEN``.
    b : Basis

    Returns
    -------
    Lijst
        The rows that belong on it, with columns of its own after ``waarom``, the last of them ``waarom_op_lijst``. Of
        ``nazorg`` the clients have left: it has columns of its own only.

    Raises
    ------
    GebruiksFout
        ``KMP-L010`` for an unknown kind, ``KMP-L012`` when the data cannot tell.
    """
    if soort == "alle":
        return b.lijst
    maak: dict[str, Callable[[Basis], Lijst]] = {
        "uit_beeld": _uit_beeld,
        "onderschat": _onderschat,
        "overschat": _overschat,
        "traject_loopt_af": _loopt_af,
        "nazorg": _nazorg,
    }
    if soort not in maak:
        controleer_soort(soort)
    return replace(maak[soort](b), soort=soort)


def controleer_soort(soort: str) -> None:
    """Refuse an unknown kind of list (``KMP-L010``)."""
    if soort not in SOORTEN:
        raise GebruiksFout(
            "KMP-L010", f"soort '{soort}' bestaat niet.{naaste(soort, SOORTEN)} Er zijn: {', '.join(SOORTEN)}."
        )


def _met(b: Basis, wie: Vlag, kolommen: dict[str, npt.NDArray[np.generic]]) -> Lijst:
    """The chosen rows, with the columns of this kind after ``waarom``."""
    tabel = b.lijst.tabel[wie].reset_index(drop=True)
    plek = tabel.columns.get_loc("waarom")
    for i, (naam, waarden) in enumerate(kolommen.items(), start=1):
        tabel.insert(int(plek) + i, naam, waarden[wie])
    return replace(b.lijst, tabel=tabel)


def _dag(dagen: Ints) -> npt.NDArray[np.datetime64]:
    """Dates of day numbers; ``OPEN`` is none."""
    leeg = dagen >= OPEN
    datum = np.where(leeg, 0, dagen).astype("datetime64[D]").astype("datetime64[ns]")
    return np.where(leeg, np.datetime64("NaT", "ns"), datum)


def _nl(dagen: Ints) -> Tekst:
    """Dates as dd-mm-jjjj; empty for ``OPEN``."""
    uniek, plek = np.unique(dagen, return_inverse=True)
    tekst = ["" if u >= OPEN else f"{pd.Timestamp(u, unit='D'):%d-%m-%Y}" for u in uniek.tolist()]
    return np.array(tekst, dtype=object)[plek]


def _maanden(x: Ints) -> Tekst:
    uniek, plek = np.unique(x, return_inverse=True)
    return np.array([f"{u} maand" if u == 1 else f"{u} maanden" for u in uniek], dtype=object)[plek]


def _labels(instrumenten: Sequence[Instrument]) -> Tekst:
    return np.array([*(i.label for i in instrumenten), ""], dtype=object)


# -- out of sight


def _laatste_contact(b: Basis) -> tuple[Ints, Ints, Vlag]:
    """Last day of a start or an end of any deployment, its instrument (-1 = never), and whether one runs."""
    spells, nu = b.achtergrond.spells, b.nu
    z = b.achtergrond.perioden.inzetten
    z = z[z["start"] < nu]
    duur = np.array([i.duur_maanden for i in b.h.config.instrument] or [0], dtype=np.int64)
    nummer = z["instrument"].to_numpy(dtype=np.int64)
    stop = z["stop"].to_numpy(dtype=np.int64)
    loopt = (stop > nu) & (duur[nummer] > 0)
    begin = np.minimum(z["begin"].to_numpy(dtype=np.int64), nu - 1)
    dag = np.maximum(begin, np.where(stop <= nu, stop - 1, -OPEN))
    rijen = pd.DataFrame({"spell": z["spell"].to_numpy(dtype=np.int64), "dag": dag, "nummer": nummer, "loopt": loopt})
    laatste = rijen.sort_values(["spell", "dag", "nummer"], kind="stable").drop_duplicates("spell", keep="last")
    laatste = laatste.set_index("spell").reindex(spells)
    bezig = np.isin(spells, rijen.loc[rijen["loopt"], "spell"].to_numpy())
    return (
        laatste["dag"].fillna(OPEN).to_numpy(dtype=np.int64),
        laatste["nummer"].fillna(-1).to_numpy(dtype=np.int64),
        bezig,
    )


def _controleer_inzet(b: Basis, maanden: int) -> None:
    bron = b.config.bron.inzet
    if bron is None or not b.h.config.instrument:
        raise GebruiksFout(
            "KMP-L012",
            "zonder tabel inzet is niet te zeggen wie uit beeld is. Neem [bron.inzet] op en herijk.",
        )
    vanaf = bron.volledig_vanaf
    grens = int(add_months(np.array([b.nu], dtype=np.int64), -maanden)[0])
    if vanaf is not None and to_day(vanaf) > grens:
        raise GebruiksFout(
            "KMP-L012",
            f"inzet is pas volledig vanaf {vanaf:%d-%m-%Y}: korter dan {maanden} maanden voor de peildatum. "
            "Wie toen iets kreeg, is niet bekend. Zet [lijst] uit_beeld_maanden lager.",
        )


def _uit_beeld(b: Basis) -> Lijst:
    x, y = b.config.lijst.uit_beeld_maanden, b.config.lijst.uit_beeld_duur
    _controleer_inzet(b, x)
    dag, nummer, bezig = _laatste_contact(b)
    nooit = dag >= OPEN
    nu = np.full(dag.size, b.nu, dtype=np.int64)
    stil = np.where(nooit, b.stand.duur, full_months(np.where(nooit, nu, dag), nu))
    wie = ~bezig & (stil >= x) & (b.stand.duur >= y) & ~b.stand.aow
    naam = _labels(b.h.config.instrument)[nummer]
    zin = np.where(
        nooit,
        "In " + _maanden(b.stand.duur) + " bijstand is geen enkele inzet vastgelegd.",
        "Laatste inzet: " + naam + ", " + _maanden(stil) + " geleden (" + _nl(dag) + "); sindsdien niets vastgelegd.",
    )
    kolommen: dict[str, npt.NDArray[np.generic]] = {
        "laatste_inzet": np.array([*(i.code for i in b.h.config.instrument), ""], dtype=object)[nummer],
        "laatste_inzet_datum": _dag(dag),
        "maanden_zonder_inzet": stil,
        "waarom_op_lijst": zin,
    }
    return _met(b, wie, kolommen)


# -- model and fasering disagree


def _fasering(b: Basis) -> Tekst:
    """Own classification as it is now; empty where unknown."""
    a = b.achtergrond
    u = a.bestand.uitkeringen
    if "fasering" not in u.columns and "fasering" not in set(a.bestand.kenmerken_historie["kenmerk"]):
        waarden = np.full(a.spells.size, "", dtype=object)
    else:
        bron, _ = bronwaarden_van(["fasering"], a.perioden, u, a.bestand.kenmerken_historie)
        waarden = bron.waarde("fasering", a.spells, np.full(a.spells.size, b.nu - 1, dtype=np.int64)).astype(str)
    reeks = pd.Series(waarden, dtype=object)
    uit = reeks.mask(reeks.str.strip().str.lower().str.match(GEEN_OORDEEL), "").to_numpy(dtype=object)
    if not (uit != "").any():
        raise GebruiksFout(
            "KMP-L012",
            "er is geen fasering om het model mee te vergelijken. Lever de kolom fasering in uitkeringen of in "
            "kenmerken_historie.",
        )
    return np.asarray(uit, dtype=object)


def _volgorde(b: Basis, fasering: Tekst, kans: Floats) -> tuple[str, ...]:
    """Levels from near to far from work: as declared, else by the middle chance that the model gives."""
    geldig = (fasering != "") & ~np.isnan(kans)
    per = pd.Series(kans[geldig]).groupby(fasering[geldig])
    groot = per.size()
    genoeg = set(groot[groot >= MINIMUM].index.astype(str))
    vast = b.config.lijst.fasering_volgorde
    bekend = sorted({str(f) for f in fasering if f != ""})
    for naam in vast:
        if naam not in bekend:
            raise GebruiksFout(
                "KMP-L013",
                f"[lijst] fasering_volgorde noemt '{naam}', maar die fasering heeft niemand.{naaste(naam, bekend)} "
                f"Er zijn: {', '.join(bekend)}.",
            )
    midden = per.median()
    orde = vast or tuple(sorted((str(f) for f in midden.index), key=lambda f: (-float(midden[f]), f)))
    orde = tuple(f for f in orde if f in genoeg)
    if len(orde) < 2:
        raise GebruiksFout(
            "KMP-L012",
            f"er zijn geen twee niveaus van fasering met elk minstens {MINIMUM} klanten om mee te vergelijken.",
        )
    return orde


def _vergelijk(b: Basis, *, beter: bool) -> Lijst:
    """Clients whose chance of work lies in the outer quarter of a level that is nearer (or farther) than their own."""
    kans = b.lijst.tabel["kans_werk_12m"].to_numpy(dtype=np.float64)
    fasering = _fasering(b)
    orde = _volgorde(b, fasering, kans)
    rang = pd.Index(orde, dtype=object).get_indexer(pd.Index(fasering, dtype=object))
    geldig = (rang >= 0) & ~np.isnan(kans)
    past = np.full(kans.size, -1, dtype=np.int64)
    reeks = range(len(orde)) if beter else range(len(orde) - 1, -1, -1)
    for r in reeks:  # the farthest level away that fits wins
        eigen = kans[geldig & (rang == r)]
        grens = float(np.quantile(eigen, 1 - KWART if beter else KWART))
        raak = (rang > r) & (kans >= grens) if beter else (rang < r) & (kans <= grens)
        past = np.where(geldig & raak & (past < 0), r, past)
    naam = np.array([*orde, ""], dtype=object)[past]
    procent = np.rint(100 * np.nan_to_num(kans)).astype(np.int64)
    tekst = np.array([f"{p}%" for p in range(101)], dtype=object)[procent]
    woord, deel = ("hoger", "het hoogste kwart") if beter else ("lager", "het laagste kwart")
    zin = (
        "Fasering is " + fasering.astype(object) + "; de kans op werk binnen een jaar is volgens het model "
        + tekst + f", {woord} dan de fasering zegt: dat past bij {deel} van " + naam + "."
    )  # fmt: skip
    kolommen: dict[str, npt.NDArray[np.generic]] = {"fasering": fasering, "past_bij": naam, "waarom_op_lijst": zin}
    lijst = _met(b, past >= 0, kolommen)
    uitleg = f"Volgorde van de fasering, van dicht bij werk naar ver: {', '.join(orde)}" + (
        "." if b.config.lijst.fasering_volgorde else " (naar de middelste kans volgens het model)."
    )
    return replace(lijst, toelichting=(*lijst.toelichting, uitleg))


def _onderschat(b: Basis) -> Lijst:
    return _vergelijk(b, beter=True)


def _overschat(b: Basis) -> Lijst:
    return _vergelijk(b, beter=False)


# -- trajectory ends soon


def _loopt_af(b: Basis) -> Lijst:
    n, nu = b.stand.client.size, b.nu
    grens = int(add_months(np.array([nu], dtype=np.int64), b.config.lijst.loopt_af_maanden)[0])
    eind, nummer = np.full(n, OPEN, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    for j, ins in enumerate(b.h.config.instrument):
        eigen = np.where(b.stand.loopt[ins.code], b.stand.gepland[ins.code], OPEN)
        eerder = eigen < eind
        eind, nummer = np.where(eerder, eigen, eind), np.where(eerder, j, nummer)
    wie = eind <= grens
    laatste = np.where(eind < OPEN, eind - 1, OPEN)
    te_laat = laatste < nu
    naam, dag = _labels(b.h.config.instrument)[nummer], _nl(laatste)
    zin = np.where(
        te_laat, naam + " had klaar moeten zijn op " + dag + " en staat nog open.", naam + " loopt af op " + dag + "."
    )
    kolommen: dict[str, npt.NDArray[np.generic]] = {
        "traject": np.array([*(i.code for i in b.h.config.instrument), ""], dtype=object)[nummer],
        "traject_einde": _dag(laatste),
        "over_tijd": te_laat,
        "waarom_op_lijst": zin,
    }
    return _met(b, wie, kolommen)


# -- aftercare


def kans_op_terugkeer(h: Herijking, maanden_uit: Ints, vooruit: int = JAAR) -> Floats:
    """Chance of a return to benefit in the months ahead after an exit to work, (n,).

    Parameters
    ----------
    h : Herijking
    maanden_uit : (n,) int
        Whole months since the exit, without a return so far.
    vooruit : int
        Months ahead.
    """
    t = h.terugval
    per_maand = t.loc[(t["soort"] == "terugkeer") & (t["bestemming"] == BESTEMMINGEN[0])].sort_values("maand")
    terug = np.r_[0.0, np.cumsum(per_maand["waarde"].to_numpy(dtype=np.float64))]
    van = np.minimum(maanden_uit, terug.size - 1)
    tot = np.minimum(maanden_uit + vooruit, terug.size - 1)
    return np.asarray((terug[tot] - terug[van]) / np.maximum(1.0 - terug[van], 1e-12), dtype=np.float64)


def _nazorg(b: Basis) -> Lijst:
    """Who left for work so many months ago and has not come back."""
    a, nu = b.achtergrond, b.nu
    s = a.perioden.spells
    begin, eind = s["begin"].to_numpy(dtype=np.int64), s["eind"].to_numpy(dtype=np.int64)
    client = pd.factorize(s["client_id"])[0]
    laatste_begin = pd.Series(begin).groupby(client).transform("max").to_numpy()
    weg = (eind <= nu) & (s["bestemming"].to_numpy() == "werk") & (laatste_begin == begin)
    plek = np.flatnonzero(weg)
    geleden = full_months(eind[plek], np.full(plek.size, nu, dtype=np.int64))
    plek, geleden = (x[np.isin(geleden, b.config.lijst.nazorg_maanden)] for x in (plek, geleden))
    rij = s["rij"].to_numpy(dtype=np.int64)[plek]
    kans = kans_op_terugkeer(b.h, geleden)
    procent = np.array([f"{p}%" for p in range(101)], dtype=object)[np.rint(100 * kans).astype(np.int64)]
    zin = (
        _maanden(geleden)
        + " geleden uitgestroomd naar werk: nazorg. Kans op terugkeer in de bijstand binnen een jaar: "
    )
    woorden = lees_begrippen()
    reden = pd.Series(s["reden"].to_numpy(dtype=object)[plek], dtype=object).astype(str)
    tabel = pd.DataFrame(
        {
            "client_id": s["client_id"].to_numpy(dtype=object)[plek],
            **{k: a.bestand.uitkeringen[k].to_numpy(dtype=object)[rij] for k in EENHEDEN},
            "einddatum": _dag(eind[plek] - 1),
            "reden_einde": reden.map({r: woorden.waarde("reden_einde", r) for r in reden.unique()}).to_numpy(),
            "maanden_geleden": geleden,
            "kans_terug_komend_jaar": kans,
            "waarom_op_lijst": zin + procent + ".",
            "model": modelmerk(b.h),
            "peildatum": pd.Timestamp(b.config.gemeente.peildatum),
        }
    ).sort_values("client_id", kind="stable")
    return replace(b.lijst, tabel=tabel.reset_index(drop=True), instrumenten=())
