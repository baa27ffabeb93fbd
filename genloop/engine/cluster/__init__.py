"""Runs on the workers of a dask.distributed cluster: what they are sent, what they are, and what they answer."""
