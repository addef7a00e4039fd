"""Films in and out, and what moves in them.

`Clip` reads any film, or animated GIF, as upright sRGB frames at a constant rate; `film` writes one, with the sound of
another; `flow` tells where in the frame before each pixel was. They know nothing of networks.
"""

from eyecandy.clips.flow import Flow, flow, is_cut, warp
from eyecandy.clips.reader import Clip, is_clip
from eyecandy.clips.writer import Writer, film

__all__ = ["Clip", "Flow", "Writer", "film", "flow", "is_clip", "is_cut", "warp"]
