"""Objects followed through a clip: from what each frame is seen as to things that keep their numbers.

`tracker.py` is the step from one frame to the next: masks carried along by the motion (`motion.py`), matched with what
the next look finds (`matching.py`), told apart or joined where a look sees two things as one or one as two
(`sharing.py`). `votes.py` says what a thing is called.
"""
