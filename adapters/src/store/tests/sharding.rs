//! Which statements name the organization that they are about, as a store that is sharded by it would want.

use regex::Regex;
use std::collections::BTreeMap;
use std::path::Path;

/// Tables whose rows are an organization's.
const OF_ORGANIZATIONS: &str = r"\b(?:FROM|JOIN|INTO|UPDATE) (?:api_keys|webhooks|bookings|events|deliveries|attempts|replays|webhook_hours|kept_answers)\b";

/// Says whose rows it wants, or is about to add; the other two tables have no such column.
const NAMED: &str = r"organization_id (?:=|IN \(\{)|INSERT INTO (?:api_keys|webhooks|bookings|events|deliveries|replays|kept_answers)\b";

/// By file, how many statements of the store are about organizations' rows and do not say whose.
///
/// A statement is a string that begins as one and speaks of such a table. Those with conditions that are put together
/// (`WHERE {}`) are lists, which begin with the organization, as every reader of `Conditions` is to see to. So are
/// those in `explain.rs`, which are others' once more.
fn unnamed() -> BTreeMap<String, usize> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let [texts, continued, comments, statement, table, named] = [
        r#"(?s)"((?:[^"\\]|\\.)*)""#,
        r"\\\n\s*",
        r"(?m)^\s*//.*$",
        "^(?:SELECT|WITH|INSERT|UPDATE|DELETE) ",
        OF_ORGANIZATIONS,
        NAMED,
    ]
    .map(|pattern| Regex::new(pattern).unwrap());
    let files =
        [folder.clone(), folder.join("rows")].into_iter().flat_map(|folder| folder.read_dir().unwrap());
    let mut found = BTreeMap::new();
    for file in files.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&file).unwrap();
        let source = comments.replace_all(&source, "");
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let sql = texts.captures_iter(code).map(|text| continued.replace_all(&text[1], "").into_owned());
        let of_all = sql.filter(|sql| {
            statement.is_match(sql)
                && table.is_match(sql)
                && !named.is_match(sql)
                && !sql.contains("WHERE {}")
        });
        let of_all: Vec<_> = of_all.collect();
        if !of_all.is_empty() && name != "explain.rs" {
            println!("{name}: {of_all:#?}");
            found.insert(name, of_all.len());
        }
    }
    found
}

#[test]
fn the_statements_that_name_no_organization_are_those_that_the_documentation_lists() {
    let documentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scaling.md");
    let documentation = std::fs::read_to_string(documentation).unwrap();
    let row = Regex::new(r"(?m)^\| `(\w+\.rs)` \| (\d+) \|").unwrap();
    let listed: BTreeMap<_, _> =
        row.captures_iter(&documentation).map(|row| (row[1].to_owned(), row[2].parse().unwrap())).collect();
    assert_eq!(unnamed(), listed, "docs/scaling.md, statements that name no organization");
}
