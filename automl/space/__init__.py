"""Values and spaces, parsed out of the configuration; knows no search engine.

A leaf of the configuration is a value, or one of::

    {low: 1, high: 4}                      integers, since both ends are
    {low: 1e-4, high: 1e-2, log: true}     floats
    {low: 16, high: 64, step: 16}
    {choices: [adam, sgd, nadam]}

each with an optional ``when: {<path>: <value or list of values>}``: the parameter exists only where the condition
holds, and its key is absent from the configuration of a trial elsewhere.
"""

from automl.space.families import FAMILIES, FAMILY, FamilySpace
from automl.space.parameters import Choice, Float, Int, Parameter
from automl.space.parsing import SEARCHED, conditions, flat, is_space, parse
from automl.space.space import Space

__all__ = [
    "FAMILIES",
    "FAMILY",
    "SEARCHED",
    "Choice",
    "FamilySpace",
    "Float",
    "Int",
    "Parameter",
    "Space",
    "conditions",
    "flat",
    "is_space",
    "parse",
]
