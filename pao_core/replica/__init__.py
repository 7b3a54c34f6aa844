"""The columnar copy for reading: one DuckDB file a process, kept fresh from the store, lost without loss."""

from pao_core.replica.reader import OnDuckDB, Reader, forget, reader

__all__ = ["OnDuckDB", "Reader", "forget", "reader"]
