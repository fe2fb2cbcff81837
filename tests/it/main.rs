//! One integration binary: what users and other programs see of Stanchion.

mod cli;
mod house;
mod json;
mod policies;
mod sample;
mod sarif;
mod text;
