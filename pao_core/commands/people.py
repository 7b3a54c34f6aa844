"""`user add` and `user list`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from pao_core.access import Viewer
from pao_core.access.people import users
from pao_core.commands.desk import MISUSED, Form, end, opened, refusals, say_json, say_table
from pao_core.locale import _

app = typer.Typer(no_args_is_help=True, help="Add and list users.")


@app.command("add")
def add(
    email: str,
    name: Annotated[str, typer.Option()],
    role: Annotated[str, typer.Option(metavar="primary|secondary|user|operator")] = "user",
    reseller: Annotated[str | None, typer.Option(metavar="SITE", help="The reseller site; an operator needs none.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")] = False,
    format_: Annotated[Form, typer.Option("--format")] = Form.table,
) -> None:
    """Add a user; without a password, print the one-time link by which the user sets one."""
    with refusals():
        if role != "operator" and not reseller:
            end(_("Name the reseller site: --reseller SITE. Only an operator needs none."), MISUSED)
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with opened() as store:
        token = users.add(Viewer.of_command_line(store), email, name, reseller, role, password)
        link = f"{store.settings.base_url}/activation?token={token}" if token else None
        if format_ is Form.json:
            say_json({"email": email, "activation": link})
        else:
            typer.echo(_("Added {email}.", email=email))
            if link:
                typer.echo(_("Activation link, valid once: {link}", link=link))


@app.command("list")
def list_(format_: Annotated[Form, typer.Option("--format")] = Form.table) -> None:
    """List the users with their sites, role and status."""
    with opened() as store:
        rows = users.listed(Viewer.of_command_line(store))
        if format_ is Form.json:
            say_json({"rows": rows})
        else:
            say_table([_("E-mail"), _("Name"), _("Sites"), _("Role"), _("Status")],
                      [[row["email"], row["name"], " ".join(row["sites"]), row["role"], row["status"]] for row in rows])
