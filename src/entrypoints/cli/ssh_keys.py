"""`yaptide users ssh-key`: what a user's batch jobs sign in to clusters with."""

from typing import IO

import click

from application.administration.administer_ssh_keys import AdministerSshKeys, StoredKey
from domain.errors import InvalidInput, YaptideError
from entrypoints.cli.completion import complete
from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.job_choice import known_users
from entrypoints.cli.opening import ready_container
from entrypoints.cli.tables import json_option, plain, show_fields

LONGEST_KEY = 64 << 10


@click.command(name="ssh-key")
@click.argument("username", shell_complete=complete(known_users))
@click.option(
    "--set", "source", type=click.File("rb"), help="File with a private key, - for standard input."
)
@click.option("--remove", is_flag=True, help="Forget the key that is stored, or the certificate.")
@json_option
@yes_option
def ssh_key(
    username: str, source: IO[bytes] | None, remove: bool, as_json: bool, yes: bool
) -> None:
    """Show, set or remove the SSH key with which a Keycloak user's batch jobs sign in to clusters.

    For clusters that know keys instead of certificates. A key must have no passphrase; it is stored
    encrypted and never shown. It is used until it is removed: no certificate replaces it at
    sign-in. Its public part, which is printed, belongs in ~/.ssh/authorized_keys on the cluster.
    """
    if source and remove:
        raise click.UsageError("Either --set or --remove.")
    cases = ready_container().administer_ssh_keys()
    if source:
        _set(cases, username, source, yes)
    elif remove:
        confirm(f"Forget the SSH key of {plain(username)}? Batch jobs would fail.", yes)
        found = cases.remove(username)
        click.echo("Removed." if found else f"Nothing is stored for {plain(username)}.")
        return
    _show(username, cases.stored(username), as_json)


def _set(cases: AdministerSshKeys, username: str, source: IO[bytes], yes: bool) -> None:
    text = source.read(LONGEST_KEY + 1)
    if len(text) > LONGEST_KEY:
        raise InvalidInput("key", "is too large for a private key")
    if _is_stored(cases, username):
        confirm(f"Replace what is stored for {plain(username)}?", yes)
    cases.store(username, text.decode("ascii", "replace"))


def _is_stored(cases: AdministerSshKeys, username: str) -> bool:
    try:
        return cases.stored(username) is not None
    except YaptideError:
        # What can't be read is no loss.
        return False


def _show(username: str, stored: StoredKey | None, as_json: bool) -> None:
    facts = stored.certificate if stored else None
    kind = "none" if stored is None else "certificate" if facts else "key"
    show_fields(
        {
            "user": username,
            "stored": kind,
            "public_key": stored.key.public_key if stored else None,
            "fingerprint": stored.key.fingerprint if stored else None,
            "principals": list(facts.principals) if facts else [],
            "valid_until": facts.valid_until if facts else None,
        },
        as_json,
    )
