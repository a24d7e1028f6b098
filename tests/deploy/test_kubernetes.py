"""deploy/kubernetes: valid for the cluster, faithful to the profiles, closed by default."""

from importlib import import_module
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.env import Env
from llm_backend.profiles import load_profiles
from tests.deploy.engine_arguments import expected_arguments
from tests.scripted_engine_fixture import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
# Of the schemas that the package carries, an old one and a new one that clusters run.
CLUSTER_VERSIONS = ("1.30", "1.34")
PROFILE = "kongming.io/profile"
Manifest = dict[str, Any]


def manifests(path: Path) -> list[Manifest]:
    return list(yaml.safe_load_all(path.read_text()))


ALL = {
    f"{path.relative_to(FOLDER)}:{each['kind']}/{each['metadata']['name']}": each
    for path in sorted(FOLDER.rglob("*.yaml"))
    for each in manifests(path)
}
PODS = {name: each for name, each in ALL.items() if each["kind"] in ("Deployment", "Job")}
ENGINES = {name: each for name, each in PODS.items() if PROFILE in each["metadata"].get("annotations", {})}


def container(manifest: Manifest) -> Manifest:
    (only,) = manifest["spec"]["template"]["spec"]["containers"]
    return dict(only)


@pytest.mark.parametrize("version", CLUSTER_VERSIONS)
@pytest.mark.parametrize("name", ALL)
def test_the_cluster_accepts_it(name: str, version: str) -> None:
    # Loading it takes a second of each process that collects the tests.
    import_module("kubernetes_validate").validate(ALL[name], version, strict=True)


def test_a_namespace_that_asks_for_it_takes_images_by_digest_alone() -> None:
    policy = ALL["image-policy.yaml:ValidatingAdmissionPolicy/kongming-images-by-digest"]["spec"]
    binding = ALL["image-policy.yaml:ValidatingAdmissionPolicyBinding/kongming-images-by-digest"]["spec"]
    assert binding["policyName"] == "kongming-images-by-digest"
    assert binding["validationActions"] == ["Deny"]
    assert policy["failurePolicy"] == "Fail"
    tested = " ".join(each["expression"] for each in policy["validations"])
    assert {"object.spec.containers.all", "object.spec.initContainers.all"} <= set(words_of(tested))


def words_of(expression: str) -> list[str]:
    return [word.partition("(")[0] for word in expression.split()]


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_runs_exactly_what_its_profile_says(name: str) -> None:
    profile = load_profiles()[ENGINES[name]["metadata"]["annotations"][PROFILE]]
    vllm = container(ENGINES[name])
    assert vllm["command"] == ["vllm", "serve"]
    assert vllm["args"] == expected_arguments(profile)
    for amounts in ("requests", "limits"):
        assert vllm["resources"][amounts]["nvidia.com/gpu"] == str(profile.needs.gpus)
    startup = vllm["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= profile.start_seconds


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_is_probed_and_found_by_its_service(name: str) -> None:
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container(ENGINES[name]))
    labels = ENGINES[name]["spec"]["template"]["metadata"]["labels"]
    selectors = [each["spec"]["selector"] for each in ALL.values() if each["kind"] == "Service"]
    assert [selector for selector in selectors if selector.items() <= labels.items()] != []


def test_several_replicas_of_a_chat_engine_stand_behind_one_address() -> None:
    chat = [each for each in ENGINES.values() if each["metadata"]["labels"]["kongming.io/serves"] == "chat"]
    assert max(each["spec"]["replicas"] for each in chat) > 1
    assert "services.yaml:Service/chat" in ALL


@pytest.mark.parametrize("name", [name for name, each in PODS.items() if each["spec"].get("replicas", 1) > 1])
def test_what_has_replicas_keeps_one_while_nodes_are_drained(name: str) -> None:
    labels = PODS[name]["spec"]["template"]["metadata"]["labels"]
    budgets = [each["spec"]["selector"]["matchLabels"] for each in ALL.values() if "Budget" in each["kind"]]
    assert [wanted for wanted in budgets if wanted.items() <= labels.items()] != []


@pytest.mark.parametrize("name", PODS)
def test_no_pod_may_become_more_than_it_is(name: str) -> None:
    pod, own = PODS[name]["spec"]["template"]["spec"], container(PODS[name])
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert own["securityContext"]["allowPrivilegeEscalation"] is False
    assert own["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert "memory" in own["resources"]["limits"]


def test_no_secret_is_written_down() -> None:
    assert [name for name, each in ALL.items() if each["kind"] == "Secret"] == []
    settings = ALL["configuration.yaml:ConfigMap/kongming"]["data"]
    assert [
        name for name in settings if name.endswith(("_KEY", "_KEYS", "_URL")) and name != "PUBLIC_URL"
    ] == []


def test_every_setting_is_one_that_exists() -> None:
    settings = ALL["configuration.yaml:ConfigMap/kongming"]["data"]
    assert {name.lower() for name in settings} <= set(Env.model_fields)


def test_every_queue_has_a_worker() -> None:
    commands = [container(each).get("command", []) for each in PODS.values()]
    listened = {command[command.index("-Q") + 1] for command in commands if "-Q" in command}
    assert set(",".join(listened).split(",")) == {"interactive", "batch", "ingest", "speech", "voice"}


def test_models_reach_nothing_and_are_reached_by_those_that_ask() -> None:
    policy = ALL["network-policy.yaml:NetworkPolicy/kongming-models"]["spec"]
    assert policy["egress"] == []
    assert policy["ingress"][0]["from"] == [
        {"podSelector": {"matchLabels": {"kongming.io/asks-models": "true"}}}
    ]
    closed = ALL["network-policy.yaml:NetworkPolicy/kongming-closed"]["spec"]
    assert closed["policyTypes"] == ["Ingress", "Egress"]
    assert not {"ingress", "egress"} & set(closed)


def test_nobody_reaches_a_private_address_or_a_clouds_metadata() -> None:
    blocks = [
        block["ipBlock"]
        for each in ALL.values()
        if each["kind"] == "NetworkPolicy"
        for rule in each["spec"].get("egress", [])
        for block in rule.get("to", [])
        if "ipBlock" in block
    ]
    closed = [ip_network(network) for block in blocks for network in block["except"]]
    for address in ("169.254.169.254", "100.100.100.200", "10.0.0.1", "192.168.1.1", "fd00:ec2::254"):
        assert [network for network in closed if ip_address(address) in network] != [], address


def test_speech_and_the_scheduler_stay_inside() -> None:
    outside = {
        name.rpartition("/")[2]
        for name, each in PODS.items()
        if "kongming.io/goes-outside" in each["spec"]["template"]["metadata"]["labels"]
    }
    assert {"web", "worker-interactive", "worker-background"} <= outside
    assert not {"worker-speech", "beat", "migration", "embedding"} & outside


def test_the_web_process_takes_traffic_when_every_part_answers() -> None:
    web = container(ALL["web.yaml:Deployment/web"])
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz"
    # A part that is down is no reason to kill a process that is well.
    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_the_schema_is_changed_by_the_command_that_refuses_what_it_must_not_touch() -> None:
    assert container(ALL["migration.yaml:Job/migration"])["command"][-1] == "prepare"
