"""Every Python that a test starts with this folder on its path is sealed, and finds the domains of that test."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from pathlib import Path

SUPPORT = Path(__file__).parents[1]

spec = importlib.util.spec_from_file_location("sealed", SUPPORT / "sealed/sitecustomize.py")
assert spec is not None
assert spec.loader is not None
sealed = sys.modules["sealed"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sealed)

sys.path.append(str(SUPPORT.parent))

from support.routes import install  # noqa: E402 - it was sealed first

install(**json.loads(os.environ["ROUTES_OF_TESTS"]))
