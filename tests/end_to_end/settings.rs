//! Wrong settings: each is told in one line, with an exit code that says whose fault it is.

use slotflow_tests::command_line::run;
use slotflow_tests::database::Fresh;
use slotflow_tests::server::free_port;
use tokio::net::TcpListener;

const SECRET: &str = "s3cr3t-w0rd";

#[tokio::test]
async fn a_setting_that_cannot_be_is_told_in_one_line() {
    let fresh = Fresh::sqlite().expect("a directory");
    let database = fresh.url();
    let serve = |further: &[&'static str]| {
        let mut arguments = vec!["serve".to_owned(), "--listen".to_owned(), "127.0.0.1:0".to_owned()];
        arguments.extend(["--database-url".to_owned(), database.clone()]);
        arguments.extend(further.iter().map(|&argument| argument.to_owned()));
        arguments
    };
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let org = "f47ac10b-58cc-4372-a567-0e02b2c3d479";
    for (arguments, named) in [
        (words(&["serve", "--database-url", "mysql://me:s3cr3t-w0rd@db/x"]), "--database-url"),
        (words(&["serve", "--database-url", "postgres://me:s3cr3t-w0rd@db:port/x"]), "--database-url"),
        (words(&["migrate", "--database-url", "slotflow.db"]), "--database-url"),
        (words(&["--database-url", "redis://s3cr3t-w0rd@db", "org", "list"]), "--database-url"),
        (words(&["serve", "--listen", "here", "--database-url", &database]), "--listen"),
        (serve(&["--retry-delays", "5"]), "--retry-delays"),
        (serve(&["--retry-delays", "5m,,1h"]), "--retry-delays"),
        (serve(&["--retry-delays", "400d"]), "--retry-delays"),
        (serve(&["--event-types", "order paid"]), "--event-types"),
        (serve(&["--event-types", "order.paid,order.paid"]), "order.paid is defined twice"),
        (serve(&["--event-types", "booking.confirmed"]), "booking.confirmed is defined twice"),
        (serve(&["--event-types", "webhook.test"]), "webhook.test is made by the product"),
        (serve(&["--request-timeout", "soon"]), "--request-timeout"),
        (serve(&["--request-timeout", "0s"]), "--request-timeout"),
        (serve(&["--request-timeout", "1h"]), "--request-timeout"),
        (serve(&["--lease", "29s"]), "--lease"),
        (serve(&["--retention", "59m"]), "--retention"),
        (serve(&["--retention", "never"]), "--retention"),
        (serve(&["--disable-after", "soon"]), "--disable-after"),
        (serve(&["--disable-after", "0s"]), "--disable-after"),
        (serve(&["--disable-after-deliveries", "0"]), "--disable-after-deliveries"),
        (serve(&["--concurrency", "0"]), "--concurrency"),
        (serve(&["--allow-cidr", "10.1.2.3/8"]), "10.0.0.0/8"),
        (serve(&["--allow-cidr", "10.0.0.0/8,internal"]), "--allow-cidr"),
        (serve(&["--deny-cidr", "10.0.0.0/33"]), "--deny-cidr"),
        (serve(&["--egress-proxy", "https://me:s3cr3t-w0rd@proxy:3128"]), "--egress-proxy"),
        (serve(&["--egress-proxy", "http://me:s3cr3t-w0rd@proxy"]), "--egress-proxy"),
        (serve(&["--max-connections", "0"]), "--max-connections"),
        (serve(&["--max-connections", "70000"]), "--max-connections"),
        (serve(&["--rate-limit", "0"]), "--rate-limit"),
        (serve(&["--rate-limit", "1.5"]), "--rate-limit"),
        (serve(&["--extra-ca-file", "/no/such/file.pem"]), "--extra-ca-file"),
        (serve(&["--otlp-endpoint", "http://me:s3cr3t-w0rd@collector:4318"]), "--otlp-endpoint"),
        (serve(&["--frobnicate"]), "--frobnicate"),
        (serve(&["now"]), "now"),
        (words(&["serve", "postgres://me:s3cr3t-w0rd@db/x"]), "unexpected argument '…'"),
        (words(&["postgres://me:s3cr3t-w0rd@db/x"]), "unrecognized subcommand '…'"),
        (words(&["serve", "--listen", "postgres://me:s3cr3t-w0rd@db/x"]), "--listen"),
        (words(&["org", "create", "--name", "Acme", "--plan", "gold", "--database-url", &database]), "gold"),
        (words(&["org", "create", "--name", "", "--database-url", &database]), "--name"),
        (words(&["org", "set-plan", org, "gold", "--database-url", &database]), "gold"),
        (words(&["key", "create", "me", "--database-url", &database]), "me"),
        (words(&["listen", "--secret", "s3cr3t-w0rd"]), "--secret"),
        (words(&["fly"]), "fly"),
    ] {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let ended = run(&arguments).await.expect("an end");
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert_eq!((ended.stderr.len(), ended.stdout.len()), (1, 0), "{arguments:?}: {ended:?}");
        assert!(ended.stderr[0].starts_with("error: ") && ended.stderr[0].contains(named), "{ended:?}");
        assert!(!ended.stderr[0].contains(SECRET), "{ended:?}");
    }
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_told_in_one_line_without_its_password() {
    let port = free_port().expect("a port");
    let nobody = format!("postgres://me:{SECRET}@127.0.0.1:{port}/slotflow");
    let nowhere = "sqlite:///no/such/directory/slotflow.db?mode=rwc";
    for (database, reason) in
        [(nobody.as_str(), "Connection refused"), (nowhere, "No such file or directory")]
    {
        let ended = run(&["migrate", "--database-url", database]).await.expect("an end");
        assert_eq!((ended.code, ended.stderr.len()), (Some(1), 1), "{ended:?}");
        assert_eq!(ended.stderr[0].matches(reason).count(), 1, "the reason, once: {ended:?}");
        assert!(!ended.stderr[0].contains(SECRET), "{ended:?}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_in_one_line() {
    let database = Fresh::sqlite().expect("a directory");
    let holder = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = holder.local_addr().expect("an address").to_string();
    let ended =
        run(&["serve", "--listen", &address, "--database-url", &database.url()]).await.expect("an end");
    assert_eq!((ended.code, ended.stdout.len(), ended.stderr.len()), (Some(1), 0, 1), "{ended:?}");
    assert!(ended.stderr[0].contains(&address), "{ended:?}");
}
