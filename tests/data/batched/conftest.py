"""Photos of many sizes."""

import pytest

from tests.data.batched.compare import write_various


@pytest.fixture(scope="session")
def various(tmp_path_factory):
    """A folder of photos of many sizes, with and without faces; read only."""
    return write_various(tmp_path_factory.mktemp("various"))
