//! Users and the bcrypt hashes of their passwords. It knows nothing of requests but what one of their headers holds.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bcrypt::HashParts;
use tokio::{sync::Semaphore, task};

use super::super::super::digest::Digest;

/// Passwords of each kind, right and wrong, that are remembered.
const REMEMBERED: usize = 100;
/// Checks that may wait for the one that runs. Each takes up to seconds, and those who would wait for longer do better to
/// come again.
const WAITING: usize = 8;
/// The lowest cost that bcrypt knows.
const MIN_COST: u32 = 4;
/// The highest cost; a check takes some ten seconds then, and twice as long with each further one.
const MAX_COST: u32 = 18;
/// The cost of a hash that nobody has, where there is no other.
const DEFAULT_COST: u32 = 10;
/// Salt and hash, both drawn by chance: of no text that anybody knows.
const FAKE: &str = "/jkM4GUwNA38fJ6kxhRCWe5Ma3fzWsoprpHbMZ33TIj58Q.Q3aSn6";

/// Who may come in by name and password.
pub(super) struct Users {
    hashes: BTreeMap<String, Hash>,
    /// What the password of an unknown user is checked against.
    fake: Hash,
    checks: Arc<Checks>,
}

/// The checks of passwords: what they have found, and whose turn it is. They outlive the users of one file.
struct Checks {
    /// Passwords that were wrong, and those that were right: a scraper's is checked once and not each time.
    remembered: Mutex<[VecDeque<Digest>; 2]>,
    /// One check at a time: it is meant to be costly.
    turn: Arc<Semaphore>,
    /// Who may wait for it.
    waiting: Semaphore,
}

/// What is known of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// Too many others are being checked.
    Busy,
}

/// A hash, and the costs of those that nobody has and that are checked after it: each costs twice as much as the one
/// before, so that all users, known or not, cost the same together.
#[derive(Clone)]
struct Hash {
    text: String,
    fakes: Range<u32>,
}

impl Users {
    /// Those of a file. What is remembered of the users before them holds, as far as their hashes are the same.
    pub(super) fn new(users: Vec<(String, String)>, before: Option<&Self>) -> Result<Self, String> {
        let mut costs = Vec::new();
        for (user, hash) in &users {
            costs.push(cost(user, hash)?);
        }
        let most = costs.iter().copied().max().unwrap_or(DEFAULT_COST);
        let hashes = users.into_iter().zip(costs).map(|((user, text), cost)| (user, Hash { text, fakes: cost..most }));
        Ok(Self {
            hashes: hashes.collect(),
            fake: Hash { text: fake(most), fakes: most..most },
            checks: before.map_or_else(|| Arc::new(Checks::new()), |before| Arc::clone(&before.checks)),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether this is `user:password` of one of them, in base64.
    pub(super) async fn admit(&self, credentials: &[u8]) -> Verdict {
        let Ok(credentials) = STANDARD.decode(credentials) else { return Verdict::Wrong };
        let Some(colon) = credentials.iter().position(|byte| *byte == b':') else { return Verdict::Wrong };
        let (user, password) = (&credentials[..colon], credentials[colon + 1..].to_vec());
        let known = str::from_utf8(user).ok().and_then(|user| self.hashes.get(user));
        let hash = known.unwrap_or(&self.fake).clone();
        let digest = Digest::of(&[user, hash.text.as_bytes(), &password]);
        let is_known = known.is_some();
        self.checks.of(digest, move || hash.is_of(&password) & is_known).await
    }
}

impl Checks {
    fn new() -> Self {
        let (turn, waiting) = (Arc::new(Semaphore::new(1)), Semaphore::new(WAITING + 1));
        Self { remembered: Mutex::default(), turn, waiting }
    }

    /// What is remembered of this password, or what a check of it finds.
    async fn of(self: &Arc<Self>, digest: Digest, check: impl FnOnce() -> bool + Send + 'static) -> Verdict {
        if let Some(verdict) = self.recall(&digest) {
            return verdict;
        }
        let Ok(_place) = self.waiting.try_acquire() else { return Verdict::Busy };
        let turn = Arc::clone(&self.turn).acquire_owned().await.expect("the semaphore is never closed");
        // Whoever had the turn before may have asked the same.
        if let Some(verdict) = self.recall(&digest) {
            return verdict;
        }
        let checks = Arc::clone(self);
        let check = task::spawn_blocking(move || {
            let verdict = if check() { Verdict::Right } else { Verdict::Wrong };
            // Here, because the client may have left meanwhile and will come again.
            checks.remember(digest, verdict);
            drop(turn);
            verdict
        });
        check.await.unwrap_or(Verdict::Wrong)
    }

    fn recall(&self, digest: &Digest) -> Option<Verdict> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let verdicts = [Verdict::Wrong, Verdict::Right].into_iter();
        verdicts.zip(&*remembered).find_map(|(verdict, digests)| digests.contains(digest).then_some(verdict))
    }

    /// Wrong ones never drive out right ones.
    fn remember(&self, digest: Digest, verdict: Verdict) {
        let kind = usize::from(verdict == Verdict::Right);
        let remembered = &mut self.remembered.lock().unwrap_or_else(PoisonError::into_inner)[kind];
        if remembered.len() == REMEMBERED {
            remembered.pop_front();
        }
        remembered.push_back(digest);
    }
}

impl Hash {
    fn is_of(&self, password: &[u8]) -> bool {
        let is_right = bcrypt::verify(password, &self.text).unwrap_or(false);
        for cost in self.fakes.clone() {
            let _ = bcrypt::verify(password, &fake(cost));
        }
        is_right
    }
}

/// A hash of this cost that nobody has.
fn fake(cost: u32) -> String {
    format!("$2y${cost:02}${FAKE}")
}

/// What a check of a user's hash costs, if there can be one.
fn cost(user: &str, hash: &str) -> Result<u32, String> {
    let wrong = |what: &str| {
        format!("basic_auth_users: the value of `{user}` {what}; make one by `htpasswd -nBC 10 \"\" | tr -d ':\\n'`")
    };
    if user.contains(':') {
        return Err(format!(
            "basic_auth_users: `{user}` holds a colon, which ends a name in requests; rename the user"
        ));
    }
    let parts: HashParts = hash.parse().map_err(|_| wrong("is no bcrypt hash"))?;
    match parts.get_cost() {
        cost @ ..MIN_COST => Err(wrong(&format!("has a cost of {cost}, and bcrypt's begin at {MIN_COST}"))),
        cost @ MIN_COST..=MAX_COST => Ok(cost),
        cost => Err(wrong(&format!("has a cost of {cost}, and above {MAX_COST} a check takes minutes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Users {
        let hash = bcrypt::hash("secret", 4).expect("there is randomness");
        Users::new(vec![("alice".to_owned(), hash)], None).expect("it is a hash")
    }

    fn block_on<T>(test: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test)
    }

    fn admits(users: &Users, credentials: &str) -> bool {
        block_on(users.admit(STANDARD.encode(credentials).as_bytes())) == Verdict::Right
    }

    fn digest(of: &str) -> Digest {
        Digest::of(&[of.as_bytes()])
    }

    #[test]
    fn few_checks_wait_and_what_is_known_waits_for_none() {
        let checks = Arc::new(Checks::new());
        checks.remember(digest("known"), Verdict::Right);
        block_on(async {
            let (release, released) = std::sync::mpsc::channel::<()>();
            // The first one is as slow as the test wants it to be.
            let mut slow = Some(released);
            let mut begun = Vec::new();
            for number in 0..=WAITING {
                let (checks, slow) = (checks.clone(), slow.take());
                let check = move || slow.is_none_or(|slow| slow.recv().is_err());
                begun.push(task::spawn(async move { checks.of(digest(&number.to_string()), check).await }));
            }
            task::yield_now().await;
            assert_eq!(checks.of(digest("one more"), || true).await, Verdict::Busy);
            assert_eq!(checks.of(digest("known"), || unreachable!("it is known")).await, Verdict::Right);
            // One that leaves makes room for another.
            begun.pop().expect("there are some").abort();
            task::yield_now().await;
            let checks = checks.clone();
            begun.push(task::spawn(async move { checks.of(digest("one more"), || true).await }));
            drop(release);
            for check in begun {
                assert_eq!(check.await.expect("it does not panic"), Verdict::Right);
            }
        });
    }

    #[test]
    fn a_check_whose_client_has_left_is_remembered() {
        let checks = Arc::new(Checks::new());
        block_on(async {
            let asking = checks.clone();
            let asked = task::spawn(async move { asking.of(digest("once"), || true).await });
            task::yield_now().await;
            asked.abort();
            // Its turn comes after that check.
            assert_eq!(checks.of(digest("another"), || false).await, Verdict::Wrong);
            assert_eq!(checks.of(digest("once"), || unreachable!("it is known")).await, Verdict::Right);
        });
    }

    #[test]
    fn what_was_right_before_a_reload_is_known_after_it() {
        let before = users();
        assert!(admits(&before, "alice:secret"));
        let hash = before.hashes["alice"].text.clone();
        let after = Users::new(vec![("alice".to_owned(), hash)], Some(&before)).expect("it is a hash");
        let digest = Digest::of(&[b"alice", after.hashes["alice"].text.as_bytes(), b"secret"]);
        assert_eq!(after.checks.recall(&digest), Some(Verdict::Right));
        let other = bcrypt::hash("secret", 4).expect("there is randomness");
        let digest = Digest::of(&[b"alice", other.as_bytes(), b"secret"]);
        assert_eq!(after.checks.recall(&digest), None, "with another hash it may be wrong");
    }

    #[test]
    fn name_and_password_have_to_be_right() {
        let users = users();
        assert!(admits(&users, "alice:secret"));
        for wrong in ["alice:Secret", "alice:", ":secret", "bob:secret", "alice", "", "ALICE:secret", "alice:secret\0"]
        {
            assert!(!admits(&users, wrong), "{wrong}");
        }
        assert!(admits(&users, "alice:secret"));
    }

    #[test]
    fn an_unknown_user_costs_as_much_as_a_wrong_password() {
        let users = users();
        let known = |hash: &Hash| hash.text.parse::<HashParts>().expect("it is a hash").get_cost();
        assert_eq!(known(&users.fake), known(&users.hashes["alice"]));
        for wrong in ["alice:x", "bob:x"] {
            let remembered = || users.checks.remembered.lock().expect("nobody panics")[0].len();
            let before = remembered();
            assert!(!admits(&users, wrong));
            assert_eq!(remembered(), before + 1, "{wrong} was checked");
        }
    }

    #[test]
    fn users_of_different_costs_are_as_costly_together() {
        let users = ["04", "07", "09"].map(|cost| (cost.to_owned(), format!("$2y${cost}${FAKE}")));
        let users = Users::new(users.to_vec(), None).expect("these are hashes");
        for hash in users.hashes.values().chain([&users.fake]) {
            let own = hash.text.parse::<HashParts>().expect("it is a hash").get_cost();
            let rounds: u64 = 2_u64.pow(own) + hash.fakes.clone().map(|cost| 2_u64.pow(cost)).sum::<u64>();
            assert_eq!(rounds, 2_u64.pow(9), "{}", hash.text);
        }
        let hash = bcrypt::hash("secret", 4).expect("there is randomness");
        let users = vec![("alice".to_owned(), hash), ("bob".to_owned(), format!("$2y$06${FAKE}"))];
        let users = Users::new(users, None).expect("these are hashes");
        assert!(admits(&users, "alice:secret") && !admits(&users, "alice:x") && !admits(&users, "bob:secret"));
    }

    #[test]
    fn a_right_password_is_checked_once_whatever_comes_in_between() {
        let users = users();
        assert!(admits(&users, "alice:secret"));
        for attempt in 0..REMEMBERED + 10 {
            users.checks.remember(digest(&attempt.to_string()), Verdict::Wrong);
        }
        let hash = users.hashes["alice"].text.as_bytes();
        assert_eq!(users.checks.recall(&Digest::of(&[b"alice", hash, b"secret"])), Some(Verdict::Right));
        assert_eq!(users.checks.remembered.lock().expect("nobody panics")[0].len(), REMEMBERED);
    }

    #[test]
    fn a_hash_is_bcrypts_and_of_a_bearable_cost() {
        let message =
            |hash: &str| Users::new(vec![("alice".to_owned(), hash.to_owned())], None).err().expect("it is refused");
        assert!(message("hunter2").contains("the value of `alice` is no bcrypt hash; make one by `htpasswd"));
        assert!(!message("hunter2").contains("hunter2"));
        assert!(message(&format!("$2y$31${FAKE}")).contains("a cost of 31"));
        assert!(message(&format!("$2y$03${FAKE}")).contains("a cost of 3, and bcrypt's begin at 4"));
        let message =
            Users::new(vec![("a:b".to_owned(), format!("$2y$10${FAKE}"))], None).err().expect("it is refused");
        assert!(message.contains("`a:b` holds a colon"), "{message}");
    }
}
