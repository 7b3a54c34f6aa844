"""Mail: letters wait in the store's outbox and go out behind the request, each once."""
