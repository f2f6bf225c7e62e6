//! Messages, from a list of Redis or made up. Each fails or not by its number, so that it is known how many do.

use std::{
    io,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crate::stats::{Exception, Outcome};

/// A message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Message {
    pub(crate) number: u64,
    /// Milliseconds since 1970.
    pub(crate) made: u64,
    /// Whether it has been put back before.
    pub(crate) is_redelivered: bool,
}

impl Message {
    pub(crate) fn new(number: u64) -> Self {
        Self { number, made: now(), is_redelivered: false }
    }

    /// What becomes of it: of each hundred messages four fail, each in another way, and a message that comes again does not.
    pub(crate) fn outcome(self) -> Outcome {
        let failing = match self.number % 100 {
            20 => Exception::Consumer,
            40 => Exception::Message,
            60 => Exception::Processing,
            80 => Exception::Unhandled,
            _ => return Outcome::Acked,
        };
        if self.is_redelivered { Outcome::Acked } else { Outcome::Failed(failing) }
    }

    pub(crate) fn write(self) -> String {
        format!("{} {} {}", self.number, self.made, u8::from(self.is_redelivered))
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let mut word = || words.next()?.parse::<u64>().ok();
        Some(Self { number: word()?, made: word()?, is_redelivered: word()? == 1 })
    }
}

/// Milliseconds since 1970.
pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// Where messages come from.
pub(crate) enum Source {
    /// A list of Redis.
    Redis { connection: Box<redis::Connection>, list: String },
    /// Numbers in their order, and those that were put back. None where there is nothing to do.
    Made { next: u64, back: Vec<Message>, load: bool },
}

/// How long a wait for a message may last.
const WAIT: Duration = Duration::from_millis(500);

/// The list of a consumer.
pub(crate) fn list(consumer: &str) -> String {
    format!("consumer:{consumer}")
}

impl Source {
    pub(crate) fn open(redis: Option<&str>, consumer: &str, load: bool) -> Result<Self, String> {
        let Some(url) = redis else { return Ok(Self::Made { next: 0, back: Vec::new(), load }) };
        let connection = connect(url)?;
        Ok(Self::Redis { connection: Box::new(connection), list: list(consumer) })
    }

    /// The next message, if one comes soon.
    pub(crate) fn take(&mut self) -> Result<Option<Message>, String> {
        match self {
            Self::Redis { connection, list } => {
                let taken: Option<(String, String)> = redis::cmd("BLPOP")
                    .arg(&*list)
                    .arg(WAIT.as_secs_f64())
                    .query(&mut **connection)
                    .map_err(|error| format!("cannot take a message from Redis' list {list}: {error}"))?;
                let Some((_, text)) = taken else { return Ok(None) };
                Ok(Message::read(&text).or_else(|| {
                    tracing::warn!("a message of {list} is dropped, as it is none: {text}");
                    None
                }))
            }
            Self::Made { load: false, .. } => Ok(None),
            Self::Made { next, back, .. } => Ok(Some(back.pop().unwrap_or_else(|| {
                *next += 1;
                Message::new(*next)
            }))),
        }
    }

    /// Puts a message back.
    pub(crate) fn put_back(&mut self, message: Message) -> Result<(), String> {
        let message = Message { is_redelivered: true, ..message };
        match self {
            Self::Redis { connection, list } => push(connection, list, &[message]),
            Self::Made { back, .. } => {
                back.push(message);
                Ok(())
            }
        }
    }
}

/// Connects to Redis.
pub(crate) fn connect(url: &str) -> Result<redis::Connection, String> {
    let connected =
        redis::Client::open(url).and_then(|client| client.get_connection_with_timeout(Duration::from_secs(5)));
    connected.map_err(|error| format!("cannot connect to Redis: {error}; see --redis"))
}

/// Appends messages to a list.
pub(crate) fn push(connection: &mut redis::Connection, list: &str, messages: &[Message]) -> Result<(), String> {
    let texts: Vec<String> = messages.iter().map(|message| message.write()).collect();
    let pushed: redis::RedisResult<u64> = redis::cmd("RPUSH").arg(list).arg(texts).query(connection);
    pushed.map(drop).map_err(|error| format!("cannot put messages into Redis' list {list}: {error}"))
}

/// A file to which each process appends whole lines.
pub(crate) fn append_to(path: &std::path::Path) -> io::Result<std::fs::File> {
    std::fs::File::options().append(true).create(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_of_a_hundred_fail_and_succeed_when_they_come_again() {
        let of = |number, is_redelivered| Message { number, made: 0, is_redelivered }.outcome();
        let failed: Vec<u64> = (1..=100).filter(|number| of(*number, false) != Outcome::Acked).collect();
        assert_eq!(failed, [20, 40, 60, 80]);
        assert!((1..=100).all(|number| of(number, true) == Outcome::Acked));
    }

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let message = Message { number: 7, made: 1_735_689_600_500, is_redelivered: true };
        assert_eq!(Message::read(&message.write()), Some(message));
        assert_eq!(Message::read("x"), None);
    }
}
