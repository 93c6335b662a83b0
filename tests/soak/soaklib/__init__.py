"""A network under fire: load, chaos, receivers that fail, and a judge that reads the log and the receivers' records."""
