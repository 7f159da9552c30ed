"""The uitvoeringsmonitor as sections, a page and text: figures with their definition, a cause before a measure."""

from __future__ import annotations

import textwrap
from typing import Any

import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.monitors.kengetallen import KENGETALLEN
from kompas.monitors.kengetalvorm import WERKSTROMEN
from kompas.monitors.signaal import GEEN, GROEN, ORANJE, ROOD
from kompas.weergave.getallen import aantal, datum, getal, maandnaam, som_op
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.poortblad import maak_blad
from kompas.weergave.uitvoeringcijfers import (
    NIET_GETOOND,
    STREEP,
    VERBERGZIN,
    stand,
    trechterverborgen,
    verschil,
    waarde,
)
from kompas.weergave.uitvoeringplaat import signalen, trechterplaat, trechterrijen

EERST_OORZAAK = "Noteer eerst de oorzaak ([[oorzaak]] in kompas.toml)."
_NIVEAUS = {"management": "Gemeente", "teamleider": "Afdeling", "team": "Team", "klantmanager": "Klantmanager"}
KOPPEN = {
    "Kengetal": False,
    "Realisatie": True,
    "Norm": True,
    "Norm tot nu": True,
    "Afwijking": True,
    "Verwacht": True,
    "Prognose jaareinde": True,
    "Signaal": False,
}


def eenheidnaam(niveau: object, eenheid: object) -> str:
    """Return the name of a unit with its level, once.

    Examples
    --------
    >>> eenheidnaam("teamleider", "Noord"), eenheidnaam("team", "Team 1"), eenheidnaam("team", "Zuid")
    ('Afdeling Noord', 'Team 1', 'Team Zuid')
    """
    soort, naam = _NIVEAUS.get(str(niveau), str(niveau)), str(eenheid)
    return naam if naam.lower().startswith(soort.lower()) else f"{soort} {naam}"


def naam_van(code: str) -> str:
    """Return the heading of a kengetal."""
    return KENGETALLEN[code].label


def kernzinnen(u: Any) -> tuple[str, ...]:
    """What matters in the last month: how many signals, which are red, which have no cause yet."""
    f = stand(u)
    eigen = f[(f["niveau"] == f["niveau"].iloc[0]) & (f["eenheid"] == f["eenheid"].iloc[0])]
    met = eigen[eigen["signaal"] != GEEN]
    wie, maand = eigen["eenheid"].iloc[0], maandnaam(u.laatste_maand)
    if met.empty:
        return (f"{wie}, {maand}: geen enkel kengetal heeft een norm, dus er is geen signaal.",)
    n = {s: int((met["signaal"] == s).sum()) for s in (ROOD, ORANJE, GROEN)}
    kop = (
        f"{wie}, {maand}: van {aantal(len(met))} kengetallen met een norm {'is' if n[ROOD] == 1 else 'zijn'} er "
        f"{aantal(n[ROOD])} rood, {aantal(n[ORANJE])} oranje en {aantal(n[GROEN])} groen."
    )
    uit = [kop]
    rood = met.loc[met["signaal"] == ROOD, "kengetal"].tolist()
    if rood:
        uit.append(f"Rood: {som_op([naam_van(c)[0].lower() + naam_van(c)[1:] for c in rood])}.")
    zonder = int((u.rood["oorzaak"] == "").sum())
    alle = f"{aantal(len(u.rood))} rode signalen{'' if u.klantmanager else ' (ook van afdelingen en teams)'}"
    if zonder and zonder == len(u.rood):
        uit.append(f"Van geen van de {alle} is de oorzaak genoteerd.")
    elif zonder:
        uit.append(f"Van {alle} {'is' if zonder == 1 else 'zijn'} er {aantal(zonder)} zonder genoteerde oorzaak.")
    elif len(u.rood):
        uit.append(f"Van alle {alle} is de oorzaak genoteerd.")
    return tuple(uit)


def cijferrij(r: Any, kop: str) -> list[str]:
    """Cells of one row; a hidden row keeps its norm and its signal."""
    code = str(r.kengetal)
    woord = lees_begrippen().waarde("signaal", str(r.signaal))
    norm = [waarde(code, r.norm), waarde(code, r.norm_tot_nu)]
    if r.verborgen:
        return [kop, NIET_GETOOND, *norm, *[NIET_GETOOND] * 3, woord]
    cijfers = [verschil(code, r.afwijking), waarde(code, r.verwacht), waarde(code, r.prognose)]
    return [kop, waarde(code, r.realisatie), *norm, *cijfers, woord]


def _hoofdtabel(f: pd.DataFrame, werkstroom: str, bijschrift: str) -> Tabel:
    deel = f[f["werkstroom"] == werkstroom]
    rijen = [cijferrij(r, naam_van(str(r.kengetal))) for r in deel.itertuples()]
    return teksttabel(f"uitvoering-tabel-{werkstroom}", bijschrift, KOPPEN, rijen)


def _eenhedentabel(f: pd.DataFrame, code: str) -> Tabel:
    """One kengetal by unit: the town, afdelingen by name, teams by name."""
    koppen = {"Eenheid": False} | {k: g for k, g in KOPPEN.items() if k != "Kengetal"}
    rijen = [
        cijferrij(r, eenheidnaam(r.niveau, r.eenheid))
        for r in f[f["kengetal"] == code].itertuples()
        if r.niveau != "management"
    ]
    return teksttabel(f"uitvoering-eenheden-{code}", f"{naam_van(code)} per afdeling en team", koppen, rijen)


def _werkstroomdeel(u: Any, f: pd.DataFrame, werkstroom: str) -> Deel | None:
    b = lees_begrippen()
    naam = b.waarde("werkstroom", werkstroom)
    top = f[f["niveau"] == f["niveau"].iloc[0]]
    er = [c for c, k in KENGETALLEN.items() if k.werkstroom == werkstroom and (f["kengetal"] == c).any()]
    weg = u.afwezig[[KENGETALLEN[c].werkstroom == werkstroom for c in u.afwezig["kengetal"]]]
    punten = tuple(f"{naam_van(r.kengetal)}: geen cijfer. {r.reden}" for r in weg.itertuples())
    if not er and not punten:
        return None
    kop = f"{naam[0].upper()}{naam[1:]}: {top['eenheid'].iloc[0]}, {maandnaam(u.laatste_maand)}"
    stukken = [Stuk(tabel=_hoofdtabel(top, werkstroom, kop), punten=punten)]
    per_eenheid = [c for c in er if set(f.loc[f["kengetal"] == c, "niveau"]) & {"teamleider", "team"}]
    stukken += [Stuk(tabel=_eenhedentabel(f, c), dicht=True) for c in per_eenheid]
    return Deel(
        id=f"uitvoering-{werkstroom}",
        kop=f"{naam[0].upper()}{naam[1:]}",
        kort=f"{naam[0].upper()}{naam[1:]}",
        stukken=tuple(stukken),
    )


def rooddeel(u: Any, niveau: str | None = None, eenheid: str | None = None) -> Deel | None:
    """Every red signal with its cause, of one unit when named; a measure only when there is a cause."""
    rood = u.rood
    if niveau is not None:
        rood = rood[(rood["niveau"] == niveau) & (rood["eenheid"] == eenheid)]
        if rood.empty:
            return None
    koppen = {"Waar": False, "Kengetal": False, "Oorzaak": False, "Maatregel": False, "Door": False}
    rijen = [
        [
            eenheidnaam(r.niveau, r.eenheid),
            naam_van(r.kengetal),
            f"{r.oorzaak} ({maandnaam(r.oorzaak_maand)})" if r.oorzaak else EERST_OORZAAK,
            (r.maatregel or "nog geen") if r.oorzaak else STREEP,
            r.door or STREEP,
        ]
        for r in rood.itertuples()
    ]
    zin = "Een rood signaal vraagt eerst om een oorzaak; pas dan om een maatregel."
    tabel = teksttabel("uitvoering-rode-signalen", "Oorzaak en maatregel bij elk rood signaal", koppen, rijen)
    return Deel(id="uitvoering-rood", kop="Rode signalen", kort="Rood", stukken=(Stuk(zinnen=(zin,), tabel=tabel),))


def _trechterdeel(u: Any, f: pd.DataFrame) -> Deel | None:
    stukken, weg = [], trechterverborgen(u, f)
    for code in ("uitstroom_werk", "uitstroom"):
        plaat = trechterplaat(u, code, weg=weg)
        rijen = pd.concat([trechterrijen(u, code, n, weg=weg) for n in ("teamleider", "team")], ignore_index=True)
        if rijen.empty:
            continue
        koppen = {"Eenheid": False, "Waargenomen": True, "Verwacht": True, "Waargenomen / verwacht": True}
        koppen |= {"Grenzen (95%)": True, "Oordeel": False}
        cellen = [
            [
                eenheidnaam(r.niveau, r.eenheid),
                aantal(r.waargenomen),
                aantal(r.verwacht),
                getal(r.verhouding, 2),
                f"{getal(r.laag_95, 2)} tot {getal(r.hoog_95, 2)}",
                r.oordeel,
            ]
            for r in rijen.itertuples()
        ]
        tabel = teksttabel(f"uitvoering-trechter-{code}", f"{naam_van(code)}, laatste twaalf maanden", koppen, cellen)
        stukken.append(Stuk(kop=naam_van(code), svg=plaat.tekening, bijschrift=plaat.titel, tabel=tabel))
    if not stukken:
        return None
    phi = float(u.trechter["spreiding"].max())
    zinnen = [u.toelichting[-1]]
    if phi > 1:
        zinnen.append(
            f"Teams verschillen meer dan toeval alleen verklaart (spreiding tot {getal(phi, 1)}); de grenzen zijn "
            "daarop verruimd."
        )
    return Deel(
        id="uitvoering-trechter",
        kop="Teams en afdelingen vergeleken",
        kort="Trechter",
        stukken=(Stuk(zinnen=tuple(zinnen)), *stukken),
    )


def _normdeel(u: Any) -> Deel | None:
    t = u.taakstellingen
    if t.empty:
        return None
    t = t if not u.klantmanager else t[t["niveau"] == "management"]
    koppen = {"Kengetal": False, "Waar": False, "Jaar": True, "Norm": True, "Versie": False, "Vastgesteld op": False}
    koppen |= {"Door": False, "Geldt": False}
    rijen = [
        [
            naam_van(r.kengetal) if r.kengetal in KENGETALLEN else str(r.kengetal),
            f"{_NIVEAUS.get(str(r.niveau), str(r.niveau))} {r.eenheid or ''}".strip(),
            str(r.jaar),
            waarde(r.kengetal, r.norm) if r.kengetal in KENGETALLEN else getal(r.norm, 2),
            STREEP if pd.isna(r.versie) else str(r.versie),
            datum(r.vastgesteld_op, leeg=STREEP),
            STREEP if pd.isna(r.vastgesteld_door) else str(r.vastgesteld_door),
            "ja" if r.geldt else "nee",
        ]
        for r in t[t["niveau"] != "klantmanager"].itertuples()
    ]
    tabel = teksttabel("uitvoering-taakstellingen", "Taakstellingen: alle versies", koppen, rijen)
    zin = "Van elke taakstelling geldt de laatste versie die op de peildatum was vastgesteld."
    return Deel(
        id="uitvoering-normen",
        kop="Taakstellingen",
        kort="Normen",
        stukken=(Stuk(zinnen=(zin,), tabel=tabel, dicht=True),),
    )


def _definitiedeel(u: Any) -> Deel:
    er = set(u.tabel["kengetal"])
    d = u.definities[u.definities["kengetal"].isin(er)]
    koppen = {"Kengetal": False, "Definitie": False, "Over": False, "Beter is": False}
    rijen = [[r.label, r.definitie, r.telwijze, r.richting] for r in d.itertuples()]
    tabel = teksttabel("uitvoering-kengetallen", "Wat elk kengetal telt", koppen, rijen)
    return Deel(
        id="uitvoering-definities",
        kop="Definities en leeswijzer",
        kort="Definities",
        stukken=(Stuk(punten=(*u.toelichting, *u.bronnen)), Stuk(tabel=tabel, dicht=True)),
    )


def uitvoeringdelen(u: Any) -> list[Deel]:
    """Sections: what matters, red signals with their causes, the four streams, the funnel, targets, definitions."""
    f = stand(u)
    plaat = signalen(u)
    zinnen = kernzinnen(u) + ((VERBERGZIN,) if f["verborgen"].any() else ())
    kop = Deel(
        id="uitvoering",
        kop=f"Uitvoering: {f['eenheid'].iloc[0]}, {maandnaam(u.laatste_maand)}",
        kort="Overzicht",
        stukken=(Stuk(zinnen=zinnen, svg=plaat.tekening, bijschrift=plaat.titel, tabel=_overzicht(f)),),
    )
    stromen = [_werkstroomdeel(u, f, w) for w in WERKSTROMEN]
    losse = [*stromen, _trechterdeel(u, f), _normdeel(u), _definitiedeel(u)]
    return [kop, *(d for d in (rooddeel(u), *losse) if d is not None)]


def _overzicht(f: pd.DataFrame) -> Tabel:
    """The kengetallen with a norm of the town: the table under the picture."""
    top = f[(f["niveau"] == f["niveau"].iloc[0]) & (f["signaal"] != GEEN)]
    rijen = [cijferrij(r, naam_van(str(r.kengetal))) for r in top.itertuples()]
    return teksttabel("uitvoering-overzicht", "Kengetallen met een norm", KOPPEN, rijen)


def uitvoeringpagina(u: Any) -> str:
    """Return one HTML page; the same result gives the same text."""
    titel = f"Uitvoeringsmonitor: {u.gemeente}"
    return maak_blad(titel, f"Peildatum {datum(u.peildatum)}. {u.bronnen[0]}", uitvoeringdelen(u), u.waarschuwingen)


def uitvoeringtekst(u: Any) -> str:
    """Return the same for a terminal of 80 columns."""
    f = stand(u)
    top = f[(f["niveau"] == f["niveau"].iloc[0]) & (f["eenheid"] == f["eenheid"].iloc[0])]
    regels = [*(r for z in kernzinnen(u) for r in textwrap.wrap(z, 80)), ""]
    regels.append(f"{'kengetal':<33}{'realisatie':>13}{'norm tot nu':>13}{'jaareinde':>12}  signaal")
    for r in top.itertuples():
        code = str(r.kengetal)
        echt = NIET_GETOOND if r.verborgen else waarde(code, r.realisatie)
        straks = STREEP if r.verborgen else waarde(code, r.prognose)
        naam = textwrap.shorten(naam_van(code), 33, placeholder="…")
        regels.append(f"{naam:<33}{echt:>13}{waarde(code, r.norm_tot_nu):>13}{straks:>12}  {r.signaal}")
    if len(u.rood):
        regels += ["", "Rode signalen: eerst de oorzaak"]
        for r in u.rood.itertuples():
            wat = f"- {eenheidnaam(r.niveau, r.eenheid)}, {naam_van(r.kengetal)}: "
            wat += (
                f"{r.oorzaak}. Maatregel: {r.maatregel or 'nog geen'}." if r.oorzaak else "nog geen oorzaak genoteerd."
            )
            regels += textwrap.wrap(wat, 80, subsequent_indent="  ")
    weg = [f"{naam_van(r.kengetal)}: geen cijfer. {r.reden}" for r in u.afwezig.itertuples()]
    if f["verborgen"].any():
        weg.append(VERBERGZIN)
    for zin in (*weg, *u.waarschuwingen, *u.bronnen):
        regels += ["", *textwrap.wrap(zin, 80)]
    return "\n".join(regels)
