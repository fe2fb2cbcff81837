//! What an error of AWS means for a collection: a table of codes, and the rest by where the error came from.
//!
//! It does not decide what to do about it.

use std::error::Error;

use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};

use crate::live::actions::Action;
use crate::live::redact;
use crate::model::{Gap, GapReason};

/// Characters of a foreign message that are shown.
const MAX_TEXT: usize = 300;

/// Why a call did not give what it was asked for.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) what: What,
    /// A lower-case sentence with cause and remedy.
    pub(super) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Denied,
    Throttled,
    /// The thing asked for is not there.
    Gone,
    /// Not offered here.
    Unsupported,
    /// AWS Config does not record it.
    NotRecorded,
    /// Credentials ended: every further call will fail alike.
    Expired,
    /// The calls that were allowed for it are used up.
    Spent,
    /// Nobody was there to answer; may work when tried again.
    Unreached,
    /// May work when tried again.
    Passing,
    /// Will not.
    Lasting,
}

impl Failure {
    pub(super) fn lasting(message: impl Into<String>) -> Self {
        Self { what: What::Lasting, message: message.into() }
    }

    pub(super) fn gap(&self) -> Gap {
        let reason = match self.what {
            What::Denied => GapReason::Denied,
            What::Throttled => GapReason::Throttled,
            What::Unsupported => GapReason::Unsupported,
            What::NotRecorded => GapReason::NotRecorded,
            What::Spent => GapReason::Budget,
            What::Gone | What::Expired | What::Unreached | What::Passing | What::Lasting => GapReason::Failed,
        };
        Gap { reason, message: self.message.clone(), id: None }
    }
}

/// Error codes of all services that are called, as far as they do not fail for good.
const CODES: &[(What, &[&str])] = &[
    (
        What::Denied,
        &[
            "AccessDenied",
            "AccessDeniedException",
            "AuthFailure",
            "AuthorizationError",
            "AuthorizationErrorException",
            "InvalidClientTokenId",
            "InsufficientPermissionsException",
            "NotAuthorized",
            "OptInRequired",
            "SignatureDoesNotMatch",
            "SubscriptionRequiredException",
            "UnauthorizedAccess",
            "UnauthorizedException",
            "UnauthorizedOperation",
            "UnrecognizedClientException",
        ],
    ),
    (
        What::Throttled,
        &[
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "PriorRequestNotComplete",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequests",
            "TooManyRequestsException",
        ],
    ),
    (
        What::Gone,
        &[
            "NoSuchEntity",
            "NoSuchEntityException",
            "NotFoundException",
            "ResourceNotDiscoveredException",
            "ResourceNotFoundException",
        ],
    ),
    (
        What::Unsupported,
        &[
            "InvalidAction",
            "InvalidExpressionException",
            "RegionDisabledException",
            "TypeNotFoundException",
            "UnknownOperationException",
        ],
    ),
    (What::Expired, &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"]),
    (
        What::Passing,
        &[
            "HandlerInternalFailureException",
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "NetworkFailureException",
            "NotStabilizedException",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceException",
            "ServiceFailure",
            "ServiceInternalErrorException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
];

/// What an error of a call means.
pub(super) fn classify<E>(action: Action, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let status = error.raw_response().map(|response| response.status().as_u16());
    let code = error.code().unwrap_or_default();
    let said = tidy(error.message().unwrap_or_default());
    let calling = format!("{} ({})", action.name, action.service);
    let listed = CODES.iter().find(|(_, codes)| codes.contains(&code)).map(|(what, _)| *what);
    // Cloud Control wraps what the service behind it answered.
    let listed = listed.filter(|what| *what != What::Passing).or_else(|| behind(&said)).or(listed);
    let what = match (listed, error, status) {
        (Some(what), ..) => what,
        (None, _, Some(429)) => What::Throttled,
        (None, _, Some(403)) => What::Denied,
        (None, SdkError::TimeoutError(_), _) => What::Passing,
        (None, SdkError::DispatchFailure(failure), _) if !failure.is_user() && !credentials_are_missing(error) => {
            What::Unreached
        }
        (None, _, Some(500..)) => What::Passing,
        // A successful answer that makes no sense may have been cut.
        (None, SdkError::ResponseError(_), _) | (None, _, Some(200..300)) => What::Passing,
        _ => What::Lasting,
    };
    let code = if code.is_empty() { String::new() } else { format!(" {code}") };
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let message = match what {
        What::Denied => {
            let right = right_in(&said).unwrap_or(action.iam);
            format!(
                "{calling} was refused{code}: allow {right} to whoever runs this (see stanchion live --print-iam-policy){said}"
            )
        }
        What::Throttled => {
            let service = action.service;
            format!("{calling} was throttled until patience ended: run it again later, or lower --max-rate {service}=N")
        }
        What::Gone => format!("{calling} found nothing{code}{said}"),
        What::Unsupported => format!("{calling} is not offered for this here{code}{said}"),
        What::Expired => {
            format!("the credentials ended while {calling} was called{code}: get new ones and run it again")
        }
        What::Unreached | What::Passing | What::Lasting | What::NotRecorded | What::Spent => {
            let status = status.map(|status| format!(" (status {status})")).unwrap_or_default();
            let shown = if said.is_empty() && code.is_empty() { format!(": {}", cause(error)) } else { said };
            format!("{calling} failed{code}{status}{shown}; run it again")
        }
    };
    Failure { what, message }
}

/// What a message of a wrapped error says, where its code does not.
fn behind(said: &str) -> Option<What> {
    let has = |text: &str| said.contains(text);
    if has("not authorized to perform") || has("AccessDenied") || has("Access Denied") || has("UnauthorizedOperation") {
        Some(What::Denied)
    } else if has("Rate exceeded") || has("ThrottlingException") || has("Throttling") {
        Some(What::Throttled)
    } else if has("ExpiredToken") || has("token included in the request is expired") {
        Some(What::Expired)
    } else {
        None
    }
}

/// The action that a refusal names: `s3:ListAllMyBuckets` in "... is not authorized to perform: s3:ListAllMyBuckets on ...".
fn right_in(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("not authorized to perform: ")?;
    let right = rest.split([' ', ',', '(', '"']).next()?;
    right.contains(':').then_some(right)
}

/// True where no source of credentials had any, or the one that should did not work.
pub(super) fn credentials_are_missing<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> bool {
    let text = format!("{}", DisplayErrorContext(error));
    [
        "no providers in chain",
        "CredentialsNotLoaded",
        "ProviderError",
        "InvalidConfiguration",
        "failed to load credentials",
    ]
    .iter()
    .any(|part| text.contains(part))
        || text.contains("credentials provider")
}

/// The innermost cause of an error, on one line.
pub(super) fn cause(error: &(dyn Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    tidy(&error.to_string())
}

/// A foreign text as part of one of ours: one line, not too long, and no secret.
pub(super) fn tidy(text: &str) -> String {
    let line: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|it| !it.is_empty()).collect();
    let line = line.join(" ");
    if redact::is_secret_form(&line) {
        return "(a message that holds a secret)".into();
    }
    match line.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}...", line.get(..end).unwrap_or_default()),
        None => line.trim_end_matches('.').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_means_two_things() {
        let all: Vec<&str> = CODES.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        let each: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), each.len());
    }

    #[test]
    fn what_stands_behind_a_wrapped_error_is_found() {
        let said =
            "User: arn:aws:iam::111122223333:user/x is not authorized to perform: s3:ListAllMyBuckets on resource: *";
        assert_eq!((behind(said), right_in(said)), (Some(What::Denied), Some("s3:ListAllMyBuckets")));
        assert_eq!(behind("Rate exceeded for operation"), Some(What::Throttled));
        assert_eq!((behind("something else"), right_in("something else")), (None, None));
    }

    #[test]
    fn foreign_texts_stay_on_one_line_are_cut_and_hold_no_key() {
        assert_eq!(tidy("a\n  b\u{1b}[0m."), "a b [0m");
        assert!(tidy(&"x".repeat(10_000)).len() < 400);
        assert!(!tidy("key AKIAIOSFODNN7EXAMPLE").contains("AKIA"));
    }
}
