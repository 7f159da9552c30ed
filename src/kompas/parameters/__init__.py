"""Dated amounts and rules, each value with its source."""
