"""The schema, step by step. Run by `needlewise db upgrade`, and at start where the database is SQLite."""
