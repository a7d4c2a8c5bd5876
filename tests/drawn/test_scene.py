import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emo.drawn.camera import Camera
from emo.drawn.expression import sample_expression
from emo.drawn.person import HAIR_STYLES, SKIN_TONES, Person
from emo.drawn.relief import Light
from emo.drawn.scene import LARGEST, SMALLEST, Place, Setting, cut, draw_person, render_scene
from emo.faces import EMOTIONS

SMALL = (160, 120)


def plain_setting(size):
    wall = np.full((size[1], size[0], 3), 128, np.uint8)
    return Setting(wall, Light(), 1.0)


def render(seed, people=(1,), emotions=("happy",), size=SMALL):
    return render_scene(np.random.default_rng(seed), [Person.from_seed(p) for p in people], emotions, size)


def test_same_seed_same_pixels_and_truth():
    image, faces = render(5, (1, 2), ("happy", "sad"))
    again, same = render(5, (1, 2), ("happy", "sad"))
    np.testing.assert_array_equal(image, again)
    assert faces == same
    other, _ = render(6, (1, 2), ("happy", "sad"))
    assert (image != other).any()


def test_nobody_is_an_ordinary_scene():
    image, faces = render(0, (), ())
    assert image.shape == (120, 160, 3)
    assert image.dtype == np.uint8
    assert faces == []
    assert image.std() > 1


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    people=st.lists(st.integers(0, 10_000), max_size=3),
    emotions=st.lists(st.sampled_from(EMOTIONS), min_size=3, max_size=3),
    size=st.sampled_from([SMALL, (64, 64), (90, 160), (200, 100)]),
)
def test_every_seed_gives_whole_faces_inside_the_frame(seed, people, emotions, size):
    image, faces = render(seed, people, emotions[: len(people)], size)
    assert image.shape == (size[1], size[0], 3)
    assert [face.person for face in faces] == people
    assert [face.emotion for face in faces] == emotions[: len(people)]
    for face in faces:
        x1, y1, x2, y2 = face.box_xyxy
        assert 0 <= x1 < x2 <= size[0]
        assert 0 <= y1 < y2 <= size[1]


@pytest.mark.parametrize("emotion", EMOTIONS)
@pytest.mark.parametrize("share", [SMALLEST, 0.35, LARGEST])
def test_box_is_tight_around_the_painted_face(emotion, share):
    """A bald head on a plain wall differs from it exactly where the box says (and above and below it)."""
    person = next(
        p for p in map(Person.from_seed, range(100)) if p.hair_style == "bald" and p.clothes != "hood"
    )
    units = sample_expression(np.random.default_rng(1), emotion, 1.0)
    size = (320, 240)
    setting = plain_setting(size)
    image = setting.room.copy()
    x1, y1, x2, y2 = draw_person(image, person, units, Place(160.0, 110.0, share * 240), setting)
    assert y2 - y1 == pytest.approx(share * 240, rel=0.1)
    face_rows = image[int(y1) + 1 : int(y1 + 0.7 * (y2 - y1))]  # above the neck and shoulders
    painted = np.flatnonzero((face_rows != 128).any(axis=(0, 2)))
    assert painted.min() == pytest.approx(x1, abs=2.0)
    assert painted.max() == pytest.approx(x2, abs=2.0)


def test_chin_of_the_box_follows_the_jaw():
    person, size = Person.from_seed(1), (320, 240)
    setting, rng = plain_setting(size), np.random.default_rng(0)
    boxes = [
        draw_person(
            setting.room.copy(), person, sample_expression(rng, name, 1.0), Place(160, 100, 120), setting
        )
        for name in ("neutral", "surprise")
    ]
    assert boxes[1][3] > boxes[0][3] + 4
    assert boxes[1][1] == pytest.approx(boxes[0][1])


def test_tilt_turns_the_head_about_the_middle_of_the_face():
    person, size = Person.from_seed(2), (320, 240)
    setting, units = plain_setting(size), sample_expression(np.random.default_rng(0), "neutral")
    crowns = []
    for tilt in (-0.35, 0.0, 0.35):
        image = setting.room.copy()
        box = draw_person(image, person, units, Place(160, 110, 100, tilt), setting)
        rows, columns = np.nonzero((image != 128).any(axis=2))
        crowns.append(columns[rows <= rows.min() + 3].mean())
        assert (box[0] + box[2]) / 2 == pytest.approx(160, abs=8)
    assert crowns[0] < 160 - 6 < crowns[1] < 160 + 6 < crowns[2]  # clockwise as seen


def test_faces_cover_the_promised_sizes_and_places():
    boxes = np.array([render(seed, (seed,))[1][0].box_xyxy for seed in range(40)]) / (160, 120, 160, 120)
    heights = boxes[:, 3] - boxes[:, 1]
    assert heights.min() < 0.22
    assert heights.max() > 0.5
    middles = (boxes[:, 0] + boxes[:, 2]) / 2
    assert middles.min() < 0.35
    assert middles.max() > 0.65


def test_people_do_not_stand_on_each_other():
    for seed in range(15):
        _, faces = render(seed, (1, 2, 3), ("happy", "sad", "angry"))
        for one, other in ((0, 1), (0, 2), (1, 2)):
            a, b = faces[one].box_xyxy, faces[other].box_xyxy
            shared = max(0, min(a[2], b[2]) - max(a[0], b[0])) * max(0, min(a[3], b[3]) - max(a[1], b[1]))
            assert shared < 0.25 * min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))


def test_people_and_emotions_must_match():
    with pytest.raises(ValueError, match="as many emotions"):
        render(0, (1,), ())


def test_a_person_is_always_the_same_and_changes_only_clothes():
    person = Person.from_seed(7)
    assert person == Person.from_seed(7)
    assert person != Person.from_seed(8)
    dressed = person.dressed(np.random.default_rng(1))
    assert dressed.cloth != person.cloth
    assert (dressed.skin, dressed.shape, dressed.hair_style) == (person.skin, person.shape, person.hair_style)


def test_a_dozen_people_show_the_range_of_looks():
    people = [Person.from_seed(number) for number in range(1, 13)]
    assert len({person.hair_style for person in people}) >= len(HAIR_STYLES) // 2
    lightness = [float(np.mean(person.skin)) for person in people]
    assert max(lightness) > 170
    assert min(lightness) < SKIN_TONES[7].mean()


def test_cut_keeps_the_inside():
    assert cut((-5.0, 3.0, 20.0, 300.0), (10, 100)) == (0.0, 3.0, 10.0, 100.0)


def test_camera_noise_blur_and_exposure():
    image = np.full((64, 64, 3), 100, np.uint8)
    image[:, 32:] = 160
    clean = Camera(blur=0.0, noise=0.0, quality=100, vignette=0.0)
    rng = np.random.default_rng(0)
    assert np.abs(clean.shoot(rng, image).astype(int) - image).max() <= 2
    noisy = Camera(blur=0.0, noise=8.0, quality=100, vignette=0.0).shoot(rng, image)
    assert 4 < noisy[:, :30].std() < 12
    assert abs(noisy[:, :30].mean() - 100) < 2
    dark = Camera(blur=0.0, noise=0.0, quality=100, vignette=0.0, exposure=0.5).shoot(rng, image)
    assert dark[:, :30].mean() == pytest.approx(50, abs=2)
    smeared = Camera(blur=2.0, noise=0.0, quality=100, vignette=0.0, motion=6.0).shoot(rng, image)
    assert 105 < smeared[32, 31].mean() < 155
    assert (image[:, :32] == 100).all()
