import lightning as L
import pytest
import torch

from emo.config import build
from emo.model.checkpoint import KEY, load_network
from emo.model.losses import FaceLoss
from emo.model.module import FaceModule
from emo.model.network import EmotionNetwork
from tests.conftest import config, tiny


@pytest.fixture
def fit(photos, tmp_path):
    """Train for some epochs; return the module, the trainer and what was logged at each step."""

    class Recorder(L.Callback):
        def __init__(self):
            self.steps = []

        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
            state = {name: value.clone() for name, value in module.network.backbone.state_dict().items()}
            self.steps.append(
                (
                    trainer.current_epoch,
                    dict(trainer.callback_metrics),
                    state,
                    trainer.optimizers[0].param_groups[0]["lr"],
                )
            )

    def fit(*overrides, epochs=1, backbone="vgg11_quarter_bn", **options):
        cfg = config(*tiny(photos, tmp_path, *overrides))
        data = build(cfg.data)
        data.setup()
        torch.manual_seed(0)
        module = FaceModule(
            EmotionNetwork(cfg.classes, backbone, 64, 8),
            FaceLoss(),
            build(cfg.optimizer),
            build(cfg.scheduler) if cfg.scheduler else None,
            constant_box_xyxy=torch.from_numpy(data.constant_box_xyxy()),
            **options,
        )
        recorder = Recorder()
        trainer = L.Trainer(
            accelerator="cpu",
            max_epochs=epochs,
            logger=False,
            callbacks=[recorder],
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
            default_root_dir=tmp_path,
        )
        trainer.fit(module, datamodule=data)
        return module, trainer, recorder.steps, data

    return fit


TERMS = {"center", "box", "localization", "presence", "emotion", "bce", "total"}


def test_all_terms_and_figures_are_logged(fit):
    module, trainer, steps, data = fit()
    assert {name.split("/")[1] for name in steps[0][1] if name.startswith("train/")} == TERMS
    val = {name.split("/")[1] for name in trainer.callback_metrics if name.startswith("val/")}
    figures = {
        "presence_recall",
        "false_alarm_rate",
        "box_iou",
        "constant_box_iou",
        "ap_50",
        "emotion_f1",
        "emotion_ece",
    }
    assert TERMS | figures <= val
    assert len(module.results["val"].photos) == len(data.photos_of("val"))
    trainer.test(module, dataloaders=data.test_dataloader(), verbose=False)
    for stage in ("test", "test_zoom"):
        assert f"{stage}/box_iou" in trainer.callback_metrics
        assert module.results[stage].photos.tolist() == list(range(len(data.photos_of("test"))))
    first, last = (module.results[stage].presence for stage in ("test", "test_zoom"))
    assert not torch.equal(first, last)  # further looks have a say in it: a geometric mean with at most 1
    assert (last <= first.sqrt() + 1e-6).all()


def test_validation_loss_is_the_mean_over_the_photos(fit):
    """Whatever the batches, of which the last is smaller."""
    losses = [float(fit(f"data.eval_batch_size={n}")[1].callback_metrics["val/total"]) for n in (3, 64)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_a_frozen_backbone_does_not_move(fit):
    _, _, steps, _ = fit(epochs=3, frozen_epochs=2)
    first = steps[0][2]
    for epoch, _, state, _ in steps:
        moved = {name for name in first if not torch.equal(first[name], state[name])}
        assert bool(moved) == (epoch == 2)  # its batch norm statistics neither
    assert any("running_mean" in name for name in moved)
    assert any(name.endswith("weight") for name in moved)


def test_without_freezing_it_moves_at_once(fit):
    _, _, steps, _ = fit()
    assert not torch.equal(steps[0][2]["0.weight"], steps[1][2]["0.weight"])


def test_the_schedule_spans_the_training(fit):
    _, _, steps, _ = fit("scheduler=onecycle", "optimizer.lr=0.01", epochs=4)
    rates = [rate for *_, rate in steps]
    assert len(rates) == 12
    assert max(rates) == pytest.approx(0.01, rel=0.05)
    assert rates.index(max(rates)) in (1, 2, 3)  # warm-up over a quarter
    assert rates[-2] < 1e-5  # of the last step; the rate behind the end is not used


def test_without_a_schedule_the_rate_stays(fit):
    assert {rate for *_, rate in fit()[2]} == {1e-4}


def test_a_checkpoint_is_a_network(fit, tmp_path):
    module, trainer, _, _ = fit()
    trainer.save_checkpoint(tmp_path / "x.ckpt")
    loaded = load_network(tmp_path / "x.ckpt")
    for name, value in module.network.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value)
    content = torch.load(tmp_path / "x.ckpt", weights_only=True)
    assert content[KEY]["network"]["classes"] == list(module.network.classes)
    assert not any(name.startswith("tables") for name in content["state_dict"])
