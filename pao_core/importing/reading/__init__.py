"""Untrusted files become a table of text; runs as a child process (`python -m pao_core.importing.reading`).

Nothing here touches the store. The child gets a request a line on standard input and answers a line on standard output;
its parent (`importing/child.py`) limits it and kills it. It imports neither SQLAlchemy nor the rest of the product.
"""
