"""A progress bar for each task in the terminal."""

from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from domain.job import Job, Task
from domain.states import EntityState

MOST_BARS = 20
"""More bars than lines of a terminal would flicker: the rest is summed up in one."""


class TaskBars(AbstractContextManager["TaskBars"]):
    """Shows the progress of a job's tasks; in a file or a pipe, a line for each that ended."""

    def __init__(self, console: Console, job: Job) -> None:
        self._console = console
        self._ended: set[int] = set()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("primaries  {task.fields[state]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._bars = [self._bar(task) for task in job.tasks[:MOST_BARS]]
        rest = sum(task.requested_primaries for task in job.tasks[MOST_BARS:])
        self._rest = self._add(f"other {len(job.tasks) - MOST_BARS}", rest) if rest else None

    def __enter__(self) -> "TaskBars":
        """Start to show the bars."""
        self._progress.start()
        return self

    def show(self, job: Job) -> None:
        """Show the job as it is now."""
        for bar, task in zip(self._bars, job.tasks, strict=False):
            self._progress.update(bar, completed=task.simulated_primaries, state=_word(task))
        if self._rest is not None:
            done = sum(task.simulated_primaries for task in job.tasks[MOST_BARS:])
            self._progress.update(self._rest, completed=done)
        if not self._console.is_terminal:
            self._print_ended(job)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they are."""
        self._progress.stop()

    def _bar(self, task: Task) -> TaskID:
        return self._add(f"task {task.index}", task.requested_primaries)

    def _add(self, text: str, primaries: int) -> TaskID:
        return self._progress.add_task(text, total=primaries, state="waiting")

    def _print_ended(self, job: Job) -> None:
        for task in job.tasks:
            if task.state.is_terminal and task.index not in self._ended:
                self._ended.add(task.index)
                self._console.print(
                    f"task {task.index}: {task.simulated_primaries} of "
                    f"{task.requested_primaries} primaries, {_word(task)}",
                    highlight=False,
                )


def _word(task: Task) -> str:
    if task.state is EntityState.PENDING:
        return "waiting"
    if task.state is EntityState.RUNNING and task.estimated_seconds is not None:
        return f"{task.estimated_seconds} s left"
    return task.state.value.lower()
