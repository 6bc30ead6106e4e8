"""Files that people export: how they are written, what their columns mean, what a cell says."""
