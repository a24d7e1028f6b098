import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from llm_backend.capacity.architecture import CONFIGS, bundled_names

pytestmark = pytest.mark.django_db

PLAN = "/capacity/"
OWN = "/capacity/own/"
LLAMA = (CONFIGS / "LLaMA-2-7B.json").read_text()


def test_the_first_visit_shows_a_plan_to_change(alice_browser: Client) -> None:
    answer = alice_browser.get(PLAN)

    assert answer.status_code == 200
    assert answer.context["plan"].name == "DeepSeek-V2-Lite"
    assert "Tokens that fit" in answer.content.decode()


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_model_can_be_planned(alice_browser: Client, name: str) -> None:
    answer = alice_browser.get(PLAN, {"model": name, "gpus": 4, "gpu_memory": 192})

    assert answer.status_code == 200
    assert answer.context["plan"].name == name


def test_figures_stand_there_with_their_formulas(alice_browser: Client) -> None:
    asked = {"model": "DeepSeek-V3", "gpus": 8, "gpu_memory": 141, "context": 32768}
    page = alice_browser.get(PLAN, asked).content.decode()

    assert "671.03 B" in page
    assert "61 × (512 + 64) × 2" in page
    assert "DeepSeek-V3: fits 21 concurrent conversations of 32,768 tokens" in page


@pytest.mark.parametrize("name", bundled_names())
@pytest.mark.parametrize("parallel", ["tensor", "data"])
def test_the_words_of_every_formula_are_translated(name: str, parallel: str, alice_browser: Client) -> None:
    """Keys of the config, which have an underscore, stay as they are."""
    asked = {"model": name, "gpus": 2, "gpu_memory": 800, "parallel": parallel}
    page = alice_browser.get(PLAN, asked, headers={"Accept-Language": "zh-CN"}).content.decode()

    formulas = re.findall(r'<span class="mono">(.*?)</span>', page, re.DOTALL)
    assert formulas
    for formula in formulas:
        words = set(re.findall(r"(?<![\w-])[A-Za-z]{2,}(?![\w-])", formula.rpartition(" = ")[0]))
        assert words <= {"GPU", "MoE", "token"}, formula


def test_the_address_keeps_what_was_asked(alice_browser: Client) -> None:
    asked = {"model": "DeepSeek-V3", "gpus": 8, "mla": "off", "kv_dtype": "fp8", "weights": "int4"}
    deployment = alice_browser.get(PLAN, asked).context["plan"].layout.deployment

    assert (deployment.gpus, deployment.mla, deployment.kv_dtype, deployment.weights) == (
        8,
        False,
        "fp8",
        "int4",
    )


def test_the_bars_compare_the_kinds_of_attention(alice_browser: Client) -> None:
    bars = alice_browser.get(PLAN, {"model": "DeepSeek-V2", "gpus": 8}).context["bars"]
    used = [bar for bar in bars if bar.is_used]

    assert len(bars) == 5
    assert [bar.text for bar in used] == ["67.50 KiB"]
    assert sum('width="1000"' in str(bar.drawing) for bar in bars) == 1


def test_the_memory_of_a_gpu_is_divided_without_rest(alice_browser: Client) -> None:
    for gpus in (1, 16):
        segments = alice_browser.get(PLAN, {"model": "DeepSeek-V3", "gpus": gpus}).context["memory"]
        assert sum(segment.share for segment in segments) == pytest.approx(1)


def test_a_model_that_does_not_fit_is_told_how_many_gpus_would_do(alice_browser: Client) -> None:
    page = alice_browser.get(PLAN, {"model": "DeepSeek-V3", "gpus": 8}).content.decode()

    assert "DeepSeek-V3 does not fit" in page
    assert "at least 16 of these GPUs" in page


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"model": "gpt-5"}, "model"),
        ({"gpus": "0"}, "gpus"),
        ({"gpus": "many"}, "gpus"),
        ({"gpu_memory": "nan"}, "gpu_memory"),
        ({"gpu_memory": "-1"}, "gpu_memory"),
        ({"context": "1000000000000"}, "context"),
        ({"utilisation": "2"}, "utilisation"),
        ({"weights": "fp2"}, "weights"),
        ({"mla": "perhaps"}, "mla"),
        ({"model": "Qwen2.5-7B", "gpus": "8"}, "gpus"),
        ({"model": "own", "config": "{}"}, "model"),
        ({"model": "own"}, "model"),
        ({"config": "x" * 5000}, "config"),
    ],
)
def test_what_cannot_be_used_is_told_at_its_field(
    alice_browser: Client, asked: dict[str, str], field: str
) -> None:
    answer = alice_browser.get(PLAN, asked)

    assert answer.status_code == 400
    assert answer.context["form"].errors[field]
    assert "No plan yet" in answer.content.decode()


def test_a_pasted_config_leads_to_an_address_with_its_plan(alice_browser: Client) -> None:
    answer = alice_browser.post(f"{OWN}?gpus=2&gpu_memory=24", {"text": LLAMA})
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert (asked["gpus"], asked["model"]) == (["2"], ["own"])

    page = alice_browser.get(answer["Location"])
    assert page.status_code == 200
    assert "6.74 B" in page.content.decode()


def test_a_config_can_be_uploaded(alice_browser: Client) -> None:
    answer = alice_browser.post(OWN, {"file": SimpleUploadedFile("config.json", LLAMA.encode())}, follow=True)

    assert answer.context["plan"].name == "llama"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Paste the model"),
        ("no json", "Not valid JSON"),
        ("{}", "model_type"),
        (LLAMA.replace("4096,", "-4096,", 1), "hidden_size"),
        (LLAMA.replace('"num_hidden_layers": 32', '"num_hidden_layers": 1000000000000'), "num_hidden_layers"),
        ("x" * 1_100_000, "1048576"),
    ],
    ids=["nothing", "prose", "empty", "negative", "endless", "long"],
)
def test_a_config_that_cannot_be_used_is_explained_at_its_field(
    alice_browser: Client, text: str, reason: str
) -> None:
    answer = alice_browser.post(OWN, {"text": text})

    assert answer.status_code == 400
    assert reason in str(answer.context["own_form"].errors["text"])
    assert answer.context["plan"], "the plan that was there stays"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"x" * 1_100_000], ids=["empty", "bytes", "long"])
def test_an_uploaded_file_that_is_no_config_is_explained(alice_browser: Client, content: bytes) -> None:
    answer = alice_browser.post(OWN, {"file": SimpleUploadedFile("config.json", content)})

    assert answer.status_code == 400
    assert answer.context["own_form"].errors


def test_five_megabytes_of_text_are_refused_as_too_large(alice_browser: Client) -> None:
    answer = alice_browser.post(OWN, {"text": "x" * 5_000_000})

    assert answer.status_code == 413
    assert "too large" in answer.content.decode()


def test_what_a_config_says_is_shown_as_text(alice_browser: Client) -> None:
    hostile = json.dumps({**json.loads(LLAMA), "torch_dtype": "<script>alert(1)</script>"})
    answer = alice_browser.post(OWN, {"text": hostile}, follow=True)

    assert answer.status_code == 200
    assert "<script>alert" not in answer.content.decode()


def test_only_those_who_see_models_see_the_page(charlie: User) -> None:
    browser = Client()
    browser.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.get(PLAN).status_code == 403
    assert browser.post(OWN, {"text": LLAMA}).status_code == 403
    assert reverse("capacity:plan") not in browser.get(reverse("jobs:jobs")).content.decode()


def test_the_page_speaks_chinese(alice_browser: Client) -> None:
    page = alice_browser.get(
        PLAN, {"model": "DeepSeek-V3"}, headers={"Accept-Language": "zh-CN"}
    ).content.decode()

    assert all(text in page for text in ("容量规划", "权重放不下", "多头注意力", "每个 token"))


def test_a_card_is_chosen_by_its_name_and_as_many_as_it_takes_with_one_press(alice_browser: Client) -> None:
    answer = alice_browser.get(PLAN, {"model": "DeepSeek-V3", "gpu_memory": 141})
    page = answer.content.decode()

    assert 'aria-current="true">H200 <span class="faint">141 GiB' in " ".join(page.split())
    needed = answer.context["plan"].gpus_needed
    assert f"Plan with {needed} GPUs" in page
    assert (
        alice_browser.get(PLAN, {"model": "DeepSeek-V3", "gpu_memory": 141, "gpus": needed})
        .context["plan"]
        .is_enough
    )
