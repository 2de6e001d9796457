"""What a study does, one after the other: pre-flight, the trials, what is handed back, the final evaluation."""

from automl.study.loop.confirmation import Confirmation
from automl.study.loop.earlier import take_earlier
from automl.study.loop.evaluation import FinalEvaluation
from automl.study.loop.families import FamilyProposals
from automl.study.loop.handover import Handover
from automl.study.loop.offers import offers
from automl.study.loop.plan import Plan
from automl.study.loop.preflight import preflight
from automl.study.loop.proposals import Proposals
from automl.study.loop.restoring import restored
from automl.study.loop.trials import Trials

__all__ = [
    "Confirmation",
    "FamilyProposals",
    "FinalEvaluation",
    "Handover",
    "Plan",
    "Proposals",
    "Trials",
    "offers",
    "preflight",
    "restored",
    "take_earlier",
]
