"""The advice register: what was advised, what was decided and why; can be added to, checked, and never changed."""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kompas.fouten import GebruiksFout, ModelFout, naaste
from kompas.lijst import Lijst
from kompas.lijstbestand import Gelezen, lees_lijst
from kompas.registerbestand import (
    bewaking_ontbreekt,
    inhouden_van,
    laatste_schakel,
    lees_personen,
    lees_schakels,
    lezend,
    nummers_van,
    schrijvend,
    voeg_toe,
    wis_personen,
)
from kompas.registerketen import (
    ADVIEZEN,
    BESLUITEN,
    CIJFERS,
    Anker,
    Persoonsdeel,
    als_tijdstip,
    cijfer,
    gekeurde_hash,
    gekeurde_keuze,
    gekeurde_reden,
    hash_persoon,
    maak_schakel,
    toets_keten,
)
from kompas.registeroverzicht import Adviesoverzicht, maak_overzicht
from kompas.toonbaar import Toonbaar

KOLOMMEN = (
    *("volgnummer", "tijdstip", "soort", "client_id", "instrument", "advies", "besluit", "besluitdatum", "reden"),
    *("door", *CIJFERS, "model", "peildatum", "vervangt", "gewist", "hash"),
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verificatie(Toonbaar):
    """Whether the chain of a register holds.

    Parameters
    ----------
    pad : Path
    gemeente : str
    heel : bool
    aantal : int
        Records, the first one (of the municipality) included.
    hoofd : str
        Hash of the last record: note it together with ``aantal``.
    gewist : int
        Records of which the part on a person was erased.
    fout : int or None
        Number of the first record that does not hold.
    reden : str
        Why not; empty when the chain is whole.
    ankers : int
        Noted heads that were compared.
    """

    pad: Path
    gemeente: str
    heel: bool
    aantal: int
    hoofd: str
    gewist: int
    fout: int | None
    reden: str
    ankers: int

    def to_frame(self) -> pd.DataFrame:
        """One row: heel, aantal, hoofd, gewist, fout, reden, ankers."""
        velden = ("heel", "aantal", "hoofd", "gewist", "fout", "reden", "ankers")
        return pd.DataFrame([{v: getattr(self, v) for v in velden}])

    def tekst(self) -> str:
        """Return the verdict for a terminal of 80 columns."""
        kop = f"Register {self.pad} van {self.gemeente or 'onbekend'}\n{self.aantal} records, {self.gewist} gewist"
        anker = f"{self.aantal} {self.hoofd}"
        if self.heel:
            slot = f"\n{self.ankers} eerder genoteerde ankers kloppen." if self.ankers else ""
            return (
                f"{kop}\nDe keten is heel.{slot}\n\nNoteer deze regel buiten dit register, bij de accountant:\n{anker}"
            )
        waar = f"Record {self.fout}: " if self.fout is not None else ""
        return f"{kop}\nDe keten is NIET heel.\n{waar}{self.reden}."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Adviesregister:
    """A register on disk; every call opens and closes it.

    Parameters
    ----------
    pad : Path
        The SQLite file; begin one with ``kompas.register(pad, gemeente=...)``.
    """

    pad: Path

    def noteer(
        self,
        lijst: str | Path | Lijst | pd.DataFrame,
        *,
        client: str,
        instrument: str,
        besluit: str,
        reden: str,
        door: str,
        besluitdatum: dt.date | None = None,
        tijdstip: dt.datetime | None = None,
    ) -> int:
        """Add one decision on one advice; the figures are those of the list.

        Parameters
        ----------
        lijst : path, Lijst or DataFrame
            The list on which the advice stands.
        client, instrument : str
            Which advice.
        besluit : {"gevolgd", "afgeweken", "aangehouden"}
            Done as advised (also: not started where the advice was no), done otherwise, or not decided yet.
        reden : str
            Why, in at least three words; asked for in each case.
        door : str
            Pseudonym of the klantmanager.
        besluitdatum : date, optional
            Day of the decision; the day of ``tijdstip`` when absent.
        tijdstip : datetime with time zone, optional
            Moment of recording; the clock when absent.

        Returns
        -------
        int
            Number of the record.

        Raises
        ------
        GebruiksFout
            ``KMP-R010`` to ``KMP-R012`` and ``KMP-R018`` for what was filled in, ``KMP-R014`` to ``KMP-R016`` when the
            list does not hold this advice, ``KMP-R017`` for a day that cannot be; ``KMP-D0..`` for the list.
        ModelFout
            ``KMP-R020`` when the last record does not hold.
        """
        moment = als_tijdstip(tijdstip if tijdstip is not None else dt.datetime.now(dt.UTC))
        gekeurde_keuze(besluit, BESLUITEN, "besluit")
        tekst = gekeurde_reden(reden, waarbij=besluit)
        velden = _velden(lees_lijst(lijst), client, instrument)
        dag = besluitdatum.isoformat() if besluitdatum is not None else moment[:10]
        if dag > moment[:10] or dag < str(velden["peildatum"]):
            raise GebruiksFout(
                "KMP-R017",
                f"besluitdatum {dag} ligt voor de peildatum van de lijst ({velden['peildatum']}) of na vandaag. Geef "
                "de dag van het besluit, of de lijst van die maand.",
            )
        if not door.strip() or door.strip() == client:
            raise GebruiksFout("KMP-R018", "'door' is leeg of de klant zelf. Vul uw code als klantmanager in.")
        velden |= {"besluit": besluit, "besluitdatum": dag, "door": door.strip(), "tijdstip": moment}
        return self._schrijf(velden, client, tekst)

    def _schrijf(self, velden: dict[str, Any], client: str, reden: str) -> int:
        """Append one advice with its part on a person."""
        zout = secrets.token_hex(16)
        with schrijvend(self.pad) as con:
            laatste = laatste_schakel(con)
            nummer = laatste.volgnummer + 1
            velden["vervangt"] = _vervangt(inhouden_van(con, client), velden)
            velden["persoon"] = hash_persoon(zout, client, reden)
            voeg_toe(
                con,
                maak_schakel(nummer, laatste.hash, "advies", velden),
                Persoonsdeel(volgnummer=nummer, zout=zout, client_id=client, reden=reden),
            )
        return nummer

    def wis(self, *, client: str, reden: str, door: str, tijdstip: dt.datetime | None = None) -> int:
        """Erase who the records of one client are about, on request (AVG art. 17); the chain stays whole.

        Figures, decisions and dates stay, without a client and without a reason. The erasure is a record itself.

        Parameters
        ----------
        client : str
        reden : str
            Why, in at least three words, without the number of the client.
        door : str
            Who erases.
        tijdstip : datetime with time zone, optional
            The clock when absent.

        Returns
        -------
        int
            How many records were erased.

        Raises
        ------
        GebruiksFout
            ``KMP-R011`` for the reason, ``KMP-R018`` for ``door``, ``KMP-R019`` when nothing is there.
        """
        moment = als_tijdstip(tijdstip if tijdstip is not None else dt.datetime.now(dt.UTC))
        tekst = gekeurde_reden(reden, waarbij="wissen")
        if client in tekst or client in door or not door.strip():
            raise GebruiksFout(
                "KMP-R018", "noem de klant niet in de reden of bij 'door', want die blijven staan; vul 'door' wel in."
            )
        with schrijvend(self.pad) as con:
            nummers = nummers_van(con, client)
            if not nummers:
                raise GebruiksFout(
                    "KMP-R019", "over deze klant staat niets in het register. Controleer het klantnummer."
                )
            laatste = laatste_schakel(con)
            velden = {"tijdstip": moment, "wist": nummers, "reden": tekst, "door": door.strip()}
            voeg_toe(con, maak_schakel(laatste.volgnummer + 1, laatste.hash, "gewist", velden))
            wis_personen(con, nummers)
        return len(nummers)

    def verifieer(
        self, *, verwacht: str | None = None, aantal: int | None = None, ankers: Sequence[Anker] = ()
    ) -> Verificatie:
        """Check the whole chain, and that nothing that was noted before is gone.

        Parameters
        ----------
        verwacht : str, optional
            A hash that was noted before: the last one after ``aantal`` records (anywhere when ``aantal`` is absent).
        aantal : int, optional
            Records there were then; fewer now means that the tail was cut off.
        ankers : sequence of Anker
            More of these; see :func:`kompas.registerketen.lees_ankers`.

        Returns
        -------
        Verificatie

        Raises
        ------
        GebruiksFout
            The file is missing or is something else; ``KMP-R013`` for a hash that is none.
        ModelFout
            ``KMP-R021`` when the file cannot be read to its end.
        """
        alle = [*ankers]
        if verwacht is not None:
            alle.append(Anker(aantal=aantal, hash=gekeurde_hash(verwacht, "verwacht")))
        with lezend(self.pad) as con:
            schakels = list(lees_schakels(con))
            oordeel = toets_keten(schakels, lees_personen(con))
            zonder = bewaking_ontbreekt(con)
        fout, reden = oordeel.fout, oordeel.reden
        if fout is None and aantal is not None and oordeel.aantal < aantal:
            fout, reden = oordeel.aantal, f"ontbreekt: er waren {aantal} records en nu {oordeel.aantal}"
        if fout is None:
            fout, reden = _toets_ankers([s.hash for s in schakels], alle)
        if not reden and zonder:
            reden = "de bewaking tegen wijzigen is uit het bestand gehaald"
        return Verificatie(
            pad=self.pad,
            gemeente=_gemeente(schakels[0].inhoud) if schakels else "",
            heel=not reden,
            aantal=oordeel.aantal,
            hoofd=oordeel.hoofd,
            gewist=oordeel.gewist,
            fout=fout,
            reden=reden,
            ankers=len(alle),
        )

    def toon(self, *, client: str | None = None) -> pd.DataFrame:
        """Return the records as a table, of one client or all; what was erased is empty.

        Columns: volgnummer, tijdstip, soort, client_id, instrument, advies, besluit, besluitdatum, reden, door,
        the figures, model, peildatum, vervangt (number of the record that this one replaces), gewist, hash.
        """
        with lezend(self.pad) as con:
            personen = lees_personen(con)
            records = [{**json.loads(s.inhoud), "hash": s.hash} for s in lees_schakels(con)]
        weg = {n for r in records for n in r.get("wist", ())}
        rijen = [{**r, **_wie(personen.get(r["volgnummer"])), "gewist": r["volgnummer"] in weg} for r in records]
        tabel = pd.DataFrame(rijen).reindex(columns=list(KOLOMMEN))
        tabel = tabel.astype({"vervangt": "Int64"} | dict.fromkeys(CIJFERS, "float64"))
        if client is not None:
            tabel = tabel[tabel["client_id"] == client]
        return tabel.reset_index(drop=True)

    def overzicht(self) -> Adviesoverzicht:
        """Return how often advice was followed, and the most frequent reasons; cells under 10 clients are hidden."""
        return maak_overzicht(self.toon())


def records_van(pad: Path) -> pd.DataFrame:
    """Return the records of a register that is whole.

    Raises
    ------
    ModelFout
        ``KMP-R022`` when it is not.
    """
    r = Adviesregister(pad=pad)
    v = r.verifieer()
    if not v.heel:
        waar = f" bij record {v.fout}" if v.fout is not None else ""
        raise ModelFout(
            "KMP-R022",
            f"register '{pad}' is niet heel{waar}: {v.reden}. Zoek uit wat er is gebeurd, of laat --register weg.",
        )
    return r.toon()


def _wie(p: Persoonsdeel | None) -> dict[str, str]:
    return {} if p is None else {"client_id": p.client_id, "reden": p.reden}


def _gemeente(inhoud: str) -> str:
    """Name of the municipality in the first record; empty when that record is broken."""
    gevonden = re.search(r'"gemeente":("(?:[^"\\]|\\.)*")', inhoud)
    return str(json.loads(gevonden.group(1))) if gevonden else ""


def _velden(lijst: Gelezen, client: str, instrument: str) -> dict[str, Any]:
    """What the list shows about one client and one instrument."""
    if not lijst.met_herkomst or lijst.peildatum is None:
        raise GebruiksFout(
            "KMP-R014",
            f"'{lijst.naam}' zegt niet bij welk model en welke peildatum de cijfers horen. Maak de lijst opnieuw met "
            "deze versie van kompas lijstwerk.",
        )
    if instrument not in lijst.instrumenten:
        raise GebruiksFout(
            "KMP-R015",
            f"instrument '{instrument}' staat niet in '{lijst.naam}'.{naaste(instrument, lijst.instrumenten)} "
            f"Aanwezig: {', '.join(lijst.instrumenten)}.",
        )
    rij = lijst.tabel[lijst.tabel["client_id"] == client]
    if not len(rij):
        raise GebruiksFout("KMP-R016", f"deze klant staat niet in '{lijst.naam}'. Neem de lijst van de juiste maand.")
    r = rij.iloc[0]
    cijfers = {k: cijfer(r.get(f"{instrument}_{k}")) for k in CIJFERS}
    return {
        "instrument": instrument,
        "advies": gekeurde_keuze(str(r[f"{instrument}_indicatie"]), ADVIEZEN, "indicatie"),
        "model": lijst.model,
        "peildatum": lijst.peildatum.isoformat(),
        **cijfers,
    }


def _vervangt(inhouden: Sequence[str], velden: dict[str, Any]) -> int | None:
    """Number of the last record on the same advice (same list, same instrument, same client)."""
    laatste = None
    for tekst in inhouden:
        r = json.loads(tekst)
        if all(r[k] == velden[k] for k in ("instrument", "model", "peildatum")):
            laatste = int(r["volgnummer"])
    return laatste


def _toets_ankers(hashes: Sequence[str], ankers: Sequence[Anker]) -> tuple[int | None, str]:
    """Compare the chain with heads that were noted before."""
    plek = {h: i for i, h in enumerate(hashes)}
    for a in ankers:
        if a.aantal is None and a.hash not in plek:
            return len(
                hashes
            ), f"een eerder genoteerde hash ({a.hash[:12]}...) komt niet voor: er is iets weg of vervangen"
        if a.aantal is not None and a.aantal > len(hashes):
            return len(hashes), f"ontbreekt: er waren {a.aantal} records en nu {len(hashes)}"
        if a.aantal is not None and (a.aantal < 1 or hashes[a.aantal - 1] != a.hash):
            return max(a.aantal - 1, 0), f"de hash na {a.aantal} records is niet die eerder is genoteerd"
    return None, ""
