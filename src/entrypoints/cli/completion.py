"""`yaptide completion`, and the names that are offered when Tab is pressed."""

from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from entrypoints.composition.administration import AdministrationContainer, make_administration

SHELLS = ("bash", "zsh", "fish")
MOST_NAMES = 200

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete commands, options and names.

    \b
    bash:  yaptide completion bash > ~/.local/share/bash-completion/completions/yaptide
    zsh:   yaptide completion zsh > a folder of $fpath, as _yaptide
    fish:  yaptide completion fish > ~/.config/fish/completions/yaptide.fish
    """  # noqa: D301 - click knows the backspace, not the backslash
    kind = get_completion_class(shell)
    assert kind is not None
    source = kind(ctx.find_root().command, {}, "yaptide", "_YAPTIDE_COMPLETE").source()
    click.echo(source)


def complete(names: Callable[[AdministrationContainer], Iterable[tuple[str, str]]]) -> Complete:
    """Return a completion of the names (each with a word of help) that a container knows.

    A database that can't be asked offers nothing: an error would garble the line being typed.
    """

    def offer(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        del ctx, parameter
        container = make_administration()
        try:
            known = list(names(container))
        except Exception:
            return []
        finally:
            container.engine().dispose()
        fitting = [item for item in known if item[0].startswith(begun)]
        return [CompletionItem(name, help=text) for name, text in fitting[:MOST_NAMES]]

    return offer


def complete_simulators() -> Any:
    """Return a completion of the simulators' names."""
    return complete(lambda container: [(item.name, "") for item in container.simulators()])
