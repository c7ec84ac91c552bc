"""Pure policy engine 政策引擎: packs, calendar, records and standings; no database, no HTTP, no clock."""
