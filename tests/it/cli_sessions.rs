//! A session that ends while `put` runs, and is renewed elsewhere: the real binary, through
//! the SDK's real credential chain, against a local lake that refuses the old session.

use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use serde_json::Value;

use crate::faults::proxy::Proxy;
use crate::faults::scenario::{Act, Fault};
use crate::process::Home;
use crate::support::serve::Serve;

/// The lake is reached through a proxy that refuses the session `old` from the third part on.
struct Stage {
    home: Home,
    proxy: Proxy,
    lake: PathBuf,
    _serve: Serve,
}

impl Stage {
    async fn new(profile: &str) -> Self {
        let home = Home::with_config(
            "[lakes.tre]\nprofile = \"tre\"\nregion = \"eu-west-2\"\naccount_id = \"000000000000\"\n",
        );
        fs::write(home.path().join("aws-config"), profile).unwrap();
        let lake = home.path().join("lake");
        fs::create_dir_all(lake.join("buckets/the-source")).unwrap();
        let serve = Serve::start(&lake);
        let expire = Fault {
            on: "PUT /big partNumber".to_owned(),
            skip: 2,
            times: Some(1),
            act: Act::Expire { ms: 0, token: "old".to_owned() },
        };
        let store: SocketAddr = serve.url().trim_start_matches("http://").parse().unwrap();
        let proxy = Proxy::start(store, vec![expire], home.path().to_owned()).await;
        fs::write(home.path().join("big"), crate::transfer_rig::noise(32 << 20, 5)).unwrap();
        Self { home, proxy, lake, _serve: serve }
    }

    /// A `put` that takes a few seconds, and what it says on its way.
    fn put(&self, sso: Option<&str>) -> Put {
        let mut command = self.home.command(&["--lake", "tre", "put", "--json"]);
        command
            .args(["--part-size", "5MiB", "--concurrency", "2", "--limit", "8MiB"])
            .args(["big", "s3://the-source/"])
            .env("AWS_CONFIG_FILE", self.home.path().join("aws-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.home.path().join("aws-credentials"))
            .env("AWS_ENDPOINT_URL", format!("http://{}", self.proxy.address))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(sso) = sso {
            command.env("AWS_ENDPOINT_URL_SSO", sso);
        }
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        Put { child, said }
    }

    /// The upload went to its end, and nothing was sent twice but what was under way.
    fn arrived(&self, ended: &Value) {
        assert_eq!((&ended["status"], &ended["proof"]), (&"done".into(), &"crc64nvme".into()));
        let sent = fs::read(self.home.path().join("big")).unwrap();
        assert!(fs::read(self.lake.join("buckets/the-source/big")).unwrap() == sent);
        // Whom the new session belongs to was asked before the object was completed.
        let audit = fs::read_to_string(self.home.audit_file()).unwrap();
        let last = audit.lines().last().unwrap();
        assert!(last.contains("arn:aws:iam::000000000000:root"), "{last}");
        let most = sent.len() as u64 + 2 * (5 << 20);
        assert!(ended["bytes_sent"].as_u64().unwrap() <= most, "{ended}");
    }
}

struct Put {
    child: Child,
    said: BufReader<std::process::ChildStderr>,
}

impl Put {
    /// Reads progress until it says that it waits, and for what.
    fn waits(&mut self) -> String {
        let mut all = String::new();
        while self.said.read_line(&mut all).unwrap() > 0 {
            if all.contains("waiting: ") {
                return all;
            }
        }
        panic!("it ended without waiting: {all}");
    }

    fn end(mut self) -> Value {
        let mut rest = String::new();
        self.said.read_to_string(&mut rest).unwrap();
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{rest}");
        let lines = String::from_utf8(output.stdout).unwrap();
        serde_json::from_str(lines.lines().next().unwrap()).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_renewed_in_the_credentials_file_is_taken_up() {
    let stage = Stage::new("").await;
    let keys = |token: &str| {
        let text = format!(
            "[tre]\naws_access_key_id = local\naws_secret_access_key = local\n\
             aws_session_token = {token}\n"
        );
        fs::write(stage.home.path().join("aws-credentials"), text).unwrap();
    };
    keys("old");
    let mut put = stage.put(None);
    let said = put.waits();
    assert!(
        said.contains("waiting: the session has expired (run: aws sso login --profile tre)"),
        "{said}"
    );
    keys("new");
    stage.arrived(&put.end());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_process_is_asked_again() {
    let stage = Stage::new("[profile tre]\ncredential_process = sh ./keys.sh\n").await;
    let script = |then: &str| fs::write(stage.home.path().join("keys.sh"), then).unwrap();
    let keys = |token: &str| {
        format!(
            "echo '{{\"Version\": 1, \"AccessKeyId\": \"local\", \"SecretAccessKey\": \"local\", \
             \"SessionToken\": \"{token}\", \"Expiration\": \"2099-01-01T00:00:00Z\"}}'"
        )
    };
    script(&keys("old"));
    let mut put = stage.put(None);
    put.waits();
    // Not renewed yet: it goes on waiting.
    script("echo 'your login has expired, log in again' >&2; exit 1");
    put.waits();
    script(&keys("new"));
    stage.arrived(&put.end());
}

/// `aws sso login` writes a token into `~/.aws/sso/cache`, which the chain changes for keys at
/// the portal. Here the portal is a server of ours, and the tokens are written by the test.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_login_in_the_sso_cache_is_taken_up() {
    let profile = "[profile tre]\nsso_session = s\nsso_account_id = 111122223333\n\
                   sso_role_name = Manager\n[sso-session s]\nsso_region = eu-west-2\n\
                   sso_start_url = https://example.awsapps.com/start\n";
    let stage = Stage::new(profile).await;
    let cache = stage.home.path().join(".aws/sso/cache");
    fs::create_dir_all(&cache).unwrap();
    let login = |token: &str, until: &str| {
        use sha1::Digest as _;
        let name = format!("{}.json", hex::encode(sha1::Sha1::digest(b"s")));
        let text = format!("{{\"accessToken\": \"{token}\", \"expiresAt\": \"{until}\"}}");
        fs::write(cache.join(name), text).unwrap();
    };
    let (portal, asked) = portal();
    login("old", "2099-01-01T00:00:00Z");
    let mut put = stage.put(Some(&portal));
    let said = put.waits();
    assert!(said.contains("run: aws sso login --profile tre"), "{said}");
    login("old", "2020-01-01T00:00:00Z");
    let said = put.waits();
    assert!(said.contains("run: aws sso login --profile tre"), "{said}");
    login("new", "2099-01-01T00:00:00Z");
    stage.arrived(&put.end());
    assert!(asked.load(SeqCst) >= 2, "the portal gave keys for both logins");
}

/// GetRoleCredentials: keys of the local lake whose session token is the login's. And how
/// often it was asked.
fn portal() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::<AtomicUsize>::default();
    let count = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let read = stream.read(&mut request).unwrap_or_default();
            let head = String::from_utf8_lossy(&request[..read]).to_lowercase();
            let token = head.lines().find_map(|line| line.strip_prefix("x-amz-sso_bearer_token: "));
            let body = format!(
                "{{\"roleCredentials\":{{\"accessKeyId\":\"local\",\"secretAccessKey\":\"local\",\
                 \"sessionToken\":\"{}\",\"expiration\":4070908800000}}}}",
                token.unwrap_or_default().trim()
            );
            count.fetch_add(1, SeqCst);
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (url, asked)
}
