"""One town of the study, in this process: simulate, estimate, lay the estimates beside the truth."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from kompas.fouten import KompasError
from kompas.herijking import Herijking, schat
from kompas.lijst import maak_lijst
from kompas.simulatie import Simulatie, Waarheid, simuleer_gemeente
from kompas.simulatie.werelden import wereld
from onderdelen.brug import bestand_van

CELL = ["instrument", "fase", "bestemming"]
STOCK_YEARS = {"stock": 15, "instroom": 0}
FAILED = "geen"  # the method of a row without an estimate: the herijking ended with an error
FORECAST = ("verwachte_maanden", "kans_uitstroom_12m", "kans_werk_12m")


def world_of(label: str, variant: str) -> Waarheid:
    """Return the world of a label such as ``anticipatie:registratie=geen,sterkte=0.5``."""
    name, _, options = label.partition(":")
    chosen: dict[str, object] = {"voorloop_jaren": STOCK_YEARS[variant]}
    for option in filter(None, options.split(",")):
        key, _, value = option.partition("=")
        try:
            chosen[key] = float(value)
        except ValueError:
            chosen[key] = value
    return wereld(name, **chosen)


def effect_rows(h: Herijking, sim: Simulatie) -> Iterator[dict[str, Any]]:
    """Every estimate for all clients together, with its truth."""
    own = h.effecten[h.effecten["groep"] == "allen"].merge(
        sim.effecten.rename(columns={"log_effect": "waar"}), on=CELL, validate="many_to_one"
    )
    types = h.glance.set_index(["bestemming", "methode"])["typen"].to_dict()
    keep = [*CELL, "methode", "waar", "log_effect", "se", "voorkeur", "oordeel", "inzetten", "gebeurtenissen"]
    for row in own[keep].to_dict("records"):
        yield {**row, "typen": types.get((row["bestemming"], row["methode"]))}


def failed_rows(sim: Simulatie, code: str) -> Iterator[dict[str, Any]]:
    """One row per cell without an estimate; the code of the error stands in ``oordeel``."""
    for row in sim.effecten.rename(columns={"log_effect": "waar"}).to_dict("records"):
        yield {**row, "methode": FAILED, "oordeel": code}


def forecast_rows(listed: pd.DataFrame, truth: pd.DataFrame) -> list[dict[str, Any]]:
    """Expected months and chances of the running clients against their truth.

    Parameters
    ----------
    listed : DataFrame
        The list of kompas.
    truth : DataFrame
        ``Simulatie.verwacht``.

    Returns
    -------
    list of dict
        wat, geschat, waar, n: means (``verwachte_maanden``, chances, ``CODE_maanden_bespaard``), ``deciel_01`` to
        ``deciel_10`` of the expected months, and ``helling``: slope of the truth on the expectation (right: 1).
    """
    both = listed.merge(truth, on="client_id", suffixes=("", "_waar"), validate="one_to_one")
    out = []
    for name in [c for c in truth.columns if c in listed.columns and c != "client_id"]:
        if name in FORECAST or name.endswith("_maanden_bespaard"):
            pair = both[[name, f"{name}_waar"]].dropna()
            out.append({"wat": name, "geschat": pair[name].mean(), "waar": pair[f"{name}_waar"].mean(), "n": len(pair)})
    pair = both[["verwachte_maanden", "verwachte_maanden_waar"]].dropna().to_numpy(dtype=np.float64)
    pair = pair[np.argsort(pair[:, 0], kind="stable")]
    for number, part in enumerate(np.array_split(pair, 10), start=1):
        geschat, waar = part.mean(axis=0)
        out.append({"wat": f"deciel_{number:02d}", "geschat": float(geschat), "waar": float(waar), "n": len(part)})
    slope = np.cov(pair.T)[0, 1] / pair[:, 0].var(ddof=1)
    out.append({"wat": "helling", "geschat": float(slope), "waar": 1.0, "n": len(pair)})
    return out


def measure_town(
    label: str, variant: str, clients: int, seed: int, *, ja: bool = False, prognose: bool = False
) -> dict[str, Any]:
    """Simulate a town, estimate it, and compare.

    Parameters
    ----------
    label, variant, clients, seed
        The world with its options, ``stock`` or ``instroom``, the size and the seed of the town.
    ja : bool
        Also make the list: share of the running clients with any ``ja``.
    prognose : bool
        Also make the list: expected months against the truth.

    Returns
    -------
    dict
        rijen (rows of the study, seconds of the herijking in each) and prognose (rows, empty when not asked for).
    """
    sim = simuleer_gemeente(world_of(label, variant), zaad=seed, clienten=clients, met_verwacht=prognose)
    bestand, config = bestand_van(sim)
    town = {"wereld": label, "variant": variant, "clienten": clients, "zaad": seed}
    start = time.perf_counter()
    forecast: list[dict[str, Any]] = []
    share = None
    try:
        h = schat(bestand, config, zaad=seed)
        seconds = time.perf_counter() - start
        rows = list(effect_rows(h, sim))
        if ja or prognose:
            listed = maak_lijst(bestand, config, h).tabel
            share = float(listed["advies"].fillna("").astype(str).str.len().gt(0).mean()) if ja else None
            forecast = [{**town, **row} for row in forecast_rows(listed, sim.verwacht)] if prognose else []
    except KompasError as error:
        seconds = time.perf_counter() - start
        rows = list(failed_rows(sim, error.code))
        forecast = [{**town, "wat": FAILED, "n": 0}] if prognose else []
    return {"rijen": [{**town, **row, "ja": share, "seconden": seconds} for row in rows], "prognose": forecast}
