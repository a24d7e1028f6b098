"""What the person at the terminal sees while something takes longer than a moment."""

import contextlib
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)

SECONDS_BETWEEN_LINES = 5
console = Console(highlight=False)


class _OnlyForBytes(ProgressColumn):
    """A column that stays empty on steps whose length nobody knows."""

    def __init__(self, column: ProgressColumn) -> None:
        super().__init__()
        self.column = column

    def render(self, task: Task) -> object:  # type: ignore[override]
        return self.column.render(task) if task.fields.get("bytes") else ""


class Steps:
    """One line a step. Without a terminal (CI, a pipe) each step is one plain line when it is done."""

    def __init__(self) -> None:
        self.progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description}"),
            _OnlyForBytes(BarColumn(bar_width=30)),
            _OnlyForBytes(DownloadColumn()),
            _OnlyForBytes(TransferSpeedColumn()),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    @contextlib.contextmanager
    def step(self, description: str) -> Iterator[None]:
        finish = self.begin(description)
        yield
        finish()

    def begin(self, description: str) -> Callable[[], None]:
        """Show a step; call what comes back when it is done. Several may be open at once."""
        start = time.monotonic()
        task = self.progress.add_task(description, total=1)

        def finish() -> None:
            self.progress.update(task, completed=1)
            self._say(f"✓ {description}  {time.monotonic() - start:.1f} s")

        return finish

    @contextlib.contextmanager
    def bytes(self, description: str, total: int | None) -> Iterator[Callable[[int], None]]:
        """A step measured in bytes; call what it yields with the bytes there are by now.

        `total` is None where nobody knows how many they will be.
        """
        start = time.monotonic()
        task = self.progress.add_task(description, total=total, bytes=True)
        report = _ByteReport(self, task, description, total)
        yield report
        self.progress.update(task, completed=report.completed, total=report.completed)
        self._say(f"✓ {description}  {time.monotonic() - start:.1f} s")

    def _say(self, line: str) -> None:
        if not console.is_terminal:
            console.print(line)


class _ByteReport:
    """Moves the bar; without a terminal it says every few seconds how far it is."""

    def __init__(self, steps: Steps, task: TaskID, description: str, total: int | None) -> None:
        self.completed = 0
        self.steps = steps
        self.task = task
        self.description = description
        self.total = total
        self.reported_at = time.monotonic()

    def __call__(self, completed: int) -> None:
        self.completed = completed
        self.steps.progress.update(self.task, completed=completed)
        now = time.monotonic()
        if not console.is_terminal and now - self.reported_at > SECONDS_BETWEEN_LINES:
            share = f"{100 * completed // self.total} %" if self.total else f"{completed / 1e6:.0f} MB"
            console.print(f"  {self.description}  {share}")
            self.reported_at = now
