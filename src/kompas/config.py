"""``kompas.toml`` to a frozen ``Config``: every key checked, unknown keys named with the nearest known one."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from kompas.configdelen import (
    STANDAARD_DUURBANDEN,
    STANDAARD_KENMERKEN,
    Bron,
    Deel,
    Gemeente,
    Instrument,
    InzetBron,
    Kenmerken,
    Model,
    Rendement,
    TabelBron,
    UitkeringenBron,
)
from kompas.configdoelgroep import STANDAARD_DOELGROEPEN, Doelgroep, Lijstinstelling
from kompas.configmonitor import Ambitie, Budgetdoel, Monitorinstelling, Oorzaak
from kompas.fouten import GebruiksFout, GeweigerdFout, naaste

__all__ = [
    "BESTEMMINGEN",
    "STANDAARD_DOELGROEPEN",
    "STANDAARD_DUURBANDEN",
    "STANDAARD_KENMERKEN",
    "TABELLEN",
    "Ambitie",
    "Bron",
    "Budgetdoel",
    "Config",
    "Doelgroep",
    "Gemeente",
    "Instrument",
    "InzetBron",
    "Kenmerken",
    "Lijstinstelling",
    "Model",
    "Monitorinstelling",
    "Oorzaak",
    "Rendement",
    "TabelBron",
    "UitkeringenBron",
    "is_verboden",
    "lees_config",
    "maak_config",
]

BESTEMMINGEN = ("werk", "handhaving", "overig")
TABELLEN = (
    "uitkeringen",
    "inzet",
    "gronden",
    "kenmerken_historie",
    "aanvragen",
    "uitgaven",
    "budget",
    "macro",
    "referentie",
    "taakstellingen",
    "contracten",
    "capaciteit",
)

# Law (methode.md 7): refused as predictors, by name and by the source column behind a rename.
VERBODEN = re.compile(
    r"nationalit|herkomst|etnic|etnisch|ethnic|allocht|autocht|migratie|afkomst|huidskleur"
    r"|geboorte_?(land|plaats)|land_?van_?geboorte|birth_?country|country_?of_?birth|birth_?place"
    r"|(?<!be)(?<!to)(?<!ge)taal|language|religi|geloof|godsdienst|kerkgenoot|levensovertuiging"
    r"|gezondheid|health|medisch|medical|ziekte|diagnose|handicap|beperking"
    r"|post_?code|zip_?code|postal|(?<!af)wijk|buurt|stadsdeel|neighbou?rhood|^(ras|pc4|pc6|ppc|nat|gebland|land)$"
)
# A team that is organised by neighbourhood is an organisational unit; it still needs a motivering.
TOEGESTAAN = ("wijkteam",)


class Config(Deel):
    """The whole of ``kompas.toml``, checked and frozen.

    ``pad`` is the file it came from (None for a config made in memory); paths inside are relative to it.
    """

    gemeente: Gemeente
    bron: Bron
    kenmerken: Kenmerken = Kenmerken()
    model: Model = Model()
    instrument: tuple[Instrument, ...] = ()
    rendement: Rendement = Rendement()
    doelgroep: tuple[Doelgroep, ...] = ()
    lijst: Lijstinstelling = Lijstinstelling()
    monitor: Monitorinstelling = Monitorinstelling()
    ambitie: Ambitie = Ambitie()
    budgetdoel: Budgetdoel = Budgetdoel()
    oorzaak: tuple[Oorzaak, ...] = ()
    pad: Path | None = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _samenhang(self) -> Config:
        codes = [i.code for i in self.instrument]
        dubbel = sorted({c for c in codes if codes.count(c) > 1})
        if dubbel:
            raise ValueError(f"instrument '{dubbel[0]}' staat er twee keer in; geef elk instrument een eigen code")
        labels: dict[str, str] = {}
        for d in self.doelgroep:
            if labels.setdefault(d.code, d.naam) != d.naam:
                raise ValueError(f"doelgroep '{d.code}' heeft twee labels; geef gelijke codes hetzelfde label")
        tot = self.bron.venster_tot or self.gemeente.peildatum
        if self.bron.venster_van > tot:
            raise ValueError("bron.venster_van ligt na het einde van het venster; zet venster_van vroeger")
        if tot > self.gemeente.peildatum:
            raise ValueError("bron.venster_tot ligt na de peildatum; kies een datum tot en met de peildatum")
        return self

    @property
    def doelgroepen(self) -> tuple[Doelgroep, ...]:
        """The doelgroepen that were declared; the default ones when there are none."""
        return self.doelgroep or STANDAARD_DOELGROEPEN

    @property
    def map(self) -> Path:
        """Folder with the source tables."""
        basis = self.pad.parent if self.pad is not None else Path()
        return basis / Path(self.bron.map.replace("\\", "/"))

    def met_peildatum(self, peildatum: dt.date | None) -> Config:
        """Return the same config at another peildatum (``--peildatum``)."""
        if peildatum is None:
            return self
        gemeente = self.gemeente.model_copy(update={"peildatum": peildatum})
        kopie = self.model_dump() | {"gemeente": gemeente.model_dump()}
        tot = self.bron.venster_tot
        if tot is not None and tot > peildatum:
            kopie["bron"]["venster_tot"] = None
        return maak_config(kopie, pad=self.pad)


def _bekende_sleutels(model: type[BaseModel], plek: tuple[str | int, ...]) -> list[str]:
    """Return the keys allowed at ``plek`` (a pydantic location without its last part)."""
    huidig: Any = model
    for deel in plek:
        if isinstance(deel, int):
            continue
        veld = huidig.model_fields.get(deel)
        if veld is None:
            return []
        kandidaten = [veld.annotation, *getattr(veld.annotation, "__args__", ())]
        modellen = [k for k in kandidaten if isinstance(k, type) and issubclass(k, BaseModel)]
        if not modellen:
            return []
        huidig = modellen[0]
    return [s for s in huidig.model_fields if s != "pad"]


_UITLEG = {
    "missing": "ontbreekt; vul deze sleutel in",
    "date_type": "is geen datum; schrijf jjjj-mm-dd zonder aanhalingstekens",
    "date_parsing": "is geen datum; schrijf jjjj-mm-dd zonder aanhalingstekens",
    "date_from_datetime_parsing": "is geen datum; schrijf jjjj-mm-dd zonder aanhalingstekens",
    "int_type": "moet een geheel getal zijn",
    "int_parsing": "moet een geheel getal zijn",
    "int_from_float": "moet een geheel getal zijn",
    "float_type": "moet een getal zijn",
    "float_parsing": "moet een getal zijn",
    "bool_type": "moet true of false zijn",
    "bool_parsing": "moet true of false zijn",
    "string_type": "moet tekst tussen aanhalingstekens zijn",
    "tuple_type": "moet een lijst tussen [ en ] zijn",
    "dict_type": "moet een tabel zijn",
    "model_type": "moet een tabel zijn",
    "string_pattern_mismatch": "mag alleen letters, cijfers en _ bevatten en begint met een letter",
    "string_too_short": "is leeg; vul een waarde in",
}


def _bericht(fout: dict[str, Any], model: type[BaseModel]) -> str:
    plek = tuple(fout["loc"])
    naam = ".".join(str(d + 1) if isinstance(d, int) else str(d) for d in plek)
    soort = fout["type"]
    if soort == "extra_forbidden":
        bekend = _bekende_sleutels(model, plek[:-1])
        hint = naaste(str(plek[-1]), bekend)
        if not hint and bekend:
            hint = " Toegestaan: " + ", ".join(bekend) + "."
        return f"onbekende sleutel '{naam}'.{hint}"
    if soort in _UITLEG:
        return f"'{naam}' {_UITLEG[soort]}."
    if soort == "literal_error":
        keus = fout["ctx"]["expected"].replace(" or ", " of ")
        return f"'{naam}' heeft een onbekende waarde; toegestaan: {keus}."
    grenzen = {"greater_than_equal": "ge", "less_than_equal": "le", "greater_than": "gt", "less_than": "lt"}
    if soort in grenzen:
        woord = {"ge": "minstens", "le": "hoogstens", "gt": "groter dan", "lt": "kleiner dan"}[grenzen[soort]]
        return f"'{naam}' moet {woord} {fout['ctx'][grenzen[soort]]} zijn."
    if soort == "value_error":
        return (f"'{naam}': " if naam else "") + f"{fout['ctx']['error']}."
    return f"'{naam}' is niet geldig ({fout['msg']})."


def is_verboden(naam: str) -> bool:
    """Tell whether the law rules of kompas refuse this name as a predictor.

    Examples
    --------
    >>> is_verboden("Geboorteland"), is_verboden("opleiding"), is_verboden("wijkteam")
    (True, False, False)
    """
    plat = naam.strip().lower().replace(" ", "_").replace("-", "_")
    return plat not in TOEGESTAAN and VERBODEN.search(plat) is not None


def _controleer_wet(config: Config) -> None:
    """Refuse protected predictors, by name and by the source column behind a rename (exit code 5)."""
    bron = config.bron.uitkeringen
    hernoemd = dict(bron.kolommen) if bron is not None else {}
    groepen = tuple(d.kenmerk for d in config.doelgroep if d.kenmerk is not None)
    k = config.kenmerken
    for naam in (*k.namen, *config.model.effect_per, *k.banden, *k.soort, *groepen, *config.monitor.groepen):
        achter = hernoemd.get(naam, naam)
        for woord in (naam, achter):
            if is_verboden(woord):
                via = f" (bronkolom '{achter}')" if achter != naam else ""
                raise GeweigerdFout(
                    "KMP-W001",
                    f"'{naam}'{via} mag geen kenmerk zijn: herkomst, nationaliteit, geboorteland, taal, religie, "
                    "gezondheid, postcode en wijk worden geweigerd als voorspeller (AVG art. 9, AWGB). "
                    f"Haal '{naam}' uit [kenmerken], [model], [[doelgroep]] en [monitor].",
                )


def maak_config(inhoud: dict[str, Any], *, pad: Path | None = None) -> Config:
    """Check a mapping (as read from TOML) and return the frozen ``Config``.

    Parameters
    ----------
    inhoud : dict
        The tables of ``kompas.toml``.
    pad : Path, optional
        The file it came from; table paths are relative to its folder.

    Raises
    ------
    GebruiksFout
        ``KMP-C002`` for unknown keys, missing keys and wrong values: all are named at once.
    GeweigerdFout
        ``KMP-W001`` when a protected trait is used as a predictor.

    Examples
    --------
    >>> import datetime as dt
    >>> c = maak_config({"gemeente": {"naam": "X", "peildatum": dt.date(2007, 6, 30)},
    ...                  "bron": {"venster_van": dt.date(2001, 1, 1)}})
    >>> c.rendement.horizon_maanden
    60
    """
    try:
        config = Config.model_validate({**inhoud, "pad": pad})
    except ValidationError as fout:
        regels = [_bericht(dict(f), Config) for f in fout.errors()]
        waar = pad.name if pad is not None else "de configuratie"
        raise GebruiksFout("KMP-C002", f"{waar} klopt niet:\n  - " + "\n  - ".join(regels)) from None
    _controleer_wet(config)
    return config


def lees_config(pad: str | Path, *, peildatum: dt.date | None = None) -> Config:
    """Read ``kompas.toml``.

    Parameters
    ----------
    pad : path
        The file.
    peildatum : date, optional
        Overrides ``gemeente.peildatum``.

    Raises
    ------
    GebruiksFout
        ``KMP-C001`` when the file is missing, ``KMP-C003`` when it is no TOML, ``KMP-C002`` for its contents.
    """
    bestand = Path(pad)
    if not bestand.is_file():
        raise GebruiksFout("KMP-C001", f"configuratie '{bestand}' bestaat niet. Maak er een met: kompas init MAP")
    try:
        inhoud = tomllib.loads(bestand.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fout:
        raise GebruiksFout(
            "KMP-C003",
            f"{bestand.name} is geen geldige TOML ({fout}). Let op aanhalingstekens en op \\ in Windows-paden: "
            "schrijf / of zet het pad tussen enkele aanhalingstekens.",
        ) from None
    return maak_config(inhoud, pad=bestand).met_peildatum(peildatum)
