"""The people of the reseller sites: who has a place, who asks for one, what they may do to each other."""
