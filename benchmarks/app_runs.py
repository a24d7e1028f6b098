"""An app that comes with the platform, run as its worker would run it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from apps.accounts.actors import Actor
from apps.inference import endpoints, selectors
from apps.inference.models import Purpose
from apps.workbench import services
from apps.workbench.models import App
from benchmarks.organisations import evaluation_actor, work_off
from llm_backend import chat


@dataclass(frozen=True)
class AppRunner:
    actor: Actor
    app: App
    endpoint: chat.Endpoint

    @classmethod
    def of(cls, name: str) -> Self:
        endpoints.ensure_default_endpoints()
        actor = evaluation_actor()
        own = App.objects.within(actor.organisation).filter(name=name).first()
        app = own or services.add_shipped_app(actor, app=name)
        candidates = selectors.candidates(actor.organisation, Purpose.CHAT)
        return cls(actor, App.objects.get(pk=app.pk), candidates[0].chat_server())

    def outputs(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Raises JobFailed."""
        run = services.start_run(self.actor, self.app, inputs=inputs)
        work_off(run.job_id)
        run.refresh_from_db()
        return dict(run.outputs)
