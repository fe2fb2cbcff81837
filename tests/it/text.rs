//! Claims about the formats for people.

use stanchion::model::Severity;
use stanchion::report::{Format, View};

use crate::sample::{self, SECRET};

#[test]
fn show() {
    println!("{}", sample::render(&sample::report(), Format::Text, View { verbose: true, show_undetermined: true, ..View::default() }));
    println!("{}", sample::render(&sample::report(), Format::Concise, View::default()));
    println!("{}", sample::render(&sample::empty(), Format::Text, View::default()));
}
