"""Section of the report on what was done with the advice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.weergave.getallen import aantal, percent
from kompas.weergave.htmltabel import Deel, Stuk, teksttabel

_GESTART = {"ja": "ja", "nee": "nee", "nog_onbekend": "nog niet bekend"}
_KOPPEN = {
    "Instrument": False,
    "Advies": False,
    "Besluit": False,
    "Gestart binnen 3 maanden": False,
    "Klanten": True,
    "Naar werk binnen 12 maanden": True,
}


def adviesdeel(tabel: pd.DataFrame, zinnen: Sequence[str], namen: Mapping[str, str]) -> Deel:
    """Return the section *Wat er met de adviezen gebeurde*.

    Parameters
    ----------
    tabel : DataFrame
        instrument, advies, besluit, gestart_3m, aantal, naar_werk_12m, verborgen; see
        `kompas.registergebruik.Adviesgebruik`.
    zinnen : sequence of str
        What must be said with it; comes before the table.
    namen : mapping of instrument code to name
    """
    b = lees_begrippen()
    rijen = [
        [
            namen.get(str(r["instrument"])) or str(r["instrument"]),
            b.waarde("indicatie", str(r["advies"])).replace("_", " "),
            str(r["besluit"]),
            _GESTART.get(str(r["gestart_3m"]), str(r["gestart_3m"])),
            "verborgen" if r["verborgen"] else aantal(r["aantal"]),
            "–" if r["verborgen"] else percent(r["naar_werk_12m"], leeg="te kort gevolgd"),
        ]
        for r in tabel.to_dict("records")
    ]
    noot = (
        ("'Verborgen': minder dan 10 klanten, of daaruit af te leiden.",)
        if len(tabel) and tabel["verborgen"].any()
        else ()
    )
    stuk = Stuk(
        zinnen=(*zinnen, *noot),
        tabel=teksttabel("adviesgebruik-tabel", "Adviezen, besluiten en wat volgde", _KOPPEN, rijen) if rijen else None,
    )
    return Deel(id="adviesgebruik", kop="Wat er met de adviezen gebeurde", kort="Adviezen", stukken=(stuk,))
