"""The pipeline and PlaceFace: boxes follow the pixels, and the same seed gives the same bytes."""

import pickle

import albumentations as A
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.config import build
from emo.data.augment import Pipeline
from emo.data.place import PlaceFace, halve, similarity, warp_onto
from tests.conftest import config

SIZE = 160
seeds = st.integers(0, 2**63 - 1)


@st.composite
def photos(draw, most=3):
    """Width and height of a photo, and boxes inside it of at least 12 x 12 pixels."""
    width, height = draw(st.integers(30, 200)), draw(st.integers(30, 200))
    boxes = []
    for _ in range(draw(st.integers(0, most))):
        wide, high = draw(st.integers(12, width)), draw(st.integers(12, height))
        x, y = draw(st.integers(0, width - wide)), draw(st.integers(0, height - high))
        boxes.append((x, y, x + wide, y + high))
    return width, height, boxes


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 255, (height, width, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def default():
    """The pipeline of conf/augment/default.yaml."""
    return Pipeline(list(build(config("model.input_size=64").data.train_transforms).values()))


def check(result, count, size=None):
    height, width = result.frame.shape[:2]
    assert result.frame.dtype == np.uint8
    if size:
        assert (width, height) == (size, size)
    assert result.boxes_xyxy.shape == (count, 4)
    assert result.visible.shape == (count,)
    assert ((result.visible >= 0) & (result.visible <= 1)).all()
    seen = result.boxes_xyxy[result.visible > 0]
    assert (seen[:, :2] >= 0).all()
    assert (seen[:, 2:] <= [width, height]).all()
    assert (seen[:, 2:] - seen[:, :2] >= 1).all()


@settings(max_examples=40)
@given(photos(), seeds, st.booleans())
def test_the_default_pipeline_on_anything(default, photo, seed, with_background):
    width, height, boxes = photo
    frame, background = noise(width, height), noise(50, 40, 1) if with_background else None
    before = frame.copy()
    result = default(frame, boxes, seed, background)
    check(result, len(boxes), 64)
    np.testing.assert_array_equal(frame, before)  # the cached photo is not touched
    again = default(frame, boxes, seed, background)
    np.testing.assert_array_equal(result.frame, again.frame)
    np.testing.assert_array_equal(result.boxes_xyxy, again.boxes_xyxy)


def test_other_seeds_other_views(default):
    frame = noise(96, 72)
    frames = {default(frame, [(20, 20, 50, 60)], seed).frame.tobytes() for seed in range(8)}
    assert len(frames) == 8


def test_the_seed_alone_decides(default):
    """Neither numpy's global numbers nor an earlier call nor another object do."""
    frame, boxes = noise(96, 72), [(20, 20, 50, 60)]
    first = default(frame, boxes, 5)
    np.random.seed(99)
    default(frame, boxes, 6)
    other = Pipeline(list(build(config("model.input_size=64").data.train_transforms).values()))
    np.testing.assert_array_equal(other(frame, boxes, 5).frame, first.frame)


def test_one_step_does_not_tell_of_another():
    """Steps that start from the same number would be done together, or a rarer one only with a more frequent one."""
    pipeline = Pipeline([A.HorizontalFlip(p=0.5), A.Solarize(threshold_range=(0.5, 0.5), p=0.5)])
    frame = np.zeros((4, 4, 3), np.uint8)
    frame[:, :2] = 255  # a flip brings the light to the right, and solarizing leaves none
    done = []
    for seed in range(400):
        result = pipeline(frame, [(0, 0, 2, 4)], seed)
        done.append((result.boxes_xyxy[0, 0] > 0, result.frame.max() == 0))
    flipped, solarized = np.array(done).T
    for share in (flipped.mean(), solarized.mean(), (flipped == solarized).mean()):
        assert share == pytest.approx(0.5, abs=0.1)  # four standard deviations


def test_a_single_step_draws_as_albumentations_seeds_it():
    """The frames that evaluations make of their photos stay those that earlier figures were measured on."""
    frame, step = noise(96, 72), A.RandomCrop(40, 40)
    alone = A.Compose([step])
    for seed in range(5):
        result = Pipeline([step])(frame, [], seed)
        alone.set_random_seed(seed)
        np.testing.assert_array_equal(result.frame, alone(image=frame)["image"])


def test_the_same_draws_in_another_process(default):
    """Workers get the pipeline pickled, with the generators in whatever state they were."""
    frame, boxes = noise(96, 72), [(20, 20, 50, 60)]
    expected = [default(frame, boxes, seed).frame for seed in range(3)]
    sent = pickle.loads(pickle.dumps(default))
    for seed in (2, 0, 1):
        np.testing.assert_array_equal(sent(frame, boxes, seed).frame, expected[seed])


def place(**options):
    options = {"rotate": 0, "lose": 0, "face_height": (0.25, 0.9)} | options
    return Pipeline([PlaceFace(SIZE, SIZE, **options)])


def white_box(frame):
    """The box of what is brighter than half, its edges interpolated."""
    bright = frame.astype(float).mean(axis=2) / 255
    rows, columns = bright.max(axis=1), bright.max(axis=0)
    edges = []
    for profile in (columns, rows):
        inside = np.flatnonzero(profile > 0.5)
        edges.append((inside[0], inside[-1] + 1))
    return np.array([edges[0][0], edges[1][0], edges[0][1], edges[1][1]], float)


def iou(a, b):
    wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0, wide) * max(0, high)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


@settings(max_examples=80)
@given(st.integers(60, 300), st.integers(60, 300), seeds, st.booleans(), st.data())
def test_a_white_rectangle_lands_where_the_box_says(width, height, seed, with_background, data):
    wide, high = data.draw(st.integers(20, width - 6)), data.draw(st.integers(20, height - 6))
    x, y = data.draw(st.integers(3, width - wide - 3)), data.draw(st.integers(3, height - high - 3))
    frame = np.zeros((height, width, 3), np.uint8)
    frame[y : y + high, x : x + wide] = 255
    background = np.zeros((80, 100, 3), np.uint8) if with_background else None
    result = place()(frame, [(x, y, x + wide, y + high)], seed, background)
    assert result.visible[0] >= 0.75
    box = result.boxes_xyxy[0]
    if min(box[2:] - box[:2]) >= 20:  # of a smaller one half a pixel on each side is too much
        assert iou(white_box(result.frame), box) > 0.9


@settings(max_examples=40)
@given(photos(most=1).filter(lambda p: p[2]), seeds)
def test_one_face_keeps_its_size_and_its_share(photo, seed):
    width, height, boxes = photo
    result = place(face_height=(0.3, 0.6), min_visible=0.8)(noise(width, height), boxes, seed)
    x1, y1, x2, y2 = boxes[0]
    assert result.visible[0] >= 0.8 - 1e-6
    box = result.boxes_xyxy[0]
    if result.visible[0] > 1 - 1e-9:
        shape = (box[2] - box[0]) / (box[3] - box[1])
        assert shape == pytest.approx((x2 - x1) / (y2 - y1), rel=1e-3)


def test_faces_of_all_sizes_and_everywhere():
    pipeline = place(face_height=(0.12, 0.9))
    results = [pipeline(noise(64, 64), [(20, 20, 44, 44)], seed) for seed in range(300)]
    boxes = np.array([r.boxes_xyxy[0] for r in results]) / SIZE
    heights = boxes[:, 3] - boxes[:, 1]
    assert heights.min() < 0.14
    assert heights.max() > 0.8
    low, high = np.log(0.12), np.log(0.9)
    assert np.median(np.log(heights)) == pytest.approx(
        (low + high) / 2, abs=0.15
    )  # small ones are as frequent
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert centres.min() < 0.15
    assert centres.max() > 0.85


def test_some_views_lose_the_face_and_none_keep_a_sliver():
    pipeline = place(lose=1.0)
    shares = np.array([pipeline(noise(200, 200), [(5, 5, 25, 25)], seed).visible[0] for seed in range(60)])
    assert (shares == 0).mean() > 0.9
    shares = np.array([place(lose=0.3)(noise(200, 200), [(5, 5, 25, 25)], s).visible[0] for s in range(200)])
    assert 0.2 < (shares == 0).mean() < 0.4
    assert not ((shares > 0) & (shares < 0.75)).any()


def test_a_photo_without_faces_moves_too():
    result = place()(noise(90, 60), [], 3)
    check(result, 0, SIZE)
    assert not np.array_equal(result.frame, place()(noise(90, 60), [], 4).frame)


def test_rotation_turns_to_both_sides():
    frame = np.zeros((100, 100, 3), np.uint8)
    frame[45:55, 20:80] = 255
    angles = []
    for seed in range(40):
        picture = place(rotate=15, face_height=(0.1, 0.1))(frame, [(20, 45, 80, 55)], seed).frame
        y, x = np.nonzero(picture[:, :, 0] > 127)
        if len(x):
            angles.append(np.rad2deg(np.arctan(np.polyfit(x, y, 1)[0])))
    assert -17 < min(angles) < -8
    assert 8 < max(angles) < 17


def test_the_background_shows_around_the_photo():
    frame, background = np.full((60, 60, 3), 200, np.uint8), np.full((50, 50, 3), 30, np.uint8)
    values = {
        v
        for s in range(12)
        for v in np.unique(place(face_height=(0.1, 0.2))(frame, [(10, 10, 50, 50)], s, background).frame)
    }
    assert {30, 114, 200} <= values
    assert (background == 30).all()


@given(
    st.floats(0.05, 3), st.floats(-30, 30), st.integers(150, 400), st.integers(150, 400), st.floats(-40, 40)
)
def test_a_warp_at_any_scale_takes_the_right_pixels(scale, degrees, width, height, shift):
    """A slope stays a slope, at the place that the matrix says; noise is averaged where pixels become smaller."""
    slope = np.add.outer(0.2 * np.arange(height), 0.4 * np.arange(width))
    photo = np.repeat(np.rint(slope)[:, :, None], 3, axis=2).astype(np.uint8)
    matrix = similarity(scale, degrees, (width / 2, height / 2), (SIZE / 2 + shift, SIZE / 2))
    warped = warp_onto(photo, matrix, np.zeros((SIZE, SIZE, 3), np.uint8))
    y, x = np.indices((SIZE, SIZE)) + 0.5
    back = np.linalg.inv(np.vstack((matrix, (0, 0, 1))))
    from_x, from_y = (row[0] * x + row[1] * y + row[2] for row in back[:2])
    margin = 2 + 2 / scale
    inside = np.minimum(from_x, width - from_x) > margin
    inside &= np.minimum(from_y, height - from_y) > margin
    expected = 0.2 * (from_y - 0.5) + 0.4 * (from_x - 0.5)
    np.testing.assert_allclose(warped[:, :, 0][inside], expected[inside], atol=1.6)  # rounded at each step


@pytest.mark.parametrize("scale", [0.49, 0.3, 0.15, 0.06])
def test_a_photo_far_away_is_the_mean_of_its_pixels(scale):
    board = np.repeat((np.indices((300, 400)).sum(axis=0) % 2 * 255)[:, :, None], 3, axis=2).astype(np.uint8)
    matrix = similarity(scale, 10, (200, 150), (8, 6))
    far = warp_onto(board, matrix, np.full((12, 16, 3), 128, np.uint8))
    assert set(np.unique(far)) <= {127, 128}


@pytest.mark.parametrize(("width", "height"), [(8, 6), (7, 6), (8, 5), (1, 1), (33, 1)])
def test_half_an_image(width, height):
    image = noise(width, height)
    even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge").astype(float)
    means = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    np.testing.assert_allclose(halve(image), means, atol=0.51)


@pytest.mark.parametrize(
    "options",
    [
        {"face_height": (0, 1)},
        {"face_height": (0.9, 0.1)},
        {"rotate": -1},
        {"lose": 1.1},
        {"min_visible": -0.1},
        {"cut_out": 2},
    ],
)
def test_senseless_options(options):
    with pytest.raises(ValueError, match="must"):
        place(**options)


@pytest.mark.parametrize("transform", [A.VerticalFlip(), A.RandomRotate90(), A.Transpose(), A.D4()])
def test_no_webcam_turns_faces_upside_down(transform):
    with pytest.raises(ValueError, match="upside down"):
        Pipeline([transform])


def test_no_transform_leaves_the_photo():
    frame = noise(50, 40)
    result = Pipeline([])(frame, [(5, 5, 20, 30)], 0)
    np.testing.assert_array_equal(result.frame, frame)
    np.testing.assert_allclose(result.boxes_xyxy, [(5, 5, 20, 30)])
    assert result.visible.tolist() == [1]


def test_a_flip_moves_the_box():
    result = Pipeline([A.HorizontalFlip(p=1)])(noise(50, 40), [(5, 5, 20, 30)], 0)
    np.testing.assert_allclose(result.boxes_xyxy, [(30, 5, 45, 30)], atol=1e-4)


def test_a_draw_that_cuts_the_face_is_drawn_again():
    crop = A.RandomCrop(40, 40)
    frame, box = noise(80, 40), [(35, 5, 45, 35)]
    shares = [Pipeline([crop], min_visible=0.9, tries=40)(frame, box, s).visible[0] for s in range(30)]
    assert all(share == 0 or share >= 0.9 for share in shares)
    once = [Pipeline([crop], min_visible=0.9, tries=1)(frame, box, s).visible[0] for s in range(30)]
    assert any(0 < share < 0.9 for share in once)


@pytest.mark.parametrize("transforms", [[], [A.ToGray(p=1)]])
def test_a_pipeline_that_moves_nothing_says_nothing(recwarn, transforms):
    frame = np.zeros((20, 30, 3), np.uint8)
    result = Pipeline(transforms)(frame, [(1, 2, 11, 12)], 0)
    assert np.array_equal(result.frame, frame)
    assert result.boxes_xyxy[0] == pytest.approx((1, 2, 11, 12))
    assert not list(recwarn)
