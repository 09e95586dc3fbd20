"""Is the service alive, can it answer, and if not, why not; and its counters. Plain HTTP beside the SOAP paths.

*Alive* means that the process answers. *Ready* means that what it promises can be kept: stores within reach, at this release's
schema, durable, and no write that failed to become durable since the start.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from server import incidents, prepare
from server.metrics import Metrics
from sql import schema
from sql.database import Busy, Database, Unavailable

_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Health:
    """Looks at the stores of one process. ``content_folder`` is None where no repository is in the house."""

    def __init__(self, database: Database, content_folder: Path | None, metrics: Metrics) -> None:
        self._database = database
        self._content_folder = content_folder
        self._metrics = metrics

    def findings(self) -> list[str]:
        """Everything that keeps the service from being ready; empty when it is."""
        try:
            found = [*self._database_findings(), *self._content_findings()]
        except Exception as error:
            found = [f"the look at the stores failed (incident {incidents.new_incident(error, 'health')})"]
        if self._metrics.flush_failures:
            found.append("a write could not be made durable: check the disks, then start the service again")
        return found

    def _database_findings(self) -> list[str]:
        try:
            prepare.database_answers(self._database)
            unsafe = self._database.find_unsafe_settings()
            revision = schema.find_revision(self._database)
        except (Unavailable, Busy) as error:
            return [f"the database does not answer ({error})"]
        found = [f"the database runs with {one.setting} = {one.seen}; expected {one.expected}" for one in unsafe]
        if revision != schema.newest_revision():
            found.append(f"the schema is at {revision or 'no revision'}; run: coffre db upgrade")
        return found

    def _content_findings(self) -> list[str]:
        if self._content_folder is None:
            return []
        probe = self._content_folder / f".probe-{secrets.token_hex(4)}"
        try:
            os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            return [f"the content folder cannot be written ({error.strerror})"]
        finally:
            with suppress(OSError):
                probe.unlink()
        return []


def pages(health: Health, metrics: Metrics) -> Starlette:
    """The plain HTTP pages as an ASGI application."""

    async def live(request: Request) -> Response:  # noqa: ARG001 - Starlette's signature
        return JSONResponse({"alive": True})

    async def ready(request: Request) -> Response:  # noqa: ARG001
        # A thread of its own: the question must not wait behind a large submission.
        findings = await asyncio.to_thread(health.findings)
        return JSONResponse({"ready": not findings, "why_not": findings}, 503 if findings else 200)

    async def counters(request: Request) -> Response:  # noqa: ARG001
        return PlainTextResponse(metrics.text(), media_type=_METRICS_TYPE)

    return Starlette(
        routes=[
            Route("/health/live", live),
            Route("/health/ready", ready),
            Route("/metrics", counters),
        ]
    )
