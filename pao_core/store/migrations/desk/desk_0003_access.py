"""Sessions that their user can tell apart and end, second factors, and what strangers ask for."""

import sqlalchemy as sa
from alembic import op

revision = 'desk_0003'
down_revision = 'desk_0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('challenges',
    sa.Column('challenge_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('credentials', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('challenge_hash', name=op.f('pk_challenges'))
    )
    op.create_table('open_acts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_open_acts'))
    )
    with op.batch_alter_table('open_acts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_open_acts_at'), ['at'], unique=False)

    op.execute('DELETE FROM sessions')  # they have no handle: everybody signs in again
    with op.batch_alter_table('sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('handle', sa.Text(), nullable=False))
        batch_op.add_column(sa.Column('address', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('agent', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('at_site', sa.Text(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_sessions_handle'), ['handle'])


def downgrade() -> None:
    raise NotImplementedError("a desk is not taken back to an older program")
