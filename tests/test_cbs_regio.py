"""Other CBS layouts, on constructed files: version 4, the whole of 37789ksz, 80794ned and 82015NED, what is refused.

The files of data/sample/cbs are the only real ones; test_cbs.py reads those.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas.bron.cbs import lees_cbs_gemeenten, lees_cbs_maand
from kompas.bron.cbs_bestanden import herken_cbs, lees_cbs_jaren, lees_cbs_reeksen
from kompas.bron.cbs_regio import lees_cbs_leefvorm, lees_cbs_personen
from kompas.fouten import GebruiksFout, GegevensFout

CBS = Path(__file__).resolve().parents[1] / "data" / "sample" / "cbs"


def schrijf(pad, *regels):
    pad.parent.mkdir(parents=True, exist_ok=True)
    pad.write_text("\n".join(regels) + "\n", encoding="utf-8")
    return pad


# -- 37789ksz in full

VOLUIT = (
    "ID,Perioden,TotaalArbeidsongeschiktheidsuitkeringen_1,NietSeizoengecorrigeerd_8,Seizoengecorrigeerd_9,"
    "TotaalBijstandsuitkeringen_11,BijstandsuitkeringenTotDeAOWLeeftijd_12,BijstandsuitkeringenVanafAOWLeeftijd_13,"
    "IOAWUitkeringen_14,IOAZUitkeringen_15"
)


def test_37789ksz_voluit_geeft_dezelfde_kolommen(tmp_path):
    pad = schrijf(
        tmp_path / "37789ksz.csv",
        VOLUIT,
        "0,2007JJ00,9,9,9,9,9,9,9,9",
        "1,2007MM05, 800.1,  212.0,  210.0,  320.0,  290.5,   29.5,    5.9,    1.7",
        "2,2007MM06*, 800.0,  211.4,  210.0,  318.8,  289.4,   29.5,    5.9,      .",
    )
    f = lees_cbs_maand(pad)
    assert f["maand"].tolist() == ["2007-05", "2007-06"]
    assert f["bijstand_tot_aow"].tolist() == [290_500.0, 289_400.0]
    assert f["ww"].tolist() == [212_000.0, 211_400.0]
    assert np.isnan(f["ioaz"].iloc[1])
    assert f["voorlopig"].tolist() == [False, True]


MEETCODES = (
    "Identifier,Index,Title,Unit",
    "M000011,1,Totaal bijstandsuitkeringen,x 1 000",
    "M000012,2,Bijstandsuitkeringen tot de AOW-leeftijd,x 1 000",
    "M000013,3,Bijstandsuitkeringen vanaf AOW-leeftijd,x 1 000",
    "M000008,4,Niet-seizoengecorrigeerd,x 1 000",
    "M000014,5,IOAW-uitkeringen,x 1 000",
    "M000015,6,IOAZ-uitkeringen,x 1 000",
)


def observaties(*maanden):
    regels = ["Id,Measure,ValueAttribute,Value,StringValue,Perioden"]
    for maand, cijfers in maanden:
        for code, waarde in zip(("11", "12", "13", "08", "14", "15"), cijfers, strict=True):
            regels.append(f"{len(regels)},M0000{code},None,{waarde},,{maand}")
    return regels


def test_versie_4_is_dezelfde_tabel(tmp_path):
    """The same figures, long and by code, give the same frame as version 3."""
    een = (("2007MM05", (320.0, 290.5, 29.5, 212.0, 5.9, 1.7)), ("2007MM06", (318.8, 289.4, 29.5, 211.4, 5.9, "")))
    v4 = schrijf(tmp_path / "37789ksz_Observations.csv", *observaties(*een))
    schrijf(tmp_path / "37789ksz_MeasureCodes.csv", *MEETCODES)
    schrijf(
        tmp_path / "37789ksz_PeriodenCodes.csv",
        "Identifier,Title,Status",
        "2007MM05,2007 mei,Definitief",
        "2007MM06,2007 juni,NaderVoorlopig",
    )
    v3 = schrijf(
        tmp_path / "v3" / "37789ksz.csv",
        VOLUIT,
        "1,2007MM05,8,212.0,210.0,320.0,290.5,29.5,5.9,1.7",
        "2,2007MM06*,8,211.4,210.0,318.8,289.4,29.5,5.9,.",
    )
    pd.testing.assert_frame_equal(lees_cbs_maand(v4), lees_cbs_maand(v3))
    assert herken_cbs(v4) == "37789ksz"


def test_versie_4_zonder_namen_wordt_geweigerd(tmp_path):
    pad = schrijf(tmp_path / "x.csv", *observaties(("2007MM05", (1, 1, 1, 1, 1, 1))))
    with pytest.raises(GegevensFout, match=r"KMP-B918.*M000011.*MeasureCodes\.csv"):
        lees_cbs_maand(pad)


def test_versie_4_met_een_dubbel_cijfer_wordt_geweigerd(tmp_path):
    regels = observaties(("2007MM05", (1, 1, 1, 1, 1, 1)))
    pad = schrijf(tmp_path / "Observations.csv", *regels, regels[1])
    schrijf(tmp_path / "MeasureCodes.csv", *MEETCODES)
    with pytest.raises(GegevensFout, match="KMP-B915"):
        lees_cbs_maand(pad)


def test_gemeentetabel_in_versie_4_is_die_van_versie_3(tmp_path):
    """The real table of 2016 turned into long form: reading it back gives the same frame."""
    echt = pd.read_csv(CBS / "83747NED_gemeenten_2016.csv", dtype=str, encoding="utf-8-sig").head(40)
    maten = [k for k in echt.columns if k not in {"ID", "Leeftijd", "Regiokenmerken"}]
    titels = {k: k.rsplit("_", 1)[0] for k in maten}
    codes = ["Identifier,Index,Title"] + [f"D{i:06d},{i},{titels[k]}" for i, k in enumerate(maten)]
    lang = ["Id,Measure,ValueAttribute,Value,Leeftijd,Regiokenmerken"]
    for rij in echt.to_dict("records"):
        for i, k in enumerate(maten):
            waarde = rij[k].strip()
            leeg = waarde == "."
            merk = "Impossible" if leeg else "None"
            getoond = "" if leeg else waarde
            lang.append(f"{len(lang)},D{i:06d},{merk},{getoond},{rij['Leeftijd']},{rij['Regiokenmerken']}")
    pad = schrijf(tmp_path / "83747NED" / "Observations.csv", *lang)
    schrijf(tmp_path / "83747NED" / "MeasureCodes.csv", *codes)
    goed = lees_cbs_gemeenten(CBS / "83747NED_gemeenten_2016.csv").head(40)
    pd.testing.assert_frame_equal(lees_cbs_gemeenten(pad), goed)


# -- 80794ned: persons per region

PERSONEN = "ID,RegioS,Perioden,UitkeringsontvangersTotaal_1,TotDeAOWLeeftijd_2,BijstandTotDeAOWLeeftijd_7"


def test_80794ned_geeft_personen_per_regio_en_maand(tmp_path):
    pad = schrijf(
        tmp_path / "80794ned.csv",
        PERSONEN,
        '0,"GM0518  ",2015MM02,9,9,   35120',
        '1,"GM0518  ",2015MM01,9,9,   35000',
        '2,"NL01    ",2015MM01,9,9,       .',
        '3,"GM0518  ",2015JJ00,9,9,   99999',
    )
    f = lees_cbs_personen(pad)
    assert herken_cbs(pad) == "80794ned"
    assert f[["regio", "maand", "groep"]].to_numpy().tolist() == [
        ["GM0518", "2015-01", "totaal"],
        ["GM0518", "2015-02", "totaal"],
        ["NL01", "2015-01", "totaal"],
    ]
    assert f["uitkeringen"].tolist()[:2] == [35_000.0, 35_120.0]
    assert np.isnan(f["uitkeringen"].iloc[2])


@pytest.mark.parametrize(
    ("regels", "code", "noemt"),
    [
        (["RegioS,Perioden,TotDeAOWLeeftijd_2", "GM0518,2015MM01,1"], "KMP-B911", "BijstandTotDeAOWLeeftijd"),
        ([PERSONEN, "0,Den Haag,2015MM01,1,1,1"], "KMP-B915", "Den Haag"),
        ([PERSONEN, "0,GM0518,2015MM01,1,1,veel"], "KMP-B912", "veel"),
        ([PERSONEN, "0,GM0518,2015JJ00,1,1,1"], "KMP-B913", "geen rij over een maand"),
        ([PERSONEN, "0,GM0518,2015MM01,1,1,1", "1,GM0518,2015MM01,1,1,1"], "KMP-B915", "twee keer"),
    ],
)
def test_80794ned_weigert_wat_niet_klopt(tmp_path, regels, code, noemt):
    with pytest.raises(GegevensFout, match=noemt) as fout:
        lees_cbs_personen(schrijf(tmp_path / "p.csv", *regels))
    assert fout.value.code == code


# -- 82015NED: households by leefvorm; figures of January 2017 as CBS published them

AOW = "UitkeringenInRelatieMetDeAOW"
LEEFVORMKOP = f"ID,{AOW},RegioS,Perioden,LeefvormAlleenstaande_1,LeefvormAlleenstaandeOuder_2,LeefvormEchtPaar_3"
JANUARI = (
    "NL01  ,2017MM01,288160,82750,72650",
    "NL01  ,2017MM01,260040,82750,58280",
    "NL01  ,2017MM01,28120,0,14370",
)


def leefvorm(map_, codes, regels=JANUARI):
    rijen = [f"{i},{c},{r}" for i, (c, r) in enumerate(zip(codes, regels, strict=True))]
    return schrijf(map_ / "82015NED.csv", LEEFVORMKOP, *rijen)


@pytest.mark.parametrize(
    "codes",
    [("Uitkeringen totaal", "Aan personen tot de AOW-leeftijd", "Aan personen vanaf de AOW-leeftijd"), ("a", "b", "c")],
)
def test_82015ned_is_tot_de_aow_leeftijd_en_de_som_van_de_leefvormen(tmp_path, codes):
    """Labels say which rows are below AOW age; unknown codes are told apart by adding up."""
    pad = leefvorm(tmp_path, codes)
    f = lees_cbs_leefvorm(pad).set_index("groep")["uitkeringen"]
    assert herken_cbs(pad) == "82015NED"
    assert f.to_dict() == {
        "totaal": 401_070.0,
        "alleenstaande": 260_040.0,
        "alleenstaande_ouder": 82_750.0,
        "gehuwd": 58_280.0,
    }


def test_82015ned_met_codes_die_niets_bewijzen_wordt_geweigerd(tmp_path):
    scheef = (JANUARI[0].replace("288160", "300000"), *JANUARI[1:])
    with pytest.raises(GegevensFout, match=rf"KMP-B915.*{AOW}Codes\.csv"):
        lees_cbs_leefvorm(leefvorm(tmp_path, ("a", "b", "c"), scheef))
    schrijf(tmp_path / f"82015NED_{AOW}Codes.csv", "Identifier,Title", "b,Aan personen tot de AOW-leeftijd")
    f = lees_cbs_leefvorm(leefvorm(tmp_path, ("a", "b", "c"), scheef)).set_index("groep")["uitkeringen"]
    assert f["alleenstaande"] == 260_040.0


def test_82015ned_zonder_een_leefvorm_wordt_geweigerd(tmp_path):
    pad = schrijf(tmp_path / "82015NED.csv", LEEFVORMKOP.replace("LeefvormEchtPaar_3", "Iets_3"), f"0,a,{JANUARI[0]}")
    with pytest.raises(GegevensFout, match=r"KMP-B911.*gehuwd"):
        lees_cbs_leefvorm(pad)


# -- recognising


def test_echte_bestanden_worden_herkend():
    soorten = {p.name[:8]: herken_cbs(p) for p in sorted(CBS.glob("*.csv"))}
    assert soorten == {
        "37789ksz": "37789ksz",
        "83450NED": "gemeenten",
        "83747NED": "gemeenten",
        "84066NED": "gemeenten",
    }


def test_een_onbekende_opzet_noemt_alle_bekende(tmp_path):
    with pytest.raises(GegevensFout) as fout:
        herken_cbs(schrijf(tmp_path / "x.csv", "a,b", "1,2"))
    assert fout.value.code == "KMP-B911"
    for tabel in ("37789ksz", "82015NED", "80794ned", "83450NED", "83747NED", "84066NED"):
        assert tabel in fout.value.bericht


def test_jaren_onder_elkaar_en_maanden_apart(tmp_path):
    namen = [p.name for p in sorted(CBS.glob("*.csv"))]
    jaren = lees_cbs_jaren(CBS, namen)
    assert jaren.groupby("jaar").size().to_dict() == {2015: 1455, 2016: 1470, 2017: 1464}
    (reeks,) = lees_cbs_reeksen(CBS, namen)
    assert (reeks.tabelnummer, reeks.regios) == ("37789ksz", frozenset({"NL01"}))
    assert lees_cbs_jaren(CBS, namen[:1]).empty
    with pytest.raises(GebruiksFout, match=r"KMP-B914.*2015"):
        lees_cbs_jaren(CBS, [namen[1], namen[1]])
    with pytest.raises(GebruiksFout, match=r"KMP-B910.*weg\.csv"):
        lees_cbs_reeksen(tmp_path, ["weg.csv"])
