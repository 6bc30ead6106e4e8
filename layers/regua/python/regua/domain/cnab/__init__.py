"""CNAB: what a bank tells in its return files (retorno), 240 and 400 columns wide."""
