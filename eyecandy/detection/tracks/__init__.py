"""Objects followed through a clip: from what each frame is seen as to things that keep their numbers.

`tracker.py` is the whole step from one frame to the next: masks carried along by the motion, matched with what the next
look finds (`matching.py`), divided where one look sees two things as one (`sharing.py`). `votes.py` says what a thing is
called, `follow.py` goes through a clip, `journal.py` keeps what is known of each frame.
"""
