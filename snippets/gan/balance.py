# /// script
# requires-python = ">=3.11"
# dependencies = ["numpy", "matplotlib"]
#
# [tool.genloop]
# needs = ["gan/ring@map*"]
#
# [tool.genloop.figures]
# "map.svg" = "Two maps of 25 cells: learning-rate ratio across, discriminator steps per generator step upwards. Above, modes covered: few at the bottom left, most along a diagonal band that reaches eight, one at the top right. Below, mode TV: lowest in the same band or one cell to its right."
# "samples.svg" = "The same 25 cells with the points that one game of each generates. Bottom left: points lie beside the ring or in one place. Along the diagonal: all eight modes, blurred. Top right: one tight point."
# "both.svg" = "Map of 25 cells: learning-rate ratio across, discriminator steps per generator step upwards, colored by modes covered, with the points of one game drawn in each cell. A diagonal band covers the ring; the bottom left misses it; the top right hits one mode."
# ///
"""The adversarial balance map, measured: 25 ways to balance the game, three games each."""

import matplotlib.pyplot as plt
import numpy as np

# %% cells
D_STEPS = (1, 2, 3, 5, 8)  # updates of the discriminator for one of the generator
RATE_RATIOS = (0.0625, 0.25, 1, 4, 16)  # the discriminator's learning rate over the generator's
runs = {(d, ratio): np.load(f"map{d}_{ratio:g}/ring.npz") for d in D_STEPS for ratio in RATE_RATIOS}
final = {cell: run["trace"][-1].mean(axis=0) for cell, run in runs.items()}  # modes_hit, covered, valid, TV: means
losses = {cell: run["history"][-100:].mean(axis=(0, 1)) for cell, run in runs.items()}

# %% table
for cell, (_, covered, valid, mode_tv) in final.items():
    d_loss, g_loss = losses[cell]
    measured = f"modes_covered={covered:.1f} valid_fraction={valid:.2f} mode_tv={mode_tv:.2f}"
    print(f"cell d_steps={cell[0]} rate_ratio={cell[1]:g} {measured} d_loss={d_loss:.2f} g_loss={g_loss:.2f}")

# %% best and worst
by_tv = sorted(final, key=lambda cell: final[cell][3])
print("lowest_mode_tv at:", *by_tv[0], f"{final[by_tv[0]][3]:.2f}")
print("highest_mode_tv at:", *by_tv[-1], f"{final[by_tv[-1]][3]:.2f}")
even = min(losses, key=lambda cell: abs(losses[cell] - (np.log(4), np.log(2))).sum())
print("losses_nearest_to_ln4_and_ln2 at:", *even)
print("its_losses:", *(f"{loss:.2f}" for loss in losses[even]))
print("its_modes_covered:", f"{final[even][1]:.1f}")
print("its_mode_tv:", f"{final[even][3]:.2f}")
covered = np.array([final[cell][1] for cell in runs])
tv = np.array([final[cell][3] for cell in runs])
strength = np.array([d * ratio for d, ratio in runs])  # updates times rate: how fast the discriminator learns
for low, high, name in ((0, 0.25, "weak"), (0.25, 2, "middle"), (2, 128, "strong")):
    inside = (strength > low) & (strength <= high)
    print(f"{name} cells: {inside.sum()}")
    print(f"{name} mean_modes_covered: {covered[inside].mean():.1f}")
    print(f"{name} mean_mode_tv: {tv[inside].mean():.2f}")

# %% maps
fig, axes = plt.subplots(2, 1, figsize=(5.4, 7.4), sharex=True)
for ax, column, title, color, form in (
    (axes[0], 1, "modes covered (of 8)", "viridis", ".1f"),
    (axes[1], 3, "mode TV (0 is perfect)", "viridis_r", ".2f"),
):
    table = np.array([[final[d, ratio][column] for ratio in RATE_RATIOS] for d in D_STEPS])
    top = 8 if column == 1 else 1
    ax.imshow(table, origin="lower", cmap=color, vmin=0, vmax=top, aspect="auto")
    for row in range(5):
        for at in range(5):
            light = table[row, at] / top if column == 1 else 1 - table[row, at] / top  # the color, from dark to yellow
            ink = "#111" if light > 0.55 else "#fff"
            ax.text(at, row, f"{table[row, at]:{form}}", ha="center", va="center", color=ink)
    ax.set(title=title, ylabel="D steps per G step", yticks=range(5), yticklabels=D_STEPS)
    ax.grid(visible=False)
axes[1].set(xlabel="D rate / G rate", xticks=range(5), xticklabels=["1/16", "1/4", "1", "4", "16"])
fig.savefig("map.svg")


# %% samples
def draw(colored: bool) -> plt.Figure:
    fig, axes = plt.subplots(5, 5, figsize=(6.4, 6.7), sharex=True, sharey=True)
    for (d, ratio), run in runs.items():
        ax = axes[4 - D_STEPS.index(d), RATE_RATIOS.index(ratio)]
        if colored:
            ax.imshow([[final[d, ratio][1]]], cmap="viridis", vmin=0, vmax=8, extent=(-3, 3, -3, 3), aspect="auto")
        points = run["samples"][0, :400]
        light = colored and final[d, ratio][1] < 4.8
        dots = "#fff" if light else "#111" if colored else "C0"
        ax.plot(points[:, 0], points[:, 1], ".", markersize=1.6, color=dots, alpha=0.7, rasterized=True)
        ax.set(xlim=(-3, 3), ylim=(-3, 3), xticks=[], yticks=[])
        ax.grid(visible=False)
    for at, ratio in enumerate(("1/16", "1/4", "1", "4", "16")):
        axes[4, at].set_xlabel(ratio)
    for at, d in enumerate(D_STEPS):
        axes[4 - at, 0].set_ylabel(d)
    fig.supxlabel("D rate / G rate")
    fig.supylabel("D steps per G step")
    return fig


draw(colored=False).savefig("samples.svg", dpi=150)
draw(colored=True).savefig("both.svg", dpi=150)
