"""The ranking of instruments: computed, on the lower end of the net return, and shrunk against the winner's curse.

The best of many noisy estimates is overrated: it is best partly by luck. So every net return is pulled towards the
mean over the instruments, the more so the noisier it is (empirical Bayes, normal around a common mean). The ranking
uses the shrunk figures; the estimates themselves stand beside them.

As for a ``ja`` in the list, the worse of two balances counts: with all exits, and with those alone that the instrument
is meant for. An effect on moving away or enforcement earns no place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.models.design import Floats
from kompas.tabellen import Z95

MINSTE = 3  # with fewer instruments there is no spread to learn from
_HALVERINGEN = 200


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Krimp:
    """Estimates pulled towards their common mean; arrays of length K.

    Parameters
    ----------
    midden, spreiding : float
        Common mean and standard deviation of the true values.
    waarde, se : (K,) float
        Posterior mean and standard deviation.
    gewicht : (K,) float
        Weight of the own estimate, 0-1.
    """

    midden: float
    spreiding: float
    waarde: Floats
    se: Floats
    gewicht: Floats


def _spreiding(x: Floats, se: Floats) -> float:
    """Paule-Mandel: the variance at which the weighted sum of squares equals its degrees of freedom."""

    def som(tau2: float) -> float:
        w = 1 / (se**2 + tau2)
        return float((w * (x - (w @ x) / w.sum()) ** 2).sum()) - (x.size - 1)

    if som(0.0) <= 0:
        return 0.0
    laag, hoog = 0.0, float(x.var() * x.size + 1e-12)
    while som(hoog) > 0:
        hoog *= 2
    for _ in range(_HALVERINGEN):
        midden = (laag + hoog) / 2
        laag, hoog = (midden, hoog) if som(midden) > 0 else (laag, midden)
    return float((laag + hoog) / 2)


def krimp(x: Floats, se: Floats) -> Krimp:
    """Shrink estimates towards their common mean.

    Parameters
    ----------
    x, se : (K,) float
        Estimates and standard errors (above 0), K at least 3.

    Returns
    -------
    Krimp

    Notes
    -----
    The estimates count as independent, and the uncertainty of the common mean is part of the posterior.

    Examples
    --------
    >>> k = krimp(np.array([0.0, 0.0, 3.0]), np.array([1.0, 1.0, 1.0]))
    >>> k.midden, round(k.spreiding, 3), k.waarde.round(3).tolist()
    (1.0, 1.414, [0.333, 0.333, 2.333])
    >>> krimp(np.array([1.0, 1.1, 0.9]), np.ones(3)).waarde.round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    tau2 = _spreiding(x, se)
    w = 1 / (se**2 + tau2)
    midden = float((w @ x) / w.sum())
    eigen = tau2 / (tau2 + se**2)
    variantie = eigen * se**2 + (1 - eigen) ** 2 / w.sum()
    return Krimp(
        midden=midden,
        spreiding=float(np.sqrt(tau2)),
        waarde=midden + eigen * (x - midden),
        se=np.sqrt(variantie),
        gewicht=eigen,
    )


def rangorde(kaarten: pd.DataFrame) -> pd.DataFrame:
    """Rank the instruments by the lower end of the shrunk net return per client, then by its expectation.

    Parameters
    ----------
    kaarten : DataFrame
        instrument, meter, netto, se_netto, netto_eigen, se_netto_eigen (nan where there are no euros), reden (why
        not).

    Returns
    -------
    DataFrame
        rang (missing = not ranked), instrument, netto, netto_laag, netto_hoog, netto_eigen, netto_eigen_laag,
        netto_eigen_hoog, telt (which of the two is the lower and counts), gewicht, netto_gekrompen,
        gekrompen_laag, gekrompen_hoog, reden. Instruments of meter handhaving and those without euros come after the
        others, in the order of the config.
    """
    kan = (kaarten["netto"].notna() & (kaarten["meter"] != "handhaving")).to_numpy()
    k = kaarten[kan]
    twee = [
        (k[c].to_numpy(dtype=np.float64), k[f"se_{c}"].to_numpy(dtype=np.float64)) for c in ("netto", "netto_eigen")
    ]
    (alle, se_alle), (eigen, se_eigen) = twee
    smal = eigen - Z95 * se_eigen < alle - Z95 * se_alle
    x, se = np.where(smal, eigen, alle), np.where(smal, se_eigen, se_alle)
    gekrompen = krimp(x, np.maximum(se, 1e-9)) if x.size >= MINSTE else None
    waarde = gekrompen.waarde if gekrompen is not None else x
    breed = gekrompen.se if gekrompen is not None else se
    tabel = pd.DataFrame(
        {
            "instrument": k["instrument"].to_numpy(),
            **_met_interval("netto", alle, se_alle),
            **_met_interval("netto_eigen", eigen, se_eigen),
            "telt": np.where(smal, EIGEN, ALLE),
            "gewicht": gekrompen.gewicht if gekrompen is not None else np.full(x.size, np.nan),
            "netto_gekrompen": waarde,
            "gekrompen_laag": waarde - Z95 * breed,
            "gekrompen_hoog": waarde + Z95 * breed,
            "reden": "",
        }
    )
    # Cents: instruments that cannot be told apart after shrinking go by their own lower end.
    laag = x - Z95 * se
    sleutel = [-np.round(c, 2) for c in (laag, waarde, tabel["gekrompen_laag"].to_numpy(dtype=np.float64))]
    tabel = tabel.iloc[np.lexsort(sleutel)].reset_index(drop=True)
    tabel.insert(0, "rang", pd.array(np.arange(1, len(tabel) + 1), dtype="Int64"))
    rest = kaarten[~kan]
    reden = np.where(rest["meter"] == "handhaving", BELEID, rest["reden"])
    buiten = pd.DataFrame({"instrument": rest["instrument"], "reden": reden}).reindex(columns=tabel.columns)
    return pd.concat([tabel, buiten.astype(tabel.dtypes.to_dict())], ignore_index=True)


def _met_interval(naam: str, x: Floats, se: Floats) -> dict[str, Floats]:
    return {naam: x, f"{naam}_laag": x - Z95 * se, f"{naam}_hoog": x + Z95 * se}


ALLE, EIGEN = "alle uitstroom", "eigen uitstroom"
BELEID = "beleidsniveau, geen indicatie voor personen: staat niet in de rangorde"


def winnaarszin(rang: pd.DataFrame) -> str:
    """Say what the ranking is about and why its first place is not what it seems."""
    n = int(rang["rang"].notna().sum())
    if n == 0:
        return "Er is geen rangorde: van geen enkel instrument zijn bedragen bekend."
    kop = (
        "De rangorde is berekend: op de ondergrens van de netto opbrengst per klant, daarna op de verwachting. Van "
        "twee cijfers telt het laagste, zoals bij een 'ja' in de lijst: met alle uitstroom, en met alleen de uitstroom "
        "waarvoor het instrument bedoeld is. "
        "Wie uit meer onzekere cijfers het hoogste kiest, kiest ook het meeste toeval: de winnaar valt gemiddeld tegen."
    )
    if n < MINSTE:
        return (
            f"{kop} Met {n} {'instrument' if n == 1 else 'instrumenten'} is niet te zien hoeveel de instrumenten echt "
            "verschillen; de cijfers zijn daarom niet bijgesteld. Reken op minder."
        )
    gelijk = rang["gewicht"].dropna().max() == 0
    slot = " De instrumenten zijn daarna niet meer van elkaar te onderscheiden." if gelijk else ""
    return (
        f"{kop} Daarom is elk cijfer naar het gemiddelde van de {n} instrumenten getrokken, meer naarmate het "
        f"onzekerder is. De rangorde gaat over die bijgestelde cijfers; de schatting zelf staat ernaast.{slot}"
    )
