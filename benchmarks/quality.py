"""What each model family reaches on real data, beside what it must reach: ``python benchmarks/quality.py [case ...]``.

Every case is a study from the command line, with its budget; scores are those of its final evaluation on the test part.
The data lie in a folder beside the project, ``../shared/data``, or in the one that ``--data`` names.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Line:
    """One measured figure.

    Attributes:
        what: What was measured.
        value: The figure.
        must: What it must reach, if anything.
        aim: What it should reach, where that is something else.
        more: Whether more is better.
    """

    what: str
    value: float
    must: float | None
    aim: float | None = None
    more: bool = False

    def __str__(self) -> str:
        goals = {"must": self.must, "aim": self.aim}
        told = ", ".join(f"{word} {self._beside(goal)}" for word, goal in goals.items() if goal is not None)
        return f"{self.what:<46} {self.value:>12,.4f}   {told}"

    def _beside(self, goal: float) -> str:
        reached = self.value >= goal if self.more else self.value <= goal
        return f"{'>=' if self.more else '<='} {goal:g} {'met' if reached else 'MISSED'}"


def study(words: list[str], folder: Path, *, cores: int | None = None) -> tuple[dict[str, Any], float]:
    """Run a study; its summary and the seconds that the whole command took."""
    command = [sys.executable, "-m", "automl", *words, f"experiments={folder}", "name=study", "tracking=none"]
    shutil.rmtree(folder / "study", ignore_errors=True)
    print("+ python -m automl", *words, flush=True)

    def confine() -> None:
        if cores is not None:
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])

    began = time.perf_counter()
    with (folder / "study.log").open("w") as log:
        done = subprocess.run(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT, preexec_fn=confine, check=False)
    if done.returncode:
        sys.exit((folder / "study.log").read_text())
    return json.loads((folder / "study" / "study.json").read_text()), time.perf_counter() - began


def mlp(data: Path, folder: Path) -> list[Line]:
    """Housing, a random fifth for test."""
    words = ["+model=mlp", "data=csv", f"data.path={data / 'housing.csv'}", "data.target=median_house_value"]
    words += ["data.validation=0.1", "search.trials=40", "search.timeout=600", "training.epochs=60"]
    words += ["training.batch_size=128", "training.optimizer=adamw", "training.weight_decay=1e-4"]
    found, _ = study(words, folder)
    return [Line("mlp, housing, test RMSE", found["test"]["rmse"], 52_000, 47_000)]


def sst(data: Path) -> list[str]:
    """SST-2 as the command line names it, its parts as given."""
    parts = {"path": "train", "validation_path": "dev", "test_path": "test"}
    return ["data=text_csv", *(f"data.{key}={data / f'sst2-{part}.tsv'}" for key, part in parts.items())]


def lstm_text(data: Path, folder: Path) -> list[Line]:
    """SST-2, its parts as given."""
    words = ["+model=lstm", *sst(data), "search.timeout=900", "search.trials=12", "training.epochs=10"]
    words += ["training.batch_size=64", "training.learning_rate={low: 5e-4, high: 2e-3, log: true}"]
    found, _ = study(words, folder)
    return [Line("lstm, SST-2, test accuracy", found["test"]["accuracy"], 0.80, 0.82, more=True)]


def transformer_text(data: Path, folder: Path) -> list[Line]:
    """SST-2, its parts as given."""
    words = ["+model=transformer", *sst(data), "search.timeout=900", "search.trials=12", "training.epochs=12"]
    words += ["training.batch_size=64", "training.learning_rate={low: 4e-4, high: 1.5e-3, log: true}"]
    words += ["training.warmup=0.1", "model.width={choices: [64, 128]}", "model.layers={low: 1, high: 2}"]
    found, _ = study(words, folder)
    return [Line("transformer, SST-2, test accuracy", found["test"]["accuracy"], 0.785, 0.82, more=True)]


def ett(data: Path) -> list[str]:
    """ETTh1 as the command line names it, the standard split."""
    path = f"data.path={data / 'ETTh1.csv'}"
    return ["data=time_series", path, "data.lookback=336", "data.horizon=96", "data.lengths=[8640,2880,2880]"]


def dlinear(data: Path, folder: Path) -> list[Line]:
    """ETTh1, the standard split, all channels."""
    words = ["+model=dlinear", *ett(data), "search.timeout=300", "search.trials=24", "training.epochs=10"]
    found, _ = study(words, folder)
    return [Line("dlinear, ETTh1 horizon 96, test MSE", found["test"]["mse"], 0.380, 0.373)]


def transformer_series(data: Path, folder: Path) -> list[Line]:
    """ETTh1, the standard split, all channels."""
    words = ["+model=transformer", *ett(data), "search.timeout=1200", "search.trials=10", "training.epochs=10"]
    words += ["training.batch_size=128", "training.learning_rate={low: 2e-4, high: 2e-3, log: true}"]
    found, _ = study([*words, "model.width={choices: [16, 32]}", "training.patience=4"], folder)
    return [Line("transformer, ETTh1 horizon 96, test MSE", found["test"]["mse"], 0.385, 0.370)]


def lstm_series(data: Path, folder: Path) -> list[Line]:
    """ETTh1, the standard split, all channels."""
    words = ["+model=lstm", *ett(data), "search.timeout=1200", "search.trials=12", "training.epochs=5"]
    found, _ = study([*words, "training.batch_size=64"], folder)
    return [Line("lstm, ETTh1 horizon 96, test MSE", found["test"]["mse"], 0.60, 0.45)]


def dqn(data: Path, folder: Path) -> list[Line]:
    """CartPole-v1: one trial with the tuned defaults on one core, for each of three seeds."""
    del data
    lines = []
    switches = [f"model.{key}=false" for key in ("double", "dueling", "prioritised")]
    words = ["+model=dqn", "data=cartpole", *switches, "model.steps=1", "model.width=256"]
    words += ["training.learning_rate=2.3e-3", "runner.slots=1", "runner.cpus_per_trial=1"]
    for seed in range(3):
        found, _ = study([*words, f"seed={seed}"], folder, cores=1)
        (trial,) = found["trials"]
        lines.append(Line(f"dqn, CartPole-v1, seed {seed}, mean of 100", found["test"]["return"], 475, 500, more=True))
        lines.append(Line(f"dqn, seed {seed}, seconds of the trial, one core", trial["seconds"], 60, 25))
    return lines


def _ppo(env: str, folder: Path, returns: tuple[float, float | None], seconds: float) -> list[Line]:
    """One trial at the middle of the defaults on one core, for each of three seeds."""
    lines = []
    pins = ["model.width=64", "model.rollout=1024", "model.gamma=0.98", "model.gae_lambda=0.95", "model.entropy=0.0"]
    words = ["+model=ppo", "data=gymnasium", f"data.env={env}", *pins, "training.learning_rate=5e-4"]
    for seed in range(3):
        found, _ = study([*words, "runner.slots=1", "runner.cpus_per_trial=1", f"seed={seed}"], folder, cores=1)
        (trial,) = found["trials"]
        lines.append(Line(f"ppo, {env}, seed {seed}, mean of 100", found["test"]["return"], *returns, more=True))
        lines.append(Line(f"ppo, seed {seed}, seconds of the trial, one core", trial["seconds"], seconds))
    return lines


def ppo_cartpole(data: Path, folder: Path) -> list[Line]:
    """CartPole-v1: a choice among two actions."""
    del data
    return _ppo("CartPole-v1", folder, (500, None), 60)


def ppo_pendulum(data: Path, folder: Path) -> list[Line]:
    """Pendulum-v1: an action in a box."""
    del data
    return _ppo("Pendulum-v1", folder, (-200, -165), 300)


def vae(data: Path, folder: Path) -> list[Line]:
    """Digits with 2 and 8 latent dimensions, beside probabilistic PCA of as many components."""
    del data
    lines = []
    for latent in (2, 8):
        words = ["+model=vae", "data=digits", f"model.latent={latent}", "search.timeout=300", "search.trials=12"]
        words += ["training.epochs=400", "training.patience=60", "training.batch_size=64"]
        found, _ = study([*words, "model.architecture=dense", "model.width=256"], folder)
        lines += _beside_pca(latent, found, folder)
    return lines


def _beside_pca(latent: int, found: dict[str, Any], folder: Path) -> list[Line]:
    """Bound, reconstructions and samples of the best model, beside PCA on the same parts."""
    import numpy as np
    from sklearn.decomposition import PCA

    from automl.data.arrays.digits import Digits
    from automl.plugin import Trial
    from automl.tasks import load_task
    from automl_generative.vae import VAE
    from automl_vision.cnn import CNN

    labelled = Digits("digits", "image_classification").open(folder / "cache", found["seed"])
    parts = Digits("digits", "generation").open(folder / "cache", found["seed"])
    train, test = (part.arrays()[0].reshape(len(part), -1) / 16.0 for part in (parts.train, parts.test))
    pca = PCA(latent).fit(train)
    error = float(np.mean(np.square(pca.inverse_transform(pca.transform(test)) - test)))
    judge = CNN(2, 32)
    judge.fit(labelled, Trial({"training": {"epochs": 20}}, folder, objective="val_accuracy", direction="maximize"))
    plugin = VAE.load(folder / "study" / "evaluation" / "plugin")
    drawn = np.clip(plugin.sample(1000), 0.0, 16.0).round()
    confidence = float(judge.predict(drawn).max(axis=1).mean())
    real = float(judge.predict(labelled.test.arrays()[0]).max(axis=1).mean())
    accuracy = load_task("image_classification").score(judge, labelled, labelled.test)["accuracy"]
    print(f"the classifier: accuracy {accuracy:.4f}, mean confidence in test images {real:.4f}")
    likelihood = float(pca.score(test))
    print(f"PCA of {latent}: log-likelihood {likelihood:.2f} nats, reconstruction error {error:.4f}")
    name = f"vae, digits, {latent} dimensions"
    return [
        Line(f"{name}, test ELBO, nats", -found["test"]["nll"], likelihood + 10, likelihood + 17, more=True),
        Line(f"{name}, reconstruction MSE", found["test"]["mse"], error),
        Line(f"{name}, confidence in samples", confidence, None, 0.9, more=True),
    ]


def dcgan(data: Path, folder: Path) -> list[Line]:
    """Digits: one trial of the defaults, beside the repository's own VAE and beside real images of the train part."""
    del data
    pins = ["model.width=32", "model.loss=non_saturating", "model.spectral=false"]
    rates = ["training.learning_rate=4e-4", "training.discriminator_rate=1.0"]
    began = time.perf_counter()
    found, _ = study(["+model=dcgan", *pins, *rates], folder)
    seconds = time.perf_counter() - began
    scores = found["test"]
    real = _real_images(folder / "study" / "evaluation" / "sampling.csv")
    words = ["+model=vae", "data.task=sampling", "model.architecture=dense", "model.width=256", "training.epochs=200"]
    words += ["training.batch_size=64", "training.patience=40", "search.trials=6", "search.timeout=900"]
    beside, _ = study(words, folder)
    print("real images of the train part: " + ", ".join(f"{name} {value:.4f}" for name, value in real.items()))
    return [
        Line("dcgan, digits, Fréchet distance", scores["frechet_distance"], beside["test"]["frechet_distance"]),
        Line("dcgan, digits, precision", scores["precision"], None, real["precision"], more=True),
        Line("dcgan, digits, recall", scores["recall"], None, real["recall"], more=True),
        Line("dcgan, digits, confidence in samples", scores["confidence"], 0.9, more=True),
        Line("dcgan, digits, smallest share of a class", scores["coverage"], 0.05, real["coverage"], more=True),
        Line("dcgan, digits, seconds", seconds, None),
    ]


def _real_images(table: Path) -> dict[str, float]:
    """What the final evaluation tells of images of the train part, beside the same test part."""
    with table.open(encoding="utf-8") as file:
        rows = {row.pop(""): row for row in csv.DictReader(file)}
    return {name: float(value) for name, value in rows["images of the train part"].items()}


def transfer(data: Path, folder: Path) -> list[Line]:
    """Five classes of CIFAR-10 searched with resnet; its weights are the start for 50 images a class of the others."""
    source, target = _halves(data / "cifar10-24k-jpg.zip", folder / "images", count=50)
    make = ["model.depth=14", "model.width=16", "model.preactivation=false"]
    shared = ["data=image_folder", "training.augmentation=flip_crop"]
    began = time.perf_counter()
    words = ["+model=resnet", *make, *shared, f"data.path={source}", "search.timeout=400", "search.trials=2"]
    rates = "training.learning_rate={low: 1e-3, high: 1e-2, log: true}"
    words += ["training.epochs=30", "training.batch_size=64", rates]
    searched, _ = study(words, folder)
    weights = f"model.weights={folder / 'weights'}"
    shutil.rmtree(folder / "weights", ignore_errors=True)
    shutil.copytree(folder / "study" / "evaluation" / "plugin", folder / "weights")
    few = [*shared, f"data.path={target}", "search.trials=4", "training.epochs=40", "search.timeout=90", rates]
    scratch, _ = study(["+model=resnet", *make, *few], folder)
    tuned, _ = study(["+model=resnet", *make, weights, *few], folder)
    seconds = time.perf_counter() - began
    phased, _ = study(["+model=transfer", "model.backbone=saved", weights, *few], folder)
    scores = [100 * found["test"]["accuracy"] for found in (searched, scratch, tuned, phased)]
    print(
        "source {:.1f} %; the others: from scratch {:.1f} %, resnet with weights {:.1f} %, transfer {:.1f} %".format(
            *scores
        )
    )
    return [
        Line("resnet with weights, points above from scratch", scores[2] - scores[1], 5, 10, more=True),
        Line("transfer in two phases, points above it", scores[3] - scores[1], 5, 10, more=True),
        Line("transfer, seconds", seconds, 600),
    ]


def _halves(archive: Path, folder: Path, count: int) -> tuple[Path, Path]:
    """The first five classes whole, and the others with so many train images each and their whole test folders."""
    shutil.rmtree(folder, ignore_errors=True)
    with zipfile.ZipFile(archive) as packed:
        names = [name for name in packed.namelist() if name.endswith(".jpg")]
        classes = sorted({name.split("/")[-2] for name in names})
        taken: dict[str, int] = {}
        for name in sorted(names):
            part, label, file = name.split("/")[-3:]
            half = "source" if label in classes[:5] else "target"
            if half == "target" and part == "train":
                taken[label] = taken.get(label, 0) + 1
                if taken[label] > count:
                    continue
            path = folder / half / part / label / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed.read(name))
    return folder / "source", folder / "target"


def unet_membranes(data: Path, folder: Path) -> list[Line]:
    """Images 0 to 24 of the membranes to learn from, two of them for validation, and 25 to 29 for test."""
    source = folder / "membranes"
    with zipfile.ZipFile(data / "membrane-30-png.zip") as packed:
        for name in (name for name in packed.namelist() if name.endswith(".png")):
            kind, file = name.split("/")[-2:]
            path = source / ("test" if int(file.removesuffix(".png")) >= 25 else "train") / kind / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(packed.read(name))
    words = ["+model=unet", "data=image_masks", f"data.path={source}", "data.classes=[membrane,cell]"]
    words += ["data.positive=membrane", "data.validation=0.08", "data.crop=192", "model.depth=4", "model.width=16"]
    words += ["model.residual=true", "model.context=plain", "model.dropout=0.2", "training.batch_size=4"]
    words += ["training.optimizer=adamw", "training.weight_decay=1e-4", "training.learning_rate=2e-3"]
    words += ["training.augmentation=elastic_photometric", "training.epochs=14", "training.patience=null"]
    words += ["runner.slots=1", "search.trials=1", "search.timeout=900"]
    found, seconds = study(words, folder)
    test, threshold = found["test"], _threshold(source)
    return [
        Line("unet, membranes, test pixel accuracy", test["pixel_accuracy"], 0.95, more=True),
        Line("unet, membranes, Dice above the best threshold", test["dice"] - threshold, 0.2, more=True),
        Line("unet, membranes, test mIoU", test["miou"], None, more=True),
        Line("unet, membranes, seconds", seconds, 900),
    ]


def _threshold(source: Path) -> float:
    """The test Dice coefficient of what is darker than a threshold: the best one on the images to learn from."""
    import numpy as np
    from PIL import Image

    def read(part: str, kind: str) -> Any:
        return np.stack([np.asarray(Image.open(path)) for path in sorted((source / part / kind).iterdir())])

    def dice(part: str, level: int) -> float:
        dark, membrane = read(part, "images") < level, read(part, "masks") == 0
        return float(2 * (dark & membrane).sum() / (dark.sum() + membrane.sum()))

    best = max(range(8, 256, 8), key=lambda level: dice("train", level))
    found = dice("test", best)
    print(f"the best threshold, {best}: test Dice {found:.4f}")
    return found


def unet_scenes(data: Path, folder: Path) -> list[Line]:
    """4,000 scenes of 96x96, beside a plain Keras U-Net in a bare loop that has the same time."""
    del data
    import numpy as np

    from automl.data.images.digit_scenes import DigitScenes

    words = ["+model=unet", "data=digit_scenes", "data.scenes=4000", "data.side=96", "data.digits=6"]
    words += ["model.depth=3", "model.width=12", "model.residual=true", "model.context=plain", "model.dropout=0.1"]
    words += ["training.batch_size=8", "training.learning_rate=4e-3", "training.epochs=3", "training.patience=null"]
    found, seconds = study([*words, "runner.slots=1", "search.trials=1", "search.timeout=600"], folder)
    loader = DigitScenes("digit_scenes", "segmentation", scenes=4000, side=96, digits=6)
    scenes = loader.open(folder / "cache", found["seed"])
    arrays = {}
    for name, part in (("train", scenes.train), ("val", scenes.validation), ("test", scenes.test)):
        arrays[f"x_{name}"], arrays[f"y_{name}"] = part.arrays()
    np.savez(folder / "scenes.npz", **arrays)
    command = [sys.executable, str(Path(__file__).with_name("peer_unet.py")), str(folder / "scenes.npz"), str(seconds)]
    epochs, peer = subprocess.check_output(command, text=True).split()
    print(f"the plain U-Net: {epochs} epochs, test mIoU {float(peer):.4f}")
    return [
        Line("unet, scenes, test mIoU", found["test"]["miou"], float(peer), more=True),
        Line("unet, scenes, seconds", seconds, 600),
    ]


CASES: dict[str, Callable[[Path, Path], list[Line]]] = {
    "mlp": mlp,
    "lstm-text": lstm_text,
    "transformer-text": transformer_text,
    "dlinear": dlinear,
    "transformer-series": transformer_series,
    "lstm-series": lstm_series,
    "dqn": dqn,
    "ppo-cartpole": ppo_cartpole,
    "ppo-pendulum": ppo_pendulum,
    "vae": vae,
    "dcgan": dcgan,
    "transfer": transfer,
    "unet-membranes": unet_membranes,
    "unet-scenes": unet_scenes,
}


def main() -> None:
    """Run the cases one after the other, and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], default=list(CASES))
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.cases or CASES:
            began = time.perf_counter()
            for line in CASES[name](options.data, Path(folder)):
                print(line, flush=True)
            print(f"{name}: {time.perf_counter() - began:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
