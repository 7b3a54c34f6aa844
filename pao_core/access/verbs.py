"""What people do beyond reading: each act by its name in the audit, the right that it needs, and who has it where.

The verbs check themselves by this table (`Viewer.acting`), the audit page names acts by it, and docs/permissions.md is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pao_core.access.rights import ACCESS_UPDATE, CONTACTS_UPDATE, DATA_IMPORT, OPERATOR, REPORTING_VIEW, SIGNED_IN
from pao_core.locale import N_

ANY_SITE, ITS_QUEUE, SHARED_DATA = "any site", "its own queue", "shared data"


@dataclass(frozen=True)
class Verb:
    """An act. `right` is needed at the reseller site that the act is about; SIGNED_IN is for what is one's own, OPERATOR for what is
    the installation's. `operator` says where the operator may do it too without being a member, if anywhere. `primary`: of those at
    the site, the primary contact alone."""

    act: str
    text: str
    right: str
    operator: str | None = None
    primary: bool = False


_ALL = (
    Verb("request.made", N_("asked for access"), SIGNED_IN),
    Verb("request.granted", N_("granted a request"), ACCESS_UPDATE, operator=ITS_QUEUE),
    Verb("request.denied", N_("denied a request"), ACCESS_UPDATE, operator=ITS_QUEUE),
    Verb("user.added", N_("added a user"), ACCESS_UPDATE, operator=ANY_SITE),
    Verb("user.changed", N_("changed a user"), ACCESS_UPDATE, operator=ANY_SITE),
    Verb("user.suspended", N_("suspended a user"), ACCESS_UPDATE, operator=ANY_SITE),
    Verb("user.restored", N_("let a suspended user in again"), ACCESS_UPDATE, operator=ANY_SITE),
    Verb("user.removed", N_("removed a user"), ACCESS_UPDATE, operator=ANY_SITE),
    Verb("user.invited", N_("sent an activation link again"), ACCESS_UPDATE, operator=ANY_SITE),
    Verb("user.signed_out", N_("ended a user's sessions"), ACCESS_UPDATE, operator=ANY_SITE),
    Verb("primary.offered", N_("offered the primary role"), ACCESS_UPDATE, primary=True),
    Verb("primary.withdrawn", N_("took back the offer of the primary role"), ACCESS_UPDATE, primary=True),
    Verb("primary.accepted", N_("accepted the primary role"), SIGNED_IN),
    Verb("primary.declined", N_("declined the primary role"), SIGNED_IN),
    Verb("primary.appointed", N_("appointed the primary contact"), OPERATOR),
    Verb("contact.added", N_("added a contact"), CONTACTS_UPDATE),
    Verb("contact.changed", N_("changed a contact"), CONTACTS_UPDATE),
    Verb("contact.removed", N_("removed a contact"), CONTACTS_UPDATE),
    Verb("limits.changed", N_("changed the approval limits"), ACCESS_UPDATE, primary=True),
    Verb("note.written", N_("wrote a note or planned a step"), REPORTING_VIEW),
    Verb("note.changed", N_("changed a note or step"), REPORTING_VIEW),
    Verb("note.removed", N_("removed a note or step"), REPORTING_VIEW),
    Verb("step.done", N_("finished a step"), REPORTING_VIEW),
    Verb("view.saved", N_("saved a view"), SIGNED_IN),
    Verb("view.changed", N_("changed a saved view"), SIGNED_IN),
    Verb("view.shared", N_("shared a saved view at the site"), REPORTING_VIEW),
    Verb("view.removed", N_("removed a saved view"), SIGNED_IN),
    Verb("view.marked", N_("put a view on Home, made it a default, or took that back"), SIGNED_IN),
    Verb("shared_view.changed", N_("changed a colleague's shared view"), REPORTING_VIEW, primary=True),
    Verb("shared_view.removed", N_("removed a colleague's shared view"), REPORTING_VIEW, primary=True),
    Verb("calendar.made", N_("made a calendar's address"), SIGNED_IN),
    Verb("calendar.revoked", N_("revoked a calendar's address"), SIGNED_IN),
    Verb("import", N_("imported a file"), DATA_IMPORT, operator=SHARED_DATA),
    Verb("import.undo", N_("undid an import"), DATA_IMPORT, operator=SHARED_DATA),
    Verb("mapping.keep", N_("kept a mapping"), DATA_IMPORT, operator=SHARED_DATA),
    Verb("entitlements.deployed", N_("entered what is deployed"), DATA_IMPORT),
    Verb("account.changed", N_("changed the own account"), SIGNED_IN),
    Verb("account.activated", N_("activated the account with the company's sign-in"), SIGNED_IN),
    Verb("password.set", N_("set the password"), SIGNED_IN),
    Verb("password.rehashed", N_("signed in: the password is kept under newer parameters"), SIGNED_IN),
    Verb("session.ended", N_("ended own sessions"), SIGNED_IN),
    Verb("second_factor.on", N_("turned the second factor on"), SIGNED_IN),
    Verb("second_factor.off", N_("turned the second factor off"), SIGNED_IN),
    Verb("second_factor.codes", N_("made new recovery codes"), SIGNED_IN),
    Verb("second_factor.reset", N_("turned a user's second factor off"), OPERATOR),
    Verb("mail.link_shown", N_("had a one-time link shown"), OPERATOR),
    Verb("mail.retried", N_("had a letter sent again"), OPERATOR),
    Verb("page.opened", N_("opened a page"), SIGNED_IN),
    Verb("file.asked", N_("asked for a report or a file"), SIGNED_IN),
    Verb("demonstration.loaded", N_("loaded the demonstration"), OPERATOR),
    Verb("demonstration.removed", N_("removed the demonstration"), OPERATOR),
    Verb("store.restored", N_("restored a backup"), OPERATOR),
)
VERBS: dict[str, Verb] = {verb.act: verb for verb in _ALL}
