"""The pages on this computer: who may see them, what is typed, what is shown. Needs the extra ``web``."""
