"""Tests of the engine: real processes on tiny courses, one small course per defect."""
