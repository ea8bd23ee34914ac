//! A delivery's request as a command for a shell.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use slotflow_domain::clean_text::is_acted_on;

/// A command that sends these bytes with these headers to this URL, whatever the three hold.
///
/// It can be pasted into a terminal: what one would act on stands in it as base64, as do bytes that are no text.
pub(super) fn command(url: &str, headers: &[(&'static str, String)], body: &[u8]) -> String {
    // Without globbing: brackets and braces are not patterns here.
    let mut command = format!("curl --globoff --request POST {}", quoted(url));
    for (name, value) in headers {
        command.push_str(&format!(" \\\n  --header {}", quoted(&format!("{name}: {value}"))));
    }
    match std::str::from_utf8(body).ok().filter(|body| is_plain(body)) {
        Some(body) => format!("{command} \\\n  --data-binary {}", quoted(body)),
        None => {
            let body = quoted(&STANDARD.encode(body));
            format!("printf %s {body} | base64 -d | {command} \\\n  --data-binary @-")
        }
    }
}

/// Whether curl and a terminal take the text as it is. To curl a leading `@` is the name of a file.
fn is_plain(body: &str) -> bool {
    !body.starts_with('@') && !body.chars().any(|character| is_acted_on(character) && character != '\n')
}

/// One word of a POSIX shell: within single quotes everything is itself but the single quote.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const URL: &str = "https://hooks.acme.dev/a?b[]={c}&d='e'";

    fn headers() -> Vec<(&'static str, String)> {
        vec![("content-type", "application/json".to_owned()), ("x-slotflow-attempt", "1".to_owned())]
    }

    /// The words that a shell would make of a command. (`shlex` makes an empty one of each line that goes on, which a
    /// shell does not.)
    fn words(command: &str) -> Vec<String> {
        let command = command.replace(" \\\n  --", " --");
        shlex::split(&command).unwrap_or_else(|| panic!("no command: {command}"))
    }

    /// What curl is told, and the body that it sends.
    fn sent(command: &str) -> (Vec<String>, Vec<u8>) {
        let mut words = words(command);
        let body = words.pop().unwrap();
        if body != "@-" {
            assert!(!body.starts_with('@'), "{body}");
            return (words, body.into_bytes());
        }
        let curl = words.split_off(6);
        assert_eq!(
            (&words[..2], &words[3..]),
            (&["printf".into(), "%s".into()][..], &["|", "base64", "-d"].map(String::from)[..])
        );
        assert_eq!(curl[0], "|");
        (curl[1..].to_vec(), STANDARD.decode(&words[2]).unwrap())
    }

    #[test]
    fn a_command_is_readable() {
        let expected = "curl --globoff --request POST 'https://hooks.acme.dev/a?b[]={c}&d='\\''e'\\''' \\\n  \
            --header 'content-type: application/json' \\\n  --header 'x-slotflow-attempt: 1' \\\n  \
            --data-binary '{\"name\":\"O'\\''Neill\"}'";
        assert_eq!(command(URL, &headers(), br#"{"name":"O'Neill"}"#), expected);
    }

    #[test]
    fn what_a_terminal_would_act_on_is_not_in_it() {
        for body in ["{\"a\":\"\u{202e}\"}", "a\rb", "a\tb", "\u{1b}[2J", "@/etc/passwd", "\u{9b}31m"] {
            let command = command(URL, &headers(), body.as_bytes());
            assert!(command.starts_with("printf %s "), "{command}");
            assert!(
                !command.chars().any(|character| is_acted_on(character) && character != '\n'),
                "{command}"
            );
            assert_eq!(sent(&command).1, body.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn a_shell_reads_what_was_meant(
            url in "https://[ -~]{0,40}",
            value in "[ -~]{0,40}",
            body in prop_oneof![
                any::<Vec<u8>>(),
                any::<String>().prop_map(String::into_bytes),
                "[@'\"$`!\\\\{} \n#~*?;&|<>()a]{0,40}".prop_map(String::into_bytes),
            ],
        ) {
            let command = command(&url, &[("x-slotflow-event", value.clone())], &body);
            let (words, read) = sent(&command);
            let header = format!("x-slotflow-event: {value}");
            let expected = ["curl", "--globoff", "--request", "POST", &url, "--header", &header, "--data-binary"];
            prop_assert_eq!(words, expected);
            prop_assert_eq!(read, body);
        }
    }
}
