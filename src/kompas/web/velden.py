"""The fields of the client form: those of 2007, the other traits of the model, and what the client already got."""

from __future__ import annotations

from dataclasses import dataclass

from kompas.begrippen import lees_begrippen
from kompas.herijking import Herijking
from kompas.kenmerken import Kenmerk
from kompas.klantinvoer import ANDERS, VAST
from kompas.weergave.getallen import datum

DATUMHINT = "dd-mm-jjjj, bijvoorbeeld 8-5-2007"
BUITEN_MODEL = "Het model gebruikt dit niet: het verandert de cijfers niet."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Veld:
    """One field: ``soort`` is keuze, datum, tekst or vink; ``opties`` are (value, label)."""

    naam: str
    label: str
    soort: str = "tekst"
    hint: str = ""
    opties: tuple[tuple[str, str], ...] = ()
    kort: bool = True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Groep:
    """Fields that belong together; ``dicht`` folds them away until something is filled in."""

    kop: str
    velden: tuple[Veld, ...]
    uitleg: str = ""
    dicht: bool = False


def veldnaam(kenmerk: str) -> str:
    """Return the name of the field of a trait; the four traits of every model keep their own.

    Examples
    --------
    >>> veldnaam("geslacht"), veldnaam("team")
    ('geslacht', 'kenmerk_team')
    """
    return kenmerk if kenmerk in VAST else f"kenmerk_{kenmerk}"


def kenmerken_van(h: Herijking) -> tuple[str, ...]:
    """Return the traits that can be typed, in the order of ``kompas klant``: the fixed four, then those of the model.

    Fasering has no fixed values: without it in the model there is nothing to choose from.
    """
    eigen = [k.naam for k in h.kenmerken if k.naam not in ANDERS]
    return (*(n for n in VAST if VAST[n] or n in eigen), *(n for n in eigen if n not in VAST))


def _kenmerkveld(naam: str, k: Kenmerk | None) -> Veld:
    """A list of values for a category, a box for a number."""
    b = lees_begrippen()
    if k is not None and not k.niveaus:
        laag, hoog = k.bereik or (None, None)
        grens = "Een getal." if laag is None else f"Een getal van {laag:g} tot en met {hoog:g}."
        return Veld(naam=veldnaam(naam), label=b.label(naam), hint=grens)
    waarden = k.niveaus if k is not None else VAST[naam]
    if VAST.get(naam):  # in the order of the contract, which is that of the form
        waarden = tuple(sorted(waarden, key=lambda w: VAST[naam].index(w) if w in VAST[naam] else len(VAST[naam])))
    hint = BUITEN_MODEL if k is None and naam != "leefvorm" else ""
    opties = tuple((w, b.waarde(naam, w)) for w in waarden)
    return Veld(naam=veldnaam(naam), label=b.label(naam), soort="keuze", opties=opties, hint=hint)


def _inzetvelden(code: str, label: str) -> tuple[Veld, ...]:
    return (
        Veld(naam=f"inzet_{code}_begin", label=f"{label}: begonnen op", soort="datum", hint="dd-mm-jjjj"),
        Veld(
            naam=f"inzet_{code}_gepland",
            label=f"{label}: gepland einde",
            soort="datum",
            hint="dd-mm-jjjj; leeg is de gewone duur",
        ),
        Veld(naam=f"inzet_{code}_loopt", label=f"{label} loopt nu nog", soort="vink"),
    )


def veldgroepen(h: Herijking) -> tuple[Groep, ...]:
    """Return all fields of the form for this model.

    Parameters
    ----------
    h : Herijking

    Returns
    -------
    tuple of Groep
    """
    per_naam = {k.naam: k for k in h.kenmerken}
    alle = {n: _kenmerkveld(n, per_naam.get(n)) for n in kenmerken_van(h)}
    datums = (
        Veld(naam="geboortedatum", label="Geboortedatum", soort="datum", hint="dd-mm-jjjj, bijvoorbeeld 8-11-1983"),
        Veld(naam="begindatum", label="Bijstand sinds", soort="datum", hint=DATUMHINT),
    )
    bedrag = Veld(
        naam="bedrag",
        label="Uitkering per maand, in euro",
        hint="Bijvoorbeeld 912,50. Leeg is de norm van die dag.",
    )
    dag = Veld(
        naam="peildatum",
        label="Dag waarop u rekent",
        soort="datum",
        hint=f"dd-mm-jjjj. De gegevens gaan tot en met {datum(h.config.gemeente.peildatum)}.",
    )
    begin = Groep(kop="De klant", velden=(alle["geslacht"], *datums, alle["opleiding"]))
    rest = tuple(v for n, v in alle.items() if n not in ("geslacht", "opleiding"))
    meer = Groep(
        kop="Als u het weet",
        uitleg="Hoe meer u invult, hoe preciezer het cijfer. Wat u niet invult, wordt gemiddeld.",
        velden=(*rest, bedrag),
    )
    kreeg = Groep(
        kop="Wat de klant al kreeg",
        uitleg="Vul alleen in wat is begonnen.",
        velden=tuple(v for i in h.config.instrument for v in _inzetvelden(i.code, i.label)),
        dicht=True,
    )
    rekenen = Groep(kop="De berekening", velden=(dag,))
    return tuple(g for g in (begin, meer, kreeg, rekenen) if g.velden)
