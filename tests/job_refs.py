"""Jobs as keys, messages and kept files name them, made of their number alone."""

from domain.job import JobRef


def job_ref(number: int) -> JobRef:
    return JobRef(number, f"20260501-120000-00000000-0000-0000-0000-{number:012}DIRECT")
