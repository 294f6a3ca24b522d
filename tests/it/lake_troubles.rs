//! What an AWS that says no looks like: the real binary against a server that answers so.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::process::{Ended, Home};

/// Answers every request with this, for as long as the test runs.
fn server(status: &'static str, headers: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 8192];
            let _ = stream.read(&mut request);
            let answer = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\
                 x-amz-request-id: 4442587FB7D0A2F9\r\n{headers}\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

/// What `lakehand ls s3://bucket/` says of such a server.
fn said(endpoint: &str) -> String {
    let home = Home::with_config(
        "[lakes.tre]\nprofile = \"tre-lake\"\nregion = \"eu-west-2\"\naccount_id = \"111122223333\"\n",
    );
    std::fs::write(
        home.path().join("aws"),
        "[tre-lake]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n",
    )
    .expect("a credentials file");
    let mut command = home.command(&["--lake", "tre", "ls", "s3://bucket/"]);
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_SHARED_CREDENTIALS_FILE", home.path().join("aws"))
        .env("AWS_CONFIG_FILE", home.path().join("none"));
    let ended = Ended::of(command.output().expect("lakehand runs"));
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    ended.complaint().to_owned()
}

fn error(code: &str, message: &str) -> &'static str {
    let document = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    // One for each test, for as long as it runs.
    Box::leak(document.into_boxed_str())
}

#[test]
fn an_expired_session_names_the_command_that_renews_it() {
    let body = error("ExpiredToken", "The provided token has expired.");
    assert_eq!(
        said(&server("400 Bad Request", "", body)),
        "lakehand: list s3://bucket: the session has expired (run: aws sso login --profile tre-lake)"
    );
}

#[test]
fn a_denial_names_the_action_it_needs() {
    let body = error("AccessDenied", "Access Denied");
    assert_eq!(
        said(&server("403 Forbidden", "", body)),
        "lakehand: list s3://bucket: access denied \
         (it needs s3:ListBucket on arn:aws:s3:::bucket)"
    );
}

#[test]
fn a_missing_bucket_is_named() {
    let body = error("NoSuchBucket", "The specified bucket does not exist");
    assert_eq!(
        said(&server("404 Not Found", "", body)),
        "lakehand: list s3://bucket: there is no bucket bucket (`lakehand ls` names the buckets)"
    );
}

#[test]
fn an_answer_from_another_world_is_an_error_too() {
    let line = said(&server("200 OK", "Content-Type: text/html\r\n", "<html>log in</html>"));
    assert!(line.starts_with("lakehand: list s3://bucket: "), "{line}");
}

#[test]
fn an_expired_sso_session_names_the_command_before_anything_is_asked() {
    let home = Home::with_config("[lakes.tre]\nprofile = \"tre\"\nregion = \"eu-west-2\"\n");
    let profile = "[profile tre]\nsso_session = s\nsso_account_id = 111122223333\n\
                   sso_role_name = Manager\n[sso-session s]\nsso_region = eu-west-2\n\
                   sso_start_url = https://example.awsapps.com/start\n";
    std::fs::write(home.path().join("aws"), profile).expect("a profile");
    let mut command = home.command(&["--lake", "tre", "ls", "s3://bucket/"]);
    command.env("AWS_CONFIG_FILE", home.path().join("aws"));
    let ended = Ended::of(command.output().expect("lakehand runs"));
    assert!(ended.complaint().ends_with("(run: aws sso login --profile tre)"), "{}", ended.stderr);
}

#[test]
fn a_profile_that_is_not_there_is_named() {
    let home = Home::with_config("[lakes.tre]\nprofile = \"typo\"\nregion = \"eu-west-2\"\n");
    let ended = Ended::of(
        home.command(&["--lake", "tre", "ls", "s3://bucket/"]).output().expect("lakehand runs"),
    );
    assert!(ended.complaint().contains("typo"), "{}", ended.stderr);
}

#[test]
fn a_proxy_of_the_environment_is_gone_through() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let proxy = format!("http://{}", listener.local_addr().expect("its address"));
    let asked = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 1024];
        let read = stream.read(&mut request).expect("a request");
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let home = Home::with_config("[lakes.tre]\nregion = \"eu-west-2\"\n");
    let mut command = home.command(&["--lake", "tre", "ls", "s3://bucket/"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("HTTPS_PROXY", proxy);
    let ended = Ended::of(command.output().expect("lakehand runs"));
    let asked = asked.join().expect("the proxy ran");
    assert!(asked.starts_with("CONNECT bucket.s3.eu-west-2.amazonaws.com:443 "), "{asked}");
    assert!(ended.complaint().starts_with("lakehand: list s3://bucket: "), "{}", ended.stderr);
}

#[test]
fn a_ca_bundle_that_is_none_is_named_before_anything_is_asked() {
    let home = Home::with_config("[lakes.tre]\nregion = \"eu-west-2\"\n");
    let bundle = home.path().join("ca.pem");
    let said = || {
        let mut command = home.command(&["--lake", "tre", "ls", "s3://bucket/"]);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_CA_BUNDLE", &bundle);
        Ended::of(command.output().expect("lakehand runs")).complaint().to_owned()
    };
    assert!(said().contains("ca.pem: No such file"), "{}", said());
    std::fs::write(&bundle, "no certificate").expect("a file");
    assert!(said().ends_with("ca.pem: it holds no PEM certificate"), "{}", said());
}

#[test]
fn an_s3_of_its_own_is_not_asked_who_we_are_at_aws() {
    let body = error("AccessDenied", "Access Denied");
    let home = Home::with_config("[lakes.own]\nregion = \"r\"\naccount_id = \"111122223333\"\n");
    std::fs::write(home.path().join("a.txt"), "a").expect("a file");
    let mut command = home.command(&["--lake", "own", "put", "a.txt", "s3://bucket/"]);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_ENDPOINT_URL_S3", server("403 Forbidden", "", body));
    let ended = Ended::of(command.output().expect("lakehand runs"));
    assert!(ended.stderr.contains("there is no STS beside it"), "{}", ended.stderr);
}
