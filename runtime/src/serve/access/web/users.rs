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
    /// Passwords that were right, and those that were not: a scraper's is checked once and not each time.
    remembered: Mutex<[VecDeque<Digest>; 2]>,
    /// One check at a time: it is meant to be costly.
    turn: Arc<Semaphore>,
}

/// A hash, and the costs of those that nobody has and that are checked after it: each costs twice as much as the one
/// before, so that all users, known or not, cost the same together.
#[derive(Clone)]
struct Hash {
    text: String,
    fakes: Range<u32>,
}

impl Users {
    pub(super) fn new(users: Vec<(String, String)>) -> Result<Self, String> {
        let mut costs = Vec::new();
        for (user, hash) in &users {
            costs.push(cost(user, hash)?);
        }
        let most = costs.iter().copied().max().unwrap_or(DEFAULT_COST);
        let hashes = users.into_iter().zip(costs).map(|((user, text), cost)| (user, Hash { text, fakes: cost..most }));
        Ok(Self {
            hashes: hashes.collect(),
            fake: Hash { text: fake(most), fakes: most..most },
            remembered: Mutex::default(),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether this is `user:password` of one of them, in base64.
    pub(super) async fn admit(&self, credentials: &[u8]) -> bool {
        let Ok(credentials) = STANDARD.decode(credentials) else { return false };
        let Some(colon) = credentials.iter().position(|byte| *byte == b':') else { return false };
        let (user, password) = (&credentials[..colon], credentials[colon + 1..].to_vec());
        let known = str::from_utf8(user).ok().and_then(|user| self.hashes.get(user));
        let hash = known.unwrap_or(&self.fake).clone();
        let digest = Digest::of(&[user, hash.text.as_bytes(), &password]);
        if let Some(is_right) = self.recall(&digest) {
            return is_right;
        }
        let turn = Arc::clone(&self.turn).acquire_owned().await.expect("the semaphore is never closed");
        // Whoever had the turn before may have asked the same.
        if let Some(is_right) = self.recall(&digest) {
            return is_right;
        }
        let check = task::spawn_blocking(move || {
            let is_right = hash.is_of(&password);
            drop(turn);
            is_right
        });
        let is_right = check.await.unwrap_or(false) & known.is_some();
        self.remember(digest, is_right);
        is_right
    }

    fn recall(&self, digest: &Digest) -> Option<bool> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        [false, true].into_iter().find(|is_right| remembered[usize::from(*is_right)].contains(digest))
    }

    /// Wrong ones never drive out right ones.
    fn remember(&self, digest: Digest, is_right: bool) {
        let remembered = &mut self.remembered.lock().unwrap_or_else(PoisonError::into_inner)[usize::from(is_right)];
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
        Users::new(vec![("alice".to_owned(), hash)]).expect("it is a hash")
    }

    fn admits(users: &Users, credentials: &str) -> bool {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(users.admit(STANDARD.encode(credentials).as_bytes()))
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
            let before = users.remembered.lock().expect("nobody panics")[0].len();
            assert!(!admits(&users, wrong));
            assert_eq!(users.remembered.lock().expect("nobody panics")[0].len(), before + 1, "{wrong} was checked");
        }
    }

    #[test]
    fn users_of_different_costs_are_as_costly_together() {
        let users = ["04", "07", "09"].map(|cost| (cost.to_owned(), format!("$2y${cost}${FAKE}")));
        let users = Users::new(users.to_vec()).expect("these are hashes");
        for hash in users.hashes.values().chain([&users.fake]) {
            let own = hash.text.parse::<HashParts>().expect("it is a hash").get_cost();
            let rounds: u64 = 2_u64.pow(own) + hash.fakes.clone().map(|cost| 2_u64.pow(cost)).sum::<u64>();
            assert_eq!(rounds, 2_u64.pow(9), "{}", hash.text);
        }
        let hash = bcrypt::hash("secret", 4).expect("there is randomness");
        let users = Users::new(vec![("alice".to_owned(), hash), ("bob".to_owned(), format!("$2y$06${FAKE}"))]);
        let users = users.expect("these are hashes");
        assert!(admits(&users, "alice:secret") && !admits(&users, "alice:x") && !admits(&users, "bob:secret"));
    }

    #[test]
    fn a_right_password_is_checked_once_whatever_comes_in_between() {
        let users = users();
        assert!(admits(&users, "alice:secret"));
        for attempt in 0..REMEMBERED + 10 {
            users.remember(Digest::of(&[attempt.to_string().as_bytes()]), false);
        }
        let hash = users.hashes["alice"].text.as_bytes();
        assert_eq!(users.recall(&Digest::of(&[b"alice", hash, b"secret"])), Some(true));
        assert_eq!(users.remembered.lock().expect("nobody panics")[0].len(), REMEMBERED);
    }

    #[test]
    fn a_hash_is_bcrypts_and_of_a_bearable_cost() {
        let message =
            |hash: &str| Users::new(vec![("alice".to_owned(), hash.to_owned())]).err().expect("it is refused");
        assert!(message("hunter2").contains("the value of `alice` is no bcrypt hash; make one by `htpasswd"));
        assert!(!message("hunter2").contains("hunter2"));
        assert!(message(&format!("$2y$31${FAKE}")).contains("a cost of 31"));
        assert!(message(&format!("$2y$03${FAKE}")).contains("a cost of 3, and bcrypt's begin at 4"));
        let message = Users::new(vec![("a:b".to_owned(), format!("$2y$10${FAKE}"))]).err().expect("it is refused");
        assert!(message.contains("`a:b` holds a colon"), "{message}");
    }
}
