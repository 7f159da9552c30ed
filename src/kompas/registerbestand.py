"""The file of the advice register: SQLite that can be added to, and nothing else."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from kompas.fouten import GebruiksFout, ModelFout, RekenFout
from kompas.registerketen import Persoonsdeel, Schakel, hash_na

VERSIE = 1
MERK = 0x4B4D5052  # application_id: this is a register of kompas
WACHT = 30.0  # seconds that a writer waits for another

# One statement per paragraph. Rows can be added in order; the part on a person goes only after a record of that.
_SCHEMA = """
CREATE TABLE keten (volgnummer INTEGER PRIMARY KEY, inhoud TEXT NOT NULL, vorige TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE)

CREATE TABLE persoon (volgnummer INTEGER PRIMARY KEY REFERENCES keten (volgnummer), zout TEXT NOT NULL,
  client_id TEXT NOT NULL, reden TEXT NOT NULL)

CREATE INDEX persoon_client ON persoon (client_id)

CREATE TRIGGER keten_vast BEFORE UPDATE ON keten
BEGIN SELECT RAISE(ABORT, 'het register kan alleen worden aangevuld'); END

CREATE TRIGGER keten_blijft BEFORE DELETE ON keten
BEGIN SELECT RAISE(ABORT, 'het register kan alleen worden aangevuld'); END

CREATE TRIGGER keten_volgt BEFORE INSERT ON keten
WHEN NEW.volgnummer IS NOT (SELECT coalesce(max(volgnummer) + 1, 0) FROM keten)
  OR NEW.vorige IS NOT coalesce((SELECT hash FROM keten ORDER BY volgnummer DESC LIMIT 1), printf('%064d', 0))
BEGIN SELECT RAISE(ABORT, 'het register kan alleen worden aangevuld'); END

CREATE TRIGGER persoon_vast BEFORE UPDATE ON persoon
BEGIN SELECT RAISE(ABORT, 'het register kan alleen worden aangevuld'); END

CREATE TRIGGER persoon_volgt BEFORE INSERT ON persoon
WHEN NEW.volgnummer IS NOT (SELECT max(volgnummer) FROM keten)
BEGIN SELECT RAISE(ABORT, 'het register kan alleen worden aangevuld'); END

CREATE TRIGGER persoon_wissen BEFORE DELETE ON persoon
WHEN NOT EXISTS (SELECT 1 FROM keten, json_each(keten.inhoud, '$.wist') AS w
  WHERE json_extract(keten.inhoud, '$.soort') = 'gewist' AND w.value = OLD.volgnummer)
BEGIN SELECT RAISE(ABORT, 'het register kan alleen worden aangevuld'); END
"""
OPDRACHTEN = tuple(o.strip() for o in _SCHEMA.strip().split("\n\n"))


def _geen_register(pad: Path) -> GebruiksFout:
    return GebruiksFout(
        "KMP-R002",
        f"'{pad}' is geen register van kompas, of het is beschadigd. Geef het goede bestand bij --register, of zet een "
        "reservekopie terug.",
    )


def maak_bestand(pad: Path, eerste: Schakel) -> None:
    """Make the file with its first record.

    Raises
    ------
    GebruiksFout
        ``KMP-R003`` when something is there already, ``KMP-R004`` when the place cannot be written.
    """
    if pad.exists():
        raise GebruiksFout(
            "KMP-R003", f"'{pad}' bestaat al. Een register begint u één keer; kies anders een andere naam."
        )
    try:
        pad.touch(exist_ok=False)
        with contextlib.closing(sqlite3.connect(pad, timeout=WACHT, isolation_level=None)) as con:
            _instellen(con)
            con.execute("BEGIN IMMEDIATE")
            for opdracht in OPDRACHTEN:
                con.execute(opdracht)
            con.execute(f"PRAGMA application_id = {MERK}")
            con.execute(f"PRAGMA user_version = {VERSIE}")
            _voeg_in(con, eerste, None)
            con.execute("COMMIT")
    except (OSError, sqlite3.Error):
        pad.unlink(missing_ok=True)
        raise GebruiksFout(
            "KMP-R004", f"'{pad}' is niet te schrijven. Kies een bestaande map waar u mag schrijven."
        ) from None


def _instellen(con: sqlite3.Connection) -> None:
    """Every commit on disk before it counts; erased text is overwritten."""
    con.execute("PRAGMA journal_mode = DELETE")
    con.execute("PRAGMA synchronous = FULL")
    con.execute("PRAGMA secure_delete = ON")
    con.execute("PRAGMA foreign_keys = ON")


def _controleer_soort(con: sqlite3.Connection, pad: Path) -> None:
    merk = con.execute("PRAGMA application_id").fetchone()[0]
    versie = con.execute("PRAGMA user_version").fetchone()[0]
    if merk != MERK:
        raise _geen_register(pad)
    if versie != VERSIE:
        raise GebruiksFout(
            "KMP-R005",
            f"register '{pad}' heeft schema {versie}; deze kompas kent schema {VERSIE}. Gebruik de kompas waarmee het "
            "gemaakt is, of een nieuwere.",
        )


@contextlib.contextmanager
def lezend(pad: Path) -> Iterator[sqlite3.Connection]:
    """Open the register read-only, as one moment in time.

    Raises
    ------
    GebruiksFout
        ``KMP-R001`` when it is not there, ``KMP-R002`` when it is something else, ``KMP-R005`` for another schema.
    RekenFout
        ``KMP-R006`` when another program keeps it locked.
    """
    if not pad.is_file():
        raise GebruiksFout(
            "KMP-R001",
            f"register '{pad}' bestaat niet. Geef het goede bestand bij --register, of begin er een met: "
            "kompas register begin --gemeente NAAM",
        )
    try:
        with contextlib.closing(
            sqlite3.connect(f"{pad.resolve().as_uri()}?mode=ro", uri=True, timeout=WACHT, isolation_level=None)
        ) as con:
            _controleer_soort(con, pad)
            con.execute("BEGIN")
            yield con
    except sqlite3.Error as fout:
        raise _vertaald(fout, pad) from None


@contextlib.contextmanager
def schrijvend(pad: Path) -> Iterator[sqlite3.Connection]:
    """Open the register for one addition: all of it, or nothing; other writers wait.

    Raises
    ------
    GebruiksFout, RekenFout
        As `lezend`; ``KMP-R004`` when it cannot be written.
    """
    if not pad.is_file():
        with lezend(pad):
            pass
    try:
        with contextlib.closing(sqlite3.connect(pad, timeout=WACHT, isolation_level=None)) as con:
            _controleer_soort(con, pad)
            _instellen(con)
            con.execute("BEGIN IMMEDIATE")
            try:
                yield con
            except BaseException:
                con.execute("ROLLBACK")
                raise
            con.execute("COMMIT")
    except sqlite3.Error as fout:
        raise _vertaald(fout, pad) from None


def _vertaald(fout: sqlite3.Error, pad: Path) -> Exception:
    tekst = str(fout)
    if "locked" in tekst:
        return RekenFout("KMP-R006", f"register '{pad}' is bezet door een ander programma. Probeer het zo weer.")
    if "readonly" in tekst or "unable to open" in tekst:
        return GebruiksFout("KMP-R004", f"'{pad}' is niet te schrijven. Vraag schrijfrecht op het bestand en zijn map.")
    if "malformed" in tekst:
        return ModelFout(
            "KMP-R021", f"register '{pad}' is beschadigd en niet te lezen. Zet een reservekopie terug en verifieer die."
        )
    return _geen_register(pad)


def lees_schakels(con: sqlite3.Connection) -> Iterator[Schakel]:
    """All records in the order of their numbers."""
    for nummer, inhoud, vorige, sha in con.execute("SELECT volgnummer, inhoud, vorige, hash FROM keten ORDER BY 1"):
        yield Schakel(volgnummer=nummer, inhoud=str(inhoud), vorige=str(vorige), hash=str(sha))


def lees_personen(con: sqlite3.Connection) -> dict[int, Persoonsdeel]:
    """What was not erased, by number of the record."""
    rijen = con.execute("SELECT volgnummer, zout, client_id, reden FROM persoon ORDER BY 1")
    return {n: Persoonsdeel(volgnummer=n, zout=str(z), client_id=str(c), reden=str(r)) for n, z, c, r in rijen}


def nummers_van(con: sqlite3.Connection, client_id: str) -> list[int]:
    """Numbers of the records about one client that were not erased."""
    return [n for (n,) in con.execute("SELECT volgnummer FROM persoon WHERE client_id = ? ORDER BY 1", (client_id,))]


def inhouden_van(con: sqlite3.Connection, client_id: str) -> list[str]:
    """Contents of the records about one client that were not erased, in order."""
    vraag = "SELECT inhoud FROM keten JOIN persoon USING (volgnummer) WHERE client_id = ? ORDER BY volgnummer"
    return [str(i) for (i,) in con.execute(vraag, (client_id,))]


def laatste_schakel(con: sqlite3.Connection) -> Schakel:
    """The record that the next one follows.

    Raises
    ------
    ModelFout
        ``KMP-R020`` when that record itself does not hold: nothing is added to a broken chain.
    """
    rij = con.execute("SELECT volgnummer, inhoud, vorige, hash FROM keten ORDER BY volgnummer DESC LIMIT 1").fetchone()
    if rij is None or hash_na(str(rij[2]), str(rij[1])) != rij[3]:
        raise ModelFout(
            "KMP-R020", "het laatste record van het register klopt niet. Draai eerst: kompas register verifieer"
        )
    return Schakel(volgnummer=rij[0], inhoud=rij[1], vorige=rij[2], hash=rij[3])


def _voeg_in(con: sqlite3.Connection, s: Schakel, persoon: Persoonsdeel | None) -> None:
    con.execute("INSERT INTO keten VALUES (?, ?, ?, ?)", (s.volgnummer, s.inhoud, s.vorige, s.hash))
    if persoon is not None:
        con.execute(
            "INSERT INTO persoon VALUES (?, ?, ?, ?)",
            (persoon.volgnummer, persoon.zout, persoon.client_id, persoon.reden),
        )


def voeg_toe(con: sqlite3.Connection, s: Schakel, persoon: Persoonsdeel | None = None) -> None:
    """Add one record, inside a transaction of `schrijvend`."""
    _voeg_in(con, s, persoon)


def wis_personen(con: sqlite3.Connection, nummers: Sequence[int]) -> None:
    """Erase the parts on a person of these records; refused unless a record of the erasure names them."""
    con.executemany("DELETE FROM persoon WHERE volgnummer = ?", [(n,) for n in nummers])


def bewaking_ontbreekt(con: sqlite3.Connection) -> bool:
    """Tell whether the rules against changing were taken out of the file."""
    aanwezig = {s for (s,) in con.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    return not set(OPDRACHTEN) <= aanwezig
