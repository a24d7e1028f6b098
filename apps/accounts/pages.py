from collections import defaultdict
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import adapters, forms, group_roles, resources, row_access, selectors, services
from apps.accounts import confirmations as confirming
from apps.accounts.access import SESSION_KEY, actor_of, asks_password, public, requires, signed_in
from apps.accounts.authentication import calls_today
from apps.accounts.invitation_mail import invitation_url
from apps.accounts.permissions import KEY_PRESETS, ROLES, areas_of
from apps.core import mail
from apps.core.errors import NotFound
from apps.core.forms import submit_form
from apps.core.row_table import RowTable

CONFIRMATION_ROWS = 100


@requires("organisation.manage")
def team(request: HttpRequest) -> HttpResponse:
    organisation = actor_of(request).organisation
    context = {
        "members": RowTable(
            resources.MEMBERS, selectors.members(organisation), acts_part="accounts/member_acts.html"
        ),
        "invitations": RowTable(
            resources.INVITATIONS,
            selectors.open_invitations(organisation),
            acts=("accounts:revoke_invitation",),
        ),
        "roles": forms.RoleForm().fields["role"].choices,  # type: ignore[attr-defined]
        "explanations": [(role.label, role.explanation) for role in ROLES],
    }
    return render(request, "accounts/team.html", context)


@require_safe
@requires("organisation.manage")
def permissions(request: HttpRequest) -> HttpResponse:
    """Who may do what, by permission."""
    by_area = row_access.permission_holders(actor_of(request).organisation)
    areas = [(area, RowTable(resources.PERMISSION_HOLDERS, holders)) for area, holders in by_area]
    return render(request, "accounts/permissions.html", {"areas": areas})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("organisation.manage")
@asks_password
def invite_member(request: HttpRequest) -> HttpResponse:
    form = forms.InvitationForm(request.POST or None)
    if new := submit_form(form, partial(services.invite_member, actor_of(request))):
        # With a mail server the link goes to the address only: opening it proves who has the address.
        link = "" if mail.is_set_up() else invitation_url(new.token)
        return render(request, "accounts/invited.html", {"invitation": new.invitation, "link": link})
    return render(request, "accounts/invite_member.html", {"form": form})


@requires("keys.manage")
def api_keys(request: HttpRequest) -> HttpResponse:
    keys = list(selectors.api_keys(actor_of(request).organisation))
    calls = calls_today(keys)
    by_group: dict[str, list[dict[str, object]]] = defaultdict(list)
    for key in keys:
        by_group[key.group].append({"key": key, "areas": areas_of(key.scopes), "calls": calls[key.prefix]})
    groups = [
        (group, RowTable(resources.API_KEYS, rows, acts_part="accounts/api_key_acts.html"))
        for group, rows in sorted(by_group.items(), key=lambda item: (not item[0], item[0]))
    ]
    return render(request, "accounts/api_keys.html", {"groups": groups})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires("keys.manage")
@asks_password
def create_api_key(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    within_reach = actor.key_scopes
    presets = [preset for preset in KEY_PRESETS if within_reach.issuperset(preset.scopes)]
    chosen = next((preset for preset in presets if preset.name == request.GET.get("preset")), None)
    initial = {"name": chosen.label, "scopes": chosen.scopes} if chosen else None
    form = forms.ApiKeyForm(request.POST or None, actor=actor, initial=initial)
    if new := submit_form(form, partial(services.create_api_key, actor)):
        return render(request, "accounts/api_key_created.html", {"api_key": new.key, "token": new.token})
    context = {"form": form, "presets": presets, "chosen": chosen}
    return render(request, "accounts/create_api_key.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("organisation.manage")
def organisation_settings(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = forms.OrganisationForm(request.POST or None, instance=actor.organisation)
    if request.method == "POST" and form.is_valid():
        services.change_organisation(actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:settings")
    return render(request, "accounts/settings.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("organisation.manage")
@asks_password
def sign_in_rules(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    names = ("second_factor_roles", "idle_minutes")
    initial = {name: getattr(actor.organisation, name) for name in names}
    # Every box empty is an answer too: the method says whether the form was sent.
    form = forms.SignInRulesForm(request.POST if request.method == "POST" else None, initial=initial)
    if submit_form(form, partial(services.change_sign_in_rules, actor)):
        messages.success(request, _("Saved."))
        return redirect("accounts:sign_in_rules")
    return render(request, "accounts/sign_in_rules.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("organisation.manage")
@asks_password
def set_group_role(request: HttpRequest) -> HttpResponse:
    """The groups that give a role here, and the form that names another one."""
    actor = actor_of(request)
    form = forms.GroupRoleForm(request.POST or None)
    if submit_form(form, partial(group_roles.set_group_role, actor)):
        messages.success(request, _("Saved. It takes effect at each member's next sign-in."))
        return redirect("accounts:group_roles")
    rows = group_roles.group_roles(actor.organisation)
    is_connected = bool(settings.LDAP_GROUPS or settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])
    table = RowTable(resources.GROUP_ROLES, rows, acts_part="accounts/remove_group.html")
    context = {"table": table, "form": form, "is_connected": is_connected}
    return render(request, "accounts/group_roles.html", context)


@require_safe
@requires("organisation.manage")
def confirmations(request: HttpRequest) -> HttpResponse:
    """What waits for an owner, and what owners decided."""
    latest = confirming.confirmation_list(actor_of(request).organisation)[:CONFIRMATION_ROWS]
    rows = [{"confirmation": each, "label": confirming.label_of(each.change)} for each in latest]
    return render(request, "accounts/confirmations.html", {"table": RowTable(resources.CONFIRMATIONS, rows)})


def confirmation_asked(request: HttpRequest, url_name: str) -> HttpResponse:
    """Where somebody lands whose change an owner has to confirm."""
    messages.info(request, _("An owner has to confirm this. It takes effect once confirmed."))
    return redirect(url_name)


@public
@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Keeps the token in the session, so that it leaves the address bar and outlives sign-in or sign-up."""
    request.session[adapters.INVITATION_SESSION_KEY] = token
    return redirect("accounts:join")


@public
@require_safe
def join(request: HttpRequest) -> HttpResponse:
    token = request.session.get(adapters.INVITATION_SESSION_KEY, "")
    context = {"invitation": adapters.invitation_in_session(request), "token": token}
    return render(request, "accounts/join.html", context)


@public
def address_of_account(request: HttpRequest) -> HttpResponse:
    """In the place of allauth's page, by which people take any free address without a proof: SCIM, the directory and single
    sign-on find an account by its address, so its holder would be given what is meant for somebody else.
    """
    raise NotFound


@require_POST
@signed_in
def accept_invitation(request: HttpRequest) -> HttpResponse:
    token = request.session.get(adapters.INVITATION_SESSION_KEY, "")
    member = services.accept_invitation(request.user, token=token)  # type: ignore[arg-type]
    del request.session[adapters.INVITATION_SESSION_KEY]
    request.session[SESSION_KEY] = str(member.organisation_id)
    messages.success(request, _("Welcome to %(organisation)s.") % {"organisation": member.organisation})
    return redirect("portal:home")
