"""The advice register: it can be added to, every change and every cut is seen, and a person can be erased."""

import datetime as dt
import hashlib
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.registerhulp import MOMENT, begin, maak_lijst, noteer

import kompas
from kompas import cli
from kompas.fouten import GebruiksFout, ModelFout, RekenFout
from kompas.opdrachten_register import ankers_uit, register
from kompas.registerketen import Anker, als_tijdstip, lees_ankers
from kompas.registeroverzicht import verberg
from kompas.weergave.tabellen import schrijf_tabel


def sql(pad, *opdrachten, zonder_bewaking=False):
    """Change the file behind the program's back."""
    with closing(sqlite3.connect(pad)) as con:
        regels = con.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        if zonder_bewaking:
            for naam, _ in regels:
                con.execute(f"DROP TRIGGER {naam}")
        for opdracht in opdrachten:
            con.execute(opdracht)
        if zonder_bewaking:
            for _, tekst in regels:
                con.execute(tekst)
        con.commit()


@pytest.fixture
def vijf(tmp_path):
    r = begin(tmp_path)
    for i in range(5):
        noteer(r, f"K{i}")
    return r


# -- what is in it


def test_een_record_bevat_wat_is_getoond_en_besloten(tmp_path):
    r = begin(tmp_path)
    assert noteer(r, "K1", besluit="afgeweken", reden="  klant is   net ziek geworden ", door="KM7") == 1
    rij = r.toon().iloc[1]
    assert rij[["soort", "client_id", "instrument", "advies", "besluit", "door"]].tolist() == [
        *("advies", "K1", "r", "ja", "afgeweken", "KM7")
    ]
    assert rij["reden"] == "klant is net ziek geworden"
    assert rij[["maanden_bespaard", "netto", "netto_laag", "netto_hoog", "kans_positief"]].tolist() == [
        *(1.5, 250.0, -50.0, 550.0, 0.9)
    ]
    assert rij[["model", "peildatum", "besluitdatum", "tijdstip"]].tolist() == [
        *("abc123def456", "2007-06-30", "2007-07-02", "2007-07-02T09:00:00Z")
    ]


def test_het_eerste_record_noemt_gemeente_en_versie(tmp_path):
    r = begin(tmp_path)
    with closing(sqlite3.connect(r.pad)) as con:
        inhoud, vorige, sha = con.execute("SELECT inhoud, vorige, hash FROM keten").fetchone()
    eerste = json.loads(inhoud)
    assert eerste["gemeente"] == "Hollandstad"
    assert eerste["kompas"]
    assert vorige == "0" * 64
    assert sha == hashlib.sha256(f"{vorige}\n{inhoud}".encode()).hexdigest()


def test_client_en_reden_staan_niet_in_de_keten(tmp_path):
    r = begin(tmp_path)
    noteer(r, "KLANT77", reden="klant wil heel graag")
    with closing(sqlite3.connect(r.pad)) as con:
        keten = "".join(i for (i,) in con.execute("SELECT inhoud FROM keten"))
    assert "KLANT77" not in keten
    assert "heel graag" not in keten


def test_lege_cijfers_blijven_leeg(tmp_path):
    r = begin(tmp_path)
    leeg = maak_lijst(["K1"], r_netto=np.nan, r_netto_laag=np.nan, r_netto_hoog=np.nan, r_kans_positief=np.nan)
    noteer(r, "K1", lijst=leeg.assign(r_indicatie="geen_uitspraak"))
    rij = r.toon().iloc[1]
    assert rij["advies"] == "geen_uitspraak"
    assert rij[["netto", "netto_laag", "netto_hoog", "kans_positief"]].isna().all()
    assert rij["maanden_bespaard"] == 1.5


@pytest.mark.parametrize("uitgang", [".csv", ".parquet", ".xlsx"])
def test_dezelfde_lijst_als_bestand_geeft_hetzelfde_record(tmp_path, uitgang):
    lijst = maak_lijst(["K1", "00012"])
    schrijf_tabel(lijst, tmp_path / f"lijst{uitgang}")
    r = begin(tmp_path)
    noteer(r, "00012", lijst=tmp_path / f"lijst{uitgang}")
    noteer(r, "00012", lijst=lijst)
    t = r.toon()
    kolommen = ["client_id", "advies", "maanden_bespaard", "netto", "netto_laag", "kans_positief", "model", "peildatum"]
    assert t.loc[1, kolommen].tolist() == t.loc[2, kolommen].tolist()
    assert t.loc[2, "vervangt"] == 1


# -- what is asked for


@pytest.mark.parametrize("besluit", ["gevolgd", "afgeweken", "aangehouden"])
@pytest.mark.parametrize("reden", ["", "   ", "akkoord", "is goed", "- . !", "a b c"])
def test_elk_besluit_vraagt_een_reden(tmp_path, besluit, reden):
    r = begin(tmp_path)
    with pytest.raises(GebruiksFout, match="KMP-R011"):
        noteer(r, "K1", besluit=besluit, reden=reden)
    assert r.verifieer().aantal == 1


@pytest.mark.parametrize(
    ("anders", "code"),
    [
        ({"besluit": "gevolg"}, "KMP-R012: besluit 'gevolg' bestaat niet. Bedoelde u 'gevolgd'"),
        ({"door": " "}, "KMP-R018"),
        ({"door": "K1"}, "KMP-R018"),
        ({"instrument": "rr"}, "KMP-R015: instrument 'rr' staat niet in 'de lijst'. Bedoelde u 'r'"),
        ({"lijst": maak_lijst(["K2"])}, "KMP-R016"),
        ({"lijst": maak_lijst(["K1"]).drop(columns="model")}, "KMP-R014"),
        ({"lijst": maak_lijst(["K1", "K1"])}, "KMP-D003"),
        ({"tijdstip": dt.datetime(2007, 7, 2)}, "KMP-R010"),  # noqa: DTZ001 - without a zone on purpose
        ({"besluitdatum": dt.date(2007, 7, 3)}, "KMP-R017"),
        ({"besluitdatum": dt.date(2007, 6, 29)}, "KMP-R017"),
    ],
)
def test_wat_niet_klopt_wordt_niet_vastgelegd(tmp_path, anders, code):
    r = begin(tmp_path)
    with pytest.raises(GebruiksFout) as fout:
        noteer(r, "K1", **anders)
    assert str(fout.value).startswith(code)
    assert "K1" not in str(fout.value)
    assert r.verifieer().aantal == 1


def test_een_tweede_besluit_komt_erbij(tmp_path):
    r = begin(tmp_path)
    noteer(r, "K1", besluit="aangehouden")
    noteer(r, "K2")
    noteer(r, "K1", besluit="gevolgd")
    noteer(r, "K1", lijst=maak_lijst(["K1"], peildatum=dt.date(2007, 5, 31)))
    t = r.toon()
    assert t["vervangt"].fillna(-1).tolist() == [-1, -1, -1, 1, -1]
    assert r.toon(client="K1")["volgnummer"].tolist() == [1, 3, 4]


# -- only added to


@pytest.mark.parametrize(
    "opdracht",
    [
        "UPDATE keten SET hash = 'x' WHERE volgnummer = 2",
        "UPDATE persoon SET reden = 'iets anders dan eerst' WHERE volgnummer = 2",
        "DELETE FROM keten WHERE volgnummer = 5",
        "DELETE FROM persoon WHERE volgnummer = 2",
        "INSERT INTO keten VALUES (9, '{}', 'a', 'b')",
        "INSERT OR REPLACE INTO keten SELECT volgnummer, '{}', vorige, 'b' FROM keten WHERE volgnummer = 2",
        "INSERT OR REPLACE INTO persoon VALUES (2, 'z', 'K9', 'een andere klant dan eerst')",
    ],
)
def test_het_bestand_weigert_wijzigen(vijf, opdracht):
    with pytest.raises(sqlite3.IntegrityError, match="alleen worden aangevuld"):
        sql(vijf.pad, opdracht)
    assert vijf.verifieer().heel


@pytest.mark.parametrize(
    ("opdrachten", "fout", "reden"),
    [
        (["UPDATE keten SET inhoud = replace(inhoud, '\"ja\"', '\"nee\"') WHERE volgnummer = 3"], 3, "veranderd"),
        (["UPDATE keten SET hash = hash || 'a' WHERE volgnummer = 3"], 3, "veranderd"),
        (["UPDATE persoon SET reden = 'de klant wilde niet' WHERE volgnummer = 4"], 4, "klant of reden"),
        (["UPDATE persoon SET client_id = 'K9' WHERE volgnummer = 2"], 2, "klant of reden"),
        (["DELETE FROM persoon WHERE volgnummer = 2"], 2, "geen record van het wissen"),
        (["DELETE FROM persoon WHERE volgnummer = 2", "DELETE FROM keten WHERE volgnummer = 2"], 2, "ontbreekt"),
        (["DELETE FROM persoon", "DELETE FROM keten"], 0, "eerste record"),
        (["INSERT INTO persoon VALUES (0, 'z', 'K9', 'hoort hier niet')"], 0, "bij geen advies"),
    ],
)
def test_elke_wijziging_wordt_gezien(vijf, opdrachten, fout, reden):
    sql(vijf.pad, *opdrachten, zonder_bewaking=True)
    v = vijf.verifieer()
    assert not v.heel
    assert v.fout == fout
    assert reden in v.reden


def test_een_veranderd_record_met_nieuwe_hashes_wordt_gezien_aan_een_anker(vijf):
    """Who recomputes the rest of the chain is only caught by what was noted elsewhere."""
    eerder = vijf.verifieer()
    with closing(sqlite3.connect(vijf.pad)) as con:
        rijen = con.execute("SELECT volgnummer, inhoud FROM keten ORDER BY 1").fetchall()
    vorige, opdrachten = "0" * 64, []
    for n, inhoud in rijen:
        nieuw = inhoud.replace("gevolgd", "afgeweken") if n == 3 else inhoud
        sha = hashlib.sha256(f"{vorige}\n{nieuw}".encode()).hexdigest()
        deel = f"inhoud='{nieuw}', vorige='{vorige}', hash='{sha}' WHERE volgnummer={n}"
        opdrachten.append("UPDATE keten SET " + deel)  # noqa: S608 - our own file
        vorige = sha
    sql(vijf.pad, *opdrachten, zonder_bewaking=True)
    assert vijf.verifieer().heel
    assert not vijf.verifieer(verwacht=eerder.hoofd).heel
    gezien = vijf.verifieer(verwacht=eerder.hoofd, aantal=eerder.aantal)
    assert (gezien.heel, gezien.fout) == (False, 5)


def test_afknippen_van_het_eind_wordt_gezien_aan_aantal_hash_en_anker(vijf):
    v = vijf.verifieer()
    sql(
        vijf.pad,
        "DELETE FROM persoon WHERE volgnummer = 5",
        "DELETE FROM keten WHERE volgnummer = 5",
        zonder_bewaking=True,
    )
    assert vijf.verifieer().heel
    assert "er waren 6 records en nu 5" in vijf.verifieer(aantal=6).reden
    assert not vijf.verifieer(verwacht=v.hoofd).heel
    assert not vijf.verifieer(ankers=[Anker(aantal=6, hash=v.hoofd)]).heel


def test_ankers_middenin_de_keten(vijf):
    v = vijf.verifieer()
    noteer(vijf, "K9")
    assert vijf.verifieer(verwacht=v.hoofd, aantal=6, ankers=[Anker(aantal=None, hash=v.hoofd)]).heel
    assert vijf.verifieer(verwacht=v.hoofd).ankers == 1
    assert not vijf.verifieer(verwacht=v.hoofd, aantal=5).heel
    assert not vijf.verifieer(verwacht="0" * 64).heel


def test_bewaking_weghalen_wordt_gezien(vijf):
    with closing(sqlite3.connect(vijf.pad)) as con:
        con.execute("DROP TRIGGER keten_vast")
    v = vijf.verifieer()
    assert (v.heel, v.fout) == (False, None)
    assert "bewaking" in v.reden


def test_op_een_gebroken_eind_wordt_niet_verder_gebouwd(vijf):
    sql(vijf.pad, "UPDATE keten SET inhoud = '{}' WHERE volgnummer = 5", zonder_bewaking=True)
    with pytest.raises(ModelFout, match="KMP-R020"):
        noteer(vijf, "K9")


def test_ankerbestand(tmp_path):
    sha = "ab" * 32
    assert lees_ankers(f"# mei\n\n12 {sha.upper()}  # juni\n{sha}\n") == (
        Anker(aantal=12, hash=sha),
        Anker(aantal=None, hash=sha),
    )
    for slecht in ("12", "x y z", f"twaalf {sha}", sha[:-1]):
        with pytest.raises(GebruiksFout, match="KMP-R013"):
            lees_ankers(slecht)
    (tmp_path / "leeg.txt").write_text("# niets\n", encoding="utf-8")
    for pad in (tmp_path / "leeg.txt", tmp_path / "weg.txt"):
        with pytest.raises(GebruiksFout, match="KMP-R013"):
            ankers_uit(pad)


# -- several writers, broken files


TIEN = """
import datetime as dt, sys
from kompas.opdrachten_register import register
for i in range(10):
    register(sys.argv[1]).noteer(
        sys.argv[2], client=f"{sys.argv[3]}{i}", instrument="r", besluit="gevolgd", reden="klant wil graag beginnen",
        door="KM1", tijdstip=dt.datetime(2007, 7, 2, tzinfo=dt.UTC),
    )
"""


def test_twee_schrijvers_tegelijk_verliezen_niets(tmp_path):
    r, lijst = begin(tmp_path), tmp_path / "lijst.csv"
    maak_lijst([f"{n}{i}" for n in "AB" for i in range(10)]).to_csv(lijst, index=False)
    wie = [subprocess.Popen([sys.executable, "-c", TIEN, str(r.pad), str(lijst), n]) for n in "AB"]  # noqa: S603 - our own command
    assert [p.wait(timeout=120) for p in wie] == [0, 0]
    v = r.verifieer()
    assert (v.heel, v.aantal) == (True, 21)
    assert set(r.toon()["client_id"].dropna()) == {f"{n}{i}" for n in "AB" for i in range(10)}


def test_wie_wacht_tot_een_ander_klaar_is_krijgt_een_melding(vijf, monkeypatch):
    monkeypatch.setattr("kompas.registerbestand.WACHT", 0.05)
    with closing(sqlite3.connect(vijf.pad)) as con:
        con.execute("BEGIN IMMEDIATE")
        with pytest.raises(RekenFout, match="KMP-R006"):
            noteer(vijf, "K9")
        assert vijf.verifieer().heel, "reading goes on"


def test_verifieren_schrijft_niets(vijf):
    vijf.pad.chmod(0o444)
    voor = vijf.pad.read_bytes()
    assert vijf.verifieer().heel
    assert vijf.pad.read_bytes() == voor
    assert [p.name for p in vijf.pad.parent.iterdir()] == ["register.sqlite"]


def test_een_ander_bestand_wordt_geweigerd(tmp_path):
    pad = tmp_path / "iets.sqlite"
    with pytest.raises(GebruiksFout, match="KMP-R001"):
        register(pad)
    pad.write_text("geen database, maar wel lang genoeg om er een te lijken" * 50, encoding="utf-8")
    with pytest.raises(GebruiksFout, match="KMP-R002"):
        register(pad)
    pad.unlink()
    sql(pad, "CREATE TABLE x (y)")
    with pytest.raises(GebruiksFout, match="KMP-R002"):
        register(pad)
    with pytest.raises(GebruiksFout, match="KMP-R003"):
        register(pad, gemeente="X")
    with pytest.raises(GebruiksFout, match="KMP-R004"):
        register(tmp_path / "geen map" / "r.sqlite", gemeente="X")
    with pytest.raises(GebruiksFout, match="KMP-R018"):
        register(tmp_path / "r.sqlite", gemeente=" ")


def test_een_later_schema_wordt_geweigerd(vijf):
    sql(vijf.pad, "PRAGMA user_version = 2")
    with pytest.raises(GebruiksFout, match=r"KMP-R005: .*schema 2"):
        register(vijf.pad)


def test_een_beschadigd_bestand_is_een_gebroken_register(tmp_path):
    r = begin(tmp_path)
    for i in range(40):
        noteer(r, f"K{i}")
    inhoud = bytearray(r.pad.read_bytes())
    inhoud[4096:] = b"\xff" * (len(inhoud) - 4096)
    r.pad.write_bytes(bytes(inhoud))
    with pytest.raises(ModelFout, match="KMP-R021"):
        r.verifieer()


# -- erasing


def test_wissen_houdt_de_keten_heel_en_de_persoon_weg(vijf):
    noteer(vijf, "K2", reden="een heel herkenbare reden hier")
    assert vijf.wis(client="K2", reden="verzoek van de klant", door="FG1", tijdstip=MOMENT) == 2
    v = vijf.verifieer()
    assert (v.heel, v.aantal, v.gewist) == (True, 8, 2)
    t = vijf.toon()
    assert t["gewist"].tolist() == [False, False, False, True, False, False, True, False]
    assert t.loc[t["gewist"], ["client_id", "reden"]].isna().all().all()
    assert t.loc[3, "netto"] == 250.0
    assert b"herkenbare reden" not in vijf.pad.read_bytes()
    assert b"K2" not in vijf.pad.read_bytes()


def test_na_wissen_terugzetten_wordt_gezien(vijf):
    with closing(sqlite3.connect(vijf.pad)) as con:
        oud = con.execute("SELECT * FROM persoon WHERE volgnummer = 3").fetchone()
    vijf.wis(client="K2", reden="verzoek van de klant", door="FG1", tijdstip=MOMENT)
    terug = "INSERT INTO persoon VALUES " + str(oud)  # noqa: S608 - our own file
    sql(vijf.pad, terug, zonder_bewaking=True)
    v = vijf.verifieer()
    assert (v.heel, v.fout) == (False, 3)
    assert "gewist, maar" in v.reden


@pytest.mark.parametrize(
    ("velden", "code"),
    [
        ({"client": "K99"}, "KMP-R019"),
        ({"reden": "verzoek"}, "KMP-R011"),
        ({"reden": "verzoek van klant K2"}, "KMP-R018"),
        ({"door": ""}, "KMP-R018"),
    ],
)
def test_wissen_vraagt_wie_en_waarom(vijf, velden, code):
    with pytest.raises(GebruiksFout, match=code):
        vijf.wis(**{"client": "K2", "reden": "verzoek van de klant", "door": "FG1", **velden})
    assert vijf.verifieer().aantal == 6


def test_zelfde_klant_en_reden_geven_een_andere_persoonshash(tmp_path):
    """Salted: whoever has a list of clients cannot find out who an erased record was about."""
    r = begin(tmp_path)
    noteer(r, "K1")
    noteer(r, "K1")
    with closing(sqlite3.connect(r.pad)) as con:
        delen = [json.loads(i).get("persoon") for (i,) in con.execute("SELECT inhoud FROM keten ORDER BY volgnummer")]
    assert delen[1] != delen[2]


# -- overview


def test_overzicht_telt_het_laatste_besluit_en_verbergt_kleine_aantallen(tmp_path):
    r = begin(tmp_path)
    lijst = maak_lijst([f"K{i}" for i in range(40)])
    for i in range(25):
        noteer(r, f"K{i}", lijst=lijst, reden="Klant wil graag beginnen." if i % 2 else "klant wil graag beginnen")
    for i in range(25, 37):
        noteer(r, f"K{i}", lijst=lijst, besluit="afgeweken", reden=f"reden nummer {i} hier")
    noteer(r, "K0", lijst=lijst, besluit="afgeweken", reden="toch niet doorgegaan nu")
    o = r.overzicht()
    assert o.tabel[["instrument", "advies", "besluit", "aantal"]].to_numpy().tolist() == [
        ["r", "ja", "afgeweken", 13],
        ["r", "ja", "gevolgd", 24],
    ]
    np.testing.assert_allclose(o.tabel["aandeel"], [13 / 37, 24 / 37])
    assert o.redenen[["besluit", "reden", "aantal"]].to_numpy().tolist() == [
        ["gevolgd", "klant wil graag beginnen", 24]
    ]
    noteer(r, "K38", lijst=lijst, besluit="aangehouden")
    t = r.overzicht().tabel
    assert t["verborgen"].tolist() == [True, True, False], "the next smallest hides the small one"
    assert t.loc[t["verborgen"], ["aantal", "klanten", "aandeel"]].isna().all().all()
    assert "verborgen: minder dan 10" in r.overzicht().tekst()


def test_negen_adviezen_voor_een_klant_zijn_geen_tien_klanten(tmp_path):
    r = begin(tmp_path)
    for m in range(1, 7):
        for k in ("K1", "K2"):
            noteer(r, k, lijst=maak_lijst(["K1", "K2"], peildatum=dt.date(2007, m, 28)))
    t = r.overzicht().tabel
    assert t["verborgen"].tolist() == [True]
    assert r.overzicht().redenen.empty


def test_leeg_register_heeft_een_leeg_overzicht(tmp_path):
    o = begin(tmp_path).overzicht()
    assert o.tabel.empty
    assert o.redenen.empty
    assert "instrument" in o.tekst()


@pytest.mark.parametrize(
    ("aantal", "verwacht"),
    [
        ([25, 60], [False, False]),
        ([0, 60], [False, False]),
        ([9, 10, 60], [True, True, False]),
        ([5, 6, 60], [True, True, False]),
        ([1, 1, 60], [True, True, True]),
        ([3], [True]),
    ],
)
def test_verbergen(aantal, verwacht):
    assert verberg(np.array(aantal), ["a"] * len(aantal)).tolist() == verwacht


# -- commands


def test_opdrachten_van_begin_tot_eind(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    maak_lijst(["K1", "K2"]).to_csv("lijst.csv", index=False)
    basis = ["register", "noteer", "--lijst", "lijst.csv", "--client", "K1", "--instrument", "r", "--door", "KM1"]
    assert cli.main([*basis, "--besluit", "gevolgd", "--reden", "klant wil graag"]) == 2
    assert "kompas register begin" in capsys.readouterr().err
    assert cli.main(["register", "begin", "--gemeente", "Hollandstad"]) == 0
    assert cli.main([*basis, "--besluit", "gevolgd", "--reden", "ja"]) == 2
    assert cli.main([*basis, "--besluit", "gevolgd", "--reden", "klant wil graag", "--besluitdatum", "02-07-2007"]) == 0
    capsys.readouterr()
    assert cli.main(["register", "verifieer", "--json"]) == 0
    v = json.loads(capsys.readouterr().out)
    assert (v["heel"], v["aantal"], v["gemeente"]) == (True, 2, "Hollandstad")
    Path("ankers.txt").write_text(f"{v['aantal']} {v['hoofd']}\n", encoding="utf-8")
    assert cli.main(["register", "verifieer", "--ankers", "ankers.txt"]) == 0
    tekst = capsys.readouterr().out
    assert f"2 {v['hoofd']}" in tekst
    assert all(len(r) <= 80 for r in tekst.splitlines())
    assert cli.main(["register", "toon", "--client", "K1", "--json"]) == 0
    rijen = json.loads(capsys.readouterr().out)
    assert [(r["volgnummer"], r["besluitdatum"], r["netto"]) for r in rijen] == [(1, "2007-07-02", 250.0)]
    assert cli.main(["register", "toon"]) == 0
    assert cli.main(["register", "overzicht", "--json"]) == 0
    assert cli.main(["register", "wis", "--client", "K1", "--reden", "verzoek van klant", "--door", "FG"]) == 0
    capsys.readouterr()
    assert cli.main(["register", "toon"]) == 0
    tekst = capsys.readouterr().out
    assert "K1" not in tekst
    assert "(gewist)" in tekst
    assert all(len(r) <= 80 for r in tekst.splitlines())


def test_verifieer_eindigt_met_4_en_noemt_het_eerste_slechte_record(vijf, capsys):
    sql(vijf.pad, "UPDATE keten SET inhoud = inhoud || ' ' WHERE volgnummer = 3", zonder_bewaking=True)
    assert cli.main(["register", "verifieer", "--register", str(vijf.pad)]) == 4
    assert "Record 3" in capsys.readouterr().err
    assert cli.main(["register", "verifieer", "--register", str(vijf.pad), "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["fout"] == 3


def test_functie_en_tijd(tmp_path):
    r = kompas.register(tmp_path / "r.sqlite", gemeente="X")
    assert kompas.register(tmp_path / "r.sqlite").pad == r.pad
    assert (
        als_tijdstip(dt.datetime(2007, 1, 1, 0, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))))
        == "2006-12-31T23:30:00Z"
    )
    assert isinstance(r.toon(), pd.DataFrame)
