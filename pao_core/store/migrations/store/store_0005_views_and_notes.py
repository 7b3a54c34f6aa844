"""Saved views with their calendars, notes and next steps."""

import sqlalchemy as sa
from alembic import op

revision = 'store_0005'
down_revision = 'store_0004'
branch_labels = None
depends_on = None


def _id() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('notes',
    sa.Column('id', _id(), autoincrement=True, nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('site_number', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('assignee', sa.Text(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Text(), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('written_by', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('note', 'step')", name=op.f('ck_notes_kind')),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_notes_reseller_site_number')),
    sa.ForeignKeyConstraint(['site_number'], ['sites.site_number'], name=op.f('fk_notes_site_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes'))
    )
    op.create_index(op.f('ix_notes_reseller_site_number_site_number'), 'notes', ['reseller_site_number', 'site_number'])

    op.create_table('note_versions',
    sa.Column('note_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('assignee', sa.Text(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.Text(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_note_versions_reseller_site_number')),
    sa.PrimaryKeyConstraint('note_id', 'version', name=op.f('pk_note_versions'))
    )
    op.create_index(op.f('ix_note_versions_reseller_site_number'), 'note_versions', ['reseller_site_number'])

    op.create_table('saved_views',
    sa.Column('id', _id(), autoincrement=True, nullable=False),
    sa.Column('user_id', _id(), nullable=False),
    sa.Column('reseller_site_number', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('page', sa.Text(), nullable=False),
    sa.Column('parameters', sa.JSON(), nullable=False),
    sa.Column('shared', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['reseller_site_number'], ['resellers.site_number'], name=op.f('fk_saved_views_reseller_site_number')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_views_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views')),
    sa.UniqueConstraint('user_id', 'page', 'name', name=op.f('uq_saved_views_user_id_page_name'))
    )
    op.create_index(op.f('ix_saved_views_reseller_site_number'), 'saved_views', ['reseller_site_number'])
    op.create_index(op.f('ix_saved_views_user_id'), 'saved_views', ['user_id'])

    op.create_table('view_marks',
    sa.Column('user_id', _id(), nullable=False),
    sa.Column('view_id', _id(), nullable=False),
    sa.Column('pinned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('default_of', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_view_marks_user_id')),
    sa.ForeignKeyConstraint(['view_id'], ['saved_views.id'], name=op.f('fk_view_marks_view_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'view_id', name=op.f('pk_view_marks'))
    )
    op.create_index('uq_view_marks_default', 'view_marks', ['user_id', 'default_of'], unique=True,
                    sqlite_where=sa.text('default_of IS NOT NULL'), postgresql_where=sa.text('default_of IS NOT NULL'))

    op.create_table('calendar_feeds',
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('user_id', _id(), nullable=False),
    sa.Column('view_id', _id(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_calendar_feeds_user_id')),
    sa.ForeignKeyConstraint(['view_id'], ['saved_views.id'], name=op.f('fk_calendar_feeds_view_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_calendar_feeds'))
    )
    op.create_index(op.f('ix_calendar_feeds_user_id'), 'calendar_feeds', ['user_id'])
    op.create_index(op.f('ix_calendar_feeds_view_id'), 'calendar_feeds', ['view_id'])


def downgrade() -> None:
    raise NotImplementedError("a store is not taken back to an older program")
