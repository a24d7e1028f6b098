"""Made-up translations of a tea shop: product pages, mails to suppliers, a few long documents."""

from datetime import timedelta

from apps.dashboards.busy.traffic import Traffic
from apps.translation.models import Language, Translation, TranslationSegment

ORGANISATION = "demo-tea-house"
PER_DAY = 4.0
BATCH = 1000
PAIRS = (
    (Language.CHINESE, Language.ENGLISH), (Language.CHINESE, Language.ENGLISH), (Language.ENGLISH, Language.CHINESE),
)  # fmt: skip
SENTENCES = (
    ("这款白茶来自福鼎，经三年陈化。", "This white tea comes from Fuding and has aged for three years."),
    ("请在阴凉干燥处保存。", "Keep it in a cool, dry place."),
    ("订单将在两个工作日内发出。", "Orders leave within two working days."),
    ("每泡五克，沸水冲泡三十秒。", "Five grams a cup, boiling water, thirty seconds."),
)
# The last one again, without its first number: what a segment to be checked looks like.
MARKED = ("每泡若干克，沸水冲泡三十秒。", "Some grams a cup, boiling water, thirty seconds.")
Origin, Format = TranslationSegment.Origin, Translation.Format


def fill(traffic: Traffic) -> None:
    translations: list[Translation] = []
    segments: list[TranslationSegment] = []
    for moment in traffic.moments(PER_DAY):
        source, target = traffic.random.choice(PAIRS)
        translation = Translation(
            id=traffic.row_id(moment),
            organisation=traffic.organisation,
            source_language=source,
            target_language=target,
            name=traffic.words("示例文本", "Example text"),
            format=traffic.random.choice((Format.TEXT, Format.TEXT, Format.MARKDOWN, Format.WORD)),
            content="示例".encode(),
            member=traffic.member(),
            created_at=moment,
        )
        translations.append(translation)
        count = traffic.random.choice((3, 5, 8, 20))
        segments += [_segment(traffic, translation, number) for number in range(count)]
    Translation.objects.bulk_create(translations, BATCH)
    TranslationSegment.objects.bulk_create(segments, BATCH)


def _segment(traffic: Traffic, translation: Translation, ordinal: int) -> TranslationSegment:
    is_english = translation.source_language == Language.ENGLISH
    created_at = translation.created_at + timedelta(seconds=2 * ordinal)
    is_from_memory = traffic.chance(0.22)
    is_marked = not is_from_memory and traffic.chance(0.07)
    right = SENTENCES[-1] if is_marked else traffic.random.choice(SENTENCES)
    source, target = right[is_english], (MARKED if is_marked else right)[not is_english]
    origin = traffic.random.choice((Origin.MODEL, Origin.MODEL, Origin.PERSON))
    return TranslationSegment(
        id=traffic.row_id(created_at),
        organisation=traffic.organisation,
        translation=translation,
        ordinal=ordinal,
        source=source,
        target=target,
        origin=Origin.MEMORY if is_from_memory else origin,
        problems=[["number", "5"]] if is_marked else [],
        is_marked=is_marked,
        is_from_memory=is_from_memory,
        characters=len(source),
        created_at=created_at,
        reviewed_by=translation.member if origin == Origin.PERSON and not is_from_memory else None,
    )
