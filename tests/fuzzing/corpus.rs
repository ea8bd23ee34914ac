//! The inputs that are kept.

/// The lines of a file in `corpus/`, each a JSON string; those that begin with `#` say what follows.
pub(crate) fn lines(file: &str) -> Vec<String> {
    let lines = file.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))).collect()
}
