"""The same town as real systems export it: ``data/sample/hollandstad_rauw``.

Local column names and codes, cp1252 with accents, semicolons, Dutch numbers and dates, double rows, missing dates,
filled-in ends (00000000, 31-12-9999), codes without their leading zeros, an Excel sheet, a column that may not be used.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

from kompas.simulatie.hollandstad import ZAAD
from kompas.simulatie.hollandstad_map import Hollandstad

_LEEFVORM = {"alleenstaande": "A", "alleenstaande_ouder": "EO", "gehuwd": "SAM", "anders": "INR"}
_OPLEIDING = {"geen": ("geen",), "basis": ("BO",), "vmbo": ("VBO", "MAVO"), "hoger": ("HAVO/VWO", "MBO", "HBO")}
_FASE = {"fase 1": "1", "fase 2": "2", "fase 3": "3", "fase 4": "4", "nog niet ingedeeld": "N", "onbekend": ""}
_TRAJECT = {"reintegratie": ("R01", "R02"), "werkdirect": ("WD",), "huisbezoek": ("HB",)}
_STATUS = {"gestart": "lopend", "besteld": "besteld", "niet_verschenen": "no show", "geannuleerd": "vervallen"}
_UITVOERDER = {"Stap Vooruit": "Stap Vooruit coöperatie", "Aanpak BV": "Aanpak Reïntegratie BV"}
_BESLUIT = {"toegekend": "T", "afgewezen": "A", "buiten_behandeling": "B", "ingetrokken": "I", "": ""}
_DUBBEL, _ZONDER_DATUM, _IOAW, _OPVANG = 0.006, 0.004, 70, 120
_OPEN_EINDEN = (("00000000", 0.90), ("", 0.07), ("31-12-9999", 0.03))


def _datum(reeks: pd.Series, leeg: str = "") -> pd.Series:
    return reeks.dt.strftime("%d-%m-%Y").fillna(leeg)


def _bedrag(reeks: pd.Series) -> pd.Series:
    """Return amounts as 1.234,56; unknown is empty."""
    tekst = reeks.map("{:,.2f}".format, na_action="ignore")
    return tekst.str.translate(str.maketrans(",.", ".,")).fillna("")


def _nummers(ids: pd.Series) -> pd.Series:
    """Return H01234 as 4001234 and a newcomer P01234 as 5001234: seven digits, never a BSN."""
    return ids.str[0].map({"H": "40", "P": "50"}) + ids.str[1:]


def _kies(rng: np.random.Generator, keus: Mapping[str, tuple[str, ...]], waarden: pd.Series) -> pd.Series:
    u = rng.random(len(waarden))
    return pd.Series(
        [keus[w][int(x * len(keus[w]))] if w in keus else "" for w, x in zip(waarden, u, strict=True)],
        index=waarden.index,
    )


def _verdubbel(tabel: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Repeat some rows, as an export that joins tables does; sorted by the source key."""
    extra = tabel[rng.random(len(tabel)) < _DUBBEL]
    return pd.concat([tabel, extra]).sort_index(kind="stable")


def _open_einde(eind: pd.Series, rng: np.random.Generator) -> pd.Series:
    namen, kans = [n for n, _ in _OPEN_EINDEN], np.cumsum([k for _, k in _OPEN_EINDEN])
    plek = np.minimum(np.searchsorted(kans, rng.random(len(eind)), side="right"), len(namen) - 1)
    return _datum(eind).where(eind.notna(), pd.Series(np.array(namen, dtype=object)[plek], index=eind.index))


def rauwe_uitkeringen(u: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return ``uitkeringen`` as the benefit system gives it."""
    begin = _datum(u["begindatum"]).mask(rng.random(len(u)) < _ZONDER_DATUM, "")
    wijk = rng.integers(0, 18, int(u["client_id"].nunique()))[pd.factorize(u["client_id"])[0]]
    reden = u["reden_einde"].fillna("").map(lambda r: r.lstrip("0"))
    tabel = pd.DataFrame(
        {
            "CLIENTNR": _nummers(u["client_id"]),
            "HUISHOUDNR": u["huishouden_id"].str[2:].str.lstrip("0"),
            "SOORT_UITKERING": "WWB",
            "DATINGANG": begin,
            "DATEINDE": _open_einde(u["einddatum"], rng),
            "REDEN_BEËINDIGING": reden,
            "GESLACHT": u["geslacht"].map({"man": "M", "vrouw": "V"}),
            "GEBDAT": _datum(u["geboortedatum"]),
            "LEEFVORM": u["leefvorm"].map(_LEEFVORM),
            "OPLNIVEAU": _kies(rng, _OPLEIDING, u["opleiding"]),
            "FASE": u["fasering"].map(_FASE),
            "POSTCODE": [f"{1900 + w}" for w in wijk],
            "AFD": u["afdeling"],
            "TEAM": u["team"].str[5:],
            "BEHANDELAAR": u["klantmanager"],
            "BEDRAG_BRUTO": _bedrag(u["bedrag_maand"]),
            "DATREGISTRATIE": _datum(u["registratiedatum"], "00000000"),
        }
    )
    ioaw = tabel.iloc[np.sort(rng.choice(len(tabel), _IOAW, replace=False))].copy()
    ioaw["CLIENTNR"] = [f"60{i:05d}" for i in range(1, _IOAW + 1)]
    ioaw["HUISHOUDNR"], ioaw["SOORT_UITKERING"] = ioaw["CLIENTNR"].str[2:], "IOAW"
    return _verdubbel(pd.concat([tabel, ioaw]).sort_values("CLIENTNR", kind="stable", ignore_index=True), rng)


def rauwe_trajecten(inzet: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return ``inzet`` as the rows of a sheet: numbers, dates and texts."""
    begin = inzet["begindatum"].mask(rng.random(len(inzet)) < _ZONDER_DATUM)
    tabel = pd.DataFrame(
        {
            "Cliëntnummer": _nummers(inzet["client_id"]).astype(int),
            "Trajectcode": _kies(rng, _TRAJECT, inzet["instrument"]),
            "Startdatum": begin,
            "Einddatum": inzet["einddatum"],
            "Geplande einddatum": inzet["geplande_einddatum"],
            "Kosten": inzet["kosten"],
            "Contractnr": inzet["contract_id"],
            "Aanbieder": inzet["uitvoerder"].replace(_UITVOERDER),
            "Status": inzet["status"].map(_STATUS),
        }
    )
    opvang = tabel.iloc[np.sort(rng.choice(len(tabel), _OPVANG, replace=False))].copy()
    opvang["Trajectcode"], opvang["Contractnr"], opvang["Aanbieder"] = "KO", "KO", "De Zandbak"
    return _verdubbel(pd.concat([tabel, opvang]).sort_index(kind="stable").reset_index(drop=True), rng)


def _schrijf_blad(tabel: pd.DataFrame, pad: Path) -> None:
    """Write an Excel sheet: the same bytes every time."""
    with xlsxwriter.Workbook(pad) as boek:
        boek.set_properties({"created": dt.datetime(2007, 7, 2, tzinfo=dt.UTC).replace(tzinfo=None)})
        blad = boek.add_worksheet("Trajecten")
        datum = boek.add_format({"num_format": "dd-mm-yyyy"})
        for k, naam in enumerate(tabel.columns):
            blad.write_string(0, k, naam)
            for r, waarde in enumerate(tabel[naam].astype(object).where(tabel[naam].notna(), None), start=1):
                if isinstance(waarde, pd.Timestamp):
                    blad.write_datetime(r, k, waarde.to_pydatetime(), datum)
                elif isinstance(waarde, str):
                    blad.write_string(r, k, waarde)
                elif waarde is not None:
                    blad.write_number(r, k, waarde)


def _schrijf_tekst(tabel: pd.DataFrame, pad: Path) -> None:
    """Write as the old systems do: semicolons, cp1252, lines that end as on Windows."""
    tabel.to_csv(pad, index=False, sep=";", encoding="cp1252", lineterminator="\r\n")


def maak_rauw(stad: Hollandstad) -> dict[str, pd.DataFrame]:
    """Return the raw exports by file name."""
    rng = np.random.Generator(np.random.PCG64(ZAAD + 2))
    t = stad.tabellen
    grond, aanvraag, uitgaven = t["gronden"], t["aanvragen"], t["uitgaven"]
    return {
        "szuitkering.csv": rauwe_uitkeringen(t["uitkeringen"], rng),
        "trajecten.xlsx": rauwe_trajecten(t["inzet"], rng),
        "gronden.csv": pd.DataFrame(
            {
                "CLIENTNR": _nummers(grond["client_id"]),
                "VOORZIENING": "HB",
                "AANLEIDING": grond["grond"].str.replace("melding", "melding (geïnitieerd door derden)"),
                "DATUM_SIGNAAL": _datum(grond["grond_datum"]),
                "VASTGELEGD_DOOR": grond["grond_door"],
                "VERVALDATUM": _datum(grond["geldig_tot"]),
            }
        ),
        "aanvragen.csv": pd.DataFrame(
            {
                "AANVRAAGNR": aanvraag["aanvraag_id"].str[1:].str.lstrip("0"),
                "CLIENTNR": _nummers(aanvraag["client_id"]),
                "DATUM_AANVRAAG": _datum(aanvraag["aanvraagdatum"]),
                "DATUM_BESLUIT": _datum(aanvraag["besluitdatum"], "00000000"),
                "BESLUIT": aanvraag["besluit"].map(_BESLUIT),
            }
        ),
        "uitgaven.csv": pd.DataFrame(
            {
                "PERIODE": uitgaven["maand"],
                "BEDRAG": _bedrag(uitgaven["bedrag"].astype(float)),
                "VAKANTIEGELD": _bedrag(uitgaven["vakantiegeld"].astype(float)),
                "AANTAL_HH": uitgaven["huishoudens"],
            }
        ),
    }


def schrijf_rauw(stad: Hollandstad, doel: Path) -> Path:
    """Write the raw folder; the exports that are there are replaced."""
    shutil.rmtree(doel / "exports", ignore_errors=True)
    (doel / "exports").mkdir(parents=True)
    for naam, tabel in maak_rauw(stad).items():
        if naam.endswith(".xlsx"):
            _schrijf_blad(tabel, doel / "exports" / naam)
        else:
            _schrijf_tekst(tabel, doel / "exports" / naam)
    return doel
