"""Outputs that score in a zone of the geometry instead of a detector."""

from collections.abc import Iterator

import msgspec

from adapters.simulators.project.model import (
    ZONE,
    Detector,
    DetectorGeometry,
    Output,
    Project,
)
from domain.errors import InvalidInput


def with_zone_detectors(project: Project) -> Project:
    """Return the project with a detector for each zone that an output scores in.

    InvalidInput names the output whose zone does not exist.
    """
    outputs = project.scoring_manager.outputs
    if not any(output.scoring_type == ZONE for output in outputs):
        return project
    names = {zone.uuid: zone.name for zone in project.zone_manager.zones}
    for index, output in enumerate(outputs):
        if output.scoring_type == ZONE and output.zone_uuid not in names:
            reason = f"output {output.name!r} has no zone"
            raise InvalidInput(f"scoringManager.outputs[{index}].zoneUuid", reason)
    made = {item.uuid: item for item in _detectors(outputs, names)}
    detectors = [*project.detector_manager.detectors, *made.values()]
    return msgspec.structs.replace(
        project,
        detector_manager=msgspec.structs.replace(project.detector_manager, detectors=detectors),
        scoring_manager=msgspec.structs.replace(
            project.scoring_manager, outputs=[_placed(output) for output in outputs]
        ),
    )


def _detectors(outputs: list[Output], names: dict[str, str]) -> Iterator[Detector]:
    for output in outputs:
        if output.scoring_type == ZONE:
            zone = str(output.zone_uuid)
            shape = DetectorGeometry("Zone", parameters={"zoneUuid": zone})
            yield Detector(_uuid(output), shape, names[zone])


def _placed(output: Output) -> Output:
    if output.scoring_type != ZONE:
        return output
    return msgspec.structs.replace(output, detector_uuid=_uuid(output))


def _uuid(output: Output) -> str:
    return f"zone {output.zone_uuid}"
