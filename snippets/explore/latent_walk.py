# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "scikit-learn", "numpy", "matplotlib", "safetensors"]
#
# [tool.genloop]
# timeout = 300
# needs = ["vae/digits"]
# ///
# %% [markdown]
# # Lab: a walk through the latent plane
#
# The VAE of lesson 6.6.3 turned every digit into two numbers. Here you walk through that plane and look
# at what the decoder makes of the places you pass: along a line, around a circle, along one latent.
# Before each walk there is a question. Answer it first; a guess that fails teaches more than a picture.
#
# The lab needs two files of the lesson in the folder where it runs: `decoder.safetensors` and `latents.npz`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from safetensors.torch import load_file
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

torch.set_default_dtype(torch.float64)  # as in the training
decoder = nn.Sequential(
    nn.Linear(2, 128),
    nn.SiLU(),
    nn.Linear(128, 256),
    nn.SiLU(),
    nn.Linear(256, 64),
)
decoder.load_state_dict(load_file("decoder.safetensors"))
saved = np.load("latents.npz")
mu, labels = saved["held_out_mu"], saved["held_out_labels"]  # never trained on
pictures = saved["held_out_x"].reshape(-1, 8, 8) / 16
print("held_out_digits:", len(mu))
print("latent_from:", *(f"{value:.1f}" for value in mu.min(axis=0)))
print("latent_to:", *(f"{value:.1f}" for value in mu.max(axis=0)))


# %% [markdown]
# ## Three tools
# `decode` gives pictures for points of the plane. `whose_land` says which class lives there: the majority
# among the ten nearest *training* digits, and how many of the ten agree. `show` draws strips of pictures.


# %%
@torch.no_grad()
def decode(z: np.ndarray) -> np.ndarray:
    """Pixel means in (0, 1) for latents z (B, 2), as pictures (B, 8, 8)."""
    return decoder(torch.from_numpy(z)).sigmoid().reshape(-1, 8, 8).numpy()


neighbors = KNeighborsClassifier(n_neighbors=10)
neighbors.fit(saved["train_mu"], saved["train_labels"])


def whose_land(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For latents z (B, 2): the class that lives there (B,), and its votes of ten (B,)."""
    votes = (10 * neighbors.predict_proba(z)).round().astype(int)  # (B, 10)
    return votes.argmax(axis=1), votes.max(axis=1)


def show(strips: list[np.ndarray], names: list[str]) -> None:
    """One strip (B, 8, 8) of pictures below the other, with its name above it."""
    plt.figure(figsize=(6.4, 0.95 * len(strips)))
    for number, (strip, name) in enumerate(zip(strips, names, strict=True), 1):
        ax = plt.subplot(len(strips), 1, number)
        gaps = ((0, 0), (0, 0), (0, 1))  # a dark grey line after each picture
        row = np.hstack(np.pad(strip, gaps, constant_values=0.25))
        ax.imshow(row, cmap="gray", vmin=0, vmax=1, interpolation="none")
        ax.set_title(name, fontsize=9, loc="left", fontweight="normal")
        ax.set_axis_off()
    plt.show()


# %% [markdown]
# ## Walk 1: a straight line
# We take the first held-out 0 and the first held-out 6 and go from one latent to the other in nine steps.
#
# **Predict:** what stands in the middle: a 0 and a 6 laid over each other, or something else?

# %% alt="Two strips of nine digits. Above, between the latents: a 0 turns by steps into other digits and ends as a 6, each step a drawn digit. Below, between the pixels: the 0 fades out while the 6 fades in."
start, end = (int(np.flatnonzero(labels == digit)[0]) for digit in (0, 6))
t = np.linspace(0, 1, 9)[:, None]
line = (1 - t) * mu[start] + t * mu[end]
fade = t[:, :, None]
mix = (1 - fade) * pictures[start] + fade * pictures[end]  # between the pixels
for step, (digit, agree) in enumerate(zip(*whose_land(line), strict=True)):
    print(f"line_step={step} land_of={digit} agree={agree}")


def nearest_real(picture: np.ndarray) -> float:
    """Root mean square distance to the nearest held-out digit, in counts of 16."""
    return 16 * np.sqrt(((pictures - picture) ** 2).mean(axis=(1, 2))).min()


print("halfway_to_real_latent:", f"{nearest_real(decode(line)[4]):.2f}")
print("halfway_to_real_pixels:", f"{nearest_real(mix[4]):.2f}")
show([decode(line), mix], ["line between the latents", "line between the pixels"])

# %% [markdown]
# The line between the pixels fades one picture out and the other in: halfway both stand there at half
# strength, and no digit was written like that. The line between the latents runs through the land of another class,
# and halfway the decoder draws something that is nearer to a real digit (compare the two `halfway` numbers).
# The plane is a map: to get from 0 to 6 you cross what lies between.

# %% [markdown]
# ## Walk 2: a circle
# All points of a circle around the origin have the same density under the prior. We take radius 2.
#
# **Predict:** how many of the ten classes do you meet on one round? Do you meet any of them twice?

# %% alt="A strip of sixteen digits decoded around a circle: classes follow each other, with blends of two digits at the borders."
RADIUS = 2.0
angle = np.linspace(0, 2 * np.pi, 17)[:-1]
circle = RADIUS * np.stack([np.cos(angle), np.sin(angle)], axis=1)
land, agree = whose_land(circle)
print("circle_land:", *land)
print("circle_agree:", *agree)
print("circle_classes:", len(set(land)), "of 10")
show([decode(circle)], ["once around, counter-clockwise, from the right"])

# %% [markdown]
# Where `circle_agree` is low, the walk crosses a border: there the picture is a compromise, and a reader
# would not agree with another reader about its class. These places are part of the prior as well, so samples
# from the prior contain such pictures. That is a price of a smooth map.

# %% [markdown]
# ## Walk 3: one latent at a time, and out of the map
# A *traverse* changes one latent and keeps the other. We start in the middle of the plane and go far beyond
# the digits: to 12 standard deviations of the prior. A pixel counts as decided when it is nearly off or nearly on.
#
# **Predict:** does the decoder draw noise out there, nothing at all, or confident strokes?

# %% alt="Two strips of thirteen pictures, one latent from -12 to 12 each: soft digits in the middle, hard black and white strokes at both ends."
far = np.linspace(-12, 12, 13)
first = np.stack([far, np.zeros(13)], axis=1)
second = first[:, ::-1].copy()
for name, z in [("first", first), ("second", second)]:
    p = decode(z)
    decided = ((p < 0.05) | (p > 0.95)).mean(axis=(1, 2))  # share of pixels
    print(f"{name}_decided_middle: {decided[6]:.2f}")
    print(f"{name}_decided_ends: {decided[0]:.2f} {decided[-1]:.2f}")
show([decode(first), decode(second)], ["latent 1 from -12 to 12", "latent 2 from -12 to 12"])

# %% [markdown]
# Far from every digit the decoder is *more* decided than in the middle, not less: its last layers just go on
# growing in the direction they had. A decoder does not know where it was trained. Hard black-and-white strokes
# are no sign that a latent is a likely one; only the prior tells you that.
#
# ## Tasks
# 1. In walk 1, replace the pair `(0, 6)` by `(4, 2)`. Which lands do you cross? Find a pair whose line
#    stays inside two lands.
# 2. In walk 2, set `RADIUS = 0.5`, then `4.0`. Before you run it: where do you expect more classes, and
#    where higher agreement?
# 3. Write a fourth walk: take a held-out digit, and decode `mu + std * eps` for nine draws of `eps`
#    (`saved["held_out_logvar"]` has what you need). How far does the picture move? Compare with the nine
#    steps of walk 1, and say what that tells you about how much of the plane one digit occupies.

# %% [markdown]
# ## Answers, measured
# Do the tasks first: what follows gives all of it away.
#
# **Task 1.** All 45 pairs, each from the first held-out digit of one class to that of another, in nine steps.

# %%
first_of = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]


def lands(a: int, b: int) -> list[int]:
    """The lands on the straight line from class a to class b, in order, each once."""
    way = (1 - t) * mu[first_of[a]] + t * mu[first_of[b]]
    return list(dict.fromkeys(whose_land(way)[0].tolist()))


crossed = {(a, b): lands(a, b) for a in range(10) for b in range(a + 1, 10)}
neighbors_of_each_other = [pair for pair, found in crossed.items() if found == list(pair)]
print("lands_from_4_to_2:", *lands(4, 2))
print("pairs_with_their_own_two_lands:", len(neighbors_of_each_other), "of", len(crossed))
print("first_of_them:", *neighbors_of_each_other[0])
print("most_lands:", max(map(len, crossed.values())))
print("lands_from_1_to_9:", *lands(1, 9))

# %% [markdown]
# A pair that meets only its own two lands has a border in common. Most lines cross somebody else's land. And a class
# may be missing on its own line: this 1 lies in the land of the 9.
#
# **Task 2.** Three circles, with many more points than the walk had.

# %%
turn = np.linspace(0, 2 * np.pi, 720, endpoint=False)
for radius in (0.5, 2.0, 4.0):
    land, agree = whose_land(radius * np.stack([np.cos(turn), np.sin(turn)], axis=1))
    print(f"radius={radius} classes={len(set(land.tolist()))} mean_agree={agree.mean():.1f}")

# %% [markdown]
# The small circle has the lowest agreement: it is short, and several lands meet there. On the largest, where the prior
# has hardly any mass, agreement is as high as on the middle one or higher: it says nothing about how likely a place is.
#
# **Task 3.** Nine draws around one digit, then the same for every held-out digit. Distances are root mean squares
# over the pixels, in counts of 16.

# %% alt="Two strips of nine digits. Above, nine draws from what the encoder names for one 0: nine zeros that can hardly be told apart. Below, for comparison, the line of walk 1 from the 0 to a 6."
std = np.exp(0.5 * saved["held_out_logvar"])  # (N, 2)
rng = np.random.default_rng(0)


def moved(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far pictures a (B, 8, 8) are from pictures b, in counts: (B,)."""
    return 16 * np.sqrt(((a - b) ** 2).mean(axis=(1, 2)))


def cloud(digit: int) -> np.ndarray:
    """Nine draws from what the encoder names for this digit, (9, 2)."""
    return mu[digit] + std[digit] * rng.standard_normal((9, 2))


near = decode(cloud(start))
steps = decode(line)
print("moved_by_a_draw:", f"{moved(near, decode(mu[[start]])).mean():.2f}")
print("moved_by_a_step_of_walk_1:", f"{moved(steps[1:], steps[:-1]).mean():.2f}")
draws = [moved(decode(cloud(digit)), decode(mu[[digit]])).mean() for digit in range(len(mu))]
print("moved_by_a_draw_all_digits:", f"{np.mean(draws):.2f}")
print("std_mean:", *(f"{value:.3f}" for value in std.mean(axis=0)))
print("std_of_mu:", *(f"{value:.2f}" for value in mu.std(axis=0)))
print("spots:", round(mu.std(axis=0).prod() / std.mean(axis=0).prod()))
show([near, steps], ["nine draws around one 0", "walk 1"])

# %% [markdown]
# The draws can hardly be told apart: a step of walk 1 moves the picture many times as far. One digit occupies a spot
# whose standard deviation is a few hundredths, on a map that is several units wide: there is room for hundreds of
# such spots (the last number printed: one area over the other).
