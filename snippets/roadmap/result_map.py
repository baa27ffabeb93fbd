# /// script
# requires-python = ">=3.11"
# dependencies = ["torch>=2.4", "matplotlib"]
#
# [tool.genloop.figures]
# "result_map.svg" = "Result map of the first program: two rows of four latent numbers pass through one layer, Linear(4, 6) and Tanh, and become two rows of six numbers between -1 and 1. Negative cells are blue, positive cells are orange, and a stronger color is a larger number."
# ///
"""The numbers of the first program, drawn: what goes in, the layer, what comes out."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

# %% the first program again
torch.manual_seed(0)
latent = torch.randn(2, 4)
decoder = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh())
generated = decoder(latent)
print("latent_shape:", tuple(latent.shape))
print("generated_shape:", tuple(generated.shape))
print("value_range:", round(generated.min().item(), 3), round(generated.max().item(), 3))


# %% draw one tensor
def draw_numbers(ax: Axes, numbers: torch.Tensor, title: str) -> None:
    """One cell per number: the color tells the sign, its strength the size, the text the value."""
    strongest = numbers.abs().max().item()
    rows, columns = numbers.shape
    for row in range(rows):
        for column in range(columns):
            number = numbers[row, column].item()
            color = "C1" if number > 0 else "C0"
            cell = Rectangle((column, row), 0.94, 0.9, color=color, alpha=0.6 * abs(number) / strongest)
            ax.add_patch(cell)
            ax.text(column + 0.47, row + 0.47, f"{number:.3f}", ha="center", va="center")
    # Both tensors on the same six columns, the narrower one in the middle.
    ax.set(xlim=(columns / 2 - 3.4, columns / 2 + 3), ylim=(rows, -0.05))
    for row in range(rows):
        ax.text(-0.14, row + 0.47, f"{row + 1}", ha="right", va="center")
    ax.set_title(title)
    ax.axis("off")


# %% draw the run
fig, (top, middle, bottom) = plt.subplots(3, 1, figsize=(4.6, 4.4), height_ratios=[2, 1.1, 2])
draw_numbers(top, latent.detach(), "latent: 2 samples, 4 random numbers each")
middle.axis("off")
middle.annotate("", xy=(0.5, 0), xytext=(0.5, 1), arrowprops={"arrowstyle": "->", "color": "C2", "lw": 2})
middle.text(0.54, 0.5, "Linear(4, 6), then Tanh", va="center")
middle.text(0.46, 0.5, "the same layer\nfor both rows", ha="right", va="center")
draw_numbers(bottom, generated.detach(), "generated: 2 samples, 6 numbers each")
fig.savefig("result_map.svg")
