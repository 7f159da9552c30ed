"""What stops a run: too many rejected rows, a blokkade, BSNs, and a config that does not fit the files."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kompas.bron import Bestand, afgevallen_rijen, keur, lees_bron, samenvatting, schrijf_bevindingen
from kompas.config import Config, maak_config
from kompas.fouten import GebruiksFout, GegevensFout, GeweigerdFout

KOP = "client_id;begindatum;einddatum;reden_einde;geslacht;geboortedatum;leefvorm"


def rij(client: str, begin: str = "01-01-2005", eind: str = "", reden: str = "") -> str:
    return f"{client};{begin};{eind};{reden};man;01-01-1970;gehuwd"


def config(map_: Path, bron: dict | None = None, inhoud: dict | None = None, **tabellen: str) -> Config:
    bronnen: dict = {"map": str(map_), "venster_van": dt.date(2001, 1, 1)}
    for naam, tekst in tabellen.items():
        (map_ / f"{naam}.csv").write_text(tekst, encoding="utf-8")
        bronnen[naam] = {"bestand": f"{naam}.csv"}
    for naam, extra in (bron or {}).items():
        bronnen[naam] = bronnen[naam] | extra if isinstance(extra, dict) else extra
    gemeente = {"naam": "X", "peildatum": dt.date(2007, 6, 30)}
    return maak_config({"gemeente": gemeente, "bron": bronnen} | (inhoud or {}), pad=map_ / "kompas.toml")


def uitkeringen(n: int, slecht: int) -> str:
    rijen = [rij(f"GEHEIM{i}", "31-02-2005" if i < slecht else "01-01-2005") for i in range(n)]
    return "\n".join([KOP, *rijen]) + "\n"


def gelezen(map_: Path, **kw) -> tuple[Bestand, Config]:
    c = config(map_, **kw)
    return lees_bron(c), c


def test_een_procent_afgekeurd_mag_en_meer_niet(tmp_path):
    bestand, c = gelezen(tmp_path, uitkeringen=uitkeringen(300, 3))
    keur(bestand, c)
    bestand, c = gelezen(tmp_path, uitkeringen=uitkeringen(300, 4))
    with pytest.raises(GegevensFout) as fout:
        keur(bestand, c)
    tekst = str(fout.value)
    assert fout.value.exitcode == 3
    assert "4 van 300 rijen afgekeurd (1,33%), meer dan max_afgekeurd = 1%" in tekst
    assert "A02 geen bestaande datum: 4" in tekst
    assert "uitkeringen.csv, rij 2, kolom begindatum, waarde '31-02-2005'" in tekst
    assert "dd-mm-jjjj" in tekst
    assert "bevindingen.csv naast kompas.toml" in tekst
    assert "GEHEIM" not in tekst
    keur(bestand, config(tmp_path, bron={"max_afgekeurd": 0.02}, uitkeringen=uitkeringen(300, 4)))


def test_max_afgekeurd_telt_per_tabel_en_nul_duldt_niets(tmp_path):
    inzet = "client_id;instrument;begindatum;kosten\nGEHEIM1;a;01-02-2005;x\n"
    c = config(tmp_path, inhoud={"instrument": [{"code": "a"}]}, uitkeringen=uitkeringen(500, 0), inzet=inzet)
    with pytest.raises(GegevensFout, match="inzet: 1 van 1 rijen afgekeurd"):
        keur(lees_bron(c), c)
    c = config(tmp_path, bron={"max_afgekeurd": 0.0}, uitkeringen=uitkeringen(500, 1))
    with pytest.raises(GegevensFout, match="uitkeringen: 1 van 500"):
        keur(lees_bron(c), c)


def test_onbekend_instrument_stopt_de_run(tmp_path):
    inzet = "client_id;instrument;begindatum\nGEHEIM1;trajekt;01-02-2005\n"
    delen = {"instrument": [{"code": "traject"}]}
    c = config(tmp_path, bron={"max_afgekeurd": 1.0}, inhoud=delen, uitkeringen=uitkeringen(9, 0), inzet=inzet)
    with pytest.raises(GegevensFout, match=r"I01[\s\S]*Bedoelde u 'traject'") as fout:
        keur(lees_bron(c), c)
    assert "GEHEIM" not in str(fout.value)


def test_geen_instrumenten_en_lege_inzet_is_goed(tmp_path):
    for inzet in ("client_id;instrument;begindatum\n", ""):
        bestand, c = gelezen(tmp_path, uitkeringen=uitkeringen(3, 0), inzet=inzet)
        keur(bestand, c)
        assert bestand.inzet.empty
        assert "toewijzing" in bestand.inzet


def test_bericht_noemt_nooit_een_client(tmp_path):
    tekst = "\n".join([KOP, rij("GEHEIM", "x"), f"{rij('')}", "GEHEIM2;01-01-2005;;;man;03-04-1803;gehuwd", ""])
    bestand, c = gelezen(tmp_path, uitkeringen=tekst)
    with pytest.raises(GegevensFout) as fout:
        keur(bestand, c)
    assert "GEHEIM" not in str(fout.value)
    oud = f"{KOP}\nGEHEIM2;01-01-2005;;;man;03-04-1903;gehuwd\n"
    bestand, c = gelezen(tmp_path, uitkeringen=oud)
    with pytest.raises(GegevensFout, match="U04") as fout:
        keur(bestand, c)
    assert "1903" not in str(fout.value)
    assert bestand.bevindingen.to_frame()["waarde"].tolist() == ["03-04-1903"]


def bsns(n: int) -> list[str]:
    """Numbers of nine digits that pass the elfproef."""
    uit, getal = [], 100_000_000
    while len(uit) < n:
        cijfers = [int(c) for c in str(getal)]
        if (sum(w * c for w, c in zip(range(9, 1, -1), cijfers, strict=False)) - cijfers[8]) % 11 == 0:
            uit.append(str(getal))
        getal += 1
    return uit


def test_bsn_wordt_geweigerd(tmp_path):
    echt = bsns(30)
    gewoon = [f"P{i}" for i in range(40)]
    c = config(tmp_path, uitkeringen="\n".join([KOP, *map(rij, echt + gewoon), ""]))
    with pytest.raises(GeweigerdFout, match=r"KMP-W010.*client_id") as fout:
        lees_bron(c)
    assert fout.value.exitcode == 5
    assert echt[0] not in str(fout.value)
    # half passes: not over half
    half = sorted({str(int(b) + 1) for b in bsns(60)} - set(bsns(60)))[:30]
    lees_bron(config(tmp_path, uitkeringen="\n".join([KOP, *map(rij, echt + half), ""])))
    # numbers in sequence pass for one in eleven
    lees_bron(config(tmp_path, uitkeringen="\n".join([KOP, *(rij(str(100_000_000 + i)) for i in range(60)), ""])))


def test_weinig_bsns_worden_geweigerd_als_er_niets_anders_is(tmp_path):
    c = config(tmp_path, uitkeringen="\n".join([KOP, *map(rij, bsns(3)), ""]))
    with pytest.raises(GeweigerdFout):
        lees_bron(c)
    lees_bron(config(tmp_path, uitkeringen="\n".join([KOP, *map(rij, [*bsns(3), "P1", "P2"]), ""])))


def test_bsn_in_inzet_wordt_geweigerd(tmp_path):
    inzet = "\n".join(["client_id;instrument;begindatum", *(f"{b};a;01-01-2005" for b in bsns(25)), ""])
    c = config(tmp_path, inhoud={"instrument": [{"code": "a"}]}, uitkeringen=uitkeringen(3, 0), inzet=inzet)
    with pytest.raises(GeweigerdFout, match=r"inzet\.csv"):
        lees_bron(c)


def test_los_bsn_staat_niet_in_de_bevindingen(tmp_path):
    inzet = f"client_id;instrument;begindatum\n{bsns(1)[0]};a;01-01-2005\nP;a;01-01-2005\n"
    c = config(tmp_path, inhoud={"instrument": [{"code": "a"}]}, uitkeringen=uitkeringen(3, 0), inzet=inzet)
    assert lees_bron(c).bevindingen.to_frame()["waarde"].tolist() == ["*********"]


# -- config against files (exit code 2)

U = "\n".join([KOP, rij("A"), ""])
HISTORIE = "client_id;kenmerk;waarde;vanaf\nA;kinderen;1;01-02-2005\n"


@pytest.mark.parametrize(
    ("delen", "bericht"),
    [
        ({"bron": {"uitkeringen": {"bestand": "uitkering.csv"}}}, "KMP-C010.*Bedoelde u 'uitkeringen.csv'"),
        ({"bron": {"map": "/bestaat/niet"}}, "KMP-C010.*de map"),
        ({"bron": {"uitkeringen": {"kolommen": {"team": "LEEFVROM"}}}}, "KMP-C013.*'LEEFVROM'.*Bedoelde u 'leefvorm'"),
        (
            {"bron": {"uitkeringen": {"kolommen": {"geslacht": "leefvorm"}}}},
            r"KMP-C014: [\s\S]*twee kolommen.*'geslacht'",
        ),
        ({"bron": {"uitkeringen": {"codes": {"geslagt": {"man": ["H"]}}}}}, "KMP-C015.*Bedoelde u 'geslacht'"),
        ({"bron": {"uitkeringen": {"codes": {"geslacht": {"mann": ["H"]}}}}}, "KMP-C015.*Bedoelde u 'man'"),
        ({"bron": {"uitkeringen": {"codes": {"reden_einde": {"wrk": ["1"]}}}}}, "KMP-C015.*Bedoelde u 'werk'"),
        (
            {"bron": {"uitkeringen": {"codes": {"reden_einde": {"werk": ["1"], "overig": ["01"]}}}}},
            "KMP-C015.*twee keer",
        ),
        ({"bron": {"uitkeringen": {"regelingen": ["algemene"]}}}, "KMP-C015.*Bedoelde u 'algemeen'"),
        ({"inhoud": {"kenmerken": {"gebruik": ["geslagt"]}}}, r"KMP-C016.*gebruik.*Bedoelde u 'geslacht'"),
        ({"inhoud": {"kenmerken": {"gebruik": ["opleiding"]}}}, "KMP-C016.*opleiding"),
        ({"inhoud": {"model": {"effect_per": ["opleiding"]}}}, "KMP-C016.*effect_per"),
        ({"inhoud": {"kenmerken": {"banden": {"leeftyd": [25]}}}}, "KMP-C016.*banden.*Bedoelde u 'leeftijd'"),
        ({"inhoud": {"kenmerken": {"soort": {"leeftyd": "numeriek"}}}}, "KMP-C016.*soort"),
        ({"inhoud": {"kenmerken": {"alleen_voorspelling": ["fasering"]}}}, "KMP-C016.*alleen_voorspelling"),
        ({"inhoud": {"kenmerken": {"gebruik": ["einddatum"]}}}, "KMP-C017.*einddatum"),
        ({"inhoud": {"kenmerken": {"gebruik": ["geboortedatum"]}}}, "KMP-C017.*Gebruik 'leeftijd'"),
        ({"inhoud": {"kenmerken": {"soort": {"leefvorm": "numeriek"}}}}, "KMP-C017.*leefvorm"),
        ({"bron": {"inzet": {"groepeer": {"trajekt": ["R"]}}}}, "KMP-C018.*Bedoelde u 'traject'"),
        ({"bron": {"inzet": {"groepeer": {"traject": ["R"]}, "negeer": ["R"]}}}, "KMP-C018.*meer dan eens"),
    ],
)
def test_config_past_niet_bij_de_bestanden(tmp_path, delen, bericht):
    inhoud = {"instrument": [{"code": "traject"}]} | delen.get("inhoud", {})
    inzet = "client_id;instrument;begindatum\n"
    c = config(tmp_path, bron=delen.get("bron"), inhoud=inhoud, uitkeringen=U, inzet=inzet)
    with pytest.raises(GebruiksFout, match=bericht) as fout:
        lees_bron(c)
    assert fout.value.exitcode == 2


@pytest.mark.parametrize(
    ("oud", "nieuw", "bericht"),
    [
        ("einddatum", "eind_datum", r"kolom 'einddatum' ontbreekt in uitkeringen\.csv\. Bedoelde u 'eind_datum'\?"),
        ("einddatum", "tot", "kolom 'einddatum' ontbreekt"),  # a reason without an end
        ("reden_einde", "reden", "kolom 'reden_einde' ontbreekt.*Bedoelde u 'reden'"),
        ("client_id", "clientid", "kolom 'client_id' ontbreekt.*Bedoelde u 'clientid'"),
    ],
)
def test_ontbrekende_kolom_noemt_de_naaste(tmp_path, oud, nieuw, bericht):
    tekst = "\n".join([KOP.replace(oud, nieuw), rij("A", eind="01-01-2006", reden="11"), ""])
    with pytest.raises(GebruiksFout, match=f"KMP-C012: {bericht}"):
        lees_bron(config(tmp_path, uitkeringen=tekst))


def test_zonder_einddatum_lopen_alle_uitkeringen(tmp_path):
    tekst = "client_id;begindatum;geslacht;geboortedatum;leefvorm\nA;01-01-2005;man;01-01-1970;gehuwd\n"
    uit = lees_bron(config(tmp_path, uitkeringen=tekst)).uitkeringen
    assert uit["einddatum"].isna().all()
    assert uit["bestemming"].tolist() == [None]
    assert "opleiding" not in uit
    assert "fasering" not in uit
    # an einddatum that only says 'none' needs no reason either
    tekst = tekst.replace("leefvorm\n", "leefvorm;einddatum\n").replace("gehuwd\n", "gehuwd;00000000\n")
    assert lees_bron(config(tmp_path, uitkeringen=tekst)).uitkeringen["einddatum"].isna().all()


def test_alle_problemen_staan_in_een_bericht(tmp_path):
    c = config(tmp_path, uitkeringen=KOP.replace("leefvorm", "lv").replace("geslacht", "sexe") + "\n", inzet="x\n")
    with pytest.raises(GebruiksFout, match="5 problemen") as fout:
        lees_bron(c)
    for woord in ("geslacht", "leefvorm", "client_id", "instrument", "begindatum"):
        assert f"kolom '{woord}' ontbreekt" in str(fout.value)


def test_kenmerk_uit_de_historie_hoeft_geen_kolom_te_zijn(tmp_path):
    c = config(tmp_path, inhoud={"kenmerken": {"gebruik": ["kinderen"]}}, uitkeringen=U, kenmerken_historie=HISTORIE)
    bestand = lees_bron(c)
    assert bestand.bevindingen.aantal() == 0
    assert bestand.kenmerken_historie["kenmerk"].tolist() == ["kinderen"]


def test_bestanden_met_hun_hash_en_voortgang(tmp_path):
    gezegd: list[str] = []
    bestand = lees_bron(config(tmp_path, uitkeringen=U), voortgang=gezegd.append)
    assert gezegd[0] == "uitkeringen.csv lezen"
    naam, som = bestand.bestanden[0]
    assert naam == "uitkeringen.csv"
    assert len(som) == 64
    ander = lees_bron(config(tmp_path, uitkeringen=U.replace("A;", "B;")))
    assert ander.bestanden[0][1] != som


def test_bevindingen_als_bestand(tmp_path):
    rijen = [KOP, rij("A", '=HYPERLINK("x")'), rij("B", "-1"), rij("C", "31-02-2005"), rij("D")]
    bestand = lees_bron(config(tmp_path, uitkeringen="\n".join(rijen).replace('"', "") + "\n"))
    pad = schrijf_bevindingen(bestand.bevindingen, tmp_path / "bevindingen.csv")
    tabel = pd.read_csv(pad, dtype=str, keep_default_na=False)
    kolommen = "bestand,rij,kolom,waarde,regel,ernst,bericht,wat_te_doen,aantal"
    assert pad.read_text(encoding="utf-8").splitlines()[0] == kolommen
    assert tabel["waarde"].tolist() == ["'=HYPERLINK(x)", "'-1", "31-02-2005"]
    assert bestand.bevindingen.to_frame()["waarde"].tolist()[0] == "=HYPERLINK(x)"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bevindingen.csv", "uitkeringen.csv"]
    eerste = pad.read_bytes()
    schrijf_bevindingen(bestand.bevindingen, pad)
    assert pad.read_bytes() == eerste


def test_samenvatting_past_op_een_scherm(tmp_path):
    bestand = lees_bron(config(tmp_path, uitkeringen=uitkeringen(1200, 3)))
    regels = samenvatting(bestand).splitlines()
    assert max(map(len, regels)) <= 80
    assert regels[1].split() == ["uitkeringen", "1.200", "3", "0", "1.197"]
    assert "fout (3)" in regels
    assert any("A02, rij afgekeurd): 3" in r for r in regels)
    schoon = lees_bron(config(tmp_path, uitkeringen=U))
    assert samenvatting(schoon).endswith("Geen bevindingen.")


def test_telling_klopt_altijd(tmp_path):
    tekst = "\n".join([KOP, rij("A"), rij("A"), rij("B", "01-01-2008"), rij("", "x"), rij("C"), ""])
    telling = lees_bron(config(tmp_path, uitkeringen=tekst)).telling
    assert telling.iloc[0].tolist() == ["uitkeringen", 5, 1, 2, 2]
    assert (telling["gelezen"] == telling[["afgekeurd", "weggelaten", "gebruikt"]].sum(axis=1)).all()
    assert telling["gelezen"].dtype == np.int64


@pytest.mark.parametrize(
    ("tabel", "rijen"),
    [
        ("uitkeringen", "H00001;2004-01-01;;;vrouw;1973-12-29;gehuwd\nH00002;2004-01-01;;;man;1973-12-30;gehuwd\n"),
        ("uitkeringen", "H00001;H00001;2004-01-01;2004-01-01;vrouw;29/12/1973;gehuwd\n"),
        ("inzet", "H00001;traject;2004-01-01\n"),
    ],
)
def test_bestand_zonder_kopregel_toont_geen_enkele_cel(tmp_path, tabel, rijen):
    bron = {tabel: {"kolommen": {"client_id": "H00002"}}}
    tabellen = {"uitkeringen": U} | {tabel: rijen}
    with pytest.raises(GebruiksFout, match=rf"KMP-C012: {tabel}\.csv lijkt geen kopregel te hebben") as fout:
        lees_bron(config(tmp_path, bron=bron, **tabellen))
    tekst = str(fout.value)
    assert not any(cel in tekst for cel in ("H0000", "1973", "2004", "gehuwd", "vrouw", "traject"))


def test_kop_met_een_los_gegeven_toont_dat_gegeven_niet(tmp_path):
    tekst = "\n".join([KOP.replace("client_id", "H00001") + ";team", rij("A") + ";x", ""])
    with pytest.raises(GebruiksFout, match=r"KMP-C012: kolom 'client_id' ontbreekt.*Aanwezig: begindatum,") as fout:
        lees_bron(config(tmp_path, uitkeringen=tekst))
    assert "H00001" not in str(fout.value)


def test_afgekeurde_geboortedatum_bedrag_en_waarde_staan_niet_in_het_bericht(tmp_path):
    kop = KOP + ";bedrag_maand;inkomen"
    rijen = [
        "A;01-01-2005;;;man;29/12/1973;gehuwd;1;1",
        "B;01-01-2005;;;man;29-12-1773;gehuwd;1;1",
        "C;01-01-2005;;;man;01-01-1970;gehuwd;9q8;1",
        "D;01-01-2005;;;man;01-01-1970;gehuwd;1;7z7",
    ]
    historie = "client_id;kenmerk;waarde;vanaf\nC;inkomen;6y6;01-01-2006\n"
    inhoud = {"kenmerken": {"gebruik": ["inkomen"], "soort": {"inkomen": "numeriek"}}}
    bestand, c = gelezen(tmp_path, inhoud=inhoud, uitkeringen="\n".join([kop, *rijen, ""]), kenmerken_historie=historie)
    assert {"29/12/1973", "29-12-1773", "9q8", "7z7", "6y6"} <= set(bestand.bevindingen.to_frame()["waarde"])
    with pytest.raises(GegevensFout) as fout:
        keur(bestand, c)
    assert not any(w in str(fout.value) for w in ("1973", "1773", "9q8", "7z7", "6y6"))
    assert "kolom geboortedatum: geen bestaande datum (A02)" in str(fout.value)


@pytest.mark.parametrize("vorm", ["{}.0", "{0[0]}{0[1]}{0[2]}{0[3]}-{0[4]}{0[5]}-{0[6]}{0[7]}{0[8]}"])
def test_bsn_in_een_andere_schrijfwijze_wordt_geweigerd(tmp_path, vorm):
    echt = [vorm.format(b) for b in bsns(30)]
    with pytest.raises(GeweigerdFout, match=r"KMP-W010.*client_id") as fout:
        lees_bron(config(tmp_path, uitkeringen="\n".join([KOP, *map(rij, echt), ""])))
    assert fout.value.exitcode == 5


@pytest.mark.parametrize(
    ("bron", "inhoud", "bericht"),
    [
        (
            {"inzet": {"kolommen": {"state": "st", "kost": "k"}}},
            {},
            r"kolommen\.state onder \[bron\.inzet\][\s\S]*'status'[\s\S]*'kosten'",
        ),
        ({"uitkeringen": {"kolommen": {"opleidng": "leefvorm"}}}, {}, "Bedoelde u 'opleiding'"),
        ({"uitkeringen": {"kolommen": {"ploeg": "leefvorm"}}}, {}, "Bekend: client_id, .*eigen kenmerk"),
    ],
)
def test_onbekende_eigen_naam_in_kolommen_is_een_fout(tmp_path, bron, inhoud, bericht):
    inzet = "client_id;instrument;begindatum;st;k\n"
    with pytest.raises(GebruiksFout, match=f"KMP-C013[\\s\\S]*{bericht}") as fout:
        lees_bron(config(tmp_path, bron=bron, inhoud=inhoud, uitkeringen=U, inzet=inzet))
    assert fout.value.exitcode == 2


@pytest.mark.parametrize(
    "inhoud",
    [
        {"kenmerken": {"gebruik": ["ploeg"]}},
        {"monitor": {"groepen": ["ploeg"]}},
        {"doelgroep": [{"code": "g", "kenmerk": "ploeg", "waarden": ["x"]}]},
    ],
)
def test_eigen_naam_die_de_config_noemt_mag_in_kolommen(tmp_path, inhoud):
    tekst = "\n".join([KOP + ";PL", rij("A") + ";x", ""])
    c = config(tmp_path, bron={"uitkeringen": {"kolommen": {"ploeg": "PL"}}}, inhoud=inhoud, uitkeringen=tekst)
    assert len(lees_bron(c).uitkeringen) == 1


def test_afgevallen_rijen_staan_per_tabel_in_een_zin(tmp_path):
    """Of 3.000 rows 17 have no date and 4 begin after the peildatum; inzet has 2 rows, one of somebody unknown."""
    rijen = [rij(f"A{i}", "31-02-2005" if i < 17 else "01-07-2007" if i < 21 else "01-01-2005") for i in range(3000)]
    inzet = "client_id;instrument;begindatum;einddatum\nA50;a;01-02-2005;\nZ9;a;01-02-2005;\n"
    inhoud = {"instrument": [{"code": "a"}]}
    bestand, _ = gelezen(tmp_path, inhoud=inhoud, uitkeringen="\n".join([KOP, *rijen, ""]), inzet=inzet)
    assert afgevallen_rijen(bestand) == (
        "Van 3.000 rijen van uitkeringen zijn er 17 afgekeurd en 4 weggelaten: zie bevindingen.csv.",
        "Van 2 rijen van inzet is er 1 weggelaten: zie bevindingen.csv.",
    )
    schoon, _ = gelezen(tmp_path, uitkeringen=uitkeringen(3, 0))
    assert afgevallen_rijen(schoon) == ()
