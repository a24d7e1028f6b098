"""What is odd in logs: sessions, rates, heartbeats, parameters, metrics, lines, under one budget of false alarms."""
