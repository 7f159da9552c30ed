"""Municipalities side by side: choosing reference municipalities, rankings, and the yearly tables of CBS.

The yearly tables of CBS count persons, rounded to tens; the monitors count households. So a comparison of
municipalities is one of densities, percentages and developments, never of these levels with own levels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout, naaste
from kompas.models.design import Floats
from kompas.toonbaar import Toonbaar

NEDERLAND = "NL01"
INWONERS_GROOT = 60_000
MAD, KWARTIEL = 1.4826, 1.349
BIJGESTELD, BIJGESTELD_PERSONEN = 0.02, 50.0
_STAND = ("bijstandsontvangers", "instroom", "uitstroom")
GEMEENTEKENMERKEN = ("log_inwoners", "dichtheid", "instroom_pct", "uitstroom_pct", "uitstroom_werk_pct", "aandeel_aow")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Referentiekeuze(Toonbaar, tabel="tabel"):
    """The municipalities most like the own one, and why.

    Parameters
    ----------
    eigen : str
    op : tuple of str
        Traits that count.
    tabel : DataFrame
        One row per municipality, nearest first: rang, regio, afstand (in units of spread), gekozen, and per trait its
        value and ``KENMERK_bijdrage`` (share of the squared distance; nan at distance zero).
    schaal : DataFrame
        kenmerk, midden (median), spreiding (1.4826 times the median absolute deviation), eigen.
    weggelaten : DataFrame
        regio, ontbreekt: municipalities of which a trait is missing; they are never filled in.
    toelichting, waarschuwingen : tuple of str
    """

    eigen: str
    op: tuple[str, ...]
    tabel: pd.DataFrame
    schaal: pd.DataFrame
    weggelaten: pd.DataFrame
    toelichting: tuple[str, ...]
    waarschuwingen: tuple[str, ...] = ()

    @property
    def gekozen(self) -> tuple[str, ...]:
        """Codes for ``[monitor] referentiegemeenten``, nearest first."""
        return tuple(str(r) for r in self.tabel.loc[self.tabel["gekozen"], "regio"])


def _spreiding(waarden: Floats) -> float:
    """Robust spread; where more than half is equal, that of the quartiles, else of all."""
    midden = np.median(waarden)
    mad = MAD * float(np.median(np.abs(waarden - midden)))
    if mad > 0:
        return mad
    kwart = float(np.subtract(*np.percentile(waarden, [75, 25]))) / KWARTIEL
    return kwart if kwart > 0 else float(np.std(waarden))


def _kenmerken(kenmerken: pd.DataFrame, eigen: str, op: Sequence[str]) -> pd.DataFrame:
    """Traits as floats by code of the municipality, checked."""
    f = kenmerken.set_index("regio") if "regio" in kenmerken.columns else kenmerken
    bekend = [str(k) for k in f.columns]
    for naam in op:
        if naam not in bekend:
            raise GebruiksFout(
                "KMP-Z112",
                f"kenmerk '{naam}' staat niet in de tabel.{naaste(naam, bekend)} Er is: {', '.join(bekend)}.",
            )
    if not op:
        raise GebruiksFout("KMP-Z112", "noem minstens één kenmerk om gemeenten op te vergelijken.")
    if f.index.has_duplicates:
        dubbel = str(f.index[f.index.duplicated()][0])
        raise GebruiksFout("KMP-Z113", f"gemeente {dubbel} staat er twee keer in; geef één rij per gemeente.")
    if eigen not in f.index:
        raise GebruiksFout(
            "KMP-Z111", f"de eigen gemeente '{eigen}' staat niet in de tabel.{naaste(eigen, map(str, f.index))}"
        )
    getallen = f[list(op)].astype(np.float64)
    leeg = [k for k in op if not np.isfinite(getallen.loc[eigen, k])]
    if leeg:
        raise GebruiksFout(
            "KMP-Z111",
            f"van de eigen gemeente ontbreekt {', '.join(leeg)}; zonder dat is niets vergelijkbaar. Laat het kenmerk "
            "weg of vul het aan.",
        )
    return getallen


def kies_referentie(kenmerken: pd.DataFrame, eigen: str, *, op: Sequence[str], aantal: int = 10) -> Referentiekeuze:
    r"""Choose the municipalities that are most like the own one.

    The distance to municipality :math:`j` is :math:`d_j = \sqrt{\sum_k ((x_{jk} - x_{0k}) / s_k)^2}` with :math:`s_k`
    the robust spread of trait :math:`k` over all municipalities. Every trait weighs the same.

    Parameters
    ----------
    kenmerken : DataFrame
        One row per municipality: ``regio`` (a column, or the index) and the traits as numbers.
    eigen : str
        Own municipality.
    op : sequence of str
        Traits that count.
    aantal : int
        How many to choose.

    Returns
    -------
    Referentiekeuze

    Raises
    ------
    GebruiksFout
        ``KMP-Z111`` own municipality or one of its traits missing, ``KMP-Z112`` unknown trait, ``KMP-Z113`` a double
        row, or an ``aantal`` below one.

    Examples
    --------
    >>> f = pd.DataFrame({"regio": ["A", "B", "C", "D"], "dichtheid": [50.0, 48.0, 20.0, None],
    ...                   "groei": [0.02, 0.02, 0.02, 0.02]})
    >>> k = kies_referentie(f, "A", op=["dichtheid", "groei"], aantal=1)
    >>> k.gekozen, k.weggelaten["regio"].tolist(), len(k.waarschuwingen)
    (('B',), ['D'], 1)
    """
    if aantal < 1:
        raise GebruiksFout("KMP-Z113", f"aantal is {aantal}; kies minstens één gemeente.")
    op = tuple(dict.fromkeys(op))
    alle = _kenmerken(kenmerken, eigen, op)
    gevuld = np.isfinite(alle).all(axis=1)
    f, weg = alle[gevuld], alle[~gevuld]
    s = np.array([_spreiding(f[k].to_numpy()) for k in op])
    zonder = [k for k, w in zip(op, s, strict=True) if w == 0]
    nul = f.loc[eigen].to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        kwadraat = np.where(s > 0, ((f.to_numpy() - nul) / np.where(s > 0, s, 1.0)) ** 2, 0.0)
        som = kwadraat.sum(axis=1)
        deel = np.where(som[:, None] > 0, kwadraat / som[:, None], np.nan)
    tabel = pd.DataFrame({"regio": f.index.astype(str), "afstand": np.sqrt(som)})
    for i, k in enumerate(op):
        tabel[k], tabel[f"{k}_bijdrage"] = f[k].to_numpy(), deel[:, i]
    tabel = tabel[tabel["regio"] != eigen].sort_values(["afstand", "regio"], kind="stable", ignore_index=True)
    tabel.insert(0, "rang", np.arange(1, len(tabel) + 1))
    tabel.insert(3, "gekozen", tabel["rang"] <= aantal)
    ontbreekt = [", ".join(k for k in op if not np.isfinite(r[k])) for _, r in weg.iterrows()]
    return Referentiekeuze(
        eigen=eigen,
        op=op,
        tabel=tabel,
        schaal=pd.DataFrame({"kenmerk": op, "midden": f.median().to_numpy(), "spreiding": s, "eigen": nul}),
        weggelaten=pd.DataFrame({"regio": weg.index.astype(str), "ontbreekt": ontbreekt}),
        toelichting=_uitleg(op, len(f) - 1, len(weg)),
        waarschuwingen=_bezwaren(zonder, len(tabel), aantal),
    )


def _uitleg(op: Sequence[str], n: int, weg: int) -> tuple[str, ...]:
    zin = f"Vergeleken op {', '.join(op)} met {n} gemeenten; elk kenmerk telt even zwaar."
    return (
        zin,
        f"{weg} gemeenten zijn weggelaten omdat een kenmerk ontbreekt." if weg else "Geen gemeente is weggelaten.",
    )


def _bezwaren(zonder: Sequence[str], er: int, aantal: int) -> tuple[str, ...]:
    uit = [f"'{k}' is voor alle gemeenten gelijk en onderscheidt dus niet." for k in zonder]
    if er < aantal:
        uit.append(f"Er zijn maar {er} gemeenten om uit te kiezen; gevraagd zijn er {aantal}.")
    return tuple(uit)


def gemeentekenmerken(jaren: pd.DataFrame, *, jaar: int | None = None) -> pd.DataFrame:
    """Traits of municipalities from a yearly table of CBS (`kompas.bron.cbs.lees_cbs_gemeenten`).

    Parameters
    ----------
    jaren : DataFrame
        One or more years.
    jaar : int, optional
        Default: the last.

    Returns
    -------
    DataFrame
        One row per gemeente and NL01: jaar, regio, inwoners, log_inwoners (persons of 15 and over), dichtheid (per
        1 000), instroom_pct, uitstroom_pct, uitstroom_werk_pct (of those below AOW age), aandeel_aow (fraction of the
        persons on benefit).

    Raises
    ------
    GebruiksFout
        ``KMP-Z114`` for a year that is not there.
    """
    gekozen = int(jaren["jaar"].max()) if jaar is None and len(jaren) else jaar
    f = jaren[(jaren["jaar"] == gekozen) & ((jaren["soort_regio"] == "gemeente") | (jaren["regio"] == NEDERLAND))]
    if f.empty:
        raise GebruiksFout("KMP-Z114", f"er zijn geen cijfers per gemeente over {gekozen or 'enig jaar'}.")
    alle = f[f["leeftijd"] == "15+"].set_index("regio")
    jong = f[f["leeftijd"] == "15-aow"].set_index("regio").reindex(alle.index)
    oud = f[f["leeftijd"] == "aow+"].set_index("regio").reindex(alle.index)
    inwoners = alle["inwoners"]
    return pd.DataFrame(
        {
            "jaar": gekozen,
            "regio": alle.index,
            "inwoners": inwoners.to_numpy(),
            "log_inwoners": np.log(inwoners.where(inwoners > 0)).to_numpy(),
            "dichtheid": alle["dichtheid"].to_numpy(),
            **{k: jong[k].to_numpy() for k in ("instroom_pct", "uitstroom_pct", "uitstroom_werk_pct")},
            "aandeel_aow": (oud["bijstandsontvangers"] / alle["bijstandsontvangers"].where(lambda x: x > 0)).to_numpy(),
        }
    ).reset_index(drop=True)


def _met_begin(f: pd.DataFrame, kolommen: list[str]) -> pd.DataFrame:
    """Years but the first, with the stock at the end of the year before as ``begin``."""
    vorig = f[["jaar", "regio", "bijstandsontvangers"]].rename(columns={"bijstandsontvangers": "begin"})
    eerste = f["jaar"].min() if len(f) else 0
    return f.loc[f["jaar"] > eerste, kolommen].merge(
        vorig.assign(jaar=vorig["jaar"] + 1), on=["jaar", "regio"], how="left"
    )


def ontwikkeling_gemeenten(jaren: pd.DataFrame, *, leeftijd: str = "15-aow") -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Development of the persons on benefit per municipality, from year to year.

    Parameters
    ----------
    jaren : DataFrame
        Two or more years of `kompas.bron.cbs.lees_cbs_gemeenten`.
    leeftijd : str
        ``15-aow``, ``15+`` or ``aow+``.

    Returns
    -------
    DataFrame, tuple of str
        jaar, regio, inwoners (15 and over), begin, bijstandsontvangers (end of the year), ontwikkeling (fraction),
        instroom, uitstroom; sentences about what was left out: municipalities that are not in both years, and those
        whose stock of all ages differs from begin + instroom - uitstroom by more than 2% and 50 persons (a border or
        the figure changed). Below AOW age that sum does not hold by itself: people grow older.
    """
    soort = (jaren["soort_regio"] == "gemeente") | (jaren["regio"] == NEDERLAND)
    f = jaren[soort & (jaren["leeftijd"] == leeftijd)]
    m = _met_begin(f, ["jaar", "regio", "bijstandsontvangers", "instroom", "uitstroom"])
    alle = _met_begin(jaren[soort & (jaren["leeftijd"] == "15+")], ["jaar", "regio", "inwoners", *_STAND])
    gat = (alle["begin"] + alle["instroom"] - alle["uitstroom"] - alle["bijstandsontvangers"]).abs()
    alle["bijgesteld"] = (gat > BIJGESTELD_PERSONEN) & (gat > BIJGESTELD * alle["bijstandsontvangers"])
    m = m.merge(alle[["jaar", "regio", "inwoners", "bijgesteld"]], on=["jaar", "regio"], how="left")
    zonder = m["begin"].isna() | m["bijstandsontvangers"].isna() | (m["begin"] <= 0)
    bij = ~zonder & m["bijgesteld"].eq(True)
    zinnen = []
    if zonder.any():
        zinnen.append(f"{int(zonder.sum())} keer ontbreekt een gemeente in het jaar ervoor; die telt dan niet mee.")
    if bij.any():
        zinnen.append(
            f"{int(bij.sum())} keer past de stand niet bij begin + instroom - uitstroom (grens of cijfer veranderd); "
            "die gemeente telt dan niet mee."
        )
    uit = m[~zonder & ~bij].copy()
    uit["ontwikkeling"] = uit["bijstandsontvangers"] / uit["begin"] - 1.0
    volgorde = ["jaar", "regio", "inwoners", "begin", "bijstandsontvangers", "ontwikkeling", "instroom", "uitstroom"]
    return uit[volgorde].sort_values(["jaar", "regio"], kind="stable", ignore_index=True), tuple(zinnen)


def rangorde(
    tabel: pd.DataFrame,
    kolom: str,
    *,
    aantal: int = 10,
    minimaal_inwoners: int = INWONERS_GROOT,
    eigen: str | None = None,
) -> pd.DataFrame:
    """Return the strongest and the least strong falls, the own municipality and the Netherlands among them.

    Parameters
    ----------
    tabel : DataFrame
        One row per municipality: ``regio``, ``inwoners`` and ``kolom`` (low = strong fall). ``NL01`` is the
        Netherlands; it is shown and not ranked.
    kolom : str
        What to rank by.
    aantal : int
        How many at either end.
    minimaal_inwoners : int
        Smaller municipalities are left out, except the own one (then without a rank).
    eigen : str, optional
        Code of the own municipality.

    Returns
    -------
    DataFrame
        From low to high: plaats (1 = strongest fall among ``van``; nan when not ranked), van (number ranked), regio,
        ``kolom``, deel (sterkste, minst_sterke, eigen, nederland). Nobody comes twice; equal values by code.

    Raises
    ------
    GebruiksFout
        ``KMP-Z112`` for an unknown column, ``KMP-Z113`` for a double municipality.

    Examples
    --------
    >>> f = pd.DataFrame({"regio": ["NL01", "A", "B", "C", "D"], "inwoners": [9e6, 7e4, 8e4, 9e4, 1e3],
    ...                   "groei": [-0.08, -0.10, -0.02, 0.01, -0.20]})
    >>> rangorde(f, "groei", aantal=1, eigen="B")[["plaats", "regio", "deel"]].to_numpy().tolist()
    [[1.0, 'A', 'sterkste'], [nan, 'NL01', 'nederland'], [2.0, 'B', 'eigen'], [3.0, 'C', 'minst_sterke']]
    """
    for naam in ("regio", "inwoners", kolom):
        if naam not in tabel.columns:
            bekend = [str(k) for k in tabel.columns]
            raise GebruiksFout("KMP-Z112", f"kolom '{naam}' staat niet in de tabel.{naaste(naam, bekend)}")
    if tabel["regio"].duplicated().any():
        raise GebruiksFout("KMP-Z113", "een gemeente staat er twee keer in; geef één jaar en één rij per gemeente.")
    f = tabel[["regio", "inwoners", kolom]].dropna(subset=[kolom])
    land = f["regio"] == NEDERLAND
    mee = f[~land & (f["inwoners"] >= minimaal_inwoners)].sort_values([kolom, "regio"], kind="stable")
    n = len(mee)
    plaats = np.arange(1, n + 1, dtype=np.float64)
    onder = min(aantal, (n + 1) // 2)
    deel = np.where(plaats <= onder, "sterkste", np.where(plaats > n - min(aantal, n - onder), "minst_sterke", ""))
    deel = np.where((mee["regio"] == eigen) & (deel == ""), "eigen", deel)
    mee = mee.assign(plaats=plaats, deel=deel.astype(object))
    los = f[land | ((f["regio"] == eigen) & (f["inwoners"] < minimaal_inwoners))]
    los = los.assign(plaats=np.nan, deel=np.where(los["regio"] == NEDERLAND, "nederland", "eigen"))
    delen = [d for d in (mee[mee["deel"] != ""], los) if len(d)]
    uit = pd.concat(delen, ignore_index=True) if delen else mee
    uit = uit.assign(van=n).sort_values([kolom, "regio"], kind="stable", ignore_index=True)
    return uit[["plaats", "van", "regio", kolom, "deel"]]
