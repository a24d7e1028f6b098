from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.medical_records.encounters import corrections, selectors
from apps.medical_records.encounters.corrections import CorrectedTranscript
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.encounters.services import MAX_TEXT_CHARACTERS
from apps.medical_records.transcripts import presenters
from domain.clinical.transcripts.transcript import SPEAKERS


class NewEncounterSerializer(serializers.Serializer[Any]):
    """With `text`, or with a `recording` that was uploaded; without either, upload one to `recording/`."""

    patient = serializers.UUIDField()
    template = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Encounter.Kind.choices, default=Encounter.Kind.CONSULTATION)
    department = serializers.UUIDField(required=False, allow_null=True)
    recording = serializers.UUIDField(required=False, allow_null=True)
    text = serializers.CharField(required=False, allow_blank=True, max_length=MAX_TEXT_CHARACTERS, default="")
    has_consent = serializers.BooleanField(default=False)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=300, default="")


class EncounterSerializer(serializers.ModelSerializer[Encounter]):
    """`phase` says how far what was said is; `record` and its `record_state` what comes of it."""

    template = serializers.UUIDField(source="template_version.template_id", read_only=True)
    record = serializers.UUIDField(source="record.pk", read_only=True)
    record_state = serializers.CharField(source="record.state", read_only=True)
    phase = serializers.SerializerMethodField()
    job = serializers.UUIDField(source="recording.job_id", read_only=True, default=None)

    class Meta:
        model = Encounter
        fields = [
            "id",
            "patient",
            "department",
            "clinician",
            "kind",
            "template",
            "recording",
            "job",
            "phase",
            "record",
            "record_state",
            "reason",
            "has_consent",
            "seen_at",
            "created_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=presenters.Phase.choices))
    def get_phase(self, encounter: Encounter) -> str:
        return presenters.phase_of(encounter, selectors.transcript_of(encounter))


class HeardWordSerializer(serializers.Serializer[Any]):
    """`gap` stands before the word; `start` is in seconds."""

    gap = serializers.CharField()
    text = serializers.CharField()
    start = serializers.FloatField()
    is_unsure = serializers.BooleanField()


class UtteranceSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    speaker = serializers.ChoiceField(choices=SPEAKERS)
    text = serializers.CharField()
    start = serializers.FloatField(allow_null=True)
    end = serializers.FloatField(allow_null=True)
    words = HeardWordSerializer(many=True)


class EncounterTranscriptSerializer(serializers.ModelSerializer[EncounterTranscript]):
    """Without speech there are no utterances. `oddities`: what to know before relying on it."""

    utterances = serializers.SerializerMethodField()
    oddities = serializers.SerializerMethodField()

    class Meta:
        model = EncounterTranscript
        fields = [
            "encounter",
            "revision",
            "language",
            "has_speech",
            "is_incomplete",
            "seconds",
            "oddities",
            "utterances",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(UtteranceSerializer(many=True))
    def get_utterances(self, transcript: EncounterTranscript) -> Any:
        return UtteranceSerializer(presenters.utterance_views(transcript.said), many=True).data

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_oddities(self, transcript: EncounterTranscript) -> list[str]:
        return presenters.warnings(transcript.encounter, transcript)


class CorrectionSerializer(serializers.Serializer[Any]):
    """What is left out stays."""

    utterance = serializers.IntegerField(min_value=0)
    text = serializers.CharField(required=False, max_length=corrections.MAX_UTTERANCE_CHARACTERS)
    speaker = serializers.ChoiceField(choices=SPEAKERS, required=False)


class CorrectionsSerializer(serializers.Serializer[Any]):
    """`revision`: that of the transcript that was read; 409 when somebody corrected it since."""

    revision = serializers.IntegerField(min_value=1)
    corrections = CorrectionSerializer(many=True, allow_empty=False)


class RemovalSerializer(serializers.Serializer[Any]):
    """`first` to `last`: numbers of utterances."""

    revision = serializers.IntegerField(min_value=1)
    first = serializers.IntegerField(min_value=0)
    last = serializers.IntegerField(min_value=0)


class TypedTextSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MAX_TEXT_CHARACTERS)


class CorrectedSerializer(serializers.Serializer[CorrectedTranscript]):
    """What has changed, and the revision to send with the next correction."""

    revision = serializers.IntegerField(source="transcript.revision")
    utterances = serializers.SerializerMethodField()

    @extend_schema_field(UtteranceSerializer(many=True))
    def get_utterances(self, done: CorrectedTranscript) -> Any:
        return UtteranceSerializer(
            presenters.utterance_views(done.transcript.said, done.changed), many=True
        ).data


class DraftSerializer(serializers.Serializer[Any]):
    """`with_model`: also by a model that is too small to be asked unbidden."""

    with_model = serializers.BooleanField(default=False)


class DraftJobSerializer(serializers.Serializer[Any]):
    job = serializers.UUIDField(source="pk")
    state = serializers.CharField()
