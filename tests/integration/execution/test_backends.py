"""Both ways to report, one over a real HTTP server, held to the same contract."""

import threading
from collections.abc import Iterator
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from adapters.callbacks.direct import DirectBackend
from adapters.callbacks.http import HttpBackend
from adapters.http.application import make_application
from adapters.http.wire.settings import HttpSettings
from domain.job import JobRef
from tests.contracts.backend import BackendContract
from tests.unit.adapters.http.conftest import Service, make_service


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def service() -> Service:
    return make_service()


class TestDirect(BackendContract):
    @pytest.fixture
    def backend(self, service: Service) -> DirectBackend:
        cases = service.use_cases
        return DirectBackend(
            cases.claim_task,
            cases.report_progress,
            cases.claim_merge,
            cases.claim_merge.renew,
            cases.release_work.task,
            cases.release_work.lost_task,
            cases.release_work.merge,
            cases.partial_merges.order,
            cases.partial_merges.keep,
            cases.store_results,
            cases.fail_job,
            cases.add_logs,
            cases.worker_notes.take,
        )


class TestHttp(BackendContract):
    @pytest.fixture
    def backend(self, service: Service) -> Iterator[HttpBackend]:
        application = make_application(service.use_cases, HttpSettings())
        with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            url = f"http://127.0.0.1:{server.server_port}"

            def key(job: JobRef) -> str:
                return service.use_cases.tokens.issue_update_key(job).text

            backend = HttpBackend(url, key, service.worker_key, threading.Event(), patience=5)
            yield backend
            backend.close()
            server.shutdown()
            thread.join()
