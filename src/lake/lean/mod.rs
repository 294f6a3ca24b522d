//! PutObject, UploadPart and ListObjectsV2 by the shortest way that is still the SDK's own.
//!
//! An upload of many small files is one PutObject a file, and most of what that costs is not
//! the request but its orchestration: endpoint rules, authentication schemes, some thirty
//! interceptors and a retry loop, made anew every time. A listing is dear for its answers, which
//! the client reads to the end and makes a struct for each key of. Here the SDK's serialiser,
//! signer, connector and deserialiser are called one after the other; the endpoint and the
//! identity are asked for once.
//!
//! What is left out: retries (the engines have their own), the correction of a wrong
//! clock, and buckets that want another signature than SigV4 (directory buckets, access points
//! of several regions). Those are sent by the client as ever.

mod list;
mod payload;
mod upload;

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_runtime::user_agent::{ApiMetadata, AwsUserAgent};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2;
use aws_sdk_s3::operation::put_object::PutObject;
use aws_sdk_s3::operation::upload_part::UploadPart;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse as _, SerializeRequest as _, SharedRequestSerializer,
    SharedResponseDeserializer,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer, Layer};
use aws_smithy_types::endpoint::Endpoint;
use http::HeaderValue;
use http::header::USER_AGENT;

use self::payload::Payload;
use super::connect::wants_path_style;
use super::trouble::{Failed, ServiceFault};

pub(super) use list::page;
pub(super) use upload::{part, put};

/// Credentials that end sooner are asked for anew.
const NEARLY_OVER: Duration = Duration::from_secs(60);

/// Makes the connector when the first request needs it: reading the trusted roots takes
/// milliseconds, which most starts can do without.
pub(super) type MakeConnector = Box<dyn Fn() -> SharedHttpConnector + Send + Sync>;

/// The short way, and what it remembers.
pub(super) struct Lean {
    sdk: SdkConfig,
    /// Where it is not AWS's own.
    endpoint: Option<String>,
    make_connector: MakeConnector,
    connector: OnceLock<SharedHttpConnector>,
    agent: Option<HeaderValue>,
    put: Operation,
    part: Operation,
    list: Operation,
    identity: Mutex<Option<Identity>>,
    /// Held while credentials are asked for, which is done once for all who wait.
    asking: tokio::sync::Mutex<()>,
    /// By bucket and region; `None` where the short way does not lead there.
    places: Mutex<Places>,
}

/// By bucket and region; `None` where the short way does not lead there.
type Places = HashMap<(String, String), Option<Arc<Place>>>;

/// Where the requests of one bucket go, and what they are signed for.
struct Place {
    url: String,
    region: String,
    service: String,
}

/// Leave to send to one bucket.
pub(super) struct Way<'a> {
    lean: &'a Lean,
    place: Arc<Place>,
}

/// The SDK's serialiser and deserialiser of an operation.
struct Operation(FrozenLayer);

impl Operation {
    fn of(operation: &impl RuntimePlugin) -> Self {
        Self(operation.config().unwrap_or_else(|| Layer::new("none").freeze()))
    }
}

/// By the short way where it leads to the bucket, else by the client, which also sets its clock
/// right where an answer says that it is wrong.
async fn shortest<'a, T, E, Short, Long>(
    lean: &'a Lean,
    client: &Client,
    bucket: &str,
    short: impl FnOnce(Way<'a>) -> Short,
    long: impl FnOnce() -> Long,
) -> Result<T, Failed<E>>
where
    E: ServiceFault,
    Short: Future<Output = Result<T, Failed<E>>>,
    Long: Future<Output = Result<T, Failed<E>>>,
{
    let region = client.config().region().map(AsRef::as_ref).unwrap_or_default();
    if let Some(way) = lean.way(bucket, region).await {
        let sent = short(way).await;
        let skewed = |error: &Failed<E>| error.code() == Some("RequestTimeTooSkewed");
        if !sent.as_ref().is_err_and(skewed) {
            return sent;
        }
    }
    // Apart, so that what is sent the short way does not carry its great state along.
    Box::pin(long()).await
}

impl Lean {
    pub fn new(sdk: SdkConfig, endpoint: Option<String>, make_connector: MakeConnector) -> Self {
        Self {
            agent: agent(&sdk),
            sdk,
            endpoint,
            make_connector,
            connector: OnceLock::new(),
            put: Operation::of(&PutObject::new()),
            part: Operation::of(&UploadPart::new()),
            list: Operation::of(&ListObjectsV2::new()),
            identity: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
            places: Mutex::default(),
        }
    }

    /// The short way to a bucket, where it leads there.
    pub async fn way(&self, bucket: &str, region: &str) -> Option<Way<'_>> {
        let key = (bucket.to_owned(), region.to_owned());
        let known = lock(&self.places).get(&key).cloned();
        let place = match known {
            Some(place) => place,
            None => {
                let place = self.look_up(bucket, region).await.map(Arc::new);
                lock(&self.places).entry(key).or_insert(place).clone()
            }
        };
        place.map(|place| Way { lean: self, place })
    }

    async fn look_up(&self, bucket: &str, region: &str) -> Option<Place> {
        // Access points have settings of their own, which only the client knows.
        if bucket.starts_with("arn:") || self.sdk.credentials_provider().is_none() {
            return None;
        }
        let params = Params::builder()
            .bucket(bucket)
            .region(region)
            .set_endpoint(self.endpoint.clone())
            .set_force_path_style(self.endpoint.as_deref().map(wants_path_style))
            .set_use_fips(self.sdk.use_fips())
            .set_use_dual_stack(self.sdk.use_dual_stack())
            .build()
            .ok()?;
        let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.ok()?;
        Place::of(&endpoint)
    }

    /// Who signs. Asked of the credentials' provider once, and again before they end.
    async fn identity<E>(&self) -> Result<Identity, Failed<E>> {
        if let Some(identity) = self.known_identity() {
            return Ok(identity);
        }
        let _asking = self.asking.lock().await;
        if let Some(identity) = self.known_identity() {
            return Ok(identity);
        }
        let provider = self.sdk.credentials_provider();
        let provider =
            provider.ok_or_else(|| SdkError::construction_failure("no providers in chain"))?;
        let found = provider.provide_credentials().await.map_err(SdkError::construction_failure)?;
        let identity = Identity::from(found);
        *lock(&self.identity) = Some(identity.clone());
        Ok(identity)
    }

    fn known_identity(&self) -> Option<Identity> {
        let until = SystemTime::now() + NEARLY_OVER;
        let lasts = |identity: &Identity| identity.expiration().is_none_or(|end| end > until);
        lock(&self.identity).clone().filter(lasts)
    }
}

impl Place {
    /// `None` where the bucket asks for another signature, or for headers.
    fn of(endpoint: &Endpoint) -> Option<Self> {
        let [scheme] = endpoint.auth_schemes() else { return None };
        let named = |key| scheme.get(key)?.as_string().map(ToOwned::to_owned);
        let plain = scheme.name() == "sigv4" && endpoint.headers().next().is_none();
        let (region, service) = (named("signingRegion")?, named("signingName")?);
        plain.then(|| Self { url: endpoint.url().to_owned(), region, service })
    }
}

impl Way<'_> {
    /// Sends it once; the answer's body is still to come.
    async fn send<E>(
        &self,
        operation: &Operation,
        input: Input,
        payload: Payload,
    ) -> Result<HttpResponse, Failed<E>> {
        let identity = self.lean.identity().await?;
        let request = self
            .request(operation, input, payload, &identity)
            .map_err(SdkError::construction_failure)?;
        let connector = self.lean.connector.get_or_init(&self.lean.make_connector);
        connector.call(request).await.map_err(SdkError::dispatch_failure)
    }

    fn request(
        &self,
        Operation(operation): &Operation,
        input: Input,
        payload: Payload,
        identity: &Identity,
    ) -> Result<HttpRequest, BoxError> {
        let serializer = operation.load::<SharedRequestSerializer>().ok_or("no serialiser")?;
        let mut request = serializer.serialize_input(input, &mut ConfigBag::base())?;
        request.uri_mut().set_endpoint(&self.place.url)?;
        if let Some(agent) = &self.lean.agent {
            request.headers_mut().insert(USER_AGENT, agent.clone());
        }
        let body = payload.dress(&mut request)?;
        self.sign(&mut request, body, identity)?;
        Ok(request)
    }

    fn sign(
        &self,
        request: &mut HttpRequest,
        body: SignableBody<'_>,
        identity: &Identity,
    ) -> Result<(), BoxError> {
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.place.region)
            .name(&self.place.service)
            .time(SystemTime::now())
            .settings(as_s3_signs())
            .build()?;
        let signable =
            SignableRequest::new(request.method(), request.uri(), request.headers().iter(), body)?;
        let (signed, _) = sign(signable, &SigningParams::V4(params))?.into_parts();
        for header in signed.into_parts().0 {
            let mut value = HeaderValue::from_str(header.value())?;
            value.set_sensitive(header.sensitive());
            request.headers_mut().insert(header.name(), value);
        }
        Ok(())
    }
}

/// What an answer says whose body is in memory.
fn read<T, E>(Operation(operation): &Operation, answer: HttpResponse) -> Result<T, Failed<E>>
where
    T: std::fmt::Debug + Send + Sync + 'static,
    E: Error + Send + Sync + 'static,
{
    let Some(deserializer) = operation.load::<SharedResponseDeserializer>() else {
        return Err(SdkError::response_error("no deserialiser", answer));
    };
    let read = deserializer.deserialize_nonstreaming_with_config(&answer, &ConfigBag::base());
    let error = match read.map(|output| output.downcast::<T>()) {
        Ok(Ok(output)) => return Ok(output),
        Ok(Err(_)) => return Err(SdkError::response_error("another answer", answer)),
        Err(error) => error,
    };
    // The only way to have what the service said, and not a reference to it.
    let mut said = None;
    let rest = error.map_operation_error(|error| said = error.downcast::<E>().ok());
    match said {
        Some(said) => Err(SdkError::service_error(said, answer)),
        None => Err(SdkError::response_error(format!("{rest:?}"), answer)),
    }
}

/// SigV4 as S3 wants it: paths are taken as they are, and the payload's hash has a header.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>
fn as_s3_signs() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// Who asks, as the SDK says it.
fn agent(sdk: &SdkConfig) -> Option<HeaderValue> {
    let version = aws_sdk_s3::meta::PKG_VERSION;
    let mut agent =
        AwsUserAgent::new_from_environment(Default::default(), ApiMetadata::new("s3", version));
    if let Some(name) = sdk.app_name() {
        agent.set_app_name(name.clone());
    }
    HeaderValue::from_str(&agent.aws_ua_header()).ok()
}

/// The answer with its body read to the end, which also frees the connection for the next.
async fn in_memory<E>(mut answer: HttpResponse) -> Result<HttpResponse, Failed<E>> {
    let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
    match ByteStream::new(body).collect().await {
        Ok(bytes) => {
            *answer.body_mut() = SdkBody::from(bytes.into_bytes());
            Ok(answer)
        }
        Err(error) => Err(SdkError::response_error(error, answer)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;

    fn lean(endpoint: Option<&str>) -> Lean {
        let keys = Credentials::new("key", "secret", None, None, "test");
        let sdk =
            SdkConfig::builder().credentials_provider(SharedCredentialsProvider::new(keys)).build();
        let unused: MakeConnector = Box::new(|| unreachable!("nothing is sent"));
        Lean::new(sdk, endpoint.map(ToOwned::to_owned), unused)
    }

    async fn url(lean: &Lean, bucket: &str) -> Option<String> {
        Some(lean.way(bucket, "eu-west-2").await?.place.url.clone())
    }

    #[tokio::test]
    async fn it_leads_where_the_client_would_send() {
        let aws = lean(None);
        let there = url(&aws, "tre-source").await.unwrap();
        assert_eq!(there, "https://tre-source.s3.eu-west-2.amazonaws.com");
        let dotted = url(&aws, "tre.source").await.unwrap();
        assert_eq!(dotted, "https://s3.eu-west-2.amazonaws.com/tre.source");
        let way = aws.way("tre-source", "eu-west-2").await.unwrap();
        assert_eq!((way.place.region.as_str(), way.place.service.as_str()), ("eu-west-2", "s3"));
        let minio = lean(Some("http://127.0.0.1:9000"));
        assert_eq!(url(&minio, "b").await.unwrap(), "http://127.0.0.1:9000/b");
    }

    #[tokio::test]
    async fn what_is_signed_otherwise_is_left_to_the_client() {
        let aws = lean(None);
        for bucket in ["d--use1-az4--x-s3", "arn:aws:s3::111122223333:accesspoint/x.mrap"] {
            assert_eq!(url(&aws, bucket).await, None, "{bucket}");
        }
    }

    #[tokio::test]
    async fn credentials_that_end_soon_are_asked_for_again() {
        let way = lean(None);
        let ends = |left| {
            let end = SystemTime::now() + left;
            Identity::from(Credentials::new("k", "s", None, Some(end), "test"))
        };
        *lock(&way.identity) = Some(ends(Duration::from_secs(30)));
        assert!(way.known_identity().is_none());
        *lock(&way.identity) = Some(ends(Duration::from_secs(300)));
        assert!(way.known_identity().is_some());
        assert!(way.identity::<std::io::Error>().await.is_ok());
    }
}
