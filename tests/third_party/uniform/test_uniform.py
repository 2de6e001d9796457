from automl.testing import EngineConformance


class TestUniform(EngineConformance):
    engine = "uniform"
