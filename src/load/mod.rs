//! Text in, resources out; one loader per format.

pub mod dockerfile;
pub mod kubernetes;
pub mod yaml;
