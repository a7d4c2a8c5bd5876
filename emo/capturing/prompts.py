"""The words that lead a person through a capture."""

from emo.capturing.plan import NO_FACE

_PROMPTS = {
    "angry": "Look angry: brows down, lips tight",
    "happy": "Smile, then laugh",
    "sad": "Look sad: corners of the mouth down",
    "surprise": "Be surprised: brows up, mouth open",
    "neutral": "Relax your face",
    NO_FACE: "No face, please: step aside",
}
_MOVES = (
    "look at the camera",
    "turn a little",
    "to the other side",
    "chin up",
    "chin down",
    "come nearer",
    "lean back",
)
_AWAY = ("out of the picture", "show your back", "hide behind a hand", "turn the camera a little")

BLURRED = "blurred: hold still for a moment"
ALIKE = "like the one before: move a little"
UNSEEN = "no face found; the box will need your hand"
PAUSED = "paused: space goes on"


def prompt_of(label: str) -> str:
    """What to do for photos of this label."""
    return _PROMPTS.get(label, f"Look {label}")


def move_of(label: str, number: int) -> str:
    """How to move for the photo of this number, so that no two are alike."""
    moves = _AWAY if label == NO_FACE else _MOVES
    return moves[number % len(moves)]
