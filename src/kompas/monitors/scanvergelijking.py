"""The comparison of a scan: development over a year, stock, flows and groups against the areas, and the price.

Everything of an area is brought to the own number of households: its rate times the own households. Intervals (95%)
treat numbers as dispersed counts: what would differ by chance alone between two areas with the same rates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from kompas.catalogusreken import te_verbergen
from kompas.models.decomposition import dispersion, ratio_error
from kompas.models.design import Floats
from kompas.monitors.maanden import nummer, nummers
from kompas.monitors.reductie import GEBIEDEN, SPREIDING, families
from kompas.monitors.reeksen import Reeksen
from kompas.tabellen import Z95

KLEINST = 10
VENSTER = 36  # months of a group that the bestandsmonitor shows, and in which it may not be small
GETELD = 1e-3  # an interval of the price narrower than this part of it is no measure of what differs by chance
STROMEN = ("instroom", "uitstroom")


def verschilkolommen(eigen: Floats, geschaald: Floats, variantie: Floats) -> dict[str, Floats | list[str]]:
    """Difference, fraction, interval and verdict of own numbers against scaled ones."""
    verschil = eigen - geschaald
    marge = Z95 * np.sqrt(variantie)
    with np.errstate(divide="ignore", invalid="ignore"):
        fractie = np.where(geschaald > 0, verschil / geschaald, np.nan)
    return {
        "verschil": verschil,
        "verschil_fractie": fractie,
        "ondergrens": verschil - marge,
        "bovengrens": verschil + marge,
        "oordeel": oordelen(verschil - marge, verschil + marge),
    }


def oordelen(laag: Floats, hoog: Floats) -> list[str]:
    """Return hoger, lager, niet_aangetoond or geen_uitspraak, by whether the interval holds zero.

    Examples
    --------
    >>> oordelen(np.array([1.0, -2.0, -1.0, np.nan]), np.array([2.0, -1.0, 1.0, np.nan]))
    ['hoger', 'lager', 'niet_aangetoond', 'geen_uitspraak']
    """
    uit = np.select([np.isnan(laag), laag > 0, hoog < 0], ["geen_uitspraak", "hoger", "lager"], "niet_aangetoond")
    return [str(o) for o in uit]


def _spreiding(reeks: pd.DataFrame, kolom: str) -> float:
    return dispersion(reeks[kolom].dropna().to_numpy(dtype=np.float64)[-SPREIDING:])


def _phi_stand(reeks: pd.DataFrame) -> float:
    """A caseload is as dispersed as the flows that made it."""
    return max(_spreiding(reeks, k) for k in STROMEN)


def anderen(reeksen: Reeksen) -> tuple[str, ...]:
    """Areas to compare with, the reference first."""
    er = reeksen.gebieden()
    return tuple(g for g in GEBIEDEN if g in er)


def standtabel(reeksen: Reeksen) -> pd.DataFrame:
    """Stock per month and area: maand, gebied, naam, eigen, echt (true level), geschaald, and the difference."""
    eigen = reeksen.reeks("eigen")
    delen = []
    for gebied in anderen(reeksen):
        ander = reeksen.reeks(gebied)
        f = eigen.merge(ander, on="maand", suffixes=("", "_ander"))
        f = f.dropna(subset=["uitkeringen", "uitkeringen_ander", "huishoudens", "huishoudens_ander"])
        schaal = (f["huishoudens"] / f["huishoudens_ander"]).to_numpy(dtype=np.float64)
        van_ons, van_hen = (f[k].to_numpy(dtype=np.float64) for k in ("uitkeringen", "uitkeringen_ander"))
        var = _phi_stand(eigen) * van_ons + _phi_stand(ander) * schaal**2 * van_hen if len(f) else van_ons
        delen.append(
            pd.DataFrame(
                {
                    "maand": f["maand"].to_numpy(),
                    "gebied": gebied,
                    "naam": f["naam_ander"].to_numpy(),
                    "eigen": van_ons,
                    "echt": van_hen,
                    "geschaald": schaal * van_hen,
                    **verschilkolommen(van_ons, schaal * van_hen, var),
                }
            )
        )
    return _samen(delen, ("maand", "gebied", "naam", "eigen", "echt", "geschaald", *VERSCHIL))


VERSCHIL = ("verschil", "verschil_fractie", "ondergrens", "bovengrens", "oordeel")


def _samen(delen: list[pd.DataFrame], kolommen: Iterable[str]) -> pd.DataFrame:
    gevuld = [d for d in delen if len(d)]
    if gevuld:
        return pd.concat(gevuld, ignore_index=True)
    leeg = pd.DataFrame(columns=list(kolommen), dtype=np.float64)
    return leeg.astype({k: object for k in kolommen if k in {"maand", "gebied", "naam", "groep", "oordeel"}})


def _periodes(maanden: pd.Series) -> Mapping[str, pd.Series]:
    """Calendar years, quarters (``2005-K4``) and the last twelve months, each as a label per month."""
    n = nummers(maanden)
    jaar = pd.Series([f"{m // 12}" for m in n], index=maanden.index)
    kwartaal = pd.Series([f"{m // 12}-K{m % 12 // 3 + 1}" for m in n], index=maanden.index)
    laatste = nummer(str(maanden.iloc[-1]))
    twaalf = pd.Series(np.where(n > laatste - 12, f"12 maanden tot en met {maanden.iloc[-1]}", ""), index=maanden.index)
    return {"jaar": jaar, "kwartaal": kwartaal, "twaalf": twaalf.where(twaalf != "")}


def stroomtabel(reeksen: Reeksen) -> pd.DataFrame:
    """Flows per area by year, by quarter (times four) and over the last twelve months.

    Returns
    -------
    DataFrame
        soort (jaar, kwartaal, twaalf), periode, stroom (instroom, uitstroom), gebied, naam, eigen, geschaald, and the
        difference; per year, whole periods only.
    """
    eigen = reeksen.reeks("eigen")
    delen = []
    for gebied in anderen(reeksen):
        ander = reeksen.reeks(gebied)
        for stroom in STROMEN:
            f = eigen.merge(ander, on="maand", suffixes=("", "_ander"))
            f = f.dropna(subset=[stroom, f"{stroom}_ander", "huishoudens", "huishoudens_ander"])
            if f.empty:
                continue
            schaal = f["huishoudens"] / f["huishoudens_ander"]
            phi = (_spreiding(eigen, stroom), _spreiding(ander, stroom))
            basis = pd.DataFrame(
                {
                    "eigen": f[stroom],
                    "geschaald": schaal * f[f"{stroom}_ander"],
                    "var": phi[0] * f[stroom] + phi[1] * schaal**2 * f[f"{stroom}_ander"],
                    "n": 1,
                }
            )
            for soort, label in _periodes(f["maand"]).items():
                som = basis.groupby(label, sort=True).sum()
                keer = 4 if soort == "kwartaal" else 1
                som = som[som["n"] == (3 if soort == "kwartaal" else 12)]
                van_ons, van_hen, var = (som[k].to_numpy(dtype=np.float64) for k in ("eigen", "geschaald", "var"))
                delen.append(
                    pd.DataFrame(
                        {
                            "soort": soort,
                            "periode": som.index.astype(str),
                            "stroom": stroom,
                            "gebied": gebied,
                            "naam": str(ander["naam"].iloc[-1]),
                            "eigen": keer * van_ons,
                            "geschaald": keer * van_hen,
                            **verschilkolommen(keer * van_ons, keer * van_hen, keer**2 * var),
                        }
                    )
                )
    return _samen(delen, ("soort", "periode", "stroom", "gebied", "naam", "eigen", "geschaald", *VERSCHIL))


def verborgen_groepen(breed: pd.DataFrame) -> frozenset[str]:
    """Groups that may not be shown apart in any month: small ones, and what would give them away.

    Parameters
    ----------
    breed : DataFrame
        One row per month, one column per group of one trait.

    Examples
    --------
    >>> sorted(verborgen_groepen(pd.DataFrame({"a": [120, 130], "b": [40, 41], "c": [12, 9]})))
    ['b', 'c']
    """
    weg: set[str] = set()
    for rij in breed.fillna(0.0).to_dict("records"):
        aantallen = {str(g): round(float(n)) for g, n in rij.items()}
        weg |= te_verbergen(aantallen, sum(aantallen.values()))
    while weg and 0 < breed[list(weg)].sum(axis=1).min() < KLEINST:
        over = [g for g in breed.columns if g not in weg]
        if not over:
            break
        weg.add(str(breed[over].min().idxmin()))
    return frozenset(weg)


def beschermd(aantallen: Mapping[str, float], weg: Collection[str] = ()) -> dict[str, float]:
    """Numbers of persons as they may be shown: from 1 to 9 not at all, nor the others that would give those away.

    Parameters
    ----------
    aantallen : mapping of group to number
        Of one trait in one month.
    weg : collection of str
        Groups that are not shown elsewhere either: with their sum there and one of them here the other would follow.

    Examples
    --------
    >>> beschermd({"a": 1709.0, "b": 40.0, "c": 2.0}), beschermd({"a": 1709.0, "b": 12.0})
    ({'a': 1709.0, 'b': nan, 'c': nan}, {'a': 1709.0, 'b': 12.0})
    """
    bekend = {k: n for k, n in aantallen.items() if not np.isnan(n)}
    dicht = set(weg) | verborgen_groepen(pd.DataFrame([bekend]))
    over = sorted((n, k) for k, n in bekend.items() if k not in dicht)
    while over and 0 < sum(n for k, n in bekend.items() if k in dicht) < KLEINST:
        dicht.add(over.pop(0)[1])
    return {k: float("nan") if k in dicht else n for k, n in aantallen.items()}


def _elders_verborgen(reeksen: Reeksen, groepen: Iterable[str]) -> frozenset[str]:
    """Groups of one trait that the bestandsmonitor does not show apart, by the months that it shows."""
    eigen = {g: reeksen.reeks("eigen", g).drop_duplicates("maand").set_index("maand")["uitkeringen"] for g in groepen}
    eigen = {g: r for g, r in eigen.items() if len(r)}
    if not eigen:
        return frozenset()
    breed = pd.DataFrame(eigen).sort_index().tail(VENSTER).dropna(how="any")
    return verborgen_groepen(breed.loc[:, breed.max() > 0])


def groepentabel(reeksen: Reeksen, gebied: str, maand: str) -> pd.DataFrame:
    """Stock per group in one month, scaled twice: by all households, and by the households of that kind.

    Returns
    -------
    DataFrame
        maand, kenmerk, groep, eigen (safe to show: see `beschermd`), geschaald (by all households) and the difference;
        geschaald_groep (by the households of that group; nan when unknown), verschil_groep, ondergrens_groep,
        bovengrens_groep, oordeel_groep.
    """
    totaal = [_in_maand(reeksen.reeks(g), maand) for g in ("eigen", gebied)]
    delen = []
    for kenmerk, groepen in families(reeksen).items():
        paren = {
            g: tuple(_in_maand(reeksen.reeks(a, g), maand) for a in ("eigen", gebied))
            for g in groepen
            if not reeksen.reeks("eigen", g).empty
        }
        weg = _elders_verborgen(reeksen, paren)
        eigen = beschermd({g: p[0]["uitkeringen"] for g, p in paren.items()}, weg)
        rijen = [
            _groeprij(kenmerk, g, eigen[g], p, totaal, _phi_stand(reeksen.reeks("eigen", g)))
            for g, p in paren.items()
            if not np.isnan(eigen[g]) and not np.isnan(p[1]["uitkeringen"])
        ]
        delen.append(pd.DataFrame(rijen))
    kolommen = ("groep", "kenmerk", "eigen", "geschaald", *VERSCHIL, "geschaald_groep", "verschil_groep")
    uit = _samen(delen, (*kolommen, "ondergrens_groep", "bovengrens_groep", "oordeel_groep"))
    return uit.assign(maand=maand)


def _in_maand(reeks: pd.DataFrame, maand: str) -> dict[str, float]:
    r = reeks[reeks["maand"] == maand]
    return {k: float(r[k].iloc[0]) if len(r) else float("nan") for k in ("uitkeringen", "huishoudens")}


def _groeprij(
    kenmerk: str,
    groep: str,
    eigen: float,
    paar: tuple[dict[str, float], ...],
    totaal: list[dict[str, float]],
    phi: float,
) -> dict[str, object]:
    def een(schaal: float) -> dict[str, object]:
        ander = schaal * paar[1]["uitkeringen"]
        var = phi * eigen + phi * schaal**2 * paar[1]["uitkeringen"]
        k = verschilkolommen(np.array([eigen]), np.array([ander]), np.array([var]))
        return {"geschaald": ander, **{n: w[0] for n, w in k.items()}}

    breed = een(totaal[0]["huishoudens"] / totaal[1]["huishoudens"])
    smal = een(paar[0]["huishoudens"] / paar[1]["huishoudens"])
    met_groep = {f"{n}_groep": smal[n] for n in ("geschaald", "verschil", "ondergrens", "bovengrens", "oordeel")}
    return {"kenmerk": kenmerk, "groep": groep, "eigen": eigen, **breed, **met_groep}


def ontwikkeling(reeksen: Reeksen) -> pd.DataFrame:
    """What happened in the last whole calendar year of the own series, and over the last twelve months, per area.

    Returns
    -------
    DataFrame
        soort (jaar, twaalf), periode, gebied, naam, begin, eind (stock), volume (change as a fraction), uitgaven (sum,
        euro), uitgaven_verandering, prijs (euro per uitkering per year), prijs_verandering; nan where unknown.
    """
    laatste = nummer(reeksen.laatste_maand)
    jaareind = laatste if laatste % 12 == 11 else laatste - laatste % 12 - 1
    rijen = []
    for soort, eind in (("jaar", jaareind), ("twaalf", laatste)):
        if soort == "twaalf" and eind == jaareind:
            continue
        label = str(eind // 12) if soort == "jaar" else f"12 maanden tot en met {reeksen.laatste_maand}"
        for gebied in reeksen.gebieden():
            r = reeksen.reeks(gebied)
            if len(r):
                rijen.append({"soort": soort, "periode": label, **_verandering(r, gebied, eind)})
    return pd.DataFrame(rijen, columns=ONTWIKKELING)


ONTWIKKELING = [
    *("soort", "periode", "gebied", "naam", "begin", "eind", "volume"),
    *("uitgaven", "uitgaven_verandering", "prijs", "prijs_verandering"),
]


def _verandering(r: pd.DataFrame, gebied: str, eind: int) -> dict[str, object]:
    per = pd.DataFrame({k: r[k].to_numpy(dtype=np.float64) for k in ("uitkeringen", "uitgaven")})
    per = per.set_index(nummers(r["maand"])).reindex(range(eind - 24, eind + 1))
    stand, geld = per["uitkeringen"].to_numpy(), per["uitgaven"].to_numpy()
    nu, vorig = geld[13:].sum(), geld[1:13].sum()
    prijs, eerder = (12 * geld[d].sum() / stand[d].sum() for d in (slice(13, 25), slice(1, 13)))
    return {
        "gebied": gebied,
        "naam": str(r["naam"].iloc[-1]),
        "begin": stand[12],
        "eind": stand[24],
        "volume": stand[24] / stand[12] - 1,
        "uitgaven": nu,
        "uitgaven_verandering": nu / vorig - 1,
        "prijs": prijs,
        "prijs_verandering": prijs / eerder - 1,
    }


def _geteld(eigen: float, ander: float) -> dict[str, Floats | list[str]]:
    """A difference that was counted: no interval; none when it is as small as what booking may do."""
    niets, marge = np.array([np.nan]), np.array([GETELD * eigen])
    verschil = np.array([eigen - ander])
    return {"ondergrens": niets, "bovengrens": niets, "oordeel": oordelen(verschil - marge, verschil + marge)}


def prijstabel(reeksen: Reeksen) -> pd.DataFrame:
    """Average benefit per year over the last twelve months with spending on both sides.

    Returns
    -------
    DataFrame
        gebied, naam, periode, eigen, geschaald (price of the area) and the difference (euro per year). The interval
        comes from the spread of the monthly ratio. Where that is next to nothing (half a width under ``GETELD`` of the
        price) both prices are counted, not estimated: there is no interval, and the verdict is that of the count.
    """
    eigen, delen = reeksen.reeks("eigen"), []
    for gebied in anderen(reeksen):
        f = eigen.merge(reeksen.reeks(gebied), on="maand", suffixes=("", "_ander"))
        f = f.dropna(subset=["uitgaven", "uitgaven_ander"]).iloc[-12:]
        if len(f) < 12 or nummer(f["maand"].iloc[-1]) - nummer(f["maand"].iloc[0]) != 11:
            continue
        prijs = {kant: 12 * f[f"uitgaven{kant}"].sum() / f[f"uitkeringen{kant}"].sum() for kant in ("", "_ander")}
        verhouding = np.log(f["uitgaven"] / f["uitkeringen"]) - np.log(f["uitgaven_ander"] / f["uitkeringen_ander"])
        fout = prijs[""] * ratio_error(verhouding.to_numpy(dtype=np.float64))
        kolommen = verschilkolommen(np.array([prijs[""]]), np.array([prijs["_ander"]]), np.array([fout**2]))
        if Z95 * fout <= GETELD * prijs[""]:
            kolommen |= _geteld(prijs[""], prijs["_ander"])
        delen.append(
            pd.DataFrame(
                {
                    "gebied": gebied,
                    "naam": [str(f["naam_ander"].iloc[-1])],
                    "periode": f"12 maanden tot en met {f['maand'].iloc[-1]}",
                    "eigen": prijs[""],
                    "geschaald": prijs["_ander"],
                    **kolommen,
                }
            )
        )
    return _samen(delen, ("gebied", "naam", "periode", "eigen", "geschaald", *VERSCHIL))
