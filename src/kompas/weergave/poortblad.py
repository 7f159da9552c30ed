"""The gate as a page and as text: the preventiequote with its definition, and the effect with its assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from kompas.artefact import versie
from kompas.begrippen import lees_begrippen
from kompas.poorteffect import AANNAMEN, PREVENTIEQUOTE, Poort
from kompas.weergave.catalogusplaat import BESLUITEN, besluiten, verborgen_besluiten
from kompas.weergave.getallen import aantal, datum, euro, getal, klein_aantal, percent
from kompas.weergave.htmltabel import Deel, Stuk, Tabel, teksttabel
from kompas.weergave.sjabloonmap import laad_sjabloon

NIET_GOED = (
    "Een hoge preventiequote is op zich niet goed of slecht: ook wie recht had en afzag, telt mee als voorkomen."
)


def maak_blad(titel: str, onder: str, delen: list[Deel], waarschuwingen: tuple[str, ...]) -> str:
    """One HTML page of sections: it prints well, reads offline and with a screen reader."""
    sjabloon = laad_sjabloon("blad.html.j2")
    return sjabloon.render(titel=titel, onder=onder, delen=delen, waarschuwingen=waarschuwingen, versie=versie())


def effectzinnen(r: Mapping[str, Any], naam: str) -> tuple[str, ...]:
    """What one row of the effects says, in Dutch sentences; never a figure without its interval."""
    b = lees_begrippen()
    oordeel = f"Oordeel: {b.waarde('oordeel', str(r['oordeel']))}. {r['toelichting']}"
    kop = (
        f"{naam}: {klein_aantal(r['aanbiedingen'])} keer aangeboden tussen aanvraag en besluit, "
        f"bij {aantal(r['aanvragen'])} aanvragen."
    )
    if np.isnan(float(r["verschil"])):
        return kop, oordeel
    punten, laag, hoog = (getal(100 * float(r[k]), 1) for k in ("verschil", "ondergrens", "bovengrens"))
    cijfers = (
        f"Zonder aanbod wordt naar verwachting {percent(r['kans_zonder'], 1)} van de aanvragen toegekend. Krijgt wie "
        f"op dag {aantal(r['aanbod_dag'])} nog wacht ({percent(r['wachtend'])}) het aanbod, dan "
        f"{percent(r['kans_met'], 1)}. Verschil: {punten} procentpunt (95%-interval {laag} tot {hoog})."
    )
    per_100 = float(r["voorkomen_per_100"])
    per = f"Per 100 aanbiedingen is dat {getal(abs(per_100), 1)} uitkeringen {'minder' if per_100 >= 0 else 'meer'}."
    hard = (
        "Een verborgen oorzaak zou zowel de kans op een aanbod als die op toekenning "
        f"{getal(r['verklaarbaar_vanaf'], 1)} keer moeten veranderen om dit verschil te verklaren."
    )
    return (kop, cijfers, per, *_eurozinnen(r), hard, oordeel)


def _eurozinnen(r: Mapping[str, Any]) -> tuple[str, ...]:
    if np.isnan(float(r["opbrengst"])):
        return ()
    kop = (
        f"Een nieuwe uitkering duurt naar verwachting {getal(r['verwachte_maanden'], 1)} maanden binnen de horizon. "
        f"Een aanbod bespaart daarmee {euro(r['opbrengst'])} aan uitkering."
    )
    if np.isnan(float(r["netto"])):
        return (f"{kop} De kosten van een aanbod zijn onbekend: er is geen netto opbrengst.",)
    return (
        (
            f"{kop} Na aftrek van {euro(r['kosten'])} kosten blijft {euro(r['netto'])} over (95%-interval "
            f"{euro(r['netto_laag'])} tot {euro(r['netto_hoog'])}; de onzekerheid in de duur telt daarin niet mee)."
        ),
    )


def _quotetabel(p: Poort) -> Tabel:
    koppen = {"Jaar": False, "Besluiten": True, "Toegekend": True, "Afgewezen": True, "Buiten behandeling": True}
    koppen |= {"Ingetrokken": True, "Preventiequote": True}
    rijen = []
    for r in p.preventie.to_dict("records"):
        weg = verborgen_besluiten(r)
        soorten = ["niet getoond" if k in weg else aantal(r[k]) for k in BESLUITEN]
        rijen.append([str(r["jaar"]), klein_aantal(r["besloten"]), *soorten, percent(r["preventiequote"], 1)])
    return teksttabel("preventie", "Preventiequote per jaar", koppen, rijen)


def poortdelen(p: Poort) -> list[Deel]:
    """Sections: the quote, the effect per instrument, what it rests on."""
    plaat, namen = besluiten(p), {i.code: i.label for i in p.instrumenten}
    quote = Deel(
        id="preventiequote",
        kop="Preventiequote",
        kort="Preventiequote",
        stukken=(
            Stuk(zinnen=(PREVENTIEQUOTE, NIET_GOED), svg=plaat.tekening, bijschrift=plaat.titel, tabel=_quotetabel(p)),
        ),
    )
    delen = [quote]
    if len(p.effecten):
        stukken = tuple(
            Stuk(kop=namen[r["instrument"]], zinnen=effectzinnen(r, namen[r["instrument"]]))
            for r in p.effecten.to_dict("records")
        )
        delen.append(
            Deel(id="poort", kop="Wat het aanbod aan de poort doet", kort="Effect aan de poort", stukken=stukken)
        )
        delen.append(_aannamen(p))
    return delen


def _aannamen(p: Poort) -> Deel:
    weg = [[str(r.wat), klein_aantal(r.aantal), str(r.waarom)] for r in p.weglatingen.itertuples()]
    tabel = teksttabel(
        "poort-weg", "Aanvragen die niet meetellen", {"Wat": False, "Aantal": True, "Waarom": False}, weg
    )
    return Deel(
        id="poort-aannamen",
        kop="Waar dit op rust",
        kort="Aannamen",
        stukken=(Stuk(zinnen=("Het cijfer geldt als dit waar is:",), punten=AANNAMEN, tabel=tabel),),
    )


def poortpagina(p: Poort) -> str:
    """Return one HTML page; the same result gives the same text."""
    titel = f"Aan de poort: {p.gemeente}"
    return maak_blad(titel, f"Peildatum {datum(p.peildatum)}.", poortdelen(p), p.waarschuwingen)


def poorttekst(p: Poort) -> str:
    """Return the same for a terminal; lines are not wrapped."""
    namen = {i.code: i.label for i in p.instrumenten}
    regels = [f"{'jaar':<8}{'besluiten':>10}{'toegekend':>11}{'preventiequote':>16}"]
    regels += [
        f"{r.jaar:<8}{aantal(r.besloten):>10}{aantal(r.toegekend):>11}{percent(r.preventiequote, 1):>16}"
        for r in p.preventie.itertuples()
    ]
    regels += ["", PREVENTIEQUOTE]
    for r in p.effecten.to_dict("records"):
        regels += ["", *effectzinnen(r, namen[r["instrument"]])]
    if len(p.effecten):
        regels += ["", "Aannamen:", *(f"- {a}" for a in AANNAMEN)]
    return "\n".join(regels)
