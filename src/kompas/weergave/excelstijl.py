"""How a workbook looks: number formats, colours, and the formats of one workbook made once each."""

from __future__ import annotations

from typing import Any

FORMATEN = {
    "euro": "[$€-413] #,##0;[$€-413] -#,##0",
    "kans": "0.0%",
    "fractie": "0.0%",
    "maanden": "#,##0.0",
    "verhouding": "0.00",
    "log verhouding": "0.000",
    "aantal": "#,##0",
    "jaar": "0",
    "datum": "dd-mm-yyyy",
    "tekst": "General",
    "getal": "General",
}
# Fill plus weight: the meaning survives a black-and-white print, and the word itself stays in the cell.
KLEUREN: dict[str, dict[str, Any]] = {
    "ja": {"bg_color": "#CDE8D5", "font_color": "#0B3D1E", "bold": True},
    "nee": {"bg_color": "#E3E3E3", "font_color": "#333333"},
    "geen_uitspraak": {"bg_color": "#FFF4D6", "font_color": "#5C4300", "italic": True},
    "geen uitspraak": {"bg_color": "#FFF4D6", "font_color": "#5C4300", "italic": True},
}


class Stijlen:
    """The formats of one workbook, made once each."""

    def __init__(self, boek: Any) -> None:
        self._boek = boek
        self._gemaakt: dict[str, Any] = {}

    def __getitem__(self, soort: str) -> Any:
        if soort not in self._gemaakt:
            self._gemaakt[soort] = self._boek.add_format(self._eigenschappen(soort))
        return self._gemaakt[soort]

    @staticmethod
    def _eigenschappen(soort: str) -> dict[str, Any]:
        vast: dict[str, dict[str, Any]] = {
            "kop": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EDF2"},
            "titel": {"bold": True, "font_size": 14},
            "alinea": {"text_wrap": True, "valign": "top"},
            "vet": {"bold": True, "valign": "top"},
            "lang": {"text_wrap": True, "valign": "top"},
            "bewaakt": {"quote_prefix": True, "valign": "top"},
            "link": {"font_color": "#0B4F8A", "underline": 1, "valign": "top"},
        }
        return {**vast.get(soort, KLEUREN.get(soort, {"num_format": FORMATEN.get(soort, "General"), "valign": "top"}))}
