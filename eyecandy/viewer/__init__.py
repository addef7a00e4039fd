"""A photo whose objects light up under the pointer: a fragment of HTML for any page, made without TensorFlow."""

from eyecandy.viewer.viewer import head, script, style, viewer_html

__all__ = ["head", "script", "style", "viewer_html"]
