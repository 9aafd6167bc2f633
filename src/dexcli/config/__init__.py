"""Files outside the database: where they live, and the settings."""
