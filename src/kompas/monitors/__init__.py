"""Monitors of caseload, spending, budget and work."""
