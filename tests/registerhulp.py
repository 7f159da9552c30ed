"""A list of a few clients with known figures, and a register with a fixed clock."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from kompas.adviesregister import Adviesregister
from kompas.opdrachten_register import register

MOMENT = dt.datetime(2007, 7, 2, 9, 0, tzinfo=dt.UTC)


def maak_lijst(clienten, **kolommen):
    """One instrument ``r``; figures 1.5 months, 250 euro (-50 to 550), chance .9."""
    n = len(clienten)
    vast = {
        "client_id": clienten,
        "afdeling": None,
        "team": "Team 1",
        "klantmanager": "KM1",
        "duur_maanden": np.arange(1, n + 1),
        "kans_uitstroom_12m": 0.4,
        "kans_werk_12m": 0.25,
        "verwachte_maanden": 20.0,
        "doelgroep": "",
        "advies": "r",
        "waarom": "",
        "r_maanden_bespaard": 1.5,
        "r_opbrengst": 1250.0,
        "r_netto": 250.0,
        "r_netto_laag": -50.0,
        "r_netto_hoog": 550.0,
        "r_kans_positief": 0.9,
        "r_indicatie": "ja",
        "r_reden": "",
        "profiel": "",
        "model": "abc123def456",
        "peildatum": dt.date(2007, 6, 30),
    }
    return pd.DataFrame({**vast, **kolommen}, index=range(n))


def begin(map_: Path) -> Adviesregister:
    return register(map_ / "register.sqlite", gemeente="Hollandstad", tijdstip=MOMENT)


def noteer(r: Adviesregister, client: str, **anders) -> int:
    velden = {
        "instrument": "r",
        "besluit": "gevolgd",
        "reden": "klant wil graag beginnen",
        "door": "KM1",
        "tijdstip": MOMENT,
    }
    lijst = anders.pop("lijst", None)
    return r.noteer(lijst if lijst is not None else maak_lijst([client]), client=client, **{**velden, **anders})
