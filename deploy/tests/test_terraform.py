"""The Terraform modules, by Terraform itself, against the schema of the AWS provider (see aws_schema.py); nothing is contacted but PyPI."""

import re
import shutil
import subprocess

import aws_schema
import pytest
from conftest import DEPLOY, ROOT

MODULE = DEPLOY / "terraform/aws-vpc-mirror"
TERRAFORM = shutil.which("terraform")
pytestmark = pytest.mark.skipif(not TERRAFORM, reason="no terraform, which no package registry has: see its own site")


def terraform(folder, *words, env=None):
    done = subprocess.run([TERRAFORM, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel():
    return aws_schema.download(ROOT / "build/deploy")


@pytest.fixture(scope="module")
def env(wheel, tmp_path_factory):
    """An environment in which Terraform finds the provider's schema."""
    text = "".join(path.read_text() for path in MODULE.rglob("*.tf"))
    names = set(re.findall(r'^resource "(aws_\w+)"', text, re.M))
    assert len(names) >= 8
    return aws_schema.install(tmp_path_factory.mktemp("providers"), wheel, names)


@pytest.fixture
def copy(tmp_path):
    """A copy of the module, so that what Terraform writes does not stay in the tree."""
    return shutil.copytree(MODULE, tmp_path / "module", ignore=shutil.ignore_patterns(".terraform*"))


def test_it_is_formatted():
    assert terraform(MODULE, "fmt", "-check", "-recursive", "-diff")[0] == 0


@pytest.mark.parametrize("folder", [".", "examples/nlb", "examples/eni"])
def test_it_is_valid(copy, env, folder):
    status, said = terraform(copy / folder, "init", "-no-color", "-input=false", env=env)
    assert status == 0, said
    status, said = terraform(copy / folder, "validate", "-no-color", env=env)
    assert status == 0, said


def test_plans_and_refusals(copy, env):
    """The module's own tests: what it would make, and each wrong value refused."""
    assert terraform(copy, "init", "-no-color", "-input=false", env=env)[0] == 0
    status, said = terraform(copy, "test", "-no-color", env=env)
    assert status == 0 and "0 failed" in said, said
    assert int(re.search(r"(\d+) passed", said)[1]) >= 9


@pytest.mark.parametrize(
    ("old", "new", "want"),
    [
        ("virtual_network_id ", "virtual_network_identifier ", "virtual_network_identifier"),
        (
            "protocol                 = 6\n  source",
            'protocol                 = "tcp"\n  source',
            "a number is required",
        ),
        ("destination_port_range {", "destination_ports {", "destination_ports"),
        ('rule_action              = "accept"\n', "", '"rule_action" is required'),
        ("aws_lb.mirror[0].arn", "aws_lb.mirror[0].amazon_name", "amazon_name"),
    ],
)
def test_the_schema_catches_what_the_provider_would(copy, env, old, new, want):
    """The check can fail: names, types, blocks, what is required, what is read."""
    main = copy / "main.tf"
    assert old in main.read_text()
    main.write_text(main.read_text().replace(old, new))
    assert terraform(copy, "init", "-no-color", "-input=false", env=env)[0] == 0
    status, said = terraform(copy, "validate", "-no-color", env=env)
    assert status != 0 and want in said, said


def test_every_variable_is_documented():
    text = (MODULE / "README.md").read_text()
    for kind, file in (("variable", "variables.tf"), ("output", "outputs.tf")):
        names = re.findall(rf'^{kind} "(\w+)"', (MODULE / file).read_text(), re.M)
        assert names and not [name for name in names if f"`{name}`" not in text]
