"""The BijstandScan as a page and as text: half a page first, then six numbered sections, each picture with a table."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

from kompas.fouten import GebruiksFout
from kompas.monitors.scan import Scan
from kompas.weergave import scanplaat, scantabellen, scanzinnen
from kompas.weergave.getallen import datum
from kompas.weergave.htmltabel import Deel, Stuk, Tabel
from kompas.weergave.platen import Grafiek
from kompas.weergave.poortblad import maak_blad

BREED = 80


def _stuk(
    plaat: Grafiek | None, tabel: Tabel | None, zinnen: Iterable[str] = (), *, kop: str = "", dicht: bool = False
) -> Stuk:
    return Stuk(
        kop=kop,
        zinnen=tuple(zinnen),
        svg=None if plaat is None else plaat.tekening,
        bijschrift="" if plaat is None else plaat.titel,
        tabel=tabel,
        dicht=dicht,
    )


def _ontwikkeling(s: Scan) -> Deel:
    tabel = scantabellen.ontwikkelingtabel(s)
    return _deel("ontwikkeling", "1. Algemene ontwikkeling", [_stuk(None, tabel, scanzinnen.ontwikkelingzinnen(s))])


def _deel(naam: str, kop: str, stukken: list[Stuk]) -> Deel:
    return Deel(id=f"scan-{naam}", kop=kop, kort=kop, stukken=tuple(stukken))


def _als_er_is(plaat: Callable[[Scan], Grafiek], s: Scan) -> Grafiek | None:
    """The picture, or None where the series is too short to draw: the table then stands alone."""
    try:
        return plaat(s)
    except GebruiksFout as fout:
        if fout.code != scanplaat.ONTBREEKT:
            raise
        return None


def _stroomstukken(s: Scan, stroom: str, plaat: Callable[[Scan], Grafiek]) -> list[Stuk]:
    f = s.stromen[(s.stromen["gebied"] == s.gebied) & (s.stromen["stroom"] == stroom)]
    if f.empty:
        return []
    naam = scantabellen.hoofdletter(stroom)
    jaren = scantabellen.stroomtabel(s, stroom, ("jaar", "twaalf"), f"{naam} per jaar")
    kwartalen = scantabellen.stroomtabel(s, stroom, ("kwartaal",), f"{naam} per kwartaal, op jaarbasis")
    return [
        _stuk(_als_er_is(plaat, s), jaren, scanzinnen.stroomzinnen(s, stroom), kop=naam),
        _stuk(None, kwartalen, dicht=True),
    ]


def _vergelijking(s: Scan) -> Deel:
    stukken = [
        _stuk(_als_er_is(scanplaat.bestand, s), scantabellen.standtabel(s), scanzinnen.standzinnen(s), kop="Bestand")
    ]
    stukken += _stroomstukken(s, "instroom", scanplaat.instroom)
    stukken += _stroomstukken(s, "uitstroom", scanplaat.uitstroom)
    if len(s.groepen):
        plaat = scanplaat.groep(s) if scanplaat.meest_afwijkend(s) else None
        stukken.append(_stuk(plaat, scantabellen.groeptabel(s), scanzinnen.groepzinnen(s), kop="Groepen"))
    if len(s.prijs):
        stukken.append(_stuk(None, scantabellen.prijstabel(s), kop="Hoogte van de uitkering"))
    return _deel("vergelijking", f"2. Vergelijking met {s.vergelijk}", stukken)


def _reductie(s: Scan) -> Deel:
    if s.reductie is None:
        return _deel("reductie", "3. Reductiepotentieel", [_stuk(None, None, s.ontbreekt[:1])])
    tabel = scantabellen.reductietabel(s)
    stukken = [_stuk(_als_er_is(scanplaat.reductie, s), tabel, scanzinnen.reductiezinnen(s))]
    g = s.reductie.groepen
    if len(g) and bool((g["aandeel"] > 0).all()):
        stukken.append(_stuk(None, scantabellen.samenstellingtabel(s), dicht=True))
    stukken.append(Stuk(kop="Hoe dit is berekend", punten=s.reductie.toelichting))
    return _deel("reductie", "3. Reductiepotentieel", stukken)


def _eigen(s: Scan) -> Deel:
    if s.analyse is None:
        zin = [z for z in s.ontbreekt if "eigen bestand" in z]
        return _deel("bestand", "4. Het eigen bestand", [_stuk(None, None, zin)])
    stukken = [_stuk(None, scantabellen.tabel1(s), kop="Wie er bijstand ontvangen")]
    k = s.analyse.kansen
    if (k["tabel"] == "jaar").any():
        stukken.append(_stuk(None, scantabellen.tabel2(s), kop="Hoe snel instromers weer vertrekken"))
    if (k["tabel"] == "leeftijd").any():
        stukken.append(
            _stuk(_als_er_is(scanplaat.leeftijd, s), scantabellen.kanstabel(s, 3, ("leeftijd",)), kop="Naar leeftijd")
        )
    if (k["tabel"] == "fasering").any():
        fase = ("fasering_start", "fasering")
        stukken.append(
            _stuk(
                scanplaat.fasering(s), scantabellen.kanstabel(s, 4, fase), s.analyse.waarschuwingen, kop="Naar fasering"
            )
        )
    stukken.append(Stuk(kop="Hoe dit is berekend", punten=s.analyse.toelichting))
    return _deel("bestand", "4. Het eigen bestand", stukken)


def _vooruit(s: Scan) -> Deel:
    stukken = []
    if s.vooruitzicht is not None and len(s.vooruitzicht.tabel):
        tabel = scantabellen.vooruittabel(s.vooruitzicht.tabel)
        stukken.append(_stuk(_als_er_is(scanplaat.vooruit, s), tabel, scanzinnen.vooruitzin(s), kop="Bestand"))
    if len(s.aandelen):
        zinnen = scanzinnen.scenariozinnen(s)
        tabel = scantabellen.aandelentabel(s)
        stukken.append(_stuk(_als_er_is(scanplaat.aandelen, s), tabel, zinnen, kop="Aandelen in het macrobudget"))
    if len(s.aandelen) or len(s.resultaat):
        plaat = scanplaat.geld(s) if len(s.aandelen) else None
        tabel = scantabellen.geldtabel(s)
        stukken.append(_stuk(plaat, tabel, scanzinnen.jaarzinnen(s), kop="Uitgaven en budget"))
    if not stukken:
        stukken = [_stuk(None, None, [z for z in s.ontbreekt if "vooruitzicht" in z or "ontbre" in z])]
    return _deel("vooruitzicht", "5. Vooruitzicht", stukken)


def _conclusies(s: Scan) -> Deel:
    zinnen = scanzinnen.conclusiezinnen(s)
    uitleg = (
        "Een verschil telt pas als het 95%-interval nul niet bevat. Wat niet is aangetoond, kan er wel zijn, maar valt "
        "dan binnen het interval. Een geteld verschil heeft geen interval en telt niet als aangetoond punt."
    )
    stukken = [Stuk(zinnen=zinnen[:1], punten=zinnen[1:]), Stuk(zinnen=(uitleg,))]
    if s.ontbreekt:
        stukken.append(Stuk(kop="Wat er niet in staat", punten=s.ontbreekt))
    return _deel("conclusies", "6. Conclusies", stukken)


def scandelen(s: Scan) -> list[Deel]:
    """Sections: the summary, the six steps, what it rests on."""
    let_op = (Stuk(kop="Let op", punten=s.waarschuwingen),) if s.waarschuwingen else ()
    kort = Deel(
        id="scan-samenvatting",
        kop="Samenvatting",
        kort="Samenvatting",
        stukken=(Stuk(zinnen=scanzinnen.samenvatting(s)), *let_op),
    )
    vergelijk = [_vergelijking(s)] if s.gebied else []
    bronnen = _deel("bronnen", "Waar dit op rust", [Stuk(punten=(*s.bronnen, *s.toelichting))])
    return [kort, _ontwikkeling(s), *vergelijk, _reductie(s), _eigen(s), _vooruit(s), _conclusies(s), bronnen]


def scanpagina(s: Scan) -> str:
    """Return one HTML page; the same result gives the same text."""
    onder = f"Peildatum {datum(s.peildatum)}. {scanplaat.onderschrift(s)}"
    return maak_blad(f"BijstandScan {s.gemeente}", onder, scandelen(s), ())


def scantekst(s: Scan) -> str:
    """Return the same for a terminal of 80 columns: summary, the parts of the difference, conclusions."""
    regels = _regels(scanzinnen.samenvatting(s))
    if s.reductie is not None:
        regels += ["", f"{'Reductiepotentieel':<36}{'verschil':>10}{'95%-interval':>22}"]
        for r in s.reductie.tabel.to_dict("records"):
            naam = scanzinnen.ONDERDELEN[str(r["onderdeel"])]
            regels.append(f"{naam:<36}{scantabellen.tel(r['verschil']):>10}{scantabellen.band(r):>22}")
    regels += ["", "Conclusies", *_regels(scanzinnen.conclusiezinnen(s), streep="- ")]
    if s.ontbreekt:
        regels += ["", "Wat er niet in staat", *_regels(s.ontbreekt, streep="- ")]
    return "\n".join(regels)


def _regels(zinnen: Iterable[str], streep: str = "") -> list[str]:
    uit: list[str] = []
    for zin in zinnen:
        uit += textwrap.wrap(f"{streep}{zin}", BREED, subsequent_indent=" " * len(streep))
    return uit
