"""The command line: exit codes, Dutch words, files whole or absent, the same names as the functions."""

from __future__ import annotations

import inspect
import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pandas as pd
import pytest

import kompas
from kompas.cli import hoofd, main

OPDRACHTEN = ["init", "verken", "controleer", "herijk", "lijstwerk", "simuleer", "demo"]
ALLEEN_OPDRACHT = {"als_json", "stil", "help", "version"}
ALLEEN_FUNCTIE = {"voortgang"}


@pytest.fixture
def werk(gemeente: Path, tmp_path: Path) -> Path:
    doel = tmp_path / "werk"
    shutil.copytree(gemeente, doel)
    return doel


def vervang(pad: Path, oud: str, nieuw: str) -> None:
    tekst = pad.read_text(encoding="utf-8")
    assert oud in tekst
    pad.write_text(tekst.replace(oud, nieuw), encoding="utf-8")


@pytest.mark.parametrize("naam", OPDRACHTEN)
def test_elke_opdracht_is_een_functie_met_dezelfde_opties(naam: str) -> None:
    opdracht = hoofd.commands[naam]
    functie = inspect.signature(getattr(kompas, naam))
    opties = {p.name.rstrip("_") for p in opdracht.params if p.name} - ALLEEN_OPDRACHT
    assert opties == set(functie.parameters) - ALLEEN_FUNCTIE


@pytest.mark.parametrize("naam", ["", *OPDRACHTEN])
def test_hulp_is_nederlands_en_past_op_80_kolommen(naam: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*([naam] if naam else []), "--help"]) == 0
    uit = capsys.readouterr().out
    assert uit.startswith("Gebruik: ")
    assert max(len(r) for r in uit.splitlines()) <= 80
    for engels in ("Usage", "Options", "Commands", "Show this", "default:", "required"):
        assert engels not in uit
    if naam:
        for param in hoofd.commands[naam].params:
            if isinstance(param, click.Option) and param.name != "help":
                assert param.help, param.name


def test_hulp_laadt_niets_zwaars() -> None:
    """The fast start of the program: no numpy, no pandas, no click plugin behind --help."""
    code = (
        "import sys; from kompas.cli import main; main(['--help']);"
        "zwaar = {'numpy','pandas','scipy','altair','rich','pydantic','pyarrow'} & set(sys.modules);"
        "sys.exit(str(zwaar) if zwaar else 0)"
    )
    klaar = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert klaar.returncode == 0, klaar.stderr


@pytest.mark.parametrize(
    ("argumenten", "woord"),
    [
        (["herijkk"], "Bedoelde u 'herijk'?"),
        (["herijk", "--confg", "x"], "Bedoelde u '--config'?"),
        (["herijk", "--config", "kompas.toml"], "--uit ontbreekt"),
        (["herijk", "--config", "bestaat-niet.toml", "--uit", "m"], "KMP-C001"),
        (["lijstwerk", "--config", "k", "--model", "m", "--uit", "lijst.doc"], ".xlsx"),
        (["controleer", "--config", "k", "--peildatum", "31-02-2007"], "geen datum"),
        (["simuleer", "--uit", "x", "--zaad", "een"], "geheel getal"),
        (["verken"], "BESTAND"),
        (["init", "x", "--voorbeeld", "holandstad"], "Bedoelde u 'hollandstad'?"),
    ],
)
def test_verkeerd_gebruik_is_code_2_en_zegt_wat_te_doen(
    argumenten: list[str],
    woord: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(argumenten) == 2
    fout = capsys.readouterr().err
    assert woord in fout
    assert fout.startswith("kompas: KMP-")
    assert list(tmp_path.iterdir()) == []


def test_zonder_opdracht_komt_de_uitleg(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("Gebruik: kompas [OPTIES] OPDRACHT")


def test_de_hele_lijn(werk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(werk / "kompas.toml")
    assert main(["controleer", "--config", config]) == 0
    assert (werk / "bevindingen.csv").is_file()
    assert main(["herijk", "--config", config, "--uit", str(werk / "model"), "--zaad", "4"]) == 0
    assert "gecorrigeerd voor waargenomen kenmerken" in " ".join(capsys.readouterr().out.split())
    uit = werk / "lijst.csv"
    assert main(["lijstwerk", "--config", config, "--model", str(werk / "model"), "--uit", str(uit), "--json"]) == 0
    samen = json.loads(capsys.readouterr().out)
    assert samen["klanten"] == len(pd.read_csv(uit))
    assert sum(samen["indicaties"]["reintegratie"].values()) == samen["klanten"]
    assert (
        main(["lijstwerk", "--config", config, "--model", str(werk / "model"), "--uit", str(werk / "nl.csv"), "--nl"])
        == 0
    )
    nl = (werk / "nl.csv").read_bytes()
    assert nl.startswith(b"\xef\xbb\xbfclient_id;")
    assert (
        main(
            [
                "lijstwerk",
                "--config",
                config,
                "--model",
                str(werk / "model"),
                "--uit",
                str(werk / "t.xlsx"),
                "--per",
                "team",
            ]
        )
        == 0
    )
    with pd.ExcelFile(werk / "t.xlsx") as boek:
        assert "Team 1" in boek.sheet_names


def test_json_van_herijk_en_controleer(werk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = str(werk / "kompas.toml")
    assert main(["herijk", "--config", config, "--uit", str(werk / "m"), "--json"]) == 0
    uit = json.loads(capsys.readouterr().out)
    per = {r["instrument"]: set[str]() for r in uit["effecten"]}
    for r in uit["effecten"]:
        per[r["instrument"]].add(r["oordeel"])
    assert per.pop("werkdirect") <= {"niet_vastgesteld", "onvoldoende_gegevens"}  # given in the first month
    assert set().union(*per.values()) <= {"afhankelijk_van_aanname", "onvoldoende_gegevens"}
    assert main(["controleer", "--config", config, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["goedgekeurd"] is True


def test_afgekeurde_gegevens_zijn_code_3_zonder_model(werk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bron = werk / "bron" / "uitkeringen.csv"
    frame = pd.read_csv(bron, dtype=str)
    frame.loc[: len(frame) // 20, "geboortedatum"] = "31-02-1970"
    frame.to_csv(bron, index=False)
    config = str(werk / "kompas.toml")
    assert main(["herijk", "--config", config, "--uit", str(werk / "model")]) == 3
    fout = capsys.readouterr().err
    assert not (werk / "model").exists()
    assert "uitkeringen.csv" in fout
    assert "rij 2" in fout
    assert "geboortedatum" in fout
    bevindingen = pd.read_csv(werk / "bevindingen.csv", dtype=str)
    assert (bevindingen["waarde"] == "31-02-1970").sum() == len(frame) // 20 + 1
    assert list(bevindingen.columns[:7]) == ["bestand", "rij", "kolom", "waarde", "regel", "ernst", "bericht"]
    assert main(["controleer", "--config", config]) == 3
    assert main(["lijstwerk", "--config", config, "--model", "x", "--uit", str(werk / "l.csv")]) == 2
    assert not (werk / "l.csv").exists()


def test_beschermd_kenmerk_is_code_5(werk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = werk / "kompas.toml"
    oud = config.read_text(encoding="utf-8")
    for regel in (
        'gebruik = ["geslacht", "nationaliteit"]',
        'gebruik = ["geslacht", "Geboorteland"]',
        'gebruik = ["postcode"]',
    ):
        kop, staart = oud.split("[kenmerken]", 1)
        rest = [r for r in staart.splitlines() if not r.startswith(("gebruik", "banden", "soort", "motivering"))]
        config.write_text(kop + "[kenmerken]\n" + regel + "\n" + "\n".join(rest), encoding="utf-8")
        assert main(["controleer", "--config", str(config)]) == 5, regel
        assert "KMP-W001" in capsys.readouterr().err
    config.write_text(
        oud.replace("[bron.uitkeringen]\n", '[bron.uitkeringen]\nkolommen = {opleiding = "HERKOMST"}\n'),
        encoding="utf-8",
    )
    assert main(["controleer", "--config", str(config)]) == 5
    assert "HERKOMST" in capsys.readouterr().err


def test_bsn_is_code_5_en_staat_niet_in_de_melding(werk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def bsn(n: int) -> str:
        cijfers = [int(c) for c in f"{10_000_000 + n:08d}"]
        rest = sum(g * c for g, c in zip(range(9, 1, -1), cijfers, strict=True)) % 11
        return "" if rest == 10 else "".join(map(str, cijfers)) + str(rest)

    bron = werk / "bron" / "uitkeringen.csv"
    frame = pd.read_csv(bron, dtype=str)
    nummers = [b for n in range(len(frame) * 2) if (b := bsn(n))]
    kaart = dict(zip(frame["client_id"].unique(), nummers, strict=False))
    frame["client_id"] = frame["client_id"].map(kaart)
    frame.to_csv(bron, index=False)
    assert main(["controleer", "--config", str(werk / "kompas.toml")]) == 5
    fout = capsys.readouterr().err
    assert not [b for b in kaart.values() if b in fout]
    assert "pseudoniem" in fout


def test_beschadigd_model_is_code_4(werk: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(model, werk / "model")
    (werk / "model" / "effecten.csv").write_text("leeg", encoding="utf-8")
    argumenten = ["--config", str(werk / "kompas.toml"), "--model", str(werk / "model"), "--uit", str(werk / "l.csv")]
    assert main(["lijstwerk", *argumenten]) == 4
    assert "KMP-A006" in capsys.readouterr().err
    assert not (werk / "l.csv").exists()


def test_init_en_windows_paden(tmp_path: Path, gemeente: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(tmp_path / "nieuw")]) == 0
    assert [p.name for p in sorted((tmp_path / "nieuw").iterdir())] == ["bron", "kompas.toml"]
    kompas.lees_config(tmp_path / "nieuw" / "kompas.toml")
    assert main(["controleer", "--config", str(tmp_path / "nieuw" / "kompas.toml")]) == 2
    assert "uitkeringen.csv" in capsys.readouterr().err
    assert main(["init", str(tmp_path / "nieuw")]) == 2
    shutil.copytree(gemeente, tmp_path / "win" / "dorp")
    config = tmp_path / "win" / "kompas.toml"
    tekst = (gemeente / "kompas.toml").read_text(encoding="utf-8")
    config.write_text(tekst.replace('map = "bron"', "map = 'dorp\\bron'"), encoding="utf-8-sig")
    assert main(["controleer", "--config", str(config)]) == 0


def test_demo_eindigt_in_dingen_die_open_gaan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doel = tmp_path / "kompas-demo"
    assert main(["demo", "--uit", str(doel)]) == 0
    uit = capsys.readouterr().out
    assert max(len(r) for r in uit.splitlines() if str(tmp_path) not in r) <= 80
    html = (doel / "model" / "herijkingsrapport.html").read_text(encoding="utf-8")
    assert "Hollandstad" in html
    assert len(pd.read_csv(doel / "lijst.csv")) > 200
    with pd.ExcelFile(doel / "lijst.xlsx") as boek:
        assert len(boek.sheet_names) > 3
    eerst = (doel / "lijst.csv").read_bytes()
    assert main(["demo", "--uit", str(doel)]) == 0
    assert (doel / "lijst.csv").read_bytes() == eerst
    (tmp_path / "van-mij").mkdir()
    (tmp_path / "van-mij" / "werk.txt").write_text("bewaren", encoding="utf-8")
    assert main(["demo", "--uit", str(tmp_path / "van-mij")]) == 2
    assert (tmp_path / "van-mij" / "werk.txt").read_text(encoding="utf-8") == "bewaren"


def test_onbekende_naam_in_het_pakket_noemt_de_naaste() -> None:
    with pytest.raises(AttributeError, match="Bedoelde u 'lijstwerk'"):
        kompas.lijstwrk  # noqa: B018
    assert set(OPDRACHTEN) <= set(dir(kompas))
