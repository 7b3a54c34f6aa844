"""History triggers write with their owner's rights; the policies themselves are made after every migration, from the schema."""

import sqlalchemy as sa
from alembic import op

from pao_core.store import history

revision = 'store_0003'
down_revision = 'store_0002'
branch_labels = None
depends_on = None

REPLICATED = (
    "agreements", "assignments", "contacts", "entitlements", "exchange_rates", "orders", "parts", "prices",
    "provisioning", "renewals", "resellers", "stub_names", "sites", "subscriptions", "usage",
)


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        reflected = sa.MetaData()
        reflected.reflect(connection, only=REPLICATED)
        history.install(connection, (reflected.tables[name] for name in REPLICATED))


def downgrade() -> None:
    raise NotImplementedError("a store is not taken back to an older program")
