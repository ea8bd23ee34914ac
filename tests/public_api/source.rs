//! A crate's modules, as they stand in its files; what only tests see is left out.

use crate::local_macros::written_out;
use crate::text::one_line;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use syn::{Attribute, Item, ItemMod, Meta, Visibility};

/// The names from the crate's root to a module; the root's is empty.
pub(crate) type ModulePath = Vec<String>;

/// One module.
pub(crate) struct Module {
    /// Whether its parent shows it.
    pub(crate) public: bool,
    /// The conditions under which it is compiled.
    pub(crate) conditions: Vec<String>,
    /// What stands in it, its modules aside.
    pub(crate) items: Vec<Item>,
}

/// All modules of the crate with this root file.
pub(crate) fn modules_of(root: &Path) -> BTreeMap<ModulePath, Module> {
    let mut modules = BTreeMap::new();
    let folder = root.parent().expect("a folder").to_owned();
    let module = Module { public: true, conditions: Vec::new(), items: parsed(root) };
    add(Vec::new(), module, &folder, &mut modules);
    modules
}

fn parsed(file: &Path) -> Vec<Item> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())).items
}

/// Adds a module, and those in it, whose files lie in `folder`.
fn add(path: ModulePath, mut module: Module, folder: &Path, to: &mut BTreeMap<ModulePath, Module>) {
    let mut kept = Vec::new();
    for item in written_out(std::mem::take(&mut module.items)) {
        if for_tests_only(attributes(&item)) {
            continue;
        }
        let Item::Mod(inner) = item else {
            kept.push(item);
            continue;
        };
        let name = inner.ident.to_string();
        let inside = folder.join(&name);
        let public = matches!(inner.vis, Visibility::Public(_));
        let conditions = conditions(&inner.attrs);
        let items = items_of(inner, folder, &inside);
        let inner_path = path.iter().cloned().chain([name]).collect();
        add(inner_path, Module { public, conditions, items }, &inside, to);
    }
    module.items = kept;
    to.insert(path, module);
}

fn items_of(module: ItemMod, folder: &Path, inside: &Path) -> Vec<Item> {
    assert!(module.attrs.iter().all(|one| !one.path().is_ident("path")), "#[path] is not followed");
    if let Some((_, items)) = module.content {
        return items;
    }
    let beside: PathBuf = folder.join(format!("{}.rs", module.ident));
    parsed(&if beside.is_file() { beside } else { inside.join("mod.rs") })
}

/// What `#[cfg]` asks for, tests aside.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<String> {
    let all = attributes.iter().filter(|one| one.path().is_ident("cfg")).filter_map(|one| match &one.meta {
        Meta::List(list) => Some(one_line(&list.tokens).replace("test, ", "")),
        _ => None,
    });
    all.collect()
}

/// Whether nobody but the crate's own tests has it.
pub(crate) fn for_tests_only(attributes: &[Attribute]) -> bool {
    conditions(attributes).iter().any(|condition| condition == "test")
}

/// An item's attributes.
pub(crate) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        other => panic!("an item that the listing does not know: {}", one_line(other)),
    }
}
