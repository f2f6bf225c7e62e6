//! The environment: a game of guessing a number, and the rollouts that play it. It knows neither workers nor metrics.

use std::{fmt, thread, time::Duration};

use tokio::time::sleep;

/// What a rollout is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) seed: u64,
    /// The number to be found is below 2 to the power of this: it takes about so many turns, and one more at most.
    pub(crate) turns: u32,
    /// How long the model thinks about each guess. Its loop has other things to do meanwhile.
    pub(crate) think: Duration,
    /// How long the environment needs to judge a guess. It does not await, so that its loop stands still.
    pub(crate) block: Duration,
}

/// How a rollout went.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) turns: usize,
    pub(crate) reward: f64,
}

/// A guess, and what the environment said to it.
struct Turn {
    guess: u64,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    TooLow,
    TooHigh,
    Right,
}

/// The environment of one rollout.
struct Game {
    number: u64,
    block: Duration,
}

impl Task {
    /// The most turns that can be asked for.
    const MOST_TURNS: u32 = 60;
    /// The longest that can be asked for, in milliseconds.
    const LONGEST: u64 = 60_000;

    /// Reads a line such as `seed=7 turns=10 think=20 block=0`. What it does not say is as in [`Task::default`].
    pub(crate) fn parse(line: &str) -> Result<Self, String> {
        let mut task = Self::default();
        for word in line.split_whitespace() {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let allowed = match key {
                "seed" => u64::MAX,
                "turns" => u64::from(Self::MOST_TURNS),
                "think" | "block" => Self::LONGEST,
                _ => return Err(format!("`{word}` is unknown; a rollout has seed=, turns=, think= and block=")),
            };
            let number = value.parse().ok().filter(|number| *number <= allowed);
            let number: u64 = number.ok_or_else(|| format!("`{word}` is no number from 0 to {allowed}"))?;
            match key {
                "seed" => task.seed = number,
                "turns" => task.turns = u32::try_from(number).unwrap_or(Self::MOST_TURNS),
                "think" => task.think = Duration::from_millis(number),
                _ => task.block = Duration::from_millis(number),
            }
        }
        Ok(task)
    }

    /// Plays to the end.
    pub(crate) async fn roll_out(self) -> Outcome {
        let game = Game { number: mixed(self.seed) & self.last(), block: self.block };
        let mut transcript = Vec::new();
        loop {
            sleep(self.think).await;
            let guess = self.guess(&transcript);
            let verdict = game.judge(guess);
            transcript.push(Turn { guess, verdict });
            if verdict == Verdict::Right {
                return Outcome { turns: transcript.len(), reward: 1.0 / transcript.len() as f64 };
            }
        }
    }

    /// What a model makes of all that was said so far: the middle of what is left.
    fn guess(&self, transcript: &[Turn]) -> u64 {
        let all = (0, self.last());
        let (low, high) = transcript.iter().fold(all, |(low, high), turn| match turn.verdict {
            Verdict::TooLow => (turn.guess + 1, high),
            Verdict::TooHigh => (low, turn.guess - 1),
            Verdict::Right => (turn.guess, turn.guess),
        });
        low + (high - low) / 2
    }

    /// The highest number that there can be.
    fn last(&self) -> u64 {
        (1 << self.turns) - 1
    }
}

impl Default for Task {
    fn default() -> Self {
        Self { seed: 0, turns: 10, think: Duration::from_millis(20), block: Duration::ZERO }
    }
}

impl Game {
    fn judge(&self, guess: u64) -> Verdict {
        thread::sleep(self.block);
        match guess {
            guess if guess < self.number => Verdict::TooLow,
            guess if guess > self.number => Verdict::TooHigh,
            _ => Verdict::Right,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "turns={} reward={:.3}", self.turns, self.reward)
    }
}

/// Any number from one that is the next of a series.
fn mixed(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(task: Task) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("there is room");
        runtime.block_on(task.roll_out())
    }

    #[test]
    fn every_game_ends_in_time() {
        let think = Duration::ZERO;
        for (turns, seed) in
            [0, 1, 2, 9, Task::MOST_TURNS].into_iter().flat_map(|turns| (0..4).map(move |seed| (turns, seed)))
        {
            let outcome = played(Task { seed, turns, think, ..Task::default() });
            assert!((1..=turns.max(1) as usize + 1).contains(&outcome.turns), "{turns} {seed}: {outcome}");
        }
        let task = Task { think, ..Task::default() };
        assert_eq!(played(task), played(task), "a seed is a game");
    }

    #[test]
    fn lines_are_tasks() {
        assert_eq!(Task::parse(""), Ok(Task::default()));
        let [think, block] = [400, 100].map(Duration::from_millis);
        assert_eq!(Task::parse(" seed=7 turns=60  think=400 block=100"), Ok(Task { seed: 7, turns: 60, think, block }));
        for (line, problem) in [
            ("pace=1", "`pace=1` is unknown; a rollout has seed=, turns=, think= and block="),
            ("think", "`think` is no number from 0 to 60000"),
            ("turns=61", "`turns=61` is no number from 0 to 60"),
            ("block=-1", "`block=-1` is no number from 0 to 60000"),
        ] {
            assert_eq!(Task::parse(line), Err(problem.to_owned()));
        }
    }
}
