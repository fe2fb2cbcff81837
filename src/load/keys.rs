//! The keys of a text's outermost object, read without parsing anything else: enough to tell formats apart by their own words.
//!
//! JSON and YAML's flow style alike; texts may be cut off or broken. It does not know any format.

use std::ops::ControlFlow;

/// Visits the keys at the depth of the outermost braces, in order, until the braces close, another document begins, or the
/// visitor has seen enough.
pub fn outer_keys<'t>(text: &'t str, visit: &mut dyn FnMut(&'t str) -> ControlFlow<()>) {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    let mut word: Option<&str> = None;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return;
                }
            }
            b'"' | b'\'' => {
                while let Some(&inner) = bytes.get(at) {
                    at += 1;
                    if inner == b'\\' && byte == b'"' {
                        at += 1;
                    } else if inner == byte {
                        break;
                    }
                }
                word = text.get(start + 1..at.saturating_sub(1));
                continue;
            }
            b':' if depth == 1 && word.is_some_and(|word| visit(word).is_break()) => return,
            b'\n' if text.get(at..).is_some_and(|rest| rest.starts_with("---")) => return,
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            _ if byte.is_ascii_alphabetic() => {
                while bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
                    at += 1;
                }
                word = text.get(start..at);
                continue;
            }
            _ => {}
        }
        word = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outermost_keys_are_seen_and_texts_may_be_cut_off() {
        let keys = |text: &'static str| {
            let mut out = Vec::new();
            outer_keys(text, &mut |key| {
                out.push(key);
                ControlFlow::Continue(())
            });
            out
        };
        assert_eq!(keys(r#"{"a": {"b": 1}, 'c': [{d: 1}], e: "f: g", "h\"": 1} "i": 2"#), ["a", "c", "e", "h\\\""]);
        assert_eq!(keys(r#"{"a": 1, "b"#), ["a"]);
        assert_eq!(keys("{a: 1,\n---\nb: 2}"), ["a"]);
    }
}
