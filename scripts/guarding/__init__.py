"""The guard of a refactor: records everything that formcheck writes, and compares two recordings field by field."""
