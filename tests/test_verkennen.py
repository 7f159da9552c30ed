"""`kompas verken` on made-up exports of three systems: what is recognised, what stays a doubt, what is never used."""

import tomllib

import numpy as np
import pandas as pd
import pytest

from kompas.bron import lees_bron
from kompas.bron.tabellen import VELDEN as CONTRACT
from kompas.bron.verkennen import verken_bestanden
from kompas.bron.verkennen_codes import bestemming
from kompas.bron.verkennen_woorden import VELDEN, plat
from kompas.config import TABELLEN, lees_config
from kompas.fouten import GebruiksFout, GeweigerdFout

N = 240


def waarheid(n=N):
    """A town in our own words: starts spread over 2001-2006, ends up to June 2007, nothing drawn at random."""
    i = np.arange(n)
    begin = pd.Timestamp("2001-01-01") + pd.to_timedelta(9 * i, "D")
    einde = begin + pd.to_timedelta(60 + (i * 37) % 500, "D")
    klaar = (i % 3 != 0) & (einde <= pd.Timestamp("2007-06-30"))
    return pd.DataFrame(
        {
            "client_id": [f"P{k:05d}" for k in i],
            "begindatum": begin,
            "einddatum": einde.where(klaar),
            "reden_einde": np.where(klaar, np.array(["11", "13", "06", "32", "98"])[i % 5], ""),
            "geslacht": np.where(i % 2 == 0, "man", "vrouw"),
            "geboortedatum": begin - pd.to_timedelta(365 * (20 + i % 40) + 50, "D"),
            "leefvorm": np.array(["alleenstaande", "alleenstaande_ouder", "gehuwd", "anders"])[i % 4],
            "opleiding": np.array(["geen", "basis", "vmbo", "hoger"])[i % 4],
            "bedrag_maand": 900.5 + 100 * (i % 6),
        }
    )


def inzetten(w):
    """Every second client starts something 40 days after the begin."""
    deel = w.iloc[::2].reset_index(drop=True)
    start = deel["begindatum"] + pd.Timedelta(days=40)
    return pd.DataFrame(
        {
            "client_id": deel["client_id"],
            "instrument": np.array(["R01", "R02", "HUISBEZOEK"])[np.arange(len(deel)) % 3],
            "begindatum": start,
            "geplande_einddatum": start + pd.Timedelta(days=183),
            "kosten": 1250.0,
        }
    )


def nl(datums, vorm="%d-%m-%Y", leeg=""):
    return datums.dt.strftime(vorm).fillna(leeg)


def bedrag(getallen):
    return [f"{g:,.2f}".translate(str.maketrans(",.", ".,")) for g in getallen]


def gws(w):
    """Semicolon, cp1252, accents in names, Dutch numbers, BUS code 6 without its zero."""
    return pd.DataFrame(
        {
            "CLIENTNR": w["client_id"],
            "Dat_Aanvang": nl(w["begindatum"]),
            "datum einde": nl(w["einddatum"]),
            "reden beëindiging": w["reden_einde"].replace("06", "6"),
            "GESLACHT": w["geslacht"].map({"man": "M", "vrouw": "V"}),
            "gebdat": nl(w["geboortedatum"]),
            "LEEFV": w["leefvorm"].map(
                {"alleenstaande": "1", "alleenstaande_ouder": "2", "gehuwd": "3", "anders": "4"}
            ),
            "OPL": w["opleiding"].map({"geen": "geen", "basis": "BO", "vmbo": "MAVO", "hoger": "HBO"}),
            "Maandbedrag": bedrag(w["bedrag_maand"]),
        }
    )


def civision(w):
    """Comma, UTF-8 with BOM, jjjjmmdd with 99999999, leefvorm in words, reasons in words."""
    redenen = {
        "11": "Arbeid in dienstbetrekking",
        "13": "Zelfstandig beroep",
        "06": "Geen inlichtingen",
        "32": "Verhuizing",
        "98": "Reden K",
        "": "",
    }
    return pd.DataFrame(
        {
            "klantnummer": w["client_id"],
            "ingangsdatum": nl(w["begindatum"], "%Y%m%d"),
            "einddatum": nl(w["einddatum"], "%Y%m%d", "99999999"),
            "beeindigingsreden": w["reden_einde"].map(redenen),
            "sekse": w["geslacht"],
            "geboortedatum": nl(w["geboortedatum"], "%Y%m%d"),
            "leefsituatie": w["leefvorm"].str.replace("_", " "),
        }
    )


def socrates(w):
    """Names in the kode-style, ISO dates, a dossier number, a BSN and a protected trait beside the pseudonym."""
    return pd.DataFrame(
        {
            "szclient": w["client_id"],
            "szdos": [f"D{k // 2:04d}" for k in range(len(w))],
            "bsn": [bsn(k) for k in range(len(w))],
            "DATINGANG": nl(w["begindatum"], "%Y-%m-%d"),
            "DATEIND": nl(w["einddatum"], "%Y-%m-%d", "31-12-9999"),
            "Kode_Rede_Eind": w["reden_einde"],
            "Kode_Geslacht": w["geslacht"].map({"man": "1", "vrouw": "2"}),
            "Datum_Geboorte": nl(w["geboortedatum"], "%Y-%m-%d"),
            "Kode_Leefvorm": w["leefvorm"].map(
                {"alleenstaande": "01", "alleenstaande_ouder": "02", "gehuwd": "03", "anders": "04"}
            ),
            "Nationaliteit": "onbekend",
            "Kode_Afh": "X1",
        }
    )


def bsn(k):
    """The k-th number of nine digits that passes the elfproef."""
    for basis in range(12000000 + 20 * k, 12000000 + 20 * k + 20):
        cijfers = [int(c) for c in f"{basis:08d}"]
        rest = sum(g * c for g, c in zip((9, 8, 7, 6, 5, 4, 3, 2), cijfers, strict=True)) % 11
        if rest < 10:
            return f"{basis:08d}{rest}"
    raise AssertionError


def herkend(v, tabel="uitkeringen"):
    t = v.tabellen[(v.tabellen["tabel"] == tabel) & ~v.tabellen["zekerheid"].isin(["niet herkend", "weglaten"])]
    return dict(zip(t["herkend_als"], t["kolom"], strict=True))


def config_van(v, map_):
    (map_ / "kompas.toml").write_text(v.toml, encoding="utf-8")
    return lees_config(map_ / "kompas.toml")


# -- recognition


def test_gws_puntkomma_cp1252_en_nederlandse_getallen(tmp_path):
    w = waarheid()
    gws(w).to_csv(tmp_path / "export.csv", sep=";", index=False, encoding="cp1252")
    v = verken_bestanden([tmp_path / "export.csv"])
    assert herkend(v) == {
        "client_id": "CLIENTNR",
        "begindatum": "Dat_Aanvang",
        "einddatum": "datum einde",
        "reden_einde": "reden beëindiging",
        "geslacht": "GESLACHT",
        "geboortedatum": "gebdat",
        "leefvorm": "LEEFV",
        "opleiding": "OPL",
        "bedrag_maand": "Maandbedrag",
    }
    uit = config_van(v, tmp_path).bron.uitkeringen
    assert (uit.scheidingsteken, uit.decimaal) == (";", ",")
    assert uit.codes["opleiding"] == {"basis": ("BO",), "geen": ("geen",), "hoger": ("HBO",), "vmbo": ("MAVO",)}
    assert uit.codes["geslacht"] == {"man": ("M",), "vrouw": ("V",)}
    assert "reden_einde" not in uit.codes, "codes of the regulation need no recoding"
    assert (v.tabellen["zekerheid"] == "zeker").all()


def test_civision_redenen_in_woorden_zijn_een_voorstel(tmp_path):
    civision(waarheid()).to_csv(tmp_path / "c.csv", index=False, encoding="utf-8-sig")
    v = verken_bestanden([tmp_path / "c.csv"])
    codes = config_van(v, tmp_path).bron.uitkeringen.codes
    assert codes["reden_einde"] == {
        "handhaving": ("Geen inlichtingen",),
        "overig": ("Verhuizing",),
        "werk": ("Arbeid in dienstbetrekking", "Zelfstandig beroep"),
    }
    assert codes["leefvorm"]["alleenstaande_ouder"] == ("alleenstaande ouder",)
    assert "geslacht" not in codes, "values that are ours already need no recoding"
    assert any("'Reden K'" in t for t in v.twijfels), "an unknown reason is a doubt, not silently overig"
    assert any("redenen in woorden" in t for t in v.twijfels)


def test_socrates_laat_bsn_en_beschermd_kenmerk_weg(tmp_path):
    w = waarheid()
    socrates(w).to_csv(tmp_path / "szclient.txt", sep="|", index=False)
    v = verken_bestanden([tmp_path / "szclient.txt"])
    uit = config_van(v, tmp_path).bron.uitkeringen
    assert uit.kolommen["client_id"] == "szclient"
    assert uit.kolommen["reden_einde"] == "Kode_Rede_Eind"
    assert not {"bsn", "Nationaliteit", "szdos", "Kode_Afh"} & set(uit.kolommen.values())
    rollen = v.tabellen.set_index("kolom")["herkend_als"]
    assert rollen["bsn"] == "bsn"
    assert rollen["Nationaliteit"] == "beschermd kenmerk"
    assert rollen["szdos"] == "huishouden_id?"
    for woord in (
        "'bsn' lijkt het BSN",
        "'Nationaliteit' lijkt een beschermd",
        "is 'szdos' huishouden_id?",
        "is 'Kode_Afh'",
    ):
        assert any(woord in t for t in v.twijfels), woord


def test_alleen_bsn_als_sleutel_wordt_nooit_client_id(tmp_path):
    w = waarheid()
    gws(w).assign(CLIENTNR=[bsn(k) for k in range(N)]).to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    assert "client_id" not in herkend(v)
    assert any("lijkt het BSN te bevatten" in t for t in v.twijfels)
    assert any("geen kolom gevonden voor 'client_id' (nodig)" in t for t in v.twijfels)


def test_geen_waarde_van_een_persoon_in_de_uitvoer(tmp_path):
    w = waarheid()
    d = socrates(w).assign(klantmanager=[f"Jansen {k}" for k in range(N)], toelichting="verhaal over Piet")
    d.loc[0, "Kode_Rede_Eind"] = "Piet is naar Spanje verhuisd"
    d.to_csv(tmp_path / "s.csv", index=False)
    v = verken_bestanden([tmp_path / "s.csv"])
    alles = v.toml + v.tabellen.to_csv() + " ".join(v.twijfels)
    for geheim in ("P00001", "Jansen", "Piet", d["bsn"][3], d["Datum_Geboorte"][5]):
        assert geheim not in alles
    assert "1 zeldzame of lange waarden, hier niet getoond" in alles
    assert v.tabellen.set_index("kolom")["voorbeeld"]["Datum_Geboorte"].startswith("9999-99-99, ")


# -- doubt


def test_twee_onbekende_datumkolommen_zonder_vaste_volgorde_zijn_een_twijfel(tmp_path):
    w = waarheid()
    d = gws(w)
    ander = nl(w["begindatum"] + pd.to_timedelta(np.where(np.arange(N) % 2, 30, -30), "D"))
    d = d.drop(columns=["Dat_Aanvang", "datum einde"]).assign(kol7=nl(w["begindatum"]), kol8=ander)
    d.to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    assert not {"begindatum", "einddatum"} & set(tomllib.loads(v.toml)["bron"]["uitkeringen"]["kolommen"])
    assert any("welke kolom is begindatum: 'kol7', 'kol8'?" in t for t in v.twijfels)
    assert '# begindatum = "kol8"' in v.toml


def test_twee_namen_voor_hetzelfde_zijn_een_twijfel(tmp_path):
    w = waarheid()
    gws(w).assign(DATINGANG=nl(w["begindatum"] + pd.Timedelta(days=3))).to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    assert "begindatum" not in tomllib.loads(v.toml)["bron"]["uitkeringen"]["kolommen"]
    assert any("welke kolom is begindatum: 'Dat_Aanvang', 'DATINGANG'?" in t for t in v.twijfels)


def test_een_kopie_van_een_kolom_is_geen_twijfel(tmp_path):
    w = waarheid()
    gws(w).assign(DATINGANG=nl(w["begindatum"])).to_csv(tmp_path / "e.csv", sep=";", index=False)
    assert herkend(verken_bestanden([tmp_path / "e.csv"]))["begindatum"] == "Dat_Aanvang"


def test_onbekende_datumnamen_met_vaste_volgorde_worden_op_inhoud_herkend_met_twijfel(tmp_path):
    w = waarheid()
    d = gws(w).rename(
        columns={"Dat_Aanvang": "k1", "datum einde": "k2", "gebdat": "k3", "GESLACHT": "k4", "CLIENTNR": "k5"}
    )
    d[["k2", "k1", "k3", "k4", "k5", "LEEFV", "reden beëindiging"]].to_csv(
        tmp_path / "uitkering.csv", sep=";", index=False
    )
    v = verken_bestanden([tmp_path / "uitkering.csv"])
    ons = herkend(v)
    assert {k: ons[k] for k in ("begindatum", "einddatum", "geboortedatum", "geslacht", "client_id")} == {
        "begindatum": "k1",
        "einddatum": "k2",
        "geboortedatum": "k3",
        "geslacht": "k4",
        "client_id": "k5",
    }
    for naam in (
        "begindatum = 'k1'",
        "einddatum = 'k2'",
        "geboortedatum = 'k3'",
        "geslacht = 'k4'",
        "client_id = 'k5'",
    ):
        assert any(naam in t for t in v.twijfels), naam


def test_verwisselde_datums_en_onmogelijke_leeftijden_vallen_op(tmp_path):
    w = waarheid()
    d = gws(w.assign(begindatum=w["einddatum"], einddatum=w["begindatum"], geboortedatum=w["begindatum"]))
    d.to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    assert any("ligt begindatum na einddatum" in t for t in v.twijfels)
    assert any("leeftijd bij de start onder 15" in t for t in v.twijfels)


@pytest.mark.parametrize(("vorm", "woord"), [("%m-%d-%Y", "Amerikaans"), ("%d/%m/%Y", "schuine strepen")])
def test_onleesbare_datums_worden_niet_gekozen(tmp_path, vorm, woord):
    w = waarheid()
    gws(w).assign(Dat_Aanvang=nl(w["begindatum"], vorm)).to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    assert "begindatum" not in herkend(v)
    assert any(woord in t for t in v.twijfels)


def test_dubbelzinnig_decimaalteken_is_een_twijfel(tmp_path):
    gws(waarheid()).assign(Maandbedrag="1.234").to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    assert any("decimaalteken is niet eenduidig" in t for t in v.twijfels)
    assert tomllib.loads(v.toml)["bron"]["uitkeringen"].get("decimaal") is None


def test_eigen_cijferlijst_wordt_niet_als_bus_gelezen(tmp_path):
    d = gws(waarheid())
    d["LEEFV"] = d["LEEFV"].replace("4", "7")
    d.to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    assert "leefvorm" not in tomllib.loads(v.toml)["bron"]["uitkeringen"].get("codes", {})
    assert any("leefvorm: onbekende waarden '1' (60), '2' (60), '3' (60), '7' (60)" in t for t in v.twijfels)


# -- tables, files, sheets


def test_werkmap_met_twee_bladen_en_instrumenten(tmp_path):
    w = waarheid()
    inz = inzetten(w)
    with pd.ExcelWriter(tmp_path / "alles.xlsx") as boek:
        gws(w).to_excel(boek, sheet_name="Uitkeringen", index=False)
        pd.DataFrame(
            {
                "CLIENTNR": inz["client_id"],
                "TRAJECTSOORT": inz["instrument"].replace("R02", "Werkbeurs A"),
                "startdatum": inz["begindatum"],
                "geplande einddatum": inz["geplande_einddatum"],
                "trajectnr": np.arange(len(inz)),
                "kosten": inz["kosten"],
            }
        ).to_excel(boek, sheet_name="Trajecten", index=False)
        pd.DataFrame({"a": ["zomaar"], "b": ["iets"]}).to_excel(boek, sheet_name="Toelichting", index=False)
    v = verken_bestanden([tmp_path / "alles.xlsx"])
    c = config_van(v, tmp_path)
    assert (c.bron.uitkeringen.blad, c.bron.inzet.blad) == ("Uitkeringen", "Trajecten")
    assert c.bron.inzet.kolommen["begindatum"] == "startdatum"
    assert c.bron.inzet.kolommen["geplande_einddatum"] == "geplande einddatum"
    assert {i.code: (i.meter, i.duur_maanden) for i in c.instrument} == {
        "R01": ("reintegratie", 6),
        "werkbeurs_a": ("reintegratie", 6),
        "HUISBEZOEK": ("handhaving", 6),
    }
    assert c.bron.inzet.groepeer == {"werkbeurs_a": ("Werkbeurs A",)}
    assert all(i.kosten is None for i in c.instrument), "an unknown cost is never filled in"
    assert any("blad Toelichting is niet gebruikt" in t for t in v.twijfels)


def test_parquet_en_map_erboven(tmp_path):
    w = waarheid()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    w.to_parquet(tmp_path / "a" / "uitkeringen.parquet")
    inzetten(w).to_csv(tmp_path / "b" / "inzet.csv", index=False)
    v = verken_bestanden([tmp_path / "b" / "inzet.csv", tmp_path / "a" / "uitkeringen.parquet"])
    c = config_van(v, v.map)
    assert v.map == tmp_path
    assert (c.bron.uitkeringen.bestand, c.bron.inzet.bestand) == ("a/uitkeringen.parquet", "b/inzet.csv")
    assert c.bron.uitkeringen.kolommen == {}, "our own names need no rename"
    assert c.bron.inzet.decimaal == "."


def test_ontwerp_naast_de_map_met_exports(tmp_path):
    (tmp_path / "bron").mkdir()
    w = waarheid()
    w.to_csv(tmp_path / "bron" / "uitkeringen.csv", index=False)
    v = verken_bestanden([tmp_path / "bron" / "uitkeringen.csv"], naar=tmp_path)
    c = config_van(v, v.map)
    assert v.map == tmp_path
    assert (c.bron.map, c.bron.uitkeringen.bestand) == ("bron", "uitkeringen.csv")
    assert len(lees_bron(c).uitkeringen) == N


def test_peildatum_en_venster_zijn_gemarkeerde_gissingen(tmp_path):
    w = waarheid()
    gws(w).to_csv(tmp_path / "e.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "e.csv"])
    c = config_van(v, tmp_path)
    laatste = max(w["begindatum"].max(), w["einddatum"].max())
    assert pd.Timestamp(c.gemeente.peildatum) == laatste + pd.offsets.MonthEnd(0)
    assert c.bron.venster_van == w["einddatum"].min().replace(day=1).date()
    assert any(t.startswith("[gemeente] op welke dag") for t in v.twijfels)
    assert any(t.startswith("[bron] vanaf wanneer") for t in v.twijfels)


def test_venster_begint_waar_het_verleden_ophoudt_onvolledig_te_zijn(tmp_path):
    """The export holds the past of who was here in 2003 or later: older ends are there, but only a third of them."""
    n = np.arange(1200)
    einde = pd.Timestamp("1995-01-20") + pd.to_timedelta(n * 3.75, "D").floor("D")
    w = waarheid(1200).assign(einddatum=einde, begindatum=einde - pd.Timedelta(days=300), reden_einde="11")
    w["geboortedatum"] = w["begindatum"] - pd.Timedelta(days=12000)
    w = w[(einde >= "2003-01-01") | (n % 3 == 0)]
    gws(w).to_csv(tmp_path / "e.csv", sep=";", index=False)
    c = config_van(verken_bestanden([tmp_path / "e.csv"]), tmp_path)
    assert c.bron.venster_van.isoformat() == "2003-01-01"


def test_twee_bestanden_van_dezelfde_tabel(tmp_path):
    w = waarheid()
    gws(w).to_csv(tmp_path / "een.csv", sep=";", index=False)
    gws(w).to_csv(tmp_path / "twee.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "een.csv", tmp_path / "twee.csv"])
    assert tomllib.loads(v.toml)["bron"]["uitkeringen"]["bestand"] == "een.csv"
    assert any("twee.csv is niet gebruikt: lijkt net als een.csv op uitkeringen" in t for t in v.twijfels)


def test_andere_nummers_in_inzet_vallen_op(tmp_path):
    w = waarheid()
    gws(w).to_csv(tmp_path / "u.csv", sep=";", index=False)
    inz = inzetten(w)
    inz["client_id"] = inz["client_id"].str.replace("P", "Q")
    inz.to_csv(tmp_path / "inzet.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "u.csv", tmp_path / "inzet.csv"])
    assert any(t.startswith("[bron] 0% van de client_id's in inzet") for t in v.twijfels)


@pytest.mark.parametrize(
    ("kop", "woord"),
    [
        ("GWS4all export 30-06-2007\n\n", "boven de kolomnamen staan 1"),
        ("", "de eerste regel lijkt gegevens te bevatten"),
    ],
)
def test_kopregel_ontbreekt_of_staat_lager(tmp_path, kop, woord):
    tekst = gws(waarheid()).to_csv(sep=";", index=False, header=bool(kop))
    (tmp_path / "e.csv").write_text(kop + tekst, encoding="utf-8")
    v = verken_bestanden([tmp_path / "e.csv"])
    assert any(woord in t for t in v.twijfels)
    assert "P00000" not in v.toml, "a first row of data is no list of column names"


@pytest.mark.parametrize(
    ("tabel", "rijen", "naam"),
    [
        (
            "aanvragen",
            {
                "aanvraagnr": ["A1", "A2"],
                "CLIENTNR": ["P1", "P2"],
                "datum aanvraag": ["01-02-2006"] * 2,
                "Kode_Afh": ["T", "A"],
            },
            "x.csv",
        ),
        (
            "gronden",
            {"clientnr": ["P1"], "instrument": ["hb"], "grond": ["melding"], "grond_datum": ["2006-01-02"]},
            "x.csv",
        ),
        (
            "kenmerken_historie",
            {"client_id": ["P1"], "kenmerk": ["fasering"], "waarde": ["2"], "vanaf": ["2006-01-02"]},
            "x.csv",
        ),
        ("uitgaven", {"maand": ["2006-01", "2006-02"], "bedrag": ["1.000,50", "2.000,00"]}, "x.csv"),
        (
            "contracten",
            {
                "contractnr": ["C1"],
                "instrument": ["R01"],
                "aanbieder": ["Bureau"],
                "ingekocht": ["10"],
                "tarief": ["5,5"],
            },
            "x.csv",
        ),
        ("capaciteit", {"team": ["A"], "maand": ["2006-01"], "uren": ["120"]}, "x.csv"),
    ],
)
def test_elke_tabel_wordt_herkend(tmp_path, tabel, rijen, naam):
    pd.DataFrame(rijen).to_csv(tmp_path / naam, sep=";", index=False)
    v = verken_bestanden([tmp_path / naam])
    assert set(v.tabellen["tabel"]) == {tabel}
    assert f"[bron.{tabel}]" in v.toml


# -- the word lists


def test_woordenlijst_is_die_van_het_contract():
    assert tuple(VELDEN) == TABELLEN
    for tabel, velden in VELDEN.items():
        assert {v.naam for v in velden} == {v.naam for v in CONTRACT[tabel]}, tabel


@pytest.mark.parametrize("tabel", TABELLEN)
def test_een_naam_heeft_binnen_een_tabel_een_betekenis(tabel):
    woorden = [(w, v.naam) for v in VELDEN[tabel] for w in {plat(v.naam), *v.woorden}]
    dubbel = {w for w, _ in woorden if len({n for x, n in woorden if x == w}) > 1}
    assert not dubbel


@pytest.mark.parametrize(
    ("tekst", "ons"),
    [
        ("Arbeid in dienstbetrekking / uitkering ziekte", "werk"),
        ("Zelfstandig beroep of bedrijf", "werk"),
        ("Geen medewerking aan onderzoek", "handhaving"),
        ("Niet voldaan aan arbeidsverplichting", "handhaving"),
        ("Niet verschenen op herhaalde oproep", "handhaving"),
        ("Aangaan relatie", "02"),
        ("Voortzetting door partner", "97"),
        ("Bereiken AOW-leeftijd", "03"),
        ("Arbeidsongeschiktheid", "overig"),
        ("Overlijden", "overig"),
        ("K7", None),
    ],
)
def test_reden_in_woorden(tekst, ons):
    assert bestemming(tekst) == ons


# -- errors


def test_fouten_noemen_het_bestand_en_wat_te_doen(tmp_path):
    with pytest.raises(GebruiksFout, match="KMP-B904"):
        verken_bestanden([])
    with pytest.raises(GebruiksFout, match=r"KMP-B901: bestand 'weg\.csv' bestaat niet"):
        verken_bestanden([tmp_path / "weg.csv"])
    (tmp_path / "brief.docx").write_text("x")
    with pytest.raises(GebruiksFout, match=r"KMP-B902.*xlsx"):
        verken_bestanden([tmp_path / "brief.docx"])
    (tmp_path / "kapot.xlsx").write_text("geen werkmap")
    with pytest.raises(GebruiksFout, match=r"KMP-B903.*kapot\.xlsx"):
        verken_bestanden([tmp_path / "kapot.xlsx"])


def test_leeg_bestand_en_onbekend_bestand_zijn_twijfels(tmp_path):
    (tmp_path / "leeg.csv").write_text("")
    (tmp_path / "los.csv").write_text("appel;peer\n1;2\n")
    v = verken_bestanden([tmp_path / "leeg.csv", tmp_path / "los.csv"])
    assert any("leeg.csv is niet gebruikt: bestand is leeg" in t for t in v.twijfels)
    assert any("los.csv is niet gebruikt: niet herkend" in t for t in v.twijfels)
    assert "# peildatum = jjjj-mm-dd" in v.toml


def test_zelfde_bestanden_geven_hetzelfde_ontwerp(tmp_path):
    w = waarheid()
    gws(w).to_csv(tmp_path / "u.csv", sep=";", index=False)
    gws(w.sample(frac=1, random_state=3)).to_csv(tmp_path / "v.csv", sep=";", index=False)
    een, twee = (verken_bestanden([tmp_path / n]).toml for n in ("u.csv", "v.csv"))
    assert een == twee.replace('"v.csv"', '"u.csv"')


# -- round trip: what the draft reads is what was exported


@pytest.mark.parametrize(
    ("export", "opties"),
    [
        (gws, {"sep": ";", "encoding": "cp1252"}),
        (civision, {"encoding": "utf-8-sig"}),
        (socrates, {"sep": "|"}),
    ],
)
def test_ontwerp_leest_de_rijen_terug(tmp_path, export, opties):
    w = waarheid()
    export(w).to_csv(tmp_path / "u.csv", index=False, **opties)
    inz = inzetten(w)
    uit = inz.assign(
        begindatum=nl(inz["begindatum"]), geplande_einddatum=nl(inz["geplande_einddatum"]), kosten="1.250,00"
    )
    uit.to_csv(tmp_path / "inzet.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "u.csv", tmp_path / "inzet.csv"])
    bron = lees_bron(config_van(v, tmp_path))
    gelezen = bron.uitkeringen.sort_values("client_id").reset_index(drop=True)
    for naam in ("client_id", "begindatum", "einddatum", "geslacht", "geboortedatum", "leefvorm"):
        pd.testing.assert_series_equal(
            gelezen[naam].astype(object).where(gelezen[naam].notna(), None),
            w[naam].astype(object).where(w[naam].notna(), None),
            check_names=False,
        )
    if "bedrag_maand" in gelezen and export is gws:
        assert gelezen["bedrag_maand"].tolist() == w["bedrag_maand"].tolist()
    assert bron.inzet["kosten"].sum() == pytest.approx(1250.0 * len(inz))
    assert sorted(bron.inzet["instrument"].unique()) == ["HUISBEZOEK", "R01", "R02"]


def test_lezer_weigert_wat_verken_niet_wilde(tmp_path):
    w = waarheid()
    gws(w).assign(CLIENTNR=[bsn(k) for k in range(N)]).to_csv(tmp_path / "u.csv", sep=";", index=False)
    v = verken_bestanden([tmp_path / "u.csv"])
    eigen = v.toml.replace("[bron.uitkeringen.kolommen]", '[bron.uitkeringen.kolommen]\nclient_id = "CLIENTNR"\n#', 1)
    (tmp_path / "kompas.toml").write_text(eigen, encoding="utf-8")
    with pytest.raises(GeweigerdFout):
        lees_bron(lees_config(tmp_path / "kompas.toml"))
