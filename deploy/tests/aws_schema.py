"""The AWS provider as Terraform sees it, without its program: the schema of a package of generated bindings, served by a stand-in.

Terraform checks a configuration against the schema that a provider tells it. The real provider is only at Terraform's own registry; the
package cdktf-cdktf-provider-aws, on PyPI, is generated from the same schema: each resource is a class, each attribute an argument with
its type, required or not. It is read here as text, never imported. Two things it does not say: whether a block that can be repeated is a
list or a set (taken as list), and which optional attributes the provider fills in (`id`, `arn` and the like are known by their names).
"""

import ast
import json
import os
import re
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE, VERSION, PROVIDER = "cdktf-cdktf-provider-aws", "21.22.1", "6.25.0"
OF_TERRAFORM = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}
FILLED_IN = {"id", "arn", "region", "tags_all"}


def download(folder: Path) -> Path:
    """The package's file, from PyPI unless it is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob(f"cdktf_cdktf_provider_aws-{VERSION}-*.whl")):
        words = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--disable-pip-version-check",
            "--no-deps",
            "-d",
            folder,
        ]
        subprocess.run([*words, f"{PACKAGE}=={VERSION}"], check=True, timeout=600)
    (wheel,) = folder.glob(f"cdktf_cdktf_provider_aws-{VERSION}-*.whl")
    return wheel


def resources(wheel: Path, names) -> dict:
    """Of each resource: its arguments and blocks, and the attributes that only the provider sets."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: resource(archive, name) for name in sorted(names)}


def resource(archive, name):
    folder = name.removeprefix("aws_")
    try:
        text = archive.read(f"cdktf_cdktf_provider_aws/{folder}/__init__.py").decode()
    except KeyError:
        raise LookupError(f"the provider has no resource {name}") from None
    classes = {c.name: c for c in ast.parse(text).body if isinstance(c, ast.ClassDef)}
    (main,) = (c for c in classes.values() if any("TerraformResource" in ast.unparse(base) for base in c.bases))
    found = block(main, classes)
    for function in main.body:
        if is_property(function) and function.name not in found["attributes"] and function.name not in found["blocks"]:
            if function.name.endswith("_input") or function.name in OF_TERRAFORM:
                continue
            if kind := kind_of(ast.unparse(function.returns)):
                found["attributes"][function.name] = {
                    "type": kind,
                    "required": False,
                    "computed": True,
                    "optional": False,
                }
    return found


def is_property(node):
    return isinstance(node, ast.FunctionDef) and any(ast.unparse(d) == "builtins.property" for d in node.decorator_list)


def block(node, classes):
    """The arguments of a class's constructor: attributes with their types, and blocks."""
    (init,) = (f for f in node.body if isinstance(f, ast.FunctionDef) and f.name == "__init__")
    found = {"attributes": {}, "blocks": {}}
    for argument, default in zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True):
        name, text = argument.arg.rstrip("_"), ast.unparse(argument.annotation)
        if name in OF_TERRAFORM:
            continue
        if nested := [c for c in re.findall(r"'(\w+)'", text) if c in classes]:
            inner = block(classes[nested[0]], classes)
            if name == "timeouts":
                continue
            found["blocks"][name] = inner | {"many": "Sequence" in text, "required": default is None}
        elif kind := kind_of(text):
            computed = name in FILLED_IN and default is not None
            found["attributes"][name] = {
                "type": kind,
                "required": default is None,
                "optional": default is not None,
                "computed": computed,
            }
    return found


def kind_of(text):
    """Terraform's type for a type of the bindings, or nothing if it is a class."""
    text = re.sub(r"^typing\.Optional\[(.*)\]$", r"\1", text)
    text = text.replace("builtins.", "").replace("_cdktf_9a9027ec.", "").replace("typing.", "").replace("jsii.", "")
    if text in ("str", "Number"):
        return {"str": "string", "Number": "number"}[text]
    if text in ("bool", "Union[bool, IResolvable]", "IResolvable"):
        return "bool"
    if text.startswith(("Mapping[str, str]", "StringMap")):
        return ["map", "string"]
    if text in ("Sequence[str]", "List[str]"):
        return ["list", "string"]
    if text in ("Sequence[Number]", "List[Number]"):
        return ["list", "number"]
    return None


def install(folder: Path, wheel: Path, names):
    """Makes `folder` a mirror of providers that has the stand-in, and gives Terraform's configuration for it."""
    place = folder / f"registry.terraform.io/hashicorp/aws/{PROVIDER}/linux_amd64"
    place.mkdir(parents=True)
    schema = folder / "schema.json"
    schema.write_text(json.dumps(resources(wheel, names)))
    program = place / f"terraform-provider-aws_v{PROVIDER}"
    here = Path(__file__).parent
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(here)!r})\nimport aws_schema\n"
        f"aws_schema.serve({str(schema)!r})\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    config = folder / "terraform.rc"
    config.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n')
    return {**os.environ, "TF_CLI_CONFIG_FILE": str(config), "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def serve(file):
    """Is the provider: tells the schema, does nothing else."""
    from tf import iface, runner, schema
    from tf.gen import tfplugin_pb2 as pb

    class Kind:
        def __init__(self, kind):
            self.kind = kind

        def tf_type(self):
            return json.dumps(self.kind).encode()

    class Block(schema.NestedBlock):
        def to_pb(self):
            made = super().to_pb()
            made.nesting = pb.Schema.NestedBlock.NestingMode.LIST
            return made

    def attributes(found):
        return [
            schema.Attribute(
                name, Kind(a["type"]), required=a["required"], optional=a["optional"], computed=a["computed"]
            )
            for name, a in found["attributes"].items()
        ]

    def blocks(found):
        return [
            Block(
                name,
                schema.NestMode.Single,
                schema.Block(attributes(inner), blocks(inner)),
                min_items=1 if inner["required"] else 0,
                max_items=0 if inner["many"] else 1,
            )
            for name, inner in found["blocks"].items()
        ]

    def made(name, found):
        whole = schema.Schema(attributes=attributes(found), block_types=blocks(found), version=0)
        methods = {
            "__init__": lambda self, provider: None,
            "get_name": classmethod(lambda cls: name.removeprefix("aws_")),
            "get_schema": classmethod(lambda cls: whole),
        }
        nothing = dict.fromkeys(("create", "read", "update", "delete"), lambda self, *words: None)
        return type(name, (iface.Resource,), methods | nothing)

    classes = [made(name, found) for name, found in json.loads(Path(file).read_text()).items()]

    class Provider(iface.Provider):
        def get_model_prefix(self):
            return "aws_"

        def full_name(self):
            return "registry.terraform.io/hashicorp/aws"

        def get_provider_schema(self, diags):
            return schema.Schema(attributes=[schema.Attribute("region", Kind("string"), optional=True)], version=0)

        def validate_config(self, diags, config):
            pass

        configure_provider = validate_config

        def get_data_sources(self):
            return []

        def get_resources(self):
            return classes

    runner.run_provider(Provider())
