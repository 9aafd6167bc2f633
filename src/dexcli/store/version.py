"""The version of the schema: on its own, so that answers within a blink need not load the rest of the store."""

SCHEMA_VERSION = 6
"""`PRAGMA user_version` of a database that this program writes."""
