"""The frame: the ASGI app, sign-in, the menu, title and filter bar, and the page inside.

One file with two lives. Streamlit runs it as a script at every rerun; `uvicorn app:app` (or `streamlit run app.py`)
imports it once for the app itself. Navigation comes first in every run, so that a deep link and its filters outlive the
sign-in; the right is checked here before the page runs, and again in the page's first line.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from pages.parts import frame, session, states
from pages.parts.access import welcome
from pao_core.access.rights import ACCESS_VIEW, CONTACTS_VIEW, DATA_IMPORT, OPERATOR, PRICED_LINES, PRICES_DOWNLOAD, REPORTING_VIEW, SIGNED_IN
from pao_core.locale import N_

# The filters of a page with reports, in the order of the bar.
REPORT_FILTERS = (
    "agreement", "site", "customer", "country", "program", "anniversary-month", "anniversary-from", "anniversary-to", "product-group",
    "order-type", "reseller", "quote", "account-manager", "from", "to", "in-currency",
)
# Of renewal lines: they have a due date and no order type.
RENEWAL_FILTERS = (*(key for key in REPORT_FILTERS if key != "order-type"), "due", "quote-state")
# Of what customers are and hold: no order line, no money.
HOLDING_FILTERS = tuple(key for key in REPORT_FILTERS if key not in ("order-type", "quote", "in-currency"))
# Of subscriptions: their status is that of the fulfillment.
SUBSCRIPTION_FILTERS = (*HOLDING_FILTERS, "status")


log = logging.getLogger("pao_desk")


@dataclass(frozen=True)
class Entry:
    """A page of the menu. `right` opens it (any of them, when several); `open` needs no sign-in and stays out of the menu."""

    file: str
    title: str
    right: tuple[str, ...] = (SIGNED_IN,)
    filters: tuple[str, ...] = ()
    icon: str | None = None
    open: bool = False

    @property
    def address(self) -> str:
        return self.file.rsplit("/", 1)[-1].removesuffix(".py").replace("_", "-")


MENU: dict[str, tuple[Entry, ...]] = {
    "": (Entry("pages/home/home.py", N_("Home"), filters=("in-currency",), icon=":material/home:"),
         Entry("pages/welcome/tour.py", N_("Tour"), open=True),
         Entry("pages/welcome/request_access.py", N_("Request access"), open=True),
         Entry("pages/welcome/activation.py", N_("Activation"), open=True),
         Entry("pages/welcome/reset.py", N_("New password"), open=True)),
    N_("Customers"): (Entry("pages/customers/customers.py", N_("Customers"), (REPORTING_VIEW,), REPORT_FILTERS),
                      Entry("pages/customers/customer.py", N_("Customer"), (REPORTING_VIEW,)),
                      Entry("pages/customers/end_customers.py", N_("End customers"), (REPORTING_VIEW,), HOLDING_FILTERS),
                      Entry("pages/customers/entitlements.py", N_("Entitlements"), (REPORTING_VIEW,), (*HOLDING_FILTERS, "kind", "state")),
                      Entry("pages/customers/levels_and_points.py", N_("Levels and points"), (REPORTING_VIEW,),
                            tuple(key for key in REPORT_FILTERS if key != "in-currency"))),
    N_("Renewals"): (
        Entry("pages/renewals/renewals.py", N_("Renewals"), (REPORTING_VIEW,), RENEWAL_FILTERS),
        Entry("pages/renewals/due_180_days.py", N_("Due in 180 days"), (REPORTING_VIEW,), (*RENEWAL_FILTERS, "window", "direction")),
        Entry("pages/renewals/committed_terms.py", N_("Committed terms"), (REPORTING_VIEW,), RENEWAL_FILTERS),
        Entry("pages/renewals/expiring_quotes.py", N_("Expiring quotes"), (REPORTING_VIEW,), (*RENEWAL_FILTERS, "window")),
        Entry("pages/renewals/price_notifications.py", N_("Price notifications"), (PRICED_LINES,), (*RENEWAL_FILTERS, "edition", "effect")),
        Entry("pages/renewals/subscription_updates.py", N_("Subscription updates"), (REPORTING_VIEW,),
              (*SUBSCRIPTION_FILTERS, "due", "window", "direction")),
    ),
    N_("Orders"): (Entry("pages/orders/order_history.py", N_("Order history"), (REPORTING_VIEW,), REPORT_FILTERS),),
    N_("Prices"): (Entry("pages/prices/price_files.py", N_("Price files"), (PRICES_DOWNLOAD,)),),
    N_("SaaS"): (
        Entry("pages/saas/saas_fulfillment.py", N_("Fulfillment"), (REPORTING_VIEW,), SUBSCRIPTION_FILTERS),
        Entry("pages/saas/saas_data_elements.py", N_("Provisioning"), (REPORTING_VIEW,), SUBSCRIPTION_FILTERS),
        Entry("pages/saas/suppressed_overage.py", N_("Suppressed overage"), (REPORTING_VIEW,), (*SUBSCRIPTION_FILTERS, "in-currency")),
    ),
    N_("Reports"): (Entry("pages/reports/saved_views.py", N_("Saved views"), (REPORTING_VIEW,)),),
    N_("Settings"): (
        Entry("pages/settings/users.py", N_("Users"), (ACCESS_VIEW, OPERATOR)),
        Entry("pages/settings/site.py", N_("Site"), (CONTACTS_VIEW,)),
        Entry("pages/settings/access_requests.py", N_("Access requests"), (ACCESS_VIEW, OPERATOR)),
        Entry("pages/settings/data.py", N_("Data"), (DATA_IMPORT, OPERATOR)),
        Entry("pages/settings/audit.py", N_("Audit"), (ACCESS_VIEW, OPERATOR)),
        Entry("pages/settings/my_account.py", N_("My account")),
    ),
}


def main() -> None:
    """One rerun: who looks, the menu, the page or what stands in its place."""
    st.set_page_config("PAO Desk", frame.MARK, layout="wide")
    session.speak()
    with states.told():
        viewer = session.viewer()
        session.speak(viewer)
        entries = frame.register(MENU, viewer)
        page = st.navigation(frame.navigation(entries), position="top" if viewer else "hidden")
        entry = entries[page.url_path][0]
        frame.dress()
        if entry.open:
            welcome.around_open(viewer, page.run)
        elif viewer is None:
            welcome.around_sign_in(session.sign_in_form)
        else:
            frame.around(entry, viewer, page.run)


if __name__ == "__main__":
    main()
else:
    from starlette.middleware import Middleware
    from streamlit import config, runtime
    from streamlit.runtime.pages_manager import PagesManager

    from pao_core import catalogue, replica
    from pao_core.access.mail.sending import Postman
    from pao_core.access.wall import routes
    from pao_core.reports import calendar_feed
    from pao_core.store.engine import StoreUnreachable
    from pao_core.store.migrate import migrate

    # A folder named pages would let Streamlit run a page without this file until somebody has opened one.
    PagesManager.uses_pages_directory = False
    store = session.store()
    # Behind a proxy that does not pass Host on, Streamlit would ask another site on the internet for this machine's own address.
    config.set_option("browser.serverAddress", urlsplit(store.settings.base_url).hostname)

    @asynccontextmanager
    async def warm(_app: Any) -> AsyncIterator[dict[str, Any]]:
        """Everything slow happens before the first reader: migration, imports, the first copy for reading."""
        import pandas  # noqa: F401
        import pyarrow  # noqa: F401

        try:
            migrate(store)
            replica.reader(store, patient=False)
        except StoreUnreachable as away:
            log.warning("%s", away)  # every page says so until the database is back
        gc.collect()
        gc.freeze()
        postman = Postman(store)
        postman.start()
        try:
            yield {}
        finally:
            postman.stop()

    def told(error: BaseException, *_more: Any) -> None:
        log.error("a page failed", exc_info=error)

    def held() -> int:
        """Bytes of uploaded files that open pages keep in memory."""
        families = runtime.get_instance().uploaded_file_mgr.get_stats().values()
        return sum(getattr(stat, "byte_length", 0) for family in families for stat in family)

    middleware: list[Middleware] = routes.middleware(store.settings, store, held=held)
    app = st.App(__file__, lifespan=warm, routes=[*routes.routes(store.settings, store), *calendar_feed.routes(store, catalogue.of_page)],
                 middleware=middleware, on_script_error=told)
