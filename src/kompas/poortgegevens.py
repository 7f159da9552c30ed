"""Applications, offers and what was known of the applicants: from accepted rows to arrays for the hazards of decision.

Only what was known of everybody when he applied may count. Traits in ``uitkeringen`` exist only for those who were ever
granted: to use them would be to condition on the outcome. So they are taken from extra columns of ``aanvragen``, and
only where these are filled for those without benefit as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config, Instrument, is_verboden
from kompas.fouten import GebruiksFout, GeweigerdFout
from kompas.models.design import Floats, Ints
from kompas.models.gate import NEVER, GateData

Vlag = npt.NDArray[np.bool_]
NIET_TOEGEKEND = ("afgewezen", "buiten_behandeling", "ingetrokken")
GEVULD = 0.95  # a trait that is known of fewer applicants does not count
SCHEEF = 0.05  # nor one that is filled more often for those with benefit than for those without, or the reverse
MINSTE_KWARTAAL = 30  # applications per calendar quarter with its own level; thinner ones join the one before
MINSTE_NIVEAU = 10  # decisions of either kind behind each level of a trait
MINSTE_DEEL = 0.02  # per quarter: share of applicants with an offer, and share of the days waited without one
_DAG = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Aanvragen:
    """Applications that can be followed, in the order of aanvraag_id; arrays of length n.

    Parameters
    ----------
    tabel : DataFrame
        The rows of ``aanvragen`` that count, with ``dag`` (last day under observation since the application) and
        ``soort`` (0 open, 1 toegekend, 2 other).
    weglatingen : DataFrame
        wat, aantal, waarom.
    zonder_client : float
        Share of all applications without client_id.
    """

    tabel: pd.DataFrame
    weglatingen: pd.DataFrame
    zonder_client: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Poortgegevens:
    """One instrument at the gate.

    Parameters
    ----------
    data : GateData
    kolommen : tuple of str
        Names of the background columns: ``kwartaal=2005-2``, ``kenmerk=waarde``.
    loting : float
        Share of the offers that were drawn by lottery.
    kosten : Floats
        Recorded cost of each offer that counts; nan unknown.
    zonder_uitkering : (n,) bool
        Applicants who never occur in ``uitkeringen``.
    weglatingen : DataFrame
    zinnen : tuple of str
        What must be said about the data.
    """

    data: GateData
    kolommen: tuple[str, ...]
    loting: float
    kosten: Floats
    zonder_uitkering: Vlag
    weglatingen: pd.DataFrame
    zinnen: tuple[str, ...]


def aanvragen_van(bestand: Bestand) -> pd.DataFrame:
    """Return the table ``aanvragen``.

    Raises
    ------
    GebruiksFout
        ``KMP-Q001`` when the config does not name it.
    """
    if "aanvragen" not in bestand.overig:
        raise GebruiksFout(
            "KMP-Q001",
            "de tabel aanvragen ontbreekt; zonder aanvragen is er geen preventiequote. Voeg [bron.aanvragen] met een "
            "bestand toe aan kompas.toml.",
        )
    return bestand.overig["aanvragen"]


def volg_aanvragen(bestand: Bestand, config: Config) -> Aanvragen:
    """Keep the applications that can be followed from their first day to a decision or to the peildatum."""
    a = aanvragen_van(bestand)
    peil = pd.Timestamp(config.gemeente.peildatum)
    vanaf = config.bron.inzet.volledig_vanaf if config.bron.inzet is not None else None
    besloten = a["besluitdatum"].notna() & (a["besluitdatum"] <= peil)
    redenen = [
        ("aanvraag na de peildatum", a["aanvraagdatum"] > peil, "valt buiten de waarneming"),
        ("aanvraag zonder client_id", a["client_id"].isna(), "een aanbod is er niet aan te koppelen"),
        (
            "besluit zonder besluitdatum",
            a["besluit"].notna() & a["besluitdatum"].isna(),
            "onbekend is hoe lang de aanvrager wachtte",
        ),
        ("besluitdatum zonder besluit", a["besluit"].isna() & besloten, "onbekend is wat er is besloten"),
        (
            "aanvraag voor volledig_vanaf",
            a["aanvraagdatum"] < (pd.Timestamp(vanaf) if vanaf is not None else pd.Timestamp.min),
            "een aanbod kan er zijn geweest zonder dat het is geregistreerd",
        ),
    ]
    telt, rijen = np.ones(len(a), dtype=bool), []
    for wat, wie, waarom in redenen:
        eigen = telt & wie.to_numpy(dtype=bool)
        rijen.append((wat, int(eigen.sum()), waarom))
        telt &= ~eigen
    uit = a[telt].sort_values(["aanvraag_id", "rij"], kind="stable", ignore_index=True)
    af = uit["besluitdatum"].notna() & (uit["besluitdatum"] <= peil)
    eind = uit["besluitdatum"].where(af, peil)
    soort = np.where(~af, 0, np.where(uit["besluit"] == "toegekend", 1, 2))
    uit = uit.assign(dag=((eind - uit["aanvraagdatum"]) // _DAG).astype(np.int64), soort=soort.astype(np.int64))
    return Aanvragen(
        tabel=uit,
        weglatingen=pd.DataFrame(rijen, columns=["wat", "aantal", "waarom"]),
        zonder_client=float(a["client_id"].isna().mean()) if len(a) else 0.0,
    )


def maak_poortgegevens(bestand: Bestand, config: Config, ins: Instrument, aanvragen: Aanvragen) -> Poortgegevens:
    """Join offers and background to the applications, and leave out quarters without anybody to compare with."""
    a = aanvragen.tabel
    aanbod, loting, kosten, zinnen = _aanbod(bestand, config, ins, a)
    kwartaal = _kwartaal(a, aanbod)
    telt = kwartaal.notna().to_numpy()
    weg = pd.DataFrame(
        {
            "wat": ["aanvraag in een kwartaal zonder vergelijking"],
            "aantal": [int((~telt).sum())],
            "waarom": ["in dat kwartaal kreeg bijna niemand of bijna iedereen het aanbod"],
        }
    )
    delen = [("kwartaal", kwartaal[telt]), *_historie(bestand, a, telt), *_kenmerken(config, a, telt, zinnen)]
    x, namen = _ontwerp(delen, a["soort"].to_numpy()[telt], zinnen)
    kies = a[telt]
    data = GateData(
        days=kies["dag"].to_numpy(dtype=np.int64),
        event=kies["soort"].to_numpy(dtype=np.int64),
        offer=aanbod[telt],
        background=x,
        cluster=pd.factorize(kies["client_id"])[0].astype(np.int64),
    )
    krijgt = telt & (aanbod < NEVER)
    return Poortgegevens(
        data=data,
        kolommen=namen,
        loting=float(loting[krijgt].mean()) if krijgt.any() else 0.0,
        kosten=kosten[krijgt],
        zonder_uitkering=~kies["client_id"].isin(set(bestand.uitkeringen["client_id"])).to_numpy(),
        weglatingen=pd.concat([aanvragen.weglatingen, weg], ignore_index=True),
        zinnen=tuple(zinnen),
    )


def _aanbod(bestand: Bestand, config: Config, ins: Instrument, a: pd.DataFrame) -> tuple[Ints, Vlag, Floats, list[str]]:
    """First offer between application and decision, as day since the application; whether by lottery; its cost."""
    poort = [i.code for i in config.instrument if i.meter == "werkdirect"]
    o = bestand.aanbod[bestand.aanbod["instrument"] == ins.code] if len(bestand.aanbod) else bestand.aanbod
    zinnen: list[str] = []
    delen = [o[["client_id", "begindatum", "kosten", "toewijzing"]]] if len(o) else []
    paren = pd.DataFrame({"i": [], "d": [], "kosten": [], "loot": []})
    if delen:
        m = a[["client_id", "aanvraagdatum", "dag"]].assign(i=np.arange(len(a))).merge(delen[0], on="client_id")
        d = (m["begindatum"] - m["aanvraagdatum"]) // _DAG
        paren = pd.DataFrame({"i": m["i"], "d": d, "kosten": m["kosten"], "loot": m["toewijzing"] == "loot"})
        paren = paren[(d >= 0) & (d <= m["dag"])]
    if "aanbod_datum" in a.columns and a["aanbod_datum"].notna().any():
        if len(poort) == 1:
            d = (a["aanbod_datum"] - a["aanvraagdatum"]) // _DAG
            goed = (d >= 0) & (d <= a["dag"])
            eigen = pd.DataFrame({"i": np.flatnonzero(goed), "d": d[goed], "kosten": np.nan, "loot": False})
            paren = pd.concat([paren, eigen], ignore_index=True) if len(paren) else eigen
        else:
            zinnen.append("De kolom aanbod_datum telt niet mee: er zijn meer instrumenten met meter werkdirect.")
    dag, loot = np.full(len(a), NEVER, dtype=np.int64), np.zeros(len(a), dtype=bool)
    kosten = np.full(len(a), np.nan)
    eerste = paren.sort_values(["i", "d", "kosten"], kind="stable").drop_duplicates("i")
    plek = eerste["i"].to_numpy(dtype=np.int64)
    dag[plek] = eerste["d"].to_numpy(dtype=np.int64)
    loot[plek] = eerste["loot"].to_numpy(dtype=bool)
    kosten[plek] = eerste["kosten"].to_numpy(dtype=np.float64)
    return dag, loot, kosten, zinnen


def _kwartaal(a: pd.DataFrame, aanbod: Ints) -> pd.Series[str]:
    """Calendar quarter of each application (thin ones join the one before).

    None where nearly nobody got the offer, or where nearly all waiting was done with it: there is no comparison there.
    """
    datum = a["aanvraagdatum"]
    naam = datum.dt.year.astype(str) + "-" + datum.dt.quarter.astype(str)
    telling = naam.value_counts().sort_index()
    groep, huidig, n = {}, "", MINSTE_KWARTAAL
    for kwartaal, aantal in telling.items():
        if n >= MINSTE_KWARTAAL:
            huidig, n = str(kwartaal), 0
        groep[kwartaal] = huidig
        n += int(aantal)
    uit = naam.map(groep)
    dag = a["dag"].to_numpy()
    per = pd.DataFrame({"krijgt": aanbod < NEVER, "zonder": np.minimum(aanbod, dag) + 1, "dagen": dag + 1})
    som = per.groupby(uit.to_numpy()).sum()
    telt = (som["krijgt"] >= MINSTE_DEEL * telling.groupby(groep).sum().reindex(som.index)) & (
        som["zonder"] >= MINSTE_DEEL * som["dagen"]
    )
    return uit.where(uit.map(telt), None)


def _historie(bestand: Bestand, a: pd.DataFrame, telt: Vlag) -> list[tuple[str, pd.Series[str]]]:
    """What the municipality knew of the client: earlier applications, and spells that had ended by then.

    A spell that runs on the day of the application may be the one that is applied for (entitlement goes back), so only
    those that ended before it count.
    """
    volg = a.sort_values(["client_id", "aanvraagdatum"], kind="stable")
    nummer = volg.groupby("client_id")["aanvraagdatum"].rank(method="min").sub(1).reindex(a.index)
    eerder = pd.Series(np.select([nummer == 0, nummer == 1], ["geen", "een"], default="meer"), index=a.index)
    u = bestand.uitkeringen[["client_id", "einddatum"]].dropna()
    m = a[["client_id", "aanvraagdatum"]].assign(i=np.arange(len(a))).merge(u, on="client_id")
    m = m[m["einddatum"] < m["aanvraagdatum"]]
    laatst = m.groupby("i")["einddatum"].max().reindex(np.arange(len(a))).to_numpy()
    dagen = (a["aanvraagdatum"].to_numpy() - laatst) / _DAG
    spell = pd.Series(np.select([np.isnan(dagen), dagen < 365], ["geen", "jaar"], default="langer"), index=a.index)
    return [("eerdere_aanvragen", eerder[telt]), ("eerdere_uitkering", spell[telt])]


def _kenmerken(config: Config, a: pd.DataFrame, telt: Vlag, zinnen: list[str]) -> list[tuple[str, pd.Series[str]]]:
    """Traits from extra columns of aanvragen that are filled for everybody; refuses protected ones."""
    bron = config.bron.tabel("aanvragen")
    hernoemd = bron.kolommen if bron is not None else {}
    uit, soorten = [], config.kenmerken.soort
    namen = dict.fromkeys((*config.kenmerken.namen, *config.model.effect_per))
    for naam in namen:
        if is_verboden(naam) or is_verboden(hernoemd.get(naam, naam)):
            raise GeweigerdFout(
                "KMP-W001",
                f"'{naam}' mag geen kenmerk zijn, ook niet in aanvragen (bronkolom '{hernoemd.get(naam, naam)}'): "
                "herkomst, nationaliteit, geboorteland, taal, religie, gezondheid, postcode en wijk worden geweigerd. "
                f"Haal '{naam}' uit [kenmerken] of uit kolommen onder [bron.aanvragen].",
            )
        if naam == "leeftijd" and "geboortedatum" in a.columns:
            jaren = (a["aanvraagdatum"] - a["geboortedatum"]) / pd.Timedelta(days=365.25)
            band = pd.cut(jaren, [-np.inf, 27, 35, 45, 55, np.inf], right=False, labels=False)
            waarde = band.map({0: "tot 27", 1: "27-34", 2: "35-44", 3: "45-54", 4: "55+"}).astype(object)
        elif naam in a.columns and naam not in config.kenmerken.banden and soorten.get(naam) != "numeriek":
            waarde = a[naam].astype(object)
        else:
            continue
        vol, soort = waarde.notna()[telt], a["soort"][telt]
        deel = [float(vol[soort == k].mean()) if (soort == k).any() else 1.0 for k in (1, 2)]
        if vol.mean() < GEVULD or abs(deel[0] - deel[1]) > SCHEEF:
            zinnen.append(
                f"Kenmerk '{naam}' telt niet mee: het is niet van alle aanvragers bekend. Zou het meetellen, dan zou "
                "de uitkomst zelf bepalen wie er vergeleken wordt."
            )
            continue
        uit.append((naam, waarde[telt].fillna("onbekend").astype(str)))
    return uit


def _ontwerp(delen: list[tuple[str, pd.Series[str]]], soort: Ints, zinnen: list[str]) -> tuple[Floats, tuple[str, ...]]:
    """Columns of zeros and ones; the most frequent level is the reference.

    A level needs decisions of both kinds behind it: one that occurs only with a grant, such as an earlier spell where
    applicants without benefit get a new number, says who was granted rather than who applied.
    """
    kolommen, namen = [], []
    for naam, waarde in delen:
        telling = pd.crosstab(waarde.to_numpy(), soort).reindex(columns=[0, 1, 2], fill_value=0)
        dun = telling[(telling[1] < MINSTE_NIVEAU) | (telling[2] < MINSTE_NIVEAU)]
        if naam != "kwartaal" and (dun.sum(axis=1) >= 2 * MINSTE_NIVEAU).any():
            zinnen.append(
                f"'{naam}' telt niet mee: een waarde komt bijna alleen voor bij één soort besluit. Krijgen aanvragers "
                "zonder uitkering een ander client_id? Dan is hun verleden niet te koppelen."
            )
            continue
        niveaus = [str(v) for v in telling.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        for niveau in niveaus[1:]:
            if niveau not in dun.index or naam == "kwartaal":
                kolommen.append((waarde == niveau).to_numpy(dtype=np.float64))
                namen.append(f"{naam}={niveau}")
    x = np.column_stack(kolommen) if kolommen else np.zeros((len(soort), 0))
    return x, tuple(namen)
