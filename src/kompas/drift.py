"""What changed in the data between two deliveries: recoded exits, late registration, another mix, other volumes.

Two things are compared: the years that both deliveries hold (they should say the same), and the last period of each
(where the world or the registration may have changed). A signal needs a difference that matters and that chance does
not explain; its sentence says what it can mean and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.driftstand import KOLOMMEN, MINIMUM, RUIM, SAMEN, datastand
from kompas.fouten import GebruiksFout

__all__ = ["MATEN", "datastand", "vergelijk_datastand"]

MATEN = {
    "aandeel_punten": 0.05,  # a share that moves less than 5 points is no signal
    "z": 3.0,  # nor one that chance explains (two proportions, or two Poisson counts)
    "historie": 0.02,  # a year that both deliveries hold may differ by 2 percent
    "volume": 0.10,  # inflow, outflow, deployments per month
    "tv": 0.10,  # total variation: share that would have to move to make both mixes equal
    "psi": 0.25,  # population stability index: .10 to .25 is a shift, over .25 a large one
    "psi_licht": 0.10,
    "mediaan_dagen": 14.0,
    "p90_dagen": 30.0,
    "afgekeurd": 0.005,
}
_UIT = ("onderdeel", "kenmerk", "niveau", "jaar_oud", "jaar_nieuw", "maat", "oud", "nieuw", "verschil", "signaal")
_VERBORGEN = (SAMEN, RUIM)
_KORT = 3.0  # a year with fewer months than this is no period to judge by
_WAT = {"instroom": "begonnen uitkeringen", "uitstroom": "uitstromers", "stand": "lopende uitkeringen"}


def _pct(x: float) -> str:
    return f"{100 * x:.0f}%"


def _punten(x: float) -> str:
    return f"{100 * abs(x):.0f} procentpunt"


def _n(x: float) -> str:
    return f"{x:,.0f}".replace(",", ".")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Stand:
    """One delivery with its last period: the last year of at least three months."""

    tabel: pd.DataFrame
    maanden: pd.Series
    laatste: int

    @classmethod
    def van(cls, tabel: pd.DataFrame) -> _Stand:
        venster = tabel[tabel["onderdeel"] == "venster"].set_index("jaar")["waarde"].sort_index()
        lang = venster[venster >= _KORT]
        return cls(tabel=tabel, maanden=venster, laatste=int((lang if len(lang) else venster).index[-1]))

    def deel(self, onderdeel: str, jaar: int | None = None) -> pd.DataFrame:
        t = self.tabel
        wie = t["onderdeel"] == onderdeel
        return t[wie if jaar is None else wie & (t["jaar"] == jaar)]

    def periode(self, jaar: int) -> str:
        maanden = float(self.maanden.get(jaar, 12.0))
        return str(jaar) if maanden > 11.5 else f"{maanden:.0f} maanden van {jaar}"

    def vol(self) -> int | None:
        heel = self.maanden[self.maanden > 11.5]
        return int(heel.index[-1]) if len(heel) else None


Rij = tuple[object, ...]


def _z_aandeel(a: float, n: float, b: float, m: float) -> float:
    """Standardised difference of two proportions a/n and b/m, pooled."""
    if min(n, m) <= 0:
        return 0.0
    p = (a + b) / (n + m)
    spreiding = np.sqrt(p * (1 - p) * (1 / n + 1 / m))
    return float((b / m - a / n) / spreiding) if spreiding > 0 else 0.0


def _telling(s: _Stand, onderdeel: str, kenmerk: str, jaar: int) -> pd.Series:
    deel = s.deel(onderdeel, jaar)
    return deel[deel["kenmerk"] == kenmerk].dropna(subset=["aantal"]).set_index("niveau")["aantal"]


def _grens(telling: pd.Series, niveau: str) -> tuple[float, float]:
    """What a level can hold at least and at most: unseen levels may hide among those that were put together."""
    if niveau in telling.index:
        return float(telling[niveau]), float(telling[niveau])
    return 0.0, float(telling.get(RUIM, min(telling.get(SAMEN, 0.0), MINIMUM - 1.0)))


def _toon(telling: pd.Series, niveau: str) -> float:
    laag, hoog = _grens(telling, niveau)
    totaal = float(telling.sum())
    return laag / totaal if laag == hoog and totaal > 0 else np.nan


def _verschoven(a: pd.Series, b: pd.Series, niveau: str) -> bool:
    """Whether a share moved more than 5 points and more than chance, whatever the hidden cells hold."""
    n, m = float(a.sum()), float(b.sum())
    if min(n, m) <= 0 or niveau in _VERBORGEN:
        return False
    (a_laag, a_hoog), (b_laag, b_hoog) = _grens(a, niveau), _grens(b, niveau)
    if b_laag / m > a_hoog / n:
        x, y = a_hoog, b_laag  # the two that lie nearest
    elif a_laag / n > b_hoog / m:
        x, y = a_laag, b_hoog
    else:
        return False
    return abs(y / m - x / n) > MATEN["aandeel_punten"] and abs(_z_aandeel(x, n, y, m)) > MATEN["z"]


def _zin_aandeel(onderdeel: str, kenmerk: str, niveau: str, a: pd.Series, b: pd.Series, wanneer: str) -> str:
    oud, nieuw = _toon(a, niveau), _toon(b, niveau)
    wat = f"Einde met {kenmerk} '{niveau}'" if onderdeel in {"reden", "bestemming"} else f"{kenmerk} '{niveau}'"
    van_wat = "van de uitstroom" if onderdeel in {"reden", "bestemming"} else "van de instroom"
    if np.isnan(oud) or (oud == 0.0 and nieuw > 0):
        kern = f"{wat} kwam eerst niet of nauwelijks voor en is nu {_pct(nieuw)} {van_wat}"
    elif np.isnan(nieuw) or nieuw == 0.0:
        kern = f"{wat} was {_pct(oud)} {van_wat} en komt nu niet of nauwelijks voor"
    else:
        kern = f"{wat} ging van {_pct(oud)} naar {_pct(nieuw)} {van_wat}"
    if onderdeel == "mix":
        return f"{kern} ({wanneer}). Vraag of het kenmerk anders wordt vastgelegd, of dat er andere mensen binnenkomen."
    waardoor = (
        "Zo'n sprong komt vaak door een andere manier van vastleggen."
        if "niet of nauwelijks" in kern
        else "Dat kan echt zo zijn, of komen door een andere manier van vastleggen."
    )
    return (
        f"{kern} ({wanneer}). {waardoor} Vraag het na bij de administratie en zet de codes zo nodig goed bij "
        "[bron.uitkeringen] codes.reden_einde; anders lijkt de uitstroom anders dan zij is."
    )


def _aandelen(oud: _Stand, nieuw: _Stand, onderdeel: str) -> Iterator[Rij]:
    """Shares of levels in the last period of each delivery; for a mix also two distances per trait."""
    kenmerken = dict.fromkeys([*oud.deel(onderdeel)["kenmerk"], *nieuw.deel(onderdeel)["kenmerk"]])
    wanneer = f"{oud.periode(oud.laatste)} tegen {nieuw.periode(nieuw.laatste)}"
    for kenmerk in kenmerken:
        a = _telling(oud, onderdeel, kenmerk, oud.laatste)
        b = _telling(nieuw, onderdeel, kenmerk, nieuw.laatste)
        if a.sum() == 0 and b.sum() == 0:
            continue
        kop = (oud.laatste, nieuw.laatste)
        if onderdeel == "mix":
            yield from _afstanden(kenmerk, a, b, kop, wanneer)
        for niveau in sorted({*a.index, *b.index}):
            x, y = _toon(a, niveau), _toon(b, niveau)
            signaal = _verschoven(a, b, niveau)
            zin = _zin_aandeel(onderdeel, kenmerk, niveau, a, b, wanneer) if signaal else ""
            yield (onderdeel, kenmerk, niveau, *kop, "aandeel", x, y, y - x, signaal, zin)


def _afstanden(kenmerk: str, a: pd.Series, b: pd.Series, kop: tuple[int, int], wanneer: str) -> Iterator[Rij]:
    """Total variation and PSI of a trait at inflow; hidden levels count with the level that was put together."""
    if min(a.sum(), b.sum()) <= 0:
        return
    samen = [n for n in a.index if n in b.index and n not in _VERBORGEN]
    x = np.append(a.reindex(samen).to_numpy(), a.sum() - a.reindex(samen).sum())
    y = np.append(b.reindex(samen).to_numpy(), b.sum() - b.reindex(samen).sum())
    x, y = x[(x + y) > 0], y[(x + y) > 0]
    p, q = x / x.sum(), y / y.sum()
    tv = float(np.abs(p - q).sum() / 2)
    veilig = 0.5 / max(x.sum(), y.sum())
    p0, q0 = np.maximum(p, veilig), np.maximum(q, veilig)
    psi = float(((q0 - p0) * np.log(q0 / p0)).sum())
    from scipy import stats  # noqa: PLC0415 - half a second to import, and only a herijking asks for it

    toeval = float(stats.chi2_contingency(np.stack([x, y])).pvalue) if x.size > 1 else 1.0
    echt = toeval < 2 * stats.norm.sf(MATEN["z"])
    kracht = "sterk" if psi > MATEN["psi"] else "licht" if psi > MATEN["psi_licht"] else "nauwelijks"
    zin = (
        f"De verdeling van {kenmerk} bij de instroom is veranderd ({wanneer}): {_pct(tv)} van de mensen zou van groep "
        f"moeten wisselen om beide gelijk te maken ({kracht} volgens de PSI). Gemiddelde uitkomsten zijn dan minder "
        "goed met vorig jaar te vergelijken; de effecten zijn gecorrigeerd voor dit kenmerk."
    )
    groot = echt and (tv > MATEN["tv"] or psi > MATEN["psi"])
    yield ("mix", kenmerk, "(alle)", *kop, "totale variatie", 0.0, tv, tv, groot, zin if groot else "")
    yield ("mix", kenmerk, "(alle)", *kop, "psi", 0.0, psi, psi, False, "")


def _historie(oud: _Stand, nieuw: _Stand, gelijk: _Stand | None) -> Iterator[Rij]:
    """Counts of the years that both deliveries hold: they should be the same."""
    bron = gelijk or nieuw
    jaren = [
        int(j) for j, m in oud.maanden.items() if j in bron.maanden.index and abs(bron.maanden[j] - float(m)) < 0.05
    ]
    for onderdeel, wat in (("volume", ("instroom", "uitstroom")), ("inzet", None)):
        for kenmerk in wat or dict.fromkeys(oud.deel(onderdeel)["kenmerk"]):
            for jaar in jaren:
                a = _telling(oud, onderdeel, kenmerk, jaar).get("totaal", np.nan)
                b = _telling(bron, onderdeel, kenmerk, jaar).get("totaal", np.nan)
                yield _historierij(onderdeel, kenmerk, jaar, float(a), float(b), oud.periode(jaar))
    for onderdeel in ("reden", "bestemming"):
        yield from _hercodering(onderdeel, jaren, oud, bron)


def _historierij(onderdeel: str, kenmerk: str, jaar: int, a: float, b: float, periode: str) -> Rij:
    verschil = b - a
    signaal = bool(abs(verschil) >= MINIMUM and abs(verschil) > MATEN["historie"] * max(a, 1.0))
    wat = _WAT.get(kenmerk, f"gestarte inzetten van {kenmerk}")
    zin = f"De vorige levering telde {_n(a)} {wat} over {periode}, deze {_n(b)}." if signaal else ""
    if signaal and verschil > 0:
        zin += (
            " Een deel werd dus later ingevoerd. Houd daar rekening mee: de laatste maanden van deze levering zijn ook "
            "nog niet compleet. Zet [bron] rijping_maanden op het aantal maanden dat invoeren duurt."
        )
    elif signaal:
        zin += (
            " Er is dus iets verdwenen. Vraag na of rijen zijn gecorrigeerd, gewist (bewaartermijn) of anders "
            "geselecteerd; wissen alleen bij vertrokken klanten maakt de schatting scheef."
        )
    return ("historie", kenmerk, onderdeel, jaar, jaar, "aantal", a, b, verschil, signaal, zin)


def _hercodering(onderdeel: str, jaren: list[int], oud: _Stand, bron: _Stand) -> Iterator[Rij]:
    """Shares of exit codes over the common years: other shares of the same exits are a recoding afterwards."""
    a, b = (s.deel(onderdeel) for s in (oud, bron))
    x = a[a["jaar"].isin(jaren)].groupby("niveau")["aantal"].sum()
    y = b[b["jaar"].isin(jaren)].groupby("niveau")["aantal"].sum()
    if not jaren or min(x.sum(), y.sum()) <= 0:
        return
    verborgen = max(sum(float(s.get(n, 0.0)) for n in _VERBORGEN) / s.sum() for s in (x, y))
    for niveau in sorted({*x.index, *y.index} - set(_VERBORGEN)):
        p, q = float(x.get(niveau, 0.0)) / x.sum(), float(y.get(niveau, 0.0)) / y.sum()
        signaal = abs(q - p) > MATEN["historie"] + verborgen and abs(q - p) * x.sum() >= MINIMUM
        zin = (
            f"Over dezelfde jaren ({jaren[0]} tot en met {jaren[-1]}) was '{niveau}' in de vorige levering {_pct(p)} "
            f"van de uitstroom en in deze {_pct(q)}. De geschiedenis is achteraf anders gecodeerd. Vergelijk de "
            "effecten van beide herijkingen daarom niet zonder de codes eerst gelijk te maken."
        )
        kop = ("historie", onderdeel, niveau, jaren[0], jaren[-1], "aandeel")
        yield (*kop, p, q, q - p, bool(signaal), zin if signaal else "")


def _volumes(oud: _Stand, nieuw: _Stand) -> Iterator[Rij]:
    """Inflow, outflow and deployments per month in comparable periods: the same part of a year, or whole years."""
    a, b = oud.laatste, nieuw.laatste
    if abs(float(oud.maanden[a]) - float(nieuw.maanden[b])) > 0.5:
        vol_oud, vol_nieuw = oud.vol(), nieuw.vol()
        if vol_oud is None or vol_nieuw is None:
            return
        a, b = vol_oud, vol_nieuw
    if a == b:
        return
    for onderdeel in ("volume", "inzet"):
        for kenmerk in dict.fromkeys(nieuw.deel(onderdeel)["kenmerk"]):
            if kenmerk == "stand" or kenmerk not in set(oud.deel(onderdeel)["kenmerk"]):
                continue
            x = float(_telling(oud, onderdeel, kenmerk, a).get("totaal", np.nan))
            y = float(_telling(nieuw, onderdeel, kenmerk, b).get("totaal", np.nan))
            per = (x / float(oud.maanden[a]), y / float(nieuw.maanden[b]))
            z = abs(y - x) / np.sqrt(max(x + y, 1.0)) if np.isfinite(x + y) else 0.0
            signaal = bool(z > MATEN["z"] and abs(per[1] - per[0]) > MATEN["volume"] * max(per[0], 1e-9))
            wat = _WAT.get(kenmerk, f"gestarte inzetten van {kenmerk}")
            zin = (
                f"Het aantal {wat} ging van {per[0]:.0f} naar {per[1]:.0f} per maand ({oud.periode(a)} tegen "
                f"{nieuw.periode(b)}). Klopt dat met wat de uitvoering zag? Zo niet, controleer de levering."
            )
            yield (onderdeel, kenmerk, "per maand", a, b, "aantal", *per, per[1] - per[0], signaal, zin * signaal)


def _registratie(oud: _Stand, nieuw: _Stand) -> Iterator[Rij]:
    for niveau in ("mediaan", "p90"):
        x, y = (_dagen(s, niveau) for s in (oud, nieuw))
        if x is None or y is None:
            continue
        signaal = bool(abs(y - x) > MATEN[f"{niveau}_dagen"])
        hoe = "de helft" if niveau == "mediaan" else "90%"
        zin = (
            f"Van de einden is {hoe} nu binnen {y:.0f} dagen ingevoerd; in de vorige levering was dat {x:.0f} dagen. "
            + ("Zet [bron] rijping_maanden hoger." if y > x else "Misschien kan [bron] rijping_maanden lager.")
        )
        kop = ("registratie", "vertraging", niveau, oud.laatste, nieuw.laatste, "dagen")
        yield (*kop, x, y, y - x, signaal, zin if signaal else "")


def _dagen(s: _Stand, niveau: str) -> float | None:
    """Delay in the year before the last period: of the last one the slow registrations are still to come."""
    deel = s.deel("registratie")
    deel = deel[(deel["niveau"] == niveau) & (deel["jaar"] < s.laatste)].sort_values("jaar")
    return float(deel["waarde"].iloc[-1]) if len(deel) else None


def _afgekeurd(oud: _Stand, nieuw: _Stand) -> Iterator[Rij]:
    a, b = (s.deel("afgekeurd").set_index("kenmerk") for s in (oud, nieuw))
    for tabel in [t for t in b.index if t in a.index]:
        x, y = float(a.loc[tabel, "aandeel"]), float(b.loc[tabel, "aandeel"])
        signaal = bool(abs(y - x) > MATEN["afgekeurd"])
        zin = (
            f"Van tabel {tabel} is nu {100 * y:.1f}% van de rijen afgekeurd; vorige keer {100 * x:.1f}%. Bekijk in "
            "bevindingen.csv welke regel dat verklaart."
        ).replace(".", ",", 2)
        jaren = (int(a.loc[tabel, "jaar"]), int(b.loc[tabel, "jaar"]))
        yield ("afgekeurd", tabel, "totaal", *jaren, "aandeel", x, y, y - x, signaal, zin if signaal else "")


def vergelijk_datastand(oud: pd.DataFrame, nieuw: pd.DataFrame, *, gelijk: pd.DataFrame | None = None) -> pd.DataFrame:
    """Compare what two deliveries hold.

    Parameters
    ----------
    oud, nieuw : DataFrame
        Of :func:`datastand`.
    gelijk : DataFrame, optional
        The new delivery counted up to the end of the old one (``datastand(..., tot=...)``): then the last, partial
        year of the old delivery is compared as well.

    Returns
    -------
    DataFrame
        onderdeel (historie, reden, bestemming, mix, volume, inzet, registratie, afgekeurd), kenmerk, niveau, jaar_oud,
        jaar_nieuw, maat (aantal, aandeel, dagen, totale variatie, psi), oud, nieuw, verschil, signaal, zin (empty
        without a signal). The limits stand in ``MATEN``. nan = not to be told: the cell was under ten persons.

    Raises
    ------
    GebruiksFout
        ``KMP-J001`` when a table is no ``datastand`` or holds no year.
    """
    for tabel in (oud, nieuw, *([] if gelijk is None else [gelijk])):
        if list(tabel.columns) != list(KOLOMMEN) or not (tabel["onderdeel"] == "venster").any():
            raise GebruiksFout(
                "KMP-J001", "dit is geen tellingentabel van een herijking. Draai beide herijkingen met deze versie."
            )
    a, b = _Stand.van(oud), _Stand.van(nieuw)
    c = None if gelijk is None else _Stand.van(gelijk)
    rijen: list[Rij] = [*_historie(a, b, c)]
    for onderdeel in ("reden", "bestemming", "mix"):
        rijen += _aandelen(a, b, onderdeel)
    rijen += [*_volumes(a, b), *_registratie(a, b), *_afgekeurd(a, b)]
    uit = pd.DataFrame(rijen, columns=[*_UIT, "zin"])
    return uit.astype(dict.fromkeys(("oud", "nieuw", "verschil"), np.float64) | {"signaal": bool})
