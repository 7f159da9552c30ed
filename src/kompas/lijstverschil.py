"""Two months' lists: who came, who left, whose figures or advice changed, and why."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.fouten import GebruiksFout
from kompas.herijking import Herijking
from kompas.lijstbestand import Gelezen
from kompas.modelmerk import modelmerk
from kompas.models.design import Floats
from kompas.profiel import Profielen, lees_profiel
from kompas.toonbaar import Toonbaar
from kompas.verschildelen import (
    CENT,
    DECIMALEN,
    MAANDEN,
    OORZAKEN,
    Kant,
    Tekst,
    Wijziging,
    ontleed_verschil,
    samen,
    sluitend,
    wijzigingen,
)

NIEUW, WEG, GEEN = "nieuw", "weg", "geen"
ONBEKEND = "onbekend"
INSTELLINGEN = "instellingen"
MEESTE = 10
_EENHEDEN = ("afdeling", "team", "klantmanager")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lijstverschil(Toonbaar, tabel="tabel"):
    """The change from one list to the next.

    Parameters
    ----------
    tabel : DataFrame
        One row per client on either list, sorted by client_id: afdeling, team, klantmanager, verandering (``nieuw``,
        ``weg``, ``indicatie``, ``doelgroep``, ``indicatie, doelgroep``, ``cijfers``, ``geen``), reden (``nieuw``,
        ``weg``, or gegevens, duur, model as far as they changed; ``onbekend`` when a list does not say), toelichting;
        doelgroep, advies, verwachte_maanden and per instrument indicatie and netto as ``_vorig``, ``_nu`` and, for
        numbers, ``_verschil``. With models also ``_door_gegevens``, ``_door_duur``, ``_door_model``, ``_onverklaard``,
        which add up to ``_verschil``.
    samenvatting : DataFrame
        onderdeel, wat, aantal.
    peildatum_vorig, peildatum_nu : date or None
    zinnen : tuple of str
        What must be said with it.
    """

    tabel: pd.DataFrame
    samenvatting: pd.DataFrame
    peildatum_vorig: dt.date | None
    peildatum_nu: dt.date | None
    zinnen: tuple[str, ...]

    def tekst(self) -> str:
        """Return counts and the largest changes, for a terminal of 80 columns."""
        return _tekst(self)

    def decimalen(self) -> dict[str, int]:
        """How many decimals each column is written with."""
        getallen = [k for k in self.tabel.columns if pd.api.types.is_float_dtype(self.tabel[k])]
        return {k: DECIMALEN[MAANDEN] if k.startswith(MAANDEN) else CENT for k in getallen}


def vergelijk_lijsten(
    vorig: Gelezen, nu: Gelezen, *, model_vorig: Herijking | None = None, model_nu: Herijking | None = None
) -> Lijstverschil:
    """Compare two lists.

    Parameters
    ----------
    vorig, nu : Gelezen
        The earlier and the later list.
    model_vorig, model_nu : Herijking, optional
        The models of both lists; with both, every change is split into parts that add up.

    Raises
    ------
    GebruiksFout
        ``KMP-D005`` when the lists are in the wrong order, ``KMP-D006`` for a model that is not the one of its list,
        ``KMP-D007`` when parts are asked for and a list does not say what it rests on.
    """
    _controleer(vorig, nu, model_vorig, model_nu)
    beide = np.intersect1d(vorig.tabel["client_id"], nu.tabel["client_id"])
    a, b = (x.tabel.set_index("client_id").loc[beide].reset_index() for x in (vorig, nu))
    codes = [c for c in nu.instrumenten if c in vorig.instrumenten]
    gelijk = _kern(a, b, codes)
    profielen = [_profielen(x, beide) for x in (vorig, nu)] if vorig.met_herkomst and nu.met_herkomst else None
    w = wijzigingen(*profielen) if profielen is not None else None
    prijs = [{c: _prijs(x.tabel, c) for c in codes} for x in (vorig, nu)]
    if w is None or profielen is None:
        gelijk["reden"] = ONBEKEND
        gelijk["toelichting"] = ""
    else:
        ander_prijs = any(_anders(prijs[0][c], prijs[1][c]) for c in codes)
        reden, uitleg = _redenen(vorig, nu, w, gelijk["verandering"].to_numpy(dtype=object), ander_prijs=ander_prijs)
        gelijk["reden"], gelijk["toelichting"] = reden, uitleg
        if model_vorig is not None and model_nu is not None:
            kanten = [
                Kant(profielen=x, h=h, prijzen=p)
                for x, h, p in zip(profielen, (model_vorig, model_nu), prijs, strict=True)
            ]
            ander_model = vorig.model != nu.model or ander_prijs
            delen = ontleed_verschil(kanten[0], kanten[1], w, codes, ander_model=ander_model)
            gelijk = _met_delen(gelijk, delen)
    tabel = _alles(gelijk, vorig, nu, codes)
    return Lijstverschil(
        tabel=tabel,
        samenvatting=_samenvatting(tabel, codes),
        peildatum_vorig=vorig.peildatum,
        peildatum_nu=nu.peildatum,
        zinnen=_zinnen(vorig, nu, tabel, ontleed=f"{MAANDEN}_door_duur" in tabel),
    )


def _controleer(vorig: Gelezen, nu: Gelezen, h1: Herijking | None, h2: Herijking | None) -> None:
    if vorig.peildatum is not None and nu.peildatum is not None and vorig.peildatum > nu.peildatum:
        raise GebruiksFout(
            "KMP-D005",
            f"'{vorig.naam}' is van {vorig.peildatum:%d-%m-%Y}, later dan '{nu.naam}' ({nu.peildatum:%d-%m-%Y}). Noem "
            "de oudste lijst eerst.",
        )
    for lijst, h, optie in ((vorig, h1, "--model1"), (nu, h2, "--model2")):
        if h is None:
            continue
        if not (vorig.met_herkomst and nu.met_herkomst):
            raise GebruiksFout(
                "KMP-D007",
                "een van de lijsten zegt niet op welke kenmerken, welk model en welke peildatum zij rust; dan is een "
                f"verschil niet te ontleden. Laat {optie} weg, of maak de lijsten met deze versie van kompas.",
            )
        if modelmerk(h) != lijst.model:
            raise GebruiksFout(
                "KMP-D006",
                f"het model bij {optie} is niet dat van '{lijst.naam}'. Geef de map waarmee die lijst is gemaakt.",
            )


def _profielen(lijst: Gelezen, clienten: Tekst) -> Profielen:
    """Profiles of these clients, in this order."""
    if lijst.peildatum is None:
        raise GebruiksFout("KMP-D007", f"'{lijst.naam}' heeft geen peildatum. Maak de lijst opnieuw.")
    return lees_profiel(lijst.tabel.set_index("client_id").loc[clienten, "profiel"], lijst.peildatum)


def _prijs(tabel: pd.DataFrame, code: str) -> float:
    """Cost of an instrument as the list charged it; nan when no row shows it."""
    if f"{code}_opbrengst" not in tabel or f"{code}_netto" not in tabel:
        return float("nan")
    kosten = (tabel[f"{code}_opbrengst"] - tabel[f"{code}_netto"]).dropna()
    return round(float(kosten.median()), CENT) if len(kosten) else float("nan")


def _anders(a: float, b: float) -> bool:
    """Whether two known prices differ."""
    return not (np.isnan(a) or np.isnan(b)) and a != b


def _redenen(
    vorig: Gelezen, nu: Gelezen, w: Wijziging, verandering: Tekst, *, ander_prijs: bool
) -> tuple[Tekst, Tekst]:
    """Causes that apply to each client, in their order, and what is known about them."""
    n = verandering.size
    vlaggen = (
        (OORZAKEN[0], w.gegevens),
        (OORZAKEN[1], np.full(n, vorig.peildatum != nu.peildatum)),
        (OORZAKEN[2], np.full(n, vorig.model != nu.model or ander_prijs)),
    )
    reden = np.full(n, "", dtype=object)
    for naam, vlag in vlaggen:
        reden = np.where(vlag, np.where(reden == "", naam, reden + ", " + naam), reden)
    reden = np.where((reden == "") & (verandering != GEEN), INSTELLINGEN, reden)
    delen = [w.tekst, w.verloop]
    if ander_prijs:
        delen.append(np.full(n, "andere kosten van een instrument", dtype=object))
    return np.asarray(reden, dtype=object), samen(delen, n)


def _tekstkolom(tabel: pd.DataFrame, kolom: str) -> pd.Series[str]:
    return tabel[kolom] if kolom in tabel else pd.Series("", index=tabel.index, dtype=object)


def _kern(a: pd.DataFrame, b: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Old, new and change of the clients on both lists, row by row."""
    uit: dict[str, object] = {"client_id": b["client_id"], **{k: _tekstkolom(b, k) for k in _EENHEDEN}}
    for kolom in ("doelgroep", "advies"):
        uit |= {f"{kolom}_vorig": _tekstkolom(a, kolom), f"{kolom}_nu": _tekstkolom(b, kolom)}
    cijfers = np.zeros(len(b), dtype=bool)
    indicatie = np.zeros(len(b), dtype=bool)
    for kolom in (MAANDEN, *(f"{c}_{k}" for c in codes for k in ("indicatie", "netto"))):
        oud, nieuw = a[kolom], b[kolom]
        uit |= {f"{kolom}_vorig": oud, f"{kolom}_nu": nieuw}
        anders = ((oud != nieuw) & (oud.notna() | nieuw.notna())).to_numpy()
        if kolom.endswith("_indicatie"):
            indicatie |= anders
        else:
            uit[f"{kolom}_verschil"] = (nieuw - oud).round(DECIMALEN.get(kolom, CENT)) + 0.0
            cijfers |= anders
    doelgroep = (_tekstkolom(a, "doelgroep") != _tekstkolom(b, "doelgroep")).to_numpy()
    keuzes = [indicatie & doelgroep, indicatie, doelgroep, cijfers]
    verandering = np.select(keuzes, ["indicatie, doelgroep", "indicatie", "doelgroep", "cijfers"], GEEN).astype(object)
    frame = pd.DataFrame(uit)
    frame.insert(4, "verandering", verandering)
    frame.insert(5, "reden", "")
    frame.insert(6, "toelichting", "")
    return frame


def _met_delen(gelijk: pd.DataFrame, delen: Mapping[str, Floats]) -> pd.DataFrame:
    """Parts of each change beside it; together exactly the change."""
    nieuw: dict[str, object] = {}
    for kolom in gelijk.columns:
        nieuw[kolom] = gelijk[kolom]
        naam = kolom.removesuffix("_verschil")
        if naam != kolom and naam in delen:
            verschil = gelijk[kolom].to_numpy(dtype=np.float64)
            vier = sluitend(delen[naam], verschil, DECIMALEN.get(naam, CENT))
            namen = (*(f"{naam}_door_{o}" for o in OORZAKEN), f"{naam}_onverklaard")
            nieuw |= dict(zip(namen, vier, strict=True))
    return pd.DataFrame(nieuw)


def _alles(gelijk: pd.DataFrame, vorig: Gelezen, nu: Gelezen, codes: Sequence[str]) -> pd.DataFrame:
    """Also who came and who left."""
    delen = [gelijk]
    for lijst, ander, woord, achter in ((nu, vorig, NIEUW, "nu"), (vorig, nu, WEG, "vorig")):
        t = lijst.tabel
        t = t[~t["client_id"].isin(ander.tabel["client_id"])]
        uit = {"client_id": t["client_id"], **{k: _tekstkolom(t, k) for k in _EENHEDEN}}
        uit |= {"verandering": woord, "reden": woord, "toelichting": ""}
        for kolom in ("doelgroep", "advies", MAANDEN, *(f"{c}_{k}" for c in codes for k in ("indicatie", "netto"))):
            uit[f"{kolom}_{achter}"] = t[kolom] if kolom in t else _tekstkolom(t, kolom)
        delen.append(pd.DataFrame(uit).reindex(columns=gelijk.columns).astype(_soorten(gelijk)))
    tabel = pd.concat([d for d in delen if len(d)] or [gelijk])
    tekst = [k for k in gelijk.columns if gelijk[k].dtype == object]
    tabel[tekst] = tabel[tekst].astype(object).where(tabel[tekst].notna(), "")
    return tabel.sort_values("client_id", kind="stable").reset_index(drop=True)


def _soorten(frame: pd.DataFrame) -> dict[str, str]:
    return {k: "float64" if pd.api.types.is_float_dtype(frame[k]) else "object" for k in frame.columns}


def _samenvatting(tabel: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Counts: by kind of change, by reason, and per instrument into and out of ja."""
    rijen: list[tuple[str, str, int]] = []
    volgorde = (NIEUW, WEG, "indicatie", "indicatie, doelgroep", "doelgroep", "cijfers", GEEN)
    rijen += [("verandering", s, int((tabel["verandering"] == s).sum())) for s in volgorde]
    telt = ~tabel["verandering"].isin([NIEUW, WEG, GEEN])
    redenen = tabel.loc[telt, "reden"].value_counts(sort=False)
    rijen += [("reden", str(k), int(redenen[k])) for k in sorted(redenen.index, key=lambda r: (-redenen[r], r))]
    oud_en_nieuw = ~tabel["verandering"].isin([NIEUW, WEG])
    for c in codes:
        was, wordt = (tabel[f"{c}_indicatie_{k}"] == "ja" for k in ("vorig", "nu"))
        rijen.append((c, "ja geworden", int((wordt & ~was & oud_en_nieuw).sum())))
        rijen.append((c, "niet meer ja", int((was & ~wordt & oud_en_nieuw).sum())))
    return pd.DataFrame(rijen, columns=["onderdeel", "wat", "aantal"])


def _zinnen(vorig: Gelezen, nu: Gelezen, tabel: pd.DataFrame, *, ontleed: bool) -> tuple[str, ...]:
    uit = []
    for eerste, tweede, woord in ((nu, vorig, "nieuw op"), (vorig, nu, "niet meer op")):
        los = [c for c in eerste.instrumenten if c not in tweede.instrumenten]
        if los:
            uit.append(f"Instrument {', '.join(los)} is {woord} de lijst; daarover is niets te vergelijken.")
    if not (vorig.met_herkomst and nu.met_herkomst):
        zonder = " en ".join(f"'{x.naam}'" for x in (vorig, nu) if not x.met_herkomst)
        uit.append(
            f"{zonder} zegt niet op welke kenmerken, welk model en welke peildatum de cijfers rusten: de reden van een "
            "verandering is onbekend."
        )
    if (tabel["reden"] == INSTELLINGEN).any():
        uit.append("Waar de reden 'instellingen' is, veranderde alleen iets in [rendement] of [[doelgroep]].")
    if ontleed:
        rest = tabel.filter(like="_onverklaard").fillna(0.0).ne(0.0).any(axis=1)
        bekend = tabel[[k for k in tabel.columns if k.endswith("_verschil")]].notna().any(axis=1)
        if (rest & bekend).any():
            uit.append(
                f"Bij {int((rest & bekend).sum())} klanten verklaren gegevens, duur en model het verschil niet geheel: "
                "de lijsten zijn gemaakt met andere instellingen in [rendement] dan die van het model."
            )
    return tuple(uit)


def _getal(x: float, decimalen: int = 1) -> str:
    return "" if np.isnan(x) else f"{x:+.{decimalen}f}".replace(".", ",").replace("-", "\N{MINUS SIGN}")


def _tekst(v: Lijstverschil) -> str:
    """Counts, causes, the largest changes."""
    dagen = [f"{d:%d-%m-%Y}" if d is not None else "onbekende datum" for d in (v.peildatum_vorig, v.peildatum_nu)]
    regels = [f"Van {dagen[0]} naar {dagen[1]}", ""]
    for onderdeel, rijen in v.samenvatting.groupby("onderdeel", sort=False):
        regels += [
            f"{str(onderdeel)[:24]:<26}{wat:<42}{aantal:>8}"
            for wat, aantal in zip(rijen["wat"], rijen["aantal"], strict=True)
        ]
    delen = [k for k in v.tabel.columns if k.startswith((f"{MAANDEN}_door_", f"{MAANDEN}_onverklaard"))]
    if delen:
        regels += ["", "Gemiddelde verandering van de verwachte maanden:"]
        regels += [
            f"  {k.removeprefix(MAANDEN + '_').replace('_', ' '):<24}{_getal(float(v.tabel[k].mean()), 2):>8}"
            for k in delen
        ]
    top = v.tabel.assign(maat=v.tabel[f"{MAANDEN}_verschil"].abs())
    top = top[top["maat"] > 0].sort_values(["maat", "client_id"], ascending=[False, True], kind="stable").head(MEESTE)
    if len(top):
        regels += ["", "Grootste veranderingen in verwachte maanden:"]
        for r in top.to_dict("records"):
            waarom = ": ".join(x for x in (r["reden"], r["toelichting"]) if x)
            kop = f"{str(r['client_id'])[:20]:<22}{_getal(r[f'{MAANDEN}_verschil']):>7}  "
            regels += textwrap.wrap(waarom, width=80, initial_indent=kop, subsequent_indent=" " * len(kop))
    return "\n".join(regels)
