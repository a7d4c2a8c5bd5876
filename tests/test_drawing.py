import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emo.drawing import GREY, draw_bars, draw_faces, draw_label_box, draw_text, emotion_colour
from emo.faces import EMOTIONS, Faces


def one_face(box=(30, 40, 90, 110), emotion=1):
    emotions = np.full((1, 5), 0.05, np.float32)
    emotions[0, emotion] = 0.8
    return Faces(np.array([box], np.float32), np.ones(1, np.float32), emotions)


def count(image, colour):
    return int((np.abs(image.astype(int) - colour).sum(axis=2) < 6).sum())


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_box_and_label_stand_out_on_any_ground(grey):
    frame = np.full((120, 160, 3), grey, np.uint8)
    drawn = draw_faces(frame, one_face())
    assert (frame == grey).all()  # a copy
    assert count(drawn, emotion_colour("happy")) > 400
    assert drawn[:, :, 0].astype(int).min() < 40  # the rim and the letters
    np.testing.assert_array_equal(drawn[114:], grey)  # nothing below the box


def test_no_face_draws_nothing():
    frame = np.random.default_rng(0).integers(0, 255, (50, 60, 3), np.uint8)
    np.testing.assert_array_equal(draw_faces(frame, Faces.empty(), bars=True), frame)


def test_labels_of_ones_own():
    frame = np.zeros((120, 160, 3), np.uint8)
    assert count(draw_faces(frame, one_face(), labels=["unsure"]), GREY) > 300
    assert count(draw_faces(frame, one_face(), labels=["sad"]), emotion_colour("sad")) > 300


def test_several_faces_are_told_apart_by_their_numbers():
    boxes = np.float32([[10, 60, 60, 110], [90, 60, 140, 110]])
    emotions = np.full((2, 5), 0.2, np.float32)

    def draw(ids):
        faces = Faces(boxes, np.ones(2, np.float32), emotions, np.array(ids))
        return draw_faces(np.zeros((160, 200, 3), np.uint8), faces, labels=["sad", "sad"])

    changed = np.argwhere((draw([0, 1]) != draw([0, 8])).any(axis=2))
    assert changed[:, 1].min() > 85  # only the second face's label
    alone = Faces(boxes[:1], np.ones(1, np.float32), emotions[:1], np.array([3]))
    unnumbered = Faces(boxes[:1], np.ones(1, np.float32), emotions[:1])
    black = np.zeros((160, 200, 3), np.uint8)
    np.testing.assert_array_equal(draw_faces(black, alone), draw_faces(black, unnumbered))


def test_bars_are_as_long_as_the_probabilities():
    image = np.full((300, 400, 3), 255, np.uint8)
    draw_bars(image, np.array([0.5, 1.0, 0.25, 0.0, 0.0]))
    areas = [count(image[150:], emotion_colour(name)) for name in EMOTIONS]
    assert areas[0] == pytest.approx(areas[1] / 2, rel=0.05)
    assert areas[2] == pytest.approx(areas[1] / 4, rel=0.05)
    assert areas[3] == areas[4] == 0


@pytest.mark.parametrize(
    ("boxes", "side"),
    [
        ([], "left"),
        ([(0, 200, 80, 290)], "right"),
        ([(0, 200, 80, 290), (250, 150, 400, 300)], "left"),  # both in the way: the corner that hides less
        ([(0, 200, 300, 300)], "right"),
        ([(0, 0, 400, 300)], "left"),
    ],
)
def test_bars_keep_clear_of_faces(boxes, side):
    image = np.full((300, 400, 3), 255, np.uint8)
    draw_bars(image, np.full(5, 0.2), boxes_xyxy=np.array(boxes))
    dark = (image < 250).any(axis=(0, 2))
    assert dark[:100].any() == (side == "left")
    assert dark[-100:].any() == (side == "right")


@given(
    width=st.integers(1, 200),
    height=st.integers(1, 200),
    box=st.tuples(*[st.floats(-1e6, 1e6)] * 4),
    text=st.text(max_size=12),
)
def test_any_image_any_box_any_text(width, height, box, text):
    image = np.zeros((height, width, 3), np.uint8)
    draw_label_box(image, box, text, (0, 158, 115))
    draw_bars(image, np.full(5, 0.2))
    draw_text(image, text, (int(box[0]), int(box[1])), None)
    assert image.shape == (height, width, 3)


def test_colours_are_the_same_everywhere_and_differ():
    assert len({emotion_colour(name) for name in EMOTIONS}) == 5
    assert emotion_colour("happy") == emotion_colour("happy", ("happy", "other"))
    assert emotion_colour("unsure") == GREY
    own = ("tired", "awake")
    assert len({emotion_colour(name, own) for name in own} | {GREY}) == 3


def test_colours_are_told_apart_by_the_colour_blind():
    """Simulated by the matrices of Vienot, Brettel and Mollon (1999) on linear RGB."""
    to_lms = np.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
    )
    protan = np.array([[0, 2.02344, -2.52581], [0, 1, 0], [0, 0, 1]])
    deutan = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
    colours = np.array([emotion_colour(name) for name in EMOTIONS]) / 255
    for loss in (np.eye(3), protan, deutan):
        seen = (np.linalg.inv(to_lms) @ loss @ to_lms @ (colours**2.2).T).T.clip(0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2) + 9 * np.eye(5)
        assert apart.min() > 0.15


def test_numbers_that_do_not_fit():
    with pytest.raises(ValueError, match="names"):
        draw_faces(np.zeros((9, 9, 3), np.uint8), one_face(), classes=("a", "b"))
    with pytest.raises(ValueError, match="labels"):
        draw_faces(np.zeros((9, 9, 3), np.uint8), one_face(), labels=["a", "b"])
