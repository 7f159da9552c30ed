"""Writing for people: charts, tables, Excel, HTML."""
