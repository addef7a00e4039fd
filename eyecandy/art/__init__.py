"""Pictures made from what a network sees: a canvas, an objective, transforms, and one render loop.

The pieces compose: `canvas` is what is optimised, `objectives` turn features into one number to be made smaller,
`transforms` are drawn anew at every step, `render` is the only loop. A recipe (`dream`, `style`) is a page that
puts them together.
"""
