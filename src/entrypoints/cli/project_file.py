"""Read what `yaptide run` is given: a project, a submission, or a folder of input files."""

from pathlib import Path

import msgspec

from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names
from application.submission.input_files import file_bytes
from application.submission.submit_job import Submission
from domain.errors import InputTooLarge, InvalidInput

LARGEST_FILE = 64 << 20
LARGEST_FOLDER = 1 << 30


def read_submission(path: Path, sim_type: str, ntasks: int) -> Submission:
    """Return the submission that a path means; InvalidInput says what is wrong with it."""
    if path.is_dir():
        return Submission(sim_type, ntasks, path.name, files=_folder(path))
    if path.stat().st_size > LARGEST_FILE:
        raise InputTooLarge(str(path), f"must not be larger than {LARGEST_FILE >> 20} MiB")
    document = _json_object(path)
    if "input_files" in document:
        return Submission(sim_type, ntasks, _title(document, path), files=_files(document))
    project = document.get("input_json", document)
    if not isinstance(project, dict):
        raise InvalidInput("input_json", "must be a project of the editor, a JSON object")
    return Submission(
        sim_type,
        ntasks,
        _title(document, path),
        project=project,
        project_text=msgspec.json.encode(project),
    )


def _json_object(path: Path) -> dict[str, object]:
    try:
        document = msgspec.json.decode(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(str(path), f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise InvalidInput(str(path), "must hold a JSON object: a project of the editor")
    return document


def _files(document: dict[str, object]) -> InputFiles:
    try:
        texts = msgspec.convert(document["input_files"], dict[str, str])
    except msgspec.ValidationError as error:
        raise InvalidInput("input_files", f"must hold the text of each file: {error}") from error
    return {name: file_bytes(text) for name, text in texts.items()}


def _folder(path: Path) -> InputFiles:
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    for entry in entries:
        if not entry.is_file():
            raise InvalidInput(
                str(entry), "is not a file; a folder of input files holds only files"
            )
    check_file_names((entry.name for entry in entries), str(path))
    if sum(entry.stat().st_size for entry in entries) > LARGEST_FOLDER:
        raise InputTooLarge(str(path), f"must not hold more than {LARGEST_FOLDER >> 30} GiB")
    return {entry.name: entry.read_bytes() for entry in entries}


def _title(document: dict[str, object], path: Path) -> str:
    project = document.get("project")
    for title in (document.get("title"), project.get("title") if isinstance(project, dict) else ""):
        if isinstance(title, str) and title:
            return title
    return path.stem
