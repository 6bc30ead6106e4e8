"""Where Powertools lives: settings, telemetry, batches and HTTP errors."""
