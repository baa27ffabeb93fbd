# /// script
# requires-python = ">=3.11"
# dependencies = ["genloop[review]", "numpy", "scikit-learn", "safetensors"]
#
# [tool.uv.sources]
# genloop = { path = "genloop-0.1.0-py3-none-any.whl" }
#
# [tool.genloop]
# timeout = 300
# needs = ["vae/digits", "vae/digits@seed1", "vae/digits@beta64", "vae/digits@beta0.1_0", "vae/digits@beta1_0", "vae/digits@beta3_0", "vae/digits@beta10_0", "vae/digits@plain0", "gan/digits", "review/classifier"]
# files = ["shared.json", "vae.json", "vae_encoder.json", "seed1.json", "seed1_encoder.json", "beta64.json", "beta64_encoder.json", "beta0.1.json", "beta0.1_encoder.json", "beta1.json", "beta1_encoder.json", "beta3.json", "beta3_encoder.json", "beta10.json", "beta10_encoder.json", "plain.json", "plain_encoder.json", "gan.json"]
# ///
"""Trained decoders and encoders, small enough for a page: weights of a few bits, and what that changes."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from genloop.shrink import Layer, pack, shrink, vector

# %% constants
SEED = 0  # of the latents and digits that calibrate, and of those that measure
MAX_COUNT, HELD_OUT = 16, 600  # as in the trainings
SHOWN = 300  # held-out digits that the page can show
MEASURED = 1000  # latents from the prior, and as many from the plane
Array = np.ndarray

digits, labels = load_digits(return_X_y=True)
train_x, held_out_x, _, held_out_labels = train_test_split(
    digits, labels, test_size=HELD_OUT, stratify=labels, random_state=0
)
LOG_WAYS = np.array([math.log(math.comb(MAX_COUNT, k)) for k in range(MAX_COUNT + 1)])


# %% nets
def silu(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def leaky(x: Array) -> Array:
    return np.where(x > 0, x, 0.2 * x)


def forward(layers: list[Layer], x: Array, between=silu) -> Array:
    """Linear layers with a function between them: x (N, in) -> (N, out)."""
    for number, (weight, bias) in enumerate(layers):
        x = (between(x) if number else x) @ weight.T + bias
    return x


def means(layers: list[Layer], z: Array, between=silu) -> Array:
    """The chances p of the pixels that a decoder draws for latents z (N, Z): (N, 64)."""
    return 1 / (1 + np.exp(-forward(layers, z, between)))


def load(file: str) -> list[Layer]:
    """The three linear layers of an encoder or a decoder of vae/digits."""
    saved = load_file(file)
    return [(saved[f"{i}.weight"], saved[f"{i}.bias"]) for i in (0, 2, 4)]


def load_generator(file: str) -> list[Layer]:
    """The generator of gan/digits, each BatchNorm folded into the layer before it."""
    saved = {name: tensor.astype(float) for name, tensor in load_file(file).items()}

    def folded(linear: int, norm: int) -> Layer:
        scale = saved[f"{norm}.weight"] / np.sqrt(saved[f"{norm}.running_var"] + 1e-5)
        shift = saved[f"{norm}.bias"] - saved[f"{norm}.running_mean"] * scale
        return saved[f"{linear}.weight"] * scale[:, None], shift

    return [folded(0, 1), folded(3, 4), (saved["6.weight"], saved["6.bias"])]


# %% models
@dataclass
class Model:
    name: str
    title: str
    run: str
    folder: str = "."
    kind: str = "vae"


MODELS = [
    Model("vae", "VAE, two latents, beta 1", "vae/digits"),
    Model("seed1", "VAE, two latents, another seed", "vae/digits@seed1", "seed1"),
    Model("beta64", "VAE, two latents, beta 64", "vae/digits@beta64", "beta64"),
    Model("beta0.1", "VAE, sixteen latents, beta 0.1", "vae/digits@beta0.1_0", "beta0.1_0"),
    Model("beta1", "VAE, sixteen latents, beta 1", "vae/digits@beta1_0", "beta1_0"),
    Model("beta3", "VAE, sixteen latents, beta 3", "vae/digits@beta3_0", "beta3_0"),
    Model("beta10", "VAE, sixteen latents, beta 10", "vae/digits@beta10_0", "beta10_0"),
    Model("plain", "Plain autoencoder, sixteen latents", "vae/digits@plain0", "plain0", "autoencoder"),
    Model("gan", "GAN, thirty-two latents", "gan/digits", kind="gan"),
]
# Bits of the weights, layer by layer: as many as 60 KB of text have room for, where they help most.
DECODER_BITS = {2: [14, 5, 9], 16: [10, 6, 8], 32: [8, 6, 8]}
ENCODER_BITS = {2: [8, 7, 14], 16: [7, 6, 10]}


def main_directions(decoder: list[Layer], between, z: Array) -> Array:
    """Two orthonormal directions along which pictures change most, on average over z (N, Z): (2, Z)."""
    count, width = z.shape
    step = 1e-3
    ahead, back = (np.stack([means(decoder, z + way * row, between) for row in np.eye(width)]) for way in (step, -step))
    slopes = (ahead - back) / (2 * step)
    _, vectors = np.linalg.eigh(np.einsum("inp,jnp->ij", slopes, slopes) / count)
    found = vectors[:, :-3:-1].T
    return found * np.sign(found[np.arange(2), np.abs(found).argmax(axis=1)])[:, None]


# %% classifier
judge = load_file("classifier.safetensors")
packed_judge, small_judge = [], []
for weight, bias in ((judge["hidden_weight"].T, judge["hidden_bias"]), (judge["weight"].T, judge["bias"])):
    # Small enough for sixteen bits and no mending.
    steps, exact_steps = vector(np.abs(weight).max(axis=1) / 32767)
    whole = np.round(weight / exact_steps[:, None]).clip(-32767, 32767)
    biases, exact_bias = vector(bias)
    packed_judge.append(
        {"bits": 16, "inputs": weight.shape[1], "weights": pack(whole, 16), "steps": steps, "bias": biases}
    )
    small_judge.append((whole * exact_steps[:, None], exact_bias))
exact_judge = [(judge["hidden_weight"].T, judge["hidden_bias"]), (judge["weight"].T, judge["bias"])]


def probabilities(layers: list[Layer], p: Array) -> Array:
    """Of the ten classes, for pictures p (N, 64) in [0, 1]: (N, 10)."""
    logits = forward(layers, p, lambda x: np.maximum(x, 0))
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


# %% measure
def nll(layers: list[Layer], z: Array, x: Array) -> Array:
    """-log p(x|z) in nats for counts x (N, 64)."""
    logits = forward(layers, z)
    return (MAX_COUNT * np.logaddexp(0, logits) - x * logits - LOG_WAYS[x.astype(int)]).sum(axis=1)


def write(file: str, value: object) -> float:
    """Writes a JSON file; its size in KB of 1,000 bytes."""
    text = json.dumps(value, separators=(",", ":"))
    Path(file).write_text(text, encoding="utf-8")
    return len(text.encode()) / 1000


rng = np.random.default_rng(SEED)
listed = []
for model in MODELS:
    is_gan = model.kind == "gan"
    between = leaky if is_gan else silu
    decoder = load_generator("generator.safetensors") if is_gan else load(f"{model.folder}/decoder.safetensors")
    latents = decoder[0][0].shape[1]
    has_prior = model.kind != "autoencoder"

    # Where latents lie: the prior, and what an encoder says of digits.
    draws = rng.standard_normal((3000, latents))
    base = np.zeros(latents)
    if not is_gan:
        encoder = load(f"{model.folder}/encoder.safetensors")
        mu, logvar = np.split(forward(encoder, train_x / MAX_COUNT), 2, axis=1)
        std = np.exp(0.5 * logvar) if has_prior else np.full_like(mu, mu.std() / 10)
        encoded = np.concatenate([mu + std * rng.standard_normal(mu.shape) for _ in range(2)])
        if not has_prior:
            base = mu.mean(axis=0)
            draws = encoded[:2000] + mu.std(axis=0) * rng.standard_normal((2000, latents)) / 2
    axes = np.eye(2) if latents == 2 else np.round(main_directions(decoder, between, draws[:500]), 6)
    page: dict[str, object] = {"base": base.round(6).tolist(), "axes": axes.tolist(), "reach": 3.5}
    if not is_gan:
        codes = forward(encoder, held_out_x[:SHOWN] / MAX_COUNT)
        points = (codes[:, :latents] - base) @ axes.T
        page["reach"] = float(max(3.5, np.ceil(2 * np.abs(points).max()) / 2))
        page["codes" if latents == 2 else "points"], _ = vector(codes if latents == 2 else points)
    reach = page["reach"]
    on_plane = base + rng.uniform(-reach, reach, (2000, 2)) @ axes
    calibrating = np.concatenate([draws, on_plane] if is_gan else [encoded, draws, on_plane])
    page["layers"], small = shrink(decoder, calibrating, DECODER_BITS[latents], between)
    page |= {"between": "leaky" if is_gan else "silu", "latents": latents}
    decoder_kb = write(f"{model.name}.json", page)

    if not is_gan:
        # Training digits, digits that the decoder drew, and training digits with other counts here and there.
        drawn = rng.binomial(MAX_COUNT, means(decoder, np.concatenate([draws[:2000], encoded[:1500]])))
        shaken = np.clip(np.round(train_x + rng.normal(0, 1.5, train_x.shape)), 0, MAX_COUNT)
        pictures = np.concatenate([train_x, drawn, shaken]) / MAX_COUNT
        packed, small_encoder = shrink(encoder, pictures, ENCODER_BITS[latents], silu)
        encoder_kb = write(f"{model.name}_encoder.json", {"layers": packed})

    # On latents that did not calibrate: the prior's, or those of other digits, and the plane's.
    z = rng.standard_normal((MEASURED, latents)) if has_prior else forward(encoder, held_out_x / MAX_COUNT)[:, :latents]
    z = np.concatenate([z, base + rng.uniform(-reach, reach, (MEASURED, 2)) @ axes])
    p, small_p = (means(layers, z, between) for layers in (decoder, small))
    off = np.abs(np.round(MAX_COUNT * p) - np.round(MAX_COUNT * small_p))
    exact = probabilities(exact_judge, p)
    other = exact.argmax(axis=1) != probabilities(small_judge, small_p).argmax(axis=1)
    lead = np.ptp(np.sort(exact[other], axis=1)[:, -2:], axis=1).max(initial=0)
    print(f"model={model.name} decoder_kb={decoder_kb:.1f} one_off={(off == 1).mean():.4f}", end="")
    print(f" more_off={(off > 1).sum()} other_class={other.sum()} of={len(z)} lead_of_these={lead:.3f}")
    if not is_gan:
        x = held_out_x[:SHOWN]
        own = codes[:, :latents] if latents == 2 else forward(small_encoder, x / MAX_COUNT)[:, :latents]
        nats = np.abs(nll(small, own, x) - nll(decoder, codes[:, :latents], x))
        moved = forward(small_encoder, x / MAX_COUNT)[:, :latents] - codes[:, :latents]
        print(f"model={model.name} encoder_kb={encoder_kb:.1f} nats_off_median={np.median(nats):.2f}", end="")
        print(f" nats_off_most={nats.max():.2f} mu_off={np.sqrt((moved**2).mean()):.4f}")
    listed.append({"name": model.name, "title": model.title, "run": model.run, "kind": model.kind, "latents": latents})

# %% shared
shared = {
    "models": listed,
    "digits": pack(held_out_x[:SHOWN] - 8, 5),  # counts from 0 to 16, less 8
    "labels": held_out_labels[:SHOWN].tolist(),
    "classifier": packed_judge,
}
print("shared_kb:", f"{write('shared.json', shared):.1f}")

decoder_weights = sum(weight.size + bias.size for weight, bias in load("decoder.safetensors"))
print("decoder_weights:", decoder_weights)
