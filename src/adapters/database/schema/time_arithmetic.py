"""Arithmetic with moments, which every database spells in its own way."""

from typing import Any

from sqlalchemy import Float, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class seconds_between(FunctionElement[float]):  # noqa: N801 - named as SQL functions are
    """Seconds from a first moment to a second one."""

    type = Float()
    inherit_cache = True


class month_of(FunctionElement[str]):  # noqa: N801 - named as SQL functions are
    """Year and month of a moment in UTC, like 2026-03."""

    type = String()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _seconds_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(item, **options) for item in element.clauses)
    return f"((julianday({end}) - julianday({start})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _seconds_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(item, **options) for item in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({end} - {start})) AS DOUBLE PRECISION)"


@compiles(month_of, "sqlite")
def _month_sqlite(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"strftime('%Y-%m', {compiler.process(element.clauses, **options)})"


@compiles(month_of, "postgresql")
def _month_postgresql(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **options)} AT TIME ZONE 'UTC', 'YYYY-MM')"
