"""Models of Keras 2 (tf_keras), translated to the Keras that eyecandy uses.

Keras 3 cannot open most files of Keras 2, and Keras 2's own readers run code that a file carries. So the file's
configuration is read as data: each layer becomes the Keras 3 layer that computes the same (`layers.py`), each
TensorFlow function between layers the same operation (`functions.py`), and the weights follow, found by name or by
place as each kind of file has them (`weights.py`). Keras 2 need not be installed.
"""
