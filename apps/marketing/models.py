from apps.marketing.briefs.models import Brief, BriefFact, BriefSource
from apps.marketing.channels.models import ChannelOverride
from apps.marketing.copywriting.models import CopyRequest, CopyReview, CopyVariant, SpanRewrite

__all__ = [
    "Brief",
    "BriefFact",
    "BriefSource",
    "ChannelOverride",
    "CopyRequest",
    "CopyReview",
    "CopyVariant",
    "SpanRewrite",
]
