from automl.testing import ModelConformance


class TestBoosting(ModelConformance):
    model = "gradient_trees"
