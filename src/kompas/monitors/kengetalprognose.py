"""What a kengetal is expected to be at the end of the year: what is there, plus what the forecast still brings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kompas.models.design import Floats
from kompas.monitors.kengetalbron import Kern, laatste_twaalf
from kompas.monitors.kengetalwaarden import Waarden
from kompas.monitors.maanden import naam

MINSTE_MAANDEN = 3  # with fewer months a year is not extrapolated
_STROMEN = ("instroom", "uitstroom", "uitstroom_werk")
_DOORTREKKEN = ("instroom_jongeren", "plaatsingen", "beeindigd_na_handhaving", "wdeel_benut")


def _vooruit(k: Kern, vooruitzicht: pd.DataFrame | None) -> pd.DataFrame | None:
    """The forecast for the months of this year that are still to come; None when one is missing."""
    laatste = int(k.maanden[-1])
    nog = [naam(m) for m in range(laatste + 1, (laatste // 12 + 1) * 12)]
    if vooruitzicht is None or not {"maand", "uitkeringen", "instroom", "uitstroom"} <= set(vooruitzicht.columns):
        return None
    v = vooruitzicht.set_index("maand").reindex(nog)
    return None if v["uitkeringen"].isna().any() else v


def _aandeel(stroom: Floats) -> Floats:
    """Share of each unit in the town, which is the first; all nan but the town when nothing flowed."""
    uit = stroom / stroom[0] if stroom[0] > 0 else np.full(stroom.shape, np.nan)
    uit[0] = 1.0
    return np.asarray(uit, dtype=np.float64)


def prognoses(k: Kern, w: Waarden, vooruitzicht: pd.DataFrame | None) -> dict[str, Floats]:
    """Expected values at the end of the year of the last month.

    Parameters
    ----------
    k : Kern
    w : Waarden
    vooruitzicht : DataFrame or None
        Monthly forecast of the town: maand, uitkeringen, instroom, uitstroom.

    Returns
    -------
    mapping of kengetal to (U,) array
        Town: the year so far plus the forecast. A unit gets its share of what is still to come, by its flow over the
        last twelve months (stock: by its stock). Exits to work keep their share in all exits. Other counts go on at
        the pace of the year so far, from three months on. nan and absent: no forecast is given.
    """
    uit: dict[str, Floats] = {}
    v = _vooruit(k, vooruitzicht)
    maanden = int(k.maanden[-1]) % 12 + 1
    for code in _STROMEN:
        if v is None or code not in w.per_maand or code not in w.per_code:
            continue
        bron = "instroom" if code == "instroom" else "uitstroom"
        rest = float(v[bron].sum()) if v[bron].notna().all() else np.nan
        jaar = laatste_twaalf(w.per_maand[code])[:, -1]
        if code == "uitstroom_werk":
            heel = float(laatste_twaalf(w.per_maand[bron])[0, -1])
            rest *= jaar[0] / heel if heel > 0 else np.nan
        uit[code] = w.per_code[code].realisatie[:, -1] + rest * _aandeel(jaar)
    if "volume" in w.per_code and (v is not None or maanden == 12):
        stand = w.per_code["volume"].teller[:, -1]
        einde = float(v["uitkeringen"].iloc[-1]) if v is not None and len(v) else float(stand[0])
        uit["volume"] = stand if maanden == 12 else einde * _aandeel(stand)
        dicht = w.per_code.get("uitkeringsdichtheid")
        if dicht is not None and dicht.noemer is not None:
            uit["uitkeringsdichtheid"] = uit["volume"][:1] / dicht.noemer[:, -1]
    if maanden >= MINSTE_MAANDEN:
        for code in _DOORTREKKEN:
            if code in w.per_code:
                uit[code] = w.per_code[code].realisatie[:, -1] * 12.0 / maanden
    return uit
