"""A person before a window of the demo."""

import json

import numpy as np
from PIL import ImageGrab

from tests.window.shown import faces_at, shown_of

NEAR = (10.0, 20.0, 60.0, 100.0)


class Seen:
    """A window, and what a person before it sees and does."""

    def __init__(self, window, display, folder) -> None:
        self.window, self.display, self.folder = window, display, folder
        self.settings = window.actions.settings
        self.root, self.canvas = window._root, window._picture.canvas
        self._index = 0

    def show(self, faces=None, times: int = 3, **about) -> None:
        for _ in range(times):
            self._index += 1
            self.window.show(shown_of(faces_at(NEAR) if faces is None else faces, index=self._index, **about))

    def key(self, name: str) -> None:
        self.root.event_generate(f"<KeyPress-{name}>")
        self.window.show(self.window.actions.shown)

    def mouse(self, *points) -> None:
        """Press at the first point of the frame (160 x 120), move over the others, release at the last."""
        scale = min(self.canvas.winfo_width() / 160, self.canvas.winfo_height() / 120)
        left = (self.canvas.winfo_width() - 160 * scale) / 2
        top = (self.canvas.winfo_height() - 120 * scale) / 2
        places = [{"x": round(left + x * scale), "y": round(top + y * scale)} for x, y in points]
        self.canvas.event_generate("<ButtonPress-1>", **places[0])
        for place in places[1:]:
            self.canvas.event_generate("<B1-Motion>", **place)
        self.canvas.event_generate("<ButtonRelease-1>", **places[-1])
        self.show()

    def picture(self) -> np.ndarray:
        x, y = self.canvas.winfo_rootx(), self.canvas.winfo_rooty()
        box = (x, y, x + self.canvas.winfo_width(), y + self.canvas.winfo_height())
        return np.asarray(ImageGrab.grab(box, xdisplay=self.display).convert("RGB"))

    def saved(self) -> list[dict]:
        return [json.loads(path.read_text()) for path in sorted(self.folder.glob("corrections/*.json"))]

    def widgets(self, kind: str, parent=None) -> list:
        """Those of a class, such as TButton."""
        children = (parent or self.root).winfo_children()
        return [w for w in children if w.winfo_class() == kind] + [
            found for child in children for found in self.widgets(kind, child)
        ]

    def widget(self, kind: str, text: str):
        (found,) = [widget for widget in self.widgets(kind) if widget.cget("text") == text]
        return found
