"""Model folders: written whole or not at all, every file hashed, never a row about a person (contract 5)."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kompas.config import BESTEMMINGEN, Config, maak_config
from kompas.fouten import GebruiksFout, ModelFout, naaste
from kompas.herijking import Herijking
from kompas.kenmerken import Interactie, Kenmerk
from kompas.models.design import Floats
from kompas.models.timedesign import TimeSpec
from kompas.typen import Kansmodel, Typen

SCHEMA = 3
MANIFEST = "manifest.json"
CONTRACTTABELLEN = ("effecten", "coefficienten", "glance")
TABELLEN = (
    "kalibratie",
    "uitstroom",
    "terugval",
    "steun",
    "profielen",
    "kosten",
    "telling",
    "weglatingen",
    "bevindingen",
    "fits",
    "typenpad",
    "overlap",
    "overleving",
    "gewichten",
    "toetsen",
    "kracht",
    "datastand",
)


def versie() -> str:
    """Version of kompas that is installed."""
    return metadata.version("kompas")


def hash_van(inhoud: bytes) -> str:
    """sha256 as hexadecimal text."""
    return hashlib.sha256(inhoud).hexdigest()


def _json(waarde: Any) -> bytes:
    return (json.dumps(waarde, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n").encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    return buffer.getvalue()


def csv_tekst(frame: pd.DataFrame) -> bytes:
    """CSV of the contract: comma, decimal point, UTF-8, ISO dates, true/false."""
    plat = frame.copy()
    for kolom in plat.select_dtypes("bool").columns:
        plat[kolom] = np.where(plat[kolom], "true", "false")
    return str(plat.to_csv(index=False, lineterminator="\n")).encode()


def _parameters(h: Herijking) -> pd.DataFrame:
    """Coefficients of all columns: bestemming, term, log_effect (empty where nothing could be estimated), meter, typen.

    ``meter``: what the meters compute with; ``typen``: log hazards at the first unobserved type.
    """
    return pd.DataFrame(
        {
            "bestemming": np.repeat(BESTEMMINGEN, len(h.termen)),
            "term": list(h.termen) * len(BESTEMMINGEN),
            "log_effect": h.coef.ravel(),
            "meter": h.meter_coef.ravel(),
            "typen": h.typen.coef.ravel() if h.typen is not None else np.full(h.coef.size, np.nan),
        }
    )


def _typen_json(t: Typen | None) -> dict[str, Any] | None:
    """Unobserved types as plain values; coefficients and covariance stand in tables of their own."""
    if t is None:
        return None
    return {
        "punten": t.punten.tolist(),
        "delta": t.delta.tolist(),
        "aandelen": t.aandelen.tolist(),
        "intreden": list(t.intrede_coef),  # the order of the columns of punten; keys of a mapping are sorted on disk
        "intrede_termen": {k: list(v) for k, v in t.intrede_termen.items()},
        "intrede_coef": {k: v.tolist() for k, v in t.intrede_coef.items()},
        "intrede_banden": list(t.intrede_banden),
        "tot_maand": dict(t.tot_maand),
        "bekend_vanaf": t.bekend_vanaf,
        "kans": {
            "kolommen": list(t.kans.kolommen),
            "midden": t.kans.midden.tolist(),
            "schaal": t.kans.schaal.tolist(),
        },
    }


def _typen(inhoud_: Mapping[str, Any] | None, coef: Floats, covariantie: Floats) -> Typen | None:
    if inhoud_ is None:
        return None
    kans = inhoud_["kans"]
    kolommen = tuple(kans["kolommen"])
    codes = inhoud_["intreden"]
    return Typen(
        punten=np.array(inhoud_["punten"]),
        coef=coef,
        covariantie=covariantie,
        intrede_termen={c: tuple(inhoud_["intrede_termen"][c]) for c in codes},
        intrede_coef={c: np.array(inhoud_["intrede_coef"][c]) for c in codes},
        intrede_banden=tuple(inhoud_["intrede_banden"]),
        tot_maand={c: inhoud_["tot_maand"][c] for c in codes},
        bekend_vanaf=int(inhoud_["bekend_vanaf"]),
        kans=Kansmodel(kolommen=kolommen, midden=np.array(kans["midden"]), schaal=np.array(kans["schaal"])),
        delta=np.array(inhoud_["delta"]).reshape(len(inhoud_["punten"]) - 1, len(kolommen)),
        aandelen=np.array(inhoud_["aandelen"]),
    )


def _covariantie(h: Herijking) -> pd.DataFrame:
    """Covariance as a square table; column j belongs to row j of the parameters."""
    return _vierkant(h.covariantie)


def _vierkant(tabel: Floats) -> pd.DataFrame:
    return pd.DataFrame(tabel, columns=[f"c{j}" for j in range(tabel.shape[1])])


def inhoud(h: Herijking) -> dict[str, bytes]:
    """All files of a model folder but the manifest, by name."""
    config = h.config.model_dump(mode="json")
    bestanden = {
        "config.json": _json(config),
        "model.json": _json(
            {
                "zaad": h.zaad,
                "kenmerken": [asdict(k) for k in h.kenmerken],
                "interacties": [asdict(i) for i in h.interacties],
                "tijd": asdict(h.tijd),
                "termen": list(h.termen),
                "typen": _typen_json(h.typen),
                "gesteund": h.gesteund,
                "waarschuwingen": list(h.waarschuwingen),
                "invoer": [list(b) for b in h.bestanden],
            }
        ),
        "parameters.parquet": _parquet(_parameters(h)),
        "covariantie.parquet": _parquet(_covariantie(h)),
        "meter_covariantie.parquet": _parquet(_vierkant(h.meter_covariantie)),
    }
    if h.typen is not None:
        bestanden["typen_covariantie.parquet"] = _parquet(_vierkant(h.typen.covariantie))
    for naam in CONTRACTTABELLEN:
        frame = getattr(h, naam)
        bestanden[f"{naam}.csv"] = csv_tekst(frame)
        bestanden[f"{naam}.parquet"] = _parquet(frame)
    bestanden |= {f"{naam}.parquet": _parquet(getattr(h, naam)) for naam in TABELLEN}
    return bestanden


def bewaar(
    h: Herijking, map_: str | Path, *, extra: Mapping[str, bytes] | None = None, ouder: str | None = None
) -> None:
    """Write a model folder: all of it, or nothing.

    Parameters
    ----------
    h : Herijking
    map_ : path
        Folder to make. An earlier model folder there is replaced in one step; any other folder that is not empty is
        refused.
    extra : mapping of name to bytes, optional
        Further files, such as the report.
    ouder : str, optional
        sha256 of the manifest of the model this one was compared with.

    Raises
    ------
    GebruiksFout
        ``KMP-A001`` when the folder holds something else than a model, ``KMP-A002`` when it cannot be written.
    """
    doel = Path(map_)
    controleer_doel(doel)
    bestanden = inhoud(h) | dict(extra or {})
    manifest = {
        "schema": SCHEMA,
        "kompas": versie(),
        "gemeente": h.config.gemeente.naam,
        "peildatum": h.config.gemeente.peildatum.isoformat(),
        "zaad": h.zaad,
        "methoden": sorted(set(h.glance["methode"])),
        "invoer": dict(h.bestanden),
        "config": hash_van(bestanden["config.json"]),
        "bestanden": {naam: hash_van(b) for naam, b in sorted(bestanden.items())},
        "ouder": ouder,
    }
    werk = doel.with_name(f".{doel.name}.{os.getpid()}.tmp")
    try:
        doel.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(werk, ignore_errors=True)
        werk.mkdir()
        for naam, b in bestanden.items():
            (werk / naam).write_bytes(b)
        (werk / MANIFEST).write_bytes(_json(manifest))
        wissel(werk, doel)
    except OSError as fout:
        raise GebruiksFout(
            "KMP-A002",
            f"de modelmap '{doel}' is niet te schrijven ({fout.strerror}). Sluit bestanden uit die map "
            "of kies een andere.",
        ) from None
    finally:
        shutil.rmtree(werk, ignore_errors=True)


def controleer_doel(doel: Path) -> None:
    """Refuse a target that holds something else than a model (``KMP-A001``)."""
    if doel.is_file() or (doel.is_dir() and any(doel.iterdir()) and not (doel / MANIFEST).is_file()):
        raise GebruiksFout(
            "KMP-A001",
            f"'{doel}' bestaat al en is geen modelmap. Kies een andere map met --uit, zodat niets verloren gaat.",
        )


def wissel(werk: Path, doel: Path) -> None:
    """Put the finished folder in place; the earlier one stays until then."""
    oud = doel.with_name(f".{doel.name}.{os.getpid()}.oud")
    if doel.exists():
        doel.rename(oud)
    try:
        werk.rename(doel)
    except OSError:
        if oud.exists():
            oud.rename(doel)
        raise
    shutil.rmtree(oud, ignore_errors=True)


def _lees_manifest(map_: Path) -> dict[str, Any]:
    pad = map_ / MANIFEST
    if not pad.is_file():
        kinderen = map_.parent.iterdir() if map_.parent.is_dir() else ()
        buren = [p.name for p in kinderen if (p / MANIFEST).is_file()]
        raise GebruiksFout(
            "KMP-A003",
            f"'{map_}' is geen modelmap (manifest.json ontbreekt).{naaste(map_.name, buren)} "
            "Maak een model met: kompas herijk --config kompas.toml --uit MAP",
        )
    try:
        manifest: dict[str, Any] = json.loads(pad.read_text(encoding="utf-8"))
    except ValueError:
        raise ModelFout(
            "KMP-A004", f"'{pad}' is beschadigd. Zet een reservekopie terug of draai herijk opnieuw."
        ) from None
    if manifest.get("schema") != SCHEMA:
        raise GebruiksFout(
            "KMP-A005",
            f"modelmap '{map_}' is gemaakt door een andere versie (schema {manifest.get('schema')}, deze kompas leest "
            f"{SCHEMA}). Draai herijk opnieuw met deze versie.",
        )
    return manifest


def manifest_hash(map_: str | Path) -> str:
    """sha256 of the manifest: the name of a model."""
    return hash_van((Path(map_) / MANIFEST).read_bytes())


def laad(map_: str | Path) -> Herijking:
    """Load a model folder; every file that the manifest lists is checked, other files are ignored.

    Parameters
    ----------
    map_ : path

    Returns
    -------
    Herijking

    Raises
    ------
    GebruiksFout
        ``KMP-A003`` when it is no model folder, ``KMP-A005`` for another schema.
    ModelFout
        ``KMP-A004``, ``KMP-A006`` when a file is missing or was changed.
    """
    map_ = Path(map_)
    manifest = _lees_manifest(map_)
    gelezen: dict[str, bytes] = {}
    for naam, sha in manifest["bestanden"].items():
        pad = map_ / Path(naam).name
        if not pad.is_file() or hash_van(b := pad.read_bytes()) != sha:
            raise ModelFout(
                "KMP-A006",
                f"'{naam}' in modelmap '{map_}' ontbreekt of is veranderd sinds de herijking. Gebruik dit model "
                "niet: zet een reservekopie terug of draai kompas herijk opnieuw.",
            )
        gelezen[naam] = b
    return _maak(gelezen)


def _frame(gelezen: Mapping[str, bytes], naam: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(gelezen[f"{naam}.parquet"]))


def _maak(gelezen: Mapping[str, bytes]) -> Herijking:
    model = json.loads(gelezen["model.json"])
    config: Config = maak_config(json.loads(gelezen["config.json"]))
    termen = tuple(model["termen"])
    parameters = _frame(gelezen, "parameters")

    def coef(kolom: str) -> Floats:
        waarden: Floats = parameters[kolom].to_numpy(dtype=np.float64).reshape(len(BESTEMMINGEN), len(termen))
        return waarden

    def covariantie(naam: str) -> Floats:
        return np.asarray(_frame(gelezen, naam).to_numpy(dtype=np.float64))

    tijd = model["tijd"]
    return Herijking(
        config=config,
        zaad=model["zaad"],
        kenmerken=tuple(_kenmerk(k) for k in model["kenmerken"]),
        interacties=tuple(Interactie(**i) for i in model["interacties"]),
        tijd=TimeSpec(**tijd | {"bands": tuple(tijd["bands"]), "knots": tuple(tijd["knots"])}),
        termen=termen,
        coef=coef("log_effect"),
        covariantie=covariantie("covariantie"),
        typen=_typen(
            model["typen"],
            coef("typen"),
            covariantie("typen_covariantie") if model["typen"] is not None else np.zeros((0, 0)),
        ),
        gesteund=model["gesteund"],
        meter_coef=coef("meter"),
        meter_covariantie=covariantie("meter_covariantie"),
        waarschuwingen=tuple(model["waarschuwingen"]),
        bestanden=tuple((naam, sha) for naam, sha in model["invoer"]),
        **{naam: _frame(gelezen, naam) for naam in (*CONTRACTTABELLEN, *TABELLEN)},
    )


def _kenmerk(inhoud_: Mapping[str, Any]) -> Kenmerk:
    bereik = inhoud_["bereik"]
    lijsten = {k: tuple(inhoud_[k]) for k in ("niveaus", "banden")}
    return Kenmerk(**dict(inhoud_) | lijsten | {"bereik": tuple(bereik) if bereik else None})
