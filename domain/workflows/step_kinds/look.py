from typing import Literal

from pydantic import Field

from domain.workflows.steps import StepCheck, StepFields, Template
from domain.workflows.types import Choice, Picture, Record, Text, Words

STATES = Choice(
    options={
        "looked": Words(en="A model looked at the picture", zh="模型看过这张图片"),
        "no_model": Words(en="No model for pictures is set up", zh="未配置视觉模型"),
        "not_trusted": Words(
            en="The model for pictures was not found to read reliably, so it was not asked",
            zh="视觉模型未通过读图检测，因此未使用",
        ),
        "away": Words(en="The model for pictures did not answer", zh="视觉模型没有响应"),
    }
)


class Look(StepFields):
    """A model looks at a picture, where one is set up that was found to read what stands on pictures. → `text`, `state`"""

    kind: Literal["look"]
    picture: Template
    prompt: Template
    max_tokens: int = Field(default=1000, ge=1, le=16_000)

    def result(self, check: StepCheck) -> Record:
        check.texts(prompt=self.prompt)
        check.fits(Picture(), self.picture, "picture")
        return Record(fields={"text": Text(), "state": STATES})
