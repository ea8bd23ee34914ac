//! Items that a macro of the same file makes, one for each name that it is given.
//!
//! Not macros in general: the macro has one arm and one `ident`, and its call names what is to be made. Any other has
//! to keep what it makes to the crate, or the listing would not know of it.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use std::collections::BTreeMap;
use syn::Item;

/// The items, with those that macros make in place of the calls.
pub(crate) fn written_out(items: Vec<Item>) -> Vec<Item> {
    let mut macros = BTreeMap::new();
    let mut all = Vec::new();
    for item in items {
        let Item::Macro(call) = &item else {
            all.push(item);
            continue;
        };
        let name = call.mac.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
        if let (Some(defined), "macro_rules") = (&call.ident, name.as_str()) {
            assert!(
                call.attrs.iter().all(|one| !one.path().is_ident("macro_export")),
                "{defined}: not listed"
            );
            macros.insert(defined.to_string(), call.mac.tokens.clone());
        } else if let Some(definition) = macros.get(&name) {
            all.extend(made_by(&name, definition, &call.mac.tokens));
        }
    }
    all
}

fn made_by(name: &str, definition: &TokenStream, call: &TokenStream) -> Vec<Item> {
    let mut groups = definition.clone().into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let (Some(pattern), Some(body), None) = (groups.next(), groups.next(), groups.next()) else {
        panic!("{name}! has several arms, which the listing of the public API cannot follow");
    };
    let mut variables = Vec::new();
    collect_variables(pattern, &mut variables);
    let named: Vec<_> = variables.iter().filter(|(_, kind)| kind != "meta").collect();
    let [(variable, kind)] = named.as_slice() else { return none_public(name, body) };
    if kind != "ident" {
        return none_public(name, body);
    }
    let names = call.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident),
        _ => None,
    });
    names
        .flat_map(|ident| {
            let tokens = substituted(body.clone(), variable, &ident);
            syn::parse2::<syn::File>(tokens).unwrap_or_else(|error| panic!("{name}!({ident}): {error}")).items
        })
        .collect()
}

/// Nothing, after a look that nothing is missed.
fn none_public(name: &str, body: TokenStream) -> Vec<Item> {
    let tokens: Vec<_> = body.into_iter().collect();
    let public = tokens.windows(2).any(|pair| {
        let restricted =
            matches!(&pair[1], TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
        matches!(&pair[0], TokenTree::Ident(ident) if ident == "pub") && !restricted
    });
    assert!(!public, "{name}! makes something public, which the listing of the public API cannot follow");
    Vec::new()
}

/// `$name:kind`, wherever it stands.
fn collect_variables(pattern: TokenStream, into: &mut Vec<(String, String)>) {
    let tokens: Vec<_> = pattern.into_iter().collect();
    for (place, token) in tokens.iter().enumerate() {
        match (token, tokens.get(place + 1), tokens.get(place + 3)) {
            (TokenTree::Punct(dollar), Some(TokenTree::Ident(name)), Some(TokenTree::Ident(kind)))
                if dollar.as_char() == '$' =>
            {
                into.push((name.to_string(), kind.to_string()));
            }
            (TokenTree::Group(group), ..) => collect_variables(group.stream(), into),
            _ => {}
        }
    }
}

/// The body with this name for the variable. A repetition that has the variable counts once, one that has not, never.
fn substituted(body: TokenStream, variable: &str, name: &Ident) -> TokenStream {
    let mut result = Vec::new();
    let mut tokens = body.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(dollar) if dollar.as_char() == '$' => {
                match tokens.next() {
                    Some(TokenTree::Ident(ident)) if ident == variable => {
                        result.push(TokenTree::Ident(name.clone()))
                    }
                    Some(TokenTree::Group(repeated)) => {
                        let once = substituted(repeated.stream(), variable, name);
                        if repeated.stream().to_string().contains(variable) {
                            result.extend(once);
                        }
                        // What separates the repetitions, and how many there may be.
                        while tokens.next_if(|next| matches!(next, TokenTree::Punct(mark) if ",;*+?".contains(mark.as_char()))).is_some() {}
                    }
                    _ => {}
                }
            }
            TokenTree::Group(group) => {
                let inside = substituted(group.stream(), variable, name);
                result.push(TokenTree::Group(Group::new(group.delimiter(), inside)));
            }
            other => result.push(other),
        }
    }
    result.into_iter().collect()
}
