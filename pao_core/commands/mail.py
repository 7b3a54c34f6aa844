"""`mail`: send what waits in the outbox, for an installation whose web processes do not."""

from __future__ import annotations

from typing import Annotated

import typer

from pao_core.access.mail import sending
from pao_core.commands.desk import FAILED, Form, end, opened, say_json
from pao_core.config import Settings
from pao_core.locale import N_, Refused, _


def mail(format_: Annotated[Form, typer.Option("--format")] = Form.table) -> None:
    """Send the letters that are due through PAO_SMTP_URL."""
    with opened() as store:
        if store.settings.mail is None:
            raise Refused(N_("No mail server is set up. Set PAO_SMTP_URL and PAO_MAIL_FROM."))
        done = sending.deliver(store, Settings.now())
        if format_ is Form.json:
            say_json(done.to_json())
        else:
            typer.echo(_("Sent {sent}, not sent {failed}, dropped {dropped}; {waiting} wait.", **done.to_json()))
        if done.failed:
            end(_("Some letters were not sent and are tried again later; Settings > Access requests says why."), FAILED)
