//! `docs/live-coverage.md`, made from the table.
