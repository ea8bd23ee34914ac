//! A small crate, changed in many ways: what others can see is noticed, what they cannot is not.

use crate::listing::of_crate;

const ROOT: &str = "
pub mod shapes;
mod inner;
pub use inner::{Hidden as Shown, area};
pub use std::fmt::Debug;
#[cfg(test)]
mod tests;
";

const SHAPES: &str = "
use crate::inner::Row;
/// A circle.
#[derive(Clone, Debug)]
pub struct Circle {
    pub radius: f64,
    cached: Option<f64>,
}
impl Circle {
    pub fn grown(&self, by: f64) -> Self { Self { radius: self.radius + by, cached: None } }
    fn secret(&self) {}
}
pub enum Kind { Round, Edged { corners: u32 }, Other(String) }
pub trait Shape: Send {
    type Unit: Copy;
    fn size(&self) -> f64;
    fn twice(&self) -> f64 { 2.0 * self.size() }
}
impl Shape for Circle {
    type Unit = u8;
    fn size(&self) -> f64 { 1.0 }
}
impl From<Row> for Circle {
    fn from(_: Row) -> Self { todo!() }
}
macro_rules! unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name(u8);
        impl $name { pub const fn new(value: u8) -> Self { Self(value) } }
    };
}
unit!(
    /// Long.
    Metre
);
";

const INNER: &str = "
use crate::shapes::Circle;
pub struct Hidden(pub u8);
pub(crate) struct Row { pub id: u8 }
impl Row { pub fn id(&self) -> u8 { self.id } }
pub fn area<'a, T>(of: &'a Circle, mut scale: T) -> Result<Vec<&'a f64>, ()> where T: Into<f64> + ?Sized { loop {} }
";

fn listed(root: &str, shapes: &str, inner: &str) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    std::fs::create_dir(folder.path().join("inner")).expect("a folder");
    write("lib.rs", root);
    write("shapes.rs", shapes);
    write("inner/mod.rs", inner);
    of_crate("made_up", &folder.path().join("lib.rs"))
}

#[test]
fn each_thing_has_a_line() {
    let expected = [
        "pub use made_up::Debug = std::fmt::Debug",
        "pub struct made_up::Shown( )",
        "pub made_up::Shown::0: u8",
        "pub fn made_up::area<'a, T>(of: &'a Circle, scale: T) -> Result<Vec<&'a f64>, ()> where T: Into<f64> + ?Sized",
        "pub mod made_up::shapes",
        "#[derive(Clone, Debug)] pub struct made_up::shapes::Circle { .. }",
        "impl Shape for made_up::shapes::Circle { type Unit = u8 }",
        "pub fn made_up::shapes::Circle::grown(&self, by: f64) -> Self",
        "pub made_up::shapes::Circle::radius: f64",
        "pub enum made_up::shapes::Kind",
        "made_up::shapes::Kind::Edged { }",
        "made_up::shapes::Kind::Edged::corners: u32",
        "made_up::shapes::Kind::Other( )",
        "made_up::shapes::Kind::Other::0: String",
        "made_up::shapes::Kind::Round",
        "pub struct made_up::shapes::Metre(..)",
        "pub const fn made_up::shapes::Metre::new(value: u8) -> Self",
        "pub trait made_up::shapes::Shape: Send",
        "type made_up::shapes::Shape::Unit: Copy",
        "fn made_up::shapes::Shape::size(&self) -> f64",
        "fn made_up::shapes::Shape::twice(&self) -> f64 { .. }",
    ];
    assert_eq!(listed(ROOT, SHAPES, INNER), expected);
}

#[test]
fn what_others_can_see_is_noticed() {
    let before = listed(ROOT, SHAPES, INNER);
    for (old, new) in [
        ("pub mod shapes;", "#[cfg(feature = \"shapes\")] pub mod shapes;"),
        ("use inner::{Hidden as Shown, area}", "use inner::area"),
        ("fmt::Debug", "fmt::Display"),
        ("pub radius: f64", "pub radius: f32"),
        ("pub radius: f64", "radius: f64"),
        ("    cached: Option<f64>,\n", ""),
        ("derive(Clone, Debug)", "derive(Debug)"),
        ("pub fn grown", "pub(crate) fn grown"),
        ("by: f64) -> Self", "by: f64) -> Option<Self>"),
        ("fn secret", "pub fn secret"),
        ("Round, ", ""),
        ("pub enum", "#[non_exhaustive] pub enum"),
        ("corners: u32", "corners: u16"),
        ("Other(String)", "Other(&'static str)"),
        ("Other(String)", "Other(#[from] String)"),
        ("Shape: Send", "Shape: Send + Sync"),
        ("fn size(&self) -> f64;", "fn size(&self) -> f64; fn name(&self) -> String;"),
        ("fn twice(&self) -> f64 { 2.0 * self.size() }", "fn twice(&self) -> f64;"),
        ("type Unit = u8", "type Unit = u16"),
        ("    Metre", "    Mile"),
        ("T: Into<f64>", "T: Into<f32>"),
        ("<'a, T>", "<'a, T, U>"),
        ("pub(crate) struct Row", "pub struct Row"),
    ] {
        let change = |text: &str| text.replacen(old, new, 1);
        let (root, shapes, inner) = (change(ROOT), change(SHAPES), change(INNER));
        assert!([&root, &shapes, &inner] != [ROOT, SHAPES, INNER], "{old} stands nowhere");
        // A type that is only public within a private module is still seen by nobody.
        let seen = !old.starts_with("pub(crate) struct");
        assert_eq!(listed(&root, &shapes, &inner) != before, seen, "{old} became {new}");
    }
}

#[test]
fn what_others_cannot_see_is_not() {
    let before = listed(ROOT, SHAPES, INNER);
    for (old, new) in [
        ("/// A circle.", "/// A disc."),
        ("cached: Option<f64>", "kept: Option<f32>, cached: Option<f64>"),
        ("self.radius + by", "self.radius - by"),
        ("fn secret(&self) {}", ""),
        ("fn secret(&self) {}", "pub(crate) fn secret(&mut self) {}"),
        ("impl From<Row> for Circle", "impl From<(Row, u8)> for Circle"),
        ("pub id: u8", "pub id: u16"),
        ("pub fn id(&self) -> u8", "pub fn id(&self) -> u16"),
        ("mut scale", "scale"),
        ("2.0 * self.size()", "self.size() + self.size()"),
        ("pub struct Hidden", "pub fn helper() {}\npub struct Hidden"),
    ] {
        let change = |text: &str| text.replacen(old, new, 1);
        let (root, shapes, inner) = (change(ROOT), change(SHAPES), change(INNER));
        assert!([&root, &shapes, &inner] != [ROOT, SHAPES, INNER], "{old} stands nowhere");
        assert_eq!(listed(&root, &shapes, &inner), before, "{old} became {new}");
    }
}

#[test]
fn a_macro_that_makes_what_cannot_be_listed_is_refused() {
    let hidden = format!(
        "{SHAPES}\nmacro_rules! any {{ ($name:ident, $of:ty) => {{ struct $name($of); }}; }}\nany!(A, u8);"
    );
    assert_eq!(listed(ROOT, &hidden, INNER), listed(ROOT, SHAPES, INNER));
    let shown = hidden.replace("{ struct $name", "{ pub struct $name");
    assert_ne!(shown, hidden);
    assert!(std::panic::catch_unwind(|| listed(ROOT, &shown, INNER)).is_err());
}
