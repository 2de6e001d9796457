from automl.testing import ModelConformance


class TestPerceptron(ModelConformance):
    model = "perceptron"
