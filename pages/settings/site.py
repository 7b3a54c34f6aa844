"""Settings > Site: whom to reach at the reseller's own site, what was changed about it, and how much may be ordered."""

from pages.parts import frame, session, states, view
from pages.parts.access import site_contacts, site_limits
from pages.parts.text import escape
from pao_core.access.rights import CONTACTS_VIEW
from pao_core.access.verbs import VERBS
from pao_core.locale import N_, _
from pao_core.settings import site

TABS = {"contacts": N_("Contacts"), "updates": N_("Contact updates"), "limits": N_("Approval limits")}
scene = session.enter(CONTACTS_VIEW)


def one_of(names: dict[str, str]) -> str:
    """The site that the page is about: the reader's choice when there are several."""
    if len(names) == 1:
        return next(iter(names))
    return view.choice("reseller", {number: f"{name} · {number}" for number, name in names.items()}, label=_("Site"), as_list=True)


with states.told():
    names = site.sites(scene.viewer)
    number = one_of(names)
    tab, place = view.tabs("tab", {name: _(text) for name, text in TABS.items()}, of=number)
    with frame.header(_(site.TITLE), escape(_("{name} · site {number}", name=names[number], number=number))):
        if tab == "contacts" and scene.viewer.may_act(VERBS["contact.added"], number):
            site_contacts.add_button()
    with place, states.told():
        if tab == "contacts":
            site_contacts.listed(number)
        elif tab == "updates":
            site_contacts.updates(number)
        else:
            site_limits.listed(number)
