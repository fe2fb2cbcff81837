//! `csvdecode`: rows of comma-separated text under a row of names (RFC 4180, as Go's reader takes it).

use super::super::kinds;
use super::{Answer, text_argument};
use crate::model::{Map, Node, Span};

pub fn csvdecode(arguments: &[Node], span: Span) -> Answer {
    let text = text_argument(arguments, 0)?;
    let mut rows = rows(&text)?.into_iter();
    let header = rows.next().ok_or("there is no header line")?;
    for (index, name) in header.iter().enumerate() {
        if header.iter().take(index).any(|earlier| earlier == name) {
            return Err(format!("the column {name} is there twice"));
        }
    }
    let mut out = Vec::new();
    for row in rows {
        if row.len() != header.len() {
            return Err("the rows differ in length".into());
        }
        let entries: Map =
            header.iter().zip(row).map(|(name, field)| (name.as_str().into(), Node::string(field, span))).collect();
        out.push(Node::map(entries, span));
    }
    Ok(kinds::list(out, span))
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let text = text.replace("\r\n", "\n");
    let mut rows = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&first) = chars.peek() {
        if first == '\n' {
            chars.next();
            continue;
        }
        let mut row = Vec::new();
        loop {
            let mut field = String::new();
            if chars.peek() == Some(&'"') {
                chars.next();
                loop {
                    match chars.next() {
                        Some('"') if chars.peek() == Some(&'"') => {
                            chars.next();
                            field.push('"');
                        }
                        Some('"') => break,
                        Some(c) => field.push(c),
                        None => return Err("a quote is not closed".into()),
                    }
                }
            } else {
                while let Some(&c) = chars.peek() {
                    match c {
                        ',' | '\n' => break,
                        '"' => return Err("a quote stands inside a field".into()),
                        c => field.push(c),
                    }
                    chars.next();
                }
            }
            row.push(field);
            match chars.next() {
                Some(',') => {}
                Some('\n') | None => break,
                Some(_) => return Err("text follows a closing quote".into()),
            }
        }
        rows.push(row);
    }
    Ok(rows)
}
