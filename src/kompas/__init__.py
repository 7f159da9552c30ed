"""kompas: wat werkt in de bijstand."""
