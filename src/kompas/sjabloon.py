"""The commented ``kompas.toml`` that ``kompas init`` writes."""

KOMPAS_TOML = """\
# kompas.toml: alles wat kompas van uw gemeente moet weten.
# Een regel die met # begint is uitleg, of een keuze die u kunt aanzetten door # weg te halen.

[gemeente]
naam = "Uw gemeente"
peildatum = 2025-12-31            # laatste dag die in de export staat; --peildatum gaat voor

[bron]
map = "bron"                      # map met de tabellen, gezien vanaf dit bestand
venster_van = 2019-01-01          # vanaf hier staan alle uitkeringen in de export
# venster_tot = 2025-12-31        # schat tot en met deze dag (standaard: de peildatum)
rijping_maanden = 0               # laatste maanden weglaten als einden laat worden ingevoerd
gat_dagen = 30                    # een korter gat tussen twee uitkeringen is geen uitstroom
# max_afgekeurd = 0.01            # meer afgekeurde rijen dan dit deel: de gegevens worden geweigerd
# decimaal = ","                  # alleen nodig als kompas het scheidingsteken niet kan bepalen

[bron.uitkeringen]
bestand = "uitkeringen.csv"       # csv, parquet of xlsx (dan ook: blad = "Blad1")
# kolommen = {client_id = "CLIENTNR", begindatum = "DAT_AANVANG"}   # onze naam = uw naam
# codes.reden_einde = {werk = ["11", "13"], handhaving = ["31"]}     # bestemming = uw codes
# regelingen = ["algemeen"]       # welke regelingen meedoen

[bron.inzet]
bestand = "inzet.csv"
volledig_vanaf = 2019-01-01       # vanaf hier is alle inzet geregistreerd
# groepeer = {reintegratie = ["R01", "R02"]}   # onze code = uw codes
# negeer = ["KINDEROPVANG"]

# [bron.gronden]                  # nodig voor instrumenten met meter = "handhaving"
# bestand = "gronden.csv"

[kenmerken]
# gebruik = ["geslacht", "leeftijd", "leefvorm", "opleiding", "fasering", "eerdere_spells"]
# banden.leeftijd = [25, 35, 45, 55]
# motivering.team = "Teams hebben elk een eigen werkwijze."   # nodig bij een kenmerk buiten de standaardlijst

[model]
kalender = "maand+trend"          # of "maand", of "geen"
# effect_per = ["opleiding"]      # effecten mogen per groep verschillen
# duurbanden = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 18, 24, 36, 60]
# prior_vorige = true             # bij herijk --vorige: de cijfers van vorige keer tellen mee als voorkennis

[[instrument]]
code = "reintegratie"
naam = "Re-integratietraject"
meter = "reintegratie"            # reintegratie, werkdirect of handhaving
duur_maanden = 6                  # geplande duur; 0 = op één moment
fasen_na = [6, 18]                # fasen na het geplande einde, in maanden
kosten = 4500.0                   # per inzet; weglaten = onbekend (nooit nul)

[rendement]
horizon_maanden = 60
discontovoet = 0.0                # per jaar
terugval = true                   # terugkeer in de bijstand telt mee
minimale_kans_positief = 0.80

# [[doelgroep]]                   # zonder eigen doelgroepen: klantgroep 1, focusklant en zorgklant
# code = "klantgroep_1"
# uitkomst = "werk"               # of "uitstroom"
# binnen_maanden = 6              # 3, 6, 12 of 24
# minimum = 0.5                   # kans van minstens 50%; de eerste doelgroep die past, telt

# [lijst]
# uit_beeld_maanden = 12          # zo lang geen inzet, dan uit beeld
# nazorg_maanden = [3, 6]

# [monitor]
# cbs = ["37789ksz.csv"]          # open data van het CBS, ten opzichte van [bron] map
# regio = "GM0518"                # uw gemeente bij het CBS
# marge = 0.05                    # zoveel slechter dan de norm voor een kengetal rood kan zijn

# [ambitie]                       # de landelijke trend volgen, en zoveel huishoudens minder in zoveel jaar
# minder = 500
# jaren = 4

# [budgetdoel]                    # kies er één: totaal, per_maand of deel_van_budget
# deel_van_budget = 0.98
"""
