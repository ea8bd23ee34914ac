//! What names stand for, and which things can be named from outside.

use crate::source::{Module, ModulePath, conditions};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Item, UseTree, Visibility};

/// One item of a module, by its place there.
pub(crate) type Place = (ModulePath, usize);

/// What a name may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Module(ModulePath),
    Item(Place),
}

/// A way by which something can be named from outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    pub(crate) path: String,
    /// What the `use` that opens it is conditional on.
    pub(crate) conditions: Vec<String>,
}

/// The modules of a crate, by their paths.
pub(crate) struct Scope {
    pub(crate) modules: BTreeMap<ModulePath, Module>,
}

/// Everything that can be named from outside.
#[derive(Default)]
pub(crate) struct Reached {
    /// Each thing with its ways, the one that is its name first.
    pub(crate) items: BTreeMap<Place, Vec<Way>>,
    /// The modules, with what they are conditional on.
    pub(crate) modules: BTreeSet<Way>,
    /// What others made, with what it is called there; or what a macro makes here, with nothing.
    pub(crate) foreign: BTreeSet<(Way, String)>,
}

impl Scope {
    /// Follows everything public from the root, where `name` is the crate's.
    pub(crate) fn reached(&self, name: &str) -> Reached {
        let mut reached = Reached::default();
        let mut seen = BTreeSet::new();
        let mut to_see = vec![(ModulePath::new(), Way { path: name.to_owned(), conditions: Vec::new() })];
        while let Some((path, way)) = to_see.pop() {
            if !seen.insert((path.clone(), way.clone())) {
                continue;
            }
            let module = &self.modules[&path];
            for (child_path, child) in self.modules.iter().filter(|(child, one)| {
                child.len() == path.len() + 1 && child.starts_with(&path) && one.public
            }) {
                let inner = way.to(child_path.last().map_or("", String::as_str), &child.conditions);
                to_see.push((child_path.clone(), Way { conditions: Vec::new(), ..inner.clone() }));
                reached.modules.insert(inner);
            }
            for (place, item) in module.items.iter().enumerate() {
                if let Item::Use(import) = item {
                    if !matches!(import.vis, Visibility::Public(_)) {
                        continue;
                    }
                    for (name, full) in bindings(&import.tree) {
                        let opened = way.to(&name, &conditions(&import.attrs));
                        let targets = self.resolve(&path, &full, 0);
                        if targets.is_empty() {
                            reached.foreign.insert((opened.clone(), self.origin(&path, &full)));
                        }
                        for target in targets {
                            match target {
                                Target::Module(module) => to_see.push((module, opened.clone())),
                                Target::Item(item) => {
                                    reached.items.entry(item).or_default().push(opened.clone())
                                }
                            }
                        }
                    }
                } else if let Some((name, true)) = named(item) {
                    reached.items.entry((path.clone(), place)).or_default().push(way.to(&name, &[]));
                }
            }
        }
        for ((module, _), ways) in &mut reached.items {
            let home = [&[name.to_owned()], module.as_slice()].concat().join("::") + "::";
            ways.sort_by_key(|way| {
                let at_home = way.path.strip_prefix(&home).is_some_and(|rest| !rest.contains("::"));
                (!at_home, way.path.matches("::").count(), way.path.clone())
            });
            ways.dedup();
        }
        reached
    }

    /// What a path of somebody else's is; nothing where it leads into the crate, to what a macro made.
    fn origin(&self, module: &ModulePath, path: &[String]) -> String {
        let first = path.first().map_or("", String::as_str);
        let child: ModulePath = module.iter().cloned().chain([first.to_owned()]).collect();
        let own = ["crate", "self", "super"].contains(&first) || self.modules.contains_key(&child);
        if own { String::new() } else { format!(" = {}", path.join("::")) }
    }

    /// The crate's own items that this path may mean in a module; none if it is somebody else's.
    pub(crate) fn items(&self, module: &ModulePath, path: &[String]) -> Vec<Place> {
        let targets = self.resolve(module, path, 0).into_iter();
        targets
            .filter_map(|target| if let Target::Item(place) = target { Some(place) } else { None })
            .collect()
    }

    fn resolve(&self, module: &ModulePath, path: &[String], depth: usize) -> Vec<Target> {
        // Imports that go in circles are none that the compiler would take, but for the names it keeps apart by kind.
        let (Some((first, rest)), true) = (path.split_first(), depth < 16) else { return Vec::new() };
        let parent = || module.split_last().map(|(_, parent)| parent.to_vec());
        let base = match first.as_str() {
            "crate" => Some(ModulePath::new()),
            "self" => Some(module.clone()),
            "super" => parent(),
            _ => None,
        };
        if let Some(base) = base {
            return if rest.is_empty() {
                vec![Target::Module(base)]
            } else {
                self.resolve(&base, rest, depth + 1)
            };
        }
        if rest.is_empty() {
            return self.named_in(module, first, depth);
        }
        let child: ModulePath = module.iter().cloned().chain([first.clone()]).collect();
        if self.modules.contains_key(&child) {
            return self.resolve(&child, rest, depth + 1);
        }
        let imported = self.named_in(module, first, depth).into_iter();
        imported
            .flat_map(|target| match target {
                Target::Module(inner) => self.resolve(&inner, rest, depth + 1),
                // A variant or an associated item: its type is what counts.
                Target::Item(_) => Vec::new(),
            })
            .collect()
    }

    /// All that this name stands for in a module: a module, a type and a function may share it.
    fn named_in(&self, module: &ModulePath, name: &str, depth: usize) -> Vec<Target> {
        let mut found = Vec::new();
        let child: ModulePath = module.iter().cloned().chain([name.to_owned()]).collect();
        if self.modules.contains_key(&child) {
            found.push(Target::Module(child));
        }
        for (place, item) in self.modules[module].items.iter().enumerate() {
            if let Item::Use(import) = item {
                for (_, full) in bindings(&import.tree).into_iter().filter(|(bound, _)| bound == name) {
                    found.extend(self.resolve(module, &full, depth + 1));
                }
            } else if named(item).is_some_and(|(own, _)| own == name) {
                found.push(Target::Item((module.clone(), place)));
            }
        }
        found.dedup();
        found
    }
}

impl Way {
    fn to(&self, name: &str, conditions: &[String]) -> Self {
        let path = format!("{}::{name}", self.path);
        Self { path, conditions: self.conditions.iter().chain(conditions).cloned().collect() }
    }
}

/// An item's name, and whether it is public; `None` for what has no name.
pub(crate) fn named(item: &Item) -> Option<(String, bool)> {
    let (name, visibility) = match item {
        Item::Const(item) => (&item.ident, &item.vis),
        Item::Enum(item) => (&item.ident, &item.vis),
        Item::Fn(item) => (&item.sig.ident, &item.vis),
        Item::Static(item) => (&item.ident, &item.vis),
        Item::Struct(item) => (&item.ident, &item.vis),
        Item::Trait(item) => (&item.ident, &item.vis),
        Item::Type(item) => (&item.ident, &item.vis),
        Item::Union(item) => (&item.ident, &item.vis),
        _ => return None,
    };
    Some((name.to_string(), matches!(visibility, Visibility::Public(_))))
}

/// The names that a `use` makes, each with the path that it stands for.
fn bindings(tree: &UseTree) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    collect(tree, &mut Vec::new(), &mut found);
    found
}

fn collect(tree: &UseTree, above: &mut Vec<String>, found: &mut Vec<(String, Vec<String>)>) {
    let mut bind = |name: String, last: String| {
        let path: Vec<_> = above.iter().cloned().chain(Some(last).filter(|last| last != "self")).collect();
        let name = if name == "self" { path.last().cloned().unwrap_or_default() } else { name };
        found.push((name, path));
    };
    match tree {
        UseTree::Name(name) => bind(name.ident.to_string(), name.ident.to_string()),
        UseTree::Rename(renamed) => bind(renamed.rename.to_string(), renamed.ident.to_string()),
        // It binds no name that can be known here. `listing` refuses a public one.
        UseTree::Glob(_) => {}
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            collect(&path.tree, above, found);
            above.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|inner| collect(inner, above, found)),
    }
}
