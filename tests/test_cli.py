"""The command line: a mistake is one line on standard error and the exit code 2."""

from __future__ import annotations

import pytest
import torch

from emo.errors import DataError, UserError
from emo.training import fit
from tests.conftest import assert_one_line, tiny


def raiser(error):
    def function(cfg):
        raise error

    return function


def test_the_function_gets_the_composed_config(call):
    seen = []
    assert call(seen.append, "seed=7")[0] == 0
    assert seen[0].seed == 7
    assert seen[0].data.seed == 7


@pytest.mark.parametrize(
    "error", [UserError("a.json: broken; mend it"), DataError("a.json: broken;\nmend it")]
)
def test_an_error_of_the_user_is_one_line(call, error):
    assert_one_line(call(raiser(error)), "a.json: broken; mend it")


def test_a_bug_keeps_its_traceback(call):
    with pytest.raises(ZeroDivisionError):
        call(raiser(ZeroDivisionError()))


def test_full_error_shows_the_traceback_of_a_mistake(call, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(UserError):
        call(raiser(UserError("x: y")))


def test_ctrl_c_is_no_traceback(call):
    code, _, err = call(raiser(KeyboardInterrupt()))
    assert code == 130
    assert err == "\ninterrupted\n"


MISTAKES = {
    "unknown_key": (["data.copise=3"], "copise"),
    "unknown_root_key": (["epochs=3"], "epochs"),
    "unknown_option": (["model=vgg17"], "vgg17"),
    "unknown_group": (["modle=vgg16"], "modle"),
    "no_override": (["copies"], "copies"),
    "bad_syntax": (["data.root=[a"], "data.root"),
    "added_key": (["+data.copise=3"], "data.copise"),
    "wrong_type": (["data.copies=many"], "data.copies"),
    "wrong_type_seed": (["seed=x"], "seed"),
    "negative_seed": (["seed=-1"], "seed"),
    "wrong_type_root": (["bootstrap=x"], "bootstrap"),
    "wrong_type_frozen": (["frozen_epochs=x"], "frozen_epochs"),
    "wrong_type_epochs": (["trainer.max_epochs=x"], "trainer.max_epochs"),
    "batch_0": (["data.batch_size=0"], "data.batch_size"),
    "copies_0": (["data.copies=0"], "data.copies"),
    "balance_2": (["data.balance=2"], "data.balance"),
    "shares": (["data.shares.train=0.9"], "shares"),
    "weights": (["data.weights=[1,2]"], "data.weights"),
    "pattern": (["data.group_pattern='('"], "data.group_pattern"),
    "unlabelled": (["data.unlabelled=maybe"], "unlabelled"),
    "small_input": (["model.input_size=31"], "model.input_size"),
    "unknown_backbone": (["model.backbone=vgg61"], "model.backbone"),
    "backbone_without_convolutions": (["model.backbone=vit_b_16"], "model.backbone"),
    "missing_weights": (["model.weights=no/such.ckpt"], "no/such.ckpt"),
    "classes_do_not_match": (["classes=[angry,happy]"], ".json"),
    "classes_of_the_model_alone": (["model.classes=[angry,happy,sad,surprise,calm]"], "classes"),
    "size_of_the_data_alone": (["data.size=80"], "input_size"),
    "classes_empty": (["classes=[]"], "classes"),
    "classes_twice": (["classes=[angry,happy,sad,surprise,neutral,happy]"], "happy"),
    "loss": (["loss.emotion=mse"], "emotion"),
    "smoothing": (["loss.label_smoothing=0.1"], "label_smoothing"),
    "learning_rate": (["optimizer.lr=-1"], "learning rate"),
    "schedule": (["scheduler=onecycle", "scheduler.pct_start=7"], "pct_start"),
    "no_gpu": (["trainer.accelerator=cuda"], "trainer"),
    "strategy": (["+trainer.strategy=magic"], "magic"),
    "face_height": (["data.train_transforms.place.face_height=[0.9,0.1]"], "face_height"),
    "unknown_transform": (["data.train_transforms.noise._target_=albumentations.Nose"], "Nose"),
    "upside_down": (["+data.train_transforms.flip2._target_=albumentations.VerticalFlip"], "upside down"),
    "no_data": (["data.root=no/such"], "no/such"),
    "nothing_to_resume": (["resume=last"], "resume"),
    "no_such_checkpoint": (["resume=no/such.ckpt"], "no/such.ckpt"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_config_is_one_line_before_any_work(call, photos, tmp_path, name):
    if name == "no_gpu" and torch.cuda.is_available():
        pytest.skip("this machine has one")
    overrides, word = MISTAKES[name]
    logs = tmp_path / "logs"
    result = call(fit, *tiny(photos, logs), *overrides)
    assert_one_line(result, word)
    assert not logs.exists()
