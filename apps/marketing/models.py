from apps.marketing.briefs.models import Brief, BriefFact, BriefSource
from apps.marketing.campaigns.models import Campaign, CampaignReview
from apps.marketing.channels.models import ChannelOverride
from apps.marketing.copywriting.models import CopyRequest, CopyReview, CopyVariant, SpanRewrite
from apps.marketing.experiments.models import (
    ArmCount,
    EventBatch,
    EventIntake,
    Experiment,
    ExperimentArm,
    Exposure,
    LeftOutRevenue,
    MarketingEvent,
    OrderSettings,
)
from apps.marketing.groups.models import PeopleClustering
from apps.marketing.imports.models import ImportRejection, PeopleImport
from apps.marketing.profiles.models import Person
from apps.marketing.recommendation.models import PolicyEstimate
from apps.marketing.segments.models import Segment, SegmentMembership, SegmentQuestion
from apps.marketing.video_scripts.models import ShotSound, VideoScript

__all__ = [
    "ArmCount",
    "Brief",
    "BriefFact",
    "BriefSource",
    "Campaign",
    "CampaignReview",
    "ChannelOverride",
    "CopyRequest",
    "CopyReview",
    "CopyVariant",
    "EventBatch",
    "EventIntake",
    "Experiment",
    "ExperimentArm",
    "Exposure",
    "ImportRejection",
    "LeftOutRevenue",
    "MarketingEvent",
    "OrderSettings",
    "PeopleClustering",
    "PeopleImport",
    "Person",
    "PolicyEstimate",
    "Segment",
    "SegmentMembership",
    "SegmentQuestion",
    "ShotSound",
    "SpanRewrite",
    "VideoScript",
]
