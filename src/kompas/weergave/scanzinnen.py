"""The sentences of a scan: each is made from its figure and changes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from kompas.monitors.scan import NAMEN, Scan
from kompas.monitors.scanconclusies import MOGELIJK
from kompas.weergave.getallen import aantal, euro, getal, maandnaam, percent, som_op
from kompas.weergave.scanwoorden import (
    GEEN_VERSCHIL,
    groepnaam,
    meer_minder,
    miljoen,
    omvang,
    periodenaam,
    verandering,
)

ONDERDELEN = {
    "samenstelling": "Samenstelling van de huishoudens",
    "instroom": "Instroom",
    "uitstroom": "Uitstroom",
    "historie": "Historie",
    "totaal": "Verschil in bestand",
    "gelijke_samenstelling": "Verschil bij gelijke samenstelling",
}


def ontwikkelingzinnen(s: Scan) -> tuple[str, ...]:
    """Section 1: what happened in the last whole year, here and elsewhere."""
    uit = []
    f = s.ontwikkeling[s.ontwikkeling["soort"] == "jaar"] if len(s.ontwikkeling) else s.ontwikkeling
    for r in f.to_dict("records"):
        waar = f"in {s.gemeente}" if r["gebied"] == "eigen" else f"in {NAMEN[r['gebied']]}"
        delen = [verandering(float(r["volume"]), "het bestand")]
        delen.append(verandering(float(r["uitgaven_verandering"]), "de uitgaven"))
        gezegd = [d for d in delen if d]
        if gezegd:
            uit.append(f"In {s.jaar} {' en '.join(gezegd)} {waar}.")
    return (*uit, *resultaatzinnen(s))


def resultaatzinnen(s: Scan) -> tuple[str, ...]:
    """The result of the last whole year, beside that of the country."""
    r = s.resultaat[s.resultaat["jaar"] == s.jaar]
    if r.empty:
        return ()
    saldo, deel = float(r["saldo"].iloc[0]), float(r["saldo_fractie"].iloc[0])
    woord = "een overschot" if saldo >= 0 else "een tekort"
    eigen = f"Het resultaat over {s.jaar} is {woord} van {miljoen(abs(saldo))}{_van_budget(deel)}."
    if np.isnan(s.landelijk):
        return (eigen,)
    land = f"{percent(s.landelijk, 1)} van het macrobudget" if abs(s.landelijk) >= 0.0005 else "nul: quitte"
    return eigen, f"Landelijk was het resultaat {land}."


def _van_budget(deel: float) -> str:
    """A balance as a part of the budget; of a budget of nothing there is no part."""
    return ", bij een budget van 0 of minder" if np.isnan(deel) else f" ({percent(abs(deel), 1)} van het budget)"


def standzinnen(s: Scan) -> tuple[str, ...]:
    """Section 2: the stock against the area, at the start, at its widest and now."""
    f = s.standen[s.standen["gebied"] == s.gebied]
    if f.empty:
        return ()
    nu, hoogst = f.iloc[-1].to_dict(), f.iloc[int(f["verschil"].abs().to_numpy().argmax())].to_dict()
    kop = (
        f"Eind {maandnaam(nu['maand'])} telt {s.gemeente} {aantal(nu['eigen'])} huishoudens met bijstand: "
        f"{meer_minder(nu, f'dan bij de bijstandsdichtheid van {s.vergelijk}')}."
    )
    uit = [kop]
    if hoogst["maand"] != nu["maand"]:
        uit.append(
            f"Het verschil was het grootst eind {maandnaam(hoogst['maand'])}: {aantal(hoogst['eigen'])} huishoudens, "
            f"{meer_minder(hoogst)}."
        )
    for gebied, deel in s.standen[s.standen["gebied"] != s.gebied].groupby("gebied", sort=False):
        r = deel.iloc[-1]
        uit.append(f"Bij de dichtheid van {NAMEN[str(gebied)]} zouden het er {aantal(r['geschaald'])} zijn.")
    return tuple(uit)


def stroomzinnen(s: Scan, stroom: str) -> tuple[str, ...]:
    """Section 2: one flow in the first whole year and in the last twelve months."""
    f = s.stromen[(s.stromen["gebied"] == s.gebied) & (s.stromen["stroom"] == stroom)]
    jaren, nu = f[f["soort"] == "jaar"].head(1), f[f["soort"] == "twaalf"]
    kies = [r for d in (jaren, nu) for r in d.to_dict("records")]
    werk = "kwamen" if stroom == "instroom" else "vertrokken"
    waar = "in de bijstand" if stroom == "instroom" else "uit de bijstand"
    return tuple(
        f"In {periodenaam(str(r['periode']))} {werk} {aantal(r['eigen'])} huishoudens {waar}: "
        f"{meer_minder(r, f'dan naar verhouding in {s.vergelijk}')}."
        for r in kies
    )


def groepzinnen(s: Scan) -> tuple[str, ...]:
    """Section 2: the groups whose number differs from the area beyond noise; and those for which it is not shown."""
    f = s.groepen
    if f.empty:
        return ()
    nu = f[f["maand"] == f["maand"].max()]
    uit = [
        f"{groepnaam(str(r['groep'])).capitalize()}: {aantal(r['eigen'])}, {meer_minder(r)}. {_naar_eigen(r)}".strip()
        for r in nu[nu["oordeel"].isin(["hoger", "lager"])].to_dict("records")
    ]
    rest = [groepnaam(str(g)) for g in nu.loc[~nu["oordeel"].isin(["hoger", "lager"]), "groep"]]
    return (*uit, f"Bij {som_op(rest)} is {GEEN_VERSCHIL}.") if rest else tuple(uit)


def _naar_eigen(r: Mapping[Any, Any]) -> str:
    """The same against the households of that kind; empty when unknown."""
    if np.isnan(float(r["verschil_groep"])):
        return ""
    deel = {k: r[f"{k}_groep"] for k in ("verschil", "ondergrens", "bovengrens", "oordeel")}
    return f"Naar het aantal huishoudens van die soort dat hier woont: {meer_minder(deel)}."


def reductiezinnen(s: Scan) -> tuple[str, ...]:
    """Section 3: what each part would bring."""
    if s.reductie is None:
        return ()
    totaal = s.reductie.deel("totaal").to_dict()
    kop = f"Het bestand telt er {meer_minder(totaal, f'dan bij de bijstandsdichtheid van {s.vergelijk}')}."
    delen = s.reductie.tabel[s.reductie.tabel["onderdeel"] != "totaal"].to_dict("records")
    return (kop, *(_onderdeelzin(r, s.vergelijk) for r in delen))


def _onderdeelzin(r: Mapping[Any, Any], wie: str) -> str:
    """What one part of the difference comes to."""
    naam = str(r["onderdeel"])
    if np.isnan(float(r["verschil"])):
        return f"{ONDERDELEN[naam]}: geen uitspraak."
    if naam in {"instroom", "uitstroom"}:
        zou = omvang(r, "kleiner", "groter")
        return f"Bij de {naam}kans van {wie} is het bestand op den duur {zou}."
    begin = {
        "samenstelling": "Door de soorten huishoudens die er wonen, is het bestand ",
        "historie": "Doordat het bestand nog niet is waar de huidige stromen het brengen, is het ",
        "gelijke_samenstelling": f"Met dezelfde soorten huishoudens als in {wie} is het bestand ",
    }[naam]
    return f"{begin}{omvang(r, 'groter', 'kleiner')}."


def vooruitzin(s: Scan) -> tuple[str, ...]:
    """Section 5: where the caseload goes."""
    r = _een(s.conclusies, "bestand_vooruit")
    if r is None or r["oordeel"] == "geen_uitspraak":
        return ()
    band = f"80%-interval {aantal(r['vergelijk'] + r['ondergrens'])} tot {aantal(r['vergelijk'] + r['bovengrens'])}"
    zin = f"Het bestand komt eind {maandnaam(str(r['periode']))} naar verwachting op {aantal(r['eigen'])} ({band})"
    slot = {
        "ja": f"; dat is een daling vanaf {aantal(r['vergelijk'])} nu.",
        "nee": f"; dat is een stijging vanaf {aantal(r['vergelijk'])} nu.",
    }.get(str(r["oordeel"]), f"; of dat meer of minder is dan de {aantal(r['vergelijk'])} van nu, staat niet vast.")
    return (zin + slot,)


def _een(f: pd.DataFrame, naam: str) -> dict[Any, Any] | None:
    rijen: list[dict[Any, Any]] = f[f["conclusie"] == naam].to_dict("records")
    return rijen[0] if rijen else None


def jaarzinnen(s: Scan) -> tuple[str, ...]:
    """Section 5: the result of the last three whole years."""
    return tuple(
        f"{r['jaar']}: {'overschot' if r['saldo'] >= 0 else 'tekort'} van {miljoen(abs(r['saldo']))}"
        f"{_van_budget(float(r['saldo_fractie']))}."
        for r in s.resultaat.tail(3).to_dict("records")
    )


def scenariozinnen(s: Scan) -> tuple[str, ...]:
    """Section 5: the gap between the shares, and per scenario the years with a shortage."""
    uit = []
    ver = s.aandelen[(s.aandelen["jaar"] > s.jaar) & (s.aandelen["scenario"] != "realisatie")]
    for scenario, deel in ver.groupby("scenario", sort=True):
        gat, geld = float(deel["gat"].mean()), float(deel["gat_euro"].mean())
        hoe = "hoger" if gat >= 0 else "lager"
        uit.append(
            f"Scenario {scenario}: het uitgavenaandeel is gemiddeld {getal(abs(100 * gat), 2)} procentpunt {hoe} dan "
            f"het budgetaandeel; bij een macrobudget gelijk aan de macro-uitgaven is dat {miljoen(abs(geld))} per "
            f"jaar. {_tekortzin(s, str(scenario))}"
        )
    return tuple(uit)


def _tekortzin(s: Scan, scenario: str) -> str:
    r = s.conclusies[(s.conclusies["conclusie"] == "geld_tekort") & (s.conclusies["groep"] == scenario)]
    tekort = r[r["oordeel"] == "ja"]
    if tekort.empty:
        return f"In geen van de jaren {r['periode'].min()}-{r['periode'].max()} is er een tekort."
    return (
        f"Er is een tekort in {som_op(tekort['periode'])}, samen {miljoen(-float(tekort['verschil'].sum()))}; over "
        f"alle jaren samen {'een tekort' if r['verschil'].sum() < 0 else 'een overschot'} van "
        f"{miljoen(abs(float(r['verschil'].sum())))}."
    )


_CONCLUSIE = {
    "instroom_omlaag": ("De instroom kan omlaag", "De instroom is al lager", "Instroom"),
    "uitstroom_omhoog": ("De uitstroom kan omhoog", "De uitstroom is al hoger", "Uitstroom"),
    "bestand_omlaag": ("Het zittend bestand kan kleiner", "Het zittend bestand is al kleiner", "Zittend bestand"),
    "groep_omlaag": (
        "Het aantal {} in de bijstand kan minder",
        "Het aantal {} in de bijstand is al lager",
        "Aantal {}",
    ),
    "prijs_omlaag": (
        "De gemiddelde uitkeringshoogte kan omlaag",
        "De gemiddelde uitkeringshoogte is al lager",
        "Gemiddelde uitkeringshoogte",
    ),
}


def _conclusie(r: Mapping[Any, Any], s: Scan) -> str:
    naam, oordeel, geld = str(r["conclusie"]), str(r["oordeel"]), r["conclusie"] == "prijs_omlaag"
    kan, al, kop = (w.format(groepnaam(str(r["groep"]))) for w in _CONCLUSIE[naam])
    if oordeel == "geen_uitspraak":
        return f"{kop}: geen uitspraak."
    dan = f"dan naar verhouding in {s.vergelijk}"
    woord = _geteld_verschil(r, dan) if _geteld(r) else meer_minder({**r, "oordeel": ""}, dan, geld=geld)
    cijfer = f"is dat {euro(r['eigen'])} per jaar" if geld else f"gaat het om {aantal(r['eigen'])} huishoudens"
    periode = periodenaam(str(r["periode"]))
    waar = f"{'in' if periode.startswith('de 12') else 'eind'} {periode} {cijfer}, {woord}"
    if oordeel == "niet_aangetoond":
        return f"{kop}: {GEEN_VERSCHIL}. {_groot(waar)}."
    return f"{kan if oordeel == 'ja' else al}: {waar}."


def _geteld(r: Mapping[Any, Any]) -> bool:
    """Tell whether the difference has a verdict without an interval: it was counted, not estimated."""
    return str(r["oordeel"]) != "geen_uitspraak" and bool(np.isnan(float(r["ondergrens"])))


def _geteld_verschil(r: Mapping[Any, Any], dan: str) -> str:
    n = float(r["verschil"])
    return f"{euro(abs(n))} {'meer' if n >= 0 else 'minder'} {dan}, een geteld verschil zonder interval"


def _groot(zin: str) -> str:
    return zin[:1].upper() + zin[1:]


def _mixzin(mix: float, verschil: float) -> str:
    """What the mix of leefvormen does to the difference in price."""
    duur = "duurder" if mix >= 0 else "goedkoper"
    rest = "kleiner" if (mix >= 0) == (verschil >= 0) else "groter"
    return (
        f"Op grond van de leefvormen zou een uitkering hier {percent(abs(mix), 1)} {duur} zijn: bij gelijke leefvormen "
        f"is het verschil dus {rest}."
    )


GEEN_VERGELIJKING = "Zonder vergelijking met een ander gebied is over reductiepotentieel niets te zeggen."


def conclusiezinnen(s: Scan) -> tuple[str, ...]:
    """Section 6: first whether there is room, then every conclusion with its figure."""
    c = s.conclusies
    ruimte = c[c["conclusie"].isin(MOGELIJK)]
    uit = [_hoofdzin(s, ruimte)] if len(ruimte) else [GEEN_VERGELIJKING]
    for r in ruimte.to_dict("records"):
        zin = _conclusie(r, s)
        if r["conclusie"] == "groep_omlaag" and r["oordeel"] == "ja":
            nu = s.groepen[(s.groepen["groep"] == r["groep"]) & (s.groepen["maand"] == r["periode"])]
            zin = " ".join([zin, *(_naar_eigen(g) for g in nu.to_dict("records"))]).strip()
        if r["conclusie"] == "prijs_omlaag" and not np.isnan(s.mix):
            zin += f" {_mixzin(s.mix, float(r['verschil']))}"
        uit.append(zin)
    uit += vooruitzin(s)
    scenarios = c.loc[c["conclusie"] == "geld_tekort", "groep"].unique()
    uit += [f"Scenario {g}. {_tekortzin(s, str(g))}" for g in scenarios]
    return tuple(uit)


def _hoofdzin(s: Scan, ruimte: pd.DataFrame) -> str:
    """Whether there is room: the points that were proven; a counted difference is named, and is not one of them."""
    ja, geteld = ruimte["oordeel"] == "ja", pd.Series([_geteld(r) for r in ruimte.to_dict("records")], ruimte.index)
    slot = ""
    if (ja & geteld).any():
        slot = f" Daarnaast is er een geteld verschil, dat geen schatting is: {_punten(ruimte[ja & geteld])}."
    if not (ja & ~geteld).any():
        return f"Er is geen reductiepotentieel aangetoond tegenover {s.vergelijk}.{slot}"
    n, van = int((ja & ~geteld).sum()), int((~geteld).sum())
    kop = f"Er is reductiepotentieel: op {n} van de {van} punten is er aantoonbaar ruimte"
    return f"{kop} ({_punten(ruimte[ja & ~geteld])}).{slot}"


def _punten(ruimte: pd.DataFrame) -> str:
    return som_op(
        _CONCLUSIE[str(c)][2].format(groepnaam(str(g))).lower()
        for c, g in ruimte[["conclusie", "groep"]].itertuples(index=False)
    )


def samenvatting(s: Scan) -> tuple[str, ...]:
    """Half a page: the stock, the main cause, the outlook, the money, what follows."""
    uit = list(standzinnen(s)[:1])
    if not uit:
        r = s.ontwikkeling[s.ontwikkeling["gebied"] == "eigen"].tail(1)
        uit = [f"{s.gemeente} telt eind {maandnaam(s.maand)} {aantal(w)} huishoudens met bijstand." for w in r["eind"]]
    if s.reductie is not None:
        delen = s.reductie.tabel[s.reductie.tabel["onderdeel"].isin(["instroom", "uitstroom"])]
        uit += [_onderdeelzin(r, s.vergelijk) for r in delen.to_dict("records")]
    uit += [*vooruitzin(s), *resultaatzinnen(s)[:1]]
    if s.gebied:
        uit.append(_hoofdzin(s, s.conclusies[s.conclusies["conclusie"].isin(MOGELIJK)]))
    return tuple(uit)
