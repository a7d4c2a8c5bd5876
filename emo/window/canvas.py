"""The part of a Tk window that shows a picture, as large as the window leaves room for it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from PIL import Image, ImageTk

from emo.view import ImageArray
from emo.window.root import GROUND

_SHARE_OF_SCREEN = 0.7
_LEAST_HEIGHT = 180  # pixels


class PictureCanvas:
    """A picture that fills what the rest of a window leaves.

    Args:
        root: the window; everything else is packed before.
        redraw: called where the size has changed; draws anew.
    """

    def __init__(self, root: tk.Tk, redraw: Callable[[], None]) -> None:
        self.canvas = tk.Canvas(root, background=GROUND, highlightthickness=0)
        self.canvas.pack(fill="both", expand=True)
        self.canvas.bind("<Configure>", lambda _: redraw())
        self._root = root
        self._item = self.canvas.create_image(0, 0, anchor="nw")
        self._photo: ImageTk.PhotoImage | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels; 1 x 1 before the window is on the screen."""
        return self.canvas.winfo_width(), self.canvas.winfo_height()

    def place(self, frame: ImageArray, needed: tuple[int, int]) -> None:
        """Open in the size of a frame, or as wide as the controls, as far as the screen allows.

        Args:
            frame: H x W x 3.
            needed: width and height of everything else.
        """
        self._root.minsize(needed[0], needed[1] + _LEAST_HEIGHT)
        height, width = frame.shape[:2]
        wide, high = self._root.winfo_screenwidth(), self._root.winfo_screenheight()
        most = wide * _SHARE_OF_SCREEN / width, high * _SHARE_OF_SCREEN / height
        scale = min(*most, max(1.0, needed[0] / width))
        self.canvas.configure(width=max(round(width * scale), 1), height=max(round(height * scale), 1))

    def draw(self, picture: ImageArray) -> None:
        """Show a picture of the canvas's size."""
        image = Image.fromarray(picture)
        if self._photo is None or (self._photo.width(), self._photo.height()) != image.size:
            self._photo = ImageTk.PhotoImage(image, master=self.canvas)
            self.canvas.itemconfigure(self._item, image=self._photo)
        else:
            self._photo.paste(image)

    def clear(self) -> None:
        """Let go of the picture while Tk, which its end calls, is still there."""
        self._photo = None
