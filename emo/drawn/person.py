"""Who is drawn: the looks of one person, which do not change with expression, place or light."""

from dataclasses import dataclass, replace

import numpy as np

Colour = tuple[float, float, float]

# The ten tones of the Monk Skin Tone Scale (E. Monk, 2019, skintone.google, CC BY 4.0), light to dark.
SKIN_TONES = np.array(
    [
        [246, 237, 228],
        [243, 231, 219],
        [247, 234, 208],
        [234, 218, 186],
        [215, 189, 150],
        [160, 126, 86],
        [130, 92, 67],
        [96, 65, 52],
        [58, 49, 42],
        [41, 36, 32],
    ],
    dtype=np.float64,
)
HAIR_COLOURS = (
    (28, 24, 24),
    (48, 34, 28),
    (78, 52, 36),
    (112, 76, 46),
    (176, 134, 78),
    (206, 172, 116),
    (132, 62, 34),
)
IRIS_COLOURS = ((64, 42, 28), (88, 58, 34), (104, 88, 52), (88, 116, 84), (92, 126, 160), (112, 124, 132))
HAIR_STYLES = (
    "bald",
    "buzz",
    "short",
    "parted",
    "fringe",
    "curly",
    "afro",
    "long",
    "bob",
    "bun",
    "scarf",
    "beanie",
)
WITHOUT_BEARD = ("long", "bob", "bun", "scarf")
BEARDS = ("none", "stubble", "moustache", "goatee", "full")
GLASSES = ("none", "round", "square")
CLOTHES = ("plain", "collar", "hood", "striped", "vneck")


# Lowest and highest length of each part, in head units. Brows and mouth hardly differ at rest between people,
# or else somebody's looks would imitate an expression.
LENGTHS = {
    "width": (0.64, 0.74),
    "jaw": (0.76, 0.93),
    "chin": (0.24, 0.36),
    "eye_x": (0.285, 0.33),
    "eye_y": (-0.2, -0.14),
    "eye_width": (0.135, 0.165),
    "eye_height": (0.07, 0.085),
    "eye_slant": (-0.012, 0.02),
    "brow_lift": (-0.015, 0.02),
    "brow_thick": (0.035, 0.065),
    "brow_arch": (0.02, 0.05),
    "nose_width": (0.12, 0.175),
    "nose_y": (0.22, 0.28),
    "mouth_y": (0.55, 0.6),
    "mouth_width": (0.255, 0.305),
    "mouth_curve": (-0.008, 0.008),
    "lip": (0.045, 0.08),
    "ear": (0.85, 1.15),
    "neck": (0.36, 0.5),
    "shoulders": (1.75, 2.25),
}


@dataclass(frozen=True)
class Shape:
    """Lengths of one head. Head units: 1 is half the height of the face, hairline to chin."""

    width: float
    jaw: float
    chin: float
    eye_x: float
    eye_y: float
    eye_width: float
    eye_height: float
    eye_slant: float
    brow_lift: float
    brow_thick: float
    brow_arch: float
    nose_width: float
    nose_y: float
    mouth_y: float
    mouth_width: float
    mouth_curve: float
    lip: float
    ear: float
    neck: float
    shoulders: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Shape":
        """Any head in the range of `LENGTHS`."""
        return cls(**{name: float(rng.uniform(low, high)) for name, (low, high) in LENGTHS.items()})


@dataclass(frozen=True)
class Person:
    """One identity: colours 0 to 255, shares 0 to 1, lengths in head units."""

    seed: int
    skin: Colour
    blush: float
    freckles: float
    age: float
    shape: Shape
    iris: Colour
    lip_red: float
    hair_style: str
    hair: Colour
    hair_volume: float
    hair_side: int
    beard: str
    glasses: str
    glasses_colour: Colour
    clothes: str
    cloth: Colour
    cloth_second: Colour

    @classmethod
    def from_seed(cls, seed: int) -> "Person":
        """The person of this number: the same number is always the same person."""
        rng = np.random.default_rng([seed, 0xFACE])
        age = float(rng.beta(1.3, 2.0))
        clothes, cloth, second = draw_clothes(rng)
        skin, style = _draw_skin(rng, seed), HAIR_STYLES[(5 * seed + int(rng.integers(2))) % len(HAIR_STYLES)]
        bearded = style not in WITHOUT_BEARD and rng.random() < 0.6
        between = rng.uniform
        return cls(
            seed=seed,
            skin=skin,
            blush=float(between(0.3, 1.0)),
            freckles=float(between(0.4, 1.0)) if rng.random() < 0.2 else 0.0,
            age=age,
            shape=Shape.draw(rng),
            iris=_choose(rng, IRIS_COLOURS, 12.0),
            lip_red=float(between(0.1, 0.6) if rng.random() < 0.7 else between(0.7, 1.0)),
            hair_style=style,
            hair=_draw_hair_colour(rng, age, skin),
            hair_volume=float(between(0.08, 0.2)),
            hair_side=int(rng.choice([-1, 1])),
            beard=BEARDS[int(rng.integers(1, len(BEARDS)))] if bearded else "none",
            glasses=GLASSES[int(rng.integers(1, len(GLASSES)))] if rng.random() < 0.3 else "none",
            glasses_colour=_choose(
                rng, ((24, 24, 28), (70, 44, 28), (150, 152, 158), (120, 34, 40), (36, 52, 92)), 8.0
            ),
            clothes=clothes,
            cloth=cloth,
            cloth_second=second,
        )

    def dressed(self, rng: np.random.Generator) -> "Person":
        """The same person in other clothes, as on another day."""
        clothes, cloth, second = draw_clothes(rng)
        return replace(self, clothes=clothes, cloth=cloth, cloth_second=second)


def draw_clothes(rng: np.random.Generator) -> tuple[str, Colour, Colour]:
    """A cut and two colours (RGB, 0 to 255)."""
    cut = CLOTHES[int(rng.integers(len(CLOTHES)))]
    return cut, _cloth_colour(rng), _cloth_colour(rng)


def _cloth_colour(rng: np.random.Generator) -> Colour:
    grey = rng.uniform(25, 225)
    tint = rng.normal(0.0, 30.0, 3)
    return _colour(grey + tint)


def _draw_skin(rng: np.random.Generator, seed: int) -> Colour:
    # Steps of the golden ratio: a few people in a row already have skins from pale to dark.
    place = (seed * 0.618034 % 1.0) * (len(SKIN_TONES) - 1.8)
    low = int(place)
    tone = SKIN_TONES[low] * (1 - place + low) + SKIN_TONES[low + 1] * (place - low)
    # The scale's swatches are flat beside skin on camera, which is redder, and seldom as pale as paper.
    pale = np.clip((tone.mean() - 130.0) / 90.0, 0.0, 1.0)
    tone = tone * np.array([0.98 - 0.08 * pale, 0.88 - 0.11 * pale, 0.86 - 0.13 * pale])
    return _colour(tone + np.array([8.0, 2.0, 1.0]) + rng.normal(0.0, 2.5, 3))


def _draw_hair_colour(rng: np.random.Generator, age: float, skin: Colour) -> Colour:
    # Dark skin seldom goes with fair hair.
    kinds = HAIR_COLOURS if sum(skin) > 420 or rng.random() < 0.1 else HAIR_COLOURS[:3]
    base = np.array(_choose(rng, kinds, 6.0))
    grey = max(0.0, age - 0.5) * 1.8 * float(rng.random() < 0.7)
    return _colour(base * (1 - grey) + np.array([188.0, 186.0, 182.0]) * grey)


def _choose(rng: np.random.Generator, colours: tuple[tuple[int, int, int], ...], spread: float) -> Colour:
    noise = rng.normal(0.0, spread) + rng.normal(0.0, 0.3 * spread, 3)
    return _colour(np.array(colours[int(rng.integers(len(colours)))]) + noise)


def _colour(rgb: np.ndarray) -> Colour:
    red, green, blue = np.clip(rgb, 4.0, 250.0).tolist()
    return (red, green, blue)
