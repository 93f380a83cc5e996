"""What users may ask of sbatch."""

import pytest

from adapters.executors.slurm_ssh.options import checked_options, header_options
from domain.cluster import BatchOptions
from domain.errors import InvalidInput


def test_headers_and_options_come_by_their_long_names() -> None:
    header = "#!/bin/bash\n# a comment\n#SBATCH -A grant --time=0:15:00\n#SBATCH -p normal # why\n#SBATCH --exclusive\n"
    assert header_options("h", header) == {
        "account": "grant",
        "time": "0:15:00",
        "partition": "normal",
        "exclusive": "",
    }
    assert checked_options("o", {"p": "plgrid", "mem-per-cpu": "2G", "N": 1}) == {
        "partition": "plgrid",
        "mem-per-cpu": "2G",
        "nodes": "1",
    }


@pytest.mark.parametrize(
    "header",
    [
        "module load x",
        "#SBATCH --wrap=id",
        "#SBATCH --output=/etc/passwd",
        "#SBATCH -A 'a",
        "#SBATCH now",
        "#SBATCH --time=$(id)",
        "#SBATCH --array=1-9",
        "#SBATCH -t",
    ],
)
def test_lines_that_are_no_allowed_options_are_refused(header: str) -> None:
    with pytest.raises(InvalidInput, match="line 1"):
        header_options("batch_options.array_header", header)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", "1; id"), ("time", "1\n2"), ("account", "a b"), ("account", "`id`"),
        ("export", "ALL"), ("dependency", "afterok:1"), ("D", "/"), ("exclusive", "user"),
        ("mem", True), ("nodes", None), ("time", ""), ("partition", "x" * 201),
    ],
)  # fmt: skip
def test_options_and_values_are_checked(name: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_options("o", {name: value})
    assert refused.value.field == f"o.{name}"


def test_what_a_user_says_counts_before_the_defaults() -> None:
    mine = BatchOptions({"time": "1"}, {})
    both = mine.over(BatchOptions({"time": "9", "account": "x"}, {"time": "9"}))
    assert both == BatchOptions({"time": "1", "account": "x"}, {"time": "9"})
