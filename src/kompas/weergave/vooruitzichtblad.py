"""The outlook as a page and as text: what is expected, who stays and who comes, what a change does, why."""

from __future__ import annotations

import textwrap

import numpy as np

from kompas.begrippen import lees_begrippen
from kompas.monitors.vooruitzicht import Vooruitzicht
from kompas.weergave.getallen import aantal, datum, getal, klein_aantal, maandnaam, percent
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.poortblad import maak_blad
from kompas.weergave.vooruitzichtplaat import (
    KLEIN,
    hoofdzinnen,
    meer_of_minder,
    opbouw,
    opbouwzinnen,
    verloop,
)

REGEL = 80
LEEG = "–"


def _cel(waarde: float, *, verberg: bool = False) -> str:
    if verberg and np.isfinite(waarde):
        return "niet getoond"
    return klein_aantal(round(waarde)) if np.isfinite(waarde) else LEEG


def tabelrijen(v: Vooruitzicht) -> list[list[str]]:
    """The months as text; a flow under ten is hidden together with the one that it could be computed from."""
    rijen = []
    for r in v.tabel.to_dict("records"):
        stroom = min(x for x in (r["instroom"], r["uitstroom"], KLEIN) if not np.isnan(x)) < KLEIN
        delen = min(x for x in (r["blijvers"], r["nieuwe"], KLEIN) if not np.isnan(x)) < KLEIN
        band = f"{aantal(r['ondergrens'])} tot {aantal(r['bovengrens'])}" if np.isfinite(r["ondergrens"]) else LEEG
        rijen.append(
            [
                str(r["maand"]),
                _cel(r["uitkeringen"]),
                band,
                _cel(r["instroom"], verberg=stroom),
                _cel(r["uitstroom"], verberg=stroom),
                _cel(r["blijvers"], verberg=delen),
                _cel(r["nieuwe"], verberg=delen),
            ]
        )
    return rijen


def _tabel(v: Vooruitzicht) -> Tabel:
    koppen = {"Maand": False, "Huishoudens": True, "80%-interval": True, "Instroom": True, "Uitstroom": True}
    was = [[r.maand, klein_aantal(r.uitkeringen), "geteld", LEEG, LEEG] for r in v.realisatie.itertuples()]
    return teksttabel("vooruitzicht-tabel", "Stand en verwachting", koppen, [*was, *(r[:5] for r in tabelrijen(v))])


def _blijverstabel(v: Vooruitzicht) -> Tabel:
    koppen = {"Maand": False, "Huishoudens": True, "Wie er nu al is": True, "Nieuw en er nog": True}
    return teksttabel("blijverstabel", "Wie blijft", koppen, [[r[0], r[1], *r[5:]] for r in tabelrijen(v)])


def _opbouwstuk(v: Vooruitzicht) -> Stuk:
    """The additive build-up of last year and the next."""
    koppen, kolommen = {"Deel": False}, []
    namen = list(dict.fromkeys(v.opbouw["component"]))
    for (van, tot, soort), deel in v.opbouw.groupby(["van", "tot", "soort"], sort=False):
        koppen[f"{maandnaam(van)} tot {maandnaam(tot)}{' (prognose)' if soort == 'prognose' else ''}"] = True
        kolommen.append(deel.set_index("component")["fractie"])
    b = lees_begrippen()
    rijen = [[b.waarde("component", n), *(percent(k[n], 1, leeg=LEEG) for k in kolommen)] for n in namen]
    zin = (
        "De verandering als optelsom: wat het land doet, het eigen aantal huishoudens, de omgeving, voorgenomen "
        "beleid, en wat overblijft. Onbekende delen (–) zitten in wat overblijft."
    )
    return Stuk(zinnen=(zin,), tabel=teksttabel("opbouw", "Opbouw van de verandering", koppen, rijen))


def watalszinnen(v: Vooruitzicht) -> tuple[str, ...]:
    """What each change does a year ahead and at the end."""
    if v.wat_als is None:
        return ()
    zinnen = []
    for _, deel in v.wat_als.groupby("onderdeel", sort=False):
        weet = deel[deel["verschil"].notna()]
        if weet.empty:
            zinnen.append(f"{_hoofdletter(deel['wat'].iloc[0])}: geen uitspraak.")
            continue
        delen = []
        for k in sorted({min(12, len(weet)) - 1, len(weet) - 1}):
            r = weet.iloc[k]
            band = (
                f", 80%-interval {getal(r['ondergrens'], 0)} tot {getal(r['bovengrens'], 0)}"
                if np.isfinite(r["ondergrens"])
                else ""
            )
            woord = meer_of_minder(r["verschil"], r["basis"], "huishoudens")
            delen.append(f"{woord} eind {maandnaam(r['maand'])}{band}")
        zinnen.append(f"{_hoofdletter(deel['wat'].iloc[0])}: {'; '.join(delen)}.")
    return tuple(zinnen)


def _hoofdletter(tekst: str) -> str:
    return tekst[:1].upper() + tekst[1:]


def _toetsstuk(v: Vooruitzicht) -> Stuk | None:
    f = v.terugtoets.dropna(subset=["fout"])
    if f.empty:
        return None
    rijen = [
        [f"{r.maanden_vooruit}", str(r.methode), percent(r.fout, 1), aantal(r.oorsprongen)] for r in f.itertuples()
    ]
    koppen = {"Maanden vooruit": True, "Methode": False, "Fout": True, "Eerdere prognoses": True}
    zin = "Zo ver zaten dezelfde rekenwijzen er eerder naast, met alleen wat toen bekend was."
    return Stuk(kop="Hoe goed ging het eerder", zinnen=(zin,), tabel=teksttabel("fouten", "Fouten", koppen, rijen))


def vooruitzichtdelen(v: Vooruitzicht) -> list[Deel]:
    """Sections of the page."""
    if v.tabel["uitkeringen"].isna().all():
        leeg = Stuk(zinnen=(*hoofdzinnen(v), *v.toelichting))
        return [Deel(id="vooruitzicht", kop="Vooruitzicht", kort="Vooruitzicht", stukken=(leeg,))]
    plaat = verloop(v)
    eerste = Stuk(
        zinnen=hoofdzinnen(v), svg=plaat.tekening, bijschrift=plaat.titel, tabel=_tabel(v), dicht=len(v.tabel) > KLEIN
    )
    delen = [Deel(id="vooruitzicht", kop="Vooruitzicht van het bestand", kort="Vooruitzicht", stukken=(eerste,))]
    if v.tabel["blijvers"].notna().any():
        p = opbouw(v)
        stuk = Stuk(
            zinnen=opbouwzinnen(v),
            svg=p.tekening,
            bijschrift=p.titel,
            tabel=_blijverstabel(v),
            dicht=len(v.tabel) > KLEIN,
        )
        delen.append(Deel(id="blijvers", kop="Wie blijft en wie erbij komt", kort="Blijvers", stukken=(stuk,)))
    if v.wat_als is not None:
        stuk = Stuk(zinnen=("Het verschil met het pad zonder die verandering:",), punten=watalszinnen(v))
        delen.append(Deel(id="wat-als", kop="Wat als", kort="Wat als", stukken=(stuk,)))
    if len(v.opbouw):
        delen.append(
            Deel(id="opbouw-delen", kop="Waar de verandering uit bestaat", kort="Opbouw", stukken=(_opbouwstuk(v),))
        )
    rust = [Stuk(punten=(*v.toelichting, *v.bronnen))]
    toets = _toetsstuk(v)
    delen.append(
        Deel(
            id="vooruitzicht-rust",
            kop="Waar het vooruitzicht op rust",
            kort="Onderbouwing vooruitzicht",
            stukken=tuple(rust if toets is None else [*rust, toets]),
        )
    )
    return delen


def vooruitzichtpagina(v: Vooruitzicht) -> str:
    """Return one HTML page; the same result gives the same text."""
    onder = f"Peildatum {datum(v.peildatum)}."
    return maak_blad(f"Vooruitzicht: {v.gemeente}", onder, vooruitzichtdelen(v), v.waarschuwingen)


def op_regels(zinnen: list[str]) -> str:
    """Sentences on lines of at most 80 columns; an empty one is an empty line."""
    return "\n".join(
        textwrap.fill(z, REGEL, break_long_words=False, break_on_hyphens=False) if z else "" for z in zinnen
    )


def vooruitzichttekst(v: Vooruitzicht) -> str:
    """Return the same for a terminal of 80 columns."""
    regels = [*hoofdzinnen(v), *opbouwzinnen(v), *watalszinnen(v)]
    uit = op_regels(regels)
    if v.tabel["uitkeringen"].notna().any():
        kop = f"{'maand':<9}{'huishoudens':>14}{'80%-interval':>20}{'instroom':>15}{'uitstroom':>15}"
        rijen = [f"{r[0]:<9}{r[1]:>14}{r[2]:>20}{r[3]:>15}{r[4]:>15}" for r in tabelrijen(v)]
        uit = "\n".join([uit, "", kop, *rijen])
    return "\n".join([uit, "", op_regels([*v.toelichting, *v.bronnen])])
