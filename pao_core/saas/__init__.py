"""SaaS: subscriptions, their fulfillment, their provisioning forms and what was used beyond them."""
