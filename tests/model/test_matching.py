import torch
from hypothesis import given
from hypothesis import strategies as st

from emo.model.matching import match_cells


def match(boxes, owners=None, views=1, grid=4, radius=0.0):
    faces = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    owners = torch.zeros(len(faces), dtype=torch.int64) if owners is None else torch.tensor(owners)
    return match_cells(faces, owners, views, grid, radius).view(views, grid, grid)


def test_the_cell_that_holds_the_centre():
    matched = match([[0.3, 0.8, 0.1, 0.1], [0.99, 0.01, 0.5, 0.5]])
    assert matched[0, 3, 1] == 0
    assert matched[0, 0, 3] == 1
    assert (matched >= 0).sum() == 2


def test_each_view_has_its_own_faces():
    matched = match([[0.1, 0.1, 0.1, 0.1], [0.1, 0.1, 0.2, 0.2]], owners=[1, 0], views=3)
    assert matched[:, 0, 0].tolist() == [1, 0, -1]


def test_of_two_centres_in_a_cell_the_smaller_face():
    assert match([[0.1, 0.1, 0.1, 0.1], [0.12, 0.1, 0.3, 0.3]])[0, 0, 0] == 0
    assert match([[0.12, 0.1, 0.3, 0.3], [0.1, 0.1, 0.1, 0.1]])[0, 0, 0] == 1


def test_cells_around_a_centre_inside_the_box():
    # centre at (1.5, 1.5) cells, a box of 3 x 1.9 cells: the neighbours left and right lie inside, above and below not
    matched = match([[1.5 / 4, 1.5 / 4, 3 / 4, 1.9 / 4]], radius=1.0)
    assert torch.nonzero(matched[0] >= 0).tolist() == [[1, 0], [1, 1], [1, 2]]
    assert (match([[1.5 / 4, 1.5 / 4, 3 / 4, 1.9 / 4]], radius=0.5) >= 0).sum() == 1


def test_a_centre_comes_before_a_neighbour_however_small_that_is():
    large, small = [1.5 / 4, 1.5 / 4, 0.9, 0.9], [2.5 / 4, 1.5 / 4, 0.6, 0.6]
    matched = match([large, small], radius=1.0)
    assert matched[0, 1, 1] == 0
    assert matched[0, 1, 2] == 1
    assert matched[0, 0, 1] == 1  # in reach of both: the smaller


def test_a_centre_on_the_edge_of_the_view():
    assert match([[1.0, 1.0, 0.2, 0.2]])[0, 3, 3] == 0


def test_nobody():
    assert (match([], views=2) == -1).all()


def naive(boxes, owners, views, grid, radius):
    matched = [[-1] * (grid * grid) for _ in range(views)]
    for view in range(views):
        for cell in range(grid * grid):
            row, column = divmod(cell, grid)
            best = None
            for face, (x, y, width, height) in enumerate(boxes):
                if owners[face] != view:
                    continue
                x, y = x * grid, y * grid
                holds = min(int(x), grid - 1) == column and min(int(y), grid - 1) == row
                dx, dy = abs(x - column - 0.5), abs(y - row - 0.5)
                near = max(dx, dy) <= radius and 2 * dx <= width * grid and 2 * dy <= height * grid
                rank = (0 if holds else 1, width * height)
                if (holds or near) and (best is None or rank < best[0]):
                    best = rank, face
            matched[view][cell] = -1 if best is None else best[1]
    return matched


@given(seed=st.integers(0, 2**31), count=st.integers(0, 12), grid=st.integers(1, 8), radius=st.floats(0, 1.5))
def test_as_a_loop_over_cells_and_faces(seed, count, grid, radius):
    generator = torch.Generator().manual_seed(seed)
    boxes = torch.rand(count, 4, generator=generator) * 0.9 + 0.05
    owners = torch.randint(3, (count,), generator=generator)
    matched = match_cells(boxes, owners, 3, grid, radius)
    assert matched.tolist() == naive(boxes.double().tolist(), owners.tolist(), 3, grid, radius)
