//! Who asks: credentials from the usual places, whose account they are of, and roles in other accounts.
//!
//! It fails at once and with a remedy where there are no credentials, and never falls back to others than were asked for.

use std::sync::Arc;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{
    Credentials, IdentityCache, ProvideCredentials, SharedCredentialsProvider, SharedHttpClient,
};
use aws_sdk_sts::error::DisplayErrorContext;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::call::{Gate, Gates};
use super::failure::{Failure, What, cause, tidy};
use crate::live::actions::{ASSUME_ROLE, CALLER_IDENTITY};
use crate::live::{GLOBAL, Organization, Settings, home_region};

/// Shown in CloudTrail as the one who assumed a role.
const SESSION: &str = "stanchion";

/// One account with the credentials to read it.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: Arc<str>,
    /// `aws`, `aws-cn`, ...
    pub(super) partition: Arc<str>,
    pub(super) sdk: SdkConfig,
}

impl Account {
    /// The region in which what belongs to no region answers.
    pub(super) fn home(&self) -> Arc<str> {
        home_region(&self.partition).into()
    }

    pub(super) fn gate(&self, gates: &Gates, region: &Arc<str>, service: &'static str) -> Gate {
        gates.gate(&self.id, region, service)
    }

    pub(super) fn in_region(&self, region: &str) -> SdkConfig {
        self.sdk.to_builder().region(Region::new(region.to_owned())).build()
    }
}

/// The account of the credentials at hand.
pub(super) async fn own(settings: &Settings, gates: &Gates) -> Result<Account, String> {
    let sdk = load(settings).await;
    let client = aws_sdk_sts::Client::new(&sdk);
    let gate = gates.gate(&"own".into(), &GLOBAL.into(), "sts");
    let answer = gate.call(CALLER_IDENTITY, || client.get_caller_identity().send()).await;
    let answer = answer.map_err(|failure| unidentified(&failure, settings))?;
    let id = answer.account().filter(|id| !id.is_empty());
    let id = id.ok_or("AWS did not say whose credentials these are: check them with aws sts get-caller-identity")?;
    let partition = answer.arn().and_then(|arn| arn.split(':').nth(1)).filter(|it| !it.is_empty()).unwrap_or("aws");
    Ok(Account { id: id.into(), partition: partition.into(), sdk })
}

/// Another account, through a role.
pub(super) async fn assume(
    own: &Account,
    organization: &Organization,
    id: &str,
    gates: &Gates,
) -> Result<Account, Failure> {
    let role = format!("arn:{}:iam::{id}:role/{}", own.partition, organization.role.trim_start_matches('/'));
    // The provider calls by itself, so that it has to try again by itself.
    let patient = own.sdk.to_builder().retry_config(RetryConfig::standard()).build();
    let mut provider = AssumeRoleProvider::builder(&role).session_name(SESSION).configure(&patient);
    if let Some(external_id) = &organization.external_id {
        provider = provider.external_id(external_id);
    }
    let provider = SharedCredentialsProvider::new(provider.build().await);
    gates.gate(&own.id, &GLOBAL.into(), "sts").turn().await;
    if let Err(error) = provider.provide_credentials().await {
        let told = format!("{}", DisplayErrorContext(&error));
        let denied = ["AccessDenied", "not authorized"].iter().any(|sign| told.contains(sign));
        let (what, remedy) = if denied {
            let right = ASSUME_ROLE.iam;
            (
                What::Denied,
                format!("let the role trust whoever runs this, allow {right}, and check --role-name and --external-id"),
            )
        } else {
            (What::Lasting, "check the network and run it again".into())
        };
        let why = said(&tidy(&cause(&error)));
        return Err(Failure { what, message: format!("the role {role} cannot be assumed ({why}): {remedy}") });
    }
    let sdk = own.sdk.to_builder().credentials_provider(provider).build();
    Ok(Account { id: id.into(), partition: own.partition.clone(), sdk })
}

/// The message within what the SDK prints of an error.
fn said(text: &str) -> String {
    let message = text.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
    message.map_or_else(|| text.to_owned(), |(message, _)| message.to_owned())
}

async fn load(settings: &Settings) -> SdkConfig {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(settings.pace.call).build();
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http())
        .identity_cache(IdentityCache::lazy().build())
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts);
    if let Some(keys) = &settings.keys {
        let credentials = Credentials::new(&keys.id, &keys.secret, None, None, SESSION);
        loader = loader.empty_test_environment().credentials_provider(credentials);
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &settings.endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.region(first_region(settings)).load().await
}

/// Where to ask what every region knows. The machine's own metadata are not asked: where there are none, that takes half a
/// minute.
fn first_region(settings: &Settings) -> RegionProviderChain {
    let named = settings.regions.first().map(|region| Region::new(region.clone()));
    let chain = RegionProviderChain::first_try(named);
    if settings.keys.is_some() {
        return chain.or_else("us-east-1");
    }
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &settings.profile {
        profile = profile.profile_name(name);
    }
    chain.or_else(EnvironmentVariableRegionProvider::new()).or_else(profile.build()).or_else("us-east-1")
}

/// One pool of connections, over the only TLS that is built in.
fn http() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

fn unidentified(failure: &Failure, settings: &Settings) -> String {
    let whose = settings.profile.as_ref().map_or_else(String::new, |profile| format!(" of the profile '{profile}'"));
    match failure.what {
        What::Denied => format!(
            "the credentials{whose} are not valid: check the access key and its secret, or log in again ({})",
            failure.message
        ),
        What::Expired => format!("the credentials{whose} have ended: log in again, or get a new session"),
        _ => format!(
            "AWS cannot be asked with the credentials{whose}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a \
             profile with --profile, or run where a role is at hand; and check the network ({})",
            failure.message
        ),
    }
}
