"""Alembic migrations of the two databases: `store` and `desk` (sessions, sign-ins, jobs)."""
