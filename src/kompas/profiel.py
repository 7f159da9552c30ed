"""The profile of a client as one line of text: all that the meters used, to be read back exactly.

``geslacht=man;leeftijd=34j5m;opleiding=vmbo;duur=26;begin=2005-04-30;inzet:reintegratie=2006-11-14..2007-05-13;bedrag=865.8``

Keys in this order: the traits of the model (a level, or a number); ``leeftijd`` in completed years and months at the
begin of the current month on benefit (``leeftijd_dag`` mends it where months are short), never the date of birth;
``duur`` in whole months and ``begin``; ``aow_over``
(months+days to the AOW date) only where that lies within the horizon, because the figures stop there; per instrument
the last deployment, first to last planned day, ``loopt:`` when it runs, ``grond:`` when a ground is recorded;
``bedrag`` in euros per month, with ``bedragbron=norm`` where none was delivered; ``typen``, weights of hidden types.
A value never seen by the model is ``?``. In names and values ``%3B``, ``%3D`` and ``%25`` stand for ; = and %.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.kenmerken import Kenmerk
from kompas.klantstand import Bedragen, Klantstand, duur_van, eind_van, scoort
from kompas.modelmerk import modelmerk
from kompas.models.calendar import add_months, age_at, first_day, full_months, month_of, to_day
from kompas.models.design import Floats, Ints
from kompas.parameters.aow import aow_datum
from kompas.perioden import OPEN
from kompas.rooster import Klanten

__all__ = [
    "MET_DE_TIJD",
    "ONBEKEND",
    "VAST",
    "Profielen",
    "leeftijd_in_maanden",
    "lees_profiel",
    "modelmerk",
    "niveaus_van",
    "ontleed",
    "schrijf_profiel",
    "stand_uit_profiel",
]

Tekst = npt.NDArray[np.object_]
Vlag = npt.NDArray[np.bool_]
ONBEKEND = "?"
VAST = ("leeftijd", "leeftijd_dag", "duur", "begin", "aow_over", "bedrag", "bedragbron", "typen")
MET_DE_TIJD = ("leeftijd", "leeftijd_dag", "duur", "aow_over", "typen")
"""Keys that change from month to month when nothing happens."""


def _tekst(waarden: npt.NDArray[np.generic]) -> Tekst:
    """Shortest text of each number that reads back the same."""
    uniek, plek = np.unique(waarden, return_inverse=True)
    return np.array([f"{w:.0f}" if float(w).is_integer() else repr(float(w)) for w in uniek], dtype=object)[plek]


def _datum(dag: Ints) -> Tekst:
    uniek, plek = np.unique(dag, return_inverse=True)
    return np.datetime_as_string(uniek.astype("datetime64[D]")).astype(object)[plek]


def _veilig(tekst: str) -> str:
    for teken in "%;=\n\r":
        tekst = tekst.replace(teken, f"%{ord(teken):02X}")
    return tekst


def _sleutel(naam: str) -> str:
    """Key of a trait; one that bears the name of a fixed key gets a prefix."""
    return f"kenmerk:{_veilig(naam)}" if naam in VAST or ":" in naam else _veilig(naam)


def niveaus_van(k: Kenmerk, code: npt.NDArray[np.generic]) -> Tekst:
    """Value of a trait as text, (n,): its level, ``?`` when never seen, or the number.

    Examples
    --------
    >>> niveaus_van(Kenmerk(naam="x", soort="categorie", niveaus=("a", "b")), np.array([1, -1, 0])).tolist()
    ['b', '?', 'a']
    """
    if k.soort == "numeriek":
        return _tekst(np.asarray(code, dtype=np.float64))
    namen = np.array([*k.niveaus, ONBEKEND], dtype=object)
    return np.asarray(namen[np.asarray(code, dtype=np.int64)], dtype=object)


def leeftijd_in_maanden(klanten: Klanten) -> Ints:
    """Completed months of age at the begin of the current month on benefit, (n,)."""
    return full_months(klanten.geboren, add_months(klanten.begin, duur_van(klanten)))


def _leeftijd(klanten: Klanten) -> Tekst:
    uniek, plek = np.unique(leeftijd_in_maanden(klanten), return_inverse=True)
    return np.array([f"{m // 12}j{m % 12}m" for m in uniek], dtype=object)[plek]


def _verjaring(klanten: Klanten, horizon: int) -> Tekst:
    """Days by which a birthday must move to fall in the right month of a spell begun on day 29, 30 or 31; else empty.

    The months of such a spell begin earlier in short months, so that age in months alone leaves the birthday open.
    """
    uit = np.full(klanten.aantal, "", dtype=object)
    wie = np.flatnonzero(klanten.begin - first_day(month_of(klanten.begin)) >= 28)
    if wie.size == 0:
        return uit
    begin, duur = klanten.begin[wie], duur_van(klanten)[wie]
    maanden = duur[:, None] + np.arange(horizon + 2)
    dag = add_months(np.repeat(begin, horizon + 2), maanden.ravel())
    echt = age_at(np.repeat(klanten.geboren[wie], horizon + 2), dag)
    naar = add_months(begin, duur - leeftijd_in_maanden(klanten)[wie])
    open_ = np.ones(wie.size, dtype=bool)
    for dagen in (0, 1, 2, 3, -1, -2, -3):
        zelfde = (age_at(np.repeat(naar + dagen, horizon + 2), dag) == echt).reshape(maanden.shape).all(axis=1)
        uit[wie[open_ & zelfde]] = str(dagen) if dagen else ""
        open_ &= ~zelfde
    return uit


def _over(klanten: Klanten, horizon: int) -> tuple[Tekst, Vlag]:
    """Months and days to the AOW date where it lies ahead within the horizon."""
    nu = np.full(klanten.aantal, klanten.nu, dtype=np.int64)
    dichtbij = (klanten.aow > nu) & (klanten.aow < add_months(nu, horizon + 1))
    tot = np.where(dichtbij, klanten.aow, nu)
    maanden = full_months(nu, tot)
    dagen = tot - add_months(nu, maanden)
    return _tekst(maanden) + "+" + _tekst(dagen), dichtbij | (klanten.aow <= nu)


def _typen(types: Floats) -> Tekst:
    """Weights with 9 decimals, joined by a comma."""
    kolommen = [np.char.mod("%.9f", kolom).astype(object) for kolom in types.T]
    uit = kolommen[0]
    for kolom in kolommen[1:]:
        uit = uit + "," + kolom
    return uit


def schrijf_profiel(stand: Klantstand, h: Herijking, horizon: int) -> Tekst:
    """One line per client, (n,).

    Parameters
    ----------
    stand : Klantstand
    h : Herijking
        The model whose traits are written.
    horizon : int
        Months ahead.
    """
    k = stand.klanten
    delen: list[tuple[str, Tekst, Vlag | None]] = []
    for kenmerk in h.kenmerken:
        if kenmerk.naam != "leeftijd":
            waarden = niveaus_van(kenmerk, k.codes[kenmerk.naam])
            uniek, plek = np.unique(waarden.astype(str), return_inverse=True)
            delen.append((_sleutel(kenmerk.naam), np.array([_veilig(u) for u in uniek], dtype=object)[plek], None))
    over, dichtbij = _over(k, horizon)
    verjaring = _verjaring(k, horizon)
    delen += [
        ("leeftijd", _leeftijd(k), None),
        ("leeftijd_dag", verjaring, verjaring != ""),
        ("duur", _tekst(stand.duur), None),
        ("begin", _datum(k.begin), None),
        ("aow_over", over, dichtbij),
    ]
    ja = np.full(k.aantal, "ja", dtype=object)
    for code, (start, _) in k.inzet.items():
        ooit, gepland = start < OPEN, stand.gepland[code]
        begin, eind = np.where(ooit, start, 0), np.where(ooit, gepland, 0)
        slot = np.where(eind > begin, ".." + _datum(eind - 1), "")
        delen += [(f"inzet:{code}", _datum(begin) + slot, ooit), (f"loopt:{code}", ja, stand.loopt[code])]
    delen += [(f"grond:{code}", ja, grond) for code, grond in stand.gronden.items()]
    bedrag = stand.bedragen.bedrag
    onbekend = np.isnan(bedrag)
    norm = np.full(k.aantal, "norm", dtype=object)
    delen += [
        ("bedrag", np.where(onbekend, "onbekend", _tekst(np.where(onbekend, 0.0, bedrag))), None),
        ("bedragbron", norm, stand.bedragen.geschat),
    ]
    if k.types.shape[1] > 1:
        delen.append(("typen", _typen(k.types), None))
    return _aaneen(delen, k.aantal)


def _aaneen(delen: Sequence[tuple[str, Tekst, Vlag | None]], n: int) -> Tekst:
    uit = np.full(n, "", dtype=object)
    for i, (sleutel, waarde, mask) in enumerate(delen):
        stuk = (";" if i else "") + sleutel + "=" + waarde
        uit = uit + (stuk if mask is None else np.where(mask, stuk, ""))
    return uit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Profielen:
    """Profiles read back; arrays of length n.

    Parameters
    ----------
    waarden : DataFrame
        All keys as columns of text, missing where a profile has no such key.
    peildatum : date
    kenmerken : DataFrame
        The traits only (columns under their own names; leeftijd not among them).
    begin, geboren, aow : (n,) int
        Day numbers. ``geboren`` is a date of birth with the same age, not the real one.
    inzet : mapping of instrument to (start, gepland, loopt)
        Day numbers (``OPEN`` = never), first day after the planned end, and whether it runs.
    gronden : mapping of instrument to (n,) bool
    bedrag : (n,) float
        Euros per month, nan unknown.
    norm : (n,) bool
        Whether the amount is a norm.
    typen : (n, M) float
        One column of ones without types.
    """

    waarden: pd.DataFrame
    peildatum: dt.date
    kenmerken: pd.DataFrame
    begin: Ints
    geboren: Ints
    aow: Ints
    inzet: Mapping[str, tuple[Ints, Ints, Vlag]]
    gronden: Mapping[str, Vlag]
    bedrag: Floats
    norm: Vlag
    typen: Floats


def ontleed(profielen: Sequence[str] | pd.Series) -> pd.DataFrame:
    """Keys as columns of text (in order of first appearance), one row per profile; missing where absent.

    Raises
    ------
    GebruiksFout
        ``KMP-L020`` when a line is no profile.

    Examples
    --------
    >>> ontleed(["opleiding=a%3Bb;duur=3", "duur=4"]).to_dict("list")
    {'opleiding': ['a;b', nan], 'duur': ['3', '4']}
    """
    reeks = pd.Series(list(profielen), dtype=object)
    stukken = reeks.str.split(";").explode()
    paren = stukken.str.partition("=") if len(stukken) else pd.DataFrame({0: [], 1: [], 2: []})
    if not (paren[1] == "=").all():
        raise GebruiksFout(
            "KMP-L020", "de kolom 'profiel' is niet te lezen. Gebruik een lijst die kompas lijstwerk heeft geschreven."
        )
    for kolom in (0, 2):
        uniek = {w: unquote(w) for w in paren[kolom].unique() if "%" in w}
        paren[kolom] = paren[kolom].replace(uniek) if uniek else paren[kolom]
    rij, namen = paren.index.to_numpy(), list(dict.fromkeys(paren[0]))
    plek = pd.Index(namen, dtype=object).get_indexer(paren[0])
    uit = np.full((len(reeks), len(namen)), np.nan, dtype=object)
    uit[rij, plek] = paren[2].to_numpy(dtype=object)
    return pd.DataFrame(uit, columns=pd.Index(namen, dtype=object), dtype=object)


def _dagen(tekst: pd.Series, leeg: int) -> Ints:
    datum = pd.to_datetime(tekst, format="%Y-%m-%d").to_numpy(dtype="datetime64[D]")
    return np.asarray(np.where(np.isnat(datum), leeg, datum.astype(np.int64)), dtype=np.int64)


def _geboren(w: pd.DataFrame, begin: Ints, nu: int) -> tuple[Ints, Ints]:
    """A date of birth that fits the age, and the AOW date: the recorded one where it lies within the horizon."""
    duur = w["duur"].to_numpy().astype(np.int64)
    jaren = w["leeftijd"].str.extract(r"^(\d+)j(\d+)m$").to_numpy().astype(np.int64)
    geboren = add_months(begin, duur - 12 * jaren[:, 0] - jaren[:, 1])
    if "leeftijd_dag" in w:
        geboren = geboren + w["leeftijd_dag"].fillna("0").to_numpy().astype(np.int64)
    aow = aow_datum(geboren)
    if "aow_over" not in w:
        return geboren, aow
    over = w["aow_over"].fillna("0+0").str.extract(r"^(\d+)\+(\d+)$").to_numpy().astype(np.int64)
    dag = add_months(np.full(len(w), nu, dtype=np.int64), over[:, 0]) + over[:, 1]
    return geboren, np.asarray(np.where(w["aow_over"].notna(), dag, aow), dtype=np.int64)


def lees_profiel(profielen: Sequence[str] | pd.Series, peildatum: dt.date) -> Profielen:
    """Read profiles back.

    Parameters
    ----------
    profielen : sequence of str
        Column ``profiel`` of a list.
    peildatum : date
        Column ``peildatum`` of that list.

    Raises
    ------
    GebruiksFout
        ``KMP-L020`` when a line is no profile.
    """
    w = ontleed(profielen)
    if not {"duur", "begin", "leeftijd", "bedrag"} <= set(w.columns) or w[["duur", "begin", "leeftijd"]].isna().any(
        axis=None
    ):
        raise GebruiksFout(
            "KMP-L020", "de kolom 'profiel' mist duur, begin, leeftijd of bedrag. Maak de lijst opnieuw."
        )
    nu = to_day(peildatum) + 1
    begin = _dagen(w["begin"], OPEN)
    geboren, aow = _geboren(w, begin, nu)
    inzet = {}
    for kolom in (k for k in w.columns if k.startswith("inzet:")):
        code = kolom.removeprefix("inzet:")
        paar = w[kolom].str.partition("..")
        start = _dagen(paar[0], OPEN)
        eind = _dagen(paar[2].where(paar[2] != ""), OPEN)
        loopt = w.get(f"loopt:{code}", pd.Series(np.nan, index=w.index)).notna().to_numpy()
        inzet[code] = (start, np.where(eind < OPEN, eind + 1, start), loopt)
    vast = {k for k in w.columns if k in VAST or k.split(":")[0] in {"inzet", "loopt", "grond"}}
    kenmerken = w[[k for k in w.columns if k not in vast]]
    typen = w["typen"].str.split(",", expand=True) if "typen" in w else pd.DataFrame({0: ["1"] * len(w)})
    return Profielen(
        waarden=w,
        peildatum=peildatum,
        kenmerken=kenmerken.rename(columns=lambda k: k.removeprefix("kenmerk:")),
        begin=begin,
        geboren=geboren,
        aow=aow,
        inzet=inzet,
        gronden={k.removeprefix("grond:"): w[k].notna().to_numpy() for k in w.columns if k.startswith("grond:")},
        bedrag=pd.to_numeric(w["bedrag"].where(w["bedrag"] != "onbekend")).to_numpy(dtype=np.float64),
        norm=(w["bedragbron"] == "norm").to_numpy() if "bedragbron" in w else np.zeros(len(w), dtype=bool),
        typen=typen.to_numpy(dtype=np.float64),
    )


def _code(k: Kenmerk, tekst: pd.Series) -> npt.NDArray[np.generic]:
    """Levels back to their index (-1 = this model does not know it), numbers to numbers."""
    if k.soort == "numeriek":
        return np.asarray(pd.to_numeric(tekst, errors="coerce"), dtype=np.float64)
    return np.asarray(pd.Index(k.niveaus, dtype=object).get_indexer(pd.Index(tekst)), dtype=np.int64)


def stand_uit_profiel(p: Profielen, h: Herijking, *, client: Sequence[str] | None = None) -> Klantstand:
    """Make the state that `kompas.lijst.scoor` needs: the same figures as the list that wrote the profiles.

    Parameters
    ----------
    p : Profielen
    h : Herijking
        The model to score with. One with another number of unobserved types gives everybody its own shares of types.
    client : sequence of str, optional
        Names of the rows; their numbers when absent.
    """
    n, nu = p.begin.size, to_day(p.peildatum) + 1
    leeg = pd.Series(np.nan, index=p.kenmerken.index, dtype=object)
    nooit = (np.full(n, OPEN, dtype=np.int64), np.full(n, OPEN, dtype=np.int64), np.zeros(n, dtype=bool))
    inzet = {i.code: p.inzet.get(i.code, nooit) for i in h.config.instrument}
    aantal = h.typen.aantal if h.typen is not None and h.gesteund else 1
    types = p.typen
    if types.shape[1] != aantal:
        types = np.tile(h.typen.aandelen, (n, 1)) if h.typen is not None and aantal > 1 else np.ones((n, 1))
    klanten = Klanten(
        nu=nu,
        begin=p.begin,
        geboren=p.geboren,
        aow=p.aow,
        codes={k.naam: _code(k, p.kenmerken.get(k.naam, leeg)) for k in h.kenmerken if k.naam != "leeftijd"},
        inzet={c: (start, eind_van(gepland, loopt, nu)) for c, (start, gepland, loopt) in inzet.items()},
        types=types,
    )
    met_grond = [i.code for i in h.config.instrument if i.meter == "handhaving"]
    return Klantstand(
        client=np.asarray(client if client is not None else [str(i) for i in range(n)], dtype=object),
        eenheden=pd.DataFrame({k: np.full(n, "", dtype=object) for k in ("afdeling", "team", "klantmanager")}),
        klanten=klanten,
        duur=duur_van(klanten),
        gepland={c: gepland for c, (_, gepland, _) in inzet.items()},
        loopt={c: loopt for c, (_, _, loopt) in inzet.items()},
        gronden={c: p.gronden.get(c, np.zeros(n, dtype=bool)) for c in met_grond},
        bedragen=Bedragen(bedrag=p.bedrag, geschat=p.norm, waarschuwingen=()),
        scoort=scoort(h, klanten),
        aow=klanten.aow <= nu,
    )
