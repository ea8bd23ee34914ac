//! `Cargo.lock`, taken apart.

/// A package as the lock file has it.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: String,
    /// `None` is the workspace itself.
    pub(crate) source: Option<String>,
    pub(crate) has_checksum: bool,
}

/// Every package of every platform.
pub(crate) fn locked_packages() -> Vec<Locked> {
    let text = include_str!("../../Cargo.lock");
    text.split("[[package]]\n").skip(1).map(read).collect()
}

fn read(block: &str) -> Locked {
    let member = |name: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    Locked {
        name: member("name").expect("a name"),
        version: member("version").expect("a version"),
        source: member("source"),
        has_checksum: member("checksum").is_some(),
    }
}
