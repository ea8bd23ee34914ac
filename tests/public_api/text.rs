//! Rust in one line, spaced as people write it.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// Words behind which a space stands, whatever follows.
const WORDS: &[&str] = &["as", "const", "dyn", "in", "mut", "where"];

/// These tokens in one line.
pub(crate) fn one_line(tokens: &impl ToTokens) -> String {
    let mut words = Vec::new();
    flatten(tokens.to_token_stream(), &mut words);
    let mut line = String::new();
    for (place, word) in words.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| words.get(before)).map_or("", String::as_str);
        let next = words.get(place + 1).map_or("", String::as_str);
        if word == "," && next == ">" {
            continue;
        }
        if place > 0 && spaced(before, word) {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Words and marks, the marks of one operator together.
fn flatten(tokens: TokenStream, into: &mut Vec<String>) {
    let mut joint = false;
    for token in tokens {
        let joins = std::mem::take(&mut joint);
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                into.push(open.to_owned());
                flatten(group.stream(), into);
                into.push(close.to_owned());
            }
            TokenTree::Punct(mark) => {
                let mark_text = mark.as_char();
                joint = mark.spacing() == Spacing::Joint && !"<>&,;".contains(mark_text);
                match into.last_mut() {
                    Some(last) if joins => last.push(mark_text),
                    _ => into.push(mark_text.to_string()),
                }
            }
            other => match into.last_mut() {
                // A lifetime: its apostrophe joins what follows.
                Some(last) if joins && last == "'" => last.push_str(&other.to_string()),
                _ => into.push(other.to_string()),
            },
        }
    }
    into.retain(|word| !word.is_empty());
}

fn spaced(before: &str, word: &str) -> bool {
    let after_name =
        before.ends_with(|last: char| last.is_alphanumeric() || last == '_') && !WORDS.contains(&before);
    match (before, word) {
        (_, "," | ";" | ":" | "." | ")" | "]" | ">" | "::") => false,
        ("(" | "[" | "<" | "&" | "::" | "." | "#" | "!" | "?" | "*", _) => false,
        (_, "(" | "<") => !after_name && before != ">",
        (_, "[" | "!") => !after_name,
        _ => true,
    }
}
