//! All values for a Pushgateway, which keeps them when the program has ended.

use std::{env, fmt, time::Duration};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE},
};
use hyper::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    Error,
    config::outlets::Gateway,
    error::Kind,
    exporters::prometheus::negotiation::Format,
    metric::label,
    outlets::brought::http::{Certificates, Client, Target},
    push::{Outlet, Push, PushError},
};

/// Pushes all values to a Prometheus Pushgateway: those of a job that is over before it could be scraped.
///
/// It is pushed at the end, and when [`Telemetry::flush`](crate::Telemetry::flush) says so, unless there is an
/// [`interval`](Self::interval). The values are kept under a *grouping key*, the job and further labels, and take the place
/// of all that was there, or, by [`add`](Self::add), of the metrics of the same names. A Pushgateway forgets nothing by
/// itself: a grouping key that is new at each run fills it.
///
/// It is the outlet `pushgateway`.
///
/// ```
/// use tachometer::outlets::Pushgateway;
///
/// let gateway = Pushgateway::new("http://127.0.0.1:9091", "backup")?.group("instance", "db/1")?;
/// let builder = tachometer::builder().no_listener().push(gateway);
/// # Ok::<(), tachometer::Error>(())
/// ```
#[must_use = "it has no effect until `Builder::push` gets it"]
pub struct Pushgateway {
    base: Target,
    /// The labels of the grouping key, the job first.
    group: Vec<(String, String)>,
    replaces: bool,
    authorization: Option<HeaderValue>,
    interval: Option<Duration>,
    timeout: Duration,
    client: Option<Client>,
}

/// The outlet that settings ask for.
///
/// # Errors
/// If its URL or a label is malformed.
pub(in crate::outlets) fn of_settings(gateway: &Gateway) -> Result<Box<dyn Outlet>, Error> {
    let Gateway { url, job, group, user, interval } = gateway;
    let job = job.clone().unwrap_or_else(|| program().unwrap_or_else(|| "tachometer".to_owned()));
    let mut outlet = Pushgateway::new(url, job)?;
    for (name, value) in group {
        outlet = outlet.group(name, value)?;
    }
    if let Some((user, password)) = user {
        outlet = outlet.basic_auth(user, password.reveal());
    }
    Ok(Box::new(Pushgateway { interval: *interval, ..outlet }))
}

/// The program's name, if it has one.
fn program() -> Option<String> {
    Some(env::current_exe().ok()?.file_name()?.to_string_lossy().into_owned())
}

impl Pushgateway {
    /// Pushes to the Pushgateway at this URL, as this job.
    ///
    /// # Errors
    /// [`Error::is_setting`] if it is no URL of HTTP, or the job has no name.
    pub fn new(url: &str, job: impl Into<String>) -> Result<Self, Error> {
        let job = job.into();
        let base = Target::parse(url).filter(|_| !job.is_empty()).ok_or_else(|| {
            let message = format!(
                "the Pushgateway's URL is `{url}` and the job `{job}`; write the URL as http://host:9091, users and \
                 passwords by `basic_auth`, and give the job a name"
            );
            Error::new(Kind::Setting, message)
        })?;
        Ok(Self {
            base,
            group: vec![("job".to_owned(), job)],
            replaces: true,
            authorization: None,
            interval: None,
            timeout: Duration::from_secs(10),
            client: None,
        })
    }

    /// Adds a label to the grouping key.
    ///
    /// # Errors
    /// [`Error::is_setting`] if it is no name of a label, or there already.
    pub fn group(mut self, name: impl Into<String>, value: impl Into<String>) -> Result<Self, Error> {
        let name = name.into();
        if let Some(mistake) = label::classic_mistake(&name) {
            return Err(Error::new(Kind::Setting, mistake.as_str()));
        }
        if self.group.iter().any(|(taken, _)| *taken == name) {
            let message = format!("the grouping key has the label `{name}` already; give it once");
            return Err(Error::new(Kind::Setting, message));
        }
        self.group.push((name, value.into()));
        Ok(self)
    }

    /// Leaves metrics of the grouping key alone that are not pushed: `POST` rather than `PUT`.
    pub fn add(mut self) -> Self {
        self.replaces = false;
        self
    }

    /// Sends user and password with each request. They are in no message.
    pub fn basic_auth(mut self, user: &str, password: &str) -> Self {
        let value = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
        let mut value: HeaderValue = value.parse().expect("base64 is a header's value");
        value.set_sensitive(true);
        self.authorization = Some(value);
        self
    }

    /// How often it is pushed before the end.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// How long a push may take, with all that is tried again; 10 s without a word.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.timeout = time;
        self
    }

    /// The path of the grouping key.
    fn path(&self) -> String {
        let mut path = format!("{}/metrics", self.base.path().trim_end_matches('/'));
        for (name, value) in &self.group {
            // A slash ends a value even where it is percent-encoded, and an empty one would vanish.
            if value.is_empty() || value.contains('/') {
                let value = if value.is_empty() { "=".to_owned() } else { BASE64_URL_SAFE.encode(value) };
                path.push_str(&format!("/{name}@base64/{value}"));
            } else {
                path.push_str(&format!("/{name}/{}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
            }
        }
        path
    }

    fn client(&mut self) -> Result<&mut Client, PushError> {
        let client = match self.client.take() {
            Some(client) => client,
            None => {
                let target = self.base.with_path(&self.path());
                let target = target.ok_or_else(|| PushError::give_up("the grouping key is too long for a URL"))?;
                Client::new(target, Certificates::default())
            }
        };
        Ok(self.client.insert(client))
    }
}

impl Outlet for Pushgateway {
    fn name(&self) -> &str {
        "pushgateway"
    }

    fn interval(&self) -> Option<Duration> {
        self.interval
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }

    fn is_of_text(&self) -> bool {
        true
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        let method = if self.replaces { Method::PUT } else { Method::POST };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(Format::Text.content_type()));
        headers.extend(self.authorization.clone().map(|value| (AUTHORIZATION, value)));
        let body = push.text().into_bytes();
        let base = self.base.to_string();
        let answer = self.client()?.send(method, headers, body, push.time_left()).map_err(|error| {
            PushError::retry(format!("{base}: {error}; see that the Pushgateway runs and can be reached from here"))
        })?;
        if answer.status.is_success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&answer.body).chars().take(200).collect::<String>();
        let message = format!("{base} answered {}: {}", answer.status, said.trim());
        let is_passing = answer.status.is_server_error() || answer.status.as_u16() == 429;
        Err(match answer.retry_after {
            _ if !is_passing => PushError::give_up(message),
            Some(pause) => PushError::retry(message).after(pause),
            None => PushError::retry(message),
        })
    }
}

impl fmt::Debug for Pushgateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushgateway")
            .field("url", &self.base.to_string())
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grouping_key_is_the_path() {
        let gateway = Pushgateway::new("http://h:9091/prefix/", "a job").expect("it is a URL");
        let gateway = gateway.group("instance", "db/1").and_then(|gateway| gateway.group("empty", ""));
        let path = gateway.expect("they are labels").path();
        assert_eq!(path, "/prefix/metrics/job/a%20job/instance@base64/ZGIvMQ==/empty@base64/=");
    }

    #[test]
    fn what_cannot_be_pushed_is_refused() {
        let gateway = || Pushgateway::new("http://h:9091", "job").expect("it is a URL");
        for refused in [
            Pushgateway::new("h:9091", "job"),
            Pushgateway::new("http://h:9091", ""),
            gateway().group("1", "x"),
            gateway().group("job", "x"),
        ] {
            assert!(refused.expect_err("it is refused").is_setting());
        }
        assert!(!format!("{:?}", gateway().basic_auth("me", "secret")).contains("secret"));
    }
}
