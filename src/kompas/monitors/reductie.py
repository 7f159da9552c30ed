r"""Reductiepotentieel: the own caseload against what it would be at the rates of reference municipalities.

With :math:`H` own households, shares :math:`w_g` of the groups, inflow :math:`i_g` per household and exit rate
:math:`u_g` per month on benefit, the caseload that these rates keep up is :math:`S^* = H \sum_g w_g i_g / u_g`. The
difference between the own :math:`S^*` and that of the reference is split symmetrically (Shapley) into composition,
inflow and outflow. What the caseload differs beyond that is history: it has not settled at its present rates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.models.decomposition import delta_variance, dispersion, shapley
from kompas.models.design import Floats
from kompas.monitors.reeksen import Reeksen
from kompas.tabellen import Z95
from kompas.toonbaar import Toonbaar

GEBIEDEN = ("referentie", "regio", "g27", "nederland")
MAANDEN = 12  # the flows are those of a year, so that the season does not count
SPREIDING = 36  # months by which the dispersion is measured
MINSTE = 10  # entries and exits in that year: below it no rate
ONDERDELEN = ("samenstelling", "instroom", "uitstroom", "historie", "totaal", "gelijke_samenstelling")
UITLEG = (
    "Bij een vaste instroom en uitstroomkans komt een bestand uit op instroom gedeeld door uitstroomkans. Het verschil "
    "in die uitkomst is verdeeld over samenstelling, instroom en uitstroom, elk even zwaar in elke volgorde. Historie "
    "is de rest: het bestand is nog niet waar de huidige stromen het brengen."
)
TOEVAL = (
    "Het 95%-interval volgt uit het toeval in de aantallen per maand, ook als die meer schommelen dan zuiver toeval. "
    "Dat gemeenten van elkaar verschillen, zit er niet in."
)
_VOLLEDIG = 0.02  # groups may miss this fraction of the total


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reductie(Toonbaar, tabel="tabel"):
    """What makes the own caseload differ from that of the reference.

    Parameters
    ----------
    gemeente, gebied, naam : str
        ``gebied`` is the area compared with, ``naam`` its name.
    maand, van, tot : str
        Month of the stock, first and last month of the flows; ``van`` and ``tot`` are empty without flows.
    stand, vergelijk : float
        Own stock, and that of the area at the own number of households.
    methode : {"groepsstromen", "groepsstanden", "totalen", "alleen_stand"}
        What the split rests on.
    tabel : DataFrame
        One row per part: onderdeel (samenstelling, instroom, uitstroom, historie, totaal, gelijke_samenstelling),
        verschil (households on benefit; positive = more than at the rates of the area), ondergrens, bovengrens (95%),
        oordeel (hoger, lager, niet_aangetoond, geen_uitspraak). The first four add up to ``totaal``;
        ``gelijke_samenstelling`` is ``totaal`` less ``samenstelling``.
    groepen : DataFrame
        One row per leefvorm (or other group): groep, aandeel, aandeel_vergelijk (of all households), dichtheid,
        dichtheid_vergelijk (on benefit per household), samenstelling, kansen: the two parts of its difference, which
        add up over the groups to the difference in stock. Empty without groups.
    toelichting : tuple of str
    """

    gemeente: str
    gebied: str
    naam: str
    maand: str
    van: str
    tot: str
    stand: float
    vergelijk: float
    methode: str
    tabel: pd.DataFrame
    groepen: pd.DataFrame
    toelichting: tuple[str, ...]

    def deel(self, onderdeel: str) -> pd.Series:
        """Return the row of one part."""
        return self.tabel.set_index("onderdeel").loc[onderdeel]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kant:
    """One area (or one group of it) in the year of the flows.

    ``huishoudens`` at the month of the stock; ``dagen`` are household-months and ``maanden`` months on benefit behind
    the flows; ``phi_in`` and ``phi_uit`` are dispersions.
    """

    huishoudens: float
    stand: float
    instroom: float
    uitstroom: float
    dagen: float
    maanden: float
    phi_in: float
    phi_uit: float

    @property
    def heeft_stromen(self) -> bool:
        """Whether both rates rest on enough entries and exits."""
        return bool(min(self.instroom, self.uitstroom) >= MINSTE and self.maanden > 0 and self.dagen > 0)


def kant(reeks: pd.DataFrame, maand: str, van: str, tot: str) -> Kant:
    """Sum up one series (rows per month, no gaps) for the stock of ``maand`` and the flows of ``van`` to ``tot``."""
    r = reeks.set_index("maand")
    flow = r.loc[van:tot] if van else r.iloc[:0]
    heel = len(flow) > 0 and bool(flow[["instroom", "uitstroom", "uitkeringen", "huishoudens"]].notna().all().all())
    eind = flow["uitkeringen"].to_numpy(dtype=np.float64)
    eerder = r.loc[r.index < van, "uitkeringen"].iloc[-1:].to_numpy(dtype=np.float64) if heel else eind[:0]
    begin = np.r_[eerder if eerder.size and not np.isnan(eerder[0]) else eind[:1], eind[:-1]]
    lang = r.loc[:tot].iloc[-SPREIDING:] if heel else flow
    return Kant(
        huishoudens=float(r["huishoudens"].get(maand, np.nan)),
        stand=float(r["uitkeringen"].get(maand, np.nan)),
        instroom=float(flow["instroom"].sum()) if heel else float("nan"),
        uitstroom=float(flow["uitstroom"].sum()) if heel else float("nan"),
        dagen=float(flow["huishoudens"].sum()) if heel else float("nan"),
        maanden=float(((begin + eind) / 2).sum()) if heel else float("nan"),
        phi_in=dispersion(lang["instroom"].dropna().to_numpy(dtype=np.float64)),
        phi_uit=dispersion(lang["uitstroom"].dropna().to_numpy(dtype=np.float64)),
    )


def kies_gebied(reeksen: Reeksen) -> str | None:
    """The first of referentie, regio, g27 and nederland whose stock can be compared with the own one."""
    eigen = reeksen.reeks("eigen")
    for gebied in GEBIEDEN:
        if gebied in reeksen.gebieden() and _laatste(eigen, reeksen.reeks(gebied)) is not None:
            return gebied
    return None


def _laatste(eigen: pd.DataFrame, ander: pd.DataFrame) -> str | None:
    """Last month with stock and households on both sides."""
    nodig = ["uitkeringen", "huishoudens"]
    maanden = [set(d.dropna(subset=nodig)["maand"]) for d in (eigen, ander)]
    samen = maanden[0] & maanden[1]
    return max(samen) if samen else None


def _stroomjaar(eigen: pd.DataFrame, ander: pd.DataFrame) -> tuple[str, str]:
    """First and last month of the last twelve with flows on both sides; empty when there are none in a row."""
    nodig = ["uitkeringen", "huishoudens", "instroom", "uitstroom"]
    samen = eigen.dropna(subset=nodig).merge(ander.dropna(subset=nodig)["maand"], on="maand")["maand"].tolist()
    vol = pd.Index(eigen["maand"])
    if len(samen) < MAANDEN:
        return "", ""
    plek = vol.get_indexer(samen[-MAANDEN:])
    return (samen[-MAANDEN], samen[-1]) if plek[-1] - plek[0] == MAANDEN - 1 else ("", "")


def families(reeksen: Reeksen) -> dict[str, tuple[str, ...]]:
    """Groups by the trait they belong to: ``leefvorm`` for the bare ones, else what stands before the ``=``."""
    uit: dict[str, list[str]] = {}
    for groep in sorted(set(reeksen.tabel["groep"]) - {"totaal"}):
        uit.setdefault(groep.partition("=")[0] if "=" in groep else "leefvorm", []).append(groep)
    return {naam: tuple(uit[naam]) for naam in sorted(uit, key=lambda n: (n != "leefvorm", n))}


def _paren(
    reeksen: Reeksen, gebied: str, totaal: tuple[Kant, Kant], maand: str, van: str, tot: str
) -> tuple[tuple[str, ...], list[tuple[Kant, Kant]]]:
    """Groups of the first trait that covers both areas: stock and households of all groups make up the total."""
    for groepen in families(reeksen).values():
        namen, paren = [], []
        for groep in groepen:
            delen = [reeksen.reeks(g, groep) for g in ("eigen", gebied)]
            if any(d.empty for d in delen):
                continue
            paar = (kant(delen[0], maand, van, tot), kant(delen[1], maand, van, tot))
            if not any(np.isnan([k.stand, k.huishoudens]).any() or k.huishoudens <= 0 for k in paar):
                namen.append(groep)
                paren.append(paar)
        dekt = len(paren) > 1 and all(
            abs(sum(getattr(p[j], veld) for p in paren) / getattr(totaal[j], veld) - 1) <= _VOLLEDIG
            for j in (0, 1)
            for veld in ("stand", "huishoudens")
        )
        if dekt:
            return tuple(namen), paren
    return (), []


def _evenwicht(delen: Sequence[Floats]) -> float:
    """Caseload per household that shares, inflow rates and exit rates keep up."""
    aandeel, instroom, uitstroom = delen
    return float((aandeel * instroom / uitstroom).sum())


def _rijen(schatting: Floats, variantie: Floats) -> pd.DataFrame:
    marge = Z95 * np.sqrt(variantie)
    laag, hoog = schatting - marge, schatting + marge
    weet_niet = np.isnan(schatting)
    oordeel = np.select(
        [weet_niet, laag > 0, hoog < 0], ["geen_uitspraak", "hoger", "lager"], default="niet_aangetoond"
    )
    return pd.DataFrame(
        {"onderdeel": ONDERDELEN, "verschil": schatting, "ondergrens": laag, "bovengrens": hoog, "oordeel": oordeel}
    )


def _log(waarden: Sequence[float]) -> Floats:
    return np.log(np.array(waarden, dtype=np.float64))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Som:
    """A split as a function of independent log parameters, with their variances."""

    functie: Callable[[Floats], Floats]
    bij: Floats
    variantie: Floats

    def tabel(self) -> pd.DataFrame:
        return _rijen(self.functie(self.bij), delta_variance(self.functie, self.bij, self.variantie))


def _standen(totaal: tuple[Kant, Kant]) -> tuple[Floats, Floats]:
    """Log stocks and their variances: a caseload is a count, as dispersed as its flows."""
    var = [max(k.phi_in, k.phi_uit) / max(k.stand, 1.0) for k in totaal]
    return _log([max(k.stand, 1e-9) for k in totaal]), np.array(var)


def _stromen(kanten: Sequence[Kant]) -> tuple[Floats, Floats]:
    """Log inflow rates then log exit rates, with their variances."""
    bij = np.r_[_log([k.instroom / k.dagen for k in kanten]), _log([k.uitstroom / k.maanden for k in kanten])]
    return bij, np.array([k.phi_in / k.instroom for k in kanten] + [k.phi_uit / k.uitstroom for k in kanten])


def _met_groepsstromen(totaal: tuple[Kant, Kant], paren: list[tuple[Kant, Kant]]) -> _Som:
    """Every group has its own rates: the three factors are shares, inflow and outflow."""
    h, n = totaal[0].huishoudens, len(paren)
    aandelen = [np.array([p[j].huishoudens for p in paren]) for j in (0, 1)]
    eigen_w, ander_w = (a / a.sum() for a in aandelen)
    schaal = h / totaal[1].huishoudens
    stand, var_s = _standen(totaal)
    stroom, var_f = _stromen([p[0] for p in paren] + [p[1] for p in paren])

    def functie(x: Floats) -> Floats:
        s = np.exp(x[:2])
        i, u = np.exp(x[2 : 2 + 2 * n]), np.exp(x[2 + 2 * n :])
        delen = h * shapley(_evenwicht, [eigen_w, i[:n], u[:n]], [ander_w, i[n:], u[n:]])
        d = s[0] - schaal * s[1]
        return np.array([*delen, d - delen.sum(), d, d - delen[0]])

    return _Som(functie=functie, bij=np.r_[stand, stroom], variantie=np.r_[var_s, var_f])


def _met_totalen(totaal: tuple[Kant, Kant], paren: list[tuple[Kant, Kant]]) -> _Som:
    """Rates of the totals; composition from the stock per group, and taken to work through the inflow."""
    h, n = totaal[0].huishoudens, len(paren)
    een = np.ones(1)
    schaal = h / totaal[1].huishoudens
    w = [np.array([p[j].huishoudens for p in paren]) for j in (0, 1)]
    w = [a / a.sum() if n else a for a in w]
    stand, var_s = _standen(totaal)
    stroom, var_f = _stromen(totaal)
    phi = [max(k.phi_in, k.phi_uit) for k in totaal]
    per_groep = _log([max(p[j].stand, 0.5) / p[j].huishoudens for j in (0, 1) for p in paren])
    var_g = np.array([phi[j] / max(p[j].stand, 0.5) for j in (0, 1) for p in paren])

    def functie(x: Floats) -> Floats:
        s, i, u, g = np.exp(x[:2]), np.exp(x[2:4]), np.exp(x[4:6]), np.exp(x[6:])
        delen = h * shapley(_evenwicht, [een, i[:1], u[:1]], [een, i[1:], u[1:]])
        c = h * float(((w[0] - w[1]) * (g[:n] + g[n:]) / 2).sum()) if n else np.nan
        d = s[0] - schaal * s[1]
        erin = delen[1] - (c if n else 0.0)
        return np.array([c, erin, delen[2], d - delen[1] - delen[2], d, d - c])

    return _Som(functie=functie, bij=np.r_[stand, stroom, per_groep], variantie=np.r_[var_s, var_f, var_g])


def _alleen_stand(totaal: tuple[Kant, Kant], paren: list[tuple[Kant, Kant]]) -> _Som:
    """No flows: composition from the stock per group, nothing about inflow and outflow."""
    h, n = totaal[0].huishoudens, len(paren)
    schaal = h / totaal[1].huishoudens
    w = [np.array([p[j].huishoudens for p in paren]) for j in (0, 1)]
    w = [a / a.sum() if n else a for a in w]
    stand, var_s = _standen(totaal)
    per_groep = _log([max(p[j].stand, 0.5) / p[j].huishoudens for j in (0, 1) for p in paren])
    var_g = np.array([1.0 / max(p[j].stand, 0.5) for j in (0, 1) for p in paren])

    def functie(x: Floats) -> Floats:
        s, g = np.exp(x[:2]), np.exp(x[2:])
        c = h * float(((w[0] - w[1]) * (g[:n] + g[n:]) / 2).sum()) if n else np.nan
        d = s[0] - schaal * s[1]
        return np.array([c, np.nan, np.nan, np.nan, d, d - c])

    return _Som(functie=functie, bij=np.r_[stand, per_groep], variantie=np.r_[var_s, var_g])


def _groepentabel(namen: tuple[str, ...], paren: list[tuple[Kant, Kant]], h: float) -> pd.DataFrame:
    hh = np.array([[k.huishoudens for k in p] for p in paren]).reshape(-1, 2)
    stand = np.array([[k.stand for k in p] for p in paren]).reshape(-1, 2)
    w, s = hh / hh.sum(axis=0) if len(paren) else hh, stand / hh
    return pd.DataFrame(
        {
            "groep": list(namen),
            "aandeel": w[:, 0],
            "aandeel_vergelijk": w[:, 1],
            "dichtheid": s[:, 0],
            "dichtheid_vergelijk": s[:, 1],
            "samenstelling": h * (w[:, 0] - w[:, 1]) * (s[:, 0] + s[:, 1]) / 2,
            "kansen": h * (s[:, 0] - s[:, 1]) * (w[:, 0] + w[:, 1]) / 2,
        }
    )


def maak_reductie(reeksen: Reeksen, *, gebied: str | None = None) -> Reductie | None:
    """Split the difference in caseload with the reference into inflow, outflow, composition and history.

    Parameters
    ----------
    reeksen : Reeksen
        Monthly series of the own municipality and of the areas.
    gebied : str, optional
        Compare with this area; otherwise the first of referentie, regio, g27 and nederland that can be compared.

    Returns
    -------
    Reductie or None
        None when no area has stock and households in a month in which the own municipality has them too.
    """
    keus = gebied if gebied is not None else kies_gebied(reeksen)
    if keus is None:
        return None
    eigen, ander = reeksen.reeks("eigen"), reeksen.reeks(keus)
    maand = _laatste(eigen, ander)
    if maand is None:
        return None
    van, tot = _stroomjaar(eigen, ander)
    totaal = (kant(eigen, maand, van, tot), kant(ander, maand, van, tot))
    namen, paren = _paren(reeksen, keus, totaal, maand, van, tot)
    stromen = all(k.heeft_stromen for k in totaal)
    per_groep = bool(paren) and all(k.heeft_stromen for p in paren for k in p)
    if stromen and per_groep:
        methode, som = "groepsstromen", _met_groepsstromen(totaal, paren)
    elif stromen:
        methode, som = "groepsstanden" if paren else "totalen", _met_totalen(totaal, paren)
    else:
        methode, som = "alleen_stand", _alleen_stand(totaal, paren)
    schaal = totaal[0].huishoudens / totaal[1].huishoudens
    return Reductie(
        gemeente=reeksen.gemeente,
        gebied=keus,
        naam=str(ander["naam"].iloc[-1]),
        maand=maand,
        van=van if stromen else "",
        tot=tot if stromen else "",
        stand=totaal[0].stand,
        vergelijk=schaal * totaal[1].stand,
        methode=methode,
        tabel=som.tabel(),
        groepen=_groepentabel(namen, paren, totaal[0].huishoudens),
        toelichting=_toelichting(methode, keus, maand, tot if stromen else "", groepen=bool(paren)),
    )


def _toelichting(methode: str, gebied: str, maand: str, tot: str, *, groepen: bool) -> tuple[str, ...]:
    zinnen = [
        UITLEG,
        TOEVAL,
    ]
    if methode == "groepsstanden":
        zinnen.append(
            f"Van {gebied} zijn per groep alleen standen bekend. Samenstelling volgt daaruit, met de aanname dat zij "
            "via de instroom werkt. Lever in [bron.referentie] ook instroom en uitstroom per groep."
        )
    if not groepen:
        zinnen.append(
            "Samenstelling is niet afgesplitst: huishoudens en uitkeringen per leefvorm ontbreken voor een van beide. "
            "Lever ze in [bron.referentie] met soort 'eigen' en met die van het gebied."
        )
    if methode == "alleen_stand":
        zinnen.append(
            "Instroom en uitstroom zijn niet afgesplitst: er zijn geen twaalf maanden met genoeg stromen van beide. "
            "Lever instroom en uitstroom in [bron.referentie]."
        )
    elif tot != maand:
        zinnen.append(f"De stromen zijn bekend tot en met {tot}, de stand tot en met {maand}.")
    return tuple(zinnen)
