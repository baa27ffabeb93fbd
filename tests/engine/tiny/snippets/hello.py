"""The smallest snippet: no header, no sections, no topic folder."""

print("greeting: hello")
