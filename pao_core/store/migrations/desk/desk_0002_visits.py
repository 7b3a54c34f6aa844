"""When each user last looked at the data, and how far."""

import sqlalchemy as sa
from alembic import op

revision = 'desk_0002'
down_revision = 'desk_0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('visits',
    sa.Column('user_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_number', sa.BigInteger(), nullable=False),
    sa.Column('before_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('before_number', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_visits'))
    )


def downgrade() -> None:
    raise NotImplementedError("a desk is not taken back to an older program")
