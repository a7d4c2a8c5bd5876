"""Every file under conf/ composes in its place, and every `_target_` binds to its signature."""

from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig, OmegaConf, open_dict

from emo.cli import CONFIG_FOLDER
from emo.config import _check_node, build, check_config
from emo.errors import ConfigError
from tests.conftest import config

FILES = sorted(path.relative_to(CONFIG_FOLDER) for path in CONFIG_FOLDER.rglob("*.yaml"))
ROOTS = [path.stem for path in FILES if len(path.parts) == 1]
OPTIONS = [path for path in FILES if len(path.parts) > 1]


def composed(root, *overrides):
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONFIG_FOLDER), version_base="1.3"):
        return compose(root, overrides=list(overrides), return_hydra_config=True)


def groups_of(root) -> dict[str, str | None]:
    """The groups of a root and what it chooses from each."""
    choices = composed(root).hydra.runtime.choices
    return {group: choice for group, choice in choices.items() if not group.startswith("hydra/")}


USERS = {root: groups_of(root) for root in ROOTS}
CASES = [
    (root, path.parent.as_posix(), path.stem)
    for path in OPTIONS
    for root in ROOTS
    if path.parent.as_posix() in USERS[root]
]


BORROWED = {("check", "data")}
"""Groups of which a root takes single values without building what they describe."""


def missing(part):
    """Each (part of the config, key) that the user must give."""
    for key in part:
        if OmegaConf.is_missing(part, key):
            yield part, key
        elif not OmegaConf.is_interpolation(part, key) and isinstance(part[key], DictConfig):
            yield from missing(part[key])


def check_targets(root, cfg):
    """Bind all `_target_`s; for what the user must give (???) any text stands."""
    if "trainer" in cfg:
        cfg.trainer.precision = "32-true"  # auto is chosen by the machine, before the check
    for part, key in [*missing(cfg)]:
        part[key] = "given"
    for key, part in cfg.items():
        if (root, key) not in BORROWED and isinstance(part, DictConfig):
            _check_node(key, OmegaConf.to_container(part, resolve=True, throw_on_missing=True))


def test_no_file_is_forgotten():
    seen = {Path(f"{root}.yaml") for root in ROOTS}
    seen |= {Path(group) / f"{option}.yaml" for _, group, option in CASES}
    assert seen == set(FILES)
    assert len(seen) == len(list(CONFIG_FOLDER.rglob("*.y*ml"))) >= 20


@pytest.mark.parametrize("root", ROOTS)
def test_every_root(root):
    check_targets(root, config(root=root))


@pytest.mark.parametrize(("root", "group", "option"), CASES)
def test_every_option(root, group, option):
    cfg = composed(root, f"{group}={option}")
    with open_dict(cfg):
        hydra = cfg.pop("hydra")
    assert hydra.runtime.choices[group] == option
    check_targets(root, cfg)


@pytest.mark.parametrize("experiment", [path.stem for path in OPTIONS if path.parts[0] == "experiment"])
def test_every_experiment_can_be_built(experiment):
    """All but the network's weights and the trainer, which need files and a machine."""
    cfg = config(f"experiment={experiment}", "trainer.precision=32-true")
    if cfg.data.weights:
        cfg.data.root = [f"folder {i}" for i in range(len(cfg.data.weights))]
    check_config(cfg)
    for part in ("data", "loss", "optimizer", "scheduler"):
        if cfg[part]:
            assert build(cfg[part]) is not None


@pytest.mark.parametrize("root", ROOTS)
def test_hydra_leaves_no_files_behind(root):
    """No outputs/ folder, no .hydra, no log file in the user's folder."""
    hydra = composed(root).hydra
    assert hydra.run.dir == "."
    assert hydra.output_subdir is None
    assert "file" not in (hydra.job_logging.get("root") or {}).get("handlers", [])


def plain(a: int, b: str = "x", c: float | None = None) -> tuple:
    return a, b, c


def node(**values):
    return OmegaConf.create({"part": {"_target_": "tests.test_config.plain", **values}})


@pytest.mark.parametrize(
    "values", [{"a": 1}, {"a": 1, "b": "y", "c": 0.5}, {"a": 1, "c": None}, {"a": 1, "c": 2}]
)
def test_what_fits_passes(values):
    check_config(node(**values))
    assert build(node(**values).part)[0] == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, r"part\.a: missing"),
        ({"a": "many"}, r"part\.a='many'"),
        ({"a": None}, r"part\.a=None"),
        ({"a": 1.5}, r"part\.a=1\.5"),
        ({"a": [1]}, r"part\.a=\[1\]"),
        ({"a": 1, "c": "much"}, r"part\.c"),
        ({"a": 1, "d": 1}, r"part\.d: unknown.*takes a, b, c"),
        ({"a": "${nowhere}"}, "nowhere"),
        ({"a": "???"}, "a"),
    ],
)
def test_what_does_not_fit_is_named(values, words):
    with pytest.raises(ConfigError, match=words) as error:
        check_config(node(**values))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("target", ["no.such.module", "tests.test_config.nothing", "emo"])
def test_a_target_that_is_none(target):
    with pytest.raises(ConfigError, match="_target_"):
        check_config(OmegaConf.create({"list": [{"part": {"_target_": target}}]}))


def test_partial_nodes_may_miss_arguments():
    check_config(node(_partial_=True))
    assert build(node(_partial_=True).part)(a=3) == (3, "x", None)


def refuse(a: int) -> None:
    raise ValueError("a must be odd\nand more")


def crash(a: int) -> None:
    raise KeyError("a bug")


def test_a_refusal_is_one_line_and_a_bug_is_a_bug():
    with pytest.raises(ConfigError, match=r"^tests\.test_config\.refuse: a must be odd$"):
        build(OmegaConf.create({"_target_": "tests.test_config.refuse", "a": 2}))
    with pytest.raises(KeyError):
        build(OmegaConf.create({"_target_": "tests.test_config.crash", "a": 2}))


def test_containers_become_plain():
    built = build(OmegaConf.create({"_target_": "builtins.dict", "x": [1, {"y": 2}]}))
    assert type(built["x"]) is list
    assert type(built["x"][1]) is dict
