"""Record what the e-mail provider reports."""
