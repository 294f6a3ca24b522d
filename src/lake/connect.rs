//! From settings to SDK clients: credentials, region, endpoints, trust, proxy, deadlines.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector, ConnectorBuilder, proxy::ProxyConfig};
use aws_smithy_runtime_api::client::http::{
    HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};

use super::ask::{Pace, Service};
use super::lean::{Lean, MakeConnector};
use crate::model::settings::Settings;
use crate::model::trouble::{Kind, Trouble};

/// S3 closes an idle connection at about five seconds; one second earlier we do, so that no
/// request is written into a connection that is going away.
const IDLE: Duration = Duration::from_secs(4);
const CONNECT: Duration = Duration::from_secs(5);
/// From the request's first byte to the answer's first, for [`Pace::Quick`].
const ANSWER: Duration = Duration::from_secs(20);
const ATTEMPT: Duration = Duration::from_secs(30);
/// The SDK's own five seconds misfire on slow uplinks.
const STALL_GRACE: Duration = Duration::from_secs(60);

/// The way into an embedded lake: what its requests go through and whose keys to sign with.
#[derive(Clone)]
pub struct Seam {
    pub http: SharedHttpConnector,
    pub access_key: String,
    pub secret_key: String,
}

impl std::fmt::Debug for Seam {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seam").field("access_key", &self.access_key).finish_non_exhaustive()
    }
}

/// Where a local lake's requests are addressed; nothing listens there, the seam answers.
const LOCAL_ENDPOINT: &str = "http://127.0.0.1";
const LOCAL_REGION: &str = "us-east-1";

/// The clients of one look at the credentials. Made anew once those have expired.
pub(crate) struct Clients {
    pub(crate) sdk: SdkConfig,
    pub(crate) athena: aws_sdk_athena::Client,
    pub(crate) glue: aws_sdk_glue::Client,
    pub(crate) formation: aws_sdk_lakeformation::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) region: String,
    pub(super) lean: Lean,
    endpoints: HashMap<Service, String>,
    s3: Mutex<HashMap<(String, Pace), aws_sdk_s3::Client>>,
}

impl Clients {
    /// S3 in a region. Clients share one connection pool, so another one costs little.
    pub(crate) fn s3(&self, region: &str, pace: Pace) -> aws_sdk_s3::Client {
        let mut made = self.s3.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        made.entry((region.to_owned(), pace)).or_insert_with(|| self.make_s3(region, pace)).clone()
    }

    fn make_s3(&self, region: &str, pace: Pace) -> aws_sdk_s3::Client {
        let mut conf = aws_sdk_s3::config::Builder::from(&self.sdk)
            .region(Region::new(region.to_owned()))
            .timeout_config(timeouts(pace))
            .stalled_stream_protection(stall(pace));
        if let Some(endpoint) = self.endpoints.get(&Service::S3) {
            conf = conf.endpoint_url(endpoint).force_path_style(wants_path_style(endpoint));
        }
        aws_sdk_s3::Client::from_conf(conf.build())
    }

    /// KMS in a region. Asked so rarely that its client is not kept.
    pub(crate) fn kms(&self, region: &str) -> aws_sdk_kms::Client {
        let mut conf =
            aws_sdk_kms::config::Builder::from(&self.sdk).region(Region::new(region.to_owned()));
        if let Some(endpoint) = self.endpoints.get(&Service::Kms) {
            conf = conf.endpoint_url(endpoint);
        }
        aws_sdk_kms::Client::from_conf(conf.build())
    }

    /// The endpoint of an S3 that is not AWS's and has no such service beside it.
    pub(crate) fn lonely_s3(&self, service: Service) -> Option<&str> {
        let s3 = self.endpoint(Service::S3)?;
        (self.endpoint(service).is_none() && !is_amazons(s3)).then_some(s3)
    }

    /// The endpoint a service is reached at, where it is not AWS's own.
    pub(crate) fn endpoint(&self, service: Service) -> Option<&str> {
        self.endpoints.get(&service).map(String::as_str)
    }
}

/// Reads profile, environment and endpoints, and makes the clients. Nothing goes over the
/// network unless the region has to be asked of the machine (EC2 metadata).
///
/// # Errors
/// [`Kind::Invalid`] where no region is set, or the CA bundle cannot be read.
pub(crate) async fn connect(settings: &Settings, seam: Option<&Seam>) -> Result<Clients, Trouble> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts(Pace::Quick))
        .stalled_stream_protection(stall(Pace::Quick));
    if let Ok(name) = AppName::new("lakehand") {
        loader = loader.app_name(name);
    }
    let make_connector: MakeConnector;
    (loader, make_connector) = match seam {
        Some(seam) => into_local(loader, seam),
        None => into_aws(loader, settings)?,
    };
    let sdk = loader.load().await;
    let region = sdk.region().map(Region::to_string).ok_or_else(|| missing_region(settings))?;
    let endpoints = endpoints(&sdk, settings, seam.is_some());
    check(settings, &endpoints)?;
    Ok(Clients {
        athena: athena(&sdk, endpoints.get(&Service::Athena)),
        glue: glue(&sdk, endpoints.get(&Service::Glue)),
        formation: formation(&sdk, endpoints.get(&Service::LakeFormation)),
        sts: sts(&sdk, endpoints.get(&Service::Sts)),
        s3: Mutex::default(),
        lean: Lean::new(sdk.clone(), endpoints.get(&Service::S3).cloned(), make_connector),
        region,
        endpoints,
        sdk,
    })
}

fn into_local(loader: ConfigLoader, seam: &Seam) -> (ConfigLoader, MakeConnector) {
    let keys =
        Credentials::new(&seam.access_key, &seam.secret_key, None, None, "lakehand local lake");
    let (http, same) = (seam.http.clone(), seam.http.clone());
    let loader = loader
        .http_client(http_client_fn(move |_, _| http.clone()))
        .credentials_provider(keys)
        .region(Region::from_static(LOCAL_REGION))
        .endpoint_url(LOCAL_ENDPOINT);
    (loader, Box::new(move || same.clone()))
}

fn into_aws(
    loader: ConfigLoader,
    settings: &Settings,
) -> Result<(ConfigLoader, MakeConnector), Trouble> {
    let trust = trust_store()?;
    let mut loader = loader.http_client(https(context(trust.clone())));
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &settings.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    Ok((loader, Box::new(move || bulk(context(trust.clone())))))
}

fn missing_region(settings: &Settings) -> Trouble {
    Trouble::new(Kind::Invalid, format!("open lake {}", settings.name), "no region is set")
        .hint(format!("set region in [lakes.{}] or AWS_REGION", settings.name))
}

/// The way that requests to AWS go, without a deadline for long uploads.
///
/// # Errors
/// [`Kind::Invalid`] and [`Kind::Disk`] where the CA bundle cannot be read.
pub fn connector() -> Result<SharedHttpConnector, Trouble> {
    Ok(bulk(context(trust_store()?)))
}

fn context(trust: TrustStore) -> TlsContext {
    TlsContext::builder().with_trust_store(trust).build().unwrap_or_default()
}

/// The SDK's way: a connector for each pace.
fn https(context: TlsContext) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = connector_builder();
        connector.set_connector_settings(settings.cloned());
        if let Some(sleep) = components.and_then(|parts| parts.sleep_impl()) {
            connector.set_sleep_impl(Some(sleep));
        }
        over_tls(connector, &context)
    })
}

/// A connector of its own, at [`Pace::Bulk`].
fn bulk(context: TlsContext) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT).build();
    SharedHttpConnector::new(over_tls(connector_builder().connector_settings(settings), &context))
}

/// With trust store *and* proxy configuration: the SDK reads neither `AWS_CA_BUNDLE` nor
/// `HTTPS_PROXY` by itself, and a bastion often needs both.
fn connector_builder() -> ConnectorBuilder {
    Connector::builder().proxy_config(ProxyConfig::from_env()).pool_idle_timeout(IDLE)
}

fn over_tls(connector: ConnectorBuilder, context: &TlsContext) -> Connector {
    connector
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(context.clone())
        .build()
}

/// The platform's roots and, where `AWS_CA_BUNDLE` names a PEM file, its certificates.
fn trust_store() -> Result<TrustStore, Trouble> {
    let trust = TrustStore::default();
    let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else {
        return Ok(trust);
    };
    let what = format!("read AWS_CA_BUNDLE {}", path.to_string_lossy());
    let pem = std::fs::read(&path).map_err(|error| Trouble::disk(&what, &error))?;
    if !is_pem(&pem) {
        return Err(Trouble::new(Kind::Invalid, what, "it holds no PEM certificate"));
    }
    Ok(trust.with_pem_certificate(pem))
}

/// The connector panics over a certificate that it cannot decode: look first.
fn is_pem(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    let mut bodies = text.split("-----BEGIN CERTIFICATE-----").skip(1).peekable();
    bodies.peek().is_some() && bodies.all(|body| body_decodes(body).unwrap_or(false))
}

fn body_decodes(body: &str) -> Option<bool> {
    use base64::Engine as _;
    let (body, _) = body.split_once("-----END CERTIFICATE-----")?;
    let packed: String = body.split_whitespace().collect();
    let der = base64::engine::general_purpose::STANDARD.decode(packed).ok()?;
    // Every certificate is one DER sequence.
    Some(der.first() == Some(&0x30))
}

fn timeouts(pace: Pace) -> TimeoutConfig {
    let common = TimeoutConfig::builder().connect_timeout(CONNECT);
    match pace {
        Pace::Quick => common.read_timeout(ANSWER).operation_attempt_timeout(ATTEMPT).build(),
        // "Read" counts from the request's first byte, so a deadline would cut long uploads.
        Pace::Bulk => common.disable_read_timeout().disable_operation_attempt_timeout().build(),
    }
}

fn stall(pace: Pace) -> StalledStreamProtectionConfig {
    let config = StalledStreamProtectionConfig::enabled();
    match pace {
        Pace::Quick => config.grace_period(ANSWER).build(),
        // What is sent has a watch of its own, which knows of limits (`Meter`).
        Pace::Bulk => config.upload_enabled(false).grace_period(STALL_GRACE).build(),
    }
}

/// Per service: `endpoint_urls.X` of the lake, its `endpoint_url`, `AWS_ENDPOINT_URL_X` (or
/// the profile's services section), `AWS_ENDPOINT_URL`; absent where it is AWS's own.
fn endpoints(sdk: &SdkConfig, settings: &Settings, local: bool) -> HashMap<Service, String> {
    Service::ALL
        .into_iter()
        .filter_map(|service| Some((service, endpoint(sdk, settings, local, service)?)))
        .collect()
}

/// # Errors
/// Where one is no URL: the SDK would speak of a region that is no DNS name.
fn check(settings: &Settings, endpoints: &HashMap<Service, String>) -> Result<(), Trouble> {
    let wrong = endpoints.iter().find(|(_, url)| !is_url(url));
    wrong.map_or(Ok(()), |(service, url)| {
        let what = format!("open lake {}", settings.name);
        let why =
            format!("the endpoint of {}, {url:?}, is no http:// or https:// URL", service.id());
        Err(Trouble::new(Kind::Invalid, what, why)
            .hint(format!("see endpoint_url in [lakes.{}] and AWS_ENDPOINT_URL", settings.name)))
    })
}

fn is_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<http::Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
}

fn endpoint(sdk: &SdkConfig, settings: &Settings, local: bool, service: Service) -> Option<String> {
    if local {
        return Some(LOCAL_ENDPOINT.to_owned());
    }
    settings
        .endpoint_urls
        .get(service.name())
        .or(settings.endpoint_url.as_ref())
        .cloned()
        .or_else(|| from_environment(sdk, service))
        .or_else(|| sdk.endpoint_url().map(ToOwned::to_owned))
}

fn from_environment(sdk: &SdkConfig, service: Service) -> Option<String> {
    let key = aws_types::service_config::ServiceConfigKey::builder()
        .service_id(service.id())
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .ok()?;
    sdk.service_config()?.load_config(key).filter(|url| !url.is_empty())
}

/// True where the bucket cannot be a label of the host name.
pub(crate) fn wants_path_style(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<http::Uri>() else { return false };
    let Some(host) = uri.host() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<std::net::IpAddr>().is_ok()
        || bare.eq_ignore_ascii_case("localhost")
        || bare.to_ascii_lowercase().ends_with(".localhost")
}

/// True for a host of AWS's, a VPC endpoint for example.
fn is_amazons(endpoint: &str) -> bool {
    let Ok(uri) = endpoint.parse::<http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|domain| host.ends_with(domain))
}

macro_rules! client {
    ($name:ident, $sdk:ident) => {
        fn $name(sdk: &SdkConfig, endpoint: Option<&String>) -> $sdk::Client {
            let conf = $sdk::config::Builder::from(sdk);
            let conf = match endpoint {
                Some(url) => conf.endpoint_url(url),
                None => conf,
            };
            $sdk::Client::from_conf(conf.build())
        }
    };
}

client!(athena, aws_sdk_athena);
client!(glue, aws_sdk_glue);
client!(formation, aws_sdk_lakeformation);
client!(sts, aws_sdk_sts);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_style_is_for_hosts_without_a_domain() {
        for endpoint in ["http://127.0.0.1:8333", "http://[::1]:9000", "http://localhost:4566"] {
            assert!(wants_path_style(endpoint), "{endpoint}");
        }
        for endpoint in ["https://s3.eu-west-2.amazonaws.com", "https://minio.example.org"] {
            assert!(!wants_path_style(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn endpoints_are_urls() {
        assert!(is_url("http://127.0.0.1:4566") && is_url("https://s3.example.org/base"));
        assert!(!is_url("nonsense") && !is_url("127.0.0.1:4566") && !is_url("ftp://host"));
    }

    #[test]
    fn amazons_hosts_are_known() {
        assert!(is_amazons("https://bucket.vpce-1-2.s3.eu-west-2.vpce.amazonaws.com"));
        assert!(!is_amazons("https://amazonaws.com.example.org"));
        assert!(!is_amazons("http://127.0.0.1:8333"));
    }

    #[test]
    fn a_bundle_without_a_certificate_is_told_from_one_with() {
        assert!(is_pem(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"));
        assert!(!is_pem(b"hello"));
        assert!(!is_pem(b"-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n"));
        assert!(!is_pem(b"-----BEGIN CERTIFICATE-----\nMAA="));
    }
}
