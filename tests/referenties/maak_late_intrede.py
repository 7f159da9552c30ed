"""Make ``late_intrede.csv``: 300 spells on whole months, many of which enter in the very month in which others leave.

Run from anywhere: ``python tests/referenties/maak_late_intrede.py``. Then run ``survival.R`` for the results.
"""

from pathlib import Path

import numpy as np
import pandas as pd

PAD = Path(__file__).with_name("late_intrede.csv")
ZAAD = 20070647
AANTAL = 300


def maak() -> pd.DataFrame:
    """Spells with entry, exit (both in whole months), event (0, 1, 2) and a trait x that acts on exit 1."""
    rng = np.random.default_rng(ZAAD)
    x = rng.integers(0, 2, AANTAL)
    # the trait goes with late entry: who is wrongly counted at risk is not like the others
    entry = rng.integers(0, 2 + 8 * x)
    per_oorzaak = np.column_stack([0.11 * np.exp(0.35 * x), np.full(AANTAL, 0.05)])
    totaal = per_oorzaak.sum(axis=1)
    duur = rng.geometric(-np.expm1(-totaal))
    event = 1 + (rng.random(AANTAL) > per_oorzaak[:, 0] / totaal)
    einde = np.minimum(24, entry + rng.integers(3, 25, AANTAL))
    weg = entry + duur <= einde
    return pd.DataFrame(
        {"entry": entry, "exit": np.where(weg, entry + duur, einde), "event": np.where(weg, event, 0), "x": x}
    )


if __name__ == "__main__":
    maak().to_csv(PAD, index=False, lineterminator="\n")
