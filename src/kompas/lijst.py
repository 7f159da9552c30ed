"""The list: one row per running spell with chances, returns and an indication per instrument (contract 5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtr

from kompas.bron import Bestand
from kompas.config import BESTEMMINGEN, Config, Instrument
from kompas.fouten import GebruiksFout, naaste
from kompas.herijking import Herijking
from kompas.historie import bronwaarden_van
from kompas.models.calendar import add_months, full_months, to_day
from kompas.models.design import Floats, Ints
from kompas.models.timedesign import band_of
from kompas.oordeel import oordeel_over_instrument
from kompas.parameters.aow import aow_datum
from kompas.parameters.normen import norm_met_bron
from kompas.perioden import OPEN, Perioden, maak_perioden, op_volgorde
from kompas.rendement import Vooruitzicht, bereken, maak_meter
from kompas.tabellen import STARTBANDEN, Z95
from kompas.toonbaar import Toonbaar
from kompas.typering import typekansen
from kompas.vooruitblik import Klanten

HOOFDBESTEMMING = {"reintegratie": "werk", "werkdirect": "werk", "handhaving": "handhaving"}
SLECHT = ("onvoldoende_gegevens", "niet_vastgesteld", "afhankelijk_van_aanname", "vastgesteld")
JA = {
    "vastgesteld": "levert naar verwachting meer op dan het kost",
    "afhankelijk_van_aanname": "levert meer op dan het kost, mits klanten met gelijke kenmerken verder gelijk zijn",
    "niet_vastgesteld": "",
    "onvoldoende_gegevens": "",
}
Tekst = npt.NDArray[np.object_]
Vlag = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lijst(Toonbaar):
    """The list with what it rests on.

    Parameters
    ----------
    tabel : DataFrame
        Columns of the contract, sorted by client_id.
    peildatum : date
    instrumenten : tuple of Instrument
    waarschuwingen : tuple of str
        Sentences to show with the list.
    """

    tabel: pd.DataFrame
    peildatum: dt.date
    instrumenten: tuple[Instrument, ...]
    waarschuwingen: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per running spell."""
        return self.tabel.copy()


def _instrumenten(config: Config, h: Herijking) -> tuple[Instrument, ...]:
    """Instruments of the model, with prices from today's config; a new one needs a new herijking."""
    bekend = {i.code: i for i in h.config.instrument}
    vorm = {i.code: (i.duur_maanden, i.fasen_na, i.meter) for i in h.config.instrument}
    for ins in config.instrument:
        if ins.code not in bekend:
            raise GebruiksFout(
                "KMP-L001",
                f"instrument '{ins.code}' staat niet in het model.{naaste(ins.code, bekend)} Draai kompas herijk.",
            )
        if (ins.duur_maanden, ins.fasen_na, ins.meter) != vorm[ins.code]:
            raise GebruiksFout(
                "KMP-L002",
                f"instrument '{ins.code}' heeft in het model een andere duur, fasering of meter dan in de config. "
                "Zet ze gelijk of draai kompas herijk opnieuw.",
            )
    nieuw = {i.code: i for i in config.instrument}
    return tuple(nieuw.get(c, i) for c, i in bekend.items())


def _prijs(ins: Instrument, h: Herijking) -> float:
    """Cost of a start: today's config, else the model's; nan = unknown."""
    if ins.kosten is not None:
        return ins.kosten
    rij = h.kosten.loc[h.kosten["instrument"] == ins.code, "kosten"]
    return float(rij.iloc[0]) if len(rij) else float("nan")


def lopende_klanten(
    perioden: Perioden, bestand: Bestand, config: Config, h: Herijking, spells: Ints
) -> tuple[Klanten, dict[str, Vlag]]:
    """State of running spells on the day after the peildatum; also per instrument who has it running now."""
    nu = to_day(config.gemeente.peildatum) + 1
    uitkeringen = bestand.uitkeringen
    namen = [k.naam for k in h.kenmerken]
    bron, _ = bronwaarden_van(namen, perioden, uitkeringen, bestand.kenmerken_historie)
    dag = np.full(spells.size, nu - 1, dtype=np.int64)
    codes = {k.naam: k.codeer(bron.waarde(k.naam, spells, dag)) for k in h.kenmerken if k.naam != "leeftijd"}
    deel = bron.deel(spells, dag)
    geboren = bron.geboren[deel]
    inzet, loopt = {}, {}
    for index, ins in enumerate(h.config.instrument):
        start, gepland, loopt[ins.code] = _laatste_inzet(perioden.inzetten, index, ins, spells, nu)
        inzet[ins.code] = (start, gepland)
    klanten = Klanten(
        nu=nu,
        begin=perioden.spells["begin"].to_numpy(dtype=np.int64)[spells],
        geboren=geboren,
        aow=aow_datum(geboren),
        codes=codes,
        inzet=inzet,
        types=typekansen(h, perioden, bestand, config, spells),
    )
    return klanten, loopt


def _laatste_inzet(
    inzetten: pd.DataFrame, index: int, ins: Instrument, spells: Ints, nu: int
) -> tuple[Ints, Ints, Vlag]:
    """Start and planned end of the last deployment before now; overdue ones that run end after one month."""
    eigen = inzetten[(inzetten["instrument"] == index) & (inzetten["start"] < nu)]
    laatste = eigen.sort_values(["spell", "start", "gepland"], kind="stable").drop_duplicates("spell", keep="last")
    laatste = laatste.set_index("spell").reindex(spells)
    start = laatste["start"].fillna(OPEN).to_numpy(dtype=np.int64)
    gepland = laatste["gepland"].fillna(OPEN).to_numpy(dtype=np.int64)
    loopt = (start < OPEN) & (laatste["stop"].fillna(0).to_numpy(dtype=np.int64) > nu) & (ins.duur_maanden > 0)
    over_een_maand = add_months(np.full(spells.size, nu, dtype=np.int64), 1)
    return start, np.where(loopt & (gepland <= nu), over_een_maand, gepland), loopt


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Bedragen:
    """Monthly cost per client (nan = unknown), where it is a norm, and what must be said about those norms."""

    bedrag: Floats
    geschat: Vlag
    waarschuwingen: tuple[str, ...]


def _bedragen(uitkeringen: pd.DataFrame, rij: Ints, peildatum: dt.date) -> _Bedragen:
    """Amounts of the clients; the norm of that date and leefvorm where none was delivered."""
    bedrag = uitkeringen["bedrag_maand"].to_numpy(dtype=np.float64)[rij]
    leefvorm = uitkeringen["leefvorm"].to_numpy()[rij]
    uit, ontbreekt = bedrag.copy(), np.isnan(bedrag)
    gezegd: list[str] = []
    for soort in np.unique(leefvorm[ontbreekt].astype(str)):
        try:
            norm = norm_met_bron(soort, peildatum)
        except GebruiksFout as fout:
            gezegd.append(f"Bij klanten zonder bedrag_maand blijven de euro's leeg: {fout.bericht}")
            continue
        uit[ontbreekt & (leefvorm == soort)] = np.nan if norm.bedrag is None else norm.bedrag
        if norm.waarschuwing is not None:
            gezegd.append(f"Bij klanten zonder bedrag_maand geldt: {norm.waarschuwing}")
    return _Bedragen(bedrag=uit, geschat=ontbreekt & ~np.isnan(uit), waarschuwingen=tuple(dict.fromkeys(gezegd)))


def _steun(h: Herijking, ins: Instrument, klanten: Klanten) -> Vlag:
    """Whether the data hold enough starts by clients of each level and of this elapsed duration."""
    tabel = h.steun[h.steun["instrument"] == ins.code]
    kaart = {
        (k, str(n)): bool(v) for k, n, v in zip(tabel["kenmerk"], tabel["niveau"], tabel["voldoende"], strict=True)
    }
    maand = full_months(klanten.begin, np.full(klanten.aantal, klanten.nu, dtype=np.int64))
    per_band = np.array([kaart.get(("duur", str(b)), False) for b in range(len(STARTBANDEN) + 1)])
    uit = per_band[band_of(maand, STARTBANDEN)]
    for k in h.kenmerken:
        if k.soort == "numeriek" or k.naam == "leeftijd":
            continue
        per = np.array([kaart.get((k.naam, n), False) for n in k.niveaus])
        code = np.asarray(klanten.codes[k.naam], dtype=np.int64)
        uit = uit & np.where(code >= 0, per[np.maximum(code, 0)], False)
    return np.asarray(uit)


def _oordeel(h: Herijking, ins: Instrument) -> str:
    """Judgement on the instrument as a whole, for the bestemming that the meter is about."""
    rijen = h.effecten[
        (h.effecten["instrument"] == ins.code)
        & (h.effecten["bestemming"] == HOOFDBESTEMMING[ins.meter])
        & (h.effecten["groep"] == "allen")
        & h.effecten["voorkeur"]
    ]
    return oordeel_over_instrument(rijen)


def _gronden(bestand: Bestand, ins: Instrument, client: Tekst, peildatum: dt.date) -> Vlag:
    """Clients with a recorded, still valid, concrete ground for this instrument."""
    g = bestand.gronden
    if not len(g):
        return np.zeros(client.size, dtype=bool)
    dag = pd.Timestamp(peildatum)
    geldig = (
        (g["instrument"] == ins.code) & (g["grond_datum"] <= dag) & (g["geldig_tot"].isna() | (g["geldig_tot"] >= dag))
    )
    geldig &= g["grond"].astype(str).str.strip().ne("")
    return np.asarray(pd.Series(client).isin(set(g.loc[geldig, "client_id"])), dtype=bool)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Situatie:
    """What decides the indication of one instrument, per client."""

    loopt: Vlag
    scoort: Vlag
    steun: Vlag
    grond: Vlag | None
    bedrag: Floats
    prijs: float
    oordeel: str


def _kolommen(ins: Instrument, v: Vooruitzicht, s: _Situatie, minimum: float) -> dict[str, npt.NDArray[np.generic]]:
    """The contract's columns of one instrument."""
    n = s.loopt.size
    bespaard, se = v.maanden_bespaard[ins.code], v.se_waarde[ins.code] * s.bedrag
    opbrengst = v.waarde[ins.code] * s.bedrag
    netto = opbrengst - s.prijs
    with np.errstate(divide="ignore", invalid="ignore"):
        kans = np.where(se > 0, ndtr(netto / se), np.where(netto > 0, 1.0, 0.0))
    kans = np.where(np.isnan(netto), np.nan, kans)
    laag, hoog = netto - Z95 * se, netto + Z95 * se
    zwak = s.oordeel in SLECHT[:2]
    leeg = s.loopt | ~s.scoort | (~s.grond if s.grond is not None else np.zeros(n, dtype=bool))
    euro_leeg = leeg | zwak | ~s.steun  # no euros where the data hold nobody like this client
    beide = laag > 0 if s.oordeel == "afhankelijk_van_aanname" else np.ones(n, dtype=bool)
    ja = ~euro_leeg & ~np.isnan(netto) & beide & (kans >= minimum)
    geen = (s.loopt | ~s.scoort | zwak | ~s.steun | np.isnan(netto)) & ~ja
    zonder_grond = np.zeros(n, dtype=bool) if s.grond is None else ~s.grond & ~s.loopt
    indicatie = np.select([zonder_grond, geen, ja], ["nee", "geen_uitspraak", "ja"], default="nee")
    redenen = [
        (s.loopt, "loopt al"),
        (zonder_grond, "geen vastgelegde concrete grond voor deze klant"),
        (~s.scoort, "geen uitspraak over deze klant mogelijk"),
        (np.full(n, zwak), f"effect: {s.oordeel.replace('_', ' ')}"),
        (~s.steun, "te weinig vergelijkbare klanten kregen dit"),
        (np.isnan(s.bedrag), "uitkeringsbedrag onbekend"),
        (np.full(n, np.isnan(s.prijs)), "kosten van het instrument onbekend"),
        (ja, JA[s.oordeel]),
        (kans < minimum, f"kans op een positief saldo is kleiner dan {minimum:.0%}"),
        (~beide, "ondergrens van het saldo is niet positief"),
    ]
    reden = np.select([r[0] for r in redenen], [r[1] for r in redenen], default="")
    return {
        f"{ins.code}_maanden_bespaard": np.where(leeg, np.nan, bespaard),
        f"{ins.code}_opbrengst": np.where(euro_leeg, np.nan, opbrengst),
        f"{ins.code}_netto": np.where(euro_leeg, np.nan, netto),
        f"{ins.code}_netto_laag": np.where(euro_leeg, np.nan, laag),
        f"{ins.code}_netto_hoog": np.where(euro_leeg, np.nan, hoog),
        f"{ins.code}_kans_positief": np.where(euro_leeg, np.nan, kans),
        f"{ins.code}_indicatie": indicatie,
        f"{ins.code}_reden": reden,
    }


def _zin(duur: Ints, v: Vooruitzicht, scoort: Vlag, advies: Tekst, aow: Vlag, horizon: int, geschat: Vlag) -> Tekst:
    """One Dutch sentence per client: what is expected and what follows from it."""

    def getal(x: float, cijfers: int = 1) -> str:
        return f"{x:.{cijfers}f}".replace(".", ",")

    uit = []
    for i in range(duur.size):
        kop = f"{duur[i]} {'maand' if duur[i] == 1 else 'maanden'} bijstand"
        if aow[i]:
            uit.append(f"{kop}; AOW-leeftijd bereikt op de peildatum: geen uitspraak.")
        elif not scoort[i]:
            uit.append(f"{kop}; een kenmerk heeft een waarde die het model niet kent: geen uitspraak.")
        else:
            staart = f"advies: {advies[i]}" if advies[i] else "geen advies"
            bron = "; bedrag volgens norm" if geschat[i] else ""
            uit.append(
                f"{kop}; naar verwachting nog {getal(v.verwachte_maanden[i])} van {horizon} maanden, kans op uitstroom "
                f"binnen een jaar {getal(100 * v.kans_uitstroom_12m[i], 0)}%; {staart}{bron}."
            )
    return np.array(uit, dtype=object)


def maak_lijst(
    bestand: Bestand,
    config: Config,
    h: Herijking,
    *,
    voortgang: Callable[[str, float], None] | None = None,
) -> Lijst:
    """Score all running spells.

    Parameters
    ----------
    bestand : Bestand
        Accepted rows of this month.
    config : Config
        This month's config (peildatum, prices, thresholds).
    h : Herijking
        The model.
    voortgang : function (step, share), optional

    Returns
    -------
    Lijst

    Raises
    ------
    GebruiksFout
        ``KMP-L001``, ``KMP-L002`` when config and model know different instruments.
    """
    stap = voortgang if voortgang is not None else (lambda _s, _d: None)
    instrumenten = _instrumenten(config, h)
    # Deployments are placed with the instruments of the model: codes in the data refer to the same names.
    met_model = config.model_copy(update={"instrument": h.config.instrument})
    stap("perioden", 0.0)
    bestand = replace(bestand, uitkeringen=op_volgorde(bestand.uitkeringen))
    perioden = maak_perioden(bestand.uitkeringen, bestand.inzet, met_model)
    s = perioden.spells
    nu = to_day(config.gemeente.peildatum) + 1
    spells = np.flatnonzero((s["eind"].to_numpy() > nu) & (s["begin"].to_numpy() < nu))
    klanten, loopt = lopende_klanten(perioden, bestand, config, h, spells)
    rij = s["rij"].to_numpy(dtype=np.int64)[spells]
    bedragen = _bedragen(bestand.uitkeringen, rij, config.gemeente.peildatum)
    r = config.rendement
    meter = maak_meter(h, horizon=r.horizon_maanden, discontovoet=r.discontovoet, terugval=r.terugval)
    stap("scoren", 0.0)
    v = bereken(meter, klanten, instrumenten)
    aow = klanten.aow <= nu
    bekend = np.ones(spells.size, dtype=bool)
    for k in h.kenmerken:
        if k.naam not in klanten.codes:
            continue
        waarde = np.asarray(klanten.codes[k.naam], dtype=np.float64)
        laag, hoog = k.bereik if k.bereik is not None else (0.0, np.inf)
        bekend &= (waarde >= laag) & (waarde <= hoog)
    scoort = bekend & ~aow
    return _samenstellen(
        bestand, config, h, instrumenten, s.iloc[spells], klanten, v, loopt, bedragen, (scoort, aow), rij
    )


def _samenstellen(
    bestand: Bestand,
    config: Config,
    h: Herijking,
    instrumenten: Sequence[Instrument],
    spells: pd.DataFrame,
    klanten: Klanten,
    v: Vooruitzicht,
    loopt: dict[str, Vlag],
    bedragen: _Bedragen,
    status: tuple[Vlag, Vlag],
    rij: Ints,
) -> Lijst:
    scoort, aow = status
    client = spells["client_id"].to_numpy(dtype=object)
    duur = full_months(klanten.begin, np.full(klanten.aantal, klanten.nu, dtype=np.int64))
    per_instrument: dict[str, npt.NDArray[np.generic]] = {}
    advies = np.full(client.size, "", dtype=object)
    for ins in instrumenten:
        situatie = _Situatie(
            loopt=loopt[ins.code],
            scoort=scoort,
            steun=_steun(h, ins, klanten),
            grond=_gronden(bestand, ins, client, config.gemeente.peildatum) if ins.meter == "handhaving" else None,
            bedrag=bedragen.bedrag,
            prijs=_prijs(ins, h),
            oordeel=_oordeel(h, ins),
        )
        kolommen = _kolommen(ins, v, situatie, config.rendement.minimale_kans_positief)
        per_instrument |= kolommen
        ja = kolommen[f"{ins.code}_indicatie"] == "ja"
        advies = np.where(ja, np.where(advies == "", ins.code, advies + " " + ins.code), advies)
    bron = bestand.uitkeringen
    werk = not np.isnan(
        h.meter_coef[BESTEMMINGEN.index("werk")]
    ).all()  # without any exit to work its chance is unknown
    tabel = pd.DataFrame(
        {
            "client_id": client,
            **{k: bron[k].to_numpy(dtype=object)[rij] for k in ("afdeling", "team", "klantmanager")},
            "duur_maanden": duur,
            "kans_uitstroom_12m": np.where(scoort, v.kans_uitstroom_12m, np.nan),
            "kans_werk_12m": np.where(scoort & werk, v.kans_werk_12m, np.nan),
            "verwachte_maanden": np.where(scoort, v.verwachte_maanden, np.nan),
            "doelgroep": np.full(client.size, "", dtype=object),
            "advies": advies,
            "waarom": _zin(duur, v, scoort, advies, aow, config.rendement.horizon_maanden, bedragen.geschat),
            **per_instrument,
        }
    )
    tabel = (
        tabel.assign(_begin=klanten.begin).sort_values(["client_id", "_begin"], kind="stable").drop(columns="_begin")
    )
    return Lijst(
        tabel=tabel.reset_index(drop=True),
        peildatum=config.gemeente.peildatum,
        instrumenten=tuple(instrumenten),
        waarschuwingen=(*h.waarschuwingen, *bedragen.waarschuwingen),
    )
