from automl.testing import LoaderConformance, ModelConformance, TaskConformance


class TestKMeans(ModelConformance):
    model = "kmeans"


class TestClustering(TaskConformance):
    task = "clustering"


class TestBlobs(LoaderConformance):
    loader = "blobs"
