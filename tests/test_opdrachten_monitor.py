"""``kompas monitor`` and ``kompas scan``: contract columns, every kind of output, refusals that say what to do."""

import json
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner
from tests.geldhulp import HOLLANDSTAD

import kompas
from kompas.cli import hoofd
from kompas.fouten import GebruiksFout

KOLOMMEN = {  # contract.md 5
    "bestand": "maand gebied groep soort huishoudens uitkeringen geschaald ontwikkeling_3m instroom uitstroom "
    "ondergrens bovengrens",
    "uitgaven": "maand gebied soort uitkeringen prijs uitgaven vakantiegeld ondergrens bovengrens",
    "budget": "jaar status deel scenario budget budget_maand uitgaven_tot_nu maanden uitgaven_jaarbasis uitgaven_maand "
    "saldo saldo_fractie ondergrens bovengrens",
    "uitvoering": "maand niveau eenheid werkstroom kengetal norm realisatie verwacht prognose afwijking signaal",
    "ambitie": "maand trendpad doelpad realisatie prognose gat_trend gat_eigen kans",
}
VOORUIT = 24


def draai(*woorden: str):
    return CliRunner().invoke(hoofd, [*woorden, "--config", str(HOLLANDSTAD), "--stil"])


@pytest.mark.parametrize("welke", KOLOMMEN)
def test_json_heeft_de_kolommen_van_het_contract(welke):
    uit = draai("monitor", welke, "--json")
    assert uit.exit_code == 0, uit.output
    rijen = json.loads(uit.stdout)
    assert all(list(r) == KOLOMMEN[welke].split() for r in rijen)
    assert rijen


@pytest.mark.parametrize("welke", KOLOMMEN)
def test_tekst_past_op_tachtig_kolommen_en_begint_met_wat_telt(welke):
    uit = draai("monitor", welke)
    assert uit.exit_code == 0, uit.output
    regels = uit.stdout.splitlines()
    assert max(map(len, regels)) <= 80
    assert "Hollandstad" in " ".join(regels[:3])


@pytest.mark.parametrize("welke", ["bestand", "budget"])
def test_uitvoer_per_soort_bestand(welke, tmp_path: Path):
    tabel = kompas.monitor(welke, HOLLANDSTAD, tmp_path / "m.csv").to_frame()
    kompas.monitor(welke, HOLLANDSTAD, tmp_path / "m.xlsx")
    kompas.monitor(welke, HOLLANDSTAD, tmp_path / "m.html")
    kompas.monitor(welke, HOLLANDSTAD, tmp_path / "m.parquet")
    assert list(pd.read_csv(tmp_path / "m.csv").columns) == KOLOMMEN[welke].split()
    assert len(pd.read_parquet(tmp_path / "m.parquet")) == len(tabel)
    blad = openpyxl.load_workbook(tmp_path / "m.xlsx").worksheets[0]
    assert blad.max_row > len(tabel)
    assert "<table" in (tmp_path / "m.html").read_text(encoding="utf-8")
    assert not list(tmp_path.glob(".*")), "er blijft niets half geschreven liggen"


def test_een_prognoserij_heeft_haar_interval_en_reikt_twee_jaar():
    f = kompas.monitor("bestand", HOLLANDSTAD).to_frame()
    p = f[(f["soort"] == "prognose") & (f["gebied"] == "eigen") & (f["groep"] == "totaal")]
    assert len(p) == VOORUIT
    assert ((p["ondergrens"] < p["uitkeringen"]) & (p["uitkeringen"] < p["bovengrens"])).all()
    breedte = (p["bovengrens"] - p["ondergrens"]).to_numpy()
    assert breedte[-1] > 2 * breedte[0], "verder weg is onzekerder"
    assert f.loc[f["soort"] == "realisatie", ["ondergrens", "bovengrens"]].isna().all().all()


def test_minder_instroom_geeft_een_lager_bestand():
    def eind(instroom):
        f = kompas.monitor("bestand", HOLLANDSTAD, instroom=instroom).to_frame()
        return f[(f["soort"] == "prognose") & (f["gebied"] == "eigen") & (f["groep"] == "totaal")].iloc[-1]

    gewoon, minder = eind(0.0), eind(-0.1)
    assert minder["uitkeringen"] < gewoon["uitkeringen"]
    # inflow is about 890 a year and half of it has left within a year: ten percent less is some tens of households
    assert 20 < gewoon["uitkeringen"] - minder["uitkeringen"] < 178
    assert draai("monitor", "bestand", "--instroom", "-10%").exit_code == 0


def test_ambitie_op_de_opdrachtregel_gaat_voor_de_configuratie():
    gewoon = kompas.monitor("ambitie", HOLLANDSTAD).to_frame().iloc[-1]
    f = kompas.monitor("ambitie", HOLLANDSTAD, minder=400, jaren=2).to_frame().iloc[-1]
    assert gewoon["trendpad"] == pytest.approx(gewoon["doelpad"])
    assert f["trendpad"] - f["doelpad"] == pytest.approx(400)
    assert f["kans"] < gewoon["kans"]


@pytest.mark.parametrize(
    ("woorden", "code"),
    [
        (("monitor", "bestant"), "KMP-U104"),
        (("monitor", "bestand", "--instroom", "veel"), "KMP-U103"),
        (("monitor", "bestand", "--instroom", "-100%"), "KMP-Z003"),
        (("monitor", "bestand", "--extra", "reintegratie"), "KMP-U103"),
        (("monitor", "bestand", "--uit", "bestand.docx"), "KMP-U004"),
    ],
)
def test_verkeerd_gebruik_eindigt_met_code_2(woorden, code, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    uit = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kompas", *woorden, "--config", str(HOLLANDSTAD)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert uit.returncode == 2
    assert code in uit.stderr
    assert "Traceback" not in uit.stderr


def test_onbekende_monitor_noemt_de_naaste():
    with pytest.raises(GebruiksFout, match="Bedoelde u 'budget'"):
        kompas.monitor("buget", HOLLANDSTAD)
    with pytest.raises(GebruiksFout, match="KMP-Z004"):
        kompas.monitor("budget", HOLLANDSTAD, klantmanager="KM18")


def test_scan_schrijft_het_rapport(tmp_path: Path):
    s = kompas.scan(HOLLANDSTAD, tmp_path / "scan.html")
    tekst = (tmp_path / "scan.html").read_text(encoding="utf-8")
    for kop in ("Samenvatting", "Algemene ontwikkeling", "Vergelijking", "Conclusies"):
        assert kop in tekst
    assert s.to_frame()["oordeel"].notna().any()
    uit = draai("scan")
    assert uit.exit_code == 0, uit.output
    assert "Conclusies" in uit.stdout
