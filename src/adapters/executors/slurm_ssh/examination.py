"""Walk through everything that a job needs of a cluster."""

import shlex
from collections.abc import Callable, Iterator

from adapters.executors.slurm_ssh import commands, submission
from adapters.executors.slurm_ssh.connection import SshConnection
from application.ports.batch_clusters import Account, Step
from domain.errors import ClusterRefused, YaptideError

PYTHON = """
import importlib.util, sys
needs = ("pymchelper", "numpy", "msgspec")
merges = sys.version_info >= (3, 11) and all(map(importlib.util.find_spec, needs))
where = "merges the results there" if merges else "leaves the outputs to be merged here"
print("Python %d.%d.%d," % sys.version_info[:3], where)
"""


def examine(
    account: Account, check: Callable[[], None], connect: Callable[[], SshConnection]
) -> Iterator[Step]:
    """Yield each step as it is done; the first that fails is the last."""
    connected: list[SshConnection] = []

    def open_connection() -> str:
        connected.append(connect())
        return f"signed in as {account.login}"

    def key() -> str:
        check()
        return "with a certificate" if account.key.certificate.strip() else "a plain key"

    steps: list[tuple[str, Callable[[], str]]] = [
        ("key", key),
        ("connection", open_connection),
        ("work folder", lambda: submission.make_work_dir(connected[0], account.cluster)),
        ("Python for the tasks", lambda: _python(connected[0], account)),
        ("array job (sbatch --test-only)", lambda: _test(connected[0], account, collect=False)),
        ("collect job (sbatch --test-only)", lambda: _test(connected[0], account, collect=True)),
    ]
    for title, do in steps:
        try:
            yield Step(title, True, do())
        except YaptideError as error:
            yield Step(title, False, str(error))
            return


def _python(connection: SshConnection, account: Account) -> str:
    script = f"{account.cluster.set_up}\npython3 -c {shlex.quote(PYTHON)}"
    outcome = connection.run(f"bash -lc {shlex.quote(script)}")
    if outcome.exit_code:
        raise ClusterRefused(outcome.stderr.strip()[-500:] or "python3 was not found")
    return outcome.stdout.strip().splitlines()[-1]


def _test(connection: SshConnection, account: Account, *, collect: bool) -> str:
    options = account.cluster.options
    chosen = options.collect if collect else options.array
    outcome = connection.run(shlex.join(commands.test_only_command(chosen)))
    # sbatch says when the job would start where others say what went wrong.
    said = outcome.stderr.strip() or outcome.stdout.strip()
    if outcome.exit_code:
        raise ClusterRefused(said[-500:] or "sbatch failed without a word")
    return said.splitlines()[-1] if said else "it would be taken"
