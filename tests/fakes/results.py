"""Results and logs, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from application.ports.result_repository import EstimatorTitle, PageTitle, StoredEstimator
from tests.fakes.kept_state import State


@dataclass
class FakeResults:
    state: State

    def store(self, simulation_id: int, estimators: Sequence[StoredEstimator]) -> None:
        self.state.estimators[simulation_id] = {item.name: item for item in estimators}

    def titles(self, simulation_id: int) -> Sequence[EstimatorTitle]:
        return [
            EstimatorTitle(
                item.name,
                item.metadata,
                [PageTitle(p.number, p.name, p.dimensions, len(p.body)) for p in item.pages],
            )
            for item in self.state.estimators.get(simulation_id, {}).values()
        ]

    def page_bodies(
        self, simulation_id: int, estimator_name: str, numbers: Collection[int]
    ) -> Sequence[bytes]:
        item = self.state.estimators.get(simulation_id, {}).get(estimator_name)
        pages = sorted(item.pages, key=lambda page: page.number) if item else []
        return [bytes(page.body) for page in pages if page.number in numbers]

    def add_logs(self, simulation_id: int, logs: Mapping[str, str]) -> None:
        self.state.logs.setdefault(simulation_id, {}).update(logs)

    def logs(self, simulation_id: int) -> Mapping[str, str]:
        return dict(sorted(self.state.logs.get(simulation_id, {}).items()))
