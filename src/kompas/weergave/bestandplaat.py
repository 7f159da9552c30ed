"""Pictures of the bestandsmonitor: levels scaled, development, in- and outflow, groups; small groups taken together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.catalogusreken import KLEINST
from kompas.fouten import GebruiksFout, naaste
from kompas.monitors.scanvergelijking import VENSTER, verborgen_groepen
from kompas.weergave.getallen import aantal, klein_aantal, maandnaam, percent
from kompas.weergave.lijnen import lijnplaat
from kompas.weergave.platen import Grafiek

TOTAAL = "totaal"
GEBIEDNAAM = {"referentie": "Referentie", "regio": "Regio", "g27": "G27", "nederland": "Nederland"}
SAMEN, _PLUS = "overige (samen)", " + "
_LIJNEN = 6
_MAAL = 4  # a yearly basis is three months times this


def gebiednaam(m: Any, gebied: str) -> str:
    """Return the name of an area as people read it."""
    return str(m.gemeente) if gebied == "eigen" else GEBIEDNAAM.get(gebied, gebied)


def familie(groep: str) -> str:
    """Return the trait a group belongs to.

    Examples
    --------
    >>> familie("gehuwd"), familie("leeftijd=15-24"), familie("totaal")
    ('leefvorm', 'leeftijd', '')
    """
    if groep == TOTAAL:
        return ""
    return groep.partition("=")[0] if "=" in groep else "leefvorm"


def groepnaam(groep: str) -> str:
    """Return a group in words.

    Examples
    --------
    >>> groepnaam("alleenstaande_ouder"), groepnaam("leeftijd=55-aow"), groepnaam("gehuwd + anders")
    ('alleenstaande ouder', '55 tot de AOW-leeftijd', 'gehuwd of samenwonend en anders (samen)')
    """
    if _PLUS in groep:
        return f"{' en '.join(groepnaam(g) for g in groep.split(_PLUS))} (samen)"
    kenmerk, teken, waarde = groep.partition("=")
    if not teken:
        return groep if groep == SAMEN else lees_begrippen().waarde("leefvorm", groep)
    if kenmerk == "leeftijd":
        onder, _, boven = waarde.partition("-")
        return f"{onder} tot de AOW-leeftijd" if boven == "aow" else f"{onder} tot en met {boven} jaar"
    return lees_begrippen().waarde(kenmerk, waarde)


def groepen(m: Any, kenmerk: str) -> pd.DataFrame:
    """Own levels per group of one trait that may be shown: one row per month, a column per group.

    Small groups come together as one column, when that is at least ten.
    """
    f = m.tabel[(m.tabel["gebied"] == "eigen") & (m.tabel["soort"] == "realisatie")]
    f = f[[familie(str(g)) == kenmerk for g in f["groep"]]]
    if f.empty:
        return pd.DataFrame()
    breed = (
        f.pivot_table(index="maand", columns="groep", values="uitkeringen", aggfunc="first")
        .tail(VENSTER)
        .dropna(how="any")
    )
    breed = breed.loc[:, breed.max() > 0]
    weg = verborgen_groepen(breed)
    tonen = breed[[g for g in breed.columns if g not in weg]].copy()
    samen = breed[sorted(weg)].sum(axis=1)
    if len(weg) > 1 and (samen >= KLEINST).all():
        grootte = breed[sorted(weg)].iloc[-1].sort_values(ascending=False, kind="stable")
        tonen[_PLUS.join(map(str, grootte.index)) if len(weg) <= 3 else SAMEN] = samen
    return tonen


def kenmerken(m: Any) -> tuple[str, ...]:
    """Traits by which the own caseload is split."""
    eigen = m.tabel.loc[m.tabel["gebied"] == "eigen", "groep"].unique()
    return tuple(k for k in dict.fromkeys(familie(str(g)) for g in eigen) if k)


def gebiedslijnen(m: Any, *, geschaald: bool = True) -> pd.DataFrame:
    """Return the lines of the levels, scaled, with their forecasts; one band, that of the own municipality."""
    f = m.tabel[m.tabel["groep"] == TOTAAL]
    f = f[f["gebied"] != "eigen"] if is_klein(m) else f
    kolom = "geschaald" if geschaald else "uitkeringen"
    factor = f[kolom] / f["uitkeringen"].where(f["uitkeringen"] > 0)
    gebieden = list(f["gebied"])
    band = f["gebied"] == ("eigen" if "eigen" in gebieden else next(iter(gebieden), ""))
    return pd.DataFrame(
        {
            "maand": f["maand"],
            "lijn": [gebiednaam(m, str(g)) for g in f["gebied"]],
            "waarde": f[kolom],
            "ondergrens": (f["ondergrens"] * factor).where(band),
            "bovengrens": (f["bovengrens"] * factor).where(band),
            "soort": f["soort"],
            "gebied": f["gebied"],
        }
    ).dropna(subset=["waarde"])


def _op_volgorde(f: pd.DataFrame, gebieden: Iterable[str]) -> pd.DataFrame:
    """Own line first; at most as many as a picture can hold."""
    rang = {g: i for i, g in enumerate(gebieden)}
    f = f.assign(rang=f["gebied"].map(rang)).sort_values(["rang", "maand"], kind="stable")
    return f[f["rang"] < _LIJNEN].drop(columns=["rang"])


_VOLGORDE = ("eigen", "referentie", "regio", "g27", "nederland")


def is_klein(m: Any) -> bool:
    """Tell whether the own caseload was below ten in a month that is shown: then no own level is."""
    echt = m.reeks("eigen").query("soort == 'realisatie'")["uitkeringen"]
    return bool(((echt > 0) & (echt < KLEINST)).any())


def _lijnplaat(lijnen: pd.DataFrame, **woorden: Any) -> Grafiek:
    """Draw, or refuse when nothing may be shown."""
    if lijnen.empty:
        raise GebruiksFout(
            "KMP-Z103",
            "er is niets te tekenen: alle reeksen ontbreken of gaan over minder dan 10 huishoudens. to_frame() geeft "
            "de cijfers.",
        )
    return lijnplaat(lijnen, **woorden)


def stand(m: Any) -> Grafiek:
    """Draw the levels, scaled to the own number of households, with the forecasts."""
    f = gebiedslijnen(m)
    if f.empty or not (f["gebied"] != "eigen").any():  # nothing to scale with: the true levels, own line or national
        f = gebiedslijnen(m, geschaald=False)
        f = f[f["gebied"] == ("eigen" if (f["gebied"] == "eigen").any() else f["gebied"].iloc[0])] if len(f) else f
    titel = f"{m.gemeente}: bijstandsuitkeringen, geschaald naar eigen huishoudens"
    return _lijnplaat(_op_volgorde(f, _VOLGORDE), titel=titel, y_titel="Uitkeringen", zinnen=standzinnen(m))


def richtingwoord(r: Mapping[Any, Any]) -> str:
    """Return direction and size of the development over three months, as the screens of 2007 had it.

    Examples
    --------
    >>> richtingwoord({"richting": "dalend", "ontwikkeling_3m": -0.033})
    'Dalend (−3,3%)'
    """
    woord = str(r["richting"]).capitalize()
    return woord if np.isnan(float(r["ontwikkeling_3m"])) else f"{woord} ({percent(r['ontwikkeling_3m'], 1)})"


def standzinnen(m: Any) -> tuple[str, ...]:
    """One sentence per area: scaled level, direction over three months, true level."""
    uit = []
    for r in m.stand.to_dict("records"):
        staart = "; voorlopig cijfer" if r["voorlopig"] else ""
        niveau = f"werkelijk niveau {aantal(r['uitkeringen'])}"
        kop = f"{gebiednaam(m, r['gebied'])}, {maandnaam(r['maand'])}: "
        if r["gebied"] == "eigen":
            kern = f"{klein_aantal(r['uitkeringen'])} uitkeringen"
        elif np.isnan(r["geschaald"]):
            kern = f"{niveau} (niet te schalen)"
        else:
            kern = f"geschaald {aantal(r['geschaald'])}, {niveau}"
        uit.append(f"{kop}{kern}. {richtingwoord(r)} over drie maanden{staart}.")
    return tuple(uit)


def stroom_verborgen(r: Mapping[Any, Any]) -> bool:
    """Tell whether the flows of a year are not shown: one of them, or the level at either end, is 1 to 9.

    Both go, for the levels give the one that is left: begin and inflow less end is the outflow.

    Examples
    --------
    >>> stroom_verborgen({"stand_begin": 28.0, "instroom": 12.0, "uitstroom": 5.0})
    True
    >>> stroom_verborgen({"stand_begin": 280.0, "instroom": 12.0, "uitstroom": 0.0})
    False
    """
    begin, erin, eruit = (float(r[k]) for k in ("stand_begin", "instroom", "uitstroom"))
    return any(0 < round(x) < KLEINST for x in (begin, erin, eruit, begin + erin - eruit))


def stille_gebieden(m: Any) -> frozenset[str]:
    """Areas of which no flow on a yearly basis is shown: somewhere three months are 1 to 9 households.

    One such quarter takes all, and both flows: the others, the year and the levels would give it away.
    """
    f = m.jaarbasis
    drie = f[["instroom", "uitstroom"]].round() / _MAAL
    klein = ((drie > 0) & (drie < KLEINST)).any(axis=1)
    uit = set(f.loc[klein, "gebied"].astype(str)) | {
        str(r["gebied"]) for r in m.stromen.to_dict("records") if stroom_verborgen(r)
    }
    return frozenset(uit | ({"eigen"} if is_klein(m) else set()))


def stilzinnen(m: Any) -> tuple[str, ...]:
    """Why the flows of an area are not in a picture."""
    stil = stille_gebieden(m)
    return tuple(
        f"{gebiednaam(m, str(g))}: in- en uitstroom op jaarbasis niet getoond; in een kwartaal of jaar ging het om "
        "minder dan 10 huishoudens."
        for g in dict.fromkeys(m.jaarbasis["gebied"])
        if g in stil
    )


def getoonde_jaarbasis(m: Any, welke: str) -> pd.DataFrame:
    """Rows of a flow on a yearly basis that may be shown."""
    f = m.jaarbasis.dropna(subset=[f"{welke}_geschaald"])
    return f[~f["gebied"].isin(stille_gebieden(m))]


def stromen(m: Any, welke: str = "instroom") -> Grafiek:
    """Draw the inflow or the outflow on a yearly basis, scaled to the own households."""
    kolom = f"{welke}_geschaald"
    f = getoonde_jaarbasis(m, welke)
    lijnen = pd.DataFrame(
        {
            "maand": f["maand"],
            "lijn": [gebiednaam(m, str(g)) for g in f["gebied"]],
            "waarde": f[kolom],
            "gebied": f["gebied"],
        }
    )
    titel = f"{m.gemeente}: {welke} op jaarbasis (drie maanden maal vier), geschaald naar eigen huishoudens"
    laatste = lijnen.groupby("lijn", sort=False).tail(1)
    zinnen = tuple(f"{r.lijn}: {aantal(r.waarde)} op jaarbasis in {maandnaam(r.maand)}." for r in laatste.itertuples())
    zinnen = (*zinnen, *stilzinnen(m))
    return _lijnplaat(
        _op_volgorde(lijnen, _VOLGORDE), titel=titel, y_titel="Huishoudens per jaar", zinnen=zinnen, vanaf_nul=True
    )


def instroom(m: Any) -> Grafiek:
    """Draw the inflow on a yearly basis."""
    return stromen(m, "instroom")


def uitstroom(m: Any) -> Grafiek:
    """Draw the outflow on a yearly basis."""
    return stromen(m, "uitstroom")


def groepplaat(m: Any, groep: str | None = None) -> Grafiek:
    """Draw the own caseload per group of one trait (``groep``: the name of the trait; default the first).

    Raises
    ------
    GebruiksFout
        ``KMP-U011`` for a trait that the monitor does not have, ``KMP-Z103`` when all groups are below ten.
    """
    er = kenmerken(m)
    kenmerk = groep if groep is not None else next(iter(er), "")
    if kenmerk not in er:
        raise GebruiksFout(
            "KMP-U011",
            f"het bestand is niet verdeeld naar '{kenmerk}'.{naaste(kenmerk, er)} Er is: {', '.join(er) or 'niets'}.",
        )
    breed = groepen(m, kenmerk)
    if len(breed.columns):
        breed = breed[list(breed.iloc[-1].sort_values(ascending=False, kind="stable").index)]
    over = list(breed.columns)[:_LIJNEN]
    lang = breed[over].rename(columns={g: groepnaam(str(g)) for g in over})
    lijnen = lang.reset_index().melt(id_vars="maand", var_name="lijn", value_name="waarde") if over else _LEEG
    titel = f"{m.gemeente}: uitkeringen naar {lees_begrippen().label(kenmerk).lower()}"
    return _lijnplaat(lijnen, titel=titel, y_titel="Uitkeringen")


_LEEG = pd.DataFrame({"maand": [], "lijn": [], "waarde": []}).astype({"maand": object, "lijn": object})
