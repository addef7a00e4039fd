"""From one painted frame to the next: what was painted moves as the film does, and is touched up.

Source: M. Ruder, A. Dosovitskiy, T. Brox, "Artistic Style Transfer for Videos" (GCPR 2016). Departures: what came into
sight begins as what was painted beside it, and steps are small, so that Adam does not shake what is right.
"""

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np

from eyecandy._tensorflow import tf
from eyecandy.art.core.borrow import borrowed
from eyecandy.art.core.canvas import resized
from eyecandy.art.core.detail import moved_with_detail
from eyecandy.art.core.moving import FREE, MovingSource, held_where_it_was
from eyecandy.art.core.objectives import Objective
from eyecandy.art.core.render import Renderer
from eyecandy.art.core.scales import Scale, Size
from eyecandy.clips import Flow, flow, is_cut, warp
from eyecandy.images import Photo

PACE = 0.7  # of the steps that touch up a frame, over those of a picture
SETTLED = 5  # frames after which what came into sight is held: until then it is still being painted
_MEAN_STEP = 0.55  # of steps that get smaller from the first on, over the first


class Motion:
    """What is carried from frame to frame.

    Args:
        source: the frame to be painted, in the place of the recipe's photo.
        steps: how many are taken a frame, after the first of a scene.
        hold: how strongly what is painted is held where it moved to.

    Attributes:
        picture: what was painted last, before it was finished, (H, W, 3) uint8; None before the first frame.
        number: of the frame, from 0.
        scene: the number of the first frame of this scene.
        rehearsing: whether a frame is only painted to have everything made that later ones need.
    """

    def __init__(self, source: MovingSource, *, steps: int, hold: float) -> None:
        self.source, self.steps, self.hold = source, steps, hold
        self.picture: np.ndarray | None = None
        self.number, self.scene, self.rehearsing = -1, 0, False
        self._moved: np.ndarray | None = None
        self._change: np.ndarray | None = None
        self._wanted: np.ndarray | None = None
        self._age: np.ndarray | None = None
        self._targets: dict[Size, tf.Variable] = {}
        self._renderer: Renderer | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the frame is one of the scene before."""
        return self._moved is not None

    @property
    def pace(self) -> float:
        """Of the steps, over those of a picture."""
        return PACE if self.goes_on else 1.0

    def show(self, photo: Photo) -> None:
        """Takes up the next frame."""
        self._moved = self._wanted = None
        self.number += 1
        if self.source.fixed:
            self._begin_anew()
        if self.picture is not None:
            size = self.picture.shape[1], self.picture.shape[0]
            before = self.source.pixels_at(size)
            self.source.show(photo, size)
            now = self.source.pixels_at(size)
            found = flow(before, now)
            if is_cut(before, now, found):
                self.scene = self.number
                self._begin_anew()
            else:
                self._carry(found, before, now)
        for size, variable in self._targets.items():
            variable.assign(self._held(size))

    def state(self) -> dict[str, np.ndarray]:
        """What the next frame depends on, but for the film."""
        assert self.picture is not None
        age = np.zeros((0, 0), np.uint8) if self._age is None else self._age
        return {"picture": self.picture, "age": age, "number": np.array(self.number), "scene": np.array(self.scene)}

    def restore(self, state: Mapping[str, np.ndarray], last: Photo) -> None:
        """Goes on after a frame, whose scene was rehearsed.

        Args:
            state: as it was then.
            last: the frame.
        """
        self.picture, self.rehearsing = state["picture"], False
        self._age = state["age"] if state["age"].size else None
        self.number, self.scene = int(state["number"]), int(state["scene"])
        self.source.show(last)

    def _begin_anew(self) -> None:
        """Lets go of the render loop, and all that it was made of: it was for another scene, or for one frame."""
        self._renderer = self._age = None
        self._targets.clear()
        self.source.forget()

    def _carry(self, found: Flow, before: np.ndarray, now: np.ndarray) -> None:
        """What was painted, to where it is now."""
        assert self.picture is not None
        moved = moved_with_detail(self.picture, found.back)
        filled = borrowed(moved, now, found.known)
        known = cv2.GaussianBlur(found.known.astype(np.float32), (0, 0), 1.0)[..., None]
        self._moved = known * moved + (1 - known) * filled
        self._change = self._moved - now
        age = np.full(found.known.shape, SETTLED, np.uint8) if self._age is None else self._age
        self._age = np.where(found.known, np.minimum(warp(age, found.back, nearest=True) + 1, SETTLED), 0).astype("u1")
        self._wanted = np.where((self._age >= SETTLED)[..., None], self._moved, np.float32(FREE))[None]

    def scales(self, scales: Sequence[Scale]) -> Sequence[Scale]:
        """What a frame goes through: the recipe's own at the beginning of a scene."""
        if self.rehearsing:
            return [Scale(scales[-1].size, 1)]
        return [Scale(scales[-1].size, self.steps)] if self.goes_on else scales

    def start(
        self, start: Callable[[Size], np.ndarray], *, deepens: bool, iterations: int
    ) -> Callable[[Size], np.ndarray]:
        """What a frame begins as.

        Args:
            start: the recipe's own, at the beginning of a scene.
            deepens: whether each step makes more of what is there, without end. Then what was done to the frame before
                fades as fast as more is done: each frame is as deep as the first.
            iterations: of the first.
        """
        moved, change = self._moved, self._change
        if moved is None or change is None:
            return start
        if not deepens:
            return lambda size: resized(moved, size)
        kept = max(0.0, 1 - self.steps * self.pace * _MEAN_STEP / iterations)
        return lambda size: np.clip(self.source.at(size) + kept * resized(change, size), 0, 255)

    def holding(self, objective: Callable[[Size], Objective]) -> Callable[[Size], Objective]:
        """The recipe's objective, and that things stay as they are where they moved to."""

        def whole(size: Size) -> Objective:
            with self.source.asked():
                own = objective(size)
            return own + self.hold * held_where_it_was(self._target(size))

        return whole

    def renderer(self, make: Callable[[], Renderer]) -> Renderer:
        """The render loop of the frame before, where its objective follows; else a new one."""
        if self._renderer is None:
            self._renderer = make()
        return self._renderer

    def painted(self, picture: np.ndarray) -> None:
        """Of this frame."""
        self.picture = picture

    def _target(self, size: Size) -> tf.Variable:
        if size not in self._targets:
            self._targets[size] = tf.Variable(self._held(size))
        return self._targets[size]

    def _held(self, size: Size) -> np.ndarray:
        """What a picture of a size is to stay as: anything, but at the size of the frame before."""
        shape = 1, size[1], size[0], 3
        return self._wanted if self._wanted is not None and self._wanted.shape == shape else np.full(shape, FREE, "f4")
