"""Whether a user still wants the guide on Home that shows the first steps."""

from __future__ import annotations

from sqlalchemy import select, update

from pao_core.access.viewer import Viewer
from pao_core.store.schema import users


def wanted(viewer: Viewer) -> bool:
    """Whether the guide is to be shown: until the user has put it away."""
    with viewer.store.reading() as connection:
        return connection.execute(select(users.c.guide_dismissed_at).where(users.c.id == viewer.user_id)).one_or_none() == (None,)


def dismiss(viewer: Viewer) -> None:
    """Put the guide away for good; once it is away, nothing."""
    _set(viewer, wanted_=False)


def show_again(viewer: Viewer) -> None:
    """Have the guide back on Home; where it still is, nothing."""
    _set(viewer, wanted_=True)


def _set(viewer: Viewer, *, wanted_: bool) -> None:
    with viewer.acting("account.changed", viewer.email) as act:
        away = users.c.guide_dismissed_at
        changed = act.connection.execute(
            update(users).where(users.c.id == viewer.user_id, away.is_not(None) if wanted_ else away.is_(None))
            .values(guide_dismissed_at=None if wanted_ else act.at)
        ).rowcount
        if changed:
            act.audit(before={"guide": not wanted_}, after={"guide": wanted_})
