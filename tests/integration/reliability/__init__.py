"""The conservation law and "no double contact", with faults wherever a worker can die."""
