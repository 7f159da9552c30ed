"""No reader can work out a small count: known cases by hand, and an attacker who tries every value that fits."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from kompas.weergave.onderdrukking import Cellen, klein, verberg
from kompas.weergave.uitvoeringcijfers import trechterverborgen, verborgen

TEAMS = pd.DataFrame({"team": ["A1", "B1", "C1", "C2"], "afdeling": ["A", "B", "C", "C"]})


def frame(aantallen, kengetal="instroom"):
    niveau = {0: "management"} | dict.fromkeys((1, 2, 3), "teamleider")
    rijen = [(niveau.get(i, "team"), e, kengetal, float(n), np.nan) for i, (e, n) in enumerate(aantallen.items())]
    return pd.DataFrame(rijen, columns=["niveau", "eenheid", "kengetal", "teller", "noemer"])


STAD = {"Stad": 1020, "A": 5, "B": 12, "C": 1003, "A1": 5, "B1": 12, "C1": 11, "C2": 992}


def test_een_verborgen_afdeling_is_niet_op_te_tellen_uit_haar_teams():
    """B has one team: when B1 (12) is shown, A = 1,020 - 1,003 - 12 = 5."""
    f = frame(STAD)
    assert set(f.loc[verborgen(f, TEAMS), "eenheid"]) == {"A", "A1", "B", "B1"}


def test_de_rest_van_een_kengetal_is_ook_een_aantal():
    """Of 18 exits in A 10 went to work: 8 for another reason, so the 10 is hidden; and C, or 45 - 35 gives it."""
    heel = frame({"Stad": 116, "A": 18, "B": 48, "C": 50}, "uitstroom")
    deel = frame({"Stad": 45, "A": 10, "B": 20, "C": 15}, "uitstroom_werk")
    f = pd.concat([heel, deel], ignore_index=True)
    weg = f[verborgen(f, TEAMS)]
    assert set(weg["kengetal"]) == {"uitstroom_werk"}
    assert set(weg["eenheid"]) == {"A", "C"}  # the smallest other
    assert not verborgen(deel, TEAMS).any()  # by itself nothing is wrong with it


def test_een_verborgen_aantal_gedeeld_door_uren_is_verborgen():
    """5 households of A1 over 0.5 fte are 10 per fte: with known hours the 5 follows."""
    f = frame(STAD, "volume")
    per_fte = frame(STAD, "caseload").assign(noemer=0.5)
    alles = pd.concat([f, per_fte], ignore_index=True)
    weg = alles[verborgen(alles, TEAMS)]
    assert set(weg.loc[weg["kengetal"] == "caseload", "eenheid"]) == {"A", "A1", "B", "B1"}
    assert set(per_fte.loc[verborgen(per_fte, TEAMS), "eenheid"]) == {"A", "A1", "B", "B1"}  # also by itself


def test_niets_kleins_dan_niets_verborgen():
    groot = Cellen(ouder=np.array([-1, 0, 0]), aantallen=np.array([[50, 20, 30]]), laag=[0])
    assert not verberg(groot, np.zeros((1, 3), dtype=bool)).any()


# -- an attacker


def som(a, b):
    return {x + y for x in a for y in b}


def mogelijk(ouder, n, weg):
    """Values that each cell can have, for who knows what is shown and which totals have no rest (exact in a tree)."""
    top = int(n.max()) + 1
    alles = set(range(top + 1))
    kinderen = {p: np.flatnonzero(ouder == p).tolist() for p in range(n.size)}
    los = {p: {0} if n[p] == n[k].sum() else alles for p, k in kinderen.items() if k}
    onder = {}
    for v in reversed(range(n.size)):
        kan = alles
        if kinderen[v]:
            kan = los[v]
            for k in kinderen[v]:
                kan = som(kan, onder[k])
        onder[v] = {x for x in kan if x <= top} if weg[v] else {int(n[v])}
        assert n[v] in kan
    vol = {}
    for v in range(n.size):
        if ouder[v] < 0:
            vol[v] = onder[v]
            continue
        rest = los[ouder[v]]
        for k in kinderen[ouder[v]]:
            rest = rest if k == v else som(rest, onder[k])
        vol[v] = {x for x in onder[v] if any(p - x in rest for p in vol[ouder[v]])}
    return vol


@pytest.mark.parametrize("zaad", range(60))
def test_wie_alles_weet_wat_er_staat_vindt_geen_klein_aantal(zaad):
    """Random towns of up to three afdelingen of up to three teams, some with clients without a team."""
    rng = np.random.default_rng(zaad)
    ouder, n = [-1], [0]
    for _ in range(rng.integers(1, 4)):
        a = len(ouder)
        ouder.append(0)
        n.append(int(rng.choice([0, 0, 0, 2, 11])))
        for _ in range(rng.integers(0, 4)):
            ouder.append(a)
            n.append(int(rng.choice([0, 1, 3, 5, 9, 10, 11, 14])))
    n, ouder = np.array(n), np.array(ouder)
    n[0] = rng.choice([0, 0, 4, 12])
    for v in reversed(range(1, n.size)):
        n[ouder[v]] += n[v]
    weg = verberg(Cellen(ouder=ouder, aantallen=n[None], laag=[0]), klein(n)[None])[0]
    assert weg[klein(n)].all()
    vol = mogelijk(ouder, n, weg)
    for v in np.flatnonzero(klein(n)):
        assert len(vol[v]) > 1
        assert max(vol[v]) >= min(10, n[0] + 1)


@pytest.mark.parametrize("zaad", range(40))
def test_ook_niet_uit_een_deel_en_het_geheel(zaad):
    """Every pair (whole, part) of each team that fits with what is shown of the teams and of the town."""
    rng = np.random.default_rng(zaad)
    heel = rng.choice([0, 4, 10, 12, 18, 25], 3)
    deel = np.array([rng.choice([min(h, x) for x in (0, 2, 5, 10, 11, h)]) for h in heel])
    u, w = np.append(heel.sum(), heel), np.append(deel.sum(), deel)
    r = u - w
    c = Cellen(ouder=np.array([-1, 0, 0, 0]), aantallen=np.array([u, w, r]), laag=[0, 1, -1], sommen=[(0, 1, 2)])
    weg = verberg(c, np.array([klein(u), klein(w) | klein(r)]))
    top = int(u[0]) + 10

    def paren(i):
        us = range(top + 1) if weg[0, i] else [int(u[i])]
        return {(a, b) for a in us for b in (range(a + 1) if weg[1, i] else [int(w[i])]) if b <= a}

    for i in (1, 2, 3):
        ander = {(0, 0)}
        for j in {1, 2, 3} - {i}:
            ander = {(a + x, b + y) for a, b in ander for x, y in paren(j) if a + x <= top}
        kan = {
            (a, b)
            for a, b in paren(i)
            if any((weg[0, 0] or a + x == u[0]) and (weg[1, 0] or b + y == w[0]) for x, y in ander)
        }
        for echt, gevonden in (
            (u[i], {a for a, _ in kan}),
            (w[i], {b for _, b in kan}),
            (r[i], {a - b for a, b in kan}),
        ):
            assert echt in gevonden
            assert not (klein(echt) and len(gevonden) == 1)


# -- the funnel


def maak_monitor():
    """What the funnel reads of a monitor: Team 6 had 5 exits to work of 621 in the town."""
    uit = {
        "uitstroom": [1288, 655, 633, 207, 216, 232, 232, 396, 5],
        "uitstroom_werk": [621, 309, 312, 99, 99, 111, 120, 187, 5],
    }
    teams = [f"Team {i}" for i in range(1, 7)]
    eenheden = {"niveau": ["management", *["teamleider"] * 2, *["team"] * 6], "eenheid": ["Stad", "N", "Z", *teams]}
    delen = [pd.DataFrame(eenheden | {"teller": np.array(n, dtype=float), "kengetal": k}) for k, n in uit.items()]
    f = pd.concat(delen, ignore_index=True).assign(maand="2006-12", noemer=np.nan)
    t = f[f["niveau"] != "management"].rename(columns={"teller": "waargenomen"})
    return SimpleNamespace(
        klantmanager=False,
        laatste_maand="2006-12",
        teams=pd.DataFrame({"team": teams, "afdeling": ["N"] * 3 + ["Z"] * 3}),
        onderbouwing=f,
        tabel=f[["maand", "niveau", "eenheid", "kengetal"]].assign(realisatie=f["teller"]),
        trechter=t.assign(verwacht=t["waargenomen"]),
    )


def test_de_trechter_verraadt_een_verborgen_team_niet():
    """621 less 99 + 99 + 111 + 120 + 187 is 5: a second team of Z goes, the smallest (Team 4, 120)."""
    weg = trechterverborgen(maak_monitor())
    assert weg["uitstroom_werk"] == {("team", "Team 6"), ("team", "Team 4")}
    assert weg["uitstroom"] == {("team", "Team 6"), ("team", "Team 4")}


def test_de_trechter_volgt_in_december_de_tabel():
    """Over the same twelve months: what the table hides is not in the funnel, whatever the reason."""
    u = maak_monitor()
    cijfers = u.tabel.merge(u.onderbouwing).assign(verborgen=lambda f: f["eenheid"].isin(["Team 1", "Team 2"]))
    assert {("team", "Team 1"), ("team", "Team 2")} <= trechterverborgen(u, cijfers)["uitstroom"]
