from automl.testing import ModelConformance


class TestBoosting(ModelConformance):
    model = "boosting"
