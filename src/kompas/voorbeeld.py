"""The sample data: where they lie (in a checkout or in the installed wheel), and a copy of them to work in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from kompas.fouten import GebruiksFout, naaste

VOORBEELDEN = ("hollandstad", "hollandstad_rauw")
_NIET_MEE = shutil.ignore_patterns("bevindingen.csv", "__pycache__", ".*")


def _controleer_naam(naam: str) -> None:
    if naam not in VOORBEELDEN:
        raise GebruiksFout(
            "KMP-O002",
            f"voorbeeld '{naam}' bestaat niet.{naaste(naam, VOORBEELDEN)} Er is: {', '.join(VOORBEELDEN)}.",
        )


@contextmanager
def voorbeeldmap(naam: str) -> Iterator[Path]:
    """Give the folder of a sample for as long as the block lasts; read it, never write in it.

    Parameters
    ----------
    naam : {"hollandstad", "hollandstad_rauw"}
        The sample.

    Yields
    ------
    Path
        Its folder: in the installed wheel, else in the checkout that this module lies in.

    Raises
    ------
    GebruiksFout
        ``KMP-O002`` for an unknown name; ``KMP-O006`` when the sample did not come along.

    Examples
    --------
    >>> with voorbeeldmap("hollandstad") as map_:
    ...     (map_ / "kompas.toml").is_file()
    True
    """
    _controleer_naam(naam)
    bron = files("kompas").joinpath("voorbeelden", naam)
    if bron.is_dir():
        with as_file(bron) as map_:
            yield map_
        return
    checkout = Path(__file__).resolve().parents[2] / "data" / "sample" / naam
    if not checkout.is_dir():
        raise GebruiksFout(
            "KMP-O006", f"voorbeeld '{naam}' hoort bij kompas maar is niet meegekomen. Installeer kompas opnieuw."
        )
    yield checkout


def kopieer_voorbeeld(naam: str, doel: str | Path) -> Path:
    """Copy a sample to a new folder, to work in.

    Parameters
    ----------
    naam : {"hollandstad", "hollandstad_rauw"}
        The sample.
    doel : path
        A folder that does not exist yet or is empty.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    GebruiksFout
        ``KMP-O001`` when the folder is not empty; ``KMP-O002`` and ``KMP-O006`` as in `voorbeeldmap`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as tmp:
    ...     sorted(p.name for p in kopieer_voorbeeld("hollandstad", Path(tmp) / "stad").iterdir())
    ['LEESMIJ.md', 'bron', 'kompas.toml', 'waarheid']
    """
    map_ = Path(doel)
    if map_.exists() and (map_.is_file() or any(map_.iterdir())):
        raise GebruiksFout("KMP-O001", f"'{map_}' bestaat al en is niet leeg. Kies een nieuwe map.")
    with voorbeeldmap(naam) as bron:
        shutil.copytree(bron, map_, ignore=_NIET_MEE, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return map_
