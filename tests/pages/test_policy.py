"""The browser's side of the wall: text that gets into a page does not run. That every page lives with the policy is looked at in test_looks."""

from __future__ import annotations

from collections.abc import Callable

from browser import Served
from playwright.sync_api import Page

# What a script in a reader's text would look like, had it got past everything before: what the browser refused of it, or what ran.
PLANTED = """() => new Promise(done => {
    const refused = [];
    Object.defineProperty(window, 'ran', { set: what => done(what) });
    document.addEventListener('securitypolicyviolation', event => {
        refused.push(`${event.effectiveDirective} ${event.blockedURI}`);
        if (refused.length === 5) done(refused.sort());
    });
    const add = (tag, told) => document.body.append(Object.assign(document.createElement(tag), told));
    add('script', { textContent: "window.ran = 'text'" });
    add('script', { src: "data:text/javascript,window.ran = 'data'" });
    add('script', { src: 'https://evil.example/x.js' });
    add('div', { innerHTML: `<img src="data:,x" onerror="window.ran = 'attribute'">` });
    const link = Object.assign(document.createElement('a'), { href: "javascript:window.ran = 'link'" });
    document.body.append(link);
    link.click();
})"""
REFUSED = ["script-src-attr inline", "script-src-elem data", "script-src-elem https://evil.example/x.js", "script-src-elem inline",
           "script-src-elem inline"]


def test_a_script_that_got_into_a_page_does_not_run(served: Served, tab: Callable[..., Page]) -> None:
    page = tab()
    page.goto(served.url)
    page.locator("input[type=password]").wait_for()
    assert page.evaluate(PLANTED) == REFUSED
