# ruff: noqa: INP001 - a script beside the documentation, no package
"""Make the pictures of the README from the sample municipality: ``make beelden``.

Each figure comes from a run; nothing is drawn by hand. The report is photographed with Chromium.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import kompas

HIER = Path(__file__).resolve().parent
GROOTSTE = 200_000  # bytes per picture
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VENSTER = (900, 900)  # pixels of the report that are shown


def foto(pagina: Path, doel: Path) -> None:
    """Photograph the top of a page.

    Raises
    ------
    SystemExit
        Without a Chromium browser on this machine.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit("Voor de foto van het rapport is chromium nodig (Debian: apt-get install chromium).")
    opties = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    opties += [f"--window-size={VENSTER[0]},{VENSTER[1]}", f"--screenshot={doel}", pagina.as_uri()]
    subprocess.run([browser, *opties], check=True, capture_output=True, timeout=120)  # noqa: S603


def main() -> None:
    """Run the sample and write the pictures beside this file."""
    with tempfile.TemporaryDirectory() as tijdelijk:
        werk = Path(tijdelijk)
        config = kompas.init(werk / "gemeente", voorbeeld="hollandstad")
        h = kompas.herijk(config, werk / "model")
        lijst = kompas.lijstwerk(config, h)
        h.plot(bestemming="werk").bewaar(HIER / "effecten.svg")
        lijst.plot().bewaar(HIER / "indicaties.svg")
        foto(werk / "model" / "herijkingsrapport.html", HIER / "rapport.png")
        foto(kompas.dashboard(config, h, werk / "dashboard").voorblad, HIER / "dashboard.png")
    for beeld in sorted([*HIER.glob("*.svg"), *HIER.glob("*.png")]):
        grootte = beeld.stat().st_size
        print(f"{beeld.name}: {grootte / 1000:.0f} kB")  # noqa: T201
        if grootte > GROOTSTE:
            sys.exit(f"{beeld.name} is groter dan {GROOTSTE / 1000:.0f} kB; maak VENSTER kleiner.")


if __name__ == "__main__":
    main()
