"""A gate with a known truth: applications decided day by day, an offer that comes while people wait."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kompas.bron import Bestand, lees_bron
from kompas.config import Config, maak_config
from kompas.models.gate import NEVER

VAN, TOT = dt.date(2004, 1, 1), dt.date(2007, 6, 30)
EERSTE = 5  # nobody is decided before this day
TOEGEKEND, ANDERS = 0.030, 0.015  # daily hazards in the first year, for men
NIEUW, PRIJS = 40_000.0, 900.0


@dataclass(frozen=True)
class Wereld:
    """How the gate works; log hazard ratios."""

    effect: float = -0.4  # of the offer on a grant
    effect_anders: float = 0.5  # and on another decision
    kans: float = 0.06  # of an offer per day of waiting
    later: float = 0.0  # how the offer grows per year
    trend: float = 0.0  # how the hazard of a grant grows per year
    vrouw: float = 0.0  # women on the offer; they are granted less
    n: int = 6_000


def _hazards(w: Wereld, jaar, vrouw, met):
    een = TOEGEKEND * np.exp(w.trend * jaar - 0.5 * vrouw + w.effect * met)
    twee = ANDERS * np.exp(w.effect_anders * met) * np.ones_like(een)
    return 1 - np.exp(-een), 1 - np.exp(-twee)


def waarheid(w: Wereld, jaar, vrouw, dag: int) -> tuple[float, float]:
    """True chance of a grant without an offer, and with one on ``dag`` for whoever still waits."""
    uit = []
    for aanbod in (NEVER, dag):
        over, kans = np.ones(len(jaar)), np.zeros(len(jaar))
        for s in range(EERSTE, 900):
            g, a = _hazards(w, jaar, vrouw, float(s > aanbod))
            kans, over = kans + over * g, over * (1 - g - a)
        uit.append(float(kans.mean()))
    return uit[0], uit[1]


def simuleer_poort(w: Wereld, zaad: int) -> pd.DataFrame:
    """Applications with aanvraag_id, client_id, dates, besluit, geslacht, and the day of the offer (NaT = none)."""
    r = np.random.default_rng(zaad)
    n = w.n
    dagen = (TOT - VAN).days
    start = np.sort(r.integers(0, dagen, n))
    jaar, vrouw = start / 365.25, r.integers(0, 2, n)
    tempo = np.exp(w.later * jaar + w.vrouw * vrouw) * w.kans
    besluit, dag, aanbod = np.zeros(n, dtype=int), np.full(n, NEVER), np.full(n, NEVER)
    for s in range(200):
        wacht = besluit == 0
        g, a = _hazards(w, jaar, vrouw, (aanbod < s).astype(float))
        u = r.random(n)
        nu = wacht & (s >= EERSTE) & (u < g + a)
        besluit[nu], dag[nu] = np.where(u < g, 1, 2)[nu], s
        krijgt = (besluit == 0) & (aanbod == NEVER) & (r.random(n) < 1 - np.exp(-tempo))
        aanbod[krijgt] = s
    begin = pd.Timestamp(VAN) + pd.to_timedelta(start, unit="D")

    def datum(d):
        return (begin + pd.to_timedelta(np.minimum(d, 9999), unit="D")).where(d < NEVER)

    af = datum(dag)
    binnen = af <= pd.Timestamp(TOT)
    soort = np.where(r.random(n) < 0.6, "ingetrokken", "afgewezen")
    krijgt = datum(aanbod)
    return pd.DataFrame(
        {
            "aanvraag_id": [f"A{i:05d}" for i in range(n)],
            "client_id": [f"C{i:05d}" for i in range(n)],
            "aanvraagdatum": begin,
            "besluitdatum": af.where(binnen),
            "besluit": np.where(binnen, np.where(besluit == 1, "toegekend", soort), ""),
            "geslacht": np.where(vrouw == 1, "vrouw", "man"),
            "aanbod": krijgt.where(krijgt <= pd.Timestamp(TOT)),
            "jaar": jaar,
        }
    )


def schrijf_poort(
    map_: Path, a: pd.DataFrame, *, inzet: pd.DataFrame | None = None, **config
) -> tuple[Config, Bestand]:
    """Write the tables, read them back as kompas does; ``inzet`` replaces the deployments that follow from ``a``."""
    bron = map_ / "bron"
    bron.mkdir(parents=True, exist_ok=True)
    toegekend = a[a["besluit"] == "toegekend"]
    pd.DataFrame(
        {
            "client_id": toegekend["client_id"],
            "begindatum": toegekend["aanvraagdatum"],
            "einddatum": "",
            "reden_einde": "",
            "geslacht": toegekend["geslacht"],
            "geboortedatum": "1970-01-01",
            "leefvorm": "alleenstaande",
        }
    ).to_csv(bron / "uitkeringen.csv", index=False)
    if inzet is None:
        met = a[a["aanbod"].notna()]
        inzet = pd.DataFrame({"client_id": met["client_id"], "instrument": "wd", "begindatum": met["aanbod"]})
    inzet.to_csv(bron / "inzet.csv", index=False)
    kolommen = [k for k in a.columns if k not in {"aanbod", "jaar"}]
    a[kolommen].to_csv(bron / "aanvragen.csv", index=False)
    inhoud = {
        "gemeente": {"naam": "Poortstad", "peildatum": TOT},
        "bron": {
            "venster_van": VAN,
            "uitkeringen": {"bestand": "uitkeringen.csv"},
            "inzet": {"bestand": "inzet.csv", "volledig_vanaf": VAN},
            "aanvragen": {"bestand": "aanvragen.csv"},
        },
        "kenmerken": {"gebruik": ["geslacht", "leefvorm"]},
        "instrument": [{"code": "wd", "naam": "WerkDirect", "meter": "werkdirect", "kosten": PRIJS}],
    }
    for naam, deel in config.items():
        inhoud[naam] = inhoud[naam] | deel if isinstance(deel, dict) else deel
    c = maak_config(inhoud, pad=map_ / "kompas.toml")
    return c, lees_bron(c)
