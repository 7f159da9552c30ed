"""Where monthly series come from: microdata, the tables referentie and uitgaven, files of CBS."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.bron.cbs_bestanden import NEDERLAND, Cbsreeks, lees_cbs_reeksen
from kompas.config import Config
from kompas.models.calendar import add_months, first_day, month_of, to_day
from kompas.monitors.eigenreeks import LEEFTIJD, LEEFVORM, TOTAAL, eigen_reeks, leeftijdgroepen
from kompas.monitors.maanden import namen

GEBIEDEN = ("eigen", "referentie", "regio", "g27", "nederland")
CIJFERS = ("huishoudens", "uitkeringen", "instroom", "uitstroom", "uitgaven")
NAMEN = {
    "referentie": "Referentiegemeenten",
    "regio": "Regio",
    "g27": "G27",
    "nederland": "Nederland",
}
REGELING, PERSONEN = "algemeen", "80794ned"
_LEEFTIJD = re.compile(r"(?:leeftijd=)?(\d{2})(?:-(\d{2}|aow)|\+)")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Deelreeks:
    """Rows of ``Reeksen.tabel`` from one source, with its sentences."""

    tabel: pd.DataFrame
    toelichting: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()


def lege_reeks() -> pd.DataFrame:
    """Return no rows, with all columns."""
    kolommen: dict[str, pd.Series] = {k: pd.Series(dtype=object) for k in ("maand", "gebied", "naam", "groep")}
    kolommen |= {k: pd.Series(dtype=np.float64) for k in CIJFERS}
    kolommen |= {"voorlopig": pd.Series(dtype=bool), "bron": pd.Series(dtype=object)}
    return pd.DataFrame(kolommen)


def groepnaam(groep: str | None, leeftijden: tuple[int, ...]) -> str:
    """Return the name of a group as the series use it, however a table of others writes it.

    Examples
    --------
    >>> [groepnaam(g, (25, 55)) for g in (None, "Totaal", "leefvorm=gehuwd", "18-24", "leeftijd=55-64", "55+")]
    ['totaal', 'totaal', 'gehuwd', 'leeftijd=15-24', 'leeftijd=55-aow', 'leeftijd=55-aow']
    """
    tekst = "" if groep is None else str(groep).strip()
    if tekst.lower() in {"", TOTAAL, "alle", "allen"}:
        return TOTAAL
    if tekst.startswith(f"{LEEFVORM}="):
        return tekst.partition("=")[2]
    deel = _LEEFTIJD.fullmatch(tekst)
    if deel is None:
        return tekst
    onder, boven = int(deel[1]), deel[2]
    if leeftijden and onder == leeftijden[-1] and (boven is None or boven == "aow" or int(boven) >= 64):
        return f"{LEEFTIJD}={leeftijdgroepen(leeftijden)[-1]}"
    if leeftijden and onder < leeftijden[0] and boven == str(leeftijden[0] - 1):
        return f"{LEEFTIJD}={leeftijdgroepen(leeftijden)[0]}"
    return f"{LEEFTIJD}={onder}-{boven}" if boven else f"{LEEFTIJD}={onder}+"


def eigen_maanden(config: Config) -> tuple[int, int]:
    """First and last complete month of the window, as numbers; the last one before the first when there is none."""
    van = np.array([to_day(config.bron.venster_van)], dtype=np.int64)
    eerste = int(month_of(van)[0]) + int(first_day(month_of(van))[0] < van[0])
    tot = to_day(config.bron.venster_tot or config.gemeente.peildatum) + 1
    grens = add_months(np.array([tot], dtype=np.int64), -config.bron.rijping_maanden)
    return eerste, int(month_of(grens)[0]) - 1


def eigen_uit_uitkeringen(bestand: Bestand, config: Config) -> Deelreeks:
    """Count own households per month from microdata; spending comes from the table uitgaven."""
    u = bestand.uitkeringen
    zinnen: list[str] = []
    anders = int((u["regeling"] != REGELING).sum())
    u = u[u["regeling"] == REGELING]
    if anders:
        zinnen.append(f"{anders} uitkeringsperioden van een andere regeling dan '{REGELING}' tellen niet mee.")
    eerste, laatste = eigen_maanden(config)
    if u.empty or laatste < eerste:
        reden = f"er is geen periode van regeling '{REGELING}'" if u.empty else "het venster bevat geen hele maand"
        return Deelreeks(tabel=lege_reeks(), waarschuwingen=(f"Geen eigen reeks uit [bron.uitkeringen]: {reden}.",))
    telling, bezwaren = eigen_reeks(u, bestand.kenmerken_historie, config, maanden=(eerste, laatste))
    tabel = telling.assign(gebied="eigen", naam=config.gemeente.naam, huishoudens=np.nan, voorlopig=False)
    tabel["bron"] = "microdata"
    toelichting = (
        f"Eigen aantallen komen uit de uitkeringsperioden: {namen([eerste])[0]} tot en met {telling['maand'].max()}.",
        *bezwaren,
    )
    return Deelreeks(tabel=_met_uitgaven(tabel, bestand), toelichting=toelichting, waarschuwingen=tuple(zinnen))


def _met_uitgaven(tabel: pd.DataFrame, bestand: Bestand) -> pd.DataFrame:
    """Own spending per month beside the total; unknown elsewhere."""
    tabel = tabel.assign(uitgaven=np.nan)
    if "uitgaven" not in bestand.overig:
        return tabel
    bedrag = bestand.overig["uitgaven"].groupby("maand")["bedrag"].sum(min_count=1)
    totaal = tabel["groep"] == TOTAAL
    tabel.loc[totaal, "uitgaven"] = tabel.loc[totaal, "maand"].map(bedrag).astype(np.float64)
    return tabel


def uit_referentie(bestand: Bestand, config: Config) -> Deelreeks:
    """Rows of the table referentie; own ones are named after the municipality."""
    if "referentie" not in bestand.overig or bestand.overig["referentie"].empty:
        zin = "Er zijn geen referentiecijfers: voeg [bron.referentie] toe om met andere gebieden te vergelijken."
        return Deelreeks(tabel=lege_reeks(), toelichting=(zin,))
    r = bestand.overig["referentie"]
    gebied = r["gebied"].where(r["gebied"].notna(), r["soort"].map(NAMEN)).astype(object)
    eigen = (r["soort"] == "eigen").to_numpy()
    paren = r[["groep"]].drop_duplicates()
    vertaald = {g: groepnaam(g, config.monitor.leeftijden) for g in paren["groep"]}
    tabel = pd.DataFrame(
        {
            "maand": r["maand"].astype(object),
            "gebied": r["soort"].astype(object),
            "naam": np.where(eigen, config.gemeente.naam, gebied),
            "groep": r["groep"].map(vertaald).fillna(TOTAAL).astype(object),
            **{k: r[k].astype(np.float64) for k in CIJFERS},
            "voorlopig": False,
            "bron": "referentie",
        }
    )
    sleutel = ["gebied", "naam", "groep", "maand"]
    dubbel = tabel.duplicated(sleutel, keep=False)
    zinnen: tuple[str, ...] = ()
    if dubbel.any():
        wie = tabel.loc[dubbel, ["gebied", "naam", "groep"]].drop_duplicates()
        tabel = tabel[~dubbel]
        lijst = "; ".join(f"{a} {b}, {c}" for a, b, c in wie.head(5).itertuples(index=False))
        zinnen = (
            (
                f"De tabel referentie heeft {int(dubbel.sum())} rijen die elkaar tegenspreken (zelfde maand, gebied en "
                f"groep: {lijst}). Zij tellen niet mee; laat er een van elk staan."
            ),
        )
    return Deelreeks(tabel=tabel.reset_index(drop=True), waarschuwingen=zinnen)


def eigen_uit_tabellen(bestand: Bestand, config: Config, tabel: pd.DataFrame) -> Deelreeks:
    """Own series without microdata: rows of soort eigen, else the number of households in the table uitgaven."""
    eigen = tabel[tabel["gebied"] == "eigen"]
    if len(eigen):
        los = _met_uitgaven(eigen.reset_index(drop=True), bestand)
        los["uitgaven"] = los["uitgaven"].fillna(eigen["uitgaven"].reset_index(drop=True))
        zin = "Eigen aantallen komen uit de tabel referentie (soort eigen), niet uit uitkeringsperioden."
        return Deelreeks(tabel=los, toelichting=(zin,))
    u = bestand.overig.get("uitgaven")
    if u is None or u.empty:
        return Deelreeks(
            tabel=lege_reeks(),
            waarschuwingen=(
                (
                    "Er is geen eigen reeks. Voeg [bron.uitkeringen] toe, of in [bron.referentie] rijen met soort "
                    "'eigen'."
                ),
            ),
        )
    rij = u.groupby("maand", as_index=False)[["bedrag", "huishoudens"]].sum(min_count=1)
    kolommen = {
        "maand": rij["maand"].astype(object),
        "gebied": "eigen",
        "naam": config.gemeente.naam,
        "groep": TOTAAL,
        "huishoudens": np.nan,
        "uitkeringen": rij["huishoudens"].astype(np.float64),
        "instroom": np.nan,
        "uitstroom": np.nan,
        "uitgaven": rij["bedrag"].astype(np.float64),
        "voorlopig": False,
        "bron": "uitgaven",
    }
    zin = "Eigen aantallen komen uit de tabel uitgaven (kolom huishoudens); in- en uitstroom zijn onbekend."
    return Deelreeks(tabel=pd.DataFrame(kolommen), toelichting=(zin,))


def uit_cbs(config: Config, *, bezet: frozenset[str], tot: str) -> Deelreeks:
    """Monthly series in the CBS files of ``[monitor]`` cbs, for areas that no table gives.

    The own region gives ``eigen``, the reference municipalities ``referentie``, NL01 ``nederland``.
    """
    reeksen = lees_cbs_reeksen(config.map, config.monitor.cbs)
    m = config.monitor
    codes: dict[str, str] = {NEDERLAND: "nederland"} | dict.fromkeys(m.referentiegemeenten, "referentie")
    if m.regio is not None:
        codes[m.regio] = "eigen"
    delen, zinnen, let_op = [], [], []
    gezien = set(bezet)
    for r in reeksen:
        nieuw = sorted({g for c, g in codes.items() if c in r.regios} - gezien, key=GEBIEDEN.index)
        over = sorted({g for c, g in codes.items() if c in r.regios} & gezien, key=GEBIEDEN.index)
        if over:
            zinnen.append(f"{r.bestand} (CBS {r.tabelnummer}) is niet gebruikt voor {', '.join(over)}: al bekend.")
        if nieuw:
            delen.append(_cbs_rijen(r, {c: g for c, g in codes.items() if g in nieuw}, config))
            zinnen.append(f"{', '.join(nieuw)} uit {r.bestand} (CBS {r.tabelnummer}): {r.eenheid}.")
            if r.tabelnummer == PERSONEN:
                let_op.append(
                    f"{', '.join(nieuw)} telt personen, geen huishoudens (CBS {PERSONEN}): vergelijk de ontwikkeling, "
                    "niet het niveau."
                )
            gezien |= set(nieuw)
    tabel = pd.concat(delen, ignore_index=True) if delen else lege_reeks()
    return Deelreeks(tabel=tabel[tabel["maand"] <= tot], toelichting=tuple(zinnen), waarschuwingen=tuple(let_op))


def _cbs_rijen(r: Cbsreeks, codes: dict[str, str], config: Config) -> pd.DataFrame:
    f = r.tabel[r.tabel["regio"].isin(list(codes))]
    gebied = f["regio"].map(codes).astype(object)
    naam = np.where(gebied == "eigen", config.gemeente.naam, np.where(gebied == "nederland", "Nederland", f["regio"]))
    leeg = {k: np.nan for k in CIJFERS if k != "uitkeringen"}
    return pd.DataFrame(
        {
            "maand": f["maand"].astype(object),
            "gebied": gebied,
            "naam": naam.astype(object),
            "groep": f["groep"].astype(object),
            "uitkeringen": f["uitkeringen"].astype(np.float64),
            **leeg,
            "voorlopig": f["voorlopig"].astype(bool),
            "bron": "cbs",
        }
    )
