"""A script is changed in its table with the checks beside it, begins with another opening, and goes out as a file."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, InvalidInput
from apps.inference.models import InferenceCall
from apps.marketing.briefs.models import Brief
from apps.marketing.video_scripts import services
from apps.marketing.video_scripts.models import VideoScript
from apps.marketing.video_scripts.shots import Shot
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
HOOKS = [
    {"seconds": 3, "picture": "盖碗", "on_screen": "先闻香", "voice_over": "水一开，屋里就有岩茶香。"},
    {"seconds": 4, "picture": "抽屉", "on_screen": "", "voice_over": "抽屉里藏着一座武夷山。"},
    {"seconds": 4, "picture": "奖杯", "on_screen": "", "voice_over": "全国第一的岩茶。"},
]
SHOTS = [
    Shot(3, "盖碗", "水一开，屋里就有岩茶香。", "先闻香"),
    Shot(7, "焙笼", "中火慢慢焙。", "中火"),
    Shot(5, "茶盒", "一盒 250 克。", "250 克 | 一盒"),
]


@pytest.fixture
def script(alice_actor: Actor, brief: Brief) -> VideoScript:
    return VideoScript.objects.create(
        organisation=alice_actor.organisation,
        brief=brief,
        platform="douyin",
        seconds=15,
        hooks=[
            {**hook, "angle": angle, "violations": []}
            for hook, angle in zip(HOOKS, ("scene", "detail", "plain"), strict=True)
        ],
        shots=[shot.dump() for shot in SHOTS],
        status="ready",
    )


def posted(shots: list[Shot], **more: Any) -> dict[str, Any]:
    columns = ("seconds", "picture", "voice_over", "on_screen")
    return {
        "version": 1,
        "music": "古琴",
        **{name: [getattr(shot, name) for shot in shots] for name in columns},
        **more,
    }


def test_a_table_is_saved_with_what_is_wrong_with_it(alice_browser: Client, script: VideoScript) -> None:
    wrong = [SHOTS[0], Shot(7, "焙笼", "全国第一的焙火。"), SHOTS[2]]

    alice_browser.post(script.get_absolute_url(), posted(wrong))

    script.refresh_from_db()
    assert (script.version, script.music) == (2, "古琴")
    assert [(each["code"], each["field"]) for each in script.violations] == [
        ("absolute_claim", "2.voice_over")
    ]
    assert AuditEntry.objects.filter(action="video_script.changed").exists()


def test_cells_are_checked_while_they_are_typed(alice_browser: Client, script: VideoScript) -> None:
    url = f"{script.get_absolute_url()}check/"
    long = [SHOTS[0], Shot(2, "焙笼", "中火慢慢焙，一遍又一遍，直到桂皮香出来。"), SHOTS[2]]

    wrong = alice_browser.post(url, posted(long)).content.decode()
    fine = alice_browser.post(url, posted(SHOTS)).content.decode()

    assert "This takes 4 s to say; the shot is 2 s" in wrong
    assert "10 of 15 s" in wrong
    assert "Scale to 15 s" in wrong
    assert 'id="shot-check-2"\n  hx-swap-oob="true"' in wrong
    assert "please check everything else yourself" in fine
    assert not InferenceCall.objects.exists()
    script.refresh_from_db()
    assert script.version == 1


def test_rows_are_moved_without_being_saved_and_their_times_counted_anew(
    alice_browser: Client, script: VideoScript
) -> None:
    moved = alice_browser.post(
        f"{script.get_absolute_url()}table/", posted(SHOTS, act="up-2")
    ).content.decode()

    assert moved.index("一盒 250 克。") < moved.index("中火慢慢焙。")
    assert "0:03–0:08" in moved
    script.refresh_from_db()
    assert script.shots[1]["picture"] == "焙笼"


def test_the_same_buttons_work_without_scripts(alice_browser: Client, script: VideoScript) -> None:
    page = alice_browser.post(script.get_absolute_url(), posted(SHOTS, act="remove-1")).content.decode()

    assert "中火慢慢焙。" not in page
    assert "8 of 15 s" in page


def test_times_are_fitted_to_the_length(alice_browser: Client, script: VideoScript) -> None:
    short = [SHOTS[0], Shot(1, "焙笼", "中火慢慢焙。"), SHOTS[2]]

    page = alice_browser.post(f"{script.get_absolute_url()}table/", posted(short, act="fit")).content.decode()

    assert "15 of 15 s" in page
    assert "Scale" not in page


def test_the_time_bar_is_drawn_to_scale(alice_browser: Client, script: VideoScript) -> None:
    page = alice_browser.get(script.get_absolute_url()).content.decode()

    assert 'x="200" y="0" width="466.7"' in page


def test_another_opening_swaps_the_first_shot(alice_actor: Actor, script: VideoScript) -> None:
    changed = services.choose_hook(alice_actor, script, hook=1, version=1)

    assert changed.shots[0]["voice_over"] == "抽屉里藏着一座武夷山。"
    assert sum(shot["seconds"] for shot in changed.shots) == 15
    assert [shot["picture"] for shot in changed.shots] == ["抽屉", "焙笼", "茶盒"]


def test_an_opening_that_breaks_a_rule_is_not_chosen(alice_actor: Actor, script: VideoScript) -> None:
    with pytest.raises(Conflict):
        services.choose_hook(alice_actor, script, hook=2, version=1)
    with pytest.raises(InvalidInput):
        services.choose_hook(alice_actor, script, hook=7, version=1)


def test_the_opening_is_chosen_on_the_page(alice_browser: Client, script: VideoScript) -> None:
    url = f"{script.get_absolute_url()}hook/"

    page = alice_browser.post(url, {"hook": 1, "version": 1}, follow=True).content.decode()
    refused = alice_browser.post(url, {"hook": "1", "version": "1"}, follow=True).content.decode()

    assert "The first shot now uses this opening." in page
    assert "This script was changed by someone else." in refused


def test_of_two_people_the_second_is_told(alice_actor: Actor, script: VideoScript) -> None:
    services.change_script(alice_actor, script, shots=SHOTS, music="", version=1)

    with pytest.raises(Conflict):
        services.change_script(alice_actor, script, shots=SHOTS[:2], music="", version=1)


def test_more_shots_than_a_script_may_have_are_refused(alice_browser: Client, script: VideoScript) -> None:
    page = alice_browser.post(script.get_absolute_url(), posted([Shot(1, "茶")] * 41)).content.decode()

    assert "A script has 1 to 40 shots." in page
    script.refresh_from_db()
    assert len(script.shots) == 3


def test_a_platform_that_takes_no_such_video_is_named(alice_actor: Actor, script: VideoScript) -> None:
    VideoScript.objects.update(platform="youtube_shorts", seconds=200)
    script.refresh_from_db()

    changed = services.change_script(alice_actor, script, shots=[Shot(200, "茶")], music="", version=1)

    (found,) = changed.violations
    assert (found["code"], "support.google.com" in found["source"]) == ("too_long_for_platform", True)


def test_a_picture_may_count_cups_and_may_not_claim(alice_actor: Actor, script: VideoScript) -> None:
    pictures = [SHOTS[0], Shot(7, "3 秒特写，金奖奖杯旁两只茶杯"), Shot(5, "牌子写着全国第一")]

    changed = services.change_script(alice_actor, script, shots=pictures, music="", version=1)

    found = {(each["code"], each["severity"], each["field"]) for each in changed.violations}
    assert found == {
        ("award_not_in_brief", "warning", "2.picture"),
        ("absolute_claim", "error", "3.picture"),
    }


def test_a_script_goes_out_as_table_markdown_and_subtitles(
    alice_browser: Client, script: VideoScript
) -> None:
    url = f"{script.get_absolute_url()}export/"

    table = alice_browser.get(f"{url}csv/").getvalue().decode()
    book = zipfile.ZipFile(io.BytesIO(alice_browser.get(f"{url}xlsx/").getvalue()))
    markdown = alice_browser.get(f"{url}md/").content.decode()
    spoken = alice_browser.get(f"{url}srt/").content.decode()
    shown = alice_browser.get(f"{url}srt/?text=on_screen").content.decode()

    assert "2,0:03,0:10,7,焙笼,中火慢慢焙。,中火" in table
    assert "0:10" in book.read("xl/worksheets/sheet1.xml").decode()
    assert "| 3 | 0:10–0:15 | 茶盒 | 一盒 250 克。 | 250 克 \\| 一盒 |" in markdown
    assert "2\n00:00:03,000 --> 00:00:10,000\n中火慢慢焙。\n" in spoken
    assert "3\n00:00:10,000 --> 00:00:15,000\n250 克 | 一盒\n" in shown
    assert alice_browser.get(f"{url}exe/").status_code == 404
    assert alice_browser.get(f"{url}srt/?text=picture").status_code == 404
    assert AuditEntry.objects.filter(action="video_script.exported").count() == 5


def test_a_script_is_deleted(alice_browser: Client, script: VideoScript) -> None:
    alice_browser.post(f"{script.get_absolute_url()}delete/")

    assert not VideoScript.objects.exists()
    assert AuditEntry.objects.filter(action="video_script.deleted").exists()


def test_an_empty_list_leads_to_the_briefs(alice_browser: Client, brief: Brief) -> None:
    assert "No video scripts yet" in alice_browser.get("/marketing/scripts/").content.decode()


def test_a_stranger_finds_nothing(bob_browser: Client, script: VideoScript) -> None:
    assert bob_browser.get(script.get_absolute_url()).status_code == 404


def test_the_same_by_the_api(alice_api: ApiClient, script: VideoScript) -> None:
    root = "/api/v1/marketing/"
    platforms = {each["key"]: each for each in alice_api.get(f"{root}video-platforms/").json()}
    assert platforms["youtube_shorts"]["max_seconds"] == 180

    url = f"{root}video-scripts/{script.pk}/"
    shots = [shot.dump() for shot in SHOTS[:2]]
    found = alice_api.post_json(f"{url}check/", {"shots": shots}).json()
    assert [each["code"] for each in found] == ["wrong_length"]
    changed = alice_api.patch(url, {"version": 1, "shots": shots}, content_type="application/json").json()
    assert (changed["version"], len(changed["shots"])) == (2, 2)
    chosen = alice_api.post_json(f"{url}choose_hook/", {"hook": 1, "version": 2}).json()
    assert chosen["shots"][0]["picture"] == "抽屉"
    assert alice_api.get(f"{url}export/srt/").status_code == 200
    made = alice_api.post_json(
        f"{root}video-scripts/", {"brief": str(script.brief_id), "platform": "tiktok", "seconds": 20}
    )
    assert made.status_code == 202
    assert made.json()["events"].endswith("/events/")
    assert alice_api.delete(url).status_code == 204
