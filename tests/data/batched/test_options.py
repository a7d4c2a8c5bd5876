"""What cannot be done for whole batches is said in one line, before any work."""

import pytest

from emo.training import fit
from tests.conftest import assert_one_line, tiny

STEP = "+data.train_transforms.more={{_target_: albumentations.{}}}"
OURS = "+data.train_transforms.more={_target_: emo.data.place.PlaceFace, width: 64, height: 64}"
FIRST = OURS.replace("+data.train_transforms.more", "data.train_transforms.place")
TURN = "data.train_transforms.turn"

IMPOSSIBLE = [
    ((STEP.format("RandomFog"),), "knows no RandomFog at this place"),
    ((STEP.format("HorizontalFlip"),), "knows no HorizontalFlip at this place"),
    ((STEP.format("SafeRotate"), "data.train_transforms.flip=null"), "knows no SafeRotate at this place"),
    ((STEP.format("OneOf, transforms: [{_target_: albumentations.ToGray}]"),), "knows no OneOf"),
    ((OURS,), "knows no PlaceFace at this place"),
    (("augment=none", STEP.format("HorizontalFlip"), OURS.replace("more", "later")), "knows no PlaceFace"),
    (("data.train_transforms.place.width=96",), "PlaceFace goes with width=64 alone"),
    (("data.train_transforms.place.height=32",), "PlaceFace goes with height=64 alone"),
    (("augment=none", STEP.format("Rotate")), "Rotate goes after PlaceFace or RandomResizedCrop alone"),
    (("augment=none", STEP.format("Affine")), "Affine goes after PlaceFace or RandomResizedCrop alone"),
    (
        ("augment=crops", "data.train_transforms.part.size=[64, 48]"),
        "RandomResizedCrop goes with size=(64, 64) alone",
    ),
    (("augment=crops", "+data.train_transforms.part.p=0.5"), "RandomResizedCrop goes with p=1 alone"),
    (
        ("augment=crops", "+data.train_transforms.part.interpolation=2"),
        "RandomResizedCrop goes with interpolation=1",
    ),
    (
        ("augment=crops", "+data.train_transforms.move.fit_output=true"),
        "Affine goes with fit_output=False alone",
    ),
    (("augment=crops", "+data.train_transforms.move.fill=114"), "Affine goes with fill=0 alone"),
    (("augment=crops", f"+{TURN}.crop_border=true"), "Rotate goes with crop_border=False alone"),
    (("augment=crops", f"+{TURN}.border_mode=1"), "Rotate goes with border_mode=0 alone"),
    (("augment=crops", f"+{TURN}.interpolation=0"), "Rotate goes with interpolation=1 alone"),
    (("augment=crops", "+data.train_transforms.erase.fill=random"), "Erasing goes with fill=0 alone"),
    (("augment=crops", "+data.train_transforms.erase.scale=[0.5, 0.9]"), "Erasing has no place for scale"),
    (("+data.train_transforms.light.brightness_by_max=false",), "brightness_by_max=True alone"),
    (("+data.train_transforms.light.ensure_safe_range=true",), "ensure_safe_range=False alone"),
    (("+data.train_transforms.grey.method=max",), "ToGray goes with method=weighted_average alone"),
    (("+data.train_transforms.noise.per_channel=false",), "GaussNoise goes with per_channel=True alone"),
    (("+data.train_transforms.noise.noise_scale_factor=0.5",), "noise_scale_factor=1 alone"),
    (("+data.train_transforms.jpeg.compression_type=webp",), "compression_type=jpeg alone"),
    (("data.train_transforms.occlusion.fill=0",), "CoarseDropout goes with fill=random_uniform alone"),
    (
        ("data.train_transforms.occlusion.hole_width_range=[4, 9]",),
        "CoarseDropout wants the sizes of its holes",
    ),
    (
        ("model=many_faces", FIRST),
        "data.faces=all",
    ),
    (("model=many_faces", "data.train_crowd.width=96"), "data.faces=all"),
    (("model=many_faces", "data.train_crowd=null"), "data.faces=all"),
]


@pytest.mark.parametrize(("overrides", "words"), IMPOSSIBLE)
def test_what_cannot_be_done_in_batches_is_one_line(call, photos, tmp_path, overrides, words):
    result = call(fit, *tiny(photos, tmp_path / "logs", *overrides, "data.augment_on=gpu"))
    assert_one_line(result, "data.augment_on=gpu: ", words)
    assert not (tmp_path / "logs").exists()
