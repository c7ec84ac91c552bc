"""Print the API's description as OpenAPI JSON: what the phone app's types are made from.

Usage: python -m scripts.openapi > openapi.json
"""

import json
import sys
import tempfile
from pathlib import Path

from app.core.settings import Settings
from app.main import create_app


def main() -> None:
    """No database is opened and nothing of this machine is said."""
    with tempfile.TemporaryDirectory() as folder:
        described = create_app(Settings(data=Path(folder))).openapi()
    json.dump(described, sys.stdout, ensure_ascii=False, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
