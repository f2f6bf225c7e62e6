//! What a block is configured by: a value, or the environment. A malformed variable is told by its name, its value and what
//! is allowed, and nothing starts.

use std::{ffi::OsString, fmt, time::Duration};

/// How a block is set up.
#[derive(Clone, PartialEq)]
pub struct BlockConfig {
    /// What the block is.
    pub block_id: String,
    /// And which one of its kind.
    pub instance_id: String,
    /// Where the metrics are served.
    pub host: String,
    /// And at which port; 0 is any.
    pub port: u16,
    /// None where nothing is pushed.
    pub redis: Option<RedisConfig>,
    /// The three windows of averages.
    pub windows: [Duration; 3],
    /// The upper bounds of histograms.
    pub buckets: Vec<f64>,
}

/// Where documents are pushed, and how.
#[derive(Clone, PartialEq)]
pub struct RedisConfig {
    /// Where the server is.
    pub host: String,
    /// And at which port.
    pub port: u16,
    /// The number of the database.
    pub db: u16,
    /// Its password.
    pub password: Option<String>,
    /// The key of the list.
    pub queue: String,
    /// Between two documents.
    pub interval: Duration,
    /// How many documents travel together.
    pub batch: usize,
    /// The pause after a first failure, and the longest one.
    pub backoff: [Duration; 2],
}

/// Without the password.
impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig").field("host", &self.host).field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl Default for RedisConfig {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 6379,
            db: 0,
            password: None,
            queue: "NODE_METRICS".to_owned(),
            interval: Duration::from_secs(30),
            batch: 1,
            backoff: [Duration::from_secs(1), Duration::from_secs(30)],
        }
    }
}

impl Default for BlockConfig {
    fn default() -> Self {
        Self {
            block_id: "test-block".to_owned(),
            instance_id: "instance-001".to_owned(),
            host: "0.0.0.0".to_owned(),
            port: 8000,
            redis: Some(RedisConfig::default()),
            windows: [60, 300, 900].map(Duration::from_secs),
            buckets: vec![0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0],
        }
    }
}

impl BlockConfig {
    /// What the environment says, and the defaults where it says nothing; an empty variable says nothing.
    ///
    /// # Errors
    /// If a variable is malformed: its name, its value and what is allowed.
    pub fn of_environment(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let read = Variables(&variable);
        let Self { block_id, instance_id, host, port, redis, windows, buckets } = Self::default();
        let [short, middle, long] = windows;
        let config = Self {
            block_id: read.text("BLOCK_ID", block_id)?,
            instance_id: read.text("INSTANCE_ID", instance_id)?,
            host: read.text("METRICS_HOST", host)?,
            port: read.value("METRICS_PORT", port, PORT, |text| text.parse().ok())?,
            redis: read.redis(redis.unwrap_or_default())?,
            windows: [
                read.seconds("ROLLING_AVG_1M", short)?,
                read.seconds("ROLLING_AVG_5M", middle)?,
                read.seconds("ROLLING_AVG_15M", long)?,
            ],
            buckets: read.value("HISTO_BUCKETS", buckets, BOUNDS, bounds)?,
        };
        Ok(config)
    }
}

const PORT: &str = "write a number from 0 to 65535";
const BOUNDS: &str = "write up to 256 numbers, increasing and with commas in between, as 0.1,0.5,1";
const SECONDS: &str = "write a number of seconds from 0.001 to 86400";

struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    fn value<T>(&self, name: &str, default: T, allowed: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let Some(value) = (self.0)(name) else { return Ok(default) };
        let shown = value.to_string_lossy().into_owned();
        let malformed = || format!("environment variable {name} is `{shown}`; {allowed}");
        match value.to_str().map(str::trim) {
            Some("") => Ok(default),
            Some(text) => read(text).ok_or_else(malformed),
            None => Err(malformed()),
        }
    }

    fn text(&self, name: &str, default: String) -> Result<String, String> {
        self.value(name, default, "write text in UTF-8", |text| Some(text.to_owned()))
    }

    fn seconds(&self, name: &str, default: Duration) -> Result<Duration, String> {
        self.value(name, default, SECONDS, |text| {
            let seconds: f64 = text.parse().ok()?;
            (0.001..=86_400.0).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
        })
    }

    fn redis(&self, default: RedisConfig) -> Result<Option<RedisConfig>, String> {
        let is_enabled = self.value("METRICS_REDIS_ENABLED", true, "write true or false", |text| {
            match text.to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(true),
                "false" | "0" | "no" | "off" => Some(false),
                _ => None,
            }
        })?;
        if !is_enabled {
            return Ok(None);
        }
        let whole = "write a whole number from 1 to 1024";
        let [first, longest] = default.backoff;
        let backoff = [
            self.seconds("METRICS_REDIS_BACKOFF_INITIAL", first)?,
            self.seconds("METRICS_REDIS_BACKOFF_MAX", longest)?,
        ];
        if backoff[0] > backoff[1] {
            let [first, longest] = backoff.map(|time| time.as_secs_f64());
            return Err(format!(
                "environment variable METRICS_REDIS_BACKOFF_MAX is `{longest}`; write a number of seconds that is no less \
                 than METRICS_REDIS_BACKOFF_INITIAL, which is {first}"
            ));
        }
        Ok(Some(RedisConfig {
            host: self.text("METRICS_REDIS_HOST", default.host)?,
            port: self.value("METRICS_REDIS_PORT", default.port, "write a number from 1 to 65535", |text| {
                text.parse().ok().filter(|port| *port > 0)
            })?,
            db: self
                .value("METRICS_REDIS_DB", default.db, "write a number from 0 to 65535", |text| text.parse().ok())?,
            password: match self.text("METRICS_REDIS_PASSWORD", String::new()) {
                Ok(password) => Some(password).filter(|password| !password.is_empty()),
                Err(_) => {
                    return Err(
                        "environment variable METRICS_REDIS_PASSWORD is not UTF-8; write text in UTF-8".to_owned()
                    );
                }
            },
            queue: self.text("METRICS_REDIS_QUEUE", default.queue)?,
            interval: self.seconds("METRICS_PUSH_INTERVAL", default.interval)?,
            batch: self.value("METRICS_BATCH_SIZE", default.batch, whole, |text| {
                text.parse().ok().filter(|batch| (1..=1024).contains(batch))
            })?,
            backoff,
        }))
    }
}

fn bounds(text: &str) -> Option<Vec<f64>> {
    let bounds: Option<Vec<f64>> = text.split(',').map(|bound| bound.trim().parse().ok()).collect();
    bounds.filter(|bounds| {
        bounds.len() <= 256
            && bounds.iter().all(|bound| bound.is_finite())
            && bounds.array_windows().all(|[one, next]| one < next)
    })
}

/// Without the password.
impl fmt::Debug for BlockConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockConfig")
            .field("block_id", &self.block_id)
            .field("instance_id", &self.instance_id)
            .field("pushes", &self.redis.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<BlockConfig, String> {
        BlockConfig::of_environment(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn nothing_said_is_the_default_and_so_is_an_empty_variable() {
        assert!(read(&[]) == Ok(BlockConfig::default()));
        assert!(read(&[("METRICS_PORT", ""), ("HISTO_BUCKETS", " ")]) == Ok(BlockConfig::default()));
    }

    #[test]
    fn variables_are_read() {
        let config = read(&[
            ("BLOCK_ID", "b"),
            ("METRICS_PORT", "0"),
            ("METRICS_REDIS_PASSWORD", "p"),
            ("METRICS_BATCH_SIZE", "7"),
            ("METRICS_PUSH_INTERVAL", "0.5"),
            ("ROLLING_AVG_5M", "30"),
            ("HISTO_BUCKETS", "1, 2.5"),
        ])
        .expect("they are right");
        assert_eq!((config.block_id.as_str(), config.port, &config.buckets[..]), ("b", 0, &[1.0, 2.5][..]));
        assert_eq!(config.windows, [60, 30, 900].map(Duration::from_secs));
        let redis = config.redis.expect("it is on");
        assert_eq!((redis.password.as_deref(), redis.batch), (Some("p"), 7));
        assert_eq!(redis.interval, Duration::from_millis(500));
        assert!(read(&[("METRICS_REDIS_ENABLED", "False")]).is_ok_and(|config| config.redis.is_none()));
    }

    #[test]
    fn a_malformed_variable_is_named_with_its_value_and_what_is_allowed() {
        for (name, value, allowed) in [
            ("METRICS_PORT", "70000", PORT),
            ("METRICS_REDIS_ENABLED", "maybe", "write true or false"),
            ("METRICS_REDIS_PORT", "0", "write a number from 1 to 65535"),
            ("METRICS_REDIS_DB", "-1", "write a number from 0 to 65535"),
            ("METRICS_PUSH_INTERVAL", "0", SECONDS),
            ("METRICS_PUSH_INTERVAL", "NaN", SECONDS),
            ("METRICS_BATCH_SIZE", "0", "write a whole number from 1 to 1024"),
            ("METRICS_REDIS_BACKOFF_INITIAL", "1s", SECONDS),
            ("ROLLING_AVG_1M", "-60", SECONDS),
            ("HISTO_BUCKETS", "1,1", BOUNDS),
            ("HISTO_BUCKETS", "1,inf", BOUNDS),
        ] {
            let told = read(&[(name, value)]).expect_err(name);
            assert_eq!(told, format!("environment variable {name} is `{value}`; {allowed}"));
        }
        let told = read(&[("METRICS_REDIS_BACKOFF_MAX", "0.5")]).expect_err("it is less than the first");
        assert!(told.starts_with("environment variable METRICS_REDIS_BACKOFF_MAX is `0.5`; "), "{told}");
    }
}
