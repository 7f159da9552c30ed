"""Reading the municipality's files: formats, codes, findings."""
