"""The command line's rooms: one module a family of commands, assembled in `pao_core/__main__.py`."""
