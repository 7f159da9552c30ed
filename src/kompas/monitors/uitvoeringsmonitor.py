"""The uitvoeringsmonitor: key figures over four streams against targets, with expectation, forecast and signal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kompas.bron import Bestand
from kompas.config import Config
from kompas.fouten import GebruiksFout, KompasError, naaste
from kompas.herijking import Herijking
from kompas.models.design import Floats
from kompas.monitors.casemix import WERK, Verwacht, trechter, verwachte_uitstroom
from kompas.monitors.kengetalbron import Kern, jaar_tot_nu, maak_kern
from kompas.monitors.kengetallen import KENGETALLEN, definitietabel
from kompas.monitors.kengetalprognose import prognoses
from kompas.monitors.kengetaltelling import Telling
from kompas.monitors.kengetalvorm import Kengetal
from kompas.monitors.kengetalwaarden import Waarden, maak_waarden
from kompas.monitors.reeksen import Reeksen, maak_reeksen
from kompas.monitors.signaal import ROOD, beoordeel, deel_van_het_jaar, kans_op_slechter
from kompas.monitors.taakstelling import MANAGEMENT, NIVEAUS, bezwaren, norm_van, versies
from kompas.monitors.vooruitzicht import Vooruitzicht, maak_vooruitzicht
from kompas.toonbaar import Toonbaar

Voortgang = Callable[[str, float], None]
KOLOMMEN = (
    "maand",
    "niveau",
    "eenheid",
    "werkstroom",
    "kengetal",
    "norm",
    "realisatie",
    "verwacht",
    "prognose",
    "afwijking",
    "signaal",
)
SLEUTEL = ("maand", "niveau", "eenheid", "kengetal")
_LEEG_TAAK = pd.DataFrame(columns=["jaar", "niveau", "eenheid", "kengetal", "norm"])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Uitvoeringsmonitor(Toonbaar, tabel="tabel"):
    """Key figures per month and unit.

    Parameters
    ----------
    tabel : DataFrame
        Columns of the contract (``KOLOMMEN``), one row per maand x niveau x eenheid x kengetal: the year of the
        peildatum and the year before. ``norm`` is what was agreed (for a whole year where the kengetal counts up),
        ``realisatie`` runs over what `definities` says, ``verwacht`` is the case mix (uitstroom, uitstroom_werk),
        ``prognose`` the value at the end of the year (last month only), ``afwijking`` realisatie less the norm of that
        moment (a norm for a year in proportion), ``signaal`` is recomputed from those.
    gemeente : str
    peildatum : date
    onderbouwing : DataFrame
        Same rows: maand, niveau, eenheid, kengetal, norm_tot_nu, teller, noemer, kans (of a figure at least as bad when
        the norm is the truth).
    definities : DataFrame
        See `kompas.monitors.kengetallen.definitietabel`.
    trechter : DataFrame
        Observed against expected exits of units over the last twelve months; see `kompas.monitors.casemix.trechter`.
    taakstellingen : DataFrame
        Every version of every target, who approved it, and which one holds.
    rood : DataFrame
        Red signals of the last month: niveau, eenheid, kengetal, oorzaak, oorzaak_maand, maatregel, door; empty text
        where no cause was recorded yet. There is no maatregel without an oorzaak.
    afwezig : DataFrame
        kengetal, reden: why a kengetal is not there.
    teams : DataFrame
        team, afdeling: which team is part of which.
    klantmanager : bool
        Whether this is the monitor of one klantmanager about his own clients.
    bronnen, toelichting, waarschuwingen : tuple of str
    """

    tabel: pd.DataFrame
    gemeente: str
    peildatum: dt.date
    onderbouwing: pd.DataFrame
    definities: pd.DataFrame
    trechter: pd.DataFrame
    taakstellingen: pd.DataFrame
    rood: pd.DataFrame
    afwezig: pd.DataFrame
    teams: pd.DataFrame
    klantmanager: bool
    bronnen: tuple[str, ...]
    toelichting: tuple[str, ...]
    waarschuwingen: tuple[str, ...]

    @property
    def laatste_maand(self) -> str:
        """Last reported month."""
        return str(self.tabel["maand"].iloc[-1])


def maak_uitvoering(
    bestand: Bestand,
    config: Config,
    h: Herijking | None,
    *,
    reeksen: Reeksen | None = None,
    vooruitzicht: Vooruitzicht | None = None,
    klantmanager: str | None = None,
    voortgang: Voortgang | None = None,
) -> Uitvoeringsmonitor:
    """Compute the uitvoeringsmonitor.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows. Without a table the kengetallen that need it are left out, with a sentence.
    config : Config
    h : Herijking, optional
        Model for the case mix; without it leefvorm, age and duration are adjusted for.
    reeksen, vooruitzicht : optional
        Made here when absent.
    klantmanager : str, optional
        Only the clients of this klantmanager, for himself. By default no klantmanager is shown.
    voortgang : function (step, share), optional

    Returns
    -------
    Uitvoeringsmonitor

    Raises
    ------
    GebruiksFout
        ``KMP-Z501`` when the klantmanager has no clients, ``KMP-Z502`` without a complete month, ``KMP-Z503`` when not
        one kengetal can be counted.
    """
    kern = maak_kern(bestand, config, klantmanager=klantmanager)
    zinnen: list[str] = []
    reeksen = _reeksen(bestand, config, zinnen) if reeksen is None else reeksen
    if vooruitzicht is None and klantmanager is None and reeksen is not None:
        if voortgang is not None:
            voortgang("vooruitzicht", 0.0)
        vooruitzicht = _vooruitzicht(bestand, config, h, reeksen, zinnen)
    eigen = reeksen.reeks("eigen") if reeksen is not None else pd.DataFrame(columns=["maand", "huishoudens"])
    waarden = _van_niveau(kern, maak_waarden(kern, eigen, voortgang))
    if not waarden.per_code:
        raise GebruiksFout(
            "KMP-Z503",
            "er is geen enkel kengetal te tellen. Voeg een tabel toe onder [bron]: uitkeringen, aanvragen of "
            "referentie (soort eigen).",
        )
    mix = None
    if len(kern.bestand.uitkeringen):
        if voortgang is not None:
            voortgang("samenstelling van het bestand", 0.5)
        mix = verwachte_uitstroom(kern, h)
    taak = versies(bestand.overig.get("taakstellingen", _LEEG_TAAK), config.gemeente.peildatum)
    tabel, onderbouwing = _tabellen(kern, waarden, mix, taak, vooruitzicht)
    return Uitvoeringsmonitor(
        tabel=tabel,
        gemeente=config.gemeente.naam,
        peildatum=config.gemeente.peildatum,
        onderbouwing=onderbouwing,
        definities=definitietabel(),
        trechter=trechter(kern.eenheden, mix) if mix is not None else pd.DataFrame(),
        taakstellingen=taak[taak["jaar"].isin(kern.jaren[kern.eerste :])].reset_index(drop=True),
        rood=_rood(tabel, config),
        afwezig=pd.DataFrame(
            [(c, waarden.afwezig[c]) for c in KENGETALLEN if c in waarden.afwezig], columns=["kengetal", "reden"]
        ),
        teams=kern.afdeling_van.rename_axis("team").rename("afdeling").reset_index(),
        klantmanager=klantmanager is not None,
        bronnen=_bronnen(kern, taak, h),
        toelichting=_toelichting(config, mix),
        waarschuwingen=_waarschuwingen(kern, taak, mix, zinnen),
    )


def _reeksen(bestand: Bestand, config: Config, zinnen: list[str]) -> Reeksen | None:
    """The series, or a sentence why there are none."""
    try:
        return maak_reeksen(bestand, config)
    except KompasError as fout:
        zinnen.append(f"Er zijn geen maandreeksen: {fout.bericht}")
        return None


def _vooruitzicht(
    bestand: Bestand, config: Config, h: Herijking | None, reeksen: Reeksen | None, zinnen: list[str]
) -> Vooruitzicht | None:
    """The forecast, or a sentence why there is none."""
    try:
        return maak_vooruitzicht(bestand, config, h, reeksen=reeksen)
    except KompasError as fout:
        zinnen.append(f"Er is geen prognose: {fout.bericht}")
        return None


def _van_niveau(kern: Kern, w: Waarden) -> Waarden:
    """Leave out the kengetallen that the levels at hand do not have."""
    er = set(kern.eenheden["niveau"])
    mag = {c for c, k in KENGETALLEN.items() if er & set(k.niveaus)}
    return Waarden(
        per_code={c: t for c, t in w.per_code.items() if c in mag},
        per_maand=w.per_maand,
        afwezig={c: z for c, z in w.afwezig.items() if c in mag},
    )


# -- the table -----------------------------------------------------------------------------------------------------


def _norm_tot_nu(kern: Kern, k: Kengetal, norm: Floats, telling: Telling, w: Waarden) -> Floats:
    """Bring what was agreed to the month, (U, T)."""
    if k.normpad == "vast":
        return norm
    maand = (kern.maanden % 12 + 1) / 12.0
    if k.normpad == "seizoen":
        stroom = w.per_maand.get(k.code)
        return norm * (maand if stroom is None else deel_van_het_jaar(stroom[0], kern.maanden))
    if k.normpad == "recht":
        return norm * maand
    plek = np.searchsorted(kern.maanden, 12 * kern.jaren - 1)
    bekend = kern.maanden[0] <= 12 * kern.jaren - 1
    begin = np.where(bekend, telling.teller[:, np.minimum(plek, kern.aantal_maanden - 1)], norm)
    begin = np.where(np.isnan(begin), norm, begin)
    return np.asarray(begin + (norm - begin) * maand, dtype=np.float64)


def _verwacht(kern: Kern, mix: Verwacht | None, code: str, vorm: tuple[int, int]) -> Floats:
    """Case mix over the year so far, (U, t) for the reported months; nan where there is none."""
    if mix is None or code not in ("uitstroom", "uitstroom_werk"):
        return np.full(vorm, np.nan)
    per_maand = mix.verwacht[WERK] if code == "uitstroom_werk" else mix.verwacht.sum(axis=0) + mix.aow
    return jaar_tot_nu(per_maand, kern.maanden[kern.eerste :])


def _tabellen(
    kern: Kern, w: Waarden, mix: Verwacht | None, taak: pd.DataFrame, vooruitzicht: Vooruitzicht | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table of the contract, and what it rests on."""
    vooruit = prognoses(kern, w, vooruitzicht.tabel if vooruitzicht is not None else None)
    aan, marge = slice(kern.eerste, None), kern.config.monitor.marge
    delen = []
    for rang, (code, k) in enumerate(KENGETALLEN.items()):
        if code not in w.per_code:
            continue
        t = w.per_code[code]
        e = kern.eenheden.iloc[: t.teller.shape[0]]
        norm = norm_van(taak, code, e, kern.jaren)
        nu = _norm_tot_nu(kern, k, norm, t, w)[:, aan]
        echt = t.realisatie[:, aan]
        noemer = np.full(echt.shape, np.nan) if t.noemer is None else np.broadcast_to(t.noemer, t.teller.shape)[:, aan]
        fout = np.full(echt.shape, np.nan) if t.spreiding is None else t.spreiding[:, aan]
        straks = np.full(echt.shape, np.nan)
        if code in vooruit:
            straks[:, -1] = vooruit[code]
        velden = {
            "norm": norm[:, aan],
            "realisatie": echt,
            "verwacht": _verwacht(kern, mix, code, echt.shape),
            "prognose": straks,
            "afwijking": echt - nu,
            "signaal": beoordeel(k, echt, nu, noemer=noemer, spreiding=fout, marge=marge),
            "norm_tot_nu": nu,
            "teller": t.teller[:, aan],
            "noemer": noemer,
            "kans": kans_op_slechter(k, echt, nu, noemer, fout),
        }
        mag = e["niveau"].isin(k.niveaus).to_numpy()
        delen.append(_blok(kern, k, rang, e[mag], {n: v[mag] for n, v in velden.items()}))
    alles = pd.concat(delen, ignore_index=True)
    alles = alles.sort_values(["maand", "niveaurang", "eenheid", "rang"], kind="stable", ignore_index=True)
    return alles[list(KOLOMMEN)], alles[[*SLEUTEL, "norm_tot_nu", "teller", "noemer", "kans"]]


def _blok(kern: Kern, k: Kengetal, rang: int, eenheden: pd.DataFrame, velden: dict[str, np.ndarray]) -> pd.DataFrame:
    """Rows of one kengetal: all its units and months."""
    u, maanden = len(eenheden), kern.getoond
    return pd.DataFrame(
        {
            "maand": np.tile(np.array(maanden, dtype=object), u),
            "niveau": np.repeat(eenheden["niveau"].to_numpy(dtype=object), len(maanden)),
            "eenheid": np.repeat(eenheden["eenheid"].to_numpy(dtype=object), len(maanden)),
            "werkstroom": k.werkstroom,
            "kengetal": k.code,
            "rang": rang,
            "niveaurang": np.repeat([NIVEAUS.index(n) for n in eenheden["niveau"]], len(maanden)),
            **{naam: waarde.ravel() for naam, waarde in velden.items()},
        }
    )


# -- what is said beside it ----------------------------------------------------------------------------------------


def _rood(tabel: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Red signals of the last month with the cause that was recorded this year, if any."""
    laatste = tabel["maand"].iloc[-1]
    r = tabel[(tabel["maand"] == laatste) & (tabel["signaal"] == ROOD)][["niveau", "eenheid", "kengetal"]]
    velden = ["kengetal", "eenheid", "oorzaak_maand", "oorzaak", "maatregel", "door"]
    bekend = pd.DataFrame(
        [(o.kengetal, o.eenheid, o.maand, o.oorzaak, o.maatregel, o.door) for o in config.oorzaak], columns=velden
    )
    dit_jaar = (bekend["oorzaak_maand"] <= laatste) & (bekend["oorzaak_maand"].str[:4] == laatste[:4])
    bekend = bekend[dit_jaar.astype(bool)].sort_values("oorzaak_maand", kind="stable")
    bekend = bekend.drop_duplicates(["kengetal", "eenheid"], keep="last")
    uit = r.merge(bekend, on=["kengetal", "eenheid"], how="left")
    return uit.fillna(dict.fromkeys(("oorzaak", "oorzaak_maand", "maatregel", "door"), ""))[
        ["niveau", "eenheid", "kengetal", "oorzaak", "oorzaak_maand", "maatregel", "door"]
    ]


def _dag(dag: dt.date) -> str:
    return f"{dag.day}-{dag.month}-{dag.year}"


def _bronnen(kern: Kern, taak: pd.DataFrame, h: Herijking | None) -> tuple[str, ...]:
    """What the figures rest on, with the age of the data."""
    peil = kern.config.gemeente.peildatum
    uit = [f"Gegevens tot en met {kern.getoond[-1]} (peildatum {_dag(peil)})."]
    tabellen = [t for t in ("uitkeringen", "inzet", "gronden") if len(getattr(kern.bestand, t))]
    tabellen += [t for t in ("aanvragen", "budget", "referentie", "capaciteit") if t in kern.bestand.overig]
    uit.append(f"Tabellen: {', '.join(tabellen)}.")
    geldt = taak[taak["geldt"] & (taak["jaar"] == peil.year)]
    if len(geldt):
        door = sorted(set(geldt["vastgesteld_door"].dropna().astype(str)))
        op = geldt["vastgesteld_op"].dropna()
        wanneer = f", laatst vastgesteld op {_dag(op.max())}" if len(op) else ", zonder datum van vaststelling"
        wie = f" door {', '.join(door)}" if door else ""
        uit.append(f"Taakstellingen voor {peil.year}: {len(geldt)} normen{wanneer}{wie}.")
    if h is not None:
        uit.append(f"Verwacht volgens het model van peildatum {_dag(h.config.gemeente.peildatum)}.")
    return tuple(uit)


def _toelichting(config: Config, mix: Verwacht | None) -> tuple[str, ...]:
    marge = f"{100 * config.monitor.marge:.0f}%"
    uit = [
        (
            "Een norm voor een jaar wordt teruggebracht tot de maand: naar het deel van het jaar dat in eerdere jaren "
            "dan bereikt was (stromen), anders in een rechte lijn. De afwijking is de realisatie min die norm."
        ),
        (
            f"Rood: slechter dan de norm, meer dan {marge} ervan, en niet door toeval te verklaren (95%). Oranje: "
            "slechter, maar binnen die marge of door toeval te verklaren. Groen: op de norm of beter. Elk signaal is "
            "hier opnieuw berekend uit de cijfers."
        ),
        "De prognose is de waarde aan het eind van het jaar: wat er is, plus wat het vooruitzicht nog brengt.",
    ]
    if mix is not None:
        uit += [
            (
                f"Verwacht is wat de gemeente als geheel met deze klanten zou halen, gelet op {mix.hoe}. Wat een team "
                "inzet telt daarin niet mee. Klanten horen bij het team waar zij nu staan."
            ),
            "De trechter zegt of een verschil toeval kan zijn. Hij is geen ranglijst, en gaat nooit over personen.",
        ]
    return tuple(uit)


def _waarschuwingen(kern: Kern, taak: pd.DataFrame, mix: Verwacht | None, zinnen: list[str]) -> tuple[str, ...]:
    config, uit = kern.config, list(dict.fromkeys(zinnen))
    personen = kern.eenheden["niveau"].iloc[0] != MANAGEMENT
    uit += bezwaren(taak, kern.eenheden, set(kern.jaren[kern.eerste :].tolist()), personen=personen)
    if taak.empty:
        uit.append("Er zijn geen taakstellingen ([bron.taakstellingen]): zonder norm is er geen signaal.")
    if mix is not None and mix.onbekend > 0.01:
        uit.append(
            f"Bij {100 * mix.onbekend:.0f}% van de tijd in de bijstand heeft de klant een kenmerk dat het model niet "
            "kent; daar geldt de gemiddelde kans. Herijk het model."
        )
    for o in config.oorzaak:
        if o.kengetal not in KENGETALLEN:
            uit.append(f"[[oorzaak]]: kengetal '{o.kengetal}' is onbekend.{naaste(o.kengetal, KENGETALLEN)}")
        elif not personen and o.eenheid not in set(kern.eenheden["eenheid"]):
            uit.append(f"[[oorzaak]]: een eenheid bij {o.kengetal} komt niet voor als gemeente, afdeling of team.")
    return tuple(uit)
