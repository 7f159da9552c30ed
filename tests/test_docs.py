"""The documentation holds: links resolve, commands and keys exist, examples run, no file holds a path of a machine."""

import doctest
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest

from kompas.cli import hoofd
from kompas.config import TABELLEN, Config, Doelgroep, Instrument, InzetBron, UitkeringenBron, maak_config
from kompas.oordeel import OORDEEL_VAN

WORTEL = Path(__file__).resolve().parents[1]
DOCS = sorted([*WORTEL.glob("*.md"), *(WORTEL / "docs").glob("*.md")])
OVERSLAAN = {"__pycache__", "build", "dist", "kompas-demo"}
PROJECT = tomllib.loads((WORTEL / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Written in parts, so that this file does not hold what it forbids.
REGISTERS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs", "deb\\." + "debian"))
)
MACHINE = re.compile(
    r"(?<![\w.:/-])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers", "opt/w" + "heels")) + r")/\w"
)


def bestanden():
    """Every file that a clone would hold; works without git."""
    for map_, mappen, namen in os.walk(WORTEL):
        mappen[:] = sorted(m for m in mappen if m not in OVERSLAAN and (not m.startswith(".") or m == ".ci"))
        yield from (Path(map_) / n for n in sorted(namen) if not n.endswith((".pyc", ".egg-info")))


def ankers(pad):
    koppen = re.findall(r"^#+ (.+)$", pad.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kaal = [re.sub(r"[^\w\- ]", "", k.replace("`", "").lower()) for k in koppen]
    return {k.strip().replace(" ", "-") for k in kaal}


def codeblokken(pad, talen):
    return re.findall(rf"^```(?:{talen})\n(.*?)^```", pad.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def opdrachten(pad):
    """Every `kompas NAAM ...` in a code block or between backticks."""
    tekst = pad.read_text(encoding="utf-8")
    regels = [r for blok in codeblokken(pad, "sh|powershell|text") for r in blok.splitlines()]
    regels += re.findall(r"`([^`\n]+)`", tekst)
    return [m.groups() for r in regels if (m := re.match(r"(?:\S*[/\\])?kompas ([a-z]+)((?: .*)?)$", r.strip()))]


# -- links, versions, dependencies


@pytest.mark.parametrize("pad", DOCS, ids=lambda p: p.name)
def test_elke_relatieve_verwijzing_bestaat(pad):
    kapot = []
    for doel in re.findall(r"\]\(([^)\s]+)\)", pad.read_text(encoding="utf-8")):
        if re.match(r"https?:|mailto:", doel):
            continue
        bestand, _, anker = doel.partition("#")
        naar = (pad.parent / bestand).resolve() if bestand else pad
        if not naar.exists() or (anker and anker not in ankers(naar)):
            kapot.append(doel)
    assert not kapot


@pytest.mark.parametrize("pad", DOCS, ids=lambda p: p.name)
def test_geen_plaatjes_van_elders(pad):
    assert not re.findall(r"!\[[^\]]*\]\(https?:|<img", pad.read_text(encoding="utf-8"))


def test_changelog_noemt_de_versie():
    koppen = re.findall(r"^## \[([^\]]+)\]", (WORTEL / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert PROJECT["version"] in koppen


def naam_van(eis):
    return re.match(r"[A-Za-z0-9_.-]+", eis).group().lower().replace("_", "-")


EISEN = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]


@pytest.mark.parametrize("eis", EISEN, ids=naam_van)
def test_elke_afhankelijkheid_heeft_een_reden_en_een_vaste_versie(eis):
    redenen = (WORTEL / "docs" / "afhankelijkheden.md").read_text(encoding="utf-8")
    genoemd = {n.strip() for rij in re.findall(r"^\| ([^|]+) \|", redenen, flags=re.MULTILINE) for n in rij.split(",")}
    vast = {naam_van(r) for r in (WORTEL / "constraints.txt").read_text(encoding="utf-8").splitlines() if "==" in r}
    assert naam_van(eis) in genoemd
    assert naam_van(eis) in vast


def test_vaste_versies_zijn_exact():
    regels = (WORTEL / "constraints.txt").read_text(encoding="utf-8").splitlines()
    los = [r for r in regels if not r.startswith("#") and not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", r)]
    assert not los
    assert any("Python 3." in r for r in regels if r.startswith("#")), "the header says which Python made it"


# -- commands and keys


# begrippen.md defines the words of the whole contract, also those of commands that are still to come.
@pytest.mark.parametrize("pad", [p for p in DOCS if p.name != "begrippen.md"], ids=lambda p: p.name)
def test_elke_genoemde_opdracht_en_optie_bestaat(pad):
    fout = []
    for naam, rest in opdrachten(pad):
        if naam not in hoofd.commands:
            fout.append(naam)
            continue
        opdracht, deel = hoofd.commands[naam], re.match(r" ([a-z]+)", rest)
        if isinstance(opdracht, click.Group) and deel is not None:
            if deel.group(1) not in opdracht.commands:
                fout.append(f"{naam} {deel.group(1)}")
                continue
            opdracht = opdracht.commands[deel.group(1)]
        bekend = {o for p in opdracht.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
        fout += [f"{naam} {o}" for o in re.findall(r"(?<!\S)--[a-z0-9-]+", rest) if o not in bekend]
    assert not fout


@pytest.mark.parametrize("naam", sorted(hoofd.commands))
def test_elke_opdracht_staat_in_de_handleiding(naam):
    genoemd = {n for n, _ in opdrachten(WORTEL / "docs" / "handleiding.md")}
    assert naam in genoemd


def test_readme_en_handleiding_noemen_de_twee_opdrachten():
    readme, handleiding = WORTEL / "README.md", WORTEL / "docs" / "handleiding.md"
    for pad in (readme, handleiding):
        windows = "".join(codeblokken(pad, "powershell"))
        assert r".venv\Scripts\pip install -c constraints.txt" in windows
        assert r".venv\Scripts\kompas demo" in windows
    assert {"make demo", "make test"} <= {
        r.split("#")[0].strip() for r in "".join(codeblokken(readme, "sh")).splitlines()
    }
    linux = "".join(codeblokken(handleiding, "sh"))
    assert ".venv/bin/pip install -c constraints.txt ." in linux
    assert ".venv/bin/kompas demo" in linux


def test_handleiding_legt_elke_sleutel_uit():
    tekst = (WORTEL / "docs" / "handleiding.md").read_text(encoding="utf-8")
    genoemd = set(re.findall(r"[\w.]+", " ".join(re.findall(r"`([^`\n]+)`", tekst))))
    genoemd |= {
        s.split(".")[0] for blok in codeblokken(WORTEL / "docs" / "handleiding.md", "toml") for s in sleutels(blok)
    }
    modellen = [
        Config.model_fields[n].annotation for n in ("gemeente", "bron", "kenmerken", "model", "rendement", "lijst")
    ] + [
        Doelgroep,
        Instrument,
        InzetBron,
        UitkeringenBron,
    ]
    vragen = {veld for m in modellen for veld in m.model_fields} - set(TABELLEN)
    assert vragen - genoemd == set()
    for deel in Config.model_fields.keys() - {"pad"}:
        assert f"[{deel}" in tekst, deel


def test_handleiding_legt_elke_soort_melding_uit():
    bron = "".join(p.read_text(encoding="utf-8") for p in (WORTEL / "src").rglob("*.py"))
    tekst = (WORTEL / "docs" / "handleiding.md").read_text(encoding="utf-8")
    assert set(re.findall(r"KMP-[A-Z](?=\d)", bron)) == set(re.findall(r"`(KMP-[A-Z])`", tekst))


def sleutels(blok):
    return re.findall(r"^([\w.]+) *=", blok, flags=re.MULTILINE)


def test_de_configuratie_in_de_handleiding_wordt_gelezen():
    blokken = codeblokken(WORTEL / "docs" / "handleiding.md", "toml")
    config = maak_config(tomllib.loads("\n".join(blokken)))
    assert config.bron.inzet.groepeer == {"reintegratie": ("R01", "R02")}
    assert config.instrument[0].fasen == ("tijdens", "na_0_6", "na_6_18", "na_18")


# -- examples


@pytest.mark.parametrize("pad", DOCS, ids=lambda p: p.name)
def test_voorbeelden_in_de_documenten_kloppen(pad):
    uitslag = doctest.testfile(
        str(pad), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE, encoding="utf-8"
    )
    assert uitslag.failed == 0


def test_methode_noemt_de_regels_van_het_oordeel_in_hun_volgorde():
    """The first ground that holds decides: order and verdict of the table are those of the program."""
    tekst = (WORTEL / "docs" / "methode.md").read_text(encoding="utf-8")
    deel = tekst[tekst.index("## 5. The verdict") : tekst.index("## 6.")]
    tabel = re.findall(r"^\| `(\w+)` \|.*\| `(\w+)` \|$", deel, flags=re.MULTILINE)
    assert [r for r in tabel if r[0] != "grond"] == list(OORDEEL_VAN.items())


def test_methode_heeft_voorbeelden():
    tekst = (WORTEL / "docs" / "methode.md").read_text(encoding="utf-8")
    assert len(doctest.DocTestParser().get_examples(tekst)) >= 5


# -- scaffolding


def test_geen_machinepad_of_register_in_een_bestand():
    gevonden = []
    for pad in bestanden():
        try:
            tekst = pad.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        gevonden += [
            f"{pad.relative_to(WORTEL)}:{n}: {m.group()}"
            for n, regel in enumerate(tekst.splitlines(), start=1)
            for m in (REGISTERS.search(regel), MACHINE.search(regel))
            if m
        ]
    assert not gevonden


@pytest.mark.parametrize(
    ("tekst", "verwacht"),
    [
        ("cd /wo" + "rk/main", True),
        ('"/ho' + 'me/jan/x"', True),
        ("src/wo" + "rk/x", False),
        ("https://voorbeeld.nl/ho" + "me/x", False),
    ],
)
def test_het_machinepad_wordt_gezien(tekst, verwacht):
    assert (MACHINE.search(tekst) is not None) is verwacht


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash ontbreekt")
def test_ci_script_is_uitvoerbaar_en_stopt_bij_een_fout():
    script = WORTEL / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert script.read_text(encoding="utf-8").rstrip().endswith("make test"), "the closing line of pytest comes last"
    subprocess.run(["bash", "-n", str(script)], check=True)  # noqa: S603, S607


@pytest.mark.skipif(shutil.which("make") is None, reason="make ontbreekt")
@pytest.mark.parametrize("doel", ["demo", "test", "bench", "clean", "constraints", "beelden"])
def test_elk_doel_van_make_bestaat(doel):
    uit = subprocess.run(  # noqa: S603 - our own command
        ["make", "--dry-run", "--no-print-directory", doel],  # noqa: S607
        cwd=WORTEL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert uit.returncode == 0, uit.stderr
    if doel == "test":
        assert uit.stdout.rstrip().splitlines()[-1].startswith(".venv/bin/pytest")
