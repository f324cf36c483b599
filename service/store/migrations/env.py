"""Alembic's entry: runs the steps on the connection that it is handed."""

from __future__ import annotations

from alembic import context

from service.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # true of SQLite as well, since it is told to begin (service.store.engine)
)
with context.begin_transaction():
    context.run_migrations()
