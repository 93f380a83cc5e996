"""`yaptide worker`: the processes that compute and look after jobs."""

import click


@click.group()
def worker() -> None:
    """Start a worker; each ends running work in good order on Ctrl-C or SIGTERM."""


@worker.command()
def check() -> None:
    """Fail unless this host reaches the queue and the API."""
    from entrypoints.processes.workers import check_worker

    check_worker()
    click.echo("The queue and the API can be reached.")


@worker.command()
def simulations() -> None:
    """Run tasks and merge jobs, MAX_CORES at once."""
    from entrypoints.processes.workers import run_simulation_worker

    run_simulation_worker()


@worker.command()
def helper() -> None:
    """Clean up after jobs and recover lost work."""
    from entrypoints.processes.workers import run_helper_worker

    run_helper_worker()
