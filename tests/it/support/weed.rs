//! SeaweedFS: an S3 that nobody here wrote, persistent and real.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use super::outside::bin;
use crate::process::{Ended, Home};

pub struct Weed {
    child: Child,
    url: String,
    _dir: tempfile::TempDir,
}

impl Weed {
    /// Starts one on free ports, with `local`/`local` as its administrator.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("s3.json");
        std::fs::write(
            &config,
            r#"{"identities":[{"name":"local",
                "credentials":[{"accessKey":"local","secretKey":"local"}],
                "actions":["Admin","Read","Write","List","Tagging"]}]}"#,
        )
        .unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        // Each service has an HTTP and a gRPC port; left alone it would take well-known ones.
        let ports = free_ports(11);
        let flags = [
            "s3.port",
            "s3.port.grpc",
            "master.port",
            "master.port.grpc",
            "filer.port",
            "filer.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "webdav.port",
            "admin.port",
            "admin.port.grpc",
        ];
        let mut child = Command::new(bin("weed"))
            .args(["mini", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.telemetry=false"])
            .args(["-s3.port.iceberg=0", "-s3.port.lance=0"])
            .arg(format!("-dir={}", data.display()))
            .arg(format!("-s3.config={}", config.display()))
            .args(flags.iter().zip(&ports).map(|(flag, port)| format!("-{flag}={port}")))
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("weed starts");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(
            lines.any(|line| line.contains("All enabled components are running")),
            "SeaweedFS did not come up"
        );
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{}", ports[0]), _dir: dir }
    }

    /// A lakehand whose S3 this is.
    pub fn lakehand(&self, home: &Home, args: &[&str]) -> Ended {
        let mut command = home.command(args);
        command
            .env("AWS_ENDPOINT_URL_S3", self.url())
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_REGION", "us-east-1");
        Ended::of(command.output().expect("lakehand runs"))
    }

    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Free ports that are still ports with 10,000 added, which SeaweedFS does to some.
fn free_ports(count: usize) -> Vec<u16> {
    // All are held until the end, so that none is given twice.
    let mut held = Vec::new();
    let mut ports = Vec::new();
    while ports.len() < count {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        ports.extend(Some(listener.local_addr().unwrap().port()).filter(|port| *port < 55_000));
        held.push(listener);
    }
    ports
}

impl Drop for Weed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
