//! The tools: their names, and what each takes and gives. They know nothing of who calls them, or that calls are counted.

mod file;
mod math;
mod text;
mod time;

use std::{
    future::{self, Future},
    panic,
    pin::Pin,
};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, from_value};
use tokio::task::{self, JoinError};

/// A tool, by its name in three parts: domain, subject, action.
#[derive(Debug, Serialize)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    description: &'static str,
    /// An input that it takes, as JSON.
    #[serde(serialize_with = "as_json")]
    pub(crate) example: &'static str,
    #[serde(skip)]
    work: Work,
}

/// How a tool does its work.
#[derive(Debug)]
enum Work {
    /// By computing, on a thread that may be busy.
    Compute(fn(Value) -> Output),
    /// By waiting.
    Wait(fn(Value) -> Waiting),
}

/// What a tool gives, or what is wrong with its input.
pub(crate) type Output = Result<Value, String>;

type Waiting = Pin<Box<dyn Future<Output = Output> + Send>>;

/// All of them, in alphabetical order.
pub(crate) static TOOLS: [Tool; 10] = [
    Tool::computes("file.encode.base64", "Text as Base64.", r#"{"text": "tea"}"#, |input| with(input, file::encode)),
    Tool::computes(
        "file.hash.sha",
        "The SHA-256 of a file, whose content is Base64.",
        r#"{"base64": "dGVh"}"#,
        |input| with(input, file::hash),
    ),
    Tool::computes("math.number.factor", "The prime factors of a number up to 10^12.", r#"{"number": 84}"#, |input| {
        with(input, math::factor)
    }),
    Tool::computes("math.stats.mean", "The mean of numbers.", r#"{"numbers": [1, 2, 4.5]}"#, |input| {
        with(input, math::mean)
    }),
    Tool::computes("math.stats.median", "The median of numbers.", r#"{"numbers": [1, 2, 4.5]}"#, |input| {
        with(input, math::median)
    }),
    Tool::computes("text.case.lower", "Text in small letters.", r#"{"text": "TEA"}"#, |input| with(input, text::lower)),
    Tool::computes("text.case.upper", "Text in capitals.", r#"{"text": "tea"}"#, |input| with(input, text::upper)),
    Tool::computes("text.distance.edit", "How many letters to change.", r#"{"a": "tea", "b": "teal"}"#, |input| {
        with(input, text::distance)
    }),
    Tool::computes("text.stats.count", "Lines, words and letters.", r#"{"text": "tea\nfor two"}"#, |input| {
        with(input, text::count)
    }),
    Tool {
        name: "time.clock.wait",
        description: "Waits for up to ten seconds.",
        example: r#"{"milliseconds": 20}"#,
        work: Work::Wait(|input| Box::pin(async { time::wait(read(input)?).await })),
    },
];

impl Tool {
    pub(crate) const fn computes(
        name: &'static str,
        description: &'static str,
        example: &'static str,
        work: fn(Value) -> Output,
    ) -> Self {
        Self { name, description, example, work: Work::Compute(work) }
    }

    /// The tool of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        TOOLS.iter().find(|tool| tool.name == name)
    }

    /// Executes it. Dropped before its end, a computation goes on until it is finished, and nobody hears of it.
    ///
    /// # Panics
    /// If the tool does, by a mistake of its own.
    pub(crate) async fn execute(&self, input: Value) -> Output {
        let work = match self.work {
            Work::Compute(compute) => task::spawn_blocking(move || compute(input)),
            Work::Wait(wait) => return wait(input).await,
        };
        match work.await.map_err(JoinError::try_into_panic) {
            Ok(output) => output,
            Err(Ok(panic)) => panic::resume_unwind(panic),
            // The runtime ends, and this with it.
            Err(Err(_)) => future::pending().await,
        }
    }
}

/// Reads a tool's input and hands it on.
fn with<I: DeserializeOwned>(input: Value, tool: fn(&I) -> Output) -> Output {
    tool(&read(input)?)
}

fn read<I: DeserializeOwned>(input: Value) -> Result<I, String> {
    from_value(input).map_err(|error| format!("this tool does not take such an input: {error}; see GET /api/tools"))
}

fn as_json<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let value: Value = serde_json::from_str(text).map_err(serde::ser::Error::custom)?;
    value.serialize(serializer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn execute(name: &str, input: Value) -> Output {
        let tool = Tool::find(name).expect("it is one of the tools");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        runtime.block_on(tool.execute(input))
    }

    #[test]
    fn each_does_what_it_says() {
        let tea = "a9f74d1ec36ebdeb2da3f6e5868090cd2a2d20b3dcca7b62f60304b1d3d9ef42";
        for (name, input, output) in [
            ("file.encode.base64", json!({"text": "tea"}), json!({"base64": "dGVh"})),
            ("file.hash.sha", json!({"base64": "dGVh"}), json!({"sha256": tea, "bytes": 3})),
            ("math.number.factor", json!({"number": 84}), json!({"factors": [2, 2, 3, 7]})),
            ("math.number.factor", json!({"number": 999_999_999_989_u64}), json!({"factors": [999_999_999_989_u64]})),
            ("math.number.factor", json!({"number": 2}), json!({"factors": [2]})),
            ("math.stats.mean", json!({"numbers": [1, 2, 4.5]}), json!({"mean": 2.5})),
            ("math.stats.median", json!({"numbers": [4.5, 2, 1]}), json!({"median": 2.0})),
            ("math.stats.median", json!({"numbers": [4, 2]}), json!({"median": 3.0})),
            ("text.case.lower", json!({"text": "ÄTEA"}), json!({"text": "ätea"})),
            ("text.case.upper", json!({"text": "straße"}), json!({"text": "STRASSE"})),
            ("text.distance.edit", json!({"a": "tea", "b": "teal"}), json!({"distance": 1})),
            ("text.stats.count", json!({"text": "tea\nfor two"}), json!({"lines": 2, "words": 3, "letters": 11})),
        ] {
            assert_eq!(execute(name, input), Ok(output), "{name}");
        }
    }

    #[test]
    fn what_one_does_not_take_is_told() {
        for (name, input, problem) in [
            ("text.case.upper", json!({"words": 1}), "unknown field `words`"),
            ("text.case.upper", json!(null), "this tool does not take such an input"),
            ("math.stats.mean", json!({"numbers": []}), "`numbers` is empty"),
            ("math.stats.mean", json!({"numbers": [1e308, 1e308]}), "too large together"),
            ("math.number.factor", json!({"number": 1}), "numbers from 2 to 1000000000000"),
            ("file.hash.sha", json!({"base64": "?"}), "is not Base64"),
            ("text.distance.edit", json!({"a": "x".repeat(2001), "b": ""}), "`a` has 2001 letters"),
            ("time.clock.wait", json!({"milliseconds": 10_001}), "at most 10000"),
        ] {
            let error = execute(name, input).expect_err(problem);
            assert!(error.contains(problem), "{name}: {error}");
        }
    }

    #[test]
    fn each_takes_its_example_and_has_a_name_in_three_parts() {
        for tool in &TOOLS {
            assert_eq!(tool.name.split('.').count(), 3, "{}", tool.name);
            let example = serde_json::from_str(tool.example).expect("examples are JSON");
            execute(tool.name, example).unwrap_or_else(|error| panic!("{}: {error}", tool.name));
        }
        assert!(TOOLS.is_sorted_by_key(|tool| tool.name));
    }
}
