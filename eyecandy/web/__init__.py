"""The local page: see and paint in the browser, on the same API as everything else.

Starlette and uvicorn, and scripts of our own. Gradio was tried first: its AnnotatedImage lights a mask from the legend
below the picture, not under the pointer, and says nothing near the pointer; importing it takes as long as TensorFlow.
"""
