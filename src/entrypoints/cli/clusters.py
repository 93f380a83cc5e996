"""`yaptide clusters`: where batch jobs may run."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from adapters.executors.slurm_ssh.layout import check_work_dir
from adapters.executors.slurm_ssh.options import checked_options
from application.ports.batch_clusters import Account
from application.ports.ssh_credentials import SshKeyPair
from domain.cluster import BatchOptions, Cluster
from domain.errors import InvalidInput
from domain.users import UserSource
from entrypoints.cli.completion import complete
from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.exit_codes import CommandFailed, ExitCode
from entrypoints.cli.job_choice import known_users
from entrypoints.cli.opening import ready_container
from entrypoints.cli.tables import json_option, plain, show_rows
from entrypoints.composition.administration import AdministrationContainer

LONGEST_NAME = 255


def known_clusters(container: AdministrationContainer) -> Iterable[tuple[str, str]]:
    """Return all clusters, for completion."""
    with container.unit_of_work(read_only=True) as work:
        return [(cluster.name, cluster.host) for cluster in work.clusters.all()]


NAME = click.argument("name", shell_complete=complete(known_clusters))


@click.group()
def clusters() -> None:
    """Look after the Slurm clusters that batch jobs may be sent to."""


def _many(*names: str, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(*names, multiple=True, metavar="NAME=VALUE", help=text)


@clusters.command()
@click.argument("name")
@click.option("--host", required=True, help="Login node.")
@click.option(
    "--port", default=22, show_default=True, type=click.IntRange(1, 65535), help="Of SSH."
)
@click.option("--login", default="{user}", show_default=True, help="Account to sign in to.")
@click.option("--host-key", default="", help="Its public key: `ssh-ed25519 AAAA…`.")
@click.option("--work-dir", default="$SCRATCH/yaptide", show_default=True, help="Folder for jobs.")
@click.option(
    "--set-up", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with commands, such as `module load …`, for the nodes.",
)  # fmt: skip
@click.option(
    "--poll-seconds", default=10.0, show_default=True, type=click.FloatRange(0.5, 3600),
    help="Shortest time between two questions about a user's jobs.",
)  # fmt: skip
@_many("--array-option", "array", text="Default of sbatch for array jobs; repeatable.")
@_many("--collect-option", "collect", text="Default of sbatch for collect jobs; repeatable.")
def add(
    name: str, set_up: Path | None, array: Sequence[str], collect: Sequence[str], **values: Any
) -> None:
    """Add a cluster; the first one added is the default."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput("name", f"must have 1 to {LONGEST_NAME} printable characters")
    check_work_dir(values["work_dir"])
    cluster = Cluster(
        name,
        **values,
        set_up=_text(set_up) if set_up else "",
        options=BatchOptions(_options("array", array), _options("collect", collect)),
    )
    with ready_container().unit_of_work() as work:
        work.clusters.add(cluster)
        work.commit()
    click.echo(f"Added {name}; try it with: yaptide clusters test {name}")


def _options(kind: str, pairs: Sequence[str]) -> dict[str, str]:
    split = [pair.partition("=") for pair in pairs]
    return checked_options(f"--{kind}-option", {name: value for name, _, value in split})


@clusters.command(name="list")
@json_option
def list_clusters(as_json: bool) -> None:
    """Show the clusters and how they are reached."""
    with ready_container().unit_of_work(read_only=True) as work:
        known = work.clusters.all()
    rows = [
        {
            "name": cluster.name,
            "host": f"{cluster.host}:{cluster.port}",
            "login": cluster.login,
            "work_dir": cluster.work_dir,
            "host_key": "stored" if cluster.host_key else "SSH_KNOWN_HOSTS",
            "poll_seconds": cluster.poll_seconds,
            "array_options": _shown(cluster.options.array),
            "collect_options": _shown(cluster.options.collect),
        }
        for cluster in known
    ]
    show_rows(rows, as_json, empty="No cluster is registered.")


def _shown(options: Any) -> str:
    return " ".join(f"{name}={value}" if value else name for name, value in options.items())


@clusters.command()
@NAME
@yes_option
def remove(name: str, yes: bool) -> None:
    """Remove a cluster that no job refers to."""
    container = ready_container()
    _named(container, name)
    confirm(f"Remove the cluster {name}?", yes)
    with container.unit_of_work() as work:
        work.clusters.remove(name)
        work.commit()
    click.echo(f"Removed {name}.")


@clusters.command()
@NAME
@click.option(
    "--user",
    required=True,
    shell_complete=complete(known_users),
    help="Whose account there is used.",
)
@click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Private key; default what is stored for the user.",
)  # fmt: skip
@click.option(
    "--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificate of that key, if it has one.",
)  # fmt: skip
def test(name: str, user: str, key: Path | None, certificate: Path | None) -> None:
    """Walk through what a job needs: key, connection, folder, Python, sbatch --test-only."""
    container = ready_container()
    cluster = _named(container, name)
    pair = _given(key, certificate) if key else None
    account = _account(container, cluster, user, pair)
    batch_clusters = container.batch_clusters()
    click.get_current_context().call_on_close(batch_clusters.close)
    failed = False
    for step in batch_clusters.examine(account):
        click.echo(f"{'ok    ' if step.passed else 'FAILED'} {step.title}: {plain(step.detail)}")
        failed = not step.passed
    if failed:
        raise CommandFailed(f"{name} can't be used as it is.", ExitCode.FAILED)
    click.echo(f"{name} can be used.")


def _given(key: Path, certificate: Path | None) -> SshKeyPair:
    return SshKeyPair(_text(certificate) if certificate else "", _text(key))


def _text(file: Path) -> str:
    # Whatever is no text is refused as what it should have been.
    return file.read_text(errors="replace")


def _account(
    container: AdministrationContainer, cluster: Cluster, username: str, pair: SshKeyPair | None
) -> Account:
    if pair is not None:
        return Account(0, username, cluster, pair)
    user = container.administer_users().one(username, UserSource.KEYCLOAK)
    found: Account = container.accounts().of(user.id, cluster)
    return found


def _named(container: AdministrationContainer, name: str) -> Cluster:
    with container.unit_of_work(read_only=True) as work:
        known = work.clusters.all()
    for cluster in known:
        if cluster.name == name:
            found: Cluster = cluster
            return found
    names = ", ".join(cluster.name for cluster in known) or "none yet"
    raise CommandFailed(f"{name!r} is not a cluster; there are: {names}", ExitCode.NOT_FOUND)
