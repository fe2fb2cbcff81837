//! Live accounts: what was read of them, under the names of Terraform's providers.
//!
//! It does not know policies or source.

pub mod map;
