"""A photo whose objects light up under the pointer: a fragment of HTML for any page, made without TensorFlow."""

from eyecandy.viewer.viewer import head, icon_svg, palette, script, style, viewer_html

__all__ = ["head", "icon_svg", "palette", "script", "style", "viewer_html"]
