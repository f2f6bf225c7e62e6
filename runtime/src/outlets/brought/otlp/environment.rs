//! The standard variables of OpenTelemetry, as far as they are of metrics over OTLP. It does not know what becomes of them.

use std::{path::PathBuf, time::Duration};

use percent_encoding::percent_decode_str;

use super::settings::{Settings, URL};
use crate::{
    Error,
    config::Environment,
    error::Kind,
    exporters::otlp::{Histograms, Temporality},
    outlets::brought::http::Target,
};

const EXPORTER: &str = "OTEL_METRICS_EXPORTER";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
const BASE: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// What is added to the path of a base.
const PATH: &str = "/v1/metrics";

/// What a time may be, for messages.
const MILLIS: &str = "write a number of milliseconds from 1 to 86400000";

/// The settings that the environment asks for; none where it does not.
///
/// # Errors
/// If a variable that would be used is malformed.
pub(super) fn settings(environment: &dyn Environment) -> Result<Option<Settings>, Error> {
    let variables = Variables(environment);
    if !variables.is_wanted()? {
        return Ok(None);
    }
    let mut settings = Settings::to(variables.target()?);
    if let Some(protocol) = variables.signal("PROTOCOL")?
        && protocol.1 != "http/protobuf"
    {
        let allowed = "only http/protobuf can be sent; set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL to it, and the endpoint to \
                       the receiver's HTTP port, which is 4318 as a rule";
        return Err(malformed(&protocol, allowed));
    }
    variables.headers(&mut settings)?;
    variables.times(&mut settings)?;
    settings.is_packed = variables.compression()?;
    variables.certificates(&mut settings)?;
    settings.temporality = variables.temporality()?;
    settings.histograms = variables.histograms()?;
    variables.attributes(&mut settings)?;
    Ok(Some(settings))
}

/// A variable's name and its text.
type Variable = (String, String);

struct Variables<'a>(&'a dyn Environment);

impl Variables<'_> {
    /// A variable that is set and not empty.
    fn get(&self, name: &str) -> Result<Option<Variable>, Error> {
        let Some(value) = self.0.variable(name) else { return Ok(None) };
        let Some(text) = value.to_str() else {
            let message = format!("environment variable {name} is not Unicode; set it to text, or unset it");
            return Err(Error::new(Kind::Setting, message));
        };
        let text = text.trim();
        Ok((!text.is_empty()).then(|| (name.to_owned(), text.to_owned())))
    }

    /// The variable of metrics, or else the one of all signals.
    fn signal(&self, what: &str) -> Result<Option<Variable>, Error> {
        match self.get(&format!("OTEL_EXPORTER_OTLP_METRICS_{what}"))? {
            Some(variable) => Ok(Some(variable)),
            None => self.get(&format!("OTEL_EXPORTER_OTLP_{what}")),
        }
    }

    fn is_wanted(&self) -> Result<bool, Error> {
        let is_asked_for = match self.get(EXPORTER)? {
            Some(exporters) => {
                const KNOWN: [&str; 6] = ["otlp", "prometheus", "console", "logging", "otlp/stdout", "none"];
                let named = || exporters.1.split(',').map(str::trim);
                if named().any(|name| !KNOWN.contains(&name)) {
                    return Err(malformed(
                        &exporters,
                        "write otlp, prometheus, console or none, with commas in between",
                    ));
                }
                named().any(|name| name == "otlp")
            }
            None => self.get(ENDPOINT)?.is_some(),
        };
        if !is_asked_for {
            return Ok(false);
        }
        match self.get("OTEL_SDK_DISABLED")? {
            Some((_, disabled)) if disabled.eq_ignore_ascii_case("true") => Ok(false),
            Some((_, disabled)) if disabled.eq_ignore_ascii_case("false") => Ok(true),
            Some(variable) => Err(malformed(&variable, "write true or false")),
            None => Ok(true),
        }
    }

    fn target(&self) -> Result<Target, Error> {
        if let Some(endpoint) = self.get(ENDPOINT)? {
            return Target::parse(&endpoint.1).ok_or_else(|| malformed(&hidden(endpoint), URL));
        }
        let base = self.get(BASE)?.unwrap_or_else(|| (BASE.to_owned(), "http://localhost:4318".to_owned()));
        let target = Target::parse(&base.1).and_then(|target| {
            let path = target.path().trim_end_matches('/');
            let path = path.strip_suffix(PATH).unwrap_or(path);
            let query = target.query().map(|query| format!("?{query}")).unwrap_or_default();
            target.with_path(&format!("{path}{PATH}{query}"))
        });
        target.ok_or_else(|| {
            malformed(&hidden(base), "write a URL such as http://localhost:4318, and users and passwords as headers")
        })
    }

    /// What is a header is sent; what is none is left out with a warning, which shows no value.
    fn headers(&self, settings: &mut Settings) -> Result<(), Error> {
        let Some((variable, text)) = self.signal("HEADERS")? else { return Ok(()) };
        for (number, pair) in text.split(',').enumerate().filter(|(_, pair)| !pair.trim().is_empty()) {
            let header = pair.split_once('=').and_then(|(name, value)| Some((decoded(name)?, decoded(value)?)));
            let is_added = header.is_some_and(|(name, value)| settings.add_header(&name, &value).is_ok());
            if !is_added {
                let number = number + 1;
                tracing::warn!(
                    "environment variable {variable}: pair {number} is no header, name=value; it is left out"
                );
            }
        }
        Ok(())
    }

    fn times(&self, settings: &mut Settings) -> Result<(), Error> {
        let millis = |variable: Option<Variable>, default| match variable {
            Some(variable) => match variable.1.parse() {
                Ok(millis @ 1..=86_400_000) => Ok(Duration::from_millis(millis)),
                _ => Err(malformed(&variable, MILLIS)),
            },
            None => Ok(default),
        };
        let whole = millis(self.get("OTEL_METRIC_EXPORT_TIMEOUT")?, Duration::from_secs(30))?;
        settings.timeout = millis(self.signal("TIMEOUT")?, settings.timeout)?.min(whole);
        settings.interval = millis(self.get("OTEL_METRIC_EXPORT_INTERVAL")?, settings.interval)?;
        Ok(())
    }

    fn compression(&self) -> Result<bool, Error> {
        match self.signal("COMPRESSION")? {
            Some((_, coding)) if coding == "gzip" => Ok(true),
            Some((_, coding)) if coding == "none" => Ok(false),
            Some(variable) => Err(malformed(&variable, "write gzip or none")),
            None => Ok(false),
        }
    }

    /// They are read once here, so that a wrong path is known at the start.
    fn certificates(&self, settings: &mut Settings) -> Result<(), Error> {
        let path = |what| self.signal(what).map(|variable| variable.map(|(_, path)| PathBuf::from(path)));
        settings.certificates.authorities = path("CERTIFICATE")?;
        settings.certificates.own = match (self.signal("CLIENT_CERTIFICATE")?, self.signal("CLIENT_KEY")?) {
            (Some((_, certificate)), Some((_, key))) => Some((certificate.into(), key.into())),
            (None, None) => None,
            (Some(alone), None) => return Err(malformed(&alone, "the key that belongs to it is set by .._CLIENT_KEY")),
            (None, Some(alone)) => {
                return Err(malformed(&alone, "the certificate that belongs to it is set by .._CLIENT_CERTIFICATE"));
            }
        };
        if settings.certificates.authorities.is_some() || settings.certificates.own.is_some() {
            settings.certificates.read().map_err(|error| {
                let message = format!(
                    "the certificates of OTEL_EXPORTER_OTLP_[METRICS_]CERTIFICATE, CLIENT_CERTIFICATE and CLIENT_KEY \
                     cannot be read: {error}; write the paths of PEM files"
                );
                Error::new(Kind::Setting, message)
            })?;
        }
        Ok(())
    }

    fn temporality(&self) -> Result<Temporality, Error> {
        match self.get("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE")? {
            None => Ok(Temporality::default()),
            Some(variable) => match variable.1.to_ascii_lowercase().as_str() {
                "cumulative" => Ok(Temporality::Cumulative),
                "delta" | "lowmemory" => Ok(Temporality::Delta),
                _ => Err(malformed(&variable, "write cumulative, delta or lowmemory")),
            },
        }
    }

    fn histograms(&self) -> Result<Histograms, Error> {
        match self.get("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION")? {
            None => Ok(Histograms::default()),
            Some(variable) => match variable.1.to_ascii_lowercase().as_str() {
                "explicit_bucket_histogram" => Ok(Histograms::Explicit),
                "base2_exponential_bucket_histogram" => Ok(Histograms::AsTheyAre),
                _ => Err(malformed(&variable, "write explicit_bucket_histogram or base2_exponential_bucket_histogram")),
            },
        }
    }

    fn attributes(&self, settings: &mut Settings) -> Result<(), Error> {
        if let Some(variable) = self.get(ATTRIBUTES)? {
            for pair in variable.1.split(',').filter(|pair| !pair.trim().is_empty()) {
                let attribute = pair.split_once('=').and_then(|(key, value)| Some((decoded(key)?, decoded(value)?)));
                let attribute = attribute.filter(|(key, _)| !key.is_empty());
                let (key, value) =
                    attribute.ok_or_else(|| malformed(&variable, "write attributes as key=value,key2=value2"))?;
                settings.set_attribute(key, value);
            }
        }
        if let Some((_, name)) = self.get("OTEL_SERVICE_NAME")? {
            settings.set_attribute("service.name".to_owned(), name);
        }
        Ok(())
    }
}

/// A trimmed text whose percent-encoding is undone; none if that is no text.
fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text.trim()).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// A URL that may hold a password is shown up to it.
fn hidden((name, url): Variable) -> Variable {
    let shown = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://***@{rest}"),
        _ => url,
    };
    (name, shown)
}

fn malformed((name, value): &Variable, allowed: &str) -> Error {
    Error::new(Kind::Setting, format!("environment variable {name} is `{value}`; {allowed}"))
}
