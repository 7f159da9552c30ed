"""``docs/parameters.md``: every dated value with its source, as one page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kompas.parameters.aow import aow_rijen
from kompas.parameters.normen import normreeks
from kompas.parameters.reeks import Reeks
from kompas.parameters.vakantietoeslag import vakantietoeslagreeks
from kompas.parameters.vangnet import vangnetreeks

_MAAK = 'from kompas.parameters.overzicht import parameters_markdown as m; print(m(), end="")'
_KOP = f"""# Parameters

Bedragen en regels uit de wet, met de dag waarop ze ingaan en de plek waar ze staan. Wijzig de TOML-bestanden in
`src/kompas/parameters/`, niet deze pagina, en maak haar opnieuw met:

```sh
python -c '{_MAAK}' > docs/parameters.md
```

- Op elke dag geldt de laatste waarde die is ingegaan.
- Zoeken voor de eerste datum is een fout (`KMP-P001`); zoeken op een dag waarop een recht is vervallen ook
  (`KMP-P003`).
- `bekend tot` is de eerste dag waarop niet meer bekend is of de waarde nog geldt. Vanaf die dag geeft kompas de waarde
  met een waarschuwing. Leeg betekent dat de volgende regel aansluit, of dat geen einde bekend is.
"""
_NORMEN = """## Bijstandsnormen

Euro per maand, netto, inclusief vakantietoeslag, 21 jaar tot AOW-leeftijd, zonder kostendelers. De gemeente betaalt
bruto meer: de norm is een noodgreep waar `bedrag_maand` ontbreekt.
"""
_AOW = """
## AOW-leeftijd

Wie later is geboren dan de laatste regel krijgt de laatste leeftijd, met een waarschuwing.
"""
_VANGNET = """
## Vangnet

De financiële voorwaarden voor een aanvullende uitkering bij een tekort op het budget: incidenteel (`iau`), meerjarig
(`mau`) en het vangnet van de Participatiewet. De eisen aan de procedure staan hier niet.
"""
_MAANDNAMEN = {5: "mei", 6: "juni"}


def _datum(datum: dt.date) -> str:
    return f"{datum.day}-{datum.month}-{datum.year}"


def _euro(bedrag: float) -> str:
    return f"{bedrag:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def _procent(deel: float) -> str:
    return f"{100 * deel:.1f}%".replace(".", ",")


def _tabel(koppen: Sequence[str], rijen: Iterable[Sequence[str]]) -> str:
    regels = ["| " + " | ".join(koppen) + " |", "|" + "---|" * len(koppen)]
    regels += ["| " + " | ".join(c.replace("|", "\\|") for c in rij) + " |" for rij in rijen]
    return "\n".join(regels)


def _rijen(reeks: Reeks) -> Iterable[tuple[str, Mapping[str, Any] | None, str, str]]:
    """Per value: first day, contents, the day until which it is known where a gap follows, source."""
    for i, waarde in enumerate(reeks.waarden):
        volgende = reeks.waarden[i + 1].vanaf if i + 1 < len(reeks.waarden) else None
        gat = waarde.geldig_tot is not None and waarde.geldig_tot != volgende
        tot = _datum(waarde.geldig_tot) if gat and waarde.geldig_tot is not None else ""
        yield _datum(waarde.vanaf), waarde.inhoud, tot, waarde.bron


def _normen() -> str:
    velden = ("alleenstaande", "alleenstaande_ouder", "gehuwd", "toeslag_max")
    rijen = [[v, *(_euro((i or {})[k]) for k in velden), tot, bron] for v, i, tot, bron in _rijen(normreeks())]
    koppen = ("vanaf", "alleenstaande", "alleenstaande ouder", "gehuwd", "hoogste toeslag", "bekend tot", "bron")
    return _tabel(koppen, rijen)


def _toeslag() -> str:
    rijen = []
    for vanaf, inhoud, tot, bron in _rijen(vakantietoeslagreeks()):
        velden = inhoud or {}
        maand = velden.get("betaalmaand")
        betaald = "onbekend" if maand is None else _MAANDNAMEN[int(maand)]
        rijen.append([vanaf, _procent(velden["aandeel"]), betaald, tot, bron])
    return _tabel(
        ("vanaf", "deel van het bedrag inclusief", "betaald met de uitkering van", "bekend tot", "bron"), rijen
    )


def _aow() -> str:
    rijen = [[_datum(r["geboren_tot"]), f"{r['jaren']} jaar", f"{r['maanden']}", r["bron"]] for r in aow_rijen()]
    return _tabel(("geboren voor", "AOW-leeftijd", "en maanden", "bron"), rijen)


def _vangnet() -> str:
    rijen = []
    for regeling in ("iau", "mau", "vangnet"):
        for vanaf, inhoud, tot, bron in _rijen(vangnetreeks(regeling)):
            velden = inhoud or {}
            eis = "vervallen" if inhoud is None else _eis(velden)
            rijen.append([regeling, vanaf, eis, tot, bron])
    return _tabel(("regeling", "vanaf", "eis aan het tekort", "bekend tot", "bron"), rijen)


def _eis(velden: Mapping[str, Any]) -> str:
    if "drempel_elk_jaar" in velden:
        return f"elk van {velden['jaren']} jaren minstens {_procent(velden['drempel_elk_jaar'])}"
    if "drempel_cumulatief" not in velden:
        return f"minstens {_procent(velden['drempel'])} in het jaar"
    tekst = (
        f"meer dan {_procent(velden['drempel'])} in het jaar, en over {velden['jaren']} jaren samen meer dan "
        f"{_procent(velden['drempel_cumulatief'])} van het budget van dat jaar"
    )
    if "uitgebreid_drempel" in velden:
        grens = _procent(velden["uitgebreid_drempel"])
        tekst += (
            f"; of meer dan {grens} in het jaar en minstens {grens} in {velden['uitgebreid_minstens']} van de "
            f"{velden['uitgebreid_jaren']} jaren ervoor"
        )
    return tekst


def parameters_markdown() -> str:
    """Return ``docs/parameters.md``: every dated value with its source.

    Examples
    --------
    >>> print(parameters_markdown().splitlines()[0])
    # Parameters
    """
    delen = [_KOP, _NORMEN, _normen(), _AOW, _aow(), "\n## Vakantietoeslag\n", _toeslag(), _VANGNET, _vangnet()]
    return "\n".join(delen) + "\n"
