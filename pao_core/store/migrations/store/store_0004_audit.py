"""The audit is read by site and by person, the newest first."""

from alembic import op

revision = 'store_0004'
down_revision = 'store_0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: rebuilding the table would lose the triggers that guard it.
    op.create_index('ix_audit_reseller_site_number_at', 'audit', ['reseller_site_number', 'at'])
    op.create_index('ix_audit_user_id_at', 'audit', ['user_id', 'at'])
    op.drop_index('ix_audit_reseller_site_number', 'audit')


def downgrade() -> None:
    raise NotImplementedError("a store is not taken back to an older program")
