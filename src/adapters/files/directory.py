"""Task outputs in a folder, which several hosts may share."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


class DirectoryTaskFiles:
    """TaskFiles port: ROOT/simulation/index-attempt/, each put there whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, simulation_id: int, index: int, attempt: int, files: Sequence[Path]) -> None:
        """Keep copies of `files`; a full disk leaves nothing half-written."""
        target = self._folder(simulation_id, index, attempt)
        draft = self._root / f".draft-{uuid4().hex}"
        draft.mkdir(parents=True)
        try:
            for file in files:
                shutil.copyfile(file, draft / file.name, follow_symlinks=False)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.rmtree(target, ignore_errors=True)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @contextmanager
    def fetch(self, simulation_id: int, index: int, attempt: int) -> Iterator[Path]:
        """Lend the folder itself."""
        folder = self._folder(simulation_id, index, attempt)
        if not folder.is_dir():
            raise FileNotFoundError(f"outputs of task {index}, attempt {attempt}")
        yield folder

    def remove(self, simulation_id: int) -> None:
        """Forget all files of a simulation."""
        shutil.rmtree(self._root / str(simulation_id), ignore_errors=True)

    def simulations(self) -> Sequence[int]:
        """Return the simulations that have files here."""
        if not self._root.is_dir():
            return []
        return sorted(int(entry.name) for entry in self._root.iterdir() if entry.name.isdecimal())

    def _folder(self, simulation_id: int, index: int, attempt: int) -> Path:
        return self._root / str(simulation_id) / f"{index}-{attempt}"
