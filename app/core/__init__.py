"""The bricks under every domain: settings, database, errors, HTTP, time, ids, places, files, secrets."""
