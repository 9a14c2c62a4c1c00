#!/usr/bin/env python3
"""What a user would otherwise reach for, timed for `deno task bench:micro`.

Reads a JSON object a line and answers each with one: `seconds` of the work alone, and what shows that it was the same work. Values come in
files of little-endian float32. One thread, unless the request says how many.

    python3 peers.py --versions      prints which packages there are, as JSON
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import importlib
import json
import math
import sys
import time

PACKAGES = ("numpy", "scipy", "sklearn", "kmeans1d", "ckwrap", "torch")


def versions():
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version({"sklearn": "scikit-learn"}.get(name, name))
        except importlib.metadata.PackageNotFoundError:
            try:
                # Debian's builds of some packages carry no metadata.
                found[name] = importlib.import_module(name).__version__
            except ImportError:
                pass
    return found


def values_of(request, cache={}):
    import numpy

    path = request["values"]
    if path not in cache:
        cache.clear()
        cache[path] = numpy.fromfile(path, "<f4")
    return cache[path]


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def kstest(request):
    from scipy import stats

    values = values_of(request)
    law = stats.norm(request["mean"], request["standardDeviation"])
    # As doubles, or SciPy would compute in float32 and D would be off by 1e-8.
    seconds, result = timed(lambda: stats.kstest(values.astype("f8"), law.cdf))
    return {"seconds": seconds, "statistic": float(result.statistic)}


def sklearn_k_means(request):
    import sklearn.cluster

    values = values_of(request).reshape(-1, 1)
    model = sklearn.cluster.KMeans(request["levels"], n_init=1, tol=1e-6, random_state=request["seed"])
    seconds, _ = timed(lambda: model.fit(values))
    return {"seconds": seconds, "levels": sorted(map(float, model.cluster_centers_[:, 0]))}


def kmeans1d(request):
    import kmeans1d as package

    values = values_of(request)
    seconds, (_, levels) = timed(lambda: package.cluster(values, request["levels"]))
    return {"seconds": seconds, "levels": sorted(levels)}


def ckwrap(request):
    import ckwrap as package

    values = values_of(request).astype("f8")
    seconds, result = timed(lambda: package.ckmeans(values, request["levels"]))
    return {"seconds": seconds, "levels": sorted(map(float, result.centers))}


def bucketize(request):
    import torch

    torch.set_num_threads(1)
    values = torch.from_numpy(values_of(request))
    boundaries = torch.tensor(request["thresholds"], dtype=torch.float32)
    seconds, codes = timed(lambda: torch.bucketize(values, boundaries, out_int32=True, right=True))
    codes.numpy().astype("u1").tofile(request["codes"])
    return {"seconds": seconds}


def lloyd(law, count, residual, limit):
    """Lloyd's iteration for a standard law, from its quantiles: levels, iterations, seconds, and the residual at the end."""
    import numpy

    levels = law.ppf((numpy.arange(count) + 0.5) / count)
    thresholds = numpy.empty(count + 1)
    thresholds[0], thresholds[-1] = -numpy.inf, numpy.inf
    # The first moment of a cell: a difference of these values at its ends.
    if law.dist.name == "norm":
        first = lambda x: -law.pdf(x)
    else:
        first = lambda x: numpy.where(numpy.isinf(x), 0, -(1 + numpy.abs(x)) * numpy.exp(-numpy.abs(x)) / 2)
    start = time.perf_counter()
    largest, iterations = math.inf, 0
    while largest > residual and time.perf_counter() - start < limit:
        thresholds[1:-1] = (levels[1:] + levels[:-1]) / 2
        with numpy.errstate(invalid="ignore"):
            centroids = numpy.diff(first(thresholds)) / numpy.diff(law.cdf(thresholds))
        largest = float(numpy.abs(centroids - levels).max())
        levels = centroids
        iterations += 1
    return levels, iterations, time.perf_counter() - start, largest


def lloyd_gaussian(request):
    from scipy import stats

    levels, iterations, seconds, residual = lloyd(stats.norm(), request["levels"], request["residual"], request["limit"])
    return {"seconds": seconds, "iterations": iterations, "residual": residual, "levels": list(map(float, levels))}


def pipeline(request):
    """Fit both laws, both KS statistics, choose, design, encode, decode, MSE; the design of a standard law is made once."""
    import numpy
    from scipy import stats

    values = values_of(request)
    books = {}

    def quantize(tensor):
        # The mean of float32 values, and the distribution function of them, would be float32 too.
        doubles = tensor.astype("f8")
        fits = [(law, *law.fit(doubles)) for law in (stats.norm, stats.laplace)]
        distances = [stats.kstest(doubles, law(*parameters).cdf).statistic for law, *parameters in fits]
        law, location, scale = fits[int(numpy.argmin(distances))]
        if law.name not in books:
            books[law.name] = lloyd(law(), request["levels"], 1e-10, 60)[0]
        levels = location + scale * books[law.name]
        codes = numpy.searchsorted((levels[1:] + levels[:-1]) / 2, doubles, side="right").astype("u1")
        decoded = levels.astype("f4")[codes]
        difference = doubles - decoded
        return float(numpy.dot(difference, difference)) / tensor.size

    def run():
        ends = numpy.cumsum(request["sizes"])
        return [quantize(tensor) for tensor in numpy.split(values, ends[:-1])]

    seconds, errors = timed(run)
    return {"seconds": seconds, "errors": errors}


def resnet(request):
    """The logits of a textbook CIFAR ResNet in batches of one size, the norms as they are or folded into the convolutions beforehand."""
    import numpy
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(request["threads"])
    layout = torch.channels_last if request["channelsLast"] else torch.contiguous_format
    weights, values, end = {}, numpy.fromfile(request["weights"], "<f4"), 0
    for name, shape in request["parameters"]:
        size = math.prod(shape)
        weights[name] = torch.from_numpy(values[end : end + size].reshape(shape))
        end += size

    def layer_of(convolution, norm):
        weight = weights[convolution + ".weight"]
        scale, offset, mean, variance = (weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var"))
        if not request["folded"]:
            filters = weight.contiguous(memory_format=layout)
            return lambda x, stride=1: F.batch_norm(F.conv2d(x, filters, stride=stride, padding=1), mean, variance, scale, offset)
        factor = scale / torch.sqrt(variance + 1e-5)
        folded, bias = (weight * factor.view(-1, 1, 1, 1)).contiguous(memory_format=layout), offset - mean * factor
        return lambda x, stride=1: F.conv2d(x, folded, bias, stride=stride, padding=1)

    stem = layer_of("conv1", "bn1")
    names = sorted({name.rsplit(".", 2)[0] for name in weights if name.startswith("layer")})
    blocks = [(name, *(layer_of(f"{name}.conv{i}", f"{name}.bn{i}") for i in (1, 2))) for name in names]

    def network(x):
        x = F.relu_(stem(x))
        for name, first, second in blocks:
            stride = 2 if name in ("layer2.0", "layer3.0") else 1
            y = second(F.relu_(first(x, stride)))
            if stride == 2:
                side = (y.shape[1] - x.shape[1]) // 2
                x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, side, side))
            x = F.relu_(y.add_(x))
        return F.linear(x.mean((2, 3)), weights["linear.weight"], weights["linear.bias"])

    batch = request["batch"]
    images = torch.from_numpy(numpy.fromfile(request["images"], "<f4").reshape(-1, 3, 32, 32)[:batch]).contiguous(memory_format=layout)
    with torch.inference_mode():
        logits = network(images)
        seconds, _ = timed(lambda: [network(images) for _ in range(request["batches"])])
    return {"seconds": seconds, "logits": logits[:4].flatten().tolist()}


WORKS = {
    "kstest": kstest,
    "sklearn": sklearn_k_means,
    "kmeans1d": kmeans1d,
    "ckwrap": ckwrap,
    "bucketize": bucketize,
    "lloyd": lloyd_gaussian,
    "pipeline": pipeline,
    "resnet": resnet,
}

if __name__ == "__main__":
    import importlib.metadata

    if sys.argv[1:] == ["--versions"]:
        print(json.dumps(versions()))
        sys.exit()
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(WORKS[request["work"]](request)), flush=True)
