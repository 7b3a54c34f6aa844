"""Alembic's entry: runs the migrations on the connection that `migrate.py` hands over."""

from alembic import context
from sqlalchemy.types import TypeDecorator

given = context.config.attributes


def plain(kind: str, item: object, _autogenerate: object) -> str | bool:
    """Write our own column types as the plain ones beneath them: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


context.configure(
    connection=given["connection"], target_metadata=given["metadata"], version_table=given["version_table"],
    render_item=plain, render_as_batch=given["connection"].dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
