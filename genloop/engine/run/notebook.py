"""Runs a notebook snippet: its cells through nbclient, in a kernel that is traced like any other run.

`execute` runs in the child of the fork server (started anew, with the site's packages); `kernel` is the process that
nbclient starts from there.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import sys
from pathlib import Path

from genloop.engine.run import cells, process, tracing

ANSI = re.compile(r"\x1b\[[0-9;]*m")
TRACE = "GENLOOP_KERNEL_TRACE"


def execute() -> None:
    """Executes the cells of a percent-format program; prints what they print; writes the finished notebook.

    Takes one argument, JSON: program (its text, header removed), notebook (path to write), scratch (a folder), trace.
    """
    task = json.loads(sys.argv[-1])
    scratch = Path(task["scratch"])
    spec = {
        "argv": [*process.call("genloop.engine.run.notebook", "kernel"), "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    folder = scratch / "kernels" / "genloop"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    # Nothing of the user's own Jupyter set-up may have a say.
    os.environ |= {"JUPYTER_PATH": str(scratch), "JUPYTER_RUNTIME_DIR": str(scratch / "runtime")}
    os.environ |= {"IPYTHONDIR": str(scratch / "ipython"), "JUPYTER_CONFIG_DIR": str(scratch / "config")}
    os.environ |= {TRACE: json.dumps(task["trace"]), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    os.environ.pop("MPLBACKEND", None)  # figures shall appear in the notebook

    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = cells.parse(task["program"])
    client = NotebookClient(notebook, kernel_name="genloop", timeout=None, record_timing=False)
    failure = ""
    try:
        client.execute()
    except CellExecutionError as error:
        failure = ANSI.sub("", str(error))
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream":
                os.write(1 if output["name"] == "stdout" else 2, output["text"].encode())
    if failure:
        print(failure, file=sys.stderr)
        sys.exit(1)
    notebook.metadata = {**notebook.metadata, "language_info": {"name": "python"}}
    nbformat.validate(notebook)
    Path(task["notebook"]).write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def kernel() -> None:
    """The kernel process: IPython's own, with its imports and reads followed."""
    task = json.loads(os.environ.pop(TRACE))
    tracing.follow_imports()
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    # SVG follows the page's light and dark; matplotlib's inline backend makes PNG by default.
    app.initialize([*sys.argv[1:], "--InlineBackend.figure_formats={'svg'}"])
    sys.path.insert(0, os.getcwd())  # -P left it out, and a program finds the modules beside it
    reads = tracing.Reads(task["root"], task["folder"], task["apart"])
    for name in [name for name in sys.modules if name.partition(".")[0] == "genloop"]:
        del sys.modules[name]
    reads.watch()
    atexit.register(lambda: tracing.write_trace(task["file"], reads))
    app.start()
