"""The tables of the system of record: every dataset of the data dictionary, and the people who use it.

A *replicated* table (`info["replicated"]`) carries `txn`, the id of the transaction that wrote the row last; `history.py`
keeps what each change replaced. Amounts are minor units of the row's currency, quantities have three decimals, unit
prices six. Dates are business days; instants are aware UTC. Identifiers are text.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.sql.elements import ColumnElement

from pao_core.money import QUANTITY_DECIMALS, UNIT_PRICE_DECIMALS
from pao_core.store.types import Identity, Instant, Minor, Name, Scaled

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)
# Sign-ins, sessions and jobs. On SQLite they live in a file of their own, so that none of them waits for an import.
desk_metadata = MetaData(naming_convention=NAMING)

RATE_DECIMALS = 10


def _id() -> Column[int]:
    return Column("id", Identity, primary_key=True, autoincrement=True)


def _txn() -> Column[int]:
    return Column("txn", BigInteger, nullable=False, index=True)


def _text(name: str, *more: ForeignKey, required: bool = False) -> Column[str]:
    return Column(name, Text, *more, nullable=not required)


def _reseller() -> Column[str]:
    return _text("reseller_site_number", ForeignKey("resellers.site_number"), required=True)


def _distributor() -> Column[str]:
    """The reseller's distributor when the row was first loaded: it may read the row ever after."""
    return _text("distributor_site_number", ForeignKey("resellers.site_number"))


def _site() -> Column[str]:
    return _text("site_number", ForeignKey("sites.site_number"), required=True)


def _part() -> Column[str]:
    return _text("part_number", ForeignKey("parts.part_number"), required=True)


def _quantity(name: str = "quantity", required: bool = True) -> Column[Any]:
    return Column(name, Scaled(QUANTITY_DECIMALS), nullable=not required)


def _unit_price(name: str = "unit_price", required: bool = True) -> Column[Any]:
    return Column(name, Scaled(UNIT_PRICE_DECIMALS), nullable=not required)


def _replicated(name: str, *columns: Column[Any] | Index | UniqueConstraint | CheckConstraint, key: tuple[str, ...], sort: tuple[str, ...] = (),
                tenant: bool = False, own_only: bool = False) -> Table:
    """A table whose rows the replica copies, sorted by `sort`; `key` identifies a row, `tenant` says a reseller owns it, and `own_only`
    that its distributor does not read along."""
    info = {"replicated": True, "key": key, "sort": sort or key, "tenant": tenant, "own_only": own_only}
    return Table(name, metadata, _id(), *columns, _txn(), UniqueConstraint(*key), info=info)


# -- shared: what belongs to nobody -----------------------------------------------------------------------------------
resellers = _replicated(
    "resellers",
    _text("site_number", required=True), Column("name", Name, nullable=False), _text("country", required=True), _text("tier"),
    _text("distributor_site_number", ForeignKey("resellers.site_number")),
    Column("stub", Boolean, nullable=False, default=False),
    key=("site_number",),
)
agreements = _replicated(
    "agreements",
    _text("agreement_number", required=True), _text("program"), Column("customer_name", Name, nullable=False),
    Column("first_order_date", Date), Column("anniversary_date", Date), _text("price_level"), _text("customer_type"),
    _text("status"), _text("customer_name_folded", required=True), Column("stub", Boolean, nullable=False, default=False),
    key=("agreement_number",),
)
sites = _replicated(
    "sites",
    _text("site_number", required=True), _text("ibm_customer_number"), Column("name", Name, nullable=False),
    _text("agreement_number", ForeignKey("agreements.agreement_number")), _text("role"), _text("country", required=True),
    Column("state", Name), Column("city", Name), Column("industry", Name), _text("name_folded", required=True),
    Column("stub", Boolean, nullable=False, default=False), Index(None, "agreement_number"),
    key=("site_number",),
)
# What a reseller's file called a site or a part that the operator has not loaded yet: shown to that reseller alone.
stub_names = _replicated(
    "stub_names",
    _reseller(), _text("kind", required=True), _text("number", required=True), Column("name", Name, nullable=False),
    _text("name_folded", required=True), CheckConstraint("kind IN ('site', 'part')", name="kind"),
    key=("reseller_site_number", "kind", "number"), tenant=True, own_only=True,
)
contacts = _replicated(
    "contacts",
    _site(), _text("email", required=True), Column("name", Name, nullable=False), _text("phone"), _text("role"),
    key=("site_number", "email"),
)
parts = _replicated(
    "parts",
    _text("part_number", required=True), Column("description", Name, nullable=False), Column("description_pt", Name),
    Column("description_es", Name), _text("family"), _text("part_type"), _text("charge_metric"), _text("product_group"),
    Column("points", Scaled(3)), _text("license_part"), _text("renewal_part"), _text("reinstatement_part"),
    _text("overage_part"), Column("stub", Boolean, nullable=False, default=False),
    key=("part_number",),
)
prices = _replicated(
    "prices",
    _part(), _text("country", required=True), _text("currency", required=True), _text("price_level", required=True),
    Column("effective_from", Date, nullable=False), Column("effective_to", Date), _unit_price(), Column("points", Scaled(3)),
    Index(None, "country", "currency", "effective_from"),
    key=("part_number", "country", "currency", "price_level", "effective_from"),
    sort=("country", "currency", "part_number", "price_level", "effective_from"),
)
exchange_rates = _replicated(
    "exchange_rates",
    Column("date", Date, nullable=False), _text("currency", required=True), Column("rate", Scaled(RATE_DECIMALS), nullable=False),
    key=("date", "currency"),
)

# -- tenant: every row belongs to the reseller on it ------------------------------------------------------------------
orders = _replicated(
    "orders",
    _reseller(), _text("order_number", required=True), Column("line_number", Integer, nullable=False),
    Column("order_date", Date, nullable=False), _text("order_type", required=True), _site(), _text("country", required=True), _part(),
    _quantity(), _unit_price(), _text("currency", required=True), Column("amount", Minor, nullable=False), _text("po_number"),
    _text("quote_number"), Column("coverage_start", Date), Column("coverage_end", Date), _text("status"), _distributor(),
    Index(None, "site_number"),
    key=("reseller_site_number", "order_number", "line_number"), sort=("reseller_site_number", "order_date"), tenant=True,
)
renewals = _replicated(
    "renewals",
    _reseller(), _text("quote_number", required=True), Column("line_number", Integer, nullable=False), _site(), _part(), _quantity(),
    _unit_price(), _text("currency", required=True), Column("amount", Minor, nullable=False),
    Column("coverage_start", Date, nullable=False), Column("coverage_end", Date), Column("due_date", Date, nullable=False),
    Column("quote_expires", Date), _text("status", required=True), Column("renewed_on", Date),
    _unit_price("prior_unit_price", required=False), _distributor(), Index(None, "site_number"),
    key=("reseller_site_number", "quote_number", "line_number"), sort=("reseller_site_number", "due_date"), tenant=True,
)
entitlements = _replicated(
    "entitlements",
    _reseller(), _site(), _part(), Column("coverage_start", Date, nullable=False), _quantity(), _text("kind"),
    Column("coverage_end", Date), _quantity("deployed_quantity", required=False), _distributor(), Index(None, "site_number"),
    key=("reseller_site_number", "site_number", "part_number", "coverage_start"), tenant=True,
)
subscriptions = _replicated(
    "subscriptions",
    _reseller(), _text("subscription_number", required=True), _site(), _part(), _text("order_number"), Column("ordered_on", Date),
    Column("provisioned_on", Date), Column("start", Date), Column("end", Date), _quantity("entitled_quantity"), _text("billing"),
    _text("renewal_type"), _text("fulfillment_status"), _distributor(), Index(None, "site_number"),
    key=("reseller_site_number", "subscription_number"), tenant=True,
)
usage = _replicated(
    "usage",
    _reseller(), _text("subscription_number", required=True), Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False), _quantity("used_quantity"), _quantity("overage_quantity", required=False),
    Column("suppressed", Boolean), _text("suppression_reason"), _distributor(),
    key=("reseller_site_number", "subscription_number", "period_start"), tenant=True,
)
provisioning = _replicated(
    "provisioning",
    _reseller(), _text("subscription_number", required=True), _text("element", required=True), Column("required", Boolean),
    Column("value", Name), Column("submitted_on", Date), Column("submitted_by", Name), _distributor(),
    key=("reseller_site_number", "subscription_number", "element"), tenant=True,
)
assignments = _replicated(
    "assignments",
    _reseller(), _site(), _text("account_manager", required=True), _distributor(),
    key=("reseller_site_number", "site_number"), tenant=True, own_only=True,
)

# -- change numbers and history: see history.py -----------------------------------------------------------------------
counters = Table("counters", metadata, Column("name", Text, primary_key=True), Column("value", BigInteger, nullable=False))
commits = Table(
    "commits", metadata,
    Column("txn", BigInteger, primary_key=True, autoincrement=False), Column("number", BigInteger, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
)
row_history = Table(
    "row_history", metadata, _id(),
    Column("txn", BigInteger, nullable=False, index=True), Column("table_name", Text, nullable=False),
    Column("row_id", BigInteger, nullable=False), Column("old_txn", BigInteger, nullable=False, index=True),
    Column("deleted", Boolean, nullable=False), Column("old", JSON, nullable=False),
)

# -- people -----------------------------------------------------------------------------------------------------------
users = Table(
    "users", metadata, _id(),
    Column("email", Text, nullable=False, unique=True), Column("name", Name, nullable=False), Column("password_hash", Text),
    Column("operator", Boolean, nullable=False, default=False), Column("status", Text, nullable=False),
    Column("language", Text), Column("access_version", Integer, nullable=False, default=1), Column("created_at", Instant, nullable=False),
    Column("guide_dismissed_at", Instant), Column("notifications", JSON),
    CheckConstraint("status IN ('invited', 'active', 'suspended')", name="status"),
)
# A place at a reseller site. `suspended_at` closes this place alone; `users.status` closes all of them. `version` counts
# changes, so that two who edit at once do not overwrite each other.
memberships = Table(
    "memberships", metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("reseller_site_number", ForeignKey("resellers.site_number"), primary_key=True),
    Column("role", Text, nullable=False), Column("privileges", JSON, nullable=False),
    Column("suspended_at", Instant), Column("version", Integer, nullable=False, default=1, server_default="1"),
    CheckConstraint("role IN ('primary', 'secondary', 'user')", name="role"),
    Index("uq_memberships_primary", "reseller_site_number", unique=True, sqlite_where=text("role = 'primary'"),
          postgresql_where=text("role = 'primary'")),
)
# Who asks to come in. The site number is as the person gave it: it may name no reseller. One waits for each person and site.
access_requests = Table(
    "access_requests", metadata, _id(),
    Column("email", Text, nullable=False), Column("name", Name, nullable=False), Column("reseller_site_number", Text, nullable=False, index=True),
    Column("form", Text, nullable=False), Column("claims_primary", Boolean, nullable=False), Column("user_id", ForeignKey("users.id")),
    Column("language", Text), Column("address", Text), Column("asked_at", Instant, nullable=False),
    Column("state", Text, nullable=False), Column("decided_at", Instant), Column("decided_by", Text), Column("reason", Name),
    CheckConstraint("form IN ('self_nomination', 'authorization')", name="form"),
    CheckConstraint("state IN ('waiting', 'granted', 'denied')", name="state"),
    Index("uq_access_requests_waiting", "email", "reseller_site_number", unique=True, sqlite_where=text("state = 'waiting'"),
          postgresql_where=text("state = 'waiting'")),
)
# The first act of handing over the primary role: at most one offer a site.
primary_offers = Table(
    "primary_offers", metadata,
    Column("reseller_site_number", ForeignKey("resellers.site_number"), primary_key=True),
    Column("from_user_id", ForeignKey("users.id"), nullable=False), Column("to_user_id", ForeignKey("users.id"), nullable=False),
    Column("offered_at", Instant, nullable=False), Column("expires_at", Instant, nullable=False),
)
# An authenticator app, its secret sealed with a key of the installation; `last_step` is the last code used, so none counts twice.
second_factors = Table(
    "second_factors", metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True), Column("secret", Text, nullable=False),
    Column("confirmed_at", Instant), Column("last_step", BigInteger),
)
recovery_codes = Table(
    "recovery_codes", metadata,
    Column("code_hash", Text, primary_key=True), Column("user_id", ForeignKey("users.id"), nullable=False, index=True), Column("used_at", Instant),
)
one_time_links = Table(
    "one_time_links", metadata,
    Column("token_hash", Text, primary_key=True), Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("purpose", Text, nullable=False), Column("expires_at", Instant, nullable=False), Column("used_at", Instant),
)
# Letters to send. A link is never kept: its token is drawn when the letter goes out. No recipient: whoever decides, as of then.
outbox = Table(
    "outbox", metadata, _id(),
    Column("letter", Text, nullable=False), Column("recipient", Text), Column("reseller_site_number", Text), Column("facts", JSON, nullable=False),
    Column("state", Text, nullable=False), Column("tries", Integer, nullable=False), Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False, index=True), Column("claimed_at", Instant), Column("sent_at", Instant), Column("problem", Text),
    CheckConstraint("state IN ('waiting', 'sending', 'sent', 'dropped')", name="state"),
)

# -- the reseller's own site: people to reach, and how much may be ordered without the primary contact ------------------
site_contacts = Table(
    "site_contacts", metadata, _id(),
    Column("reseller_site_number", ForeignKey("resellers.site_number"), nullable=False, index=True), Column("types", JSON, nullable=False),
    Column("first_name", Name, nullable=False), Column("last_name", Name, nullable=False), Column("email", Text, nullable=False),
    Column("telephone", Text), Column("street", Name), Column("city", Name), Column("state", Name), Column("postal_code", Text),
    Column("country", Text), Column("version", Integer, nullable=False), Column("changed_at", Instant, nullable=False),
    Column("changed_by", Text, nullable=False),
)
approval_limits = Table(
    "approval_limits", metadata,
    Column("reseller_site_number", ForeignKey("resellers.site_number"), primary_key=True), Column("role", Text, primary_key=True),
    Column("currency", Text, primary_key=True), Column("amount", Minor, nullable=False),
    CheckConstraint("role IN ('secondary', 'user')", name="role"),
)

# -- what a reseller's people write down about a customer: read by their own site alone, never by its distributor ---------
# `kind` is a note or a next step; a step has a day and somebody who does it. Every version that was replaced is kept.
notes = Table(
    "notes", metadata, _id(),
    Column("reseller_site_number", ForeignKey("resellers.site_number"), nullable=False),
    Column("site_number", ForeignKey("sites.site_number"), nullable=False),
    Column("kind", Text, nullable=False), Column("text", Name, nullable=False), Column("due_on", Date), Column("assignee", Text),
    Column("done_at", Instant), Column("done_by", Text), Column("written_at", Instant, nullable=False), Column("written_by", Text, nullable=False),
    Column("changed_at", Instant, nullable=False), Column("changed_by", Text, nullable=False), Column("version", Integer, nullable=False),
    Column("removed_at", Instant),  # the row stays, so that its versions can be read and no other note takes its number
    CheckConstraint("kind IN ('note', 'step')", name="kind"), Index(None, "reseller_site_number", "site_number"),
)
note_versions = Table(
    "note_versions", metadata,
    Column("note_id", BigInteger, primary_key=True, autoincrement=False), Column("version", Integer, primary_key=True),
    Column("reseller_site_number", ForeignKey("resellers.site_number"), nullable=False, index=True),
    Column("text", Name, nullable=False), Column("due_on", Date), Column("assignee", Text), Column("done_at", Instant), Column("done_by", Text),
    Column("changed_at", Instant, nullable=False), Column("changed_by", Text, nullable=False),
)

# -- saved views: the filters and ways of looking of a page under a name; each reader sees its own rows through them --------
# `reseller_site_number` is the site that a shared view is shown at; null for one of somebody at several sites, or at none.
saved_views = Table(
    "saved_views", metadata, _id(),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("reseller_site_number", ForeignKey("resellers.site_number"), index=True), Column("name", Name, nullable=False),
    Column("page", Text, nullable=False), Column("parameters", JSON, nullable=False),
    Column("shared", Boolean, nullable=False, default=False, server_default=false()),
    Column("created_at", Instant, nullable=False), Column("changed_at", Instant, nullable=False), Column("version", Integer, nullable=False),
    UniqueConstraint("user_id", "page", "name"),
)
# What a user made of a view, its own or a shared one: on Home, or what a page opens with. One default for each page.
view_marks = Table(
    "view_marks", metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("view_id", ForeignKey("saved_views.id", ondelete="CASCADE"), primary_key=True),
    Column("pinned_at", Instant), Column("default_of", Text),
    Index("uq_view_marks_default", "user_id", "default_of", unique=True, sqlite_where=text("default_of IS NOT NULL"),
          postgresql_where=text("default_of IS NOT NULL")),
)
# A calendar's address carries a token instead of a cookie: only its hash is kept.
calendar_feeds = Table(
    "calendar_feeds", metadata,
    Column("token_hash", Text, primary_key=True), Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("view_id", ForeignKey("saved_views.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False), Column("read_at", Instant),
)

# -- imports ----------------------------------------------------------------------------------------------------------
batches = Table(
    "batches", metadata, _id(),
    Column("dataset", Text, nullable=False), Column("file_name", Name, nullable=False), Column("file_sha256", Text, nullable=False),
    Column("txn", BigInteger, nullable=False, unique=True), Column("loaded_at", Instant, nullable=False),
    Column("user_id", ForeignKey("users.id")), Column("actor", Text, nullable=False), Column("read", BigInteger, nullable=False),
    Column("loaded", BigInteger, nullable=False), Column("unchanged", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False), Column("warned", BigInteger, nullable=False), Column("stubs", JSON, nullable=False),
    Column("seconds", Scaled(3), nullable=False), Column("undone_by_txn", BigInteger),
    # A reseller sees the batches that touched it alone; null is a batch of shared data or of several resellers.
    Column("reseller_site_number", ForeignKey("resellers.site_number"), index=True),
    # The rejected and the warned rows with their reasons, gzipped CSV; the first is ready to be mended and loaded again.
    Column("rejected_rows", LargeBinary), Column("warned_rows", LargeBinary),
)
mappings = Table(
    "mappings", metadata, _id(),
    Column("name", Name, nullable=False), Column("dataset", Text, nullable=False),
    Column("reseller_site_number", ForeignKey("resellers.site_number")), Column("headers", JSON, nullable=False),
    UniqueConstraint("name", "dataset", "reseller_site_number"),
)
settings = Table("settings", metadata, Column("name", Text, primary_key=True), Column("value", JSON, nullable=False))

# -- audit: append-only, the database itself refuses to change it -----------------------------------------------------
audit = Table(
    "audit", metadata, _id(),
    Column("at", Instant, nullable=False, index=True), Column("actor", Text, nullable=False), Column("user_id", BigInteger),
    Column("reseller_site_number", Text), Column("act", Text, nullable=False), Column("object", Text),
    Column("facts", JSON, nullable=False), Column("address", Text), Column("refused", Boolean, nullable=False, default=False, server_default=false()),
    # Read by site and by person, the newest first.
    Index(None, "reseller_site_number", "at"), Index(None, "user_id", "at"),
)

# -- the desk: sign-ins, sessions, running jobs -----------------------------------------------------------------------
# `credentials` is a fingerprint of the password hash that a session was opened with: another password ends the session,
# even if the process dies between the store's commit and the desk's.
sessions = Table(
    "sessions", desk_metadata,
    Column("token_hash", Text, primary_key=True), Column("user_id", BigInteger, nullable=False, index=True),
    Column("credentials", Text, nullable=False), Column("created_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=False), Column("expires_at", Instant, nullable=False),
    # `handle` names the session to its user, who sees from where it is; `at_site` is the site that the user has chosen in it.
    Column("handle", Text, nullable=False, unique=True), Column("address", Text), Column("agent", Text), Column("at_site", Text),
)
# A right password of somebody with a second factor: good for a code, once, for a few minutes.
challenges = Table(
    "challenges", desk_metadata,
    Column("challenge_hash", Text, primary_key=True), Column("user_id", BigInteger, nullable=False), Column("credentials", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
# A sign-in hands the browser a ticket to exchange, once, for its HttpOnly cookie.
session_tickets = Table(
    "session_tickets", desk_metadata,
    Column("ticket_hash", Text, primary_key=True), Column("user_id", BigInteger, nullable=False), Column("credentials", Text, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
sign_ins = Table(
    "sign_ins", desk_metadata, _id(),
    Column("at", Instant, nullable=False, index=True), Column("email", Text, nullable=False, index=True), Column("address", Text),
    Column("succeeded", Boolean, nullable=False),
)
# What strangers asked for (access, a new password): counted, so that nobody floods a mailbox or a queue.
open_acts = Table(
    "open_acts", desk_metadata, _id(),
    Column("at", Instant, nullable=False, index=True), Column("act", Text, nullable=False), Column("email", Text, nullable=False),
    Column("address", Text, nullable=False),
)
# Where a user's last look at the data ended, and the visit before it: how far each went in change numbers.
visits = Table(
    "visits", desk_metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False), Column("seen_at", Instant, nullable=False),
    Column("seen_number", BigInteger, nullable=False), Column("before_at", Instant), Column("before_number", BigInteger),
)
import_jobs = Table(
    "import_jobs", desk_metadata,
    Column("id", Text, primary_key=True), Column("user_id", BigInteger), Column("started_at", Instant, nullable=False),
    Column("state", Text, nullable=False), Column("step", Text, nullable=False), Column("done", BigInteger, nullable=False),
    Column("total", BigInteger), Column("result", JSON), Column("pid", Integer),
    Column("rejected_rows", LargeBinary),
)

REPLICATED: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table.info.get("replicated"))
TENANT: tuple[Table, ...] = tuple(table for table in REPLICATED if table.info["tenant"])
# What a user's file may name before the operator has loaded it. A reseller is not: it would own rows.
STUBBED: tuple[Table, ...] = (agreements, sites, parts)


def key_matches(left: Table, right: Table) -> ColumnElement[bool]:
    """The condition that a row of `left` and one of `right` (of the same shape) have the same key."""
    condition: ColumnElement[bool] = left.c[left.info["key"][0]] == right.c[left.info["key"][0]]
    for name in left.info["key"][1:]:
        condition &= left.c[name] == right.c[name]
    return condition
