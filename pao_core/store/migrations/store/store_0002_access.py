"""Who asks to come in, letters, second factors, contacts and limits of a reseller site; the audit says from where, and what was refused."""

import sqlalchemy as sa
from alembic import op

revision = 'store_0002'
down_revision = 'store_0001'
branch_labels = None
depends_on = None


GRANTED = {
    "primary": {"reporting": "view", "ordering": "submit", "quotes": "create", "guided_selling": "create", "price_files": "download",
                "access": "update", "contacts": "update", "data": "import"},
    "secondary": {"reporting": "view", "ordering": "submit", "quotes": "create", "guided_selling": "create", "price_files": "download",
                  "access": "view", "contacts": "update", "data": "import"},
}


def upgrade() -> None:
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('letter', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=True),
    sa.Column('reseller_site_number', sa.Text(), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'dropped')", name=op.f('ck_outbox_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_due_at'), ['due_at'], unique=False)

    op.create_table('access_requests',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('form', sa.Text(), nullable=False),
    sa.Column('claims_primary', sa.Boolean(), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint("form IN ('self_nomination', 'authorization')", name=op.f('ck_access_requests_form')),
    sa.CheckConstraint("state IN ('waiting', 'granted', 'denied')", name=op.f('ck_access_requests_state')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_access_requests_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_requests'))
    )
    with op.batch_alter_table('access_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_access_requests_reseller_site_number'), ['reseller_site_number'], unique=False)
        batch_op.create_index('uq_access_requests_waiting', ['email', 'reseller_site_number'], unique=True, sqlite_where=sa.text("state = 'waiting'"), postgresql_where=sa.text("state = 'waiting'"))

    op.create_table('approval_limits',
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("role IN ('secondary', 'user')", name=op.f('ck_approval_limits_role')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_approval_limits_reseller_site_number')),
    sa.PrimaryKeyConstraint('reseller_site_number', 'role', 'currency', name=op.f('pk_approval_limits'))
    )
    op.create_table('primary_offers',
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('from_user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('to_user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['from_user_id'], ['users.id'], name=op.f('fk_primary_offers_from_user_id')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_primary_offers_reseller_site_number')),
    sa.ForeignKeyConstraint(['to_user_id'], ['users.id'], name=op.f('fk_primary_offers_to_user_id')),
    sa.PrimaryKeyConstraint('reseller_site_number', name=op.f('pk_primary_offers'))
    )
    op.create_table('recovery_codes',
    sa.Column('code_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id')),
    sa.PrimaryKeyConstraint('code_hash', name=op.f('pk_recovery_codes'))
    )
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_codes_user_id'), ['user_id'], unique=False)

    op.create_table('second_factors',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_second_factors_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_factors'))
    )
    op.create_table('site_contacts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('types', sa.JSON(), nullable=False),
    sa.Column('first_name', sa.Text(), nullable=False),
    sa.Column('last_name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('telephone', sa.Text(), nullable=True),
    sa.Column('street', sa.Text(), nullable=True),
    sa.Column('city', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('postal_code', sa.Text(), nullable=True),
    sa.Column('country', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_site_contacts_reseller_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_site_contacts'))
    )
    with op.batch_alter_table('site_contacts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_site_contacts_reseller_site_number'), ['reseller_site_number'], unique=False)

    # Not in a batch: rebuilding the table would lose the triggers that guard it.
    op.add_column('audit', sa.Column('address', sa.Text(), nullable=True))
    op.add_column('audit', sa.Column('refused', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.add_column(sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('version', sa.Integer(), server_default='1', nullable=False))
        batch_op.create_index('uq_memberships_primary', ['reseller_site_number'], unique=True, sqlite_where=sa.text("role = 'primary'"), postgresql_where=sa.text("role = 'primary'"))

    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('guide_dismissed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('notifications', sa.JSON(), nullable=True))

    # Tools that there were no levels of before: those who run a site have them, as if they were added today.
    memberships = sa.table("memberships", sa.column("role", sa.Text), sa.column("privileges", sa.JSON))
    for role, privileges in GRANTED.items():
        op.get_bind().execute(memberships.update().where(memberships.c.role == role).values(privileges=privileges))


def downgrade() -> None:
    raise NotImplementedError("a store is not taken back to an older program")
