"""Several pictures made one after another, watched as one."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from eyecandy.art.core.render import Listener, Step
from eyecandy.art.large.plan import Plan
from eyecandy.art.output.painting import Viewing


class Series:
    """Hands each picture a `Viewing` whose steps are counted over all of them.

    Args:
        viewing: who watches the whole; it is told of no single plan (see `together`), and resumes nothing.
        iterations: of each picture.
    """

    def __init__(self, viewing: Viewing, iterations: Sequence[int]) -> None:
        self.watching = viewing
        self.iterations = iterations

    def viewing(self, number: int) -> Viewing:
        """For the picture of this number, from 0."""
        listeners = [partial(self._tell, listener, number) for listener in self.watching.listeners]
        return replace(self.watching, before=None, listeners=listeners, resume=None)

    def _tell(self, listener: Listener, number: int, step: Step) -> None:
        before, later = sum(self.iterations[:number]), sum(self.iterations[number + 1 :])
        listener(
            replace(
                step,
                iteration=before + step.iteration,
                iterations=sum(self.iterations),
                seconds_left=step.seconds_left + later * step.seconds_per_step,
            )
        )


def together(plans: Sequence[Plan]) -> Plan:
    """The plan of all: the largest memory, the sum of the times."""
    scales = tuple(scale for plan in plans for scale in plan.scales)
    memory, seconds = max(plan.memory for plan in plans), sum(plan.seconds for plan in plans)
    return replace(plans[0], scales=scales, memory=memory, seconds=seconds)
