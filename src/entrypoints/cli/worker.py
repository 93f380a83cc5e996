"""`yaptide worker`: the processes that compute and look after jobs."""

import click

from entrypoints.workers import run_helper_worker, run_simulation_worker


@click.group()
def worker() -> None:
    """Start a worker; each ends running work in good order on Ctrl-C or SIGTERM."""


@worker.command()
def simulations() -> None:
    """Run tasks and merge jobs, MAX_CORES at once."""
    run_simulation_worker()


@worker.command()
def helper() -> None:
    """Clean up after jobs and recover lost work."""
    run_helper_worker()
