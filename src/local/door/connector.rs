//! The connector of the SDK's HTTP client whose far end is the lake in this process: no socket, the same
//! signed requests, the same streaming bodies.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, Request, header};
use s3s::Body;

use super::super::LocalLake;

/// Hands requests to the lake. It ignores timeouts: there is nobody to wait for but ourselves.
#[derive(Clone)]
pub(in crate::local) struct Connector(pub(in crate::local) Arc<LocalLake>);

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector to the local lake")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let lake = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = inward(request)?;
            let answer = lake.call(request).await;
            HttpResponse::try_from(answer.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn inward(request: HttpRequest) -> Result<Request<Body>, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let mut request = request.map(Body::http_body);
    // It was signed for the host of its URI, which hyper would write into a header.
    if !request.headers().contains_key(header::HOST)
        && let Some(authority) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(header::HOST, host);
    }
    Ok(request)
}
