"""Contracts of import-linter that serve every desk: which there are is found on the disk, not in pyproject.toml."""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, output
from importlinter.contracts.layers import LayersContract

from apps.core import desks


class AppLayers(LayersContract):
    """Layers of apps in which the word “desks” stands for all of them, side by side."""

    type_name = "app_layers"

    def __init__(self, name: str, session_options: dict[str, Any], contract_options: dict[str, Any]) -> None:
        siblings = " | ".join(desk.app for desk in desks.all_desks())
        layers = [layer.replace("desks", siblings) for layer in contract_options["layers"]]
        super().__init__(name, session_options, {**contract_options, "layers": layers})


# Foreign keys go both ways between topics, so rows are known to all of a desk; what shows them may ask any topic.
FREE_IMPORTS = (
    "{desk}.** -> {desk}.*.models",
    "{desk}.*.pages -> {desk}.**",
    "{desk}.*.edit_pages -> {desk}.**",
    "{desk}.*.api -> {desk}.**",
    "{desk}.*.forms -> {desk}.**",
    "{desk}.*.resources -> {desk}.**",
    "{desk}.*.serializers -> {desk}.**",
)


class DeskLayers(Contract):
    """A contract between the topics of each desk: the order that its manifest names."""

    type_name = "desk_layers"

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        checks = {
            desk.app: self._layers(desk).check(graph, verbose) for desk in desks.all_desks() if desk.layers
        }
        return ContractCheck(kept=all(check.kept for check in checks.values()), metadata=checks)

    def render_broken_contract(self, check: ContractCheck) -> None:
        for desk in desks.all_desks():
            if desk.app in check.metadata and not check.metadata[desk.app].kept:
                output.print(f"In {desk.app}:")
                self._layers(desk).render_broken_contract(check.metadata[desk.app])

    def _layers(self, desk: desks.Desk) -> LayersContract:
        options = {
            "layers": list(desk.layers),
            "containers": [desk.app],
            "ignore_imports": [each.format(desk=desk.app) for each in FREE_IMPORTS],
            "unmatched_ignore_imports_alerting": "none",
        }
        return LayersContract(f"{self.name}: {desk.app}", self.session_options, options)
