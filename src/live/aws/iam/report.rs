//! The credential report: asked for, waited for, and read as one record for each user and the root.

use serde_json::{Map, Value};

use super::super::desk::{Collector, Desk, Item, Work};
use super::super::failure::Failure;
use super::{Iam, REPORT, time};
use crate::live::GLOBAL;
use crate::live::actions::{GENERATE_REPORT, GET_REPORT};
use crate::live::types::Kind;

#[derive(Debug)]
pub(in crate::live::aws) struct Report;

impl Collector for Report {
    fn lists(&self, kind: &Kind) -> bool {
        kind.name == REPORT
    }

    fn collect<'a>(&'a self, item: &'a Item, desk: &'a Desk) -> Work<'a> {
        Box::pin(async move {
            let iam = Iam::new(item, desk);
            let (text, made) = iam.report().await?;
            let mut rows = rows(&text).into_iter();
            let names = rows.next().filter(|names| names.iter().any(|name| name == "user"));
            let names = names.ok_or_else(|| Failure::lasting("the credential report makes no sense: run it again"))?;
            for row in rows {
                let user = row.first().cloned().unwrap_or_default();
                if row.len() != names.len() {
                    let key = (item.account.id.clone(), GLOBAL.into(), REPORT.into());
                    let message = "its row of the credential report has too few or too many columns: run it again";
                    desk.dent(&key, &user, &Failure::lasting(message));
                    continue;
                }
                let mut members: Map<String, Value> =
                    names.iter().cloned().zip(row.iter().map(|cell| value(cell))).collect();
                members.extend(made.clone().map(|made| ("as_of".to_owned(), made)));
                let arn = members.get("arn").and_then(Value::as_str).map(ToOwned::to_owned);
                iam.put(REPORT, &user, arn.as_deref(), members);
            }
            Ok(())
        })
    }
}

impl Iam<'_> {
    /// The report's text and when it was made.
    pub(super) async fn report(&self) -> Result<(String, Option<Value>), Failure> {
        let pace = self.gate.pace();
        let mut polls = 0;
        loop {
            let answer = self.gate.call(GENERATE_REPORT, || self.client.generate_credential_report().send()).await?;
            if answer.state().is_some_and(|state| state.as_str() == "COMPLETE") {
                break;
            }
            polls += 1;
            if polls >= pace.polls {
                return Err(Failure::lasting("AWS did not finish the credential report in time: run it again later"));
            }
            tokio::time::sleep(pace.poll).await;
        }
        let answer = self.gate.call(GET_REPORT, || self.client.get_credential_report().send()).await?;
        let bytes = answer.content().map(AsRef::as_ref).unwrap_or_default();
        Ok((String::from_utf8_lossy(bytes).into_owned(), time(answer.generated_time())))
    }
}

fn value(cell: &str) -> Value {
    match cell {
        "true" | "TRUE" => true.into(),
        "false" | "FALSE" => false.into(),
        other => other.into(),
    }
}

/// Comma-separated rows; cells in quotes may hold commas and doubled quotes.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines().filter(|line| !line.trim().is_empty()).map(row).collect()
}

fn row(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.trim_end().chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_split_at_commas_outside_of_quotes() {
        let expected = [vec!["user", "arn"], vec!["a,b", "x \"y\""], vec!["", ""]];
        assert_eq!(rows("user,arn\r\n\"a,b\",\"x \"\"y\"\"\"\n\n,\n"), expected);
    }

    #[test]
    fn truth_values_are_none_of_the_other_words() {
        assert_eq!((value("true"), value("FALSE")), (true.into(), false.into()));
        assert_eq!((value("N/A"), value("not_supported")), ("N/A".into(), "not_supported".into()));
    }
}
