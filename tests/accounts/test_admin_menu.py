"""The admin is for operators: who gets in, and what its menu holds."""

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import Organisation, User
from apps.core import desks
from apps.portal.navigation import DASHBOARDS, RESOURCES, SETTINGS
from config import admin_menu
from tests.conftest import PASSWORD, browser_of


def desks_with_tables() -> list[desks.Desk]:
    labels = {model._meta.app_label for model in admin.site._registry}
    return [desk for desk in desks.all_desks() if desk.name in labels]


@pytest.fixture
def operator_browser(db: None) -> Client:
    return browser_of(User.objects.create_superuser("operator@example.org", PASSWORD, name="Olga"))


def test_the_menu_leads_to_every_page_that_is_there(operator_browser: Client) -> None:
    page = operator_browser.get("/admin/").content.decode()

    for address in ("admin:accounts_organisation_changelist", "admin:accounts_user_changelist"):
        assert f'href="{reverse(address)}"' in page


def test_the_menu_leaves_out_pages_that_are_not_there(monkeypatch: pytest.MonkeyPatch, rf: object) -> None:
    there = ("Users", "group", "admin:accounts_user_changelist")
    menu = [("People", (there, ("Elsewhere", "moon", "admin_moon:craters"))), ("Moon", ())]
    monkeypatch.setattr(admin_menu, "sections", lambda: menu)

    sections = admin_menu.navigation(rf.get("/admin/accounts/user/"))  # type: ignore[attr-defined]

    assert [(section["title"], [item["title"] for item in section["items"]]) for section in sections] == [
        ("People", ["Users"])
    ]
    assert sections[0]["items"][0]["active"]


def test_the_menu_is_chinese_too(operator_browser: Client) -> None:
    with translation.override("zh-hans"):
        labels = [
            str(label)
            for heading, pages in admin_menu.sections()
            for label in (heading, *(p[0] for p in pages))
        ]

    assert [label for label in labels if label.isascii()] == ["Webhook"]


def test_the_menu_has_the_portals_rooms_in_its_order_and_each_desk_a_picture_of_its_own() -> None:
    found = list(admin_menu.sections())
    headings = [heading for heading, _items in found]
    desk_items = found[1][1]

    assert headings[2:] == [RESOURCES.label, DASHBOARDS.label, *(tab.label for tab in SETTINGS.tabs)]
    assert [label for label, _icon, _address in desk_items] == [
        desk.room.label for desk in desks.all_desks() if desk.room
    ]
    icons = [icon for _label, icon, _address in desk_items]
    assert len(set(icons)) == len(icons)
    assert "desk" not in icons


@pytest.mark.slow
def test_the_tables_of_a_desk_stand_under_the_tabs_of_its_room(operator_browser: Client) -> None:
    for desk in desks_with_tables():
        tabs = [
            str(tab.label)
            for tab in (*(desk.room.tabs if desk.room else ()), *desk.resource_tabs, *desk.home_tabs)
        ]
        page = operator_browser.get(f"/admin/{desk.name}/", headers={"Accept-Language": "en"})
        groups = page.context["groups"]

        headings = [str(group.label) for group in groups if not group.is_internal]
        assert headings == [tab for tab in tabs if tab in headings], desk.name
        assert groups[-1].is_internal
        assert not any(group.is_internal for group in groups[:-1])
        assert page.context["title"] == str(desk.label)
        models = {row["model"] for group in groups for row in group.rows}
        assert models == {model for model in admin.site._registry if model._meta.app_label == desk.name}
        assert page.text.count("<details") == 1


def test_a_list_of_every_app_begins_with_the_desks_and_hides_what_engineers_read(rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = User(is_staff=True, is_superuser=True, is_active=True)

    apps = admin.site.get_app_list(request)

    names = [desk.name for desk in desks_with_tables()]
    assert [app["app_label"] for app in apps][: len(names)] == names
    shown = {row["object_name"] for app in apps for row in app["models"]}
    assert {"Conversation", "Job", "EvaluationRun"} <= shown
    assert not {"Citation", "PassageVector", "RetiredSlug"} & shown


def test_an_operator_without_an_organisation_lands_in_the_admin(operator_browser: Client) -> None:
    assert operator_browser.get("/", follow=True).redirect_chain[-1][0] == "/admin/"


def test_an_operator_is_sent_back_to_the_page_that_was_asked_for(operator_browser: Client) -> None:
    answer = operator_browser.get("/admin/login/?next=/admin/accounts/user/")

    assert answer["Location"] == "/admin/accounts/user/"


@pytest.mark.parametrize("flags", [{"is_staff": True}, {"is_superuser": True}, {}])
def test_nobody_else_gets_in_however_high_in_an_organisation(
    tea_house: Organisation, alice: User, alice_browser: Client, flags: dict[str, bool]
) -> None:
    """Half an operator is none: Django's own form, which asks for no second factor, is never shown either."""
    User.objects.filter(pk=alice.pk).update(**flags)

    assert alice_browser.get("/admin/", follow=True).status_code == 403
    assert alice_browser.post("/admin/login/", {"username": alice.email}).status_code == 403


def test_strangers_sign_in_at_the_portal(db: None) -> None:
    assert Client().get("/admin/", follow=True).redirect_chain[-1][0].startswith("/accounts/login/")


@pytest.mark.slow
def test_an_app_is_headed_by_its_name_and_the_arrow_in_a_heading_is_not_read_out(
    operator_browser: Client,
) -> None:
    chinese = {"Accept-Language": "zh-hans"}
    app = operator_browser.get("/admin/accounts/", headers=chinese)
    user = User.objects.get()
    row = operator_browser.get(f"/admin/accounts/user/{user.pk}/change/", headers=chinese).text

    rows = operator_browser.get("/admin/accounts/user/", headers=chinese)
    found = operator_browser.get("/admin/accounts/user/?q=operator", headers=chinese)

    assert app.context["title"] == app.context["app_list"][0]["name"]
    assert rows.context["title"] == "用户"
    assert "1 条结果" not in rows.text
    assert "1 条结果" in found.text
    assert "条结果" not in found.text.partition("<h1")[2].partition("</h1>")[0]
    assert "chevron_right" in row
    assert row.count("<main ") == 1
    heading = row.split("chevron_right")[0]
    assert 'aria-hidden="true"' in heading[heading.rindex("<span") :]
