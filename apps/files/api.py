"""A view set whose rows are uploaded by tus 1.0: begin, ask how far it came, append."""

from typing import Any, Generic, TypeVar
from uuid import UUID

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.access import actor_of
from apps.accounts.actors import Actor
from apps.files import tus
from apps.files.models import ResumableUpload
from apps.files.parts import Checksum, Readable

UploadRow = TypeVar("UploadRow", bound=ResumableUpload)


def header(name: str, kind: Any = str, **options: Any) -> OpenApiParameter:
    """A header of the request, for the API's schema."""
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, **options)


TUS = header("Tus-Resumable", required=True, description="1.0.0")
BEGIN_HEADERS = [
    TUS,
    header("Upload-Length", int, description="Bytes of the whole file."),
    header("Upload-Defer-Length", description="1: the length is said with the last part."),
]
PART_HEADERS = [
    TUS,
    header("Upload-Offset", int, required=True, description="Where the part begins: what is stored."),
    header("Upload-Length", int, description="The whole length, when it was deferred."),
    header("Upload-Checksum", description="`sha1` or `sha256`, a space, the digest in base64."),
]


class ResumableUploadViewSet(viewsets.GenericViewSet[UploadRow], Generic[UploadRow]):
    """What a view set of uploaded rows inherits. It says what its rows are (`begin`, `append`) and how large at most."""

    max_bytes: int
    # The route of one row: where its parts go.
    detail_route: str

    def begin(self, actor: Actor, *, metadata: dict[str, str], length: int | None) -> UploadRow:
        raise NotImplementedError

    def append(
        self,
        actor: Actor,
        upload: UploadRow,
        *,
        offset: int,
        content: Readable,
        length: int | None,
        checksum: Checksum | None,
    ) -> UploadRow:
        raise NotImplementedError

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        """What of tus is spoken here."""
        headers = tus.capabilities(max_bytes=self.max_bytes)
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)

    @extend_schema(
        request=None,
        parameters=[
            *BEGIN_HEADERS,
            header("Upload-Metadata", description="`filename` and `title`, values in base64."),
        ],
    )
    def create(self, request: Request) -> Response:
        """Begin an upload. `Location` is where the parts go."""
        tus.require_version(request.headers)
        metadata, length = tus.metadata(request.headers), tus.announced_length(request.headers)
        upload = self.begin(actor_of(request), metadata=metadata, length=length)
        place = {"Location": reverse(self.detail_route, args=[upload.pk])}
        headers = tus.progress_headers(upload) | place
        return Response(self.get_serializer(upload).data, status=status.HTTP_201_CREATED, headers=headers)

    def retrieve(self, request: Request, **kwargs: UUID) -> Response:
        """One of them. HEAD answers with its `Upload-Offset` alone, for clients that go on with an upload."""
        upload = self.get_object()
        return Response(self.get_serializer(upload).data, headers=tus.progress_headers(upload))

    @extend_schema(
        request={tus.PART_TYPE: OpenApiTypes.BINARY}, responses={204: None}, parameters=PART_HEADERS
    )
    def partial_update(self, request: Request, **kwargs: UUID) -> Response:
        """Append a part. The work on it begins after the last one. 409 when it begins elsewhere than stored."""
        upload = self.get_object()
        tus.require_version(request.headers)
        tus.require_part_type(request.content_type)
        changed = self.append(
            actor_of(request),
            upload,
            offset=tus.part_offset(request.headers),
            content=request._request,
            length=tus.upload_length(request.headers),
            checksum=tus.part_checksum(request.headers),
        )
        return Response(status=status.HTTP_204_NO_CONTENT, headers=tus.progress_headers(changed))
