"""What `yaptide doctor` finds, for tests of installations of every kind."""

import json
from collections.abc import Mapping

from click.testing import CliRunner

from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode


def verdicts(environment: Mapping[str, str]) -> dict[str, tuple[str, str, str]]:
    """Return verdict, message and remedy by check; the exit code must fit them."""
    result = CliRunner().invoke(commands, ["doctor", "--json"], env=environment)
    assert result.exit_code in (0, ExitCode.CHECK_FAILED), result.output
    found = {
        item["check"]: (item["verdict"], item["message"], item["remedy"])
        for item in json.loads(result.stdout)
    }
    failed = any(verdict == "failed" for verdict, _, _ in found.values())
    assert failed == (result.exit_code == ExitCode.CHECK_FAILED)
    for verdict, _, remedy in found.values():
        assert (verdict in ("failed", "warning")) == bool(remedy)
    return found
