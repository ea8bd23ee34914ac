//! A line for each thing that can be named from outside, and for each trait that it implements.
//!
//! Types are written as in the source, without the path that an import gives them. A constant's value, a parameter's
//! `mut`, attributes and what documentation says are no part of it.

use crate::scope::{Place, Reached, Scope, Way};
use crate::source::{ModulePath, attributes, conditions, for_tests_only, modules_of};
use crate::text::one_line;
use std::collections::BTreeMap;
use std::path::Path;
use syn::{
    Attribute, Fields, FnArg, Generics, ImplItem, Item, ItemImpl, Pat, ReturnType, Signature, TraitItem,
    Type, UseTree, Visibility,
};

/// The public API of the crate with this root file, in the order of paths.
pub(crate) fn of_crate(name: &str, root: &Path) -> Vec<String> {
    let scope = Scope { modules: modules_of(root) };
    let reached = scope.reached(name);
    let mut lines = Lines::default();
    for way in &reached.modules {
        lines.add(&way.path, &way.conditions, format!("pub mod {}", way.path));
    }
    for (way, origin) in &reached.foreign {
        lines.add(&way.path, &way.conditions, format!("pub use {}{origin}", way.path));
    }
    for ((module, place), ways) in &reached.items {
        let item = &scope.modules[module].items[*place];
        let Some((name, further)) = ways.split_first() else { continue };
        lines.add_item(item, name);
        for way in further {
            lines.add(&way.path, &way.conditions, format!("pub use {} = {}", way.path, name.path));
        }
    }
    for (module, here) in &scope.modules {
        for item in &here.items {
            match item {
                Item::Impl(block) => lines.add_impl(&scope, &reached, module, block),
                Item::Use(import) if matches!(import.vis, Visibility::Public(_)) => {
                    assert!(
                        !has_glob(&import.tree),
                        "{}: a public glob is not followed",
                        one_line(&import.tree)
                    );
                }
                _ => {}
            }
        }
    }
    lines.0.into_values().flatten().collect()
}

/// Lines by the path that they are about.
#[derive(Default)]
struct Lines(BTreeMap<String, Vec<String>>);

impl Lines {
    fn add(&mut self, path: &str, conditions: &[String], text: String) {
        let mut conditions = conditions.to_vec();
        conditions.dedup();
        let conditions: String = conditions.iter().map(|one| format!("#[cfg({one})] ")).collect();
        let lines = self.0.entry(path.to_owned()).or_default();
        let line = conditions + &text;
        // In order, whatever the order in the files.
        if let Err(place) = lines.binary_search(&line) {
            lines.insert(place, line);
        }
    }

    fn add_item(&mut self, item: &Item, way: &Way) {
        let path = &way.path;
        let attributes = attributes(item);
        let conditions = [way.conditions.clone(), conditions(attributes)].concat();
        let marks = marks(attributes);
        let text = match item {
            Item::Const(item) => format!("pub const {path}: {}", one_line(&item.ty)),
            Item::Static(item) => format!("pub static {path}: {}", one_line(&item.ty)),
            Item::Type(item) => {
                format!("pub type {path}{} = {}", parameters(&item.generics), one_line(&item.ty))
            }
            Item::Fn(item) => format!("pub {}", signature(&item.sig, path)),
            Item::Struct(item) => {
                self.add_fields(&item.fields, path, true);
                let (generics, shape) = (parameters(&item.generics), shape(&item.fields));
                format!("{marks}pub struct {path}{generics}{shape}{}", bounds(&item.generics))
            }
            Item::Enum(item) => {
                for variant in &item.variants {
                    let path = format!("{path}::{}", variant.ident);
                    self.add_fields(&variant.fields, &path, false);
                    let kind = match &variant.fields {
                        Fields::Named(_) => " { }",
                        Fields::Unnamed(_) => "( )",
                        Fields::Unit => "",
                    };
                    self.add(&path, &[], format!("{}{path}{kind}", crate::listing::marks(&variant.attrs)));
                }
                format!("{marks}pub enum {path}{}{}", parameters(&item.generics), bounds(&item.generics))
            }
            Item::Trait(item) => {
                item.items.iter().for_each(|inner| self.add_trait_item(inner, path));
                let above: Vec<_> = item.supertraits.iter().map(|bound| one_line(&bound)).collect();
                let above = if above.is_empty() { String::new() } else { format!(": {}", above.join(" + ")) };
                let generics = parameters(&item.generics);
                format!("{marks}pub trait {path}{generics}{above}{}", bounds(&item.generics))
            }
            other => panic!("an item that the listing does not know: {}", one_line(other)),
        };
        self.add(path, &conditions, text);
    }

    /// The fields that can be seen: all of a variant, the public ones of a struct.
    fn add_fields(&mut self, fields: &Fields, path: &str, of_struct: bool) {
        for (place, field) in fields.iter().enumerate() {
            if of_struct && !matches!(field.vis, Visibility::Public(_)) {
                continue;
            }
            let name = field.ident.as_ref().map_or_else(|| place.to_string(), ToString::to_string);
            let path = format!("{path}::{name}");
            let visibility = if of_struct { "pub " } else { "" };
            // thiserror makes a conversion of it.
            let from =
                if field.attrs.iter().any(|one| one.path().is_ident("from")) { "#[from] " } else { "" };
            self.add(
                &path,
                &conditions(&field.attrs),
                format!("{from}{visibility}{path}: {}", one_line(&field.ty)),
            );
        }
    }

    fn add_trait_item(&mut self, item: &TraitItem, above: &str) {
        let (path, attributes, text) = match item {
            TraitItem::Fn(item) => {
                let path = format!("{above}::{}", item.sig.ident);
                let provided = if item.default.is_some() { " { .. }" } else { "" };
                let text = signature(&item.sig, &path) + provided;
                (path, &item.attrs, text)
            }
            TraitItem::Type(item) => {
                let path = format!("{above}::{}", item.ident);
                let bounds: Vec<_> = item.bounds.iter().map(|bound| one_line(&bound)).collect();
                let text = format!("type {path}{}: {}", parameters(&item.generics), bounds.join(" + "));
                (path, &item.attrs, text)
            }
            TraitItem::Const(item) => {
                let path = format!("{above}::{}", item.ident);
                let provided = if item.default.is_some() { " = .." } else { "" };
                let text = format!("const {path}: {}{provided}", one_line(&item.ty));
                (path, &item.attrs, text)
            }
            other => panic!("{above}: an item that the listing does not know: {}", one_line(other)),
        };
        self.add(&path, &conditions(attributes), text);
    }

    fn add_impl(&mut self, scope: &Scope, reached: &Reached, module: &ModulePath, block: &ItemImpl) {
        let own = own_type(scope, module, &block.self_ty);
        let name = match own.as_slice() {
            [] => None,
            some => match some.iter().find_map(|place| reached.items.get(place)?.first()) {
                Some(way) => Some(way),
                // A type of the crate that nobody else sees.
                None => return,
            },
        };
        let conditions = conditions(&block.attrs);
        let Some((implemented, _)) = &block.trait_ else {
            if let Some(name) = name {
                self.add_inherent(block, &name.path, &conditions);
            }
            return;
        };
        if mentions_hidden(scope, reached, module, implemented) {
            return;
        }
        let self_text =
            name.map_or_else(|| one_line(&block.self_ty), |name| with_path(&block.self_ty, &name.path));
        let polarity = if block.modifiers.polarity.is_some() { "!" } else { "" };
        let chosen = block.items.iter().filter_map(|item| match item {
            ImplItem::Type(chosen) => Some(format!("type {} = {}", chosen.ident, one_line(&chosen.ty))),
            _ => None,
        });
        let chosen: Vec<_> = chosen.collect();
        let chosen = if chosen.is_empty() { String::new() } else { format!(" {{ {} }}", chosen.join("; ")) };
        let generics = parameters(&block.generics);
        let (text, bounds) = (one_line(implemented), bounds(&block.generics));
        let line = format!("impl{generics} {polarity}{text} for {self_text}{bounds}{chosen}");
        let about = name.map_or(self_text, |name| name.path.clone());
        self.add(&about, &conditions, line);
    }

    fn add_inherent(&mut self, block: &ItemImpl, path: &str, outer: &[String]) {
        let generics = parameters(&block.generics);
        let for_whom = if generics.is_empty() {
            String::new()
        } else {
            format!(" in impl{generics} {}{}", one_line(&block.self_ty), bounds(&block.generics))
        };
        for item in &block.items {
            let (visibility, attributes, name, text) = match item {
                ImplItem::Fn(item) => {
                    let path = format!("{path}::{}", item.sig.ident);
                    (&item.vis, &item.attrs, &item.sig.ident, signature(&item.sig, &path))
                }
                ImplItem::Const(item) => {
                    let text = format!("const {path}::{}: {}", item.ident, one_line(&item.ty));
                    (&item.vis, &item.attrs, &item.ident, text)
                }
                other => panic!("{path}: an item that the listing does not know: {}", one_line(other)),
            };
            if matches!(visibility, Visibility::Public(_)) && !for_tests_only(attributes) {
                let conditions = [outer, &conditions(attributes)].concat();
                self.add(&format!("{path}::{name}"), &conditions, format!("pub {text}{for_whom}"));
            }
        }
    }
}

/// The crate's own types that this one may be, behind references.
fn own_type(scope: &Scope, module: &ModulePath, of: &Type) -> Vec<Place> {
    match of {
        Type::Reference(reference) => own_type(scope, module, &reference.elem),
        Type::Path(path) => scope.items(module, &segments(&path.path)),
        _ => Vec::new(),
    }
}

/// Whether this trait, or what it is given, is a thing of the crate that nobody else sees.
fn mentions_hidden(scope: &Scope, reached: &Reached, module: &ModulePath, implemented: &syn::Path) -> bool {
    let hidden = |path: &[String]| {
        let places = scope.items(module, path);
        !places.is_empty() && !places.iter().any(|place| reached.items.contains_key(place))
    };
    let text = one_line(implemented);
    let words = text.split(|one: char| !one.is_alphanumeric() && one != '_').filter(|word| !word.is_empty());
    hidden(&segments(implemented))
        || words.skip(implemented.segments.len()).any(|word| hidden(&[word.to_owned()]))
}

fn segments(path: &syn::Path) -> Vec<String> {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

/// The type as it was written, with its own name in full.
fn with_path(of: &Type, path: &str) -> String {
    match of {
        Type::Reference(reference) => {
            let lifetime =
                reference.lifetime.as_ref().map_or(String::new(), |lifetime| format!("{lifetime} "));
            let mutable = if reference.mutability.is_some() { "mut " } else { "" };
            format!("&{lifetime}{mutable}{}", with_path(&reference.elem, path))
        }
        Type::Path(own) => {
            let arguments = own.path.segments.last().map_or(String::new(), |last| one_line(&last.arguments));
            format!("{path}{arguments}")
        }
        other => one_line(other),
    }
}

/// What is derived, and whether more may come.
fn marks(attributes: &[Attribute]) -> String {
    let mut derived = Vec::new();
    let mut open = "";
    for attribute in attributes {
        if attribute.path().is_ident("derive") {
            let _ = attribute.parse_nested_meta(|one| {
                derived.push(one.path.segments.last().map_or(String::new(), |last| last.ident.to_string()));
                Ok(())
            });
        } else if attribute.path().is_ident("non_exhaustive") {
            open = "#[non_exhaustive] ";
        }
    }
    derived.sort();
    let derived =
        if derived.is_empty() { String::new() } else { format!("#[derive({})] ", derived.join(", ")) };
    format!("{derived}{open}")
}

/// Whether a struct can be written down, or has something private.
fn shape(fields: &Fields) -> &'static str {
    let private = fields.iter().any(|field| !matches!(field.vis, Visibility::Public(_)));
    match (fields, private) {
        (Fields::Unit, _) => "",
        (Fields::Named(_), true) => " { .. }",
        (Fields::Named(_), false) => " { }",
        (Fields::Unnamed(_), true) => "(..)",
        (Fields::Unnamed(_), false) => "( )",
    }
}

/// `const async unsafe fn path<T>(a: A) -> B where T: C`.
fn signature(of: &Signature, path: &str) -> String {
    let inputs = of.inputs.iter().map(|input| match input {
        FnArg::Receiver(receiver) => one_line(receiver).trim_start_matches("mut ").to_owned(),
        FnArg::Typed(typed) => {
            let name = match &*typed.pat {
                Pat::Ident(name) => name.ident.to_string(),
                _ => "_".to_owned(),
            };
            format!("{name}: {}", one_line(&typed.ty))
        }
    });
    let inputs: Vec<_> = inputs.collect();
    let output = match &of.output {
        ReturnType::Default => String::new(),
        ReturnType::Type(_, output) => format!(" -> {}", one_line(output)),
    };
    let constant = if of.constness.is_some() { "const " } else { "" };
    let asynchronous = if of.asyncness.is_some() { "async " } else { "" };
    let (generics, bounds) = (parameters(&of.generics), bounds(&of.generics));
    format!("{constant}{asynchronous}fn {path}{generics}({}){output}{bounds}", inputs.join(", "))
}

/// `<T: A, const N: usize>`, or nothing.
fn parameters(generics: &Generics) -> String {
    if generics.params.is_empty() {
        return String::new();
    }
    let all: Vec<_> = generics.params.iter().map(|one| one_line(&one)).collect();
    format!("<{}>", all.join(", "))
}

/// ` where T: A`, or nothing.
fn bounds(generics: &Generics) -> String {
    let Some(clause) = &generics.where_clause else { return String::new() };
    let all: Vec<_> = clause.predicates.iter().map(|one| one_line(&one)).collect();
    format!(" where {}", all.join(", "))
}

fn has_glob(tree: &UseTree) -> bool {
    match tree {
        UseTree::Glob(_) => true,
        UseTree::Path(path) => has_glob(&path.tree),
        UseTree::Group(group) => group.items.iter().any(has_glob),
        UseTree::Name(_) | UseTree::Rename(_) => false,
    }
}
