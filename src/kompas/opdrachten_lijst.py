"""The public function ``lijstwerk``: score, choose, write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from kompas.bron import afgevallen_rijen
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.invoer import Pad, Voortgang, als_config, als_model, gekeurd
from kompas.klantstand import maak_klantstand
from kompas.lijst import Lijst, controleer_lijst, scoor
from kompas.lijstfilter import bekende_waarden, filter_lijst
from kompas.lijstsoorten import Basis, controleer_soort, kies_soort
from kompas.weergave.tabellen import controleer_uitgang, schrijf_tabel, standaard_decimalen

Keus = str | Sequence[str]
TITELS = {
    "alle": "Lijstwerk",
    "uit_beeld": "Uit beeld",
    "onderschat": "Onderschat",
    "overschat": "Overschat",
    "traject_loopt_af": "Traject loopt af",
    "nazorg": "Nazorg",
}


def _meer(keus: Keus) -> tuple[str, ...]:
    return (keus,) if isinstance(keus, str) else tuple(keus)


def lijstwerk(
    config: Pad | Config,
    model: Pad | Herijking,
    uit: Pad | None = None,
    *,
    soort: str = "alle",
    afdeling: Keus = (),
    team: Keus = (),
    klantmanager: Keus = (),
    doelgroep: Keus = (),
    instrument: Keus = (),
    peildatum: dt.date | None = None,
    per: str | None = None,
    nl: bool = False,
    voortgang: Voortgang | None = None,
) -> Lijst:
    """Score all running clients and write the list.

    Parameters
    ----------
    config : path or Config
    model : path or Herijking
        Model folder, or a model in memory.
    uit : path, optional
        ``.csv``, ``.parquet`` or ``.xlsx``; nothing is written when absent.
    soort : str
        ``alle`` running clients, or those who are ``uit_beeld`` (no deployment for long), ``onderschat`` or
        ``overschat`` (model and fasering disagree), whose ``traject_loopt_af``, or ``nazorg``: who left for work 3 or
        6 months ago. What counts is said in ``[lijst]``.
    afdeling, team, klantmanager, doelgroep : str or sequence of str
        Only these rows; several values: any of them.
    instrument : str or sequence of str
        Only clients with ja for one of these codes.
    peildatum : date, optional
        Overrides the config.
    per : str, optional
        For Excel: a sheet per value of this column, such as ``"team"``.
    nl : bool
        CSV in Dutch notation.
    voortgang : function (step, share), optional

    Returns
    -------
    Lijst
        The figures of a client do not depend on filters or kind.

    Raises
    ------
    GebruiksFout
        Unknown file type, instruments that the model does not know, ``per`` without Excel (``KMP-O004``), an unknown
        kind (``KMP-L010``) or value of a filter (``KMP-L011``), data that cannot tell (``KMP-L012``).
    ModelFout
        When the model folder was changed.
    GegevensFout
        When the data are rejected.
    """
    controleer_soort(soort)
    if uit is not None:
        uitgang = controleer_uitgang(uit)
        if per is not None and uitgang != ".xlsx":
            raise GebruiksFout("KMP-O004", "--per werkt alleen bij Excel. Laat de naam van --uit eindigen op .xlsx.")
    h = als_model(model)
    c = als_config(config, peildatum)
    controleer_lijst(c, h)
    bestand = gekeurd(c, voortgang)
    stand, achtergrond = maak_klantstand(bestand, c, h, voortgang=voortgang)
    alle = scoor(stand, c, h, voortgang=voortgang)
    alle = replace(alle, waarschuwingen=(*alle.waarschuwingen, *afgevallen_rijen(bestand)))
    keuze = {
        "afdeling": _meer(afdeling),
        "team": _meer(team),
        "klantmanager": _meer(klantmanager),
        "doelgroep": _meer(doelgroep),
        "instrument": _meer(instrument),
    }
    gekozen = kies_soort(soort, Basis(lijst=alle, stand=stand, achtergrond=achtergrond, config=c, h=h))
    lijst = filter_lijst(gekozen, keuze, bekende_waarden(alle, c))
    if uit is not None:
        if voortgang:
            voortgang("schrijven", 0.0)
        schrijf_lijst(lijst, uit, per=per, nl=nl)
    return lijst


def schrijf_lijst(lijst: Lijst, uit: Pad, *, per: str | None = None, nl: bool = False) -> None:
    """Write a list; the name's end decides the format.

    Parameters
    ----------
    lijst : Lijst
    uit : path
        ``.csv`` and ``.parquet`` hold rows only; ``.xlsx`` also says what was chosen, from which model.
    per : str, optional
        For Excel: a sheet per value of this column, with headings in words.
    nl : bool
        CSV in Dutch notation.

    Raises
    ------
    GebruiksFout
        Unknown file type, place not writable, no column ``per``.
    """
    namen = {i.code: i.label for i in lijst.instrumenten}
    titel = TITELS[lijst.soort]
    model = f"Model: {lijst.model}. Een andere code betekent een ander model, en dus andere cijfers."
    schrijf_tabel(
        lijst.tabel,
        uit,
        nl=nl,
        decimalen=standaard_decimalen(lijst.tabel.columns, namen),
        titel=titel,
        peildatum=lijst.peildatum,
        koppen="label" if per is not None else "kolom",
        per=per,
        instrumentnamen=namen,
        toelichting=(model, *lijst.toelichting, *(f"Let op: {w}" for w in lijst.waarschuwingen)),
    )
