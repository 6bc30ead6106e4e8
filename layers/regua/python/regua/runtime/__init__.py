"""Where Powertools lives: settings, telemetry, batches, HTTP errors; what public pages share."""
