"""The public function ``klant``: one client, from the data or with typed traits; as a result, HTML, PDF or a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.invoer import Pad, Voortgang, als_config, als_model, gekeurd
from kompas.klantbeeld import Klantbeeld
from kompas.klantinvoer import Klantinvoer, lees_bedrag, lees_datum, lees_eerder, lees_inzet
from kompas.klantopbouw import maak_beeld
from kompas.klantvraag import vraag_uit_gegevens, vraag_uit_invoer, zonder_laatste
from kompas.weergave.bestanden import atomisch, schrijf_tekst
from kompas.weergave.klanthtml import klantpagina
from kompas.weergave.klantpdf import klantpdf
from kompas.weergave.tabellen import controleer_uitgang, schrijf_tabel, standaard_decimalen

Dag = str | dt.date
UITGANGEN = (".html", ".pdf", ".csv", ".parquet", ".xlsx")


def klant(
    model: Pad | Herijking,
    *,
    config: Pad | Config | None = None,
    client: str | None = None,
    geslacht: str | None = None,
    geboortedatum: Dag | None = None,
    begindatum: Dag | None = None,
    leefvorm: str | None = None,
    opleiding: str | None = None,
    fasering: str | None = None,
    kenmerk: Mapping[str, object] | Sequence[str] = (),
    inzet: Sequence[str] = (),
    eerder: Sequence[str] = (),
    bedrag: float | str | None = None,
    peildatum: Dag | None = None,
    uit: Pad | None = None,
    nl: bool = False,
    voortgang: Voortgang | None = None,
) -> Klantbeeld:
    """Say what is expected for one client, with and without each instrument.

    Parameters
    ----------
    model : path or Herijking
        Model folder, or a model in memory.
    config : path or Config, optional
        Needed with ``client``; with typed traits it gives prices and thresholds, else those of the model hold.
    client : str, optional
        One client of the data of ``config``: the figures are those of his row in the list.
    geslacht, leefvorm, opleiding, fasering : str, optional
        Typed traits. What is not typed is averaged over the running clients who share what is.
    geboortedatum, begindatum : date or text, optional
        dd-mm-jjjj or jjjj-mm-dd; begin of the benefit.
    kenmerk : mapping, or sequence of "naam=waarde", optional
        Any other trait of the model; ``naam=waarde@datum`` holds from a day on.
    inzet : sequence of "code:begin[:gepland einde[:einde]]", optional
        What was deployed before; ``loopt`` as the last part says that it still runs.
    eerder : sequence of "begin:einde[:reden]", optional
        Earlier spells on benefit; the reason is werk, handhaving or overig.
    bedrag : float or text, optional
        Euros per month; else the norm of that day.
    peildatum : date or text, optional
        Day of the calculation; else that of the config, or of the model.
    uit : path, optional
        ``.html``, ``.pdf``, ``.csv``, ``.parquet`` or ``.xlsx``; nothing is written when absent.
    nl : bool
        CSV in Dutch notation.
    voortgang : function (step, share), optional

    Returns
    -------
    Klantbeeld

    Raises
    ------
    GebruiksFout
        ``KMP-K001`` and further for what is typed, ``KMP-K010``, ``KMP-K011`` for a client who is not there or has no
        running benefit.
    GeweigerdFout
        ``KMP-W020`` for a protected trait.
    ModelFout, GegevensFout
        When the model folder was changed, when the data are rejected.
    """
    uitgang = controleer_uitgang(uit, UITGANGEN) if uit is not None else ""
    getypt = {"geslacht": geslacht, "leefvorm": leefvorm, "opleiding": opleiding, "fasering": fasering}
    kenmerken, historie = _kenmerken({k: v for k, v in getypt.items() if v is not None}, kenmerk)
    invoer = Klantinvoer(
        kenmerken=kenmerken,
        geboortedatum=None if geboortedatum is None else lees_datum(geboortedatum, "geboortedatum"),
        begindatum=None if begindatum is None else lees_datum(begindatum, "begindatum"),
        historie=historie,
        inzet=tuple(lees_inzet(i) for i in inzet),
        eerder=tuple(lees_eerder(e) for e in eerder),
        bedrag=None if bedrag is None else lees_bedrag(bedrag),
    )
    dag = None if peildatum is None else lees_datum(peildatum, "peildatum")
    _controleer_keus(invoer, config, client)
    h = als_model(model)
    c = als_config(config if config is not None else h.config, dag)
    if client is not None:
        beeld = maak_beeld(vraag_uit_gegevens(gekeurd(c, voortgang), c, client), h)
    else:
        beeld = maak_beeld(vraag_uit_invoer(invoer, c, h), h, zonder_laatste=zonder_laatste(invoer, c, h))
    if uit is not None:
        _schrijf(beeld, Path(uit), uitgang, nl=nl)
    return beeld


def _controleer_keus(invoer: Klantinvoer, config: object, client: str | None) -> None:
    """Either a client of the data, or typed traits."""
    typt = any((invoer.kenmerken, invoer.geboortedatum, invoer.begindatum, invoer.inzet, invoer.eerder))
    if client is not None and (typt or invoer.bedrag is not None):
        raise GebruiksFout(
            "KMP-K013", "kies: een klant uit de gegevens (--client), of ingetypte kenmerken. Niet allebei."
        )
    if client is not None and config is None:
        raise GebruiksFout("KMP-K014", "--client vraagt ook --config: het bestand kompas.toml bij de gegevens.")
    if client is None and not typt:
        raise GebruiksFout(
            "KMP-K014",
            "er is geen klant. Geef --config en --client, of typ kenmerken in, zoals --geslacht en --geboortedatum.",
        )


def _kenmerken(
    vast: Mapping[str, str], kenmerk: Mapping[str, object] | Sequence[str]
) -> tuple[dict[str, str], tuple[tuple[str, str, dt.date], ...]]:
    """Traits in the order in which they were typed (the last value of each), and the values with a day."""
    paren = [(str(k), str(v)) for k, v in kenmerk.items()] if isinstance(kenmerk, Mapping) else []
    if not isinstance(kenmerk, Mapping):
        for tekst in [kenmerk] if isinstance(kenmerk, str) else kenmerk:
            naam, teken, waarde = tekst.partition("=")
            if not teken or not naam.strip() or not waarde.strip():
                raise GebruiksFout("KMP-K005", "kenmerk: schrijf naam=waarde, bijvoorbeeld leefvorm=gehuwd.")
            paren.append((naam.strip(), waarde.strip()))
    uit, historie = dict(vast), []
    for naam, tekst in paren:
        waarde, teken, dag = tekst.rpartition("@")
        if teken:
            historie.append((naam, waarde.strip(), lees_datum(dag, f"kenmerk {naam}")))
        elif naam in uit:
            raise GebruiksFout("KMP-K005", f"kenmerk '{naam}' staat er twee keer. Laat een van de twee weg.")
        else:
            uit[naam] = tekst
    laatste = {naam: waarde for naam, waarde, _ in sorted(historie, key=lambda r: r[2])}
    return uit | laatste, tuple(historie)


def _schrijf(beeld: Klantbeeld, pad: Path, uitgang: str, *, nl: bool) -> None:
    if uitgang == ".html":
        schrijf_tekst(klantpagina(beeld), pad)
    elif uitgang == ".pdf":
        inhoud = klantpdf(beeld)
        with atomisch(pad) as tijdelijk:
            tijdelijk.write_bytes(inhoud)
    else:
        namen = dict(zip(beeld.opties["instrument"], beeld.opties["naam"], strict=True))
        schrijf_tabel(
            beeld.to_frame(),
            pad,
            nl=nl,
            decimalen=standaard_decimalen(beeld.rij.columns, namen),
            titel="Klant",
            peildatum=beeld.peildatum,
            instrumentnamen=namen,
            toelichting=beeld.waarschuwingen,
        )
