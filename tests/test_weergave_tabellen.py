import datetime as dt
import io

import numpy as np
import pandas as pd
import pytest

from kompas.fouten import GebruiksFout
from kompas.weergave.bestanden import atomisch, schrijf_tekst
from kompas.weergave.tabellen import naar_csv, rond_af, schrijf_tabel, standaard_decimalen

GEVAAR = ["=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1"]


def frame():
    return pd.DataFrame(
        {
            "client_id": ["b", "a", "007"],
            "kans": [0.1, np.nan, 1 / 3],
            "netto": [-1234.5, 0.0, np.nan],
            "aantal": pd.array([3, None, -4], dtype="Int64"),
            "voorkeur": [True, False, True],
            "misschien": pd.array([True, None, False], dtype="boolean"),
            "dag": pd.to_datetime(["2007-06-30", None, "2001-01-01"]),
            "tekst": ["é; x", None, 'zeg "ja", nee'],
            "indicatie": pd.Categorical(["ja", "nee", None]),
        }
    )


def test_csv_vorm_van_het_contract():
    assert naar_csv(frame()).decode("utf-8").split("\n") == [
        "client_id,kans,netto,aantal,voorkeur,misschien,dag,tekst,indicatie",
        "b,0.1,-1234.5,3,true,true,2007-06-30,é; x,ja",
        "a,,0.0,,false,,,,nee",
        '007,0.3333333333333333,,-4,true,false,2001-01-01,"zeg ""ja"", nee",',
        "",
    ]


def test_csv_nederlandse_vorm():
    ruw = naar_csv(frame(), nl=True)
    assert ruw.startswith(b"\xef\xbb\xbf")
    assert ruw.decode("utf-8-sig").split("\n")[1:3] == [
        'b;0,1;-1234,5;3;true;true;30-06-2007;"é; x";ja',
        "a;;0,0;;false;;;;nee",
    ]


@pytest.mark.parametrize("nl", [False, True])
@pytest.mark.parametrize("gevaar", GEVAAR)
def test_formules_in_tekst_krijgen_een_apostrof(gevaar, nl):
    f = pd.DataFrame({gevaar: [gevaar, "gewoon"], "getal": [-1.0, 2.0], "geheel": [-1, 2]})
    terug = pd.read_csv(io.BytesIO(naar_csv(f, nl=nl)), sep=";" if nl else ",", decimal="," if nl else ".")
    verwacht = "'" + gevaar.replace("\r", "\n")
    assert terug.iloc[0, 0] == verwacht
    assert terug.columns[0] == verwacht
    assert terug.iloc[1, 0] == "gewoon"
    assert list(terug["getal"]) == [-1.0, 2.0]
    assert list(terug["geheel"]) == [-1, 2]


def test_formule_in_categorie_en_gemengde_kolom():
    f = pd.DataFrame(
        {
            "c": pd.Categorical(["=1", "x"]),
            "g": pd.Series(["=1", 2.5], dtype=object),
            "m": pd.Series([dt.date(2007, 6, 30), None], dtype=object),
            "b": pd.Series([True, None], dtype=object),
        }
    )
    assert naar_csv(f, nl=True).decode("utf-8-sig").split("\n")[1:3] == ["'=1;'=1;30-06-2007;true", "x;2,5;;"]


def test_regeleinde_in_een_cel_breekt_de_rij_niet():
    f = pd.DataFrame({"a": ["x\ry", "p\r\nq", None], "b": [1, 2, 3]})
    terug = pd.read_csv(io.BytesIO(naar_csv(f)))
    assert terug["a"].tolist()[:2] == ["x\ny", "p\nq"]
    assert list(terug["b"]) == [1, 2, 3]


def test_datum_met_tijd_verliest_die_niet():
    f = pd.DataFrame({"t": pd.to_datetime(["2007-06-30 12:30:00", None])})
    assert naar_csv(f).decode().split("\n")[1] == "2007-06-30T12:30:00"


def test_afronden_zonder_min_nul_en_in_elk_formaat_gelijk(tmp_path):
    f = pd.DataFrame({"kans_werk_12m": [1 / 3, -1e-9], "reint_netto": [10.006, np.nan], "client_id": ["a", "b"]})
    decimalen = standaard_decimalen(f.columns)
    assert decimalen == {"kans_werk_12m": 6, "reint_netto": 2}
    assert naar_csv(rond_af(f, decimalen)).decode().split("\n")[1:3] == ["0.333333,10.01,a", "0.0,,b"]
    for uitgang in ("csv", "parquet", "xlsx"):
        schrijf_tabel(f, tmp_path / f"t.{uitgang}", decimalen=decimalen)
    csv, parquet = pd.read_csv(tmp_path / "t.csv"), pd.read_parquet(tmp_path / "t.parquet")
    excel = pd.read_excel(tmp_path / "t.xlsx", sheet_name=0)
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)
    pd.testing.assert_frame_equal(csv, excel, check_dtype=False)  # the column names of the contract in all three
    assert f.iloc[0, 0] == 1 / 3  # the caller's frame is untouched


@pytest.mark.parametrize("uitgang", ["csv", "parquet", "xlsx"])
def test_zelfde_invoer_zelfde_bytes_en_niets_blijft_achter(tmp_path, uitgang):
    paden = [tmp_path / f"{n}.{uitgang}" for n in "ab"]
    for pad in paden:
        schrijf_tabel(frame(), pad, peildatum=dt.date(2007, 6, 30), titel="t")
    schrijf_tabel(frame(), paden[0], peildatum=dt.date(2007, 6, 30), titel="t")  # overwriting
    assert paden[0].read_bytes() == paden[1].read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [p.name for p in paden]


def test_leeg_frame_houdt_zijn_kop(tmp_path):
    for uitgang in ("csv", "parquet", "xlsx"):
        schrijf_tabel(frame().iloc[:0], tmp_path / f"l.{uitgang}")
    assert (tmp_path / "l.csv").read_text().startswith("client_id,kans,")
    assert len((tmp_path / "l.csv").read_text().splitlines()) == 1
    assert list(pd.read_excel(tmp_path / "l.xlsx").columns) == list(frame().columns)


def test_onbekende_uitgang_noemt_de_toegestane(tmp_path):
    with pytest.raises(GebruiksFout, match=r"KMP-U004.*\.csv, \.parquet, \.xlsx"):
        schrijf_tabel(frame(), tmp_path / "lijst.xls")
    assert list(tmp_path.iterdir()) == []


def test_map_die_niet_bestaat(tmp_path):
    with pytest.raises(GebruiksFout, match="KMP-U003"):
        schrijf_tabel(frame(), tmp_path / "weg" / "lijst.csv")


def test_mislukt_schrijven_laat_het_oude_bestand_staan(tmp_path):
    pad = tmp_path / "x.html"
    schrijf_tekst("oud\n", pad)

    def breek():
        with atomisch(pad) as tijdelijk:
            tijdelijk.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breek()
    assert pad.read_bytes() == b"oud\n"
    assert [p.name for p in tmp_path.iterdir()] == ["x.html"]


def test_doel_is_een_map(tmp_path):
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(GebruiksFout, match="KMP-U003"):
        schrijf_tabel(frame(), tmp_path / "d.csv")
