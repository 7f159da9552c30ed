"""What came of the advice: known counts and chances, no small cell, no person."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from tests.bronhulp import UITKERING, lees, schrijf
from tests.registerhulp import begin, maak_lijst, noteer

import kompas
from kompas import registergebruik
from kompas.adviesregister import KOLOMMEN
from kompas.fouten import ModelFout
from kompas.registergebruik import adviesgebruik
from kompas.weergave.registerdelen import adviesdeel

BASIS = UITKERING | {"begindatum": "01-01-2005", "einddatum": "", "reden_einde": ""}


def klanten(naam: str, aantal: int, einde: str = "", reden: str = "11") -> list[dict[str, str]]:
    eind = {"einddatum": einde, "reden_einde": reden} if einde else {}
    return [BASIS | {"client_id": f"{naam}{i:02}"} | eind for i in range(aantal)]


def records(rijen: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    """(client, advies, besluit, besluitdatum) on instrument ``traject``."""
    vast = {"soort": "advies", "instrument": "traject", "tijdstip": "2007-06-30T00:00:00Z", "gewist": False}
    delen = [
        {"volgnummer": i, "client_id": c, "advies": a, "besluit": b, "besluitdatum": d} | vast
        for i, (c, a, b, d) in enumerate(rijen, start=1)
    ]
    return pd.DataFrame(delen).reindex(columns=list(KOLOMMEN)).astype({"vervangt": "Int64"})


def tel(tmp_path, uitkeringen, inzet, rijen):
    tabellen = {"uitkeringen": uitkeringen, "inzet": inzet}
    return adviesgebruik(records(rijen), lees(tmp_path, **tabellen), schrijf(tmp_path, {}, {}, **tabellen))


def test_bekende_aantallen_en_kansen(tmp_path):
    """Twenty started, half of them at work after six months; twenty did not: five to work, five elsewhere."""
    gestart = klanten("G", 10, "30-11-2005") + [r | {"client_id": "g" + r["client_id"]} for r in klanten("G", 10)]
    niet = klanten("N", 5, "31-08-2005") + klanten("O", 5, "30-11-2005", "32") + klanten("P", 10)
    inzet = [{"client_id": r["client_id"], "instrument": "traject", "begindatum": "15-06-2005"} for r in gestart]
    rijen = [(r["client_id"], "ja", "gevolgd", "2005-06-01") for r in gestart]
    rijen += [(r["client_id"], "nee", "afgeweken", "2005-06-01") for r in niet]
    t = tel(tmp_path, gestart + niet, inzet, rijen).tabel
    assert t[["instrument", "advies", "besluit", "gestart_3m", "aantal"]].to_numpy().tolist() == [
        ["traject", "ja", "gevolgd", "ja", 20],
        ["traject", "nee", "afgeweken", "nee", 20],
    ]
    np.testing.assert_allclose(t["naar_werk_12m"], [0.5, 0.25])
    assert not t["verborgen"].any()


@pytest.mark.parametrize(
    ("begin_inzet", "verwacht"),
    [("01-06-2005", "ja"), ("31-08-2005", "ja"), ("01-09-2005", "nee"), ("31-05-2005", "nee")],
)
def test_gestart_is_binnen_drie_maanden_na_het_besluit(tmp_path, begin_inzet, verwacht):
    inzet = [{"client_id": f"A{i:02}", "instrument": "traject", "begindatum": begin_inzet} for i in range(12)]
    t = tel(tmp_path, klanten("A", 12), inzet, [(f"A{i:02}", "ja", "gevolgd", "2005-06-01") for i in range(12)]).tabel
    assert t["gestart_3m"].tolist() == [verwacht]


def test_een_ander_instrument_telt_niet_als_start(tmp_path):
    inzet = [{"client_id": f"A{i:02}", "instrument": "huisbezoek", "begindatum": "15-06-2005"} for i in range(12)]
    t = tel(tmp_path, klanten("A", 12), inzet, [(f"A{i:02}", "ja", "gevolgd", "2005-06-01") for i in range(12)]).tabel
    assert t["gestart_3m"].tolist() == ["nee"]


def test_te_kort_gevolgd_is_onbekend_en_geen_nul(tmp_path):
    """Decided two months before the end: whether they start is not known yet, nor where they are after a year."""
    t = tel(tmp_path, klanten("A", 12), [], [(f"A{i:02}", "ja", "gevolgd", "2007-05-01") for i in range(12)]).tabel
    assert t["gestart_3m"].tolist() == ["nog_onbekend"]
    assert t["naar_werk_12m"].isna().all()
    assert t["aantal"].tolist() == [12]


def test_wie_korter_is_gevolgd_telt_zo_ver_als_hij_is_gevolgd():
    """Four clients: to work at 2, followed for 3, to work at 6, still there at 14: 1/4 + 3/4 x 1/2, not 2/4 or 2/3."""
    kans = registergebruik._kans(np.array([2.0, 3.0, 6.0, 14.0]), np.array([1, 0, 1, 0]))
    assert kans == pytest.approx(0.625)
    assert np.isnan(registergebruik._kans(np.array([2.0, 6.0, 11.9]), np.array([1, 1, 0])))
    assert registergebruik._kans(np.array([2.0, 6.0]), np.array([1, 3])) == pytest.approx(0.5)


def test_aow_is_geen_uitstroom_maar_het_einde_van_volgen(tmp_path):
    wie = klanten("A", 6, "30-06-2005", "03") + klanten("B", 3, "30-11-2005") + klanten("C", 3)
    t = tel(tmp_path, wie, [], [(r["client_id"], "nee", "gevolgd", "2005-06-01") for r in wie]).tabel
    assert t["naar_werk_12m"].tolist() == pytest.approx([0.5]), "three of the six who could still leave"


def test_kleine_cellen_blijven_verborgen_met_hun_buur(tmp_path):
    wie = klanten("A", 9) + klanten("B", 12) + klanten("C", 30)
    rijen = [(r["client_id"], "ja", "gevolgd", "2005-06-01") for r in wie if r["client_id"][0] == "A"]
    rijen += [(r["client_id"], "ja", "afgeweken", "2005-06-01") for r in wie if r["client_id"][0] == "B"]
    rijen += [(r["client_id"], "nee", "gevolgd", "2005-06-01") for r in wie if r["client_id"][0] == "C"]
    g = tel(tmp_path, wie, [], rijen)
    assert g.tabel.set_index(["advies", "besluit"])["verborgen"].to_dict() == {
        ("ja", "afgeweken"): True,
        ("ja", "gevolgd"): True,
        ("nee", "gevolgd"): False,
    }
    assert g.tabel.loc[g.tabel["verborgen"], ["aantal", "naar_werk_12m"]].isna().all().all()


def test_wie_niet_te_volgen_is_wordt_geteld_en_genoemd(tmp_path):
    wie = klanten("A", 12)
    rijen = [(r["client_id"], "ja", "gevolgd", "2005-06-01") for r in wie]
    rijen += [("ONBEKEND", "ja", "gevolgd", "2005-06-01"), ("A01", "ja", "gevolgd", "2007-07-01")]
    rijen += [("A02", "ja", "gevolgd", "2004-12-31"), (None, "ja", "gevolgd", "2005-06-01")]
    g = tel(tmp_path, wie, [], rijen)
    assert g.tabel["aantal"].tolist() == [12]
    tekst = " ".join(g.zinnen)
    assert "staan 12 besluiten" in tekst
    assert "1 besluiten zijn van na het einde" in tekst
    assert "2 besluiten gaan over klanten die op die dag niet" in tekst
    assert "1 besluiten zijn gewist" in tekst
    assert "niet het effect van het advies" in tekst


def test_alleen_het_laatste_besluit_telt(tmp_path):
    wie = klanten("A", 12)
    r = records([(k["client_id"], "ja", b, "2005-06-01") for k in wie for b in ("aangehouden", "gevolgd")])
    r["vervangt"] = pd.array([None if n % 2 else n - 1 for n in r["volgnummer"]], dtype="Int64")
    tabellen = {"uitkeringen": wie, "inzet": []}
    g = adviesgebruik(
        r, lees(tmp_path, uitkeringen=wie), schrijf(tmp_path, {}, {}, uitkeringen=tabellen["uitkeringen"])
    )
    assert g.tabel[["besluit", "aantal"]].to_numpy().tolist() == [["gevolgd", 12]]


def test_leeg_register(tmp_path):
    r = begin(tmp_path).toon()
    wie = klanten("A", 3)
    g = adviesgebruik(r, lees(tmp_path, uitkeringen=wie), schrijf(tmp_path, {}, {}, uitkeringen=wie))
    assert g.tabel.empty
    assert adviesdeel(g.tabel, g.zinnen, {}).stukken[0].tabel is None


def test_deel_in_het_rapport_toont_geen_kleine_cel():
    t = pd.DataFrame(
        {
            "instrument": ["r", "r"],
            "advies": ["ja", "geen_uitspraak"],
            "besluit": ["gevolgd", "afgeweken"],
            "gestart_3m": ["ja", "nog_onbekend"],
            "aantal": pd.array([25, None], dtype="Int64"),
            "naar_werk_12m": [np.nan, np.nan],
            "verborgen": [False, True],
        }
    )
    stuk = adviesdeel(t, ("Zin.",), {"r": "Traject"}).stukken[0]
    assert stuk.tabel is not None
    assert stuk.tabel.rijen == (
        ("Traject", "ja", "gevolgd", "ja", "25", "te kort gevolgd"),
        ("Traject", "geen uitspraak", "afgeweken", "nog niet bekend", "verborgen", "–"),
    )
    assert "minder dan 10" in stuk.zinnen[-1]


def test_herijk_met_register(gemeente, model, tmp_path, monkeypatch):
    """The model folder gets the counts and the section, and no client."""
    monkeypatch.setattr("kompas.opdrachten.schat", lambda *_a, **_k: kompas.laad_model(model))
    config = kompas.lees_config(gemeente / "kompas.toml")
    rijen = pd.read_csv(gemeente / "bron" / "uitkeringen.csv", sep=None, engine="python", dtype=str)
    begonnen = pd.to_datetime(rijen["begindatum"]) < "2005-06-01"
    lopend = rijen["einddatum"].isna() | (pd.to_datetime(rijen["einddatum"]) > "2006-01-01")
    wie = sorted(set(rijen.loc[begonnen & lopend, "client_id"]))[:14]
    lijst = maak_lijst(wie, peildatum=dt.date(2005, 5, 31))
    lijst = lijst.rename(columns=lambda k: k.replace("r_", "reintegratie_", 1) if k.startswith("r_") else k)
    r = begin(tmp_path)
    for c in wie:
        noteer(r, c, lijst=lijst, instrument="reintegratie", besluitdatum=dt.date(2005, 6, 1))
    kompas.herijk(config, tmp_path / "model", zonder_terugtoets=True, register=r.pad)
    t = pd.read_csv(tmp_path / "model" / "adviesgebruik.csv")
    assert list(t.columns) == registergebruik.KOLOMMEN
    rapport = (tmp_path / "model" / "herijkingsrapport.html").read_text(encoding="utf-8")
    assert "Wat er met de adviezen gebeurde" in rapport
    for pad in (tmp_path / "model").iterdir():
        assert not any(c.encode() in pad.read_bytes() for c in wie if len(c) > 4), pad.name


def test_herijk_weigert_een_gebroken_register(gemeente, tmp_path, monkeypatch):
    r = begin(tmp_path)
    kaal = r.verifieer()
    gebroken = type(kaal)(**{f: getattr(kaal, f) for f in kaal.__slots__} | {"heel": False, "fout": 0, "reden": "weg"})
    monkeypatch.setattr("kompas.adviesregister.Adviesregister.verifieer", lambda _self: gebroken)
    with pytest.raises(ModelFout, match="KMP-R022"):
        kompas.herijk(gemeente / "kompas.toml", tmp_path / "model", register=r.pad)
    assert not (tmp_path / "model").exists()
