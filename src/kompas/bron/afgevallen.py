"""What later results say about rows that do not count, and about data that may stop too soon."""

from __future__ import annotations

from collections.abc import Collection

from kompas.bron.typen import Bestand

HOUDT_OP = "U19"  # the data may stop before the peildatum


def afgevallen_rijen(bestand: Bestand, tabellen: Collection[str] | None = None) -> tuple[str, ...]:
    """Say per table how many rows were rejected or left out, and that data may stop too soon; empty when all is well.

    Parameters
    ----------
    bestand : Bestand
        Result of ``lees_bron``.
    tabellen : collection of str, optional
        Only these tables.

    Returns
    -------
    tuple of str
        One sentence for each table that lost rows, in the order of reading.
    """
    zinnen = []
    for tabel, gelezen, afgekeurd, weg, _ in bestand.telling.itertuples(index=False):
        if tabellen is not None and tabel not in tabellen:
            continue
        delen = [f"{_nl(n)} {wat}" for n, wat in ((afgekeurd, "afgekeurd"), (weg, "weggelaten")) if n]
        if delen:
            rijen = "rij" if gelezen == 1 else "rijen"
            zinnen.append(
                f"Van {_nl(gelezen)} {rijen} van {tabel} {_werkwoord(afgekeurd or weg)} {' en '.join(delen)}: "
                "zie bevindingen.csv."
            )
    f = bestand.bevindingen.tabel
    zinnen += [f"{str(b)[:1].upper()}{str(b)[1:]}." for b in f.loc[f["regel"] == HOUDT_OP, "bericht"].astype(str)]
    return tuple(zinnen)


def _nl(getal: int) -> str:
    return f"{int(getal):,}".replace(",", ".")


def _werkwoord(aantal: int) -> str:
    return "is er" if aantal == 1 else "zijn er"
