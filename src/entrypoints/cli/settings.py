"""`yaptide settings`: what is in force."""

import os

import click

from entrypoints.cli.tables import json_option, show_rows
from entrypoints.settings import read_settings
from entrypoints.settings.shown import settings_in_force, settings_markdown


@click.command()
@click.option("--markdown", is_flag=True, help="Print the page on all settings instead.")
@json_option
def settings(markdown: bool, as_json: bool) -> None:
    """Show the settings that are in force, without secrets; fail where one can't be used."""
    if markdown:
        click.echo(settings_markdown(), nl=False)
        return
    show_rows(settings_in_force(os.environ), as_json)
    for warning in read_settings().warnings:
        click.echo(f"Warning: {warning}", err=True)
