"""The page's parts without a browser: the queue, the forms, and what they become."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from web_pages import settled

from eyecandy.arguments import described
from eyecandy.errors import EyecandyError

pytest.importorskip("starlette")

from eyecandy.web import forms
from eyecandy.web.jobs import CANCELLED, DONE, FAILED, Job, Queue


def done_by(queue: Queue, *jobs: Job) -> bool:
    return settled(lambda: all(job.state in (DONE, FAILED, CANCELLED) for job in jobs), 10)


def test_the_queue_says_places_and_goes_on_after_failures() -> None:
    queue, gate, order = Queue(), threading.Event(), []

    def job(work: Callable[[Job], Any]) -> Job:
        made = Job("see", work, lambda: None)
        queue.put(made)
        return made

    def refuse(job: Job) -> None:
        raise EyecandyError("that is no photo")

    def stumble(job: Job) -> None:
        raise ZeroDivisionError

    holding = job(lambda job: gate.wait(10))
    assert settled(lambda: holding.state == "working", 5)
    refused, stumbled, cancelled, last = (
        job(refuse),
        job(stumble),
        job(lambda job: order.append("no")),
        job(order.append),
    )
    assert [queue.place(each) for each in (holding, refused, stumbled, cancelled, last)] == [0, 1, 2, 3, 4]
    queue.cancel(cancelled)
    assert cancelled.state == CANCELLED and queue.place(last) == 3
    gate.set()
    assert done_by(queue, last)
    assert (refused.state, refused.error) == (FAILED, "that is no photo")
    assert stumbled.state == FAILED and "ZeroDivisionError" in str(stumbled.error)
    assert order == [last] and holding.state == DONE
    queue.close()


def test_a_job_at_work_ends_at_its_next_check() -> None:
    queue = Queue()

    def work(job: Job) -> None:
        while True:
            job.check()
            time.sleep(0.01)

    job = Job("paint", work, lambda: None)
    queue.put(job)
    assert settled(lambda: job.state == "working", 5)
    queue.cancel(job)
    assert done_by(queue, job) and job.state == CANCELLED
    queue.close()


@pytest.mark.parametrize("recipe", list(forms.painting()))
def test_forms_show_every_option_with_its_default(recipe: str) -> None:
    defaults = forms.painting()[recipe].options()
    fields = {field["name"]: field for field in forms.paint_form(recipe)}
    apart = {option.name for option in described(type(defaults)) if not option.hint.page}
    assert {*fields} == vars(defaults).keys() - apart
    for name, field in fields.items():
        assert field["default"] == getattr(defaults, name)
    untouched = {name: field["default"] for name, field in fields.items() if field["default"] is not None}
    assert forms.paint_knobs(recipe, untouched) == {}


def test_what_was_filled_in_becomes_what_the_command_line_would_make_of_it() -> None:
    given = {"strength": "1", "size": "96", "style_layers": "a:0.5, b", "keep_colour": "full", "region": "not cat"}
    knobs = forms.paint_knobs("style", given)
    assert knobs == {
        "size": 96,
        "region": "not cat",
        "strength": 1.0,
        "style_layers": ["a:0.5", "b"],
        "keep_colour": "full",
    }
    assert isinstance(knobs["strength"], float)
    for wrong, told in (
        ({"size": "1.5"}, "whole number"),
        ({"strength": "2"}, "strength"),
        ({"colours": 1}, "unknown"),
    ):
        with pytest.raises(EyecandyError, match=told):
            forms.paint_knobs("style", wrong)
