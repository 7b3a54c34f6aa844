"""The first schema: datasets, people, imports, audit; change numbers, history triggers, the append-only audit."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

from pao_core.store import history

revision = 'store_0001'
down_revision = None
branch_labels = None
depends_on = None

REPLICATED = (
    "agreements", "assignments", "contacts", "entitlements", "exchange_rates", "orders", "parts", "prices",
    "provisioning", "renewals", "resellers", "stub_names", "sites", "subscriptions", "usage",
)


def upgrade() -> None:
    op.create_table('agreements',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('agreement_number', sa.Text(), nullable=False),
    sa.Column('program', sa.Text(), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=False),
    sa.Column('first_order_date', sa.Date(), nullable=True),
    sa.Column('anniversary_date', sa.Date(), nullable=True),
    sa.Column('price_level', sa.Text(), nullable=True),
    sa.Column('customer_type', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('customer_name_folded', sa.Text(), nullable=False),
    sa.Column('stub', sa.Boolean(), nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreements')),
    sa.UniqueConstraint('agreement_number', name=op.f('uq_agreements_agreement_number'))
    )
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agreements_txn'), ['txn'], unique=False)

    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('reseller_site_number', sa.Text(), nullable=True),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('object', sa.Text(), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_reseller_site_number'), ['reseller_site_number'], unique=False)

    op.create_table('commits',
    sa.Column('txn', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('txn', name=op.f('pk_commits')),
    sa.UniqueConstraint('number', name=op.f('uq_commits_number'))
    )
    op.create_table('counters',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_counters'))
    )
    op.create_table('exchange_rates',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('rate', sa.BigInteger(), nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exchange_rates')),
    sa.UniqueConstraint('date', 'currency', name=op.f('uq_exchange_rates_date_currency'))
    )
    with op.batch_alter_table('exchange_rates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exchange_rates_txn'), ['txn'], unique=False)

    op.create_table('parts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('part_number', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('description_pt', sa.Text(), nullable=True),
    sa.Column('description_es', sa.Text(), nullable=True),
    sa.Column('family', sa.Text(), nullable=True),
    sa.Column('part_type', sa.Text(), nullable=True),
    sa.Column('charge_metric', sa.Text(), nullable=True),
    sa.Column('product_group', sa.Text(), nullable=True),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('license_part', sa.Text(), nullable=True),
    sa.Column('renewal_part', sa.Text(), nullable=True),
    sa.Column('reinstatement_part', sa.Text(), nullable=True),
    sa.Column('overage_part', sa.Text(), nullable=True),
    sa.Column('stub', sa.Boolean(), nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_parts')),
    sa.UniqueConstraint('part_number', name=op.f('uq_parts_part_number'))
    )
    with op.batch_alter_table('parts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_parts_txn'), ['txn'], unique=False)

    op.create_table('resellers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('tier', sa.Text(), nullable=True),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('stub', sa.Boolean(), nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_resellers_distributor_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resellers')),
    sa.UniqueConstraint('site_number', name=op.f('uq_resellers_site_number'))
    )
    with op.batch_alter_table('resellers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_resellers_txn'), ['txn'], unique=False)

    op.create_table('row_history',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.Column('table_name', sa.Text(), nullable=False),
    sa.Column('row_id', sa.BigInteger(), nullable=False),
    sa.Column('old_txn', sa.BigInteger(), nullable=False),
    sa.Column('deleted', sa.Boolean(), nullable=False),
    sa.Column('old', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_row_history'))
    )
    with op.batch_alter_table('row_history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_row_history_old_txn'), ['old_txn'], unique=False)
        batch_op.create_index(batch_op.f('ix_row_history_txn'), ['txn'], unique=False)

    op.create_table('settings',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_settings'))
    )
    op.create_table('users',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('operator', sa.Boolean(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('access_version', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('invited', 'active', 'suspended')", name=op.f('ck_users_status')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email', name=op.f('uq_users_email'))
    )
    op.create_table('batches',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('dataset', sa.Text(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('file_sha256', sa.Text(), nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('read', sa.BigInteger(), nullable=False),
    sa.Column('loaded', sa.BigInteger(), nullable=False),
    sa.Column('unchanged', sa.BigInteger(), nullable=False),
    sa.Column('rejected', sa.BigInteger(), nullable=False),
    sa.Column('warned', sa.BigInteger(), nullable=False),
    sa.Column('stubs', sa.JSON(), nullable=False),
    sa.Column('seconds', sa.BigInteger(), nullable=False),
    sa.Column('undone_by_txn', sa.BigInteger(), nullable=True),
    sa.Column('reseller_site_number', sa.Text(), nullable=True),
    sa.Column('rejected_rows', sa.LargeBinary(), nullable=True),
    sa.Column('warned_rows', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_batches_reseller_site_number')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_batches_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batches')),
    sa.UniqueConstraint('txn', name=op.f('uq_batches_txn'))
    )
    with op.batch_alter_table('batches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_batches_reseller_site_number'), ['reseller_site_number'], unique=False)

    op.create_table('mappings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('dataset', sa.Text(), nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=True),
    sa.Column('headers', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_mappings_reseller_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mappings')),
    sa.UniqueConstraint('name', 'dataset', 'reseller_site_number', name=op.f('uq_mappings_name_dataset_reseller_site_number'))
    )
    op.create_table('memberships',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('privileges', sa.JSON(), nullable=False),
    sa.CheckConstraint("role IN ('primary', 'secondary', 'user')", name=op.f('ck_memberships_role')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_memberships_reseller_site_number')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_memberships_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'reseller_site_number', name=op.f('pk_memberships'))
    )
    op.create_table('one_time_links',
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_one_time_links_user_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_one_time_links'))
    )
    op.create_table('prices',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('part_number', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('price_level', sa.Text(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('effective_to', sa.Date(), nullable=True),
    sa.Column('unit_price', sa.BigInteger(), nullable=False),
    sa.Column('points', sa.BigInteger(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['part_number'], ['parts.part_number'], name=op.f('fk_prices_part_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_prices')),
    sa.UniqueConstraint('part_number', 'country', 'currency', 'price_level', 'effective_from', name=op.f('uq_prices_part_number_country_currency_price_level_effective_from'))
    )
    with op.batch_alter_table('prices', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_prices_country_currency_effective_from'), ['country', 'currency', 'effective_from'], unique=False)
        batch_op.create_index(batch_op.f('ix_prices_txn'), ['txn'], unique=False)

    op.create_table('provisioning',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('subscription_number', sa.Text(), nullable=False),
    sa.Column('element', sa.Text(), nullable=False),
    sa.Column('required', sa.Boolean(), nullable=True),
    sa.Column('value', sa.Text(), nullable=True),
    sa.Column('submitted_on', sa.Date(), nullable=True),
    sa.Column('submitted_by', sa.Text(), nullable=True),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_provisioning_distributor_site_number')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_provisioning_reseller_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_provisioning')),
    sa.UniqueConstraint('reseller_site_number', 'subscription_number', 'element', name=op.f('uq_provisioning_reseller_site_number_subscription_number_element'))
    )
    with op.batch_alter_table('provisioning', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_provisioning_txn'), ['txn'], unique=False)

    op.create_table('stub_names',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_folded', sa.Text(), nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("kind IN ('site', 'part')", name=op.f('ck_stub_names_kind')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_stub_names_reseller_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stub_names')),
    sa.UniqueConstraint('reseller_site_number', 'kind', 'number', name=op.f('uq_stub_names_reseller_site_number_kind_number'))
    )
    with op.batch_alter_table('stub_names', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stub_names_txn'), ['txn'], unique=False)

    op.create_table('sites',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('ibm_customer_number', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('agreement_number', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('city', sa.Text(), nullable=True),
    sa.Column('industry', sa.Text(), nullable=True),
    sa.Column('name_folded', sa.Text(), nullable=False),
    sa.Column('stub', sa.Boolean(), nullable=False),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['agreement_number'], ['agreements.agreement_number'], name=op.f('fk_sites_agreement_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sites')),
    sa.UniqueConstraint('site_number', name=op.f('uq_sites_site_number'))
    )
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sites_agreement_number'), ['agreement_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_sites_txn'), ['txn'], unique=False)

    op.create_table('usage',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('subscription_number', sa.Text(), nullable=False),
    sa.Column('period_start', sa.Date(), nullable=False),
    sa.Column('period_end', sa.Date(), nullable=False),
    sa.Column('used_quantity', sa.BigInteger(), nullable=False),
    sa.Column('overage_quantity', sa.BigInteger(), nullable=True),
    sa.Column('suppressed', sa.Boolean(), nullable=True),
    sa.Column('suppression_reason', sa.Text(), nullable=True),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_usage_distributor_site_number')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_usage_reseller_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_usage')),
    sa.UniqueConstraint('reseller_site_number', 'subscription_number', 'period_start', name=op.f('uq_usage_reseller_site_number_subscription_number_period_start'))
    )
    with op.batch_alter_table('usage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_usage_txn'), ['txn'], unique=False)

    op.create_table('assignments',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('account_manager', sa.Text(), nullable=False),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_assignments_distributor_site_number')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_assignments_reseller_site_number')),
    sa.ForeignKeyConstraint(['site_number'], ['sites.site_number'], name=op.f('fk_assignments_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignments')),
    sa.UniqueConstraint('reseller_site_number', 'site_number', name=op.f('uq_assignments_reseller_site_number_site_number'))
    )
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignments_txn'), ['txn'], unique=False)

    op.create_table('contacts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['site_number'], ['sites.site_number'], name=op.f('fk_contacts_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts')),
    sa.UniqueConstraint('site_number', 'email', name=op.f('uq_contacts_site_number_email'))
    )
    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contacts_txn'), ['txn'], unique=False)

    op.create_table('entitlements',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('part_number', sa.Text(), nullable=False),
    sa.Column('coverage_start', sa.Date(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=True),
    sa.Column('coverage_end', sa.Date(), nullable=True),
    sa.Column('deployed_quantity', sa.BigInteger(), nullable=True),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_entitlements_distributor_site_number')),
    sa.ForeignKeyConstraint(['part_number'], ['parts.part_number'], name=op.f('fk_entitlements_part_number')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_entitlements_reseller_site_number')),
    sa.ForeignKeyConstraint(['site_number'], ['sites.site_number'], name=op.f('fk_entitlements_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entitlements')),
    sa.UniqueConstraint('reseller_site_number', 'site_number', 'part_number', 'coverage_start', name=op.f('uq_entitlements_reseller_site_number_site_number_part_number_coverage_start'))
    )
    with op.batch_alter_table('entitlements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_entitlements_site_number'), ['site_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_entitlements_txn'), ['txn'], unique=False)

    op.create_table('orders',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('order_number', sa.Text(), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('order_date', sa.Date(), nullable=False),
    sa.Column('order_type', sa.Text(), nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('part_number', sa.Text(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit_price', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('po_number', sa.Text(), nullable=True),
    sa.Column('quote_number', sa.Text(), nullable=True),
    sa.Column('coverage_start', sa.Date(), nullable=True),
    sa.Column('coverage_end', sa.Date(), nullable=True),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_orders_distributor_site_number')),
    sa.ForeignKeyConstraint(['part_number'], ['parts.part_number'], name=op.f('fk_orders_part_number')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_orders_reseller_site_number')),
    sa.ForeignKeyConstraint(['site_number'], ['sites.site_number'], name=op.f('fk_orders_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('reseller_site_number', 'order_number', 'line_number', name=op.f('uq_orders_reseller_site_number_order_number_line_number'))
    )
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_orders_site_number'), ['site_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_txn'), ['txn'], unique=False)

    op.create_table('renewals',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('quote_number', sa.Text(), nullable=False),
    sa.Column('line_number', sa.Integer(), nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('part_number', sa.Text(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit_price', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('coverage_start', sa.Date(), nullable=False),
    sa.Column('coverage_end', sa.Date(), nullable=True),
    sa.Column('due_date', sa.Date(), nullable=False),
    sa.Column('quote_expires', sa.Date(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('renewed_on', sa.Date(), nullable=True),
    sa.Column('prior_unit_price', sa.BigInteger(), nullable=True),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_renewals_distributor_site_number')),
    sa.ForeignKeyConstraint(['part_number'], ['parts.part_number'], name=op.f('fk_renewals_part_number')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_renewals_reseller_site_number')),
    sa.ForeignKeyConstraint(['site_number'], ['sites.site_number'], name=op.f('fk_renewals_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_renewals')),
    sa.UniqueConstraint('reseller_site_number', 'quote_number', 'line_number', name=op.f('uq_renewals_reseller_site_number_quote_number_line_number'))
    )
    with op.batch_alter_table('renewals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_renewals_site_number'), ['site_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_renewals_txn'), ['txn'], unique=False)

    op.create_table('subscriptions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('subscription_number', sa.Text(), nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('part_number', sa.Text(), nullable=False),
    sa.Column('order_number', sa.Text(), nullable=True),
    sa.Column('ordered_on', sa.Date(), nullable=True),
    sa.Column('provisioned_on', sa.Date(), nullable=True),
    sa.Column('start', sa.Date(), nullable=True),
    sa.Column('end', sa.Date(), nullable=True),
    sa.Column('entitled_quantity', sa.BigInteger(), nullable=False),
    sa.Column('billing', sa.Text(), nullable=True),
    sa.Column('renewal_type', sa.Text(), nullable=True),
    sa.Column('fulfillment_status', sa.Text(), nullable=True),
    sa.Column('distributor_site_number', sa.Text(), nullable=True),
    sa.Column('txn', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['distributor_site_number'], ['resellers.site_number'], name=op.f('fk_subscriptions_distributor_site_number')),
    sa.ForeignKeyConstraint(['part_number'], ['parts.part_number'], name=op.f('fk_subscriptions_part_number')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_subscriptions_reseller_site_number')),
    sa.ForeignKeyConstraint(['site_number'], ['sites.site_number'], name=op.f('fk_subscriptions_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriptions')),
    sa.UniqueConstraint('reseller_site_number', 'subscription_number', name=op.f('uq_subscriptions_reseller_site_number_subscription_number'))
    )
    with op.batch_alter_table('subscriptions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_subscriptions_site_number'), ['site_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_subscriptions_txn'), ['txn'], unique=False)

    connection = op.get_bind()
    op.bulk_insert(
        sa.table("counters", sa.column("name", sa.Text), sa.column("value", sa.BigInteger)),
        [{"name": "txn", "value": 0}, {"name": "change", "value": 0}],
    )
    op.bulk_insert(
        sa.table("settings", sa.column("name", sa.Text), sa.column("value", sa.JSON)), [{"name": "store_id", "value": uuid4().hex}],
    )
    if connection.dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE txn_ids")
    reflected = sa.MetaData()
    reflected.reflect(connection, only=REPLICATED)
    history.install(connection, (reflected.tables[name] for name in REPLICATED))
    history.guard_audit(connection)


def downgrade() -> None:
    raise NotImplementedError("a store begins with the first schema")
