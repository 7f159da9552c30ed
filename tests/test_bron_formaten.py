"""The same rows in every allowed notation give the same frame, and the order of rows does not matter."""

import csv
import datetime as dt
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from kompas.bron import Bestand, lees_bron, schrijf_bevindingen
from kompas.config import Config, maak_config
from kompas.fouten import GebruiksFout, GegevensFout

D = dt.date
GEEN = None
RIJEN = [
    # client, begin, eind, reden, geslacht, geboren, leefvorm, opleiding, team, bedrag, wijkteam_code, kinderen
    ("1001", D(2001, 2, 3), GEEN, "", "man", D(1960, 12, 31), "alleenstaande", "geen", "Één", 1234.5, "01", 0.5),
    ("1002", D(1999, 1, 1), D(2003, 5, 9), "06", "vrouw", D(1970, 1, 1), "gehuwd", "hoger", "Twee", GEEN, "02", 2.0),
    ("1003", D(2004, 2, 29), D(2006, 2, 28), "11", "vrouw", D(1980, 10, 10), "anders", "", "Één", 812.07, "01", 1.25),
]
KOPPEN = ["client_id", "begindatum", "einddatum", "reden_einde", "geslacht", "geboortedatum", "leefvorm", "opleiding"]
KOPPEN += ["team", "bedrag_maand", "code", "kinderen"]
DELEN = {"kenmerken": {"gebruik": ["geslacht", "opleiding", "code", "kinderen"]}}


def config(map_: Path, bestand: str, delen: dict | None = None, **bron) -> Config:
    return maak_config(
        {
            "gemeente": {"naam": "X", "peildatum": D(2007, 6, 30)},
            "bron": {"map": str(map_), "venster_van": D(2001, 1, 1), "uitkeringen": {"bestand": bestand} | bron},
        }
        | (DELEN if delen is None else delen)
    )


def tekst(waarde: object, datum: str, decimaal: str, leeg: str = "") -> str:
    if waarde is None:
        return leeg
    if isinstance(waarde, dt.date):
        return waarde.strftime(datum)
    if isinstance(waarde, float):
        heel, deel = f"{waarde:,.2f}".split(".")
        return heel.replace(",", ".") + "," + deel if decimaal == "," else f"{waarde:.2f}"
    return str(waarde)


def verwacht() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rij": [2, 3, 4],
            "client_id": ["1001", "1002", "1003"],
            "begindatum": pd.to_datetime(["2001-02-03", "1999-01-01", "2004-02-29"]),
            "einddatum": pd.to_datetime([None, "2003-05-09", "2006-02-28"]),
            "reden_einde": [None, "06", "11"],
            "bestemming": [None, "handhaving", "werk"],
            "geslacht": ["man", "vrouw", "vrouw"],
            "geboortedatum": pd.to_datetime(["1960-12-31", "1970-01-01", "1980-10-10"]),
            "leefvorm": ["alleenstaande", "gehuwd", "anders"],
            "opleiding": ["geen", "hoger", "onbekend"],
            "regeling": ["algemeen"] * 3,
            "huishouden_id": [None] * 3,
            "bedrag_maand": [1234.5, np.nan, 812.07],
            "registratiedatum": pd.to_datetime([None] * 3).astype("datetime64[ns]"),
            "afdeling": [None] * 3,
            "team": ["Één", "Twee", "Één"],
            "klantmanager": [None] * 3,
            "code": ["01", "02", "01"],
            "kinderen": [0.5, 2.0, 1.25],
        }
    )


def controleer(bestand: Bestand) -> None:
    assert_frame_equal(bestand.uitkeringen, verwacht(), check_like=False)
    assert bestand.bevindingen.to_frame()["regel"].tolist() == ["A13"]


DATUMS = ("%d-%m-%Y", "%Y-%m-%d", "%Y%m%d", "%Y-%m-%d 00:00:00")
CSV = list(itertools.product(";,\t", ("utf-8", "utf-8-sig", "cp1252", "utf-16"), DATUMS, ",."))


@pytest.mark.parametrize(("scheiding", "codering", "datum", "decimaal"), CSV)
def test_csv(tmp_path, scheiding, codering, datum, decimaal):
    leeg = {"%d-%m-%Y": "31-12-9999", "%Y%m%d": "00000000"}.get(datum, "")
    with (tmp_path / "u.csv").open("w", encoding=codering, newline="") as f:
        schrijver = csv.writer(f, delimiter=scheiding)
        schrijver.writerow(KOPPEN)
        for rij in RIJEN:
            schrijver.writerow([tekst(w, datum, decimaal, leeg if i == 2 else "") for i, w in enumerate(rij)])
    controleer(lees_bron(config(tmp_path, "u.csv")))


@pytest.mark.parametrize("einde", ["xlsx", "parquet"])
@pytest.mark.parametrize("getypt", [True, False])
def test_excel_en_parquet(tmp_path, einde, getypt):
    tabel = pd.DataFrame(RIJEN, columns=KOPPEN)
    if getypt:  # real dates and numbers; ids became numbers, as Excel likes
        tabel["client_id"] = tabel["client_id"].astype(float)
        for k in ("begindatum", "einddatum", "geboortedatum"):
            tabel[k] = pd.to_datetime(tabel[k])
        tabel["reden_einde"] = [np.nan, 6.0, 11.0]
    else:
        tabel = tabel.map(lambda w: tekst(None if w is None or w != w else w, "%d-%m-%Y", ","))  # noqa: PLR0124
    pad = tmp_path / f"u.{einde}"
    if einde == "xlsx":
        with pd.ExcelWriter(pad, engine="xlsxwriter") as boek:
            pd.DataFrame({"uitleg": ["niets"]}).to_excel(boek, sheet_name="Toelichting", index=False)
            tabel.to_excel(boek, sheet_name="Gegevens", index=False)
        controleer(lees_bron(config(tmp_path, pad.name, blad="Gegevens")))
    else:
        tabel.to_parquet(pad, index=False)
        controleer(lees_bron(config(tmp_path, pad.name)))


def test_breuk_uit_excel_is_niet_dubbelzinnig(tmp_path):
    tabel = pd.DataFrame(RIJEN, columns=KOPPEN)
    tabel["bedrag_maand"] = [1.234, 5, 1234567.5]
    tabel.to_parquet(tmp_path / "u.parquet", index=False)
    uit = lees_bron(config(tmp_path, "u.parquet"))
    assert uit.uitkeringen["bedrag_maand"].tolist() == [1.234, 5, 1234567.5]
    # the mark of a typed fraction never leaves the package
    tabel["bedrag_maand"], tabel["code"] = [-1.5, 5, 6], [1.5, 2.5, 1.5]
    tabel.to_parquet(tmp_path / "u.parquet", index=False)
    uit = lees_bron(
        config(tmp_path, "u.parquet", DELEN | {"kenmerken": {"gebruik": ["code"], "soort": {"code": "categorie"}}})
    )
    assert uit.uitkeringen["code"].tolist() == ["2.5", "1.5"]
    assert uit.bevindingen.to_frame().query("regel == 'A09'")["waarde"].tolist() == ["-1.5"]


def test_sep_regel_lege_regels_en_aanhalingstekens(tmp_path):
    kop = "client_id;begindatum;geslacht;geboortedatum;leefvorm;team"
    rijen = ['1;01-01-2005;m;01-01-1970;1;"Noord; ""A"""', "", "2;01-01-2005;V;01-01-1970;02;x", ";;;;;", ""]
    (tmp_path / "u.csv").write_text("\r\n".join(["sep=;", kop, *rijen]), encoding="utf-8", newline="")
    uit = lees_bron(config(tmp_path, "u.csv", {})).uitkeringen
    assert uit[["rij", "team", "geslacht", "leefvorm"]].to_numpy().tolist() == [
        [3, 'Noord; "A"', "man", "alleenstaande"],
        [5, "x", "vrouw", "alleenstaande_ouder"],
    ]


def test_kolommen_en_codes(tmp_path):
    kop = "CLIENTNR;einddatum;begindatum;SEXE;geboortedatum;LV;FASE"
    # begin and end stand under each other's name
    (tmp_path / "u.csv").write_text(f"{kop}\n7;01-01-2005;02-02-2006;H;01-01-1970;A;3\n", encoding="utf-8")
    hernoemd = {
        "client_id": "CLIENTNR", "begindatum": "einddatum", "einddatum": "begindatum",
        "geslacht": "SEXE", "leefvorm": "LV", "fasering": "FASE",
    }  # fmt: skip
    codes = {"geslacht": {"man": ["H"], "vrouw": ["D"]}, "leefvorm": {"anders": ["A"]}, "fasering": {"fase 3": ["03"]}}
    with pytest.raises(GebruiksFout, match="'reden_einde' ontbreekt"):
        lees_bron(config(tmp_path, "u.csv", {}, kolommen=hernoemd, codes=codes))
    (tmp_path / "u.csv").write_text(f"{kop};R\n7;01-01-2005;02-02-2006;H;01-01-1970;A;3;11\n", encoding="utf-8")
    hernoemd["reden_einde"] = "R"
    rij = lees_bron(config(tmp_path, "u.csv", {}, kolommen=hernoemd, codes=codes)).uitkeringen.iloc[0]
    assert (rij["client_id"], rij["begindatum"], rij["einddatum"]) == (
        "7",
        pd.Timestamp("2005"),
        pd.Timestamp("2006-02-02"),
    )
    assert (rij["geslacht"], rij["leefvorm"], rij["fasering"]) == ("man", "anders", "fase 3")


@pytest.mark.parametrize(
    ("naam", "inhoud", "fout", "bericht"),
    [
        ("u.csv", b'client_id;begindatum\n1;"x\n2;y\n', GegevensFout, "KMP-G001.*aanhalingsteken"),
        ("u.csv", b"client_id\n\x81\x8d\n", GegevensFout, "KMP-G001.*cp1252"),
        ("u.xlsx", b"geen excel", GegevensFout, "KMP-G001"),
        ("u.parquet", b"geen parquet", GegevensFout, "KMP-G001"),
        ("u.pdf", b"x", GebruiksFout, "KMP-C011.*Toegestaan"),
        ("u.csv", b"", GebruiksFout, "KMP-C012.*geen kop"),
    ],
)
def test_kapotte_bestanden(tmp_path, naam, inhoud, fout, bericht):
    (tmp_path / naam).write_bytes(inhoud)
    with pytest.raises(fout, match=bericht):
        lees_bron(config(tmp_path, naam, {}))


def test_blad_dat_er_niet_is(tmp_path):
    pd.DataFrame(RIJEN, columns=KOPPEN).to_excel(tmp_path / "u.xlsx", sheet_name="Gegevens", index=False)
    with pytest.raises(GebruiksFout, match=r"KMP-C011.*Bedoelde u 'Gegevens'\? Aanwezig: .*'Gegevens'.*Pas 'blad' aan"):
        lees_bron(config(tmp_path, "u.xlsx", blad="Gegeven"))
    (tmp_path / "u.csv").write_text("a\n", encoding="utf-8")
    with pytest.raises(GebruiksFout, match=r"KMP-C011.*geen Excel"):
        lees_bron(config(tmp_path, "u.csv", blad="x"))


def test_volgorde_van_rijen_maakt_niet_uit(tmp_path):
    rng = np.random.default_rng(5)
    n = 400
    begin = pd.Timestamp("2004-01-01") + pd.to_timedelta(rng.integers(0, 40, n) * 30, "D")
    eind = begin + pd.to_timedelta(rng.integers(-10, 400, n), "D")
    loopt = rng.random(n) < 0.3
    uitkeringen = pd.DataFrame(
        {
            "client_id": [f"C{i}" for i in rng.integers(0, 90, n)],
            "begindatum": begin.strftime("%d-%m-%Y"),
            "einddatum": np.where(loopt, "", eind.strftime("%d-%m-%Y")),
            "reden_einde": np.where(loopt, "", rng.choice(["11", "2", "77", ""], n)),
            "geslacht": rng.choice(["man", "vrouw", "", "x"], n, p=[0.5, 0.45, 0.03, 0.02]),
            "geboortedatum": "01-01-1970",
            "leefvorm": rng.choice(["1", "2", "3"], n),
            "huishouden_id": [f"H{i}" for i in rng.integers(0, 60, n)],
            "bedrag_maand": rng.choice(["1.234", "812,50", "900"], n),
        }
    )
    inzet = pd.DataFrame(
        {
            "client_id": [f"C{i}" for i in rng.integers(0, 95, n)],
            "instrument": rng.choice(["a", "b"], n),
            "begindatum": rng.choice(["01-03-2005", "01-03-2006", ""], n),
            "kosten": rng.choice(["10", "20", ""], n),
            "contract_id": rng.choice(["x", "y", ""], n),
        }
    )
    uit = []
    for zaad in range(3):
        for naam, tabel in (("u", uitkeringen), ("i", inzet)):
            tabel.sample(frac=1, random_state=zaad).to_csv(tmp_path / f"{naam}.csv", sep=";", index=False)
        basis = config(tmp_path, "u.csv", {"instrument": [{"code": "a"}, {"code": "b"}]}).model_dump()
        basis["bron"]["inzet"] = {"bestand": "i.csv"}
        bestand = lees_bron(maak_config(basis))
        schrijf_bevindingen(bestand.bevindingen, tmp_path / "b.csv")
        telling = bestand.bevindingen.to_frame().groupby(["bestand", "kolom", "regel"])["aantal"].sum()
        frames = [bestand.uitkeringen, bestand.inzet]
        uit.append([f.drop(columns="rij").to_csv() for f in frames] + [telling.to_csv(), bestand.telling.to_csv()])
    assert len(pd.read_csv(tmp_path / "b.csv")) > 50
    assert uit[0] == uit[1] == uit[2]
