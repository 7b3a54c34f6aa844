"""Invented people at the customers' sites, and who looks after which site at each reseller."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pao_core.demo import chance, people
from pao_core.demo.book import Book
from pao_core.demo.contracts import Trade
from pao_core.demo.customers import RESELLERS
from pao_core.demo.markets import MARKETS
from pao_core.demo.tables import Rows, numbers, slices, where, words
from pao_core.demo.vocabulary import GIVEN, SURNAMES
from pao_core.store.types import fold

# Roles of contacts, and the share of sites that have one.
ROLES = {"primary": 1.0, "technical": 0.7, "renewal": 0.45, "billing": 0.3, "administrative": 0.2}
HAS_PHONE = 0.85
LANGUAGES = tuple(GIVEN)
ASSIGNED, BY_PRIMARY = 0.85, 0.3  # share of the customers that somebody looks after, and of those the primary contact itself


@dataclass(frozen=True)
class People:
    """Names and addresses of the contacts of every site, by column."""

    seed: int
    language: np.ndarray  # by site, place in LANGUAGES
    domain: pa.Array  # by site

    def names_at(self, site: np.ndarray, role: np.ndarray | int = 0) -> pa.Array:
        """The names of the contacts of sites that have a role."""
        return pc.binary_join_element_wise(*self._words(site, role, lambda name: name), " ")

    def emails_at(self, site: np.ndarray, role: np.ndarray | int = 0) -> pa.Array:
        """Their e-mail addresses."""
        return pc.binary_join_element_wise(pc.binary_join_element_wise(*self._words(site, role, fold), "."), self.domains_at(site), "@")

    def domains_at(self, site: np.ndarray) -> pa.Array:
        """The domain of each site's customer."""
        return self.domain.take(pa.array(site))

    def _words(self, site: np.ndarray, role: np.ndarray | int, written: Callable[[str], str]) -> list[pa.Array]:
        found = []
        for matter, names, step in (("given", GIVEN, 7), ("surname", SURNAMES, 5)):
            every = [written(name) for language in LANGUAGES for name in names[language]]
            count = len(every) // len(LANGUAGES)
            drawn = np.floor(chance.share(self.seed, matter, site) * count).astype(np.int64)
            # Another step for each role: nobody is two people of one site.
            found.append(words(every, self.language[site] * count + (drawn + step * np.asarray(role)) % count))
        return found


def invented(trade: Trade) -> People:
    """The people of a trade's customers."""
    customers = trade.customers
    language = np.array([LANGUAGES.index(market.language) for market in MARKETS])[customers.site_market]
    domains = [f"{re.sub('[^a-z0-9]+', '-', fold(name)).strip('-')}.example" for name in customers.names]
    return People(trade.seed, language, words(domains, customers.site_customer))


def table(trade: Trade, invented: People) -> Rows:
    """The rows of `contacts`, by site."""
    customers = trade.customers
    sites = np.argsort(np.array(customers.site_numbers))
    site, role = np.repeat(sites, len(ROLES)), np.tile(np.arange(len(ROLES)), len(sites))
    there = chance.share(trade.seed, "contact", site, role) < np.array(list(ROLES.values()))[role]
    site, role = site[there], role[there]
    for rows in slices(len(site)):
        at, what = site[rows], role[rows]
        market = customers.site_market[at]
        draw = chance.share(trade.seed, "phone", at, what)
        line = pc.binary_join_element_wise(words([place.dial for place in MARKETS], market),
                                           numbers("", np.floor(1000 * draw / HAS_PHONE).astype(np.int64) % 1000, 3), " 555 0")
        yield pa.table({
            "site_number": words(customers.site_numbers, at), "email": invented.emails_at(at, what), "name": invented.names_at(at, what),
            "phone": where(draw < HAS_PHONE, line), "role": words(list(ROLES), what),
        })


def assignments(trade: Trade, book: Book) -> Rows:
    """The rows of `assignments`, by reseller and site: one account manager for all sites of a customer that a reseller looks after."""
    customers, count = trade.customers, len(trade.customers.site_numbers)
    dealt = [book.reseller[some.contract].astype(np.int64) * count + some.site for some in (book.lines, book.quotes, book.covers)]
    pair = np.unique(np.concatenate([np.unique(some) for some in dealt]))
    reseller, site = pair // count, pair % count
    owner = customers.site_customer[site]
    looked_after = chance.share(trade.seed, "looked after", owner, reseller) < ASSIGNED
    managers = [[email for email, _name, at, _role in people.CAST if at == number]
                for number, *_rest in RESELLERS]
    every, size = [email for some in managers for email in some], np.array([len(some) for some in managers])
    draw = chance.share(trade.seed, "manager", owner, reseller)
    another = 1 + np.floor((draw - BY_PRIMARY) / (1 - BY_PRIMARY) * (size[reseller] - 1)).astype(np.int64)
    manager = (np.cumsum(size) - size)[reseller] + np.where((draw < BY_PRIMARY) | (size[reseller] == 1), 0, another)
    order = np.lexsort((np.array(customers.site_numbers)[site], reseller))
    order = order[looked_after[order]]
    for rows in slices(len(order)):
        at = order[rows]
        yield pa.table({
            "reseller_site_number": words([number for number, *_rest in RESELLERS], reseller[at]),
            "site_number": words(customers.site_numbers, site[at]), "account_manager": words(every, manager[at]),
        })
