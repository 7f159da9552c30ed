"""The work of the sociale dienst of Hollandstad: gate, contracts, targets and hours."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.simulatie.tijd import NOOIT, Ints, als_dagen, als_datums, plus_maanden

_TEAMS = tuple((f"Team {t}", "Noord" if t <= 3 else "Zuid") for t in range(1, 7))
_UREN_PER_MAAND = 560
_ZOMER = {7: 0.75, 8: 0.7, 12: 0.85}

# Share of all applications that ends without benefit, per year: WerkDirect at the gate since 2004.
_ZONDER = {2004: 0.31, 2005: 0.33, 2006: 0.35, 2007: 0.36}
_BESLUIT_ZONDER = ("afgewezen", "buiten_behandeling", "ingetrokken")
_DEEL_ZONDER = (0.36, 0.14, 0.50)
_WERKDIRECT_BIJ = {"afgewezen": 0.15, "buiten_behandeling": 0.25, "ingetrokken": 0.60}
_LANGSTE_BESLUIT = 70
WERKDIRECT_DAGEN = 10

# instrument -> uitvoerders with their share and price; a contract per year.
_UITVOERDERS = {
    "reintegratie": (("Aanpak BV", "AAN", 0.45, 4650.0), ("Stap Vooruit", "STA", 0.35, 4300.0),
                     ("Eigen dienst", "EIG", 0.20, 4450.0)),
    "werkdirect": (("Werkplein", "WPL", 1.0, 900.0),),
    "huisbezoek": (("Team Handhaving", "THA", 1.0, 250.0),),
}  # fmt: skip
_NIET_GESTART = (("niet_verschenen", 0.018), ("geannuleerd", 0.012), ("besteld", 0.006))
_KOSTEN_ONBEKEND = 0.02

_NORMEN = {
    # kengetal: norm per year 2004-2007
    "instroom": (1260, 1120, 1000, 880),
    "preventiequote": (0.30, 0.32, 0.35, 0.38),
    "doorlooptijd_dagen": (28, 26, 25, 25),
    "besluit_in_termijn": (0.75, 0.80, 0.80, 0.80),
    "uitstroom": (1150, 1180, 1300, 1350),
    "uitstroom_werk": (560, 580, 640, 680),
    "duurzaam_6m": (0.80, 0.80, 0.82, 0.82),
    "terugval_12m": (0.20, 0.20, 0.18, 0.18),
    "volume": (3100, 3050, 2980, 2600),
    "aandeel_in_traject": (0.20, 0.20, 0.25, 0.25),
    "caseload": (90, 85, 80, 80),
    "langer_dan_3_jaar": (0.45, 0.45, 0.42, 0.40),
    "wdeel_benut": (0.85, 0.85, 0.90, 0.90),
    "huisbezoek_met_grond": (1.0, 1.0, 1.0, 1.0),
}
_PER_AFDELING = ("uitstroom_werk", "aandeel_in_traject", "caseload")


def _kies(rng: np.random.Generator, waarden: tuple[str, ...], kansen: tuple[float, ...], n: int) -> np.ndarray:
    plek = np.searchsorted(np.cumsum(kansen), rng.random(n) * sum(kansen), side="right")
    return np.array(waarden, dtype=object)[np.minimum(plek, len(waarden) - 1)]


def _besluitdagen(aanvraag: Ints, peildag: int, rng: np.random.Generator) -> Ints:
    duur = 8 + np.minimum(rng.standard_exponential(len(aanvraag)) * 15, _LANGSTE_BESLUIT - 8).astype(np.int64)
    return np.where(aanvraag + duur <= peildag, aanvraag + duur, NOOIT)


def maak_aanvragen(
    uitkeringen: pd.DataFrame, inzet: pd.DataFrame, *, vanaf: int, peildag: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return ``aanvragen``: one per spell that begins since then, and those that ended without benefit."""
    begin = als_dagen(uitkeringen["begindatum"])
    nieuw = uitkeringen[begin >= vanaf].reset_index(drop=True)
    begin = als_dagen(nieuw["begindatum"])
    gate = inzet[(inzet["instrument"] == "werkdirect") & (inzet["status"] == "gestart")]
    sleutel = gate["client_id"] + gate["begindatum"].dt.strftime("%Y%m%d")
    heeft = np.zeros(len(nieuw), dtype=bool)
    for k in range(WERKDIRECT_DAGEN):  # offered at the gate: it starts in the first days
        op = nieuw["client_id"] + (nieuw["begindatum"] + pd.Timedelta(days=k)).dt.strftime("%Y%m%d")
        heeft |= op.isin(sleutel).to_numpy()
    toegekend = pd.DataFrame({"client_id": nieuw["client_id"], "dag": begin - rng.integers(0, 8, len(nieuw))})
    toegekend["besluit"] = "toegekend"
    toegekend["werkdirect_aangeboden"] = np.where(heeft, "ja", "nee")
    jaar = nieuw["begindatum"].dt.year.to_numpy()
    delen = [toegekend]
    for j, zonder in _ZONDER.items():
        dagen = begin[jaar == j]
        n = round(len(dagen) * zonder / (1 - zonder))
        besluit = _kies(rng, _BESLUIT_ZONDER, _DEEL_ZONDER, n)
        bij = np.array([_WERKDIRECT_BIJ[b] for b in besluit])
        delen.append(
            pd.DataFrame(
                {
                    "client_id": "",
                    "dag": dagen[rng.integers(0, len(dagen), n)] - rng.integers(0, 8, n),
                    "besluit": besluit,
                    "werkdirect_aangeboden": np.where(rng.random(n) < bij, "ja", "nee"),
                }
            )
        )
    alles = pd.concat(delen, ignore_index=True)
    alles = alles.iloc[np.lexsort((rng.random(len(alles)), alles["dag"]))].reset_index(drop=True)
    besluit_dag = _besluitdagen(alles["dag"].to_numpy(), peildag, rng)
    zonder_client = alles["client_id"] == ""
    volg = zonder_client.cumsum().map("P{:05d}".format)
    return pd.DataFrame(
        {
            "aanvraag_id": [f"A{i:05d}" for i in range(1, len(alles) + 1)],
            "client_id": alles["client_id"].where(~zonder_client, volg),
            "aanvraagdatum": als_datums(alles["dag"]),
            "besluitdatum": als_datums(besluit_dag),
            "besluit": alles["besluit"].where(besluit_dag < NOOIT, ""),
            "werkdirect_aangeboden": alles["werkdirect_aangeboden"],
        }
    )


def werk_inzet_bij(inzet: pd.DataFrame, *, peildag: int, rng: np.random.Generator) -> pd.DataFrame:
    """Give deployments a contract, planned ends, some unknown costs, and rows that never started."""
    tabel = inzet.drop(columns=["toewijzing"]).reset_index(drop=True)
    n = len(tabel)
    contract, uitvoerder, prijs = np.empty(n, dtype=object), np.empty(n, dtype=object), np.zeros(n)
    jaar = tabel["begindatum"].dt.year.to_numpy()
    for code, keus in _UITVOERDERS.items():
        wie = np.flatnonzero((tabel["instrument"] == code).to_numpy())
        plek = np.searchsorted(np.cumsum([d for _, _, d, _ in keus]), rng.random(len(wie)), side="right")
        plek = np.minimum(plek, len(keus) - 1)
        uitvoerder[wie] = np.array([u for u, _, _, _ in keus], dtype=object)[plek]
        prijs[wie] = np.array([p for _, _, _, p in keus])[plek]
        kort = np.array([k for _, k, _, _ in keus], dtype=object)[plek]
        contract[wie] = [f"{code[:2].upper()}-{k}-{j}" for k, j in zip(kort, jaar[wie], strict=True)]
    ruis = np.round(prijs * rng.uniform(0.85, 1.15, n))
    tabel["kosten"] = np.where(rng.random(n) < _KOSTEN_ONBEKEND, np.nan, ruis)
    tabel["contract_id"], tabel["uitvoerder"] = contract, uitvoerder
    duur = tabel["instrument"].map({"reintegratie": 6, "werkdirect": 1, "huisbezoek": 0}).to_numpy()
    begin = als_dagen(tabel["begindatum"])
    tabel["geplande_einddatum"] = als_datums(np.where(duur > 0, plus_maanden(begin, duur) - 1, NOOIT))
    niet = []
    for status, deel in _NIET_GESTART:
        rijen = tabel[(rng.random(n) < deel) & (tabel["instrument"] == "reintegratie").to_numpy()].copy()
        if status == "besteld":
            rijen = rijen[als_dagen(rijen["begindatum"]) > peildag - 200]
        leeg = {"einddatum": pd.NaT, "geplande_einddatum": pd.NaT, "kosten": np.nan, "resultaat": ""}
        verschil = pd.to_timedelta(rng.integers(20, 90, len(rijen)), unit="D")
        niet.append(rijen.assign(status=status, begindatum=rijen["begindatum"] - verschil, **leeg))
    alles = pd.concat([tabel, *[d for d in niet if len(d)]])
    return alles.sort_values(["client_id", "begindatum", "instrument"], kind="stable", ignore_index=True)


def maak_contracten(inzet: pd.DataFrame) -> pd.DataFrame:
    """Return ``contracten`` from 2004 on; ``verbruikt`` counts what started under each until the peildatum."""
    gestart = inzet[inzet["status"] == "gestart"]
    rijen = []
    for code, keus in _UITVOERDERS.items():
        for uitvoerder, kort, _, prijs in keus:
            for j in range(2004, 2008):
                contract = f"{code[:2].upper()}-{kort}-{j}"
                verbruikt = int((gestart["contract_id"] == contract).sum())
                vol = verbruikt * (2 if j == 2007 else 1)
                ingekocht = int(5 * np.ceil(1.08 * vol / 5)) if code == "reintegratie" else int(10 * np.ceil(vol / 10))
                minimum, maximum = (int(0.7 * ingekocht), int(1.2 * ingekocht)) if code == "reintegratie" else (0, "")
                rijen.append(
                    (
                        contract,
                        code,
                        uitvoerder,
                        f"{j}-01-01",
                        f"{j}-12-31",
                        ingekocht,
                        verbruikt,
                        minimum,
                        maximum,
                        prijs,
                    )
                )
    kolommen = ["contract_id", "instrument", "uitvoerder", "begindatum", "einddatum"]
    return pd.DataFrame(rijen, columns=[*kolommen, "ingekocht", "verbruikt", "minimum", "maximum", "prijs"])


def maak_taakstellingen() -> pd.DataFrame:
    """Return ``taakstellingen`` for 2004-2007: the town, and some figures per afdeling."""
    rijen: list[tuple[int, str, str, str, float]] = []
    for k, j in enumerate(range(2004, 2008)):
        rijen += [(j, "management", "Hollandstad", naam, normen[k]) for naam, normen in _NORMEN.items()]
        for naam in _PER_AFDELING:
            norm = _NORMEN[naam][k]
            rijen += [(j, "teamleider", a, naam, norm / 2 if norm > 100 else norm) for a in ("Noord", "Zuid")]
    return pd.DataFrame(rijen, columns=["jaar", "niveau", "eenheid", "kengetal", "norm"])


def maak_capaciteit() -> pd.DataFrame:
    """Return ``capaciteit``: hours of klantmanagers per team, from January 2007 to December 2008."""
    rijen = []
    for k, (team, _) in enumerate(_TEAMS):
        for m in range(24):
            uren = (_UREN_PER_MAAND + 20 * (k % 3)) * _ZOMER.get(m % 12 + 1, 1.0)
            rijen.append((team, f"{2007 + m // 12}-{m % 12 + 1:02d}", round(uren)))
    return pd.DataFrame(rijen, columns=["team", "maand", "uren"])
