"""The command line as a person runs it: asked in this process, which has everything loaded, or started as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from typer.testing import CliRunner

from pao_core import __main__
from pao_core.config import PROJECT

Done = subprocess.CompletedProcess[str]


def pao(*arguments: str, stdin: str = "", **environment: str) -> Done:
    """Ask it here: the same words, answers and exit codes without the second that a start takes."""
    done = CliRunner().invoke(__main__.app, __main__.spread(list(arguments)), input=stdin, env=environment)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Done(arguments, done.exit_code, done.stdout, done.stderr)


def started(*arguments: str, stdin: str = "", **environment: str) -> Done:
    """Start it: for what only a process has, such as bytes on its standard output and the language of its shell."""
    return subprocess.run([sys.executable, "-m", "pao_core", *arguments], input=stdin, capture_output=True, text=True, cwd=PROJECT,
                          env=os.environ | environment, timeout=120, check=False)


def answer(*arguments: str, **environment: str) -> dict[str, Any]:
    """What a command says as JSON; it must have succeeded and said nothing else."""
    done = pao(*arguments, **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found
