//! Live fixtures as resources.
