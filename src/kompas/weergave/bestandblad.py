"""The bestandsmonitor as a page and as text: sentences follow from the figures; small groups are not shown."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import lees_begrippen
from kompas.catalogusreken import KLEINST
from kompas.monitors.maanden import naam, nummer
from kompas.monitors.vooruitzicht import Vooruitzicht
from kompas.monitors.watals import AANGENOMEN, INSTROOM
from kompas.weergave.bestandplaat import (
    TOTAAL,
    gebiednaam,
    getoonde_jaarbasis,
    groepen,
    groepnaam,
    groepplaat,
    is_klein,
    kenmerken,
    richtingwoord,
    stand,
    standzinnen,
    stilzinnen,
    stromen,
    stroom_verborgen,
)
from kompas.weergave.getallen import aantal, datum, klein_aantal, maandnaam, percent
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.poortblad import maak_blad
from kompas.weergave.uitvoeringcijfers import NIET_GETOOND
from kompas.weergave.vooruitzichtblad import vooruitzichtdelen, watalszinnen

_STAP = 3
_TERUG = 24
_STREEP, _WEG = "–", "verborgen"
_MET_LIDWOORD = {"referentie": "de referentie", "regio": "de regio", "g27": "de G27", "nederland": "Nederland"}
DEFINITIES = (
    "Percentage volgens CBS: de stroom gedeeld door de stand aan het begin plus de instroom in het jaar.",
    "Percentage volgens Divosa: de stroom gedeeld door de stand aan het begin; dat is hoger.",
)


STROOMZIN = (
    "Niet getoond: een stroom van minder dan 10 huishoudens, en wat die zou verraden: met de standen volgt de ene "
    "stroom uit de andere."
)


def _g(waarde: Any) -> str:
    return aantal(waarde, leeg=_STREEP)


def _p(waarde: Any) -> str:
    return percent(waarde, 1, leeg=_STREEP)


def _k(waarde: Any) -> str:
    return klein_aantal(waarde, leeg=_STREEP)


def _plus(waarde: float) -> str:
    return f"+{aantal(waarde)}" if round(waarde) > 0 else aantal(waarde)


def kernzin(m: Any) -> str:
    """Return the sentence that matters: level, direction, and the difference with the first area."""
    eigen = m.stand[m.stand["gebied"] == "eigen"]
    if eigen.empty:
        return f"Van {m.gemeente} zelf is geen reeks bekend; hieronder staan de andere gebieden."
    r = eigen.iloc[0]
    zin = (
        f"{m.gemeente} telt eind {maandnaam(r['maand'])} {klein_aantal(r['uitkeringen'])} bijstandsuitkeringen. "
        f"{richtingwoord(r)} over drie maanden."
    )
    if is_klein(m):
        return f"{zin.partition('. ')[0]}. Aantallen onder de 10 worden niet getoond."
    return " ".join([zin, *verschilzinnen(m)[:1]])


def verschilzinnen(m: Any) -> tuple[str, ...]:
    """One sentence per area: own level less the scaled level in the last month that both have."""
    f = m.verschillen[m.verschillen["groep"] == TOTAAL]
    f = f.iloc[:0] if is_klein(m) else f
    uit = []
    for gebied, wie in _MET_LIDWOORD.items():
        deel = f[f["gebied"] == gebied]
        if deel.empty:
            continue
        r = deel.iloc[-1]
        richting = "meer" if round(r["verschil"]) > 0 else "minder" if round(r["verschil"]) < 0 else ""
        if not richting:
            uit.append(f"Dat is evenveel als bij de dichtheid van {wie} ({maandnaam(r['maand'])}).")
            continue
        uit.append(
            f"Bij de dichtheid van {wie} waren het er {aantal(r['geschaald'])}: {m.gemeente} heeft er "
            f"{aantal(abs(r['verschil']))} ({percent(abs(r['verschil_fractie']), 1)}) {richting} "
            f"({maandnaam(r['maand'])})."
        )
    return tuple(uit)


def prognosezin(m: Any) -> str:
    """What the own total is expected to be at the end of the forecast; empty without one."""
    f = m.reeks("eigen")
    f = f[f["soort"] == "prognose"]
    if f.empty:
        return ""
    r = f.iloc[-1]
    return (
        f"Verwacht in {maandnaam(r['maand'])}: {aantal(r['uitkeringen'])} uitkeringen (80%-interval "
        f"{aantal(r['ondergrens'])} tot {aantal(r['bovengrens'])})."
    )


def _maandtabel(m: Any) -> Tabel:
    """Scaled levels: the last two years, then a month per quarter of the forecast."""
    f = m.tabel[m.tabel["groep"] == TOTAAL]
    gebieden = list(dict.fromkeys(m.stand["gebied"]))
    laatste = max(nummer(str(x)) for x in m.stand["maand"])
    maanden = [naam(n) for n in range(laatste - _TERUG, laatste + 1)]
    maanden += [naam(n) for n in range(laatste + _STAP, laatste + _TERUG + 1, _STAP)]
    per = f.drop_duplicates(["gebied", "maand"]).set_index(["gebied", "maand"])
    gebieden = [g for g in gebieden if g != "eigen" or not is_klein(m)]
    los = {(g, x) for g, x in m.voorlopig.to_numpy()} if len(m.voorlopig) else set()
    rijen = []
    for maand in maanden:
        cellen = [maandnaam(maand)]
        for g in gebieden:
            r = per.loc[(g, maand)] if (g, maand) in per.index else None
            kolom = "uitkeringen" if g == "eigen" else "geschaald"
            tekst = _STREEP if r is None else _g(r[kolom])
            ster = "*" if (g, maand) in los and tekst != _STREEP else ""
            cellen.append(f"{tekst}{ster}{' (prognose)' if r is not None and r['soort'] == 'prognose' else ''}")
        if any(c != _STREEP for c in cellen[1:]):
            rijen.append(cellen)
    koppen = {"Maand": False} | {gebiednaam(m, g): True for g in gebieden}
    staart = "; * voorlopig" if los else ""
    return teksttabel("bestand-maanden", f"Uitkeringen, geschaald naar eigen huishoudens{staart}", koppen, rijen)


def _standtabel(m: Any) -> Tabel:
    koppen = {"Gebied": False, "Maand": False, "Geschaald": True, "Werkelijk niveau": True, "Drie maanden": True}
    rijen = [
        [
            gebiednaam(m, r["gebied"]),
            maandnaam(r["maand"]),
            _k(r["geschaald"]),
            _k(r["uitkeringen"]),
            _STREEP if r["gebied"] == "eigen" and is_klein(m) else richtingwoord(r),
        ]
        for r in m.stand.to_dict("records")
    ]
    return teksttabel("bestand-stand", "Stand en ontwikkeling per gebied", koppen, rijen)


def _stroomcel(r: Mapping[Any, Any], stroom: str, toon: Callable[[Any], str], weg: str) -> str:
    """A flow of a year, or ``weg``: not that it is below ten, for with the levels that bounds both flows."""
    return weg if stroom_verborgen(r) else toon(r[stroom])


def _stroomdeel_pct(r: Mapping[Any, Any], stroom: str, definitie: str) -> str:
    """A percentage of a flow; not beside a count that is not shown."""
    return _STREEP if stroom_verborgen(r) else _p(r[f"{stroom}_{definitie}"])


def _stroomjaren(m: Any) -> list[dict[Any, Any]]:
    return list(m.stromen.groupby("gebied", sort=False).tail(4).to_dict("records"))


def _stroomtabel(m: Any) -> Tabel:
    koppen = {"Gebied": False, "Periode": False, "Stand begin": True, "Instroom": True, "Uitstroom": True}
    koppen |= {"Instroom CBS": True, "Instroom Divosa": True, "Uitstroom CBS": True, "Uitstroom Divosa": True}
    rijen = [
        [
            gebiednaam(m, r["gebied"]),
            str(r["periode"]),
            _k(r["stand_begin"]),
            *(_stroomcel(r, k, _g, NIET_GETOOND) for k in ("instroom", "uitstroom")),
            *(_stroomdeel_pct(r, k, d) for k in ("instroom", "uitstroom") for d in ("cbs", "divosa")),
        ]
        for r in _stroomjaren(m)
    ]
    return teksttabel("bestand-stromen", "In- en uitstroom per jaar, met beide percentages", koppen, rijen)


def _jaarbasistabel(m: Any, welke: str) -> Tabel:
    """Figures of a picture of flows: every third month."""
    f = getoonde_jaarbasis(m, welke)
    breed = f.pivot_table(index="maand", columns="gebied", values=f"{welke}_geschaald", aggfunc="first")
    breed = breed[[g for g in m.stand["gebied"] if g in breed.columns]].iloc[::-_STAP].iloc[::-1]
    rijen = [[maandnaam(str(i)), *(_g(x) for x in rij)] for i, rij in zip(breed.index, breed.to_numpy(), strict=True)]
    koppen = {"Maand": False} | {gebiednaam(m, str(g)): True for g in breed.columns}
    return teksttabel(f"bestand-{welke}", f"{welke.capitalize()} op jaarbasis, geschaald", koppen, rijen)


def _groeptabel(m: Any, kenmerk: str) -> Tabel:
    """Own groups now and a year ago, and beside the first area that has them."""
    breed = groepen(m, kenmerk)
    laatste = str(breed.index[-1])
    eerder = naam(nummer(laatste) - 12)
    totaal = m.reeks("eigen").set_index("maand")["uitkeringen"]
    totaal = totaal[~totaal.index.duplicated()]
    f = m.verschillen[m.verschillen["maand"] == laatste]
    ander = next((g for g in ("referentie", "regio", "g27", "nederland") if (f["gebied"] == g).any()), None)
    ref = f[f["gebied"] == ander].set_index("groep") if ander is not None else pd.DataFrame()
    rijen = []
    for g in breed.columns:
        nu = float(breed[g].iloc[-1])
        toen = float(breed[g].get(eerder, np.nan))
        cellen = [groepnaam(str(g)), _g(nu), _p(nu / totaal[laatste]), _g(toen), _p(nu / toen - 1 if toen else np.nan)]
        if len(ref):
            erbij = [_g(ref.loc[g, "geschaald"]), _plus(float(ref.loc[g, "verschil"]))] if g in ref.index else None
            cellen += erbij or [_STREEP, _STREEP]
        rijen.append(cellen)
    kop = lees_begrippen().label(kenmerk)
    koppen = {kop: False, maandnaam(laatste).capitalize(): True, "Aandeel": True, maandnaam(eerder).capitalize(): True}
    koppen |= {"Verandering": True}
    if len(ref):
        koppen |= {f"{gebiednaam(m, str(ander))} geschaald": True, "Verschil": True}
    return teksttabel(f"bestand-{kenmerk}", f"Uitkeringen naar {kop.lower()}", koppen, rijen)


def _groepdeel(m: Any) -> Deel | None:
    stukken = []
    for kenmerk in kenmerken(m):
        breed = groepen(m, kenmerk)
        kop = lees_begrippen().label(kenmerk)
        if breed.empty or not len(breed.columns):
            stukken.append(Stuk(kop=kop, zinnen=("Alle groepen zijn kleiner dan 10: zij worden niet getoond.",)))
            continue
        plaat = groepplaat(m, kenmerk)
        stukken.append(
            Stuk(
                kop=kop, zinnen=plaat.zinnen, svg=plaat.tekening, bijschrift=plaat.titel, tabel=_groeptabel(m, kenmerk)
            )
        )
    if not stukken:
        return None
    uitleg = Stuk(
        zinnen=(
            "Groepen van minder dan 10, en wat die zou verraden, staan samen onder 'overige' of worden weggelaten.",
        )
    )
    return Deel(id="bestand-groepen", kop="Groepen", kort="Groepen", stukken=(*stukken, uitleg))


def _stroomdeel(m: Any) -> Deel | None:
    if m.stromen.empty and m.jaarbasis.empty:
        return None
    stukken = []
    if getoonde_jaarbasis(m, "instroom").empty:
        stukken += [Stuk(zinnen=z) for z in (stilzinnen(m),) if z]
    else:
        for welke in ("instroom", "uitstroom"):
            plaat = stromen(m, welke)
            tabel = _jaarbasistabel(m, welke)
            stukken.append(
                Stuk(zinnen=plaat.zinnen, svg=plaat.tekening, bijschrift=plaat.titel, tabel=tabel, dicht=True)
            )
    if len(m.stromen):
        weg = (STROOMZIN,) if any(stroom_verborgen(r) for r in _stroomjaren(m)) else ()
        stukken.append(Stuk(zinnen=(*DEFINITIES, *weg), tabel=_stroomtabel(m)))
    return Deel(id="bestand-stromen-deel", kop="In- en uitstroom", kort="In- en uitstroom", stukken=tuple(stukken))


def _gemeentedeel(m: Any) -> Deel | None:
    if m.ranglijst.empty:
        return None
    f = m.ranglijst
    soort = {"sterkste": "sterkste daling", "minst_sterke": "minst sterke daling", "eigen": m.gemeente}
    soort |= {"nederland": "Nederland"}
    rijen = [
        [
            _STREEP if np.isnan(r["plaats"]) else f"{r['plaats']:.0f} van {r['van']}",
            m.gemeente if r["regio"] == m.regio else str(r["regio"]),
            _p(r["ontwikkeling"]),
            soort[r["deel"]],
        ]
        for r in f.to_dict("records")
    ]
    koppen = {"Plaats": False, "Gemeente": False, "Ontwikkeling in het jaar": True, "Wat": False}
    jaar = int(f["jaar"].iloc[0])
    zin = (
        f"Personen met bijstand tot de AOW-leeftijd, eind {jaar} tegen eind {jaar - 1}; gemeenten vanaf 60.000 "
        "inwoners. Het zijn personen, geen huishoudens: vergelijk de percentages, niet de aantallen."
    )
    tabel = teksttabel("bestand-ranglijst", f"Ontwikkeling per gemeente in {jaar} (CBS)", koppen, rijen)
    return Deel(id="bestand-gemeenten", kop="Gemeenten", kort="Gemeenten", stukken=(Stuk(zinnen=(zin,), tabel=tabel),))


def _standplaat(m: Any) -> tuple[Stuk, ...]:
    """The picture of the levels with its figures; nothing when no level may be shown."""
    if is_klein(m) and set(m.stand["gebied"]) == {"eigen"}:
        return ()
    plaat = stand(m)
    return (Stuk(zinnen=standzinnen(m), svg=plaat.tekening, bijschrift=plaat.titel, tabel=_maandtabel(m), dicht=True),)


def bestanddelen(m: Any) -> list[Deel]:
    """Sections: levels, flows, groups, municipalities, what it rests on."""
    zinnen = tuple(z for z in (kernzin(m), *verschilzinnen(m)[1:], prognosezin(m)) if z)
    kern = Deel(
        id="bestand",
        kop="Bestand",
        kort="Bestand",
        stukken=(
            Stuk(zinnen=zinnen, tabel=_standtabel(m)),
            *_standplaat(m),
        ),
    )
    basis = Deel(
        id="bestand-basis",
        kop="Waar dit op rust",
        kort="Herkomst",
        stukken=(Stuk(zinnen=("Gebruikte reeksen:",), punten=m.bronnen), Stuk(zinnen=m.toelichting)),
    )
    vooruit = vooruitzichtdelen(m.vooruitzicht) if isinstance(m.vooruitzicht, Vooruitzicht) else []
    return [d for d in (kern, *vooruit, _stroomdeel(m), _groepdeel(m), _gemeentedeel(m), basis) if d is not None]


def bestandpagina(m: Any) -> str:
    """Return one HTML page; the same result gives the same text."""
    onder = f"Peildatum {datum(m.peildatum)}; eigen cijfers tot en met {maandnaam(m.laatste_maand)}."
    return maak_blad(f"Bestandsmonitor {m.gemeente}", onder, bestanddelen(m), m.waarschuwingen)


def kort(waarde: Any) -> str:
    """Return a count for a narrow column; below ten only that it is.

    Examples
    --------
    >>> kort(2700), kort(4), kort(0)
    ('2.700', '<10', '0')
    """
    return "<10" if 0 < waarde < KLEINST else _g(waarde)


def _aangenomen(v: Vooruitzicht) -> bool:
    """Tell whether the path holds a change of the inflow, which is assumed and not estimated."""
    f = v.wat_als
    return f is not None and bool((f["verschil"].notna() & (f["onderdeel"] == INSTROOM)).any())


def bestandtekst(m: Any) -> str:
    """Return the same for a terminal of 80 columns."""
    regels = textwrap.wrap(" ".join(z for z in (kernzin(m), prognosezin(m)) if z), 80)
    if isinstance(m.vooruitzicht, Vooruitzicht):
        regels += [r for zin in watalszinnen(m.vooruitzicht) for r in ("", *textwrap.wrap(f"Wat als. {zin}", 80))]
        if _aangenomen(m.vooruitzicht):
            regels += ["", *textwrap.wrap(AANGENOMEN, 80)]
    regels += ["", f"{'gebied':<22}{'maand':<9}{'geschaald':>11}{'werkelijk':>12}  drie maanden"]
    for r in m.stand.to_dict("records"):
        wie = gebiednaam(m, r["gebied"])[:21]
        ster = "*" if r["voorlopig"] else ""
        woord = _STREEP if r["gebied"] == "eigen" and is_klein(m) else richtingwoord(r)
        regels.append(f"{wie:<22}{r['maand']:<9}{kort(r['geschaald']):>11}{kort(r['uitkeringen']) + ster:>12}  {woord}")
    jaren = m.stromen[m.stromen["gebied"] == "eigen"].tail(3)
    if len(jaren):
        regels += [
            "",
            f"{'periode':<22}{'begin':>8}{'instroom':>10}{'uitstroom':>11}{'uit CBS':>9}{'Divosa':>9}",
        ]
        regels += [
            f"{r['periode']:<22}{kort(r['stand_begin']):>8}{_stroomcel(r, 'instroom', _g, _WEG):>10}"
            f"{_stroomcel(r, 'uitstroom', _g, _WEG):>11}"
            f"{_stroomdeel_pct(r, 'uitstroom', 'cbs'):>9}{_stroomdeel_pct(r, 'uitstroom', 'divosa'):>9}"
            for r in jaren.to_dict("records")
        ]
        if any(stroom_verborgen(r) for r in jaren.to_dict("records")):
            regels += ["", *textwrap.wrap(STROOMZIN.replace("Niet getoond", _WEG.capitalize()), 80)]
    for zin in (*verschilzinnen(m)[1:], *m.toelichting):
        regels += ["", *textwrap.wrap(zin, 80)]
    return "\n".join(regels)
