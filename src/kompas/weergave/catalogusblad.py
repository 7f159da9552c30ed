"""The catalogue as one page: the ranking, a card per instrument, enforcement at policy level, the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kompas.begrippen import fase_in_woorden, lees_begrippen
from kompas.catalogusdelen import BELEIDSNIVEAU, Catalogus
from kompas.weergave import zinnen
from kompas.weergave.catalogusplaat import groepnaam, netto
from kompas.weergave.getallen import aantal, datum, euro, getal, klein_aantal, percent
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.poortblad import effectzinnen, maak_blad, poortdelen

_HANDHAVING = (
    (
        "Deze cijfers gaan over het beleid: wat het instrument gemiddeld oplevert tegenover wat het kost, over alle "
        "lopende uitkeringen. Er volgt geen indicatie voor een persoon uit. Die kan alleen als bij die klant een "
        "concrete grond is vastgelegd; een verwachte opbrengst is geen grond."
    ),
    (
        "Uitstroom door handhaving is geen succes van re-integratie. In de bedragen telt ook het effect op werk en op "
        "andere redenen mee."
    ),
)
_WEINIG = 0.05  # share of clients without support that is worth a sentence


def _tussen(midden: Any, laag: Any, hoog: Any, hoe: Any) -> str:
    """Return a figure with its interval, or a dash."""
    if pd.isna(midden):
        return "–"
    return f"{hoe(midden)} ({hoe(laag)} tot {hoe(hoog)})"


def _maanden(x: Any) -> str:
    return getal(x, 1)


def _spreiding(r: Any, naam: str, hoe: Any) -> str:
    delen = [getattr(r, f"{naam}_p{q}") for q in (10, 50, 90)]
    return "–" if pd.isna(delen[1]) else " · ".join(hoe(x) for x in delen)


def _naam(k: Catalogus, code: str) -> str:
    return next(i.label for i in k.instrumenten if i.code == code)


def _rangtabel(k: Catalogus) -> Tabel:
    namen = {i.code: i.label for i in k.instrumenten}
    koppen = {
        "Plaats": False,
        "Instrument": False,
        "Netto per klant, bijgesteld": True,
        "Netto per klant, alle uitstroom": True,
        "Netto per klant, eigen uitstroom": True,
    }
    koppen |= {"Eigen gewicht": True, "Waarom geen plaats": False}
    rijen = [
        [
            "–" if pd.isna(r.rang) else aantal(r.rang),
            namen[r.instrument],
            _tussen(r.netto_gekrompen, r.gekrompen_laag, r.gekrompen_hoog, euro),
            _tussen(r.netto, r.netto_laag, r.netto_hoog, euro),
            _tussen(r.netto_eigen, r.netto_eigen_laag, r.netto_eigen_hoog, euro),
            percent(r.gewicht, leeg="–"),
            str(r.reden),
        ]
        for r in k.rangorde.itertuples()
    ]
    return teksttabel("rangorde", "Rangorde van de instrumenten (95%-interval tussen haakjes)", koppen, rijen)


def _samenvatting(k: Catalogus) -> Deel:
    eerste = f"{klein_aantal(k.klanten)} lopende uitkeringen op {datum(k.peildatum)}, {k.horizon} maanden vooruit."
    stukken = [Stuk(zinnen=(eerste, k.toelichting[0]))]
    if len(k.kaarten):
        plaat = netto(k)
        stukken.append(Stuk(svg=plaat.tekening, bijschrift=plaat.titel, tabel=_rangtabel(k)))
    stukken.append(Stuk(kop="Zo leest u dit", punten=k.toelichting[1:]))
    return Deel(id="rang", kop="Alle instrumenten naast elkaar", kort="Rangorde", stukken=tuple(stukken))


def _groeptabel(k: Catalogus, code: str) -> Tabel:
    koppen = {"Groep": False, "Klanten": True, "Maanden bespaard": True, "Over klanten (10 · 50 · 90%)": True}
    koppen |= {"Opbrengst": True, "Netto": True, "Netto over klanten (10 · 50 · 90%)": True, "Terugverdiend": False}
    f = k.opbrengsten[k.opbrengsten["instrument"] == code]
    rijen = [
        [
            groepnaam(str(r.groep)),
            klein_aantal(r.klanten, leeg="niet getoond"),
            _tussen(r.maanden_bespaard, r.maanden_bespaard_laag, r.maanden_bespaard_hoog, _maanden),
            _spreiding(r, "maanden_bespaard", _maanden),
            euro(r.opbrengst, leeg="–"),
            _tussen(r.netto, r.netto_laag, r.netto_hoog, euro),
            _spreiding(r, "netto", euro),
            str(r.terugverdientijd),
        ]
        for r in f.itertuples()
    ]
    bijschrift = f"{_naam(k, code)}: wat een start nu naar verwachting oplevert, per klant"
    return teksttabel(f"groepen-{code}", bijschrift, koppen, rijen)


def _effecttabel(k: Catalogus, code: str) -> Tabel:
    b = lees_begrippen()
    koppen = {"Fase": False, "Bestemming": False, "Groep": False, "Effect (95%-interval)": True, "In woorden": False}
    koppen |= {"Inzetten": True, "Oordeel": False}
    f = k.effecten[k.effecten["instrument"] == code]
    rijen = [
        [
            fase_in_woorden(str(r["fase"])),
            b.waarde("bestemming", str(r["bestemming"])),
            groepnaam(str(r["groep"])),
            zinnen.cijfer(float(r["effect"]), float(r["ondergrens"]), float(r["bovengrens"])),
            zinnen.in_woorden(r),
            klein_aantal(r["inzetten"]),
            b.waarde("oordeel", str(r["oordeel"])),
        ]
        for r in f.to_dict("records")
    ]
    return teksttabel(f"effecten-{code}", f"{_naam(k, code)}: effect per fase, bestemming en groep", koppen, rijen)


def _krachttabel(k: Catalogus, code: str) -> Tabel:
    b = lees_begrippen()
    koppen = {"Fase": False, "Bestemming": False, "Inzetten": True, "Aantoonbaar vanaf": True, "Nog nodig": True}
    rijen = [
        [
            fase_in_woorden(str(r.fase)),
            b.waarde("bestemming", str(r.bestemming)),
            klein_aantal(r.inzetten),
            f"{getal(r.aantoonbaar)} keer" if np.isfinite(float(r.aantoonbaar)) else "onbekend",
            aantal(r.nog_nodig) if np.isfinite(float(r.nog_nodig)) else "onbekend",
        ]
        for r in k.kracht[k.kracht["instrument"] == code].itertuples()
    ]
    return teksttabel(f"kracht-{code}", f"{_naam(k, code)}: wat deze aantallen kunnen laten zien", koppen, rijen)


def _wat(r: Any) -> str:
    duur = "een moment" if r.duur_maanden == 0 else f"gepland voor {_maandtal(r.duur_maanden)}"
    fasen = ", ".join(fase_in_woorden(f) for f in str(r.fasen).split())
    kosten = "onbekend" if pd.isna(r.kosten) else f"{euro(r.kosten)} per start ({r.herkomst_kosten})"
    meter = lees_begrippen().waarde("meter", str(r.meter))
    return (
        f"Meter {meter}; {duur}; gemeten {fasen}. Kosten: {kosten}. {klein_aantal(r.inzetten)} inzetten in de gegevens."
    )


def _maandtal(n: int) -> str:
    return f"{n} {'maand' if n == 1 else 'maanden'}"


def _brengt(r: Any) -> str:
    b = lees_begrippen()
    oordeel = f"Oordeel: {b.waarde('oordeel', str(r.oordeel))}."
    if r.reden:
        return f"{oordeel} Geen bedragen: {str(r.reden).rstrip('.')}."
    maanden = _tussen(r.maanden_bespaard, r.maanden_bespaard_laag, r.maanden_bespaard_hoog, _maanden)
    langer = " (onder nul: langer in de bijstand)" if r.maanden_bespaard < 0 else ""
    bedrag = _tussen(r.netto, r.netto_laag, r.netto_hoog, euro)
    return (
        f"{oordeel} Gemiddeld over de klanten bespaart een start {maanden} maanden bijstand{langer}. Na aftrek van "
        f"kosten is dat {bedrag} per klant. Terugverdiend: {r.terugverdientijd}."
    )


def _dun(k: Catalogus, r: Any) -> str:
    """Where support is thin; empty when it is not."""
    b = lees_begrippen()
    d = k.dun[k.dun["instrument"] == r.instrument]
    waar = "; ".join(
        f"{b.label(str(naam)).lower()}: {', '.join(b.waarde(str(naam), str(v)) for v in deel['niveau'])}"
        for naam, deel in d.groupby("kenmerk", sort=False)
    )
    uit = f"Minder dan tien inzetten bij {waar}." if waar else ""
    deel = r.aandeel_zonder_steun
    if not pd.isna(deel) and deel >= _WEINIG:
        uit += f" Over {percent(deel)} van de klanten die zouden kunnen starten, zegt kompas daarom niets."
    return uit.strip()


def _gemeente(r: Any) -> str:
    """What the municipality itself says about it."""
    delen = [f"Volgens de gemeente: {str(r.notitie).rstrip('.')}."] if r.notitie else []
    if not pd.isna(r.capaciteit_per_maand):
        delen.append(f"Capaciteit: {aantal(r.capaciteit_per_maand)} starts per maand.")
    return " ".join(delen)


def _kaart(k: Catalogus, r: Any) -> Deel:
    handhaving = r.meter == "handhaving"
    woorden = (_wat(r), _brengt(r), _dun(k, r), _gemeente(r))
    eigen = _aan_de_poort(k, r) if r.meter == "werkdirect" else ()
    zinnen_ = (*(_HANDHAVING if handhaving else ()), *(z for z in woorden if z), *eigen)
    stukken = (
        Stuk(zinnen=zinnen_, tabel=_groeptabel(k, r.instrument)),
        Stuk(tabel=_effecttabel(k, r.instrument), dicht=True),
        Stuk(tabel=_krachttabel(k, r.instrument), dicht=True),
    )
    kop = f"{r.naam} ({BELEIDSNIVEAU})" if handhaving else str(r.naam)
    return Deel(id=f"instrument-{r.instrument}", kop=kop, kort=str(r.naam), stukken=stukken)


def _aan_de_poort(k: Catalogus, r: Any) -> Sequence[str]:
    if k.poort is None:
        return (("De cijfers hieronder gaan over wie al een uitkering heeft. Zonder tabel aanvragen is niet bekend wat "
                "het aanbod aan de poort doet."),)  # fmt: skip
    eigen = [e for e in k.poort.effecten.to_dict("records") if e["instrument"] == r.instrument]
    return (
        "De cijfers hieronder gaan over wie al een uitkering heeft. Aan de poort doet het aanbod iets anders:",
        *(z for e in eigen for z in effectzinnen(e, str(r.naam))),
    )


def catalogusdelen(k: Catalogus) -> list[Deel]:
    """Sections of the page, in the order of the ranking."""
    kaarten: Mapping[str, Any] = {str(r.instrument): r for r in k.kaarten.itertuples()}
    delen = [_samenvatting(k), *(_kaart(k, kaarten[str(c)]) for c in k.rangorde["instrument"])]
    return delen if k.poort is None else [*delen, *poortdelen(k.poort)]


def cataloguspagina(k: Catalogus) -> str:
    """Return one HTML page: it prints well, reads offline and with a screen reader; the same result, the same text."""
    titel = f"Instrumentencatalogus {k.gemeente}"
    zinnen_ = k.waarschuwingen if k.poort is None else (*k.waarschuwingen, *k.poort.waarschuwingen)
    onder = f"Peildatum {datum(k.peildatum)}. Uit eigen gegevens berekend."
    return maak_blad(titel, onder, catalogusdelen(k), tuple(dict.fromkeys(zinnen_)))


def catalogustekst(k: Catalogus) -> str:
    """Return the catalogue for a terminal; lines are not wrapped."""
    namen = {i.code: i.label for i in k.instrumenten}
    kaart = k.kaarten.set_index("instrument")
    regels = [f"{'plaats':<8}{'instrument':<26}{'netto per klant':>16}{'bijgesteld':>14}  terugverdiend"]
    for r in k.rangorde.itertuples():
        rang = "–" if pd.isna(r.rang) else str(r.rang)
        eigen = kaart.loc[r.instrument]
        regels.append(
            f"{rang:<8}{namen[r.instrument][:25]:<26}{euro(eigen['netto'], leeg='–'):>16}"
            f"{euro(r.netto_gekrompen, leeg='–'):>14}  {eigen['terugverdientijd']}"
        )
    for r in k.rangorde[k.rangorde["rang"].isna()].itertuples():
        regels += ["", f"{namen[r.instrument]}: {str(r.reden).rstrip('.')}."]
    return "\n".join([*regels, "", *k.toelichting])
