"""The numerics: arrays in, frozen results out."""
