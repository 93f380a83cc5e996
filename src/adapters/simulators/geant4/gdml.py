"""Volumes as GDML, written with the standard library so that names can hold anything.

GDML turns a volume by the inverse of Rz·Ry·Rx of its angles: a solid that is turned by
Rx(a)·Ry(b)·Rz(c) has the angles -a, -b, -c (Geant4, G4GDMLReadStructure).
"""

import re
from xml.etree import ElementTree

from adapters.simulators.geant4.tree import BLACK_HOLE, Volume
from adapters.simulators.project.geometry import Solid

Element = ElementTree.Element
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="no" ?>\n'
SCHEMA = "http://cern.ch/service-spi/app/releases/GDML/schema/gdml.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MILLIMETRES = 10.0


class Names:
    """Names of GDML, which must begin with a letter, hold no blanks and be used once."""

    def __init__(self, world: Volume) -> None:
        self._names: dict[int, str] = {id(world): "World"}
        taken = {"World"}
        for volume in world.walk():
            if volume is world:
                continue
            plain = re.sub(r"[^A-Za-z0-9_]", "", re.sub(r"\s+", "_", volume.name)) or "Volume"
            wanted = "".join(part[:1].upper() + part[1:] for part in plain.split("_"))
            name, number = wanted, 2
            while name in taken:
                name, number = f"{wanted}{number}", number + 1
            taken.add(name)
            self._names[id(volume)] = name

    def of(self, volume: Volume) -> str:
        """Return the name of a volume."""
        return self._names[id(volume)]


def gdml(world: Volume) -> str:
    """Return the text of geometry.gdml."""
    ElementTree.register_namespace("xsi", XSI)
    root = ElementTree.Element("gdml", {f"{{{XSI}}}noNamespaceSchemaLocation": SCHEMA})
    ElementTree.SubElement(root, "define")
    materials = ElementTree.SubElement(root, "materials")
    solids = ElementTree.SubElement(root, "solids")
    structure = ElementTree.SubElement(root, "structure")
    names = Names(world)
    for volume in world.walk():
        _add_material(materials, volume)
        _add_solid(solids, f"solid{names.of(volume)}", volume.solid)
        _add_volume(structure, volume, names)
    setup = ElementTree.SubElement(root, "setup", {"name": "Default", "version": "1.0"})
    ElementTree.SubElement(setup, "world", {"ref": f"logic{names.of(world)}"})
    ElementTree.indent(root)
    return HEAD + ElementTree.tostring(root, encoding="unicode") + "\n"


def millimetres(value: float) -> str:
    """Return a length in cm as GDML's text in mm."""
    return _number(value * MILLIMETRES)


def _number(value: float) -> str:
    return f"{round(value, 9) + 0.0:.15g}"


def _add_material(materials: Element, volume: Volume) -> None:
    """Define a material that Geant4's database lacks: a black hole, or another density."""
    name, filling = volume.material, volume.filling
    if any(known.get("name") == name for known in materials):
        return
    if name == BLACK_HOLE:
        made = ElementTree.SubElement(materials, "material", {"name": name, "state": "solid"})
        ElementTree.SubElement(made, "T", {"unit": "K", "value": "293.15"})
        _fill(made, "823", "1e+8", "G4_Pb")
    elif not isinstance(filling, str) and filling.is_own:
        made = ElementTree.SubElement(materials, "material", {"name": name})
        excitation = f"{filling.excitation:.15g}"
        _fill(made, excitation, _number(filling.density), filling.base.name)


def _fill(material: Element, excitation: str, density: str, base: str) -> None:
    """Say what a material is made of; without MEE Geant4 would guess it from the elements."""
    ElementTree.SubElement(material, "MEE", {"unit": "eV", "value": excitation})
    ElementTree.SubElement(material, "D", {"unit": "g/cm3", "value": density})
    ElementTree.SubElement(material, "fraction", {"n": "1", "ref": base})


def _add_solid(solids: Element, name: str, solid: Solid) -> None:
    size = solid.parameters
    whole = {"startphi": "0", "deltaphi": "360"}
    units = {"aunit": "deg", "lunit": "mm"}
    if solid.geometry_type == "BoxGeometry":
        sides = {"x": size["width"], "y": size["height"], "z": size["depth"]}
        text = {axis: millimetres(value) for axis, value in sides.items()}
        ElementTree.SubElement(solids, "box", {"name": name, **text, "lunit": "mm"})
        return
    radii = {"rmin": millimetres(solid.hole_radius), "rmax": millimetres(size["radius"])}
    if solid.geometry_type == "SphereGeometry":
        turn = {"starttheta": "0", "deltatheta": "180"}
        ElementTree.SubElement(solids, "sphere", {"name": name, **radii, **whole, **turn, **units})
        return
    depth = {"z": millimetres(size["depth"])}
    ElementTree.SubElement(solids, "tube", {"name": name, **radii, **depth, **whole, **units})


def _add_volume(structure: Element, volume: Volume, names: Names) -> None:
    made = ElementTree.SubElement(structure, "volume", {"name": f"logic{names.of(volume)}"})
    ElementTree.SubElement(made, "materialref", {"ref": volume.material})
    ElementTree.SubElement(made, "solidref", {"ref": f"solid{names.of(volume)}"})
    for child in volume.children:
        name = f"phys{names.of(child)}"
        placed = ElementTree.SubElement(made, "physvol", {"copynumber": "1", "name": name})
        ElementTree.SubElement(placed, "volumeref", {"ref": f"logic{names.of(child)}"})
        if any(child.position):
            place = {
                axis: millimetres(value) for axis, value in zip("xyz", child.position, strict=True)
            }
            ElementTree.SubElement(
                placed, "position", {"name": f"{name}_pos", "unit": "mm", **place}
            )
        if any(child.rotation):
            turn = {
                axis: _number(-value) for axis, value in zip("xyz", child.rotation, strict=True)
            }
            ElementTree.SubElement(
                placed, "rotation", {"name": f"{name}_rot", "unit": "deg", **turn}
            )
