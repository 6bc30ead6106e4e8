"""Evidence reports, signed; and the evidence behind them."""
