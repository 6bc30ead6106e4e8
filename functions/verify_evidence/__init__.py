"""The public page that recomputes evidence: by a laudo's number and code, or by the file itself."""
