//! Where the time of a scan goes, by stage and by size of the estate: `cargo bench --bench stages`.
//!
//! Each row is the median of several runs of the whole spine in this process. Compare rows of one run with each other:
//! cost per resource should stay flat. Absolute figures depend on the machine.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench prints and may fail")]

mod estate;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use stanchion::evaluate;
use stanchion::load::{self, Context, TerraformSettings};
use stanchion::model::{Coverage, Report, SourceMap};
use stanchion::policy::{self, Selection};
use stanchion::report::{Format, View};

const SIZES: [usize; 3] = [10, 1_000, 10_000];
const RUNS: usize = 5;

/// One run, stage by stage.
#[derive(Clone, Copy, Default)]
struct Times {
    policies: Duration,
    read: Duration,
    parse: Duration,
    evaluate: Duration,
    judge: Duration,
    report: Duration,
}

impl Times {
    fn stages(&self) -> [Duration; 6] {
        [self.policies, self.read, self.parse, self.evaluate, self.judge, self.report]
    }

    fn total(&self) -> Duration {
        self.stages().iter().sum()
    }
}

fn main() {
    let pool = evaluate::thread_pool(0).unwrap();
    println!("{} threads, median of {RUNS} runs, milliseconds", pool.current_num_threads());
    println!(
        "{:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {:>13}",
        "resources", "findings", "policies", "read", "parse", "evaluate", "judge", "report", "total", "us/resource"
    );
    for size in SIZES {
        let dir = tempfile::tempdir().unwrap();
        estate::write(dir.path(), size).unwrap();
        let base = dir.path().canonicalize().unwrap();
        let mut runs: Vec<(Times, usize, usize)> = (0..RUNS).map(|_| pool.install(|| run(&base))).collect();
        runs.sort_by_key(|(times, ..)| times.total());
        let (times, resources, findings) = runs[RUNS / 2];
        let ms = |duration: Duration| format!("{:.1}", duration.as_secs_f64() * 1e3);
        let stages = times.stages().map(ms);
        let total = times.total();
        let per_resource = total.as_secs_f64() * 1e6 / f64::from(u32::try_from(resources).unwrap());
        println!(
            "{resources:>9} {findings:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>9} {per_resource:>13.1}",
            stages[0],
            stages[1],
            stages[2],
            stages[3],
            stages[4],
            stages[5],
            ms(total)
        );
        let share = |duration: Duration| format!("{:.0} %", 100.0 * duration.as_secs_f64() / total.as_secs_f64());
        let shares = times.stages().map(share);
        println!(
            "{:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
            "", "share", shares[0], shares[1], shares[2], shares[3], shares[4], shares[5]
        );
    }
}

fn run(base: &Path) -> (Times, usize, usize) {
    let mut times = Times::default();

    let start = Instant::now();
    let policies = policy::load(&Selection::default()).unwrap();
    times.policies = start.elapsed();

    let sources = std::sync::Arc::new(SourceMap::new());
    let settings = TerraformSettings::default();
    let context = Context {
        sources: &sources,
        base,
        root: base,
        max_file_size: 20 << 20,
        terraform: &settings,
        reader: stanchion::load::Reader::Disk,
    };
    let start = Instant::now();
    let files = stanchion::discover::discover(base, &[".".into()], &[], &load::is_input).unwrap().value;
    for file in &files {
        load::read_source(&context, file).unwrap();
    }
    times.read = start.elapsed();

    // Parsing alone, on the same texts; the loader parses again, so its own time is the difference.
    let start = Instant::now();
    for file in files.iter().filter(|file| Path::new(file).extension().is_some_and(|extension| extension == "tf")) {
        let text = sources.file(sources.find(file).unwrap()).text.clone();
        black_box(hcl_edit::parser::parse_body(&text).unwrap());
    }
    let parse_once = start.elapsed();
    let start = Instant::now();
    let loaded = load::load_all(&files, &context).value;
    let load = start.elapsed();
    times.parse = parse_once.min(load);
    times.evaluate = load.saturating_sub(parse_once);

    let start = Instant::now();
    let judged = evaluate::evaluate(&loaded.resources, &policies, &sources);
    times.judge = start.elapsed();

    let start = Instant::now();
    let findings = judged.findings.len();
    let mut report = Report::finish(sources, judged.findings, judged.problems, policies.infos(), Coverage::default());
    evaluate::number_fingerprints(&mut report.findings);
    let mut out = Vec::new();
    Format::Json.renderer(View::default()).render(&report, &mut out).unwrap();
    times.report = start.elapsed();
    black_box(out);
    (times, loaded.resources.len(), findings)
}
