"""The command line: `python -m pao_core COMMAND --help`."""

from __future__ import annotations

import sys

import typer

from pao_core.commands import imports, mail, people, prices, reports, upkeep

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="PAO Desk, not affiliated with IBM.")
app.command("serve")(upkeep.serve)
app.command("import")(imports.import_)
app.command("rates")(imports.rates)
app.command("report")(reports.report)
app.command("prices")(prices.prices)
app.command("demo")(upkeep.demo)
app.add_typer(people.app, name="user")
app.command("mail")(mail.mail)
app.command("backup")(upkeep.backup)
app.command("restore")(upkeep.restore)
app.command("doctor")(upkeep.doctor)

# Options that take several values at once: `--map order_number=InvoiceNo part_number=StockCode`.
SEVERAL = ("--map", "--set", "--default")


def spread(arguments: list[str]) -> list[str]:
    """Repeat an option of SEVERAL before each of its values, as the parser wants it."""
    spread_out: list[str] = []
    option = None
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in SEVERAL else None
        elif option and "=" in argument and spread_out[-1] != option:
            spread_out.append(option)
        spread_out.append(argument)
    return spread_out


def main() -> None:
    """Run the command line."""
    app(args=spread(sys.argv[1:]), prog_name="python -m pao_core")


if __name__ == "__main__":
    main()
