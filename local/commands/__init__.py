"""The commands of `regua`, one module each; `local.cli` lists them."""
