"""The only package that writes SQL: one SQLite file, its schema, its journal."""
