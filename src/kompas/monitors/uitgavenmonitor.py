"""The uitgavenmonitor: spending = volume x price, own and elsewhere, per month and on a yearly basis, with forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout
from kompas.monitors.brug import maak_brug
from kompas.monitors.jaarstand import jaarstand
from kompas.monitors.maanden import naam, nummers
from kompas.monitors.prijs import Leefvormprijs, gemiddelde_prijs, prijs_per_leefvorm
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.uitgavenreken import (
    JAARKOLOMMEN,
    KOLOMMEN,
    Gebied,
    aandelen_leefvorm,
    als_tabel,
    jaren,
    laatste_hele_maand,
    nulmaanden,
    realisatie,
    uit_prijs,
    uit_reeks,
    uit_tabel,
    vergelijk,
    volumepad,
    voorspel,
)
from kompas.monitors.vooruitzicht import Vooruitzicht, maak_vooruitzicht
from kompas.toonbaar import Toonbaar

HERKOMST = {
    "uitgaven": "de tabel uitgaven",
    "referentie": "de tabel referentie (soort eigen)",
    "bedragen": "volume maal de eigen bedragen per uitkering (bedrag_maand): een schatting, geen boekhouding",
    "normen": "volume maal de bijstandsnorm: een schatting, geen boekhouding; de gemeente betaalt bruto meer",
}
_ANDERS = 0.05  # volume of the table uitgaven may differ this much from the series


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uitgavenmonitor(Toonbaar, tabel="tabel"):
    """Spending per month and area.

    Spending of month m is ``U_m = N_m p_m + V_m``: benefits running at its end, price per benefit, holiday allowance.

    Parameters
    ----------
    tabel : DataFrame
        One row per area x month: maand, gebied, soort (realisatie, prognose), uitkeringen, prijs (per benefit, without
        holiday allowance), uitgaven (with it), vakantiegeld, ondergrens, bovengrens (80%, of uitgaven); euro.
    gemeente : str
    peildatum : date
    laatste_maand : str
        Last month of own spending.
    herkomst : str
        Where own spending comes from: uitgaven, referentie, bedragen or normen (the last two are estimates).
    jaren : DataFrame
        One row per area x year; see `kompas.monitors.uitgavenreken.jaren`.
    brug : DataFrame
        Change against a year before; see `kompas.monitors.brug.maak_brug`.
    leefvorm : DataFrame
        Price per month x leefvorm from the spells; see `kompas.monitors.prijs.prijs_per_leefvorm`.
    vergelijking : DataFrame
        Price per area over twelve months; see `kompas.monitors.uitgavenreken.vergelijk`.
    bronnen : tuple of str
        What it rests on, and how old that is.
    toelichting, waarschuwingen : tuple of str
    """

    tabel: pd.DataFrame
    gemeente: str
    peildatum: dt.date
    laatste_maand: str
    herkomst: str
    jaren: pd.DataFrame
    brug: pd.DataFrame
    leefvorm: pd.DataFrame
    vergelijking: pd.DataFrame
    bronnen: tuple[str, ...] = ()
    toelichting: tuple[str, ...] = ()
    waarschuwingen: tuple[str, ...] = ()
    gebieden: tuple[str, ...] = field(default=("eigen",))

    def reeks(self, gebied: str = "eigen") -> pd.DataFrame:
        """Rows of one area, in order of month."""
        return self.tabel[self.tabel["gebied"] == gebied].reset_index(drop=True)


def geen_uitgaven(config: Config, reden: str) -> Uitgavenmonitor:
    """Return a result without a row, with the reason as its warning."""
    leeg = pd.DataFrame({k: pd.Series(dtype=object if k in {"maand", "gebied", "soort"} else float) for k in KOLOMMEN})
    vlak = pd.DataFrame({"jaar": pd.Series(dtype=int)})
    return Uitgavenmonitor(
        tabel=leeg,
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        laatste_maand=naam(laatste_hele_maand(config.gemeente.peildatum)),
        herkomst="",
        jaren=pd.DataFrame(columns=list(JAARKOLOMMEN)),
        brug=vlak,
        leefvorm=vlak,
        vergelijking=vlak,
        waarschuwingen=(reden,),
        gebieden=(),
    )


def _eigen(bestand: Bestand, reeksen: Reeksen, leefvorm: Leefvormprijs, tot: int) -> tuple[pd.DataFrame, str]:
    """Own realised spending and where it comes from."""
    reeks = reeksen.reeks("eigen")
    volume = dict(zip(nummers(reeks["maand"]).tolist(), reeks["uitkeringen"], strict=True))
    spending = uit_tabel(bestand, tot)
    if len(spending):
        return realisatie(spending, volume), "uitgaven"
    spending = uit_reeks(reeks, tot)
    if len(spending):
        return realisatie(spending, volume), "referentie"
    if len(leefvorm.tabel):
        spending = uit_prijs(leefvorm.tabel, volume, tot)
        if len(spending):
            laatste = gemiddelde_prijs(leefvorm.tabel)["uit_norm"].iloc[-1]
            return realisatie(spending, volume), "normen" if laatste > 0.5 else "bedragen"
    raise GebruiksFout(
        "KMP-Z401",
        "de uitgaven zijn nergens uit af te leiden: er is geen tabel uitgaven met een maand tot en met de peildatum, "
        "geen kolom uitgaven bij de eigen rijen van referentie en geen uitkering met een bedrag of norm. Voeg "
        "[bron.uitgaven] toe.",
    )


def _bronzin(wat: str, laatste: str, tot: int) -> str:
    oud = tot - int(nummers([laatste])[0])
    leeftijd = "de laatste hele maand" if oud <= 0 else f"{oud} {'maand' if oud == 1 else 'maanden'} oud"
    return f"{wat}: tot en met {laatste} ({leeftijd})."


def _volumewaarschuwing(bestand: Bestand, real: pd.DataFrame) -> tuple[str, ...]:
    """Tell when the households beside the booked amounts are not those of the caseload series."""
    u = bestand.overig.get("uitgaven")
    if u is None or u.empty or not u["huishoudens"].notna().any():
        return ()
    geboekt = pd.Series(u["huishoudens"].to_numpy(dtype=np.float64), index=nummers(u["maand"]))
    eigen = real.set_index("nummer")["uitkeringen"]
    deel = (geboekt.reindex(eigen.index) / eigen - 1.0).dropna()
    if deel.empty or abs(float(deel.iloc[-1])) <= _ANDERS:
        return ()
    return (
        (
            f"De kolom huishoudens van uitgaven wijkt in {naam(int(deel.index[-1]))} meer dan {100 * _ANDERS:.0f}% af "
            "van het aantal uitkeringen in de bestandsmonitor. De prijs is berekend met dat laatste aantal."
        ),
    )


def _vooruit(
    bestand: Bestand, config: Config, reeksen: Reeksen, vooruitzicht: Vooruitzicht | None
) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    """Expected own volume; None, with a sentence, where none can be made."""
    if vooruitzicht is None:
        try:
            vooruitzicht = maak_vooruitzicht(bestand, config, None, reeksen=reeksen)
        except GebruiksFout as fout:
            return None, (f"Er is geen prognose van het volume: {fout.bericht}",)
    f = vooruitzicht.to_frame()
    return (f if f["uitkeringen"].notna().any() else None), ()


def _gebieden(
    reeksen: Reeksen, eigen: pd.DataFrame, vooruit: pd.DataFrame | None, aandelen: dict[str, float], tot: int
) -> tuple[dict[str, Gebied], tuple[str, ...]]:
    """Spending of every area, with forecast."""
    pad = volumepad(reeksen.reeks("eigen"), vooruit, tot)
    dag = reeksen.peildatum
    uit = {"eigen": voorspel(eigen, pad, tot=tot, aandelen=aandelen, peildatum=dag)}
    zonder = []
    for gebied in reeksen.gebieden():
        if gebied == "eigen":
            continue
        reeks = reeksen.reeks(gebied)
        volume = dict(zip(nummers(reeks["maand"]).tolist(), reeks["uitkeringen"], strict=True))
        spending = uit_reeks(reeks, tot)
        if spending.empty:
            zonder.append(gebied)
            continue
        real = realisatie(spending, volume)
        pad = volumepad(reeks, None, tot)
        uit[gebied] = voorspel(real, pad, tot=tot, aandelen=aandelen, peildatum=dag)
    if not zonder:
        return uit, ()
    namen = ", ".join(zonder)
    return uit, (f"Van {namen} zijn de uitgaven niet bekend; vul kolom uitgaven in [bron.referentie].",)


def _toelichting(herkomst: str, leefvorm: Leefvormprijs, eigen: Gebied, brug: pd.DataFrame) -> tuple[str, ...]:
    zinnen = [
        f"De eigen uitgaven komen uit {HERKOMST[herkomst]}.",
        "De prijs is de uitgave per uitkering per maand zonder vakantiegeld; uitgaven zijn met vakantiegeld.",
        "Waar vakantiegeld niet apart staat, is het wat mei of juni boven de maanden eromheen uitkomt.",
        *eigen.zinnen,
        "De marge is 80%: die van het volume en die van de prijs, onafhankelijk van elkaar.",
    ]
    if herkomst in {"bedragen", "normen"} and len(leefvorm.tabel):
        p = gemiddelde_prijs(leefvorm.tabel).iloc[-1]
        zinnen.append(
            f"In de laatste maand komt {100 * p['uit_norm']:.0f}% van de bedragen uit de bijstandsnorm en is "
            f"{100 * p['onbekend']:.0f}% onbekend. Van het bedrag is het wettelijke aandeel vakantietoeslag apart "
            "gehouden en in mei uitbetaald."
        )
    if brug.empty:
        zinnen.append("Er is geen brug met vorig jaar: van dezelfde maanden een jaar eerder zijn niet alle cijfers er.")
    elif brug["bedrag"].isna().any():
        zinnen.append("De mix naar leefvorm is niet bekend en zit in de prijs: nodig is [bron.uitkeringen].")
    return tuple(zinnen)


def maak_uitgaven(
    bestand: Bestand,
    config: Config,
    *,
    reeksen: Reeksen | None = None,
    vooruitzicht: Vooruitzicht | None = None,
    voortgang: Callable[[str, float], None] | None = None,
) -> Uitgavenmonitor:
    """Make the uitgavenmonitor.

    Own spending comes from the table uitgaven; without it from the own rows of referentie; without those it is
    estimated as volume x amount per benefit (own amounts, else dated norms), and marked so. Months after the last
    complete month before the peildatum do not exist.

    Parameters
    ----------
    bestand : Bestand
    config : Config
    reeksen : Reeksen, optional
    vooruitzicht : Vooruitzicht, optional
        Expected own volume; made from the series when absent.
    voortgang : function (step, share), optional

    Returns
    -------
    Uitgavenmonitor

    Raises
    ------
    GebruiksFout
        ``KMP-Z401`` when own spending cannot be derived from anything.
    """
    if voortgang is not None:
        voortgang("uitgaven", 0.0)
    reeksen = maak_reeksen(bestand, config) if reeksen is None else reeksen
    tot = laatste_hele_maand(config.gemeente.peildatum)
    van = 12 * config.bron.venster_van.year + config.bron.venster_van.month - 1
    leefvorm = prijs_per_leefvorm(bestand, (van, tot))
    eigen, herkomst = _eigen(bestand, reeksen, leefvorm, tot)
    vooruit, geen = _vooruit(bestand, config, reeksen, vooruitzicht)
    aandelen = aandelen_leefvorm(reeksen, leefvorm.tabel)
    delen, zonder = _gebieden(reeksen, eigen, vooruit, aandelen, tot)
    brug = maak_brug(eigen, _met_prijs(leefvorm.tabel))
    laatste = naam(int(eigen["nummer"].iloc[-1]))
    bronnen = [_bronzin("Uitgaven, uit " + HERKOMST[herkomst].partition(":")[0], laatste, tot)]
    if eigen["uitkeringen"].notna().any():
        bronnen.append(_bronzin("Aantal uitkeringen", reeksen.laatste_maand, tot))
    let_op = (*(leefvorm.waarschuwingen if herkomst == "normen" else ()), *geen, *zonder)
    let_op = (
        *let_op,
        *delen["eigen"].waarschuwingen,
        *nulmaanden(bestand, tot),
        *_volumewaarschuwing(bestand, eigen),
        *_gaten(eigen),
        *_apart(eigen),
        *_nog_te_komen(eigen),
    )
    return Uitgavenmonitor(
        tabel=pd.concat([als_tabel(k, g) for k, g in delen.items()], ignore_index=True)[list(KOLOMMEN)],
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        laatste_maand=laatste,
        herkomst=herkomst,
        jaren=pd.concat([jaren(k, g) for k, g in delen.items()], ignore_index=True)[list(JAARKOLOMMEN)],
        brug=brug,
        leefvorm=leefvorm.tabel.drop(columns="nummer"),
        vergelijking=vergelijk({k: g.real for k, g in delen.items()}),
        bronnen=tuple(bronnen),
        toelichting=_toelichting(herkomst, leefvorm, delen["eigen"], brug),
        waarschuwingen=tuple(dict.fromkeys(let_op)),
        gebieden=tuple(delen),
    )


def _met_prijs(leefvorm: pd.DataFrame) -> pd.DataFrame:
    """Give a leefvorm without an amount the mean price of its month, where that may speak for it."""
    if leefvorm.empty:
        return leefvorm
    gemiddeld = gemiddelde_prijs(leefvorm).set_index("nummer")["prijs"]
    return leefvorm.assign(prijs=leefvorm["prijs"].fillna(leefvorm["nummer"].map(gemiddeld)))


def _apart(eigen: pd.DataFrame) -> tuple[str, ...]:
    """Tell when holiday allowance is not to be seen in the last twelve months."""
    if eigen["vakantiegeld"].tail(12).notna().any():
        return ()
    return (
        (
            "Vakantiegeld staat niet apart in de uitgaven: de prijs en het bedrag per maand zijn met vakantiegeld, als "
            "het erin zit. Vul de kolom vakantiegeld van [bron.uitgaven] (0 waar het er niet is)."
        ),
    )


def _nog_te_komen(eigen: pd.DataFrame) -> tuple[str, ...]:
    """Tell what the holiday allowance to come rests on, in a year that does not show it apart."""
    s = jaarstand(eigen, int(eigen["nummer"].iloc[-1]) // 12)
    kop = f"Het vakantiegeld van {s.jaar} staat niet apart in de uitgaven."
    vul = "Vul de kolom vakantiegeld van [bron.uitgaven]."
    zinnen = {
        "vorig_jaar": f"{kop} Op jaarbasis is gerekend met wat er in {s.jaar - 1} is betaald, naar de uitgaven per "
        f"maand van nu: {s.vakantiegeld:.0f} euro. {vul}",
        "wet": f"{kop} Van vorig jaar is het ook niet bekend: op jaarbasis is gerekend met het wettelijke aandeel, "
        f"{s.vakantiegeld:.0f} euro. Zit het al in de bedragen per maand, dan telt het dubbel. {vul}",
        "onbekend": f"{kop} Van vorig jaar is het ook niet bekend, en van {s.jaar} is geen wettelijk aandeel bekend: "
        f"geen uitspraak over de uitgaven op jaarbasis. {vul}",
    }
    return (zinnen[s.grond],) if s.grond else ()


def _gaten(eigen: pd.DataFrame) -> tuple[str, ...]:
    """Tell of months without spending between others."""
    n = eigen["nummer"].to_numpy(dtype=np.int64)
    mist = sorted(set(range(int(n[0]), int(n[-1]) + 1)) - set(n.tolist()))
    if not mist:
        return ()
    woorden = ", ".join(naam(m) for m in mist[:6]) + (" ..." if len(mist) > 6 else "")
    return (f"In de uitgaven ontbreken {len(mist)} maanden: {woorden}. Zij tellen niet mee, ook niet als nul.",)
